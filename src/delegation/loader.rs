//! Batched look-ups of delegated administration, with the viewer's scope. One set per request.

use super::store::{self, Field, RelationshipRow};
use crate::customers::loader::by_page;
use crate::db::page::{Asked, Slice};
use crate::db::predicate::Predicate;
use crate::graphql::level::Level;
use crate::op::Op;
use entity::{AssignmentId, CustomerId, GroupId, RelationshipId, access_assignment, security_group};
use std::collections::HashMap;
use uuid::Uuid;

/// The look-ups.
pub struct Delegations {
    /// By id.
    pub by_id: Level<RelationshipId, RelationshipRow>,
    /// Pages of a customer's relationships.
    pub of_customer: Level<(CustomerId, Asked<Predicate<Field>>), Slice<RelationshipRow>>,
    /// Role template ids of a relationship.
    pub roles: Level<RelationshipId, Vec<String>>,
    /// Assignments of a relationship.
    pub assignments: Level<RelationshipId, Vec<access_assignment::Model>>,
    /// Assignments by id.
    pub assignment: Level<AssignmentId, access_assignment::Model>,
    /// Role template ids of an assignment.
    pub assignment_roles: Level<AssignmentId, Vec<String>>,
    /// Security groups by object id.
    pub group_by_object: Level<Uuid, security_group::Model>,
    /// Security groups by id.
    pub group: Level<GroupId, security_group::Model>,
}

macro_rules! level {
    ($op:ident, $fetch:path) => {{
        let op = $op.clone();
        Level::new(move |keys| {
            let op = op.clone();
            async move { $fetch(&op.db, &op.scope, keys).await }
        })
    }};
}

impl Delegations {
    /// For one request.
    pub fn new(op: &Op) -> Self {
        let asked = op.clone();
        Delegations {
            by_id: level!(op, store::by_ids),
            of_customer: Level::new(move |keys: Vec<(CustomerId, Asked<Predicate<Field>>)>| {
                let op = asked.clone();
                async move {
                    let mut all = HashMap::new();
                    for (asked, customers) in by_page(keys) {
                        let found =
                            store::of_customers(&op.db, &op.scope, customers, &asked.question, &asked.page)
                                .await?;
                        all.extend(
                            found.into_iter().map(|(customer, slice)| ((customer, asked.clone()), slice)),
                        );
                    }
                    Ok(all)
                }
            }),
            roles: level!(op, store::roles),
            assignments: level!(op, store::assignments),
            assignment: level!(op, store::assignments_by_ids),
            assignment_roles: level!(op, store::assignment_roles),
            group_by_object: level!(op, store::groups_by_object),
            group: level!(op, store::groups_by_ids),
        }
    }
}
