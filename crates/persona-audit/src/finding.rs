//! What verification finds: a stable code, how grave it is, and where.

use serde::Serialize;

use crate::id::AuditId;

macro_rules! codes {
    ($($variant:ident $name:literal $doc:literal,)*) => {
        /// The code of a finding. Codes are stable: scripts match on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum Code {
            $(#[doc = $doc] #[serde(rename = $name)] $variant,)*
        }

        impl Code {
            /// Returns the code as it is printed.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

codes! {
    BodyModified "body-modified" "A half, its nonce or its commitment is not the sealed one.",
    HeaderModified "header-modified" "A header is not the one in the tree.",
    NodeModified "node-modified" "A stored subtree is not the hash of what is below it.",
    EntryMissing "entry-missing" "An entry below the log's size is not there.",
    EntryInserted "entry-inserted" "An entry stands where none belongs.",
    EntryReordered "entry-reordered" "An entry stands at another place than its header says.",
    EntryBeyondCheckpoint "entry-beyond-checkpoint" "An entry stands beyond the signed size.",
    ColumnMismatch "column-mismatch" "A query column, row or filing differs from the events.",
    SchemaMismatch "schema-mismatch" "The store's tables, indexes or triggers are not persona's.",
    LogTruncated "log-truncated" "The log's newest entries are gone.",
    LogRolledBack "log-rolled-back" "The log is older than a state that was seen.",
    LogForked "log-forked" "The log contradicts a checkpoint of it.",
    LogReplaced "log-replaced" "Another log lies where this one was.",
    CheckpointMissing "checkpoint-missing" "A checkpoint that must be kept is not there.",
    CheckpointBadSignature "checkpoint-bad-signature" "A checkpoint is not what its key signed.",
    Unsigned "unsigned" "A checkpoint has no signature although signing is on.",
    KeyUnknown "key-unknown" "Nothing outside the log vouches for its keys, or a stranger signed.",
    KeyOutOfSpan "key-out-of-span" "A key signed for entries that it was not admitted for.",
    AttestationBad "attestation-bad" "An attestation is not what its key signed.",
    SecondClosing "second-closing" "A run is opened or closed more than once.",
    PurgeUnexplained "purge-unexplained" "A half is gone and no event says why.",
    MemberConflict "member-conflict" "Opening and closing set a member to different values.",
    KindUnknown "kind-unknown" "An event of a kind that this version has no rules for.",
    StrayFile "stray-file" "A leftover of a writer that was cut short; it is part of nothing.",
    RunOpen "run-open" "A run is still going on.",
    RollbackAccepted "rollback-accepted" "A rollback was accepted: what was given up stays named.",
    ClockSteppedBack "clock-stepped-back" "An event's clock is more than five minutes behind.",
    ArtifactChanged "artifact-changed" "A file of an output folder is not the recorded one.",
    ArtifactMissing "artifact-missing" "A file of an output folder is not there.",
    Unreadable "unreadable" "A file or table cannot be read at all.",
    NoLog "no-log" "There is no log, and nothing says that there was one.",
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something was tampered with.
    Error,
    /// It cannot be decided whether something was.
    Unknown,
    /// Worth a look; the log itself stands.
    Warning,
    /// Good to know.
    Info,
}

/// One thing that verification found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// How grave.
    pub severity: Severity,
    /// The entry, or the first one of a range that `detail` names.
    pub index: Option<i64>,
    /// The run.
    pub audit_id: Option<String>,
    /// In words.
    pub detail: String,
}

impl Finding {
    /// Says that something was tampered with.
    pub(crate) fn error(code: Code, detail: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, detail)
    }

    pub(crate) fn new(code: Code, severity: Severity, detail: impl Into<String>) -> Self {
        Self { code, severity, index: None, audit_id: None, detail: detail.into() }
    }

    /// Names the entry.
    #[must_use]
    pub(crate) fn at(self, index: i64) -> Self {
        Self { index: Some(index), ..self }
    }

    /// Names the run, where that is one: an entry may be filed under anything.
    #[must_use]
    pub(crate) fn of_run(self, audit_id: Option<&str>) -> Self {
        let audit_id = audit_id.and_then(AuditId::parse).map(|id| id.to_string());
        Self { audit_id, ..self }
    }
}
