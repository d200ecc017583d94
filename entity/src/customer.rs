//! A customer's bare shell: what all sources share has no attributes.

use crate::CustomerId;
use sea_orm::entity::prelude::*;

/// A customer's bare shell: what all sources share has no attributes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomerId,
    /// The customer's Microsoft Entra tenant.
    pub tenant_id: Uuid,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
