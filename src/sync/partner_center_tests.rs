#![allow(clippy::unwrap_used)]

use crate::customers::record::{CustomerRecord, RelationKind};
use crate::subscriptions::record::SubscriptionRecord;
use crate::sync::{Capture, Context, recognise};
use serde_json::{Value, json};

const CUSTOMER: &str = "954ca09a-1132-4088-bb58-30438dea2756";
const OTHER: &str = "eebd1b55-5360-4438-a11d-5c06918c3014";
const PARTNER: &str = "484e548c-f5f3-4528-93a9-c16c6373cb59";
const SUBSCRIPTION: &str = "924671ba-eab9-45d7-95ed-dbd9477f182b";

fn capture_with(body: &Value, context: &Context) -> Capture {
    recognise::read(body.to_string().as_bytes(), context).unwrap()
}

fn capture(body: &Value) -> Capture {
    capture_with(body, &Context::default())
}

fn changed(mut body: Value, change: &Value) -> Value {
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn customer_body(change: Value) -> Value {
    let body = json!({
        "id": CUSTOMER,
        "companyProfile": { "tenantId": CUSTOMER, "domain": "Contoso.com", "companyName": "Contoso" },
        "relationshipToPartner": "reseller",
        "attributes": { "objectType": "Customer" }
    });
    json!({ "items": [changed(body, &change)] })
}

fn customer(change: Value) -> CustomerRecord {
    let mut capture = capture(&customer_body(change));
    assert!(capture.skipped.is_empty(), "{:?}", capture.skipped);
    capture.records.customers.remove(0)
}

fn subscription_body(change: Value) -> Value {
    let body = json!({
        "id": SUBSCRIPTION.to_uppercase(),
        "quantity": 1,
        "status": "active",
        "links": { "self": { "uri": format!("/customers/{CUSTOMER}/subscriptions/{SUBSCRIPTION}") } },
        "attributes": { "objectType": "Subscription" }
    });
    json!({ "items": [changed(body, &change)] })
}

fn subscription(change: Value) -> SubscriptionRecord {
    let mut capture = capture(&subscription_body(change));
    assert!(capture.skipped.is_empty(), "{:?}", capture.skipped);
    capture.records.subscriptions.remove(0)
}

fn relationship(change: Value) -> Value {
    let body = json!({
        "id": PARTNER,
        "name": "First Up Consultants",
        "relationshipType": "is_indirect_cloud_solution_provider_of",
        "state": "Active",
        "mpnId": 4847383,
        "location": "US",
        "attributes": { "objectType": "PartnerRelationship" }
    });
    json!({ "items": [changed(body, &change)] })
}

fn for_customer(id: &str) -> Context {
    Context { customer_tenant_id: Some(id.parse().unwrap()), ..Context::default() }
}

fn for_reseller(id: &str) -> Context {
    Context { reseller_tenant_id: Some(id.parse().unwrap()), ..Context::default() }
}

#[test]
fn relation_is_read_as_word_and_as_number() {
    for (said, relation) in [
        (json!("Reseller"), Some(RelationKind::Reseller)),
        (json!(1), Some(RelationKind::Reseller)),
        (json!(2), Some(RelationKind::Advisor)),
        (json!("syndication"), Some(RelationKind::Syndication)),
        (json!("microsoftSupport"), Some(RelationKind::MicrosoftSupport)),
        (json!("microsoft_support"), Some(RelationKind::MicrosoftSupport)),
        (json!(5), Some(RelationKind::None)),
        (json!("none"), Some(RelationKind::None)),
        (json!(0), None),
        (json!(null), None),
        (json!("Friend"), Some(RelationKind::Other("Friend".to_owned()))),
    ] {
        let record = customer(json!({ "relationshipToPartner": said }));
        assert_eq!(record.relation, relation, "{said}");
    }
}

#[test]
fn company_details_that_are_not_said_are_absent_not_empty() {
    assert_eq!(customer(json!({})).company, None);
}

#[test]
fn customer_domains_are_lower_case() {
    let record = customer(json!({ "customDomains": ["Contoso.com", "CONTOSO.de"] }));
    assert_eq!(record.primary_domain.as_deref(), Some("contoso.com"));
    assert_eq!(record.domains, ["contoso.com", "contoso.de"]);
}

#[test]
fn customer_without_any_id_is_skipped_with_its_place() {
    let profile = json!({ "tenantId": "<guid>", "companyName": "Contoso" });
    let capture = capture(&customer_body(json!({ "id": "<guid>", "companyProfile": profile })));
    assert!(capture.records.customers.is_empty());
    assert_eq!(capture.skipped[0].place, "items[0].id");
}

#[test]
fn customer_with_two_tenants_is_skipped() {
    let capture = capture(&customer_body(json!({ "id": OTHER })));
    assert!(capture.records.customers.is_empty());
    assert_eq!(capture.skipped.len(), 1);
}

#[test]
fn reseller_of_a_customer_is_said_by_the_body_or_the_operator() {
    let said = customer(json!({ "associatedPartnerId": PARTNER }));
    assert_eq!(said.reseller_tenant_id.unwrap().to_string(), PARTNER);
    let given = capture_with(&customer_body(json!({})), &for_reseller(PARTNER));
    let given = given.records.customers[0].reseller_tenant_id;
    assert_eq!(given.unwrap().to_string(), PARTNER);
}

#[test]
fn customer_of_another_reseller_than_the_operators_is_skipped() {
    let body = customer_body(json!({ "associatedPartnerId": OTHER }));
    let capture = capture_with(&body, &for_reseller(PARTNER));
    assert!(capture.records.customers.is_empty());
    assert_eq!(capture.skipped[0].place, "items[0].associatedPartnerId");
}

#[test]
fn subscription_statuses_are_read_as_word_and_as_number() {
    for (said, status, raw) in [
        (json!("Active"), "active", None),
        (json!(0), "none", None),
        (json!(1), "active", None),
        (json!("2"), "suspended", None),
        (json!(3), "deleted", None),
        (json!(4), "expired", None),
        (json!(5), "pending", None),
        (json!(6), "disabled", None),
        (json!(7), "other", Some("7")),
        (json!("Paused"), "other", Some("Paused")),
        (json!(""), "other", None),
    ] {
        let record = subscription(json!({ "status": said }));
        assert_eq!((record.status, record.status_raw.as_deref()), (status, raw), "{said}");
    }
}

#[test]
fn billing_cycles_are_normalised() {
    for (said, cycle) in [
        (json!("Monthly"), Some("monthly")),
        (json!(2), Some("annual")),
        (json!(3), Some("none")),
        (json!("OneTime"), Some("one_time")),
        (json!(5), Some("triennial")),
        (json!("Biennial"), Some("biennial")),
        (json!(0), None),
        (json!(null), None),
    ] {
        let record = subscription(json!({ "billingCycle": said }));
        assert_eq!(record.billing_cycle.as_deref(), cycle, "{said}");
    }
}

#[test]
fn ends_are_read_under_both_names() {
    let short = subscription(json!({
        "commitmentEndDate": "2024-10-14T00:00:00Z", "billingCycleEndDate": "2022-10-14T00:00:00Z"
    }));
    let long = subscription(json!({
        "commitmentEndDateTime": "2024-10-14T00:00:00Z", "billingCycleEndDateTime": "2022-10-14T00:00:00Z"
    }));
    assert!(short.commitment_ends_at.is_some() && short.billing_cycle_ends_at.is_some());
    assert_eq!(short, long);
}

#[test]
fn open_ended_commitment_has_no_end() {
    let record = subscription(json!({ "commitmentEndDate": "9999-12-14T00:00:00Z" }));
    assert_eq!(record.commitment_ends_at, None);
}

#[test]
fn instructions_and_refunds_are_kept_as_compact_json() {
    let record = subscription(json!({
        "scheduledNextTermInstructions": { "quantity": 3 },
        "nextChargeInstructions": null,
        "refundOptions": [{ "type": "Full" }],
        "refundableQuantity": { "totalQuantity": 1 },
        "actions": ["edit", "cancel"],
        "suspensionReasons": []
    }));
    assert_eq!(record.scheduled_next_term.as_deref(), Some(r#"{"quantity":3}"#));
    assert_eq!(record.next_charge, None);
    assert_eq!(record.refund_options.as_deref(), Some(r#"[{"type":"Full"}]"#));
    assert_eq!(record.refundable_quantity.as_deref(), Some(r#"{"totalQuantity":1}"#));
    assert_eq!(record.actions.as_deref(), Some(r#"["edit","cancel"]"#));
    assert_eq!(record.suspension_reasons, None);
}

#[test]
fn product_type_is_read_from_object_and_from_text() {
    for said in [json!({ "id": "Software", "displayName": "S" }), json!("Software")] {
        let record = subscription(json!({ "productType": said }));
        assert_eq!(record.product_type.as_deref(), Some("Software"));
    }
}

#[test]
fn unset_parent_is_none() {
    let nil = "00000000-0000-0000-0000-000000000000";
    assert_eq!(subscription(json!({ "parentSubscriptionId": nil })).parent_external_id, None);
}

#[test]
fn quantity_may_be_text_and_may_be_absent() {
    assert_eq!(subscription(json!({ "quantity": "5" })).quantity, 5);
    assert_eq!(subscription(json!({ "quantity": null })).quantity, 0);
}

#[test]
fn subscription_with_an_impossible_quantity_is_skipped() {
    for quantity in [json!(-1), json!(1.5), json!("few")] {
        let capture = capture(&subscription_body(json!({ "quantity": quantity })));
        assert!(capture.records.subscriptions.is_empty());
        assert_eq!(capture.skipped[0].place, "items[0].quantity");
    }
}

#[test]
fn subscription_ids_are_lower_case() {
    assert_eq!(subscription(json!({})).external_id, SUBSCRIPTION);
}

#[test]
fn customer_of_a_subscription_comes_from_the_list_where_the_item_is_silent() {
    let mut body = subscription_body(json!({ "links": null }));
    body["links"] = json!({ "self": { "uri": format!("/v1/customers/{CUSTOMER}/subscriptions?size=5") } });
    let capture = capture(&body);
    assert_eq!(capture.records.subscriptions[0].customer_tenant_id.to_string(), CUSTOMER);
}

#[test]
fn customer_of_a_subscription_comes_from_the_operator_where_the_body_is_silent() {
    let body = subscription_body(json!({ "links": { "self": { "uri": "/subscriptions?key=<key>" } } }));
    let capture = capture_with(&body, &for_customer(CUSTOMER));
    assert_eq!(capture.records.subscriptions[0].customer_tenant_id.to_string(), CUSTOMER);
}

#[test]
fn subscription_of_nobody_is_skipped_and_the_operator_told_how() {
    let capture = capture(&subscription_body(json!({ "links": null })));
    assert!(capture.records.subscriptions.is_empty());
    assert_eq!(capture.skipped[0].place, "items[0]");
    assert_eq!(capture.skipped[0].reason, super::NO_CUSTOMER);
}

#[test]
fn subscription_of_another_customer_than_the_operators_is_skipped() {
    let capture = capture_with(&subscription_body(json!({})), &for_customer(OTHER));
    assert!(capture.records.subscriptions.is_empty());
    assert!(capture.skipped[0].reason.contains(CUSTOMER));
}

#[test]
fn relationship_type_is_read_in_every_writing() {
    for (said, provider) in [
        (json!("is_indirect_cloud_solution_provider_of"), false),
        (json!("IsIndirectCloudSolutionProviderOf"), false),
        (json!(1), false),
        (json!("is_indirect_reseller_of"), true),
        (json!("IsIndirectResellerOf"), true),
        (json!(0), true),
    ] {
        let capture = capture(&relationship(json!({ "relationshipType": said })));
        let record = &capture.records.partnerships[0];
        assert_eq!(record.partner_is_provider, provider, "{said}");
        let kind = if provider { "indirect_provider" } else { "indirect_reseller" };
        assert_eq!(record.partner.kind, Some(kind));
        assert_eq!(record.partner.mpn_id.as_deref(), Some("4847383"));
    }
}

#[test]
fn relationship_of_an_unknown_type_is_skipped() {
    let capture = capture(&relationship(json!({ "relationshipType": "is_friend_of" })));
    assert!(capture.records.partnerships.is_empty());
    assert_eq!(capture.skipped[0].place, "items[0].relationshipType");
}

#[test]
fn partnership_states_other_than_active_keep_their_word() {
    for (said, state, raw) in [
        (json!("active"), "active", None),
        (json!(null), "active", None),
        (json!("Suspended"), "other", Some("Suspended")),
    ] {
        let capture = capture(&relationship(json!({ "state": said })));
        let record = &capture.records.partnerships[0];
        assert_eq!((record.state, record.state_raw.as_deref()), (state, raw));
    }
}

#[test]
fn relationships_of_a_customer_are_told_apart_by_their_link() {
    let mut body = relationship(json!({}));
    body["links"] = json!({ "self": { "uri": format!("/customers/{CUSTOMER}/relationships") } });
    let capture = capture(&body);
    assert!(capture.records.partnerships.is_empty(), "no evidence of a live partnership");
    let record = &capture.records.indirect[0];
    assert_eq!(record.customer_tenant_id.to_string(), CUSTOMER);
    assert_eq!(record.partner_tenant_id.to_string(), PARTNER);
    assert!(!record.partner_is_provider);
}

#[test]
fn support_contact_without_a_subscription_is_skipped() {
    let capture = capture(&json!({
        "supportTenantId": PARTNER,
        "links": { "self": { "uri": "/customers/{customer-id}/subscriptions/{subscription-id}/supportcontact" } }
    }));
    assert!(capture.records.support_contacts.is_empty());
    assert_eq!(capture.skipped[0].place, "body");
}
