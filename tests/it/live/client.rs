//! A gateway that listens, and clients of its live transports: our own over a bare WebSocket, one over server-sent
//! events, and a client library that others use.

use crate::harness::issuer;
use entity::Timestamp;
use futures::{SinkExt, StreamExt};
use partner_gateway::app::App;
use partner_gateway::{demo, http};
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longer than anything here takes; who waits so long has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A listening gateway; gone with its owner.
pub struct Server {
    pub address: String,
    serving: AbortHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Server {
    pub async fn start(app: &App) -> Self {
        Self::of(http::router(app.clone())).await
    }

    pub async fn of(router: axum::Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Server { address, serving: serving.abort_handle() }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}/graphql", self.address)
    }

    /// Opens a socket with these headers, or gives the status of the refusal.
    pub async fn open(&self, headers: &[(&'static str, &str)]) -> Result<Socket, u16> {
        let mut request = format!("ws://{}/graphql", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).unwrap();
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Socket(socket)),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A socket of the protocol, not yet initialised.
    pub async fn bare(&self) -> Socket {
        self.open(&[("sec-websocket-protocol", "graphql-transport-ws")]).await.unwrap()
    }

    /// An account's socket, acknowledged.
    pub async fn socket(&self, app: &App, account: &str) -> Socket {
        let mut socket = self.bare().await;
        let token = token(app, account, 3600);
        socket.send(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } })).await;
        assert_eq!(socket.receive().await, json!({ "type": "connection_ack", "payload": {} }));
        socket
    }

    /// An account's stream over server-sent events.
    pub async fn events(&self, app: &App, account: &str, query: &str, variables: Value) -> Events {
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let request = client
            .post(self.endpoint())
            .bearer_auth(token(app, account, 3600))
            .header("accept", "text/event-stream")
            .json(&json!({ "query": query, "variables": variables }));
        let response = request.send().await.unwrap();
        Events { response, buffer: String::new() }
    }
}

/// A token of a demo account, by the gateway's own clock.
pub fn token(app: &App, account: &str, seconds: i64) -> String {
    let account = demo::account(account).unwrap_or_else(|| panic!("no demo account {account}"));
    let now = app.db.clock().now().0 / Timestamp::SECOND;
    issuer().token(account.tenant, account.object_id, now, seconds, Map::new()).unwrap()
}

/// Our own client of graphql-transport-ws.
pub struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub async fn send(&mut self, message: Value) {
        self.send_text(&message.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The next message of the protocol but pings.
    pub async fn receive(&mut self) -> Value {
        loop {
            match self.next().await {
                Ok(message) if message["type"] == "ping" => {}
                Ok(message) => return message,
                Err((code, reason)) => panic!("closed with {code} {reason}"),
            }
        }
    }

    /// The next message, or how the socket was closed.
    pub async fn next(&mut self) -> Result<Value, (u16, String)> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("nothing came");
            match next {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err((frame.code.into(), frame.reason.to_string()));
                }
                Some(Ok(Message::Close(None))) | None => return Err((1005, String::new())),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err((1006, error.to_string())),
            }
        }
    }

    /// How the socket is closed, whatever comes before.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Err(closed) = self.next().await {
                return closed;
            }
        }
    }

    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// The data of the next frame of an operation.
    pub async fn frame(&mut self, id: &str) -> Value {
        let message = self.receive().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("next"), &json!(id)), "{message:#}");
        assert!(message["payload"].get("errors").is_none(), "{message:#}");
        message["payload"].clone()
    }

    /// The errors with which an operation ends.
    pub async fn error(&mut self, id: &str) -> Value {
        let message = self.receive().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!(id)), "{message:#}");
        message["payload"].clone()
    }
}

/// A client of server-sent events.
pub struct Events {
    pub response: reqwest::Response,
    buffer: String,
}

impl Events {
    /// The next event: its name and its data. Comments are passed over.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some(at) = self.buffer.find("\n\n") {
                let event: String = self.buffer.drain(..at + 2).collect();
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                if let Some(name) = field("event:") {
                    let data = field("data:").unwrap_or_default();
                    return Some((name.to_owned(), serde_json::from_str(data).unwrap_or(Value::Null)));
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("nothing came");
            self.buffer.push_str(std::str::from_utf8(&chunk.ok()??).unwrap());
        }
    }

    /// The payload of the next frame.
    pub async fn frame(&mut self) -> Value {
        let (name, data) = self.next().await.expect("the stream ended");
        assert_eq!(name, "next", "{data:#}");
        assert!(data.get("errors").is_none(), "{data:#}");
        data
    }
}
