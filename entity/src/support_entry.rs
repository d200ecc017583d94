//! An entry of a support request's timeline: a note, or something that happened.

use crate::{AccountId, Timestamp};
use sea_orm::entity::prelude::*;

/// An entry of a support request's timeline: a note, or something that happened.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_entry")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The request.
    pub request_id: Uuid,
    /// The hop that it belongs to; none for what was written outside of any.
    pub escalation_id: Option<Uuid>,
    /// Its place in the timeline.
    pub place: i32,
    /// When.
    pub at: Timestamp,
    /// `note`, or what happened.
    pub kind: String,
    /// `org`, `chain`, `vendor` or `customer`.
    pub visibility: String,
    /// Who; none for the gateway itself and the vendor.
    pub author_account_id: Option<AccountId>,
    /// For which partner or customer; none for the gateway itself and the vendor.
    pub author_party_id: Option<Uuid>,
    /// The note, or the reason given, as given.
    pub text: Option<String>,
    /// What happened, in words of the gateway.
    pub detail: Option<String>,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
