//! Stores what a source says of support requests that were filed with the vendor, in that source's own rows.

use super::record::VendorRequestRecord;
use super::{case_store, hops};
use crate::customers;
use crate::db::sql::Sql;
use crate::db::{first, rows_in};
use crate::error::Result;
use crate::health::ingest::service_id;
use crate::ingest::{Ingest, Outcome};
use entity::{CustomerId, vendor_request};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

/// Stores requests; the newer upstream modification wins, then the later capture.
pub async fn vendor_requests(ingest: &mut Ingest, records: &[VendorRequestRecord]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for record in records {
        let customer = customers::ingest::known_or_named(ingest, record.customer_tenant_id).await?;
        let sql = Sql::new("SELECT * FROM vendor_request WHERE source_id = ").bind(ingest.source.0);
        let sql = sql.push(" AND customer_id = ").bind(customer.0).push(" AND external_id = ");
        let known: Option<vendor_request::Model> =
            first(rows_in(&ingest.tx, sql.bind(record.external_id.as_str())).await?);
        let is_older = |known: &vendor_request::Model| match (record.modified_at, known.modified_at) {
            (Some(new), Some(old)) if new != old => new < old,
            _ => ingest.as_of < known.as_of,
        };
        if known.as_ref().is_some_and(is_older) {
            outcome.skip(record.external_id.clone(), "older than what is stored");
            continue;
        }
        let r = record.clone();
        let model = vendor_request::Model {
            id: known.as_ref().map_or_else(Uuid::new_v4, |known| known.id),
            source_id: ingest.source,
            customer_id: customer,
            external_id: r.external_id,
            title: r.title,
            severity: r.severity.to_owned(),
            severity_raw: r.severity_raw,
            status: r.status.to_owned(),
            status_raw: r.status_raw,
            service_id: r.product.as_ref().map(service_id),
            service_name: r.product.map(|product| product.name),
            created_at: r.created_at,
            closed_at: r.closed_at,
            modified_at: r.modified_at,
            system: ingest.system.into(),
            as_of: ingest.as_of,
        };
        let row = model.into_active_model();
        if known.is_some() {
            row.reset_all().update(&ingest.tx).await?;
        } else {
            vendor_request::Entity::insert(row).exec_without_returning(&ingest.tx).await?;
        }
        outcome.stored += 1;
        keep_in_step(ingest, customer, record).await?;
    }
    Ok(outcome)
}

/// Hops to the vendor that carry this number, of the source's own, follow what the vendor says.
async fn keep_in_step(ingest: &Ingest, customer: CustomerId, record: &VendorRequestRecord) -> Result<()> {
    let (source, now) = (ingest.source, ingest.now());
    for hop in case_store::hops_with_number(&ingest.tx, source, customer, &record.external_id).await? {
        hops::vendor_says(&ingest.tx, now, hop, record.status, record.modified_at).await?;
    }
    Ok(())
}
