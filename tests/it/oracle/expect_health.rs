//! The question on service health, as a document, and the answer that the oracle expects: data and errors, whole.

use super::expect::{Answer, Expected, counted, nodes};
use super::facts::Word;
use super::facts_health::{IncidentCopy, raw};
use super::rights::Right;
use serde_json::{Value, json};

/// Services, incidents and messages of all customers, and all incidents with whom they affect.
pub const HEALTH: &str = "query Health($title: String!) {
    customers(first: 20) { nodes { tenantId
        services { service { name } status statusRaw decision { allowed } provenance { state } }
        incidents(first: 20) { provenance { state } nodes { externalId title } }
        serviceMessages(first: 20) { nodes { externalId title } } } }
    incidents(first: 20) {
        totalCount { value isEstimate }
        pageInfo { hasNextPage hasPreviousPage }
        nodes { id externalId title classification classificationRaw status statusRaw isResolved
            startedAt modifiedAt service { name } posts(first: 20) { nodes { createdAt text } } lastPost { text }
            impact { customerCount seatCount openSupportRequestCount
                byReseller(first: 20) {
                    nodes { reseller { tenantId } customerCount seatCount openSupportRequestCount } }
                customers(first: 20) { totalCount { value }
                    nodes { customer { tenantId } since openSupportRequestCount } } } } }
    ascending: incidents(first: 20, orderBy: [{ field: STARTED_AT, direction: ASC }]) { nodes { externalId } }
    last: incidents(last: 2) { nodes { externalId } pageInfo { hasPreviousPage } }
    active: incidents(first: 20, filter: { active: true }) { totalCount { value } nodes { externalId } }
    over: incidents(first: 20, filter: { active: false }) { totalCount { value } nodes { externalId } }
    advisories: incidents(first: 20, filter: { classification: { eq: ADVISORY } }) {
        totalCount { value } nodes { externalId } }
    degraded: incidents(first: 20, filter: { status: { eq: SERVICE_DEGRADATION } }) {
        totalCount { value } nodes { externalId } }
    titled: incidents(first: 20, filter: { title: { contains: $title } }) {
        totalCount { value } nodes { externalId } }
}";

/// A documented code as the graph shows it.
fn code(word: &str) -> String {
    word.to_uppercase()
}

/// A moment as the graph shows it.
fn moment(at: i64) -> String {
    chrono::DateTime::from_timestamp_micros(at).unwrap().to_rfc3339()
}

impl Expected<'_> {
    /// The answer to [`HEALTH`].
    pub fn health(&self, title: &str) -> Answer {
        let mut answer = Answer::default();
        let words = self.view.customers();
        let rows: Vec<Value> = words
            .iter()
            .enumerate()
            .map(|(place, word)| self.health_of_customer(&mut answer, place, word))
            .collect();
        answer.set("customers", nodes(rows));
        let shown = self.sight.incidents();
        let total = json!({ "value": shown.len(), "isEstimate": false });
        let info = json!({ "hasNextPage": false, "hasPreviousPage": false });
        let rows: Vec<Value> = shown.iter().map(|copy| self.incident(copy)).collect();
        answer.set("incidents", json!({ "totalCount": total, "pageInfo": info, "nodes": rows }));
        self.lists_of_incidents(&mut answer, &shown, title);
        answer
    }

    /// Upstream id of an incident.
    pub fn external(&self, copy: &IncidentCopy) -> &str {
        &self.facts.health.incidents[copy.incident].external
    }

    fn health_of_customer(&self, answer: &mut Answer, place: usize, word: &Word) -> Value {
        let customer = word.customer;
        let mut denied =
            |field: &str| answer.denied(json!(["customers", "nodes", place, field]), "FORBIDDEN");
        let services = self.sight.services(customer).into_iter().map(|served| {
            let status = served.status.map(|word| word.status);
            let right = served.service.administered_by();
            json!({
                "service": { "name": served.service.name() },
                "status": status.map(code),
                "statusRaw": status.and_then(raw),
                "decision": { "allowed": self.view.may(right, customer, word.source) },
                "provenance": { "state": served.state },
            })
        });
        let named =
            |copy: &IncidentCopy| json!({ "externalId": self.external(copy), "title": copy.body.title });
        let incidents = match self.sight.reads_some(customer) {
            false => denied("incidents"),
            true => json!({
                "provenance": { "state": self.sight.incidents_state(customer) },
                "nodes": self.sight.incidents_of(customer).into_iter().map(named).collect::<Vec<_>>(),
            }),
        };
        let messages = self.sight.messages(customer).into_iter();
        let messages = match self.view.may(Right::Messages, customer, word.source) {
            false => denied("serviceMessages"),
            true => nodes(messages.map(|m| json!({ "externalId": m.external, "title": m.title }))),
        };
        json!({
            "tenantId": self.facts.customers[customer].tenant,
            "services": services.collect::<Vec<_>>(),
            "incidents": incidents,
            "serviceMessages": messages,
        })
    }

    fn incident(&self, copy: &IncidentCopy) -> Value {
        let (body, posts) = (&copy.body, self.sight.posts(copy));
        let last = posts.first().map(|post| json!({ "text": post.text }));
        let posts = posts.iter().map(|post| json!({ "createdAt": moment(post.at), "text": post.text }));
        json!({
            "id": self.ids.get(&self.facts.health.incidents[copy.incident].id),
            "externalId": self.external(copy),
            "title": body.title,
            "classification": code(body.classification),
            "classificationRaw": raw(body.classification),
            "status": code(body.status),
            "statusRaw": raw(body.status),
            "isResolved": body.is_resolved,
            "startedAt": moment(body.starts),
            "modifiedAt": body.modified.map(moment),
            "service": { "name": body.service.name() },
            "posts": nodes(posts),
            "lastPost": last,
            "impact": self.impact(copy),
        })
    }

    /// The numbers of some customers.
    fn sums(&self, copy: &IncidentCopy, customers: impl IntoIterator<Item = usize>) -> Value {
        let (mut count, mut seats, mut requests) = (0, 0, 0);
        for customer in customers {
            count += 1;
            seats += self.sight.seats(customer, copy.body.service);
            requests += self.sight.open_requests(customer, copy.body.service);
        }
        json!({ "customerCount": count, "seatCount": seats, "openSupportRequestCount": requests })
    }

    fn impact(&self, copy: &IncidentCopy) -> Value {
        let affected = self.sight.affected(copy.incident);
        let mut impact = self.sums(copy, affected.iter().map(|affected| affected.customer));
        let shares = self.sight.shares(copy.incident).into_iter().map(|(reseller, customers)| {
            let mut share = self.sums(copy, customers);
            share["reseller"] = self.partner(Some(reseller));
            share
        });
        impact["byReseller"] = nodes(shares);
        impact["customers"] = counted(affected.iter().map(|affected| {
            json!({
                "customer": self.customer(Some(affected.customer)),
                "since": moment(affected.since),
                "openSupportRequestCount": self.sight.open_requests(affected.customer, copy.body.service),
            })
        }));
        impact
    }

    /// The same list in other orders, and by questions to the copy that is shown.
    fn lists_of_incidents(&self, answer: &mut Answer, shown: &[&IncidentCopy], title: &str) {
        let external = |copy: &IncidentCopy| json!({ "externalId": self.external(copy) });
        answer.set("ascending", nodes(shown.iter().rev().map(|copy| external(copy))));
        let before = shown.len().saturating_sub(2);
        let mut last = nodes(shown.iter().skip(before).map(|copy| external(copy)));
        last["pageInfo"] = json!({ "hasPreviousPage": before > 0 });
        answer.set("last", last);
        let mut list = |field: &str, holds: &dyn Fn(&IncidentCopy) -> bool| {
            answer.set(field, counted(shown.iter().filter(|copy| holds(copy)).map(|copy| external(copy))));
        };
        list("active", &|copy: &IncidentCopy| !copy.body.is_resolved);
        list("over", &|copy: &IncidentCopy| copy.body.is_resolved);
        list("advisories", &|copy: &IncidentCopy| copy.body.classification == "advisory");
        list("degraded", &|copy: &IncidentCopy| copy.body.status == "service_degradation");
        let wanted = title.to_lowercase();
        list("titled", &|copy: &IncidentCopy| copy.body.title.to_lowercase().contains(&wanted));
    }
}
