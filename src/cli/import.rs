//! `import`: captured bodies, files or folders, in the name of one partner.

use super::{Store, complain, say};
use crate::clock::Clock;
use crate::db::Db;
use crate::db::connect;
use crate::error::{Error, Result};
use crate::sync::Context;
use crate::sync::import::{Import, Read, Report, read, registered_partner};
use clap::Args;
use entity::Timestamp;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use uuid::Uuid;

/// Partner Center and Microsoft Graph bodies are recognised by their shape. Each file is stored whole or not at all,
/// in the importing partner's own source; a second import of the same changes nothing
#[derive(Args)]
pub struct ImportArgs {
    /// In whose name: a demo partner such as fabrikam, or a partner's tenant id
    #[arg(long, value_name = "KEY OR TENANT ID")]
    partner: String,
    #[command(flatten)]
    store: Store,
    /// Tenant of the customer, for bodies that do not name it
    #[arg(long, value_name = "TENANT ID")]
    customer: Option<Uuid>,
    /// Id of the delegated relationship, for assignments that do not name it
    #[arg(long, value_name = "ID")]
    relationship: Option<String>,
    /// Tenant of the indirect reseller whose customers a provider's list shows
    #[arg(long, value_name = "TENANT ID")]
    reseller: Option<Uuid>,
    /// When the bodies were captured; each file's modification time if absent
    #[arg(long, value_name = "RFC 3339")]
    as_of: Option<chrono::DateTime<chrono::Utc>>,
    /// The lists are whole: what is absent has ended
    #[arg(long)]
    complete: bool,
    /// Files and folders; of a folder, every *.json below it
    #[arg(required = true, value_name = "FILE OR FOLDER")]
    paths: Vec<PathBuf>,
}

struct Failure {
    path: PathBuf,
    why: String,
}

/// Imports all and reports on each.
pub async fn run(args: ImportArgs) -> Result<ExitCode> {
    let tenant = partner_tenant(&args.partner)?;
    let db = connect::open(&args.store.options()?, Clock::System).await?;
    if !connect::pending(&db).await?.is_empty() {
        return Err(Error::invalid(
            "database",
            "its schema is not up to date; run `partner-gateway migrate up` or start the demo first",
        ));
    }
    let Some(source) = registered_partner(&db, tenant).await? else {
        return Err(Error::invalid(
            "--partner",
            format!("no partner with tenant {tenant} is registered here"),
        ));
    };
    let context = Context {
        customer_tenant_id: args.customer,
        relationship_id: args.relationship.clone().map(|id| id.to_lowercase()),
        reseller_tenant_id: args.reseller,
    };
    let import = Import { source, context, is_complete: args.complete };
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for path in files(&args.paths)? {
        match read_file(&path, &import.context) {
            Ok(body) => found.push((path, body)),
            Err(why) => failures.push(Failure { path, why }),
        }
    }
    found.sort_by_key(|(_, body)| body.rank());
    for (path, body) in found {
        if let Err(failure) = store(&db, &import, args.as_of, path, body).await {
            failures.push(failure);
        }
    }
    db.close().await?;
    for failure in &failures {
        complain(format!(
            "partner-gateway: {}: {}; nothing of this file was stored",
            failure.path.display(),
            failure.why
        ));
    }
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn partner_tenant(partner: &str) -> Result<Uuid> {
    crate::demo::partner_tenant(partner).or_else(|| Uuid::parse_str(partner).ok()).ok_or_else(|| {
        Error::invalid("--partner", format!("`{partner}` is neither a demo partner nor a tenant id"))
    })
}

fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files).map_err(|e| Error::invalid("path", format!("{}: {e}", path.display())))?;
    }
    Ok(files)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !std::fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path)?.map(|e| Ok(e?.path())).collect::<std::io::Result<_>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() || entry.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
            collect(&entry, files)?;
        }
    }
    Ok(())
}

fn read_file(path: &Path, context: &Context) -> std::result::Result<Read, String> {
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    read(&bytes, context).map_err(|e| e.to_string())
}

async fn store(
    db: &Db,
    import: &Import,
    as_of: Option<chrono::DateTime<chrono::Utc>>,
    path: PathBuf,
    body: Read,
) -> std::result::Result<(), Failure> {
    let now = db.clock().now();
    let as_of = match as_of {
        Some(at) => Timestamp(at.timestamp_micros()),
        None => modified(&path).unwrap_or(now),
    };
    // What is said to come from the future comes from now.
    match body.store(db, import, as_of.min(now), now).await {
        Ok(report) => {
            show(&path, &report);
            Ok(())
        }
        Err(error) => Err(Failure { path, why: super::chain(&error) }),
    }
}

fn modified(path: &Path) -> Option<Timestamp> {
    let modified = std::fs::metadata(path).ok()?.modified().ok()?;
    let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok().map(Timestamp)
}

fn show(path: &Path, report: &Report) {
    let (kind, read, stored, skipped) = (report.kind, report.read, report.stored, report.skipped.len());
    say(format!("{}: {kind}: {read} read, {stored} stored, {skipped} skipped", path.display()));
    for (place, why) in &report.skipped {
        say(format!("  skipped {place}: {why}"));
    }
    for note in &report.notes {
        say(format!("  note: {note}"));
    }
}
