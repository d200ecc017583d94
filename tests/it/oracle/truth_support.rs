//! The oracle on support requests: which of them a reader sees, as which party, and what it may do with them. A request is
//! read by its customer's own staff, by the partner that it names, and by a partner that has it or had it: by the case as
//! long as that lasts, afterwards by its own organisation's record. As naive as `truth`, on which it builds.

use super::facts::{Facts, What};
use super::facts_support::{Case, Entry, Face, Hop, Party};
use super::rights::Right;
use super::says_support::Deed;
use super::truth::View;
use std::cmp::Reverse;

/// What one reader may know of support requests.
pub struct Desk<'a> {
    view: &'a View<'a>,
    facts: &'a Facts,
}

/// A request as one reader sees it.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    pub case: &'a Case,
    pub party: Party,
    pub face: &'a Face,
}

impl<'a> Shown<'a> {
    /// What was written for the party, in its order.
    pub fn entries(self) -> impl Iterator<Item = &'a Entry> {
        self.case.entries.iter().filter(move |entry| entry.readers.contains(&self.party))
    }

    pub fn notes(self) -> impl Iterator<Item = &'a Entry> {
        self.entries().filter(|entry| entry.id.is_some())
    }

    pub fn hops(self) -> impl Iterator<Item = &'a Hop> {
        let all = self.case.hops.iter().enumerate();
        all.filter(move |(place, _)| self.case.knows_hop(self.party, *place)).map(|(_, hop)| hop)
    }
}

impl<'a> Desk<'a> {
    pub fn of(view: &'a View<'a>) -> Self {
        Desk { view, facts: view.facts }
    }

    /// As which party the reader's organisation stands in a request.
    fn standing(&self, case: &Case) -> Option<Party> {
        let me = self.view.partner;
        if me == Some(case.partner) {
            return Some(Party::Named);
        }
        let had = me.map(Party::Tier).filter(|party| case.faces.contains_key(party));
        had.or((self.view.customer == Some(case.customer)).then_some(Party::Customer))
    }

    /// What is held on a request as a party. Of the customer's side no source says anything.
    fn holds(&self, case: &Case, party: Party, right: Right) -> bool {
        match party {
            Party::Customer => self.view.may_as_staff(right, case.customer),
            _ => self.view.may(right, case.customer, case.partner),
        }
    }

    /// A request, if the reader may see it.
    pub fn shown(&self, case: &'a Case) -> Option<Shown<'a>> {
        let party = self.standing(case)?;
        let face = &case.faces[&party];
        let is_record = matches!(party, Party::Tier(_)) && !face.is_current;
        let keeps = is_record
            && self.view.may_at_home(Right::Records)
            && !self.view.restricted(case.customer, "no_access");
        (keeps || self.holds(case, party, Right::Requests)).then_some(Shown { case, party, face })
    }

    /// All that the reader sees, the newest first.
    pub fn all(&self) -> Vec<Shown<'a>> {
        let mut all: Vec<Shown<'a>> =
            self.facts.support.cases.iter().filter_map(|case| self.shown(case)).collect();
        all.sort_by_key(|shown| Reverse((shown.face.since, shown.case.id)));
        all
    }

    pub fn of_customer(&self, customer: usize) -> Vec<Shown<'a>> {
        self.all().into_iter().filter(|shown| shown.case.customer == customer).collect()
    }

    /// Whether the list of a customer's requests may be asked for, where the source's word carries its name.
    pub fn may_list(&self, customer: usize, source: usize) -> bool {
        self.view.may(Right::Requests, customer, source)
            || self.view.may_at_home(Right::Records)
            || !self.of_customer(customer).is_empty()
    }

    /// The code with which a deed is refused, if it is, whatever the state of the request.
    pub fn refusal(&self, case: &'a Case, deed: &Deed) -> Option<&'static str> {
        let Some(shown) = self.shown(case) else { return Some("NOT_FOUND") };
        if deed.hop().is_some_and(|hop| !case.knows_hop(shown.party, hop)) {
            return Some("NOT_FOUND");
        }
        if !shown.face.is_current {
            return Some("WRONG_STATE");
        }
        let needed = deed.needs(shown.party);
        let is_allowed = needed.is_some_and(|right| self.holds(case, shown.party, right));
        (!is_allowed).then_some("FORBIDDEN")
    }

    /// The code with which a request that names the partner is refused to be raised, if it is: the partner's own people
    /// raise it for the customer, the customer's for themselves.
    pub fn refusal_to_raise(&self, customer: usize, partner: usize) -> Option<&'static str> {
        let (is_named, is_customer) =
            (self.view.partner == Some(partner), self.view.customer == Some(customer));
        let may = |right| match is_named {
            true => self.view.may(right, customer, partner),
            false => self.view.may_as_staff(right, customer),
        };
        if !is_named && !is_customer {
            Some("INVALID")
        } else if !may(Right::Read) {
            Some("NOT_FOUND")
        } else if !may(Right::Raise) {
            Some("FORBIDDEN")
        } else {
            None
        }
    }
}

impl Facts {
    /// Partners with customers to whom they resell at a moment, but for those of one tenant, which need no requests.
    pub fn resold(&self, at: i64) -> Vec<(usize, usize)> {
        let said = self.said.iter().filter(|said| said.span.holds(at));
        let pairs = said.filter_map(|said| match said.what {
            What::Relation { customer, kind: "reseller" } => Some((said.source, customer)),
            _ => None,
        });
        pairs.filter(|(partner, customer)| !self.is_one_tenant(*partner, *customer)).collect()
    }

    /// The providers through which a partner says at a moment that it serves a customer.
    pub fn providers(&self, partner: usize, customer: usize, at: i64) -> Vec<usize> {
        let said = self.said.iter().filter(|said| said.source == partner && said.span.holds(at));
        let named = said.filter_map(|said| match said.what {
            What::Indirect { customer: c, provider, reseller } => {
                (c == customer && reseller == partner && provider != partner).then_some(provider)
            }
            _ => None,
        });
        named.collect()
    }

    pub fn is_one_tenant(&self, partner: usize, customer: usize) -> bool {
        self.partners[partner].tenant == self.customers[customer].tenant
    }
}
