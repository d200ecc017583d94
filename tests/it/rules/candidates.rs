//! Which known incidents a symptom may be: by what score, with what reasons, and never one that the viewer may not read.

use super::facts::{tenant, voice};
use super::outages::{SERVICE, hours, incident, named};
use crate::harness::{NOW, Reply, TestApp, Viewer};
use partner_gateway::incidents::record::IncidentRecord;
use serde_json::{Value, json};

const KEY: &str = "adventure-works";
const ID: &str = "WP9000001";
const SYMPTOM: &str = "The cloud PCs cannot start";

/// The global id of a service of the catalogue.
async fn service_id(viewer: &Viewer<'_>, name: &str) -> Value {
    let reply = viewer.ask("{ services { id name } }").await;
    let all = reply.data()["services"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap()["id"].clone()
}

/// The answer to a question about a customer that the viewer finds.
async fn asked(viewer: &Viewer<'_>, key: &str, service: &str, symptom: &str) -> Reply {
    let customer = viewer.customer_id(key).await;
    let query = "query($c: ID!, $s: ID!, $w: String!) { incidentCandidates(customerId: $c, serviceId: $s, symptom: $w) {
        incident { externalId title } score why } }";
    let service = service_id(viewer, service).await;
    viewer.ask_with(query, json!({ "c": customer, "s": service, "w": symptom })).await
}

/// Upstream id, score and reasons of each candidate, the likeliest first.
async fn candidates(viewer: &Viewer<'_>, key: &str, symptom: &str) -> Vec<(String, f64, Vec<String>)> {
    let reply = asked(viewer, key, SERVICE, symptom).await;
    let all = reply.data()["incidentCandidates"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let candidate = |one: &Value| {
        let why = one["why"].as_array().unwrap().iter().map(text).collect();
        (text(&one["incident"]["externalId"]), one["score"].as_f64().unwrap(), why)
    };
    all.map(candidate).collect()
}

async fn score(viewer: &Viewer<'_>, key: &str, symptom: &str) -> Option<f64> {
    candidates(viewer, key, symptom).await.into_iter().find(|one| one.0 == ID).map(|one| one.1)
}

#[tokio::test]
async fn a_candidate_says_by_what_it_scores() {
    let test = TestApp::demo().await;
    voice(&test, "fabrikam", NOW).incidents(&[incident(KEY, ID, "Some Cloud PCs do not start")]).await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    let all = candidates(&viewer, KEY, SYMPTOM).await;
    let (id, score, why) = &all[0];
    assert_eq!((id.as_str(), *score), (ID, 1.0), "{all:?}");
    let reasons =
        ["same service: Windows 365", "known to affect this customer", "still open", "3 of 3 words"];
    assert_eq!(why.len(), reasons.len(), "{why:?}");
    assert!(reasons.iter().all(|reason| why.iter().any(|one| one.contains(reason))), "{why:?}");
    assert!(why.iter().any(|one| one.contains("title: cloud, pcs, start")), "{why:?}");
    assert!(all.is_sorted_by(|one, next| one.1 >= next.1), "{all:?}");
    assert!(all.iter().all(|one| (0.4..=1.0).contains(&one.1)), "{all:?}");
}

#[tokio::test]
async fn each_ground_counts_for_itself() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    let open = incident(KEY, ID, "Some Cloud PCs do not start");
    let over = |days: i64| IncidentRecord {
        status: "service_restored",
        is_resolved: true,
        starts_at: Some(NOW.plus_days(-20)),
        ends_at: Some(NOW.plus_days(-days)),
        ..open.clone()
    };
    let elsewhere = IncidentRecord { customer_tenant_id: tenant("fourth-coffee"), ..open.clone() };
    for (number, (said, symptom, expected)) in [
        (open.clone(), SYMPTOM, Some(1.0)),
        (open.clone(), "printing smells of smoke", Some(0.7)),
        (open.clone(), "a cloud of smoke", Some(0.85)),
        (elsewhere, SYMPTOM, Some(0.8)),
        (IncidentRecord { service: named("Sway"), ..open.clone() }, SYMPTOM, Some(0.65)),
        (IncidentRecord { service: named("Sway"), ..open.clone() }, "printing smells of smoke", None),
        (over(1), SYMPTOM, Some(0.9)),
        (over(3), SYMPTOM, Some(0.85)),
        (over(13), SYMPTOM, Some(0.85)),
        (over(15), SYMPTOM, None),
        (
            IncidentRecord { title: "Title".into(), feature: Some("Cloud PCs".into()), ..open.clone() },
            SYMPTOM,
            Some(0.9),
        ),
        (
            IncidentRecord { title: "Title".into(), impact_description: Some("PCs".into()), ..open.clone() },
            SYMPTOM,
            Some(0.8),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        // A world for each, since customers of an incident only add up.
        let test = TestApp::demo().await;
        voice(&test, "fabrikam", NOW).incidents(&[said]).await;
        let found = score(&test.as_viewer("helpdesk@fabrikam"), KEY, symptom).await;
        assert_eq!(found, expected, "{number}: {symptom}");
    }
    assert_eq!(score(&viewer, KEY, SYMPTOM).await, None, "nobody told of it here");
}

#[tokio::test]
async fn an_incident_that_may_not_be_read_is_never_a_candidate() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    let before = asked(&viewer, KEY, SERVICE, SYMPTOM).await.comparable();
    // A stranger's word on this very customer, a stranger's customer, and a customer whose health helpdesk does not read.
    voice(&test, "wingtip", NOW).incidents(&[incident(KEY, ID, "Some Cloud PCs do not start")]).await;
    voice(&test, "wingtip", NOW)
        .incidents(&[incident("adatum", "WP9000002", "Some Cloud PCs do not start")])
        .await;
    voice(&test, "fabrikam", NOW)
        .incidents(&[incident("contoso", "WP9000003", "Some Cloud PCs do not start")])
        .await;
    assert_eq!(asked(&viewer, KEY, SERVICE, SYMPTOM).await.comparable(), before);
    // Nor does a stranger's word make an incident affect a customer.
    voice(&test, "fabrikam", NOW)
        .incidents(&[incident("fourth-coffee", ID, "Some Cloud PCs do not start")])
        .await;
    assert_eq!(score(&viewer, KEY, SYMPTOM).await, Some(0.8));
    assert_eq!(
        score(&test.as_viewer("admin@adventure-works"), KEY, SYMPTOM).await,
        Some(1.0),
        "who reads both words"
    );
}

#[tokio::test]
async fn candidates_need_the_right_to_the_customers_health_and_a_symptom() {
    let test = TestApp::demo().await;
    let (helpdesk, sales) = (test.as_viewer("helpdesk@fabrikam"), test.as_viewer("sales@fabrikam"));
    for (viewer, key) in [(&helpdesk, "proseware"), (&helpdesk, "contoso"), (&sales, KEY)] {
        assert_eq!(asked(viewer, key, SERVICE, SYMPTOM).await.codes(), ["FORBIDDEN"], "{key}");
    }
    let long = "mail ".repeat(201);
    for (symptom, code) in [
        ("", "BAD_USER_INPUT"),
        ("  !? ", "BAD_USER_INPUT"),
        ("the user cannot", "BAD_USER_INPUT"),
        (long.as_str(), "LIMIT_EXCEEDED"),
    ] {
        assert_eq!(asked(&helpdesk, KEY, SERVICE, symptom).await.codes(), [code], "{symptom}");
    }
    let query = "query($c: ID!, $s: ID!) { incidentCandidates(customerId: $c, serviceId: $s, symptom: \"mail\") { score } }";
    let (customer, service) = (helpdesk.customer_id(KEY).await, service_id(&helpdesk, SERVICE).await);
    for (c, s, field) in [
        (json!(customer), json!(customer), "serviceId"),
        (service.clone(), service.clone(), "customerId"),
        (json!("x"), service, "customerId"),
    ] {
        let reply = helpdesk.ask_with(query, json!({ "c": c, "s": s })).await;
        assert_eq!(reply.codes(), ["BAD_USER_INPUT"]);
        assert_eq!(reply.body["errors"][0]["extensions"]["field"], field);
    }
}

#[tokio::test]
async fn at_most_ten_candidates_come_and_of_equals_the_later_start_first() {
    let test = TestApp::demo().await;
    let said: Vec<IncidentRecord> = (0..14)
        .map(|number| IncidentRecord {
            starts_at: Some(hours(-number)),
            ..incident(KEY, &format!("WP90001{number:02}"), "Some Cloud PCs do not start")
        })
        .collect();
    voice(&test, "fabrikam", NOW).incidents(&said).await;
    let found = candidates(&test.as_viewer("helpdesk@fabrikam"), KEY, SYMPTOM).await;
    let ids: Vec<&str> = found.iter().map(|one| one.0.as_str()).collect();
    let expected: Vec<String> = (0..10).map(|number| format!("WP90001{number:02}")).collect();
    assert_eq!(ids, expected);
}
