//! Provider and reseller, as one of them says it.

use crate::{PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// Provider and reseller, as one of them says it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partnership")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    pub source_id: PartnerId,
    /// The indirect provider.
    pub provider_id: PartnerId,
    /// The indirect reseller.
    pub reseller_id: PartnerId,
    /// `active` or `other`.
    pub state: String,
    /// The upstream's own word where it is not known.
    pub state_raw: Option<String>,
    /// The counterpart's PartnerID in this partnership.
    pub mpn_id: Option<String>,
    /// Reseller's rows only: from when it shares customers that name no provider; `FAR_FUTURE` without consent.
    pub consent_from: Timestamp,
    /// End of that consent, exclusive.
    pub consent_until: Timestamp,
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
