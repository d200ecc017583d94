//! Derived: what a tenant's list of customers is driven from; the name is the reader's own where it has one.

use crate::{CustomerId, PartnerId};
use sea_orm::entity::prelude::*;

/// Derived: what a tenant's list of customers is driven from; the name is the reader's own where it has one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_listing")]
pub struct Model {
    /// Whose list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reader_tenant_id: Uuid,
    /// Folded name.
    pub sort_name: String,
    /// The customer's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// Whose row carries the name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// 0 the reader's own source, 1 a linked partner's; lower wins.
    pub rank: i32,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
