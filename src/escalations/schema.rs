//! Support requests in the graph: each as its reader sees it, and nothing of what others see.

use super::check::is_request_number;
use super::command::Attachment;
use super::filter::{SupportRequestFilter, SupportRequestOrder, query};
use super::loader::Requests;
use super::schema_parts::{
    Escalation, SupportActor, SupportNote, SupportNoteConnection, SupportTimelineConnection, TimelineRow,
};
use super::schema_words::{ResolutionKind, SupportKind, SupportRequestStatus, SupportSeverity, SupportTier};
use super::store::{self, Query, RequestRow};
use crate::access::action::Action;
use crate::customers::schema::Customer;
use crate::customers::service::EXACT_COUNT;
use crate::customers::store::CustomerRow;
use crate::db::page::{Asked, Page, Slice};
use crate::error::Error;
use crate::graphql::connection::{Count, Rows};
use crate::graphql::error::{Denied, Field as Guarded, Result, field};
use crate::graphql::page::{PageArgs, TotalCount};
use crate::graphql::scalar::date_time;
use crate::graphql::{Kind, global_id, op, row_id};
use crate::health::schema::Service;
use crate::incidents::schema::Incident;
use crate::partners::schema::{Partner, partner};
use crate::subscriptions::schema::CustomerSubscription;
use crate::{connection, open_enum};
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use uuid::Uuid;

/// The look-ups of this request.
pub fn loaders<'a>(ctx: &Context<'a>) -> &'a Requests {
    ctx.data_unchecked::<Requests>()
}

open_enum! {
    /// Who raised a support request.
    SupportRequestRaiser {
        /// The customer's own administrator.
        Customer = "customer",
        /// The partner that the request names, on the customer's behalf.
        Partner = "partner",
    }
}

/// A customer's request for support from one of its partners, as you may see it. The customer, the partner and each tier
/// that the case is handed to see their own part, and none of the others'. Once your part is over, it stays as it was
/// then, as your own record.
#[derive(Clone)]
pub struct SupportRequest(pub RequestRow);

connection!(
    /// A page of support requests.
    SupportRequestConnection, SupportRequestEdge, RequestRow => SupportRequest, total_count
);

/// A customer's request for support from one of its partners, as you may see it. The customer, the partner and each tier
/// that the case is handed to see their own part, and none of the others'. Once your part is over, it stays as it was
/// then, as your own record.
#[Object]
impl SupportRequest {
    /// Global id.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::SupportRequest, self.0.view.request_id)
    }

    /// Its number, to be said on the telephone: SR and ten digits, the last of which checks the others.
    async fn number(&self) -> &str {
        &self.0.view.number
    }

    /// Title, as given: plain text, never to be rendered as markup.
    async fn title(&self) -> &str {
        &self.0.view.title
    }

    /// Description, as given: plain text, never to be rendered as markup.
    async fn description(&self, ctx: &Context<'_>) -> Result<&str> {
        super::desk::open_description(op(ctx), &self.0).await?;
        Ok(&self.0.view.description)
    }

    /// What kind of support is asked for.
    async fn kind(&self) -> SupportKind {
        SupportKind::of(&self.0.view.kind)
    }

    /// How grave it is.
    async fn severity(&self) -> SupportSeverity {
        SupportSeverity::of(&self.0.view.severity)
    }

    /// Where it stands.
    async fn status(&self) -> SupportRequestStatus {
        SupportRequestStatus::of(&self.0.view.status)
    }

    /// Where it is worked on. A customer sees PARTNER, whoever else its partner asks.
    async fn tier(&self) -> SupportTier {
        SupportTier::of(&self.0.view.tier)
    }

    /// The service that it is about.
    async fn service(&self) -> Option<Service> {
        let id = self.0.view.service_id?;
        Some(Service::new(id, self.0.view.service_name.as_deref().unwrap_or_default()))
    }

    /// The affected subscription; null where none is named, or where you may not see it.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<CustomerSubscription>> {
        match self.0.view.subscription_id {
            Some(id) => crate::subscriptions::schema::by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Whose request it is; null where you may not read the customer any more.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        crate::customers::schema::by_id(ctx, self.0.view.customer_id).await
    }

    /// The one partner that the request names, which owns it from end to end; null where your own data does not name that
    /// partner. Its name is in `partnerName`.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        partner(ctx, Some(self.0.view.partner_id)).await
    }

    /// The name of the partner that the request names, as that partner registered it here.
    async fn partner_name(&self) -> &str {
        self.0.partner_name.as_deref().unwrap_or("a partner that is not registered here")
    }

    /// Who raised it.
    async fn raised_by(&self) -> SupportRequestRaiser {
        SupportRequestRaiser::of(&self.0.view.raised_by)
    }

    /// When it was raised; for one that was handed to you, when it was handed over.
    async fn created_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.view.created_at)
    }

    /// The last change that you may know of.
    async fn modified_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.view.modified_at)
    }

    /// When you, or the one that you wait for, have to have answered; null while no clock runs.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.view.due_at)
    }

    /// Whether that time passed unanswered, also where the answer came later.
    async fn breached(&self, ctx: &Context<'_>) -> bool {
        self.0.is_breached(op(ctx).now())
    }

    /// Who works on it in your organisation; null where nobody does yet.
    async fn owner(&self) -> Option<SupportActor> {
        let account = self.0.view.owner_account_id?;
        Some(SupportActor::colleague(account, self.0.owner_name.as_deref()?))
    }

    /// Whom the vendor may call: the partner's contact, never the customer's. Null for a customer.
    async fn contact(&self) -> Option<SupportRequestContact> {
        let view = &self.0.view;
        Some(SupportRequestContact {
            name: view.contact_name.clone()?,
            email: view.contact_email.clone()?,
            phone: view.contact_phone.clone(),
        })
    }

    /// What is attached elsewhere: the gateway keeps names, types and sizes, and no files.
    async fn attachments(&self) -> Vec<SupportRequestAttachment> {
        let json = self.0.view.attachments.as_deref();
        let all: Vec<Attachment> = json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        all.into_iter().map(SupportRequestAttachment::from).collect()
    }

    /// What the partner found before it hands the case over. Null for a customer.
    async fn diagnosis(&self) -> Option<&str> {
        self.0.view.diagnosis.as_deref()
    }

    /// When it said so.
    async fn diagnosed_at(&self) -> Option<DateTime<Utc>> {
        self.0.view.diagnosed_at.and_then(date_time)
    }

    /// The known incident that it is linked to, whose publications are in the timeline; null where there is none, or
    /// where you may not read it.
    async fn incident(&self, ctx: &Context<'_>) -> Result<Option<Incident>> {
        match self.0.view.incident_id {
            Some(id) => crate::incidents::schema::by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// How it was resolved.
    async fn resolution_kind(&self) -> Option<ResolutionKind> {
        self.0.view.resolution_kind.as_deref().map(ResolutionKind::of)
    }

    /// What was done, as given: plain text, never to be rendered as markup.
    async fn resolution_text(&self) -> Option<&str> {
        self.0.view.resolution_text.as_deref()
    }

    /// When its partner said that it is solved; null again once it is reopened.
    async fn resolved_at(&self) -> Option<DateTime<Utc>> {
        self.0.view.resolved_at.and_then(date_time)
    }

    /// When it was closed.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.view.closed_at.and_then(date_time)
    }

    /// The request that goes on in its place, if you may read that one.
    async fn merged_into(&self, ctx: &Context<'_>) -> Result<Option<SupportRequest>> {
        match self.0.view.merged_into_id {
            Some(id) => by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Rises with each change that you may know of. A mutation names the version that it was decided on, and is refused
    /// with CONFLICT where another one came first.
    async fn version(&self) -> i64 {
        self.0.view.version
    }

    /// Its hops from tier to tier, the oldest first; at most 100. Yours: those that your organisation handed over or
    /// received. The partner that the request names also sees that a provider asked the vendor, without that
    /// provider's reasons, people and vehicle. A customer sees none.
    #[graphql(complexity = "child_complexity.saturating_mul(10).min(crate::schema::MAX_COMPLEXITY + 1)")]
    async fn escalations(&self, ctx: &Context<'_>) -> Result<Vec<Escalation>> {
        let rows = loaders(ctx).escalations.load(self.0.view.request_id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Escalation).collect())
    }

    /// The notes that were written for you, the oldest first; `last` gives the newest.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn notes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<SupportNoteConnection> {
        let page = PageArgs::new(first, last, after, before).page(op(ctx), "supportRequest.notes")?;
        let found = loaders(ctx).notes.load((self.0.view.request_id, page.clone())).await?;
        Ok(SupportNoteConnection(Rows::new(found.unwrap_or(none()), page)))
    }

    /// What happened, as far as it was meant for you, and what was published on the linked incident, as far as you may
    /// read that: the oldest first; `last` gives the newest.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn timeline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<SupportTimelineConnection> {
        let page = PageArgs::new(first, last, after, before).page(op(ctx), "supportRequest.timeline")?;
        let entries = async {
            let found = loaders(ctx).timeline.load((self.0.view.request_id, page.clone())).await?;
            Ok::<_, Denied>(found.unwrap_or(none()))
        };
        let posts = super::schema_parts::posts_beside(ctx, self.0.view.incident_id, &page);
        let (entries, posts) = futures::future::try_join(entries, posts).await?;
        let slice = TimelineRow::merged(&page, entries, posts);
        Ok(SupportTimelineConnection(Rows::new(slice, page)))
    }
}

fn none<T>() -> Slice<T> {
    Slice { rows: Vec::new(), has_more: false }
}

/// Whom the vendor may call about a support request.
#[derive(SimpleObject)]
pub struct SupportRequestContact {
    /// Name.
    name: String,
    /// Mail address.
    email: String,
    /// Telephone.
    phone: Option<String>,
}

/// Something attached to a support request elsewhere.
#[derive(SimpleObject)]
pub struct SupportRequestAttachment {
    /// File name, as given.
    name: String,
    /// Media type, as given.
    content_type: String,
    /// Size in bytes, as given.
    size_bytes: i64,
}

impl From<Attachment> for SupportRequestAttachment {
    fn from(given: Attachment) -> Self {
        let Attachment { name, content_type, size_bytes } = given;
        SupportRequestAttachment { name, content_type, size_bytes }
    }
}

/// What the viewer holds on its own organisation.
async fn own_held(ctx: &Context<'_>) -> Result<i64> {
    ctx.data_unchecked::<crate::schema::OwnOrganization>().held(op(ctx)).await
}

/// Whether lists are driven from the viewer's few customers. Records of its own organisation stand at no grant of its
/// own: who may read those is driven from the tenant's list.
async fn has_few(ctx: &Context<'_>) -> Result<bool> {
    let op = op(ctx);
    Ok(op.viewer.driving.has_few_grants && !op.allows(Action::RequestRecordRead, own_held(ctx).await?))
}

/// The root list of support requests.
pub async fn list(
    ctx: &Context<'_>,
    filter: Option<SupportRequestFilter>,
    order_by: Option<Vec<SupportRequestOrder>>,
    args: PageArgs,
) -> Result<SupportRequestConnection> {
    let op = op(ctx);
    let query = query(op, filter, order_by)?;
    let page = args.page(op, &format!("supportRequests {query:?}"))?;
    let is_few = has_few(ctx).await?;
    let slice = store::list(&op.db, &op.scope, &query, is_few, &page).await?;
    let counted = op.clone();
    let count: Count = Box::new(move || {
        let (op, query) = (counted.clone(), query.clone());
        Box::pin(async move {
            let n = store::count(&op.db, &op.scope, &query, is_few, EXACT_COUNT).await? as u64;
            Ok(TotalCount { value: n.min(EXACT_COUNT) as i64, is_estimate: n > EXACT_COUNT })
        })
    });
    Ok(SupportRequestConnection(Rows { slice, page, count: Some(count) }))
}

/// A support request by its row id, if the viewer may read it.
pub async fn by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<SupportRequest>> {
    Ok(loaders(ctx).by_id.load(id).await?.map(SupportRequest))
}

/// A hop by its row id, if the viewer may read it.
pub async fn escalation_by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<Escalation>> {
    Ok(loaders(ctx).escalation.load(id).await?.map(Escalation))
}

/// A note by its row id, if the viewer may read it.
pub async fn note_by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<SupportNote>> {
    Ok(loaders(ctx).note.load(id).await?.map(SupportNote))
}

/// A single support request by one of its keys; null with an error where there is none.
pub async fn find(
    ctx: &Context<'_>,
    id: Option<ID>,
    number: Option<String>,
) -> Result<Option<SupportRequest>> {
    let op = op(ctx);
    let found = match (id, number) {
        (Some(id), None) => by_id(ctx, row_id(op, "id", &id, Kind::SupportRequest)?).await?,
        (None, Some(text)) => {
            let number = text.trim().to_uppercase();
            if !is_request_number(&number) {
                let reason = "is no number of a support request: SR and ten digits; look for a mistyped one";
                return Err(Error::invalid("number", reason).into());
            }
            store::by_number(&op.db, &op.scope, &number).await?.map(SupportRequest)
        }
        _ => return Err(Error::invalid("supportRequest", "give exactly one of id and number").into()),
    };
    found.map(Some).ok_or_else(|| Error::NotFound { kind: "support request" }.into())
}

/// A page of a customer's support requests, the newest first.
pub async fn of_customer(
    ctx: &Context<'_>,
    customer: &CustomerRow,
    filter: Option<SupportRequestFilter>,
    args: PageArgs,
) -> Guarded<SupportRequestConnection> {
    let found = async {
        let op = op(ctx);
        let query = query(op, filter, None)?;
        let page = args.page(op, &format!("customer.supportRequests {query:?}"))?;
        if !op.allows(Action::RequestRead, customer.held)
            && !op.allows(Action::RequestRecordRead, own_held(ctx).await?)
            && !has_any(ctx, customer).await?
        {
            op.require(Action::RequestRead, customer.held)?;
        }
        let asked = Asked { page: page.clone(), question: Arc::new(query) };
        let slice = loaders(ctx).of_customer.load((customer.id, asked)).await?;
        Ok(Some(SupportRequestConnection(Rows::new(slice.unwrap_or(none()), page))))
    };
    field(found.await)
}

/// Whether the viewer may read any support request of a customer: another source's rows may open what those that carry
/// the name do not.
async fn has_any(ctx: &Context<'_>, customer: &CustomerRow) -> Result<bool> {
    let page = Page { size: 1, position: None, backward: false, context: String::new() };
    let asked = Asked { page, question: Arc::new(Query::newest()) };
    Ok(loaders(ctx).of_customer.load((customer.id, asked)).await?.is_some_and(|slice| !slice.rows.is_empty()))
}
