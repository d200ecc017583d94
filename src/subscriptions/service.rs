//! The rules of subscriptions: which fields need commerce rights, and on which rows.

use super::store::{self, Query, SubscriptionRow};
use crate::access::action::Action;
use crate::customers::service::EXACT_COUNT;
use crate::db::page::{Page, Slice};
use crate::error::{Error, Result};
use crate::graphql::page::TotalCount;
use crate::op::Op;
use entity::{CustomerId, SubscriptionId};
use sea_orm::DatabaseTransaction;

/// A page of the viewer's subscriptions.
pub async fn list(op: &Op, query: &Query, page: &Page) -> Result<Slice<SubscriptionRow>> {
    store::list(&op.db, &op.scope, query, op.viewer.driving.has_few_grants, page).await
}

/// How many subscriptions the list has: exact up to the cap, beyond it at least that many.
pub async fn count(op: &Op, query: &Query) -> Result<TotalCount> {
    let counted =
        store::count(&op.db, &op.scope, query, op.viewer.driving.has_few_grants, EXACT_COUNT).await? as u64;
    Ok(TotalCount { value: counted as i64, is_estimate: counted > EXACT_COUNT })
}

/// Whether the viewer may read a subscription of a customer, for a write that names it.
pub async fn is_readable(
    tx: &DatabaseTransaction,
    op: &Op,
    id: SubscriptionId,
    customer: CustomerId,
) -> Result<bool> {
    let row = store::in_transaction(tx, &op.scope, id).await?;
    Ok(row.is_some_and(|row| row.model.customer_id == customer))
}

/// Commerce details need the right, and my partner as seller or partner of record of this row.
fn require_commerce(op: &Op, row: &SubscriptionRow) -> Result<()> {
    op.require(Action::SubscriptionCommerceRead, row.held)?;
    let mine = |partner| partner == op.viewer.partner;
    let is_party =
        op.viewer.partner.is_some() && (mine(row.model.seller_id) || mine(row.model.partner_of_record_id));
    let action = Action::SubscriptionCommerceRead;
    if is_party { Ok(()) } else { Err(Error::Forbidden { action: action.name(), missing: action.missing() }) }
}

/// Opens the commerce details of this row, if they may be read: that they are is recorded.
pub async fn open_commerce(op: &Op, row: &SubscriptionRow) -> Result<()> {
    require_commerce(op, row)?;
    let action = Action::SubscriptionCommerceRead;
    op.reads.protected(op, action, row.model.customer_id, row.held, &[]).await
}
