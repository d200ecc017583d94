//! Delegated administration: relationships, the roles they carry, and the groups those are assigned to.
//!
//! A relationship is readable by those who hold something on its customer through it, by the partner's own Admin and
//! Helpdesk agents and auditors, and by the customer's own staff. Assignments are the partner's own affair.

pub mod ingest;
pub mod loader;
pub mod record;
pub mod schema;
pub mod store;
