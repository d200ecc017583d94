//! The rules of service health: whose word counts, and how far it can be relied on.

use super::catalogue::{self, Catalogue};
use super::store::WordRow;
use crate::access::action::Action;
use crate::graphql::provenance::Standing;
use crate::op::Op;
use entity::{ServiceId, Timestamp};
use std::collections::BTreeMap;

/// Most services that a customer shows.
pub const MAX_SERVICES: usize = 100;

/// A service of one customer as one reader sees it.
#[derive(Clone, Debug)]
pub struct CustomerServiceRow {
    /// Which.
    pub id: ServiceId,
    /// Its name: the catalogue's, else the upstream's.
    pub name: String,
    /// The newest readable word on its status.
    pub status: Option<WordRow>,
    /// The newest readable word on where it is administered.
    pub managed: Option<WordRow>,
    /// How far the status can be relied on.
    pub standing: Standing,
    /// In which system it was or would be looked.
    pub system: String,
    /// When the status was said; 0 for never.
    pub as_of: Timestamp,
}

/// The services of a customer: those that its subscriptions bring, and those that a readable source speaks of.
pub fn services(words: Option<&[WordRow]>, brought: i64) -> Vec<CustomerServiceRow> {
    let catalogue = Catalogue::shipped();
    let mut names: BTreeMap<ServiceId, String> =
        catalogue.in_mask(brought).map(|service| (service.id, service.name.clone())).collect();
    let spoken = words.unwrap_or_default().iter().filter(|word| word.status.is_some() || is_managed(word));
    for word in spoken {
        if let (Some(id), Some(name)) = (word.service_id, &word.service_name) {
            let known = catalogue.by_id(id).map(|service| service.name.clone());
            names.entry(id).or_insert_with(|| known.unwrap_or_else(|| name.clone()));
        }
    }
    let mut rows: Vec<CustomerServiceRow> =
        names.into_iter().map(|(id, name)| row(id, name, words)).collect();
    rows.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    rows.truncate(MAX_SERVICES);
    rows
}

fn is_managed(word: &WordRow) -> bool {
    word.admin_url.is_some() || word.health_url.is_some() || word.ticket_url.is_some()
}

fn row(id: ServiceId, name: String, words: Option<&[WordRow]>) -> CustomerServiceRow {
    let of_this = || words.unwrap_or_default().iter().filter(|word| word.service_id == Some(id));
    let status =
        of_this().filter(|word| word.status.is_some()).max_by_key(|word| (word.as_of, word.source_id));
    let managed = of_this().filter(|word| is_managed(word)).max_by_key(|w| (w.managed_as_of, w.source_id));
    let as_of = status.and_then(|word| word.as_of).unwrap_or(Timestamp(0));
    let (standing, system) = standing(words, status, as_of);
    let (status, managed) = (status.cloned(), managed.cloned());
    CustomerServiceRow { id, name, status, managed, standing, system, as_of }
}

/// How far what is known of a customer's health can be relied on: by the latest look of the readable sources.
pub fn standing(words: Option<&[WordRow]>, status: Option<&WordRow>, as_of: Timestamp) -> (Standing, String) {
    const LOOKED_IN: &str = "microsoft_graph";
    let Some(words) = words else {
        return (Standing::NoDelegation, LOOKED_IN.into());
    };
    let latest = match status {
        // Whether the source that speaks has lost its sight since.
        Some(status) => words.iter().find(|word| word.source_id == status.source_id),
        None => words.iter().max_by_key(|word| (word.looked_at, word.source_id)),
    };
    let system = status.and_then(|word| word.system.clone());
    let system = system.or_else(|| latest.and_then(|word| word.looked_in.clone()));
    let is_later = latest.and_then(|word| word.looked_at).is_some_and(|looked| looked > as_of);
    let standing = match latest.and_then(|word| word.outcome.as_deref()).filter(|_| is_later) {
        Some("throttled") => Standing::Throttled,
        Some("no_delegation") => Standing::NoDelegation,
        _ => Standing::Dated,
    };
    (standing, system.unwrap_or_else(|| LOOKED_IN.into()))
}

/// When a customer's health was last seen by a readable source, and how far that can be relied on.
pub fn last_seen(words: Option<&[WordRow]>) -> (Standing, String, Timestamp) {
    let seen = words.unwrap_or_default().iter().max_by_key(|word| (word.seen_at, word.source_id));
    let as_of = seen.and_then(|word| word.seen_at).unwrap_or(Timestamp(0));
    let of_source = seen.filter(|word| word.seen_at.is_some());
    let (standing, system) = standing(words, of_source, as_of);
    let system = of_source.and_then(|word| word.looked_in.clone()).unwrap_or(system);
    (standing, system, as_of)
}

/// The operation that administering a service is.
pub fn administer(id: ServiceId) -> Action {
    let service = Catalogue::shipped().by_id(id);
    service.map_or(catalogue::Area::Microsoft365, |service| service.area).action()
}

/// Whether the viewer may administer a service on what it holds, and what it would need.
pub fn decision(op: &Op, id: ServiceId, held: i64) -> (bool, Option<String>) {
    let action = administer(id);
    if op.allows(action, held) {
        return (true, None);
    }
    (false, Some(op.policy().needed(action)))
}
