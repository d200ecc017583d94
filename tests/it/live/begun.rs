//! What was begun is finished, whoever still waits for its answer.

use super::client::{PATIENCE, token};
use crate::harness::TestApp;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use entity::audit_event;
use partner_gateway::db::derive;
use partner_gateway::db::sql::Sql;
use partner_gateway::graphql::Kind;
use partner_gateway::http;
use serde_json::json;
use std::time::Duration;
use tower::ServiceExt;
use uuid::Uuid;

const ESCALATE: &str = "mutation($input: EscalateSupportRequestInput!) {
    escalateSupportRequest(input: $input) { userErrors { code } } }";

/// Waits until something holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "never: {what}");
}

/// How many calls were refused because there is no such request.
async fn refusals(test: &TestApp) -> usize {
    let sql = Sql::new("SELECT * FROM audit_event WHERE action = 'escalateSupportRequest'");
    let sql = sql.push(" AND outcome = 'NOT_FOUND'");
    test.db().unscoped_rows::<audit_event::Model>(sql).await.unwrap().len()
}

/// A call that is refused, for a client that takes such an answer.
fn call(test: &TestApp, accept: &str) -> Request<Body> {
    let unknown = test.app.sealer.id(Kind::SupportRequest as u8, Uuid::from_u128(0xab5e)).unwrap();
    let input = json!({ "idempotencyKey": accept, "supportRequestId": unknown, "version": 1,
        "reason": "Please help" });
    let body = json!({ "query": ESCALATE, "variables": { "input": input } });
    Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, accept)
        .header(header::AUTHORIZATION, format!("Bearer {}", token(&test.app, "helpdesk@fabrikam", 3600)))
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// Begins the call while nothing can be written, and leaves.
async fn begin_and_leave(test: &TestApp, accept: &str) {
    let asked = test.db().statement_count();
    let (router, request) = (http::router(test.app.clone()), call(test, accept));
    let waiting = tokio::spawn(async move {
        let response = router.oneshot(request).await.unwrap();
        to_bytes(response.into_body(), usize::MAX).await
    });
    // The account was looked up, and then what the mutation itself asks.
    until("the mutation began", async || test.db().statement_count() >= asked + 2).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled(), "{accept}: it did not wait");
}

#[tokio::test]
async fn a_write_whose_client_goes_is_finished_and_its_refusal_recorded() {
    let test = TestApp::demo().await;
    for accept in ["application/json", "text/event-stream"] {
        let recorded = refusals(&test).await;
        // While this is held nothing can be written: the call waits half-way.
        let held = test.db().begin().await.unwrap();
        derive::lock(&held).await.unwrap();
        begin_and_leave(&test, accept).await;
        held.rollback().await.unwrap();
        until("its refusal was recorded", async || refusals(&test).await == recorded + 1).await;
    }
}

#[tokio::test]
async fn the_end_of_the_server_waits_for_a_write_whose_client_is_gone_and_lets_none_begin() {
    let test = TestApp::demo().await;
    let held = test.db().begin().await.unwrap();
    derive::lock(&held).await.unwrap();
    begin_and_leave(&test, "application/json").await;
    let ((), rolled_back) = tokio::join!(test.app.finished(), held.rollback());
    rolled_back.unwrap();
    assert_eq!(refusals(&test).await, 1);
    let response = http::router(test.app.clone()).oneshot(call(&test, "application/json")).await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(refusals(&test).await, 1);
}
