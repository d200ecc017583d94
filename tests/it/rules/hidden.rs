//! DESIGN 4.4, rule 8: what is hidden and what does not exist are the same answer, by the same statements.

use super::facts::{account, customer, finds, partner_tenant, resold, source, tenant, voice};
use crate::harness::{NOW, Reply, TestApp, Viewer};
use partner_gateway::db::sql::Sql;
use partner_gateway::graphql::Kind;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use uuid::Uuid;

/// An answer, and how many statements it took.
async fn weighed(test: &TestApp, viewer: &Viewer<'_>, query: &str, variables: Value) -> (Reply, u64) {
    let before = test.db().statement_count();
    let reply = viewer.ask_with(query, variables).await;
    (reply, test.db().statement_count() - before)
}

/// Asks the same of something hidden and of something that does not exist.
async fn same(test: &TestApp, account: &str, query: &str, hidden: Value, unknown: Value) -> Reply {
    let viewer = test.as_viewer(account);
    // How its lists are driven is asked once and remembered.
    viewer.ask_with(query, json!({ "x": unknown })).await;
    let (of_hidden, its_statements) = weighed(test, &viewer, query, json!({ "x": hidden })).await;
    let (of_unknown, statements) = weighed(test, &viewer, query, json!({ "x": unknown })).await;
    assert_eq!(of_hidden.comparable(), of_unknown.comparable(), "{account}: {query}");
    assert_eq!(its_statements, statements, "{account}: {query}");
    of_hidden
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
}

async fn row(test: &TestApp, sql: Sql) -> Uuid {
    let rows: Vec<Row> = test.db().unscoped_rows(sql).await.unwrap();
    rows.first().unwrap().id
}

/// Rows of Wingtip and of its customer A. Datum, one of each kind of object.
async fn hidden_rows(test: &TestApp) -> Vec<(Kind, Uuid)> {
    let (customer, home) = (customer(test, "adatum").await.0, partner_tenant("wingtip"));
    let of_customer =
        |table: &str| Sql::new(format!("SELECT id FROM {table} WHERE customer_id = ")).bind(customer);
    let groups = Sql::new("SELECT id FROM security_group WHERE tenant_id = ").bind(home);
    let assigned = Sql::new("SELECT id FROM access_assignment WHERE relationship_id IN (")
        .add(of_customer("delegated_admin_relationship"))
        .push(")");
    let incident = Sql::new("SELECT i.id FROM incident i JOIN incident_tenant t ON t.incident_id = i.id WHERE t.customer_id = ")
        .bind(customer)
        .push(" AND NOT EXISTS (SELECT 1 FROM incident_tenant o WHERE o.incident_id = i.id AND o.customer_id <> t.customer_id)");
    vec![
        (Kind::Customer, customer),
        (Kind::Incident, row(test, incident).await),
        (Kind::Partner, source(test, "wingtip").await.0),
        (Kind::CustomerSubscription, row(test, of_customer("customer_subscription")).await),
        (Kind::Relationship, row(test, of_customer("delegated_admin_relationship")).await),
        (Kind::AccessAssignment, row(test, assigned).await),
        (Kind::SecurityGroup, row(test, groups).await),
        (Kind::Account, account(test, "admin@wingtip").await.0),
    ]
}

const ACCOUNTS: [&str; 4] = ["admin@lamna", "engineer@fabrikam", "admin@adventure-works", "guest@wingtip"];

#[tokio::test]
async fn a_hidden_customer_and_an_unknown_one_are_one_answer_by_every_key() {
    let test = TestApp::demo().await;
    let id = |row: Uuid| json!(test.app.sealer.id(Kind::Customer as u8, row).unwrap());
    let hidden = customer(&test, "adatum").await.0;
    for account in ACCOUNTS {
        for (query, hidden, unknown) in [
            (
                "query($x: UUID) { customer(tenantId: $x) { id name } }",
                json!(tenant("adatum")),
                json!(Uuid::from_u128(5)),
            ),
            (
                "query($x: String) { customer(domain: $x) { id name } }",
                json!("adatum.com"),
                json!("nobody.example"),
            ),
            (
                "query($x: String) { customer(domain: $x) { id name } }",
                json!("adatum.health"),
                json!("nobody.example"),
            ),
            ("query($x: ID) { customer(id: $x) { id name } }", id(hidden), id(Uuid::from_u128(5))),
        ] {
            let reply = same(&test, account, query, hidden, unknown).await;
            assert_eq!(reply.codes(), ["NOT_FOUND"], "{account}: {query}");
            assert_eq!(reply.body["data"]["customer"], Value::Null);
        }
    }
}

#[tokio::test]
async fn a_hidden_object_and_an_unknown_one_are_one_answer_by_global_id() {
    let test = TestApp::demo().await;
    for (kind, row) in hidden_rows(&test).await {
        let id = |row: Uuid| json!(test.app.sealer.id(kind as u8, row).unwrap());
        let (hidden, unknown) = (id(row), id(Uuid::from_u128(6)));
        for account in ACCOUNTS {
            let query = "query($x: ID!) { node(id: $x) { __typename id } }";
            let reply = same(&test, account, query, hidden.clone(), unknown.clone()).await;
            assert_eq!(reply.data()["node"], Value::Null, "{account}: {kind:?}");
            let query = "query($x: [ID!]!) { nodes(ids: $x) { __typename id } }";
            let reply = same(&test, account, query, json!([hidden]), json!([unknown])).await;
            assert_eq!(reply.data()["nodes"], json!([null]), "{account}: {kind:?}");
        }
        let owner = test.as_viewer("engineer@wingtip");
        let query = "query($x: ID!) { node(id: $x) { id } }";
        let seen = owner.ask_with(query, json!({ "x": hidden })).await;
        // Of accounts, everybody reads its own alone.
        let is_readable = !matches!(kind, Kind::Account);
        assert_eq!(seen.data()["node"].is_object(), is_readable, "{kind:?}");
    }
}

#[tokio::test]
async fn filters_and_searches_of_hidden_and_of_unknown_values_are_one_answer() {
    let test = TestApp::demo().await;
    for account in ACCOUNTS {
        for (query, hidden, unknown) in [
            (
                "query($x: String) { customers(filter: { search: $x }) { totalCount { value } nodes { id } } }",
                "adatum",
                "nobody",
            ),
            (
                "query($x: String) { customers(filter: { name: { eq: $x } }) { totalCount { value } nodes { id } } }",
                "A. Datum",
                "Nobody",
            ),
            (
                "query($x: String) { partners(filter: { partnerId: { eq: $x } }) { nodes { id } } }",
                "5228103",
                "1",
            ),
            (
                "query($x: String) { delegatedAdminRelationships(filter: { displayName: { eq: $x } }) { totalCount { value } nodes { id } } }",
                "A. Datum operations",
                "Nobody's operations",
            ),
            (
                "query($x: String) { customerSubscriptions(filter: { customer: { name: { eq: $x } } }) { totalCount { value } nodes { id } } }",
                "A. Datum",
                "Nobody",
            ),
            (
                "query($x: String) { incidents(filter: { title: { eq: $x } }) { totalCount { value } nodes { id } } }",
                "Users can't open records in Dynamics 365 Apps",
                "Nobody's trouble",
            ),
        ] {
            let reply = same(&test, account, query, json!(hidden), json!(unknown)).await;
            let list = reply.data().as_object().unwrap().values().next().unwrap();
            assert_eq!(list["nodes"], json!([]), "{account}: {query}");
        }
    }
}

#[tokio::test]
async fn a_customer_that_was_visible_and_one_that_never_was_are_one_answer() {
    let test = TestApp::demo().await;
    let at = NOW.plus_days(1);
    assert!(finds(&test.as_viewer("admin@fabrikam"), "proseware").await);
    voice(&test, "fabrikam", at).in_whole_lists().customers(&[resold("contoso")]).await;
    test.set_clock(at);
    let query = "query($x: UUID) { customer(tenantId: $x) { id name } }";
    let (gone, never) = (json!(tenant("proseware")), json!(Uuid::from_u128(9)));
    let reply = same(&test, "admin@fabrikam", query, gone, never).await;
    assert_eq!(reply.codes(), ["NOT_FOUND"]);
}
