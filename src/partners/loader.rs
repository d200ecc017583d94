//! Batched look-ups of partners, with the viewer's scope. One set per request.

use super::store::{self, PartnerRow, PartyRow, Side};
use crate::customers::loader::by_page;
use crate::db::page::{Page, Slice};
use crate::graphql::level::Level;
use crate::op::Op;
use entity::{CustomerId, PartnerId};
use std::collections::HashMap;

/// The look-ups.
pub struct Partners {
    /// By id.
    pub by_id: Level<PartnerId, PartnerRow>,
    /// Pages of a partner's providers or resellers.
    pub of_partner: Level<(PartnerId, (Side, Page)), Slice<PartnerRow>>,
    /// The partners of a customer.
    pub of_customer: Level<CustomerId, Vec<PartyRow>>,
}

impl Partners {
    /// For one request.
    pub fn new(op: &Op) -> Self {
        let (o1, o2, o3) = (op.clone(), op.clone(), op.clone());
        Partners {
            by_id: Level::new(move |ids| {
                let op = o1.clone();
                async move { store::by_ids(&op.db, &op.scope, ids).await }
            }),
            of_partner: Level::new(move |keys: Vec<(PartnerId, (Side, Page))>| {
                let op = o2.clone();
                async move {
                    let mut all = HashMap::new();
                    for ((side, page), partners) in by_page(keys) {
                        let found = store::of_partners(&op.db, &op.scope, side, partners, &page).await?;
                        all.extend(
                            found
                                .into_iter()
                                .map(|(partner, slice)| ((partner, (side, page.clone())), slice)),
                        );
                    }
                    Ok(all)
                }
            }),
            of_customer: Level::new(move |ids| {
                let op = o3.clone();
                async move { store::of_customers(&op.db, &op.scope, ids).await }
            }),
        }
    }
}
