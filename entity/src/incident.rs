//! An incident's shell, which all sources share: it has no attributes.

use crate::IncidentId;
use sea_orm::entity::prelude::*;

/// An incident's shell, which all sources share: it has no attributes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IncidentId,
    /// Upstream id, upper case.
    pub external_id: String,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
