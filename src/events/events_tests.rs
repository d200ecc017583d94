#![allow(clippy::unwrap_used)]

use super::*;
use crate::clock::Clock;
use crate::db::connect::{self, Options};

const NOW: Timestamp = Timestamp(1_790_000_000_000_000);

async fn insert(tx: &DatabaseTransaction, table: &str, values: &[Uuid]) {
    let values = values.iter().map(|id| Sql::default().bind(*id));
    let sql = Sql::new(format!("INSERT INTO {table} VALUES (")).join(values, ", ");
    execute(tx, sql.push(")")).await.unwrap();
}

#[tokio::test]
async fn a_change_of_a_support_request_is_for_the_tenant_that_it_names_and_for_no_other() {
    let options = Options { url: "sqlite::memory:".into(), max_connections: 1 };
    let db = connect::open_migrated(&options, Clock::fixed(NOW)).await.unwrap();
    let tenants = [1, 2, 3, 4].map(Uuid::from_u128);
    let [own, customers_own, lister, named] = tenants;
    let (partner, customer, request) = (Uuid::from_u128(11), Uuid::from_u128(12), Uuid::from_u128(13));
    let tx = db.begin().await.unwrap();
    insert(&tx, "partner (id, tenant_id)", &[partner, own]).await;
    insert(&tx, "customer (id, tenant_id)", &[customer, customers_own]).await;
    let listing = Sql::new(
        "INSERT INTO customer_listing (reader_tenant_id, sort_name, customer_id, source_id, rank) VALUES (",
    );
    let listing = listing.bind(lister).push(", 'a', ").bind(customer).push(", ").bind(partner).push(", 1)");
    execute(&tx, listing).await.unwrap();
    let service =
        Change { customer: Some(CustomerId(customer)), ..Change::of(Kind::ServiceStatus, "changed") };
    let of_request = Change {
        customer: Some(CustomerId(customer)),
        request: Some(request),
        reader: Some(named),
        ..Change::of(Kind::SupportRequest, "raised")
    };
    append(&tx, Some(PartnerId(partner)), &[service, of_request], NOW).await.unwrap();
    tx.commit().await.unwrap();

    let events = after(&db, 0, 10).await.unwrap();
    let [of_service, of_request] = &events[..] else { panic!("two events: {events:?}") };
    let heard = readers(&db, 0, of_request.seq, &tenants).await.unwrap();
    assert_eq!(heard[&of_service.seq], HashSet::from([own, customers_own, lister]));
    assert_eq!(heard[&of_request.seq], HashSet::from([named]));
    assert!(of_request.is(Kind::SupportRequest) && !of_request.is(Kind::ServiceStatus));
    assert_eq!(
        (of_request.support_request_id, of_request.reader_tenant_id, of_request.change.as_str()),
        (Some(request), Some(named), "raised")
    );
    assert_eq!((of_service.support_request_id, of_service.reader_tenant_id), (None, None));
}
