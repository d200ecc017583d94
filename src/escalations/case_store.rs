//! The only SQL that writes support requests: within a transaction under the lock of facts, so that what is checked still
//! holds when it is written. Reads here serve the rules alone; the graph reads views.

use super::case::{Audience, Case, Party, is_live};
use super::own::{own_entry, records};
use super::words::{Tier, Visibility};
use crate::access::action::Action;
use crate::access::scope::{Anchor, Scope, Select};
use crate::audit;
use crate::db::sql::Sql;
use crate::db::{derive, execute, first, rows_in};
use crate::error::{Error, Result};
use crate::events::{self, Change};
use entity::{
    AccountId, CustomerId, PartnerId, ServiceId, Timestamp, support_entry, support_escalation,
    support_request, support_view,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Who acts, as what the request's own copies say.
#[derive(Clone, Copy, Debug)]
pub struct Acting {
    /// As which party.
    pub party: Party,
    /// What is held on it.
    pub held: i64,
    /// The version of the party's view.
    pub version: i64,
    /// Whether it takes part.
    pub is_current: bool,
}

#[derive(FromQueryResult)]
struct ActingRow {
    party: String,
    party_id: Uuid,
    version: i64,
    is_current: bool,
    held: i64,
}

const VIEW: Anchor = Anchor { customer: "v.customer_id", source: "v.source_id" };

/// A condition: `v` is a view of the caller's own partner or customer.
pub fn own_views(scope: &Scope) -> Sql {
    let nil = Uuid::nil();
    Sql::new("v.reader_tenant_id = ")
        .bind(scope.tenant)
        .push(" AND ((v.party = 'customer' AND v.party_id = ")
        .bind(scope.customer.map_or(nil, |id| id.0))
        .push(") OR (v.party <> 'customer' AND v.party_id = ")
        .bind(scope.partner.map_or(nil, |id| id.0))
        .push("))")
}

/// A condition: `v` is a record of the caller's own partner, of a hop that ended.
pub fn own_records(scope: &Scope) -> Sql {
    Sql::new("(v.party = 'tier' AND NOT v.is_current AND v.party_id = ")
        .bind(scope.partner.map_or(Uuid::nil(), |id| id.0))
        .push(")")
}

/// As whom the caller acts on a request; none if it may not read it.
pub async fn acting(tx: &DatabaseTransaction, scope: &Scope, request: Uuid) -> Result<Option<Acting>> {
    let select = Select {
        columns: Sql::new("v.party, v.party_id, v.version, v.is_current"),
        from: Sql::new("support_view v"),
        filters: vec![Sql::new("v.request_id = ").bind(request), own_views(scope)],
        // A partner before the customer of the same tenant.
        order: "v.is_current DESC, v.party DESC".into(),
        limit: None,
        parents: None,
        sources: None,
    };
    let right = scope.right(Action::RequestRead);
    let records = own_records(scope);
    let scoped = scope.select_with_own_organization(select, VIEW, right, records, Action::RequestRecordRead);
    let row: Option<ActingRow> = first(scoped.rows_in(tx).await?);
    Ok(row.map(|row| Acting {
        party: match row.party.as_str() {
            "customer" => Party::Customer,
            "partner" => Party::Named,
            _ => Party::Tier(PartnerId(row.party_id)),
        },
        held: row.held,
        version: row.version,
        is_current: row.is_current,
    }))
}

#[derive(FromQueryResult)]
struct Held {
    held: i64,
}

/// What the caller holds on a customer for the rows of a partner; of none ([`PartnerId::ANY`]), by its own roles there.
pub async fn held_on(
    tx: &DatabaseTransaction,
    scope: &Scope,
    customer: CustomerId,
    partner: PartnerId,
) -> Result<i64> {
    let select = Select {
        columns: Sql::new("c.id AS customer_id"),
        from: Sql::new("customer c CROSS JOIN (SELECT ").bind(partner.0).push(" AS id) x"),
        filters: vec![Sql::new("c.id = ").bind(customer.0)],
        order: "c.id".into(),
        limit: None,
        parents: None,
        sources: None,
    };
    let anchor = Anchor { customer: "c.id", source: "x.id" };
    let scoped = scope.select(select, anchor, scope.right(Action::CustomerRead));
    Ok(first(scoped.rows_in::<Held>(tx).await?).map_or(0, |row| row.held))
}

/// A request with its hops.
pub async fn find(tx: &DatabaseTransaction, id: Uuid) -> Result<Option<Case>> {
    let Some(request) = support_request::Entity::find_by_id(id).one(tx).await? else { return Ok(None) };
    let hops = support_escalation::Entity::find()
        .filter(support_escalation::Column::RequestId.eq(id))
        .order_by_asc(support_escalation::Column::Number)
        .all(tx)
        .await?;
    Ok(Some(Case { request, hops }))
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

/// The request of a hop.
pub async fn request_of_hop(tx: &DatabaseTransaction, hop: Uuid) -> Result<Option<Uuid>> {
    let sql = Sql::new("SELECT request_id AS id FROM support_escalation WHERE id = ").bind(hop);
    Ok(first(rows_in::<Id>(tx, sql).await?).map(|row| row.id))
}

/// Whether a number is taken.
pub async fn is_taken(tx: &DatabaseTransaction, number: &str) -> Result<bool> {
    let sql = Sql::new("SELECT id FROM support_request WHERE number = ").bind(number);
    Ok(!rows_in::<Id>(tx, sql).await?.is_empty())
}

/// Whether a partner is registered here, and has a live reseller relation to a customer in its own words.
pub async fn serves(
    tx: &DatabaseTransaction,
    scope: &Scope,
    partner: PartnerId,
    customer: CustomerId,
) -> Result<bool> {
    let sql =
        Sql::new("SELECT r.id FROM reseller_relation r JOIN partner_profile p ON p.source_id = r.source_id")
            .push(" AND p.partner_id = r.source_id WHERE r.kind = 'reseller' AND r.source_id = ")
            .bind(partner.0)
            .push(" AND r.customer_id = ")
            .bind(customer.0)
            .push(" AND ")
            .live(scope.backend, &scope.clock, "r");
    Ok(!rows_in::<Id>(tx, sql).await?.is_empty())
}

/// Whether a domain is one of a customer's, as a partner's captures say.
pub async fn is_domain_of(
    tx: &DatabaseTransaction,
    partner: PartnerId,
    customer: CustomerId,
    domain: &str,
) -> Result<bool> {
    let sql = Sql::new("SELECT customer_id AS id FROM customer_domain WHERE source_id = ").bind(partner.0);
    let sql = sql.push(" AND customer_id = ").bind(customer.0).push(" AND domain = ").bind(domain);
    Ok(!rows_in::<Id>(tx, sql).await?.is_empty())
}

#[derive(FromQueryResult)]
struct Named {
    name: String,
}

/// A service's name, as a partner's captures of a customer write it.
pub async fn service_name(
    tx: &DatabaseTransaction,
    partner: PartnerId,
    customer: CustomerId,
    service: ServiceId,
) -> Result<Option<String>> {
    let sql =
        Sql::new("SELECT service_name AS name FROM customer_service WHERE source_id = ").bind(partner.0);
    let sql = sql.push(" AND customer_id = ").bind(customer.0).push(" AND service_id = ").bind(service.0);
    Ok(first(rows_in::<Named>(tx, sql).await?).map(|row| row.name))
}

#[derive(FromQueryResult)]
struct VendorWord {
    status: String,
    modified_at: Option<Timestamp>,
}

/// What a partner's captures say of the vendor's request with a number.
pub async fn vendor_word(
    tx: &DatabaseTransaction,
    partner: PartnerId,
    customer: CustomerId,
    number: &str,
) -> Result<Option<(String, Option<Timestamp>)>> {
    let sql = Sql::new("SELECT status, modified_at FROM vendor_request WHERE source_id = ").bind(partner.0);
    let sql = sql.push(" AND customer_id = ").bind(customer.0).push(" AND external_id = ").bind(number);
    Ok(first(rows_in::<VendorWord>(tx, sql).await?).map(|row| (row.status, row.modified_at)))
}

/// Whether an account belongs to a tenant and is live.
pub async fn works_at(
    tx: &DatabaseTransaction,
    scope: &Scope,
    account: AccountId,
    tenant: Uuid,
) -> Result<bool> {
    let sql = Sql::new("SELECT a.id FROM account a WHERE a.kind <> 'guest' AND a.id = ").bind(account.0);
    let sql = sql.push(" AND a.tenant_id = ").bind(tenant).push(" AND ");
    let sql = sql.live(scope.backend, &scope.clock, "a");
    Ok(!rows_in::<Id>(tx, sql).await?.is_empty())
}

#[derive(FromQueryResult)]
struct PartyTenant {
    id: Uuid,
    tenant_id: Uuid,
}

/// An entry that is about to be written.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub id: Uuid,
    /// `note`, or what happened.
    pub kind: &'static str,
    /// For whom, as it is shown.
    pub visibility: Visibility,
    /// Who reads it: settled when it is said.
    pub readers: Vec<Party>,
    /// The hop that it belongs to.
    pub hop: Option<Uuid>,
    /// Who.
    pub account: Option<AccountId>,
    /// For which party.
    pub author: Option<Party>,
    /// What was given.
    pub text: Option<String>,
    /// What happened, in the gateway's words.
    pub detail: Option<String>,
}

/// A change of one request under way.
pub struct Work<'a> {
    /// The transaction.
    pub tx: &'a DatabaseTransaction,
    /// When.
    pub now: Timestamp,
    /// The request, as it is to become.
    pub case: Case,
    before: Case,
    is_new: bool,
    entries: Vec<Entry>,
    /// A partner to which a hop has begun: it gets what the named partner wrote before any hop.
    joined: Option<PartnerId>,
    /// What happened, in one word.
    word: &'static str,
}

/// What a change came to.
pub struct Finished {
    /// Who reads what was written to the timeline, each with its tenant.
    pub told: Vec<(Party, Uuid)>,
}

impl<'a> Work<'a> {
    /// On a request that is there.
    pub fn on(tx: &'a DatabaseTransaction, now: Timestamp, case: Case, word: &'static str) -> Self {
        let before = case.clone();
        Work { tx, now, case, before, is_new: false, entries: Vec::new(), joined: None, word }
    }

    /// On a new one.
    pub fn new(tx: &'a DatabaseTransaction, now: Timestamp, request: support_request::Model) -> Self {
        let case = Case { request, hops: Vec::new() };
        Work { is_new: true, ..Work::on(tx, now, case, "raised") }
    }

    /// Adds an entry for those of an audience who take part at this moment. Its id.
    pub fn say(&mut self, mut entry: Entry, audience: Audience) -> Uuid {
        entry.readers = self.case.readers(audience);
        let id = entry.id;
        self.entries.push(entry);
        id
    }

    /// Says of due times that have passed that they did, unless that was said: also where the answer comes now.
    pub fn note_breaches(&mut self) {
        let now = self.now;
        let request = &mut self.case.request;
        if request.due_at <= now && request.breached_at.is_none() {
            request.breached_at = Some(request.due_at);
            let entry = own_entry("breached", Visibility::Org, None, "The time to answer has passed.");
            self.say(entry, Audience::Only(Party::Named));
        }
        let is_late = |hop: &support_escalation::Model| {
            is_live(hop) && hop.answered_at.is_none() && hop.due_at <= now && hop.breached_at.is_none()
        };
        let late: Vec<Uuid> = self.case.hops.iter().filter(|hop| is_late(hop)).map(|hop| hop.id).collect();
        for id in late {
            if let Some(hop) = self.case.hop_mut(id) {
                hop.breached_at = Some(hop.due_at);
            }
            let detail = "The next tier's time to answer has passed.";
            self.say(own_entry("breached", Visibility::Chain, Some(id), detail), Audience::Hop(id));
        }
    }

    /// A hop begins.
    pub fn begin_hop(&mut self, hop: support_escalation::Model) {
        self.joined = hop.to_partner_id;
        self.case.hops.push(hop);
    }

    /// Writes everything: the request, its hops, its timeline, each party's view; tells who listens, and records what the
    /// gateway did of itself.
    pub async fn finish(mut self) -> Result<Finished> {
        self.case.request.tier = self.case.tier().code().to_owned();
        self.case.request.version += 1;
        self.case.request.modified_at = self.now;
        let first_place = self.case.request.entry_count;
        self.case.request.entry_count += self.entries.len() as i32;
        self.write_request().await?;
        let hops_changed = self.write_hops().await?;
        if let Some(partner) = self.joined {
            self.hand_over(partner).await?;
        }
        self.write_entries(first_place).await?;
        let tenants = self.tenants().await?;
        let told = self.write_views(&tenants).await?;
        if hops_changed {
            derive::for_case(self.tx, self.case.request.customer_id).await?;
        }
        audit::append_own(self.tx, self.now, records(&self.case, &self.entries, &tenants)).await?;
        Ok(Finished { told })
    }

    async fn write_request(&self) -> Result<()> {
        let row = self.case.request.clone().into_active_model();
        if self.is_new {
            support_request::Entity::insert(row).exec_without_returning(self.tx).await?;
        } else {
            support_request::Entity::update(row.reset_all()).exec(self.tx).await?;
        }
        Ok(())
    }

    async fn write_hops(&self) -> Result<bool> {
        let mut live_changed = false;
        for hop in &self.case.hops {
            let row = hop.clone().into_active_model();
            match self.before.hop(hop.id) {
                None => {
                    support_escalation::Entity::insert(row).exec_without_returning(self.tx).await?;
                    live_changed |= hop.to_partner_id.is_some();
                }
                Some(before) if before != hop => {
                    support_escalation::Entity::update(row.reset_all()).exec(self.tx).await?;
                    live_changed |= is_live(before) != is_live(hop) && hop.to_partner_id.is_some();
                }
                Some(_) => {}
            }
        }
        Ok(live_changed)
    }

    /// What the named partner wrote before any hop becomes readable to the partner that the case goes to.
    async fn hand_over(&self, partner: PartnerId) -> Result<()> {
        let request = self.case.request.id;
        let sql = Sql::new("INSERT INTO support_entry_reader (request_id, party_id, place, entry_id, is_note) ")
            .push("SELECT e.request_id, ")
            .bind(partner.0)
            .push(", e.place, e.id, e.kind = 'note' FROM support_entry e WHERE e.request_id = ")
            .bind(request)
            .push(" AND e.escalation_id IS NULL AND e.visibility IN ('chain', 'vendor') AND e.author_party_id = ")
            .bind(self.case.request.partner_id.0)
            .push(" AND e.place < coalesce((SELECT min(x.place) FROM support_entry x WHERE x.request_id = e.request_id")
            .push(" AND x.escalation_id IS NOT NULL), 2147483647) ON CONFLICT DO NOTHING");
        execute(self.tx, sql).await?;
        Ok(())
    }

    async fn write_entries(&self, first_place: i32) -> Result<()> {
        for (i, entry) in self.entries.iter().enumerate() {
            let place = first_place + i as i32;
            let model = support_entry::Model {
                id: entry.id,
                request_id: self.case.request.id,
                escalation_id: entry.hop,
                place,
                at: self.now,
                kind: entry.kind.to_owned(),
                visibility: entry.visibility.code().to_owned(),
                author_account_id: entry.account,
                author_party_id: entry.author.map(|party| self.case.party_id(party)),
                text: entry.text.clone(),
                detail: entry.detail.clone(),
            };
            support_entry::Entity::insert(model.into_active_model()).exec_without_returning(self.tx).await?;
            for reader in &entry.readers {
                let row = entity::support_entry_reader::Model {
                    request_id: self.case.request.id,
                    party_id: self.case.party_id(*reader),
                    place,
                    entry_id: entry.id,
                    is_note: entry.kind == "note",
                };
                let row = row.into_active_model();
                entity::support_entry_reader::Entity::insert(row).exec_without_returning(self.tx).await?;
            }
        }
        Ok(())
    }

    /// Writes the views of those who take part, and once more of those who did until now. Who reads a new entry.
    async fn write_views(&self, tenants: &HashMap<Uuid, Uuid>) -> Result<Vec<(Party, Uuid)>> {
        let known: HashMap<Uuid, support_view::Model> = support_view::Entity::find()
            .filter(support_view::Column::RequestId.eq(self.case.request.id))
            .all(self.tx)
            .await?
            .into_iter()
            .map(|view| (view.party_id, view))
            .collect();
        let mut told = Vec::new();
        for party in self.case.parties() {
            let id = self.case.party_id(party);
            let before = known.get(&id);
            if !self.case.takes_part(party) && !before.is_some_and(|view| view.is_current) {
                continue;
            }
            let tenant = *tenants.get(&id).ok_or_else(|| Error::internal("a party has no tenant"))?;
            let has_changed = self.write_view(self.case.seen_by(party, tenant), before).await?;
            let read = self.entries.iter().filter(|entry| entry.readers.contains(&party));
            let is_late = read.clone().any(|entry| entry.kind == "breached");
            let reads = read.clone().any(|entry| entry.kind != "breached");
            if is_late {
                self.tell(tenant, "breached").await?;
            }
            if reads || has_changed && !is_late {
                // Whoever the case has just come to learns nothing of where it was.
                let has_joined =
                    matches!(party, Party::Tier(_)) && !before.is_some_and(|view| view.is_current);
                let is_merge_for_tier = self.word == "merged" && matches!(party, Party::Tier(_));
                let word = match (has_joined, reads) {
                    (true, _) => "escalated",
                    (false, true) if is_merge_for_tier => "closed",
                    (false, true) => self.word,
                    (false, false) => "updated",
                };
                self.tell(tenant, word).await?;
            }
            // That a copy changed by the way is no reason to name to its reader what was done.
            if reads && !(self.word == "merged" && matches!(party, Party::Tier(_))) {
                told.push((party, tenant));
            }
        }
        Ok(told)
    }

    async fn write_view(
        &self,
        mut view: support_view::Model,
        before: Option<&support_view::Model>,
    ) -> Result<bool> {
        let Some(before) = before else {
            view.modified_at = self.now;
            let row = view.into_active_model();
            support_view::Entity::insert(row).exec_without_returning(self.tx).await?;
            return Ok(true);
        };
        (view.version, view.modified_at) = (before.version, before.modified_at);
        if view == *before {
            return Ok(false);
        }
        (view.version, view.modified_at) = (before.version + 1, self.now);
        support_view::Entity::update(view.into_active_model().reset_all()).exec(self.tx).await?;
        Ok(true)
    }

    async fn tell(&self, tenant: Uuid, word: &'static str) -> Result<()> {
        let change = Change {
            kind: events::Kind::SupportRequest,
            customer: Some(self.case.request.customer_id),
            incident: None,
            service: None,
            word,
            request: Some(self.case.request.id),
            reader: Some(tenant),
        };
        events::append(self.tx, None, &[change], self.now).await
    }

    /// The tenant of a partner that takes part.
    pub async fn tenant_of(&self, partner: PartnerId) -> Result<Uuid> {
        let tenant = self.tenants().await?.get(&partner.0).copied();
        tenant.ok_or_else(|| Error::internal("a party has no tenant"))
    }

    async fn tenants(&self) -> Result<HashMap<Uuid, Uuid>> {
        let backend = sea_orm::ConnectionTrait::get_database_backend(self.tx);
        let partners = self.case.parties().into_iter().filter_map(|party| self.case.partner_of(party));
        let sql = Sql::new("SELECT id, tenant_id FROM partner WHERE ")
            .any_of(backend, "id", partners.map(|id| id.0))
            .push(" UNION ALL SELECT id, tenant_id FROM customer WHERE id = ")
            .bind(self.case.request.customer_id.0);
        let rows: Vec<PartyTenant> = rows_in(self.tx, sql).await?;
        Ok(rows.into_iter().map(|row| (row.id, row.tenant_id)).collect())
    }
}

/// The live hops of a partner to the vendor that carry the vendor's number.
pub async fn hops_with_number(
    tx: &DatabaseTransaction,
    partner: PartnerId,
    customer: CustomerId,
    number: &str,
) -> Result<Vec<Uuid>> {
    let hops = support_escalation::Entity::find()
        .filter(support_escalation::Column::FromPartnerId.eq(partner))
        .filter(support_escalation::Column::CustomerId.eq(customer))
        .filter(support_escalation::Column::VendorNumber.eq(number))
        .filter(support_escalation::Column::Tier.eq(Tier::Vendor.code()))
        .filter(support_escalation::Column::EndsAt.eq(Timestamp::FAR_FUTURE))
        .all(tx)
        .await?;
    Ok(hops.into_iter().map(|hop| hop.id).collect())
}

/// Whether a partner and a customer are of one tenant: such a case would be read twice by the same people.
pub async fn is_one_tenant(
    tx: &DatabaseTransaction,
    partner: PartnerId,
    customer: CustomerId,
) -> Result<bool> {
    let sql =
        Sql::new("SELECT p.id FROM partner p JOIN customer c ON c.tenant_id = p.tenant_id WHERE p.id = ");
    let sql = sql.bind(partner.0).push(" AND c.id = ").bind(customer.0);
    Ok(!rows_in::<Id>(tx, sql).await?.is_empty())
}
