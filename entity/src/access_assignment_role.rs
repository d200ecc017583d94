//! A role that an assignment gives.

use crate::AssignmentId;
use sea_orm::entity::prelude::*;

/// A role that an assignment gives.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_assignment_role")]
pub struct Model {
    /// Which assignment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub assignment_id: AssignmentId,
    /// Entra role template id, lower case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role_template_id: String,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
