//! A person or application of one tenant, keyed by tenant and object id.

use crate::{AccountId, Timestamp};
use sea_orm::entity::prelude::*;

/// A person or application of one tenant, keyed by tenant and object id.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// Home tenant.
    pub tenant_id: Uuid,
    /// Object id in that tenant (`oid`).
    pub object_id: Uuid,
    /// `member`, `guest` or `application`; guests hold no token.
    pub kind: String,
    /// Name within the own organisation.
    pub display_name: String,
    /// Shown in the own organisation; joins nothing.
    pub user_principal_name: Option<String>,
    /// Start of the interval, inclusive.
    pub starts_at: Timestamp,
    /// End of the interval, exclusive; `Timestamp::FAR_FUTURE` while open.
    pub ends_at: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
