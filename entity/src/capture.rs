//! An imported body: what came, from whom, when.

use crate::{PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// An imported body: what came, from whom, when.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "capture")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    pub source_id: PartnerId,
    /// What the body was recognised as.
    pub kind: String,
    /// Digest of the bytes, hexadecimal.
    pub sha256: String,
    /// When the upstream said so.
    pub as_of: Timestamp,
    /// When it was stored.
    pub imported_at: Timestamp,
    /// Objects stored or confirmed.
    pub stored: i64,
    /// Objects skipped.
    pub skipped: i64,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
