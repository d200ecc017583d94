//! The journeys of the contract on support requests, as a client runs them: over a real listener, with a real token, names
//! as written there; and what those who take part see of the demo's requests, each its own part.

mod case;
mod refusals;

use crate::harness::{NOW, TestApp, nodes};
use crate::journeys::Client;
use crate::rules::facts::tenant;
use chrono::DateTime;
use entity::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

const TRIAGE: &str = include_str!("journeys/01-triage.graphql");
const KNOWN_INCIDENT: &str = include_str!("journeys/02-known-incident.graphql");
const FILE_IT_RIGHT: &str = include_str!("journeys/03-file-it-right.graphql");
const QUEUE: &str = include_str!("journeys/08-provider-queue.graphql");
const MY_REQUESTS: &str = include_str!("journeys/11-my-requests.graphql");

/// Everything of a request that a test looks at.
const REQUESTS: &str = "{ supportRequests(first: 40) { nodes { id number title status tier severity version dueAt breached
    partnerName diagnosis resolutionKind resolutionText owner { name organization } contact { email }
    incident { externalId } mergedInto { title }
    notes(first: 30) { nodes { visibility text author { name organization } } }
    timeline(first: 30) { nodes { kind visibility text actor { name } } }
    escalations { id tier vehicle state reason requestReason from { name } to { name } dueAt breached vendorNumber
      owner { name } } } } }";

// Titles of the demo's requests.
const LAPTOPS: &str = "Two laptops keep asking to sign in to the file client";
const INVOICE: &str = "An invoice lists licences that we gave back";
const SITE: &str = "Brochures cannot be shared with travel agencies";
const WAREHOUSE: &str = "Price lists do not open in the warehouse";
const CONNECTOR: &str = "Orders from the till server are refused at once";
const RECORDS: &str = "Nobody can open patient cases";
const PLANS: &str = "Plans of the claims team have lost their buckets";
const TELEPHONES: &str = "New telephones cannot be enrolled";
const REBATE: &str = "Move from monthly to yearly terms at the renewal";
const PRESENCE: &str = "Calls of the front desk ring nowhere";
const MAIL: &str = "Orders by mail arrive hours late";
const BRANCH: &str = "The branch in Porto cannot sign in";
const MAILBOX: &str = "The shared mailbox of the sales team does not open";
const MAILBOX_AGAIN: &str = "Sales team: mailbox does not open";

/// So many minutes after the tests' own moment, or before.
fn minutes(count: i64) -> Timestamp {
    Timestamp(NOW.0 + count * 60 * Timestamp::SECOND)
}

fn instant(value: &Value) -> Timestamp {
    let text = value.as_str().unwrap_or_else(|| panic!("no time: {value}"));
    Timestamp(DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros())
}

/// The requests that an account finds, by title.
async fn requests(test: &TestApp, account: &str) -> BTreeMap<String, Value> {
    let reply = test.as_viewer(account).ask(REQUESTS).await;
    let rows = nodes(reply.data(), "/supportRequests").iter();
    rows.map(|row| (row["title"].as_str().unwrap().to_owned(), row.clone())).collect()
}

/// One of them.
async fn request(test: &TestApp, account: &str, title: &str) -> Value {
    let mut all = requests(test, account).await;
    all.remove(title).unwrap_or_else(|| panic!("{account} finds no {title}"))
}

/// The texts at a path of each node of a list.
fn texts<'a>(value: &'a Value, list: &str, field: &str) -> Vec<&'a str> {
    nodes(value, list).iter().map(|node| node[field].as_str().unwrap_or_default()).collect()
}

/// Visibility and text of each note.
fn notes(request: &Value) -> Vec<(&str, &str)> {
    texts(request, "/notes", "visibility").into_iter().zip(texts(request, "/notes", "text")).collect()
}

/// What happened, without what was published on a linked incident.
fn kinds(request: &Value) -> Vec<&str> {
    let all = texts(request, "/timeline", "kind").into_iter();
    all.filter(|kind| *kind != "INCIDENT_POST").collect()
}

/// Each hop in a line.
fn hops(request: &Value) -> Vec<String> {
    let all = request["escalations"].as_array().unwrap().iter();
    let name = |end: &Value| end["name"].as_str().unwrap_or("vendor").to_owned();
    all.map(|hop| format!("{} > {} {}", name(&hop["from"]), name(&hop["to"]), hop["state"].as_str().unwrap()))
        .collect()
}

/// Sends a mutation with a key of its own; its payload.
async fn act(test: &TestApp, account: &str, name: &str, mut input: Value) -> Value {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    if input.get("idempotencyKey").is_none() {
        input["idempotencyKey"] = json!(format!("key {}", NEXT.fetch_add(1, Ordering::Relaxed)));
    }
    let of_type = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let query = format!(
        "mutation($input: {of_type}!) {{ {name}(input: $input) {{
            supportRequest {{ id version status tier }} userErrors {{ field code message }} }} }}"
    );
    let reply = test.as_viewer(account).ask_with(&query, json!({ "input": input })).await;
    reply.data()[name].clone()
}

/// The same, and nothing is refused.
async fn done(test: &TestApp, account: &str, name: &str, input: Value) -> Value {
    let payload = act(test, account, name, input).await;
    assert_eq!(payload["userErrors"], json!([]), "{account} {name}");
    payload
}

/// Field and code of the only thing that was refused, which is said in words, too.
fn refusal(payload: &Value) -> (Option<&str>, &str) {
    let [error] = &payload["userErrors"].as_array().unwrap()[..] else { panic!("{payload:#}") };
    assert!(error["message"].as_str().is_some_and(|words| words.len() > 10), "{payload:#}");
    (error["field"].as_str(), error["code"].as_str().unwrap())
}

/// One operation of a journey's document; its answer's only root field.
async fn journey(client: &Client, document: &str, operation: &str, variables: Value) -> Value {
    let asked = json!({ "query": document, "operationName": operation, "variables": variables });
    let body = client.run(asked).await;
    assert!(body.get("errors").is_none(), "{operation}: {body:#}");
    body["data"].as_object().unwrap().values().next().unwrap().clone()
}

async fn customer_id(test: &TestApp, account: &str, key: &str) -> Value {
    json!(test.as_viewer(account).customer_id(key).await)
}

/// Global id of a service, as any reader of Adventure Works learns it.
async fn service_id(test: &TestApp, name: &str) -> Value {
    let query = "query($t: UUID) { customer(tenantId: $t) { services { service { id name } } } }";
    let asked = json!({ "t": tenant("adventure-works") });
    let reply = test.as_viewer("helpdesk@fabrikam").ask_with(query, asked).await;
    let services = reply.data()["customer"]["services"].as_array().unwrap().iter();
    let found = services.map(|one| &one["service"]).find(|service| service["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}"))["id"].clone()
}

#[tokio::test]
async fn a_helpdesk_agent_sees_a_customer_s_open_requests_and_how_it_is_supported() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "helpdesk@fabrikam").await;
    let data = client.ask(TRIAGE, json!({ "search": "adventure" })).await;
    let [customer] = &nodes(&data, "/customers")[..] else { panic!("{data:#}") };
    let [mail, laptops] = &nodes(customer, "/supportRequests")[..] else { panic!("{customer:#}") };
    assert_eq!((&mail["title"], &laptops["title"]), (&json!(MAIL), &json!(LAPTOPS)), "the newest first");
    assert_eq!((&mail["status"], &mail["severity"]), (&json!("IN_PROGRESS"), &json!("CRITICAL")));
    assert_eq!((&mail["tier"], &mail["dueAt"]), (&json!("PARTNER"), &Value::Null), "answered: no clock runs");
    assert_eq!((&laptops["status"], &laptops["tier"]), (&json!("NEW"), &json!("PARTNER")));
    // Raised on Friday at noon in Berlin: four hours of service later it was four there.
    assert_eq!(laptops["dueAt"].as_str().map(|text| &text[..16]), Some("2026-02-27T15:00"));
    let arrangement = &customer["supportArrangement"];
    assert_eq!((&arrangement["kind"], &arrangement["openNow"]), (&json!("DIRECT"), &json!(true)));
    let hours = &arrangement["hours"];
    assert_eq!(hours["timeZone"], json!("Europe/Berlin"));
    assert_eq!(hours["weekly"][0], json!({ "day": "MONDAY", "opens": "08:00", "closes": "18:00" }));
    assert_eq!(hours["weekly"].as_array().map(Vec::len), Some(5));
    let price = json!({ "model": "PER_INCIDENT", "amount": "85.00", "currency": "EUR" });
    assert_eq!(arrangement["pricing"], price);
    let mail_address = json!({ "channel": "EMAIL", "value": "help@fabrikam.example" });
    assert!(arrangement["contacts"].as_array().unwrap().contains(&mail_address), "{arrangement:#}");
}

#[tokio::test]
async fn each_note_reaches_those_whom_it_was_written_for_and_nobody_else() {
    let test = TestApp::demo().await;
    let own = request(&test, "helpdesk@fabrikam", MAIL).await;
    let visible: Vec<&str> = notes(&own).into_iter().map(|(visibility, _)| visibility).collect();
    assert_eq!(visible, ["ORG", "CHAIN", "VENDOR", "CUSTOMER", "CUSTOMER", "CUSTOMER"]);
    let authors: Vec<&str> =
        nodes(&own, "/notes")[3..5].iter().map(|note| note["author"]["name"].as_str().unwrap()).collect();
    assert_eq!(authors[0], "Helpdesk agent, Fabrikam Cloud");
    assert!(authors[1].starts_with("Adventure Works · "), "{authors:?}");
    assert_eq!(
        (&own["owner"]["name"], &own["incident"]["externalId"]),
        (&json!("Helpdesk agent, Fabrikam Cloud"), &json!("EX1104210"))
    );

    let theirs = request(&test, "admin@adventure-works", MAIL).await;
    let expected = [
        ("CUSTOMER", "Microsoft knows of it and works on it. Nothing is lost; please do not send again."),
        ("CUSTOMER", "Thank you. Can we have a message every two hours?"),
        ("CUSTOMER", "You will."),
    ];
    assert_eq!(notes(&theirs), expected);
    let author = &nodes(&theirs, "/notes")[0]["author"];
    assert!(author["name"].as_str().unwrap().starts_with("Fabrikam Cloud · "), "{author}");
    assert_eq!(author["organization"], json!("Fabrikam Cloud"));
    assert_eq!(
        (&theirs["diagnosis"], &theirs["contact"], &theirs["owner"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(kinds(&theirs), ["RAISED", "LINKED", "NOTE", "NOTE", "NOTE"]);
    let published =
        texts(&theirs, "/timeline", "kind").into_iter().filter(|kind| *kind == "INCIDENT_POST").count();
    assert_eq!(published, 4, "what the vendor published on the linked incident is in the timeline");
    for account in
        ["lead@northwind", "lead@litware", "admin@wingtip", "admin@lamna", "admin@contoso", "reader@fabrikam"]
    {
        assert!(!requests(&test, account).await.contains_key(MAIL), "{account}");
    }
}

#[tokio::test]
async fn a_lead_at_a_provider_works_a_queue_by_due_time_with_what_was_written_for_it() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "lead@northwind").await;
    let queue = journey(&client, QUEUE, "Queue", json!({ "within": "PT4H" })).await;
    let [branch, presence] = &queue["nodes"].as_array().unwrap()[..] else { panic!("{queue:#}") };
    assert_eq!((&branch["title"], &branch["breached"]), (&json!(BRANCH), &json!(true)));
    assert_eq!(
        instant(&branch["dueAt"]),
        minutes(-60),
        "two hours after it was handed over, around the clock"
    );
    assert_eq!((&presence["title"], &presence["breached"]), (&json!(PRESENCE), &json!(false)));
    assert_eq!(instant(&presence["dueAt"]), minutes(25));
    assert_eq!((&presence["customer"]["name"], &presence["owner"]), (&json!("Proseware"), &Value::Null));
    let hop = &presence["escalations"][0];
    assert_eq!(
        (&hop["from"]["name"], &hop["to"]["name"]),
        (&json!("Fabrikam Cloud"), &json!("Northwind Distribution"))
    );
    assert_eq!(
        (&hop["tier"], &hop["state"], &hop["vehicle"]),
        (&json!("PROVIDER"), &json!("REQUESTED"), &Value::Null)
    );
    assert_eq!((instant(&hop["requestedAt"]), &hop["answeredAt"]), (minutes(-215), &Value::Null));
    assert_eq!(
        notes(presence),
        [("CHAIN", "We took the licence away and gave it again, twice, an hour apart.")]
    );
    assert_eq!(kinds(presence), ["DIAGNOSED", "NOTE", "ESCALATION_REQUESTED"]);
    assert_eq!(kinds(branch), ["DIAGNOSED", "ESCALATION_REQUESTED", "BREACHED"]);
    let writer = nodes(presence, "/notes")[0]["author"]["name"].as_str().unwrap();
    assert!(writer.starts_with("Fabrikam Cloud · "), "{writer}");
    assert!(
        journey(&client, QUEUE, "Queue", json!({ "within": "PT20M" })).await["nodes"]
            .as_array()
            .unwrap()
            .len()
            == 1
    );
}

#[tokio::test]
async fn a_lead_at_a_provider_takes_one_case_on_and_solves_it_and_gives_another_back() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "lead@northwind").await;
    let queue = journey(&client, QUEUE, "Queue", json!({ "within": "PT4H" })).await;
    let [branch, presence] = &queue["nodes"].as_array().unwrap()[..] else { panic!("{queue:#}") };
    let hop = &presence["escalations"][0];
    let accepted = journey(
        &client,
        QUEUE,
        "Accept",
        json!({ "input": { "idempotencyKey": "a", "escalationId": hop["id"] } }),
    )
    .await;
    assert_eq!(accepted["userErrors"], json!([]));
    assert_eq!(accepted["escalation"]["state"], json!("ACCEPTED"));
    assert_eq!(
        accepted["escalation"]["owner"]["name"],
        json!("Helpdesk agent who leads support, Northwind Distribution")
    );
    let back = json!({ "idempotencyKey": "r", "escalationId": branch["escalations"][0]["id"], "reason": "The carrier of the branch has to do it." });
    let returned = journey(&client, QUEUE, "Return", json!({ "input": back })).await;
    assert_eq!(
        (&returned["escalation"]["state"], &returned["escalation"]["reason"]),
        (&json!("RETURNED"), &back["reason"])
    );
    let version = request(&test, "lead@northwind", PRESENCE).await["version"].clone();
    let solved = json!({ "idempotencyKey": "s", "supportRequestId": presence["id"], "version": version, "kind": "SOLVED", "text": "The order was stuck; it is through." });
    let resolved = journey(&client, QUEUE, "Resolve", json!({ "input": solved })).await;
    assert_eq!(
        (&resolved["userErrors"], &resolved["supportRequest"]["status"]),
        (&json!([]), &json!("RESOLVED"))
    );
    assert_eq!(instant(&resolved["supportRequest"]["resolvedAt"]), NOW);
    assert_eq!(journey(&client, QUEUE, "Queue", json!({ "within": "PT4H" })).await["nodes"], json!([]));
    // The reseller has the branch again, with a clock of its own: two hours of its service.
    let branch = request(&test, "helpdesk@fabrikam", BRANCH).await;
    assert_eq!((&branch["tier"], instant(&branch["dueAt"])), (&json!("PARTNER"), minutes(120)));
    assert_eq!(hops(&branch), ["Fabrikam Cloud > Northwind Distribution RETURNED"]);
}

#[tokio::test]
async fn two_providers_of_one_request_learn_nothing_of_each_other() {
    let test = TestApp::demo().await;
    let reseller = request(&test, "helpdesk@tailspin", WAREHOUSE).await;
    let expected =
        ["Tailspin IT > Northwind Distribution RETURNED", "Tailspin IT > Litware Distribution ACCEPTED"];
    assert_eq!(hops(&reseller), expected);
    assert_eq!(notes(&reseller).len(), 4);
    let before = ("CHAIN", "Forty scanners, one model. They cannot be updated before the stocktaking.");

    let first = request(&test, "lead@northwind", WAREHOUSE).await;
    assert_eq!(hops(&first), expected[..1]);
    assert_eq!(notes(&first), [before, ("CHAIN", "We tried the classic pages; they are empty, too.")]);
    assert!(!first.to_string().contains("Litware"), "{first:#}");

    let second = request(&test, "lead@litware", WAREHOUSE).await;
    assert_eq!(hops(&second), expected[1..]);
    assert_eq!(
        notes(&second),
        [before, ("CHAIN", "The maker has a newer browser for them. We ask for its package.")]
    );
    assert!(
        !second.to_string().contains("Northwind") && !second.to_string().contains("another provider"),
        "{second:#}"
    );

    let theirs = request(&test, "admin@wide-world-importers", WAREHOUSE).await;
    assert_eq!((hops(&theirs), notes(&theirs), &theirs["tier"]), (vec![], vec![], &json!("PARTNER")));
    for name in ["Litware", "Northwind"] {
        assert!(!theirs.to_string().contains(name), "{theirs:#}");
    }
}

#[tokio::test]
async fn the_named_partner_learns_that_its_provider_asked_the_vendor_and_not_how() {
    let test = TestApp::demo().await;
    let provider = request(&test, "lead@northwind", CONNECTOR).await;
    let hop = &provider["escalations"][1];
    assert_eq!(
        (&hop["vehicle"], &hop["vendorNumber"]),
        (&json!("PREMIER_SUPPORT_FOR_PARTNERS"), &json!("2611250040001177"))
    );
    assert_eq!(
        (&provider["tier"], &hop["state"], &hop["breached"]),
        (&json!("VENDOR"), &json!("ACCEPTED"), &json!(true))
    );
    let reseller = request(&test, "helpdesk@fabrikam", CONNECTOR).await;
    assert_eq!(reseller["tier"], json!("VENDOR"));
    let seen = &reseller["escalations"][1];
    assert_eq!(
        (&seen["from"]["name"], &seen["tier"], &seen["to"]),
        (&json!("Northwind Distribution"), &json!("VENDOR"), &Value::Null)
    );
    for field in ["vehicle", "vendorNumber", "requestReason", "reason", "owner"] {
        assert_eq!(seen[field], Value::Null, "{field}");
    }
    let answer = "The check is new and stays. A certificate with both names is accepted.";
    assert!(texts(&reseller, "/timeline", "text").contains(&answer), "{reseller:#}");
    let customer = request(&test, "admin@fourth-coffee", CONNECTOR).await;
    assert_eq!((&customer["tier"], hops(&customer)), (&json!("PARTNER"), vec![]));
    assert!(!customer.to_string().contains("certificate"), "{customer:#}");
}

#[tokio::test]
async fn a_request_that_was_returned_timed_out_or_asked_again_says_so() {
    let test = TestApp::demo().await;
    let all = requests(&test, "helpdesk@fabrikam").await;
    let expected = [
        (LAPTOPS, "NEW", true),
        (INVOICE, "CLOSED", false),
        (SITE, "RESOLVED", false),
        (CONNECTOR, "IN_PROGRESS", true),
        (PLANS, "IN_PROGRESS", true),
        (TELEPHONES, "WAITING_FOR_CUSTOMER", false),
        (REBATE, "NEW", false),
        (PRESENCE, "IN_PROGRESS", false),
        (MAIL, "IN_PROGRESS", false),
        (BRANCH, "IN_PROGRESS", true),
        (MAILBOX, "NEW", false),
        (MAILBOX_AGAIN, "CLOSED", false),
    ];
    assert_eq!(all.len(), expected.len(), "{:?}", all.keys());
    for (title, status, is_late) in expected {
        let one = &all[title];
        assert_eq!(one["status"], json!(status), "{title}");
        let was_late = one["breached"] == json!(true)
            || one["escalations"].as_array().unwrap().iter().any(|hop| hop["breached"] == json!(true));
        assert_eq!(was_late, is_late, "{title}");
    }
    assert_eq!(hops(&all[SITE]), ["Fabrikam Cloud > Northwind Distribution RETURNED"]);
    assert_eq!(hops(&all[PLANS]), ["Fabrikam Cloud > Northwind Distribution TIMED_OUT"]);
    assert!(all[PLANS]["dueAt"].is_string(), "the partner's own clock runs again");
    assert_eq!(
        (&all[TELEPHONES]["dueAt"], &all[MAILBOX_AGAIN]["mergedInto"]["title"]),
        (&Value::Null, &json!(MAILBOX))
    );
    // Monday at one in the night in Berlin; service begins at eight, and eight hours of it end at four.
    assert_eq!(instant(&all[REBATE]["dueAt"]), minutes(6 * 60));
    // Contoso is supported around the clock, within two hours.
    assert_eq!(instant(&all[MAILBOX]["dueAt"]), minutes(95));
}

#[tokio::test]
async fn a_customer_s_own_admin_sees_its_requests_and_no_other_partner_s() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "admin@contoso").await;
    let data = client.ask(MY_REQUESTS, json!({})).await;
    let customer = &data["viewer"]["customer"];
    let rows = nodes(customer, "/supportRequests");
    let seen: Vec<(&Value, &Value)> = rows.iter().map(|row| (&row["title"], &row["status"])).collect();
    let expected = [
        (&json!(MAILBOX_AGAIN), &json!("CLOSED")),
        (&json!(MAILBOX), &json!("NEW")),
        (&json!(TELEPHONES), &json!("WAITING_FOR_CUSTOMER")),
    ];
    assert_eq!(seen, expected);
    assert!(rows.iter().all(|row| nodes(row, "/notes").is_empty()), "{rows:#?}");
    let arrangement = &customer["supportArrangement"];
    assert_eq!((&arrangement["kind"], &arrangement["openNow"]), (&json!("DIRECT"), &json!(true)));
    assert_eq!(arrangement["pricing"], json!({ "model": "INCLUDED", "amount": null, "currency": null }));
    assert_eq!(customer["partners"]["edges"].as_array().map(Vec::len), Some(3));
    assert!(nodes(customer, "/incidents").iter().any(|one| one["status"] == json!("RESTORING_SERVICE")));

    let query = "{ viewer { customer { supportArrangements { kind providedBy partner { name } hours { weekly { day } } } } } }";
    let reply = test.as_viewer("admin@contoso").ask(query).await;
    let all = reply.data()["viewer"]["customer"]["supportArrangements"].as_array().unwrap().clone();
    let of = |name: &str| {
        all.iter().find(|one| one["partner"]["name"] == name).unwrap_or_else(|| panic!("{name}: {all:#?}"))
    };
    assert_eq!(of("Fabrikam Cloud")["hours"]["weekly"], json!([]), "Contoso's own, around the clock");
    assert_eq!(of("Wingtip Managed Services")["providedBy"], json!("Wingtip Night Desk"));

    let answer = json!({ "supportRequestId": rows[2]["id"], "visibility": "CUSTOMER", "text": "All three are of one batch." });
    done(&test, "admin@contoso", "addSupportNote", answer).await;
    let answered = request(&test, "helpdesk@fabrikam", TELEPHONES).await;
    assert_eq!(answered["status"], json!("IN_PROGRESS"), "an answer ends the wait");
    // Of eight hours 65 minutes had passed when it was asked: what was left goes on from now.
    assert_eq!(instant(&answered["dueAt"]), minutes(8 * 60 - 65));
}

#[tokio::test]
async fn who_has_no_part_finds_no_request() {
    let test = TestApp::demo().await;
    for account in [
        "admin@lamna",
        "reader@fabrikam",
        "guest@fabrikam",
        "user@contoso",
        "sales@fabrikam",
        "admin@woodgrove-bank",
    ] {
        assert!(requests(&test, account).await.is_empty(), "{account}");
    }
    assert_eq!(requests(&test, "lead@litware").await.into_keys().collect::<Vec<_>>(), [WAREHOUSE]);
    assert_eq!(requests(&test, "engineer@wingtip").await.into_keys().collect::<Vec<_>>(), [RECORDS]);
    let client = Client::of(&test, "admin@lamna").await;
    assert!(nodes(&client.ask(TRIAGE, json!({ "search": "contoso" })).await, "/customers").is_empty());
    // A reader of the tenant's health is told that requests are not among its rights.
    let client = Client::of(&test, "reader@fabrikam").await;
    let body = client.run(json!({ "query": TRIAGE, "variables": { "search": "contoso" } })).await;
    let customer = &body["data"]["customers"]["nodes"][0];
    assert_eq!((&customer["name"], &customer["supportRequests"]), (&json!("Contoso"), &Value::Null));
    let [error] = &body["errors"].as_array().unwrap()[..] else { panic!("{body:#}") };
    assert_eq!(
        (&error["path"], &error["extensions"]["code"]),
        (&json!(["customers", "nodes", 0, "supportRequests"]), &json!("FORBIDDEN"))
    );
}
