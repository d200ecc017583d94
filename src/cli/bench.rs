//! `bench`: what the lists, look-ups, triages and impacts of a generated world cost, asked over HTTP as a partner would;
//! and what live streams cost, if asked for.
//!
//! Asks as the admin of a small partner and of the largest provider, whose answers cost the same if a page does not
//! grow with the world. Every answer is checked; on PostgreSQL the plans of all statements are, too.

use super::bench_live;
use super::bench_load::{Measured, Operation, Target, checked, measure, percentile};
use super::bench_queue;
use crate::db::{Db, plan};
use crate::demo::scale::{self, Purpose, Random};
use crate::demo::scale_cases;
use crate::error::{Error, Result};
use clap::Args;
use reqwest::Client;
use sea_orm::DbBackend;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

/// Measure the gateway on a generated world: lists, deep pages, look-ups, searches, triages and impacts over HTTP
#[derive(Args, Clone, Debug)]
pub struct BenchArgs {
    /// Customers of the generated world; it is loaded where it is not there yet
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=scale::MAX_CUSTOMERS))]
    pub customers: u64,
    /// Seed of the generated customers, and of what is asked for
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// How many clients ask at once: one measurement for each number
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_values_t = [1_u32, 16], value_parser = clap::value_parser!(u32).range(1..=256))]
    pub clients: Vec<u32>,
    /// How long each measurement takes, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub seconds: u64,
    /// Before that, measure so many live streams: how soon they are told of a change, and what they cost
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=bench_live::MAX_STREAMS))]
    pub streams: u32,
    /// Open support requests that the largest provider holds; with some, its queue and notes on it are measured, too
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=scale_cases::MAX_CASES))]
    pub cases: u64,
}

const LIST: &str = "{ customers(first: 25) { nodes { id name primaryDomain \
    subscriptions(first: 5) { nodes { id offerName quantity status } } } pageInfo { hasNextPage endCursor } } }";
const PAGE: &str = "query ($after: String) { customers(first: 25, after: $after) { nodes { id name primaryDomain \
    subscriptions(first: 5) { nodes { id offerName quantity status } } } pageInfo { hasNextPage endCursor } } }";
const BY_DOMAIN: &str = "query ($domain: String!) { customer(domain: $domain) { id name primaryDomain } }";
const SEARCH: &str = "query ($search: String!) { customers(filter: { search: $search }, first: 25) { \
    nodes { id name primaryDomain } pageInfo { hasNextPage endCursor } } }";
/// A helpdesk agent's first question: is it us or Microsoft?
const TRIAGE: &str = "query ($search: String!) { customers(filter: { search: $search }, first: 5) { nodes { \
    id tenantId name primaryDomain myAccess { roles { name via endsAt } } \
    services { service { id name } status portalUrl decision { allowed missing } provenance { source asOf state } } \
    incidents(filter: { active: true }, first: 10) { nodes { id externalId title classification status \
    service { name } lastPost { createdAt text } } } } } }";
/// Whom one incident hits.
const IMPACT: &str = "query ($id: ID!) { incident(id: $id) { id externalId title classification status \
    startedAt endedAt service { id name } posts(first: 5) { nodes { createdAt text } } \
    impact { customerCount seatCount openSupportRequestCount \
    byReseller(first: 20) { nodes { reseller { id name } customerCount seatCount openSupportRequestCount } } \
    customers(first: 50) { totalCount { value isEstimate } nodes { customer { id name } since openSupportRequestCount } \
    pageInfo { hasNextPage endCursor } } } provenance { source asOf state } } }";
const ACTIVE: &str = "{ incidents(filter: { active: true }, first: 25) { nodes { id externalId title classification \
    status startedAt service { name } lastPost { createdAt text } } pageInfo { hasNextPage endCursor } } }";
const COUNTED: &str =
    "{ incidents(filter: { active: true }, first: 50) { nodes { id impact { customerCount } } } }";

/// Where answers of lists and of look-ups hold what was asked for.
const NODES: &str = "/data/customers/nodes";
const ONE: &str = "/data/customer";
const INCIDENTS: &str = "/data/incidents/nodes";
const INCIDENT: &str = "/data/incident";

/// How deep the pages are that are asked for, and how many different requests stand for an operation.
const DEEPEST: usize = 20;
const REQUESTS: u64 = 32;

/// One partner, and what is asked in its admin's name.
struct Side {
    partner: String,
    target: Target,
    operations: Vec<Arc<Operation>>,
}

/// Measures a running server, and writes a table to `out`.
///
/// `endpoint` is the address of its graph, such as `http://127.0.0.1:8080/graphql`, in this process and on `db`, whose
/// statements and CPU time are counted; `token_for` makes a token for an account such as `admin@p00001`.
///
/// # Errors
/// The world cannot be loaded; an answer is wrong or missing; a plan reads a large table from end to end.
pub async fn run(
    args: &BenchArgs,
    db: Db,
    endpoint: String,
    token_for: &dyn Fn(&str) -> Result<String>,
    out: &mut dyn Write,
) -> Result<()> {
    let mut progress = |what: &str, done: u64, of: u64| {
        let _ = writeln!(out, "{what}: {done} of {of}");
    };
    scale::ensure(&db, args.customers, args.seed, db.clock().now(), &mut progress).await?;
    scale_cases::ensure(&db, args.cases, args.seed, db.clock().now(), &mut progress).await?;
    let mut statements = Vec::new();
    if args.streams > 0 {
        // First, while the process holds no more than it must: memory is measured, too.
        statements = bench_live::run(args.streams, &db, &endpoint, token_for, out).await?;
    }
    db.record_statements();
    let mut sides = Vec::new();
    for partner in [scale::small_partner(), scale::largest_provider()] {
        let target = Target::new(&endpoint, &token_for(&format!("admin@{partner}"))?)?;
        let operations = operations(&target, args.seed).await?;
        sides.push(Side { partner, target, operations });
    }
    statements.extend(db.recorded_statements());
    head(args, &db, out).map_err(unwritable)?;
    for side in &sides {
        for operation in &side.operations {
            for clients in &args.clients {
                let time = Duration::from_secs(args.seconds);
                let mut before = 0;
                let mut begin = || before = db.statement_count();
                let measured = measure(&side.target, operation, *clients, time, &mut begin).await?;
                let count = db.statement_count() - before;
                row(&side.partner, operation.name, *clients, &measured, Some(count), out)
                    .map_err(unwritable)?;
            }
        }
    }
    if args.cases > 0 {
        statements.extend(bench_queue::run(args, &db, &endpoint, token_for, out).await?);
    }
    let scans = plan::sequential_scans(&db, &statements, true).await?;
    foot(&db, &scans, out).map_err(unwritable)?;
    if scans.is_empty() {
        return Ok(());
    }
    Err(Error::Conflict { reason: format!("{} plans read a large table from end to end", scans.len()) })
}

/// What could not be printed.
pub fn unwritable(error: std::io::Error) -> Error {
    Error::internal(format!("the results cannot be written: {error}"))
}

fn head(args: &BenchArgs, db: &Db, out: &mut dyn Write) -> std::io::Result<()> {
    let engine = if db.backend() == DbBackend::Postgres { "PostgreSQL" } else { "SQLite" };
    writeln!(out, "\n{} customers on {engine}, {} s for each line\n", args.customers, args.seconds)?;
    writeln!(
        out,
        "{:<8} {:<10} {:>7} {:>9} {:>10} {:>8} {:>8} {:>8} {:>7} {:>10} {:>8}",
        "partner",
        "operation",
        "clients",
        "requests",
        "requests/s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "CPU ms",
        "statements",
        "bytes"
    )
}

/// A line of the table; statements where they are counted.
pub fn row(
    partner: &str,
    operation: &str,
    clients: u32,
    measured: &Measured,
    statements: Option<u64>,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let count = measured.micros.len();
    let each = |total: u64| total as f64 / count.max(1) as f64;
    let [p50, p95, p99] = [50, 95, 99].map(|p| percentile(&measured.micros, p));
    let cpu = measured.cpu_millis.map_or_else(|| "-".into(), |millis| format!("{:.2}", each(millis)));
    let statements = statements.map_or_else(|| "-".into(), |total| format!("{:.1}", each(total)));
    let per_second = count as f64 / measured.elapsed.as_secs_f64();
    writeln!(
        out,
        "{partner:<8} {operation:<10} {clients:>7} {count:>9} {per_second:>10.0} {p50:>8.2} {p95:>8.2} {p99:>8.2} {cpu:>7} {statements:>10} {:>8.0}",
        each(measured.bytes)
    )?;
    out.flush()
}

fn foot(db: &Db, scans: &[String], out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(
        out,
        "\nCPU, statements and bytes are per request. CPU is this process's: the gateway and the clients"
    )?;
    if db.backend() != DbBackend::Postgres {
        return writeln!(out, "together, and the embedded database.");
    }
    writeln!(out, "together; the database server's own is not in it.")?;
    match scans {
        [] => writeln!(out, "Plans: none reads a table of more than 1,000 rows from end to end."),
        _ => scans
            .iter()
            .try_for_each(|scan| writeln!(out, "Plan that reads a large table from end to end: {scan}")),
    }
}

/// What is asked in one account's name, each request with its checked answer.
async fn operations(target: &Target, seed: u64) -> Result<Vec<Arc<Operation>>> {
    let client = target.connect()?;
    let walk = walk(target, &client).await?;
    let widest = widest(&target.ask(&client, body(COUNTED, json!({}))).await?)?;
    let mut random = Random::of(seed, Purpose::Choices, 0);
    let mut operations = Vec::new();
    for (name, found, query, variables) in [
        ("list", NODES, LIST, vec![json!({})]),
        ("deep page", NODES, PAGE, choose(&mut random, &walk.cursors, "after")),
        ("look-up", ONE, BY_DOMAIN, choose(&mut random, &walk.domains, "domain")),
        ("search", NODES, SEARCH, choose(&mut random, &walk.words, "search")),
        ("triage", NODES, TRIAGE, choose(&mut random, &walk.labels(), "search")),
        ("impact", INCIDENT, IMPACT, vec![json!({ "id": widest })]),
        ("incidents", INCIDENTS, ACTIVE, vec![json!({})]),
    ] {
        let mut requests = Vec::new();
        for variables in variables {
            let body = body(query, variables);
            let answer = target.ask(&client, body.clone()).await?;
            // Nobody gave the partner delegated rights there: then there is nothing to triage.
            if name == "triage" && is_denied(&answer) {
                continue;
            }
            checked(&answer, found)?;
            requests.push((body, answer));
        }
        if name == "triage" && !requests.iter().any(|(_, answer)| tells_status(answer)) {
            return Err(Error::internal("no triage tells the status of any service"));
        }
        // A partner whose customers fit one page has no deep one.
        if !requests.is_empty() {
            operations.push(Arc::new(Operation { name, found, requests }));
        }
    }
    Ok(operations)
}

/// The id of the incident that affects most of the asker's customers.
fn widest(answer: &[u8]) -> Result<String> {
    let answer = checked(answer, INCIDENTS)?;
    let nodes = answer.pointer(INCIDENTS).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let widest = nodes.iter().max_by_key(|node| node["impact"]["customerCount"].as_u64());
    let id = widest.and_then(|node| node["id"].as_str());
    id.map(str::to_owned).ok_or_else(|| Error::internal("an incident has no id"))
}

/// Whether the answer has errors, all of them for want of a right.
fn is_denied(answer: &[u8]) -> bool {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    !errors.is_empty() && errors.iter().all(|error| error["extensions"]["code"] == "FORBIDDEN")
}

/// Whether a customer in the answer has a service whose status is known.
fn tells_status(answer: &[u8]) -> bool {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let nodes = answer.pointer(NODES).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    nodes.iter().any(bench_live::has_status)
}

/// A request's body.
pub fn body(query: &str, variables: Value) -> Vec<u8> {
    json!({ "query": query, "variables": variables }).to_string().into_bytes()
}

/// Random choices among what was met, each as the one variable of a request.
fn choose(random: &mut Random, met: &[String], variable: &str) -> Vec<Value> {
    let count = if met.is_empty() { 0 } else { REQUESTS };
    (0..count).map(|_| json!({ variable: met[random.below(met.len() as u64) as usize] })).collect()
}

/// What the first pages of a list hold.
#[derive(Default)]
struct Walk {
    /// After the first page, the second, and so on.
    cursors: Vec<String>,
    domains: Vec<String>,
    /// The first word of each name.
    words: Vec<String>,
}

impl Walk {
    /// The first label of each domain, as the address of somebody who calls tells it: words that few customers have.
    fn labels(&self) -> Vec<String> {
        self.domains.iter().filter_map(|domain| domain.split('.').next()).map(str::to_owned).collect()
    }
}

async fn walk(target: &Target, client: &Client) -> Result<Walk> {
    let mut walk = Walk::default();
    let mut after = Value::Null;
    while walk.cursors.len() < DEEPEST {
        let answer = target.ask(client, body(PAGE, json!({ "after": after }))).await?;
        let page = checked(&answer, NODES)?;
        let nodes = page.pointer(NODES).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        walk.domains
            .extend(nodes.iter().filter_map(|node| node["primaryDomain"].as_str()).map(str::to_owned));
        let names = nodes.iter().filter_map(|node| node["name"].as_str());
        walk.words.extend(names.filter_map(|name| name.split_whitespace().next()).map(str::to_owned));
        let info = &page["data"]["customers"]["pageInfo"];
        match info["endCursor"].as_str().filter(|_| info["hasNextPage"].as_bool() == Some(true)) {
            Some(cursor) => walk.cursors.push(cursor.to_owned()),
            None => break,
        }
        after = info["endCursor"].clone();
    }
    Ok(walk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_incident_is_the_one_that_affects_most_customers() {
        let node = |id, count| json!({ "id": id, "impact": { "customerCount": count } });
        let answer =
            json!({ "data": { "incidents": { "nodes": [node("a", 2), node("b", 30), node("c", 4)] } } });
        assert_eq!(widest(answer.to_string().as_bytes()).unwrap(), "b");
        assert!(widest(br#"{"data":{"incidents":{"nodes":[]}}}"#).is_err());
    }

    #[test]
    fn only_what_is_denied_is_passed_over() {
        let answer = |codes: &[&str]| {
            let error = |code: &&str| json!({ "message": "no", "extensions": { "code": code } });
            json!({ "data": null, "errors": codes.iter().map(error).collect::<Vec<_>>() }).to_string()
        };
        assert!(is_denied(answer(&["FORBIDDEN", "FORBIDDEN"]).as_bytes()));
        for other in [&["FORBIDDEN", "INTERNAL"][..], &["LIMIT_EXCEEDED"], &[]] {
            assert!(!is_denied(answer(other).as_bytes()), "{other:?}");
        }
        assert!(!is_denied(br#"{"data":{}}"#) && !is_denied(b"busy"));
    }

    #[test]
    fn a_triage_without_any_status_tells_nothing() {
        let answer = |status: Value| {
            let customer = json!({ "services": [{ "status": null }, { "status": status }] });
            json!({ "data": { "customers": { "nodes": [customer] } } }).to_string()
        };
        assert!(tells_status(answer(json!("SERVICE_OPERATIONAL")).as_bytes()));
        assert!(!tells_status(answer(Value::Null).as_bytes()));
    }

    #[test]
    fn a_triage_searches_by_the_domain_of_who_calls() {
        let walk = Walk { domains: vec!["alpinebakery12.example".into()], ..Walk::default() };
        assert_eq!(walk.labels(), ["alpinebakery12"]);
    }
}
