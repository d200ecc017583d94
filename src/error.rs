//! One error for all operations, free of HTTP and GraphQL: what went wrong, its code, and what the client may see.
//! The public words never carry a cause: the chain goes to the log, once, at the boundary.

use sea_orm::DbErr;

/// What can go wrong in an operation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No valid token.
    #[error("authentication is required: {0}")]
    Unauthenticated(&'static str),
    /// A right is missing, on something that the caller may read.
    #[error("not allowed to {action}: {missing}")]
    Forbidden {
        /// The operation of the policy.
        action: &'static str,
        /// What would have to be held.
        missing: &'static str,
    },
    /// Absent, or not the caller's: the two are one answer.
    #[error("no such {kind}")]
    NotFound {
        /// What was looked for.
        kind: &'static str,
    },
    /// An argument that cannot be used.
    #[error("{field}: {reason}")]
    Invalid {
        /// The argument or setting.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The state of the object does not allow it.
    #[error("{reason}")]
    Conflict {
        /// Why not.
        reason: String,
    },
    /// A limit of the service.
    #[error("{limit}")]
    LimitExceeded {
        /// Which limit and its figure.
        limit: String,
    },
    /// Not now; the client may try again.
    #[error("{reason}")]
    Unavailable {
        /// Why not.
        reason: &'static str,
    },
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] DbErr),
    /// Anything else that is our fault.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// `extensions.code` of the answer.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Unauthenticated(_) => "UNAUTHENTICATED",
            Error::Forbidden { .. } => "FORBIDDEN",
            Error::NotFound { .. } => "NOT_FOUND",
            Error::Invalid { .. } => "BAD_USER_INPUT",
            Error::Conflict { .. } => "CONFLICT",
            Error::LimitExceeded { .. } => "LIMIT_EXCEEDED",
            Error::Unavailable { .. } => "UNAVAILABLE",
            Error::Database(_) if self.has_no_connection() => "UNAVAILABLE",
            Error::Database(_) | Error::Internal(_) => "INTERNAL",
        }
    }

    /// What the client reads; a fault of ours is named by the request id alone.
    pub fn public_words(&self) -> String {
        match self {
            Error::Database(_) if self.has_no_connection() => {
                "the database does not answer in time; try again".into()
            }
            Error::Database(_) | Error::Internal(_) => "internal error; quote the request id".into(),
            other => other.to_string(),
        }
    }

    /// Whether no connection to the database was to be had in time: the statement never began, so the same may be sent
    /// again.
    pub fn has_no_connection(&self) -> bool {
        matches!(self, Error::Database(DbErr::ConnectionAcquire(_)))
    }

    /// An argument that cannot be used.
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Error::Invalid { field: field.into(), reason: reason.into() }
    }

    /// A fault of ours.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        Error::Internal(what.to_string())
    }
}

/// Result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::{ConnAcquireErr, RuntimeErr};

    #[test]
    fn a_connection_that_cannot_be_had_is_told_as_not_now_and_any_other_failure_as_ours() {
        let refused = || RuntimeErr::Internal("connection refused by db.internal".into());
        for away in [
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
            DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        ] {
            let error = Error::from(away);
            assert_eq!(
                (error.code(), error.public_words().as_str()),
                ("UNAVAILABLE", "the database does not answer in time; try again")
            );
        }
        for ours in [DbErr::Conn(refused()), DbErr::Exec(refused()), DbErr::Query(refused())] {
            let error = Error::from(ours);
            assert_eq!(
                (error.code(), error.public_words().as_str()),
                ("INTERNAL", "internal error; quote the request id")
            );
        }
    }
}
