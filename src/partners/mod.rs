//! Partners and their partnerships, as each source says them.
//!
//! A partner is visible to those whose own source names it, and to the customers it stands in a relation to. An edge
//! is the viewer's own relation intersected with the parent: a reseller sees itself among its provider's resellers, a
//! provider never its reseller's other providers.

pub mod ingest;
pub mod loader;
pub mod record;
pub mod schema;
pub mod store;
