//! The schema goes up, down and up again, and holds exactly the columns that the entities name.

use crate::harness::{NOW, TestApp, compose, raw};
use migration::{Migrator, MigratorTrait};
use partner_gateway::clock::Clock;
use partner_gateway::db::{connect, derive};
use partner_gateway::{demo, health};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, Statement};
use std::collections::BTreeSet;

async fn columns(db: &sea_orm::DatabaseConnection, table: &str) -> BTreeSet<String> {
    let text = match db.get_database_backend() {
        DbBackend::Postgres => {
            format!("SELECT column_name AS name FROM information_schema.columns WHERE table_name = '{table}'")
        }
        _ => format!("SELECT name FROM pragma_table_info('{table}')"),
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), text)).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "name").unwrap()).collect()
}

async fn same<E: EntityTrait>(db: &sea_orm::DatabaseConnection, entity: E) {
    let named: BTreeSet<String> = E::Column::iter().map(|column| column.as_str().to_owned()).collect();
    assert_eq!(columns(db, entity.table_name()).await, named, "columns of {}", entity.table_name());
}

#[tokio::test]
async fn up_down_and_up_again_leaves_the_same_schema() {
    let database = raw();
    let db = database.connection().await;
    Migrator::up(&db, None).await.unwrap();
    let before = columns(&db, "customer_subscription").await;
    assert!(!before.is_empty());
    Migrator::down(&db, None).await.unwrap();
    assert!(columns(&db, "customer_subscription").await.is_empty(), "down left a table");
    Migrator::up(&db, None).await.unwrap();
    assert_eq!(columns(&db, "customer_subscription").await, before);
    db.close().await.unwrap();
}

#[tokio::test]
async fn columns_equal_those_of_the_entities() {
    let database = raw();
    let db = database.connection().await;
    Migrator::up(&db, None).await.unwrap();
    use entity::*;
    same(&db, access_assignment::Entity).await;
    same(&db, access_assignment_role::Entity).await;
    same(&db, access_grant::Entity).await;
    same(&db, account::Entity).await;
    same(&db, capture::Entity).await;
    same(&db, company_profile::Entity).await;
    same(&db, customer::Entity).await;
    same(&db, customer_domain::Entity).await;
    same(&db, customer_listing::Entity).await;
    same(&db, customer_profile::Entity).await;
    same(&db, customer_search::Entity).await;
    same(&db, customer_subscription::Entity).await;
    same(&db, customer_word::Entity).await;
    same(&db, delegated_admin_privilege::Entity).await;
    same(&db, delegated_admin_relationship::Entity).await;
    same(&db, delegated_admin_role::Entity).await;
    same(&db, gateway_state::Entity).await;
    same(&db, group_member::Entity).await;
    same(&db, idempotency_key::Entity).await;
    same(&db, indirect_relation::Entity).await;
    same(&db, partner::Entity).await;
    same(&db, partner_profile::Entity).await;
    same(&db, partnership::Entity).await;
    same(&db, reseller_relation::Entity).await;
    same(&db, restriction::Entity).await;
    same(&db, role_token::Entity).await;
    same(&db, security_group::Entity).await;
    same(&db, subscription_commerce::Entity).await;
    same(&db, subscription_listing::Entity).await;
    same(&db, health_watch::Entity).await;
    same(&db, customer_service::Entity).await;
    same(&db, service_status_span::Entity).await;
    same(&db, incident::Entity).await;
    same(&db, incident_copy::Entity).await;
    same(&db, incident_post::Entity).await;
    same(&db, incident_tenant::Entity).await;
    same(&db, incident_listing::Entity).await;
    same(&db, message_copy::Entity).await;
    same(&db, message_tenant::Entity).await;
    same(&db, vendor_request::Entity).await;
    same(&db, event::Entity).await;
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_fresh_database_has_pending_steps_and_a_migrated_one_none() {
    let database = raw();
    let db = connect::open(&database.options(), Clock::fixed(NOW)).await.unwrap();
    assert_eq!(connect::pending(&db).await.unwrap().len(), Migrator::migrations().len());
    connect::migrate(&db).await.unwrap();
    assert!(connect::pending(&db).await.unwrap().is_empty());
    db.close().await.unwrap();
}

#[tokio::test]
async fn the_demo_world_s_derived_tables_equal_their_views() {
    let test = crate::harness::TestApp::demo().await;
    assert_eq!(partner_gateway::db::derive::check(test.db()).await.unwrap(), Vec::new());
}

#[tokio::test]
async fn a_listing_that_becomes_wider_is_filled_from_what_is_there() {
    let database = raw();
    let db = connect::open_migrated(&database.options(), Clock::fixed(NOW)).await.unwrap();
    let _app = compose(db.clone()).await;
    demo::ensure(&db, NOW).await.unwrap();
    let connection = database.connection().await;
    let steps = Migrator::migrations();
    let undone = steps.iter().rev().position(|step| step.name().contains("_000008_")).unwrap() + 1;
    Migrator::down(&connection, Some(undone as u32)).await.unwrap();
    assert!(!columns(&connection, "subscription_listing").await.contains("licences"));
    Migrator::up(&connection, None).await.unwrap();
    assert_eq!(derive::check(&db).await.unwrap(), []);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn another_catalogue_reaches_the_listing_of_subscriptions() {
    let test = TestApp::demo().await;
    let tx = test.db().begin().await.unwrap();
    for change in [
        "UPDATE customer_subscription SET services = 0",
        "UPDATE subscription_listing SET services = 0",
        "UPDATE gateway_state SET value = 'another' WHERE name = 'catalogue'",
    ] {
        tx.execute_unprepared(change).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(derive::check(test.db()).await.unwrap(), []);
    health::ingest::use_catalogue(test.db()).await.unwrap();
    assert_eq!(derive::check(test.db()).await.unwrap(), []);
    let brought = "SELECT count(*) AS n FROM subscription_listing WHERE services <> 0";
    let statement = Statement::from_string(test.db().backend(), brought);
    let tx = test.db().begin().await.unwrap();
    let row = tx.query_one_raw(statement).await.unwrap().unwrap();
    assert!(row.try_get::<i64>("", "n").unwrap() > 0);
    tx.rollback().await.unwrap();
}
