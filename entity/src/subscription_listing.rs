//! Derived: what a tenant's list of subscriptions is driven from.

use crate::{CustomerId, PartnerId, SubscriptionId, Timestamp};
use sea_orm::entity::prelude::*;

/// Derived: what a tenant's list of subscriptions is driven from.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription_listing")]
pub struct Model {
    /// Whose list: source, seller, partner of record, support contact, or the customer itself.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reader_tenant_id: Uuid,
    /// Order of the list.
    pub commitment_ends_at: Timestamp,
    /// Which subscription.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subscription_id: SubscriptionId,
    /// The customer's shell.
    pub customer_id: CustomerId,
    /// Whose row it is.
    pub source_id: PartnerId,
    /// Upstream id, to show one copy of it.
    pub external_id: String,
    /// 0 the reader's own source, 1 another's; lower wins.
    pub rank: i32,
    /// Whether the row names the reader's partner: as seller, partner of record or support contact.
    pub is_named: bool,
    /// The services that it brings, unless it ended: bits of the catalogue.
    pub services: i64,
    /// Its licences, if it is active.
    pub licences: i64,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
