#![allow(clippy::unwrap_used)]

use crate::health::record::{MessageRecord, ServiceName};
use crate::incidents::record::IncidentRecord;
use crate::sync::partner_center::NO_CUSTOMER;
use crate::sync::{Capture, Context, recognise};
use entity::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

const TENANT: &str = "52eaad04-13a2-4a2f-9ce8-93a294fadf36";

fn tenant() -> Uuid {
    TENANT.parse().unwrap()
}

fn at(text: &str) -> Option<Timestamp> {
    let time = chrono::DateTime::parse_from_rfc3339(text).unwrap();
    Some(Timestamp(time.timestamp_micros()))
}

fn capture(body: &Value) -> Capture {
    let context = Context { customer_tenant_id: Some(tenant()), ..Context::default() };
    recognise::read(body.to_string().as_bytes(), &context).unwrap()
}

fn list(workloads: Value) -> Value {
    json!({ "totalCount": workloads.as_array().unwrap().len(), "items": workloads })
}

fn changed(mut body: Value, change: Value) -> Value {
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn incident_with(change: Value) -> Value {
    let body = json!({
        "id": "ex226574",
        "messageType": "incident",
        "startTime": "2020-11-04T00:00:00Z",
        "endTime": "0001-01-01T00:00:00",
        "status": "warning",
        "messages": [
            { "publishedTime": "2020-11-12T07:07:38.97", "messageText": "\r\n  Mail is slow \nWe are looking." },
            { "publishedTime": "2020-11-13T07:00:00Z", "messageText": "It is better." }
        ],
        "workload": "Exchange",
        "affectedWorkloadNames": ["Exchange", "Teams"],
        "impactedArea": "Europe",
        "resolved": false,
        "impactedCustomers": 3,
        "requiredBy": "0001-01-01T00:00:00",
        "category": null,
        "actionType": null,
        "severity": "normal"
    });
    changed(body, change)
}

fn incident(change: Value) -> IncidentRecord {
    let workload = json!({ "workload": "Exchange", "status": 0, "incidents": [incident_with(change)] });
    let mut capture = capture(&list(json!([workload])));
    assert!(capture.skipped.is_empty(), "{:?}", capture.skipped);
    capture.records.incidents.remove(0)
}

fn message(change: Value) -> MessageRecord {
    let body = incident_with(json!({ "id": "mc1", "messageType": "messageCenter" }));
    let messages = [changed(body, change)];
    let workload = json!({ "workload": "Exchange", "status": 0, "messageCenterMessages": messages });
    let mut capture = capture(&list(json!([workload])));
    assert!(capture.skipped.is_empty(), "{:?}", capture.skipped);
    capture.records.messages.remove(0)
}

#[test]
fn a_workload_is_a_status_its_incidents_and_its_messages() {
    let capture = capture(&list(json!([{
        "workload": "Exchange Online",
        "status": "normal",
        "incidents": [incident_with(json!({}))],
        "messageCenterMessages": [incident_with(json!({ "id": "MC1", "messageType": 2 }))]
    }, { "workload": "Teams", "status": 3, "incidents": null }])));
    assert_eq!((capture.kind, capture.system), ("service incidents", "partner_center"));
    assert_eq!((capture.read, capture.is_page), (2, false));
    assert!(capture.skipped.is_empty(), "{:?}", capture.skipped);
    let records = capture.records;
    let statuses: Vec<_> = records.statuses.iter().map(|s| (s.service.name.as_str(), s.status)).collect();
    assert_eq!(statuses, [("Exchange Online", "service_operational"), ("Teams", "other")]);
    let exchange = ServiceName { id: None, name: "Exchange Online".into() };
    let [incident] = &records.incidents[..] else { panic!("one incident") };
    assert_eq!((incident.external_id.as_str(), &incident.service), ("EX226574", &exchange));
    let [message] = &records.messages[..] else { panic!("one message") };
    assert_eq!(message.external_id, "MC1");
    assert!(records.statuses.iter().all(|s| s.customer_tenant_id == tenant()));
    assert_eq!((incident.customer_tenant_id, message.customer_tenant_id), (tenant(), tenant()));
}

#[test]
fn members_in_pascal_case_are_the_same() {
    let capture = capture(&json!({ "TotalCount": 1, "Items": [{
        "Workload": "Exchange", "Status": "Normal",
        "Incidents": [{ "Id": "EX1", "Resolved": true, "Messages": [
            { "PublishedTime": "2020-11-12T00:00:00Z", "MessageText": "Over." }
        ] }]
    }] }));
    assert_eq!(capture.records.statuses[0].status, "service_operational");
    let incident = &capture.records.incidents[0];
    assert_eq!((incident.title.as_str(), incident.is_resolved), ("Over.", true));
    assert_eq!(incident.posts[0].content, "Over.");
}

#[test]
fn every_level_of_a_workload_is_kept_by_number_and_in_every_writing() {
    for (values, status, raw) in [
        ([json!(0), json!("Normal"), json!("normal")], "service_operational", None),
        ([json!(1), json!("Information"), json!("information")], "other", Some("Information")),
        ([json!(2), json!("2"), json!("WARNING")], "other", Some("Warning")),
        ([json!(3), json!("Critical"), json!("critical")], "other", Some("Critical")),
        ([json!(null), json!(""), json!(" ")], "other", None),
    ] {
        for value in values {
            let capture =
                capture(&list(json!([{ "workload": "Exchange", "status": value, "incidents": [] }])));
            let record = &capture.records.statuses[0];
            assert_eq!((record.status, record.status_raw.as_deref()), (status, raw), "{value}");
        }
    }
    let capture = capture(&list(json!([{ "workload": "Exchange", "status": "Purple" }])));
    assert_eq!(capture.records.statuses[0].status_raw.as_deref(), Some("Purple"));
}

#[test]
fn a_body_that_counts_customers_and_names_none_needs_the_operators() {
    let workload = json!({ "workload": "Exchange", "status": 0,
        "incidents": [incident_with(json!({}))], "messageCenterMessages": [incident_with(json!({}))] });
    let body = list(json!([workload]));
    let capture = recognise::read(body.to_string().as_bytes(), &Context::default()).unwrap();
    let reasons: Vec<_> = capture.skipped.iter().map(|s| s.reason.as_str()).collect();
    assert_eq!(reasons, [NO_CUSTOMER]);
    assert!(capture.records.incidents.is_empty() && capture.records.messages.is_empty());
}

#[test]
fn a_workload_without_name_is_skipped_with_what_it_holds() {
    let capture =
        capture(&list(json!([{ "workload": "", "status": 0, "incidents": [incident_with(json!({}))] }])));
    assert!(capture.records.incidents.is_empty());
    assert_eq!(capture.skipped.len(), 1);
    assert_eq!(capture.skipped[0].place, "items[0].workload");
}

#[test]
fn an_incident_is_read_with_all_that_it_says() {
    let incident = incident(json!({}));
    assert_eq!(incident.title, "Mail is slow");
    assert_eq!(incident.impact_description.as_deref(), Some("Europe"));
    assert_eq!((incident.classification, incident.classification_raw), ("incident", None));
    assert_eq!((incident.origin, incident.origin_raw), (None, None));
    assert_eq!((incident.status, incident.status_raw.as_deref()), ("other", Some("Warning")));
    assert!(!incident.is_resolved);
    assert_eq!((incident.starts_at, incident.ends_at), (at("2020-11-04T00:00:00Z"), None));
    assert_eq!(incident.modified_at, at("2020-11-13T07:00:00Z"), "the last publication");
    let details: Vec<_> = incident.details.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(details, [("AffectedWorkloadNames", "Exchange, Teams"), ("ImpactedCustomers", "3")]);
    let [first, second] = &incident.posts[..] else { panic!("two posts") };
    assert_eq!((first.kind, first.content_type), ("regular", "text"));
    assert_eq!(first.content, "\r\n  Mail is slow \nWe are looking.");
    assert_eq!(Some(first.created_at), at("2020-11-12T07:07:38.97Z"));
    assert_eq!(second.content, "It is better.");
}

#[test]
fn an_incident_without_messages_is_named_by_its_area_or_its_id() {
    let by_area = incident(json!({ "messages": [] }));
    assert_eq!((by_area.title.as_str(), by_area.modified_at), ("Europe", None));
    let by_id = incident(json!({ "messages": null, "impactedArea": "" }));
    assert_eq!(by_id.title, "EX226574");
    let long = json!([{ "publishedTime": "2020-11-12T00:00:00Z", "messageText": "ä".repeat(500) }]);
    assert_eq!(incident(json!({ "messages": long })).title, "ä".repeat(120));
}

#[test]
fn an_incident_that_does_not_say_whether_it_is_resolved_says_it_by_its_end() {
    let end = "2020-11-20T17:00:00";
    assert!(incident(json!({ "resolved": true })).is_resolved);
    assert!(!incident(json!({ "resolved": false, "endTime": end })).is_resolved);
    assert!(incident(json!({ "resolved": null, "endTime": end })).is_resolved);
    assert!(!incident(json!({ "resolved": null })).is_resolved);
}

#[test]
fn what_stands_among_incidents_is_one_unless_it_says_otherwise() {
    for (value, code, raw) in [
        (json!(1), "incident", None),
        (json!("Incident"), "incident", None),
        (json!(0), "incident", None),
        (json!(null), "incident", None),
        (json!(2), "other", Some("MessageCenter")),
        (json!("message_center"), "other", Some("MessageCenter")),
        (json!("all"), "other", Some("All")),
        (json!("Rumour"), "other", Some("Rumour")),
    ] {
        let incident = incident(json!({ "messageType": value }));
        let found = (incident.classification, incident.classification_raw.as_deref());
        assert_eq!(found, (code, raw), "{value}");
    }
}

#[test]
fn an_odd_publication_is_reported_and_its_incident_is_kept() {
    let messages = json!([
        { "publishedTime": "0001-01-01T00:00:00", "messageText": "Unset" },
        "x",
        { "publishedTime": "2020-11-12T00:00:00Z", "messageText": null }
    ]);
    let workload = json!({ "workload": "Exchange", "status": 0, "incidents": [incident_with(json!({ "messages": messages }))] });
    let capture = capture(&list(json!([workload])));
    let incident = &capture.records.incidents[0];
    assert_eq!(incident.title, "Unset", "a text without time is a title still");
    let posts: Vec<_> = incident.posts.iter().map(|p| p.content.as_str()).collect();
    assert_eq!(posts, [""]);
    let mut places: Vec<_> = capture.skipped.iter().map(|s| s.place.as_str()).collect();
    places.sort_unstable();
    let place = "items[0].incidents[0].messages";
    assert_eq!(places, [format!("{place}[0].publishedTime"), format!("{place}[1]")]);
}

#[test]
fn an_incident_without_id_is_skipped_alone() {
    let incidents = [incident_with(json!({ "id": null })), incident_with(json!({ "id": 226574 }))];
    let workload = json!({ "workload": "Exchange", "status": 0, "incidents": incidents });
    let capture = capture(&list(json!([workload])));
    assert_eq!(capture.records.incidents[0].external_id, "226574");
    assert_eq!(capture.skipped.len(), 1);
    assert_eq!(capture.skipped[0].place, "items[0].incidents[0].id");
}

#[test]
fn one_incident_of_two_workloads_is_one_record_of_the_first() {
    let workload =
        |name: &str| json!({ "workload": name, "status": 2, "incidents": [incident_with(json!({}))] });
    let capture = capture(&list(json!([workload("Exchange"), workload("Teams")])));
    let services: Vec<_> = capture.records.incidents.iter().map(|i| i.service.name.as_str()).collect();
    assert_eq!(services, ["Exchange"]);
    assert_eq!(capture.skipped[0].place, "items[1].incidents[0]");
}

#[test]
fn a_message_of_the_message_centre_is_read_with_all_that_it_says() {
    let full = message(json!({
        "category": "Plan For Change", "severity": 3, "requiredBy": "2021-06-01T00:00:00",
        "endTime": "2021-07-01T00:00:00Z"
    }));
    assert_eq!((full.external_id.as_str(), full.title.as_str()), ("MC1", "Mail is slow"));
    assert_eq!((full.category, full.severity), ("plan_for_change", "critical"));
    assert_eq!(full.services, ["Exchange", "Teams"]);
    assert_eq!(full.action_required_by, at("2021-06-01T00:00:00Z"));
    assert_eq!((full.starts_at, full.ends_at), (at("2020-11-04T00:00:00Z"), at("2021-07-01T00:00:00Z")));
    assert_eq!(full.modified_at, at("2020-11-13T07:00:00Z"));
    let content = "\r\n  Mail is slow \nWe are looking.\n\nIt is better.";
    assert_eq!((full.content_type, full.content.as_str()), ("text", content));
    assert_eq!(full.is_major_change, None);
}

#[test]
fn a_message_that_says_little_is_of_its_workload_and_of_no_category() {
    let bare = message(json!({ "affectedWorkloadNames": null, "messages": null, "severity": "Warning" }));
    assert_eq!((bare.category, bare.category_raw), ("other", None));
    assert_eq!((bare.severity, bare.severity_raw.as_deref()), ("other", Some("Warning")));
    assert_eq!(bare.services, ["Exchange"]);
    assert_eq!((bare.title.as_str(), bare.content.as_str()), ("MC1", ""));
    assert_eq!((bare.action_required_by, bare.modified_at), (None, None));
    let normal = message(json!({ "severity": "Normal" }));
    assert_eq!((normal.severity, normal.severity_raw), ("normal", None));
}
