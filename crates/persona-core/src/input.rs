//! Research data as it arrives: files, folders and standard input read once, hashed and parsed in the
//! same pass.
//!
//! [`read`] gives a [`Dataset`] or the one [`InputError`] that says which file is unusable and why. The
//! way of a source: `gather` finds it, `open` opens it, `format` looks at its first bytes, `encoding`
//! makes it UTF-8, its reader makes records, and `records` puts them into the table and counts.

mod codes;
mod collected;
mod column;
mod dataset;
mod decimals;
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
mod origins;
mod passages;
mod path_text;
mod personal;
mod preview;
mod prose;
mod range;
mod records;
mod reservoir;
mod sampling;
mod scan;
mod sequence;
mod sniff;
mod source;
mod speakers;
mod table;
mod transcript;
mod workbook;
mod yaml;

pub(crate) use codes::Codes;
pub use column::{Column, ColumnKind, Levels};
pub use dataset::{Dataset, Source};
pub use decimals::Decimals;
pub use error::InputError;
pub use foreign::{Family, Foreign};
pub use open::StandardInput;
pub use origins::{Origin, Origins};
pub(crate) use path_text::path_text;
pub(crate) use personal::{holds_email, holds_phone};
pub(crate) use sampling::Limits;
pub use sampling::Sampling;

use crate::digest::sha256_named;
use gather::{Gathered, gather};
use source::Reading;
use speakers::Speakers;
use std::fmt;
use std::path::PathBuf;
use table::Table;

/// How data are read.
#[derive(Clone, Copy)]
pub struct ReadOptions<'a> {
    /// What `-` means.
    pub stdin: &'a StandardInput,
    /// Chooses the rows whose text is kept where there is too much of it to keep all.
    pub seed: u64,
    /// Asked every thousand records, and while standard input is waited for.
    pub cancelled: &'a dyn Fn() -> bool,
    /// Told how many bytes of how many have passed, about as often; near the truth for text, less so for
    /// compressed formats.
    pub progress: &'a dyn Fn(u64, u64),
}

impl<'a> ReadOptions<'a> {
    /// Seed 0, and nobody who wants to know how far it is.
    pub fn new(stdin: &'a StandardInput, cancelled: &'a dyn Fn() -> bool) -> Self {
        Self { stdin, seed: 0, cancelled, progress: &|_done, _all| {} }
    }
}

impl fmt::Debug for ReadOptions<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ReadOptions").field("seed", &self.seed).finish_non_exhaustive()
    }
}

/// Reads every file of `paths`, in the order of their path bytes, as one table; there is no `-`.
///
/// # Errors
/// As [`read_with`].
pub fn read(paths: &[PathBuf], cancelled: &dyn Fn() -> bool) -> Result<Dataset, InputError> {
    read_with(paths, &ReadOptions::new(&StandardInput::none(), cancelled))
}

/// Reads files, the files of folders and, for `-`, standard input as one table, in the order of path bytes.
///
/// Files with different columns are joined by column name; a column a file lacks is missing there.
///
/// # Errors
/// [`InputError`] names the first file that cannot be used; nothing is returned of the others.
pub fn read_with(paths: &[PathBuf], options: &ReadOptions<'_>) -> Result<Dataset, InputError> {
    read_within(paths, Table::new(options.seed, Limits::default()), options)
}

/// Reads into a table, which knows the limits.
pub(crate) fn read_within(
    paths: &[PathBuf],
    table: Table,
    options: &ReadOptions<'_>,
) -> Result<Dataset, InputError> {
    let Gathered { files, left_out } = gather(paths)?;
    let sizes = files.iter().filter_map(|file| Some(file.place.metadata().ok()?.len()));
    let all = sizes.sum::<u64>().max(1);
    let passed = table.passed();
    let cancelled = || {
        (options.progress)(passed.get().min(all), all);
        (options.cancelled)()
    };
    let mut reading = Reading {
        stdin: options.stdin,
        cancelled: &cancelled,
        table,
        speakers: Speakers::default(),
        notes: left_out,
    };
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
