//! Batched look-ups of service health, with the viewer's scope. One set per request.

use super::store::{self, MessageRow, SpanRow, Word, WordRow};
use crate::customers::loader::by_page;
use crate::db::page::{Page, Slice};
use crate::graphql::level::Level;
use crate::op::Op;
use crate::subscriptions;
use entity::CustomerId;
use std::collections::HashMap;

/// The look-ups.
pub struct Health {
    /// What sources say of a customer's services.
    pub words: Level<CustomerId, Vec<WordRow>>,
    /// The services that a customer's subscriptions bring: bits of the catalogue.
    pub brought: Level<CustomerId, i64>,
    /// Pages of a service's history.
    pub history: Level<(Word, Page), Slice<SpanRow>>,
    /// Pages of a customer's messages.
    pub messages: Level<(CustomerId, Page), Slice<MessageRow>>,
}

impl Health {
    /// For one request.
    pub fn new(op: &Op) -> Self {
        let (o1, o2, o3, o4) = (op.clone(), op.clone(), op.clone(), op.clone());
        Health {
            words: Level::new(move |ids| {
                let op = o1.clone();
                async move { store::words(&op.db, &op.scope, ids).await }
            }),
            brought: Level::new(move |ids| {
                let op = o2.clone();
                async move { subscriptions::store::services_of(&op.db, &op.scope, ids).await }
            }),
            history: Level::new(move |keys: Vec<(Word, Page)>| {
                let op = o3.clone();
                async move {
                    let mut all = HashMap::new();
                    for (page, words) in by_page(keys) {
                        let found = store::history(&op.db, &op.scope, words, &page).await?;
                        all.extend(found.into_iter().map(|(word, slice)| ((word, page.clone()), slice)));
                    }
                    Ok(all)
                }
            }),
            messages: Level::new(move |keys: Vec<(CustomerId, Page)>| {
                let op = o4.clone();
                async move {
                    let mut all = HashMap::new();
                    for (page, customers) in by_page(keys) {
                        let found = store::messages(&op.db, &op.scope, customers, &page).await?;
                        all.extend(found.into_iter().map(|(id, slice)| ((id, page.clone()), slice)));
                    }
                    Ok(all)
                }
            }),
        }
    }
}
