//! Batched look-ups of customers, with the viewer's scope. One set per request.

use super::store::{self, CustomerRow};
use crate::db::page::{Page, Slice};
use crate::graphql::level::Level;
use crate::op::Op;
use entity::{CustomerId, PartnerId, company_profile, customer_domain};
use std::collections::HashMap;

/// A partner, and the page of its customers that is wanted.
pub type OfPartner = (PartnerId, Page);

/// The look-ups.
pub struct Customers {
    /// By id.
    pub by_id: Level<CustomerId, CustomerRow>,
    /// Company details, by customer and source.
    pub company: Level<(CustomerId, PartnerId), company_profile::Model>,
    /// Verified domains, by customer and source.
    pub domains: Level<(CustomerId, PartnerId), Vec<customer_domain::Model>>,
    /// Pages of a partner's customers.
    pub of_partner: Level<OfPartner, Slice<CustomerRow>>,
}

impl Customers {
    /// For one request.
    pub fn new(op: &Op) -> Self {
        let (o1, o2, o3, o4) = (op.clone(), op.clone(), op.clone(), op.clone());
        Customers {
            by_id: Level::new(move |ids| {
                let op = o1.clone();
                async move { store::by_ids(&op.db, &op.scope, ids).await }
            }),
            company: Level::new(move |keys| {
                let op = o2.clone();
                async move { store::companies(&op.db, &op.scope, keys).await }
            }),
            domains: Level::new(move |keys| {
                let op = o3.clone();
                async move { store::domains(&op.db, &op.scope, keys).await }
            }),
            of_partner: Level::new(move |keys: Vec<OfPartner>| {
                let op = o4.clone();
                async move {
                    let mut all = HashMap::new();
                    for (page, partners) in by_page(keys) {
                        let found = store::of_partners(&op.db, &op.scope, partners, &page).await?;
                        all.extend(
                            found.into_iter().map(|(partner, slice)| ((partner, page.clone()), slice)),
                        );
                    }
                    Ok(all)
                }
            }),
        }
    }
}

/// Keys that ask for the same page together: one statement for each set of arguments.
pub fn by_page<K, P: Eq + std::hash::Hash>(keys: Vec<(K, P)>) -> HashMap<P, Vec<K>> {
    let mut grouped: HashMap<P, Vec<K>> = HashMap::new();
    for (key, page) in keys {
        grouped.entry(page).or_default().push(key);
    }
    grouped
}
