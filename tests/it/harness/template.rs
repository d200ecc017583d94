//! Private databases, each a copy of one that was made once.

use super::{NOW, compose};
use partner_gateway::clock::Clock;
use partner_gateway::db::Db;
use partner_gateway::db::connect::{self, Options};
use partner_gateway::demo;
use sqlx::{ConnectOptions, Connection, Executor};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use tempfile::TempDir;
use uuid::Uuid;

/// What a template holds.
#[derive(Clone, Copy)]
pub enum World {
    /// Not even tables.
    None,
    /// Tables, and nobody.
    Empty,
    Demo,
}

/// A private database, gone soon after its owner.
pub struct Database {
    url: String,
    _folder: Option<TempDir>,
    /// On a server: the administrator's address, and its name.
    on_server: Option<(String, String)>,
}

impl Database {
    pub fn options(&self) -> Options {
        Options { url: self.url.clone(), max_connections: 4 }
    }

    pub async fn open(&self, clock: Clock) -> Db {
        connect::open(&self.options(), clock).await.unwrap()
    }

    /// A connection that knows nothing of the gateway.
    pub async fn connection(&self) -> sea_orm::DatabaseConnection {
        let url =
            if self.url.starts_with("sqlite") { format!("{}?mode=rwc", self.url) } else { self.url.clone() };
        sea_orm::Database::connect(sea_orm::ConnectOptions::new(url).sqlx_logging(false).to_owned())
            .await
            .unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(gone) = self.on_server.take() else {
            return;
        };
        static JANITOR: OnceLock<Sender<(String, String)>> = OnceLock::new();
        let janitor = JANITOR.get_or_init(|| {
            let (sender, receiver) = channel();
            std::thread::spawn(move || sweep(receiver));
            sender
        });
        let _ = janitor.send(gone);
    }
}

/// Drops databases whose owners are gone. Nobody waits for it: the server drops a database only when every session that
/// is about to begin has begun, and one of them may belong to the very runtime that would wait, which then never answers
/// the server's question for the password: a minute is lost, for all tests under way. What is left when the process
/// ends goes with the server.
fn sweep(gone: Receiver<(String, String)>) {
    for (admin, name) in gone {
        let dropping =
            async move { run(&admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await };
        // One that fails says so by itself, and the next is still to be dropped.
        let _ = std::thread::spawn(|| on_own_runtime(dropping)).join();
    }
}

#[allow(clippy::disallowed_methods, reason = "the one place where the tests learn which engine to use")]
pub fn admin_url() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok()
}

/// A copy of the template.
pub fn database(world: World) -> Database {
    match admin_url() {
        Some(admin) => postgres(world, admin),
        None => sqlite(world),
    }
}

fn on_own_runtime<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    })
    .join()
    .unwrap()
}

async fn fill(options: Options, world: World) {
    let db = connect::open_migrated(&options, Clock::fixed(NOW)).await.unwrap();
    let app = compose(db).await;
    if matches!(world, World::Demo) {
        demo::ensure(&app.db, NOW).await.unwrap();
    }
    app.db.close().await.unwrap();
}

fn sqlite(world: World) -> Database {
    if matches!(world, World::None) {
        let folder = tempfile::tempdir().unwrap();
        return Database {
            url: Options::embedded(folder.path()).url,
            _folder: Some(folder),
            on_server: None,
        };
    }
    static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
    static DEMO: OnceLock<Vec<u8>> = OnceLock::new();
    let cell = if matches!(world, World::Demo) { &DEMO } else { &EMPTY };
    let bytes = cell.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::embedded(folder.path());
        on_own_runtime(fill(options, world));
        let file: PathBuf = folder.path().join("gateway.db");
        assert!(!folder.path().join("gateway.db-wal").exists(), "the template's log was not folded back");
        std::fs::read(file).unwrap()
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("gateway.db"), bytes).unwrap();
    Database { url: Options::embedded(folder.path()).url, _folder: Some(folder), on_server: None }
}

async fn run(url: &str, statement: &str) {
    let options = sqlx::postgres::PgConnectOptions::from_str(url).unwrap().disable_statement_logging();
    let mut connection = sqlx::PgConnection::connect_with(&options).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(statement.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

fn with_name(admin: &str, name: &str) -> String {
    let (base, query) = admin.split_once('?').map_or((admin, ""), |(base, query)| (base, query));
    let root = base.rfind('/').map_or(base, |at| &base[..at]);
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    format!("{root}/{name}{query}")
}

fn postgres(world: World, admin: String) -> Database {
    static EMPTY: OnceLock<String> = OnceLock::new();
    static DEMO: OnceLock<String> = OnceLock::new();
    let cell = if matches!(world, World::Demo) { &DEMO } else { &EMPTY };
    let make = || {
        let name = format!("template_{}", Uuid::new_v4().simple());
        let (admin, url, created) = (admin.clone(), with_name(&admin, &name), name.clone());
        on_own_runtime(async move {
            run(&admin, &format!("CREATE DATABASE {created}")).await;
            fill(Options { url, max_connections: 4 }, world).await;
        });
        name
    };
    // The server's own empty template where not even tables are wanted.
    let template = if matches!(world, World::None) { "template0" } else { cell.get_or_init(make) };
    // One copy at a time: a template that is being copied refuses others.
    static COPYING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let copying = COPYING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let name = format!("test_{}", Uuid::new_v4().simple());
    let (statement, on) = (format!("CREATE DATABASE {name} TEMPLATE {template}"), admin.clone());
    on_own_runtime(async move { run(&on, &statement).await });
    drop(copying);
    Database { url: with_name(&admin, &name), _folder: None, on_server: Some((admin, name)) }
}
