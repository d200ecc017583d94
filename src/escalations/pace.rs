//! The clock of a request's named partner. Times are fixed when it starts, in service time of the partner's arrangement;
//! it stands still while the customer has been asked something.

use super::case::Case;
use crate::support::hours::Calendar;
use entity::Timestamp;

/// Starts it anew: so many minutes of service time.
pub fn start(case: &mut Case, calendar: &Calendar, now: Timestamp, minutes: i64) {
    case.request.due_at = calendar.due(now, minutes);
    case.request.paused_left = None;
    case.request.breached_at = None;
}

/// The partner answered, or handed the case on.
pub fn answer(case: &mut Case, now: Timestamp) {
    case.request.due_at = Timestamp::FAR_FUTURE;
    case.request.paused_left = None;
    case.request.responded_at.get_or_insert(now);
}

/// Stops it: the customer is asked.
pub fn pause(case: &mut Case, calendar: &Calendar, now: Timestamp) {
    if case.request.due_at == Timestamp::FAR_FUTURE {
        return;
    }
    case.request.paused_left = Some(calendar.between(now, case.request.due_at).max(0));
    case.request.due_at = Timestamp::FAR_FUTURE;
}

/// Goes on with the service time that was left.
pub fn resume(case: &mut Case, calendar: &Calendar, now: Timestamp) {
    if let Some(left) = case.request.paused_left.take() {
        case.request.due_at = calendar.due_after(now, left);
    }
}

/// A graver severity brings it forward, never back.
pub fn bring_forward(case: &mut Case, calendar: &Calendar, now: Timestamp, minutes: i64) {
    if case.request.due_at != Timestamp::FAR_FUTURE {
        case.request.due_at = case.request.due_at.min(calendar.due(now, minutes));
        if case.request.customer_due_at != Timestamp::FAR_FUTURE {
            case.request.customer_due_at = case.request.customer_due_at.min(case.request.due_at);
        }
    }
}

/// The customer was answered, or asked.
pub fn answer_customer(case: &mut Case) {
    case.request.customer_due_at = Timestamp::FAR_FUTURE;
}

/// The customer waits for an answer by when the named partner's clock says now. What partners do among each other moves
/// this no more.
pub fn promise_customer(case: &mut Case) {
    case.request.customer_due_at = case.request.due_at;
}
