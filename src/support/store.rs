//! The only SQL on arrangements and contracts. An organisation reads its own rows, all or none of them; a customer's own
//! staff read what the partners with a live relation to it arranged. Within a write, rows of the partner named are read
//! and changed in its transaction, whose lock lets one write at a time pass.

use super::record::ANY_SERVICE;
use crate::access::action::Action;
use crate::access::scope::{Anchor, Scope, Select};
use crate::db::sql::Sql;
use crate::db::{Db, execute, first, rows_in};
use crate::error::Result;
use entity::{CustomerId, PartnerId, ServiceId, Timestamp, support_arrangement, support_contract};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Most contracts of a partner that are read, the latest start first.
pub const MOST_CONTRACTS: usize = 100;

/// Most arrangements that a list shows.
pub const MOST_ARRANGEMENTS: u64 = 200;

/// A partner's arrangement, read by the customer's own staff.
#[derive(Clone, Debug, FromQueryResult)]
pub struct OfPartner {
    /// The arrangement.
    #[sea_orm(nested)]
    pub row: support_arrangement::Model,
    /// Since when the partner's relation stands.
    pub since: Timestamp,
}

/// What a reader may read of the arrangements for one customer.
#[derive(Clone, Debug, Default)]
pub struct Readable {
    /// Those of the reader's own organisation.
    pub own: Vec<support_arrangement::Model>,
    /// Those of the customer's partners, by the reader's being its staff: the oldest relation first, of equally old ones
    /// by the partner's name, then by its id.
    pub of_partners: Vec<OfPartner>,
}

fn own_rows(partner: PartnerId, order: &str) -> Select {
    Select {
        columns: Sql::new("a.*"),
        from: Sql::new("support_arrangement a"),
        filters: vec![Sql::new("a.source_id = ").bind(partner.0)],
        order: order.into(),
        limit: None,
        parents: None,
        sources: None,
    }
}

/// What each partner with a live relation to the reader's own customer tenant arranged, in its own word.
fn rows_of_partners(scope: &Scope, customer: CustomerId) -> Select {
    let own_staff = scope.sees_every_source("r.customer_id", scope.right(Action::CustomerPartnersRead));
    Select {
        columns: Sql::new("a.*, r.starts_at AS since"),
        from: Sql::new("reseller_relation r JOIN support_arrangement a ON a.source_id = r.source_id")
            .push(" LEFT JOIN partner_profile p ON p.source_id = r.source_id AND p.partner_id = r.source_id"),
        filters: vec![
            Sql::new("r.customer_id = ").bind(customer.0).push(" AND r.kind = 'reseller'"),
            Sql::default().live(scope.backend, &scope.clock, "r"),
            Sql::new("a.customer_id = r.customer_id OR a.customer_id = ").bind(CustomerId::NONE.0),
            // Its own staff alone: a partner of the same tenant is another object.
            own_staff,
        ],
        // Engines place nulls differently.
        order: "r.starts_at, coalesce(p.sort_name, ''), a.source_id, a.customer_id, a.service_id".into(),
        limit: None,
        parents: None,
        sources: None,
    }
}

const RELATION: Anchor = Anchor { customer: "r.customer_id", source: "r.source_id" };

/// What the reader may read of the arrangements for customers that it reads already.
pub async fn of_customers(
    db: &Db,
    scope: &Scope,
    customers: Vec<CustomerId>,
) -> Result<HashMap<CustomerId, Readable>> {
    let mut all: HashMap<CustomerId, Readable> =
        customers.iter().map(|customer| (*customer, Readable::default())).collect();
    if let Some(partner) = scope.partner {
        let mut select = own_rows(partner, "a.customer_id, a.service_id");
        let ids = customers.iter().map(|id| id.0).chain([CustomerId::NONE.0]);
        select.filters.push(Sql::default().any_of(scope.backend, "a.customer_id", ids));
        let rows: Vec<support_arrangement::Model> =
            scope.select_own_organization(select, Action::PartnerRead).rows(db).await?;
        for (customer, readable) in &mut all {
            let is_for = |row: &&support_arrangement::Model| {
                row.customer_id == *customer || row.customer_id == CustomerId::NONE
            };
            readable.own = rows.iter().filter(is_for).cloned().collect();
        }
    }
    if let Some(customer) = scope.customer
        && let Some(readable) = all.get_mut(&customer)
    {
        let select = rows_of_partners(scope, customer);
        let scoped = scope.select(select, RELATION, scope.right(Action::CustomerPartnersRead));
        readable.of_partners = scoped.rows(db).await?;
    }
    Ok(all)
}

/// One arrangement of one's own organisation.
pub async fn own_by_id(db: &Db, scope: &Scope, id: Uuid) -> Result<Option<support_arrangement::Model>> {
    own_one(db, scope, vec![Sql::new("a.id = ").bind(id)]).await
}

/// The arrangement of one's own organisation for exactly that customer and service.
pub async fn own_for(
    db: &Db,
    scope: &Scope,
    customer: CustomerId,
    service: ServiceId,
) -> Result<Option<support_arrangement::Model>> {
    let exactly =
        vec![Sql::new("a.customer_id = ").bind(customer.0), Sql::new("a.service_id = ").bind(service.0)];
    own_one(db, scope, exactly).await
}

async fn own_one(db: &Db, scope: &Scope, which: Vec<Sql>) -> Result<Option<support_arrangement::Model>> {
    Ok(first(own(db, scope, which).await?))
}

/// Arrangements of one's own organisation, the general ones first, at most [`MOST_ARRANGEMENTS`].
pub async fn own_all(db: &Db, scope: &Scope) -> Result<Vec<support_arrangement::Model>> {
    own(db, scope, Vec::new()).await
}

/// Arrangements of one's own organisation. One for a customer is shown to those who may read that customer.
async fn own(db: &Db, scope: &Scope, which: Vec<Sql>) -> Result<Vec<support_arrangement::Model>> {
    // Somebody without a partner asks the same and finds nothing.
    let partner = scope.partner.unwrap_or(PartnerId::ANY);
    let mut select = own_rows(partner, "a.customer_id, a.service_id, a.id");
    select.filters.extend(which);
    select.limit = Some(MOST_ARRANGEMENTS);
    let listed = Sql::new("a.customer_id = ")
        .bind(CustomerId::NONE.0)
        .push(" OR EXISTS (SELECT 1 FROM customer_listing l WHERE l.customer_id = a.customer_id")
        .push(" AND l.reader_tenant_id = ")
        .bind(scope.tenant)
        .push(" AND ")
        .add(scope.sees(LISTED, scope.right(Action::CustomerRead)))
        .push(")");
    select.filters.push(listed);
    scope.select_own_organization(select, Action::PartnerRead).rows(db).await
}

const LISTED: Anchor = Anchor { customer: "l.customer_id", source: "l.source_id" };

/// Contracts of one's own organisation, the latest start first; one of them, if its id is given.
pub async fn contracts(db: &Db, scope: &Scope, id: Option<Uuid>) -> Result<Vec<support_contract::Model>> {
    // Somebody without a partner asks the same and finds nothing.
    let partner = scope.partner.unwrap_or(PartnerId::ANY);
    let mut filters = vec![Sql::new("c.source_id = ").bind(partner.0)];
    filters.extend(id.map(|id| Sql::new("c.id = ").bind(id)));
    let select = Select {
        columns: Sql::new("c.*"),
        from: Sql::new("support_contract c"),
        filters,
        order: "c.starts_at DESC, c.id".into(),
        limit: Some(MOST_CONTRACTS as u64),
        parents: None,
        sources: None,
    };
    scope.select_own_organization(select, Action::ContractRead).rows(db).await
}

/// Whether the caller finds that customer in its lists. A case that was handed over does not suffice.
pub async fn lists_customer(tx: &DatabaseTransaction, scope: &Scope, customer: CustomerId) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Listed {
        held: i64,
    }
    let select = Select {
        columns: Sql::new("l.customer_id"),
        from: Sql::new("customer_listing l"),
        filters: vec![
            Sql::new("l.reader_tenant_id = ").bind(scope.tenant),
            Sql::new("l.customer_id = ").bind(customer.0),
        ],
        order: "l.rank".into(),
        limit: None,
        parents: None,
        sources: None,
    };
    let scoped = scope.select(select, LISTED, scope.right(Action::CustomerList));
    Ok(first(scoped.rows_in::<Listed>(tx).await?).is_some_and(|listed| listed.held != 0))
}

/// What the caller holds on its own organisation.
pub async fn held_on_own_organization(tx: &DatabaseTransaction, scope: &Scope) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Held {
        held: i64,
    }
    let rows: Vec<Held> = scope.own_organization().rows_in(tx).await?;
    Ok(first(rows).map_or(0, |row| row.held))
}

/// A partner's arrangements that may hold for a customer and a service: its own and the general ones.
pub async fn holding_for(
    tx: &DatabaseTransaction,
    partner: PartnerId,
    customer: CustomerId,
    service: Option<ServiceId>,
) -> Result<Vec<support_arrangement::Model>> {
    let service = service.unwrap_or(ANY_SERVICE);
    let sql = Sql::new("SELECT * FROM support_arrangement WHERE source_id = ")
        .bind(partner.0)
        .push(" AND (customer_id = ")
        .bind(customer.0)
        .push(" OR customer_id = ")
        .bind(CustomerId::NONE.0)
        .push(") AND (service_id = ")
        .bind(service.0)
        .push(" OR service_id = ")
        .bind(ANY_SERVICE.0)
        .push(")");
    rows_in(tx, sql).await
}

/// The arrangement of a partner for exactly that customer and service.
pub async fn find(
    tx: &DatabaseTransaction,
    partner: PartnerId,
    customer: CustomerId,
    service: ServiceId,
) -> Result<Option<support_arrangement::Model>> {
    let sql = Sql::new("SELECT * FROM support_arrangement WHERE source_id = ")
        .bind(partner.0)
        .push(" AND customer_id = ")
        .bind(customer.0)
        .push(" AND service_id = ")
        .bind(service.0);
    Ok(first(rows_in(tx, sql).await?))
}

/// A new arrangement.
pub async fn insert(tx: &DatabaseTransaction, row: support_arrangement::Model) -> Result<()> {
    support_arrangement::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes over the arrangement whose version this was; whether it still is.
pub async fn replace(
    tx: &DatabaseTransaction,
    row: support_arrangement::Model,
    version: i64,
) -> Result<bool> {
    use support_arrangement::{Column, Entity};
    let id = row.id;
    let update = Entity::update_many().set(row.into_active_model().reset_all());
    let update = update.filter(Column::Id.eq(id)).filter(Column::Version.eq(version));
    Ok(update.exec(tx).await?.rows_affected == 1)
}

/// A partner's contract.
pub async fn find_contract(
    tx: &DatabaseTransaction,
    partner: PartnerId,
    id: Uuid,
) -> Result<Option<support_contract::Model>> {
    let sql = Sql::new("SELECT * FROM support_contract WHERE id = ").bind(id);
    Ok(first(rows_in(tx, sql.push(" AND source_id = ").bind(partner.0)).await?))
}

/// A partner's contracts that end after a time, the latest start first.
pub async fn contracts_ending_after(
    tx: &DatabaseTransaction,
    partner: PartnerId,
    after: Timestamp,
) -> Result<Vec<support_contract::Model>> {
    let sql = Sql::new("SELECT * FROM support_contract WHERE source_id = ").bind(partner.0);
    let sql = sql.push(" AND ends_at > ").bind(after.0).push(" ORDER BY starts_at DESC, id");
    rows_in(tx, sql.push(&format!(" LIMIT {MOST_CONTRACTS}"))).await
}

/// The same of the partner that the rows of `reach` name in a column, for somebody who reads these rows.
pub fn contracts_reached(reach: Select, partner: &str, after: Timestamp) -> Select {
    let mut select = reach;
    select.columns = Sql::new("k.*");
    select.from = select.from.push(&format!(" JOIN support_contract k ON k.source_id = {partner}"));
    select.filters.push(Sql::new("k.ends_at > ").bind(after.0));
    select.order = "k.starts_at DESC, k.id".into();
    select.limit = Some(MOST_CONTRACTS as u64);
    select
}

/// A new contract.
pub async fn insert_contract(tx: &DatabaseTransaction, row: support_contract::Model) -> Result<()> {
    support_contract::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes over the contract whose version this was; whether it still is.
pub async fn replace_contract(
    tx: &DatabaseTransaction,
    row: support_contract::Model,
    version: i64,
) -> Result<bool> {
    use support_contract::{Column, Entity};
    let id = row.id;
    let update = Entity::update_many().set(row.into_active_model().reset_all());
    let update = update.filter(Column::Id.eq(id)).filter(Column::Version.eq(version));
    Ok(update.exec(tx).await?.rows_affected == 1)
}

/// Counts an incident of a contract, if it has no limit or some are left; whether it did.
pub async fn use_incident(tx: &DatabaseTransaction, contract: Uuid) -> Result<bool> {
    let sql = Sql::new("UPDATE support_contract SET incidents_used = incidents_used + 1 WHERE id = ")
        .bind(contract)
        .push(" AND (incidents_included IS NULL OR incidents_used < incidents_included)");
    Ok(execute(tx, sql).await? == 1)
}
