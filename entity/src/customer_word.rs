//! A word that finds a customer: of its name or domains, folded, per source.

use crate::{CustomerId, PartnerId};
use sea_orm::entity::prelude::*;

/// A word that finds a customer: of its name or domains, folded, per source.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_word")]
pub struct Model {
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// The customer's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// One folded word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub word: String,
    /// Whether only the protected profile holds this word (a further domain).
    pub is_protected: bool,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
