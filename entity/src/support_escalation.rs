//! A hop of a support request: from one partner to the next tier, from its request to its end.

use crate::{AccountId, CustomerId, PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// A hop of a support request: from one partner to the next tier, from its request to its end.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_escalation")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The request.
    pub request_id: Uuid,
    /// The customer's shell.
    pub customer_id: CustomerId,
    /// The partner that the request names.
    pub source_id: PartnerId,
    /// Its place among the request's hops.
    pub number: i32,
    /// The hop by which its sender holds the case; none from the named partner.
    pub parent_id: Option<Uuid>,
    /// Who hands it over.
    pub from_partner_id: PartnerId,
    /// Who receives it; none for the vendor.
    pub to_partner_id: Option<PartnerId>,
    /// `provider` or `vendor`.
    pub tier: String,
    /// Through what the vendor is asked.
    pub vehicle: Option<String>,
    /// `requested`, `accepted`, `returned`, `transferred`, `withdrawn`, `timed_out` or `ended`.
    pub state: String,
    /// What is asked of the next tier.
    pub request_reason: String,
    /// Why it was returned, transferred or withdrawn.
    pub reason: Option<String>,
    /// JSON: what was known of health and incidents when it was requested.
    pub evidence: Option<String>,
    /// Why it is something else than a matching active incident.
    pub other_than_incident: Option<String>,
    /// Who works on it at the receiver.
    pub owner_account_id: Option<AccountId>,
    /// Who handed it over.
    pub requested_by: AccountId,
    /// When it was requested.
    pub starts_at: Timestamp,
    /// When it has to have been answered: fixed when it was requested.
    pub due_at: Timestamp,
    /// When it times out unanswered.
    pub expires_at: Timestamp,
    /// When it was accepted or returned.
    pub answered_at: Option<Timestamp>,
    /// When it ended; `Timestamp::FAR_FUTURE` while it lasts.
    pub ends_at: Timestamp,
    /// The due time that passed unanswered.
    pub breached_at: Option<Timestamp>,
    /// The vendor's number of the request filed with it.
    pub vendor_number: Option<String>,
    /// The vendor's status: `open`, `closed`, `attention_needed`, ...
    pub vendor_status: Option<String>,
    /// Of the vendor's last word that was taken over.
    pub vendor_modified_at: Option<Timestamp>,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
