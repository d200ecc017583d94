//! Roles of a relationship given to one security group.

use crate::{AssignmentId, PartnerId, RelationshipId, Timestamp};
use sea_orm::entity::prelude::*;

/// Roles of a relationship given to one security group.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_assignment")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssignmentId,
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    pub source_id: PartnerId,
    /// Of which relationship.
    pub relationship_id: RelationshipId,
    /// Upstream id, lower case.
    pub external_id: String,
    /// The security group (`accessContainerId`) in the partner's tenant.
    pub group_object_id: Uuid,
    /// `pending`, `active`, `deleting`, `deleted`, `error` or `other`.
    pub status: String,
    /// The upstream's own word where it is not known.
    pub status_raw: Option<String>,
    /// Start of the interval, inclusive.
    pub starts_at: Timestamp,
    /// End of the interval, exclusive; `Timestamp::FAR_FUTURE` while open.
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
