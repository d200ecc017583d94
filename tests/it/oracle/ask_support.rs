//! Asks of support requests over HTTP and compares with the oracle.

use super::ask::{Checks, Paged};
use super::expect::{Answer, Expected};
use super::expect_support::REQUESTS;
use super::facts_support::Party;
use super::rights::Right;
use super::truth::{Reader, View};
use super::truth_support::Desk;
use super::world::World;
use serde_json::{Map, json};

/// Parts of titles.
const TITLES: [&str; 4] = ["Invoice", "again", "Invoice 3", "nothing of the kind"];
/// Readers of cases that are with a provider.
const TIERS: usize = 3;

const LISTS: [&str; 4] =
    ["/supportRequests", "/customer/supportRequests", "/supportRequest/notes", "/supportRequest/timeline"];
const FORWARD: &str = "query($t: UUID!, $x: String!, $n: Int!, $a: String, $b: String, $c: String, $d: String) {
    supportRequests(first: $n, after: $a) { nodes { key: number } pageInfo { more: hasNextPage cursor: endCursor } }
    customer(tenantId: $t) { supportRequests(first: $n, after: $b) {
        nodes { key: number } pageInfo { more: hasNextPage cursor: endCursor } } }
    supportRequest(number: $x) {
        notes(first: $n, after: $c) { nodes { key: text } pageInfo { more: hasNextPage cursor: endCursor } }
        timeline(first: $n, after: $d) { nodes { key: kind } pageInfo { more: hasNextPage cursor: endCursor } } } }";
const BACKWARD: &str = "query($t: UUID!, $x: String!, $n: Int!, $a: String, $b: String, $c: String, $d: String) {
    supportRequests(last: $n, before: $a) {
        nodes { key: number } pageInfo { more: hasPreviousPage cursor: startCursor } }
    customer(tenantId: $t) { supportRequests(last: $n, before: $b) {
        nodes { key: number } pageInfo { more: hasPreviousPage cursor: startCursor } } }
    supportRequest(number: $x) {
        notes(last: $n, before: $c) { nodes { key: text } pageInfo { more: hasPreviousPage cursor: startCursor } }
        timeline(last: $n, before: $d) {
            nodes { key: kind } pageInfo { more: hasPreviousPage cursor: startCursor } } } }";

impl World {
    /// Requests with their hops, notes and timelines, in lists and by every key.
    pub async fn ask_support(&self, reader: &Reader, checks: &mut Checks) {
        let title = TITLES[checks.turn() % TITLES.len()];
        let view = View::of(&self.facts, self.now(), reader);
        let expected = Expected::of(&self.facts, &view, &self.ids);
        let (context, viewer) = (self.context(reader), self.viewer(reader));
        let answer = expected.requests(title);
        let reply = viewer.ask_with(REQUESTS, json!({ "title": title })).await;
        checks.compare(&context, &answer, &reply);
        let keys = expected.keys();
        let by_keys = expected.by_keys(&keys);
        let reply = viewer.ask_with(&keys.document, json!({ "ids": keys.ids })).await;
        checks.compare(&context, &by_keys, &reply);
        self.tally_support(&view, &answer, checks);
    }

    fn tally_support(&self, view: &View<'_>, answer: &Answer, checks: &mut Checks) {
        let desk = Desk::of(view);
        checks.see("requests denied", answer.errors_at("supportRequests", "FORBIDDEN"));
        for case in &self.facts.support.cases {
            let shown = desk.shown(case);
            checks.see("request shown", usize::from(shown.is_some()));
            checks.see("request hidden", usize::from(shown.is_none()));
            let Some(shown) = shown else { continue };
            let is_tier = matches!(shown.party, Party::Tier(_));
            checks.see("request read by its customer", usize::from(shown.party == Party::Customer));
            checks.see("case with a provider", usize::from(is_tier && shown.face.is_current));
            checks.see("record kept", usize::from(is_tier && !shown.face.is_current));
            let notes = case.entries.iter().filter(|entry| entry.id.is_some()).count();
            checks.see("note hidden", notes - shown.notes().count());
            let in_part = shown.hops().filter(|hop| !case.is_end(shown.party, hop)).count();
            checks.see("hop told in part", in_part);
            let may = |right| view.word(case.customer, right).is_some();
            checks.see("customer by its case alone", usize::from(may(Right::Read) && !may(Right::List)));
        }
    }

    /// All requests, those of a customer, notes and timeline of one, page by page.
    pub async fn ask_support_pages(&self, reader: &Reader, checks: &mut Checks) {
        let view = View::of(&self.facts, self.now(), reader);
        let expected = Expected::of(&self.facts, &view, &self.ids);
        let Some((tenant, number, rows)) = expected.longest() else { return };
        let about = Map::from_iter([("t".to_owned(), json!(tenant)), ("x".to_owned(), json!(number))]);
        let paged = Paged { forward: FORWARD, backward: BACKWARD, lists: &LISTS, about };
        self.ask_paged(reader, &paged, &rows, checks).await;
    }

    /// Agents of providers that have a case, with all that this may open and must not.
    pub async fn ask_tiers(&self, checks: &mut Checks) {
        let cases = self.facts.support.cases.iter();
        let with = cases.filter_map(|case| case.hops[case.with_provider()?].to);
        let with: Vec<usize> = with.collect();
        for partner in with.into_iter().take(TIERS) {
            let reader = Reader { account: self.engineer(partner), ..Reader::default() };
            self.ask_lists(&reader, checks).await;
            self.ask_lookups(&reader, checks).await;
            self.ask_support(&reader, checks).await;
            self.ask_support_pages(&reader, checks).await;
        }
    }
}
