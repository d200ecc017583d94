//! The endpoint through its real router: what it takes for a request, what it answers, and what it survives.

use crate::harness::{NOW, Reply, TestApp, issuer};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use entity::Timestamp;
use partner_gateway::db::execute;
use partner_gateway::db::sql::Sql;
use partner_gateway::{demo, http};
use serde_json::{Map, Value, json};
use tower::ServiceExt;
use uuid::Uuid;

/// An answer as it came.
pub struct Raw {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Raw {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {:?}", self.text))
    }

    pub fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or("none").to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub async fn send(test: &TestApp, request: Request<Body>) -> Raw {
    let response = http::router(test.app.clone()).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    Raw { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

/// A token of a demo account.
fn token(account: &str) -> String {
    let account = demo::account(account).unwrap();
    let now = NOW.0 / Timestamp::SECOND;
    issuer().token(account.tenant, account.object_id, now, 3600, Map::new()).unwrap()
}

async fn post(test: &TestApp, headers: &[(&str, &str)], body: impl Into<Body>) -> Raw {
    let mut request = Request::post("/graphql")
        .header(header::AUTHORIZATION, format!("Bearer {}", token("admin@fabrikam")));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(test, request.body(body.into()).unwrap()).await
}

const QUESTION: &str = r#"{ "query": "{ viewer { account { name } } }" }"#;
const JSON: (&str, &str) = ("content-type", "application/json");
const GRAPHQL: &str = "application/graphql-response+json";

#[tokio::test]
async fn only_json_in_utf8_is_taken_for_a_request() {
    let test = TestApp::demo().await;
    for kind in ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON; charset=\"UTF-8\""]
    {
        let answer = post(&test, &[("content-type", kind)], QUESTION).await;
        assert_eq!(answer.status, StatusCode::OK, "{kind}");
        assert_eq!(
            answer.json()["data"]["viewer"]["account"]["name"],
            "Admin agent, Fabrikam Cloud",
            "{kind}"
        );
    }
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=latin1",
        "application/json; charset=utf-16",
        "application/json; profile=x",
    ] {
        let answer = post(&test, &[("content-type", kind)], QUESTION).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_USER_INPUT"),
            "{kind}"
        );
    }
    let none = post(&test, &[], QUESTION).await;
    assert_eq!(none.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let twice = post(&test, &[JSON, JSON], QUESTION).await;
    assert_eq!(twice.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let packed = post(&test, &[JSON, ("content-encoding", "gzip")], QUESTION).await;
    assert_eq!(packed.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_malformed_request_is_refused() {
    let test = TestApp::demo().await;
    for body in [
        "",
        "null",
        "not json",
        "{",
        "{}",
        r#"{ "query": 5 }"#,
        r#"{ "query": "  " }"#,
        r#"{ "query": "{ viewer { account { name } } }", "variables": [] }"#,
        r#"{ "query": "{ viewer { account { name } } }", "operationName": 1 }"#,
        r#"[{ "query": "{ viewer { account { name } } }" }]"#,
        r#"{ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "00" } } }"#,
    ] {
        let answer = post(&test, &[JSON], body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::BAD_REQUEST, "BAD_USER_INPUT"),
            "{body}"
        );
    }
    let answer = post(&test, &[JSON], b"{ \"query\": \"\xff\" }".to_vec()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let batch = format!("[{}]", vec![QUESTION; 500].join(","));
    let answer = post(&test, &[JSON], batch).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let test = TestApp::demo().await;
    let padded = |bytes: usize| format!("{QUESTION}{}", " ".repeat(bytes - QUESTION.len()));
    let answer = post(&test, &[JSON], padded(http::request::MAX_BODY_BYTES)).await;
    assert_eq!(answer.status, StatusCode::OK);
    let answer = post(&test, &[JSON], padded(http::request::MAX_BODY_BYTES + 1)).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED"));
}

#[tokio::test]
async fn nothing_but_post_reaches_the_graph() {
    let test = TestApp::demo().await;
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let request = Request::builder()
            .method(method.clone())
            .uri("/graphql?query=%7Bviewer%7Baccount%7Bname%7D%7D%7D");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", token("admin@fabrikam")));
        let answer = send(&test, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        // A GET that opens no WebSocket is told to post; of other methods the route says what it has besides.
        let allowed: Vec<&str> = answer.header("allow").split(',').collect();
        let is_plain = [Method::GET, Method::HEAD].contains(&method);
        assert!(
            if is_plain { allowed == ["POST"] } else { allowed.contains(&"POST") },
            "{method}: {allowed:?}"
        );
        assert!(!answer.text.contains("data"), "{method}");
    }
    let elsewhere = send(&test, Request::get("/").body(Body::empty()).unwrap()).await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND, "the page with a token is the demo's alone");
}

#[tokio::test]
async fn the_answer_has_the_media_type_that_the_client_prefers() {
    let test = TestApp::demo().await;
    for (accept, kind) in [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (GRAPHQL, GRAPHQL),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/graphql-response+json;q=0.1, application/json", "application/json"),
        ("text/html, application/*", "application/json"),
    ] {
        let answer = post(&test, &[JSON, ("accept", accept)], QUESTION).await;
        assert_eq!(answer.status, StatusCode::OK, "{accept}");
        assert_eq!(answer.header("content-type"), format!("{kind}; charset=utf-8"), "{accept}");
    }
    let refused = post(&test, &[JSON, ("accept", "text/html")], QUESTION).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT"));
}

#[tokio::test]
async fn the_status_says_how_a_request_went() {
    let test = TestApp::demo().await;
    for (query, status, why) in [
        ("{ viewer { account { name } } }", StatusCode::OK, "it was answered"),
        ("{ customer(domain: \"nobody.example\") { id } }", StatusCode::OK, "a field failed"),
        ("{ customers(first: 0) { nodes { id } } }", StatusCode::OK, "an argument was refused at its field"),
        ("{ nosuchfield }", StatusCode::BAD_REQUEST, "it does not validate"),
        ("{ viewer ", StatusCode::BAD_REQUEST, "it does not parse"),
        ("mutation { anything }", StatusCode::BAD_REQUEST, "there is no such root"),
        (
            "query A { viewer { account { id } } } query B { viewer { account { id } } }",
            StatusCode::BAD_REQUEST,
            "which?",
        ),
    ] {
        let body = json!({ "query": query }).to_string();
        let answer = post(&test, &[JSON, ("accept", GRAPHQL)], body.clone()).await;
        assert_eq!(answer.status, status, "{why}: {}", answer.text);
        let older = post(&test, &[JSON], body).await;
        assert_eq!(older.status, StatusCode::OK, "{why}: an older client reads the body");
    }
}

#[tokio::test]
async fn every_answer_names_its_request_and_is_kept_out_of_caches() {
    let test = TestApp::demo().await;
    for (kind, body) in [
        (JSON, QUESTION),
        (JSON, r#"{ "query": "{ nosuchfield }" }"#),
        (JSON, "[]"),
        (("content-type", "text/plain"), QUESTION),
    ] {
        let answer = post(&test, &[kind], body).await;
        let id = Uuid::parse_str(answer.header("x-request-id")).unwrap();
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        for error in answer.json()["errors"].as_array().into_iter().flatten() {
            assert_eq!(error["extensions"]["requestId"], json!(id), "{body}");
            assert!(error["extensions"]["code"].is_string(), "{body}");
        }
    }
}

/// Documents that end a process, hold a core or flood an answer if they get through, and the code that refuses them.
fn hostile() -> Vec<(&'static str, String, &'static str)> {
    let doubling = |n: usize| {
        let fragments =
            (0..n).map(|i| format!("fragment f{i} on Query {{ ...f{next} ...f{next} }}", next = i + 1));
        let fragments: Vec<String> = fragments.collect();
        format!(
            "{{ ...f0 }} {} fragment f{n} on Query {{ viewer {{ account {{ id }} }} }}",
            fragments.join(" ")
        )
    };
    let aliases = |n: usize| {
        let each: Vec<String> = (0..n).map(|i| format!("a{i}: viewer {{ account {{ id }} }}")).collect();
        format!("{{ {} }}", each.join(" "))
    };
    let wide = "customers(first: 65536) { nodes { subscriptions(first: 65536) { nodes { customer {
        delegatedAdminRelationships(first: 65536) { nodes { customer { partners(first: 65536) { nodes { name } } } } } } } } } }";
    let link = "subscriptions(first: 1) { nodes { customer { ";
    let deep =
        format!("{{ customers(first: 1) {{ nodes {{ {} name {} }} }} }}", link.repeat(5), "} } } ".repeat(5));
    let nested = |open: &str, close: &str, n: usize| {
        format!("{{ customers(filter: {}1{}) {{ nodes {{ id }} }} }}", open.repeat(n), close.repeat(n))
    };
    vec![
        ("nested lists", nested("[", "]", 2000), "LIMIT_EXCEEDED"),
        ("nested lists that never close", nested("[", "", 2000), "LIMIT_EXCEEDED"),
        ("nested objects", nested("{a:", "}", 1500), "LIMIT_EXCEEDED"),
        ("nested selections", format!("{}{}", "{a".repeat(2000), "}".repeat(2000)), "LIMIT_EXCEEDED"),
        (
            "nested inline fragments",
            format!("{{ {} id {} }}", "...{".repeat(1500), "}".repeat(1500)),
            "LIMIT_EXCEEDED",
        ),
        ("fragment doubling", doubling(24), "LIMIT_EXCEEDED"),
        (
            "fragment cycle",
            "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }".into(),
            "BAD_USER_INPUT",
        ),
        (
            "directives",
            format!("{{ viewer {} {{ account {{ id }} }} }}", "@a ".repeat(20_000)),
            "LIMIT_EXCEEDED",
        ),
        (
            "some directives",
            format!("{{ viewer {} {{ account {{ id }} }} }}", "@a ".repeat(101)),
            "LIMIT_EXCEEDED",
        ),
        ("wide pages", format!("{{ {wide} }}"), "LIMIT_EXCEEDED"),
        ("a deep query", deep, "LIMIT_EXCEEDED"),
        ("aliased roots", aliases(51), "LIMIT_EXCEEDED"),
        ("very many aliases", aliases(2000), "LIMIT_EXCEEDED"),
        (
            "a huge alias",
            format!("{{ {}: viewer {{ account {{ id }} }} }}", "a".repeat(60_000)),
            "LIMIT_EXCEEDED",
        ),
        (
            "a huge number",
            format!("{{ customers(first: {}) {{ nodes {{ id }} }} }}", "9".repeat(200)),
            "LIMIT_EXCEEDED",
        ),
        (
            "a huge document",
            format!("{{ viewer {{ account {{ id }} }} }} #{}", "x".repeat(65_536)),
            "LIMIT_EXCEEDED",
        ),
        ("an open block string", "{ customer(domain: \"\"\"x) { id } }".into(), "BAD_USER_INPUT"),
    ]
}

#[tokio::test]
async fn hostile_documents_are_refused_and_the_process_keeps_answering() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@fabrikam");
    for (what, document, code) in hostile() {
        let reply = viewer.ask(&document).await;
        assert!(reply.body["data"].is_null(), "{what}: {:#}", reply.body);
        let codes = reply.codes();
        assert!(codes.len() <= 50, "{what}: {} errors", codes.len());
        assert_eq!(codes.first().map(String::as_str), Some(code), "{what}: {:#}", reply.body);
        assert!(reply.body.to_string().len() < 20_000, "{what}: the answer is a flood");
        let after = viewer.ask("{ viewer { account { name } } }").await;
        assert_eq!(after.data()["viewer"]["account"]["name"], "Admin agent, Fabrikam Cloud", "after {what}");
    }
}

#[tokio::test]
async fn hostile_variables_are_refused() {
    let test = TestApp::demo().await;
    let viewer = test.as_viewer("admin@fabrikam");
    let query = "query($f: CustomerFilter) { customers(filter: $f) { nodes { id } } }";
    let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    let body = |variables: &str| format!(r#"{{ "query": "{query}", "variables": {{ "f": {variables} }} }}"#);
    let deep = viewer.post(body(&nested(100)), "application/json").await;
    assert_eq!(deep.codes(), ["LIMIT_EXCEEDED"]);
    let deeper = viewer.post(body(&nested(2000)), "application/json").await;
    assert_eq!((deeper.status, deeper.codes()), (StatusCode::BAD_REQUEST, vec!["BAD_USER_INPUT".to_owned()]));
    let many = viewer.ask_with(query, json!({ "f": { "name": { "in": vec!["x"; 201] } } })).await;
    assert_eq!(many.codes(), ["LIMIT_EXCEEDED"]);
    let after = viewer.ask("{ viewer { account { name } } }").await;
    assert!(after.data()["viewer"]["account"].is_object());
}

async fn refused(test: &TestApp, query: &str, variables: Value) -> Reply {
    let reply = test.as_viewer("admin@fabrikam").ask_with(query, variables).await;
    assert_eq!(reply.codes().len(), 1, "{query}: {:#}", reply.body);
    reply
}

#[tokio::test]
async fn sizes_and_directions_of_pages_are_bounded() {
    let test = TestApp::demo().await;
    for list in ["customers", "customerSubscriptions", "delegatedAdminRelationships", "incidents", "partners"]
    {
        for (arguments, field) in [
            ("first: 0", "first"),
            ("first: 201", "first"),
            ("first: -1", "first"),
            ("first: 2147483647", "first"),
            ("last: 0", "last"),
            ("last: 201", "last"),
            ("first: 1, last: 1", "last"),
            ("first: 1, before: \"x\"", "last"),
            ("last: 1, after: \"x\"", "last"),
            ("first: 1, after: \"x\"", "after"),
            ("last: 1, before: \"x\"", "before"),
        ] {
            let reply =
                refused(&test, &format!("{{ {list}({arguments}) {{ nodes {{ id }} }} }}"), json!({})).await;
            let extensions = &reply.body["errors"][0]["extensions"];
            assert_eq!(
                (&extensions["code"], &extensions["field"]),
                (&json!("BAD_USER_INPUT"), &json!(field)),
                "{arguments}"
            );
        }
        let whole = format!("{{ {list}(first: 200) {{ nodes {{ id }} }} }}");
        test.as_viewer("admin@fabrikam").ask(&whole).await.data();
    }
}

#[tokio::test]
async fn a_look_up_takes_exactly_one_key_of_the_right_type() {
    let test = TestApp::demo().await;
    let unknown = Uuid::from_u128(1);
    let partner = test.app.sealer.id(b'P', unknown).unwrap();
    for (arguments, field) in [
        ("".to_owned(), "customer"),
        (format!("(tenantId: \"{unknown}\", domain: \"contoso.com\")"), "customer"),
        (
            format!("(id: \"{}\", domain: \"contoso.com\")", test.app.sealer.id(b'C', unknown).unwrap()),
            "customer",
        ),
        ("(id: \"nonsense\")".to_owned(), "id"),
        ("(id: \"\")".to_owned(), "id"),
        (format!("(id: \"{partner}\")"), "id"),
        (format!("(domain: \"{}\")", "x".repeat(256)), "domain"),
    ] {
        let reply = refused(&test, &format!("{{ customer{arguments} {{ id }} }}"), json!({})).await;
        let extensions = &reply.body["errors"][0]["extensions"];
        assert_eq!(
            (&extensions["code"], &extensions["field"]),
            (&json!("BAD_USER_INPUT"), &json!(field)),
            "{arguments}"
        );
        assert_eq!(reply.body["data"], json!({ "customer": null }), "{arguments}");
    }
    let reply = refused(&test, "{ customer(tenantId: \"nonsense\") { id } }", json!({})).await;
    assert_eq!(reply.codes(), ["BAD_USER_INPUT"]);
    let node = test
        .as_viewer("admin@fabrikam")
        .ask("{ node(id: \"nonsense\") { id } nodes(ids: [\"\"]) { id } }")
        .await;
    assert_eq!(node.data(), &json!({ "node": null, "nodes": [null] }));
}

#[tokio::test]
async fn lists_in_arguments_are_bounded() {
    let test = TestApp::demo().await;
    let customers = "query($f: CustomerFilter) { customers(filter: $f) { nodes { id } } }";
    let ids = |n: u128| (0..n).map(|i| Uuid::from_u128(i).to_string()).collect::<Vec<_>>();
    let names = |n: usize| vec![json!({ "name": { "eq": "x" } }); n];
    for (filter, over) in [
        (json!({ "tenantId": { "in": ids(100) } }), false),
        (json!({ "tenantId": { "in": ids(101) } }), true),
        (json!({ "tenantId": { "notIn": ids(101) } }), true),
        (json!({ "name": { "in": ids(101) } }), true),
        (json!({ "and": names(100) }), false),
        (json!({ "and": names(101) }), true),
        (json!({ "or": names(101) }), true),
        (json!({ "search": "one two three four five six seven" }), true),
        (json!({ "search": "x".repeat(201) }), true),
        (json!({ "name": { "contains": "x".repeat(257) } }), true),
    ] {
        let reply = test.as_viewer("admin@fabrikam").ask_with(customers, json!({ "f": filter })).await;
        let expected: &[&str] = if over { &["LIMIT_EXCEEDED"] } else { &[] };
        assert_eq!(reply.codes(), expected, "{filter}");
    }
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let reply = test.as_viewer("admin@fabrikam").ask_with(nodes, json!({ "ids": ids(100) })).await;
    assert_eq!(reply.data()["nodes"].as_array().unwrap().len(), 100);
    assert_eq!(refused(&test, nodes, json!({ "ids": ids(101) })).await.codes(), ["LIMIT_EXCEEDED"]);
}

#[tokio::test]
async fn filters_nest_four_deep() {
    let test = TestApp::demo().await;
    let query = "query($f: CustomerFilter) { customers(filter: $f) { nodes { id } } }";
    type Wrap = fn(Value) -> Value;
    let wraps: [(Wrap, &str); 3] = [
        (|inner| json!({ "and": [inner] }), "and"),
        (|inner| json!({ "or": [inner] }), "or"),
        (|inner| json!({ "not": inner }), "not"),
    ];
    for (wrap, name) in wraps {
        let nested = |depth: usize| (0..depth).fold(json!({ "name": { "eq": "x" } }), |inner, _| wrap(inner));
        let allowed = test.as_viewer("admin@fabrikam").ask_with(query, json!({ "f": nested(4) })).await;
        assert!(allowed.codes().is_empty(), "{name}: {:#}", allowed.body);
        assert_eq!(
            refused(&test, query, json!({ "f": nested(5) })).await.codes(),
            ["LIMIT_EXCEEDED"],
            "{name}"
        );
    }
    // A filter on a relation goes one deeper, too.
    let through = json!({ "subscriptions": { "some": { "customer": { "subscriptions": { "some": { "customer": { "name": { "eq": "x" } } } } } } } });
    let allowed = test.as_viewer("admin@fabrikam").ask_with(query, json!({ "f": through })).await;
    assert!(allowed.codes().is_empty(), "{:#}", allowed.body);
    let further = json!({ "not": through });
    assert_eq!(refused(&test, query, json!({ "f": further })).await.codes(), ["LIMIT_EXCEEDED"]);
}

#[tokio::test]
async fn a_list_takes_one_order_and_a_search_stands_at_the_top() {
    let test = TestApp::demo().await;
    for query in [
        "{ customers(orderBy: [{ field: NAME, direction: ASC }, { field: NAME, direction: DESC }]) { nodes { id } } }",
        "{ customerSubscriptions(orderBy: [{ field: COMMITMENT_ENDS_AT, direction: ASC }, { field: COMMITMENT_ENDS_AT, direction: ASC }]) { nodes { id } } }",
        "{ delegatedAdminRelationships(orderBy: [{ field: ENDS_AT, direction: ASC }, { field: ENDS_AT, direction: ASC }]) { nodes { id } } }",
        "{ customers(filter: { search: \"!?\" }) { nodes { id } } }",
        "{ customers(filter: { not: { search: \"contoso\" } }) { nodes { id } } }",
        "{ delegatedAdminRelationships(filter: { endsWithinDays: -1 }) { nodes { id } } }",
        "{ delegatedAdminRelationships(filter: { endsWithinDays: 3651 }) { nodes { id } } }",
        "{ customers(orderBy: [{ field: TENANT_ID, direction: ASC }]) { nodes { id } } }",
    ] {
        assert_eq!(refused(&test, query, json!({})).await.codes(), ["BAD_USER_INPUT"], "{query}");
    }
    let none = test.as_viewer("admin@fabrikam").ask("{ customers(orderBy: []) { nodes { id } } }").await;
    assert!(none.codes().is_empty());
}

async fn health(test: &TestApp, path: &str) -> Raw {
    send(test, Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn it_is_ready_only_while_the_database_answers() {
    let test = TestApp::demo().await;
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(health(&test, path).await.status, StatusCode::OK, "{path}");
    }
    test.app.db.clone().close().await.unwrap();
    assert_eq!(health(&test, "/health/live").await.status, StatusCode::OK, "a restart would not help");
    let ready = health(&test, "/health/ready").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.text.lines().count(), 1);
}

const OURS: &str = "internal error; quote the request id";

/// Accounts cannot be looked up any more.
async fn break_accounts(test: &TestApp) {
    let tx = test.db().begin().await.unwrap();
    execute(&tx, Sql::new("ALTER TABLE account RENAME COLUMN display_name TO elsewhere")).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_fault_of_ours_shows_the_request_id_alone() {
    let test = TestApp::demo().await;
    break_accounts(&test).await;
    let reply = test.as_viewer("admin@fabrikam").ask("{ customers { nodes { name } } }").await;
    assert_eq!(reply.codes(), ["INTERNAL"]);
    let error = reply.body["errors"][0].as_object().unwrap();
    assert_eq!(error["message"], OURS);
    let extensions = error["extensions"].as_object().unwrap();
    assert_eq!(extensions.keys().collect::<Vec<_>>(), ["code", "requestId"]);
    Uuid::parse_str(extensions["requestId"].as_str().unwrap()).unwrap();
}

#[tokio::test]
async fn a_fault_of_ours_is_not_called_the_clients() {
    let test = TestApp::demo().await;
    break_accounts(&test).await;
    let answer = post(&test, &[JSON, ("accept", GRAPHQL)], QUESTION).await;
    assert_eq!(answer.code(), "INTERNAL");
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "a client gives up on anything less");
    assert_eq!(answer.header("retry-after"), "");
}

#[tokio::test]
async fn a_database_that_gives_no_connection_is_told_as_a_bad_time_and_when_to_come_again() {
    let test = TestApp::demo().await;
    test.app.db.clone().close().await.unwrap();
    for media in [GRAPHQL, "application/json"] {
        let answer = post(&test, &[JSON, ("accept", media)], QUESTION).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"));
        assert_eq!(answer.header("retry-after"), "5", "{media}");
        let error = &answer.json()["errors"][0];
        assert_eq!(error["message"], "the database does not answer in time; try again");
        assert!(error["extensions"]["requestId"].is_string());
    }
}

#[tokio::test]
async fn a_field_that_fails_tells_nothing_of_the_database_and_leaves_its_siblings() {
    let test = TestApp::demo().await;
    let tx = test.db().begin().await.unwrap();
    execute(&tx, Sql::new("DROP TABLE company_profile")).await.unwrap();
    tx.commit().await.unwrap();
    let query = "query($t: UUID) { customer(tenantId: $t) { name companyProfile { email } primaryDomain } }";
    let tenant = demo::customer_tenant("adventure-works").unwrap();
    let reply = test.as_viewer("admin@fabrikam").ask_with(query, json!({ "t": tenant })).await;
    let seen =
        json!({ "name": "Adventure Works", "companyProfile": null, "primaryDomain": "adventure-works.com" });
    assert_eq!(reply.body["data"]["customer"], seen);
    assert_eq!(reply.codes(), ["INTERNAL"]);
    assert_eq!(reply.body["errors"][0]["message"], OURS);
    assert_eq!(reply.body["errors"][0]["path"], json!(["customer", "companyProfile"]));
    for word in ["company_profile", "SELECT", "table", "relation"] {
        assert!(!reply.body.to_string().contains(word), "{word}");
    }
}
