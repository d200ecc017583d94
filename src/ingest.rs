//! What bringing data in may use: one transaction, in the name of one source, as of one moment.
//!
//! Writes only rows of its own source, and the bare shells that all sources share, which have no attributes. A fact
//! with an interval is begun and ended, never deleted; what is older than an ending never revives it. What listeners are
//! to be told becomes part of the same transaction.

use crate::db::sql::Sql;
use crate::db::{Db, derive, execute, first, rows_in};
use crate::error::{Error, Result};
use crate::events::{self, Change};
use entity::{CustomerId, IncidentId, PartnerId, Timestamp};
use sea_orm::{DatabaseTransaction, FromQueryResult, Value};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// One ingest under way. Dropping it without [`Ingest::commit`] leaves nothing.
pub struct Ingest {
    /// The transaction.
    pub tx: DatabaseTransaction,
    /// In whose name.
    pub source: PartnerId,
    /// The source's own tenant.
    pub source_tenant: Uuid,
    /// `partner_center`, `microsoft_graph` or `gateway`.
    pub system: &'static str,
    /// When the upstream said it.
    pub as_of: Timestamp,
    /// Whether lists are whole, so that absence ends a row.
    pub is_complete: bool,
    /// When it is brought in, by the gateway's clock.
    now: Timestamp,
    touched: BTreeSet<CustomerId>,
    affected: BTreeSet<CustomerId>,
    changes: Vec<Change>,
    incidents: HashMap<String, IncidentId>,
    customers: HashMap<Uuid, CustomerId>,
    partners: HashMap<Uuid, PartnerId>,
}

/// What became of the records of one kind.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Stored or confirmed.
    pub stored: usize,
    /// Not stored: which, and why.
    pub skipped: Vec<(String, String)>,
    /// Stored, with something to know.
    pub notes: Vec<String>,
}

impl Outcome {
    /// Adds another outcome.
    pub fn add(&mut self, other: Outcome) {
        self.stored += other.stored;
        self.skipped.extend(other.skipped);
        self.notes.extend(other.notes);
    }

    /// Not stored, and why.
    pub fn skip(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.skipped.push((what.into(), why.into()));
    }
}

/// A fact with an interval: its table, what identifies it besides the source, and what else a new row carries.
pub struct Fact {
    /// Table with `id, source_id, starts_at, ends_at, system, as_of` besides the columns named here.
    pub table: &'static str,
    /// Columns that identify it.
    pub key: Vec<(&'static str, Value)>,
    /// Columns that a newer word replaces.
    pub rest: Vec<(&'static str, Value)>,
    /// Columns that only a new row gets: what no upstream body speaks of.
    pub initial: Vec<(&'static str, Value)>,
}

/// What holding a fact did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// A new row.
    Begun,
    /// It was known, and is confirmed.
    Confirmed,
    /// It ended after this was said: left as it is.
    EndedLater(Timestamp),
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

#[derive(FromQueryResult)]
struct Interval {
    id: Uuid,
    ends_at: i64,
    as_of: i64,
}

impl Ingest {
    /// Begins.
    pub async fn begin(
        db: &Db,
        source: PartnerId,
        system: &'static str,
        as_of: Timestamp,
        is_complete: bool,
    ) -> Result<Self> {
        let tx = db.begin().await?;
        derive::lock(&tx).await?;
        let tenant = Sql::new("SELECT tenant_id AS id FROM partner WHERE id = ").bind(source.0);
        let tenant: Option<Id> = first(rows_in(&tx, tenant).await?);
        let source_tenant = tenant.ok_or_else(|| Error::internal("the source is no partner"))?.id;
        Ok(Ingest {
            tx,
            source,
            source_tenant,
            system,
            as_of,
            is_complete,
            now: db.clock().now(),
            touched: BTreeSet::new(),
            affected: BTreeSet::new(),
            changes: Vec::new(),
            incidents: HashMap::new(),
            customers: HashMap::new(),
            partners: HashMap::new(),
        })
    }

    /// Derives what follows and commits.
    pub async fn commit(self) -> Result<()> {
        let touched: Vec<CustomerId> = self.touched.iter().copied().collect();
        derive::for_customers(&self.tx, &touched).await?;
        let affected: Vec<CustomerId> = self.affected.difference(&self.touched).copied().collect();
        derive::incidents_of(&self.tx, &affected).await?;
        events::append(&self.tx, Some(self.source), &self.changes, self.now).await?;
        Ok(self.tx.commit().await?)
    }

    /// An incident affects the customer: whoever lists it may come to read the incident.
    pub fn affect(&mut self, customer: CustomerId) {
        self.affected.insert(customer);
    }

    /// When it is brought in, by the gateway's clock.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Something that listeners are to be told.
    pub fn tell(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// The shell of an incident, made if absent.
    pub async fn incident(&mut self, external_id: &str) -> Result<IncidentId> {
        if let Some(id) = self.incidents.get(external_id) {
            return Ok(*id);
        }
        let insert = Sql::new("INSERT INTO incident (id, external_id) VALUES (").bind(Uuid::new_v4());
        let insert = insert.push(", ").bind(external_id).push(") ON CONFLICT (external_id) DO NOTHING");
        execute(&self.tx, insert).await?;
        let select = Sql::new("SELECT id FROM incident WHERE external_id = ").bind(external_id);
        let row: Option<Id> = first(rows_in(&self.tx, select).await?);
        let id = IncidentId(row.ok_or_else(|| Error::internal("a shell vanished"))?.id);
        self.incidents.insert(external_id.to_owned(), id);
        Ok(id)
    }

    /// The customer's facts changed.
    pub fn touch(&mut self, customer: CustomerId) {
        self.touched.insert(customer);
    }

    /// The shell of a customer, made if absent.
    pub async fn customer(&mut self, tenant: Uuid) -> Result<CustomerId> {
        if let Some(id) = self.customers.get(&tenant) {
            return Ok(*id);
        }
        let id = CustomerId(self.shell("customer", tenant).await?);
        self.customers.insert(tenant, id);
        Ok(id)
    }

    /// The shell of a partner, made if absent.
    pub async fn partner(&mut self, tenant: Uuid) -> Result<PartnerId> {
        if let Some(id) = self.partners.get(&tenant) {
            return Ok(*id);
        }
        let id = PartnerId(self.shell("partner", tenant).await?);
        self.partners.insert(tenant, id);
        Ok(id)
    }

    async fn shell(&self, table: &str, tenant: Uuid) -> Result<Uuid> {
        let insert =
            Sql::new(format!("INSERT INTO {table} (id, tenant_id) VALUES (")).bind(Uuid::new_v4()).push(", ");
        execute(&self.tx, insert.bind(tenant).push(") ON CONFLICT (tenant_id) DO NOTHING")).await?;
        let select = Sql::new(format!("SELECT id FROM {table} WHERE tenant_id = ")).bind(tenant);
        let row: Option<Id> = first(rows_in(&self.tx, select).await?);
        Ok(row.ok_or_else(|| Error::internal("a shell vanished"))?.id)
    }

    /// The source's own rows of this fact.
    fn matching(&self, fact: &Fact) -> Sql {
        let keys =
            fact.key.iter().map(|(column, value)| Sql::new(format!("{column} = ")).bind(value.clone()));
        Sql::new(" WHERE source_id = ").bind(self.source.0).push(" AND ").join(keys, " AND ")
    }

    async fn latest(&self, fact: &Fact) -> Result<Option<Interval>> {
        let select =
            Sql::new(format!("SELECT id, ends_at, as_of FROM {}", fact.table)).add(self.matching(fact));
        Ok(first(rows_in(&self.tx, select.push(" ORDER BY starts_at DESC LIMIT 1")).await?))
    }

    /// The source says that a fact holds.
    pub async fn hold(&self, fact: &Fact) -> Result<Held> {
        match self.latest(fact).await? {
            Some(row) if row.ends_at == Timestamp::FAR_FUTURE.0 => {
                if row.as_of < self.as_of.0 {
                    let rest = fact.rest.iter().map(|(c, v)| Sql::new(format!(", {c} = ")).bind(v.clone()));
                    let update = Sql::new(format!("UPDATE {} SET as_of = ", fact.table)).bind(self.as_of.0);
                    let update = update.join(rest, "").push(" WHERE id = ").bind(row.id);
                    execute(&self.tx, update).await?;
                }
                Ok(Held::Confirmed)
            }
            Some(row) if row.ends_at >= self.as_of.0 => Ok(Held::EndedLater(Timestamp(row.ends_at))),
            _ => {
                self.insert(fact).await?;
                Ok(Held::Begun)
            }
        }
    }

    async fn insert(&self, fact: &Fact) -> Result<()> {
        let own: [(&str, Value); 6] = [
            ("id", Uuid::new_v4().into()),
            ("source_id", self.source.0.into()),
            ("starts_at", self.as_of.0.into()),
            ("ends_at", Timestamp::FAR_FUTURE.0.into()),
            ("system", self.system.into()),
            ("as_of", self.as_of.0.into()),
        ];
        let all: Vec<&(&str, Value)> =
            own.iter().chain(&fact.key).chain(&fact.rest).chain(&fact.initial).collect();
        let columns = all.iter().map(|(column, _)| *column).collect::<Vec<_>>().join(", ");
        let values = all.iter().map(|(_, value)| Sql::default().bind(value.clone()));
        let insert =
            Sql::new(format!("INSERT INTO {} ({columns}) VALUES (", fact.table)).join(values, ", ").push(")");
        execute(&self.tx, insert).await?;
        Ok(())
    }

    /// The source says that a fact holds no more. Nothing happens if it never did, or was confirmed later.
    pub async fn end(&self, fact: &Fact) -> Result<bool> {
        let open = self
            .latest(fact)
            .await?
            .filter(|row| row.ends_at == Timestamp::FAR_FUTURE.0 && row.as_of <= self.as_of.0);
        let Some(row) = open else { return Ok(false) };
        let update =
            Sql::new(format!("UPDATE {} SET ends_at = ", fact.table)).bind(self.as_of.0).push(", as_of = ");
        execute(&self.tx, update.bind(self.as_of.0).push(" WHERE id = ").bind(row.id)).await?;
        Ok(true)
    }
}
