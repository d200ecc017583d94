//! Stores what a source says of incidents: one copy a source, whatever the number of tenants; its publications; and
//! which tenants it affects.
//!
//! The newer upstream modification wins, then the later capture, in any order of arrival. Publications and tenants only
//! add up. An incident that was over and is not any more stays the same incident.

use super::record::{IncidentRecord, PostRecord};
use crate::customers;
use crate::db::sql::Sql;
use crate::db::{derive, execute, first, rows_in};
use crate::error::Result;
use crate::events::{Change, Kind};
use crate::health::ingest::{seen, service_id};
use crate::health::text::plain;
use crate::ingest::{Ingest, Outcome};
use entity::{CustomerId, IncidentId, Timestamp, incident_copy, incident_post};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The source did not know the incident.
pub const RAISED: &str = "raised";
/// Something of it changed.
pub const UPDATED: &str = "updated";
/// It is over.
pub const RESOLVED: &str = "resolved";
/// It was over, and is not any more.
pub const REOPENED: &str = "reopened";
/// It affects a further customer.
pub const AFFECTED: &str = "affected";

/// What became of a source's copy.
#[derive(Clone, Copy, PartialEq)]
enum Stored {
    /// Written, with what happened to it.
    Changed(&'static str),
    /// Confirmed as it was.
    Same,
    /// What is stored is newer.
    Older,
}

/// Stores incidents. Absence from a list says nothing: upstream stops to list what is long over.
pub async fn incidents(ingest: &mut Ingest, records: &[IncidentRecord]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut looked = BTreeSet::new();
    for record in records {
        let customer = customers::ingest::known_or_named(ingest, record.customer_tenant_id).await?;
        if looked.insert(customer) {
            seen(ingest, customer).await?;
        }
        let incident = ingest.incident(&record.external_id).await?;
        let stored = store_copy(ingest, incident, record).await?;
        let has_new_post = store_posts(ingest, incident, record, stored == Stored::Older).await?;
        let is_new_tenant = link(ingest, incident, customer, record).await?;
        if is_new_tenant {
            ingest.affect(customer);
        }
        // That a customer is affected, and that the copy changed, are two things: not everybody may read both.
        let of_tenant = match stored {
            Stored::Changed(RAISED) => Some(RAISED),
            _ => is_new_tenant.then_some(AFFECTED),
        };
        let of_copy = match stored {
            Stored::Changed(RAISED) => None,
            Stored::Changed(word) => Some(word),
            _ => has_new_post.then_some(UPDATED),
        };
        for (word, customer) in [(of_tenant, Some(customer)), (of_copy, None)] {
            if let Some(word) = word {
                let incident = Some(incident);
                ingest.tell(Change { customer, incident, ..Change::of(Kind::Incident, word) });
            }
        }
        if stored == Stored::Older {
            let why = "older than what is stored; its publications and its tenant were kept";
            outcome.skip(record.external_id.clone(), why);
        } else {
            outcome.stored += 1;
        }
    }
    Ok(outcome)
}

async fn known_copy(ingest: &Ingest, incident: IncidentId) -> Result<Option<incident_copy::Model>> {
    let sql = Sql::new("SELECT * FROM incident_copy WHERE source_id = ").bind(ingest.source.0);
    Ok(first(rows_in(&ingest.tx, sql.push(" AND incident_id = ").bind(incident.0)).await?))
}

async fn store_copy(ingest: &Ingest, incident: IncidentId, record: &IncidentRecord) -> Result<Stored> {
    let known = known_copy(ingest, incident).await?;
    // Without a modification of its own, what was captured last is the newest version, whether or not it says the same.
    let version_at = record.modified_at.unwrap_or(ingest.as_of);
    let Some(known) = known else {
        let row = copy(ingest, incident, record, version_at, ingest.as_of).into_active_model();
        incident_copy::Entity::insert(row).exec_without_returning(&ingest.tx).await?;
        return Ok(Stored::Changed(RAISED));
    };
    if version_at < known.version_at || (version_at == known.version_at && ingest.as_of < known.as_of) {
        // Of equal versions the first capture counts, in whatever order they come.
        if version_at == known.version_at && ingest.as_of < known.seen_at {
            mark_seen(ingest, incident, &known).await?;
        }
        return Ok(Stored::Older);
    }
    let mut new = copy(ingest, incident, record, version_at, ingest.as_of);
    if version_at == known.version_at {
        new.seen_at = known.seen_at;
    }
    if record.starts_at.is_none() {
        new.starts_at = new.starts_at.min(known.starts_at);
    }
    let is_same = is_alike(&known, &new);
    let (version_at, seen_at) = (new.version_at, new.seen_at);
    new.into_active_model().reset_all().update(&ingest.tx).await?;
    if (version_at, seen_at) != (known.version_at, known.seen_at) {
        derive::incident_version(&ingest.tx, ingest.source, incident, version_at, seen_at).await?;
    }
    if is_same {
        return Ok(Stored::Same);
    }
    Ok(Stored::Changed(match (known.is_resolved, record.is_resolved) {
        (false, true) => RESOLVED,
        (true, false) => REOPENED,
        _ => UPDATED,
    }))
}

async fn mark_seen(ingest: &Ingest, incident: IncidentId, known: &incident_copy::Model) -> Result<()> {
    let update = Sql::new("UPDATE incident_copy SET seen_at = ").bind(ingest.as_of.0);
    let update = update.push(" WHERE source_id = ").bind(ingest.source.0);
    execute(&ingest.tx, update.push(" AND incident_id = ").bind(incident.0)).await?;
    derive::incident_version(&ingest.tx, ingest.source, incident, known.version_at, ingest.as_of).await
}

/// Whether two copies say the same, whenever they were captured.
fn is_alike(known: &incident_copy::Model, new: &incident_copy::Model) -> bool {
    let undated = |copy: &incident_copy::Model| incident_copy::Model {
        version_at: Timestamp(0),
        seen_at: Timestamp(0),
        as_of: Timestamp(0),
        system: String::new(),
        ..copy.clone()
    };
    undated(known) == undated(new)
}

fn copy(
    ingest: &Ingest,
    incident: IncidentId,
    record: &IncidentRecord,
    version_at: Timestamp,
    seen_at: Timestamp,
) -> incident_copy::Model {
    let r = record.clone();
    let details: Vec<_> = r.details.iter().map(|(name, value)| json!([name, value])).collect();
    incident_copy::Model {
        source_id: ingest.source,
        incident_id: incident,
        service_id: service_id(&r.service),
        service_name: r.service.name,
        title: r.title,
        feature: r.feature,
        feature_group: r.feature_group,
        impact_description: r.impact_description,
        classification: r.classification.to_owned(),
        classification_raw: r.classification_raw,
        origin: r.origin.map(str::to_owned),
        origin_raw: r.origin_raw,
        status: r.status.to_owned(),
        status_raw: r.status_raw,
        is_resolved: r.is_resolved,
        // Lists are ordered by it, so there is always one.
        starts_at: r.starts_at.or(r.modified_at).unwrap_or(ingest.as_of),
        ends_at: r.ends_at,
        modified_at: r.modified_at,
        version_at,
        seen_at,
        details: (!details.is_empty()).then(|| json!(details).to_string()),
        system: ingest.system.into(),
        as_of: ingest.as_of,
    }
}

/// Adds publications; one that is known is replaced by a newer capture's. True if there is a new one.
async fn store_posts(
    ingest: &Ingest,
    incident: IncidentId,
    record: &IncidentRecord,
    is_older: bool,
) -> Result<bool> {
    let known = Sql::new("SELECT * FROM incident_post WHERE source_id = ").bind(ingest.source.0);
    let known = known.push(" AND incident_id = ").bind(incident.0);
    let known: Vec<incident_post::Model> = rows_in(&ingest.tx, known).await?;
    let known: BTreeMap<(Timestamp, i32), incident_post::Model> =
        known.into_iter().map(|post| ((post.created_at, post.number), post)).collect();
    let mut has_new = false;
    for (number, post) in numbered(&record.posts) {
        let model = post_model(ingest, incident, number, post);
        match known.get(&(post.created_at, number)) {
            None => {
                incident_post::Entity::insert(model.into_active_model())
                    .exec_without_returning(&ingest.tx)
                    .await?;
                has_new = true;
            }
            Some(stored) if !is_older && stored.content != model.content && stored.as_of <= ingest.as_of => {
                model.into_active_model().reset_all().update(&ingest.tx).await?;
                has_new = true;
            }
            Some(_) => {}
        }
    }
    Ok(has_new)
}

/// Publications of one instant are told apart by their place among each other, whatever the order of the body.
fn numbered(posts: &[PostRecord]) -> Vec<(i32, &PostRecord)> {
    let mut sorted: Vec<&PostRecord> = posts.iter().collect();
    sorted.sort_by(|a, b| (a.created_at, &a.content).cmp(&(b.created_at, &b.content)));
    let mut numbered: Vec<(i32, &PostRecord)> = Vec::with_capacity(sorted.len());
    for post in sorted {
        match numbered.last() {
            Some((_, last)) if last.created_at == post.created_at && last.content == post.content => {}
            Some((number, last)) if last.created_at == post.created_at => numbered.push((number + 1, post)),
            _ => numbered.push((0, post)),
        }
    }
    numbered
}

fn post_model(ingest: &Ingest, incident: IncidentId, number: i32, post: &PostRecord) -> incident_post::Model {
    incident_post::Model {
        source_id: ingest.source,
        incident_id: incident,
        created_at: post.created_at,
        number,
        kind: post.kind.to_owned(),
        kind_raw: post.kind_raw.clone(),
        content_type: post.content_type.to_owned(),
        content: post.content.clone(),
        text: plain(post.content_type, &post.content),
        as_of: ingest.as_of,
    }
}

/// The incident affects the customer. True if that is new.
async fn link(
    ingest: &Ingest,
    incident: IncidentId,
    customer: CustomerId,
    record: &IncidentRecord,
) -> Result<bool> {
    let since = record.starts_at.unwrap_or(ingest.as_of);
    let insert =
        Sql::new("INSERT INTO incident_tenant (source_id, incident_id, customer_id, since, as_of) VALUES (")
            .bind(ingest.source.0)
            .push(", ")
            .bind(incident.0)
            .push(", ")
            .bind(customer.0)
            .push(", ")
            .bind(since.0)
            .push(", ")
            .bind(ingest.as_of.0)
            .push(") ON CONFLICT (source_id, incident_id, customer_id) DO NOTHING");
    if execute(&ingest.tx, insert).await? == 1 {
        return Ok(true);
    }
    let own = |column: &str, sign: &str, at: Timestamp| {
        let update = Sql::new(format!("UPDATE incident_tenant SET {column} = ")).bind(at.0);
        let update = update.push(" WHERE source_id = ").bind(ingest.source.0).push(" AND incident_id = ");
        let update = update.bind(incident.0).push(" AND customer_id = ").bind(customer.0);
        update.push(&format!(" AND {column} {sign} ")).bind(at.0)
    };
    execute(&ingest.tx, own("since", ">", since)).await?;
    execute(&ingest.tx, own("as_of", "<", ingest.as_of)).await?;
    Ok(false)
}
