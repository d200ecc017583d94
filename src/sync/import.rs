//! Stores a capture: one transaction a file, in the name of one partner, all or nothing.

use super::{Capture, Context, Records, Unreadable, recognise};
use crate::db::Db;
use crate::db::sql::Sql;
use crate::error::Result;
use crate::ingest::{Ingest, Outcome};
use crate::{customers, delegation, escalations, health, incidents, partners, subscriptions};
use entity::{PartnerId, Timestamp, capture};
use sea_orm::{EntityTrait, FromQueryResult, IntoActiveModel};
use uuid::Uuid;

/// In whose name, and what is known besides the bodies.
#[derive(Clone, Debug)]
pub struct Import {
    /// The partner whose source is written.
    pub source: PartnerId,
    /// What the operator knows of the bodies.
    pub context: Context,
    /// Whether lists are whole, so that absence ends a row.
    pub is_complete: bool,
}

/// A body that could be read.
pub struct Read {
    /// What it says.
    pub capture: Capture,
    /// Digest of the bytes, hexadecimal.
    pub sha256: String,
}

/// What became of a body.
#[derive(Debug)]
pub struct Report {
    /// What it was recognised as.
    pub kind: &'static str,
    /// Objects in it.
    pub read: usize,
    /// Objects stored or confirmed.
    pub stored: usize,
    /// Objects not stored: place, and why.
    pub skipped: Vec<(String, String)>,
    /// What to know besides.
    pub notes: Vec<String>,
}

/// Reads a body; nothing is stored.
pub fn read(bytes: &[u8], context: &Context) -> std::result::Result<Read, Unreadable> {
    let capture = recognise::read(bytes, context)?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let sha256 = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Read { capture, sha256 })
}

impl Read {
    /// Where the body stands among others of a folder: partners before what names them, relationships before their
    /// assignments.
    pub fn rank(&self) -> u8 {
        let records = &self.capture.records;
        match () {
            () if !records.partnerships.is_empty() => 0,
            () if !records.customers.is_empty() => 1,
            () if !records.indirect.is_empty() => 2,
            () if !records.subscriptions.is_empty() => 3,
            () if !records.support_contacts.is_empty() => 4,
            () if !records.relationships.is_empty() => 5,
            () => 6,
        }
    }

    /// Stores it.
    pub async fn store(self, db: &Db, import: &Import, as_of: Timestamp, now: Timestamp) -> Result<Report> {
        let Capture { kind, system, read, records, skipped, is_page } = self.capture;
        let skipped: Vec<(String, String)> = skipped.into_iter().map(|s| (s.place, s.reason)).collect();
        // A page, a filtered list or one with unreadable entries does not show what is absent.
        let whole = import.is_complete
            && !is_page
            && skipped.is_empty()
            && import.context.reseller_tenant_id.is_none();
        let mut ingest = Ingest::begin(db, import.source, system, as_of, whole).await?;
        let mut outcome = store_records(&mut ingest, kind, &records).await?;
        if import.is_complete && !whole {
            outcome.notes.push("not a whole list of its kind, so nothing was ended by absence".into());
        }
        let mut all = skipped;
        all.append(&mut outcome.skipped);
        let row = capture::Model {
            id: Uuid::new_v4(),
            source_id: import.source,
            kind: kind.to_owned(),
            sha256: self.sha256,
            as_of,
            imported_at: now,
            stored: outcome.stored as i64,
            skipped: all.len() as i64,
        };
        capture::Entity::insert(row.into_active_model()).exec_without_returning(&ingest.tx).await?;
        ingest.commit().await?;
        Ok(Report { kind, read, stored: outcome.stored, skipped: all, notes: outcome.notes })
    }
}

async fn store_records(ingest: &mut Ingest, kind: &str, records: &Records) -> Result<Outcome> {
    let mut all = Outcome::default();
    // A kind that the body is not about is left out, or "complete" would end everything of it.
    if !records.partnerships.is_empty() {
        all.add(partners::ingest::partnerships(ingest, &records.partnerships).await?);
    }
    if !records.customers.is_empty() || kind == "customers" {
        all.add(customers::ingest::customers(ingest, &records.customers).await?);
    }
    all.add(customers::ingest::indirect(ingest, &records.indirect).await?);
    if !records.subscriptions.is_empty() {
        all.add(subscriptions::ingest::subscriptions(ingest, &records.subscriptions).await?);
    }
    for contact in &records.support_contacts {
        let partner = partners::ingest::profile(ingest, &contact.partner, "unknown").await?;
        let (customer, id) = (contact.customer_tenant_id, &contact.subscription_external_id);
        if subscriptions::ingest::support_contact(ingest, customer, id, partner).await? {
            all.stored += 1;
        } else {
            all.skip(id.clone(), "its subscription is not known; import the customer's subscriptions first");
        }
    }
    if !records.relationships.is_empty() || kind == "delegated admin relationships" {
        all.add(delegation::ingest::relationships(ingest, &records.relationships).await?);
    }
    all.add(delegation::ingest::assignments(ingest, &records.assignments).await?);
    all.add(health::ingest::statuses(ingest, &records.statuses).await?);
    all.add(health::ingest::management(ingest, &records.management).await?);
    all.add(health::ingest::looks(ingest, &records.looks).await?);
    all.add(health::ingest::messages(ingest, &records.messages).await?);
    all.add(incidents::ingest::incidents(ingest, &records.incidents).await?);
    all.add(escalations::ingest::vendor_requests(ingest, &records.vendor_requests).await?);
    Ok(all)
}

#[derive(FromQueryResult)]
struct Registered {
    id: PartnerId,
}

/// The registered partner of a tenant: one that speaks for itself, as against one that others merely name.
pub async fn registered_partner(db: &Db, tenant: Uuid) -> Result<Option<PartnerId>> {
    let sql = Sql::new(
        "SELECT p.id FROM partner p JOIN partner_profile v ON v.source_id = p.id AND v.partner_id = p.id WHERE p.tenant_id = ",
    );
    let rows: Vec<Registered> = db.unscoped_rows(sql.bind(tenant)).await?;
    Ok(rows.first().map(|row| row.id))
}
