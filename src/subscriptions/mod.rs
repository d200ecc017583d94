//! Customers' subscriptions, as each source says them.
//!
//! A partner sees those it sold, is partner of record or support contact of; with a delegated role that reads
//! licences all of the tenant's in its own captures. Commerce details need the right and to be seller or partner of
//! record of that row.

pub mod ingest;
pub mod loader;
pub mod record;
pub mod schema;
pub mod service;
pub mod store;
