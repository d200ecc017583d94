//! The only SQL on partners. Rows come from the reader's own source, or, for a customer's own staff, from what each
//! partner of that customer says of itself.

use crate::access::action::Action;
use crate::access::scope::{Anchor, Scope, Select};
use crate::db::Db;
use crate::db::cursor::Position;
use crate::db::page::{Page, Slice};
use crate::db::predicate::Predicate;
use crate::db::sql::Sql;
use crate::error::Result;
use crate::graphql::connection::Placed;
use entity::{CustomerId, PartnerId, Timestamp};
use sea_orm::FromQueryResult;
use std::collections::HashMap;
use uuid::Uuid;

/// A partner as one reader sees it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct PartnerRow {
    /// The shell.
    pub id: PartnerId,
    /// Its tenant.
    pub tenant_id: Uuid,
    /// Kind code.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Folded name.
    pub sort_name: String,
    /// PartnerID.
    pub mpn_id: Option<String>,
    /// Country or region.
    pub location: Option<String>,
    /// Upstream system.
    pub system: String,
    /// When upstream said so.
    pub as_of: Timestamp,
}

impl Placed for PartnerRow {
    fn position(&self) -> Position {
        Position::Text(self.sort_name.clone(), self.id.0)
    }
}

/// Fields that partners are filtered by.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // each is the column of its name
pub enum Field {
    Name,
    Kind,
    TenantId,
    PartnerId,
}

impl Field {
    fn column(&self) -> &'static str {
        match self {
            Field::Name => "v.sort_name",
            Field::Kind => "v.kind",
            Field::TenantId => "p.tenant_id",
            Field::PartnerId => "v.mpn_id",
        }
    }
}

const COLUMNS: &str =
    "p.id, p.tenant_id, v.kind, v.name, v.sort_name, v.mpn_id, v.location, v.system, v.as_of";
const PARTY: Anchor = Anchor { customer: "x.customer_id", source: "x.source_id" };

/// A condition on rows of `customer_party`: the reader's own source's word; for a customer's own staff, each partner's
/// word of itself.
pub fn spoken_for(scope: &Scope, alias: &str, customer_column: &'static str) -> Sql {
    let own = scope.partner.map(|partner| Sql::new(format!("{alias}.source_id = ")).bind(partner.0));
    let customer = scope.customer.map(|customer| {
        let sql = Sql::new(format!("({alias}.customer_id = ")).bind(customer.0);
        // Its own staff alone: a partner of the same tenant is another object.
        let staff = scope.sees_every_source(customer_column, scope.right(Action::CustomerPartnersRead));
        sql.push(&format!(" AND {alias}.source_id = {alias}.partner_id AND ")).add(staff).push(")")
    });
    match (own, customer) {
        (Some(own), Some(customer)) => Sql::new("(").add(own).push(" OR ").add(customer).push(")"),
        (Some(own), None) => own,
        (None, Some(customer)) => customer,
        (None, None) => Sql::new("1 = 0"),
    }
}

/// Partners that the reader's own source names.
fn named(partner: PartnerId) -> Select {
    Select {
        columns: Sql::new(COLUMNS),
        from: Sql::new("partner_profile v JOIN partner p ON p.id = v.partner_id"),
        filters: vec![Sql::new("v.source_id = ").bind(partner.0)],
        order: "v.sort_name, v.partner_id".into(),
        limit: None,
        parents: None,
        sources: None,
    }
}

/// Partners that stand in a relation to the reader's own customer tenant: several rows each, one for each relation.
fn related(scope: &Scope, customer: CustomerId) -> Select {
    let mut filters = vec![
        Sql::new("x.customer_id = ").bind(customer.0).push(" AND x.source_id = x.partner_id"),
        Sql::default().live(scope.backend, &scope.clock, "x"),
        scope.sees_every_source("x.customer_id", scope.right(Action::CustomerPartnersRead)),
    ];
    if let Some(partner) = scope.partner {
        // Whom one's own organisation names is shown by its word.
        let named = Sql::new(
            "NOT (EXISTS (SELECT 1 FROM partner_profile o WHERE o.partner_id = p.id AND o.source_id = ",
        );
        let named =
            named.bind(partner.0).push(") AND ").add(scope.allowed_on_own_organization(Action::PartnerRead));
        filters.push(named.push(")"));
    }
    Select {
        columns: Sql::new(COLUMNS),
        from: Sql::new("customer_party x JOIN partner p ON p.id = x.partner_id")
            .push(" JOIN partner_profile v ON v.source_id = x.partner_id AND v.partner_id = x.partner_id"),
        filters,
        order: "v.sort_name, p.id".into(),
        limit: None,
        parents: None,
        sources: None,
    }
}

/// Customers have few partners: a page of them is cut from at most so many rows.
const MOST_PARTIES: u64 = 201;

/// A page of the partners that the reader may see, by name.
pub async fn list(
    db: &Db,
    scope: &Scope,
    filter: &Predicate<Field>,
    page: &Page,
) -> Result<Slice<PartnerRow>> {
    let mut rows = Vec::new();
    let filters = |select: &mut Select| {
        select.filters.push(filter.sql(&|field, comparison| comparison.sql(scope.backend, field.column())));
        select.filters.extend(page.beyond("v.sort_name", "p.id", false));
        select.order = page.order("v.sort_name", "p.id", false);
    };
    if let Some(partner) = scope.partner {
        let mut select = named(partner);
        filters(&mut select);
        select.limit = Some(page.limit());
        rows.extend(scope.select_own_organization(select, Action::PartnerRead).rows::<PartnerRow>(db).await?);
    }
    if let Some(customer) = scope.customer {
        let mut select = related(scope, customer);
        filters(&mut select);
        select.limit = Some(MOST_PARTIES);
        rows.extend(
            scope
                .select(select, PARTY, scope.right(Action::CustomerPartnersRead))
                .rows::<PartnerRow>(db)
                .await?,
        );
    }
    let key = |row: &PartnerRow| (row.sort_name.clone(), row.id);
    rows.sort_by(|a, b| if page.backward { key(b).cmp(&key(a)) } else { key(a).cmp(&key(b)) });
    rows.dedup_by_key(|row| row.id);
    Ok(page.slice(rows))
}

/// Partners by id.
pub async fn by_ids(db: &Db, scope: &Scope, ids: Vec<PartnerId>) -> Result<HashMap<PartnerId, PartnerRow>> {
    let wanted = || Sql::default().any_of(scope.backend, "p.id", ids.iter().map(|id| id.0));
    let mut all = HashMap::new();
    if let Some(customer) = scope.customer {
        let mut select = related(scope, customer);
        select.filters.push(wanted());
        let rows: Vec<PartnerRow> =
            scope.select(select, PARTY, scope.right(Action::CustomerPartnersRead)).rows(db).await?;
        all.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    if scope.partner.is_some() || scope.customer.is_none() {
        // Somebody without any organisation asks the same and finds nothing.
        let mut select = named(scope.partner.unwrap_or(PartnerId::ANY));
        select.filters.push(wanted());
        let rows: Vec<PartnerRow> =
            scope.select_own_organization(select, Action::PartnerRead).rows(db).await?;
        all.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(all)
}

/// Which side of a partnership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The providers of the parent.
    Providers,
    /// The resellers of the parent.
    Resellers,
}

#[derive(FromQueryResult)]
struct OfParent {
    #[sea_orm(nested)]
    partner: PartnerRow,
    parent: PartnerId,
}

/// A page of the providers or resellers of each of several partners, as the reader's own source says.
pub async fn of_partners(
    db: &Db,
    scope: &Scope,
    side: Side,
    parents: Vec<PartnerId>,
    page: &Page,
) -> Result<HashMap<PartnerId, Slice<PartnerRow>>> {
    let (parent, other) = match side {
        Side::Providers => ("s.reseller_id", "provider_id"),
        Side::Resellers => ("s.provider_id", "reseller_id"),
    };
    let Some(me) = scope.partner else {
        return Ok(HashMap::new());
    };
    let mut select = named(me);
    select.from = Sql::new(format!(
        "partnership s JOIN partner p ON p.id = s.{other} JOIN partner_profile v ON v.source_id = s.source_id AND v.partner_id = s.{other}"
    ));
    select.filters =
        vec![Sql::new("s.source_id = ").bind(me.0), Sql::default().live(scope.backend, &scope.clock, "s")];
    select.filters.extend(page.beyond("v.sort_name", "p.id", false));
    select.order = page.order("v.sort_name", "p.id", false);
    select.limit = Some(page.limit());
    select.parents = Some((parent, parents.iter().map(|id| id.0).collect()));
    let rows: Vec<OfParent> = scope.select_own_organization(select, Action::PartnerRead).rows(db).await?;
    let mut grouped: HashMap<PartnerId, Vec<PartnerRow>> = HashMap::new();
    for row in rows {
        grouped.entry(row.parent).or_default().push(row.partner);
    }
    Ok(grouped.into_iter().map(|(partner, rows)| (partner, page.slice(rows))).collect())
}

/// A partner of a customer, in one relation.
#[derive(Clone, Debug, FromQueryResult)]
pub struct PartyRow {
    /// The partner.
    #[sea_orm(nested)]
    pub partner: PartnerRow,
    /// Of which customer.
    pub customer_id: CustomerId,
    /// `reseller`, `advisor`, `indirect_provider`, `indirect_reseller` or `delegated_admin`.
    pub relation: String,
    /// Since when.
    pub since: Timestamp,
}

/// The partners of each of several customers, at most 200 relations each.
pub async fn of_customers(
    db: &Db,
    scope: &Scope,
    customers: Vec<CustomerId>,
) -> Result<HashMap<CustomerId, Vec<PartyRow>>> {
    let select = Select {
        columns: Sql::new(format!("{COLUMNS}, x.customer_id, x.relation, x.starts_at AS since")),
        from: Sql::new("customer_party x JOIN partner p ON p.id = x.partner_id")
            .push(" JOIN partner_profile v ON v.source_id = x.source_id AND v.partner_id = x.partner_id"),
        filters: vec![
            spoken_for(scope, "x", "x.customer_id"),
            Sql::default().live(scope.backend, &scope.clock, "x"),
        ],
        order: "v.sort_name, p.id, x.relation".into(),
        limit: Some(MOST_PARTIES - 1),
        parents: Some(("x.customer_id", customers.iter().map(|id| id.0).collect())),
        sources: None,
    };
    let rows: Vec<PartyRow> =
        scope.select(select, PARTY, scope.right(Action::CustomerPartnersRead)).rows(db).await?;
    let mut grouped: HashMap<CustomerId, Vec<PartyRow>> = HashMap::new();
    for row in rows {
        grouped.entry(row.customer_id).or_default().push(row);
    }
    Ok(grouped)
}
