//! What somebody did, or tried to: records, in one chain for each organisation that may read them. Knows no domain.
//!
//! - A record of a write is made in the transaction of that write. One of a read goes off the request's path, and the
//!   read is refused where its record cannot be taken on: see [`recorder`].
//! - A chain holds a record as its organisation may read it: of another organisation's people only their tenant, and
//!   neither their ground nor their reasons.
//! - What the gateway does of itself has no account and is nobody's: it stands in no chain but those of the organisations
//!   that read of it, and they read all of it.
//! - Records are never changed and never deleted. The database refuses both, and [`verify`] finds where somebody did it
//!   all the same: `chain.rs` says how they are bound.
//! - What a chain cannot show by itself is that its newest records were cut off, or that all of it was written anew.
//!   [`Verification::last`], kept elsewhere, shows that too.

mod chain;
pub mod recorder;
mod store;

use crate::db::Db;
use crate::error::Result;
use crate::op::Op;
use chain::Check;
use entity::{AccountId, CustomerId, Timestamp, audit_event};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

/// The outcome of what was done; anything else is the code of a refusal.
pub const SUCCEEDED: &str = "succeeded";

/// In the place of the actor's tenant: the gateway itself.
pub const GATEWAY: Uuid = Uuid::nil();

/// Most characters of a reason: who is refused may have sent any text.
const MAX_REASON: usize = 4000;

/// What happened, as the one who did it may read it. Who, when and in which request comes from the operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audited {
    /// What: the mutation, or the operation of the policy.
    pub action: &'static str,
    /// [`SUCCEEDED`], or the code of the refusal.
    pub outcome: String,
    /// The object: its type and its row.
    pub resource: Option<(&'static str, Uuid)>,
    /// The customer concerned.
    pub customer: Option<CustomerId>,
    /// The partner or customer on whose behalf.
    pub on_behalf_of: Option<Uuid>,
    /// What the right rested on.
    pub ground: Option<String>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// Tenants besides the actor's own that may read of it.
    pub chains: Vec<Uuid>,
}

impl Audited {
    /// Something that was done.
    pub fn done(action: &'static str) -> Self {
        Audited { action, outcome: SUCCEEDED.into(), ..Default::default() }
    }

    /// Something that was refused.
    pub fn refused(action: &'static str, code: &str) -> Self {
        Audited { action, outcome: code.into(), ..Default::default() }
    }
}

/// A record with who did it, in which request, and when.
#[derive(Clone, Debug)]
struct Stamped {
    at: Timestamp,
    account: Option<AccountId>,
    tenant: Uuid,
    request_id: Uuid,
    /// The gateway itself did it: nobody's, so that whoever reads of it reads all of it.
    is_of_gateway: bool,
    event: Audited,
}

impl Stamped {
    fn of(op: &Op, event: Audited) -> Self {
        let viewer = &op.viewer;
        let (account, tenant) = (viewer.account, viewer.tenant);
        let (at, request_id) = (op.now(), op.request_id);
        Stamped { at, account, tenant, request_id, is_of_gateway: false, event }
    }

    /// Into which chains it goes, each once: the actor's own first. Nobody's tenant has none, nor has the gateway.
    fn chains(&self) -> Vec<Uuid> {
        let mut chains = Vec::with_capacity(1 + self.event.chains.len());
        for tenant in std::iter::once(&self.tenant).chain(&self.event.chains) {
            if !tenant.is_nil() && !chains.contains(tenant) {
                chains.push(*tenant);
            }
        }
        chains
    }

    /// As a chain's organisation may read it, bound to the record before it there.
    fn linked(&self, chain: Uuid, seq: i64, before: Option<&str>) -> audit_event::Model {
        let Audited { action, outcome, resource, customer, on_behalf_of, ground, reason, chains: _ } =
            &self.event;
        let is_own = chain == self.tenant || self.is_of_gateway;
        let mut record = audit_event::Model {
            tenant_id: chain,
            seq,
            at: self.at,
            actor_account_id: self.account.filter(|_| is_own),
            actor_tenant_id: self.tenant,
            on_behalf_of: *on_behalf_of,
            action: (*action).to_owned(),
            outcome: outcome.clone(),
            resource_kind: resource.map(|(kind, _)| kind.to_owned()),
            resource_id: resource.map(|(_, id)| id),
            customer_id: *customer,
            ground: ground.clone().filter(|_| is_own),
            request_id: self.request_id,
            reason: reason.as_deref().filter(|_| is_own).map(storable),
            hash: String::new(),
        };
        record.hash = chain::hash(before, &record);
        record
    }
}

/// What a refused writer sent may be too long, or hold the one character that PostgreSQL does not keep.
fn storable(text: &str) -> String {
    text.chars().take(MAX_REASON).map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Writes records within the transaction of what they tell of, whose last writes they are. One that changes facts too
/// has taken `derive::lock` before, so that two never wait for each other.
pub async fn append(tx: &DatabaseTransaction, op: &Op, events: &[Audited]) -> Result<()> {
    let stamped: Vec<Stamped> = events.iter().map(|event| Stamped::of(op, event.clone())).collect();
    store::append(tx, &stamped).await
}

/// Writes records of what the gateway did of itself, for their `chains` alone, under an id of a request that nobody sent.
/// Whoever calls it has taken `derive::lock`, and may go on writing under it.
pub async fn append_own(tx: &DatabaseTransaction, at: Timestamp, events: Vec<Audited>) -> Result<()> {
    let request_id = Uuid::new_v4();
    let stamp =
        |event| Stamped { at, account: None, tenant: GATEWAY, request_id, is_of_gateway: true, event };
    let stamped: Vec<Stamped> = events.into_iter().map(stamp).collect();
    store::append(tx, &stamped).await
}

/// What a check of a chain found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Whether each record follows from the one before it.
    pub whole: bool,
    /// Records of that time.
    pub event_count: i64,
    /// The place and the moment of the first record that does not follow from the one before it: it was changed, or
    /// another was changed, taken out or put in before it.
    pub first_break: Option<(i64, Timestamp)>,
    /// The place and the hash of the newest record of that time. Kept elsewhere, it shows whether the chain still ends
    /// in, or leads through, the same record.
    pub last: Option<(i64, String)>,
}

/// Checks the records of a time in a tenant's chain, `from <= at < until`, and how they hang on those around them.
pub async fn verify(db: &Db, tenant: Uuid, from: Timestamp, until: Timestamp) -> Result<Verification> {
    let mut found = Verification { whole: true, ..Default::default() };
    let Some((start, end)) = store::around(db, tenant, from, until).await? else {
        return Ok(found);
    };
    let mut check = Check::starting_at(start);
    let mut next = start;
    loop {
        let records = store::page(db, tenant, next, end).await?;
        for record in &records {
            check.take(record);
            if from <= record.at && record.at < until {
                found.event_count += 1;
                found.last = Some((record.seq, record.hash.clone()));
            }
        }
        match records.last() {
            Some(newest) if newest.seq < end => next = newest.seq + 1,
            _ => break,
        }
    }
    found.first_break = check.first_break();
    found.whole = found.first_break.is_none();
    Ok(found)
}

#[cfg(test)]
#[path = "fixture_tests.rs"]
pub(crate) mod fixture;

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
