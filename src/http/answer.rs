//! From a response to HTTP: every error carries a code and the request's id; faults of ours are logged here, once,
//! with their chain, and told to the client by the id alone. That the database has no connection to give is no fault:
//! it is one warning a response, however many fields it took.

use super::request::{MediaType, Outcome, Refusal, status_for};
use crate::error::Error;
use crate::graphql::error::Denied;
use crate::graphql::scan::ScanError;
use crate::live;
use crate::schema::{MAX_COMPLEXITY, MAX_DEPTH};
use async_graphql::{ErrorExtensionValues, Response as GraphQl, ServerError};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

/// Most errors that an answer lists.
const MAX_ERRORS: usize = 50;
/// After how many seconds a client that came at a bad time may try again.
const RETRY_AFTER_SECS: &str = "5";

/// What is to be answered.
pub struct Answer {
    response: GraphQl,
    /// Whether the request was executed, as against refused before.
    was_executed: bool,
}

impl Answer {
    /// An operation that could not begin.
    pub fn of_error(error: Error) -> Self {
        Answer { response: error_response(error), was_executed: false }
    }

    /// A document that the scan refused.
    pub fn of_scan(error: &ScanError) -> Self {
        Answer { response: live::refused(error), was_executed: false }
    }

    /// What the schema answered. Without a path nothing was executed: the document did not parse or validate.
    pub fn of_response(response: GraphQl) -> Self {
        let was_executed =
            response.errors.is_empty() || response.errors.iter().any(|error| !error.path.is_empty());
        Answer { response, was_executed }
    }

    /// As HTTP.
    pub fn into_response(mut self, media: MediaType, request_id: Uuid) -> Response {
        finish(&mut self.response, request_id);
        let is_unauthenticated = self.response.errors.iter().any(|e| code(e) == Some("UNAUTHENTICATED"));
        let outcome = match (is_unauthenticated, self.was_executed) {
            (true, _) => Outcome::Unauthenticated,
            (false, true) => Outcome::Executed,
            (false, false) => Outcome::Rejected,
        };
        // What kept anything from running is no verdict on the request: clients may try again.
        let is_due_to =
            |it: &str| !self.was_executed && self.response.errors.iter().any(|error| code(error) == Some(it));
        let status = match (is_due_to("INTERNAL"), is_due_to("UNAVAILABLE")) {
            (true, _) => StatusCode::INTERNAL_SERVER_ERROR,
            (false, true) => StatusCode::SERVICE_UNAVAILABLE,
            (false, false) => status_for(media, outcome),
        };
        json(status, media, request_id, serde_json::to_vec(&self.response))
    }
}

/// A response of an error alone.
pub fn error_response(error: Error) -> GraphQl {
    let error = async_graphql::Error::from(Denied::from(error)).into_server_error(Default::default());
    GraphQl::from_errors(vec![error])
}

/// Makes a response ready to be written: logs its faults, gives each error its code and the request's id, and keeps no
/// more errors than an answer lists.
pub fn finish(response: &mut GraphQl, request_id: Uuid) {
    let total = response.errors.len();
    warn_of_no_connection(&response.errors, request_id);
    response.errors.truncate(MAX_ERRORS);
    for error in &mut response.errors {
        log(error, request_id);
        name_library_limits(error);
        if error.extensions.as_ref().is_none_or(|e| e.get("code").is_none()) {
            set_code(error, "BAD_USER_INPUT");
        }
        error.extensions.get_or_insert_default().set("requestId", request_id.to_string());
    }
    if total > MAX_ERRORS {
        tracing::info!(request.id = %request_id, errors = total, "more errors than an answer lists");
    }
}

fn code(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        async_graphql::Value::String(code) => Some(code),
        _ => None,
    }
}

fn set_code(error: &mut ServerError, code: &str) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code);
}

/// The library says that a limit was exceeded, but not by which figure.
fn name_library_limits(error: &mut ServerError) {
    let limit = match error.message.as_str() {
        "Query is too complex." => format!(
            "the query would cost more than {MAX_COMPLEXITY}: ask for smaller pages, or for less of each row"
        ),
        "Query is nested too deep." => format!("the query nests fields deeper than {MAX_DEPTH}"),
        _ => return,
    };
    error.message = limit;
    set_code(error, "LIMIT_EXCEEDED");
}

fn warn_of_no_connection(errors: &[ServerError], request_id: Uuid) {
    let mut causes = errors.iter().filter_map(|error| error.source::<Error>());
    if let Some(cause) = causes.find(|cause| cause.has_no_connection()) {
        tracing::warn!(request.id = %request_id, error = cause as &dyn std::error::Error, "the database does not answer in time");
    }
}

fn log(error: &ServerError, request_id: Uuid) {
    let Some(cause) = error.source::<Error>() else {
        return;
    };
    let path: Vec<String> = error.path.iter().map(|segment| format!("{segment:?}")).collect();
    match cause {
        // Told once, for the whole response.
        Error::Database(_) if cause.has_no_connection() => {}
        Error::Database(_) | Error::Internal(_) => {
            tracing::error!(request.id = %request_id, path = path.join("."), error = cause as &dyn std::error::Error, "request failed");
        }
        Error::Forbidden { .. } | Error::Conflict { .. } | Error::LimitExceeded { .. } => {
            tracing::info!(request.id = %request_id, code = cause.code(), "request denied");
        }
        _ => tracing::debug!(request.id = %request_id, code = cause.code(), "request refused"),
    }
}

/// A request that did not come as it must.
pub fn refused(refusal: &Refusal, media: MediaType, request_id: Uuid) -> Response {
    let mut error = ServerError::new(refusal.message.clone(), None);
    set_code(&mut error, refusal.code);
    error.extensions.get_or_insert_default().set("requestId", request_id.to_string());
    json(refusal.status, media, request_id, serde_json::to_vec(&GraphQl::from_errors(vec![error])))
}

fn json(
    status: StatusCode,
    media: MediaType,
    request_id: Uuid,
    body: serde_json::Result<Vec<u8>>,
) -> Response {
    let Ok(body) = body else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        headers.insert("x-request-id", id);
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECS));
    }
    response
}
