//! Service health, incidents, messages, the vendor's support requests, and the log of events.

use crate::table::{Kind, NOT_NULL, NULL, Table, create, drop};
use sea_orm_migration::prelude::*;

/// Service health, incidents, messages, the vendor's support requests, and the log of events.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &[Table] = &[
    Table {
        name: "health_watch",
        columns: &[
            ("customer_id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("seen_at", Kind::Big, NULL),
            ("looked_at", Kind::Big, NOT_NULL),
            ("listed_at", Kind::Big, NULL),
            ("outcome", Kind::Text, NOT_NULL),
            ("system", Kind::Text, NOT_NULL),
        ],
        key: &["customer_id", "source_id"],
        unique: &[],
        indexes: &[],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["customer_id"], "customer", &["id"])],
    },
    Table {
        name: "customer_service",
        columns: &[
            ("customer_id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("service_id", Kind::Id, NOT_NULL),
            ("service_name", Kind::Text, NOT_NULL),
            ("status", Kind::Text, NULL),
            ("status_raw", Kind::Text, NULL),
            ("since", Kind::Big, NULL),
            ("as_of", Kind::Big, NOT_NULL),
            ("admin_url", Kind::Text, NULL),
            ("health_url", Kind::Text, NULL),
            ("ticket_url", Kind::Text, NULL),
            ("managed_as_of", Kind::Big, NULL),
            ("system", Kind::Text, NOT_NULL),
        ],
        key: &["customer_id", "source_id", "service_id"],
        unique: &[],
        indexes: &[],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["customer_id"], "customer", &["id"])],
    },
    Table {
        name: "service_status_span",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("service_id", Kind::Id, NOT_NULL),
            ("status", Kind::Text, NOT_NULL),
            ("status_raw", Kind::Text, NULL),
            ("first_at", Kind::Big, NOT_NULL),
            ("last_at", Kind::Big, NOT_NULL),
        ],
        key: &["id"],
        unique: &[&["customer_id", "source_id", "service_id", "first_at"]],
        indexes: &[],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["customer_id"], "customer", &["id"])],
    },
    Table {
        name: "incident",
        columns: &[("id", Kind::Id, NOT_NULL), ("external_id", Kind::Text, NOT_NULL)],
        key: &["id"],
        unique: &[&["external_id"]],
        indexes: &[],
        foreign: &[],
    },
    Table {
        name: "incident_copy",
        columns: &[
            ("source_id", Kind::Id, NOT_NULL),
            ("incident_id", Kind::Id, NOT_NULL),
            ("service_id", Kind::Id, NOT_NULL),
            ("service_name", Kind::Text, NOT_NULL),
            ("title", Kind::Text, NOT_NULL),
            ("feature", Kind::Text, NULL),
            ("feature_group", Kind::Text, NULL),
            ("impact_description", Kind::Text, NULL),
            ("classification", Kind::Text, NOT_NULL),
            ("classification_raw", Kind::Text, NULL),
            ("origin", Kind::Text, NULL),
            ("origin_raw", Kind::Text, NULL),
            ("status", Kind::Text, NOT_NULL),
            ("status_raw", Kind::Text, NULL),
            ("is_resolved", Kind::Bool, NOT_NULL),
            ("starts_at", Kind::Big, NOT_NULL),
            ("ends_at", Kind::Big, NULL),
            ("modified_at", Kind::Big, NULL),
            ("version_at", Kind::Big, NOT_NULL),
            ("seen_at", Kind::Big, NOT_NULL),
            ("details", Kind::Text, NULL),
            ("system", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
        ],
        key: &["source_id", "incident_id"],
        unique: &[],
        indexes: &[&["incident_id"]],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["incident_id"], "incident", &["id"])],
    },
    Table {
        name: "incident_post",
        columns: &[
            ("source_id", Kind::Id, NOT_NULL),
            ("incident_id", Kind::Id, NOT_NULL),
            ("created_at", Kind::Big, NOT_NULL),
            ("number", Kind::Int, NOT_NULL),
            ("kind", Kind::Text, NOT_NULL),
            ("kind_raw", Kind::Text, NULL),
            ("content_type", Kind::Text, NOT_NULL),
            ("content", Kind::Text, NOT_NULL),
            ("text", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
        ],
        key: &["source_id", "incident_id", "created_at", "number"],
        unique: &[],
        indexes: &[],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["incident_id"], "incident", &["id"])],
    },
    Table {
        name: "incident_tenant",
        columns: &[
            ("source_id", Kind::Id, NOT_NULL),
            ("incident_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("since", Kind::Big, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
        ],
        key: &["source_id", "incident_id", "customer_id"],
        unique: &[],
        indexes: &[&["customer_id", "incident_id", "source_id"], &["incident_id"]],
        foreign: &[
            (&["source_id"], "partner", &["id"]),
            (&["incident_id"], "incident", &["id"]),
            (&["customer_id"], "customer", &["id"]),
        ],
    },
    Table {
        name: "incident_listing",
        columns: &[
            ("reader_tenant_id", Kind::Id, NOT_NULL),
            ("incident_id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("version_rank", Kind::Big, NOT_NULL),
            ("seen_at", Kind::Big, NOT_NULL),
        ],
        key: &["reader_tenant_id", "incident_id", "source_id"],
        unique: &[],
        indexes: &[
            &["reader_tenant_id", "incident_id", "version_rank", "seen_at", "source_id"],
            &["incident_id", "source_id"],
        ],
        foreign: &[],
    },
    Table {
        name: "message_copy",
        columns: &[
            ("source_id", Kind::Id, NOT_NULL),
            ("external_id", Kind::Text, NOT_NULL),
            ("title", Kind::Text, NOT_NULL),
            ("category", Kind::Text, NOT_NULL),
            ("category_raw", Kind::Text, NULL),
            ("severity", Kind::Text, NOT_NULL),
            ("severity_raw", Kind::Text, NULL),
            ("services", Kind::Text, NOT_NULL),
            ("tags", Kind::Text, NOT_NULL),
            ("is_major_change", Kind::Bool, NULL),
            ("action_required_by", Kind::Big, NULL),
            ("starts_at", Kind::Big, NULL),
            ("ends_at", Kind::Big, NULL),
            ("modified_at", Kind::Big, NULL),
            ("version_at", Kind::Big, NOT_NULL),
            ("content_type", Kind::Text, NOT_NULL),
            ("content", Kind::Text, NOT_NULL),
            ("text", Kind::Text, NOT_NULL),
            ("system", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
        ],
        key: &["source_id", "external_id"],
        unique: &[],
        indexes: &[],
        foreign: &[(&["source_id"], "partner", &["id"])],
    },
    Table {
        name: "message_tenant",
        columns: &[
            ("customer_id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("external_id", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
        ],
        key: &["customer_id", "source_id", "external_id"],
        unique: &[],
        indexes: &[],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["customer_id"], "customer", &["id"])],
    },
    Table {
        name: "vendor_request",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("external_id", Kind::Text, NOT_NULL),
            ("title", Kind::Text, NOT_NULL),
            ("severity", Kind::Text, NOT_NULL),
            ("severity_raw", Kind::Text, NULL),
            ("status", Kind::Text, NOT_NULL),
            ("status_raw", Kind::Text, NULL),
            ("service_id", Kind::Id, NULL),
            ("service_name", Kind::Text, NULL),
            ("created_at", Kind::Big, NULL),
            ("closed_at", Kind::Big, NULL),
            ("modified_at", Kind::Big, NULL),
            ("system", Kind::Text, NOT_NULL),
            ("as_of", Kind::Big, NOT_NULL),
        ],
        key: &["id"],
        unique: &[&["source_id", "customer_id", "external_id"]],
        indexes: &[&["customer_id", "status"]],
        foreign: &[(&["source_id"], "partner", &["id"]), (&["customer_id"], "customer", &["id"])],
    },
    Table {
        name: "event",
        columns: &[
            ("seq", Kind::Big, NOT_NULL),
            ("kind", Kind::Text, NOT_NULL),
            ("source_id", Kind::Id, NULL),
            ("customer_id", Kind::Id, NULL),
            ("incident_id", Kind::Id, NULL),
            ("service_id", Kind::Id, NULL),
            ("change", Kind::Text, NOT_NULL),
            ("at", Kind::Big, NOT_NULL),
        ],
        key: &["seq"],
        unique: &[],
        indexes: &[&["at"]],
        foreign: &[],
    },
];

/// The copies of incidents that a tenant may come to read, and by which customer: of sources whose customers it lists,
/// and of its own tenant. The table drops the customer.
const INCIDENT_LISTING: &str = "
SELECT l.reader_tenant_id, t.incident_id, t.source_id, t.customer_id, -c.version_at AS version_rank, c.seen_at
FROM incident_tenant t
JOIN incident_copy c ON c.source_id = t.source_id AND c.incident_id = t.incident_id
JOIN customer_listing l ON l.customer_id = t.customer_id AND l.source_id = t.source_id
UNION
SELECT s.tenant_id, t.incident_id, t.source_id, t.customer_id, -c.version_at, c.seen_at
FROM incident_tenant t
JOIN incident_copy c ON c.source_id = t.source_id AND c.incident_id = t.incident_id
JOIN customer s ON s.id = t.customer_id";

/// Further indexes: an account's grants of one ground, and when grants, memberships and accounts begin and end. An end
/// that never comes is in none.
const INDEXES: [(&str, &str); 6] = [
    ("access_grant_ground", "access_grant (principal_id, ground_kind, customer_id, source_id)"),
    ("access_grant_starts", "access_grant (starts_at)"),
    ("access_grant_ends", "access_grant (ends_at) WHERE ends_at < 253402300799999999"),
    ("group_member_starts", "group_member (starts_at)"),
    ("group_member_ends", "group_member (ends_at) WHERE ends_at < 253402300799999999"),
    ("account_ends", "account (ends_at) WHERE ends_at < 253402300799999999"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, TABLES).await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared(&format!("CREATE VIEW incident_listing_source AS {INCIDENT_LISTING}"))
            .await?;
        connection
            .execute_unprepared(
                "ALTER TABLE customer_subscription ADD COLUMN services bigint NOT NULL DEFAULT 0",
            )
            .await?;
        for (name, on) in INDEXES {
            connection.execute_unprepared(&format!("CREATE INDEX {name} ON {on}")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for (name, _) in INDEXES {
            connection.execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        connection.execute_unprepared("ALTER TABLE customer_subscription DROP COLUMN services").await?;
        connection.execute_unprepared("DROP VIEW incident_listing_source").await?;
        drop(manager, TABLES).await
    }
}
