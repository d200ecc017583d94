//! What an HTTP POST must look like to be taken for a GraphQL request, which media type answers it, and with which
//! status. The rules are those of the GraphQL-over-HTTP specification (graphql/graphql-over-http), narrowed.
//!
//! - Nothing is accepted that a browser sends across sites without asking first: only `application/json` passes.
//! - One request is one operation: no batches, no uploads, no persisted queries.
//! - Nothing here keeps state, scans or runs a document, or knows who asks.

use async_graphql::Variables;
use axum::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

/// Bytes that the body of a request may have.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// A well-formed request. Neither its document nor its variables have been looked into.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphQlPost {
    /// The document; not empty.
    pub query: String,
    /// The operation to run where the document has several.
    pub operation_name: Option<String>,
    /// Values for the operation's variables.
    pub variables: Variables,
}

/// Why a request is not taken for a GraphQL request, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The status of the response.
    pub status: StatusCode,
    /// The value of `extensions.code`.
    pub code: &'static str,
    /// The message.
    pub message: String,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let message = message.into();
        let code = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "LIMIT_EXCEEDED",
            _ => "BAD_USER_INPUT",
        };
        Self { status, code, message }
    }
}

/// The members of a request that mean something; others are reserved by the specification and ignored. A member that
/// comes twice is an error of serde's.
#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Members {
    query: Value,
    operation_name: Value,
    variables: Value,
    extensions: Value,
}

/// Reads a POST.
///
/// # Errors
///
/// 415 unless the body is uncompressed `application/json` in UTF-8, 413 above `MAX_BODY_BYTES`, else 400.
pub fn read_post(headers: &HeaderMap, body: &[u8]) -> Result<GraphQlPost, Refusal> {
    check_content(headers)?;
    if body.len() > MAX_BODY_BYTES {
        let message = format!("the body has more than {MAX_BODY_BYTES} bytes; send a smaller request");
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    let malformed = |message: &str| Err(Refusal::new(StatusCode::BAD_REQUEST, message));
    let Ok(text) = std::str::from_utf8(body) else {
        return malformed("the body is not UTF-8; encode it so");
    };
    // Serde would fill the members from an array, too.
    match text.trim_start().chars().next() {
        Some('{') => {}
        Some('[') => return malformed("batches are not supported; send one operation per request"),
        _ => return malformed("the body must be a JSON object with a member `query`"),
    }
    let members: Members = match serde_json::from_str(text) {
        Ok(members) => members,
        Err(error) => return malformed(&format!("the body cannot be read: {error}")),
    };
    match &members.extensions {
        Value::Object(extensions) if extensions.contains_key("persistedQuery") => {
            return malformed("persisted queries are not supported; send the document as `query`");
        }
        Value::Null | Value::Object(_) => {}
        _ => return malformed("`extensions` must be an object or null"),
    }
    let query = match members.query {
        Value::String(query) if !query.trim().is_empty() => query,
        _ => return malformed("`query` must be a string that holds a GraphQL document"),
    };
    let operation_name = match members.operation_name {
        Value::Null => None,
        Value::String(name) => Some(name).filter(|name| !name.is_empty()),
        _ => return malformed("`operationName` must be a string or null"),
    };
    let variables = match members.variables {
        Value::Null => Variables::default(),
        object @ Value::Object(_) => Variables::from_json(object),
        _ => return malformed("`variables` must be an object or null"),
    };
    Ok(GraphQlPost { query, operation_name, variables })
}

fn check_content(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let json = types.next().and_then(|value| value.to_str().ok()).is_some_and(is_json_in_utf8);
    if !json || types.next().is_some() {
        let message = "send the request with `content-type: application/json`, in UTF-8";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    if headers.get_all(CONTENT_ENCODING).iter().any(|value| value != "identity") {
        let message = "send the body uncompressed, without `content-encoding`";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    Ok(())
}

fn is_json_in_utf8(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| {
        let charset = parameter.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("charset"));
        charset.is_some_and(|(_, value)| value.trim_matches('"').eq_ignore_ascii_case("utf-8"))
    })
}

/// The media type of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: its status says how the request went.
    GraphQlResponse,
    /// `application/json`: 200 for every well-formed request, since an intermediary could have sent another status.
    Json,
}

impl MediaType {
    /// The value of the response's `content-type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::GraphQlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// The media type that the client prefers: of equal ones `application/graphql-response+json`, but `application/json`
/// for wildcards and without a header, which is what older clients send.
///
/// # Errors
///
/// 406 if the client accepts neither.
pub fn response_media_type(headers: &HeaderMap) -> Result<MediaType, Refusal> {
    let values: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let accept = values.join(",");
    if accept.trim().is_empty() {
        return Ok(MediaType::Json);
    }
    let quality = |range| quality(&accept, range);
    let graphql = quality("application/graphql-response+json").unwrap_or(0.0);
    let json = quality("application/json").or(quality("application/*")).or(quality("*/*")).unwrap_or(0.0);
    if graphql > 0.0 && graphql >= json {
        Ok(MediaType::GraphQlResponse)
    } else if json > 0.0 {
        Ok(MediaType::Json)
    } else {
        let message = "accept `application/graphql-response+json` or `application/json`";
        Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, message))
    }
}

/// Whether the client asks for server-sent events: it lists them, and prefers nothing else to them.
pub fn wants_events(headers: &HeaderMap) -> bool {
    let values: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let accept = values.join(",");
    let of = |range| quality(&accept, range).unwrap_or(0.0);
    let events = of("text/event-stream");
    events > 0.0 && events >= of("application/json").max(of("application/graphql-response+json"))
}

/// The quality that an `accept` header gives to a media range, 0 if it cannot be read, nothing if it is not listed.
fn quality(accept: &str, range: &str) -> Option<f32> {
    accept.split(',').find_map(|listed| {
        let mut parts = listed.split(';').map(str::trim);
        parts.next().filter(|essence| essence.eq_ignore_ascii_case(range))?;
        let value = parts.find_map(|parameter| parameter.strip_prefix("q="));
        let quality = value.map_or(Ok(1.0), str::parse::<f32>);
        Some(quality.ok().filter(|quality| (0.0..=1.0).contains(quality)).unwrap_or(0.0))
    })
}

/// How a well-formed request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was executed: the response has a `data` entry, null or not, whatever errors there are beside it.
    Executed,
    /// It never ran: the scan, the parser, the validation or the choice of the operation refused it.
    Rejected,
    /// Its sender is not known.
    Unauthenticated,
}

/// The status of a response to a well-formed request (specification, section "Status Codes").
pub fn status_for(media_type: MediaType, outcome: Outcome) -> StatusCode {
    match (outcome, media_type) {
        (Outcome::Unauthenticated, _) => StatusCode::UNAUTHORIZED,
        (Outcome::Rejected, MediaType::GraphQlResponse) => StatusCode::BAD_REQUEST,
        (Outcome::Rejected, MediaType::Json) | (Outcome::Executed, _) => StatusCode::OK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use serde_json::json;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for &(name, value) in pairs {
            map.append(name, HeaderValue::from_static(value));
        }
        map
    }

    fn read(body: &str) -> Result<GraphQlPost, Refusal> {
        read_post(&headers(&[("content-type", "application/json")]), body.as_bytes())
    }

    fn malformed(body: &str, words: &str) {
        let refusal = read(body).unwrap_err();
        assert_eq!((refusal.status.as_u16(), refusal.code), (400, "BAD_USER_INPUT"), "{body}");
        assert!(refusal.message.contains(words), "{body}: {refusal}");
    }

    #[test]
    fn a_whole_request_is_read() {
        let query = "query Q($a:Int){b}";
        let members = r#""operationName":"Q","variables":{"a":1},"extensions":{},"other":[1],"other":2"#;
        let post = read(&format!(" {{\"query\":\"{query}\",{members}}} ")).unwrap();
        assert_eq!(post.query, query);
        assert_eq!(post.operation_name.as_deref(), Some("Q"));
        assert_eq!(post.variables, Variables::from_json(json!({ "a": 1 })));
    }

    #[test]
    fn null_and_absent_members_are_the_same() {
        let absent = read(r#"{"query":"{a}"}"#).unwrap();
        assert_eq!(absent.operation_name, None);
        let null = r#"{"query":"{a}","operationName":null,"variables":null,"extensions":null}"#;
        assert_eq!(read(null).unwrap(), absent);
        assert_eq!(read(r#"{"query":"{a}","operationName":""}"#).unwrap(), absent);
    }

    #[test]
    fn only_json_in_utf8_is_taken() {
        let status = |pairs: &[(&'static str, &'static str)]| {
            read_post(&headers(pairs), br#"{"query":"{a}"}"#).map_err(|refusal| refusal.status.as_u16())
        };
        for accepted in
            ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
        {
            assert!(status(&[("content-type", accepted)]).is_ok(), "{accepted}");
        }
        for refused in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/graphql-response+json",
            "application/graphql",
            "application/json; charset=latin1",
            "application/json; charset=utf-16",
            "application/json; boundary=x",
            "application/jsonx",
            "text/plain; application/json",
            "",
        ] {
            assert_eq!(status(&[("content-type", refused)]), Err(415), "{refused}");
        }
        assert_eq!(status(&[]), Err(415));
        assert_eq!(status(&[("content-type", "application/json"), ("content-type", "text/plain")]), Err(415));
        assert_eq!(status(&[("content-type", "application/json"), ("content-encoding", "gzip")]), Err(415));
    }

    #[test]
    fn a_body_is_bounded() {
        let head = r#"{"query":"{a}"}"#;
        let body = |bytes: usize| format!("{head}{}", " ".repeat(bytes - head.len()));
        assert!(read(&body(MAX_BODY_BYTES)).is_ok());
        let refusal = read(&body(MAX_BODY_BYTES + 1)).unwrap_err();
        assert_eq!((refusal.status.as_u16(), refusal.code), (413, "LIMIT_EXCEEDED"));
    }

    #[test]
    fn a_body_that_is_no_single_request_is_refused_with_the_reason() {
        malformed(r#" [{"query":"{a}"}]"#, "one operation per request");
        malformed(r#"["{a}",null,null,null]"#, "one operation per request");
        malformed("", "JSON object");
        malformed("\"{a}\"", "JSON object");
        malformed(r#"{"query":"{a}""#, "cannot be read");
        malformed(r#"{"query":"{a}"} {}"#, "cannot be read");
        malformed(r#"{"query":"{a}","query":"{b}"}"#, "duplicate field `query`");
        malformed(r#"{"query":"{a}","variables":{},"variables":{}}"#, "duplicate field `variables`");
        let refusal = read_post(&headers(&[("content-type", "application/json")]), b"{\"query\":\"\xff\"}")
            .unwrap_err();
        assert!(refusal.message.contains("UTF-8"));
    }

    #[test]
    fn members_of_another_type_are_refused() {
        for query in ["{}", r#"{"qeury":"{a}"}"#, r#"{"query":null}"#, r#"{"query":7}"#, r#"{"query":" \n"}"#]
        {
            malformed(query, "`query`");
        }
        malformed(r#"{"query":"{a}","operationName":7}"#, "`operationName`");
        malformed(r#"{"query":"{a}","variables":[7]}"#, "`variables`");
        malformed(r#"{"query":"{a}","variables":"{}"}"#, "`variables`");
        malformed(r#"{"query":"{a}","extensions":7}"#, "`extensions`");
    }

    #[test]
    fn persisted_queries_are_refused_with_and_without_a_document() {
        let extension = r#""extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}"#;
        malformed(&format!("{{{extension}}}"), "persisted queries are not supported");
        malformed(&format!(r#"{{"query":"{{a}}",{extension}}}"#), "persisted queries are not supported");
    }

    #[test]
    fn the_response_has_the_media_type_that_the_client_prefers() {
        let choose = |accept| response_media_type(&headers(&[("accept", accept)]));
        for graphql in [
            "application/graphql-response+json",
            "application/json, application/graphql-response+json; charset=utf-8",
            "*/*, application/graphql-response+json",
            "application/graphql-response+json;q=0.9, application/json;q=0.8",
        ] {
            assert_eq!(choose(graphql), Ok(MediaType::GraphQlResponse), "{graphql}");
        }
        for json in [
            "",
            "*/*",
            "application/*",
            "application/json; charset=utf-8",
            "text/html, */*;q=0.1",
            "application/graphql-response+json;q=0.5, application/json",
            "application/graphql-response+json;q=0, */*",
            "application/graphql-response+json;q=x, */*",
        ] {
            assert_eq!(choose(json), Ok(MediaType::Json), "{json}");
        }
        for neither in ["text/html", "text/event-stream", "application/json;q=0, */*"] {
            assert_eq!(choose(neither).map_err(|refusal| refusal.status.as_u16()), Err(406), "{neither}");
        }
        assert_eq!(response_media_type(&HeaderMap::new()), Ok(MediaType::Json));
        let two = headers(&[("accept", "text/html"), ("accept", "application/graphql-response+json")]);
        assert_eq!(response_media_type(&two), Ok(MediaType::GraphQlResponse));
    }

    #[test]
    fn the_status_follows_the_media_type() {
        use MediaType::{GraphQlResponse, Json};
        for (media_type, outcome, status) in [
            (Json, Outcome::Executed, 200),
            (Json, Outcome::Rejected, 200),
            (Json, Outcome::Unauthenticated, 401),
            (GraphQlResponse, Outcome::Executed, 200),
            (GraphQlResponse, Outcome::Rejected, 400),
            (GraphQlResponse, Outcome::Unauthenticated, 401),
        ] {
            assert_eq!(status_for(media_type, outcome).as_u16(), status, "{media_type:?} {outcome:?}");
        }
        assert!(GraphQlResponse.content_type().starts_with("application/graphql-response+json"));
        assert!(Json.content_type().starts_with("application/json"));
    }
}
