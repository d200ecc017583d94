//! What reaches whom.

use super::client::{Server, Socket};
use super::{CHANGED, STATUS, incident, listening, look, pass, say, see};
use crate::harness::TestApp;
use partner_gateway::health::record::ServiceName;
use partner_gateway::incidents::record::IncidentRecord;
use serde_json::{Value, json};

fn title(external_id: &str) -> String {
    format!("Mail is late ({external_id})")
}

#[tokio::test]
async fn an_incident_reaches_the_reseller_and_its_provider_and_no_stranger() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let mut helpdesk = server.socket(&test.app, "helpdesk@fabrikam").await;
    let mut lead = server.events(&test.app, "lead@northwind", CHANGED, json!({})).await;
    let mut stranger = server.socket(&test.app, "admin@wingtip").await;
    helpdesk.subscribe("a", CHANGED, json!({})).await;
    stranger.subscribe("a", CHANGED, json!({})).await;
    listening(&test.app, 3).await;
    say(&test.app, "fabrikam", &[incident("EX9001", "adventure-works", 1)]).await;
    for payload in [helpdesk.frame("a").await, lead.frame().await] {
        let change = &payload["data"]["incidentChanged"];
        assert_eq!((&change["change"], &change["missed"]), (&json!("RAISED"), &json!(0)), "{change:#}");
        assert_eq!(change["incident"]["title"], json!(title("EX9001")));
        assert_eq!(change["affectedCustomers"]["totalCount"]["value"], 1);
        assert_eq!(change["affectedCustomers"]["nodes"], json!([{ "name": "Adventure Works" }]));
        assert!(payload["extensions"]["position"].is_string());
    }
    // The stranger's first frame is about its own customer: of the other there was neither frame nor gap.
    say(&test.app, "wingtip", &[incident("EX9001", "fabrikam-residences", 2)]).await;
    let change = stranger.frame("a").await;
    let own = &change["data"]["incidentChanged"];
    assert_eq!((&own["change"], &own["missed"]), (&json!("RAISED"), &json!(0)));
    assert_eq!(own["affectedCustomers"]["nodes"], json!([{ "name": "Fabrikam Residences" }]));
    assert!(change["extensions"].get("missed").is_none());
}

#[tokio::test]
async fn changes_of_an_incident_come_in_their_order_and_say_what_happened() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let mut helpdesk = server.socket(&test.app, "helpdesk@fabrikam").await;
    helpdesk.subscribe("a", CHANGED, json!({})).await;
    listening(&test.app, 1).await;
    let resolved = |minutes| IncidentRecord {
        is_resolved: true,
        status: "service_restored",
        ..incident("EX9002", "adventure-works", minutes)
    };
    let steps = [
        (incident("EX9002", "adventure-works", 1), "RAISED", "SERVICE_DEGRADATION"),
        (incident("EX9002", "fourth-coffee", 1), "AFFECTED", "SERVICE_DEGRADATION"),
        (incident("EX9002", "adventure-works", 2), "UPDATED", "SERVICE_DEGRADATION"),
        (resolved(3), "RESOLVED", "SERVICE_RESTORED"),
        (incident("EX9002", "adventure-works", 4), "REOPENED", "SERVICE_DEGRADATION"),
    ];
    for (record, change, status) in steps {
        pass(&test, 1);
        say(&test.app, "fabrikam", &[record]).await;
        let payload = helpdesk.frame("a").await;
        let told = &payload["data"]["incidentChanged"];
        assert_eq!(
            (&told["change"], &told["incident"]["status"]),
            (&json!(change), &json!(status)),
            "{told:#}"
        );
    }
    // What changes nothing is told to nobody: the next frame is the next incident's.
    say(&test.app, "fabrikam", &[incident("EX9002", "adventure-works", 4)]).await;
    say(&test.app, "fabrikam", &[incident("EX9002", "adventure-works", 2)]).await;
    say(&test.app, "fabrikam", &[incident("EX9003", "adventure-works", 5)]).await;
    let payload = helpdesk.frame("a").await;
    assert_eq!(payload["data"]["incidentChanged"]["incident"]["externalId"], "EX9003");
}

#[tokio::test]
async fn one_incident_by_many_sources_is_told_once_to_each_reader() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let mut lead = server.socket(&test.app, "lead@northwind").await;
    lead.subscribe("a", CHANGED, json!({})).await;
    listening(&test.app, 1).await;
    say(&test.app, "fabrikam", &[incident("EX9004", "adventure-works", 1)]).await;
    assert_eq!(lead.frame("a").await["data"]["incidentChanged"]["change"], "RAISED");
    pass(&test, 1);
    // The same version by another source, about a customer that the lead sees: one customer more, and no other news.
    say(&test.app, "tailspin", &[incident("EX9004", "tailwind-traders", 1)]).await;
    let told = lead.frame("a").await;
    let told = &told["data"]["incidentChanged"];
    assert_eq!(
        (&told["change"], &told["affectedCustomers"]["totalCount"]["value"]),
        (&json!("AFFECTED"), &json!(2))
    );
    pass(&test, 1);
    // About a customer that it does not see: nothing.
    say(&test.app, "tailspin", &[incident("EX9004", "contoso-retail", 1)]).await;
    pass(&test, 1);
    say(&test.app, "tailspin", &[incident("EX9004", "tailwind-traders", 7)]).await;
    let told = lead.frame("a").await;
    let told = &told["data"]["incidentChanged"];
    assert_eq!((&told["change"], &told["missed"]), (&json!("UPDATED"), &json!(0)));
    assert_eq!(told["affectedCustomers"]["totalCount"]["value"], 2);
}

#[tokio::test]
async fn a_service_s_status_is_told_with_the_one_before() {
    let test = TestApp::demo().await;
    let customer = test.as_viewer("helpdesk@fabrikam").customer_id("adventure-works").await;
    see(&test.app, "fabrikam", "adventure-works", "service_operational").await;
    let server = Server::start(&test.app).await;
    let mut helpdesk = server.socket(&test.app, "helpdesk@fabrikam").await;
    let mut owner =
        server.events(&test.app, "admin@adventure-works", STATUS, json!({ "customer": customer })).await;
    helpdesk.subscribe("s", STATUS, json!({ "customer": customer })).await;
    listening(&test.app, 2).await;
    pass(&test, 60);
    see(&test.app, "fabrikam", "fourth-coffee", "service_interruption").await;
    see(&test.app, "fabrikam", "adventure-works", "service_degradation").await;
    for payload in [helpdesk.frame("s").await, owner.frame().await] {
        let told = &payload["data"]["serviceStatusChanged"];
        assert_eq!(told["customer"]["name"], "Adventure Works");
        assert_eq!(told["service"]["name"], "Exchange Online");
        assert_eq!(told["status"], "SERVICE_DEGRADATION");
        assert_eq!(told["previousStatus"], "SERVICE_OPERATIONAL");
    }
}

/// The next change of Exchange, whatever other services do.
async fn of_exchange(socket: &mut Socket) -> Value {
    loop {
        let told = socket.frame("s").await["data"]["serviceStatusChanged"].clone();
        if told["service"]["name"] == "Exchange Online" {
            return told;
        }
    }
}

#[tokio::test]
async fn a_service_that_a_whole_list_drops_is_told_without_a_status_and_with_one_when_it_is_back() {
    let test = TestApp::demo().await;
    let customer = test.as_viewer("helpdesk@fabrikam").customer_id("adventure-works").await;
    see(&test.app, "fabrikam", "adventure-works", "service_degradation").await;
    let server = Server::start(&test.app).await;
    let mut helpdesk = server.socket(&test.app, "helpdesk@fabrikam").await;
    helpdesk.subscribe("s", STATUS, json!({ "customer": customer })).await;
    listening(&test.app, 1).await;
    pass(&test, 60);
    let teams = ServiceName { id: None, name: "Microsoft Teams".into() };
    look(&test.app, "fabrikam", "adventure-works", teams, "service_operational", true).await;
    let gone = of_exchange(&mut helpdesk).await;
    assert_eq!((&gone["status"], &gone["previousStatus"]), (&Value::Null, &json!("SERVICE_DEGRADATION")));
    assert_eq!(gone["customer"]["name"], "Adventure Works");
    pass(&test, 60);
    see(&test.app, "fabrikam", "adventure-works", "service_operational").await;
    let back = of_exchange(&mut helpdesk).await;
    assert_eq!(
        (&back["status"], &back["previousStatus"]),
        (&json!("SERVICE_OPERATIONAL"), &json!("SERVICE_DEGRADATION"))
    );
}

#[tokio::test]
async fn a_filter_on_the_service_leaves_other_services_out() {
    let test = TestApp::demo().await;
    let reply = test.as_viewer("helpdesk@fabrikam").ask("{ services { id name } }").await;
    let services = reply.data()["services"].as_array().unwrap().clone();
    let id = |name: &str| services.iter().find(|one| one["name"] == name).unwrap()["id"].clone();
    let query = "subscription($s: ID!) { incidentChanged(filter: { service: { eq: $s } }) { incident { externalId service { name } } } }";
    let server = Server::start(&test.app).await;
    let mut socket = server.socket(&test.app, "helpdesk@fabrikam").await;
    socket.subscribe("a", query, json!({ "s": id("Microsoft Teams") })).await;
    listening(&test.app, 1).await;
    say(&test.app, "fabrikam", &[incident("EX9005", "adventure-works", 1)]).await;
    let mut other = incident("TM9005", "adventure-works", 1);
    other.service = partner_gateway::health::record::ServiceName { id: None, name: "Microsoft Teams".into() };
    say(&test.app, "fabrikam", &[other]).await;
    assert_eq!(socket.frame("a").await["data"]["incidentChanged"]["incident"]["externalId"], "TM9005");
}

#[tokio::test]
async fn a_client_that_does_not_read_loses_no_state_and_is_told_how_much_it_missed() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    // Long frames, so that what the network holds for the client is soon full.
    let query = "subscription { incidentChanged { change missed position incident { externalId title impactDescription status } } }";
    let mut idle = server.events(&test.app, "helpdesk@fabrikam", query, json!({})).await;
    // Not a socket: one whose client says nothing for a minute is closed.
    let mut busy = server.events(&test.app, "helpdesk@fabrikam", query, json!({})).await;
    listening(&test.app, 2).await;
    let rounds = 60;
    for round in 1..=rounds {
        let long = "It is late. ".repeat(20_000);
        let records: Vec<IncidentRecord> = (0..3)
            .map(|number| IncidentRecord {
                impact_description: Some(format!("{round}: {long}")),
                ..incident(&format!("EX91{number:02}"), "adventure-works", round)
            })
            .collect();
        say(&test.app, "fabrikam", &records).await;
        if round % 20 == 0 {
            let _ = busy.frame().await;
        }
    }
    let last = |number: usize| format!("EX91{number:02}");
    let (mut newest, mut missed, mut frames) = (std::collections::BTreeMap::new(), 0, 0);
    let wanted = format!("{rounds}: ");
    while newest.len() < 3 {
        let payload = idle.frame().await;
        let told = &payload["data"]["incidentChanged"];
        frames += 1;
        missed += told["missed"].as_i64().unwrap();
        assert_eq!(payload["extensions"].get("missed").is_some(), told["missed"] != 0);
        if told["incident"]["impactDescription"].as_str().unwrap().starts_with(&wanted) {
            newest.insert(
                told["incident"]["externalId"].as_str().unwrap().to_owned(),
                told["position"].clone(),
            );
        }
    }
    assert_eq!(newest.keys().cloned().collect::<Vec<_>>(), [last(0), last(1), last(2)]);
    assert!(missed > 0, "nothing was gathered: {frames} frames");
}

#[tokio::test]
async fn a_stream_resumes_from_a_position_and_from_no_other_account_s() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let query = "subscription($after: String) { incidentChanged(after: $after) { position incident { externalId } } }";
    let mut first = server.socket(&test.app, "helpdesk@fabrikam").await;
    first.subscribe("a", query, json!({})).await;
    listening(&test.app, 1).await;
    say(&test.app, "fabrikam", &[incident("EX9201", "adventure-works", 1)]).await;
    let payload = first.frame("a").await;
    let position = payload["data"]["incidentChanged"]["position"].clone();
    assert_eq!(payload["extensions"]["position"], position);
    drop(first);
    listening(&test.app, 0).await;
    for number in [2, 3] {
        say(&test.app, "fabrikam", &[incident(&format!("EX920{number}"), "adventure-works", 1)]).await;
    }
    say(&test.app, "wingtip", &[incident("EX9299", "adatum", 1)]).await;
    let mut again = server.socket(&test.app, "helpdesk@fabrikam").await;
    again.subscribe("b", query, json!({ "after": position })).await;
    for expected in ["EX9202", "EX9203"] {
        assert_eq!(again.frame("b").await["data"]["incidentChanged"]["incident"]["externalId"], expected);
    }
    let mut other = server.socket(&test.app, "admin@fabrikam").await;
    other.subscribe("c", query, json!({ "after": position })).await;
    let errors = other.error("c").await;
    assert_eq!(
        (&errors[0]["extensions"]["code"], &errors[0]["extensions"]["field"]),
        (&json!("BAD_USER_INPUT"), &json!("after"))
    );
}

#[tokio::test]
async fn a_position_that_is_older_than_what_is_kept_is_refused_in_words() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let query = "subscription($after: String) { incidentChanged(after: $after) { position } }";
    let mut socket = server.socket(&test.app, "helpdesk@fabrikam").await;
    socket.subscribe("a", query, json!({})).await;
    listening(&test.app, 1).await;
    say(&test.app, "fabrikam", &[incident("EX9301", "adventure-works", 1)]).await;
    let position = socket.frame("a").await["data"]["incidentChanged"]["position"].clone();
    say(
        &test.app,
        "fabrikam",
        &[incident("EX9302", "adventure-works", 1), incident("EX9303", "adventure-works", 1)],
    )
    .await;
    let later = test.app.db.clock().now().plus_days(8);
    assert!(partner_gateway::events::prune(&test.app.db, later).await.unwrap() > 1);
    socket.subscribe("b", query, json!({ "after": position })).await;
    loop {
        let message = socket.receive().await;
        if message["id"] == "b" {
            assert_eq!(message["type"], "error");
            let words = message["payload"][0]["message"].as_str().unwrap();
            assert!(words.contains("not kept any more (7 days are)"), "{words}");
            break;
        }
    }
    let (first, last) = partner_gateway::events::ends(&test.app.db).await.unwrap();
    assert_eq!(first, last, "the newest event stays, so that places go on counting");
}

#[tokio::test]
async fn a_customer_of_somebody_else_cannot_be_listened_to() {
    let test = TestApp::demo().await;
    let hidden = test.as_viewer("admin@wingtip").customer_id("adatum").await;
    let server = Server::start(&test.app).await;
    let mut socket = server.socket(&test.app, "helpdesk@fabrikam").await;
    let (tag, _) = test.app.sealer.open_id(&hidden).unwrap();
    let unknown = test.app.sealer.id(tag, uuid::Uuid::from_u128(77)).unwrap();
    let mut answers = Vec::new();
    for id in [&hidden, &unknown] {
        socket.subscribe("a", STATUS, json!({ "customer": id })).await;
        let mut errors = socket.error("a").await;
        errors[0]["extensions"].as_object_mut().unwrap().remove("requestId").unwrap();
        assert_eq!(errors[0]["extensions"]["code"], "NOT_FOUND");
        answers.push(errors);
    }
    assert_eq!(answers[0], answers[1]);
    // A customer that it sees and whose health it may not read.
    let known = test.as_viewer("helpdesk@fabrikam").customer_id("proseware").await;
    socket.subscribe("a", STATUS, json!({ "customer": known })).await;
    assert_eq!(socket.error("a").await[0]["extensions"]["code"], "FORBIDDEN");
    let mut sales = server.socket(&test.app, "sales@fabrikam").await;
    sales.subscribe("a", CHANGED, json!({})).await;
    assert_eq!(sales.error("a").await[0]["extensions"]["code"], "FORBIDDEN");
}
