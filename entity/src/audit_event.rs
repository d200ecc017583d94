//! What somebody did, or tried to: one chain for each organisation that may read it, each event bound to
//! the one before by its hash. Append-only.

use crate::{AccountId, CustomerId, Timestamp};
use sea_orm::entity::prelude::*;

/// What somebody did, or tried to: one chain for each organisation that may read it, each event bound to
/// the one before by its hash. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_event")]
pub struct Model {
    /// Whose chain.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// Its place in the chain, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who; none for the gateway, and for people of other organisations.
    pub actor_account_id: Option<AccountId>,
    /// For whose tenant; nil for what the gateway did of itself.
    pub actor_tenant_id: Uuid,
    /// The partner or customer on whose behalf.
    pub on_behalf_of: Option<Uuid>,
    /// What: the mutation or the operation of the policy.
    pub action: String,
    /// `succeeded`, or the code of the refusal.
    pub outcome: String,
    /// Of which type.
    pub resource_kind: Option<String>,
    /// Which object.
    pub resource_id: Option<Uuid>,
    /// The customer concerned.
    pub customer_id: Option<CustomerId>,
    /// What the right rested on.
    pub ground: Option<String>,
    /// The request that did it.
    pub request_id: Uuid,
    /// Why, in words.
    pub reason: Option<String>,
    /// SHA-256 over the hash before and this event, in hexadecimal digits.
    pub hash: String,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
