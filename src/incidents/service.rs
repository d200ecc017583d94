//! The rules of incidents: which known ones a symptom may be, and by what score.
//!
//! The score is a sum, from 0 to 1: 0.35 for the same service; 0.2 where it is known to affect this customer; 0.15 while
//! it is open, 0.05 where it ended within two days; and 0.3 times the share of the symptom's words that title, feature
//! or impact hold. It takes nothing but what the viewer may read, and no statistics of any table. What reaches
//! [`LEAST`] is a candidate: so an open incident of the service always is one, and one of another service only with
//! most of the words.

use super::store::{self, IncidentRow};
use crate::access::action::Action;
use crate::customers;
use crate::customers::names::words;
use crate::customers::store::Key;
use crate::error::{Error, Result};
use crate::op::Op;
use entity::{CustomerId, IncidentId, ServiceId, Timestamp};
use sea_orm::DatabaseTransaction;
use std::collections::{BTreeMap, BTreeSet};

/// Most candidates.
pub const MAX_CANDIDATES: usize = 10;
/// The least score of a candidate.
pub const LEAST: f64 = 0.4;
/// Longest symptom, in characters.
const MAX_SYMPTOM: usize = 1000;
/// Most incidents that are scored, the open ones first.
const MAX_SCORED: u64 = 500;
/// Incidents that ended so many days ago are looked at.
const RECENT_DAYS: i64 = 14;
/// Incidents that ended so many days ago still count as fresh.
const FRESH_DAYS: i64 = 2;

/// Words that tell nothing of a fault.
const EMPTY_WORDS: [&str; 32] = [
    "and",
    "are",
    "but",
    "can",
    "cannot",
    "customer",
    "does",
    "for",
    "from",
    "get",
    "gets",
    "has",
    "have",
    "into",
    "microsoft",
    "not",
    "our",
    "since",
    "some",
    "that",
    "the",
    "their",
    "them",
    "they",
    "this",
    "user",
    "users",
    "was",
    "when",
    "with",
    "you",
    "your",
];

/// A known incident that a symptom may be.
pub struct Candidate {
    /// The incident.
    pub row: IncidentRow,
    /// From 0 to 1.
    pub score: f64,
    /// What speaks for it, in words.
    pub why: Vec<String>,
}

/// The customer, if the viewer may read its service health.
///
/// # Errors
/// NOT_FOUND where there is no such customer for the viewer, FORBIDDEN where it may not read its health.
pub async fn require_health(op: &Op, customer: CustomerId) -> Result<()> {
    let row = customers::service::find(op, &Key::Id(customer)).await?;
    if op.allows(Action::HealthRead, row.held) {
        return Ok(());
    }
    // Another source's rows may open what those that carry the name do not.
    let words = crate::health::store::words(&op.db, &op.scope, vec![customer]).await?;
    if words.contains_key(&customer) { Ok(()) } else { op.require(Action::HealthRead, row.held) }
}

/// Whether the viewer may read an incident, for a write that names it.
pub async fn is_readable(tx: &DatabaseTransaction, op: &Op, id: IncidentId) -> Result<bool> {
    store::is_readable(tx, &op.scope, id).await
}

/// Likely known incidents, the likeliest first.
///
/// # Errors
/// As [`require_health`]; BAD_USER_INPUT for a symptom without words, LIMIT_EXCEEDED for one that is too long.
pub async fn candidates(
    op: &Op,
    customer: CustomerId,
    service: ServiceId,
    symptom: &str,
) -> Result<Vec<Candidate>> {
    if symptom.chars().count() > MAX_SYMPTOM {
        return Err(Error::LimitExceeded { limit: format!("symptom: at most {MAX_SYMPTOM} characters") });
    }
    let symptom = telling(symptom);
    if symptom.is_empty() {
        return Err(Error::invalid(
            "symptom",
            "holds no word that tells of a fault; describe what users notice",
        ));
    }
    require_health(op, customer).await?;
    let mut candidates = scored(op, customer, Some(service), &symptom).await?;
    candidates.truncate(MAX_CANDIDATES);
    Ok(candidates)
}

/// Likely known incidents of a customer whose health the caller has found that it may read: all of them, the likeliest
/// first, also without a service and without a telling word.
pub async fn likely(
    op: &Op,
    customer: CustomerId,
    service: Option<ServiceId>,
    symptom: &str,
) -> Result<Vec<Candidate>> {
    scored(op, customer, service, &telling(symptom)).await
}

async fn scored(
    op: &Op,
    customer: CustomerId,
    service: Option<ServiceId>,
    symptom: &BTreeSet<String>,
) -> Result<Vec<Candidate>> {
    let reach = store::reach(op).await?;
    // No service has the nil id.
    let service = service.unwrap_or(ServiceId(uuid::Uuid::nil()));
    let now = op.now();
    let since = now.plus_days(-RECENT_DAYS);
    let recent = store::recent(&op.db, &op.scope, reach, since, MAX_SCORED).await?;
    let ids: Vec<_> = recent.iter().map(|row| row.copy.incident_id).collect();
    let affecting = store::affecting(&op.db, &op.scope, customer, &ids).await?;
    let affecting: BTreeSet<_> = affecting.into_iter().collect();
    let mut candidates: Vec<Candidate> = recent
        .into_iter()
        .map(|row| {
            let is_affected = affecting.contains(&row.copy.incident_id);
            score(row, service, symptom, is_affected, now)
        })
        .filter(|candidate| candidate.score >= LEAST)
        .collect();
    candidates.sort_by(|a, b| {
        let place = |c: &Candidate| (std::cmp::Reverse(c.row.copy.starts_at), c.row.external_id.clone());
        b.score.total_cmp(&a.score).then_with(|| place(a).cmp(&place(b)))
    });
    Ok(candidates)
}

/// The words of a text that tell of a fault.
fn telling(text: &str) -> BTreeSet<String> {
    let all = words(text).into_iter();
    all.filter(|word| word.chars().count() > 2 && !EMPTY_WORDS.contains(&word.as_str())).collect()
}

/// Two words are alike if one begins the other and little follows: "sign" and "signing", "mail" and "mails".
fn is_alike(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    short.chars().count() > 3 && long.starts_with(short) && long.chars().count() - short.chars().count() <= 4
        || short == long
}

fn score(
    row: IncidentRow,
    service: ServiceId,
    symptom: &BTreeSet<String>,
    is_affected: bool,
    now: Timestamp,
) -> Candidate {
    let copy = &row.copy;
    let (mut score, mut why) = (0.0, Vec::new());
    let mut add = |points: f64, reason: String| {
        score += points;
        why.push(reason);
    };
    if copy.service_id == service {
        add(0.35, format!("same service: {}", copy.service_name));
    }
    if is_affected {
        add(0.2, "known to affect this customer".into());
    }
    let ended = copy.ends_at.or(copy.modified_at);
    if !copy.is_resolved {
        add(0.15, "still open".into());
    } else if ended.is_some_and(|at| at > now.plus_days(-FRESH_DAYS)) {
        add(0.05, "ended within two days".into());
    }
    let texts = [
        ("title", Some(&copy.title)),
        ("feature", copy.feature.as_ref()),
        ("impact", copy.impact_description.as_ref()),
    ];
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut matched: BTreeSet<&str> = BTreeSet::new();
    for (name, text) in texts {
        let held = text.map(|text| words(text)).unwrap_or_default();
        for word in symptom.iter().filter(|word| held.iter().any(|other| is_alike(word, other))) {
            found.entry(name).or_default().insert(word);
            matched.insert(word);
        }
    }
    if !matched.is_empty() {
        let points = 0.3 * matched.len() as f64 / symptom.len() as f64;
        let where_found: Vec<String> = found
            .iter()
            .map(|(name, words)| format!("{name}: {}", words.iter().copied().collect::<Vec<_>>().join(", ")))
            .collect();
        let of = format!("{} of {} words", matched.len(), symptom.len());
        add(points, format!("{of} ({})", where_found.join("; ")));
    }
    let score = (score * 100.0).round() / 100.0;
    Candidate { row, score, why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::{IncidentId, PartnerId, incident_copy};
    use uuid::Uuid;

    const MAIL: ServiceId = ServiceId(Uuid::from_u128(1));
    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

    fn incident(title: &str, is_resolved: bool) -> IncidentRow {
        let copy = incident_copy::Model {
            source_id: PartnerId(Uuid::nil()),
            incident_id: IncidentId(Uuid::nil()),
            service_id: MAIL,
            service_name: "Mail".into(),
            title: title.into(),
            feature: Some("Sign-in".into()),
            feature_group: None,
            impact_description: None,
            classification: "incident".into(),
            classification_raw: None,
            origin: None,
            origin_raw: None,
            status: "service_degradation".into(),
            status_raw: None,
            is_resolved,
            starts_at: NOW.plus_days(-10),
            ends_at: is_resolved.then_some(NOW.plus_days(-1)),
            modified_at: None,
            version_at: NOW,
            seen_at: NOW,
            details: None,
            system: "microsoft_graph".into(),
            as_of: NOW,
        };
        IncidentRow { copy, external_id: "EX1".into() }
    }

    #[test]
    fn each_ground_adds_what_it_is_said_to() {
        let symptom = telling("Users cannot send mails");
        assert_eq!(symptom, BTreeSet::from(["mails".to_owned(), "send".to_owned()]));
        let all = score(incident("Mail is not sent or sending is late", false), MAIL, &symptom, true, NOW);
        assert_eq!(all.score, 1.0, "{:?}", all.why);
        assert_eq!(all.why.len(), 4);
        let other = ServiceId(Uuid::from_u128(2));
        let little = score(incident("Calendars are slow", true), other, &symptom, false, NOW);
        assert_eq!((little.score, little.why.len()), (0.05, 1), "{:?}", little.why);
        let half = score(incident("Late mail", false), other, &symptom, false, NOW);
        assert_eq!(half.score, 0.3, "{:?}", half.why);
    }

    #[test]
    fn an_open_incident_of_the_service_is_a_candidate_without_a_single_word() {
        let symptom = telling("printer smokes");
        assert!(score(incident("Calendars", false), MAIL, &symptom, false, NOW).score >= LEAST);
        assert!(score(incident("Calendars", true), MAIL, &symptom, false, NOW).score >= LEAST);
        let other = ServiceId(Uuid::from_u128(2));
        assert!(score(incident("Calendars", false), other, &symptom, false, NOW).score < LEAST);
    }

    #[test]
    fn words_are_alike_by_their_beginning() {
        assert!(is_alike("sign", "signing") && is_alike("mails", "mail") && is_alike("vpn", "vpn"));
        assert!(!is_alike("net", "network") && !is_alike("mail", "mailboxes") && !is_alike("team", "mail"));
    }
}
