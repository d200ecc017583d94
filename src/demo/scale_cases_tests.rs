//! Tests of the generated cases, on SQLite, which checks foreign keys.

use super::*;
use crate::access::policy::{Files, vocabulary::Vocabulary};
use crate::clock::Clock;
use crate::db::connect::{Options, open_migrated};
use crate::demo::scale;
use crate::escalations::check::is_request_number;
use futures::FutureExt;
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use uuid::Uuid;

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

async fn database() -> Db {
    let options = Options { url: "sqlite::memory:".into(), max_connections: 1 };
    let db = open_migrated(&options, Clock::fixed(NOW)).await.unwrap();
    let vocabulary = Vocabulary::parse(&Files::shipped().vocabulary).unwrap();
    derive::use_vocabulary(&db, &vocabulary.role_tokens(), &vocabulary.fingerprint()).await.unwrap();
    scale::ensure(&db, 100, 7, NOW, &mut |_, _, _| {}).await.unwrap();
    db
}

async fn add(db: &Db, cases: u64, seed: u64) -> Result<bool> {
    ensure(db, cases, seed, NOW, &mut |_, _, _| {}).await
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

async fn count(db: &Db, what: &str) -> i64 {
    db.unscoped_rows::<Count>(Sql::new(format!("SELECT count(*) AS n FROM {what}"))).await.unwrap()[0].n
}

#[derive(FromQueryResult, Debug, PartialEq)]
struct Queued {
    request_id: Uuid,
    number: String,
    due_at: Timestamp,
    version: i64,
}

/// The provider's own views, in the order of its queue.
async fn queue(db: &Db) -> Vec<Queued> {
    let sql = "SELECT request_id, number, due_at, version FROM support_view WHERE party = 'tier' AND is_open \
               ORDER BY due_at, request_id";
    db.unscoped_rows(Sql::new(sql)).await.unwrap()
}

#[tokio::test]
async fn cases_are_loaded_once_with_what_follows_from_them_and_refuse_others() {
    let db = database().await;
    assert!(!add(&db, 0, 7).await.unwrap());
    assert!(add(&db, 150, 7).await.unwrap());
    assert!(!add(&db, 150, 7).await.unwrap());
    for (cases, seed) in [(150, 8), (151, 7)] {
        assert!(matches!(add(&db, cases, seed).await, Err(Error::Conflict { .. })));
    }
    assert_eq!(count(&db, "support_request").await, 150);
    assert_eq!(count(&db, "support_view WHERE is_current AND is_open").await, 450);
    // Admin agents and helpdesk agents.
    assert_eq!(count(&db, "access_grant WHERE ground_kind = 'escalation'").await, 300);
    assert_eq!(derive::check(&db).await.unwrap(), Vec::new());
}

#[tokio::test]
async fn a_load_that_was_killed_goes_on_and_ends_in_the_same_queue() {
    let (killed, whole) = (database().await, database().await);
    let mut die = |what: &str, _: u64, _: u64| assert_ne!(what, "customers with cases", "killed on purpose");
    let load = AssertUnwindSafe(ensure(&killed, 60, 7, NOW, &mut die));
    assert!(load.catch_unwind().await.is_err());
    assert_eq!(count(&killed, "access_grant WHERE ground_kind = 'escalation'").await, 0);
    for db in [&killed, &whole] {
        assert!(add(db, 60, 7).await.unwrap());
        assert_eq!(count(db, "access_grant WHERE ground_kind = 'escalation'").await, 120);
    }
    let queue = [queue(&killed).await, queue(&whole).await];
    assert_eq!((queue[0].len(), &queue[0]), (60, &queue[1]));
}

#[tokio::test]
async fn due_times_are_spread_numbers_are_distinct_and_nothing_times_out_soon() {
    let db = database().await;
    assert!(add(&db, 600, 7).await.unwrap());
    let queue = queue(&db).await;
    let numbers: BTreeSet<&str> = queue.iter().map(|row| row.number.as_str()).collect();
    assert!(numbers.len() == 600 && numbers.iter().all(|number| is_request_number(number)));
    let waiting: Vec<_> = queue.iter().filter(|row| row.due_at < Timestamp::FAR_FUTURE).collect();
    assert!((420..540).contains(&waiting.len()), "{} wait for an answer", waiting.len());
    let overdue = waiting.iter().filter(|row| row.due_at <= NOW).count();
    assert!((1..40).contains(&overdue), "{overdue} are overdue");
    // The sweep has nothing to say.
    let passed = format!("support_escalation WHERE due_at <= {} AND breached_at IS NULL", NOW.0);
    assert_eq!(count(&db, &passed).await, 0);
    let soon = NOW.plus_days(300).0;
    assert_eq!(count(&db, &format!("support_escalation WHERE expires_at < {soon}")).await, 0);
}

#[tokio::test]
async fn each_party_reads_what_was_written_for_it() {
    let db = database().await;
    assert!(add(&db, 200, 7).await.unwrap());
    let read = async |party: &str, which: &str| {
        let join = "support_entry_reader r JOIN support_entry e ON e.id = r.entry_id \
                    JOIN support_view v ON v.request_id = r.request_id AND v.party_id = r.party_id";
        count(&db, &format!("{join} WHERE v.party = '{party}' AND {which}")).await
    };
    let written = async |which: &str| count(&db, &format!("support_entry e WHERE {which}")).await;
    for party in ["customer", "tier"] {
        assert_eq!(read(party, "e.visibility = 'org'").await, 0, "{party}");
    }
    assert_eq!(read("customer", "e.visibility IN ('chain', 'vendor')").await, 0);
    // Before the hop it took no part: not even that the request was raised is its to read.
    assert_eq!(read("tier", "e.visibility = 'customer'").await, 0);
    let chain = written("e.visibility IN ('chain', 'vendor')").await;
    assert!(chain > 400, "a diagnosis and a hop for each");
    for party in ["partner", "tier"] {
        assert_eq!(read(party, "e.visibility IN ('chain', 'vendor')").await, chain, "{party}");
    }
    assert_eq!(read("partner", "1 = 1").await, written("1 = 1").await);
    for visibility in ["org", "customer", "vendor"] {
        assert!(written(&format!("e.kind = 'note' AND e.visibility = '{visibility}'")).await > 20);
    }
}
