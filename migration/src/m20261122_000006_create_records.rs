//! Records of the gateway itself: captures, idempotency, state.

use crate::table::{Kind, NOT_NULL, Table, create, drop};
use sea_orm_migration::prelude::*;

/// Records of the gateway itself: captures, idempotency, state.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &[Table] = &[
    Table {
        name: "capture",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("kind", Kind::Text, NOT_NULL),
            ("sha256", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
            ("imported_at", Kind::Big, NOT_NULL),
            ("stored", Kind::Big, NOT_NULL),
            ("skipped", Kind::Big, NOT_NULL),
        ],
        key: &["id"],
        unique: &[],
        indexes: &[&["source_id", "sha256"]],
        foreign: &[(&["source_id"], "partner", &["id"])],
    },
    Table {
        name: "idempotency_key",
        columns: &[
            ("account_id", Kind::Id, NOT_NULL),
            ("operation", Kind::Text, NOT_NULL),
            ("key", Kind::Text, NOT_NULL),
            ("input_hash", Kind::Text, NOT_NULL),
            ("outcome", Kind::Text, NOT_NULL),
            ("created_at", Kind::Big, NOT_NULL),
        ],
        key: &["account_id", "operation", "key"],
        unique: &[],
        indexes: &[],
        foreign: &[(&["account_id"], "account", &["id"])],
    },
    Table {
        name: "gateway_state",
        columns: &[("name", Kind::Text, NOT_NULL), ("value", Kind::Text, NOT_NULL)],
        key: &["name"],
        unique: &[],
        indexes: &[],
        foreign: &[],
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
