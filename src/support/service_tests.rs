use super::*;

const SERVICE: ServiceId = ServiceId(Uuid::from_u128(7));

fn customer() -> CustomerId {
    CustomerId(Uuid::from_u128(9))
}

fn row(partner: u128, customer: CustomerId, service: ServiceId) -> Row {
    blank(PartnerId(Uuid::from_u128(partner)), customer, service, Timestamp(0))
}

fn ids(rows: &[Row]) -> Vec<Uuid> {
    rows.iter().map(|row| row.id).collect()
}

fn of_partners(rows: &[&Row]) -> Readable {
    let of = |row: &&Row| OfPartner { row: (*row).clone(), since: Timestamp(0) };
    Readable { own: Vec::new(), of_partners: rows.iter().map(of).collect() }
}

#[test]
fn the_most_specific_arrangement_holds() {
    let general = row(1, CustomerId::NONE, ANY_SERVICE);
    let service = row(1, CustomerId::NONE, SERVICE);
    let whole = row(1, customer(), ANY_SERVICE);
    let both = row(1, customer(), SERVICE);
    let order = [both, whole, service, general];
    for from in 0..order.len() {
        let rest = order[from..].iter().rev().cloned();
        assert_eq!(closest(rest).unwrap().id, order[from].id);
    }
    assert_eq!(closest([]), None);
}

#[test]
fn a_partner_s_people_see_their_own_for_the_customer_before_the_general_one() {
    let (general, whole) = (row(1, CustomerId::NONE, ANY_SERVICE), row(1, customer(), ANY_SERVICE));
    let service = row(1, customer(), SERVICE);
    let own = vec![service.clone(), whole.clone(), general.clone()];
    let readable = Readable { own, of_partners: Vec::new() };
    assert_eq!(governing(&readable).unwrap().id, whole.id, "not the one for a service alone");
    assert_eq!(ids(&all(&readable)), [general.id, whole.id, service.id]);
}

#[test]
fn a_customer_s_staff_see_what_holds_of_each_partner_the_oldest_relation_first() {
    let (old, new) = (row(1, CustomerId::NONE, ANY_SERVICE), row(2, CustomerId::NONE, ANY_SERVICE));
    let own = row(2, customer(), ANY_SERVICE);
    let readable = of_partners(&[&old, &new, &own]);
    assert_eq!(governing(&readable).unwrap().id, old.id);
    assert_eq!(ids(&all(&readable)), [old.id, own.id], "the general one of the second does not hold");
}

#[test]
fn of_the_partner_with_the_oldest_relation_the_one_for_the_customer_holds() {
    let (general, whole) = (row(1, CustomerId::NONE, ANY_SERVICE), row(1, customer(), ANY_SERVICE));
    let other = row(2, customer(), ANY_SERVICE);
    assert_eq!(governing(&of_partners(&[&general, &whole, &other])).unwrap().id, whole.id);
}

#[test]
fn a_customer_s_staff_see_where_a_service_differs_and_nothing_that_does_not_hold() {
    let general = row(1, CustomerId::NONE, ANY_SERVICE);
    let service = row(1, CustomerId::NONE, SERVICE);
    assert_eq!(ids(&all(&of_partners(&[&general, &service]))), [general.id, service.id]);
    let both = row(1, customer(), SERVICE);
    assert_eq!(ids(&all(&of_partners(&[&general, &service, &both]))), [general.id, both.id]);
    let whole = row(1, customer(), ANY_SERVICE);
    assert_eq!(ids(&all(&of_partners(&[&general, &service, &whole]))), [whole.id]);
}

#[test]
fn two_relations_to_one_partner_show_its_arrangement_once() {
    let general = row(1, CustomerId::NONE, ANY_SERVICE);
    assert_eq!(ids(&all(&of_partners(&[&general, &general]))), [general.id]);
}

#[test]
fn a_customer_shows_no_more_than_so_many() {
    let own = (0..40).map(|n| row(1, customer(), ServiceId(Uuid::from_u128(n)))).collect();
    assert_eq!(all(&Readable { own, of_partners: Vec::new() }).len(), MAX_SHOWN);
}

#[test]
fn a_refusal_is_recorded_with_its_code_and_makes_nothing() {
    let refused = verdict("setSupportContract", "support_contract", None, stale(4));
    let Verdict::Refused(errors, event) = refused else { panic!("done") };
    assert_eq!((errors[0].field, errors[0].code), (Some("version"), UserErrorCode::Conflict));
    assert!(errors[0].message.contains("version 4"));
    assert_eq!((event.action, event.outcome.as_str()), ("setSupportContract", "CONFLICT"));
    let id = Uuid::from_u128(3);
    let Verdict::Done(ids, events) = verdict("setSupportContract", "support_contract", None, Ok(id)) else {
        panic!("refused")
    };
    assert_eq!((ids.other, events[0].resource), (Some(id), Some(("support_contract", id))));
}
