#![allow(clippy::unwrap_used)]
use super::*;
use crate::audit::fixture::{NOW, change, database, op, op_of, records};
use crate::db::execute;
use crate::db::sql::Sql;
use sea_orm::FromQueryResult;

const OPERATION: &str = "raiseSupportRequest";

#[derive(FromQueryResult)]
struct Name {
    name: String,
}

/// What the work of a test has made.
async fn made(db: &Db) -> Vec<String> {
    let sql = "SELECT name FROM gateway_state WHERE name LIKE 'made %' ORDER BY name";
    db.unscoped_rows::<Name>(Sql::new(sql)).await.unwrap().into_iter().map(|row| row.name).collect()
}

async fn kept(db: &Db) -> Vec<String> {
    let sql = "SELECT key AS name FROM idempotency_key ORDER BY key";
    db.unscoped_rows::<Name>(Sql::new(sql)).await.unwrap().into_iter().map(|row| row.name).collect()
}

async fn make(tx: &DatabaseTransaction, what: &str) -> Result<()> {
    let name = format!("made {what}");
    let insert = Sql::new("INSERT INTO gateway_state (name, value) VALUES (").bind(name).push(", '')");
    execute(tx, insert).await.map(|_| ())
}

fn ids(n: u128) -> Ids {
    Ids { request: Some(Uuid::from_u128(n)), ..Default::default() }
}

async fn done(op: &Op, key: &str, digest: &str, what: &str, n: u128) -> Result<Written> {
    run(op, OPERATION, key, digest, async |tx| {
        make(tx, what).await?;
        Ok(Verdict::Done(ids(n), vec![Audited::done(OPERATION)]))
    })
    .await
}

/// Action and outcome of each record.
async fn outcomes(db: &Db) -> Vec<(String, String)> {
    records(db).await.into_iter().map(|record| (record.action, record.outcome)).collect()
}

fn outcome(outcome: &str) -> (String, String) {
    (OPERATION.to_owned(), outcome.to_owned())
}

#[tokio::test]
async fn a_write_its_key_and_its_record_are_kept_together() {
    let db = database().await;
    let op = op(&db, 2).await;
    let written = done(&op, "k1", "d1", "one", 1).await.unwrap();
    assert_eq!(written, Written { ids: ids(1), errors: vec![], is_repeated: false });
    assert_eq!(made(&db).await, ["made one"]);
    assert_eq!(kept(&db).await, ["k1"]);
    assert_eq!(outcomes(&db).await, [outcome("succeeded")]);
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_ids_and_does_nothing() {
    let db = database().await;
    let op = op(&db, 2).await;
    done(&op, "k1", "d1", "one", 1).await.unwrap();
    let written = done(&op, "k1", "d1", "two", 2).await.unwrap();
    assert_eq!(written, Written { ids: ids(1), errors: vec![], is_repeated: true });
    assert_eq!(made(&db).await, ["made one"]);
    assert_eq!(outcomes(&db).await.len(), 1);
}

#[tokio::test]
async fn two_of_one_key_at_the_same_time_happen_once() {
    let db = database().await;
    let op = op(&db, 2).await;
    let (one, other) = tokio::join!(done(&op, "k1", "d1", "one", 1), done(&op, "k1", "d1", "other", 2));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.ids, other.ids);
    assert_ne!(one.is_repeated, other.is_repeated);
    assert_eq!(made(&db).await.len(), 1);
}

#[tokio::test]
async fn a_key_with_another_input_is_refused() {
    let db = database().await;
    let op = op(&db, 2).await;
    done(&op, "k1", "d1", "one", 1).await.unwrap();
    let written = done(&op, "k1", "d2", "two", 2).await.unwrap();
    let [error]: [UserError; 1] = written.errors.try_into().unwrap();
    assert_eq!((error.field, error.code), (Some("idempotencyKey"), UserErrorCode::IdempotencyMismatch));
    assert_eq!((written.ids, written.is_repeated), (Ids::default(), false));
    assert_eq!(made(&db).await, ["made one"]);
    assert_eq!(outcomes(&db).await, [outcome("succeeded"), outcome("IDEMPOTENCY_MISMATCH")]);
}

#[tokio::test]
async fn a_key_belongs_to_an_account_and_an_operation() {
    let db = database().await;
    let (one, other) = (op(&db, 2).await, op(&db, 3).await);
    done(&one, "k1", "d1", "one", 1).await.unwrap();
    assert_eq!(done(&other, "k1", "d2", "two", 2).await.unwrap().ids, ids(2));
    let written = run(&one, "closeSupportRequest", "k1", "d3", async |tx| {
        make(tx, "three").await?;
        Ok(Verdict::Done(ids(3), vec![]))
    });
    assert_eq!(written.await.unwrap().ids, ids(3));
    assert_eq!(made(&db).await.len(), 3);
}

#[tokio::test]
async fn a_refused_write_leaves_its_record_and_nothing_else() {
    let db = database().await;
    let op = op(&db, 2).await;
    let refusal = UserError::new("title", UserErrorCode::Invalid, "is empty");
    let written = run(&op, OPERATION, "k1", "d1", async |tx| {
        make(tx, "half").await?;
        Ok(Verdict::Refused(vec![refusal.clone()], Audited::refused(OPERATION, "INVALID")))
    });
    let written = written.await.unwrap();
    assert_eq!(written, Written { errors: vec![refusal.clone()], ..Default::default() });
    assert!(made(&db).await.is_empty());
    assert!(kept(&db).await.is_empty());
    assert_eq!(outcomes(&db).await, [outcome("INVALID")]);
    let again = done(&op, "k1", "d1", "one", 1).await.unwrap();
    assert_eq!((again.ids, again.is_repeated), (ids(1), false), "judged anew");
}

#[tokio::test]
async fn a_failure_undoes_everything_and_passes_on() {
    let db = database().await;
    let op = op(&db, 2).await;
    let written = run(&op, OPERATION, "k1", "d1", async |tx| {
        make(tx, "half").await?;
        Err(Error::internal("broken"))
    });
    assert!(matches!(written.await, Err(Error::Internal(words)) if words == "broken"));
    assert!(made(&db).await.is_empty() && kept(&db).await.is_empty());
    assert!(outcomes(&db).await.is_empty(), "a fault of ours is no refusal");
    assert_eq!(done(&op, "k1", "d1", "one", 1).await.unwrap().ids, ids(1));
}

#[tokio::test]
async fn a_write_that_got_no_connection_may_be_sent_again_with_its_key() {
    let db = database().await;
    let op = op(&db, 2).await;
    let written = run(&op, OPERATION, "k1", "d1", async |tx| {
        make(tx, "half").await?;
        Err(Error::Database(sea_orm::DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout)))
    });
    assert_eq!(written.await.unwrap_err().code(), "UNAVAILABLE");
    assert!(made(&db).await.is_empty() && kept(&db).await.is_empty());
    assert!(outcomes(&db).await.is_empty(), "a bad time is no refusal");
    let again = done(&op, "k1", "d1", "one", 1).await.unwrap();
    assert_eq!((again.ids, again.is_repeated), (ids(1), false));
}

#[tokio::test]
async fn a_refusal_that_comes_as_an_error_leaves_its_record_too() {
    let db = database().await;
    let op = op(&db, 2).await;
    let written = run(&op, OPERATION, "k1", "d1", async |tx| {
        make(tx, "half").await?;
        Err(Error::NotFound { kind: "support request" })
    });
    assert!(matches!(written.await, Err(Error::NotFound { .. })));
    assert!(made(&db).await.is_empty() && kept(&db).await.is_empty());
    assert_eq!(outcomes(&db).await, [outcome("NOT_FOUND")]);
}

#[tokio::test]
async fn a_key_has_1_to_128_characters_and_none_that_controls() {
    let db = database().await;
    let op = op(&db, 2).await;
    for key in [String::new(), "k".repeat(129), "a\nb".into(), "a\0b".into(), "a\u{85}b".into()] {
        let written = done(&op, &key, "d1", "no", 1).await.unwrap();
        let [error]: [UserError; 1] = written.errors.try_into().unwrap();
        assert_eq!((error.field, error.code), (Some("idempotencyKey"), UserErrorCode::Invalid), "{key:?}");
    }
    assert!(made(&db).await.is_empty());
    assert_eq!(outcomes(&db).await, vec![outcome("INVALID"); 5]);
    for (n, key) in ["k".to_owned(), "ü".repeat(128), " 4711 ".into()].into_iter().enumerate() {
        let written = done(&op, &key, "d1", &format!("{n}"), 1).await.unwrap();
        assert!(written.errors.is_empty() && !written.is_repeated, "{key:?}");
    }
}

#[tokio::test]
async fn an_account_that_is_not_registered_writes_nothing() {
    let db = database().await;
    let op = op_of(&db, None).await;
    let written = done(&op, "k1", "d1", "one", 1).await;
    assert!(matches!(written, Err(Error::Forbidden { action: OPERATION, .. })));
    assert!(made(&db).await.is_empty() && kept(&db).await.is_empty());
}

#[tokio::test]
async fn outcomes_are_dropped_after_30_days() {
    let db = database().await;
    let op = op(&db, 2).await;
    done(&op, "old", "d1", "one", 1).await.unwrap();
    db.clock().set(Timestamp(NOW.0 + 1));
    done(&op, "new", "d1", "two", 2).await.unwrap();
    assert_eq!(prune(&db, NOW.plus_days(30)).await.unwrap(), 0);
    assert_eq!(prune(&db, Timestamp(NOW.plus_days(30).0 + 1)).await.unwrap(), 1);
    assert_eq!(kept(&db).await, ["new"]);
}

#[tokio::test]
async fn an_outcome_that_was_kept_by_a_later_version_is_understood() {
    let db = database().await;
    let op = op(&db, 2).await;
    done(&op, "k1", "d1", "one", 1).await.unwrap();
    let outcome = format!("{{\"request\":\"{}\",\"invoice\":\"x\"}}", Uuid::from_u128(9));
    change(&db, Sql::new("UPDATE idempotency_key SET outcome = ").bind(outcome)).await;
    assert_eq!(done(&op, "k1", "d1", "two", 2).await.unwrap().ids, ids(9));
}

#[test]
fn a_digest_is_that_of_the_values_and_not_of_their_order() {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let one = digest(&parse(r#"{"title": "a", "contact": {"name": "b", "phone": null}, "tags": [1, 2]}"#));
    let same = digest(&parse(r#"{"tags":[1,2],"contact":{"phone":null,"name":"b"},"title":"a"}"#));
    assert_eq!(one, same);
    assert_eq!(one.len(), 64);
    for other in [
        r#"{"title": "a", "contact": {"name": "b", "phone": null}, "tags": [2, 1]}"#,
        r#"{"title": "A", "contact": {"name": "b", "phone": null}, "tags": [1, 2]}"#,
        r#"{"title": "a", "contact": {"name": "b"}, "tags": [1, 2]}"#,
        r#"{"title": "a", "contact": {"name": "b\",\"phone\":null", "phone": null}, "tags": [1, 2]}"#,
    ] {
        assert_ne!(one, digest(&parse(other)), "{other}");
    }
}

#[test]
fn an_input_that_has_no_json_is_like_no_other() {
    let input = std::collections::HashMap::from([((1, 2), 3)]);
    assert_ne!(digest(&input), digest(&input));
}
