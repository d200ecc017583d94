//! The only SQL on the chains: appends and reads, never an update and never a deletion.

use super::Stamped;
use crate::db::sql::Sql;
use crate::db::{Db, execute, first, rows_in};
use crate::error::Result;
use entity::{Timestamp, audit_event};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use uuid::Uuid;

const COLUMNS: &str = "tenant_id, seq, at, actor_account_id, actor_tenant_id, on_behalf_of, action, outcome, \
                       resource_kind, resource_id, customer_id, ground, request_id, reason, hash";

/// Rows of one statement where there are that many, else one each: two texts in all.
const CHUNK: usize = 25;

/// Records read at a time.
const PAGE: u64 = 1000;

/// The newest record of a chain; of an empty one, what stands before its first.
#[derive(Clone, Debug, Default, FromQueryResult)]
struct Head {
    seq: i64,
    hash: Option<String>,
}

/// Lets one transaction at a time append, as SQLite does by itself, so that places have no gaps. Not the lock of facts:
/// records of reads need not wait until an import is over. Held until the transaction ends.
async fn lock(tx: &DatabaseTransaction) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        execute(tx, Sql::new("SELECT pg_advisory_xact_lock(7261002)")).await?;
    }
    Ok(())
}

/// Appends records to the chains that they belong to, in their order.
pub(super) async fn append(tx: &DatabaseTransaction, events: &[Stamped]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    lock(tx).await?;
    let mut heads: HashMap<Uuid, Head> = HashMap::new();
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        for chain in event.chains() {
            let head = match heads.entry(chain) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(newest(tx, chain).await?),
            };
            let row = event.linked(chain, head.seq + 1, head.hash.as_deref());
            *head = Head { seq: row.seq, hash: Some(row.hash.clone()) };
            rows.push(row);
        }
    }
    for chunk in rows.chunks(CHUNK) {
        if chunk.len() == CHUNK {
            execute(tx, insert(chunk)).await?;
            continue;
        }
        for row in chunk {
            execute(tx, insert(std::slice::from_ref(row))).await?;
        }
    }
    Ok(())
}

async fn newest(tx: &DatabaseTransaction, chain: Uuid) -> Result<Head> {
    let sql = Sql::new("SELECT seq, hash FROM audit_event WHERE tenant_id = ").bind(chain);
    let head: Option<Head> = first(rows_in(tx, sql.push(" ORDER BY seq DESC LIMIT 1")).await?);
    Ok(head.unwrap_or_default())
}

fn insert(rows: &[audit_event::Model]) -> Sql {
    let values = rows.iter().map(|row| {
        Sql::new("(")
            .bind(row.tenant_id)
            .push(", ")
            .bind(row.seq)
            .push(", ")
            .bind(row.at.0)
            .push(", ")
            .bind(row.actor_account_id.map(|id| id.0))
            .push(", ")
            .bind(row.actor_tenant_id)
            .push(", ")
            .bind(row.on_behalf_of)
            .push(", ")
            .bind(row.action.as_str())
            .push(", ")
            .bind(row.outcome.as_str())
            .push(", ")
            .bind(row.resource_kind.clone())
            .push(", ")
            .bind(row.resource_id)
            .push(", ")
            .bind(row.customer_id.map(|id| id.0))
            .push(", ")
            .bind(row.ground.clone())
            .push(", ")
            .bind(row.request_id)
            .push(", ")
            .bind(row.reason.clone())
            .push(", ")
            .bind(row.hash.as_str())
            .push(")")
    });
    Sql::new(format!("INSERT INTO audit_event ({COLUMNS}) VALUES ")).join(values, ", ")
}

#[derive(FromQueryResult)]
struct Around {
    earlier: Option<i64>,
    lowest: Option<i64>,
    highest: Option<i64>,
    later: Option<i64>,
}

/// The places between which all records of a time stand, with one of before and one of after where there are such: so
/// that what was taken out at either end is missed too. Moments need not rise from place to place: a read is recorded
/// somewhat later than it was done.
pub(super) async fn around(
    db: &Db,
    chain: Uuid,
    from: Timestamp,
    until: Timestamp,
) -> Result<Option<(i64, i64)>> {
    let of_chain = |column: &str| {
        Sql::new(format!("(SELECT {column} FROM audit_event WHERE tenant_id = ")).bind(chain).push(" AND at ")
    };
    let within =
        |column: &str| of_chain(column).push(">= ").bind(from.0).push(" AND at < ").bind(until.0).push(")");
    let sql = Sql::new("SELECT ")
        .add(of_chain("seq").push("< ").bind(from.0))
        .push(" ORDER BY at DESC, seq DESC LIMIT 1) AS earlier, ")
        .add(within("min(seq)"))
        .push(" AS lowest, ")
        .add(within("max(seq)"))
        .push(" AS highest, ")
        .add(of_chain("seq").push(">= ").bind(until.0))
        .push(" ORDER BY at, seq LIMIT 1) AS later");
    let found: Option<Around> = first(db.unscoped_rows(sql).await?);
    Ok(found.and_then(span))
}

fn span(found: Around) -> Option<(i64, i64)> {
    let Around { earlier, lowest, highest, later } = found;
    let end = [earlier, highest, later].into_iter().flatten().max()?;
    // Without an earlier one, the record before the first of that time must be the beginning of the chain.
    let before = lowest.map(|seq| seq.saturating_sub(1));
    let start = [earlier, before].into_iter().flatten().min().unwrap_or(0);
    Some((later.map_or(start, |later| start.min(later)), end))
}

/// Records of a chain from one place to another, in order: at most a thousand.
pub(super) async fn page(db: &Db, chain: Uuid, start: i64, end: i64) -> Result<Vec<audit_event::Model>> {
    let sql = Sql::new(format!("SELECT {COLUMNS} FROM audit_event WHERE tenant_id = ")).bind(chain);
    let sql = sql.push(" AND seq >= ").bind(start).push(" AND seq <= ").bind(end);
    db.unscoped_rows(sql.push(&format!(" ORDER BY seq LIMIT {PAGE}"))).await
}
