//! What is known of health, incidents and duplicates when a request is handed on: read under the viewer's own rights, and
//! kept on the hop. What could not be looked at is said to be so; nothing stands for "fine" by silence.

use super::preflight_store as store;
use super::words::Vehicle;
use crate::error::Result;
use crate::graphql::provenance::Standing;
use crate::health;
use crate::health::store::WordRow;
use crate::incidents;
use crate::incidents::service::Candidate;
use crate::op::Op;
use entity::{IncidentId, ServiceId, Timestamp, support_view};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// From this score on an active incident has to be linked, or told apart from.
pub const MATCHES: f64 = 0.5;
/// Most open duplicates that are counted.
const COUNTED_DUPLICATES: usize = 100;
/// Most incidents that are kept, besides the linked one.
const KEPT_INCIDENTS: usize = 20;
/// Longest symptom, in characters.
const SYMPTOM_CHARS: usize = 1000;

/// How the service of a request is, by the newest word that the viewer may read.
#[derive(Clone, Debug)]
pub struct HealthOf {
    /// Its status.
    pub status: Option<String>,
    /// The upstream's own word where the status is `other`.
    pub status_raw: Option<String>,
    /// How far the status can be relied on.
    pub standing: Standing,
    /// In which system it was or would be looked.
    pub system: String,
    /// When the status was said; 0 for never.
    pub as_of: Timestamp,
}

/// How a service is, by the words on its customer that the viewer may read; none: it may read none.
pub fn health_of(words: Option<&[WordRow]>, service: ServiceId) -> HealthOf {
    let spoken = words.unwrap_or_default().iter();
    let spoken = spoken.filter(|word| word.service_id == Some(service) && word.status.is_some());
    let status = spoken.max_by_key(|word| (word.as_of, word.source_id));
    let as_of = status.and_then(|word| word.as_of).unwrap_or(Timestamp(0));
    let (standing, system) = health::service::standing(words, status, as_of);
    HealthOf {
        status: status.and_then(|word| word.status.clone()),
        status_raw: status.and_then(|word| word.status_raw.clone()),
        standing,
        system,
        as_of,
    }
}

/// Whether anybody has looked at the customer's health on the viewer's behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// It was seen.
    Seen,
    /// It may be looked at, and never was.
    NeverSeen,
    /// The last look was refused for too many requests.
    Throttled,
    /// Nothing lets the viewer, or the gateway, look.
    NoDelegation,
}

/// A status of the request's service, as one source says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusSeen {
    /// The service.
    pub service: Uuid,
    /// Its status.
    pub status: String,
    /// The upstream's own word where the status is `other`.
    pub status_raw: Option<String>,
    /// When it was said, in microseconds since 1970.
    pub as_of: Option<i64>,
}

/// An incident that the request may be about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncidentSeen {
    /// Which.
    pub incident: Uuid,
    /// Its upstream id.
    pub external_id: String,
    /// Its status.
    pub status: String,
    /// Whether it is not over.
    pub is_active: bool,
    /// How well it fits, from 0 to 1.
    pub score: f64,
    /// What speaks for it.
    pub why: Vec<String>,
}

/// What was known when a case was handed on, to whoever did it: kept as JSON on the hop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// When it was taken, in microseconds since 1970.
    pub taken_at: i64,
    /// When the customer's health was last seen.
    pub health_checked_at: Option<i64>,
    /// Whether it could be.
    pub health_state: HealthState,
    /// Statuses of the request's service, the newest first.
    pub statuses: Vec<StatusSeen>,
    /// Incidents that it may be about, the likeliest first.
    pub incidents: Vec<IncidentSeen>,
    /// How many other open requests were about the same; at most 100 are counted.
    pub open_duplicates: usize,
    /// The vehicle that was chosen; for whoever hands over to fill in.
    pub vehicle: Option<Vehicle>,
}

/// Takes the evidence under the viewer's own scope; before the transaction, since it reads much. None where the viewer's
/// organisation takes no part in the request as a partner, or the viewer may not read it.
pub async fn evidence(op: &Op, request: Uuid) -> Result<Option<Evidence>> {
    match store::own_view(&op.db, &op.scope, request).await? {
        Some(own) => evidence_on(op, &own.view).await.map(Some),
        None => Ok(None),
    }
}

async fn evidence_on(op: &Op, view: &support_view::Model) -> Result<Evidence> {
    let customer = view.customer_id;
    let words = health::store::words(&op.db, &op.scope, vec![customer]).await?.remove(&customer);
    let candidates = match &words {
        Some(_) => {
            let symptom = symptom(&view.title, &view.description);
            incidents::service::likely(op, customer, view.service_id, &symptom).await?
        }
        None => Vec::new(),
    };
    let duplicates = store::duplicates(&op.db, &op.scope, view, COUNTED_DUPLICATES).await?;
    let (standing, _, seen_at) = health::service::last_seen(words.as_deref());
    let checked_at = Some(seen_at.0).filter(|at| *at > 0);
    Ok(Evidence {
        taken_at: op.now().0,
        health_checked_at: checked_at,
        health_state: match (standing, checked_at) {
            (Standing::NoDelegation, _) => HealthState::NoDelegation,
            (Standing::Throttled, _) => HealthState::Throttled,
            (Standing::Dated, Some(_)) => HealthState::Seen,
            (Standing::Dated, None) => HealthState::NeverSeen,
        },
        statuses: statuses(words.as_deref().unwrap_or_default(), view.service_id),
        incidents: kept(candidates, view.incident_id),
        open_duplicates: duplicates.len(),
        vehicle: None,
    })
}

/// The active incidents that fit so well that handing on needs the link to one of them, or why it is something else.
pub fn active_matches(evidence: &Evidence) -> Vec<IncidentId> {
    let fits = |seen: &&IncidentSeen| seen.is_active && seen.score >= MATCHES;
    evidence.incidents.iter().filter(fits).map(|seen| IncidentId(seen.incident)).collect()
}

/// What users notice, as far as the request tells it.
pub fn symptom(title: &str, description: &str) -> String {
    format!("{title}\n{description}").chars().take(SYMPTOM_CHARS).collect()
}

fn statuses(words: &[WordRow], service: Option<ServiceId>) -> Vec<StatusSeen> {
    let Some(service) = service else { return Vec::new() };
    let mut of_it: Vec<_> = words.iter().filter(|word| word.service_id == Some(service)).collect();
    of_it.sort_by_key(|word| std::cmp::Reverse((word.as_of, word.source_id)));
    let seen = |word: &WordRow| {
        Some(StatusSeen {
            service: service.0,
            status: word.status.clone()?,
            status_raw: word.status_raw.clone(),
            as_of: word.as_of.map(|at| at.0),
        })
    };
    of_it.into_iter().filter_map(seen).collect()
}

/// The likeliest incidents, and the linked one wherever it stands.
fn kept(candidates: Vec<Candidate>, linked: Option<IncidentId>) -> Vec<IncidentSeen> {
    let all = candidates.into_iter().enumerate();
    let is_kept = |(place, candidate): &(usize, Candidate)| {
        *place < KEPT_INCIDENTS || Some(candidate.row.copy.incident_id) == linked
    };
    let seen = |(_, candidate): (usize, Candidate)| IncidentSeen {
        incident: candidate.row.copy.incident_id.0,
        external_id: candidate.row.external_id,
        status: candidate.row.copy.status,
        is_active: !candidate.row.copy.is_resolved,
        score: candidate.score,
        why: candidate.why,
    };
    all.filter(is_kept).map(seen).collect()
}

#[cfg(test)]
#[path = "evidence_tests.rs"]
mod tests;
