//! Scalars beyond the library's: durations keep their text, since P1M and P1Y are no fixed length of time.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, Utc};
use entity::Timestamp;

/// A duration in ISO 8601, such as P1M, P1Y, P730D or PT4H.
pub struct Duration(pub String);

/// A duration in ISO 8601, such as P1M, P1Y, P730D or PT4H.
#[Scalar]
impl ScalarType for Duration {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if text.starts_with('P') && text.len() <= 64 => Ok(Duration(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// As the graph shows it; "no end" is null.
pub fn date_time(at: Timestamp) -> Option<DateTime<Utc>> {
    at.known().and_then(|at| DateTime::from_timestamp_micros(at.0))
}
