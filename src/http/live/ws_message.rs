//! The messages of `graphql-transport-ws`, both ways, and the words with which a socket is closed. Pure: text in,
//! values out.
//!
//! - What the protocol does not define closes the socket. What it allows and the gateway does not do is refused as an
//!   error of that one operation.
//! - A close reason never has more bytes than its frame holds, and never a part of a token.

use crate::error::Error;
use crate::events::hub::is_going_away;
use crate::live::Operation;
use async_graphql::{Response as GraphQl, ServerError, Variables};
use serde::Serialize;
use serde_json::{Map, Value};

/// Bytes of a close reason: a control frame has 125, of which the code takes 2 (RFC 6455, section 5.5).
const MAX_REASON_BYTES: usize = 123;
/// Characters that the id of an operation may have.
const MAX_ID_CHARS: usize = 128;

/// Close codes of the protocol, and below 4000 those of WebSocket itself.
pub mod code {
    /// A message is larger than the gateway takes.
    pub const TOO_LARGE: u16 = 1009;
    /// The server is about to stop.
    pub const RESTART: u16 = 1012;
    /// A message is none of the protocol.
    pub const BAD_REQUEST: u16 = 4400;
    /// Nothing may be executed: not acknowledged yet, or no longer.
    pub const UNAUTHORIZED: u16 = 4401;
    /// The connection is refused.
    pub const FORBIDDEN: u16 = 4403;
    /// Something expected did not come in time.
    pub const TIMEOUT: u16 = 4408;
    /// The id of an operation is taken.
    pub const DUPLICATE: u16 = 4409;
    /// A second `connection_init`.
    pub const TOO_MANY_INITS: u16 = 4429;
    /// A fault of ours.
    pub const INTERNAL: u16 = 4500;
}

/// With which code and words a socket is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// The code.
    pub code: u16,
    /// The reason, cut to what a close frame holds.
    pub reason: String,
}

impl Closing {
    /// With these words, or as many as fit.
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        reason.truncate(reason.floor_char_boundary(MAX_REASON_BYTES));
        Closing { code, reason }
    }

    /// A message is none of the protocol.
    pub fn invalid(what: &str) -> Self {
        Self::new(code::BAD_REQUEST, format!("Invalid message: {what}"))
    }

    /// The id of an operation is taken. A long id is cut, the words around it are not.
    pub fn duplicate(id: &str) -> Self {
        const BEFORE: &str = "Subscriber for ";
        const AFTER: &str = " already exists";
        let id = &id[..id.floor_char_boundary(MAX_REASON_BYTES - BEFORE.len() - AFTER.len())];
        Self::new(code::DUPLICATE, format!("{BEFORE}{id}{AFTER}"))
    }

    /// A fault of ours.
    pub fn internal() -> Self {
        Self::new(code::INTERNAL, "Internal server error")
    }

    /// What the end of an operation, or the refusal to begin one, means for its socket: most mean nothing.
    pub fn after(error: &Error) -> Option<Self> {
        match error {
            Error::Unauthenticated(_) => {
                Some(Self::new(code::UNAUTHORIZED, "Unauthorized: the token is no longer valid"))
            }
            error if is_going_away(error) => Some(Self::new(code::RESTART, "the server is going away")),
            // What cannot be read just now, too: the socket outlives it, and the operation is sent again.
            _ => None,
        }
    }
}

/// A message of the client.
pub enum ClientMessage {
    /// Wants to begin.
    ConnectionInit {
        /// The bearer token that its payload carries, without the word Bearer.
        token: Option<String>,
    },
    /// Wants a pong.
    Ping {
        /// To be sent back.
        payload: Option<Map<String, Value>>,
    },
    /// Lives.
    Pong,
    /// Wants an operation to run.
    Subscribe {
        /// The client's name for it.
        id: String,
        /// The operation, or why the gateway does not run such.
        operation: Result<Operation, Error>,
    },
    /// Wants no more of an operation.
    Complete {
        /// The client's name for it.
        id: String,
    },
}

/// Reads a message.
///
/// # Errors
///
/// How the socket is to be closed, if it is none of the protocol.
pub fn parse(text: &str) -> Result<ClientMessage, Closing> {
    let Ok(message) = serde_json::from_str::<Value>(text) else {
        return Err(Closing::invalid("it is not JSON"));
    };
    let Value::Object(mut message) = message else {
        return Err(Closing::invalid("it must be a JSON object"));
    };
    let Some(Value::String(kind)) = message.remove("type") else {
        return Err(Closing::invalid("`type` must be a string"));
    };
    match kind.as_str() {
        "connection_init" => Ok(ClientMessage::ConnectionInit { token: token(&payload(&mut message)?)? }),
        "ping" => Ok(ClientMessage::Ping { payload: payload(&mut message)? }),
        "pong" => payload(&mut message).map(|_| ClientMessage::Pong),
        "subscribe" => {
            let id = id(&mut message)?;
            let Some(payload) = payload(&mut message)? else {
                return Err(Closing::invalid("`payload` must be an object with a member `query`"));
            };
            Ok(ClientMessage::Subscribe { id, operation: operation(payload)? })
        }
        "complete" => Ok(ClientMessage::Complete { id: id(&mut message)? }),
        other => Err(Closing::invalid(&format!("the type `{other}` is unknown"))),
    }
}

fn payload(message: &mut Map<String, Value>) -> Result<Option<Map<String, Value>>, Closing> {
    match message.remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err(Closing::invalid("`payload` must be an object or null")),
    }
}

fn id(message: &mut Map<String, Value>) -> Result<String, Closing> {
    match message.remove("id") {
        Some(Value::String(id)) if (1..=MAX_ID_CHARS).contains(&id.chars().count()) => Ok(id),
        _ => Err(Closing::invalid(&format!("`id` must be a string of 1 to {MAX_ID_CHARS} characters"))),
    }
}

/// The token in the payload of `connection_init`: `authorization` or `Authorization`, with or without the word Bearer.
fn token(payload: &Option<Map<String, Value>>) -> Result<Option<String>, Closing> {
    for name in ["authorization", "Authorization"] {
        let value = match payload.as_ref().and_then(|payload| payload.get(name)) {
            None | Some(Value::Null) => continue,
            Some(Value::String(value)) => value.trim(),
            Some(_) => return Err(Closing::invalid("`payload.authorization` must be a string or null")),
        };
        let token = match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => value,
        };
        if !token.is_empty() {
            return Ok(Some(token.to_owned()));
        }
    }
    Ok(None)
}

/// The outer error closes the socket, the inner one refuses the operation. The rules are those of a POST.
fn operation(mut payload: Map<String, Value>) -> Result<Result<Operation, Error>, Closing> {
    match payload.remove("extensions") {
        Some(Value::Object(extensions)) if extensions.contains_key("persistedQuery") => {
            let words = "persisted queries are not supported; send the document as `query`";
            return Ok(Err(Error::invalid("extensions.persistedQuery", words)));
        }
        None | Some(Value::Null | Value::Object(_)) => {}
        Some(_) => return Err(Closing::invalid("`payload.extensions` must be an object or null")),
    }
    let Some(Value::String(query)) = payload.remove("query") else {
        return Err(Closing::invalid("`payload.query` must be a string"));
    };
    let operation_name = match payload.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(_) => return Err(Closing::invalid("`payload.operationName` must be a string or null")),
    };
    let variables = match payload.remove("variables") {
        None | Some(Value::Null) => Variables::default(),
        Some(object @ Value::Object(_)) => Variables::from_json(object),
        Some(_) => return Err(Closing::invalid("`payload.variables` must be an object or null")),
    };
    if query.trim().is_empty() {
        return Ok(Err(Error::invalid("query", "send a GraphQL document")));
    }
    Ok(Ok(Operation { query, operation_name, variables }))
}

/// A message of the gateway.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage<'a> {
    /// Operations may come.
    ConnectionAck {
        /// Nothing yet.
        payload: Map<String, Value>,
    },
    /// Wants a pong.
    Ping,
    /// Answers a ping.
    Pong {
        /// What the ping carried.
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    /// An operation has this to say.
    Next {
        /// Which operation.
        id: &'a str,
        /// A finished response.
        payload: &'a GraphQl,
    },
    /// An operation is over, or never began.
    Error {
        /// Which operation.
        id: &'a str,
        /// Why; finished errors.
        payload: &'a [ServerError],
    },
    /// An operation is over.
    Complete {
        /// Which operation.
        id: &'a str,
    },
}

impl ServerMessage<'_> {
    /// As text.
    pub fn encode(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::value;
    use serde_json::json;

    fn refused(message: &str) -> Closing {
        parse(message).err().unwrap_or_else(|| panic!("{message} was taken"))
    }

    fn subscribed(payload: Value) -> Result<Operation, Error> {
        let message = json!({ "id": "1", "type": "subscribe", "payload": payload }).to_string();
        match parse(&message) {
            Ok(ClientMessage::Subscribe { operation, .. }) => operation,
            _ => panic!("{message} is no subscribe"),
        }
    }

    fn token_of(payload: Value) -> Option<String> {
        match parse(&json!({ "type": "connection_init", "payload": payload }).to_string()) {
            Ok(ClientMessage::ConnectionInit { token }) => token,
            _ => panic!("no connection_init"),
        }
    }

    #[test]
    fn a_message_outside_the_protocol_closes_with_4400_and_says_what_is_wrong() {
        for (message, words) in [
            ("", "not JSON"),
            ("{", "not JSON"),
            (r#"{"type":"ping"} {}"#, "not JSON"),
            (r#"[{"type":"ping"}]"#, "a JSON object"),
            (r#""ping""#, "a JSON object"),
            ("null", "a JSON object"),
            ("{}", "`type` must"),
            (r#"{"type":7}"#, "`type` must"),
            (r#"{"type":"start","id":"1"}"#, "the type `start` is unknown"),
            (r#"{"type":"next","id":"1","payload":{}}"#, "the type `next` is unknown"),
            (r#"{"type":"Ping"}"#, "the type `Ping` is unknown"),
            (r#"{"type":"connection_init","payload":[]}"#, "`payload` must"),
            (r#"{"type":"connection_init","payload":"x"}"#, "`payload` must"),
            (r#"{"type":"connection_init","payload":{"authorization":7}}"#, "`payload.authorization` must"),
            (r#"{"type":"ping","payload":7}"#, "`payload` must"),
            (r#"{"type":"pong","payload":false}"#, "`payload` must"),
            (r#"{"type":"subscribe","payload":{"query":"{a}"}}"#, "`id` must"),
            (r#"{"type":"subscribe","id":7,"payload":{"query":"{a}"}}"#, "`id` must"),
            (r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#, "`id` must"),
            (r#"{"type":"subscribe","id":"1"}"#, "`payload` must"),
            (r#"{"type":"subscribe","id":"1","payload":null}"#, "`payload` must"),
            (r#"{"type":"subscribe","id":"1","payload":"{a}"}"#, "`payload` must"),
            (r#"{"type":"subscribe","id":"1","payload":{}}"#, "`payload.query` must"),
            (r#"{"type":"subscribe","id":"1","payload":{"query":null}}"#, "`payload.query` must"),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","operationName":7}}"#,
                "`payload.operationName` must",
            ),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
                "`payload.variables` must",
            ),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","extensions":7}}"#,
                "`payload.extensions` must",
            ),
            (r#"{"type":"complete"}"#, "`id` must"),
            (r#"{"type":"complete","id":null}"#, "`id` must"),
        ] {
            let closing = refused(message);
            assert_eq!(closing.code, 4400, "{message}");
            assert!(closing.reason.starts_with("Invalid message: "), "{message}: {}", closing.reason);
            assert!(closing.reason.contains(words), "{message}: {}", closing.reason);
        }
    }

    #[test]
    fn deep_nesting_is_refused_before_it_reaches_the_stack_s_end() {
        let deep = format!(r#"{{"type":"ping","payload":{{"a":{}}}}}"#, "[".repeat(100_000));
        assert_eq!(refused(&deep).code, 4400);
    }

    #[test]
    fn ids_have_1_to_128_characters() {
        let message = |id: &str| json!({ "type": "complete", "id": id }).to_string();
        assert!(parse(&message(&"é".repeat(128))).is_ok());
        assert_eq!(refused(&message(&"é".repeat(129))).code, 4400);
    }

    #[test]
    fn a_whole_subscribe_is_read_and_null_members_are_absent() {
        let query = "query Q($a: Int) { b }";
        let operation = subscribed(json!({
            "query": query, "operationName": "Q", "variables": { "a": 1 }, "extensions": { "trace": true }
        }));
        let operation = operation.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(operation.query, query);
        assert_eq!(operation.operation_name.as_deref(), Some("Q"));
        assert_eq!(operation.variables, Variables::from_json(json!({ "a": 1 })));
        let null = json!({ "query": "{b}", "operationName": null, "variables": null, "extensions": null });
        let operation = subscribed(null).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((operation.operation_name, operation.variables), (None, Variables::default()));
    }

    #[test]
    fn persisted_queries_and_empty_documents_are_refused_as_operations() {
        let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": "00" } });
        for (payload, words) in [
            (json!({ "extensions": extensions }), "persisted queries are not supported"),
            (json!({ "query": "{a}", "extensions": extensions }), "persisted queries are not supported"),
            (json!({ "query": " \n" }), "send a GraphQL document"),
        ] {
            let error = subscribed(payload.clone()).err().unwrap_or_else(|| panic!("{payload} was taken"));
            assert_eq!(error.code(), "BAD_USER_INPUT");
            assert!(error.public_words().contains(words), "{payload}: {error}");
        }
    }

    #[test]
    fn the_token_comes_in_either_spelling_with_or_without_bearer() {
        for payload in [
            json!({ "authorization": "Bearer a.b.c" }),
            json!({ "Authorization": "bearer  a.b.c " }),
            json!({ "authorization": "a.b.c" }),
            json!({ "Authorization": " a.b.c" }),
            json!({ "authorization": null, "Authorization": "a.b.c" }),
            json!({ "authorization": "", "Authorization": "BEARER a.b.c", "other": 7 }),
        ] {
            assert_eq!(token_of(payload.clone()).as_deref(), Some("a.b.c"), "{payload}");
        }
        for payload in [json!(null), json!({}), json!({ "authorization": " " }), json!({ "token": "a.b.c" })]
        {
            assert_eq!(token_of(payload.clone()), None, "{payload}");
        }
        // Another scheme is no reason to look elsewhere for a token: it is tried, and refused.
        assert_eq!(token_of(json!({ "authorization": "Basic a" })).as_deref(), Some("Basic a"));
    }

    #[test]
    fn close_reasons_fit_their_frame_and_keep_whole_characters() {
        let long = "é".repeat(128);
        let duplicate = Closing::duplicate(&long);
        assert_eq!(duplicate.code, 4409);
        assert!(duplicate.reason.starts_with("Subscriber for éé"), "{}", duplicate.reason);
        assert!(duplicate.reason.ends_with("é already exists"), "{}", duplicate.reason);
        assert_eq!(duplicate.reason.len(), 122);
        assert_eq!(Closing::duplicate("1").reason, "Subscriber for 1 already exists");
        let unknown = refused(&json!({ "type": long }).to_string());
        assert!((120..=123).contains(&unknown.reason.len()), "{}", unknown.reason);
    }

    #[test]
    fn the_end_of_a_token_and_of_the_server_close_the_socket_and_no_other_end_does() {
        let after = |error: Error| Closing::after(&error).map(|closing| closing.code);
        assert_eq!(after(Error::Unauthenticated("it is over")), Some(4401));
        assert_eq!(after(crate::events::hub::going_away()), Some(1012));
        assert_eq!(after(Error::Unavailable { reason: "an event could not be read" }), None);
        assert_eq!(after(Error::Forbidden { action: "a", missing: "b" }), None);
        assert_eq!(after(Error::internal("a fault")), None);
        let busy = sea_orm::DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout);
        assert_eq!(after(Error::Database(busy)), None);
    }

    #[test]
    fn messages_have_the_shape_of_the_protocol() {
        let payload = Some(Map::from_iter([("at".to_owned(), json!(1))]));
        let response = GraphQl::new(value!({ "a": 1 }));
        let errors = [ServerError::new("no", None)];
        for (message, expected) in [
            (
                ServerMessage::ConnectionAck { payload: Map::new() },
                json!({ "type": "connection_ack", "payload": {} }),
            ),
            (ServerMessage::Ping, json!({ "type": "ping" })),
            (ServerMessage::Pong { payload: None }, json!({ "type": "pong" })),
            (ServerMessage::Pong { payload }, json!({ "type": "pong", "payload": { "at": 1 } })),
            (
                ServerMessage::Next { id: "1", payload: &response },
                json!({ "type": "next", "id": "1", "payload": { "data": { "a": 1 } } }),
            ),
            (
                ServerMessage::Error { id: "1", payload: &errors },
                json!({ "type": "error", "id": "1", "payload": [{ "message": "no" }] }),
            ),
            (ServerMessage::Complete { id: "1" }, json!({ "type": "complete", "id": "1" })),
        ] {
            let text = message.encode().unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
        }
    }
}
