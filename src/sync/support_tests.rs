#![allow(clippy::unwrap_used)]

use super::secure;
use crate::health::record::ServiceName;
use crate::sync::partner_center::NO_CUSTOMER;
use crate::sync::{Capture, Context, recognise};
use entity::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

const TENANT: &str = "52eaad04-13a2-4a2f-9ce8-93a294fadf36";
const MANAGED: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";

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

fn of(tenant: &str) -> Context {
    Context { customer_tenant_id: Some(id(tenant)), ..Context::default() }
}

fn capture(body: &Value) -> Capture {
    recognise::read(body.to_string().as_bytes(), &of(TENANT)).unwrap()
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

#[test]
fn documented_management_details_name_their_customer_in_the_context() {
    let capture =
        recognise::read(documented!("graph/service-management-details.list.json"), &Context::default())
            .unwrap();
    assert_eq!((capture.kind, capture.records.management.len()), ("service management details", 4));
    assert!(capture.records.management.iter().all(|m| m.customer_tenant_id == id(MANAGED)));
    let teams = &capture.records.management[3];
    assert_eq!(teams.service.name, "Teams");
    assert_eq!(teams.service.id.as_deref(), Some("ce0b42f4-bfde-4abe-a5f7-add83f104b23"));
    let url = "https://admin.teams.microsoft.com/?delegatedOrg=contoso.onmicrosoft.com";
    assert_eq!(teams.admin_url.as_deref(), Some(url));
    assert_eq!((&teams.health_url, &teams.ticket_url), (&None, &None));
}

#[test]
fn documented_service_request_names_its_customer() {
    let bytes = documented!("partner-center/service-request.get.json");
    let capture = recognise::read(bytes, &Context::default()).unwrap();
    assert_eq!((capture.system, capture.is_page), ("partner_center", true));
    let request = &capture.records.vendor_requests[0];
    assert_eq!(request.customer_tenant_id, id("3b33e682-00c3-41ee-9dd2-a548adf56438"));
    assert_eq!((request.external_id.as_str(), request.title.as_str()), ("616122292874576", "TrialSR"));
    assert_eq!((request.severity, request.status), ("critical", "open"));
    assert_eq!(request.created_at, Some(at("2016-12-22T20:31:17.24Z")));
    assert_eq!(request.modified_at, Some(at("2017-01-09T23:31:15.373Z")));
    assert_eq!(request.closed_at, None, "year 1 is unset");
    assert_eq!(request.product, None, "an id alone names no product");
}

#[test]
fn documented_service_requests_in_a_list_hold_integers() {
    let capture =
        recognise::read(documented!("partner-center/service-requests.list.json"), &of(TENANT)).unwrap();
    let request = &capture.records.vendor_requests[0];
    assert_eq!((request.customer_tenant_id, request.external_id.as_str()), (id(TENANT), "615112491169010"));
    assert_eq!((request.severity, request.severity_raw.as_deref()), ("other", Some("unknown")));
    assert_eq!((request.status, request.status_raw.as_deref()), ("open", None));
    assert_eq!(request.created_at, Some(at("2015-11-24T01:07:00.863Z")), "without zone it is UTC");
}

fn details(address: &str, detail: Value) -> Value {
    let context = format!("https://graph.microsoft.com/v1.0/tenantRelationships/$metadata#{address}");
    let detail = changed(
        json!({ "id": "FA5FA04E-13df-4b7c-9e99-92573ba1fa55", "serviceName": "Teams", "serviceManagementUrl": null }),
        detail,
    );
    json!({ "@odata.context": context, "value": [detail] })
}

#[test]
fn the_customer_of_management_details_is_in_the_context_or_the_operators_and_both_agree() {
    let slash = format!("delegatedAdminCustomers/{}/serviceManagementDetails", MANAGED.to_uppercase());
    let quoted = format!("delegatedAdminCustomers('{MANAGED}')/serviceManagementDetails");
    for address in [slash.as_str(), quoted.as_str()] {
        let body = details(address, json!({}));
        let record = &without_customer(&body).records.management[0];
        assert_eq!(record.customer_tenant_id, id(MANAGED), "{address}");
        assert_eq!(record.service.id.as_deref(), Some("fa5fa04e-13df-4b7c-9e99-92573ba1fa55"));
        let agreed = recognise::read(body.to_string().as_bytes(), &of(MANAGED)).unwrap();
        assert_eq!(agreed.records.management.len(), 1);
        let contradicted = capture(&body);
        assert!(contradicted.records.management.is_empty());
        assert!(contradicted.skipped[0].reason.contains("while this capture is of"), "{address}");
    }
    for address in ["delegatedAdminCustomers('<id>')/serviceManagementDetails", "x/serviceManagementDetails"]
    {
        let body = details(address, json!({}));
        assert_eq!(without_customer(&body).skipped[0].reason, NO_CUSTOMER, "{address}");
        assert_eq!(capture(&body).records.management[0].customer_tenant_id, id(TENANT));
    }
}

#[test]
fn only_plain_https_addresses_are_kept() {
    for good in [
        "https://admin.teams.microsoft.com/?delegatedOrg=contoso.onmicrosoft.com",
        "HTTPS://portal.azure.com/contoso#blade/x@y",
        "https://localhost:8443",
    ] {
        assert_eq!(secure(Some(good)).as_deref(), Some(good));
    }
    for bad in [
        "http://portal.azure.com",
        "javascript:alert(1)",
        "//portal.azure.com",
        "https://",
        "https:///path",
        "https://portal.azure.com@example.org/",
        "https://portal.azure.com\\@example.org/",
        "https://<host>/admin",
        "https://portal.azure.com/a b",
        "httpsß//",
        "portal",
    ] {
        assert_eq!(secure(Some(bad)), None, "{bad}");
    }
    assert_eq!(secure(None), None);
    let long = format!("https://portal.azure.com/{}", "x".repeat(2048));
    assert_eq!(secure(Some(&long)), None);
}

#[test]
fn a_service_stays_without_the_address_that_is_none() {
    let address = format!("delegatedAdminCustomers/{MANAGED}/serviceManagementDetails");
    for url in [json!(null), json!("http://x.example"), json!(7)] {
        let capture =
            without_customer(&details(&address, json!({ "serviceManagementUrl": url, "id": "<id>" })));
        let record = &capture.records.management[0];
        assert_eq!(
            (record.service.name.as_str(), &record.service.id, &record.admin_url),
            ("Teams", &None, &None)
        );
        assert!(capture.skipped.is_empty(), "{:?}", capture.skipped);
    }
    let nameless = without_customer(&details(&address, json!({ "serviceName": "" })));
    assert_eq!(nameless.skipped[0].place, "value[0].serviceName");
}

fn managed_service(links: Value) -> Value {
    json!({ "id": "Exchange", "name": "Exchange", "groupName": "Office", "links": links,
        "attributes": { "objectType": "ManagedService" } })
}

#[test]
fn managed_services_have_three_addresses_and_the_customer_of_their_list() {
    let uri = |place: &str| json!({ "uri": format!("https://portal.office.com/{place}"), "method": "GET" });
    let service = managed_service(json!({
        "adminService": uri("admin"), "ServiceHealth": uri("health"), "serviceTicket": { "uri": "http://x.example" }
    }));
    let link = json!({ "self": { "uri": format!("/v1/customers/{MANAGED}/managedservices") } });
    let capture = without_customer(&json!({ "totalCount": 1, "items": [service], "links": link }));
    assert_eq!((capture.kind, capture.system), ("managed services", "partner_center"));
    assert!(!capture.is_page);
    let record = &capture.records.management[0];
    assert_eq!(record.customer_tenant_id, id(MANAGED));
    assert_eq!(record.service, ServiceName { id: Some("Exchange".into()), name: "Exchange".into() });
    assert_eq!(record.admin_url.as_deref(), Some("https://portal.office.com/admin"));
    assert_eq!(record.health_url.as_deref(), Some("https://portal.office.com/health"));
    assert_eq!(record.ticket_url, None);
}

#[test]
fn managed_services_without_a_link_are_the_operators_customers() {
    let body = json!({ "items": [managed_service(json!({})), managed_service(json!(null))] });
    assert_eq!(without_customer(&body).skipped[0].reason, NO_CUSTOMER);
    let capture = capture(&body);
    assert_eq!(capture.records.management.len(), 1);
    assert_eq!(capture.records.management[0].customer_tenant_id, id(TENANT));
    assert_eq!(capture.skipped[0].reason, "appears twice; items[0] is kept");
}

fn request(change: Value) -> Value {
    let body = json!({ "id": "615112491169010", "title": "Test", "severity": "moderate", "status": "closed",
        "createdDate": "2015-11-24T01:07:00.863", "attributes": { "objectType": "ServiceRequest" } });
    changed(body, change)
}

#[test]
fn numbers_of_service_requests_are_text_or_number() {
    for number in [json!("615112491169010"), json!(615112491169010_i64), json!(615112491169010.0)] {
        let capture = capture(&request(json!({ "id": number })));
        assert_eq!(capture.records.vendor_requests[0].external_id, "615112491169010", "{number}");
    }
    for absent in [json!(null), json!(""), json!("<id>")] {
        let capture = capture(&request(json!({ "id": absent })));
        assert_eq!(capture.skipped[0].place, "id", "{absent}");
    }
}

#[test]
fn words_of_service_requests_are_integers_or_text_or_kept() {
    for (severity, code) in [
        (json!("Critical"), "critical"),
        (json!(2), "moderate"),
        (json!("3"), "minimal"),
        (json!("minimal"), "minimal"),
    ] {
        let capture = capture(&request(json!({ "severity": severity })));
        let request = &capture.records.vendor_requests[0];
        assert_eq!((request.severity, &request.severity_raw), (code, &None), "{severity}");
    }
    for (status, code) in [
        (json!(0), "none"),
        (json!("Open"), "open"),
        (json!(2), "closed"),
        (json!("attention_needed"), "attention_needed"),
        (json!("AttentionNeeded"), "attention_needed"),
    ] {
        let capture = capture(&request(json!({ "status": status })));
        let request = &capture.records.vendor_requests[0];
        assert_eq!((request.status, &request.status_raw), (code, &None), "{status}");
    }
    let capture = capture(&request(json!({ "severity": "Dire", "status": 9, "title": null })));
    let request = &capture.records.vendor_requests[0];
    assert_eq!((request.severity, request.severity_raw.as_deref()), ("other", Some("Dire")));
    assert_eq!((request.status, request.status_raw.as_deref()), ("other", Some("9")));
    assert_eq!(request.title, "615112491169010");
}

#[test]
fn the_customer_of_a_service_request_is_its_organization_its_link_or_the_operators() {
    let link = json!({ "self": { "uri": format!("/customers/{MANAGED}/servicerequests/1") } });
    for (change, customer) in [
        (json!({ "organization": { "id": MANAGED.to_uppercase() } }), MANAGED),
        (json!({ "links": link }), MANAGED),
        (json!({ "links": link, "organization": { "id": "<guid>" } }), MANAGED),
    ] {
        let capture = without_customer(&request(change));
        assert_eq!(capture.records.vendor_requests[0].customer_tenant_id, id(customer));
    }
    for odd in [json!({ "id": "none" }), json!({ "id": null }), json!("x"), json!(null)] {
        let body = request(json!({ "organization": odd }));
        assert_eq!(without_customer(&body).skipped[0].reason, NO_CUSTOMER);
        assert_eq!(capture(&body).records.vendor_requests[0].customer_tenant_id, id(TENANT));
    }
    let contradicted = capture(&request(json!({ "organization": { "id": MANAGED } })));
    assert!(contradicted.records.vendor_requests.is_empty());
    assert!(contradicted.skipped[0].reason.contains("while this capture is of"));
}

#[test]
fn a_service_request_names_its_product_and_when_it_was_closed() {
    let capture = capture(&request(json!({
        "productName": "Exchange Online", "productId": 15960, "lastClosedDate": "2017-01-09T23:31:15"
    })));
    let request = &capture.records.vendor_requests[0];
    let product = ServiceName { id: Some("15960".into()), name: "Exchange Online".into() };
    assert_eq!(request.product, Some(product));
    assert_eq!(request.closed_at, Some(at("2017-01-09T23:31:15Z")));
}
