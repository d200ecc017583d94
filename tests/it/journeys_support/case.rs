//! One case from the customer's call to the vendor's answer and back, and what five accounts see of it after every step.

use super::{done, hops, instant, kinds, minutes, notes, requests, service_id};
use crate::harness::TestApp;
use crate::rules::facts::{tenant, voice};
use partner_gateway::escalations::record::VendorRequestRecord;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CUSTOMER: &str = "admin@contoso";
const RESELLER: &str = "helpdesk@fabrikam";
const PROVIDER: &str = "lead@northwind";
/// A provider and a partner of the same customer that have no part in it.
const STRANGERS: [&str; 2] = ["lead@litware", "admin@wingtip"];

const TITLE: &str = "Replies to our customers are late";
const NUMBER: &str = "2603020040001234";
const TO_PROVIDER: &str = "Fabrikam Cloud > Northwind Distribution";
const TO_VENDOR: &str = "Northwind Distribution > vendor";

/// What somebody sees of the case.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    status: String,
    tier: String,
    timeline: Vec<String>,
    notes: Vec<String>,
    hops: Vec<String>,
}

/// The case as it is told, and what everybody is expected to see of it by now.
struct Story<'a> {
    test: &'a TestApp,
    minute: i64,
    expected: BTreeMap<&'static str, Seen>,
}

impl Story<'_> {
    /// The case as an account sees it, whole.
    async fn whole(&self, account: &str) -> Option<Value> {
        requests(self.test, account).await.remove(TITLE)
    }

    async fn seen(&self, account: &str) -> Option<Seen> {
        let owned = |texts: Vec<&str>| -> Vec<String> { texts.into_iter().map(str::to_owned).collect() };
        let one = self.whole(account).await?;
        Some(Seen {
            status: one["status"].as_str().unwrap().to_owned(),
            tier: one["tier"].as_str().unwrap().to_owned(),
            timeline: owned(kinds(&one)),
            notes: owned(notes(&one).into_iter().map(|(_, text)| text).collect()),
            hops: hops(&one),
        })
    }

    /// A minute later, somebody does something with the case, as the version is that this account sees.
    async fn act(&mut self, account: &str, name: &str, mut input: Value) {
        self.minute += 1;
        self.test.set_clock(minutes(self.minute));
        let is_of_hop = input.get("escalationId").is_some();
        if let Some(one) = self.whole(account).await
            && !is_of_hop
        {
            input["supportRequestId"] = one["id"].clone();
            if name != "addSupportNote" {
                input["version"] = one["version"].clone();
            }
        }
        done(self.test, account, name, input).await;
    }

    /// Nobody sees anything else than what is expected.
    async fn check(&self, step: &str) {
        for account in [CUSTOMER, RESELLER, PROVIDER].into_iter().chain(STRANGERS) {
            let seen = self.seen(account).await;
            assert_eq!(seen.as_ref(), self.expected.get(account), "{account}: {step}");
        }
    }

    fn of(&mut self, account: &'static str) -> &mut Seen {
        self.expected.entry(account).or_default()
    }

    /// Something happened, as these may know.
    fn happened(&mut self, accounts: &[&'static str], kind: &str) {
        for account in accounts.iter().copied() {
            self.of(account).timeline.push(kind.to_owned());
        }
    }

    fn stands(&mut self, account: &'static str, status: &str, tier: &str) {
        let seen = self.of(account);
        (seen.status, seen.tier) = (status.to_owned(), tier.to_owned());
    }

    fn has_hops(&mut self, accounts: &[&'static str], hops: &[(&str, &str)]) {
        for account in accounts.iter().copied() {
            self.of(account).hops = hops.iter().map(|(ends, state)| format!("{ends} {state}")).collect();
        }
    }

    /// Somebody writes a note, and these read it.
    async fn note(&mut self, account: &'static str, visibility: &str, text: &str, readers: &[&'static str]) {
        self.act(account, "addSupportNote", json!({ "visibility": visibility, "text": text })).await;
        self.happened(readers, "NOTE");
        for reader in readers.iter().copied() {
            self.of(reader).notes.push(text.to_owned());
        }
        self.check(&format!("{visibility} note")).await;
    }

    /// The newest hop, as an account sees it.
    async fn newest_hop(&self, account: &str) -> Value {
        let one = self.whole(account).await.unwrap();
        one["escalations"].as_array().unwrap().last().unwrap()["id"].clone()
    }
}

/// What the customer's admin needs to know to raise it.
async fn raised(test: &TestApp) -> Value {
    let query = "{ viewer { customer { id partners(first: 10) { edges { node { id name } } } } } }";
    let reply = test.as_viewer(CUSTOMER).ask(query).await;
    let customer = &reply.data()["viewer"]["customer"];
    let edges = customer["partners"]["edges"].as_array().unwrap().iter();
    let named = edges.map(|edge| &edge["node"]).find(|node| node["name"] == "Fabrikam Cloud").unwrap();
    json!({
        "customerId": customer["id"], "partnerId": named["id"], "kind": "TECHNICAL", "severity": "CRITICAL", "title": TITLE,
        "description": "What we answer arrives hours later.", "serviceId": service_id(test, "Exchange Online").await,
    })
}

/// The customer calls, the reseller looks, and hands it on.
async fn first_part(story: &mut Story<'_>) {
    let input = raised(story.test).await;
    story.act(CUSTOMER, "raiseSupportRequest", input).await;
    for account in [CUSTOMER, RESELLER] {
        story.stands(account, "NEW", "PARTNER");
        // Contoso is supported around the clock, within half an hour.
        assert_eq!(instant(&story.whole(account).await.unwrap()["dueAt"]), minutes(31), "{account}");
    }
    story.happened(&[CUSTOMER, RESELLER], "RAISED");
    story.check("raised").await;

    let query = "{ incident(externalId: \"EX1104210\") { id } }";
    let incident = story.test.as_viewer(RESELLER).ask(query).await.data()["incident"]["id"].clone();
    story.act(RESELLER, "linkIncident", json!({ "incidentId": incident })).await;
    story.happened(&[CUSTOMER, RESELLER], "LINKED");
    story.check("linked").await;

    let desk = json!({ "contact": { "name": "Support desk", "email": "desk@fabrikam.example" } });
    story.act(RESELLER, "updateSupportRequest", desk).await;
    story.happened(&[RESELLER], "EDITED");
    story.check("the partner's contact is named").await;

    story.act(RESELLER, "diagnoseSupportRequest", json!({ "text": "Ten mailboxes of one database." })).await;
    story.happened(&[RESELLER], "DIAGNOSED");
    story.stands(CUSTOMER, "IN_PROGRESS", "PARTNER");
    story.stands(RESELLER, "IN_PROGRESS", "PARTNER");
    story.check("diagnosed").await;

    story.note(RESELLER, "ORG", "They call every hour.", &[RESELLER]).await;
    story.note(RESELLER, "CHAIN", "Traces are at hand.", &[RESELLER]).await;

    story
        .act(RESELLER, "escalateSupportRequest", json!({ "reason": "Please compare with your others." }))
        .await;
    story.stands(RESELLER, "IN_PROGRESS", "PROVIDER");
    story.stands(PROVIDER, "IN_PROGRESS", "PROVIDER");
    // What was written for it before, and nothing of what the customer or the reseller's own people say.
    for kind in ["EDITED", "DIAGNOSED", "NOTE"] {
        story.happened(&[PROVIDER], kind);
    }
    story.of(PROVIDER).notes.push("Traces are at hand.".to_owned());
    story.happened(&[RESELLER, PROVIDER], "ESCALATION_REQUESTED");
    story.has_hops(&[RESELLER, PROVIDER], &[(TO_PROVIDER, "REQUESTED")]);
    story.check("handed to the provider").await;
    story.note(RESELLER, "CUSTOMER", "We have asked further.", &[CUSTOMER, RESELLER]).await;
}

/// The provider gives it back, gets it again, and takes it on.
async fn second_part(story: &mut Story<'_>) {
    let hop = story.newest_hop(PROVIDER).await;
    story
        .act(PROVIDER, "returnEscalation", json!({ "escalationId": hop, "reason": "Which mailboxes?" }))
        .await;
    story.stands(RESELLER, "IN_PROGRESS", "PARTNER");
    story.happened(&[RESELLER, PROVIDER], "ESCALATION_RETURNED");
    story.has_hops(&[RESELLER, PROVIDER], &[(TO_PROVIDER, "RETURNED")]);
    story.check("returned").await;
    let due = story.whole(RESELLER).await.unwrap()["dueAt"].clone();
    assert_eq!(instant(&due), minutes(story.minute + 30), "the reseller's clock begins anew");

    // Between two hops the provider has no part in it, and later learns nothing of this.
    story.note(RESELLER, "CHAIN", "They had the list already.", &[RESELLER]).await;
    story
        .act(RESELLER, "escalateSupportRequest", json!({ "reason": "Those of the list in the diagnosis." }))
        .await;
    story.stands(RESELLER, "IN_PROGRESS", "PROVIDER");
    story.happened(&[RESELLER, PROVIDER], "ESCALATION_REQUESTED");
    story.has_hops(&[RESELLER, PROVIDER], &[(TO_PROVIDER, "RETURNED"), (TO_PROVIDER, "REQUESTED")]);
    story.check("handed to the provider again").await;

    let hop = story.newest_hop(PROVIDER).await;
    story.act(PROVIDER, "acceptEscalation", json!({ "escalationId": hop })).await;
    story.happened(&[RESELLER, PROVIDER], "ESCALATION_ACCEPTED");
    story.has_hops(&[RESELLER, PROVIDER], &[(TO_PROVIDER, "RETURNED"), (TO_PROVIDER, "ACCEPTED")]);
    story.check("accepted").await;
    story.note(PROVIDER, "ORG", "One for our contract.", &[PROVIDER]).await;
}

/// The provider asks the vendor, which answers.
async fn third_part(story: &mut Story<'_>) {
    let with_vendor = |state| [(TO_PROVIDER, "RETURNED"), (TO_PROVIDER, "ACCEPTED"), (TO_VENDOR, state)];
    let asked = json!({ "reason": "When are these delivered?", "vehicle": "PREMIER_SUPPORT_FOR_PARTNERS" });
    story.act(PROVIDER, "escalateSupportRequest", asked).await;
    story.stands(RESELLER, "IN_PROGRESS", "VENDOR");
    story.stands(PROVIDER, "IN_PROGRESS", "VENDOR");
    story.happened(&[RESELLER, PROVIDER], "ESCALATION_REQUESTED");
    story.has_hops(&[RESELLER, PROVIDER], &with_vendor("REQUESTED"));
    story.check("sent to the vendor").await;

    let hop = story.newest_hop(PROVIDER).await;
    story.act(PROVIDER, "recordVendorRequest", json!({ "escalationId": hop, "number": NUMBER })).await;
    story.happened(&[PROVIDER], "VENDOR_FILED");
    story.check("filed").await;

    story.minute += 1;
    story.test.set_clock(minutes(story.minute));
    let answered = VendorRequestRecord {
        customer_tenant_id: tenant("contoso"),
        external_id: NUMBER.to_owned(),
        title: TITLE.to_owned(),
        severity: "critical",
        status: "attention_needed",
        modified_at: Some(minutes(story.minute)),
        ..VendorRequestRecord::default()
    };
    voice(story.test, "northwind", minutes(story.minute)).requests(&[answered]).await;
    story.happened(&[RESELLER, PROVIDER], "VENDOR_CHANGED");
    story.has_hops(&[RESELLER, PROVIDER], &with_vendor("ACCEPTED"));
    story.check("the vendor's request is imported").await;

    let text = "The last queue is empty; please look.";
    story.act(PROVIDER, "recordVendorAnswer", json!({ "escalationId": hop, "text": text })).await;
    story.happened(&[RESELLER, PROVIDER], "VENDOR_ANSWERED");
    story.check("answered").await;
}

/// It is solved, and the customer agrees.
async fn last_part(story: &mut Story<'_>) {
    let solved = json!({ "kind": "VENDOR_FIX", "text": "All waiting messages are delivered." });
    story.act(PROVIDER, "resolveSupportRequest", solved).await;
    story.stands(CUSTOMER, "RESOLVED", "PARTNER");
    story.stands(RESELLER, "RESOLVED", "PARTNER");
    story.stands(PROVIDER, "RESOLVED", "PROVIDER");
    story.happened(&[CUSTOMER, RESELLER, PROVIDER], "RESOLVED");
    let over = [(TO_PROVIDER, "RETURNED"), (TO_PROVIDER, "ENDED"), (TO_VENDOR, "ENDED")];
    story.has_hops(&[RESELLER, PROVIDER], &over);
    story.check("resolved").await;

    story.act(CUSTOMER, "confirmSupportRequest", json!({})).await;
    // The provider keeps what it saw when its hop ended.
    story.stands(CUSTOMER, "CLOSED", "PARTNER");
    story.stands(RESELLER, "CLOSED", "PARTNER");
    story.happened(&[CUSTOMER, RESELLER], "CONFIRMED");
    story.check("confirmed").await;
}

#[tokio::test]
async fn a_case_is_told_to_each_of_five_accounts_as_far_as_it_has_a_part_in_it() {
    let test = TestApp::demo().await;
    let mut story = Story { test: &test, minute: 0, expected: BTreeMap::new() };
    first_part(&mut story).await;
    second_part(&mut story).await;
    third_part(&mut story).await;
    last_part(&mut story).await;
    let never = [
        (CUSTOMER, vec!["Northwind", "PREMIER", NUMBER, "database", "every hour", "last queue", "Traces"]),
        (RESELLER, vec!["PREMIER", NUMBER, "our contract", "When are these"]),
        (PROVIDER, vec!["every hour", "the list already", "asked further"]),
    ];
    for (account, hidden) in never {
        let told = story.whole(account).await.unwrap().to_string();
        for text in hidden {
            assert!(!told.contains(text), "{account} learns of {text}: {told}");
        }
        // All three may read the linked incident, and so what was published on it.
        assert!(told.contains("INCIDENT_POST"), "{account}");
    }
}
