//! `tiles/hashes`: every complete subtree as one line of base64, in the order in which they came to be, so
//! that each has its place and is read by itself.
//!
//! The file is not synced. After a power cut its end may be missing or be zeros; it is believed up to there.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::base64;
use crate::digest::Digest;
use crate::files;
use crate::store::json::folder;

/// Base64 of 32 bytes, and a newline.
const LINE: u64 = 45;
/// Zeros of a power cut are looked for in so much of the file's end: far more than is written between two
/// times that a system writes its files back.
const UNSETTLED: u64 = 4 * 1024 * 1024;

/// The file as it was at one moment.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    file: Option<File>,
    /// How many entries have all their subtrees in it.
    pub(super) entries: i64,
    /// Whether there is more in it than that.
    pub(super) ragged: bool,
    /// Whether it goes beyond the last entry.
    pub(super) beyond: bool,
}

impl Tiles {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = match folder::open(path) {
            Ok(Some(file)) => file,
            // Something else in its place is told by the listing.
            Ok(None) => return Ok(Self::default()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        let whole = first_zero(&file, length)?.unwrap_or(length) / LINE;
        let entries = entries_in(whole);
        Ok(Self {
            file: Some(file),
            entries,
            ragged: length != position(entries) * LINE,
            beyond: false,
        })
    }

    /// Believes no more of it than belongs to a log of `size` entries.
    pub(super) fn up_to(self, size: i64) -> Self {
        let beyond = self.entries > size || (self.entries == size && self.ragged);
        Self { entries: self.entries.min(size), beyond, ..self }
    }

    /// Returns up to `limit` lines from `line` on, without their newlines; a line that does not end with
    /// one comes back whole.
    pub(super) fn lines(&self, line: u64, limit: usize) -> io::Result<Vec<Vec<u8>>> {
        let left = position(self.entries).saturating_sub(line);
        let number = left.min(u64::try_from(limit).unwrap_or(u64::MAX)) * LINE;
        let Some(file) = self.file.as_ref().filter(|_| number > 0) else { return Ok(Vec::new()) };
        let mut bytes = vec![0; usize::try_from(number).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, line * LINE)?;
        let lines = bytes.chunks(usize::try_from(LINE).map_err(io::Error::other)?);
        Ok(lines.map(|line| line.strip_suffix(b"\n").unwrap_or(line).to_vec()).collect())
    }

    /// Returns the subtree of `level` that `entry` completed.
    pub(super) fn subtree(&self, entry: i64, level: u32) -> io::Result<Option<Digest>> {
        let line = self.lines(position(entry) + u64::from(level), 1)?;
        Ok(line.first().and_then(|line| decode(line)))
    }
}

/// Adds the subtrees that the entries from `entry` on complete; whatever lies behind the place of the
/// first one is overwritten. The append lock is held.
pub(super) fn append<'a>(
    path: &Path,
    entry: i64,
    nodes: impl Iterator<Item = &'a Digest>,
) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        files::create_private_folder(folder)?;
    }
    let lines: String = nodes.map(|hash| hash.to_base64() + "\n").collect();
    write_at(path, position(entry) * LINE, lines.as_bytes())
}

/// Writes `bytes` at `offset` as the new end of a file.
pub(super) fn write_at(path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
    // Never through a link to somewhere else.
    if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let options = &mut OpenOptions::new();
    let file = options.create(true).write(true).truncate(false).mode(0o600).open(path)?;
    if file.metadata()?.len() > offset {
        file.set_len(offset)?;
    }
    file.write_all_at(bytes, offset)
}

/// The subtrees that come to be before those of `entry`: two an entry, but for those still incomplete.
pub(super) fn position(entry: i64) -> u64 {
    let entry = u64::try_from(entry).unwrap_or(0);
    2 * entry - u64::from(entry.count_ones())
}

pub(super) fn decode(line: &[u8]) -> Option<Digest> {
    base64::decode(std::str::from_utf8(line).ok()?).and_then(|bytes| Digest::from_slice(&bytes))
}

/// How many entries have all their subtrees in the first `lines` lines.
fn entries_in(lines: u64) -> i64 {
    let mut entries = i64::try_from(lines / 2).unwrap_or(0);
    while position(entries + 1) <= lines {
        entries += 1;
    }
    entries
}

/// Returns where the first zero byte near the end stands.
fn first_zero(file: &File, length: u64) -> io::Result<Option<u64>> {
    let from = length.saturating_sub(UNSETTLED);
    let mut bytes = vec![0; usize::try_from(length - from).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, from)?;
    let zero = bytes.iter().position(|byte| *byte == 0);
    Ok(zero.and_then(|zero| u64::try_from(zero).ok()).map(|zero| from + zero))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::Frontier;

    #[test]
    fn every_subtree_has_its_line() {
        let mut frontier = Frontier::default();
        let mut lines = 0;
        for entry in 0..300_i64 {
            assert_eq!(position(entry), lines);
            let nodes = frontier.append(Digest::of(&entry.to_be_bytes()));
            for partial in 0..nodes.len() {
                assert_eq!(entries_in(lines + u64::try_from(partial).unwrap()), entry);
            }
            lines += u64::try_from(nodes.len()).unwrap();
        }
    }

    #[test]
    fn a_torn_end_is_not_believed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tiles/hashes");
        let mut frontier = Frontier::default();
        let mut nodes = Vec::new();
        for entry in 0..5_u8 {
            nodes.extend(frontier.append(Digest::of(&[entry])).into_iter().map(|(_, hash)| hash));
        }
        append(&path, 0, nodes.iter()).unwrap();
        let whole = Tiles::open(&path).unwrap();
        assert_eq!((whole.entries, whole.ragged), (5, false));
        assert_eq!(whole.subtree(3, 2).unwrap(), Some(nodes[6]));
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&[0; 3], 4 * LINE + 7).unwrap();
        let torn = Tiles::open(&path).unwrap();
        assert_eq!((torn.entries, torn.ragged), (3, true));
        append(&path, 3, nodes[4..].iter()).unwrap();
        let mended = Tiles::open(&path).unwrap();
        assert_eq!((mended.entries, mended.ragged), (5, false));
        file.set_len(2 * LINE + 1).unwrap();
        let cut = Tiles::open(&path).unwrap();
        assert_eq!((cut.entries, cut.ragged), (1, true));
    }
}
