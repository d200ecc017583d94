//! DESIGN 4.4, rule 3: two partners of one customer do not learn from the graph that the other exists.

use super::facts::{
    EVERYTHING, assignment, extra, group, partner_tenant, partners_of, relationship, resold, sees_extra,
    tenant, voice,
};
use crate::harness::{NOW, TestApp, Viewer, nodes};
use entity::Timestamp;
use partner_gateway::customers::record::CustomerRecord;
use serde_json::{Value, json};

/// All that a stranger can bring in about a customer, named so that it can be found again.
async fn tell_much(test: &TestApp, source: &str, key: &str) {
    let renamed = CustomerRecord {
        name: Some("Stranger's name".into()),
        primary_domain: Some("strangers.example".into()),
        domains: vec!["further.strangers.example".into()],
        delegated_access: Some(true),
        ..resold(key)
    };
    let voice = voice(test, source, NOW);
    voice.customers(&[renamed]).await;
    voice.subscriptions(&[extra(key, source)]).await;
    let said = relationship(key, "Stranger's relationship", Timestamp::FAR_FUTURE);
    let support = group(test, source, "Service support").await.object_id;
    let assigned = assignment(&said, support);
    voice.relationships(&[said]).await;
    voice.assignments(&[assigned]).await;
}

/// The answers of several accounts to nearly everything.
async fn answers(test: &TestApp, accounts: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    for account in accounts {
        let reply = test.as_viewer(account).ask(EVERYTHING).await;
        assert!(reply.body["data"]["customers"]["nodes"].is_array(), "{account}: {:#}", reply.body);
        all.push(reply.comparable());
    }
    all
}

#[tokio::test]
async fn what_one_partner_brings_in_changes_no_answer_of_a_stranger() {
    let test = TestApp::demo().await;
    let strangers =
        ["admin@fabrikam", "engineer@fabrikam", "support@fabrikam", "lead@northwind", "auditor@northwind"];
    let before = answers(&test, &strangers).await;
    for key in ["contoso", "proseware", "adventure-works", "woodgrove-bank"] {
        tell_much(&test, "wingtip", key).await;
    }
    assert_eq!(answers(&test, &strangers).await, before);
    assert!(sees_extra(&test.as_viewer("admin@wingtip"), "contoso").await, "it was brought in");
    let strangers = ["admin@wingtip", "engineer@wingtip", "reader@wingtip"];
    let before = answers(&test, &strangers).await;
    for key in ["contoso", "adatum", "fabrikam-residences"] {
        tell_much(&test, "fabrikam", key).await;
        tell_much(&test, "northwind", key).await;
    }
    assert_eq!(answers(&test, &strangers).await, before);
}

#[tokio::test]
async fn no_answer_names_a_stranger() {
    let test = TestApp::demo().await;
    for (accounts, others) in [
        (
            ["admin@fabrikam", "engineer@fabrikam", "lead@fabrikam", "auditor@fabrikam"],
            ["wingtip", "tailspin"],
        ),
        (["admin@wingtip", "engineer@wingtip", "lead@wingtip", "auditor@wingtip"], ["fabrikam", "northwind"]),
    ] {
        for answer in answers(&test, &accounts).await {
            assert!(answer.contains("Contoso"));
            for other in others {
                let named = ["Fabrikam Cloud", "Northwind", "Wingtip", "Tailspin"];
                let named = named.iter().find(|name| name.to_lowercase().starts_with(other)).unwrap();
                assert!(!answer.contains(*named), "{named} in {answer}");
                assert!(!answer.contains(&partner_tenant(other).to_string()));
            }
        }
    }
}

async fn counted(viewer: &Viewer<'_>) -> (Value, usize) {
    let query = "query($t: UUID) { customerSubscriptions(filter: { customer: { tenantId: { eq: $t } } }) {
        totalCount { value } nodes { id } } }";
    let reply = viewer.ask_with(query, json!({ "t": tenant("contoso") })).await;
    let list = &reply.data()["customerSubscriptions"];
    (list["totalCount"]["value"].clone(), list["nodes"].as_array().unwrap().len())
}

#[tokio::test]
async fn counts_tell_nothing_of_a_stranger() {
    let test = TestApp::demo().await;
    assert_eq!(counted(&test.as_viewer("admin@fabrikam")).await, (json!(4), 4));
    assert_eq!(counted(&test.as_viewer("engineer@fabrikam")).await, (json!(4), 4));
    assert_eq!(counted(&test.as_viewer("admin@wingtip")).await, (json!(2), 2));
    assert_eq!(counted(&test.as_viewer("admin@contoso")).await, (json!(6), 6));
}

#[tokio::test]
async fn the_partners_of_a_shared_customer_are_ones_own_chain() {
    let test = TestApp::demo().await;
    for (account, chain) in [
        ("admin@fabrikam", vec!["Fabrikam Cloud", "Northwind Distribution"]),
        ("support@fabrikam", vec!["Fabrikam Cloud", "Northwind Distribution"]),
        ("admin@wingtip", vec!["Wingtip Managed Services"]),
        ("support@wingtip", vec!["Wingtip Managed Services"]),
    ] {
        let known = partners_of(&test.as_viewer(account), "contoso").await;
        let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, chain, "{account}");
    }
}

#[tokio::test]
async fn a_strangers_ids_open_nothing() {
    let test = TestApp::demo().await;
    let query = "query($t: UUID) { viewer { account { id } partner { id } } customer(tenantId: $t) {
        subscriptions(first: 50) { nodes { id } }
        delegatedAdminRelationships(first: 50) { nodes { id accessAssignments { id group { id } } } } } }";
    let theirs = test.as_viewer("engineer@wingtip").ask_with(query, json!({ "t": tenant("contoso") })).await;
    let data = theirs.data();
    let mut ids = vec![data["viewer"]["account"]["id"].clone(), data["viewer"]["partner"]["id"].clone()];
    ids.extend(nodes(data, "/customer/subscriptions").iter().map(|one| one["id"].clone()));
    for one in nodes(data, "/customer/delegatedAdminRelationships") {
        let assigned = &one["accessAssignments"][0];
        ids.extend([one["id"].clone(), assigned["id"].clone(), assigned["group"]["id"].clone()]);
    }
    assert_eq!(ids.len(), 7, "{ids:?}");
    assert!(ids.iter().all(Value::is_string), "{ids:?}");
    let look_up = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    let own = test.as_viewer("engineer@wingtip").ask_with(look_up, json!({ "ids": ids })).await;
    assert!(own.data()["nodes"].as_array().unwrap().iter().all(Value::is_object), "{:#}", own.body);
    for account in ["engineer@fabrikam", "auditor@northwind", "admin@lamna"] {
        let reply = test.as_viewer(account).ask_with(look_up, json!({ "ids": ids })).await;
        assert_eq!(reply.data()["nodes"], json!(vec![Value::Null; 7]), "{account}");
    }
}

#[tokio::test]
async fn searches_and_filters_find_nothing_by_a_strangers_words() {
    let test = TestApp::demo().await;
    for key in ["contoso", "proseware"] {
        tell_much(&test, "wingtip", key).await;
    }
    for filter in [
        json!({ "search": "stranger" }),
        json!({ "search": "strangers.example" }),
        json!({ "name": { "contains": "stranger" } }),
        json!({ "primaryDomain": { "contains": "strangers" } }),
        json!({ "subscriptions": { "some": { "offerName": { "eq": "Extra" } } } }),
    ] {
        let query =
            "query($f: CustomerFilter) { customers(filter: $f) { totalCount { value } nodes { name } } }";
        let own = test.as_viewer("admin@wingtip").ask_with(query, json!({ "f": filter })).await;
        assert_eq!(own.data()["customers"]["totalCount"]["value"], 2, "{filter}");
        for account in ["admin@fabrikam", "engineer@fabrikam", "admin@northwind"] {
            let reply = test.as_viewer(account).ask_with(query, json!({ "f": filter })).await;
            assert_eq!(
                reply.data()["customers"],
                json!({ "totalCount": { "value": 0 }, "nodes": [] }),
                "{filter}"
            );
        }
    }
    for domain in ["strangers.example", "further.strangers.example"] {
        let query = "query($d: String) { customer(domain: $d) { id } }";
        let reply = test.as_viewer("engineer@fabrikam").ask_with(query, json!({ "d": domain })).await;
        assert_eq!(reply.codes(), ["NOT_FOUND"], "{domain}");
    }
}

#[tokio::test]
async fn a_customer_named_like_anothers_is_never_found_instead() {
    let test = TestApp::demo().await;
    let query = "{ customers(filter: { search: \"contoso\" }) { nodes { name } } }";
    for (account, names) in [
        ("admin@fabrikam", json!([{ "name": "Contoso" }])),
        ("admin@tailspin", json!([{ "name": "Contoso Retail" }])),
        ("admin@lamna", json!([])),
    ] {
        let reply = test.as_viewer(account).ask(query).await;
        assert_eq!(reply.data()["customers"]["nodes"], names, "{account}");
    }
}
