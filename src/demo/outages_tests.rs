#![allow(clippy::unwrap_used)]

use super::super::load::load;
use super::super::tests::{NOW, empty, number};
use super::super::world::{CUSTOMERS, RELATIONSHIPS};
use super::super::{ensure, is_loaded};
use super::*;
use crate::db::sql::Sql;
use crate::events;
use crate::health::catalogue::id_of;
use sea_orm::FromQueryResult;
use std::collections::BTreeSet;

/// The demo world, whole.
async fn world() -> Db {
    let (db, _) = empty().await;
    ensure(&db, NOW).await.unwrap();
    db
}

/// How many rows of a table, under the alias `t`, one source has of one customer.
async fn of(db: &Db, table: &str, source: &str, customer: &str, condition: &str) -> i64 {
    let sql = Sql::new(format!("SELECT count(*) AS n FROM {table} t JOIN partner p ON p.id = t.source_id"))
        .push(" JOIN customer c ON c.id = t.customer_id WHERE p.tenant_id = ")
        .bind(tenant_id(source))
        .push(" AND c.tenant_id = ")
        .bind(tenant_id(customer));
    number(db, sql.push(&format!(" AND {condition}"))).await
}

/// How many rows of a table of incidents, under the alias `t`, one source has of one incident.
async fn of_issue(db: &Db, table: &str, source: &str, id: &str, condition: &str) -> i64 {
    let sql = Sql::new(format!("SELECT count(*) AS n FROM {table} t JOIN partner p ON p.id = t.source_id"))
        .push(" JOIN incident i ON i.id = t.incident_id WHERE p.tenant_id = ")
        .bind(tenant_id(source))
        .push(" AND i.external_id = ")
        .bind(id);
    number(db, sql.push(&format!(" AND {condition}"))).await
}

async fn count(db: &Db, rest: &str) -> i64 {
    number(db, Sql::new(format!("SELECT count(*) AS n FROM {rest}"))).await
}

#[derive(FromQueryResult)]
struct Seen {
    status: String,
}

/// The statuses in which one source saw a service of one customer, the oldest first.
async fn history(db: &Db, source: &str, customer: &str, service: &str) -> Vec<String> {
    let sql = Sql::new("SELECT t.status FROM service_status_span t JOIN partner p ON p.id = t.source_id")
        .push(" JOIN customer c ON c.id = t.customer_id WHERE p.tenant_id = ")
        .bind(tenant_id(source))
        .push(" AND c.tenant_id = ")
        .bind(tenant_id(customer))
        .push(" AND t.service_id = ")
        .bind(id_of(service).0)
        .push(" ORDER BY t.first_at");
    db.unscoped_rows::<Seen>(sql).await.unwrap().into_iter().map(|row| row.status).collect()
}

/// Whether a source was delegated to look at a customer so many minutes before the load.
fn could_look(source: &str, customer: &str, ago: i64) -> bool {
    let mut words = CUSTOMERS.iter().filter(|row| row.key == customer).flat_map(|row| row.words);
    let has_dap = words.any(|word| word.by == source && word.dap && word.until == 0);
    let own = RELATIONSHIPS.iter().filter(|row| row.by == source && row.of == customer);
    let mut active = own.filter(|row| !["created", "approval_pending"].contains(&row.status));
    let has_gdap = active.any(|row| {
        let ended = if row.ended > 0 { row.ended * D } else { (row.age - row.days) * D };
        let is_given = row.assigned.iter().any(|(_, _, status)| *status == "active");
        is_given && row.age * D >= ago && ended < ago
    });
    has_dap || has_gdap
}

#[test]
fn only_delegated_sources_look_and_each_in_the_order_of_time() {
    for look in LOOKS {
        for customer in look.of {
            let knows = CUSTOMERS.iter().find(|row| row.key == *customer).unwrap();
            assert!(knows.words.iter().any(|word| word.by == look.by), "{} of {customer}", look.by);
            let is_seen = look.outcome == LookOutcome::Seen;
            assert!(!is_seen || could_look(look.by, customer, look.ago), "{} at {customer}", look.by);
        }
    }
    for source in ["fabrikam", "tailspin", "litware", "wingtip"] {
        let times: Vec<i64> = LOOKS.iter().filter(|look| look.by == source).map(|look| look.ago).collect();
        assert!(times.is_sorted_by(|earlier, later| earlier > later), "{source}: {times:?}");
    }
}

#[test]
fn what_is_published_hits_customers_that_have_the_service_and_are_looked_at() {
    let ids: BTreeSet<&str> = ISSUES.iter().map(|issue| issue.id).collect();
    assert_eq!(ids.len(), ISSUES.len());
    let looked = |source: &str, customer: &str| {
        let mut seen = LOOKS.iter().filter(|look| look.by == source && look.outcome == LookOutcome::Seen);
        seen.any(|look| look.of.contains(&customer))
    };
    for issue in ISSUES {
        assert!(issue.posts.is_sorted_by(|earlier, later| earlier.ago > later.ago), "{}", issue.id);
        assert!(issue.posts.iter().all(|post| post.ago < issue.began && !post.text.contains(['<', '&'])));
        for (source, customers) in issue.hits {
            for customer in *customers {
                let place = format!("{} at {customer} by {source}", issue.id);
                assert!(looked(source, customer), "{place}");
                assert!(services_of(customer).any(|service| service.key == issue.service), "{place}");
            }
        }
    }
    for (key, _) in GRAPH_IDS {
        let service = Catalogue::shipped().services().iter().find(|service| service.key == *key).unwrap();
        let name = overview_name(service);
        assert_eq!(Catalogue::shipped().recognise(name.id.as_deref(), "another name"), service.id, "{key}");
    }
}

#[test]
fn a_publication_reads_as_the_vendor_writes_it() {
    let issue = ISSUES.iter().find(|issue| issue.id == "EX1104210").unwrap();
    let written = |post: &Post| post_record(issue.title, issue.impact, post, NOW);
    let first = written(&issue.posts[0]);
    assert!(first.content.starts_with("Title: Users may experience delays"), "{}", first.content);
    assert!(first.content.contains("\n\nUser impact: Users may find that"), "{}", first.content);
    // An hour after 2026-09-21T14:13:20Z.
    assert!(first.content.ends_with("\n\nNext update by: Monday, September 21, 2026, at 3:13 PM UTC"));
    let last = written(issue.posts.last().unwrap());
    assert_eq!(last.content_type, "html");
    assert!(last.content.contains("<p><b>Current status:</b> The change has been taken back"));
    assert!(written(&issue.posts[2]).content.starts_with("A quick update"));
}

#[tokio::test]
async fn one_mail_incident_hits_customers_of_two_providers_in_the_words_of_four_sources() {
    let db = world().await;
    for (source, posts, customers) in
        [("fabrikam", 4, 10), ("tailspin", 3, 3), ("litware", 4, 1), ("wingtip", 4, 2)]
    {
        let copy = of_issue(&db, "incident_copy", source, "EX1104210", "NOT t.is_resolved").await;
        assert_eq!(copy, 1, "{source}");
        assert_eq!(of_issue(&db, "incident_post", source, "EX1104210", "1 = 1").await, posts, "{source}");
        assert_eq!(
            of_issue(&db, "incident_tenant", source, "EX1104210", "1 = 1").await,
            customers,
            "{source}"
        );
    }
    assert_eq!(count(&db, "incident WHERE external_id = 'EX1104210'").await, 1);
    let shown = "(SELECT DISTINCT c.title FROM incident_copy c JOIN incident i ON i.id = c.incident_id \
                 WHERE i.external_id = 'EX1104210') d";
    assert_eq!(count(&db, shown).await, 1);
}

#[tokio::test]
async fn no_service_with_an_open_issue_is_operational() {
    let db = world().await;
    let open = "incident_tenant t JOIN incident_copy c ON c.source_id = t.source_id AND c.incident_id = t.incident_id \
                JOIN customer_service s ON s.source_id = t.source_id AND s.customer_id = t.customer_id \
                AND s.service_id = c.service_id WHERE NOT c.is_resolved";
    assert!(count(&db, open).await > 25);
    assert_eq!(count(&db, &format!("{open} AND s.status = 'service_operational'")).await, 0);
    let fine = count(&db, "customer_service WHERE status = 'service_operational'").await;
    assert!(fine > count(&db, "customer_service").await / 2);
}

#[tokio::test]
async fn issues_of_every_kind_are_there() {
    let db = world().await;
    for (id, source, condition) in [
        ("EX1104210", "fabrikam", "t.classification = 'incident' AND t.status = 'restoring_service'"),
        ("TM1104305", "fabrikam", "t.classification = 'advisory' AND NOT t.is_resolved"),
        ("IT1104102", "litware", "t.classification = 'advisory' AND NOT t.is_resolved"),
        ("PB1104066", "tailspin", "t.classification = 'advisory' AND NOT t.is_resolved"),
        ("CR1103740", "wingtip", "t.status = 'restoring_service' AND t.ends_at IS NULL"),
        ("AZ1104191", "fabrikam", "t.status = 'extended_recovery'"),
        ("OD1103902", "fabrikam", "t.classification = 'other' AND t.classification_raw = 'maintenance'"),
        ("MO1103655", "tailspin", "t.origin = 'third_party' AND t.is_resolved"),
        ("SP1102417", "wingtip", "t.status = 'post_incident_review_published' AND t.is_resolved"),
        ("MO1103988", "fabrikam", "NOT t.is_resolved AND t.ends_at IS NULL"),
    ] {
        assert_eq!(of_issue(&db, "incident_copy", source, id, condition).await, 1, "{id}");
    }
    assert_eq!(of_issue(&db, "incident_post", "fabrikam", "SP1102417", "1 = 1").await, 5);
    let reopened = of_issue(&db, "event", "fabrikam", "MO1103988", "t.change = 'reopened'").await;
    assert_eq!(reopened, 1, "resolved, and open again");
    let elsewhere =
        "incident_copy t JOIN incident i ON i.id = t.incident_id WHERE i.external_id = 'CR1103740'";
    assert_eq!(count(&db, elsewhere).await, 1, "at Wingtip alone");
}

#[tokio::test]
async fn looks_end_in_every_way() {
    let db = world().await;
    let long_ago = NOW.plus_days(-9).0;
    let seen_long_ago = format!("t.outcome = 'seen' AND t.seen_at = {long_ago}");
    for (source, customer, condition) in [
        ("fabrikam", "southridge-video", "t.outcome = 'throttled' AND t.seen_at IS NOT NULL"),
        ("fabrikam", "lucerne-publishing", "t.outcome = 'no_delegation' AND t.seen_at IS NOT NULL"),
        ("fabrikam", "trey-research", "t.outcome = 'no_delegation' AND t.seen_at IS NOT NULL"),
        ("fabrikam", "the-phone-company", "t.outcome = 'no_delegation' AND t.seen_at IS NOT NULL"),
        ("fabrikam", "vanarsdel", "t.outcome = 'no_delegation' AND t.seen_at IS NULL"),
        ("tailspin", "tailspin-toys", "t.outcome = 'no_delegation' AND t.seen_at IS NULL"),
        ("fabrikam", "fincher-architects", seen_long_ago.as_str()),
        ("fabrikam", "contoso", "t.outcome = 'seen'"),
        ("wingtip", "contoso", "t.outcome = 'seen'"),
    ] {
        let found = of(&db, "health_watch", source, customer, condition).await;
        assert_eq!(found, 1, "{customer}: {condition}");
    }
    let fincher = format!("t.as_of = {long_ago} AND t.status IS NOT NULL");
    assert!(of(&db, "customer_service", "fabrikam", "fincher-architects", &fincher).await > 10);
    for customer in ["coho-vineyard", "proseware"] {
        assert_eq!(of(&db, "health_watch", "fabrikam", customer, "1 = 1").await, 0, "{customer}");
        assert_eq!(of(&db, "customer_service", "fabrikam", customer, "1 = 1").await, 0, "{customer}");
    }
    assert!(could_look("fabrikam", "coho-vineyard", 0) && !could_look("fabrikam", "proseware", 0));
}

#[tokio::test]
async fn a_closely_watched_customer_has_a_history() {
    let db = world().await;
    for customer in ["contoso", "adventure-works"] {
        let mail = history(&db, "fabrikam", customer, "exchange").await;
        let expected = ["service_operational", "investigating", "service_degradation", "restoring_service"];
        assert_eq!(mail, expected, "{customer}");
        let sites = history(&db, "fabrikam", customer, "sharepoint").await;
        let expected = ["service_operational", "investigating", "service_restored", "service_operational"];
        assert_eq!(sites, expected, "{customer}");
    }
    let odd = "customer_service WHERE status = 'other' AND status_raw = 'serviceDelayed'";
    assert_eq!(count(&db, odd).await, 1);
}

#[tokio::test]
async fn messages_portals_and_requests_are_there() {
    let db = world().await;
    assert_eq!(count(&db, "(SELECT DISTINCT external_id FROM message_copy) d").await, 6);
    assert_eq!(count(&db, "(SELECT DISTINCT customer_id FROM message_tenant) d").await, 3);
    for (source, customer, messages) in [
        ("fabrikam", "contoso", 4),
        ("fabrikam", "adventure-works", 3),
        ("wingtip", "contoso", 1),
        ("wingtip", "adatum", 1),
    ] {
        let found = of(&db, "message_tenant", source, customer, "1 = 1").await;
        assert_eq!(found, messages, "{source} of {customer}");
    }
    let major = format!("message_copy WHERE is_major_change AND action_required_by > {}", NOW.0);
    assert_eq!(count(&db, &major).await, 2, "one message, of two sources");
    assert_eq!(count(&db, "(SELECT DISTINCT category, severity FROM message_copy) d").await, 5);
    let portal = "t.admin_url LIKE 'https://%contoso.onmicrosoft.com' AND t.status IS NOT NULL";
    assert_eq!(of(&db, "customer_service", "fabrikam", "contoso", portal).await, 4);
    let mail = id_of("exchange").0;
    for (source, customer, status) in [
        ("fabrikam", "adventure-works", "open"),
        ("fabrikam", "relecloud", "attention_needed"),
        ("wingtip", "contoso", "open"),
        ("tailspin", "contoso-retail", "open"),
    ] {
        let sql =
            Sql::new("SELECT count(*) AS n FROM vendor_request t JOIN customer c ON c.id = t.customer_id")
                .push(" JOIN partner p ON p.id = t.source_id WHERE t.service_id = ")
                .bind(mail)
                .push(" AND t.system = 'partner_center' AND t.status = ")
                .bind(status)
                .push(" AND c.tenant_id = ")
                .bind(tenant_id(customer))
                .push(" AND p.tenant_id = ")
                .bind(tenant_id(source));
        assert_eq!(number(&db, sql).await, 1, "{source} for {customer}");
    }
    let closed = "t.status = 'closed' AND t.closed_at IS NOT NULL";
    assert_eq!(of(&db, "vendor_request", "fabrikam", "fourth-coffee", closed).await, 1);
}

#[tokio::test]
async fn load_that_is_repeated_a_day_later_doubles_no_health() {
    let (db, _) = empty().await;
    let tables =
        ["service_status_span", "customer_service", "incident_copy", "incident_post", "vendor_request"];
    load(&db, NOW.plus_days(-1)).await.unwrap();
    let mut first = Vec::new();
    for table in tables {
        first.push(count(&db, table).await);
    }
    assert!(!is_loaded(&db).await.unwrap() && ensure(&db, NOW).await.unwrap());
    assert!(is_loaded(&db).await.unwrap());
    for (table, expected) in tables.into_iter().zip(first) {
        assert_eq!(count(&db, table).await, expected, "{table}");
    }
}

#[tokio::test]
async fn every_step_of_the_outage_changes_something() {
    let db = world().await;
    let mut outage = Outage::begin(&db).await.unwrap();
    for step in script() {
        let (_, before) = events::ends(&db).await.unwrap();
        outage.advance(&db, &step).await.unwrap();
        assert!(events::ends(&db).await.unwrap().1 > before, "{}", step.line);
    }
    let tenants: BTreeSet<&str> = outage.hit.iter().map(|(_, customer)| *customer).collect();
    assert_eq!(tenants.len(), 12);
    assert!(outage.hit.iter().all(|(source, customer)| could_look(source, customer, 0)));
}

#[tokio::test]
async fn outage_ends_resolved_however_often_it_is_played() {
    let db = world().await;
    let mut lines = Vec::new();
    let first = replay(&db, Duration::ZERO, &mut |line: String| lines.push(line)).await.unwrap();
    assert_eq!(lines.len(), script().len());
    assert!(lines.iter().all(|line| line.starts_with(&first)), "{lines:#?}");
    let course = [
        "service_operational",
        "investigating",
        "service_degradation",
        "restoring_service",
        "verifying_service",
        "service_restored",
        "service_degradation",
        "service_restored",
    ];
    assert_eq!(history(&db, "fabrikam", "contoso", "teams").await, course);
    db.clock().set(NOW.plus_days(1));
    let second = replay(&db, Duration::ZERO, &mut |_: String| {}).await.unwrap();
    assert_ne!(first, second);
    for id in [&first, &second] {
        for source in EVERYBODY {
            let over =
                "t.is_resolved AND t.ends_at IS NOT NULL AND t.status = 'post_incident_review_published'";
            assert_eq!(of_issue(&db, "incident_copy", source, id, over).await, 1, "{source}");
            let reopened = of_issue(&db, "event", source, id, "t.change = 'reopened'").await;
            assert_eq!(reopened, 1, "{source}");
        }
        assert_eq!(of_issue(&db, "incident_post", "fabrikam", id, "1 = 1").await, 9);
    }
    for (source, customer) in
        [("fabrikam", "terra-firma"), ("tailspin", "contoso-retail"), ("wingtip", "adatum")]
    {
        let last = history(&db, source, customer, "teams").await;
        assert_eq!(last.last().map(String::as_str), Some("service_restored"), "{customer}");
    }
}
