//! A support request that was filed with the vendor, as one source says it.

use crate::{CustomerId, PartnerId, ServiceId, Timestamp};
use sea_orm::entity::prelude::*;

/// A support request that was filed with the vendor, as one source says it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "vendor_request")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    pub source_id: PartnerId,
    /// The customer's shell.
    pub customer_id: CustomerId,
    /// The vendor's number.
    pub external_id: String,
    /// Title.
    pub title: String,
    /// `critical`, `moderate`, `minimal` or `other`.
    pub severity: String,
    /// The upstream's own word where it is not known.
    pub severity_raw: Option<String>,
    /// `none`, `open`, `closed`, `attention_needed` or `other`.
    pub status: String,
    /// The upstream's own word where it is not known.
    pub status_raw: Option<String>,
    /// The service that it is about, where the upstream names one.
    pub service_id: Option<ServiceId>,
    /// Its name as the upstream writes it.
    pub service_name: Option<String>,
    /// When it was filed.
    pub created_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The upstream's own modification time, where it gives one; the newer wins.
    pub modified_at: Option<Timestamp>,
    /// Upstream system: `partner_center`, `microsoft_graph` or `gateway`.
    pub system: String,
    /// When the upstream said so.
    pub as_of: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
