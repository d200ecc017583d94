//! When streams end: with their token, with their ground, with the server.

use super::client::Server;
use super::{CHANGED, STATUS, incident, listening, pass, say};
use crate::harness::{NOW, TestApp};
use entity::Timestamp;
use partner_gateway::access::{directory, explain};
use partner_gateway::{access, demo};
use serde_json::json;

#[tokio::test]
async fn an_expired_token_ends_its_streams_and_closes_the_socket() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let mut socket = server.socket(&test.app, "helpdesk@fabrikam").await;
    let mut events = server.events(&test.app, "helpdesk@fabrikam", CHANGED, json!({})).await;
    socket.subscribe("a", CHANGED, json!({})).await;
    listening(&test.app, 2).await;
    pass(&test, 3600);
    let errors = socket.error("a").await;
    assert_eq!(errors[0]["extensions"]["code"], "UNAUTHENTICATED");
    assert!(errors[0]["message"].as_str().unwrap().contains("the token has expired"));
    assert_eq!(socket.closed().await.0, 4401);
    let (name, data) = events.next().await.unwrap();
    assert_eq!(
        (name.as_str(), &data["errors"][0]["extensions"]["code"]),
        ("next", &json!("UNAUTHENTICATED"))
    );
    assert_eq!(events.next().await.unwrap().0, "complete");
    assert!(events.next().await.is_none());
    listening(&test.app, 0).await;
}

/// The account's row and one of its groups.
async fn account(test: &TestApp, name: &str) -> entity::AccountId {
    let known = demo::account(name).unwrap();
    explain::account(test.db(), known.tenant, known.object_id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_membership_that_ends_ends_the_streams_that_rest_on_it_and_no_other() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let mut gone = server.socket(&test.app, "helpdesk@fabrikam").await;
    let mut stays = server.socket(&test.app, "admin@fabrikam").await;
    gone.subscribe("a", CHANGED, json!({})).await;
    stays.subscribe("a", CHANGED, json!({})).await;
    listening(&test.app, 2).await;
    let id = account(&test, "helpdesk@fabrikam").await;
    let sql = partner_gateway::db::sql::Sql::new("SELECT * FROM group_member WHERE account_id = ").bind(id.0);
    let members: Vec<entity::group_member::Model> = test.db().unscoped_rows(sql).await.unwrap();
    for member in members {
        directory::end_membership(test.db(), member.group_id, id, NOW).await.unwrap();
    }
    let errors = gone.error("a").await;
    assert_eq!(errors[0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(errors[0]["extensions"]["action"], "health:read");
    say(&test.app, "fabrikam", &[incident("EX9401", "adventure-works", 1)]).await;
    assert_eq!(stays.frame("a").await["data"]["incidentChanged"]["change"], "RAISED");
    // The socket itself goes on.
    gone.subscribe("b", "{ viewer { partner { id } } }", json!({})).await;
    assert_eq!(gone.receive().await["type"], "next");
}

#[tokio::test]
async fn an_account_that_ends_ends_its_streams() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let mut socket = server.socket(&test.app, "lead@northwind").await;
    socket.subscribe("a", CHANGED, json!({})).await;
    listening(&test.app, 1).await;
    let id = account(&test, "lead@northwind").await;
    directory::end_account(test.db(), id, NOW).await.unwrap();
    let errors = socket.error("a").await;
    assert_eq!(errors[0]["extensions"]["code"], "FORBIDDEN");
    assert!(errors[0]["message"].as_str().unwrap().contains("not registered here, or not any more"));
}

#[tokio::test]
async fn a_delegated_relationship_that_runs_out_ends_the_stream_on_its_customer_by_time_alone() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("support@fabrikam");
    let (short, long) = (viewer.customer_id("margies-travel").await, viewer.customer_id("contoso").await);
    // Tokens that outlive the relationship.
    let token = |account: &str| super::client::token(&test.app, account, 30 * 86_400);
    let server = Server::start(&test.app).await;
    let mut socket = server.bare().await;
    let payload = json!({ "Authorization": token("support@fabrikam") });
    socket.send(json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(socket.receive().await["type"], "connection_ack");
    socket.subscribe("short", STATUS, json!({ "customer": short })).await;
    socket.subscribe("long", STATUS, json!({ "customer": long })).await;
    listening(&test.app, 2).await;
    test.set_clock(Timestamp(NOW.plus_days(5).0 + Timestamp::SECOND));
    let errors = socket.error("short").await;
    assert_eq!(errors[0]["extensions"]["code"], "FORBIDDEN");
    let text = errors.to_string();
    assert!(!text.contains("Margie"), "it names more than its own ground: {text}");
    super::see(&test.app, "fabrikam", "contoso", "extended_recovery").await;
    assert_eq!(socket.frame("long").await["data"]["serviceStatusChanged"]["status"], "EXTENDED_RECOVERY");
}

#[tokio::test]
async fn a_restriction_ends_the_stream_on_its_customer() {
    let test = TestApp::demo().await;
    let customer = test.as_viewer("helpdesk@fabrikam").customer_id("adventure-works").await;
    let server = Server::start(&test.app).await;
    let mut events =
        server.events(&test.app, "helpdesk@fabrikam", STATUS, json!({ "customer": customer })).await;
    listening(&test.app, 1).await;
    let tenant = demo::partner_tenant("fabrikam").unwrap();
    let groups =
        partner_gateway::db::sql::Sql::new("SELECT * FROM security_group WHERE tenant_id = ").bind(tenant);
    let groups: Vec<entity::security_group::Model> =
        test.db().unscoped_rows(groups.push(" AND role = 'helpdesk_agents'")).await.unwrap();
    let id = access::explain::customer(test.db(), "adventure-works.com").await.unwrap().unwrap();
    let tx = test.db().begin().await.unwrap();
    directory::restrict(&tx, tenant, groups[0].id, id, "no_access", NOW, Timestamp::FAR_FUTURE)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (name, data) = events.next().await.unwrap();
    assert_eq!((name.as_str(), &data["errors"][0]["extensions"]["code"]), ("next", &json!("FORBIDDEN")));
}

#[tokio::test]
async fn a_server_that_drains_tells_its_streams_and_takes_no_new_one() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let mut busy = server.socket(&test.app, "helpdesk@fabrikam").await;
    let mut idle = server.socket(&test.app, "helpdesk@fabrikam").await;
    let mut events = server.events(&test.app, "lead@northwind", CHANGED, json!({})).await;
    busy.subscribe("a", CHANGED, json!({})).await;
    listening(&test.app, 2).await;
    test.app.hub.drain();
    assert_eq!(busy.error("a").await[0]["extensions"]["code"], "UNAVAILABLE");
    assert_eq!(busy.closed().await.0, 1012);
    assert_eq!(idle.closed().await.0, 1012);
    assert_eq!(events.next().await.unwrap().1["errors"][0]["extensions"]["code"], "UNAVAILABLE");
    assert_eq!(events.next().await.unwrap().0, "complete");
}
