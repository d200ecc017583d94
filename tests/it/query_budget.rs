//! Statements of an operation do not grow with its rows, and on PostgreSQL none of them needs a sequential scan.

use crate::harness::{NOW, TestApp};
use crate::journeys_health::triage;
use crate::rules::facts::voice;
use crate::rules::outages::{incident, licences, post, request};
use partner_gateway::graphql::Kind;
use partner_gateway::incidents::record::IncidentRecord;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

const THREE_LEVELS: &str = "query($n: Int!) { customers(first: $n) { nodes { id name
    subscriptions(first: 5) { nodes { offerName seller { name } commerceDetails { orderId } } }
    delegatedAdminRelationships(first: 5) { nodes { displayName roles { name } partner { name } } }
    partners(first: 5) { edges { relation node { name customers(first: 2) { nodes { name } } } } }
    myAccess { roles { name } } companyProfile { city } domains } } }";

/// Of a second request: how an account's lists are driven is asked once and remembered.
async fn statements(test: &TestApp, account: &str, query: &str, variables: serde_json::Value) -> u64 {
    test.as_viewer(account).ask_with(query, variables.clone()).await;
    let before = test.db().statement_count();
    let reply = test.as_viewer(account).ask_with(query, variables).await;
    assert!(reply.body["data"].is_object(), "{:#}", reply.body);
    test.db().statement_count() - before
}

#[tokio::test(flavor = "multi_thread")]
async fn three_levels_of_children_take_as_many_statements_for_ten_rows_as_for_all() {
    let test = TestApp::demo().await;
    for account in ["admin@fabrikam", "engineer@fabrikam", "lead@northwind", "admin@contoso"] {
        let few = statements(&test, account, THREE_LEVELS, json!({ "n": 10 })).await;
        let many = statements(&test, account, THREE_LEVELS, json!({ "n": 200 })).await;
        // Siblings whose parents' statements end at different times are fetched apart: that depends on the levels.
        assert!(many <= few + 4, "{account}: {few} statements for 10 customers, {many} for all");
        assert!(many <= 18, "{account}: {many} statements");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_with_subscriptions_takes_three_statements() {
    let test = TestApp::demo().await;
    let query =
        "{ customers(first: 25) { nodes { id name subscriptions(first: 5) { nodes { id offerName } } } } }";
    // The account, the customers, their subscriptions.
    assert_eq!(statements(&test, "admin@fabrikam", query, json!({})).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_takes_as_many_statements_for_a_hidden_customer_as_for_an_unknown_one() {
    let test = TestApp::demo().await;
    let hidden = partner_gateway::demo::partner_tenant("litware").unwrap();
    let query = "query($t: UUID!) { customer(tenantId: $t) { id } }";
    let a = statements(&test, "admin@lamna", query, json!({ "t": hidden })).await;
    let b = statements(&test, "admin@lamna", query, json!({ "t": uuid::Uuid::new_v4() })).await;
    assert_eq!(a, b);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_triage_takes_as_many_statements_for_two_customers_as_for_many() {
    let test = TestApp::demo().await;
    let of = |page: &str| triage().replacen("first: 5", page, 1);
    // A word of one letter finds many; of the first two one has incidents.
    for account in ["helpdesk@fabrikam", "engineer@fabrikam", "lead@northwind", "sales@fabrikam"] {
        let few = statements(&test, account, &of("first: 2"), json!({ "search": "c" })).await;
        let many = statements(&test, account, &of("first: 50"), json!({ "search": "c" })).await;
        assert!(many <= few + 2, "{account}: {few} statements for two customers, {many} for many");
        assert!(many <= 12, "{account}: {many} statements");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_incidents_takes_as_many_statements_for_one_as_for_all() {
    let test = TestApp::demo().await;
    let query = "query($n: Int!) { incidents(first: $n, filter: { active: true }) { totalCount { value } nodes {
        id title status service { id name } posts(first: 5) { nodes { text } } lastPost { text } provenance { state } } } }";
    for account in ["helpdesk@fabrikam", "lead@northwind", "admin@contoso", "sales@fabrikam"] {
        let few = statements(&test, account, query, json!({ "n": 1 })).await;
        let many = statements(&test, account, query, json!({ "n": 200 })).await;
        assert!(few == many && many <= 8, "{account}: {few} statements for one incident, {many} for all");
    }
}

/// Fabrikam's customers whose health its engineer and its provider's lead both read.
const SERVED: [&str; 8] = [
    "adventure-works",
    "bellows-college",
    "contoso",
    "coho-vineyard",
    "fourth-coffee",
    "lucerne-publishing",
    "relecloud",
    "southridge-video",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_impact_of_an_incident_takes_as_many_statements_for_one_customer_as_for_many() {
    let test = TestApp::demo().await;
    let at = |id: &'static str, keys: &[&str]| -> Vec<IncidentRecord> {
        let said = keys.iter().map(|key| incident(key, id, "Cloud PCs are slow"));
        said.map(|said| IncidentRecord { posts: vec![post(NOW, "Read")], ..said }).collect()
    };
    let fabrikam = voice(&test, "fabrikam", NOW);
    fabrikam.incidents(&at("WP9000001", &SERVED[..1])).await;
    fabrikam.incidents(&at("WP9000002", &SERVED)).await;
    fabrikam.subscriptions(&SERVED.map(|key| licences(key, &format!("cloud-{key}"), "fabrikam", 3))).await;
    fabrikam.requests(&SERVED.map(|key| request(key, "261101", "Windows 365"))).await;
    let id = "query($x: String) { incident(externalId: $x) { id impact { customerCount } } }";
    let journey = include_str!("journeys/07-incident-command.graphql");
    let query = journey.split("\nsubscription ").next().unwrap();
    for account in ["engineer@fabrikam", "lead@northwind"] {
        let mut counts = Vec::new();
        for (external_id, customers) in [("WP9000001", 1), ("WP9000002", SERVED.len())] {
            let reply = test.as_viewer(account).ask_with(id, json!({ "x": external_id })).await;
            let seen = &reply.data()["incident"];
            assert_eq!(seen["impact"]["customerCount"], customers, "{account}");
            counts.push(statements(&test, account, query, json!({ "id": seen["id"] })).await);
        }
        assert_eq!(counts[0], counts[1], "{account}: {counts:?}");
        assert!(counts[1] <= 12, "{account}: {counts:?}");
    }
}

/// The lists and look-ups whose plans are checked.
const CHECKED: [&str; 12] = [
    "{ customers(first: 25) { nodes { id name subscriptions(first: 5) { nodes { id offerName } } } } }",
    "{ customers(first: 25, filter: { search: \"con\" }) { nodes { name } } }",
    "{ customer(domain: \"contoso.com\") { name companyProfile { city } } }",
    "{ customerSubscriptions(first: 25, filter: { status: { in: [ACTIVE] }, autoRenew: { eq: false } }, orderBy: [{ field: COMMITMENT_ENDS_AT, direction: ASC }]) { nodes { offerName customer { name } } } }",
    "{ delegatedAdminRelationships(first: 25, filter: { endsWithinDays: 90 }) { nodes { displayName roles { name } customer { name } } } }",
    "{ partners(first: 25) { nodes { name resellers(first: 5) { nodes { name customers(first: 3) { nodes { name } } } } } } }",
    "{ customers(first: 25, orderBy: [{ field: NAME, direction: DESC }], filter: { subscriptions: { some: { quantity: { gt: 5 } } } }) { nodes { name myAccess { roles { name } } partners { edges { relation } } } } }",
    "{ customers(last: 5) { nodes { delegatedAdminRelationships(first: 5) { nodes { displayName } } } } }",
    "{ customers(first: 25) { nodes { services { status portalUrl decision { allowed } history(first: 3) { nodes { status } } provenance { state } } incidents(first: 3, filter: { active: true }) { nodes { title lastPost { text } } provenance { state } } serviceMessages(first: 3) { nodes { title } } } } }",
    "{ incidents(first: 25, filter: { active: true, title: { contains: \"e\" } }, orderBy: [{ field: STARTED_AT, direction: ASC }]) { totalCount { value } nodes { title service { name } posts(first: 5) { nodes { text } } } } }",
    "{ incidents(first: 5) { nodes { impact { customerCount seatCount openSupportRequestCount byReseller(first: 5) { nodes { customerCount reseller { name } } } customers(first: 5) { nodes { since openSupportRequestCount customer { name } } } } } } }",
    "{ incident(externalId: \"EX1104210\") { title impact { customerCount } } }",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_list_or_look_up_reads_a_table_sequentially() {
    let test = TestApp::demo().await;
    if test.db().backend() != DbBackend::Postgres {
        return;
    }
    let mut offending = BTreeSet::new();
    for account in ["admin@fabrikam", "lead@northwind", "admin@contoso"] {
        test.db().record_statements();
        for query in CHECKED {
            let reply = test.as_viewer(account).ask(query).await;
            assert!(reply.body["data"].is_object(), "{:#}", reply.body);
        }
        let recorded = test.db().recorded_statements();
        assert!(recorded.len() > CHECKED.len(), "nothing was recorded");
        offending
            .extend(partner_gateway::db::plan::sequential_scans(test.db(), &recorded, false).await.unwrap());
    }
    assert!(offending.is_empty(), "{offending:#?}");
}

#[tokio::test]
async fn the_name_of_a_service_that_no_catalogue_knows_is_found_by_indexes() {
    let test = TestApp::demo().await;
    if test.db().backend() != DbBackend::Sqlite {
        // The other engine's plans depend on how much there is.
        return;
    }
    let id = test.app.sealer.id(Kind::Service as u8, Uuid::from_u128(0xab5e)).unwrap();
    test.db().record_statements();
    let reply = test.as_viewer("admin@fabrikam").ask(&format!("{{ node(id: \"{id}\") {{ id }} }}")).await;
    assert_eq!(reply.data(), &json!({ "node": null }));
    let recorded = test.db().recorded_statements();
    let asked = recorded.iter().find(|statement| statement.sql.contains("FROM incident_copy")).unwrap();
    let explain = Statement { sql: format!("EXPLAIN QUERY PLAN {}", asked.sql), ..asked.clone() };
    let tx = test.db().begin().await.unwrap();
    let plan = tx.query_all_raw(explain).await.unwrap();
    let plan: Vec<String> = plan.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    for index in ["customer_service_named", "incident_copy_named"] {
        assert!(plan.iter().any(|step| step.starts_with("SEARCH") && step.contains(index)), "{plan:#?}");
    }
    tx.rollback().await.unwrap();
}
