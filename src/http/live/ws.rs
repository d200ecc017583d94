//! GraphQL over WebSocket: the subprotocol `graphql-transport-ws` (enisdenjo/graphql-ws, PROTOCOL.md).
//!
//! - Three kinds of task a socket: the session reads and decides, `ws_writer` writes, and each operation runs by itself
//!   (`ws_operation`). All end with the session, but a mutation that was begun is finished.
//! - Nothing runs before a token was verified, and nothing after it is over.
//! - A browser's page of another origin gets no socket.
//! - What a client can make the gateway hold is bounded: operations, ids, message sizes, the queue to the writer. A
//!   client that does not read holds back its own streams, and after a time loses its socket.

use super::failure;
use super::ws_message::{self, ClientMessage, Closing, ServerMessage, code};
use super::ws_operation::{self, Voice};
use super::ws_writer::{self, Outgoing, Parting, Ticket};
use crate::access::issuer::Claims;
use crate::app::App;
use crate::error::Error;
use crate::events::hub::Signal;
use crate::live::Operation;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use futures::stream::SplitStream;
use serde_json::Map;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinError, JoinHandle, JoinSet};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep, sleep_until, timeout_at};
use uuid::Uuid;

/// The subprotocol.
const SUBPROTOCOL: &str = "graphql-transport-ws";
/// Its predecessor, which has other messages under a confusing name.
const LEGACY_SUBPROTOCOL: &str = "graphql-ws";
/// Operations that a socket runs at once.
const MAX_OPERATIONS: usize = 32;
/// Bytes that a message of the client may have.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// Messages that wait for the writer.
const QUEUE: usize = 16;

/// How long a socket waits for what. None may be zero.
#[derive(Clone, Copy, Debug)]
pub struct Timings {
    /// For `connection_init`.
    pub init: Duration,
    /// From one ping of ours to the next.
    pub ping: Duration,
    /// For any sign of life.
    pub silence: Duration,
    /// For the client to take one message.
    pub send: Duration,
    /// For the last messages, the close and its answer.
    pub closing: Duration,
    /// For the client to see a close where its answer cannot be read.
    pub linger: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Timings {
            init: Duration::from_secs(10),
            ping: Duration::from_secs(20),
            silence: Duration::from_secs(60),
            send: Duration::from_secs(60),
            closing: Duration::from_secs(10),
            linger: Duration::from_secs(1),
        }
    }
}

/// Answers a request to upgrade.
pub async fn upgrade(State(app): State<App>, headers: HeaderMap, ws: WebSocketUpgrade) -> Response {
    upgrade_with(Timings::default(), app, &headers, ws)
}

/// Answers a request to upgrade to a socket that waits so long.
pub fn upgrade_with(timings: Timings, app: App, headers: &HeaderMap, ws: WebSocketUpgrade) -> Response {
    if !is_same_origin(headers) {
        let words = "a page of another origin may not open a socket here: `origin` must name `host`\n";
        return (StatusCode::FORBIDDEN, words).into_response();
    }
    let ws = ws.protocols([SUBPROTOCOL]);
    if ws.selected_protocol().is_none() {
        let is_legacy = ws.requested_protocols().any(|protocol| protocol == LEGACY_SUBPROTOCOL);
        return (StatusCode::BAD_REQUEST, protocol_words(is_legacy)).into_response();
    }
    let token = super::super::bearer(headers).map(str::to_owned);
    ws.max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .on_upgrade(move |socket| serve(socket, app, token, timings))
}

fn protocol_words(is_legacy: bool) -> String {
    let ask = format!("ask for the subprotocol `{SUBPROTOCOL}` (sec-websocket-protocol)");
    match is_legacy {
        true => format!("the legacy subprotocol `{LEGACY_SUBPROTOCOL}` is not spoken here: {ask}\n"),
        false => format!("{ask}\n"),
    }
}

/// Whether no page, or one of this very host, asks. Browsers always say `Origin`, and ask nobody before they connect.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return true;
    };
    let mut hosts = headers.get_all(header::HOST).iter();
    let (None, Some(host), None) = (origins.next(), hosts.next(), hosts.next()) else {
        return false;
    };
    let (Ok(origin), Ok(host)) = (origin.to_str(), host.to_str()) else {
        return false;
    };
    // An origin leaves out the port that its scheme implies, a host may name it.
    let (authority, implied) = match origin.split_once("://") {
        Some(("http", authority)) => (authority, ":80"),
        Some(("https", authority)) => (authority, ":443"),
        _ => return false,
    };
    let bare = |authority: &str| authority.strip_suffix(implied).unwrap_or(authority).to_ascii_lowercase();
    !bare(host).is_empty() && bare(authority) == bare(host)
}

/// Why a session is over.
enum End {
    /// The socket is to be closed so.
    Say(Parting),
    /// The client closed it: reading on sends the answer.
    Answer,
    /// Nobody is there, or nobody reads.
    Drop,
}

impl From<Closing> for End {
    fn from(closing: Closing) -> Self {
        End::Say(Parting { closing, after_queue: false })
    }
}

async fn serve(socket: WebSocket, app: App, token: Option<String>, timings: Timings) {
    let (sink, mut stream) = socket.split();
    let (queue, queued) = mpsc::channel(QUEUE);
    let (part, parting) = oneshot::channel();
    let mut writer = tokio::spawn(ws_writer::write(sink, queued, parting, timings.send));
    let mut session = Session::new(app, token, timings, queue);
    let end = loop {
        if let Err(end) = session.step(&mut stream, &mut writer).await {
            break end;
        }
    };
    // All its operations end here.
    drop(session);
    let deadline = Instant::now() + timings.closing;
    match end {
        End::Say(parting) => {
            tracing::debug!(close.code = parting.closing.code, "socket closed");
            let is_told =
                part.send(parting).is_ok() && matches!(timeout_at(deadline, &mut writer).await, Ok(Ok(true)));
            if is_told {
                hear_out(&mut stream, deadline, timings.linger).await;
            }
        }
        End::Answer => {
            let _ = timeout_at(deadline, stream.next()).await;
        }
        End::Drop => {}
    }
    writer.abort();
}

/// Reads on until the close is answered. A connection that ends with unread bytes is reset, and its client would never
/// see why it was closed.
async fn hear_out(stream: &mut SplitStream<WebSocket>, deadline: Instant, linger: Duration) {
    loop {
        match timeout_at(deadline, stream.next()).await {
            Ok(Some(Ok(Message::Close(_)))) => {
                // One more turn sends what is left to send.
                let _ = timeout_at(deadline, stream.next()).await;
                return;
            }
            Ok(Some(Ok(_))) => {}
            Ok(None | Some(Err(_))) => return sleep(linger).await,
            Err(_) => return,
        }
    }
}

/// A running operation.
struct Running {
    ticket: Arc<Ticket>,
    task: AbortHandle,
}

struct Session {
    app: App,
    timings: Timings,
    /// The token of the upgrade request, for clients that can send headers.
    upgrade_token: Option<String>,
    /// Who it is; nothing before the acknowledgement.
    claims: Option<Arc<Claims>>,
    queue: mpsc::Sender<Outgoing>,
    operations: HashMap<String, Running>,
    /// The tasks of the operations. Each answers how the socket is to be closed, if its end is the socket's too.
    tasks: JoinSet<Option<Closing>>,
    /// How the socket will be closed when its operations have said their last, and when at the latest.
    leaving: Option<(Closing, Instant)>,
    /// When something was last received.
    heard: Instant,
    init_by: Instant,
    pings: Interval,
    /// Says when the process is about to end: a socket without operations would not learn of it otherwise.
    signals: watch::Receiver<Signal>,
}

/// Waits for the end of the process.
async fn draining(signals: &mut watch::Receiver<Signal>) {
    if signals.wait_for(|signal| signal.is_draining).await.is_err() {
        std::future::pending().await
    }
}

impl Session {
    fn new(app: App, upgrade_token: Option<String>, timings: Timings, queue: mpsc::Sender<Outgoing>) -> Self {
        let now = Instant::now();
        let mut pings = interval_at(now + timings.ping, timings.ping);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Session {
            signals: app.hub.signals(),
            app,
            timings,
            upgrade_token,
            claims: None,
            queue,
            operations: HashMap::new(),
            tasks: JoinSet::new(),
            leaving: None,
            heard: now,
            init_by: now + timings.init,
            pings,
        }
    }

    /// Waits for what happens next, and does what it asks for. What was received goes before the silence it ends.
    async fn step(
        &mut self,
        stream: &mut SplitStream<WebSocket>,
        writer: &mut JoinHandle<bool>,
    ) -> Result<(), End> {
        if let Some((closing, by)) = &self.leaving
            && (self.tasks.is_empty() || *by <= Instant::now())
        {
            return Err(End::Say(Parting { closing: closing.clone(), after_queue: true }));
        }
        let leave_by = self.leaving.as_ref().map(|(_, by)| *by);
        tokio::select! {
            biased;
            _ = &mut *writer => Err(End::Drop),
            Some(ended) = self.tasks.join_next() => self.note_end(ended),
            () = sleep_until(leave_by.unwrap_or(self.init_by)), if leave_by.is_some() => Ok(()),
            () = sleep_until(self.init_by), if self.claims.is_none() => {
                Err(Closing::new(code::TIMEOUT, "Connection initialisation timeout").into())
            }
            () = draining(&mut self.signals), if self.tasks.is_empty() => {
                Err(Closing::new(code::RESTART, "the server is going away").into())
            }
            _ = self.pings.tick(), if self.claims.is_some() => {
                self.ping();
                Ok(())
            }
            received = stream.next() => self.receive(received).await,
            () = sleep_until(self.heard + self.timings.silence) => {
                Err(Closing::new(code::TIMEOUT, "No sign of life").into())
            }
        }
    }

    async fn receive(&mut self, received: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.heard = Instant::now();
        match received {
            Some(Ok(Message::Text(text))) => self.heed(ws_message::parse(&text)?).await,
            Some(Ok(Message::Binary(_))) => Err(Closing::invalid("send text, not binary").into()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) => Err(End::Answer),
            Some(Err(error)) if is_too_large(&error) => {
                let words = format!("a message may have at most {MAX_MESSAGE_BYTES} bytes");
                Err(Closing::new(code::TOO_LARGE, words).into())
            }
            Some(Err(_)) | None => Err(End::Drop),
        }
    }

    async fn heed(&mut self, message: ClientMessage) -> Result<(), End> {
        match message {
            ClientMessage::ConnectionInit { token } => self.begin(token).await,
            ClientMessage::Ping { payload } => self.say(&ServerMessage::Pong { payload }).await,
            ClientMessage::Pong => Ok(()),
            ClientMessage::Subscribe { id, operation } => self.subscribe(id, operation).await,
            ClientMessage::Complete { id } => {
                self.complete(&id);
                Ok(())
            }
        }
    }

    async fn begin(&mut self, token: Option<String>) -> Result<(), End> {
        if self.claims.is_some() {
            return Err(Closing::new(code::TOO_MANY_INITS, "Too many initialisation requests").into());
        }
        let token = token.or(self.upgrade_token.take());
        match self.app.authenticate(token.as_deref()).await {
            Ok(claims) => {
                self.claims = Some(Arc::new(claims));
                self.say(&ServerMessage::ConnectionAck { payload: Map::new() }).await
            }
            Err(Error::Unauthenticated(_)) => Err(forbidden(token.is_some()).into()),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a token could not be verified");
                Err(Closing::internal().into())
            }
        }
    }

    async fn subscribe(&mut self, id: String, operation: Result<Operation, Error>) -> Result<(), End> {
        let Some(claims) = self.claims.clone() else {
            return Err(Closing::new(code::UNAUTHORIZED, "Unauthorized").into());
        };
        if self.leaving.is_some() {
            // The close is on its way.
            return Ok(());
        }
        self.operations.retain(|_, running| !running.ticket.is_over());
        if self.operations.contains_key(&id) {
            return Err(Closing::duplicate(&id).into());
        }
        let request_id = Uuid::new_v4();
        let operation = match operation.and_then(|operation| self.admit(&claims).map(|()| operation)) {
            Ok(operation) => operation,
            Err(error) => return self.refuse(&id, error, request_id).await,
        };
        let ticket = Arc::new(Ticket::default());
        let voice = Voice { id: id.clone(), queue: self.queue.clone(), ticket: ticket.clone() };
        let running = ws_operation::run(self.app.clone(), claims, operation, request_id, voice);
        let task = self.tasks.spawn(running);
        self.operations.insert(id, Running { ticket, task });
        Ok(())
    }

    /// Whether one more operation may begin.
    fn admit(&self, claims: &Claims) -> crate::error::Result<()> {
        let now = self.app.db.clock().now().0.div_euclid(entity::Timestamp::SECOND);
        if claims.expires_at <= now {
            return Err(Error::Unauthenticated("the token has expired; connect again with a new one"));
        }
        if self.operations.len() >= MAX_OPERATIONS {
            let limit =
                format!("at most {MAX_OPERATIONS} operations at once on a socket; complete one first");
            return Err(Error::LimitExceeded { limit });
        }
        Ok(())
    }

    /// Answers an operation that does not begin.
    async fn refuse(&mut self, id: &str, error: Error, request_id: Uuid) -> Result<(), End> {
        let closing = Closing::after(&error);
        let response = failure(error, request_id);
        self.say(&ServerMessage::Error { id, payload: &response.errors }).await?;
        if let Some(closing) = closing {
            self.leave(closing);
        }
        Ok(())
    }

    /// Ends an operation without a word. One that is not there may have ended while the client wrote.
    fn complete(&mut self, id: &str) {
        if let Some(running) = self.operations.remove(id) {
            running.ticket.cancel();
            running.task.abort();
        }
    }

    fn note_end(&mut self, ended: Result<Option<Closing>, JoinError>) -> Result<(), End> {
        match ended {
            Ok(None) => Ok(()),
            Ok(Some(closing)) => {
                self.leave(closing);
                Ok(())
            }
            Err(error) if error.is_cancelled() => Ok(()),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "an operation of a socket failed");
                Err(Closing::internal().into())
            }
        }
    }

    /// Closes the socket after the last messages of its operations. The first reason counts.
    fn leave(&mut self, closing: Closing) {
        if self.leaving.is_none() {
            self.leaving = Some((closing, Instant::now() + self.timings.closing));
        }
    }

    /// Waits for room in the queue: meanwhile nothing more is read of a client that asks but does not listen.
    async fn say(&mut self, message: &ServerMessage<'_>) -> Result<(), End> {
        let Ok(text) = message.encode() else {
            return Err(Closing::internal().into());
        };
        self.queue.send(Outgoing::plain(text)).await.map_err(|_| End::Drop)
    }

    fn ping(&self) {
        if let Ok(text) = ServerMessage::Ping.encode() {
            // A full queue is no place for a ping: the client has enough to answer to.
            let _ = self.queue.try_send(Outgoing::plain(text));
        }
    }
}

fn forbidden(has_token: bool) -> Closing {
    let words = match has_token {
        true => "Forbidden: the token is not valid here, or no longer",
        false => "Forbidden: send a token as `payload.authorization` of connection_init",
    };
    Closing::new(code::FORBIDDEN, words)
}

/// The library has no type for it that could be named here; other errors mean that nobody is there to be told.
fn is_too_large(error: &axum::Error) -> bool {
    error.to_string().contains("Message too long")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for &(name, value) in pairs {
            map.append(name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn a_page_of_the_same_host_and_what_is_no_page_may_connect() {
        assert!(is_same_origin(&headers(&[("host", "gateway.example")])));
        for (origin, host) in [
            ("https://gateway.example", "gateway.example"),
            ("https://Gateway.example", "gateway.EXAMPLE"),
            ("https://gateway.example", "gateway.example:443"),
            ("http://gateway.example:80", "gateway.example"),
            ("http://localhost:8080", "localhost:8080"),
            ("http://[::1]:8080", "[::1]:8080"),
        ] {
            assert!(is_same_origin(&headers(&[("origin", origin), ("host", host)])), "{origin} {host}");
        }
    }

    #[test]
    fn a_page_of_another_origin_may_not_connect() {
        for (origin, host) in [
            ("https://evil.example", "gateway.example"),
            ("https://gateway.example.evil.example", "gateway.example"),
            ("https://evil.example/gateway.example", "gateway.example"),
            ("https://sub.gateway.example", "gateway.example"),
            ("http://localhost:3000", "localhost:8080"),
            ("http://gateway.example", "gateway.example:443"),
            ("http://gateway.example:8080", "gateway.example"),
            ("null", "gateway.example"),
            ("", "gateway.example"),
            ("gateway.example", "gateway.example"),
            ("file://gateway.example", "gateway.example"),
            ("https://", ""),
        ] {
            assert!(!is_same_origin(&headers(&[("origin", origin), ("host", host)])), "{origin} {host}");
        }
        assert!(!is_same_origin(&headers(&[("origin", "https://gateway.example")])));
        let own = ("origin", "https://gateway.example");
        let two = [own, ("origin", "https://evil.example"), ("host", "gateway.example")];
        assert!(!is_same_origin(&headers(&two)));
        let hosts = [own, ("host", "gateway.example"), ("host", "evil.example")];
        assert!(!is_same_origin(&headers(&hosts)));
    }

    #[test]
    fn the_refusal_names_the_subprotocol_and_the_legacy_one_where_it_was_asked_for() {
        assert!(protocol_words(false).contains("`graphql-transport-ws`"));
        assert!(!protocol_words(false).contains("`graphql-ws`"));
        let legacy = protocol_words(true);
        assert!(legacy.contains("`graphql-ws`") && legacy.contains("`graphql-transport-ws`"), "{legacy}");
    }

    #[test]
    fn a_refused_token_closes_with_4403_and_a_reason_that_fits() {
        for has_token in [true, false] {
            let closing = forbidden(has_token);
            assert_eq!(closing.code, 4403);
            assert!(closing.reason.starts_with("Forbidden"));
            assert!(closing.reason.ends_with(|last: char| last.is_alphabetic()), "{}", closing.reason);
        }
        assert_ne!(forbidden(true), forbidden(false));
    }

    #[test]
    fn only_a_message_that_is_too_long_is_told_so() {
        let error = |words: &'static str| axum::Error::new(std::io::Error::other(words));
        assert!(is_too_large(&error("Space limit exceeded: Message too long: 262145 > 262144")));
        assert!(!is_too_large(&error("IO error: connection reset by peer")));
    }
}
