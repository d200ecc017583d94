//! The database: connecting, the guarded reader, transactions, statements as text. Knows no domain.
//!
//! [`Db`] does not implement sea-orm's `ConnectionTrait`: a read runs only as a [`crate::access::scope::Scoped`]
//! statement, or through the few readers that say `unscoped` in their name.

pub mod connect;
pub mod cursor;
pub mod derive;
pub mod page;
pub mod plan;
pub mod predicate;
pub mod sql;
mod sqlite;

use crate::clock::Clock;
use crate::error::{Error, Result};
use entity::Timestamp;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, FromQueryResult, RuntimeErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sql::Sql;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Connections to the one shared store. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    reader: DatabaseConnection,
    /// SQLite has one writer: its own connection, so that waiting writers never hold up readers.
    writer: DatabaseConnection,
    clock: Clock,
    statements: Arc<AtomicU64>,
    /// Statements as they ran, while somebody asks for them.
    recording: Arc<Mutex<Option<Vec<Statement>>>>,
}

impl Db {
    fn new(reader: DatabaseConnection, writer: DatabaseConnection, clock: Clock) -> Self {
        Db { reader, writer, clock, statements: Arc::default(), recording: Arc::default() }
    }

    /// The same store, where it always is that moment: for loading worlds that have a past.
    pub fn at(&self, moment: Timestamp) -> Self {
        Db { clock: Clock::fixed(moment), ..self.clone() }
    }

    /// Which engine it is.
    pub fn backend(&self) -> DbBackend {
        self.reader.get_database_backend()
    }

    /// The clock that statements use.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Statements read so far, for the query budget.
    pub fn statement_count(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Runs a read. Private to the crate: [`crate::access::scope::Scoped`] calls it, and `unscoped` readers do.
    async fn rows<T: FromQueryResult>(&self, sql: Sql) -> Result<Vec<T>> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let statement = sql.statement(self.backend());
        if let Some(recorded) = &mut *self.recording.lock().unwrap_or_else(PoisonError::into_inner) {
            recorded.push(statement.clone());
        }
        Ok(T::find_by_statement(statement).all(&self.reader).await?)
    }

    /// From now on keeps each statement that is read, for checks of their plans and number.
    pub fn record_statements(&self) {
        *self.recording.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    }

    /// The statements since [`Self::record_statements`]; none are kept from now on.
    pub fn recorded_statements(&self) -> Vec<Statement> {
        self.recording.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }

    /// Runs a statement that access has scoped.
    pub(crate) async fn scoped_rows<T: FromQueryResult>(
        &self,
        scoped: crate::access::scope::Scoped,
    ) -> Result<Vec<T>> {
        self.rows(scoped.into_sql()).await
    }

    /// Runs a statement without a scope: authentication, import, command line and checks only.
    pub async fn unscoped_rows<T: FromQueryResult>(&self, sql: Sql) -> Result<Vec<T>> {
        self.rows(sql).await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.reader.ping().await?)
    }

    /// Begins a write. On SQLite it takes the write lock at once, so that no write fails half-way on a busy lock.
    pub async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: (self.backend() == DbBackend::Sqlite)
                .then_some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        Ok(self.writer.begin_with_options(options).await?)
    }

    /// Notifications of a channel, on a connection of their own; none on SQLite, which has none.
    pub async fn notifications(&self, channel: &str) -> Result<Option<sqlx::postgres::PgListener>> {
        if self.backend() != DbBackend::Postgres {
            return Ok(None);
        }
        let failed = |error| Error::Database(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))));
        let options = self.reader.get_postgres_connection_pool().connect_options();
        let own = sqlx::postgres::PgPoolOptions::new().max_connections(1);
        let own = own.connect_lazy_with((*options).clone());
        let mut listener = sqlx::postgres::PgListener::connect_with(&own).await.map_err(failed)?;
        listener.listen(channel).await.map_err(failed)?;
        Ok(Some(listener))
    }

    /// The writing connection, for migrations.
    pub(crate) fn migrating(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Closes all connections; on SQLite the write-ahead log is folded back.
    pub async fn close(self) -> Result<()> {
        self.reader.close().await?;
        Ok(self.writer.close().await?)
    }
}

/// Runs a statement inside a transaction and tells how many rows it changed.
pub async fn execute(tx: &DatabaseTransaction, sql: Sql) -> Result<u64> {
    let backend = tx.get_database_backend();
    Ok(tx.execute_raw(sql.statement(backend)).await?.rows_affected())
}

/// Reads inside a transaction: ingest looking at its own source's rows.
pub async fn rows_in<T: FromQueryResult>(tx: &DatabaseTransaction, sql: Sql) -> Result<Vec<T>> {
    let backend = tx.get_database_backend();
    Ok(T::find_by_statement(sql.statement(backend)).all(tx).await?)
}

/// The first row of many, or none.
pub fn first<T>(rows: Vec<T>) -> Option<T> {
    rows.into_iter().next()
}
