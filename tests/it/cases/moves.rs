//! What becomes of each operation by each party: refused, and with which codes, or done, and what follows from it.

use super::effects::{Readers, apply, keep, say, tick_once};
use super::model::{Actor, Org, Party, Rank, Request};

/// An operation on a request. Hops are named by their place.
#[derive(Clone, Debug)]
pub enum Move {
    Severity(&'static str),
    Contact(String),
    Diagnose(String),
    Note(&'static str, String),
    /// Oneself, or nobody.
    Assign(bool),
    Wait(String),
    Resume,
    Escalate {
        to: Option<Org>,
        vehicle: Option<&'static str>,
        reason: String,
    },
    Accept(usize),
    Return(usize, String),
    Transfer(usize, Org, String),
    Withdraw(usize, String),
    VendorRequest(usize, String),
    VendorAnswer(usize, String),
    Resolve(String),
    Confirm,
    Reopen(String),
    Close(Option<&'static str>, Option<String>),
    /// Into another request of the book.
    Merge(usize),
}

use Move::*;

impl Move {
    /// Whether it says which version it was decided on.
    pub fn has_version(&self) -> bool {
        !matches!(self, Note(..)) && self.hop().is_none()
    }

    /// The hop that it is about.
    pub fn hop(&self) -> Option<usize> {
        match self {
            Accept(hop) | Return(hop, _) | Transfer(hop, ..) | Withdraw(hop, _) => Some(*hop),
            VendorRequest(hop, _) | VendorAnswer(hop, _) => Some(*hop),
            _ => None,
        }
    }

    /// Whether it is for a party to do.
    fn is_for(&self, party: Party) -> bool {
        let (named, tier, customer) = match self {
            Severity(_) | Contact(_) | Diagnose(_) | Wait(_) | Resume | Merge(_) => (true, false, false),
            Note(..) => (true, true, true),
            Assign(_) | Resolve(_) | Escalate { .. } => (true, true, false),
            Withdraw(..) | VendorRequest(..) | VendorAnswer(..) => (true, true, false),
            Accept(_) | Return(..) => (false, true, false),
            Transfer(..) => (true, false, false),
            Confirm => (false, false, true),
            Reopen(_) | Close(..) => (true, false, true),
        };
        match party {
            Party::Named => named,
            Party::Tier => tier,
            Party::Customer => customer,
            Party::Former => false,
        }
    }
}

/// All requests of a world.
#[derive(Clone, Debug, Default)]
pub struct Book {
    pub requests: Vec<Request>,
}

/// Codes of which a refusal bears one; none: it is done.
pub type Refusal = &'static [&'static str];

const DONE: Refusal = &[];

impl Book {
    /// How raising a request for a partner is judged.
    pub fn judge_raise(&self, actor: &Actor, named: Org) -> Refusal {
        match (actor.org, actor.rank) {
            (Org::Customer, _) if named.is_seller() => DONE,
            (Org::Customer, _) => &["NOT_FOUND"],
            (own, Rank::Agent) if own.is_seller() && own == named => DONE,
            (own, Rank::Agent) if own.is_seller() => &["INVALID"],
            (Org::Tailspin, _) if named == Org::Tailspin => &["FORBIDDEN"],
            _ => &["FORBIDDEN", "NOT_FOUND", "INVALID"],
        }
    }

    /// How an operation is judged; `is_stale`: it was decided on another version.
    pub fn judge(&self, actor: &Actor, at: usize, what: &Move, is_stale: bool) -> Refusal {
        let request = &self.requests[at];
        let party = match request.party(actor.org) {
            Some(party) if request.reads(actor) => party,
            _ => return &["NOT_FOUND"],
        };
        if party == Party::Former {
            // Of a hop that was never its own it learns nothing.
            return if what.hop().is_some() { &["WRONG_STATE", "NOT_FOUND"] } else { &["WRONG_STATE"] };
        }
        if !what.is_for(party) {
            return if what.hop().is_some() { &["FORBIDDEN", "NOT_FOUND"] } else { &["FORBIDDEN"] };
        }
        if is_stale && what.has_version() {
            return &["CONFLICT"];
        }
        self.judge_state(actor, party, request, what)
    }

    fn judge_state(&self, actor: &Actor, party: Party, request: &Request, what: &Move) -> Refusal {
        let me = actor.org;
        let needs_open = matches!(
            what,
            Severity(_)
                | Contact(_)
                | Diagnose(_)
                | Assign(_)
                | Wait(_)
                | Escalate { .. }
                | Resolve(_)
                | Merge(_)
        );
        if needs_open && !request.is_open() {
            return &["WRONG_STATE"];
        }
        let wrong = |is_wrong: bool| if is_wrong { &["WRONG_STATE"] as Refusal } else { DONE };
        match what {
            Severity(severity) if *severity == request.severity => &["INVALID"],
            Note(visibility, _) => match (party, *visibility) {
                (Party::Customer, "CUSTOMER") | (Party::Named, _) => wrong(request.status == "CLOSED"),
                (Party::Tier, visibility) if visibility != "CUSTOMER" => DONE,
                _ => &["INVALID"],
            },
            Assign(is_own) => wrong(request.owners.get(&me).copied() == is_own.then_some(actor.account)),
            Wait(_) => wrong(request.status == "WAITING_FOR_CUSTOMER"),
            Resume => wrong(request.status != "WAITING_FOR_CUSTOMER"),
            Confirm => wrong(request.status != "RESOLVED"),
            Reopen(_) => wrong(request.is_open() || request.merged_into.is_some()),
            Resolve(_) => wrong(party == Party::Tier && !has_accepted(request)),
            Close(kind, _) => judge_close(party, request, *kind),
            Merge(into) => self.judge_merge(me, request, *into),
            Escalate { to, vehicle, .. } => judge_escalate(me, party, request, *to, *vehicle),
            _ if what.hop().is_some() => judge_hop(me, request, what),
            _ => DONE,
        }
    }

    fn judge_merge(&self, me: Org, request: &Request, into: usize) -> Refusal {
        let target = &self.requests[into];
        if target.id == request.id {
            return &["INVALID"];
        }
        if target.named != me {
            return &["NOT_FOUND"];
        }
        if target.is_open() { DONE } else { &["WRONG_STATE"] }
    }

    /// Does what was judged to be right. `new` is the id of a hop that begins.
    pub fn apply(&mut self, actor: &Actor, at: usize, what: &Move, now: i64, new: Option<String>) {
        let into = match what {
            Merge(into) => Some(self.requests[*into].id.clone()),
            _ => None,
        };
        let request = &mut self.requests[at];
        let tier = request.tier();
        apply(request, actor.org, what, now, new, into);
        match what {
            Assign(true) | Accept(_) => drop(request.owners.insert(actor.org, actor.account)),
            Assign(false) => drop(request.owners.remove(&actor.org)),
            _ => {}
        }
        keep(request, tier);
        if let Merge(into) = what {
            say(&mut self.requests[*into], "MERGED", Readers::WithCustomer, None);
        }
    }

    /// Time has passed, and somebody looked: what became due is said, the longest ago first.
    pub fn tick(&mut self, now: i64) {
        for request in &mut self.requests {
            while tick_once(request, now) {}
        }
    }
}

fn has_accepted(request: &Request) -> bool {
    request.provider_hop().is_some_and(|hop| request.hops[hop].state == "ACCEPTED")
}

fn judge_close(party: Party, request: &Request, kind: Option<&str>) -> Refusal {
    match (request.status, party, kind) {
        ("CLOSED", ..) => &["WRONG_STATE", "INVALID"],
        ("RESOLVED", _, Some(_)) => &["INVALID"],
        ("RESOLVED", _, None) => DONE,
        (_, Party::Customer, None | Some("WITHDRAWN")) => DONE,
        (_, Party::Customer, _) | (_, _, None) => &["INVALID"],
        _ => DONE,
    }
}

fn judge_escalate(
    me: Org,
    party: Party,
    request: &Request,
    to: Option<Org>,
    vehicle: Option<&str>,
) -> Refusal {
    if request.hop_from(me).is_some() || party == Party::Tier && !has_accepted(request) {
        return &["WRONG_STATE"];
    }
    let next = match next_tier(me, party, request, to) {
        Ok(next) => next,
        Err(refusal) => return refusal,
    };
    let lacks_contact = next.is_none() && request.contact.is_none();
    let is_misled = next.is_some() == vehicle.is_some();
    match (request.diagnosis.is_none() || lacks_contact || is_misled, vehicle) {
        (true, _) => &["INVALID"],
        // About an invoice the vendor is asked through the commercial vehicle alone.
        (false, Some(vehicle)) if vehicle != "COMMERCIAL" => &["INELIGIBLE"],
        _ => DONE,
    }
}

/// Who is next: none for the vendor.
pub fn next_tier(me: Org, party: Party, request: &Request, to: Option<Org>) -> Result<Option<Org>, Refusal> {
    if party == Party::Tier {
        return if to.is_none() { Ok(None) } else { Err(&["INELIGIBLE"]) };
    }
    let providers = me.providers();
    let seller = request.seller.filter(|seller| providers.contains(seller));
    match (seller, to) {
        (Some(seller), Some(to)) if seller != to => Err(&["INELIGIBLE"]),
        (Some(seller), _) => Ok(Some(seller)),
        (None, Some(to)) if providers.contains(&to) => Ok(Some(to)),
        (None, Some(_)) => Err(&["INELIGIBLE"]),
        (None, None) => match providers {
            [] => Ok(None),
            [only] => Ok(Some(*only)),
            _ => Err(&["INVALID"]),
        },
    }
}

fn judge_hop(me: Org, request: &Request, what: &Move) -> Refusal {
    let Some(hop) = what.hop().map(|hop| &request.hops[hop]) else { return DONE };
    let is_mine = match what {
        Accept(_) | Return(..) => hop.to == Some(me),
        _ => hop.from == me,
    };
    let reads = me == request.named || hop.from == me || hop.to == Some(me);
    if !is_mine {
        return if reads { &["FORBIDDEN"] } else { &["NOT_FOUND"] };
    }
    if !hop.is_live() {
        return &["WRONG_STATE"];
    }
    match what {
        Accept(_) if hop.state == "ACCEPTED" => &["WRONG_STATE"],
        Transfer(_, to, _) if hop.to.is_none() || hop.to == Some(*to) => &["INVALID"],
        Transfer(_, to, _) => match next_tier(me, Party::Named, request, Some(*to)) {
            Ok(_) => DONE,
            Err(refusal) => refusal,
        },
        VendorRequest(..) | VendorAnswer(..) if hop.to.is_some() => &["INVALID"],
        _ => DONE,
    }
}
