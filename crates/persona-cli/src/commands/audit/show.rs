//! `persona audit show`.

mod record;
mod value;

use clap::Args;
use serde_json::json;

use crate::{compose, context::Context, error::CliError, exit::Exit};

/// Show everything recorded about one run
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The run: its id, a beginning of it, or @last
    pub(crate) id: String,
    /// Print the record as one JSON document; with --events, as `record` beside `events`
    #[arg(long)]
    pub(crate) json: bool,
    /// Show the log entries the record is made of, too
    #[arg(long)]
    pub(crate) events: bool,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &ShowArgs) -> Result<Exit, CliError> {
    let trail = compose::trail(context)?;
    let record = trail.get(&arguments.id)?;
    let events = if arguments.events { Some(trail.events(record.audit_id())?) } else { None };
    match (arguments.json, events) {
        (true, None) => context.ui.json(record.as_value())?,
        (true, Some(events)) => {
            context.ui.json(&json!({ "record": record.as_value(), "events": events }))?;
        }
        (false, events) => {
            context.ui.result(&record::sheet(record.as_value()).to_string())?;
            for event in events.unwrap_or_default() {
                context.ui.result(&format!("\n{}", record::event_sheet(&event)))?;
            }
        }
    }
    Ok(Exit::Done)
}
