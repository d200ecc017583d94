//! Batched look-ups of support requests, with the viewer's scope. One set per request.

use super::store::{self, EntryRow, HopRow, Query, RequestRow};
use crate::customers::loader::by_page;
use crate::db::page::{Asked, Page, Slice};
use crate::graphql::level::Level;
use crate::op::Op;
use entity::CustomerId;
use std::collections::HashMap;
use uuid::Uuid;

/// Pages of what belongs to a support request.
type Entries = Level<(Uuid, Page), Slice<EntryRow>>;

/// The look-ups.
pub struct Requests {
    /// By id.
    pub by_id: Level<Uuid, RequestRow>,
    /// Pages of a customer's support requests.
    pub of_customer: Level<(CustomerId, Asked<Query>), Slice<RequestRow>>,
    /// The hops of a support request.
    pub escalations: Level<Uuid, Vec<HopRow>>,
    /// A hop by its id.
    pub escalation: Level<Uuid, HopRow>,
    /// Pages of a support request's notes.
    pub notes: Entries,
    /// Pages of a support request's timeline.
    pub timeline: Entries,
    /// A note by its id.
    pub note: Level<Uuid, EntryRow>,
}

impl Requests {
    /// For one request.
    pub fn new(op: &Op) -> Self {
        let (o1, o2, o3, o4, o5) = (op.clone(), op.clone(), op.clone(), op.clone(), op.clone());
        Requests {
            by_id: Level::new(move |ids| {
                let op = o1.clone();
                async move { store::by_ids(&op.db, &op.scope, ids).await }
            }),
            of_customer: Level::new(move |keys: Vec<(CustomerId, Asked<Query>)>| {
                let op = o2.clone();
                async move {
                    let mut all = HashMap::new();
                    for (asked, customers) in by_page(keys) {
                        let (query, page) = (&asked.question, &asked.page);
                        let found = store::of_customers(&op.db, &op.scope, customers, query, page).await?;
                        all.extend(found.into_iter().map(|(id, slice)| ((id, asked.clone()), slice)));
                    }
                    Ok(all)
                }
            }),
            escalations: Level::new(move |ids| {
                let op = o3.clone();
                async move { store::escalations(&op.db, &op.scope, ids).await }
            }),
            escalation: Level::new(move |ids| {
                let op = o4.clone();
                async move { store::escalations_by_ids(&op.db, &op.scope, ids).await }
            }),
            notes: entries(op, true),
            timeline: entries(op, false),
            note: Level::new(move |ids| {
                let op = o5.clone();
                async move { store::notes_by_ids(&op.db, &op.scope, ids).await }
            }),
        }
    }
}

/// One statement for each page that is asked for.
fn entries(op: &Op, notes_only: bool) -> Entries {
    let op = op.clone();
    Level::new(move |keys: Vec<(Uuid, Page)>| {
        let op = op.clone();
        async move {
            let mut all = HashMap::new();
            for (page, requests) in by_page(keys) {
                let found = store::entries(&op.db, &op.scope, requests, notes_only, &page).await?;
                all.extend(found.into_iter().map(|(id, slice)| ((id, page.clone()), slice)));
            }
            Ok(all)
        }
    })
}
