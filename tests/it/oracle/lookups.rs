//! Look-ups of single objects and searches, as one document for a world, and the answers that the oracle expects.

use super::expect::{Answer, Expected, Thing, counted};
use super::facts::Facts;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use uuid::Uuid;

/// Most domains that are looked up; a document has at most 50 root fields.
const DOMAINS: usize = 14;
/// Most ids of one document.
pub const IDS: usize = 90;

/// What is asked of everybody in one world.
#[derive(Debug, Default)]
pub struct Questions {
    pub document: String,
    tenants: Vec<Uuid>,
    domains: Vec<String>,
    searches: Vec<String>,
    /// Upstream ids of incidents.
    incidents: Vec<String>,
    /// Names of customers, as any source says them.
    pub names: Vec<String>,
    /// Everything that has a global id, with that id.
    pub things: Vec<(String, Thing)>,
}

impl Questions {
    pub fn of(facts: &Facts, things: Vec<(String, Thing)>) -> Self {
        let domains: BTreeSet<&String> = facts.words.iter().flat_map(|w| &w.domains).collect();
        let step = domains.len() / DOMAINS + 1;
        let mut domains: Vec<String> = domains.into_iter().step_by(step).cloned().collect();
        domains.push("nobody.example".into());
        let mut tenants: Vec<Uuid> = facts.customers.iter().map(|c| c.tenant).collect();
        tenants.push(Uuid::from_u128(2));
        let names: BTreeSet<String> = facts.words.iter().map(|w| w.name.clone()).collect();
        let mut incidents: Vec<String> = facts.health.incidents.iter().map(|i| i.external.clone()).collect();
        incidents.push("EX1".into());
        // A name's beginning, two words in another order, a default domain's label, further domains', nothing.
        let searches = ["alp", "house SKI", "c1", "mail", "old2", "example", "zzz"];
        let mut questions = Questions {
            tenants,
            domains,
            searches: searches.map(str::to_owned).to_vec(),
            incidents,
            names: names.into_iter().collect(),
            things,
            document: String::new(),
        };
        questions.document = questions.written();
        questions
    }

    fn written(&self) -> String {
        let mut text = String::from(
            "query Lookups($ids: [ID!]!) { nodes(ids: $ids) { __typename id }
            viewer { account { name } partner { tenantId } customer { tenantId } }",
        );
        for (i, tenant) in self.tenants.iter().enumerate() {
            write!(text, "\nt{i}: customer(tenantId: \"{tenant}\") {{ tenantId name }}").unwrap();
        }
        for (i, domain) in self.domains.iter().enumerate() {
            write!(text, "\nd{i}: customer(domain: \"{domain}\") {{ tenantId }}").unwrap();
        }
        for (i, search) in self.searches.iter().enumerate() {
            let filter = format!("filter: {{ search: \"{search}\" }}");
            let asked = "{ totalCount { value } nodes { tenantId } }";
            write!(text, "\ns{i}: customers(first: 200, {filter}) {asked}").unwrap();
        }
        for (i, external) in self.incidents.iter().enumerate() {
            write!(text, "\ni{i}: incident(externalId: \"{external}\") {{ externalId title }}").unwrap();
        }
        text + " }"
    }

    /// Some of the things, others each time.
    pub fn ids(&self, turn: usize) -> Vec<(String, Thing)> {
        let start = if self.things.is_empty() { 0 } else { turn * IDS % self.things.len() };
        self.things.iter().cycle().skip(start).take(IDS.min(self.things.len())).cloned().collect()
    }

    /// The answer that the oracle expects.
    pub fn expected(&self, expected: &Expected<'_>, ids: &[(String, Thing)]) -> Answer {
        let (mut answer, view) = (Answer::default(), expected.view);
        let node = |(id, thing): &(String, Thing)| {
            let shown = expected.type_of(*thing);
            shown.map_or(Value::Null, |name| json!({ "__typename": name, "id": id }))
        };
        answer.set("nodes", ids.iter().map(node).collect());
        let viewer = json!({
            "account": view.account.map(|own| json!({ "name": own.name })),
            "partner": expected.partner(view.partner),
            "customer": expected.customer(view.customer),
        });
        answer.set("viewer", viewer);
        let listed = view.customers();
        for (i, tenant) in self.tenants.iter().enumerate() {
            let found = listed.iter().find(|w| expected.facts.customers[w.customer].tenant == *tenant);
            let value = match found {
                Some(word) => json!({ "tenantId": tenant, "name": word.name }),
                None => answer.denied(json!([format!("t{i}")]), "NOT_FOUND"),
            };
            answer.set(&format!("t{i}"), value);
        }
        for (i, domain) in self.domains.iter().enumerate() {
            let value = match view.by_domain(domain) {
                Some(word) => expected.tenant(word),
                None => answer.denied(json!([format!("d{i}")]), "NOT_FOUND"),
            };
            answer.set(&format!("d{i}"), value);
        }
        for (i, search) in self.searches.iter().enumerate() {
            let found = view.found(search);
            answer.set(&format!("s{i}"), counted(found.into_iter().map(|word| expected.tenant(word))));
        }
        for (i, external) in self.incidents.iter().enumerate() {
            let known = expected.facts.health.incidents.iter().position(|known| known.external == *external);
            let value = match known.and_then(|incident| expected.sight.copy(incident)) {
                Some(copy) => json!({ "externalId": external, "title": copy.body.title }),
                None => answer.denied(json!([format!("i{i}")]), "NOT_FOUND"),
            };
            answer.set(&format!("i{i}"), value);
        }
        answer
    }
}
