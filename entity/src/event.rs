//! A fact that changed: ids alone, in the order of the commits. What readers make of it is read again under their scope.

use crate::{CustomerId, IncidentId, PartnerId, ServiceId, Timestamp};
use sea_orm::entity::prelude::*;

/// A fact that changed: ids alone, in the order of the commits. What readers make of it is read again under their scope.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// Its place; a later one is greater.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// `incident`, `service_status`, `support_request` or `access`.
    pub kind: String,
    /// Whose rows changed; none for `access` and `support_request`.
    pub source_id: Option<PartnerId>,
    /// The customer concerned.
    pub customer_id: Option<CustomerId>,
    /// The incident.
    pub incident_id: Option<IncidentId>,
    /// The service.
    pub service_id: Option<ServiceId>,
    /// What happened, in one word.
    pub change: String,
    /// When it was brought in.
    pub at: Timestamp,
    /// The support request.
    pub support_request_id: Option<Uuid>,
    /// The tenant that it is for, and for no other: of a party of the support request.
    pub reader_tenant_id: Option<Uuid>,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
