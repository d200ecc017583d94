//! Captured bodies on service health brought in with and without their customer: what the graph shows of them, and what a
//! dirty or broken body leaves.

use crate::harness::TestApp;
use crate::import::{bring, captured, contents, importer};
use crate::rules::facts::{finds, tenant};
use crate::rules::outages::{
    hours, incident_of, incidents_at, messages_at, posts_of, service_of, services_of,
};
use partner_gateway::sync::Context;
use partner_gateway::sync::import::{Import, Report, read};
use serde_json::{Value, json};
use uuid::Uuid;

/// Graph's documented bodies: objects read, and what is stored of them for a customer that the operator names.
const GRAPH: [(&str, usize, usize); 4] = [
    ("graph/delegated-admin-relationships.list.json", 3, 3),
    // Three statuses, and the issue in one of them.
    ("graph/health-overviews.list.json", 3, 4),
    ("graph/service-health-issues.list.json", 1, 1),
    // These name their customer themselves, and it is another.
    ("graph/service-management-details.list.json", 4, 0),
];

async fn of_customer(test: &TestApp, partner: &str, tenant: Uuid) -> Import {
    let context = Context { customer_tenant_id: Some(tenant), ..Context::default() };
    Import { context, ..importer(test, partner).await }
}

/// Brings a body in that was captured so many hours from now.
async fn bring_at(test: &TestApp, import: &Import, body: &Value, at: i64) -> Report {
    let read = read(body.to_string().as_bytes(), &import.context).unwrap();
    read.store(test.db(), import, hours(at), hours(at)).await.unwrap()
}

fn overview(service: &str, status: &Value) -> Value {
    json!({ "service": service, "status": status })
}

fn overviews(entries: &[Value]) -> Value {
    let context = "https://graph.microsoft.com/v1.0/$metadata#admin/serviceAnnouncement/healthOverviews";
    json!({ "@odata.context": context, "value": entries })
}

fn issues(entries: &[Value]) -> Value {
    let context = "https://graph.microsoft.com/v1.0/$metadata#admin/serviceAnnouncement/issues";
    json!({ "@odata.context": context, "value": entries })
}

#[tokio::test]
async fn documented_bodies_of_graph_are_brought_in_for_the_customer_that_the_operator_names() {
    let test = TestApp::demo().await;
    let import = of_customer(&test, "fabrikam", tenant("contoso")).await;
    for (file, objects, stored) in GRAPH {
        let report = bring(&test, &import, &captured(file)).await;
        assert_eq!((report.read, report.stored), (objects, stored), "{file}: {report:?}");
        let is_overruled = file.contains("management");
        assert_eq!(report.skipped.len(), if is_overruled { 4 } else { 0 }, "{file}: {report:?}");
    }
    let viewer = test.as_viewer("support@fabrikam");
    let incidents = incidents_at(&viewer, "contoso").await.unwrap();
    for (id, classification, post) in [
        ("EX226574", "ADVISORY", "Title: Exchange Online service has login issue."),
        ("EX226792", "INCIDENT", "Title: Limited number of users unable"),
    ] {
        assert!(incidents.contains(&id.to_owned()), "{incidents:?}");
        let seen = incident_of(&viewer, id).await.unwrap();
        assert_eq!(
            (&seen["classification"], &seen["status"]),
            (&json!(classification), &json!("SERVICE_RESTORED"))
        );
        assert_eq!((&seen["isResolved"], &seen["origin"]), (&json!(true), &json!("MICROSOFT")));
        assert_eq!(seen["service"]["name"], "Exchange Online");
        assert!(posts_of(&seen)[0].starts_with(post), "{seen:#}");
        assert_eq!(seen["provenance"]["source"], "MICROSOFT_GRAPH");
        assert_eq!(incident_of(&test.as_viewer("support@wingtip"), id).await, None, "it is Fabrikam's word");
    }
    // "Identity Service" is what Microsoft Entra was called.
    let identity = service_of(&viewer, "contoso", "Microsoft Entra").await.unwrap();
    assert_eq!(identity["status"], "SERVICE_RESTORED");
    assert_eq!(identity["provenance"]["asOf"], "2026-03-02T09:00:00+00:00");
}

#[tokio::test]
async fn documented_bodies_without_a_customer_leave_no_health_and_say_what_is_missing() {
    let test = TestApp::demo().await;
    let import = importer(&test, "fabrikam").await;
    let before = contents(test.db(), None).await;
    for file in [GRAPH[1].0, GRAPH[2].0] {
        let report = bring(&test, &import, &captured(file)).await;
        assert_eq!((report.stored, report.skipped.len()), (0, report.read), "{file}: {report:?}");
        assert!(report.skipped.iter().all(|(_, why)| why.contains("--customer")), "{file}: {report:?}");
    }
    assert_eq!(contents(test.db(), None).await, before);
    // What names its customer itself needs no operator.
    let report = bring(&test, &import, &captured(GRAPH[3].0)).await;
    assert_eq!((report.stored, report.skipped.len()), (4, 0), "{report:?}");
}

#[tokio::test]
async fn captured_addresses_of_portals_win_over_the_catalogues() {
    let test = TestApp::demo().await;
    let import = of_customer(&test, "wingtip", tenant("adatum")).await;
    let mut body: Value = serde_json::from_slice(&captured(GRAPH[3].0)).unwrap();
    let root = "https://graph.microsoft.com/v1.0/tenantRelationships/$metadata#delegatedAdminCustomers";
    body["@odata.context"] = json!(format!("{root}/{}/serviceManagementDetails", tenant("adatum")));
    body["value"][0]["serviceManagementUrl"] = json!("http://insecure.example/");
    body["value"][1]["serviceManagementUrl"] = json!("https://good.example@bad.example/");
    let report = bring_at(&test, &import, &body, 0).await;
    assert_eq!((report.stored, report.skipped.len()), (4, 0), "{report:?}");
    let viewer = test.as_viewer("support@wingtip");
    let teams = service_of(&viewer, "adatum", "Microsoft Teams").await.unwrap();
    assert_eq!(teams["portalUrl"], "https://admin.teams.microsoft.com/?delegatedOrg=contoso.onmicrosoft.com");
    for one in services_of(&viewer, "adatum").await {
        let address = one["portalUrl"].as_str().unwrap_or_default();
        assert!(!address.contains("insecure") && !address.contains("bad.example"), "{one:#}");
    }
    // Nobody else gets to that page by Wingtip's word.
    let sales = test.as_viewer("sales@wingtip");
    let catalogues = service_of(&sales, "adatum", "Microsoft Teams").await.unwrap();
    assert!(catalogues["portalUrl"].as_str().unwrap().contains("adatum.com"), "{catalogues:#}");
}

#[tokio::test]
async fn health_of_a_customer_that_nobody_knows_yet_is_kept_under_its_tenant() {
    let test = TestApp::demo().await;
    let unknown = Uuid::from_u128(0xfeed);
    let import = of_customer(&test, "fabrikam", unknown).await;
    assert_eq!(bring(&test, &import, &captured(GRAPH[1].0)).await.stored, 4);
    let query = "query($t: UUID) { customer(tenantId: $t) { id } }";
    let reply = test.as_viewer("admin@fabrikam").ask_with(query, json!({ "t": unknown })).await;
    assert_eq!(reply.codes(), ["NOT_FOUND"], "that somebody's health was captured gives no right to it");
    assert!(finds(&test.as_viewer("admin@fabrikam"), "contoso").await);
}

#[tokio::test]
async fn a_health_body_that_breaks_off_is_refused_at_its_place_and_stores_nothing() {
    let test = TestApp::demo().await;
    let import = of_customer(&test, "fabrikam", tenant("contoso")).await;
    let before = contents(test.db(), None).await;
    for (file, ..) in GRAPH {
        let whole = captured(file);
        let lines = whole.iter().filter(|byte| **byte == b'\n').count();
        let refused = read(&whole[..whole.len() / 2], &import.context).err().unwrap();
        let line: usize = refused.place.split([' ', ',']).nth(1).unwrap().parse().unwrap();
        assert!(refused.place.starts_with("line ") && line > 1 && line < lines, "{file}: {refused}");
        assert!(refused.reason.starts_with("is not JSON"), "{file}: {refused}");
    }
    assert_eq!(contents(test.db(), None).await, before);
}

#[tokio::test]
async fn words_come_in_every_writing_and_unknown_ones_are_kept() {
    let test = TestApp::demo().await;
    let import = of_customer(&test, "fabrikam", tenant("adventure-works")).await;
    let body = overviews(&[
        overview("Exchange", &json!("ServiceInterruption")),
        overview("microsoft teams", &json!("extended_recovery")),
        overview("SharePointOnline", &json!(3)),
        overview("Microsoft Intune", &json!("quantumFlux")),
        overview("A new service", &json!("serviceOperational")),
        overview("Planner", &Value::Null),
    ]);
    let with_mark = [b"\xEF\xBB\xBF".as_slice(), body.to_string().as_bytes()].concat();
    let report = bring(&test, &import, &with_mark).await;
    assert_eq!((report.read, report.stored, report.skipped.len()), (6, 6, 0), "{report:?}");
    let viewer = test.as_viewer("helpdesk@fabrikam");
    for (name, status, raw) in [
        ("Exchange Online", "SERVICE_INTERRUPTION", Value::Null),
        ("Microsoft Teams", "EXTENDED_RECOVERY", Value::Null),
        ("SharePoint Online", "VERIFYING_SERVICE", Value::Null),
        ("Microsoft Intune", "OTHER", json!("quantumFlux")),
        ("A new service", "SERVICE_OPERATIONAL", Value::Null),
        ("Planner", "OTHER", Value::Null),
    ] {
        let one = service_of(&viewer, "adventure-works", name).await.unwrap();
        assert_eq!((&one["status"], &one["statusRaw"]), (&json!(status), &raw), "{name}");
    }
}

#[tokio::test]
async fn a_dirty_issue_is_kept_as_far_as_it_can_be_read() {
    let test = TestApp::demo().await;
    let import = of_customer(&test, "fabrikam", tenant("adventure-works")).await;
    let body = issues(&[
        json!({ "id": "wp900001", "service": "Exchange Online", "classification": "Advisory", "status": 6,
            "startDateTime": "2026-03-01T10:00:00", "endDateTime": "0001-01-01T00:00:00",
            "lastModifiedDateTime": "2026-03-01 11:30:00", "futureMember": { "deep": [1] }, "title": "",
            "posts": [
                { "createdDateTime": "2026-03-01T10:30:00", "postType": "quick",
                    "description": { "contentType": "html", "content": "<p>Kept &amp; read<script>alert(1)</script></p>" } },
                "not a post",
                { "postType": "regular", "description": { "content": "without a time" } },
            ] }),
        json!({ "id": "<issue-id>", "service": "Exchange Online", "classification": "incident", "status": "investigating" }),
        json!({ "id": "WP900002", "classification": "incident", "status": "investigating", "impactDescription": "No service" }),
        json!("not an object"),
        json!({ "id": "WP900003", "service": "Exchange Online", "classification": "incident", "status": "investigating",
            "startDateTime": "yesterday" }),
    ]);
    let report = bring_at(&test, &import, &body, 0).await;
    assert_eq!((report.read, report.stored), (5, 1), "{report:?}");
    let places: Vec<&str> = report.skipped.iter().map(|(place, _)| place.as_str()).collect();
    for place in [
        "value[0].posts[1]",
        "value[0].posts[2].createdDateTime",
        "value[1].id",
        "value[2].service",
        "value[3]",
        "value[4].startDateTime",
    ] {
        assert!(places.contains(&place), "{place} is not among {places:?}");
    }
    let seen = incident_of(&test.as_viewer("helpdesk@fabrikam"), "WP900001").await.unwrap();
    assert_eq!((&seen["title"], &seen["status"]), (&json!("WP900001"), &json!("SERVICE_DEGRADATION")));
    assert_eq!(
        (&seen["startedAt"], &seen["endedAt"]),
        (&json!("2026-03-01T10:00:00+00:00"), &Value::Null),
        "UTC"
    );
    assert_eq!(seen["modifiedAt"], "2026-03-01T11:30:00+00:00");
    assert_eq!(posts_of(&seen), ["Kept & read"]);
    let content = "{ incident(externalId: \"wp900001\") { posts { nodes { content } } } }";
    let reply = test.as_viewer("helpdesk@fabrikam").ask(content).await;
    let kept = &reply.data()["incident"]["posts"]["nodes"][0]["content"];
    assert_eq!(*kept, "<p>Kept &amp; read<script>alert(1)</script></p>", "as it came");
}

#[tokio::test]
async fn the_legacy_shape_of_incidents_is_brought_in_too() {
    let test = TestApp::demo().await;
    let import = of_customer(&test, "fabrikam", tenant("adventure-works")).await;
    let body = json!({ "items": [{ "workload": "Exchange", "status": 0, "incidents": [
            { "id": "EX900001", "messageType": 1, "startTime": "2026-03-01T10:00:00", "resolved": false,
                "impactedArea": "Mail flow", "impactedCustomers": 12, "affectedWorkloadNames": ["Exchange"],
                "messages": [{ "publishedTime": "2026-03-01T10:30:00", "messageText": "Mail is late.\nWe look into it." }] }],
        "messageCenterMessages": [
            { "id": "MC900001", "category": "stayInformed", "severity": 0,
                "messages": [{ "publishedTime": "2026-03-01T09:00:00", "messageText": "A change comes." }] }],
        "attributes": { "objectType": "ServiceIncidents" } }], "attributes": { "objectType": "Collection" } });
    let report = bring_at(&test, &import, &body, 0).await;
    assert_eq!((report.kind, report.stored, report.skipped.len()), ("service incidents", 3, 0), "{report:?}");
    let seen = incident_of(&test.as_viewer("helpdesk@fabrikam"), "EX900001").await.unwrap();
    assert_eq!((&seen["title"], &seen["isResolved"]), (&json!("Mail is late."), &json!(false)));
    assert_eq!(seen["provenance"]["source"], "PARTNER_CENTER");
    let messages = messages_at(&test.as_viewer("admin@fabrikam"), "adventure-works").await.unwrap();
    assert!(messages.contains(&"A change comes.".to_owned()), "{messages:?}");
    let service =
        service_of(&test.as_viewer("helpdesk@fabrikam"), "adventure-works", "Exchange Online").await;
    assert_eq!(service.unwrap()["status"], "SERVICE_OPERATIONAL");
}

#[tokio::test]
async fn a_refusal_of_the_upstream_is_a_look_that_saw_nothing() {
    let test = TestApp::demo().await;
    let import = of_customer(&test, "fabrikam", tenant("adventure-works")).await;
    for (at, body, state) in [
        (1, json!({ "error": { "code": "TooManyRequests", "message": "later" } }), "THROTTLED"),
        (2, json!({ "statusCode": 429, "message": "later" }), "THROTTLED"),
        (3, json!({ "error": { "code": "Authorization_RequestDenied", "message": "no" } }), "NO_DELEGATION"),
        (4, overviews(&[overview("Exchange Online", &json!("serviceOperational"))]), "FRESH"),
        // It blames the caller's own token: no word on the customer.
        (5, json!({ "error": { "code": "InvalidAuthenticationToken", "message": "no" } }), "FRESH"),
    ] {
        bring_at(&test, &import, &body, at).await;
        test.set_clock(hours(at));
        let viewer = test.as_viewer("helpdesk@fabrikam");
        let one = service_of(&viewer, "adventure-works", "Exchange Online").await.unwrap();
        assert_eq!(one["provenance"]["state"], state, "{body}");
        assert!(one["status"].is_string(), "what was seen before stays: {one:#}");
    }
}

#[tokio::test]
async fn a_whole_list_of_overviews_ends_what_it_lacks_and_a_filtered_one_nothing() {
    let test = TestApp::demo().await;
    let mut import = of_customer(&test, "fabrikam", tenant("adventure-works")).await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    let state = async || {
        let one = service_of(&viewer, "adventure-works", "Microsoft Teams").await.unwrap();
        one["status"].is_string()
    };
    let only = overviews(&[overview("Exchange Online", &json!("serviceOperational"))]);
    bring_at(&test, &import, &only, 0).await;
    assert!(state().await, "nobody said that the list was whole");
    import.is_complete = true;
    let mut page = only.clone();
    page["@odata.nextLink"] =
        json!("https://graph.microsoft.com/v1.0/admin/serviceAnnouncement/healthOverviews?$skip=1");
    let report = bring_at(&test, &import, &page, 1).await;
    assert_eq!(report.notes.len(), 1, "{report:?}");
    assert!(state().await, "a page");
    bring_at(&test, &import, &only, 2).await;
    assert!(!state().await);
}
