//! What is recorded: each write that was done in the chain of every organisation that learns of it, as it may read it; each
//! that was refused in the sender's own; and all chains are whole.

use super::desk::{Desk, MINUTE};
use super::model::Org;
use crate::harness::NOW;
use entity::{Timestamp, audit_event};
use partner_gateway::audit;
use partner_gateway::db::sql::Sql;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

const OWNER: &str = "admin@wide-world-importers";
const NAMED: &str = "helpdesk@tailspin";
const ALL: [Org; 6] =
    [Org::Customer, Org::Tailspin, Org::Fabrikam, Org::Wingtip, Org::Northwind, Org::Litware];

/// Records of writes in an organisation's chain since a place.
async fn chain(desk: &Desk, org: Org, after: i64) -> Vec<audit_event::Model> {
    let sql = Sql::new("SELECT * FROM audit_event WHERE tenant_id = ").bind(desk.tenant(org));
    let rows: Vec<audit_event::Model> =
        desk.rows(sql.push(" AND seq > ").bind(after).push(" ORDER BY seq")).await;
    // Reads of protected fields are recorded as well, whenever there is time.
    rows.into_iter().filter(|row| !row.action.contains(':')).collect()
}

/// Ends of all chains.
async fn ends(desk: &Desk) -> BTreeMap<Org, i64> {
    let mut ends = BTreeMap::new();
    for org in ALL {
        ends.insert(org, chain(desk, org, 0).await.last().map_or(0, |row| row.seq));
    }
    ends
}

/// New records of each chain: how many, in the order of [`ALL`].
async fn grown(desk: &Desk, before: &BTreeMap<Org, i64>) -> Vec<(Org, Vec<audit_event::Model>)> {
    let mut grown = Vec::new();
    for org in ALL {
        let rows = chain(desk, org, before[&org]).await;
        if !rows.is_empty() {
            grown.push((org, rows));
        }
    }
    grown
}

async fn are_whole(desk: &Desk) {
    for org in ALL {
        let found =
            audit::verify(desk.test.db(), desk.tenant(org), Timestamp(0), Timestamp::FAR_FUTURE).await;
        let found = found.unwrap();
        assert!(found.whole, "{org:?}: {found:?}");
    }
}

/// A chain tells of others no account, no ground and no reason.
fn is_discreet(desk: &Desk, org: Org, rows: &[audit_event::Model]) {
    for row in rows.iter().filter(|row| row.actor_tenant_id != desk.tenant(org)) {
        assert_eq!(
            (row.actor_account_id, &row.ground, &row.reason),
            (None, &None, &None),
            "{org:?}: {row:?}"
        );
    }
}

#[tokio::test]
async fn each_write_that_was_done_leaves_one_record_in_each_chain_that_learns_of_it() {
    let desk = Desk::open().await;
    let request = desk.raise(OWNER, Some(Org::Tailspin), "An invoice").await.done().request();
    let before = ends(&desk).await;
    desk.note(NAMED, &request, "CUSTOMER", "We look at it.").await.done();
    let told = grown(&desk, &before).await;
    assert_eq!(
        told.iter().map(|(org, rows)| (*org, rows.len())).collect::<Vec<_>>(),
        [(Org::Customer, 1), (Org::Tailspin, 1)]
    );
    let own = &told[1].1[0];
    assert_eq!((own.action.as_str(), own.outcome.as_str()), ("addSupportNote", "succeeded"));
    assert_eq!(own.resource_id, Some(desk.row(&request)));
    assert!(own.actor_account_id.is_some() && own.ground.as_ref().is_some_and(|ground| !ground.is_empty()));
    is_discreet(&desk, Org::Customer, &told[0].1);
    let before = ends(&desk).await;
    desk.note(NAMED, &request, "ORG", "Between us.").await.done();
    let told = grown(&desk, &before).await;
    assert_eq!(
        told.iter().map(|(org, _)| *org).collect::<Vec<_>>(),
        [Org::Tailspin],
        "nobody else learns of it"
    );
    let hop = desk.hand_to(NAMED, &request, Org::Northwind, "a reason of ours").await;
    let before = ends(&desk).await;
    desk.on_hop("lead@northwind", "acceptEscalation", &hop, json!({})).await.done();
    let told = grown(&desk, &before).await;
    assert_eq!(told.iter().map(|(org, _)| *org).collect::<Vec<_>>(), [Org::Tailspin, Org::Northwind]);
    for (org, rows) in &told {
        is_discreet(&desk, *org, rows);
    }
    are_whole(&desk).await;
}

#[tokio::test]
async fn each_write_that_was_refused_leaves_one_record_in_the_sender_s_chain_alone() {
    let desk = Desk::open().await;
    let request = desk.raise(OWNER, Some(Org::Tailspin), "An invoice").await.done().request();
    let stale = json!({ "supportRequestId": request, "version": 99, "text": "Found" });
    let empty = json!({ "supportRequestId": request, "version": 1, "text": " " });
    let foreign = json!({ "supportRequestId": request, "visibility": "CHAIN", "text": "Hello?" });
    let nonsense = json!({ "supportRequestId": "nonsense", "visibility": "CHAIN", "text": "Hello?" });
    let early = json!({ "supportRequestId": request, "version": 1 });
    for (account, org, mutation, input, code) in [
        (NAMED, Org::Tailspin, "diagnoseSupportRequest", stale, "CONFLICT"),
        (NAMED, Org::Tailspin, "diagnoseSupportRequest", empty, "INVALID"),
        ("helpdesk@wingtip", Org::Wingtip, "addSupportNote", foreign, "NOT_FOUND"),
        ("helpdesk@litware", Org::Litware, "addSupportNote", nonsense, "INVALID"),
        (OWNER, Org::Customer, "confirmSupportRequest", early, "WRONG_STATE"),
    ] {
        let before = ends(&desk).await;
        assert_eq!(desk.write(account, mutation, input).await.codes(), [code], "{account}");
        let told = grown(&desk, &before).await;
        assert_eq!(told.len(), 1, "{account}: {told:?}");
        let (whose, rows) = &told[0];
        assert_eq!((*whose, rows.len()), (org, 1), "{account}");
        assert_eq!((rows[0].action.as_str(), rows[0].outcome.as_str()), (mutation, code));
        assert!(rows[0].actor_account_id.is_some(), "{account}");
    }
    are_whole(&desk).await;
}

#[tokio::test]
async fn a_repeated_request_is_recorded_once() {
    let desk = Desk::open().await;
    let request = desk.raise(NAMED, None, "An invoice").await.done().request();
    let before = ends(&desk).await;
    let note =
        json!({ "idempotencyKey": "once", "supportRequestId": request, "visibility": "ORG", "text": "One" });
    for _ in 0..3 {
        desk.write(NAMED, "addSupportNote", note.clone()).await.done();
    }
    let told = grown(&desk, &before).await;
    assert_eq!(told.iter().map(|(_, rows)| rows.len()).sum::<usize>(), 1);
}

/// New records on one request in each chain.
async fn grown_on(
    desk: &Desk,
    request: &str,
    before: &BTreeMap<Org, i64>,
) -> Vec<(Org, Vec<audit_event::Model>)> {
    let id = Some(desk.row(request));
    let mut all = grown(desk, before).await;
    for (_, rows) in &mut all {
        // Times of the demo's own requests pass as well.
        rows.retain(|row| row.resource_id == id);
    }
    all.retain(|(_, rows)| !rows.is_empty());
    all
}

#[tokio::test]
async fn what_the_gateway_does_of_itself_leaves_one_record_in_each_chain_that_learns_of_it() {
    let desk = Desk::arranged().await;
    let request = desk.raise(OWNER, Some(Org::Tailspin), "An invoice").await.done().request();
    desk.hand_to(NAMED, &request, Org::Northwind, "Please help").await;
    // Northwind is at work around the clock: its time passes after a business day, its patience after three.
    for (minutes, action) in [(480, "noteBreach"), (960, "timeOutEscalation")] {
        let before = ends(&desk).await;
        desk.pass(minutes).await;
        desk.sweep().await;
        let told = grown_on(&desk, &request, &before).await;
        let orgs: Vec<(Org, usize)> = told.iter().map(|(org, rows)| (*org, rows.len())).collect();
        assert_eq!(orgs, [(Org::Tailspin, 1), (Org::Northwind, 1)], "{action}");
        for (org, rows) in &told {
            let row = &rows[0];
            assert_eq!((row.action.as_str(), row.outcome.as_str()), (action, "succeeded"), "{org:?}");
            assert_eq!((row.actor_account_id, row.actor_tenant_id), (None, audit::GATEWAY), "{org:?}");
            assert_eq!((row.ground.as_deref(), row.reason.as_deref()), (Some("clock"), None), "{org:?}");
            assert_eq!(row.at, desk.test.db().clock().now(), "{org:?}");
        }
    }
    are_whole(&desk).await;
}

#[tokio::test]
async fn a_time_that_passed_is_recorded_of_the_gateway_though_somebody_s_answer_finds_it() {
    let desk = Desk::arranged().await;
    let request = desk.raise(OWNER, Some(Org::Tailspin), "An invoice").await.done().request();
    let due = desk.sees(NAMED, &request).await.unwrap().face.due.unwrap();
    desk.test.set_clock(Timestamp((due + 1) * MINUTE));
    let before = ends(&desk).await;
    desk.note(NAMED, &request, "CUSTOMER", "We look at it.").await.done();
    desk.sweep().await;
    let told = grown_on(&desk, &request, &before).await;
    let actions = |org: Org| {
        let rows = told.iter().find(|(whose, _)| *whose == org).map(|(_, rows)| rows);
        rows.unwrap().iter().map(|row| row.action.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(actions(Org::Tailspin), ["noteBreach", "addSupportNote"]);
    assert_eq!(actions(Org::Customer), ["addSupportNote"], "how late it is, is the partner's to know");
    assert_eq!(told.len(), 2, "{told:?}");
    are_whole(&desk).await;
}

/// A whole case with two providers, one after the other.
async fn whole_case(desk: &Desk) {
    let request = desk.raise(OWNER, Some(Org::Tailspin), "An invoice").await.done().request();
    let first = desk.hand_to(NAMED, &request, Org::Northwind, "northwind, please").await;
    desk.on_hop("lead@northwind", "acceptEscalation", &first, json!({})).await.done();
    let third = json!({ "partnerId": desk.partner(Org::Litware).await, "reason": "another one" });
    let second = desk.on_hop(NAMED, "transferEscalation", &first, third).await.done().hop();
    desk.on_hop("helpdesk@litware", "acceptEscalation", &second, json!({})).await.done();
    desk.on_hop("helpdesk@litware", "returnEscalation", &second, json!({ "reason": "not ours" }))
        .await
        .done();
    let again = desk.hand_to(NAMED, &request, Org::Northwind, "northwind again").await;
    desk.on_hop("lead@northwind", "acceptEscalation", &again, json!({})).await.done();
    let resolved = json!({ "kind": "SOLVED", "text": "Corrected." });
    desk.change("lead@northwind", "resolveSupportRequest", &request, resolved).await.done();
    let confirmed = json!({});
    desk.change(OWNER, "confirmSupportRequest", &request, confirmed).await.done();
}

#[tokio::test]
async fn the_customer_s_chain_tells_of_no_hop_and_of_no_provider() {
    let desk = Desk::open().await;
    whole_case(&desk).await;
    let providers: Vec<Uuid> = [Org::Northwind, Org::Litware].map(|org| desk.tenant(org)).into();
    for row in chain(&desk, Org::Customer, 0).await.iter().filter(|row| row.at >= NOW) {
        assert!(!row.action.contains("scal"), "a hop: {row:?}");
        assert!(!providers.contains(&row.actor_tenant_id), "a provider: {row:?}");
        is_discreet(&desk, Org::Customer, std::slice::from_ref(row));
    }
    are_whole(&desk).await;
}

#[tokio::test]
async fn a_provider_s_chain_tells_of_no_other_provider() {
    let desk = Desk::open().await;
    whole_case(&desk).await;
    let (northwind, litware) = (desk.tenant(Org::Northwind), desk.tenant(Org::Litware));
    for (org, other) in [(Org::Northwind, litware), (Org::Litware, northwind)] {
        for row in chain(&desk, org, 0).await.iter().filter(|row| row.at >= NOW) {
            assert_ne!(row.actor_tenant_id, other, "{row:?}");
            // Whoever a transfer brings the case to does not learn that somebody had it before.
            assert!(org != Org::Litware || row.action != "transferEscalation", "{row:?}");
        }
    }
}
