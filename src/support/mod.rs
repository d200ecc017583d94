//! How partners support their customers: arrangements with hours, contacts and prices; the contracts under which they
//! may ask the vendor; which vehicle serves what; how soon an answer is due.
//!
//! An arrangement is read by the partner's own people where they may read the customer, and by the customer's own staff
//! while the partner's relation to it lasts. Nobody else reads one, not even a partner in the same chain. Contracts are
//! read by the partner's own people alone.

pub mod draft;
pub mod hours;
pub mod loader;
pub mod mutation;
pub mod record;
pub mod schema;
pub mod service;
pub mod store;
pub mod targets;
pub mod vehicles;
