use super::*;

fn opening(day: Day, opens: &str, closes: &str) -> OpeningDraft {
    OpeningDraft { day, opens: opens.into(), closes: closes.into() }
}

fn contact(channel: Channel, value: &str) -> Contact {
    Contact { channel, value: value.into() }
}

fn draft() -> ArrangementDraft {
    ArrangementDraft {
        provision: Provision::Resold,
        provided_by: Some("Adatum Support".into()),
        kinds: vec![Kind::Technical, Kind::Billing],
        hours: HoursDraft {
            time_zone: "Europe/Berlin".into(),
            weekly: vec![opening(Day::Monday, "13:00", "17:00"), opening(Day::Monday, "08:00", "12:00")],
            holidays: vec!["2026-12-25".into()],
        },
        contacts: vec![contact(Channel::Email, "help@fabrikam.example")],
        pricing: Some(Pricing {
            model: PricingModel::PerHour,
            amount: Some("90.00".into()),
            currency: Some("EUR".into()),
        }),
        targets: vec![(Severity::Critical, 30)],
    }
}

/// The fields that are refused once the draft was changed so, with what is said of them.
fn refused(change: impl FnOnce(&mut ArrangementDraft)) -> Vec<(&'static str, String)> {
    let mut draft = draft();
    change(&mut draft);
    let errors = draft.checked().err().unwrap_or_default();
    errors.into_iter().map(|error| (error.field.unwrap(), error.message)).collect()
}

/// The one field that is refused, and that its message holds these words.
fn refuses(field: &str, words: &str, change: impl FnOnce(&mut ArrangementDraft)) {
    let found = refused(change);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, field);
    assert!(found[0].1.contains(words), "{}", found[0].1);
}

#[test]
fn what_is_in_order_passes_and_hours_are_in_the_order_of_the_week() {
    let checked = draft().checked().unwrap();
    let hours = [(480, 720), (780, 1020)].map(|(opens, closes)| Opening { day: Day::Monday, opens, closes });
    assert_eq!(checked.hours.weekly, hours);
    assert_eq!(checked.hours.zone, Tz::Europe__Berlin);
    assert_eq!(checked.kinds, [Kind::Billing, Kind::Technical]);
    assert_eq!(checked.targets, Some(Targets(BTreeMap::from([(Severity::Critical, 30)]))));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let found = refused(|draft| {
        draft.provided_by = None;
        draft.kinds.clear();
        draft.contacts.clear();
    });
    let fields: Vec<_> = found.iter().map(|(field, _)| *field).collect();
    assert_eq!(fields, ["providedBy", "supportKinds", "contacts"]);
}

#[test]
fn somebody_else_is_named_and_the_partner_itself_is_not() {
    refuses("providedBy", "leave it out", |draft| draft.provision = Provision::Direct);
    refuses("providedBy", "name the entity", |draft| draft.provided_by = None);
    refuses("providedBy", "empty", |draft| draft.provided_by = Some("  ".into()));
    refuses("providedBy", "at most 200 characters", |draft| draft.provided_by = Some("ü".repeat(201)));
    refuses("providedBy", "control character", |draft| draft.provided_by = Some("a\0b".into()));
    assert!(refused(|draft| draft.provided_by = Some("ü".repeat(200))).is_empty());
}

#[test]
fn a_time_zone_is_one_of_the_database() {
    refuses("hours.timeZone", "Europe/Berlin", |draft| draft.hours.time_zone = "Mars/Olympus".into());
    refuses("hours.timeZone", "Europe/Berlin", |draft| draft.hours.time_zone = "+02:00".into());
}

#[test]
fn a_day_opens_before_it_closes_and_hours_do_not_overlap() {
    let monday = |opens: &'static str, closes: &'static str| {
        move |draft: &mut ArrangementDraft| draft.hours.weekly = vec![opening(Day::Monday, opens, closes)]
    };
    refuses("hours.weekly", "two entries", monday("22:00", "06:00"));
    refuses("hours.weekly", "has to be later", monday("08:00", "08:00"));
    refuses("hours.weekly", "write 08:00", monday("8", "17:00"));
    refuses("hours.weekly", "write 08:00", monday("08:00", "24:30"));
    refuses("hours.weekly", "08:00 to 12:00 and 11:59 to 13:00 overlap", |draft| {
        draft.hours.weekly =
            vec![opening(Day::Friday, "11:59", "13:00"), opening(Day::Friday, "08:00", "12:00")];
    });
    assert!(refused(monday("00:00", "24:00")).is_empty());
    let touching = |draft: &mut ArrangementDraft| {
        draft.hours.weekly =
            vec![opening(Day::Friday, "08:00", "12:00"), opening(Day::Friday, "12:00", "13:00")];
    };
    assert!(refused(touching).is_empty());
    refuses("hours.weekly", "at most 70", |draft| {
        draft.hours.weekly = vec![opening(Day::Friday, "08:00", "12:00"); 71];
    });
}

#[test]
fn no_hours_are_around_the_clock() {
    let mut draft = draft();
    draft.hours.weekly.clear();
    assert_eq!(draft.checked().unwrap().hours.calendar().weekly, None);
}

#[test]
fn holidays_are_dates_of_the_calendar() {
    for text in ["2026-02-30", "25.12.2026", "2026-1-5", "+026-01-05", "", "0001-01-01"] {
        refuses("hours.holidays", "2026-12-25", |draft| draft.hours.holidays = vec![text.into()]);
    }
    refuses("hours.holidays", "at most 366", |draft| {
        draft.hours.holidays = vec!["2026-12-25".into(); 367];
    });
}

#[test]
fn a_contact_is_what_its_channel_asks_for() {
    let right = [
        (Channel::Email, "first.last+tag@sub.example.com"),
        (Channel::Phone, "+49 (30) 123-456"),
        (Channel::Phone, "0800 123456"),
        (Channel::Web, "https://support.example.com/help?product=a#top"),
    ];
    for (channel, value) in right {
        assert!(refused(|draft| draft.contacts = vec![contact(channel, value)]).is_empty(), "{value}");
    }
    let wrong = [
        (Channel::Email, "help.example.com"),
        (Channel::Email, "@example.com"),
        (Channel::Email, "help@example"),
        (Channel::Email, "help@example..com"),
        (Channel::Email, "Help <help@example.com>"),
        (Channel::Phone, "call us"),
        (Channel::Phone, "12"),
        (Channel::Phone, "+49 30 12345\0"),
        (Channel::Phone, "1234567890123456"),
        (Channel::Web, "http://example.com"),
        (Channel::Web, "javascript:alert(1)"),
        (Channel::Web, "https://"),
        (Channel::Web, "https://user@example.com/"),
        (Channel::Web, "https://example.com/a b"),
    ];
    for (channel, value) in wrong {
        let found = refused(|draft| draft.contacts = vec![contact(channel, value)]);
        assert!(found.len() == 1 && found[0].1.contains("such as"), "{value:?}: {found:?}");
    }
    refuses("contacts", "at most 20", |draft| draft.contacts = vec![draft.contacts[0].clone(); 21]);
}

fn priced(
    model: PricingModel,
    amount: Option<&'static str>,
    currency: Option<&'static str>,
) -> impl FnOnce(&mut ArrangementDraft) {
    move |draft: &mut ArrangementDraft| {
        let (amount, currency) = (amount.map(str::to_owned), currency.map(str::to_owned));
        draft.pricing = Some(Pricing { model, amount, currency });
    }
}

#[test]
fn a_price_is_a_decimal_in_a_currency_where_the_model_has_one() {
    use PricingModel::{Included, OnRequest, PerIncident};
    for amount in ["90,00", "-1", "1e3", ".5", "5.", "1.23456", "1234567890123", " 1", ""] {
        refuses("pricing.amount", "90.00", priced(PerIncident, Some(amount), Some("EUR")));
    }
    for currency in ["eur", "EURO", "E1R", "€", ""] {
        refuses("pricing.currency", "EUR", priced(PerIncident, Some("90"), Some(currency)));
    }
    refuses("pricing.amount", "missing", priced(PerIncident, None, Some("EUR")));
    refuses("pricing.currency", "missing", priced(PerIncident, Some("90"), None));
    refuses("pricing.amount", "no price", priced(Included, Some("90"), None));
    refuses("pricing.currency", "no price", priced(OnRequest, None, Some("EUR")));
    assert!(refused(priced(Included, None, None)).is_empty());
    assert!(refused(|draft| draft.pricing = None).is_empty());
}

#[test]
fn targets_are_minutes_once_for_each_severity() {
    refuses("responseTargets", "1 to 43200", |draft| draft.targets = vec![(Severity::Minimal, 0)]);
    refuses("responseTargets", "1 to 43200", |draft| draft.targets = vec![(Severity::Minimal, 43_201)]);
    refuses("responseTargets", "twice", |draft| {
        draft.targets = vec![(Severity::Minimal, 60), (Severity::Minimal, 30)];
    });
    assert_eq!(ArrangementDraft { targets: vec![], ..draft() }.checked().unwrap().targets, None);
}

fn contract() -> ContractDraft {
    ContractDraft {
        vehicle: Vehicle::SignatureCloudSupport,
        contract_id: Some("C-1".into()),
        access_id: None,
        incidents_included: Some(10),
        incidents_used: None,
        starts_at: None,
        ends_at: None,
    }
}

#[test]
fn what_a_contract_leaves_out_stays_as_it_was() {
    let checked = contract().checked(Timestamp(5), 3).unwrap();
    assert_eq!((checked.starts_at, checked.incidents_used), (Some(Timestamp(5)), Some(3)));
    assert_eq!(checked.ends_at, Some(Timestamp::FAR_FUTURE));
}

#[test]
fn what_is_wrong_with_a_contract_is_said_by_field() {
    let refused = |change: fn(&mut ContractDraft)| {
        let mut draft = contract();
        change(&mut draft);
        let errors = draft.checked(Timestamp(5), 3).err().unwrap_or_default();
        errors.into_iter().filter_map(|error| error.field).collect::<Vec<_>>()
    };
    assert_eq!(refused(|draft| draft.vehicle = Vehicle::Commercial), ["vehicle"]);
    assert_eq!(refused(|draft| draft.contract_id = Some("a\0".into())), ["contractId"]);
    assert_eq!(refused(|draft| draft.access_id = Some("x".repeat(201))), ["accessId"]);
    assert_eq!(refused(|draft| draft.incidents_included = Some(-1)), ["incidentsIncluded", "incidentsUsed"]);
    assert_eq!(refused(|draft| draft.incidents_included = Some(2)), ["incidentsUsed"], "three are used");
    assert_eq!(refused(|draft| draft.incidents_used = Some(11)), ["incidentsUsed"]);
    assert_eq!(refused(|draft| draft.ends_at = Some(Timestamp(5))), ["endsAt"]);
    assert!(refused(|draft| draft.incidents_included = None).is_empty());
}
