//! A vehicle through which a partner may ask the vendor for support, besides the commercial one that every
//! partner has.

use crate::{PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// A vehicle through which a partner may ask the vendor for support, besides the commercial one that every
/// partner has.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_contract")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The partner.
    pub source_id: PartnerId,
    /// `premier_support_for_partners`, `advanced_support_for_partners`, `signature_cloud_support` or
    /// `product_incidents`.
    pub vehicle: String,
    /// The vendor's contract id.
    pub contract_id: Option<String>,
    /// The vendor's access id.
    pub access_id: Option<String>,
    /// Incidents included; none for no limit.
    pub incidents_included: Option<i32>,
    /// Of these, used.
    pub incidents_used: i32,
    /// Start of the interval, inclusive.
    pub starts_at: Timestamp,
    /// End of the interval, exclusive; `Timestamp::FAR_FUTURE` while open.
    pub ends_at: Timestamp,
    /// Rises with each change.
    pub version: i64,
    /// Of the last change.
    pub modified_at: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
