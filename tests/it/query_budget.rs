//! Statements of an operation do not grow with its rows, and on PostgreSQL none of them needs a sequential scan.

use crate::harness::TestApp;
use sea_orm::DbBackend;
use serde_json::json;
use std::collections::BTreeSet;

const THREE_LEVELS: &str = "query($n: Int!) { customers(first: $n) { nodes { id name
    subscriptions(first: 5) { nodes { offerName seller { name } commerceDetails { orderId } } }
    delegatedAdminRelationships(first: 5) { nodes { displayName roles { name } partner { name } } }
    partners(first: 5) { edges { relation node { name customers(first: 2) { nodes { name } } } } }
    myAccess { roles { name } } companyProfile { city } domains } } }";

async fn statements(test: &TestApp, account: &str, query: &str, variables: serde_json::Value) -> u64 {
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
        assert!(many <= few + 2, "{account}: {few} statements for 10 customers, {many} for all");
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

/// The lists and look-ups whose plans are checked.
const CHECKED: [&str; 8] = [
    "{ customers(first: 25) { nodes { id name subscriptions(first: 5) { nodes { id offerName } } } } }",
    "{ customers(first: 25, filter: { search: \"con\" }) { nodes { name } } }",
    "{ customer(domain: \"contoso.com\") { name companyProfile { city } } }",
    "{ customerSubscriptions(first: 25, filter: { status: { in: [ACTIVE] }, autoRenew: { eq: false } }, orderBy: [{ field: COMMITMENT_ENDS_AT, direction: ASC }]) { nodes { offerName customer { name } } } }",
    "{ delegatedAdminRelationships(first: 25, filter: { endsWithinDays: 90 }) { nodes { displayName roles { name } customer { name } } } }",
    "{ partners(first: 25) { nodes { name resellers(first: 5) { nodes { name customers(first: 3) { nodes { name } } } } } } }",
    "{ customers(first: 25, orderBy: [{ field: NAME, direction: DESC }], filter: { subscriptions: { some: { quantity: { gt: 5 } } } }) { nodes { name myAccess { roles { name } } partners { edges { relation } } } } }",
    "{ customers(last: 5) { nodes { delegatedAdminRelationships(first: 5) { nodes { displayName } } } } }",
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
