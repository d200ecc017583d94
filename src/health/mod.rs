//! Service health of customers: which services a customer has, where they are administered, how they are, and what the
//! message centre says of them. Incidents have a folder of their own.
//!
//! A status is never "fine" by silence: what could not be looked at, or was never, says so in its provenance.

pub mod catalogue;
pub mod ingest;
pub mod loader;
pub mod record;
pub mod schema;
pub mod service;
pub mod store;
pub mod text;
