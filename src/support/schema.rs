//! Arrangements and contracts in the graph.

use super::hours::Calendar;
use super::loader::Support;
use super::record::{self, ANY_SERVICE, Arrangement, time_text};
use super::service;
use super::store::Readable;
use super::targets::response_minutes;
use crate::customers::schema::Customer;
use crate::escalations::schema_words::{SupportKind, SupportSeverity, SupportVehicle};
use crate::escalations::words;
use crate::graphql::error::Result;
use crate::graphql::scalar::date_time;
use crate::graphql::{Kind, global_id, op};
use crate::health::schema::Service;
use crate::partners::schema::{Partner, partner};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{CustomerId, Timestamp, support_arrangement, support_contract};
use serde::Serialize;
use uuid::Uuid;

/// Declares the graph's twin of an enumeration of the record.
macro_rules! twins {
    ($($(#[$doc:meta])* $name:ident of $word:ident { $($(#[$value_doc:meta])* $value:ident,)* })*) => {$(
        $(#[$doc])*
        ///
        /// May grow: be ready for values that you do not know.
        #[derive(Enum, Serialize, Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$value_doc])* $value,)*
        }

        impl From<record::$word> for $name {
            fn from(word: record::$word) -> Self {
                match word {
                    $(record::$word::$value => $name::$value,)*
                }
            }
        }

        impl From<$name> for record::$word {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$value => record::$word::$value,)*
                }
            }
        }
    )*};
}

twins! {
    /// Who provides the support that a partner offers.
    SupportArrangementKind of Provision {
        /// The partner itself.
        Direct,
        /// Another entity, whose support the partner resells.
        Resold,
        /// Another entity, on the partner's behalf.
        Outsourced,
        /// Another entity for a part of it, the partner for the rest.
        OutsourcedInPart,
    }

    /// A day of the week.
    DayOfWeek of Day {
        /// Monday.
        Monday,
        /// Tuesday.
        Tuesday,
        /// Wednesday.
        Wednesday,
        /// Thursday.
        Thursday,
        /// Friday.
        Friday,
        /// Saturday.
        Saturday,
        /// Sunday.
        Sunday,
    }

    /// How support is reached.
    SupportContactChannel of Channel {
        /// By mail: the value is a mail address.
        Email,
        /// By telephone: the value is a number.
        Phone,
        /// On a page: the value is an https address.
        Web,
    }

    /// By what support is charged for.
    SupportPricingModel of PricingModel {
        /// It costs nothing besides the subscription.
        Included,
        /// By incident.
        PerIncident,
        /// By hour of work.
        PerHour,
        /// By month.
        PerMonth,
        /// The partner tells its price when asked.
        OnRequest,
    }
}

/// Hours of one day, in the time zone of the hours.
#[derive(SimpleObject)]
pub struct SupportOpening {
    /// Which day.
    day: DayOfWeek,
    /// From this time on, such as 08:00.
    opens: String,
    /// Up to this time, such as 17:00; 24:00 is the end of the day. Service over midnight is two entries.
    closes: String,
}

/// When support is at work.
#[derive(SimpleObject)]
pub struct SupportHours {
    /// Time zone of hours and holidays, by its name in the IANA database, such as Europe/Berlin.
    time_zone: String,
    /// Hours in the order of the week; a day may have several. Empty: around the clock, on every day but the holidays.
    weekly: Vec<SupportOpening>,
    /// Days without service, such as 2026-12-25.
    holidays: Vec<String>,
}

/// A way to reach support.
#[derive(SimpleObject)]
pub struct SupportContact {
    /// How.
    channel: SupportContactChannel,
    /// Mail address, telephone number or address of a page, as the partner gave it.
    value: String,
}

/// What support costs.
#[derive(SimpleObject)]
pub struct SupportPricing {
    /// By what it is charged for.
    model: SupportPricingModel,
    /// Decimal amount, such as 90.00; null where the model has none.
    amount: Option<String>,
    /// ISO 4217 currency of the amount, such as EUR.
    currency: Option<String>,
}

/// How soon a technical request is answered for the first time.
#[derive(SimpleObject)]
pub struct SupportResponseTarget {
    /// For requests of this severity.
    severity: SupportSeverity,
    /// Minutes of service time: only the hours of support count.
    minutes: i32,
    /// Whether the partner arranged this itself; otherwise it is what the vendor names.
    is_own: bool,
}

/// How a partner supports its customers: all of them, or one customer or service for which it differs.
pub struct SupportArrangement {
    row: support_arrangement::Model,
    said: Arrangement,
}

impl SupportArrangement {
    fn of(row: support_arrangement::Model) -> Result<Self> {
        let said = Arrangement::read(&row)?;
        Ok(SupportArrangement { row, said })
    }

    fn calendar(&self) -> Calendar {
        self.said.hours.calendar()
    }
}

/// How a partner supports its customers: all of them, or one customer or service for which it differs. Read by the
/// partner's own people, and by a customer's own staff while the partner resells to it.
#[Object]
impl SupportArrangement {
    /// Global id.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::SupportArrangement, self.row.id)
    }

    /// Who provides the support.
    async fn kind(&self) -> SupportArrangementKind {
        self.said.provision.into()
    }

    /// Name of the entity that provides it; null where the partner does so itself.
    async fn provided_by(&self) -> Option<&str> {
        self.said.provided_by.as_deref()
    }

    /// The partner whose arrangement it is.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        partner(ctx, Some(self.row.source_id)).await
    }

    /// The customer for which it differs from the partner's general one; null where it holds for all customers.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        if self.row.customer_id == CustomerId::NONE {
            return Ok(None);
        }
        crate::customers::schema::by_id(ctx, self.row.customer_id).await
    }

    /// The service for which it differs; null where it holds for all services.
    async fn service(&self, ctx: &Context<'_>) -> Result<Option<Service>> {
        if self.row.service_id == ANY_SERVICE {
            return Ok(None);
        }
        crate::health::schema::by_id(ctx, self.row.service_id).await
    }

    /// Which kinds of support are provided.
    async fn support_kinds(&self) -> Vec<SupportKind> {
        self.said.kinds.iter().map(|kind| SupportKind::from(*kind)).collect()
    }

    /// Whether support is at work now.
    async fn open_now(&self, ctx: &Context<'_>) -> bool {
        self.calendar().is_open(op(ctx).now())
    }

    /// When support is at work.
    async fn hours(&self) -> SupportHours {
        let hours = &self.said.hours;
        let opening = |opening: &record::Opening| SupportOpening {
            day: opening.day.into(),
            opens: time_text(opening.opens),
            closes: time_text(opening.closes),
        };
        SupportHours {
            time_zone: hours.zone.name().to_owned(),
            weekly: hours.weekly.iter().map(opening).collect(),
            holidays: hours.holidays.iter().map(|date| date.to_string()).collect(),
        }
    }

    /// How support is reached.
    async fn contacts(&self) -> Vec<SupportContact> {
        let contact = |contact: &record::Contact| SupportContact {
            channel: contact.channel.into(),
            value: contact.value.clone(),
        };
        self.said.contacts.iter().map(contact).collect()
    }

    /// What support costs; null where the partner says nothing of it.
    async fn pricing(&self) -> Option<SupportPricing> {
        self.said.pricing.as_ref().map(|pricing| SupportPricing {
            model: pricing.model.into(),
            amount: pricing.amount.clone(),
            currency: pricing.currency.clone(),
        })
    }

    /// How soon a technical request is answered for the first time, by severity, the gravest first.
    async fn response_targets(&self) -> Vec<SupportResponseTarget> {
        let own = self.said.targets.as_ref();
        let target = |severity: &words::Severity| {
            let minutes = response_minutes(words::Kind::Technical, *severity, own);
            SupportResponseTarget {
                severity: (*severity).into(),
                minutes: i32::try_from(minutes).unwrap_or(i32::MAX),
                is_own: own.is_some_and(|own| own.0.contains_key(severity)),
            }
        };
        words::Severity::ALL.iter().map(target).collect()
    }

    /// Rises with each change; a change names the version that it is made on.
    async fn version(&self) -> i32 {
        shown(self.row.version)
    }

    /// When it was last changed.
    async fn modified_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.row.modified_at)
    }
}

/// A contract under which your organisation may ask the vendor for technical support.
pub struct SupportContract(support_contract::Model);

/// A contract under which your organisation may ask the vendor for technical support. Commercial support needs none.
#[Object]
impl SupportContract {
    /// Global id.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::SupportContract, self.0.id)
    }

    /// The vehicle that it opens.
    async fn vehicle(&self) -> SupportVehicle {
        SupportVehicle::of(&self.0.vehicle)
    }

    /// The vendor's contract id.
    async fn contract_id(&self) -> Option<&str> {
        self.0.contract_id.as_deref()
    }

    /// The vendor's access id.
    async fn access_id(&self) -> Option<&str> {
        self.0.access_id.as_deref()
    }

    /// How many incidents it includes; null for no limit.
    async fn incidents_included(&self) -> Option<i32> {
        self.0.incidents_included
    }

    /// How many incidents were filed through it.
    async fn incidents_used(&self) -> i32 {
        self.0.incidents_used
    }

    /// From when on it holds.
    async fn starts_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.starts_at)
    }

    /// Until when it holds, exclusive; null for no end.
    async fn ends_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.ends_at)
    }

    /// Rises with each change; a change names the version that it is made on. An incident that is counted is no change.
    async fn version(&self) -> i32 {
        shown(self.0.version)
    }
}

fn shown(version: i64) -> i32 {
    i32::try_from(version).unwrap_or(i32::MAX)
}

/// As the rules have it: no time stands for "no end".
pub(super) fn timestamp(at: Option<DateTime<Utc>>) -> Option<Timestamp> {
    at.map(|at| Timestamp(at.timestamp_micros()))
}

async fn readable(ctx: &Context<'_>, customer: CustomerId) -> Result<Readable> {
    Ok(ctx.data_unchecked::<Support>().of_customer.load(customer).await?.unwrap_or_default())
}

/// The arrangement that holds for a customer as a whole: your own organisation's; for the customer's own staff, that of
/// the partner with the oldest relation.
pub async fn arrangement_of_customer(
    ctx: &Context<'_>,
    customer: CustomerId,
) -> Result<Option<SupportArrangement>> {
    service::governing(&readable(ctx, customer).await?).map(SupportArrangement::of).transpose()
}

/// All arrangements that the viewer may read for a customer, at most [`service::MAX_SHOWN`].
pub async fn arrangements_of_customer(
    ctx: &Context<'_>,
    customer: CustomerId,
) -> Result<Vec<SupportArrangement>> {
    service::all(&readable(ctx, customer).await?).into_iter().map(SupportArrangement::of).collect()
}

/// The viewer's own organisation's arrangements.
pub async fn arrangements(ctx: &Context<'_>) -> Result<Vec<SupportArrangement>> {
    service::arrangements(op(ctx)).await?.into_iter().map(SupportArrangement::of).collect()
}

/// The viewer's own organisation's contracts.
pub async fn contracts(ctx: &Context<'_>) -> Result<Vec<SupportContract>> {
    Ok(service::contracts(op(ctx)).await?.into_iter().map(SupportContract).collect())
}

/// An arrangement by its row id, if the viewer may read it.
pub async fn arrangement_by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<SupportArrangement>> {
    service::arrangement(op(ctx), id).await?.map(SupportArrangement::of).transpose()
}

/// The arrangement that a write was about, as the viewer may read it now.
pub(super) async fn current_arrangement(
    ctx: &Context<'_>,
    customer: Option<CustomerId>,
    service: Option<entity::ServiceId>,
) -> Result<Option<SupportArrangement>> {
    service::current(op(ctx), customer, service).await?.map(SupportArrangement::of).transpose()
}

/// A contract by its row id, if the viewer may read it.
pub async fn contract_by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<SupportContract>> {
    Ok(service::contract(op(ctx), id).await?.map(SupportContract))
}
