//! A support request as it is: written by the rules alone, and read by nobody but them. What each party
//! sees of it is its `support_view`.

use crate::{AccountId, CustomerId, IncidentId, PartnerId, ServiceId, SubscriptionId, Timestamp};
use sea_orm::entity::prelude::*;

/// A support request as it is: written by the rules alone, and read by nobody but them. What each party
/// sees of it is its `support_view`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_request")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Number: random, with a check digit.
    pub number: String,
    /// The customer's shell.
    pub customer_id: CustomerId,
    /// The one partner that the request names: the first tier, and the owner of the request.
    pub partner_id: PartnerId,
    /// `customer` or `partner`.
    pub raised_by: String,
    /// Who raised it.
    pub created_by: AccountId,
    /// When.
    pub created_at: Timestamp,
    /// `billing`, `subscription_management` or `technical`.
    pub kind: String,
    /// `critical`, `moderate` or `minimal`.
    pub severity: String,
    /// Title, as given.
    pub title: String,
    /// Description, as given.
    pub description: String,
    /// The service that it is about.
    pub service_id: Option<ServiceId>,
    /// Its name.
    pub service_name: Option<String>,
    /// The affected subscription.
    pub subscription_id: Option<SubscriptionId>,
    /// The partner's contact for the vendor, never the customer's: name.
    pub contact_name: Option<String>,
    /// The same: mail address.
    pub contact_email: Option<String>,
    /// The same: telephone.
    pub contact_phone: Option<String>,
    /// JSON: names, types and sizes of what is attached elsewhere.
    pub attachments: Option<String>,
    /// What the partner found before it hands the case over.
    pub diagnosis: Option<String>,
    /// When it said so.
    pub diagnosed_at: Option<Timestamp>,
    /// The known incident that it is part of.
    pub incident_id: Option<IncidentId>,
    /// `new`, `in_progress`, `waiting_for_customer`, `resolved` or `closed`.
    pub status: String,
    /// Where it is worked on: `partner`, `provider` or `vendor`.
    pub tier: String,
    /// Who works on it at the named partner.
    pub owner_account_id: Option<AccountId>,
    /// When the named partner has to have answered: fixed when its clock starts; `Timestamp::FAR_FUTURE`
    /// while none runs.
    pub due_at: Timestamp,
    /// When the customer has to have been answered: what it is told of the clock, which goes on while partners hand the case
    /// on; `Timestamp::FAR_FUTURE` while it waits for no answer.
    pub customer_due_at: Timestamp,
    /// Service time that was left when the clock was paused, in microseconds.
    pub paused_left: Option<i64>,
    /// When the named partner first answered.
    pub responded_at: Option<Timestamp>,
    /// The due time that passed unanswered.
    pub breached_at: Option<Timestamp>,
    /// `solved`, `workaround`, `vendor_fix`, `no_fault_found`, `duplicate`, `withdrawn`.
    pub resolution_kind: Option<String>,
    /// What was done.
    pub resolution_text: Option<String>,
    /// When.
    pub resolved_at: Option<Timestamp>,
    /// When.
    pub closed_at: Option<Timestamp>,
    /// The request that this one is a duplicate of.
    pub merged_into_id: Option<Uuid>,
    /// How many entries its timeline has had.
    pub entry_count: i32,
    /// Rises with each change.
    pub version: i64,
    /// Of the last change.
    pub modified_at: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
