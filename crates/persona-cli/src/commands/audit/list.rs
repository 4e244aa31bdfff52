//! `persona audit list`.

use clap::{Args, ValueEnum};
use persona_audit::Summary;

use super::filter::FilterArgs;
use crate::{compose, context::Context, error::CliError, exit::Exit, ui::Table};

/// Most lines of a table on a terminal, unless told otherwise.
const SCREENFUL: usize = 50;

/// List recorded runs, newest first
///
/// What is shown was checked against its seal; that nothing is missing is for `audit verify` to show.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// How to print them; a table on a terminal stops after 50
    #[arg(long, value_enum, default_value_t)]
    format: ListFormat,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

/// How a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people
    #[default]
    Table,
    /// One JSON array
    Json,
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values under a heading
    Csv,
}

impl ListArgs {
    /// Returns the form asked for.
    pub(crate) fn format(&self) -> ListFormat {
        if self.json { ListFormat::Json } else { self.format }
    }
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &ListArgs) -> Result<Exit, CliError> {
    let trail = compose::trail(context)?;
    let mut query = arguments.filter.query(context)?;
    match arguments.format() {
        ListFormat::Table => {
            let limit = table_limit(query.limit, context.environment.stdout_is_terminal);
            // One more tells whether there are more.
            query.limit = limit.map(|limit| limit.saturating_add(1));
            let mut lines = trail.list(&query)?;
            let more = limit.is_some_and(|limit| limit < lines.len());
            lines.truncate(limit.unwrap_or(usize::MAX));
            print(context, &lines, more)?;
        }
        ListFormat::Json => context.ui.json(&trail.list(&query)?)?,
        ListFormat::Jsonl => {
            for line in trail.list(&query)? {
                context.ui.json_line(&line)?;
            }
        }
        ListFormat::Csv => {
            // As everywhere in a list, nothing is printed before all of it is known.
            let mut lines = Vec::new();
            trail.export(&query, persona_audit::ExportFormat::Csv, &mut lines)?;
            let written = context.ui.stdout().write_all(&lines);
            written.map_err(|error| CliError::output(&error))?;
        }
    }
    Ok(Exit::Done)
}

/// Returns how many lines a table has at most: a person gets a screenful, a program everything.
fn table_limit(asked: Option<usize>, terminal: bool) -> Option<usize> {
    asked.or(terminal.then_some(SCREENFUL))
}

fn print(context: &mut Context<'_>, lines: &[Summary], more: bool) -> Result<(), CliError> {
    let Some(last) = lines.last() else {
        context.ui.note("no run on record fits");
        return Ok(());
    };
    context.ui.result(&table(lines).to_string())?;
    if more {
        context.ui.note(&format!(
            "these are the newest {}; go on with --cursor {}",
            lines.len(),
            last.audit_id
        ));
    }
    Ok(())
}

fn table(lines: &[Summary]) -> Table {
    let mut table =
        Table::new(&["ID", "TIME", "STATUS", "PROVIDER", "MODEL", "DATA", "RECORDS", "PERSONAS"]);
    for line in lines {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let number = |number: Option<u64>| number.map_or("-".to_owned(), |n| n.to_string());
        table.row([
            line.audit_id.clone(),
            to_the_second(&line.timestamp),
            line.status.clone(),
            text(&line.provider),
            text(&line.model),
            text(&line.data_path),
            number(line.record_count),
            number(line.persona_count),
        ]);
    }
    table
}

/// Cuts the decimals; what is left is still a date that `--since` takes.
fn to_the_second(timestamp: &str) -> String {
    match timestamp.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => timestamp.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_printed_in_full_and_what_is_unknown_as_a_dash() {
        let line = Summary {
            audit_id: "0190f5a0-0000-7000-8000-000000000001".into(),
            timestamp: "2025-12-15T10:30:01.123456Z".into(),
            status: "failed".into(),
            provider: Some("embedded".into()),
            model: Some("extractive-1".into()),
            data_path: Some("a\u{1b}.csv".into()),
            data_hash: None,
            record_count: Some(50),
            persona_count: None,
            generation_time_ms: None,
            user: None,
            state: "present".into(),
        };
        let wanted = "\
ID                                    TIME                  STATUS  PROVIDER  MODEL         DATA         RECORDS  PERSONAS
0190f5a0-0000-7000-8000-000000000001  2025-12-15T10:30:01Z  failed  embedded  extractive-1  a\\u{1b}.csv  50       -";
        assert_eq!(table(&[line]).to_string(), wanted);
    }

    #[test]
    fn only_a_terminal_has_a_limit_of_its_own() {
        assert_eq!(table_limit(None, true), Some(50));
        assert_eq!(table_limit(Some(70), true), Some(70));
        assert_eq!(table_limit(None, false), None);
        assert_eq!(table_limit(Some(2), false), Some(2));
    }
}
