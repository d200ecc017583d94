//! Filters, searches, orders and counts: what may not be read moves no row into a list, out of it or within it.

use super::{Account, BATCH, ask_each, harvest};
use crate::harness::{NOW, TestApp, Viewer, nodes};
use entity::Timestamp;
use partner_gateway::customers::names::domain_words;
use partner_gateway::ingest::Ingest;
use partner_gateway::subscriptions::record::SubscriptionRecord;
use partner_gateway::sync::import::registered_partner;
use partner_gateway::{demo, subscriptions};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Filters by everything that names a customer, a partner, a subscription, a relationship or an incident: by itself,
/// through relations, negated, and in either order.
const FILTERS: &str = "query($tenants: [UUID!]!, $names: [String!]!, $domains: [String!]!, $labels: [String!]!,
    $relationships: [String!]!, $partners: [UUID!]!, $organizations: [String!]!, $numbers: [String!]!, $titles: [String!]!) {
  a: customers(first: 200, filter: { tenantId: { in: $tenants } }) { ...C }
  b: customers(first: 200, filter: { name: { in: $names } }) { ...C }
  c: customers(first: 200, filter: { primaryDomain: { in: $domains } }) { ...C }
  d: customers(first: 200, filter: { not: { tenantId: { in: $tenants } } }) { ...C }
  e: customers(first: 200, filter: { name: { notIn: $names } }, orderBy: [{ field: NAME, direction: DESC }]) { ...C }
  f: customers(last: 200, filter: { or: [{ primaryDomain: { in: $domains } }, { name: { in: $names } }] }) { ...C }
  g: customers(first: 200, filter: { subscriptions: { some: { friendlyName: { in: $labels } } } }) { ...C }
  h: customers(first: 200, filter: { subscriptions: { none: { friendlyName: { in: $labels } } } }) { ...C }
  i: customers(first: 200, filter: { subscriptions: { some: { customer: { tenantId: { in: $tenants } } } } }) { ...C }
  j: customerSubscriptions(first: 200, filter: { customer: { tenantId: { in: $tenants } } }) { ...S }
  k: customerSubscriptions(first: 200, filter: { customer: { name: { in: $names } } }) { ...S }
  l: customerSubscriptions(first: 200, filter: { customer: { not: { primaryDomain: { in: $domains } } } }) { ...S }
  m: customerSubscriptions(first: 200, filter: { friendlyName: { in: $labels } }) { ...S }
  n: customerSubscriptions(first: 200, filter: { not: { friendlyName: { in: $labels } } },
    orderBy: [{ field: COMMITMENT_ENDS_AT, direction: DESC }]) { ...S }
  o: customerSubscriptions(first: 200,
    filter: { customer: { subscriptions: { some: { friendlyName: { in: $labels } } } } }) { ...S }
  p: delegatedAdminRelationships(first: 200, filter: { customer: { tenantId: { in: $tenants } } }) { ...R }
  q: delegatedAdminRelationships(first: 200, filter: { not: { customer: { name: { in: $names } } } }) { ...R }
  r: delegatedAdminRelationships(first: 200, filter: { displayName: { in: $relationships } }) { ...R }
  s: delegatedAdminRelationships(first: 200,
    filter: { customer: { subscriptions: { none: { friendlyName: { in: $labels } } } } },
    orderBy: [{ field: ENDS_AT, direction: DESC }]) { ...R }
  t: partners(first: 200, filter: { tenantId: { in: $partners } }) { nodes { id } }
  u: partners(first: 200, filter: { name: { in: $organizations } }) { nodes { id } }
  v: partners(first: 200, filter: { not: { partnerId: { in: $numbers } } }) { nodes { id } }
  w: incidents(first: 200, filter: { title: { in: $titles } }) { ...I }
  x: incidents(first: 200, filter: { not: { title: { in: $titles } } }, orderBy: [{ field: STARTED_AT, direction: ASC }]) { ...I }
  y: incidents(last: 200, filter: { or: [{ title: { in: $titles } }, { title: { in: $labels } }] }) { ...I }
}
fragment C on CustomerConnection { totalCount { value isEstimate } nodes { id } pageInfo { hasNextPage hasPreviousPage } }
fragment S on CustomerSubscriptionConnection { totalCount { value isEstimate } nodes { id } pageInfo { hasNextPage } }
fragment R on DelegatedAdminRelationshipConnection { totalCount { value isEstimate } nodes { id } pageInfo { hasNextPage } }
fragment I on IncidentConnection { totalCount { value isEstimate } nodes { id } pageInfo { hasNextPage hasPreviousPage } }";

/// Variables of the filters: whose values they take, and whether those are ids.
const VARIABLES: [(&str, &str, &str, bool); 9] = [
    ("tenants", "Customer", "tenantId", true),
    ("names", "Customer", "name", false),
    ("domains", "Customer", "primaryDomain", false),
    ("labels", "CustomerSubscription", "friendlyName", false),
    ("relationships", "DelegatedAdminRelationship", "displayName", false),
    ("partners", "Partner", "tenantId", true),
    ("organizations", "Partner", "name", false),
    ("numbers", "Partner", "partnerId", false),
    ("titles", "Incident", "title", false),
];

/// All that anybody saw in a field.
fn known(ty: &str, field: &str) -> BTreeSet<&'static str> {
    harvest().accounts.iter().flat_map(|account| account.gathered.values_of(ty, field)).collect()
}

#[tokio::test]
async fn a_filter_by_what_others_have_answers_like_one_by_what_nobody_has() {
    let test = TestApp::demo().await;
    for account in &harvest().accounts {
        let (mut hidden, mut absent, mut values) = (Map::new(), Map::new(), 0);
        for (variable, ty, field, is_id) in VARIABLES {
            let texts = &account.gathered.texts;
            let closed: Vec<&str> =
                known(ty, field).into_iter().filter(|text| !texts.contains(*text)).collect();
            let nobody = |i: usize| match is_id {
                true => Uuid::from_u128(0xab5e_0000 + i as u128).to_string(),
                false => format!("nobody's {i}"),
            };
            values += closed.len();
            absent.insert(variable.to_owned(), json!((0..closed.len()).map(nobody).collect::<Vec<_>>()));
            hidden.insert(variable.to_owned(), json!(closed));
        }
        let (viewer, name) = (account.reader.viewer(&test), &account.reader.name);
        assert!(values > 50, "{name}: only {values} hidden values");
        let hidden = viewer.ask_with(FILTERS, Value::Object(hidden)).await;
        let absent = viewer.ask_with(FILTERS, Value::Object(absent)).await;
        assert_eq!(hidden.data()["a"]["totalCount"], json!({ "value": 0, "isEstimate": false }), "{name}");
        assert_eq!(hidden.comparable(), absent.comparable(), "{name}");
    }
}

/// The words by which an account may find a customer.
fn open_words(account: &Account) -> BTreeSet<String> {
    let fields = ["name", "primaryDomain", "domains"];
    let texts = fields.into_iter().flat_map(|field| account.gathered.values_of("Customer", field));
    texts.flat_map(domain_words).collect()
}

#[tokio::test]
async fn a_word_of_a_customer_of_others_finds_like_a_word_of_nobody() {
    let test = TestApp::demo().await;
    let words: BTreeSet<String> = harvest().accounts.iter().flat_map(open_words).collect();
    assert!(words.len() > 100, "only {} words are known", words.len());
    let selection = "{ totalCount { value isEstimate } nodes { id } pageInfo { hasNextPage } }";
    let search = "customers(first: 10, filter: { search: $ })";
    for account in &harvest().accounts {
        let (viewer, open) = (account.reader.viewer(&test), open_words(account));
        let is_open = |word: &String| open.iter().any(|open| open.starts_with(word.as_str()));
        // A search for several words takes each for itself, so only single ones are asked for.
        let single = words.iter().filter(|word| word.chars().all(char::is_alphanumeric));
        let mut hidden: Vec<String> = single.filter(|word| !is_open(word)).cloned().collect();
        assert!(hidden.len() > 10, "{}: only {} hidden words", account.reader.name, hidden.len());
        let nobody: Vec<String> = (0..BATCH).map(|i| format!("qqzz{i}")).collect();
        let expected = ask_each(&viewer, search, "String!", selection, &nobody).await;
        assert_eq!(expected.data()["f0"]["totalCount"]["value"], 0);
        // The last document is as long as the others.
        while !hidden.len().is_multiple_of(BATCH) {
            hidden.push(hidden[0].clone());
        }
        for words in hidden.chunks(BATCH) {
            let found = ask_each(&viewer, search, "String!", selection, words).await;
            assert_eq!(found.comparable(), expected.comparable(), "{}: {words:?}", account.reader.name);
        }
    }
}

/// Ids of the rows of a list.
async fn rows(viewer: &Viewer<'_>, list: &str) -> Vec<String> {
    let reply = viewer.ask(&format!("{{ list: {list} {{ nodes {{ id }} }} }}")).await;
    let rows = nodes(reply.data(), "/list").iter();
    rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_empty_list_of_values_matches_nothing_and_its_opposite_everything() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@fabrikam");
    let lists: [(&str, &[&str]); 6] = [
        ("customers", &["tenantId", "name", "primaryDomain"]),
        ("partners", &["tenantId", "name", "kind", "partnerId"]),
        ("delegatedAdminRelationships", &["status", "displayName"]),
        ("customerSubscriptions", &["status", "offerName"]),
        ("incidents", &["status", "classification", "title"]),
        ("supportRequests", &["status", "severity", "kind", "tier", "title"]),
    ];
    for (list, fields) in lists {
        let all = rows(&viewer, &format!("{list}(first: 200)")).await;
        assert!(!all.is_empty());
        for field in fields {
            let none = format!("{list}(first: 200, filter: {{ {field}: {{ in: [] }} }})");
            assert!(rows(&viewer, &none).await.is_empty(), "{none}");
            let every = format!("{list}(first: 200, filter: {{ {field}: {{ notIn: [] }} }})");
            assert_eq!(rows(&viewer, &every).await, all, "{every}");
        }
    }
}

#[tokio::test]
async fn a_text_that_no_row_can_hold_is_no_fault_of_the_gateway() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@fabrikam");
    for query in [
        "query($t: String!) { customers(filter: { name: { eq: $t } }) { nodes { id } } }",
        "query($t: String!) { customers(filter: { name: { in: [$t] } }) { nodes { id } } }",
        "query($t: String!) { customers(filter: { primaryDomain: { contains: $t } }) { nodes { id } } }",
        "query($t: String!) { customers(filter: { search: $t }) { nodes { id } } }",
        "query($t: String!) { customer(domain: $t) { id } }",
        "query($t: String!) { customers(after: $t) { nodes { id } } }",
        "query($t: ID!) { node(id: $t) { id } }",
        "query($t: String!) { incidents(filter: { title: { contains: $t } }) { nodes { id } } }",
        "query($t: String!) { incident(externalId: $t) { id } }",
        "query($t: String!) { supportRequests(filter: { title: { contains: $t } }) { nodes { id } } }",
        "query($t: String!) { supportRequest(number: $t) { id } }",
    ] {
        // PostgreSQL stores no NUL.
        let reply = viewer.ask_with(query, json!({ "t": "contoso\u{0}.com" })).await;
        let codes = reply.codes();
        assert!(
            codes.iter().all(|code| ["BAD_USER_INPUT", "NOT_FOUND"].contains(&code.as_str())),
            "{query}: {codes:?}"
        );
    }
}

#[tokio::test]
async fn commerce_that_may_not_be_read_moves_no_row_into_a_list_or_out_of_it() {
    let test = TestApp::demo().await;
    let (mut partly, mut none) = (0, 0);
    for account in &harvest().accounts {
        let (viewer, name) = (account.reader.viewer(&test), &account.reader.name);
        let of_type =
            account.gathered.objects.iter().filter(|(_, object)| object.ty == "CustomerSubscription");
        let readable =
            of_type.filter(|(_, object)| object.values.get("commerceDetails") == Some(&Value::Bool(true)));
        let readable: BTreeSet<String> = readable.map(|(id, _)| id.clone()).collect();
        for (one, other) in [
            ("filter: { autoRenew: { eq: true } }", "filter: { not: { autoRenew: { eq: true } } }"),
            ("filter: { termDuration: { eq: \"P1Y\" } }", "filter: { termDuration: { ne: \"P1Y\" } }"),
            (
                "filter: { quantity: { gte: 0 }, billingCycle: { eq: MONTHLY } }",
                "filter: { billingCycle: { ne: MONTHLY } }",
            ),
            (
                "orderBy: [{ field: COMMITMENT_ENDS_AT, direction: DESC }]",
                "filter: { autoRenew: { eq: true, ne: true } }",
            ),
        ] {
            let mut both = rows(&viewer, &format!("customerSubscriptions(first: 200, {one})")).await;
            both.extend(rows(&viewer, &format!("customerSubscriptions(first: 200, {other})")).await);
            assert_eq!(both.into_iter().collect::<BTreeSet<_>>(), readable, "{name}: {one}, or {other}");
        }
        let all = rows(&viewer, "customers(first: 200)").await;
        if readable.is_empty() {
            let some = rows(
                &viewer,
                "customers(first: 200, filter: { subscriptions: { some: { autoRenew: { eq: false } } } })",
            );
            assert!(some.await.is_empty(), "{name}");
            let without = rows(
                &viewer,
                "customers(first: 200, filter: { subscriptions: { none: { autoRenew: { eq: false } } } })",
            );
            assert_eq!(without.await, all, "{name}");
        }
        let subscriptions = account.gathered.ids_of("CustomerSubscription").len();
        partly += usize::from(!readable.is_empty() && readable.len() < subscriptions);
        none += usize::from(readable.is_empty() && subscriptions > 0);
    }
    assert!(partly > 0 && none > 0, "nobody reads commerce on some rows, or on none: {partly}, {none}");
}

/// Fabrikam says that a subscription of a customer commits until a moment.
async fn commit_until(test: &TestApp, customer: &str, external_id: &str, until: Timestamp) {
    let source =
        registered_partner(test.db(), demo::partner_tenant("fabrikam").unwrap()).await.unwrap().unwrap();
    let mut ingest = Ingest::begin(test.db(), source, "partner_center", NOW, false).await.unwrap();
    let record = SubscriptionRecord {
        customer_tenant_id: demo::customer_tenant(customer).unwrap(),
        external_id: external_id.to_owned(),
        quantity: 1,
        status: "active",
        commitment_ends_at: Some(until),
        ..SubscriptionRecord::default()
    };
    let outcome = subscriptions::ingest::subscriptions(&mut ingest, &[record]).await.unwrap();
    assert_eq!(outcome.stored, 1, "{outcome:?}");
    ingest.commit().await.unwrap();
}

#[tokio::test]
async fn the_order_of_a_list_tells_nothing_of_commitments_that_may_not_be_read() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("support@fabrikam");
    let query = "{ customer(domain: \"contoso.com\") { subscriptions { nodes { id externalId commitmentEndsAt } } } }";
    let reply = viewer.ask(query).await;
    let subscriptions = nodes(&reply.body, "/data/customer/subscriptions");
    assert!(
        subscriptions.len() > 2 && reply.codes().iter().all(|code| code == "FORBIDDEN"),
        "{:#}",
        reply.body
    );
    let lists = ["customerSubscriptions(first: 200)", "customerSubscriptions(last: 200)"];
    let before = [rows(&viewer, lists[0]).await, rows(&viewer, lists[1]).await];
    // The one that commits longest is the first to end, or the other way round.
    for (at, subscription) in [(0, subscriptions.first()), (1, subscriptions.last())] {
        let external_id = subscription.unwrap()["externalId"].as_str().unwrap();
        commit_until(&test, "contoso", external_id, NOW.plus_days(1500 - 1499 * at)).await;
    }
    assert_eq!([rows(&viewer, lists[0]).await, rows(&viewer, lists[1]).await], before);
}
