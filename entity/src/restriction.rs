//! A deny ground: a group of this tenant holds `restriction:<name>` on a customer.

use crate::{CustomerId, GroupId, Timestamp};
use sea_orm::entity::prelude::*;

/// A deny ground: a group of this tenant holds `restriction:<name>` on a customer.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "restriction")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Tenant of the group.
    pub tenant_id: Uuid,
    /// Whose members are restricted.
    pub group_id: GroupId,
    /// The customer's shell.
    pub customer_id: CustomerId,
    /// Restriction of the vocabulary.
    pub name: String,
    /// Start of the interval, inclusive.
    pub starts_at: Timestamp,
    /// End of the interval, exclusive; `Timestamp::FAR_FUTURE` while open.
    pub ends_at: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
