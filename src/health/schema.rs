//! Service health in the graph.

use super::catalogue::{Catalogue, Duty, Service as Entry};
use super::loader::Health;
use super::service::{self, CustomerServiceRow};
use super::store::{self, MessageRow, SpanRow, WordRow};
use crate::access::action::Action;
use crate::customers::store::CustomerRow;
use crate::db::page::Slice;
use crate::graphql::connection::Rows;
use crate::graphql::error::{Field as Guarded, Result, field};
use crate::graphql::page::PageArgs;
use crate::graphql::provenance::Provenance;
use crate::graphql::scalar::date_time;
use crate::graphql::{Kind, global_id, op};
use crate::{connection, open_enum};
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{CustomerId, ServiceId};

/// The look-ups of this request.
pub fn loaders<'a>(ctx: &Context<'a>) -> &'a Health {
    ctx.data_unchecked::<Health>()
}

open_enum! {
    /// The status of a service or an incident, as the vendor documents it.
    ServiceStatus {
        /// The service works.
        ServiceOperational = "service_operational",
        /// A possible fault is looked into.
        Investigating = "investigating",
        /// A fault is known, and is being mended.
        RestoringService = "restoring_service",
        /// It was mended; that it works is being confirmed.
        VerifyingService = "verifying_service",
        /// It works again.
        ServiceRestored = "service_restored",
        /// It works again, and the report on it is out.
        PostIncidentReviewPublished = "post_incident_review_published",
        /// It is slow or fails at times.
        ServiceDegradation = "service_degradation",
        /// It does not work.
        ServiceInterruption = "service_interruption",
        /// It was mended; some customers wait longer.
        ExtendedRecovery = "extended_recovery",
        /// There was no fault.
        FalsePositive = "false_positive",
        /// Looking into it waits for more from customers.
        InvestigationSuspended = "investigation_suspended",
        /// Reserved by the vendor: resolved.
        Resolved = "resolved",
        /// Reserved by the vendor: mitigated by somebody else.
        MitigatedExternal = "mitigated_external",
        /// Reserved by the vendor: mitigated.
        Mitigated = "mitigated",
        /// Reserved by the vendor: resolved by somebody else.
        ResolvedExternal = "resolved_external",
        /// Reserved by the vendor: confirmed.
        Confirmed = "confirmed",
        /// Reserved by the vendor: reported.
        Reported = "reported",
    }
}

open_enum! {
    /// What a service is for.
    ServiceCategory {
        /// Administration itself.
        Administration = "administration",
        /// Business applications.
        BusinessApplications = "business_applications",
        /// Working together.
        Collaboration = "collaboration",
        /// Devices.
        Devices = "devices",
        /// Identities.
        Identity = "identity",
        /// Infrastructure.
        Infrastructure = "infrastructure",
        /// The Power Platform.
        PowerPlatform = "power_platform",
        /// Getting work done.
        Productivity = "productivity",
        /// Security and compliance.
        Security = "security",
    }
}

open_enum! {
    /// On what terms the vendor takes a technical request.
    EscalationVehicle {
        /// Commercial support, which every partner has.
        Commercial = "commercial",
        /// Premier Support for Partners, against a fee.
        PremierSupportForPartners = "premier_support_for_partners",
        /// Advanced Support for Partners, against a fee.
        AdvancedSupportForPartners = "advanced_support_for_partners",
        /// Signature Cloud Support, a benefit of a partner's designation.
        SignatureCloudSupport = "signature_cloud_support",
        /// Product incidents, for products on the customer's own premises.
        ProductIncidents = "product_incidents",
    }
}

open_enum! {
    /// Who may file a technical request with the vendor.
    SupportFiler {
        /// Any partner with delegated rights to the customer.
        Partner = "partner",
        /// Only who provides the subscription: a direct-bill partner, or the indirect provider.
        DirectBillOrProvider = "direct_bill_or_provider",
    }
}

/// An online service: one of the catalogue, or one that only an upstream names.
#[derive(Clone)]
pub struct Service {
    id: ServiceId,
    name: String,
}

impl Service {
    /// Under the catalogue's name, else the upstream's.
    pub fn new(id: ServiceId, name: &str) -> Self {
        let known = Catalogue::shipped().by_id(id).map(|service| service.name.as_str());
        Service { id, name: known.unwrap_or(name).to_owned() }
    }

    fn entry(&self) -> Option<&'static Entry> {
        Catalogue::shipped().by_id(self.id)
    }
}

/// An online service: one of the catalogue, or one that only an upstream names.
#[Object]
impl Service {
    /// Global id; the same for everybody.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::Service, self.id.0)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// What it is for; null for one that the catalogue does not know.
    async fn category(&self) -> Option<ServiceCategory> {
        self.entry().map(|entry| ServiceCategory::of(&entry.category))
    }

    /// What supporting it asks of a partner; null for one that the catalogue does not know.
    async fn duty(&self) -> Option<SupportDuty> {
        self.entry().map(|entry| SupportDuty::from(&entry.duty))
    }
}

/// What supporting a service asks of a partner.
#[derive(SimpleObject)]
pub struct SupportDuty {
    /// For questions on bills.
    billing: String,
    /// For ordering, changing and ending subscriptions.
    subscription_management: String,
    /// For faults.
    technical_support: String,
    /// On what terms a technical request may be handed to the vendor.
    vehicles: Vec<EscalationVehicle>,
    /// Where a technical request is filed.
    files_with: String,
    /// Who may file it.
    filed_by: SupportFiler,
}

impl From<&Duty> for SupportDuty {
    fn from(duty: &Duty) -> Self {
        SupportDuty {
            billing: duty.billing.clone(),
            subscription_management: duty.subscription_management.clone(),
            technical_support: duty.technical.clone(),
            vehicles: duty.vehicles.iter().map(|code| EscalationVehicle::of(code)).collect(),
            files_with: duty.files_with.clone(),
            filed_by: SupportFiler::of(&duty.filed_by),
        }
    }
}

/// All services of the catalogue, by name.
pub fn catalogue() -> Vec<Service> {
    let all = Catalogue::shipped().services().iter();
    let mut all: Vec<Service> = all.map(|entry| Service { id: entry.id, name: entry.name.clone() }).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// A service by its row id: one of the catalogue, or one that a row names which the viewer may read.
pub async fn by_id(ctx: &Context<'_>, id: ServiceId) -> Result<Option<Service>> {
    if let Some(entry) = Catalogue::shipped().by_id(id) {
        return Ok(Some(Service { id, name: entry.name.clone() }));
    }
    let op = op(ctx);
    Ok(store::name_of(&op.db, &op.scope, id).await?.map(|name| Service { id, name }))
}

/// Whether you may do something here, and what you would need.
#[derive(SimpleObject)]
pub struct Decision {
    /// Whether you may.
    allowed: bool,
    /// What you would need to hold, any of it; null if you may.
    missing: Option<String>,
}

/// A service of one customer: how it is, and where it is administered.
pub struct CustomerService {
    row: CustomerServiceRow,
    customer: CustomerRow,
}

impl CustomerService {
    fn address(
        &self,
        captured: impl Fn(&WordRow) -> Option<&String>,
        usual: impl Fn(&Entry, uuid::Uuid, Option<&str>) -> String,
    ) -> Option<String> {
        let captured = self.row.managed.as_ref().and_then(captured).cloned();
        let domain = self.customer.primary_domain.as_deref();
        let entry = Catalogue::shipped().by_id(self.row.id);
        captured.or_else(|| entry.map(|entry| usual(entry, self.customer.tenant_id, domain)))
    }
}

/// A service of one customer: how it is, and where it is administered.
#[Object]
impl CustomerService {
    /// Which service.
    async fn service(&self) -> Service {
        Service { id: self.row.id, name: self.row.name.clone() }
    }

    /// Its status by the newest word that you may read; null where there is none: `provenance` says why.
    async fn status(&self) -> Option<ServiceStatus> {
        self.row.status.as_ref()?.status.as_deref().map(ServiceStatus::of)
    }

    /// The upstream's own word where the status is OTHER.
    async fn status_raw(&self) -> Option<&str> {
        self.row.status.as_ref()?.status_raw.as_deref()
    }

    /// Since when it has been seen in this status.
    async fn since(&self) -> Option<DateTime<Utc>> {
        self.row.status.as_ref()?.since.and_then(date_time)
    }

    /// The portal where you administer it, in this customer's name.
    async fn portal_url(&self) -> Option<String> {
        self.address(|word| word.admin_url.as_ref(), Entry::admin_url)
    }

    /// The page with its health, in this customer's name.
    async fn health_url(&self) -> Option<String> {
        self.address(|word| word.health_url.as_ref(), Entry::health_url)
    }

    /// The page where a ticket on it is filed, in this customer's name.
    async fn ticket_url(&self) -> Option<String> {
        self.address(|word| word.ticket_url.as_ref(), Entry::ticket_url)
    }

    /// Whether you may administer it here.
    async fn decision(&self, ctx: &Context<'_>) -> Decision {
        let (allowed, missing) = service::decision(op(ctx), self.row.id, self.customer.held);
        Decision { allowed, missing }
    }

    /// The statuses that it was seen in, newest first, by the source of its status.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<ServiceStatusSpanConnection> {
        let page = PageArgs::new(first, last, after, before).page(op(ctx), "service.history")?;
        let none = Slice { rows: Vec::new(), has_more: false };
        let slice = match &self.row.status {
            Some(word) => {
                let key = (word.customer_id, word.source_id, self.row.id);
                loaders(ctx).history.load((key, page.clone())).await?.unwrap_or(none)
            }
            None => none,
        };
        Ok(ServiceStatusSpanConnection(Rows::new(slice, page)))
    }

    /// Where the status came from, and how far it can be relied on. NO_DELEGATION: nobody lets you look, or the gateway
    /// could not; UNKNOWN: nobody has looked yet.
    async fn provenance(&self) -> Provenance {
        let CustomerServiceRow { system, as_of, standing, .. } = self.row.clone();
        Provenance { system, as_of, standing }
    }
}

connection!(
    /// A page of the statuses that a service was seen in.
    ServiceStatusSpanConnection, ServiceStatusSpanEdge, SpanRow => ServiceStatusSpan
);

/// A time through which a service was seen in one status.
pub struct ServiceStatusSpan(SpanRow);

/// A time through which a service was seen in one status.
#[Object]
impl ServiceStatusSpan {
    /// The status.
    async fn status(&self) -> ServiceStatus {
        ServiceStatus::of(&self.0.span.status)
    }

    /// The upstream's own word where the status is OTHER.
    async fn status_raw(&self) -> Option<&str> {
        self.0.span.status_raw.as_deref()
    }

    /// When it was first seen.
    async fn first_seen_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.span.first_at)
    }

    /// When it was last seen.
    async fn last_seen_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.span.last_at)
    }
}

/// The services of a customer.
pub async fn services_of_customer(ctx: &Context<'_>, customer: &CustomerRow) -> Result<Vec<CustomerService>> {
    let loaders = loaders(ctx);
    let (words, brought) =
        futures::future::try_join(loaders.words.load(customer.id), loaders.brought.load(customer.id)).await?;
    let rows = service::services(words.as_deref(), brought.unwrap_or_default());
    Ok(rows.into_iter().map(|row| CustomerService { row, customer: customer.clone() }).collect())
}

/// When a customer's health was last seen, and how far that can be relied on.
pub async fn health_provenance(ctx: &Context<'_>, customer: CustomerId) -> Result<Provenance> {
    let words = loaders(ctx).words.load(customer).await?;
    let (standing, system, as_of) = service::last_seen(words.as_deref());
    Ok(Provenance { system, as_of, standing })
}

open_enum! {
    /// What a message is for.
    ServiceMessageCategory {
        /// To keep an issue from happening, or to fix one.
        PreventOrFixIssue = "prevent_or_fix_issue",
        /// To prepare for a change.
        PlanForChange = "plan_for_change",
        /// To know.
        StayInformed = "stay_informed",
    }
}

open_enum! {
    /// How pressing a message is.
    ServiceMessageSeverity {
        /// As usual.
        Normal = "normal",
        /// More than usual.
        High = "high",
        /// Most.
        Critical = "critical",
    }
}

connection!(
    /// A page of a customer's messages.
    ServiceMessageConnection, ServiceMessageEdge, MessageRow => ServiceMessage
);

/// A message of the vendor's message centre to a customer's tenant.
pub struct ServiceMessage(MessageRow);

/// A message of the vendor's message centre to a customer's tenant.
#[Object]
impl ServiceMessage {
    /// Upstream id, such as MC172851.
    async fn external_id(&self) -> &str {
        &self.0.copy.external_id
    }

    /// Title.
    async fn title(&self) -> &str {
        &self.0.copy.title
    }

    /// What it is for.
    async fn category(&self) -> ServiceMessageCategory {
        ServiceMessageCategory::of(&self.0.copy.category)
    }

    /// The upstream's own word where the category is OTHER.
    async fn category_raw(&self) -> Option<&str> {
        self.0.copy.category_raw.as_deref()
    }

    /// How pressing it is.
    async fn severity(&self) -> ServiceMessageSeverity {
        ServiceMessageSeverity::of(&self.0.copy.severity)
    }

    /// The upstream's own word where the severity is OTHER.
    async fn severity_raw(&self) -> Option<&str> {
        self.0.copy.severity_raw.as_deref()
    }

    /// Names of the services that it concerns.
    async fn services(&self) -> Vec<String> {
        serde_json::from_str(&self.0.copy.services).unwrap_or_default()
    }

    /// Tags.
    async fn tags(&self) -> Vec<String> {
        serde_json::from_str(&self.0.copy.tags).unwrap_or_default()
    }

    /// Whether the change is a major one.
    async fn is_major_change(&self) -> Option<bool> {
        self.0.copy.is_major_change
    }

    /// Until when something has to be done.
    async fn action_required_by(&self) -> Option<DateTime<Utc>> {
        self.0.copy.action_required_by.and_then(date_time)
    }

    /// Start.
    async fn starts_at(&self) -> Option<DateTime<Utc>> {
        self.0.copy.starts_at.and_then(date_time)
    }

    /// End.
    async fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.0.copy.ends_at.and_then(date_time)
    }

    /// When it was last changed.
    async fn modified_at(&self) -> Option<DateTime<Utc>> {
        self.0.copy.modified_at.and_then(date_time)
    }

    /// The text without markup.
    async fn text(&self) -> &str {
        &self.0.copy.text
    }

    /// The text as the vendor gave it: may hold markup, which is not to be rendered unchecked.
    async fn content(&self) -> &str {
        &self.0.copy.content
    }

    /// Where it came from, and how fresh it is.
    async fn provenance(&self) -> Provenance {
        Provenance::dated(&self.0.copy.system, self.0.copy.as_of)
    }
}

/// A page of a customer's messages.
pub async fn messages_of_customer(
    ctx: &Context<'_>,
    customer: &CustomerRow,
    args: PageArgs,
) -> Guarded<ServiceMessageConnection> {
    let found = async {
        op(ctx).require(Action::HealthMessagesRead, customer.held)?;
        let page = args.page(op(ctx), "customer.serviceMessages")?;
        let slice = loaders(ctx).messages.load((customer.id, page.clone())).await?;
        let slice = slice.unwrap_or(Slice { rows: Vec::new(), has_more: false });
        Ok(Some(ServiceMessageConnection(Rows::new(slice, page))))
    };
    field(found.await)
}
