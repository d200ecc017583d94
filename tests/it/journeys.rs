//! The journeys of the contract, as a client runs them: over a real listener, with a real token, names as written there.

use crate::harness::{NOW, TestApp, issuer, nodes};
use crate::rules::facts::{EXTRA, external_id, offers, tenant, voice};
use chrono::DateTime;
use entity::Timestamp;
use partner_gateway::subscriptions::record::SubscriptionRecord;
use partner_gateway::{demo, http};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tokio::net::TcpListener;

const RENEWALS: &str = include_str!("journeys/06-renewals.graphql");
const WHAT_LAPSES: &str = include_str!("journeys/04-what-lapses.graphql");

/// Posts a body and gives the answer's status and body.
pub async fn post(endpoint: &str, token: &str, body: &Value) -> (u16, Value) {
    // Loopback only: neither proxies nor certificates have a part in it.
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let response = client.post(endpoint).bearer_auth(token).json(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// A client of a gateway that listens.
pub struct Client {
    endpoint: String,
    token: String,
}

impl Client {
    /// An account's client of a new listener.
    pub async fn of(test: &TestApp, account: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/graphql", listener.local_addr().unwrap());
        let router = http::router(test.app.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let account = demo::account(account).unwrap();
        let now = NOW.0 / Timestamp::SECOND;
        let token = issuer().token(account.tenant, account.object_id, now, 3600, Map::new()).unwrap();
        Client { endpoint, token }
    }

    /// `data` of an answer without errors.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let mut body = self.run(json!({ "query": query, "variables": variables })).await;
        assert!(body.get("errors").is_none(), "{body:#}");
        body["data"].take()
    }

    /// An answer as it is.
    pub async fn run(&self, request: Value) -> Value {
        let (status, body) = post(&self.endpoint, &self.token, &request).await;
        assert_eq!(status, 200, "{body:#}");
        body
    }

    /// All renewals of the next 90 days, page by page, and the number of pages.
    async fn renewals(&self) -> (Vec<Value>, usize) {
        let (mut rows, mut pages, mut after) = (Vec::new(), 0, Value::Null);
        loop {
            let variables = json!({ "before": "2026-05-31T09:00:00Z", "after": after });
            let mut data = self.ask(RENEWALS, variables).await;
            let list = data["customerSubscriptions"].take();
            rows.extend(list["nodes"].as_array().unwrap().iter().cloned());
            pages += 1;
            if list["pageInfo"]["hasNextPage"] == json!(false) {
                assert_eq!(list["totalCount"], json!({ "value": rows.len(), "isEstimate": false }));
                return (rows, pages);
            }
            after = list["pageInfo"]["endCursor"].clone();
        }
    }
}

fn instant(value: &Value) -> Timestamp {
    Timestamp(DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap().timestamp_micros())
}

/// Each row with its customer, as texts.
fn named(rows: &[Value]) -> BTreeSet<String> {
    let name = |row: &Value| format!("{}: {} {}", row["customer"]["name"], row["offerName"], row["id"]);
    rows.iter().map(name).collect()
}

fn names(rows: &[Value]) -> BTreeSet<&str> {
    rows.iter().map(|row| row["name"].as_str().unwrap()).collect()
}

fn assert_are_renewals(rows: &[Value]) {
    let until = NOW.plus_days(90);
    for row in rows {
        assert_eq!((&row["status"], &row["autoRenew"]), (&json!("ACTIVE"), &json!(false)), "{row:#}");
        assert!(instant(&row["commitmentEndsAt"]) < until, "{row:#}");
        assert!(row["customer"]["name"].is_string() && row["provenance"]["asOf"].is_string(), "{row:#}");
    }
    let ends: Vec<Timestamp> = rows.iter().map(|row| instant(&row["commitmentEndsAt"])).collect();
    assert!(ends.is_sorted(), "{ends:?}");
    assert_eq!(named(rows).len(), rows.len(), "a row comes once");
}

#[tokio::test]
async fn renewals_that_need_a_decision_are_listed_by_their_end() {
    let test = TestApp::demo().await;
    let (rows, _) = Client::of(&test, "admin@fabrikam").await.renewals().await;
    assert!(rows.len() >= 12, "{} rows", rows.len());
    assert_are_renewals(&rows);
    let contoso = rows.iter().find(|row| row["customer"]["name"] == "Contoso").unwrap();
    assert_eq!(contoso["offerName"], "Microsoft 365 E5");
    assert_eq!((&contoso["quantity"], &contoso["assignedQuantity"]), (&json!(120), &json!(97)));
    assert_eq!((&contoso["termDuration"], &contoso["billingCycle"]), (&json!("P1Y"), &json!("ANNUAL")));
    assert_eq!(contoso["partnerOfRecord"]["name"], "Fabrikam Cloud");
    assert_eq!(contoso["supportContact"]["name"], "Northwind Distribution");
    assert_eq!(
        (&contoso["provenance"]["source"], &contoso["provenance"]["state"]),
        (&json!("PARTNER_CENTER"), &json!("FRESH"))
    );
}

#[tokio::test]
async fn sales_agents_see_the_same_renewals_but_where_commerce_is_restricted() {
    let test = TestApp::demo().await;
    let (of_admin, _) = Client::of(&test, "admin@fabrikam").await.renewals().await;
    let (of_sales, _) = Client::of(&test, "sales@fabrikam").await.renewals().await;
    let open: Vec<Value> =
        of_admin.iter().filter(|row| row["customer"]["name"] != "Tasmanian Traders").cloned().collect();
    assert_eq!(open.len() + 1, of_admin.len());
    assert_eq!(of_sales, open);
}

#[tokio::test]
async fn who_may_not_read_commerce_sees_no_renewals() {
    let test = TestApp::demo().await;
    for account in [
        "support@fabrikam",
        "reader@fabrikam",
        "auditor@fabrikam",
        "admin@lamna",
        "admin@contoso",
        "guest@fabrikam",
    ] {
        let (rows, _) = Client::of(&test, account).await.renewals().await;
        assert!(rows.is_empty(), "{account}: {rows:#?}");
    }
}

#[tokio::test]
async fn a_support_contact_without_commerce_sees_the_subscription_but_no_renewal() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@tailspin");
    let supported = SubscriptionRecord {
        customer_tenant_id: tenant("tailwind-traders"),
        external_id: external_id(&viewer, "tailwind-traders", "Visio Plan 2").await,
        status: "active",
        auto_renew: Some(false),
        ..Default::default()
    };
    voice(&test, "tailspin", NOW).subscriptions(&[supported]).await;
    assert!(offers(&viewer, "tailwind-traders").await.iter().any(|offer| offer == "Visio Plan 2"));
    let (rows, _) = Client::of(&test, "admin@tailspin").await.renewals().await;
    assert_are_renewals(&rows);
    let at_tailwind: Vec<&Value> = rows
        .iter()
        .filter(|row| row["customer"]["name"] == "Tailwind Traders")
        .map(|row| &row["offerName"])
        .collect();
    assert_eq!(at_tailwind, ["Microsoft 365 Business Premium"]);
}

#[tokio::test]
async fn paging_through_renewals_visits_each_once() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "admin@fabrikam").await;
    let (before, pages) = client.renewals().await;
    assert_eq!(pages, 1);
    // Many ends fall on one instant, so that only the id tells rows apart.
    let more: Vec<SubscriptionRecord> = (0..120)
        .map(|number| SubscriptionRecord {
            customer_tenant_id: tenant("proseware"),
            external_id: format!("more-{number}"),
            offer_name: Some(EXTRA.into()),
            quantity: 1,
            status: "active",
            auto_renew: Some(false),
            commitment_ends_at: Some(NOW.plus_days(20 + number % 3)),
            partner_of_record_mpn_id: Some("5228101".into()),
            ..Default::default()
        })
        .collect();
    voice(&test, "fabrikam", NOW).subscriptions(&more).await;
    let (rows, pages) = client.renewals().await;
    assert_eq!((rows.len(), pages), (before.len() + 120, (before.len() + 120).div_ceil(50)));
    assert_are_renewals(&rows);
    assert!(named(&before).is_subset(&named(&rows)));
}

#[tokio::test]
async fn relationships_that_lapse_are_listed_by_their_end() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "admin@fabrikam").await;
    let data = client.ask(WHAT_LAPSES, json!({ "days": 30 })).await;
    let rows = nodes(&data, "/delegatedAdminRelationships");
    let seen: Vec<(&str, Timestamp)> =
        rows.iter().map(|row| (row["displayName"].as_str().unwrap(), instant(&row["endsAt"]))).collect();
    let expected = [
        ("Margie's Travel support", NOW.plus_days(5)),
        ("Liberty's support", NOW.plus_days(18)),
        ("Terra Firma support", NOW.plus_days(28)),
    ];
    assert_eq!(seen, expected);
    assert_eq!(rows[0]["customer"]["name"], "Margie's Travel");
    assert_eq!(rows[0]["autoExtend"], json!({ "enabled": false, "blockedBy": null }));
    assert_eq!(rows[2]["autoExtend"], json!({ "enabled": true, "blockedBy": null }));
    let roles = names(rows[0]["roles"].as_array().unwrap());
    assert_eq!(roles, BTreeSet::from(["Service Support Administrator", "User Administrator"]));
    // The relationship is its own organisation's; its customer is none of the Admin agent's.
    assert_eq!(rows[1]["customer"], Value::Null);
    for (days, lapse) in [(4, 0), (6, 1)] {
        let data = client.ask(WHAT_LAPSES, json!({ "days": days })).await;
        assert_eq!(nodes(&data, "/delegatedAdminRelationships").len(), lapse, "{days} days");
    }
    let stranger = Client::of(&test, "admin@lamna").await.ask(WHAT_LAPSES, json!({ "days": 3650 })).await;
    assert!(nodes(&stranger, "/delegatedAdminRelationships").is_empty());
}

#[tokio::test]
async fn a_support_lead_at_a_provider_sees_its_resellers_and_the_customers_served_through_it() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "lead@northwind").await;
    let query = "{ viewer { account { name } partner { name kind location } customer { id } }
        partners { nodes { name kind partnerId customers(first: 100) { nodes { name } } } } }";
    let data = client.ask(query, json!({})).await;
    assert_eq!(data["viewer"]["account"]["name"], "Helpdesk agent who leads support, Northwind Distribution");
    let own = json!({ "name": "Northwind Distribution", "kind": "INDIRECT_PROVIDER", "location": "US" });
    assert_eq!((&data["viewer"]["partner"], &data["viewer"]["customer"]), (&own, &Value::Null));
    let partners = nodes(&data, "/partners");
    let known: Vec<(&str, &str)> =
        partners.iter().map(|one| (one["name"].as_str().unwrap(), one["kind"].as_str().unwrap())).collect();
    let expected = [
        ("Fabrikam Cloud", "INDIRECT_RESELLER"),
        ("Northwind Distribution", "INDIRECT_PROVIDER"),
        ("Tailspin IT", "INDIRECT_RESELLER"),
    ];
    assert_eq!(known, expected);
    let served = |place: usize| names(nodes(&partners[place], "/customers"));
    let through_tailspin = BTreeSet::from(["Parnell Aerospace", "Tailwind Traders", "Wide World Importers"]);
    assert_eq!(served(2), through_tailspin);
    let through_fabrikam = served(0);
    assert!(through_fabrikam.contains("Contoso") && through_fabrikam.contains("Nod Publishers"));
    for other in ["Woodgrove Bank", "Alpine Ski House", "City Power & Light", "Fincher Architects"] {
        assert!(!through_fabrikam.contains(other), "{other} is not served through Northwind");
    }
    assert!(served(1).is_superset(&through_fabrikam) && served(1).contains("Wingtip Managed Services"));
}

#[tokio::test]
async fn a_customers_own_admin_sees_its_partners_and_what_they_hold_but_no_commerce() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "admin@contoso").await;
    let query = "{ viewer { account { id name } customer { id name
        partners(first: 10) { edges { relation since node { id name kind } } }
        delegatedAdminRelationships(first: 20) { nodes { id displayName status endsAt partner { id name } roles { name } } } } } }";
    let data = client.ask(query, json!({})).await;
    let customer = &data["viewer"]["customer"];
    assert_eq!(customer["name"], "Contoso");
    let edges = customer["partners"]["edges"].as_array().unwrap();
    let seen: Vec<(&Value, &Value, Timestamp)> = edges
        .iter()
        .map(|edge| (&edge["node"]["name"], &edge["relation"], instant(&edge["since"])))
        .collect();
    let expected = [
        (&json!("Fabrikam Cloud"), &json!("RESELLER"), NOW.plus_days(-700)),
        (&json!("Northwind Distribution"), &json!("RESELLER"), NOW.plus_days(-700)),
        (&json!("Wingtip Managed Services"), &json!("RESELLER"), NOW.plus_days(-400)),
    ];
    assert_eq!(seen, expected);
    let relationships = nodes(customer, "/delegatedAdminRelationships");
    assert_eq!(relationships.len(), 2);
    let wingtips =
        relationships.iter().find(|one| one["partner"]["name"] == "Wingtip Managed Services").unwrap();
    assert_eq!(
        (&wingtips["displayName"], &wingtips["status"]),
        (&json!("Contoso messaging"), &json!("ACTIVE"))
    );
    let roles = wingtips["roles"].as_array().unwrap();
    assert!(roles.contains(&json!({ "name": "Exchange Administrator" })), "{roles:?}");
}

#[tokio::test]
async fn a_customers_own_admin_reads_its_subscriptions_without_their_prices() {
    let test = TestApp::demo().await;
    let query =
        "{ viewer { customer { subscriptions(first: 50) { nodes { offerName quantity autoRenew } } } } }";
    let reply = test.as_viewer("admin@contoso").ask(query).await;
    let rows = nodes(&reply.body["data"], "/viewer/customer/subscriptions");
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row["quantity"].is_number() && row["autoRenew"].is_null()), "{rows:#?}");
    assert_eq!(reply.codes(), ["FORBIDDEN"; 6]);
}
