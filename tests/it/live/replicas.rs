//! Two gateways on one database: what one brings in or takes away, the other's streams learn.

use super::client::Server;
use super::{CHANGED, incident, listening, say};
use crate::harness::{NOW, TestApp, compose};
use partner_gateway::access::{directory, explain};
use partner_gateway::app::App;
use partner_gateway::clock::Clock;
use partner_gateway::db::sql::Sql;
use partner_gateway::demo;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::json;

/// Another gateway on the same database, with connections and a look-out of its own.
async fn replica(test: &TestApp) -> App {
    compose(test.another(Clock::fixed(NOW)).await).await
}

#[tokio::test]
async fn what_one_replica_brings_in_reaches_the_streams_of_the_other() {
    let test = TestApp::demo().await;
    let other = replica(&test).await;
    let (here, there) = (Server::start(&test.app).await, Server::start(&other).await);
    let mut first = here.socket(&test.app, "helpdesk@fabrikam").await;
    let mut second = there.socket(&other, "lead@northwind").await;
    first.subscribe("a", CHANGED, json!({})).await;
    second.subscribe("a", CHANGED, json!({})).await;
    listening(&test.app, 1).await;
    listening(&other, 1).await;
    for (app, number) in [(&test.app, 1), (&other, 2), (&test.app, 3)] {
        say(app, "fabrikam", &[incident(&format!("EX960{number}"), "adventure-works", 1)]).await;
        for socket in [&mut first, &mut second] {
            let told = socket.frame("a").await;
            let id = format!("EX960{number}");
            assert_eq!(told["data"]["incidentChanged"]["incident"]["externalId"], json!(id));
        }
    }
    drop((first, second));
    listening(&other, 0).await;
    other.db.close().await.unwrap();
}

#[tokio::test]
async fn what_one_replica_takes_away_ends_the_streams_of_the_other() {
    let test = TestApp::demo().await;
    let other = replica(&test).await;
    let there = Server::start(&other).await;
    let mut socket = there.socket(&other, "helpdesk@fabrikam").await;
    socket.subscribe("a", CHANGED, json!({})).await;
    listening(&other, 1).await;
    let known = demo::account("helpdesk@fabrikam").unwrap();
    let id = explain::account(test.db(), known.tenant, known.object_id).await.unwrap().unwrap();
    directory::end_account(test.db(), id, NOW).await.unwrap();
    assert_eq!(socket.error("a").await[0]["extensions"]["code"], "FORBIDDEN");
    drop(socket);
    listening(&other, 0).await;
    other.db.close().await.unwrap();
}

#[tokio::test]
async fn an_event_whose_notification_is_missed_is_found_by_looking() {
    let test = TestApp::demo().await;
    say(&test.app, "fabrikam", &[incident("EX9701", "adventure-works", 1)]).await;
    let server = Server::start(&test.app).await;
    let mut socket = server.socket(&test.app, "helpdesk@fabrikam").await;
    socket.subscribe("a", CHANGED, json!({})).await;
    listening(&test.app, 1).await;
    // As if the change had been committed by a version that tells nobody.
    let copy = "INSERT INTO event (seq, kind, source_id, customer_id, incident_id, service_id, change, at) \
        SELECT seq + 1, kind, source_id, customer_id, incident_id, service_id, 'updated', at FROM event \
        WHERE seq = (SELECT max(seq) FROM event)";
    let tx = test.db().begin().await.unwrap();
    assert!(matches!(tx.get_database_backend(), DbBackend::Postgres | DbBackend::Sqlite));
    assert_eq!(partner_gateway::db::execute(&tx, Sql::new(copy)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(socket.frame("a").await["data"]["incidentChanged"]["change"], "UPDATED");
}
