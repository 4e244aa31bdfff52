//! Whether a run's process is alive: it holds a lock for as long as it runs, and the system frees it
//! when the process is gone. No pid, no clock.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::error::AuditError;
use crate::files;
use crate::id::AuditId;

/// Where the runs of a log hold their locks.
pub(crate) trait Liveness: fmt::Debug + Send + Sync {
    /// Takes the lock of a run that is about to be opened; an id is taken once.
    ///
    /// # Errors
    /// What keeps it from being taken.
    fn take(&self, id: &AuditId) -> Result<Box<dyn RunLock>, AuditError>;

    /// Whether the run's process is alive. Where that cannot be told it is taken to be.
    fn is_alive(&self, id: &AuditId) -> bool;

    /// Returns those of the runs whose processes are gone, in the order given.
    fn gone(&self, runs: Vec<AuditId>) -> Vec<AuditId> {
        runs.into_iter().filter(|id| !self.is_alive(id)).collect()
    }

    /// Removes what runs whose processes are gone left behind.
    fn clear(&self);
}

/// A held lock: the run is alive until this is dropped or the process is gone.
pub(crate) trait RunLock: fmt::Debug + Send {}

/// Locks as files in a folder of this machine: `runs/<audit_id>`.
#[derive(Clone, Debug)]
pub(crate) struct LockFolder(PathBuf);

impl LockFolder {
    /// Names the folder; nothing is made yet.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

impl Liveness for LockFolder {
    fn take(&self, id: &AuditId) -> Result<Box<dyn RunLock>, AuditError> {
        match LockFile::take(&self.0, id) {
            Ok(lock) => Ok(Box::new(lock)),
            Err(source) => Err(AuditError::RunLock { folder: self.0.clone(), source }),
        }
    }

    fn is_alive(&self, id: &AuditId) -> bool {
        let Ok(file) = files::open_regular(&self.0.join(id.as_str())) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    fn clear(&self) {
        let Ok(entries) = fs::read_dir(&self.0) else { return };
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
}

#[derive(Debug)]
struct LockFile {
    path: PathBuf,
    /// Keeps the lock for as long as it is open.
    _file: File,
}

impl LockFile {
    fn take(folder: &Path, id: &AuditId) -> io::Result<Self> {
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

impl RunLock for LockFile {}

impl Drop for LockFile {
    fn drop(&mut self) {
        // A file that stays behind is a free lock: it says the same.
        drop(fs::remove_file(&self.path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_lives_as_long_as_its_lock() {
        let folder = tempfile::tempdir().unwrap();
        let runs = LockFolder::new(folder.path().join("runs"));
        let id = AuditId::parse("0190f5a0-0000-7000-8000-000000000001").unwrap();
        assert!(!runs.is_alive(&id));
        let lock = runs.take(&id).unwrap();
        assert!(runs.is_alive(&id));
        assert!(runs.take(&id).is_err(), "an id is taken once");
        drop(lock);
        assert!(!runs.is_alive(&id));
    }
}
