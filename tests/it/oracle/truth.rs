//! The oracle: what a reader may see at a moment, asked of the facts one by one. Written from DOMAIN.md sections 1 to 4,
//! DESIGN.md section 4; `rights` has the sentences of the policy's roles, `truth_health` what is seen of service
//! health, `truth_support` of support requests.
//! Shares no code with the gateway, knows no masks and no SQL, and is as slow as it likes.

use super::facts::{Account, Assignment, Facts, Relationship, Said, Span, Subscription, What, Word};
use super::rights::{ADMIN, AUDITORS, Grounds, HELPDESK, LEADS, OWN_READER, OWNER, Right, SALES};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Who asks.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// None for somebody who is not registered.
    pub account: Option<usize>,
    /// Object ids of the groups that the token narrows to.
    pub narrowed: Option<Vec<Uuid>>,
    /// The token says that it is a guest's.
    pub is_guest: bool,
}

/// What one reader may see at one moment.
pub struct View<'a> {
    pub(super) facts: &'a Facts,
    pub(super) at: i64,
    pub account: Option<&'a Account>,
    /// Live groups of the directory.
    groups: Vec<usize>,
    /// Those that the token leaves.
    counted: Vec<usize>,
    pub partner: Option<usize>,
    pub customer: Option<usize>,
    /// What it holds on each customer and source, once it was asked for.
    known: Vec<OnceCell<Grounds>>,
}

/// As lists order names.
pub fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

fn words_of(text: &str) -> Vec<String> {
    let folded = text.to_lowercase();
    folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

fn any(held: &[&str], wanted: &[&str]) -> bool {
    held.iter().any(|role| wanted.contains(role))
}

impl<'a> View<'a> {
    pub fn of(facts: &'a Facts, at: i64, reader: &Reader) -> Self {
        let place = reader.account.filter(|_| !reader.is_guest);
        let place = place.filter(|a| facts.accounts[*a].kind != "guest" && facts.accounts[*a].span.holds(at));
        let account = place.map(|a| &facts.accounts[a]);
        let live = facts.memberships.iter().filter(|m| Some(m.account) == place && m.span.holds(at));
        let groups: Vec<usize> = live.map(|m| m.group).collect();
        let is_left =
            |group: &usize| reader.narrowed.as_ref().is_none_or(|n| n.contains(&facts.groups[*group].object));
        let counted = groups.iter().copied().filter(is_left).collect();
        let tenant = account.map(|a| a.tenant);
        let partner = facts.partners.iter().position(|p| Some(p.tenant) == tenant);
        let customer = facts.customers.iter().position(|c| Some(c.tenant) == tenant);
        let known = (0..facts.customers.len() * facts.partners.len()).map(|_| OnceCell::new()).collect();
        View { facts, at, account, groups, counted, partner, customer, known }
    }

    /// Whether the token leaves out a live group.
    pub fn is_narrowed(&self) -> bool {
        self.counted.len() < self.groups.len()
    }

    // ---- grounds ----

    /// Roles of the groups that count.
    fn roles(&self) -> Vec<&'static str> {
        let facts = self.facts;
        self.counted.iter().filter_map(|g| facts.groups[*g].role).collect()
    }

    fn says(&self, source: usize, what: What) -> Option<&'a Said> {
        let facts = self.facts;
        facts.said.iter().find(|s| s.source == source && s.what == what && s.span.holds(self.at))
    }

    /// Whether a source has a live reseller relation.
    fn resells(&self, source: usize, customer: usize) -> bool {
        self.says(source, What::Relation { customer, kind: "reseller" }).is_some()
    }

    /// "The reseller serves the customer through the provider": both say it, or the provider says it and the reseller
    /// consents and no longer names another provider; and the reseller's own relation lives.
    pub fn linked(&self, customer: usize, provider: usize, reseller: usize) -> bool {
        let what = What::Indirect { customer, provider, reseller };
        let Some(word) = self.says(provider, what) else { return false };
        let both = self.says(reseller, what).is_some();
        self.resells(reseller, customer) && (both || self.consented(customer, provider, reseller, word.span))
    }

    fn consented(&self, customer: usize, provider: usize, reseller: usize, during: Span) -> bool {
        let is_other = |what: What| match what {
            What::Indirect { customer: c, provider: p, .. } => c == customer && p != provider,
            _ => false,
        };
        let consents = self
            .facts
            .consents
            .iter()
            .any(|c| (c.reseller, c.provider) == (reseller, provider) && c.span.holds(self.at));
        let names_another = self.facts.said.iter().any(|s| {
            s.source == reseller && is_other(s.what) && s.span.meets(during) && s.span.until > self.at
        });
        // A link that began after the reseller's partnership had ended is a new one, which needs it live.
        let partnership = What::Partnership { provider, reseller };
        let of_partnership =
            |s: &Said| s.source == reseller && s.what == partnership && during.from < s.span.until;
        consents && !names_another && self.facts.said.iter().any(of_partnership)
    }

    /// Whether a link rests on the reseller's consent alone.
    pub fn linked_by_consent(&self, customer: usize, provider: usize, reseller: usize) -> bool {
        let what = What::Indirect { customer, provider, reseller };
        self.linked(customer, provider, reseller) && self.says(reseller, what).is_none()
    }

    /// Whether my partner's commerce roles count on these rows: its own over its reseller relation; a provider's over
    /// a link.
    fn sells(&self, customer: usize, source: usize) -> bool {
        match self.partner {
            Some(me) if me == source => self.resells(me, customer),
            Some(me) => self.linked(customer, source, me),
            None => false,
        }
    }

    /// Whether my partner is the provider of a reseller's customer: on its own rows by its own word, on the
    /// reseller's over a link.
    fn provides(&self, customer: usize, source: usize) -> bool {
        let Some(me) = self.partner else { return false };
        if me != source {
            return self.linked(customer, me, source);
        }
        let is_mine = |what: What| match what {
            What::Indirect { customer: c, provider, .. } => c == customer && provider == me,
            _ => false,
        };
        self.facts.said.iter().any(|s| s.source == me && is_mine(s.what) && s.span.holds(self.at))
    }

    /// Live assignments of my partner's GDAP to some of these groups. A provider-created relationship grants only to
    /// the reseller it names.
    fn assigned(&self, customer: usize, source: usize, groups: &[usize]) -> Vec<&'a Assignment> {
        let facts = self.facts;
        let is_mine = |object: Uuid| groups.iter().any(|g| facts.groups[*g].object == object);
        let lives = |r: &Relationship| {
            let began = r.activated.is_some_and(|from| Span { from, until: r.ends }.holds(self.at));
            began && r.status == "active" && !r.is_pending && r.creator != Some(source)
        };
        let all = facts.assignments.iter().filter(|a| a.source == source && self.partner == Some(source));
        all.filter(|a| a.status == "active" && a.span.holds(self.at) && is_mine(a.group))
            .filter(|a| {
                let relationship = &facts.relationships[a.relationship];
                relationship.customer == Some(customer) && lives(relationship)
            })
            .collect()
    }

    /// Roles by GDAP, if there is any: those of the assignment that the relationship carries.
    fn delegated(&self, customer: usize, source: usize) -> Option<Vec<&'static str>> {
        let assigned = self.assigned(customer, source, &self.counted);
        let carried = |a: &&'a Assignment| {
            let carried = &self.facts.relationships[a.relationship].roles;
            a.roles.iter().copied().filter(|role| carried.contains(role)).collect::<Vec<&'static str>>()
        };
        (!assigned.is_empty()).then(|| assigned.iter().flat_map(carried).collect())
    }

    /// DAP that a live reseller relation carries.
    fn privileged(&self, customer: usize, source: usize) -> bool {
        let is_mine = self.partner == Some(source);
        is_mine && self.resells(source, customer) && self.says(source, What::Privilege { customer }).is_some()
    }

    /// GDAP of the same partner silences DAP, whatever the token leaves of it.
    pub fn silenced(&self, customer: usize, source: usize) -> bool {
        self.privileged(customer, source) && !self.assigned(customer, source, &self.groups).is_empty()
    }

    fn is_agent(&self) -> bool {
        self.partner.is_some() && any(&self.roles(), &[ADMIN, HELPDESK, SALES])
    }

    /// Whether the reader holds a role of the customer's own.
    fn is_own_staff(&self, customer: usize) -> bool {
        self.customer == Some(customer) && any(&self.roles(), &[OWNER, OWN_READER])
    }

    pub fn restricted(&self, customer: usize, name: &str) -> bool {
        self.facts.restrictions.iter().any(|r| {
            self.groups.contains(&r.group)
                && (r.customer, r.name) == (customer, name)
                && r.span.holds(self.at)
        })
    }

    /// Whether a case is with my partner: one of the customer that names the source.
    fn is_handed(&self, customer: usize, source: usize) -> bool {
        self.handed(customer, source).any(|span| span.holds(self.at))
    }

    /// When such cases were, or are, with my partner.
    fn handed(&self, customer: usize, source: usize) -> impl Iterator<Item = Span> {
        let facts = self.facts;
        let cases = facts.support.cases.iter();
        let named = cases.filter(move |case| (case.customer, case.partner) == (customer, source));
        let me = self.partner;
        let mine = named.flat_map(|case| &case.hops).filter(move |hop| me.is_some() && hop.to == me);
        mine.map(|hop| hop.span)
    }

    // ---- rights ----

    /// Whether a right is held on a customer as its own staff, on what no source says.
    pub fn may_as_staff(&self, right: Right, customer: usize) -> bool {
        let own = if self.customer == Some(customer) { self.roles() } else { Vec::new() };
        Grounds { restrictions: self.restrictions(customer), own, ..Grounds::default() }.allow(right)
    }

    fn restrictions(&self, customer: usize) -> Vec<&'static str> {
        let names = ["no_access", "no_commerce", "no_profile"];
        names.into_iter().filter(|name| self.restricted(customer, name)).collect()
    }

    /// Whether a right is held on a customer, on the rows of one source.
    pub fn may(&self, right: Right, customer: usize, source: usize) -> bool {
        let place = customer * self.facts.partners.len() + source;
        self.known[place].get_or_init(|| self.grounds(customer, source)).allow(right)
    }

    /// Roles count only over a ground that reaches the customer, on that source's rows.
    fn grounds(&self, customer: usize, source: usize) -> Grounds {
        let roles_if = |reaches: bool| if reaches { self.roles() } else { Vec::new() };
        let is_privileged = self.privileged(customer, source) && !self.silenced(customer, source);
        Grounds {
            restrictions: self.restrictions(customer),
            commerce: roles_if(self.sells(customer, source)),
            downstream: roles_if(self.provides(customer, source)),
            case: roles_if(self.is_handed(customer, source)),
            dap: roles_if(is_privileged),
            gdap: self.delegated(customer, source),
            own: roles_if(self.customer == Some(customer)),
            is_agent: self.is_agent(),
        }
    }

    /// Whether a right is held on one's own partner organisation.
    pub fn may_at_home(&self, right: Right) -> bool {
        let roles = self.roles();
        let is_plain_member = self.counted.iter().any(|g| self.facts.groups[*g].role.is_none());
        let held = match right {
            Right::OwnPartners => is_plain_member || any(&roles, &[ADMIN, HELPDESK, SALES, AUDITORS, LEADS]),
            Right::Delegations => any(&roles, &[ADMIN, HELPDESK, AUDITORS]),
            Right::Assignments => any(&roles, &[ADMIN, AUDITORS]),
            Right::Records | Right::Contracts => any(&roles, &[ADMIN, HELPDESK, AUDITORS, LEADS]),
            Right::Arrangements => any(&roles, &[ADMIN]),
            _ => false,
        };
        self.partner.is_some() && held
    }

    // ---- what is seen ----

    /// One's own rows before others', those in the order of their sources' ids.
    fn place(&self, source: usize) -> (bool, Uuid) {
        (Some(source) != self.partner, self.facts.partners[source].id)
    }

    /// The same, and last the words of partners whose cases one has or had, but for those whom a link ever joined.
    fn rank(&self, customer: usize, source: usize) -> (usize, Uuid) {
        let Some(me) = self.partner.filter(|me| *me != source) else {
            return (0, self.facts.partners[source].id);
        };
        let by_case = self.handed(customer, source).next().is_some();
        let is_late = by_case && !self.was_linked(customer, me, source);
        (if is_late { 2 } else { 1 }, self.facts.partners[source].id)
    }

    /// Whether a link ever held, or will.
    fn was_linked(&self, customer: usize, provider: usize, reseller: usize) -> bool {
        let said = self.facts.said.iter().map(|said| said.span);
        let spans = said.chain(self.facts.consents.iter().map(|consent| consent.span));
        let instants: BTreeSet<i64> = spans.flat_map(|span| [span.from, span.until]).collect();
        let then = |at: i64| View { at, known: Vec::new(), ..self.bare() };
        instants.into_iter().any(|at| then(at).linked(customer, provider, reseller))
    }

    /// The same facts, asked by nobody.
    fn bare(&self) -> View<'a> {
        View::of(self.facts, self.at, &Reader::default())
    }

    /// Under whose word a customer is shown, if it is: one's own, a linked partner's, or to its staff the newest; by the
    /// case that it handed over, that of the partner that the case names.
    pub fn word(&self, customer: usize, right: Right) -> Option<&'a Word> {
        let facts = self.facts;
        let words = || facts.words.iter().filter(move |w| w.customer == customer);
        let newest = words().max_by_key(|w| (w.as_of, facts.partners[w.source].id)).map(|w| w.source);
        let is_offered = |source: usize| {
            let is_newest = self.customer == Some(customer) && newest == Some(source);
            let linked = self.partner.is_some_and(|me| self.linked(customer, me, source));
            let by_case = self.handed(customer, source).next().is_some();
            Some(source) == self.partner || linked || is_newest || by_case
        };
        let mut shown: Vec<&Word> =
            words().filter(|w| is_offered(w.source) && self.may(right, customer, w.source)).collect();
        if shown.len() > 1 {
            shown.sort_by_key(|w| self.rank(customer, w.source));
        }
        shown.first().copied()
    }

    /// The company details under a name: the same source's; to the customer's staff the newest where that one has none.
    pub fn city(&self, word: &Word) -> Option<&'a str> {
        let all = self.facts.words.iter().filter(|w| w.customer == word.customer && w.city.is_some());
        let readable = all.filter(|w| self.may(Right::Profile, w.customer, w.source));
        let counts = readable.filter(|w| w.source == word.source || self.customer == Some(word.customer));
        counts.max_by_key(|w| (w.source == word.source, w.city_as_of)).and_then(|w| w.city.as_deref())
    }

    /// The list of customers: each once, by name.
    pub fn customers(&self) -> Vec<&'a Word> {
        let all = 0..self.facts.customers.len();
        let mut shown: Vec<&Word> = all.filter_map(|customer| self.word(customer, Right::List)).collect();
        shown.sort_by_key(|w| (fold(&w.name), self.facts.customers[w.customer].id));
        shown
    }

    /// A customer by a verified domain: one besides the default needs the profile. A customer's own staff reads what
    /// every source says of it.
    pub fn by_domain(&self, domain: &str) -> Option<&'a Word> {
        let named = |w: &Word| {
            let is_primary = w.primary.as_deref() == Some(domain);
            is_primary || (w.domains.contains(domain) && self.may(Right::Profile, w.customer, w.source))
        };
        let elsewhere =
            |shown: &Word| self.facts.words.iter().any(|w| w.customer == shown.customer && named(w));
        let known = |w: &&Word| named(w) || (self.is_own_staff(w.customer) && elsewhere(w));
        self.customers().into_iter().find(known)
    }

    /// Customers of which each word begins a word of the name or a domain, as far as those may be read.
    pub fn found(&self, search: &str) -> Vec<&'a Word> {
        let finds = |w: &&Word| {
            let mut open = words_of(&w.name);
            open.extend(words_of(w.primary.as_deref().unwrap_or_default()));
            if self.may(Right::Profile, w.customer, w.source) {
                open.extend(w.domains.iter().flat_map(|domain| words_of(domain)));
            }
            words_of(search).iter().all(|wanted| open.iter().any(|word| word.starts_with(wanted)))
        };
        self.customers().into_iter().filter(finds).collect()
    }

    /// Whether this copy may be read: it names my partner, or all of the tenant's may.
    pub fn may_see(&self, copy: &Subscription) -> bool {
        let parties = [copy.seller, copy.of_record, copy.support];
        let names_me = self.partner.is_some() && parties.contains(&self.partner);
        let may = |right| self.may(right, copy.customer, copy.source);
        (names_me && may(Right::Subscriptions)) || may(Right::TenantSubscriptions)
    }

    /// The list of subscriptions: one copy of each, in an order that tells nothing.
    pub fn subscriptions(&self) -> Vec<&'a Subscription> {
        let facts = self.facts;
        let seen: Vec<&Subscription> = facts.subscriptions.iter().filter(|s| self.may_see(s)).collect();
        let is_best = |s: &&Subscription| {
            let mut copies = seen.iter().filter(|c| (c.customer, &c.external) == (s.customer, &s.external));
            copies.all(|copy| self.place(s.source) <= self.place(copy.source))
        };
        let mut shown: Vec<&Subscription> = seen.iter().copied().filter(is_best).collect();
        shown.sort_by_key(|s| s.id);
        shown
    }

    /// Whether commerce details may be read: the right, and my partner sold it or is its partner of record.
    pub fn may_price(&self, copy: &Subscription) -> bool {
        let is_party = self.partner.is_some() && [copy.seller, copy.of_record].contains(&self.partner);
        is_party && self.may(Right::Commerce, copy.customer, copy.source)
    }

    fn may_see_relationship(&self, relationship: &Relationship) -> bool {
        let (source, customer) = (relationship.source, relationship.customer);
        let is_mine = self.partner == Some(source);
        let restricted = customer.is_some_and(|c| self.restricted(c, "no_access"));
        let is_of_my_tenant = customer.is_some() && customer == self.customer;
        let by_ground = customer.is_some_and(|c| self.may(Right::Delegations, c, source));
        let by_organization = is_mine && self.may_at_home(Right::Delegations) && !restricted;
        by_organization || ((is_mine || is_of_my_tenant) && by_ground)
    }

    /// The list of relationships, by their end.
    pub fn relationships(&self) -> Vec<&'a Relationship> {
        let all = self.facts.relationships.iter();
        let mut seen: Vec<&Relationship> = all.filter(|r| self.may_see_relationship(r)).collect();
        seen.sort_by_key(|r| (r.ends, r.id));
        seen
    }

    pub fn may_see_assignments(&self, source: usize) -> bool {
        self.partner == Some(source) && self.may_at_home(Right::Assignments)
    }

    /// What a source calls a partner.
    fn named(&self, source: usize, partner: usize) -> Option<&'a str> {
        let facts = self.facts;
        let naming = facts.namings.iter().find(|n| (n.source, n.partner) == (source, partner));
        naming.map(|n| n.name.as_str())
    }

    /// Partners that a source says stand in a relation to a customer now.
    fn related(&self, customer: usize, source: usize) -> BTreeSet<usize> {
        let said = self.facts.said.iter().filter(|s| s.source == source && s.span.holds(self.at));
        let party = |s: &Said| match s.what {
            What::Relation { customer: c, kind: "reseller" | "advisor" } => (c == customer).then_some(source),
            What::Indirect { customer: c, provider, reseller } => {
                (c == customer).then_some(if source == provider { reseller } else { provider })
            }
            _ => None,
        };
        let mut all: BTreeSet<usize> = said.filter_map(party).collect();
        let delegates = |r: &Relationship| {
            let lives = r.activated.is_some_and(|from| Span { from, until: r.ends }.holds(self.at));
            let grants = r.status == "active" && !r.is_pending && r.creator != Some(source);
            lives && grants && (r.source, r.customer) == (source, Some(customer))
        };
        if self.facts.relationships.iter().any(delegates) {
            all.insert(source);
        }
        all
    }

    /// Partners of a customer, each with what it is called: by one's own source's word; to its own staff each
    /// partner's word of itself. Where two words name one, the one that comes first.
    pub fn parties(&self, customer: usize) -> Vec<(usize, &'a str)> {
        let mut names: BTreeMap<usize, &'a str> = BTreeMap::new();
        for source in 0..self.facts.partners.len() {
            let speaks = Some(source) == self.partner || self.is_own_staff(customer);
            if !speaks || !self.may(Right::Partners, customer, source) {
                continue;
            }
            for partner in self.related(customer, source) {
                let counts = Some(source) == self.partner || partner == source;
                if let (true, Some(name)) = (counts, self.named(source, partner)) {
                    let known = names.entry(partner).or_insert(name);
                    if fold(name) < fold(known) {
                        *known = name;
                    }
                }
            }
        }
        self.by_name(names)
    }

    /// The list of partners: one's own organisation and those its own data names, as it names them; for a customer's
    /// staff those that say they serve it.
    pub fn partners(&self) -> Vec<(usize, &'a str)> {
        let mut names: BTreeMap<usize, &'a str> = BTreeMap::new();
        for partner in 0..self.facts.partners.len() {
            let own = self.partner.filter(|_| self.may_at_home(Right::OwnPartners));
            let own = own.and_then(|me| self.named(me, partner));
            let by_itself = self.customer.is_some_and(|customer| {
                let speaks = self.related(customer, partner).contains(&partner);
                speaks && self.is_own_staff(customer) && self.may(Right::Partners, customer, partner)
            });
            let itself = self.named(partner, partner).filter(|_| by_itself);
            names.extend(own.or(itself).map(|name| (partner, name)));
        }
        self.by_name(names)
    }

    fn by_name(&self, names: BTreeMap<usize, &'a str>) -> Vec<(usize, &'a str)> {
        let mut all: Vec<(usize, &'a str)> = names.into_iter().collect();
        all.sort_by_key(|(partner, name)| (fold(name), self.facts.partners[*partner].id));
        all
    }

    pub fn knows(&self, partner: usize) -> bool {
        self.partners().iter().any(|(known, _)| *known == partner)
    }

    /// Those of the reader's customers that a partner serves, by the word that counts for the reader.
    pub fn customers_of(&self, partner: usize) -> Vec<&'a Word> {
        let serves = |w: &&Word| {
            let own = self.partner.is_some_and(|me| self.related(w.customer, me).contains(&partner));
            let itself =
                self.is_own_staff(w.customer) && self.related(w.customer, partner).contains(&partner);
            own || itself
        };
        self.customers().into_iter().filter(serves).collect()
    }
}
