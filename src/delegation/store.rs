//! The only SQL on delegated administration.

use crate::access::action::Action;
use crate::access::scope::{Anchor, Scope, Scoped, Select};
use crate::customers;
use crate::db::Db;
use crate::db::cursor::Position;
use crate::db::page::{Page, Slice};
use crate::db::predicate::{Comparison, Operand, Predicate};
use crate::db::sql::Sql;
use crate::error::Result;
use crate::graphql::connection::Placed;
use entity::{
    AssignmentId, CustomerId, GroupId, RelationshipId, access_assignment, access_assignment_role,
    delegated_admin_relationship, delegated_admin_role, security_group,
};
use sea_orm::FromQueryResult;
use std::collections::HashMap;
use uuid::Uuid;

/// A relationship as one reader sees it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct RelationshipRow {
    /// The row.
    #[sea_orm(nested)]
    pub model: delegated_admin_relationship::Model,
    /// What the reader holds on its customer.
    pub held: i64,
}

impl Placed for RelationshipRow {
    fn position(&self) -> Position {
        Position::Time(self.model.ends_at.0, self.model.id.0)
    }
}

/// Fields that relationships are filtered by.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // each is the column of its name
pub enum Field {
    Status,
    DisplayName,
    EndsAt,
    /// Ends within so many microseconds from now, and not before now.
    EndsWithin,
    /// The customer matches.
    Customer(Box<Predicate<customers::store::Field>>),
}

const ANCHOR: Anchor = Anchor { customer: "r.customer_id", source: "r.source_id" };

/// Rows that the reader's side may hold: its own source's, or those on its own tenant.
fn own_side(scope: &Scope) -> Sql {
    let partner = scope.partner.map(|id| Sql::new("r.source_id = ").bind(id.0));
    let customer = scope.customer.map(|id| {
        // Its own staff alone: a partner of the same tenant is another object.
        let staff = scope.sees_every_source("r.customer_id", scope.right(Action::DelegationRead));
        Sql::new("(r.customer_id = ").bind(id.0).push(" AND ").add(staff).push(")")
    });
    match (partner, customer) {
        (Some(partner), Some(customer)) => Sql::new("(").add(partner).push(" OR ").add(customer).push(")"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => Sql::new("1 = 0"),
    }
}

fn select_from(scope: &Scope, columns: &str, from: &str) -> Select {
    Select {
        columns: Sql::new(columns),
        from: Sql::new(from),
        filters: vec![own_side(scope)],
        order: "r.ends_at, r.id".into(),
        limit: None,
        parents: None,
        sources: None,
    }
}

fn scoped(scope: &Scope, select: Select) -> Scoped {
    let own_rows = match scope.partner {
        Some(partner) => Sql::new("r.source_id = ").bind(partner.0),
        None => Sql::new("1 = 0"),
    };
    let right = scope.right(Action::DelegationRead);
    scope.select_with_own_organization(select, ANCHOR, right, own_rows, Action::DelegationRead)
}

fn filter_sql(scope: &Scope, filter: &Predicate<Field>) -> Sql {
    let backend = scope.backend;
    filter.sql(&|field, comparison| match (field, comparison) {
        (Field::Status, c) => c.sql(backend, "r.status"),
        (Field::DisplayName, c) => c.sql(backend, "lower(r.display_name)"),
        (Field::EndsAt, c) => c.sql(backend, "r.ends_at"),
        (Field::EndsWithin, Comparison::Eq(Operand::Int(micros))) => Sql::new("(r.ends_at >= ")
            .now(backend, &scope.clock)
            .push(" AND r.ends_at < ")
            .now(backend, &scope.clock)
            .push(" + ")
            .bind(*micros)
            .push(")"),
        (Field::EndsWithin, c) => c.sql(backend, "r.ends_at"),
        (Field::Customer(customer), _) => customers::store::exists_matching(scope, "r.customer_id", customer),
    })
}

fn paged(select: &mut Select, page: &Page, descending: bool) {
    select.filters.extend(page.beyond("r.ends_at", "r.id", descending));
    select.order = page.order("r.ends_at", "r.id", descending);
    select.limit = Some(page.limit());
}

/// A page of the reader's relationships by their end.
pub async fn list(
    db: &Db,
    scope: &Scope,
    filter: &Predicate<Field>,
    descending: bool,
    page: &Page,
) -> Result<Slice<RelationshipRow>> {
    let mut select = select_from(scope, "r.*", "delegated_admin_relationship r");
    select.filters.push(filter_sql(scope, filter));
    paged(&mut select, page, descending);
    Ok(page.slice(scoped(scope, select).rows(db).await?))
}

#[derive(FromQueryResult)]
struct Counted {
    #[allow(dead_code)]
    id: Uuid,
}

/// Counts the reader's relationships, up to `cap` and one more.
pub async fn count(db: &Db, scope: &Scope, filter: &Predicate<Field>, cap: u64) -> Result<usize> {
    let mut select = select_from(scope, "r.id", "delegated_admin_relationship r");
    select.filters.push(filter_sql(scope, filter));
    select.limit = Some(cap + 1);
    Ok(scoped(scope, select).rows::<Counted>(db).await?.len())
}

/// A page of the relationships of each of several customers.
pub async fn of_customers(
    db: &Db,
    scope: &Scope,
    customers: Vec<CustomerId>,
    filter: &Predicate<Field>,
    page: &Page,
) -> Result<HashMap<CustomerId, Slice<RelationshipRow>>> {
    let mut select = select_from(scope, "r.*", "delegated_admin_relationship r");
    select.filters.push(filter_sql(scope, filter));
    paged(&mut select, page, false);
    select.parents = Some(("r.customer_id", customers.iter().map(|id| id.0).collect()));
    let mut grouped: HashMap<CustomerId, Vec<RelationshipRow>> = HashMap::new();
    for row in scoped(scope, select).rows::<RelationshipRow>(db).await? {
        if let Some(customer) = row.model.customer_id {
            grouped.entry(customer).or_default().push(row);
        }
    }
    Ok(grouped.into_iter().map(|(customer, rows)| (customer, page.slice(rows))).collect())
}

/// Relationships by id.
pub async fn by_ids(
    db: &Db,
    scope: &Scope,
    ids: Vec<RelationshipId>,
) -> Result<HashMap<RelationshipId, RelationshipRow>> {
    let mut select = select_from(scope, "r.*", "delegated_admin_relationship r");
    select.filters.push(Sql::default().any_of(scope.backend, "r.id", ids.into_iter().map(|id| id.0)));
    let rows: Vec<RelationshipRow> = scoped(scope, select).rows(db).await?;
    Ok(rows.into_iter().map(|row| (row.model.id, row)).collect())
}

/// Role template ids by relationship.
pub async fn roles(
    db: &Db,
    scope: &Scope,
    ids: Vec<RelationshipId>,
) -> Result<HashMap<RelationshipId, Vec<String>>> {
    let from = "delegated_admin_role v JOIN delegated_admin_relationship r ON r.id = v.relationship_id";
    let mut select = select_from(scope, "v.*", from);
    select.filters.push(Sql::default().any_of(
        scope.backend,
        "v.relationship_id",
        ids.into_iter().map(|id| id.0),
    ));
    select.order = "v.relationship_id, v.role_template_id".into();
    let mut grouped: HashMap<RelationshipId, Vec<String>> = HashMap::new();
    for row in scoped(scope, select).rows::<delegated_admin_role::Model>(db).await? {
        grouped.entry(row.relationship_id).or_default().push(row.role_template_id);
    }
    Ok(grouped)
}

/// The partner's own rows: assignments and what hangs on them.
fn own(scope: &Scope, columns: &str, from: &str, source: &str) -> Select {
    Select {
        columns: Sql::new(columns),
        from: Sql::new(from),
        filters: vec![Sql::new(format!("{source} = ")).bind(scope.partner.map_or(Uuid::nil(), |id| id.0))],
        order: "1".into(),
        limit: None,
        parents: None,
        sources: None,
    }
}

/// Assignments of the partner's own relationships, at most 200 each.
pub async fn assignments(
    db: &Db,
    scope: &Scope,
    ids: Vec<RelationshipId>,
) -> Result<HashMap<RelationshipId, Vec<access_assignment::Model>>> {
    let mut select = own(scope, "a.*", "access_assignment a", "a.source_id");
    select.order = "a.external_id".into();
    select.limit = Some(200);
    select.parents = Some(("a.relationship_id", ids.iter().map(|id| id.0).collect()));
    let scoped = scope.select_own_organization(select, Action::DelegationAssignmentsRead);
    let mut grouped: HashMap<RelationshipId, Vec<access_assignment::Model>> = HashMap::new();
    for row in scoped.rows::<access_assignment::Model>(db).await? {
        grouped.entry(row.relationship_id).or_default().push(row);
    }
    Ok(grouped)
}

/// Assignments by id.
pub async fn assignments_by_ids(
    db: &Db,
    scope: &Scope,
    ids: Vec<AssignmentId>,
) -> Result<HashMap<AssignmentId, access_assignment::Model>> {
    let mut select = own(scope, "a.*", "access_assignment a", "a.source_id");
    select.filters.push(Sql::default().any_of(scope.backend, "a.id", ids.into_iter().map(|id| id.0)));
    let scoped = scope.select_own_organization(select, Action::DelegationAssignmentsRead);
    let rows: Vec<access_assignment::Model> = scoped.rows(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Role template ids by assignment.
pub async fn assignment_roles(
    db: &Db,
    scope: &Scope,
    ids: Vec<AssignmentId>,
) -> Result<HashMap<AssignmentId, Vec<String>>> {
    let from = "access_assignment_role v JOIN access_assignment a ON a.id = v.assignment_id";
    let mut select = own(scope, "v.*", from, "a.source_id");
    select.filters.push(Sql::default().any_of(
        scope.backend,
        "v.assignment_id",
        ids.into_iter().map(|id| id.0),
    ));
    select.order = "v.role_template_id".into();
    let scoped = scope.select_own_organization(select, Action::DelegationAssignmentsRead);
    let mut grouped: HashMap<AssignmentId, Vec<String>> = HashMap::new();
    for row in scoped.rows::<access_assignment_role::Model>(db).await? {
        grouped.entry(row.assignment_id).or_default().push(row.role_template_id);
    }
    Ok(grouped)
}

/// Security groups of one's own tenant, by what `column` holds.
async fn groups(db: &Db, scope: &Scope, column: &str, ids: Vec<Uuid>) -> Result<Vec<security_group::Model>> {
    let select = Select {
        columns: Sql::new("g.id, g.tenant_id, g.object_id, g.name, g.role"),
        from: Sql::new("security_group g"),
        filters: vec![
            Sql::new("g.tenant_id = ").bind(scope.tenant),
            Sql::default().any_of(scope.backend, column, ids),
        ],
        order: "g.id".into(),
        limit: None,
        parents: None,
        sources: None,
    };
    scope.select_own_organization(select, Action::DelegationAssignmentsRead).rows(db).await
}

/// Security groups by their object id.
pub async fn groups_by_object(
    db: &Db,
    scope: &Scope,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, security_group::Model>> {
    let rows = groups(db, scope, "g.object_id", ids).await?;
    Ok(rows.into_iter().map(|row| (row.object_id, row)).collect())
}

/// Security groups by id.
pub async fn groups_by_ids(
    db: &Db,
    scope: &Scope,
    ids: Vec<GroupId>,
) -> Result<HashMap<GroupId, security_group::Model>> {
    let rows = groups(db, scope, "g.id", ids.into_iter().map(|id| id.0).collect()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
