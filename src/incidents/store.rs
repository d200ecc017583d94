//! The only SQL on incidents. An incident is read through a customer that it affects and on which the reader may read
//! service health; of several sources' copies the newest that it may read.
//!
//! An account with few rights is driven from the customers on which it holds them, any other from the copies that its
//! tenant may come to read: there the first customer looked at mostly opens the copy.

use crate::access::action::Action;
use crate::access::scope::{Anchor, Links, Opening, Scope};
use crate::db::Db;
use crate::db::cursor::Position;
use crate::db::page::{Page, Slice};
use crate::db::predicate::Predicate;
use crate::db::sql::Sql;
use crate::error::Result;
use crate::graphql::connection::Placed;
use crate::op::Op;
use entity::{CustomerId, IncidentId, PartnerId, Timestamp, incident_copy, incident_post};
use sea_orm::{DatabaseTransaction, DbBackend, FromQueryResult};
use std::collections::HashMap;
use uuid::Uuid;

/// An incident as one reader sees it: the newest copy that it may read.
#[derive(Clone, Debug, FromQueryResult)]
pub struct IncidentRow {
    /// The copy.
    #[sea_orm(nested)]
    pub copy: incident_copy::Model,
    /// Upstream id.
    pub external_id: String,
}

impl Placed for IncidentRow {
    fn position(&self) -> Position {
        Position::Time(self.copy.starts_at.0, self.copy.incident_id.0)
    }
}

/// Fields that incidents are filtered by.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // each is the column of its name
pub enum Field {
    ServiceId,
    Classification,
    Status,
    Title,
    IsResolved,
    StartsAt,
    ModifiedAt,
}

impl Field {
    fn column(&self) -> &'static str {
        match self {
            Field::ServiceId => "c.service_id",
            Field::Classification => "c.classification",
            Field::Status => "c.status",
            Field::Title => "lower(c.title)",
            Field::IsResolved => "c.is_resolved",
            Field::StartsAt => "c.starts_at",
            Field::ModifiedAt => "c.modified_at",
        }
    }
}

/// What a list of incidents is asked for.
#[derive(Clone, Debug)]
pub struct Query {
    /// The typed filter.
    pub filter: Predicate<Field>,
    /// Oldest first, instead of newest first.
    pub ascending: bool,
}

/// More incidents than any reader has.
const MOST: u32 = 1_000_000;

/// How an account's lists are driven.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// Whether few of its grants bear the right.
    pub is_few: bool,
}

const LINK: Anchor = Anchor { customer: "t.customer_id", source: "t.source_id" };
const COLUMNS: &str = "c.source_id, c.incident_id, c.service_id, c.service_name, c.title, c.feature, c.feature_group, \
     c.impact_description, c.classification, c.classification_raw, c.origin, c.origin_raw, c.status, c.status_raw, \
     c.is_resolved, c.starts_at, c.ends_at, c.modified_at, c.version_at, c.seen_at, c.details, c.system, c.as_of, \
     i.external_id";

/// How the viewer's lists of incidents are driven.
pub async fn reach(op: &Op) -> Result<Reach> {
    Ok(Reach { is_few: op.viewer.driving.has_few_of_health(&op.db, &op.scope).await? })
}

/// Some tenant that the copy of these columns affects opens it.
fn opens_copy(scope: &Scope, source: &str, incident: &str) -> Opening {
    let links = format!("incident_tenant t WHERE t.source_id = {source} AND t.incident_id = {incident}");
    scope.opened_by(Sql::new(links), LINK, scope.right(Action::HealthRead))
}

/// The shown copy of each of some incidents: a table `v(incident_id, source_id)`, and what opened it. `incidents` is a
/// table with one column `incident_id`, or none for all that the reader may read.
fn shown(scope: &Scope, reach: Reach, incidents: Option<Sql>) -> (Sql, Opening) {
    if reach.is_few {
        return shown_by_customers(scope, incidents);
    }
    let opening = opens_copy(scope, "r.source_id", "r.incident_id");
    let newest = Sql::new("(SELECT r.source_id FROM incident_listing r WHERE r.reader_tenant_id = ")
        .bind(scope.tenant)
        .push(" AND r.incident_id = k.incident_id AND ")
        .add(opening.sql())
        .push(" ORDER BY r.version_rank, r.seen_at, r.source_id LIMIT 1)");
    let incidents = incidents.unwrap_or_else(|| listed(scope));
    let table = Sql::new("(SELECT k.incident_id, ").add(newest).push(" AS source_id FROM ").add(incidents);
    // The limit keeps PostgreSQL from choosing anew for every copy that it could join.
    (table.push(&format!(" k LIMIT {MOST}) v")), opening)
}

/// From the customers on which an account with few rights holds them.
fn shown_by_customers(scope: &Scope, incidents: Option<Sql>) -> (Sql, Opening) {
    let mut here = Sql::new("t.customer_id = a.customer_id");
    if let Some(incidents) = incidents {
        let wanted = Sql::new("SELECT k.incident_id FROM ").add(incidents).push(" k");
        here = match scope.backend {
            DbBackend::Postgres => here.push(" AND t.incident_id = ANY(ARRAY(").add(wanted).push("))"),
            _ => here.push(" AND t.incident_id IN (").add(wanted).push(")"),
        };
    }
    let from = scope.bearing_customers(Action::HealthRead).push(" a");
    let from = from.look_up(scope.backend, "incident_tenant", "t", here);
    let links = Links { columns: "t.incident_id, t.source_id", from, conditions: Sql::new("1 = 1") };
    let opening = scope.reached(links, LINK, vec![scope.right(Action::HealthRead)]);
    let copy = Sql::new("d.incident_id = l.incident_id AND d.source_id = l.source_id");
    let table = Sql::new(
        "(SELECT y.incident_id, y.source_id FROM (SELECT l.incident_id, l.source_id, row_number() OVER",
    )
    .push(" (PARTITION BY l.incident_id ORDER BY d.version_at DESC, d.seen_at, l.source_id) AS place")
    .push(" FROM (SELECT DISTINCT z.incident_id, z.source_id FROM ")
    .add(opening.sql())
    .push(" z) l")
    .look_up(scope.backend, "incident_copy", "d", copy);
    (table.push(") y WHERE y.place = 1) v"), opening)
}

/// The incidents of the reader's list, each once: from one key of the index to the next.
fn listed(scope: &Scope) -> Sql {
    let next = |after: &str| {
        Sql::new("SELECT l.incident_id FROM incident_listing l WHERE l.reader_tenant_id = ")
            .bind(scope.tenant)
            .push(after)
            .push(" ORDER BY l.incident_id LIMIT 1")
    };
    Sql::new("(WITH RECURSIVE n(incident_id) AS (SELECT * FROM (")
        .add(next(""))
        .push(") f UNION ALL SELECT (")
        .add(next(" AND l.incident_id > n.incident_id"))
        .push(") FROM n WHERE n.incident_id IS NOT NULL) SELECT n.incident_id FROM n WHERE n.incident_id IS NOT NULL)")
}

/// The copies of a table `v`, with their incidents.
fn joined(scope: &Scope) -> Sql {
    let copy = Sql::new("c.incident_id = v.incident_id AND c.source_id = v.source_id");
    let copies = Sql::default().look_up(scope.backend, "incident_copy", "c", copy);
    copies.push(" JOIN incident i ON i.id = c.incident_id")
}

fn filter_sql(scope: &Scope, filter: &Predicate<Field>) -> Sql {
    filter.sql(&|field, comparison| comparison.sql(scope.backend, field.column()))
}

/// A page of the reader's incidents by start.
pub async fn list(
    db: &Db,
    scope: &Scope,
    reach: Reach,
    query: &Query,
    page: &Page,
) -> Result<Slice<IncidentRow>> {
    let (table, opening) = shown(scope, reach, None);
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM ")).add(table).add(joined(scope)).push(" WHERE ");
    sql = sql.add(filter_sql(scope, &query.filter));
    if let Some(beyond) = page.beyond("c.starts_at", "c.incident_id", !query.ascending) {
        sql = sql.push(" AND ").add(beyond);
    }
    let order = page.order("c.starts_at", "c.incident_id", !query.ascending);
    let sql = sql.push(&format!(" ORDER BY {order} LIMIT {}", page.limit()));
    Ok(page.slice(scope.opened(sql, &opening).rows(db).await?))
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// Counts the reader's incidents.
pub async fn count(db: &Db, scope: &Scope, reach: Reach, query: &Query) -> Result<i64> {
    let (table, opening) = shown(scope, reach, None);
    let sql = Sql::new("SELECT count(*) AS n FROM ").add(table).add(joined(scope)).push(" WHERE ");
    let sql = sql.add(filter_sql(scope, &query.filter));
    let rows: Vec<Count> = scope.opened(sql, &opening).rows(db).await?;
    Ok(rows.first().map_or(0, |row| row.n))
}

/// Incidents by id.
pub async fn by_ids(
    db: &Db,
    scope: &Scope,
    reach: Reach,
    ids: Vec<IncidentId>,
) -> Result<HashMap<IncidentId, IncidentRow>> {
    let ids =
        Sql::new("(SELECT q.id AS incident_id FROM ").table_of(scope.backend, "q", ids.iter().map(|id| id.0));
    let (table, opening) = shown(scope, reach, Some(ids.push(")")));
    let sql = Sql::new(format!("SELECT {COLUMNS} FROM ")).add(table).add(joined(scope));
    let rows: Vec<IncidentRow> = scope.opened(sql, &opening).rows(db).await?;
    Ok(rows.into_iter().map(|row| (row.copy.incident_id, row)).collect())
}

/// An incident by its upstream id.
pub async fn by_external_id(
    db: &Db,
    scope: &Scope,
    reach: Reach,
    external_id: &str,
) -> Result<Option<IncidentRow>> {
    let one =
        Sql::new("(SELECT q.id AS incident_id FROM incident q WHERE q.external_id = ").bind(external_id);
    let (table, opening) = shown(scope, reach, Some(one.push(")")));
    let sql = Sql::new(format!("SELECT {COLUMNS} FROM ")).add(table).add(joined(scope));
    Ok(crate::db::first(scope.opened(sql, &opening).rows(db).await?))
}

#[derive(FromQueryResult)]
struct OfCustomer {
    #[sea_orm(nested)]
    row: IncidentRow,
    customer_id: CustomerId,
}

/// A page of the incidents of each of several customers, by start.
pub async fn of_customers(
    db: &Db,
    scope: &Scope,
    reach: Reach,
    customers: Vec<CustomerId>,
    query: &Query,
    page: &Page,
) -> Result<HashMap<CustomerId, Slice<IncidentRow>>> {
    let ids = || customers.iter().map(|id| id.0);
    let affecting = Sql::new("(SELECT DISTINCT p.customer_id, p.incident_id FROM incident_tenant p WHERE ")
        .any_of(scope.backend, "p.customer_id", ids())
        .push(")");
    let here = "incident_tenant t WHERE t.customer_id = p.customer_id AND t.incident_id = p.incident_id";
    let opening = scope.opened_by(Sql::new(here), LINK, scope.right(Action::HealthRead));
    let some = Sql::new("(SELECT DISTINCT o.incident_id FROM incident_tenant o WHERE ")
        .any_of(scope.backend, "o.customer_id", ids())
        .push(")");
    let (table, _) = shown(scope, reach, Some(some));
    let order = page.order("c.starts_at", "c.incident_id", !query.ascending);
    let mut sql = Sql::new(format!(
        "SELECT * FROM (SELECT {COLUMNS}, p.customer_id, row_number() OVER (PARTITION BY p.customer_id ORDER BY {order}) AS place FROM "
    ))
    .add(affecting)
    .push(" p JOIN ")
    .add(table)
    .push(" ON v.incident_id = p.incident_id")
    .add(joined(scope))
    .push(" WHERE ")
    .add(opening.sql())
    .push(" AND ")
    .add(filter_sql(scope, &query.filter));
    if let Some(beyond) = page.beyond("c.starts_at", "c.incident_id", !query.ascending) {
        sql = sql.push(" AND ").add(beyond);
    }
    let sql = sql.push(&format!(") w WHERE place <= {} ORDER BY customer_id, place", page.limit()));
    let mut grouped: HashMap<CustomerId, Vec<IncidentRow>> = HashMap::new();
    for row in scope.opened(sql, &opening).rows::<OfCustomer>(db).await? {
        grouped.entry(row.customer_id).or_default().push(row.row);
    }
    Ok(grouped.into_iter().map(|(customer, rows)| (customer, page.slice(rows))).collect())
}

/// A publication of a copy.
#[derive(Clone, Debug, FromQueryResult)]
pub struct PostRow {
    /// The publication.
    #[sea_orm(nested)]
    pub post: incident_post::Model,
}

impl Placed for PostRow {
    fn position(&self) -> Position {
        // The place among publications of one instant, as an id that sorts like it.
        Position::Time(self.post.created_at.0, Uuid::from_u128(self.post.number as u128))
    }
}

/// A source's copy of an incident.
pub type Copy = (IncidentId, PartnerId);

/// A page of the publications of each of several copies, newest first.
pub async fn posts(
    db: &Db,
    scope: &Scope,
    copies: Vec<Copy>,
    page: &Page,
) -> Result<HashMap<Copy, Slice<PostRow>>> {
    let opening = opens_copy(scope, "k.source_id", "k.incident_id");
    let order = page.order("p.created_at", "p.number", true);
    let keys = Sql::new("(SELECT c.incident_id, c.source_id FROM incident_copy c WHERE ")
        .any_of(scope.backend, "c.incident_id", copies.iter().map(|copy| copy.0.0))
        .push(" AND ")
        .any_of(scope.backend, "c.source_id", copies.iter().map(|copy| copy.1.0))
        .push(")");
    let mut sql = Sql::new(format!(
        "SELECT * FROM (SELECT p.*, row_number() OVER (PARTITION BY p.incident_id, p.source_id ORDER BY {order}) AS place FROM "
    ))
    .add(keys)
    .push(" k JOIN incident_post p ON p.source_id = k.source_id AND p.incident_id = k.incident_id WHERE ")
    .add(opening.sql());
    if let Some(Position::Time(at, number)) = page.position.clone() {
        let compare = if page.backward { ">" } else { "<" };
        let beyond = Sql::new(format!(" AND (p.created_at, p.number) {compare} (")).bind(at).push(", ");
        sql = sql.add(beyond.bind(number.as_u128() as i32).push(")"));
    }
    let sql =
        sql.push(&format!(") w WHERE place <= {} ORDER BY incident_id, source_id, place", page.limit()));
    let mut grouped: HashMap<Copy, Vec<PostRow>> = HashMap::new();
    for row in scope.opened(sql, &opening).rows::<PostRow>(db).await? {
        grouped.entry((row.post.incident_id, row.post.source_id)).or_default().push(row);
    }
    Ok(grouped.into_iter().map(|(copy, rows)| (copy, page.slice(rows))).collect())
}

/// Whether the reader may read an incident, inside a transaction.
pub async fn is_readable(tx: &DatabaseTransaction, scope: &Scope, id: IncidentId) -> Result<bool> {
    let here = Sql::new("incident_tenant t WHERE t.incident_id = k.id");
    let opening = scope.opened_by(here, LINK, scope.right(Action::HealthRead));
    let sql = Sql::new("SELECT k.id AS incident_id FROM incident k WHERE k.id = ").bind(id.0).push(" AND ");
    let rows: Vec<Linked> = scope.opened(sql.add(opening.sql()), &opening).rows_in(tx).await?;
    Ok(!rows.is_empty())
}

#[derive(FromQueryResult)]
struct Linked {
    incident_id: IncidentId,
}

/// Which of some incidents affect a customer, as far as the reader may know.
pub async fn affecting(
    db: &Db,
    scope: &Scope,
    customer: CustomerId,
    incidents: &[IncidentId],
) -> Result<Vec<IncidentId>> {
    let here = Sql::new("incident_tenant t WHERE t.incident_id = k.id AND t.customer_id = ").bind(customer.0);
    let opening = scope.opened_by(here, LINK, scope.right(Action::HealthRead));
    let sql = Sql::new("SELECT k.id AS incident_id FROM ")
        .table_of(scope.backend, "k", incidents.iter().map(|id| id.0))
        .push(" WHERE ")
        .add(opening.sql());
    let rows: Vec<Linked> = scope.opened(sql, &opening).rows(db).await?;
    Ok(rows.into_iter().map(|row| row.incident_id).collect())
}

/// Whether an incident, as the reader sees it, matches.
pub async fn matches(
    db: &Db,
    scope: &Scope,
    reach: Reach,
    incident: IncidentId,
    filter: &Predicate<Field>,
) -> Result<bool> {
    let one = Sql::new("(SELECT q.id AS incident_id FROM ").table_of(scope.backend, "q", [incident.0]);
    let (table, opening) = shown(scope, reach, Some(one.push(")")));
    let sql = Sql::new("SELECT c.incident_id FROM ").add(table).add(joined(scope)).push(" WHERE ");
    let sql = sql.add(filter_sql(scope, filter));
    Ok(!scope.opened(sql, &opening).rows::<Linked>(db).await?.is_empty())
}

#[derive(FromQueryResult)]
struct Link {
    source_id: PartnerId,
    customer_id: CustomerId,
}

/// Which of some words that an incident affects a customer the reader may know.
pub async fn links_seen(
    db: &Db,
    scope: &Scope,
    incident: IncidentId,
    links: &[(PartnerId, CustomerId)],
) -> Result<Vec<(PartnerId, CustomerId)>> {
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let opening = scope.opened_at(LINK, scope.right(Action::HealthRead));
    let sql = Sql::new("SELECT t.source_id, t.customer_id FROM incident_tenant t WHERE t.incident_id = ")
        .bind(incident.0)
        .push(" AND ")
        .any_of(scope.backend, "t.source_id", links.iter().map(|link| link.0.0))
        .push(" AND ")
        .any_of(scope.backend, "t.customer_id", links.iter().map(|link| link.1.0))
        .push(" AND ")
        .add(opening.sql());
    let rows: Vec<Link> = scope.opened(sql, &opening).rows(db).await?;
    Ok(rows.into_iter().map(|row| (row.source_id, row.customer_id)).collect())
}

/// Whether an incident affects customers by other words than these, as far as the reader may know.
pub async fn affects_others(
    db: &Db,
    scope: &Scope,
    incident: IncidentId,
    words: &[(PartnerId, CustomerId)],
) -> Result<bool> {
    // From the reader's own list of copies: most often the first customer looked at tells.
    let opening = scope.opened_at(LINK, scope.right(Action::HealthRead));
    let sql = Sql::new("SELECT t.incident_id FROM incident_listing r JOIN incident_tenant t")
        .push(" ON t.source_id = r.source_id AND t.incident_id = r.incident_id WHERE r.reader_tenant_id = ")
        .bind(scope.tenant)
        .push(" AND r.incident_id = ")
        .bind(incident.0)
        .push(" AND (")
        .any_of(scope.backend, "t.customer_id", words.iter().map(|word| word.1.0))
        .push(" AND ")
        .any_of(scope.backend, "t.source_id", words.iter().map(|word| word.0.0))
        .push(") IS NOT TRUE AND ")
        .add(opening.sql())
        .push(" LIMIT 1");
    Ok(!scope.opened(sql, &opening).rows::<Linked>(db).await?.is_empty())
}

/// Until when an incident counts as recent, for candidates: still open, or over only since then.
pub async fn recent(
    db: &Db,
    scope: &Scope,
    reach: Reach,
    since: Timestamp,
    most: u64,
) -> Result<Vec<IncidentRow>> {
    let (table, opening) = shown(scope, reach, None);
    let sql = Sql::new(format!("SELECT {COLUMNS} FROM ")).add(table).add(joined(scope));
    let sql = sql.push(" WHERE (NOT c.is_resolved OR coalesce(c.ends_at, c.modified_at, c.starts_at) >= ");
    let sql = sql.bind(since.0).push(")");
    let sql = sql.push(&format!(" ORDER BY c.is_resolved, c.starts_at DESC, c.incident_id LIMIT {most}"));
    scope.opened(sql, &opening).rows(db).await
}
