//! partner-gateway: one GraphQL graph over customers, subscriptions and delegated relationships.

pub mod access;
pub mod clock;
pub mod config;
pub mod customers;
pub mod db;
pub mod delegation;
pub mod error;
pub mod graphql;
pub mod ingest;
pub mod op;
pub mod partners;
pub mod schema;
pub mod subscriptions;
pub mod sync;
