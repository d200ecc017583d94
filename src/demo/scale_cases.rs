//! Open support requests of the generated world: each raised by the reseller that serves a customer, and handed to the
//! largest provider, which has a long queue of them.
//!
//! - A generated case is one like any other: its rows are what the rules would have written (`scale_case`). Left out is what
//!   no queue shows: events, audit records and the evidence of a hop.
//! - The same number and seed give the same cases in the same world. Only their times follow `now`.
//! - Due times are spread over two months, so that few of them pass while something is measured; one hop in sixty is
//!   overdue. Nothing times out within a year.
//! - Loaded once: all rows in one transaction that leaves its mark, then what follows from them. A load that was killed
//!   goes on where it was.

use super::bulk::{self, Bulk, Cell, Rows};
use super::scale_case::{Receiver, Served, Story, World, services};
use super::scale_partners::{account, largest_provider, source};
use crate::db::sql::Sql;
use crate::db::{Db, derive, execute, first};
use crate::error::{Error, Result};
use entity::{
    AccountId, CustomerId, Timestamp, support_entry, support_entry_reader, support_escalation,
    support_request, support_view,
};
use sea_orm::{EntityTrait, FromQueryResult, IdenStatic, Iterable, ModelTrait, Value};

/// The most cases that are generated.
pub const MAX_CASES: u64 = 200_000;

/// Cases whose rows are held in memory at once.
const BATCH: u64 = 2_000;
/// Customers whose rights are derived in one transaction.
const CUSTOMERS: usize = 500;

/// Marks in `gateway_state`: the rows are there; what follows from them is, too.
const ROWS: &str = "cases-rows";
const WHOLE: &str = "cases";

/// Adds so many cases to a generated world that is loaded, unless they are there already: then false. `progress` is told
/// what is being loaded, how much of it is done, and of how much.
///
/// # Errors
/// More than [`MAX_CASES`] are asked for; the database holds other cases, or no customer of the largest provider; the
/// database refuses.
pub async fn ensure(
    db: &Db,
    cases: u64,
    seed: u64,
    now: Timestamp,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<bool> {
    if cases == 0 {
        return Ok(false);
    }
    if cases > MAX_CASES {
        return Err(Error::invalid("cases", format!("at most {MAX_CASES} are generated")));
    }
    let parameters = format!("{cases} {seed}");
    let marks = marks(db, &parameters).await?;
    if marks.iter().any(|mark| mark.name == WHOLE) {
        return Ok(false);
    }
    let world = World::of(db, seed, now).await?;
    if marks.is_empty() {
        world.load(db, cases, &parameters, progress).await?;
    }
    world.derive(db, &parameters, progress).await?;
    Ok(true)
}

#[derive(FromQueryResult)]
struct Mark {
    name: String,
    value: String,
}

async fn marks(db: &Db, parameters: &str) -> Result<Vec<Mark>> {
    let sql = Sql::new("SELECT name, value FROM gateway_state WHERE name IN (").bind(ROWS).push(", ");
    let marks: Vec<Mark> = db.unscoped_rows(sql.bind(WHOLE).push(")")).await?;
    if let Some(other) = marks.iter().find(|mark| mark.value != parameters) {
        let words = |value: &str| value.replacen(' ', " cases, seed ", 1);
        let reason = format!(
            "the database holds {}; for {} use another data folder or database",
            words(&other.value),
            words(parameters)
        );
        return Err(Error::Conflict { reason });
    }
    Ok(marks)
}

#[derive(FromQueryResult)]
struct Found {
    id: AccountId,
}

impl World {
    async fn of(db: &Db, seed: u64, now: Timestamp) -> Result<Self> {
        let missing = || Error::invalid("cases", "the database holds no generated world to add them to");
        let key = largest_provider();
        let partner = source(&key).ok_or_else(missing)?;
        let (tenant, object) = account(&format!("helpdesk@{key}")).ok_or_else(missing)?;
        let sql = Sql::new("SELECT id FROM account WHERE tenant_id = ").bind(tenant);
        let found: Option<Found> = first(db.unscoped_rows(sql.push(" AND object_id = ").bind(object)).await?);
        let helpdesk = found.ok_or_else(missing)?.id;
        let sql = Sql::new(
            "SELECT i.customer_id, c.tenant_id AS customer_tenant, i.reseller_id AS partner_id,",
        )
        .push(" p.tenant_id AS partner_tenant, a.id AS helpdesk FROM indirect_relation i")
        .push(" JOIN customer c ON c.id = i.customer_id JOIN partner p ON p.id = i.reseller_id")
        .push(" JOIN account a ON a.tenant_id = p.tenant_id AND a.user_principal_name LIKE 'helpdesk@%'")
        .push(" WHERE i.source_id = i.reseller_id AND i.provider_id = ")
        .bind(partner.0)
        .push(" AND ")
        .live(db.backend(), db.clock(), "i")
        .push(" ORDER BY i.customer_id, i.reseller_id");
        let served: Vec<Served> = db.unscoped_rows(sql).await?;
        if served.is_empty() {
            return Err(missing());
        }
        let receiver = Receiver { partner, tenant, helpdesk };
        Ok(World { seed, now, receiver, served, services: services() })
    }

    /// All rows, or none.
    async fn load(
        &self,
        db: &Db,
        cases: u64,
        parameters: &str,
        progress: &mut dyn FnMut(&str, u64, u64),
    ) -> Result<()> {
        let (mut bulk, mut rows) = (Bulk::begin(db).await?, CaseRows::new()?);
        let mut mark = Rows::new("gateway_state", ["name", "value"]);
        mark.push([ROWS.into(), parameters.to_owned().into()]);
        bulk.insert(&mut mark).await?;
        let mut next = 0;
        while next < cases {
            let batch = next..cases.min(next + BATCH);
            next = batch.end;
            for number in batch {
                rows.add(&self.story(number))?;
            }
            rows.flush(&mut bulk).await?;
            progress("cases", next, cases);
        }
        bulk.commit().await
    }

    /// The hops open their cases.
    async fn derive(
        &self,
        db: &Db,
        parameters: &str,
        progress: &mut dyn FnMut(&str, u64, u64),
    ) -> Result<()> {
        bulk::analyze(db).await?;
        let mut customers: Vec<CustomerId> = self.served.iter().map(|served| served.customer_id).collect();
        customers.dedup();
        let (mut done, of) = (0, customers.len() as u64);
        for customers in customers.chunks(CUSTOMERS) {
            progress("customers with cases", done, of);
            let tx = db.begin().await?;
            derive::for_customers(&tx, customers).await?;
            tx.commit().await?;
            done += customers.len() as u64;
        }
        let tx = db.begin().await?;
        let mark = Sql::new("INSERT INTO gateway_state (name, value) VALUES (").bind(WHOLE);
        execute(&tx, mark.push(", ").bind(parameters).push(")")).await?;
        tx.commit().await?;
        progress("customers with cases", of, of);
        bulk::analyze(db).await
    }
}

/// Rows of the tables of cases, in the order in which foreign keys need them.
struct CaseRows {
    requests: Rows<37>,
    hops: Rows<26>,
    views: Rows<38>,
    entries: Rows<11>,
    readers: Rows<5>,
}

impl CaseRows {
    fn new() -> Result<Self> {
        Ok(CaseRows {
            requests: rows::<support_request::Entity, 37>()?,
            hops: rows::<support_escalation::Entity, 26>()?,
            views: rows::<support_view::Entity, 38>()?,
            entries: rows::<support_entry::Entity, 11>()?,
            readers: rows::<support_entry_reader::Entity, 5>()?,
        })
    }

    fn add(&mut self, story: &Story<'_>) -> Result<()> {
        self.requests.push(cells(&story.case.request)?);
        for hop in &story.case.hops {
            self.hops.push(cells(hop)?);
        }
        for view in &story.views {
            self.views.push(cells(view)?);
        }
        for entry in &story.entries {
            self.entries.push(cells(entry)?);
        }
        for reader in &story.readers {
            self.readers.push(cells(reader)?);
        }
        Ok(())
    }

    async fn flush(&mut self, bulk: &mut Bulk) -> Result<()> {
        bulk.insert(&mut self.requests).await?;
        bulk.insert(&mut self.hops).await?;
        bulk.insert(&mut self.views).await?;
        bulk.insert(&mut self.entries).await?;
        bulk.insert(&mut self.readers).await
    }
}

/// No rows of a table yet.
fn rows<E: EntityTrait, const N: usize>() -> Result<Rows<N>> {
    let table = E::default().table_name();
    let columns: Vec<&'static str> = E::Column::iter().map(|column| column.as_str()).collect();
    Ok(Rows::new(table, exactly(columns)?))
}

/// A row of it.
fn cells<M: ModelTrait, const N: usize>(model: &M) -> Result<[Cell; N]> {
    let columns = <M::Entity as EntityTrait>::Column::iter();
    exactly(columns.map(|column| cell(model.get(column))).collect::<Result<_>>()?)
}

fn exactly<T, const N: usize>(all: Vec<T>) -> Result<[T; N]> {
    let found = all.len();
    all.try_into().map_err(|_| Error::internal(format!("a table has {found} columns instead of {N}")))
}

fn cell(value: Value) -> Result<Cell> {
    match value {
        Value::Uuid(id) => Ok(id.into()),
        Value::String(text) => Ok(text.into()),
        Value::BigInt(number) => Ok(number.into()),
        Value::Int(number) => Ok(number.map(i64::from).into()),
        Value::Bool(value) => Ok(value.into()),
        other => Err(Error::internal(format!("no cell for {other:?}"))),
    }
}

#[cfg(test)]
#[path = "scale_cases_tests.rs"]
mod tests;
