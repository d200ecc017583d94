//! DESIGN 4.2 and 4.4, rule 10: facts count from the first instant of their interval to its end, exclusive, and a
//! revocation holds from the next statement.

use super::facts::{access, account, finds, group, just_before, may, partner_tenant, resold, voice};
use crate::harness::{NOW, TestApp, Viewer};
use partner_gateway::access::directory;
use partner_gateway::customers::record::{CustomerRecord, RelationKind};
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn delegated_access_counts_until_the_instant_of_its_end() {
    let test = TestApp::demo().await;
    // Margie's relationship was activated 360 days ago for 365.
    let ends = NOW.plus_days(5);
    for (at, counts) in [(NOW, true), (just_before(ends), true), (ends, false)] {
        test.set_clock(at);
        assert_eq!(finds(&test.as_viewer("support@fabrikam"), "margies-travel").await, counts, "{at:?}");
    }
    assert!(
        !finds(&test.as_viewer("support@fabrikam"), "the-phone-company").await,
        "its capture still says active"
    );
}

#[tokio::test]
async fn a_relation_counts_from_the_instant_at_which_it_was_said() {
    let test = TestApp::demo().await;
    let said = NOW.plus_days(1);
    voice(&test, "wingtip", said).customers(&[resold("proseware")]).await;
    for (at, counts) in [(NOW, false), (just_before(said), false), (said, true)] {
        test.set_clock(at);
        assert_eq!(finds(&test.as_viewer("admin@wingtip"), "proseware").await, counts, "{at:?}");
    }
}

#[tokio::test]
async fn a_relation_counts_until_the_instant_of_its_end() {
    let test = TestApp::demo().await;
    let ended = NOW.plus_days(1);
    let none = CustomerRecord { relation: Some(RelationKind::None), ..resold("proseware") };
    voice(&test, "fabrikam", ended).customers(&[none]).await;
    for (at, counts) in [(NOW, true), (just_before(ended), true), (ended, false)] {
        test.set_clock(at);
        assert_eq!(finds(&test.as_viewer("sales@fabrikam"), "proseware").await, counts, "{at:?}");
    }
}

#[tokio::test]
async fn a_membership_counts_from_its_first_instant_to_its_end() {
    let test = TestApp::demo().await;
    let (id, agents) =
        (account(&test, "reader@fabrikam").await, group(&test, "fabrikam", "Admin agents").await.id);
    let (from, until) = (NOW.plus_days(1), NOW.plus_days(2));
    let tx = test.db().begin().await.unwrap();
    directory::add_member(&tx, partner_tenant("fabrikam"), agents, id, from).await.unwrap();
    tx.commit().await.unwrap();
    directory::end_membership(test.db(), agents, id, until).await.unwrap();
    for (at, counts) in [(just_before(from), false), (from, true), (just_before(until), true), (until, false)]
    {
        test.set_clock(at);
        assert_eq!(finds(&test.as_viewer("reader@fabrikam"), "proseware").await, counts, "{at:?}");
    }
}

#[tokio::test]
async fn an_account_counts_until_the_instant_of_its_end() {
    let test = TestApp::demo().await;
    let ends = NOW.plus_days(1);
    let id = account(&test, "admin@fabrikam").await;
    directory::end_account(test.db(), id, ends).await.unwrap();
    for (at, counts) in [(just_before(ends), true), (ends, false)] {
        test.set_clock(at);
        let viewer = test.as_viewer("admin@fabrikam");
        assert_eq!(finds(&viewer, "contoso").await, counts, "{at:?}");
        let reply = viewer.ask("{ viewer { account { name } } }").await;
        assert_eq!(reply.data()["viewer"]["account"].is_object(), counts, "{at:?}");
    }
}

async fn may_read_profile(viewer: &Viewer<'_>) -> bool {
    may(viewer, "contoso", "customer.profile:read").await
}

#[tokio::test]
async fn a_revoked_membership_is_gone_from_the_next_statement_of_the_same_token() {
    let test = TestApp::demo().await;
    let (viewer, support) =
        (test.as_viewer("engineer@fabrikam"), group(&test, "fabrikam", "Service support").await.id);
    let agents = group(&test, "fabrikam", "Admin agents").await.id;
    let id = account(&test, "engineer@fabrikam").await;
    assert!(may_read_profile(&viewer).await);
    directory::end_membership(test.db(), support, id, NOW).await.unwrap();
    assert!(!may_read_profile(&viewer).await);
    assert!(access(&viewer, "contoso").await.unwrap().via("GDAP").is_empty());
    directory::end_membership(test.db(), agents, id, NOW).await.unwrap();
    assert!(!finds(&viewer, "contoso").await);
    assert!(viewer.customer_names(50).await.is_empty());
}

#[tokio::test]
async fn an_ended_relation_is_gone_from_the_next_statement_of_the_same_token() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@fabrikam");
    let page = "query($after: String) { customers(first: 5, after: $after) { nodes { name id } pageInfo { endCursor } } }";
    let first = viewer.ask(page).await;
    let cursor = first.data()["customers"]["pageInfo"]["endCursor"].clone();
    let id = first.data()["customers"]["nodes"][0]["id"].clone();
    // Captured at this moment: all but one relation have ended.
    voice(&test, "fabrikam", NOW).in_whole_lists().customers(&[resold("trey-research")]).await;
    let next = viewer.ask_with(page, json!({ "after": cursor })).await;
    assert_eq!(next.data()["customers"]["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(next.data()["customers"]["nodes"][0]["name"], "Trey Research");
    let node = viewer.ask_with("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
    assert_eq!(node.data()["node"], json!(null));
}

#[tokio::test]
async fn a_new_restriction_holds_from_the_next_statement_of_the_same_token() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("engineer@fabrikam");
    let support = group(&test, "fabrikam", "Service support").await.id;
    assert!(may_read_profile(&viewer).await);
    let contoso = super::facts::customer(&test, "contoso").await;
    let tx = test.db().begin().await.unwrap();
    let (home, until) = (partner_tenant("fabrikam"), NOW.plus_days(1));
    directory::restrict(&tx, home, support, contoso, "no_profile", NOW, until).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!may_read_profile(&viewer).await);
    assert!(finds(&viewer, "contoso").await);
}

#[tokio::test]
async fn an_ended_account_is_nobody_from_the_next_statement_of_the_same_token() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@fabrikam");
    assert!(!viewer.customer_names(50).await.is_empty());
    directory::end_account(test.db(), account(&test, "admin@fabrikam").await, NOW).await.unwrap();
    let nobody = test.as_account(partner_tenant("fabrikam"), Uuid::from_u128(404));
    let (ended, unknown) =
        (viewer.ask(super::facts::EVERYTHING).await, nobody.ask(super::facts::EVERYTHING).await);
    assert_eq!(ended.comparable(), unknown.comparable());
    assert_eq!(ended.data()["customers"]["nodes"], json!([]));
}
