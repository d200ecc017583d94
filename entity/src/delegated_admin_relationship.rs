//! A granular delegated administration relationship, as one partner's capture says it.

use crate::{CustomerId, PartnerId, RelationshipId, Timestamp};
use sea_orm::entity::prelude::*;

/// A granular delegated administration relationship, as one partner's capture says it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delegated_admin_relationship")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RelationshipId,
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    pub source_id: PartnerId,
    /// Upstream id (guid-guid), lower case.
    pub external_id: String,
    /// The customer; none until one approves.
    pub customer_id: Option<CustomerId>,
    /// Name, unique per partner.
    pub display_name: String,
    /// The provider that created it for a reseller; none for a partner's own.
    pub indirect_provider_id: Option<PartnerId>,
    /// Provider-created and not yet answered by the reseller.
    pub is_partner_consent_pending: bool,
    /// ISO 8601 duration.
    pub duration: String,
    /// `PT0S` or `P0D` for none, `P180D`.
    pub auto_extend_duration: String,
    /// Documented status in snake_case, or `other`.
    pub status: String,
    /// The upstream's own word where it is not known.
    pub status_raw: Option<String>,
    /// Creation.
    pub created_at: Option<Timestamp>,
    /// Activation.
    pub activated_at: Option<Timestamp>,
    /// End; `FAR_FUTURE` until known.
    pub ends_at: Timestamp,
    /// Entity tag for later changes.
    pub etag: Option<String>,
    /// Upstream system: `partner_center`, `microsoft_graph` or `gateway`.
    pub system: String,
    /// When the upstream said so.
    pub as_of: Timestamp,
    /// The upstream's own modification time, where it gives one; the newer wins.
    pub modified_at: Option<Timestamp>,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
