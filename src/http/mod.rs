//! The only code that knows axum: the router, the GraphQL endpoint, probes, the demo's page.

pub mod answer;
pub mod graphiql;
pub mod live;
pub mod request;

use crate::app::App;
use crate::error::Error;
use crate::live::{Opened, Operation, open};
use answer::{Answer, refused};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;
use uuid::Uuid;

/// The routes of the gateway.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/graphql", post(graphql).get(socket))
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .with_state(app)
}

/// The routes of the demo: the same, and a page with a first query at `/`.
pub fn demo_router(app: App, page: String) -> Router {
    let page = Arc::new(page);
    let show = move |headers: HeaderMap| {
        let page = page.clone();
        async move {
            // The page carries a token: a name that somebody else's DNS points here must not get it.
            if !names_this_machine(&headers) {
                return (StatusCode::MISDIRECTED_REQUEST, "open the address that the demo printed\n")
                    .into_response();
            }
            let headers = [
                (
                    header::CONTENT_SECURITY_POLICY,
                    HeaderValue::from_static(graphiql::CONTENT_SECURITY_POLICY),
                ),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            (headers, Html(page.as_str().to_owned())).into_response()
        }
    };
    router(app).route("/", get(show))
}

/// The `Host` is an address or localhost.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name =
        host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
    name == "localhost" || name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok()
}

/// Ready while the database answers and its schema is known.
async fn ready(State(app): State<App>) -> Response {
    match app.db.ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

/// A GET is for a WebSocket, and for nothing else: no query runs by it.
async fn socket(
    State(app): State<App>,
    headers: HeaderMap,
    ws: std::result::Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match ws {
        Ok(ws) => live::ws::upgrade(State(app), headers, ws).await,
        Err(_) => {
            let words = "send operations as POST with a JSON body, or open a WebSocket with the subprotocol graphql-transport-ws\n";
            (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")], words).into_response()
        }
    }
}

async fn graphql(State(app): State<App>, http: Request<Body>) -> Response {
    let request_id = Uuid::new_v4();
    let (parts, body) = http.into_parts();
    if request::wants_events(&parts.headers) {
        return events(&app, &parts.headers, body, request_id).await;
    }
    let media = match request::response_media_type(&parts.headers) {
        Ok(media) => media,
        Err(refusal) => return refused(&refusal, request::MediaType::Json, request_id),
    };
    let body = match to_bytes(body, request::MAX_BODY_BYTES).await {
        Ok(body) => body,
        Err(_) => return refused(&too_large(), media, request_id),
    };
    let post = match request::read_post(&parts.headers, &body) {
        Ok(post) => post,
        Err(refusal) => return refused(&refusal, media, request_id),
    };
    let answer = match run(&app, &parts.headers, post, request_id).await {
        Ok(answer) => answer,
        Err(error) => Answer::of_error(error),
    };
    answer.into_response(media, request_id)
}

/// An operation whose answers come as server-sent events. What keeps it from being opened is answered as usual.
async fn events(app: &App, headers: &HeaderMap, body: Body, request_id: Uuid) -> Response {
    let media = request::MediaType::Json;
    let body = match to_bytes(body, request::MAX_BODY_BYTES).await {
        Ok(body) => body,
        Err(_) => return refused(&too_large(), media, request_id),
    };
    let post = match request::read_post(headers, &body) {
        Ok(post) => post,
        Err(refusal) => return refused(&refusal, media, request_id),
    };
    let claims = match app.authenticate(bearer(headers)).await {
        Ok(claims) => claims,
        Err(error) => return Answer::of_error(error).into_response(media, request_id),
    };
    live::sse::respond(app.clone(), claims, operation(post), request_id)
}

fn operation(post: request::GraphQlPost) -> Operation {
    let request::GraphQlPost { query, operation_name, variables } = post;
    Operation { query, operation_name, variables }
}

/// The body did not end within the limit, or broke off.
fn too_large() -> request::Refusal {
    let message = format!("the body is larger than {} bytes, or broke off", request::MAX_BODY_BYTES);
    request::Refusal { status: StatusCode::PAYLOAD_TOO_LARGE, code: "LIMIT_EXCEEDED", message }
}

async fn run(
    app: &App,
    headers: &HeaderMap,
    post: request::GraphQlPost,
    request_id: Uuid,
) -> Result<Answer, Error> {
    let claims = app.authenticate(bearer(headers)).await?;
    match open(app, &claims, operation(post), request_id).await? {
        Opened::Single(response) => Ok(Answer::of_response(response)),
        Opened::Stream(_) => {
            let how = "is for live streams: ask with `accept: text/event-stream`, or over a WebSocket";
            Err(Error::invalid("subscription", how))
        }
    }
}

/// The bearer token, if there is one.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}
