//! `directory apply`: who uses this gateway in production.

use super::{Store, say, serve};
use crate::access::roster::Roster;
use crate::clock::Clock;
use crate::db::{connect, derive};
use crate::error::{Error, Result};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// The organisations that use this gateway, with their groups, accounts and memberships
#[derive(Args)]
pub struct DirectoryArgs {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    store: Store,
    /// Folder with a policy to use instead of the shipped one
    #[arg(long, value_name = "DIR", global = true)]
    policies: Option<PathBuf>,
}

#[derive(Subcommand)]
enum What {
    /// Apply a file as a whole: what its organisations no longer name ends now
    Apply {
        /// Organisations in TOML; README.md shows one
        file: PathBuf,
    },
}

/// Applies it.
pub async fn run(args: DirectoryArgs) -> Result<()> {
    let What::Apply { file } = &args.what;
    let name = || file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|e| Error::invalid(name(), e.to_string()))?;
    let roster = Roster::parse(&text).map_err(|e| Error::invalid(name(), e.to_string()))?;
    let policy = serve::load_policy(args.policies.clone()).await?.current();
    let db = connect::open(&args.store.options()?, Clock::System).await?;
    if !connect::pending(&db).await?.is_empty() {
        return Err(Error::invalid(
            "database",
            "its schema is not up to date; run `partner-gateway migrate up` first",
        ));
    }
    derive::use_vocabulary(&db, &policy.vocabulary.role_tokens(), &policy.vocabulary.fingerprint()).await?;
    let applied = roster.apply(&db, &policy).await.map_err(|e| Error::invalid(name(), e.to_string()))?;
    db.close().await?;
    say(format!(
        "{} organisations, {} accounts, {} memberships; {} ended",
        applied.organizations, applied.accounts, applied.memberships, applied.ended
    ));
    Ok(())
}
