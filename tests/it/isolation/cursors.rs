//! A cursor is good for the account, the list, the order and the filter that it was made for, and for nothing else.

use super::readers;
use crate::harness::{Reply, TestApp, Viewer, nodes};
use serde_json::{Value, json};

/// Lists of which an engineer at Fabrikam sees rows; `@` stands for the cursor, `$me` for Fabrikam, `$provider` for its
/// provider, `$customer` for a customer, `$incident` for an incident there and `$request` for a support request.
const LISTS: [&str; 33] = [
    "customers(first: 1@)",
    "customers(first: 1@, orderBy: [{ field: NAME, direction: DESC }])",
    "customers(first: 1@, filter: { name: { contains: \"o\" } })",
    "customers(first: 1@, filter: { search: \"c\" })",
    "customerSubscriptions(first: 1@)",
    "customerSubscriptions(first: 1@, orderBy: [{ field: COMMITMENT_ENDS_AT, direction: ASC }])",
    "customerSubscriptions(first: 1@, orderBy: [{ field: COMMITMENT_ENDS_AT, direction: DESC }])",
    "customerSubscriptions(first: 1@, filter: { quantity: { gt: 1 } })",
    "delegatedAdminRelationships(first: 1@)",
    "delegatedAdminRelationships(first: 1@, orderBy: [{ field: ENDS_AT, direction: DESC }])",
    "delegatedAdminRelationships(first: 1@, filter: { status: { eq: ACTIVE } })",
    "partners(first: 1@)",
    "partners(first: 1@, filter: { name: { contains: \"n\" } })",
    "customer(id: \"$customer\") { subscriptions(first: 1@)",
    "customer(id: \"$customer\") { partners(first: 1@)",
    "customer(id: \"$customer\") { delegatedAdminRelationships(first: 1@)",
    "node(id: \"$provider\") { ... on Partner { resellers(first: 1@)",
    "node(id: \"$me\") { ... on Partner { providers(first: 1@)",
    "node(id: \"$me\") { ... on Partner { customers(first: 1@)",
    "incidents(first: 1@)",
    "incidents(first: 1@, orderBy: [{ field: STARTED_AT, direction: ASC }])",
    "incidents(first: 1@, filter: { title: { contains: \"e\" } })",
    "customer(id: \"$customer\") { incidents(first: 1@)",
    "incident(id: \"$incident\") { posts(first: 1@)",
    "incident(id: \"$incident\") { impact { customers(first: 1@)",
    "incident(id: \"$incident\") { impact { byReseller(first: 1@)",
    "supportRequests(first: 1@)",
    "supportRequests(first: 1@, orderBy: [{ field: CREATED_AT, direction: ASC }])",
    "supportRequests(first: 1@, filter: { open: true }, orderBy: [{ field: DUE_AT, direction: ASC }])",
    "supportRequests(first: 1@, filter: { title: { contains: \"e\" } })",
    "customer(id: \"$customer\") { supportRequests(first: 1@)",
    "supportRequest(id: \"$request\") { notes(first: 1@)",
    "supportRequest(id: \"$request\") { timeline(first: 1@)",
];

/// The lists with ids in place.
async fn lists(viewer: &Viewer<'_>) -> Vec<String> {
    let query = "{ viewer { partner { id } } customer(domain: \"contoso.com\") { id
        incidents(filter: { active: true }) { nodes { id } } }
        partners(filter: { name: { eq: \"Northwind Distribution\" } }) { nodes { id } }
        supportRequests(first: 40) { nodes { id notes(first: 1) { nodes { id } } } } }";
    let reply = viewer.ask(query).await;
    let id = |path: &str| reply.data().pointer(path).and_then(Value::as_str).unwrap().to_owned();
    let (me, provider, customer) = (id("/viewer/partner/id"), id("/partners/nodes/0/id"), id("/customer/id"));
    let incident = id("/customer/incidents/nodes/0/id");
    let mut requests = nodes(reply.data(), "/supportRequests").iter();
    let noted = requests.find(|request| !nodes(request, "/notes").is_empty());
    let request = noted.and_then(|request| request["id"].as_str()).unwrap();
    let fill = |list: &&str| {
        let list = list.replace("$me", &me).replace("$provider", &provider);
        list.replace("$customer", &customer).replace("$incident", &incident).replace("$request", request)
    };
    LISTS.iter().map(fill).collect()
}

async fn page(viewer: &Viewer<'_>, list: &str, after: Option<&str>) -> Reply {
    let after = after.map_or_else(String::new, |cursor| format!(", after: {}", json!(cursor)));
    let open = list.replace('@', &after);
    let closing = "} ".repeat(open.matches('{').count() - open.matches('}').count());
    viewer.ask(&format!("{{ {open} {{ pageInfo {{ endCursor }} }} {closing} }}")).await
}

fn end_cursor(value: &Value) -> Option<&str> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("endCursor").and_then(Value::as_str);
            own.or_else(|| fields.values().find_map(end_cursor))
        }
        _ => None,
    }
}

/// The cursor of a list's first row.
async fn cursor(viewer: &Viewer<'_>, list: &str) -> String {
    let reply = page(viewer, list, None).await;
    end_cursor(reply.data()).unwrap_or_else(|| panic!("no row in {list}: {:#}", reply.body)).to_owned()
}

fn assert_refused(reply: &Reply, what: &str) {
    assert_eq!(reply.codes(), ["BAD_USER_INPUT"], "{what}: {:#}", reply.body);
    assert!(end_cursor(&reply.body).is_none(), "{what} gave rows all the same");
}

#[tokio::test]
async fn a_cursor_of_another_list_order_or_filter_is_refused() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("engineer@fabrikam");
    let lists = lists(&viewer).await;
    let mut cursors = Vec::new();
    for list in &lists {
        cursors.push(cursor(&viewer, list).await);
    }
    for (list, own) in lists.iter().zip(&cursors) {
        for (other, cursor) in lists.iter().zip(&cursors) {
            let reply = page(&viewer, list, Some(cursor)).await;
            if list == other {
                assert!(reply.codes().is_empty(), "{list} refuses its own cursor: {:#}", reply.body);
            } else {
                assert_ne!(own, cursor);
                assert_refused(&reply, &format!("{list} with a cursor of {other}"));
            }
        }
    }
}

#[tokio::test]
async fn a_cursor_of_another_account_is_refused() {
    let test = TestApp::demo().await;
    let owner = test.as_viewer("engineer@fabrikam");
    let newcomer = readers().pop().unwrap();
    // A colleague with the same groups, one of a linked partner, one of a stranger, and one whom nobody knows.
    let others = [
        test.as_viewer("admin@fabrikam"),
        test.as_viewer("admin@northwind"),
        test.as_viewer("engineer@wingtip"),
        newcomer.viewer(&test),
    ];
    for list in lists(&owner).await {
        let cursor = cursor(&owner, &list).await;
        for other in &others {
            let reply = page(other, &list, Some(&cursor)).await;
            // Where the list itself is out of reach the cursor is not even looked at.
            let is_hidden = reply.codes() == ["NOT_FOUND"] || reply.codes() == ["FORBIDDEN"];
            let is_no_node = reply.codes().is_empty() && reply.body["data"].get("node") == Some(&Value::Null);
            if !(is_hidden || is_no_node) {
                assert_refused(&reply, &format!("{list} with a cursor of another account"));
            }
            assert!(end_cursor(&reply.body).is_none());
        }
    }
}

#[tokio::test]
async fn a_cursor_with_one_character_changed_is_refused() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("engineer@fabrikam");
    for list in [LISTS[0], LISTS[4], LISTS[11]] {
        let cursor = cursor(&viewer, list).await;
        for at in 0..cursor.len() {
            let other = if &cursor[at..=at] == "A" { "B" } else { "A" };
            let tampered = format!("{}{other}{}", &cursor[..at], &cursor[at + 1..]);
            assert_refused(&page(&viewer, list, Some(&tampered)).await, &format!("character {at}"));
        }
    }
}

#[tokio::test]
async fn what_is_no_cursor_is_refused() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("engineer@fabrikam");
    let list = LISTS[0];
    let cursor = cursor(&viewer, list).await;
    let customer = viewer.customer_id("contoso").await;
    let half = &cursor[..cursor.len() / 2];
    let twice = format!("{cursor}{cursor}");
    for text in ["", "0", "Contoso", "=", half, &twice, &customer, &format!("{cursor}=")] {
        assert_refused(&page(&viewer, list, Some(text)).await, text);
    }
    // Nor is a cursor an id.
    let reply = viewer.ask_with("query($id: ID!) { node(id: $id) { id } }", json!({ "id": cursor })).await;
    assert_eq!(reply.data()["node"], Value::Null);
}

#[tokio::test]
async fn a_cursor_shows_nothing_of_its_row() {
    let test = TestApp::demo().await;
    let reply = test
        .as_viewer("admin@fabrikam")
        .ask("{ customers(first: 1) { nodes { name } pageInfo { endCursor } } }")
        .await;
    let list = &reply.data()["customers"];
    let (name, cursor) =
        (list["nodes"][0]["name"].as_str().unwrap(), list["pageInfo"]["endCursor"].as_str().unwrap());
    let plain = base64(cursor);
    let name = name.to_lowercase();
    assert!(!plain.windows(4).any(|bytes| name.as_bytes().windows(4).any(|part| part == bytes)), "{name}");
}

/// The bytes of a text in base64 for URLs.
fn base64(text: &str) -> Vec<u8> {
    use ::base64::Engine;
    ::base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}
