//! The mutations of arrangements and contracts. Each reads its input, hands it to the rules, and shows what came of it
//! as the viewer may read it now. Nothing is decided here.
//!
//! What a caller can expect to go wrong is a user error in the payload, a malformed id too. Payloads are nullable, so
//! that a fault in one mutation of a document leaves what the others did to be read.

use super::draft::{ArrangementDraft, ContractDraft, HoursDraft, OpeningDraft};
use super::record::{Contact, Pricing};
use super::schema::{
    DayOfWeek, SupportArrangement, SupportArrangementKind, SupportContactChannel, SupportContract,
    SupportPricingModel, arrangement_by_id, contract_by_id, current_arrangement, timestamp,
};
use super::service::{self, EndContract, Refusals, SetArrangement, SetContract};
use crate::escalations::schema_words::{SupportKind, SupportSeverity, SupportVehicle};
use crate::graphql::error::{Field, Result, field};
use crate::graphql::write::{UserError, user_errors};
use crate::graphql::{Kind, op};
use crate::op::Op;
use crate::writes::{self, UserErrorCode};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{CustomerId, ServiceId};
use serde::Serialize;
use uuid::Uuid;

/// Hours of one day.
#[derive(Debug, Serialize, InputObject)]
pub struct SupportOpeningInput {
    /// Which day.
    pub day: DayOfWeek,
    /// From this time on, such as 08:00.
    pub opens: String,
    /// Up to this time, later than `opens`, such as 17:00; 24:00 is the end of the day. For service over midnight give
    /// two entries: one that closes at 24:00, and one on the day after that opens at 00:00.
    pub closes: String,
}

/// When support is at work.
#[derive(Debug, Serialize, InputObject)]
pub struct SupportHoursInput {
    /// Time zone by its name in the IANA database, such as Europe/Berlin.
    pub time_zone: String,
    /// Hours of the days, in any order, none over another; at most 70 entries. Empty: around the clock.
    pub weekly: Vec<SupportOpeningInput>,
    /// Days without service, such as 2026-12-25; at most 366.
    #[graphql(default)]
    pub holidays: Vec<String>,
}

/// A way to reach support.
#[derive(Debug, Serialize, InputObject)]
pub struct SupportContactInput {
    /// How.
    pub channel: SupportContactChannel,
    /// A mail address such as help@example.com, a number such as +49 30 123456, or an address such as
    /// `https://example.com/help`.
    pub value: String,
}

/// What support costs.
#[derive(Debug, Serialize, InputObject)]
pub struct SupportPricingInput {
    /// By what it is charged for.
    pub model: SupportPricingModel,
    /// Decimal amount with at most four decimals, such as 90.00: for PER_INCIDENT, PER_HOUR and PER_MONTH, and for no
    /// other model.
    pub amount: Option<String>,
    /// ISO 4217 currency of the amount: three capital letters, such as EUR.
    pub currency: Option<String>,
}

/// How soon a request of one severity is answered for the first time.
#[derive(Debug, Serialize, InputObject)]
pub struct SupportResponseTargetInput {
    /// For requests of this severity.
    pub severity: SupportSeverity,
    /// Minutes of service time, 1 to 43,200.
    pub minutes: i32,
}

/// How your organisation supports its customers. It says the whole: what is left out is taken away.
#[derive(Debug, Serialize, InputObject)]
pub struct SetSupportArrangementInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The version that you saw; left out to make an arrangement.
    pub version: Option<i32>,
    /// The customer for which it differs; left out, it holds for all.
    pub customer_id: Option<ID>,
    /// The service of the catalogue for which it differs; left out, it holds for all.
    pub service_id: Option<ID>,
    /// Who provides the support.
    pub kind: SupportArrangementKind,
    /// Name of the entity that provides it, at most 200 characters; left out for DIRECT, and only then.
    pub provided_by: Option<String>,
    /// Which kinds of support are provided; at least one.
    pub support_kinds: Vec<SupportKind>,
    /// When support is at work.
    pub hours: SupportHoursInput,
    /// How it is reached; at least one way, at most 20.
    pub contacts: Vec<SupportContactInput>,
    /// What it costs; left out to say nothing of it.
    pub pricing: Option<SupportPricingInput>,
    /// How soon requests are answered for the first time, where that differs from what the vendor names; each severity
    /// once at most. Due times that are fixed already stay.
    #[graphql(default)]
    pub response_targets: Vec<SupportResponseTargetInput>,
}

/// A contract under which your organisation may ask the vendor. It says the whole: what is left out is taken away, but
/// for `startsAt` and `incidentsUsed`, which then stay.
#[derive(Debug, Serialize, InputObject)]
pub struct SetSupportContractInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The contract to change; left out to make one.
    pub support_contract_id: Option<ID>,
    /// The version that you saw; left out to make a contract.
    pub version: Option<i32>,
    /// The vehicle that it opens: any but COMMERCIAL, which needs none.
    pub vehicle: SupportVehicle,
    /// The vendor's contract id, at most 200 characters.
    pub contract_id: Option<String>,
    /// The vendor's access id, at most 200 characters.
    pub access_id: Option<String>,
    /// How many incidents it includes; left out for no limit.
    pub incidents_included: Option<i32>,
    /// How many of them are used, to set the count right.
    pub incidents_used: Option<i32>,
    /// From when on it holds; left out, a new one holds from now on.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when it holds, exclusive; left out for no end.
    pub ends_at: Option<DateTime<Utc>>,
}

/// A contract that ends now.
#[derive(Debug, Serialize, InputObject)]
pub struct EndSupportContractInput {
    /// Names this call, 1 to 128 characters: sent again with the same input it does nothing anew and gives what the
    /// first call did. A call that was refused uses up no key.
    #[serde(skip_serializing)]
    pub idempotency_key: String,
    /// The contract.
    pub support_contract_id: ID,
    /// The version that you saw.
    pub version: i32,
}

/// What came of setting an arrangement.
#[derive(SimpleObject)]
pub struct SetSupportArrangementPayload {
    /// The arrangement as it is now; where nothing was done, the one that is there, if you may read it.
    support_arrangement: Option<SupportArrangement>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
}

/// What came of setting a contract.
#[derive(SimpleObject)]
pub struct SetSupportContractPayload {
    /// The contract as it is now; where nothing was done, the one that was named, if you may read it.
    support_contract: Option<SupportContract>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
}

/// What came of ending a contract.
#[derive(SimpleObject)]
pub struct EndSupportContractPayload {
    /// The contract as it is now; where nothing was done, the one that was named, if you may read it.
    support_contract: Option<SupportContract>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
}

/// Reads ids of an input, and keeps what cannot be read.
struct Reading<'a> {
    op: &'a Op,
    refusals: Refusals,
}

impl<'a> Reading<'a> {
    fn new(op: &'a Op) -> Self {
        Reading { op, refusals: Vec::new() }
    }

    fn id(&mut self, field: &'static str, id: Option<&ID>, kind: Kind) -> Option<Uuid> {
        match self.op.sealer.open_id(id?) {
            Some((tag, id)) if tag == kind as u8 => Some(id),
            _ => {
                let message = format!("is no id of a {}: give one that this graph gave you", spoken(kind));
                self.refusals.push(writes::UserError::new(field, UserErrorCode::Invalid, message));
                None
            }
        }
    }

    fn done<T>(self, asked: T) -> std::result::Result<T, Refusals> {
        if self.refusals.is_empty() { Ok(asked) } else { Err(self.refusals) }
    }
}

fn spoken(kind: Kind) -> &'static str {
    match kind {
        Kind::Customer => "customer",
        Kind::Service => "service",
        _ => "support contract",
    }
}

impl SetSupportArrangementInput {
    fn draft(self) -> ArrangementDraft {
        let opening = |input: SupportOpeningInput| OpeningDraft {
            day: input.day.into(),
            opens: input.opens,
            closes: input.closes,
        };
        let contact =
            |input: SupportContactInput| Contact { channel: input.channel.into(), value: input.value };
        let target = |input: SupportResponseTargetInput| (input.severity.word(), i64::from(input.minutes));
        ArrangementDraft {
            provision: self.kind.into(),
            provided_by: self.provided_by,
            kinds: self.support_kinds.into_iter().map(SupportKind::word).collect(),
            hours: HoursDraft {
                time_zone: self.hours.time_zone,
                weekly: self.hours.weekly.into_iter().map(opening).collect(),
                holidays: self.hours.holidays,
            },
            contacts: self.contacts.into_iter().map(contact).collect(),
            pricing: self.pricing.map(|input| Pricing {
                model: input.model.into(),
                amount: input.amount,
                currency: input.currency,
            }),
            targets: self.response_targets.into_iter().map(target).collect(),
        }
    }
}

async fn set_arrangement(
    ctx: &Context<'_>,
    input: SetSupportArrangementInput,
) -> Result<SetSupportArrangementPayload> {
    let op = op(ctx);
    let (key, digest) = (input.idempotency_key.clone(), writes::digest(&input));
    let mut reading = Reading::new(op);
    let customer = reading.id("customerId", input.customer_id.as_ref(), Kind::Customer).map(CustomerId);
    let service = reading.id("serviceId", input.service_id.as_ref(), Kind::Service).map(ServiceId);
    let is_read = reading.refusals.is_empty();
    let version = input.version.map(i64::from);
    let asked = reading.done(SetArrangement { customer, service, version, draft: input.draft() });
    let written = service::save_arrangement(op, &key, &digest, asked).await?;
    let support_arrangement = match written.ids.other {
        Some(id) => arrangement_by_id(ctx, id).await?,
        None if is_read => current_arrangement(ctx, customer, service).await?,
        None => None,
    };
    Ok(SetSupportArrangementPayload { support_arrangement, user_errors: user_errors(written.errors) })
}

async fn shown_contract(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<SupportContract>> {
    match id {
        Some(id) => contract_by_id(ctx, id).await,
        None => Ok(None),
    }
}

async fn set_contract(
    ctx: &Context<'_>,
    input: SetSupportContractInput,
) -> Result<SetSupportContractPayload> {
    let op = op(ctx);
    let (key, digest) = (input.idempotency_key.clone(), writes::digest(&input));
    let mut reading = Reading::new(op);
    let id = reading.id("supportContractId", input.support_contract_id.as_ref(), Kind::SupportContract);
    let draft = ContractDraft {
        vehicle: input.vehicle.word(),
        contract_id: input.contract_id,
        access_id: input.access_id,
        incidents_included: input.incidents_included,
        incidents_used: input.incidents_used,
        starts_at: timestamp(input.starts_at),
        ends_at: timestamp(input.ends_at),
    };
    let asked = reading.done(SetContract { id, version: input.version.map(i64::from), draft });
    let written = service::save_contract(op, &key, &digest, asked).await?;
    let support_contract = shown_contract(ctx, written.ids.other.or(id)).await?;
    Ok(SetSupportContractPayload { support_contract, user_errors: user_errors(written.errors) })
}

async fn end_contract(
    ctx: &Context<'_>,
    input: EndSupportContractInput,
) -> Result<EndSupportContractPayload> {
    let op = op(ctx);
    let (key, digest) = (input.idempotency_key.clone(), writes::digest(&input));
    let mut reading = Reading::new(op);
    let id = reading.id("supportContractId", Some(&input.support_contract_id), Kind::SupportContract);
    let version = i64::from(input.version);
    let asked = reading.done(EndContract { id: id.unwrap_or_default(), version });
    let written = service::save_end(op, &key, &digest, asked).await?;
    let support_contract = shown_contract(ctx, written.ids.other.or(id)).await?;
    Ok(EndSupportContractPayload { support_contract, user_errors: user_errors(written.errors) })
}

/// Changes how your organisation supports its customers.
#[derive(Default)]
pub struct SupportMutation;

/// Changes how your organisation supports its customers.
#[Object]
impl SupportMutation {
    /// Says how your organisation supports its customers: all of them, or one customer, one service or both for which it
    /// differs. Needs the right to manage your organisation's arrangements. Clocks that run already keep their due times.
    /// User errors: INVALID and LIMIT_EXCEEDED for what cannot be used, NOT_FOUND for a customer or service that is
    /// none of yours, FORBIDDEN, and CONFLICT where the arrangement has another version than you gave.
    async fn set_support_arrangement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The arrangement.")] input: SetSupportArrangementInput,
    ) -> Field<SetSupportArrangementPayload> {
        field(set_arrangement(ctx, input).await.map(Some))
    }

    /// Records a contract under which your organisation may ask the vendor for technical support, or changes one. Needs
    /// the right to manage your organisation's arrangements. User errors: INVALID and LIMIT_EXCEEDED for what cannot be
    /// used, NOT_FOUND for a contract that is not yours, FORBIDDEN, and CONFLICT where it has another version.
    async fn set_support_contract(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contract.")] input: SetSupportContractInput,
    ) -> Field<SetSupportContractPayload> {
        field(set_contract(ctx, input).await.map(Some))
    }

    /// Ends a contract now; what was filed through it goes on. Needs the right to manage your organisation's
    /// arrangements. User errors: NOT_FOUND for a contract that is not yours, FORBIDDEN, CONFLICT where it has another
    /// version, and WRONG_STATE where it has ended already.
    async fn end_support_contract(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which contract.")] input: EndSupportContractInput,
    ) -> Field<EndSupportContractPayload> {
        field(end_contract(ctx, input).await.map(Some))
    }
}
