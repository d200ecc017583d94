#![allow(clippy::unwrap_used)]
use super::*;
use entity::{AccountId, CustomerId};

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A record with every value that it may have.
fn full(seq: i64) -> audit_event::Model {
    audit_event::Model {
        tenant_id: id(1),
        seq,
        at: Timestamp(1000 + seq),
        actor_account_id: Some(AccountId(id(2))),
        actor_tenant_id: id(1),
        on_behalf_of: Some(id(3)),
        action: "raiseSupportRequest".into(),
        outcome: "succeeded".into(),
        resource_kind: Some("support_request".into()),
        resource_id: Some(id(4)),
        customer_id: Some(CustomerId(id(5))),
        ground: Some("commerce:agents".into()),
        request_id: id(6),
        reason: Some("because".into()),
        hash: String::new(),
    }
}

/// A chain of so many records.
fn chain(count: i64) -> Vec<audit_event::Model> {
    let mut records: Vec<audit_event::Model> = Vec::new();
    for seq in 1..=count {
        let mut record = full(seq);
        record.hash = hash(records.last().map(|last| last.hash.as_str()), &record);
        records.push(record);
    }
    records
}

fn check(place: i64, records: &[audit_event::Model]) -> Option<i64> {
    let mut check = Check::starting_at(place);
    records.iter().for_each(|record| check.take(record));
    check.first_break().map(|(seq, _)| seq)
}

type Tampering = fn(&mut audit_event::Model);

/// Every column changed, and every one that may be absent taken away.
const TAMPERINGS: [(&str, Tampering); 22] = [
    ("tenant_id", |r| r.tenant_id = id(9)),
    ("seq", |r| r.seq += 100),
    ("at", |r| r.at.0 += 1),
    ("actor_account_id", |r| r.actor_account_id = Some(AccountId(id(9)))),
    ("no actor_account_id", |r| r.actor_account_id = None),
    ("actor_tenant_id", |r| r.actor_tenant_id = id(9)),
    ("on_behalf_of", |r| r.on_behalf_of = Some(id(9))),
    ("no on_behalf_of", |r| r.on_behalf_of = None),
    ("action", |r| r.action.push('x')),
    ("outcome", |r| r.outcome = "FORBIDDEN".into()),
    ("resource_kind", |r| r.resource_kind = Some("other".into())),
    ("no resource_kind", |r| r.resource_kind = None),
    ("resource_id", |r| r.resource_id = Some(id(9))),
    ("no resource_id", |r| r.resource_id = None),
    ("customer_id", |r| r.customer_id = Some(CustomerId(id(9)))),
    ("no customer_id", |r| r.customer_id = None),
    ("ground", |r| r.ground = Some(String::new())),
    ("no ground", |r| r.ground = None),
    ("request_id", |r| r.request_id = id(9)),
    ("reason", |r| r.reason = Some("because!".into())),
    ("no reason", |r| r.reason = None),
    ("hash", |r| r.hash = "0".repeat(64)),
];

#[test]
fn tampering_with_any_column_of_any_record_is_found_there() {
    for (what, tamper) in TAMPERINGS {
        for place in [1, 2, 3] {
            let mut records = chain(3);
            tamper(&mut records[place - 1]);
            let found = check(0, &records);
            let expected = if what == "seq" { place as i64 + 100 } else { place as i64 };
            assert_eq!(found, Some(expected), "{what} of {place}");
        }
    }
}

#[test]
fn a_record_that_was_tampered_with_and_hashed_anew_breaks_the_next() {
    for (what, tamper) in TAMPERINGS.into_iter().filter(|(what, _)| !["seq", "hash"].contains(what)) {
        let mut records = chain(3);
        tamper(&mut records[1]);
        records[1].hash = hash(Some(&records[0].hash), &records[1]);
        assert_eq!(check(0, &records), Some(3), "{what}");
    }
}

#[test]
fn a_record_taken_out_is_found_at_the_next() {
    for place in [1, 2, 3] {
        let mut records = chain(4);
        records.remove(place - 1);
        assert_eq!(check(0, &records), Some(place as i64 + 1));
    }
}

#[test]
fn records_in_another_order_are_found() {
    let mut records = chain(4);
    records.swap(1, 2);
    assert_eq!(check(0, &records), Some(3), "as they came");
    let (second, third) = (records[2].seq, records[1].seq);
    (records[1].seq, records[2].seq) = (second, third);
    assert_eq!(check(0, &records), Some(2), "with their places exchanged");
}

#[test]
fn a_chain_that_nobody_touched_is_whole_from_any_place() {
    let records = chain(5);
    for start in 0..=5_usize {
        assert_eq!(check(start as i64, &records[start.max(1) - 1..]), None, "from {start}");
    }
    assert_eq!(check(0, &[]), None);
}

#[test]
fn the_first_record_has_none_before_it_and_is_checked_itself() {
    let mut first = full(1);
    first.hash = hash(Some(&"0".repeat(64)), &first);
    assert_eq!(check(0, &[first.clone()]), Some(1));
    assert_eq!(check(1, &[first]), Some(1));
    assert_eq!(check(0, &chain(3)[1..]), Some(2), "a chain does not begin at its second");
}

#[test]
fn what_stands_at_the_end_of_one_value_never_passes_for_the_next() {
    let (mut one, mut other) = (full(1), full(1));
    (one.action, one.outcome) = ("ab".into(), "c".into());
    (other.action, other.outcome) = ("a".into(), "bc".into());
    assert_ne!(hash(None, &one), hash(None, &other));
}

#[test]
fn the_form_is_the_one_that_is_written_down() {
    let record = full(1);
    let mut bytes = Vec::new();
    let mut add = |value: &[u8]| {
        bytes.push(1);
        bytes.extend((value.len() as u64).to_be_bytes());
        bytes.extend(value);
    };
    add(b"partner-gateway audit 1");
    add(b"before");
    add(id(1).as_bytes());
    add(&1_i64.to_be_bytes());
    add(&1001_i64.to_be_bytes());
    add(id(2).as_bytes());
    add(id(1).as_bytes());
    add(id(3).as_bytes());
    add(b"raiseSupportRequest");
    add(b"succeeded");
    add(b"support_request");
    add(id(4).as_bytes());
    add(id(5).as_bytes());
    add(b"commerce:agents");
    add(id(6).as_bytes());
    add(b"because");
    let sum = aws_lc_rs::digest::digest(&SHA256, &bytes);
    let expected: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash(Some("before"), &record), expected);
}
