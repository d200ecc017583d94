//! The vocabulary of mutations: what a payload says of an input that nothing came of.

use crate::writes;
use async_graphql::{Enum, SimpleObject};

/// Why nothing was done: an outcome that a caller has to expect.
#[derive(Clone, Debug, PartialEq, SimpleObject)]
pub struct UserError {
    /// The input field that it is about; null where it is about none in particular.
    pub field: Option<String>,
    /// What kind of outcome it is.
    pub code: UserErrorCode,
    /// What was wrong, and what would be right.
    pub message: String,
}

/// What kind of outcome a user error is.
///
/// May grow: treat values that you do not know as INVALID.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserErrorCode {
    /// A value that cannot be used; the message says what would be right.
    Invalid,
    /// There is no such object, or none that you may know of.
    NotFound,
    /// You may read it, and not do this.
    Forbidden,
    /// It was changed since the version that you saw; the payload shows it as it is now.
    Conflict,
    /// Its state does not allow this.
    WrongState,
    /// The idempotency key was used for another input of this operation.
    IdempotencyMismatch,
    /// Your organisation is not entitled to the way that was chosen.
    Ineligible,
    /// An active incident matches: link it, or say why this is something else.
    HealthFirst,
    /// More than there may be; the message gives the figure.
    LimitExceeded,
}

impl From<writes::UserErrorCode> for UserErrorCode {
    fn from(code: writes::UserErrorCode) -> Self {
        match code {
            writes::UserErrorCode::Invalid => UserErrorCode::Invalid,
            writes::UserErrorCode::NotFound => UserErrorCode::NotFound,
            writes::UserErrorCode::Forbidden => UserErrorCode::Forbidden,
            writes::UserErrorCode::Conflict => UserErrorCode::Conflict,
            writes::UserErrorCode::WrongState => UserErrorCode::WrongState,
            writes::UserErrorCode::IdempotencyMismatch => UserErrorCode::IdempotencyMismatch,
            writes::UserErrorCode::Ineligible => UserErrorCode::Ineligible,
            writes::UserErrorCode::HealthFirst => UserErrorCode::HealthFirst,
            writes::UserErrorCode::LimitExceeded => UserErrorCode::LimitExceeded,
        }
    }
}

impl From<writes::UserError> for UserError {
    fn from(error: writes::UserError) -> Self {
        let writes::UserError { field, code, message } = error;
        UserError { field: field.map(str::to_owned), code: code.into(), message }
    }
}

/// The user errors of a payload.
pub fn user_errors(errors: Vec<writes::UserError>) -> Vec<UserError> {
    errors.into_iter().map(UserError::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::{InputType, Value};

    #[test]
    fn the_graph_and_the_records_call_an_outcome_the_same() {
        use writes::UserErrorCode::*;
        let all = [
            Invalid,
            NotFound,
            Forbidden,
            Conflict,
            WrongState,
            IdempotencyMismatch,
            Ineligible,
            HealthFirst,
            LimitExceeded,
        ];
        for code in all {
            assert_eq!(
                UserErrorCode::from(code).to_value(),
                Value::Enum(async_graphql::Name::new(code.code()))
            );
        }
    }

    #[test]
    fn a_user_error_keeps_its_field_and_words() {
        let errors = vec![
            writes::UserError::new("title", writes::UserErrorCode::Invalid, "is empty"),
            writes::UserError::new(None, writes::UserErrorCode::Conflict, "was changed"),
        ];
        let [first, second]: [UserError; 2] = user_errors(errors).try_into().unwrap();
        assert_eq!((first.field.as_deref(), first.message.as_str()), (Some("title"), "is empty"));
        assert_eq!((second.field, second.code), (None, UserErrorCode::Conflict));
    }
}
