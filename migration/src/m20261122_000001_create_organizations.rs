//! Partners, their partnerships, accounts and groups.

use crate::table::{Kind, NOT_NULL, NULL, Table, create, drop};
use sea_orm_migration::prelude::*;

/// Partners, their partnerships, accounts and groups.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &[Table] = &[
    Table {
        name: "partner",
        columns: &[("id", Kind::Id, NOT_NULL), ("tenant_id", Kind::Id, NOT_NULL)],
        key: &["id"],
        unique: &[&["tenant_id"]],
        indexes: &[],
        foreign: &[],
    },
    Table {
        name: "partner_profile",
        columns: &[
            ("source_id", Kind::Id, NOT_NULL),
            ("partner_id", Kind::Id, NOT_NULL),
            ("kind", Kind::Text, NOT_NULL),
            ("name", Kind::Text, NOT_NULL),
            ("sort_name", Kind::Text, NOT_NULL),
            ("mpn_id", Kind::Text, NULL),
            ("location", Kind::Text, NULL),
            ("system", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
        ],
        key: &["source_id", "partner_id"],
        unique: &[],
        indexes: &[&["source_id", "sort_name", "partner_id"], &["source_id", "mpn_id"]],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["partner_id"], "partner", &["id"])],
    },
    Table {
        name: "partnership",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("provider_id", Kind::Id, NOT_NULL),
            ("reseller_id", Kind::Id, NOT_NULL),
            ("state", Kind::Text, NOT_NULL),
            ("state_raw", Kind::Text, NULL),
            ("mpn_id", Kind::Text, NULL),
            ("consent_from", Kind::Big, NOT_NULL),
            ("consent_until", Kind::Big, NOT_NULL),
            ("starts_at", Kind::Big, NOT_NULL),
            ("ends_at", Kind::Big, NOT_NULL),
            ("system", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
        ],
        key: &["id"],
        unique: &[&["source_id", "provider_id", "reseller_id", "starts_at"]],
        indexes: &[&["source_id", "reseller_id"]],
        foreign: &[
            (&["source_id"], "partner", &["id"]),
            (&["provider_id"], "partner", &["id"]),
            (&["reseller_id"], "partner", &["id"]),
        ],
    },
    Table {
        name: "account",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("tenant_id", Kind::Id, NOT_NULL),
            ("object_id", Kind::Id, NOT_NULL),
            ("kind", Kind::Text, NOT_NULL),
            ("display_name", Kind::Text, NOT_NULL),
            ("user_principal_name", Kind::Text, NULL),
            ("starts_at", Kind::Big, NOT_NULL),
            ("ends_at", Kind::Big, NOT_NULL),
        ],
        key: &["id"],
        unique: &[&["tenant_id", "object_id"], &["tenant_id", "id"]],
        indexes: &[],
        foreign: &[],
    },
    Table {
        name: "security_group",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("tenant_id", Kind::Id, NOT_NULL),
            ("object_id", Kind::Id, NOT_NULL),
            ("name", Kind::Text, NOT_NULL),
            ("role", Kind::Text, NULL),
        ],
        key: &["id"],
        unique: &[&["tenant_id", "object_id"], &["tenant_id", "id"]],
        indexes: &[],
        foreign: &[],
    },
    Table {
        name: "group_member",
        columns: &[
            ("account_id", Kind::Id, NOT_NULL),
            ("group_id", Kind::Id, NOT_NULL),
            ("tenant_id", Kind::Id, NOT_NULL),
            ("starts_at", Kind::Big, NOT_NULL),
            ("ends_at", Kind::Big, NOT_NULL),
        ],
        key: &["account_id", "group_id", "starts_at"],
        unique: &[],
        indexes: &[&["group_id"]],
        foreign: &[
            (&["tenant_id", "account_id"], "account", &["tenant_id", "id"]),
            (&["tenant_id", "group_id"], "security_group", &["tenant_id", "id"]),
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
