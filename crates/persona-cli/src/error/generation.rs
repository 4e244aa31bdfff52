//! What an error of a run means: exit code, stable word, and what to do.

use persona_core::{GenerationError, InputError, output::OutputError, segment::SegmentError};

use super::CliError;
use crate::exit::Exit;

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
                Self::from_error(Exit::Cancelled, "cancelled", &error)
            }
            GenerationError::Draft(_) => Self::from_error(Exit::Failed, "draft", &error),
        }
    }
}

impl From<InputError> for CliError {
    fn from(error: InputError) -> Self {
        let failed = Self::from_error(Exit::Input, "input", &error);
        let hint = match &error {
            InputError::Cancelled => return Self::from_error(Exit::Cancelled, "cancelled", &error),
            InputError::Missing { .. } => {
                "check the path; relative ones start in the current folder"
            }
            InputError::RepeatedPath { .. } => "name each file once: its people would count twice",
            InputError::IsDirectory { .. } | InputError::StandardInput => "name CSV or TSV files",
            InputError::UnsupportedFormat { .. } => {
                "save the data as CSV (UTF-8) and name that file"
            }
            InputError::Empty { .. } | InputError::HeaderOnly { .. } => {
                "the first line names the columns, each further line is one answer"
            }
            InputError::HtmlPage { .. } => {
                "a download often gives a login page: open the file and save the data itself as CSV"
            }
            InputError::Binary { .. } => {
                "save the data as CSV (UTF-8) from the program that made it"
            }
            InputError::NotUtf8 { .. } => "save the file as UTF-8, such as with `iconv -t UTF-8`",
            InputError::NoColumns { .. } | InputError::DuplicateColumn { .. } => {
                "give every column its own name in the first line"
            }
            InputError::Ragged { .. } => {
                "check the delimiter and the quotes around text with commas"
            }
            InputError::FieldTooLong { .. } | InputError::Truncated { .. } => {
                "look for a quote at that line which is opened and never closed"
            }
            InputError::Unreadable { .. } => "see that the file may be read",
            InputError::NoPaths => return failed,
        };
        failed.hint(hint)
    }
}

fn segment(error: &SegmentError) -> CliError {
    let failed = CliError::from_error(Exit::Input, "too-few-rows", error);
    match error {
        SegmentError::MoreGroupsThanRows { rows, .. } => failed
            .hint(format!("ask for at most {rows} with `-n`, or let the data decide: `-n auto`")),
        SegmentError::NoRows | SegmentError::Cancelled(_) => failed,
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
