//! `migrate up` and `migrate status`.

use super::{Store, say};
use crate::clock::Clock;
use crate::db::connect;
use crate::error::Result;
use clap::{Args, Subcommand};

/// Steps are applied in order, each whole or not at all
#[derive(Args)]
pub struct MigrateArgs {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    store: Store,
}

#[derive(Subcommand)]
enum What {
    /// Apply all pending steps
    Up,
    /// Tell which steps are pending
    Status,
}

/// Does it.
pub async fn run(args: MigrateArgs) -> Result<()> {
    let db = connect::open(&args.store.options()?, Clock::System).await?;
    let pending = connect::pending(&db).await?;
    for step in &pending {
        say(format!("{} {step}", if matches!(args.what, What::Up) { "applying" } else { "pending" }));
    }
    if matches!(args.what, What::Up) {
        connect::migrate(&db).await?;
    }
    say(if pending.is_empty() {
        "nothing is pending".to_owned()
    } else {
        format!("{} steps", pending.len())
    });
    db.close().await
}
