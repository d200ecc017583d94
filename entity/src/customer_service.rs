//! A service of a customer, as one source says it: its status, and where it is administered.

use crate::{CustomerId, PartnerId, ServiceId, Timestamp};
use sea_orm::entity::prelude::*;

/// A service of a customer, as one source says it: its status, and where it is administered.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_service")]
pub struct Model {
    /// The customer's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// Which service.
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_id: ServiceId,
    /// Its name as the upstream writes it.
    pub service_name: String,
    /// Documented status in snake_case, or `other`; absent where none was said, or the service is no longer listed.
    pub status: Option<String>,
    /// The upstream's own word where it is not known.
    pub status_raw: Option<String>,
    /// When it was first seen in this status.
    pub since: Option<Timestamp>,
    /// When the upstream said the status, or that there is none any more; 0 if it never spoke of it.
    pub as_of: Timestamp,
    /// Administration portal.
    pub admin_url: Option<String>,
    /// Page with the service's health.
    pub health_url: Option<String>,
    /// Page where a ticket is filed.
    pub ticket_url: Option<String>,
    /// When the upstream gave the addresses.
    pub managed_as_of: Option<Timestamp>,
    /// Upstream system: `partner_center`, `microsoft_graph` or `gateway`.
    pub system: String,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
