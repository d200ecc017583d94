//! The only SQL on subscriptions. Rows are driven from the reader's listing, and one copy of each is shown.

use crate::access::action::Action;
use crate::access::scope::{Anchor, Gathered, Links, Right, Scope, Select};
use crate::customers;
use crate::db::Db;
use crate::db::cursor::Position;
use crate::db::page::{Page, Slice};
use crate::db::predicate::Predicate;
use crate::db::sql::Sql;
use crate::error::Result;
use crate::graphql::connection::Placed;
use entity::{CustomerId, SubscriptionId, customer_subscription, subscription_commerce};
use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult, QueryResult};
use std::collections::HashMap;
use uuid::Uuid;

/// A subscription as one reader sees it.
#[derive(Clone, Debug)]
pub struct SubscriptionRow {
    /// The row.
    pub model: customer_subscription::Model,
    /// What the reader holds on its customer.
    pub held: i64,
}

/// The row's columns in a fixed order, and their decoding by place: looked up by name, they are most of what a page
/// of wide rows costs.
macro_rules! by_place {
    ($($column:ident),* $(,)?) => {
        const COLUMNS: &str = concat!("s.id" $(, ", s.", stringify!($column))*);

        impl FromQueryResult for SubscriptionRow {
            fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
                let mut place = 0;
                let id = row.try_get_by_index(0)?;
                $(
                    place += 1;
                    let $column = row.try_get_by_index(place)?;
                )*
                let held = row.try_get_by_index(place + 1)?;
                Ok(SubscriptionRow { model: customer_subscription::Model { id, $($column),* }, held })
            }
        }
    };
}

by_place! {
    source_id, customer_id, external_id, offer_id, offer_name, friendly_name, product_type, quantity,
    assigned_quantity, unit_type, parent_external_id, status, status_raw, is_trial, created_at, effective_at,
    commitment_ends_at, cancellable_until, term_duration, billing_cycle, billing_type, auto_renew, services, seller_id,
    partner_of_record_id, support_contact_id, support_contact_as_of, system, as_of, modified_at,
}

impl Placed for SubscriptionRow {
    fn position(&self) -> Position {
        Position::Time(self.model.commitment_ends_at.0, self.model.id.0)
    }
}

/// Fields that subscriptions are filtered by.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // each is the column of its name
pub enum Field {
    Status,
    OfferName,
    FriendlyName,
    Quantity,
    TermDuration,
    BillingCycle,
    AutoRenew,
    CommitmentEndsAt,
    CancellableUntil,
    /// The customer matches.
    Customer(Box<Predicate<customers::store::Field>>),
}

impl Field {
    fn column(&self) -> &'static str {
        match self {
            Field::Status => "s.status",
            Field::OfferName => "lower(s.offer_name)",
            Field::FriendlyName => "lower(s.friendly_name)",
            Field::Quantity => "s.quantity",
            Field::TermDuration => "s.term_duration",
            Field::BillingCycle => "s.billing_cycle",
            Field::AutoRenew => "s.auto_renew",
            Field::CommitmentEndsAt => "s.commitment_ends_at",
            Field::CancellableUntil => "s.cancellable_until",
            Field::Customer(_) => "s.customer_id",
        }
    }

    /// Whether it needs commerce rights on the row.
    pub fn is_commerce(&self) -> bool {
        use Field::*;
        matches!(self, TermDuration | BillingCycle | AutoRenew | CommitmentEndsAt | CancellableUntil)
    }
}

/// What a list of subscriptions is asked for.
#[derive(Clone, Debug)]
pub struct Query {
    /// The typed filter.
    pub filter: Predicate<Field>,
    /// Whether rows are ordered by the end of their commitment because the client said so: then rows on which that
    /// may not be read are left out.
    pub orders_by_commitment: bool,
    /// Last to first.
    pub descending: bool,
}

impl Query {
    fn needs_commerce(&self) -> bool {
        self.orders_by_commitment || self.filter.fields().iter().any(Field::is_commerce)
    }
}

const ANCHOR: Anchor = Anchor { customer: "s.customer_id", source: "s.source_id" };
const TABLES: &str = "subscription_listing l JOIN customer_subscription s ON s.id = l.subscription_id";

/// My partner is one of these columns of a row.
fn names_me(scope: &Scope, alias: &str, columns: &[&str]) -> Sql {
    match scope.partner {
        None => Sql::new("1 = 0"),
        Some(partner) => {
            let each = columns.iter().map(|column| Sql::new(format!("{alias}.{column} = ")).bind(partner.0));
            Sql::new("(").join(each, " OR ").push(")")
        }
    }
}

fn right(scope: &Scope, alias: &str) -> Right {
    let named = names_me(scope, alias, &["seller_id", "partner_of_record_id", "support_contact_id"]);
    scope.right_if(named, Action::SubscriptionRead, Action::SubscriptionTenantRead)
}

/// Rows on which commerce details may be read.
fn commerce(scope: &Scope) -> Sql {
    names_me(scope, "s", &["seller_id", "partner_of_record_id"])
        .push(" AND ")
        .add(scope.sees(ANCHOR, scope.right(Action::SubscriptionCommerceRead)))
}

fn base(scope: &Scope) -> Select {
    let reader = Sql::new("l.reader_tenant_id = ").bind(scope.tenant);
    Select {
        columns: Sql::new(COLUMNS),
        from: Sql::new(TABLES),
        filters: vec![reader, shown_once(scope, "l")],
        order: "l.commitment_ends_at, l.subscription_id".into(),
        limit: None,
        parents: None,
        sources: None,
    }
}

/// No better copy of the same upstream subscription is visible: one's own source before another's. One's own needs
/// no look; `OFFSET 0` keeps PostgreSQL from joining all candidates before it compares them.
fn shown_once(scope: &Scope, listing: &str) -> Sql {
    let anchor = Anchor { customer: "bs.customer_id", source: "bs.source_id" };
    let better = format!(
        "{listing}.rank = 0 OR NOT EXISTS (SELECT 1 FROM subscription_listing b \
         JOIN customer_subscription bs ON bs.id = b.subscription_id \
         WHERE b.reader_tenant_id = {listing}.reader_tenant_id AND b.customer_id = {listing}.customer_id \
         AND b.external_id = {listing}.external_id AND (b.rank, b.source_id) < ({listing}.rank, {listing}.source_id) AND "
    );
    Sql::new(better).add(scope.sees(anchor, right(scope, "bs"))).push(" LIMIT 1 OFFSET 0)")
}

fn list_select(scope: &Scope, query: &Query, few_grants: bool) -> Select {
    let mut select = base(scope);
    if few_grants {
        select.from = scope.granted_customers().push(
            " a CROSS JOIN subscription_listing l \
             JOIN customer_subscription s ON s.id = l.subscription_id AND l.customer_id = a.customer_id",
        );
    }
    if query.needs_commerce() {
        select.filters.push(commerce(scope));
    }
    select.filters.push(filter_sql(scope, &query.filter));
    select
}

fn filter_sql(scope: &Scope, filter: &Predicate<Field>) -> Sql {
    filter.sql(&|field, comparison| match field {
        Field::Customer(customer) => customers::store::exists_matching(scope, "s.customer_id", customer),
        other => comparison.sql(scope.backend, other.column()),
    })
}

/// A condition: the customer in `column` has a subscription that the reader sees and that matches.
pub fn exists_on_customer(scope: &Scope, column: &str, filter: &Predicate<Field>) -> Sql {
    let mut sql = Sql::new("EXISTS (SELECT 1 FROM subscription_listing sl JOIN customer_subscription s ON s.id = sl.subscription_id")
        .push(&format!(" WHERE sl.customer_id = {column} AND sl.reader_tenant_id = "))
        .bind(scope.tenant)
        .push(" AND (")
        .add(shown_once(scope, "sl"))
        .push(") AND ")
        .add(scope.sees(ANCHOR, right(scope, "s")));
    if filter.fields().iter().any(Field::is_commerce) {
        sql = sql.push(" AND ").add(commerce(scope));
    }
    sql.push(" AND ").add(filter_sql(scope, filter)).push(")")
}

const LISTED: Anchor = Anchor { customer: "l.customer_id", source: "l.source_id" };

/// The reader's listed subscriptions of the customers in a table whose column is named, and the right by which it sees
/// each. The listing holds all that sums take.
fn listed_of(scope: &Scope, customers: Sql, id: &str, which: &str, columns: &'static str) -> (Links, Right) {
    let listed =
        Sql::new(format!("l.customer_id = {id}{which} AND l.reader_tenant_id = ")).bind(scope.tenant);
    let from = customers.look_up(scope.backend, "subscription_listing", "l", listed);
    let named = Sql::new("l.is_named");
    let right = scope.right_if(named, Action::SubscriptionRead, Action::SubscriptionTenantRead);
    (Links { columns, from, conditions: Sql::new("1 = 1") }, right)
}

/// Licences of one service by customer: `customer_id, n`. Of the active subscriptions that the reader sees, of the
/// customers in a table of that name, for whom it was gathered what is held: of each upstream subscription the copy that
/// is shown, and no other.
pub fn seats_of(gathered: &Gathered<'_>, customers: &str, service_bit: i64) -> Sql {
    let columns = "l.customer_id, l.external_id, l.rank, l.source_id, l.services, l.licences";
    let customers = Sql::new(format!("{customers} m"));
    let (links, right) = listed_of(gathered.scope, customers, "m.customer_id", "", columns);
    let seen = gathered.reached(links, LISTED, right);
    Sql::new("SELECT c.customer_id, CAST(sum(c.licences) AS bigint) AS n FROM (SELECT z.*, row_number() OVER")
        .push(" (PARTITION BY z.customer_id, z.external_id ORDER BY z.rank, z.source_id) AS place FROM ")
        .add(seen.sql())
        .push(" z) c WHERE c.place = 1 AND (c.services & ")
        .bind(service_bit)
        .push(") <> 0 GROUP BY c.customer_id")
}

#[derive(FromQueryResult)]
struct Brought {
    customer_id: CustomerId,
    services: i64,
}

/// The services that subscriptions bring to each of several customers, as far as the reader may see those: bits of the
/// catalogue.
pub async fn services_of(
    db: &Db,
    scope: &Scope,
    customers: Vec<CustomerId>,
) -> Result<HashMap<CustomerId, i64>> {
    let customers = Sql::default().table_of(scope.backend, "m", customers.iter().map(|id| id.0));
    let which = " AND l.services <> 0";
    let (links, right) = listed_of(scope, customers, "m.id", which, "l.customer_id, l.services");
    let opening = scope.reached(links, LISTED, vec![right]);
    let sql = Sql::new("SELECT z.customer_id, bit_or(z.services) AS services FROM ")
        .add(opening.sql())
        .push(" z GROUP BY z.customer_id");
    let rows: Vec<Brought> = scope.opened(sql, &opening).rows(db).await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row.services)).collect())
}

fn paged(select: &mut Select, page: &Page, query: &Query) {
    if query.orders_by_commitment {
        select.filters.extend(page.beyond("l.commitment_ends_at", "l.subscription_id", query.descending));
        select.order = page.order("l.commitment_ends_at", "l.subscription_id", query.descending);
    } else {
        // An order by what may not be read on some rows would tell of it.
        select.filters.extend(page.beyond_id("l.subscription_id"));
        select.order = page.order_by_id("l.subscription_id");
    }
    select.limit = Some(page.limit());
}

/// A page of the reader's subscriptions.
pub async fn list(
    db: &Db,
    scope: &Scope,
    query: &Query,
    few_grants: bool,
    page: &Page,
) -> Result<Slice<SubscriptionRow>> {
    let mut select = list_select(scope, query, few_grants);
    paged(&mut select, page, query);
    Ok(page.slice(scope.select(select, ANCHOR, right(scope, "s")).rows(db).await?))
}

#[derive(FromQueryResult)]
struct Counted {
    #[allow(dead_code)]
    id: Uuid,
}

/// Counts the reader's subscriptions, up to `cap` and one more.
pub async fn count(db: &Db, scope: &Scope, query: &Query, few_grants: bool, cap: u64) -> Result<usize> {
    let mut select = list_select(scope, query, few_grants);
    select.columns = Sql::new("l.subscription_id AS id");
    select.order = "l.subscription_id".into();
    select.limit = Some(cap + 1);
    let rows: Vec<Counted> = scope.select(select, ANCHOR, right(scope, "s")).rows(db).await?;
    Ok(rows.len())
}

/// A page of the subscriptions of each of several customers.
pub async fn of_customers(
    db: &Db,
    scope: &Scope,
    customers: Vec<CustomerId>,
    query: &Query,
    page: &Page,
) -> Result<HashMap<CustomerId, Slice<SubscriptionRow>>> {
    let mut select = list_select(scope, query, false);
    paged(&mut select, page, query);
    select.parents = Some(("l.customer_id", customers.iter().map(|id| id.0).collect()));
    let sources =
        Sql::new("SELECT DISTINCT y.source_id FROM subscription_listing y WHERE y.customer_id = parents.id");
    select.sources = Some(sources.push(" AND y.reader_tenant_id = ").bind(scope.tenant));
    let rows: Vec<SubscriptionRow> = scope.select(select, ANCHOR, right(scope, "s")).rows(db).await?;
    let mut grouped: HashMap<CustomerId, Vec<SubscriptionRow>> = HashMap::new();
    for row in rows {
        grouped.entry(row.model.customer_id).or_default().push(row);
    }
    Ok(grouped.into_iter().map(|(customer, rows)| (customer, page.slice(rows))).collect())
}

/// Subscriptions by id.
pub async fn by_ids(
    db: &Db,
    scope: &Scope,
    ids: Vec<SubscriptionId>,
) -> Result<HashMap<SubscriptionId, SubscriptionRow>> {
    let mut select = base(scope);
    select.filters.push(Sql::default().any_of(
        scope.backend,
        "l.subscription_id",
        ids.into_iter().map(|id| id.0),
    ));
    let rows: Vec<SubscriptionRow> = scope.select(select, ANCHOR, right(scope, "s")).rows(db).await?;
    Ok(rows.into_iter().map(|row| (row.model.id, row)).collect())
}

/// A subscription by id, inside a transaction.
pub async fn in_transaction(
    tx: &DatabaseTransaction,
    scope: &Scope,
    id: SubscriptionId,
) -> Result<Option<SubscriptionRow>> {
    let mut select = base(scope);
    select.filters.push(Sql::new("l.subscription_id = ").bind(id.0));
    Ok(crate::db::first(scope.select(select, ANCHOR, right(scope, "s")).rows_in(tx).await?))
}

/// Commerce details by subscription, of rows on which they may be read.
pub async fn commerce_details(
    db: &Db,
    scope: &Scope,
    ids: Vec<SubscriptionId>,
) -> Result<HashMap<SubscriptionId, subscription_commerce::Model>> {
    let select = Select {
        columns: Sql::new("k.*"),
        from: Sql::new("subscription_commerce k JOIN customer_subscription s ON s.id = k.subscription_id"),
        filters: vec![
            Sql::default().any_of(scope.backend, "k.subscription_id", ids.into_iter().map(|id| id.0)),
            names_me(scope, "s", &["seller_id", "partner_of_record_id"]),
        ],
        order: "k.subscription_id".into(),
        limit: None,
        parents: None,
        sources: None,
    };
    let scoped = scope.select(select, ANCHOR, scope.right(Action::SubscriptionCommerceRead));
    let rows: Vec<subscription_commerce::Model> = scoped.rows(db).await?;
    Ok(rows.into_iter().map(|row| (row.subscription_id, row)).collect())
}
