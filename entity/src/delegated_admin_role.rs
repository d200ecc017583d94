//! A role that a relationship carries.

use crate::RelationshipId;
use sea_orm::entity::prelude::*;

/// A role that a relationship carries.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delegated_admin_role")]
pub struct Model {
    /// Which relationship.
    #[sea_orm(primary_key, auto_increment = false)]
    pub relationship_id: RelationshipId,
    /// Entra role template id, lower case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role_template_id: String,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
