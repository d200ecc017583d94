//! Live streams through real clients: what reaches whom, when they end, and how the transports behave.

mod begun;
pub mod client;
mod ends;
mod protocol;
mod replicas;
mod streams;

use crate::harness::{NOW, TestApp};
use entity::{PartnerId, Timestamp};
use partner_gateway::app::App;
use partner_gateway::demo;
use partner_gateway::health::record::{ServiceName, StatusRecord};
use partner_gateway::incidents::record::{IncidentRecord, PostRecord};
use partner_gateway::ingest::Ingest;
use partner_gateway::sync::import::registered_partner;
use partner_gateway::{health, incidents};
use std::time::Duration;

const CHANGED: &str = "subscription { incidentChanged(filter: { active: true }) {
    change missed incident { externalId title status isResolved } affectedCustomers(first: 5) { totalCount { value } nodes { name } } } }";
const STATUS: &str = "subscription($customer: ID!) { serviceStatusChanged(customerId: $customer) {
    at customer { id name } service { id name } previousStatus status } }";

/// Waits until so many streams are open.
async fn listening(app: &App, count: usize) {
    let wait = async {
        while app.hub.stream_count() != count {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(client::PATIENCE, wait).await.expect("the streams never opened");
}

async fn source(app: &App, partner: &str) -> PartnerId {
    registered_partner(&app.db, demo::partner_tenant(partner).unwrap()).await.unwrap().unwrap()
}

/// An incident as a source says it of one of its customers.
fn incident(external_id: &str, customer: &str, minutes: i64) -> IncidentRecord {
    IncidentRecord {
        customer_tenant_id: demo::customer_tenant(customer).unwrap(),
        external_id: external_id.into(),
        title: format!("Mail is late ({external_id})"),
        service: ServiceName { id: Some("Exchange".into()), name: "Exchange Online".into() },
        classification: "incident",
        status: "service_degradation",
        starts_at: Some(NOW),
        modified_at: Some(Timestamp(NOW.0 + minutes * 60 * Timestamp::SECOND)),
        posts: vec![PostRecord {
            created_at: Timestamp(NOW.0 + minutes * 60 * Timestamp::SECOND),
            kind: "regular",
            content_type: "text",
            content: format!("Update {minutes}"),
            ..PostRecord::default()
        }],
        ..IncidentRecord::default()
    }
}

async fn say(app: &App, partner: &str, records: &[IncidentRecord]) {
    let now = app.db.clock().now();
    let mut ingest =
        Ingest::begin(&app.db, source(app, partner).await, "microsoft_graph", now, false).await.unwrap();
    incidents::ingest::incidents(&mut ingest, records).await.unwrap();
    ingest.commit().await.unwrap();
}

/// A status of Exchange as a source sees it now.
async fn see(app: &App, partner: &str, customer: &str, status: &'static str) {
    let exchange = ServiceName { id: Some("Exchange".into()), name: "Exchange Online".into() };
    look(app, partner, customer, exchange, status, false).await;
}

/// A source looks at a customer now and sees one service; in a whole list, no other.
async fn look(
    app: &App,
    partner: &str,
    customer: &str,
    service: ServiceName,
    status: &'static str,
    is_whole: bool,
) {
    let (source, now) = (source(app, partner).await, app.db.clock().now());
    let mut ingest = Ingest::begin(&app.db, source, "microsoft_graph", now, is_whole).await.unwrap();
    let customer_tenant_id = demo::customer_tenant(customer).unwrap();
    let record = StatusRecord { customer_tenant_id, service, status, status_raw: None };
    health::ingest::statuses(&mut ingest, &[record]).await.unwrap();
    ingest.commit().await.unwrap();
}

/// The clock moves on by so many seconds.
fn pass(test: &TestApp, seconds: i64) {
    let now = test.app.db.clock().now();
    test.set_clock(Timestamp(now.0 + seconds * Timestamp::SECOND));
}
