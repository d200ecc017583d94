//! Joins the domains into the roots of the graph, and makes the per-request look-ups.

use crate::access::holding::{self, Ground};
use crate::customers::loader::Customers;
use crate::customers::schema::{Customer, CustomerConnection, CustomerFilter, CustomerOrder};
use crate::delegation::loader::Delegations;
use crate::delegation::schema::{
    AccessAssignment, DelegatedAdminRelationship, DelegatedAdminRelationshipConnection,
    DelegatedAdminRelationshipFilter, DelegatedAdminRelationshipOrder, SecurityGroup,
};
use crate::error::Error;
use crate::escalations::filter::{SupportRequestFilter, SupportRequestOrder};
use crate::escalations::live::SupportSubscription;
use crate::escalations::loader::Requests;
use crate::escalations::mutation::EscalationMutation;
use crate::escalations::preflight_schema::{EscalationPreflight, EscalationPreflightInput};
use crate::escalations::schema::{SupportRequest, SupportRequestConnection};
use crate::escalations::schema_parts::{Escalation, SupportNote};
use crate::graphql::error::{Denied, Field, Result, field};
use crate::graphql::level::Level;
use crate::graphql::page::{MAX_SIZE, PageArgs};
use crate::graphql::{Kind, global_id, op};
use crate::health::loader::Health;
use crate::health::schema::{Service, catalogue};
use crate::incidents::live::IncidentSubscription;
use crate::incidents::loader::Incidents;
use crate::incidents::schema::{
    Incident, IncidentCandidate, IncidentConnection, IncidentFilter, IncidentOrder,
};
use crate::op::Op;
use crate::partners::loader::Partners;
use crate::partners::schema::{Partner, PartnerConnection, PartnerFilter, partner};
use crate::subscriptions::loader::Subscriptions;
use crate::subscriptions::schema::{
    CustomerSubscription, CustomerSubscriptionConnection, CustomerSubscriptionFilter,
    CustomerSubscriptionOrder,
};
use crate::support::loader::Support;
use crate::support::mutation::SupportMutation;
use crate::support::schema::{SupportArrangement, SupportContract};
use async_graphql::{Context, ID, Interface, MergedObject, MergedSubscription, Object, Request, Schema};
use entity::{
    AssignmentId, CustomerId, GroupId, IncidentId, PartnerId, RelationshipId, ServiceId, SubscriptionId,
};
use sea_orm::FromQueryResult;
use std::sync::Arc;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Most nesting of fields in a query.
pub const MAX_DEPTH: usize = 15;
/// Most cost of a query: a field costs 1, a page costs its rows times what is asked of each.
pub const MAX_COMPLEXITY: usize = 100_000;
/// Most ids of `nodes`.
pub const MAX_NODES: usize = 100;

/// The schema.
pub type Gateway = Schema<Query, Mutation, Subscription>;

/// What can be changed. Each mutation takes one `input` with an `idempotencyKey`: the same call sent again does nothing
/// anew. What a caller has to expect is told as `userErrors` in the payload; mutations of one document run one after the
/// other, and one that fails leaves the others as they are.
#[derive(MergedObject, Default)]
pub struct Mutation(EscalationMutation, SupportMutation);

/// Live streams. Each starts with what happens next, unless a position says from where. Frames carry
/// `extensions.position`, from which a later stream may resume within seven days, and `extensions.missed` where a frame
/// stands for more than one change of the same object.
#[derive(Default, MergedSubscription)]
pub struct Subscription(IncidentSubscription, SupportSubscription);

/// Builds the schema. Introspection is for those who are signed in, as every query is.
pub fn build() -> Gateway {
    Schema::build(Query, Mutation::default(), Subscription::default())
        .limit_depth(MAX_DEPTH)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_directives(20)
        .limit_recursive_depth(40)
        .disable_suggestions()
        .finish()
}

/// What a page costs: its rows times what is asked of each. Clamped, since the library's sum wraps.
pub fn page_cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    let size = first.or(last).unwrap_or(crate::graphql::page::DEFAULT_SIZE).clamp(1, MAX_SIZE) as usize;
    size.saturating_mul(child.max(1)).min(MAX_COMPLEXITY + 1).saturating_add(1)
}

/// A request ready to run: its operation and its own look-ups, shared with no other request.
pub fn request(request: Request, op: Op) -> Request {
    let grounds = {
        let op = op.clone();
        Level::<CustomerId, Vec<Ground>>::new(move |ids| {
            let op = op.clone();
            async move { holding::of_customers(&op, ids).await }
        })
    };
    request
        .data(Customers::new(&op))
        .data(Subscriptions::new(&op))
        .data(Partners::new(&op))
        .data(Delegations::new(&op))
        .data(Health::new(&op))
        .data(Incidents::new(&op))
        .data(Requests::new(&op))
        .data(Support::new(&op))
        .data(grounds)
        .data(OwnOrganization::default())
        .data(op)
}

/// What the viewer holds on its own organisation, asked at most once a request.
#[derive(Default)]
pub struct OwnOrganization(OnceCell<std::result::Result<i64, Arc<Error>>>);

impl OwnOrganization {
    /// The mask.
    pub async fn held(&self, op: &Op) -> Result<i64> {
        #[derive(FromQueryResult)]
        struct Held {
            held: i64,
        }
        let load = async || {
            let rows: Vec<Held> = op.scope.own_organization().rows(&op.db).await.map_err(Arc::new)?;
            Ok(rows.first().map_or(0, |row| row.held))
        };
        self.0.get_or_init(load).await.clone().map_err(Denied)
    }
}

/// Anything with a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id."))]
#[allow(clippy::large_enum_variant)] // few at a time, and the library wants the types themselves
pub enum Node {
    /// A customer.
    Customer(Customer),
    /// A partner.
    Partner(Partner),
    /// A customer's subscription.
    CustomerSubscription(CustomerSubscription),
    /// A delegated administration relationship.
    DelegatedAdminRelationship(DelegatedAdminRelationship),
    /// An access assignment.
    AccessAssignment(AccessAssignment),
    /// A security group.
    SecurityGroup(SecurityGroup),
    /// An account.
    Account(Account),
    /// An online service.
    Service(Service),
    /// An incident or advisory.
    Incident(Incident),
    /// A support request.
    SupportRequest(SupportRequest),
    /// A hop of a support request.
    Escalation(Escalation),
    /// A note on a support request.
    SupportNote(SupportNote),
    /// How a partner provides support.
    SupportArrangement(SupportArrangement),
    /// A vehicle through which a partner may ask the vendor.
    SupportContract(SupportContract),
}

/// An account: a person or an application of one tenant.
pub struct Account {
    id: Uuid,
    name: String,
}

/// An account: a person or an application of one tenant.
#[Object]
impl Account {
    /// Global id.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::Account, self.id)
    }

    /// Display name.
    async fn name(&self) -> &str {
        &self.name
    }
}

fn own_account(op: &Op) -> Option<Account> {
    let viewer = &op.viewer;
    Some(Account { id: viewer.account?.0, name: viewer.display_name.clone()? })
}

/// Who you are here.
pub struct Viewer;

/// Who you are here.
#[Object]
impl Viewer {
    /// Your account; null if it is not registered here, or is a guest: then you hold nothing.
    async fn account(&self, ctx: &Context<'_>) -> Option<Account> {
        own_account(op(ctx))
    }

    /// The partner that you work for.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        partner(ctx, op(ctx).viewer.partner).await
    }

    /// The customer that you work for, if you hold a role there.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        match op(ctx).viewer.customer {
            Some(id) => crate::customers::schema::by_id(ctx, id).await,
            None => Ok(None),
        }
    }
}

/// The graph. Every list shows what you may see, and nothing tells of the rest.
pub struct Query;

/// The graph. Every list shows what you may see, and nothing tells of the rest.
#[Object]
impl Query {
    /// Who you are here.
    async fn viewer(&self) -> Viewer {
        Viewer
    }

    /// The object of a global id; null where there is none that you may read.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Global id.")] id: ID) -> Result<Option<Node>> {
        node(ctx, &id).await
    }

    /// The objects of global ids, in their order; null for each that you may not read. At most 100 ids.
    #[graphql(
        complexity = "ids.len().min(MAX_NODES).saturating_mul(child_complexity.max(1)).min(MAX_COMPLEXITY + 1)"
    )]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MAX_NODES {
            return Err(Error::LimitExceeded { limit: format!("ids: at most {MAX_NODES}") }.into());
        }
        futures::future::try_join_all(ids.iter().map(|id| node(ctx, id))).await
    }

    /// The partners that you may know, by name: your own organisation and those its own data names.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn partners(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<PartnerFilter>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<PartnerConnection> {
        crate::partners::schema::list(ctx, filter, PageArgs::new(first, last, after, before)).await
    }

    /// Your customers, by name.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[allow(clippy::too_many_arguments)] // the arguments of a connection
    async fn customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<CustomerFilter>,
        #[graphql(desc = "In which order; by name if absent. One entry.")] order_by: Option<
            Vec<CustomerOrder>,
        >,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<CustomerConnection> {
        crate::customers::schema::list(ctx, filter, order_by, PageArgs::new(first, last, after, before)).await
    }

    /// One customer of yours, by exactly one of its keys. Null with NOT_FOUND where there is none that you may read.
    async fn customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id.")] id: Option<ID>,
        #[graphql(desc = "Microsoft Entra tenant.")] tenant_id: Option<Uuid>,
        #[graphql(
            desc = "A verified domain; one besides the default needs the right to the company profile."
        )]
        domain: Option<String>,
    ) -> Field<Customer> {
        field(crate::customers::schema::find(ctx, id, tenant_id, domain).await)
    }

    /// Your customers' subscriptions.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[allow(clippy::too_many_arguments)] // the arguments of a connection
    async fn customer_subscriptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<CustomerSubscriptionFilter>,
        #[graphql(desc = "In which order; a stable one of its own if absent. One entry.")] order_by: Option<
            Vec<CustomerSubscriptionOrder>,
        >,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<CustomerSubscriptionConnection> {
        crate::subscriptions::schema::list_all(
            ctx,
            filter,
            order_by,
            PageArgs::new(first, last, after, before),
        )
        .await
    }

    /// Delegated administration relationships that you may read, by their end.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[allow(clippy::too_many_arguments)] // the arguments of a connection
    async fn delegated_admin_relationships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<DelegatedAdminRelationshipFilter>,
        #[graphql(desc = "In which order; by their end if absent. One entry.")] order_by: Option<
            Vec<DelegatedAdminRelationshipOrder>,
        >,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<DelegatedAdminRelationshipConnection> {
        crate::delegation::schema::list(ctx, filter, order_by, PageArgs::new(first, last, after, before))
            .await
    }

    /// The catalogue of online services, by name; at most 63. The same for everybody.
    #[graphql(complexity = "child_complexity.saturating_mul(63).min(MAX_COMPLEXITY + 1)")]
    async fn services(&self) -> Vec<Service> {
        catalogue()
    }

    /// Incidents and advisories that affect customers of yours, the latest start first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[allow(clippy::too_many_arguments)] // the arguments of a connection
    async fn incidents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<IncidentFilter>,
        #[graphql(desc = "In which order; the latest start first if absent. One entry.")] order_by: Option<
            Vec<IncidentOrder>,
        >,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<IncidentConnection> {
        let args = PageArgs::new(first, last, after, before);
        crate::incidents::schema::list(ctx, filter, order_by, args).await
    }

    /// One incident that affects customers of yours, by exactly one of its keys. Null with NOT_FOUND where there is none
    /// that you may read.
    async fn incident(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id.")] id: Option<ID>,
        #[graphql(desc = "Upstream id, such as EX226574.")] external_id: Option<String>,
    ) -> Field<Incident> {
        field(crate::incidents::schema::find(ctx, id, external_id).await)
    }

    /// Known incidents that a customer's symptom may be, the likeliest first; at most 10.
    #[graphql(complexity = "child_complexity.saturating_mul(10).min(MAX_COMPLEXITY + 1)")]
    async fn incident_candidates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the customer.")] customer_id: ID,
        #[graphql(desc = "Global id of the service that seems to fail.")] service_id: ID,
        #[graphql(desc = "What users notice, in their words; at most 1,000 characters.")] symptom: String,
    ) -> Result<Vec<IncidentCandidate>> {
        crate::incidents::schema::candidates(ctx, &customer_id, &service_id, &symptom).await
    }

    /// The support requests that you may see: your customers', those handed to your organisation, and its records of
    /// those that it gave back; for a customer's own staff, its own. The newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[allow(clippy::too_many_arguments)] // the arguments of a connection
    async fn support_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<SupportRequestFilter>,
        #[graphql(desc = "In which order; the newest first if absent. One entry.")] order_by: Option<
            Vec<SupportRequestOrder>,
        >,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<SupportRequestConnection> {
        let args = PageArgs::new(first, last, after, before);
        crate::escalations::schema::list(ctx, filter, order_by, args).await
    }

    /// One support request, by exactly one of its keys. Null with NOT_FOUND where there is none that you may read.
    async fn support_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id.")] id: Option<ID>,
        #[graphql(desc = "Number, such as SR7992739875.")] number: Option<String>,
    ) -> Field<SupportRequest> {
        field(crate::escalations::schema::find(ctx, id, number).await)
    }

    /// How your organisation provides support: its general arrangement first, then those for single services, and for
    /// customers that you may read; at most 200.
    #[graphql(complexity = "child_complexity.saturating_mul(200).min(MAX_COMPLEXITY + 1)")]
    async fn support_arrangements(&self, ctx: &Context<'_>) -> Result<Vec<SupportArrangement>> {
        crate::support::schema::arrangements(ctx).await
    }

    /// The contracts under which your organisation may ask the vendor for technical support, those that ended too, the
    /// latest start first; at most 100. Empty without the right to read them.
    #[graphql(complexity = "child_complexity.saturating_mul(100).min(MAX_COMPLEXITY + 1)")]
    async fn support_contracts(&self, ctx: &Context<'_>) -> Result<Vec<SupportContract>> {
        crate::support::schema::contracts(ctx).await
    }

    /// What is known before a support request is handed on: health, known incidents, duplicates, what is missing, which
    /// vehicles are eligible, who is next, and whether you may. For requests that name your organisation or that were
    /// handed to it. Null with NOT_FOUND where there is none that you may read; with FORBIDDEN where you read it as the
    /// customer, or as the record of a hop that ended.
    async fn escalation_preflight(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and how you mean to hand it on.")] input: EscalationPreflightInput,
    ) -> Field<EscalationPreflight> {
        crate::escalations::preflight_schema::preflight(ctx, input).await
    }
}

/// An id that was not made here, one of something absent and one of something hidden are the same: null.
async fn node(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    use crate::delegation::schema as delegation;
    let Some((tag, id)) = op(ctx).sealer.open_id(id) else {
        return Ok(None);
    };
    let Some(kind) = Kind::of(tag) else {
        return Ok(None);
    };
    Ok(match kind {
        Kind::Customer => crate::customers::schema::by_id(ctx, CustomerId(id)).await?.map(Node::Customer),
        Kind::Partner => partner(ctx, Some(PartnerId(id))).await?.map(Node::Partner),
        Kind::CustomerSubscription => crate::subscriptions::schema::by_id(ctx, SubscriptionId(id))
            .await?
            .map(Node::CustomerSubscription),
        Kind::Relationship => {
            delegation::by_id(ctx, RelationshipId(id)).await?.map(Node::DelegatedAdminRelationship)
        }
        Kind::AccessAssignment => {
            delegation::assignment_by_id(ctx, AssignmentId(id)).await?.map(Node::AccessAssignment)
        }
        Kind::SecurityGroup => delegation::group_by_id(ctx, GroupId(id)).await?.map(Node::SecurityGroup),
        Kind::Service => crate::health::schema::by_id(ctx, ServiceId(id)).await?.map(Node::Service),
        Kind::Incident => crate::incidents::schema::by_id(ctx, IncidentId(id)).await?.map(Node::Incident),
        Kind::SupportRequest => crate::escalations::schema::by_id(ctx, id).await?.map(Node::SupportRequest),
        Kind::Escalation => {
            crate::escalations::schema::escalation_by_id(ctx, id).await?.map(Node::Escalation)
        }
        Kind::SupportNote => crate::escalations::schema::note_by_id(ctx, id).await?.map(Node::SupportNote),
        Kind::SupportArrangement => {
            crate::support::schema::arrangement_by_id(ctx, id).await?.map(Node::SupportArrangement)
        }
        Kind::SupportContract => {
            crate::support::schema::contract_by_id(ctx, id).await?.map(Node::SupportContract)
        }
        Kind::Account => own_account(op(ctx)).filter(|account| account.id == id).map(Node::Account),
    })
}
