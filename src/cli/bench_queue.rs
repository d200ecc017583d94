//! `bench --cases`: what the queue of a provider with many open cases costs, by due time, and what a note on one costs.
//!
//! - Asks as a helpdesk agent of the largest provider, to whom all cases were handed: it reads each by the hop alone.
//! - The queue's pages are looked into before the clock runs: how many rows, in which order, each with its customer, its
//!   hop and what was written for this reader.
//! - A note has a key of its own, and counts once its answer shows it. Notes come last: they change what pages show.
//! - No page asks for a count.

use super::bench::{BenchArgs, body, row, unwritable};
use super::bench_load::{Measured, Operation, Target, beginning, checked, cpu_millis, measure};
use crate::db::Db;
use crate::demo::scale;
use crate::error::{Error, Result};
use chrono::DateTime;
use reqwest::Client;
use sea_orm::Statement;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;

/// What a support lead at an indirect provider asks for.
const QUEUE: &str = "query ($within: Duration!, $after: String) { supportRequests( \
    filter: { tier: { eq: PROVIDER }, open: true, dueWithin: $within } \
    orderBy: [{ field: DUE_AT, direction: ASC }] first: 50 after: $after) { nodes { \
    id number title severity status dueAt breached customer { id name } service { id name } owner { id name } \
    escalations { id from { id name } to { id name } tier vehicle state reason requestedAt dueAt answeredAt } \
    notes(first: 10) { nodes { visibility text createdAt author { name } } } \
    timeline(first: 20) { nodes { at kind actor { name } detail } } } pageInfo { hasNextPage endCursor } } }";
const ADD_NOTE: &str = "mutation ($input: AddSupportNoteInput!) { addSupportNote(input: $input) { \
    note { id visibility text createdAt } userErrors { field code message } } }";

/// Where answers hold what was asked for.
const NODES: &str = "/data/supportRequests/nodes";
const NOTE: &str = "/data/addSupportNote/note";

/// All that has a clock: the last due time of the generated cases is nearer.
const WITHIN: &str = "P90D";
const PAGE: usize = 50;
/// How deep the deep page is.
const DEEPEST: usize = 20;
/// How long notes are written before anything counts.
const WARM_UP: Duration = Duration::from_millis(500);
const TEXT: &str = "Looked into it with the service: the same is seen at another customer.";

/// Measures a running server over `db`, and writes a line for each measurement to `out`. Answers with the statements that
/// the queue reads, for a look at their plans.
///
/// # Errors
/// An answer is wrong or missing.
pub async fn run(
    args: &BenchArgs,
    db: &Db,
    endpoint: &str,
    token_for: &dyn Fn(&str) -> Result<String>,
    out: &mut dyn Write,
) -> Result<Vec<Statement>> {
    let partner = scale::largest_provider();
    let target = Target::new(endpoint, &token_for(&format!("helpdesk@{partner}"))?)?;
    db.record_statements();
    let Queue { pages, cases } = walk(&target).await?;
    let statements = db.recorded_statements();
    let deep = (pages.len() > 1).then(|| ("deep queue", pages.last().cloned()));
    let operations = [("queue", pages.first().cloned())].into_iter().chain(deep);
    let time = Duration::from_secs(args.seconds);
    for (name, page) in operations {
        let requests = page.into_iter().collect();
        let operation = Arc::new(Operation { name, found: NODES, requests });
        for clients in args.clients.iter().copied() {
            let mut before = 0;
            let mut begin = || before = db.statement_count();
            let measured = measure(&target, &operation, clients, time, &mut begin).await?;
            let count = db.statement_count() - before;
            row(&partner, name, clients, &measured, Some(count), out).map_err(unwritable)?;
        }
    }
    let cases = Arc::new(cases);
    for clients in args.clients.iter().copied() {
        let measured = notes(&target, &cases, clients, time).await?;
        // Statements inside a transaction are not counted.
        row(&partner, "note", clients, &measured, None, out).map_err(unwritable)?;
    }
    Ok(statements)
}

/// The first pages of the queue.
struct Queue {
    /// Bodies, each with the answer that was checked.
    pages: Vec<(Vec<u8>, Vec<u8>)>,
    /// The requests on them.
    cases: Vec<String>,
}

async fn walk(target: &Target) -> Result<Queue> {
    let client = target.connect()?;
    let (mut queue, mut after) = (Queue { pages: Vec::new(), cases: Vec::new() }, Value::Null);
    let (mut seen, mut last) = (BTreeSet::new(), i64::MIN);
    while queue.pages.len() < DEEPEST {
        let asked = body(QUEUE, json!({ "within": WITHIN, "after": after }));
        let answer = target.ask(&client, asked.clone()).await?;
        let page = Page::read(&answer, last)?;
        last = page.last;
        if let Some(twice) = page.cases.iter().find(|case| !seen.insert((*case).clone())) {
            return Err(Error::internal(format!("a request is on two pages of the queue: {twice}")));
        }
        queue.pages.push((asked, answer));
        queue.cases.extend(page.cases);
        match page.next {
            Some(cursor) => after = cursor.into(),
            None => break,
        }
    }
    Ok(queue)
}

/// What was found on a page of the queue.
struct Page {
    cases: Vec<String>,
    /// The last due time, in microseconds.
    last: i64,
    /// Where the next page begins.
    next: Option<String>,
}

impl Page {
    /// Looks into an answer. `after` is the last due time of the page before.
    fn read(answer: &[u8], after: i64) -> Result<Self> {
        let wrong = |what: &str| Error::internal(format!("the queue {what}: {}", beginning(answer)));
        let json = checked(answer, NODES)?;
        let list = &json["data"]["supportRequests"];
        let nodes = list["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let info = &list["pageInfo"];
        let next = info["endCursor"].as_str().filter(|_| info["hasNextPage"] == true).map(str::to_owned);
        if nodes.len() > PAGE || next.is_some() && nodes.len() < PAGE {
            return Err(wrong(&format!("has a page of {} rows", nodes.len())));
        }
        let mut page = Page { cases: Vec::new(), last: after, next };
        for node in nodes {
            let due = node["dueAt"].as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
            let due = due.ok_or_else(|| wrong("shows a request that is not due"))?.timestamp_micros();
            if due < page.last {
                return Err(wrong("is not in the order of due times"));
            }
            if !is_whole(node) {
                return Err(wrong(&format!("shows a request that lacks something: {node}")));
            }
            page.last = due;
            page.cases.extend(node["id"].as_str().map(str::to_owned));
        }
        Ok(page)
    }
}

/// Open, with its customer, a hop that waits for an answer, and a timeline; no note is for the customer.
fn is_whole(node: &Value) -> bool {
    let list = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let (hops, notes) = (list(&node["escalations"]), list(&node["notes"]["nodes"]));
    let is_open = node["status"].as_str().is_some_and(|status| !["RESOLVED", "CLOSED"].contains(&status));
    is_open
        && node["id"].is_string()
        && node["customer"]["name"].is_string()
        && hops.iter().any(|hop| hop["state"] == "REQUESTED")
        && !list(&node["timeline"]["nodes"]).is_empty()
        && notes.iter().all(|note| note["text"].is_string() && note["visibility"] != "CUSTOMER")
}

/// Writes notes for so long with so many clients, after a short warm-up.
async fn notes(target: &Target, cases: &Arc<Vec<String>>, clients: u32, time: Duration) -> Result<Measured> {
    let connections = (0..clients).map(|_| target.connect()).collect::<Result<Vec<_>>>()?;
    together(target, cases, &connections, WARM_UP).await?;
    let (cpu, begun) = (cpu_millis(), Instant::now());
    let (mut micros, bytes) = together(target, cases, &connections, time).await?;
    let elapsed = begun.elapsed();
    let cpu_millis = cpu_millis().zip(cpu).map(|(after, before)| after.saturating_sub(before));
    micros.sort_unstable();
    Ok(Measured { micros, elapsed, cpu_millis, bytes })
}

async fn together(
    target: &Target,
    cases: &Arc<Vec<String>>,
    connections: &[Client],
    time: Duration,
) -> Result<(Vec<u32>, u64)> {
    let (mut clients, until) = (JoinSet::new(), Instant::now() + time);
    // Never used before, whatever was measured on this database.
    let key = Uuid::new_v4();
    for (place, client) in connections.iter().enumerate() {
        let writer = Writer {
            target: target.clone(),
            client: client.clone(),
            cases: cases.clone(),
            key: format!("bench {key} {place}"),
            place,
            step: connections.len(),
        };
        clients.spawn(async move { writer.write(until).await });
    }
    let (mut micros, mut bytes) = (Vec::new(), 0);
    while let Some(client) = clients.join_next().await {
        let (more, further) = client.map_err(Error::internal)??;
        micros.extend(more);
        bytes += further;
    }
    Ok((micros, bytes))
}

/// A client that writes one note after the other, each on another request.
struct Writer {
    target: Target,
    client: Client,
    cases: Arc<Vec<String>>,
    /// What its keys begin with.
    key: String,
    place: usize,
    step: usize,
}

impl Writer {
    async fn write(&self, until: Instant) -> Result<(Vec<u32>, u64)> {
        let (mut micros, mut bytes) = (Vec::new(), 0);
        let turns = self.cases.iter().cycle().skip(self.place % self.cases.len().max(1)).step_by(self.step);
        for (number, case) in turns.enumerate() {
            let begun = Instant::now();
            if begun >= until {
                break;
            }
            let key = format!("{} {number}", self.key);
            let input = json!({ "idempotencyKey": key, "supportRequestId": case, "visibility": "CHAIN", "text": TEXT });
            let asked = body(ADD_NOTE, json!({ "input": input }));
            let answer = self.target.ask(&self.client, asked).await?;
            micros.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
            bytes += answer.len() as u64;
            require_note(&answer)?;
        }
        Ok((micros, bytes))
    }
}

/// The note is there, as it was sent, and nothing was refused.
fn require_note(answer: &[u8]) -> Result<()> {
    let json = checked(answer, NOTE)?;
    let payload = &json["data"]["addSupportNote"];
    if payload["note"]["text"] == TEXT && payload["userErrors"].as_array().is_some_and(Vec::is_empty) {
        return Ok(());
    }
    Err(Error::internal(format!("a note was not written: {}", beginning(answer))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, due_at: &str) -> Value {
        json!({
            "id": id, "status": "IN_PROGRESS", "dueAt": due_at, "customer": { "name": "Alpine Bakery Ltd" },
            "escalations": [{ "state": "REQUESTED" }], "timeline": { "nodes": [{ "kind": "NOTE" }] },
            "notes": { "nodes": [{ "visibility": "CHAIN", "text": "Seen." }] }
        })
    }

    fn answer(nodes: Vec<Value>, has_next: bool) -> Vec<u8> {
        let info = json!({ "hasNextPage": has_next, "endCursor": "c" });
        let data = json!({ "supportRequests": { "nodes": nodes, "pageInfo": info } });
        json!({ "data": data }).to_string().into_bytes()
    }

    const EARLY: &str = "2026-03-02T09:00:00Z";
    const LATE: &str = "2026-03-02T09:00:00.5Z";

    #[test]
    fn a_page_is_in_the_order_of_due_times_and_goes_on_where_the_one_before_ended() {
        let page = Page::read(&answer(vec![node("a", EARLY), node("b", LATE)], false), i64::MIN).unwrap();
        assert_eq!((page.cases, page.next), (vec!["a".to_owned(), "b".to_owned()], None));
        assert!(Page::read(&answer(vec![node("a", LATE), node("b", EARLY)], false), i64::MIN).is_err());
        assert!(Page::read(&answer(vec![node("a", EARLY)], false), page.last).is_err());
        assert!(Page::read(&answer(vec![node("a", LATE)], false), page.last).is_ok());
    }

    #[test]
    fn a_page_before_another_is_full() {
        let full = |count| (0..count).map(|n| node(&n.to_string(), EARLY)).collect::<Vec<_>>();
        assert_eq!(Page::read(&answer(full(PAGE), true), 0).unwrap().next.as_deref(), Some("c"));
        assert!(Page::read(&answer(full(PAGE - 1), true), 0).is_err());
        assert!(Page::read(&answer(full(PAGE + 1), false), 0).is_err());
        assert!(Page::read(&answer(Vec::new(), false), 0).is_err());
    }

    #[test]
    fn a_request_without_its_customer_its_hop_or_its_clock_does_not_count() {
        assert!(is_whole(&node("a", EARLY)));
        for (field, value) in [
            ("customer", Value::Null),
            ("escalations", json!([{ "state": "RETURNED" }])),
            ("timeline", json!({ "nodes": [] })),
            ("status", json!("CLOSED")),
            ("notes", json!({ "nodes": [{ "visibility": "CUSTOMER", "text": "For you." }] })),
        ] {
            let mut lacking = node("a", EARLY);
            lacking[field] = value;
            assert!(!is_whole(&lacking), "{field}");
        }
        let mut lacking = node("a", EARLY);
        lacking["dueAt"] = Value::Null;
        assert!(Page::read(&answer(vec![lacking], false), 0).is_err());
    }

    #[test]
    fn a_note_counts_once_its_answer_shows_it() {
        let answer = |note: Value, errors: Value| {
            let payload = json!({ "note": note, "userErrors": errors });
            json!({ "data": { "addSupportNote": payload } }).to_string().into_bytes()
        };
        assert!(require_note(&answer(json!({ "text": TEXT }), json!([]))).is_ok());
        assert!(require_note(&answer(json!({ "text": "Something else." }), json!([]))).is_err());
        assert!(require_note(&answer(Value::Null, json!([{ "code": "WRONG_STATE" }]))).is_err());
        assert!(require_note(&answer(json!({ "text": TEXT }), json!([{ "code": "CONFLICT" }]))).is_err());
    }
}
