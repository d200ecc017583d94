//! Customers: a bare shell and what each source says of it.

use crate::table::{Kind, NOT_NULL, NULL, Table, create, drop};
use sea_orm_migration::prelude::*;

/// Customers: a bare shell and what each source says of it.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &[Table] = &[
    Table {
        name: "customer",
        columns: &[("id", Kind::Id, NOT_NULL), ("tenant_id", Kind::Id, NOT_NULL)],
        key: &["id"],
        unique: &[&["tenant_id"]],
        indexes: &[],
        foreign: &[],
    },
    Table {
        name: "customer_profile",
        columns: &[
            ("source_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("name", Kind::Text, NOT_NULL),
            ("sort_name", Kind::Text, NOT_NULL),
            ("primary_domain", Kind::Text, NULL),
            ("system", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
        ],
        key: &["source_id", "customer_id"],
        unique: &[],
        indexes: &[&["customer_id"]],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["customer_id"], "customer", &["id"])],
    },
    Table {
        name: "customer_domain",
        columns: &[
            ("source_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("domain", Kind::Text, NOT_NULL),
            ("is_primary", Kind::Bool, NOT_NULL),
        ],
        key: &["source_id", "customer_id", "domain"],
        unique: &[],
        indexes: &[&["domain", "source_id"]],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["customer_id"], "customer", &["id"])],
    },
    Table {
        name: "customer_word",
        columns: &[
            ("source_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("word", Kind::Text, NOT_NULL),
            ("is_protected", Kind::Bool, NOT_NULL),
        ],
        key: &["source_id", "customer_id", "word"],
        unique: &[],
        indexes: &[],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["customer_id"], "customer", &["id"])],
    },
    Table {
        name: "company_profile",
        columns: &[
            ("source_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("registration_number", Kind::Text, NULL),
            ("email", Kind::Text, NULL),
            ("phone", Kind::Text, NULL),
            ("country", Kind::Text, NULL),
            ("region", Kind::Text, NULL),
            ("city", Kind::Text, NULL),
            ("address_line1", Kind::Text, NULL),
            ("address_line2", Kind::Text, NULL),
            ("postal_code", Kind::Text, NULL),
            ("system", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
        ],
        key: &["source_id", "customer_id"],
        unique: &[],
        indexes: &[],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["customer_id"], "customer", &["id"])],
    },
    Table {
        name: "reseller_relation",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("kind", Kind::Text, NOT_NULL),
            ("kind_raw", Kind::Text, NULL),
            ("starts_at", Kind::Big, NOT_NULL),
            ("ends_at", Kind::Big, NOT_NULL),
            ("system", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
        ],
        key: &["id"],
        unique: &[&["source_id", "customer_id", "kind", "starts_at"]],
        indexes: &[&["customer_id"]],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["customer_id"], "customer", &["id"])],
    },
    Table {
        name: "delegated_admin_privilege",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("starts_at", Kind::Big, NOT_NULL),
            ("ends_at", Kind::Big, NOT_NULL),
            ("system", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
        ],
        key: &["id"],
        unique: &[&["source_id", "customer_id", "starts_at"]],
        indexes: &[&["customer_id"]],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["customer_id"], "customer", &["id"])],
    },
    Table {
        name: "indirect_relation",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("provider_id", Kind::Id, NOT_NULL),
            ("reseller_id", Kind::Id, NOT_NULL),
            ("starts_at", Kind::Big, NOT_NULL),
            ("ends_at", Kind::Big, NOT_NULL),
            ("system", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
        ],
        key: &["id"],
        unique: &[&["source_id", "customer_id", "provider_id", "reseller_id", "starts_at"]],
        indexes: &[
            &["customer_id"],
            &["source_id", "reseller_id", "customer_id"],
            &["source_id", "provider_id", "customer_id"],
        ],
        foreign: &[
            (&["source_id"], "partner", &["id"]),
            (&["customer_id"], "customer", &["id"]),
            (&["provider_id"], "partner", &["id"]),
            (&["reseller_id"], "partner", &["id"]),
        ],
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
