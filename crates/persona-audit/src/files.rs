//! Small private files: 0600 in folders of 0700, whole or absent, never read without a bound.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

#[cfg(feature = "sqlite")]
use rustix::fs::{CWD, RenameFlags, renameat_with};
#[cfg(feature = "sqlite")]
use rustix::io::Errno;

/// Whether a write must survive a power cut before it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durable {
    /// File and folder are synced.
    Yes,
    /// An older content may come back after a power cut, never a torn one.
    No,
}

/// Makes `folder` and its parents, each new one 0700.
pub(crate) fn create_private_folder(folder: &Path) -> io::Result<()> {
    let create = || fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    match create() {
        // It was there, and was renamed before it could be looked at.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !folder.exists() => create(),
        created => created,
    }
}

/// Replaces the file at `path` in one step. The caller is the only writer of that path, by a lock or by
/// its name; so what a killed writer leaves beside it is overwritten by the next one.
pub(crate) fn replace(path: &Path, bytes: &[u8], durable: Durable) -> io::Result<()> {
    let beside = write_beside(path, bytes, durable)?;
    fs::rename(beside, path)?;
    if durable == Durable::Yes { sync_folder(path) } else { Ok(()) }
}

/// Makes the file at `path`, durably; `AlreadyExists` when it is there. The caller is the only writer.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    replace(path, bytes, Durable::Yes)
}

/// Waits for the lock that `path` stands for, and returns it held.
pub(crate) fn lock(path: &Path) -> io::Result<File> {
    let file = open_made(path, OpenOptions::new().create(true).append(true))?;
    file.lock()?;
    Ok(file)
}

/// Reads a file of at most `limit` bytes, or `None` when there is none.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match open_regular(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= limit => Ok(Some(bytes)),
        _ => Err(io::Error::other(format!("the file is larger than {limit} bytes"))),
    }
}

/// Opens a regular file for reading; a pipe or a device would keep the reader waiting.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() {
        return File::open(path);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
}

/// Gives a finished file of the same file system its name, durably; `AlreadyExists` where that is taken.
#[cfg(feature = "sqlite")]
pub(crate) fn publish(file: &Path, name: &Path) -> io::Result<()> {
    File::open(file)?.sync_all()?;
    match renameat_with(CWD, file, CWD, name, RenameFlags::NOREPLACE) {
        Ok(()) => {}
        // Some file systems know no such renaming.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => fs::hard_link(file, name)?,
        Err(error) => return Err(error.into()),
    }
    sync_folder(name)
}

/// Removes a file that may be gone already.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The name under which a file is written before it has its own.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.tmp"))
}

fn write_beside(path: &Path, bytes: &[u8], durable: Durable) -> io::Result<PathBuf> {
    let beside = beside(path);
    let mut file = open_made(&beside, OpenOptions::new().write(true).create(true).truncate(true))?;
    file.write_all(bytes)?;
    if durable == Durable::Yes {
        file.sync_all()?;
    }
    Ok(beside)
}

/// Opens a file for the owner alone, making its folder where that is missing.
fn open_made(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let options = options.mode(0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create_private_folder(path.parent().unwrap_or_else(|| Path::new(".")))?;
            options.open(path)
        }
        opened => opened,
    }
}

/// Makes the name of `path` survive a power cut.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or_else(|| Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn files_and_folders_are_private_and_reads_bounded() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b/file");
        replace(&path, b"one", Durable::Yes).unwrap();
        replace(&path, b"two", Durable::No).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&home.path().join("a"))), (0o600, 0o700));
        assert_eq!(read(&path, 3).unwrap().unwrap(), b"two");
        assert!(read(&path, 2).is_err());
        assert_eq!(create(&path, b"x").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(read(&path, 2).unwrap(), None);
    }
}
