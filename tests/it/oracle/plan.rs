//! Draws what each source says at three times, and what the directory adds. Pure: nothing is written here.

use super::dice::Dice;
use super::facts::{Consent, DAY, Facts, Restriction, Span};
use super::people::{self, FIRST_PLAIN, FOUNDED, NOW, Places, ROLES, SECOND_PLAIN, some_span};
use super::plan_health;
use super::rights::{
    BILLING_ADMINISTRATOR, DIRECTORY_READERS, DIRECTORY_WRITERS, DYNAMICS_ADMINISTRATOR,
    EXCHANGE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR, GLOBAL_READER, HELPDESK_ADMINISTRATOR,
    INTUNE_ADMINISTRATOR, LICENSE_ADMINISTRATOR, MESSAGE_CENTER_READER, PASSWORD_ADMINISTRATOR,
    SERVICE_SUPPORT_ADMINISTRATOR, SHAREPOINT_ADMINISTRATOR, TEAMS_ADMINISTRATOR, USER_ADMINISTRATOR,
};
use super::says::{
    Capture, SaidAssignment, SaidCustomer, SaidIndirect, SaidPartnership, SaidRelationship, SaidSubscription,
    Told,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Days before now of each source's captures.
const ERAS: [i64; 3] = [200, 90, 20];
pub const HOUR: i64 = 3_600_000_000;

/// Whether something holds at each of the three times.
type Pattern = [bool; 3];
const ALWAYS: Pattern = [true; 3];
const PATTERNS: [Pattern; 8] = [
    ALWAYS,
    ALWAYS,
    [false, true, true],
    [true, true, false],
    [true, false, true],
    [false, false, true],
    [true, false, false],
    [false, true, false],
];

/// Each role that opens something, and one that gives nothing beyond presence.
const DELEGABLE: [&str; 16] = [
    GLOBAL_ADMINISTRATOR,
    DIRECTORY_WRITERS,
    GLOBAL_READER,
    DIRECTORY_READERS,
    LICENSE_ADMINISTRATOR,
    USER_ADMINISTRATOR,
    SERVICE_SUPPORT_ADMINISTRATOR,
    HELPDESK_ADMINISTRATOR,
    EXCHANGE_ADMINISTRATOR,
    SHAREPOINT_ADMINISTRATOR,
    TEAMS_ADMINISTRATOR,
    INTUNE_ADMINISTRATOR,
    DYNAMICS_ADMINISTRATOR,
    MESSAGE_CENTER_READER,
    BILLING_ADMINISTRATOR,
    PASSWORD_ADMINISTRATOR,
];

/// A world to be written, in this order.
pub struct Plan {
    /// The directory alone.
    pub facts: Facts,
    pub captures: Vec<Capture>,
    pub consents: Vec<Consent>,
    /// Captures after the consents.
    pub later: Vec<Capture>,
    pub restrictions: Vec<Restriction>,
}

pub fn draw(dice: &mut Dice) -> Plan {
    let (facts, places) = people::draw(dice);
    let mut captures = Vec::new();
    for days in ERAS {
        for source in 0..facts.partners.len() {
            let as_of = NOW - days * DAY + source as i64 * HOUR;
            captures.push(Capture { source, as_of, ..Capture::default() });
        }
    }
    let (consents, later, restrictions) = (Vec::new(), Vec::new(), Vec::new());
    let plan = Plan { facts, captures, consents, later, restrictions };
    let mut draw = Draw { dice, places, plan, ties: Vec::new(), interests: BTreeSet::new(), numbers: 0 };
    draw.ties();
    draw.partnerships();
    draw.subscriptions();
    draw.delegations();
    draw.restrictions();
    draw.stale();
    let Draw { dice, places, mut plan, interests, .. } = draw;
    plan_health::draw(dice, places, &mut plan, &interests);
    plan
}

struct Draw<'a> {
    dice: &'a mut Dice,
    places: Places,
    plan: Plan,
    /// Partners with customers of theirs.
    ties: Vec<(usize, usize)>,
    /// The same, and providers with what resellers serve through them.
    interests: BTreeSet<(usize, usize)>,
    numbers: usize,
}

impl Draw<'_> {
    fn capture(&mut self, era: usize, source: usize) -> &mut Capture {
        let place = era * self.plan.facts.partners.len() + source;
        &mut self.plan.captures[place]
    }

    fn pattern(&mut self) -> Pattern {
        *self.dice.pick(&PATTERNS)
    }

    fn key(&self, partner: usize) -> String {
        format!("{} {partner}", self.plan.facts.partners[partner].kind)
    }

    // ---- customers ----

    /// Two ties are in every world: a reseller's whom a provider sees by consent, and one whose GDAP silences DAP.
    fn ties(&mut self) {
        let customers = self.plan.facts.customers.len();
        let fixed = [(self.places.first_reseller(), 1), (self.places.first_direct(), 2)];
        for (partner, customer) in fixed {
            self.tie(partner, customer, ["reseller"; 3], ALWAYS, ALWAYS);
        }
        for partner in 0..self.plan.facts.partners.len() {
            let mut served: BTreeSet<usize> = (0..customers).filter(|_| self.dice.chance(35)).collect();
            served.insert(self.dice.below(customers));
            for customer in served {
                let is_own_tenant = partner == self.places.both && customer == 0;
                if fixed.contains(&(partner, customer)) || (is_own_tenant && self.dice.chance(50)) {
                    continue;
                }
                let kinds = *self.dice.pick(&[
                    ["reseller"; 3],
                    ["reseller"; 3],
                    ["reseller"; 3],
                    ["reseller"; 3],
                    ["reseller", "reseller", "advisor"],
                    ["advisor", "reseller", "reseller"],
                    ["advisor"; 3],
                    ["syndication"; 3],
                ]);
                let (relation, privilege) = (self.pattern(), self.pattern());
                let never = [false; 3];
                let relation = if self.dice.chance(15) { never } else { relation };
                let privilege = if self.dice.chance(50) { never } else { privilege };
                self.tie(partner, customer, kinds, relation, privilege);
            }
        }
    }

    fn tie(
        &mut self,
        partner: usize,
        customer: usize,
        kinds: [&'static str; 3],
        relation: Pattern,
        dap: Pattern,
    ) {
        self.ties.push((partner, customer));
        self.interests.insert((partner, customer));
        let said = self.said_customer(partner, customer);
        for era in 0..ERAS.len() {
            let was = |pattern: Pattern| era > 0 && pattern[era - 1];
            let told = match (relation[era], was(relation)) {
                (true, _) => Told::Holds(kinds[era]),
                (false, true) => Told::Ended,
                (false, false) => Told::Unsaid,
            };
            let privilege = (dap[era] || was(dap)).then_some(dap[era]);
            if told == Told::Unsaid && privilege.is_none() {
                continue;
            }
            let mut said = SaidCustomer { relation: told, privilege, ..said.clone() };
            if era == 2 && self.dice.chance(20) {
                said.name = format!("Renamed {}", said.name);
            }
            self.capture(era, partner).customers.push(said);
        }
    }

    /// Names repeat within a source, but for case; domains repeat between customers.
    fn said_customer(&mut self, partner: usize, customer: usize) -> SaidCustomer {
        let names = ["Alpine Ski House", "alpine SKI house", "Bellows", "Écoles Ørsted", "Coho Vineyard"];
        let name = format!("{} of {}", self.dice.pick(&names), self.key(partner));
        let primary = match self.dice.below(10) {
            0 => None,
            1 => Some("shared.example".to_owned()),
            2 => Some(format!("c{customer}-{partner}.example")),
            _ => Some(format!("c{customer}.example")),
        };
        let further = [format!("mail{customer}.example"), format!("old{customer}.p{partner}.example")];
        let domains = if self.dice.chance(60) { further.to_vec() } else { Vec::new() };
        let city = self.dice.chance(75).then(|| format!("City {customer} of {partner}"));
        let (relation, privilege) = (Told::Unsaid, None);
        SaidCustomer { customer, name, primary, domains, city, relation, privilege }
    }

    // ---- partnerships and what is served through them ----

    fn partnerships(&mut self) {
        for provider in 0..self.places.providers {
            for reseller in self.places.first_reseller()..self.places.first_direct() {
                let is_fixed = (provider, reseller) == (0, self.places.first_reseller());
                if !is_fixed && self.dice.chance(25) {
                    continue;
                }
                let consents = is_fixed || self.dice.chance(35);
                let mut life = |always: bool| {
                    let lives = [
                        ALWAYS,
                        ALWAYS,
                        ALWAYS,
                        ALWAYS,
                        [true, true, false],
                        [false, true, true],
                        [false; 3],
                    ];
                    if always { ALWAYS } else { *self.dice.pick(&lives) }
                };
                let (by_provider, by_reseller) = (life(is_fixed), life(consents));
                self.partnership(provider, reseller, false, by_provider);
                self.partnership(reseller, provider, true, by_reseller);
                if consents {
                    self.consent(provider, reseller, is_fixed);
                }
                self.links(provider, reseller, consents, is_fixed);
            }
        }
    }

    fn partnership(&mut self, source: usize, other: usize, other_is_provider: bool, life: Pattern) {
        let name = format!(
            "{}{} for {}",
            self.dice.pick(&["", "Aa ", "mm ", "Zz "]),
            self.key(other),
            self.key(source)
        );
        for era in 0..ERAS.len() {
            if life[era] || (era > 0 && life[era - 1]) {
                let (name, is_active) = (name.clone(), life[era]);
                let said = SaidPartnership { other, other_is_provider, name, is_active };
                self.capture(era, source).partnerships.push(said);
            }
        }
    }

    /// A consent outlives later captures of the same partnership.
    fn consent(&mut self, provider: usize, reseller: usize, is_fixed: bool) {
        let span = some_span(self.dice);
        let span = if is_fixed { Span::open(FOUNDED) } else { span };
        self.plan.consents.push(Consent { reseller, provider, span });
        if is_fixed || self.dice.chance(50) {
            let as_of = NOW - 15 * DAY;
            let before = &self.plan.captures[2 * self.plan.facts.partners.len() + reseller].partnerships;
            let partnerships = before.iter().filter(|said| said.other == provider).cloned().collect();
            let again = Capture { source: reseller, as_of, partnerships, ..Capture::default() };
            self.plan.later.push(again);
        }
    }

    /// "The reseller serves this customer through the provider", said by one, the other or both.
    fn links(&mut self, provider: usize, reseller: usize, consents: bool, is_fixed: bool) {
        let served: Vec<usize> = self
            .ties
            .iter()
            .filter(|(partner, _)| *partner == reseller)
            .map(|(_, customer)| *customer)
            .collect();
        for customer in served {
            let is_own_tenant = reseller == self.places.both && customer == 0;
            let is_fixed_customer = reseller == self.places.first_reseller() && customer == 1;
            if is_fixed && is_fixed_customer {
                self.link(provider, reseller, customer, false, ALWAYS);
                continue;
            }
            if is_own_tenant || is_fixed_customer || self.dice.chance(40) {
                continue;
            }
            let (by_provider, by_reseller) = (self.pattern(), self.pattern());
            if self.dice.chance(85) {
                self.link(provider, reseller, customer, false, by_provider);
            }
            if self.dice.chance(if consents { 25 } else { 80 }) {
                self.link(reseller, provider, customer, true, by_reseller);
            }
        }
    }

    fn link(&mut self, source: usize, other: usize, customer: usize, other_is_provider: bool, life: Pattern) {
        self.interests.insert((source, customer));
        for era in 0..ERAS.len() {
            if life[era] || (era > 0 && life[era - 1]) {
                let said = SaidIndirect { customer, other, other_is_provider, holds: life[era] };
                self.capture(era, source).indirect.push(said);
            }
        }
    }

    // ---- subscriptions ----

    /// The same upstream ids in several sources, with parties that each source sees in its own way.
    fn subscriptions(&mut self) {
        for (source, customer) in self.interests.clone() {
            for number in 0..2 {
                if self.dice.chance(40) {
                    continue;
                }
                let said = self.said_subscription(source, customer, number);
                if self.dice.chance(40) {
                    let status = *self.dice.pick(&["active", "suspended", "expired"]);
                    let changed =
                        SaidSubscription { status, renews: !said.renews, seller: None, ..said.clone() };
                    self.capture(2, source).subscriptions.push(changed);
                }
                self.capture(1, source).subscriptions.push(said);
            }
        }
    }

    fn somebody(&mut self, percent: usize) -> Option<usize> {
        let partners = self.plan.facts.partners.len();
        self.dice.chance(percent).then(|| self.dice.below(partners))
    }

    fn said_subscription(&mut self, source: usize, customer: usize, number: usize) -> SaidSubscription {
        let external = format!("sub-{customer}-{number}");
        let seller = match self.dice.below(10) {
            0..3 => None,
            3..5 => Some(source),
            5..8 => Some(self.dice.below(self.places.providers)),
            _ => self.somebody(100),
        };
        SaidSubscription {
            customer,
            label: format!("{external} by {}", self.key(source)),
            external,
            status: self.dice.pick::<&str>(&["active", "suspended"]),
            seller,
            of_record: self.somebody(50),
            support: self.somebody(40),
            ends: *self.dice.pick(&[Some(NOW + 30 * DAY), Some(NOW + 60 * DAY), None]),
            renews: self.dice.chance(50),
            offer: ["Exchange Online (Plan 1)", "Power BI Pro"][number],
            // Each source counts in its own way, so that one sees whose copy was taken.
            quantity: (1 + customer + 20 * source) as i64,
            unit: [None, Some("Licenses"), Some("licenses"), Some("Usage")][(source + customer + number) % 4],
        }
    }

    // ---- delegation ----

    fn delegations(&mut self) {
        self.silencing();
        for partner in 0..self.plan.facts.partners.len() {
            for customer in 0..self.plan.facts.customers.len() {
                let is_tied = self.ties.contains(&(partner, customer));
                if !self.dice.chance(if is_tied { 40 } else { 10 }) {
                    continue;
                }
                for _ in 0..1 + self.dice.below(2) {
                    self.delegation(partner, customer);
                }
            }
        }
    }

    /// A GDAP with a weak role beside the DAP of the fixed tie.
    fn silencing(&mut self) {
        let partner = self.places.first_direct();
        let mut said = self.said_relationship(partner, 2);
        (said.status, said.customer, said.is_pending) = ("active", Some(2), false);
        (said.activated, said.ends) = (Some(NOW - 50 * DAY), Some(NOW + 200 * DAY));
        said.roles = vec![DIRECTORY_READERS];
        let group = self.group(partner, FIRST_PLAIN);
        let mut assigned = self.said_assignment(&said.external, group);
        (assigned.status, assigned.created) = ("active", None);
        self.capture(2, partner).relationships.push(said);
        self.capture(2, partner).assignments.push(assigned);
    }

    fn number(&mut self, what: &str) -> String {
        self.numbers += 1;
        format!("{what}-{:03}", self.numbers)
    }

    /// The object id of one of a partner's groups.
    fn group(&self, partner: usize, place: usize) -> Uuid {
        let tenant = self.plan.facts.partners[partner].tenant;
        let groups: Vec<_> = self.plan.facts.groups.iter().filter(|g| g.tenant == tenant).collect();
        groups[place].object
    }

    /// One relationship with its assignments; a later capture may have ended what an earlier one began.
    fn delegation(&mut self, partner: usize, customer: usize) {
        let said = self.said_relationship(partner, customer);
        let is_old = self.dice.chance(30);
        if is_old {
            let (status, is_pending) = ("active", false);
            let (activated, ends) = (Some(NOW - 150 * DAY), Some(NOW + 100 * DAY));
            let before = SaidRelationship {
                status,
                is_pending,
                activated,
                ends,
                customer: Some(customer),
                ..said.clone()
            };
            self.capture(1, partner).relationships.push(before);
        }
        self.capture(2, partner).relationships.push(said.clone());
        for _ in 0..1 + self.dice.below(3) {
            let group = self.some_group(partner);
            let assigned = self.said_assignment(&said.external, group);
            if is_old {
                let before = SaidAssignment { status: "active", ..assigned.clone() };
                self.capture(1, partner).assignments.push(before);
            }
            self.capture(2, partner).assignments.push(assigned);
        }
        if let Some(provider) = said.creator.filter(|creator| *creator != partner && self.dice.chance(50)) {
            self.twin(provider, said);
        }
    }

    /// The capture that a provider has of what it created for a reseller: it grants the provider nothing.
    fn twin(&mut self, provider: usize, said: SaidRelationship) {
        let group = self.group(provider, FIRST_PLAIN);
        let mut assigned = self.said_assignment(&said.external, group);
        assigned.status = "active";
        let name = format!("{} of {}", said.external, self.key(provider));
        let customer_name = Some(format!("Bystander of {}", self.key(provider)));
        let said = SaidRelationship { name, customer_name, ..said };
        self.capture(2, provider).relationships.push(said);
        self.capture(2, provider).assignments.push(assigned);
    }

    fn said_relationship(&mut self, partner: usize, customer: usize) -> SaidRelationship {
        let others = [
            "created",
            "approval_pending",
            "approved",
            "activating",
            "expiring",
            "expired",
            "termination_requested",
            "terminating",
            "terminated",
        ];
        let status = if self.dice.chance(60) { "active" } else { *self.dice.pick(&others) };
        let is_made = !["created", "approval_pending"].contains(&status);
        let activated = NOW - *self.dice.pick(&[150, 50, 5, -2]) * DAY;
        let ends = activated + *self.dice.pick(&[40, 100, 365]) * DAY;
        let creator = match self.plan.facts.partners[partner].kind {
            "indirect_reseller" if self.dice.chance(30) => Some(self.dice.below(self.places.providers)),
            "indirect_provider" if self.dice.chance(20) => Some(partner),
            _ => None,
        };
        let external = self.number("relationship");
        SaidRelationship {
            name: format!("{external} of {}", self.key(partner)),
            external,
            customer: Some(customer).filter(|_| status != "created" || self.dice.chance(60)),
            customer_name: Some(format!("Delegated to {}", self.key(partner))),
            creator,
            is_pending: creator.is_some() && self.dice.chance(30),
            status,
            activated: is_made.then_some(activated),
            ends: is_made.then_some(ends),
            roles: self.dice.some(&DELEGABLE, 25),
        }
    }

    fn some_group(&mut self, partner: usize) -> Uuid {
        let elsewhere = (partner + 1) % self.plan.facts.partners.len();
        let (whose, place) = match self.dice.below(20) {
            0..9 => (partner, FIRST_PLAIN),
            9..14 => (partner, SECOND_PLAIN),
            14..18 => (partner, self.dice.below(ROLES.len())),
            // Another tenant's group, by mistake or malice.
            _ => (elsewhere, FIRST_PLAIN),
        };
        self.group(whose, place)
    }

    fn said_assignment(&mut self, relationship: &str, group: Uuid) -> SaidAssignment {
        let others = ["pending", "deleting", "deleted", "error"];
        SaidAssignment {
            external: self.number("assignment"),
            relationship: relationship.to_owned(),
            group,
            status: if self.dice.chance(60) { "active" } else { self.dice.pick::<&str>(&others) },
            created: *self.dice.pick(&[None, Some(NOW - 30 * DAY), Some(NOW + 2 * DAY)]),
            roles: self.dice.some(&DELEGABLE, 50),
        }
    }

    // ---- restrictions, and what comes late ----

    fn restrictions(&mut self) {
        for _ in 0..5 {
            let (partner, customer) = *self.dice.pick(&self.ties);
            let tenant = self.plan.facts.partners[partner].tenant;
            let groups = self.plan.facts.groups.iter().enumerate().filter(|(_, g)| g.tenant == tenant);
            let groups: Vec<usize> = groups.map(|(place, _)| place).collect();
            let group = *self.dice.pick(&groups);
            let name = *self.dice.pick(&["no_access", "no_access", "no_commerce", "no_profile"]);
            let span = some_span(self.dice);
            self.plan.restrictions.push(Restriction { group, customer, name, span });
        }
    }

    /// Captures that are brought in long after they were taken: they revive nothing and rename nobody.
    fn stale(&mut self) {
        let as_of = NOW - 150 * DAY;
        for _ in 0..2 {
            let (source, customer) = *self.dice.pick(&self.ties);
            let mut said = self.said_customer(source, customer);
            (said.relation, said.privilege) = (Told::Holds("reseller"), Some(true));
            said.name = "A stale name".into();
            let customers = vec![said];
            self.plan.later.push(Capture { source, as_of, customers, ..Capture::default() });
        }
        let links: Vec<(usize, SaidIndirect)> = self
            .plan
            .captures
            .iter()
            .flat_map(|c| c.indirect.iter().map(move |said| (c.source, said.clone())))
            .filter(|(_, said)| !said.holds)
            .take(2)
            .collect();
        for (source, said) in links {
            let indirect = vec![SaidIndirect { holds: true, ..said }];
            self.plan.later.push(Capture { source, as_of, indirect, ..Capture::default() });
        }
    }
}
