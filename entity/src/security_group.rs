//! A security group; partner roles such as Admin agents are groups too.

use crate::GroupId;
use sea_orm::entity::prelude::*;

/// A security group; partner roles such as Admin agents are groups too.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "security_group")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GroupId,
    /// Tenant the group lives in.
    pub tenant_id: Uuid,
    /// Object id in that tenant.
    pub object_id: Uuid,
    /// Display name.
    pub name: String,
    /// Role of the vocabulary that membership gives (`admin_agents`, ...); none for a plain group.
    pub role: Option<String>,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
