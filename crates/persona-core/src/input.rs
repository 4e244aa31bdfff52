//! Research data as it arrives: files read once, hashed and parsed in the same pass.
//!
//! [`read`] gives a [`Dataset`] or the one [`InputError`] that says which file is unusable and why.

mod column;
mod dataset;
mod delimited;
mod error;
mod infer;
mod likert;
mod multi;
mod naming;
mod path_text;
mod personal;
mod preview;
mod range;
mod scan;
mod sniff;
mod table;

pub use column::{Column, ColumnKind, Levels};
pub use dataset::{Dataset, Origin, Source};
pub use error::InputError;
pub(crate) use path_text::path_text;
pub(crate) use personal::{holds_email, holds_phone};

use crate::digest::sha256_named;
use std::path::{Path, PathBuf};
use table::Table;

/// Reads every file of `paths`, in the order of their path bytes, as one table.
///
/// Files with different headers are joined by column name; a column a file lacks is missing there.
/// `cancelled` is asked every thousand records.
///
/// # Errors
/// [`InputError`] names the first file that cannot be used; nothing is returned of the others.
pub fn read(paths: &[PathBuf], cancelled: &dyn Fn() -> bool) -> Result<Dataset, InputError> {
    let paths = in_byte_order(paths)?;
    let names = naming::shortest_tails(&paths);
    let mut table = Table::default();
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
