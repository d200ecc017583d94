//! How soon the first answer is due, and when a hop that nobody answers is over. All in minutes of service time.
//!
//! Technical requests follow the vendor's own first answers: two, four and eight hours by severity. Everything else is
//! answered within one business day, which is eight hours of service here. The own targets of an arrangement, or of the
//! vehicle by which the vendor is asked, win over both, severity by severity. That a hop times out after three times its
//! target is a rule of this gateway.

use crate::escalations::words::{Kind, Severity};
use std::collections::BTreeMap;

/// A business day: eight hours of service.
pub const BUSINESS_DAY_MINUTES: i64 = 8 * 60;

/// The longest target that an arrangement may have: 30 days around the clock.
pub const MAX_TARGET_MINUTES: i64 = 30 * 24 * 60;

/// A hop that is not answered in so many times its target is over.
const TIMEOUT_FACTOR: i64 = 3;

/// Own targets of an arrangement or a vehicle, where they differ: minutes by severity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets(pub BTreeMap<Severity, i64>);

/// Minutes of service until the first answer is due.
pub fn response_minutes(kind: Kind, severity: Severity, own: Option<&Targets>) -> i64 {
    if let Some(minutes) = own.and_then(|own| own.0.get(&severity)) {
        return *minutes;
    }
    match (kind, severity) {
        (Kind::Technical, Severity::Critical) => 2 * 60,
        (Kind::Technical, Severity::Moderate) => 4 * 60,
        (Kind::Technical, Severity::Minimal) => 8 * 60,
        (Kind::Billing | Kind::SubscriptionManagement, _) => BUSINESS_DAY_MINUTES,
    }
}

/// Minutes of service after which a hop that nobody answered is over: at least a business day.
pub fn timeout_minutes(kind: Kind, severity: Severity, own: Option<&Targets>) -> i64 {
    (TIMEOUT_FACTOR * response_minutes(kind, severity, own)).max(BUSINESS_DAY_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technical_request_is_answered_the_sooner_the_graver_it_is() {
        let hours = [(Severity::Critical, 2), (Severity::Moderate, 4), (Severity::Minimal, 8)];
        for (severity, hours) in hours {
            assert_eq!(response_minutes(Kind::Technical, severity, None), hours * 60);
        }
    }

    #[test]
    fn everything_else_is_answered_within_a_business_day() {
        for severity in Severity::ALL.iter().copied() {
            assert_eq!(response_minutes(Kind::Billing, severity, None), 480);
            assert_eq!(response_minutes(Kind::SubscriptionManagement, severity, None), 480);
        }
    }

    #[test]
    fn an_arrangement_s_own_target_wins_for_its_severity_alone() {
        let own = Targets(BTreeMap::from([(Severity::Critical, 30)]));
        assert_eq!(response_minutes(Kind::Technical, Severity::Critical, Some(&own)), 30);
        assert_eq!(response_minutes(Kind::Billing, Severity::Critical, Some(&own)), 30);
        assert_eq!(response_minutes(Kind::Technical, Severity::Moderate, Some(&own)), 240);
        assert_eq!(response_minutes(Kind::Billing, Severity::Minimal, Some(&own)), 480);
    }

    #[test]
    fn a_hop_times_out_after_three_times_its_target_but_never_within_a_business_day() {
        assert_eq!(timeout_minutes(Kind::Technical, Severity::Minimal, None), 1440);
        assert_eq!(timeout_minutes(Kind::Technical, Severity::Moderate, None), 720);
        assert_eq!(timeout_minutes(Kind::Technical, Severity::Critical, None), 480);
        let own = Targets(BTreeMap::from([(Severity::Critical, 200)]));
        assert_eq!(timeout_minutes(Kind::Technical, Severity::Critical, Some(&own)), 600);
    }
}
