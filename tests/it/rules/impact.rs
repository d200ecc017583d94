//! Whom an incident affects, for whom: DESIGN 4.3 and 4.4 for numbers. Sums take rows that the reader may read, and a
//! customer counts once, whatever the number of sources.

use super::facts::{just_before, resold, served_by, voice};
use super::outages::{
    SERVICE, affected, by_reseller, hours, incident, incident_of, licences, named, numbers, request,
};
use crate::harness::{NOW, TestApp, Viewer, nodes};
use partner_gateway::incidents::record::IncidentRecord;
use partner_gateway::subscriptions::record::SubscriptionRecord;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ID: &str = "WP9000001";
const KEY: &str = "adventure-works";

fn at(keys: &[&str]) -> Vec<IncidentRecord> {
    keys.iter().map(|key| incident(key, ID, "Cloud PCs are slow")).collect()
}

/// The incident as an account sees it, which it must.
async fn seen_by(test: &TestApp, account: &str) -> Value {
    incident_of(&test.as_viewer(account), ID).await.unwrap_or_else(|| panic!("{account} does not see it"))
}

#[tokio::test]
async fn two_partners_get_their_own_numbers_of_one_incident_and_learn_nothing_of_each_others() {
    let test = TestApp::demo().await;
    voice(&test, "fabrikam", NOW).incidents(&at(&["contoso", "fourth-coffee", "woodgrove-bank"])).await;
    voice(&test, "fabrikam", NOW).subscriptions(&[licences("contoso", "f1", "fabrikam", 30)]).await;
    voice(&test, "fabrikam", NOW).requests(&[request("contoso", "261101", SERVICE)]).await;
    let fabrikams = seen_by(&test, "engineer@fabrikam").await;
    assert_eq!(affected(&fabrikams), ["Contoso", "Fourth Coffee", "Woodgrove Bank"]);
    assert_eq!(numbers(&fabrikams), [3, 30, 1]);
    voice(&test, "wingtip", NOW).incidents(&at(&["contoso", "adatum"])).await;
    voice(&test, "wingtip", NOW).subscriptions(&[licences("contoso", "w1", "wingtip", 7)]).await;
    let filed = [request("contoso", "261102", SERVICE), request("adatum", "261103", SERVICE)];
    voice(&test, "wingtip", NOW).requests(&filed).await;
    let wingtips = seen_by(&test, "engineer@wingtip").await;
    assert_eq!((affected(&wingtips), numbers(&wingtips)), (vec!["A. Datum", "Contoso"], [2, 7, 2]));
    assert_eq!(by_reseller(&wingtips), [("Wingtip Managed Services", [2, 7, 2])]);
    assert_eq!(seen_by(&test, "engineer@fabrikam").await, fabrikams, "nothing of it is Fabrikam's");
    // The customer's own admin has one customer, with what both say of it.
    let own = seen_by(&test, "admin@contoso").await;
    assert_eq!((affected(&own), numbers(&own)), (vec!["Contoso"], [1, 37, 2]));
    let each = BTreeSet::from([("Fabrikam Cloud", [1, 37, 2]), ("Wingtip Managed Services", [1, 37, 2])]);
    assert_eq!(by_reseller(&own).into_iter().collect::<BTreeSet<_>>(), each);
}

#[tokio::test]
async fn a_customer_counts_once_with_two_sources() {
    let test = TestApp::demo().await;
    voice(&test, "fabrikam", NOW).incidents(&at(&["contoso"])).await;
    voice(&test, "northwind", NOW).incidents(&at(&["contoso"])).await;
    voice(&test, "fabrikam", NOW).subscriptions(&[licences("contoso", "c1", "northwind", 12)]).await;
    voice(&test, "northwind", NOW).subscriptions(&[licences("contoso", "c1", "northwind", 14)]).await;
    let seen = seen_by(&test, "lead@northwind").await;
    assert_eq!(affected(&seen), ["Contoso"]);
    assert_eq!(numbers(&seen), [1, 14, 0], "and a subscription once, in one's own copy");
    // Northwind's own row is Fabrikam's customer too: it says so itself.
    assert_eq!(by_reseller(&seen), [("Fabrikam Cloud", [1, 14, 0])]);
    let total = json!({ "value": 1, "isEstimate": false });
    assert_eq!(seen["impact"]["customers"]["totalCount"], total);
}

#[tokio::test]
async fn a_provider_gets_the_numbers_of_the_customers_served_through_it_by_reseller() {
    let test = TestApp::demo().await;
    voice(&test, "fabrikam", NOW).incidents(&at(&["contoso", "proseware", "woodgrove-bank"])).await;
    voice(&test, "tailspin", NOW).incidents(&at(&["wide-world-importers", "contoso-retail"])).await;
    voice(&test, "litware", NOW).incidents(&at(&["lakeshore-retail"])).await;
    for (account, names, shares) in [
        (
            "lead@northwind",
            vec!["Contoso", "Proseware", "Wide World Importers"],
            vec![("Fabrikam Cloud", 2), ("Tailspin IT", 1)],
        ),
        (
            "lead@litware",
            vec!["Contoso Retail", "Lakeshore Retail", "Wide World Importers"],
            vec![("Tailspin IT", 3)],
        ),
    ] {
        let seen = seen_by(&test, account).await;
        assert_eq!(affected(&seen), names, "{account}");
        let found: Vec<(&str, i64)> =
            by_reseller(&seen).into_iter().map(|(name, numbers)| (name, numbers[0])).collect();
        assert_eq!(found, shares, "{account}");
        assert_eq!(numbers(&seen)[0], names.len() as i64, "{account}");
    }
    assert_eq!(incident_of(&test.as_viewer("admin@lamna"), ID).await, None);
}

#[tokio::test]
async fn a_customer_leaves_the_numbers_with_the_link_by_which_it_was_known() {
    let test = TestApp::demo().await;
    voice(&test, "fabrikam", NOW).incidents(&at(&["contoso", "proseware"])).await;
    let ended = NOW.plus_days(1);
    voice(&test, "fabrikam", ended).in_whole_lists().customers(&[resold("contoso")]).await;
    for (moment, names) in [(just_before(ended), vec!["Contoso", "Proseware"]), (ended, vec!["Contoso"])] {
        test.set_clock(moment);
        let seen = seen_by(&test, "lead@northwind").await;
        assert_eq!((affected(&seen), numbers(&seen)[0]), (names.clone(), names.len() as i64), "{moment:?}");
        assert_eq!(by_reseller(&seen)[0].1[0], names.len() as i64);
    }
}

#[tokio::test]
async fn a_row_of_ones_own_counts_with_the_reseller_that_one_says_oneself() {
    let test = TestApp::demo().await;
    // Litware alone says that Tailspin serves Coho Winery through it.
    voice(&test, "litware", NOW).incidents(&at(&["coho-winery"])).await;
    let seen = seen_by(&test, "lead@litware").await;
    assert_eq!(by_reseller(&seen), [("Tailspin IT", [1, 0, 0])]);
    voice(&test, "northwind", NOW).incidents(&at(&["wingtip"])).await;
    assert!(incident_of(&test.as_viewer("lead@northwind"), ID).await.is_none(), "no role reads health there");
    voice(&test, "northwind", NOW).links(&[served_by("wingtip", "fabrikam")]).await;
    let seen = seen_by(&test, "lead@northwind").await;
    assert_eq!(by_reseller(&seen), [("Fabrikam Cloud", [1, 0, 0])]);
}

#[tokio::test]
async fn seats_are_those_of_active_licences_that_may_be_seen_and_bring_the_service() {
    let test = TestApp::demo().await;
    voice(&test, "fabrikam", NOW).incidents(&at(&[KEY])).await;
    let metered =
        |record: SubscriptionRecord| SubscriptionRecord { unit_type: Some("Usage-based".into()), ..record };
    let suspended = SubscriptionRecord { status: "suspended", ..licences(KEY, "s3", "fabrikam", 100) };
    let other = SubscriptionRecord {
        offer_name: Some("Power BI Pro".into()),
        ..licences(KEY, "s4", "fabrikam", 200)
    };
    let said = [
        licences(KEY, "s1", "fabrikam", 10),
        SubscriptionRecord { unit_type: Some("Licenses".into()), ..licences(KEY, "s2", "fabrikam", 3) },
        suspended,
        other,
        metered(licences(KEY, "s5", "fabrikam", 400)),
        // Sold by another: only who reads all of the tenant's subscriptions sees it.
        licences(KEY, "s6", "litware", 7),
    ];
    voice(&test, "fabrikam", NOW).subscriptions(&said).await;
    voice(&test, "wingtip", NOW).subscriptions(&[licences(KEY, "s7", "wingtip", 1000)]).await;
    for (account, seats) in [("helpdesk@fabrikam", 13), ("admin@fabrikam", 20), ("lead@northwind", 0)] {
        assert_eq!(numbers(&seen_by(&test, account).await), [1, seats, 0], "{account}");
    }
    let own = seen_by(&test, "admin@adventure-works").await;
    assert_eq!(numbers(&own), [1, 1020, 0], "the customer's own admin sees those of every source");
}

#[tokio::test]
async fn open_requests_count_where_requests_may_be_read() {
    let test = TestApp::demo().await;
    voice(&test, "fabrikam", NOW).incidents(&at(&[KEY, "contoso"])).await;
    let mut said = [
        request(KEY, "261101", SERVICE),
        request(KEY, "261102", SERVICE),
        request(KEY, "261103", SERVICE),
        request(KEY, "261104", "Power BI"),
        request("contoso", "261105", SERVICE),
        request("fourth-coffee", "261106", SERVICE),
    ];
    (said[1].status, said[2].status) = ("attention_needed", "closed");
    voice(&test, "fabrikam", NOW).requests(&said).await;
    voice(&test, "wingtip", NOW).requests(&[request(KEY, "261107", SERVICE)]).await;
    for (account, total, of_key) in [
        ("helpdesk@fabrikam", 2, 2),
        ("engineer@fabrikam", 3, 2),
        ("lead@northwind", 0, 0),
        ("admin@adventure-works", 3, 3),
    ] {
        let seen = seen_by(&test, account).await;
        assert_eq!(numbers(&seen)[2], total, "{account}");
        let rows = nodes(&seen, "/impact/customers");
        let row = rows.iter().find(|row| row["customer"]["name"] == "Adventure Works").unwrap();
        assert_eq!(row["openSupportRequestCount"], json!(of_key), "{account}");
    }
    // A request that two sources list is one.
    voice(&test, "wingtip", NOW).requests(&[request(KEY, "261101", SERVICE)]).await;
    assert_eq!(numbers(&seen_by(&test, "admin@adventure-works").await)[2], 3);
}

#[tokio::test]
async fn a_strangers_word_on_the_service_of_an_incident_changes_no_number() {
    let test = TestApp::demo().await;
    voice(&test, "fabrikam", NOW).incidents(&at(&[KEY])).await;
    let filed = [request(KEY, "261101", SERVICE), request(KEY, "261102", "Sway")];
    voice(&test, "fabrikam", NOW).requests(&filed).await;
    let before = seen_by(&test, "helpdesk@fabrikam").await;
    assert_eq!(numbers(&before)[2], 1);
    let strangers = IncidentRecord { service: named("Sway"), ..incident("adatum", ID, "Sway is slow") };
    voice(&test, "wingtip", NOW).incidents(&[strangers]).await;
    assert_eq!(seen_by(&test, "helpdesk@fabrikam").await, before);
}

#[tokio::test]
async fn since_when_a_customer_is_affected_is_the_earliest_that_may_be_read() {
    let test = TestApp::demo().await;
    for (source, starts) in [("fabrikam", -2), ("wingtip", -5)] {
        let said = IncidentRecord {
            starts_at: Some(hours(starts)),
            ..incident("contoso", ID, "Cloud PCs are slow")
        };
        voice(&test, source, NOW).incidents(&[said]).await;
    }
    for (account, since) in [
        ("support@fabrikam", "2026-03-02T07:00:00+00:00"),
        ("support@wingtip", "2026-03-02T04:00:00+00:00"),
        ("admin@contoso", "2026-03-02T04:00:00+00:00"),
    ] {
        let seen = seen_by(&test, account).await;
        assert_eq!(nodes(&seen, "/impact/customers")[0]["since"], since, "{account}");
    }
}

/// Names of the affected customers, page by page.
async fn paged(viewer: &Viewer<'_>, size: i32, backward: bool) -> Vec<String> {
    let (count, cursor, edge) =
        if backward { ("last", "before", "startCursor") } else { ("first", "after", "endCursor") };
    let more = if backward { "hasPreviousPage" } else { "hasNextPage" };
    let query = format!(
        "query($x: String, $n: Int, $at: String) {{ incident(externalId: $x) {{ impact {{ customers({count}: $n, {cursor}: $at) {{
            nodes {{ customer {{ name }} }} edges {{ cursor }} pageInfo {{ {more} {edge} }} }} }} }} }}"
    );
    let (mut names, mut at) = (Vec::new(), Value::Null);
    loop {
        let reply = viewer.ask_with(&query, json!({ "x": ID, "n": size, "at": at })).await;
        let page = &reply.data()["incident"]["impact"]["customers"];
        let rows = page["nodes"].as_array().unwrap().iter();
        let found: Vec<String> =
            rows.map(|row| row["customer"]["name"].as_str().unwrap().to_owned()).collect();
        names = if backward { [found, names].concat() } else { [names, found].concat() };
        if page["pageInfo"][more] == json!(false) {
            return names;
        }
        at = page["pageInfo"][edge].clone();
    }
}

#[tokio::test]
async fn pages_of_affected_customers_hold_each_once_in_one_order() {
    let test = TestApp::demo().await;
    let keys = [
        "adventure-works",
        "bellows-college",
        "coho-vineyard",
        "fourth-coffee",
        "lucerne-publishing",
        "relecloud",
        "southridge-video",
    ];
    voice(&test, "fabrikam", NOW).incidents(&at(&keys)).await;
    let viewer = test.as_viewer("helpdesk@fabrikam");
    let all = paged(&viewer, 50, false).await;
    assert_eq!(all.len(), keys.len());
    assert!(all.is_sorted(), "{all:?}");
    for size in [1, 2, 3] {
        assert_eq!(paged(&viewer, size, false).await, all, "first: {size}");
        assert_eq!(paged(&viewer, size, true).await, all, "last: {size}");
    }
}

#[tokio::test]
async fn an_incident_without_a_customer_of_ones_own_does_not_exist() {
    let test = TestApp::demo().await;
    voice(&test, "wingtip", NOW).incidents(&at(&["adatum"])).await;
    let query =
        "query($x: String, $id: ID!) { byName: incident(externalId: $x) { id } node(id: $id) { id } }";
    let own = seen_by(&test, "support@wingtip").await["id"].clone();
    let never =
        test.app.sealer.id(partner_gateway::graphql::Kind::Incident as u8, uuid::Uuid::from_u128(6)).unwrap();
    for account in ["admin@fabrikam", "lead@northwind", "admin@contoso", "sales@wingtip", "admin@lamna"] {
        let viewer = test.as_viewer(account);
        // How its lists are driven is asked once and remembered.
        viewer.ask_with(query, json!({ "x": "WP9999999", "id": never })).await;
        let count = test.db().statement_count();
        let hidden = viewer.ask_with(query, json!({ "x": ID, "id": own })).await;
        let statements = test.db().statement_count() - count;
        let unknown = viewer.ask_with(query, json!({ "x": "WP9999999", "id": never })).await;
        assert_eq!(hidden.comparable(), unknown.comparable(), "{account}");
        assert_eq!(test.db().statement_count() - count, 2 * statements, "{account}: by the same statements");
        assert_eq!(hidden.codes(), ["NOT_FOUND"], "{account}");
    }
}
