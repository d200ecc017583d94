//! A verified domain of a customer as one source says it.

use crate::{CustomerId, PartnerId};
use sea_orm::entity::prelude::*;

/// A verified domain of a customer as one source says it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_domain")]
pub struct Model {
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// The customer's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// Lower-case domain name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub domain: String,
    /// Whether it is the default domain.
    pub is_primary: bool,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
