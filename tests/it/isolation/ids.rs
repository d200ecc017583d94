//! Ids, tenants and domains that others see: whoever may not see them gets the answer of one that never existed.

use super::{Account, BATCH, ask_each, harvest, settled};
use crate::harness::{Reply, TestApp, Viewer};
use partner_gateway::escalations::check::request_number;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// An id of the same type that names nothing.
pub(super) fn unknown(test: &TestApp, id: &str, number: usize) -> String {
    let sealer = &test.app.sealer;
    let (tag, _) = sealer.open_id(id).unwrap();
    sealer.id(tag, Uuid::from_u128(0xab5e_0000 + number as u128)).unwrap()
}

/// What others saw and this account did not.
pub(super) fn hidden<'a>(
    ids: &BTreeMap<&'a str, &'a str>,
    account: &Account,
    ty: Option<&str>,
) -> Vec<&'a str> {
    let all = ids.iter().filter(|(_, of)| ty.is_none_or(|ty| ty == **of)).map(|(id, _)| *id);
    all.filter(|id| !account.gathered.objects.contains_key(*id)).collect()
}

/// Each id by `node`, and all of them by `nodes`, in one document.
async fn read_all(viewer: &Viewer<'_>, ids: &[String]) -> Reply {
    let heads: Vec<String> = (0..ids.len()).map(|i| format!("$v{i}: ID!")).collect();
    let fields: Vec<String> =
        (0..ids.len()).map(|i| format!("f{i}: node(id: $v{i}) {{ __typename id }}")).collect();
    let document = format!(
        "query({} $all: [ID!]!) {{ nodes(ids: $all) {{ __typename id }} {} }}",
        heads.join(" "),
        fields.join(" ")
    );
    let mut variables = json!({ "all": ids });
    for (i, id) in ids.iter().enumerate() {
        variables[format!("v{i}")] = json!(id);
    }
    viewer.ask_with(&document, variables).await
}

#[tokio::test]
async fn ids_of_others_read_like_ids_that_name_nothing() {
    let test = TestApp::demo().await;
    let ids = harvest().ids();
    let mut compared = 0;
    for account in &harvest().accounts {
        let (viewer, name) = (account.reader.viewer(&test), &account.reader.name);
        for hidden in hidden(&ids, account, None).chunks(BATCH) {
            let unknown: Vec<String> =
                hidden.iter().enumerate().map(|(i, id)| unknown(&test, id, i)).collect();
            let hidden: Vec<String> = hidden.iter().map(|id| (*id).to_owned()).collect();
            let (hidden, unknown) = (read_all(&viewer, &hidden).await, read_all(&viewer, &unknown).await);
            assert!(unknown.data()["f0"].is_null(), "{name}: {:#}", unknown.body);
            assert_eq!(settled(&hidden), settled(&unknown), "{name}");
            compared += 1;
        }
    }
    assert!(compared > 300, "only {compared} documents were compared");
}

/// For every account: look-ups by ids that only others saw, against ids that name nothing.
async fn compare_ids(ty: &str, field: &str, selection: &str) {
    let test = TestApp::demo().await;
    let ids = harvest().ids();
    for account in &harvest().accounts {
        let (viewer, name) = (account.reader.viewer(&test), &account.reader.name);
        for hidden in hidden(&ids, account, Some(ty)).chunks(BATCH) {
            let unknown: Vec<String> =
                hidden.iter().enumerate().map(|(i, id)| unknown(&test, id, i)).collect();
            let hidden: Vec<String> = hidden.iter().map(|id| (*id).to_owned()).collect();
            let hidden = ask_each(&viewer, field, "ID!", selection, &hidden).await;
            let unknown = ask_each(&viewer, field, "ID!", selection, &unknown).await;
            assert!(unknown.codes().iter().all(|code| code == "NOT_FOUND"), "{name}: {:?}", unknown.codes());
            assert!(!unknown.codes().is_empty());
            assert_eq!(settled(&hidden), settled(&unknown), "{name}");
        }
    }
}

#[tokio::test]
async fn customers_of_others_are_looked_up_like_customers_that_do_not_exist() {
    compare_ids("Customer", "customer(id: $)", "{ id name }").await;
}

#[tokio::test]
async fn incidents_of_others_are_looked_up_like_incidents_that_do_not_exist() {
    compare_ids("Incident", "incident(id: $)", "{ id title impact { customerCount } }").await;
}

#[tokio::test]
async fn support_requests_of_others_are_looked_up_like_support_requests_that_do_not_exist() {
    compare_ids(
        "SupportRequest",
        "supportRequest(id: $)",
        "{ id title timeline(first: 5) { nodes { text } } }",
    )
    .await;
}

#[tokio::test]
async fn candidates_for_a_customer_of_others_are_refused_like_those_for_one_that_does_not_exist() {
    let test = TestApp::demo().await;
    let ids = harvest().ids();
    let service = ids.iter().find(|(_, ty)| **ty == "Service").unwrap().0;
    let query = "query($c: ID!, $s: ID!, $w: String!) {
        incidentCandidates(customerId: $c, serviceId: $s, symptom: $w) { incident { id } score why } }";
    for account in &harvest().accounts {
        let (viewer, name) = (account.reader.viewer(&test), &account.reader.name);
        for hidden in hidden(&ids, account, Some("Customer")).iter().take(5) {
            let unknown = unknown(&test, hidden, 0);
            let ask = |id: &str| json!({ "c": id, "s": service, "w": "mail arrives late" });
            let of_hidden = viewer.ask_with(query, ask(hidden)).await;
            let of_unknown = viewer.ask_with(query, ask(&unknown)).await;
            assert_eq!(of_unknown.codes(), ["NOT_FOUND"], "{name}");
            assert_eq!(of_hidden.comparable(), of_unknown.comparable(), "{name}");
        }
    }
}

#[tokio::test]
async fn one_hidden_object_and_one_that_does_not_exist_are_the_same_bytes() {
    let test = TestApp::demo().await;
    let ids = harvest().ids();
    let types: BTreeSet<&str> = ids.values().copied().collect();
    assert!(types.len() >= 14, "the walk found only {types:?}");
    for account in &harvest().accounts {
        let viewer = account.reader.viewer(&test);
        for ty in &types {
            let hidden = hidden(&ids, account, Some(*ty));
            let Some(hidden) = hidden.first() else { continue };
            let unknown = unknown(&test, hidden, 0);
            let mut queries = vec![
                "query($id: ID!) { node(id: $id) { __typename id } }",
                "query($id: ID!) { nodes(ids: [$id]) { __typename id } }",
            ];
            if *ty == "Customer" {
                queries.push(
                    "query($id: ID!) { customer(id: $id) { id name domains myAccess { operations } } }",
                );
            }
            if *ty == "Incident" {
                queries.push(
                    "query($id: ID!) { incident(id: $id) { id title posts(first: 5) { nodes { text } } } }",
                );
            }
            if *ty == "SupportRequest" {
                queries.push(
                    "query($id: ID!) { supportRequest(id: $id) { id number title customer { name }
                        notes(first: 5) { nodes { text } } escalations { id } } }",
                );
            }
            for query in queries {
                let of_hidden = viewer.ask_with(query, json!({ "id": hidden })).await;
                let of_unknown = viewer.ask_with(query, json!({ "id": unknown })).await;
                let whose = format!("{}, {ty}: {query}", account.reader.name);
                assert_eq!(of_hidden.comparable(), of_unknown.comparable(), "{whose}");
            }
        }
    }
}

/// All that anybody saw in these fields of a type.
fn known(ty: &str, fields: &[&str]) -> BTreeSet<&'static str> {
    let of = |account: &'static Account| seen(account, ty, fields);
    harvest().accounts.iter().flat_map(of).collect()
}

fn seen<'a>(account: &'a Account, ty: &str, fields: &[&str]) -> BTreeSet<&'a str> {
    fields.iter().flat_map(|field| account.gathered.values_of(ty, field)).collect()
}

/// For every account: look-ups by keys that only others' objects have, against keys that nothing has.
async fn compare_keys(
    ty: &str,
    fields: &[&str],
    field: &str,
    takes: &str,
    unknown: impl Fn(usize) -> String,
) {
    let test = TestApp::demo().await;
    let known = known(ty, fields);
    assert!(known.len() > 8, "only {} keys are known", known.len());
    for account in &harvest().accounts {
        let (viewer, name, seen) =
            (account.reader.viewer(&test), &account.reader.name, seen(account, ty, fields));
        let (open, hidden): (Vec<String>, Vec<String>) =
            known.iter().map(|key| (*key).to_owned()).partition(|key| seen.contains(key.as_str()));
        for hidden in hidden.chunks(BATCH) {
            let unknown: Vec<String> = (0..hidden.len()).map(&unknown).collect();
            let hidden = ask_each(&viewer, field, takes, "{ id }", hidden).await;
            let unknown = ask_each(&viewer, field, takes, "{ id }", &unknown).await;
            assert!(unknown.body["data"]["f0"].is_null(), "{name}: {:#}", unknown.body);
            assert_eq!(settled(&hidden), settled(&unknown), "{name}");
        }
        for open in open.chunks(BATCH) {
            let reply = ask_each(&viewer, field, takes, "{ id }", open).await;
            let found = reply.data().as_object().unwrap().values().filter(|found| found.is_object()).count();
            assert_eq!(found, open.len(), "{name} does not find its own: {open:?}");
        }
    }
}

#[tokio::test]
async fn tenants_of_others_are_looked_up_like_tenants_that_nobody_has() {
    let nobody = |i: usize| Uuid::from_u128(0xab5e_0000 + i as u128).to_string();
    assert!(known("Customer", &["tenantId"]).len() > 35);
    compare_keys("Customer", &["tenantId"], "customer(tenantId: $)", "UUID!", nobody).await;
}

#[tokio::test]
async fn domains_of_others_are_looked_up_like_domains_that_nobody_has() {
    let nobody = |i: usize| format!("nobody-{i}.example");
    assert!(known("Customer", &["primaryDomain"]).len() > 35);
    compare_keys("Customer", &["primaryDomain", "domains"], "customer(domain: $)", "String!", nobody).await;
}

#[tokio::test]
async fn upstream_ids_of_others_incidents_are_looked_up_like_ids_that_nothing_has() {
    let nobody = |i: usize| format!("EX990{i:04}");
    compare_keys("Incident", &["externalId"], "incident(externalId: $)", "String!", nobody).await;
}

#[tokio::test]
async fn numbers_of_others_support_requests_are_looked_up_like_numbers_that_nothing_has() {
    let nobody = |i: usize| request_number(Uuid::from_u128(0xab5e_0000 + i as u128));
    compare_keys("SupportRequest", &["number"], "supportRequest(number: $)", "String!", nobody).await;
}
