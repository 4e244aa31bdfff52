//! Research data as it arrives: files read once, hashed and parsed in the same pass.
//!
//! [`read`] gives a [`Dataset`] or the one [`InputError`] that says which file is unusable and why.

mod codes;
mod collected;
mod column;
mod dataset;
mod decimals;
mod delimited;
mod error;
mod infer;
mod likert;
mod multi;
mod naming;
mod origins;
mod path_text;
mod personal;
mod preview;
mod range;
mod reservoir;
mod sampling;
mod scan;
mod sequence;
mod sniff;
mod table;

pub(crate) use codes::Codes;
pub use column::{Column, ColumnKind, Levels};
pub use dataset::{Dataset, Source};
pub use decimals::Decimals;
pub use error::InputError;
pub use origins::{Origin, Origins};
pub(crate) use path_text::path_text;
pub(crate) use personal::{holds_email, holds_phone};
pub(crate) use sampling::Limits;
pub use sampling::Sampling;

use crate::digest::sha256_named;
use std::path::{Path, PathBuf};
use table::Table;

/// Reads every file of `paths`, in the order of their path bytes, as one table.
///
/// Text of big inputs is sampled with seed 0 ([`read_seeded`]). Files with different headers are joined by column name; a column a file lacks is missing there.
/// `cancelled` is asked every thousand records.
///
/// # Errors
/// [`InputError`] names the first file that cannot be used; nothing is returned of the others.
pub fn read(paths: &[PathBuf], cancelled: &dyn Fn() -> bool) -> Result<Dataset, InputError> {
    read_seeded(paths, 0, cancelled)
}

/// The same; `seed` chooses the rows whose text is kept where there is too much of it to keep all.
///
/// # Errors
/// As [`read`].
pub fn read_seeded(
    paths: &[PathBuf],
    seed: u64,
    cancelled: &dyn Fn() -> bool,
) -> Result<Dataset, InputError> {
    read_watched(paths, seed, cancelled, &|_done, _all| {})
}

/// The same; `progress` is told how many bytes of how many have passed, about as often as `cancelled` is
/// asked. It is near the truth for text and says less of compressed formats.
///
/// # Errors
/// As [`read`].
pub fn read_watched(
    paths: &[PathBuf],
    seed: u64,
    cancelled: &dyn Fn() -> bool,
    progress: &dyn Fn(u64, u64),
) -> Result<Dataset, InputError> {
    let sizes = paths.iter().filter_map(|path| Some(path.metadata().ok()?.len()));
    let all = sizes.sum::<u64>().max(1);
    let table = Table::new(seed, Limits::default());
    let passed = table.passed();
    read_within(paths, table, &|| {
        progress(passed.get().min(all), all);
        cancelled()
    })
}

/// Reads into a table, which knows the limits.
pub(crate) fn read_within(
    paths: &[PathBuf],
    mut table: Table,
    cancelled: &dyn Fn() -> bool,
) -> Result<Dataset, InputError> {
    let paths = in_byte_order(paths)?;
    let names = naming::shortest_tails(&paths);
    let mut sources = Vec::with_capacity(paths.len());
    for (path, name) in paths.iter().zip(names) {
        sources.push(delimited::read(path, name, &mut table, cancelled)?);
    }
    let data_hash = data_hash(&sources);
    Ok(table.finish(sources, data_hash))
}

fn in_byte_order(paths: &[PathBuf]) -> Result<Vec<&Path>, InputError> {
    let mut sorted: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    sorted.sort_by_key(|path| path.as_os_str().as_encoded_bytes());
    if sorted.is_empty() {
        return Err(InputError::NoPaths);
    }
    let twins = sorted.iter().zip(sorted.iter().skip(1)).find(|(left, right)| left == right);
    match twins {
        Some((path, _)) => Err(InputError::RepeatedPath { path: path.to_path_buf() }),
        None => Ok(sorted),
    }
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
