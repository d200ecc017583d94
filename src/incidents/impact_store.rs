//! The SQL of an incident's impact: whom it affects within the reader's scope, by reseller and one by one.
//!
//! Three statements at most, whatever the number of customers, and of incidents that hit one service. Sums take readable
//! rows only; a customer counts once, whatever the number of sources.

use super::store::Reach;
use crate::access::action::Action;
use crate::access::scope::{Anchor, Links, Opening, Scope};
use crate::db::Db;
use crate::db::cursor::Position;
use crate::db::page::{Page, Slice};
use crate::db::sql::Sql;
use crate::error::Result;
use crate::graphql::connection::Placed;
use crate::subscriptions;
use entity::{CustomerId, IncidentId, PartnerId, ServiceId, Timestamp};
use sea_orm::{DbBackend, FromQueryResult};
use std::cmp::Reverse;
use std::collections::HashMap;

const LINK: Anchor = Anchor { customer: "t.customer_id", source: "t.source_id" };

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

/// The customers that incidents affect, with the sources by which the reader may know: a table.
fn affected(scope: &Scope, reach: Reach, incidents: &[IncidentId]) -> Opening {
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
    let rights = vec![scope.right(Action::HealthRead), scope.right(Action::CustomerRead)];
    let columns = "t.incident_id, t.customer_id, t.source_id, t.since";
    scope.reached(Links { columns, from, conditions }, LINK, rights)
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
    let opening = affected(scope, reach, incidents);
    // Sums meet the customers by windows instead of joins: nobody could tell the planner how many rows they have.
    let mut parts =
        Sql::new("SELECT incident_id, customer_id, reseller_id, 0 AS seats, 0 AS requests FROM w");
    let null = if scope.backend == DbBackend::Postgres { "NULL::uuid" } else { "NULL" };
    if let Some(bit) = wanted.seats_of {
        parts = parts
            .push(&format!(" UNION ALL SELECT {null}, s.customer_id, {null}, s.n, 0 FROM ("))
            .add(subscriptions::store::seats_of(scope, "m", bit))
            .push(") s");
    }
    if let Some(service) = wanted.requests_on {
        parts = parts
            .push(&format!(" UNION ALL SELECT {null}, o.customer_id, {null}, 0, o.n FROM ("))
            .add(count_by_customer(&open_requests(scope, Sql::new("m"), "m.customer_id", service)))
            .push(") o");
    }
    let sums = "count(*) AS customers, CAST(sum(seats) AS bigint) AS seats, CAST(sum(requests) AS bigint) AS requests FROM t";
    let sql = Sql::new("WITH f AS (SELECT * FROM ")
        .add(opening.sql())
        .push(" z), m AS (SELECT DISTINCT customer_id FROM f), w AS (")
        .add(by_reseller(scope))
        .push("), t AS (SELECT p.incident_id, p.reseller_id, sum(p.seats) OVER (PARTITION BY p.customer_id) AS seats,")
        .push(" sum(p.requests) OVER (PARTITION BY p.customer_id) AS requests,")
        .push(" row_number() OVER (PARTITION BY p.incident_id, p.customer_id ORDER BY p.reseller_id) AS place FROM (")
        .add(parts)
        .push(&format!(") p) SELECT incident_id, {null} AS reseller_id, {sums}"))
        .push(" WHERE incident_id IS NOT NULL AND place = 1 GROUP BY incident_id")
        .push(&format!(" UNION ALL SELECT incident_id, reseller_id, {sums}"))
        .push(" WHERE incident_id IS NOT NULL GROUP BY incident_id, reseller_id");
    let mut grouped: HashMap<IncidentId, Vec<Share>> = HashMap::new();
    for share in scope.opened(sql, &opening).rows::<Share>(db).await? {
        grouped.entry(share.incident_id).or_default().push(share);
    }
    let place = |share: &Share| (share.reseller_id.is_some(), Reverse(share.customers), share.reseller_id);
    grouped.values_mut().for_each(|shares| shares.sort_by_key(place));
    Ok(grouped)
}

/// Open requests on a service that the reader may read, of the customers in a table whose column is named.
fn open_requests(scope: &Scope, customers: Sql, id: &str, service: ServiceId) -> Opening {
    let open =
        format!("q.customer_id = {id} AND q.status IN ('open', 'attention_needed') AND q.service_id = ");
    let from = customers.look_up(scope.backend, "vendor_request", "q", Sql::new(open).bind(service.0));
    let links = Links { columns: "q.customer_id, q.external_id", from, conditions: Sql::new("1 = 1") };
    let anchor = Anchor { customer: "q.customer_id", source: "q.source_id" };
    scope.reached(links, anchor, vec![scope.right(Action::SupportRead)])
}

/// How many requests each customer has: `customer_id, n`. Each of the vendor's numbers counts once.
fn count_by_customer(requests: &Opening) -> Sql {
    let count =
        Sql::new("SELECT d.customer_id, count(DISTINCT d.external_id) AS n FROM ").add(requests.sql());
    count.push(" d GROUP BY d.customer_id")
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
    let opening = affected(scope, reach, incidents);
    let order = page.order("w.sort_name", "w.customer_id", false);
    let mut sql = Sql::new(format!(
        "SELECT * FROM (SELECT w.*, row_number() OVER (PARTITION BY w.incident_id ORDER BY {order}) AS place FROM (\
         SELECT z.incident_id, z.customer_id, min(p.sort_name) AS sort_name, min(z.since) AS since FROM "
    ))
    .add(opening.sql())
    .push(" z JOIN customer_profile p ON p.source_id = z.source_id AND p.customer_id = z.customer_id")
    .push(" GROUP BY z.incident_id, z.customer_id) w");
    if let Some(beyond) = page.beyond("w.sort_name", "w.customer_id", false) {
        sql = sql.push(" WHERE ").add(beyond);
    }
    let sql = sql.push(&format!(") y WHERE place <= {} ORDER BY incident_id, place", page.limit()));
    let mut grouped: HashMap<IncidentId, Vec<AffectedRow>> = HashMap::new();
    for row in scope.opened(sql, &opening).rows::<OfIncident>(db).await? {
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
    let opening = open_requests(scope, customers, "m.id", service);
    let sql = count_by_customer(&opening);
    let rows: Vec<Open> = scope.opened(sql, &opening).rows(db).await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row.n)).collect())
}
