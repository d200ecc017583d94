//! The only SQL with which the graph reads support requests: the reader's own copy of a request, and through it the hops
//! and the entries of its timeline that are the reader's.
//!
//! - `support_request` is never read here: what a party may know stands in its own `support_view`, settled when it was
//!   written. A party that no longer takes part finds what its copy said last.
//! - A copy opens by the right to the request on (customer, named partner), the record of a hop that ended also by its
//!   own organisation's line. Hops and entries open by the same two, in the same statement.
//! - Of a hop between others, which the named partner may know of, reasons, people, vehicle and the vendor's number never
//!   leave the database; nor does the name of anybody outside the reader's own tenant.

use super::case_store::{own_records, own_views};
use crate::access::action::Action;
use crate::access::scope::{Anchor, Links, Right, Scope, Scoped, Select};
use crate::db::Db;
use crate::db::cursor::Position;
use crate::db::page::{Page, Slice};
use crate::db::predicate::{Comparison, Operand, Predicate};
use crate::db::sql::Sql;
use crate::error::Result;
use crate::graphql::connection::Placed;
use entity::{AccountId, CustomerId, ServiceId, Timestamp, support_escalation, support_view};
use sea_orm::{DbErr, FromQueryResult, QueryResult};
use std::collections::HashMap;
use uuid::Uuid;

/// Most hops of a request that are shown.
pub const MOST_HOPS: usize = 100;

/// A support request as one party sees it.
#[derive(Clone, Debug)]
pub struct RequestRow {
    /// The party's copy.
    pub view: support_view::Model,
    /// The named partner, by its own word.
    pub partner_name: Option<String>,
    /// Who works on it, if that is somebody of the reader's tenant.
    pub owner_name: Option<String>,
    /// Its place in the order that was asked for.
    pub placed_at: Timestamp,
    /// What the reader holds on it.
    pub held: i64,
}

/// The copy's columns in a fixed order, and their decoding by place: looked up by name, they are most of what a page of
/// wide rows costs.
macro_rules! by_place {
    ($($column:ident),* $(,)?) => {
        const COLUMNS: &str = concat!("v.request_id" $(, ", v.", stringify!($column))*);

        impl FromQueryResult for RequestRow {
            fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
                let mut place = 0;
                let request_id = row.try_get_by_index(0)?;
                $(
                    place += 1;
                    let $column = row.try_get_by_index(place)?;
                )*
                Ok(RequestRow {
                    view: support_view::Model { request_id, $($column),* },
                    partner_name: row.try_get_by_index(place + 1)?,
                    owner_name: row.try_get_by_index(place + 2)?,
                    placed_at: row.try_get_by_index(place + 3)?,
                    held: row.try_get_by_index(place + 4)?,
                })
            }
        }
    };
}

by_place! {
    party_id, party, reader_tenant_id, customer_id, source_id, is_current, is_open, number, partner_id, raised_by,
    created_at, kind, severity, title, description, service_id, service_name, subscription_id, contact_name,
    contact_email, contact_phone, attachments, diagnosis, diagnosed_at, incident_id, status, tier, owner_account_id,
    due_at, breached_at, resolution_kind, resolution_text, resolved_at, closed_at, merged_into_id, version, modified_at,
}

impl Placed for RequestRow {
    fn position(&self) -> Position {
        Position::Time(self.placed_at.0, self.view.request_id)
    }
}

impl RequestRow {
    /// Whether a due time passed unanswered: the twin of the condition of that name.
    pub fn is_breached(&self, now: Timestamp) -> bool {
        let is_running = self.view.is_open && self.view.is_current;
        self.view.breached_at.is_some() || is_running && self.view.due_at <= now
    }
}

/// Fields that support requests are filtered by.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // each is the column of its name
pub enum Field {
    Status,
    Severity,
    Kind,
    Tier,
    ServiceId,
    CustomerId,
    Title,
    CreatedAt,
    DueAt,
    IsOpen,
    IsBreached,
    /// Due at most so many microseconds from now.
    DueWithin,
}

impl Field {
    fn column(&self) -> &'static str {
        match self {
            Field::Status => "v.status",
            Field::Severity => "v.severity",
            Field::Kind => "v.kind",
            Field::Tier => "v.tier",
            Field::ServiceId => "v.service_id",
            Field::CustomerId => "v.customer_id",
            Field::Title => "lower(v.title)",
            Field::CreatedAt => "v.created_at",
            Field::DueAt | Field::DueWithin => "v.due_at",
            Field::IsOpen => "v.is_open",
            Field::IsBreached => "v.breached_at",
        }
    }
}

/// By what support requests are ordered: each has an index to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// When they were raised, or handed over.
    Created,
    /// When they are due. Its index begins with whether they are open, which the filter has to say.
    Due,
}

impl Order {
    fn column(self) -> &'static str {
        match self {
            Order::Created => "v.created_at",
            Order::Due => "v.due_at",
        }
    }
}

/// What a list of support requests is asked for.
#[derive(Clone, Debug)]
pub struct Query {
    /// The typed filter.
    pub filter: Predicate<Field>,
    /// By what.
    pub order: Order,
    /// Last to first.
    pub descending: bool,
}

impl Query {
    /// All of them, the newest first.
    pub fn newest() -> Self {
        Query { filter: Predicate::All(Vec::new()), order: Order::Created, descending: true }
    }
}

const ANCHOR: Anchor = Anchor { customer: "v.customer_id", source: "v.source_id" };

/// Names in the `SELECT` itself: a look-up for each row shown, and no join that a planner could begin with.
const NAMES: &str = "(SELECT pn.name FROM partner_profile pn WHERE pn.source_id = v.partner_id \
     AND pn.partner_id = v.partner_id) AS partner_name, \
     (SELECT oa.display_name FROM account oa WHERE oa.id = v.owner_account_id \
     AND oa.tenant_id = v.reader_tenant_id) AS owner_name";

/// The statement: only rows of copies that the reader may read.
fn opened(scope: &Scope, select: Select) -> Scoped {
    let right = scope.right(Action::RequestRead);
    let records = own_records(scope);
    scope.select_with_own_organization(select, ANCHOR, right, records, Action::RequestRecordRead)
}

fn of_views(scope: &Scope, columns: Sql, from: Sql, order: String) -> Select {
    let filters = vec![own_views(scope)];
    Select { columns, from, filters, order, limit: None, parents: None, sources: None }
}

fn base(scope: &Scope, order: Order) -> Select {
    let columns = Sql::new(format!("{COLUMNS}, {NAMES}, {} AS placed_at", order.column()));
    // Where one tenant is partner and customer of a request, the last one is the partner's copy.
    of_views(scope, columns, Sql::new("support_view v"), "v.request_id, v.is_current, v.party".into())
}

/// A due time passed unanswered. A copy that is no longer written tells what it told.
fn is_breached(scope: &Scope) -> Sql {
    Sql::new("(v.breached_at IS NOT NULL OR (v.is_open AND v.is_current AND v.due_at <= ")
        .now(scope.backend, &scope.clock)
        .push("))")
}

fn filter_sql(scope: &Scope, filter: &Predicate<Field>) -> Sql {
    filter.sql(&|field, comparison| match (field, comparison) {
        // In the text, so that the index by due time is a range.
        (Field::IsOpen, Comparison::Eq(Operand::Bool(is_open))) => Sql::new(format!("v.is_open = {is_open}")),
        (Field::IsBreached, Comparison::Eq(Operand::Bool(true))) => is_breached(scope),
        (Field::IsBreached, Comparison::Eq(Operand::Bool(false))) => Sql::new("NOT ").add(is_breached(scope)),
        (Field::DueWithin, Comparison::Lte(Operand::Int(micros))) => {
            Sql::new("v.due_at <= ").now(scope.backend, &scope.clock).push(" + ").bind(*micros)
        }
        (Field::DueAt, Comparison::Gt(_) | Comparison::Gte(_)) => {
            // What has no clock is due at no time.
            let after = comparison.sql(scope.backend, field.column());
            Sql::new("(").add(after).push(&format!(" AND v.due_at < {})", Timestamp::FAR_FUTURE.0))
        }
        _ => comparison.sql(scope.backend, field.column()),
    })
}

/// `is_few` drives the list from the customers on which the account holds anything.
fn list_select(scope: &Scope, query: &Query, is_few: bool) -> Select {
    let mut select = base(scope, query.order);
    if is_few {
        select.from = scope.granted_customers().push(" a CROSS JOIN support_view v");
        select.filters.push(Sql::new("v.customer_id = a.customer_id"));
    }
    select.filters.push(filter_sql(scope, &query.filter));
    select
}

fn paged(select: &mut Select, query: &Query, page: &Page) {
    let key = query.order.column();
    select.filters.extend(page.beyond(key, "v.request_id", query.descending));
    select.order = page.order(key, "v.request_id", query.descending);
    select.limit = Some(page.limit());
}

/// A page of the reader's support requests. An account with few grants, and without its organisation's records, is driven
/// from its customers.
pub async fn list(
    db: &Db,
    scope: &Scope,
    query: &Query,
    is_few: bool,
    page: &Page,
) -> Result<Slice<RequestRow>> {
    let mut select = list_select(scope, query, is_few);
    paged(&mut select, query, page);
    Ok(page.slice(opened(scope, select).rows(db).await?))
}

#[derive(FromQueryResult)]
struct Counted {
    #[allow(dead_code)]
    id: Uuid,
}

/// Counts the reader's support requests, up to `cap` and one more.
pub async fn count(db: &Db, scope: &Scope, query: &Query, is_few: bool, cap: u64) -> Result<usize> {
    let mut select = list_select(scope, query, is_few);
    select.columns = Sql::new("v.request_id AS id");
    select.order = format!("{}, v.request_id", query.order.column());
    select.limit = Some(cap + 1);
    let rows: Vec<Counted> = opened(scope, select).rows(db).await?;
    Ok(rows.len())
}

/// Support requests by id.
pub async fn by_ids(db: &Db, scope: &Scope, ids: Vec<Uuid>) -> Result<HashMap<Uuid, RequestRow>> {
    let mut select = base(scope, Order::Created);
    select.filters.push(Sql::default().any_of(scope.backend, "v.request_id", ids));
    let rows: Vec<RequestRow> = opened(scope, select).rows(db).await?;
    Ok(rows.into_iter().map(|row| (row.view.request_id, row)).collect())
}

/// A support request by its number.
pub async fn by_number(db: &Db, scope: &Scope, number: &str) -> Result<Option<RequestRow>> {
    let mut select = base(scope, Order::Created);
    select.filters.push(Sql::new("v.number = ").bind(number));
    let mut rows: Vec<RequestRow> = opened(scope, select).rows(db).await?;
    Ok(rows.pop())
}

/// A page of the support requests of each of several customers.
pub async fn of_customers(
    db: &Db,
    scope: &Scope,
    customers: Vec<CustomerId>,
    query: &Query,
    page: &Page,
) -> Result<HashMap<CustomerId, Slice<RequestRow>>> {
    let mut select = list_select(scope, query, false);
    paged(&mut select, query, page);
    select.parents = Some(("v.customer_id", customers.into_iter().map(|id| id.0).collect()));
    let mut grouped: HashMap<CustomerId, Vec<RequestRow>> = HashMap::new();
    for row in opened(scope, select).rows::<RequestRow>(db).await? {
        grouped.entry(row.view.customer_id).or_default().push(row);
    }
    Ok(grouped.into_iter().map(|(customer, rows)| (customer, page.slice(rows))).collect())
}

/// The reader's copies of open requests on a service, of the customers in a table whose column is named, where they stand
/// and the right that opens them: `customer_id, number, request_id`. The number is the vendor's, with a row for each under
/// which the reader's own party filed it; it alone knows that. A record is never open, so no line of the organisation opens
/// any of these.
pub fn open_on(scope: &Scope, customers: &Sql, id: &str, service: ServiceId) -> (Links, Anchor, Right) {
    let open = Sql::new(format!("v.customer_id = {id} AND v.is_open = true AND v.service_id = "));
    let open = open.bind(service.0).push(" AND ").add(own_views(scope));
    let filed =
        "e.request_id = v.request_id AND e.from_partner_id = v.party_id AND e.vendor_number IS NOT NULL";
    let from = customers.clone().look_up(scope.backend, "support_view", "v", open).look_up_or_null(
        scope.backend,
        "support_escalation",
        "e",
        Sql::new(filed),
    );
    let columns = "v.customer_id, e.vendor_number AS number, v.request_id";
    let links = Links { columns, from, conditions: Sql::new("1 = 1") };
    (links, ANCHOR, scope.right(Action::RequestRead))
}

/// Whether a support request, as the reader sees it, matches.
pub async fn matches(db: &Db, scope: &Scope, request: Uuid, filter: &Predicate<Field>) -> Result<bool> {
    let mut select = base(scope, Order::Created);
    select.columns = Sql::new("v.request_id AS id");
    select.filters.push(Sql::new("v.request_id = ").bind(request));
    select.filters.push(filter_sql(scope, filter));
    select.limit = Some(1);
    let rows: Vec<Counted> = opened(scope, select).rows(db).await?;
    Ok(!rows.is_empty())
}

/// A hop as one party sees it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct HopRow {
    /// The hop. Unless it is whole, without reasons, people, vehicle and what the vendor says.
    #[sea_orm(nested)]
    pub hop: support_escalation::Model,
    /// Whether the reader's party is one of its ends.
    pub is_whole: bool,
    /// Who hands it over, by its own word.
    pub from_name: Option<String>,
    /// Who receives it, by its own word.
    pub to_name: Option<String>,
    /// Who works on it, if that is somebody of the reader's tenant.
    pub owner_name: Option<String>,
}

impl HopRow {
    /// Whether its due time passed unanswered.
    pub fn is_breached(&self, now: Timestamp) -> bool {
        let hop = &self.hop;
        let is_waiting = hop.answered_at.is_none() && hop.ends_at == Timestamp::FAR_FUTURE;
        hop.breached_at.is_some() || is_waiting && hop.due_at <= now
    }
}

/// The reader's party is one of the hop's ends.
const WHOLE: &str = "(hop.from_partner_id = v.party_id OR (hop.to_partner_id IS NOT NULL AND hop.to_partner_id = v.party_id))";

const HOP_COLUMNS: &str = "hop.id, hop.request_id, hop.customer_id, hop.source_id, hop.number, hop.parent_id, hop.from_partner_id, \
     hop.to_partner_id, hop.tier, hop.state, hop.requested_by, hop.starts_at, hop.due_at, hop.expires_at, hop.answered_at, hop.ends_at, \
     hop.breached_at, (SELECT fp.name FROM partner_profile fp WHERE fp.source_id = hop.from_partner_id \
     AND fp.partner_id = hop.from_partner_id) AS from_name, (SELECT tp.name FROM partner_profile tp \
     WHERE tp.source_id = hop.to_partner_id AND tp.partner_id = hop.to_partner_id) AS to_name, \
     (SELECT ho.display_name FROM account ho WHERE ho.id = hop.owner_account_id \
     AND ho.tenant_id = v.reader_tenant_id) AS owner_name";

/// Columns that belong to the two ends of a hop.
const OF_ENDS: [&str; 8] = [
    "vehicle",
    "reason",
    "evidence",
    "other_than_incident",
    "owner_account_id",
    "vendor_number",
    "vendor_status",
    "vendor_modified_at",
];

/// Hops `h` through the reader's copies `v`: its own; for the named partner all. A customer has none.
fn hops(scope: &Scope, from: &str, order: &str) -> Select {
    let mut columns = format!("{HOP_COLUMNS}, {WHOLE} AS is_whole");
    columns.push_str(&format!(", CASE WHEN {WHOLE} THEN hop.request_reason ELSE '' END AS request_reason"));
    for column in OF_ENDS {
        columns.push_str(&format!(", CASE WHEN {WHOLE} THEN hop.{column} END AS {column}"));
    }
    let mut select = of_views(scope, Sql::new(columns), Sql::new(from), order.to_owned());
    select.filters.push(Sql::new("v.request_id = hop.request_id"));
    select.filters.push(Sql::new(format!("v.party = 'partner' OR (v.party = 'tier' AND {WHOLE})")));
    select
}

/// The hops of each of several requests, in their order; at most [`MOST_HOPS`] of each.
pub async fn escalations(db: &Db, scope: &Scope, requests: Vec<Uuid>) -> Result<HashMap<Uuid, Vec<HopRow>>> {
    let mut select = hops(scope, "support_view v CROSS JOIN support_escalation hop", "hop.number, hop.id");
    select.limit = Some(MOST_HOPS as u64);
    select.parents = Some(("v.request_id", requests));
    let mut grouped: HashMap<Uuid, Vec<HopRow>> = HashMap::new();
    for row in opened(scope, select).rows::<HopRow>(db).await? {
        grouped.entry(row.hop.request_id).or_default().push(row);
    }
    grouped.values_mut().for_each(|rows| rows.truncate(MOST_HOPS));
    Ok(grouped)
}

/// Hops by id.
pub async fn escalations_by_ids(db: &Db, scope: &Scope, ids: Vec<Uuid>) -> Result<HashMap<Uuid, HopRow>> {
    let mut select = hops(scope, "support_escalation hop CROSS JOIN support_view v", "hop.id");
    select.filters.push(Sql::default().any_of(scope.backend, "hop.id", ids));
    let rows: Vec<HopRow> = opened(scope, select).rows(db).await?;
    Ok(rows.into_iter().map(|row| (row.hop.id, row)).collect())
}

/// An entry of a timeline as one party reads it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct EntryRow {
    /// The entry.
    pub id: Uuid,
    /// The request.
    pub request_id: Uuid,
    /// Its customer.
    pub customer_id: CustomerId,
    /// The hop that it belongs to.
    pub escalation_id: Option<Uuid>,
    /// Its place in the timeline.
    pub number: i32,
    /// When.
    pub at: Timestamp,
    /// `note`, or what happened.
    pub kind: String,
    /// For whom.
    pub visibility: String,
    /// Who; none for the gateway itself and the vendor.
    pub author_account_id: Option<AccountId>,
    /// For which partner or customer.
    pub author_party_id: Option<Uuid>,
    /// The note, or the reason given.
    pub text: Option<String>,
    /// What happened, in the gateway's words.
    pub detail: Option<String>,
    /// Who, if that is somebody of the reader's tenant.
    pub author_name: Option<String>,
    /// For which partner, by its own word.
    pub author_organization: Option<String>,
}

/// Marks the place of what stands beside the entries of a timeline, after those of the same instant.
pub const BESIDE: u128 = 1 << 64;

impl Placed for EntryRow {
    fn position(&self) -> Position {
        Position::Time(self.at.0, Uuid::from_u128(self.number as u32 as u128))
    }
}

const ENTRY_COLUMNS: &str = "e.id, e.request_id, v.customer_id, e.escalation_id, e.place AS number, e.at, e.kind, \
     e.visibility, e.author_account_id, e.author_party_id, e.text, e.detail, (SELECT ea.display_name FROM account ea \
     WHERE ea.id = e.author_account_id AND ea.tenant_id = v.reader_tenant_id) AS author_name, \
     (SELECT ep.name FROM partner_profile ep WHERE ep.source_id = e.author_party_id \
     AND ep.partner_id = e.author_party_id) AS author_organization";

/// Entries that lie beyond a place; one beside the entries comes after all of its instant.
fn beyond(page: &Page) -> Option<Sql> {
    let Some(Position::Time(at, place)) = page.position.clone() else { return None };
    let place = place.as_u128();
    let number = if place < BESIDE { place as i32 } else { i32::MAX };
    let compare = if page.backward { "<" } else { ">" };
    Some(Sql::new(format!("(e.at, r.place) {compare} (")).bind(at).push(", ").bind(number).push(")"))
}

/// A page of the timeline of each of several requests, the oldest first: what the reader's own party may read of it.
pub async fn entries(
    db: &Db,
    scope: &Scope,
    requests: Vec<Uuid>,
    notes_only: bool,
    page: &Page,
) -> Result<HashMap<Uuid, Slice<EntryRow>>> {
    let from = "support_view v CROSS JOIN support_entry_reader r JOIN support_entry e ON e.id = r.entry_id";
    let order = page.order("e.at", "r.place", false);
    let mut select = of_views(scope, Sql::new(ENTRY_COLUMNS), Sql::new(from), order);
    select.filters.push(Sql::new("r.request_id = v.request_id AND r.party_id = v.party_id"));
    if notes_only {
        select.filters.push(Sql::new("r.is_note = true"));
    }
    select.filters.extend(beyond(page));
    select.limit = Some(page.limit());
    select.parents = Some(("v.request_id", requests));
    let mut grouped: HashMap<Uuid, Vec<EntryRow>> = HashMap::new();
    for row in opened(scope, select).rows::<EntryRow>(db).await? {
        grouped.entry(row.request_id).or_default().push(row);
    }
    Ok(grouped.into_iter().map(|(request, rows)| (request, page.slice(rows))).collect())
}

/// Notes by id.
pub async fn notes_by_ids(db: &Db, scope: &Scope, ids: Vec<Uuid>) -> Result<HashMap<Uuid, EntryRow>> {
    let from = "support_entry e CROSS JOIN support_view v JOIN support_entry_reader r \
         ON r.request_id = e.request_id AND r.party_id = v.party_id AND r.place = e.place AND r.entry_id = e.id";
    let mut select = of_views(scope, Sql::new(ENTRY_COLUMNS), Sql::new(from), "e.id".into());
    select.filters.push(Sql::new("v.request_id = e.request_id AND r.is_note = true"));
    select.filters.push(Sql::default().any_of(scope.backend, "e.id", ids));
    let rows: Vec<EntryRow> = opened(scope, select).rows(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
