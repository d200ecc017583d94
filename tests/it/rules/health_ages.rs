//! DESIGN 4.3 for service health: which word of one source counts, in whatever order captures come, and what is said
//! where nothing can be relied on.

use super::facts::{tenant, voice};
use super::outages::{
    SERVICE, all_said, hours, incident, incident_of, incidents_at, listed, look, message, messages_at, named,
    post, posts_of, request, service_of, status, title_of, told,
};
use crate::harness::{NOW, TestApp, Viewer, nodes};
use entity::Timestamp;
use partner_gateway::db::derive;
use partner_gateway::health::record::{LookOutcome, ManagementRecord, StatusRecord};
use partner_gateway::incidents::record::IncidentRecord;
use serde_json::{Value, json};

const KEY: &str = "adventure-works";
const ID: &str = "WP9000001";
const WORKS: &str = "service_operational";
const SLOW: &str = "service_degradation";

/// Status, since when, and the history of [`SERVICE`] at [`KEY`], newest first.
async fn told_of_service(test: &TestApp) -> (Value, Value, Vec<[Value; 3]>) {
    let one = service_of(&test.as_viewer("helpdesk@fabrikam"), KEY, SERVICE).await.unwrap();
    let spans = nodes(&one, "/history").iter();
    let spans = spans.map(|span| ["status", "firstSeenAt", "lastSeenAt"].map(|name| span[name].clone()));
    (one["status"].clone(), one["since"].clone(), spans.collect())
}

fn shown(at: Timestamp) -> Value {
    let time = chrono::DateTime::from_timestamp_micros(at.0).unwrap();
    json!(time.to_rfc3339())
}

fn span(status: &str, first: i64, last: i64) -> [Value; 3] {
    [json!(status), shown(hours(first)), shown(hours(last))]
}

async fn sees(test: &TestApp, at: i64, state: &'static str) -> usize {
    voice(test, "fabrikam", hours(at)).statuses(&[status(KEY, SERVICE, state)]).await.stored
}

#[tokio::test]
async fn an_older_capture_never_overwrites_a_status_and_stays_in_the_history() {
    let test = TestApp::demo().await;
    assert_eq!(sees(&test, -1, SLOW).await, 1);
    assert_eq!(sees(&test, -2, WORKS).await, 0, "it is older, and says so");
    let (state, since, history) = told_of_service(&test).await;
    assert_eq!((state, since), (json!("SERVICE_DEGRADATION"), shown(hours(-1))));
    assert_eq!(history, [span("SERVICE_DEGRADATION", -1, -1), span("SERVICE_OPERATIONAL", -2, -2)]);
    assert_eq!(sees(&test, 0, SLOW).await, 1);
    let (_, since, history) = told_of_service(&test).await;
    assert_eq!(since, shown(hours(-1)), "seen again, it is as old as before");
    assert_eq!(history[0], span("SERVICE_DEGRADATION", -1, 0));
}

#[tokio::test]
async fn a_capture_that_comes_late_tells_since_when_a_status_is_seen() {
    let test = TestApp::demo().await;
    sees(&test, -1, SLOW).await;
    sees(&test, -3, SLOW).await;
    let (_, since, history) = told_of_service(&test).await;
    assert_eq!((since, history), (shown(hours(-3)), vec![span("SERVICE_DEGRADATION", -3, -1)]));
    // Between the two it worked.
    sees(&test, -2, WORKS).await;
    let (_, since, history) = told_of_service(&test).await;
    let expected = [
        span("SERVICE_DEGRADATION", -1, -1),
        span("SERVICE_OPERATIONAL", -2, -2),
        span("SERVICE_DEGRADATION", -3, -3),
    ];
    assert_eq!((since, history), (shown(hours(-1)), expected.to_vec()));
}

#[tokio::test]
async fn a_sighting_between_two_others_parts_them_and_takes_nothing_of_what_follows() {
    let test = TestApp::demo().await;
    for (at, state) in [(-4, WORKS), (-2, WORKS), (-1, SLOW), (-3, SLOW)] {
        sees(&test, at, state).await;
    }
    let expected = [
        span("SERVICE_DEGRADATION", -1, -1),
        span("SERVICE_OPERATIONAL", -2, -2),
        span("SERVICE_DEGRADATION", -3, -3),
        span("SERVICE_OPERATIONAL", -4, -4),
    ];
    assert_eq!(told_of_service(&test).await.2, expected);
}

#[tokio::test]
async fn a_service_that_a_complete_list_lacks_is_gone_and_an_older_capture_does_not_bring_it_back() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    let has = async || service_of(&viewer, KEY, SERVICE).await.is_some();
    sees(&test, 1, WORKS).await;
    assert!(has().await);
    voice(&test, "fabrikam", hours(2)).statuses(&[status(KEY, "Sway", WORKS)]).await;
    assert!(has().await, "a page ends nothing");
    let whole = voice(&test, "fabrikam", hours(4)).in_whole_lists();
    whole.statuses(&[status(KEY, "Sway", WORKS)]).await;
    assert!(!has().await);
    sees(&test, 3, SLOW).await;
    assert!(!has().await, "captured before the list that lacks it");
    sees(&test, 5, SLOW).await;
    assert_eq!(told_of_service(&test).await.0, "SERVICE_DEGRADATION");
    // The list was one customer's.
    let other = service_of(&viewer, "fourth-coffee", "Exchange Online").await.unwrap();
    assert!(other["status"].is_string(), "{other:#}");
}

#[tokio::test]
async fn a_capture_that_is_older_than_a_complete_list_brings_no_service_that_the_list_lacks() {
    let test = TestApp::demo().await;
    let whole = voice(&test, "fabrikam", hours(4)).in_whole_lists();
    whole.statuses(&[status(KEY, "Sway", WORKS)]).await;
    sees(&test, 3, SLOW).await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    assert!(service_of(&viewer, KEY, SERVICE).await.is_none(), "it was not listed an hour later");
}

#[tokio::test]
async fn the_newer_modification_of_an_incident_wins_over_the_newer_capture() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    for (title, modified, captured, winner) in [
        ("First", -10, -2, "First"),
        ("Second", -5, -3, "Second"),
        ("Third", -7, -1, "Second"),
        ("Fourth", -5, -4, "Second"),
        ("Fifth", -5, 0, "Fifth"),
    ] {
        let mut said = incident(KEY, ID, title);
        said.modified_at = Some(hours(modified));
        let outcome = voice(&test, "fabrikam", hours(captured)).incidents(&[said]).await;
        assert_eq!(outcome.stored, usize::from(title == winner), "{title}");
        assert_eq!(title_of(&viewer, ID).await.as_deref(), Some(winner), "after {title}");
    }
}

#[tokio::test]
async fn without_a_modification_the_later_capture_of_an_incident_wins() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    for (title, captured, winner) in
        [("First", -2, "First"), ("Older", -3, "First"), ("Newer", -1, "Newer"), ("Oldest", -9, "Newer")]
    {
        let said = IncidentRecord { modified_at: None, ..incident(KEY, ID, title) };
        voice(&test, "fabrikam", hours(captured)).incidents(&[said]).await;
        assert_eq!(title_of(&viewer, ID).await.as_deref(), Some(winner), "after {title}");
    }
}

#[tokio::test]
async fn an_older_copy_of_an_incident_still_adds_its_publications_and_its_customers() {
    let test = TestApp::demo().await;
    let (mut newer, mut older) = (incident(KEY, ID, "Newer"), incident("fourth-coffee", ID, "Older"));
    newer.modified_at = Some(hours(-1));
    newer.posts = vec![post(hours(-1), "third"), post(hours(-3), "first, as mended")];
    older.modified_at = Some(hours(-2));
    older.posts = vec![post(hours(-2), "second"), post(hours(-3), "first")];
    voice(&test, "fabrikam", hours(-1)).incidents(&[newer]).await;
    let outcome = voice(&test, "fabrikam", hours(-2)).incidents(&[older]).await;
    assert_eq!((outcome.stored, outcome.skipped.len()), (0, 1), "{outcome:?}");
    let viewer = test.as_viewer("helpdesk@fabrikam");
    let seen = incident_of(&viewer, ID).await.unwrap();
    assert_eq!(seen["title"], "Newer");
    assert_eq!(posts_of(&seen), ["third", "second", "first, as mended"]);
    assert_eq!(seen["lastPost"]["text"], "third");
    assert!(incidents_at(&viewer, "fourth-coffee").await.unwrap().contains(&ID.to_owned()));
    assert_eq!(seen["impact"]["customerCount"], 2);
}

#[tokio::test]
async fn publications_of_one_instant_are_told_apart_and_one_that_comes_twice_is_one() {
    let test = TestApp::demo().await;
    let mut said = incident(KEY, ID, "Cloud PCs are slow");
    said.posts = ["b", "a", "b"].map(|text| post(hours(-1), text)).to_vec();
    voice(&test, "fabrikam", hours(-1)).incidents(&[said.clone()]).await;
    said.posts.reverse();
    voice(&test, "fabrikam", NOW).incidents(&[said]).await;
    let seen = incident_of(&test.as_viewer("helpdesk@fabrikam"), ID).await.unwrap();
    let mut posts = posts_of(&seen);
    posts.sort_unstable();
    assert_eq!(posts, ["a", "b"]);
}

#[tokio::test]
async fn a_resolved_incident_that_reopens_is_one_incident() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    let active = async |active: bool| {
        let query = format!(
            "{{ incidents(filter: {{ active: {active} }}, first: 200) {{ nodes {{ externalId }} }} }}"
        );
        let reply = viewer.ask(&query).await;
        nodes(reply.data(), "/incidents").iter().filter(|one| one["externalId"] == ID).count()
    };
    let mut ids = Vec::new();
    for (at, state, ended) in [(-4, SLOW, None), (-3, "service_restored", Some(-3)), (-2, SLOW, None)] {
        let mut said = incident(KEY, ID, "Cloud PCs are slow");
        (said.status, said.is_resolved) = (state, ended.is_some());
        said.ends_at = ended.map(hours);
        said.modified_at = Some(hours(at));
        said.posts = vec![post(hours(at), state)];
        voice(&test, "fabrikam", hours(at)).incidents(&[said]).await;
        let seen = incident_of(&viewer, ID).await.unwrap();
        assert_eq!(
            (&seen["isResolved"], seen["endedAt"].is_null()),
            (&json!(ended.is_some()), ended.is_none())
        );
        assert_eq!(active(true).await + active(false).await, 1, "it is listed once");
        assert_eq!(active(true).await, usize::from(ended.is_none()));
        ids.push(seen["id"].clone());
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let seen = incident_of(&viewer, ID).await.unwrap();
    assert_eq!(posts_of(&seen), [SLOW, "service_restored", SLOW], "what was published stays");
}

#[tokio::test]
async fn an_unknown_status_or_classification_is_other_with_its_raw_word() {
    let test = TestApp::demo().await;
    let raw = |word: &str| Some(word.to_owned());
    let odd = StatusRecord { status_raw: raw("quantumFlux"), ..status(KEY, SERVICE, "other") };
    voice(&test, "fabrikam", NOW).statuses(&[odd]).await;
    let mut said = incident(KEY, ID, "Cloud PCs are slow");
    (said.status, said.status_raw) = ("other", raw("quantumFlux"));
    (said.classification, said.classification_raw) = ("other", raw("rumour"));
    (said.origin, said.origin_raw) = (Some("other"), raw("solarFlare"));
    let mut published = post(hours(-1), "text");
    (published.kind, published.kind_raw) = ("other", raw("whispered"));
    said.posts = vec![published];
    voice(&test, "fabrikam", NOW).incidents(&[said]).await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    let service = service_of(&viewer, KEY, SERVICE).await.unwrap();
    let seen = incident_of(&viewer, ID).await.unwrap();
    let (of_history, of_post) = (&service["history"]["nodes"][0], &seen["posts"]["nodes"][0]);
    for (of, field, word) in [
        (&service, "status", "quantumFlux"),
        (of_history, "status", "quantumFlux"),
        (&seen, "status", "quantumFlux"),
        (&seen, "classification", "rumour"),
        (&seen, "origin", "solarFlare"),
        (of_post, "kind", "whispered"),
    ] {
        assert_eq!((&of[field], &of[format!("{field}Raw")]), (&json!("OTHER"), &json!(word)), "{of:#}");
    }
    assert_eq!(seen["isResolved"], json!(false), "what is not known is not over");
}

/// What is captured the first, second, third and fourth time: words that change, come back and are repeated.
async fn capture(test: &TestApp, number: usize) {
    let said = voice(test, "fabrikam", hours(number as i64 - 4));
    let states = [WORKS, SLOW, WORKS, SLOW];
    said.statuses(&[status(KEY, SERVICE, states[number]), status(KEY, "Sway", WORKS)]).await;
    // The second capture has the newest version; the third, an older one; the fourth, the newest again.
    let version = [0, 2, 1, 2][number];
    let keys = [KEY, "fourth-coffee", "relecloud", "bellows-college"];
    let mut incidents = Vec::new();
    for key in &keys[..=number] {
        let mut one = incident(key, ID, &format!("Version {version}"));
        one.modified_at = Some(hours(version - 9));
        one.is_resolved = version == 1;
        one.posts = (0..=version).map(|place| post(hours(place - 9), &format!("Post {place}"))).collect();
        incidents.push(one);
    }
    said.incidents(&incidents).await;
    let mut told = message(keys[number], "MC9000001", &format!("Version {version}"));
    told.modified_at = Some(hours(version - 9));
    said.messages(&[told]).await;
    let mut filed = request(KEY, "261100", SERVICE);
    filed.status = ["open", "closed", "attention_needed", "closed"][number];
    filed.modified_at = Some(hours(version - 9));
    said.requests(&[filed]).await;
    let outcomes = [LookOutcome::Throttled, LookOutcome::NoDelegation];
    said.looks(&[look("coho-vineyard", outcomes[number % 2])]).await;
    let managed = ManagementRecord {
        customer_tenant_id: tenant(KEY),
        service: named(SERVICE),
        admin_url: Some(format!("https://portal.example/{number}")),
        ..Default::default()
    };
    said.management(&[managed]).await;
}

/// All orders of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let longer = |order: Vec<usize>| -> Vec<Vec<usize>> {
        let at = |place: usize| {
            let mut order = order.clone();
            order.insert(place, count - 1);
            order
        };
        (0..count).map(at).collect()
    };
    orders(count - 1).into_iter().flat_map(longer).collect()
}

#[tokio::test]
async fn the_order_in_which_captures_are_brought_in_does_not_matter() {
    let mut all = Vec::new();
    for order in orders(4) {
        let test = TestApp::demo().await;
        for number in &order {
            capture(&test, *number).await;
        }
        assert_eq!(derive::check(test.db()).await.unwrap(), [], "{order:?}");
        all.push((order, all_said(&test).await));
    }
    assert_eq!(all.len(), 24);
    let (first, expected) = &all[0];
    for (order, said) in &all {
        let lost = expected.iter().filter(|row| !said.contains(row));
        let new = said.iter().filter(|row| !expected.contains(row));
        let differing: Vec<&String> = lost.chain(new).collect();
        assert!(differing.is_empty(), "{order:?} says otherwise than {first:?}: {differing:#?}");
    }
}

#[tokio::test]
async fn what_is_brought_in_twice_changes_nothing_and_tells_nobody() {
    let test = TestApp::demo().await;
    for number in 0..4 {
        capture(&test, number).await;
    }
    let (said, events) = (all_said(&test).await, told(&test).await);
    for number in 0..4 {
        capture(&test, number).await;
    }
    assert_eq!(all_said(&test).await, said);
    assert_eq!(told(&test).await, events);
}

#[tokio::test]
async fn an_incident_of_many_customers_is_one_row_and_one_copy_a_source() {
    let test = TestApp::demo().await;
    let keys = [KEY, "fourth-coffee", "relecloud", "bellows-college", "coho-vineyard"];
    let said: Vec<IncidentRecord> = keys.iter().map(|key| incident(key, ID, "Cloud PCs are slow")).collect();
    voice(&test, "fabrikam", NOW).incidents(&said).await;
    voice(&test, "wingtip", NOW).incidents(&[incident("adatum", ID, "Cloud PCs are slow")]).await;
    let rows = all_said(&test).await;
    let count = |table: &str| rows.iter().filter(|row| row.starts_with(table) && row.contains(ID)).count();
    assert_eq!((count("incident_copy: "), count("incident_tenant: ")), (2, 6));
    assert_eq!(listed(&test.as_viewer("helpdesk@fabrikam")).await.iter().filter(|id| *id == ID).count(), 1);
}

#[tokio::test]
async fn a_message_is_shown_in_its_newest_version_to_the_tenants_that_got_it() {
    let test = TestApp::demo().await;
    let admin = test.as_viewer("admin@fabrikam");
    for (key, title, modified) in
        [(KEY, "First", -3), ("fourth-coffee", "Third", -1), ("relecloud", "Second", -2)]
    {
        let mut said = message(key, "MC9000001", title);
        said.modified_at = Some(hours(modified));
        voice(&test, "fabrikam", hours(modified)).messages(&[said]).await;
    }
    for (key, got) in [(KEY, true), ("fourth-coffee", true), ("relecloud", true), ("bellows-college", false)]
    {
        let titles = messages_at(&admin, key).await.unwrap();
        assert_eq!(titles.contains(&"Third".to_owned()), got, "{key}: {titles:?}");
        assert!(!titles.contains(&"First".to_owned()) && !titles.contains(&"Second".to_owned()), "{key}");
    }
}

/// State, moment and system of what is known of a service's status, and of a customer's incidents.
async fn provenance(viewer: &Viewer<'_>, key: &str, service: &str) -> [Value; 2] {
    let query =
        "query($t: UUID) { customer(tenantId: $t) { incidents { provenance { source asOf state } } } }";
    let reply = viewer.ask_with(query, json!({ "t": tenant(key) })).await;
    let of_incidents = reply.data()["customer"]["incidents"]["provenance"].clone();
    let of_service = service_of(viewer, key, service).await.map(|one| one["provenance"].clone());
    [of_service.unwrap_or_default(), of_incidents]
}

fn known(state: &str, as_of: Option<Timestamp>) -> Value {
    json!({ "source": "MICROSOFT_GRAPH", "asOf": as_of.map(shown), "state": state })
}

#[tokio::test]
async fn a_status_is_never_fine_by_silence() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    for (key, state, is_known) in [
        ("adventure-works", "FRESH", true),
        ("fincher-architects", "STALE", true),
        ("southridge-video", "THROTTLED", true),
        ("lucerne-publishing", "NO_DELEGATION", true),
        ("coho-vineyard", "UNKNOWN", false),
    ] {
        for seen in provenance(&viewer, key, "Exchange Online").await {
            assert_eq!(
                (&seen["state"], seen["asOf"].is_string()),
                (&json!(state), is_known),
                "{key}: {seen:#}"
            );
        }
        let one = service_of(&viewer, key, "Exchange Online").await.unwrap();
        assert_eq!(one["status"].is_string(), is_known, "{key}: {one:#}");
    }
    let untold = test.as_viewer("sales@fabrikam");
    let one = service_of(&untold, "adventure-works", "Exchange Online").await.unwrap();
    assert_eq!((&one["provenance"], &one["status"]), (&known("NO_DELEGATION", None), &Value::Null));
}

#[tokio::test]
async fn the_latest_look_decides_how_far_a_status_can_be_relied_on() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    sees(&test, 0, WORKS).await;
    let both = |state, at| [known(state, Some(hours(at))), known(state, Some(hours(at)))];
    assert_eq!(provenance(&viewer, KEY, SERVICE).await, both("FRESH", 0));
    voice(&test, "fabrikam", hours(2)).looks(&[look(KEY, LookOutcome::Throttled)]).await;
    assert_eq!(provenance(&viewer, KEY, SERVICE).await, both("THROTTLED", 0));
    let late = voice(&test, "fabrikam", hours(1)).looks(&[look(KEY, LookOutcome::NoDelegation)]).await;
    assert_eq!((late.stored, late.skipped.len()), (0, 1), "an older look changes nothing");
    assert_eq!(provenance(&viewer, KEY, SERVICE).await, both("THROTTLED", 0));
    voice(&test, "fabrikam", hours(3)).looks(&[look(KEY, LookOutcome::NoDelegation)]).await;
    assert_eq!(provenance(&viewer, KEY, SERVICE).await, both("NO_DELEGATION", 0));
    sees(&test, 4, WORKS).await;
    test.set_clock(hours(4));
    assert_eq!(provenance(&test.as_viewer("helpdesk@fabrikam"), KEY, SERVICE).await, both("FRESH", 4));
    test.set_clock(Timestamp(hours(4).plus_days(7).0 + Timestamp::SECOND));
    assert_eq!(provenance(&test.as_viewer("helpdesk@fabrikam"), KEY, SERVICE).await, both("STALE", 4));
}

#[tokio::test]
async fn a_customer_of_whom_nobody_saw_anything_is_unknown_until_somebody_looks() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    let both = |seen: Value| [seen.clone(), seen];
    let seen = async || provenance(&viewer, "coho-vineyard", "Exchange Online").await;
    assert_eq!(seen().await, both(known("UNKNOWN", None)));
    voice(&test, "fabrikam", hours(-1)).looks(&[look("coho-vineyard", LookOutcome::Throttled)]).await;
    assert_eq!(seen().await, both(known("THROTTLED", None)));
    // An incident tells that somebody saw the customer's health, and nothing of a service's status.
    voice(&test, "fabrikam", NOW).incidents(&[incident("coho-vineyard", ID, "Cloud PCs are slow")]).await;
    assert_eq!(seen().await, [known("UNKNOWN", None), known("FRESH", Some(NOW))]);
}
