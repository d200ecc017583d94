//! Who learns nothing: other partners of the customer, providers that the case did not go to or left again, and of the
//! partners' ways the customer itself.

use super::desk::{CUSTOMER, Desk};
use super::model::Org;
use crate::harness::NOW;
use chrono::DateTime;
use serde_json::{Value, json};

const OWNER: &str = "admin@wide-world-importers";
const NAMED: &str = "helpdesk@tailspin";

/// Everything about a request in one answer.
const EVERYTHING: &str = "query($id: ID!) { supportRequest(id: $id) { id number title description kind severity status tier
    service { id } subscription { id } customer { id name } partner { id name } partnerName raisedBy createdAt modifiedAt
    dueAt breached owner { id name organization } contact { name email phone } attachments { name } diagnosis diagnosedAt
    incident { id } resolutionKind resolutionText resolvedAt closedAt mergedInto { id } version
    escalations { id tier vehicle state from { id name } to { id name } requestReason reason otherThanIncident requestedAt
      dueAt answeredAt endedAt breached owner { name } vendorNumber vendorStatus }
    notes(first: 50) { nodes { id visibility text createdAt author { id name organization } escalation { id } } }
    timeline(first: 100) { nodes { at kind actor { id name organization } visibility detail text escalation { id } } } } }";

async fn everything(desk: &Desk, account: &str, request: &str) -> String {
    desk.ask(account, EVERYTHING, json!({ "id": request })).await.body.to_string()
}

/// The answers about an id that is hidden and about one that names nothing are the same bytes.
async fn is_hidden(desk: &Desk, account: &str, id: &str) {
    let nothing = desk.nothing_like(id);
    for query in [
        "query($id: ID!) { node(id: $id) { __typename id } }",
        "query($id: ID!) { nodes(ids: [$id]) { __typename id } }",
    ] {
        let hidden = desk.ask(account, query, json!({ "id": id })).await;
        let unknown = desk.ask(account, query, json!({ "id": nothing })).await;
        assert_eq!(hidden.comparable(), unknown.comparable(), "{account}");
    }
}

async fn knows_nothing(desk: &Desk, account: &str, request: &str, number: &str) {
    is_hidden(desk, account, request).await;
    let query = "query($id: ID!) { supportRequest(id: $id) { id } }";
    assert_eq!(desk.ask(account, query, json!({ "id": request })).await.codes(), ["NOT_FOUND"], "{account}");
    let query = "query($n: String!) { supportRequest(number: $n) { id } }";
    assert_eq!(desk.ask(account, query, json!({ "n": number })).await.codes(), ["NOT_FOUND"], "{account}");
    let at = DateTime::from_timestamp_micros(NOW.0).unwrap().to_rfc3339();
    let query = "query($at: DateTime!) { all: supportRequests(filter: { createdAt: { gte: $at } }, first: 50) {
        totalCount { value } nodes { id } } found: supportRequests(filter: { title: { contains: \"Zanzibar\" } }) {
        totalCount { value } nodes { id } } }";
    let reply = desk.ask(account, query, json!({ "at": at })).await;
    let none = json!({ "totalCount": { "value": 0 }, "nodes": [] });
    assert_eq!((&reply.data()["all"], &reply.data()["found"]), (&none, &none), "{account}");
    for (mutation, more) in [
        ("addSupportNote", json!({ "visibility": "CHAIN", "text": "Hello?" })),
        ("closeSupportRequest", json!({ "kind": "SOLVED" })),
        ("mergeSupportRequests", json!({ "intoId": request })),
    ] {
        let refused = desk.change(account, mutation, request, more).await;
        assert_eq!(refused.codes(), ["NOT_FOUND"], "{account}: {mutation}");
        assert!(refused.0["supportRequest"].is_null(), "{account}: {mutation}");
    }
}

async fn number_of(desk: &Desk, account: &str, request: &str) -> String {
    let query = "query($id: ID!) { supportRequest(id: $id) { number } }";
    let reply = desk.ask(account, query, json!({ "id": request })).await;
    reply.data()["supportRequest"]["number"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn other_partners_of_the_customer_and_other_people_of_its_own_partners_learn_nothing() {
    let desk = Desk::open().await;
    let request = desk.raise(OWNER, Some(Org::Tailspin), "Zanzibar invoice").await.done().request();
    let number = number_of(&desk, OWNER, &request).await;
    desk.hand_to(NAMED, &request, Org::Northwind, "Please help").await;
    assert_eq!(desk.listed("lead@northwind").await, std::slice::from_ref(&request));
    for account in [
        "helpdesk@fabrikam",
        "admin@fabrikam",
        "helpdesk@wingtip",
        "admin@wingtip",
        "helpdesk@litware",
        "admin@litware",
        "auditor@litware",
        "admin@lamna",
        "sales@tailspin",
        "auditor@tailspin",
        "sales@northwind",
        "auditor@northwind",
        "admin@contoso",
    ] {
        knows_nothing(&desk, account, &request, &number).await;
    }
}

#[tokio::test]
async fn a_stranger_s_own_request_finds_no_duplicate_and_no_target_in_another_partner_s() {
    let desk = Desk::open().await;
    let theirs = desk.raise(OWNER, Some(Org::Tailspin), "Zanzibar invoice").await.done().request();
    let own = desk.raise("helpdesk@wingtip", None, "Zanzibar invoice").await.done().request();
    assert_eq!(desk.listed("helpdesk@wingtip").await, std::slice::from_ref(&own));
    let query = "query($input: EscalationPreflightInput!) { escalationPreflight(input: $input) { openDuplicates { id } } }";
    let about = json!({ "input": { "supportRequestId": own } });
    let reply = desk.ask("helpdesk@wingtip", query, about).await;
    assert_eq!(reply.data()["escalationPreflight"]["openDuplicates"], json!([]));
    for into in [&theirs, &desk.nothing_like(&theirs)] {
        let refused =
            desk.change("helpdesk@wingtip", "mergeSupportRequests", &own, json!({ "intoId": into })).await;
        assert_eq!((refused.codes(), refused.fields()), (vec!["NOT_FOUND"], vec!["intoId"]));
    }
    // One partner's duplicates are its own matter: the customer sees both ends, the stranger nothing.
    let second = desk.raise(NAMED, None, "Zanzibar invoice, again").await.done().request();
    desk.change(NAMED, "mergeSupportRequests", &second, json!({ "intoId": theirs })).await.done();
    assert_eq!(desk.sees(OWNER, &second).await.unwrap().face.merged_into, Some(theirs));
    assert_eq!(desk.listed("helpdesk@wingtip").await, [own]);
}

#[tokio::test]
async fn the_second_provider_learns_nothing_of_the_first() {
    let desk = Desk::open().await;
    let request = desk.raise(NAMED, None, "An invoice").await.done().request();
    desk.note(NAMED, &request, "CHAIN", "before any hop").await.done();
    desk.note(NAMED, &request, "ORG", "for us alone").await.done();
    let first = desk.hand_to(NAMED, &request, Org::Northwind, "northwind, please").await;
    desk.on_hop("lead@northwind", "acceptEscalation", &first, json!({})).await.done();
    desk.note("lead@northwind", &request, "CHAIN", "northwind says").await.done();
    desk.note("lead@northwind", &request, "ORG", "northwind thinks").await.done();
    desk.note(NAMED, &request, "VENDOR", "told northwind").await.done();
    let vendor = desk.hand_to_vendor("lead@northwind", &request, "northwind asks the vendor").await;
    let number = json!({ "number": "2603020001" });
    desk.on_hop("lead@northwind", "recordVendorRequest", &vendor, number).await.done();
    desk.on_hop("lead@northwind", "recordVendorAnswer", &vendor, json!({ "text": "vendor to northwind" }))
        .await
        .done();
    desk.on_hop("lead@northwind", "returnEscalation", &first, json!({ "reason": "northwind returns" }))
        .await
        .done();
    desk.note(NAMED, &request, "CHAIN", "between the hops").await.done();
    let kept = everything(&desk, "lead@northwind", &request).await;
    let second = desk.hand_to(NAMED, &request, Org::Litware, "litware, please").await;
    desk.on_hop("helpdesk@litware", "acceptEscalation", &second, json!({})).await.done();
    desk.note("helpdesk@litware", &request, "CHAIN", "litware says").await.done();
    let seen = everything(&desk, "helpdesk@litware", &request).await;
    assert!(
        seen.contains("before any hop") && seen.contains("litware, please") && seen.contains("litware says")
    );
    for word in ["orthwind", "2603020001", "for us alone", "vendor to", "between the hops"] {
        assert!(!seen.contains(word), "{word} in {seen}");
    }
    for id in [&first, &vendor] {
        is_hidden(&desk, "helpdesk@litware", id).await;
    }
    is_hidden(&desk, "lead@northwind", &second).await;
    assert_eq!(
        everything(&desk, "lead@northwind", &request).await,
        kept,
        "the first one's record stays as it was"
    );
    // Whoever is handed the case by a transfer learns as little, and so does who lost it.
    let third = json!({ "partnerId": desk.partner(Org::Northwind).await, "reason": "back to the first" });
    let third = desk.on_hop(NAMED, "transferEscalation", &second, third).await.done().hop();
    let seen = everything(&desk, "lead@northwind", &request).await;
    assert!(seen.contains("back to the first") && seen.contains("northwind thinks"));
    assert!(!seen.to_lowercase().contains("litware"), "{seen}");
    let lost = everything(&desk, "helpdesk@litware", &request).await;
    assert!(!lost.contains("orthwind") && !lost.contains("back to the first"), "{lost}");
    is_hidden(&desk, "helpdesk@litware", &third).await;
}

#[tokio::test]
async fn a_record_is_read_by_agents_leads_and_auditors_and_written_by_nobody() {
    let desk = Desk::open().await;
    let request = desk.raise(NAMED, None, "An invoice").await.done().request();
    let hop = desk.hand_to(NAMED, &request, Org::Northwind, "Please help").await;
    for account in ["auditor@northwind", "sales@northwind", "support@northwind"] {
        assert!(desk.listed(account).await.is_empty(), "{account} before the end");
    }
    desk.on_hop("lead@northwind", "returnEscalation", &hop, json!({ "reason": "Not ours" })).await.done();
    desk.note(NAMED, &request, "CHAIN", "later").await.done();
    let severity = json!({ "severity": "CRITICAL" });
    desk.change(NAMED, "updateSupportRequest", &request, severity).await.done();
    for account in ["admin@northwind", "helpdesk@northwind", "lead@northwind", "auditor@northwind"] {
        let seen = desk.sees(account, &request).await.unwrap_or_else(|| panic!("{account} has no record"));
        assert_eq!((seen.face.severity.as_str(), seen.face.due), ("MODERATE", None), "{account}");
        assert_eq!(seen.hops[0].state, "RETURNED", "{account}");
        assert!(seen.notes.is_empty(), "{account}: {seen:#?}");
        for (mutation, more) in [
            ("addSupportNote", json!({ "visibility": "CHAIN", "text": "One more thing" })),
            ("resolveSupportRequest", json!({ "kind": "SOLVED", "text": "Done" })),
            ("reopenSupportRequest", json!({ "reason": "Again" })),
        ] {
            let refused = desk.change(account, mutation, &request, more).await;
            assert_eq!(refused.codes(), ["WRONG_STATE"], "{account}: {mutation}");
        }
        for (mutation, more) in
            [("acceptEscalation", json!({})), ("returnEscalation", json!({ "reason": "Again" }))]
        {
            let refused = desk.on_hop(account, mutation, &hop, more).await;
            assert_eq!(refused.codes(), ["WRONG_STATE"], "{account}: {mutation}");
        }
    }
    for account in ["sales@northwind", "support@northwind", "guest@northwind"] {
        assert!(desk.listed(account).await.is_empty(), "{account}");
    }
    let text = everything(&desk, "auditor@northwind", &request).await;
    assert!(!text.contains("later"), "{text}");
}

#[tokio::test]
async fn the_customer_s_staff_see_their_own_part_and_no_provider_no_vendor_and_no_finding() {
    let desk = Desk::open().await;
    let request = desk.raise(OWNER, Some(Org::Tailspin), "An invoice").await.done().request();
    desk.note(NAMED, &request, "CUSTOMER", "We look at it.").await.done();
    for visibility in ["ORG", "CHAIN", "VENDOR"] {
        desk.note(NAMED, &request, visibility, &format!("hidden {visibility}")).await.done();
    }
    let contact = json!({ "contact": { "name": "Hidden desk", "email": "hidden@partner.example" } });
    desk.change(NAMED, "updateSupportRequest", &request, contact).await.done();
    let own = json!({ "accountId": desk.account(NAMED).await });
    desk.change(NAMED, "assignSupportRequest", &request, own).await.done();
    let hop = desk.hand_to(NAMED, &request, Org::Northwind, "hidden reason").await;
    desk.on_hop("lead@northwind", "acceptEscalation", &hop, json!({})).await.done();
    let vendor = desk.hand_to_vendor("lead@northwind", &request, "hidden question").await;
    desk.on_hop("lead@northwind", "recordVendorAnswer", &vendor, json!({ "text": "hidden answer" }))
        .await
        .done();
    let before = everything(&desk, OWNER, &request).await;
    let resolved = json!({ "kind": "VENDOR_FIX", "text": "Corrected." });
    desk.change("lead@northwind", "resolveSupportRequest", &request, resolved).await.done();
    let after = everything(&desk, OWNER, &request).await;
    for text in [before, after] {
        let text = text.to_lowercase();
        for word in
            ["hidden", "northwind", "escalation_", "vendor_filed", "vendor_answered", "the invoice repeats"]
        {
            assert!(!text.contains(word), "{word} in {text}");
        }
        assert!(text.contains("we look at it.") && text.contains("\"tier\":\"partner\""));
        assert!(text.contains("\"escalations\":[]") && text.contains("\"owner\":null"));
    }
    for id in [&hop, &vendor] {
        is_hidden(&desk, OWNER, id).await;
    }
}

#[tokio::test]
async fn a_hidden_hop_and_one_that_does_not_exist_are_refused_alike() {
    let desk = Desk::open().await;
    let request = desk.raise(OWNER, Some(Org::Tailspin), "An invoice").await.done().request();
    let first = desk.hand_to(NAMED, &request, Org::Northwind, "Please help").await;
    desk.on_hop("lead@northwind", "returnEscalation", &first, json!({ "reason": "Not ours" })).await.done();
    let second = desk.hand_to(NAMED, &request, Org::Litware, "Please help").await;
    let pick = |answer: super::desk::Answer| -> Value { answer.0["userErrors"].clone() };
    for (account, hop) in [
        (OWNER, &second),
        ("lead@northwind", &second),
        ("helpdesk@litware", &first),
        ("helpdesk@fabrikam", &first),
        ("admin@lamna", &second),
    ] {
        let nothing = desk.nothing_like(hop);
        for (mutation, more) in [
            ("acceptEscalation", json!({})),
            ("withdrawEscalation", json!({ "reason": "Never mind" })),
            ("recordVendorAnswer", json!({ "text": "An answer" })),
        ] {
            let hidden = pick(desk.on_hop(account, mutation, hop, more.clone()).await);
            let unknown = pick(desk.on_hop(account, mutation, &nothing, more).await);
            assert_eq!(hidden, unknown, "{account}: {mutation}");
        }
    }
}

#[tokio::test]
async fn a_request_of_the_customer_names_one_partner_and_shows_in_its_list_once() {
    let desk = Desk::open().await;
    let request = desk.raise(OWNER, Some(Org::Wingtip), "An invoice").await.done().request();
    let query = "query($id: ID!) { customer(id: $id) { supportRequests(first: 50) { nodes { id } } } }";
    let about = json!({ "id": desk.customer(CUSTOMER).await });
    for (account, expected) in [(OWNER, 1), ("helpdesk@wingtip", 1), ("helpdesk@fabrikam", 0), (NAMED, 0)] {
        let reply = desk.ask(account, query, about.clone()).await;
        let nodes = reply.data()["customer"]["supportRequests"]["nodes"].as_array().unwrap().clone();
        let found = nodes.iter().filter(|node| node["id"] == json!(request)).count();
        assert_eq!(found, expected, "{account}");
    }
}
