//! Who is told of a request's changes while it listens, and who is not.

use super::desk::{Desk, MINUTE};
use super::model::Org;
use crate::harness::{NOW, compose};
use crate::live::client::{PATIENCE, Server, Socket};
use entity::Timestamp;
use partner_gateway::app::App;
use partner_gateway::clock::Clock;
use partner_gateway::escalations::due;
use serde_json::{Value, json};
use std::time::Duration;

const CHANGED: &str =
    "subscription { supportRequestChanged { change missed supportRequest { id status tier title } } }";
const OWNER: &str = "admin@wide-world-importers";
const NAMED: &str = "helpdesk@tailspin";

/// Waits until so many streams are open.
async fn listening(app: &App, count: usize) {
    let wait = async {
        while app.hub.stream_count() != count {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the streams never opened");
}

async fn listener(desk: &Desk, server: &Server, account: &str) -> Socket {
    let mut socket = server.socket(&desk.test.app, account).await;
    socket.subscribe("a", CHANGED, json!({})).await;
    socket
}

/// What the next frame tells: the change, and of which request.
async fn told(socket: &mut Socket) -> (String, String) {
    let payload = socket.frame("a").await;
    let change = &payload["data"]["supportRequestChanged"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&change["change"]), text(&change["supportRequest"]["id"]))
}

/// The same of one request, whatever is told of others.
async fn told_of(socket: &mut Socket, request: &str) -> String {
    loop {
        let (change, id) = told(socket).await;
        if id == request {
            return change;
        }
    }
}

#[tokio::test]
async fn a_change_is_told_to_those_who_take_part_and_to_nobody_else() {
    let desk = Desk::open().await;
    let server = Server::start(&desk.test.app).await;
    let mut owner = listener(&desk, &server, OWNER).await;
    let mut named = listener(&desk, &server, NAMED).await;
    let mut tier = listener(&desk, &server, "lead@northwind").await;
    let mut other = listener(&desk, &server, "helpdesk@litware").await;
    let mut stranger = listener(&desk, &server, "helpdesk@wingtip").await;
    listening(&desk.test.app, 5).await;
    let request = desk.raise(OWNER, Some(Org::Tailspin), "An invoice").await.done().request();
    let is = |change: &str| (change.to_owned(), request.clone());
    assert_eq!((told(&mut owner).await, told(&mut named).await), (is("RAISED"), is("RAISED")));
    desk.note(NAMED, &request, "CUSTOMER", "We look at it.").await.done();
    assert_eq!((told(&mut owner).await, told(&mut named).await), (is("NOTE"), is("NOTE")));
    desk.note(NAMED, &request, "ORG", "Between us.").await.done();
    assert_eq!(told(&mut named).await, is("NOTE"));
    let found = json!({ "text": "Looked at." });
    desk.change(NAMED, "diagnoseSupportRequest", &request, found).await.done();
    assert_eq!(told(&mut named).await, is("UPDATED"));
    let more = json!({ "reason": "Please help", "partnerId": desk.partner(Org::Northwind).await,
        "otherThanIncident": "It is about money." });
    let hop = desk.change(NAMED, "escalateSupportRequest", &request, more).await.done().hop();
    assert_eq!((told(&mut named).await, told(&mut tier).await), (is("ESCALATED"), is("ESCALATED")));
    desk.on_hop("lead@northwind", "acceptEscalation", &hop, json!({})).await.done();
    assert_eq!((told(&mut named).await, told(&mut tier).await), (is("ACCEPTED"), is("ACCEPTED")));
    let back = json!({ "reason": "Not ours" });
    desk.on_hop("lead@northwind", "returnEscalation", &hop, back).await.done();
    assert_eq!((told(&mut named).await, told(&mut tier).await), (is("RETURNED"), is("RETURNED")));
    // Of all that the customer learns nothing.
    desk.note(NAMED, &request, "CHAIN", "Thank you.").await.done();
    assert_eq!(told(&mut named).await, is("NOTE"));
    let solved = json!({ "kind": "SOLVED", "text": "Corrected." });
    desk.change(NAMED, "resolveSupportRequest", &request, solved).await.done();
    assert_eq!((told(&mut owner).await, told(&mut named).await), (is("RESOLVED"), is("RESOLVED")));
    // To the others the first frame is their own request's: of that one there was neither frame nor gap.
    let own = desk.raise("helpdesk@wingtip", None, "Another invoice").await.done().request();
    assert_eq!(told(&mut stranger).await, ("RAISED".to_owned(), own));
    let own = desk.raise("helpdesk@litware", None, "A third invoice").await.done().request();
    assert_eq!(told(&mut other).await, ("RAISED".to_owned(), own));
    let own = desk.raise("helpdesk@northwind", None, "A fourth invoice").await.done().request();
    assert_eq!(told(&mut tier).await, ("RAISED".to_owned(), own), "the former tier is told nothing later");
}

#[tokio::test]
async fn a_due_time_that_passed_is_told_once_though_two_replicas_look() {
    let desk = Desk::arranged().await;
    let server = Server::start(&desk.test.app).await;
    let request = desk.raise(NAMED, None, "An invoice").await.done().request();
    let due = desk.sees(NAMED, &request).await.unwrap().face.due.unwrap();
    let late = Timestamp((due + 1) * MINUTE);
    let replica = compose(desk.test.another(Clock::fixed(late)).await).await;
    let filtered =
        "subscription($id: ID!) { supportRequestChanged(filter: { breached: true, customer: { eq: $id } }) {
        change missed supportRequest { id status tier title } } }";
    let mut named = server.socket(&desk.test.app, NAMED).await;
    let customer = desk.customer(super::desk::CUSTOMER).await;
    named.subscribe("a", filtered, json!({ "id": customer })).await;
    listening(&desk.test.app, 1).await;
    // A token lives for an hour: only what looks is late, not who listens.
    let (first, second) = tokio::join!(due::sweep(&replica.db), due::sweep(&replica.db));
    assert!(first.unwrap() + second.unwrap() > 0);
    assert_eq!(told_of(&mut named, &request).await, "BREACHED");
    assert_eq!(due::sweep(&replica.db).await.unwrap(), 0);
    desk.note(NAMED, &request, "ORG", "Late.").await.done();
    assert_eq!(told_of(&mut named, &request).await, "NOTE", "the next frame is the next change");
    replica.db.close().await.unwrap();
}

#[tokio::test]
async fn who_loses_the_right_is_told_no_more() {
    let desk = Desk::open().await;
    let server = Server::start(&desk.test.app).await;
    let request = desk.raise(NAMED, None, "An invoice").await.done().request();
    let hop = desk.hand_to(NAMED, &request, Org::Northwind, "Please help").await;
    let other = desk.raise(NAMED, None, "Another invoice").await.done().request();
    let hop_of_other = desk.hand_to(NAMED, &other, Org::Northwind, "Please help").await;
    let mut tier = listener(&desk, &server, "lead@northwind").await;
    listening(&desk.test.app, 1).await;
    let helpdesk = crate::rules::facts::group(&desk.test, "northwind", "Helpdesk agents").await.id;
    let lead = crate::rules::facts::account(&desk.test, "lead@northwind").await;
    let directory = partner_gateway::access::directory::end_membership(desk.test.db(), helpdesk, lead, NOW);
    directory.await.unwrap();
    desk.on_hop("admin@northwind", "acceptEscalation", &hop, json!({})).await.done();
    desk.test.set_clock(Timestamp(NOW.0 + MINUTE));
    // It leads support, so its organisation's records are its frames: of the case itself there was none. The other's
    // comes first, so that what was accepted has been passed over before there is a record by which it could be read.
    for (hop, request) in [(&hop_of_other, other), (&hop, request)] {
        let back = json!({ "reason": "Not ours" });
        desk.on_hop("admin@northwind", "returnEscalation", hop, back).await.done();
        assert_eq!(told(&mut tier).await, ("RETURNED".to_owned(), request));
    }
}
