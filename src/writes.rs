//! How a mutation is run: once for each key, as a whole or not at all, and never without its audit record.
//!
//! - A key belongs to an account and an operation. The first outcome is kept in the transaction that it comes from;
//!   the same key with the same input gives its ids again, with another input it is refused.
//! - A refusal that the caller is told of undoes everything, its key too: after the cause is gone, the same request is
//!   judged anew. Its record is written by itself.
//! - Writes pass one at a time (`derive::lock`): two of one key, or of one version, see each other.
//! - Knows no domain: what a version is and who may do what is the work's business. The work reads and writes through
//!   the transaction that it is given, never through the pool.

mod store;

use crate::audit::{self, Audited};
use crate::db::{Db, derive};
use crate::error::{Error, Result};
use crate::op::Op;
use aws_lc_rs::digest::SHA256;
use entity::Timestamp;
use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Claim;
use uuid::Uuid;

/// How long the outcome of a key is kept.
pub const KEPT_DAYS: i64 = 30;

/// Most characters of a key.
pub const MAX_KEY: usize = 128;

/// The input field of the key.
const KEY_FIELD: &str = "idempotencyKey";

/// An outcome that a caller has to expect: told in the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// The input field that it is about, as the graph spells it.
    pub field: Option<&'static str>,
    /// What kind of outcome.
    pub code: UserErrorCode,
    /// What was wrong, and what would be right.
    pub message: String,
}

impl UserError {
    /// About a field, or about none.
    pub fn new(
        field: impl Into<Option<&'static str>>,
        code: UserErrorCode,
        message: impl Into<String>,
    ) -> Self {
        UserError { field: field.into(), code, message: message.into() }
    }
}

/// What kind of outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserErrorCode {
    /// A value that cannot be used.
    Invalid,
    /// Absent, or not the caller's.
    NotFound,
    /// The caller may read it, and not do this.
    Forbidden,
    /// Somebody else was faster.
    Conflict,
    /// Its state does not allow it.
    WrongState,
    /// The key was used for another input.
    IdempotencyMismatch,
    /// Not entitled to the way that was chosen.
    Ineligible,
    /// An active incident matches: link it, or say why it is something else.
    HealthFirst,
    /// More than there may be.
    LimitExceeded,
}

impl UserErrorCode {
    /// The word, as the graph and the audit records have it.
    pub fn code(self) -> &'static str {
        match self {
            UserErrorCode::Invalid => "INVALID",
            UserErrorCode::NotFound => "NOT_FOUND",
            UserErrorCode::Forbidden => "FORBIDDEN",
            UserErrorCode::Conflict => "CONFLICT",
            UserErrorCode::WrongState => "WRONG_STATE",
            UserErrorCode::IdempotencyMismatch => "IDEMPOTENCY_MISMATCH",
            UserErrorCode::Ineligible => "INELIGIBLE",
            UserErrorCode::HealthFirst => "HEALTH_FIRST",
            UserErrorCode::LimitExceeded => "LIMIT_EXCEEDED",
        }
    }
}

/// Ids of the first outcome, as kept for a repeated request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ids {
    /// A support request.
    pub request: Option<Uuid>,
    /// A hop.
    pub escalation: Option<Uuid>,
    /// An entry of a timeline.
    pub entry: Option<Uuid>,
    /// Anything else.
    pub other: Option<Uuid>,
}

/// What the work came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Done: kept, with these ids and records.
    Done(Ids, Vec<Audited>),
    /// Refused: everything is undone, and only this record kept.
    Refused(Vec<UserError>, Audited),
}

/// What came of a write.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// The ids of what was made or changed; none where it was refused.
    pub ids: Ids,
    /// Why nothing was done.
    pub errors: Vec<UserError>,
    /// It was done before, and not again.
    pub is_repeated: bool,
}

/// A text that is the same for the same input alone. Objects are sorted by name; what stands in an array keeps its order.
pub fn digest(input: &impl Serialize) -> String {
    let Ok(value) = serde_json::to_value(input) else {
        // Like no other: a repeated request is then refused, and never taken for another one.
        return Uuid::new_v4().to_string();
    };
    let mut text = String::new();
    write_sorted(&value, &mut text);
    let sum = aws_lc_rs::digest::digest(&SHA256, text.as_bytes());
    sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON without spaces, whose objects are sorted whatever the library's features are.
fn write_sorted(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            out.push('{');
            for (i, (name, value)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write_sorted(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_sorted(item, out);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// Runs a write once for its key. `digest` is that of the input without the key: [`digest`].
///
/// # Errors
/// The account is not registered; whatever the work fails with; the database.
pub async fn run<F>(op: &Op, operation: &'static str, key: &str, digest: &str, work: F) -> Result<Written>
where
    F: AsyncFnOnce(&DatabaseTransaction) -> Result<Verdict>,
{
    let Some(account) = op.viewer.account else {
        let missing = "this account is not registered here, or not any more";
        return Err(Error::Forbidden { action: operation, missing });
    };
    if key.is_empty() || key.chars().count() > MAX_KEY || key.chars().any(char::is_control) {
        let words = format!("has 1 to {MAX_KEY} characters, none of them a control character");
        return refuse_key(op, operation, UserErrorCode::Invalid, words).await;
    }
    let claim = Claim { account, operation, key, digest };
    let tx = op.db.begin().await?;
    store::wait_for_lock(&tx).await?;
    if !store::take(&tx, &claim, op.now()).await? {
        let kept = store::kept(&tx, &claim).await?;
        tx.rollback().await?;
        if kept.input_hash != digest {
            let words = "was used for another input of this operation; a changed input needs a new key";
            return refuse_key(op, operation, UserErrorCode::IdempotencyMismatch, words).await;
        }
        let ids = serde_json::from_str(&kept.outcome).map_err(Error::internal)?;
        return Ok(Written { ids, errors: Vec::new(), is_repeated: true });
    }
    let verdict = work(&tx).await;
    match verdict {
        Ok(Verdict::Done(ids, events)) => {
            store::keep(&tx, &claim, &serde_json::to_string(&ids).map_err(Error::internal)?).await?;
            audit::append(&tx, op, &events).await?;
            tx.commit().await?;
            Ok(Written { ids, ..Default::default() })
        }
        Ok(Verdict::Refused(errors, event)) => {
            tx.rollback().await?;
            record(op, event).await?;
            Ok(Written { errors, ..Default::default() })
        }
        Err(error) => {
            // What failed is told, not what failed after it.
            let _ = tx.rollback().await;
            if is_refusal(&error) {
                record(op, Audited::refused(operation, error.code())).await?;
            }
            Err(error)
        }
    }
}

/// Whether the caller is refused something, as opposed to a fault of ours.
fn is_refusal(error: &Error) -> bool {
    match error {
        Error::Unauthenticated(_)
        | Error::Forbidden { .. }
        | Error::NotFound { .. }
        | Error::Invalid { .. }
        | Error::Conflict { .. }
        | Error::LimitExceeded { .. } => true,
        Error::Unavailable { .. } | Error::Database(_) | Error::Internal(_) => false,
    }
}

async fn refuse_key(
    op: &Op,
    operation: &'static str,
    code: UserErrorCode,
    words: impl Into<String>,
) -> Result<Written> {
    record(op, Audited::refused(operation, code.code())).await?;
    let errors = vec![UserError::new(KEY_FIELD, code, words)];
    Ok(Written { errors, ..Default::default() })
}

/// A record in a transaction of its own.
async fn record(op: &Op, event: Audited) -> Result<()> {
    let tx = op.db.begin().await?;
    audit::append(&tx, op, &[event]).await?;
    Ok(tx.commit().await?)
}

/// Drops outcomes that are older than they are kept.
pub async fn prune(db: &Db, now: Timestamp) -> Result<u64> {
    let tx = db.begin().await?;
    derive::lock(&tx).await?;
    let dropped = store::drop_before(&tx, now.plus_days(-KEPT_DAYS)).await?;
    tx.commit().await?;
    Ok(dropped)
}

#[cfg(test)]
#[path = "writes_tests.rs"]
mod tests;
