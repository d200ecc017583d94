//! The gateway of these tests: a customer with its partners, what each account sends, and what it sees.

use super::model::{Face, Org, Seen, SeenHop};
use crate::harness::{NOW, Reply, TestApp};
use crate::rules::facts::{account, customer, partner_tenant, resold, source, through, voice};
use chrono::{DateTime, SecondsFormat};
use entity::{ServiceId, Timestamp, support_arrangement};
use partner_gateway::customers::record::CustomerRecord;
use partner_gateway::db::execute;
use partner_gateway::db::sql::Sql;
use partner_gateway::escalations::due;
use partner_gateway::graphql::Kind;
use sea_orm::{EntityTrait, FromQueryResult, IntoActiveModel};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// The customer of these tests.
pub const CUSTOMER: &str = "wide-world-importers";

/// Microseconds of a minute.
pub const MINUTE: i64 = 60 * Timestamp::SECOND;

/// All that an account sees of the requests that it reads, raised or handed over since a moment.
const SEEN: &str = "query($since: DateTime!) { supportRequests(filter: { createdAt: { gte: $since } }, first: 20) {
    totalCount { value isEstimate } nodes { id status tier severity dueAt breached version diagnosis resolutionText
    contact { email } mergedInto { id } escalations { state to { name } requestReason reason dueAt breached }
    notes(first: 60) { nodes { visibility text } pageInfo { hasNextPage } }
    timeline(first: 150) { nodes { kind text } pageInfo { hasNextPage } } } } }";

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

/// What came of a mutation.
#[derive(Clone, Debug)]
pub struct Answer(pub Value);

impl Answer {
    /// The codes of its user errors.
    pub fn codes(&self) -> Vec<&str> {
        let errors = self.0["userErrors"].as_array().unwrap_or_else(|| panic!("no payload: {:#}", self.0));
        errors.iter().map(|error| error["code"].as_str().unwrap()).collect()
    }

    /// The fields of its user errors.
    pub fn fields(&self) -> Vec<&str> {
        let errors = self.0["userErrors"].as_array().unwrap();
        errors.iter().map(|error| error["field"].as_str().unwrap_or_default()).collect()
    }

    /// The same, and that nothing was refused.
    pub fn done(self) -> Self {
        assert!(self.codes().is_empty(), "refused: {:#}", self.0);
        self
    }

    /// The request's id.
    pub fn request(&self) -> String {
        self.0["supportRequest"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("no request: {:#}", self.0))
            .to_owned()
    }

    /// The hop's id.
    pub fn hop(&self) -> String {
        self.0["escalation"]["id"].as_str().unwrap_or_else(|| panic!("no hop: {:#}", self.0)).to_owned()
    }

    /// The request's version, as the sender sees it now.
    pub fn version(&self) -> i64 {
        self.0["supportRequest"]["version"].as_i64().unwrap()
    }
}

/// A gateway with the partners of [`CUSTOMER`].
pub struct Desk {
    pub test: TestApp,
    keys: AtomicU64,
}

fn sealed(test: &TestApp, kind: Kind, id: Uuid) -> String {
    test.app.sealer.id(kind as u8, id).unwrap()
}

/// The document of a mutation: all show the request, those of hops the hop, that of a note the note.
pub fn document(mutation: &str) -> String {
    let (first, rest) = mutation.split_at(1);
    let input = format!("{}{rest}Input", first.to_uppercase());
    let more = match mutation {
        "addSupportNote" => "note { id text visibility }",
        name if name.contains("Escalation") || name.contains("Vendor") => "escalation { id state }",
        "escalateSupportRequest" => "escalation { id state }",
        _ => "",
    };
    format!(
        "mutation($input: {input}!) {{ {mutation}(input: $input) {{ supportRequest {{ id version status }} {more} \
         userErrors {{ field code message }} }} }}"
    )
}

impl Desk {
    /// Besides its reseller with two providers, the customer has a second reseller, through one of these, and a partner
    /// that buys from the vendor.
    pub async fn open() -> Self {
        let test = TestApp::demo().await;
        let named = CustomerRecord { name: Some("Wide World Importers".into()), ..resold(CUSTOMER) };
        for partner in ["wingtip", "fabrikam"] {
            let outcome = voice(&test, partner, NOW).customers(std::slice::from_ref(&named)).await;
            assert_eq!(outcome.stored, 1, "{outcome:?}");
        }
        let outcome = voice(&test, "fabrikam", NOW).links(&[through(CUSTOMER, "northwind")]).await;
        assert_eq!(outcome.stored, 1, "{outcome:?}");
        Desk { test, keys: AtomicU64::new(1) }
    }

    /// The same with arrangements: a business day in Berlin, one in New York, and the others around the clock.
    pub async fn arranged() -> Self {
        let desk = Self::open().await;
        let tailspin = ("Europe/Berlin", "09:00", "17:30", "2026-03-04");
        desk.arrange("tailspin", Some(tailspin), r#"{"critical":60,"moderate":240}"#).await;
        let litware = ("America/New_York", "08:00", "17:00", "2026-03-05");
        desk.arrange("litware", Some(litware), r#"{"minimal":600}"#).await;
        for partner in ["northwind", "fabrikam", "wingtip"] {
            desk.arrange(partner, None, "{}").await;
        }
        desk
    }

    /// How a partner provides support to the customer: zone, opening, closing and holiday of weekdays, or around the clock.
    async fn arrange(&self, partner: &str, hours: Option<(&str, &str, &str, &str)>, targets: &str) {
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
        let (zone, weekly, holidays) = match hours {
            Some((zone, opens, closes, holiday)) => {
                let weekly = days.map(|day| json!({ "day": day, "opens": opens, "closes": closes }));
                (zone, json!(weekly), json!([holiday]))
            }
            None => ("UTC", json!([]), json!([])),
        };
        let row = support_arrangement::Model {
            id: Uuid::new_v4(),
            source_id: source(&self.test, partner).await,
            customer_id: customer(&self.test, CUSTOMER).await,
            service_id: ServiceId(Uuid::nil()),
            kind: "direct".into(),
            provided_by: None,
            support_kinds: r#"["billing","subscription_management","technical"]"#.into(),
            time_zone: zone.into(),
            weekly: weekly.to_string(),
            holidays: holidays.to_string(),
            contacts: "[]".into(),
            pricing_model: None,
            pricing_amount: None,
            pricing_currency: None,
            targets: Some(targets.into()),
            version: 1,
            modified_at: NOW,
        };
        let tx = self.test.db().begin().await.unwrap();
        let earlier = Sql::new("DELETE FROM support_arrangement WHERE source_id = ").bind(row.source_id.0);
        execute(&tx, earlier.push(" AND customer_id = ").bind(row.customer_id.0)).await.unwrap();
        let insert = support_arrangement::Entity::insert(row.into_active_model());
        insert.exec_without_returning(&tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Global id of a customer.
    pub async fn customer(&self, key: &str) -> String {
        sealed(&self.test, Kind::Customer, customer(&self.test, key).await.0)
    }

    /// Global id of a partner.
    pub async fn partner(&self, org: Org) -> String {
        sealed(&self.test, Kind::Partner, source(&self.test, org.key()).await.0)
    }

    /// Global id of an account.
    pub async fn account(&self, name: &str) -> String {
        sealed(&self.test, Kind::Account, account(&self.test, name).await.0)
    }

    /// Global id of a subscription that the reseller captured as bought from a provider.
    pub async fn subscription(&self, provider: Org) -> String {
        let (reseller, seller) =
            (source(&self.test, "tailspin").await, source(&self.test, provider.key()).await);
        let sql = Sql::new("SELECT id FROM customer_subscription WHERE source_id = ").bind(reseller.0);
        let sql = sql.push(" AND seller_id = ").bind(seller.0).push(" AND customer_id = ");
        let sql = sql.bind(customer(&self.test, CUSTOMER).await.0).push(" ORDER BY external_id");
        let rows: Vec<Id> = self.rows(sql).await;
        sealed(&self.test, Kind::CustomerSubscription, rows[0].id)
    }

    /// Global id of a hop.
    pub fn sealed_hop(&self, hop: Uuid) -> String {
        sealed(&self.test, Kind::Escalation, hop)
    }

    /// Row id in a global id.
    pub fn row(&self, id: &str) -> Uuid {
        self.test.app.sealer.open_id(id).unwrap().1
    }

    /// An id of the same type that names nothing.
    pub fn nothing_like(&self, id: &str) -> String {
        let (tag, _) = self.test.app.sealer.open_id(id).unwrap();
        self.test.app.sealer.id(tag, Uuid::from_u128(0xab5e)).unwrap()
    }

    /// Now, in minutes.
    pub fn now(&self) -> i64 {
        self.test.db().clock().now().0 / MINUTE
    }

    /// Time passes, and everything that is due is said.
    pub async fn pass(&self, minutes: i64) {
        self.test.set_clock(Timestamp((self.now() + minutes) * MINUTE));
        self.sweep().await;
    }

    /// Says everything that is due.
    pub async fn sweep(&self) {
        while due::sweep(self.test.db()).await.unwrap() > 0 {}
    }

    /// A key that was not used before.
    pub fn key(&self) -> String {
        format!("key-{}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a mutation; its key is new unless the input holds one.
    pub async fn write(&self, account: &str, mutation: &str, mut input: Value) -> Answer {
        if input.get("idempotencyKey").is_none() {
            input["idempotencyKey"] = json!(self.key());
        }
        let viewer = self.test.as_viewer(account);
        let reply = viewer.ask_with(&document(mutation), json!({ "input": input })).await;
        Answer(reply.data()[mutation].clone())
    }

    /// A request about an invoice, by whoever raises it.
    pub async fn raise(&self, account: &str, partner: Option<Org>, title: &str) -> Answer {
        let mut input = json!({ "customerId": self.customer(CUSTOMER).await, "kind": "BILLING", "severity": "MODERATE",
            "title": title, "description": "An invoice names seats that nobody ordered." });
        if let Some(partner) = partner {
            input["partnerId"] = json!(self.partner(partner).await);
        }
        if !account.ends_with(CUSTOMER) {
            input["contact"] = json!({ "name": "Desk", "email": "desk@partner.example" });
        }
        self.write(account, "raiseSupportRequest", input).await
    }

    /// Changes a request at the version that the account sees.
    pub async fn change(&self, account: &str, mutation: &str, request: &str, more: Value) -> Answer {
        let mut input = more;
        input["supportRequestId"] = json!(request);
        if mutation != "addSupportNote" {
            input["version"] = json!(self.version(account, request).await);
        }
        self.write(account, mutation, input).await
    }

    /// Does something to a hop.
    pub async fn on_hop(&self, account: &str, mutation: &str, hop: &str, more: Value) -> Answer {
        let mut input = more;
        input["escalationId"] = json!(hop);
        self.write(account, mutation, input).await
    }

    pub async fn note(&self, account: &str, request: &str, visibility: &str, text: &str) -> Answer {
        let more = json!({ "visibility": visibility, "text": text });
        self.change(account, "addSupportNote", request, more).await
    }

    /// The version that an account sees; 1 where it sees none.
    pub async fn version(&self, account: &str, request: &str) -> i64 {
        let query = "query($id: ID!) { supportRequest(id: $id) { version } }";
        let reply = self.ask(account, query, json!({ "id": request })).await;
        reply.body["data"]["supportRequest"]["version"].as_i64().unwrap_or(1)
    }

    /// Diagnoses, and hands on to a provider. The hop.
    pub async fn hand_to(&self, account: &str, request: &str, provider: Org, reason: &str) -> String {
        let found = json!({ "text": "The invoice repeats last month's." });
        self.change(account, "diagnoseSupportRequest", request, found).await.done();
        let more = json!({ "reason": reason, "partnerId": self.partner(provider).await,
            "otherThanIncident": "It is about money." });
        self.change(account, "escalateSupportRequest", request, more).await.done().hop()
    }

    /// Hands on to the vendor through the commercial vehicle. The hop.
    pub async fn hand_to_vendor(&self, account: &str, request: &str, reason: &str) -> String {
        let more =
            json!({ "reason": reason, "vehicle": "COMMERCIAL", "otherThanIncident": "It is about money." });
        self.change(account, "escalateSupportRequest", request, more).await.done().hop()
    }

    pub async fn ask(&self, account: &str, query: &str, variables: Value) -> Reply {
        self.test.as_viewer(account).ask_with(query, variables).await
    }

    /// All requests since a moment, as an account sees them, each with its version.
    pub async fn seen_by(&self, account: &str, since: Timestamp) -> BTreeMap<String, (i64, Seen)> {
        let at = DateTime::from_timestamp_micros(since.0).unwrap();
        let since = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let reply = self.ask(account, SEEN, json!({ "since": since })).await;
        let list = &reply.data()["supportRequests"];
        let nodes = list["nodes"].as_array().unwrap();
        let total = json!({ "value": nodes.len(), "isEstimate": false });
        assert_eq!(list["totalCount"], total, "{account} counts what it does not list");
        let seen =
            nodes.iter().map(|node| (text(&node["id"]), (node["version"].as_i64().unwrap(), seen(node))));
        seen.collect()
    }

    /// The ids of the requests since the beginning, as an account lists them.
    pub async fn listed(&self, account: &str) -> Vec<String> {
        self.seen_by(account, NOW).await.into_keys().collect()
    }

    /// What an account sees of one request.
    pub async fn sees(&self, account: &str, request: &str) -> Option<Seen> {
        self.seen_by(account, NOW).await.remove(request).map(|(_, seen)| seen)
    }

    /// Rows of a table, without a scope.
    pub async fn rows<T: FromQueryResult>(&self, sql: Sql) -> Vec<T> {
        self.test.db().unscoped_rows(sql).await.unwrap()
    }

    /// Tenant of an organisation.
    pub fn tenant(&self, org: Org) -> Uuid {
        match org {
            Org::Customer => crate::rules::facts::tenant(CUSTOMER),
            partner => partner_tenant(partner.key()),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn maybe(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A moment, in minutes: nothing here happens between two.
fn minutes(value: &Value) -> Option<i64> {
    let at = DateTime::parse_from_rfc3339(value.as_str()?).unwrap().timestamp_micros();
    assert_eq!(at % MINUTE, 0, "{value} is rounded");
    Some(at / MINUTE)
}

fn nodes(list: &Value) -> impl Iterator<Item = &Value> {
    assert_eq!(list["pageInfo"]["hasNextPage"], false, "the walk's pages are too short");
    list["nodes"].as_array().unwrap().iter()
}

fn seen(node: &Value) -> Seen {
    let face = Face {
        status: text(&node["status"]),
        tier: text(&node["tier"]),
        severity: text(&node["severity"]),
        due: minutes(&node["dueAt"]),
        is_breached: node["breached"].as_bool().unwrap(),
        diagnosis: maybe(&node["diagnosis"]),
        contact: maybe(&node["contact"]["email"]),
        resolution: maybe(&node["resolutionText"]),
        merged_into: maybe(&node["mergedInto"]["id"]),
    };
    let hop = |hop: &Value| SeenHop {
        state: text(&hop["state"]),
        to: maybe(&hop["to"]["name"]),
        asked: maybe(&hop["requestReason"]),
        reason: maybe(&hop["reason"]),
        due: minutes(&hop["dueAt"]),
        is_breached: hop["breached"].as_bool().unwrap(),
    };
    Seen {
        face,
        hops: node["escalations"].as_array().unwrap().iter().map(hop).collect(),
        notes: nodes(&node["notes"]).map(|note| (text(&note["visibility"]), text(&note["text"]))).collect(),
        timeline: nodes(&node["timeline"]).map(|one| (text(&one["kind"]), maybe(&one["text"]))).collect(),
    }
}
