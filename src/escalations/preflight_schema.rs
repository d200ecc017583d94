//! Health first, in the graph: what is known before a request is handed on, who is next, and what is still missing.

use super::evidence::{self, HealthOf};
use super::preflight::{self, Block, Plan};
use super::preflight_store as store;
use super::schema::SupportRequest;
use super::schema_words::{SupportTier, SupportVehicle};
use super::words::Tier;
use crate::access::action::Action;
use crate::error::Error;
use crate::graphql::error::{Field, Result, field};
use crate::graphql::provenance::Provenance;
use crate::graphql::scalar::date_time;
use crate::graphql::{Kind, op, row_id};
use crate::health::schema::{Service, ServiceStatus};
use crate::incidents::schema::IncidentCandidate;
use crate::incidents::service::MAX_CANDIDATES;
use crate::partners::schema::{Partner, partner};
use crate::schema::MAX_COMPLEXITY;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{PartnerId, support_view};

/// What is asked before a support request is handed on.
#[derive(InputObject)]
pub struct EscalationPreflightInput {
    /// Global id of the request: one that names your organisation, or that was handed to it.
    pub support_request_id: ID,
    /// The vehicle that you mean to ask the vendor through; `missing` asks for one where the vendor is next.
    pub vehicle: Option<SupportVehicle>,
    /// Global id of the provider that you mean to hand it to, where the customer is served through several.
    pub partner_id: Option<ID>,
}

/// What is known before a support request is handed on, who is next, and what is still missing. It changes nothing and
/// promises nothing: `escalateSupportRequest` asks all of it again.
pub struct EscalationPreflight {
    view: support_view::Model,
    plan: Plan,
}

/// What is known before a support request is handed on, who is next, and what is still missing. It changes nothing and
/// promises nothing: `escalateSupportRequest` asks all of it again.
#[Object]
impl EscalationPreflight {
    /// When the customer's service health was last seen by a source that you may read; null where it never was, or where
    /// nothing lets you look: `healthProvenance` says which.
    async fn health_checked_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        let provenance = self.seen(ctx).await?;
        Ok(date_time(provenance.as_of).filter(|_| provenance.as_of.0 > 0))
    }

    /// How far what is known of the customer's health can be relied on. NO_DELEGATION: nothing lets you look, and an empty
    /// `knownIncidents` means nothing.
    async fn health_provenance(&self, ctx: &Context<'_>) -> Result<Provenance> {
        self.seen(ctx).await
    }

    /// How the service is that the request is about; null where the request names none.
    async fn health(&self, ctx: &Context<'_>) -> Result<Option<EscalationHealth>> {
        let Some(service) = self.view.service_id else { return Ok(None) };
        let words = crate::health::schema::loaders(ctx).words.load(self.view.customer_id).await?;
        let found = evidence::health_of(words.as_deref(), service);
        let name = self.view.service_name.clone().unwrap_or_default();
        Ok(Some(EscalationHealth { service: Service::new(service, &name), found }))
    }

    /// Known incidents that the request may be about, the likeliest first; at most 10. Title and description are the
    /// symptom. An active one with a score of 0.5 or more has to be linked to the request before it is handed on, or you
    /// say why it is something else.
    #[graphql(complexity = "child_complexity.saturating_mul(10).min(MAX_COMPLEXITY + 1)")]
    async fn known_incidents(&self, ctx: &Context<'_>) -> Result<Vec<IncidentCandidate>> {
        let view = &self.view;
        if crate::health::schema::loaders(ctx).words.load(view.customer_id).await?.is_none() {
            return Ok(Vec::new());
        }
        let op = op(ctx);
        let symptom = evidence::symptom(&view.title, &view.description);
        let likely = crate::incidents::service::likely(op, view.customer_id, view.service_id, &symptom);
        Ok(likely.await?.into_iter().take(MAX_CANDIDATES).map(IncidentCandidate::from).collect())
    }

    /// Other open requests of the same customer and service that your organisation takes part in, the newest first; at most
    /// 10. Of a request that names no service: those of the same kind that name none.
    #[graphql(complexity = "child_complexity.saturating_mul(10).min(MAX_COMPLEXITY + 1)")]
    async fn open_duplicates(&self, ctx: &Context<'_>) -> Result<Vec<SupportRequest>> {
        let op = op(ctx);
        let ids = store::duplicates(&op.db, &op.scope, &self.view, preflight::MAX_DUPLICATES).await?;
        let loads = ids.into_iter().map(|id| super::schema::by_id(ctx, id));
        Ok(futures::future::try_join_all(loads).await?.into_iter().flatten().collect())
    }

    /// What the next tier needs and the request does not say yet. Empty: nothing is missing.
    async fn missing(&self) -> Vec<EscalationMissing> {
        let one = |missing: &preflight::Missing| EscalationMissing {
            field: missing.field.to_owned(),
            message: missing.message.clone(),
        };
        self.plan.missing.iter().map(one).collect()
    }

    /// All vehicles by which the vendor can be asked, and which of them serve this request with your organisation's
    /// contracts. Empty where a provider is next, and where you may not hand the request on.
    async fn vehicles(&self, ctx: &Context<'_>) -> Result<Vec<VehicleEligibility>> {
        let is_allowed = !matches!(self.plan.block, Some(Block::Right(_)));
        if self.plan.next.tier != Tier::Vendor || !is_allowed {
            return Ok(Vec::new());
        }
        let found = preflight::vehicles(op(ctx), &self.view, self.plan.is_reseller).await?;
        Ok(found.into_iter().map(VehicleEligibility::from).collect())
    }

    /// Whom you would hand the request to.
    async fn next_tier(&self) -> EscalationNextTier {
        EscalationNextTier { plan: self.plan.clone() }
    }

    /// Whether you may hand it on as it stands; what `missing` asks for is another question.
    async fn decision(&self, ctx: &Context<'_>) -> EscalationDecision {
        let block = self.plan.block;
        EscalationDecision {
            allowed: block.is_none(),
            missing: block.map(|block| block.missing(op(ctx))),
            fix: block.map(|block| block.fix().to_owned()),
        }
    }
}

impl EscalationPreflight {
    async fn seen(&self, ctx: &Context<'_>) -> Result<Provenance> {
        crate::health::schema::health_provenance(ctx, self.view.customer_id).await
    }
}

/// How the service of a request is for its customer.
pub struct EscalationHealth {
    service: Service,
    found: HealthOf,
}

/// How the service of a request is for its customer.
#[Object]
impl EscalationHealth {
    /// Which service.
    async fn service(&self) -> Service {
        self.service.clone()
    }

    /// Its status by the newest word that you may read; null where there is none: `provenance` says why.
    async fn status(&self) -> Option<ServiceStatus> {
        self.found.status.as_deref().map(ServiceStatus::of)
    }

    /// The upstream's own word where the status is OTHER.
    async fn status_raw(&self) -> Option<&str> {
        self.found.status_raw.as_deref()
    }

    /// Where the status came from, and how far it can be relied on.
    async fn provenance(&self) -> Provenance {
        let HealthOf { standing, system, as_of, .. } = self.found.clone();
        Provenance { system, as_of, standing }
    }
}

/// Something that the next tier needs and the request does not say yet.
#[derive(SimpleObject)]
pub struct EscalationMissing {
    /// The input field that gives it, such as `diagnosis`, `contact`, `serviceId`, `subscriptionId`, `severity`,
    /// `vehicle` or `partnerId`.
    field: String,
    /// What is missing, and how to give it.
    message: String,
}

/// A vehicle by which the vendor can be asked, and whether it serves a request.
#[derive(SimpleObject)]
pub struct VehicleEligibility {
    /// Which vehicle.
    vehicle: SupportVehicle,
    /// Whether it can be chosen.
    eligible: bool,
    /// Why, or why not.
    reason: String,
}

impl From<crate::support::vehicles::Eligibility> for VehicleEligibility {
    fn from(found: crate::support::vehicles::Eligibility) -> Self {
        VehicleEligibility { vehicle: found.vehicle.into(), eligible: found.eligible, reason: found.reason }
    }
}

/// Whom a support request would be handed to.
pub struct EscalationNextTier {
    plan: Plan,
}

/// Whom a support request would be handed to.
#[Object]
impl EscalationNextTier {
    /// Which tier: PROVIDER for a reseller whose customer is served through one, else VENDOR.
    async fn tier(&self) -> SupportTier {
        self.plan.next.tier.into()
    }

    /// The provider; null where the vendor is next, and where you have to choose among several: see `choices`.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        partner(ctx, self.plan.next.partner).await
    }

    /// The providers among which you have to choose: name the affected subscription, or one of these.
    async fn choices(&self, ctx: &Context<'_>) -> Result<Vec<Partner>> {
        let loads = self.plan.choices.iter().map(|id| partner(ctx, Some(*id)));
        Ok(futures::future::try_join_all(loads).await?.into_iter().flatten().collect())
    }
}

/// Whether you may hand a support request on, what is missing for it, and what would help.
#[derive(SimpleObject)]
pub struct EscalationDecision {
    /// Whether you may.
    allowed: bool,
    /// What is missing: a right, or a state of the request; null if you may.
    missing: Option<String>,
    /// What would help, in words; null if you may.
    fix: Option<String>,
}

/// What is known before a request is handed on.
pub async fn preflight(ctx: &Context<'_>, input: EscalationPreflightInput) -> Field<EscalationPreflight> {
    field(asked(ctx, input).await.map(Some))
}

async fn asked(ctx: &Context<'_>, input: EscalationPreflightInput) -> Result<EscalationPreflight> {
    let op = op(ctx);
    let request = row_id(op, "supportRequestId", &input.support_request_id, Kind::SupportRequest)?;
    let wanted = match &input.partner_id {
        Some(id) => Some(PartnerId(row_id(op, "partnerId", id, Kind::Partner)?)),
        None => None,
    };
    let vehicle = input.vehicle.map(SupportVehicle::word);
    match preflight::look(op, request, wanted, vehicle).await? {
        Some((view, plan)) => Ok(EscalationPreflight { view, plan }),
        None if super::schema::by_id(ctx, request).await?.is_some() => {
            // Read as the customer, or as the record of a hop that ended.
            let of_partner = op.viewer.partner.is_some();
            let action = if of_partner { Action::CaseAnswer } else { Action::RequestEscalate };
            Err(Error::Forbidden { action: action.name(), missing: action.missing() }.into())
        }
        None => Err(Error::NotFound { kind: "support request" }.into()),
    }
}
