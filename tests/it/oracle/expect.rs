//! The questions, as documents, and the answers that the oracle expects: data and errors, whole.

use super::facts::{Facts, Relationship, Subscription, Word};
use super::rights::Right;
use super::truth::{View, fold};
use super::truth_health::Sight;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Most errors that an answer lists.
const MOST_ERRORS: usize = 50;

/// Every list, whole, with what hangs on its rows.
pub const LISTS: &str = "query Lists($name: String!) {
    customers(first: 200) {
        totalCount { value isEstimate }
        pageInfo { hasNextPage hasPreviousPage }
        nodes { id tenantId name companyProfile { city } partners(first: 20) { nodes { tenantId } }
            subscriptions(first: 20) { nodes { friendlyName } }
            delegatedAdminRelationships(first: 20) { nodes { displayName } }
            myAccess { operations } } }
    descending: customers(first: 200, orderBy: [{ field: NAME, direction: DESC }]) { nodes { tenantId } }
    last: customers(last: 3) { nodes { tenantId } pageInfo { hasPreviousPage } }
    called: customers(first: 200, filter: { name: { eq: $name } }) { totalCount { value } nodes { tenantId } }
    served: customers(first: 200, filter: { subscriptions: { some: { status: { eq: ACTIVE } } } }) {
        totalCount { value } nodes { tenantId } }
    unrenewed: customers(first: 200, filter: { subscriptions: { none: { autoRenew: { eq: true } } } }) {
        totalCount { value } nodes { tenantId } }
    customerSubscriptions(first: 200) {
        totalCount { value isEstimate }
        nodes { id externalId friendlyName termDuration customer { tenantId } seller { tenantId } } }
    ordered: customerSubscriptions(first: 200, orderBy: [{ field: COMMITMENT_ENDS_AT, direction: DESC }]) {
        totalCount { value } nodes { friendlyName } }
    renewing: customerSubscriptions(first: 200, filter: { autoRenew: { eq: true } }) {
        totalCount { value } nodes { friendlyName } }
    lapsing: customerSubscriptions(first: 200, filter: { not: { autoRenew: { eq: true } } }) {
        totalCount { value } nodes { friendlyName } }
    suspended: customerSubscriptions(first: 200, filter: { status: { ne: ACTIVE } }) {
        totalCount { value } nodes { friendlyName } }
    soldTo: customerSubscriptions(first: 200, filter: { customer: { name: { eq: $name } } }) {
        nodes { friendlyName } }
    delegatedAdminRelationships(first: 200) {
        totalCount { value isEstimate }
        nodes { displayName customer { tenantId } partner { tenantId } accessAssignments { externalId } } }
    delegatedBy: delegatedAdminRelationships(first: 200, filter: { customer: { name: { eq: $name } } }) {
        nodes { displayName } }
    partners(first: 50) { nodes { tenantId name customers(first: 50) { nodes { tenantId } } } }
}";

/// What has a global id.
#[derive(Clone, Copy, Debug)]
pub enum Thing {
    Customer(usize),
    Partner(usize),
    Subscription(usize),
    Relationship(usize),
    Assignment(usize),
    Group(usize),
    Account(usize),
    Incident(usize),
}

/// Global ids of rows, by their ids in the database.
pub type Ids = BTreeMap<Uuid, String>;

/// An answer.
#[derive(Debug, Default)]
pub struct Answer {
    pub data: Map<String, Value>,
    /// Path and code of each error.
    pub errors: BTreeSet<(String, String)>,
}

impl Answer {
    pub fn set(&mut self, field: &str, value: Value) {
        self.data.insert(field.to_owned(), value);
    }

    /// Null, with an error at the path.
    pub fn denied(&mut self, path: Value, code: &str) -> Value {
        self.errors.insert((path.to_string(), code.to_owned()));
        Value::Null
    }

    /// How many errors of the kind, at a field of that name.
    pub fn errors_at(&self, field: &str, code: &str) -> usize {
        let at = |path: &String| path.contains(&format!("\"{field}\""));
        self.errors.iter().filter(|(path, error)| at(path) && error == code).count()
    }

    /// Where another answer differs, and how many values were compared.
    pub fn compare(&self, body: &Value) -> (usize, Vec<String>) {
        let mut wrong = Vec::new();
        let mut compared = self.errors.len();
        for (field, expected) in &self.data {
            let answered = &body["data"][field];
            compared += leaves(expected);
            wrong.extend(difference(field, &sorted(expected), &sorted(answered)));
        }
        let listed = body["errors"].as_array().cloned().unwrap_or_default();
        let text = |error: &Value| {
            let code = error["extensions"]["code"].as_str().unwrap_or_default();
            (error["path"].to_string(), code.to_owned())
        };
        let answered: BTreeSet<(String, String)> = listed.iter().map(text).collect();
        if !answered.is_subset(&self.errors) || listed.len() != self.errors.len().min(MOST_ERRORS) {
            let (missing, extra) = (self.errors.difference(&answered), answered.difference(&self.errors));
            let (missing, extra): (Vec<_>, Vec<_>) = (missing.take(5).collect(), extra.take(5).collect());
            let first = listed.first().map(Value::to_string).unwrap_or_default();
            wrong.push(format!("errors\n    missing {missing:?}\n    beyond {extra:?}\n    first {first}"));
        }
        (compared, wrong)
    }
}

/// The first place where two values differ.
fn difference(path: &str, expected: &Value, answered: &Value) -> Option<String> {
    match (expected, answered) {
        (Value::Object(one), Value::Object(other)) => one.iter().find_map(|(name, value)| {
            difference(&format!("{path}.{name}"), value, other.get(name).unwrap_or(&Value::Null))
        }),
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(at, (one, other))| difference(&format!("{path}[{at}]"), one, other))
        }
        _ if expected == answered => None,
        _ => {
            let short = |value: &Value| value.to_string().chars().take(1_200).collect::<String>();
            Some(format!("{path}\n    expected {}\n    answered {}", short(expected), short(answered)))
        }
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Array(all) => all.iter().map(leaves).sum::<usize>().max(1),
        Value::Object(all) => all.values().map(leaves).sum(),
        _ => 1,
    }
}

/// The partners of a customer without their order, which depends on names that two sources may give.
fn sorted(list: &Value) -> Value {
    let mut list = list.clone();
    for node in list.get_mut("nodes").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(partners) = node.pointer_mut("/partners/nodes").and_then(Value::as_array_mut) {
            partners.sort_by_key(Value::to_string);
        }
    }
    list
}

pub fn nodes(rows: impl IntoIterator<Item = Value>) -> Value {
    json!({ "nodes": rows.into_iter().collect::<Vec<_>>() })
}

pub fn counted(rows: impl IntoIterator<Item = Value>) -> Value {
    let rows: Vec<Value> = rows.into_iter().collect();
    json!({ "totalCount": { "value": rows.len() }, "nodes": rows })
}

fn some_of(seen: &[&Subscription], customer: usize, holds: &dyn Fn(&Subscription) -> bool) -> bool {
    seen.iter().any(|s| s.customer == customer && holds(s))
}

fn labels(seen: &[&Subscription], holds: &dyn Fn(&Subscription) -> bool) -> Vec<Value> {
    seen.iter().filter(|s| holds(s)).map(|s| json!({ "friendlyName": s.label })).collect()
}

/// Expects answers to one reader.
pub struct Expected<'a> {
    pub facts: &'a Facts,
    pub view: &'a View<'a>,
    pub sight: Sight<'a>,
    pub ids: &'a Ids,
}

impl<'a> Expected<'a> {
    pub fn of(facts: &'a Facts, view: &'a View<'a>, ids: &'a Ids) -> Self {
        Expected { facts, view, sight: Sight::of(view), ids }
    }

    pub fn tenant(&self, word: &Word) -> Value {
        json!({ "tenantId": self.facts.customers[word.customer].tenant })
    }

    pub fn partner(&self, partner: Option<usize>) -> Value {
        let known = partner.filter(|partner| self.view.knows(*partner));
        known.map_or(Value::Null, |partner| json!({ "tenantId": self.facts.partners[partner].tenant }))
    }

    pub fn customer(&self, customer: Option<usize>) -> Value {
        let word = customer.and_then(|customer| self.view.word(customer, Right::Read));
        word.map_or(Value::Null, |word| self.tenant(word))
    }

    /// The answer to [`LISTS`].
    pub fn lists(&self, name: &str) -> Answer {
        let mut answer = Answer::default();
        let words = self.view.customers();
        let seen = self.view.subscriptions();
        let delegated = self.view.relationships();
        self.customers(&mut answer, &words, &seen, &delegated);
        self.customer_lists(&mut answer, &words, &seen, name);
        self.subscriptions(&mut answer, &seen);
        self.subscription_lists(&mut answer, &words, &seen, name);
        self.relationships(&mut answer, &words, &delegated, name);
        let partner = |(partner, name): (usize, &str)| {
            let served = self.view.customers_of(partner);
            json!({
                "tenantId": self.facts.partners[partner].tenant,
                "name": name,
                "customers": nodes(served.into_iter().map(|word| self.tenant(word))),
            })
        };
        answer.set("partners", nodes(self.view.partners().into_iter().map(partner)));
        answer
    }

    fn customers(
        &self,
        answer: &mut Answer,
        words: &[&Word],
        seen: &[&Subscription],
        delegated: &[&Relationship],
    ) {
        let mut rows = Vec::new();
        for (place, word) in words.iter().enumerate() {
            let may = |right| self.view.may(right, word.customer, word.source);
            let mut denied =
                |field: &str| answer.denied(json!(["customers", "nodes", place, field]), "FORBIDDEN");
            let city = self.view.city(word);
            let profile = match may(Right::Profile) {
                false => denied("companyProfile"),
                true => city.map_or(Value::Null, |city| json!({ "city": city })),
            };
            let parties = self.view.parties(word.customer);
            let party = |(partner, _): (usize, &str)| self.partner_tenant(partner);
            let partners = match may(Right::Partners) {
                false => denied("partners"),
                true => nodes(parties.into_iter().map(party)),
            };
            let sold = seen.iter().filter(|s| s.customer == word.customer);
            let subscriptions = match may(Right::Subscriptions) || may(Right::TenantSubscriptions) {
                false => denied("subscriptions"),
                true => nodes(sold.map(|s| json!({ "friendlyName": s.label }))),
            };
            let delegated = delegated.iter().filter(|r| r.customer == Some(word.customer));
            let delegations = match may(Right::Delegations) || self.view.may_at_home(Right::Delegations) {
                false => denied("delegatedAdminRelationships"),
                true => nodes(delegated.map(|r| json!({ "displayName": r.name }))),
            };
            let held = Right::ON_CUSTOMER.into_iter().filter(|right| may(*right)).map(Right::name);
            rows.push(json!({
                "id": self.ids.get(&self.facts.customers[word.customer].id),
                "tenantId": self.facts.customers[word.customer].tenant,
                "name": word.name,
                "companyProfile": profile,
                "partners": partners,
                "subscriptions": subscriptions,
                "delegatedAdminRelationships": delegations,
                "myAccess": { "operations": held.collect::<Vec<_>>() },
            }));
        }
        let list = json!({
            "totalCount": { "value": rows.len(), "isEstimate": false },
            "pageInfo": { "hasNextPage": false, "hasPreviousPage": false },
            "nodes": rows,
        });
        answer.set("customers", list);
    }

    fn partner_tenant(&self, partner: usize) -> Value {
        json!({ "tenantId": self.facts.partners[partner].tenant })
    }

    fn tenants<'w>(&self, words: impl IntoIterator<Item = &'w Word>) -> Vec<Value> {
        words.into_iter().map(|word| self.tenant(word)).collect()
    }

    fn customer_lists(&self, answer: &mut Answer, words: &[&Word], seen: &[&Subscription], name: &str) {
        let all = || words.iter().copied();
        answer.set("descending", nodes(self.tenants(all().rev())));
        let before = words.len().saturating_sub(3);
        let last = self.tenants(all().skip(before));
        answer.set("last", json!({ "nodes": last, "pageInfo": { "hasPreviousPage": before > 0 } }));
        let called = all().filter(|w| fold(&w.name) == fold(name));
        answer.set("called", counted(self.tenants(called)));
        let is_active = |s: &Subscription| s.status == "active";
        answer.set("served", counted(self.tenants(all().filter(|w| some_of(seen, w.customer, &is_active)))));
        let renews = |s: &Subscription| s.renews && self.view.may_price(s);
        answer.set("unrenewed", counted(self.tenants(all().filter(|w| !some_of(seen, w.customer, &renews)))));
    }

    fn subscriptions(&self, answer: &mut Answer, seen: &[&Subscription]) {
        let mut rows = Vec::new();
        for (place, s) in seen.iter().enumerate() {
            let path = json!(["customerSubscriptions", "nodes", place, "termDuration"]);
            let term = match self.view.may_price(s) {
                true => json!("P1Y"),
                false => answer.denied(path, "FORBIDDEN"),
            };
            rows.push(json!({
                "id": self.ids.get(&s.id),
                "externalId": s.external,
                "friendlyName": s.label,
                "termDuration": term,
                "customer": self.customer(Some(s.customer)),
                "seller": self.partner(s.seller),
            }));
        }
        let total = json!({ "value": rows.len(), "isEstimate": false });
        answer.set("customerSubscriptions", json!({ "totalCount": total, "nodes": rows }));
    }

    fn subscription_lists(&self, answer: &mut Answer, words: &[&Word], seen: &[&Subscription], name: &str) {
        // A question about commerce leaves out the rows on which the answer may not be read.
        let mut ordered: Vec<_> = seen.iter().filter(|s| self.view.may_price(s)).collect();
        ordered.sort_by_key(|s| std::cmp::Reverse((s.ends, s.id)));
        answer.set("ordered", counted(ordered.iter().map(|s| json!({ "friendlyName": s.label }))));
        answer.set("renewing", counted(labels(seen, &|s: &Subscription| self.view.may_price(s) && s.renews)));
        answer.set("lapsing", counted(labels(seen, &|s: &Subscription| self.view.may_price(s) && !s.renews)));
        answer.set("suspended", counted(labels(seen, &|s: &Subscription| s.status != "active")));
        let is_called =
            |customer: usize| words.iter().any(|w| w.customer == customer && fold(&w.name) == fold(name));
        answer.set("soldTo", nodes(labels(seen, &|s: &Subscription| is_called(s.customer))));
    }

    fn relationships(&self, answer: &mut Answer, words: &[&Word], seen: &[&Relationship], name: &str) {
        let mut rows = Vec::new();
        for (place, r) in seen.iter().enumerate() {
            let path = json!(["delegatedAdminRelationships", "nodes", place, "accessAssignments"]);
            let all = self.facts.assignments.iter();
            let of_this = all.filter(|a| self.facts.relationships[a.relationship].id == r.id);
            let mut assigned: Vec<&String> = of_this.map(|a| &a.external).collect();
            assigned.sort();
            let assignments: Value = match self.view.may_see_assignments(r.source) {
                true => assigned.into_iter().map(|id| json!({ "externalId": id })).collect(),
                false => answer.denied(path, "FORBIDDEN"),
            };
            rows.push(json!({
                "displayName": r.name,
                "customer": self.customer(r.customer),
                "partner": self.partner(Some(r.source)),
                "accessAssignments": assignments,
            }));
        }
        let total = json!({ "value": rows.len(), "isEstimate": false });
        answer.set("delegatedAdminRelationships", json!({ "totalCount": total, "nodes": rows }));
        let is_called = |customer: Option<usize>| {
            words.iter().any(|w| customer == Some(w.customer) && fold(&w.name) == fold(name))
        };
        let called = seen.iter().filter(|r| is_called(r.customer));
        answer.set("delegatedBy", nodes(called.map(|r| json!({ "displayName": r.name }))));
    }

    /// The type of an object that the reader may read by its id.
    pub fn type_of(&self, thing: Thing) -> Option<&'static str> {
        let (view, facts) = (self.view, self.facts);
        let (name, visible) = match thing {
            Thing::Customer(c) => ("Customer", view.word(c, Right::Read).is_some()),
            Thing::Partner(p) => ("Partner", view.knows(p)),
            Thing::Subscription(s) => {
                let id = facts.subscriptions[s].id;
                ("CustomerSubscription", view.subscriptions().iter().any(|shown| shown.id == id))
            }
            Thing::Relationship(r) => {
                let id = facts.relationships[r].id;
                ("DelegatedAdminRelationship", view.relationships().iter().any(|shown| shown.id == id))
            }
            Thing::Assignment(a) => {
                ("AccessAssignment", view.may_see_assignments(facts.assignments[a].source))
            }
            Thing::Group(g) => {
                let is_own = view.account.is_some_and(|own| own.tenant == facts.groups[g].tenant);
                ("SecurityGroup", is_own && view.may_at_home(Right::Assignments))
            }
            Thing::Incident(i) => ("Incident", self.sight.copy(i).is_some()),
            Thing::Account(a) => ("Account", view.account.is_some_and(|own| own.id == facts.accounts[a].id)),
        };
        visible.then_some(name)
    }
}
