//! Lists, look-ups and fields of the graph, as the demo's people see them.

use crate::harness::{TestApp, nodes};
use serde_json::json;

#[tokio::test]
async fn a_partner_without_customers_sees_none() {
    let test = TestApp::demo().await;
    assert!(test.as_viewer("admin@lamna").customer_names(25).await.is_empty());
}

#[tokio::test]
async fn every_page_size_visits_each_customer_once_in_the_same_order() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@fabrikam");
    let all = viewer.customer_names(200).await;
    assert!(all.len() > 10, "fabrikam has too few customers to page: {all:?}");
    for size in [1, 2, 7] {
        assert_eq!(viewer.customer_names(size).await, all, "page size {size}");
    }
}

#[tokio::test]
async fn three_levels_come_back_together() {
    let test = TestApp::demo().await;
    let reply = test
        .as_viewer("engineer@fabrikam")
        .ask("{ customers(first: 50) { totalCount { value isEstimate } nodes { id name primaryDomain
            subscriptions(first: 5) { nodes { id offerName quantity status autoRenew seller { name } partnerOfRecord { name } customer { name } } }
            delegatedAdminRelationships { nodes { displayName status endsAt roles { name } partner { name } } }
            partners { edges { relation since node { name kind } } }
            myAccess { roles { name via endsAt } operations } provenance { source asOf state } } } }")
        .await;
    let customers = nodes(&reply.body, "/data/customers");
    assert!(customers.len() > 10);
    assert!(customers.iter().any(|c| !c["subscriptions"]["nodes"].as_array().unwrap().is_empty()));
    assert!(
        customers
            .iter()
            .any(|c| { !c["delegatedAdminRelationships"]["nodes"].as_array().unwrap().is_empty() })
    );
    assert_eq!(
        reply.body["data"]["customers"]["totalCount"],
        json!({ "value": customers.len(), "isEstimate": false })
    );
}
