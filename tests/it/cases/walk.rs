//! Random operations by random parties on a clock that moves. After each, what everybody sees is what the model says, and
//! every refusal bears the code that it must.

use super::desk::{CUSTOMER, Desk, MINUTE};
use super::dice::Dice;
use super::model::{ACTORS, Actor, Face, Org, Rank, Request, Seen};
use super::moves::{Book, Move};
use entity::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SEVERITIES: [&str; 3] = ["CRITICAL", "MODERATE", "MINIMAL"];
const SELLERS: [Org; 5] = [Org::Tailspin, Org::Fabrikam, Org::Wingtip, Org::Northwind, Org::Litware];
/// Minutes that pass at once.
const STEPS: [i64; 9] = [1, 7, 30, 45, 120, 300, 500, 1300, 4000];
/// Most requests of a world.
const MOST: usize = 7;

/// A walk under way.
struct Walk {
    desk: Desk,
    book: Book,
    dice: Dice,
    seed: u64,
    since: Timestamp,
    words: usize,
    trace: Vec<String>,
    /// What each account saw last: the version of each request, and its face.
    last: BTreeMap<(&'static str, String), (i64, Face)>,
    accounts: BTreeMap<&'static str, String>,
    partners: BTreeMap<Org, String>,
    subscriptions: BTreeMap<Org, String>,
}

impl Walk {
    async fn begin(seed: u64, since: Timestamp) -> Self {
        let desk = Desk::arranged().await;
        desk.test.set_clock(since);
        let (mut accounts, mut partners) = (BTreeMap::new(), BTreeMap::new());
        for actor in &ACTORS {
            accounts.insert(actor.account, desk.account(actor.account).await);
        }
        for org in [Org::Tailspin, Org::Fabrikam, Org::Wingtip, Org::Northwind, Org::Litware, Org::Lamna] {
            partners.insert(org, desk.partner(org).await);
        }
        let mut subscriptions = BTreeMap::new();
        for provider in [Org::Northwind, Org::Litware] {
            subscriptions.insert(provider, desk.subscription(provider).await);
        }
        let (book, dice) = (Book::default(), Dice::new(seed));
        let (trace, last, words) = (Vec::new(), BTreeMap::new(), 0);
        Walk { desk, book, dice, seed, since, words, trace, last, accounts, partners, subscriptions }
    }

    fn told(&self) -> String {
        format!("seed {} from {}:\n  {}", self.seed, self.since.0, self.trace.join("\n  "))
    }

    /// Words that occur once.
    fn say(&mut self, what: &str) -> String {
        self.words += 1;
        format!("{what} {} <b>&amp;", self.words)
    }

    async fn go(&mut self, steps: usize) {
        for step in 0..steps {
            let touched = match self.dice.below(100) {
                0..20 => self.pass().await,
                _ if self.book.requests.len() < 2 => self.raise().await,
                20..26 if self.book.requests.len() < MOST => self.raise().await,
                _ => self.act().await,
            };
            let is_whole = step % 10 == 9 || step + 1 == steps;
            self.compare(touched, is_whole).await;
        }
    }

    async fn pass(&mut self) -> Option<usize> {
        let minutes = *self.dice.pick(&STEPS);
        self.desk.pass(minutes).await;
        let now = self.desk.now();
        self.book.tick(now);
        self.trace.push(format!("{minutes} minutes pass: {now}"));
        None
    }

    /// Mostly somebody who may, else anybody.
    fn somebody(&mut self, request: &Request) -> Actor {
        if self.dice.chance(20) {
            return *self.dice.pick(&ACTORS);
        }
        let present = request.present();
        let may = |actor: &&Actor| actor.rank == Rank::Agent && present.contains(&actor.org);
        let those: Vec<Actor> = ACTORS.iter().filter(may).copied().collect();
        *self.dice.pick(&those)
    }

    async fn raise(&mut self) -> Option<usize> {
        let actor = *self.dice.pick(&ACTORS);
        let named = match actor.org {
            Org::Customer => {
                *self.dice.pick(&[Org::Tailspin, Org::Tailspin, Org::Wingtip, Org::Fabrikam, Org::Lamna])
            }
            own if own.is_seller() && !self.dice.chance(10) => own,
            _ => *self.dice.pick(&SELLERS),
        };
        let severity = *self.dice.pick(&SEVERITIES);
        let title = self.say("An invoice");
        let mut input = json!({ "customerId": self.desk.customer(CUSTOMER).await, "partnerId": self.partners[&named],
            "kind": "BILLING", "severity": severity, "title": title, "description": "It is wrong." });
        let has_contact = actor.org != Org::Customer && self.dice.chance(70);
        if has_contact {
            input["contact"] = json!({ "name": "Desk", "email": "desk@first.example" });
        }
        let sellers = [None, Some(Org::Northwind), Some(Org::Litware)];
        let seller = *self.dice.pick(&sellers);
        let seller = seller.filter(|_| ["helpdesk@tailspin", "admin@tailspin"].contains(&actor.account));
        if let Some(seller) = seller {
            input["subscriptionId"] = json!(self.subscriptions[&seller]);
        }
        self.trace.push(format!("{} raises with {named:?}: {severity}, {seller:?}", actor.account));
        let expected = self.book.judge_raise(&actor, named);
        let answer = self.desk.write(actor.account, "raiseSupportRequest", input).await;
        self.check(&answer.codes(), expected, &answer.0);
        if !expected.is_empty() {
            return None;
        }
        let contact = has_contact.then(|| "desk@first.example".to_owned());
        let request = raised(answer.request(), actor.org, named, severity, seller, contact, self.desk.now());
        self.book.requests.push(request);
        Some(self.book.requests.len() - 1)
    }

    async fn act(&mut self) -> Option<usize> {
        let at = self.dice.below(self.book.requests.len());
        let request = self.book.requests[at].clone();
        let actor = self.somebody(&request);
        let what = self.draw(&request, &actor);
        let is_stale = self.dice.chance(6);
        let (mutation, mut input) = self.input(&request, &what, &actor);
        if what.has_version() {
            let version = self.desk.version(actor.account, &request.id).await;
            input["version"] = json!(if is_stale { version + 3 } else { version });
        }
        let stale = if is_stale { ", of another version" } else { "" };
        self.trace.push(format!("{} on {at} ({}): {what:?}{stale}", actor.account, request.status));
        let expected = self.book.judge(&actor, at, &what, is_stale);
        let answer = self.desk.write(actor.account, mutation, input).await;
        self.check(&answer.codes(), expected, &answer.0);
        if expected == ["CONFLICT"] {
            let shown = answer.version();
            assert_eq!(shown, self.desk.version(actor.account, &request.id).await, "{}", self.told());
        }
        if !expected.is_empty() {
            return None;
        }
        let is_new = matches!(what, Move::Escalate { .. } | Move::Transfer(..));
        let new = is_new.then(|| answer.hop());
        self.book.apply(&actor, at, &what, self.desk.now(), new);
        Some(at)
    }

    fn check(&self, codes: &[&str], expected: &[&str], payload: &Value) {
        let is_right = match (codes, expected) {
            ([], []) => true,
            ([], _) | (_, []) => false,
            (codes, expected) => codes.iter().all(|code| expected.contains(code)),
        };
        assert!(is_right, "expected {expected:?}: {payload:#}\n{}", self.told());
    }

    fn draw(&mut self, request: &Request, actor: &Actor) -> Move {
        let hops = request.hops.len();
        let hop = if hops > 0 && self.dice.chance(75) { hops - 1 } else { self.dice.below(hops.max(1)) };
        if hops > 0 && self.dice.chance(45) {
            return self.draw_of_hop(request, hop);
        }
        if self.dice.chance(50)
            && let Some(onward) = self.draw_onward(request, actor)
        {
            return onward;
        }
        match self.dice.below(26) {
            0 => {
                let severity: &&str = self.dice.pick(&SEVERITIES);
                Move::Severity(severity)
            }
            1 => {
                self.words += 1;
                Move::Contact(format!("desk{}@partner.example", self.words))
            }
            2..5 => Move::Diagnose(self.say("Found")),
            5..12 => self.draw_note(actor),
            12 => Move::Assign(self.dice.chance(50)),
            13 => Move::Wait(self.say("Which invoice?")),
            14 => Move::Resume,
            15..20 => self.draw_escalation(request, actor),
            20 => Move::Resolve(self.say("Corrected")),
            21 => Move::Confirm,
            22 | 23 => Move::Reopen(self.say("Not solved")),
            24 => {
                let kind = *self.dice.pick(&[None, None, Some("SOLVED"), Some("WITHDRAWN")]);
                let text = self.dice.chance(50).then(|| self.say("Closing"));
                Move::Close(kind, text)
            }
            _ => Move::Merge(self.dice.below(self.book.requests.len())),
        }
    }

    /// What brings the case on its way, if this is somebody who can.
    fn draw_onward(&mut self, request: &Request, actor: &Actor) -> Option<Move> {
        let is_named = actor.org == request.named;
        if actor.rank != Rank::Agent || !request.is_open() || !(is_named || request.tier() == Some(actor.org))
        {
            return None;
        }
        if is_named && request.diagnosis.is_none() {
            return Some(Move::Diagnose(self.say("Found")));
        }
        let providers = if is_named { actor.org.providers() } else { &[] };
        let seller = request.seller.filter(|seller| providers.contains(seller));
        let to = seller.or_else(|| (!providers.is_empty()).then(|| *self.dice.pick(providers)));
        if to.is_none() && request.contact.is_none() {
            self.words += 1;
            return is_named.then(|| Move::Contact(format!("desk{}@partner.example", self.words)));
        }
        let vehicle = if to.is_none() { Some("COMMERCIAL") } else { None };
        Some(Move::Escalate { to, vehicle, reason: self.say("Please help") })
    }

    fn draw_note(&mut self, actor: &Actor) -> Move {
        let all = ["ORG", "CHAIN", "VENDOR", "CUSTOMER"];
        let visibility = match actor.org {
            Org::Customer if !self.dice.chance(15) => "CUSTOMER",
            _ => *self.dice.pick(&all),
        };
        let text = self.say(visibility);
        Move::Note(visibility, text)
    }

    fn draw_escalation(&mut self, request: &Request, actor: &Actor) -> Move {
        let reason = self.say("Please help");
        let providers = request.named.providers();
        let is_next_provider = actor.org == request.named && !providers.is_empty();
        let to = match is_next_provider != self.dice.chance(10) {
            true => Some(*self.dice.pick(&[Org::Northwind, Org::Northwind, Org::Litware, Org::Fabrikam])),
            false => None,
        };
        let vehicle = match is_next_provider != self.dice.chance(10) {
            false if self.dice.chance(10) => Some("PREMIER_SUPPORT_FOR_PARTNERS"),
            false => Some("COMMERCIAL"),
            true => None,
        };
        Move::Escalate { to, vehicle, reason }
    }

    fn draw_of_hop(&mut self, request: &Request, hop: usize) -> Move {
        let is_to_vendor = request.hops[hop].to.is_none();
        match (self.dice.below(12), is_to_vendor) {
            (0..4, false) => Move::Accept(hop),
            (4 | 5, false) => Move::Return(hop, self.say("Not ours")),
            (6 | 7, false) => {
                let to = *self.dice.pick(&[Org::Northwind, Org::Litware, Org::Litware, Org::Wingtip]);
                Move::Transfer(hop, to, self.say("Another one, please"))
            }
            (8 | 9, _) => Move::Withdraw(hop, self.say("Never mind")),
            (10, _) | (0..3, true) => {
                self.words += 1;
                Move::VendorRequest(hop, format!("2603{:08}", self.words))
            }
            (_, _) => Move::VendorAnswer(hop, self.say("The vendor says")),
        }
    }

    /// The mutation and its input, but for the version.
    fn input(&self, request: &Request, what: &Move, actor: &Actor) -> (&'static str, Value) {
        let (mutation, mut input) = match what {
            Move::Severity(severity) => ("updateSupportRequest", json!({ "severity": severity })),
            Move::Contact(email) => {
                ("updateSupportRequest", json!({ "contact": { "name": "Desk", "email": email } }))
            }
            Move::Diagnose(text) => ("diagnoseSupportRequest", json!({ "text": text })),
            Move::Note(visibility, text) => {
                ("addSupportNote", json!({ "visibility": visibility, "text": text }))
            }
            Move::Assign(is_own) => {
                let account = is_own.then(|| &self.accounts[actor.account]);
                ("assignSupportRequest", json!({ "accountId": account }))
            }
            Move::Wait(question) => ("waitForCustomer", json!({ "question": question })),
            Move::Resume => ("resumeSupportRequest", json!({})),
            Move::Escalate { to, vehicle, reason } => {
                let to = to.map(|to| &self.partners[&to]);
                let other = "It is about money.";
                let input = json!({ "reason": reason, "partnerId": to, "vehicle": vehicle, "otherThanIncident": other });
                ("escalateSupportRequest", input)
            }
            Move::Resolve(text) => ("resolveSupportRequest", json!({ "kind": "SOLVED", "text": text })),
            Move::Confirm => ("confirmSupportRequest", json!({})),
            Move::Reopen(reason) => ("reopenSupportRequest", json!({ "reason": reason })),
            Move::Close(kind, text) => ("closeSupportRequest", json!({ "kind": kind, "text": text })),
            Move::Merge(into) => ("mergeSupportRequests", json!({ "intoId": self.book.requests[*into].id })),
            _ => return self.input_of_hop(request, what),
        };
        input["supportRequestId"] = json!(request.id);
        (mutation, input)
    }

    fn input_of_hop(&self, request: &Request, what: &Move) -> (&'static str, Value) {
        let (mutation, mut input) = match what {
            Move::Return(_, reason) => ("returnEscalation", json!({ "reason": reason })),
            Move::Transfer(_, to, reason) => {
                ("transferEscalation", json!({ "partnerId": self.partners[to], "reason": reason }))
            }
            Move::Withdraw(_, reason) => ("withdrawEscalation", json!({ "reason": reason })),
            Move::VendorRequest(_, number) => ("recordVendorRequest", json!({ "number": number })),
            Move::VendorAnswer(_, text) => ("recordVendorAnswer", json!({ "text": text })),
            _ => ("acceptEscalation", json!({})),
        };
        input["escalationId"] = json!(what.hop().map(|hop| &request.hops[hop].id));
        (mutation, input)
    }

    /// What everybody sees is what the model says; between whole looks those whom the last step concerned, and some.
    async fn compare(&mut self, touched: Option<usize>, is_whole: bool) {
        let request = touched.map(|at| self.book.requests[at].clone());
        for actor in &ACTORS {
            let takes_part = request.as_ref().is_some_and(|request| request.party(actor.org).is_some());
            let is_concerned = takes_part && actor.rank == Rank::Agent;
            if is_whole || is_concerned && !self.dice.chance(35) || self.dice.chance(8) {
                self.look(actor).await;
            }
        }
    }

    async fn look(&mut self, actor: &'static Actor) {
        let now = self.desk.now();
        let seen = self.desk.seen_by(actor.account, self.since).await;
        let expected: BTreeMap<String, Seen> = self
            .book
            .requests
            .iter()
            .filter(|request| request.reads(actor))
            .filter_map(|request| Some((request.id.clone(), request.seen_by(actor.org, now)?)))
            .collect();
        let place = |id: &String| self.book.requests.iter().position(|request| request.id == *id);
        for (id, (version, seen)) in &seen {
            let at = place(id);
            let whose = format!("{} at {now} on {at:?}", actor.account);
            assert_eq!(Some(seen), expected.get(id), "{whose}:\n{}", self.told());
            if let Some((before, face)) = self.last.get(&(actor.account, id.clone())) {
                assert!(version >= before, "{whose}: version {version} after {before}\n{}", self.told());
                let is_other = Face { is_breached: false, ..seen.face.clone() }
                    != Face { is_breached: false, ..face.clone() };
                assert!(version > before || !is_other, "{whose}: changed at one version\n{}", self.told());
            }
        }
        let missing: Vec<_> = expected.keys().filter(|id| !seen.contains_key(*id)).map(place).collect();
        assert!(missing.is_empty(), "{} misses {missing:?} at {now}:\n{}", actor.account, self.told());
        for (id, (version, seen)) in seen {
            self.last.insert((actor.account, id), (version, seen.face));
        }
    }
}

fn raised(
    id: String,
    by: Org,
    named: Org,
    severity: &'static str,
    seller: Option<Org>,
    contact: Option<String>,
    now: i64,
) -> Request {
    let entry = super::model::Entry {
        kind: "RAISED",
        visibility: None,
        text: None,
        readers: [Org::Customer, named].into(),
        is_of_hop: false,
        is_for_chain: false,
    };
    let contact = contact.filter(|_| by != Org::Customer);
    Request {
        id,
        named,
        severity,
        seller,
        contact,
        diagnosis: None,
        diagnosed: 0,
        status: "NEW",
        due: Some(named.hours().after(now, named.response(severity))),
        promised: Some(named.hours().after(now, named.response(severity))),
        left: None,
        is_breached: false,
        resolution: None,
        merged_into: None,
        owners: BTreeMap::new(),
        hops: Vec::new(),
        entries: vec![entry],
        kept: BTreeMap::new(),
    }
}

async fn walk(seeds: &[u64], since: Timestamp) {
    for seed in seeds {
        let mut walk = Walk::begin(*seed, since).await;
        walk.go(70).await;
        let raised = walk.book.requests.len();
        let hops: usize = walk.book.requests.iter().map(|request| request.hops.len()).sum();
        assert!(
            raised > 1 && hops > 0,
            "the walk came to nothing: {raised} requests, {hops} hops; {}",
            walk.told()
        );
    }
}

/// Thursday 2026-03-26, in the afternoon: Berlin's clocks change on Sunday.
const BEFORE_SUMMER: Timestamp = Timestamp((20_514 + 24) * 86_400 * Timestamp::SECOND + 14 * 60 * MINUTE);

#[tokio::test]
async fn whatever_anybody_does_everybody_sees_what_the_model_says() {
    walk(&[11, 12], crate::harness::NOW).await;
}

#[tokio::test]
async fn the_same_holds_from_other_beginnings() {
    walk(&[21, 22], crate::harness::NOW).await;
}

#[tokio::test]
async fn clocks_keep_time_over_a_weekend_in_which_they_change() {
    walk(&[31, 32], BEFORE_SUMMER).await;
}
