//! Incidents and advisories: one object each, whatever the number of tenants and sources; whom they affect; which of them
//! a symptom may be; and what changes of them.
//!
//! A reader sees an incident through the customers on which it may read service health, and of it the newest copy that it
//! may read. Numbers are sums over readable rows: two partners asking about one incident each get their own.

pub mod impact_schema;
pub mod impact_store;
pub mod ingest;
pub mod live;
pub mod loader;
pub mod record;
pub mod schema;
pub mod service;
pub mod store;
