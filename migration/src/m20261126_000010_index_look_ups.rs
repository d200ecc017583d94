//! Look-ups that read too much without an index of their own: the name of a service that no catalogue knows, which rows
//! of statuses and of incidents say; a reader's view of one support request, for which PostgreSQL would otherwise read the
//! tenant's whole list; and the open requests of a customer on a service, which an incident's impact counts.

use sea_orm_migration::prelude::*;

/// Indexes for single look-ups.
#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: [(&str, &str); 4] = [
    ("customer_service_named", "customer_service (service_id, customer_id, source_id)"),
    ("incident_copy_named", "incident_copy (service_id, source_id, incident_id)"),
    ("support_view_of_request", "support_view (request_id, reader_tenant_id)"),
    ("support_view_open_on", "support_view (customer_id, reader_tenant_id, service_id) WHERE is_open = true"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, on) in INDEXES {
            manager.get_connection().execute_unprepared(&format!("CREATE INDEX {name} ON {on}")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in INDEXES {
            manager.get_connection().execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        Ok(())
    }
}
