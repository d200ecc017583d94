//! DESIGN 4.4, rule 4: commerce fields need the right, and my partner as seller or partner of record of that row. A
//! filter or order on them drops the other rows, in counts too; search matches only what may be read on that row.

use super::facts::{external_id, extra, offers, subscriptions_of, tenant, voice};
use crate::harness::{NOW, Reply, TestApp, Viewer, nodes};
use partner_gateway::subscriptions::record::SubscriptionRecord;
use serde_json::{Value, json};

/// Tailspin is the partner of record of three subscriptions here, and only the support contact of the fourth.
const KEY: &str = "tailwind-traders";
const SUPPORTED: &str = "Visio Plan 2";

async fn list(viewer: &Viewer<'_>, mut filter: Value, arguments: &str) -> Reply {
    filter["customer"] = json!({ "tenantId": { "eq": tenant(KEY) } });
    let query = format!(
        "query($f: CustomerSubscriptionFilter) {{ customerSubscriptions(filter: $f {arguments}) {{ totalCount {{ value }} nodes {{ offerName }} }} }}"
    );
    viewer.ask_with(&query, json!({ "f": filter })).await
}

async fn found(viewer: &Viewer<'_>, filter: Value, arguments: &str) -> Vec<String> {
    let reply = list(viewer, filter, arguments).await;
    let rows = nodes(reply.data(), "/customerSubscriptions");
    assert_eq!(
        reply.data()["customerSubscriptions"]["totalCount"]["value"],
        rows.len(),
        "the count tells more"
    );
    let mut names: Vec<String> =
        rows.iter().map(|row| row["offerName"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_commerce_field_is_denied_on_its_row_and_leaves_its_siblings_alone() {
    let test = TestApp::demo().await;
    let query = "query($t: UUID) { customer(tenantId: $t) { subscriptions(first: 50) { nodes {
        offerName quantity autoRenew commitmentEndsAt termDuration billingCycle billingType cancellableUntil
        commerceDetails { orderId } } } } }";
    let reply = test.as_viewer("admin@tailspin").ask_with(query, json!({ "t": tenant(KEY) })).await;
    let rows = nodes(&reply.body["data"], "/customer/subscriptions");
    assert_eq!(rows.len(), 4, "{:#}", reply.body);
    let place = rows.iter().position(|row| row["offerName"] == SUPPORTED).unwrap();
    let denied = [
        "autoRenew",
        "billingCycle",
        "billingType",
        "cancellableUntil",
        "commerceDetails",
        "commitmentEndsAt",
        "termDuration",
    ];
    assert_eq!(reply.codes(), ["FORBIDDEN"; 7]);
    let errors = reply.body["errors"].as_array().unwrap();
    let mut paths: Vec<Value> = errors.iter().map(|error| error["path"].clone()).collect();
    paths.sort_by_key(Value::to_string);
    assert_eq!(paths, denied.map(|name| json!(["customer", "subscriptions", "nodes", place, name])));
    for name in denied {
        assert_eq!(rows[place].get(name), Some(&Value::Null), "{name} is null, not left out");
    }
    assert_eq!(rows[place]["quantity"], 6);
    let premium = rows.iter().find(|row| row["offerName"] == "Microsoft 365 Business Premium").unwrap();
    assert_eq!((&premium["autoRenew"], &premium["termDuration"]), (&json!(false), &json!("P1Y")));
    assert!(premium["commerceDetails"]["orderId"].is_string());
}

#[tokio::test]
async fn a_filter_on_a_commerce_field_drops_the_rows_on_which_it_may_not_be_read() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@tailspin");
    let readable = ["Azure plan", "Exchange Online (Plan 1)", "Microsoft 365 Business Premium"];
    let all = ["Azure plan", "Exchange Online (Plan 1)", "Microsoft 365 Business Premium", SUPPORTED];
    assert_eq!(found(&viewer, json!({}), "").await, all);
    assert_eq!(found(&viewer, json!({ "status": { "eq": "ACTIVE" } }), "").await, all);
    // Exchange and Visio renew by themselves.
    assert_eq!(
        found(&viewer, json!({ "autoRenew": { "eq": true } }), "").await,
        ["Exchange Online (Plan 1)"]
    );
    let not = json!({ "not": { "autoRenew": { "eq": false } } });
    assert_eq!(found(&viewer, not, "").await, ["Azure plan", "Exchange Online (Plan 1)"]);
    for filter in [
        json!({ "or": [{ "autoRenew": { "eq": true } }, { "status": { "eq": "ACTIVE" } }] }),
        json!({ "or": [{ "not": { "not": { "billingCycle": { "eq": "ANNUAL" } } } }, { "quantity": { "gte": 0 } }] }),
        json!({ "commitmentEndsAt": { "gt": "2000-01-01T00:00:00Z" } }),
        json!({ "not": { "termDuration": { "eq": "P9Y" } } }),
        json!({ "not": { "cancellableUntil": { "gt": "2999-01-01T00:00:00Z" } } }),
    ] {
        assert_eq!(found(&viewer, filter.clone(), "").await, readable, "{filter}");
    }
}

#[tokio::test]
async fn an_order_by_a_commerce_field_drops_the_rows_on_which_it_may_not_be_read() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@tailspin");
    let readable = ["Azure plan", "Exchange Online (Plan 1)", "Microsoft 365 Business Premium"];
    for direction in ["ASC", "DESC"] {
        let order = format!(", orderBy: [{{ field: COMMITMENT_ENDS_AT, direction: {direction} }}]");
        assert_eq!(found(&viewer, json!({}), &order).await, readable);
    }
}

#[tokio::test]
async fn the_order_of_a_list_tells_nothing_of_a_field_that_may_not_be_read() {
    let test = TestApp::demo().await;
    let offers_in_order = async || {
        let rows = subscriptions_of(&test.as_viewer("support@fabrikam"), "woodgrove-bank").await;
        rows.iter().map(|row| row["offerName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let before = offers_in_order().await;
    assert_eq!(before.len(), 3);
    // Support reads these subscriptions, but no commitment: an end that moves must not move a row.
    for (offer, days) in before.iter().zip([900, 600, 300]) {
        let moved = SubscriptionRecord {
            customer_tenant_id: tenant("woodgrove-bank"),
            external_id: external_id(&test.as_viewer("support@fabrikam"), "woodgrove-bank", offer).await,
            status: "active",
            commitment_ends_at: Some(NOW.plus_days(days)),
            ..Default::default()
        };
        voice(&test, "fabrikam", NOW).subscriptions(&[moved]).await;
    }
    assert_eq!(offers_in_order().await, before);
}

#[tokio::test]
async fn a_filter_on_a_relation_sees_only_what_the_viewer_may_see() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@tailspin");
    for (condition, matches) in [
        (json!({ "some": { "offerName": { "eq": SUPPORTED } } }), true),
        (json!({ "some": { "offerName": { "eq": SUPPORTED }, "autoRenew": { "eq": true } } }), false),
        (json!({ "none": { "offerName": { "eq": SUPPORTED }, "autoRenew": { "eq": true } } }), true),
        (json!({ "some": { "offerName": { "eq": "Power BI Pro" } } }), false),
        (
            json!({ "some": { "offerName": { "eq": "Exchange Online (Plan 1)" }, "autoRenew": { "eq": true } } }),
            true,
        ),
    ] {
        let filter = json!({ "tenantId": { "eq": tenant(KEY) }, "subscriptions": condition });
        let query =
            "query($f: CustomerFilter) { customers(filter: $f) { totalCount { value } nodes { name } } }";
        let reply = viewer.ask_with(query, json!({ "f": filter })).await;
        assert_eq!(reply.data()["customers"]["totalCount"]["value"], i32::from(matches), "{condition}");
        assert_eq!(nodes(reply.data(), "/customers").len(), usize::from(matches), "{condition}");
    }
}

/// Whether an account reads when a subscription renews; none where it does not see the row.
async fn renews(viewer: &Viewer<'_>, key: &str, offer: &str) -> Option<Result<Value, Vec<String>>> {
    let query = "query($t: UUID, $o: String) { customerSubscriptions(
        filter: { customer: { tenantId: { eq: $t } }, offerName: { eq: $o } }) { nodes { autoRenew } } }";
    let reply = viewer.ask_with(query, json!({ "t": tenant(key), "o": offer })).await;
    let row = nodes(&reply.body["data"], "/customerSubscriptions").first()?.clone();
    Some(if reply.codes().is_empty() { Ok(row["autoRenew"].clone()) } else { Err(reply.codes()) })
}

#[tokio::test]
async fn commerce_details_open_to_the_partner_of_record_on_its_providers_row() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@tailspin");
    assert_eq!(renews(&viewer, "parnell-aerospace", "Microsoft 365 E5").await, Some(Ok(json!(false))));
    assert_eq!(renews(&viewer, "parnell-aerospace", "Microsoft Intune Plan 1").await, None);
}

#[tokio::test]
async fn a_relation_alone_reads_no_commerce_of_a_row_that_names_another_partner() {
    let test = TestApp::demo().await;
    // Fabrikam captured it and may sell here, but Litware sold it, and nobody is its partner of record.
    voice(&test, "fabrikam", NOW).subscriptions(&[extra("adventure-works", "litware")]).await;
    let denied = Some(Err(vec!["FORBIDDEN".to_owned()]));
    assert_eq!(renews(&test.as_viewer("admin@fabrikam"), "adventure-works", "Extra").await, denied);
    // Without the legacy privileges that read the whole tenant, Sales agents do not even see it.
    assert_eq!(renews(&test.as_viewer("sales@fabrikam"), "adventure-works", "Extra").await, None);
}

#[tokio::test]
async fn a_restriction_of_commerce_leaves_the_subscription_itself() {
    let test = TestApp::demo().await;
    const OFFER: &str = "Microsoft 365 Business Premium";
    let denied = Some(Err(vec!["FORBIDDEN".to_owned()]));
    assert_eq!(renews(&test.as_viewer("sales@fabrikam"), "tasmanian-traders", OFFER).await, denied);
    assert_eq!(
        renews(&test.as_viewer("admin@fabrikam"), "tasmanian-traders", OFFER).await,
        Some(Ok(json!(false)))
    );
    assert!(!offers(&test.as_viewer("sales@fabrikam"), "tasmanian-traders").await.is_empty());
}

#[tokio::test]
async fn a_further_domain_finds_only_where_the_company_details_may_be_read() {
    let test = TestApp::demo().await;
    let by_domain = "query($d: String) { customer(domain: $d) { name } }";
    let by_search = "query($s: String) { customers(filter: { search: $s }) { totalCount { value } } }";
    for (account, reads) in
        [("admin@fabrikam", false), ("engineer@fabrikam", true), ("reader@fabrikam", false)]
    {
        let viewer = test.as_viewer(account);
        let further = viewer.ask_with(by_domain, json!({ "d": "contoso.co.uk" })).await;
        assert_eq!(further.codes().is_empty(), reads, "{account}: {:#}", further.body);
        let default = viewer.ask_with(by_domain, json!({ "d": "contoso.com" })).await;
        assert_eq!(default.data()["customer"]["name"], "Contoso", "{account}");
        let searched = viewer.ask_with(by_search, json!({ "s": "contoso uk" })).await;
        assert_eq!(searched.data()["customers"]["totalCount"]["value"], i32::from(reads), "{account}");
    }
}
