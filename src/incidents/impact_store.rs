//! The SQL of an incident's impact: whom it affects within the reader's scope, by reseller and one by one.
//!
//! - Three statements at most, whatever the number of customers, and of incidents that hit one service.
//! - Sums take readable rows only; a customer counts once, whatever the number of sources.
//! - A support request counts once, before and after it was filed with the vendor, for those who know that it was: the
//!   partner that filed it. To others the two are strangers, and a number would tell them otherwise.

use super::store::Reach;
use crate::access::action::Action;
use crate::access::scope::{Anchor, Links, Opening, Right, Scope};
use crate::db::Db;
use crate::db::cursor::Position;
use crate::db::page::{Page, Slice};
use crate::db::sql::Sql;
use crate::error::Result;
use crate::graphql::connection::Placed;
use crate::{escalations, subscriptions};
use entity::{CustomerId, IncidentId, PartnerId, ServiceId, Timestamp};
use sea_orm::{DbBackend, FromQueryResult};
use std::cmp::Reverse;
use std::collections::HashMap;

const WITH_VENDOR: Anchor = Anchor { customer: "q.customer_id", source: "q.source_id" };
/// What has to be allowed on a customer that an incident affects.
const KNOWN: [Action; 2] = [Action::HealthRead, Action::CustomerRead];

/// What is to be counted besides customers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// Licences of the affected service: its bit in the catalogue; none leaves them out.
    pub seats_of: Option<i64>,
    /// Open support requests on this service; none leaves them out.
    pub requests_on: Option<ServiceId>,
}

/// Those whom an incident affects through one reseller.
#[derive(Clone, Debug, PartialEq, FromQueryResult)]
pub struct Share {
    /// Which incident.
    pub incident_id: IncidentId,
    /// The reseller, or the reader's own partner where it serves them itself; none in the line of all together.
    pub reseller_id: Option<PartnerId>,
    /// How many customers.
    pub customers: i64,
    /// How many licences.
    pub seats: i64,
    /// How many open support requests.
    pub requests: i64,
}

/// The customers that incidents affect, with the sources that say so.
fn affected(scope: &Scope, reach: Reach, incidents: &[IncidentId]) -> Links {
    let ids = || incidents.iter().map(|id| id.0);
    let (from, conditions) = if reach.is_few {
        let here = Sql::new("t.customer_id = a.customer_id AND ");
        let here = here.any_of(scope.backend, "t.incident_id", ids());
        let from = scope.bearing_customers(Action::HealthRead).push(" a");
        (from.look_up(scope.backend, "incident_tenant", "t", here), Sql::new("1 = 1"))
    } else {
        let from = "incident_listing r JOIN incident_tenant t ON t.source_id = r.source_id AND t.incident_id = r.incident_id";
        let here = Sql::new("r.reader_tenant_id = ").bind(scope.tenant).push(" AND ");
        (Sql::new(from), here.any_of(scope.backend, "r.incident_id", ids()))
    };
    Links { columns: "t.incident_id, t.customer_id, t.source_id, t.since", from, conditions }
}

/// Customer and reseller of each affected row: the source whose row it is; on one's own rows the reseller that one's
/// partner says it serves the customer through, else one's partner itself.
fn by_reseller(scope: &Scope) -> Sql {
    let Some(me) = scope.partner else {
        return Sql::new("SELECT DISTINCT f.incident_id, f.customer_id, f.source_id AS reseller_id FROM f");
    };
    let through = Sql::new("n.source_id = f.source_id AND n.provider_id = f.source_id")
        .push(" AND n.customer_id = f.customer_id AND f.source_id = ")
        .bind(me.0)
        .push(" AND ")
        .live(scope.backend, &scope.clock, "n");
    Sql::new("SELECT DISTINCT f.incident_id, f.customer_id, CASE WHEN f.source_id <> ")
        .bind(me.0)
        .push(" THEN f.source_id ELSE coalesce(n.reseller_id, f.source_id) END AS reseller_id FROM f")
        .look_up_or_null(scope.backend, "indirect_relation", "n", through)
}

/// Of each of several incidents: all together, then by reseller.
pub async fn shares(
    db: &Db,
    scope: &Scope,
    reach: Reach,
    incidents: &[IncidentId],
    wanted: Wanted,
) -> Result<HashMap<IncidentId, Vec<Share>>> {
    let gathered = scope.gather(affected(scope, reach, incidents), &KNOWN);
    // Sums meet the customers by windows instead of joins: nobody could tell the planner how many rows they have.
    let mut parts =
        Sql::new("SELECT incident_id, customer_id, reseller_id, 0 AS seats, 0 AS requests FROM w");
    let null = if scope.backend == DbBackend::Postgres { "NULL::uuid" } else { "NULL" };
    if let Some(bit) = wanted.seats_of {
        parts = parts
            .push(&format!(" UNION ALL SELECT {null}, s.customer_id, {null}, s.n, 0 FROM ("))
            .add(subscriptions::store::seats_of(&gathered, "m", bit))
            .push(") s");
    }
    if let Some(service) = wanted.requests_on {
        let reached = |links, anchor, right| gathered.reached(links, anchor, right);
        let requests = open_requests(scope, &Sql::new("m"), "m.customer_id", service, reached);
        parts = parts
            .push(&format!(" UNION ALL SELECT {null}, o.customer_id, {null}, 0, o.n FROM ("))
            .add(count_by_customer(&requests))
            .push(") o");
    }
    let sums = "count(*) AS customers, CAST(sum(seats) AS bigint) AS seats, CAST(sum(requests) AS bigint) AS requests FROM t";
    let sql = gathered
        .head()
        .push(", m AS (SELECT DISTINCT customer_id FROM f ORDER BY customer_id), w AS (")
        .add(by_reseller(scope))
        .push("), t AS (SELECT p.incident_id, p.reseller_id, sum(p.seats) OVER (PARTITION BY p.customer_id) AS seats,")
        .push(" sum(p.requests) OVER (PARTITION BY p.customer_id) AS requests,")
        .push(" row_number() OVER (PARTITION BY p.customer_id, p.incident_id ORDER BY p.reseller_id) AS place FROM (")
        .add(parts)
        .push(&format!(") p) SELECT incident_id, {null} AS reseller_id, {sums}"))
        .push(" WHERE incident_id IS NOT NULL AND place = 1 GROUP BY incident_id")
        .push(&format!(" UNION ALL SELECT incident_id, reseller_id, {sums}"))
        .push(" WHERE incident_id IS NOT NULL GROUP BY incident_id, reseller_id");
    let mut grouped: HashMap<IncidentId, Vec<Share>> = HashMap::new();
    for share in gathered.opened(sql).rows::<Share>(db).await? {
        grouped.entry(share.incident_id).or_default().push(share);
    }
    let place = |share: &Share| (share.reseller_id.is_some(), Reverse(share.customers), share.reseller_id);
    grouped.values_mut().for_each(|shares| shares.sort_by_key(place));
    Ok(grouped)
}

/// Open requests on a service that the reader may read, of the customers in a table whose column is named: those that the
/// vendor has by its number, and those that the reader's own organisation takes part in by their id, with the number under
/// which it filed them.
fn open_requests(
    scope: &Scope,
    customers: &Sql,
    id: &str,
    service: ServiceId,
    reached: impl Fn(Links, Anchor, Right) -> Opening,
) -> Opening {
    let open =
        format!("q.customer_id = {id} AND q.status IN ('open', 'attention_needed') AND q.service_id = ");
    let open = Sql::new(open).bind(service.0);
    let from = customers.clone().look_up(scope.backend, "vendor_request", "q", open);
    let columns = "q.customer_id, q.external_id AS number, CAST(NULL AS uuid) AS request_id";
    let links = Links { columns, from, conditions: Sql::new("1 = 1") };
    let with_vendor = reached(links, WITH_VENDOR, scope.right(Action::SupportRead));
    let (links, anchor, right) = escalations::store::open_on(scope, customers, id, service);
    with_vendor.and(reached(links, anchor, right))
}

/// How many requests each customer has: `customer_id, n`. Each of the vendor's numbers counts once, and each request of
/// one's own that was not filed under any of those.
fn count_by_customer(requests: &Opening) -> Sql {
    Sql::new("SELECT d.customer_id, count(DISTINCT CASE WHEN d.request_id IS NULL THEN d.number END)")
        .push(
            " + count(DISTINCT d.request_id) - count(DISTINCT CASE WHEN d.counts THEN d.request_id END) AS n",
        )
        .push(" FROM (SELECT r.*, count(CASE WHEN r.request_id IS NULL THEN 1 END)")
        .push(" OVER (PARTITION BY r.customer_id, r.number) > 0 AS counts FROM ")
        .add(requests.sql())
        .push(" r) d GROUP BY d.customer_id")
}

/// A customer that an incident affects.
#[derive(Clone, Debug, FromQueryResult)]
pub struct AffectedRow {
    /// Which.
    pub customer_id: CustomerId,
    /// Folded name, as a source says it by which the reader may know.
    pub sort_name: String,
    /// Since when.
    pub since: Timestamp,
}

impl Placed for AffectedRow {
    fn position(&self) -> Position {
        Position::Text(self.sort_name.clone(), self.customer_id.0)
    }
}

#[derive(FromQueryResult)]
struct OfIncident {
    #[sea_orm(nested)]
    row: AffectedRow,
    incident_id: IncidentId,
}

/// A page of the affected customers of each of several incidents, by name.
pub async fn customers(
    db: &Db,
    scope: &Scope,
    reach: Reach,
    incidents: &[IncidentId],
    page: &Page,
) -> Result<HashMap<IncidentId, Slice<AffectedRow>>> {
    let gathered = scope.gather(affected(scope, reach, incidents), &KNOWN);
    let order = page.order("w.sort_name", "w.customer_id", false);
    let named = Sql::new("p.source_id = f.source_id AND p.customer_id = f.customer_id");
    let mut sql = gathered
        .head()
        .push(&format!(
            " SELECT * FROM (SELECT w.*, row_number() OVER (PARTITION BY w.incident_id ORDER BY {order}) AS place FROM (\
             SELECT f.incident_id, f.customer_id, min(p.sort_name) AS sort_name, min(f.since) AS since FROM f"
        ))
        .look_up(scope.backend, "customer_profile", "p", named)
        .push(" GROUP BY f.incident_id, f.customer_id) w");
    if let Some(beyond) = page.beyond("w.sort_name", "w.customer_id", false) {
        sql = sql.push(" WHERE ").add(beyond);
    }
    let sql = sql.push(&format!(") y WHERE place <= {} ORDER BY incident_id, place", page.limit()));
    let mut grouped: HashMap<IncidentId, Vec<AffectedRow>> = HashMap::new();
    for row in gathered.opened(sql).rows::<OfIncident>(db).await? {
        grouped.entry(row.incident_id).or_default().push(row.row);
    }
    Ok(grouped.into_iter().map(|(incident, rows)| (incident, page.slice(rows))).collect())
}

#[derive(FromQueryResult)]
struct Open {
    customer_id: CustomerId,
    n: i64,
}

/// How many open requests on a service each of some customers has.
pub async fn open_requests_of(
    db: &Db,
    scope: &Scope,
    service: ServiceId,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, i64>> {
    let customers = Sql::default().table_of(scope.backend, "m", customers.iter().map(|id| id.0));
    let reached = |links, anchor, right| scope.reached(links, anchor, vec![right]);
    let opening = open_requests(scope, &customers, "m.id", service, reached);
    let sql = count_by_customer(&opening);
    let rows: Vec<Open> = scope.opened(sql, &opening).rows(db).await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row.n)).collect())
}
