//! Derived: what a group holds on a customer and on whose rows; one row per ground, never merged.

use crate::{CustomerId, GroupId, PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// Derived: what a group holds on a customer and on whose rows; one row per ground, never merged.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_grant")]
pub struct Model {
    /// The security group.
    #[sea_orm(primary_key, auto_increment = false)]
    pub principal_id: GroupId,
    /// The customer's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// Whose rows it opens; nil for any (own tenant, restrictions).
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// Table of the fact it rests on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ground_kind: String,
    /// Row of that table.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ground_id: Uuid,
    /// Token bits.
    pub tokens: i64,
    /// Start of the interval, inclusive.
    #[sea_orm(primary_key, auto_increment = false)]
    pub starts_at: Timestamp,
    /// End of the interval, exclusive; `Timestamp::FAR_FUTURE` while open.
    pub ends_at: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
