//! JSON lines: one object a line, read as they pass. A line that is no object is a bad record.

use super::error::InputError;
use super::json;
use super::open::unreadable;
use super::records::{Records, Spot};
use super::source::Outcome;
use super::table::Table;
use crate::number::long;
use serde_json::value::RawValue;
use std::io::{BufRead as _, BufReader, Read};

/// Longest line; a record of a thousand full fields fits.
const LINE: u64 = 16 * 1024 * 1024;

/// Reads one file into `table`. Blank lines are no records.
pub(super) fn read(
    text: impl Read,
    spot: Spot<'_>,
    table: &mut Table,
) -> Result<Outcome, InputError> {
    let mut text = BufReader::with_capacity(64 * 1024, text);
    let mut records = Records::named(spot, table);
    let mut bytes = Vec::new();
    let mut line = 0;
    loop {
        bytes.clear();
        let mut limited = text.by_ref().take(LINE + 1);
        let read = limited.read_until(b'\n', &mut bytes);
        if read.map_err(|source| unreadable(spot.path, source))? == 0 {
            return Ok(Outcome::new("jsonl", records.finish()?));
        }
        line += 1;
        if long(bytes.len()) > LINE {
            return Err(InputError::LineTooLong { path: spot.path.into(), line, limit: LINE });
        }
        let object = bytes.trim_ascii();
        if object.is_empty() {
            continue;
        }
        match serde_json::from_slice::<&RawValue>(object) {
            Ok(value) => json::take(&mut records, line, value)?,
            Err(error) => {
                let why = format!("is not valid JSON: {}", json::problem(&error));
                records.bad(line, &why)?;
            }
        }
    }
}
