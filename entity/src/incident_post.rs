//! One publication on an incident, as one source says it.

use crate::{IncidentId, PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// One publication on an incident, as one source says it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident_post")]
pub struct Model {
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// The incident's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub incident_id: IncidentId,
    /// When it was published.
    #[sea_orm(primary_key, auto_increment = false)]
    pub created_at: Timestamp,
    /// Tells publications of one instant apart, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// `regular`, `quick`, `strategic` or `other`.
    pub kind: String,
    /// The upstream's own word where it is not known.
    pub kind_raw: Option<String>,
    /// `html` or `text`.
    pub content_type: String,
    /// As given.
    pub content: String,
    /// Without markup.
    pub text: String,
    /// When the upstream said so.
    pub as_of: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
