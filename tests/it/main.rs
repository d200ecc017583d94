//! One binary for all tests that cross modules: through HTTP, on either engine.

#![allow(clippy::unwrap_used, missing_docs)]

mod access_matrix;
mod architecture;
mod authentication;
mod cases;
mod harness;
mod http;
mod import;
mod import_health;
mod isolation;
mod journeys;
mod journeys_health;
mod journeys_support;
mod lists;
mod live;
mod migrations;
mod oracle;
mod policy_mutation;
mod process;
mod query_budget;
mod query_budget_support;
mod rules;
mod surface;
