//! Derived: words by which a tenant finds its customers.

use crate::{CustomerId, PartnerId};
use sea_orm::entity::prelude::*;

/// Derived: words by which a tenant finds its customers.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_search")]
pub struct Model {
    /// Whose search.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reader_tenant_id: Uuid,
    /// Folded word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub word: String,
    /// The customer's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// Whose row carries the word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// Whether only the protected profile holds this word (a further domain).
    pub is_protected: bool,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
