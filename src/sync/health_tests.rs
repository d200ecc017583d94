#![allow(clippy::unwrap_used)]

use super::fold;
use crate::health::record::{LookOutcome, LookRecord, MessageRecord, ServiceName};
use crate::incidents::record::IncidentRecord;
use crate::sync::partner_center::NO_CUSTOMER;
use crate::sync::{Capture, Context, recognise};
use entity::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

const TENANT: &str = "52eaad04-13a2-4a2f-9ce8-93a294fadf36";
const ISSUES: &str = "https://graph.microsoft.com/v1.0/$metadata#admin/serviceAnnouncement/issues";
const OVERVIEWS: &str =
    "https://graph.microsoft.com/v1.0/$metadata#admin/serviceAnnouncement/healthOverviews";

macro_rules! documented {
    ($file:literal) => {
        include_bytes!(concat!("../../tests/it/captures/", $file)).as_slice()
    };
}

fn id(text: &str) -> Uuid {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    let time = chrono::DateTime::parse_from_rfc3339(text).unwrap();
    Timestamp(time.timestamp_micros())
}

fn capture_of(bytes: &[u8]) -> Capture {
    let context = Context { customer_tenant_id: Some(id(TENANT)), ..Context::default() };
    recognise::read(bytes, &context).unwrap()
}

fn capture(body: &Value) -> Capture {
    capture_of(body.to_string().as_bytes())
}

fn without_customer(body: &Value) -> Capture {
    recognise::read(body.to_string().as_bytes(), &Context::default()).unwrap()
}

fn changed(mut body: Value, change: Value) -> Value {
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn issue(change: Value) -> Value {
    let body = json!({
        "id": "EX226792",
        "title": "Mail is slow",
        "service": "Exchange Online",
        "impactDescription": "Users wait.",
        "classification": "incident",
        "origin": "microsoft",
        "status": "serviceDegradation",
        "startDateTime": "2020-11-13T21:00:00Z",
    });
    changed(body, change)
}

fn issues(issues: &[Value]) -> Value {
    json!({ "@odata.context": ISSUES, "value": issues })
}

/// The one incident of a list with one issue.
fn incident(change: Value) -> IncidentRecord {
    let mut capture = capture(&issues(&[issue(change)]));
    assert!(capture.skipped.is_empty(), "{:?}", capture.skipped);
    capture.records.incidents.remove(0)
}

fn status(change: Value) -> (&'static str, Option<String>) {
    let overview = changed(json!({ "id": "Exchange", "service": "Exchange Online" }), change);
    let mut capture = capture(&json!({ "@odata.context": OVERVIEWS, "value": [overview] }));
    let record = capture.records.statuses.remove(0);
    (record.status, record.status_raw)
}

fn message(change: Value) -> MessageRecord {
    let body = json!({ "id": "mc172851", "isMajorChange": false });
    let mut capture = capture(&json!({ "value": [changed(body, change)] }));
    assert!(capture.skipped.is_empty(), "{:?}", capture.skipped);
    capture.records.messages.remove(0)
}

fn other(raw: &str) -> (&'static str, Option<String>) {
    ("other", Some(raw.to_owned()))
}

fn exchange() -> ServiceName {
    ServiceName { id: Some("Exchange".into()), name: "Exchange Online".into() }
}

#[test]
fn documented_overviews_give_a_status_each_and_their_issues() {
    let capture = capture_of(documented!("graph/health-overviews.list.json"));
    assert_eq!((capture.kind, capture.system), ("service health overviews", "microsoft_graph"));
    assert_eq!((capture.read, capture.is_page), (3, false));
    assert!(capture.skipped.is_empty(), "{:?}", capture.skipped);
    let statuses: Vec<_> =
        capture.records.statuses.iter().map(|s| (s.service.name.as_str(), s.status)).collect();
    assert_eq!(
        statuses,
        [
            ("Exchange Online", "service_operational"),
            ("Identity Service", "service_restored"),
            ("Microsoft 365 suite", "service_operational")
        ]
    );
    assert!(capture.records.statuses.iter().all(|s| s.customer_tenant_id == id(TENANT)));
    assert_eq!(capture.records.statuses[2].service.id.as_deref(), Some("OSDPPlatform"));
    let [incident] = &capture.records.incidents[..] else { panic!("one incident") };
    assert_eq!((incident.external_id.as_str(), &incident.service), ("EX226574", &exchange()));
    assert_eq!((incident.classification, incident.origin), ("advisory", Some("microsoft")));
    assert_eq!(incident.customer_tenant_id, id(TENANT));
}

#[test]
fn documented_issue_is_read_with_all_that_it_says() {
    let capture = capture_of(documented!("graph/service-health-issues.list.json"));
    assert!(capture.is_page, "it has a next link");
    let incident = &capture.records.incidents[0];
    assert_eq!(incident.external_id, "EX226792");
    assert!(incident.title.starts_with("Limited number of users unable"), "{}", incident.title);
    assert_eq!(incident.service, ServiceName { id: None, name: "Exchange Online".into() });
    assert_eq!(incident.feature.as_deref(), Some("Mailflow - delayed delivery from Internet"));
    assert_eq!(incident.feature_group.as_deref(), Some("E-Mail timely delivery"));
    assert!(incident.impact_description.as_deref().unwrap().starts_with("Users may have been"));
    assert_eq!((incident.classification, incident.status), ("incident", "service_restored"));
    assert!(incident.is_resolved);
    assert_eq!(incident.starts_at, Some(at("2020-11-13T21:00:00Z")));
    assert_eq!(incident.ends_at, Some(at("2020-11-14T17:15:00Z")));
    assert_eq!(incident.modified_at, Some(at("2020-11-14T18:20:24.767Z")));
    assert_eq!(incident.details, [("NotifyInApp".to_owned(), "True".to_owned())]);
    let [post] = &incident.posts[..] else { panic!("one post") };
    assert_eq!((post.kind, post.content_type), ("regular", "html"));
    assert_eq!(post.created_at, at("2020-11-12T07:07:38.97Z"));
    assert!(post.content.contains("service\n\nUser Impact:"), "line breaks are kept: {}", post.content);
}

#[test]
fn byte_order_mark_before_a_health_body_is_no_obstacle() {
    let mut bytes = b"\xEF\xBB\xBF".to_vec();
    bytes.extend_from_slice(documented!("graph/health-overviews.list.json"));
    assert_eq!(capture_of(&bytes).records.statuses.len(), 3);
}

#[test]
fn health_without_a_customer_is_skipped_once_an_object() {
    let nested = json!({ "id": "Exchange", "service": "Exchange Online", "status": "x", "issues": [issue(json!({}))] });
    for body in [
        json!({ "value": [nested] }),
        issues(&[issue(json!({}))]),
        json!({ "value": [{ "id": "MC1", "isMajorChange": true }] }),
        json!({ "error": { "code": "Forbidden" } }),
    ] {
        let capture = without_customer(&body);
        let reasons: Vec<_> = capture.skipped.iter().map(|s| s.reason.as_str()).collect();
        assert_eq!(reasons, [NO_CUSTOMER], "{body}");
        let records = capture.records;
        assert!(records.statuses.is_empty() && records.incidents.is_empty(), "{body}");
        assert!(records.messages.is_empty() && records.looks.is_empty(), "{body}");
    }
}

#[test]
fn every_documented_status_is_known_in_every_writing_and_by_its_number() {
    for (number, (word, code)) in [
        ("serviceOperational", "service_operational"),
        ("Investigating", "investigating"),
        ("RestoringService", "restoring_service"),
        ("verifying_service", "verifying_service"),
        ("serviceRestored", "service_restored"),
        ("PostIncidentReviewPublished", "post_incident_review_published"),
        ("SERVICEDEGRADATION", "service_degradation"),
        ("serviceInterruption", "service_interruption"),
        ("extended_recovery", "extended_recovery"),
        ("FalsePositive", "false_positive"),
        ("investigationSuspended", "investigation_suspended"),
        ("resolved", "resolved"),
        ("mitigatedExternal", "mitigated_external"),
        ("Mitigated", "mitigated"),
        ("resolvedExternal", "resolved_external"),
        ("confirmed", "confirmed"),
        ("reported", "reported"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(status(json!({ "status": word })), (code, None));
        assert_eq!(status(json!({ "status": number })), (code, None));
        assert_eq!(status(json!({ "status": number.to_string() })), (code, None));
    }
}

#[test]
fn an_unknown_status_is_kept_with_its_raw_word() {
    assert_eq!(status(json!({ "status": "unknownFutureValue" })), other("unknownFutureValue"));
    assert_eq!(status(json!({ "status": "Hibernating" })), other("Hibernating"));
    assert_eq!(status(json!({ "status": 17 })), other("17"));
}

#[test]
fn a_status_that_is_not_said_is_other_without_a_word() {
    for absent in [json!({ "status": null }), json!({ "status": "" }), json!({ "x": 1 })] {
        assert_eq!(status(absent), ("other", None));
    }
}

#[test]
fn a_service_without_name_goes_by_its_id_and_without_either_is_skipped() {
    let overview = |change| changed(json!({ "status": "serviceOperational" }), change);
    let capture = capture(&json!({ "@odata.context": OVERVIEWS, "value": [
        overview(json!({ "id": "Exchange", "service": "" })),
        overview(json!({ "id": "<id>", "service": "Teams" })),
        overview(json!({ "id": null })),
    ] }));
    let services: Vec<_> = capture.records.statuses.iter().map(|s| s.service.clone()).collect();
    let by_id = ServiceName { id: Some("Exchange".into()), name: "Exchange".into() };
    assert_eq!(services, [by_id, ServiceName { id: None, name: "Teams".into() }]);
    assert_eq!(capture.skipped[0].place, "value[2].service");
}

#[test]
fn one_service_twice_in_a_body_is_one_status() {
    let overview = |name: &str, status: &str| json!({ "id": name, "service": name, "status": status });
    let capture = capture(&json!({ "value": [
        overview("Exchange Online", "serviceOperational"),
        overview("ExchangeOnline", "serviceInterruption"),
    ] }));
    let statuses: Vec<_> = capture.records.statuses.iter().map(|s| s.status).collect();
    assert_eq!(statuses, ["service_operational"]);
    assert_eq!(capture.skipped[0].reason, "appears twice; value[0] is kept");
}

#[test]
fn nested_issue_has_the_service_of_its_overview_unless_it_says_another() {
    let bare = json!({ "service": null, "id": "a1" });
    let same = json!({ "service": "exchange online", "id": "a2" });
    let elsewhere = json!({ "service": "Microsoft Teams", "id": "a3" });
    let nested = [issue(bare), issue(same), issue(elsewhere), json!("x")];
    let capture = capture(&json!({ "value": [
        { "id": "Exchange", "service": "Exchange Online", "status": "serviceOperational", "issues": nested }
    ] }));
    let services: Vec<_> = capture.records.incidents.iter().map(|i| i.service.clone()).collect();
    let teams = ServiceName { id: None, name: "Microsoft Teams".into() };
    assert_eq!(services, [exchange(), exchange(), teams]);
    assert_eq!(capture.skipped[0].place, "value[0].issues[3]");
    assert_eq!(capture.records.statuses.len(), 1);
}

#[test]
fn one_issue_under_two_overviews_is_one_incident_the_later_modified() {
    let nested = |modified: &str| {
        json!({ "id": modified, "service": modified, "status": "serviceOperational",
            "issues": [issue(json!({ "lastModifiedDateTime": modified, "id": "ex226792" }))] })
    };
    let capture =
        capture(&json!({ "value": [nested("2020-11-13T00:00:00Z"), nested("2020-11-14T00:00:00Z")] }));
    let [incident] = &capture.records.incidents[..] else { panic!("one incident") };
    assert_eq!(incident.external_id, "EX226792");
    assert_eq!(incident.modified_at, Some(at("2020-11-14T00:00:00Z")));
    assert_eq!(capture.skipped[0].place, "value[0].issues[0]");
    assert_eq!(capture.skipped[0].reason, "appears twice; value[1].issues[0] is kept");
}

#[test]
fn words_of_an_issue_are_known_in_every_writing_and_counted_from_one() {
    for (name, words) in [
        ("classification", vec![("Advisory", 1, "advisory"), ("incident", 2, "incident")]),
        (
            "origin",
            vec![
                ("Microsoft", 1, "microsoft"),
                ("thirdParty", 2, "third_party"),
                ("CUSTOMER", 3, "customer"),
            ],
        ),
    ] {
        for (word, number, code) in words {
            for value in [json!(word), json!(number)] {
                let incident = incident(json!({ (name): value }));
                let (found, raw) = match name {
                    "origin" => (incident.origin.unwrap(), incident.origin_raw),
                    _ => (incident.classification, incident.classification_raw),
                };
                assert_eq!((found, raw), (code, None), "{name} {value}");
            }
        }
    }
}

#[test]
fn unknown_words_of_an_issue_are_kept_and_absent_ones_are_not_said() {
    let odd = incident(json!({ "classification": "unknownFutureValue", "origin": 0 }));
    assert_eq!((odd.classification, odd.classification_raw), other("unknownFutureValue"));
    assert_eq!((odd.origin, odd.origin_raw.as_deref()), (Some("other"), Some("0")));
    let bare = incident(json!({ "classification": "", "origin": null }));
    assert_eq!((bare.classification, bare.classification_raw), ("other", None));
    assert_eq!((bare.origin, bare.origin_raw), (None, None));
}

#[test]
fn an_issue_says_itself_whether_it_is_resolved() {
    assert!(incident(json!({ "isResolved": true })).is_resolved);
    assert!(incident(json!({ "isResolved": "True" })).is_resolved);
    assert!(!incident(json!({ "isResolved": false, "status": "serviceRestored" })).is_resolved);
}

#[test]
fn an_issue_that_does_not_say_whether_it_is_resolved_says_it_by_status_then_end() {
    let end = "2020-11-20T17:00:00Z";
    for (status, is_resolved) in [
        ("serviceRestored", true),
        ("postIncidentReviewPublished", true),
        ("falsePositive", true),
        ("resolved", true),
        ("mitigated", true),
        ("mitigatedExternal", true),
        ("resolvedExternal", true),
        ("investigating", false),
        ("serviceOperational", false),
        ("extendedRecovery", false),
        ("confirmed", false),
        ("somethingNew", false),
    ] {
        let incident = incident(json!({ "isResolved": null, "status": status, "endDateTime": end }));
        assert_eq!(incident.is_resolved, is_resolved, "{status}");
    }
    assert!(incident(json!({ "status": null, "endDateTime": end })).is_resolved);
    assert!(!incident(json!({ "status": null, "endDateTime": "0001-01-01T00:00:00" })).is_resolved);
}

#[test]
fn times_of_an_issue_may_be_unset_or_without_zone() {
    let incident = incident(json!({
        "startDateTime": "2020-11-13T21:00:00", "endDateTime": "0001-01-01T00:00:00Z", "lastModifiedDateTime": ""
    }));
    assert_eq!(incident.starts_at, Some(at("2020-11-13T21:00:00Z")));
    assert_eq!((incident.ends_at, incident.modified_at), (None, None));
}

#[test]
fn ids_of_issues_are_upper_case_and_stand_in_for_a_title() {
    for absent in [json!(null), json!("  ")] {
        let incident = incident(json!({ "id": "ex1234", "title": absent }));
        assert_eq!((incident.external_id.as_str(), incident.title.as_str()), ("EX1234", "EX1234"));
    }
    assert_eq!(incident(json!({ "id": 226792 })).external_id, "226792");
}

#[test]
fn an_issue_without_id_or_service_is_skipped_with_its_place() {
    let capture = capture(&issues(&[
        issue(json!({ "id": null })),
        issue(json!({ "id": "<id>" })),
        issue(json!({ "service": "" })),
        issue(json!({ "posts": ["x"], "startDateTime": "soon" })),
        issue(json!({})),
    ]));
    assert_eq!(capture.records.incidents.len(), 1);
    let places: Vec<_> = capture.skipped.iter().map(|s| s.place.as_str()).collect();
    assert_eq!(places, ["value[0].id", "value[1].id", "value[2].service", "value[3].startDateTime"]);
}

#[test]
fn unknown_members_of_an_issue_do_no_harm() {
    assert_eq!(incident(json!({ "future": { "deep": [null] } })), incident(json!({})));
}

#[test]
fn a_long_title_is_cut_and_a_long_impact_is_not() {
    let incident = incident(json!({ "title": "t".repeat(2000), "impactDescription": "i".repeat(2000) }));
    assert_eq!(incident.title.chars().count(), 256);
    assert_eq!(incident.impact_description.unwrap().len(), 2000);
}

#[test]
fn details_without_name_are_dropped_and_without_value_are_empty() {
    let incident = incident(json!({ "details": [
        { "name": "A", "value": "1" }, { "name": "", "value": "2" }, { "value": "3" },
        { "name": "B", "value": null }, { "Name": "C", "Value": true }
    ] }));
    let details: Vec<_> = incident.details.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(details, [("A", "1"), ("B", ""), ("C", "true")]);
}

#[test]
fn an_odd_post_is_reported_and_its_issue_is_kept_with_the_others() {
    let posts = json!([
        { "postType": "Quick", "createdDateTime": "2020-11-12T07:07:38.97", "description": { "content": "a" } },
        { "postType": "Quick", "description": { "contentType": "html", "content": "no time" } },
        { "createdDateTime": "0001-01-01T00:00:00", "description": { "content": "unset time" } },
        { "createdDateTime": "yesterday" },
        null,
        { "createdDateTime": "2020-11-13T00:00:00Z", "postType": "unknownFutureValue",
          "description": { "contentType": "Html", "content": "<p>b</p>" } },
        { "createdDateTime": "2020-11-14T00:00:00Z", "postType": 2, "description": { "contentType": "rtf", "content": "c" } },
        { "createdDateTime": "2020-11-15T00:00:00Z", "description": "d" }
    ]);
    let capture = capture(&issues(&[issue(json!({ "posts": posts }))]));
    let found: Vec<_> = capture.records.incidents[0]
        .posts
        .iter()
        .map(|p| (p.kind, p.kind_raw.as_deref(), p.content_type, p.content.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("quick", None, "text", "a"),
            ("other", Some("unknownFutureValue"), "html", "<p>b</p>"),
            ("strategic", None, "text", "c"),
            ("other", None, "text", "d"),
        ]
    );
    assert_eq!(capture.records.incidents[0].posts[0].created_at, at("2020-11-12T07:07:38.97Z"));
    let mut places: Vec<_> = capture.skipped.iter().map(|s| s.place.as_str()).collect();
    places.sort_unstable();
    let time = |post: usize| format!("value[0].posts[{post}].createdDateTime");
    assert_eq!(places, [time(1), time(2), time(3), "value[0].posts[4]".to_owned()]);
}

#[test]
fn very_long_content_is_cut_and_says_so() {
    let post = json!({ "createdDateTime": "2020-11-12T00:00:00Z",
        "description": { "contentType": "text", "content": "x".repeat(70_000) } });
    let incident = incident(json!({ "posts": [post] }));
    let content = &incident.posts[0].content;
    assert_eq!(content.chars().count(), 65_536);
    assert!(content.ends_with("x…"));
}

#[test]
fn a_message_is_read_with_all_that_it_says() {
    let message = message(json!({
        "title": "Retiring a thing",
        "category": "planForChange", "severity": "High",
        "services": ["Exchange Online", "Microsoft Teams", "Exchange Online"], "tags": ["Admin impact", null],
        "isMajorChange": true,
        "actionRequiredByDateTime": "2021-06-01T00:00:00Z",
        "startDateTime": "2021-01-01T00:00:00", "endDateTime": "9999-12-31T00:00:00Z",
        "lastModifiedDateTime": "2021-02-01T00:00:00Z",
        "body": { "contentType": "Html", "content": "<p>Soon</p>\n" },
        "viewPoint": null, "hasAttachments": false
    }));
    assert_eq!((message.external_id.as_str(), message.title.as_str()), ("MC172851", "Retiring a thing"));
    assert_eq!(message.customer_tenant_id, id(TENANT));
    assert_eq!((message.category, message.severity), ("plan_for_change", "high"));
    assert_eq!(message.services, ["Exchange Online", "Microsoft Teams"]);
    assert_eq!(message.tags, ["Admin impact"]);
    assert_eq!(message.is_major_change, Some(true));
    assert_eq!(message.action_required_by, Some(at("2021-06-01T00:00:00Z")));
    assert_eq!((message.starts_at, message.ends_at), (Some(at("2021-01-01T00:00:00Z")), None));
    assert_eq!(message.modified_at, Some(at("2021-02-01T00:00:00Z")));
    assert_eq!((message.content_type, message.content.as_str()), ("html", "<p>Soon</p>\n"));
}

#[test]
fn words_of_a_message_are_known_counted_from_one_or_kept() {
    for (value, code) in [
        (json!("PreventOrFixIssue"), "prevent_or_fix_issue"),
        (json!("stay_informed"), "stay_informed"),
        (json!("Plan For Change"), "plan_for_change"),
        (json!(1), "prevent_or_fix_issue"),
        (json!(3), "stay_informed"),
    ] {
        let message = message(json!({ "category": value }));
        assert_eq!((message.category, message.category_raw), (code, None), "{value}");
    }
    for (value, code) in [(json!("Normal"), "normal"), (json!("critical"), "critical"), (json!(2), "high")] {
        let message = message(json!({ "severity": value }));
        assert_eq!((message.severity, message.severity_raw), (code, None), "{value}");
    }
    let odd = message(json!({ "category": "unknownFutureValue", "severity": "dire" }));
    assert_eq!((odd.category, odd.category_raw), other("unknownFutureValue"));
    assert_eq!((odd.severity, odd.severity_raw), other("dire"));
    let bare = message(json!({ "category": null, "severity": "", "body": null }));
    assert_eq!(
        (bare.category, bare.category_raw, bare.severity, bare.severity_raw),
        ("other", None, "other", None)
    );
    assert_eq!((bare.title.as_str(), bare.content_type, bare.content.as_str()), ("MC172851", "text", ""));
}

#[test]
fn the_later_modified_of_one_message_is_kept() {
    let message =
        |id: &str, time: &str| json!({ "id": id, "isMajorChange": null, "lastModifiedDateTime": time });
    let capture = capture(&json!({ "value": [
        message("MC1", "2021-01-01T00:00:00Z"), message("mc1", "2021-01-02T00:00:00Z")
    ] }));
    let times: Vec<_> = capture.records.messages.iter().map(|m| m.modified_at).collect();
    assert_eq!(times, [Some(at("2021-01-02T00:00:00Z"))]);
    assert_eq!(capture.skipped[0].place, "value[0]");
}

fn looks(body: &Value) -> Vec<LookRecord> {
    capture(body).records.looks
}

#[test]
fn a_throttled_look_is_kept_as_such() {
    for body in [
        json!({ "error": { "code": "TooManyRequests", "message": "m" } }),
        json!({ "error": { "code": "429" } }),
        json!({ "error": { "code": "activityLimitReached" } }),
        json!({ "error": { "code": "UnknownError", "innerError": { "code": "throttledRequest" } } }),
        json!({ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds." }),
        json!({ "code": "throttled", "description": "d", "source": "s" }),
        json!({ "Code": 429, "Description": "d" }),
    ] {
        let look = LookRecord { customer_tenant_id: id(TENANT), outcome: LookOutcome::Throttled };
        assert_eq!(looks(&body), [look], "{body}");
    }
}

#[test]
fn a_look_without_delegation_is_kept_as_such() {
    for body in [
        json!({ "error": { "code": "Authorization_RequestDenied", "message": "Insufficient privileges" } }),
        json!({ "error": { "code": "Forbidden" } }),
        json!({ "error": { "code": "accessDenied" } }),
        json!({ "error": { "code": "Unauthorized" } }),
        json!({ "error": { "code": "UnknownError", "message": "" }, "status": 403 }),
        json!({ "statusCode": 401, "message": "Unauthorized" }),
        json!({ "code": "20002", "description": "no commerce relationship", "data": [], "source": "s" }),
        json!({ "code": 2032, "description": "Access denied" }),
    ] {
        let look = LookRecord { customer_tenant_id: id(TENANT), outcome: LookOutcome::NoDelegation };
        assert_eq!(looks(&body), [look], "{body}");
    }
}

#[test]
fn any_other_error_is_skipped_with_its_code() {
    for (body, said) in [
        (json!({ "error": { "code": "Request_ResourceNotFound" } }), "\"Request_ResourceNotFound\""),
        (json!({ "error": { "code": "UnknownError" } }), "\"UnknownError\""),
        (
            json!({ "error": { "code": "InvalidAuthenticationToken" }, "status": 401 }),
            "InvalidAuthenticationToken",
        ),
        (
            json!({ "code": "900150", "description": "the role has no rights", "statusCode": 403 }),
            "\"900150\"",
        ),
        (json!({ "code": "1000", "description": "Not found" }), "\"1000\""),
        (json!({ "error": {} }), "without code"),
    ] {
        let capture = capture(&body);
        assert!(capture.records.looks.is_empty(), "{body}");
        let [skipped] = &capture.skipped[..] else { panic!("one skipped") };
        assert!(skipped.reason.contains(said), "{}", skipped.reason);
        assert_eq!((capture.read, skipped.place.as_str()), (1, "body"));
    }
}

#[test]
fn names_of_services_are_told_apart_by_letters_and_digits() {
    assert_eq!(fold("Exchange Online"), fold("exchange-online"));
    assert_ne!(fold("Windows 365"), fold("Windows"));
}
