//! The folder of the JSON store: which file is what, and how one is read and written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::store::StoreError;

/// Digits of an entry's name: every index up to 2^53-1 has room, and names sort as indexes do.
const WIDTH: usize = 16;
/// An entry's file is never larger.
const MAX_ENTRY: u64 = 64 * 1024 * 1024;
/// What a file is called before it has its name begins so.
pub(super) const TEMPORARY: &str = ".tmp-";
pub(super) const LOCK: &str = "lock";
pub(super) const TILES: &str = "tiles";
pub(super) const HASHES: &str = "hashes";
pub(super) const COLUMNS: &str = "columns.jsonl";
pub(super) const ERASING: &str = "erasing";

/// The folder, and the store's place for errors.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
    place: String,
}

/// What lies at an entry's place.
#[derive(Debug)]
pub(super) enum Found {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// Something that is no entry's file, and why: a link, a pipe, one beyond all bounds.
    Other(&'static str),
    /// Nothing.
    Nothing,
}

impl Folder {
    pub(super) fn new(path: PathBuf, place: String) -> Self {
        Self { path, place }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(super) fn entry(&self, index: i64) -> PathBuf {
        self.path.join(entry_name(index))
    }

    pub(super) fn hashes(&self) -> PathBuf {
        self.path.join(TILES).join(HASHES)
    }

    /// Gives the folder another name beside its own.
    pub(super) fn rename(&self, name: &str) -> io::Result<()> {
        fs::rename(&self.path, self.path.with_file_name(name))
    }

    /// Whether anything lies there that a log, or somebody else, left.
    pub(super) fn is_used(&self) -> io::Result<bool> {
        let names = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            names => names?,
        };
        for name in names {
            let name = name?.file_name();
            let name = name.to_string_lossy();
            if name != LOCK && name != TILES && !name.starts_with(TEMPORARY) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns how many bytes the files take together; a file takes whole blocks.
    pub(super) fn bytes(&self) -> io::Result<u64> {
        let mut bytes = 0;
        for folder in [self.path.clone(), self.path.join(TILES)] {
            let entries = match fs::read_dir(folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                // One that is gone since takes nothing.
                bytes += entry?.metadata().map_or(0, |metadata| metadata.blocks() * 512);
            }
        }
        Ok(bytes)
    }

    /// Reads what lies at an entry's place.
    pub(super) fn read(&self, index: i64) -> Result<Found, StoreError> {
        let file = match open(&self.entry(index)) {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(Found::Other("is not a regular file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(self.failed(&error)),
        };
        let bytes = read_bounded(file, MAX_ENTRY).map_err(|error| self.failed(&error))?;
        Ok(bytes.map_or(Found::Other("is larger than 64 MiB"), Found::Bytes))
    }

    /// Makes a file under an index that has none, durably: `false` where it has one.
    pub(super) fn link(&self, index: i64, bytes: &[u8]) -> Result<bool, StoreError> {
        let temporary = self.write_temporary(&entry_name(index), bytes)?;
        let linked = fs::hard_link(&temporary, self.entry(index));
        let unlinked = fs::remove_file(&temporary);
        match linked {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            linked => linked.and(unlinked).map_err(|error| self.failed(&error))?,
        }
        self.sync()?;
        Ok(true)
    }

    /// Replaces a file in one step, durably.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let temporary = self.write_temporary(name, bytes)?;
        fs::rename(temporary, self.file(name)).map_err(|error| self.failed(&error))?;
        self.sync()
    }

    /// Removes a file, durably.
    pub(super) fn remove(&self, name: &str) -> Result<(), StoreError> {
        fs::remove_file(self.file(name)).map_err(|error| self.failed(&error))?;
        self.sync()
    }

    /// Removes what killed writers left before it had its name; the append lock is held.
    pub(super) fn sweep(&self) -> Result<(), StoreError> {
        let failed = |error: io::Error| self.failed(&error);
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY)
                && !entry.file_type().map_err(failed)?.is_dir()
            {
                fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(())
    }

    pub(super) fn sync(&self) -> Result<(), StoreError> {
        let folder = File::open(&self.path).and_then(|folder| folder.sync_all());
        folder.map_err(|error| self.failed(&error))
    }

    pub(super) fn failed(&self, error: &io::Error) -> StoreError {
        StoreError::Unusable { place: self.place.clone(), reason: error.to_string() }
    }

    pub(super) fn unreadable(&self, reason: &str) -> StoreError {
        StoreError::Unreadable { place: self.place.clone(), reason: reason.to_owned() }
    }

    pub(super) fn locked(&self) -> StoreError {
        StoreError::Locked { place: self.place.clone() }
    }

    /// Writes a file under a name that no reader takes for anything, synced. One that does not become
    /// whole, as on a full disk, is removed.
    fn write_temporary(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let path = self.path.join(format!("{TEMPORARY}{name}"));
        let write = || {
            let options = &mut OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(|error| {
            // What cannot be removed is a stray that the next writer removes.
            drop(fs::remove_file(&path));
            self.failed(&error)
        })?;
        Ok(path)
    }
}

/// Opens a regular file for reading, `None` for anything else; a link is not followed and a pipe not waited
/// for.
pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
    let flags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits();
    let flags = i32::try_from(flags).map_err(io::Error::other)?;
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        // A link, a socket, a device that is not there.
        Err(error)
            if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
                || error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let regular = file.metadata()?.is_file();
    Ok(regular.then_some(file))
}

/// Reads a whole file, `None` where it is larger than `limit`.
fn read_bounded(file: File, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let length = file.metadata()?.len();
    if length > limit {
        return Ok(None);
    }
    // Room for all of it and a byte more: one read, and one that finds the end.
    let mut bytes = Vec::with_capacity(usize::try_from(length + 1).map_err(io::Error::other)?);
    file.take(limit + 1).read_to_end(&mut bytes)?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= limit);
    Ok(fits.then_some(bytes))
}

pub(super) fn entry_name(index: i64) -> String {
    format!("{index:0WIDTH$}.json")
}

/// Returns the index that a file's name spells as [`entry_name`] does.
pub(super) fn entry_index(name: &str) -> Option<i64> {
    let digits = name.strip_suffix(".json")?;
    let spelled = digits.len() == WIDTH && digits.bytes().all(|byte| byte.is_ascii_digit());
    spelled.then(|| digits.parse().ok()).flatten()
}
