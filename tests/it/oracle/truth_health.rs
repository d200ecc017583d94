//! The oracle on service health: what a reader may see of statuses, incidents, their impact and messages at a moment. A
//! row of a source counts where the right is held on its customer and that source; of several words the newest counts.
//! As naive as `truth`, on which it builds.

use super::facts::{Facts, Subscription, What};
use super::facts_health::{
    IncidentCopy, Link, Look, Message, Post, Request, STALE_AFTER, Service, Status, brought_by,
};
use super::rights::Right;
use super::truth::{View, fold};
use super::truth_support::{Desk, Shown};
use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What one reader may see of service health.
pub struct Sight<'a> {
    view: &'a View<'a>,
    facts: &'a Facts,
    sold: OnceCell<Vec<&'a Subscription>>,
}

/// A customer whom an incident affects.
pub struct Affected {
    pub customer: usize,
    pub since: i64,
    name: String,
}

/// A service of a customer.
pub struct Served<'a> {
    pub service: Service,
    pub status: Option<&'a Status>,
    /// How far one can rely on it.
    pub state: &'static str,
}

impl<'a> Sight<'a> {
    pub fn of(view: &'a View<'a>) -> Self {
        Sight { view, facts: view.facts, sold: OnceCell::new() }
    }

    /// Whether service health may be read on a customer, on the rows of one source.
    fn reads(&self, customer: usize, source: usize) -> bool {
        self.view.may(Right::Health, customer, source)
    }

    /// Whether it may be read on the rows of any source.
    pub fn reads_some(&self, customer: usize) -> bool {
        (0..self.facts.partners.len()).any(|source| self.reads(customer, source))
    }

    // ---- incidents ----

    /// The words of sources, readable ones, that an incident affects customers.
    fn links(&self, incident: usize) -> Vec<&'a Link> {
        let all = self.facts.health.links.iter().filter(|link| link.incident == incident);
        all.filter(|link| self.reads(link.customer, link.source)).collect()
    }

    /// What orders the copies of an incident: the newest first; of equal versions the first seen; then by source.
    fn age(&self, copy: &IncidentCopy) -> (Reverse<i64>, i64, Uuid) {
        (Reverse(copy.version), copy.seen, self.facts.partners[copy.source].id)
    }

    /// The newest copy of an incident, whoever may read it.
    pub fn newest(&self, incident: usize) -> Option<&'a IncidentCopy> {
        let copies = self.facts.health.copies.iter().filter(|copy| copy.incident == incident);
        copies.min_by_key(|copy| self.age(copy))
    }

    /// The newest copy that the reader may read, over all customers that it affects.
    pub fn copy(&self, incident: usize) -> Option<&'a IncidentCopy> {
        let sources: BTreeSet<usize> = self.links(incident).iter().map(|link| link.source).collect();
        let copies = self.facts.health.copies.iter().filter(|copy| copy.incident == incident);
        copies.filter(|copy| sources.contains(&copy.source)).min_by_key(|copy| self.age(copy))
    }

    /// The list of incidents: the latest start first, then the greater id.
    pub fn incidents(&self) -> Vec<&'a IncidentCopy> {
        let incidents = &self.facts.health.incidents;
        let mut shown: Vec<_> = (0..incidents.len()).filter_map(|incident| self.copy(incident)).collect();
        shown.sort_by_key(|copy| Reverse((copy.body.starts, incidents[copy.incident].id)));
        shown
    }

    /// Those that affect a customer, by a word that the reader may read there.
    pub fn incidents_of(&self, customer: usize) -> Vec<&'a IncidentCopy> {
        let affects = |incident: usize| self.links(incident).iter().any(|link| link.customer == customer);
        self.incidents().into_iter().filter(|copy| affects(copy.incident)).collect()
    }

    /// What the copy's source has of its publications, the newest first.
    pub fn posts(&self, copy: &IncidentCopy) -> Vec<&'a Post> {
        let all = self.facts.health.posts.iter();
        let mut own: Vec<_> =
            all.filter(|p| (p.source, p.incident) == (copy.source, copy.incident)).collect();
        own.sort_by_key(|post| Reverse(post.at));
        own
    }

    // ---- impact ----

    /// Words on customers that may be read besides.
    fn reaching(&self, incident: usize) -> Vec<&'a Link> {
        let links = self.links(incident).into_iter();
        links.filter(|link| self.view.may(Right::Read, link.customer, link.source)).collect()
    }

    /// The customers whom an incident affects, by the first of the names under which readable sources know them.
    pub fn affected(&self, incident: usize) -> Vec<Affected> {
        let mut all: BTreeMap<usize, Affected> = BTreeMap::new();
        for link in self.reaching(incident) {
            let (customer, source, since) = (link.customer, link.source, link.since);
            let mut words = self.facts.words.iter();
            let word = words.find(|word| (word.customer, word.source) == (customer, source));
            let name = word.map(|word| fold(&word.name)).unwrap_or_default();
            let known = all.entry(customer).or_insert(Affected { customer, since, name: name.clone() });
            known.since = known.since.min(since);
            if name < known.name {
                known.name = name;
            }
        }
        let mut all: Vec<Affected> = all.into_values().collect();
        all.sort_by_key(|affected| (affected.name.clone(), self.facts.customers[affected.customer].id));
        all
    }

    /// Who serves the customer, on the rows of a source: that source; on one's own partner's rows the resellers that it
    /// says it serves the customer through, else itself.
    fn resellers(&self, customer: usize, source: usize) -> BTreeSet<usize> {
        let through = |what: What| match what {
            What::Indirect { customer: c, provider, reseller } => {
                (c == customer && provider == source).then_some(reseller)
            }
            _ => None,
        };
        let own = self.facts.said.iter().filter(|s| s.source == source && s.span.holds(self.view.at));
        let mut named: BTreeSet<usize> = own.filter_map(|said| through(said.what)).collect();
        if self.view.partner != Some(source) {
            named.clear();
        }
        if named.is_empty() {
            named.insert(source);
        }
        named
    }

    /// The affected customers by reseller, most customers first.
    pub fn shares(&self, incident: usize) -> Vec<(usize, BTreeSet<usize>)> {
        let mut shares: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for link in self.reaching(incident) {
            for reseller in self.resellers(link.customer, link.source) {
                shares.entry(reseller).or_default().insert(link.customer);
            }
        }
        let mut shares: Vec<(usize, BTreeSet<usize>)> = shares.into_iter().collect();
        shares.sort_by_key(|(reseller, of)| (Reverse(of.len()), self.facts.partners[*reseller].id));
        shares
    }

    /// Licences that bring a service to a customer: of active subscriptions, each as the reader sees it.
    pub fn seats(&self, customer: usize, service: Service) -> i64 {
        let sold = self.sold.get_or_init(|| self.view.subscriptions());
        let counts = |s: &Subscription| {
            let is_licence = s.unit.is_none_or(|unit| unit.eq_ignore_ascii_case("licenses"));
            s.customer == customer && s.status == "active" && is_licence
        };
        let bringing = sold.iter().filter(|s| counts(s) && brought_by(s.offer).contains(&service));
        bringing.map(|s| s.quantity).sum()
    }

    /// Numbers of a customer's requests on a service that are open with the vendor, by some word that the reader may read.
    pub fn open_with_vendor(&self, customer: usize, service: Service) -> BTreeSet<&'a str> {
        let is_open = |r: &Request| ["open", "attention_needed"].contains(&r.status);
        let all = self.facts.health.requests.iter();
        let open = all.filter(|r| r.customer == customer && r.service == Some(service) && is_open(r));
        let open = open.filter(|r| self.view.may(Right::Support, r.customer, r.source));
        open.map(|r| r.external.as_str()).collect()
    }

    /// Those of the reader's own desk.
    pub fn own_open(&self, customer: usize, service: Service) -> Vec<Shown<'a>> {
        let all = self.facts.support.cases.iter();
        let own = all.filter(|case| (case.customer, case.service) == (customer, Some(service)));
        let shown = own.filter_map(|case| Desk::of(self.view).shown(case));
        shown.filter(|shown| shown.face.is_open).collect()
    }

    /// How many requests of a customer on a service are open: with the vendor, and those of the reader's own desk, but for
    /// what its own party filed under a number that is counted already.
    pub fn open_requests(&self, customer: usize, service: Service) -> usize {
        let with_vendor = self.open_with_vendor(customer, service);
        let own = self.own_open(customer, service).into_iter();
        with_vendor.len() + own.filter(|own| !own.case.is_filed_as(own.party, &with_vendor)).count()
    }

    // ---- a customer's services and messages ----

    /// By name: those that visible subscriptions bring, and those on whose status somebody readable speaks.
    pub fn services(&self, customer: usize) -> Vec<Served<'a>> {
        let sold = self.facts.subscriptions.iter().filter(|s| s.customer == customer);
        let live = sold.filter(|s| ["active", "suspended"].contains(&s.status) && self.view.may_see(s));
        let mut all: BTreeSet<Service> = live.flat_map(|s| brought_by(s.offer)).copied().collect();
        let words = self.facts.health.statuses.iter();
        let words: Vec<&Status> =
            words.filter(|w| w.customer == customer && self.reads(customer, w.source)).collect();
        all.extend(words.iter().map(|word| word.service));
        let served = |service: Service| {
            let own = words.iter().copied().filter(|word| word.service == service);
            let status = own.max_by_key(|word| (word.as_of, self.facts.partners[word.source].id));
            let state = self.state(customer, status.map(|word| (word.source, word.as_of)));
            Served { service, status, state }
        };
        let mut all: Vec<Served<'a>> = all.into_iter().map(served).collect();
        all.sort_by_key(|served| served.service.name());
        all
    }

    /// How far one can rely on what a source said of a customer's health at some time, or on nobody having spoken.
    fn state(&self, customer: usize, said: Option<(usize, i64)>) -> &'static str {
        if !self.reads_some(customer) {
            return "NO_DELEGATION";
        }
        let mut looks = self.looks(customer).into_iter();
        let (latest, as_of) = match said {
            Some((source, as_of)) => (looks.find(|look| look.source == source), as_of),
            None => (looks.max_by_key(|look| (look.at, self.facts.partners[look.source].id)), 0),
        };
        match latest.filter(|look| look.at > as_of).map(|look| look.outcome) {
            Some("throttled") => "THROTTLED",
            Some("no_delegation") => "NO_DELEGATION",
            _ if as_of == 0 => "UNKNOWN",
            _ if self.view.at - as_of > STALE_AFTER => "STALE",
            _ => "FRESH",
        }
    }

    fn looks(&self, customer: usize) -> Vec<&'a Look> {
        let all = self.facts.health.looks.iter().filter(|look| look.customer == customer);
        all.filter(|look| self.reads(customer, look.source)).collect()
    }

    /// How far one can rely on a customer having no other incidents: by the source that saw its health last.
    pub fn incidents_state(&self, customer: usize) -> &'static str {
        let looks = self.looks(customer).into_iter().filter(|look| look.seen.is_some());
        let last = looks.max_by_key(|look| (look.seen, self.facts.partners[look.source].id));
        self.state(customer, last.and_then(|look| Some((look.source, look.seen?))))
    }

    /// The messages to a customer: the newest version of each, the newest first.
    pub fn messages(&self, customer: usize) -> Vec<&'a Message> {
        let sent = self.facts.health.sent.iter().filter(|sent| sent.customer == customer);
        let sent = sent.filter(|sent| self.view.may(Right::Messages, customer, sent.source));
        let mut newest: BTreeMap<&str, &Message> = BTreeMap::new();
        let age = |message: &Message| (Reverse(message.version), self.facts.partners[message.source].id);
        for sent in sent {
            let mut all = self.facts.health.messages.iter();
            let own = all.find(|m| m.source == sent.source && m.external == sent.external);
            if let Some(message) = own {
                let known = newest.entry(&message.external).or_insert(message);
                if age(message) < age(known) {
                    *known = message;
                }
            }
        }
        let mut all: Vec<&Message> = newest.into_values().collect();
        all.sort_by_key(|message| Reverse((message.version, message.external.clone())));
        all
    }
}
