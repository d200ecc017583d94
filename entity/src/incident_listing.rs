//! Derived: the copies of incidents that a tenant may come to read. What it does read is the grants' word.

use crate::{IncidentId, PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// Derived: the copies of incidents that a tenant may come to read. What it does read is the grants' word.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident_listing")]
pub struct Model {
    /// Whose list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reader_tenant_id: Uuid,
    /// The incident's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub incident_id: IncidentId,
    /// Whose copy.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// The copy's version, negated: the newest comes first.
    pub version_rank: i64,
    /// When that version was first captured: of equal versions the first counts.
    pub seen_at: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
