//! What follows from an operation that is done, and from time that passes.

use super::model::{Entry, Face, Hop, Org, Party, Request};
use super::moves::Move::{self, *};
use super::moves::next_tier;
use std::collections::{BTreeMap, BTreeSet};

/// Who reads an entry.
pub enum Readers {
    Only(Org),
    Chain,
    WithCustomer,
    Ends(usize),
}

pub fn say<'a>(
    request: &'a mut Request,
    kind: &'static str,
    readers: Readers,
    text: Option<&str>,
) -> &'a mut Entry {
    let named = request.named;
    let reads = |org: &Org| match &readers {
        Readers::Only(only) => org == only,
        Readers::Chain => *org != Org::Customer,
        Readers::WithCustomer => *org == Org::Customer || *org == named,
        Readers::Ends(hop) => {
            let hop = &request.hops[*hop];
            *org == named || hop.from == *org || hop.to == Some(*org)
        }
    };
    let readers: BTreeSet<Org> = request.present().into_iter().filter(reads).collect();
    let text = text.map(str::to_owned);
    let entry = Entry { kind, visibility: None, text, readers, is_of_hop: false, is_for_chain: false };
    request.entries.push(entry);
    let last = request.entries.len() - 1;
    &mut request.entries[last]
}

fn of_hop(request: &mut Request, kind: &'static str, hop: usize, text: Option<&str>) {
    say(request, kind, Readers::Ends(hop), text).is_of_hop = true;
}

/// What a sender did with its hop. Of a tier's hop to the vendor the named partner learns that it happened.
fn of_sender(request: &mut Request, me: Org, kind: &'static str, hop: usize, text: &str) {
    if me == request.named {
        return of_hop(request, kind, hop, Some(text));
    }
    let named = request.named;
    say(request, kind, Readers::Only(named), None).is_of_hop = true;
    say(request, kind, Readers::Only(me), Some(text)).is_of_hop = true;
}

/// Words pass between customer and named partner, or among the partners: the other side learns that it happened.
pub fn tell_all(request: &mut Request, me: Org, kind: &'static str, text: Option<&str>) {
    let tier = request.tier();
    if tier == Some(me) {
        say(request, kind, Readers::Only(Org::Customer), None);
        say(request, kind, Readers::Chain, text).is_of_hop = true;
        return;
    }
    say(request, kind, Readers::WithCustomer, text);
    if let Some(tier) = tier {
        // Of another request it learns nothing.
        let kind = if kind == "MERGED" { "CLOSED" } else { kind };
        say(request, kind, Readers::Only(tier), None).is_of_hop = true;
    }
}

fn take_up(request: &mut Request) {
    if request.status == "NEW" {
        request.status = "IN_PROGRESS";
    }
}

fn start(request: &mut Request, now: i64) {
    let minutes = request.named.response(request.severity);
    request.due = Some(request.named.hours().after(now, minutes));
    (request.left, request.is_breached) = (None, false);
}

fn stop(request: &mut Request) {
    (request.due, request.left) = (None, None);
}

fn go_on(request: &mut Request, now: i64) {
    if let Some(left) = request.left.take() {
        request.due = Some(request.named.hours().after(now, left));
    }
}

/// The named partner has the case again, with what was left of its time, or all of it.
fn back(request: &mut Request, now: i64) {
    if request.due.is_some() || request.left.is_some() {
        return;
    }
    if request.status == "WAITING_FOR_CUSTOMER" {
        request.left = Some(request.named.response(request.severity));
        request.is_breached = false;
    } else {
        start(request, now);
    }
}

fn end_hop(request: &mut Request, at: usize, state: &'static str, reason: Option<&str>) {
    for (place, hop) in request.hops.iter_mut().enumerate().filter(|(_, hop)| hop.is_live()) {
        if place == at {
            (hop.state, hop.reason) = (state, reason.map(str::to_owned));
        } else if hop.parent == Some(at) {
            hop.state = "ENDED";
        }
    }
}

fn end_all(request: &mut Request) {
    request.hops.iter_mut().filter(|hop| hop.is_live()).for_each(|hop| hop.state = "ENDED");
}

fn begin(request: &mut Request, id: String, from: Org, to: Option<Org>, asked: &str, now: i64) -> usize {
    let parent = if from == request.named { None } else { request.provider_hop() };
    let severity = request.severity;
    let (due, expires) = match to {
        Some(to) => {
            let after = |minutes| to.hours().after(now, minutes);
            (after(to.response(severity)), Some(after(to.patience(severity))))
        }
        None => (now + 480, None),
    };
    let (asked, reason) = (asked.to_owned(), None);
    let (is_answered, is_breached) = (false, false);
    let state = "REQUESTED";
    request.hops.push(Hop {
        id,
        parent,
        from,
        to,
        state,
        asked,
        reason,
        since: now,
        due,
        expires,
        is_answered,
        is_breached,
    });
    // Whoever comes to it reads what the named partner wrote for the chain before any hop.
    if let Some(to) = to {
        request.owners.remove(&to);
        request.kept.remove(&to);
        let before = request.entries.iter_mut().take_while(|entry| !entry.is_of_hop);
        for entry in before.filter(|entry| entry.is_for_chain) {
            entry.readers.insert(to);
        }
    }
    request.hops.len() - 1
}

/// A tier that takes part no more keeps what it saw at this moment.
pub fn keep(request: &mut Request, before: Option<Org>) {
    let Some(tier) = before.filter(|tier| request.tier() != Some(*tier)) else { return };
    let face: Face = request.face(tier);
    request.kept.insert(tier, face);
}

fn resolve(request: &mut Request, text: Option<&str>) {
    stop(request);
    request.promised = None;
    end_all(request);
    request.resolution = text.map(str::to_owned);
}

#[allow(clippy::too_many_lines)] // one arm for each operation
pub fn apply(r: &mut Request, me: Org, what: &Move, now: i64, new: Option<String>, into: Option<String>) {
    let is_named = me == r.named;
    let holds = r.provider_hop();
    match what {
        Severity(severity) => {
            r.severity = *severity;
            let sooner = r.named.hours().after(now, r.named.response(severity));
            r.due = r.due.map(|due| due.min(sooner));
            if let (Some(due), Some(promised)) = (r.due, r.promised) {
                r.promised = Some(promised.min(due));
            }
            tell_all(r, me, "EDITED", None);
        }
        Contact(email) => {
            r.contact = Some(email.clone());
            let entry = say(r, "EDITED", Readers::Chain, None);
            (entry.is_of_hop, entry.is_for_chain) = (holds.is_some(), holds.is_none());
        }
        Diagnose(text) => {
            (r.diagnosis, r.diagnosed) = (Some(text.clone()), now);
            take_up(r);
            stop(r);
            let entry = say(r, "DIAGNOSED", Readers::Chain, None);
            (entry.is_of_hop, entry.is_for_chain) = (holds.is_some(), holds.is_none());
        }
        Note(visibility, text) => note(r, me, visibility, text, now),
        Assign(_) => {
            if is_named {
                take_up(r);
            }
            say(r, "ASSIGNED", Readers::Only(me), None).is_of_hop = !is_named;
        }
        Wait(question) => {
            r.status = "WAITING_FOR_CUSTOMER";
            if let Some(due) = r.due.take() {
                r.left = Some(r.named.hours().between(now, due));
            }
            r.promised = None;
            say(r, "WAITING", Readers::WithCustomer, Some(question));
        }
        Resume => {
            r.status = "IN_PROGRESS";
            go_on(r, now);
            r.promised = r.due;
            say(r, "RESUMED", Readers::WithCustomer, None);
        }
        Resolve(text) => {
            tell_all(r, me, "RESOLVED", Some(text));
            resolve(r, Some(text.as_str()).filter(|_| is_named));
            r.status = "RESOLVED";
        }
        Confirm => {
            r.status = "CLOSED";
            tell_all(r, me, "CONFIRMED", None);
        }
        Reopen(reason) => {
            r.status = "IN_PROGRESS";
            r.resolution = None;
            start(r, now);
            r.promised = r.due;
            tell_all(r, me, "REOPENED", Some(reason));
        }
        Close(_, text) => {
            tell_all(r, me, "CLOSED", text.as_deref());
            let said = if r.is_open() { text.clone() } else { r.resolution.clone() };
            resolve(r, said.as_deref());
            r.status = "CLOSED";
        }
        Merge(_) => {
            tell_all(r, me, "MERGED", None);
            resolve(r, None);
            (r.status, r.merged_into) = ("CLOSED", into);
        }
        _ => apply_hop(r, me, what, now, new),
    }
}

fn note(r: &mut Request, me: Org, visibility: &'static str, text: &str, now: i64) {
    let is_named = me == r.named;
    if visibility == "CUSTOMER" && is_named {
        take_up(r);
        stop(r);
        r.promised = None;
    } else if visibility == "CUSTOMER" {
        if r.status == "WAITING_FOR_CUSTOMER" {
            r.status = "IN_PROGRESS";
        }
        go_on(r, now);
        if r.is_open() && r.due.is_none() {
            start(r, now);
        }
        r.promised = r.due;
    }
    let is_of_hop = visibility != "CUSTOMER" && r.provider_hop().is_some();
    let (readers, is_for_chain) = match visibility {
        "ORG" => (Readers::Only(me), false),
        "CUSTOMER" => (Readers::WithCustomer, false),
        _ => (Readers::Chain, is_named && !is_of_hop),
    };
    // What the named partner notes for itself belongs to no hop.
    let is_of_hop = is_of_hop && !(is_named && visibility == "ORG");
    let entry = say(r, "NOTE", readers, Some(text));
    entry.visibility = Some(visibility);
    (entry.is_of_hop, entry.is_for_chain) = (is_of_hop, is_for_chain);
}

fn apply_hop(r: &mut Request, me: Org, what: &Move, now: i64, new: Option<String>) {
    let is_named = me == r.named;
    match what {
        Escalate { to, reason, .. } => {
            let party = if is_named { Party::Named } else { Party::Tier };
            let to = next_tier(me, party, r, *to).unwrap();
            let hop = begin(r, new.unwrap(), me, to, reason, now);
            take_up(r);
            if is_named {
                stop(r);
            }
            of_sender(r, me, "ESCALATION_REQUESTED", hop, reason);
        }
        Accept(hop) => {
            (r.hops[*hop].state, r.hops[*hop].is_answered) = ("ACCEPTED", true);
            of_hop(r, "ESCALATION_ACCEPTED", *hop, None);
        }
        Return(hop, reason) => {
            r.hops[*hop].is_answered = true;
            of_hop(r, "ESCALATION_RETURNED", *hop, Some(reason));
            end_hop(r, *hop, "RETURNED", Some(reason));
            back(r, now);
        }
        Withdraw(hop, reason) => {
            of_sender(r, me, "ESCALATION_WITHDRAWN", *hop, reason);
            end_hop(r, *hop, "WITHDRAWN", Some(reason));
            if is_named {
                back(r, now);
            }
        }
        Transfer(hop, to, reason) => {
            of_hop(r, "ESCALATION_TRANSFERRED", *hop, None);
            end_hop(r, *hop, "TRANSFERRED", None);
            let next = begin(r, new.unwrap(), me, Some(*to), reason, now);
            of_hop(r, "ESCALATION_REQUESTED", next, Some(reason));
        }
        VendorRequest(..) => say(r, "VENDOR_FILED", Readers::Only(me), None).is_of_hop = true,
        VendorAnswer(hop, text) => {
            (r.hops[*hop].state, r.hops[*hop].is_answered) = ("ACCEPTED", true);
            say(r, "VENDOR_ANSWERED", Readers::Chain, Some(text)).is_of_hop = true;
        }
        _ => {}
    }
}

/// Says the one thing that passed the longest ago; whether there was any.
pub fn tick_once(request: &mut Request, now: i64) -> bool {
    let mut passed: BTreeMap<(i64, u8), usize> = BTreeMap::new();
    if let Some(due) = request.due.filter(|due| *due <= now && !request.is_breached && request.is_open()) {
        passed.insert((due, 0), 0);
    }
    for (place, hop) in request.hops.iter().enumerate().filter(|(_, hop)| hop.state == "REQUESTED") {
        if hop.due <= now && !hop.is_breached {
            passed.insert((hop.due, 1), place);
        }
        if let Some(expires) = hop.expires.filter(|expires| *expires <= now) {
            passed.insert((expires, 2), place);
        }
    }
    let Some(((_, what), hop)) = passed.pop_first() else { return false };
    match what {
        0 => {
            request.is_breached = true;
            let named = request.named;
            say(request, "BREACHED", Readers::Only(named), None);
        }
        1 => {
            request.hops[hop].is_breached = true;
            of_hop(request, "BREACHED", hop, None);
        }
        _ => {
            let tier = request.tier();
            of_hop(request, "ESCALATION_TIMED_OUT", hop, None);
            end_hop(request, hop, "TIMED_OUT", None);
            back(request, now);
            keep(request, tier);
        }
    }
    true
}
