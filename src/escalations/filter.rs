//! Which support requests, and in which order: the inputs of lists and streams, as predicates over the store's fields.
//! Ids of services and customers are opened here, and durations read: a bad one is told by its field.

use super::schema_words::{SupportKind, SupportRequestStatus, SupportSeverity, SupportTier};
use super::store::{Field, Order, Query};
use crate::customers::schema::{OrderDirection, only_order};
use crate::db::predicate::{Comparison, Operand, Predicate};
use crate::enum_filter;
use crate::error::Error;
use crate::graphql::error::Result;
use crate::graphql::filter::{Branches, DateTimeFilter, StringFilter, Tree, UuidFilter};
use crate::graphql::scalar::Duration;
use crate::graphql::{Kind, row_id};
use crate::incidents::schema::ServiceIdFilter;
use crate::op::Op;
use async_graphql::{Enum, ID, InputObject};
use entity::Timestamp;

/// Longest time of `dueWithin`, in days.
const MAX_DAYS: i64 = 3660;

enum_filter! {
    /// Compares where a support request stands.
    SupportRequestStatusFilter, SupportRequestStatus
}

enum_filter! {
    /// Compares how grave a support request is.
    SupportSeverityFilter, SupportSeverity
}

enum_filter! {
    /// Compares what kind of support is asked for.
    SupportKindFilter, SupportKind
}

enum_filter! {
    /// Compares where a support request is worked on.
    SupportTierFilter, SupportTier
}

/// Compares a customer by its global id.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CustomerIdFilter {
    /// This one.
    pub eq: Option<ID>,
    /// One of these.
    #[graphql(name = "in")]
    pub is_in: Option<Vec<ID>>,
}

/// Which support requests. Conditions side by side must all hold, of the request as you see it.
#[derive(Default, InputObject)]
pub struct SupportRequestFilter {
    /// Neither resolved nor closed, and still with you; or, if false, one of these. At any level.
    pub open: Option<bool>,
    /// Due within this time from now, or overdue already: such as PT4H, P2D or P1W; no years and months, which have no
    /// fixed length. What has no clock is never due. At the top level only.
    pub due_within: Option<Duration>,
    /// Whether a due time has passed unanswered.
    pub breached: Option<bool>,
    /// Where it stands.
    pub status: Option<SupportRequestStatusFilter>,
    /// How grave it is.
    pub severity: Option<SupportSeverityFilter>,
    /// What kind of support is asked for.
    pub kind: Option<SupportKindFilter>,
    /// Where it is worked on.
    pub tier: Option<SupportTierFilter>,
    /// The service: ids of services.
    pub service: Option<ServiceIdFilter>,
    /// The customer: ids of customers.
    pub customer: Option<CustomerIdFilter>,
    /// The title, whatever the case.
    pub title: Option<StringFilter>,
    /// When it was raised; for one handed to you, when it was handed over.
    pub created_at: Option<DateTimeFilter>,
    /// When it is due. What has no clock matches no comparison.
    pub due_at: Option<DateTimeFilter>,
    /// All of these hold.
    pub and: Option<Vec<SupportRequestFilter>>,
    /// Any of these holds.
    pub or: Option<Vec<SupportRequestFilter>>,
    /// This does not hold.
    pub not: Option<Box<SupportRequestFilter>>,
}

impl SupportRequestFilter {
    /// Opens the ids, which need the operation.
    fn opened(mut self, op: &Op) -> Result<OpenedFilter> {
        let list = |filters: Option<Vec<SupportRequestFilter>>| {
            filters
                .map(|all| all.into_iter().map(|one| one.opened(op)).collect::<Result<Vec<_>>>())
                .transpose()
        };
        let (and, or) = (list(self.and.take())?, list(self.or.take())?);
        let not = self.not.take().map(|one| one.opened(op).map(Box::new)).transpose()?;
        let service = match self.service.take() {
            Some(filter) => Some(ids(op, "service", Kind::Service, filter.eq, filter.is_in)?),
            None => None,
        };
        let customer = match self.customer.take() {
            Some(filter) => Some(ids(op, "customer", Kind::Customer, filter.eq, filter.is_in)?),
            None => None,
        };
        Ok(OpenedFilter { own: self, service, customer, and, or, not })
    }
}

fn ids(op: &Op, field: &str, kind: Kind, eq: Option<ID>, is_in: Option<Vec<ID>>) -> Result<UuidFilter> {
    let open = |id: &ID| row_id(op, field, id, kind);
    Ok(UuidFilter {
        eq: eq.as_ref().map(open).transpose()?,
        is_in: is_in.as_ref().map(|ids| ids.iter().map(open).collect()).transpose()?,
        ..UuidFilter::default()
    })
}

/// A filter whose ids are opened.
struct OpenedFilter {
    own: SupportRequestFilter,
    service: Option<UuidFilter>,
    customer: Option<UuidFilter>,
    and: Option<Vec<OpenedFilter>>,
    or: Option<Vec<OpenedFilter>>,
    not: Option<Box<OpenedFilter>>,
}

impl Tree for OpenedFilter {
    type Field = Field;

    fn branches(&mut self) -> Branches<Self> {
        (self.and.take(), self.or.take(), self.not.take())
    }

    fn leaves(self, depth: usize) -> Result<Predicate<Field>> {
        let is = |field: Field, holds: bool| Predicate::Is(field, Comparison::Eq(Operand::Bool(holds)));
        let own = self.own;
        let within = match own.due_within {
            Some(_) if depth > 0 => {
                return Err(Error::invalid("dueWithin", "stands at the top level of the filter only").into());
            }
            Some(text) => Some(Comparison::Lte(Operand::Int(micros(&text.0)?))),
            None => None,
        };
        let all = [
            own.open.map(|holds| is(Field::IsOpen, holds)),
            within.map(|comparison| Predicate::Is(Field::DueWithin, comparison)),
            own.breached.map(|holds| is(Field::IsBreached, holds)),
            own.status.map(|f| f.predicate(Field::Status, "status")).transpose()?,
            own.severity.map(|f| f.predicate(Field::Severity, "severity")).transpose()?,
            own.kind.map(|f| f.predicate(Field::Kind, "kind")).transpose()?,
            own.tier.map(|f| f.predicate(Field::Tier, "tier")).transpose()?,
            self.service.map(|f| f.predicate(Field::ServiceId, "service")).transpose()?,
            self.customer.map(|f| f.predicate(Field::CustomerId, "customer")).transpose()?,
            own.title
                .map(|f| f.predicate(Field::Title, "title", crate::customers::names::folded))
                .transpose()?,
            own.created_at.map(|f| f.predicate(Field::CreatedAt, "createdAt")),
            own.due_at.map(|f| f.predicate(Field::DueAt, "dueAt")),
        ];
        Ok(Predicate::All(all.into_iter().flatten().collect()))
    }
}

/// What support requests can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupportRequestOrderField {
    /// When it was raised; for one handed to you, when it was handed over.
    CreatedAt,
    /// When it is due; what has no clock comes last. Goes with `open` at the top level of the filter.
    DueAt,
}

/// An order of support requests; the id breaks ties.
#[derive(Clone, Debug, InputObject)]
pub struct SupportRequestOrder {
    /// By what.
    pub field: SupportRequestOrderField,
    /// First to last, or last to first.
    pub direction: OrderDirection,
}

/// The predicate of a filter.
pub fn predicate(op: &Op, filter: Option<SupportRequestFilter>) -> Result<Predicate<Field>> {
    filter.unwrap_or_default().opened(op)?.predicate()
}

/// The question of a list: the newest first, unless told otherwise.
pub fn query(
    op: &Op,
    filter: Option<SupportRequestFilter>,
    order_by: Option<Vec<SupportRequestOrder>>,
) -> Result<Query> {
    let filter = filter.unwrap_or_default();
    let (order, descending) = match only_order(order_by)? {
        None => (Order::Created, true),
        Some(order) => {
            let by = match order.field {
                SupportRequestOrderField::CreatedAt => Order::Created,
                SupportRequestOrderField::DueAt => Order::Due,
            };
            (by, order.direction == OrderDirection::Desc)
        }
    };
    if order == Order::Due && filter.open.is_none() {
        let reason = "DUE_AT goes with open: true, or open: false, at the top level of the filter";
        return Err(Error::invalid("orderBy", reason).into());
    }
    Ok(Query { filter: predicate(op, Some(filter))?, order, descending })
}

/// Microseconds of a duration of fixed length: weeks, days, and after a T hours, minutes and seconds, in this order.
fn micros(text: &str) -> Result<i64> {
    let refused = |reason: &str| -> Result<i64> { Err(Error::invalid("dueWithin", reason).into()) };
    let malformed = "is no duration: write such as PT4H, P2D, P1DT12H or P1W";
    let Some(rest) = text.strip_prefix('P') else { return refused(malformed) };
    let (mut secs, mut is_time, mut number, mut last) = (0i64, false, None::<i64>, 0);
    for c in rest.chars() {
        if let Some(digit) = c.to_digit(10) {
            let grown = number.unwrap_or(0).saturating_mul(10).saturating_add(i64::from(digit));
            number = Some(grown);
            continue;
        }
        if c == 'T' && !is_time && number.is_none() {
            is_time = true;
            continue;
        }
        let (place, unit) = match (is_time, c) {
            (false, 'Y' | 'M') => {
                return refused(
                    "holds years or months, which have no fixed length: write days, such as P30D",
                );
            }
            (false, 'W') => (1, 7 * 86_400),
            (false, 'D') => (2, 86_400),
            (true, 'H') => (3, 3600),
            (true, 'M') => (4, 60),
            (true, 'S') => (5, 1),
            _ => return refused(malformed),
        };
        let Some(count) = number.take().filter(|_| place > last) else { return refused(malformed) };
        last = place;
        secs = secs.saturating_add(count.saturating_mul(unit));
    }
    if number.is_some() || last == 0 || is_time && last < 3 {
        return refused(malformed);
    }
    if secs > MAX_DAYS * 86_400 {
        return refused(&format!("is longer than {MAX_DAYS} days"));
    }
    Ok(secs * Timestamp::SECOND)
}

#[cfg(test)]
mod tests {
    use super::micros;
    use entity::Timestamp;

    #[test]
    fn a_duration_is_the_sum_of_its_parts() {
        let cases = [
            ("PT4H", 4 * 3600),
            ("PT90M", 5400),
            ("PT0S", 0),
            ("P2D", 2 * 86_400),
            ("P1W", 7 * 86_400),
            ("P1W1DT1H1M1S", 8 * 86_400 + 3661),
        ];
        for (text, secs) in cases {
            assert_eq!(micros(text).unwrap(), secs * Timestamp::SECOND, "{text}");
        }
    }

    #[test]
    fn what_has_no_fixed_length_is_refused_with_what_would_be_right() {
        for text in ["P1M", "P1Y", "P1Y2D"] {
            let told = micros(text).unwrap_err().0.to_string();
            assert!(told.contains("dueWithin") && told.contains("P30D"), "{text}: {told}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "", "P", "PT", "P1", "P1DT", "P1H", "PT1D", "P1D1D", "PT1M1H", "P-1D", "P1.5D", "PD", "1D",
            "P1TD",
        ] {
            assert!(micros(text).is_err(), "{text}");
        }
        assert!(micros("P99999999999999999999W").is_err() && micros("P3661D").is_err());
    }
}
