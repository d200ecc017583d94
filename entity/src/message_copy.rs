//! What one source says of a message of the message centre, whatever the number of tenants.

use crate::{PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// What one source says of a message of the message centre, whatever the number of tenants.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_copy")]
pub struct Model {
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// Upstream id, upper case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub external_id: String,
    /// Title.
    pub title: String,
    /// Documented category in snake_case, or `other`.
    pub category: String,
    /// The upstream's own word where it is not known.
    pub category_raw: Option<String>,
    /// `normal`, `high`, `critical` or `other`.
    pub severity: String,
    /// The upstream's own word where it is not known.
    pub severity_raw: Option<String>,
    /// Names of the services that it concerns, as a JSON list.
    pub services: String,
    /// Tags, as a JSON list.
    pub tags: String,
    /// Whether the change is a major one.
    pub is_major_change: Option<bool>,
    /// Until when something has to be done.
    pub action_required_by: Option<Timestamp>,
    /// Start.
    pub starts_at: Option<Timestamp>,
    /// End.
    pub ends_at: Option<Timestamp>,
    /// The upstream's own modification time, where it gives one; the newer wins.
    pub modified_at: Option<Timestamp>,
    /// What orders versions: the modification, else the capture.
    pub version_at: Timestamp,
    /// `html` or `text`.
    pub content_type: String,
    /// As given.
    pub content: String,
    /// Without markup.
    pub text: String,
    /// Upstream system: `partner_center`, `microsoft_graph` or `gateway`.
    pub system: String,
    /// When the upstream said so.
    pub as_of: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
