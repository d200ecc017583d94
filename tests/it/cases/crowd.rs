//! Many at once on one request: each operation passes as a whole or not at all, and what the tables hold afterwards is a
//! chain of hops, a timeline without gaps, and as many versions as changes.

use super::desk::{Answer, Desk};
use super::dice::Dice;
use super::model::Org;
use entity::{PartnerId, Timestamp, support_entry, support_escalation, support_request, support_view};
use futures::future::join_all;
use partner_gateway::db::sql::Sql;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

const HANDS: [&str; 6] = [
    "helpdesk@tailspin",
    "admin@tailspin",
    "lead@northwind",
    "helpdesk@litware",
    "admin@wide-world-importers",
    "helpdesk@wingtip",
];

/// A request with all that belongs to it, as the tables hold it.
struct Whole {
    request: support_request::Model,
    hops: Vec<support_escalation::Model>,
    entries: Vec<support_entry::Model>,
    views: Vec<support_view::Model>,
}

impl Whole {
    async fn read(desk: &Desk, id: Uuid) -> Self {
        let of = |table: &str, column: &str, order: &str| {
            let sql = Sql::new(format!("SELECT * FROM {table} WHERE {column} = ")).bind(id);
            sql.push(&format!(" ORDER BY {order}"))
        };
        let requests: Vec<support_request::Model> = desk.rows(of("support_request", "id", "id")).await;
        Whole {
            request: requests.into_iter().next().unwrap(),
            hops: desk.rows(of("support_escalation", "request_id", "number")).await,
            entries: desk.rows(of("support_entry", "request_id", "place")).await,
            views: desk.rows(of("support_view", "request_id", "party_id")).await,
        }
    }

    /// What must hold of it whatever happened.
    fn is_sound(&self, customer: Uuid, named: PartnerId) {
        let numbers: Vec<i32> = self.hops.iter().map(|hop| hop.number).collect();
        assert_eq!(numbers, (1..=self.hops.len() as i32).collect::<Vec<_>>(), "hops are numbered");
        let places: Vec<i32> = self.entries.iter().map(|entry| entry.place).collect();
        assert_eq!(places, (0..self.entries.len() as i32).collect::<Vec<_>>(), "the timeline has no gap");
        assert_eq!(self.request.entry_count as usize, self.entries.len());
        let live: Vec<_> = self.hops.iter().filter(|hop| hop.ends_at == Timestamp::FAR_FUTURE).collect();
        for hop in &self.hops {
            let is_live = hop.ends_at == Timestamp::FAR_FUTURE;
            assert_eq!(is_live, ["requested", "accepted"].contains(&hop.state.as_str()), "{hop:?}");
        }
        let to_provider: Vec<_> = live.iter().filter(|hop| hop.to_partner_id.is_some()).collect();
        let to_vendor: Vec<_> = live.iter().filter(|hop| hop.to_partner_id.is_none()).collect();
        assert!(to_provider.len() <= 1 && to_vendor.len() <= 1, "two live hops: {live:#?}");
        for hop in to_provider.iter().filter(|hop| hop.parent_id.is_none()) {
            assert_eq!(hop.from_partner_id, named);
        }
        for hop in to_vendor {
            // Who asks the vendor is the named partner, or holds the case by the hop that this one rests on.
            let holder = to_provider.iter().find(|parent| Some(parent.id) == hop.parent_id);
            assert_eq!(holder.and_then(|parent| parent.to_partner_id).unwrap_or(named), hop.from_partner_id);
        }
        let holders: BTreeSet<Uuid> =
            to_provider.iter().filter_map(|hop| hop.to_partner_id).map(|id| id.0).collect();
        let expected: BTreeSet<Uuid> = holders.into_iter().chain([customer, named.0]).collect();
        let current: BTreeSet<Uuid> =
            self.views.iter().filter(|view| view.is_current).map(|view| view.party_id).collect();
        assert_eq!(current, expected, "those who take part");
    }
}

/// A random operation on the request or its newest hop.
fn draw(
    dice: &mut Dice,
    request: &str,
    version: i64,
    hop: Option<&str>,
    partners: &[String],
) -> (&'static str, Value) {
    let text = format!("Said {}", dice.roll());
    let versioned = |mut input: Value| {
        (input["supportRequestId"], input["version"]) = (json!(request), json!(version));
        input
    };
    let on_hop = |mut input: Value| {
        input["escalationId"] = json!(hop);
        input
    };
    let note =
        |visibility: &str| json!({ "supportRequestId": request, "visibility": visibility, "text": text });
    let partner = dice.pick(partners);
    match dice.below(if hop.is_some() { 14 } else { 9 }) {
        0 | 1 => ("addSupportNote", note("CHAIN")),
        2 => ("addSupportNote", note("CUSTOMER")),
        3 => ("diagnoseSupportRequest", versioned(json!({ "text": text }))),
        4..8 => {
            let input =
                json!({ "reason": text, "partnerId": partner, "otherThanIncident": "It is about money." });
            ("escalateSupportRequest", versioned(input))
        }
        8 => ("waitForCustomer", versioned(json!({ "question": text }))),
        9 | 10 => ("acceptEscalation", on_hop(json!({}))),
        11 => ("returnEscalation", on_hop(json!({ "reason": text }))),
        12 => ("withdrawEscalation", on_hop(json!({ "reason": text }))),
        _ => ("transferEscalation", on_hop(json!({ "reason": text, "partnerId": partner }))),
    }
}

/// Entries that an operation leaves: a transfer tells of the end of one hop and of the beginning of another.
fn entries_of(mutation: &str) -> usize {
    if mutation == "transferEscalation" { 2 } else { 1 }
}

async fn crowd(seed: u64) {
    let (desk, mut dice) = (Desk::open().await, Dice::new(seed));
    let request = desk.raise("helpdesk@tailspin", None, "An invoice").await.done().request();
    let found = json!({ "text": "Looked at." });
    desk.change("helpdesk@tailspin", "diagnoseSupportRequest", &request, found).await.done();
    let id = desk.row(&request);
    let partners = [desk.partner(Org::Northwind).await, desk.partner(Org::Litware).await];
    let (customer, named) = (desk.customer(super::desk::CUSTOMER).await, desk.partner(Org::Tailspin).await);
    let (customer, named) = (desk.row(&customer), PartnerId(desk.row(&named)));
    let mut before = Whole::read(&desk, id).await;
    for round in 0..8 {
        let hop = before.hops.last().map(|hop| desk.sealed_hop(hop.id));
        let mut sent = Vec::new();
        for account in HANDS.iter().chain(&HANDS[..2]) {
            let version = desk.version(account, &request).await;
            let (mutation, input) = draw(&mut dice, &request, version, hop.as_deref(), &partners);
            sent.push((*account, mutation, input));
        }
        let all = sent.iter().map(|(account, mutation, input)| desk.write(account, mutation, input.clone()));
        let answers: Vec<Answer> = join_all(all).await;
        let done: Vec<&str> = sent
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| answer.codes().is_empty())
            .map(|((_, mutation, _), _)| *mutation)
            .collect();
        let after = Whole::read(&desk, id).await;
        let told = format!("seed {seed}, round {round}: {done:?}");
        let entries: usize = done.iter().map(|mutation| entries_of(mutation)).sum();
        assert_eq!(after.entries.len(), before.entries.len() + entries, "{told}");
        assert_eq!(after.request.version, before.request.version + done.len() as i64, "{told}");
        let begun = ["escalateSupportRequest", "transferEscalation"];
        let begun = done.iter().filter(|mutation| begun.contains(mutation)).count();
        assert_eq!(after.hops.len(), before.hops.len() + begun, "{told}");
        after.is_sound(customer, named);
        before = after;
    }
    // Whoever is faster: the notes of the named partner pass.
    assert!(before.entries.len() > 5, "seed {seed}: nothing passed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn operations_at_once_lose_no_hop_and_double_none() {
    for seed in [1, 2, 3] {
        crowd(seed).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_who_hand_on_one_version_one_does_and_the_others_see_the_version_that_came_of_it() {
    let desk = Desk::open().await;
    let request = desk.raise("helpdesk@tailspin", None, "An invoice").await.done().request();
    let found = json!({ "text": "Looked at." });
    let version =
        desk.change("helpdesk@tailspin", "diagnoseSupportRequest", &request, found).await.done().version();
    let partner = desk.partner(Org::Northwind).await;
    let input = json!({ "supportRequestId": request, "version": version, "reason": "Please help",
        "partnerId": partner, "otherThanIncident": "It is about money." });
    let accounts = ["helpdesk@tailspin", "admin@tailspin"];
    let all = (0..10).map(|n| desk.write(accounts[n % 2], "escalateSupportRequest", input.clone()));
    let answers = join_all(all).await;
    let (won, lost): (Vec<&Answer>, Vec<&Answer>) =
        answers.iter().partition(|answer| answer.codes().is_empty());
    assert_eq!((won.len(), lost.len()), (1, 9));
    for answer in lost {
        assert_eq!((answer.codes(), answer.fields()), (vec!["CONFLICT"], vec!["version"]));
        assert_eq!(answer.version(), won[0].version(), "the current version is shown");
        assert!(answer.version() > version);
    }
    assert_eq!(Whole::read(&desk, desk.row(&request)).await.hops.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_that_refer_to_what_they_read_do_not_wait_for_each_other_for_good() {
    let desk = Desk::open().await;
    let subscription = desk.subscription(Org::Northwind).await;
    let customer = desk.customer(super::desk::CUSTOMER).await;
    let input = json!({ "customerId": customer, "kind": "BILLING", "severity": "MINIMAL", "title": "An invoice",
        "description": "It is wrong.", "subscriptionId": subscription });
    // More at once than there are connections.
    let all = (0..12).map(|_| desk.write("helpdesk@tailspin", "raiseSupportRequest", input.clone()));
    // The gateway itself waits for no lock and no connection for good: this is for a fault alone.
    let patience = std::time::Duration::from_secs(120);
    let answers = tokio::time::timeout(patience, join_all(all)).await.expect("they wait for each other");
    assert!(answers.iter().all(|answer| answer.codes().is_empty()));
    assert_eq!(desk.listed("helpdesk@tailspin").await.len(), 12);
}
