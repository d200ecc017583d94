#![allow(clippy::unwrap_used)]
use super::super::fixture::{TENANT, change, database, op, records};
use super::*;
use crate::db::sql::Sql;
use entity::{AccountId, Timestamp};

const LONG: Duration = Duration::from_secs(3600);

/// Never by itself, and quick to try again.
const PATIENT: Pace = Pace {
    most: 500,
    gather: LONG,
    retry: Duration::from_millis(5),
    patience: Duration::from_secs(10),
    last_tries: Duration::from_secs(10),
};

fn read(n: u128) -> Told {
    let event = Audited::done("customer.profile:read");
    let account = Some(AccountId(Uuid::from_u128(2)));
    let at = Timestamp(n as i64);
    let (request_id, is_of_gateway) = (Uuid::from_u128(n), false);
    Told::Read(Box::new(Stamped { at, account, tenant: TENANT, request_id, is_of_gateway, event }))
}

async fn moments(db: &Db) -> Vec<i64> {
    records(db).await.into_iter().map(|record| record.at.0).collect()
}

async fn until_written(db: &Db, count: usize) {
    for _ in 0..1000 {
        if records(db).await.len() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{count} records are not written");
}

async fn rename(db: &Db, from: &str, to: &str) {
    change(db, Sql::new(format!("ALTER TABLE {from} RENAME TO {to}"))).await;
}

#[tokio::test]
async fn so_many_records_are_written_at_once_and_in_their_order() {
    let db = database().await;
    let recorder = Recorder::paced(db.clone(), 100, Pace { most: 3, ..PATIENT });
    for n in 1..=4 {
        recorder.tell(read(n)).await.unwrap();
    }
    until_written(&db, 3).await;
    assert_eq!(moments(&db).await, [1, 2, 3], "the fourth waits for others");
    recorder.flush().await.unwrap();
    assert_eq!(moments(&db).await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_record_waits_for_others_no_longer_than_a_moment() {
    let db = database().await;
    let recorder = Recorder::paced(db.clone(), 100, Pace { gather: Duration::from_millis(20), ..PATIENT });
    recorder.tell(read(1)).await.unwrap();
    until_written(&db, 1).await;
}

#[tokio::test]
async fn a_stop_writes_what_is_queued_and_takes_no_more() {
    let db = database().await;
    let recorder = Recorder::paced(db.clone(), 100, Pace { most: 7, ..PATIENT });
    for n in 1..=50 {
        recorder.tell(read(n)).await.unwrap();
    }
    recorder.close().await.unwrap();
    assert_eq!(moments(&db).await, (1..=50).collect::<Vec<i64>>());
    assert!(matches!(recorder.tell(read(51)).await, Err(Error::Unavailable { .. })));
    recorder.close().await.unwrap();
    assert_eq!(moments(&db).await.len(), 50);
}

#[tokio::test]
async fn what_nobody_closes_is_written_when_the_last_one_goes() {
    let db = database().await;
    let recorder = Recorder::paced(db.clone(), 100, PATIENT);
    recorder.tell(read(1)).await.unwrap();
    drop(recorder);
    until_written(&db, 1).await;
}

#[tokio::test]
async fn a_database_that_is_away_keeps_the_records() {
    let db = database().await;
    rename(&db, "audit_event", "away").await;
    let recorder = Recorder::paced(db.clone(), 100, Pace { most: 2, ..PATIENT });
    for n in 1..=5 {
        recorder.tell(read(n)).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(30)).await;
    rename(&db, "away", "audit_event").await;
    recorder.flush().await.unwrap();
    assert_eq!(moments(&db).await, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_stop_waits_for_a_database_that_is_away_but_not_for_ever() {
    let db = database().await;
    rename(&db, "audit_event", "away").await;
    let pace = Pace { last_tries: Duration::from_millis(30), retry: Duration::from_millis(5), ..PATIENT };
    let recorder = Recorder::paced(db.clone(), 100, pace);
    recorder.tell(read(1)).await.unwrap();
    let error = recorder.close().await.unwrap_err();
    assert!(error.to_string().ends_with(": 1"), "{error}");

    let recorder = Recorder::paced(db.clone(), 100, PATIENT);
    recorder.tell(read(2)).await.unwrap();
    let back = async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        rename(&db, "away", "audit_event").await;
    };
    let (closed, ()) = tokio::join!(recorder.close(), back);
    closed.unwrap();
    assert_eq!(moments(&db).await, [2]);
}

#[tokio::test]
async fn a_full_queue_is_waited_for_and_a_read_that_cannot_wait_is_refused() {
    let db = database().await;
    let pace = Pace { most: 1, ..PATIENT };
    let patient = Recorder::paced(db.clone(), 1, pace);
    let hasty = Recorder::paced(db.clone(), 1, Pace { patience: Duration::from_millis(20), ..pace });
    // The only connection: nothing can be written while it is held.
    let held = db.begin().await.unwrap();
    // The first is on its way to the database, the second in the queue.
    for (recorder, first) in [(&hasty, 1), (&patient, 3)] {
        recorder.tell(read(first)).await.unwrap();
        recorder.tell(read(first + 1)).await.unwrap();
    }
    assert!(matches!(hasty.tell(read(5)).await, Err(Error::Unavailable { .. })));
    let (waited, released) = tokio::join!(patient.tell(read(6)), held.rollback());
    released.unwrap();
    waited.unwrap();
    hasty.close().await.unwrap();
    patient.close().await.unwrap();
    let mut written = moments(&db).await;
    written.sort();
    assert_eq!(written, [1, 2, 3, 4, 6]);
}

#[tokio::test]
async fn a_request_records_each_customer_and_operation_once() {
    let db = database().await;
    let op = op(&db, 2).await;
    let (one, other) = (CustomerId(Uuid::from_u128(5)), CustomerId(Uuid::from_u128(6)));
    let (profile, commerce) = (Action::CustomerProfileRead, Action::SubscriptionCommerceRead);
    let reads = op.reads.clone();
    for (action, customer) in
        [(profile, one), (profile, one), (profile, other), (commerce, one), (profile, one)]
    {
        reads.protected(&op, action, customer, 0, &[]).await.unwrap();
    }
    let (left, right) = tokio::join!(
        reads.protected(&op, commerce, other, 0, &[]),
        reads.protected(&op, commerce, other, 0, &[])
    );
    left.unwrap();
    right.unwrap();
    reads.recorder.flush().await.unwrap();
    let told: Vec<(String, CustomerId)> =
        records(&db).await.into_iter().map(|r| (r.action, r.customer_id.unwrap())).collect();
    let expected = [(profile, one), (profile, other), (commerce, one), (commerce, other)];
    assert_eq!(told, expected.map(|(action, customer)| (action.name().to_owned(), customer)));
}

#[tokio::test]
async fn a_read_names_the_tokens_that_it_rested_on_in_one_s_own_chain_alone() {
    let db = database().await;
    let op = op(&db, 2).await;
    let action = Action::CustomerProfileRead;
    let masks = op.policy().masks(action);
    let names = |mask: u64| -> Vec<String> {
        op.policy().vocabulary.tokens_in(mask).map(|token| token.name.clone()).collect()
    };
    let customer_tenant = Uuid::from_u128(0xc);
    let customer = CustomerId(Uuid::from_u128(5));
    // All that there is, but a token only counts where it allows this.
    op.reads.protected(&op, action, customer, i64::MAX, &[customer_tenant]).await.unwrap();
    op.reads.recorder.flush().await.unwrap();
    let all = records(&db).await;
    let of = |tenant: Uuid| all.iter().find(|record| record.tenant_id == tenant).unwrap();
    assert_eq!(of(TENANT).ground, Some(names(masks.allow).join(" ")));
    assert!(!names(masks.allow).is_empty());
    assert_eq!((&of(customer_tenant).ground, of(customer_tenant).actor_account_id), (&None, None));
    assert_eq!(of(customer_tenant).actor_tenant_id, TENANT);
}

#[tokio::test]
async fn a_read_that_cannot_be_recorded_is_refused_each_time() {
    let db = database().await;
    let op = op(&db, 2).await;
    op.reads.recorder.close().await.unwrap();
    for _ in 0..2 {
        let customer = CustomerId(Uuid::from_u128(5));
        let told = op.reads.protected(&op, Action::CustomerProfileRead, customer, 0, &[]).await;
        assert!(matches!(told, Err(Error::Unavailable { .. })));
    }
}
