//! DESIGN 4.3 and 4.4 for service health: who reads a customer's services, incidents and messages, in whose words, and
//! what those see who may not.

use super::facts::{
    account, assignment, customer, finds, group, just_before, may, partner_tenant, relationship, resold,
    served_by, tenant, through, voice,
};
use super::outages::{
    SERVICE, affected, hours, incident, incident_of, incidents_at, licences, listed, message, messages_at,
    named, numbers, post, posts_of, service_of, services_of, status, title_of,
};
use crate::harness::{NOW, TestApp, Viewer, nodes};
use entity::Timestamp;
use partner_gateway::access::directory;
use partner_gateway::demo;
use partner_gateway::health::record::ManagementRecord;
use serde_json::{Value, json};
use uuid::Uuid;

const FAR: Timestamp = Timestamp::FAR_FUTURE;
const INTUNE_ADMINISTRATOR: &str = "3a2c62db-5318-420d-8d74-23affee5d9d5";
const ID: &str = "WP9000001";

fn forbidden<T>() -> Result<T, Vec<String>> {
    Err(vec!["FORBIDDEN".to_owned()])
}

/// Everything of health that an account can see of a customer and of an incident is hidden from it.
async fn sees_nothing(viewer: &Viewer<'_>, key: &str, external_id: &str) {
    assert_eq!(incidents_at(viewer, key).await, forbidden(), "{key}");
    let services = services_of(viewer, key).await;
    for one in &services {
        assert_eq!(
            (&one["status"], &one["statusRaw"], &one["since"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
        assert_eq!(
            (&one["provenance"]["state"], &one["provenance"]["asOf"]),
            (&json!("NO_DELEGATION"), &Value::Null)
        );
        assert_eq!(one["history"]["nodes"], json!([]), "{one:#}");
    }
    assert!(!listed(viewer).await.iter().any(|id| id == external_id), "{external_id} is listed");
    assert_eq!(incident_of(viewer, external_id).await, None);
}

#[tokio::test]
async fn granular_delegation_that_is_weaker_takes_away_what_legacy_privileges_opened() {
    let test = TestApp::demo().await;
    const KEY: &str = "fourth-coffee";
    voice(&test, "fabrikam", NOW).incidents(&[incident(KEY, ID, "Cloud PCs are slow")]).await;
    voice(&test, "fabrikam", NOW).messages(&[message(KEY, "MC9000001", "A change")]).await;
    // The cells of the vendor's table: Admin agent by DAP, both by GDAP, the delegated group by GDAP.
    for (account, is_legacy) in
        [("admin@fabrikam", true), ("engineer@fabrikam", false), ("support@fabrikam", false)]
    {
        let viewer = test.as_viewer(account);
        assert!(may(&viewer, KEY, "health:read").await, "{account}");
        assert!(may(&viewer, KEY, "service.microsoft365:administer").await, "{account}");
        assert_eq!(may(&viewer, KEY, "health.messages:read").await, is_legacy, "{account}");
        assert!(incidents_at(&viewer, KEY).await.unwrap().contains(&ID.to_owned()), "{account}");
        let messages = messages_at(&viewer, KEY).await;
        let expected = if is_legacy { Ok(vec!["A change".to_owned()]) } else { forbidden() };
        assert_eq!(messages, expected, "{account}");
        let exchange = service_of(&viewer, KEY, "Exchange Online").await.unwrap();
        let decision = &exchange["decision"];
        assert_eq!(
            (&decision["allowed"], decision["missing"].is_null()),
            (&json!(is_legacy), is_legacy),
            "{account}"
        );
    }
}

#[tokio::test]
async fn a_delegated_role_that_reads_no_health_silences_legacy_privileges_that_do() {
    let test = TestApp::demo().await;
    const KEY: &str = "adventure-works";
    voice(&test, "fabrikam", NOW).incidents(&[incident(KEY, ID, "Cloud PCs are slow")]).await;
    voice(&test, "fabrikam", NOW).statuses(&[status(KEY, SERVICE, "service_degradation")]).await;
    assert!(incident_of(&test.as_viewer("engineer@fabrikam"), ID).await.is_some());
    let mut said = relationship(KEY, "Devices", FAR);
    said.roles = vec![INTUNE_ADMINISTRATOR.to_owned()];
    let support = group(&test, "fabrikam", "Service support").await.object_id;
    let assigned = assignment(&said, support);
    voice(&test, "fabrikam", NOW).relationships(&[said]).await;
    voice(&test, "fabrikam", NOW).assignments(&[assigned]).await;
    let engineer = test.as_viewer("engineer@fabrikam");
    assert!(finds(&engineer, KEY).await && may(&engineer, KEY, "service.intune:administer").await);
    sees_nothing(&engineer, KEY, ID).await;
    assert!(incident_of(&test.as_viewer("admin@fabrikam"), ID).await.is_some(), "who is not in the group");
}

#[tokio::test]
async fn a_provider_reads_the_health_of_its_resellers_rows_until_the_link_ends() {
    let test = TestApp::demo().await;
    const KEY: &str = "proseware";
    voice(&test, "fabrikam", NOW).incidents(&[incident(KEY, ID, "Cloud PCs are slow")]).await;
    voice(&test, "fabrikam", NOW).statuses(&[status(KEY, SERVICE, "service_degradation")]).await;
    let at = NOW.plus_days(1);
    voice(&test, "fabrikam", at).in_whole_lists().customers(&[resold("contoso")]).await;
    for (moment, is_linked) in [(NOW, true), (just_before(at), true), (at, false)] {
        test.set_clock(moment);
        let lead = test.as_viewer("lead@northwind");
        let seen = incident_of(&lead, ID).await;
        assert_eq!(seen.is_some(), is_linked, "{moment:?}");
        assert_eq!(incidents_at(&lead, KEY).await.unwrap().contains(&ID.to_owned()), is_linked);
        assert_eq!(service_of(&lead, KEY, SERVICE).await.is_some(), is_linked);
        assert_eq!(listed(&lead).await.contains(&ID.to_owned()), is_linked);
        assert!(finds(&lead, KEY).await, "its own word stays");
        if let Some(seen) = seen {
            assert_eq!((affected(&seen), numbers(&seen)[0]), (vec!["Proseware"], 1));
        }
        assert_eq!(incident_of(&test.as_viewer("lead@litware"), ID).await, None, "it has no part in it");
    }
}

#[tokio::test]
async fn a_provider_reads_health_and_neither_messages_nor_portals_rights() {
    let test = TestApp::demo().await;
    let lead = test.as_viewer("lead@northwind");
    assert!(may(&lead, "contoso", "health:read").await);
    assert!(
        !may(&lead, "contoso", "health.messages:read").await && !may(&lead, "contoso", "support:read").await
    );
    assert_eq!(messages_at(&lead, "contoso").await, forbidden());
    for one in services_of(&lead, "contoso").await {
        assert_eq!(one["decision"]["allowed"], json!(false), "{one:#}");
        assert!(one["decision"]["missing"].as_str().is_some_and(|missing| !missing.is_empty()), "{one:#}");
    }
}

#[tokio::test]
async fn a_reseller_relation_alone_reads_no_health_whatever_others_know() {
    let test = TestApp::demo().await;
    for key in ["proseware", "contoso"] {
        voice(&test, "fabrikam", NOW).incidents(&[incident(key, ID, "Cloud PCs are slow")]).await;
        voice(&test, "fabrikam", NOW).statuses(&[status(key, SERVICE, "service_degradation")]).await;
    }
    voice(&test, "wingtip", NOW).statuses(&[status("contoso", SERVICE, "service_interruption")]).await;
    for account in ["admin@fabrikam", "helpdesk@fabrikam", "sales@fabrikam"] {
        let viewer = test.as_viewer(account);
        for key in ["proseware", "contoso"] {
            sees_nothing(&viewer, key, ID).await;
            assert_eq!(messages_at(&viewer, key).await, forbidden());
            // What the subscriptions bring is there all the same, with its portal.
            let exchange = service_of(&viewer, key, "Exchange Online").await.unwrap();
            assert!(exchange["portalUrl"].as_str().unwrap().starts_with("https://"), "{exchange:#}");
            assert!(service_of(&viewer, key, SERVICE).await.is_none(), "only a status speaks of it");
        }
    }
    let query = "query($t: UUID) { customer(tenantId: $t) { name incidents { nodes { id } } } }";
    let reply = test.as_viewer("sales@fabrikam").ask_with(query, json!({ "t": tenant("proseware") })).await;
    assert_eq!(reply.body["data"]["customer"], json!({ "name": "Proseware", "incidents": null }));
    let error = &reply.body["errors"][0];
    assert_eq!(
        (&error["path"], &error["extensions"]["action"]),
        (&json!(["customer", "incidents"]), &json!("health:read"))
    );
    assert!(
        error["extensions"]["missing"].as_str().is_some_and(|missing| missing.contains("Service Support"))
    );
}

/// What Fabrikam and Wingtip each say of one incident and one service of Contoso, Wingtip last.
async fn two_words(test: &TestApp) {
    for (source, at) in [("fabrikam", hours(-2)), ("wingtip", hours(-1))] {
        let mut said = incident("contoso", ID, &format!("As {source} tells it"));
        said.impact_description = Some(format!("What {source} noticed"));
        said.modified_at = Some(at);
        said.posts = vec![post(at, &format!("What {source} read"))];
        voice(test, source, at).incidents(&[said]).await;
        let mut told = message("contoso", "MC9000001", &format!("A message to {source}"));
        told.modified_at = Some(at);
        voice(test, source, at).messages(&[told]).await;
        let state = if source == "fabrikam" { "service_degradation" } else { "extended_recovery" };
        voice(test, source, at).statuses(&[status("contoso", SERVICE, state)]).await;
        let managed = ManagementRecord {
            customer_tenant_id: tenant("contoso"),
            service: named(SERVICE),
            admin_url: Some(format!("https://{source}.example/portal")),
            ..Default::default()
        };
        voice(test, source, at).management(&[managed]).await;
    }
}

/// All that a viewer can see of Contoso's health, as one text.
async fn all_of_contoso(viewer: &Viewer<'_>) -> String {
    let query = "query($t: UUID) { customer(tenantId: $t) {
        services { service { name } status statusRaw portalUrl healthUrl ticketUrl history { nodes { status firstSeenAt } } }
        incidents(first: 50) { nodes { externalId title impactDescription posts { nodes { text content } } lastPost { text } } }
        serviceMessages(first: 50) { nodes { title text content } } }
        incidents(first: 50) { nodes { title status impactDescription lastPost { text } } } }";
    let reply = viewer.ask_with(query, json!({ "t": tenant("contoso") })).await;
    assert!(reply.body["data"]["customer"]["services"].is_array(), "{:#}", reply.body);
    reply.body.to_string()
}

#[tokio::test]
async fn strangers_at_one_customer_do_not_see_each_others_words() {
    let test = TestApp::demo().await;
    two_words(&test).await;
    for (viewer, own, other) in
        [("reader@fabrikam", "fabrikam", "wingtip"), ("support@wingtip", "wingtip", "fabrikam")]
    {
        let viewer = test.as_viewer(viewer);
        assert_eq!(title_of(&viewer, ID).await, Some(format!("As {own} tells it")));
        let seen = incident_of(&viewer, ID).await.unwrap();
        assert_eq!(posts_of(&seen), [format!("What {own} read")]);
        let text = all_of_contoso(&viewer).await;
        assert!(
            text.contains(&format!("What {own} noticed")) && text.contains(&format!("https://{own}.example"))
        );
        for theirs in ["As @ tells it", "What @", "A message to @", "https://@.example"] {
            assert!(!text.contains(&theirs.replace('@', other)), "{own} sees {other}: {text}");
        }
    }
    let own = service_of(&test.as_viewer("support@fabrikam"), "contoso", SERVICE).await.unwrap();
    assert_eq!(own["status"], "SERVICE_DEGRADATION", "however new a stranger's word is");
    assert_eq!(own["history"]["nodes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_customers_own_admin_reads_the_newest_word_of_all() {
    let test = TestApp::demo().await;
    two_words(&test).await;
    for account in ["admin@contoso", "reader@contoso"] {
        let viewer = test.as_viewer(account);
        let seen = incident_of(&viewer, ID).await.unwrap();
        assert_eq!((seen["title"].as_str(), numbers(&seen)[0]), (Some("As wingtip tells it"), 1));
        assert_eq!(posts_of(&seen), ["What wingtip read"]);
        let service = service_of(&viewer, "contoso", SERVICE).await.unwrap();
        assert_eq!(service["status"], "EXTENDED_RECOVERY");
        assert_eq!(service["portalUrl"], "https://wingtip.example/portal");
        assert!(messages_at(&viewer, "contoso").await.unwrap().contains(&"A message to wingtip".to_owned()));
        assert!(
            !messages_at(&viewer, "contoso").await.unwrap().contains(&"A message to fabrikam".to_owned())
        );
    }
    // Fabrikam speaks again.
    let mut said = incident("contoso", ID, "As fabrikam tells it now");
    said.modified_at = Some(NOW);
    voice(&test, "fabrikam", NOW).incidents(&[said]).await;
    voice(&test, "fabrikam", NOW).statuses(&[status("contoso", SERVICE, "service_restored")]).await;
    let viewer = test.as_viewer("admin@contoso");
    assert_eq!(title_of(&viewer, ID).await.as_deref(), Some("As fabrikam tells it now"));
    let service = service_of(&viewer, "contoso", SERVICE).await.unwrap();
    assert_eq!(service["status"], "SERVICE_RESTORED");
    let history = service["history"]["nodes"].as_array().unwrap();
    let states: Vec<&Value> = history.iter().map(|span| &span["status"]).collect();
    assert_eq!(states, ["SERVICE_RESTORED", "SERVICE_DEGRADATION"], "by the source of its status");
}

#[tokio::test]
async fn a_copy_opens_by_any_customer_that_its_own_source_links_it_to() {
    let test = TestApp::demo().await;
    // Helpdesk reads Adventure Works; of Contoso it reads no health. Both rows are Fabrikam's.
    let helpdesk = test.as_viewer("helpdesk@fabrikam");
    voice(&test, "fabrikam", NOW).incidents(&[incident("contoso", ID, "Of Contoso alone")]).await;
    assert_eq!(incident_of(&helpdesk, ID).await, None);
    // That a stranger links it to Adventure Works opens nothing.
    voice(&test, "wingtip", NOW).incidents(&[incident("adventure-works", ID, "A stranger's")]).await;
    assert_eq!(incident_of(&helpdesk, ID).await, None);
    let mut later = incident("adventure-works", ID, "Of both");
    later.modified_at = Some(NOW);
    voice(&test, "fabrikam", NOW).incidents(&[later]).await;
    let seen = incident_of(&helpdesk, ID).await.unwrap();
    assert_eq!((seen["title"].as_str(), affected(&seen)), (Some("Of both"), vec!["Adventure Works"]));
    assert_eq!(incidents_at(&helpdesk, "contoso").await, forbidden());
    let both = incident_of(&test.as_viewer("engineer@fabrikam"), ID).await.unwrap();
    assert_eq!(affected(&both), ["Adventure Works", "Contoso"]);
}

#[tokio::test]
async fn health_is_readable_until_the_instant_at_which_its_ground_ends() {
    let test = TestApp::demo().await;
    // Margie's relationship was activated 360 days ago for 365; nothing else opens the incident.
    voice(&test, "fabrikam", NOW).incidents(&[incident("margies-travel", ID, "Cloud PCs are slow")]).await;
    let ends = NOW.plus_days(5);
    for (at, is_open) in [(NOW, true), (just_before(ends), true), (ends, false)] {
        test.set_clock(at);
        let support = test.as_viewer("support@fabrikam");
        assert_eq!(incident_of(&support, ID).await.is_some(), is_open, "{at:?}");
        assert_eq!(listed(&support).await.contains(&ID.to_owned()), is_open, "{at:?}");
        assert_eq!(finds(&support, "margies-travel").await, is_open, "{at:?}");
    }
}

#[tokio::test]
async fn a_revoked_membership_hides_health_from_the_next_statement_of_the_same_token() {
    let test = TestApp::demo().await;
    voice(&test, "fabrikam", NOW).incidents(&[incident("woodgrove-bank", ID, "Cloud PCs are slow")]).await;
    let viewer = test.as_viewer("support@fabrikam");
    let id = incident_of(&viewer, ID).await.unwrap()["id"].clone();
    let page = "query($after: String) { incidents(first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }";
    let first = viewer.ask(page).await;
    let cursor = first.data()["incidents"]["pageInfo"]["endCursor"].clone();
    let support = group(&test, "fabrikam", "Service support").await.id;
    let member = account(&test, "support@fabrikam").await;
    directory::end_membership(test.db(), support, member, NOW).await.unwrap();
    assert_eq!(incident_of(&viewer, ID).await, None);
    assert!(listed(&viewer).await.is_empty());
    let node = viewer.ask_with("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
    assert_eq!(node.data()["node"], Value::Null);
    let next = viewer.ask_with(page, json!({ "after": cursor })).await;
    assert_eq!(next.data()["incidents"]["nodes"], json!([]));
}

/// A demo account whose token lists groups.
fn narrowed<'a>(test: &'a TestApp, account: &str, groups: &[Uuid]) -> Viewer<'a> {
    let account = demo::account(account).unwrap();
    test.with_claims(account.tenant, account.object_id, json!({ "groups": groups }))
}

#[tokio::test]
async fn a_narrowed_token_reads_the_health_that_its_groups_open_and_precedence_stays() {
    let test = TestApp::demo().await;
    let keys = ["contoso", "adventure-works", "fourth-coffee"];
    for (number, key) in keys.into_iter().enumerate() {
        let id = format!("WP900001{number}");
        voice(&test, "fabrikam", NOW).incidents(&[incident(key, &id, "Cloud PCs are slow")]).await;
    }
    let agents = group(&test, "fabrikam", "Admin agents").await.object_id;
    let support = group(&test, "fabrikam", "Service support").await.object_id;
    for (groups, open) in [
        (vec![agents, support], [true, true, true]),
        (vec![support], [true, false, true]),
        // At Fourth Coffee the delegated role is narrowed away, and silences the legacy privileges all the same.
        (vec![agents], [false, true, false]),
        (vec![], [false, false, false]),
    ] {
        let viewer = narrowed(&test, "engineer@fabrikam", &groups);
        let listed = listed(&viewer).await;
        for (number, is_open) in open.into_iter().enumerate() {
            let id = format!("WP900001{number}");
            assert_eq!(incident_of(&viewer, &id).await.is_some(), is_open, "{groups:?}: {}", keys[number]);
            assert_eq!(listed.contains(&id), is_open, "{groups:?}: {}", keys[number]);
        }
    }
}

#[tokio::test]
async fn no_access_hides_health_and_takes_the_customer_out_of_every_number() {
    let test = TestApp::demo().await;
    let keys = ["adventure-works", "school-of-fine-art"];
    voice(&test, "fabrikam", NOW).incidents(&keys.map(|key| incident(key, ID, "Cloud PCs are slow"))).await;
    let sold = keys.map(|key| licences(key, &format!("cloud-{key}"), "fabrikam", 5));
    voice(&test, "fabrikam", NOW).subscriptions(&sold).await;
    // The demo restricts Helpdesk agents at the school.
    for (viewer, names, seats) in [
        ("admin@fabrikam", vec!["Adventure Works", "School of Fine Art"], 10),
        ("helpdesk@fabrikam", vec!["Adventure Works"], 5),
    ] {
        let seen = incident_of(&test.as_viewer(viewer), ID).await.unwrap();
        assert_eq!(
            (affected(&seen), numbers(&seen)),
            (names.clone(), [names.len() as i64, seats, 0]),
            "{viewer}"
        );
    }
    let (agents, restricted) =
        (group(&test, "fabrikam", "Admin agents").await.id, customer(&test, keys[0]).await);
    let tx = test.db().begin().await.unwrap();
    let home = partner_tenant("fabrikam");
    directory::restrict(&tx, home, agents, restricted, "no_access", NOW, NOW.plus_days(1)).await.unwrap();
    tx.commit().await.unwrap();
    let seen = incident_of(&test.as_viewer("admin@fabrikam"), ID).await.unwrap();
    assert_eq!((affected(&seen), numbers(&seen)), (vec!["School of Fine Art"], [1, 5, 0]));
    test.set_clock(NOW.plus_days(1));
    let seen = incident_of(&test.as_viewer("admin@fabrikam"), ID).await.unwrap();
    assert_eq!(affected(&seen).len(), 2);
}

#[tokio::test]
async fn a_reseller_reads_no_health_on_its_providers_rows() {
    let test = TestApp::demo().await;
    const KEY: &str = "parnell-aerospace";
    voice(&test, "northwind", NOW).incidents(&[incident(KEY, ID, "As Northwind tells it")]).await;
    assert!(incident_of(&test.as_viewer("lead@northwind"), ID).await.is_some());
    for account in ["admin@tailspin", "helpdesk@tailspin", "engineer@tailspin"] {
        sees_nothing(&test.as_viewer(account), KEY, ID).await;
    }
}

#[tokio::test]
async fn a_service_that_no_catalogue_knows_is_read_by_those_who_read_its_status() {
    let test = TestApp::demo().await;
    const ODD: &str = "Quantum Ledger";
    voice(&test, "wingtip", NOW).statuses(&[status("adatum", ODD, "service_operational")]).await;
    let own = service_of(&test.as_viewer("support@wingtip"), "adatum", ODD).await.unwrap();
    let query = "query($id: ID!) { node(id: $id) { id ... on Service { name category duty { billing } } } }";
    let node = json!({ "id": own["service"]["id"], "name": ODD, "category": null, "duty": null });
    let reply =
        test.as_viewer("support@wingtip").ask_with(query, json!({ "id": own["service"]["id"] })).await;
    assert_eq!(reply.data()["node"], node);
    for account in ["admin@fabrikam", "sales@wingtip", "admin@lamna"] {
        let reply = test.as_viewer(account).ask_with(query, json!({ "id": own["service"]["id"] })).await;
        assert_eq!(reply.data()["node"], Value::Null, "{account}");
    }
}

#[tokio::test]
async fn the_list_of_incidents_takes_filters_and_both_orders() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("support@wingtip");
    let (mut older, mut over) =
        (incident("adatum", "WP9000001", "Older"), incident("adatum", "WP9000002", "Over"));
    older.starts_at = Some(NOW.plus_days(-3));
    (over.status, over.is_resolved, over.classification) = ("service_restored", true, "advisory");
    over.starts_at = Some(NOW.plus_days(-2));
    voice(&test, "wingtip", NOW).incidents(&[older, over, incident("adatum", "WP9000003", "Newer")]).await;
    let reply = viewer.ask("{ services { id name } }").await;
    let all = reply.data()["services"].as_array().unwrap();
    let service = all.iter().find(|one| one["name"] == SERVICE).unwrap()["id"].clone();
    let of_service = json!({ "service": { "eq": service } });
    for (more, arguments, expected) in [
        (json!({}), "", vec!["WP9000003", "WP9000002", "WP9000001"]),
        (
            json!({}),
            ", orderBy: [{ field: STARTED_AT, direction: ASC }]",
            vec!["WP9000001", "WP9000002", "WP9000003"],
        ),
        (json!({ "active": true }), "", vec!["WP9000003", "WP9000001"]),
        (json!({ "active": false }), "", vec!["WP9000002"]),
        (json!({ "classification": { "eq": "ADVISORY" } }), "", vec!["WP9000002"]),
        (json!({ "status": { "in": ["SERVICE_DEGRADATION"] } }), "", vec!["WP9000003", "WP9000001"]),
        (json!({ "title": { "contains": "oLd" } }), "", vec!["WP9000001"]),
        (json!({ "startedAt": { "gt": "2026-02-28T09:00:00Z" } }), "", vec!["WP9000003"]),
        (json!({ "not": { "active": true } }), "", vec!["WP9000002"]),
        (
            json!({ "or": [{ "title": { "eq": "newer" } }, { "active": false }] }),
            "",
            vec!["WP9000003", "WP9000002"],
        ),
    ] {
        let filter = json!({ "and": [of_service, more] });
        let query = format!(
            "query($f: IncidentFilter) {{ incidents(filter: $f, first: 50{arguments}) {{ totalCount {{ value isEstimate }} nodes {{ externalId }} }} }}"
        );
        let reply = viewer.ask_with(&query, json!({ "f": filter })).await;
        let ids: Vec<&Value> =
            nodes(reply.data(), "/incidents").iter().map(|one| &one["externalId"]).collect();
        assert_eq!(ids, expected, "{filter} {arguments}");
        let count = json!({ "value": expected.len(), "isEstimate": false });
        assert_eq!(reply.data()["incidents"]["totalCount"], count, "{filter}");
    }
}

#[tokio::test]
async fn a_new_link_opens_what_was_said_before_it() {
    let test = TestApp::demo().await;
    // Tailspin alone names Northwind for the museum.
    voice(&test, "tailspin", NOW).incidents(&[incident("baldwin-museum", ID, "Cloud PCs are slow")]).await;
    assert_eq!(incident_of(&test.as_viewer("lead@northwind"), ID).await, None);
    let said = NOW.plus_days(1);
    voice(&test, "northwind", said).links(&[served_by("baldwin-museum", "tailspin")]).await;
    voice(&test, "tailspin", said).links(&[through("baldwin-museum", "northwind")]).await;
    for (at, is_open) in [(just_before(said), false), (said, true)] {
        test.set_clock(at);
        assert_eq!(incident_of(&test.as_viewer("lead@northwind"), ID).await.is_some(), is_open, "{at:?}");
    }
}
