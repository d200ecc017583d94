//! What may be done with a support request: parsed, and not yet judged.

use super::words::{Kind, Resolution, Severity, Vehicle, Visibility};
use crate::writes::UserError;
use entity::{AccountId, CustomerId, IncidentId, PartnerId, ServiceId, SubscriptionId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The partner's contact for the vendor, never the customer's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// Telephone.
    pub phone: Option<String>,
}

/// What is attached elsewhere: the gateway keeps no files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    /// File name.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Size in bytes.
    pub size_bytes: i64,
}

/// A new request.
#[derive(Clone, Debug, PartialEq)]
pub struct Raise {
    /// The customer.
    pub customer: CustomerId,
    /// The partner that is asked: none for the caller's own. A customer's staff has to name one.
    pub partner: Option<PartnerId>,
    /// What kind of support is asked for.
    pub kind: Kind,
    /// How grave it is.
    pub severity: Severity,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// The service that it is about.
    pub service: Option<ServiceId>,
    /// The affected subscription.
    pub subscription: Option<SubscriptionId>,
    /// The partner's contact for the vendor.
    pub contact: Option<Contact>,
    /// What is attached elsewhere.
    pub attachments: Vec<Attachment>,
    /// The known incident that it is part of.
    pub incident: Option<IncidentId>,
}

/// A change of what a request says; what is none stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// Which.
    pub request: Uuid,
    /// The version that the caller saw.
    pub version: i64,
    /// Kind.
    pub kind: Option<Kind>,
    /// Severity.
    pub severity: Option<Severity>,
    /// Title.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Service.
    pub service: Option<ServiceId>,
    /// Subscription.
    pub subscription: Option<SubscriptionId>,
    /// Contact.
    pub contact: Option<Contact>,
    /// Attachments.
    pub attachments: Option<Vec<Attachment>>,
}

/// A case handed on.
#[derive(Clone, Debug, PartialEq)]
pub struct Escalate {
    /// Which.
    pub request: Uuid,
    /// The version that the caller saw.
    pub version: i64,
    /// What is asked of the next tier.
    pub reason: String,
    /// The vehicle, where the vendor is next.
    pub vehicle: Option<Vehicle>,
    /// The provider, where the affected subscription does not name it.
    pub partner: Option<PartnerId>,
    /// Why it is something else than the active incidents that match.
    pub other_than_incident: Option<String>,
}

/// What may be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Raise a request.
    Raise(Raise),
    /// Change what it says.
    Edit(Edit),
    /// Record what was found.
    Diagnose {
        /// Which request.
        request: Uuid,
        /// The version that the caller saw.
        version: i64,
        /// The findings.
        text: String,
    },
    /// Add a note.
    Note {
        /// Which request.
        request: Uuid,
        /// For whom.
        visibility: Visibility,
        /// The note.
        text: String,
    },
    /// Link it to a known incident.
    LinkIncident {
        /// Which request.
        request: Uuid,
        /// The version that the caller saw.
        version: i64,
        /// The incident.
        incident: IncidentId,
    },
    /// Take the link away.
    UnlinkIncident {
        /// Which request.
        request: Uuid,
        /// The version that the caller saw.
        version: i64,
    },
    /// Say who works on it in the caller's organisation.
    Assign {
        /// Which request.
        request: Uuid,
        /// The version that the caller saw.
        version: i64,
        /// Who; none for nobody.
        account: Option<AccountId>,
    },
    /// Ask the customer, and stop the clock until it answers.
    WaitForCustomer {
        /// Which request.
        request: Uuid,
        /// The version that the caller saw.
        version: i64,
        /// What the customer is asked.
        question: String,
    },
    /// Go on.
    Resume {
        /// Which request.
        request: Uuid,
        /// The version that the caller saw.
        version: i64,
    },
    /// Hand it to the next tier.
    Escalate(Escalate),
    /// Take a hop on.
    Accept {
        /// Which hop.
        escalation: Uuid,
    },
    /// Give a hop back.
    Return {
        /// Which hop.
        escalation: Uuid,
        /// Why.
        reason: String,
    },
    /// Take a hop back and hand the case to another provider.
    Transfer {
        /// Which hop.
        escalation: Uuid,
        /// To whom.
        partner: PartnerId,
        /// Why; told to the second.
        reason: String,
        /// Why it is something else than the active incidents that match.
        other_than_incident: Option<String>,
    },
    /// Take a hop back.
    Withdraw {
        /// Which hop.
        escalation: Uuid,
        /// Why.
        reason: String,
    },
    /// The vendor's number of what was filed with it.
    RecordVendorRequest {
        /// Which hop.
        escalation: Uuid,
        /// The number.
        number: String,
    },
    /// What the vendor answered.
    RecordVendorAnswer {
        /// Which hop.
        escalation: Uuid,
        /// The answer.
        text: String,
    },
    /// Say that it is solved.
    Resolve {
        /// Which request.
        request: Uuid,
        /// The version that the caller saw.
        version: i64,
        /// How.
        kind: Resolution,
        /// What was done.
        text: String,
    },
    /// The customer agrees: the request closes.
    Confirm {
        /// Which request.
        request: Uuid,
        /// The version that the caller saw.
        version: i64,
    },
    /// It is not solved after all.
    Reopen {
        /// Which request.
        request: Uuid,
        /// The version that the caller saw.
        version: i64,
        /// Why.
        reason: String,
    },
    /// Close it.
    Close {
        /// Which request.
        request: Uuid,
        /// The version that the caller saw.
        version: i64,
        /// How; none where it is resolved already.
        kind: Option<Resolution>,
        /// What was done.
        text: Option<String>,
    },
    /// It is a duplicate of another request of the same customer and partner.
    Merge {
        /// Which request: it closes.
        request: Uuid,
        /// The version that the caller saw.
        version: i64,
        /// The one that goes on.
        into: Uuid,
    },
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    /// The request.
    pub request: Option<Uuid>,
    /// The hop.
    pub escalation: Option<Uuid>,
    /// The note.
    pub entry: Option<Uuid>,
    /// Why nothing was done.
    pub errors: Vec<UserError>,
}

impl Command {
    /// What it is about: a type and an id, where there is one yet.
    pub fn resource(&self) -> Option<(&'static str, Uuid)> {
        let request = |id: &Uuid| Some(("SupportRequest", *id));
        match self {
            Command::Raise(_) => None,
            Command::Edit(edit) => request(&edit.request),
            Command::Escalate(escalate) => request(&escalate.request),
            Command::Diagnose { request: id, .. }
            | Command::Note { request: id, .. }
            | Command::LinkIncident { request: id, .. }
            | Command::UnlinkIncident { request: id, .. }
            | Command::Assign { request: id, .. }
            | Command::WaitForCustomer { request: id, .. }
            | Command::Resume { request: id, .. }
            | Command::Resolve { request: id, .. }
            | Command::Confirm { request: id, .. }
            | Command::Reopen { request: id, .. }
            | Command::Close { request: id, .. }
            | Command::Merge { request: id, .. } => request(id),
            Command::Accept { escalation }
            | Command::Return { escalation, .. }
            | Command::Transfer { escalation, .. }
            | Command::Withdraw { escalation, .. }
            | Command::RecordVendorRequest { escalation, .. }
            | Command::RecordVendorAnswer { escalation, .. } => Some(("Escalation", *escalation)),
        }
    }
}
