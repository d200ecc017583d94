//! A time through which a source saw one status of a service: the history.

use crate::{CustomerId, PartnerId, ServiceId, Timestamp};
use sea_orm::entity::prelude::*;

/// A time through which a source saw one status of a service: the history.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_status_span")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The customer's shell.
    pub customer_id: CustomerId,
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    pub source_id: PartnerId,
    /// Which service.
    pub service_id: ServiceId,
    /// Documented status in snake_case, or `other`.
    pub status: String,
    /// The upstream's own word where it is not known.
    pub status_raw: Option<String>,
    /// First seen.
    pub first_at: Timestamp,
    /// Last seen.
    pub last_at: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
