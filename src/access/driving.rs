//! How an account's lists are best driven: from its few grants, or from its tenant's whole list. Counting grants costs
//! more than most look-ups, so the answer is remembered for a minute.
//!
//! It is no right: either way the statement finds the same rows, decided by the grants in force. A word that is out of
//! date costs time alone.

use super::action::Action;
use super::scope::Scope;
use crate::db::Db;
use crate::error::Result;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// How long it is remembered.
const KEPT: Duration = Duration::from_secs(60);
/// Accounts that are remembered; at one more, all are asked anew.
const MAX_ACCOUNTS: usize = 10_000;
/// Up to so many grants that bear the right to health, incidents are driven from them.
const FEW_OF_HEALTH: i64 = 300;

/// How one account's lists are driven.
#[derive(Debug)]
pub struct Driving {
    /// Whether its groups hold few grants.
    pub has_few_grants: bool,
    has_few_of_health: OnceCell<bool>,
    until: Instant,
}

impl Driving {
    /// Of an account whose grants have been counted just now.
    pub fn new(has_few_grants: bool) -> Self {
        Driving { has_few_grants, has_few_of_health: OnceCell::new(), until: Instant::now() + KEPT }
    }

    /// Whether few of its grants can bear the right to health. Asked once; a failure is not remembered.
    pub async fn has_few_of_health(&self, db: &Db, scope: &Scope) -> Result<bool> {
        let ask = || scope.has_few_bearing(db, Action::HealthRead, FEW_OF_HEALTH);
        self.has_few_of_health.get_or_try_init(ask).await.copied()
    }
}

/// An account's tenant and object id, of verified claims.
type Account = (Uuid, Uuid);

/// What is remembered of accounts. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Drivings(Arc<Mutex<HashMap<Account, Arc<Driving>>>>);

impl Drivings {
    /// Of an account, if it is known.
    pub fn of(&self, account: Account) -> Option<Arc<Driving>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&account).filter(|driving| Instant::now() < driving.until).cloned()
    }

    /// Remembers it.
    pub fn remember(&self, account: Account, driving: Arc<Driving>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_ACCOUNTS {
            known.clear();
        }
        known.insert(account, driving);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_forgotten_in_time_and_when_there_is_too_much() {
        let drivings = Drivings::default();
        let account = |n: usize| (Uuid::nil(), Uuid::from_u128(n as u128));
        drivings.remember(account(0), Arc::new(Driving::new(true)));
        assert!(drivings.of(account(0)).unwrap().has_few_grants);
        assert!(drivings.of(account(1)).is_none());
        let over = Driving { until: Instant::now(), ..Driving::new(true) };
        drivings.remember(account(1), Arc::new(over));
        assert!(drivings.of(account(1)).is_none());
        (2..=MAX_ACCOUNTS).for_each(|n| drivings.remember(account(n), Arc::new(Driving::new(false))));
        assert!(drivings.of(account(0)).is_none());
        assert!(!drivings.of(account(MAX_ACCOUNTS)).unwrap().has_few_grants);
    }
}
