//! What an operation may use: the caller, its scope, the database, the policy, the clock. One per request, immutable.

use crate::access::action::Action;
use crate::access::authenticate::Viewer;
use crate::access::policy::Policy;
use crate::access::scope::Scope;
use crate::audit::recorder::Reads;
use crate::clock::Clock;
use crate::db::Db;
use crate::db::cursor::Sealer;
use crate::error::{Error, Result};
use entity::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

/// One request's context.
#[derive(Clone)]
pub struct Op {
    /// Who asks.
    pub viewer: Arc<Viewer>,
    /// What it may see, as SQL.
    pub scope: Arc<Scope>,
    /// The store.
    pub db: Db,
    /// Seals ids and cursors.
    pub sealer: Sealer,
    /// Age in seconds from which ingested data is stale.
    pub stale_after_secs: i64,
    /// Records what this request reads of protected fields.
    pub reads: Reads,
    /// Names this request in answers and logs.
    pub request_id: Uuid,
}

impl Op {
    /// The policy of this request.
    pub fn policy(&self) -> &Policy {
        &self.scope.policy
    }

    /// Whether what is held on a row allows the operation.
    pub fn allows(&self, action: Action, held: i64) -> bool {
        self.policy().allows(action, held as u64)
    }

    /// The same as an error, for something that the caller may read.
    pub fn require(&self, action: Action, held: i64) -> Result<()> {
        if self.allows(action, held) {
            return Ok(());
        }
        Err(Error::Forbidden { action: action.name(), missing: action.missing() })
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        self.db.clock()
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }
}
