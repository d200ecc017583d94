//! A gateway for one test: a private database made from a template, a fixed clock, personas.
//!
//! SQLite by default; with `TEST_DATABASE_URL` (a PostgreSQL that may create databases) the same on PostgreSQL.

mod template;
pub mod walk;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use entity::Timestamp;
use partner_gateway::access::demo_issuer::DemoIssuer;
use partner_gateway::access::issuer::TokenVerifier;
use partner_gateway::access::policy::PolicyInForce;
use partner_gateway::app::App;
use partner_gateway::clock::Clock;
use partner_gateway::db::Db;
use partner_gateway::{demo, http};
use serde_json::{Value, json};
use std::sync::OnceLock;
use tower::ServiceExt;
use uuid::Uuid;

/// 2026-03-02T09:00:00Z: when every test takes place unless it moves the clock.
pub const NOW: Timestamp = Timestamp(1_772_442_000_000_000);

/// The secret of every test.
pub const SECRET: &[u8] = b"a secret of the tests, 32 bytes or more";

/// One issuer for all tests: making keys is slow.
pub fn issuer() -> &'static DemoIssuer {
    static ISSUER: OnceLock<DemoIssuer> = OnceLock::new();
    ISSUER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        DemoIssuer::open(folder.path()).unwrap()
    })
}

/// A gateway with its own database.
pub struct TestApp {
    pub app: App,
    database: template::Database,
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub body: Value,
}

impl Reply {
    /// `data`, when there are no errors.
    pub fn data(&self) -> &Value {
        assert!(self.body.get("errors").is_none(), "unexpected errors: {:#}", self.body);
        &self.body["data"]
    }

    /// The codes of its errors.
    pub fn codes(&self) -> Vec<String> {
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|e| e["extensions"]["code"].as_str().unwrap_or("none").to_owned()).collect()
    }

    /// The answer without request ids, for comparison byte by byte.
    pub fn comparable(&self) -> String {
        let mut body = self.body.clone();
        if let Some(errors) = body["errors"].as_array_mut() {
            errors
                .iter_mut()
                .for_each(|e| drop(e["extensions"].as_object_mut().unwrap().remove("requestId")));
        }
        format!("{} {body}", self.status)
    }
}

/// Somebody who asks.
pub struct Viewer<'a> {
    test: &'a TestApp,
    token: Option<String>,
}

impl TestApp {
    /// With the demo world.
    pub async fn demo() -> Self {
        Self::over(template::database(template::World::Demo)).await
    }

    /// With nobody in it.
    pub async fn empty() -> Self {
        Self::over(template::database(template::World::Empty)).await
    }

    async fn over(database: template::Database) -> Self {
        let db = database.open(Clock::fixed(NOW)).await;
        TestApp { app: compose(db).await, database }
    }

    /// Further connections to the same database, as another replica has them.
    pub async fn another(&self, clock: Clock) -> Db {
        self.database.open(clock).await
    }

    pub fn db(&self) -> &Db {
        &self.app.db
    }

    pub fn set_clock(&self, at: Timestamp) {
        self.app.db.clock().set(at);
    }

    /// A demo account, such as `helpdesk@fabrikam`.
    pub fn as_viewer(&self, account: &str) -> Viewer<'_> {
        let account = demo::account(account).unwrap_or_else(|| panic!("no demo account {account}"));
        self.as_account(account.tenant, account.object_id)
    }

    /// Any account.
    pub fn as_account(&self, tenant: Uuid, object_id: Uuid) -> Viewer<'_> {
        self.with_claims(tenant, object_id, json!({}))
    }

    /// Any account, with further claims in its token.
    pub fn with_claims(&self, tenant: Uuid, object_id: Uuid, claims: Value) -> Viewer<'_> {
        let now = self.app.db.clock().now().0 / Timestamp::SECOND;
        let extra = claims.as_object().cloned().unwrap();
        let token = issuer().token(tenant, object_id, now, 3600, extra).unwrap();
        Viewer { test: self, token: Some(token) }
    }

    /// Nobody: no token.
    pub fn as_nobody(&self) -> Viewer<'_> {
        Viewer { test: self, token: None }
    }
}

/// A database without any table.
pub fn raw() -> template::Database {
    template::database(template::World::None)
}

/// The parts of a gateway over a database, with the tests' issuer.
pub async fn compose(db: Db) -> App {
    let policy = PolicyInForce::load(None).await.unwrap();
    App::new(db, policy, TokenVerifier::with_demo(issuer()), SECRET, 7 * 86_400).await.unwrap()
}

impl Viewer<'_> {
    /// Asks without variables.
    pub async fn ask(&self, query: &str) -> Reply {
        self.ask_with(query, json!({})).await
    }

    /// Asks with variables.
    pub async fn ask_with(&self, query: &str, variables: Value) -> Reply {
        self.post(json!({ "query": query, "variables": variables }).to_string(), "application/json").await
    }

    /// Posts a body as it is.
    pub async fn post(&self, body: impl Into<Body>, content_type: &str) -> Reply {
        let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, content_type);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let router = http::router(self.test.app.clone());
        let response = router.oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Reply { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }

    /// The names of the customers that it lists, in their order, read page by page.
    pub async fn customer_names(&self, page: u32) -> Vec<String> {
        let (mut names, mut after) = (Vec::new(), Value::Null);
        loop {
            let query = "query($n: Int!, $after: String) { customers(first: $n, after: $after) {
                nodes { name } pageInfo { hasNextPage endCursor } } }";
            let reply = self.ask_with(query, json!({ "n": page, "after": after })).await;
            let list = &reply.data()["customers"];
            names.extend(
                list["nodes"].as_array().unwrap().iter().map(|n| n["name"].as_str().unwrap().to_owned()),
            );
            if list["pageInfo"]["hasNextPage"] == json!(false) {
                return names;
            }
            after = list["pageInfo"]["endCursor"].clone();
        }
    }

    /// The global id of a customer that it sees.
    pub async fn customer_id(&self, key: &str) -> String {
        let tenant = demo::customer_tenant(key).unwrap_or_else(|| panic!("no demo customer {key}"));
        let reply =
            self.ask_with("query($t: UUID) { customer(tenantId: $t) { id } }", json!({ "t": tenant })).await;
        reply.data()["customer"]["id"].as_str().unwrap().to_owned()
    }
}

/// Nodes of a connection at a path.
pub fn nodes<'a>(value: &'a Value, path: &str) -> &'a Vec<Value> {
    value
        .pointer(path)
        .and_then(|v| v["nodes"].as_array())
        .unwrap_or_else(|| panic!("no nodes at {path} in {value:#}"))
}
