//! Draws what each source says of service health: one incident by several sources, each in its own words, with versions
//! that lag, links by strangers, captures that come in late or in the wrong order, incidents that nobody may read.
//!
//! Equal versions of one source always say the same, and one source says one thing of one service at one moment: which
//! of two such words counts is not decided here.

use super::dice::Dice;
use super::facts::DAY;
use super::facts_health::{Body, Incident, Service};
use super::people::{NOW, Places};
use super::plan::{HOUR, Plan};
use super::says::Capture;
use super::says_health::{SaidHealth, SaidIncident, SaidLook, SaidMessage, SaidRequest, SaidStatus};
use std::collections::BTreeSet;

/// Days before now of each source's captures: the first are its usual ones; two more follow, in any order; the last is
/// brought in after all others.
const TIMES: [i64; 4] = [20, 6, 1, 60];
/// Its place.
const LATE: usize = 3;
/// Days before now at which an incident began that is first seen at each of the three times.
const STARTS: [i64; 3] = [25, 10, 2];
/// Hours before now of looks that see nothing: between the last two captures, and after them.
const LOOKS: [i64; 2] = [72, 12];

/// Adds to a plan what sources say of the customers in which they take an interest.
pub fn draw(dice: &mut Dice, places: Places, plan: &mut Plan, interests: &BTreeSet<(usize, usize)>) {
    let keys: Vec<String> = (0..).zip(&plan.facts.partners).map(|(place, p)| key(p.kind, place)).collect();
    let none = || vec![SaidHealth::default(); keys.len()];
    let said = TIMES.map(|_| none());
    let looks = LOOKS.map(|_| none());
    let mut draw = Draw { dice, places, interests, keys, incidents: Vec::new(), said, looks };
    draw.incidents(plan.facts.customers.len());
    draw.statuses();
    draw.looks();
    draw.messages();
    draw.requests();
    let Draw { incidents, said, looks, .. } = draw;
    plan.facts.health.incidents = incidents;
    write(plan, said, looks);
}

fn key(kind: &str, place: usize) -> String {
    format!("{kind} {place}")
}

/// Puts everything into captures. Two sources share each moment, so that equal times meet.
fn write(plan: &mut Plan, said: [Vec<SaidHealth>; 4], looks: [Vec<SaidHealth>; 2]) {
    let partners = plan.facts.partners.len();
    let capture = |source: usize, hours: i64, health: SaidHealth| {
        let as_of = NOW + (source as i64 / 2 - hours) * HOUR;
        Capture { source, as_of, health, ..Capture::default() }
    };
    let [usual, second, third, late] = said;
    for (source, health) in usual.into_iter().enumerate() {
        plan.captures[2 * partners + source].health = health;
    }
    for (source, (second, third)) in second.into_iter().zip(third).enumerate() {
        let second = capture(source, TIMES[1] * 24, second);
        let third = capture(source, TIMES[2] * 24, third);
        let both = if source % 2 == 0 { [second, third] } else { [third, second] };
        plan.later.extend(both);
    }
    for (hours, looks) in LOOKS.into_iter().zip(looks) {
        let captures = looks.into_iter().enumerate();
        plan.later.extend(captures.map(|(source, health)| capture(source, hours, health)));
    }
    let captures = late.into_iter().enumerate();
    plan.later.extend(captures.map(|(source, health)| capture(source, TIMES[LATE] * 24, health)));
    plan.later.retain(|capture| !capture.is_empty());
}

/// What all sources would say of an incident.
struct Drawn {
    /// At which of the times it is first seen.
    first: usize,
    start: i64,
    /// Whether upstream says when it changed it.
    is_dated: bool,
    /// Whether it turns out later that it began earlier.
    moves: bool,
    classification: &'static str,
    statuses: [&'static str; 3],
    resolved: [bool; 3],
    /// By source: now and then one means another service.
    services: Vec<Service>,
}

struct Draw<'a> {
    dice: &'a mut Dice,
    places: Places,
    interests: &'a BTreeSet<(usize, usize)>,
    /// What each partner is called in texts.
    keys: Vec<String>,
    incidents: Vec<Incident>,
    /// By time, then by source.
    said: [Vec<SaidHealth>; 4],
    looks: [Vec<SaidHealth>; 2],
}

/// When upstream made a version; versions are named by the time at which they are captured.
fn modified(version: usize) -> i64 {
    NOW - TIMES[version] * DAY - 12 * HOUR
}

impl Draw<'_> {
    /// Whether it is the reseller's customer that a provider sees by consent.
    fn is_fixed(&self, source: usize, customer: usize) -> bool {
        (source, customer) == (self.places.first_reseller(), 1)
    }

    // ---- incidents ----

    fn incidents(&mut self, customers: usize) {
        for incident in 0..5 + self.dice.below(3) {
            let drawn = self.drawn(incident);
            self.add_shell(incident);
            let mut pairs: BTreeSet<(usize, usize)> =
                self.interests.iter().copied().filter(|_| self.dice.chance(25)).collect();
            for _ in 0..2 {
                pairs.insert((self.dice.below(self.keys.len()), self.dice.below(customers)));
            }
            for (source, customer) in pairs {
                self.affect(&drawn, incident, source, customer);
            }
            if incident == 0 {
                self.strangers(&drawn);
            }
        }
        // Of the last one nobody has said anything.
        self.add_shell(self.incidents.len());
    }

    fn add_shell(&mut self, incident: usize) {
        let external = format!("EX20000{incident}");
        self.incidents.push(Incident { id: self.dice.uuid(), external });
    }

    /// The first incident is one of Exchange that every world knows from the beginning.
    fn drawn(&mut self, incident: usize) -> Drawn {
        let is_fixed = incident == 0;
        let first = if is_fixed { 0 } else { self.dice.below(3) };
        let service = if is_fixed { Service::Exchange } else { *self.dice.pick(&Service::SAID) };
        let services = (0..self.keys.len()).map(|_| {
            let errs = !is_fixed && self.dice.chance(8);
            if errs { *self.dice.pick(&Service::SAID) } else { service }
        });
        let services = services.collect();
        let statuses = ["investigating", "service_degradation", "service_restored", "other"];
        let ways = [[false, false, true], [false, true, false], [false; 3], [true; 3]];
        Drawn {
            first,
            start: NOW - STARTS[first] * DAY + *self.dice.pick(&[0, 0, 3]) * HOUR,
            is_dated: is_fixed || self.dice.chance(75),
            moves: self.dice.chance(40),
            classification: self.dice.pick::<&str>(&["incident", "incident", "advisory", "other"]),
            statuses: [(); 3].map(|()| *self.dice.pick::<&str>(&statuses)),
            resolved: *self.dice.pick(&ways),
            services,
        }
    }

    /// A source says at some of the times that an incident affects a customer; what it says may lag.
    fn affect(&mut self, drawn: &Drawn, incident: usize, source: usize, customer: usize) {
        for time in drawn.first..LATE {
            if !self.dice.chance(60) {
                continue;
            }
            let lags = drawn.is_dated && time > drawn.first && self.dice.chance(30);
            let version = if lags { time - 1 } else { time };
            self.say(drawn, incident, (source, customer), time, version);
        }
        if source.is_multiple_of(3) && self.dice.chance(40) {
            let version = if drawn.is_dated { drawn.first } else { LATE };
            self.say(drawn, incident, (source, customer), LATE, version);
        }
    }

    /// The newest copy is a stranger's, who speaks of the same customer and of one of its own.
    fn strangers(&mut self, drawn: &Drawn) {
        let (reseller, stranger) = (self.places.first_reseller(), self.places.first_direct());
        self.say(drawn, 0, (reseller, 1), 0, 0);
        self.say(drawn, 0, (stranger, 1), 2, 2);
        self.say(drawn, 0, (stranger, 2), 2, 2);
    }

    fn say(
        &mut self,
        drawn: &Drawn,
        incident: usize,
        (source, customer): (usize, usize),
        time: usize,
        version: usize,
    ) {
        let external = &self.incidents[incident].external;
        let (key, service) = (&self.keys[source], drawn.services[source]);
        let topic = match service {
            Service::Exchange => "Mail is late",
            Service::PowerBi => "Reports are empty",
            Service::Identity | Service::Suite => "Signing in takes long",
            Service::Desk => "The desk wobbles",
        };
        let is_moved = drawn.moves && version > drawn.first;
        let body = Body {
            title: format!("{topic} v{version} by {key}"),
            service,
            classification: drawn.classification,
            status: drawn.statuses[version % 3],
            is_resolved: drawn.resolved[version % 3],
            starts: drawn.start - if is_moved { HOUR } else { 0 },
            modified: drawn.is_dated.then(|| modified(version)),
        };
        // Some bodies hold all publications so far, others the newest alone.
        let holds_all = incident.is_multiple_of(2) && version < LATE;
        let earliest = if holds_all { drawn.first.min(version) } else { version };
        let post = |of: usize| (modified(of) - HOUR, format!("post {of} on {external} by {key}"));
        let posts = (earliest..=version).map(post).collect();
        self.said[time][source].incidents.push(SaidIncident { incident, customer, body, posts });
    }

    // ---- the rest ----

    fn statuses(&mut self) {
        let words = ["service_operational", "service_degradation", "investigating", "other"];
        for (source, customer) in self.interests.clone() {
            let is_fixed = self.is_fixed(source, customer);
            if !is_fixed && self.dice.chance(50) {
                continue;
            }
            for time in 0..TIMES.len() {
                for service in Service::SAID {
                    let must = is_fixed && time == 2 && service == Service::Exchange;
                    if !must && self.dice.chance(if time == LATE { 85 } else { 70 }) {
                        continue;
                    }
                    let status = *self.dice.pick::<&str>(&words);
                    self.said[time][source].statuses.push(SaidStatus { customer, service, status });
                }
            }
        }
    }

    fn looks(&mut self) {
        for (source, customer) in self.interests.clone() {
            for time in 0..LOOKS.len() {
                // Not all have a look of their own so often.
                if (time == 0 && source % 2 == 0) || !self.dice.chance(20) {
                    continue;
                }
                let outcome = *self.dice.pick::<&str>(&["throttled", "no_delegation"]);
                self.looks[time][source].looks.push(SaidLook { customer, outcome });
            }
        }
    }

    /// Upstream says of some when it changed them, of others not.
    fn messages(&mut self) {
        for (source, customer) in self.interests.clone() {
            if self.dice.chance(50) {
                continue;
            }
            for time in 1..TIMES.len() {
                for number in 0..3 {
                    if self.dice.chance(if time == LATE { 85 } else { 65 }) {
                        continue;
                    }
                    let external = format!("MC20000{number}");
                    let title = format!("{external} v{time} by {}", self.keys[source]);
                    let modified = (number != 0).then(|| modified(time));
                    let said = SaidMessage { customer, external, title, modified };
                    self.said[time][source].messages.push(said);
                }
            }
        }
    }

    /// The same upstream ids in several sources.
    fn requests(&mut self) {
        let services = [Some(Service::Exchange), Some(Service::PowerBi), Some(Service::Desk), None];
        for (source, customer) in self.interests.clone() {
            let is_fixed = self.is_fixed(source, customer);
            if !is_fixed && self.dice.chance(50) {
                continue;
            }
            for time in 1..LATE {
                for number in 0..2 {
                    let must = is_fixed && number == 0;
                    if !must && self.dice.chance(40) {
                        continue;
                    }
                    let statuses = ["open", "open", "attention_needed", "closed"];
                    let drawn = *self.dice.pick::<&str>(&statuses);
                    let status = if must { "open" } else { drawn };
                    let service =
                        if number == 0 { Some(Service::Exchange) } else { *self.dice.pick(&services) };
                    let external = format!("REQ-{customer}-{number}");
                    let modified = (number == 0).then(|| modified(time));
                    let said = SaidRequest { customer, external, service, status, modified };
                    self.said[time][source].requests.push(said);
                }
            }
        }
    }
}
