//! `policy check`, `policy matrix`, `policy test`, `policy explain`.

use super::{Store, complain, say, token};
use crate::access::action::Action;
use crate::access::explain::{self, Explanation, Fact};
use crate::access::policy::{Files, Policy, cases, matrix, reference};
use crate::clock::Clock;
use crate::db::{connect, derive};
use crate::error::{Error, Result};
use chrono::DateTime;
use clap::{Args, Subcommand};
use entity::{CustomerId, Timestamp};
use std::path::PathBuf;
use std::process::ExitCode;
use uuid::Uuid;

/// Without --policies, the policy that this program was built with
#[derive(Args)]
pub struct PolicyArgs {
    /// Folder with model.conf, policy.csv and vocabulary.toml
    #[arg(long, value_name = "DIR", global = true)]
    policies: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Read the files strictly, and compare the compiled masks with casbin's own answers, cell by cell
    Check,
    /// Print tokens by operations as a table
    Matrix,
    /// Run the cases of TOML files against the policy
    Test {
        /// Files of cases; the shipped ones if none is given
        files: Vec<PathBuf>,
    },
    /// Tell why an account may, or may not, do something
    Explain(ExplainArgs),
}

#[derive(Args)]
struct ExplainArgs {
    /// A demo account such as helpdesk@fabrikam, or <tenant id>/<object id>
    account: String,
    /// An operation, such as customer.profile:read; `policy matrix` lists them
    action: String,
    /// A customer's tenant id or domain, or a demo customer such as contoso; `-` for one's own organisation
    resource: String,
    #[command(flatten)]
    store: Store,
}

/// The cases that are shipped with the policy.
pub const SHIPPED_CASES: &str = include_str!("../../policies/tests/cases.toml");

fn invalid(error: impl std::fmt::Display) -> Error {
    Error::invalid("policy", error.to_string())
}

/// Does it.
pub async fn run(args: PolicyArgs) -> Result<ExitCode> {
    let files = Files::from(args.policies.as_deref()).map_err(invalid)?;
    let policy = Policy::load(&files).await.map_err(invalid)?;
    match args.what {
        What::Check => check(&files, &policy).await,
        What::Matrix => {
            say(matrix::render(&policy).trim_end());
            Ok(ExitCode::SUCCESS)
        }
        What::Test { files } => test(&policy, &files),
        What::Explain(args) => explain(&policy, args).await,
    }
}

async fn check(files: &Files, policy: &Policy) -> Result<ExitCode> {
    let whole = reference(&files.model, &policy.lines, &policy.vocabulary).await.map_err(invalid)?;
    for action in Action::ALL {
        if whole[action as usize] != policy.masks(action) {
            return Err(invalid(format!("{}: the masks differ from casbin's own answers", action.name())));
        }
    }
    let (lines, tokens) = (policy.lines.len(), policy.vocabulary.tokens().len());
    say(format!("{lines} lines, {tokens} tokens, {} operations: in order", Action::COUNT));
    Ok(ExitCode::SUCCESS)
}

fn test(policy: &Policy, files: &[PathBuf]) -> Result<ExitCode> {
    let mut texts = Vec::new();
    for file in files {
        texts.push(
            std::fs::read_to_string(file)
                .map_err(|e| Error::invalid(file.display().to_string(), e.to_string()))?,
        );
    }
    if texts.is_empty() {
        texts.push(SHIPPED_CASES.to_owned());
    }
    let (mut passed, mut failed) = (0, 0);
    for text in texts {
        for case in cases::parse(&text).map_err(invalid)? {
            let wrong = cases::run(policy, &case);
            if wrong.is_empty() {
                passed += 1;
            } else {
                failed += 1;
                complain(format!("FAILED {}: {}", case.name, wrong.join("; ")));
            }
        }
    }
    say(format!("{passed} passed, {failed} failed"));
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn explain(policy: &Policy, args: ExplainArgs) -> Result<ExitCode> {
    let action = Action::parse(&args.action).ok_or_else(|| {
        let all = Action::ALL.map(Action::name).join(", ");
        Error::invalid("action", format!("`{}` does not exist; there are {all}", args.action))
    })?;
    let db = connect::open(&args.store.options()?, Clock::System).await?;
    if !connect::pending(&db).await?.is_empty() {
        return Err(Error::invalid("--data", "holds no gateway with an up-to-date schema"));
    }
    let (tenant, object_id) = identity(&args.account)?;
    let account = explain::account(&db, tenant, object_id).await?;
    let account = account.ok_or_else(|| {
        Error::invalid("account", format!("`{}` is not registered, or is a guest", args.account))
    })?;
    let customer = match args.resource.as_str() {
        "-" => None,
        text => Some(customer(&db, text).await?),
    };
    let differing = derive::check(&db).await?;
    if !differing.is_empty() {
        complain(format!("derived tables differ from their facts: {differing:?}"));
    }
    let explanation = explain::explain(&db, policy, account, customer, action).await?;
    show(policy, action, &explanation, &args);
    db.close().await?;
    Ok(ExitCode::SUCCESS)
}

fn identity(account: &str) -> Result<(Uuid, Uuid)> {
    let ids =
        account.split_once('/').and_then(|(t, o)| Some((Uuid::parse_str(t).ok()?, Uuid::parse_str(o).ok()?)));
    ids.or_else(|| token::identity(account)).ok_or_else(|| {
        Error::invalid(
            "account",
            format!("`{account}` is neither a demo account nor <tenant id>/<object id>"),
        )
    })
}

async fn customer(db: &crate::db::Db, text: &str) -> Result<CustomerId> {
    let key = crate::demo::customer_tenant(text).map_or_else(|| text.to_owned(), |tenant| tenant.to_string());
    explain::customer(db, &key)
        .await?
        .ok_or_else(|| Error::invalid("resource", format!("there is no customer `{text}`")))
}

fn show(policy: &Policy, action: Action, explanation: &Explanation, args: &ExplainArgs) {
    let allowed = explanation.verdicts.iter().any(|v| v.is_allowed);
    let verdict = if allowed { "ALLOWED" } else { "DENIED" };
    say(format!("{verdict}: {} {} {}", args.account, action.name(), args.resource));
    for v in &explanation.verdicts {
        let held: Vec<&str> = policy.vocabulary.tokens_in(v.held).map(|t| t.name.as_str()).collect();
        let verdict = if v.is_allowed { "allowed" } else { "denied" };
        say(format!("\nrows of {}: {verdict}; counts: {}", v.source_name, held.join(", ")));
        if v.is_silenced {
            say("  GDAP is present here, so DAP does not count");
        }
        for token in policy.vocabulary.tokens_in(v.held) {
            for line in policy.lines_for(&token.name, action) {
                say(format!("  policy.csv:{}: {}", line.number, line.text()));
            }
        }
    }
    say("\nfacts:");
    if explanation.facts.is_empty() {
        say("  none: no group of this account holds anything here");
    }
    for fact in &explanation.facts {
        say(format!("  {}", describe(policy, fact, explanation.now)));
    }
    if !allowed {
        let lines = policy
            .lines
            .iter()
            .filter(|l| (l.object.as_str(), l.action.as_str()) == action.object_action() && !l.deny);
        say(format!("\nmissing: {}; any of these lines would allow it:", action.missing()));
        for line in lines {
            say(format!("  policy.csv:{}: {}", line.number, line.text()));
        }
    }
}

fn describe(policy: &Policy, fact: &Fact, now: Timestamp) -> String {
    let tokens: Vec<&str> =
        policy.vocabulary.tokens_in(fact.tokens as u64).map(|t| t.name.as_str()).collect();
    let force = if fact.is_live(now) { "in force" } else { "not in force" };
    let source = fact.source_name.as_deref().unwrap_or("any source");
    format!(
        "{force}: group \"{}\" (member {}), on rows of {source}: {} by {} {} ({})",
        fact.group_name,
        interval(fact.member_from, fact.member_until),
        tokens.join(", "),
        fact.ground_kind,
        fact.ground_id,
        interval(fact.starts_at, fact.ends_at),
    )
}

fn interval(from: Timestamp, until: Timestamp) -> String {
    let day = |at: Timestamp| match DateTime::from_timestamp_micros(at.0) {
        Some(time) if at.known().is_some() && at.0 > 0 => time.format("%Y-%m-%d %H:%M").to_string(),
        _ => "open".to_owned(),
    };
    format!("{} to {}", day(from), day(until))
}
