//! For unit tests: an empty database in memory, and operations of accounts in it.

#![allow(clippy::unwrap_used)]

use super::recorder::{Reads, Recorder};
use crate::access::authenticate::{self, Viewer};
use crate::access::driving::Driving;
use crate::access::policy::{Files, Policy};
use crate::clock::Clock;
use crate::db::connect::{Options, open_migrated};
use crate::db::cursor::Sealer;
use crate::db::sql::Sql;
use crate::db::{Db, execute};
use crate::op::Op;
use entity::{AccountId, Timestamp, audit_event};
use std::sync::Arc;
use uuid::Uuid;

/// When it is.
pub(crate) const NOW: Timestamp = Timestamp(1_772_442_000_000_000);

/// The tenant of the accounts.
pub(crate) const TENANT: Uuid = Uuid::from_u128(0x7e);

/// An empty database whose clock stands still.
pub(crate) async fn database() -> Db {
    let options = Options { url: "sqlite::memory:".into(), max_connections: 1 };
    open_migrated(&options, Clock::fixed(NOW)).await.unwrap()
}

/// An operation of an account that is registered now.
pub(crate) async fn op(db: &Db, account: u128) -> Op {
    let account = AccountId(Uuid::from_u128(account));
    let insert =
        Sql::new("INSERT INTO account (id, tenant_id, object_id, kind, display_name, starts_at, ends_at)")
            .push(" VALUES (")
            .bind(account.0)
            .push(", ")
            .bind(TENANT)
            .push(", ")
            .bind(account.0)
            .push(", 'member', 'Robin', 0, ")
            .bind(Timestamp::FAR_FUTURE.0)
            .push(")");
    change(db, insert).await;
    op_of(db, Some(account)).await
}

/// An operation of an account, or of one that is not registered.
pub(crate) async fn op_of(db: &Db, account: Option<AccountId>) -> Op {
    let viewer = Viewer {
        account,
        display_name: account.map(|_| "Robin".into()),
        tenant: if account.is_some() { TENANT } else { Uuid::nil() },
        partner: None,
        customer: None,
        driving: Arc::new(Driving::new(true)),
    };
    let policy = Arc::new(Policy::load(&Files::shipped()).await.unwrap());
    let scope = authenticate::scope(db, &viewer, None, policy);
    Op {
        viewer: Arc::new(viewer),
        scope: Arc::new(scope),
        db: db.clone(),
        sealer: Sealer::new(b"a secret of the tests, 32 bytes or more").unwrap(),
        stale_after_secs: 0,
        request_id: Uuid::from_u128(0x4e0),
        reads: Reads::new(Recorder::start(db.clone())),
    }
}

/// Runs a statement by itself.
pub(crate) async fn change(db: &Db, sql: Sql) {
    let tx = db.begin().await.unwrap();
    execute(&tx, sql).await.unwrap();
    tx.commit().await.unwrap();
}

/// All records, chain by chain.
pub(crate) async fn records(db: &Db) -> Vec<audit_event::Model> {
    db.unscoped_rows(Sql::new("SELECT * FROM audit_event ORDER BY tenant_id, seq")).await.unwrap()
}
