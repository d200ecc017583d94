//! A customer's subscription, as one source says it.

use crate::{CustomerId, PartnerId, SubscriptionId, Timestamp};
use sea_orm::entity::prelude::*;

/// A customer's subscription, as one source says it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_subscription")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubscriptionId,
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    pub source_id: PartnerId,
    /// The customer's shell.
    pub customer_id: CustomerId,
    /// Upstream id, lower case.
    pub external_id: String,
    /// Offer, or product:sku:availability in new commerce.
    pub offer_id: Option<String>,
    /// Offer name.
    pub offer_name: Option<String>,
    /// Name given by the partner.
    pub friendly_name: Option<String>,
    /// Product type id.
    pub product_type: Option<String>,
    /// Licences or units.
    pub quantity: i64,
    /// Licences assigned to users, where a source says so.
    pub assigned_quantity: Option<i64>,
    /// `Licenses`, `Usage-based`, ... as upstream says.
    pub unit_type: Option<String>,
    /// Upstream id of the parent subscription of an add-on.
    pub parent_external_id: Option<String>,
    /// `none active suspended deleted expired pending disabled`, or `other`.
    pub status: String,
    /// The upstream's own word where it is not known.
    pub status_raw: Option<String>,
    /// Whether it is a trial.
    pub is_trial: Option<bool>,
    /// Creation.
    pub created_at: Option<Timestamp>,
    /// Start of the current term.
    pub effective_at: Option<Timestamp>,
    /// End of the commitment; `FAR_FUTURE` if open-ended or unsaid.
    pub commitment_ends_at: Timestamp,
    /// Until when it can be cancelled.
    pub cancellable_until: Option<Timestamp>,
    /// ISO 8601 duration: P1M, P1Y, P3Y.
    pub term_duration: Option<String>,
    /// `monthly`, `annual`, `triennial`, `one_time`, `none` or the raw word.
    pub billing_cycle: Option<String>,
    /// `none`, `usage`, `license` or `benefit`.
    pub billing_type: Option<String>,
    /// Whether it renews by itself.
    pub auto_renew: Option<bool>,
    /// The services of the catalogue that it brings: their bits.
    pub services: i64,
    /// Who sold it: bought from Microsoft.
    pub seller_id: Option<PartnerId>,
    /// Reseller of record.
    pub partner_of_record_id: Option<PartnerId>,
    /// Who supports it.
    pub support_contact_id: Option<PartnerId>,
    /// When upstream said who supports it, where it did.
    pub support_contact_as_of: Option<Timestamp>,
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
