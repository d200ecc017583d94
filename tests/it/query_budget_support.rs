//! A provider's queue takes as many statements for one case as for fifty, and as many among few cases as among many; no
//! page of it reads a table from end to end. Generated cases are like any other.

use crate::harness::{NOW, Reply, TestApp, Viewer, nodes};
use chrono::DateTime;
use partner_gateway::db::plan;
use partner_gateway::demo::{scale, scale_cases};
use sea_orm::DbBackend;
use serde_json::{Value, json};

/// The journey's query, page by page.
fn queue() -> String {
    let journey = include_str!("journeys/08-provider-queue.graphql");
    let query = journey.split("\nmutation ").next().unwrap();
    let paged = query
        .replacen("$within: Duration!", "$within: Duration!, $n: Int!, $after: String", 1)
        .replacen("first: 50", "first: $n, after: $after", 1);
    let end = paged.trim_end().strip_suffix('}').unwrap().trim_end().strip_suffix('}').unwrap();
    format!("{end} pageInfo {{ hasNextPage endCursor }} }} }}")
}

/// A small generated world whose largest provider holds so many cases.
async fn world(cases: u64) -> TestApp {
    let test = TestApp::empty().await;
    let mut progress = |_: &str, _: u64, _: u64| {};
    scale::ensure(test.db(), 100, 1, NOW, &mut progress).await.unwrap();
    scale_cases::ensure(test.db(), cases, 1, NOW, &mut progress).await.unwrap();
    test
}

fn helpdesk<'a>(test: &'a TestApp, partner: &str) -> Viewer<'a> {
    let (tenant, object) = scale::account(&format!("helpdesk@{partner}")).unwrap();
    test.as_account(tenant, object)
}

/// A page of the provider's queue, and how many statements it took.
async fn page(test: &TestApp, n: u32, after: &Value) -> (Reply, u64) {
    let before = test.db().statement_count();
    let viewer = helpdesk(test, &scale::largest_provider());
    let reply = viewer.ask_with(&queue(), json!({ "within": "P90D", "n": n, "after": after })).await;
    let count = test.db().statement_count() - before;
    assert!(reply.body.get("errors").is_none(), "{:#}", reply.body);
    (reply, count)
}

fn rows(reply: &Reply) -> &Vec<Value> {
    nodes(reply.data(), "/supportRequests")
}

fn due(row: &Value) -> i64 {
    DateTime::parse_from_rfc3339(row["dueAt"].as_str().unwrap()).unwrap().timestamp_micros()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_queue_takes_as_many_statements_for_one_case_as_for_fifty() {
    // With 1,200 cases the account holds more than what counts as few grants.
    let mut full = Vec::new();
    for cases in [80, 1_200] {
        let test = world(cases).await;
        let (one, few) = page(&test, 1, &Value::Null).await;
        let (fifty, many) = page(&test, 50, &Value::Null).await;
        assert_eq!((rows(&one).len(), rows(&fifty).len()), (1, 50), "{cases} cases");
        let cursor = &fifty.data()["supportRequests"]["pageInfo"]["endCursor"];
        let (next, deep) = page(&test, 50, cursor).await;
        assert!(!rows(&next).is_empty(), "{cases} cases");
        assert!(
            few == many && deep == many,
            "{cases} cases: {few} for one, {many} for fifty, {deep} after them"
        );
        assert!(many <= 12, "{cases} cases: {many} statements");
        full.push(many);
    }
    assert!(full[1] <= full[0], "{} statements among few cases, {} among many", full[0], full[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_the_queue_show_each_case_once_in_the_order_of_due_times() {
    let test = world(80).await;
    let (all, _) = page(&test, 100, &Value::Null).await;
    let expected: Vec<&str> = rows(&all).iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert!((50..80).contains(&expected.len()), "some have been answered, and have no clock");
    assert!(rows(&all).is_sorted_by_key(due));
    let (mut found, mut after) = (Vec::new(), Value::Null);
    loop {
        let (reply, _) = page(&test, 7, &after).await;
        found.extend(rows(&reply).iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        let info = &reply.data()["supportRequests"]["pageInfo"];
        if info["hasNextPage"] == json!(false) {
            break;
        }
        after = info["endCursor"].clone();
    }
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_the_queue_reads_a_table_sequentially() {
    let test = world(80).await;
    if test.db().backend() != DbBackend::Postgres {
        return;
    }
    test.db().record_statements();
    let (first, _) = page(&test, 20, &Value::Null).await;
    page(&test, 20, &first.data()["supportRequests"]["pageInfo"]["endCursor"]).await;
    let recorded = test.db().recorded_statements();
    assert!(recorded.len() > 8, "nothing was recorded");
    let scans = plan::sequential_scans(test.db(), &recorded, false).await.unwrap();
    assert!(scans.is_empty(), "{scans:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_case_is_worked_on_by_its_provider_and_its_reseller_like_any_other() {
    let test = world(40).await;
    let (reply, _) = page(&test, 1, &Value::Null).await;
    let case = &rows(&reply)[0];
    let (id, hop) = (&case["id"], &case["escalations"][0]["id"]);
    assert_eq!(case["escalations"][0]["state"], "REQUESTED");
    let kinds: Vec<&str> =
        nodes(case, "/timeline").iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"DIAGNOSED") && kinds.contains(&"ESCALATION_REQUESTED"), "{kinds:?}");

    let provider = helpdesk(&test, &scale::largest_provider());
    let accept = "mutation($input: AcceptEscalationInput!) { acceptEscalation(input: $input) {
        escalation { state owner { name } } userErrors { code message } } }";
    let reply =
        provider.ask_with(accept, json!({ "input": { "idempotencyKey": "a", "escalationId": hop } })).await;
    let accepted = &reply.data()["acceptEscalation"];
    assert_eq!((&accepted["userErrors"], &accepted["escalation"]["state"]), (&json!([]), &json!("ACCEPTED")));
    let note = "mutation($input: AddSupportNoteInput!) { addSupportNote(input: $input) {
        note { text } userErrors { code message } } }";
    let input =
        json!({ "idempotencyKey": "n", "supportRequestId": id, "visibility": "CHAIN", "text": "On it." });
    let reply = provider.ask_with(note, json!({ "input": input })).await;
    assert_eq!(reply.data()["addSupportNote"], json!({ "note": { "text": "On it." }, "userErrors": [] }));

    // Ids are the same for whoever may read what they stand for: its reseller finds the request under it.
    let query =
        "query($id: ID!) { supportRequest(id: $id) { status version notes(last: 1) { nodes { text } } } }";
    let resellers = (5..30).map(|number| format!("p{number:05}"));
    let mut readers = 0;
    for reseller in resellers.filter(|key| scale::account(&format!("helpdesk@{key}")).is_some()) {
        let reply = helpdesk(&test, &reseller).ask_with(query, json!({ "id": id })).await;
        let found = &reply.body["data"]["supportRequest"];
        if found.is_object() {
            readers += 1;
            assert_eq!(
                (&found["status"], &found["notes"]["nodes"][0]["text"]),
                (&json!("IN_PROGRESS"), &json!("On it."))
            );
        }
    }
    assert_eq!(readers, 1, "one reseller, and no other, reads it");
}
