use super::*;
use entity::{CustomerId, PartnerId};

fn row() -> support_arrangement::Model {
    support_arrangement::Model {
        id: Uuid::nil(),
        source_id: PartnerId::random(),
        customer_id: CustomerId::NONE,
        service_id: ANY_SERVICE,
        kind: "outsourced_in_part".into(),
        provided_by: Some("Adatum Support".into()),
        support_kinds: r#"["billing","technical"]"#.into(),
        time_zone: "Europe/Berlin".into(),
        weekly: r#"[{"day":"tuesday","opens":"13:00","closes":"24:00"},{"day":"monday","opens":"08:00","closes":"17:30"}]"#
            .into(),
        holidays: r#"["2026-12-25"]"#.into(),
        contacts: r#"[{"channel":"phone","value":"+49 30 123456"}]"#.into(),
        pricing_model: Some("per_hour".into()),
        pricing_amount: Some("120.50".into()),
        pricing_currency: Some("EUR".into()),
        targets: Some(r#"{"critical":30}"#.into()),
        version: 3,
        modified_at: Timestamp(0),
    }
}

#[test]
fn what_a_row_says_is_read() {
    let read = Arrangement::read(&row()).unwrap();
    assert_eq!(read.provision, Provision::OutsourcedInPart);
    assert_eq!(read.kinds, [Kind::Billing, Kind::Technical]);
    let monday = Opening { day: Day::Monday, opens: 480, closes: 1050 };
    let tuesday = Opening { day: Day::Tuesday, opens: 780, closes: DAY_MINUTES };
    assert_eq!(read.hours.weekly, [monday, tuesday], "in the order of the week");
    assert_eq!(read.contacts, [Contact { channel: Channel::Phone, value: "+49 30 123456".into() }]);
    assert_eq!(read.targets, Some(Targets(BTreeMap::from([(Severity::Critical, 30)]))));
    let pricing = read.pricing.unwrap();
    assert_eq!(pricing.model, PricingModel::PerHour);
    assert_eq!((pricing.amount.as_deref(), pricing.currency.as_deref()), (Some("120.50"), Some("EUR")));
}

#[test]
fn what_is_written_is_read_again() {
    let said = Arrangement::read(&row()).unwrap();
    let mut other = support_arrangement::Model {
        kind: String::new(),
        provided_by: None,
        support_kinds: String::new(),
        time_zone: String::new(),
        weekly: String::new(),
        holidays: String::new(),
        contacts: String::new(),
        pricing_model: None,
        pricing_amount: None,
        pricing_currency: None,
        targets: None,
        ..row()
    };
    said.write(&mut other).unwrap();
    assert_eq!(Arrangement::read(&other).unwrap(), said);
    assert_eq!(other.version, 3, "left alone");
}

#[test]
fn no_hours_are_around_the_clock_and_hours_are_those_of_their_days() {
    let mut said = Arrangement::read(&row()).unwrap();
    let weekly = said.hours.calendar().weekly.unwrap();
    assert_eq!((weekly[0].as_slice(), weekly[1].as_slice()), (&[(480, 1050)][..], &[(780, 1440)][..]));
    assert!(weekly[2..].iter().all(Vec::is_empty));
    said.hours.weekly.clear();
    assert_eq!(said.hours.calendar().weekly, None);
}

#[test]
fn a_row_that_cannot_be_read_says_which_column() {
    let broken = |change: fn(&mut support_arrangement::Model)| {
        let mut row = row();
        change(&mut row);
        Arrangement::read(&row).unwrap_err().to_string()
    };
    assert!(broken(|row| row.kind = "elsewhere".into()).contains("column kind"));
    assert!(broken(|row| row.support_kinds = r#"["legal"]"#.into()).contains("support_kinds"));
    assert!(broken(|row| row.time_zone = "Mars/Olympus".into()).contains("time_zone"));
    assert!(broken(|row| row.weekly = "{}".into()).contains("weekly"));
    assert!(broken(|row| row.targets = Some(r#"{"grave":1}"#.into())).contains("targets"));
}

#[test]
fn times_of_the_day_are_four_digits_up_to_midnight() {
    assert_eq!(minutes_of("00:00"), Some(0));
    assert_eq!(minutes_of("23:59"), Some(1439));
    assert_eq!(minutes_of("24:00"), Some(1440));
    for text in ["24:01", "8:00", "08:60", "08.00", "0800", "+8:00", "", "08:00:00", "٠٨:٠٠"] {
        assert_eq!(minutes_of(text), None, "{text}");
    }
    assert_eq!(
        (time_text(0), time_text(485), time_text(1440)),
        ("00:00".into(), "08:05".into(), "24:00".into())
    );
}

#[test]
fn what_is_left_of_an_allowance_is_never_less_than_nothing() {
    let mut contract = Contract {
        id: Uuid::nil(),
        vehicle: Vehicle::SignatureCloudSupport,
        incidents_included: Some(5),
        incidents_used: 2,
        starts_at: Timestamp(0),
        ends_at: Timestamp::FAR_FUTURE,
    };
    assert_eq!(contract.incidents_left(), Some(3));
    contract.incidents_used = 9;
    assert_eq!(contract.incidents_left(), Some(0));
    contract.incidents_included = None;
    assert_eq!(contract.incidents_left(), None);
}
