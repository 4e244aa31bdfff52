//! `persona audit export`: to standard output as a stream, or to a file that appears whole or not at all. Each record was checked against its seal; that none is missing is for `audit verify` to show.

mod sink;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use persona_audit::{AuditError, AuditTrail, Query};

use self::sink::{Target, Watched};
use super::filter::FilterArgs;
use crate::{compose, context::Context, error::CliError, exit::Exit};

/// Write records for other programs and people
///
/// To standard output they go one by one, as a stream: where the exit code is not 0, what was printed before the error is incomplete. A file that `--output` names appears whole or not at all.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The form to write
    #[arg(long, value_enum)]
    pub(crate) format: ExportFormat,
    /// The file to write, replaced if it exists; - is standard output [default: -]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Only this run: its id, a beginning of it, or @last; may be given more than once
    #[arg(long = "id", value_name = "ID")]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

/// The forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One document with the log's checkpoint and keys
    Json,
    /// One record a line
    Jsonl,
    /// The columns of `audit list`, as recorded: a spreadsheet may take text that begins with = + - or @ for a formula
    Csv,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &ExportArgs) -> Result<Exit, CliError> {
    let trail = compose::trail(context)?;
    let query = Query { ids: arguments.ids.clone(), ..arguments.filter.query(context)? };
    // Without a log every filter fits nothing, but an id that is asked for is missing.
    if let Some(id) = arguments.ids.first()
        && trail.checkpoint()?.is_none()
    {
        return Err(AuditError::UnknownId { id: id.clone() }.into());
    }
    let format = match arguments.format {
        ExportFormat::Json => persona_audit::ExportFormat::Json,
        ExportFormat::Jsonl => persona_audit::ExportFormat::Jsonl,
        ExportFormat::Csv => persona_audit::ExportFormat::Csv,
    };
    let file = arguments.output.as_ref().filter(|path| path.as_os_str() != "-");
    let Some(path) = file else {
        let count = to_stdout(context, &trail, &query, format)?;
        context.ui.note(&said(count));
        return Ok(Exit::Done);
    };
    let path = context.environment.current_directory.join(path);
    let mut target = Target::open(&path).map_err(|error| sink::unwritable(&path, &error))?;
    let count = write(&mut Watched::new(target.writer()), &trail, &query, format)
        .map_err(|failed| failed.described(|error| sink::unwritable(&path, error)))?;
    target.finish().map_err(|error| sink::unwritable(&path, &error))?;
    context.ui.note(&format!("{} to {}", said(count), path.display()));
    Ok(Exit::Done)
}

/// Exports to standard output and returns how many records.
fn to_stdout(
    context: &mut Context<'_>,
    trail: &AuditTrail,
    query: &Query,
    format: persona_audit::ExportFormat,
) -> Result<u64, CliError> {
    let count = write(&mut Watched::new(context.ui.stdout()), trail, query, format)
        .map_err(|failed| failed.described(CliError::output))?;
    // Before anything is said of it, it should be there.
    context.ui.finish()?;
    Ok(count)
}

fn write(
    out: &mut Watched<'_>,
    trail: &AuditTrail,
    query: &Query,
    format: persona_audit::ExportFormat,
) -> Result<u64, Failed> {
    trail.export(query, format, out).map_err(|error| Failed { error, writing: out.failure() })
}

/// An export that stopped: because of the log, or because of what it was written to.
struct Failed {
    error: AuditError,
    writing: Option<std::io::Error>,
}

impl Failed {
    fn described(self, writing: impl FnOnce(&std::io::Error) -> CliError) -> CliError {
        match self.writing {
            Some(error) => writing(&error),
            None => self.error.into(),
        }
    }
}

fn said(count: u64) -> String {
    match count {
        1 => "1 record exported".to_owned(),
        count => format!("{count} records exported"),
    }
}
