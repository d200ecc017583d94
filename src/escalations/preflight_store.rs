//! The SQL of preflight: what the named partner's own source says of providers and seller, the viewer's own hop, its
//! organisation's contracts, and open requests that may be about the same.
//!
//! In the graph all of it is opened through the viewer's own view of a request. Rules inside a transaction read the same
//! of the partner that hands over, from that partner's own rows and never from another's.

use super::case_store::own_views;
use super::words::HopState;
use crate::access::action::Action;
use crate::access::scope::{Anchor, Right, Scope, Select};
use crate::db::sql::Sql;
use crate::db::{Db, first, rows_in};
use crate::error::Result;
use crate::support;
use entity::{CustomerId, PartnerId, SubscriptionId, Timestamp, support_contract, support_view};
use sea_orm::{DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

/// A provider through whom the named partner serves the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Which partner.
    pub id: PartnerId,
    /// Whether it uses this gateway: whether it has said something of itself.
    pub is_registered: bool,
}

/// What decides on the next tier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ground {
    /// The providers through whom the partner that hands over serves the customer now, each once, by id.
    pub providers: Vec<Provider>,
    /// Who sold the affected subscription.
    pub seller: Option<PartnerId>,
    /// Whether the partner that hands over says of itself that it sells through providers.
    pub is_reseller: bool,
}

impl Ground {
    fn of(mut providers: Vec<Provider>, seller: Option<PartnerId>, kind: Option<&str>) -> Ground {
        providers.sort_by_key(|provider| provider.id);
        providers.dedup_by_key(|provider| provider.id);
        Ground { providers, seller, is_reseller: kind == Some("indirect_reseller") }
    }
}

const ANCHOR: Anchor = Anchor { customer: "v.customer_id", source: "v.source_id" };

/// The viewer's own view of a request while its organisation takes part as a partner.
fn own(scope: &Scope) -> Vec<Sql> {
    vec![own_views(scope), Sql::new("v.party <> 'customer' AND v.is_current")]
}

/// Rows that are reached from the viewer's own view of a request.
fn from_own(scope: &Scope, request: Uuid, columns: &str, from: Sql, order: &str) -> Select {
    let mut filters = own(scope);
    filters.push(Sql::new("v.request_id = ").bind(request));
    Select {
        columns: Sql::new(columns),
        from,
        filters,
        order: order.to_owned(),
        limit: None,
        parents: None,
        sources: None,
    }
}

/// The viewer's own view of a request, while its organisation takes part as a partner.
#[derive(Clone, Debug, FromQueryResult)]
pub struct OwnView {
    /// The view.
    #[sea_orm(nested)]
    pub view: support_view::Model,
    /// What the viewer holds on it.
    pub held: i64,
}

/// The viewer's own view of a request; none where its organisation takes no part as a partner, or it may not read it.
pub async fn own_view(db: &Db, scope: &Scope, request: Uuid) -> Result<Option<OwnView>> {
    let select = from_own(scope, request, "v.*", Sql::new("support_view v"), "v.request_id");
    Ok(first(scope.select(select, ANCHOR, scope.right(Action::RequestRead)).rows(db).await?))
}

/// The right to hand a case on: of the named partner, and of a tier.
fn escalates(scope: &Scope) -> Right {
    scope.right_if(Sql::new("v.party = 'partner'"), Action::RequestEscalate, Action::CaseAnswer)
}

#[derive(FromQueryResult)]
struct GroundRow {
    provider_id: Option<PartnerId>,
    is_registered: bool,
    seller_id: Option<PartnerId>,
    own_kind: Option<String>,
}

/// What the viewer's own source says of a request that it may read. A tier has no providers.
pub async fn ground(db: &Db, scope: &Scope, request: Uuid) -> Result<Ground> {
    let from = Sql::new("support_view v LEFT JOIN indirect_relation i ON v.party = 'partner'")
        .push(
            " AND i.source_id = v.party_id AND i.reseller_id = v.party_id AND i.customer_id = v.customer_id",
        )
        .push(" AND i.provider_id <> v.party_id AND ")
        .live(scope.backend, &scope.clock, "i")
        .push(" LEFT JOIN partner_profile p ON p.source_id = i.provider_id AND p.partner_id = i.provider_id")
        .push(" LEFT JOIN customer_subscription s ON s.id = v.subscription_id AND s.source_id = v.party_id")
        .push(" LEFT JOIN partner_profile o ON o.source_id = v.party_id AND o.partner_id = v.party_id");
    let columns =
        "i.provider_id, (p.partner_id IS NOT NULL) AS is_registered, s.seller_id, o.kind AS own_kind";
    let select = from_own(scope, request, columns, from, "i.provider_id");
    let rows: Vec<GroundRow> =
        scope.select(select, ANCHOR, scope.right(Action::RequestRead)).rows(db).await?;
    let (seller, kind) = match rows.first() {
        Some(row) => (row.seller_id, row.own_kind.clone()),
        None => (None, None),
    };
    let provider =
        |row: GroundRow| row.provider_id.map(|id| Provider { id, is_registered: row.is_registered });
    Ok(Ground::of(rows.into_iter().filter_map(provider).collect(), seller, kind.as_deref()))
}

#[derive(FromQueryResult)]
struct ProviderRow {
    provider_id: PartnerId,
    is_registered: bool,
}

#[derive(FromQueryResult)]
struct SellerRow {
    seller_id: Option<PartnerId>,
}

#[derive(FromQueryResult)]
struct KindRow {
    kind: String,
}

/// The same inside a transaction, of the partner that hands over, from its own rows alone.
pub async fn ground_in(
    tx: &DatabaseTransaction,
    now: Timestamp,
    from: PartnerId,
    customer: CustomerId,
    subscription: Option<SubscriptionId>,
) -> Result<Ground> {
    let sql = Sql::new(
        "SELECT i.provider_id, (p.partner_id IS NOT NULL) AS is_registered FROM indirect_relation i",
    )
    .push(" LEFT JOIN partner_profile p ON p.source_id = i.provider_id AND p.partner_id = i.provider_id")
    .push(" WHERE i.source_id = ")
    .bind(from.0)
    .push(" AND i.reseller_id = ")
    .bind(from.0)
    .push(" AND i.provider_id <> ")
    .bind(from.0)
    .push(" AND i.customer_id = ")
    .bind(customer.0)
    .push(" AND i.starts_at <= ")
    .bind(now.0)
    .push(" AND i.ends_at > ")
    .bind(now.0);
    let providers: Vec<ProviderRow> = rows_in(tx, sql).await?;
    let seller: Option<SellerRow> = match subscription {
        Some(subscription) => {
            let sql =
                Sql::new("SELECT seller_id FROM customer_subscription WHERE id = ").bind(subscription.0);
            first(rows_in(tx, sql.push(" AND source_id = ").bind(from.0)).await?)
        }
        None => None,
    };
    let sql = Sql::new("SELECT kind FROM partner_profile WHERE source_id = ").bind(from.0);
    let kind: Option<KindRow> = first(rows_in(tx, sql.push(" AND partner_id = ").bind(from.0)).await?);
    let provider = |row: ProviderRow| Provider { id: row.provider_id, is_registered: row.is_registered };
    let providers = providers.into_iter().map(provider).collect();
    let kind = kind.as_ref().map(|row| row.kind.as_str());
    Ok(Ground::of(providers, seller.and_then(|row| row.seller_id), kind))
}

#[derive(FromQueryResult)]
struct StateRow {
    state: String,
}

/// Where the live hop to the viewer's own organisation stands; none for the named partner.
pub async fn own_hop(db: &Db, scope: &Scope, request: Uuid) -> Result<Option<HopState>> {
    let from = Sql::new("support_view v JOIN support_escalation e")
        .push(" ON e.request_id = v.request_id AND e.to_partner_id = v.party_id");
    let mut select = from_own(scope, request, "e.state", from, "e.number DESC");
    select.filters.push(Sql::new("v.party = 'tier' AND e.ends_at = ").bind(Timestamp::FAR_FUTURE.0));
    let rows: Vec<StateRow> = scope.select(select, ANCHOR, scope.right(Action::RequestRead)).rows(db).await?;
    Ok(rows.first().and_then(|row| HopState::of(&row.state)))
}

/// The contracts with the vendor of the viewer's own organisation that end after a time, for a request that the viewer may
/// hand on: who may that need not be one who reads its organisation's contracts elsewhere.
pub async fn contracts(
    db: &Db,
    scope: &Scope,
    request: Uuid,
    after: Timestamp,
) -> Result<Vec<support_contract::Model>> {
    let reach = from_own(scope, request, "v.party_id", Sql::new("support_view v"), "v.party_id");
    let select = support::store::contracts_reached(reach, "v.party_id", after);
    scope.select(select, ANCHOR, escalates(scope)).rows(db).await
}

#[derive(FromQueryResult)]
struct RequestId {
    request_id: Uuid,
}

/// Open requests that the viewer's own organisation takes part in and that may be about the same as this one: of the
/// same customer and service; without a service, of the same kind without one. The newest first, at most so many.
pub async fn duplicates(db: &Db, scope: &Scope, of: &support_view::Model, most: usize) -> Result<Vec<Uuid>> {
    let mut filters = own(scope);
    filters.push(Sql::new("v.is_open AND v.customer_id = ").bind(of.customer_id.0));
    filters.push(Sql::new("v.request_id <> ").bind(of.request_id));
    filters.push(match of.service_id {
        Some(service) => Sql::new("v.service_id = ").bind(service.0),
        None => Sql::new("v.service_id IS NULL AND v.kind = ").bind(of.kind.as_str()),
    });
    let select = Select {
        columns: Sql::new("v.request_id"),
        from: Sql::new("support_view v"),
        filters,
        order: "v.created_at DESC, v.request_id".into(),
        limit: Some(most as u64),
        parents: None,
        sources: None,
    };
    let rows: Vec<RequestId> =
        scope.select(select, ANCHOR, scope.right(Action::RequestRead)).rows(db).await?;
    Ok(rows.into_iter().take(most).map(|row| row.request_id).collect())
}
