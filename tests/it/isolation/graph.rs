//! What the walk gathered, against what each account may know.

use super::sources::Facts;
use super::{harvest, readers};
use crate::harness::{TestApp, Viewer};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Fields that no walk reaches. It may only shrink; each entry says why nothing can leak there.
const EXEMPT: [&str; 0] = [];

#[test]
fn every_field_of_the_schema_is_walked() {
    let harvest = harvest();
    let walked: BTreeSet<&str> =
        harvest.accounts.iter().flat_map(|account| &account.gathered.fields).map(String::as_str).collect();
    let coordinates = harvest.schema.coordinates();
    assert!(coordinates.len() > 100, "the schema was not read: {coordinates:?}");
    let missed = coordinates.iter().filter(|field| !walked.contains(field.as_str()));
    let missed: Vec<&str> = missed.map(String::as_str).filter(|field| !EXEMPT.contains(field)).collect();
    assert!(missed.is_empty(), "no answer had these fields, so nothing is known of them: {missed:?}");
    assert!(
        EXEMPT.iter().all(|field| !walked.contains(field)),
        "an exempt field was walked: take it off the list"
    );
}

#[test]
fn an_object_reads_the_same_on_every_path() {
    for account in &harvest().accounts {
        let contradictions = &account.gathered.contradictions;
        assert!(contradictions.is_empty(), "{}: {contradictions:#?}", account.reader.name);
    }
}

#[tokio::test]
async fn no_answer_holds_a_text_that_only_rows_of_others_have() {
    let test = TestApp::demo().await;
    let facts = Facts::read(test.db()).await;
    let mut leaks = Vec::new();
    for account in &harvest().accounts {
        let hidden = facts.hidden(&facts.standing(test.db(), &account.reader).await);
        assert!(hidden.len() > 100, "{}: only {} texts to look for", account.reader.name, hidden.len());
        let seen = account.gathered.texts.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
        leaks.extend(
            hidden.into_iter().filter(|text| seen.contains(text)).map(|text| (&account.reader.name, text)),
        );
    }
    assert!(leaks.is_empty(), "texts of rows that the account may not read: {leaks:#?}");
}

#[tokio::test]
async fn the_search_for_leaks_finds_one() {
    let test = TestApp::demo().await;
    let facts = Facts::read(test.db()).await;
    // As if each had got the answers of the other; the last two differ by their roles alone.
    for (reader, other) in [
        ("admin@wingtip", "admin@fabrikam"),
        ("admin@contoso", "auditor@wingtip"),
        ("helpdesk@fabrikam", "engineer@fabrikam"),
    ] {
        let hidden = facts.hidden(&facts.standing(test.db(), &harvest().account(reader).reader).await);
        let seen = &harvest().account(other).gathered.texts;
        assert!(
            hidden.iter().filter(|text| seen.contains(**text)).count() > 5,
            "{reader} with answers of {other}"
        );
    }
}

#[tokio::test]
async fn every_incident_that_may_be_read_is_seen_in_its_newest_copy_and_messages_are_seen() {
    let test = TestApp::demo().await;
    let facts = Facts::read(test.db()).await;
    let (mut incidents, mut messages) = (0, 0);
    for account in &harvest().accounts {
        let standing = facts.standing(test.db(), &account.reader).await;
        let titles = facts.newest_titles(&standing);
        let of_incidents = account.gathered.values_of("Incident", "title");
        assert_eq!(of_incidents, titles.incidents, "{}", account.reader.name);
        let seen = titles.messages.iter().filter(|title| account.gathered.texts.contains(**title)).count();
        assert_eq!(seen > 0, !titles.messages.is_empty(), "{}", account.reader.name);
        incidents += usize::from(!titles.incidents.is_empty());
        messages += usize::from(seen > 0);
    }
    assert!(incidents > 15 && messages > 3, "{incidents} accounts read incidents, {messages} messages");
}

#[test]
fn those_without_a_group_gather_nothing() {
    for account in &harvest().accounts {
        let (name, gathered) = (account.reader.name.as_str(), &account.gathered);
        // The catalogue of services is the vendor's and open to all.
        if name.starts_with("guest@") || !name.contains('@') {
            assert_eq!(gathered.types(), BTreeSet::from(["Service"]), "{name}");
        }
        if ["former@fabrikam", "user@contoso"].contains(&name) {
            assert_eq!(gathered.types(), BTreeSet::from(["Account", "Service"]), "{name}");
        }
    }
    assert_eq!(harvest().accounts.len(), readers().len());
}

/// Ids of all customers that a viewer lists, page by page.
async fn listed(viewer: &Viewer<'_>) -> BTreeSet<String> {
    let (mut ids, mut after) = (BTreeSet::new(), Value::Null);
    loop {
        let query = "query($after: String) { customers(first: 7, after: $after) {
            nodes { id } pageInfo { hasNextPage endCursor } } }";
        let reply = viewer.ask_with(query, json!({ "after": after })).await;
        let page = &reply.data()["customers"];
        let nodes = page["nodes"].as_array().unwrap();
        ids.extend(nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        if page["pageInfo"]["hasNextPage"] == false {
            return ids;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[tokio::test]
async fn every_customer_that_shows_anywhere_is_one_that_the_account_lists_or_may_look_up() {
    let test = TestApp::demo().await;
    let mut most = 0;
    for account in &harvest().accounts {
        let (viewer, name) = (account.reader.viewer(&test), &account.reader.name);
        let listed = listed(&viewer).await;
        let seen: BTreeSet<&str> = account.gathered.ids_of("Customer").into_iter().collect();
        most = most.max(seen.len());
        assert!(
            listed.iter().all(|id| seen.contains(id.as_str())),
            "{name}: the walk missed a listed customer"
        );
        for id in seen.into_iter().filter(|id| !listed.contains(*id)) {
            let query = "query($id: ID!) { customer(id: $id) { id } }";
            let reply = viewer.ask_with(query, json!({ "id": id })).await;
            assert_eq!(
                reply.body["data"]["customer"]["id"],
                json!(id),
                "{name} saw a customer that is not its own"
            );
        }
    }
    assert!(most > 20, "nobody saw more than {most} customers");
}
