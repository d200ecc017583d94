//! Which vehicle may carry a request to the vendor: by what the vehicle serves, who files, and which contracts the
//! partner holds; and how soon it is answered. Shipped as `vehicles.toml`, read strictly; what holds for one service
//! stands in the health catalogue.
//!
//! Every vehicle gets an answer, and every refusal its reason. A request that only the provider of its subscription may
//! file is refused to a reseller through every vehicle, whatever its contracts.

use super::hours::Calendar;
use super::record::Contract;
use super::targets::{MAX_TARGET_MINUTES, Targets, response_minutes};
use crate::escalations::words::{Kind, Severity, Vehicle};
use crate::health::catalogue::{Catalogue, Service};
use chrono::DateTime;
use entity::{ServiceId, Timestamp};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use uuid::Uuid;

/// In the catalogue: only who provides the subscription may file.
const BY_PROVIDER: &str = "direct_bill_or_provider";

/// What is asked of the vendor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ask {
    /// What kind of support.
    pub kind: Kind,
    /// How grave it is.
    pub severity: Severity,
    /// The online service; none for a product that is none.
    pub service: Option<ServiceId>,
    /// Whether who would file is an indirect reseller of the subscription.
    pub is_reseller: bool,
}

/// Whether a vehicle may carry a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Eligibility {
    /// Which vehicle.
    pub vehicle: Vehicle,
    /// Whether it may.
    pub eligible: bool,
    /// On what that rests, or what stands against it.
    pub reason: String,
    /// The contract that would be used; none for a vehicle that needs none.
    pub contract: Option<Uuid>,
}

/// What a vehicle serves, by where the product runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Products {
    All,
    Cloud,
    OnPremises,
}

#[derive(Debug)]
struct Rule {
    vehicle: Vehicle,
    name: String,
    kinds: BTreeSet<Kind>,
    severities: BTreeSet<Severity>,
    products: Products,
    needs_contract: bool,
    targets: Targets,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    vehicle: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: String,
    name: String,
    kinds: Vec<String>,
    severities: Vec<String>,
    products: Products,
    contract: bool,
    #[serde(default)]
    response_minutes: BTreeMap<String, i64>,
}

/// When the vendor has to have answered what is filed with it now: around the clock, by the vehicle's own target where it
/// has one.
pub fn due(vehicle: Option<Vehicle>, kind: Kind, severity: Severity, now: Timestamp) -> Timestamp {
    let rule = shipped().iter().find(|rule| Some(rule.vehicle) == vehicle);
    let minutes = response_minutes(kind, severity, rule.map(|rule| &rule.targets));
    Calendar::always().due(now, minutes)
}

/// Every vehicle's answer, in the order of [`Vehicle::ALL`].
pub fn eligibility(ask: &Ask, contracts: &[Contract], now: Timestamp) -> Vec<Eligibility> {
    judged(shipped(), ask, contracts, now)
}

fn judged(rules: &[Rule], ask: &Ask, contracts: &[Contract], now: Timestamp) -> Vec<Eligibility> {
    let service = ask.service.and_then(|id| Catalogue::shipped().by_id(id));
    let judge = |rule: &Rule| {
        let held = match against(rule, ask, service) {
            Some(reason) => Err(reason),
            None if !rule.needs_contract => Ok((None, "every partner has it".into())),
            None => contract(rule, contracts, now).map(|(id, reason)| (Some(id), reason)),
        };
        let (eligible, contract, reason) = match held {
            Ok((contract, reason)) => (true, contract, reason),
            Err(reason) => (false, None, reason),
        };
        Eligibility { vehicle: rule.vehicle, eligible, reason, contract }
    };
    rules.iter().map(judge).collect()
}

/// What stands against it, whatever contract is held.
fn against(rule: &Rule, ask: &Ask, service: Option<&Service>) -> Option<String> {
    let (name, serves_service) = match service {
        Some(service) => {
            (Some(service.name.as_str()), service.duty.vehicles.iter().any(|v| v == rule.vehicle.code()))
        }
        None => (None, true),
    };
    if ask.is_reseller && service.is_some_and(|service| service.duty.filed_by == BY_PROVIDER) {
        let name = name.unwrap_or_default();
        return Some(format!(
            "a reseller cannot file requests about {name}, whatever its contracts: only the provider of the subscription can"
        ));
    }
    if !rule.kinds.contains(&ask.kind) {
        return Some(format!("{} takes no {} requests", rule.name, spoken(ask.kind.code())));
    }
    if !rule.severities.contains(&ask.severity) {
        return Some(format!("{} takes no requests of {} severity", rule.name, spoken(ask.severity.code())));
    }
    match (rule.products, ask.service) {
        (Products::Cloud, None) => {
            return Some(format!("{} serves online services, and the request names none", rule.name));
        }
        (Products::OnPremises, Some(_)) => {
            return Some(format!(
                "{} serves products on the customer's premises, and the request is about an online service",
                rule.name
            ));
        }
        _ => {}
    }
    let name = name.filter(|_| !serves_service)?;
    Some(format!("{} does not serve {name}", rule.name))
}

fn spoken(code: &str) -> String {
    code.replace('_', " ")
}

/// The contract that would be used, or why there is none: the one that ends first, so that less lapses unused.
fn contract(rule: &Rule, contracts: &[Contract], now: Timestamp) -> Result<(Uuid, String), String> {
    let held: Vec<&Contract> = contracts.iter().filter(|held| held.vehicle == rule.vehicle).collect();
    let is_live = |held: &&&Contract| held.starts_at <= now && now < held.ends_at;
    let live: Vec<&Contract> = held.iter().filter(is_live).copied().collect();
    let usable = live.iter().filter(|held| held.incidents_left() != Some(0));
    if let Some(best) = usable.min_by_key(|held| (held.ends_at, held.id)) {
        let reason = match (best.incidents_left(), best.incidents_included) {
            (Some(left), Some(included)) => format!("held; {left} of {included} incidents are left"),
            _ => "held, without a limit of incidents".into(),
        };
        return Ok((best.id, reason));
    }
    let name = &rule.name;
    Err(if !live.is_empty() {
        format!("the incidents that {name} includes are used up")
    } else if let Some(next) =
        held.iter().filter(|held| now < held.starts_at).map(|held| held.starts_at).min()
    {
        format!("the contract of {name} begins on {}", date(next))
    } else if let Some(last) = held.iter().map(|held| held.ends_at).max() {
        format!("the contract of {name} ended on {}", date(last))
    } else {
        format!("needs a contract of {name}, and your organisation has none here")
    })
}

/// The day in UTC.
fn date(at: Timestamp) -> String {
    DateTime::from_timestamp_micros(at.0).map(|at| at.date_naive().to_string()).unwrap_or_default()
}

fn shipped() -> &'static [Rule] {
    static SHIPPED: OnceLock<Vec<Rule>> = OnceLock::new();
    // A test proves that the file is in order.
    SHIPPED.get_or_init(|| parse(include_str!("vehicles.toml")).unwrap_or_default())
}

/// Reads and checks the file: each vehicle once, none missing.
fn parse(text: &str) -> Result<Vec<Rule>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let mut rules: Vec<Rule> = Vec::new();
    for entry in file.vehicle {
        let what = format!("vehicle `{}`", entry.code);
        let vehicle = Vehicle::of(&entry.code).ok_or_else(|| format!("{what} is not known"))?;
        if rules.iter().any(|rule| rule.vehicle == vehicle) {
            return Err(format!("{what} appears twice"));
        }
        if entry.name.trim().is_empty() {
            return Err(format!("{what} has no name"));
        }
        rules.push(Rule {
            vehicle,
            kinds: known(&what, &entry.kinds, Kind::of)?,
            severities: known(&what, &entry.severities, Severity::of)?,
            products: entry.products,
            needs_contract: entry.contract,
            targets: targets(&what, &entry.response_minutes)?,
            name: entry.name,
        });
    }
    if let Some(missing) = Vehicle::ALL.iter().find(|v| rules.iter().all(|rule| rule.vehicle != **v)) {
        return Err(format!("vehicle `{}` is missing", missing.code()));
    }
    rules.sort_by_key(|rule| rule.vehicle);
    Ok(rules)
}

fn targets(what: &str, by_code: &BTreeMap<String, i64>) -> Result<Targets, String> {
    let mut targets = Targets::default();
    for (code, minutes) in by_code {
        let severity = Severity::of(code).ok_or_else(|| format!("{what}: `{code}` is not known"))?;
        if !(1..=MAX_TARGET_MINUTES).contains(minutes) {
            return Err(format!("{what}: {minutes} minutes are no target"));
        }
        targets.0.insert(severity, *minutes);
    }
    Ok(targets)
}

fn known<T: Ord>(what: &str, codes: &[String], of: fn(&str) -> Option<T>) -> Result<BTreeSet<T>, String> {
    let mut all = BTreeSet::new();
    for code in codes {
        let value = of(code).ok_or_else(|| format!("{what}: `{code}` is not known"))?;
        if !all.insert(value) {
            return Err(format!("{what}: `{code}` appears twice"));
        }
    }
    if all.is_empty() { Err(format!("{what} serves nothing")) } else { Ok(all) }
}

#[cfg(test)]
#[path = "vehicles_tests.rs"]
mod tests;
