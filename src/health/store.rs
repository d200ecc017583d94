//! The only SQL on service health: statuses with the looks that they rest on, their history, and messages. Of several
//! sources' words the reader gets the newest that it may read.

use crate::access::action::Action;
use crate::access::scope::{Anchor, Links, Scope};
use crate::db::Db;
use crate::db::cursor::Position;
use crate::db::page::{Page, Slice};
use crate::db::sql::Sql;
use crate::error::Result;
use crate::graphql::connection::Placed;
use entity::{CustomerId, PartnerId, ServiceId, Timestamp, message_copy, service_status_span};
use sea_orm::FromQueryResult;
use std::collections::HashMap;
use uuid::Uuid;

/// What one source says of one service, and of its looks; without a service, of its looks alone.
#[derive(Clone, Debug, FromQueryResult)]
pub struct WordRow {
    /// The customer.
    pub customer_id: CustomerId,
    /// Whose word.
    pub source_id: PartnerId,
    /// When the source last saw the customer's health.
    pub seen_at: Option<Timestamp>,
    /// When it last looked.
    pub looked_at: Option<Timestamp>,
    /// How that ended.
    pub outcome: Option<String>,
    /// In which system it looked.
    pub looked_in: Option<String>,
    /// The service.
    pub service_id: Option<ServiceId>,
    /// Its name there.
    pub service_name: Option<String>,
    /// Its status.
    pub status: Option<String>,
    /// The upstream's own word.
    pub status_raw: Option<String>,
    /// When it was first seen in this status.
    pub since: Option<Timestamp>,
    /// When the upstream said the status.
    pub as_of: Option<Timestamp>,
    /// Administration portal.
    pub admin_url: Option<String>,
    /// Page with its health.
    pub health_url: Option<String>,
    /// Page where a ticket is filed.
    pub ticket_url: Option<String>,
    /// When the addresses were given.
    pub managed_as_of: Option<Timestamp>,
    /// Upstream system of the status.
    pub system: Option<String>,
}

/// What the sources that the reader may read say of several customers' services. A source that may be read and never
/// looked has one row; a customer on which the right is held nowhere has none.
pub async fn words(
    db: &Db,
    scope: &Scope,
    customers: Vec<CustomerId>,
) -> Result<HashMap<CustomerId, Vec<WordRow>>> {
    let of = |column: &str| Sql::default().any_of(scope.backend, column, customers.iter().map(|id| id.0));
    let listed = Sql::new("l.customer_id = m.id AND l.reader_tenant_id = ").bind(scope.tenant);
    let pairs = Sql::new("(SELECT l.customer_id, l.source_id FROM ")
        .table_of(scope.backend, "m", customers.iter().map(|id| id.0))
        .look_up(scope.backend, "customer_listing", "l", listed)
        .push(" UNION SELECT h.customer_id, h.source_id FROM health_watch h WHERE ")
        .add(of("h.customer_id"))
        .push(" UNION SELECT v.customer_id, v.source_id FROM customer_service v WHERE ")
        .add(of("v.customer_id"))
        .push(") y");
    let of_word = |alias: &str| {
        Sql::new(format!("{alias}.customer_id = z.customer_id AND {alias}.source_id = z.source_id"))
    };
    let opening = scope.reached(
        Links { columns: "y.customer_id, y.source_id", from: pairs, conditions: Sql::new("1 = 1") },
        Anchor { customer: "y.customer_id", source: "y.source_id" },
        vec![scope.right(Action::HealthRead)],
    );
    let sql = Sql::new("SELECT z.customer_id, z.source_id, w.seen_at, w.looked_at, w.outcome, w.system AS looked_in, t.service_id,")
        .push(" t.service_name, t.status, t.status_raw, t.since, t.as_of, t.admin_url, t.health_url, t.ticket_url, t.managed_as_of,")
        .push(" t.system FROM ")
        .add(opening.sql())
        .push(" z")
        .look_up_or_null(scope.backend, "health_watch", "w", of_word("w"))
        .look_up_or_null(scope.backend, "customer_service", "t", of_word("t"));
    let mut grouped: HashMap<CustomerId, Vec<WordRow>> = HashMap::new();
    for row in scope.opened(sql, &opening).rows::<WordRow>(db).await? {
        grouped.entry(row.customer_id).or_default().push(row);
    }
    Ok(grouped)
}

/// A service of a customer in one source's words.
pub type Word = (CustomerId, PartnerId, ServiceId);

/// A time through which a status was seen.
#[derive(Clone, Debug, FromQueryResult)]
pub struct SpanRow {
    /// The span.
    #[sea_orm(nested)]
    pub span: service_status_span::Model,
}

impl Placed for SpanRow {
    fn position(&self) -> Position {
        Position::Time(self.span.first_at.0, self.span.id)
    }
}

/// A page of the history of each of several services, newest first.
pub async fn history(
    db: &Db,
    scope: &Scope,
    words: Vec<Word>,
    page: &Page,
) -> Result<HashMap<Word, Slice<SpanRow>>> {
    let anchor = Anchor { customer: "x.customer_id", source: "x.source_id" };
    let opening = scope.opened_at(anchor, scope.right(Action::HealthRead));
    let order = page.order("x.first_at", "x.id", true);
    let mut sql = Sql::new(format!(
        "SELECT * FROM (SELECT x.*, row_number() OVER (PARTITION BY x.customer_id, x.source_id, x.service_id ORDER BY {order}) AS place FROM service_status_span x WHERE "
    ))
    .any_of(scope.backend, "x.customer_id", words.iter().map(|word| word.0.0))
    .push(" AND ")
    .any_of(scope.backend, "x.service_id", words.iter().map(|word| word.2.0))
    .push(" AND ")
    .add(opening.sql());
    if let Some(beyond) = page.beyond("x.first_at", "x.id", true) {
        sql = sql.push(" AND ").add(beyond);
    }
    let sql = sql.push(&format!(
        ") w WHERE place <= {} ORDER BY customer_id, source_id, service_id, place",
        page.limit()
    ));
    let mut grouped: HashMap<Word, Vec<SpanRow>> = HashMap::new();
    for row in scope.opened(sql, &opening).rows::<SpanRow>(db).await? {
        let word = (row.span.customer_id, row.span.source_id, row.span.service_id);
        grouped.entry(word).or_default().push(row);
    }
    Ok(grouped.into_iter().map(|(word, rows)| (word, page.slice(rows))).collect())
}

/// A message as one customer's tenant got it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct MessageRow {
    /// The copy.
    #[sea_orm(nested)]
    pub copy: message_copy::Model,
    /// The customer.
    pub customer_id: CustomerId,
}

impl Placed for MessageRow {
    fn position(&self) -> Position {
        // Ordered by version, then by upstream id: the version stands in the id's place.
        Position::Text(self.copy.external_id.clone(), Uuid::from_u128(self.copy.version_at.0.max(0) as u128))
    }
}

/// A page of the messages of each of several customers, the newest version first.
pub async fn messages(
    db: &Db,
    scope: &Scope,
    customers: Vec<CustomerId>,
    page: &Page,
) -> Result<HashMap<CustomerId, Slice<MessageRow>>> {
    let anchor = Anchor { customer: "t.customer_id", source: "t.source_id" };
    let opening = scope.opened_at(anchor, scope.right(Action::HealthMessagesRead));
    let newest =
        Sql::new("SELECT m.*, t.customer_id, row_number() OVER (PARTITION BY t.customer_id, t.external_id")
            .push(" ORDER BY m.version_at DESC, m.source_id) AS copy_place FROM message_tenant t")
            .push(
                " JOIN message_copy m ON m.source_id = t.source_id AND m.external_id = t.external_id WHERE ",
            )
            .any_of(scope.backend, "t.customer_id", customers.iter().map(|id| id.0))
            .push(" AND ")
            .add(opening.sql());
    let order = page.order("c.version_at", "c.external_id", true);
    let mut sql = Sql::new(format!(
        "SELECT * FROM (SELECT c.*, row_number() OVER (PARTITION BY c.customer_id ORDER BY {order}) AS place FROM ("
    ))
    .add(newest)
    .push(") c WHERE c.copy_place = 1");
    if let Some(Position::Text(external_id, version)) = page.position.clone() {
        let compare = if page.backward { ">" } else { "<" };
        let beyond = Sql::new(format!(" AND (c.version_at, c.external_id) {compare} ("));
        sql = sql.add(beyond.bind(version.as_u128() as i64).push(", ").bind(external_id).push(")"));
    }
    let sql = sql.push(&format!(") w WHERE place <= {} ORDER BY customer_id, place", page.limit()));
    let mut grouped: HashMap<CustomerId, Vec<MessageRow>> = HashMap::new();
    for row in scope.opened(sql, &opening).rows::<MessageRow>(db).await? {
        grouped.entry(row.customer_id).or_default().push(row);
    }
    Ok(grouped.into_iter().map(|(customer, rows)| (customer, page.slice(rows))).collect())
}

#[derive(FromQueryResult)]
struct Named {
    service_name: String,
}

/// The name of a service that no catalogue knows, as some source writes it that the reader may read.
pub async fn name_of(db: &Db, scope: &Scope, service: ServiceId) -> Result<Option<String>> {
    let anchor = Anchor { customer: "t.customer_id", source: "t.source_id" };
    let opening = scope.opened_at(anchor, scope.right(Action::HealthRead));
    let by_status = Sql::new("SELECT t.service_name FROM customer_service t WHERE t.service_id = ")
        .bind(service.0)
        .push(" AND ")
        .add(opening.sql());
    let by_incident = Sql::new("SELECT c.service_name FROM incident_copy c JOIN incident_tenant t")
        .push(" ON t.source_id = c.source_id AND t.incident_id = c.incident_id WHERE c.service_id = ")
        .bind(service.0)
        .push(" AND ")
        .add(opening.sql());
    let sql = Sql::new("SELECT min(service_name) AS service_name FROM (")
        .add(by_status)
        .push(" UNION ")
        .add(by_incident)
        .push(") n HAVING count(*) > 0");
    let rows: Vec<Named> = scope.opened(sql, &opening).rows(db).await?;
    Ok(rows.into_iter().next().map(|row| row.service_name))
}
