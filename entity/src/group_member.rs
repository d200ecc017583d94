//! Membership of an account in a group of the same tenant; ended by an interval, never deleted.

use crate::{AccountId, GroupId, Timestamp};
use sea_orm::entity::prelude::*;

/// Membership of an account in a group of the same tenant; ended by an interval, never deleted.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "group_member")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// In which group.
    #[sea_orm(primary_key, auto_increment = false)]
    pub group_id: GroupId,
    /// The one tenant of both.
    pub tenant_id: Uuid,
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
