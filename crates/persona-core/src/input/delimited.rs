//! CSV and TSV: rows under a header, as they pass.

use super::error::InputError;
use super::foreign;
use super::format::Head;
use super::records::{Counts, Records, Spot};
use super::scan::{Trouble, Watching};
use super::sniff;
use super::source::Outcome;
use super::table::Table;
use csv::{ReaderBuilder, StringRecord};
use std::io::{self, Read};

/// Reads one file into `table`.
pub(super) fn read(
    text: impl Read,
    head: &Head<'_>,
    spot: Spot<'_>,
    table: &mut Table,
) -> Result<Outcome, InputError> {
    let tabs = spot.path.extension().is_some_and(|end| end.eq_ignore_ascii_case("tsv"));
    let delimiter = sniff::delimiter(head.text.as_bytes(), head.whole(), tabs);
    let mut watching = Watching::new(text, delimiter);
    let parsed = rows(&mut watching, delimiter, spot, table);
    let path = spot.path.to_path_buf();
    let counts = match (watching.trouble(), watching.open_quote()) {
        (Some(Trouble::FieldTooLong { line }), _) => {
            return Err(InputError::FieldTooLong { path, line });
        }
        (Some(Trouble::Nul), _) => {
            return Err(InputError::Foreign { path, looks_like: foreign::NUL });
        }
        (None, Some(line)) if parsed.is_ok() => return Err(InputError::Truncated { path, line }),
        (None, _) => parsed?,
    };
    let format = if delimiter == b'\t' { "tsv" } else { "csv" };
    Ok(Outcome { delimiter: Some(char::from(delimiter)), ..Outcome::new(format, counts) })
}

fn rows(
    text: impl Read,
    delimiter: u8,
    spot: Spot<'_>,
    table: &mut Table,
) -> Result<Counts, InputError> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let mut record = StringRecord::new();
    next(&mut reader, &mut record, spot)?;
    let mut records = Records::under(&record, spot, table)?;
    while next(&mut reader, &mut record, spot)? {
        let line = record.position().map_or(0, csv::Position::line);
        records.row(line, &record)?;
    }
    records.finish()
}

fn next<R: Read>(
    reader: &mut csv::Reader<R>,
    record: &mut StringRecord,
    spot: Spot<'_>,
) -> Result<bool, InputError> {
    let failed =
        |error| InputError::Unreadable { path: spot.path.into(), source: io::Error::from(error) };
    reader.read_record(record).map_err(failed)
}
