//! The vocabulary's bits as the database needs them: which tokens a role yields in which class.

use sea_orm::entity::prelude::*;

/// The vocabulary's bits as the database needs them: which tokens a role yields in which class.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_token")]
pub struct Model {
    /// `gdap`, `dap`, `commerce`, `downstream`, `self`, `customer` or `restriction`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub class: String,
    /// Role name or role template id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: String,
    /// Bit mask.
    pub tokens: i64,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
