//! Health first: what is known before a request is handed on, who is next, and what is still missing. Asked by the graph
//! in advance, and by the mutation itself, so that both say the same.
//!
//! - The next tier follows from what the partner that hands over says in its own source, never from another's word.
//! - Health and incidents are read under the viewer's own right to them. What could not be looked at is said to be so.
//! - Nothing here writes. The evidence is taken before the transaction and kept on the hop.

use super::case::{Case, Party};
use super::preflight_store::{self as store, Ground, Provider};
use super::words::{HopState, Kind, Severity, Tier, Vehicle};
use crate::access::action::Action;
use crate::error::Result;
use crate::health::catalogue::Catalogue;
use crate::op::Op;
use crate::support::record::Contract;
use crate::support::service::TOLD_DAYS;
use crate::support::vehicles::{Ask, Eligibility, eligibility};
use entity::{PartnerId, ServiceId, SubscriptionId, Timestamp, support_request, support_view};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

pub use super::evidence::{Evidence, active_matches, evidence};

/// Most open duplicates that are shown.
pub const MAX_DUPLICATES: usize = 10;
/// In the catalogue: only who provides the subscription may file, as for Azure.
const BY_PROVIDER: &str = "direct_bill_or_provider";
const NO_PROVIDER: &str = "a request about this service goes through the provider of the subscription, and your organisation's own data names no provider of this customer: import that relation first";

/// Whom a case goes to next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// Which tier.
    pub tier: Tier,
    /// Which provider; none for the vendor, and where a provider has yet to be chosen.
    pub partner: Option<PartnerId>,
}

impl Next {
    const VENDOR: Next = Next { tier: Tier::Vendor, partner: None };
}

/// Why there is nobody to hand a case to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextError {
    /// The customer is served through several providers, and neither the affected subscription nor the caller names one.
    ManyProviders(Vec<PartnerId>),
    /// The provider does not use this gateway.
    NotRegistered,
    /// The partner that the caller names is not the provider of the affected subscription, or none of the customer's;
    /// or the partner that hands over holds no accepted hop.
    NotAProvider,
    /// The request is resolved or closed.
    Closed,
    /// A hop of this partner lasts already.
    HandedOver,
}

impl NextError {
    /// What is wrong and what would be right, in words for whoever hands over.
    pub fn message(&self) -> &'static str {
        match self {
            NextError::ManyProviders(_) => {
                "the customer is served through several providers: name the affected subscription, or choose the provider with partnerId"
            }
            NextError::NotRegistered => {
                "the provider of this customer does not use this gateway, so it cannot be handed over here: ask the provider to register, or reach it by the contact of its support arrangement"
            }
            NextError::NotAProvider => {
                "is not the provider of the affected subscription, or none through whom this customer is served now: leave partnerId out, or correct the affected subscription"
            }
            NextError::Closed => "the request is resolved or closed: it has to be reopened first",
            NextError::HandedOver => {
                "the case is with the next tier already: wait for its answer, or take the hop back with withdrawEscalation"
            }
        }
    }
}

/// Whom a case may be handed to by a partner, and why not. `wanted` is the provider that the caller names. A hop that is
/// about to be taken back has to be ended in the case before.
pub async fn next_tier(
    tx: &DatabaseTransaction,
    now: Timestamp,
    case: &Case,
    from: PartnerId,
    wanted: Option<PartnerId>,
) -> Result<std::result::Result<Next, NextError>> {
    if !case.is_open() {
        return Ok(Err(NextError::Closed));
    }
    if case.hop_from(from).is_some() {
        return Ok(Err(NextError::HandedOver));
    }
    let request = &case.request;
    if from == request.partner_id {
        let ground = store::ground_in(tx, now, from, request.customer_id, request.subscription_id).await?;
        return Ok(choose(&ground, request.service_id, wanted));
    }
    let holds = case
        .provider_hop()
        .is_some_and(|hop| hop.to_partner_id == Some(from) && hop.state == HopState::Accepted.code());
    Ok(if holds && wanted.is_none() { Ok(Next::VENDOR) } else { Err(NextError::NotAProvider) })
}

/// What the vendor's vehicles are asked about a case. That an indirect reseller may not file about some services is not
/// asked here again: [`next_tier`] leaves it nobody to hand such a case to but a provider.
pub fn ask(case: &Case, _from: PartnerId) -> Ask {
    ask_of(Said::from(&case.request), false)
}

fn ask_of(said: Said<'_>, is_reseller: bool) -> Ask {
    Ask {
        kind: said.kind.unwrap_or(Kind::Technical),
        severity: said.severity.unwrap_or(Severity::Minimal),
        service: said.service,
        is_reseller,
    }
}

/// The provider that is next: that of the affected subscription, else the one named, else the only one. None: there are
/// none, so the vendor is.
fn candidate(ground: &Ground, wanted: Option<PartnerId>) -> std::result::Result<Option<Provider>, NextError> {
    let find = |id: PartnerId| ground.providers.iter().find(|provider| provider.id == id).copied();
    let sold_by = ground.seller.and_then(find);
    match (sold_by, wanted) {
        (None, None) => match ground.providers.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(*only)),
            many => Err(NextError::ManyProviders(many.iter().map(|provider| provider.id).collect())),
        },
        (Some(seller), None) => Ok(Some(seller)),
        (Some(seller), Some(wanted)) if seller.id == wanted => Ok(Some(seller)),
        (Some(_), Some(_)) => Err(NextError::NotAProvider),
        (None, Some(wanted)) => find(wanted).map(Some).ok_or(NextError::NotAProvider),
    }
}

/// Whether an indirect reseller would have to file with the vendor what only the subscription's provider may: it knows of
/// none, or another partner sold the subscription.
fn lacks_provider(ground: &Ground, service: Option<ServiceId>) -> bool {
    let is_sold_elsewhere =
        ground.seller.is_some_and(|seller| ground.providers.iter().all(|provider| provider.id != seller));
    let has_none = ground.providers.is_empty() || is_sold_elsewhere;
    ground.is_reseller && has_none && service.is_some_and(is_filed_by_provider)
}

fn choose(
    ground: &Ground,
    service: Option<ServiceId>,
    wanted: Option<PartnerId>,
) -> std::result::Result<Next, NextError> {
    if lacks_provider(ground, service) {
        return Err(NextError::NotAProvider);
    }
    match candidate(ground, wanted)? {
        None => Ok(Next::VENDOR),
        Some(provider) if provider.is_registered => {
            Ok(Next { tier: Tier::Provider, partner: Some(provider.id) })
        }
        Some(_) => Err(NextError::NotRegistered),
    }
}

/// Something that the next tier needs and that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The input field that gives it.
    pub field: &'static str,
    /// What is missing, and how to give it.
    pub message: String,
}

impl Missing {
    fn of(field: &'static str, message: &str) -> Missing {
        Missing { field, message: message.to_owned() }
    }
}

/// What a request says of what the next tier asks for.
#[derive(Clone, Copy, Debug)]
struct Said<'a> {
    kind: Option<Kind>,
    severity: Option<Severity>,
    service: Option<ServiceId>,
    subscription: Option<SubscriptionId>,
    diagnosis: Option<&'a str>,
    contact_name: Option<&'a str>,
    contact_email: Option<&'a str>,
}

/// Both rows hold the same columns.
macro_rules! said {
    ($($row:ty),*) => {$(
        impl<'a> From<&'a $row> for Said<'a> {
            fn from(row: &'a $row) -> Self {
                Said {
                    kind: Kind::of(&row.kind),
                    severity: Severity::of(&row.severity),
                    service: row.service_id,
                    subscription: row.subscription_id,
                    diagnosis: row.diagnosis.as_deref(),
                    contact_name: row.contact_name.as_deref(),
                    contact_email: row.contact_email.as_deref(),
                }
            }
        }
    )*};
}

said!(support_request::Model, support_view::Model);

/// What the next tier needs and the request does not say yet.
pub fn missing(case: &Case, next: &Next, vehicle: Option<Vehicle>) -> Vec<Missing> {
    missing_of(Said::from(&case.request), next, vehicle)
}

fn missing_of(said: Said<'_>, next: &Next, vehicle: Option<Vehicle>) -> Vec<Missing> {
    let is_said = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
    let is_vendor = next.tier == Tier::Vendor;
    let mut all = Vec::new();
    let mut ask = |is_missing: bool, field: &'static str, message: &str| {
        if is_missing {
            all.push(Missing::of(field, message));
        }
    };
    ask(
        !is_said(said.diagnosis),
        "diagnosis",
        "record what you found with diagnoseSupportRequest before you hand the case on",
    );
    ask(
        is_vendor && !(is_said(said.contact_name) && is_said(said.contact_email)),
        "contact",
        "give the name and mail address of your own organisation's contact: the vendor answers the partner, never the customer",
    );
    // A product on premises is no service of the catalogue.
    let is_on_premises = is_vendor && vehicle == Some(Vehicle::ProductIncidents);
    ask(
        said.kind == Some(Kind::Technical) && said.service.is_none() && !is_on_premises,
        "serviceId",
        "name the service that the fault is in: a technical request is about one",
    );
    if said.service.is_some_and(is_filed_by_provider) {
        ask(
            said.subscription.is_none(),
            "subscriptionId",
            "name the affected subscription: only who provides it may file a request about this service",
        );
    } else {
        let is_unclear = next.tier == Tier::Provider && next.partner.is_none();
        ask(
            is_unclear && said.subscription.is_none(),
            "subscriptionId",
            NextError::ManyProviders(Vec::new()).message(),
        );
    }
    ask(said.severity.is_none(), "severity", "say how grave it is: CRITICAL, MODERATE or MINIMAL");
    ask(
        is_vendor && vehicle.is_none(),
        "vehicle",
        "choose the vehicle that the vendor is asked through: one that is eligible",
    );
    all
}

/// Whether only who provides the subscription may file a request about a service.
fn is_filed_by_provider(service: ServiceId) -> bool {
    Catalogue::shipped().by_id(service).is_some_and(|service| service.duty.filed_by == BY_PROVIDER)
}

/// Why a viewer may not hand a case on as it stands, whatever the request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// The right is not held.
    Right(Action),
    /// It is resolved or closed.
    Closed,
    /// A hop of the viewer's organisation lasts already.
    HandedOver,
    /// The viewer's organisation has not accepted the hop to it.
    NotAccepted,
}

impl Block {
    /// What is missing, in words.
    pub fn missing(self, op: &Op) -> String {
        match self {
            // Named role by role, where the policy has them.
            Block::Right(Action::RequestEscalate) => op.policy().needed(Action::RequestEscalate),
            Block::Right(action) => action.missing().to_owned(),
            Block::Closed => "an open request: this one is resolved or closed".into(),
            Block::HandedOver => "the case: it is with the next tier already".into(),
            Block::NotAccepted => "an accepted hop: your organisation has not answered yet".into(),
        }
    }

    /// What would help.
    pub fn fix(self) -> &'static str {
        match self {
            Block::Right(Action::CaseAnswer) => {
                "Let an agent of your organisation do it, or ask its administrator to make you one."
            }
            Block::Right(_) => {
                "Let a colleague do it who holds one of these roles, or ask your organisation's administrator for one. Where your organisation has no delegated role at this customer, the customer has to approve one first."
            }
            Block::Closed => {
                "Have it reopened with reopenSupportRequest by the partner that it names or by the customer, or raise a new request."
            }
            Block::HandedOver => {
                "Wait for the next tier's answer, or take the hop back with withdrawEscalation; with transferEscalation another provider gets it."
            }
            Block::NotAccepted => "Accept it with acceptEscalation; then it can be handed on.",
        }
    }
}

/// What handing a request on would come to now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Who is next.
    pub next: Next,
    /// The providers among which one has to be chosen.
    pub choices: Vec<PartnerId>,
    /// Whether the partner that hands over sells through providers.
    pub is_reseller: bool,
    /// What is still missing.
    pub missing: Vec<Missing>,
    /// Why this viewer may not hand it on as it stands.
    pub block: Option<Block>,
}

/// The plan for the viewer's own party, by what it may read. `hop` is where the live hop to it stands.
pub fn plan(
    view: &support_view::Model,
    ground: &Ground,
    hop: Option<HopState>,
    wanted: Option<PartnerId>,
    vehicle: Option<Vehicle>,
) -> Plan {
    let mut further = Vec::new();
    let found = candidate(ground, wanted).or_else(|error| match error {
        NextError::NotAProvider => {
            further.push(Missing::of("partnerId", error.message()));
            candidate(ground, None)
        }
        other => Err(other),
    });
    let (next, choices) = match found {
        Ok(Some(provider)) => {
            if !provider.is_registered {
                further.push(Missing::of("partnerId", NextError::NotRegistered.message()));
            }
            (Next { tier: Tier::Provider, partner: Some(provider.id) }, Vec::new())
        }
        Err(NextError::ManyProviders(choices)) => (Next { tier: Tier::Provider, partner: None }, choices),
        Ok(None) | Err(_) => (Next::VENDOR, Vec::new()),
    };
    if lacks_provider(ground, view.service_id) {
        further.push(Missing::of("partnerId", NO_PROVIDER));
    }
    let mut missing = missing_of(Said::from(view), &next, vehicle);
    let is_unclear = !choices.is_empty() && !missing.iter().any(|missing| missing.field == "subscriptionId");
    if is_unclear {
        // The subscription that it names was not sold by any of them, as far as one's own source says.
        let message = NextError::ManyProviders(Vec::new()).message();
        missing.push(Missing::of("partnerId", message));
    }
    missing.extend(further);
    Plan { next, choices, is_reseller: ground.is_reseller, missing, block: block(view, hop) }
}

/// What the state of the case itself forbids.
fn block(view: &support_view::Model, hop: Option<HopState>) -> Option<Block> {
    let is_named = view.party == Party::Named.code();
    let own_tier = if is_named { Tier::Partner } else { Tier::Provider };
    if !view.is_open {
        Some(Block::Closed)
    } else if view.tier != own_tier.code() {
        Some(Block::HandedOver)
    } else if !is_named && hop != Some(HopState::Accepted) {
        Some(Block::NotAccepted)
    } else {
        None
    }
}

/// The right that handing on needs of this party.
fn needed(view: &support_view::Model) -> Action {
    if view.party == Party::Named.code() { Action::RequestEscalate } else { Action::CaseAnswer }
}

/// The viewer's own view of a request, and what handing it on would come to. None where its organisation takes no part
/// as a partner, or the viewer may not read it.
pub async fn look(
    op: &Op,
    request: Uuid,
    wanted: Option<PartnerId>,
    vehicle: Option<Vehicle>,
) -> Result<Option<(support_view::Model, Plan)>> {
    let Some(own) = store::own_view(&op.db, &op.scope, request).await? else { return Ok(None) };
    let ground = store::ground(&op.db, &op.scope, request);
    let hop = store::own_hop(&op.db, &op.scope, request);
    let (ground, hop) = futures::future::try_join(ground, hop).await?;
    let mut plan = plan(&own.view, &ground, hop, wanted, vehicle);
    let action = needed(&own.view);
    if !op.allows(action, own.held) {
        plan.block = Some(Block::Right(action));
    }
    Ok(Some((own.view, plan)))
}

/// Which vehicles serve a request with the contracts of the viewer's own organisation.
pub async fn vehicles(op: &Op, view: &support_view::Model, is_reseller: bool) -> Result<Vec<Eligibility>> {
    let after = op.now().plus_days(-TOLD_DAYS);
    let rows = store::contracts(&op.db, &op.scope, view.request_id, after).await?;
    let contracts = rows.iter().map(Contract::read).collect::<Result<Vec<_>>>()?;
    Ok(eligibility(&ask_of(Said::from(view), is_reseller), &contracts, op.now()))
}

#[cfg(test)]
#[path = "preflight_tests.rs"]
mod tests;
