//! DESIGN 4.4, rules 2, 5 and 6: providers and resellers, edges, and two objects in one tenant.

use super::facts::{
    access, account, assignment, extra, finds, group, may, offers, partner_tenant, partners_of, partnership,
    relationship, relationships_of, sees_extra, served_by, tenant, through, voice,
};
use crate::harness::{NOW, TestApp, Viewer, nodes};
use entity::Timestamp;
use partner_gateway::access::directory;
use serde_json::json;
use uuid::Uuid;

const PROFILE: &str = "customer.profile:read";
const FAR: Timestamp = Timestamp::FAR_FUTURE;

#[tokio::test]
async fn a_reseller_does_not_inherit_its_providers_delegated_roles() {
    let test = TestApp::demo().await;
    assert!(may(&test.as_viewer("engineer@litware"), "lakeshore-retail", PROFILE).await);
    let held = access(&test.as_viewer("engineer@tailspin"), "lakeshore-retail").await.unwrap();
    assert!(held.via("GDAP").is_empty(), "{:?}", held.roles);
    assert!(!held.operations.iter().any(|one| one == PROFILE));
    assert!(!finds(&test.as_viewer("support@tailspin"), "lakeshore-retail").await);
}

#[tokio::test]
async fn a_provider_does_not_inherit_its_resellers_delegated_roles() {
    let test = TestApp::demo().await;
    assert!(may(&test.as_viewer("engineer@fabrikam"), "contoso", PROFILE).await);
    let held = access(&test.as_viewer("engineer@northwind"), "contoso").await.unwrap();
    assert!(held.via("GDAP").is_empty() && held.via("DAP").is_empty(), "{:?}", held.roles);
    assert!(!held.operations.iter().any(|one| one == PROFILE));
    assert!(!finds(&test.as_viewer("support@northwind"), "contoso").await);
    // Nor the legacy privileges of the reseller.
    assert!(may(&test.as_viewer("admin@fabrikam"), "adventure-works", PROFILE).await);
    assert!(!may(&test.as_viewer("admin@northwind"), "adventure-works", PROFILE).await);
}

#[tokio::test]
async fn a_provider_created_relationship_grants_to_the_reseller_alone() {
    let test = TestApp::demo().await;
    const KEY: &str = "best-for-you-organics";
    let held = access(&test.as_viewer("support@fabrikam"), KEY).await.unwrap();
    assert!(held.via("GDAP").contains(&"Service Support Administrator"), "{:?}", held.roles);
    // The provider assigns a group of its own in its own capture of the same relationship.
    let mut kept = relationship(KEY, "Made by the provider", FAR);
    kept.indirect_provider_tenant_id = Some(partner_tenant("northwind"));
    let own = group(&test, "northwind", "Service support").await.object_id;
    let assigned = assignment(&kept, own);
    let outcome = voice(&test, "northwind", NOW).relationships(&[kept]).await;
    assert_eq!((outcome.stored, outcome.notes.len()), (1, 1), "{outcome:?}");
    voice(&test, "northwind", NOW).assignments(&[assigned]).await;
    assert!(!finds(&test.as_viewer("support@northwind"), KEY).await);
    let held = access(&test.as_viewer("engineer@northwind"), KEY).await.unwrap();
    assert!(held.via("GDAP").is_empty());
    let known = relationships_of(&test.as_viewer("admin@northwind"), KEY).await;
    assert!(known.iter().any(|one| one["displayName"] == "Made by the provider"), "kept as information");
}

#[tokio::test]
async fn a_provider_created_relationship_grants_only_when_active_and_not_pending() {
    let test = TestApp::demo().await;
    const KEY: &str = "munsons-pickles";
    assert!(!finds(&test.as_viewer("support@fabrikam"), KEY).await);
    let support = group(&test, "fabrikam", "Service support").await.object_id;
    let mut said = relationship(KEY, "Made by the provider", FAR);
    said.indirect_provider_tenant_id = Some(partner_tenant("northwind"));
    let assigned = assignment(&said, support);
    let states = [
        ("approval_pending", true, false),
        ("active", true, false),
        ("approval_pending", false, false),
        ("active", false, true),
    ];
    for (days, (status, is_pending, grants)) in (1..).zip(states) {
        (said.status, said.is_partner_consent_pending) = (status, is_pending);
        let at = NOW.plus_days(days);
        voice(&test, "fabrikam", at).relationships(std::slice::from_ref(&said)).await;
        voice(&test, "fabrikam", at).assignments(std::slice::from_ref(&assigned)).await;
        test.set_clock(at);
        let viewer = test.as_viewer("support@fabrikam");
        assert_eq!(finds(&viewer, KEY).await, grants, "{status}, pending: {is_pending}");
    }
}

#[tokio::test]
async fn ending_a_partnership_ends_neither_sides_customers_nor_privileges() {
    let test = TestApp::demo().await;
    voice(&test, "fabrikam", NOW).subscriptions(&[extra("contoso", "northwind")]).await;
    let mut before = Vec::new();
    for viewer in ["admin@northwind", "admin@fabrikam", "support@fabrikam"] {
        before.push((viewer, test.as_viewer(viewer).customer_names(200).await));
    }
    let at = NOW.plus_days(1);
    voice(&test, "fabrikam", at).partnerships(&[partnership("northwind", true, false)]).await;
    voice(&test, "northwind", at).partnerships(&[partnership("fabrikam", false, false)]).await;
    test.set_clock(at);
    for (viewer, names) in before {
        assert_eq!(test.as_viewer(viewer).customer_names(200).await, names, "{viewer}");
    }
    assert!(sees_extra(&test.as_viewer("admin@northwind"), "contoso").await, "the link lives on");
    assert!(providers(&test.as_viewer("admin@fabrikam"), "Fabrikam Cloud").await.is_empty());
}

#[tokio::test]
async fn a_new_link_needs_a_live_partnership_and_an_existing_one_does_not() {
    let test = TestApp::demo().await;
    let at = NOW.plus_days(1);
    voice(&test, "fabrikam", at).partnerships(&[partnership("northwind", true, false)]).await;
    voice(&test, "northwind", at).partnerships(&[partnership("fabrikam", false, false)]).await;
    let confirmed = voice(&test, "fabrikam", at).links(&[through("contoso", "northwind")]).await;
    assert_eq!((confirmed.stored, confirmed.skipped.len()), (1, 0), "{confirmed:?}");
    let refused = voice(&test, "fabrikam", at).links(&[through("fincher-architects", "northwind")]).await;
    assert_eq!((refused.stored, refused.skipped.len()), (0, 1), "{refused:?}");
    let refused = voice(&test, "northwind", at).links(&[served_by("fincher-architects", "fabrikam")]).await;
    assert_eq!((refused.stored, refused.skipped.len()), (0, 1), "{refused:?}");
    test.set_clock(at);
    assert!(!finds(&test.as_viewer("admin@northwind"), "fincher-architects").await);
}

#[tokio::test]
async fn commerce_and_tenant_rights_are_separate_axes() {
    let test = TestApp::demo().await;
    for (account, customer, commerce, tenant_wide, profile) in [
        ("admin@fabrikam", "proseware", true, false, false),
        ("sales@fabrikam", "contoso", true, false, false),
        ("support@fabrikam", "contoso", false, true, false),
        ("engineer@fabrikam", "contoso", true, true, true),
        ("support@fabrikam", "woodgrove-bank", false, true, false),
        ("engineer@fabrikam", "woodgrove-bank", false, true, true),
        ("helpdesk@fabrikam", "adventure-works", true, false, false),
        ("admin@fabrikam", "adventure-works", true, true, true),
        ("admin@contoso", "contoso", false, true, true),
    ] {
        let held = access(&test.as_viewer(account), customer).await.unwrap();
        let may = |operation: &str| held.operations.iter().any(|one| one == operation);
        let found = (may("subscription.commerce:read"), may("subscription.tenant:read"), may(PROFILE));
        assert_eq!(found, (commerce, tenant_wide, profile), "{account} at {customer}");
    }
}

#[tokio::test]
async fn a_role_that_reads_licences_opens_all_the_tenants_subscriptions_of_its_own_source() {
    let test = TestApp::demo().await;
    // One of Tailwind's subscriptions names Tailspin in no way; only the licence administrators read it.
    let (support, admin) = (test.as_viewer("support@tailspin"), test.as_viewer("admin@tailspin"));
    assert!(offers(&support, "tailwind-traders").await.iter().any(|offer| offer == "Power BI Pro"));
    assert!(!offers(&admin, "tailwind-traders").await.iter().any(|offer| offer == "Power BI Pro"));
}

async fn edge(viewer: &Viewer<'_>, partner: &str, field: &str) -> Vec<String> {
    let query = format!(
        "query($name: String) {{ partners(filter: {{ name: {{ eq: $name }} }}) {{ nodes {{ {field}(first: 50) {{ nodes {{ name }} }} }} }} }}"
    );
    let reply = viewer.ask_with(&query, json!({ "name": partner })).await;
    let found = nodes(reply.data(), "/partners");
    assert_eq!(found.len(), 1, "{partner} is not known");
    nodes(&found[0], &format!("/{field}"))
        .iter()
        .map(|one| one["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn providers(viewer: &Viewer<'_>, partner: &str) -> Vec<String> {
    edge(viewer, partner, "providers").await
}

#[tokio::test]
async fn a_reseller_sees_itself_alone_among_its_providers_resellers() {
    let test = TestApp::demo().await;
    assert_eq!(
        edge(&test.as_viewer("admin@fabrikam"), "Northwind Distribution", "resellers").await,
        ["Fabrikam Cloud"]
    );
    assert_eq!(
        edge(&test.as_viewer("admin@tailspin"), "Northwind Distribution", "resellers").await,
        ["Tailspin IT"]
    );
    let own = edge(&test.as_viewer("admin@northwind"), "Northwind Distribution", "resellers").await;
    assert_eq!(own, ["Fabrikam Cloud", "Tailspin IT"]);
}

#[tokio::test]
async fn a_provider_never_sees_its_resellers_other_providers() {
    let test = TestApp::demo().await;
    let own = providers(&test.as_viewer("admin@tailspin"), "Tailspin IT").await;
    assert_eq!(own, ["Litware Distribution", "Northwind Distribution"]);
    assert_eq!(
        providers(&test.as_viewer("admin@northwind"), "Tailspin IT").await,
        ["Northwind Distribution"]
    );
    assert_eq!(providers(&test.as_viewer("admin@litware"), "Tailspin IT").await, ["Litware Distribution"]);
    // Nor on the customer that the reseller serves through both.
    let known = partners_of(&test.as_viewer("admin@northwind"), "wide-world-importers").await;
    let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Northwind Distribution", "Tailspin IT"]);
    for (account, other) in [("lead@northwind", "Litware"), ("lead@litware", "Northwind")] {
        let reply = test.as_viewer(account).ask(super::facts::EVERYTHING).await;
        assert!(reply.body["data"]["customers"]["nodes"].as_array().unwrap().len() > 1);
        assert!(!reply.body.to_string().contains(other), "{account} learns of {other}");
    }
}

#[tokio::test]
async fn partners_in_one_chain_see_each_others_names_on_the_customer() {
    let test = TestApp::demo().await;
    let by_reseller = partners_of(&test.as_viewer("admin@fabrikam"), "contoso").await;
    let own = vec!["RESELLER".to_owned(), "DELEGATED_ADMIN".to_owned()];
    let provider = ("Northwind Distribution".to_owned(), vec!["INDIRECT_PROVIDER".to_owned()]);
    assert_eq!(by_reseller, [("Fabrikam Cloud".to_owned(), own), provider]);
    let by_provider = partners_of(&test.as_viewer("admin@northwind"), "contoso").await;
    let reseller = ("Fabrikam Cloud".to_owned(), vec!["INDIRECT_RESELLER".to_owned()]);
    assert_eq!(by_provider, [reseller, ("Northwind Distribution".to_owned(), vec!["RESELLER".to_owned()])]);
}

#[tokio::test]
async fn a_partner_and_a_customer_in_one_tenant_are_two_objects_without_an_edge() {
    let test = TestApp::demo().await;
    assert_eq!(partner_tenant("wingtip"), tenant("wingtip"));
    let staff = test.as_viewer("admin@wingtip");
    assert!(!finds(&staff, "wingtip").await);
    let whole =
        "{ viewer { customer { id } partner { id name customers(first: 50) { nodes { tenantId } } } } }";
    let before = staff.ask(whole).await;
    assert_eq!(before.data()["viewer"]["customer"], json!(null));
    let served = nodes(before.data(), "/viewer/partner/customers");
    assert!(!served.is_empty() && served.iter().all(|one| one["tenantId"] != json!(tenant("wingtip"))));
    // With a role of its own there, the same account reads the customer, and still sees no edge between the two.
    let id = account(&test, "admin@wingtip").await;
    let tx = test.db().begin().await.unwrap();
    let (home, role) = (tenant("wingtip"), Some("global_administrator"));
    let admins =
        directory::add_group(&tx, home, Uuid::from_u128(7), "Global administrators", role).await.unwrap();
    directory::add_member(&tx, home, admins, id, NOW).await.unwrap();
    tx.commit().await.unwrap();
    let after = staff.ask(whole).await;
    let seen = &after.data()["viewer"];
    assert_ne!(seen["customer"]["id"], json!(null));
    assert_ne!(seen["customer"]["id"], seen["partner"]["id"]);
    assert_eq!(seen["partner"], before.data()["viewer"]["partner"]);
    let named = partners_of(&staff, "wingtip").await;
    assert_eq!(named, [("Northwind Distribution".to_owned(), vec!["RESELLER".to_owned()])]);
}

#[tokio::test]
async fn a_customers_role_gives_nothing_on_the_partner_of_its_tenant() {
    let test = TestApp::demo().await;
    let (home, object) = (tenant("wingtip"), Uuid::from_u128(0xad));
    let tx = test.db().begin().await.unwrap();
    let role = Some("global_administrator");
    let admins =
        directory::add_group(&tx, home, Uuid::from_u128(7), "Global administrators", role).await.unwrap();
    let id = directory::add_account(&tx, home, object, "member", "Owner", NOW.plus_days(-1)).await.unwrap();
    directory::add_member(&tx, home, admins, id, NOW.plus_days(-1)).await.unwrap();
    tx.commit().await.unwrap();
    let viewer = test.as_account(home, object);
    assert_eq!(viewer.customer_names(50).await, ["Wingtip Managed Services"]);
    let reply =
        viewer.ask("{ viewer { partner { id } customer { name } } partners { nodes { name } } }").await;
    assert_eq!(reply.data()["viewer"]["partner"], json!(null));
    assert_eq!(reply.data()["partners"]["nodes"], json!([{ "name": "Northwind Distribution" }]));
}
