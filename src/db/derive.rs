//! Keeps the derived tables of access: copies the views that define them, within the caller's transaction.
//!
//! Whoever changes a fact about customers calls [`for_customers`]; whoever changes groups calls [`for_tenant`]; whoever
//! links an incident to customers calls [`incidents_of`]. What rights rest on is told to those who listen.

use super::sql::Sql;
use super::{Db, execute, rows_in};
use crate::error::Result;
use crate::events;
use entity::{CustomerId, IncidentId, PartnerId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult};
use uuid::Uuid;

/// Derived tables with their columns; each has a view `<name>_source`.
const TABLES: [(&str, &str); 4] = [
    (
        "access_grant",
        "principal_id, customer_id, source_id, ground_kind, ground_id, tokens, starts_at, ends_at",
    ),
    ("customer_listing", "reader_tenant_id, sort_name, customer_id, source_id, rank"),
    ("customer_search", "reader_tenant_id, word, customer_id, source_id, is_protected"),
    (
        "subscription_listing",
        "reader_tenant_id, commitment_ends_at, subscription_id, customer_id, source_id, external_id, rank, is_named, \
         services, licences",
    ),
];

/// Lets one change of facts at a time pass, as SQLite does by itself: two that derived side by side would each miss
/// what the other has not committed yet. Held until the transaction ends.
pub async fn lock(tx: &DatabaseTransaction) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        execute(tx, Sql::new("SELECT pg_advisory_xact_lock(7261001)")).await?;
    }
    Ok(())
}

/// Makes the rows of these customers anew.
pub async fn for_customers(tx: &DatabaseTransaction, customers: &[CustomerId]) -> Result<()> {
    if customers.is_empty() {
        return Ok(());
    }
    replace_customers(tx, customers).await?;
    incidents_of(tx, customers).await
}

async fn replace_customers(tx: &DatabaseTransaction, customers: &[CustomerId]) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let ids = || customers.iter().map(|id| id.0);
        return replace(tx, || Sql::default().any_of(DbBackend::Postgres, "customer_id", ids()), &TABLES)
            .await;
    }
    // SQLite pushes a comparison into a view, but not a subquery over a list.
    for customer in customers {
        replace(tx, || Sql::new("customer_id = ").bind(customer.0), &TABLES).await?;
    }
    Ok(())
}

/// A hop of one of the customer's support requests began or ended: makes its grants anew, and who lists it.
pub async fn for_case(tx: &DatabaseTransaction, customer: CustomerId) -> Result<()> {
    replace(tx, || Sql::new("customer_id = ").bind(customer.0), &TABLES[..2]).await
}

/// Makes the grants of a tenant's groups anew.
pub async fn for_tenant(tx: &DatabaseTransaction, tenant: Uuid) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Group {
        id: Uuid,
    }
    let groups: Vec<Group> =
        rows_in(tx, Sql::new("SELECT id FROM security_group WHERE tenant_id = ").bind(tenant)).await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        let ids = || groups.iter().map(|group| group.id);
        return replace(
            tx,
            || Sql::default().any_of(DbBackend::Postgres, "principal_id", ids()),
            &TABLES[..1],
        )
        .await;
    }
    for group in &groups {
        replace(tx, || Sql::new("principal_id = ").bind(group.id), &TABLES[..1]).await?;
    }
    Ok(())
}

/// Makes everything anew.
pub async fn everything(tx: &DatabaseTransaction) -> Result<()> {
    replace(tx, || Sql::new("1 = 1"), &TABLES).await?;
    execute(tx, Sql::new("DELETE FROM incident_listing")).await?;
    list_incidents(tx, Sql::new("1 = 1")).await
}

/// Makes the listing of all subscriptions anew.
pub async fn subscriptions(tx: &DatabaseTransaction) -> Result<()> {
    replace(tx, || Sql::new("1 = 1"), &TABLES[3..]).await
}

const INCIDENT_LISTING: &str = "reader_tenant_id, incident_id, source_id, version_rank, seen_at";

/// Adds the copies of incidents that come to be readable by these customers. None is taken away: the table says which
/// copies are worth asking for, and the grants whether they may be read.
pub async fn incidents_of(tx: &DatabaseTransaction, customers: &[CustomerId]) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let ids = customers.iter().map(|id| id.0);
        return list_incidents(tx, Sql::default().any_of(DbBackend::Postgres, "customer_id", ids)).await;
    }
    for customer in customers {
        list_incidents(tx, Sql::new("customer_id = ").bind(customer.0)).await?;
    }
    Ok(())
}

async fn list_incidents(tx: &DatabaseTransaction, which: Sql) -> Result<()> {
    let copy = Sql::new(format!(
        "INSERT INTO incident_listing ({INCIDENT_LISTING}) SELECT DISTINCT {INCIDENT_LISTING}"
    ))
    .push(" FROM incident_listing_source WHERE ")
    .add(which)
    .push(" ON CONFLICT (reader_tenant_id, incident_id, source_id) DO UPDATE SET ")
    .push("version_rank = excluded.version_rank, seen_at = excluded.seen_at");
    execute(tx, copy).await?;
    Ok(())
}

/// A source's copy of an incident has another version.
pub async fn incident_version(
    tx: &DatabaseTransaction,
    source: PartnerId,
    incident: IncidentId,
    version_at: Timestamp,
    seen_at: Timestamp,
) -> Result<()> {
    let update = Sql::new("UPDATE incident_listing SET version_rank = ").bind(-version_at.0);
    let update = update.push(", seen_at = ").bind(seen_at.0).push(" WHERE incident_id = ").bind(incident.0);
    execute(tx, update.push(" AND source_id = ").bind(source.0)).await?;
    Ok(())
}

async fn replace(tx: &DatabaseTransaction, which: impl Fn() -> Sql, tables: &[(&str, &str)]) -> Result<()> {
    lock(tx).await?;
    for (table, columns) in tables {
        execute(tx, Sql::new(format!("DELETE FROM {table} WHERE ")).add(which())).await?;
        let copy = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}_source WHERE ");
        execute(tx, Sql::new(copy).add(which())).await?;
    }
    events::access_changed(tx).await
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// Compares each table with its view: names of tables that differ, with the number of rows that differ.
pub async fn check(db: &Db) -> Result<Vec<(String, i64)>> {
    let mut differing = Vec::new();
    for (table, columns) in TABLES {
        let (have, want) =
            (format!("SELECT {columns} FROM {table}"), format!("SELECT {columns} FROM {table}_source"));
        let sql = format!(
            "SELECT count(*) AS n FROM (SELECT * FROM ({have} EXCEPT {want}) a UNION ALL SELECT * FROM ({want} EXCEPT {have}) b) d"
        );
        let rows: Vec<Count> = db.unscoped_rows(Sql::new(sql)).await?;
        differing.extend(rows.into_iter().filter(|row| row.n != 0).map(|row| (table.to_owned(), row.n)));
    }
    // What is listed beyond the view may not be read any more, and is left.
    let missing = format!(
        "SELECT count(*) AS n FROM (SELECT {INCIDENT_LISTING} FROM incident_listing_source EXCEPT SELECT {INCIDENT_LISTING} FROM incident_listing) d"
    );
    let rows: Vec<Count> = db.unscoped_rows(Sql::new(missing)).await?;
    let missing = rows.into_iter().filter(|row| row.n != 0);
    differing.extend(missing.map(|row| ("incident_listing".to_owned(), row.n)));
    Ok(differing)
}

#[derive(FromQueryResult)]
struct Value {
    value: String,
}

/// Writes the vocabulary's bits for the views; if they changed, everything is made anew.
pub async fn use_vocabulary(db: &Db, role_tokens: &[(String, String, i64)], fingerprint: &str) -> Result<()> {
    let tx = db.begin().await?;
    let known: Vec<Value> =
        rows_in(&tx, Sql::new("SELECT value FROM gateway_state WHERE name = 'vocabulary'")).await?;
    if known.first().is_some_and(|known| known.value == fingerprint) {
        return Ok(tx.rollback().await?);
    }
    execute(&tx, Sql::new("DELETE FROM role_token")).await?;
    for (class, role, tokens) in role_tokens {
        let row =
            Sql::new("INSERT INTO role_token (class, role, tokens) VALUES (").bind(class.as_str()).push(", ");
        execute(&tx, row.bind(role.as_str()).push(", ").bind(*tokens).push(")")).await?;
    }
    execute(&tx, Sql::new("DELETE FROM gateway_state WHERE name = 'vocabulary'")).await?;
    let state = Sql::new("INSERT INTO gateway_state (name, value) VALUES ('vocabulary', ")
        .bind(fingerprint)
        .push(")");
    execute(&tx, state).await?;
    everything(&tx).await?;
    Ok(tx.commit().await?)
}
