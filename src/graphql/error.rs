//! The one place where an operation's error becomes a GraphQL error. The cause travels along for the log, unseen.

use crate::error::Error;
use async_graphql::ErrorExtensionValues;
use std::sync::Arc;

/// An error on its way to the client; cheap to clone, as a denied field must be.
#[derive(Clone, Debug)]
pub struct Denied(pub Arc<Error>);

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        Denied(Arc::new(error))
    }
}

impl From<Arc<Error>> for Denied {
    fn from(error: Arc<Error>) -> Self {
        Denied(error)
    }
}

impl From<Denied> for async_graphql::Error {
    fn from(denied: Denied) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", denied.0.code());
        if let Error::Invalid { field, .. } = &*denied.0 {
            extensions.set("field", field.as_str());
        }
        if let Error::Forbidden { action, missing } = &*denied.0 {
            extensions.set("action", *action);
            extensions.set("missing", *missing);
        }
        async_graphql::Error {
            message: denied.0.public_words(),
            source: Some(denied.0),
            extensions: Some(extensions),
        }
    }
}

/// Result of a resolver.
pub type Result<T> = std::result::Result<T, Denied>;

/// A field that is null with an error where it is denied, and leaves its siblings alone.
pub type Field<T> = Option<Result<T>>;

/// The value, or null with the error at the field's path.
pub fn field<T>(result: Result<Option<T>>) -> Field<T> {
    match result {
        Ok(value) => value.map(Ok),
        Err(denied) => Some(Err(denied)),
    }
}
