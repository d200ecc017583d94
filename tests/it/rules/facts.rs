//! Facts that tests say, and questions that they ask, through the public API alone. A fact is said in the name of one
//! source, as of one moment; builders take only what a test is about. What concerns service health is in `outages`.

use crate::harness::{NOW, TestApp, Viewer, nodes};
use entity::{AccountId, CustomerId, GroupId, PartnerId, Timestamp};
use partner_gateway::access::explain;
use partner_gateway::customers::record::{CustomerRecord, IndirectRecord, RelationKind};
use partner_gateway::db::sql::Sql;
use partner_gateway::delegation::record::{AssignmentRecord, RelationshipRecord};
use partner_gateway::ingest::{Ingest, Outcome};
use partner_gateway::partners::record::{PartnerRecord, PartnershipRecord};
use partner_gateway::subscriptions::record::SubscriptionRecord;
use partner_gateway::sync::import::registered_partner;
use partner_gateway::{customers, delegation, demo, partners, subscriptions};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use uuid::Uuid;

pub const SERVICE_SUPPORT: &str = "f023fd81-a637-4b56-95fd-791ac0226033";
pub const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";

/// The offer of subscriptions that tests add.
pub const EXTRA: &str = "Extra";

/// The last moment before another.
pub fn just_before(at: Timestamp) -> Timestamp {
    Timestamp(at.0 - 1)
}

/// Tenant of a demo partner.
pub fn partner_tenant(key: &str) -> Uuid {
    demo::partner_tenant(key).unwrap_or_else(|| panic!("no demo partner {key}"))
}

/// Tenant of a demo customer.
pub fn tenant(key: &str) -> Uuid {
    demo::customer_tenant(key).unwrap_or_else(|| panic!("no demo customer {key}"))
}

/// Row id of a demo partner.
pub async fn source(test: &TestApp, key: &str) -> PartnerId {
    let found = registered_partner(test.db(), partner_tenant(key)).await.unwrap();
    found.unwrap()
}

/// Row id of a demo customer.
pub async fn customer(test: &TestApp, key: &str) -> CustomerId {
    let found = explain::customer(test.db(), &tenant(key).to_string()).await;
    found.unwrap().unwrap()
}

/// Row id of a demo account.
pub async fn account(test: &TestApp, name: &str) -> AccountId {
    let known = demo::account(name).unwrap();
    let found = explain::account(test.db(), known.tenant, known.object_id).await;
    found.unwrap().unwrap()
}

/// A security group.
#[derive(FromQueryResult)]
pub struct Group {
    pub id: GroupId,
    pub object_id: Uuid,
}

/// The group of a partner by its name, such as `Admin agents` or `Service support`.
pub async fn group(test: &TestApp, partner: &str, name: &str) -> Group {
    let sql =
        Sql::new("SELECT id, object_id FROM security_group WHERE tenant_id = ").bind(partner_tenant(partner));
    let rows: Vec<Group> = test.db().unscoped_rows(sql.push(" AND name = ").bind(name)).await.unwrap();
    rows.into_iter().next().unwrap()
}

/// What one partner says at one moment.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    test: &'a TestApp,
    source: &'a str,
    as_of: Timestamp,
    is_complete: bool,
}

/// What a partner says, in pages of lists.
pub fn voice<'a>(test: &'a TestApp, source: &'a str, as_of: Timestamp) -> Voice<'a> {
    Voice { test, source, as_of, is_complete: false }
}

impl Voice<'_> {
    /// The same in whole lists.
    pub fn in_whole_lists(self) -> Self {
        Voice { is_complete: true, ..self }
    }

    /// The transaction in which it is said.
    pub async fn ingest(&self) -> Ingest {
        self.ingest_from("partner_center").await
    }

    /// The same from any upstream system.
    pub async fn ingest_from(&self, system: &'static str) -> Ingest {
        let source = source(self.test, self.source).await;
        let begun = Ingest::begin(self.test.db(), source, system, self.as_of, self.is_complete);
        begun.await.unwrap()
    }

    pub async fn customers(&self, records: &[CustomerRecord]) -> Outcome {
        let mut ingest = self.ingest().await;
        let outcome = customers::ingest::customers(&mut ingest, records).await.unwrap();
        ingest.commit().await.unwrap();
        outcome
    }

    pub async fn links(&self, records: &[IndirectRecord]) -> Outcome {
        let mut ingest = self.ingest().await;
        let outcome = customers::ingest::indirect(&mut ingest, records).await.unwrap();
        ingest.commit().await.unwrap();
        outcome
    }

    pub async fn partnerships(&self, records: &[PartnershipRecord]) -> Outcome {
        let mut ingest = self.ingest().await;
        let outcome = partners::ingest::partnerships(&mut ingest, records).await.unwrap();
        ingest.commit().await.unwrap();
        outcome
    }

    pub async fn subscriptions(&self, records: &[SubscriptionRecord]) -> Outcome {
        let mut ingest = self.ingest().await;
        let outcome = subscriptions::ingest::subscriptions(&mut ingest, records).await.unwrap();
        ingest.commit().await.unwrap();
        outcome
    }

    /// Who supports a subscription.
    pub async fn support_contact(&self, customer: &str, external_id: &str, partner: &str) {
        let partner = source(self.test, partner).await;
        let mut ingest = self.ingest().await;
        let said =
            subscriptions::ingest::support_contact(&mut ingest, tenant(customer), external_id, partner);
        assert!(said.await.unwrap(), "{external_id} is not known");
        ingest.commit().await.unwrap();
    }

    pub async fn relationships(&self, records: &[RelationshipRecord]) -> Outcome {
        let mut ingest = self.ingest().await;
        let outcome = delegation::ingest::relationships(&mut ingest, records).await.unwrap();
        ingest.commit().await.unwrap();
        outcome
    }

    pub async fn assignments(&self, records: &[AssignmentRecord]) -> Outcome {
        let mut ingest = self.ingest().await;
        let outcome = delegation::ingest::assignments(&mut ingest, records).await.unwrap();
        ingest.commit().await.unwrap();
        outcome
    }
}

/// A customer that the source may sell to.
pub fn resold(key: &str) -> CustomerRecord {
    CustomerRecord { tenant_id: tenant(key), relation: Some(RelationKind::Reseller), ..Default::default() }
}

/// "I serve it through this provider."
pub fn through(key: &str, provider: &str) -> IndirectRecord {
    IndirectRecord {
        customer_tenant_id: tenant(key),
        partner_tenant_id: partner_tenant(provider),
        partner_is_provider: true,
    }
}

/// "This reseller serves it through me."
pub fn served_by(key: &str, reseller: &str) -> IndirectRecord {
    IndirectRecord { partner_is_provider: false, ..through(key, reseller) }
}

/// A partnership with a provider, or else with a reseller; active, or else ended.
pub fn partnership(other: &str, is_provider: bool, is_active: bool) -> PartnershipRecord {
    PartnershipRecord {
        partner: PartnerRecord { tenant_id: partner_tenant(other), ..Default::default() },
        partner_is_provider: is_provider,
        state: if is_active { "active" } else { "other" },
        state_raw: (!is_active).then(|| "inactive".to_owned()),
    }
}

/// An active subscription of the offer [`EXTRA`] that a partner bought from Microsoft.
pub fn extra(customer: &str, seller: &str) -> SubscriptionRecord {
    SubscriptionRecord {
        customer_tenant_id: tenant(customer),
        external_id: format!("extra-{customer}-{seller}"),
        offer_name: Some(EXTRA.into()),
        quantity: 1,
        status: "active",
        seller_tenant_id: Some(partner_tenant(seller)),
        ..Default::default()
    }
}

/// An active relationship with Service Support, for 30 days by now.
pub fn relationship(customer: &str, name: &str, ends_at: Timestamp) -> RelationshipRecord {
    RelationshipRecord {
        external_id: format!("{customer}-{}", name.to_lowercase().replace(' ', "-")),
        customer_tenant_id: Some(tenant(customer)),
        customer_name: None,
        display_name: name.to_owned(),
        indirect_provider_tenant_id: None,
        is_partner_consent_pending: false,
        duration: "P730D".into(),
        auto_extend_duration: "PT0S".into(),
        roles: vec![SERVICE_SUPPORT.to_owned()],
        status: "active",
        status_raw: None,
        created_at: Some(NOW.plus_days(-31)),
        modified_at: None,
        activated_at: Some(NOW.plus_days(-30)),
        ends_at: Some(ends_at),
        etag: None,
    }
}

/// All roles of a relationship for a group, since its activation.
pub fn assignment(of: &RelationshipRecord, group: Uuid) -> AssignmentRecord {
    AssignmentRecord {
        external_id: format!("{}-{group}", of.external_id),
        relationship_external_id: of.external_id.clone(),
        group_object_id: group,
        roles: of.roles.clone(),
        status: "active",
        status_raw: None,
        created_at: of.activated_at,
        modified_at: None,
        etag: None,
    }
}

/// What an account holds on a customer.
pub struct Access {
    pub operations: Vec<String>,
    /// Each with `name`, `via` and `endsAt`.
    pub roles: Vec<Value>,
}

impl Access {
    /// Names of the roles that rest on one ground.
    pub fn via(&self, ground: &str) -> Vec<&str> {
        let roles = self.roles.iter().filter(|role| role["via"] == ground);
        roles.map(|role| role["name"].as_str().unwrap()).collect()
    }
}

/// What an account holds on a customer; none where it does not find it.
pub async fn access(viewer: &Viewer<'_>, key: &str) -> Option<Access> {
    let query =
        "query($t: UUID) { customer(tenantId: $t) { myAccess { operations roles { name via endsAt } } } }";
    let reply = viewer.ask_with(query, json!({ "t": tenant(key) })).await;
    if reply.codes() == ["NOT_FOUND"] {
        return None;
    }
    let held = &reply.data()["customer"]["myAccess"];
    let operations = held["operations"].as_array().unwrap().iter();
    Some(Access {
        operations: operations.map(|one| one.as_str().unwrap().to_owned()).collect(),
        roles: held["roles"].as_array().unwrap().clone(),
    })
}

/// Whether an account may do something with a customer, by its own explanation.
pub async fn may(viewer: &Viewer<'_>, key: &str, operation: &str) -> bool {
    let held = access(viewer, key).await;
    held.is_some_and(|held| held.operations.iter().any(|one| one == operation))
}

/// Whether an account finds a customer.
pub async fn finds(viewer: &Viewer<'_>, key: &str) -> bool {
    access(viewer, key).await.is_some()
}

/// Subscriptions of a customer as an account sees them, in their order: each with `externalId`, `offerName`, `status`.
pub async fn subscriptions_of(viewer: &Viewer<'_>, key: &str) -> Vec<Value> {
    let query = "query($t: UUID) { customerSubscriptions(filter: { customer: { tenantId: { eq: $t } } }, first: 100) {
        nodes { externalId offerName status supportContact { name } } } }";
    let reply = viewer.ask_with(query, json!({ "t": tenant(key) })).await;
    nodes(reply.data(), "/customerSubscriptions").clone()
}

/// Offers of the subscriptions of a customer that an account sees, in alphabetic order.
pub async fn offers(viewer: &Viewer<'_>, key: &str) -> Vec<String> {
    let subscriptions = subscriptions_of(viewer, key).await;
    let names = subscriptions.iter().map(|one| one["offerName"].as_str().unwrap().to_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Whether an account sees the [`EXTRA`] subscription of a customer.
pub async fn sees_extra(viewer: &Viewer<'_>, key: &str) -> bool {
    offers(viewer, key).await.iter().any(|offer| offer == EXTRA)
}

/// Upstream id of a subscription by its offer, as an account sees it.
pub async fn external_id(viewer: &Viewer<'_>, key: &str, offer: &str) -> String {
    let all = subscriptions_of(viewer, key).await;
    let one = all.iter().find(|one| one["offerName"] == offer).unwrap();
    one["externalId"].as_str().unwrap().to_owned()
}

/// Relationships with a customer as an account sees them.
pub async fn relationships_of(viewer: &Viewer<'_>, key: &str) -> Vec<Value> {
    let query = "query($t: UUID) { delegatedAdminRelationships(filter: { customer: { tenantId: { eq: $t } } }, first: 100) {
        nodes { externalId displayName status partner { name } } } }";
    let reply = viewer.ask_with(query, json!({ "t": tenant(key) })).await;
    nodes(reply.data(), "/delegatedAdminRelationships").clone()
}

/// The name under which an account sees a customer.
pub async fn name_of(viewer: &Viewer<'_>, key: &str) -> String {
    let query = "query($t: UUID) { customer(tenantId: $t) { name } }";
    let reply = viewer.ask_with(query, json!({ "t": tenant(key) })).await;
    reply.data()["customer"]["name"].as_str().unwrap().to_owned()
}

/// Names of the partners of a customer as an account sees them, each with its relations.
pub async fn partners_of(viewer: &Viewer<'_>, key: &str) -> Vec<(String, Vec<String>)> {
    let query = "query($t: UUID) { customer(tenantId: $t) { partners(first: 50) { edges { relations node { name } } } } }";
    let reply = viewer.ask_with(query, json!({ "t": tenant(key) })).await;
    let edges = reply.data()["customer"]["partners"]["edges"].as_array().unwrap().iter();
    let relations = |edge: &Value| -> Vec<String> {
        let all = edge["relations"].as_array().unwrap().iter();
        all.map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    edges.map(|edge| (edge["node"]["name"].as_str().unwrap().to_owned(), relations(edge))).collect()
}

/// Nearly all that an account can see, small enough for one request.
pub const EVERYTHING: &str = "{
    viewer { account { id name } partner { id name } customer { id name } }
    partners(first: 10) { nodes { id name kind partnerId customers(first: 50) { nodes { id name } }
        resellers(first: 10) { nodes { name } } providers(first: 10) { nodes { name } } } }
    customers(first: 50) { totalCount { value isEstimate } pageInfo { startCursor endCursor hasNextPage } nodes {
        id tenantId name primaryDomain provenance { source asOf state }
        partners(first: 20) { edges { cursor relation relations since node { id name } } }
        subscriptions(first: 50) { nodes { id externalId offerName quantity assignedQuantity status
            seller { name } partnerOfRecord { name } supportContact { name } } }
        delegatedAdminRelationships(first: 20) { nodes { id externalId displayName status endsAt partner { name } } }
        services { service { name } status statusRaw since portalUrl provenance { source asOf state } }
        myAccess { operations roles { name via endsAt } } } }
    incidents(first: 50) { totalCount { value isEstimate } nodes { id externalId title status isResolved impactDescription
        lastPost { createdAt text } impact { customerCount seatCount openSupportRequestCount } } }
    customerSubscriptions(first: 200) { totalCount { value isEstimate } nodes { id externalId offerName } }
    delegatedAdminRelationships(first: 200) { totalCount { value isEstimate } nodes { id displayName } }
}";
