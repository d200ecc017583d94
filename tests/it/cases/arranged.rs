//! Whose arrangement tells a customer how it is supported, where several partners look after it.

use super::desk::{CUSTOMER, Desk};
use super::model::Org;
use crate::rules::facts::{customer, source};
use partner_gateway::db::execute;
use partner_gateway::db::sql::Sql;
use serde_json::{Value, json};

const ADMIN: &str = "admin@wide-world-importers";
const PARTNERS: [Org; 5] = [Org::Fabrikam, Org::Litware, Org::Northwind, Org::Tailspin, Org::Wingtip];

async fn change(desk: &Desk, sql: Sql) {
    let tx = desk.test.db().begin().await.unwrap();
    execute(&tx, sql).await.unwrap();
    tx.commit().await.unwrap();
}

/// Whose arrangement the customer's staff is shown, and whose all are, each partner once.
async fn shown(desk: &Desk) -> (Value, Vec<Value>) {
    let query = "{ viewer { customer { supportArrangement { partner { id } }
        supportArrangements { partner { id } } } } }";
    let reply = desk.ask(ADMIN, query, json!({})).await;
    let customer = &reply.data()["viewer"]["customer"];
    let all = customer["supportArrangements"].as_array().unwrap().iter();
    let mut all: Vec<Value> = all.map(|one| one["partner"]["id"].clone()).collect();
    all.dedup();
    (customer["supportArrangement"]["partner"]["id"].clone(), all)
}

async fn ids(desk: &Desk, orgs: impl IntoIterator<Item = Org>) -> Vec<Value> {
    let mut ids = Vec::new();
    for org in orgs {
        ids.push(json!(desk.partner(org).await));
    }
    ids
}

#[tokio::test]
async fn the_oldest_partner_comes_first_of_equally_old_ones_that_with_the_first_name_then_the_first_id() {
    let desk = Desk::arranged().await;
    let id = customer(&desk.test, CUSTOMER).await;
    let begun = |before: i64| {
        Sql::new("UPDATE reseller_relation SET starts_at = ")
            .bind(crate::harness::NOW.plus_days(-before).0)
            .push(" WHERE customer_id = ")
            .bind(id.0)
    };
    change(&desk, begun(10)).await;
    let by_name = ids(&desk, PARTNERS).await;
    assert_eq!(shown(&desk).await, (by_name[0].clone(), by_name.clone()));

    let mut by_id = Vec::new();
    for org in PARTNERS {
        by_id.push((source(&desk.test, org.key()).await.0, org));
    }
    by_id.sort_unstable_by_key(|(id, _)| *id);
    let expected = ids(&desk, by_id.iter().map(|(_, org)| *org)).await;
    change(&desk, Sql::new("UPDATE partner_profile SET sort_name = 'same'")).await;
    assert_eq!(shown(&desk).await, (expected[0].clone(), expected.clone()));

    let (last, oldest) = by_id[4];
    change(&desk, begun(11).push(" AND source_id = ").bind(last)).await;
    let oldest = json!(desk.partner(oldest).await);
    let found = shown(&desk).await;
    assert_eq!((&found.0, &found.1[0]), (&oldest, &oldest));
}
