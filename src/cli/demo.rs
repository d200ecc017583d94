//! `demo`: a whole gateway in one command, on the embedded database.

use super::{Store, complain, say, serve, token};
use crate::access::demo_issuer;
use crate::access::issuer::TokenVerifier;
use crate::app::App;
use crate::clock::Clock;
use crate::config::LogFormat;
use crate::db::connect;
use crate::error::{Error, Result};
use crate::{demo, http, telemetry};
use clap::Args;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The data folder keeps the world between starts; delete it to begin anew
#[derive(Args)]
pub struct DemoArgs {
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

/// The account whose token the page and the first query carry.
const FIRST_ACCOUNT: &str = "admin@fabrikam";

/// Serves the demo until told to stop.
pub async fn run(args: DemoArgs) -> Result<()> {
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
    let query = FIRST_QUERY.split_whitespace().collect::<Vec<_>>().join(" ");
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
        serde_json::json!({ "query": query })
    ));
}
