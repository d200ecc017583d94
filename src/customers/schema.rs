//! Customers in the graph.

use super::loader::Customers;
use super::service;
use super::store::{CustomerRow, Field, Query};
use crate::access::action::Action;
use crate::access::holding::{self, Ground};
use crate::db::page::{Page, Slice};
use crate::db::predicate::{Comparison, Operand, Predicate};
use crate::delegation::schema::{
    DelegatedAdminRelationshipConnection, DelegatedAdminRelationshipFilter, relationships_of_customer,
};
use crate::escalations::filter::SupportRequestFilter;
use crate::escalations::schema::SupportRequestConnection;
use crate::graphql::connection::Rows;
use crate::graphql::error::{Denied, Field as Guarded, Result, field};
use crate::graphql::filter::{Branches, StringFilter, Tree, UuidFilter};
use crate::graphql::level::Level;
use crate::graphql::page::PageArgs;
use crate::graphql::provenance::Provenance;
use crate::graphql::scalar::date_time;
use crate::graphql::{Kind, global_id, op, row_id};
use crate::health::schema::{
    CustomerService, ServiceMessageConnection, messages_of_customer, services_of_customer,
};
use crate::incidents::schema::{CustomerIncidentConnection, IncidentFilter, incidents_of_customer};
use crate::partners::schema::{CustomerPartnerConnection, partners_of_customer};
use crate::subscriptions::schema::{
    CustomerSubscriptionConnection, CustomerSubscriptionFilter, CustomerSubscriptionOrder,
    subscriptions_of_customer,
};
use crate::support::schema::{SupportArrangement, arrangement_of_customer, arrangements_of_customer};
use crate::{connection, open_enum};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{CustomerId, company_profile};
use uuid::Uuid;

/// A customer of yours: an organisation whose tenant a partner looks after.
#[derive(Clone)]
pub struct Customer(pub CustomerRow);

connection!(
    /// A page of customers.
    CustomerConnection, CustomerEdge, CustomerRow => Customer, total_count
);

connection!(
    /// A page of a partner's customers.
    PartnerCustomerConnection, PartnerCustomerEdge, CustomerRow => Customer
);

fn customers<'a>(ctx: &Context<'a>) -> &'a Customers {
    ctx.data_unchecked::<Customers>()
}

/// A customer of yours: an organisation whose tenant a partner looks after.
#[Object]
impl Customer {
    /// Global id.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::Customer, self.0.id.0)
    }

    /// The customer's Microsoft Entra tenant.
    async fn tenant_id(&self) -> Uuid {
        self.0.tenant_id
    }

    /// Company name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Default domain.
    async fn primary_domain(&self) -> Option<&str> {
        self.0.primary_domain.as_deref()
    }

    /// Verified domains, the default one first. Needs the right to the company profile.
    async fn domains(&self, ctx: &Context<'_>) -> Guarded<Vec<String>> {
        field(
            self.profile_field(ctx, async |loaders| {
                let domains = loaders.domains.load((self.0.id, self.0.source_id)).await?.unwrap_or_default();
                Ok(Some(domains.into_iter().map(|d| d.domain).collect()))
            })
            .await,
        )
    }

    /// Company details. Needs DAP as an Admin agent, or GDAP with one of three roles held by an agent.
    async fn company_profile(&self, ctx: &Context<'_>) -> Guarded<CompanyProfile> {
        field(
            self.profile_field(ctx, async |loaders| {
                Ok(loaders.company.load((self.0.id, self.0.source_id)).await?.map(CompanyProfile))
            })
            .await,
        )
    }

    /// The partners that serve this customer, as far as you may know: your own, and those in one chain with it. A
    /// customer's own staff see all. At most 200.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn partners(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Guarded<CustomerPartnerConnection> {
        let found = async {
            op(ctx).require(Action::CustomerPartnersRead, self.0.held)?;
            partners_of_customer(ctx, self.0.id, PageArgs::new(first, last, after, before)).await.map(Some)
        };
        field(found.await)
    }

    /// Its subscriptions, as far as you may see them: those that name your partner, or with a role that reads licences all
    /// in your own captures.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    #[allow(clippy::too_many_arguments)] // the arguments of a connection
    async fn subscriptions(
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
    ) -> Guarded<CustomerSubscriptionConnection> {
        let found = async {
            let op = op(ctx);
            if !op.allows(Action::SubscriptionTenantRead, self.0.held) {
                op.require(Action::SubscriptionRead, self.0.held)?;
            }
            let args = PageArgs::new(first, last, after, before);
            subscriptions_of_customer(ctx, self.0.id, filter, order_by, args).await.map(Some)
        };
        field(found.await)
    }

    /// Its delegated administration relationships with your partner, by their end; for a customer's own staff, all.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn delegated_admin_relationships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<DelegatedAdminRelationshipFilter>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Guarded<DelegatedAdminRelationshipConnection> {
        let found = async {
            let op = op(ctx);
            if !op.allows(Action::DelegationRead, self.0.held) {
                let own = ctx.data_unchecked::<crate::schema::OwnOrganization>().held(op).await?;
                op.require(Action::DelegationRead, own)?;
            }
            relationships_of_customer(ctx, self.0.id, filter, PageArgs::new(first, last, after, before))
                .await
                .map(Some)
        };
        field(found.await)
    }

    /// Its services: those that subscriptions bring which you may see, and those whose health you may read. By name, at
    /// most 100. Where you may not read its health, they have no status, and say so.
    #[graphql(complexity = "child_complexity.saturating_mul(20).min(crate::schema::MAX_COMPLEXITY + 1)")]
    async fn services(&self, ctx: &Context<'_>) -> Result<Vec<CustomerService>> {
        services_of_customer(ctx, &self.0).await
    }

    /// Its support requests, as far as you may see them, the newest first. Needs the right to its support requests, or to
    /// your own organisation's records of cases.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn support_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<SupportRequestFilter>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Guarded<SupportRequestConnection> {
        let args = PageArgs::new(first, last, after, before);
        crate::escalations::schema::of_customer(ctx, &self.0, filter, args).await
    }

    /// How it is supported: your own organisation's arrangement for it, else your organisation's general one. For a
    /// customer's own staff, that of the partner with the oldest relation, of equally old ones the first by name;
    /// `supportArrangements` has those of all, in the same order.
    async fn support_arrangement(&self, ctx: &Context<'_>) -> Result<Option<SupportArrangement>> {
        arrangement_of_customer(ctx, self.0.id).await
    }

    /// All that is arranged for it, at most 25. Of your own organisation: the general arrangements, those for this
    /// customer, and those for single services. A customer's own staff see of each partner that resells to it what
    /// holds: one as a whole, and one for each service for which it differs.
    #[graphql(complexity = "child_complexity.saturating_mul(25).min(crate::schema::MAX_COMPLEXITY + 1)")]
    async fn support_arrangements(&self, ctx: &Context<'_>) -> Result<Vec<SupportArrangement>> {
        arrangements_of_customer(ctx, self.0.id).await
    }

    /// Incidents and advisories that affect it, the latest start first. Needs the right to its service health.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn incidents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<IncidentFilter>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Guarded<CustomerIncidentConnection> {
        incidents_of_customer(ctx, &self.0, filter, PageArgs::new(first, last, after, before)).await
    }

    /// What the vendor's message centre told it, the newest change first. Needs the right to its messages.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn service_messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Guarded<ServiceMessageConnection> {
        messages_of_customer(ctx, &self.0, PageArgs::new(first, last, after, before)).await
    }

    /// What you hold here: roles with their ground and end, and the operations they allow.
    async fn my_access(&self, ctx: &Context<'_>) -> Result<CustomerAccess> {
        let grounds = ctx.data_unchecked::<Level<CustomerId, Vec<Ground>>>().load(self.0.id).await?;
        let roles = holding::roles(op(ctx), &grounds.unwrap_or_default(), self.0.source_id);
        let allowed = Action::ALL.into_iter().filter(|action| op(ctx).allows(*action, self.0.held));
        Ok(CustomerAccess {
            roles: roles.into_iter().map(AccessRole::from).collect(),
            operations: allowed.map(|action| action.name().to_owned()).collect(),
        })
    }

    /// Where the name and domains came from, and how fresh they are.
    async fn provenance(&self) -> Provenance {
        Provenance::dated(&self.0.system, self.0.as_of)
    }
}

impl Customer {
    async fn profile_field<T>(
        &self,
        ctx: &Context<'_>,
        load: impl AsyncFnOnce(&Customers) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        service::open_profile(op(ctx), &self.0).await?;
        load(customers(ctx)).await
    }
}

/// Company details of a customer.
pub struct CompanyProfile(company_profile::Model);

/// Company details of a customer.
#[Object]
impl CompanyProfile {
    /// Organisation registration number.
    async fn registration_number(&self) -> Option<&str> {
        self.0.registration_number.as_deref()
    }

    /// Contact e-mail address.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Telephone number.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// ISO country code.
    async fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }

    /// State or region.
    async fn region(&self) -> Option<&str> {
        self.0.region.as_deref()
    }

    /// City.
    async fn city(&self) -> Option<&str> {
        self.0.city.as_deref()
    }

    /// Address lines.
    async fn address_lines(&self) -> Vec<&str> {
        [&self.0.address_line1, &self.0.address_line2].into_iter().flatten().map(String::as_str).collect()
    }

    /// Postal code.
    async fn postal_code(&self) -> Option<&str> {
        self.0.postal_code.as_deref()
    }

    /// Where this came from, and how fresh it is.
    async fn provenance(&self) -> Provenance {
        Provenance::dated(&self.0.system, self.0.as_of)
    }
}

/// What you hold on a customer.
#[derive(SimpleObject)]
pub struct CustomerAccess {
    /// Your roles here that count: legacy privileges that a granular relationship silences are left out.
    roles: Vec<AccessRole>,
    /// The operations of the policy that they allow, such as `customer.profile:read`.
    operations: Vec<String>,
}

/// A role that you hold on a customer.
#[derive(SimpleObject)]
pub struct AccessRole {
    /// The vendor's name of the role.
    name: String,
    /// On what it rests.
    via: AccessGround,
    /// When it ends; null for no end.
    ends_at: Option<DateTime<Utc>>,
}

open_enum! {
    /// On what a role rests.
    AccessGround {
        /// A reseller relationship of your partner: commerce rights.
        ResellerRelationship = "commerce",
        /// Granular delegated administration privileges.
        Gdap = "gdap",
        /// Legacy delegated administration privileges.
        Dap = "dap",
        /// A reseller serves the customer through your partner.
        IndirectReseller = "downstream",
        /// Your own organisation's tenant.
        OwnTenant = "customer",
        /// A support request was handed to your partner.
        SupportCase = "case",
    }
}

impl From<holding::Role> for AccessRole {
    fn from(role: holding::Role) -> Self {
        AccessRole { name: role.name, via: AccessGround::of(&role.via), ends_at: date_time(role.ends_at) }
    }
}

/// Which customers. Conditions side by side must all hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CustomerFilter {
    /// Words, each of which begins a word of the name or a domain. At the top level only.
    pub search: Option<String>,
    /// The tenant.
    pub tenant_id: Option<UuidFilter>,
    /// The company name, whatever the case.
    pub name: Option<StringFilter>,
    /// The default domain, whatever the case.
    pub primary_domain: Option<StringFilter>,
    /// Some subscription that you may see matches.
    pub subscriptions: Option<SubscriptionsOfCustomerFilter>,
    /// All of these hold.
    pub and: Option<Vec<CustomerFilter>>,
    /// Any of these holds.
    pub or: Option<Vec<CustomerFilter>>,
    /// This does not hold.
    pub not: Option<Box<CustomerFilter>>,
}

/// A condition on the subscriptions of a customer that you may see.
#[derive(Clone, Debug, Default, InputObject)]
pub struct SubscriptionsOfCustomerFilter {
    /// At least one matches.
    pub some: Option<Box<CustomerSubscriptionFilter>>,
    /// None matches.
    pub none: Option<Box<CustomerSubscriptionFilter>>,
}

impl Tree for CustomerFilter {
    type Field = Field;

    fn branches(&mut self) -> Branches<Self> {
        (self.and.take(), self.or.take(), self.not.take())
    }

    fn leaves(self, depth: usize) -> Result<Predicate<Field>> {
        if self.search.is_some() {
            return Err(
                crate::error::Error::invalid("search", "stands at the top level of the filter only").into()
            );
        }
        let mut all = Vec::new();
        if let Some(f) = self.tenant_id {
            all.push(f.predicate(Field::TenantId, "tenantId")?);
        }
        if let Some(f) = self.name {
            all.push(f.predicate(Field::Name, "name", super::names::folded)?);
        }
        if let Some(f) = self.primary_domain {
            all.push(f.predicate(Field::PrimaryDomain, "primaryDomain", super::names::folded)?);
        }
        if let Some(f) = self.subscriptions {
            for (part, holds) in [(f.some, true), (f.none, false)] {
                if let Some(part) = part {
                    let related = Field::Subscription(Box::new(part.at(depth + 1)?));
                    all.push(Predicate::Is(related, Comparison::Eq(Operand::Bool(holds))));
                }
            }
        }
        Ok(Predicate::All(all))
    }
}

/// What customers can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerOrderField {
    /// The company name, whatever the case.
    Name,
}

/// An order of customers; the id breaks ties.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerOrder {
    /// By what.
    pub field: CustomerOrderField,
    /// First to last, or last to first.
    pub direction: OrderDirection,
}

/// A direction of an order.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderDirection {
    /// First to last.
    Asc,
    /// Last to first.
    Desc,
}

/// One entry at most: no list offers a second key.
pub fn only_order<T>(order_by: Option<Vec<T>>) -> Result<Option<T>> {
    let mut orders = order_by.unwrap_or_default().into_iter();
    let first = orders.next();
    match orders.next() {
        None => Ok(first),
        Some(_) => Err(crate::error::Error::invalid("orderBy", "holds one entry; the id breaks ties").into()),
    }
}

/// The root list of customers.
pub async fn list(
    ctx: &Context<'_>,
    filter: Option<CustomerFilter>,
    order_by: Option<Vec<CustomerOrder>>,
    args: PageArgs,
) -> Result<CustomerConnection> {
    let op = op(ctx);
    let mut filter = filter.unwrap_or_default();
    let search = filter.search.take();
    let descending = only_order(order_by)?.is_some_and(|order| order.direction == OrderDirection::Desc);
    let query = service::query(search.as_deref(), filter.predicate()?, descending)?;
    let page = args.page(op, &format!("customers {query:?}"))?;
    let slice = service::list(op, &query, &page).await?;
    Ok(CustomerConnection(Rows { slice, page, count: Some(counter(op.clone(), query)) }))
}

fn counter(op: crate::op::Op, query: Query) -> crate::graphql::connection::Count {
    Box::new(move || {
        let (op, query) = (op.clone(), query.clone());
        Box::pin(async move { service::count(&op, &query).await })
    })
}

/// A single customer by one of its keys; null with an error where there is none.
pub async fn find(
    ctx: &Context<'_>,
    id: Option<ID>,
    tenant_id: Option<Uuid>,
    domain: Option<String>,
) -> Result<Option<Customer>> {
    let op = op(ctx);
    let id = id.map(|id| row_id(op, "id", &id, Kind::Customer)).transpose()?.map(CustomerId);
    let key = service::key(id, tenant_id, domain.as_deref())?;
    Ok(Some(Customer(service::find(op, &key).await?)))
}

/// A customer by its row id, if the viewer may read it.
pub async fn by_id(ctx: &Context<'_>, id: CustomerId) -> Result<Option<Customer>> {
    Ok(customers(ctx).by_id.load(id).await?.map(Customer))
}

/// A page of a partner's customers.
pub async fn customers_of_partner(
    ctx: &Context<'_>,
    partner: entity::PartnerId,
    args: PageArgs,
) -> Result<PartnerCustomerConnection> {
    let page: Page = args.page(op(ctx), "partner.customers")?;
    let found = customers(ctx).of_partner.load((partner, page.clone())).await.map_err(Denied)?;
    let slice = found.unwrap_or(Slice { rows: Vec::new(), has_more: false });
    Ok(PartnerCustomerConnection(Rows::new(slice, page)))
}
