//! Handing a case on: a hop is requested, then accepted, returned, transferred, withdrawn or timed out, or it ends with the
//! request. Each has a clock of its own, fixed when it begins. What belongs to a hop is read by its two ends.

use super::case::{Audience, Party, is_live};
use super::case_store::{self as store, Entry, Work};
use super::command::Escalate;
use super::desk::{Desk, Judged, Needs, Open, all_right, not_found, pace, refuse, wrong_state};
use super::own::own_entry;
use super::perform::{Did, of_request, require_open, take_up};
use super::preflight::{self, Evidence, Next, NextError};
use super::words::{HopState, Kind, Severity, Tier, Vehicle, Visibility};
use super::{check, pace as clock};
use crate::access::action::Action;
use crate::audit::Audited;
use crate::error::Result;
use crate::support;
use crate::writes::{Ids, UserError, UserErrorCode};
use entity::{PartnerId, Timestamp, support_escalation};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

const SENDERS: Needs =
    Needs { named: Some(Action::RequestEscalate), tier: Some(Action::CaseAnswer), customer: None };
const RECEIVERS: Needs = Needs { named: None, tier: Some(Action::CaseAnswer), customer: None };
const NAMED: Needs = Needs { named: Some(Action::RequestEscalate), tier: None, customer: None };

/// The ids of a change of one hop.
fn of_hop(request: Uuid, hop: Uuid, audited: Audited) -> Did {
    let (ids, audited) = of_request(request, audited);
    (Ids { escalation: Some(hop), ..ids }, audited)
}

fn require_reason(field: &'static str, reason: &str) -> Judged<()> {
    let mut errors = Vec::new();
    check::text(field, reason, check::REASON_CHARS, &mut errors);
    all_right(errors)
}

/// Hands a case to the next tier.
pub async fn escalate(desk: &Desk<'_>, escalate: &Escalate, evidence: Option<Evidence>) -> Judged<Did> {
    let mut open = desk.open_version(escalate.request, escalate.version, SENDERS, "escalated").await?;
    require_open(&open.work.case)?;
    require_reason("reason", &escalate.reason)?;
    let Some(from) = open.work.case.partner_of(open.acting.party) else {
        return wrong_state("the case is not with you");
    };
    if open.work.case.hop_from(from).is_some() {
        return wrong_state("the case is handed on already; take it back first");
    }
    let parent = match open.acting.party {
        Party::Tier(_) => {
            let Some(hop) = open.work.case.provider_hop() else {
                return wrong_state("the case is not with you any more");
            };
            if hop.state != HopState::Accepted.code() {
                return wrong_state("accept the case before you hand it on");
            }
            Some(hop.id)
        }
        _ => None,
    };
    let next = next_tier(desk, &open, from, escalate.partner).await?;
    let vehicle = vehicle(desk, &open, from, &next, escalate.vehicle).await?;
    require_evidence(&open, evidence.as_ref(), escalate)?;
    let hop = new_hop(desk, &open, from, &next, vehicle, parent, escalate, evidence).await?;
    let id = hop.id;
    open.work.begin_hop(hop);
    take_up(&mut open.work.case);
    if open.acting.party == Party::Named {
        clock::answer(&mut open.work.case, desk.now);
    }
    let mut entry = hop_entry(desk, &open, "escalation_requested", id);
    entry.text = Some(escalate.reason.clone());
    entry.detail = Some(match next.tier {
        Tier::Vendor => "Handed on to the vendor.".to_owned(),
        _ => "Handed on to the provider.".to_owned(),
    });
    say_sent(&mut open, entry, id);
    let audited = desk.finish(open, Some(&escalate.reason)).await?;
    Ok(of_hop(escalate.request, id, audited))
}

/// Says what a sender did with its hop. What a tier writes of its hop to the vendor is its own: the named partner learns
/// that it happened.
fn say_sent(open: &mut Open<'_>, mut entry: Entry, hop: Uuid) {
    if let Party::Tier(_) = open.acting.party {
        let told = Entry { id: Uuid::new_v4(), account: None, text: None, ..entry.clone() };
        open.work.say(told, Audience::Only(Party::Named));
        entry.visibility = Visibility::Org;
        open.work.say(entry, Audience::Only(open.acting.party));
    } else {
        open.work.say(entry, Audience::Hop(hop));
    }
}

/// An entry that belongs to a hop.
fn hop_entry(desk: &Desk<'_>, open: &Open<'_>, kind: &'static str, hop: Uuid) -> Entry {
    let mut entry = desk.entry(open.acting.party, kind, Visibility::Chain);
    entry.hop = Some(hop);
    entry
}

async fn next_tier(
    desk: &Desk<'_>,
    open: &Open<'_>,
    from: PartnerId,
    wanted: Option<PartnerId>,
) -> Judged<Next> {
    let found = preflight::next_tier(desk.tx, desk.now, &open.work.case, from, wanted).await?;
    let next = match found {
        Ok(next) => next,
        Err(why) => {
            let (field, code) = match &why {
                NextError::ManyProviders(_) => (Some("subscriptionId"), UserErrorCode::Invalid),
                NextError::NotRegistered | NextError::NotAProvider => {
                    (Some("partnerId"), UserErrorCode::Ineligible)
                }
                NextError::Closed | NextError::HandedOver => (None, UserErrorCode::WrongState),
            };
            return refuse(code, field, why.message());
        }
    };
    if let Some(partner) = next.partner
        && store::is_one_tenant(desk.tx, partner, open.work.case.request.customer_id).await?
    {
        let message = "cannot be handed this customer's cases here; reach it by its own channel";
        return refuse(UserErrorCode::Ineligible, Some("partnerId"), message);
    }
    Ok(next)
}

/// The vehicle for the vendor, if the partner may use it; counts an incident of a limited allowance.
async fn vehicle(
    desk: &Desk<'_>,
    open: &Open<'_>,
    from: PartnerId,
    next: &Next,
    wanted: Option<Vehicle>,
) -> Judged<Option<Vehicle>> {
    let missing = preflight::missing(&open.work.case, next, wanted);
    let errors = missing.into_iter().map(|missing| UserError {
        field: Some(missing.field),
        code: UserErrorCode::Invalid,
        message: missing.message,
    });
    let errors: Vec<UserError> = errors.collect();
    if next.tier != Tier::Vendor {
        if wanted.is_some() {
            let message = "is for the vendor; the next tier is a provider";
            return refuse(UserErrorCode::Invalid, Some("vehicle"), message);
        }
        all_right(errors)?;
        return Ok(None);
    }
    let Some(vehicle) = wanted else {
        let message =
            "is missing: through what is the vendor asked? escalationPreflight says which are eligible";
        return refuse(UserErrorCode::Invalid, Some("vehicle"), message);
    };
    all_right(errors)?;
    let contracts = support::service::contracts_of(desk.tx, from, desk.now).await?;
    let ask = preflight::ask(&open.work.case, from);
    let all = support::vehicles::eligibility(&ask, &contracts, desk.now);
    let Some(found) = all.iter().find(|eligibility| eligibility.vehicle == vehicle) else {
        return refuse(UserErrorCode::Ineligible, Some("vehicle"), "is not known");
    };
    if !found.eligible {
        return refuse(UserErrorCode::Ineligible, Some("vehicle"), found.reason.clone());
    }
    if let Some(contract) = found.contract
        && !support::service::use_incident(desk.tx, contract).await?
    {
        return refuse(UserErrorCode::Ineligible, Some("vehicle"), "has no incident left");
    }
    Ok(Some(vehicle))
}

/// With an active incident that matches, the request is linked to one, or it is said why it is something else.
fn require_evidence(open: &Open<'_>, evidence: Option<&Evidence>, escalate: &Escalate) -> Judged<()> {
    if let Some(why) = &escalate.other_than_incident {
        return require_reason("otherThanIncident", why);
    }
    let Some(evidence) = evidence else {
        return wrong_state("what is known of its health could not be read; try again");
    };
    let matches = preflight::active_matches(evidence);
    let is_linked = open.work.case.request.incident_id.is_some_and(|id| matches.contains(&id));
    if matches.is_empty() || is_linked {
        return Ok(());
    }
    let message = format!(
        "{} active incident(s) of this service match: link the request to one, or say why it is something else",
        matches.len()
    );
    refuse(UserErrorCode::HealthFirst, Some("otherThanIncident"), message)
}

#[allow(clippy::too_many_arguments)] // the parts of a hop
async fn new_hop(
    desk: &Desk<'_>,
    open: &Open<'_>,
    from: PartnerId,
    next: &Next,
    vehicle: Option<Vehicle>,
    parent: Option<Uuid>,
    escalate: &Escalate,
    evidence: Option<Evidence>,
) -> Judged<support_escalation::Model> {
    let case = &open.work.case;
    let (due_at, expires_at) = match next.partner {
        Some(partner) => {
            let pace = desk.pace(case, partner).await?;
            (pace.calendar.due(desk.now, pace.response), pace.calendar.due(desk.now, pace.timeout))
        }
        None => {
            let kind = Kind::of(&case.request.kind).unwrap_or(Kind::Technical);
            let severity = Severity::of(&case.request.severity).unwrap_or(Severity::Minimal);
            (support::vehicles::due(vehicle, kind, severity, desk.now), Timestamp::FAR_FUTURE)
        }
    };
    let Some(account) = desk.op.viewer.account else { return wrong_state("nobody hands the case on") };
    let evidence =
        evidence.map(|evidence| serde_json::to_string(&Evidence { vehicle, ..evidence })).transpose();
    let evidence = evidence.map_err(crate::error::Error::internal)?;
    Ok(support_escalation::Model {
        id: Uuid::new_v4(),
        request_id: case.request.id,
        customer_id: case.request.customer_id,
        source_id: case.request.partner_id,
        number: case.hops.len() as i32 + 1,
        parent_id: parent,
        from_partner_id: from,
        to_partner_id: next.partner,
        tier: next.tier.code().to_owned(),
        vehicle: vehicle.map(|vehicle| vehicle.code().to_owned()),
        state: HopState::Requested.code().to_owned(),
        request_reason: escalate.reason.clone(),
        reason: None,
        evidence,
        other_than_incident: escalate.other_than_incident.clone(),
        owner_account_id: None,
        requested_by: account,
        starts_at: desk.now,
        due_at,
        expires_at,
        answered_at: None,
        ends_at: Timestamp::FAR_FUTURE,
        breached_at: None,
        vendor_number: None,
        vendor_status: None,
        vendor_modified_at: None,
    })
}

/// The hop is live, and the caller is its receiver.
fn require_received(open: &Open<'_>, hop: Uuid) -> Judged<support_escalation::Model> {
    let me = open.work.case.partner_of(open.acting.party);
    require_live(open, hop, |found| found.to_partner_id == me, "this is for whoever received the hop to do")
}

/// The hop is live, and the caller is its sender.
fn require_sent(open: &Open<'_>, hop: Uuid) -> Judged<support_escalation::Model> {
    let me = open.work.case.partner_of(open.acting.party);
    require_live(
        open,
        hop,
        |found| Some(found.from_partner_id) == me,
        "this is for whoever sent the hop to do",
    )
}

fn require_live(
    open: &Open<'_>,
    hop: Uuid,
    is_mine: impl Fn(&support_escalation::Model) -> bool,
    otherwise: &str,
) -> Judged<support_escalation::Model> {
    let Some(found) = open.work.case.hop(hop) else { return not_found("escalationId", "escalation") };
    if !is_mine(found) {
        return refuse(UserErrorCode::Forbidden, Some("escalationId"), otherwise);
    }
    if !is_live(found) {
        return wrong_state(format!("the hop is over: {}", found.state));
    }
    Ok(found.clone())
}

/// Takes a hop on; who does so owns it.
pub async fn accept(desk: &Desk<'_>, hop: Uuid) -> Judged<Did> {
    let mut open = desk.open_hop(hop, RECEIVERS, "accepted").await?;
    let found = require_received(&open, hop)?;
    if found.state != HopState::Requested.code() {
        return wrong_state("the hop is accepted already");
    }
    if found.expires_at <= desk.now {
        return wrong_state("the hop has timed out; its sender has the case again");
    }
    if let Some(hop) = open.work.case.hop_mut(hop) {
        hop.state = HopState::Accepted.code().to_owned();
        hop.answered_at = Some(desk.now);
        hop.owner_account_id = desk.op.viewer.account;
    }
    let mut entry = hop_entry(desk, &open, "escalation_accepted", hop);
    entry.detail = Some("The next tier took the case on.".to_owned());
    open.work.say(entry, Audience::Hop(hop));
    let audited = desk.finish(open, None).await?;
    Ok(of_hop(found.request_id, hop, audited))
}

/// Gives a hop back: the sender has the case again, and its clock runs.
pub async fn give_back(desk: &Desk<'_>, hop: Uuid, reason: &str) -> Judged<Did> {
    let mut open = desk.open_hop(hop, RECEIVERS, "returned").await?;
    let found = require_received(&open, hop)?;
    require_reason("reason", reason)?;
    if let Some(hop) = open.work.case.hop_mut(hop) {
        hop.answered_at.get_or_insert(desk.now);
    }
    let mut entry = hop_entry(desk, &open, "escalation_returned", hop);
    entry.text = Some(reason.to_owned());
    open.work.say(entry, Audience::Hop(hop));
    open.work.case.end_hop(hop, HopState::Returned, Some(reason), desk.now);
    back_to_named(&mut open.work).await?;
    let audited = desk.finish(open, Some(reason)).await?;
    Ok(of_hop(found.request_id, hop, audited))
}

/// The named partner has the case again: its clock runs, unless the customer is asked.
async fn back_to_named(work: &mut Work<'_>) -> Result<()> {
    // A clock that runs, or stands still with time left, is the earlier promise.
    if work.case.request.due_at != Timestamp::FAR_FUTURE || work.case.request.paused_left.is_some() {
        return Ok(());
    }
    let pace = pace(work.tx, &work.case, work.case.request.partner_id).await?;
    let now = work.now;
    if work.case.status() == super::words::Status::WaitingForCustomer {
        work.case.request.paused_left = Some(pace.response * 60 * Timestamp::SECOND);
        work.case.request.breached_at = None;
    } else {
        clock::start(&mut work.case, &pace.calendar, now, pace.response);
    }
    Ok(())
}

/// Takes a hop back.
pub async fn withdraw(desk: &Desk<'_>, hop: Uuid, reason: &str) -> Judged<Did> {
    let mut open = desk.open_hop(hop, SENDERS, "withdrawn").await?;
    let found = require_sent(&open, hop)?;
    require_reason("reason", reason)?;
    let mut entry = hop_entry(desk, &open, "escalation_withdrawn", hop);
    entry.text = Some(reason.to_owned());
    say_sent(&mut open, entry, hop);
    open.work.case.end_hop(hop, HopState::Withdrawn, Some(reason), desk.now);
    if open.acting.party == Party::Named {
        back_to_named(&mut open.work).await?;
    }
    let audited = desk.finish(open, Some(reason)).await?;
    Ok(of_hop(found.request_id, hop, audited))
}

/// Takes a hop back and hands the case to another provider. The first learns that it was taken back, and not to whom it
/// went; the second nothing of the first.
pub async fn transfer(
    desk: &Desk<'_>,
    hop: Uuid,
    partner: PartnerId,
    reason: &str,
    other_than_incident: Option<String>,
    evidence: Option<Evidence>,
) -> Judged<Did> {
    let mut open = desk.open_hop(hop, NAMED, "transferred").await?;
    let found = require_sent(&open, hop)?;
    require_reason("reason", reason)?;
    if found.to_partner_id.is_none() || found.to_partner_id == Some(partner) {
        let message = "must be another provider of this customer";
        return refuse(UserErrorCode::Invalid, Some("partnerId"), message);
    }
    let mut entry = hop_entry(desk, &open, "escalation_transferred", hop);
    entry.detail = Some("The sender took the case back.".to_owned());
    open.work.say(entry, Audience::Hop(hop));
    open.work.case.end_hop(hop, HopState::Transferred, None, desk.now);
    let next = next_tier(desk, &open, found.from_partner_id, Some(partner)).await?;
    let asked = Escalate {
        request: found.request_id,
        version: open.acting.version,
        reason: reason.to_owned(),
        vehicle: None,
        partner: Some(partner),
        other_than_incident,
    };
    require_evidence(&open, evidence.as_ref(), &asked)?;
    let onward = new_hop(desk, &open, found.from_partner_id, &next, None, None, &asked, evidence).await?;
    let id = onward.id;
    open.work.begin_hop(onward);
    let mut entry = hop_entry(desk, &open, "escalation_requested", id);
    entry.text = Some(reason.to_owned());
    entry.detail = Some("Handed on to the provider.".to_owned());
    open.work.say(entry, Audience::Hop(id));
    let joined = open.work.tenant_of(partner).await?;
    let mut audited = desk.finish(open, Some(reason)).await?;
    // Whom the case goes to learns of a case, and not that another had it.
    audited.chains.retain(|tenant| *tenant != joined);
    let begun = Audited { action: "escalateSupportRequest", chains: vec![joined], ..audited.clone() };
    let (ids, mut all) = of_hop(found.request_id, id, audited);
    all.push(begun);
    Ok((ids, all))
}

/// A hop to the vendor that the caller began.
fn require_vendor_hop(open: &Open<'_>, hop: Uuid) -> Judged<support_escalation::Model> {
    let found = require_sent(open, hop)?;
    if found.to_partner_id.is_some() {
        return refuse(UserErrorCode::Invalid, Some("escalationId"), "does not lead to the vendor");
    }
    Ok(found)
}

/// The vendor's number of what was filed: known to who filed it.
pub async fn record_vendor_request(desk: &Desk<'_>, hop: Uuid, number: &str) -> Judged<Did> {
    let mut open = desk.open_hop(hop, SENDERS, "vendor").await?;
    let found = require_vendor_hop(&open, hop)?;
    let mut errors = Vec::new();
    check::vendor_number(number, &mut errors);
    all_right(errors)?;
    if found.vendor_number.as_deref() == Some(number) {
        return wrong_state("this number is recorded already");
    }
    let said = store::vendor_word(desk.tx, found.from_partner_id, found.customer_id, number).await?;
    if let Some(hop) = open.work.case.hop_mut(hop) {
        hop.vendor_number = Some(number.to_owned());
        (hop.vendor_status, hop.vendor_modified_at) = (None, None);
    }
    let party = open.acting.party;
    let mut entry = desk.entry(party, "vendor_filed", Visibility::Org);
    entry.hop = Some(hop);
    entry.detail = Some(format!("Filed with the vendor as {number}."));
    open.work.say(entry, Audience::Only(party));
    if let Some((status, modified_at)) = said {
        follow(&mut open.work, hop, &status, modified_at);
    }
    let audited = desk.finish(open, None).await?;
    Ok(of_hop(found.request_id, hop, audited))
}

/// What the vendor answered: the partners of the chain read it.
pub async fn record_vendor_answer(desk: &Desk<'_>, hop: Uuid, text: &str) -> Judged<Did> {
    let mut open = desk.open_hop(hop, SENDERS, "vendor").await?;
    let found = require_vendor_hop(&open, hop)?;
    let mut errors = Vec::new();
    check::text("text", text, check::TEXT_CHARS, &mut errors);
    all_right(errors)?;
    answered(&mut open.work, hop);
    let mut entry = desk.entry(open.acting.party, "vendor_answered", Visibility::Vendor);
    entry.hop = Some(found.parent_id.unwrap_or(hop));
    entry.text = Some(text.to_owned());
    open.work.say(entry, Audience::Chain);
    let audited = desk.finish(open, None).await?;
    Ok(of_hop(found.request_id, hop, audited))
}

/// The vendor has answered: its clock is met.
fn answered(work: &mut Work<'_>, hop: Uuid) {
    let now = work.now;
    if let Some(hop) = work.case.hop_mut(hop) {
        hop.answered_at.get_or_insert(now);
        hop.state = HopState::Accepted.code().to_owned();
    }
}

/// A due time of the named partner has passed.
pub async fn breach_request(tx: &DatabaseTransaction, now: Timestamp, request: Uuid) -> Result<()> {
    let Some(case) = store::find(tx, request).await? else { return Ok(()) };
    let mut work = Work::on(tx, now, case, "breached");
    work.note_breaches();
    work.finish().await?;
    Ok(())
}

/// A due time of a hop has passed.
pub async fn breach_hop(tx: &DatabaseTransaction, now: Timestamp, hop: Uuid) -> Result<()> {
    match store::request_of_hop(tx, hop).await? {
        Some(request) => breach_request(tx, now, request).await,
        None => Ok(()),
    }
}

/// A hop was never answered: the sender has the case again.
pub async fn time_out(tx: &DatabaseTransaction, now: Timestamp, hop: Uuid) -> Result<()> {
    let Some(mut work) = on_hop(tx, now, hop, "timed_out").await? else { return Ok(()) };
    let detail = "The next tier did not answer in time; the case is with its sender again.";
    work.say(own_entry("escalation_timed_out", Visibility::Chain, Some(hop), detail), Audience::Hop(hop));
    work.case.end_hop(hop, HopState::TimedOut, None, now);
    back_to_named(&mut work).await?;
    work.finish().await?;
    Ok(())
}

async fn on_hop<'a>(
    tx: &'a DatabaseTransaction,
    now: Timestamp,
    hop: Uuid,
    word: &'static str,
) -> Result<Option<Work<'a>>> {
    let Some(request) = store::request_of_hop(tx, hop).await? else { return Ok(None) };
    let case = store::find(tx, request).await?;
    let is_there = |case: &super::case::Case| case.hop(hop).is_some_and(is_live);
    Ok(case.filter(is_there).map(|case| Work::on(tx, now, case, word)))
}

/// The vendor's word on a request that was filed with it, as an import brings it: the hop is kept in step.
pub async fn vendor_says(
    tx: &DatabaseTransaction,
    now: Timestamp,
    hop: Uuid,
    status: &str,
    modified_at: Option<Timestamp>,
) -> Result<()> {
    let Some(mut work) = on_hop(tx, now, hop, "vendor").await? else { return Ok(()) };
    if follow(&mut work, hop, status, modified_at) {
        work.finish().await?;
    }
    Ok(())
}

/// Takes over the vendor's word, unless it is known or older; whether it did.
fn follow(work: &mut Work<'_>, hop: Uuid, status: &str, modified_at: Option<Timestamp>) -> bool {
    let Some(found) = work.case.hop(hop).cloned() else { return false };
    let is_older = matches!((modified_at, found.vendor_modified_at), (Some(new), Some(old)) if new < old);
    let is_known = found.vendor_status.as_deref() == Some(status) && found.vendor_modified_at == modified_at;
    if is_older || is_known {
        return false;
    }
    let has_changed = found.vendor_status.as_deref() != Some(status);
    if let Some(hop) = work.case.hop_mut(hop) {
        hop.vendor_status = Some(status.to_owned());
        hop.vendor_modified_at = modified_at.or(hop.vendor_modified_at);
    }
    if has_changed {
        if found.vendor_status.is_some() || status != "open" {
            answered(work, hop);
        }
        let detail = match status {
            "open" => "The vendor's request is open.",
            "closed" => "The vendor closed its request.",
            "attention_needed" => "The vendor waits for an answer.",
            _ => "The vendor's request has another status.",
        };
        let of = found.parent_id.unwrap_or(hop);
        work.say(own_entry("vendor_changed", Visibility::Vendor, Some(of), detail), Audience::Chain);
    }
    true
}
