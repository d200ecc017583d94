//! What clients send to change support requests. Each input holds an idempotency key, which is no part of what the
//! key stands for and so of no digest; those that change a request as its reader saw it also hold the version that
//! was seen.
//!
//! - Nothing is judged here: `mutation_commands` reads the ids, the rules behind `perform` do the rest.
//! - Text is taken as it is given. It is never rendered as markup, by the gateway or by who shows it.

use super::schema_words::{ResolutionKind, SupportKind, SupportSeverity, SupportVehicle, SupportVisibility};
use async_graphql::{ID, InputObject, MaybeUndefined};
use serde::Serialize;

/// The partner's contact for the vendor, never the customer's.
#[derive(Debug, Serialize, InputObject)]
pub struct SupportRequestContactInput {
    /// Name: one line of at most 200 characters.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// Telephone number, with its country code.
    pub phone: Option<String>,
}

/// A file that is kept elsewhere: the gateway holds what it is called, and no content.
#[derive(Debug, Serialize, InputObject)]
pub struct SupportRequestAttachmentInput {
    /// File name: one line of at most 200 characters.
    pub name: String,
    /// Media type, such as text/plain; at most 100 characters.
    pub content_type: String,
    /// Size in bytes, 0 or more.
    pub size_bytes: i64,
}

/// A new support request.
#[derive(Debug, Serialize, InputObject)]
pub struct RaiseSupportRequestInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The customer.
    pub customer_id: ID,
    /// The partner that is asked. Staff of the customer have to name one of their partners; staff of a partner leave
    /// it out, or name their own.
    pub partner_id: Option<ID>,
    /// What kind of support is asked for.
    pub kind: SupportKind,
    /// How grave it is: it decides when the first answer is due.
    pub severity: SupportSeverity,
    /// Title: one line of at most 200 characters.
    pub title: String,
    /// What is wrong, since when, and for whom; at most 20,000 characters.
    pub description: String,
    /// The service that it is about.
    pub service_id: Option<ID>,
    /// The customer's subscription that is affected. It decides to which provider a reseller hands the request.
    pub subscription_id: Option<ID>,
    /// The partner's contact for the vendor, never the customer's: the customer's own staff leave it out.
    pub contact: Option<SupportRequestContactInput>,
    /// What is attached elsewhere; at most 20.
    pub attachments: Option<Vec<SupportRequestAttachmentInput>>,
    /// The known incident that it is part of.
    pub incident_id: Option<ID>,
}

/// A change of what a support request says. What is absent or null stays as it is.
#[derive(Debug, Serialize, InputObject)]
pub struct UpdateSupportRequestInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The support request.
    pub support_request_id: ID,
    /// The version that you saw; CONFLICT if the request has changed since.
    pub version: i32,
    /// What kind of support is asked for.
    pub kind: Option<SupportKind>,
    /// How grave it is.
    pub severity: Option<SupportSeverity>,
    /// Title: one line of at most 200 characters.
    pub title: Option<String>,
    /// What is wrong, since when, and for whom; at most 20,000 characters.
    pub description: Option<String>,
    /// The service that it is about.
    pub service_id: Option<ID>,
    /// The customer's subscription that is affected.
    pub subscription_id: Option<ID>,
    /// The partner's contact for the vendor, never the customer's.
    pub contact: Option<SupportRequestContactInput>,
    /// All that is attached elsewhere, in place of what was listed before; at most 20.
    pub attachments: Option<Vec<SupportRequestAttachmentInput>>,
}

/// What the partner found out.
#[derive(Debug, Serialize, InputObject)]
pub struct DiagnoseSupportRequestInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The support request.
    pub support_request_id: ID,
    /// The version that you saw; CONFLICT if the request has changed since.
    pub version: i32,
    /// What was looked at, what was tried, and what came of it; at most 20,000 characters. Takes the place of an
    /// earlier diagnosis. Partners read it, the customer does not.
    pub text: String,
}

/// A note on a support request.
#[derive(Debug, Serialize, InputObject)]
pub struct AddSupportNoteInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The support request.
    pub support_request_id: ID,
    /// Who may read the note, for good.
    pub visibility: SupportVisibility,
    /// The note; at most 20,000 characters, stored as given and never as markup.
    pub text: String,
}

/// A support request that is part of a known incident.
#[derive(Debug, Serialize, InputObject)]
pub struct LinkIncidentInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The support request.
    pub support_request_id: ID,
    /// The version that you saw; CONFLICT if the request has changed since.
    pub version: i32,
    /// The incident. One that was linked before is no longer linked.
    pub incident_id: ID,
}

/// A support request that is part of no known incident after all.
#[derive(Debug, Serialize, InputObject)]
pub struct UnlinkIncidentInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The support request.
    pub support_request_id: ID,
    /// The version that you saw; CONFLICT if the request has changed since.
    pub version: i32,
}

/// Who works on a support request.
#[derive(Debug, Serialize, InputObject)]
pub struct AssignSupportRequestInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The support request.
    pub support_request_id: ID,
    /// The version that you saw; CONFLICT if the request has changed since.
    pub version: i32,
    /// An account of your own organisation; null for nobody. It cannot be left out.
    pub account_id: MaybeUndefined<ID>,
}

/// A question to the customer.
#[derive(Debug, Serialize, InputObject)]
pub struct WaitForCustomerInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The support request.
    pub support_request_id: ID,
    /// The version that you saw; CONFLICT if the request has changed since.
    pub version: i32,
    /// What the customer is asked; at most 20,000 characters.
    pub question: String,
}

/// A support request that no longer waits for its customer.
#[derive(Debug, Serialize, InputObject)]
pub struct ResumeSupportRequestInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The support request.
    pub support_request_id: ID,
    /// The version that you saw; CONFLICT if the request has changed since.
    pub version: i32,
}

/// A support request that is handed to the next tier.
#[derive(Debug, Serialize, InputObject)]
pub struct EscalateSupportRequestInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The support request.
    pub support_request_id: ID,
    /// The version that you saw; CONFLICT if the request has changed since.
    pub version: i32,
    /// What the next tier is asked for, and why; at most 4,000 characters.
    pub reason: String,
    /// Through what the vendor is asked; only, and always, where the vendor is next.
    pub vehicle: Option<SupportVehicle>,
    /// The provider that is next, where the affected subscription does not tell.
    pub partner_id: Option<ID>,
    /// Why it is something else than the active incidents that match. Needed where there are such and none of them is
    /// linked; kept with the hop.
    pub other_than_incident: Option<String>,
}

/// A hop that is taken on.
#[derive(Debug, Serialize, InputObject)]
pub struct AcceptEscalationInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The hop.
    pub escalation_id: ID,
}

/// A hop that is given back.
#[derive(Debug, Serialize, InputObject)]
pub struct ReturnEscalationInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The hop.
    pub escalation_id: ID,
    /// Why; at most 4,000 characters. Who handed it over reads it.
    pub reason: String,
}

/// A hop that is handed to another provider.
#[derive(Debug, Serialize, InputObject)]
pub struct TransferEscalationInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The hop that ends.
    pub escalation_id: ID,
    /// The provider that the next hop goes to.
    pub partner_id: ID,
    /// What the other provider is asked for, and why; at most 4,000 characters. The first does not read it.
    pub reason: String,
    /// Why it is something else than the active incidents that match; needed where one does and the request is linked
    /// to none. At most 4,000 characters.
    pub other_than_incident: Option<String>,
}

/// A hop that is taken back.
#[derive(Debug, Serialize, InputObject)]
pub struct WithdrawEscalationInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The hop.
    pub escalation_id: ID,
    /// Why; at most 4,000 characters. Who had received it reads it.
    pub reason: String,
}

/// What was filed with the vendor.
#[derive(Debug, Serialize, InputObject)]
pub struct RecordVendorRequestInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The hop to the vendor.
    pub escalation_id: ID,
    /// The vendor's number of the request: letters, digits and hyphens, at most 64.
    pub number: String,
}

/// What the vendor answered.
#[derive(Debug, Serialize, InputObject)]
pub struct RecordVendorAnswerInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The hop to the vendor.
    pub escalation_id: ID,
    /// The answer; at most 20,000 characters.
    pub text: String,
}

/// A support request that is solved.
#[derive(Debug, Serialize, InputObject)]
pub struct ResolveSupportRequestInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The support request.
    pub support_request_id: ID,
    /// The version that you saw; CONFLICT if the request has changed since.
    pub version: i32,
    /// How it was solved: not DUPLICATE, for which there is mergeSupportRequests, nor WITHDRAWN.
    pub kind: ResolutionKind,
    /// What was done; at most 20,000 characters. All that take part read it, the customer too.
    pub text: String,
}

/// A solution that the customer agrees with.
#[derive(Debug, Serialize, InputObject)]
pub struct ConfirmSupportRequestInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The support request.
    pub support_request_id: ID,
    /// The version that you saw; CONFLICT if the request has changed since.
    pub version: i32,
}

/// A support request that is not solved after all.
#[derive(Debug, Serialize, InputObject)]
pub struct ReopenSupportRequestInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The support request.
    pub support_request_id: ID,
    /// The version that you saw; CONFLICT if the request has changed since.
    pub version: i32,
    /// Why; at most 4,000 characters. All that take part read it.
    pub reason: String,
}

/// A support request that is over.
#[derive(Debug, Serialize, InputObject)]
pub struct CloseSupportRequestInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The support request.
    pub support_request_id: ID,
    /// The version that you saw; CONFLICT if the request has changed since.
    pub version: i32,
    /// How it ended: from a partner needed unless it is RESOLVED, and then not to be said again. The customer's own
    /// staff leave it out, or say WITHDRAWN.
    pub kind: Option<ResolutionKind>,
    /// What was done, or why it is not asked for any more; at most 20,000 characters. All that take part read it.
    pub text: Option<String>,
}

/// A support request that is a duplicate of another.
#[derive(Debug, Serialize, InputObject)]
pub struct MergeSupportRequestsInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The duplicate: it closes.
    pub support_request_id: ID,
    /// The version of the duplicate that you saw; CONFLICT if it has changed since.
    pub version: i32,
    /// The support request that goes on: of the same customer, naming the same partner.
    pub into_id: ID,
}
