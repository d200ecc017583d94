//! DESIGN 4.4, rule 7: a token's groups narrow what is allowed; restrictions and precedence keep the full membership.

use super::facts::{access, customer, finds, group, just_before, may, partner_tenant, resold, voice};
use crate::harness::{NOW, TestApp, Viewer};
use entity::Timestamp;
use partner_gateway::access::directory;
use partner_gateway::demo;
use serde_json::{Value, json};
use uuid::Uuid;

const PROFILE: &str = "customer.profile:read";

/// A demo account whose token lists groups.
fn narrowed<'a>(test: &'a TestApp, account: &str, groups: &[Uuid]) -> Viewer<'a> {
    let account = demo::account(account).unwrap();
    test.with_claims(account.tenant, account.object_id, json!({ "groups": groups }))
}

async fn restrict(test: &TestApp, groups: &str, key: &str, name: &str, from: Timestamp, until: Timestamp) {
    let (group, customer) = (group(test, "fabrikam", groups).await.id, customer(test, key).await);
    let tx = test.db().begin().await.unwrap();
    let home = partner_tenant("fabrikam");
    directory::restrict(&tx, home, group, customer, name, from, until).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_token_narrows_rights_to_its_groups() {
    let test = TestApp::demo().await;
    let agents = group(&test, "fabrikam", "Admin agents").await.object_id;
    let support = group(&test, "fabrikam", "Service support").await.object_id;
    let whole = access(&narrowed(&test, "engineer@fabrikam", &[agents, support]), "contoso").await.unwrap();
    assert!(whole.operations.iter().any(|one| one == PROFILE));
    let delegated = access(&narrowed(&test, "engineer@fabrikam", &[support]), "contoso").await.unwrap();
    assert!(delegated.via("RESELLER_RELATIONSHIP").is_empty());
    assert!(delegated.via("GDAP").contains(&"Directory Writers"));
    assert!(!delegated.operations.iter().any(|one| one == PROFILE), "who narrows the agent away is none");
    let commercial = access(&narrowed(&test, "engineer@fabrikam", &[agents]), "contoso").await.unwrap();
    assert!(commercial.via("GDAP").is_empty());
    assert_eq!(commercial.via("RESELLER_RELATIONSHIP"), ["Admin agents"]);
    assert!(!finds(&narrowed(&test, "engineer@fabrikam", &[support]), "proseware").await);
    assert!(!finds(&narrowed(&test, "engineer@fabrikam", &[agents]), "woodgrove-bank").await);
}

#[tokio::test]
async fn a_token_never_widens() {
    let test = TestApp::demo().await;
    let agents = group(&test, "fabrikam", "Admin agents").await.object_id;
    let support = group(&test, "fabrikam", "Service support").await.object_id;
    let helpdesk = narrowed(&test, "support@fabrikam", &[agents, support]);
    assert!(!finds(&helpdesk, "proseware").await);
    assert!(finds(&helpdesk, "woodgrove-bank").await);
    let stranger = group(&test, "wingtip", "Admin agents").await.object_id;
    assert!(narrowed(&test, "engineer@fabrikam", &[stranger]).customer_names(50).await.is_empty());
}

#[tokio::test]
async fn a_token_that_narrows_to_nothing_sees_nothing() {
    let test = TestApp::demo().await;
    for groups in [vec![], vec![Uuid::from_u128(1)]] {
        let viewer = narrowed(&test, "engineer@fabrikam", &groups);
        let reply = viewer.ask(super::facts::EVERYTHING).await;
        let data = reply.data();
        for list in ["customers", "partners", "customerSubscriptions", "delegatedAdminRelationships"] {
            assert_eq!(data[list]["nodes"], json!([]), "{list}");
        }
        assert_eq!(data["customers"]["totalCount"]["value"], 0);
        assert_eq!(data["viewer"]["partner"], Value::Null);
        assert!(!finds(&viewer, "contoso").await);
    }
}

#[tokio::test]
async fn precedence_keeps_the_membership_that_a_token_narrows_away() {
    let test = TestApp::demo().await;
    let agents = group(&test, "fabrikam", "Admin agents").await.object_id;
    let viewer = narrowed(&test, "engineer@fabrikam", &[agents]);
    let held = access(&viewer, "fourth-coffee").await.unwrap();
    assert!(held.via("DAP").is_empty() && held.via("GDAP").is_empty(), "{:?}", held.roles);
    assert!(!held.operations.iter().any(|one| one == PROFILE));
    assert!(may(&viewer, "adventure-works", PROFILE).await, "where nothing silences them they count");
}

#[tokio::test]
async fn a_restriction_keeps_the_membership_that_a_token_narrows_away() {
    let test = TestApp::demo().await;
    let agents = group(&test, "fabrikam", "Admin agents").await.object_id;
    let far = Timestamp::FAR_FUTURE;
    restrict(&test, "Service support", "adventure-works", "no_profile", NOW, far).await;
    restrict(&test, "Service support", "proseware", "no_access", NOW, far).await;
    let viewer = narrowed(&test, "engineer@fabrikam", &[agents]);
    assert!(!may(&viewer, "adventure-works", PROFILE).await);
    assert!(finds(&viewer, "adventure-works").await);
    assert!(!finds(&viewer, "proseware").await);
    // The other members of Admin agents are not restricted.
    assert!(may(&test.as_viewer("admin@fabrikam"), "adventure-works", PROFILE).await);
    assert!(finds(&test.as_viewer("admin@fabrikam"), "proseware").await);
}

#[tokio::test]
async fn a_restriction_denies_over_all_that_is_held_and_on_its_customer_alone() {
    let test = TestApp::demo().await;
    assert!(!finds(&test.as_viewer("helpdesk@fabrikam"), "school-of-fine-art").await);
    assert!(!finds(&test.as_viewer("lead@fabrikam"), "school-of-fine-art").await);
    assert!(finds(&test.as_viewer("admin@fabrikam"), "school-of-fine-art").await);
    assert!(finds(&test.as_viewer("helpdesk@fabrikam"), "proseware").await);
    let held = access(&test.as_viewer("admin@fabrikam"), "coho-vineyard").await.unwrap();
    assert_eq!(held.via("DAP"), ["Admin agents"]);
    assert!(!held.operations.iter().any(|one| one == PROFILE));
    assert!(held.operations.iter().any(|one| one == "subscription.tenant:read"));
}

#[tokio::test]
async fn no_access_hides_a_customer_from_every_list_and_look_up() {
    let test = TestApp::demo().await;
    restrict(&test, "Service support", "contoso", "no_access", NOW, Timestamp::FAR_FUTURE).await;
    let reply = test.as_viewer("engineer@fabrikam").ask(super::facts::EVERYTHING).await;
    let text = reply.body["data"]["customers"].to_string()
        + reply.body["data"]["customerSubscriptions"].to_string().as_str();
    assert!(text.contains("Proseware") && !text.contains("Contoso"));
    let listed = reply.body["data"]["delegatedAdminRelationships"].to_string();
    assert!(listed.contains("Fourth Coffee support"));
    assert!(!listed.contains("Contoso support"), "an own organisation's line does not lift a restriction");
    let served = "{ viewer { partner { customers(first: 200) { nodes { name } } } } }";
    let reply = test.as_viewer("engineer@fabrikam").ask(served).await;
    assert!(!reply.body.to_string().contains("Contoso"));
}

#[tokio::test]
async fn a_restriction_counts_from_its_first_instant_to_its_last() {
    let test = TestApp::demo().await;
    let (from, until) = (NOW.plus_days(1), NOW.plus_days(2));
    restrict(&test, "Admin agents", "proseware", "no_access", from, until).await;
    for (at, is_open) in
        [(NOW, true), (just_before(from), true), (from, false), (just_before(until), false), (until, true)]
    {
        test.set_clock(at);
        assert_eq!(finds(&test.as_viewer("admin@fabrikam"), "proseware").await, is_open, "{at:?}");
    }
}

#[tokio::test]
async fn one_partners_restriction_does_not_touch_another_partner() {
    let test = TestApp::demo().await;
    voice(&test, "wingtip", NOW).customers(&[resold("proseware")]).await;
    restrict(&test, "Admin agents", "proseware", "no_access", NOW, Timestamp::FAR_FUTURE).await;
    assert!(!finds(&test.as_viewer("admin@fabrikam"), "proseware").await);
    assert!(finds(&test.as_viewer("admin@wingtip"), "proseware").await);
    assert!(finds(&test.as_viewer("admin@northwind"), "proseware").await);
}
