//! The live transports: GraphQL over WebSocket (`ws`) and over server-sent events (`sse`). What an operation is, who
//! may open it and when its stream ends is decided in `crate::live`; here are only the two ways to say it.
//!
//! - Nothing here reads the database, decides about access or looks into a document.
//! - Each operation has a request id of its own, and every response passes `answer::finish` before it is written.
//! - An operation that never ran is told as errors alone, without `data`.

pub mod sse;
pub mod ws;
mod ws_message;
mod ws_operation;
mod ws_writer;

use super::answer;
use crate::error::Error;
use async_graphql::{Response as GraphQl, Value};
use uuid::Uuid;

/// The error as a response that is ready to be written.
fn failure(error: Error, request_id: Uuid) -> GraphQl {
    let mut response = answer::error_response(error);
    answer::finish(&mut response, request_id);
    response
}

/// Whether the operation was refused before any of it ran: what ran has data, or an error with a path.
fn was_refused(response: &GraphQl) -> bool {
    matches!(response.data, Value::Null)
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::{PathSegment, ServerError, value};

    #[test]
    fn an_operation_that_ran_is_not_taken_for_a_refused_one() {
        let unparsed = ServerError::new("unexpected }", None);
        let failed = unparsed.clone().with_path(vec![PathSegment::Field("viewer".into())]);
        assert!(was_refused(&GraphQl::from_errors(vec![unparsed.clone()])));
        assert!(!was_refused(&GraphQl::from_errors(vec![failed.clone()])));
        assert!(!was_refused(&GraphQl::from_errors(vec![unparsed.clone(), failed])));
        assert!(!was_refused(&GraphQl::new(Value::Null)));
        let mut partial = GraphQl::new(value!({ "viewer": null }));
        partial.errors.push(unparsed);
        assert!(!was_refused(&partial));
    }
}
