//! The only SQL on customers. A row is driven from the reader's listing, shown once, and holds what is held on it.

use crate::access::action::Action;
use crate::access::scope::{Anchor, Scope, Scoped, Select};
use crate::db::Db;
use crate::db::cursor::Position;
use crate::db::page::{Page, Slice};
use crate::db::predicate::{Comparison, Operand, Predicate};
use crate::db::sql::Sql;
use crate::error::Result;
use crate::graphql::connection::Placed;
use crate::subscriptions;
use entity::{CustomerId, PartnerId, Timestamp, company_profile, customer_domain};
use sea_orm::FromQueryResult;
use std::collections::HashMap;
use uuid::Uuid;

/// A customer as one reader sees it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct CustomerRow {
    /// The shell.
    pub id: CustomerId,
    /// Its tenant.
    pub tenant_id: Uuid,
    /// Whose row carries the name.
    pub source_id: PartnerId,
    /// Folded name.
    pub sort_name: String,
    /// Name.
    pub name: String,
    /// Default domain.
    pub primary_domain: Option<String>,
    /// Upstream system.
    pub system: String,
    /// When upstream said so.
    pub as_of: Timestamp,
    /// What the reader holds on it.
    pub held: i64,
}

impl Placed for CustomerRow {
    fn position(&self) -> Position {
        Position::Text(self.sort_name.clone(), self.id.0)
    }
}

/// Fields that customers are filtered by.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// The tenant.
    TenantId,
    /// The folded name.
    Name,
    /// The default domain.
    PrimaryDomain,
    /// Some subscription that the reader sees matches.
    Subscription(Box<Predicate<subscriptions::store::Field>>),
}

/// What a list of customers is asked for.
#[derive(Clone, Debug)]
pub struct Query {
    /// Words, each of which must begin a word of the customer's name or domains.
    pub search: Vec<String>,
    /// The typed filter.
    pub filter: Predicate<Field>,
    /// Names first to last, or last to first.
    pub descending: bool,
}

const ANCHOR: Anchor = Anchor { customer: "l.customer_id", source: "l.source_id" };
const BETTER: Anchor = Anchor { customer: "b.customer_id", source: "b.source_id" };
const COLUMNS: &str = "l.customer_id AS id, c.tenant_id, l.source_id, l.sort_name, cp.name, cp.primary_domain, cp.system, cp.as_of";
const TABLES: &str = "customer_listing l JOIN customer c ON c.id = l.customer_id \
     JOIN customer_profile cp ON cp.source_id = l.source_id AND cp.customer_id = l.customer_id";

fn base(scope: &Scope, action: Action) -> Select {
    let reader = Sql::new("l.reader_tenant_id = ").bind(scope.tenant);
    Select {
        columns: Sql::new(COLUMNS),
        from: Sql::new(TABLES),
        filters: vec![reader, shown_once(scope, action)],
        order: "l.sort_name, l.customer_id".into(),
        limit: None,
        parents: None,
        sources: None,
    }
}

/// No better row of the same customer is visible: one's own source before a linked partner's. One's own needs no
/// look; `OFFSET 0` keeps PostgreSQL from joining all candidates before it compares them.
fn shown_once(scope: &Scope, action: Action) -> Sql {
    Sql::new("l.rank = 0 OR NOT EXISTS (SELECT 1 FROM customer_listing b WHERE b.reader_tenant_id = l.reader_tenant_id")
        .push(" AND b.customer_id = l.customer_id AND (b.rank, b.source_id) < (l.rank, l.source_id) AND ")
        .add(scope.sees(BETTER, scope.right(action)))
        .push(" LIMIT 1 OFFSET 0)")
}

fn list_select(scope: &Scope, query: &Query, few_grants: bool) -> Select {
    let mut select = base(scope, Action::CustomerList);
    if let (false, Some(word)) = (few_grants, query.search.iter().max_by_key(|word| word.len())) {
        select.from = from_search(scope, word);
    } else if few_grants {
        // From the smaller side: the account's own few grants instead of its tenant's whole list.
        select.from = from_grants(scope);
    }
    for (i, word) in query.search.iter().enumerate() {
        select.filters.push(found_by(scope, i, word));
    }
    select.filters.push(filter_sql(scope, &query.filter));
    select
}

/// Candidates first, then the listing by its key: SQLite never reorders across `CROSS JOIN`, and PostgreSQL need not.
fn driven_by(candidates: Sql, condition: &str) -> Sql {
    candidates
        .push(" CROSS JOIN customer_listing l JOIN customer c ON c.id = l.customer_id")
        .push(
            " JOIN customer_profile cp ON cp.source_id = l.source_id AND cp.customer_id = l.customer_id AND ",
        )
        .push(condition)
}

/// Candidates by the longest word; each word is tested again with the rights it needs.
fn from_search(scope: &Scope, word: &str) -> Sql {
    let found = Sql::new(
        "(SELECT DISTINCT w.customer_id, w.source_id FROM customer_search w WHERE w.reader_tenant_id = ",
    )
    .bind(scope.tenant)
    .push(" AND w.word >= ")
    .bind(word)
    .push(" AND w.word < ")
    .bind(format!("{word}\u{10FFFF}"))
    .push(") a");
    driven_by(found, "l.customer_id = a.customer_id AND l.source_id = a.source_id")
}

/// The account's few granted customers.
fn from_grants(scope: &Scope) -> Sql {
    driven_by(scope.granted_customers().push(" a"), "l.customer_id = a.customer_id")
}

/// A word of the reader's search begins with this one; a protected word finds only where the profile may be read.
fn found_by(scope: &Scope, index: usize, word: &str) -> Sql {
    let alias = format!("w{index}");
    let end = format!("{word}\u{10FFFF}");
    let search = format!(
        "EXISTS (SELECT 1 FROM customer_search {alias} WHERE {alias}.reader_tenant_id = l.reader_tenant_id \
         AND {alias}.customer_id = l.customer_id AND {alias}.source_id = l.source_id AND {alias}.word >= "
    );
    Sql::new(search)
        .bind(word)
        .push(&format!(" AND {alias}.word < "))
        .bind(end)
        .push(&format!(" AND (NOT {alias}.is_protected OR "))
        .add(scope.sees(ANCHOR, scope.right(Action::CustomerProfileRead)))
        .push("))")
}

/// A condition: the customer in `column`, as the reader lists it, matches.
pub fn exists_matching(scope: &Scope, column: &str, filter: &Predicate<Field>) -> Sql {
    Sql::new(format!(
        "EXISTS (SELECT 1 FROM {TABLES} WHERE l.customer_id = {column} AND l.reader_tenant_id = "
    ))
    .bind(scope.tenant)
    .push(" AND (")
    .add(shown_once(scope, Action::CustomerList))
    .push(") AND ")
    .add(scope.sees(ANCHOR, scope.right(Action::CustomerList)))
    .push(" AND ")
    .add(filter_sql(scope, filter))
    .push(")")
}

/// The typed filter as SQL over listing `l`, shell `c` and profile `cp`.
fn filter_sql(scope: &Scope, filter: &Predicate<Field>) -> Sql {
    filter.sql(&|field, comparison| match field {
        Field::TenantId => comparison.sql(scope.backend, "c.tenant_id"),
        Field::Name => comparison.sql(scope.backend, "l.sort_name"),
        Field::PrimaryDomain => comparison.sql(scope.backend, "cp.primary_domain"),
        Field::Subscription(some) => {
            let exists = subscriptions::store::exists_on_customer(scope, "l.customer_id", some);
            let negated = matches!(comparison, Comparison::Eq(Operand::Bool(false)));
            if negated { Sql::new("NOT ").add(exists) } else { exists }
        }
    })
}

/// A page of the reader's customers by name.
pub async fn list(
    db: &Db,
    scope: &Scope,
    query: &Query,
    few_grants: bool,
    page: &Page,
) -> Result<Slice<CustomerRow>> {
    let mut select = list_select(scope, query, few_grants);
    select.filters.extend(page.beyond("l.sort_name", "l.customer_id", query.descending));
    select.order = page.order("l.sort_name", "l.customer_id", query.descending);
    select.limit = Some(page.limit());
    let scoped = scope.select(select, ANCHOR, scope.right(Action::CustomerList));
    Ok(page.slice(scoped.rows(db).await?))
}

/// Counts the reader's customers, up to `cap` and one more.
pub async fn count(db: &Db, scope: &Scope, query: &Query, few_grants: bool, cap: u64) -> Result<usize> {
    let mut select = list_select(scope, query, few_grants);
    select.limit = Some(cap + 1);
    select.order = "l.customer_id".into();
    select.columns = Sql::new("l.customer_id AS id");
    let rows: Vec<Counted> = scope.select(select, ANCHOR, scope.right(Action::CustomerList)).rows(db).await?;
    Ok(rows.len())
}

#[derive(FromQueryResult)]
struct Counted {
    #[allow(dead_code)]
    id: Uuid,
}

/// By what a single customer is looked up.
pub enum Key {
    /// By its id.
    Id(CustomerId),
    /// By its tenant.
    Tenant(Uuid),
    /// By a verified domain, lower case.
    Domain(String),
}

/// A single customer.
pub async fn find(db: &Db, scope: &Scope, key: &Key) -> Result<Option<CustomerRow>> {
    // A look-up by another key than the id finds, so it needs the right to list.
    let (action, condition) = match key {
        Key::Id(id) => (Action::CustomerRead, Sql::new("l.customer_id = ").bind(id.0)),
        Key::Tenant(tenant) => (
            Action::CustomerList,
            Sql::new("l.customer_id = (SELECT s.id FROM customer s WHERE s.tenant_id = ")
                .bind(*tenant)
                .push(")"),
        ),
        Key::Domain(domain) => (Action::CustomerList, with_domain(scope, domain)),
    };
    let mut select = base(scope, action);
    if let Key::Domain(_) = key {
        select.from = driven_by(Sql::new("customer_domain d"), "d.customer_id = l.customer_id");
        select.filters.push(Sql::new("d.source_id = l.source_id OR ").add(is_own_staff(scope)));
    }
    select.filters.push(condition);
    select.limit = Some(1);
    Ok(crate::db::first(scope.select(select, ANCHOR, scope.right(action)).rows(db).await?))
}

/// The reader is the customer's own staff, who read every source.
fn is_own_staff(scope: &Scope) -> Sql {
    let own = Sql::new("(l.customer_id = ").bind(scope.customer.map_or(Uuid::nil(), |id| id.0)).push(" AND ");
    own.add(scope.sees_every_source("l.customer_id", scope.right(Action::CustomerRead))).push(")")
}

/// The default domain finds wherever the name may be found; a further one only where the profile may be read.
fn with_domain(scope: &Scope, domain: &str) -> Sql {
    Sql::new("d.domain = ")
        .bind(domain)
        .push(" AND (d.is_primary OR ")
        .add(scope.sees(
            Anchor { customer: "d.customer_id", source: "d.source_id" },
            scope.right(Action::CustomerProfileRead),
        ))
        .push(")")
}

/// Customers by id.
pub async fn by_ids(
    db: &Db,
    scope: &Scope,
    ids: Vec<CustomerId>,
) -> Result<HashMap<CustomerId, CustomerRow>> {
    let mut select = base(scope, Action::CustomerRead);
    select.filters.push(Sql::default().any_of(
        scope.backend,
        "l.customer_id",
        ids.into_iter().map(|id| id.0),
    ));
    let rows: Vec<CustomerRow> =
        scope.select(select, ANCHOR, scope.right(Action::CustomerRead)).rows(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// A page of the customers of each of several partners, by name. The relation is the reader's own word.
pub async fn of_partners(
    db: &Db,
    scope: &Scope,
    partners: Vec<PartnerId>,
    page: &Page,
) -> Result<HashMap<PartnerId, Slice<CustomerRow>>> {
    let mut all = HashMap::new();
    let (own, others): (Vec<_>, Vec<_>) = partners.into_iter().partition(|id| scope.partner == Some(*id));
    for partner in own {
        // One's own organisation is nearly the whole list: follow the list and test each row.
        let mut select = base(scope, Action::CustomerList);
        let related = Sql::new(
            "EXISTS (SELECT 1 FROM customer_party x WHERE x.customer_id = l.customer_id AND x.source_id = ",
        );
        let related = related.bind(partner.0).push(" AND x.partner_id = ").bind(partner.0).push(" AND ");
        select.filters.push(related.live(scope.backend, &scope.clock, "x").push(")"));
        paged(&mut select, page);
        let rows = scope.select(select, ANCHOR, scope.right(Action::CustomerList)).rows(db).await?;
        all.insert(partner, page.slice(rows));
    }
    if !others.is_empty() {
        let rows = paged_of(db, scope, page, &others).await?;
        let mut grouped: HashMap<PartnerId, Vec<CustomerRow>> = HashMap::new();
        for row in rows {
            grouped.entry(row.parent).or_default().push(row.customer);
        }
        all.extend(grouped.into_iter().map(|(partner, rows)| (partner, page.slice(rows))));
    }
    Ok(all)
}

#[derive(FromQueryResult)]
struct OfPartner {
    #[sea_orm(nested)]
    customer: CustomerRow,
    parent: PartnerId,
}

fn paged(select: &mut Select, page: &Page) {
    select.filters.extend(page.beyond("l.sort_name", "l.customer_id", false));
    select.order = page.order("l.sort_name", "l.customer_id", false);
    select.limit = Some(page.limit());
}

async fn paged_of(db: &Db, scope: &Scope, page: &Page, partners: &[PartnerId]) -> Result<Vec<OfPartner>> {
    let mut select = base(scope, Action::CustomerList);
    select.from = Sql::new("(SELECT DISTINCT y.customer_id, y.partner_id FROM customer_party y WHERE ")
        .add(crate::partners::store::spoken_for(scope, "y", "y.customer_id"))
        .push(" AND ")
        .live(scope.backend, &scope.clock, "y")
        .push(") x JOIN customer_listing l ON l.customer_id = x.customer_id JOIN customer c ON c.id = l.customer_id ")
        .push("JOIN customer_profile cp ON cp.source_id = l.source_id AND cp.customer_id = l.customer_id");
    paged(&mut select, page);
    select.parents = Some(("x.partner_id", partners.iter().map(|id| id.0).collect()));
    scope.select(select, ANCHOR, scope.right(Action::CustomerList)).rows(db).await
}

fn details<'a>(
    scope: &Scope,
    table: &str,
    alias: &str,
    keys: impl Iterator<Item = &'a (CustomerId, PartnerId)>,
    anchor: Anchor,
) -> Scoped {
    let select = Select {
        columns: Sql::new(format!("{alias}.*")),
        from: Sql::new(format!("{table} {alias}")),
        filters: vec![Sql::default().any_of(scope.backend, anchor.customer, keys.map(|key| key.0.0))],
        order: anchor.customer.into(),
        limit: None,
        parents: None,
        sources: None,
    };
    scope.select(select, anchor, scope.right(Action::CustomerProfileRead))
}

/// Company details by customer and source. A customer's own staff, who read every source, get the newest where the
/// source that carries the name has none.
pub async fn companies(
    db: &Db,
    scope: &Scope,
    keys: Vec<(CustomerId, PartnerId)>,
) -> Result<HashMap<(CustomerId, PartnerId), company_profile::Model>> {
    let anchor = Anchor { customer: "v.customer_id", source: "v.source_id" };
    let rows: Vec<company_profile::Model> =
        details(scope, "company_profile", "v", keys.iter(), anchor).rows(db).await?;
    let best = |(customer, source): &(CustomerId, PartnerId)| {
        let is_own = scope.customer == Some(*customer);
        let readable =
            rows.iter().filter(|row| row.customer_id == *customer && (is_own || row.source_id == *source));
        readable.max_by_key(|row| (row.source_id == *source, row.as_of)).cloned()
    };
    Ok(keys.iter().filter_map(|key| Some((*key, best(key)?))).collect())
}

/// Verified domains by customer and source; for a customer's own staff, of every source.
pub async fn domains(
    db: &Db,
    scope: &Scope,
    keys: Vec<(CustomerId, PartnerId)>,
) -> Result<HashMap<(CustomerId, PartnerId), Vec<customer_domain::Model>>> {
    let anchor = Anchor { customer: "v.customer_id", source: "v.source_id" };
    let rows: Vec<customer_domain::Model> =
        details(scope, "customer_domain", "v", keys.iter(), anchor).rows(db).await?;
    let all = |(customer, source): &(CustomerId, PartnerId)| {
        let is_own = scope.customer == Some(*customer);
        let readable =
            rows.iter().filter(|row| row.customer_id == *customer && (is_own || row.source_id == *source));
        let mut domains: Vec<customer_domain::Model> = readable.cloned().collect();
        domains.sort_by(|a, b| (b.is_primary, &a.domain).cmp(&(a.is_primary, &b.domain)));
        domains.dedup_by(|a, b| a.domain == b.domain);
        domains
    };
    Ok(keys.iter().map(|key| (*key, all(key))).collect())
}
