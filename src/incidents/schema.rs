//! Incidents in the graph.

use super::impact_schema::IncidentImpact;
use super::loader::Incidents;
use super::service::{self, Candidate};
use super::store::{self, Field, IncidentRow, PostRow, Query};
use crate::access::action::Action;
use crate::customers::schema::{OrderDirection, only_order};
use crate::customers::store::CustomerRow;
use crate::db::page::{Asked, Page, Slice};
use crate::db::predicate::{Comparison, Operand, Predicate};
use crate::graphql::connection::{Count, Rows};
use crate::graphql::error::{Denied, Field as Guarded, Result, field};
use crate::graphql::filter::{Branches, DateTimeFilter, StringFilter, Tree, UuidFilter};
use crate::graphql::page::{PageArgs, PageInfo, TotalCount};
use crate::graphql::provenance::Provenance;
use crate::graphql::scalar::date_time;
use crate::graphql::{Kind, global_id, op, row_id};
use crate::health::schema::{Service, ServiceStatus, health_provenance};
use crate::{connection, enum_filter, open_enum};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{CustomerId, IncidentId, ServiceId};
use std::sync::Arc;

/// The look-ups of this request.
pub fn loaders<'a>(ctx: &Context<'a>) -> &'a Incidents {
    ctx.data_unchecked::<Incidents>()
}

open_enum! {
    /// How grave an incident is.
    IncidentClassification {
        /// A fault that hits service as such.
        Incident = "incident",
        /// A fault of some features, or of some users.
        Advisory = "advisory",
    }
}

open_enum! {
    /// Where an incident comes from.
    IncidentOrigin {
        /// The vendor.
        Microsoft = "microsoft",
        /// Somebody else.
        ThirdParty = "third_party",
        /// The customer.
        Customer = "customer",
    }
}

open_enum! {
    /// What kind of publication it is.
    IncidentPostKind {
        /// A usual one.
        Regular = "regular",
        /// A short one between two usual ones.
        Quick = "quick",
        /// One for the whole picture.
        Strategic = "strategic",
    }
}

enum_filter! {
    /// Compares a classification.
    IncidentClassificationFilter, IncidentClassification
}

enum_filter! {
    /// Compares a status.
    ServiceStatusFilter, ServiceStatus
}

/// An incident or advisory of an online service that affects customers of yours.
#[derive(Clone)]
pub struct Incident(pub IncidentRow);

/// An incident or advisory of an online service that affects customers of yours.
#[Object]
impl Incident {
    /// Global id.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::Incident, self.0.copy.incident_id.0)
    }

    /// Upstream id, such as EX226574.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// Title.
    async fn title(&self) -> &str {
        &self.0.copy.title
    }

    /// How grave it is.
    async fn classification(&self) -> IncidentClassification {
        IncidentClassification::of(&self.0.copy.classification)
    }

    /// The upstream's own word where the classification is OTHER.
    async fn classification_raw(&self) -> Option<&str> {
        self.0.copy.classification_raw.as_deref()
    }

    /// Where it comes from; null where the upstream does not say.
    async fn origin(&self) -> Option<IncidentOrigin> {
        self.0.copy.origin.as_deref().map(IncidentOrigin::of)
    }

    /// The upstream's own word where the origin is OTHER.
    async fn origin_raw(&self) -> Option<&str> {
        self.0.copy.origin_raw.as_deref()
    }

    /// Its status.
    async fn status(&self) -> ServiceStatus {
        ServiceStatus::of(&self.0.copy.status)
    }

    /// The upstream's own word where the status is OTHER.
    async fn status_raw(&self) -> Option<&str> {
        self.0.copy.status_raw.as_deref()
    }

    /// Whether it is over. One that reopens is the same incident.
    async fn is_resolved(&self) -> bool {
        self.0.copy.is_resolved
    }

    /// The service that is hit.
    async fn service(&self) -> Service {
        Service::new(self.0.copy.service_id, &self.0.copy.service_name)
    }

    /// The feature that is hit.
    async fn feature(&self) -> Option<&str> {
        self.0.copy.feature.as_deref()
    }

    /// The group of features that is hit.
    async fn feature_group(&self) -> Option<&str> {
        self.0.copy.feature_group.as_deref()
    }

    /// What users notice.
    async fn impact_description(&self) -> Option<&str> {
        self.0.copy.impact_description.as_deref()
    }

    /// Start; where the upstream gives none, when it was first seen.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.copy.starts_at)
    }

    /// End.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.copy.ends_at.and_then(date_time)
    }

    /// When the upstream last changed it.
    async fn modified_at(&self) -> Option<DateTime<Utc>> {
        self.0.copy.modified_at.and_then(date_time)
    }

    /// Further details, as the upstream gives them.
    async fn details(&self) -> Vec<IncidentDetail> {
        let details: Vec<(String, String)> = self
            .0
            .copy
            .details
            .as_deref()
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default();
        details.into_iter().map(|(name, value)| IncidentDetail { name, value }).collect()
    }

    /// What was published on it, newest first.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn posts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<IncidentPostConnection> {
        let page = PageArgs::new(first, last, after, before).page(op(ctx), "incident.posts")?;
        let slice = self.posts_of(ctx, page.clone()).await?;
        Ok(IncidentPostConnection(Rows::new(slice, page)))
    }

    /// The newest publication.
    async fn last_post(&self, ctx: &Context<'_>) -> Result<Option<IncidentPost>> {
        let page = Page { size: 1, position: None, backward: false, context: String::new() };
        Ok(self.posts_of(ctx, page).await?.rows.into_iter().next().map(IncidentPost))
    }

    /// Whom it affects among your customers.
    async fn impact(&self) -> IncidentImpact {
        IncidentImpact::of(self.0.copy.incident_id, self.0.copy.service_id)
    }

    /// Where this came from, and how fresh it is.
    async fn provenance(&self) -> Provenance {
        Provenance::dated(&self.0.copy.system, self.0.copy.as_of)
    }
}

impl Incident {
    async fn posts_of(&self, ctx: &Context<'_>, page: Page) -> Result<Slice<PostRow>> {
        let copy = (self.0.copy.incident_id, self.0.copy.source_id);
        let found = loaders(ctx).posts.load((copy, page)).await?;
        Ok(found.unwrap_or(Slice { rows: Vec::new(), has_more: false }))
    }
}

/// A further detail of an incident.
#[derive(SimpleObject)]
pub struct IncidentDetail {
    /// What it is called.
    name: String,
    /// What it is.
    value: String,
}

connection!(
    /// A page of incidents.
    IncidentConnection, IncidentEdge, IncidentRow => Incident, total_count
);

connection!(
    /// A page of what was published on an incident.
    IncidentPostConnection, IncidentPostEdge, PostRow => IncidentPost
);

/// A publication on an incident.
pub struct IncidentPost(PostRow);

/// A publication on an incident.
#[Object]
impl IncidentPost {
    /// When it was published.
    async fn created_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.post.created_at)
    }

    /// What kind it is.
    async fn kind(&self) -> IncidentPostKind {
        IncidentPostKind::of(&self.0.post.kind)
    }

    /// The upstream's own word where the kind is OTHER.
    async fn kind_raw(&self) -> Option<&str> {
        self.0.post.kind_raw.as_deref()
    }

    /// The text without markup.
    async fn text(&self) -> &str {
        &self.0.post.text
    }

    /// The text as the vendor gave it: may hold markup, which is not to be rendered unchecked.
    async fn content(&self) -> &str {
        &self.0.post.content
    }
}

/// A page of a customer's incidents, and how far one can rely on there being no others.
pub struct CustomerIncidentConnection {
    rows: Rows<IncidentRow>,
    customer: CustomerId,
}

/// A page of a customer's incidents, and how far one can rely on there being no others.
#[Object]
impl CustomerIncidentConnection {
    /// The rows of this page.
    async fn nodes(&self) -> Vec<Incident> {
        self.rows.slice.rows.iter().cloned().map(Incident).collect()
    }

    /// The rows of this page, each with its cursor.
    async fn edges(&self) -> Vec<IncidentEdge> {
        self.rows.slice.rows.iter().map(|row| IncidentEdge::of(row.clone(), self.rows.page.clone())).collect()
    }

    /// Where this page stands.
    async fn page_info(&self, ctx: &Context<'_>) -> Result<PageInfo> {
        self.rows.page_info(ctx)
    }

    /// When this customer's health was last looked at: an empty list means little where the state is not FRESH.
    async fn provenance(&self, ctx: &Context<'_>) -> Result<Provenance> {
        health_provenance(ctx, self.customer).await
    }
}

/// Which incidents. Conditions side by side must all hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct IncidentFilter {
    /// Not over yet; or, if false, over. At any level.
    pub active: Option<bool>,
    /// The service: ids of services.
    pub service: Option<ServiceIdFilter>,
    /// How grave.
    pub classification: Option<IncidentClassificationFilter>,
    /// The status.
    pub status: Option<ServiceStatusFilter>,
    /// The title, whatever the case.
    pub title: Option<StringFilter>,
    /// The start.
    pub started_at: Option<DateTimeFilter>,
    /// The upstream's last change.
    pub modified_at: Option<DateTimeFilter>,
    /// All of these hold.
    pub and: Option<Vec<IncidentFilter>>,
    /// Any of these holds.
    pub or: Option<Vec<IncidentFilter>>,
    /// This does not hold.
    pub not: Option<Box<IncidentFilter>>,
}

/// Compares a service by its global id.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ServiceIdFilter {
    /// This one.
    pub eq: Option<ID>,
    /// One of these.
    #[graphql(name = "in")]
    pub is_in: Option<Vec<ID>>,
}

impl IncidentFilter {
    /// Opens the ids of services, which need the operation.
    fn opened(self, op: &crate::op::Op) -> Result<OpenedFilter> {
        let list = |filters: Option<Vec<IncidentFilter>>| {
            filters
                .map(|all| all.into_iter().map(|one| one.opened(op)).collect::<Result<Vec<_>>>())
                .transpose()
        };
        let service = match &self.service {
            None => None,
            Some(filter) => {
                let open = |id: &ID| row_id(op, "service", id, Kind::Service);
                Some(UuidFilter {
                    eq: filter.eq.as_ref().map(open).transpose()?,
                    is_in: filter.is_in.as_ref().map(|ids| ids.iter().map(open).collect()).transpose()?,
                    ..UuidFilter::default()
                })
            }
        };
        Ok(OpenedFilter {
            and: list(self.and.clone())?,
            or: list(self.or.clone())?,
            not: self.not.clone().map(|one| one.opened(op).map(Box::new)).transpose()?,
            service,
            own: IncidentFilter { and: None, or: None, not: None, service: None, ..self },
        })
    }
}

/// A filter whose ids are opened.
struct OpenedFilter {
    own: IncidentFilter,
    service: Option<UuidFilter>,
    and: Option<Vec<OpenedFilter>>,
    or: Option<Vec<OpenedFilter>>,
    not: Option<Box<OpenedFilter>>,
}

impl Tree for OpenedFilter {
    type Field = Field;

    fn branches(&mut self) -> Branches<Self> {
        (self.and.take(), self.or.take(), self.not.take())
    }

    fn leaves(self, _: usize) -> Result<Predicate<Field>> {
        let mut all = Vec::new();
        let own = self.own;
        if let Some(active) = own.active {
            all.push(Predicate::Is(Field::IsResolved, Comparison::Eq(Operand::Bool(!active))));
        }
        if let Some(f) = self.service {
            all.push(f.predicate(Field::ServiceId, "service")?);
        }
        if let Some(f) = own.classification {
            all.push(f.predicate(Field::Classification, "classification")?);
        }
        if let Some(f) = own.status {
            all.push(f.predicate(Field::Status, "status")?);
        }
        if let Some(f) = own.title {
            all.push(f.predicate(Field::Title, "title", crate::customers::names::folded)?);
        }
        if let Some(f) = own.started_at {
            all.push(f.predicate(Field::StartsAt, "startedAt"));
        }
        if let Some(f) = own.modified_at {
            all.push(f.predicate(Field::ModifiedAt, "modifiedAt"));
        }
        Ok(Predicate::All(all))
    }
}

/// What incidents can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentOrderField {
    /// The start.
    StartedAt,
}

/// An order of incidents; the id breaks ties.
#[derive(Clone, Debug, InputObject)]
pub struct IncidentOrder {
    /// By what.
    pub field: IncidentOrderField,
    /// First to last, or last to first.
    pub direction: OrderDirection,
}

/// The predicate of a filter.
pub fn predicate(op: &crate::op::Op, filter: Option<IncidentFilter>) -> Result<Predicate<Field>> {
    filter.unwrap_or_default().opened(op)?.predicate()
}

fn query(
    op: &crate::op::Op,
    filter: Option<IncidentFilter>,
    order_by: Option<Vec<IncidentOrder>>,
) -> Result<Query> {
    let ascending = only_order(order_by)?.is_some_and(|order| order.direction == OrderDirection::Asc);
    Ok(Query { filter: predicate(op, filter)?, ascending })
}

/// The root list of incidents.
pub async fn list(
    ctx: &Context<'_>,
    filter: Option<IncidentFilter>,
    order_by: Option<Vec<IncidentOrder>>,
    args: PageArgs,
) -> Result<IncidentConnection> {
    let op = op(ctx);
    let query = query(op, filter, order_by)?;
    let page = args.page(op, &format!("incidents {query:?}"))?;
    let reach = store::reach(op).await?;
    let slice = store::list(&op.db, &op.scope, reach, &query, &page).await?;
    let counted = op.clone();
    let count: Count = Box::new(move || {
        let (op, query) = (counted.clone(), query.clone());
        Box::pin(async move {
            let value = store::count(&op.db, &op.scope, reach, &query).await?;
            Ok(TotalCount { value, is_estimate: false })
        })
    });
    Ok(IncidentConnection(Rows { slice, page, count: Some(count) }))
}

/// An incident by its row id, if the viewer may read it.
pub async fn by_id(ctx: &Context<'_>, id: IncidentId) -> Result<Option<Incident>> {
    Ok(loaders(ctx).by_id.load(id).await?.map(Incident))
}

/// A single incident by one of its keys; null with an error where there is none.
pub async fn find(
    ctx: &Context<'_>,
    id: Option<ID>,
    external_id: Option<String>,
) -> Result<Option<Incident>> {
    use crate::error::Error;
    let op = op(ctx);
    let found = match (id, external_id) {
        (Some(id), None) => by_id(ctx, IncidentId(row_id(op, "id", &id, Kind::Incident)?)).await?,
        (None, Some(text)) if text.contains('\0') || text.len() > 128 => {
            return Err(Error::invalid("externalId", "is no id of an incident").into());
        }
        (None, Some(text)) => {
            let reach = store::reach(op).await?;
            let text = text.trim().to_uppercase();
            store::by_external_id(&op.db, &op.scope, reach, &text).await?.map(Incident)
        }
        _ => return Err(Error::invalid("incident", "give exactly one of id and externalId").into()),
    };
    found.map(Some).ok_or_else(|| Error::NotFound { kind: "incident" }.into())
}

/// A page of a customer's incidents.
pub async fn incidents_of_customer(
    ctx: &Context<'_>,
    customer: &CustomerRow,
    filter: Option<IncidentFilter>,
    args: PageArgs,
) -> Guarded<CustomerIncidentConnection> {
    let found = async {
        let op = op(ctx);
        if !op.allows(Action::HealthRead, customer.held) {
            let words = crate::health::schema::loaders(ctx).words.load(customer.id).await?;
            // Another source's rows may open what those that carry the name do not.
            if words.is_none() {
                op.require(Action::HealthRead, customer.held)?;
            }
        }
        let query = query(op, filter, None)?;
        let page = args.page(op, &format!("customer.incidents {query:?}"))?;
        let asked = Asked { page: page.clone(), question: Arc::new(query) };
        let slice = loaders(ctx).of_customer.load((customer.id, asked)).await.map_err(Denied)?;
        let slice = slice.unwrap_or(Slice { rows: Vec::new(), has_more: false });
        Ok(Some(CustomerIncidentConnection { rows: Rows::new(slice, page), customer: customer.id }))
    };
    field(found.await)
}

/// A known incident that a symptom may be.
#[derive(SimpleObject)]
pub struct IncidentCandidate {
    /// The incident.
    incident: Incident,
    /// How well it fits, from 0 to 1: 0.35 for the same service, 0.2 where it is known to affect this customer, 0.15
    /// while it is open (0.05 where it ended within two days), 0.3 times the share of the symptom's words that title,
    /// feature or impact hold.
    score: f64,
    /// What speaks for it, one ground each.
    why: Vec<String>,
}

impl From<Candidate> for IncidentCandidate {
    fn from(candidate: Candidate) -> Self {
        IncidentCandidate { incident: Incident(candidate.row), score: candidate.score, why: candidate.why }
    }
}

/// Likely known incidents, the likeliest first.
pub async fn candidates(
    ctx: &Context<'_>,
    customer: &ID,
    service_id: &ID,
    symptom: &str,
) -> Result<Vec<IncidentCandidate>> {
    let op = op(ctx);
    let customer = CustomerId(row_id(op, "customerId", customer, Kind::Customer)?);
    let service = ServiceId(row_id(op, "serviceId", service_id, Kind::Service)?);
    let found = service::candidates(op, customer, service, symptom).await?;
    Ok(found.into_iter().map(IncidentCandidate::from).collect())
}
