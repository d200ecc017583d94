//! The only SQL on kept outcomes.

use crate::db::sql::Sql;
use crate::db::{derive, execute, first, rows_in};
use crate::error::{Error, Result};
use entity::{AccountId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult};

/// Waits for the lock of facts, and no longer than a caller does: an import may hold it for long.
pub(super) async fn wait_for_lock(tx: &DatabaseTransaction) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    execute(tx, Sql::new("SET LOCAL lock_timeout = '8s'")).await?;
    let reason = "other changes are under way; send it again with the same key";
    derive::lock(tx).await.map_err(|_| Error::Unavailable { reason })
}

/// A key with the input that it is used for.
pub(super) struct Claim<'a> {
    pub(super) account: AccountId,
    pub(super) operation: &'static str,
    pub(super) key: &'a str,
    pub(super) digest: &'a str,
}

impl Claim<'_> {
    fn condition(&self) -> Sql {
        Sql::new(" WHERE account_id = ")
            .bind(self.account.0)
            .push(" AND operation = ")
            .bind(self.operation)
            .push(" AND key = ")
            .bind(self.key)
    }
}

/// What is kept of a key.
#[derive(FromQueryResult)]
pub(super) struct Kept {
    pub(super) input_hash: String,
    pub(super) outcome: String,
}

/// Takes a key, without an outcome yet. False where it is taken.
pub(super) async fn take(tx: &DatabaseTransaction, claim: &Claim<'_>, at: Timestamp) -> Result<bool> {
    let insert = Sql::new(
        "INSERT INTO idempotency_key (account_id, operation, key, input_hash, outcome, created_at) VALUES (",
    )
    .bind(claim.account.0)
    .push(", ")
    .bind(claim.operation)
    .push(", ")
    .bind(claim.key)
    .push(", ")
    .bind(claim.digest)
    .push(", '', ")
    .bind(at.0)
    .push(") ON CONFLICT (account_id, operation, key) DO NOTHING");
    Ok(execute(tx, insert).await? == 1)
}

/// What is kept of a key that is taken.
pub(super) async fn kept(tx: &DatabaseTransaction, claim: &Claim<'_>) -> Result<Kept> {
    let select = Sql::new("SELECT input_hash, outcome FROM idempotency_key").add(claim.condition());
    first(rows_in(tx, select).await?).ok_or_else(|| Error::internal("a key vanished"))
}

/// Keeps the outcome of a key.
pub(super) async fn keep(tx: &DatabaseTransaction, claim: &Claim<'_>, outcome: &str) -> Result<()> {
    let update = Sql::new("UPDATE idempotency_key SET outcome = ").bind(outcome);
    execute(tx, update.add(claim.condition())).await?;
    Ok(())
}

/// Drops what was kept before a moment.
pub(super) async fn drop_before(tx: &DatabaseTransaction, moment: Timestamp) -> Result<u64> {
    execute(tx, Sql::new("DELETE FROM idempotency_key WHERE created_at < ").bind(moment.0)).await
}
