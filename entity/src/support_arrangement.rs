//! How a partner provides support: its general arrangement, or a different one for a customer, a service or
//! both.

use crate::{CustomerId, PartnerId, ServiceId, Timestamp};
use sea_orm::entity::prelude::*;

/// How a partner provides support: its general arrangement, or a different one for a customer, a service or
/// both.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_arrangement")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The partner.
    pub source_id: PartnerId,
    /// The customer it differs for; nil for all.
    pub customer_id: CustomerId,
    /// The service it differs for; nil for all.
    pub service_id: ServiceId,
    /// `direct`, `resold`, `outsourced` or `outsourced_in_part`.
    pub kind: String,
    /// Name of the entity that provides it, unless the partner does.
    pub provided_by: Option<String>,
    /// JSON: which of `billing`, `subscription_management`, `technical`.
    pub support_kinds: String,
    /// IANA time zone of the hours.
    pub time_zone: String,
    /// JSON: hours of each day; empty for around the clock.
    pub weekly: String,
    /// JSON: dates without service.
    pub holidays: String,
    /// JSON: channels and values.
    pub contacts: String,
    /// `included`, `per_incident`, `per_hour`, `per_month` or `on_request`.
    pub pricing_model: Option<String>,
    /// Decimal amount.
    pub pricing_amount: Option<String>,
    /// ISO 4217 currency.
    pub pricing_currency: Option<String>,
    /// JSON: minutes to the first answer by severity, where they differ from the vendor's.
    pub targets: Option<String>,
    /// Rises with each change.
    pub version: i64,
    /// Of the last change.
    pub modified_at: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
