//! Customers: a shell that sources share, and what each source says of it.
//!
//! A customer is one object per reader: under the reader's own source's name where it has one, else under a linked
//! partner's. Company details and further domains need tenant rights; a name does not.

pub mod ingest;
pub mod loader;
pub mod names;
pub mod record;
pub mod schema;
pub mod service;
pub mod store;
