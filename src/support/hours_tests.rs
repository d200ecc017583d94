use super::*;

const BUSINESS: (u16, u16) = (8 * 60, 17 * 60);

fn at(text: &str) -> Timestamp {
    Timestamp(DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros())
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The same hours on the given days, counted from Monday.
fn on(zone: Tz, days: &[usize], hours: &[(u16, u16)]) -> Calendar {
    let mut weekly: [Vec<(u16, u16)>; 7] = Default::default();
    days.iter().for_each(|day| weekly[*day] = hours.to_vec());
    Calendar { zone, weekly: Some(weekly), holidays: BTreeSet::new() }
}

fn weekdays(zone: Tz) -> Calendar {
    on(zone, &[0, 1, 2, 3, 4], &[BUSINESS])
}

fn every_day(zone: Tz, hours: &[(u16, u16)]) -> Calendar {
    on(zone, &[0, 1, 2, 3, 4, 5, 6], hours)
}

#[test]
fn around_the_clock_is_always_open_and_counts_as_time_passes() {
    let calendar = Calendar::always();
    let start = at("2026-12-24T23:30:00Z");
    assert!(calendar.is_open(start));
    assert_eq!(calendar.due(start, 120), at("2026-12-25T01:30:00Z"));
    assert_eq!(calendar.between(start, at("2026-12-25T00:00:00Z")), 30 * MINUTE);
}

#[test]
fn opening_is_within_the_hours_and_closing_is_not() {
    let calendar = weekdays(Tz::Europe__Berlin);
    // A Wednesday in winter: one hour ahead of UTC.
    assert!(!calendar.is_open(at("2026-01-14T06:59:59.999999Z")));
    assert!(calendar.is_open(at("2026-01-14T07:00:00Z")));
    assert!(calendar.is_open(at("2026-01-14T15:59:59.999999Z")));
    assert!(!calendar.is_open(at("2026-01-14T16:00:00Z")));
    assert!(!calendar.is_open(at("2026-01-17T10:00:00Z")), "a Saturday");
}

#[test]
fn the_clock_starts_when_service_does() {
    let calendar = weekdays(Tz::Europe__Berlin);
    // Friday evening: it runs from Monday at eight.
    assert_eq!(calendar.due(at("2026-01-16T20:00:00Z"), 120), at("2026-01-19T09:00:00Z"));
    // Before opening on the day itself.
    assert_eq!(calendar.due(at("2026-01-14T03:00:00Z"), 60), at("2026-01-14T08:00:00Z"));
}

#[test]
fn what_the_day_does_not_hold_goes_on_with_the_next_one() {
    let calendar = weekdays(Tz::Europe__Berlin);
    // Friday at 16:00: one hour that day, three on Monday.
    assert_eq!(calendar.due(at("2026-01-16T15:00:00Z"), 240), at("2026-01-19T10:00:00Z"));
    assert_eq!(calendar.due(at("2026-01-16T15:00:00Z"), 60), at("2026-01-16T16:00:00Z"), "at closing itself");
}

#[test]
fn a_lunch_break_does_not_count() {
    let calendar = every_day(Tz::UTC, &[(8 * 60, 12 * 60), (13 * 60, 17 * 60)]);
    assert_eq!(calendar.due(at("2026-01-14T11:30:00Z"), 60), at("2026-01-14T13:30:00Z"));
    assert!(!calendar.is_open(at("2026-01-14T12:30:00Z")));
}

#[test]
fn holidays_are_days_of_the_zone_and_do_not_count() {
    let mut calendar = weekdays(Tz::America__New_York);
    calendar.holidays.insert(day("2026-12-25"));
    // Thursday at 16:00 in New York; Friday is a holiday; it goes on on Monday.
    assert_eq!(calendar.due(at("2026-12-24T21:00:00Z"), 120), at("2026-12-28T14:00:00Z"));
    assert!(!calendar.is_open(at("2026-12-25T15:00:00Z")));
}

#[test]
fn around_the_clock_has_holidays_too() {
    let calendar =
        Calendar { zone: Tz::Europe__Berlin, weekly: None, holidays: BTreeSet::from([day("2026-01-01")]) };
    // It is New Year in Berlin from 23:00 UTC on.
    assert!(calendar.is_open(at("2025-12-31T22:59:00Z")));
    assert!(!calendar.is_open(at("2025-12-31T23:00:00Z")));
    assert_eq!(calendar.due(at("2025-12-31T22:00:00Z"), 90), at("2026-01-01T23:30:00Z"));
}

#[test]
fn service_over_midnight_goes_on_through_it() {
    let calendar = every_day(Tz::Europe__Berlin, &[(0, 6 * 60), (22 * 60, DAY_MINUTES)]);
    assert!(calendar.is_open(at("2026-01-14T22:59:59Z")));
    assert!(calendar.is_open(at("2026-01-14T23:00:00Z")));
    // From 23:30 in Berlin.
    assert_eq!(calendar.due(at("2026-01-14T22:30:00Z"), 120), at("2026-01-15T00:30:00Z"));
    // What is left after 06:00 waits for 22:00.
    assert_eq!(calendar.due(at("2026-01-15T04:30:00Z"), 60), at("2026-01-15T21:30:00Z"));
}

#[test]
fn in_berlin_hours_keep_to_the_local_clock_when_it_changes() {
    let calendar = every_day(Tz::Europe__Berlin, &[BUSINESS]);
    // The night to Sunday 29 March 2026 has one hour less: eight o'clock is 06:00 UTC from then on.
    assert_eq!(calendar.due(at("2026-03-28T15:30:00Z"), 60), at("2026-03-29T06:30:00Z"));
    // The night to Sunday 25 October 2026 has one hour more.
    assert_eq!(calendar.due(at("2026-10-24T14:30:00Z"), 60), at("2026-10-25T07:30:00Z"));
}

#[test]
fn in_new_york_hours_keep_to_the_local_clock_when_it_changes() {
    let calendar = every_day(Tz::America__New_York, &[BUSINESS]);
    // Sunday 8 March 2026.
    assert_eq!(calendar.due(at("2026-03-07T21:30:00Z"), 60), at("2026-03-08T12:30:00Z"));
    // Sunday 1 November 2026.
    assert_eq!(calendar.due(at("2026-10-31T20:30:00Z"), 60), at("2026-11-01T13:30:00Z"));
}

#[test]
fn an_hour_that_never_is_does_not_count() {
    let night = every_day(Tz::Europe__Berlin, &[(60, 4 * 60)]);
    // 01:00 to 04:00 on 29 March 2026 are two hours, for 02:00 to 03:00 is left out.
    let (from, until) = (at("2026-03-28T23:00:00Z"), at("2026-03-29T10:00:00Z"));
    assert_eq!(night.between(from, until), 120 * MINUTE);
    assert_eq!(night.due(from, 90), at("2026-03-29T01:30:00Z"));
    let gap = every_day(Tz::America__New_York, &[(2 * 60, 3 * 60)]);
    assert_eq!(gap.between(at("2026-03-08T00:00:00-05:00"), at("2026-03-09T00:00:00-04:00")), 0);
}

#[test]
fn an_hour_that_passes_twice_counts_twice() {
    let night = every_day(Tz::Europe__Berlin, &[(60, 4 * 60)]);
    let (from, until) = (at("2026-10-24T22:00:00Z"), at("2026-10-25T10:00:00Z"));
    assert_eq!(night.between(from, until), 240 * MINUTE);
    assert_eq!(night.due(from, 210), at("2026-10-25T02:30:00Z"));
    // Only half of the doubled hour is served: two pieces, with a rest between them.
    let half = every_day(Tz::America__New_York, &[(60, 90)]);
    assert!(half.is_open(at("2026-11-01T05:15:00Z")) && half.is_open(at("2026-11-01T06:15:00Z")));
    assert!(!half.is_open(at("2026-11-01T05:45:00Z")));
    assert_eq!(half.due(at("2026-11-01T05:00:00Z"), 45), at("2026-11-01T06:15:00Z"));
}

#[test]
fn a_calendar_that_never_opens_counts_as_time_passes() {
    let calendar = on(Tz::UTC, &[], &[]);
    let start = at("2026-01-14T10:00:00Z");
    assert!(!calendar.is_open(start));
    assert_eq!(calendar.due(start, 60), at("2026-01-14T11:00:00Z"));
    assert_eq!(calendar.between(start, at("2026-01-14T11:00:00Z")), 60 * MINUTE);
}

#[test]
fn a_rest_of_months_is_waited_for() {
    let mut calendar = weekdays(Tz::UTC);
    let days = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().iter_days().take(365);
    calendar.holidays.extend(days);
    assert_eq!(calendar.due(at("2026-01-14T10:00:00Z"), 60), at("2027-01-01T09:00:00Z"));
}

#[test]
fn no_end_stays_no_end_and_too_much_becomes_one() {
    let calendar = weekdays(Tz::UTC);
    assert_eq!(calendar.due(Timestamp::FAR_FUTURE, 60), Timestamp::FAR_FUTURE);
    assert_eq!(calendar.due(at("2026-01-14T10:00:00Z"), i64::MAX), Timestamp::FAR_FUTURE);
}

#[test]
fn nothing_passes_backwards() {
    let calendar = weekdays(Tz::UTC);
    let (early, late) = (at("2026-01-14T10:00:00Z"), at("2026-01-14T12:00:00Z"));
    assert_eq!(calendar.between(late, early), 0);
    assert_eq!(calendar.due(late, 0), late);
    assert_eq!(calendar.due(late, -5), late);
}

#[test]
fn what_is_left_of_a_paused_clock_goes_on_to_the_microsecond() {
    let calendar = weekdays(Tz::Europe__Berlin);
    let due = calendar.due(at("2026-01-16T15:00:00Z"), 240);
    let paused = at("2026-01-16T15:12:34.567891Z");
    let left = calendar.between(paused, due);
    assert_eq!(calendar.due_after(paused, left), due);
    // Five days later, at 10:00 in Berlin.
    let resumed = at("2026-01-21T09:00:00Z");
    let passed = Timestamp(resumed.0 + left);
    assert_eq!(calendar.due_after(resumed, left), passed);
}

fn calendars() -> Vec<Calendar> {
    let mut holidays = weekdays(Tz::Europe__Berlin);
    holidays.holidays.extend(["2026-03-30", "2026-04-06", "2026-10-26"].map(day));
    let zones = [Tz::Europe__Berlin, Tz::America__New_York, Tz::Asia__Kolkata, Tz::Australia__Lord_Howe];
    let mut all = vec![Calendar::always(), holidays, on(Tz::America__New_York, &[6], &[(90, 150)])];
    for zone in zones {
        all.push(weekdays(zone));
        all.push(every_day(zone, &[(0, 6 * 60), (22 * 60, DAY_MINUTES)]));
        all.push(every_day(zone, &[(60, 150), (151, 200)]));
    }
    all
}

#[test]
fn as_many_minutes_pass_until_the_due_time_as_were_asked_for() {
    let first = at("2026-01-01T00:00:00Z").0;
    for (number, calendar) in calendars().iter().enumerate() {
        for step in 0..120_i64 {
            // Odd steps, so that starts fall on every hour, and on none exactly.
            let start =
                Timestamp(first + step * (3 * Timestamp::DAY + 7 * 3600 * Timestamp::SECOND + 12_345_678));
            let minutes = 1 + (step * 37) % 900;
            let due = calendar.due(start, minutes);
            assert_eq!(calendar.between(start, due), minutes * MINUTE, "calendar {number}, {start:?}");
            let middle = Timestamp(start.0 + (due.0 - start.0) / 3);
            let parts = calendar.between(start, middle) + calendar.between(middle, due);
            assert_eq!(parts, minutes * MINUTE, "calendar {number}, {start:?} in two parts");
        }
    }
}

#[test]
fn service_time_is_what_is_open_minute_by_minute() {
    let nights =
        [("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"), ("2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z")];
    for calendar in calendars() {
        for (from, until) in nights.map(|(from, until)| (at(from), at(until))) {
            let minutes = (from.0..until.0).step_by(MINUTE as usize);
            let open = minutes.filter(|minute| calendar.is_open(Timestamp(*minute))).count() as i64;
            assert_eq!(calendar.between(from, until), open * MINUTE, "{calendar:?}");
        }
    }
}
