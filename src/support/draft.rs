//! Judges what somebody wants an arrangement or a contract to say. Every refusal names the field, what is wrong with it
//! and what would be right; all of them are found at once. Texts stay as they were given.

use super::record::{Arrangement, Channel, Contact, Day, Hours, Opening, Pricing, PricingModel, Provision};
use super::record::{minutes_of, time_text};
use super::targets::{MAX_TARGET_MINUTES, Targets};
use crate::escalations::words::{Kind, Severity, Vehicle};
use crate::writes::{UserError, UserErrorCode};
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use entity::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Longest name or number, in characters.
pub const MAX_NAME: usize = 200;
/// Longest address of a page, in characters.
pub const MAX_ADDRESS: usize = 2000;
/// Most entries of the weekly hours.
pub const MAX_OPENINGS: usize = 70;
/// Most holidays.
pub const MAX_HOLIDAYS: usize = 366;
/// Most contacts.
pub const MAX_CONTACTS: usize = 20;
/// Most incidents of an allowance.
pub const MAX_INCIDENTS: i32 = 1_000_000;
/// Longest mail address, as mail itself has it.
const MAX_EMAIL: usize = 254;
/// Longest telephone number as it is written.
const MAX_PHONE: usize = 40;

/// Hours of one day, as they were given.
#[derive(Clone, Debug, PartialEq)]
pub struct OpeningDraft {
    /// Which day.
    pub day: Day,
    /// Such as 08:00.
    pub opens: String,
    /// Such as 17:00, or 24:00.
    pub closes: String,
}

/// Service hours, as they were given.
#[derive(Clone, Debug, PartialEq)]
pub struct HoursDraft {
    /// Name in the IANA database.
    pub time_zone: String,
    /// Empty for around the clock.
    pub weekly: Vec<OpeningDraft>,
    /// Such as 2026-12-25.
    pub holidays: Vec<String>,
}

/// An arrangement, as it was given.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrangementDraft {
    /// Who provides the support.
    pub provision: Provision,
    /// Name of the entity that does, unless the partner does.
    pub provided_by: Option<String>,
    /// Which kinds.
    pub kinds: Vec<Kind>,
    /// When.
    pub hours: HoursDraft,
    /// How it is reached.
    pub contacts: Vec<Contact>,
    /// What it costs.
    pub pricing: Option<Pricing>,
    /// Minutes by severity, where they differ.
    pub targets: Vec<(Severity, i64)>,
}

/// A contract, as it was given.
#[derive(Clone, Debug, PartialEq)]
pub struct ContractDraft {
    /// Which vehicle.
    pub vehicle: Vehicle,
    /// The vendor's contract id.
    pub contract_id: Option<String>,
    /// The vendor's access id.
    pub access_id: Option<String>,
    /// Incidents included; none for no limit.
    pub incidents_included: Option<i32>,
    /// Of these, used; none to leave the count alone.
    pub incidents_used: Option<i32>,
    /// Start; none for now, or to leave it alone.
    pub starts_at: Option<Timestamp>,
    /// End; none for no end.
    pub ends_at: Option<Timestamp>,
}

/// What is wrong so far.
#[derive(Default)]
struct Findings(Vec<UserError>);

impl Findings {
    fn refuse(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.push(UserError::new(field, UserErrorCode::Invalid, message));
    }

    fn exceed(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.push(UserError::new(field, UserErrorCode::LimitExceeded, message));
    }

    /// A text of one line that says something.
    fn line(&mut self, field: &'static str, text: &str, most: usize) {
        if text.trim().is_empty() {
            self.refuse(field, "is empty: leave it out, or say something");
        } else if text.chars().count() > most {
            self.exceed(field, format!("is too long: at most {most} characters"));
        } else if text.chars().any(char::is_control) {
            self.refuse(field, "holds a control character: give one line of plain text");
        }
    }

    fn done<T>(self, value: T) -> Result<T, Vec<UserError>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}

impl ArrangementDraft {
    /// The arrangement, or all that is wrong with it.
    pub fn checked(self) -> Result<Arrangement, Vec<UserError>> {
        let mut found = Findings::default();
        check_provider(&mut found, self.provision, self.provided_by.as_deref());
        let kinds: BTreeSet<Kind> = self.kinds.into_iter().collect();
        if kinds.is_empty() {
            found.refuse("supportKinds", "is empty: name at least one kind of support");
        }
        let hours = check_hours(&mut found, &self.hours);
        check_contacts(&mut found, &self.contacts);
        if let Some(pricing) = &self.pricing {
            check_pricing(&mut found, pricing);
        }
        let targets = check_targets(&mut found, &self.targets);
        found.done(Arrangement {
            provision: self.provision,
            provided_by: self.provided_by,
            kinds: kinds.into_iter().collect(),
            hours,
            contacts: self.contacts,
            pricing: self.pricing,
            targets,
        })
    }
}

fn check_provider(found: &mut Findings, provision: Provision, name: Option<&str>) {
    const FIELD: &str = "providedBy";
    match (provision, name) {
        (Provision::Direct, None) => {}
        (Provision::Direct, Some(_)) => {
            found.refuse(
                FIELD,
                "is given, but kind is DIRECT: leave it out, or say that somebody else provides it",
            );
        }
        (_, None) => {
            found.refuse(FIELD, "is missing: name the entity that provides the support, or say DIRECT")
        }
        (_, Some(name)) => found.line(FIELD, name, MAX_NAME),
    }
}

fn check_hours(found: &mut Findings, draft: &HoursDraft) -> Hours {
    let zone = match draft.time_zone.parse::<Tz>() {
        Ok(zone) => zone,
        Err(_) => {
            found.refuse(
                "hours.timeZone",
                "is no time zone of the IANA database: give one such as Europe/Berlin, or UTC",
            );
            Tz::UTC
        }
    };
    Hours {
        zone,
        weekly: check_weekly(found, &draft.weekly),
        holidays: check_holidays(found, &draft.holidays),
    }
}

fn check_weekly(found: &mut Findings, drafts: &[OpeningDraft]) -> Vec<Opening> {
    const FIELD: &str = "hours.weekly";
    if drafts.len() > MAX_OPENINGS {
        found.exceed(FIELD, format!("is too long: at most {MAX_OPENINGS} entries"));
        return Vec::new();
    }
    let mut weekly = Vec::with_capacity(drafts.len());
    for (number, draft) in (1..).zip(drafts) {
        let place = format!("entry {number}, on {},", draft.day.code());
        let (Some(opens), Some(closes)) = (minutes_of(&draft.opens), minutes_of(&draft.closes)) else {
            found.refuse(
                FIELD,
                format!("{place} holds no time of the day: write 08:00, and 24:00 for its end"),
            );
            continue;
        };
        if opens >= closes {
            let message = "closes before it opens: closes has to be later; service over midnight is two entries, one \
                           that closes at 24:00 and one that opens at 00:00 the day after";
            found.refuse(FIELD, format!("{place} {message}"));
            continue;
        }
        weekly.push(Opening { day: draft.day, opens, closes });
    }
    weekly.sort_unstable();
    for pair in weekly.windows(2) {
        let (one, other) = (pair[0], pair[1]);
        if one.day == other.day && other.opens < one.closes {
            let times = [one.opens, one.closes, other.opens, other.closes].map(time_text);
            let [a, b, c, d] = times;
            let day = one.day.code();
            found
                .refuse(FIELD, format!("on {day} {a} to {b} and {c} to {d} overlap: make one entry of them"));
        }
    }
    weekly
}

fn check_holidays(found: &mut Findings, texts: &[String]) -> BTreeSet<NaiveDate> {
    const FIELD: &str = "hours.holidays";
    if texts.len() > MAX_HOLIDAYS {
        found.exceed(FIELD, format!("is too long: at most {MAX_HOLIDAYS} dates"));
        return BTreeSet::new();
    }
    let mut holidays = BTreeSet::new();
    for (number, text) in (1..).zip(texts) {
        match date_of(text) {
            Some(date) => {
                holidays.insert(date);
            }
            None => found.refuse(FIELD, format!("entry {number} is no date: write 2026-12-25")),
        }
    }
    holidays
}

fn date_of(text: &str) -> Option<NaiveDate> {
    let is_written_so = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    if text.len() != 10 || !text.bytes().enumerate().all(is_written_so) {
        return None;
    }
    text.parse::<NaiveDate>().ok().filter(|date| date.year() >= 1970)
}

fn check_contacts(found: &mut Findings, contacts: &[Contact]) {
    const FIELD: &str = "contacts";
    if contacts.is_empty() {
        found.refuse(FIELD, "is empty: give at least one way to reach the support");
    }
    if contacts.len() > MAX_CONTACTS {
        found.exceed(FIELD, format!("is too long: at most {MAX_CONTACTS} entries"));
        return;
    }
    for (number, contact) in (1..).zip(contacts) {
        let right = match contact.channel {
            Channel::Email if !is_email(&contact.value) => "a mail address such as help@example.com",
            Channel::Phone if !is_phone(&contact.value) => "a telephone number such as +49 30 123456",
            Channel::Web if !is_page(&contact.value) => "an address such as https://example.com/help",
            _ => continue,
        };
        found.refuse(FIELD, format!("entry {number} is not what its channel asks for: give {right}"));
    }
}

/// Enough to tell a slip: whether anybody reads it, only mail itself can tell.
pub fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else { return false };
    let is_plain =
        |part: &str| !part.chars().any(|c| c.is_whitespace() || c.is_control() || "@<>\"".contains(c));
    let labels_are_whole = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    text.len() <= MAX_EMAIL && !name.is_empty() && is_plain(name) && is_plain(domain) && labels_are_whole
}

/// Digits, and what they are usually grouped with.
pub fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('+').unwrap_or(text);
    let is_plain = rest.bytes().all(|byte| byte.is_ascii_digit() || b" -./()".contains(&byte));
    text.len() <= MAX_PHONE && (3..=15).contains(&digits) && is_plain
}

fn is_page(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | ':');
    let is_plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    text.chars().count() <= MAX_ADDRESS && is_plain && host.contains('.') && host.chars().all(is_host)
}

fn check_pricing(found: &mut Findings, pricing: &Pricing) {
    let is_priced =
        matches!(pricing.model, PricingModel::PerIncident | PricingModel::PerHour | PricingModel::PerMonth);
    match pricing.amount.as_deref() {
        None if is_priced => {
            found.refuse("pricing.amount", "is missing: this model has a price, such as 90.00")
        }
        Some(_) if !is_priced => {
            found.refuse("pricing.amount", "is given, but this model has no price: leave it out");
        }
        Some(amount) if !is_decimal(amount) => {
            found.refuse(
                "pricing.amount",
                "is no amount: write digits and at most four decimals, such as 90.00",
            );
        }
        _ => {}
    }
    match pricing.currency.as_deref() {
        None if is_priced => {
            found.refuse("pricing.currency", "is missing: give an ISO 4217 code such as EUR")
        }
        Some(_) if !is_priced => {
            found.refuse("pricing.currency", "is given, but this model has no price: leave it out");
        }
        Some(currency) if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) => {
            found.refuse("pricing.currency", "is no currency: write three capital letters, such as EUR");
        }
        _ => {}
    }
}

fn is_decimal(text: &str) -> bool {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits =
        |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole, 12) && is_digits(decimals, 4)
}

fn check_targets(found: &mut Findings, given: &[(Severity, i64)]) -> Option<Targets> {
    const FIELD: &str = "responseTargets";
    let mut targets = BTreeMap::new();
    for (severity, minutes) in given {
        let code = severity.code();
        if !(1..=MAX_TARGET_MINUTES).contains(minutes) {
            found.refuse(FIELD, format!("of {code} is out of range: give 1 to {MAX_TARGET_MINUTES} minutes"));
        }
        if targets.insert(*severity, *minutes).is_some() {
            found.refuse(FIELD, format!("names {code} twice: give each severity once"));
        }
    }
    (!targets.is_empty()).then_some(Targets(targets))
}

impl ContractDraft {
    /// The same, with the times that hold, or all that is wrong with it. `starts` and `used` hold where none is given.
    pub fn checked(mut self, starts: Timestamp, used: i32) -> Result<ContractDraft, Vec<UserError>> {
        let mut found = Findings::default();
        if self.vehicle == Vehicle::Commercial {
            found.refuse("vehicle", "needs no contract: every partner has it; name one of the others");
        }
        for (field, text) in [("contractId", &self.contract_id), ("accessId", &self.access_id)] {
            if let Some(text) = text {
                found.line(field, text, MAX_NAME);
            }
        }
        if self.incidents_included.is_some_and(|included| !(0..=MAX_INCIDENTS).contains(&included)) {
            found.refuse(
                "incidentsIncluded",
                format!("is out of range: give 0 to {MAX_INCIDENTS}, or leave it out for no limit"),
            );
        }
        let used = *self.incidents_used.get_or_insert(used);
        if !(0..=self.incidents_included.unwrap_or(MAX_INCIDENTS).max(0)).contains(&used) {
            let message = "is out of range: give 0 or more, and no more than are included";
            found.refuse("incidentsUsed", message);
        }
        let starts = *self.starts_at.get_or_insert(starts);
        if *self.ends_at.get_or_insert(Timestamp::FAR_FUTURE) <= starts {
            found.refuse("endsAt", "is not after startsAt: give a later time, or leave it out for no end");
        }
        found.done(self)
    }
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
