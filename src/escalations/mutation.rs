//! The mutations of support requests. Each translates its input into one command, hands that to the rules, and shows
//! what came of it as the viewer may read it now: what the rules gave back are ids, and each is loaded anew under the
//! viewer's scope. Nothing is decided here.
//!
//! - What a caller can expect to go wrong is a user error in the payload. Payloads are nullable, so that a fault in
//!   one mutation of a document leaves what the others did to be read.
//! - Where nothing was done, the payload still shows what the input was about, if the viewer may read it: after a
//!   CONFLICT that is the current version.

use super::command::Done;
use super::mutation_commands::{Reading, Write};
use super::mutation_inputs::*;
use super::schema::{self, SupportRequest};
use super::schema_parts::{Escalation, SupportNote};
use crate::audit::Audited;
use crate::graphql::error::{Field, Result, field};
use crate::graphql::op;
use crate::graphql::write::{UserError, user_errors};
use crate::op::Op;
use crate::writes::{self, UserErrorCode, Verdict};
use async_graphql::{Context, Object};
use uuid::Uuid;

/// Does what an input asks for.
async fn done<W: Write>(ctx: &Context<'_>, input: W) -> Result<Done> {
    let op = op(ctx);
    let key = input.idempotency_key().to_owned();
    let digest = writes::digest(&input);
    let mut reading = Reading::new(&op.sealer);
    let command = input.command(&mut reading);
    let Reading { about, errors, .. } = reading;
    let done = match errors.is_empty() {
        true => super::perform::perform(op, W::OPERATION, &key, &digest, command).await?,
        false => refused(op, W::OPERATION, &key, &digest, errors).await?,
    };
    Ok(Done {
        request: done.request.or(about.request),
        escalation: done.escalation.or(about.escalation),
        ..done
    })
}

/// Refuses what cannot be read as the rules refuse what they do not allow: its key is looked at, and a record is left.
async fn refused(
    op: &Op,
    operation: &'static str,
    key: &str,
    digest: &str,
    errors: Vec<writes::UserError>,
) -> Result<Done> {
    let event = Audited::refused(operation, UserErrorCode::Invalid.code());
    let written =
        writes::run(op, operation, key, digest, async |_| Ok(Verdict::Refused(errors, event))).await?;
    let ids = written.ids;
    Ok(Done { request: ids.request, escalation: ids.escalation, entry: ids.entry, errors: written.errors })
}

async fn request_of(ctx: &Context<'_>, done: &Done) -> Result<Option<SupportRequest>> {
    let request = match (done.request, done.escalation) {
        (Some(id), _) => Some(id),
        // Nothing was done to the hop: its request is what the viewer may know of it.
        (None, Some(id)) => schema::escalation_by_id(ctx, id).await?.map(|found| found.0.hop.request_id),
        (None, None) => None,
    };
    match request {
        Some(id) => schema::by_id(ctx, id).await,
        None => Ok(None),
    }
}

async fn escalation_of(ctx: &Context<'_>, done: &Done) -> Result<Option<Escalation>> {
    match done.escalation {
        Some(id) => schema::escalation_by_id(ctx, id).await,
        None => Ok(None),
    }
}

async fn note_of(ctx: &Context<'_>, note: Option<Uuid>) -> Result<Option<SupportNote>> {
    match note {
        Some(id) => schema::note_by_id(ctx, id).await,
        None => Ok(None),
    }
}

/// Declares payloads: each shows the request, those of hops the hop, that of a note the note.
macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident $(note $note:ident)? $(hop $escalation:ident)?;)*) => {$(
        $(#[$doc])*
        pub struct $name(Done);

        $(#[$doc])*
        #[Object]
        impl $name {
            $(
            /// The note; null if none was written.
            async fn $note(&self, ctx: &Context<'_>) -> Field<SupportNote> {
                field(note_of(ctx, self.0.entry).await)
            }
            )?

            $(
            /// The hop as you may read it now, whether or not anything was done. Null if there is none that you may
            /// read.
            async fn $escalation(&self, ctx: &Context<'_>) -> Field<Escalation> {
                field(escalation_of(ctx, &self.0).await)
            }
            )?

            /// The support request as you may read it now, whether or not anything was done: after a CONFLICT this is
            /// the current version. Null if there is none that you may read.
            async fn support_request(&self, ctx: &Context<'_>) -> Field<SupportRequest> {
                field(request_of(ctx, &self.0).await)
            }

            /// Why nothing was done; empty if it was done.
            async fn user_errors(&self) -> Vec<UserError> {
                user_errors(self.0.errors.clone())
            }
        }
    )*};
}

payloads! {
    /// What came of raising a support request.
    RaiseSupportRequestPayload;
    /// What came of changing what a support request says.
    UpdateSupportRequestPayload;
    /// What came of recording a diagnosis.
    DiagnoseSupportRequestPayload;
    /// What came of adding a note.
    AddSupportNotePayload note note;
    /// What came of linking an incident.
    LinkIncidentPayload;
    /// What came of taking the link to an incident away.
    UnlinkIncidentPayload;
    /// What came of saying who works on a support request.
    AssignSupportRequestPayload;
    /// What came of asking the customer.
    WaitForCustomerPayload;
    /// What came of going on with a support request.
    ResumeSupportRequestPayload;
    /// What came of handing a support request to the next tier.
    EscalateSupportRequestPayload hop escalation;
    /// What came of taking a hop on.
    AcceptEscalationPayload hop escalation;
    /// What came of giving a hop back.
    ReturnEscalationPayload hop escalation;
    /// What came of handing a hop to another provider: the new hop is shown, or the old one where nothing was done.
    TransferEscalationPayload hop escalation;
    /// What came of taking a hop back.
    WithdrawEscalationPayload hop escalation;
    /// What came of recording what was filed with the vendor.
    RecordVendorRequestPayload hop escalation;
    /// What came of recording what the vendor answered.
    RecordVendorAnswerPayload hop escalation;
    /// What came of resolving a support request.
    ResolveSupportRequestPayload;
    /// What came of confirming that a support request is solved.
    ConfirmSupportRequestPayload;
    /// What came of reopening a support request.
    ReopenSupportRequestPayload;
    /// What came of closing a support request.
    CloseSupportRequestPayload;
    /// What came of merging a support request into another: the duplicate is shown.
    MergeSupportRequestsPayload;
}

/// The mutations of support requests.
#[derive(Default)]
pub struct EscalationMutation;

/// The mutations of support requests.
#[Object]
impl EscalationMutation {
    /// Raises a support request of a customer with one partner. No other partner of the customer learns of it.
    ///
    /// Who may: who may raise requests at the customer, naming one of its partners; and who may raise requests at
    /// that partner, on the customer's behalf. The partner's clock starts: the first answer is due after the target
    /// of its support arrangement or, without one, of kind and severity, counted in the arrangement's service hours.
    ///
    /// User errors: INVALID for a text, contact or id that cannot be used, or a contact that is the customer's;
    /// NOT_FOUND for a customer, partner, service, subscription or incident that you may not read; FORBIDDEN;
    /// IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn raise_support_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to raise.")] input: RaiseSupportRequestInput,
    ) -> Field<RaiseSupportRequestPayload> {
        Some(done(ctx, input).await.map(RaiseSupportRequestPayload))
    }

    /// Changes what a support request says: what is given takes the place of what was said before. Its timeline says
    /// which fields became another.
    ///
    /// Who may: who works on requests at the partner that it names. A graver severity brings a running clock forward;
    /// nothing puts one back.
    ///
    /// User errors: INVALID for a value that cannot be used, or where nothing becomes another; NOT_FOUND for a
    /// request, service or subscription that you may not read; FORBIDDEN; CONFLICT for a version that is not the
    /// current one; WRONG_STATE where it is resolved or closed, or your hop has ended; IDEMPOTENCY_MISMATCH for a key
    /// that was sent with another input.
    async fn update_support_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateSupportRequestInput,
    ) -> Field<UpdateSupportRequestPayload> {
        Some(done(ctx, input).await.map(UpdateSupportRequestPayload))
    }

    /// Records what the partner found out. The next tier asks for it, so it is there before a request is handed over.
    ///
    /// Who may: who works on requests at the partner that it names. This answers the request: the partner's clock
    /// stops. Partners that take part read it, the customer does not.
    ///
    /// User errors: INVALID for a text that is empty or too long; NOT_FOUND for a request that you may not read;
    /// FORBIDDEN; CONFLICT for a version that is not the current one; WRONG_STATE where it is resolved or closed;
    /// IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn diagnose_support_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was found out.")] input: DiagnoseSupportRequestInput,
    ) -> Field<DiagnoseSupportRequestPayload> {
        Some(done(ctx, input).await.map(DiagnoseSupportRequestPayload))
    }

    /// Adds a note, for readers who are settled when it is written. It needs no version, since it overwrites nothing.
    ///
    /// Who may: who takes part now. The customer's staff write CUSTOMER notes and no others; a partner that the
    /// request was handed to writes all others. A CUSTOMER note of the partner answers the request: its clock stops.
    /// One of the customer ends a wait for the customer: the partner's clock goes on with what was left, or starts
    /// anew where it was answered.
    ///
    /// User errors: INVALID for a text that is empty or too long, or a visibility that is not yours to give;
    /// NOT_FOUND for a request that you may not read; FORBIDDEN; WRONG_STATE where it is closed, or your hop has
    /// ended; IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn add_support_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to note, and for whom.")] input: AddSupportNoteInput,
    ) -> Field<AddSupportNotePayload> {
        Some(done(ctx, input).await.map(AddSupportNotePayload))
    }

    /// Says that a support request is part of a known incident. What is published on the incident then shows in the
    /// timeline of the request, to those who may read the incident.
    ///
    /// Who may: who works on requests at the partner that it names. No clock changes.
    ///
    /// User errors: INVALID for an id that is none; NOT_FOUND for a request or an incident that you may not read;
    /// FORBIDDEN; CONFLICT for a version that is not the current one; WRONG_STATE where it is linked to this incident
    /// already, or is resolved or closed; IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn link_incident(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and which incident.")] input: LinkIncidentInput,
    ) -> Field<LinkIncidentPayload> {
        Some(done(ctx, input).await.map(LinkIncidentPayload))
    }

    /// Takes the link to an incident away. That there was one stays in the timeline.
    ///
    /// Who may: who works on requests at the partner that it names. No clock changes.
    ///
    /// User errors: INVALID for an id that is none; NOT_FOUND for a request that you may not read; FORBIDDEN;
    /// CONFLICT for a version that is not the current one; WRONG_STATE where no incident is linked, or it is resolved
    /// or closed; IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn unlink_incident(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request.")] input: UnlinkIncidentInput,
    ) -> Field<UnlinkIncidentPayload> {
        Some(done(ctx, input).await.map(UnlinkIncidentPayload))
    }

    /// Says who works on a support request in your own organisation, or that nobody does. No other organisation reads
    /// it.
    ///
    /// Who may: who works on requests at the partner that it names, for that partner; and who may answer cases at a
    /// provider that it was handed to, for that hop. No clock changes.
    ///
    /// User errors: INVALID for an id that is none, or an account that was left out; NOT_FOUND for a request that you
    /// may not read, or an account that is not of your organisation; FORBIDDEN; CONFLICT for a version that is not
    /// the current one; WRONG_STATE where it is resolved or closed, or your hop has ended; IDEMPOTENCY_MISMATCH for a
    /// key that was sent with another input.
    async fn assign_support_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and who.")] input: AssignSupportRequestInput,
    ) -> Field<AssignSupportRequestPayload> {
        Some(done(ctx, input).await.map(AssignSupportRequestPayload))
    }

    /// Asks the customer something, and waits. The customer reads the question in the timeline.
    ///
    /// Who may: who works on requests at the partner that it names. The partner's clock stands still until the
    /// customer answers, or resumeSupportRequest goes on without it. Clocks of hops run on.
    ///
    /// User errors: INVALID for a question that is empty or too long; NOT_FOUND for a request that you may not read;
    /// FORBIDDEN; CONFLICT for a version that is not the current one; WRONG_STATE where it waits already, or is
    /// resolved or closed; IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn wait_for_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what to ask.")] input: WaitForCustomerInput,
    ) -> Field<WaitForCustomerPayload> {
        Some(done(ctx, input).await.map(WaitForCustomerPayload))
    }

    /// Goes on with a support request without waiting for the customer any longer.
    ///
    /// Who may: who works on requests at the partner that it names. The partner's clock goes on with the service time
    /// that was left when it was stopped.
    ///
    /// User errors: INVALID for an id that is none; NOT_FOUND for a request that you may not read; FORBIDDEN;
    /// CONFLICT for a version that is not the current one; WRONG_STATE where it does not wait for the customer;
    /// IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn resume_support_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request.")] input: ResumeSupportRequestInput,
    ) -> Field<ResumeSupportRequestPayload> {
        Some(done(ctx, input).await.map(ResumeSupportRequestPayload))
    }

    /// Hands a support request to the next tier: a reseller's to the provider of the affected subscription, a
    /// provider's or a direct-bill partner's to the vendor, through a vehicle. Ask escalationPreflight before: it
    /// says what is missing, which vehicles serve, and who is next.
    ///
    /// Who may: who may escalate at the partner that the request names; and who may answer cases at a provider that
    /// has accepted it, on to the vendor. The hop has a clock of its own, whose due time is fixed when it opens; it
    /// is the sender's answer, so the sender's clock stops. Until the hop ends who may answer cases at the provider
    /// may read this one, and of the notes before it only what the named partner wrote as CHAIN or VENDOR before any
    /// hop.
    ///
    /// User errors: HEALTH_FIRST where an active incident matches that is neither linked nor told apart by
    /// otherThanIncident; INELIGIBLE for a vehicle that does not serve this request or is not yours, or a provider
    /// that cannot be reached here; INVALID for what the next tier asks for and is missing, each at its field;
    /// NOT_FOUND for a request that you may not read, or a partner that is no provider of the customer; FORBIDDEN;
    /// CONFLICT for a version that is not the current one; WRONG_STATE where you have handed it on already or not
    /// accepted it yet, or it is resolved or closed; IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn escalate_support_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, to whom and why.")] input: EscalateSupportRequestInput,
    ) -> Field<EscalateSupportRequestPayload> {
        Some(done(ctx, input).await.map(EscalateSupportRequestPayload))
    }

    /// Takes a hop on: your organisation works on the request from now on, and you own it there until somebody else
    /// is assigned.
    ///
    /// Who may: who may answer cases at the provider that it was handed to. This answers the hop: its clock stops.
    ///
    /// User errors: INVALID for an id that is none; NOT_FOUND for a hop that you may not read; FORBIDDEN; WRONG_STATE
    /// where it was answered already, or has ended; IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn accept_escalation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which hop.")] input: AcceptEscalationInput,
    ) -> Field<AcceptEscalationPayload> {
        Some(done(ctx, input).await.map(AcceptEscalationPayload))
    }

    /// Gives a hop back to who handed it over. The hop ends, and one of yours to the vendor with it. You keep, to
    /// read, what you could read until then.
    ///
    /// Who may: who may answer cases at the provider that it was handed to, whether or not they had accepted it. The
    /// hop's clock stops, and the clock of the partner that the request names starts anew.
    ///
    /// User errors: INVALID for a reason that is empty or too long; NOT_FOUND for a hop that you may not read;
    /// FORBIDDEN; WRONG_STATE where it has ended; IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn return_escalation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which hop, and why.")] input: ReturnEscalationInput,
    ) -> Field<ReturnEscalationPayload> {
        Some(done(ctx, input).await.map(ReturnEscalationPayload))
    }

    /// Takes a hop to a provider back and hands the request to another, in one step. The first is told that you took
    /// it back, and not who has it now; the other learns nothing of the first.
    ///
    /// Who may: who may escalate at the partner that handed it over. The old hop's clock stops; the new hop has one
    /// of its own.
    ///
    /// User errors: INVALID for a reason that is empty or too long, or a partner that has it already; INELIGIBLE for
    /// a provider that cannot be reached here; NOT_FOUND for a hop that you may not read, or a partner that is no
    /// provider of the customer; FORBIDDEN; WRONG_STATE where it has ended; IDEMPOTENCY_MISMATCH for a key that was
    /// sent with another input.
    async fn transfer_escalation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which hop, to whom and why.")] input: TransferEscalationInput,
    ) -> Field<TransferEscalationPayload> {
        Some(done(ctx, input).await.map(TransferEscalationPayload))
    }

    /// Takes a hop back. It ends, and so does a hop that rests on it.
    ///
    /// Who may: who may escalate at the partner that handed it over; who may answer cases at a provider, what they
    /// handed to the vendor. The hop's clock stops; the clock of the partner that the request names starts anew if
    /// the hop was its own.
    ///
    /// User errors: INVALID for a reason that is empty or too long; NOT_FOUND for a hop that you may not read;
    /// FORBIDDEN; WRONG_STATE where it has ended; IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn withdraw_escalation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which hop, and why.")] input: WithdrawEscalationInput,
    ) -> Field<WithdrawEscalationPayload> {
        Some(done(ctx, input).await.map(WithdrawEscalationPayload))
    }

    /// Records under which number the request was filed with the vendor. An imported service request of that number
    /// then keeps the hop in step with the vendor.
    ///
    /// Who may: who handed the request to the vendor. Of partners, only that one reads the number.
    ///
    /// User errors: INVALID for a number that cannot be one, or a hop that does not lead to the vendor; NOT_FOUND for
    /// a hop that you may not read; FORBIDDEN; WRONG_STATE where it has ended, or has this number already;
    /// IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn record_vendor_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which hop, and the vendor's number.")] input: RecordVendorRequestInput,
    ) -> Field<RecordVendorRequestPayload> {
        Some(done(ctx, input).await.map(RecordVendorRequestPayload))
    }

    /// Records what the vendor answered. All partners that take part read it, the customer does not.
    ///
    /// Who may: who handed the request to the vendor. This answers the hop: its clock stops.
    ///
    /// User errors: INVALID for a text that is empty or too long, or a hop that does not lead to the vendor;
    /// NOT_FOUND for a hop that you may not read; FORBIDDEN; WRONG_STATE where it has ended; IDEMPOTENCY_MISMATCH for
    /// a key that was sent with another input.
    async fn record_vendor_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which hop, and the answer.")] input: RecordVendorAnswerInput,
    ) -> Field<RecordVendorAnswerPayload> {
        Some(done(ctx, input).await.map(RecordVendorAnswerPayload))
    }

    /// Says that a support request is solved, and how. All its hops end. The customer can then confirm or reopen it.
    ///
    /// Who may: who works on requests at the partner that it names; and who may answer cases at a provider that has
    /// accepted it. All its clocks stop.
    ///
    /// User errors: INVALID for a text that is empty or too long, or a kind that does not solve (DUPLICATE,
    /// WITHDRAWN); NOT_FOUND for a request that you may not read; FORBIDDEN; CONFLICT for a version that is not the
    /// current one; WRONG_STATE where it is resolved or closed, or your hop is not accepted or has ended;
    /// IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn resolve_support_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and how it was solved.")] input: ResolveSupportRequestInput,
    ) -> Field<ResolveSupportRequestPayload> {
        Some(done(ctx, input).await.map(ResolveSupportRequestPayload))
    }

    /// Agrees that a support request is solved: it closes.
    ///
    /// Who may: who may raise requests at the customer, and nobody on its behalf. No clock runs on a request that is
    /// resolved.
    ///
    /// User errors: INVALID for an id that is none; NOT_FOUND for a request that you may not read; FORBIDDEN;
    /// CONFLICT for a version that is not the current one; WRONG_STATE where it is not resolved; IDEMPOTENCY_MISMATCH
    /// for a key that was sent with another input.
    async fn confirm_support_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request.")] input: ConfirmSupportRequestInput,
    ) -> Field<ConfirmSupportRequestPayload> {
        Some(done(ctx, input).await.map(ConfirmSupportRequestPayload))
    }

    /// Says that a support request is not solved after all. Hops that have ended stay so.
    ///
    /// Who may: who may raise requests at the customer; and who may at the partner that it names, on the customer's
    /// behalf. The partner's clock starts anew.
    ///
    /// User errors: INVALID for a reason that is empty or too long; NOT_FOUND for a request that you may not read;
    /// FORBIDDEN; CONFLICT for a version that is not the current one; WRONG_STATE where it is open, or was merged
    /// into another; IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn reopen_support_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and why.")] input: ReopenSupportRequestInput,
    ) -> Field<ReopenSupportRequestPayload> {
        Some(done(ctx, input).await.map(ReopenSupportRequestPayload))
    }

    /// Closes a support request. All its hops end; who it was handed to keeps, to read, what it could read until
    /// then.
    ///
    /// Who may: who works on requests at the partner that it names; and who may raise requests at the customer, which
    /// no longer asks for it (WITHDRAWN) or agrees with how it was solved. All its clocks stop.
    ///
    /// User errors: INVALID for a kind that is missing, or that is not yours to give, or a text that is too long;
    /// NOT_FOUND for a request that you may not read; FORBIDDEN; CONFLICT for a version that is not the current one;
    /// WRONG_STATE where it is closed already; IDEMPOTENCY_MISMATCH for a key that was sent with another input.
    async fn close_support_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and how it ended.")] input: CloseSupportRequestInput,
    ) -> Field<CloseSupportRequestPayload> {
        Some(done(ctx, input).await.map(CloseSupportRequestPayload))
    }

    /// Says that a support request is a duplicate of another of the same customer with the same partner: it closes as
    /// DUPLICATE, and the other goes on. All hops of the duplicate end.
    ///
    /// Who may: who works on requests at the partner that both name. All clocks of the duplicate stop; those of the
    /// other do not change.
    ///
    /// User errors: INVALID for an id that is none, for the request itself, or for one of another customer; NOT_FOUND
    /// for a request that you may not read; FORBIDDEN; CONFLICT for a version that is not the current one;
    /// WRONG_STATE where either is resolved or closed; IDEMPOTENCY_MISMATCH for a key that was sent with another
    /// input.
    async fn merge_support_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The duplicate, and the one that goes on.")] input: MergeSupportRequestsInput,
    ) -> Field<MergeSupportRequestsPayload> {
        Some(done(ctx, input).await.map(MergeSupportRequestsPayload))
    }
}
