//! What a source says in one capture, and what that changes of the facts: DESIGN 4.3 in its plainest form. A source
//! changes its own words only; the newer capture wins; absence from a complete list ends, absence from a page does not;
//! a capture older than an ending revives nothing.

use super::facts::{Assignment, FOREVER, Facts, Naming, Relationship, Said, Span, Subscription, What, Word};
use super::says_health::SaidHealth;
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Clone, Debug, Default)]
pub struct Capture {
    pub source: usize,
    pub as_of: i64,
    /// The list of customers is whole.
    pub is_complete: bool,
    pub partnerships: Vec<SaidPartnership>,
    pub customers: Vec<SaidCustomer>,
    pub indirect: Vec<SaidIndirect>,
    pub subscriptions: Vec<SaidSubscription>,
    pub relationships: Vec<SaidRelationship>,
    pub assignments: Vec<SaidAssignment>,
    pub health: SaidHealth,
}

impl Capture {
    pub fn is_empty(&self) -> bool {
        let who = self.partnerships.len() + self.customers.len() + self.indirect.len();
        let what = self.subscriptions.len() + self.relationships.len() + self.assignments.len();
        who + what == 0 && self.health.is_empty()
    }
}

#[derive(Clone, Debug)]
pub struct SaidPartnership {
    pub other: usize,
    pub other_is_provider: bool,
    /// What the source calls the other one.
    pub name: String,
    pub is_active: bool,
}

/// Of a relation to a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Holds(&'static str),
    Ended,
    Unsaid,
}

#[derive(Clone, Debug)]
pub struct SaidCustomer {
    pub customer: usize,
    pub name: String,
    pub primary: Option<String>,
    pub domains: Vec<String>,
    pub city: Option<String>,
    pub relation: Told,
    pub privilege: Option<bool>,
}

#[derive(Clone, Debug)]
pub struct SaidIndirect {
    pub customer: usize,
    pub other: usize,
    pub other_is_provider: bool,
    pub holds: bool,
}

#[derive(Clone, Debug)]
pub struct SaidSubscription {
    pub customer: usize,
    pub external: String,
    pub label: String,
    pub status: &'static str,
    pub seller: Option<usize>,
    pub of_record: Option<usize>,
    pub support: Option<usize>,
    pub ends: Option<i64>,
    pub renews: bool,
    pub offer: &'static str,
    pub quantity: i64,
    pub unit: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub struct SaidRelationship {
    pub external: String,
    pub name: String,
    pub customer: Option<usize>,
    pub customer_name: Option<String>,
    pub creator: Option<usize>,
    pub is_pending: bool,
    pub status: &'static str,
    pub activated: Option<i64>,
    pub ends: Option<i64>,
    pub roles: Vec<&'static str>,
}

#[derive(Clone, Debug)]
pub struct SaidAssignment {
    pub external: String,
    /// Upstream id of the relationship.
    pub relationship: String,
    pub group: Uuid,
    pub status: &'static str,
    pub created: Option<i64>,
    pub roles: Vec<&'static str>,
}

impl Facts {
    /// What is true after a source said this.
    pub fn apply(&mut self, capture: &Capture) {
        capture.partnerships.iter().for_each(|said| self.partnership(capture, said));
        capture.customers.iter().for_each(|said| self.customer(capture, said));
        if capture.is_complete {
            self.end_unlisted(capture);
        }
        capture.indirect.iter().for_each(|said| self.indirect(capture, said));
        capture.subscriptions.iter().for_each(|said| self.subscription(capture, said));
        capture.relationships.iter().for_each(|said| self.relationship(capture, said));
        capture.assignments.iter().for_each(|said| self.assignment(capture, said));
        self.apply_health(capture);
    }

    fn hold(&mut self, source: usize, what: What, at: i64) {
        match self.said.iter_mut().rfind(|s| s.source == source && s.what == what) {
            Some(open) if open.span.until == FOREVER => open.confirmed = open.confirmed.max(at),
            Some(ended) if ended.span.until >= at => {}
            _ => self.said.push(Said { source, what, span: Span::open(at), confirmed: at }),
        }
    }

    /// Whether it held until then.
    fn end(&mut self, source: usize, what: What, at: i64) -> bool {
        let last = self.said.iter_mut().rfind(|s| s.source == source && s.what == what);
        let Some(open) = last.filter(|s| s.span.until == FOREVER && s.confirmed <= at) else { return false };
        (open.span.until, open.confirmed) = (at, at);
        true
    }

    /// Ends all of a source's relations to a customer but one kind; DAP ends with the reseller relation.
    fn end_relations(&mut self, source: usize, customer: usize, but: Option<&'static str>, at: i64) {
        for kind in ["reseller", "advisor", "syndication"] {
            let ended = Some(kind) != but && self.end(source, What::Relation { customer, kind }, at);
            if ended && kind == "reseller" {
                self.end(source, What::Privilege { customer }, at);
            }
        }
    }

    fn partnership(&mut self, capture: &Capture, said: &SaidPartnership) {
        let (source, other, as_of) = (capture.source, said.other, capture.as_of);
        let name = said.name.clone();
        match self.namings.iter_mut().find(|n| n.source == source && n.partner == other) {
            Some(known) if known.as_of > as_of => {}
            Some(known) => (known.name, known.as_of) = (name, as_of),
            None => self.namings.push(Naming { source, partner: other, name, as_of }),
        }
        let (provider, reseller) = if said.other_is_provider { (other, source) } else { (source, other) };
        let what = What::Partnership { provider, reseller };
        if said.is_active {
            self.hold(source, what, as_of);
        } else {
            self.end(source, what, as_of);
        }
    }

    fn customer(&mut self, capture: &Capture, said: &SaidCustomer) {
        let (source, customer, as_of) = (capture.source, said.customer, capture.as_of);
        if self.words.iter().any(|w| (w.source, w.customer) == (source, customer) && w.as_of > as_of) {
            return;
        }
        self.name(capture, customer, None);
        for word in self.words.iter_mut().filter(|w| (w.source, w.customer) == (source, customer)) {
            (word.name, word.as_of) = (said.name.clone(), as_of);
            word.primary = said.primary.clone().or(word.primary.take());
            if !said.domains.is_empty() {
                word.domains = said.domains.iter().cloned().collect();
            }
            word.domains.extend(word.primary.clone());
            if let Some(city) = &said.city {
                (word.city, word.city_as_of) = (Some(city.clone()), as_of);
            }
        }
        match said.privilege {
            Some(true) => self.hold(source, What::Privilege { customer }, as_of),
            Some(false) => drop(self.end(source, What::Privilege { customer }, as_of)),
            None => {}
        }
        match said.relation {
            Told::Holds(kind) => {
                self.end_relations(source, customer, Some(kind), as_of);
                self.hold(source, What::Relation { customer, kind }, as_of);
            }
            Told::Ended => self.end_relations(source, customer, None, as_of),
            Told::Unsaid => {}
        }
    }

    /// A customer that a source merely names has a name there, if only its tenant id; any capture of it is newer.
    pub(super) fn name(&mut self, capture: &Capture, customer: usize, name: Option<&str>) {
        let source = capture.source;
        if self.words.iter().any(|w| (w.source, w.customer) == (source, customer)) {
            return;
        }
        let name = name.map_or_else(|| self.customers[customer].tenant.to_string(), str::to_owned);
        let (domains, primary, city) = (BTreeSet::new(), None, None);
        self.words.push(Word { source, customer, name, primary, domains, city, city_as_of: 0, as_of: 0 });
    }

    fn end_unlisted(&mut self, capture: &Capture) {
        for customer in 0..self.customers.len() {
            if capture.customers.iter().all(|said| said.customer != customer) {
                self.end_relations(capture.source, customer, None, capture.as_of);
            }
        }
    }

    /// A new link needs a live partnership; one that exists outlives it.
    fn indirect(&mut self, capture: &Capture, said: &SaidIndirect) {
        let (source, other, as_of) = (capture.source, said.other, capture.as_of);
        let (provider, reseller) = if said.other_is_provider { (other, source) } else { (source, other) };
        let what = What::Indirect { customer: said.customer, provider, reseller };
        if !said.holds {
            self.end(source, what, as_of);
            return;
        }
        self.name(capture, said.customer, None);
        let partnership = What::Partnership { provider, reseller };
        let said_before = |what: What| self.said.iter().filter(move |s| s.source == source && s.what == what);
        let exists = said_before(what).any(|s| s.span.until > as_of);
        let may_begin = said_before(partnership).any(|s| s.span.holds(as_of));
        if exists || may_begin {
            self.hold(source, what, as_of);
        }
    }

    /// Who bought it, where the body does not say: a provider or direct-bill partner itself; for a reseller the one
    /// provider through which it serves the customer.
    fn seller(&self, capture: &Capture, said: &SaidSubscription) -> Option<usize> {
        let (source, as_of) = (capture.source, capture.as_of);
        if said.seller.is_some() || self.partners[source].kind != "indirect_reseller" {
            return said.seller.or(Some(source));
        }
        let through: BTreeSet<usize> = self
            .said
            .iter()
            .filter(|s| s.source == source && s.span.holds(as_of))
            .filter_map(|s| match s.what {
                What::Indirect { customer, provider, reseller } => {
                    (customer == said.customer && reseller == source).then_some(provider)
                }
                _ => None,
            })
            .collect();
        if through.len() == 1 { through.into_iter().next() } else { None }
    }

    fn subscription(&mut self, capture: &Capture, said: &SaidSubscription) {
        let (source, customer, as_of) = (capture.source, said.customer, capture.as_of);
        self.name(capture, customer, None);
        let place = self
            .subscriptions
            .iter()
            .position(|s| (s.source, s.customer) == (source, customer) && s.external == said.external);
        let known = place.map(|at| self.subscriptions[at].clone());
        if known.as_ref().is_some_and(|known| known.as_of > as_of) {
            return;
        }
        let seller = self.seller(capture, said);
        // A PartnerID names somebody only where the source knows that partner.
        let named = said
            .of_record
            .filter(|partner| self.namings.iter().any(|n| n.source == source && n.partner == *partner));
        let before = |field: &dyn Fn(&Subscription) -> Option<usize>| known.as_ref().and_then(field);
        let told = Subscription {
            id: known.as_ref().map_or(Uuid::nil(), |k| k.id),
            source,
            customer,
            external: said.external.clone(),
            label: said.label.clone(),
            status: said.status,
            seller: seller.or(before(&|k: &Subscription| k.seller)),
            of_record: if said.of_record.is_some() { named } else { before(&|k: &Subscription| k.of_record) },
            support: said.support.or(before(&|k: &Subscription| k.support)).or(seller),
            ends: said.ends.or(known.as_ref().map(|k| k.ends)).unwrap_or(FOREVER),
            renews: said.renews,
            offer: said.offer,
            quantity: said.quantity,
            unit: said.unit.or(known.as_ref().and_then(|k| k.unit)),
            as_of,
        };
        match place {
            Some(at) => self.subscriptions[at] = told,
            None => self.subscriptions.push(told),
        }
    }

    fn relationship(&mut self, capture: &Capture, said: &SaidRelationship) {
        let (source, as_of) = (capture.source, capture.as_of);
        let place = self.relationship_of(source, &said.external);
        let known = place.map(|at| self.relationships[at].clone());
        if known.as_ref().is_some_and(|known| known.as_of > as_of) {
            return;
        }
        if let Some(customer) = said.customer {
            self.name(capture, customer, said.customer_name.as_deref());
        }
        let told = Relationship {
            id: known.as_ref().map_or(Uuid::nil(), |k| k.id),
            source,
            external: said.external.clone(),
            name: said.name.clone(),
            customer: said.customer.or(known.and_then(|k| k.customer)),
            creator: said.creator,
            is_pending: said.is_pending,
            status: said.status,
            activated: said.activated,
            ends: said.ends.unwrap_or(FOREVER),
            roles: said.roles.clone(),
            as_of,
        };
        match place {
            Some(at) => self.relationships[at] = told,
            None => self.relationships.push(told),
        }
    }

    fn relationship_of(&self, source: usize, external: &str) -> Option<usize> {
        self.relationships.iter().position(|r| r.source == source && r.external == external)
    }

    fn assignment(&mut self, capture: &Capture, said: &SaidAssignment) {
        let (source, as_of) = (capture.source, capture.as_of);
        let Some(relationship) = self.relationship_of(source, &said.relationship) else { return };
        let place = self.assignments.iter().position(|a| a.source == source && a.external == said.external);
        let known = place.map(|at| self.assignments[at].clone());
        if known.as_ref().is_some_and(|known| known.as_of > as_of) {
            return;
        }
        let is_over = ["deleting", "deleted", "error"].contains(&said.status);
        let ended = known.as_ref().map_or(as_of, |k| k.span.until.min(as_of));
        let from = known.as_ref().map(|k| k.span.from).or(said.created).unwrap_or(as_of);
        let told = Assignment {
            id: known.map_or(Uuid::nil(), |k| k.id),
            source,
            external: said.external.clone(),
            relationship,
            group: said.group,
            status: said.status,
            span: Span { from, until: if is_over { ended } else { FOREVER } },
            roles: said.roles.clone(),
            as_of,
        };
        match place {
            Some(at) => self.assignments[at] = told,
            None => self.assignments.push(told),
        }
    }
}
