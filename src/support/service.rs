//! The rules of arrangements and contracts: which one holds, who sees which, and what may be written over what.
//!
//! - The most specific arrangement holds: for a customer and a service, for a customer, for a service, for all.
//! - Only who manages its own organisation's arrangements writes, and only its own organisation's rows.
//! - An arrangement for a customer that the writer does not find in its lists is refused as one for none.

use super::draft::{ArrangementDraft, ContractDraft};
use super::hours::Calendar;
use super::record::{ANY_SERVICE, Arrangement, Contract};
use super::store::{self, OfPartner, Readable};
use super::targets::Targets;
use crate::access::action::Action;
use crate::audit::Audited;
use crate::error::Result;
use crate::health::catalogue::Catalogue;
use crate::op::Op;
use crate::writes::{self, Ids, UserError, UserErrorCode, Verdict, Written};
use entity::{CustomerId, PartnerId, ServiceId, Timestamp, support_arrangement, support_contract};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

/// Most arrangements that a customer shows.
pub const MAX_SHOWN: usize = 25;

/// Contracts that ended so many days ago are still told of, where one is missing.
pub const TOLD_DAYS: i64 = 400;

/// What is wrong with a write that the caller may do.
pub type Refusals = Vec<UserError>;

type Row = support_arrangement::Model;

/// How closely an arrangement fits: for the customer before for the service, both before either.
fn closeness(row: &Row) -> (bool, bool) {
    (row.customer_id != CustomerId::NONE, row.service_id != ANY_SERVICE)
}

/// The arrangement that holds, out of those that may.
fn closest(rows: impl IntoIterator<Item = Row>) -> Option<Row> {
    rows.into_iter().max_by_key(closeness)
}

/// The arrangement that holds for a customer as a whole: for its own staff, that of the partner with the oldest relation
/// that has said one, of equally old ones the first by name, then by id; for a partner's people, their own organisation's.
pub fn governing(readable: &Readable) -> Option<Row> {
    let for_all = |row: &&Row| row.service_id == ANY_SERVICE;
    let of_partners: Vec<&Row> = readable.of_partners.iter().map(|of| &of.row).filter(for_all).collect();
    if let Some(oldest) = of_partners.first() {
        let same = of_partners.iter().filter(|row| row.source_id == oldest.source_id);
        return closest(same.map(|row| (*row).clone()));
    }
    closest(readable.own.iter().filter(for_all).cloned())
}

/// All arrangements that say something for a customer. Its own staff see of each partner what holds for it, by the
/// oldest relation: as a whole, then for services where that differs. A partner's people see all of their own
/// organisation's, the general ones first.
pub fn all(readable: &Readable) -> Vec<Row> {
    let mut rows = if readable.of_partners.is_empty() {
        let mut own = readable.own.clone();
        own.sort_by_key(|row| (row.customer_id != CustomerId::NONE, row.service_id));
        own
    } else {
        holding(&readable.of_partners)
    };
    rows.truncate(MAX_SHOWN);
    rows
}

fn holding(of_partners: &[OfPartner]) -> Vec<Row> {
    let mut partners: Vec<PartnerId> = Vec::new();
    for of in of_partners {
        if !partners.contains(&of.row.source_id) {
            partners.push(of.row.source_id);
        }
    }
    let mut rows = Vec::new();
    for partner in partners {
        let said = || of_partners.iter().map(|of| &of.row).filter(move |row| row.source_id == partner);
        let mut held: Vec<&Row> = said().filter(|row| is_closest(row, said())).collect();
        held.sort_by_key(|row| row.service_id);
        held.dedup_by_key(|row| row.id);
        rows.extend(held.into_iter().cloned());
    }
    rows
}

/// Whether nothing that the partner said fits the customer more closely: one for the customer takes the place of a
/// general one for the same service, and one for the customer as a whole that of all general ones.
fn is_closest<'a>(row: &Row, mut said: impl Iterator<Item = &'a Row>) -> bool {
    row.customer_id != CustomerId::NONE
        || !said.any(|other| {
            let covers = other.service_id == ANY_SERVICE || other.service_id == row.service_id;
            other.customer_id != CustomerId::NONE && covers
        })
}

/// The calendar and own targets by which a partner answers a customer about a service. Around the clock, and without
/// targets of its own, where it has arranged nothing.
pub async fn calendar(
    tx: &DatabaseTransaction,
    partner: PartnerId,
    customer: CustomerId,
    service: Option<ServiceId>,
) -> Result<(Calendar, Option<Targets>)> {
    let rows = store::holding_for(tx, partner, customer, service).await?;
    let Some(row) = closest(rows) else { return Ok((Calendar::always(), None)) };
    let arrangement = Arrangement::read(&row)?;
    Ok((arrangement.hours.calendar(), arrangement.targets))
}

/// The contracts of a partner that count, and those that ended lately or have yet to begin, so that a refusal can say so.
pub async fn contracts_of(
    tx: &DatabaseTransaction,
    partner: PartnerId,
    now: Timestamp,
) -> Result<Vec<Contract>> {
    let rows = store::contracts_ending_after(tx, partner, now.plus_days(-TOLD_DAYS)).await?;
    rows.iter().map(Contract::read).collect()
}

/// Counts an incident of a contract; whether one was left.
pub async fn use_incident(tx: &DatabaseTransaction, contract: Uuid) -> Result<bool> {
    store::use_incident(tx, contract).await
}

/// What an arrangement is to say, and over which version.
#[derive(Clone, Debug)]
pub struct SetArrangement {
    /// The customer it differs for; none for all.
    pub customer: Option<CustomerId>,
    /// The service it differs for; none for all.
    pub service: Option<ServiceId>,
    /// The version that the caller saw; none for a new one.
    pub version: Option<i64>,
    /// What it says.
    pub draft: ArrangementDraft,
}

/// What a contract is to say, and over which version.
#[derive(Clone, Debug)]
pub struct SetContract {
    /// Which; none for a new one.
    pub id: Option<Uuid>,
    /// The version that the caller saw; none for a new one.
    pub version: Option<i64>,
    /// What it says.
    pub draft: ContractDraft,
}

/// A contract that ends now.
#[derive(Clone, Copy, Debug)]
pub struct EndContract {
    /// Which.
    pub id: Uuid,
    /// The version that the caller saw.
    pub version: i64,
}

fn refuse<T>(
    field: impl Into<Option<&'static str>>,
    code: UserErrorCode,
    message: impl Into<String>,
) -> std::result::Result<T, Refusals> {
    Err(vec![UserError::new(field, code, message)])
}

/// The partner whose rows the caller may write.
async fn writer(tx: &DatabaseTransaction, op: &Op) -> Result<std::result::Result<PartnerId, Refusals>> {
    let held = store::held_on_own_organization(tx, &op.scope).await?;
    Ok(match op.viewer.partner {
        Some(partner) if op.allows(Action::ArrangementManage, held) => Ok(partner),
        _ => refuse(None, UserErrorCode::Forbidden, Action::ArrangementManage.missing()),
    })
}

fn stale<T>(version: i64) -> std::result::Result<T, Refusals> {
    let message =
        format!("was changed meanwhile: it has version {version} now; read it again, then change that");
    refuse("version", UserErrorCode::Conflict, message)
}

/// Sets an arrangement of the caller's own organisation; the customer and the service tell which one.
pub async fn set_arrangement(
    tx: &DatabaseTransaction,
    op: &Op,
    asked: SetArrangement,
) -> Result<std::result::Result<Uuid, Refusals>> {
    let partner = match writer(tx, op).await? {
        Ok(partner) => partner,
        Err(refusals) => return Ok(Err(refusals)),
    };
    if let Some(customer) = asked.customer
        && !store::lists_customer(tx, &op.scope, customer).await?
    {
        return Ok(refuse("customerId", UserErrorCode::NotFound, "names no customer of yours"));
    }
    if asked.service.is_some_and(|id| Catalogue::shipped().by_id(id).is_none()) {
        return Ok(refuse("serviceId", UserErrorCode::NotFound, "names no service of the catalogue"));
    }
    let arrangement = match asked.draft.checked() {
        Ok(arrangement) => arrangement,
        Err(refusals) => return Ok(Err(refusals)),
    };
    let customer = asked.customer.unwrap_or(CustomerId::NONE);
    let service = asked.service.unwrap_or(ANY_SERVICE);
    let known = store::find(tx, partner, customer, service).await?;
    match (known, asked.version) {
        (None, None) => {
            let mut row = blank(partner, customer, service, op.now());
            arrangement.write(&mut row)?;
            let id = row.id;
            store::insert(tx, row).await?;
            Ok(Ok(id))
        }
        (Some(mut row), Some(version)) if row.version == version => {
            arrangement.write(&mut row)?;
            (row.version, row.modified_at) = (version + 1, op.now());
            let id = row.id;
            let is_written = store::replace(tx, row, version).await?;
            Ok(if is_written { Ok(id) } else { stale(version + 1) })
        }
        (Some(row), Some(_)) => Ok(stale(row.version)),
        (Some(row), None) => {
            let message =
                format!("is missing: there is one already; to change it, give version {}", row.version);
            Ok(refuse("version", UserErrorCode::Conflict, message))
        }
        (None, Some(_)) => {
            let message = "is given, but there is no such arrangement yet: leave it out to make one";
            Ok(refuse("version", UserErrorCode::NotFound, message))
        }
    }
}

fn blank(partner: PartnerId, customer: CustomerId, service: ServiceId, now: Timestamp) -> Row {
    support_arrangement::Model {
        id: Uuid::new_v4(),
        source_id: partner,
        customer_id: customer,
        service_id: service,
        kind: String::new(),
        provided_by: None,
        support_kinds: String::new(),
        time_zone: String::new(),
        weekly: String::new(),
        holidays: String::new(),
        contacts: String::new(),
        pricing_model: None,
        pricing_amount: None,
        pricing_currency: None,
        targets: None,
        version: 1,
        modified_at: now,
    }
}

/// The contract that a change is about, if the version is the one that the caller saw.
async fn contract_at(
    tx: &DatabaseTransaction,
    partner: PartnerId,
    id: Uuid,
    version: Option<i64>,
) -> Result<std::result::Result<support_contract::Model, Refusals>> {
    let Some(row) = store::find_contract(tx, partner, id).await? else {
        return Ok(refuse("supportContractId", UserErrorCode::NotFound, "names no contract of yours"));
    };
    Ok(match version {
        Some(version) if version == row.version => Ok(row),
        Some(_) => stale(row.version),
        None => {
            let message = format!("is missing: to change this contract, give version {}", row.version);
            refuse("version", UserErrorCode::Conflict, message)
        }
    })
}

/// Sets a contract of the caller's own organisation: a new one, or the one named.
pub async fn set_contract(
    tx: &DatabaseTransaction,
    op: &Op,
    asked: SetContract,
) -> Result<std::result::Result<Uuid, Refusals>> {
    let partner = match writer(tx, op).await? {
        Ok(partner) => partner,
        Err(refusals) => return Ok(Err(refusals)),
    };
    let now = op.now();
    let known = match (asked.id, asked.version) {
        (Some(id), version) => match contract_at(tx, partner, id, version).await? {
            Ok(row) => Some(row),
            Err(refusals) => return Ok(Err(refusals)),
        },
        (None, Some(_)) => {
            let message = "is given without supportContractId: leave it out to make a new contract";
            return Ok(refuse("version", UserErrorCode::Invalid, message));
        }
        (None, None) => None,
    };
    if known.is_none()
        && store::contracts_ending_after(tx, partner, now).await?.len() >= store::MOST_CONTRACTS
    {
        let message = format!("at most {} contracts at a time: end one first", store::MOST_CONTRACTS);
        return Ok(refuse(None, UserErrorCode::LimitExceeded, message));
    }
    let (starts, used) = known.as_ref().map_or((now, 0), |row| (row.starts_at, row.incidents_used));
    let draft = match asked.draft.checked(starts, used) {
        Ok(draft) => draft,
        Err(refusals) => return Ok(Err(refusals)),
    };
    let row = support_contract::Model {
        id: known.as_ref().map_or_else(Uuid::new_v4, |row| row.id),
        source_id: partner,
        vehicle: draft.vehicle.code().to_owned(),
        contract_id: draft.contract_id,
        access_id: draft.access_id,
        incidents_included: draft.incidents_included,
        incidents_used: draft.incidents_used.unwrap_or(used),
        starts_at: draft.starts_at.unwrap_or(starts),
        ends_at: draft.ends_at.unwrap_or(Timestamp::FAR_FUTURE),
        version: known.as_ref().map_or(1, |row| row.version + 1),
        modified_at: now,
    };
    write_contract(tx, row, known.map(|row| row.version)).await
}

async fn write_contract(
    tx: &DatabaseTransaction,
    row: support_contract::Model,
    over: Option<i64>,
) -> Result<std::result::Result<Uuid, Refusals>> {
    let id = row.id;
    let Some(version) = over else {
        store::insert_contract(tx, row).await?;
        return Ok(Ok(id));
    };
    let is_written = store::replace_contract(tx, row, version).await?;
    Ok(if is_written { Ok(id) } else { stale(version + 1) })
}

/// Ends a contract of the caller's own organisation now. What was filed through it goes on.
pub async fn end_contract(
    tx: &DatabaseTransaction,
    op: &Op,
    asked: EndContract,
) -> Result<std::result::Result<Uuid, Refusals>> {
    let partner = match writer(tx, op).await? {
        Ok(partner) => partner,
        Err(refusals) => return Ok(Err(refusals)),
    };
    let row = match contract_at(tx, partner, asked.id, Some(asked.version)).await? {
        Ok(row) => row,
        Err(refusals) => return Ok(Err(refusals)),
    };
    let now = op.now();
    if row.ends_at <= now {
        return Ok(refuse(None, UserErrorCode::WrongState, "this contract has ended already"));
    }
    // One that has not begun ends where it begins: it never was.
    let ends_at = row.starts_at.max(now);
    let row = support_contract::Model { ends_at, version: asked.version + 1, modified_at: now, ..row };
    write_contract(tx, row, Some(asked.version)).await
}

/// Sets an arrangement, once for its key, with its audit record. What could not even be read is refused the same way.
pub async fn save_arrangement(
    op: &Op,
    key: &str,
    digest: &str,
    asked: std::result::Result<SetArrangement, Refusals>,
) -> Result<Written> {
    const OPERATION: &str = "setSupportArrangement";
    writes::run(op, OPERATION, key, digest, async |tx| {
        let customer = asked.as_ref().ok().and_then(|asked| asked.customer);
        let outcome = match asked {
            Ok(asked) => set_arrangement(tx, op, asked).await?,
            Err(refusals) => Err(refusals),
        };
        Ok(verdict(OPERATION, "support_arrangement", customer, outcome))
    })
    .await
}

/// Sets a contract, once for its key, with its audit record.
pub async fn save_contract(
    op: &Op,
    key: &str,
    digest: &str,
    asked: std::result::Result<SetContract, Refusals>,
) -> Result<Written> {
    const OPERATION: &str = "setSupportContract";
    writes::run(op, OPERATION, key, digest, async |tx| {
        let outcome = match asked {
            Ok(asked) => set_contract(tx, op, asked).await?,
            Err(refusals) => Err(refusals),
        };
        Ok(verdict(OPERATION, "support_contract", None, outcome))
    })
    .await
}

/// Ends a contract, once for its key, with its audit record.
pub async fn save_end(
    op: &Op,
    key: &str,
    digest: &str,
    asked: std::result::Result<EndContract, Refusals>,
) -> Result<Written> {
    const OPERATION: &str = "endSupportContract";
    writes::run(op, OPERATION, key, digest, async |tx| {
        let outcome = match asked {
            Ok(asked) => end_contract(tx, op, asked).await?,
            Err(refusals) => Err(refusals),
        };
        Ok(verdict(OPERATION, "support_contract", None, outcome))
    })
    .await
}

/// An arrangement by its id, if the viewer may read it.
pub async fn arrangement(op: &Op, id: Uuid) -> Result<Option<Row>> {
    if let Some(customer) = op.scope.customer {
        // Its own staff reads what holds for it, and not what another arrangement took the place of.
        let found = store::of_customers(&op.db, &op.scope, vec![customer]).await?.remove(&customer);
        let of_partners = found.map(|readable| holding(&readable.of_partners)).unwrap_or_default();
        if let Some(row) = of_partners.into_iter().find(|row| row.id == id) {
            return Ok(Some(row));
        }
    }
    store::own_by_id(&op.db, &op.scope, id).await
}

/// The viewer's own organisation's arrangements, the general ones first.
pub async fn arrangements(op: &Op) -> Result<Vec<Row>> {
    store::own_all(&op.db, &op.scope).await
}

/// The arrangement that a write was about, as the viewer may read it now.
pub async fn current(
    op: &Op,
    customer: Option<CustomerId>,
    service: Option<ServiceId>,
) -> Result<Option<Row>> {
    let (customer, service) = (customer.unwrap_or(CustomerId::NONE), service.unwrap_or(ANY_SERVICE));
    store::own_for(&op.db, &op.scope, customer, service).await
}

/// The viewer's own organisation's contracts, the latest start first.
pub async fn contracts(op: &Op) -> Result<Vec<support_contract::Model>> {
    store::contracts(&op.db, &op.scope, None).await
}

/// A contract by its id, if the viewer may read it.
pub async fn contract(op: &Op, id: Uuid) -> Result<Option<support_contract::Model>> {
    Ok(store::contracts(&op.db, &op.scope, Some(id)).await?.into_iter().next())
}

fn verdict(
    operation: &'static str,
    resource: &'static str,
    customer: Option<CustomerId>,
    outcome: std::result::Result<Uuid, Refusals>,
) -> Verdict {
    match outcome {
        Ok(id) => {
            let event = Audited { resource: Some((resource, id)), customer, ..Audited::done(operation) };
            Verdict::Done(Ids { other: Some(id), ..Ids::default() }, vec![event])
        }
        Err(refusals) => {
            let code = refusals.first().map_or("", |error| error.code.code());
            let event = Audited { customer, ..Audited::refused(operation, code) };
            Verdict::Refused(refusals, event)
        }
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
