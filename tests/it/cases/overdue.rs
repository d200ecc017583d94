//! Times that pass: each is said once, whoever looks, and none is lost because somebody was faster.

use super::desk::{Desk, MINUTE};
use super::model::Org;
use entity::Timestamp;
use partner_gateway::clock::Clock;
use partner_gateway::db::derive;
use partner_gateway::escalations::due;
use serde_json::json;

const CUSTOMERS_ADMIN: &str = "admin@wide-world-importers";

async fn breaches(desk: &Desk, account: &str, request: &str) -> usize {
    let seen = desk.sees(account, request).await.unwrap();
    seen.timeline.iter().filter(|(kind, _)| kind == "BREACHED").count()
}

#[tokio::test]
async fn a_due_time_that_passed_is_said_once_whatever_the_number_of_replicas_and_after_a_restart() {
    let desk = Desk::arranged().await;
    let request = desk.raise("helpdesk@tailspin", None, "An invoice").await.done().request();
    let due = desk.sees("helpdesk@tailspin", &request).await.unwrap().face.due.unwrap();
    assert_eq!(due, desk.now() + 240, "a moderate one, within the day");
    let late = Timestamp((due + 1) * MINUTE);
    let (one, other) =
        (desk.test.another(Clock::fixed(late)).await, desk.test.another(Clock::fixed(late)).await);
    let (first, second) = tokio::join!(due::sweep(&one), due::sweep(&other));
    let said = first.unwrap() + second.unwrap();
    assert!(said > 0, "nobody said it");
    desk.test.set_clock(late);
    assert_eq!(breaches(&desk, "helpdesk@tailspin", &request).await, 1);
    one.close().await.unwrap();
    other.close().await.unwrap();
    let again = desk.test.another(Clock::fixed(late)).await;
    assert_eq!(due::sweep(&again).await.unwrap(), 0, "after a restart there is nothing left to say");
    again.close().await.unwrap();
    assert_eq!(breaches(&desk, "helpdesk@tailspin", &request).await, 1);
    assert!(desk.sees("helpdesk@tailspin", &request).await.unwrap().face.is_breached);
    assert_eq!(
        breaches(&desk, CUSTOMERS_ADMIN, &request).await,
        0,
        "how late it is, is the partner's to know"
    );
}

#[tokio::test]
async fn a_sweep_that_finds_nothing_due_waits_for_no_writer() {
    let desk = Desk::arranged().await;
    desk.raise("helpdesk@tailspin", None, "An invoice").await.done();
    desk.sweep().await;
    // An import under way: on SQLite it is the one writer.
    let writing = desk.test.db().begin().await.unwrap();
    derive::lock(&writing).await.unwrap();
    assert_eq!(due::sweep(desk.test.db()).await.unwrap(), 0);
    writing.rollback().await.unwrap();
}

#[tokio::test]
async fn a_due_time_that_passed_while_nobody_looked_is_not_lost_when_the_answer_comes_first() {
    let desk = Desk::arranged().await;
    let request = desk.raise(CUSTOMERS_ADMIN, Some(Org::Tailspin), "An invoice").await.done().request();
    let due = desk.sees("helpdesk@tailspin", &request).await.unwrap().face.due.unwrap();
    // As after a restart: the partner writes before anybody has looked.
    desk.test.set_clock(Timestamp((due + 30) * MINUTE));
    desk.note("helpdesk@tailspin", &request, "CUSTOMER", "We look at it.").await.done();
    desk.sweep().await;
    let seen = desk.sees("helpdesk@tailspin", &request).await.unwrap();
    assert!(seen.face.is_breached, "an answer that came late is late");
    assert_eq!(breaches(&desk, "helpdesk@tailspin", &request).await, 1);
}

#[tokio::test]
async fn a_hop_that_is_accepted_late_was_late_though_nobody_had_looked() {
    let desk = Desk::arranged().await;
    let request = desk.raise("helpdesk@tailspin", None, "An invoice").await.done().request();
    let hop = desk.hand_to("helpdesk@tailspin", &request, Org::Northwind, "Please help").await;
    let due = desk.sees("lead@northwind", &request).await.unwrap().face.due.unwrap();
    assert_eq!(due, desk.now() + 480);
    desk.test.set_clock(Timestamp((due + 1) * MINUTE));
    desk.on_hop("lead@northwind", "acceptEscalation", &hop, json!({})).await.done();
    desk.sweep().await;
    for account in ["helpdesk@tailspin", "lead@northwind"] {
        let seen = desk.sees(account, &request).await.unwrap();
        assert!(seen.hops[0].is_breached, "{account}: {seen:#?}");
        assert_eq!(breaches(&desk, account, &request).await, 1, "{account}");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_anew_is_looked_at_anew() {
    let desk = Desk::arranged().await;
    let request = desk.raise("helpdesk@tailspin", None, "An invoice").await.done().request();
    let hop = {
        desk.pass(241).await;
        assert_eq!(breaches(&desk, "helpdesk@tailspin", &request).await, 1);
        desk.hand_to("helpdesk@tailspin", &request, Org::Northwind, "Please help").await
    };
    // It comes back while the customer is asked: its clock begins with the whole time once the partner goes on.
    let question = json!({ "question": "Which invoice?" });
    desk.change("helpdesk@tailspin", "waitForCustomer", &request, question).await.done();
    desk.on_hop("lead@northwind", "returnEscalation", &hop, json!({ "reason": "Not ours" })).await.done();
    desk.change("helpdesk@tailspin", "resumeSupportRequest", &request, json!({})).await.done();
    let seen = desk.sees("helpdesk@tailspin", &request).await.unwrap();
    let due = seen.face.due.unwrap();
    assert_eq!(due, Org::Tailspin.hours().after(desk.now(), 240));
    desk.pass(due - desk.now()).await;
    assert_eq!(breaches(&desk, "helpdesk@tailspin", &request).await, 2, "the second time passed, too");
}

#[tokio::test]
async fn a_hop_that_nobody_answers_ends_and_the_case_is_back_with_a_clock_of_its_own() {
    let desk = Desk::arranged().await;
    let request = desk.raise("helpdesk@tailspin", None, "An invoice").await.done().request();
    desk.hand_to("helpdesk@tailspin", &request, Org::Northwind, "Please help").await;
    // Three business days of eight hours, around the clock.
    desk.pass(3 * 480 - 1).await;
    assert_eq!(desk.sees("lead@northwind", &request).await.unwrap().hops[0].state, "REQUESTED");
    desk.pass(1).await;
    let seen = desk.sees("helpdesk@tailspin", &request).await.unwrap();
    assert_eq!((seen.hops[0].state.as_str(), seen.face.tier.as_str()), ("TIMED_OUT", "PARTNER"));
    assert_eq!(seen.face.due, Some(Org::Tailspin.hours().after(desk.now(), 240)));
    let refused = desk.note("lead@northwind", &request, "CHAIN", "Too late").await;
    assert_eq!(refused.codes(), ["WRONG_STATE"]);
    let kinds: Vec<&str> = seen.timeline.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["RAISED", "DIAGNOSED", "ESCALATION_REQUESTED", "BREACHED", "ESCALATION_TIMED_OUT"]);
}
