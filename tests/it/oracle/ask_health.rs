//! Asks of service health over HTTP and compares with the oracle.

use super::ask::{Checks, Paged};
use super::expect::{Answer, Expected};
use super::expect_health::HEALTH;
use super::rights::Right;
use super::truth::{Reader, View};
use super::world::World;
use serde_json::{Map, json};

/// Parts of titles, whatever the case.
const TITLES: [&str; 5] = ["late", "REPORTS", "v1", "indirect_reseller", "nothing of the kind"];

/// What hangs on a customer and on an incident.
const LISTS: [&str; 5] = [
    "/customer/incidents",
    "/customer/serviceMessages",
    "/incident/posts",
    "/incident/impact/byReseller",
    "/incident/impact/customers",
];
const FORWARD: &str = "query($t: UUID!, $x: String!, $n: Int!,
    $a: String, $b: String, $c: String, $d: String, $e: String) {
    customer(tenantId: $t) {
        incidents(first: $n, after: $a) { nodes { key: externalId } pageInfo { more: hasNextPage cursor: endCursor } }
        serviceMessages(first: $n, after: $b) {
            nodes { key: externalId } pageInfo { more: hasNextPage cursor: endCursor } } }
    incident(externalId: $x) {
        posts(first: $n, after: $c) { nodes { key: text } pageInfo { more: hasNextPage cursor: endCursor } }
        impact {
            byReseller(first: $n, after: $d) {
                nodes { reseller { key: tenantId } } pageInfo { more: hasNextPage cursor: endCursor } }
            customers(first: $n, after: $e) {
                nodes { customer { key: tenantId } } pageInfo { more: hasNextPage cursor: endCursor } } } } }";
const BACKWARD: &str = "query($t: UUID!, $x: String!, $n: Int!,
    $a: String, $b: String, $c: String, $d: String, $e: String) {
    customer(tenantId: $t) {
        incidents(last: $n, before: $a) {
            nodes { key: externalId } pageInfo { more: hasPreviousPage cursor: startCursor } }
        serviceMessages(last: $n, before: $b) {
            nodes { key: externalId } pageInfo { more: hasPreviousPage cursor: startCursor } } }
    incident(externalId: $x) {
        posts(last: $n, before: $c) { nodes { key: text } pageInfo { more: hasPreviousPage cursor: startCursor } }
        impact {
            byReseller(last: $n, before: $d) {
                nodes { reseller { key: tenantId } } pageInfo { more: hasPreviousPage cursor: startCursor } }
            customers(last: $n, before: $e) {
                nodes { customer { key: tenantId } } pageInfo { more: hasPreviousPage cursor: startCursor } } } } }";

impl World {
    /// Services, incidents with their impact, and messages.
    pub async fn ask_health(&self, reader: &Reader, checks: &mut Checks) {
        let title = TITLES[checks.turn() % TITLES.len()];
        let view = View::of(&self.facts, self.now(), reader);
        let expected = Expected::of(&self.facts, &view, &self.ids);
        let answer = expected.health(title);
        let reply = self.viewer(reader).ask_with(HEALTH, json!({ "title": title })).await;
        checks.compare(&self.context(reader), &answer, &reply);
        self.tally_health(&expected, &answer, checks);
    }

    fn tally_health(&self, expected: &Expected<'_>, answer: &Answer, checks: &mut Checks) {
        let (view, sight) = (expected.view, &expected.sight);
        checks.see("health denied", answer.errors_at("incidents", "FORBIDDEN"));
        checks.see("messages denied", answer.errors_at("serviceMessages", "FORBIDDEN"));
        for incident in 0..self.facts.health.incidents.len() {
            let (shown, newest) = (sight.copy(incident), sight.newest(incident));
            checks.see("incident shown", usize::from(shown.is_some()));
            checks.see("incident hidden behind rights", usize::from(shown.is_none() && newest.is_some()));
            let is_newest = shown.map(|copy| copy.source) == newest.map(|copy| copy.source);
            checks.see("newest copy unreadable", usize::from(shown.is_some() && !is_newest));
        }
        let rows = answer.data["incidents"]["nodes"].as_array().cloned().unwrap_or_default();
        for impact in rows.iter().map(|row| &row["impact"]) {
            let shares = impact["byReseller"]["nodes"].as_array().map_or(0, Vec::len);
            checks.see("impact by two resellers", usize::from(shares > 1));
            checks.see("seats counted", usize::from(impact["seatCount"] != json!(0)));
            checks.see("requests counted", usize::from(impact["openSupportRequestCount"] != json!(0)));
        }
        for copy in sight.incidents() {
            for affected in sight.affected(copy.incident) {
                let own = sight.own_open(affected.customer, copy.body.service);
                let with_vendor = sight.open_with_vendor(affected.customer, copy.body.service);
                let filed = own.iter().filter(|own| own.case.is_filed_as(own.party, &with_vendor)).count();
                checks.see("own request counted", own.len() - filed);
                checks.see("filed request counted once", filed);
            }
        }
        for word in view.customers() {
            let services = sight.services(word.customer);
            let of_another = |source: usize| view.partner.is_some_and(|me| me != source);
            let others = services.iter().filter_map(|served| served.status);
            checks.see("status of another source", others.filter(|status| of_another(status.source)).count());
            let may = view.may(Right::Messages, word.customer, word.source);
            let shown = if may { sight.messages(word.customer).len() } else { 0 };
            checks.see("message shown", shown);
        }
    }

    /// What hangs on a customer and on an incident, page by page: on those with most of it.
    pub async fn ask_health_pages(&self, reader: &Reader, checks: &mut Checks) {
        let view = View::of(&self.facts, self.now(), reader);
        let shown = Expected::of(&self.facts, &view, &self.ids);
        let sight = &shown.sight;
        let words = view.customers();
        let Some(word) = words.iter().max_by_key(|word| sight.incidents_of(word.customer).len()) else {
            return;
        };
        let incidents = sight.incidents();
        let Some(copy) = incidents.iter().max_by_key(|copy| sight.affected(copy.incident).len()) else {
            return;
        };
        let tenant = |customer: usize| self.facts.customers[customer].tenant.to_string();
        let may = view.may(Right::Messages, word.customer, word.source);
        let messages = if may { sight.messages(word.customer) } else { Vec::new() };
        let reseller = |partner: usize| {
            let tenant = view.knows(partner).then(|| self.facts.partners[partner].tenant.to_string());
            tenant.unwrap_or("?".to_owned())
        };
        let affecting = sight.incidents_of(word.customer).into_iter();
        let shares = sight.shares(copy.incident).into_iter();
        let expected: [Vec<String>; 5] = [
            affecting.map(|copy| shown.external(copy).to_owned()).collect(),
            messages.into_iter().map(|message| message.external.clone()).collect(),
            sight.posts(copy).into_iter().map(|post| post.text.clone()).collect(),
            shares.map(|(partner, _)| reseller(partner)).collect(),
            sight.affected(copy.incident).iter().map(|affected| tenant(affected.customer)).collect(),
        ];
        let about = Map::from_iter([
            ("t".to_owned(), json!(tenant(word.customer))),
            ("x".to_owned(), json!(shown.external(copy))),
        ]);
        let paged = Paged { forward: FORWARD, backward: BACKWARD, lists: &LISTS, about };
        self.ask_paged(reader, &paged, &expected, checks).await;
    }
}
