//! What changes of incidents and of service health, in the graph's subscriptions. Each payload is read anew under the
//! viewer's scope; an event that does not change what the viewer may read gives nothing.

use super::impact_schema::{IncidentCustomerConnection, IncidentImpact};
use super::ingest;
use super::loader::Incidents;
use super::schema::{Incident, IncidentFilter, ServiceIdFilter, predicate};
use super::store::{self, Field};
use crate::customers::schema::Customer;
use crate::db::predicate::Predicate;
use crate::error::Error;
use crate::events::Event;
use crate::graphql::error::Result;
use crate::graphql::page::PageArgs;
use crate::graphql::scalar::date_time;
use crate::graphql::{Kind, op, row_id};
use crate::health::schema::{Service, ServiceStatus};
use crate::health::store::WordRow;
use crate::live::{Happening, Phase, Topic, seal_position};
use crate::op::Op;
use crate::open_enum;
use async_graphql::{Context, ID, InputObject, Object, Subscription};
use chrono::{DateTime, Utc};
use entity::{CustomerId, IncidentId, PartnerId, Timestamp};
use futures::stream::{self, Stream};
use std::sync::Arc;

/// The streams of incidents and of service health.
#[derive(Default)]
pub struct IncidentSubscription;

open_enum! {
    /// What happened to an incident.
    IncidentChangeKind {
        /// It is new.
        Raised = "raised",
        /// Something of it changed, or something was published on it.
        Updated = "updated",
        /// It is over.
        Resolved = "resolved",
        /// It was over, and is not any more.
        Reopened = "reopened",
        /// It affects a further customer of yours.
        Affected = "affected",
    }
}

/// Which changes of incidents. Conditions side by side must all hold of the incident as it is after the change.
#[derive(Clone, Debug, Default, InputObject)]
pub struct IncidentChangeFilter {
    /// Not over; or, if false, over. That an incident ends is told whatever this says.
    pub active: Option<bool>,
    /// The service: ids of services.
    pub service: Option<ServiceIdFilter>,
}

/// The streams of incidents and of service health.
#[Subscription]
impl IncidentSubscription {
    /// Tells when an incident that affects customers of yours is new, changes, or affects a further one.
    async fn incident_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<IncidentChangeFilter>,
        #[graphql(desc = "A position of an earlier frame: only what came after it.")] after: Option<String>,
    ) -> Result<impl Stream<Item = IncidentChange> + use<>> {
        let filter = filter.unwrap_or_default();
        let phase = ctx.data_unchecked::<Phase>();
        let active = filter.active;
        let own = IncidentFilter { service: filter.service, ..IncidentFilter::default() };
        let predicate = predicate(op(ctx), Some(own))?;
        let change = match phase.happening() {
            Some(happening) => incident_change(ctx, &happening, active, predicate).await?,
            None => {
                phase.listen(op(ctx), Topic::Incidents, after).await?;
                None
            }
        };
        Ok(stream::iter(change))
    }

    /// Tells when the status of one of a customer's services changes.
    async fn service_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the customer.")] customer_id: ID,
        #[graphql(desc = "A position of an earlier frame: only what came after it.")] after: Option<String>,
    ) -> Result<impl Stream<Item = ServiceStatusChange> + use<>> {
        let phase = ctx.data_unchecked::<Phase>();
        let customer = CustomerId(row_id(op(ctx), "customerId", &customer_id, Kind::Customer)?);
        let change = match phase.happening() {
            Some(happening) => status_change(ctx, &happening, customer).await?,
            None => {
                super::service::require_health(op(ctx), customer).await?;
                phase.listen(op(ctx), Topic::Services(customer), after).await?;
                None
            }
        };
        Ok(stream::iter(change))
    }
}

/// The change as the viewer sees it; none where what it may read did not change, or is not asked for.
async fn incident_change(
    ctx: &Context<'_>,
    happening: &Arc<Happening>,
    active: Option<bool>,
    filter: Predicate<Field>,
) -> Result<Option<IncidentChange>> {
    let op = op(ctx);
    let Some(id) = happening.events().iter().find_map(|event| event.incident_id) else { return Ok(None) };
    let loaders = ctx.data_unchecked::<Incidents>();
    let Some(row) = loaders.by_id.load(id).await? else { return Ok(None) };
    let seen = seen_events(op, happening, id, row.copy.source_id).await?;
    let Some(newest) = seen.last() else { return Ok(None) };
    let mut change = seen.iter().map(|event| event.change.as_str()).reduce(stronger).unwrap_or_default();
    let new = seen.iter().filter(|event| is_tenant_word(&event.change));
    let new: Vec<(PartnerId, CustomerId)> =
        new.filter_map(|event| event.source_id.zip(event.customer_id)).collect();
    if !new.is_empty() {
        // New to this viewer is what affected no customer of its own before.
        let is_known = store::affects_others(&op.db, &op.scope, id, &new).await?;
        change = match is_known {
            false => ingest::RAISED,
            true if change == ingest::RAISED => ingest::AFFECTED,
            true => change,
        };
    }
    let change = change.to_owned();
    let is_end = change == ingest::RESOLVED;
    if active.is_some_and(|active| active == row.copy.is_resolved && !(active && is_end)) {
        return Ok(None);
    }
    if filter != Predicate::All(Vec::new()) {
        let reach = store::reach(op).await?;
        if !store::matches(&op.db, &op.scope, reach, id, &filter).await? {
            return Ok(None);
        }
    }
    happening.saw(seen.len());
    let at = newest.at;
    Ok(Some(IncidentChange { incident: Incident(row), change, at, happening: happening.clone() }))
}

/// Whether an event says that a customer is affected.
fn is_tenant_word(change: &str) -> bool {
    [ingest::AFFECTED, ingest::RAISED].contains(&change)
}

/// The events that change something which the viewer may read: changes of the copy that it is shown, by whomever they
/// came in, and customers of its own that are newly affected. What is new about a customer of others does not count.
async fn seen_events(
    op: &Op,
    happening: &Happening,
    incident: IncidentId,
    shown: PartnerId,
) -> Result<Vec<Arc<Event>>> {
    let link = |event: &Event| event.source_id.zip(event.customer_id);
    let links: Vec<(PartnerId, CustomerId)> = happening
        .events()
        .iter()
        .filter(|event| is_tenant_word(&event.change))
        .filter_map(|event| link(event))
        .collect();
    let seen = store::links_seen(&op.db, &op.scope, incident, &links).await?;
    let is_seen = |event: &Event| {
        if is_tenant_word(&event.change) {
            link(event).is_some_and(|link| seen.contains(&link))
        } else {
            event.source_id == Some(shown)
        }
    };
    Ok(happening.events().iter().filter(|event| is_seen(event)).cloned().collect())
}

/// What two changes amount to: that an incident is new, that it ended or began anew, then the rest; of equals the later.
fn stronger<'a>(earlier: &'a str, later: &'a str) -> &'a str {
    let rank = |change: &str| match change {
        ingest::RAISED => 3,
        ingest::RESOLVED | ingest::REOPENED => 2,
        ingest::AFFECTED => 1,
        _ => 0,
    };
    if rank(earlier) > rank(later) { earlier } else { later }
}

/// The change as the viewer sees it; none where another source's word is shown.
async fn status_change(
    ctx: &Context<'_>,
    happening: &Arc<Happening>,
    customer: CustomerId,
) -> Result<Option<ServiceStatusChange>> {
    let Some(service) = happening.events().iter().find_map(|event| event.service_id) else { return Ok(None) };
    let words = crate::health::schema::loaders(ctx).words.load(customer).await?.unwrap_or_default();
    let of_service = |word: &&WordRow| word.service_id == Some(service);
    let newest = |word: &&WordRow| (word.as_of, word.source_id);
    let shown = words.iter().filter(of_service).filter(|word| word.status.is_some()).max_by_key(newest);
    // A source that has just stopped to list the service: what is left is another's word, or none.
    let is_gone = |word: &&WordRow| {
        word.status.is_none()
            && happening.events().iter().any(|event| event.source_id == Some(word.source_id))
    };
    let gone = words.iter().filter(of_service).find(is_gone);
    let told = shown.filter(|shown| gone.is_none_or(|gone| gone.as_of < shown.as_of)).or(gone);
    let Some(word) = told.cloned() else { return Ok(None) };
    let sources = [Some(word.source_id), gone.map(|gone| gone.source_id)];
    let mut seen = happening
        .events()
        .iter()
        .filter(|event| event.source_id.is_some() && sources.contains(&event.source_id));
    let (count, newest) = (seen.clone().count(), seen.next_back());
    let Some(at) = newest.map(|event| event.at) else { return Ok(None) };
    happening.saw(count);
    Ok(Some(ServiceStatusChange { word, at, happening: happening.clone() }))
}

/// That an incident changed.
pub struct IncidentChange {
    incident: Incident,
    change: String,
    at: Timestamp,
    happening: Arc<Happening>,
}

/// That an incident changed.
#[Object]
impl IncidentChange {
    /// What happened.
    async fn change(&self) -> IncidentChangeKind {
        IncidentChangeKind::of(&self.change)
    }

    /// When it was brought in.
    async fn at(&self) -> Option<DateTime<Utc>> {
        date_time(self.at)
    }

    /// The incident as it is now.
    async fn incident(&self) -> Incident {
        self.incident.clone()
    }

    /// Your customers whom it affects now, by name.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn affected_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<IncidentCustomerConnection> {
        let copy = &self.incident.0.copy;
        let impact = IncidentImpact::of(copy.incident_id, copy.service_id);
        IncidentCustomerConnection::of(ctx, impact, PageArgs::new(first, last, after, before)).await
    }

    /// From where a later stream may resume: only what comes after this change.
    async fn position(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(seal_position(op(ctx), self.happening.position())?)
    }

    /// How many earlier changes of the incident this one stands for besides.
    async fn missed(&self) -> u32 {
        self.happening.missed()
    }
}

/// That the status of a customer's service changed.
pub struct ServiceStatusChange {
    word: WordRow,
    at: Timestamp,
    happening: Arc<Happening>,
}

/// That the status of a customer's service changed.
#[Object]
impl ServiceStatusChange {
    /// When it was brought in.
    async fn at(&self) -> Option<DateTime<Utc>> {
        date_time(self.at)
    }

    /// The customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Customer> {
        let found = crate::customers::schema::by_id(ctx, self.word.customer_id).await?;
        found.ok_or_else(|| Error::NotFound { kind: "customer" }.into())
    }

    /// The service.
    async fn service(&self) -> Option<Service> {
        Some(Service::new(self.word.service_id?, self.word.service_name.as_deref().unwrap_or_default()))
    }

    /// The status before; null where none was seen.
    async fn previous_status(&self, ctx: &Context<'_>) -> Result<Option<ServiceStatus>> {
        let Some(service) = self.word.service_id else { return Ok(None) };
        let key = (self.word.customer_id, self.word.source_id, service);
        let page = crate::db::page::Page { size: 2, position: None, backward: false, context: String::new() };
        let spans = crate::health::schema::loaders(ctx).history.load((key, page)).await?;
        // Of a service that is not listed any more, the newest that was seen is the one before.
        let place = usize::from(self.word.status.is_some());
        let before = spans.and_then(|slice| slice.rows.into_iter().nth(place));
        Ok(before.map(|row| ServiceStatus::of(&row.span.status)))
    }

    /// The status now.
    async fn status(&self) -> Option<ServiceStatus> {
        self.word.status.as_deref().map(ServiceStatus::of)
    }

    /// The upstream's own word where the status is OTHER.
    async fn status_raw(&self) -> Option<&str> {
        self.word.status_raw.as_deref()
    }

    /// From where a later stream may resume: only what comes after this change.
    async fn position(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(seal_position(op(ctx), self.happening.position())?)
    }

    /// How many earlier changes of the service this one stands for besides.
    async fn missed(&self) -> u32 {
        self.happening.missed()
    }
}
