#![allow(clippy::unwrap_used)]

use super::*;
use crate::customers::record::RelationKind;
use serde_json::json;
use uuid::Uuid;

macro_rules! documented {
    ($file:literal) => {
        include_bytes!(concat!("../../tests/it/captures/", $file)).as_slice()
    };
}

fn plain(bytes: &[u8]) -> Capture {
    read(bytes, &Context::default()).unwrap()
}

fn body(value: &Value) -> Capture {
    plain(value.to_string().as_bytes())
}

fn id(text: &str) -> Uuid {
    text.parse().unwrap()
}

fn at(text: &str) -> Option<Timestamp> {
    let time = chrono::DateTime::parse_from_rfc3339(text).unwrap();
    Some(Timestamp(time.timestamp_micros()))
}

fn customer(tenant: &str, name: &str) -> Value {
    json!({ "id": tenant, "companyProfile": { "companyName": name } })
}

const A: &str = "11111111-1111-4111-8111-111111111111";
const B: &str = "22222222-2222-4222-8222-222222222222";

#[test]
fn documented_customers_are_read_by_id_where_the_tenant_is_a_placeholder() {
    let capture = plain(documented!("partner-center/customers.list.json"));
    assert_eq!((capture.kind, capture.system), ("customers", "partner_center"));
    assert_eq!((capture.read, capture.is_page), (2, false));
    assert!(capture.skipped.is_empty(), "{:?}", capture.skipped);
    let [first, second] = &capture.records.customers[..] else { panic!("two customers") };
    assert_eq!(first.tenant_id, id("b44bb1fb-c595-45b0-9e09-d657365580bf"));
    assert_eq!(first.name.as_deref(), Some("companyName"));
    assert_eq!(first.relation, Some(RelationKind::Reseller));
    assert_eq!(first.delegated_access, None);
    assert_eq!(second.tenant_id, id("45c44870-ef77-4fdd-b6fe-3dacb075cff2"));
}

#[test]
fn documented_customer_is_read_with_its_details() {
    let capture = plain(documented!("partner-center/customer.get.json"));
    assert_eq!((capture.kind, capture.read), ("customers", 1));
    assert!(capture.is_page, "one customer is not the whole list");
    let customer = &capture.records.customers[0];
    assert_eq!(customer.tenant_id, id("eebd1b55-5360-4438-a11d-5c06918c3014"));
    assert_eq!(customer.name.as_deref(), Some("1kl as kjk"));
    assert_eq!(customer.primary_domain.as_deref(), Some("abcdefgh1234.ccsctp.net"));
    assert_eq!(customer.domains, ["abcdefgh1234.ccsctp.net"]);
    assert_eq!(customer.delegated_access, Some(true));
    let company = customer.company.as_ref().unwrap();
    assert_eq!(company.email.as_deref(), Some("a@a.com"));
    assert_eq!(company.phone.as_deref(), Some("1234567890"));
    assert_eq!(company.country.as_deref(), Some("US"));
    assert_eq!(company.region.as_deref(), Some("wa"));
    assert_eq!(company.city.as_deref(), Some("redmond"));
    assert_eq!(company.address_line1.as_deref(), Some("1 ms way"));
    assert_eq!(company.postal_code.as_deref(), Some("98052"));
}

#[test]
fn documented_customers_of_a_reseller_are_tied_to_it() {
    let given = Context { reseller_tenant_id: Some(id(A)), ..Context::default() };
    let capture = read(documented!("partner-center/customers-of-reseller.list.json"), &given);
    let customers = capture.unwrap().records.customers;
    assert_eq!(customers.len(), 2);
    assert_eq!(customers[0].name.as_deref(), Some("FourthCoffee137"));
    assert!(customers.iter().all(|c| c.reseller_tenant_id == Some(id(A))));
}

#[test]
fn documented_legacy_subscriptions_need_the_operators_customer() {
    let bytes = documented!("partner-center/subscriptions.list.json");
    let without = plain(bytes);
    assert!(without.records.subscriptions.is_empty());
    assert_eq!(without.skipped[0].reason, partner_center::NO_CUSTOMER);

    let given = Context { customer_tenant_id: Some(id(A)), ..Context::default() };
    let capture = read(bytes, &given).unwrap();
    assert!(capture.is_page, "one of 37");
    let subscription = &capture.records.subscriptions[0];
    assert_eq!(subscription.customer_tenant_id, id(A));
    assert_eq!(subscription.external_id, "83ef9d05-4169-4ef9-9657-0e86b1eab1de");
    let entitlement = "a356ac8c-e310-44f4-bf85-c7f29044af99";
    assert_eq!(subscription.entitlement_id.as_deref(), Some(entitlement));
    assert_eq!(subscription.created_at, at("2015-11-25T06:41:12Z"));
    assert_eq!(subscription.commitment_ends_at, at("2016-12-12T08:00:00Z"));
    assert_eq!((subscription.status, subscription.quantity), ("active", 1));
    assert_eq!(subscription.billing_type.as_deref(), Some("none"));
    assert_eq!(subscription.auto_renew, Some(false));
    assert_eq!(subscription.etag, None, "a placeholder");
}

#[test]
fn documented_new_commerce_subscription_names_its_customer() {
    let capture = plain(documented!("partner-center/subscriptions.list.new-commerce.json"));
    assert_eq!((capture.kind, capture.is_page), ("subscriptions", false));
    let subscription = &capture.records.subscriptions[0];
    assert_eq!(subscription.customer_tenant_id, id("954ca09a-1132-4088-bb58-30438dea2756"));
    assert_eq!(subscription.offer_id.as_deref(), Some("DG7GMGF0FKZV:0003:DG7GMGF0DQLM"));
    assert_eq!(subscription.product_type.as_deref(), Some("Software"));
    assert_eq!(subscription.billing_cycle.as_deref(), Some("triennial"));
    assert_eq!(subscription.term_duration.as_deref(), Some("P3Y"));
    assert_eq!(subscription.renewal_term_duration, None);
    assert_eq!(subscription.partner_of_record_mpn_id, None);
    assert_eq!(subscription.created_at, at("2021-10-15T21:28:19.305861Z"));
    assert_eq!(subscription.cancellable_until, at("2021-11-14T23:59:00Z"));
    assert_eq!(subscription.order_id.as_deref(), Some("12345678901"));
    assert_eq!(subscription.is_trial, Some(false));
}

#[test]
fn documented_indirect_resellers_are_partnerships() {
    let capture = plain(documented!("partner-center/indirect-resellers.list.json"));
    assert_eq!(capture.kind, "partner relationships");
    assert!(capture.records.indirect.is_empty());
    let [first, second] = &capture.records.partnerships[..] else { panic!("two partnerships") };
    assert_eq!(first.partner.tenant_id, id("484e548c-f5f3-4528-93a9-c16c6373cb59"));
    assert_eq!(first.partner.name.as_deref(), Some("First Up Consultants"));
    assert_eq!(first.partner.kind, Some("indirect_reseller"));
    assert_eq!((first.state, first.partner_is_provider), ("active", false));
    assert_eq!(second.partner.mpn_id.as_deref(), Some("4847433"));
    assert_eq!(second.partner.location.as_deref(), Some("BR"));
}

#[test]
fn documented_relationships_of_a_customer_are_links_only() {
    let given = Context { customer_tenant_id: Some(id(A)), ..Context::default() };
    let bytes = documented!("partner-center/customer-relationships.list.json");
    let capture = read(bytes, &given).unwrap();
    assert_eq!(capture.kind, "partner relationships of a customer");
    assert!(capture.records.partnerships.is_empty());
    let link = &capture.records.indirect[0];
    assert_eq!(link.customer_tenant_id, id(A));
    assert_eq!(link.partner_tenant_id, id("484e548c-f5f3-4528-93a9-c16c6373cb59"));
}

#[test]
fn documented_support_contact_is_found_through_its_link() {
    let capture = plain(documented!("partner-center/subscription-support-contact.get.json"));
    assert_eq!(capture.kind, "subscription support contact");
    let contact = &capture.records.support_contacts[0];
    assert_eq!(contact.customer_tenant_id, id("0c39d6d5-c70d-4c55-bc02-f620844f3fd1"));
    assert_eq!(contact.subscription_external_id, "c8d8fbab-6a62-44dc-be50-b7c74e43a296");
    assert_eq!(contact.partner.tenant_id, id("3b33e682-00c3-41ee-9dd2-a548adf56438"));
    assert_eq!(contact.partner.name.as_deref(), Some("Trey Research"));
    assert_eq!(contact.partner.mpn_id.as_deref(), Some("4391507"));
}

#[test]
fn documented_delegated_relationships_are_read_of_both_types() {
    let capture = plain(documented!("graph/delegated-admin-relationships.list.json"));
    assert_eq!(capture.kind, "delegated admin relationships");
    assert_eq!((capture.system, capture.is_page), ("microsoft_graph", false));
    let [active, terminated, pending] = &capture.records.relationships[..] else {
        panic!("three relationships")
    };
    assert_eq!(active.status, "active");
    assert_eq!(active.customer_name.as_deref(), Some("Contoso Inc"));
    assert_eq!(active.duration, "P730D");
    assert_eq!(active.auto_extend_duration, "P180D");
    assert_eq!(active.created_at, at("2022-02-10T11:24:42.314826Z"));
    assert_eq!(active.ends_at, at("2024-02-10T11:24:42.314826Z"));
    assert_eq!(active.indirect_provider_tenant_id, None);
    assert_eq!((terminated.status, terminated.roles.len()), ("terminated", 2));
    assert_eq!((pending.status, pending.roles.len()), ("approval_pending", 9));
    assert_eq!((pending.activated_at, pending.ends_at), (None, None));
    assert!(pending.is_partner_consent_pending);
    let provider = id("60ea59db-a506-485e-94c5-d115f369e239");
    assert_eq!(pending.indirect_provider_tenant_id, Some(provider));
}

#[test]
fn documented_bodies_on_health_and_support_are_read_or_skipped_for_want_of_a_customer() {
    // Each with what it stores where the operator names no customer.
    for (bytes, kind, system, read, stored) in [
        (documented!("graph/health-overviews.list.json"), "service health overviews", MICROSOFT_GRAPH, 3, 0),
        (
            documented!("graph/service-health-issues.list.json"),
            "service health issues",
            MICROSOFT_GRAPH,
            1,
            0,
        ),
        (
            documented!("graph/service-management-details.list.json"),
            "service management details",
            MICROSOFT_GRAPH,
            4,
            4,
        ),
        (documented!("partner-center/service-requests.list.json"), "service requests", PARTNER_CENTER, 1, 0),
        (documented!("partner-center/service-request.get.json"), "service requests", PARTNER_CENTER, 1, 1),
    ] {
        let capture = plain(bytes);
        assert_eq!((capture.kind, capture.system), (kind, system));
        assert_eq!((capture.read, capture.skipped.len()), (read, read - stored), "{kind}");
        assert!(capture.skipped.iter().all(|s| s.reason == partner_center::NO_CUSTOMER), "{kind}");
        let records = capture.records;
        assert_eq!(records.management.len() + records.vendor_requests.len(), stored, "{kind}");
        assert!(records.statuses.is_empty() && records.incidents.is_empty(), "{kind}");
    }
}

#[test]
fn service_messages_are_recognised_by_their_address() {
    let capture = body(&json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#admin/serviceAnnouncement/messages",
        "value": [{ "id": "MC172851" }]
    }));
    assert_eq!((capture.kind, capture.skipped.len()), ("service messages", 1));
}

#[test]
fn untyped_bodies_on_health_and_support_are_told_by_their_members() {
    for (object, kind) in [
        (
            json!({ "id": "EX1", "service": "Exchange Online", "classification": "incident", "status": "x" }),
            "service health issues",
        ),
        (json!({ "id": "EX1", "impactDescription": "None." }), "service health issues"),
        (
            json!({ "id": "Exchange", "service": "Exchange Online", "status": "x" }),
            "service health overviews",
        ),
        (json!({ "id": "MC1", "actionRequiredByDateTime": null }), "service messages"),
        (json!({ "id": "MC1", "category": "x", "severity": "x", "services": [] }), "service messages"),
        (json!({ "Workload": "Exchange", "Incidents": [] }), "service incidents"),
        (json!({ "workload": "Exchange", "messageCenterMessages": null }), "service incidents"),
        (json!({ "workload": "Exchange", "status": 0 }), "service incidents"),
        (
            json!({ "id": "Exchange", "name": "Exchange", "groupName": "Office", "links": {} }),
            "managed services",
        ),
        (json!({ "id": "1", "severity": 1, "createdDate": "2015-11-24" }), "service requests"),
    ] {
        assert_eq!(body(&json!({ "value": [object] })).kind, kind, "{object}");
    }
}

#[test]
fn errors_are_told_last_and_only_where_they_are_the_whole_body() {
    for (value, system) in [
        (json!({ "error": { "code": "Forbidden", "message": "m" } }), MICROSOFT_GRAPH),
        (json!({ "code": "20002", "description": "d", "data": [], "source": "s" }), PARTNER_CENTER),
        (json!({ "statusCode": 429, "message": "Rate limit is exceeded." }), PARTNER_CENTER),
    ] {
        let capture = body(&value);
        assert_eq!((capture.kind, capture.system), ("service health error", system), "{value}");
        assert!(capture.is_page, "it shows nothing of what there is");
    }
    for value in [
        json!({ "value": [{ "code": "20002", "description": "d" }] }),
        json!({ "id": "a", "code": "DE", "description": "Germany" }),
        json!({ "error": "invalid_grant", "error_description": "of the token service" }),
    ] {
        assert!(read(value.to_string().as_bytes(), &Context::default()).is_err(), "{value}");
    }
    let mut customer = customer(A, "Contoso");
    customer["error"] = json!({ "code": "Forbidden" });
    assert_eq!(body(&customer).kind, "customers");
}

#[test]
fn byte_order_mark_is_no_obstacle() {
    let mut bytes = b"\xEF\xBB\xBF".to_vec();
    bytes.extend_from_slice(documented!("partner-center/customers.list.json"));
    assert_eq!(plain(&bytes).records.customers.len(), 2);
}

#[test]
fn utf_16_is_refused_with_advice() {
    let error = read(b"\xFF\xFE{\0}\0", &Context::default()).unwrap_err();
    assert!(error.reason.contains("UTF-8"), "{error}");
}

#[test]
fn syntax_error_has_line_and_column() {
    let error = read(b"{\n  \"items\": [1,]\n}", &Context::default()).unwrap_err();
    assert!(error.place.starts_with("line 2, column "), "{error}");
    assert!(error.reason.starts_with("is not JSON: "), "{error}");
    assert!(!error.reason.contains("line 2"), "{error}");
}

#[test]
fn empty_body_is_refused() {
    assert!(read(b"", &Context::default()).is_err());
}

#[test]
fn deep_nesting_is_refused() {
    let deep = "[".repeat(10_000);
    let error = read(deep.as_bytes(), &Context::default()).unwrap_err();
    assert!(error.reason.contains("recursion"), "{error}");
}

#[test]
fn body_over_the_size_limit_is_refused() {
    let bytes = vec![b' '; MAX_BODY_BYTES + 1];
    let error = read(&bytes, &Context::default()).unwrap_err();
    assert_eq!(error.reason, "is larger than 64 MiB");
}

#[test]
fn unknown_body_is_refused_by_its_first_members_and_what_is_expected() {
    let long = "x".repeat(100);
    let value = json!({ "a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "zzzz": 1 });
    let error = read(value.to_string().as_bytes(), &Context::default()).unwrap_err();
    assert!(error.reason.contains("has a, b, c, d, e, …; expected"), "{error}");
    assert!(error.reason.contains("delegatedAdminRelationships"), "{error}");
    let value = json!({ "value": [{ (long.as_str()): 1 }] });
    let error = read(value.to_string().as_bytes(), &Context::default()).unwrap_err();
    assert!(error.reason.contains("value[0] has xxx"), "{error}");
    assert!(!error.reason.contains(&long), "{error}");
}

#[test]
fn bodies_that_are_no_object_are_refused() {
    for text in ["[]", "null", "7", "\"customers\""] {
        assert!(read(text.as_bytes(), &Context::default()).is_err(), "{text}");
    }
}

#[test]
fn unknown_members_do_no_harm() {
    let mut value = customer(A, "Contoso");
    value["futureMember"] = json!({ "deep": [1, { "x": null }] });
    assert_eq!(body(&value).records.customers.len(), 1);
}

#[test]
fn entries_that_are_no_objects_are_skipped_with_their_place() {
    let capture = body(&json!({ "items": [customer(A, "Contoso"), null, "x"] }));
    assert_eq!((capture.read, capture.records.customers.len()), (3, 1));
    let places: Vec<_> = capture.skipped.iter().map(|s| s.place.as_str()).collect();
    assert_eq!(places, ["items[1]", "items[2]"]);
}

#[test]
fn object_of_another_type_in_a_list_is_skipped() {
    let mut stranger = customer(B, "Fabrikam");
    stranger["attributes"] = json!({ "objectType": "Subscription" });
    let mut own = customer(A, "Contoso");
    own["attributes"] = json!({ "objectType": "Customer" });
    let capture = body(&json!({ "items": [own, stranger] }));
    assert_eq!(capture.records.customers.len(), 1);
    assert_eq!(capture.skipped[0].place, "items[1]");
}

#[test]
fn first_of_two_with_one_id_is_kept_and_the_other_reported() {
    let items = [customer(A, "First"), customer(&A.to_uppercase(), "Second"), customer(B, "Third")];
    let capture = body(&json!({ "items": items }));
    let names: Vec<_> = capture.records.customers.iter().map(|c| c.name.as_deref()).collect();
    assert_eq!(names, [Some("First"), Some("Third")]);
    let [skipped] = &capture.skipped[..] else { panic!("one skipped") };
    assert_eq!(skipped.place, "items[1]");
    assert_eq!(skipped.reason, "appears twice; items[0] is kept");
}

#[test]
fn later_modified_of_two_with_one_id_is_kept() {
    let relationship = |modified: &str, status: &str| {
        json!({
            "id": A, "duration": "P1D", "accessDetails": {},
            "lastModifiedDateTime": modified, "status": status
        })
    };
    let capture = body(&json!({ "value": [
        relationship("2022-01-01T00:00:00Z", "active"),
        relationship("2022-01-03T00:00:00Z", "terminated"),
        relationship("2022-01-02T00:00:00Z", "expiring")
    ] }));
    assert_eq!(capture.records.relationships.len(), 1);
    assert_eq!(capture.records.relationships[0].status, "terminated");
    let places: Vec<_> = capture.skipped.iter().map(|s| s.place.as_str()).collect();
    assert_eq!(places, ["value[0]", "value[2]"]);
}

#[test]
fn list_that_says_there_is_more_is_a_page() {
    let items = json!([customer(A, "Contoso")]);
    let next = json!({ "next": { "uri": "/customers?seekOperation=Next" } });
    let filtered = json!({ "self": { "uri": "/v1/customers?size=40&filter=%7B%7D" } });
    for value in [
        json!({ "items": items, "totalCount": 2 }),
        json!({ "items": items, "totalCount": "2" }),
        json!({ "items": items, "links": next }),
        json!({ "items": items, "links": filtered }),
        json!({ "value": items, "@odata.nextLink": "https://graph.microsoft.com/v1.0/x" }),
        json!({ "value": items, "@odata.count": 2 }),
    ] {
        assert!(body(&value).is_page, "{value}");
    }
    for value in [
        json!({ "items": items, "totalCount": 1, "links": { "next": null } }),
        json!({ "value": items, "@odata.nextLink": null }),
    ] {
        assert!(!body(&value).is_page, "{value}");
    }
}

#[test]
fn empty_list_has_the_kind_of_its_address() {
    for (value, kind) in [
        (json!({ "items": [], "links": { "self": { "uri": "/v1/customers?size=40" } } }), "customers"),
        (
            json!({ "items": [], "links": { "self": { "uri": format!("/customers/{A}/subscriptions") } } }),
            "subscriptions",
        ),
        (
            json!({ "value": [], "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#contracts" }),
            "contracts",
        ),
        (json!({ "items": [], "totalCount": 0 }), "empty list"),
        (json!({ "items": null, "attributes": { "objectType": "Collection" } }), "empty list"),
    ] {
        let capture = body(&value);
        assert_eq!((capture.kind, capture.read), (kind, 0), "{value}");
        assert!(!capture.is_page);
    }
}

#[test]
fn addresses_tell_the_kind_by_their_last_word() {
    for (address, kind) in [
        (
            "https://x/$metadata#tenantRelationships/delegatedAdminRelationships/$entity",
            Some(Kind::Relationships),
        ),
        ("https://x/$metadata#delegatedAdminRelationships(id,status)", Some(Kind::Relationships)),
        ("https://x/$metadata#delegatedAdminRelationships('a/b')/accessAssignments", Some(Kind::Assignments)),
        ("https://x/$metadata#directory/subscriptions", Some(Kind::CompanySubscriptions)),
        ("https://x/$metadata#subscriptions", None),
        ("https://x/$metadata#users('a')/messages", None),
        ("/v1/customers/a/relationships", Some(Kind::CustomerPartners)),
        ("/v1/relationships?relationship_type=IsIndirectResellerOf", Some(Kind::Partnerships)),
        ("/customers/eebd1b55-5360-4438-a11d-5c06918c3014", None),
        ("/v1/customers/a/managedservices", Some(Kind::ManagedServices)),
        ("/v1/customers/a/servicerequests?size=10", Some(Kind::ServiceRequests)),
        ("/v1/serviceincidents/office", Some(Kind::ServiceIncidents)),
        ("/v1/files/office", None),
        (
            "https://x/$metadata#admin/serviceAnnouncement/healthOverviews(issues())",
            Some(Kind::HealthOverviews),
        ),
        (
            "https://x/$metadata#admin/serviceAnnouncement/healthOverviews('Exchange')/issues",
            Some(Kind::HealthIssues),
        ),
    ] {
        assert_eq!(Kind::of_address(address), kind, "{address}");
    }
}

#[test]
fn webhook_subscription_of_graph_is_not_taken_for_a_customers() {
    let value =
        json!({ "value": [{ "@odata.type": "#microsoft.graph.subscription", "id": A, "resource": "me" }] });
    assert!(read(value.to_string().as_bytes(), &Context::default()).is_err());
}
