//! What a process says when it ends. Scripts rely on these numbers; the README prints the same table.

use std::process::ExitCode;

/// The exit code of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// Done.
    Done,
    /// Failed for a reason the message names.
    Failed,
    /// Wrong usage, or any error in the configuration.
    Usage,
    /// The input is missing, empty, unreadable or not of the format it claims.
    Input,
    /// The provider failed after its retries, refused the key, or the key is missing.
    Provider,
    /// The audit store, its keys or its mark stand in the way.
    Audit,
    /// Done, with findings, under `--strict`.
    Findings,
    /// Verification: tampered.
    Tampered,
    /// Verification: cannot be decided.
    Undecided,
    /// Cancelled with Ctrl-C.
    Cancelled,
}

impl Exit {
    /// Every way to end, by number.
    pub const ALL: [Self; 10] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::Input,
        Self::Provider,
        Self::Audit,
        Self::Findings,
        Self::Tampered,
        Self::Undecided,
        Self::Cancelled,
    ];

    /// Says what the number means.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Done => "Done.",
            Self::Failed => "Failed for a reason the message names.",
            Self::Usage => "Wrong usage, or any error in the configuration.",
            Self::Input => {
                "The input is missing, empty, unreadable or not of the format it claims."
            }
            Self::Provider => {
                "The provider failed after its retries, refused the key, or the key is missing."
            }
            Self::Audit => "The audit store, its keys or its mark stand in the way.",
            Self::Findings => "Done, with findings, under --strict.",
            Self::Tampered => "Verification: tampered.",
            Self::Undecided => "Verification: cannot be decided.",
            Self::Cancelled => "Cancelled with Ctrl-C.",
        }
    }

    /// Returns the number the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Input => 3,
            Self::Provider => 4,
            Self::Audit => 5,
            Self::Findings => 6,
            Self::Tampered => 7,
            Self::Undecided => 8,
            Self::Cancelled => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
