//! Research data as it arrives: files, folders and standard input read once, hashed and parsed in the
//! same pass.
//!
//! [`read`] gives a [`Dataset`] or the one [`InputError`] that says which file is unusable and why. The
//! way of a source: `gather` finds it, `open` opens it, `format` looks at its first bytes, `encoding`
//! makes it UTF-8, its reader makes records, and `records` puts them into the table and counts.

mod column;
mod dataset;
mod delimited;
mod encoding;
mod error;
mod foreign;
mod format;
mod gather;
mod infer;
mod json;
mod json_lines;
mod likert;
mod multi;
mod naming;
mod node;
mod open;
mod passages;
mod path_text;
mod personal;
mod preview;
mod prose;
mod range;
mod records;
mod scan;
mod sniff;
mod source;
mod speakers;
mod table;
mod transcript;
mod workbook;
mod yaml;

pub use column::{Column, ColumnKind, Levels};
pub use dataset::{Dataset, Origin, Source};
pub use error::InputError;
pub use foreign::{Family, Foreign};
pub use open::StandardInput;
pub(crate) use path_text::path_text;
pub(crate) use personal::{holds_email, holds_phone};

use crate::digest::sha256_named;
use gather::{Gathered, gather};
use source::Reading;
use speakers::Speakers;
use std::path::PathBuf;
use table::Table;

/// Reads every file of `paths`, in the order of their path bytes, as one table; there is no `-`.
///
/// # Errors
/// As [`read_with`].
pub fn read(paths: &[PathBuf], cancelled: &dyn Fn() -> bool) -> Result<Dataset, InputError> {
    read_with(paths, &StandardInput::none(), cancelled)
}

/// Reads files, the files of folders and, for `-`, `stdin` as one table, in the order of path bytes.
///
/// Files with different columns are joined by column name; a column a file lacks is missing there.
/// `cancelled` is asked every thousand records.
///
/// # Errors
/// [`InputError`] names the first file that cannot be used; nothing is returned of the others.
pub fn read_with(
    paths: &[PathBuf],
    stdin: &StandardInput,
    cancelled: &dyn Fn() -> bool,
) -> Result<Dataset, InputError> {
    let Gathered { files, left_out } = gather(paths)?;
    let (table, speakers) = (Table::default(), Speakers::default());
    let mut reading = Reading { stdin, cancelled, table, speakers, notes: left_out };
    let mut sources = Vec::with_capacity(files.len());
    for file in &files {
        sources.push(reading.read(file)?);
    }
    let data_hash = data_hash(&sources);
    let mut dataset = reading.table.finish(sources, data_hash);
    dataset.skipped.extend(reading.notes);
    Ok(dataset)
}

/// One file: the digest of its bytes. Several: the digest of the lines `HEX  PATH\n`.
fn data_hash(sources: &[Source]) -> String {
    if let [only] = sources {
        return format!("sha256:{}", only.sha256);
    }
    let lines: Vec<String> =
        sources.iter().map(|source| format!("{}  {}\n", source.sha256, source.path)).collect();
    sha256_named(lines.concat().as_bytes())
}

#[cfg(test)]
mod tests;
