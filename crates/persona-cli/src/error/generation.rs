//! What an error of a run means: exit code, stable word, and what to do.

use persona_core::{
    GenerationError, draft::DraftError, output::OutputError, provider::ProviderError,
    segment::SegmentError,
};

use super::CliError;
use crate::{config::Provider, exit::Exit};

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
        DraftError::Unusable { problems, .. } => no_persona(
            "answer-unusable",
            &[DraftError::UNUSABLE, &problems.join("; ")],
        )
        .hint(
            "try a larger model, `--temperature 0`, or fewer personas; the record holds every call",
        ),
        DraftError::NotAsked { .. }
        | DraftError::NoSuchSegment { .. }
        | DraftError::Prompt { .. } => CliError::from_error(Exit::Failed, "draft", error).hint(
            "this is a fault of persona itself: please report it with the command that was run",
        ),
    }
}

/// No persona was made, and why.
fn no_persona(code: &'static str, causes: &[&str]) -> CliError {
    let mut error = CliError::new(Exit::Provider, code, "no persona was made");
    error.causes.extend(causes.iter().map(|cause| (*cause).to_owned()));
    error
}

/// No persona was made, for this reason of the provider's.
fn provider(error: &DraftError, source: &ProviderError) -> CliError {
    let (code, hint) = match source {
        ProviderError::Unreachable { .. } => (
            "provider-unreachable",
            "see that the server runs and that `--base-url` names it".to_owned(),
        ),
        ProviderError::Cut { .. } => {
            ("provider-cut", "try again; the record holds every attempt".to_owned())
        }
        ProviderError::TimedOut { provider, .. } => ("provider-timed-out", more_time(provider)),
        ProviderError::KeyRefused { provider, .. } => {
            ("provider-refused-key", another_key(provider))
        }
        ProviderError::RateLimited { .. } => (
            "provider-rate-limited",
            "wait, lower `--concurrency`, or look at the limits of your account".to_owned(),
        ),
        ProviderError::Rejected { status, .. } => {
            ("provider-rejected", rejected(*status).to_owned())
        }
        ProviderError::ServerFailed { .. } => {
            ("provider-failed", "try again later; the record holds every attempt".to_owned())
        }
        ProviderError::Unintelligible { .. } => (
            "provider-unintelligible",
            "see that the address speaks this protocol; for most servers it ends with `/v1`"
                .to_owned(),
        ),
        ProviderError::Truncated { .. } => (
            "answer-truncated",
            "raise `--max-tokens`, or leave it away; some servers set a limit of their own"
                .to_owned(),
        ),
        ProviderError::Refused { .. } => (
            "answer-refused",
            "look at the data: what in it might a model decline to write about?".to_owned(),
        ),
        ProviderError::Cancelled => {
            return CliError::from_error(Exit::Cancelled, "cancelled", error).hint(CANCELLED);
        }
    };
    no_persona(code, &[&source.to_string()]).hint(hint)
}

fn more_time(provider: &str) -> String {
    format!(
        "give it more time (`persona config set providers.{provider}.request_timeout_seconds N`), or use a faster model"
    )
}

fn another_key(provider: &str) -> String {
    let variable =
        Provider::find(provider).map_or("the variable", |provider| provider.key_variable);
    format!("see that {variable} holds a key that is valid for this address and may use this model")
}

/// What to do when a request was refused for good, by the status.
fn rejected(status: u16) -> &'static str {
    match status {
        300..=399 => "if that address is to get the key and the data, name it with `--base-url`",
        402 | 429 => "look at the plan and the credit of your account",
        404 => {
            "see that the address is right (for most servers it ends with `/v1`), and that the model exists there (`-m`)"
        }
        _ => {
            "see that the model exists there and takes these options (`-m`, `--temperature`, `--max-tokens`)"
        }
    }
}

fn segment(error: &SegmentError) -> CliError {
    let failed = CliError::from_error(Exit::Input, "too-few-rows", error);
    match error {
        SegmentError::MoreGroupsThanRows { rows, .. } => failed
            .hint(format!("ask for at most {rows} with `-n`, or let the data decide: `-n auto`")),
        SegmentError::NoRows => failed.hint("each line after the first is one answer"),
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
