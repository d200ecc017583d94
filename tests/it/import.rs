//! Captured bodies brought in the name of a partner: what is stored and reported, and what is never touched.

use crate::harness::{NOW, TestApp};
use crate::rules::facts::{EVERYTHING, finds, group, partner_tenant, relationships_of, source, tenant};
use entity::{PartnerId, Timestamp};
use partner_gateway::db::sql::Sql;
use partner_gateway::db::{Db, derive, execute};
use partner_gateway::demo;
use partner_gateway::error::Result;
use partner_gateway::sync::Context;
use partner_gateway::sync::import::{Import, Read, Report, read};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use uuid::Uuid;

const CAPTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/captures");

/// Bodies on health name no customer; the operator does.
const NO_CUSTOMER: &str = "does not say which customer";

/// Each documented body: what it is recognised as, objects read and stored, and why the others are skipped.
static DOCUMENTED: [(&str, &str, usize, usize, &str); 14] = [
    ("graph/delegated-admin-relationships.list.json", "delegated admin relationships", 3, 3, ""),
    ("graph/health-overviews.list.json", "service health overviews", 3, 0, NO_CUSTOMER),
    ("graph/service-health-issues.list.json", "service health issues", 1, 0, NO_CUSTOMER),
    ("graph/service-management-details.list.json", "service management details", 4, 4, ""),
    ("partner-center/customer-relationships.list.json", "partner relationships", 1, 1, ""),
    ("partner-center/customer.get.json", "customers", 1, 1, ""),
    ("partner-center/customers-of-reseller.list.json", "customers", 2, 2, ""),
    ("partner-center/customers.list.json", "customers", 2, 2, ""),
    ("partner-center/indirect-resellers.list.json", "partner relationships", 2, 2, ""),
    ("partner-center/service-request.get.json", "service requests", 1, 1, ""),
    ("partner-center/service-requests.list.json", "service requests", 1, 0, NO_CUSTOMER),
    (
        "partner-center/subscription-support-contact.get.json",
        "subscription support contact",
        1,
        0,
        "its subscription is not known",
    ),
    ("partner-center/subscriptions.list.json", "subscriptions", 1, 0, NO_CUSTOMER),
    ("partner-center/subscriptions.list.new-commerce.json", "subscriptions", 1, 1, ""),
];

pub fn captured(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(CAPTURES).join(name)).unwrap()
}

/// In the name of a partner, of pages.
pub async fn importer(test: &TestApp, partner: &str) -> Import {
    Import { source: source(test, partner).await, context: Context::default(), is_complete: false }
}

async fn store(test: &TestApp, import: &Import, body: Read) -> Result<Report> {
    body.store(test.db(), import, NOW, NOW).await
}

/// Brings one body in.
pub async fn bring(test: &TestApp, import: &Import, bytes: &[u8]) -> Report {
    let body = read(bytes, &import.context).unwrap();
    store(test, import, body).await.unwrap()
}

/// Brings all documented bodies in, in the order that the command takes, and checks each report.
async fn bring_all(test: &TestApp, partner: &str) {
    let import = importer(test, partner).await;
    let mut bodies: Vec<_> =
        DOCUMENTED.iter().map(|file| (read(&captured(file.0), &import.context).unwrap(), file)).collect();
    bodies.sort_by_key(|(body, _)| body.rank());
    for (body, (file, kind, objects, stored, why)) in bodies {
        let report = store(test, &import, body).await.unwrap();
        let found = (report.kind, report.read, report.stored, report.skipped.len());
        assert_eq!(found, (*kind, *objects, *stored, objects - stored), "{file} by {partner}: {report:?}");
        for (place, reason) in &report.skipped {
            assert!(!place.is_empty() && reason.contains(why), "{file} by {partner}: {place}: {reason}");
        }
    }
}

/// The rows of one table, those of one source left out, as texts in their order.
async fn rows<M: FromQueryResult + Debug>(db: &Db, table: &str, condition: Option<Sql>) -> Vec<String> {
    let mut sql = Sql::new(format!("SELECT * FROM {table}"));
    if let Some(condition) = condition {
        sql = sql.push(" WHERE ").add(condition);
    }
    let rows: Vec<M> = db.unscoped_rows(sql).await.unwrap();
    let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    rows.sort();
    rows
}

/// The content of every table but the logs of captures and of events; without the rows of one source, if one is named.
pub async fn contents(db: &Db, but: Option<PartnerId>) -> BTreeMap<&'static str, Vec<String>> {
    let of_others = |column: &str| but.map(|source| Sql::new(format!("{column} <> ")).bind(source.0));
    let of_parents = |column: &str, parent: &str| {
        let parents = |condition: Sql| {
            Sql::new(format!("{column} IN (SELECT id FROM {parent} WHERE ")).add(condition).push(")")
        };
        of_others("source_id").map(parents)
    };
    // What a customer's own people see follows the newest word of all; what partners see does not.
    let of_partners = || {
        of_others("source_id").map(|sql| sql.push(" AND reader_tenant_id IN (SELECT tenant_id FROM partner)"))
    };
    let mut all = BTreeMap::new();
    macro_rules! dump {
        ($($table:ident: $condition:expr,)*) => {
            $(all.insert(stringify!($table), rows::<entity::$table::Model>(db, stringify!($table), $condition).await);)*
        };
    }
    dump! {
        partner_profile: of_others("source_id"),
        partnership: of_others("source_id"),
        customer_profile: of_others("source_id"),
        customer_domain: of_others("source_id"),
        customer_word: of_others("source_id"),
        company_profile: of_others("source_id"),
        reseller_relation: of_others("source_id"),
        delegated_admin_privilege: of_others("source_id"),
        indirect_relation: of_others("source_id"),
        customer_subscription: of_others("source_id"),
        delegated_admin_relationship: of_others("source_id"),
        access_assignment: of_others("source_id"),
        access_grant: of_others("source_id"),
        customer_listing: of_partners(),
        customer_search: of_partners(),
        subscription_listing: of_others("source_id"),
        health_watch: of_others("source_id"),
        customer_service: of_others("source_id"),
        service_status_span: of_others("source_id"),
        incident_copy: of_others("source_id"),
        incident_listing: of_others("source_id"),
        incident_post: of_others("source_id"),
        incident_tenant: of_others("source_id"),
        message_copy: of_others("source_id"),
        message_tenant: of_others("source_id"),
        vendor_request: of_others("source_id"),
        subscription_commerce: of_parents("subscription_id", "customer_subscription"),
        delegated_admin_role: of_parents("relationship_id", "delegated_admin_relationship"),
        access_assignment_role: of_parents("assignment_id", "access_assignment"),
        account: None,
        security_group: None,
        group_member: None,
        restriction: None,
        idempotency_key: None,
        role_token: None,
        gateway_state: None,
    }
    if but.is_none() {
        dump! { customer: None, partner: None, incident: None, }
    }
    all
}

async fn captures(db: &Db) -> Vec<String> {
    rows::<entity::capture::Model>(db, "capture", None).await
}

#[tokio::test]
async fn every_documented_body_is_brought_in_by_every_partner() {
    let test = TestApp::demo().await;
    for partner in demo::PARTNERS {
        bring_all(&test, partner.key).await;
    }
    assert_eq!(captures(test.db()).await.len(), DOCUMENTED.len() * demo::PARTNERS.len());
    assert_eq!(derive::check(test.db()).await.unwrap(), []);
}

#[tokio::test]
async fn a_second_import_of_the_same_changes_nothing() {
    let test = TestApp::demo().await;
    bring_all(&test, "fabrikam").await;
    let (once, log) = (contents(test.db(), None).await, captures(test.db()).await);
    bring_all(&test, "fabrikam").await;
    assert_eq!(contents(test.db(), None).await, once);
    assert_eq!(captures(test.db()).await.len(), 2 * log.len(), "each import is on record");
}

#[tokio::test]
async fn an_import_writes_rows_of_its_own_source_alone() {
    let test = TestApp::demo().await;
    let own = source(&test, "wingtip").await;
    // A stranger's customers are among the bodies, and one names another partner as its source.
    let known = json!({ "items": [{ "id": tenant("proseware"), "sourceId": partner_tenant("fabrikam"),
        "companyProfile": { "companyName": "Taken over", "domain": "proseware.com" },
        "relationshipToPartner": "reseller", "allowDelegatedAccess": true }] });
    let shells = rows::<entity::customer::Model>(test.db(), "customer", None).await;
    let incidents = rows::<entity::incident::Model>(test.db(), "incident", None).await;
    let before = contents(test.db(), Some(own)).await;
    bring_all(&test, "wingtip").await;
    bring(&test, &importer(&test, "wingtip").await, known.to_string().as_bytes()).await;
    assert_eq!(contents(test.db(), Some(own)).await, before);
    let now = rows::<entity::customer::Model>(test.db(), "customer", None).await;
    assert!(shells.iter().all(|shell| now.contains(shell)), "a shell that sources share never changes");
    let now = rows::<entity::incident::Model>(test.db(), "incident", None).await;
    assert!(incidents.iter().all(|shell| now.contains(shell)), "nor does that of an incident");
    assert!(finds(&test.as_viewer("admin@wingtip"), "proseware").await);
}

#[tokio::test]
async fn an_import_changes_no_answer_of_another_partner() {
    let test = TestApp::demo().await;
    let others = [
        "admin@fabrikam",
        "engineer@fabrikam",
        "admin@northwind",
        "lead@litware",
        "admin@tailspin",
        "admin@contoso",
    ];
    let mut before = Vec::new();
    for other in others {
        before.push((other, test.as_viewer(other).ask(EVERYTHING).await.comparable()));
    }
    bring_all(&test, "wingtip").await;
    for (other, answer) in before {
        assert_eq!(test.as_viewer(other).ask(EVERYTHING).await.comparable(), answer, "{other}");
    }
}

#[tokio::test]
async fn a_documented_customer_is_found_by_its_importers_admin_by_name_search_and_domain() {
    let test = TestApp::demo().await;
    bring(&test, &importer(&test, "fabrikam").await, &captured("partner-center/customer.get.json")).await;
    let query = "{ byName: customers(filter: { name: { eq: \"1kl as kjk\" } }) { nodes { name primaryDomain } }
        bySearch: customers(filter: { search: \"1KL kj\" }) { nodes { name primaryDomain } }
        byDomain: customer(domain: \"ABCDEFGH1234.ccsctp.net\") { name primaryDomain companyProfile { city email addressLines } }
        byTenant: customer(tenantId: \"eebd1b55-5360-4438-a11d-5c06918c3014\") { name provenance { source asOf state } } }";
    let reply = test.as_viewer("admin@fabrikam").ask(query).await;
    let seen = json!({ "name": "1kl as kjk", "primaryDomain": "abcdefgh1234.ccsctp.net" });
    assert_eq!(reply.data()["byName"]["nodes"], json!([seen]));
    assert_eq!(reply.data()["bySearch"]["nodes"], json!([seen]));
    let company = json!({ "city": "redmond", "email": "a@a.com", "addressLines": ["1 ms way"] });
    assert_eq!(reply.data()["byDomain"]["companyProfile"], company);
    let provenance =
        json!({ "source": "PARTNER_CENTER", "asOf": "2026-03-02T09:00:00+00:00", "state": "FRESH" });
    assert_eq!(reply.data()["byTenant"]["provenance"], provenance);
    for stranger in ["admin@wingtip", "admin@northwind", "admin@lamna"] {
        let reply = test.as_viewer(stranger).ask(query).await;
        assert_eq!(reply.codes(), ["NOT_FOUND", "NOT_FOUND"], "{stranger}");
        assert_eq!(reply.body["data"]["bySearch"]["nodes"], json!([]), "{stranger}");
    }
}

#[tokio::test]
async fn a_byte_order_mark_is_taken_off() {
    let test = TestApp::demo().await;
    let body = [b"\xEF\xBB\xBF".as_slice(), &captured("partner-center/customer.get.json")].concat();
    let report = bring(&test, &importer(&test, "fabrikam").await, &body).await;
    assert_eq!((report.stored, report.skipped.len()), (1, 0));
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_at_its_line_and_column() {
    for (bytes, place) in [
        (b"{\n  \"items\": [,]\n}".as_slice(), "line 2, column 13"),
        (b"{ \"items\": [] ".as_slice(), "line 1, column 14"),
        (b"".as_slice(), "line 1, column 0"),
    ] {
        let refused = read(bytes, &Context::default()).err().unwrap();
        assert_eq!(refused.place, place, "{refused}");
    }
    for bytes in [
        b"[]".as_slice(),
        b"5",
        b"{}",
        b"{ \"hello\": 1 }",
        b"\xFF\xFE{\0}\0",
        b"{ \"items\": [{ \"x\": 1 }] }",
    ] {
        assert!(read(bytes, &Context::default()).is_err(), "{bytes:?}");
    }
}

#[tokio::test]
async fn members_that_nobody_asks_for_are_ignored() {
    let test = TestApp::demo().await;
    let mut body: Value = serde_json::from_slice(&captured("partner-center/customer.get.json")).unwrap();
    body["futureMember"] = json!({ "deep": [1, { "deeper": null }] });
    body["companyProfile"]["futureMember"] = json!([true]);
    body["relationshipToPartner"] = json!("Reseller");
    let report = bring(&test, &importer(&test, "fabrikam").await, body.to_string().as_bytes()).await;
    assert_eq!((report.read, report.stored, report.skipped.len()), (1, 1, 0), "{report:?}");
    assert!(test.as_viewer("admin@fabrikam").customer_names(200).await.contains(&"1kl as kjk".to_owned()));
}

#[tokio::test]
async fn a_dirty_object_is_skipped_with_its_place_and_its_neighbours_are_stored() {
    let test = TestApp::demo().await;
    let good = Uuid::from_u128(0xc1);
    let body = json!({ "items": [
        { "id": "<guid>", "companyProfile": { "companyName": "Placeholder" }, "relationshipToPartner": "reseller" },
        { "id": good.to_string().to_uppercase(), "companyProfile": { "companyName": "Clean" }, "relationshipToPartner": 1 },
        "not an object",
        { "id": Uuid::from_u128(0xc2), "companyProfile": { "companyName": "Odd" }, "allowDelegatedAccess": "perhaps" },
        { "id": Uuid::from_u128(0xc3), "companyProfile": { "companyName": "Future" }, "relationshipToPartner": "ambassador" },
    ] });
    let report = bring(&test, &importer(&test, "fabrikam").await, body.to_string().as_bytes()).await;
    assert_eq!((report.read, report.stored, report.skipped.len()), (5, 2, 3), "{report:?}");
    let places: Vec<&str> = report.skipped.iter().map(|(place, _)| place.as_str()).collect();
    for place in ["items[0].id", "items[2]", "items[3].allowDelegatedAccess"] {
        assert!(places.contains(&place), "{places:?}");
    }
    let names = test.as_viewer("admin@fabrikam").customer_names(200).await;
    assert!(names.contains(&"Clean".to_owned()), "{names:?}");
    // An unknown relation is kept as its word, and grants nothing.
    assert!(!names.contains(&"Future".to_owned()), "{names:?}");
}

#[tokio::test]
async fn a_failure_half_way_leaves_nothing_of_the_file() {
    let test = TestApp::demo().await;
    let import = importer(&test, "fabrikam").await;
    let before = contents(test.db(), None).await;
    // The record of the capture is written last: without its table every import fails after its objects.
    let tx = test.db().begin().await.unwrap();
    execute(&tx, Sql::new("DROP TABLE capture")).await.unwrap();
    tx.commit().await.unwrap();
    for (file, ..) in DOCUMENTED {
        let body = read(&captured(file), &import.context).unwrap();
        assert!(store(&test, &import, body).await.is_err(), "{file}");
    }
    assert_eq!(contents(test.db(), None).await, before);
}

/// A relationship that a provider made for a reseller, as Graph shows it to either.
fn made_by(provider: &str, id: &str, key: &str) -> Vec<u8> {
    json!({ "value": [{
        "@odata.type": "#microsoft.graph.resellerDelegatedAdminRelationship",
        "id": id, "displayName": "Made by the provider", "duration": "P730D", "autoExtendDuration": "PT0S",
        "customer": { "tenantId": tenant(key), "displayName": "Somebody" },
        "accessDetails": { "unifiedRoles": [{ "roleDefinitionId": "f2ef992c-3afb-46b9-b7cf-a126ee74c451" }] },
        "status": "active", "isPartnerConsentPending": false, "indirectProviderTenantId": partner_tenant(provider),
        "createdDateTime": "2026-01-01T00:00:00Z", "lastModifiedDateTime": "2026-01-02T00:00:00Z",
        "activatedDateTime": "2026-01-02T00:00:00Z", "endDateTime": "2027-12-31T00:00:00Z"
    }] })
    .to_string()
    .into_bytes()
}

fn assigned_to(group: Uuid, id: &str) -> Vec<u8> {
    json!({
        "@odata.context": format!("https://graph.microsoft.com/v1.0/$metadata#tenantRelationships/delegatedAdminRelationships('{id}')/accessAssignments"),
        "value": [{
            "@odata.type": "#microsoft.graph.delegatedAdminAccessAssignment", "id": Uuid::from_u128(group.as_u128() ^ 1), "status": "active",
            "createdDateTime": "2026-01-03T00:00:00Z", "lastModifiedDateTime": "2026-01-03T00:00:00Z",
            "accessContainer": { "accessContainerId": group, "accessContainerType": "securityGroup" },
            "accessDetails": { "unifiedRoles": [{ "roleDefinitionId": "f2ef992c-3afb-46b9-b7cf-a126ee74c451" }] }
        }]
    })
    .to_string()
    .into_bytes()
}

#[tokio::test]
async fn a_provider_created_relationship_is_kept_reported_and_grants_the_provider_nothing() {
    let test = TestApp::demo().await;
    let (id, key) =
        ("11111111-2222-4333-8444-555555555555-66666666-7777-4888-8999-aaaaaaaaaaaa", "proseware");
    for (partner, notes, grants) in [("northwind", 1, false), ("fabrikam", 0, true)] {
        let import = importer(&test, partner).await;
        let report = bring(&test, &import, &made_by("northwind", id, key)).await;
        assert_eq!((report.stored, report.notes.len()), (1, notes), "{report:?}");
        let support = group(&test, partner, "Service support").await.object_id;
        let report = bring(&test, &import, &assigned_to(support, id)).await;
        assert_eq!((report.stored, report.skipped.len(), report.notes.len()), (1, 0, 0), "{report:?}");
        assert_eq!(finds(&test.as_viewer(&format!("support@{partner}")), key).await, grants, "{partner}");
        let kept = relationships_of(&test.as_viewer(&format!("admin@{partner}")), key).await;
        assert_eq!(kept.len(), 1, "{partner}");
        assert_eq!(kept[0]["status"], "ACTIVE", "{partner}");
    }
}

#[tokio::test]
async fn what_the_operator_knows_completes_a_body_that_does_not_say_it() {
    let test = TestApp::demo().await;
    let mut import = importer(&test, "wingtip").await;
    import.context.customer_tenant_id = Some(tenant("contoso"));
    let report = bring(&test, &import, &captured("partner-center/subscriptions.list.json")).await;
    assert_eq!((report.stored, report.skipped.len()), (1, 0), "{report:?}");
    let query = "query($t: UUID) { customer(tenantId: $t) { subscriptions(first: 50) { nodes {
        externalId friendlyName status commitmentEndsAt autoRenew } } } }";
    let reply = test.as_viewer("admin@wingtip").ask_with(query, json!({ "t": tenant("contoso") })).await;
    let all = reply.data()["customer"]["subscriptions"]["nodes"].as_array().unwrap();
    let one = all.iter().find(|one| one["externalId"] == "83ef9d05-4169-4ef9-9657-0e86b1eab1de").unwrap();
    assert_eq!((&one["status"], &one["autoRenew"]), (&json!("ACTIVE"), &json!(false)));
    assert_eq!(one["commitmentEndsAt"], "2016-12-12T08:00:00+00:00", "spaces within a time are read over");
}

#[tokio::test]
async fn what_the_operator_says_is_never_overruled_by_a_body() {
    let test = TestApp::demo().await;
    let mut import = importer(&test, "fabrikam").await;
    import.context.customer_tenant_id = Some(tenant("contoso"));
    // The body's own links name another customer.
    let report =
        bring(&test, &import, &captured("partner-center/subscriptions.list.new-commerce.json")).await;
    assert_eq!((report.stored, report.skipped.len()), (0, 1), "{report:?}");
}

#[tokio::test]
async fn only_a_whole_list_that_is_said_to_be_complete_ends_what_it_lacks() {
    let test = TestApp::demo().await;
    let list = |total: usize| {
        let contoso = json!({ "id": tenant("contoso"), "companyProfile": { "companyName": "Contoso" }, "relationshipToPartner": "reseller" });
        json!({ "totalCount": total, "items": [contoso], "links": { "self": { "uri": "/v1/customers?size=40" } } }).to_string()
    };
    let before = test.as_viewer("admin@fabrikam").customer_names(200).await;
    let mut import = importer(&test, "fabrikam").await;
    bring(&test, &import, list(1).as_bytes()).await;
    import.is_complete = true;
    let page = bring(&test, &import, list(2).as_bytes()).await;
    assert_eq!(page.notes.len(), 1, "it says that nothing was ended: {page:?}");
    assert_eq!(test.as_viewer("admin@fabrikam").customer_names(200).await, before);
    bring(&test, &import, list(1).as_bytes()).await;
    assert_eq!(test.as_viewer("admin@fabrikam").customer_names(200).await, ["Contoso"]);
}

#[tokio::test]
async fn a_complete_list_that_holds_nothing_ends_all_of_its_kind() {
    let test = TestApp::demo().await;
    let mut import = importer(&test, "fabrikam").await;
    import.is_complete = true;
    let none = json!({ "totalCount": 0, "items": [], "links": { "self": { "uri": "/v1/customers?size=40" } },
        "attributes": { "objectType": "Collection" } });
    let report = bring(&test, &import, none.to_string().as_bytes()).await;
    assert_eq!((report.kind, report.read), ("customers", 0));
    assert!(test.as_viewer("admin@fabrikam").customer_names(200).await.is_empty());
}

#[tokio::test]
async fn a_capture_keeps_the_time_at_which_upstream_said_it() {
    let test = TestApp::demo().await;
    let import = importer(&test, "fabrikam").await;
    let body = read(&captured("partner-center/customer.get.json"), &import.context).unwrap();
    let said = Timestamp(NOW.plus_days(-9).0 + 123_456);
    body.store(test.db(), &import, said, NOW).await.unwrap();
    let query = "{ customer(domain: \"abcdefgh1234.ccsctp.net\") { provenance { asOf state } } }";
    let reply = test.as_viewer("admin@fabrikam").ask(query).await;
    let provenance = json!({ "asOf": "2026-02-21T09:00:00.123456+00:00", "state": "STALE" });
    assert_eq!(reply.data()["customer"]["provenance"], provenance);
}
