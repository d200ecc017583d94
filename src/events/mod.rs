//! The log of facts that changed: ids alone, in the order of the commits, and all that replicas tell each other.
//!
//! An event is appended within the transaction that changes the fact, under the lock that lets one change of facts at a
//! time pass: so a later event never becomes visible before an earlier one, and a reader that remembers its place
//! misses none. On PostgreSQL a notification goes out with the commit; it only saves waiting for the next look.

pub mod hub;

use crate::db::sql::Sql;
use crate::db::{Db, derive, execute, first};
use crate::error::Result;
use entity::{CustomerId, IncidentId, PartnerId, ServiceId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The channel of PostgreSQL on which commits are announced.
pub const CHANNEL: &str = "partner_gateway_events";

/// How long events are kept: a client may resume from a position that is no older.
pub const KEPT_DAYS: i64 = 7;

/// What kind of fact changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An incident, or that it affects a customer.
    Incident,
    /// The status of a customer's service.
    ServiceStatus,
    /// A support request, as one of its parties may know it: told to that party's tenant alone.
    SupportRequest,
    /// Something that rights rest on: concerns whoever listens, and is told to nobody.
    Access,
}

impl Kind {
    fn code(self) -> &'static str {
        match self {
            Kind::Incident => "incident",
            Kind::ServiceStatus => "service_status",
            Kind::SupportRequest => "support_request",
            Kind::Access => "access",
        }
    }
}

/// A fact that changed, not yet in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What kind.
    pub kind: Kind,
    /// The customer concerned.
    pub customer: Option<CustomerId>,
    /// The incident.
    pub incident: Option<IncidentId>,
    /// The service.
    pub service: Option<ServiceId>,
    /// The support request.
    pub request: Option<Uuid>,
    /// Of a change of a support request: the tenant that it is for.
    pub reader: Option<Uuid>,
    /// What happened, in one word.
    pub word: &'static str,
}

impl Change {
    /// A change that names nothing yet.
    pub fn of(kind: Kind, word: &'static str) -> Self {
        Change { kind, customer: None, incident: None, service: None, request: None, reader: None, word }
    }
}

/// A fact that changed, in the log.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Event {
    /// Its place.
    pub seq: i64,
    /// `incident`, `service_status`, `support_request` or `access`.
    pub kind: String,
    /// Whose rows changed; none for `access` and `support_request`.
    pub source_id: Option<PartnerId>,
    /// The customer concerned.
    pub customer_id: Option<CustomerId>,
    /// The incident.
    pub incident_id: Option<IncidentId>,
    /// The service.
    pub service_id: Option<ServiceId>,
    /// What happened, in one word.
    pub change: String,
    /// When it was brought in.
    pub at: Timestamp,
    /// The support request.
    pub support_request_id: Option<Uuid>,
    /// Of a change of a support request: the tenant that it is for, and for no other.
    pub reader_tenant_id: Option<Uuid>,
}

impl Event {
    /// Whether it is of a kind.
    pub fn is(&self, kind: Kind) -> bool {
        self.kind == kind.code()
    }
}

const COLUMNS: &str = "seq, kind, source_id, customer_id, incident_id, service_id, support_request_id, reader_tenant_id, change, at";

/// Appends changes of one source's rows, in their order.
pub async fn append(
    tx: &DatabaseTransaction,
    source: Option<PartnerId>,
    changes: &[Change],
    at: Timestamp,
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    derive::lock(tx).await?;
    for change in changes {
        let insert = Sql::new(format!("INSERT INTO event ({COLUMNS}) "))
            .push("SELECT coalesce(max(seq), 0) + 1, ")
            .bind(change.kind.code())
            .push(", ")
            .bind(source.map(|id| id.0))
            .push(", ")
            .bind(change.customer.map(|id| id.0))
            .push(", ")
            .bind(change.incident.map(|id| id.0))
            .push(", ")
            .bind(change.service.map(|id| id.0))
            .push(", ")
            .bind(change.request)
            .push(", ")
            .bind(change.reader)
            .push(", ")
            .bind(change.word)
            .push(if change.kind == Kind::Access {
                ", coalesce(max(at), CAST("
            } else {
                ", coalesce(NULL, CAST("
            })
            .bind(at.0)
            .push(" AS bigint)) FROM event");
        execute(tx, insert).await?;
    }
    if tx.get_database_backend() == DbBackend::Postgres {
        execute(tx, Sql::new("SELECT pg_notify(").bind(CHANNEL).push(", '')")).await?;
    }
    Ok(())
}

/// Something that rights rest on changed: whoever listens is asked again for its ground. Its moment does not matter, so
/// it is that of the event before it.
pub async fn access_changed(tx: &DatabaseTransaction) -> Result<()> {
    append(tx, None, &[Change::of(Kind::Access, "changed")], Timestamp(0)).await
}

#[derive(FromQueryResult)]
struct Ends {
    first: Option<i64>,
    last: Option<i64>,
}

/// The places of the oldest event that is kept and of the newest; 0 and 0 while there is none.
pub async fn ends(db: &Db) -> Result<(i64, i64)> {
    let sql = "SELECT (SELECT min(seq) FROM event) AS first, (SELECT max(seq) FROM event) AS last";
    let ends: Option<Ends> = first(db.unscoped_rows(Sql::new(sql)).await?);
    Ok(ends.map_or((0, 0), |ends| (ends.first.unwrap_or(0), ends.last.unwrap_or(0))))
}

/// The events after a place, in order, at most so many.
pub async fn after(db: &Db, seq: i64, limit: u64) -> Result<Vec<Event>> {
    let sql = Sql::new("SELECT * FROM event WHERE seq > ").bind(seq);
    db.unscoped_rows(sql.push(&format!(" ORDER BY seq LIMIT {limit}"))).await
}

#[derive(FromQueryResult)]
struct Reader {
    seq: i64,
    tenant_id: Uuid,
}

/// Which of these tenants may come to read what changed: the source's own, those that list its customer or have its
/// copy of the incident in their list, and the customer's own. A change of a support request is for the tenant that it
/// names, and none else hears of it. Whether they may read it is decided under their scope.
pub async fn readers(
    db: &Db,
    from: i64,
    until: i64,
    tenants: &[Uuid],
) -> Result<HashMap<i64, HashSet<Uuid>>> {
    let among = |column: &str| Sql::default().any_of(db.backend(), column, tenants.iter().copied());
    let within = |which: &str| {
        let range = Sql::new("e.seq > ").bind(from).push(" AND e.seq <= ").bind(until);
        range.push(&format!(" AND e.kind {which} '{}' AND ", Kind::SupportRequest.code()))
    };
    let range = || within("<>");
    let sql = Sql::new("SELECT e.seq, p.tenant_id FROM event e JOIN partner p ON p.id = e.source_id WHERE ")
        .add(range())
        .add(among("p.tenant_id"))
        .push(" UNION SELECT e.seq, c.tenant_id FROM event e JOIN customer c ON c.id = e.customer_id WHERE ")
        .add(range())
        .add(among("c.tenant_id"))
        .push(" UNION SELECT e.seq, l.reader_tenant_id FROM event e JOIN customer_listing l")
        .push(" ON l.customer_id = e.customer_id AND l.source_id = e.source_id WHERE ")
        .add(range())
        .add(among("l.reader_tenant_id"))
        .push(" UNION SELECT e.seq, l.reader_tenant_id FROM event e JOIN incident_listing l")
        .push(" ON l.incident_id = e.incident_id AND l.source_id = e.source_id WHERE ")
        .add(range())
        .add(among("l.reader_tenant_id"))
        .push(" UNION SELECT e.seq, e.reader_tenant_id FROM event e WHERE ")
        .add(within("="))
        .add(among("e.reader_tenant_id"));
    let mut readers: HashMap<i64, HashSet<Uuid>> = HashMap::new();
    for row in db.unscoped_rows::<Reader>(sql).await? {
        readers.entry(row.seq).or_default().insert(row.tenant_id);
    }
    Ok(readers)
}

#[derive(FromQueryResult)]
struct Turned {
    now: i64,
    any_change: bool,
}

/// Whether a grant, a membership or an account began or ended after one moment and up to now; and that now, by the clock
/// that decides: the database's own.
pub async fn intervals_turned(db: &Db, after: Timestamp) -> Result<(bool, Timestamp)> {
    let far = Timestamp::FAR_FUTURE.0;
    let turned = |table: &str, column: &str| {
        let sql = Sql::new(format!("EXISTS (SELECT 1 FROM {table} x WHERE x.{column} > ")).bind(after.0);
        let sql = sql.push(&format!(" AND x.{column} <= ")).now(db.backend(), db.clock());
        if column == "ends_at" { sql.push(&format!(" AND x.ends_at < {far})")) } else { sql.push(")") }
    };
    let tables = [
        ("access_grant", "starts_at"),
        ("access_grant", "ends_at"),
        ("group_member", "starts_at"),
        ("group_member", "ends_at"),
        ("account", "ends_at"),
    ];
    let any = tables.into_iter().map(|(table, column)| turned(table, column));
    let sql = Sql::new("SELECT CAST(")
        .now(db.backend(), db.clock())
        .push(" AS bigint) AS now, (")
        .join(any, " OR ");
    let row: Option<Turned> = first(db.unscoped_rows(sql.push(") AS any_change")).await?);
    Ok(row.map_or((true, after), |row| (row.any_change, Timestamp(row.now))))
}

/// Drops events that are older than is kept, but the newest, whose place goes on counting.
pub async fn prune(db: &Db, now: Timestamp) -> Result<u64> {
    let tx = db.begin().await?;
    derive::lock(&tx).await?;
    let sql = Sql::new("DELETE FROM event WHERE at < ").bind(now.plus_days(-KEPT_DAYS).0);
    let dropped = execute(&tx, sql.push(" AND seq < (SELECT max(seq) FROM event)")).await?;
    tx.commit().await?;
    Ok(dropped)
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
