//! The company details that need tenant rights, per source.

use crate::{CustomerId, PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// The company details that need tenant rights, per source.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "company_profile")]
pub struct Model {
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// The customer's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// Organisation registration number.
    pub registration_number: Option<String>,
    /// Contact address.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// ISO country code.
    pub country: Option<String>,
    /// State or region.
    pub region: Option<String>,
    /// City.
    pub city: Option<String>,
    /// First address line.
    pub address_line1: Option<String>,
    /// Second address line.
    pub address_line2: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Upstream system: `partner_center`, `microsoft_graph` or `gateway`.
    pub system: String,
    /// When the upstream said so.
    pub as_of: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
