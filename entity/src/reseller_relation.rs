//! A partner's own relation to a customer, as that partner says it.

use crate::{CustomerId, PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// A partner's own relation to a customer, as that partner says it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reseller_relation")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    pub source_id: PartnerId,
    /// The customer's shell.
    pub customer_id: CustomerId,
    /// `reseller`, `advisor`, `syndication`, `microsoft_support`, `none` or `other`; only `reseller` grants.
    pub kind: String,
    /// The upstream's own word where it is not known.
    pub kind_raw: Option<String>,
    /// Start of the interval, inclusive.
    pub starts_at: Timestamp,
    /// End of the interval, exclusive; `Timestamp::FAR_FUTURE` while open.
    pub ends_at: Timestamp,
    /// Upstream system: `partner_center`, `microsoft_graph` or `gateway`.
    pub system: String,
    /// When the upstream said so.
    pub as_of: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
