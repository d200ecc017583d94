//! What the gateway does of itself when a time passes: how it says so, and what is recorded of it. Pure.
//!
//! A record goes into the chain of each organisation that reads the entry, and into no other.

use super::case::{Case, Party};
use super::case_store::Entry;
use super::words::Visibility;
use crate::audit::Audited;
use std::collections::HashMap;
use uuid::Uuid;

/// What it rests on: the time that was fixed when a clock began.
const GROUND: &str = "clock";

/// Something that the gateway itself says.
pub fn own_entry(kind: &'static str, visibility: Visibility, hop: Option<Uuid>, detail: &str) -> Entry {
    Entry {
        id: Uuid::new_v4(),
        kind,
        visibility,
        readers: Vec::new(),
        hop,
        account: None,
        author: None,
        text: None,
        detail: Some(detail.to_owned()),
    }
}

/// What is recorded of entries: of each time that passed, whoever else acts in the same change. What the vendor's word
/// changes is an import's doing. `tenants` are those of the parties.
pub fn records(case: &Case, entries: &[Entry], tenants: &HashMap<Uuid, Uuid>) -> Vec<Audited> {
    let tenant = |reader: &Party| tenants.get(&case.party_id(*reader)).copied();
    let record = |entry: &Entry| {
        let action = match entry.kind {
            "breached" => "noteBreach",
            "escalation_timed_out" => "timeOutEscalation",
            _ => return None,
        };
        Some(Audited {
            resource: Some(("SupportRequest", case.request.id)),
            customer: Some(case.request.customer_id),
            ground: Some(GROUND.to_owned()),
            chains: entry.readers.iter().filter_map(tenant).collect(),
            ..Audited::done(action)
        })
    };
    entries.iter().filter_map(record).collect()
}
