//! Connecting and migrating. A database that cannot be used gives one clear line, without its credentials.

use super::{Db, sqlite};
use crate::clock::Clock;
use crate::error::{Error, Result};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use std::path::Path;
use std::time::Duration;

/// How to connect.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite://path`, `sqlite::memory:` or `postgres://...`.
    pub url: String,
    /// Reading connections.
    pub max_connections: u32,
}

impl Options {
    /// The embedded database in a folder.
    pub fn embedded(folder: &Path) -> Self {
        Options { url: format!("sqlite://{}", folder.join("gateway.db").display()), max_connections: 8 }
    }

    /// Without user and password, for messages.
    pub fn shown(&self) -> String {
        match (self.url.find("://"), self.url.rfind('@')) {
            (Some(scheme), Some(at)) if at > scheme => {
                format!("{}{}", &self.url[..scheme + 3], &self.url[at + 1..])
            }
            _ => self.url.clone(),
        }
    }
}

/// Opens the database.
pub async fn open(options: &Options, clock: Clock) -> Result<Db> {
    let unusable = |e: sea_orm::DbErr| {
        Error::invalid("database", format!("cannot open {}: {}", options.shown(), innermost(&e)))
    };
    if options.url.starts_with("postgres") {
        // Writes wait for each other on a lock: in a pool of their own they never hold up reads.
        let writes = Options { max_connections: options.max_connections.clamp(1, 4), ..options.clone() };
        let writer = postgres(&writes).await.map_err(unusable)?;
        return Ok(Db::new(postgres(options).await.map_err(unusable)?, writer, clock));
    }
    let writer = sqlite(&options.url, 1, true).await.map_err(unusable)?;
    // A database in memory belongs to one connection: readers share the writer's.
    let in_memory = options.url.contains(":memory:");
    let reader = if in_memory {
        writer.clone()
    } else {
        sqlite(&options.url, options.max_connections, false).await.map_err(unusable)?
    };
    Ok(Db::new(reader, writer, clock))
}

/// Opens the database and brings its schema up to date.
pub async fn open_migrated(options: &Options, clock: Clock) -> Result<Db> {
    let db = open(options, clock).await?;
    migrate(&db).await?;
    Ok(db)
}

/// Applies all pending steps.
pub async fn migrate(db: &Db) -> Result<()> {
    Ok(Migrator::up(db.migrating(), None).await?)
}

/// Names of the steps that are not applied yet.
pub async fn pending(db: &Db) -> Result<Vec<String>> {
    let pending = Migrator::get_pending_migrations(db.migrating()).await?;
    Ok(pending.iter().map(|step| step.name().to_owned()).collect())
}

async fn postgres(options: &Options) -> Result<DatabaseConnection, sea_orm::DbErr> {
    let mut connect = common(&options.url, options.max_connections);
    connect.map_sqlx_postgres_opts(|o| {
        // Generic plans: the statements' texts never change with the data, so neither need their plans.
        o.options([("plan_cache_mode", "force_generic_plan"), ("jit", "off")])
            .application_name("partner-gateway")
            .statement_cache_capacity(1000)
    });
    Database::connect(connect).await
}

async fn sqlite(url: &str, connections: u32, writer: bool) -> Result<DatabaseConnection, sea_orm::DbErr> {
    let mut connect = common(url, connections);
    connect.map_sqlx_sqlite_opts(move |o| {
        // FULL: what was acknowledged is on the disk, power cut included.
        o.create_if_missing(writer)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(30))
            .foreign_keys(true)
            .pragma("cache_size", "-16000")
            .statement_cache_capacity(1000)
    });
    connect.map_sqlx_sqlite_pool_opts(|p| p.after_connect(|c, _| Box::pin(sqlite::register_bit_or(c))));
    if connections == 1 {
        connect.min_connections(1);
    }
    Database::connect(connect).await
}

fn common(url: &str, connections: u32) -> ConnectOptions {
    let mut connect = ConnectOptions::new(url);
    connect
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .connect_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .sqlx_logging(false);
    connect
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
