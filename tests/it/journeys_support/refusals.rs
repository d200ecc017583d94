//! Raising, diagnosing and handing on as the journeys do it, and everything that is refused on the way: with the field, the
//! code, and the state that stands.

use super::{
    FILE_IT_RIGHT, KNOWN_INCIDENT, MAIL, PRESENCE, SITE, act, customer_id, done, instant, journey, minutes,
    refusal, request, requests, service_id,
};
use crate::harness::{NOW, TestApp, nodes};
use crate::journeys::Client;
use serde_json::{Value, json};

/// A request as a Helpdesk agent raises it.
fn raised(customer: &Value, service: &Value) -> Value {
    json!({
        "idempotencyKey": "raise", "customerId": customer, "kind": "TECHNICAL", "severity": "CRITICAL",
        "title": "Mail from the suppliers is late", "description": "Messages arrive hours after they were sent.",
        "serviceId": service,
    })
}

/// Raises one at Adventure Works through the journey; its payload.
async fn raise(test: &TestApp, client: &Client) -> Value {
    let customer = customer_id(test, "helpdesk@fabrikam", "adventure-works").await;
    let input = raised(&customer, &service_id(test, "Exchange Online").await);
    let payload = journey(client, FILE_IT_RIGHT, "Raise", json!({ "input": input })).await;
    assert_eq!(payload["userErrors"], json!([]));
    payload["supportRequest"].clone()
}

#[tokio::test]
async fn a_request_is_raised_once_for_its_key() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "helpdesk@fabrikam").await;
    let before = requests(&test, "helpdesk@fabrikam").await.len();
    let first = raise(&test, &client).await;
    assert_eq!(
        (&first["status"], &first["tier"], &first["version"]),
        (&json!("NEW"), &json!("PARTNER"), &json!(1))
    );
    assert!(
        first["number"].as_str().is_some_and(|number| number.len() == 12 && number.starts_with("SR")),
        "{first}"
    );
    // Ten in the morning in Berlin, where service is until six: two hours from now.
    assert_eq!(instant(&first["dueAt"]), minutes(120));
    assert_eq!(raise(&test, &client).await, first, "the same key gives the same request");
    let customer = customer_id(&test, "helpdesk@fabrikam", "adventure-works").await;
    let mut other = raised(&customer, &service_id(&test, "Exchange Online").await);
    other["title"] = json!("Mail from the suppliers is very late");
    let payload = journey(&client, FILE_IT_RIGHT, "Raise", json!({ "input": other })).await;
    assert_eq!(refusal(&payload), (Some("idempotencyKey"), "IDEMPOTENCY_MISMATCH"));
    assert_eq!(requests(&test, "helpdesk@fabrikam").await.len(), before + 1);
}

#[tokio::test]
async fn a_due_time_counts_service_hours_alone() {
    let test = TestApp::demo().await;
    let customer = customer_id(&test, "helpdesk@fabrikam", "adventure-works").await;
    let service = service_id(&test, "Exchange Online").await;
    // Three in the afternoon in Berlin: three of four hours are left of the day.
    test.set_clock(minutes(5 * 60));
    let mut input = raised(&customer, &service);
    input["severity"] = json!("MODERATE");
    done(&test, "helpdesk@fabrikam", "raiseSupportRequest", input).await;
    let one = request(&test, "helpdesk@fabrikam", "Mail from the suppliers is late").await;
    assert_eq!(instant(&one["dueAt"]), minutes(23 * 60), "nine in the morning after");
}

#[tokio::test]
async fn what_is_known_is_looked_at_before_a_case_is_handed_on() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "helpdesk@fabrikam").await;
    let id = raise(&test, &client).await["id"].clone();
    let before =
        journey(&client, FILE_IT_RIGHT, "Preflight", json!({ "input": { "supportRequestId": id } })).await;
    assert_eq!(instant(&before["healthCheckedAt"]), minutes(-8));
    let likeliest = &before["knownIncidents"][0];
    assert_eq!(likeliest["incident"]["externalId"], json!("EX1104210"));
    assert!(likeliest["score"].as_f64().unwrap() >= 0.5, "{before:#}");
    let duplicates: Vec<&Value> =
        before["openDuplicates"].as_array().unwrap().iter().map(|one| &one["title"]).collect();
    assert_eq!(duplicates, [&json!(MAIL)]);
    let missing: Vec<&Value> =
        before["missing"].as_array().unwrap().iter().map(|one| &one["field"]).collect();
    assert_eq!(missing, [&json!("diagnosis")]);
    assert_eq!(
        (&before["nextTier"]["tier"], &before["nextTier"]["partner"]["name"]),
        (&json!("PROVIDER"), &json!("Northwind Distribution"))
    );
    assert_eq!(
        (&before["vehicles"], &before["decision"]),
        (&json!([]), &json!({ "allowed": true, "missing": null, "fix": null }))
    );
}

#[tokio::test]
async fn a_case_is_handed_on_once_with_all_that_the_next_tier_needs() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "helpdesk@fabrikam").await;
    let id = raise(&test, &client).await["id"].clone();
    let preflight = json!({ "input": { "supportRequestId": id } });
    let before = journey(&client, FILE_IT_RIGHT, "Preflight", preflight.clone()).await;
    let known = &before["knownIncidents"][0]["incident"]["id"];

    let ask = |key: &str, version: i64, more: Value| {
        let mut input = json!({ "idempotencyKey": key, "supportRequestId": id, "version": version, "reason": "Is it the known one?" });
        let more = more.as_object().cloned().unwrap_or_default();
        input.as_object_mut().unwrap().extend(more);
        json!({ "input": input })
    };
    let escalate = async |input: Value| journey(&client, FILE_IT_RIGHT, "Escalate", input).await;
    assert_eq!(refusal(&escalate(ask("e", 1, json!({}))).await), (Some("diagnosis"), "INVALID"));
    let found = json!({ "supportRequestId": id, "version": 1, "text": "Traces show an hour between the vendor's servers." });
    done(&test, "helpdesk@fabrikam", "diagnoseSupportRequest", found).await;
    assert_eq!(refusal(&escalate(ask("e", 2, json!({}))).await), (Some("otherThanIncident"), "HEALTH_FIRST"));
    assert_eq!(refusal(&escalate(ask("e", 2, json!({ "reason": "  " }))).await), (Some("reason"), "INVALID"));
    let vehicle = json!({ "vehicle": "PREMIER_SUPPORT_FOR_PARTNERS" });
    assert_eq!(refusal(&escalate(ask("e", 2, vehicle)).await), (Some("vehicle"), "INVALID"));

    let incident =
        json!({ "idempotencyKey": "l", "supportRequestId": id, "version": 2, "incidentId": known });
    let linked = journey(&client, KNOWN_INCIDENT, "LinkIncident", json!({ "input": incident })).await;
    assert_eq!(linked["userErrors"], json!([]));
    assert_eq!(linked["supportRequest"]["incident"]["status"], json!("RESTORING_SERVICE"));
    let note = json!({ "idempotencyKey": "n", "supportRequestId": id, "visibility": "CHAIN", "text": "Twelve messages, all from outside." });
    let noted = journey(&client, FILE_IT_RIGHT, "Note", json!({ "input": note })).await;
    assert_eq!((&noted["note"]["visibility"], &noted["note"]["text"]), (&json!("CHAIN"), &note["text"]));
    assert_eq!(noted["note"]["author"]["name"], json!("Helpdesk agent, Fabrikam Cloud"));

    let stale = escalate(ask("e", 2, json!({}))).await;
    assert_eq!(refusal(&stale), (Some("version"), "CONFLICT"));
    assert_eq!(stale["supportRequest"]["version"], json!(3), "a conflict shows the current version");
    let handed = escalate(ask("e", 3, json!({}))).await;
    assert_eq!(handed["userErrors"], json!([]));
    assert_eq!(
        (&handed["supportRequest"]["tier"], &handed["supportRequest"]["version"]),
        (&json!("PROVIDER"), &json!(4))
    );
    let hop = &handed["escalation"];
    assert_eq!(
        (&hop["tier"], &hop["vehicle"], &hop["state"]),
        (&json!("PROVIDER"), &Value::Null, &json!("REQUESTED"))
    );
    assert_eq!(instant(&hop["dueAt"]), minutes(120));

    assert_eq!(escalate(ask("e", 3, json!({}))).await, handed, "the same key hands on once");
    let changed = escalate(ask("e", 3, json!({ "reason": "Another one?" }))).await;
    assert_eq!(refusal(&changed), (Some("idempotencyKey"), "IDEMPOTENCY_MISMATCH"));
    assert_eq!(refusal(&escalate(ask("again", 4, json!({}))).await), (None, "WRONG_STATE"));
    let after = journey(&client, FILE_IT_RIGHT, "Preflight", preflight).await;
    assert_eq!(after["decision"]["allowed"], json!(false));
    assert!(
        after["decision"]["fix"].as_str().is_some_and(|fix| fix.contains("withdrawEscalation")),
        "{after:#}"
    );
}

#[tokio::test]
async fn a_reseller_without_a_contract_is_told_which_vehicle_would_serve() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "helpdesk@fabrikam").await;
    let customer = customer_id(&test, "helpdesk@fabrikam", "fincher-architects").await;
    let mut input = raised(&customer, &service_id(&test, "Exchange Online").await);
    input["contact"] = json!({ "name": "Support desk", "email": "desk@fabrikam.example" });
    let id =
        done(&test, "helpdesk@fabrikam", "raiseSupportRequest", input).await["supportRequest"]["id"].clone();
    let found = json!({ "supportRequestId": id, "version": 1, "text": "It is slow from every client." });
    done(&test, "helpdesk@fabrikam", "diagnoseSupportRequest", found).await;
    let seen =
        journey(&client, FILE_IT_RIGHT, "Preflight", json!({ "input": { "supportRequestId": id } })).await;
    assert_eq!(seen["nextTier"], json!({ "tier": "VENDOR", "partner": null }));
    let missing: Vec<&Value> = seen["missing"].as_array().unwrap().iter().map(|one| &one["field"]).collect();
    assert_eq!(missing, [&json!("vehicle")]);
    let vehicles = seen["vehicles"].as_array().unwrap();
    assert_eq!(vehicles.len(), 5);
    for vehicle in vehicles {
        assert_eq!(vehicle["eligible"], json!(false), "{vehicle}");
        assert!(vehicle["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{vehicle}");
    }
    let ask = |vehicle: Value| {
        let why = "Nothing is late here; it is slow.";
        json!({ "supportRequestId": id, "version": 2, "reason": "Why is it slow?", "otherThanIncident": why, "vehicle": vehicle })
    };
    for (vehicle, code) in [
        (Value::Null, "INVALID"),
        (json!("PREMIER_SUPPORT_FOR_PARTNERS"), "INELIGIBLE"),
        (json!("COMMERCIAL"), "INELIGIBLE"),
    ] {
        let payload = act(&test, "helpdesk@fabrikam", "escalateSupportRequest", ask(vehicle.clone())).await;
        assert_eq!(refusal(&payload), (Some("vehicle"), code), "{vehicle}");
    }
}

/// Global id of an account's own partner.
async fn own_partner(test: &TestApp, account: &str) -> Value {
    let reply = test.as_viewer(account).ask("{ viewer { partner { id } } }").await;
    reply.data()["viewer"]["partner"]["id"].clone()
}

#[tokio::test]
async fn what_cannot_be_raised_is_refused_at_its_field_and_nothing_is_kept() {
    let test = TestApp::demo().await;
    let before = requests(&test, "helpdesk@fabrikam").await;
    let service = service_id(&test, "Exchange Online").await;
    let at = customer_id(&test, "helpdesk@fabrikam", "adventure-works").await;
    let contoso = customer_id(&test, "admin@contoso", "contoso").await;
    let (fabrikam, tailspin) =
        (own_partner(&test, "helpdesk@fabrikam").await, own_partner(&test, "helpdesk@tailspin").await);
    let theirs = json!({ "name": "IT", "email": "it@adventure-works.com" });
    let ours = json!({ "name": "IT", "email": "it@elsewhere.example" });
    // Who, at which customer, what is different, and the field and code of the refusal.
    let cases = [
        ("helpdesk@fabrikam", &at, json!({ "title": "" }), Some("title"), "INVALID"),
        ("helpdesk@fabrikam", &at, json!({ "title": "two\nlines" }), Some("title"), "INVALID"),
        ("helpdesk@fabrikam", &at, json!({ "title": "x".repeat(201) }), Some("title"), "INVALID"),
        ("helpdesk@fabrikam", &at, json!({ "description": " \n " }), Some("description"), "INVALID"),
        (
            "helpdesk@fabrikam",
            &at,
            json!({ "description": "x".repeat(20_001) }),
            Some("description"),
            "INVALID",
        ),
        (
            "helpdesk@fabrikam",
            &at,
            json!({ "contact": { "name": "Desk", "email": "desk" } }),
            Some("contact.email"),
            "INVALID",
        ),
        ("helpdesk@fabrikam", &at, json!({ "contact": theirs }), Some("contact.email"), "INVALID"),
        ("helpdesk@fabrikam", &at, json!({ "customerId": "nonsense" }), Some("customerId"), "INVALID"),
        ("helpdesk@fabrikam", &at, json!({ "serviceId": at }), Some("serviceId"), "INVALID"),
        ("helpdesk@fabrikam", &at, json!({ "partnerId": tailspin }), Some("partnerId"), "INVALID"),
        ("helpdesk@fabrikam", &at, json!({ "idempotencyKey": "" }), Some("idempotencyKey"), "INVALID"),
        ("reader@fabrikam", &contoso, json!({}), None, "FORBIDDEN"),
        ("admin@lamna", &contoso, json!({}), Some("customerId"), "NOT_FOUND"),
        ("admin@contoso", &contoso, json!({}), Some("partnerId"), "INVALID"),
        ("admin@contoso", &contoso, json!({ "partnerId": tailspin }), Some("partnerId"), "NOT_FOUND"),
        (
            "admin@contoso",
            &contoso,
            json!({ "partnerId": fabrikam, "contact": ours }),
            Some("contact"),
            "INVALID",
        ),
        ("reader@contoso", &contoso, json!({ "partnerId": fabrikam }), None, "FORBIDDEN"),
    ];
    for (account, customer, change, field, code) in cases {
        let mut input = raised(customer, &service);
        input.as_object_mut().unwrap().extend(change.as_object().cloned().unwrap());
        let payload = act(&test, account, "raiseSupportRequest", input).await;
        assert_eq!(refusal(&payload), (field, code), "{account} {change}");
        assert_eq!(payload["supportRequest"], Value::Null, "{account} {change}");
    }
    assert_eq!(requests(&test, "helpdesk@fabrikam").await, before);
}

#[tokio::test]
async fn what_is_not_one_s_own_to_do_is_refused_by_its_own_reason() {
    let test = TestApp::demo().await;
    let at_provider = request(&test, "lead@northwind", PRESENCE).await;
    let (presence, hop) = (&at_provider["id"], &at_provider["escalations"][0]["id"]);
    let mail = request(&test, "admin@adventure-works", MAIL).await["id"].clone();
    let site = request(&test, "helpdesk@fabrikam", SITE).await;
    let (site_id, site_version) = (&site["id"], &site["version"]);
    let ended = &site["escalations"][0]["id"];
    let note = |id: &Value, visibility: &str| json!({ "supportRequestId": id, "visibility": visibility, "text": "Hm." });
    let solved = json!({ "supportRequestId": presence, "version": at_provider["version"], "kind": "SOLVED", "text": "Done." });
    let confirm = json!({ "supportRequestId": site_id, "version": site_version });
    let back = |id: &Value| json!({ "escalationId": id, "reason": "No." });
    let cases = [
        ("admin@adventure-works", "addSupportNote", note(&mail, "ORG"), Some("visibility"), "INVALID"),
        ("lead@northwind", "addSupportNote", note(presence, "CUSTOMER"), Some("visibility"), "INVALID"),
        ("admin@lamna", "addSupportNote", note(presence, "ORG"), Some("supportRequestId"), "NOT_FOUND"),
        ("lead@litware", "addSupportNote", note(presence, "ORG"), Some("supportRequestId"), "NOT_FOUND"),
        (
            "lead@litware",
            "acceptEscalation",
            json!({ "escalationId": hop }),
            Some("escalationId"),
            "NOT_FOUND",
        ),
        ("helpdesk@fabrikam", "acceptEscalation", json!({ "escalationId": hop }), None, "FORBIDDEN"),
        ("lead@northwind", "withdrawEscalation", back(hop), Some("escalationId"), "FORBIDDEN"),
        ("lead@northwind", "resolveSupportRequest", solved, None, "WRONG_STATE"),
        ("lead@northwind", "returnEscalation", back(ended), None, "WRONG_STATE"),
        ("lead@northwind", "addSupportNote", note(site_id, "ORG"), None, "WRONG_STATE"),
        ("helpdesk@fabrikam", "confirmSupportRequest", confirm, None, "FORBIDDEN"),
        (
            "lead@northwind",
            "returnEscalation",
            json!({ "escalationId": hop, "reason": "" }),
            Some("reason"),
            "INVALID",
        ),
        (
            "lead@northwind",
            "returnEscalation",
            json!({ "escalationId": presence, "reason": "No." }),
            Some("escalationId"),
            "INVALID",
        ),
    ];
    for (account, name, input, field, code) in cases {
        let payload = act(&test, account, name, input.clone()).await;
        assert_eq!(refusal(&payload), (field, code), "{account} {name} {input}");
    }
    assert_eq!(request(&test, "lead@northwind", PRESENCE).await, at_provider, "nothing is half done");
    assert_eq!(request(&test, "helpdesk@fabrikam", SITE).await, site);
}

#[tokio::test]
async fn a_hidden_request_and_an_unknown_one_are_refused_in_the_same_words() {
    let test = TestApp::demo().await;
    let hidden = request(&test, "helpdesk@fabrikam", PRESENCE).await["id"].clone();
    // Of a world of its own, under the same seal.
    let other = TestApp::demo().await;
    let customer = customer_id(&other, "helpdesk@fabrikam", "proseware").await;
    let input = raised(&customer, &service_id(&other, "Exchange Online").await);
    let unknown =
        done(&other, "helpdesk@fabrikam", "raiseSupportRequest", input).await["supportRequest"]["id"].clone();
    for account in ["admin@lamna", "lead@litware", "admin@contoso"] {
        let answer = async |id: &Value| {
            let input = json!({ "supportRequestId": id, "version": 1, "text": "Hm." });
            act(&test, account, "diagnoseSupportRequest", input).await
        };
        let (of_hidden, of_unknown) = (answer(&hidden).await, answer(&unknown).await);
        assert_eq!(of_hidden, of_unknown, "{account}");
        assert_eq!(refusal(&of_hidden), (Some("supportRequestId"), "NOT_FOUND"), "{account}");
    }
    let reply = test.as_viewer("admin@lamna").ask("{ supportRequests { nodes { id } } }").await;
    assert!(nodes(reply.data(), "/supportRequests").is_empty());
    assert_eq!(test.db().clock().now(), NOW);
}
