#![allow(clippy::unwrap_used)]

use super::relationship_in;
use crate::customers::record::RelationKind;
use crate::sync::{Capture, Context, recognise};
use serde_json::{Value, json};

const TENANT: &str = "52eaad04-13a2-4a2f-9ce8-93a294fadf36";
const PARTNER: &str = "331af819-4e0b-49f7-a6bf-14e1165ad3a0";
const LINK: &str = "72a7ae7e-4887-4e34-9755-2e1e9b26b943-63f017cb-9e0d-4f14-94bd-4871902b3409";

fn capture_with(body: &Value, context: &Context) -> Capture {
    recognise::read(body.to_string().as_bytes(), context).unwrap()
}

fn capture(body: &Value) -> Capture {
    capture_with(body, &Context::default())
}

fn relationship(change: Value) -> Value {
    let mut body = json!({
        "@odata.type": "#microsoft.graph.delegatedAdminRelationship",
        "id": LINK,
        "displayName": "Contoso",
        "duration": "P730D",
        "customer": { "tenantId": TENANT, "displayName": "Contoso Inc" },
        "accessDetails": { "unifiedRoles": [{ "roleDefinitionId": "F023FD81-A637-4B56-95FD-791AC0226033" }] },
        "status": "active",
    });
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn assignment() -> Value {
    json!({
        "@odata.type": "#microsoft.graph.delegatedAdminAccessAssignment",
        "@odata.etag": "W/\"JyI=\"",
        "id": "84C586DF-0943-416e-b95f-7289cb8d3bd5",
        "status": "active",
        "createdDateTime": "2022-03-07T22:55:18.6780449Z",
        "accessContainer": {
            "accessContainerId": "227a2f44-2682-4831-a021-f8d69a34bcba",
            "accessContainerType": "securityGroup"
        },
        "accessDetails": { "unifiedRoles": [
            { "roleDefinitionId": "f2ef992c-3afb-46b9-b7cf-a126ee74c451" },
            { "roleDefinitionId": "F2EF992C-3AFB-46B9-B7CF-A126EE74C451" }
        ] }
    })
}

fn assignments(address: &str) -> Value {
    json!({
        "@odata.context": format!("https://graph.microsoft.com/v1.0/$metadata#{address}"),
        "value": [assignment()]
    })
}

fn company_subscription(status: &str) -> Value {
    json!({ "value": [{
        "createdDateTime": "2023-01-01T00:00:00Z",
        "commerceSubscriptionId": "F9C1EA2D-2c6e-4717-8c3b-7130812d70ba",
        "id": "860697e3-b0aa-4196-a6c6-7ec361ed58f7",
        "isTrial": false,
        "skuPartNumber": "MyPartNumber",
        "status": status,
        "totalLicenses": 25,
        "ownerTenantId": PARTNER
    }] })
}

fn for_customer() -> Context {
    Context { customer_tenant_id: Some(TENANT.parse().unwrap()), ..Context::default() }
}

#[test]
fn one_relationship_without_context_is_recognised() {
    let capture = capture(&relationship(json!({ "@odata.type": null })));
    assert_eq!(capture.kind, "delegated admin relationships");
    assert_eq!(capture.read, 1);
    assert!(capture.is_page, "one object is not the whole list");
    let record = &capture.records.relationships[0];
    assert_eq!(record.external_id, LINK);
    assert_eq!(record.roles, ["f023fd81-a637-4b56-95fd-791ac0226033"]);
    assert_eq!(record.auto_extend_duration, "PT0S");
    assert!(!record.is_partner_consent_pending);
}

#[test]
fn every_documented_status_is_known() {
    for (word, code) in [
        ("created", "created"),
        ("approvalPending", "approval_pending"),
        ("Approved", "approved"),
        ("activating", "activating"),
        ("active", "active"),
        ("expiring", "expiring"),
        ("expired", "expired"),
        ("terminationRequested", "termination_requested"),
        ("terminating", "terminating"),
        ("Terminated", "terminated"),
    ] {
        let capture = capture(&relationship(json!({ "status": word })));
        assert_eq!(capture.records.relationships[0].status, code);
        assert_eq!(capture.records.relationships[0].status_raw, None);
    }
}

#[test]
fn unknown_relationship_status_is_other_and_never_active() {
    let capture = capture(&relationship(json!({ "status": "unknownFutureValue" })));
    let record = &capture.records.relationships[0];
    assert_eq!(record.status, "other");
    assert_eq!(record.status_raw.as_deref(), Some("unknownFutureValue"));
}

#[test]
fn relationship_without_customer_or_name_is_kept() {
    let change = json!({ "customer": null, "displayName": "", "activatedDateTime": "" });
    let capture = capture(&relationship(change));
    let record = &capture.records.relationships[0];
    assert_eq!(record.customer_tenant_id, None);
    assert_eq!(record.display_name, LINK);
    assert_eq!(record.activated_at, None);
}

#[test]
fn relationship_with_an_unreadable_end_is_skipped_not_endless() {
    let capture = capture(&json!({ "value": [relationship(json!({ "endDateTime": "soon" }))] }));
    assert!(capture.records.relationships.is_empty());
    assert_eq!(capture.skipped[0].place, "value[0].endDateTime");
}

#[test]
fn relationship_with_a_placeholder_role_is_skipped() {
    let details = json!({ "unifiedRoles": [{ "roleDefinitionId": "<guid>" }] });
    let capture = capture(&json!({ "value": [relationship(json!({ "accessDetails": details }))] }));
    assert!(capture.records.relationships.is_empty());
    let place = "value[0].accessDetails.unifiedRoles[0].roleDefinitionId";
    assert_eq!(capture.skipped[0].place, place);
}

#[test]
fn assignments_take_their_relationship_from_the_address() {
    for address in [
        format!("tenantRelationships/delegatedAdminRelationships('{LINK}')/accessAssignments"),
        format!("delegatedAdminRelationships/{LINK}/accessAssignments"),
        format!("DelegatedAdminRelationships/{}/accessAssignments", LINK.to_uppercase()),
    ] {
        let capture = capture(&assignments(&address));
        assert_eq!(capture.kind, "access assignments");
        let record = &capture.records.assignments[0];
        assert_eq!(record.relationship_external_id, LINK);
        assert_eq!(record.external_id, "84c586df-0943-416e-b95f-7289cb8d3bd5");
        assert_eq!(record.group_object_id.to_string(), "227a2f44-2682-4831-a021-f8d69a34bcba");
        assert_eq!(record.roles, ["f2ef992c-3afb-46b9-b7cf-a126ee74c451"]);
        assert_eq!(record.status, "active");
        assert!(record.etag.is_some());
    }
}

#[test]
fn one_assignment_takes_its_relationship_from_its_own_address() {
    let mut body = assignment();
    body["@odata.context"] = json!(format!(
        "https://graph.microsoft.com/v1.0/$metadata#tenantRelationships/delegatedAdminRelationships('{LINK}')/accessAssignments/$entity"
    ));
    let capture = capture(&body);
    assert_eq!(capture.records.assignments[0].relationship_external_id, LINK);
}

#[test]
fn assignments_take_their_relationship_from_the_operator() {
    let given = Context { relationship_id: Some(LINK.to_uppercase()), ..Context::default() };
    let capture = capture_with(&assignments("accessAssignments"), &given);
    assert_eq!(capture.records.assignments[0].relationship_external_id, LINK);
}

#[test]
fn assignments_without_a_relationship_are_skipped() {
    let capture = capture(&assignments("accessAssignments"));
    assert!(capture.records.assignments.is_empty());
    assert!(capture.skipped[0].reason.contains("--relationship"));
}

#[test]
fn assignments_of_another_relationship_than_the_operators_are_skipped() {
    let given = Context { relationship_id: Some("another".to_owned()), ..Context::default() };
    let address = format!("delegatedAdminRelationships('{LINK}')/accessAssignments");
    let capture = capture_with(&assignments(&address), &given);
    assert!(capture.records.assignments.is_empty());
    assert_eq!(capture.skipped.len(), 1);
}

#[test]
fn assignment_to_anything_but_a_security_group_is_skipped() {
    let mut body = assignments(&format!("delegatedAdminRelationships('{LINK}')/accessAssignments"));
    body["value"][0]["accessContainer"]["accessContainerType"] = json!("unknownFutureValue");
    let capture = capture(&body);
    assert!(capture.records.assignments.is_empty());
    assert_eq!(capture.skipped[0].place, "value[0].accessContainer.accessContainerType");
}

#[test]
fn addresses_name_a_relationship_only_by_its_id() {
    assert_eq!(relationship_in("#delegatedAdminRelationships('a-b')/accessAssignments"), Some("a-b"));
    assert_eq!(relationship_in("#delegatedAdminRelationships"), None);
    assert_eq!(relationship_in("#delegatedAdminRelationships/$entity"), None);
    assert_eq!(relationship_in("#delegatedAdminRelationships(id,status)"), None);
    assert_eq!(relationship_in("#delegatedAdminRelationships/<id>/accessAssignments"), None);
}

#[test]
fn delegated_customers_say_a_name_and_no_relation() {
    let capture = capture(&json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/tenantRelationships/$metadata#delegatedAdminCustomers",
        "value": [{ "id": TENANT, "displayName": "Contoso Inc" }]
    }));
    assert_eq!(capture.kind, "delegated admin customers");
    let record = &capture.records.customers[0];
    assert_eq!(record.tenant_id.to_string(), TENANT);
    assert_eq!(record.name.as_deref(), Some("Contoso Inc"));
    assert_eq!(record.relation, None);
}

#[test]
fn contract_types_are_relations() {
    for (word, relation) in [
        ("ResellerPartner", RelationKind::Reseller),
        ("BreadthPartner", RelationKind::Advisor),
        ("syndicationPartner", RelationKind::Syndication),
        ("Barter", RelationKind::Other("Barter".to_owned())),
    ] {
        let capture = capture(&json!({ "value": [{
            "contractType": word,
            "customerId": TENANT.to_uppercase(),
            "defaultDomainName": "Contoso.onmicrosoft.com",
            "displayName": "Contoso",
            "id": "f8af90ff-8bb8-4726-acde-4f4a9f1c5d6e"
        }] }));
        assert_eq!(capture.kind, "contracts");
        let record = &capture.records.customers[0];
        assert_eq!(record.tenant_id.to_string(), TENANT);
        assert_eq!(record.relation, Some(relation));
        assert_eq!(record.primary_domain.as_deref(), Some("contoso.onmicrosoft.com"));
    }
}

#[test]
fn contract_examples_with_placeholders_are_skipped() {
    let capture = capture(&json!({ "value": [{
        "contractType": "contractType-value",
        "customerId": "customerId-value",
        "id": "id-value"
    }] }));
    assert!(capture.records.customers.is_empty());
    assert_eq!(capture.skipped[0].place, "value[0].customerId");
}

#[test]
fn company_subscription_belongs_to_the_operators_customer_and_names_its_seller() {
    let capture = capture_with(&company_subscription("Enabled"), &for_customer());
    assert_eq!((capture.kind, capture.system), ("company subscriptions", "microsoft_graph"));
    let record = &capture.records.subscriptions[0];
    assert_eq!(record.customer_tenant_id.to_string(), TENANT);
    assert_eq!(record.external_id, "f9c1ea2d-2c6e-4717-8c3b-7130812d70ba");
    assert_eq!(record.offer_name.as_deref(), Some("MyPartNumber"));
    assert_eq!(record.quantity, 25);
    assert_eq!(record.seller_tenant_id.unwrap().to_string(), PARTNER);
    assert_eq!((record.status, record.is_trial), ("active", Some(false)));
}

#[test]
fn company_subscription_without_customer_is_skipped() {
    let capture = capture(&company_subscription("Enabled"));
    assert!(capture.records.subscriptions.is_empty());
    assert!(capture.skipped[0].reason.contains("--customer"));
}

#[test]
fn company_statuses_that_partner_center_does_not_name_stay_their_own_word() {
    for (word, status, raw) in [
        ("Suspended", "suspended", None),
        ("deleted", "deleted", None),
        ("Warning", "other", Some("Warning")),
        ("LockedOut", "other", Some("LockedOut")),
    ] {
        let capture = capture_with(&company_subscription(word), &for_customer());
        let record = &capture.records.subscriptions[0];
        assert_eq!((record.status, record.status_raw.as_deref()), (status, raw));
    }
}
