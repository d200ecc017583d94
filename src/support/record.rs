//! What an arrangement and a contract say, and how the tables hold it. Judges nothing: `draft.rs` does, before anything
//! is written. So a row that cannot be read is our fault.

use super::hours::{Calendar, DAY_MINUTES};
use super::targets::Targets;
use crate::error::{Error, Result};
use crate::escalations::words::{Kind, Severity, Vehicle};
use chrono::NaiveDate;
use chrono_tz::Tz;
use entity::{ServiceId, Timestamp, support_arrangement, support_contract};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// In an arrangement: for all services.
pub const ANY_SERVICE: ServiceId = ServiceId(Uuid::nil());

/// Declares an enumeration with the code word of each value, in columns and in their JSON.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $code:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$value_doc])* #[serde(rename = $code)] $value,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$value),*];

            /// The word that the tables hold.
            pub fn code(self) -> &'static str {
                match self {
                    $($name::$value => $code,)*
                }
            }

            /// The value of a word; none for another word.
            pub fn of(code: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|value| value.code() == code)
            }
        }
    )*};
}

codes! {
    /// Who provides the support.
    Provision {
        /// The partner itself.
        Direct = "direct",
        /// Another entity, whose support the partner resells.
        Resold = "resold",
        /// Another entity, for the partner.
        Outsourced = "outsourced",
        /// Another entity for a part of it, the partner for the rest.
        OutsourcedInPart = "outsourced_in_part",
    }

    /// A day of the week.
    Day {
        /// Monday.
        Monday = "monday",
        /// Tuesday.
        Tuesday = "tuesday",
        /// Wednesday.
        Wednesday = "wednesday",
        /// Thursday.
        Thursday = "thursday",
        /// Friday.
        Friday = "friday",
        /// Saturday.
        Saturday = "saturday",
        /// Sunday.
        Sunday = "sunday",
    }

    /// How somebody is reached.
    Channel {
        /// By mail.
        Email = "email",
        /// By telephone.
        Phone = "phone",
        /// On a page.
        Web = "web",
    }

    /// What support costs by.
    PricingModel {
        /// Nothing besides the subscription.
        Included = "included",
        /// Each incident.
        PerIncident = "per_incident",
        /// Each hour of work.
        PerHour = "per_hour",
        /// Each month.
        PerMonth = "per_month",
        /// Told when asked.
        OnRequest = "on_request",
    }
}

/// Hours of one day: minutes of the day, from opening, inclusive, to closing, exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    /// Which day.
    pub day: Day,
    /// From.
    pub opens: u16,
    /// To; 1440 for midnight.
    pub closes: u16,
}

/// Service hours.
#[derive(Clone, Debug, PartialEq)]
pub struct Hours {
    /// The zone.
    pub zone: Tz,
    /// By day and opening, none over another; empty for around the clock.
    pub weekly: Vec<Opening>,
    /// Days without service.
    pub holidays: BTreeSet<NaiveDate>,
}

/// A way to reach a partner's support.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// How.
    pub channel: Channel,
    /// Address, number or page.
    pub value: String,
}

/// What support costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pricing {
    /// By what.
    pub model: PricingModel,
    /// Decimal amount.
    pub amount: Option<String>,
    /// ISO 4217 currency of the amount.
    pub currency: Option<String>,
}

/// How a partner provides support.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrangement {
    /// Who provides it.
    pub provision: Provision,
    /// Name of the entity that does, unless the partner does.
    pub provided_by: Option<String>,
    /// Which kinds.
    pub kinds: Vec<Kind>,
    /// When.
    pub hours: Hours,
    /// How it is reached.
    pub contacts: Vec<Contact>,
    /// What it costs; none where nothing is said.
    pub pricing: Option<Pricing>,
    /// Its own targets, where they differ.
    pub targets: Option<Targets>,
}

/// An opening as the column holds it.
#[derive(Serialize, Deserialize)]
struct OpeningText {
    day: Day,
    opens: String,
    closes: String,
}

/// A time of the day in minutes, written `08:00`; midnight at the end of a day is `24:00`.
pub fn minutes_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| {
        let is_plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain { part.parse::<u16>().ok() } else { None }
    };
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    let of_day = hours * 60 + minutes;
    (minutes < 60 && of_day <= DAY_MINUTES).then_some(of_day)
}

/// A time of the day as it is written.
pub fn time_text(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn unreadable(column: &str) -> Error {
    Error::internal(format!("the column {column} of support cannot be read"))
}

fn json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| unreadable(column))
}

fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

impl Hours {
    /// As rules ask it.
    pub fn calendar(&self) -> Calendar {
        let weekly = (!self.weekly.is_empty()).then(|| {
            let mut days: [Vec<(u16, u16)>; 7] = Default::default();
            for opening in &self.weekly {
                days[opening.day as usize].push((opening.opens, opening.closes));
            }
            days
        });
        Calendar { zone: self.zone, weekly, holidays: self.holidays.clone() }
    }

    fn read(row: &support_arrangement::Model) -> Result<Hours> {
        let zone = row.time_zone.parse::<Tz>().map_err(|_| unreadable("time_zone"))?;
        let texts: Vec<OpeningText> = json("weekly", &row.weekly)?;
        let opening = |text: &OpeningText| {
            let (opens, closes) = (minutes_of(&text.opens)?, minutes_of(&text.closes)?);
            Some(Opening { day: text.day, opens, closes })
        };
        let weekly: Option<Vec<Opening>> = texts.iter().map(opening).collect();
        let mut weekly = weekly.ok_or_else(|| unreadable("weekly"))?;
        weekly.sort_unstable();
        Ok(Hours { zone, weekly, holidays: json("holidays", &row.holidays)? })
    }

    fn weekly_text(&self) -> Result<String> {
        let of = |opening: &Opening| OpeningText {
            day: opening.day,
            opens: time_text(opening.opens),
            closes: time_text(opening.closes),
        };
        text(&self.weekly.iter().map(of).collect::<Vec<_>>())
    }
}

impl Arrangement {
    /// From its row.
    pub fn read(row: &support_arrangement::Model) -> Result<Arrangement> {
        let kinds: Vec<String> = json("support_kinds", &row.support_kinds)?;
        let kinds: Option<Vec<Kind>> = kinds.iter().map(|code| Kind::of(code)).collect();
        let model = row
            .pricing_model
            .as_deref()
            .map(|code| PricingModel::of(code).ok_or_else(|| unreadable("pricing_model")));
        Ok(Arrangement {
            provision: Provision::of(&row.kind).ok_or_else(|| unreadable("kind"))?,
            provided_by: row.provided_by.clone(),
            kinds: kinds.ok_or_else(|| unreadable("support_kinds"))?,
            hours: Hours::read(row)?,
            contacts: json("contacts", &row.contacts)?,
            pricing: model.transpose()?.map(|model| Pricing {
                model,
                amount: row.pricing_amount.clone(),
                currency: row.pricing_currency.clone(),
            }),
            targets: row.targets.as_deref().map(read_targets).transpose()?,
        })
    }

    /// Writes what it says over a row, whose ids and version are left alone.
    pub fn write(&self, row: &mut support_arrangement::Model) -> Result<()> {
        row.kind = self.provision.code().to_owned();
        row.provided_by.clone_from(&self.provided_by);
        row.support_kinds = text(&self.kinds.iter().map(|kind| kind.code()).collect::<Vec<_>>())?;
        row.time_zone = self.hours.zone.name().to_owned();
        row.weekly = self.hours.weekly_text()?;
        row.holidays = text(&self.hours.holidays)?;
        row.contacts = text(&self.contacts)?;
        row.pricing_model = self.pricing.as_ref().map(|pricing| pricing.model.code().to_owned());
        row.pricing_amount = self.pricing.as_ref().and_then(|pricing| pricing.amount.clone());
        row.pricing_currency = self.pricing.as_ref().and_then(|pricing| pricing.currency.clone());
        row.targets = self.targets.as_ref().map(targets_text).transpose()?;
        Ok(())
    }
}

fn read_targets(column: &str) -> Result<Targets> {
    let by_code: BTreeMap<String, i64> = json("targets", column)?;
    let of = |(code, minutes): (String, i64)| Some((Severity::of(&code)?, minutes));
    let all: Option<BTreeMap<Severity, i64>> = by_code.into_iter().map(of).collect();
    Ok(Targets(all.ok_or_else(|| unreadable("targets"))?))
}

fn targets_text(targets: &Targets) -> Result<String> {
    let by_code = targets.0.iter().map(|(severity, minutes)| (severity.code(), *minutes));
    text(&by_code.collect::<BTreeMap<_, _>>())
}

/// A vehicle that a partner holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Random id.
    pub id: Uuid,
    /// Which vehicle.
    pub vehicle: Vehicle,
    /// Incidents included; none for no limit.
    pub incidents_included: Option<i32>,
    /// Of these, used.
    pub incidents_used: i32,
    /// Start, inclusive.
    pub starts_at: Timestamp,
    /// End, exclusive; `Timestamp::FAR_FUTURE` while open.
    pub ends_at: Timestamp,
}

impl Contract {
    /// From its row.
    pub fn read(row: &support_contract::Model) -> Result<Contract> {
        Ok(Contract {
            id: row.id,
            vehicle: Vehicle::of(&row.vehicle).ok_or_else(|| unreadable("vehicle"))?,
            incidents_included: row.incidents_included,
            incidents_used: row.incidents_used,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
        })
    }

    /// How many incidents are left; none for no limit.
    pub fn incidents_left(&self) -> Option<i32> {
        self.incidents_included.map(|included| included.saturating_sub(self.incidents_used).max(0))
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
