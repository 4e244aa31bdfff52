//! Why a run gave no personas, or no finished record of them.

use persona_audit::AuditError;

use crate::draft::DraftError;
use crate::input::InputError;
use crate::output::OutputError;
use crate::pipeline::{GenerationResult, Stage};
use crate::segment::SegmentError;

/// Why a run gave no personas, or no finished record of them.
#[derive(Debug, thiserror::Error)]
pub enum GenerationError {
    /// The data cannot be used; nothing was recorded.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The groups asked for cannot be made.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The opening could not be stored, so nothing was generated.
    #[error("nothing was generated: the run could not be recorded")]
    Unrecorded {
        /// Why.
        #[source]
        source: AuditError,
    },
    /// A drafter gave no draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The output folder could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The finished closing could not be signed or put on disk, so the folder was not published.
    #[error("the record could not be prepared")]
    Unprepared {
        /// Why.
        #[source]
        source: AuditError,
    },
    /// The run was called off.
    #[error("cancelled while the run was in the stage `{}`", stage.as_str())]
    Cancelled {
        /// Where the run was.
        stage: Stage,
    },
    /// The personas stand, but the closing of their record could not be stored.
    #[error("the personas are finished, but their record could not be closed")]
    Unclosed {
        /// The finished run.
        result: Box<GenerationResult>,
        /// Why the record is open.
        #[source]
        source: AuditError,
    },
    /// The run failed, and that could not be recorded either.
    #[error("{error}; and the record could not be closed")]
    FailureUnclosed {
        /// Why the run failed.
        error: Box<Self>,
        /// Why the record is open.
        #[source]
        source: AuditError,
    },
}

impl GenerationError {
    /// Returns the stable word for the record's `error.code`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Input(_) => "input",
            Self::Segment(_) => "segment",
            Self::Unrecorded { .. }
            | Self::Unprepared { .. }
            | Self::Unclosed { .. }
            | Self::FailureUnclosed { .. } => "audit",
            Self::Draft(_) => "draft",
            Self::Output(_) => "output",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// Returns where the run was.
    pub fn stage(&self) -> Stage {
        match self {
            Self::Input(_) => Stage::Read,
            Self::Unrecorded { .. } => Stage::Record,
            Self::Segment(_) => Stage::Segment,
            Self::Draft(_) => Stage::Draft,
            Self::Output(_) | Self::Unprepared { .. } | Self::Unclosed { .. } => Stage::Write,
            Self::Cancelled { stage } => *stage,
            Self::FailureUnclosed { error, .. } => error.stage(),
        }
    }
}

/// The error and all its causes in one line.
pub(crate) fn whole_message(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message.push_str(": ");
        message.push_str(&cause.to_string());
        source = cause.source();
    }
    message
}
