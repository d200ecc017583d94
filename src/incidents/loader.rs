//! Batched look-ups of incidents, with the viewer's scope. One set per request.

use super::impact_store::{self, AffectedRow, Share, Wanted};
use super::store::{self, Copy, IncidentRow, PostRow, Query};
use crate::customers::loader::by_page;
use crate::db::page::{Asked, Page, Slice};
use crate::graphql::level::Level;
use crate::health::catalogue::Catalogue;
use crate::op::Op;
use entity::{CustomerId, IncidentId, ServiceId};
use std::collections::HashMap;

/// The look-ups.
pub struct Incidents {
    /// By id.
    pub by_id: Level<IncidentId, IncidentRow>,
    /// Pages of a customer's incidents.
    pub of_customer: Level<(CustomerId, Asked<Query>), Slice<IncidentRow>>,
    /// Pages of a copy's publications.
    pub posts: Level<(Copy, Page), Slice<PostRow>>,
    /// Whom an incident affects, counted; with the service that it is shown to hit.
    pub shares: Level<(IncidentId, ServiceId), Vec<Share>>,
    /// Pages of those whom it affects.
    pub affected: Level<(IncidentId, Page), Slice<AffectedRow>>,
    /// How many open requests on a service a customer has.
    pub requests: Level<(CustomerId, ServiceId), i64>,
}

impl Incidents {
    /// For one request.
    pub fn new(op: &Op) -> Self {
        let (o1, o2, o3) = (op.clone(), op.clone(), op.clone());
        let (shares, affected, requests) = impact(op);
        Incidents {
            by_id: Level::new(move |ids| {
                let op = o1.clone();
                async move {
                    let reach = store::reach(&op).await?;
                    store::by_ids(&op.db, &op.scope, reach, ids).await
                }
            }),
            of_customer: Level::new(move |keys: Vec<(CustomerId, Asked<Query>)>| {
                let op = o2.clone();
                async move {
                    let reach = store::reach(&op).await?;
                    let mut all = HashMap::new();
                    for (asked, customers) in by_page(keys) {
                        let (query, page) = (&asked.question, &asked.page);
                        let found =
                            store::of_customers(&op.db, &op.scope, reach, customers, query, page).await?;
                        all.extend(found.into_iter().map(|(id, slice)| ((id, asked.clone()), slice)));
                    }
                    Ok(all)
                }
            }),
            posts: Level::new(move |keys: Vec<(Copy, Page)>| {
                let op = o3.clone();
                async move {
                    let mut all = HashMap::new();
                    for (page, copies) in by_page(keys) {
                        let found = store::posts(&op.db, &op.scope, copies, &page).await?;
                        all.extend(found.into_iter().map(|(copy, slice)| ((copy, page.clone()), slice)));
                    }
                    Ok(all)
                }
            }),
            shares,
            affected,
            requests,
        }
    }
}

type Shares = Level<(IncidentId, ServiceId), Vec<Share>>;
type Affected = Level<(IncidentId, Page), Slice<AffectedRow>>;
type Requests = Level<(CustomerId, ServiceId), i64>;

/// The look-ups of impact: one statement for each service, or page, that is asked for.
fn impact(op: &Op) -> (Shares, Affected, Requests) {
    let (o1, o2, o3) = (op.clone(), op.clone(), op.clone());
    let shares = Level::new(move |keys: Vec<(IncidentId, ServiceId)>| {
        let op = o1.clone();
        async move {
            let reach = store::reach(&op).await?;
            let mut all = HashMap::new();
            for (service, incidents) in by_page(keys) {
                let bit = Catalogue::shipped().by_id(service).map(|service| service.mask());
                let wanted = Wanted { seats_of: bit, requests_on: Some(service) };
                let found = impact_store::shares(&op.db, &op.scope, reach, &incidents, wanted).await?;
                all.extend(found.into_iter().map(|(incident, shares)| ((incident, service), shares)));
            }
            Ok(all)
        }
    });
    let affected = Level::new(move |keys: Vec<(IncidentId, Page)>| {
        let op = o2.clone();
        async move {
            let reach = store::reach(&op).await?;
            let mut all = HashMap::new();
            for (page, incidents) in by_page(keys) {
                let found = impact_store::customers(&op.db, &op.scope, reach, &incidents, &page).await?;
                all.extend(found.into_iter().map(|(id, slice)| ((id, page.clone()), slice)));
            }
            Ok(all)
        }
    });
    let requests = Level::new(move |keys: Vec<(CustomerId, ServiceId)>| {
        let op = o3.clone();
        async move {
            let mut all = HashMap::new();
            for (service, customers) in by_page(keys) {
                let found = impact_store::open_requests_of(&op.db, &op.scope, service, &customers).await?;
                all.extend(found.into_iter().map(|(customer, n)| ((customer, service), n)));
            }
            Ok(all)
        }
    });
    (shares, affected, requests)
}
