//! Facts of service health that tests say, and questions on it that they ask, through the public API alone. The service
//! that they are about is one that nothing in the demo world brings or speaks of.

use super::facts::{Voice, partner_tenant, tenant};
use crate::harness::{NOW, TestApp, Viewer, nodes};
use entity::Timestamp;
use partner_gateway::db::sql::Sql;
use partner_gateway::escalations::record::VendorRequestRecord;
use partner_gateway::health::record::{
    LookOutcome, LookRecord, ManagementRecord, MessageRecord, ServiceName, StatusRecord,
};
use partner_gateway::incidents::record::{IncidentRecord, PostRecord};
use partner_gateway::ingest::{Ingest, Outcome};
use partner_gateway::subscriptions::record::SubscriptionRecord;
use partner_gateway::{escalations, health, incidents};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};

/// The service of records that tests make, and the offer that brings it.
pub const SERVICE: &str = "Windows 365";
pub const OFFER: &str = "Windows 365 Business";

/// A moment so many hours after the tests' own.
pub fn hours(count: i64) -> Timestamp {
    Timestamp(NOW.0 + count * 3_600 * Timestamp::SECOND)
}

impl Voice<'_> {
    async fn graph(&self) -> Ingest {
        self.ingest_from("microsoft_graph").await
    }

    pub async fn statuses(&self, records: &[StatusRecord]) -> Outcome {
        let mut ingest = self.graph().await;
        let outcome = health::ingest::statuses(&mut ingest, records).await.unwrap();
        ingest.commit().await.unwrap();
        outcome
    }

    pub async fn looks(&self, records: &[LookRecord]) -> Outcome {
        let mut ingest = self.graph().await;
        let outcome = health::ingest::looks(&mut ingest, records).await.unwrap();
        ingest.commit().await.unwrap();
        outcome
    }

    pub async fn management(&self, records: &[ManagementRecord]) -> Outcome {
        let mut ingest = self.graph().await;
        let outcome = health::ingest::management(&mut ingest, records).await.unwrap();
        ingest.commit().await.unwrap();
        outcome
    }

    pub async fn messages(&self, records: &[MessageRecord]) -> Outcome {
        let mut ingest = self.graph().await;
        let outcome = health::ingest::messages(&mut ingest, records).await.unwrap();
        ingest.commit().await.unwrap();
        outcome
    }

    pub async fn incidents(&self, records: &[IncidentRecord]) -> Outcome {
        let mut ingest = self.graph().await;
        let outcome = incidents::ingest::incidents(&mut ingest, records).await.unwrap();
        ingest.commit().await.unwrap();
        outcome
    }

    pub async fn requests(&self, records: &[VendorRequestRecord]) -> Outcome {
        let mut ingest = self.ingest().await;
        let outcome = escalations::ingest::vendor_requests(&mut ingest, records).await.unwrap();
        ingest.commit().await.unwrap();
        outcome
    }
}

/// A service by its name alone.
pub fn named(name: &str) -> ServiceName {
    ServiceName { id: None, name: name.to_owned() }
}

/// The status of a service.
pub fn status(customer: &str, service: &str, status: &'static str) -> StatusRecord {
    StatusRecord { customer_tenant_id: tenant(customer), service: named(service), status, status_raw: None }
}

/// An open incident of [`SERVICE`] since yesterday.
pub fn incident(customer: &str, external_id: &str, title: &str) -> IncidentRecord {
    IncidentRecord {
        customer_tenant_id: tenant(customer),
        external_id: external_id.to_owned(),
        title: title.to_owned(),
        service: named(SERVICE),
        classification: "incident",
        status: "service_degradation",
        starts_at: Some(NOW.plus_days(-1)),
        modified_at: Some(NOW.plus_days(-1)),
        ..Default::default()
    }
}

/// A usual publication.
pub fn post(at: Timestamp, content: &str) -> PostRecord {
    PostRecord {
        created_at: at,
        kind: "regular",
        content_type: "text",
        content: content.to_owned(),
        ..Default::default()
    }
}

/// A message of yesterday.
pub fn message(customer: &str, external_id: &str, title: &str) -> MessageRecord {
    MessageRecord {
        customer_tenant_id: tenant(customer),
        external_id: external_id.to_owned(),
        title: title.to_owned(),
        category: "stay_informed",
        severity: "normal",
        modified_at: Some(NOW.plus_days(-1)),
        content_type: "text",
        content: format!("{title}, at length"),
        ..Default::default()
    }
}

/// An open request on a service.
pub fn request(customer: &str, external_id: &str, service: &str) -> VendorRequestRecord {
    VendorRequestRecord {
        customer_tenant_id: tenant(customer),
        external_id: external_id.to_owned(),
        title: format!("Request {external_id}"),
        severity: "moderate",
        status: "open",
        product: Some(named(service)),
        ..Default::default()
    }
}

/// A look that saw nothing.
pub fn look(customer: &str, outcome: LookOutcome) -> LookRecord {
    LookRecord { customer_tenant_id: tenant(customer), outcome }
}

/// Active licences of [`OFFER`] that a partner sold.
pub fn licences(customer: &str, external_id: &str, seller: &str, quantity: i64) -> SubscriptionRecord {
    SubscriptionRecord {
        customer_tenant_id: tenant(customer),
        external_id: external_id.to_owned(),
        offer_name: Some(OFFER.into()),
        quantity,
        status: "active",
        seller_tenant_id: Some(partner_tenant(seller)),
        ..Default::default()
    }
}

/// The services of a customer as an account sees them.
pub async fn services_of(viewer: &Viewer<'_>, key: &str) -> Vec<Value> {
    let query = "query($t: UUID) { customer(tenantId: $t) { services { service { id name } status statusRaw since portalUrl
        decision { allowed missing } provenance { source asOf state }
        history(first: 50) { nodes { status statusRaw firstSeenAt lastSeenAt } } } } }";
    let reply = viewer.ask_with(query, json!({ "t": tenant(key) })).await;
    reply.data()["customer"]["services"].as_array().unwrap().clone()
}

/// One of them by its name.
pub async fn service_of(viewer: &Viewer<'_>, key: &str, name: &str) -> Option<Value> {
    services_of(viewer, key).await.into_iter().find(|one| one["service"]["name"] == name)
}

/// Upstream ids of a customer's incidents, or the codes with which they are refused.
pub async fn incidents_at(viewer: &Viewer<'_>, key: &str) -> Result<Vec<String>, Vec<String>> {
    let query =
        "query($t: UUID) { customer(tenantId: $t) { incidents(first: 200) { nodes { externalId } } } }";
    let reply = viewer.ask_with(query, json!({ "t": tenant(key) })).await;
    if !reply.codes().is_empty() {
        assert_eq!(reply.body["data"]["customer"]["incidents"], Value::Null, "{:#}", reply.body);
        return Err(reply.codes());
    }
    Ok(external_ids(nodes(reply.data(), "/customer/incidents")))
}

/// Titles of a customer's messages, or the codes with which they are refused.
pub async fn messages_at(viewer: &Viewer<'_>, key: &str) -> Result<Vec<String>, Vec<String>> {
    let query =
        "query($t: UUID) { customer(tenantId: $t) { serviceMessages(first: 200) { nodes { title } } } }";
    let reply = viewer.ask_with(query, json!({ "t": tenant(key) })).await;
    if !reply.codes().is_empty() {
        assert_eq!(reply.body["data"]["customer"]["serviceMessages"], Value::Null, "{:#}", reply.body);
        return Err(reply.codes());
    }
    let titles = nodes(reply.data(), "/customer/serviceMessages").iter();
    Ok(titles.map(|one| one["title"].as_str().unwrap().to_owned()).collect())
}

/// Upstream ids of all incidents that an account lists.
pub async fn listed(viewer: &Viewer<'_>) -> Vec<String> {
    let reply = viewer.ask("{ incidents(first: 200) { nodes { externalId } } }").await;
    external_ids(nodes(reply.data(), "/incidents"))
}

pub fn external_ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|one| one["externalId"].as_str().unwrap().to_owned()).collect()
}

/// An incident as an account sees it; none where it does not find it.
pub async fn incident_of(viewer: &Viewer<'_>, external_id: &str) -> Option<Value> {
    let query = "query($x: String) { incident(externalId: $x) { id externalId title classification classificationRaw origin
        originRaw status statusRaw isResolved startedAt endedAt modifiedAt impactDescription service { name }
        posts(first: 50) { nodes { createdAt kind kindRaw text } } lastPost { text } provenance { source asOf state }
        impact { customerCount seatCount openSupportRequestCount
            byReseller(first: 50) { nodes { reseller { name } customerCount seatCount openSupportRequestCount } }
            customers(first: 50) { totalCount { value isEstimate } nodes { customer { name } since openSupportRequestCount } } } } }";
    let reply = viewer.ask_with(query, json!({ "x": external_id })).await;
    if reply.codes() == ["NOT_FOUND"] {
        assert_eq!(reply.body["data"]["incident"], Value::Null);
        return None;
    }
    Some(reply.data()["incident"].clone())
}

/// Its title there.
pub async fn title_of(viewer: &Viewer<'_>, external_id: &str) -> Option<String> {
    incident_of(viewer, external_id).await.map(|one| one["title"].as_str().unwrap().to_owned())
}

/// Texts of an incident's publications, newest first.
pub fn posts_of(incident: &Value) -> Vec<&str> {
    nodes(incident, "/posts").iter().map(|one| one["text"].as_str().unwrap()).collect()
}

/// An incident's customers, seats and open requests.
pub fn numbers(incident: &Value) -> [i64; 3] {
    let impact = &incident["impact"];
    ["customerCount", "seatCount", "openSupportRequestCount"].map(|name| impact[name].as_i64().unwrap())
}

/// Names of an incident's customers, in their order.
pub fn affected(incident: &Value) -> Vec<&str> {
    let rows = nodes(incident, "/impact/customers").iter();
    rows.map(|row| row["customer"]["name"].as_str().unwrap()).collect()
}

/// An incident's numbers by reseller, in their order.
pub fn by_reseller(incident: &Value) -> Vec<(&str, [i64; 3])> {
    let rows = nodes(incident, "/impact/byReseller").iter();
    rows.map(|row| (row["reseller"]["name"].as_str().unwrap(), numbers(&json!({ "impact": row })))).collect()
}

/// All that sources say of health, incidents, messages and requests, in texts that are the same in every database that
/// says the same: without random ids.
pub async fn all_said(test: &TestApp) -> Vec<String> {
    let shells: Vec<entity::incident::Model> = table(test, "incident").await;
    let name = |text: String| {
        shells.iter().fold(text, |text, shell| text.replace(&shell.id.0.to_string(), &shell.external_id))
    };
    let mut said = Vec::new();
    macro_rules! say {
        ($($table:ident),+) => {$(
            let rows: Vec<entity::$table::Model> = table(test, stringify!($table)).await;
            said.extend(rows.iter().map(|row| name(format!("{}: {row:?}", stringify!($table)))));
        )+};
    }
    say!(
        health_watch,
        customer_service,
        incident_copy,
        incident_listing,
        incident_tenant,
        message_copy,
        message_tenant
    );
    for mut row in table::<entity::service_status_span::Model>(test, "service_status_span").await {
        row.id = uuid::Uuid::nil();
        said.push(format!("span: {row:?}"));
    }
    for mut row in table::<entity::vendor_request::Model>(test, "vendor_request").await {
        row.id = uuid::Uuid::nil();
        said.push(format!("request: {row:?}"));
    }
    for mut row in table::<entity::incident_post::Model>(test, "incident_post").await {
        // Which of several captures with one text was kept is nobody's business.
        row.as_of = Timestamp(0);
        said.push(name(format!("post: {row:?}")));
    }
    said.sort();
    said
}

async fn table<M: FromQueryResult>(test: &TestApp, name: &str) -> Vec<M> {
    test.db().unscoped_rows(Sql::new(format!("SELECT * FROM {name}"))).await.unwrap()
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// How many changes of incidents and statuses listeners have been told of.
pub async fn told(test: &TestApp) -> i64 {
    let sql = Sql::new("SELECT count(*) AS n FROM event WHERE kind IN ('incident', 'service_status')");
    test.db().unscoped_rows::<Count>(sql).await.unwrap()[0].n
}
