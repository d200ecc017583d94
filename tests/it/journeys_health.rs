//! The journeys of the contract on service health, as a client runs them: over a real listener, with a real token, names
//! as written there.

use crate::harness::{TestApp, nodes};
use crate::journeys::Client;
use crate::rules::facts::tenant;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const TRIAGE: &str = include_str!("journeys/01-triage.graphql");
const KNOWN_INCIDENT: &str = include_str!("journeys/02-known-incident.graphql");
const INCIDENT_COMMAND: &str = include_str!("journeys/07-incident-command.graphql");

/// What the triage selects of support, which the graph does not have yet.
const OF_SUPPORT: [&str; 2] = [
    "      supportRequests(filter: { open: true }, first: 5) { nodes { id number title severity status tier dueAt } }\n",
    "      supportArrangement {
        kind
        openNow
        hours { timeZone weekly { day opens closes } }
        contacts { channel value }
        pricing { model amount currency }
      }\n",
];

/// The incident of the demo that hits most: mail is late.
const MAIL_IS_LATE: &str = "EX1104210";

/// The triage without what the graph does not have yet: those two selections are cut out, nothing else is changed.
pub fn triage() -> String {
    OF_SUPPORT.iter().fold(TRIAGE.to_owned(), |document, later| {
        assert!(document.contains(later), "the journey reads otherwise now: {later}");
        document.replace(later, "")
    })
}

/// One operation of a document, alone: the document also holds one whose root the graph does not have yet.
fn alone(document: &str, name: &str) -> String {
    let from = document.find(&format!("query {name}(")).unwrap();
    let rest = &document[from..];
    let until =
        ["\nquery ", "\nmutation ", "\nsubscription "].iter().filter_map(|next| rest.find(next)).min();
    rest[..until.unwrap_or(rest.len())].to_owned()
}

/// The customers that the triage finds.
async fn triaged(client: &Client, search: &str) -> Vec<Value> {
    let data = client.ask(&triage(), json!({ "search": search })).await;
    nodes(&data, "/customers").clone()
}

fn service<'a>(customer: &'a Value, name: &str) -> &'a Value {
    let services = customer["services"].as_array().unwrap();
    services
        .iter()
        .find(|one| one["service"]["name"] == name)
        .unwrap_or_else(|| panic!("no {name}: {customer:#}"))
}

#[tokio::test]
async fn a_helpdesk_agent_sees_in_one_query_whether_it_is_the_customer_or_microsoft() {
    let test = TestApp::demo().await;
    let found = triaged(&Client::of(&test, "helpdesk@fabrikam").await, "adventure").await;
    let [customer] = &found[..] else { panic!("{found:#?}") };
    assert_eq!(
        (&customer["name"], &customer["tenantId"]),
        (&json!("Adventure Works"), &json!(tenant("adventure-works")))
    );
    let roles = customer["myAccess"]["roles"].as_array().unwrap();
    assert!(roles.contains(&json!({ "name": "Helpdesk agents", "via": "DAP", "endsAt": null })), "{roles:?}");
    // Mail is being restored, Teams works; the portals are opened in the customer's name.
    let (mail, teams) = (service(customer, "Exchange Online"), service(customer, "Microsoft Teams"));
    assert_eq!(
        (&mail["status"], &teams["status"]),
        (&json!("RESTORING_SERVICE"), &json!("SERVICE_OPERATIONAL"))
    );
    for one in [mail, teams] {
        assert!(one["portalUrl"].as_str().unwrap().contains("adventure-works.com"), "{one:#}");
        assert_eq!(
            (&one["provenance"]["source"], &one["provenance"]["state"]),
            (&json!("MICROSOFT_GRAPH"), &json!("FRESH"))
        );
        assert_eq!(one["decision"]["allowed"], json!(false), "a Helpdesk agent administers neither");
        assert!(
            one["decision"]["missing"].as_str().is_some_and(|missing| missing.contains("DAP")),
            "{one:#}"
        );
    }
    let suite = service(customer, "Microsoft 365 suite");
    assert_eq!(suite["decision"], json!({ "allowed": true, "missing": null }));
    let incidents = nodes(customer, "/incidents");
    let late = incidents.iter().find(|one| one["externalId"] == MAIL_IS_LATE).unwrap();
    assert_eq!(
        (&late["classification"], &late["service"]["name"]),
        (&json!("INCIDENT"), &json!("Exchange Online"))
    );
    let news = late["lastPost"]["text"].as_str().unwrap();
    assert!(
        news.contains("Current status:") && news.contains("Next update by:") && !news.contains('<'),
        "{news}"
    );
    // What is over is not among them.
    assert!(incidents.iter().all(|one| one["status"] != "POST_INCIDENT_REVIEW_PUBLISHED"), "{incidents:#?}");
}

#[tokio::test]
async fn a_triage_without_the_right_says_so_and_shows_the_rest() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "sales@fabrikam").await;
    let body = client.run(json!({ "query": triage(), "variables": { "search": "adventure" } })).await;
    let customer = &body["data"]["customers"]["nodes"][0];
    assert_eq!((&customer["name"], &customer["incidents"]), (&json!("Adventure Works"), &Value::Null));
    let errors = body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert_eq!(
        (&errors[0]["path"], &errors[0]["extensions"]["code"]),
        (&json!(["customers", "nodes", 0, "incidents"]), &json!("FORBIDDEN"))
    );
    for one in customer["services"].as_array().unwrap() {
        assert_eq!(
            (&one["status"], &one["provenance"]["state"]),
            (&Value::Null, &json!("NO_DELEGATION")),
            "{one:#}"
        );
        assert_eq!(one["decision"]["allowed"], json!(false), "{one:#}");
    }
    assert!(customer["services"].as_array().unwrap().len() > 5);
}

#[tokio::test]
async fn a_triage_by_delegated_roles_by_a_reader_and_by_a_stranger() {
    let test = TestApp::demo().await;
    for (account, found, is_admin) in [
        ("support@fabrikam", vec!["Contoso"], true),
        ("reader@fabrikam", vec!["Contoso"], false),
        ("admin@contoso", vec!["Contoso"], true),
        ("admin@lamna", vec![], false),
    ] {
        let customers = triaged(&Client::of(&test, account).await, "contoso").await;
        let names: Vec<&Value> = customers.iter().map(|one| &one["name"]).collect();
        assert_eq!(names, found, "{account}");
        for customer in &customers {
            assert!(
                nodes(customer, "/incidents").iter().any(|one| one["externalId"] == MAIL_IS_LATE),
                "{account}"
            );
            assert_eq!(service(customer, "Exchange Online")["status"], "RESTORING_SERVICE", "{account}");
            let decision = &service(customer, "Microsoft 365 suite")["decision"];
            assert_eq!(decision["allowed"], json!(is_admin), "{account}");
        }
    }
}

#[tokio::test]
async fn a_helpdesk_agent_finds_the_incident_that_a_caller_tells_of() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "helpdesk@fabrikam").await;
    let customers = triaged(&client, "adventure").await;
    let mail = &service(&customers[0], "Exchange Online")["service"]["id"];
    let variables = json!({ "customer": customers[0]["id"], "service": mail, "symptom": "emails arrive hours late, sending is delayed" });
    let data = client.ask(&alone(KNOWN_INCIDENT, "Candidates"), variables).await;
    let candidates = data["incidentCandidates"].as_array().unwrap();
    assert_eq!(candidates[0]["incident"]["externalId"], MAIL_IS_LATE, "{candidates:#?}");
    assert_eq!(candidates[0]["incident"]["status"], "RESTORING_SERVICE");
    let score = |one: &Value| one["score"].as_f64().unwrap();
    assert!(
        score(&candidates[0]) > 0.7
            && candidates.iter().skip(1).all(|one| score(one) < score(&candidates[0]))
    );
    let why = candidates[0]["why"].as_array().unwrap();
    assert!(why.len() == 4 && why.contains(&json!("known to affect this customer")), "{why:?}");
}

/// The answer to the journey's query on an incident, by its upstream id.
async fn commanded(client: &Client, external_id: &str) -> Value {
    let by_name = "query($x: String) { incident(externalId: $x) { id } }";
    let id = client.ask(by_name, json!({ "x": external_id })).await["incident"]["id"].clone();
    let request = json!({ "query": INCIDENT_COMMAND, "operationName": "Impact", "variables": { "id": id } });
    let body = client.run(request).await;
    assert!(body.get("errors").is_none(), "{body:#}");
    body["data"]["incident"].clone()
}

/// Names of those customers of an account's list that have the incident among theirs.
async fn hit_by_their_own_word(client: &Client, external_id: &str) -> BTreeSet<String> {
    let query = "{ customers(first: 200) { nodes { name incidents(filter: { active: true }, first: 20) { nodes { externalId } } } } }";
    let body = client.run(json!({ "query": query })).await;
    let has = |customer: &&Value| {
        let incidents = customer["incidents"]["nodes"].as_array();
        incidents.is_some_and(|all| all.iter().any(|one| one["externalId"] == external_id))
    };
    let hit = nodes(&body["data"], "/customers").iter().filter(has);
    hit.map(|customer| customer["name"].as_str().unwrap().to_owned()).collect()
}

fn names(incident: &Value) -> BTreeSet<String> {
    let rows = nodes(incident, "/impact/customers").iter();
    rows.map(|row| row["customer"]["name"].as_str().unwrap().to_owned()).collect()
}

fn counts(of: &Value) -> [i64; 3] {
    ["customerCount", "seatCount", "openSupportRequestCount"].map(|name| of[name].as_i64().unwrap())
}

#[tokio::test]
async fn a_support_lead_at_a_provider_sees_one_incident_and_everyone_whom_it_hits() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "lead@northwind").await;
    let incident = commanded(&client, MAIL_IS_LATE).await;
    assert_eq!(
        (&incident["externalId"], &incident["classification"]),
        (&json!(MAIL_IS_LATE), &json!("INCIDENT"))
    );
    assert_eq!((&incident["status"], &incident["endedAt"]), (&json!("RESTORING_SERVICE"), &Value::Null));
    assert_eq!(incident["service"]["name"], "Exchange Online");
    let posts: Vec<&str> =
        nodes(&incident, "/posts").iter().map(|one| one["createdAt"].as_str().unwrap()).collect();
    assert!(posts.len() == 4 && posts.is_sorted_by(|one, next| one > next), "{posts:?}");
    let impact = &incident["impact"];
    let hit = names(&incident);
    assert_eq!(hit, hit_by_their_own_word(&client, MAIL_IS_LATE).await);
    assert!(hit.len() > 5 && hit.contains("Contoso") && !hit.contains("Woodgrove Bank"), "{hit:?}");
    assert_eq!(impact["customers"]["totalCount"], json!({ "value": hit.len(), "isEstimate": false }));
    assert_eq!(impact["customers"]["pageInfo"]["hasNextPage"], json!(false));
    assert_eq!(counts(impact)[0], hit.len() as i64);
    let shares: BTreeMap<&str, [i64; 3]> = nodes(&incident, "/impact/byReseller")
        .iter()
        .map(|row| (row["reseller"]["name"].as_str().unwrap(), counts(row)))
        .collect();
    assert_eq!(shares.keys().copied().collect::<Vec<_>>(), ["Fabrikam Cloud", "Tailspin IT"]);
    assert!(shares["Fabrikam Cloud"][0] > shares["Tailspin IT"][0], "{shares:?}");
    // Here no customer is served by two resellers, so the shares add up.
    for place in 0..3 {
        let sum: i64 = shares.values().map(|share| share[place]).sum();
        assert_eq!(sum, counts(impact)[place], "{shares:?}");
    }
    assert!(counts(impact)[1] > 0, "{impact:#}");
    assert_eq!(incident["provenance"]["state"], "FRESH");
}

#[tokio::test]
async fn seats_of_an_incident_are_the_licences_that_the_viewer_lists() {
    let test = TestApp::demo().await;
    let client = Client::of(&test, "helpdesk@fabrikam").await;
    let incident = commanded(&client, MAIL_IS_LATE).await;
    // What brings Exchange, in the demo's world.
    let bringing = [
        "Exchange Online (Plan 1)",
        "Microsoft 365 Business Basic",
        "Microsoft 365 Business Premium",
        "Microsoft 365 Business Standard",
        "Microsoft 365 E3",
        "Microsoft 365 E5",
        "Office 365 Enterprise E3",
    ];
    let query = "query($names: [String!]) { customerSubscriptions(first: 200,
        filter: { status: { eq: ACTIVE }, offerName: { in: $names } }) { nodes { quantity customer { name } } } }";
    let data = client.ask(query, json!({ "names": bringing })).await;
    let hit = names(&incident);
    let seats = nodes(&data, "/customerSubscriptions").iter();
    let seats = seats.filter(|row| row["customer"]["name"].as_str().is_some_and(|name| hit.contains(name)));
    assert_eq!(
        counts(&incident["impact"])[1],
        seats.map(|row| row["quantity"].as_i64().unwrap()).sum::<i64>()
    );
    // With the vendor an open request of Adventure Works and one of Relecloud that needs attention; with Fabrikam itself
    // one of Adventure Works and one of Fourth Coffee, which Northwind filed under a number that Fabrikam does not know.
    assert_eq!(counts(&incident["impact"])[2], 4);
    assert!(
        ["Adventure Works", "Relecloud", "Fourth Coffee"].iter().all(|name| hit.contains(*name)),
        "{hit:?}"
    );
    assert!(!hit.contains("Contoso"), "{hit:?}");
}

#[tokio::test]
async fn each_partner_gets_its_own_numbers_and_a_stranger_gets_nothing() {
    let test = TestApp::demo().await;
    let mut seen = Vec::new();
    for account in
        ["lead@northwind", "lead@litware", "engineer@fabrikam", "engineer@wingtip", "admin@contoso"]
    {
        let client = Client::of(&test, account).await;
        let incident = commanded(&client, MAIL_IS_LATE).await;
        assert_eq!(names(&incident), hit_by_their_own_word(&client, MAIL_IS_LATE).await, "{account}");
        seen.push(names(&incident));
    }
    let [northwind, litware, fabrikam, wingtip, contoso] = &seen[..] else { panic!("{seen:?}") };
    assert!(northwind.contains("Wide World Importers") && litware.contains("Wide World Importers"));
    assert!(litware.contains("Lakeshore Retail") && !northwind.contains("Lakeshore Retail"));
    assert!(fabrikam.contains("Contoso") && !fabrikam.contains("A. Datum"));
    assert!(wingtip.contains("Contoso") && wingtip.contains("A. Datum") && wingtip.is_disjoint(litware));
    assert_eq!(*contoso, BTreeSet::from(["Contoso".to_owned()]));
    let stranger = Client::of(&test, "admin@lamna").await;
    let id = commanded_id(&Client::of(&test, "lead@northwind").await).await;
    let request = json!({ "query": INCIDENT_COMMAND, "operationName": "Impact", "variables": { "id": id } });
    let body = stranger.run(request).await;
    assert_eq!(
        (&body["data"]["incident"], &body["errors"][0]["extensions"]["code"]),
        (&Value::Null, &json!("NOT_FOUND"))
    );
}

async fn commanded_id(client: &Client) -> Value {
    commanded(client, MAIL_IS_LATE).await["id"].clone()
}
