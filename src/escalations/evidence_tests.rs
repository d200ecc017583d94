use super::*;
use crate::incidents::store::IncidentRow;
use entity::{CustomerId, PartnerId, incident_copy};

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
const MAIL: ServiceId = ServiceId(Uuid::from_u128(1));

fn candidate(number: u128, score: f64, is_resolved: bool) -> Candidate {
    let copy = incident_copy::Model {
        source_id: PartnerId(Uuid::nil()),
        incident_id: IncidentId(Uuid::from_u128(number)),
        service_id: MAIL,
        service_name: "Mail".into(),
        title: "Mail is late".into(),
        feature: None,
        feature_group: None,
        impact_description: None,
        classification: "incident".into(),
        classification_raw: None,
        origin: None,
        origin_raw: None,
        status: "service_degradation".into(),
        status_raw: None,
        is_resolved,
        starts_at: NOW,
        ends_at: None,
        modified_at: None,
        version_at: NOW,
        seen_at: NOW,
        details: None,
        system: "microsoft_graph".into(),
        as_of: NOW,
    };
    let row = IncidentRow { copy, external_id: format!("EX{number}") };
    Candidate { row, score, why: vec!["still open".into()] }
}

fn word(source: u128, service: Option<ServiceId>, status: Option<&str>, as_of: i64) -> WordRow {
    let at = Some(Timestamp(as_of));
    WordRow {
        customer_id: CustomerId(Uuid::from_u128(9)),
        source_id: PartnerId(Uuid::from_u128(source)),
        seen_at: at,
        looked_at: at,
        outcome: Some("seen".into()),
        looked_in: Some("microsoft_graph".into()),
        service_id: service,
        service_name: service.map(|_| "Mail".into()),
        status: status.map(str::to_owned),
        status_raw: None,
        since: None,
        as_of: at,
        admin_url: None,
        health_url: None,
        ticket_url: None,
        managed_as_of: None,
        system: Some("microsoft_graph".into()),
    }
}

fn evidence_of(candidates: Vec<Candidate>, linked: Option<IncidentId>) -> Evidence {
    Evidence {
        taken_at: NOW.0,
        health_checked_at: Some(NOW.0),
        health_state: HealthState::Seen,
        statuses: statuses(&[word(1, Some(MAIL), Some("service_degradation"), 5)], Some(MAIL)),
        incidents: kept(candidates, linked),
        open_duplicates: 1,
        vehicle: Some(Vehicle::Commercial),
    }
}

#[test]
fn an_active_incident_matches_from_a_score_of_one_half() {
    let all = vec![
        candidate(1, 0.9, true),
        candidate(2, 0.7, false),
        candidate(3, 0.5, false),
        candidate(4, 0.49, false),
    ];
    let matches = active_matches(&evidence_of(all, None));
    assert_eq!(matches, [2, 3].map(|number| IncidentId(Uuid::from_u128(number))));
}

#[test]
fn the_linked_incident_is_kept_however_many_are_likelier() {
    let all = || (0..40).map(|number| candidate(number, 0.9, false)).collect::<Vec<_>>();
    assert_eq!(kept(all(), None).len(), KEPT_INCIDENTS);
    let linked = IncidentId(Uuid::from_u128(39));
    let evidence = evidence_of(all(), Some(linked));
    assert_eq!(evidence.incidents.len(), KEPT_INCIDENTS + 1);
    assert!(active_matches(&evidence).contains(&linked));
}

#[test]
fn evidence_is_read_again_as_it_was_kept() {
    let evidence = evidence_of(vec![candidate(7, 0.65, false)], None);
    let json = serde_json::to_string(&evidence).unwrap();
    assert_eq!(serde_json::from_str::<Evidence>(&json).unwrap(), evidence);
    assert!(json.contains("EX7") && json.contains("service_degradation"), "{json}");
}

#[test]
fn a_symptom_is_cut_between_characters() {
    let symptom = symptom("Überlauf", &"ä".repeat(2_000));
    assert_eq!(symptom.chars().count(), SYMPTOM_CHARS);
    assert!(symptom.starts_with("Überlauf\nä"));
}

#[test]
fn the_newest_word_on_the_service_tells_how_it_is() {
    let other = ServiceId(Uuid::from_u128(2));
    let words = [
        word(1, Some(MAIL), Some("service_operational"), 10),
        word(2, Some(MAIL), Some("service_degradation"), 20),
        word(3, Some(other), Some("service_interruption"), 30),
        word(4, Some(MAIL), None, 40),
    ];
    let found = health_of(Some(&words), MAIL);
    assert_eq!(found.status.as_deref(), Some("service_degradation"));
    assert_eq!((found.as_of, found.standing), (Timestamp(20), Standing::Dated));
    let seen: Vec<_> = statuses(&words, Some(MAIL)).into_iter().map(|seen| seen.status).collect();
    assert_eq!(seen, ["service_degradation", "service_operational"]);
    assert!(statuses(&words, None).is_empty());
}

#[test]
fn what_may_not_be_looked_at_is_no_delegation_and_what_never_was_is_not_fine() {
    let hidden = health_of(None, MAIL);
    assert_eq!((hidden.status, hidden.standing), (None, Standing::NoDelegation));
    let silent = WordRow { seen_at: None, looked_at: None, outcome: None, ..word(1, None, None, 0) };
    let unknown = health_of(Some(&[silent]), MAIL);
    assert_eq!((unknown.status, unknown.standing, unknown.as_of), (None, Standing::Dated, Timestamp(0)));
}
