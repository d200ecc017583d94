//! What is asked of support requests, as documents, and the answers that the oracle expects: every list, whole, and single
//! requests, hops, notes and customers by their keys.

use super::expect::{Answer, Expected, counted, nodes};
use super::facts_support::{Case, Entry, Hop, Party};
use super::rights::Right;
use super::truth_support::{Desk, Shown};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Every list, whole.
pub const REQUESTS: &str = "query Requests($title: String!) {
    supportRequests(first: 40) {
        totalCount { value isEstimate }
        pageInfo { hasNextPage hasPreviousPage }
        nodes { id number title description kind severity status tier raisedBy partnerName createdAt diagnosis
            resolutionKind resolutionText owner { id organization } contact { email } mergedInto { id }
            customer { tenantId name } partner { tenantId }
            escalations { id tier vehicle state requestReason reason requestedAt endedAt from { name } to { name }
                owner { id organization } }
            notes(first: 40) {
                nodes { id visibility text createdAt author { id organization } escalation { id } } }
            timeline(first: 60) { nodes { kind visibility text actor { id organization } } } } }
    open: supportRequests(first: 40, filter: { open: true }) { ...N }
    over: supportRequests(first: 40, filter: { open: false }) { ...N }
    handed: supportRequests(first: 40, filter: { tier: { in: [PROVIDER, VENDOR] } }) { ...N }
    solved: supportRequests(first: 40, filter: { not: { status: { notIn: [RESOLVED, CLOSED] } } }) { ...N }
    grave: supportRequests(first: 40, filter: { severity: { eq: CRITICAL } }) { ...N }
    titled: supportRequests(first: 40, filter: { title: { contains: $title } }) { ...N }
    oldest: supportRequests(first: 40, orderBy: [{ field: CREATED_AT, direction: ASC }]) { ...N }
    customers(first: 60) { nodes { tenantId supportRequests(first: 30) { nodes { number title } } } }
}
fragment N on SupportRequestConnection { totalCount { value } nodes { number } }";

/// Most customers that are looked up through their requests.
const CUSTOMERS: usize = 5;
/// Most ids of one document.
const IDS: usize = 100;

/// Single objects, by every key.
pub struct Keys {
    pub document: String,
    pub ids: Vec<String>,
}

fn moment(at: i64) -> String {
    chrono::DateTime::from_timestamp_micros(at).unwrap().to_rfc3339()
}

fn numbers<'a>(shown: impl IntoIterator<Item = Shown<'a>>) -> Value {
    counted(shown.into_iter().map(|shown| json!({ "number": shown.case.number })))
}

/// Customers of which somebody handed on a request.
fn handed(cases: &[Case]) -> Vec<usize> {
    let customers = cases.iter().filter(|case| !case.hops.is_empty()).map(|case| case.customer);
    let customers: BTreeSet<usize> = customers.collect();
    customers.into_iter().take(CUSTOMERS).collect()
}

impl<'a> Expected<'a> {
    fn desk(&self) -> Desk<'a> {
        Desk::of(self.view)
    }

    /// The answer to [`REQUESTS`].
    pub fn requests(&self, title: &str) -> Answer {
        let mut answer = Answer::default();
        let all = self.desk().all();
        answer.set(
            "supportRequests",
            json!({
                "totalCount": { "value": all.len(), "isEstimate": false },
                "pageInfo": { "hasNextPage": false, "hasPreviousPage": false },
                "nodes": all.iter().map(|shown| self.request(*shown)).collect::<Vec<_>>(),
            }),
        );
        let mut list = |field: &str, holds: &dyn Fn(&Shown<'_>) -> bool| {
            answer.set(field, numbers(all.iter().copied().filter(|shown| holds(shown))));
        };
        let is_over = |shown: &Shown<'_>| ["RESOLVED", "CLOSED"].contains(&shown.face.status);
        list("open", &|shown: &Shown<'_>| shown.face.is_open);
        list("over", &|shown: &Shown<'_>| !shown.face.is_open);
        list("handed", &|shown: &Shown<'_>| shown.face.tier != "PARTNER");
        list("solved", &is_over);
        list("grave", &|shown: &Shown<'_>| shown.case.severity == "CRITICAL");
        list("titled", &|shown: &Shown<'_>| shown.face.title.contains(title));
        answer.set("oldest", numbers(all.iter().rev().copied()));
        let mut rows = Vec::new();
        for (place, word) in self.view.customers().into_iter().enumerate() {
            let path = json!(["customers", "nodes", place, "supportRequests"]);
            let requests = self.requests_of(&mut answer, path, word.customer, word.source);
            let tenant = self.facts.customers[word.customer].tenant;
            rows.push(json!({ "tenantId": tenant, "supportRequests": requests }));
        }
        answer.set("customers", nodes(rows));
        answer
    }

    fn requests_of(&self, answer: &mut Answer, path: Value, customer: usize, source: usize) -> Value {
        if !self.desk().may_list(customer, source) {
            return answer.denied(path, "FORBIDDEN");
        }
        let all = self.desk().of_customer(customer).into_iter();
        nodes(all.map(|shown| json!({ "number": shown.case.number, "title": shown.face.title })))
    }

    fn partner_name(&self, partner: usize) -> &str {
        &self.facts.partners[partner].name
    }

    fn request(&self, shown: Shown<'_>) -> Value {
        let Shown { case, face, .. } = shown;
        let word = self.view.word(case.customer, Right::Read);
        let tenant = self.facts.customers[case.customer].tenant;
        let owner = face.owner.map(|account| self.person(account, "another organization"));
        let (how, said) = face.resolution.clone().map_or((None, None), |(how, said)| (Some(how), said));
        json!({
            "id": case.global,
            "number": case.number,
            "title": face.title,
            "description": case.description,
            "kind": "BILLING",
            "severity": case.severity,
            "status": face.status,
            "tier": face.tier,
            "raisedBy": if case.by_customer { "CUSTOMER" } else { "PARTNER" },
            "partnerName": self.partner_name(case.partner),
            "createdAt": moment(face.since),
            "diagnosis": face.diagnosis,
            "resolutionKind": how,
            "resolutionText": said,
            "owner": owner,
            "contact": face.contact.as_ref().map(|email| json!({ "email": email })),
            "mergedInto": null,
            "customer": word.map(|word| json!({ "tenantId": tenant, "name": word.name })),
            "partner": self.partner(Some(case.partner)),
            "escalations": shown.hops().map(|hop| self.hop(shown, hop)).collect::<Vec<_>>(),
            "notes": nodes(shown.notes().map(|note| self.note(shown, note))),
            "timeline": nodes(shown.entries().map(|entry| {
                json!({ "kind": entry.kind, "visibility": entry.visibility, "text": entry.text,
                    "actor": self.author(case, entry) })
            })),
        })
    }

    /// Somebody: a colleague by the account, others by their organisation alone.
    fn person(&self, account: usize, organization: &str) -> Value {
        let account = &self.facts.accounts[account];
        if self.view.account.is_some_and(|own| own.tenant == account.tenant) {
            return json!({ "id": self.ids.get(&account.id), "organization": null });
        }
        json!({ "id": null, "organization": organization })
    }

    fn author(&self, case: &Case, entry: &Entry) -> Option<Value> {
        let word = self.view.word(case.customer, Right::Read);
        let organization = match entry.author? {
            Party::Customer => word.map_or("the customer", |word| word.name.as_str()),
            Party::Named => self.partner_name(case.partner),
            Party::Tier(partner) => self.partner_name(partner),
        };
        Some(self.person(entry.account?, organization))
    }

    fn hop(&self, shown: Shown<'_>, hop: &Hop) -> Value {
        let is_end = shown.case.is_end(shown.party, hop);
        let to = hop.to.map(|partner| self.partner_name(partner));
        let owner = hop.owner.filter(|_| is_end);
        json!({
            "id": hop.id,
            "tier": if to.is_some() { "PROVIDER" } else { "VENDOR" },
            "vehicle": (is_end && to.is_none()).then_some("COMMERCIAL"),
            "state": hop.state,
            "requestReason": is_end.then_some(&hop.asked),
            "reason": hop.reason.as_ref().filter(|_| is_end),
            "requestedAt": moment(hop.span.from),
            "endedAt": (!hop.lasts()).then(|| moment(hop.span.until)),
            "from": { "name": self.partner_name(hop.from) },
            "to": to.map(|name| json!({ "name": name })),
            "owner": owner.map(|account| self.person(account, to.unwrap_or("another organization"))),
        })
    }

    fn note(&self, shown: Shown<'_>, note: &Entry) -> Value {
        let hop = note.hop.filter(|hop| shown.case.knows_hop(shown.party, *hop));
        json!({
            "id": note.id,
            "visibility": note.visibility,
            "text": note.text,
            "createdAt": moment(note.at),
            "author": self.author(shown.case, note),
            "escalation": hop.map(|hop| json!({ "id": shown.case.hops[hop].id })),
        })
    }

    // ---- single objects ----

    /// What is looked up, the same for every reader of a world.
    pub fn keys(&self) -> Keys {
        let cases = &self.facts.support.cases;
        let mut text = String::from("query Keys($ids: [ID!]!) { nodes(ids: $ids) { __typename id }");
        for (i, case) in cases.iter().enumerate() {
            let (number, id) = (&case.number, &case.global);
            write!(text, "\nn{i}: supportRequest(number: \"{number}\") {{ id title }}").unwrap();
            write!(text, "\ni{i}: supportRequest(id: \"{id}\") {{ number status }}").unwrap();
        }
        for (i, customer) in handed(cases).into_iter().enumerate() {
            let customer = &self.facts.customers[customer];
            let (id, tenant) = (&self.ids[&customer.id], customer.tenant);
            let asked = "{ name companyProfile { city } subscriptions(first: 30) { nodes { friendlyName } }
                partners(first: 30) { nodes { __typename } }
                delegatedAdminRelationships(first: 30) { nodes { displayName } }
                incidents(first: 30) { nodes { externalId } } supportRequests(first: 30) { nodes { number title } }
                myAccess { operations } }";
            write!(text, "\nc{i}: customer(id: \"{id}\") {asked}").unwrap();
            write!(text, "\nt{i}: customer(tenantId: \"{tenant}\") {{ tenantId }}").unwrap();
            let filter = format!("filter: {{ tenantId: {{ eq: \"{tenant}\" }} }}");
            write!(
                text,
                "\nf{i}: customers(first: 5, {filter}) {{ totalCount {{ value }} nodes {{ tenantId }} }}"
            )
            .unwrap();
        }
        let of_case = |case: &Case| {
            let hops = case.hops.iter().map(|hop| hop.id.clone());
            let notes = case.entries.iter().filter_map(|entry| entry.id.clone());
            [case.global.clone()].into_iter().chain(hops).chain(notes).collect::<Vec<_>>()
        };
        let ids = cases.iter().flat_map(of_case).take(IDS).collect();
        Keys { document: text + " }", ids }
    }

    /// The answer to [`Expected::keys`].
    pub fn by_keys(&self, keys: &Keys) -> Answer {
        let mut answer = Answer::default();
        let cases = &self.facts.support.cases;
        let all = self.desk().all();
        let type_of = |id: &String| {
            all.iter().find_map(|shown| {
                let is_hop = shown.hops().any(|hop| hop.id == *id);
                let is_note = shown.notes().any(|note| note.id.as_ref() == Some(id));
                if shown.case.global == *id {
                    return Some("SupportRequest");
                }
                is_hop.then_some("Escalation").or(is_note.then_some("SupportNote"))
            })
        };
        let node =
            |id: &String| type_of(id).map_or(Value::Null, |name| json!({ "__typename": name, "id": id }));
        answer.set("nodes", keys.ids.iter().map(node).collect());
        for (i, case) in cases.iter().enumerate() {
            let (by_number, by_id) = match self.desk().shown(case) {
                Some(Shown { face, .. }) => (
                    json!({ "id": case.global, "title": face.title }),
                    json!({ "number": case.number, "status": face.status }),
                ),
                None => (
                    answer.denied(json!([format!("n{i}")]), "NOT_FOUND"),
                    answer.denied(json!([format!("i{i}")]), "NOT_FOUND"),
                ),
            };
            answer.set(&format!("n{i}"), by_number);
            answer.set(&format!("i{i}"), by_id);
        }
        for (i, customer) in handed(cases).into_iter().enumerate() {
            self.by_keys_of_customer(&mut answer, i, customer);
        }
        answer
    }

    /// By its id a customer is found wherever it may be read, by its tenant and in lists where it is listed.
    fn by_keys_of_customer(&self, answer: &mut Answer, i: usize, customer: usize) {
        let (c, t) = (format!("c{i}"), format!("t{i}"));
        let by_id = self.details(answer, &c, customer);
        answer.set(&c, by_id);
        let listed = self.view.word(customer, Right::List).map(|word| self.tenant(word));
        let by_tenant = match &listed {
            Some(shown) => shown.clone(),
            None => answer.denied(json!([t]), "NOT_FOUND"),
        };
        answer.set(&t, by_tenant);
        answer.set(&format!("f{i}"), counted(listed));
    }

    fn details(&self, answer: &mut Answer, field: &str, customer: usize) -> Value {
        let Some(word) = self.view.word(customer, Right::Read) else {
            return answer.denied(json!([field]), "NOT_FOUND");
        };
        let may = |right| self.view.may(right, customer, word.source);
        let mut unless_denied = |name: &str, allowed: bool, value: Value| match allowed {
            true => value,
            false => answer.denied(json!([field, name]), "FORBIDDEN"),
        };
        let city = self.view.city(word).map_or(Value::Null, |city| json!({ "city": city }));
        let profile = unless_denied("companyProfile", may(Right::Profile), city);
        let sold = self.view.subscriptions().into_iter().filter(|s| s.customer == customer);
        let sold = nodes(sold.map(|s| json!({ "friendlyName": s.label })));
        let may_sold = may(Right::Subscriptions) || may(Right::TenantSubscriptions);
        let sold = unless_denied("subscriptions", may_sold, sold);
        let parties = self.view.parties(customer).into_iter();
        let parties = nodes(parties.map(|_| json!({ "__typename": "Partner" })));
        let parties = unless_denied("partners", may(Right::Partners), parties);
        let delegated = self.view.relationships().into_iter().filter(|r| r.customer == Some(customer));
        let delegated = nodes(delegated.map(|r| json!({ "displayName": r.name })));
        let may_delegated = may(Right::Delegations) || self.view.may_at_home(Right::Delegations);
        let delegated = unless_denied("delegatedAdminRelationships", may_delegated, delegated);
        let affecting = self.sight.incidents_of(customer).into_iter();
        let affecting = nodes(affecting.map(|copy| json!({ "externalId": self.external(copy) })));
        let affecting = unless_denied("incidents", self.sight.reads_some(customer), affecting);
        let path = json!([field, "supportRequests"]);
        let requests = self.requests_of(answer, path, customer, word.source);
        let held = Right::ON_CUSTOMER.into_iter().filter(|right| may(*right)).map(Right::name);
        json!({
            "name": word.name,
            "companyProfile": profile,
            "subscriptions": sold,
            "partners": parties,
            "delegatedAdminRelationships": delegated,
            "incidents": affecting,
            "supportRequests": requests,
            "myAccess": { "operations": held.collect::<Vec<_>>() },
        })
    }

    /// The longest lists of one request and one customer, if there are any: its tenant, its number, and their rows.
    pub fn longest(&self) -> Option<(String, String, [Vec<String>; 4])> {
        let all = self.desk().all();
        let words = self.view.customers();
        let of = |customer: usize| self.desk().of_customer(customer);
        let word = words.iter().max_by_key(|word| of(word.customer).len())?;
        let longest = all.iter().max_by_key(|shown| (shown.notes().count(), Reverse(shown.case.id)))?;
        if !self.desk().may_list(word.customer, word.source) {
            return None;
        }
        let number = |shown: &Shown<'_>| shown.case.number.clone();
        let text = |entry: &Entry| entry.text.clone().unwrap_or_default();
        let rows = [
            all.iter().map(number).collect(),
            of(word.customer).iter().map(number).collect(),
            longest.notes().map(text).collect(),
            longest.entries().map(|entry| entry.kind.to_owned()).collect(),
        ];
        let tenant = self.facts.customers[word.customer].tenant.to_string();
        Some((tenant, longest.case.number.clone(), rows))
    }
}
