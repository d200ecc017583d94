//! That an incident affects a customer's tenant, as one source says it.

use crate::{CustomerId, IncidentId, PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// That an incident affects a customer's tenant, as one source says it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident_tenant")]
pub struct Model {
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// The incident's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub incident_id: IncidentId,
    /// The customer's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// Since when.
    pub since: Timestamp,
    /// When the upstream said so.
    pub as_of: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
