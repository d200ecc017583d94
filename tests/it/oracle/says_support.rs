//! What may be done with a support request, in which state and by which party, and what that changes of the facts. Written
//! from the sentences: a party's face is renewed while it takes part, and stays as it was from then on; who reads
//! an entry is settled when it is written.

use super::facts::{FOREVER, Span};
use super::facts_support::{Case, Entry, Face, Hop, Party};
use super::rights::Right;
use std::collections::BTreeSet;

/// Something done with a request. Hops are named by their place.
#[derive(Clone, Debug)]
pub enum Deed {
    Diagnose(String),
    Retitle(String),
    /// For whom, and what.
    Note(&'static str, String),
    /// Who does it takes the request over.
    Assign,
    Wait(String),
    /// To a provider.
    HandTo(usize, String),
    AskVendor(String),
    Accept(usize),
    Return(usize, String),
    Withdraw(usize, String),
    /// With the vendor, under a number, and what the vendor's request has for a status, if that is known.
    File(usize, String, Option<&'static str>),
    Resolve(String),
    Close(String),
    Confirm,
    Reopen(String),
}

impl Deed {
    /// The hop that it is about.
    pub fn hop(&self) -> Option<usize> {
        match self {
            Deed::Accept(hop) | Deed::Return(hop, _) | Deed::Withdraw(hop, _) => Some(*hop),
            Deed::File(hop, ..) => Some(*hop),
            _ => None,
        }
    }

    /// What it needs of a party; none where it is not for that party to do.
    pub fn needs(&self, party: Party) -> Option<Right> {
        use Deed::*;
        match (self, party) {
            (Diagnose(_) | Retitle(_) | Wait(_), Party::Named) => Some(Right::Work),
            (Note(..) | Assign | Resolve(_), Party::Named) => Some(Right::Work),
            (Note(..) | Assign | Resolve(_), Party::Tier(_)) => Some(Right::Answer),
            (HandTo(..) | AskVendor(_) | Withdraw(..) | File(..), Party::Named) => Some(Right::Escalate),
            (HandTo(..) | AskVendor(_) | Withdraw(..) | File(..), Party::Tier(_)) => Some(Right::Answer),
            (Accept(_) | Return(..), Party::Tier(_)) => Some(Right::Answer),
            (Close(_), Party::Named) => Some(Right::Work),
            (Reopen(_), Party::Named) => Some(Right::Raise),
            (Note(..) | Close(_) | Confirm | Reopen(_), Party::Customer) => Some(Right::Raise),
            _ => None,
        }
    }
}

/// Who does something, and when.
#[derive(Clone, Copy, Debug)]
pub struct Doer {
    pub account: usize,
    pub party: Party,
    pub at: i64,
}

impl Case {
    /// Whether its state lets a party do this.
    pub fn allows(&self, party: Party, deed: &Deed) -> bool {
        let is_open = self.is_open();
        let mine = self.partner_of(party);
        let accepted = self.with_provider().is_some_and(|hop| self.hops[hop].state == "ACCEPTED");
        let has_handed = mine.is_none_or(|me| self.handed_by(me).is_some());
        match deed {
            Deed::Diagnose(_) | Deed::Retitle(_) | Deed::Assign => is_open,
            Deed::Note(visibility, _) => {
                let is_for_customer = *visibility == "CUSTOMER";
                let is_mine = match party {
                    Party::Customer => is_for_customer,
                    Party::Tier(_) => !is_for_customer,
                    Party::Named => true,
                };
                is_mine && self.status != "CLOSED"
            }
            Deed::Wait(_) => is_open && self.status != "WAITING_FOR_CUSTOMER",
            Deed::HandTo(..) => is_open && party == Party::Named && self.diagnosis.is_some() && !has_handed,
            Deed::AskVendor(_) => {
                let is_ready = self.diagnosis.is_some() && self.contact.is_some() && !has_handed;
                is_open && is_ready && (party == Party::Named || accepted)
            }
            Deed::Accept(hop) => self.hops[*hop].to == mine && self.hops[*hop].state == "REQUESTED",
            Deed::Return(hop, _) => self.hops[*hop].to == mine && self.hops[*hop].lasts(),
            Deed::Withdraw(hop, _) => Some(self.hops[*hop].from) == mine && self.hops[*hop].lasts(),
            Deed::File(hop, number, _) => {
                let hop = &self.hops[*hop];
                let is_mine = Some(hop.from) == mine && hop.to.is_none() && hop.lasts();
                is_mine && hop.number.as_ref() != Some(number)
            }
            Deed::Resolve(_) => is_open && (party == Party::Named || accepted),
            Deed::Close(_) => self.status != "CLOSED",
            Deed::Confirm => self.status == "RESOLVED",
            Deed::Reopen(_) => !is_open,
        }
    }

    /// It was raised.
    pub fn raised(&mut self, doer: Doer) {
        self.say(doer, "RAISED", "CUSTOMER", None, &self.parties());
        self.refresh();
    }

    /// What is true after somebody did this. `id` is that of the note or the hop that it made.
    pub fn apply(&mut self, doer: Doer, deed: &Deed, id: &str) {
        use Party::{Customer, Named};
        let everybody = self.parties();
        let partners: Vec<Party> = everybody.iter().copied().filter(|party| *party != Customer).collect();
        let hop = self.with_provider();
        match deed {
            Deed::Diagnose(text) => {
                (self.diagnosis, self.diagnosed) = (Some(text.clone()), doer.at);
                self.take_up();
                self.say(doer, "DIAGNOSED", "CHAIN", None, &partners).hop = hop;
            }
            Deed::Retitle(title) => {
                self.title.clone_from(title);
                self.say_to_all(doer, "EDITED", None);
            }
            Deed::Note(visibility, text) => self.note(doer, visibility, text, id),
            Deed::Assign => {
                match hop.filter(|_| doer.party != Named) {
                    Some(hop) => self.hops[hop].owner = Some(doer.account),
                    None => {
                        self.owner = Some(doer.account);
                        self.take_up();
                    }
                }
                self.say(doer, "ASSIGNED", "ORG", None, &[doer.party]);
            }
            Deed::Wait(question) => {
                self.status = "WAITING_FOR_CUSTOMER";
                self.say(doer, "WAITING", "CUSTOMER", Some(question), &[Customer, Named]);
            }
            Deed::HandTo(to, reason) => self.hand_on(doer, Some(*to), reason, id),
            Deed::AskVendor(reason) => self.hand_on(doer, None, reason, id),
            Deed::Accept(hop) => {
                (self.hops[*hop].state, self.hops[*hop].owner) = ("ACCEPTED", Some(doer.account));
                self.say(doer, "ESCALATION_ACCEPTED", "CHAIN", None, &partners).hop = Some(*hop);
            }
            Deed::Return(hop, reason) => {
                self.say(doer, "ESCALATION_RETURNED", "CHAIN", Some(reason), &partners).hop = Some(*hop);
                self.end(*hop, "RETURNED", Some(reason), doer.at);
            }
            Deed::Withdraw(hop, reason) => {
                self.say_of_own_hop(doer, "ESCALATION_WITHDRAWN", reason, *hop);
                self.end(*hop, "WITHDRAWN", Some(reason), doer.at);
            }
            Deed::File(hop, number, said) => self.file(doer, *hop, number, *said),
            Deed::Resolve(text) => {
                self.say_to_all(doer, "RESOLVED", Some(text));
                self.end_all(doer.at);
                // What a tier writes is the partners'.
                let said = Some(text.clone()).filter(|_| doer.party == Named);
                (self.status, self.resolution) = ("RESOLVED", Some(("SOLVED", said)));
            }
            Deed::Close(text) => self.close(doer, text),
            Deed::Confirm => {
                self.status = "CLOSED";
                self.say_to_all(doer, "CONFIRMED", None);
            }
            Deed::Reopen(reason) => {
                (self.status, self.resolution) = ("IN_PROGRESS", None);
                self.say_to_all(doer, "REOPENED", Some(reason));
            }
        }
        self.refresh();
    }

    /// What the vendor's request of that number has for a status is taken over at once, and told to the partners.
    fn file(&mut self, doer: Doer, hop: usize, number: &str, said: Option<&str>) {
        self.hops[hop].number = Some(number.to_owned());
        self.say(doer, "VENDOR_FILED", "ORG", None, &[doer.party]).hop = Some(hop);
        let Some(status) = said else { return };
        if status != "open" {
            self.hops[hop].state = "ACCEPTED";
        }
        let of = self.hops[hop].parent.unwrap_or(hop);
        let mut partners = self.parties();
        partners.retain(|party| *party != Party::Customer);
        let told = self.say(doer, "VENDOR_CHANGED", "VENDOR", None, &partners);
        (told.account, told.author, told.hop) = (None, None, Some(of));
    }

    /// Somebody has begun to work on it.
    fn take_up(&mut self) {
        if self.status == "NEW" {
            self.status = "IN_PROGRESS";
        }
    }

    fn say(
        &mut self,
        doer: Doer,
        kind: &'static str,
        visibility: &'static str,
        text: Option<&str>,
        readers: &[Party],
    ) -> &mut Entry {
        let (text, readers) = (text.map(str::to_owned), readers.iter().copied().collect());
        let (account, author, at) = (Some(doer.account), Some(doer.party), doer.at);
        let (id, hop) = (None, None);
        self.entries.push(Entry { id, at, kind, visibility, text, account, author, hop, readers });
        self.entries.last_mut().unwrap()
    }

    /// Words pass between customer and named partner, or among the partners: the other side learns that it happened.
    fn say_to_all(&mut self, doer: Doer, kind: &'static str, text: Option<&str>) {
        let hop = self.with_provider();
        if matches!(doer.party, Party::Tier(_)) {
            let told = self.say(doer, kind, "CUSTOMER", None, &[Party::Customer]);
            (told.account, told.author) = (None, None);
            let mut partners = self.parties();
            partners.retain(|party| *party != Party::Customer);
            self.say(doer, kind, "CHAIN", text, &partners).hop = hop;
            return;
        }
        self.say(doer, kind, "CUSTOMER", text, &[Party::Customer, Party::Named]);
        if let Some(tier) = hop.and_then(|hop| self.hops[hop].to) {
            let told = self.say(doer, kind, "CHAIN", None, &[Party::Tier(tier)]);
            (told.account, told.author, told.hop) = (None, None, hop);
        }
    }

    /// Whether it is assigned to that account already.
    pub fn is_assigned_so(&self, party: Party, account: usize, deed: &Deed) -> bool {
        let owner = match party {
            Party::Tier(_) => self.with_provider().and_then(|hop| self.hops[hop].owner),
            _ => self.owner,
        };
        matches!(deed, Deed::Assign) && owner == Some(account)
    }

    /// Of a hop that a tier made the partner that the request names learns that there was something, and no more.
    fn say_of_own_hop(&mut self, doer: Doer, kind: &'static str, reason: &str, hop: usize) {
        if let Party::Tier(_) = doer.party {
            let told = self.say(doer, kind, "CHAIN", None, &[Party::Named]);
            (told.account, told.hop) = (None, Some(hop));
            self.say(doer, kind, "ORG", Some(reason), &[doer.party]).hop = Some(hop);
            return;
        }
        let to = self.hops[hop].to.map(Party::Tier);
        let readers: Vec<Party> = [Party::Named].into_iter().chain(to).collect();
        self.say(doer, kind, "CHAIN", Some(reason), &readers).hop = Some(hop);
    }

    fn note(&mut self, doer: Doer, visibility: &'static str, text: &str, id: &str) {
        let readers: Vec<Party> = match visibility {
            "ORG" => vec![doer.party],
            "CUSTOMER" => vec![Party::Customer, Party::Named],
            _ => self.parties().into_iter().filter(|party| *party != Party::Customer).collect(),
        };
        match doer.party {
            Party::Customer if self.status == "WAITING_FOR_CUSTOMER" => self.status = "IN_PROGRESS",
            Party::Named if visibility == "CUSTOMER" => self.take_up(),
            _ => {}
        }
        let is_of_hop = ["CHAIN", "VENDOR"].contains(&visibility) || matches!(doer.party, Party::Tier(_));
        let hop = self.with_provider().filter(|_| is_of_hop);
        let entry = self.say(doer, "NOTE", visibility, Some(text), &readers);
        (entry.id, entry.hop) = (Some(id.to_owned()), hop);
    }

    fn hand_on(&mut self, doer: Doer, to: Option<usize>, reason: &str, id: &str) {
        let (from, parent) = match doer.party {
            Party::Tier(partner) => (partner, self.with_provider()),
            _ => (self.partner, None),
        };
        if let Some(to) = to {
            self.show_what_came_before(to);
        }
        let hop = self.hops.len();
        self.hops.push(Hop {
            id: id.to_owned(),
            from,
            to,
            span: Span { from: doer.at, until: FOREVER },
            state: "REQUESTED",
            asked: reason.to_owned(),
            reason: None,
            owner: None,
            parent,
            number: None,
        });
        self.take_up();
        self.say_of_own_hop(doer, "ESCALATION_REQUESTED", reason, hop);
    }

    /// Whoever gets it reads what the partner that it names wrote for the chain before there was any hop.
    fn show_what_came_before(&mut self, to: usize) {
        let before = self.entries.iter_mut().take_while(|entry| entry.hop.is_none());
        let is_meant = |entry: &&mut Entry| {
            entry.author == Some(Party::Named) && ["CHAIN", "VENDOR"].contains(&entry.visibility)
        };
        for entry in before.filter(is_meant) {
            entry.readers.insert(Party::Tier(to));
        }
    }

    fn end(&mut self, ended: usize, state: &'static str, reason: Option<&str>, at: i64) {
        for (place, hop) in self.hops.iter_mut().enumerate().filter(|(_, hop)| hop.lasts()) {
            if place == ended {
                (hop.state, hop.reason, hop.span.until) = (state, reason.map(str::to_owned), at);
            } else if hop.parent == Some(ended) {
                (hop.state, hop.span.until) = ("ENDED", at);
            }
        }
    }

    fn end_all(&mut self, at: i64) {
        for hop in self.hops.iter_mut().filter(|hop| hop.lasts()) {
            (hop.state, hop.span.until) = ("ENDED", at);
        }
    }

    fn close(&mut self, doer: Doer, text: &str) {
        if self.is_open() {
            let how = if doer.party == Party::Customer { "WITHDRAWN" } else { "SOLVED" };
            self.resolution = Some((how, Some(text.to_owned())));
        }
        self.say_to_all(doer, "CLOSED", Some(text));
        self.end_all(doer.at);
        self.status = "CLOSED";
    }

    /// Renews what those see who take part, and for the last time what those see who did until now.
    fn refresh(&mut self) {
        let mut parties: BTreeSet<Party> = self.parties().into_iter().collect();
        parties.extend(self.faces.iter().filter(|(_, face)| face.is_current).map(|(party, _)| *party));
        for party in parties {
            self.faces.insert(party, self.face(party));
        }
    }

    fn face(&self, party: Party) -> Face {
        let is_current = self.parties().contains(&party);
        let is_partner = party != Party::Customer;
        let with_vendor = self.hops.iter().any(|hop| hop.lasts() && hop.to.is_none());
        let own = self.hops.iter().rev().find(|hop| hop.to.map(Party::Tier) == Some(party));
        let (tier, owner, since) = match party {
            Party::Customer => ("PARTNER", None, self.at),
            Party::Named if with_vendor => ("VENDOR", self.owner, self.at),
            Party::Named if self.with_provider().is_some() => ("PROVIDER", self.owner, self.at),
            Party::Named => ("PARTNER", self.owner, self.at),
            Party::Tier(partner) => {
                let tier = if self.handed_by(partner).is_some() { "VENDOR" } else { "PROVIDER" };
                (tier, own.and_then(|hop| hop.owner), own.map_or(self.at, |hop| hop.span.from))
            }
        };
        // A tier reads findings from before any hop, or since its own began.
        let is_tier = matches!(party, Party::Tier(_));
        let reads_findings = !is_tier
            || self.hops.first().is_some_and(|first| self.diagnosed <= first.span.from)
            || self.diagnosed >= since;
        Face {
            is_current,
            is_open: is_current && self.is_open(),
            since,
            title: self.title.clone(),
            status: self.status,
            tier,
            owner,
            diagnosis: self.diagnosis.clone().filter(|_| is_partner && reads_findings),
            contact: self.contact.clone().filter(|_| is_partner),
            resolution: self.resolution.clone().map(|(how, said)| (how, said.filter(|_| !is_tier))),
        }
    }
}
