//! Service time, counted minute by minute. Offsets of two zones in 2026 are written down, not looked up.

/// Minutes of a day.
pub const DAY: i64 = 1440;

/// Days since 1970 of Monday 2026-03-02.
const MONDAY: i64 = 20_514;

/// A zone's clocks in 2026.
#[derive(Clone, Copy, Debug)]
pub enum Zone {
    /// An hour ahead, two from 29 March 01:00 to 25 October 01:00.
    Berlin,
    /// Five hours behind, four from 8 March 07:00 to 1 November 06:00.
    NewYork,
}

impl Zone {
    /// Minutes that local time is ahead.
    fn ahead(self, at: i64) -> i64 {
        let (forward, back, winter) = match self {
            Zone::Berlin => ((MONDAY + 27) * DAY + 60, (MONDAY + 237) * DAY + 60, 60),
            Zone::NewYork => ((MONDAY + 6) * DAY + 420, (MONDAY + 244) * DAY + 360, -300),
        };
        if at >= forward && at < back { winter + 60 } else { winter }
    }
}

/// When somebody is at work.
#[derive(Clone, Copy, Debug)]
pub enum Hours {
    /// Always.
    AroundTheClock,
    /// From Monday to Friday from one minute of the day to another, but not on one day, so many after the first Monday.
    Weekdays { zone: Zone, opens: i64, closes: i64, off: i64 },
}

impl Hours {
    /// Whether this minute is one of service.
    pub fn is_open(self, at: i64) -> bool {
        let Hours::Weekdays { zone, opens, closes, off } = self else { return true };
        let local = at + zone.ahead(at);
        let (day, minute) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let weekday = (day - MONDAY).rem_euclid(7);
        weekday < 5 && day != MONDAY + off && (opens..closes).contains(&minute)
    }

    /// When so many minutes of service have passed.
    pub fn after(self, start: i64, minutes: i64) -> i64 {
        let (mut at, mut left) = (start, minutes);
        while left > 0 {
            left -= i64::from(self.is_open(at));
            at += 1;
        }
        at
    }

    /// Minutes of service between two moments.
    pub fn between(self, from: i64, until: i64) -> i64 {
        (from..until).filter(|at| self.is_open(*at)).count() as i64
    }
}

#[test]
fn an_hour_of_service_is_an_hour_on_the_wall() {
    let berlin = Hours::Weekdays { zone: Zone::Berlin, opens: 540, closes: 1050, off: 2 };
    // Monday 2026-03-02 09:00 UTC is ten in Berlin.
    let now = MONDAY * DAY + 540;
    assert_eq!(berlin.after(now, 60), now + 60);
    assert_eq!(berlin.after(now, 450), MONDAY * DAY + 990, "to the end of the day");
    assert_eq!(berlin.after(now, 451), (MONDAY + 1) * DAY + 481, "and on the next");
    let tuesday_evening = (MONDAY + 1) * DAY + 990;
    assert_eq!(berlin.after(tuesday_evening, 1), (MONDAY + 3) * DAY + 481, "Wednesday is off");
    // Friday before the change of clocks, and Monday after it.
    let friday = (MONDAY + 25) * DAY + 989;
    assert_eq!(berlin.after(friday, 2), (MONDAY + 28) * DAY + 421);
    assert_eq!(berlin.between(friday, (MONDAY + 28) * DAY + 421), 2);
}
