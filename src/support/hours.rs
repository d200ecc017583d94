//! Service hours: whether a partner is at work at some time, and when so many minutes of its work will have passed.
//!
//! An instant is within the hours if and only if its local time is. So where clocks go back, an hour that passes twice
//! counts twice, and where they go forward, an hour that never is does not count. Nothing here asks for the time.
//!
//! A calendar that opens on no day of more than a year can only be a slip. Time then counts as it passes, so that a
//! clock never stands still for good.

use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeZone};
use chrono_tz::Tz;
use entity::Timestamp;
use std::collections::{BTreeSet, VecDeque};

/// Minutes of a day.
pub const DAY_MINUTES: u16 = 1440;

/// One minute, in microseconds.
const MINUTE: i64 = 60 * Timestamp::SECOND;

/// So many days without service: from their beginning on, time counts as it passes.
const LONGEST_REST_DAYS: i64 = 400;

/// So many days are walked through; beyond them, time counts as it passes.
const LONGEST_WALK_DAYS: i64 = 4000;

/// When a partner is at work.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    /// The time zone of the hours.
    pub zone: Tz,
    /// Minutes of the day from opening, inclusive, to closing, exclusive: for each day from Monday. None for around the
    /// clock. Service over midnight is two intervals, one up to 1440 and one from 0.
    pub weekly: Option<[Vec<(u16, u16)>; 7]>,
    /// Days without service, in the zone.
    pub holidays: BTreeSet<NaiveDate>,
}

impl Calendar {
    /// Around the clock, every day.
    pub fn always() -> Self {
        Calendar { zone: Tz::UTC, weekly: None, holidays: BTreeSet::new() }
    }

    /// Whether it is open at that time.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let local = at.0 + self.offset(at.0);
        let since_midnight = local.rem_euclid(Timestamp::DAY);
        self.openings(local).iter().any(|(opens, closes)| {
            (i64::from(*opens) * MINUTE..i64::from(*closes) * MINUTE).contains(&since_midnight)
        })
    }

    /// When so many minutes of service will have passed since `start`.
    pub fn due(&self, start: Timestamp, minutes: i64) -> Timestamp {
        self.due_after(start, minutes.saturating_mul(MINUTE))
    }

    /// The same for microseconds, such as a paused clock has left.
    pub fn due_after(&self, start: Timestamp, micros: i64) -> Timestamp {
        if micros <= 0 || start >= Timestamp::FAR_FUTURE {
            return start;
        }
        let mut left = micros;
        for (from, until) in self.pieces(start.0) {
            if left <= until - from {
                return Timestamp(from + left);
            }
            left -= until - from;
        }
        Timestamp::FAR_FUTURE
    }

    /// How much service time passes from one time to another, in microseconds; 0 if they are not in that order.
    pub fn between(&self, from: Timestamp, until: Timestamp) -> i64 {
        if until <= from || from >= Timestamp::FAR_FUTURE {
            return 0;
        }
        let within = self.pieces(from.0).take_while(|(opens, _)| *opens < until.0);
        within.map(|(opens, closes)| closes.min(until.0) - opens).sum()
    }

    /// Service time from an instant on, piece by piece: the last one ends with time itself.
    fn pieces(&self, from: i64) -> Pieces<'_> {
        let is_never_closed = self.weekly.is_none() && self.holidays.is_empty();
        Pieces {
            calendar: self,
            at: from,
            closed_since: from,
            walk_ends: if is_never_closed { from } else { from + LONGEST_WALK_DAYS * Timestamp::DAY },
            found: VecDeque::new(),
        }
    }

    /// What is added to UTC there, in microseconds.
    fn offset(&self, at: i64) -> i64 {
        let Some(at) = DateTime::from_timestamp_micros(at) else { return 0 };
        let offset = self.zone.offset_from_utc_datetime(&at.naive_utc());
        i64::from(offset.fix().local_minus_utc()) * Timestamp::SECOND
    }

    /// The hours of the day of a local time.
    fn openings(&self, local: i64) -> &[(u16, u16)] {
        const WHOLE_DAY: &[(u16, u16)] = &[(0, DAY_MINUTES)];
        let Some(date) = DateTime::from_timestamp_micros(local).map(|at| at.date_naive()) else {
            return &[];
        };
        if self.holidays.contains(&date) {
            return &[];
        }
        match &self.weekly {
            None => WHOLE_DAY,
            Some(weekly) => &weekly[date.weekday().num_days_from_monday() as usize],
        }
    }

    /// The end of the stretch from `at` on that lies on one local day and under one offset.
    fn stretch_ends(&self, at: i64, offset: i64) -> i64 {
        let midnight = ((at + offset).div_euclid(Timestamp::DAY) + 1) * Timestamp::DAY - offset;
        let (mut before, mut after) = (at, midnight - 1);
        if self.offset(after) == offset {
            return midnight;
        }
        // Clocks change once on that day: halve until the instant is found.
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if self.offset(middle) == offset {
                before = middle;
            } else {
                after = middle;
            }
        }
        after
    }
}

/// Service time, piece by piece.
struct Pieces<'a> {
    calendar: &'a Calendar,
    /// What lies before has been looked at.
    at: i64,
    /// The end of the last piece found.
    closed_since: i64,
    walk_ends: i64,
    /// Found, and not handed out yet.
    found: VecDeque<(i64, i64)>,
}

impl Pieces<'_> {
    /// Looks at one stretch.
    fn look(&mut self) {
        let calendar = self.calendar;
        let offset = calendar.offset(self.at);
        let ends = calendar.stretch_ends(self.at, offset);
        let local = self.at + offset;
        let midnight = local.div_euclid(Timestamp::DAY) * Timestamp::DAY - offset;
        for (opens, closes) in calendar.openings(local) {
            let from = (midnight + i64::from(*opens) * MINUTE).max(self.at);
            let until = (midnight + i64::from(*closes) * MINUTE).min(ends);
            if from < until {
                self.found.push_back((from, until));
                self.closed_since = until;
            }
        }
        self.at = ends;
    }
}

impl Iterator for Pieces<'_> {
    type Item = (i64, i64);

    fn next(&mut self) -> Option<(i64, i64)> {
        let end = Timestamp::FAR_FUTURE.0;
        loop {
            if let Some(piece) = self.found.pop_front() {
                return Some(piece);
            }
            if self.at >= end {
                return None;
            }
            if self.at >= self.walk_ends || self.at - self.closed_since > LONGEST_REST_DAYS * Timestamp::DAY {
                self.at = end;
                return Some((self.closed_since, end));
            }
            self.look();
        }
    }
}

#[cfg(test)]
#[path = "hours_tests.rs"]
mod tests;
