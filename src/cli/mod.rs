//! The command line: one file per subcommand. Prints results on standard output, one clear line of failure on
//! standard error; exit codes 0 done, 1 refused or failed, 2 wrong usage.

mod bench;
mod bench_live;
mod bench_load;
mod bench_queue;
mod bench_stream;
mod demo;
mod directory;
mod import;
mod migrate;
mod policy;
mod serve;
mod token;

use crate::db::connect::Options;
use crate::error::{Error, Result};
use clap::{Args, Parser, Subcommand};
use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// One GraphQL graph over the customers, subscriptions and delegated relationships that cloud resellers look after.
#[derive(Parser)]
#[command(name = "partner-gateway", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Load the demo world once, serve it, and print the address, the accounts, a token and a first query to paste
    Demo(demo::DemoArgs),
    /// Serve in production; refuses to start on a setting that is wrong or unsafe, naming it
    Serve(serve::ServeArgs),
    /// Print a token for a demo account, nothing else
    Token(token::TokenArgs),
    /// Bring captured upstream JSON in, in the name of one partner; also while a server runs
    Import(import::ImportArgs),
    /// Tell who uses this gateway: organisations, groups, accounts and memberships
    Directory(directory::DirectoryArgs),
    /// Bring the database's schema up to date, or tell what is pending
    Migrate(migrate::MigrateArgs),
    /// Print the schema of the graph
    Sdl(SdlArgs),
    /// Check, show, test and explain the access policy
    Policy(policy::PolicyArgs),
    /// Measure lists, look-ups and searches of a generated world, and check their plans
    Bench(Bench),
}

#[derive(Args)]
struct Bench {
    #[command(flatten)]
    bench: bench::BenchArgs,
    #[command(flatten)]
    store: Store,
}

/// Print the schema of the graph in the schema definition language
#[derive(Args)]
struct SdlArgs {
    /// With the directives and types of Apollo Federation 2
    #[arg(long)]
    federation: bool,
}

/// Which database: the same for every command.
#[derive(Args, Clone, Debug)]
pub struct Store {
    /// Folder of the embedded database, the demo's key and its secret
    #[arg(long, value_name = "DIR", default_value = ".data", global = true)]
    pub data: PathBuf,
    /// PostgreSQL (postgres://...) or SQLite (sqlite://...) to use instead of the embedded database
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,
}

impl Store {
    /// How to connect. The data folder is made if it is absent.
    pub fn options(&self) -> Result<Options> {
        std::fs::create_dir_all(&self.data)
            .map_err(|e| Error::invalid("--data", format!("{}: {e}", self.data.display())))?;
        Ok(match &self.database_url {
            Some(url)
                if url.starts_with("postgres://")
                    || url.starts_with("postgresql://")
                    || url.starts_with("sqlite:") =>
            {
                Options { url: url.clone(), max_connections: 16 }
            }
            Some(_) => {
                return Err(Error::invalid("--database-url", "must begin with postgres:// or sqlite://"));
            }
            None => Options::embedded(&self.data),
        })
    }
}

/// Writes a line to standard output; a closed pipe is no failure.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Writes a line to standard error.
fn complain(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Parses the arguments and runs the command.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(format!("partner-gateway: cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(dispatch(cli.command)) {
        Ok(code) => code,
        Err(error) => {
            complain(format!("partner-gateway: {}", chain(&error)));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(command: Command) -> Result<ExitCode> {
    match command {
        Command::Demo(args) => demo::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Serve(args) => serve::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Token(args) => token::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Import(args) => import::run(args).await,
        Command::Directory(args) => directory::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Migrate(args) => migrate::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Sdl(args) => {
            say(sdl(args.federation));
            Ok(ExitCode::SUCCESS)
        }
        Command::Policy(args) => policy::run(args).await,
        Command::Bench(args) => measure(args).await.map(|()| ExitCode::SUCCESS),
    }
}

/// Serves the generated world in this process and measures it.
async fn measure(args: Bench) -> Result<()> {
    let app = demo::open(&args.store, None).await?;
    let issuer = token::issuer(&args.store.data)?;
    let listener = serve::listen(std::net::SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let router = crate::http::router(app.clone());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let token_for = |account: &str| token::for_account(&issuer, account, 12 * 3600);
    let endpoint = format!("http://{address}/graphql");
    let measured =
        bench::run(&args.bench, app.db.clone(), endpoint, &token_for, &mut std::io::stdout()).await;
    serving.abort();
    measured
}

/// The schema as text.
pub fn sdl(federation: bool) -> String {
    let options = async_graphql::SDLExportOptions::new().sorted_fields().sorted_enum_items();
    let options = if federation { options.federation() } else { options };
    crate::schema::build().sdl_with_options(options)
}

/// An error with its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        cause = error.source();
    }
    line.replace('\n', " ")
}
