//! Delegated administration relationships, assignments and restrictions.

use crate::table::{Kind, NOT_NULL, NULL, Table, create, drop};
use sea_orm_migration::prelude::*;

/// Delegated administration relationships, assignments and restrictions.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &[Table] = &[
    Table {
        name: "delegated_admin_relationship",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("external_id", Kind::Text, NOT_NULL),
            ("customer_id", Kind::Id, NULL),
            ("display_name", Kind::Text, NOT_NULL),
            ("indirect_provider_id", Kind::Id, NULL),
            ("is_partner_consent_pending", Kind::Bool, NOT_NULL),
            ("duration", Kind::Text, NOT_NULL),
            ("auto_extend_duration", Kind::Text, NOT_NULL),
            ("status", Kind::Text, NOT_NULL),
            ("status_raw", Kind::Text, NULL),
            ("created_at", Kind::Big, NULL),
            ("activated_at", Kind::Big, NULL),
            ("ends_at", Kind::Big, NOT_NULL),
            ("etag", Kind::Text, NULL),
            ("system", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
            ("modified_at", Kind::Big, NULL),
        ],
        key: &["id"],
        unique: &[&["source_id", "external_id"]],
        indexes: &[&["source_id", "ends_at", "id"], &["customer_id", "ends_at", "id"]],
        foreign: &[
            (&["source_id"], "partner", &["id"]),
            (&["customer_id"], "customer", &["id"]),
            (&["indirect_provider_id"], "partner", &["id"]),
        ],
    },
    Table {
        name: "delegated_admin_role",
        columns: &[("relationship_id", Kind::Id, NOT_NULL), ("role_template_id", Kind::Text, NOT_NULL)],
        key: &["relationship_id", "role_template_id"],
        unique: &[],
        indexes: &[],
        foreign: &[(&["relationship_id"], "delegated_admin_relationship", &["id"])],
    },
    Table {
        name: "access_assignment",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("relationship_id", Kind::Id, NOT_NULL),
            ("external_id", Kind::Text, NOT_NULL),
            ("group_object_id", Kind::Id, NOT_NULL),
            ("status", Kind::Text, NOT_NULL),
            ("status_raw", Kind::Text, NULL),
            ("starts_at", Kind::Big, NOT_NULL),
            ("ends_at", Kind::Big, NOT_NULL),
            ("etag", Kind::Text, NULL),
            ("system", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
            ("modified_at", Kind::Big, NULL),
        ],
        key: &["id"],
        unique: &[&["source_id", "external_id"]],
        indexes: &[&["relationship_id"], &["group_object_id"]],
        foreign: &[
            (&["source_id"], "partner", &["id"]),
            (&["relationship_id"], "delegated_admin_relationship", &["id"]),
        ],
    },
    Table {
        name: "access_assignment_role",
        columns: &[("assignment_id", Kind::Id, NOT_NULL), ("role_template_id", Kind::Text, NOT_NULL)],
        key: &["assignment_id", "role_template_id"],
        unique: &[],
        indexes: &[],
        foreign: &[(&["assignment_id"], "access_assignment", &["id"])],
    },
    Table {
        name: "restriction",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("tenant_id", Kind::Id, NOT_NULL),
            ("group_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("name", Kind::Text, NOT_NULL),
            ("starts_at", Kind::Big, NOT_NULL),
            ("ends_at", Kind::Big, NOT_NULL),
        ],
        key: &["id"],
        unique: &[],
        indexes: &[&["customer_id"], &["group_id"]],
        foreign: &[
            (&["customer_id"], "customer", &["id"]),
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
