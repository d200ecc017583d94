//! The demo world: the same organisations, accounts and facts every time, with times relative to the load.
//!
//! Ids of tenants, accounts and groups follow from their names, so that a token needs no database. Never part of
//! production: nothing outside the demo's commands and the tests calls it.

pub mod bulk;
mod health;
mod load;
pub mod outages;
mod random;
pub mod scale;
mod scale_case;
pub mod scale_cases;
mod scale_health;
mod scale_partners;
mod support;
mod support_cases;
mod world;

pub use load::{ensure, is_loaded};
pub use world::{PARTNERS, Partner};

use uuid::Uuid;
use world::{CUSTOMER_STAFF, CUSTOMERS, Customer, FABRIKAM_STAFF, STAFF, Staff};

/// What the demo's ids are made in.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_3a52_9c0e_4b7d_8a41_c5e2_70b9_13f6);

/// An account of the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoAccount {
    /// `<account>@<key of its organisation>`.
    pub name: String,
    /// What it is, in words for people.
    pub title: String,
    /// Tenant of its organisation.
    pub tenant: Uuid,
    /// Object id in that tenant.
    pub object_id: Uuid,
    /// `member`, `guest` or `application`.
    pub kind: &'static str,
    /// Key of its organisation.
    organization: &'static str,
    /// Keys of its groups.
    groups: &'static [&'static str],
}

/// All accounts: those of the partners, then those of customers' own people.
pub fn accounts() -> Vec<DemoAccount> {
    let partners = PARTNERS.iter().flat_map(|partner| {
        let further = if partner.key == "fabrikam" { FABRIKAM_STAFF } else { &[] };
        STAFF.iter().chain(further).map(move |staff| demo_account(staff, partner.key, partner.name))
    });
    let customers = CUSTOMERS.iter().filter(|customer| customer.admins).flat_map(|customer| {
        let count = if customer.key == "contoso" { CUSTOMER_STAFF.len() } else { 1 };
        CUSTOMER_STAFF.iter().take(count).map(move |staff| demo_account(staff, customer.key, customer.name))
    });
    partners.chain(customers).collect()
}

fn demo_account(staff: &Staff, key: &'static str, organization: &str) -> DemoAccount {
    let name = format!("{}@{key}", staff.account);
    DemoAccount {
        title: format!("{}, {organization}", staff.title),
        tenant: tenant_id(key),
        object_id: made("account", &name),
        name,
        kind: staff.kind,
        organization: key,
        groups: staff.groups,
    }
}

/// The account of that name, such as `helpdesk@fabrikam` or `admin@contoso`.
pub fn account(name: &str) -> Option<DemoAccount> {
    accounts().into_iter().find(|account| account.name == name)
}

/// Tenant of the partner of that key.
pub fn partner_tenant(key: &str) -> Option<Uuid> {
    PARTNERS.iter().any(|partner| partner.key == key).then(|| tenant_id(key))
}

/// Tenant of the customer of that key.
pub fn customer_tenant(key: &str) -> Option<Uuid> {
    customer(key).map(|customer| tenant_id(customer.key))
}

/// Key, name and situation of every customer.
pub fn situations() -> Vec<(&'static str, &'static str, &'static str)> {
    CUSTOMERS.iter().map(|customer| (customer.key, customer.name, customer.situation)).collect()
}

fn customer(key: &str) -> Option<&'static Customer> {
    CUSTOMERS.iter().find(|customer| customer.key == key)
}

/// The id that follows from a kind and a name.
fn made(kind: &str, name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{kind}/{name}").as_bytes())
}

/// The tenant of an organisation, partner or customer: one that is both has one.
fn tenant_id(key: &str) -> Uuid {
    made("tenant", key)
}

/// Object id of a security group.
fn group_id(organization: &str, group: &str) -> Uuid {
    made("group", &format!("{organization}/{group}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::load::{PARTNER_CENTER, capture, load, write_directory};
    use super::*;
    use crate::access::policy::Files;
    use crate::access::policy::vocabulary::Vocabulary;
    use crate::clock::Clock;
    use crate::db::connect::{self, Options};
    use crate::db::sql::Sql;
    use crate::db::{Db, derive};
    use entity::{CustomerId, Timestamp};
    use sea_orm::FromQueryResult;
    use std::collections::BTreeSet;

    pub(super) const NOW: Timestamp = Timestamp(1_790_000_000_000_000);

    #[test]
    fn every_name_stands_for_one_account() {
        let names: BTreeSet<String> = accounts().into_iter().map(|account| account.name).collect();
        assert_eq!(names.len(), accounts().len());
        assert_eq!(account("helpdesk@fabrikam").unwrap().tenant, partner_tenant("fabrikam").unwrap());
        assert_eq!(account("admin@contoso").unwrap().tenant, customer_tenant("contoso").unwrap());
        assert_eq!(account("admin@wingtip").unwrap().groups, ["admin_agents"]);
        assert!(account("admin@nobody").is_none() && account("nobody@fabrikam").is_none());
    }

    #[test]
    fn ids_never_change() {
        assert_eq!(tenant_id("fabrikam").to_string(), "d18822b4-e951-5538-9838-796e8fc549e1");
        assert_eq!(
            account("helpdesk@fabrikam").unwrap().object_id.to_string(),
            "4fb4665b-710c-5b82-bdab-c450c31c7ae0"
        );
        assert_eq!(group_id("fabrikam", "admin_agents").to_string(), "f47788ef-1e57-577b-95e4-f76be6972fec");
    }

    #[test]
    fn forty_customers_each_show_a_situation_of_their_own() {
        let situations = situations();
        assert_eq!(situations.len(), 40);
        let distinct: BTreeSet<&str> = situations.iter().map(|(_, _, situation)| *situation).collect();
        assert_eq!(distinct.len(), 40);
    }

    pub(super) async fn empty() -> (Db, Vocabulary) {
        let options = Options { url: "sqlite::memory:".into(), max_connections: 1 };
        let db = connect::open_migrated(&options, Clock::fixed(NOW)).await.unwrap();
        let vocabulary = Vocabulary::parse(&Files::shipped().vocabulary).unwrap();
        let (tokens, fingerprint) = (vocabulary.role_tokens(), vocabulary.fingerprint());
        derive::use_vocabulary(&db, &tokens, &fingerprint).await.unwrap();
        (db, vocabulary)
    }

    #[derive(FromQueryResult)]
    struct Number {
        n: i64,
    }

    pub(super) async fn number(db: &Db, sql: Sql) -> i64 {
        db.unscoped_rows::<Number>(sql).await.unwrap()[0].n
    }

    async fn rows_per_table(db: &Db) -> Vec<i64> {
        let mut counts = Vec::new();
        for table in [
            "partner",
            "partner_profile",
            "partnership",
            "account",
            "group_member",
            "customer",
            "customer_profile",
            "reseller_relation",
            "delegated_admin_privilege",
            "indirect_relation",
            "customer_subscription",
            "restriction",
            "delegated_admin_relationship",
            "access_assignment",
            "access_grant",
            "customer_listing",
            "subscription_listing",
            "health_watch",
            "customer_service",
            "service_status_span",
            "incident",
            "incident_copy",
            "incident_post",
            "incident_tenant",
            "incident_listing",
            "message_copy",
            "message_tenant",
            "vendor_request",
            "support_arrangement",
            "support_contract",
            "support_request",
            "support_view",
            "support_escalation",
            "support_entry",
            "support_entry_reader",
            "audit_event",
        ] {
            counts.push(number(db, Sql::new(format!("SELECT count(*) AS n FROM {table}"))).await);
        }
        counts
    }

    #[tokio::test]
    async fn loads_once_and_skips_nothing() {
        let (db, _) = empty().await;
        let outcome = load(&db, NOW).await.unwrap();
        assert!(outcome.skipped.is_empty(), "{:?}", outcome.skipped);
        assert!(ensure(&db, NOW).await.unwrap());
        let whole = rows_per_table(&db).await;
        assert!(!ensure(&db, NOW.plus_days(1)).await.unwrap());
        assert_eq!(rows_per_table(&db).await, whole);
        assert!(derive::check(&db).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn load_that_was_killed_is_made_whole_by_the_next() {
        let (whole, _) = empty().await;
        ensure(&whole, NOW).await.unwrap();
        let (db, _) = empty().await;
        let before = NOW.plus_days(-1);
        write_directory(&db, before).await.unwrap();
        for days in [700, 400, 0] {
            capture(&db, &PARTNERS[0], PARTNER_CENTER, before, days).await.unwrap();
        }
        assert!(ensure(&db, NOW).await.unwrap());
        assert_eq!(rows_per_table(&db).await, rows_per_table(&whole).await);
        assert!(derive::check(&db).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn support_that_is_loaded_again_doubles_nothing() {
        let (db, _) = empty().await;
        ensure(&db, NOW).await.unwrap();
        let whole = rows_per_table(&db).await;
        support::load(&db, NOW).await.unwrap();
        assert_eq!(rows_per_table(&db).await, whole);
    }

    /// What an account effectively holds on a customer, on the rows of one source.
    async fn held(
        db: &Db,
        vocabulary: &Vocabulary,
        name: &str,
        customer: &str,
        source: &str,
    ) -> BTreeSet<String> {
        let (account, clock) = (account(name).unwrap(), db.clock());
        let grants = || {
            Sql::new("SELECT coalesce(bit_or(g.tokens), 0) AS n FROM account a JOIN group_member m ON m.account_id = a.id")
                .push(" JOIN access_grant g ON g.principal_id = m.group_id LEFT JOIN partner p ON p.id = g.source_id")
                .push(" LEFT JOIN customer c ON c.id = g.customer_id WHERE a.kind <> 'guest' AND a.object_id = ")
                .bind(account.object_id)
                .push(" AND ")
                .live(db.backend(), clock, "m")
                .push(" AND ")
                .live(db.backend(), clock, "g")
        };
        let own = number(db, grants().push(" AND g.customer_id = ").bind(CustomerId::NONE.0)).await as u64;
        let there = grants().push(" AND c.tenant_id = ").bind(tenant_id(customer));
        let there = there.push(" AND (p.id IS NULL OR p.tenant_id = ").bind(tenant_id(source)).push(")");
        let full = number(db, there).await as u64;
        let effective = vocabulary.effective(full, full, own & vocabulary.agent != 0);
        vocabulary.tokens_in(effective).map(|token| token.name.clone()).collect()
    }

    #[tokio::test]
    async fn nine_cells_of_precedence_are_there() {
        let (db, vocabulary) = empty().await;
        ensure(&db, NOW).await.unwrap();
        let cells = [
            ("admin@fabrikam", ["dap", "dap", "none"]),
            ("engineer@fabrikam", ["dap", "gdap", "gdap"]),
            ("support@fabrikam", ["none", "gdap", "gdap"]),
        ];
        for (name, expected) in cells {
            for (customer, expected) in
                ["adventure-works", "fourth-coffee", "woodgrove-bank"].into_iter().zip(expected)
            {
                let held = held(&db, &vocabulary, name, customer, "fabrikam").await;
                let of = |class: &str| held.iter().any(|token| token.starts_with(class));
                let found = match (of("gdap:"), of("dap:")) {
                    (true, true) => "both",
                    (true, false) => "gdap",
                    (false, true) => "dap",
                    (false, false) => "none",
                };
                assert_eq!(found, expected, "{name} at {customer}: {held:?}");
            }
        }
    }

    /// Account, customer, source, and tokens of which all, or with `!` none, are held; nothing at all for none.
    #[rustfmt::skip]
    const SHOWN: &[(&str, &str, &str, &[&str])] = &[
        ("support@fabrikam", "contoso", "fabrikam", &["gdap:directory_writers", "!gdap+agent:directory_writers"]),
        ("engineer@fabrikam", "contoso", "fabrikam", &["gdap+agent:directory_writers", "commerce:admin_agents"]),
        ("reader@fabrikam", "contoso", "fabrikam", &["gdap:global_reader", "!gdap+agent:global_reader"]),
        ("admin@fabrikam", "contoso", "wingtip", &[]),
        ("admin@wingtip", "contoso", "fabrikam", &[]),
        ("admin@contoso", "contoso", "wingtip", &["customer:global_administrator"]),
        ("admin@contoso", "contoso", "fabrikam", &["customer:global_administrator"]),
        ("user@contoso", "contoso", "fabrikam", &[]),
        ("admin@northwind", "contoso", "fabrikam", &["downstream:admin_agents", "!commerce:admin_agents"]),
        ("admin@fabrikam", "contoso", "northwind", &["commerce:admin_agents"]),
        ("support@northwind", "contoso", "fabrikam", &[]),
        ("guest@fabrikam", "contoso", "fabrikam", &[]),
        ("former@fabrikam", "contoso", "fabrikam", &[]),
        ("automation@fabrikam", "contoso", "fabrikam", &["commerce:admin_agents"]),
        ("admin@lamna", "contoso", "fabrikam", &[]),
        ("engineer@fabrikam", "relecloud", "fabrikam", &["gdap+agent:global_administrator", "!dap:admin_agents"]),
        ("admin@fabrikam", "proseware", "fabrikam", &["commerce:admin_agents", "!dap:admin_agents"]),
        ("support@fabrikam", "trey-research", "fabrikam", &[]),
        ("support@fabrikam", "margies-travel", "fabrikam", &["gdap:present"]),
        ("support@fabrikam", "graphic-design-institute", "fabrikam", &[]),
        ("support@fabrikam", "lucerne-publishing", "fabrikam", &[]),
        ("engineer@fabrikam", "lucerne-publishing", "fabrikam", &["dap:admin_agents"]),
        ("engineer@fabrikam", "southridge-video", "fabrikam", &["dap:admin_agents", "!gdap:present"]),
        ("support@fabrikam", "vanarsdel", "fabrikam", &[]),
        ("engineer@fabrikam", "bellows-college", "fabrikam", &["dap:admin_agents", "!gdap:present"]),
        ("support@fabrikam", "best-for-you-organics", "fabrikam", &["gdap:directory_writers"]),
        ("support@northwind", "best-for-you-organics", "northwind", &[]),
        ("support@fabrikam", "munsons-pickles", "fabrikam", &[]),
        ("admin@northwind", "nod-publishers", "fabrikam", &["downstream:admin_agents"]),
        ("helpdesk@fabrikam", "school-of-fine-art", "fabrikam", &["restriction:no_access"]),
        ("admin@fabrikam", "school-of-fine-art", "fabrikam", &["dap:admin_agents", "!restriction:no_access"]),
        ("sales@fabrikam", "tasmanian-traders", "fabrikam", &["restriction:no_commerce"]),
        ("engineer@fabrikam", "coho-vineyard", "fabrikam", &["restriction:no_profile"]),
        ("admin@litware", "alpine-ski-house", "fabrikam", &["downstream:admin_agents"]),
        ("admin@litware", "blue-yonder-airlines", "fabrikam", &[]),
        ("admin@northwind", "blue-yonder-airlines", "fabrikam", &[]),
        ("admin@northwind", "blue-yonder-airlines", "northwind", &["downstream:admin_agents"]),
        ("admin@fabrikam", "city-power-and-light", "fabrikam", &[]),
        ("admin@fabrikam", "consolidated-messenger", "fabrikam", &[]),
        ("support@fabrikam", "the-phone-company", "fabrikam", &[]),
        ("admin@fabrikam", "libertys-bakery", "fabrikam", &[]),
        ("support@fabrikam", "libertys-bakery", "fabrikam", &["gdap:directory_readers"]),
        ("engineer@fabrikam", "terra-firma", "fabrikam", &["gdap:present", "!gdap:global_reader"]),
        ("admin@northwind", "wide-world-importers", "tailspin", &["downstream:admin_agents"]),
        ("admin@litware", "wide-world-importers", "tailspin", &["downstream:admin_agents"]),
        ("admin@litware", "wide-world-importers", "northwind", &[]),
        ("engineer@litware", "lakeshore-retail", "litware", &["gdap+agent:global_reader"]),
        ("engineer@tailspin", "lakeshore-retail", "tailspin", &["commerce:admin_agents", "!gdap:present"]),
        ("admin@litware", "coho-winery", "tailspin", &[]),
        ("admin@litware", "coho-winery", "litware", &["downstream:admin_agents"]),
        ("admin@tailspin", "coho-winery", "litware", &[]),
        ("admin@northwind", "baldwin-museum", "tailspin", &[]),
        ("admin@tailspin", "parnell-aerospace", "northwind", &["commerce:admin_agents"]),
        ("support@tailspin", "tailspin-toys", "tailspin", &[]),
        ("admin@wingtip", "wingtip", "northwind", &[]),
        ("admin@northwind", "wingtip", "northwind", &["commerce:admin_agents", "!downstream:admin_agents"]),
    ];

    #[tokio::test]
    async fn each_situation_is_what_it_says() {
        let (db, vocabulary) = empty().await;
        ensure(&db, NOW).await.unwrap();
        for (name, customer, source, expected) in SHOWN {
            let held = held(&db, &vocabulary, name, customer, source).await;
            let place = format!("{name} at {customer} on rows of {source}: {held:?}");
            assert_eq!(expected.is_empty(), held.is_empty(), "{place}");
            for token in *expected {
                match token.strip_prefix('!') {
                    Some(absent) => assert!(!held.contains(absent), "{place}"),
                    None => assert!(held.contains(*token), "{token}: {place}"),
                }
            }
        }
    }

    #[tokio::test]
    async fn resellers_admin_has_a_dozen_renewals_to_decide() {
        let (db, _) = empty().await;
        ensure(&db, NOW).await.unwrap();
        let sql = Sql::new("SELECT count(*) AS n FROM customer_subscription s JOIN partner p ON p.id = s.source_id")
            .push(" JOIN reseller_relation r ON r.source_id = p.id AND r.customer_id = s.customer_id AND r.kind = 'reseller'")
            .push(" WHERE s.partner_of_record_id = p.id AND s.status = 'active' AND NOT s.auto_renew AND ")
            .live(db.backend(), db.clock(), "r")
            .push(" AND s.commitment_ends_at < ")
            .bind(NOW.plus_days(90).0)
            .push(" AND p.tenant_id = ")
            .bind(tenant_id("fabrikam"));
        assert!(number(&db, sql).await >= 12);
    }
}
