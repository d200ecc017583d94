//! DESIGN 4.4, rule 1: granular delegation silences legacy privileges of the same account for the same customer.

use super::facts::{
    Access, GLOBAL_READER, SERVICE_SUPPORT, access, assignment, finds, group, just_before, may, relationship,
    relationships_of, resold, voice,
};
use crate::harness::{NOW, TestApp, Viewer};
use entity::Timestamp;

const PROFILE: &str = "customer.profile:read";
const FAR: Timestamp = Timestamp::FAR_FUTURE;

/// On what the delegated rights of an account rest.
async fn ground(viewer: &Viewer<'_>, key: &str) -> &'static str {
    let held = access(viewer, key).await;
    let of = |ground: &str| held.as_ref().is_some_and(|held: &Access| !held.via(ground).is_empty());
    match (of("DAP"), of("GDAP")) {
        (false, false) => "none",
        (true, false) => "DAP",
        (false, true) => "GDAP",
        (true, true) => "both",
    }
}

#[tokio::test]
async fn the_nine_documented_cells_of_precedence_hold() {
    let test = TestApp::demo().await;
    let customers = ["adventure-works", "fourth-coffee", "woodgrove-bank"];
    for (account, cells) in [
        ("admin@fabrikam", ["DAP", "DAP", "none"]),
        ("engineer@fabrikam", ["DAP", "GDAP", "GDAP"]),
        ("support@fabrikam", ["none", "GDAP", "GDAP"]),
    ] {
        for (customer, cell) in customers.into_iter().zip(cells) {
            let viewer = test.as_viewer(account);
            assert_eq!(ground(&viewer, customer).await, cell, "{account} at {customer}");
        }
    }
}

#[tokio::test]
async fn granular_delegation_wins_even_where_it_is_weaker() {
    let test = TestApp::demo().await;
    let company = "query($t: UUID) { customer(tenantId: $t) { name companyProfile { email } } }";
    let variables = serde_json::json!({ "t": super::facts::tenant("fourth-coffee") });
    let by_dap = test.as_viewer("admin@fabrikam").ask_with(company, variables.clone()).await;
    assert_eq!(by_dap.data()["customer"]["companyProfile"]["email"], "office@fourthcoffee.com");
    let by_gdap = test.as_viewer("engineer@fabrikam").ask_with(company, variables).await;
    assert_eq!(by_gdap.codes(), ["FORBIDDEN"]);
    assert_eq!(by_gdap.body["data"]["customer"]["companyProfile"], serde_json::Value::Null);
    assert_eq!(by_gdap.body["data"]["customer"]["name"], "Fourth Coffee");
}

#[tokio::test]
async fn an_assignment_that_is_not_active_neither_grants_nor_suppresses() {
    let test = TestApp::demo().await;
    for (customer, status, rest) in [
        ("southridge-video", "pending", "DAP"),
        ("bellows-college", "deleting", "DAP"),
        ("vanarsdel", "error", "none"),
    ] {
        let (member, outsider) = (test.as_viewer("engineer@fabrikam"), test.as_viewer("support@fabrikam"));
        assert_eq!(ground(&member, customer).await, rest, "{status}");
        assert!(!finds(&outsider, customer).await, "{status}");
    }
    let support = group(&test, "fabrikam", "Service support").await.object_id;
    let said = relationship("adventure-works", "In every state", FAR);
    let mut assigned = assignment(&said, support);
    voice(&test, "fabrikam", NOW).relationships(&[said]).await;
    let states = ["pending", "active", "error", "other", "active", "deleting", "deleted"];
    for (days, status) in (1..).zip(states) {
        assigned.status = status;
        voice(&test, "fabrikam", NOW.plus_days(days)).assignments(std::slice::from_ref(&assigned)).await;
        test.set_clock(NOW.plus_days(days));
        let counts = status == "active";
        let rest = if counts { "GDAP" } else { "DAP" };
        assert_eq!(ground(&test.as_viewer("engineer@fabrikam"), "adventure-works").await, rest, "{status}");
        assert_eq!(finds(&test.as_viewer("support@fabrikam"), "adventure-works").await, counts, "{status}");
    }
}

#[tokio::test]
async fn only_an_active_relationship_counts() {
    let test = TestApp::demo().await;
    let support = group(&test, "fabrikam", "Service support").await.object_id;
    let mut said = relationship("adventure-works", "In every state", FAR);
    let assigned = assignment(&said, support);
    let states = [
        "created",
        "approval_pending",
        "approved",
        "activating",
        "active",
        "expiring",
        "expired",
        "termination_requested",
        "terminating",
        "terminated",
        "other",
    ];
    for (days, status) in (1..).zip(states) {
        said.status = status;
        let at = NOW.plus_days(days);
        voice(&test, "fabrikam", at).relationships(std::slice::from_ref(&said)).await;
        voice(&test, "fabrikam", at).assignments(std::slice::from_ref(&assigned)).await;
        test.set_clock(at);
        let counts = status == "active";
        assert_eq!(finds(&test.as_viewer("support@fabrikam"), "adventure-works").await, counts, "{status}");
    }
}

#[tokio::test]
async fn terminating_granular_delegation_gives_legacy_rights_back() {
    let test = TestApp::demo().await;
    assert_eq!(ground(&test.as_viewer("engineer@fabrikam"), "lucerne-publishing").await, "DAP");
    assert!(!may(&test.as_viewer("engineer@fabrikam"), "fourth-coffee", PROFILE).await);
    let known = relationships_of(&test.as_viewer("admin@fabrikam"), "fourth-coffee").await;
    let at = NOW.plus_days(1);
    let mut ended = relationship("fourth-coffee", "Fourth Coffee support", at);
    ended.external_id = known[0]["externalId"].as_str().unwrap().to_owned();
    (ended.status, ended.modified_at) = ("terminated", Some(at));
    voice(&test, "fabrikam", at).relationships(&[ended]).await;
    test.set_clock(at);
    assert_eq!(ground(&test.as_viewer("engineer@fabrikam"), "fourth-coffee").await, "DAP");
    assert!(may(&test.as_viewer("engineer@fabrikam"), "fourth-coffee", PROFILE).await);
    assert!(!finds(&test.as_viewer("support@fabrikam"), "fourth-coffee").await);
}

#[tokio::test]
async fn granular_delegation_silences_until_the_instant_of_its_end() {
    let test = TestApp::demo().await;
    let support = group(&test, "fabrikam", "Service support").await.object_id;
    let ends = NOW.plus_days(5);
    let said = relationship("adventure-works", "Short", ends);
    let assigned = assignment(&said, support);
    voice(&test, "fabrikam", NOW).relationships(&[said]).await;
    voice(&test, "fabrikam", NOW).assignments(&[assigned]).await;
    for (at, rest) in [(NOW, "GDAP"), (just_before(ends), "GDAP"), (ends, "DAP")] {
        test.set_clock(at);
        assert_eq!(ground(&test.as_viewer("engineer@fabrikam"), "adventure-works").await, rest, "{at:?}");
        assert_eq!(
            may(&test.as_viewer("engineer@fabrikam"), "adventure-works", PROFILE).await,
            rest == "DAP"
        );
    }
}

#[tokio::test]
async fn legacy_privileges_need_a_live_reseller_relation_and_granular_delegation_does_not() {
    let test = TestApp::demo().await;
    assert!(!finds(&test.as_viewer("admin@fabrikam"), "consolidated-messenger").await);
    for customer in ["woodgrove-bank", "libertys-bakery"] {
        assert!(finds(&test.as_viewer("support@fabrikam"), customer).await, "{customer}");
        assert!(!finds(&test.as_viewer("admin@fabrikam"), customer).await, "{customer}");
    }
    let at = NOW.plus_days(1);
    voice(&test, "fabrikam", at).in_whole_lists().customers(&[resold("proseware")]).await;
    test.set_clock(at);
    let engineer = test.as_viewer("engineer@fabrikam");
    assert!(!finds(&engineer, "adventure-works").await, "its relation ended, and the privileges with it");
    let left = access(&engineer, "contoso").await.unwrap();
    assert!(left.via("RESELLER_RELATIONSHIP").is_empty());
    assert!(left.via("GDAP").contains(&"Service Support Administrator"));
}

#[tokio::test]
async fn one_relationships_role_does_not_live_until_anothers_end() {
    let test = TestApp::demo().await;
    let support = group(&test, "fabrikam", "Service support").await.object_id;
    let (early, late) = (NOW.plus_days(5), NOW.plus_days(50));
    let mut short = relationship("proseware", "Readers, short", early);
    short.roles = vec![GLOBAL_READER.to_owned()];
    let long = relationship("proseware", "Support, long", late);
    let assigned = [assignment(&short, support), assignment(&long, support)];
    voice(&test, "fabrikam", NOW).relationships(&[short, long]).await;
    voice(&test, "fabrikam", NOW).assignments(&assigned).await;
    for (at, roles, reads_all) in [
        (just_before(early), vec!["Global Reader", "Service Support Administrator"], true),
        (early, vec!["Service Support Administrator"], false),
        (just_before(late), vec!["Service Support Administrator"], false),
    ] {
        test.set_clock(at);
        let held = access(&test.as_viewer("support@fabrikam"), "proseware").await.unwrap();
        let mut found = held.via("GDAP");
        found.sort();
        assert_eq!(found, roles, "{at:?}");
        assert_eq!(held.operations.iter().any(|one| one == "subscription.tenant:read"), reads_all, "{at:?}");
    }
    test.set_clock(late);
    assert!(!finds(&test.as_viewer("support@fabrikam"), "proseware").await);
}

#[tokio::test]
async fn an_assigned_role_that_its_relationship_does_not_carry_grants_nothing() {
    let test = TestApp::demo().await;
    let support = group(&test, "fabrikam", "Service support").await.object_id;
    let said = relationship("proseware", "Support only", FAR);
    let mut assigned = assignment(&said, support);
    assigned.roles = vec![SERVICE_SUPPORT.to_owned(), GLOBAL_READER.to_owned()];
    voice(&test, "fabrikam", NOW).relationships(&[said]).await;
    voice(&test, "fabrikam", NOW).assignments(&[assigned]).await;
    let held = access(&test.as_viewer("support@fabrikam"), "proseware").await.unwrap();
    assert_eq!(held.via("GDAP"), ["Service Support Administrator"]);
    assert!(!held.operations.iter().any(|one| one == "subscription.tenant:read"));
}

#[tokio::test]
async fn my_access_leaves_out_silenced_privileges_and_says_when_each_role_ends() {
    let test = TestApp::demo().await;
    let silenced = access(&test.as_viewer("engineer@fabrikam"), "relecloud").await.unwrap();
    assert_eq!(silenced.via("RESELLER_RELATIONSHIP"), ["Admin agents"]);
    assert_eq!(silenced.via("GDAP"), ["Global Administrator"]);
    assert!(silenced.via("DAP").is_empty(), "{:?}", silenced.roles);
    let ends = |ground: &str| {
        let role = silenced.roles.iter().find(|role| role["via"] == ground).unwrap();
        let text = role["endsAt"].as_str().map(|at| chrono::DateTime::parse_from_rfc3339(at).unwrap());
        text.map(|at| Timestamp(at.timestamp_micros()))
    };
    assert_eq!(ends("RESELLER_RELATIONSHIP"), None);
    assert_eq!(ends("GDAP"), Some(NOW.plus_days(80)));
    let heard = access(&test.as_viewer("admin@fabrikam"), "relecloud").await.unwrap();
    assert_eq!(heard.via("DAP"), ["Admin agents"]);
    let provider = access(&test.as_viewer("admin@northwind"), "contoso").await.unwrap();
    assert_eq!(provider.via("RESELLER_RELATIONSHIP"), ["Admin agents"]);
    assert_eq!(provider.via("INDIRECT_RESELLER"), ["Admin agents"]);
    let own = access(&test.as_viewer("admin@contoso"), "contoso").await.unwrap();
    assert_eq!(own.via("OWN_TENANT"), ["Global administrator"]);
}
