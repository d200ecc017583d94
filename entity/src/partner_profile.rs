//! What one source says of a partner.

use crate::{PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// What one source says of a partner.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partner_profile")]
pub struct Model {
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// Of whom.
    #[sea_orm(primary_key, auto_increment = false)]
    pub partner_id: PartnerId,
    /// `direct_bill`, `indirect_provider`, `indirect_reseller` or `unknown`.
    pub kind: String,
    /// Organisation name.
    pub name: String,
    /// Folded name that lists are ordered by.
    pub sort_name: String,
    /// PartnerID (formerly MPN ID), digits, per location.
    pub mpn_id: Option<String>,
    /// Country or region code.
    pub location: Option<String>,
    /// Upstream system: `partner_center`, `microsoft_graph` or `gateway`.
    pub system: String,
    /// When the upstream said so.
    pub as_of: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
