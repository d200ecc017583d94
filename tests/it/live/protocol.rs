//! The transports as their specifications have them.

use super::client::{Server, Socket, token};
use super::{CHANGED, incident, listening, say};
use crate::harness::TestApp;
use axum::Router;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::HeaderMap;
use axum::routing::get;
use futures::{SinkExt, StreamExt};
use graphql_ws_client::graphql::GraphqlOperation;
use graphql_ws_client::{Client, Connection, Message as ClientMessage};
use partner_gateway::app::App;
use partner_gateway::http::live::ws::{Timings, upgrade_with};
use serde_json::{Value, json};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// A WebSocket as the client library wants it.
struct Adapter(Socket);

impl Connection for Adapter {
    async fn receive(&mut self) -> Option<ClientMessage> {
        loop {
            match self.0.0.next().await?.ok()? {
                Message::Text(text) => return Some(ClientMessage::Text(text.as_str().to_owned())),
                Message::Ping(_) => return Some(ClientMessage::Ping),
                Message::Pong(_) => return Some(ClientMessage::Pong),
                Message::Close(frame) => {
                    let (code, reason) = frame.map(|f| (f.code.into(), f.reason.to_string())).unzip();
                    return Some(ClientMessage::Close { code, reason });
                }
                _ => {}
            }
        }
    }

    async fn send(&mut self, message: ClientMessage) -> Result<(), graphql_ws_client::Error> {
        let message = match message {
            ClientMessage::Text(text) => Message::text(text),
            ClientMessage::Ping => Message::Ping(Default::default()),
            ClientMessage::Pong => Message::Pong(Default::default()),
            ClientMessage::Close { .. } => Message::Close(None),
        };
        self.0.0.send(message).await.map_err(|error| graphql_ws_client::Error::Send(error.to_string()))
    }
}

/// An operation as the client library wants it.
#[derive(serde::Serialize)]
struct Operation {
    query: &'static str,
}

impl GraphqlOperation for Operation {
    type Response = Value;
    type Error = serde_json::Error;

    fn decode(&self, data: Value) -> Result<Value, serde_json::Error> {
        Ok(data)
    }
}

#[tokio::test]
async fn a_client_library_of_others_gets_what_happens() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let token = token(&test.app, "helpdesk@fabrikam", 3600);
    let builder = Client::build(Adapter(server.bare().await));
    let builder = builder.payload(json!({ "authorization": format!("Bearer {token}") })).unwrap();
    let (client, actor) = builder.await.unwrap();
    tokio::spawn(std::future::IntoFuture::into_future(actor));
    let mut stream = client.subscribe(Operation { query: CHANGED }).await.unwrap();
    listening(&test.app, 1).await;
    say(&test.app, "fabrikam", &[incident("EX9501", "adventure-works", 1)]).await;
    let next = tokio::time::timeout(super::client::PATIENCE, stream.next()).await.unwrap();
    let payload = next.unwrap().unwrap();
    assert_eq!(payload["data"]["incidentChanged"]["incident"]["externalId"], "EX9501");
    stream.stop();
    listening(&test.app, 0).await;
}

#[tokio::test]
async fn what_a_client_must_not_send_closes_the_socket_with_the_protocol_s_code() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let init = json!({ "type": "connection_init", "payload": {
        "authorization": format!("Bearer {}", token(&test.app, "helpdesk@fabrikam", 3600)) } });
    for (text, code, words) in [
        ("nonsense", 4400, "JSON"),
        ("{\"type\":\"start\"}", 4400, "start"),
        (
            "{\"type\":\"subscribe\",\"id\":\"a\",\"payload\":{\"query\":\"{viewer{account{id}}}\"}}",
            4401,
            "Unauthorized",
        ),
        ("{\"type\":\"connection_init\"}", 4403, ""),
        ("{\"type\":\"connection_init\",\"payload\":{\"authorization\":\"Bearer wrong\"}}", 4403, ""),
    ] {
        let mut socket = server.bare().await;
        socket.send_text(text).await;
        let (closed, reason) = socket.closed().await;
        assert_eq!(closed, code, "{text}: {reason}");
        assert!(reason.contains(words), "{text}: {reason}");
    }
    let mut socket = server.bare().await;
    socket.send(init.clone()).await;
    assert_eq!(socket.receive().await["type"], "connection_ack");
    socket.send(init).await;
    assert_eq!(socket.closed().await.0, 4429);
    let mut socket = server.socket(&test.app, "helpdesk@fabrikam").await;
    socket.subscribe("twice", CHANGED, json!({})).await;
    socket.subscribe("twice", CHANGED, json!({})).await;
    assert_eq!(socket.closed().await, (4409, "Subscriber for twice already exists".into()));
    let mut socket = server.socket(&test.app, "helpdesk@fabrikam").await;
    socket.0.send(Message::binary(vec![1_u8])).await.unwrap();
    assert_eq!(socket.closed().await.0, 4400);
    listening(&test.app, 0).await;
}

#[tokio::test]
async fn an_upgrade_needs_the_protocol_and_no_foreign_origin() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    assert_eq!(server.open(&[]).await.err(), Some(400));
    assert_eq!(server.open(&[("sec-websocket-protocol", "graphql-ws")]).await.err(), Some(400));
    assert_eq!(server.open(&[protocol, ("origin", "https://evil.example")]).await.err(), Some(403));
    let own = format!("http://{}", server.address);
    assert!(server.open(&[protocol, ("origin", &own)]).await.is_ok());
}

/// A gateway whose sockets lose patience soon.
async fn hasty(app: &App, timings: Timings) -> Server {
    let upgrade = move |State(app): State<App>, headers: HeaderMap, ws: WebSocketUpgrade| async move {
        upgrade_with(timings, app, &headers, ws)
    };
    Server::of(Router::new().route("/graphql", get(upgrade)).with_state(app.clone())).await
}

#[tokio::test]
async fn who_never_says_who_it_is_and_who_falls_silent_is_closed() {
    let test = TestApp::demo().await;
    let soon = Duration::from_millis(30);
    let server = hasty(&test.app, Timings { init: soon, ..Timings::default() }).await;
    let mut socket = server.bare().await;
    assert_eq!(socket.closed().await, (4408, "Connection initialisation timeout".into()));
    let server = hasty(&test.app, Timings { ping: soon, ..Timings::default() }).await;
    let mut socket = server.socket(&test.app, "helpdesk@fabrikam").await;
    assert_eq!(socket.next().await.unwrap()["type"], "ping");
    // Another one, for a close overtakes a ping that nobody has written yet, and an acknowledgement, too.
    let token = token(&test.app, "helpdesk@fabrikam", 3600);
    let timings = Timings { silence: soon, ping: Duration::from_secs(3600), ..Timings::default() };
    let server = hasty(&test.app, timings).await;
    let mut socket = server.bare().await;
    let payload = json!({ "authorization": format!("Bearer {token}") });
    socket.send(json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(socket.closed().await, (4408, "No sign of life".into()));
}

#[tokio::test]
async fn queries_run_over_a_socket_too_and_pings_are_answered() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let mut socket = server.socket(&test.app, "helpdesk@fabrikam").await;
    socket.send(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(socket.receive().await, json!({ "type": "pong", "payload": { "n": 1 } }));
    socket.subscribe("q", "{ viewer { partner { name } } }", json!({})).await;
    let frame = socket.frame("q").await;
    assert_eq!(frame["data"]["viewer"]["partner"]["name"], "Fabrikam Cloud");
    assert_eq!(socket.receive().await, json!({ "id": "q", "type": "complete" }));
    // The id is free again.
    socket.subscribe("q", "{ nonsense }", json!({})).await;
    assert_eq!(socket.error("q").await[0]["extensions"]["code"], "BAD_USER_INPUT");
}

#[tokio::test]
async fn hostile_documents_are_refused_over_a_socket_as_over_post() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let mut socket = server.socket(&test.app, "helpdesk@fabrikam").await;
    let nested = format!(
        "subscription {{ incidentChanged(after: {}1{}) {{ at }} }}",
        "[".repeat(2000),
        "]".repeat(2000)
    );
    let two = "subscription { incidentChanged { at } more: incidentChanged { at } }";
    for (document, code) in [(nested.as_str(), "LIMIT_EXCEEDED"), (two, "BAD_USER_INPUT")] {
        socket.subscribe("h", document, json!({})).await;
        let errors = socket.error("h").await;
        assert_eq!(errors[0]["extensions"]["code"], code, "{errors:#}");
        assert!(errors[0]["extensions"]["requestId"].is_string());
    }
    for number in 0..33 {
        socket.subscribe(&format!("s{number}"), CHANGED, json!({})).await;
    }
    let errors = socket.error("s32").await;
    assert_eq!(errors[0]["extensions"]["code"], "LIMIT_EXCEEDED");
    listening(&test.app, 32).await;
    socket.send(json!({ "id": "s0", "type": "complete" })).await;
    listening(&test.app, 31).await;
    drop(socket);
    listening(&test.app, 0).await;
}

#[tokio::test]
async fn a_subscription_by_plain_post_is_told_how_to_be_asked() {
    let test = TestApp::demo().await;
    let reply = test.as_viewer("helpdesk@fabrikam").ask(CHANGED).await;
    assert_eq!(reply.codes(), ["BAD_USER_INPUT"]);
    assert!(reply.body["errors"][0]["message"].as_str().unwrap().contains("text/event-stream"));
    assert_eq!(test.app.hub.stream_count(), 0);
}

#[tokio::test]
async fn server_sent_events_need_a_token_and_json_as_every_post_does() {
    let test = TestApp::demo().await;
    let server = Server::start(&test.app).await;
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let post = || client.post(server.endpoint()).header("accept", "text/event-stream");
    let body = json!({ "query": CHANGED }).to_string();
    let plain = post().header("content-type", "text/plain").body(body.clone()).send().await.unwrap();
    assert_eq!(plain.status().as_u16(), 415);
    let unknown = post().header("content-type", "application/json").body(body).send().await.unwrap();
    assert_eq!(unknown.status().as_u16(), 401);
    let mut single =
        server.events(&test.app, "helpdesk@fabrikam", "{ viewer { partner { name } } }", json!({})).await;
    assert_eq!(single.response.headers()["content-type"], "text/event-stream; charset=utf-8");
    assert_eq!(single.response.headers()["cache-control"], "no-store");
    assert_eq!(single.frame().await["data"]["viewer"]["partner"]["name"], "Fabrikam Cloud");
    assert_eq!(single.next().await.unwrap().0, "complete");
    assert!(single.next().await.is_none());
}
