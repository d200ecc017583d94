//! How PostgreSQL plans the statements that ran: a sequential scan in a list or a look-up is a defect.

use super::Db;
use crate::error::{Error, Result};
use sea_orm::sea_query::{ArrayType, PostgresQueryBuilder, QueryBuilder};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, Value};
use std::collections::BTreeSet;

/// Tables that PostgreSQL would read sequentially, each with the statement's beginning. The plan is the generic one,
/// as served. `only_large` leaves out tables of up to 1,000 rows; without it sequential scans are disabled first, so
/// that what is left has no other way, however small the table.
pub async fn sequential_scans(db: &Db, statements: &[Statement], only_large: bool) -> Result<Vec<String>> {
    if db.backend() != DbBackend::Postgres {
        return Ok(Vec::new());
    }
    let tx = db.begin().await?;
    if !only_large {
        tx.execute_unprepared("SET LOCAL enable_seqscan = off").await?;
    }
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    for statement in statements {
        if !seen.insert(statement.sql.clone()) {
            continue;
        }
        for table in scanned(&explain(&tx, statement).await?) {
            if !only_large || is_large(&tx, &table).await? {
                found.push(format!("{table} in {}", statement.sql));
            }
        }
    }
    tx.rollback().await?;
    Ok(found)
}

async fn explain(tx: &DatabaseTransaction, statement: &Statement) -> Result<serde_json::Value> {
    let values = statement.values.as_ref().map(|values| values.0.as_slice()).unwrap_or_default();
    let list =
        |items: Vec<String>| if items.is_empty() { String::new() } else { format!("({})", items.join(", ")) };
    let names: Vec<String> = values.iter().map(type_of).collect::<Result<_>>()?;
    let literal =
        |(value, name): (&Value, &String)| format!("{}::{name}", PostgresQueryBuilder.value_to_string(value));
    let literals = list(values.iter().zip(&names).map(literal).collect());
    let types = list(names);
    tx.execute_unprepared(&format!("PREPARE explained{types} AS {}", statement.sql)).await?;
    let explain = Statement::from_string(
        DbBackend::Postgres,
        format!("EXPLAIN (FORMAT JSON) EXECUTE explained{literals}"),
    );
    let row = tx.query_one_raw(explain).await?.ok_or_else(|| Error::internal("no plan"))?;
    tx.execute_unprepared("DEALLOCATE explained").await?;
    Ok(row.try_get_by_index(0)?)
}

fn type_of(value: &Value) -> Result<String> {
    let name = match value {
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::BigInt(_) => "bigint",
        Value::String(_) => "text",
        Value::Uuid(_) => "uuid",
        Value::Array(ArrayType::Uuid, _) => "uuid[]",
        Value::Array(ArrayType::String, _) => "text[]",
        other => return Err(Error::internal(format!("a statement binds {other:?}"))),
    };
    Ok(name.to_owned())
}

/// Tables under `Seq Scan` nodes.
fn scanned(plan: &serde_json::Value) -> Vec<String> {
    match plan {
        serde_json::Value::Array(items) => items.iter().flat_map(scanned).collect(),
        serde_json::Value::Object(members) => {
            let is_scan = members.get("Node Type").is_some_and(|kind| kind == "Seq Scan");
            let own = members.get("Relation Name").and_then(|name| name.as_str()).filter(|_| is_scan);
            own.map(str::to_owned).into_iter().chain(members.values().flat_map(scanned)).collect()
        }
        _ => Vec::new(),
    }
}

async fn is_large(tx: &DatabaseTransaction, table: &str) -> Result<bool> {
    let text = format!("SELECT reltuples::bigint > 1000 AS large FROM pg_class WHERE relname = '{table}'");
    let row = tx.query_one_raw(Statement::from_string(DbBackend::Postgres, text)).await?;
    Ok(row.map(|row| row.try_get::<bool>("", "large")).transpose()?.unwrap_or(false))
}
