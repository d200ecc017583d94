//! Ids of support requests, hops, contracts and of what they refer to, sent by those who may not know them: as inputs of
//! every mutation, of preflight and of filters. What is hidden and what does not exist get the same answer. And streams of
//! those who can be told of nothing.

use super::ids::{hidden, unknown};
use super::{Account, harvest, settled};
use crate::harness::{Reply, TestApp, Viewer, nodes};
use crate::live::client::Server;
use partner_gateway::demo;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// How many hidden ids of a type are sent by each account.
const SENT: usize = 2;

/// A mutation that is about the object in one of its fields; the rest of its input would do.
struct Aimed {
    mutation: &'static str,
    field: &'static str,
    input: Value,
}

fn aimed(mutation: &'static str, field: &'static str, input: Value) -> Aimed {
    Aimed { mutation, field, input }
}

/// Every mutation about a support request. `incident` and `request` are ids that name nothing.
fn about_requests(incident: &str, request: &str) -> Vec<Aimed> {
    let on = |mutation: &'static str, mut input: Value| {
        input["version"] = json!(1);
        aimed(mutation, "supportRequestId", input)
    };
    let note = json!({ "visibility": "ORG", "text": "Note" });
    vec![
        on("updateSupportRequest", json!({ "title": "Title" })),
        on("diagnoseSupportRequest", json!({ "text": "Found" })),
        aimed("addSupportNote", "supportRequestId", note),
        on("linkIncident", json!({ "incidentId": incident })),
        on("unlinkIncident", json!({})),
        on("assignSupportRequest", json!({ "accountId": null })),
        on("waitForCustomer", json!({ "question": "Which?" })),
        on("resumeSupportRequest", json!({})),
        on("escalateSupportRequest", json!({ "reason": "Help" })),
        on("resolveSupportRequest", json!({ "kind": "SOLVED", "text": "Done" })),
        on("confirmSupportRequest", json!({})),
        on("reopenSupportRequest", json!({ "reason": "Not done" })),
        on("closeSupportRequest", json!({ "kind": "SOLVED", "text": "Over" })),
        on("mergeSupportRequests", json!({ "intoId": request })),
    ]
}

/// Every mutation about a hop. `partner` names nothing.
fn about_hops(partner: &str) -> Vec<Aimed> {
    let on = |mutation: &'static str, input: Value| aimed(mutation, "escalationId", input);
    vec![
        on("acceptEscalation", json!({})),
        on("returnEscalation", json!({ "reason": "Back" })),
        on("transferEscalation", json!({ "reason": "Elsewhere", "partnerId": partner })),
        on("withdrawEscalation", json!({ "reason": "Taken back" })),
        on("recordVendorRequest", json!({ "number": "2603020040001234" })),
        on("recordVendorAnswer", json!({ "text": "Answer" })),
    ]
}

fn about_customers() -> Vec<Aimed> {
    let raise =
        json!({ "kind": "BILLING", "severity": "MINIMAL", "title": "Invoice", "description": "Seats" });
    let hours = json!({ "timeZone": "Europe/Berlin", "weekly": [], "holidays": [] });
    let arrangement = json!({ "kind": "DIRECT", "supportKinds": ["BILLING"], "hours": hours,
        "contacts": [{ "channel": "EMAIL", "value": "desk@partner.example" }] });
    vec![
        aimed("raiseSupportRequest", "customerId", raise),
        aimed("setSupportArrangement", "customerId", arrangement),
    ]
}

fn about_contracts() -> Vec<Aimed> {
    let contract = json!({ "version": 1, "vehicle": "ADVANCED_SUPPORT_FOR_PARTNERS" });
    vec![
        aimed("setSupportContract", "supportContractId", contract),
        aimed("endSupportContract", "supportContractId", json!({ "version": 1 })),
    ]
}

/// What a mutation shows besides why nothing was done.
fn shown(mutation: &str) -> &'static str {
    match mutation {
        "setSupportArrangement" => "supportArrangement { id version }",
        name if name.ends_with("SupportContract") => "supportContract { id version }",
        name if name.ends_with("Escalation") || name.starts_with("recordVendor") => {
            "supportRequest { id title } escalation { id state }"
        }
        "escalateSupportRequest" => "supportRequest { id title } escalation { id state }",
        "addSupportNote" => "supportRequest { id title } note { id text }",
        _ => "supportRequest { id title version }",
    }
}

/// Sends all of these in one document, each about the same object.
async fn send(viewer: &Viewer<'_>, all: &[Aimed], id: &str) -> Reply {
    let mut variables = Map::new();
    let (mut heads, mut fields) = (Vec::new(), Vec::new());
    for (place, Aimed { mutation, field, input }) in all.iter().enumerate() {
        let (first, rest) = mutation.split_at(1);
        heads.push(format!("$i{place}: {}{rest}Input!", first.to_uppercase()));
        let (shown, errors) = (shown(mutation), "userErrors { field code message }");
        fields.push(format!("m{place}: {mutation}(input: $i{place}) {{ {shown} {errors} }}"));
        let mut input = input.clone();
        input["idempotencyKey"] = json!(uuid::Uuid::new_v4());
        input[*field] = json!(id);
        variables.insert(format!("i{place}"), input);
    }
    let document = format!("mutation({}) {{ {} }}", heads.join(" "), fields.join(" "));
    viewer.ask_with(&document, Value::Object(variables)).await
}

/// Some ids of a type that others saw, and this account did not.
fn closed(account: &Account, ty: &str) -> Vec<String> {
    let ids = harvest().ids();
    hidden(&ids, account, Some(ty)).into_iter().take(SENT).map(str::to_owned).collect()
}

/// Some accounts of other organisations.
fn strangers(account: &Account) -> Vec<String> {
    let own = account.reader.organization();
    let others = harvest().accounts.iter().filter(|other| other.reader.organization() != own);
    let ids = others.flat_map(|other| other.gathered.ids_of("Account"));
    ids.take(SENT).map(str::to_owned).collect()
}

/// The codes of what was refused in payloads, by the place of the mutation.
fn refusals(reply: &Reply, count: usize) -> Vec<Option<&str>> {
    let code = |place: usize| reply.body["data"][format!("m{place}")]["userErrors"][0]["code"].as_str();
    (0..count).map(code).collect()
}

/// For every account: the same mutations about hidden ids and about ids that name nothing.
async fn compare(ty: &str, all: impl Fn(&TestApp) -> Vec<Aimed>) {
    let test = TestApp::demo().await;
    let all = all(&test);
    let (mut compared, mut registered) = (0, 0);
    for account in &harvest().accounts {
        let (viewer, name) = (account.reader.viewer(&test), &account.reader.name);
        for (place, id) in closed(account, ty).iter().enumerate() {
            let of_hidden = send(&viewer, &all, id).await;
            let of_unknown = send(&viewer, &all, &unknown(&test, id, place)).await;
            assert_eq!(settled(&of_hidden), settled(&of_unknown), "{name}: {ty}");
            let codes = refusals(&of_unknown, all.len());
            if !account.gathered.ids_of("Account").is_empty() {
                assert!(codes.iter().all(Option::is_some), "{name}: {:#}", of_unknown.body);
                registered += 1;
            }
            compared += 1;
        }
    }
    assert!(
        compared > 20 && registered > 10,
        "only {compared} were compared, {registered} of known accounts"
    );
}

/// An id of a type that names nothing.
fn nothing(test: &TestApp, ty: &str) -> String {
    let ids = harvest().ids();
    let known = ids.iter().find(|(_, of)| **of == ty).unwrap_or_else(|| panic!("nobody saw any {ty}"));
    unknown(test, known.0, 7_000)
}

#[tokio::test]
async fn every_mutation_refuses_a_support_request_of_others_like_one_that_does_not_exist() {
    compare("SupportRequest", |test| {
        about_requests(&nothing(test, "Incident"), &nothing(test, "SupportRequest"))
    })
    .await;
}

#[tokio::test]
async fn every_mutation_refuses_a_hop_of_others_like_one_that_does_not_exist() {
    compare("Escalation", |test| about_hops(&nothing(test, "Partner"))).await;
}

#[tokio::test]
async fn nothing_is_raised_or_arranged_for_a_customer_of_others_as_for_one_that_does_not_exist() {
    compare("Customer", |_| about_customers()).await;
}

#[tokio::test]
async fn contracts_of_others_are_changed_like_contracts_that_do_not_exist() {
    compare("SupportContract", |_| about_contracts()).await;
}

#[tokio::test]
async fn no_mutation_is_left_out_here() {
    let test = TestApp::demo().await;
    let nobody = String::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for all in [about_requests(&nobody, &nobody), about_hops(&nobody), about_customers(), about_contracts()] {
        known.extend(all.iter().map(|aimed| aimed.mutation));
    }
    let query = "{ __schema { mutationType { fields { name } } } }";
    let reply = test.as_viewer("admin@fabrikam").ask(query).await;
    let fields = reply.data()["__schema"]["mutationType"]["fields"].as_array().unwrap();
    let all: BTreeSet<&str> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
    assert_eq!(known, all);
}

// ---- ids beside the one that it is about ----

/// The support requests that an account may work on, as far as those were not handed on; with their versions, and one of
/// their customers.
async fn own(viewer: &Viewer<'_>) -> (Vec<(Value, Value)>, Value) {
    let query = "{ supportRequests(first: 40, filter: { open: true, tier: { eq: PARTNER } }) {
        nodes { id version customer { id } } } }";
    let reply = viewer.ask(query).await;
    let rows = nodes(reply.data(), "/supportRequests");
    let customer = rows.first().map_or(Value::Null, |row| row["customer"]["id"].clone());
    (rows.iter().map(|row| (row["id"].clone(), row["version"].clone())).collect(), customer)
}

/// What refers to others from a request of one's own, with the type of what is referred to.
fn references(request: &Value, version: &Value, customer: &Value) -> Vec<(&'static str, Aimed)> {
    let own = |mut input: Value| {
        input["supportRequestId"] = request.clone();
        input["version"] = version.clone();
        input
    };
    let raise = json!({ "customerId": customer, "kind": "BILLING", "severity": "MINIMAL", "title": "Invoice",
        "description": "Seats" });
    let on = json!({ "reason": "Help", "otherThanIncident": "Money" });
    vec![
        ("Incident", aimed("linkIncident", "incidentId", own(json!({})))),
        ("SupportRequest", aimed("mergeSupportRequests", "intoId", own(json!({})))),
        ("CustomerSubscription", aimed("updateSupportRequest", "subscriptionId", own(json!({})))),
        ("Account", aimed("assignSupportRequest", "accountId", own(json!({})))),
        ("Partner", aimed("escalateSupportRequest", "partnerId", own(on))),
        ("Partner", aimed("raiseSupportRequest", "partnerId", raise.clone())),
        ("Incident", aimed("raiseSupportRequest", "incidentId", raise.clone())),
        ("CustomerSubscription", aimed("raiseSupportRequest", "subscriptionId", raise)),
    ]
}

#[tokio::test]
async fn what_a_request_of_ones_own_refers_to_is_refused_hidden_or_not_there_alike() {
    let test = TestApp::demo().await;
    let mut compared = 0;
    for name in ["admin@fabrikam", "helpdesk@fabrikam", "engineer@fabrikam", "admin@contoso"] {
        let account = harvest().account(name);
        let viewer = account.reader.viewer(&test);
        let (requests, customer) = own(&viewer).await;
        let (request, version) = requests.first().unwrap_or_else(|| panic!("{name} has no open request"));
        for (ty, aimed) in references(request, version, &customer) {
            // Colleagues are known, if not as accounts.
            let ids = if ty == "Account" { strangers(account) } else { closed(account, ty) };
            for (place, id) in ids.iter().enumerate() {
                let all = std::slice::from_ref(&aimed);
                let of_hidden = send(&viewer, all, id).await;
                let of_unknown = send(&viewer, all, &unknown(&test, id, place)).await;
                let what = format!("{name}: {} of {}", aimed.field, aimed.mutation);
                assert_eq!(settled(&of_hidden), settled(&of_unknown), "{what}");
                assert!(refusals(&of_unknown, 1)[0].is_some(), "{what}: {:#}", of_unknown.body);
                compared += 1;
            }
        }
    }
    assert!(compared > 30, "only {compared} were compared");
}

#[tokio::test]
async fn a_case_is_transferred_to_a_hidden_partner_like_to_one_that_does_not_exist() {
    let test = TestApp::demo().await;
    let account = harvest().account("helpdesk@fabrikam");
    let viewer = account.reader.viewer(&test);
    let query = "{ supportRequests(first: 40, filter: { tier: { eq: PROVIDER }, open: true }) {
        nodes { escalations { id endedAt } } } }";
    let reply = viewer.ask(query).await;
    let rows = nodes(reply.data(), "/supportRequests").iter();
    let mut hops = rows.flat_map(|row| row["escalations"].as_array().unwrap());
    let hop = hops.find(|hop| hop["endedAt"].is_null()).expect("no case is with a provider");
    let input = json!({ "escalationId": hop["id"], "reason": "Elsewhere" });
    let all = [aimed("transferEscalation", "partnerId", input)];
    for (place, id) in closed(account, "Partner").iter().enumerate() {
        let of_hidden = send(&viewer, &all, id).await;
        let of_unknown = send(&viewer, &all, &unknown(&test, id, place)).await;
        assert_eq!(settled(&of_hidden), settled(&of_unknown));
        assert!(refusals(&of_unknown, 1)[0].is_some(), "{:#}", of_unknown.body);
    }
}

// ---- questions ----

#[tokio::test]
async fn preflight_of_a_request_of_others_is_refused_like_that_of_one_that_does_not_exist() {
    let test = TestApp::demo().await;
    let query = "query($input: EscalationPreflightInput!) { escalationPreflight(input: $input) {
        healthCheckedAt knownIncidents { score } openDuplicates { id } missing { field } vehicles { vehicle }
        nextTier { tier partner { id } } decision { allowed missing fix } } }";
    for account in &harvest().accounts {
        let (viewer, name) = (account.reader.viewer(&test), &account.reader.name);
        for (place, id) in closed(account, "SupportRequest").iter().enumerate() {
            let ask = |id: &str| json!({ "input": { "supportRequestId": id, "vehicle": "COMMERCIAL" } });
            let of_hidden = viewer.ask_with(query, ask(id)).await;
            let of_unknown = viewer.ask_with(query, ask(&unknown(&test, id, place))).await;
            assert_eq!(of_unknown.codes(), ["NOT_FOUND"], "{name}");
            assert_eq!(of_hidden.comparable(), of_unknown.comparable(), "{name}");
        }
    }
}

/// By everything that names a request or its customer: by itself, negated, and in either order.
const FILTERS: &str = "query($titles: [String!]!, $customers: [ID!]!) {
    a: supportRequests(first: 60, filter: { title: { in: $titles } }) { ...R }
    b: supportRequests(first: 60, filter: { title: { notIn: $titles } }) { ...R }
    c: supportRequests(first: 60, filter: { customer: { in: $customers } }) { ...R }
    d: supportRequests(last: 60, filter: { not: { customer: { in: $customers } } },
        orderBy: [{ field: CREATED_AT, direction: ASC }]) { ...R }
    e: supportRequests(first: 60, filter: { open: true, not: { title: { in: $titles } } },
        orderBy: [{ field: DUE_AT, direction: ASC }]) { ...R }
    f: supportRequests(first: 60, filter: { or: [{ title: { in: $titles } }, { customer: { in: $customers } },
        { breached: true }] }) { ...R }
    customers(first: 60) { nodes { supportRequests(first: 10, filter: { not: { title: { in: $titles } } }) {
        nodes { id } } } }
}
fragment R on SupportRequestConnection { totalCount { value isEstimate } nodes { id } pageInfo { hasNextPage } }";

#[tokio::test]
async fn a_filter_by_a_request_of_others_answers_like_one_by_what_nobody_has() {
    let test = TestApp::demo().await;
    let titles: BTreeSet<&str> =
        harvest().accounts.iter().flat_map(|a| a.gathered.values_of("SupportRequest", "title")).collect();
    assert!(titles.len() > 10, "only {titles:?}");
    let ids = harvest().ids();
    for account in &harvest().accounts {
        let (viewer, name) = (account.reader.viewer(&test), &account.reader.name);
        let closed: Vec<&&str> =
            titles.iter().filter(|title| !account.gathered.texts.contains(**title)).collect();
        let customers = hidden(&ids, account, Some("Customer"));
        let nobody: Vec<String> = (0..closed.len()).map(|i| format!("nobody's {i}")).collect();
        let nowhere: Vec<String> =
            customers.iter().enumerate().map(|(place, id)| unknown(&test, id, place)).collect();
        let of_hidden = json!({ "titles": closed, "customers": customers });
        let of_nobody = json!({ "titles": nobody, "customers": nowhere });
        let hidden = viewer.ask_with(FILTERS, of_hidden).await;
        let absent = viewer.ask_with(FILTERS, of_nobody).await;
        // Lists of single customers may be refused; the rest has an answer.
        assert_eq!(hidden.body["data"]["a"]["totalCount"]["value"], 0, "{name}: {:#}", hidden.body);
        assert_eq!(hidden.body["data"]["c"]["totalCount"]["value"], 0, "{name}");
        assert_eq!(settled(&hidden), settled(&absent), "{name}");
    }
}

#[tokio::test]
async fn every_order_and_both_directions_hold_the_same_requests() {
    let test = TestApp::demo().await;
    let query =
        "{ newest: supportRequests(first: 60, filter: { open: true }) { nodes { id } totalCount { value } }
        oldest: supportRequests(first: 60, filter: { open: true },
            orderBy: [{ field: CREATED_AT, direction: ASC }]) { nodes { id } }
        due: supportRequests(first: 60, filter: { open: true },
            orderBy: [{ field: DUE_AT, direction: ASC }]) { nodes { id } }
        last: supportRequests(first: 60, filter: { open: true },
            orderBy: [{ field: DUE_AT, direction: DESC }]) { nodes { id } } }";
    let mut most = 0;
    for account in &harvest().accounts {
        let reply = account.reader.viewer(&test).ask(query).await;
        let ids = |list: &str| -> Vec<String> {
            let rows = nodes(reply.data(), list).iter();
            rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
        };
        let newest: BTreeSet<String> = ids("/newest").into_iter().collect();
        for list in ["/oldest", "/due", "/last"] {
            let rows = ids(list);
            assert_eq!(rows.len(), newest.len(), "{}: {list}", account.reader.name);
            assert_eq!(rows.into_iter().collect::<BTreeSet<_>>(), newest, "{}: {list}", account.reader.name);
        }
        assert_eq!(reply.data()["newest"]["totalCount"]["value"], json!(newest.len()));
        most = most.max(newest.len());
    }
    assert!(most > 5, "nobody lists more than {most} open requests");
}

// ---- streams ----

#[tokio::test]
async fn nobody_listens_who_can_be_told_of_nothing() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let query = "subscription { supportRequestChanged { change supportRequest { id } } }";
    for name in ["guest@fabrikam", "former@fabrikam", "user@contoso"] {
        assert!(demo::account(name).is_some());
        let mut socket = server.socket(&test.app, name).await;
        socket.subscribe("a", query, json!({})).await;
        let errors = socket.error("a").await;
        assert_eq!(errors[0]["extensions"]["code"], "FORBIDDEN", "{name}: {errors:#}");
    }
    assert_eq!(test.app.hub.stream_count(), 0);
}
