//! Subscriptions and their commerce details.

use crate::table::{Kind, NOT_NULL, NULL, Table, create, drop};
use sea_orm_migration::prelude::*;

/// Subscriptions and their commerce details.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &[Table] = &[
    Table {
        name: "customer_subscription",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("external_id", Kind::Text, NOT_NULL),
            ("offer_id", Kind::Text, NULL),
            ("offer_name", Kind::Text, NULL),
            ("friendly_name", Kind::Text, NULL),
            ("product_type", Kind::Text, NULL),
            ("quantity", Kind::Big, NOT_NULL),
            ("assigned_quantity", Kind::Big, NULL),
            ("unit_type", Kind::Text, NULL),
            ("parent_external_id", Kind::Text, NULL),
            ("status", Kind::Text, NOT_NULL),
            ("status_raw", Kind::Text, NULL),
            ("is_trial", Kind::Bool, NULL),
            ("created_at", Kind::Big, NULL),
            ("effective_at", Kind::Big, NULL),
            ("commitment_ends_at", Kind::Big, NOT_NULL),
            ("cancellable_until", Kind::Big, NULL),
            ("term_duration", Kind::Text, NULL),
            ("billing_cycle", Kind::Text, NULL),
            ("billing_type", Kind::Text, NULL),
            ("auto_renew", Kind::Bool, NULL),
            ("seller_id", Kind::Id, NULL),
            ("partner_of_record_id", Kind::Id, NULL),
            ("support_contact_id", Kind::Id, NULL),
            ("support_contact_as_of", Kind::Big, NULL),
            ("system", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
            ("modified_at", Kind::Big, NULL),
        ],
        key: &["id"],
        unique: &[&["source_id", "customer_id", "external_id"]],
        indexes: &[&["customer_id", "external_id"]],
        foreign: &[
            (&["source_id"], "partner", &["id"]),
            (&["customer_id"], "customer", &["id"]),
            (&["seller_id"], "partner", &["id"]),
            (&["partner_of_record_id"], "partner", &["id"]),
            (&["support_contact_id"], "partner", &["id"]),
        ],
    },
    Table {
        name: "subscription_commerce",
        columns: &[
            ("subscription_id", Kind::Id, NOT_NULL),
            ("entitlement_id", Kind::Text, NULL),
            ("order_id", Kind::Text, NULL),
            ("product_order_id", Kind::Text, NULL),
            ("billing_cycle_ends_at", Kind::Big, NULL),
            ("renewal_term_duration", Kind::Text, NULL),
            ("contract_type", Kind::Text, NULL),
            ("publisher_name", Kind::Text, NULL),
            ("promotion_id", Kind::Text, NULL),
            ("migrated_from", Kind::Text, NULL),
            ("has_purchasable_addons", Kind::Bool, NULL),
            ("is_microsoft_product", Kind::Bool, NULL),
            ("attention_needed", Kind::Bool, NULL),
            ("action_taken", Kind::Bool, NULL),
            ("actions", Kind::Text, NULL),
            ("suspension_reasons", Kind::Text, NULL),
            ("refund_options", Kind::Text, NULL),
            ("refundable_quantity", Kind::Text, NULL),
            ("scheduled_next_term", Kind::Text, NULL),
            ("next_charge", Kind::Text, NULL),
            ("partner_of_record_mpn_id", Kind::Text, NULL),
            ("etag", Kind::Text, NULL),
        ],
        key: &["subscription_id"],
        unique: &[],
        indexes: &[],
        foreign: &[(&["subscription_id"], "customer_subscription", &["id"])],
    },
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, TABLES).await
    }
}
