//! `persona audit stats`.

use clap::Args;
use persona_audit::{Reading, Share, Stats};

use super::checkpoint::no_log;
use crate::{
    compose,
    context::Context,
    error::CliError,
    exit::Exit,
    ui::{Sheet, Table},
};

/// Count what the log holds, by status, provider, model, user and month
///
/// The counts come from the columns that lists are found by. Where these list other than so many runs as have entries, both numbers are told; `persona audit verify` compares the columns with the sealed events.
#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    /// Also count personas and tokens, which stand in the records: reads all of them
    #[arg(long)]
    pub(crate) bodies: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &StatsArgs) -> Result<Exit, CliError> {
    let reading = if arguments.bodies { Reading::Bodies } else { Reading::Columns };
    let stats = compose::trail(context)?.stats(reading)?.ok_or_else(no_log)?;
    if arguments.json {
        context.ui.json(&stats)?;
        warn_of_others(context, &stats);
        return Ok(Exit::Done);
    }
    context.ui.result(&sheet(&stats).to_string())?;
    let tables = [
        ("PROVIDER", &stats.by_provider),
        ("MODEL", &stats.by_model),
        ("USER", &stats.by_user),
        ("MONTH", &stats.by_month),
    ];
    for (heading, shares) in tables.into_iter().filter(|(_, shares)| !shares.is_empty()) {
        context.ui.result(&format!("\n{}", table(heading, shares)))?;
    }
    warn_of_others(context, &stats);
    Ok(Exit::Done)
}

/// Says that the columns and the entries do not tell of the same runs.
fn warn_of_others(context: &mut Context<'_>, stats: &Stats) {
    let (listed, with_entries) = (stats.records, stats.records_with_entries);
    if listed != with_entries {
        context.ui.warn(&format!(
            "{listed} runs are listed, and {with_entries} have entries: `persona audit verify` says what differs"
        ));
    }
}

/// So many lines of a table are shown; `--json` has all.
const MOST: usize = 12;
/// So many characters of a name are.
const WIDEST: usize = 60;

fn sheet(stats: &Stats) -> Sheet {
    let mut sheet = Sheet::default();
    sheet.section("Log");
    sheet.field("origin", [&stats.origin]);
    sheet.field("place", [&stats.place]);
    sheet.field("entries", [stats.entries.to_string()]);
    sheet.field("root", [&stats.root]);
    sheet.field("size", stats.bytes.map(|bytes| size(bytes, stats.bytes_per_record)));
    sheet.section("Records");
    sheet.field("in all", [stats.records.to_string()]);
    if stats.records != stats.records_with_entries {
        sheet.field("with entries", [stats.records_with_entries.to_string()]);
    }
    for share in stats.by_status.iter().filter(|share| share.records > 0) {
        sheet.field(share.name.as_deref().unwrap_or_default(), [share.records.to_string()]);
    }
    sheet.field("first", &stats.first);
    sheet.field("last", &stats.last);
    if let Some(made) = &stats.made {
        sheet.field("personas", [made.personas.to_string()]);
        sheet.field(
            "tokens",
            [format!("{} sent, {} received", made.tokens.input, made.tokens.output)],
        );
    }
    sheet
}

fn size(bytes: u64, each: Option<u64>) -> String {
    match each {
        Some(each) => format!("{bytes} bytes, {each} a record"),
        None => format!("{bytes} bytes"),
    }
}

fn table(heading: &str, shares: &[Share]) -> Table {
    let mut table = Table::new(&[heading, "RECORDS"]);
    for share in shares.iter().take(MOST) {
        let name = share.name.as_deref().unwrap_or("(erased)");
        table.row([shortened(name), share.records.to_string()]);
    }
    let rest = shares.iter().skip(MOST);
    if let (more @ 1.., records) = rest.fold((0, 0), |(n, sum), share| (n + 1, sum + share.records))
    {
        table.row([format!("({more} more)"), records.to_string()]);
    }
    table
}

/// A name that is longer than a line is cut; `--json` has all of it.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_does_not_widen_the_table_beyond_a_line() {
        let share = |name: String| Share { name: Some(name), records: 1 };
        let printed = table("USER", &[share("é".repeat(5_000)), share("ada".into())]).to_string();
        assert!(printed.lines().all(|line| line.chars().count() < 80), "{printed}");
        assert!(printed.contains(&format!("{}…", "é".repeat(WIDEST))), "{printed}");
    }
}
