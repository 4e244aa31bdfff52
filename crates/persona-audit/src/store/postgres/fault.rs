//! What PostgreSQL's errors mean for the log. Their texts hold names and addresses, never a password: the
//! server is not told it, and the client's own errors do not quote the address.

use std::error::Error as _;
use std::io;

use deadpool_postgres::{HookError, PoolError, TimeoutType};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::store::{Obstacle, StoreError};

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
    /// The same, where it is known what has to be seen to.
    Denied(Obstacle, String),
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
            Self::Cut(reason) => {
                StoreError::Database { place, reason, obstacle: Obstacle::Unanswered }
            }
            Self::Refused(reason) => {
                StoreError::Database { place, reason, obstacle: Obstacle::Server }
            }
            Self::Denied(obstacle, reason) => StoreError::Database { place, reason, obstacle },
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let Some(refusal) = error.as_db_error() else {
            // What could not be turned into a value is no cut connection.
            let reason = chain(&error);
            return Self::of_client(reason);
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
            Some("28") => Self::Denied(Obstacle::Login, message),
            Some("3D") => Self::Denied(Obstacle::NoDatabase, message),
            Some("42") if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                Self::Denied(Obstacle::Rights, message)
            }
            Some("53" | "42" | "58" | "0A")
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

impl Fault {
    /// What went wrong without a word of the server. What could not be turned into a value is no cut
    /// connection, and neither is a server that was reached and cannot be spoken to.
    fn of_client(reason: String) -> Self {
        let says = |word: &str| reason.contains(word);
        if says("deserializing") || says("serializing") {
            return Self::Unreadable(reason);
        }
        if says("password missing") {
            return Self::Denied(Obstacle::NoPassword, reason);
        }
        if says("does not support TLS") || says("certificate") {
            return Self::Denied(Obstacle::Encryption, reason);
        }
        Self::Cut(reason)
    }
}

/// Whether nobody answered in time: asking again takes as long again.
pub(super) fn is_silence(error: &PoolError) -> bool {
    match error {
        PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle) => true,
        PoolError::Backend(error) => error
            .source()
            .and_then(|cause| cause.downcast_ref::<io::Error>())
            .is_some_and(|cause| cause.kind() == io::ErrorKind::TimedOut),
        PoolError::Timeout(TimeoutType::Wait)
        | PoolError::Closed
        | PoolError::NoRuntimeSpecified
        | PoolError::PostCreateHook(_) => false,
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
