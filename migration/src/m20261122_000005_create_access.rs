//! The derived tables of access, and the views that define them.
//!
//! A view `<table>_source` says what the table must hold, from the facts; the gateway copies it into the table
//! within the transaction that changes the facts, and a check compares the two. Nothing else writes the tables.

use crate::table::{Kind, NOT_NULL, Table, create, drop};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// The derived tables of access, and the views that define them.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &[Table] = &[
    Table {
        name: "role_token",
        columns: &[
            ("class", Kind::Text, NOT_NULL),
            ("role", Kind::Text, NOT_NULL),
            ("tokens", Kind::Big, NOT_NULL),
        ],
        key: &["class", "role"],
        unique: &[],
        indexes: &[],
        foreign: &[],
    },
    Table {
        name: "access_grant",
        columns: &[
            ("principal_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("ground_kind", Kind::Text, NOT_NULL),
            ("ground_id", Kind::Id, NOT_NULL),
            ("tokens", Kind::Big, NOT_NULL),
            ("starts_at", Kind::Big, NOT_NULL),
            ("ends_at", Kind::Big, NOT_NULL),
        ],
        key: &["principal_id", "customer_id", "source_id", "ground_kind", "ground_id", "starts_at"],
        unique: &[],
        indexes: &[&["customer_id", "principal_id", "source_id"]],
        foreign: &[],
    },
    Table {
        name: "customer_listing",
        columns: &[
            ("reader_tenant_id", Kind::Id, NOT_NULL),
            ("sort_name", Kind::Text, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("rank", Kind::Int, NOT_NULL),
        ],
        key: &["reader_tenant_id", "customer_id", "source_id"],
        unique: &[],
        indexes: &[&["reader_tenant_id", "sort_name", "customer_id", "source_id"], &["customer_id"]],
        foreign: &[],
    },
    Table {
        name: "customer_search",
        columns: &[
            ("reader_tenant_id", Kind::Id, NOT_NULL),
            ("word", Kind::Text, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("is_protected", Kind::Bool, NOT_NULL),
        ],
        key: &["reader_tenant_id", "word", "customer_id", "source_id"],
        unique: &[],
        indexes: &[&["customer_id"]],
        foreign: &[],
    },
    Table {
        name: "subscription_listing",
        columns: &[
            ("reader_tenant_id", Kind::Id, NOT_NULL),
            ("commitment_ends_at", Kind::Big, NOT_NULL),
            ("subscription_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("external_id", Kind::Text, NOT_NULL),
            ("rank", Kind::Int, NOT_NULL),
        ],
        key: &["reader_tenant_id", "subscription_id"],
        unique: &[],
        indexes: &[
            &["reader_tenant_id", "commitment_ends_at", "subscription_id"],
            &["reader_tenant_id", "customer_id", "commitment_ends_at", "subscription_id"],
            &["customer_id"],
        ],
        foreign: &[],
    },
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, TABLES).await?;
        let words = Words::of(manager.get_database_backend());
        for (name, body) in words.views() {
            manager.get_connection().execute_unprepared(&format!("CREATE VIEW {name} AS {body}")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in Words::of(manager.get_database_backend()).views().into_iter().rev() {
            manager.get_connection().execute_unprepared(&format!("DROP VIEW {name}")).await?;
        }
        drop(manager, TABLES).await
    }
}

/// The few words in which the engines differ.
struct Words {
    nil: &'static str,
    later: &'static str,
    earlier: &'static str,
}

impl Words {
    fn of(backend: DbBackend) -> Self {
        match backend {
            DbBackend::Postgres => Words {
                nil: "'00000000-0000-0000-0000-000000000000'::uuid",
                later: "greatest",
                earlier: "least",
            },
            _ => Words { nil: "x'00000000000000000000000000000000'", later: "max", earlier: "min" },
        }
    }

    /// Name and text of each view, in the order in which they build on each other.
    fn views(&self) -> Vec<(&'static str, String)> {
        let fill = |text: &str| {
            text.replace("{nil}", self.nil).replace("{later}", self.later).replace("{earlier}", self.earlier)
        };
        vec![
            ("indirect_link", fill(INDIRECT_LINK)),
            ("customer_party", fill(CUSTOMER_PARTY)),
            ("access_grant_source", fill(ACCESS_GRANT)),
            ("customer_listing_source", fill(CUSTOMER_LISTING)),
            ("customer_search_source", fill(CUSTOMER_SEARCH)),
            ("subscription_listing_source", fill(SUBSCRIPTION_LISTING)),
        ]
    }
}

/// "R serves C through N" once both have said it, each in its own source, while R's own relation to C lives; or
/// once N has said it and R consented, from when R names no other provider for that customer;
/// a link that began after R said the partnership ended is not covered.
const INDIRECT_LINK: &str = "
SELECT n.customer_id, n.provider_id, n.reseller_id, n.id AS ground_id,
       {later}(n.starts_at, r.starts_at, o.starts_at) AS starts_at, {earlier}(n.ends_at, r.ends_at, o.ends_at) AS ends_at
FROM indirect_relation n
JOIN indirect_relation r ON r.source_id = n.reseller_id AND r.customer_id = n.customer_id
 AND r.provider_id = n.provider_id AND r.reseller_id = n.reseller_id
JOIN reseller_relation o ON o.source_id = n.reseller_id AND o.customer_id = n.customer_id AND o.kind = 'reseller'
WHERE n.source_id = n.provider_id
  AND {later}(n.starts_at, r.starts_at, o.starts_at) < {earlier}(n.ends_at, r.ends_at, o.ends_at)
UNION ALL
SELECT * FROM (
SELECT n.customer_id, n.provider_id, n.reseller_id, p.id AS ground_id,
       {later}(n.starts_at, o.starts_at, p.consent_from,
               coalesce((SELECT max(x.ends_at) FROM indirect_relation x
                         WHERE x.source_id = n.reseller_id AND x.customer_id = n.customer_id
                           AND x.provider_id <> n.provider_id AND x.ends_at > n.starts_at AND x.starts_at < n.ends_at), 0)
       ) AS starts_at,
       {earlier}(n.ends_at, o.ends_at, p.consent_until) AS ends_at
FROM indirect_relation n
JOIN reseller_relation o ON o.source_id = n.reseller_id AND o.customer_id = n.customer_id AND o.kind = 'reseller'
JOIN partnership p ON p.source_id = n.reseller_id AND p.provider_id = n.provider_id AND p.reseller_id = n.reseller_id
WHERE n.source_id = n.provider_id AND n.starts_at < p.ends_at) c
WHERE c.starts_at < c.ends_at";

/// Which partners stand in a relation to a customer, each as one source says it.
const CUSTOMER_PARTY: &str = "
SELECT customer_id, source_id, source_id AS partner_id, kind AS relation, starts_at, ends_at
FROM reseller_relation WHERE kind IN ('reseller', 'advisor')
UNION ALL
SELECT customer_id, source_id, provider_id, 'indirect_provider', starts_at, ends_at
FROM indirect_relation WHERE source_id = reseller_id
UNION ALL
SELECT customer_id, source_id, reseller_id, 'indirect_reseller', starts_at, ends_at
FROM indirect_relation WHERE source_id = provider_id
UNION ALL
SELECT customer_id, source_id, source_id, 'delegated_admin', activated_at, ends_at
FROM delegated_admin_relationship
WHERE status = 'active' AND customer_id IS NOT NULL AND activated_at IS NOT NULL
  AND NOT is_partner_consent_pending
  AND (indirect_provider_id IS NULL OR indirect_provider_id <> source_id)";

/// In order: commerce and DAP on a reseller relation; GDAP on an active assignment of an active relationship;
/// a provider over a link, on the reseller's rows; a provider on its own word, on its own rows; a reseller over a
/// link, on the provider's rows (those that name it); a customer's own roles; restrictions; one's own organisation, if
/// it is registered: that others call a tenant a partner gives its people nothing.
const ACCESS_GRANT: &str = "
SELECT g.id AS principal_id, r.customer_id, r.source_id, 'reseller_relation' AS ground_kind, r.id AS ground_id,
       t.tokens, r.starts_at, r.ends_at
FROM reseller_relation r
JOIN partner p ON p.id = r.source_id
JOIN security_group g ON g.tenant_id = p.tenant_id
JOIN role_token t ON t.class = 'commerce' AND t.role = g.role
WHERE r.kind = 'reseller' AND r.starts_at < r.ends_at
UNION ALL
SELECT g.id, d.customer_id, d.source_id, 'delegated_admin_privilege', d.id,
       t.tokens, {later}(d.starts_at, r.starts_at), {earlier}(d.ends_at, r.ends_at)
FROM delegated_admin_privilege d
JOIN reseller_relation r ON r.source_id = d.source_id AND r.customer_id = d.customer_id AND r.kind = 'reseller'
JOIN partner p ON p.id = d.source_id
JOIN security_group g ON g.tenant_id = p.tenant_id
JOIN role_token t ON t.class = 'dap' AND t.role = g.role
WHERE {later}(d.starts_at, r.starts_at) < {earlier}(d.ends_at, r.ends_at)
UNION ALL
SELECT g.id, d.customer_id, d.source_id, 'access_assignment', a.id,
       b.tokens + coalesce((SELECT CAST(sum(t.tokens) AS bigint) FROM access_assignment_role ar
          JOIN delegated_admin_role dr ON dr.relationship_id = d.id AND dr.role_template_id = ar.role_template_id
          JOIN role_token t ON t.class = 'gdap' AND t.role = ar.role_template_id
          WHERE ar.assignment_id = a.id), 0),
       {later}(d.activated_at, a.starts_at), {earlier}(d.ends_at, a.ends_at)
FROM delegated_admin_relationship d
JOIN access_assignment a ON a.relationship_id = d.id AND a.source_id = d.source_id AND a.status = 'active'
JOIN partner p ON p.id = d.source_id
JOIN security_group g ON g.tenant_id = p.tenant_id AND g.object_id = a.group_object_id
JOIN role_token b ON b.class = 'gdap' AND b.role = 'present'
WHERE d.status = 'active' AND d.customer_id IS NOT NULL AND d.activated_at IS NOT NULL
  AND NOT d.is_partner_consent_pending
  AND (d.indirect_provider_id IS NULL OR d.indirect_provider_id <> d.source_id)
  AND {later}(d.activated_at, a.starts_at) < {earlier}(d.ends_at, a.ends_at)
UNION ALL
SELECT g.id, l.customer_id, l.reseller_id, 'indirect_link', l.ground_id, t.tokens, l.starts_at, l.ends_at
FROM indirect_link l
JOIN partner p ON p.id = l.provider_id
JOIN security_group g ON g.tenant_id = p.tenant_id
JOIN role_token t ON t.class = 'downstream' AND t.role = g.role
UNION ALL
SELECT g.id, n.customer_id, n.source_id, 'indirect_relation', n.id, t.tokens, n.starts_at, n.ends_at
FROM indirect_relation n
JOIN partner p ON p.id = n.source_id
JOIN security_group g ON g.tenant_id = p.tenant_id
JOIN role_token t ON t.class = 'downstream' AND t.role = g.role
WHERE n.source_id = n.provider_id AND n.starts_at < n.ends_at
UNION ALL
SELECT g.id, l.customer_id, l.provider_id, 'indirect_link', l.ground_id, t.tokens, l.starts_at, l.ends_at
FROM indirect_link l
JOIN partner p ON p.id = l.reseller_id
JOIN security_group g ON g.tenant_id = p.tenant_id
JOIN role_token t ON t.class = 'commerce' AND t.role = g.role
UNION ALL
SELECT g.id, c.id, {nil}, 'security_group', g.id, t.tokens, 0, 253402300799999999
FROM security_group g
JOIN customer c ON c.tenant_id = g.tenant_id
JOIN role_token t ON t.class = 'customer' AND t.role = g.role
UNION ALL
SELECT r.group_id, r.customer_id, {nil}, 'restriction', r.id, t.tokens, r.starts_at, r.ends_at
FROM restriction r
JOIN role_token t ON t.class = 'restriction' AND t.role = r.name
WHERE r.starts_at < r.ends_at
UNION ALL
SELECT g.id, {nil}, p.id, 'security_group', g.id, t.tokens, 0, 253402300799999999
FROM security_group g
JOIN partner p ON p.tenant_id = g.tenant_id
JOIN partner_profile v ON v.source_id = p.id AND v.partner_id = p.id
JOIN role_token t ON t.class = 'self' AND t.role = coalesce(g.role, 'member')";

/// A partner's own rows; the rows of the resellers it is linked with; and for a customer's own tenant the newest.
const CUSTOMER_LISTING: &str = "
SELECT p.tenant_id AS reader_tenant_id, c.sort_name, c.customer_id, c.source_id, 0 AS rank
FROM customer_profile c JOIN partner p ON p.id = c.source_id
UNION
SELECT p.tenant_id, c.sort_name, c.customer_id, c.source_id, 1
FROM indirect_link l
JOIN partner p ON p.id = l.provider_id
JOIN customer_profile c ON c.source_id = l.reseller_id AND c.customer_id = l.customer_id
UNION
SELECT s.tenant_id, c.sort_name, c.customer_id, c.source_id, 1
FROM customer_profile c
JOIN customer s ON s.id = c.customer_id
WHERE NOT EXISTS (SELECT 1 FROM customer_profile n WHERE n.customer_id = c.customer_id
                  AND (n.as_of > c.as_of OR (n.as_of = c.as_of AND n.source_id > c.source_id)))
  AND NOT EXISTS (SELECT 1 FROM partner p WHERE p.id = c.source_id AND p.tenant_id = s.tenant_id)";

const CUSTOMER_SEARCH: &str = "
SELECT l.reader_tenant_id, w.word, l.customer_id, l.source_id, w.is_protected
FROM customer_listing_source l
JOIN customer_word w ON w.source_id = l.source_id AND w.customer_id = l.customer_id";

/// Whoever a row names may come to read it; whether it does is the grants' word.
const SUBSCRIPTION_LISTING: &str = "
SELECT p.tenant_id AS reader_tenant_id, s.commitment_ends_at, s.id AS subscription_id, s.customer_id, s.source_id,
       s.external_id, 0 AS rank
FROM customer_subscription s JOIN partner p ON p.id = s.source_id
UNION
SELECT p.tenant_id, s.commitment_ends_at, s.id, s.customer_id, s.source_id, s.external_id, 1
FROM customer_subscription s JOIN partner p ON p.id = s.seller_id
WHERE s.seller_id <> s.source_id
UNION
SELECT p.tenant_id, s.commitment_ends_at, s.id, s.customer_id, s.source_id, s.external_id, 1
FROM customer_subscription s JOIN partner p ON p.id = s.partner_of_record_id
WHERE s.partner_of_record_id <> s.source_id
UNION
SELECT p.tenant_id, s.commitment_ends_at, s.id, s.customer_id, s.source_id, s.external_id, 1
FROM customer_subscription s JOIN partner p ON p.id = s.support_contact_id
WHERE s.support_contact_id <> s.source_id
UNION
SELECT c.tenant_id, s.commitment_ends_at, s.id, s.customer_id, s.source_id, s.external_id, 1
FROM customer_subscription s JOIN customer c ON c.id = s.customer_id
WHERE NOT EXISTS (SELECT 1 FROM partner p WHERE p.id = s.source_id AND p.tenant_id = c.tenant_id)";
