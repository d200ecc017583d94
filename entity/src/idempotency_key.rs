//! The outcome of a write, kept so that a repeated request gets the same answer.

use crate::{AccountId, Timestamp};
use sea_orm::entity::prelude::*;

/// The outcome of a write, kept so that a repeated request gets the same answer.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// Whose key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// Mutation name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub operation: String,
    /// Client's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Digest of the input.
    pub input_hash: String,
    /// JSON: ids of the first outcome.
    pub outcome: String,
    /// When.
    pub created_at: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
