//! Which due times have passed: read within the sweep's transaction, from what the rules wrote; and whether any has,
//! read before that. Shown to nobody, so no scope is asked.

use super::words::{HopState, Status};
use crate::db::sql::Sql;
use crate::db::{Db, rows_in};
use crate::error::Result;
use entity::Timestamp;
use sea_orm::{DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

/// A time that has passed, of a support request or a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// The named partner has not answered the request in time.
    Request(Uuid),
    /// The receiver has not answered the hop in time.
    Hop(Uuid),
    /// The hop has waited for its answer long enough.
    Expiry(Uuid),
}

#[derive(FromQueryResult)]
struct Row {
    what: i32,
    id: Uuid,
}

/// Whether anything has passed and has not been said. Waits for no writer.
pub async fn has_any_passed(db: &Db, now: Timestamp) -> Result<bool> {
    Ok(!db.unscoped_rows::<Row>(oldest(now, 1)).await?.is_empty())
}

/// What has passed and has not been said, the longest ago first, at most so many.
pub async fn passed(tx: &DatabaseTransaction, now: Timestamp, most: usize) -> Result<Vec<Passed>> {
    let rows: Vec<Row> = rows_in(tx, oldest(now, most)).await?;
    let made = rows.into_iter().map(|row| match row.what {
        0 => Passed::Request(row.id),
        1 => Passed::Hop(row.id),
        _ => Passed::Expiry(row.id),
    });
    Ok(made.collect())
}

/// Whether it has still to be said: what was done before it in the same sweep may have settled it.
pub async fn is_still_due(tx: &DatabaseTransaction, now: Timestamp, passed: Passed) -> Result<bool> {
    let (Passed::Request(id) | Passed::Hop(id) | Passed::Expiry(id)) = passed;
    let found: Vec<Row> = rows_in(tx, rows(passed, now).push(" AND x.id = ").bind(id)).await?;
    Ok(!found.is_empty())
}

/// The rows of all kinds, the longest ago first, at most so many.
fn oldest(now: Timestamp, most: usize) -> Sql {
    let any = Uuid::nil();
    let kinds = [Passed::Request(any), Passed::Hop(any), Passed::Expiry(any)];
    let all = Sql::default().join(kinds.map(|kind| rows(kind, now)), " UNION ALL ");
    // Of a hop that expired while nobody looked, that its due time passed is said before.
    all.push(&format!(" ORDER BY passed_at, what, id LIMIT {most}"))
}

/// The rows of one kind: all, whatever its id. What has no time set has the far future's, which never passes.
fn rows(kind: Passed, now: Timestamp) -> Sql {
    let (what, table, column) = match kind {
        Passed::Request(_) => (0, "support_request", "due_at"),
        Passed::Hop(_) => (1, "support_escalation", "due_at"),
        Passed::Expiry(_) => (2, "support_escalation", "expires_at"),
    };
    let select = format!("SELECT {what} AS what, x.id AS id, x.{column} AS passed_at FROM {table} x");
    let sql = Sql::new(select).push(&format!(" WHERE x.{column} <= ")).bind(now.0);
    let (resolved, closed) = (Status::Resolved.code(), Status::Closed.code());
    let requested = HopState::Requested.code();
    match kind {
        Passed::Request(_) => sql
            .push(" AND x.breached_at IS NULL")
            .push(&format!(" AND x.status NOT IN ('{resolved}', '{closed}')")),
        Passed::Hop(_) => {
            sql.push(&format!(" AND x.state = '{requested}'")).push(" AND x.breached_at IS NULL")
        }
        Passed::Expiry(_) => sql.push(&format!(" AND x.state = '{requested}'")),
    }
}

#[cfg(test)]
#[path = "due_store_tests.rs"]
mod tests;
