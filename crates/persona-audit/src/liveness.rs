//! Whether a run's process is alive: it holds a lock on `runs/<audit_id>`, and the system frees it
//! when the process is gone. No pid, no clock.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::files;
use crate::id::AuditId;

/// A held lock: the run is alive until this is dropped or the process is gone.
#[derive(Debug)]
pub(crate) struct RunLock {
    path: PathBuf,
    /// Keeps the lock for as long as it is open.
    _file: File,
}

impl RunLock {
    /// Takes the lock of a run that is about to be opened.
    pub(crate) fn take(folder: &Path, id: &AuditId) -> io::Result<Self> {
        files::create_private_folder(folder)?;
        let path = folder.join(id.as_str());
        loop {
            let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path)?;
            // A reader may look at this very moment; it lets go at once.
            file.lock()?;
            // Who tidies up may have taken the file for a leftover before it was locked.
            if path.exists() {
                return Ok(Self { path, _file: file });
            }
        }
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // A file that stays behind is a free lock: it says the same.
        drop(fs::remove_file(&self.path));
    }
}

/// Whether the run's process is alive.
pub(crate) fn is_alive(folder: &Path, id: &AuditId) -> bool {
    let Ok(file) = files::open_regular(&folder.join(id.as_str())) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Removes the lock files of runs whose processes are gone.
pub(crate) fn clear(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.to_str().and_then(AuditId::parse).is_some()
            && let Ok(file) = files::open_regular(&entry.path())
            && file.try_lock().is_ok()
        {
            // What cannot be removed is a free lock: it says the same.
            drop(fs::remove_file(entry.path()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_lives_as_long_as_its_lock() {
        let folder = tempfile::tempdir().unwrap();
        let id = AuditId::parse("0190f5a0-0000-7000-8000-000000000001").unwrap();
        assert!(!is_alive(folder.path(), &id));
        let lock = RunLock::take(folder.path(), &id).unwrap();
        assert!(is_alive(folder.path(), &id));
        assert!(RunLock::take(folder.path(), &id).is_err(), "an id is taken once");
        drop(lock);
        assert!(!is_alive(folder.path(), &id));
    }
}
