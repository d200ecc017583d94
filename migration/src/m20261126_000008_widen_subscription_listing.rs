//! The listing of subscriptions holds what sums over many customers take, so that they read no other table; an index
//! of grants holds all that decides whether a grant bears an operation.

use sea_orm_migration::prelude::*;

/// The listing of subscriptions holds what sums over many customers take.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// What each reader's row holds besides: whether the row names the reader's partner; the services that the subscription
/// brings, unless it ended; and its licences, if it is active.
const WIDE: &str = "
       CASE WHEN s.status IN ('active', 'suspended') THEN s.services ELSE 0 END AS services,
       CASE WHEN s.status = 'active' AND lower(coalesce(s.unit_type, 'licenses')) = 'licenses'
            THEN CAST(s.quantity AS bigint) ELSE 0 END AS licences";

/// Whoever a row names may come to read it; whether it does is the grants' word.
const SUBSCRIPTION_LISTING: &str = "
SELECT p.tenant_id AS reader_tenant_id, s.commitment_ends_at, s.id AS subscription_id, s.customer_id, s.source_id,
       s.external_id, 0 AS rank,
       coalesce(p.id IN (s.seller_id, s.partner_of_record_id, s.support_contact_id), false) AS is_named,{wide}
FROM customer_subscription s JOIN partner p ON p.id = s.source_id
UNION
SELECT p.tenant_id, s.commitment_ends_at, s.id, s.customer_id, s.source_id, s.external_id, 1, true,{wide}
FROM customer_subscription s JOIN partner p ON p.id = s.seller_id
WHERE s.seller_id <> s.source_id
UNION
SELECT p.tenant_id, s.commitment_ends_at, s.id, s.customer_id, s.source_id, s.external_id, 1, true,{wide}
FROM customer_subscription s JOIN partner p ON p.id = s.partner_of_record_id
WHERE s.partner_of_record_id <> s.source_id
UNION
SELECT p.tenant_id, s.commitment_ends_at, s.id, s.customer_id, s.source_id, s.external_id, 1, true,{wide}
FROM customer_subscription s JOIN partner p ON p.id = s.support_contact_id
WHERE s.support_contact_id <> s.source_id
UNION
SELECT c.tenant_id, s.commitment_ends_at, s.id, s.customer_id, s.source_id, s.external_id, 1,
       EXISTS (SELECT 1 FROM partner p WHERE p.tenant_id = c.tenant_id
               AND p.id IN (s.seller_id, s.partner_of_record_id, s.support_contact_id)),{wide}
FROM customer_subscription s JOIN customer c ON c.id = s.customer_id
WHERE NOT EXISTS (SELECT 1 FROM partner p WHERE p.id = s.source_id AND p.tenant_id = c.tenant_id)";

/// The view as it was before.
const FORMER: &str = "
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

const COLUMNS: &str = "reader_tenant_id, commitment_ends_at, subscription_id, customer_id, source_id, external_id, rank, \
     is_named, services, licences";
const ADDED: [(&str, &str); 3] = [
    ("is_named", "boolean NOT NULL DEFAULT false"),
    ("services", "bigint NOT NULL DEFAULT 0"),
    ("licences", "bigint NOT NULL DEFAULT 0"),
];
const GROUND: &str = "access_grant (principal_id, ground_kind, customer_id, source_id";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let view = SUBSCRIPTION_LISTING.replace("{wide}", WIDE);
        let mut steps = vec![
            "DROP VIEW subscription_listing_source".to_owned(),
            format!("CREATE VIEW subscription_listing_source AS {view}"),
            "DELETE FROM subscription_listing".to_owned(),
        ];
        steps.extend(
            ADDED.map(|(name, kind)| format!("ALTER TABLE subscription_listing ADD COLUMN {name} {kind}")),
        );
        steps.push(format!(
            "INSERT INTO subscription_listing ({COLUMNS}) SELECT {COLUMNS} FROM subscription_listing_source"
        ));
        steps.push("DROP INDEX access_grant_ground".to_owned());
        steps.push(format!("CREATE INDEX access_grant_ground ON {GROUND}, tokens, starts_at, ends_at)"));
        for step in steps {
            connection.execute_unprepared(&step).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let mut steps = vec![
            "DROP INDEX access_grant_ground".to_owned(),
            format!("CREATE INDEX access_grant_ground ON {GROUND})"),
            "DROP VIEW subscription_listing_source".to_owned(),
            format!("CREATE VIEW subscription_listing_source AS {FORMER}"),
        ];
        steps.extend(ADDED.map(|(name, _)| format!("ALTER TABLE subscription_listing DROP COLUMN {name}")));
        for step in steps {
            connection.execute_unprepared(&step).await?;
        }
        Ok(())
    }
}
