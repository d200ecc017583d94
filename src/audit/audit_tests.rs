#![allow(clippy::unwrap_used)]
use super::fixture::{NOW, TENANT, change, database, op, records};
use super::*;
use crate::db::execute;
use crate::db::sql::Sql;

const OTHER: Uuid = Uuid::from_u128(0x07e4);

async fn write(op: &Op, events: &[Audited]) {
    let tx = op.db.begin().await.unwrap();
    append(&tx, op, events).await.unwrap();
    tx.commit().await.unwrap();
}

/// Each at its own moment, 10 apart, from 10 on.
async fn write_at_moments(op: &Op, count: i64) {
    for n in 1..=count {
        op.clock().set(Timestamp(n * 10));
        write(op, &[Audited::done("raise")]).await;
    }
}

async fn without_guards(db: &Db) {
    for trigger in ["audit_event_unchanged", "audit_event_kept"] {
        change(db, Sql::new(format!("DROP TRIGGER {trigger}"))).await;
    }
}

async fn check(db: &Db, from: i64, until: i64) -> (i64, Option<i64>) {
    let found = verify(db, TENANT, Timestamp(from), Timestamp(until)).await.unwrap();
    assert_eq!(found.whole, found.first_break.is_none());
    (found.event_count, found.first_break.map(|(seq, _)| seq))
}

fn event() -> Audited {
    Audited {
        resource: Some(("support_request", Uuid::from_u128(4))),
        customer: Some(CustomerId(Uuid::from_u128(5))),
        on_behalf_of: Some(Uuid::from_u128(3)),
        ground: Some("commerce:agents".into()),
        reason: Some("the customer called".into()),
        ..Audited::done("raiseSupportRequest")
    }
}

#[tokio::test]
async fn the_actor_s_own_chain_tells_all() {
    let db = database().await;
    let op = op(&db, 2).await;
    write(&op, &[event()]).await;
    let [record]: [audit_event::Model; 1] = records(&db).await.try_into().unwrap();
    assert_eq!((record.tenant_id, record.seq, record.at), (TENANT, 1, NOW));
    assert_eq!((record.actor_account_id, record.actor_tenant_id), (op.viewer.account, TENANT));
    assert_eq!((record.on_behalf_of, record.request_id), (Some(Uuid::from_u128(3)), op.request_id));
    assert_eq!((record.action.as_str(), record.outcome.as_str()), ("raiseSupportRequest", "succeeded"));
    assert_eq!(record.resource_kind.as_deref(), Some("support_request"));
    assert_eq!(record.resource_id, Some(Uuid::from_u128(4)));
    assert_eq!(record.customer_id, Some(CustomerId(Uuid::from_u128(5))));
    assert_eq!(record.ground.as_deref(), Some("commerce:agents"));
    assert_eq!(record.reason.as_deref(), Some("the customer called"));
}

#[tokio::test]
async fn another_organisation_learns_what_was_done_and_for_whom_but_not_by_whom_and_why() {
    let db = database().await;
    let op = op(&db, 2).await;
    write(&op, &[Audited { chains: vec![OTHER, TENANT, OTHER, Uuid::nil()], ..event() }]).await;
    let all = records(&db).await;
    assert_eq!(all.len(), 2, "one in each chain, none in nobody's");
    let record = all.iter().find(|record| record.tenant_id == OTHER).unwrap();
    assert_eq!((record.actor_account_id, record.actor_tenant_id), (None, TENANT));
    assert_eq!((record.ground.as_deref(), record.reason.as_deref()), (None, None));
    assert_eq!(record.action, "raiseSupportRequest");
    assert_eq!(record.customer_id, Some(CustomerId(Uuid::from_u128(5))));
    let found = verify(&db, OTHER, Timestamp(0), Timestamp::FAR_FUTURE).await.unwrap();
    assert_eq!((found.whole, found.event_count), (true, 1));
}

#[tokio::test]
async fn what_the_gateway_does_of_itself_stands_whole_in_the_chains_of_those_who_read_it_alone() {
    let db = database().await;
    let tx = db.begin().await.unwrap();
    let own = Audited { ground: Some("clock".into()), chains: vec![OTHER], ..Audited::done("noteBreach") };
    append_own(&tx, NOW, vec![own]).await.unwrap();
    append_own(&tx, NOW, Vec::new()).await.unwrap();
    tx.commit().await.unwrap();
    let [record]: [audit_event::Model; 1] = records(&db).await.try_into().unwrap();
    assert_eq!((record.tenant_id, record.seq, record.at), (OTHER, 1, NOW));
    assert_eq!((record.actor_account_id, record.actor_tenant_id), (None, GATEWAY));
    assert_eq!((record.action.as_str(), record.ground.as_deref()), ("noteBreach", Some("clock")));
    let found = verify(&db, OTHER, Timestamp(0), Timestamp::FAR_FUTURE).await.unwrap();
    assert_eq!((found.whole, found.event_count), (true, 1));
}

#[tokio::test]
async fn each_chain_counts_for_itself_and_goes_on_after_any_number_at_once() {
    let db = database().await;
    let op = op(&db, 2).await;
    write(&op, &[event()]).await;
    let many: Vec<Audited> =
        (0..60).map(|n| Audited { chains: vec![OTHER; usize::from(n % 2 == 0)], ..event() }).collect();
    write(&op, &many).await;
    let places = |tenant: Uuid, all: &[audit_event::Model]| {
        all.iter().filter(|record| record.tenant_id == tenant).map(|record| record.seq).collect::<Vec<_>>()
    };
    let all = records(&db).await;
    assert_eq!(places(TENANT, &all), (1..=61).collect::<Vec<i64>>());
    assert_eq!(places(OTHER, &all), (1..=30).collect::<Vec<i64>>());
    assert_eq!(check(&db, 0, i64::MAX).await, (61, None));
}

#[tokio::test]
async fn what_is_rolled_back_leaves_no_record() {
    let db = database().await;
    let op = op(&db, 2).await;
    let tx = db.begin().await.unwrap();
    append(&tx, &op, &[event()]).await.unwrap();
    tx.rollback().await.unwrap();
    assert!(records(&db).await.is_empty());
}

#[tokio::test]
async fn a_reason_that_cannot_be_stored_as_it_is_never_keeps_a_record_away() {
    let db = database().await;
    let op = op(&db, 2).await;
    let reason = Some(format!("a\0b{}", "c".repeat(10_000)));
    write(&op, &[Audited { reason, ..event() }]).await;
    let reason = records(&db).await[0].reason.clone().unwrap();
    assert!(reason.starts_with("a\u{fffd}b"));
    assert_eq!(reason.chars().count(), MAX_REASON);
    assert_eq!(check(&db, 0, i64::MAX).await, (1, None));
}

async fn is_refused(db: &Db, sql: &str) -> bool {
    let tx = db.begin().await.unwrap();
    let error = execute(&tx, Sql::new(sql)).await.unwrap_err();
    tx.rollback().await.unwrap();
    matches!(error, crate::error::Error::Database(e) if e.to_string().contains("only ever added"))
}

#[tokio::test]
async fn the_database_refuses_to_change_or_delete_a_record() {
    let db = database().await;
    let op = op(&db, 2).await;
    write(&op, &[event()]).await;
    let before = records(&db).await;
    assert!(is_refused(&db, "UPDATE audit_event SET outcome = 'FORBIDDEN'").await);
    assert!(is_refused(&db, "DELETE FROM audit_event").await);
    assert_eq!(records(&db).await, before);
}

#[tokio::test]
async fn sqlite_refuses_to_put_a_record_in_the_place_of_another() {
    let db = database().await;
    let op = op(&db, 2).await;
    write(&op, &[event()]).await;
    let before = records(&db).await;
    let columns = "tenant_id, seq, at, actor_account_id, actor_tenant_id, on_behalf_of, action, outcome, \
                   resource_kind, resource_id, customer_id, ground, request_id, reason, hash";
    let others = columns.replace("outcome", "'FORBIDDEN'");
    let replace = format!("INSERT OR REPLACE INTO audit_event ({columns}) SELECT {others} FROM audit_event");
    assert!(is_refused(&db, &replace).await);
    assert_eq!(records(&db).await, before);
}

#[tokio::test]
async fn an_empty_chain_is_whole() {
    let db = database().await;
    let found = verify(&db, TENANT, Timestamp(0), Timestamp::FAR_FUTURE).await.unwrap();
    assert_eq!(found, Verification { whole: true, event_count: 0, first_break: None, last: None });
}

#[tokio::test]
async fn only_the_records_of_the_time_count_and_the_newest_is_named() {
    let db = database().await;
    let op = op(&db, 2).await;
    write_at_moments(&op, 6).await;
    assert_eq!(check(&db, 0, i64::MAX).await, (6, None));
    assert_eq!(check(&db, 20, 50).await, (3, None));
    assert_eq!(check(&db, 21, 29).await, (0, None));
    assert_eq!(check(&db, 0, 5).await, (0, None));
    assert_eq!(check(&db, 61, 99).await, (0, None));
    let found = verify(&db, TENANT, Timestamp(20), Timestamp(50)).await.unwrap();
    let fourth = &records(&db).await[3];
    assert_eq!(found.last, Some((4, fourth.hash.clone())));
}

#[tokio::test]
async fn a_record_taken_out_is_missed_wherever_it_stood_in_the_time() {
    for gone in 1..=5_i64 {
        let db = database().await;
        let op = op(&db, 2).await;
        write_at_moments(&op, 6).await;
        without_guards(&db).await;
        change(&db, Sql::new("DELETE FROM audit_event WHERE seq = ").bind(gone)).await;
        assert_eq!(check(&db, 0, i64::MAX).await, (5, Some(gone + 1)));
        assert_eq!(check(&db, gone * 10, gone * 10 + 1).await, (0, Some(gone + 1)), "of its time alone");
    }
}

#[tokio::test]
async fn a_changed_record_is_found_in_its_time_and_in_no_other() {
    let db = database().await;
    let op = op(&db, 2).await;
    write_at_moments(&op, 6).await;
    without_guards(&db).await;
    change(&db, Sql::new("UPDATE audit_event SET outcome = 'FORBIDDEN' WHERE seq = 3")).await;
    assert_eq!(check(&db, 0, i64::MAX).await, (6, Some(3)));
    assert_eq!(check(&db, 30, 40).await, (1, Some(3)));
    assert_eq!(check(&db, 50, 70).await, (2, None));
}

#[tokio::test]
async fn exchanged_records_are_found() {
    let db = database().await;
    let op = op(&db, 2).await;
    write_at_moments(&op, 4).await;
    without_guards(&db).await;
    for (from, to) in [(2, 99), (3, 2), (99, 3)] {
        let update = Sql::new("UPDATE audit_event SET seq = ").bind(to).push(" WHERE seq = ").bind(from);
        change(&db, update).await;
    }
    assert_eq!(check(&db, 0, i64::MAX).await, (4, Some(2)));
}

#[tokio::test]
async fn a_record_of_a_read_may_stand_after_later_moments() {
    let db = database().await;
    let op = op(&db, 2).await;
    for at in [10, 40, 20, 30, 50] {
        op.clock().set(Timestamp(at));
        write(&op, &[event()]).await;
    }
    for (from, until, count) in [(0, 60, 5), (20, 40, 2), (10, 20, 1), (40, 50, 1), (0, 21, 2)] {
        assert_eq!(check(&db, from, until).await, (count, None), "{from} to {until}");
    }
}
