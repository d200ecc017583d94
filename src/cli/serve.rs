//! `serve`: production. Also the serving loop that the demo shares: drain on a signal, reload the policy on SIGHUP.

use crate::access::issuer::TokenVerifier;
use crate::access::policy::PolicyInForce;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::Db;
use crate::db::connect::{self, Options};
use crate::error::{Error, Result};
use crate::{escalations, events, http, telemetry, writes};
use axum::Router;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Settings come from the file, then from PARTNER_GATEWAY_* variables, which win
#[derive(Args)]
pub struct ServeArgs {
    /// Settings in TOML; README.md lists them
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Serves until told to stop.
pub async fn run(args: ServeArgs) -> Result<()> {
    #[allow(clippy::disallowed_methods)] // the one reading of the environment, handed on
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
        .collect();
    let settings = Settings::load(args.config.as_deref(), environment)
        .map_err(|e| Error::invalid("settings", e.to_string()))?;
    telemetry::start(settings.log_format);
    let policy = load_policy(settings.policies.clone()).await?;
    let verifier =
        TokenVerifier::new(&settings.issuers).map_err(|e| Error::invalid("settings", e.to_string()))?;
    let options =
        Options { url: settings.database_url.expose().clone(), max_connections: settings.max_db_connections };
    let db = connect::open(&options, Clock::System).await?;
    let pending = connect::pending(&db).await?;
    if !pending.is_empty() {
        let reason =
            format!("{} migration steps are pending; run `partner-gateway migrate up` first", pending.len());
        return Err(Error::invalid("database", reason));
    }
    let stale_after = settings.stale_after.as_secs() as i64;
    let app = App::new(db.clone(), policy, verifier, settings.secret.expose(), stale_after).await?;
    app.verifier.warm_up(app.db.clock().now().0 / entity::Timestamp::SECOND).await;
    let listener = listen(settings.listen).await?;
    let signals = Signals::install()?;
    tracing::info!(listen = %settings.listen, "serving");
    serve(listener, http::router(app.clone()), &app, signals).await?;
    db.close().await
}

/// The policy of a folder or the shipped one; without a valid one nothing is served.
pub async fn load_policy(folder: Option<PathBuf>) -> Result<PolicyInForce> {
    PolicyInForce::load(folder).await.map_err(|e| Error::invalid("policy", e.to_string()))
}

/// Binds, with one clear line where that fails.
pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|e| Error::invalid("listen", format!("{address}: {e}")))
}

/// The signals that a server heeds. Installed before it says that it serves, so that none ends it unheard.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// Installs them.
    pub fn install() -> Result<Self> {
        let install = |kind| signal(kind).map_err(Error::internal);
        Ok(Signals {
            interrupt: install(SignalKind::interrupt())?,
            terminate: install(SignalKind::terminate())?,
            hangup: install(SignalKind::hangup())?,
        })
    }
}

/// How long connections may take to end when the server drains: a client that does not read would never.
const DRAIN: std::time::Duration = std::time::Duration::from_secs(30);

/// Serves until SIGINT or SIGTERM, then lets what is under way finish. SIGHUP reloads the policy. Meanwhile due times of
/// support requests are swept, and what is kept for a time only is dropped.
pub async fn serve(listener: TcpListener, router: Router, app: &App, signals: Signals) -> Result<()> {
    let Signals { mut interrupt, mut terminate, hangup } = signals;
    let reloading = tokio::spawn(reload_on_hangup(app.policy.clone(), hangup));
    let tidying = tokio::spawn(tidy(app.db.clone()));
    let sweeping = escalations::due::run(app.db.clone(), app.hub.signals());
    let hub = app.hub.clone();
    let stopped = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("draining");
        // Live streams would never end by themselves.
        hub.drain();
    };
    let mut signals = app.hub.signals();
    let overdue = async move {
        let _ = signals.wait_for(|signal| signal.is_draining).await;
        tokio::time::sleep(DRAIN).await;
    };
    let served = tokio::select! {
        served = axum::serve(listener, router).with_graceful_shutdown(stopped) => served,
        () = overdue => {
            tracing::warn!("connections that did not end were cut");
            Ok(())
        }
    };
    reloading.abort();
    tidying.abort();
    // Also where serving failed and nobody was told to stop.
    app.hub.drain();
    if tokio::time::timeout(DRAIN, sweeping).await.is_err() {
        tracing::warn!("a sweep of due times did not end in time");
    }
    if tokio::time::timeout(DRAIN, app.finished()).await.is_err() {
        tracing::warn!("a write did not end in time");
    }
    // What was read is recorded before the process ends.
    let recorded = app.recorder.close().await;
    served.map_err(Error::internal)?;
    recorded
}

/// Once an hour drops what is kept for a time only.
async fn tidy(db: Db) {
    let mut hours = tokio::time::interval(std::time::Duration::from_secs(3600));
    loop {
        hours.tick().await;
        drop_old(&db).await;
    }
}

async fn drop_old(db: &Db) {
    let now = db.clock().now();
    let keys = writes::prune(db, now).await;
    let events = events::prune(db, now).await;
    for (what, dropped) in [("idempotency keys", keys), ("events", events)] {
        if let Err(error) = dropped {
            tracing::warn!(error = &error as &dyn std::error::Error, "old {what} cannot be dropped");
        }
    }
}

async fn reload_on_hangup(policy: PolicyInForce, mut hangup: Signal) {
    while hangup.recv().await.is_some() {
        match policy.reload().await {
            Ok(()) => tracing::info!("policy reloaded"),
            Err(error) => {
                tracing::error!(%error, "POLICY NOT RELOADED: the new files are invalid, the policy in force stays");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::fixture::{NOW, database};
    use crate::events::{Change, Kind};

    #[tokio::test]
    async fn old_events_are_dropped_though_nobody_listens() {
        let db = database().await;
        let tx = db.begin().await.unwrap();
        for age in [9, 8, 6, 0] {
            let change = Change::of(Kind::Incident, "raised");
            events::append(&tx, None, &[change], NOW.plus_days(-age)).await.unwrap();
        }
        tx.commit().await.unwrap();
        drop_old(&db).await;
        assert_eq!(events::ends(&db).await.unwrap(), (3, 4));
    }
}
