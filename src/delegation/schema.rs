//! Delegated administration in the graph.

use super::loader::Delegations;
use super::store::{self, Field, RelationshipRow};
use crate::access::action::Action;
use crate::customers::schema::{Customer, CustomerFilter, OrderDirection, only_order};
use crate::customers::service::EXACT_COUNT;
use crate::db::page::{Asked, Slice};
use crate::db::predicate::{Comparison, Operand, Predicate};
use crate::graphql::connection::{Count, Rows};
use crate::graphql::error::{Field as Guarded, Result, field};
use crate::graphql::filter::{Branches, DateTimeFilter, StringFilter, Tree};
use crate::graphql::page::{PageArgs, TotalCount};
use crate::graphql::provenance::Provenance;
use crate::graphql::scalar::{Duration, date_time};
use crate::graphql::{Kind, global_id, op};
use crate::op::Op;
use crate::partners::schema::{Partner, partner};
use crate::{connection, enum_filter, open_enum};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{
    AssignmentId, CustomerId, GroupId, RelationshipId, Timestamp, access_assignment, security_group,
};
use std::sync::Arc;
use uuid::Uuid;

/// A delegated administration relationship (GDAP): roles in a customer's tenant, for a time.
#[derive(Clone)]
pub struct DelegatedAdminRelationship(pub RelationshipRow);

connection!(
    /// A page of delegated administration relationships.
    DelegatedAdminRelationshipConnection, DelegatedAdminRelationshipEdge, RelationshipRow => DelegatedAdminRelationship, total_count
);

open_enum! {
    /// State of a delegated administration relationship. Only ACTIVE grants.
    DelegatedAdminRelationshipStatus {
        /// Being prepared by the partner.
        Created = "created",
        /// Locked, waiting for the customer's approval.
        ApprovalPending = "approval_pending",
        /// Approved by the customer.
        Approved = "approved",
        /// Becoming active.
        Activating = "activating",
        /// In force.
        Active = "active",
        /// Reaching its end.
        Expiring = "expiring",
        /// Reached its end.
        Expired = "expired",
        /// Somebody asked to end it.
        TerminationRequested = "termination_requested",
        /// Ending.
        Terminating = "terminating",
        /// Ended before its time.
        Terminated = "terminated",
    }
}

open_enum! {
    /// State of an access assignment. Only ACTIVE grants.
    AccessAssignmentStatus {
        /// Being made.
        Pending = "pending",
        /// In force.
        Active = "active",
        /// Being removed.
        Deleting = "deleting",
        /// Removed.
        Deleted = "deleted",
        /// Failed.
        Error = "error",
    }
}

enum_filter!(
    /// Compares a state.
    DelegatedAdminRelationshipStatusFilter, DelegatedAdminRelationshipStatus
);

fn loaders<'a>(ctx: &Context<'a>) -> &'a Delegations {
    ctx.data_unchecked::<Delegations>()
}

/// A Microsoft Entra role.
#[derive(SimpleObject)]
pub struct DelegatedAdminRole {
    /// The vendor's name; the template id where that is not known.
    name: String,
    /// Role template id.
    template_id: String,
}

fn roles(op: &Op, ids: Option<Vec<String>>) -> Vec<DelegatedAdminRole> {
    let role = |id: String| DelegatedAdminRole {
        name: op.policy().vocabulary.role_template_name(&id).unwrap_or(&id).to_owned(),
        template_id: id,
    };
    ids.unwrap_or_default().into_iter().map(role).collect()
}

/// Whether a relationship extends itself at its end.
#[derive(SimpleObject)]
pub struct AutoExtend {
    /// Whether it does.
    enabled: bool,
    /// What keeps it from doing so, if anything does.
    blocked_by: Option<String>,
}

/// A delegated administration relationship (GDAP): roles in a customer's tenant, for a time.
#[Object]
impl DelegatedAdminRelationship {
    /// Global id.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::Relationship, self.0.model.id.0)
    }

    /// The upstream's id.
    async fn external_id(&self) -> &str {
        &self.0.model.external_id
    }

    /// Its name, unique for the partner.
    async fn display_name(&self) -> &str {
        &self.0.model.display_name
    }

    /// Its state.
    async fn status(&self) -> DelegatedAdminRelationshipStatus {
        DelegatedAdminRelationshipStatus::of(&self.0.model.status)
    }

    /// The upstream's own word for its state, where that is not a documented one.
    async fn status_raw(&self) -> Option<&str> {
        self.0.model.status_raw.as_deref()
    }

    /// How long it lasts from its activation, P1D to P2Y.
    async fn duration(&self) -> Duration {
        Duration(self.0.model.duration.clone())
    }

    /// Whether it extends itself at its end, and what keeps it from doing so.
    async fn auto_extend(&self, ctx: &Context<'_>) -> Result<AutoExtend> {
        let enabled = !["PT0S", "P0D", ""].contains(&self.0.model.auto_extend_duration.as_str());
        let ids = loaders(ctx).roles.load(self.0.model.id).await?.unwrap_or_default();
        let vocabulary = &op(ctx).policy().vocabulary;
        let blocking = ids.into_iter().filter(|id| vocabulary.never_extended.contains(id)).collect();
        let blocking = roles(op(ctx), Some(blocking)).pop();
        let blocked = blocking.is_some();
        let blocked_by =
            blocking.map(|role| format!("carries {}, which cannot be extended automatically", role.name));
        Ok(AutoExtend { enabled: enabled && !blocked, blocked_by })
    }

    /// When it was created.
    async fn created_at(&self) -> Option<DateTime<Utc>> {
        self.0.model.created_at.and_then(date_time)
    }

    /// When it became active.
    async fn activated_at(&self) -> Option<DateTime<Utc>> {
        self.0.model.activated_at.and_then(date_time)
    }

    /// When it ends; null until that is known.
    async fn ends_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.model.ends_at)
    }

    /// Created by a provider for a reseller that has not answered yet.
    async fn is_partner_consent_pending(&self) -> bool {
        self.0.model.is_partner_consent_pending
    }

    /// The provider that created it for a reseller, if you may know that partner.
    async fn indirect_provider(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        partner(ctx, self.0.model.indirect_provider_id).await
    }

    /// The customer; null until one approves, and where you may not read it.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        match self.0.model.customer_id {
            Some(id) => crate::customers::schema::by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The partner that holds it.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        partner(ctx, Some(self.0.model.source_id)).await
    }

    /// The roles that it carries.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<DelegatedAdminRole>> {
        Ok(roles(op(ctx), loaders(ctx).roles.load(self.0.model.id).await?))
    }

    /// Which security groups the roles are assigned to, at most 200. For the partner's Admin agents and auditors.
    async fn access_assignments(&self, ctx: &Context<'_>) -> Guarded<Vec<AccessAssignment>> {
        let found = async {
            let held = ctx.data_unchecked::<crate::schema::OwnOrganization>().held(op(ctx)).await?;
            let op = op(ctx);
            let is_own = op.viewer.partner == Some(self.0.model.source_id);
            op.require(Action::DelegationAssignmentsRead, if is_own { held } else { 0 })?;
            let assignments = loaders(ctx).assignments.load(self.0.model.id).await?.unwrap_or_default();
            Ok(Some(assignments.into_iter().map(AccessAssignment).collect()))
        };
        field(found.await)
    }

    /// Where this came from, and how fresh it is.
    async fn provenance(&self) -> Provenance {
        Provenance::dated(&self.0.model.system, self.0.model.as_of)
    }
}

/// Roles of a relationship given to one security group of the partner.
#[derive(Clone)]
pub struct AccessAssignment(pub access_assignment::Model);

/// Roles of a relationship given to one security group of the partner.
#[Object]
impl AccessAssignment {
    /// Global id.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::AccessAssignment, self.0.id.0)
    }

    /// The upstream's id.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// Its state.
    async fn status(&self) -> AccessAssignmentStatus {
        AccessAssignmentStatus::of(&self.0.status)
    }

    /// The security group; null while the directory does not know it.
    async fn group(&self, ctx: &Context<'_>) -> Result<Option<SecurityGroup>> {
        Ok(loaders(ctx).group_by_object.load(self.0.group_object_id).await?.map(SecurityGroup))
    }

    /// Object id of the security group.
    async fn group_object_id(&self) -> Uuid {
        self.0.group_object_id
    }

    /// The roles that it gives.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<DelegatedAdminRole>> {
        Ok(roles(op(ctx), loaders(ctx).assignment_roles.load(self.0.id).await?))
    }

    /// The relationship that it belongs to.
    async fn relationship(&self, ctx: &Context<'_>) -> Result<Option<DelegatedAdminRelationship>> {
        by_id(ctx, self.0.relationship_id).await
    }

    /// From when it counts.
    async fn starts_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.starts_at)
    }

    /// When it ended; null while it has not.
    async fn ends_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.ends_at)
    }

    /// Where this came from, and how fresh it is.
    async fn provenance(&self) -> Provenance {
        Provenance::dated(&self.0.system, self.0.as_of)
    }
}

/// A security group of your own organisation.
#[derive(Clone)]
pub struct SecurityGroup(pub security_group::Model);

/// A security group of your own organisation.
#[Object]
impl SecurityGroup {
    /// Global id.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::SecurityGroup, self.0.id.0)
    }

    /// Display name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Object id in your tenant.
    async fn object_id(&self) -> Uuid {
        self.0.object_id
    }
}

/// Which relationships. Conditions side by side must all hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DelegatedAdminRelationshipFilter {
    /// The state.
    pub status: Option<DelegatedAdminRelationshipStatusFilter>,
    /// The name, whatever the case.
    pub display_name: Option<StringFilter>,
    /// When it ends.
    pub ends_at: Option<DateTimeFilter>,
    /// Ends within so many days from now, and not before now; 0 to 3,650.
    pub ends_within_days: Option<i32>,
    /// The customer, as far as you may list it.
    pub customer: Option<Box<CustomerFilter>>,
    /// All of these hold.
    pub and: Option<Vec<DelegatedAdminRelationshipFilter>>,
    /// Any of these holds.
    pub or: Option<Vec<DelegatedAdminRelationshipFilter>>,
    /// This does not hold.
    pub not: Option<Box<DelegatedAdminRelationshipFilter>>,
}

impl Tree for DelegatedAdminRelationshipFilter {
    type Field = Field;

    fn branches(&mut self) -> Branches<Self> {
        (self.and.take(), self.or.take(), self.not.take())
    }

    fn leaves(self, depth: usize) -> Result<Predicate<Field>> {
        let mut all = vec![
            self.status.map(|f| f.predicate(Field::Status, "status")).transpose()?,
            self.display_name
                .map(|f| f.predicate(Field::DisplayName, "displayName", crate::customers::names::folded))
                .transpose()?,
            self.ends_at.map(|f| f.predicate(Field::EndsAt, "endsAt")),
        ];
        if let Some(days) = self.ends_within_days {
            if !(0..=3650).contains(&days) {
                return Err(crate::error::Error::invalid("endsWithinDays", "must be from 0 to 3650").into());
            }
            let micros = i64::from(days) * Timestamp::DAY;
            all.push(Some(Predicate::Is(Field::EndsWithin, Comparison::Eq(Operand::Int(micros)))));
        }
        if let Some(customer) = self.customer {
            let related = Field::Customer(Box::new(customer.at(depth + 1)?));
            all.push(Some(Predicate::Is(related, Comparison::Eq(Operand::Bool(true)))));
        }
        Ok(Predicate::All(all.into_iter().flatten().collect()))
    }
}

/// What relationships can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelegatedAdminRelationshipOrderField {
    /// When it ends; those without a known end last.
    EndsAt,
}

/// An order of relationships; the id breaks ties.
#[derive(Clone, Debug, InputObject)]
pub struct DelegatedAdminRelationshipOrder {
    /// By what.
    pub field: DelegatedAdminRelationshipOrderField,
    /// First to last, or last to first.
    pub direction: OrderDirection,
}

/// The root list of relationships.
pub async fn list(
    ctx: &Context<'_>,
    filter: Option<DelegatedAdminRelationshipFilter>,
    order_by: Option<Vec<DelegatedAdminRelationshipOrder>>,
    args: PageArgs,
) -> Result<DelegatedAdminRelationshipConnection> {
    let op = op(ctx);
    let filter = filter.unwrap_or_default().predicate()?;
    let descending = only_order(order_by)?.is_some_and(|order| order.direction == OrderDirection::Desc);
    let page = args.page(op, &format!("delegatedAdminRelationships {descending} {filter:?}"))?;
    let slice = store::list(&op.db, &op.scope, &filter, descending, &page).await?;
    let counted = op.clone();
    let count: Count = Box::new(move || {
        let (op, filter) = (counted.clone(), filter.clone());
        Box::pin(async move {
            let n = store::count(&op.db, &op.scope, &filter, EXACT_COUNT).await? as u64;
            Ok(TotalCount { value: n as i64, is_estimate: n > EXACT_COUNT })
        })
    });
    Ok(DelegatedAdminRelationshipConnection(Rows { slice, page, count: Some(count) }))
}

/// A page of a customer's relationships.
pub async fn relationships_of_customer(
    ctx: &Context<'_>,
    customer: CustomerId,
    filter: Option<DelegatedAdminRelationshipFilter>,
    args: PageArgs,
) -> Result<DelegatedAdminRelationshipConnection> {
    let filter = filter.unwrap_or_default().predicate()?;
    let page = args.page(op(ctx), &format!("customer.delegatedAdminRelationships {filter:?}"))?;
    let asked = Asked { page: page.clone(), question: Arc::new(filter) };
    let found = loaders(ctx).of_customer.load((customer, asked)).await?;
    let slice = found.unwrap_or(Slice { rows: Vec::new(), has_more: false });
    Ok(DelegatedAdminRelationshipConnection(Rows::new(slice, page)))
}

/// A relationship by its row id, if the viewer may read it.
pub async fn by_id(ctx: &Context<'_>, id: RelationshipId) -> Result<Option<DelegatedAdminRelationship>> {
    Ok(loaders(ctx).by_id.load(id).await?.map(DelegatedAdminRelationship))
}

/// An assignment by its row id, if the viewer may read it.
pub async fn assignment_by_id(ctx: &Context<'_>, id: AssignmentId) -> Result<Option<AccessAssignment>> {
    Ok(loaders(ctx).assignment.load(id).await?.map(AccessAssignment))
}

/// A group by its row id, if the viewer may read it.
pub async fn group_by_id(ctx: &Context<'_>, id: GroupId) -> Result<Option<SecurityGroup>> {
    Ok(loaders(ctx).group.load(id).await?.map(SecurityGroup))
}
