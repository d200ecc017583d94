//! The narrow rights of whoever holds a case of a customer that it does not serve: that case and the customer's name, from
//! the request of the hop to its end.

use super::desk::Desk;
use super::model::Org;
use crate::harness::{NOW, nodes};
use crate::rules::facts::{account, customer, group, partner_tenant, resold, tenant, through, voice};
use partner_gateway::access::directory;
use partner_gateway::customers::record::{CompanyRecord, CustomerRecord};
use serde_json::json;

/// A customer that the provider does not serve, and what the reseller calls it.
const FOREIGN: &str = "adatum";
const CALLED: &str = "Zanzibar Imaging";
const DOMAIN: &str = "zanzibar-imaging.example";

/// A case of that customer, handed to the provider. The request and the hop.
async fn handed_over(desk: &Desk) -> (String, String) {
    let record = CustomerRecord {
        name: Some(CALLED.into()),
        primary_domain: Some(DOMAIN.into()),
        delegated_access: Some(true),
        company: Some(CompanyRecord { email: Some("office@zanzibar.example".into()), ..Default::default() }),
        ..resold(FOREIGN)
    };
    assert_eq!(voice(&desk.test, "fabrikam", NOW).customers(&[record]).await.stored, 1);
    assert_eq!(voice(&desk.test, "fabrikam", NOW).links(&[through(FOREIGN, "northwind")]).await.stored, 1);
    let input = json!({ "customerId": desk.customer(FOREIGN).await, "kind": "BILLING", "severity": "MODERATE",
        "title": "An invoice", "description": "It is wrong.",
        "contact": { "name": "Desk", "email": "desk@partner.example" } });
    let request = desk.write("helpdesk@fabrikam", "raiseSupportRequest", input).await.done().request();
    let hop = desk.hand_to("helpdesk@fabrikam", &request, Org::Northwind, "Please help").await;
    (request, hop)
}

/// The customer's id and name, as an account reads them through the case.
async fn through_the_case(desk: &Desk, account: &str, request: &str) -> Option<(String, String)> {
    let query = "query($id: ID!) { supportRequest(id: $id) { id customer { id name } } }";
    let reply = desk.ask(account, query, json!({ "id": request })).await;
    let customer = &reply.body["data"]["supportRequest"]["customer"];
    Some((customer["id"].as_str()?.to_owned(), customer["name"].as_str()?.to_owned()))
}

/// Neither lists nor searches nor look-ups by other keys find it; and of its tenant nothing is told.
async fn finds_it_nowhere_else(desk: &Desk, account: &str) {
    let viewer = desk.test.as_viewer(account);
    let names = viewer.customer_names(100).await;
    assert!(!names.iter().any(|name| name == CALLED), "{account} lists it");
    for filter in [
        json!({ "name": { "contains": "zanzibar" } }),
        json!({ "search": "zanzibar" }),
        json!({ "search": DOMAIN }),
        json!({ "tenantId": { "eq": tenant(FOREIGN) } }),
        json!({ "primaryDomain": { "eq": DOMAIN } }),
    ] {
        let query =
            "query($f: CustomerFilter) { customers(filter: $f) { totalCount { value } nodes { id } } }";
        let reply = viewer.ask_with(query, json!({ "f": filter })).await;
        let none = json!({ "totalCount": { "value": 0 }, "nodes": [] });
        assert_eq!(reply.data()["customers"], none, "{account}: {filter}");
    }
    let query = "query($t: UUID) { customer(tenantId: $t) { id } }";
    assert_eq!(
        viewer.ask_with(query, json!({ "t": tenant(FOREIGN) })).await.codes(),
        ["NOT_FOUND"],
        "{account}"
    );
    let query = "query($d: String) { customer(domain: $d) { id } }";
    assert_eq!(viewer.ask_with(query, json!({ "d": DOMAIN })).await.codes(), ["NOT_FOUND"], "{account}");
    let query = "query($t: UUID) { customerSubscriptions(filter: { customer: { tenantId: { eq: $t } } }) { nodes { id } } }";
    let reply = viewer.ask_with(query, json!({ "t": tenant(FOREIGN) })).await;
    assert!(nodes(reply.data(), "/customerSubscriptions").is_empty(), "{account}");
}

#[tokio::test]
async fn who_holds_a_case_reads_the_customer_s_name_and_nothing_else_of_it() {
    let desk = Desk::open().await;
    finds_it_nowhere_else(&desk, "lead@northwind").await;
    let (request, hop) = handed_over(&desk).await;
    for account in ["lead@northwind", "helpdesk@northwind", "admin@northwind"] {
        let (id, name) = through_the_case(&desk, account, &request).await.unwrap();
        assert_eq!(
            (id.as_str(), name.as_str()),
            (desk.customer(FOREIGN).await.as_str(), CALLED),
            "{account}"
        );
        finds_it_nowhere_else(&desk, account).await;
        let query = "query($id: ID!) { customer(id: $id) { name companyProfile { email } } }";
        let reply = desk.ask(account, query, json!({ "id": id })).await;
        assert_eq!(reply.body["data"]["customer"]["name"], CALLED, "{account}: its id reads its name");
        assert_eq!(reply.codes(), ["FORBIDDEN"], "{account}: {:#}", reply.body);
        let query = "query($id: ID!) { customer(id: $id) { subscriptions(first: 5) { nodes { id } }
            delegatedAdminRelationships(first: 5) { nodes { id } } services { status } myAccess { operations } } }";
        let reply = desk.ask(account, query, json!({ "id": id })).await;
        let text = reply.body.to_string();
        assert!(!text.contains("\"id\"") && !text.contains("\"status\""), "{account}: {text}");
        let operations = reply.body["data"]["customer"]["myAccess"]["operations"].to_string();
        assert!(
            !operations.contains("customer:list") && !operations.contains("profile"),
            "{account}: {operations}"
        );
    }
    for account in ["auditor@northwind", "sales@northwind", "support@northwind", "helpdesk@litware"] {
        assert!(through_the_case(&desk, account, &request).await.is_none(), "{account}");
    }
    desk.on_hop("lead@northwind", "acceptEscalation", &hop, json!({})).await.done();
}

#[tokio::test]
async fn after_the_hop_the_customer_is_gone_and_the_record_stays() {
    let desk = Desk::open().await;
    let (request, hop) = handed_over(&desk).await;
    let (customer, _) = through_the_case(&desk, "lead@northwind", &request).await.unwrap();
    desk.pass(1).await;
    desk.on_hop("lead@northwind", "acceptEscalation", &hop, json!({})).await.done();
    let withdrawn = json!({ "reason": "Never mind" });
    desk.on_hop("helpdesk@fabrikam", "withdrawEscalation", &hop, withdrawn).await.done();
    for account in ["lead@northwind", "admin@northwind", "auditor@northwind"] {
        let seen = desk.sees(account, &request).await.unwrap_or_else(|| panic!("{account} has no record"));
        assert_eq!(seen.hops[0].state, "WITHDRAWN");
        assert!(through_the_case(&desk, account, &request).await.is_none(), "{account}");
        finds_it_nowhere_else(&desk, account).await;
        let query = "query($id: ID!) { node(id: $id) { id } }";
        let reply = desk.ask(account, query, json!({ "id": customer })).await;
        let unknown = desk.ask(account, query, json!({ "id": desk.nothing_like(&customer) })).await;
        assert_eq!(reply.comparable(), unknown.comparable(), "{account}");
    }
    // A second hop opens it again, and its end with the request closes it again.
    let again = desk.hand_to("helpdesk@fabrikam", &request, Org::Northwind, "Once more").await;
    assert!(through_the_case(&desk, "lead@northwind", &request).await.is_some());
    desk.pass(1).await;
    desk.on_hop("lead@northwind", "acceptEscalation", &again, json!({})).await.done();
    let closed = json!({ "kind": "SOLVED", "text": "Done" });
    desk.change("helpdesk@fabrikam", "closeSupportRequest", &request, closed).await.done();
    assert!(through_the_case(&desk, "lead@northwind", &request).await.is_none());
    assert_eq!(desk.sees("lead@northwind", &request).await.unwrap().face.status, "CLOSED");
}

#[tokio::test]
async fn a_restriction_closes_the_case_and_its_record() {
    let desk = Desk::open().await;
    let (request, hop) = handed_over(&desk).await;
    let helpdesk = group(&desk.test, "northwind", "Helpdesk agents").await.id;
    let customer = customer(&desk.test, FOREIGN).await;
    let tx = desk.test.db().begin().await.unwrap();
    let home = partner_tenant("northwind");
    directory::restrict(&tx, home, helpdesk, customer, "no_access", NOW, NOW.plus_days(9)).await.unwrap();
    tx.commit().await.unwrap();
    for account in ["lead@northwind", "helpdesk@northwind"] {
        assert!(desk.listed(account).await.is_empty(), "{account}");
        assert!(through_the_case(&desk, account, &request).await.is_none(), "{account}");
        let refused = desk.on_hop(account, "acceptEscalation", &hop, json!({})).await;
        assert_eq!(refused.codes(), ["NOT_FOUND"], "{account}");
        let refused = desk.note(account, &request, "CHAIN", "Hello?").await;
        assert_eq!(refused.codes(), ["NOT_FOUND"], "{account}");
    }
    desk.on_hop("admin@northwind", "acceptEscalation", &hop, json!({})).await.done();
    desk.on_hop("admin@northwind", "returnEscalation", &hop, json!({ "reason": "Not ours" })).await.done();
    assert!(desk.listed("helpdesk@northwind").await.is_empty(), "nor is the record read");
    assert_eq!(desk.listed("admin@northwind").await, [request]);
}

#[tokio::test]
async fn who_leaves_the_helpdesk_reads_no_case_from_the_next_statement_on() {
    let desk = Desk::open().await;
    let (request, hop) = handed_over(&desk).await;
    assert_eq!(desk.listed("lead@northwind").await, std::slice::from_ref(&request));
    let helpdesk = group(&desk.test, "northwind", "Helpdesk agents").await.id;
    let lead = account(&desk.test, "lead@northwind").await;
    directory::end_membership(desk.test.db(), helpdesk, lead, NOW).await.unwrap();
    assert!(desk.listed("lead@northwind").await.is_empty());
    let refused = desk.on_hop("lead@northwind", "acceptEscalation", &hop, json!({})).await;
    assert_eq!(refused.codes(), ["NOT_FOUND"]);
    assert_eq!(desk.listed("helpdesk@northwind").await, std::slice::from_ref(&request), "the others do");
    // A support lead reads its organisation's records.
    desk.pass(1).await;
    desk.on_hop("helpdesk@northwind", "returnEscalation", &hop, json!({ "reason": "Not ours" })).await.done();
    assert_eq!(desk.listed("lead@northwind").await, [request]);
}

#[tokio::test]
async fn a_partner_that_lost_the_customer_reads_its_requests_no_more() {
    let desk = Desk::open().await;
    let request =
        desk.raise("admin@wide-world-importers", Some(Org::Wingtip), "An invoice").await.done().request();
    assert_eq!(desk.listed("helpdesk@wingtip").await, std::slice::from_ref(&request));
    desk.pass(1).await;
    let gone = CustomerRecord {
        relation: Some(partner_gateway::customers::record::RelationKind::None),
        ..resold(super::desk::CUSTOMER)
    };
    let now = desk.test.db().clock().now();
    voice(&desk.test, "wingtip", now).customers(&[gone]).await;
    assert!(desk.listed("helpdesk@wingtip").await.is_empty());
    let refused = desk.note("helpdesk@wingtip", &request, "CUSTOMER", "Hello").await;
    assert_eq!(refused.codes(), ["NOT_FOUND"]);
    assert_eq!(desk.listed("admin@wide-world-importers").await, [request]);
}
