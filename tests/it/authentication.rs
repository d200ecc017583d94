//! Who a caller is: its tenant and object id in a proven token, and nothing else of it.

use crate::harness::{NOW, Reply, TestApp, Viewer, issuer};
use crate::http::{Raw, send};
use crate::rules::facts::{EVERYTHING, account, finds, group, partner_tenant};
use axum::http::{Request, StatusCode, header};
use entity::Timestamp;
use partner_gateway::access::demo_issuer::DemoIssuer;
use partner_gateway::access::directory;
use partner_gateway::demo;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// With an `Authorization` header, or without one.
async fn ask_as(test: &TestApp, authorization: Option<&str>) -> Raw {
    let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    if let Some(value) = authorization {
        request = request.header(header::AUTHORIZATION, value);
    }
    let body = json!({ "query": "{ viewer { account { name } } customers { nodes { name } } }" });
    send(test, request.body(body.to_string().into()).unwrap()).await
}

/// A token of the tests' issuer for Fabrikam's admin, with some claims replaced.
fn token_with(claims: Value) -> String {
    let admin = demo::account("admin@fabrikam").unwrap();
    let claims = claims.as_object().unwrap().clone();
    issuer().token(admin.tenant, admin.object_id, NOW.0 / Timestamp::SECOND, 3600, claims).unwrap()
}

fn assert_refused(answer: &Raw, why: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{why}: {}", answer.text);
    assert_eq!(answer.code(), "UNAUTHENTICATED", "{why}");
    assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer", "{why}");
    let body = answer.json();
    assert_eq!(body["data"], Value::Null, "{why}");
    assert_eq!(body["errors"].as_array().unwrap().len(), 1, "{why}");
    let id = body["errors"][0]["extensions"]["requestId"].as_str().unwrap();
    assert_eq!(answer.headers["x-request-id"], id, "{why}");
}

#[tokio::test]
async fn a_caller_without_a_token_is_told_how_to_sign_in() {
    let test = TestApp::demo().await;
    let basic = format!("Basic {}", token_with(json!({})));
    for authorization in [None, Some(""), Some("Bearer"), Some("Bearer   "), Some(basic.as_str())] {
        let answer = ask_as(&test, authorization).await;
        assert_refused(&answer, &format!("{authorization:?}"));
        assert!(answer.text.contains("Bearer"), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_scheme_is_read_whatever_its_case() {
    let test = TestApp::demo().await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let answer = ask_as(&test, Some(&format!("{scheme} {}", token_with(json!({}))))).await;
        assert_eq!(
            answer.json()["data"]["viewer"]["account"]["name"],
            "Admin agent, Fabrikam Cloud",
            "{scheme}"
        );
    }
}

#[tokio::test]
async fn a_token_that_proves_nothing_is_refused() {
    let test = TestApp::demo().await;
    let good = token_with(json!({}));
    let parts: Vec<&str> = good.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("not a token: {good}") };
    let other = token_with(json!({ "oid": Uuid::from_u128(1) }));
    let others = other.split('.').nth(1).unwrap();
    let now = NOW.0 / Timestamp::SECOND;
    for (token, why) in [
        ("nonsense".to_owned(), "no token"),
        (format!("{header}.{claims}"), "no signature"),
        (format!("{header}.{claims}."), "an empty signature"),
        (format!("{header}.{others}.{signature}"), "claims that were not signed"),
        (format!("{good}x"), "a longer signature"),
        (good.replacen(header, "eyJhbGciOiJub25lIn0", 1), "the algorithm none"),
        (token_with(json!({ "exp": now - 61 })), "expired"),
        (token_with(json!({ "nbf": now + 61 })), "not valid yet"),
        (token_with(json!({ "aud": "api://another" })), "another audience"),
        (token_with(json!({ "iss": "https://login.microsoftonline.com/x/v2.0" })), "another issuer"),
        (token_with(json!({ "tid": "fabrikam" })), "a tenant that is no id"),
        (token_with(json!({ "oid": null })), "no account"),
    ] {
        assert_refused(&ask_as(&test, Some(&format!("Bearer {token}"))).await, why);
    }
}

#[tokio::test]
async fn a_token_of_a_foreign_key_is_refused_though_it_says_the_same() {
    let test = TestApp::demo().await;
    let folder = tempfile::tempdir().unwrap();
    let foreign = DemoIssuer::open(folder.path()).unwrap();
    let admin = demo::account("admin@fabrikam").unwrap();
    let token =
        foreign.token(admin.tenant, admin.object_id, NOW.0 / Timestamp::SECOND, 3600, Map::new()).unwrap();
    assert_refused(&ask_as(&test, Some(&format!("Bearer {token}"))).await, "a foreign key");
}

#[tokio::test]
async fn a_token_ends_at_its_time() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@fabrikam");
    // Valid for an hour, and a minute of tolerance between clocks.
    test.set_clock(Timestamp(NOW.0 + 3659 * Timestamp::SECOND));
    assert!(finds(&viewer, "contoso").await);
    test.set_clock(Timestamp(NOW.0 + 3660 * Timestamp::SECOND));
    let reply = viewer.ask("{ customers { nodes { name } } }").await;
    assert_eq!((reply.status, reply.codes()), (StatusCode::UNAUTHORIZED, vec!["UNAUTHENTICATED".to_owned()]));
}

/// Nobody here: no account, no organisation, empty lists, and the same words as for everybody unknown.
fn assert_nobody(reply: &Reply, why: &str) {
    let data = reply.data();
    assert_eq!(data["viewer"], json!({ "account": null, "partner": null, "customer": null }), "{why}");
    for list in ["customers", "partners", "customerSubscriptions", "delegatedAdminRelationships"] {
        assert_eq!(data[list]["nodes"], json!([]), "{why}: {list}");
    }
    assert_eq!(data["customers"]["totalCount"], json!({ "value": 0, "isEstimate": false }), "{why}");
}

async fn assert_is_nobody(viewer: &Viewer<'_>, why: &str) {
    assert_nobody(&viewer.ask(EVERYTHING).await, why);
    assert!(!finds(viewer, "contoso").await, "{why}");
}

#[tokio::test]
async fn an_unknown_account_is_signed_in_and_sees_nothing() {
    let test = TestApp::demo().await;
    let admin = demo::account("admin@fabrikam").unwrap();
    let unknown = test.as_account(admin.tenant, Uuid::from_u128(404));
    assert_is_nobody(&unknown, "unknown in a known tenant").await;
    let elsewhere = test.as_account(Uuid::from_u128(405), admin.object_id);
    assert_is_nobody(&elsewhere, "a known object id in an unknown tenant").await;
    let other = test.as_account(partner_tenant("wingtip"), admin.object_id);
    assert_is_nobody(&other, "a known object id in another's tenant").await;
}

#[tokio::test]
async fn a_guest_holds_nothing_whatever_its_groups() {
    let test = TestApp::demo().await;
    assert_is_nobody(&test.as_viewer("guest@fabrikam"), "a guest of the directory").await;
    let admin = demo::account("admin@fabrikam").unwrap();
    for claims in [
        json!({ "acct": 1 }),
        json!({ "acct": "1" }),
        json!({ "idp": format!("https://sts.windows.net/{}/", partner_tenant("wingtip")) }),
        json!({ "idp": "live.com" }),
        json!({ "idp": 5 }),
    ] {
        let guest = test.with_claims(admin.tenant, admin.object_id, claims.clone());
        assert_is_nobody(&guest, &format!("a token with {claims}")).await;
    }
    for claims in
        [json!({ "acct": 0 }), json!({ "idp": format!("https://sts.windows.net/{}/", admin.tenant) })]
    {
        let member = test.with_claims(admin.tenant, admin.object_id, claims.clone());
        assert!(finds(&member, "contoso").await, "a member's token with {claims}");
    }
}

#[tokio::test]
async fn guests_unknown_and_ended_accounts_are_one_answer() {
    let test = TestApp::demo().await;
    directory::end_account(test.db(), account(&test, "admin@fabrikam").await, NOW).await.unwrap();
    let unknown = test.as_account(partner_tenant("fabrikam"), Uuid::from_u128(404)).ask(EVERYTHING).await;
    for account in ["guest@fabrikam", "admin@fabrikam", "guest@lamna"] {
        let reply = test.as_viewer(account).ask(EVERYTHING).await;
        assert_nobody(&reply, account);
        assert_eq!(reply.comparable(), unknown.comparable(), "{account}");
    }
}

#[tokio::test]
async fn an_account_without_groups_is_known_and_sees_nothing() {
    let test = TestApp::demo().await;
    for account in ["former@fabrikam", "user@contoso"] {
        let reply = test.as_viewer(account).ask(EVERYTHING).await;
        let data = reply.data();
        assert!(data["viewer"]["account"]["name"].is_string(), "{account}");
        assert_eq!(
            (&data["viewer"]["partner"], &data["viewer"]["customer"]),
            (&Value::Null, &Value::Null),
            "{account}"
        );
        assert_eq!(data["customers"]["nodes"], json!([]), "{account}");
    }
}

#[tokio::test]
async fn a_registered_application_holds_what_its_groups_hold() {
    let test = TestApp::demo().await;
    let (application, admin) = (test.as_viewer("automation@fabrikam"), test.as_viewer("admin@fabrikam"));
    let names = application.customer_names(50).await;
    assert!(!names.is_empty());
    assert_eq!(names, admin.customer_names(50).await);
    let stranger = test.as_account(partner_tenant("fabrikam"), Uuid::from_u128(406));
    assert_is_nobody(&stranger, "an application that is not registered").await;
}

#[tokio::test]
async fn names_and_addresses_in_a_token_join_nothing() {
    let test = TestApp::demo().await;
    let admin = demo::account("admin@fabrikam").unwrap();
    let claims = json!({
        "preferred_username": "admin@fabrikam",
        "upn": "admin@fabrikam",
        "unique_name": "admin@fabrikam",
        "email": "admin@fabrikam",
        "name": admin.title,
        "sub": admin.object_id,
        "roles": ["admin_agents"],
        "wids": ["62e90394-69f5-4237-9190-012177145e10"],
        "scp": "everything",
    });
    let unknown = test.with_claims(admin.tenant, Uuid::from_u128(404), claims.clone());
    assert_is_nobody(&unknown, "another's names").await;
    let lamna = demo::account("admin@lamna").unwrap();
    let known = test.with_claims(lamna.tenant, lamna.object_id, claims);
    let reply = known.ask("{ viewer { account { name } partner { name } } }").await;
    assert_eq!(reply.data()["viewer"]["partner"]["name"], "Lamna Partners");
    assert!(known.customer_names(50).await.is_empty());
}

#[tokio::test]
async fn a_token_whose_groups_are_too_many_to_list_leaves_the_directory_to_decide() {
    let test = TestApp::demo().await;
    let engineer = demo::account("engineer@fabrikam").unwrap();
    let whole = test.as_viewer("engineer@fabrikam").ask(EVERYTHING).await;
    for claims in [
        json!({ "_claim_names": { "groups": "src1" }, "_claim_sources": { "src1": { "endpoint": "https://graph" } } }),
        json!({ "_claim_names": { "groups": "src1" }, "groups": [] }),
        json!({ "hasgroups": true }),
    ] {
        let reply =
            test.with_claims(engineer.tenant, engineer.object_id, claims.clone()).ask(EVERYTHING).await;
        assert_eq!(reply.comparable(), whole.comparable(), "{claims}");
    }
}

#[tokio::test]
async fn groups_of_a_token_narrow_to_those_that_the_directory_confirms() {
    let test = TestApp::demo().await;
    let engineer = demo::account("engineer@fabrikam").unwrap();
    let support = group(&test, "fabrikam", "Service support").await.object_id;
    for (groups, finds_by_gdap, finds_by_relation) in [
        (json!([support]), true, false),
        (json!([support, "no id", 7, null]), true, false),
        (json!([]), false, false),
        (json!("everything"), false, false),
        (json!([Uuid::from_u128(1)]), false, false),
    ] {
        let viewer = test.with_claims(engineer.tenant, engineer.object_id, json!({ "groups": groups }));
        assert_eq!(finds(&viewer, "woodgrove-bank").await, finds_by_gdap, "{groups}");
        assert_eq!(finds(&viewer, "proseware").await, finds_by_relation, "{groups}");
    }
}

#[tokio::test]
async fn every_error_carries_a_code_and_its_requests_id() {
    let test = TestApp::demo().await;
    let admin = test.as_viewer("admin@fabrikam");
    let replies = [
        test.as_nobody().ask("{ viewer { account { id } } }").await,
        admin.ask("{ nosuchfield another }").await,
        admin.ask("{ viewer ").await,
        admin.ask("{ customer { id } other: customer(domain: \"nobody.example\") { id } }").await,
        admin.ask("{ customers(first: 0) { nodes { id } } }").await,
        admin.ask("{ customers { nodes { companyProfile { email } } } }").await,
        admin.post("[]", "application/json").await,
        admin.post("{}", "text/plain").await,
    ];
    for reply in replies {
        let errors = reply.body["errors"].as_array().unwrap();
        assert!(!errors.is_empty());
        let first = &errors[0]["extensions"]["requestId"];
        Uuid::parse_str(first.as_str().unwrap()).unwrap();
        for error in errors {
            assert!(error["extensions"]["code"].is_string(), "{error}");
            assert_eq!(&error["extensions"]["requestId"], first, "one request has one id");
            assert!(error["message"].is_string());
        }
    }
}
