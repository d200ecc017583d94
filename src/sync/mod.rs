//! Brings upstream captures in: bodies of Partner Center and Microsoft Graph become records of the domains, and the
//! domains' `service::ingest` stores them in the name of one partner. Knows wire shapes and nothing of storage or GraphQL.

pub mod graph;
pub mod health;
pub mod import;
pub mod partner_center;
pub mod recognise;
pub mod service_incidents;
pub mod support;
pub mod wire;

use crate::customers::record::{CustomerRecord, IndirectRecord};
use crate::delegation::record::{AssignmentRecord, RelationshipRecord};
use crate::escalations::record::VendorRequestRecord;
use crate::health::record::{LookRecord, ManagementRecord, MessageRecord, StatusRecord};
use crate::incidents::record::IncidentRecord;
use crate::partners::record::PartnershipRecord;
use crate::subscriptions::record::SubscriptionRecord;
use uuid::Uuid;

/// What the operator knows of a capture that its body may not say.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The customer's tenant, for bodies that do not name it (subscriptions, a customer's relationships, service health).
    pub customer_tenant_id: Option<Uuid>,
    /// Upstream id of the delegated relationship, for assignments that do not name it.
    pub relationship_id: Option<String>,
    /// Tenant of the indirect reseller whose customers a provider's list shows.
    pub reseller_tenant_id: Option<Uuid>,
}

/// One recognised body.
#[derive(Debug)]
pub struct Capture {
    /// What it was recognised as, for people: `customers`, `subscriptions`, ...
    pub kind: &'static str,
    /// The upstream system: `partner_center` or `microsoft_graph`.
    pub system: &'static str,
    /// Objects that the body holds.
    pub read: usize,
    /// What is to be stored.
    pub records: Records,
    /// Objects that cannot be stored, each with place and reason.
    pub skipped: Vec<Skipped>,
    /// Whether the body itself says that it is a page of more (a next link, or fewer items than its total).
    pub is_page: bool,
}

/// An object that was not stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Skipped {
    /// Where in the body, such as `items[3].companyProfile.tenantId`.
    pub place: String,
    /// Why, in words for the operator.
    pub reason: String,
}

/// What a body says, in terms of the domains.
#[derive(Debug, Default)]
#[allow(missing_docs)] // each list is named for its records
pub struct Records {
    pub partnerships: Vec<PartnershipRecord>,
    pub customers: Vec<CustomerRecord>,
    pub indirect: Vec<IndirectRecord>,
    pub subscriptions: Vec<SubscriptionRecord>,
    pub support_contacts: Vec<SupportContactRecord>,
    pub relationships: Vec<RelationshipRecord>,
    pub assignments: Vec<AssignmentRecord>,
    pub statuses: Vec<StatusRecord>,
    pub incidents: Vec<IncidentRecord>,
    pub messages: Vec<MessageRecord>,
    pub management: Vec<ManagementRecord>,
    pub looks: Vec<LookRecord>,
    pub vendor_requests: Vec<VendorRequestRecord>,
}

/// Who supports one subscription, from its own small body.
#[derive(Clone, Debug, PartialEq)]
pub struct SupportContactRecord {
    /// The customer's tenant.
    pub customer_tenant_id: Uuid,
    /// Upstream id of the subscription, lower case.
    pub subscription_external_id: String,
    /// The supporting partner.
    pub partner: crate::partners::record::PartnerRecord,
}

/// A body that cannot be read at all.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("{place}: {reason}")]
pub struct Unreadable {
    /// Line and column, or a path in the body.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}
