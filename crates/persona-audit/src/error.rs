//! Why the audit trail did not do what it was asked.

use std::io;
use std::path::PathBuf;

use crate::ambient::EntropyError;
use crate::event::EventError;
use crate::finding::Finding;
use crate::id::{AuditId, Origin};
use crate::key::KeyId;
use crate::keyfolder::KeyError;
use crate::state::StateError;
use crate::store::StoreError;

/// Why the audit trail did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The state folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// A run's liveness lock cannot be taken.
    #[error("the run's lock in `{folder}` cannot be taken")]
    RunLock {
        /// The folder with the locks.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The log is not as it was left: nothing is added to it.
    #[error("the audit log is not as it was left: {}", .0.detail)]
    Contradiction(Box<Finding>),
    /// Nothing outside the log says that its keys are to be trusted: nothing is added to it.
    #[error("the audit log's keys are neither pinned nor this machine's")]
    Untrusted,
    /// The log admits this machine's keys, and somebody else pinned it: nothing is added to it.
    #[error("the pin of the audit log was not written with this machine's key")]
    PinNotOwn,
    /// An event could not be put into canonical form, or a stored one does not read.
    #[error("an event has no canonical form")]
    Event(#[from] EventError),
    /// The system has no randomness to give.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// No record has this id.
    #[error("no record has the id `{}`", shortened(id))]
    UnknownId {
        /// What was asked for.
        id: String,
    },
    /// A run that was to be added is in the log already, or was given twice.
    #[error("the run `{id}` is on record already")]
    OnRecord {
        /// The run.
        id: AuditId,
    },
    /// Several records have ids that begin so.
    #[error("`{}` begins the ids of {count} records", shortened(prefix))]
    AmbiguousId {
        /// What was asked for.
        prefix: String,
        /// How many.
        count: usize,
    },
    /// What was to be printed is not what was sealed.
    #[error("the record `{audit_id}` is not as it was sealed: {}", .finding.detail)]
    NotAsSealed {
        /// The record.
        audit_id: String,
        /// What is wrong.
        finding: Box<Finding>,
    },
    /// The log was moved to another place.
    #[error("the audit log was moved from `{place}` to `{to}`")]
    Moved {
        /// Where it was.
        place: String,
        /// Where it is.
        to: String,
    },
    /// The log was moved, and what lies at the old place kept its name there.
    #[error(
        "the audit log was moved from `{from}` to `{to}`, but what lies at the old place could not be set aside"
    )]
    NotRetired {
        /// Where it was.
        from: String,
        /// Where it is.
        to: String,
        /// What kept it from being renamed.
        source: StoreError,
    },
    /// The log is being moved to this place, and is not there yet.
    #[error("the move of the audit log from `{from}` to `{place}` is not finished")]
    Arriving {
        /// Where it will be.
        place: String,
        /// Where it is.
        from: String,
    },
    /// The log cannot be moved while runs have no end in it.
    #[error("the audit log cannot be moved: {runs} of its runs have no end on record")]
    RunsOpen {
        /// How many.
        runs: usize,
    },
    /// A backup could not be written.
    #[error("the backup `{path}` cannot be written")]
    Backup {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The caller asked to stop; what was done so far is kept where that is of use.
    #[error("stopped before the end, as asked")]
    Stopped,
    /// There is no log at all.
    #[error("there is no audit log")]
    NoLog,
    /// A rollback was to be accepted, or a successor opened, where nothing was lost.
    #[error("the audit log agrees with what this machine has seen of it")]
    NothingLost,
    /// A key is named for another log than the one at hand.
    #[error("the key is named for the log `{named}`, and this one is `{origin}`")]
    KeyOfAnotherLog {
        /// The log that the key names.
        named: String,
        /// The log at hand.
        origin: Origin,
    },
    /// The key given is not the one that the log was opened with.
    #[error("the key given is not the one that the log `{origin}` was opened with")]
    NotFirstKey {
        /// The log at hand.
        origin: Origin,
    },
    /// A log in which nothing is signed cannot be trusted by a key.
    #[error("nothing in the log `{origin}` is signed, so no key can vouch for it")]
    NothingSigned {
        /// The log at hand.
        origin: Origin,
    },
    /// A key was to be admitted that has its span, or that notes could not tell from one that has.
    #[error("the key `{keyid}` is admitted already")]
    AlreadyAdmitted {
        /// Its fingerprint.
        keyid: KeyId,
    },
    /// An export could not be written.
    #[error("the export cannot be written")]
    Export(#[source] io::Error),
    /// The retention date is beyond the calendar.
    #[error("`audit.retention_days` of {days} ends beyond the calendar")]
    Retention {
        /// The days asked for.
        days: u32,
    },
    /// The run was given a body that is not JSON.
    #[error("a run's body cannot be written as JSON")]
    Body(#[source] serde_json::Error),
}

/// Much more than an id has is not repeated.
fn shortened(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_beyond_all_measure_is_not_repeated_in_full() {
        let said = |id: String| AuditError::UnknownId { id }.to_string();
        assert_eq!(said("é".repeat(80)), format!("no record has the id `{}`", "é".repeat(80)));
        assert_eq!(said("é".repeat(9_999)), format!("no record has the id `{}…`", "é".repeat(80)));
    }
}
