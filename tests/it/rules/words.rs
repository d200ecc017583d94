//! DESIGN 4.3: whose word counts, and for whom.

use super::facts::{
    access, customer, extra, finds, just_before, name_of, offers, partners_of, partnership, relationships_of,
    resold, sees_extra, served_by, source, subscriptions_of, tenant, through, voice,
};
use crate::harness::{NOW, TestApp};
use partner_gateway::access::directory;
use partner_gateway::customers::ingest::indirect_fact;
use partner_gateway::customers::record::CustomerRecord;
use partner_gateway::db::derive;
use serde_json::json;

#[tokio::test]
async fn a_partner_sees_a_customer_under_the_name_of_its_own_source() {
    let test = TestApp::demo().await;
    assert_eq!(
        name_of(&test.as_viewer("admin@fabrikam"), "humongous-insurance").await,
        "Humongous Insurance"
    );
    assert_eq!(name_of(&test.as_viewer("admin@wingtip"), "humongous-insurance").await, "Humongous Holdings");
}

#[tokio::test]
async fn a_source_that_renames_a_customer_renames_it_for_itself_alone() {
    let test = TestApp::demo().await;
    let renamed = CustomerRecord { name: Some("Renamed".into()), ..resold("humongous-insurance") };
    voice(&test, "fabrikam", NOW).customers(&[renamed]).await;
    for (viewer, name) in [
        ("admin@fabrikam", "Renamed"),
        ("admin@wingtip", "Humongous Holdings"),
        ("admin@northwind", "Humongous Insurance"),
    ] {
        assert_eq!(name_of(&test.as_viewer(viewer), "humongous-insurance").await, name, "{viewer}");
    }
}

#[tokio::test]
async fn a_provider_reads_its_resellers_rows_only_over_a_link_that_both_said_or_a_consent() {
    let test = TestApp::demo().await;
    for (customer, reseller, provider, is_linked, why) in [
        ("contoso", "fabrikam", "northwind", true, "both said it"),
        ("alpine-ski-house", "fabrikam", "litware", true, "both said it before they parted"),
        ("nod-publishers", "fabrikam", "northwind", true, "the reseller names no provider, and consented"),
        ("coho-winery", "tailspin", "litware", false, "only the provider said it"),
        ("baldwin-museum", "tailspin", "northwind", false, "only the reseller said it"),
        ("blue-yonder-airlines", "fabrikam", "northwind", false, "the reseller names another provider"),
        ("blue-yonder-airlines", "fabrikam", "litware", false, "the provider says nothing"),
        ("wide-world-importers", "tailspin", "litware", true, "both said it"),
    ] {
        voice(&test, reseller, NOW).subscriptions(&[extra(customer, provider)]).await;
        let provider = test.as_viewer(&format!("admin@{provider}"));
        assert_eq!(sees_extra(&provider, customer).await, is_linked, "{customer}, {reseller}: {why}");
    }
}

#[tokio::test]
async fn a_link_begins_when_the_second_of_both_has_said_it() {
    let test = TestApp::demo().await;
    voice(&test, "tailspin", NOW).subscriptions(&[extra("baldwin-museum", "northwind")]).await;
    let said = NOW.plus_days(2);
    voice(&test, "northwind", said).links(&[served_by("baldwin-museum", "tailspin")]).await;
    for (at, is_said) in [(just_before(said), false), (said, true)] {
        test.set_clock(at);
        let provider = test.as_viewer("admin@northwind");
        assert_eq!(finds(&provider, "baldwin-museum").await, is_said);
        assert_eq!(sees_extra(&provider, "baldwin-museum").await, is_said);
    }
}

#[tokio::test]
async fn a_reseller_reads_those_of_its_providers_rows_that_name_it() {
    let test = TestApp::demo().await;
    // Northwind alone captured "Microsoft 365 E5" for Tailspin's PartnerID, and Intune for nobody's.
    let seen = offers(&test.as_viewer("admin@tailspin"), "parnell-aerospace").await;
    assert_eq!(seen, ["Microsoft 365 E5", "Visio Plan 2"]);
}

#[tokio::test]
async fn a_reseller_reads_nothing_of_its_provider_without_a_link() {
    let test = TestApp::demo().await;
    // Litware's row carries Tailspin's PartnerID, but Tailspin never said that it serves the customer through Litware.
    let seen = offers(&test.as_viewer("admin@tailspin"), "coho-winery").await;
    assert_eq!(seen, ["Exchange Online (Plan 1)"]);
}

#[tokio::test]
async fn the_word_of_one_partner_opens_only_what_that_partner_brought_in() {
    let test = TestApp::demo().await;
    voice(&test, "tailspin", NOW).subscriptions(&[extra("coho-winery", "litware")]).await;
    let seen = offers(&test.as_viewer("admin@litware"), "coho-winery").await;
    assert_eq!(seen, ["Microsoft 365 Business Premium"]);
    assert!(finds(&test.as_viewer("admin@litware"), "coho-winery").await);
}

#[tokio::test]
async fn a_consent_counts_during_its_interval_only() {
    let test = TestApp::demo().await;
    voice(&test, "fabrikam", NOW).subscriptions(&[extra("nod-publishers", "northwind")]).await;
    let (from, until) = (NOW.plus_days(1), NOW.plus_days(3));
    let (reseller, provider) = (source(&test, "fabrikam").await, source(&test, "northwind").await);
    let tx = test.db().begin().await.unwrap();
    directory::consent(&tx, reseller, provider, from, until).await.unwrap();
    tx.commit().await.unwrap();
    for (at, counts) in [(just_before(from), false), (from, true), (just_before(until), true), (until, false)]
    {
        test.set_clock(at);
        let viewer = test.as_viewer("admin@northwind");
        assert_eq!(sees_extra(&viewer, "nod-publishers").await, counts, "{at:?} of {from:?} to {until:?}");
        assert!(finds(&viewer, "nod-publishers").await, "its own row stays readable");
    }
}

#[tokio::test]
async fn a_consent_survives_a_newer_capture_of_the_partnership() {
    let test = TestApp::demo().await;
    let at = NOW.plus_days(1);
    test.set_clock(at);
    voice(&test, "fabrikam", at).partnerships(&[partnership("northwind", true, true)]).await;
    assert_eq!(derive::check(test.db()).await.unwrap(), [], "derived tables and their facts differ");
    // Whatever is brought in next makes the customer's grants anew.
    voice(&test, "fabrikam", at).subscriptions(&[extra("nod-publishers", "northwind")]).await;
    assert!(sees_extra(&test.as_viewer("admin@northwind"), "nod-publishers").await);
}

#[tokio::test]
async fn a_consent_covers_a_customer_once_its_relation_names_no_other_provider_any_more() {
    let test = TestApp::demo().await;
    const KEY: &str = "blue-yonder-airlines";
    voice(&test, "fabrikam", NOW).subscriptions(&[extra(KEY, "northwind")]).await;
    let (id, at) = (customer(&test, KEY).await, NOW.plus_days(1));
    let (litware, fabrikam) = (source(&test, "litware").await, source(&test, "fabrikam").await);
    let mut ingest = voice(&test, "fabrikam", at).ingest().await;
    assert!(ingest.end(&indirect_fact(id, litware, fabrikam)).await.unwrap());
    ingest.touch(id);
    ingest.commit().await.unwrap();
    test.set_clock(just_before(at));
    assert!(!sees_extra(&test.as_viewer("admin@northwind"), KEY).await, "Fabrikam still names Litware");
    test.set_clock(at);
    assert!(sees_extra(&test.as_viewer("admin@northwind"), KEY).await);
}

#[tokio::test]
async fn a_link_ends_with_the_resellers_own_relation() {
    let test = TestApp::demo().await;
    voice(&test, "fabrikam", NOW).subscriptions(&[extra("proseware", "northwind")]).await;
    assert!(sees_extra(&test.as_viewer("admin@northwind"), "proseware").await);
    let at = NOW.plus_days(1);
    voice(&test, "fabrikam", at).in_whole_lists().customers(&[resold("contoso")]).await;
    test.set_clock(at);
    let provider = test.as_viewer("admin@northwind");
    assert!(!sees_extra(&provider, "proseware").await);
    assert!(finds(&provider, "proseware").await, "its own word stays");
}

#[tokio::test]
async fn a_customers_own_admin_reads_the_subscriptions_of_every_source() {
    let test = TestApp::demo().await;
    let seen = offers(&test.as_viewer("admin@contoso"), "contoso").await;
    let all = [
        "Azure plan",
        "Dynamics 365 Sales",
        "Microsoft 365 Copilot",
        "Microsoft 365 E5",
        "Power BI Pro",
        "Visio Plan 2",
    ];
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_customers_own_admin_reads_every_relationship_labelled_by_partner() {
    let test = TestApp::demo().await;
    let all = relationships_of(&test.as_viewer("admin@contoso"), "contoso").await;
    let label = |name: &str| {
        all.iter().find(|one| one["displayName"] == name).map(|one| one["partner"]["name"].clone())
    };
    assert_eq!(label("Contoso support"), Some(json!("Fabrikam Cloud")));
    assert_eq!(label("Contoso messaging"), Some(json!("Wingtip Managed Services")));
    assert_eq!(all.len(), 2);
}

#[tokio::test]
async fn a_customers_own_admin_sees_every_partner_with_its_relations() {
    let test = TestApp::demo().await;
    let seen = partners_of(&test.as_viewer("admin@contoso"), "contoso").await;
    let names: Vec<&str> = seen.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Fabrikam Cloud", "Northwind Distribution", "Wingtip Managed Services"]);
    assert_eq!(seen[0].1, ["RESELLER", "DELEGATED_ADMIN"]);
    assert_eq!(seen[2].1, ["RESELLER", "DELEGATED_ADMIN"]);
}

#[tokio::test]
async fn a_customers_own_admin_reads_its_company_details_whichever_source_spoke_last() {
    let test = TestApp::demo().await;
    voice(&test, "wingtip", NOW.plus_days(1)).customers(&[resold("contoso")]).await;
    let query = "query($t: UUID) { customer(tenantId: $t) { companyProfile { email } domains } }";
    let reply = test.as_viewer("admin@contoso").ask_with(query, json!({ "t": tenant("contoso") })).await;
    let seen = &reply.data()["customer"];
    assert_eq!(seen["companyProfile"]["email"], "office@contoso.com");
    assert!(seen["domains"].as_array().unwrap().contains(&json!("contoso.co.uk")), "{seen}");
}

#[tokio::test]
async fn what_sources_share_has_no_attributes() {
    let test = TestApp::demo().await;
    // Wingtip brings in a customer of Fabrikam alone: both now have the shell, and each only its own words.
    let known = CustomerRecord { name: Some("Prose Inc".into()), ..resold("proseware") };
    voice(&test, "wingtip", NOW).customers(&[known]).await;
    let wingtip = test.as_viewer("admin@wingtip");
    assert_eq!(name_of(&wingtip, "proseware").await, "Prose Inc");
    assert!(subscriptions_of(&wingtip, "proseware").await.is_empty());
    assert_eq!(name_of(&test.as_viewer("admin@fabrikam"), "proseware").await, "Proseware");
}

#[tokio::test]
async fn an_ingest_that_is_dropped_leaves_nothing() {
    let test = TestApp::demo().await;
    let mut ingest = voice(&test, "wingtip", NOW).ingest().await;
    let records = [resold("proseware")];
    let outcome = partner_gateway::customers::ingest::customers(&mut ingest, &records).await.unwrap();
    assert_eq!(outcome.stored, 1);
    drop(ingest);
    assert!(!finds(&test.as_viewer("admin@wingtip"), "proseware").await);
}

#[tokio::test]
async fn a_capture_that_names_its_importer_as_the_other_partner_makes_no_link() {
    let test = TestApp::demo().await;
    let outcome = voice(&test, "fabrikam", NOW).links(&[through("proseware", "fabrikam")]).await;
    assert_eq!((outcome.stored, outcome.skipped.len()), (0, 1), "{outcome:?}");
    let held = access(&test.as_viewer("admin@fabrikam"), "proseware").await.unwrap();
    assert!(held.via("INDIRECT_RESELLER").is_empty());
}
