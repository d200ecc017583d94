//! Support requests: what they are, what each party sees of them, hops, timelines; arrangements and contracts; the audit
//! chains. A hop opens its case to the partner that it goes to.

use crate::table::{Kind, NOT_NULL, NULL, Table, create, drop};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Support requests, arrangements, contracts and audit chains.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &[Table] = &[
    Table {
        name: "support_request",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("number", Kind::Text, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("partner_id", Kind::Id, NOT_NULL),
            ("raised_by", Kind::Text, NOT_NULL),
            ("created_by", Kind::Id, NOT_NULL),
            ("created_at", Kind::Big, NOT_NULL),
            ("kind", Kind::Text, NOT_NULL),
            ("severity", Kind::Text, NOT_NULL),
            ("title", Kind::Text, NOT_NULL),
            ("description", Kind::Text, NOT_NULL),
            ("service_id", Kind::Id, NULL),
            ("service_name", Kind::Text, NULL),
            ("subscription_id", Kind::Id, NULL),
            ("contact_name", Kind::Text, NULL),
            ("contact_email", Kind::Text, NULL),
            ("contact_phone", Kind::Text, NULL),
            ("attachments", Kind::Text, NULL),
            ("diagnosis", Kind::Text, NULL),
            ("diagnosed_at", Kind::Big, NULL),
            ("incident_id", Kind::Id, NULL),
            ("status", Kind::Text, NOT_NULL),
            ("tier", Kind::Text, NOT_NULL),
            ("owner_account_id", Kind::Id, NULL),
            ("due_at", Kind::Big, NOT_NULL),
            ("customer_due_at", Kind::Big, NOT_NULL),
            ("paused_left", Kind::Big, NULL),
            ("responded_at", Kind::Big, NULL),
            ("breached_at", Kind::Big, NULL),
            ("resolution_kind", Kind::Text, NULL),
            ("resolution_text", Kind::Text, NULL),
            ("resolved_at", Kind::Big, NULL),
            ("closed_at", Kind::Big, NULL),
            ("merged_into_id", Kind::Id, NULL),
            ("entry_count", Kind::Int, NOT_NULL),
            ("version", Kind::Big, NOT_NULL),
            ("modified_at", Kind::Big, NOT_NULL),
        ],
        key: &["id"],
        unique: &[&["number"]],
        indexes: &[&["customer_id"], &["due_at"], &["incident_id"]],
        foreign: &[(&["customer_id"], "customer", &["id"]), (&["partner_id"], "partner", &["id"])],
    },
    Table {
        name: "support_view",
        columns: &[
            ("request_id", Kind::Id, NOT_NULL),
            ("party_id", Kind::Id, NOT_NULL),
            ("party", Kind::Text, NOT_NULL),
            ("reader_tenant_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("is_current", Kind::Bool, NOT_NULL),
            ("is_open", Kind::Bool, NOT_NULL),
            ("number", Kind::Text, NOT_NULL),
            ("partner_id", Kind::Id, NOT_NULL),
            ("raised_by", Kind::Text, NOT_NULL),
            ("created_at", Kind::Big, NOT_NULL),
            ("kind", Kind::Text, NOT_NULL),
            ("severity", Kind::Text, NOT_NULL),
            ("title", Kind::Text, NOT_NULL),
            ("description", Kind::Text, NOT_NULL),
            ("service_id", Kind::Id, NULL),
            ("service_name", Kind::Text, NULL),
            ("subscription_id", Kind::Id, NULL),
            ("contact_name", Kind::Text, NULL),
            ("contact_email", Kind::Text, NULL),
            ("contact_phone", Kind::Text, NULL),
            ("attachments", Kind::Text, NULL),
            ("diagnosis", Kind::Text, NULL),
            ("diagnosed_at", Kind::Big, NULL),
            ("incident_id", Kind::Id, NULL),
            ("status", Kind::Text, NOT_NULL),
            ("tier", Kind::Text, NOT_NULL),
            ("owner_account_id", Kind::Id, NULL),
            ("due_at", Kind::Big, NOT_NULL),
            ("breached_at", Kind::Big, NULL),
            ("resolution_kind", Kind::Text, NULL),
            ("resolution_text", Kind::Text, NULL),
            ("resolved_at", Kind::Big, NULL),
            ("closed_at", Kind::Big, NULL),
            ("merged_into_id", Kind::Id, NULL),
            ("version", Kind::Big, NOT_NULL),
            ("modified_at", Kind::Big, NOT_NULL),
        ],
        key: &["request_id", "party_id"],
        unique: &[],
        indexes: &[
            &["reader_tenant_id", "is_open", "due_at", "request_id"],
            &["reader_tenant_id", "created_at", "request_id"],
            &["reader_tenant_id", "number"],
            &["customer_id", "reader_tenant_id", "created_at"],
        ],
        foreign: &[(&["request_id"], "support_request", &["id"]), (&["customer_id"], "customer", &["id"])],
    },
    Table {
        name: "support_escalation",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("request_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("number", Kind::Int, NOT_NULL),
            ("parent_id", Kind::Id, NULL),
            ("from_partner_id", Kind::Id, NOT_NULL),
            ("to_partner_id", Kind::Id, NULL),
            ("tier", Kind::Text, NOT_NULL),
            ("vehicle", Kind::Text, NULL),
            ("state", Kind::Text, NOT_NULL),
            ("request_reason", Kind::Text, NOT_NULL),
            ("reason", Kind::Text, NULL),
            ("evidence", Kind::Text, NULL),
            ("other_than_incident", Kind::Text, NULL),
            ("owner_account_id", Kind::Id, NULL),
            ("requested_by", Kind::Id, NOT_NULL),
            ("starts_at", Kind::Big, NOT_NULL),
            ("due_at", Kind::Big, NOT_NULL),
            ("expires_at", Kind::Big, NOT_NULL),
            ("answered_at", Kind::Big, NULL),
            ("ends_at", Kind::Big, NOT_NULL),
            ("breached_at", Kind::Big, NULL),
            ("vendor_number", Kind::Text, NULL),
            ("vendor_status", Kind::Text, NULL),
            ("vendor_modified_at", Kind::Big, NULL),
        ],
        key: &["id"],
        unique: &[],
        indexes: &[
            &["request_id", "number"],
            &["customer_id"],
            &["state", "due_at"],
            &["state", "expires_at"],
            &["from_partner_id", "vendor_number"],
        ],
        foreign: &[
            (&["request_id"], "support_request", &["id"]),
            (&["customer_id"], "customer", &["id"]),
            (&["from_partner_id"], "partner", &["id"]),
            (&["to_partner_id"], "partner", &["id"]),
        ],
    },
    Table {
        name: "support_entry",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("request_id", Kind::Id, NOT_NULL),
            ("escalation_id", Kind::Id, NULL),
            ("place", Kind::Int, NOT_NULL),
            ("at", Kind::Big, NOT_NULL),
            ("kind", Kind::Text, NOT_NULL),
            ("visibility", Kind::Text, NOT_NULL),
            ("author_account_id", Kind::Id, NULL),
            ("author_party_id", Kind::Id, NULL),
            ("text", Kind::Text, NULL),
            ("detail", Kind::Text, NULL),
        ],
        key: &["id"],
        unique: &[&["request_id", "place"]],
        indexes: &[],
        foreign: &[(&["request_id"], "support_request", &["id"])],
    },
    Table {
        name: "support_entry_reader",
        columns: &[
            ("request_id", Kind::Id, NOT_NULL),
            ("party_id", Kind::Id, NOT_NULL),
            ("place", Kind::Int, NOT_NULL),
            ("entry_id", Kind::Id, NOT_NULL),
            ("is_note", Kind::Bool, NOT_NULL),
        ],
        key: &["request_id", "party_id", "place"],
        unique: &[],
        indexes: &[],
        foreign: &[(&["entry_id"], "support_entry", &["id"])],
    },
    Table {
        name: "support_arrangement",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("customer_id", Kind::Id, NOT_NULL),
            ("service_id", Kind::Id, NOT_NULL),
            ("kind", Kind::Text, NOT_NULL),
            ("provided_by", Kind::Text, NULL),
            ("support_kinds", Kind::Text, NOT_NULL),
            ("time_zone", Kind::Text, NOT_NULL),
            ("weekly", Kind::Text, NOT_NULL),
            ("holidays", Kind::Text, NOT_NULL),
            ("contacts", Kind::Text, NOT_NULL),
            ("pricing_model", Kind::Text, NULL),
            ("pricing_amount", Kind::Text, NULL),
            ("pricing_currency", Kind::Text, NULL),
            ("targets", Kind::Text, NULL),
            ("version", Kind::Big, NOT_NULL),
            ("modified_at", Kind::Big, NOT_NULL),
        ],
        key: &["id"],
        unique: &[&["source_id", "customer_id", "service_id"]],
        indexes: &[],
        foreign: &[(&["source_id"], "partner", &["id"])],
    },
    Table {
        name: "support_contract",
        columns: &[
            ("id", Kind::Id, NOT_NULL),
            ("source_id", Kind::Id, NOT_NULL),
            ("vehicle", Kind::Text, NOT_NULL),
            ("contract_id", Kind::Text, NULL),
            ("access_id", Kind::Text, NULL),
            ("incidents_included", Kind::Int, NULL),
            ("incidents_used", Kind::Int, NOT_NULL),
            ("starts_at", Kind::Big, NOT_NULL),
            ("ends_at", Kind::Big, NOT_NULL),
            ("version", Kind::Big, NOT_NULL),
            ("modified_at", Kind::Big, NOT_NULL),
        ],
        key: &["id"],
        unique: &[&["source_id", "vehicle", "starts_at"]],
        indexes: &[],
        foreign: &[(&["source_id"], "partner", &["id"])],
    },
    Table {
        name: "audit_event",
        columns: &[
            ("tenant_id", Kind::Id, NOT_NULL),
            ("seq", Kind::Big, NOT_NULL),
            ("at", Kind::Big, NOT_NULL),
            ("actor_account_id", Kind::Id, NULL),
            ("actor_tenant_id", Kind::Id, NOT_NULL),
            ("on_behalf_of", Kind::Id, NULL),
            ("action", Kind::Text, NOT_NULL),
            ("outcome", Kind::Text, NOT_NULL),
            ("resource_kind", Kind::Text, NULL),
            ("resource_id", Kind::Id, NULL),
            ("customer_id", Kind::Id, NULL),
            ("ground", Kind::Text, NULL),
            ("request_id", Kind::Id, NOT_NULL),
            ("reason", Kind::Text, NULL),
            ("hash", Kind::Text, NOT_NULL),
        ],
        key: &["tenant_id", "seq"],
        unique: &[],
        indexes: &[&["tenant_id", "at", "seq"], &["tenant_id", "customer_id", "seq"]],
        foreign: &[],
    },
];

/// Columns that the log of events gets: which support request, and the one tenant that is told of it.
const EVENT_COLUMNS: [&str; 2] = ["support_request_id", "reader_tenant_id"];

/// Further indexes: events that are told to one tenant alone; old keys.
const INDEXES: [(&str, &str); 2] = [
    ("event_reader", "event (reader_tenant_id, seq) WHERE reader_tenant_id IS NOT NULL"),
    ("idempotency_key_created", "idempotency_key (created_at)"),
];

/// What a hop opens, besides all that opened before: its case, to the groups of the partner that it goes to, on the named
/// partner's rows.
const ACCESS_GRANT_BEFORE: &str = "
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

const ACCESS_GRANT_HOPS: &str = "
UNION ALL
SELECT g.id, h.customer_id, h.source_id, 'escalation', h.id, t.tokens, h.starts_at, h.ends_at
FROM support_escalation h
JOIN partner p ON p.id = h.to_partner_id
JOIN security_group g ON g.tenant_id = p.tenant_id
JOIN role_token t ON t.class = 'case' AND t.role = g.role
WHERE h.starts_at < h.ends_at";

/// Whoever holds a case reads its customer's name: as the named partner says it, unless it is listed already.
const CUSTOMER_LISTING_BEFORE: &str = "
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

const CUSTOMER_LISTING_HOPS: &str = "
UNION
SELECT p.tenant_id, c.sort_name, c.customer_id, c.source_id, 2
FROM support_escalation h
JOIN partner p ON p.id = h.to_partner_id
JOIN customer_profile c ON c.source_id = h.source_id AND c.customer_id = h.customer_id
JOIN customer s ON s.id = h.customer_id
WHERE p.id <> h.source_id AND s.tenant_id <> p.tenant_id
  AND NOT EXISTS (SELECT 1 FROM indirect_link l WHERE l.provider_id = p.id AND l.reseller_id = h.source_id
                  AND l.customer_id = h.customer_id)";

/// A case opens neither searches nor incidents.
const NOT_BY_CASE: &str = " AND l.rank < 2";

const CUSTOMER_SEARCH: &str = "
SELECT l.reader_tenant_id, w.word, l.customer_id, l.source_id, w.is_protected
FROM customer_listing_source l
JOIN customer_word w ON w.source_id = l.source_id AND w.customer_id = l.customer_id";

const INCIDENT_LISTING_LISTED: &str = "
SELECT l.reader_tenant_id, t.incident_id, t.source_id, t.customer_id, -c.version_at AS version_rank, c.seen_at
FROM incident_tenant t
JOIN incident_copy c ON c.source_id = t.source_id AND c.incident_id = t.incident_id
JOIN customer_listing l ON l.customer_id = t.customer_id AND l.source_id = t.source_id";

const INCIDENT_LISTING_OWN: &str = "
UNION
SELECT s.tenant_id, t.incident_id, t.source_id, t.customer_id, -c.version_at, c.seen_at
FROM incident_tenant t
JOIN incident_copy c ON c.source_id = t.source_id AND c.incident_id = t.incident_id
JOIN customer s ON s.id = t.customer_id";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, TABLES).await?;
        let backend = manager.get_database_backend();
        let id = if backend == DbBackend::Postgres { "uuid" } else { "blob" };
        let mut statements: Vec<String> = EVENT_COLUMNS
            .iter()
            .map(|column| format!("ALTER TABLE event ADD COLUMN {column} {id}"))
            .collect();
        statements.extend(INDEXES.iter().map(|(name, on)| format!("CREATE INDEX {name} ON {on}")));
        statements.extend(guards(backend).into_iter().map(str::to_owned));
        run(manager, statements).await?;
        let grants = format!("{ACCESS_GRANT_BEFORE}{ACCESS_GRANT_HOPS}");
        let listing = format!("{CUSTOMER_LISTING_BEFORE}{CUSTOMER_LISTING_HOPS}");
        views(manager, &grants, &listing, NOT_BY_CASE).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        views(manager, ACCESS_GRANT_BEFORE, CUSTOMER_LISTING_BEFORE, "").await?;
        let mut statements: Vec<String> =
            INDEXES.iter().map(|(name, _)| format!("DROP INDEX {name}")).collect();
        statements
            .extend(EVENT_COLUMNS.iter().map(|column| format!("ALTER TABLE event DROP COLUMN {column}")));
        // What hops opened goes with them.
        statements.push("DELETE FROM access_grant WHERE ground_kind = 'escalation'".to_owned());
        statements.push("DELETE FROM customer_listing WHERE rank = 2".to_owned());
        run(manager, statements).await?;
        drop(manager, TABLES).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            run(manager, vec!["DROP FUNCTION audit_event_is_final()".to_owned()]).await?;
        }
        Ok(())
    }
}

async fn run(manager: &SchemaManager<'_>, statements: Vec<String>) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Makes the two views anew, and those that rest on the listing, with a further condition on it.
async fn views(
    manager: &SchemaManager<'_>,
    grants: &str,
    listing: &str,
    condition: &str,
) -> Result<(), DbErr> {
    let (nil, later, earlier) = match manager.get_database_backend() {
        DbBackend::Postgres => ("'00000000-0000-0000-0000-000000000000'::uuid", "greatest", "least"),
        _ => ("x'00000000000000000000000000000000'", "max", "min"),
    };
    let fill =
        |text: &str| text.replace("{nil}", nil).replace("{later}", later).replace("{earlier}", earlier);
    let incidents = format!("{INCIDENT_LISTING_LISTED}{condition}{INCIDENT_LISTING_OWN}");
    let anew = [
        ("access_grant_source", fill(grants)),
        ("customer_listing_source", fill(listing)),
        ("customer_search_source", format!("{CUSTOMER_SEARCH}{condition}")),
        ("incident_listing_source", incidents),
    ];
    let dropped = anew.iter().rev().map(|(name, _)| format!("DROP VIEW {name}"));
    let made = anew.iter().map(|(name, body)| format!("CREATE VIEW {name} AS {body}"));
    run(manager, dropped.chain(made).collect()).await
}

/// An audit chain is only ever added to: the database itself refuses anything else.
fn guards(backend: DbBackend) -> Vec<&'static str> {
    match backend {
        DbBackend::Postgres => vec![
            "CREATE FUNCTION audit_event_is_final() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'audit events are only ever added'; END $$",
            "CREATE TRIGGER audit_event_final BEFORE UPDATE OR DELETE ON audit_event \
             FOR EACH ROW EXECUTE FUNCTION audit_event_is_final()",
            "CREATE TRIGGER audit_event_whole BEFORE TRUNCATE ON audit_event \
             FOR EACH STATEMENT EXECUTE FUNCTION audit_event_is_final()",
        ],
        _ => vec![
            "CREATE TRIGGER audit_event_unchanged BEFORE UPDATE ON audit_event \
             BEGIN SELECT RAISE(ABORT, 'audit events are only ever added'); END",
            "CREATE TRIGGER audit_event_kept BEFORE DELETE ON audit_event \
             BEGIN SELECT RAISE(ABORT, 'audit events are only ever added'); END",
            // What replaces a row deletes it without firing the trigger above.
            "CREATE TRIGGER audit_event_placed BEFORE INSERT ON audit_event \
             WHEN EXISTS (SELECT 1 FROM audit_event WHERE tenant_id = NEW.tenant_id AND seq = NEW.seq) \
             BEGIN SELECT RAISE(ABORT, 'audit events are only ever added'); END",
        ],
    }
}
