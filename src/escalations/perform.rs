//! Carries commands out: each is judged by its sender's rights and the request's state, and changes everything that
//! follows from it in one transaction, or nothing.

use super::case::{Audience, Case, Party};
use super::case_store as store;
use super::command::{Command, Done};
use super::desk::{Desk, Judged, Needs, Open, Stop, all_right, not_found, refuse, wrong_state};
use super::preflight::{self, Evidence};
use super::say::require_incident;
use super::store as views;
use super::words::{Resolution, Status, Visibility};
use super::{check, hops, pace as clock, say};
use crate::access::action::Action;
use crate::audit::Audited;
use crate::error::Result;
use crate::op::Op;
use crate::writes::{self, Ids, UserError, UserErrorCode, Verdict};
use entity::{IncidentId, Timestamp};
use std::sync::OnceLock;
use uuid::Uuid;

/// What the named partner alone does.
pub const WORK: Needs = Needs { named: Some(Action::RequestWork), tier: None, customer: None };
const WORK_OR_CASE: Needs =
    Needs { named: Some(Action::RequestWork), tier: Some(Action::CaseAnswer), customer: None };
const ANYBODY: Needs = Needs {
    named: Some(Action::RequestWork),
    tier: Some(Action::CaseAnswer),
    customer: Some(Action::RequestRaise),
};
const CUSTOMER: Needs = Needs { named: None, tier: None, customer: Some(Action::RequestRaise) };
const OWNERS: Needs =
    Needs { named: Some(Action::RequestRaise), tier: None, customer: Some(Action::RequestRaise) };
const CLOSERS: Needs =
    Needs { named: Some(Action::RequestWork), tier: None, customer: Some(Action::RequestRaise) };

/// Carries a command out, once for each key.
///
/// # Errors
/// The account is not registered; the database fails. What the sender can mend is among [`Done::errors`].
pub async fn perform(
    op: &Op,
    operation: &'static str,
    key: &str,
    digest: &str,
    command: Command,
) -> Result<Done> {
    let evidence = match &command {
        Command::Escalate(escalate) => preflight::evidence(op, escalate.request).await?,
        Command::Transfer { escalation, .. } => {
            let hops = views::escalations_by_ids(&op.db, &op.scope, vec![*escalation]).await?;
            match hops.get(escalation) {
                Some(row) => preflight::evidence(op, row.hop.request_id).await?,
                None => None,
            }
        }
        _ => None,
    };
    let written = writes::run(op, operation, key, digest, async |tx| {
        let desk = Desk { op, tx, now: op.now(), operation, concerned: OnceLock::new() };
        // Boxed, as the futures of all commands together would burden every poll on the way.
        match Box::pin(judge(&desk, &command, evidence)).await {
            Ok((ids, audited)) => Ok(Verdict::Done(ids, audited)),
            Err(Stop::Refused(errors)) => {
                let audited = refused(&desk, &command, &errors);
                Ok(Verdict::Refused(errors, audited))
            }
            Err(Stop::Fault(error)) => Err(error),
        }
    })
    .await?;
    Ok(Done {
        request: written.ids.request,
        escalation: written.ids.escalation,
        entry: written.ids.entry,
        errors: written.errors,
    })
}

/// What is recorded of a refusal: the first thing that was wrong.
fn refused(desk: &Desk<'_>, command: &Command, errors: &[UserError]) -> Audited {
    let code = errors.first().map_or(UserErrorCode::Invalid, |error| error.code);
    let concerned = desk.concerned.get();
    Audited {
        resource: command.resource(),
        customer: concerned.map(|concerned| concerned.customer),
        on_behalf_of: concerned.map(|concerned| concerned.on_behalf_of),
        ground: concerned.map(|concerned| concerned.ground.clone()),
        ..Audited::refused(desk.operation, code.code())
    }
}

/// What was done: the ids, and what is recorded of it.
pub type Did = (Ids, Vec<Audited>);

async fn judge(desk: &Desk<'_>, command: &Command, evidence: Option<Evidence>) -> Judged<Did> {
    match command {
        Command::Raise(raise) => say::raise(desk, raise).await,
        Command::Edit(edit) => say::edit(desk, edit).await,
        Command::Diagnose { request, version, text } => diagnose(desk, *request, *version, text).await,
        Command::Note { request, visibility, text } => note(desk, *request, *visibility, text).await,
        Command::LinkIncident { request, version, incident } => {
            link(desk, *request, *version, Some(*incident)).await
        }
        Command::UnlinkIncident { request, version } => link(desk, *request, *version, None).await,
        Command::Assign { request, version, account } => assign(desk, *request, *version, *account).await,
        Command::WaitForCustomer { request, version, question } => {
            wait(desk, *request, *version, question).await
        }
        Command::Resume { request, version } => resume(desk, *request, *version).await,
        Command::Resolve { request, version, kind, text } => {
            resolve(desk, *request, *version, *kind, text).await
        }
        Command::Confirm { request, version } => confirm(desk, *request, *version).await,
        Command::Reopen { request, version, reason } => reopen(desk, *request, *version, reason).await,
        Command::Close { request, version, kind, text } => {
            close(desk, *request, *version, *kind, text.as_deref()).await
        }
        Command::Merge { request, version, into } => merge(desk, *request, *version, *into).await,
        Command::Escalate(escalate) => hops::escalate(desk, escalate, evidence).await,
        Command::Accept { escalation } => hops::accept(desk, *escalation).await,
        Command::Return { escalation, reason } => hops::give_back(desk, *escalation, reason).await,
        Command::Transfer { escalation, partner, reason, other_than_incident } => {
            let other = other_than_incident.clone();
            hops::transfer(desk, *escalation, *partner, reason, other, evidence).await
        }
        Command::Withdraw { escalation, reason } => hops::withdraw(desk, *escalation, reason).await,
        Command::RecordVendorRequest { escalation, number } => {
            hops::record_vendor_request(desk, *escalation, number).await
        }
        Command::RecordVendorAnswer { escalation, text } => {
            hops::record_vendor_answer(desk, *escalation, text).await
        }
    }
}

/// The ids of a change of one request.
pub fn of_request(request: Uuid, audited: Audited) -> Did {
    (Ids { request: Some(request), ..Ids::default() }, vec![audited])
}

/// It is neither resolved nor closed.
pub fn require_open(case: &Case) -> Judged<()> {
    if case.is_open() {
        return Ok(());
    }
    wrong_state(format!("the request is {}; reopen it first", case.request.status))
}

/// Somebody has begun to work on it.
pub fn take_up(case: &mut Case) {
    if case.status() == Status::New {
        case.request.status = Status::InProgress.code().to_owned();
    }
}

async fn diagnose(desk: &Desk<'_>, request: Uuid, version: i64, text: &str) -> Judged<Did> {
    let mut open = desk.open_version(request, version, WORK, "updated").await?;
    require_open(&open.work.case)?;
    let mut errors = Vec::new();
    check::text("text", text, check::TEXT_CHARS, &mut errors);
    all_right(errors)?;
    let case = &mut open.work.case;
    case.request.diagnosis = Some(text.to_owned());
    case.request.diagnosed_at = Some(desk.now);
    take_up(case);
    clock::answer(case, desk.now);
    let mut entry = desk.entry(open.acting.party, "diagnosed", Visibility::Chain);
    entry.hop = case.provider_hop().map(|hop| hop.id);
    entry.detail = Some("The partner recorded what it found.".to_owned());
    open.work.say(entry, Audience::Chain);
    let audited = desk.finish(open, None).await?;
    Ok(of_request(request, audited))
}

async fn note(desk: &Desk<'_>, request: Uuid, visibility: Visibility, text: &str) -> Judged<Did> {
    let mut open = desk.open(request, ANYBODY, "note").await?;
    let mut errors = Vec::new();
    check::text("text", text, check::TEXT_CHARS, &mut errors);
    all_right(errors)?;
    let party = open.acting.party;
    let is_for_it = match party {
        Party::Customer => visibility == Visibility::Customer,
        Party::Tier(_) => visibility != Visibility::Customer,
        Party::Named => true,
    };
    if !is_for_it {
        let message = match party {
            Party::Customer => "must be CUSTOMER: your notes are read by you and the partner that you asked",
            _ => "cannot be CUSTOMER: the customer is answered by the partner that the request names",
        };
        return refuse(UserErrorCode::Invalid, Some("visibility"), message);
    }
    if open.work.case.status() == Status::Closed {
        return wrong_state("the request is closed; reopen it first");
    }
    if visibility == Visibility::Customer {
        heard(desk, &mut open).await?;
    }
    let mut entry = desk.entry(party, "note", visibility);
    if matches!(visibility, Visibility::Chain | Visibility::Vendor) || matches!(party, Party::Tier(_)) {
        entry.hop = open.work.case.provider_hop().map(|hop| hop.id);
    }
    entry.text = Some(text.to_owned());
    let id = open.work.say(entry, Audience::of_note(visibility, party));
    let audited = desk.finish(open, None).await?;
    Ok((Ids { request: Some(request), entry: Some(id), ..Ids::default() }, vec![audited]))
}

/// What passes between customer and named partner moves the clock: the partner's word answers, the customer's asks.
async fn heard(desk: &Desk<'_>, open: &mut Open<'_>) -> Judged<()> {
    let partner = open.work.case.request.partner_id;
    if open.acting.party == Party::Named {
        take_up(&mut open.work.case);
        clock::answer(&mut open.work.case, desk.now);
        clock::answer_customer(&mut open.work.case);
        return Ok(());
    }
    let pace = desk.pace(&open.work.case, partner).await?;
    let case = &mut open.work.case;
    if case.status() == Status::WaitingForCustomer {
        case.request.status = Status::InProgress.code().to_owned();
    }
    clock::resume(case, &pace.calendar, desk.now);
    if case.is_open() && case.request.due_at == Timestamp::FAR_FUTURE {
        clock::start(case, &pace.calendar, desk.now, pace.response);
    }
    clock::promise_customer(case);
    Ok(())
}

async fn link(desk: &Desk<'_>, request: Uuid, version: i64, incident: Option<IncidentId>) -> Judged<Did> {
    let mut open = desk.open_version(request, version, WORK, "updated").await?;
    require_open(&open.work.case)?;
    if let Some(id) = incident {
        require_incident(desk, id).await?;
    }
    if open.work.case.request.incident_id == incident {
        return wrong_state(match incident {
            Some(_) => "the request is linked to this incident already",
            None => "the request is linked to no incident",
        });
    }
    open.work.case.request.incident_id = incident;
    let kind = if incident.is_some() { "linked" } else { "unlinked" };
    let mut entry = desk.entry(open.acting.party, kind, Visibility::Customer);
    entry.detail = Some(match incident {
        Some(_) => "Linked to a known incident.".to_owned(),
        None => "Not linked to an incident any more.".to_owned(),
    });
    desk.say_to_all(&mut open, entry);
    let audited = desk.finish(open, None).await?;
    Ok(of_request(request, audited))
}

async fn assign(
    desk: &Desk<'_>,
    request: Uuid,
    version: i64,
    account: Option<entity::AccountId>,
) -> Judged<Did> {
    let mut open = desk.open_version(request, version, WORK_OR_CASE, "updated").await?;
    require_open(&open.work.case)?;
    if let Some(account) = account
        && !store::works_at(desk.tx, &desk.op.scope, account, desk.op.viewer.tenant).await?
    {
        return not_found("accountId", "account of your organisation");
    }
    let party = open.acting.party;
    let known = match party {
        Party::Tier(_) => open.work.case.provider_hop().and_then(|hop| hop.owner_account_id),
        _ => open.work.case.request.owner_account_id,
    };
    if known == account {
        return wrong_state("it is assigned so already");
    }
    match party {
        Party::Tier(_) => {
            let Some(hop) = open.work.case.provider_hop().map(|hop| hop.id) else {
                return wrong_state("the case is not with you any more");
            };
            if let Some(hop) = open.work.case.hop_mut(hop) {
                hop.owner_account_id = account;
            }
        }
        _ => {
            open.work.case.request.owner_account_id = account;
            take_up(&mut open.work.case);
        }
    }
    let mut entry = desk.entry(party, "assigned", Visibility::Org);
    entry.hop = open.work.case.provider_hop().map(|hop| hop.id).filter(|_| matches!(party, Party::Tier(_)));
    entry.detail = Some(match account {
        Some(_) => "Somebody of the organisation took it over.".to_owned(),
        None => "Nobody works on it any more.".to_owned(),
    });
    open.work.say(entry, Audience::Only(party));
    let audited = desk.finish(open, None).await?;
    Ok(of_request(request, audited))
}

async fn wait(desk: &Desk<'_>, request: Uuid, version: i64, question: &str) -> Judged<Did> {
    let mut open = desk.open_version(request, version, WORK, "updated").await?;
    require_open(&open.work.case)?;
    let mut errors = Vec::new();
    check::text("question", question, check::TEXT_CHARS, &mut errors);
    all_right(errors)?;
    if open.work.case.status() == Status::WaitingForCustomer {
        return wrong_state("the request waits for the customer already; add a note instead");
    }
    let pace = desk.pace(&open.work.case, open.work.case.request.partner_id).await?;
    open.work.case.request.status = Status::WaitingForCustomer.code().to_owned();
    clock::pause(&mut open.work.case, &pace.calendar, desk.now);
    clock::answer_customer(&mut open.work.case);
    let mut entry = desk.entry(open.acting.party, "waiting", Visibility::Customer);
    entry.text = Some(question.to_owned());
    open.work.say(entry, Audience::Customer);
    let audited = desk.finish(open, None).await?;
    Ok(of_request(request, audited))
}

async fn resume(desk: &Desk<'_>, request: Uuid, version: i64) -> Judged<Did> {
    let mut open = desk.open_version(request, version, WORK, "updated").await?;
    if open.work.case.status() != Status::WaitingForCustomer {
        return wrong_state("the request does not wait for the customer");
    }
    let pace = desk.pace(&open.work.case, open.work.case.request.partner_id).await?;
    open.work.case.request.status = Status::InProgress.code().to_owned();
    clock::resume(&mut open.work.case, &pace.calendar, desk.now);
    clock::promise_customer(&mut open.work.case);
    let mut entry = desk.entry(open.acting.party, "resumed", Visibility::Customer);
    entry.detail = Some("The partner goes on.".to_owned());
    open.work.say(entry, Audience::Customer);
    let audited = desk.finish(open, None).await?;
    Ok(of_request(request, audited))
}

async fn resolve(desk: &Desk<'_>, request: Uuid, version: i64, kind: Resolution, text: &str) -> Judged<Did> {
    let mut open = desk.open_version(request, version, WORK_OR_CASE, "resolved").await?;
    require_open(&open.work.case)?;
    let mut errors = Vec::new();
    check::text("text", text, check::TEXT_CHARS, &mut errors);
    if matches!(kind, Resolution::Duplicate | Resolution::Withdrawn) {
        errors.push(check::invalid("kind", "is for closing and merging; say how it was solved"));
    }
    all_right(errors)?;
    let is_unanswered = |hop: &entity::support_escalation::Model| hop.state == "requested";
    if matches!(open.acting.party, Party::Tier(_)) && open.work.case.provider_hop().is_some_and(is_unanswered)
    {
        return wrong_state("accept the case before you resolve it");
    }
    let mut entry = desk.entry(open.acting.party, "resolved", Visibility::Customer);
    entry.text = Some(text.to_owned());
    desk.say_to_all(&mut open, entry);
    // What a tier writes is the partners': the one that the request names puts it to the customer in its own words.
    let is_named = open.acting.party == Party::Named;
    let case = &mut open.work.case;
    clock::answer(case, desk.now);
    clock::answer_customer(case);
    case.end_hops(desk.now);
    case.request.status = Status::Resolved.code().to_owned();
    case.request.resolution_kind = Some(kind.code().to_owned());
    case.request.resolution_text = is_named.then(|| text.to_owned());
    case.request.resolved_at = Some(desk.now);
    let audited = desk.finish(open, None).await?;
    Ok(of_request(request, audited))
}

async fn confirm(desk: &Desk<'_>, request: Uuid, version: i64) -> Judged<Did> {
    let mut open = desk.open_version(request, version, CUSTOMER, "closed").await?;
    if open.work.case.status() != Status::Resolved {
        return wrong_state("only a resolved request can be confirmed");
    }
    open.work.case.request.status = Status::Closed.code().to_owned();
    open.work.case.request.closed_at = Some(desk.now);
    let mut entry = desk.entry(open.acting.party, "confirmed", Visibility::Customer);
    entry.detail = Some("The customer confirmed that it is solved.".to_owned());
    desk.say_to_all(&mut open, entry);
    let audited = desk.finish(open, None).await?;
    Ok(of_request(request, audited))
}

async fn reopen(desk: &Desk<'_>, request: Uuid, version: i64, reason: &str) -> Judged<Did> {
    let mut open = desk.open_version(request, version, OWNERS, "reopened").await?;
    let mut errors = Vec::new();
    check::text("reason", reason, check::REASON_CHARS, &mut errors);
    all_right(errors)?;
    if open.work.case.is_open() {
        return wrong_state("the request is open");
    }
    if open.work.case.request.merged_into_id.is_some() {
        return wrong_state("the request was merged into another; go on there");
    }
    let pace = desk.pace(&open.work.case, open.work.case.request.partner_id).await?;
    let case = &mut open.work.case;
    case.request.status = Status::InProgress.code().to_owned();
    case.request.resolution_kind = None;
    case.request.resolution_text = None;
    case.request.resolved_at = None;
    case.request.closed_at = None;
    clock::start(case, &pace.calendar, desk.now, pace.response);
    clock::promise_customer(case);
    let mut entry = desk.entry(open.acting.party, "reopened", Visibility::Customer);
    entry.text = Some(reason.to_owned());
    desk.say_to_all(&mut open, entry);
    let audited = desk.finish(open, Some(reason)).await?;
    Ok(of_request(request, audited))
}

async fn close(
    desk: &Desk<'_>,
    request: Uuid,
    version: i64,
    kind: Option<Resolution>,
    text: Option<&str>,
) -> Judged<Did> {
    let mut open = desk.open_version(request, version, CLOSERS, "closed").await?;
    let mut errors = Vec::new();
    if let Some(text) = text {
        check::text("text", text, check::TEXT_CHARS, &mut errors);
    }
    if kind == Some(Resolution::Duplicate) {
        errors.push(check::invalid("kind", "is for merging: use mergeSupportRequests"));
    }
    all_right(errors)?;
    match open.work.case.status() {
        Status::Closed => return wrong_state("the request is closed already"),
        Status::Resolved if kind.is_some() => {
            return refuse(UserErrorCode::Invalid, Some("kind"), "was said already when it was resolved");
        }
        Status::Resolved => {}
        _ => {
            let kind = match (open.acting.party, kind) {
                (Party::Customer, None | Some(Resolution::Withdrawn)) => Resolution::Withdrawn,
                (Party::Customer, Some(_)) => {
                    let message = "must be WITHDRAWN: how it was solved is the partner's to say";
                    return refuse(UserErrorCode::Invalid, Some("kind"), message);
                }
                (_, Some(kind)) => kind,
                (_, None) => {
                    return refuse(UserErrorCode::Invalid, Some("kind"), "is missing: say how it was solved");
                }
            };
            open.work.case.request.resolution_kind = Some(kind.code().to_owned());
            open.work.case.request.resolution_text = text.map(str::to_owned);
            open.work.case.request.resolved_at = Some(desk.now);
        }
    }
    let mut entry = desk.entry(open.acting.party, "closed", Visibility::Customer);
    entry.text = text.map(str::to_owned);
    desk.say_to_all(&mut open, entry);
    let case = &mut open.work.case;
    clock::answer(case, desk.now);
    clock::answer_customer(case);
    case.end_hops(desk.now);
    case.request.status = Status::Closed.code().to_owned();
    case.request.closed_at = Some(desk.now);
    let audited = desk.finish(open, None).await?;
    Ok(of_request(request, audited))
}

async fn merge(desk: &Desk<'_>, request: Uuid, version: i64, into: Uuid) -> Judged<Did> {
    let mut open = desk.open_version(request, version, WORK, "merged").await?;
    require_open(&open.work.case)?;
    if into == request {
        return refuse(UserErrorCode::Invalid, Some("intoId"), "is the request itself");
    }
    let mut target = match desk.open(into, WORK, "merged").await {
        Err(Stop::Refused(_)) => return not_found("intoId", "support request of yours"),
        other => other?,
    };
    let (r, t) = (&open.work.case.request, &target.work.case.request);
    if (r.customer_id, r.partner_id) != (t.customer_id, t.partner_id) {
        let message = "belongs to another customer; duplicates are of one customer";
        return refuse(UserErrorCode::Invalid, Some("intoId"), message);
    }
    if !target.work.case.is_open() {
        return refuse(UserErrorCode::WrongState, Some("intoId"), "is not open; reopen it first");
    }
    let mut entry = desk.entry(open.acting.party, "merged", Visibility::Customer);
    entry.detail = Some("Another request is about the same; it goes on there.".to_owned());
    desk.say_to_all(&mut open, entry);
    let case = &mut open.work.case;
    clock::answer(case, desk.now);
    clock::answer_customer(case);
    case.end_hops(desk.now);
    case.request.status = Status::Closed.code().to_owned();
    case.request.resolution_kind = Some(Resolution::Duplicate.code().to_owned());
    case.request.resolved_at = Some(desk.now);
    case.request.closed_at = Some(desk.now);
    case.request.merged_into_id = Some(into);
    let mut entry = desk.entry(target.acting.party, "merged", Visibility::Customer);
    entry.detail = Some("Another request about the same goes on here.".to_owned());
    target.work.say(entry, Audience::Customer);
    let _ = desk.finish(target, None).await?;
    let audited = desk.finish(open, None).await?;
    Ok(of_request(request, audited))
}
