//! What one party sees of a support request: a copy that is written with each change while the party takes
//! part, and stays as it was from then on.

use crate::{AccountId, CustomerId, IncidentId, PartnerId, ServiceId, SubscriptionId, Timestamp};
use sea_orm::entity::prelude::*;

/// What one party sees of a support request: a copy that is written with each change while the party takes
/// part, and stays as it was from then on.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_view")]
pub struct Model {
    /// The request.
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: Uuid,
    /// The party: the partner or the customer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub party_id: Uuid,
    /// `customer`, `partner` (the one that the request names) or `tier` (one that it was handed to).
    pub party: String,
    /// The party's tenant.
    pub reader_tenant_id: Uuid,
    /// The customer's shell.
    pub customer_id: CustomerId,
    /// The named partner, whose word opens it to partners; nil for the customer's own view.
    pub source_id: PartnerId,
    /// Whether the party still takes part.
    pub is_current: bool,
    /// Neither resolved nor closed.
    pub is_open: bool,
    /// Number.
    pub number: String,
    /// The partner that the request names.
    pub partner_id: PartnerId,
    /// `customer` or `partner`.
    pub raised_by: String,
    /// When it was raised; for a tier, when it was handed over.
    pub created_at: Timestamp,
    /// Kind.
    pub kind: String,
    /// Severity.
    pub severity: String,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// The service that it is about.
    pub service_id: Option<ServiceId>,
    /// Its name.
    pub service_name: Option<String>,
    /// The affected subscription.
    pub subscription_id: Option<SubscriptionId>,
    /// The partner's contact.
    pub contact_name: Option<String>,
    /// The same: mail address.
    pub contact_email: Option<String>,
    /// The same: telephone.
    pub contact_phone: Option<String>,
    /// JSON: names, types and sizes.
    pub attachments: Option<String>,
    /// What the partner found; not for the customer.
    pub diagnosis: Option<String>,
    /// When it said so.
    pub diagnosed_at: Option<Timestamp>,
    /// The incident that it is linked to.
    pub incident_id: Option<IncidentId>,
    /// Status, as this party may know it.
    pub status: String,
    /// Where it is worked on, as this party may know it.
    pub tier: String,
    /// Who works on it in this party's own organisation.
    pub owner_account_id: Option<AccountId>,
    /// When this party, or the one that it waits for, has to have answered; `Timestamp::FAR_FUTURE` while
    /// no clock runs.
    pub due_at: Timestamp,
    /// The due time that passed unanswered.
    pub breached_at: Option<Timestamp>,
    /// How it was resolved.
    pub resolution_kind: Option<String>,
    /// What was done.
    pub resolution_text: Option<String>,
    /// When.
    pub resolved_at: Option<Timestamp>,
    /// When.
    pub closed_at: Option<Timestamp>,
    /// The request that this one is a duplicate of.
    pub merged_into_id: Option<Uuid>,
    /// Of the request when this was written.
    pub version: i64,
    /// Of the last change that this party may know of.
    pub modified_at: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
