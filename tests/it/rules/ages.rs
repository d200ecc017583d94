//! DESIGN 4.3: which word of one source counts. The newer upstream modification wins, then the newer capture; absence
//! from a complete list ends, from a page it does not; a capture older than an ending never revives.

use super::facts::{
    access, assignment, external_id, extra, finds, group, just_before, name_of, offers, partners_of,
    relationship, relationships_of, resold, sees_extra, subscriptions_of, tenant, through, voice,
};
use crate::harness::{NOW, TestApp};
use entity::Timestamp;
use partner_gateway::customers::record::{CustomerRecord, RelationKind};
use partner_gateway::subscriptions::record::SubscriptionRecord;
use uuid::Uuid;

const FAR: Timestamp = Timestamp::FAR_FUTURE;

async fn only_relationship(test: &TestApp, key: &str) -> (String, String) {
    let all = relationships_of(&test.as_viewer("admin@fabrikam"), key).await;
    assert_eq!(all.len(), 1, "{all:?}");
    let text = |name: &str| all[0][name].as_str().unwrap().to_owned();
    (text("displayName"), text("status"))
}

#[tokio::test]
async fn the_newer_modification_wins_over_the_newer_capture() {
    let test = TestApp::demo().await;
    let mut said = relationship("proseware", "First", FAR);
    for (name, modified, captured, winner) in [
        ("First", -10, -2, "First"),
        ("Second", -5, -3, "Second"),
        ("Third", -7, -1, "Second"),
        ("Fourth", -5, -4, "Second"),
        ("Fifth", -5, 0, "Fifth"),
    ] {
        said.display_name = name.into();
        said.modified_at = Some(NOW.plus_days(modified));
        voice(&test, "fabrikam", NOW.plus_days(captured)).relationships(&[said.clone()]).await;
        assert_eq!(only_relationship(&test, "proseware").await.0, winner, "after {name}");
    }
}

#[tokio::test]
async fn an_older_capture_changes_nothing_and_says_so() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@fabrikam");
    let old = CustomerRecord {
        name: Some("Old".into()),
        relation: Some(RelationKind::None),
        ..resold("proseware")
    };
    let outcome = voice(&test, "fabrikam", NOW.plus_days(-1)).customers(&[old]).await;
    assert_eq!((outcome.stored, outcome.skipped.len()), (0, 1), "{outcome:?}");
    assert_eq!(name_of(&viewer, "proseware").await, "Proseware");
}

#[tokio::test]
async fn absence_from_a_complete_list_ends_a_relation_and_absence_from_a_page_does_not() {
    let test = TestApp::demo().await;
    let before = test.as_viewer("admin@fabrikam").customer_names(200).await;
    let (page, whole) = (NOW.plus_days(1), NOW.plus_days(2));
    voice(&test, "fabrikam", page).customers(&[resold("contoso")]).await;
    voice(&test, "fabrikam", whole).in_whole_lists().customers(&[resold("contoso")]).await;
    test.set_clock(just_before(whole));
    assert_eq!(test.as_viewer("admin@fabrikam").customer_names(200).await, before);
    test.set_clock(whole);
    assert_eq!(test.as_viewer("admin@fabrikam").customer_names(200).await, ["Contoso"]);
}

#[tokio::test]
async fn a_capture_older_than_an_ending_never_revives_a_relation_but_a_newer_one_begins_it_anew() {
    let test = TestApp::demo().await;
    let ended = NOW.plus_days(2);
    voice(&test, "fabrikam", ended).in_whole_lists().customers(&[resold("contoso")]).await;
    let outcome = voice(&test, "fabrikam", NOW.plus_days(1)).customers(&[resold("proseware")]).await;
    assert_eq!(outcome.skipped.len(), 1, "{outcome:?}");
    let again = NOW.plus_days(3);
    test.set_clock(ended);
    assert!(!finds(&test.as_viewer("admin@fabrikam"), "proseware").await);
    voice(&test, "fabrikam", again).customers(&[resold("proseware")]).await;
    for (at, is_back) in [(just_before(again), false), (again, true)] {
        test.set_clock(at);
        assert_eq!(finds(&test.as_viewer("admin@fabrikam"), "proseware").await, is_back);
    }
}

#[tokio::test]
async fn privileges_go_with_their_relation_and_do_not_come_back_with_a_new_one() {
    let test = TestApp::demo().await;
    let before = access(&test.as_viewer("admin@fabrikam"), "adventure-works").await.unwrap();
    assert_eq!(before.via("DAP"), ["Admin agents"]);
    let (ended, again) = (NOW.plus_days(1), NOW.plus_days(2));
    voice(&test, "fabrikam", ended).in_whole_lists().customers(&[resold("contoso")]).await;
    voice(&test, "fabrikam", again).customers(&[resold("adventure-works")]).await;
    test.set_clock(again);
    let held = access(&test.as_viewer("admin@fabrikam"), "adventure-works").await.unwrap();
    assert_eq!(held.via("RESELLER_RELATIONSHIP"), ["Admin agents"]);
    assert!(held.via("DAP").is_empty(), "nobody said that the privileges exist again");
}

#[tokio::test]
async fn a_relationship_that_a_complete_list_lacks_is_terminated() {
    let test = TestApp::demo().await;
    let (gone, kept) = (relationship("proseware", "Gone", FAR), relationship("proseware", "Kept", FAR));
    voice(&test, "fabrikam", NOW).relationships(&[gone, kept.clone()]).await;
    voice(&test, "fabrikam", NOW.plus_days(1)).in_whole_lists().relationships(&[kept]).await;
    let all = relationships_of(&test.as_viewer("admin@fabrikam"), "proseware").await;
    let status = |name: &str| all.iter().find(|one| one["displayName"] == name).unwrap()["status"].clone();
    assert_eq!((status("Gone"), status("Kept")), ("TERMINATED".into(), "ACTIVE".into()));
}

#[tokio::test]
async fn a_capture_older_than_its_absence_never_revives_a_relationship_whenever_it_was_modified() {
    let test = TestApp::demo().await;
    let support = group(&test, "fabrikam", "Service support").await.object_id;
    let mut gone = relationship("proseware", "Gone", FAR);
    gone.modified_at = Some(NOW.plus_days(-10));
    voice(&test, "fabrikam", NOW).relationships(&[gone.clone()]).await;
    voice(&test, "fabrikam", NOW).assignments(&[assignment(&gone, support)]).await;
    assert!(finds(&test.as_viewer("support@fabrikam"), "proseware").await);
    let absent = NOW.plus_days(3);
    let other = relationship("trey-research", "Other", FAR);
    voice(&test, "fabrikam", absent).in_whole_lists().relationships(&[other]).await;
    // Found late: captured before the complete list, and modified between the two.
    gone.modified_at = Some(NOW.plus_days(1));
    voice(&test, "fabrikam", NOW.plus_days(2)).relationships(&[gone]).await;
    test.set_clock(absent);
    assert_eq!(only_relationship(&test, "proseware").await.1, "TERMINATED");
    assert!(!finds(&test.as_viewer("support@fabrikam"), "proseware").await);
}

#[tokio::test]
async fn an_assignment_that_its_relationships_complete_list_lacks_ends() {
    let test = TestApp::demo().await;
    let support = group(&test, "fabrikam", "Service support").await.object_id;
    let readers = group(&test, "fabrikam", "Global readers").await.object_id;
    let said = relationship("proseware", "Shared", FAR);
    let (first, second) = (assignment(&said, support), assignment(&said, readers));
    voice(&test, "fabrikam", NOW).relationships(&[said]).await;
    voice(&test, "fabrikam", NOW).assignments(&[first, second.clone()]).await;
    assert!(finds(&test.as_viewer("support@fabrikam"), "proseware").await);
    let at = NOW.plus_days(1);
    voice(&test, "fabrikam", at).in_whole_lists().assignments(&[second]).await;
    test.set_clock(at);
    assert!(finds(&test.as_viewer("reader@fabrikam"), "proseware").await);
    assert!(finds(&test.as_viewer("support@fabrikam"), "contoso").await, "another relationship's assignment");
    assert!(!finds(&test.as_viewer("support@fabrikam"), "proseware").await);
}

#[tokio::test]
async fn a_link_that_the_complete_list_of_a_customers_partners_lacks_ends() {
    let test = TestApp::demo().await;
    const KEY: &str = "wide-world-importers";
    voice(&test, "tailspin", NOW).subscriptions(&[extra(KEY, "litware")]).await;
    assert!(sees_extra(&test.as_viewer("admin@litware"), KEY).await);
    let at = NOW.plus_days(1);
    voice(&test, "tailspin", at).in_whole_lists().links(&[through(KEY, "northwind")]).await;
    test.set_clock(at);
    let named = partners_of(&test.as_viewer("admin@tailspin"), KEY).await;
    assert!(named.iter().any(|(name, _)| name == "Northwind Distribution"), "{named:?}");
    assert!(!named.iter().any(|(name, _)| name == "Litware Distribution"), "{named:?}");
    assert!(!sees_extra(&test.as_viewer("admin@litware"), KEY).await);
}

#[tokio::test]
async fn a_subscription_that_its_customers_complete_list_lacks_is_deleted() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@fabrikam");
    let kept = SubscriptionRecord {
        customer_tenant_id: tenant("proseware"),
        external_id: external_id(&viewer, "proseware", "Visio Plan 2").await,
        status: "active",
        ..Default::default()
    };
    voice(&test, "fabrikam", NOW.plus_days(1)).in_whole_lists().subscriptions(&[kept]).await;
    let all = subscriptions_of(&viewer, "proseware").await;
    let status = |offer: &str| all.iter().find(|one| one["offerName"] == offer).unwrap()["status"].clone();
    assert_eq!(status("Visio Plan 2"), "ACTIVE");
    assert_eq!(status("Microsoft 365 Business Standard"), "DELETED");
    let others = subscriptions_of(&viewer, "trey-research").await;
    assert!(others.iter().all(|one| one["status"] == "ACTIVE"), "another customer's list was not captured");
}

#[tokio::test]
async fn an_older_capture_of_a_support_contact_does_not_replace_a_newer_one() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@fabrikam");
    let id = external_id(&viewer, "contoso", "Microsoft 365 E5").await;
    voice(&test, "fabrikam", NOW.plus_days(2)).support_contact("contoso", &id, "litware").await;
    voice(&test, "fabrikam", NOW.plus_days(1)).support_contact("contoso", &id, "northwind").await;
    let all = subscriptions_of(&viewer, "contoso").await;
    let one = all.iter().find(|one| one["externalId"] == id.as_str()).unwrap();
    assert_eq!(one["supportContact"]["name"], "Litware Distribution");
}

#[tokio::test]
async fn a_new_partner_of_record_displaces_the_former_one_even_if_nobody_knows_it() {
    let test = TestApp::demo().await;
    const OFFER: &str = "Microsoft 365 E5";
    let (provider, reseller) = (test.as_viewer("admin@northwind"), test.as_viewer("admin@tailspin"));
    assert!(offers(&reseller, "parnell-aerospace").await.iter().any(|offer| offer == OFFER));
    let moved = SubscriptionRecord {
        customer_tenant_id: tenant("parnell-aerospace"),
        external_id: external_id(&provider, "parnell-aerospace", OFFER).await,
        status: "active",
        partner_of_record_mpn_id: Some("6999999".into()),
        ..Default::default()
    };
    voice(&test, "northwind", NOW.plus_days(1)).subscriptions(&[moved]).await;
    assert_eq!(offers(&reseller, "parnell-aerospace").await, ["Visio Plan 2"]);
}

#[tokio::test]
async fn a_customer_that_a_newer_capture_merely_names_still_takes_an_older_captures_facts() {
    let test = TestApp::demo().await;
    let tenant_id = Uuid::from_u128(0x5eed);
    let mut named = relationship("proseware", "Of a new customer", FAR);
    named.customer_tenant_id = Some(tenant_id);
    voice(&test, "fabrikam", NOW).relationships(&[named]).await;
    let told = CustomerRecord { tenant_id, name: Some("New Customer".into()), ..resold("proseware") };
    voice(&test, "fabrikam", NOW.plus_days(-1)).customers(&[told]).await;
    let names = test.as_viewer("admin@fabrikam").customer_names(200).await;
    assert!(names.iter().any(|name| name == "New Customer"), "{names:?}");
}
