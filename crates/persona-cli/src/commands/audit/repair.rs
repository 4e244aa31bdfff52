//! `persona audit repair`.

use clap::Args;
use persona_audit::{AuditTrail, Record, Status};
use serde_json::json;

use crate::{compose, context::Context, error::CliError, exit::Exit};

/// Record the end of runs that were cut off
///
/// A run whose output folder stands as its prepared record says is completed; any other is recorded as abandoned.
#[derive(Debug, Args)]
pub(crate) struct RepairArgs {
    /// Also say how this run stands then: its id, a beginning of it, or @last
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &RepairArgs) -> Result<Exit, CliError> {
    let trail = compose::trail(context)?;
    // An id that names no run is said before anything is done.
    let before = arguments.id.as_deref().map(|id| trail.get(id)).transpose()?;
    let closed = trail.repair()?;
    let after = before.map(|record| again(&trail, &record)).transpose()?;
    if arguments.json {
        let run = after.as_ref().map(
            |record| json!({ "audit_id": record.audit_id(), "status": record.status().as_str() }),
        );
        context.ui.json(&json!({ "closed": closed, "run": run }))?;
        return Ok(Exit::Done);
    }
    context.ui.result(&said(closed))?;
    if let Some(record) = after {
        context.ui.result(&standing(&record))?;
    }
    Ok(Exit::Done)
}

fn again(trail: &AuditTrail, record: &Record) -> Result<Record, CliError> {
    Ok(trail.get(record.audit_id())?)
}

fn said(closed: usize) -> String {
    match closed {
        0 => "no run was left without an end".to_owned(),
        1 => "1 run was closed".to_owned(),
        closed => format!("{closed} runs were closed"),
    }
}

fn standing(record: &Record) -> String {
    let state = match record.status() {
        Status::Started => "is still going on: its process is alive",
        Status::Completed => "is completed",
        Status::Failed => "failed",
        Status::Abandoned => "is abandoned",
    };
    format!("the run {} {state}", record.audit_id())
}
