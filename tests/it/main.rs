//! One binary for all tests that cross modules: through HTTP, on either engine.

#![allow(clippy::unwrap_used, missing_docs)]

mod architecture;
mod harness;
mod lists;
mod migrations;
mod query_budget;
