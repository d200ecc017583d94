//! Support requests of the gateway in an incident's numbers: those that a reader's own party takes part in count beside
//! those that the vendor lists, and what it filed with the vendor counts once.

use super::facts::voice;
use super::outages::{SERVICE, by_reseller, incident, incident_of, named, numbers, request};
use crate::harness::{NOW, TestApp, nodes};
use partner_gateway::escalations::record::VendorRequestRecord;
use partner_gateway::graphql::Kind;
use partner_gateway::health::ingest::service_id;
use serde_json::{Value, json};

const ID: &str = "WP9000002";
const ENGINEER: &str = "engineer@wingtip";
const FILED: &str = "261191";

/// Does something with a request or a hop, which nobody refuses; the payload.
async fn done(test: &TestApp, name: &str, key: &str, mut input: Value) -> Value {
    input["idempotencyKey"] = json!(key);
    let made = if name == "escalateSupportRequest" { "escalation { id }" } else { "" };
    let of_type = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let query = format!(
        "mutation($input: {of_type}!) {{ {name}(input: $input) {{ supportRequest {{ id version }} {made}
            userErrors {{ field code message }} }} }}"
    );
    let reply = test.as_viewer(ENGINEER).ask_with(&query, json!({ "input": input })).await;
    let payload = reply.data()[name].clone();
    assert_eq!(payload["userErrors"], json!([]), "{name}");
    payload
}

/// Open requests of an incident, as an account counts them: all together, by reseller, and those of one customer.
async fn counted(test: &TestApp, account: &str, incident: &str, customer: &str) -> (i64, i64, i64) {
    let seen = incident_of(&test.as_viewer(account), incident).await.unwrap();
    let by_reseller: i64 = by_reseller(&seen).iter().map(|(_, numbers)| numbers[2]).sum();
    let rows = nodes(&seen, "/impact/customers");
    let row = rows.iter().find(|row| row["customer"]["name"] == customer).unwrap();
    (numbers(&seen)[2], by_reseller, row["openSupportRequestCount"].as_i64().unwrap())
}

/// A request of A. Datum about the service; its id and version.
async fn raised(test: &TestApp) -> Value {
    let customer = test.as_viewer(ENGINEER).customer_id("adatum").await;
    let service = test.app.sealer.id(Kind::Service as u8, service_id(&named(SERVICE)).0).unwrap();
    let input = json!({
        "customerId": customer, "kind": "BILLING", "severity": "MODERATE", "title": "Cloud PCs are billed twice",
        "description": "Twice since Monday.", "serviceId": service,
        "contact": { "name": "Desk", "email": "desk@wingtip.example" },
    });
    done(test, "raiseSupportRequest", "raise", input).await["supportRequest"].clone()
}

#[tokio::test]
async fn an_own_request_counts_once_before_and_after_it_was_filed_with_the_vendor_and_imported() {
    let test = TestApp::demo().await;
    voice(&test, "wingtip", NOW).incidents(&[incident("adatum", ID, "Cloud PCs are slow")]).await;
    let count = async || counted(&test, ENGINEER, ID, "A. Datum").await;
    assert_eq!(count().await, (0, 0, 0));
    let raised = raised(&test).await;
    assert_eq!(count().await, (1, 1, 1), "raised");

    let of_request = |rest: Value, version: &Value| {
        let mut input = rest;
        (input["supportRequestId"], input["version"]) = (raised["id"].clone(), version.clone());
        input
    };
    let found = of_request(json!({ "text": "Two invoices name it." }), &raised["version"]);
    let found = done(&test, "diagnoseSupportRequest", "diagnose", found).await;
    let asked =
        json!({ "reason": "Why twice?", "vehicle": "COMMERCIAL", "otherThanIncident": "It is about money." });
    let asked = of_request(asked, &found["supportRequest"]["version"]);
    let asked = done(&test, "escalateSupportRequest", "escalate", asked).await;
    let filed = json!({ "escalationId": asked["escalation"]["id"], "number": FILED });
    done(&test, "recordVendorRequest", "file", filed).await;
    assert_eq!(count().await, (1, 1, 1), "filed");

    let with_vendor = [request("adatum", FILED, SERVICE), request("adatum", "261192", SERVICE)];
    voice(&test, "wingtip", NOW).requests(&with_vendor[..1]).await;
    assert_eq!(count().await, (1, 1, 1), "imported");
    voice(&test, "wingtip", NOW).requests(&with_vendor[1..]).await;
    assert_eq!(count().await, (2, 2, 2), "another number is another request");
    let closed = VendorRequestRecord { status: "closed", ..request("adatum", FILED, SERVICE) };
    voice(&test, "wingtip", NOW).requests(&[closed]).await;
    assert_eq!(count().await, (2, 2, 2), "it is open still, though the vendor's is not");

    let query = "query($id: ID) { supportRequest(id: $id) { version } }";
    let reply = test.as_viewer(ENGINEER).ask_with(query, json!({ "id": raised["id"] })).await;
    let solved = json!({ "kind": "SOLVED", "text": "One of the two is credited." });
    let solved = of_request(solved, &reply.data()["supportRequest"]["version"]);
    done(&test, "resolveSupportRequest", "resolve", solved).await;
    assert_eq!(count().await, (1, 1, 1), "the vendor's other one is left");
    assert!(incident_of(&test.as_viewer("engineer@fabrikam"), ID).await.is_none());
}

#[tokio::test]
async fn to_those_who_do_not_know_its_number_what_was_filed_and_the_vendor_s_request_are_two() {
    let test = TestApp::demo().await;
    // In the demo Northwind filed Fabrikam's case of Fourth Coffee under this number, and told nobody.
    let number = "2611250040001177";
    let accounts = ["helpdesk@fabrikam", "admin@fourth-coffee"];
    for account in accounts {
        assert_eq!(counted(&test, account, "EX1104210", "Fourth Coffee").await.2, 1, "{account}");
    }
    voice(&test, "fabrikam", NOW).requests(&[request("fourth-coffee", number, "Exchange Online")]).await;
    for account in accounts {
        assert_eq!(counted(&test, account, "EX1104210", "Fourth Coffee").await.2, 2, "{account}");
    }
}
