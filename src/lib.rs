//! partner-gateway: one GraphQL graph over the customers, subscriptions and delegated relationships that cloud
//! resellers look after. Each partner sees only its own customers.
//!
//! Code map, in reading order:
//!
//! | module | what |
//! |---|---|
//! | [`cli`] | the subcommands; `demo` and `serve` put a gateway together |
//! | [`app`] | what a running gateway consists of; how a request becomes an operation |
//! | [`http`] | the only code that knows axum |
//! | [`schema`] | joins the domains into the roots of the graph |
//! | [`customers`], [`subscriptions`], [`partners`], [`delegation`] | one domain a folder: schema, service, store, loader, ingest |
//! | [`health`], [`incidents`], [`escalations`], [`support`] | service health and incidents; support requests along the chain; how partners provide support |
//! | [`writes`], [`audit`] | how a mutation is run, once for its key; what is recorded of it, and of protected reads |
//! | [`sync`] | upstream bodies become records of the domains |
//! | [`demo`] | the demo world and the generator of large worlds |
//! | [`access`] | who may do what, where: policy, scope, authentication, explanation |
//! | [`op`], [`ingest`] | what an operation, and what an import, may use |
//! | [`graphql`], [`db`], [`clock`], [`error`], [`config`], [`telemetry`] | the floor: knows no domain |
//!
//! Never: a read without a scope; SQL outside `store.rs`, `ingest.rs`, `access` and `db`; one domain's `store` in
//! another's schema; a role's name in Rust; the system's time outside [`clock`]. `tests/it/architecture.rs` keeps these.

pub mod access;
pub mod app;
pub mod audit;
pub mod cli;
pub mod clock;
pub mod config;
pub mod customers;
pub mod db;
pub mod delegation;
pub mod demo;
pub mod error;
pub mod escalations;
pub mod events;
pub mod graphql;
pub mod health;
pub mod http;
pub mod incidents;
pub mod ingest;
pub mod live;
pub mod op;
pub mod partners;
pub mod schema;
pub mod subscriptions;
pub mod support;
pub mod sync;
pub mod telemetry;
pub mod writes;
