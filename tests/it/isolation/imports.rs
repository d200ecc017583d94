//! What one partner brings in changes nothing for those who are not linked with it, whatever its bodies say.

use super::captures::{Dice, Known};
use super::{Reader, difference, readers};
use crate::harness::walk::Schema;
use crate::harness::{NOW, TestApp};
use entity::{PartnerId, Timestamp};
use partner_gateway::access::directory;
use partner_gateway::db::derive;
use partner_gateway::db::sql::Sql;
use partner_gateway::sync::Context;
use partner_gateway::sync::import::{self, Import, registered_partner};
use partner_gateway::{access, demo};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// When bodies are brought in: after all that the demo world says.
const THEN: Timestamp = Timestamp(NOW.0 + 3_600 * Timestamp::SECOND);

/// A customer of none of the importers that no body names: its own staff keeps its view too.
const SPARED: &str = "tailwind-traders";

async fn source(test: &TestApp, key: &str) -> PartnerId {
    let tenant = demo::partner_tenant(key).unwrap();
    registered_partner(test.db(), tenant).await.unwrap().unwrap()
}

async fn bring_in(
    test: &TestApp,
    importer: PartnerId,
    body: &[u8],
    context: Context,
    is_complete: bool,
    at: Timestamp,
) {
    let read = import::read(body, &context).unwrap();
    assert!(read.capture.read > 0 && read.capture.kind != "empty list", "{}", read.capture.kind);
    let import = Import { source: importer, context, is_complete };
    read.store(test.db(), &import, at, THEN).await.unwrap();
}

/// What each of these sees, whole lists of everything, what hangs on incidents, and the customers of each partner.
async fn views(test: &TestApp, schema: &Schema, readers: &[Reader]) -> Vec<String> {
    let mut documents: Vec<String> =
        schema.roots().into_iter().map(|root| schema.document(&[root], &[200])).collect();
    documents.push(schema.document(&["incidents"], &[20, 20]));
    documents.push(schema.document(&["customers"], &[2, 40]));
    documents.push(schema.document(&["partners"], &[40, 4]));
    let mut views = Vec::new();
    for reader in readers {
        for document in &documents {
            let reply = reader.viewer(test).ask(document).await;
            assert!(reply.body["data"].is_object(), "{:#}", reply.body);
            // Errors stand in no fixed order; what they deny is null in the data.
            views.push(format!("{} sees {}", reader.name, reply.body["data"]));
        }
    }
    views
}

/// Every row of every fact that carries a source, and what hangs on it: those of one source, or those of all others.
macro_rules! rows {
    ($test:expr, $source:expr, $is_own:expr, [$($table:ident),+], [$($child:ident of $parent:ident by $key:literal, $id:literal),+]) => {{
        let compare = if $is_own { "=" } else { "<>" };
        let mut rows = BTreeSet::new();
        $({
            let sql = Sql::new(format!("SELECT * FROM {} WHERE source_id {compare} ", stringify!($table)));
            let found: Vec<entity::$table::Model> = $test.db().unscoped_rows(sql.bind($source.0)).await.unwrap();
            rows.extend(found.into_iter().map(|row| format!("{}: {row:?}", stringify!($table))));
        })+
        $({
            let (child, parent) = (stringify!($child), stringify!($parent));
            let sql = Sql::new(format!(
                "SELECT c.* FROM {child} c JOIN {parent} p ON p.{} = c.{} WHERE p.source_id {compare} ", $id, $key,
            ));
            let found: Vec<entity::$child::Model> = $test.db().unscoped_rows(sql.bind($source.0)).await.unwrap();
            rows.extend(found.into_iter().map(|row| format!("{child}: {row:?}")));
        })+
        rows
    }};
}

async fn rows(test: &TestApp, source: PartnerId, is_own: bool) -> BTreeSet<String> {
    rows!(
        test,
        source,
        is_own,
        [
            access_assignment,
            capture,
            company_profile,
            customer_domain,
            customer_profile,
            customer_service,
            customer_subscription,
            customer_word,
            delegated_admin_privilege,
            delegated_admin_relationship,
            health_watch,
            incident_copy,
            incident_post,
            incident_tenant,
            indirect_relation,
            message_copy,
            message_tenant,
            partner_profile,
            partnership,
            reseller_relation,
            service_status_span,
            vendor_request
        ],
        [
            access_assignment_role of access_assignment by "assignment_id", "id",
            delegated_admin_role of delegated_admin_relationship by "relationship_id", "id",
            subscription_commerce of customer_subscription by "subscription_id", "id"
        ]
    )
}

/// What sources share of incidents: bare ids.
async fn incident_shells(test: &TestApp) -> BTreeSet<String> {
    let shells: Vec<entity::incident::Model> =
        test.db().unscoped_rows(Sql::new("SELECT * FROM incident")).await.unwrap();
    shells.into_iter().map(|shell| format!("{shell:?}")).collect()
}

/// Rows of the directory, which no import may touch.
async fn directory_rows(test: &TestApp) -> Vec<String> {
    let all = || Sql::new("SELECT * FROM ");
    let accounts: Vec<entity::account::Model> =
        test.db().unscoped_rows(all().push("account ORDER BY id")).await.unwrap();
    let groups: Vec<entity::security_group::Model> =
        test.db().unscoped_rows(all().push("security_group ORDER BY id")).await.unwrap();
    let members: Vec<entity::group_member::Model> =
        test.db().unscoped_rows(all().push("group_member ORDER BY account_id, group_id")).await.unwrap();
    let restrictions: Vec<entity::restriction::Model> =
        test.db().unscoped_rows(all().push("restriction ORDER BY id")).await.unwrap();
    vec![format!("{accounts:?}"), format!("{groups:?}"), format!("{members:?}"), format!("{restrictions:?}")]
}

/// A partner brings in bodies made at random; those of the partners named, and the staff of the spared customer,
/// see what they saw before.
async fn imports_change_nothing(importer: &str, unlinked: &[&str], seed: u64) {
    let test = TestApp::demo().await;
    test.set_clock(THEN);
    let schema = Schema::read(&test.as_viewer("admin@fabrikam")).await;
    let mut readers = readers();
    readers.retain(|reader| unlinked.contains(&reader.organization()) || reader.organization() == SPARED);
    assert!(readers.len() > 9 * unlinked.len());
    let me = source(&test, importer).await;
    let (own, others) = (rows(&test, me, true).await, rows(&test, me, false).await);
    let (directory, before) = (directory_rows(&test).await, views(&test, &schema, &readers).await);
    let shells = incident_shells(&test).await;
    let known = Known::read(test.db(), me, demo::customer_tenant(SPARED)).await;
    let mut dice = Dice(seed);
    for round in 0..2 {
        for (number, body) in (0..).zip(known.bodies(&mut dice)) {
            let at = Timestamp(NOW.0 + (60 * (1 + 20 * round + number)) * Timestamp::SECOND);
            let is_complete = dice.chance(30);
            bring_in(&test, me, &body.bytes, body.context, is_complete, at).await;
        }
    }
    let now = rows(&test, me, true).await;
    assert!(now.difference(&own).count() > 40, "{importer} brought in next to nothing");
    let changed: Vec<String> = rows(&test, me, false).await.symmetric_difference(&others).cloned().collect();
    assert!(changed.is_empty(), "{importer} changed rows of others: {changed:#?}");
    assert_eq!(directory_rows(&test).await, directory, "{importer} changed the directory");
    assert!(incident_shells(&test).await.is_superset(&shells), "{importer} changed what sources share");
    for table in ["incident_copy", "incident_post", "customer_service", "message_copy", "vendor_request"] {
        let brought = now.difference(&own).filter(|row| row.starts_with(&format!("{table}: "))).count();
        assert!(brought > 0, "{importer} brought in no {table}");
    }
    for (before, after) in before.iter().zip(views(&test, &schema, &readers).await) {
        if let Some(difference) = difference(before, &after) {
            panic!("an import by {importer} changed the view of a stranger: {before:.40}...\n{difference}");
        }
    }
}

#[tokio::test]
async fn imports_of_a_partner_without_customers_change_nothing_for_anybody() {
    imports_change_nothing("lamna", &["northwind", "litware", "fabrikam", "tailspin", "wingtip"], 1).await;
}

#[tokio::test]
async fn imports_of_a_direct_bill_partner_change_nothing_for_anybody() {
    imports_change_nothing("wingtip", &["northwind", "litware", "fabrikam", "tailspin", "lamna"], 2).await;
}

#[tokio::test]
async fn imports_of_a_provider_change_nothing_for_those_not_linked_with_it() {
    imports_change_nothing("litware", &["northwind", "wingtip", "lamna"], 3).await;
}

#[tokio::test]
async fn imports_of_a_reseller_change_nothing_for_those_not_linked_with_it() {
    imports_change_nothing("fabrikam", &["tailspin", "wingtip", "lamna"], 4).await;
}

#[tokio::test]
async fn derived_tables_are_what_follows_from_the_facts_after_any_import() {
    let test = TestApp::demo().await;
    test.set_clock(THEN);
    for (seed, importer) in (5..).zip(["lamna", "wingtip", "litware", "northwind", "tailspin"]) {
        let me = source(&test, importer).await;
        let known = Known::read(test.db(), me, None).await;
        let mut dice = Dice(seed);
        for body in known.bodies(&mut dice).into_iter().chain(known.bodies(&mut Dice(seed + 100))) {
            let (context, is_complete) = (body.context.clone(), dice.chance(30));
            bring_in(&test, me, &body.bytes, body.context, is_complete, THEN).await;
            let differing = derive::check(test.db()).await.unwrap();
            let text = String::from_utf8_lossy(&body.bytes);
            assert!(
                differing.is_empty(),
                "{differing:?} after {importer} brought in, with {context:?}: {text}"
            );
        }
    }
}

/// A list of partners as Partner Center gives it.
fn partner_list(tenant: Uuid, relationship: &str) -> Vec<u8> {
    let item = json!({
        "id": tenant, "name": "As it is called there", "relationshipType": relationship, "state": "Active",
        "mpnId": "4617001", "location": "US", "attributes": { "objectType": "PartnerRelationship" },
    });
    let attributes = json!({ "objectType": "Collection" });
    json!({ "totalCount": 1, "items": [item], "attributes": attributes }).to_string().into_bytes()
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

#[tokio::test]
async fn a_list_of_partners_brought_in_again_leaves_a_consent_standing() {
    let test = TestApp::demo().await;
    test.set_clock(THEN);
    let provider = demo::partner_tenant("northwind").unwrap();
    let body = partner_list(provider, "is_indirect_reseller_of");
    bring_in(&test, source(&test, "fabrikam").await, &body, Context::default(), false, THEN).await;
    // Fabrikam names no provider for this customer: what links the two is its consent alone.
    let customer = access::explain::customer(test.db(), "nodpublishers.com").await.unwrap().unwrap();
    let links = Sql::new("SELECT count(*) AS n FROM indirect_link WHERE starts_at <= ").bind(THEN.0);
    let links = links.push(" AND ends_at > ").bind(THEN.0).push(" AND customer_id = ").bind(customer.0);
    let links: Vec<Count> = test.db().unscoped_rows(links).await.unwrap();
    assert_eq!(links[0].n, 1, "the consent is gone");
    assert!(derive::check(test.db()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_tenant_that_somebody_calls_a_partner_gives_its_people_no_right_by_that() {
    let test = TestApp::demo().await;
    test.set_clock(THEN);
    let tenant = demo::customer_tenant("contoso").unwrap();
    let user = demo::account("user@contoso").unwrap();
    let account = access::explain::account(test.db(), tenant, user.object_id).await.unwrap().unwrap();
    let tx = test.db().begin().await.unwrap();
    let everybody =
        directory::add_group(&tx, tenant, Uuid::from_u128(0x57_0005), "Everybody", None).await.unwrap();
    directory::add_member(&tx, tenant, everybody, account, NOW).await.unwrap();
    tx.commit().await.unwrap();
    let query =
        "{ viewer { partner { id } customer { id } } partners { nodes { id } } customers { nodes { id } } }";
    let before = test.as_viewer("user@contoso").ask(query).await;
    let body = partner_list(tenant, "is_indirect_cloud_solution_provider_of");
    bring_in(&test, source(&test, "lamna").await, &body, Context::default(), false, THEN).await;
    assert_eq!(test.as_viewer("user@contoso").ask(query).await.comparable(), before.comparable());
    assert_eq!(before.data()["viewer"], json!({ "partner": Value::Null, "customer": Value::Null }));
    let grants =
        Sql::new("SELECT count(*) AS n FROM access_grant_source WHERE principal_id = ").bind(everybody.0);
    let grants: Vec<Count> = test.db().unscoped_rows(grants).await.unwrap();
    assert_eq!(grants[0].n, 0, "a stranger's word gave a group of this tenant a right");
    assert!(derive::check(test.db()).await.unwrap().is_empty());
}
