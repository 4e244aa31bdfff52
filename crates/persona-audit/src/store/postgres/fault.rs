//! What PostgreSQL's errors mean for the log. Their texts hold names and addresses, never a password: the
//! server is not told it, and the client's own errors do not quote the address.

use std::error::Error as _;

use deadpool_postgres::{HookError, PoolError, TimeoutType};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::store::StoreError;

/// Why a statement did not do what it should.
#[derive(Debug)]
pub(super) enum Fault {
    /// The tables are not there.
    NoTables(String),
    /// Somebody else held a lock for too long.
    Locked,
    /// Somebody else has just made the log.
    Appeared,
    /// The connection is gone, or leads to a server that writes nothing: another one may do.
    Cut(String),
    /// The server refused, for a reason that somebody has to remove.
    Refused(String),
    /// What is stored is not what was laid out.
    Unreadable(String),
}

impl Fault {
    /// Says it of the log at `place`.
    pub(super) fn at(self, place: &str) -> StoreError {
        let place = place.to_owned();
        match self {
            Self::NoTables(reason) | Self::Unreadable(reason) => {
                StoreError::Unreadable { place, reason }
            }
            Self::Locked | Self::Appeared => StoreError::Locked { place },
            Self::Cut(reason) | Self::Refused(reason) => StoreError::Unusable { place, reason },
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let Some(refusal) = error.as_db_error() else {
            // What could not be turned into a value is no cut connection.
            let reason = chain(&error);
            let is_local = reason.contains("deserializing") || reason.contains("serializing");
            return if is_local { Self::Unreadable(reason) } else { Self::Cut(reason) };
        };
        let code = refusal.code();
        let message = refusal.message().to_owned();
        if *code == SqlState::LOCK_NOT_AVAILABLE
            || *code == SqlState::T_R_DEADLOCK_DETECTED
            || *code == SqlState::T_R_SERIALIZATION_FAILURE
        {
            return Self::Locked;
        }
        if *code == SqlState::UNDEFINED_TABLE || *code == SqlState::INVALID_SCHEMA_NAME {
            return Self::NoTables(message);
        }
        if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
            return Self::Cut(format!("the server takes no writes, as a standby does: {message}"));
        }
        match code.code().get(..2) {
            // Connection exceptions, and an administrator's shutdown.
            Some("08") => Self::Cut(message),
            Some("57") if *code != SqlState::QUERY_CANCELED => Self::Cut(message),
            Some("25") if *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => {
                Self::Cut(message)
            }
            Some("57") => Self::Refused(format!("the server took too long: {message}")),
            Some("28" | "3D" | "53" | "42" | "58" | "0A")
                if *code != SqlState::UNDEFINED_COLUMN
                    && *code != SqlState::DATATYPE_MISMATCH
                    && *code != SqlState::UNDEFINED_FUNCTION =>
            {
                Self::Refused(message)
            }
            _ => Self::Unreadable(message),
        }
    }
}

impl From<PoolError> for Fault {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                let fault = Self::from(error);
                if let Self::Cut(reason) = fault {
                    return Self::Cut(format!("no connection: {reason}"));
                }
                fault
            }
            PoolError::Timeout(TimeoutType::Wait) => {
                Self::Refused("every connection of this process is in use".to_owned())
            }
            PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle) => {
                Self::Cut("no connection: the server does not answer".to_owned())
            }
            PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
                Self::Refused("there are no connections any more".to_owned())
            }
        }
    }
}

/// The error and what caused it, on one line.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}
