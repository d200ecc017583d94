//! Due times that pass: each replica looks every second, and says of each once that it has passed.
//!
//! - Whether anything is due is looked at first, and holds up nobody. What is due is then read and said in one
//!   transaction, under the lock that lets one change of facts at a time pass: a second replica finds it said, and after
//!   a restart what has not been said is found again.
//! - Nothing is decided here: what a breach or an expiry means is the rules' business.
//! - One that cannot be said holds up no other.

use super::due_store::{self, Passed};
use super::hops;
use crate::db::{Db, derive};
use crate::error::{Error, Result};
use crate::events::hub::Signal;
use entity::Timestamp;
use sea_orm::{DatabaseTransaction, TransactionTrait};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// For one sweep.
const PATIENCE: Duration = Duration::from_secs(60);
/// What one sweep says at most: it holds up other writes for so long.
pub const MOST: usize = 100;

/// Says what has passed; how much that was. There may be more where it was [`MOST`].
///
/// # Errors
/// The database does not answer; or something could not be said, and the rest was.
pub async fn sweep(db: &Db) -> Result<usize> {
    // Mostly nothing has passed: then nobody is held up.
    if !due_store::has_any_passed(db, db.clock().now()).await? {
        return Ok(0);
    }
    let tx = db.begin().await?;
    derive::lock(&tx).await?;
    let now = db.clock().now();
    let (mut said, mut failed) = (0_usize, None::<Error>);
    for passed in due_store::passed(&tx, now, MOST).await? {
        let part = tx.begin().await?;
        match say(&part, now, passed).await {
            Ok(is_said) => {
                part.commit().await?;
                said += usize::from(is_said);
            }
            Err(error) => {
                part.rollback().await?;
                failed.get_or_insert(error);
            }
        }
    }
    tx.commit().await?;
    failed.map_or(Ok(said), Err)
}

/// False where it was settled meanwhile.
async fn say(tx: &DatabaseTransaction, now: Timestamp, passed: Passed) -> Result<bool> {
    if !due_store::is_still_due(tx, now, passed).await? {
        return Ok(false);
    }
    match passed {
        Passed::Request(id) => hops::breach_request(tx, now, id).await?,
        Passed::Hop(id) => hops::breach_hop(tx, now, id).await?,
        Passed::Expiry(id) => hops::time_out(tx, now, id).await?,
    }
    Ok(true)
}

/// Sweeps in the background until the process is about to end. What is under way then is finished.
pub fn run(db: Db, mut signals: watch::Receiver<Signal>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut told = None;
        loop {
            tokio::select! {
                biased;
                () = draining(&mut signals) => return,
                _ = ticks.tick() => {}
            }
            sweep_and_tell(&db, &signals, &mut told).await;
        }
    })
}

/// Sweeps until nothing more is due. A failure is told once, until it is over or another one follows.
async fn sweep_and_tell(db: &Db, signals: &watch::Receiver<Signal>, told: &mut Option<String>) {
    loop {
        let swept = timeout(PATIENCE, sweep(db)).await;
        match swept.unwrap_or_else(|_| Err(Error::internal("the database does not answer in time"))) {
            Ok(said) => {
                *told = None;
                if said < MOST || is_draining(signals) {
                    return;
                }
            }
            Err(error) => {
                let text = error.to_string();
                if told.as_ref() != Some(&text) {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "due times of support requests cannot be swept"
                    );
                    *told = Some(text);
                }
                return;
            }
        }
    }
}

/// Waits for the end of the process.
async fn draining(signals: &mut watch::Receiver<Signal>) {
    // Without a hub there is nothing left to serve either.
    let _ = signals.wait_for(|signal| signal.is_draining).await;
}

fn is_draining(signals: &watch::Receiver<Signal>) -> bool {
    signals.borrow().is_draining
}
