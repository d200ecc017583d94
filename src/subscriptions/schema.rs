//! Customers' subscriptions in the graph. Never named plain `Subscription`: that is GraphQL's live root.

use super::loader::Subscriptions;
use super::service;
use super::store::{Field, Query, SubscriptionRow};
use crate::customers::schema::{Customer, CustomerFilter, OrderDirection, only_order};
use crate::db::page::{Asked, Slice};
use crate::db::predicate::{Comparison, Operand, Predicate};
use crate::graphql::connection::{Count, Rows};
use crate::graphql::error::{Denied, Field as Guarded, Result, field};
use crate::graphql::filter::{BooleanFilter, Branches, DateTimeFilter, IntFilter, StringFilter, Tree};
use crate::graphql::page::PageArgs;
use crate::graphql::provenance::Provenance;
use crate::graphql::scalar::{Duration, date_time};
use crate::graphql::{Kind, global_id, op};
use crate::partners::schema::{Partner, partner};
use crate::{connection, enum_filter, open_enum};
use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::{CustomerId, SubscriptionId, subscription_commerce};
use std::sync::Arc;

/// A customer's subscription to a commercial offer.
#[derive(Clone)]
pub struct CustomerSubscription(pub SubscriptionRow);

connection!(
    /// A page of customers' subscriptions.
    CustomerSubscriptionConnection, CustomerSubscriptionEdge, SubscriptionRow => CustomerSubscription, total_count
);

open_enum! {
    /// State of a subscription.
    CustomerSubscriptionStatus {
        /// No state.
        None = "none",
        /// In use.
        Active = "active",
        /// Users are blocked; in new commerce still billed.
        Suspended = "suspended",
        /// Gone.
        Deleted = "deleted",
        /// The term ended without renewal; grace period.
        Expired = "expired",
        /// A change is under way.
        Pending = "pending",
        /// After the grace period; data is kept for a while.
        Disabled = "disabled",
    }
}

open_enum! {
    /// How often it is billed.
    BillingCycle {
        /// Every month.
        Monthly = "monthly",
        /// Every year.
        Annual = "annual",
        /// Every three years.
        Triennial = "triennial",
        /// Once.
        OneTime = "one_time",
        /// Not by a cycle.
        None = "none",
    }
}

enum_filter!(
    /// Compares a state.
    CustomerSubscriptionStatusFilter, CustomerSubscriptionStatus
);

enum_filter!(
    /// Compares a billing cycle.
    BillingCycleFilter, BillingCycle
);

fn loaders<'a>(ctx: &Context<'a>) -> &'a Subscriptions {
    ctx.data_unchecked::<Subscriptions>()
}

impl CustomerSubscription {
    /// A value that needs commerce rights on this row.
    async fn commerce<T>(&self, ctx: &Context<'_>, value: Option<T>) -> Guarded<T> {
        field(service::open_commerce(op(ctx), &self.0).await.map(|()| value).map_err(Denied::from))
    }
}

/// A customer's subscription to a commercial offer.
#[Object]
impl CustomerSubscription {
    /// Global id.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::CustomerSubscription, self.0.model.id.0)
    }

    /// The upstream's id.
    async fn external_id(&self) -> &str {
        &self.0.model.external_id
    }

    /// The offer: a GUID, or product:sku:availability in new commerce.
    async fn offer_id(&self) -> Option<&str> {
        self.0.model.offer_id.as_deref()
    }

    /// The offer's name.
    async fn offer_name(&self) -> Option<&str> {
        self.0.model.offer_name.as_deref()
    }

    /// The name that the partner gave it.
    async fn friendly_name(&self) -> Option<&str> {
        self.0.model.friendly_name.as_deref()
    }

    /// Product type, such as OnlineServicesNCE.
    async fn product_type(&self) -> Option<&str> {
        self.0.model.product_type.as_deref()
    }

    /// Licences or units bought.
    async fn quantity(&self) -> i64 {
        self.0.model.quantity
    }

    /// Licences assigned to users; null where no source says so.
    async fn assigned_quantity(&self) -> Option<i64> {
        self.0.model.assigned_quantity
    }

    /// What the quantity counts, as upstream says.
    async fn unit_type(&self) -> Option<&str> {
        self.0.model.unit_type.as_deref()
    }

    /// The upstream's id of the subscription that this one is an add-on to.
    async fn parent_external_id(&self) -> Option<&str> {
        self.0.model.parent_external_id.as_deref()
    }

    /// Its state.
    async fn status(&self) -> CustomerSubscriptionStatus {
        CustomerSubscriptionStatus::of(&self.0.model.status)
    }

    /// The upstream's own word for its state, where that is not a documented one.
    async fn status_raw(&self) -> Option<&str> {
        self.0.model.status_raw.as_deref()
    }

    /// Whether it is a trial.
    async fn is_trial(&self) -> Option<bool> {
        self.0.model.is_trial
    }

    /// When it was created.
    async fn created_at(&self) -> Option<DateTime<Utc>> {
        self.0.model.created_at.and_then(date_time)
    }

    /// When its current term began.
    async fn effective_at(&self) -> Option<DateTime<Utc>> {
        self.0.model.effective_at.and_then(date_time)
    }

    /// Length of the term. Needs commerce rights on this subscription.
    async fn term_duration(&self, ctx: &Context<'_>) -> Guarded<Duration> {
        self.commerce(ctx, self.0.model.term_duration.clone().map(Duration)).await
    }

    /// How often it is billed. Needs commerce rights on this subscription.
    async fn billing_cycle(&self, ctx: &Context<'_>) -> Guarded<BillingCycle> {
        self.commerce(ctx, self.0.model.billing_cycle.as_deref().map(BillingCycle::of)).await
    }

    /// How it is billed: none, usage, license or benefit. Needs commerce rights on this subscription.
    async fn billing_type(&self, ctx: &Context<'_>) -> Guarded<String> {
        self.commerce(ctx, self.0.model.billing_type.clone()).await
    }

    /// Whether it renews by itself. Needs commerce rights on this subscription.
    async fn auto_renew(&self, ctx: &Context<'_>) -> Guarded<bool> {
        self.commerce(ctx, self.0.model.auto_renew).await
    }

    /// When the commitment ends; null if it is open-ended. Needs commerce rights on this subscription.
    async fn commitment_ends_at(&self, ctx: &Context<'_>) -> Guarded<DateTime<Utc>> {
        self.commerce(ctx, date_time(self.0.model.commitment_ends_at)).await
    }

    /// Until when it can be cancelled. Needs commerce rights on this subscription.
    async fn cancellable_until(&self, ctx: &Context<'_>) -> Guarded<DateTime<Utc>> {
        self.commerce(ctx, self.0.model.cancellable_until.and_then(date_time)).await
    }

    /// Orders, terms and charges. Needs commerce rights on this subscription.
    async fn commerce_details(&self, ctx: &Context<'_>) -> Guarded<CommerceDetails> {
        let found = async {
            service::open_commerce(op(ctx), &self.0).await?;
            Ok(loaders(ctx).commerce.load(self.0.model.id).await?.map(CommerceDetails))
        };
        field(found.await)
    }

    /// The partner that bought it from Microsoft, if you may know that partner.
    async fn seller(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        partner(ctx, self.0.model.seller_id).await
    }

    /// The reseller of record, if you may know that partner.
    async fn partner_of_record(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        partner(ctx, self.0.model.partner_of_record_id).await
    }

    /// The partner that supports it, if you may know that partner.
    async fn support_contact(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        partner(ctx, self.0.model.support_contact_id).await
    }

    /// Whose subscription it is; null where you may not read the customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        crate::customers::schema::by_id(ctx, self.0.model.customer_id).await
    }

    /// Where this came from, and how fresh it is.
    async fn provenance(&self) -> Provenance {
        Provenance::dated(&self.0.model.system, self.0.model.as_of)
    }
}

/// Orders, terms and charges of a subscription.
pub struct CommerceDetails(subscription_commerce::Model);

/// Orders, terms and charges of a subscription.
#[Object]
impl CommerceDetails {
    /// Entitlement.
    async fn entitlement_id(&self) -> Option<&str> {
        self.0.entitlement_id.as_deref()
    }

    /// Order.
    async fn order_id(&self) -> Option<&str> {
        self.0.order_id.as_deref()
    }

    /// Product order.
    async fn product_order_id(&self) -> Option<&str> {
        self.0.product_order_id.as_deref()
    }

    /// End of the current billing cycle.
    async fn billing_cycle_ends_at(&self) -> Option<DateTime<Utc>> {
        self.0.billing_cycle_ends_at.and_then(date_time)
    }

    /// Length of the term after renewal.
    async fn renewal_term_duration(&self) -> Option<Duration> {
        self.0.renewal_term_duration.clone().map(Duration)
    }

    /// subscription, productKey or redemptionCode.
    async fn contract_type(&self) -> Option<&str> {
        self.0.contract_type.as_deref()
    }

    /// Publisher of the product.
    async fn publisher_name(&self) -> Option<&str> {
        self.0.publisher_name.as_deref()
    }

    /// Promotion.
    async fn promotion_id(&self) -> Option<&str> {
        self.0.promotion_id.as_deref()
    }

    /// The legacy subscription that this one was migrated from.
    async fn migrated_from(&self) -> Option<&str> {
        self.0.migrated_from.as_deref()
    }

    /// Whether add-ons can be bought.
    async fn has_purchasable_addons(&self) -> Option<bool> {
        self.0.has_purchasable_addons
    }

    /// Whether Microsoft makes the product.
    async fn is_microsoft_product(&self) -> Option<bool> {
        self.0.is_microsoft_product
    }

    /// Whether upstream asks for attention.
    async fn attention_needed(&self) -> Option<bool> {
        self.0.attention_needed
    }

    /// Whether an action was taken upstream.
    async fn action_taken(&self) -> Option<bool> {
        self.0.action_taken
    }

    /// What may be done with it, such as edit or cancel.
    async fn actions(&self) -> Vec<String> {
        list(self.0.actions.as_deref())
    }

    /// Why it is suspended.
    async fn suspension_reasons(&self) -> Vec<String> {
        list(self.0.suspension_reasons.as_deref())
    }

    /// Refund options as upstream gives them, in JSON.
    async fn refund_options(&self) -> Option<&str> {
        self.0.refund_options.as_deref()
    }

    /// Refundable quantity as upstream gives it, in JSON.
    async fn refundable_quantity(&self) -> Option<&str> {
        self.0.refundable_quantity.as_deref()
    }

    /// Instructions for the next term as upstream gives them, in JSON.
    async fn scheduled_next_term(&self) -> Option<&str> {
        self.0.scheduled_next_term.as_deref()
    }

    /// Instructions for the next charge as upstream gives them, in JSON.
    async fn next_charge(&self) -> Option<&str> {
        self.0.next_charge.as_deref()
    }

    /// PartnerID of the reseller of record, also where that partner is not known here.
    async fn partner_of_record_partner_id(&self) -> Option<&str> {
        self.0.partner_of_record_mpn_id.as_deref()
    }
}

/// A stored JSON list of texts.
fn list(json: Option<&str>) -> Vec<String> {
    json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// Which subscriptions. Conditions side by side must all hold. A condition on a commerce field leaves out the rows on
/// which you may not read it.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CustomerSubscriptionFilter {
    /// The state.
    pub status: Option<CustomerSubscriptionStatusFilter>,
    /// The offer's name, whatever the case.
    pub offer_name: Option<StringFilter>,
    /// The name that the partner gave it, whatever the case.
    pub friendly_name: Option<StringFilter>,
    /// Licences or units bought.
    pub quantity: Option<IntFilter>,
    /// Length of the term, such as P1Y. A commerce field.
    pub term_duration: Option<StringFilter>,
    /// How often it is billed. A commerce field.
    pub billing_cycle: Option<BillingCycleFilter>,
    /// Whether it renews by itself. A commerce field.
    pub auto_renew: Option<BooleanFilter>,
    /// When the commitment ends. A commerce field.
    pub commitment_ends_at: Option<DateTimeFilter>,
    /// Until when it can be cancelled. A commerce field.
    pub cancellable_until: Option<DateTimeFilter>,
    /// The customer, as far as you may list it.
    pub customer: Option<Box<CustomerFilter>>,
    /// All of these hold.
    pub and: Option<Vec<CustomerSubscriptionFilter>>,
    /// Any of these holds.
    pub or: Option<Vec<CustomerSubscriptionFilter>>,
    /// This does not hold.
    pub not: Option<Box<CustomerSubscriptionFilter>>,
}

impl Tree for CustomerSubscriptionFilter {
    type Field = Field;

    fn branches(&mut self) -> Branches<Self> {
        (self.and.take(), self.or.take(), self.not.take())
    }

    fn leaves(self, depth: usize) -> Result<Predicate<Field>> {
        let same = |text: &str| text.to_owned();
        let fold = crate::customers::names::folded;
        let mut all: Vec<Option<Predicate<Field>>> = vec![
            self.status.map(|f| f.predicate(Field::Status, "status")).transpose()?,
            self.offer_name.map(|f| f.predicate(Field::OfferName, "offerName", fold)).transpose()?,
            self.friendly_name.map(|f| f.predicate(Field::FriendlyName, "friendlyName", fold)).transpose()?,
            self.quantity.map(|f| f.predicate(Field::Quantity, "quantity")),
            self.term_duration.map(|f| f.predicate(Field::TermDuration, "termDuration", same)).transpose()?,
            self.billing_cycle.map(|f| f.predicate(Field::BillingCycle, "billingCycle")).transpose()?,
            self.auto_renew.map(|f| f.predicate(Field::AutoRenew, "autoRenew")),
            self.commitment_ends_at.map(|f| f.predicate(Field::CommitmentEndsAt, "commitmentEndsAt")),
            self.cancellable_until.map(|f| f.predicate(Field::CancellableUntil, "cancellableUntil")),
        ];
        if let Some(customer) = self.customer {
            let related = Field::Customer(Box::new(customer.at(depth + 1)?));
            all.push(Some(Predicate::Is(related, Comparison::Eq(Operand::Bool(true)))));
        }
        Ok(Predicate::All(all.into_iter().flatten().collect()))
    }
}

/// What subscriptions can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerSubscriptionOrderField {
    /// The end of the commitment; leaves out the rows on which you may not read it.
    CommitmentEndsAt,
}

/// An order of subscriptions; the id breaks ties.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerSubscriptionOrder {
    /// By what.
    pub field: CustomerSubscriptionOrderField,
    /// First to last, or last to first.
    pub direction: OrderDirection,
}

fn query(
    filter: Option<CustomerSubscriptionFilter>,
    order_by: Option<Vec<CustomerSubscriptionOrder>>,
) -> Result<Query> {
    let order = only_order(order_by)?;
    Ok(Query {
        filter: filter.unwrap_or_default().predicate()?,
        orders_by_commitment: order.is_some(),
        descending: order.is_some_and(|order| order.direction == OrderDirection::Desc),
    })
}

/// The root list of subscriptions.
pub async fn list_all(
    ctx: &Context<'_>,
    filter: Option<CustomerSubscriptionFilter>,
    order_by: Option<Vec<CustomerSubscriptionOrder>>,
    args: PageArgs,
) -> Result<CustomerSubscriptionConnection> {
    let op = op(ctx);
    let query = query(filter, order_by)?;
    let page = args.page(op, &format!("customerSubscriptions {query:?}"))?;
    let slice = service::list(op, &query, &page).await?;
    let counted = op.clone();
    let count: Count = Box::new(move || {
        let (op, query) = (counted.clone(), query.clone());
        Box::pin(async move { service::count(&op, &query).await })
    });
    Ok(CustomerSubscriptionConnection(Rows { slice, page, count: Some(count) }))
}

/// A page of a customer's subscriptions.
pub async fn subscriptions_of_customer(
    ctx: &Context<'_>,
    customer: CustomerId,
    filter: Option<CustomerSubscriptionFilter>,
    order_by: Option<Vec<CustomerSubscriptionOrder>>,
    args: PageArgs,
) -> Result<CustomerSubscriptionConnection> {
    let query = query(filter, order_by)?;
    let page = args.page(op(ctx), &format!("customer.subscriptions {query:?}"))?;
    let asked = Asked { page: page.clone(), question: Arc::new(query) };
    let found = loaders(ctx).of_customer.load((customer, asked)).await?;
    let slice = found.unwrap_or(Slice { rows: Vec::new(), has_more: false });
    Ok(CustomerSubscriptionConnection(Rows::new(slice, page)))
}

/// A subscription by its row id, if the viewer may read it.
pub async fn by_id(ctx: &Context<'_>, id: SubscriptionId) -> Result<Option<CustomerSubscription>> {
    Ok(loaders(ctx).by_id.load(id).await?.map(CustomerSubscription))
}
