//! The schema, step by step, for both engines. Never edits a step that was released; never holds seed data.

use sea_orm_migration::prelude::*;

pub use sea_orm_migration::MigratorTrait;

mod m20261122_000001_create_organizations;
mod m20261122_000002_create_customers;
mod m20261122_000003_create_subscriptions;
mod m20261122_000004_create_delegations;
mod m20261122_000005_create_access;
mod m20261122_000006_create_records;
mod m20261126_000007_create_health;
mod m20261126_000008_widen_subscription_listing;
mod m20261126_000009_create_support;
mod m20261126_000010_index_look_ups;
mod table;

/// All steps, in order.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_create_organizations::Migration),
            Box::new(m20261122_000002_create_customers::Migration),
            Box::new(m20261122_000003_create_subscriptions::Migration),
            Box::new(m20261122_000004_create_delegations::Migration),
            Box::new(m20261122_000005_create_access::Migration),
            Box::new(m20261122_000006_create_records::Migration),
            Box::new(m20261126_000007_create_health::Migration),
            Box::new(m20261126_000008_widen_subscription_listing::Migration),
            Box::new(m20261126_000009_create_support::Migration),
            Box::new(m20261126_000010_index_look_ups::Migration),
        ]
    }
}
