//! Whom an incident affects, in the graph. Nothing is asked before it is selected, and that of all incidents of a level
//! together: counts in one statement, pages of customers in another.

use super::impact_store::{AffectedRow, Share};
use super::schema::loaders;
use crate::customers::schema::{Customer, by_id};
use crate::db::cursor::Position;
use crate::db::page::{Page, Slice};
use crate::error::Error;
use crate::graphql::connection::{Placed, Rows};
use crate::graphql::error::{Denied, Result};
use crate::graphql::op;
use crate::graphql::page::{PageArgs, PageInfo, TotalCount, cursor};
use crate::partners::schema::{Partner, partner};
use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use entity::{IncidentId, ServiceId};
use std::sync::Arc;
use tokio::sync::OnceCell;

type Counted = Arc<OnceCell<std::result::Result<Arc<Vec<Share>>, Arc<Error>>>>;

/// Whom an incident affects among your customers. All numbers are yours: of customers whose service health you may read,
/// of subscriptions and requests that you may see.
#[derive(Clone)]
pub struct IncidentImpact {
    incident: IncidentId,
    service: ServiceId,
    counted: Counted,
}

impl IncidentImpact {
    /// Of an incident that the viewer may read, and the service that it is shown to hit.
    pub fn of(incident: IncidentId, service: ServiceId) -> Self {
        IncidentImpact { incident, service, counted: Arc::default() }
    }

    /// All together, then by reseller; asked at most once.
    async fn shares(&self, ctx: &Context<'_>) -> Result<Arc<Vec<Share>>> {
        let load = async || {
            let shares = loaders(ctx).shares.load((self.incident, self.service)).await?;
            Ok(Arc::new(shares.unwrap_or_default()))
        };
        self.counted.get_or_init(load).await.clone().map_err(Denied)
    }

    /// Of all together.
    async fn total(&self, ctx: &Context<'_>, of: impl Fn(&Share) -> i64) -> Result<i64> {
        let shares = self.shares(ctx).await?;
        Ok(shares.iter().find(|share| share.reseller_id.is_none()).map_or(0, of))
    }
}

/// Whom an incident affects among your customers. All numbers are yours: of customers whose service health you may read,
/// of subscriptions and requests that you may see.
#[Object]
impl IncidentImpact {
    /// How many of your customers it affects; each counts once.
    async fn customer_count(&self, ctx: &Context<'_>) -> Result<i64> {
        self.total(ctx, |share| share.customers).await
    }

    /// Licences that bring the service, of their active subscriptions that you may see; each subscription counts once.
    async fn seat_count(&self, ctx: &Context<'_>) -> Result<i64> {
        self.total(ctx, |share| share.seats).await
    }

    /// Their support requests on the service that are open and that you may see: your own party's, and those that the
    /// vendor lists. One that your own organisation, as a partner, filed with the vendor counts once.
    async fn open_support_request_count(&self, ctx: &Context<'_>) -> Result<i64> {
        self.total(ctx, |share| share.requests).await
    }

    /// The same by reseller, the one with most customers first. A customer whom two of your resellers serve counts with
    /// both.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn by_reseller(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<ResellerImpactConnection> {
        let page = PageArgs::new(first, last, after, before).page(op(ctx), "incident.impact.byReseller")?;
        let shares = self.shares(ctx).await?;
        let rows: Vec<ShareRow> = shares.iter().filter_map(ShareRow::of).collect();
        Ok(ResellerImpactConnection(Rows::new(cut(rows, &page), page)))
    }

    /// Who it affects, by name.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<AffectedCustomerConnection> {
        let args = PageArgs::new(first, last, after, before);
        let rows = self.page_of_customers(ctx, args, "incident.impact.customers").await?;
        Ok(AffectedCustomerConnection { rows, impact: self.clone() })
    }
}

impl IncidentImpact {
    async fn page_of_customers(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        list: &str,
    ) -> Result<Rows<AffectedRow>> {
        let page = args.page(op(ctx), list)?;
        let slice = loaders(ctx).affected.load((self.incident, page.clone())).await?;
        Ok(Rows::new(slice.unwrap_or(Slice { rows: Vec::new(), has_more: false }), page))
    }

    async fn total_count(&self, ctx: &Context<'_>) -> Result<Option<TotalCount>> {
        let value = self.total(ctx, |share| share.customers).await?;
        Ok(Some(TotalCount { value, is_estimate: false }))
    }
}

/// A page of rows that are all at hand.
fn cut<T: Placed>(mut rows: Vec<T>, page: &Page) -> Slice<T> {
    if page.backward {
        rows.reverse();
    }
    if let Some(position) = &page.position {
        let at = rows.iter().position(|row| row.position() == *position);
        rows = rows.split_off(at.map_or(rows.len(), |at| at + 1));
    }
    rows.truncate(page.size + 1);
    page.slice(rows)
}

/// A reseller's share, with its reseller.
#[derive(Clone)]
pub struct ShareRow {
    share: Share,
    reseller: entity::PartnerId,
}

impl ShareRow {
    fn of(share: &Share) -> Option<Self> {
        Some(ShareRow { share: share.clone(), reseller: share.reseller_id? })
    }
}

impl Placed for ShareRow {
    fn position(&self) -> Position {
        Position::Time(self.share.customers, self.reseller.0)
    }
}

crate::connection!(
    /// A page of an incident's impact by reseller.
    ResellerImpactConnection, ResellerImpactEdge, ShareRow => ResellerImpact
);

/// Those of your customers whom an incident affects and one reseller serves.
pub struct ResellerImpact(ShareRow);

/// Those of your customers whom an incident affects and one reseller serves.
#[Object]
impl ResellerImpact {
    /// The reseller; your own partner for customers that it serves itself. Null where you may not know it.
    async fn reseller(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        partner(ctx, Some(self.0.reseller)).await
    }

    /// How many of them it affects.
    async fn customer_count(&self) -> i64 {
        self.0.share.customers
    }

    /// Licences that bring the service, of their active subscriptions that you may see.
    async fn seat_count(&self) -> i64 {
        self.0.share.seats
    }

    /// Their support requests on the service that are open and that you may see: your own party's, and those that the
    /// vendor lists. One that your own organisation, as a partner, filed with the vendor counts once.
    async fn open_support_request_count(&self) -> i64 {
        self.0.share.requests
    }
}

/// A page of the customers whom an incident affects.
pub struct AffectedCustomerConnection {
    rows: Rows<AffectedRow>,
    impact: IncidentImpact,
}

impl AffectedCustomerConnection {
    fn affected(&self, row: &AffectedRow) -> AffectedCustomer {
        AffectedCustomer { row: row.clone(), service: self.impact.service }
    }
}

/// A page of the customers whom an incident affects.
#[Object]
impl AffectedCustomerConnection {
    /// The rows of this page.
    async fn nodes(&self) -> Vec<AffectedCustomer> {
        self.rows.slice.rows.iter().map(|row| self.affected(row)).collect()
    }

    /// The rows of this page, each with its cursor.
    async fn edges(&self) -> Vec<AffectedCustomerEdge> {
        let edge = |row: &AffectedRow| AffectedCustomerEdge {
            node: self.affected(row),
            page: self.rows.page.clone(),
        };
        self.rows.slice.rows.iter().map(edge).collect()
    }

    /// Where this page stands.
    async fn page_info(&self, ctx: &Context<'_>) -> Result<PageInfo> {
        self.rows.page_info(ctx)
    }

    /// How many there are for you. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<Option<TotalCount>> {
        self.impact.total_count(ctx).await
    }
}

/// One row of a page.
pub struct AffectedCustomerEdge {
    node: AffectedCustomer,
    page: Page,
}

/// One row of a page.
#[Object]
impl AffectedCustomerEdge {
    /// The row.
    async fn node(&self) -> AffectedCustomer {
        self.node.clone()
    }

    /// Its cursor.
    async fn cursor(&self, ctx: &Context<'_>) -> Result<String> {
        cursor(op(ctx), &self.page, &self.node.row.position())
    }
}

/// A customer whom an incident affects.
#[derive(Clone)]
pub struct AffectedCustomer {
    row: AffectedRow,
    service: ServiceId,
}

/// A customer whom an incident affects.
#[Object]
impl AffectedCustomer {
    /// The customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        by_id(ctx, self.row.customer_id).await
    }

    /// Since when.
    async fn since(&self) -> Option<DateTime<Utc>> {
        crate::graphql::scalar::date_time(self.row.since)
    }

    /// Its support requests on the service that are open and that you may see: your own party's, and those that the
    /// vendor lists. One that your own organisation, as a partner, filed with the vendor counts once.
    async fn open_support_request_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let count = loaders(ctx).requests.load((self.row.customer_id, self.service)).await?;
        Ok(count.unwrap_or_default())
    }
}

/// A page of the customers whom an incident affects, as customers.
pub struct IncidentCustomerConnection {
    rows: Rows<AffectedRow>,
    impact: IncidentImpact,
}

impl IncidentCustomerConnection {
    /// Of an incident that the viewer may read.
    pub async fn of(ctx: &Context<'_>, impact: IncidentImpact, args: PageArgs) -> Result<Self> {
        let rows = impact.page_of_customers(ctx, args, "incident.affectedCustomers").await?;
        Ok(IncidentCustomerConnection { rows, impact })
    }
}

/// A page of the customers whom an incident affects, as customers.
#[Object]
impl IncidentCustomerConnection {
    /// The rows of this page.
    async fn nodes(&self, ctx: &Context<'_>) -> Result<Vec<Customer>> {
        let found = self.rows.slice.rows.iter().map(|row| by_id(ctx, row.customer_id));
        Ok(futures::future::try_join_all(found).await?.into_iter().flatten().collect())
    }

    /// Where this page stands.
    async fn page_info(&self, ctx: &Context<'_>) -> Result<PageInfo> {
        self.rows.page_info(ctx)
    }

    /// How many there are for you. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<Option<TotalCount>> {
        self.impact.total_count(ctx).await
    }
}
