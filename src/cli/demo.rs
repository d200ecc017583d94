//! `demo`: a whole gateway in one command, on the embedded database. `demo outage`: something to watch in it.

use super::{Store, complain, say, serve, token};
use crate::access::demo_issuer;
use crate::access::issuer::TokenVerifier;
use crate::app::App;
use crate::clock::Clock;
use crate::config::LogFormat;
use crate::db::connect;
use crate::error::{Error, Result};
use crate::{demo, http, telemetry};
use clap::{Args, Subcommand};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The data folder keeps the world between starts; delete it to begin anew
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct DemoArgs {
    #[command(subcommand)]
    what: Option<What>,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    #[command(flatten)]
    store: Store,
    /// Also generate so many customers, deterministic and skewed as in life; up to a million
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    customers: u64,
    /// Seed of the generated customers
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Folder with a policy to use instead of the shipped one
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
}

#[derive(Subcommand)]
enum What {
    /// Replay an outage of Microsoft Teams in the demo world, also while the demo serves it, so that streams have
    /// something to tell
    Outage(OutageArgs),
}

#[derive(Args)]
struct OutageArgs {
    /// Seconds between two steps
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pace: u64,
}

/// The first query that a newcomer pastes.
const FIRST_QUERY: &str = "{
  viewer { account { name } partner { name } }
  customers(first: 5) {
    nodes {
      name
      primaryDomain
      myAccess { roles { name via endsAt } }
      subscriptions(first: 3) { nodes { offerName quantity status } }
    }
    pageInfo { hasNextPage endCursor }
  }
}";

/// What a newcomer watches while an outage is replayed.
const LIVE_QUERY: &str = "subscription {
  incidentChanged {
    change
    at
    incident { externalId status title }
    affectedCustomers(first: 20) { totalCount { value } nodes { name } }
  }
}";

/// The account whose token the page and the first query carry.
const FIRST_ACCOUNT: &str = "admin@fabrikam";

/// Serves the demo until told to stop, or replays the outage.
pub async fn run(args: DemoArgs) -> Result<()> {
    if let Some(What::Outage(outage)) = &args.what {
        return replay(&args.store, Duration::from_secs(outage.pace)).await;
    }
    telemetry::start(LogFormat::Text);
    let listener = serve::listen(args.listen).await?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let app = open(&args.store, args.policies.clone()).await?;
    if demo::ensure(&app.db, app.db.clock().now()).await? {
        say("loaded the demo world");
    }
    generate(&app, &args).await?;
    let issuer = token::issuer(&args.store.data)?;
    let first_token = token::for_account(&issuer, FIRST_ACCOUNT, 12 * 3600)?;
    let endpoint = format!("http://{address}/graphql");
    let signals = serve::Signals::install()?;
    greet(&endpoint, &args.store, &first_token);
    let accounts: Vec<(String, String)> = demo::accounts().into_iter().map(|a| (a.name, a.title)).collect();
    let page = http::graphiql::page(&endpoint, &first_token, FIRST_QUERY, &accounts);
    let db = app.db.clone();
    serve::serve(listener, http::demo_router(app.clone(), page), &app, signals).await?;
    db.close().await
}

/// Replays the scripted outage in the database of a demo.
async fn replay(store: &Store, pace: Duration) -> Result<()> {
    // Before the database is opened, which would make an empty one.
    if store.database_url.is_none() && !store.data.join("demo-issuer.pem").exists() {
        return Err(no_demo("--data", &store.data.display().to_string()));
    }
    let db = connect::open(&store.options()?, Clock::System).await?;
    if !connect::pending(&db).await?.is_empty() || !demo::is_loaded(&db).await? {
        return Err(no_demo("database", "it"));
    }
    demo::outages::replay(&db, pace, &mut |line: String| say(line)).await?;
    db.close().await
}

fn no_demo(field: &str, what: &str) -> Error {
    Error::invalid(field, format!("{what} holds no demo world; start `partner-gateway demo` first"))
}

/// A gateway over a data folder, with the demo's own issuer.
pub async fn open(store: &Store, policies: Option<PathBuf>) -> Result<App> {
    let options = store.options()?;
    let policy = serve::load_policy(policies).await?;
    let issuer = token::issuer(&store.data)?;
    let secret = demo_issuer::secret(&store.data).map_err(|e| Error::invalid("--data", e.to_string()))?;
    let db = connect::open_migrated(&options, Clock::System).await?;
    App::new(db, policy, TokenVerifier::with_demo(&issuer), secret.expose(), 7 * 86400).await
}

async fn generate(app: &App, args: &DemoArgs) -> Result<()> {
    if args.customers == 0 {
        return Ok(());
    }
    let mut progress = progress();
    let now = app.db.clock().now();
    if demo::scale::ensure(&app.db, args.customers, args.seed, now, &mut progress).await? {
        complain("");
    }
    Ok(())
}

/// One line that counts up on a terminal, plain lines elsewhere.
pub fn progress() -> impl FnMut(&str, u64, u64) {
    let is_terminal = std::io::stderr().is_terminal();
    move |what, done, of| {
        if is_terminal {
            use std::io::Write;
            let _ = write!(std::io::stderr(), "\r{what}: {done} of {of}    ");
        } else {
            complain(format!("{what}: {done} of {of}"));
        }
    }
}

fn greet(endpoint: &str, store: &Store, first_token: &str) {
    let one_line = |query: &str| query.split_whitespace().collect::<Vec<_>>().join(" ");
    say(format!(
        "\npartner-gateway demo at {endpoint}  (in a browser: {})\n",
        endpoint.trim_end_matches("graphql")
    ));
    say("accounts, each with `partner-gateway token <account>`:");
    for account in demo::accounts() {
        say(format!("  {:<24} {}", account.name, account.title));
    }
    say(format!(
        "\ndata folder {}; a token for {FIRST_ACCOUNT}, valid for 12 hours:\n\n{first_token}\n",
        store.data.display()
    ));
    say("a first query:\n");
    say(format!(
        "curl -s {endpoint} -H 'content-type: application/json' -H 'authorization: Bearer {first_token}' -d '{}'\n",
        serde_json::json!({ "query": one_line(FIRST_QUERY) })
    ));
    say(format!(
        "incidents as they change; in another terminal, `partner-gateway demo outage --data {}` makes some:\n",
        store.data.display()
    ));
    say(format!(
        "curl -sN {endpoint} -H 'accept: text/event-stream' -H 'content-type: application/json' -H 'authorization: Bearer {first_token}' -d '{}'\n",
        serde_json::json!({ "query": one_line(LIVE_QUERY) })
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use std::path::Path;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        demo: DemoArgs,
    }

    fn parse(arguments: &[&str]) -> Option<DemoArgs> {
        let mut line = vec!["demo"];
        line.extend(arguments);
        Line::try_parse_from(line).ok().map(|line| line.demo)
    }

    #[test]
    fn without_a_subcommand_the_demo_serves() {
        let args = parse(&["--listen", "127.0.0.1:0", "--data", "there", "--customers", "10"]).unwrap();
        assert!(args.what.is_none());
        assert_eq!(
            (args.listen.port(), args.customers, args.store.data.as_path()),
            (0, 10, Path::new("there"))
        );
        assert!(parse(&[]).unwrap().what.is_none());
    }

    #[test]
    fn an_outage_takes_its_pace_and_the_place_of_the_demo() {
        let pace = |args: &DemoArgs| args.what.as_ref().map(|What::Outage(outage)| outage.pace);
        let args = parse(&["outage", "--pace", "0", "--data", "there"]).unwrap();
        assert_eq!((pace(&args), args.store.data.as_path()), (Some(0), Path::new("there")));
        let args = parse(&["outage", "--database-url", "sqlite://there"]).unwrap();
        assert_eq!((pace(&args), args.store.database_url.as_deref()), (Some(3), Some("sqlite://there")));
        assert!(parse(&["outage", "--pace", "soon"]).is_none());
        assert!(parse(&["outage", "--listen", "127.0.0.1:0"]).is_none(), "an outage serves nothing");
    }

    #[tokio::test]
    async fn an_outage_without_a_demo_is_refused_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let args = parse(&["outage", "--data", folder.path().to_str().unwrap()]).unwrap();
        let store = Store { database_url: None, ..args.store };
        let error = replay(&store, Duration::ZERO).await.unwrap_err();
        assert!(error.to_string().contains("start `partner-gateway demo` first"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn an_outage_in_a_database_without_the_demo_world_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("other.db").display());
        let store = Store { data: folder.path().to_owned(), database_url: Some(url) };
        let db = connect::open_migrated(&store.options().unwrap(), Clock::System).await.unwrap();
        db.close().await.unwrap();
        let error = replay(&store, Duration::ZERO).await.unwrap_err();
        assert!(error.to_string().contains("start `partner-gateway demo` first"), "{error}");
    }
}
