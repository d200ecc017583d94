//! What the caller holds on customers, ground by ground: for `myAccess`.

use super::scope::Select;
use crate::db::sql::Sql;
use crate::error::Result;
use crate::op::Op;
use entity::{CustomerId, PartnerId, Timestamp};
use sea_orm::FromQueryResult;
use std::collections::HashMap;

/// One ground, and one delegated role of it where it is an assignment.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Ground {
    /// On which customer.
    pub customer_id: CustomerId,
    /// Whose rows it opens; nil for any.
    pub source_id: PartnerId,
    /// Table of the fact.
    pub ground_kind: String,
    /// Token bits.
    pub tokens: i64,
    /// Until when.
    pub ends_at: Timestamp,
    /// Role template of an assignment.
    pub role_template_id: Option<String>,
    /// Whether the token's groups leave it.
    pub is_unnarrowed: bool,
}

/// A role that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// The vendor's name of it.
    pub name: String,
    /// Class of the tokens it yields: `commerce`, `dap`, `gdap`, `downstream`, `customer`, `case`.
    pub via: String,
    /// Until when; `FAR_FUTURE` for no end.
    pub ends_at: Timestamp,
}

/// All grounds of the caller on several customers.
pub async fn of_customers(op: &Op, customers: Vec<CustomerId>) -> Result<HashMap<CustomerId, Vec<Ground>>> {
    let scope = &op.scope;
    let select = Select {
        columns: Sql::new("g.customer_id, g.source_id, g.ground_kind, g.tokens, g.ends_at, ar.role_template_id, (")
            .add(scope.is_unnarrowed())
            .push(") AS is_unnarrowed"),
        from: Sql::new(" LEFT JOIN access_assignment_role ar ON g.ground_kind = 'access_assignment' AND ar.assignment_id = g.ground_id")
            .push(" AND EXISTS (SELECT 1 FROM access_assignment a JOIN delegated_admin_role dr ON dr.relationship_id = a.relationship_id")
            .push(" WHERE a.id = ar.assignment_id AND dr.role_template_id = ar.role_template_id)"),
        filters: Vec::new(),
        order: "g.customer_id, g.ends_at, g.ground_id, ar.role_template_id".into(),
        limit: None,
        parents: None,
        sources: None,
    };
    let mut grouped: HashMap<CustomerId, Vec<Ground>> = HashMap::new();
    let customers = customers.iter().map(|id| id.0);
    for row in scope.select_own_grants(customers, select).rows::<Ground>(&op.db).await? {
        grouped.entry(row.customer_id).or_default().push(row);
    }
    Ok(grouped)
}

/// The roles that count on the rows of one source, after precedence and narrowing.
pub fn roles(op: &Op, grounds: &[Ground], source: PartnerId) -> Vec<Role> {
    let vocabulary = &op.policy().vocabulary;
    let here = || grounds.iter().filter(|g| g.source_id == source || g.source_id == PartnerId::ANY);
    let full = here().fold(0, |held, g| held | g.tokens as u64);
    let silenced = if full & vocabulary.gdap_present != 0 { vocabulary.dap } else { 0 };
    let mut roles: Vec<Role> = Vec::new();
    for ground in here().filter(|g| g.is_unnarrowed) {
        let mut add = |name: String, via: &str| {
            let role = Role { name, via: via.to_owned(), ends_at: ground.ends_at };
            if !roles.contains(&role) {
                roles.push(role);
            }
        };
        if ground.ground_kind == "access_assignment" {
            if let Some(id) = &ground.role_template_id {
                add(vocabulary.role_template_name(id).unwrap_or(id).to_owned(), "gdap");
            }
            continue;
        }
        let counting = ground.tokens as u64 & !silenced & !vocabulary.restrictions;
        for token in vocabulary.tokens_in(counting) {
            add(vocabulary.title(token), token.class());
        }
    }
    roles
}
