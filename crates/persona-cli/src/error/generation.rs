//! What an error of a run means: exit code, stable word, and what to do.

use persona_core::{
    GenerationError, draft::DraftError, output::OutputError, provider::ProviderError,
    segment::SegmentError,
};

use super::CliError;
use crate::exit::Exit;

/// What a run that was called off leaves.
pub(super) const CANCELLED: &str = "no personas were kept; run the command again to make them";

impl From<GenerationError> for CliError {
    fn from(error: GenerationError) -> Self {
        match error {
            GenerationError::Input(error) => error.into(),
            GenerationError::Segment(error) => segment(&error),
            GenerationError::Output(error) => output(&error),
            GenerationError::Unrecorded { source } => {
                before("nothing was generated", source.into())
            }
            GenerationError::Unprepared { source } => before(
                "the personas were not kept: their record could not be prepared",
                source.into(),
            ),
            GenerationError::Unclosed { result, source } => {
                let folder = result.output_path.display().to_string();
                before(&format!("the personas are in `{folder}`, but their record is still open"), source.into())
                    .hint("`persona audit repair`, or the next run, completes the record from the finished folder")
            }
            GenerationError::FailureUnclosed { error, source } => {
                let mut failed = Self::from(*error);
                failed.causes.push(format!("and the record could not be closed: {source}"));
                failed.hint("the next run records this one as abandoned")
            }
            GenerationError::Cancelled { .. } => {
                Self::from_error(Exit::Cancelled, "cancelled", &error).hint(CANCELLED)
            }
            GenerationError::Draft(error) => draft(&error),
        }
    }
}

fn draft(error: &DraftError) -> CliError {
    match error {
        DraftError::Provider { source, .. } => provider(error, source),
        DraftError::Unusable { .. } => CliError::from_error(
            Exit::Provider,
            "answer-unusable",
            error,
        )
        .hint(
            "try a larger model, `--temperature 0`, or fewer personas; the record holds every call",
        ),
        DraftError::Cancelled(_) => {
            CliError::from_error(Exit::Cancelled, "cancelled", error).hint(CANCELLED)
        }
        DraftError::NotAsked { .. }
        | DraftError::NoSuchSegment { .. }
        | DraftError::Prompt { .. } => CliError::from_error(Exit::Failed, "draft", error)
            .hint("nothing was kept; the record says which group it was"),
    }
}

/// No persona was made, for this reason of the provider's.
fn provider(error: &DraftError, source: &ProviderError) -> CliError {
    let (code, hint) = match source {
        ProviderError::Unreachable { .. } => {
            ("provider-unreachable", "see that the server runs and that `--base-url` names it")
        }
        ProviderError::Cut { .. } => ("provider-cut", "try again; the record holds every attempt"),
        ProviderError::TimedOut { .. } => (
            "provider-timed-out",
            "give it more time (`persona config set providers.NAME.request_timeout_seconds N`), or use a faster model",
        ),
        ProviderError::KeyRefused { .. } => (
            "provider-refused-key",
            "see that the key in the environment is the right one for this address and still valid",
        ),
        ProviderError::RateLimited { .. } => (
            "provider-rate-limited",
            "wait, lower `--concurrency`, or look at the limits of your account",
        ),
        ProviderError::Rejected { .. } => (
            "provider-rejected",
            "see that the model exists there and takes these options (`-m`, `--temperature`, `--max-tokens`)",
        ),
        ProviderError::ServerFailed { .. } => {
            ("provider-failed", "try again later; the record holds every attempt")
        }
        ProviderError::Unintelligible { .. } => (
            "provider-unintelligible",
            "see that the address speaks this protocol; for most servers it ends with `/v1`",
        ),
        ProviderError::Truncated { .. } => (
            "answer-truncated",
            "raise `--max-tokens`, or set `providers.NAME.context_tokens` to what the model takes",
        ),
        ProviderError::Refused { .. } => {
            ("answer-refused", "look at the data: what in it might a model decline to write about?")
        }
        ProviderError::Cancelled => {
            return CliError::from_error(Exit::Cancelled, "cancelled", error).hint(CANCELLED);
        }
    };
    CliError::from_error(Exit::Provider, code, error).hint(hint)
}

fn segment(error: &SegmentError) -> CliError {
    let failed = CliError::from_error(Exit::Input, "too-few-rows", error);
    match error {
        SegmentError::MoreGroupsThanRows { rows, .. } => failed
            .hint(format!("ask for at most {rows} with `-n`, or let the data decide: `-n auto`")),
        SegmentError::NoRows => failed.hint("each line after the first is one answer"),
        SegmentError::Cancelled(_) => {
            CliError::from_error(Exit::Cancelled, "cancelled", error).hint(CANCELLED)
        }
    }
}

fn output(error: &OutputError) -> CliError {
    CliError::from_error(Exit::Failed, "output-unwritable", error)
        .hint("name another folder with `-o`, or see that this one can be written and has room")
}

/// Puts what it means for the run before what the log says.
fn before(message: &str, log: CliError) -> CliError {
    let mut error = log;
    let cause = std::mem::replace(&mut error.message, message.to_owned());
    error.causes.insert(0, cause);
    error
}
