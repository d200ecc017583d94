//! Asks the gateway over HTTP and compares with the oracle.

use super::expect::{Answer, Expected, LISTS};
use super::lookups::IDS;
use super::rights::Right;
use super::truth::{Reader, View};
use super::world::World;
use crate::harness::{Reply, Viewer};
use entity::{CustomerId, PartnerId};
use partner_gateway::access::action::Action;
use partner_gateway::access::explain;
use partner_gateway::error::Result;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Most differences that are told at length.
const TOLD: usize = 8;
/// A list that has not ended after so many pages never does.
const MOST_PAGES: usize = 400;

/// The names of the cursors in a question that is asked page by page.
const CURSORS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// A question for several lists at once, page by page, forward and backward. In each node some `key` is compared.
pub struct Paged {
    pub forward: &'static str,
    pub backward: &'static str,
    /// Where each list stands in the answer's data, in the order of their cursors.
    pub lists: &'static [&'static str],
    /// Further variables.
    pub about: Map<String, Value>,
}

const LISTS_FORWARD: &str = "query($n: Int!, $a: String, $b: String, $c: String, $d: String, $e: String) {
    customers(first: $n, after: $a) { nodes { key: tenantId } pageInfo { more: hasNextPage cursor: endCursor } }
    customerSubscriptions(first: $n, after: $b) {
        nodes { key: friendlyName } pageInfo { more: hasNextPage cursor: endCursor } }
    delegatedAdminRelationships(first: $n, after: $c) {
        nodes { key: displayName } pageInfo { more: hasNextPage cursor: endCursor } }
    partners(first: $n, after: $d) { nodes { key: tenantId } pageInfo { more: hasNextPage cursor: endCursor } }
    incidents(first: $n, after: $e) {
        nodes { key: externalId } pageInfo { more: hasNextPage cursor: endCursor } } }";
const LISTS_BACKWARD: &str = "query($n: Int!, $a: String, $b: String, $c: String, $d: String, $e: String) {
    customers(last: $n, before: $a) { nodes { key: tenantId } pageInfo { more: hasPreviousPage cursor: startCursor } }
    customerSubscriptions(last: $n, before: $b) {
        nodes { key: friendlyName } pageInfo { more: hasPreviousPage cursor: startCursor } }
    delegatedAdminRelationships(last: $n, before: $c) {
        nodes { key: displayName } pageInfo { more: hasPreviousPage cursor: startCursor } }
    partners(last: $n, before: $d) {
        nodes { key: tenantId } pageInfo { more: hasPreviousPage cursor: startCursor } }
    incidents(last: $n, before: $e) {
        nodes { key: externalId } pageInfo { more: hasPreviousPage cursor: startCursor } } }";

/// What was compared, and what differed.
#[derive(Debug, Default)]
pub struct Checks {
    pub count: usize,
    wrong: Vec<String>,
    faults: usize,
    /// How often each situation came up.
    pub seen: BTreeMap<&'static str, usize>,
    turn: usize,
}

impl Checks {
    pub fn fault(&mut self, what: String) {
        self.faults += 1;
        if self.wrong.len() < TOLD {
            self.wrong.push(what.chars().take(3_000).collect());
        }
    }

    pub fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.count += 1;
        if !holds {
            self.fault(what());
        }
    }

    pub fn see(&mut self, what: &'static str, times: usize) {
        *self.seen.entry(what).or_default() += times;
    }

    pub fn compare(&mut self, context: &str, expected: &Answer, reply: &Reply) {
        self.expect(reply.status == 200, || format!("{context}: status {}", reply.status));
        let (compared, wrong) = expected.compare(&reply.body);
        self.count += compared;
        wrong.into_iter().for_each(|fault| self.fault(format!("{context}: {fault}")));
    }

    pub fn turn(&mut self) -> usize {
        self.turn += 1;
        self.turn
    }

    /// Fails if anything differed, or if too little was looked at.
    pub fn conclude(&self, least: usize, situations: &[&str]) {
        let told = self.wrong.join("\n\n");
        assert!(self.faults == 0, "{} of {} checks differ; the first:\n\n{told}\n", self.faults, self.count);
        assert!(self.count > least, "only {} checks", self.count);
        let missing: Vec<_> =
            situations.iter().filter(|s| self.seen.get(**s).is_none_or(|n| *n == 0)).collect();
        assert!(missing.is_empty(), "never came up: {missing:?}; {:?}", self.seen);
    }
}

/// What is compared of a node.
fn key(node: &Value) -> Option<&str> {
    let members = node.as_object()?;
    members.get("key").and_then(Value::as_str).or_else(|| members.values().find_map(key))
}

impl World {
    pub fn now(&self) -> i64 {
        self.db().clock().now().0
    }

    /// Who asks what when, to find it again.
    pub fn context(&self, reader: &Reader) -> String {
        let about = reader.account.map_or_else(String::new, |place| {
            let account = &self.facts.accounts[place];
            let partner = self.facts.partners.iter().position(|p| p.tenant == account.tenant);
            let customer = self.facts.customers.iter().position(|c| c.tenant == account.tenant);
            let member = self.facts.memberships.iter().filter(|m| m.account == place);
            let roles: Vec<_> = member.map(|m| self.facts.groups[m.group].role.unwrap_or("-")).collect();
            let kind = account.kind;
            format!("{kind} {place} of partner {partner:?} customer {customer:?} in {roles:?}")
        });
        let narrowed = reader.narrowed.as_ref().map(Vec::len);
        let moved = (self.now() - super::people::NOW) as f64 / super::facts::DAY as f64;
        format!("seed {}, day {moved:+.4}, {about}, token groups {narrowed:?}", self.seed)
    }

    pub fn viewer(&self, reader: &Reader) -> Viewer<'_> {
        let mut claims = Map::new();
        if let Some(groups) = &reader.narrowed {
            claims.insert("groups".into(), json!(groups));
        }
        if reader.is_guest {
            claims.insert("acct".into(), json!(1));
        }
        let account = reader.account.map(|account| &self.facts.accounts[account]);
        let somebody = (self.facts.partners[0].tenant, Uuid::from_u128(1));
        let (tenant, object) = account.map_or(somebody, |account| (account.tenant, account.object));
        self.test.with_claims(tenant, object, Value::Object(claims))
    }

    /// Every list with what hangs on it. Gives the oracle's answer.
    pub async fn ask_lists(&self, reader: &Reader, checks: &mut Checks) -> Answer {
        let names = &self.questions.names;
        let name = names.get(checks.turn() % names.len().max(1)).cloned().unwrap_or_default();
        let view = View::of(&self.facts, self.now(), reader);
        let expected = Expected::of(&self.facts, &view, &self.ids).lists(&name);
        let reply = self.viewer(reader).ask_with(LISTS, json!({ "name": name })).await;
        checks.compare(&self.context(reader), &expected, &reply);
        self.tally(&view, &expected, checks);
        expected
    }

    fn tally(&self, view: &View<'_>, expected: &Answer, checks: &mut Checks) {
        let listed = expected.data["customers"]["nodes"].as_array().map_or(0, Vec::len);
        let sold = expected.data["customerSubscriptions"]["nodes"].as_array().map_or(0, Vec::len);
        let (no_profile, no_price) = (
            expected.errors_at("companyProfile", "FORBIDDEN"),
            expected.errors_at("termDuration", "FORBIDDEN"),
        );
        checks.see("profile denied", no_profile);
        checks.see("profile opened", listed - no_profile);
        checks.see("price denied", no_price);
        checks.see("price opened", sold - no_price);
        checks.see("subscriptions denied", expected.errors_at("subscriptions", "FORBIDDEN"));
        checks.see("assignments denied", expected.errors_at("accessAssignments", "FORBIDDEN"));
        let copies = self.facts.subscriptions.iter().filter(|copy| view.may_see(copy)).count();
        checks.see("copy hidden behind a better one", copies - sold);
        for customer in 0..self.facts.customers.len() {
            for partner in 0..self.facts.partners.len() {
                checks.see("DAP silenced", usize::from(view.silenced(customer, partner)));
                let by_consent = view.partner.is_some_and(|me| view.linked_by_consent(customer, me, partner));
                checks.see("link by consent", usize::from(by_consent));
            }
            checks.see("restricted", usize::from(view.restricted(customer, "no_access")));
        }
        checks.see("narrowed", usize::from(view.is_narrowed() && listed > 0));
    }

    /// Single objects by every key, and searches.
    pub async fn ask_lookups(&self, reader: &Reader, checks: &mut Checks) {
        let ids = self.questions.ids(checks.turn());
        let view = View::of(&self.facts, self.now(), reader);
        let expected = Expected::of(&self.facts, &view, &self.ids);
        let expected = self.questions.expected(&expected, &ids);
        let asked: Vec<&String> = ids.iter().map(|(id, _)| id).collect();
        debug_assert!(asked.len() <= IDS);
        let reply = self.viewer(reader).ask_with(&self.questions.document, json!({ "ids": asked })).await;
        checks.compare(&self.context(reader), &expected, &reply);
        let hidden = expected.errors.len();
        checks.see("look-up hidden", hidden);
        let nodes = expected.data["nodes"].as_array().cloned().unwrap_or_default();
        checks.see("node shown", nodes.iter().filter(|node| !node.is_null()).count());
        checks.see("node hidden", nodes.iter().filter(|node| node.is_null()).count());
    }

    /// The five lists page by page.
    pub async fn ask_pages(&self, reader: &Reader, checks: &mut Checks) {
        let paged = Paged {
            forward: LISTS_FORWARD,
            backward: LISTS_BACKWARD,
            lists: &[
                "/customers",
                "/customerSubscriptions",
                "/delegatedAdminRelationships",
                "/partners",
                "/incidents",
            ],
            about: Map::new(),
        };
        let view = View::of(&self.facts, self.now(), reader);
        let shown = Expected::of(&self.facts, &view, &self.ids);
        let tenant = |customer: usize| self.facts.customers[customer].tenant.to_string();
        let partner = |partner: usize| self.facts.partners[partner].tenant.to_string();
        let expected: [Vec<String>; 5] = [
            view.customers().iter().map(|word| tenant(word.customer)).collect(),
            view.subscriptions().iter().map(|copy| copy.label.clone()).collect(),
            view.relationships().iter().map(|relationship| relationship.name.clone()).collect(),
            view.partners().iter().map(|(place, _)| partner(*place)).collect(),
            shown.sight.incidents().into_iter().map(|copy| shown.external(copy).to_owned()).collect(),
        ];
        self.ask_paged(reader, &paged, &expected, checks).await;
    }

    /// Lists page by page: each row once, in the same order, whatever the size and the direction.
    pub async fn ask_paged(
        &self,
        reader: &Reader,
        paged: &Paged,
        expected: &[Vec<String>],
        checks: &mut Checks,
    ) {
        let context = self.context(reader);
        for (size, is_backward) in [(1, false), (2, false), (2, true)] {
            let walked = self.walk(reader, paged, size, is_backward, checks).await;
            for (place, list) in paged.lists.iter().enumerate() {
                checks.count += expected[place].len();
                checks.see("paged", expected[place].len());
                checks.expect(walked[place] == expected[place], || {
                    let (expected, walked) = (&expected[place], &walked[place]);
                    let way = if is_backward { "backward" } else { "forward" };
                    format!(
                        "{context}: {list} by {size} {way}\n    expected {expected:?}\n    walked {walked:?}"
                    )
                });
            }
        }
    }

    async fn walk(
        &self,
        reader: &Reader,
        paged: &Paged,
        size: usize,
        is_backward: bool,
        checks: &mut Checks,
    ) -> Vec<Vec<String>> {
        let (viewer, context, lists) = (self.viewer(reader), self.context(reader), paged.lists.len());
        let document = if is_backward { paged.backward } else { paged.forward };
        let mut rows: Vec<Vec<String>> = vec![Vec::new(); lists];
        let (mut cursors, mut open) = (vec![Value::Null; lists], vec![true; lists]);
        for _ in 0..MOST_PAGES {
            let mut variables = paged.about.clone();
            variables.insert("n".into(), json!(size));
            variables.extend(CURSORS.iter().map(|name| (*name).to_owned()).zip(cursors.iter().cloned()));
            let reply = viewer.ask_with(document, Value::Object(variables)).await;
            for (place, list) in paged.lists.iter().enumerate() {
                if !open[place] {
                    continue;
                }
                let list = reply.body["data"].pointer(list).cloned().unwrap_or_default();
                let keys = |node: &Value| key(node).unwrap_or("?").to_owned();
                let page: Vec<String> = list["nodes"].as_array().into_iter().flatten().map(keys).collect();
                open[place] = list["pageInfo"]["more"] == json!(true);
                let is_whole = page.len() == size || (page.len() < size && !open[place]);
                checks.expect(is_whole, || format!("{context}: a page of {size} has {} rows", page.len()));
                cursors[place] = list["pageInfo"]["cursor"].clone();
                let at = if is_backward { 0 } else { rows[place].len() };
                drop(rows[place].splice(at..at, page));
            }
            if !open.contains(&true) {
                return rows;
            }
        }
        checks.fault(format!("{context}: paging by {size} does not end"));
        rows
    }

    /// The explanation of a right on a customer must say what the oracle says, source by source; without a customer,
    /// of a right on one's own organisation.
    pub async fn ask_why(
        &self,
        account: usize,
        customer: Option<usize>,
        right: Right,
        checks: &mut Checks,
    ) -> Result<()> {
        let reader = Reader { account: Some(account), ..Reader::default() };
        let view = View::of(&self.facts, self.now(), &reader);
        let (tenant, object) = (self.facts.accounts[account].tenant, self.facts.accounts[account].object);
        let known = explain::account(self.db(), tenant, object).await?;
        let about = customer.map(|customer| CustomerId(self.facts.customers[customer].id));
        let action = Action::parse(right.name()).expect("an operation of the policy");
        let verdicts = match known {
            Some(id) => {
                let policy = self.test.app.policy.current();
                explain::explain(self.db(), &policy, id, about, action).await?.verdicts
            }
            None => Vec::new(),
        };
        let says = |source: PartnerId| verdicts.iter().find(|v| v.source == source).map(|v| v.is_allowed);
        for (place, partner) in self.facts.partners.iter().enumerate() {
            let explained = says(PartnerId(partner.id)).or(says(PartnerId::ANY)).unwrap_or(false);
            let expected = match customer {
                Some(customer) => view.may(right, customer, place),
                None => view.partner == Some(place) && view.may_at_home(right),
            };
            checks.see("explained as allowed", usize::from(expected));
            checks.expect(explained == expected, || {
                let name = right.name();
                let about = self.context(&reader);
                format!(
                    "{about}: {name} on customer {customer:?}, rows of partner {place}: \
                     explained {explained}, expected {expected}"
                )
            });
        }
        Ok(())
    }
}
