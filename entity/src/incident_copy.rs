//! What one source says of an incident or advisory, whatever the number of tenants.

use crate::{IncidentId, PartnerId, ServiceId, Timestamp};
use sea_orm::entity::prelude::*;

/// What one source says of an incident or advisory, whatever the number of tenants.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident_copy")]
pub struct Model {
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// The incident's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub incident_id: IncidentId,
    /// Which service.
    pub service_id: ServiceId,
    /// Its name as the upstream writes it.
    pub service_name: String,
    /// Title.
    pub title: String,
    /// Feature.
    pub feature: Option<String>,
    /// Group of features.
    pub feature_group: Option<String>,
    /// What users notice.
    pub impact_description: Option<String>,
    /// `incident`, `advisory` or `other`.
    pub classification: String,
    /// The upstream's own word where it is not known.
    pub classification_raw: Option<String>,
    /// `microsoft`, `third_party`, `customer` or `other`.
    pub origin: Option<String>,
    /// The upstream's own word where it is not known.
    pub origin_raw: Option<String>,
    /// Documented status in snake_case, or `other`.
    pub status: String,
    /// The upstream's own word where it is not known.
    pub status_raw: Option<String>,
    /// Whether it is over.
    pub is_resolved: bool,
    /// Start; when it was first seen where the upstream gives none.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Option<Timestamp>,
    /// The upstream's own modification time, where it gives one; the newer wins.
    pub modified_at: Option<Timestamp>,
    /// What orders versions: the modification, else the capture.
    pub version_at: Timestamp,
    /// When this version was first captured.
    pub seen_at: Timestamp,
    /// Further details as JSON: a list of name and value.
    pub details: Option<String>,
    /// Upstream system: `partner_center`, `microsoft_graph` or `gateway`.
    pub system: String,
    /// When the upstream said so.
    pub as_of: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
