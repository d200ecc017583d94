#![allow(clippy::unwrap_used)]

use super::*;
use crate::clock::Clock;
use crate::db::connect::{self, Options};
use crate::db::{Db, execute};
use entity::{AccountId, CustomerId, PartnerId, support_escalation, support_request};
use sea_orm::{EntityTrait, IntoActiveModel};

const NOW: Timestamp = Timestamp(1_790_000_000_000_000);
const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(1));
const PARTNER: PartnerId = PartnerId(Uuid::from_u128(2));

/// So many seconds ago; less than none for what is still to come.
fn ago(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 - seconds * Timestamp::SECOND)
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn request(n: u128, due_at: Timestamp) -> support_request::Model {
    support_request::Model {
        id: id(n),
        number: n.to_string(),
        customer_id: CUSTOMER,
        partner_id: PARTNER,
        raised_by: "customer".into(),
        created_by: AccountId(id(3)),
        created_at: ago(9000),
        kind: "technical".into(),
        severity: "critical".into(),
        title: "Mail is late".into(),
        description: "Since this morning.".into(),
        service_id: None,
        service_name: None,
        subscription_id: None,
        contact_name: None,
        contact_email: None,
        contact_phone: None,
        attachments: None,
        diagnosis: None,
        diagnosed_at: None,
        incident_id: None,
        status: "new".into(),
        tier: "partner".into(),
        owner_account_id: None,
        due_at,
        customer_due_at: Timestamp::FAR_FUTURE,
        paused_left: None,
        responded_at: None,
        breached_at: None,
        resolution_kind: None,
        resolution_text: None,
        resolved_at: None,
        closed_at: None,
        merged_into_id: None,
        entry_count: 0,
        version: 1,
        modified_at: ago(9000),
    }
}

fn hop(n: u128, due_at: Timestamp, expires_at: Timestamp) -> support_escalation::Model {
    support_escalation::Model {
        id: id(n),
        request_id: id(100),
        customer_id: CUSTOMER,
        source_id: PARTNER,
        number: n as i32,
        parent_id: None,
        from_partner_id: PARTNER,
        to_partner_id: None,
        tier: "vendor".into(),
        vehicle: None,
        state: "requested".into(),
        request_reason: "It is beyond us.".into(),
        reason: None,
        evidence: None,
        other_than_incident: None,
        owner_account_id: None,
        requested_by: AccountId(id(3)),
        starts_at: ago(9000),
        due_at,
        expires_at,
        answered_at: None,
        ends_at: Timestamp::FAR_FUTURE,
        breached_at: None,
        vendor_number: None,
        vendor_status: None,
        vendor_modified_at: None,
    }
}

/// A database, and a transaction in which these requests and hops are stored.
async fn stored(
    requests: Vec<support_request::Model>,
    hops: Vec<support_escalation::Model>,
) -> (Db, DatabaseTransaction) {
    let options = Options { url: "sqlite::memory:".into(), max_connections: 1 };
    let db = connect::open_migrated(&options, Clock::fixed(NOW)).await.unwrap();
    let tx = db.begin().await.unwrap();
    for (table, id) in [("customer", CUSTOMER.0), ("partner", PARTNER.0)] {
        let sql = Sql::new(format!("INSERT INTO {table} (id, tenant_id) VALUES (")).bind(id);
        execute(&tx, sql.push(", ").bind(id).push(")")).await.unwrap();
    }
    for row in requests {
        let row = row.into_active_model();
        support_request::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
    }
    for row in hops {
        let row = row.into_active_model();
        support_escalation::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
    }
    (db, tx)
}

#[tokio::test]
async fn a_request_is_due_while_it_is_open_unanswered_and_not_said_to_be_late() {
    let requests = vec![
        request(100, ago(10)),
        request(101, NOW),
        request(102, ago(-1)),
        request(103, Timestamp::FAR_FUTURE),
        support_request::Model { breached_at: Some(ago(5)), ..request(104, ago(20)) },
        support_request::Model { status: "resolved".into(), ..request(105, ago(20)) },
        support_request::Model { status: "closed".into(), ..request(106, ago(20)) },
        support_request::Model { status: "in_progress".into(), ..request(107, ago(5)) },
    ];
    let (_db, tx) = stored(requests, Vec::new()).await;
    let due = [100, 107, 101].map(|n| Passed::Request(id(n)));
    assert_eq!(passed(&tx, NOW, 10).await.unwrap(), due);
    assert_eq!(passed(&tx, NOW, 2).await.unwrap(), due[..2], "the longest ago first");
    assert!(passed(&tx, ago(11), 10).await.unwrap().is_empty());
    let is_due = async |n| is_still_due(&tx, NOW, Passed::Request(id(n))).await.unwrap();
    assert!(is_due(100).await);
    assert!(!is_due(102).await && !is_due(104).await && !is_due(105).await && !is_due(999).await);
}

#[tokio::test]
async fn a_hop_is_late_and_expires_until_it_is_answered_and_is_late_before_it_expires() {
    let hops = vec![
        hop(1, ago(30), ago(10)),
        support_escalation::Model { breached_at: Some(ago(20)), ..hop(2, ago(25), ago(5)) },
        support_escalation::Model { state: "accepted".into(), ..hop(3, ago(30), ago(10)) },
        support_escalation::Model { state: "returned".into(), ends_at: ago(1), ..hop(4, ago(30), ago(10)) },
        hop(5, ago(7), ago(-7)),
        hop(6, ago(3), ago(3)),
        hop(7, ago(2), Timestamp::FAR_FUTURE),
    ];
    let (_db, tx) = stored(vec![request(100, Timestamp::FAR_FUTURE)], hops).await;
    let due = vec![
        Passed::Hop(id(1)),
        Passed::Expiry(id(1)),
        Passed::Hop(id(5)),
        Passed::Expiry(id(2)),
        Passed::Hop(id(6)),
        Passed::Expiry(id(6)),
        Passed::Hop(id(7)),
    ];
    assert_eq!(passed(&tx, NOW, 10).await.unwrap(), due);
    let is_due = async |passed| is_still_due(&tx, NOW, passed).await.unwrap();
    assert!(is_due(Passed::Expiry(id(2))).await && !is_due(Passed::Hop(id(2))).await);
    assert!(!is_due(Passed::Expiry(id(3))).await && !is_due(Passed::Expiry(id(5))).await);
}
