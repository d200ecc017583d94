//! `token`: a token for a demo account, nothing else, on standard output.

use super::say;
use crate::access::demo_issuer::DemoIssuer;
use crate::clock::Clock;
use crate::demo;
use crate::error::{Error, Result};
use clap::Args;
use std::path::{Path, PathBuf};

/// Accounts are written `<account>@<organisation>`, such as helpdesk@fabrikam; `demo` prints them
#[derive(Args)]
pub struct TokenArgs {
    /// The account, such as helpdesk@fabrikam
    account: String,
    /// Folder of the demo's key
    #[arg(long, value_name = "DIR", default_value = ".data")]
    data: PathBuf,
    /// How long it is valid: a number and s, m, h or d
    #[arg(long, value_name = "TTL", default_value = "12h", value_parser = seconds)]
    ttl: i64,
}

/// Prints it.
pub fn run(args: &TokenArgs) -> Result<()> {
    if !args.data.join("demo-issuer.pem").exists() {
        return Err(Error::invalid(
            "--data",
            format!("{} holds no demo; start `partner-gateway demo` first", args.data.display()),
        ));
    }
    say(for_account(&issuer(&args.data)?, &args.account, args.ttl)?);
    Ok(())
}

/// The demo's issuer.
pub fn issuer(data: &Path) -> Result<DemoIssuer> {
    DemoIssuer::open(data).map_err(|e| Error::invalid("--data", e.to_string()))
}

/// A token for a demo account.
pub fn for_account(issuer: &DemoIssuer, account: &str, ttl_secs: i64) -> Result<String> {
    let (tenant, object_id) = identity(account).ok_or_else(|| {
        Error::invalid(
            "account",
            format!("there is no demo account `{account}`; they are written like helpdesk@fabrikam"),
        )
    })?;
    let now = Clock::System.now().0 / entity::Timestamp::SECOND;
    issuer.token(tenant, object_id, now, ttl_secs, Default::default()).map_err(Error::internal)
}

/// Tenant and object id of a demo account, of the small world or a generated one.
pub fn identity(account: &str) -> Option<(uuid::Uuid, uuid::Uuid)> {
    demo::account(account).map(|a| (a.tenant, a.object_id)).or_else(|| demo::scale::account(account))
}

fn seconds(text: &str) -> std::result::Result<i64, String> {
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return Err("a number and s, m, h or d, such as 12h".into()),
    };
    let number: i64 = number.parse().map_err(|_| "a number and s, m, h or d, such as 12h".to_owned())?;
    match number.checked_mul(factor) {
        Some(seconds) if (1..=366 * 86400).contains(&seconds) => Ok(seconds),
        _ => Err("from 1s to 366d".into()),
    }
}
