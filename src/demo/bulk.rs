//! Many rows at once, for the generated world only: `COPY` on PostgreSQL, `INSERT` of many rows on SQLite.
//!
//! - One [`Bulk`] is one transaction that only adds rows: what is not committed never was.
//! - A load of several transactions leaves a mark with each, and ends with [`finish`]; until then nothing is derived,
//!   so nobody sees any of it.
//! - As a superuser of PostgreSQL it leaves foreign keys unchecked, which take two thirds of the time. SQLite always
//!   checks them, so that a mistake in the rows shows in the tests.

use crate::db::sql::Sql;
use crate::db::{Db, derive, execute};
use crate::error::{Error, Result};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, FromQueryResult, RuntimeErr, Statement, Value,
};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// How many rows one `INSERT` has on SQLite, largest first: three texts a table, so that they stay prepared and few.
/// 128 rows of our widest table are far below the limit of 32,766 values.
const INSERT_ROWS: [usize; 3] = [128, 16, 1];

/// Triggers stay off in this transaction if we may say so, and with them the checks of foreign keys.
const WITHOUT_CHECKS: &str = "SELECT set_config('session_replication_role', 'replica', true) \
                              FROM pg_roles WHERE rolname = current_user AND rolsuper";

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// An id.
    Uuid(Uuid),
    /// A text.
    Text(Cow<'static, str>),
    /// A number, or a point in time in microseconds.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// No value.
    Null,
}

impl From<Uuid> for Cell {
    fn from(id: Uuid) -> Self {
        Cell::Uuid(id)
    }
}

impl From<&'static str> for Cell {
    fn from(text: &'static str) -> Self {
        Cell::Text(text.into())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text.into())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Cell::Int(number)
    }
}

impl From<entity::Timestamp> for Cell {
    fn from(at: entity::Timestamp) -> Self {
        Cell::Int(at.0)
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Cell::Bool(value)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}

impl From<Cell> for Value {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Uuid(id) => id.into(),
            Cell::Text(text) => text.into_owned().into(),
            Cell::Int(number) => number.into(),
            Cell::Bool(value) => value.into(),
            // SQLite knows one kind of null.
            Cell::Null => Value::String(None),
        }
    }
}

/// Rows for one table, all with the same `N` columns.
#[derive(Debug)]
pub struct Rows<const N: usize> {
    table: &'static str,
    columns: [&'static str; N],
    rows: Vec<[Cell; N]>,
}

impl<const N: usize> Rows<N> {
    /// No rows yet.
    pub fn new(table: &'static str, columns: [&'static str; N]) -> Self {
        Rows { table, columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: [Cell; N]) {
        self.rows.push(row);
    }

    /// All rows in the text format of `COPY`.
    fn copy_text(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.rows.len() * N * 16);
        for row in &self.rows {
            for (i, cell) in row.iter().enumerate() {
                if i > 0 {
                    out.push(b'\t');
                }
                copy_cell(cell, &mut out);
            }
            out.push(b'\n');
        }
        out
    }

    /// An `INSERT` of so many rows.
    fn insert_text(&self, rows: usize) -> String {
        let row = format!("({})", ["?"; N].join(", "));
        let (table, columns) = (self.table, self.columns.join(", "));
        format!("INSERT INTO {table} ({columns}) VALUES {}", vec![row; rows].join(", "))
    }
}

fn copy_cell(cell: &Cell, out: &mut Vec<u8>) {
    match cell {
        Cell::Uuid(id) => {
            out.extend_from_slice(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes())
        }
        Cell::Text(text) => copy_escaped(text, out),
        Cell::Int(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Cell::Bool(value) => out.push(if *value { b't' } else { b'f' }),
        Cell::Null => out.extend_from_slice(b"\\N"),
    }
}

/// What separates columns and rows, and the backslash itself, is escaped: so no text can be a null or the end mark.
fn copy_escaped(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            other => out.push(other),
        }
    }
}

/// Adds a row to one of the [`Tables`]: its values, each turned into a [`Cell`].
macro_rules! add {
    ($rows:ident.$table:ident: $($value:expr),*) => {
        $rows.$table.push([$($crate::demo::bulk::Cell::from($value)),*]);
    };
}
pub(super) use add;

/// Rows of the tables, named with their columns, in the order in which foreign keys need them.
macro_rules! tables {
    ($($name:ident: [$($column:literal),*];)*) => {
        /// Rows of the tables that the generated world fills.
        #[allow(missing_docs)] // the entities document each table
        pub struct Tables { $(pub $name: Rows<{ [$($column),*].len() }>,)* }

        impl Tables {
            /// No rows yet.
            #[allow(clippy::new_without_default)] // nothing is made by default
            pub fn new() -> Self {
                Tables { $($name: Rows::new(stringify!($name), [$($column),*]),)* }
            }

            /// Inserts what has gathered.
            ///
            /// # Errors
            /// The database refuses; the transaction cannot be used any more.
            pub async fn flush(&mut self, bulk: &mut Bulk) -> Result<()> {
                $(bulk.insert(&mut self.$name).await?;)*
                Ok(())
            }
        }
    };
}

tables! {
    gateway_state: ["name", "value"];
    partner: ["id", "tenant_id"];
    partner_profile: ["source_id", "partner_id", "kind", "name", "sort_name", "mpn_id", "location", "system", "as_of"];
    partnership: [
        "id", "source_id", "provider_id", "reseller_id", "state", "mpn_id", "consent_from", "consent_until",
        "starts_at", "ends_at", "system", "as_of"
    ];
    account: ["id", "tenant_id", "object_id", "kind", "display_name", "user_principal_name", "starts_at", "ends_at"];
    security_group: ["id", "tenant_id", "object_id", "name", "role"];
    group_member: ["account_id", "group_id", "tenant_id", "starts_at", "ends_at"];
    customer: ["id", "tenant_id"];
    customer_profile: ["source_id", "customer_id", "name", "sort_name", "primary_domain", "system", "as_of"];
    customer_domain: ["source_id", "customer_id", "domain", "is_primary"];
    customer_word: ["source_id", "customer_id", "word", "is_protected"];
    company_profile: [
        "source_id", "customer_id", "registration_number", "email", "phone", "city", "address_line1", "system", "as_of"
    ];
    reseller_relation: ["id", "source_id", "customer_id", "kind", "starts_at", "ends_at", "system", "as_of"];
    delegated_admin_privilege: ["id", "source_id", "customer_id", "starts_at", "ends_at", "system", "as_of"];
    indirect_relation: [
        "id", "source_id", "customer_id", "provider_id", "reseller_id", "starts_at", "ends_at", "system", "as_of"
    ];
    customer_subscription: [
        "id", "source_id", "customer_id", "external_id", "offer_name", "quantity", "assigned_quantity", "unit_type",
        "status", "effective_at", "commitment_ends_at", "term_duration", "auto_renew", "seller_id",
        "partner_of_record_id", "support_contact_id", "system", "as_of", "modified_at", "services"
    ];
    subscription_commerce: [
        "subscription_id", "order_id", "billing_cycle_ends_at", "renewal_term_duration", "contract_type",
        "publisher_name", "is_microsoft_product", "partner_of_record_mpn_id"
    ];
    delegated_admin_relationship: [
        "id", "source_id", "external_id", "customer_id", "display_name", "indirect_provider_id",
        "is_partner_consent_pending", "duration", "auto_extend_duration", "status", "created_at", "activated_at",
        "ends_at", "system", "as_of", "modified_at"
    ];
    delegated_admin_role: ["relationship_id", "role_template_id"];
    access_assignment: [
        "id", "source_id", "relationship_id", "external_id", "group_object_id", "status", "starts_at", "ends_at",
        "system", "as_of", "modified_at"
    ];
    access_assignment_role: ["assignment_id", "role_template_id"];
    incident: ["id", "external_id"];
    incident_copy: [
        "source_id", "incident_id", "service_id", "service_name", "title", "feature", "impact_description",
        "classification", "origin", "status", "is_resolved", "starts_at", "ends_at", "modified_at", "version_at",
        "seen_at", "system", "as_of"
    ];
    incident_post: [
        "source_id", "incident_id", "created_at", "number", "kind", "content_type", "content", "text", "as_of"
    ];
    health_watch: ["customer_id", "source_id", "seen_at", "looked_at", "outcome", "system"];
    customer_service: [
        "customer_id", "source_id", "service_id", "service_name", "status", "since", "as_of", "system"
    ];
    incident_tenant: ["source_id", "incident_id", "customer_id", "since", "as_of"];
    vendor_request: [
        "id", "source_id", "customer_id", "external_id", "title", "severity", "status", "service_id", "service_name",
        "created_at", "modified_at", "system", "as_of"
    ];
}

/// One transaction that adds rows. Dropping it without [`Bulk::commit`] leaves nothing.
pub struct Bulk(Transaction);

enum Transaction {
    // `COPY` needs the driver's own connection.
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
    Sqlite(DatabaseTransaction),
}

impl Bulk {
    /// Begins.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn begin(db: &Db) -> Result<Self> {
        if db.backend() != DbBackend::Postgres {
            return Ok(Bulk(Transaction::Sqlite(db.begin().await?)));
        }
        let mut tx = db.migrating().get_postgres_connection_pool().begin().await.map_err(failed)?;
        sqlx::query(WITHOUT_CHECKS).execute(&mut *tx).await.map_err(failed)?;
        Ok(Bulk(Transaction::Postgres(tx)))
    }

    /// Inserts the rows, and empties `rows` for the next ones.
    ///
    /// # Errors
    /// The database refuses; the transaction cannot be used any more.
    pub async fn insert<const N: usize>(&mut self, rows: &mut Rows<N>) -> Result<()> {
        if rows.rows.is_empty() {
            return Ok(());
        }
        match &mut self.0 {
            Transaction::Postgres(tx) => {
                let statement = format!("COPY {} ({}) FROM STDIN", rows.table, rows.columns.join(", "));
                let mut copy = tx.copy_in_raw(&statement).await.map_err(failed)?;
                copy.send(rows.copy_text()).await.map_err(failed)?;
                copy.finish().await.map_err(failed)?;
                rows.rows.clear();
            }
            Transaction::Sqlite(tx) => insert_many(tx, rows).await?,
        }
        Ok(())
    }

    /// Makes it last.
    ///
    /// # Errors
    /// The database refuses; nothing was inserted.
    pub async fn commit(self) -> Result<()> {
        match self.0 {
            Transaction::Postgres(tx) => tx.commit().await.map_err(failed),
            Transaction::Sqlite(tx) => Ok(tx.commit().await?),
        }
    }
}

async fn insert_many<const N: usize>(tx: &DatabaseTransaction, rows: &mut Rows<N>) -> Result<()> {
    let texts = INSERT_ROWS.map(|size| (size, rows.insert_text(size)));
    let mut left = rows.rows.len();
    let mut cells = rows.rows.drain(..).flatten();
    for (size, text) in texts {
        while left >= size {
            let values: Vec<Value> = cells.by_ref().take(size * N).map(Value::from).collect();
            tx.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, text.as_str(), values)).await?;
            left -= size;
        }
    }
    Ok(())
}

fn failed(error: sqlx::Error) -> Error {
    Error::Database(DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error))))
}

/// State of a load that is not finished, one row a chunk; and of one that is.
const MARK: &str = "scale-chunk-";
const WHOLE: &str = "scale";

/// The name under which `gateway_state` says that a chunk is loaded; its value is the load's parameters.
pub fn mark(chunk: u64) -> String {
    format!("{MARK}{chunk:06}")
}

#[derive(FromQueryResult)]
struct State {
    name: String,
    value: String,
}

/// The chunks that are loaded with these parameters: customers, seed, and what is in the world. None when the load is
/// finished.
///
/// # Errors
/// Something was loaded with other parameters; the database refuses.
pub async fn loaded_chunks(db: &Db, parameters: &str) -> Result<Option<BTreeSet<u64>>> {
    let sql = Sql::new("SELECT name, value FROM gateway_state WHERE name LIKE 'scale%'");
    let states: Vec<State> = db.unscoped_rows(sql).await?;
    if let Some(other) = states.iter().find(|state| state.value != parameters) {
        let words = |value: &str| value.replacen(' ', " customers, seed ", 1);
        let reason = format!(
            "the database holds a generated world of {}; for one of {} use another data folder or database",
            words(&other.value),
            words(parameters)
        );
        return Err(Error::Conflict { reason });
    }
    if states.iter().any(|state| state.name == WHOLE) {
        return Ok(None);
    }
    let chunk = |state: &State| state.name.strip_prefix(MARK)?.parse::<u64>().ok();
    Ok(Some(states.iter().filter_map(chunk).collect()))
}

/// Derives what follows from all that was loaded, and marks the load as finished, in one transaction.
///
/// # Errors
/// The database refuses; the chunks stay as they are.
pub async fn finish(db: &Db, parameters: &str) -> Result<()> {
    // The views join all of it: without statistics the planner would take the tables for empty.
    analyze(db).await?;
    let tx = db.begin().await?;
    derive::everything(&tx).await?;
    let marks = Sql::new("DELETE FROM gateway_state WHERE name LIKE ").bind(format!("{MARK}%"));
    execute(&tx, marks).await?;
    let whole = Sql::new("INSERT INTO gateway_state (name, value) VALUES (").bind(WHOLE);
    execute(&tx, whole.push(", ").bind(parameters).push(")")).await?;
    tx.commit().await?;
    analyze(db).await
}

/// Looks at what was loaded: PostgreSQL plans by statistics; SQLite does well without.
///
/// # Errors
/// The database refuses.
pub async fn analyze(db: &Db) -> Result<()> {
    if db.backend() == DbBackend::Postgres {
        db.migrating().execute_unprepared("ANALYZE").await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::clock::Clock;
    use crate::db::connect::{Options, open_migrated};
    use crate::demo::scale;
    use entity::Timestamp;
    use futures::FutureExt;
    use std::panic::AssertUnwindSafe;

    #[test]
    fn copy_keeps_separators_backslashes_and_what_looks_like_a_null() {
        let mut rows = Rows::new("t", ["a", "b", "c", "d", "e"]);
        let id = Uuid::from_u128(0xabc);
        rows.push([id.into(), "a\tb\nc\rd\\e".into(), (-5_i64).into(), true.into(), Cell::Null]);
        rows.push([id.into(), "\\N".into(), Timestamp(7).into(), false.into(), "\\.".into()]);
        rows.push([id.into(), "".into(), Cell::from(None::<i64>), true.into(), "Å".to_owned().into()]);
        let expected = "00000000-0000-0000-0000-000000000abc\ta\\tb\\nc\\rd\\\\e\t-5\tt\t\\N\n\
                        00000000-0000-0000-0000-000000000abc\t\\\\N\t7\tf\t\\\\.\n\
                        00000000-0000-0000-0000-000000000abc\t\t\\N\tt\tÅ\n";
        assert_eq!(String::from_utf8(rows.copy_text()).unwrap(), expected);
    }

    async fn states(db: &Db) -> Vec<(String, String)> {
        let sql = Sql::new("SELECT name, value FROM gateway_state WHERE name LIKE 'bulk %' ORDER BY name");
        let states: Vec<State> = db.unscoped_rows(sql).await.unwrap();
        states.into_iter().map(|state| (state.name, state.value)).collect()
    }

    async fn empty_database() -> Db {
        let options = Options { url: "sqlite::memory:".into(), max_connections: 1 };
        open_migrated(&options, Clock::fixed(Timestamp(0))).await.unwrap()
    }

    fn numbered(count: u32) -> (Rows<2>, Vec<(String, String)>) {
        let mut rows = Rows::new("gateway_state", ["name", "value"]);
        let row = |n: u32| (format!("bulk {n:04}"), format!("it's\t{n}"));
        let expected: Vec<_> = (0..count).map(row).collect();
        for (name, value) in expected.clone() {
            rows.push([name.into(), value.into()]);
        }
        (rows, expected)
    }

    #[tokio::test]
    async fn rows_of_any_number_arrive_whole_and_once() {
        for count in [0, 1, 15, 16, 145, 300] {
            let db = empty_database().await;
            let (mut rows, expected) = numbered(count);
            let mut bulk = Bulk::begin(&db).await.unwrap();
            bulk.insert(&mut rows).await.unwrap();
            bulk.insert(&mut rows).await.unwrap();
            bulk.commit().await.unwrap();
            assert_eq!(states(&db).await, expected, "{count} rows");
        }
    }

    #[tokio::test]
    async fn what_is_not_committed_never_was() {
        let db = empty_database().await;
        let mut bulk = Bulk::begin(&db).await.unwrap();
        bulk.insert(&mut numbered(20).0).await.unwrap();
        drop(bulk);
        assert!(states(&db).await.is_empty());
    }

    #[derive(FromQueryResult, Debug, PartialEq)]
    struct Listed {
        sort_name: String,
        customer_id: Uuid,
        source_id: Uuid,
    }

    async fn listed(db: &Db) -> Vec<Listed> {
        let sql = "SELECT sort_name, customer_id, source_id FROM customer_listing \
                   ORDER BY reader_tenant_id, sort_name, customer_id, source_id";
        db.unscoped_rows(Sql::new(sql)).await.unwrap()
    }

    #[tokio::test]
    async fn a_load_that_was_killed_goes_on_and_ends_in_the_same_world() {
        let (killed, whole) = (empty_database().await, empty_database().await);
        let now = Timestamp(1_800_000_000_000_000);
        let mut die = |what: &str, _: u64, _: u64| assert_ne!(what, "customers", "killed on purpose");
        let load = AssertUnwindSafe(scale::ensure(&killed, 100, 1, now, &mut die));
        assert!(load.catch_unwind().await.is_err());
        let done = loaded_chunks(&killed, "100 1, with health").await.unwrap();
        assert_eq!(done, Some(BTreeSet::from([0])));
        assert!(listed(&killed).await.is_empty());
        let other = scale::ensure(&killed, 100, 2, now, &mut |_, _, _| {}).await;
        assert!(matches!(other, Err(Error::Conflict { .. })));
        for db in [&killed, &whole] {
            assert!(scale::ensure(db, 100, 1, now, &mut |_, _, _| {}).await.unwrap());
        }
        assert!(listed(&whole).await.len() > 100);
        assert_eq!(listed(&killed).await, listed(&whole).await);
    }
}
