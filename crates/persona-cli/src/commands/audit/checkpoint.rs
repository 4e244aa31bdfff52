//! `persona audit checkpoint`.

use clap::{Args, builder::NonEmptyStringValueParser};
use persona_audit::{AuditTrail, SignedCheckpoint};
use serde_json::json;

use crate::{compose, context::Context, error::CliError, exit::Exit};

/// Print the newest signed checkpoint, to be kept elsewhere; or accept that a log was lost
///
/// A checkpoint kept where the log is not shows later, by `audit verify --against`, that nothing before it was changed.
#[derive(Debug, Args)]
pub(crate) struct CheckpointArgs {
    /// Go on from a log that was restored to an older state; what was lost stays on record
    #[arg(long, requires = "reason", group = "act")]
    pub(crate) accept_rollback: bool,
    /// Open a new log in the place of one that is gone; it names the old one
    #[arg(long, requires = "reason", group = "act")]
    pub(crate) new_log: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", requires = "act", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reason: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &CheckpointArgs) -> Result<Exit, CliError> {
    let trail = compose::trail(context)?;
    let note = match (&arguments.reason, arguments.accept_rollback, arguments.new_log) {
        (Some(reason), true, _) => {
            had_a_log(&trail)?;
            let note = trail.accept_rollback(reason)?;
            context.ui.note(
                "the log goes on from here; every `persona audit verify` names what was given up",
            );
            note
        }
        (Some(reason), _, true) => {
            had_a_log(&trail)?;
            let note = trail.open_successor(reason)?;
            context.ui.note("a new log is open, and names the old one; what lay there was moved aside beside it");
            note
        }
        _ => trail.checkpoint()?.ok_or_else(no_log)?,
    };
    if arguments.json {
        context.ui.json(&document(&note))?;
    } else {
        let written = context.ui.stdout().write_all(note.as_bytes());
        written.map_err(|error| CliError::output(&error))?;
    }
    Ok(Exit::Done)
}

/// Where nothing ever was, nothing was lost; anything else is for the library to judge.
fn had_a_log(trail: &AuditTrail) -> Result<(), CliError> {
    match trail.checkpoint() {
        Ok(None) => Err(no_log()),
        Ok(Some(_)) | Err(_) => Ok(()),
    }
}

/// Says that there is no log, and that none is missed.
pub(super) fn no_log() -> CliError {
    CliError::new(Exit::Failed, "no-log", "there is no audit log yet")
        .hint("the first recorded `persona generate` opens it")
}

fn document(note: &str) -> serde_json::Value {
    let parsed = SignedCheckpoint::parse(note.as_bytes()).ok();
    let checkpoint = parsed.as_ref().map(SignedCheckpoint::checkpoint);
    json!({
        "origin": checkpoint.map(|it| it.origin.as_str()),
        "size": checkpoint.map(|it| it.size),
        "root": checkpoint.map(|it| it.root.to_string()),
        "checkpoint": note,
    })
}
