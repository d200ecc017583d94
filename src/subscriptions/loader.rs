//! Batched look-ups of subscriptions, with the viewer's scope. One set per request.

use super::store::{self, Query, SubscriptionRow};
use crate::customers::loader::by_page;
use crate::db::page::{Asked, Slice};
use crate::graphql::level::Level;
use crate::op::Op;
use entity::{CustomerId, SubscriptionId, subscription_commerce};
use std::collections::HashMap;

/// The look-ups.
pub struct Subscriptions {
    /// By id.
    pub by_id: Level<SubscriptionId, SubscriptionRow>,
    /// Pages of a customer's subscriptions.
    pub of_customer: Level<(CustomerId, Asked<Query>), Slice<SubscriptionRow>>,
    /// Commerce details.
    pub commerce: Level<SubscriptionId, subscription_commerce::Model>,
}

impl Subscriptions {
    /// For one request.
    pub fn new(op: &Op) -> Self {
        let (o1, o2, o3) = (op.clone(), op.clone(), op.clone());
        Subscriptions {
            by_id: Level::new(move |ids| {
                let op = o1.clone();
                async move { store::by_ids(&op.db, &op.scope, ids).await }
            }),
            of_customer: Level::new(move |keys: Vec<(CustomerId, Asked<Query>)>| {
                let op = o2.clone();
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
            commerce: Level::new(move |ids| {
                let op = o3.clone();
                async move { store::commerce_details(&op.db, &op.scope, ids).await }
            }),
        }
    }
}
