//! Batched look-ups of arrangements, with the viewer's scope. One set per request.

use super::store::{self, Readable};
use crate::graphql::level::Level;
use crate::op::Op;
use entity::CustomerId;

/// The look-ups.
pub struct Support {
    /// What may be read of the arrangements for a customer that the viewer reads already.
    pub of_customer: Level<CustomerId, Readable>,
}

impl Support {
    /// For one request.
    pub fn new(op: &Op) -> Self {
        let op = op.clone();
        Support {
            of_customer: Level::new(move |ids| {
                let op = op.clone();
                async move { store::of_customers(&op.db, &op.scope, ids).await }
            }),
        }
    }
}
