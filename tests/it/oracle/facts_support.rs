//! Support requests as facts: who raised them, what was written for whom, to whom they were handed, and what was left with
//! each party when it last took part. What a deed does to them is in `says_support`.

use super::facts::{FOREVER, Span};
use super::facts_health::Service;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Somebody who takes part in a request, or did; partners by their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    Customer,
    /// The partner that the request names.
    Named,
    /// One that it was handed to.
    Tier(usize),
}

/// A request handed on.
#[derive(Clone, Debug)]
pub struct Hop {
    /// Global id.
    pub id: String,
    pub from: usize,
    /// None for the vendor.
    pub to: Option<usize>,
    pub span: Span,
    pub state: &'static str,
    /// What is asked of whoever gets it.
    pub asked: String,
    /// Why it came back.
    pub reason: Option<String>,
    /// Who works on it there.
    pub owner: Option<usize>,
    /// The hop that it rests on.
    pub parent: Option<usize>,
    /// The vendor's number of what was filed: known to whoever filed it.
    pub number: Option<String>,
}

impl Hop {
    pub fn lasts(&self) -> bool {
        self.span.until == FOREVER
    }
}

/// Something written on a request.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Global id, if it is a note.
    pub id: Option<String>,
    pub at: i64,
    pub kind: &'static str,
    pub visibility: &'static str,
    pub text: Option<String>,
    /// Who wrote it, and for which party.
    pub account: Option<usize>,
    pub author: Option<Party>,
    pub hop: Option<usize>,
    pub readers: BTreeSet<Party>,
}

/// What a party sees of the request itself.
#[derive(Clone, Debug)]
pub struct Face {
    /// Whether it takes part.
    pub is_current: bool,
    pub is_open: bool,
    /// When it was raised, or handed over.
    pub since: i64,
    pub title: String,
    pub status: &'static str,
    pub tier: &'static str,
    pub owner: Option<usize>,
    pub diagnosis: Option<String>,
    /// The address of the partner's contact.
    pub contact: Option<String>,
    /// How it was resolved, and in which words.
    pub resolution: Option<(&'static str, Option<String>)>,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub id: Uuid,
    /// Global id.
    pub global: String,
    pub number: String,
    pub customer: usize,
    /// The partner that it names.
    pub partner: usize,
    pub by_customer: bool,
    pub service: Option<Service>,
    pub at: i64,
    pub severity: &'static str,
    pub description: String,
    pub title: String,
    pub status: &'static str,
    pub owner: Option<usize>,
    pub diagnosis: Option<String>,
    /// When that was said.
    pub diagnosed: i64,
    pub contact: Option<String>,
    pub resolution: Option<(&'static str, Option<String>)>,
    /// In the order in which they began.
    pub hops: Vec<Hop>,
    /// In the order in which they were written.
    pub entries: Vec<Entry>,
    /// What each party sees, or saw last.
    pub faces: BTreeMap<Party, Face>,
}

impl Case {
    /// Whether it is neither resolved nor closed.
    pub fn is_open(&self) -> bool {
        !["RESOLVED", "CLOSED"].contains(&self.status)
    }

    /// The hop by which a provider has it now.
    pub fn with_provider(&self) -> Option<usize> {
        self.hops.iter().position(|hop| hop.lasts() && hop.to.is_some())
    }

    /// The hop that a partner began and that lasts.
    pub fn handed_by(&self, partner: usize) -> Option<usize> {
        self.hops.iter().position(|hop| hop.lasts() && hop.from == partner)
    }

    /// Whether a party filed it with the vendor under one of these numbers.
    pub fn is_filed_as(&self, party: Party, numbers: &BTreeSet<&str>) -> bool {
        let me = self.partner_of(party);
        let mut own = self.hops.iter().filter(|hop| me == Some(hop.from));
        own.any(|hop| hop.number.as_deref().is_some_and(|number| numbers.contains(number)))
    }

    /// The partner of a party.
    pub fn partner_of(&self, party: Party) -> Option<usize> {
        match party {
            Party::Customer => None,
            Party::Named => Some(self.partner),
            Party::Tier(partner) => Some(partner),
        }
    }

    /// The parties that take part now.
    pub fn parties(&self) -> Vec<Party> {
        let tier = self.with_provider().and_then(|hop| self.hops[hop].to).map(Party::Tier);
        [Party::Customer, Party::Named].into_iter().chain(tier).collect()
    }

    /// Whether a hop is a party's to know: both ends know it, and the partner that the request names; no customer.
    pub fn knows_hop(&self, party: Party, hop: usize) -> bool {
        let hop = &self.hops[hop];
        match party {
            Party::Customer => false,
            Party::Named => true,
            Party::Tier(_) => self.is_end(party, hop),
        }
    }

    /// Whether a party is one of a hop's ends.
    pub fn is_end(&self, party: Party, hop: &Hop) -> bool {
        let me = self.partner_of(party);
        me.is_some() && (me == Some(hop.from) || me == hop.to)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Support {
    pub cases: Vec<Case>,
}

impl Support {
    /// Moments at which a case was raised, handed on or handed back.
    pub fn instants(&self) -> BTreeSet<i64> {
        let hops = self.cases.iter().flat_map(|case| &case.hops);
        let spans = hops.flat_map(|hop| [hop.span.from, hop.span.until]);
        self.cases.iter().map(|case| case.at).chain(spans).collect()
    }
}
