//! Partners in the graph.

use super::loader::Partners;
use super::store::{self, Field, PartnerRow, PartyRow, Side};
use crate::customers::schema::{PartnerCustomerConnection, customers_of_partner};
use crate::db::cursor::Position;
use crate::db::page::{Page, Slice};
use crate::db::predicate::Predicate;
use crate::graphql::connection::{Placed, Rows};
use crate::graphql::error::Result;
use crate::graphql::filter::{Branches, StringFilter, Tree, UuidFilter};
use crate::graphql::page::{PageArgs, PageInfo};
use crate::graphql::provenance::Provenance;
use crate::graphql::scalar::date_time;
use crate::graphql::{Kind, global_id, op};
use crate::{connection, enum_filter, open_enum};
use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::{CustomerId, PartnerId, Timestamp};
use uuid::Uuid;

/// A partner: an organisation that sells and supports cloud services.
#[derive(Clone)]
pub struct Partner(pub PartnerRow);

connection!(
    /// A page of partners.
    PartnerConnection, PartnerEdge, PartnerRow => Partner
);

open_enum! {
    /// Kind of a partner.
    PartnerKind {
        /// Billed by Microsoft, owns the customer end to end.
        DirectBill = "direct_bill",
        /// A distributor: buys from Microsoft and supports resellers.
        IndirectProvider = "indirect_provider",
        /// Sells through providers.
        IndirectReseller = "indirect_reseller",
    }
}

enum_filter!(
    /// Compares a kind of partner.
    PartnerKindFilter, PartnerKind
);

fn loaders<'a>(ctx: &Context<'a>) -> &'a Partners {
    ctx.data_unchecked::<Partners>()
}

/// A partner: an organisation that sells and supports cloud services.
#[Object]
impl Partner {
    /// Global id.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::Partner, self.0.id.0)
    }

    /// The partner's Microsoft Entra tenant.
    async fn tenant_id(&self) -> Uuid {
        self.0.tenant_id
    }

    /// Organisation name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Kind of partner.
    async fn kind(&self) -> PartnerKind {
        PartnerKind::of(&self.0.kind)
    }

    /// PartnerID (formerly MPN ID).
    async fn partner_id(&self) -> Option<&str> {
        self.0.mpn_id.as_deref()
    }

    /// Country or region code.
    async fn location(&self) -> Option<&str> {
        self.0.location.as_deref()
    }

    /// Its indirect resellers that you may know: all of your own organisation's; of a provider of yours, yourself.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn resellers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<PartnerConnection> {
        partners_of_partner(ctx, self.0.id, Side::Resellers, PageArgs::new(first, last, after, before)).await
    }

    /// Its indirect providers that you may know: all of your own organisation's; of a reseller of yours, yourself.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn providers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<PartnerConnection> {
        partners_of_partner(ctx, self.0.id, Side::Providers, PageArgs::new(first, last, after, before)).await
    }

    /// Those of your customers that this partner serves, by your own organisation's word.
    #[graphql(complexity = "crate::schema::page_cost(first, last, child_complexity)")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start; at most 200.")] first: Option<i32>,
        #[graphql(desc = "Rows from the end; at most 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<PartnerCustomerConnection> {
        customers_of_partner(ctx, self.0.id, PageArgs::new(first, last, after, before)).await
    }

    /// Where this came from, and how fresh it is.
    async fn provenance(&self) -> Provenance {
        Provenance::dated(&self.0.system, self.0.as_of)
    }
}

/// Which partners. Conditions side by side must all hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PartnerFilter {
    /// The organisation's name, whatever the case.
    pub name: Option<StringFilter>,
    /// Kind of partner.
    pub kind: Option<PartnerKindFilter>,
    /// The tenant.
    pub tenant_id: Option<UuidFilter>,
    /// PartnerID.
    pub partner_id: Option<StringFilter>,
    /// All of these hold.
    pub and: Option<Vec<PartnerFilter>>,
    /// Any of these holds.
    pub or: Option<Vec<PartnerFilter>>,
    /// This does not hold.
    pub not: Option<Box<PartnerFilter>>,
}

impl Tree for PartnerFilter {
    type Field = Field;

    fn branches(&mut self) -> Branches<Self> {
        (self.and.take(), self.or.take(), self.not.take())
    }

    fn leaves(self, _: usize) -> Result<Predicate<Field>> {
        let fold = crate::customers::names::folded;
        let all = [
            self.name.map(|f| f.predicate(Field::Name, "name", fold)).transpose()?,
            self.kind.map(|f| f.predicate(Field::Kind, "kind")).transpose()?,
            self.tenant_id.map(|f| f.predicate(Field::TenantId, "tenantId")).transpose()?,
            self.partner_id.map(|f| f.predicate(Field::PartnerId, "partnerId", str::to_owned)).transpose()?,
        ];
        Ok(Predicate::All(all.into_iter().flatten().collect()))
    }
}

/// The root list of partners.
pub async fn list(
    ctx: &Context<'_>,
    filter: Option<PartnerFilter>,
    args: PageArgs,
) -> Result<PartnerConnection> {
    let op = op(ctx);
    let filter = filter.unwrap_or_default().predicate()?;
    let page = args.page(op, &format!("partners {filter:?}"))?;
    let slice = store_list(op, &filter, &page).await?;
    Ok(PartnerConnection(Rows::new(slice, page)))
}

async fn store_list(op: &crate::op::Op, filter: &Predicate<Field>, page: &Page) -> Result<Slice<PartnerRow>> {
    Ok(store::list(&op.db, &op.scope, filter, page).await?)
}

async fn partners_of_partner(
    ctx: &Context<'_>,
    parent: PartnerId,
    side: Side,
    args: PageArgs,
) -> Result<PartnerConnection> {
    let page = args.page(op(ctx), &format!("partner {side:?}"))?;
    let found = loaders(ctx).of_partner.load((parent, (side, page.clone()))).await?;
    Ok(PartnerConnection(Rows::new(found.unwrap_or(Slice { rows: Vec::new(), has_more: false }), page)))
}

/// A partner by its row id, if the viewer may know it.
pub async fn partner(ctx: &Context<'_>, id: Option<PartnerId>) -> Result<Option<Partner>> {
    let Some(id) = id else { return Ok(None) };
    Ok(loaders(ctx).by_id.load(id).await?.map(Partner))
}

open_enum! {
    /// In what relation a partner stands to a customer.
    CustomerPartnerRelation {
        /// Resells to the customer.
        Reseller = "reseller",
        /// Provides the services that a reseller sells to the customer.
        IndirectProvider = "indirect_provider",
        /// Serves the customer through a provider.
        IndirectReseller = "indirect_reseller",
        /// Advises: may support, not resell.
        Advisor = "advisor",
        /// Holds an active delegated administration relationship.
        DelegatedAdmin = "delegated_admin",
    }
}

/// The partners of a customer.
pub struct CustomerPartnerConnection {
    rows: Rows<Party>,
}

/// A partner of a customer, with all its relations: the strongest first.
#[derive(Clone)]
struct Party {
    partner: PartnerRow,
    relations: Vec<(CustomerPartnerRelation, Timestamp)>,
}

impl Placed for Party {
    fn position(&self) -> Position {
        self.partner.position()
    }
}

/// The partners of a customer.
#[Object]
impl CustomerPartnerConnection {
    /// The partners of this page.
    async fn nodes(&self) -> Vec<Partner> {
        self.rows.slice.rows.iter().map(|party| Partner(party.partner.clone())).collect()
    }

    /// The partners of this page, each with its relation to the customer.
    async fn edges(&self) -> Vec<CustomerPartnerEdge> {
        let edge = |party: &Party| CustomerPartnerEdge { party: party.clone(), page: self.rows.page.clone() };
        self.rows.slice.rows.iter().map(edge).collect()
    }

    /// Where this page stands.
    async fn page_info(&self, ctx: &Context<'_>) -> Result<PageInfo> {
        self.rows.page_info(ctx)
    }
}

/// A partner and its relation to the customer.
pub struct CustomerPartnerEdge {
    party: Party,
    page: Page,
}

/// A partner and its relation to the customer.
#[Object]
impl CustomerPartnerEdge {
    /// The partner.
    async fn node(&self) -> Partner {
        Partner(self.party.partner.clone())
    }

    /// Its cursor.
    async fn cursor(&self, ctx: &Context<'_>) -> Result<String> {
        crate::graphql::page::cursor(op(ctx), &self.page, &self.party.position())
    }

    /// Its strongest relation: commerce before delegation.
    async fn relation(&self) -> Option<CustomerPartnerRelation> {
        self.party.relations.first().map(|(relation, _)| *relation)
    }

    /// Since when that relation stands.
    async fn since(&self) -> Option<DateTime<Utc>> {
        self.party.relations.first().and_then(|(_, since)| date_time(*since))
    }

    /// All its relations, the strongest first.
    async fn relations(&self) -> Vec<CustomerPartnerRelation> {
        self.party.relations.iter().map(|(relation, _)| *relation).collect()
    }
}

/// A page of the partners of a customer. They are few, so the page is cut here.
pub async fn partners_of_customer(
    ctx: &Context<'_>,
    customer: CustomerId,
    args: PageArgs,
) -> Result<CustomerPartnerConnection> {
    let page = args.page(op(ctx), "customer.partners")?;
    let rows = loaders(ctx).of_customer.load(customer).await?.unwrap_or_default();
    let mut parties = parties(rows);
    if page.backward {
        parties.reverse();
    }
    if let Some(position) = &page.position {
        let passed = parties.iter().position(|party| party.position() == *position);
        parties.drain(..passed.map_or(0, |at| at + 1));
    }
    Ok(CustomerPartnerConnection { rows: Rows::new(page.slice(parties), page) })
}

fn parties(rows: Vec<PartyRow>) -> Vec<Party> {
    let mut parties: Vec<Party> = Vec::new();
    for row in rows {
        let relation = (CustomerPartnerRelation::of(&row.relation), row.since);
        match parties.iter_mut().find(|party| party.partner.id == row.partner.id) {
            Some(party) => party.relations.push(relation),
            None => parties.push(Party { partner: row.partner, relations: vec![relation] }),
        }
    }
    parties
        .iter_mut()
        .for_each(|party| party.relations.sort_by_key(|(relation, since)| (*relation as u8, *since)));
    parties.sort_by(|a, b| (&a.partner.sort_name, a.partner.id).cmp(&(&b.partner.sort_name, b.partner.id)));
    parties
}
