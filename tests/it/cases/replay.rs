//! A mutation happens once for its key: sent again, at once, through another replica, or after what stood in its way is
//! gone; and one key stands for one input.

use super::desk::{Answer, CUSTOMER, Desk, document};
use super::model::Org;
use crate::harness::{NOW, compose, issuer};
use entity::Timestamp;
use futures::future::join_all;
use partner_gateway::app::App;
use partner_gateway::clock::Clock;
use partner_gateway::{demo, http};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tower::ServiceExt;

async fn invoice(desk: &Desk, key: &str, title: &str) -> Value {
    json!({ "idempotencyKey": key, "customerId": desk.customer(CUSTOMER).await, "kind": "BILLING",
        "severity": "MODERATE", "title": title, "description": "It is wrong." })
}

/// The same through another gateway on the same database.
async fn write_through(app: &App, account: &str, mutation: &str, input: &Value) -> Answer {
    let known = demo::account(account).unwrap();
    let now = app.db.clock().now().0 / Timestamp::SECOND;
    let token = issuer().token(known.tenant, known.object_id, now, 3600, Map::new()).unwrap();
    let body = json!({ "query": document(mutation), "variables": { "input": input } }).to_string();
    let request = axum::http::Request::post("/graphql")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .body(axum::body::Body::from(body))
        .unwrap();
    let response = http::router(app.clone()).oneshot(request).await.unwrap();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&bytes).unwrap();
    assert!(body.get("errors").is_none(), "{body:#}");
    Answer(body["data"][mutation].clone())
}

#[tokio::test]
async fn the_same_request_sent_again_gives_the_same_ids_and_does_nothing_anew() {
    let desk = Desk::open().await;
    let account = "helpdesk@tailspin";
    let input = invoice(&desk, "once", "An invoice").await;
    let first = desk.write(account, "raiseSupportRequest", input.clone()).await.done();
    let request = first.request();
    let note = json!({ "idempotencyKey": "once", "supportRequestId": request, "visibility": "CUSTOMER", "text": "Hello" });
    let noted = desk.write(account, "addSupportNote", note.clone()).await.done();
    let again = desk.write(account, "raiseSupportRequest", input).await.done();
    assert_eq!(again.request(), request, "a key belongs to an operation: the note's is another one");
    assert_eq!(again.0["supportRequest"]["status"], "IN_PROGRESS", "what is shown is how it stands now");
    let noted_again = desk.write(account, "addSupportNote", note).await.done();
    assert_eq!(noted_again.0["note"]["id"], noted.0["note"]["id"]);
    assert_eq!(desk.listed(account).await, std::slice::from_ref(&request));
    assert_eq!(desk.sees(account, &request).await.unwrap().notes.len(), 1);
    // Another account's key of the same name is another key.
    let other = invoice(&desk, "once", "An invoice").await;
    let other = desk.write("admin@tailspin", "raiseSupportRequest", other).await.done();
    assert_ne!(other.request(), request);
}

#[tokio::test]
async fn a_key_with_another_input_is_refused_at_the_key_and_does_nothing() {
    let desk = Desk::open().await;
    let account = "helpdesk@tailspin";
    let first = invoice(&desk, "mine", "An invoice").await;
    let first = desk.write(account, "raiseSupportRequest", first).await.done();
    let second = invoice(&desk, "mine", "Another invoice").await;
    let refused = desk.write(account, "raiseSupportRequest", second).await;
    assert_eq!((refused.codes(), refused.fields()), (vec!["IDEMPOTENCY_MISMATCH"], vec!["idempotencyKey"]));
    assert_eq!(desk.listed(account).await, [first.request()]);
    let (too_long, longest) = ("k".repeat(129), "k".repeat(128));
    let keys = [("", false), ("a\nb", false), (too_long.as_str(), false), (longest.as_str(), true)];
    for (key, is_right) in keys {
        let input = invoice(&desk, key, "Third invoice").await;
        let answer = desk.write(account, "raiseSupportRequest", input).await;
        let expected = if is_right { vec![] } else { vec!["idempotencyKey"] };
        assert_eq!(answer.fields(), expected, "{key:?}");
    }
}

#[tokio::test]
async fn a_refused_request_uses_up_no_key() {
    let desk = Desk::open().await;
    let request = desk.raise("helpdesk@tailspin", None, "An invoice").await.done().request();
    let version = desk.version("helpdesk@tailspin", &request).await;
    let input = json!({ "idempotencyKey": "later", "supportRequestId": request, "version": version,
        "reason": "Please help", "partnerId": desk.partner(Org::Northwind).await,
        "otherThanIncident": "It is about money." });
    let refused = desk.write("helpdesk@tailspin", "escalateSupportRequest", input.clone()).await;
    assert_eq!((refused.codes(), refused.fields()), (vec!["INVALID"], vec!["diagnosis"]));
    assert!(refused.0["escalation"].is_null());
    let found = json!({ "text": "Looked at." });
    desk.change("helpdesk@tailspin", "diagnoseSupportRequest", &request, found).await.done();
    let mut right = input;
    right["version"] = json!(desk.version("helpdesk@tailspin", &request).await);
    let done = desk.write("helpdesk@tailspin", "escalateSupportRequest", right.clone()).await.done();
    let again = desk.write("helpdesk@tailspin", "escalateSupportRequest", right).await.done();
    assert_eq!(again.hop(), done.hop(), "its version is old by now, and it happened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_sent_at_once_through_two_replicas_happens_once() {
    let desk = Desk::open().await;
    let others = [compose(desk.test.another(Clock::fixed(NOW)).await).await, desk.test.app.clone()];
    let account = "helpdesk@tailspin";
    for round in 0..3 {
        let input = invoice(&desk, &format!("round {round}"), "An invoice").await;
        let all = (0..10).map(|n| write_through(&others[n % 2], account, "raiseSupportRequest", &input));
        let ids: BTreeSet<String> =
            join_all(all).await.into_iter().map(|answer| answer.done().request()).collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        assert_eq!(desk.listed(account).await.len(), round + 1);
        // A hop, too.
        let request = ids.into_iter().next().unwrap();
        let found = json!({ "text": "Looked at." });
        let version = desk.change(account, "diagnoseSupportRequest", &request, found).await.done().version();
        let input = json!({ "idempotencyKey": format!("hop {round}"), "supportRequestId": request,
            "version": version, "reason": "Please help", "partnerId": desk.partner(Org::Litware).await,
            "otherThanIncident": "It is about money." });
        let all = (0..6).map(|n| write_through(&others[n % 2], account, "escalateSupportRequest", &input));
        let hops: BTreeSet<String> =
            join_all(all).await.into_iter().map(|answer| answer.done().hop()).collect();
        assert_eq!(hops.len(), 1, "{hops:?}");
        assert_eq!(desk.sees(account, &request).await.unwrap().hops.len(), 1);
    }
    let [other, _] = others;
    other.db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_with_two_inputs_at_once_does_one_of_them() {
    let desk = Desk::open().await;
    let inputs = [invoice(&desk, "both", "One").await, invoice(&desk, "both", "Other").await];
    let all = (0..8).map(|n| desk.write("helpdesk@tailspin", "raiseSupportRequest", inputs[n % 2].clone()));
    let answers = join_all(all).await;
    let refused = answers.iter().filter(|answer| answer.codes() == ["IDEMPOTENCY_MISMATCH"]).count();
    let done = answers.iter().filter(|answer| answer.codes().is_empty()).count();
    assert_eq!((done, refused), (4, 4));
    assert_eq!(desk.listed("helpdesk@tailspin").await.len(), 1);
}

#[tokio::test]
async fn of_two_changes_of_one_version_one_is_refused_and_shown_what_it_is_now() {
    let desk = Desk::open().await;
    let request =
        desk.raise("admin@wide-world-importers", Some(Org::Tailspin), "An invoice").await.done().request();
    let version = desk.version("helpdesk@tailspin", &request).await;
    let edit =
        |severity: &str| json!({ "supportRequestId": request, "version": version, "severity": severity });
    let edits = [edit("CRITICAL"), edit("MINIMAL")];
    let all =
        edits.iter().map(|input| desk.write("helpdesk@tailspin", "updateSupportRequest", input.clone()));
    let answers = join_all(all).await;
    let lost: Vec<&Answer> = answers.iter().filter(|answer| !answer.codes().is_empty()).collect();
    assert_eq!(lost.len(), 1);
    assert_eq!((lost[0].codes(), lost[0].fields()), (vec!["CONFLICT"], vec!["version"]));
    assert_eq!(lost[0].version(), version + 1);
    // Neither the customer nor the partner has to know of the other's version: each has its own.
    let customers = desk.version("admin@wide-world-importers", &request).await;
    let withdrawn = json!({ "supportRequestId": request, "version": customers, "text": "Found it." });
    desk.write("admin@wide-world-importers", "closeSupportRequest", withdrawn).await.done();
    let late = json!({ "supportRequestId": request, "version": version + 1, "text": "Found." });
    let late = desk.write("helpdesk@tailspin", "diagnoseSupportRequest", late).await;
    assert_eq!(late.codes(), ["CONFLICT"]);
    assert_eq!(late.0["supportRequest"]["status"], "CLOSED");
}

#[tokio::test]
async fn a_bad_input_is_refused_field_by_field_and_nothing_is_saved() {
    let desk = Desk::open().await;
    let mut input = invoice(&desk, "bad", "  ").await;
    input["description"] = json!("d".repeat(20_001));
    input["contact"] = json!({ "name": "Desk", "email": "nowhere" });
    input["attachments"] = json!([{ "name": "a.txt", "contentType": "text/plain", "sizeBytes": -1 }]);
    let refused = desk.write("helpdesk@tailspin", "raiseSupportRequest", input).await;
    assert_eq!(refused.codes(), ["INVALID"; 4]);
    assert_eq!(refused.fields(), ["title", "description", "contact.email", "attachments.sizeBytes"]);
    let mut input = invoice(&desk, "ids", "An invoice").await;
    input["customerId"] = json!("nonsense");
    input["partnerId"] = json!(desk.customer(CUSTOMER).await);
    let refused = desk.write("helpdesk@tailspin", "raiseSupportRequest", input).await;
    assert_eq!((refused.codes(), refused.fields()), (vec!["INVALID"; 2], vec!["customerId", "partnerId"]));
    // The vendor is given the partner's contact, and never the customer's.
    let mut input = invoice(&desk, "theirs", "An invoice").await;
    input["contact"] = json!({ "name": "Them", "email": "office@WideWorldImporters.com" });
    let refused = desk.write("helpdesk@tailspin", "raiseSupportRequest", input).await;
    assert_eq!((refused.codes(), refused.fields()), (vec!["INVALID"], vec!["contact.email"]));
    assert!(desk.listed("helpdesk@tailspin").await.is_empty());
    // What is right is stored as it was given.
    let text = "<script>alert(1)</script> & \u{202e}\n\t\u{1f4e7}";
    let mut input = invoice(&desk, "right", "<b>An</b> invoice &amp; more").await;
    input["description"] = json!(text);
    let request = desk.write("helpdesk@tailspin", "raiseSupportRequest", input).await.done().request();
    let query = "query($id: ID!) { supportRequest(id: $id) { title description } }";
    let reply = desk.ask("helpdesk@tailspin", query, json!({ "id": request })).await;
    let shown = &reply.data()["supportRequest"];
    assert_eq!(
        (&shown["title"], &shown["description"]),
        (&json!("<b>An</b> invoice &amp; more"), &json!(text))
    );
}
