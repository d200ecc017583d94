//! What is taken away is gone from the next request on, with the token that worked a moment ago; and then it reads like
//! what never existed.

use super::difference;
use crate::harness::{NOW, TestApp, Viewer};
use entity::{
    AccountId, CustomerId, GroupId, PartnerId, Timestamp, access_assignment, access_assignment_role,
    delegated_admin_relationship, delegated_admin_role,
};
use partner_gateway::access::{directory, explain};
use partner_gateway::customers::record::{CustomerRecord, RelationKind};
use partner_gateway::db::derive;
use partner_gateway::db::sql::Sql;
use partner_gateway::delegation::record::{AssignmentRecord, RelationshipRecord};
use partner_gateway::ingest::Ingest;
use partner_gateway::sync::import::registered_partner;
use partner_gateway::{customers, delegation, demo};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use uuid::Uuid;

/// A minute later: when rights are taken away.
const LATER: Timestamp = Timestamp(NOW.0 + 60 * Timestamp::SECOND);

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

async fn source(test: &TestApp, key: &str) -> PartnerId {
    let tenant = demo::partner_tenant(key).unwrap();
    registered_partner(test.db(), tenant).await.unwrap().unwrap()
}

async fn customer(test: &TestApp, key: &str) -> CustomerId {
    let tenant = demo::customer_tenant(key).unwrap().to_string();
    explain::customer(test.db(), &tenant).await.unwrap().unwrap()
}

async fn account(test: &TestApp, name: &str) -> AccountId {
    let known = demo::account(name).unwrap();
    explain::account(test.db(), known.tenant, known.object_id).await.unwrap().unwrap()
}

async fn group(test: &TestApp, partner: &str, name: &str) -> GroupId {
    let sql = Sql::new("SELECT id FROM security_group WHERE tenant_id = ")
        .bind(demo::partner_tenant(partner).unwrap());
    let rows: Vec<Id> = test.db().unscoped_rows(sql.push(" AND name = ").bind(name)).await.unwrap();
    GroupId(rows[0].id)
}

/// A partner's relationship with a customer, with the roles that it carries, as that partner said it last.
async fn relationship(test: &TestApp, partner: &str, customer_key: &str) -> (RelationshipRecord, Uuid) {
    let sql = Sql::new("SELECT * FROM delegated_admin_relationship WHERE status = 'active' AND source_id = ");
    let sql = sql.bind(source(test, partner).await.0).push(" AND customer_id = ");
    let rows: Vec<delegated_admin_relationship::Model> =
        test.db().unscoped_rows(sql.bind(customer(test, customer_key).await.0)).await.unwrap();
    let row = rows.into_iter().next().unwrap();
    let roles = Sql::new("SELECT * FROM delegated_admin_role WHERE relationship_id = ").bind(row.id.0);
    let roles: Vec<delegated_admin_role::Model> = test.db().unscoped_rows(roles).await.unwrap();
    let record = RelationshipRecord {
        external_id: row.external_id,
        customer_tenant_id: demo::customer_tenant(customer_key),
        customer_name: None,
        display_name: row.display_name,
        indirect_provider_tenant_id: None,
        is_partner_consent_pending: row.is_partner_consent_pending,
        duration: row.duration,
        auto_extend_duration: row.auto_extend_duration,
        roles: roles.into_iter().map(|role| role.role_template_id).collect(),
        status: "active",
        status_raw: None,
        created_at: row.created_at,
        modified_at: Some(LATER),
        activated_at: row.activated_at,
        ends_at: row.ends_at.known(),
        etag: row.etag,
    };
    (record, row.id.0)
}

/// The first assignment of a relationship, as its partner said it last.
async fn assignment(test: &TestApp, relationship: &RelationshipRecord, id: Uuid) -> AssignmentRecord {
    let sql = Sql::new("SELECT * FROM access_assignment WHERE relationship_id = ").bind(id);
    let rows: Vec<access_assignment::Model> =
        test.db().unscoped_rows(sql.push(" ORDER BY external_id")).await.unwrap();
    let row = rows.into_iter().next().unwrap();
    let roles = Sql::new("SELECT * FROM access_assignment_role WHERE assignment_id = ").bind(row.id.0);
    let roles: Vec<access_assignment_role::Model> = test.db().unscoped_rows(roles).await.unwrap();
    AssignmentRecord {
        external_id: row.external_id,
        relationship_external_id: relationship.external_id.clone(),
        group_object_id: row.group_object_id,
        roles: roles.into_iter().map(|role| role.role_template_id).collect(),
        status: "active",
        status_raw: None,
        created_at: Some(row.starts_at),
        modified_at: Some(LATER),
        etag: row.etag,
    }
}

/// Fabrikam says something of its delegations.
async fn say(test: &TestApp, relationships: &[RelationshipRecord], assignments: &[AssignmentRecord]) {
    let source = source(test, "fabrikam").await;
    let mut ingest = Ingest::begin(test.db(), source, "microsoft_graph", LATER, false).await.unwrap();
    let mut outcome = delegation::ingest::relationships(&mut ingest, relationships).await.unwrap();
    outcome.add(delegation::ingest::assignments(&mut ingest, assignments).await.unwrap());
    assert_eq!(outcome.stored, relationships.len() + assignments.len(), "{outcome:?}");
    ingest.commit().await.unwrap();
}

const LOOK_UP: &str =
    "query($t: UUID!) { customer(tenantId: $t) { id name subscriptions(first: 1) { nodes { id } } } }";
const NODE: &str = "query($id: ID!) { node(id: $id) { __typename id } }";

/// What a viewer has of a customer while it may read it.
struct Had<'v, 'a> {
    viewer: &'v Viewer<'a>,
    tenant: Uuid,
    ids: Vec<String>,
}

impl<'v, 'a> Had<'v, 'a> {
    async fn of(viewer: &'v Viewer<'a>, key: &str) -> Self {
        let tenant = demo::customer_tenant(key).unwrap();
        let reply = viewer.ask_with(LOOK_UP, json!({ "t": tenant })).await;
        let seen = &reply.data()["customer"];
        let subscription = seen["subscriptions"]["nodes"][0]["id"].as_str();
        let ids = seen["id"].as_str().into_iter().chain(subscription).map(str::to_owned).collect();
        Had { viewer, tenant, ids }
    }

    /// It is gone from the look-up, from ids that were kept, and from the list; its answer is that of a tenant that
    /// nobody has.
    async fn is_gone(&self) {
        assert!(!self.ids.is_empty(), "it was not there before");
        let hidden = self.viewer.ask_with(LOOK_UP, json!({ "t": self.tenant })).await;
        let unknown = self.viewer.ask_with(LOOK_UP, json!({ "t": Uuid::from_u128(0x57_0006) })).await;
        assert_eq!(hidden.codes(), ["NOT_FOUND"]);
        assert_eq!(difference(&hidden.comparable(), &unknown.comparable()), None);
        for id in &self.ids {
            let reply = self.viewer.ask_with(NODE, json!({ "id": id })).await;
            assert_eq!(reply.data()["node"], Value::Null);
        }
        let list = "query($t: UUID!) { customers(filter: { tenantId: { eq: $t } }) { totalCount { value } nodes { id } }
            customerSubscriptions(filter: { customer: { tenantId: { eq: $t } } }) { totalCount { value } } }";
        let reply = self.viewer.ask_with(list, json!({ "t": self.tenant })).await;
        assert_eq!(reply.data()["customers"], json!({ "totalCount": { "value": 0 }, "nodes": [] }));
        assert_eq!(reply.data()["customerSubscriptions"]["totalCount"]["value"], 0);
    }

    async fn is_there(&self) {
        let reply = self.viewer.ask_with(LOOK_UP, json!({ "t": self.tenant })).await;
        assert!(reply.data()["customer"]["id"].is_string());
    }
}

#[tokio::test]
async fn a_membership_that_ended_opens_nothing_from_the_next_request_on() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("engineer@fabrikam");
    // Woodgrove by the delegated group alone, Proseware as Admin agent.
    let (woodgrove, proseware) =
        (Had::of(&viewer, "woodgrove-bank").await, Had::of(&viewer, "proseware").await);
    test.set_clock(LATER);
    let (group, account) =
        (group(&test, "fabrikam", "Service support").await, account(&test, "engineer@fabrikam").await);
    woodgrove.is_there().await;
    directory::end_membership(test.db(), group, account, LATER).await.unwrap();
    woodgrove.is_gone().await;
    proseware.is_there().await;
}

#[tokio::test]
async fn an_account_that_ended_sees_what_an_unknown_one_sees() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@fabrikam");
    let proseware = Had::of(&viewer, "proseware").await;
    let account = account(&test, "admin@fabrikam").await;
    test.set_clock(LATER);
    directory::end_account(test.db(), account, LATER).await.unwrap();
    proseware.is_gone().await;
    let query = "{ viewer { account { id } partner { id } customer { id } } partners { nodes { id } }
        customers { totalCount { value } nodes { id } } customerSubscriptions { nodes { id } }
        delegatedAdminRelationships { nodes { id } } }";
    let unknown = test.as_account(demo::partner_tenant("fabrikam").unwrap(), Uuid::from_u128(0x57_0007));
    assert_eq!(viewer.ask(query).await.comparable(), unknown.ask(query).await.comparable());
}

#[tokio::test]
async fn an_assignment_that_is_being_deleted_opens_nothing_from_the_next_request_on() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("support@fabrikam");
    let woodgrove = Had::of(&viewer, "woodgrove-bank").await;
    test.set_clock(LATER);
    let (relationship, id) = relationship(&test, "fabrikam", "woodgrove-bank").await;
    let assignment = AssignmentRecord { status: "deleting", ..assignment(&test, &relationship, id).await };
    woodgrove.is_there().await;
    say(&test, &[], &[assignment]).await;
    woodgrove.is_gone().await;
}

#[tokio::test]
async fn an_assignment_that_moves_to_another_relationship_leaves_the_customer_of_the_first() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("support@fabrikam");
    let (woodgrove, contoso) = (Had::of(&viewer, "woodgrove-bank").await, Had::of(&viewer, "contoso").await);
    test.set_clock(LATER);
    let (relationship_of_woodgrove, id) = relationship(&test, "fabrikam", "woodgrove-bank").await;
    let (relationship_of_contoso, _) = relationship(&test, "fabrikam", "contoso").await;
    let assignment = AssignmentRecord {
        relationship_external_id: relationship_of_contoso.external_id,
        ..assignment(&test, &relationship_of_woodgrove, id).await
    };
    say(&test, &[], &[assignment]).await;
    woodgrove.is_gone().await;
    contoso.is_there().await;
    assert!(derive::check(test.db()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_relationship_that_was_terminated_opens_nothing_from_the_next_request_on() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("support@fabrikam");
    let woodgrove = Had::of(&viewer, "woodgrove-bank").await;
    test.set_clock(LATER);
    let (relationship, _) = relationship(&test, "fabrikam", "woodgrove-bank").await;
    say(&test, &[RelationshipRecord { status: "terminated", ends_at: Some(LATER), ..relationship }], &[])
        .await;
    woodgrove.is_gone().await;
}

#[tokio::test]
async fn a_relationship_opens_nothing_after_its_end_though_nobody_said_so() {
    let test = TestApp::demo().await;
    let (relationship, _) = relationship(&test, "fabrikam", "woodgrove-bank").await;
    let end = relationship.ends_at.unwrap();
    test.set_clock(Timestamp(end.0 - 1));
    let viewer = test.as_viewer("support@fabrikam");
    let woodgrove = Had::of(&viewer, "woodgrove-bank").await;
    test.set_clock(end);
    woodgrove.is_gone().await;
}

#[tokio::test]
async fn a_reseller_relation_that_ended_opens_nothing_from_the_next_request_on() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@fabrikam");
    let proseware = Had::of(&viewer, "proseware").await;
    test.set_clock(LATER);
    let source = source(&test, "fabrikam").await;
    let mut ingest = Ingest::begin(test.db(), source, "partner_center", LATER, false).await.unwrap();
    let record = CustomerRecord {
        tenant_id: demo::customer_tenant("proseware").unwrap(),
        relation: Some(RelationKind::None),
        ..CustomerRecord::default()
    };
    customers::ingest::customers(&mut ingest, &[record]).await.unwrap();
    ingest.commit().await.unwrap();
    proseware.is_gone().await;
}

#[tokio::test]
async fn a_restriction_closes_a_customer_from_the_next_request_on_and_opens_it_again_at_its_end() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    let proseware = Had::of(&viewer, "proseware").await;
    let (tenant, customer) = (demo::partner_tenant("fabrikam").unwrap(), customer(&test, "proseware").await);
    let group = group(&test, "fabrikam", "Helpdesk agents").await;
    test.set_clock(LATER);
    let until = Timestamp(LATER.0 + 60 * Timestamp::SECOND);
    let tx = test.db().begin().await.unwrap();
    directory::restrict(&tx, tenant, group, customer, "no_access", LATER, until).await.unwrap();
    tx.commit().await.unwrap();
    proseware.is_gone().await;
    test.set_clock(until);
    proseware.is_there().await;
}
