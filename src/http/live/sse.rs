//! GraphQL over server-sent events, one connection an operation (enisdenjo/graphql-sse, PROTOCOL.md, "distinct
//! connections mode").
//!
//! - The answer is 200 whatever becomes of the operation: what fails is told in a `next` event, and `complete` ends
//!   every stream that the client does not leave.
//! - The headers and a comment go out before the operation is opened; a comment breaks every silence, so that proxies
//!   and clients see that the connection lives.
//! - The body is pulled: while the client does not read, its stream is not asked. A client that leaves drops it.

use super::super::answer;
use super::{failure, was_refused};
use crate::access::issuer::Claims;
use crate::app::App;
use crate::error::{Error, Result};
use crate::live::{self, LiveFrame, LiveStream, Opened, Operation};
use async_graphql::{Response as GraphQl, ServerError};
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream;
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// The longest silence.
const KEEP_ALIVE: Duration = Duration::from_secs(12);
/// A line that clients skip.
const COMMENT: &str = ":\n\n";
/// The end. `EventSource` sees no event without `data`.
const COMPLETE: &str = "event: complete\ndata:\n\n";

/// Opens the operation and answers with its events.
pub fn respond(app: App, claims: Claims, operation: Operation, request_id: Uuid) -> Response {
    let opening = async move { live::open(&app, &claims, operation, request_id).await };
    events(Box::pin(opening), request_id, KEEP_ALIVE)
}

type Opening = BoxFuture<'static, Result<Opened>>;

/// What is written next.
enum Stage {
    Greeting(Opening),
    Opening(Opening),
    Open(Box<LiveStream>),
    Complete,
    Over,
}

fn events(opening: Opening, request_id: Uuid, keep_alive: Duration) -> Response {
    let body = stream::unfold(Stage::Greeting(opening), move |stage| advance(stage, request_id, keep_alive));
    let mut response = Response::new(Body::from_stream(body.map(Ok::<_, Infallible>)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Or nginx holds events back until its buffer is full.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        headers.insert("x-request-id", id);
    }
    response
}

/// The next bytes and what comes after them.
async fn advance(mut stage: Stage, request_id: Uuid, keep_alive: Duration) -> Option<(String, Stage)> {
    loop {
        stage = match stage {
            Stage::Greeting(opening) => return Some((COMMENT.to_owned(), Stage::Opening(opening))),
            Stage::Opening(mut opening) => match timeout(keep_alive, &mut opening).await {
                Err(_) => return Some((COMMENT.to_owned(), Stage::Opening(opening))),
                Ok(Ok(Opened::Stream(stream))) => Stage::Open(stream),
                Ok(Ok(Opened::Single(response))) => {
                    return Some((next(response, request_id), Stage::Complete));
                }
                Ok(Err(error)) => return Some((failed(error, request_id), Stage::Complete)),
            },
            Stage::Open(mut stream) => match timeout(keep_alive, stream.next()).await {
                Err(_) => return Some((COMMENT.to_owned(), Stage::Open(stream))),
                Ok(LiveFrame::Next(response)) => {
                    return Some((next(response, request_id), Stage::Open(stream)));
                }
                Ok(LiveFrame::Ended(error)) => return Some((failed(error, request_id), Stage::Complete)),
            },
            Stage::Complete => return Some((COMPLETE.to_owned(), Stage::Over)),
            Stage::Over => return None,
        };
    }
}

fn next(mut response: GraphQl, request_id: Uuid) -> String {
    answer::finish(&mut response, request_id);
    if was_refused(&response) { refused(&response.errors) } else { event(&response) }
}

fn failed(error: Error, request_id: Uuid) -> String {
    refused(&failure(error, request_id).errors)
}

/// A response without `data`.
fn refused(errors: &[ServerError]) -> String {
    #[derive(Serialize)]
    struct Refused<'a> {
        errors: &'a [ServerError],
    }
    event(&Refused { errors })
}

/// A `next` event. Its data is one line: JSON writes line ends inside strings as escapes, and none between them.
fn event(payload: &impl Serialize) -> String {
    let json = serde_json::to_string(payload).unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "an event could not be written");
        r#"{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}"#.to_owned()
    });
    format!("event: next\ndata: {json}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::value;
    use axum::body::to_bytes;
    use serde_json::{Value, json};

    const ID: Uuid = Uuid::from_u128(7);

    /// The body of a response to an operation that opens so.
    async fn body(
        opened: impl Future<Output = Result<Opened>> + Send + 'static,
        keep_alive: Duration,
    ) -> String {
        let response = events(Box::pin(opened), ID, keep_alive);
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    fn data(event: &str) -> Value {
        let data = event.strip_prefix("event: next\ndata: ").and_then(|rest| rest.strip_suffix("\n\n"));
        serde_json::from_str(data.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_query_is_a_comment_one_event_and_the_end() {
        let opened = async { Ok(Opened::Single(GraphQl::new(value!({ "a": 1 })))) };
        let body = body(opened, KEEP_ALIVE).await;
        let event =
            body.strip_prefix(":\n\n").and_then(|rest| rest.strip_suffix("event: complete\ndata:\n\n"));
        assert_eq!(data(event.unwrap()), json!({ "data": { "a": 1 } }));
    }

    #[tokio::test]
    async fn an_operation_that_could_not_begin_is_told_in_an_event_without_data() {
        let opened = async { Err(Error::Unauthenticated("the token is over")) };
        let body = body(opened, KEEP_ALIVE).await;
        let event = body.strip_prefix(":\n\n").and_then(|rest| rest.strip_suffix(COMPLETE));
        let told = data(event.unwrap());
        assert_eq!(told["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert_eq!(told["errors"][0]["extensions"]["requestId"], ID.to_string());
        assert_eq!(told.as_object().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn silence_is_broken_by_comments() {
        let (open, told) = tokio::sync::oneshot::channel();
        let opening: Opening = Box::pin(async {
            told.await.unwrap();
            Ok(Opened::Single(GraphQl::new(value!({ "a": 1 }))))
        });
        let mut body = events(opening, ID, Duration::from_millis(10)).into_body().into_data_stream();
        for _ in 0..3 {
            assert_eq!(body.next().await.unwrap().unwrap(), COMMENT);
        }
        open.send(()).unwrap();
        let rest: Vec<String> =
            body.map(|part| String::from_utf8(part.unwrap().to_vec()).unwrap()).collect().await;
        assert!(rest.concat().ends_with(COMPLETE), "{rest:?}");
    }

    #[tokio::test]
    async fn the_headers_keep_intermediaries_from_holding_events_back() {
        let response = events(Box::pin(async { Err(Error::internal("unused")) }), ID, KEEP_ALIVE);
        assert_eq!(response.status(), 200);
        for (name, value) in [
            ("content-type", "text/event-stream; charset=utf-8"),
            ("cache-control", "no-store"),
            ("x-accel-buffering", "no"),
            ("x-request-id", "00000000-0000-0000-0000-000000000007"),
        ] {
            assert_eq!(response.headers()[name], value, "{name}");
        }
    }

    #[test]
    fn no_line_end_in_a_payload_breaks_its_event() {
        let hostile = "a\nb\r\nc\rd\n\nevent: complete\ndata:\n\n\u{2028}\u{2029}\u{85}\0";
        let written = event(&GraphQl::new(value!({ "a": hostile })));
        assert_eq!(data(&written), json!({ "data": { "a": hostile } }));
        assert_eq!(written.matches('\n').count(), 3);
        assert!(!written.contains('\r'));
    }
}
