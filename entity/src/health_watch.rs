//! When a source last looked at a customer's service health, and how that ended.

use crate::{CustomerId, PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// When a source last looked at a customer's service health, and how that ended.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "health_watch")]
pub struct Model {
    /// The customer's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// When it last saw it; absent if it never did.
    pub seen_at: Option<Timestamp>,
    /// When it last looked.
    pub looked_at: Timestamp,
    /// When it last saw the whole list of services.
    pub listed_at: Option<Timestamp>,
    /// How the last look ended: `seen`, `throttled` or `no_delegation`.
    pub outcome: String,
    /// Upstream system: `partner_center`, `microsoft_graph` or `gateway`.
    pub system: String,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
