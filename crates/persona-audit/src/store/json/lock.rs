//! Locks of the JSON store: one for whoever appends, one between readers and whoever erases.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::thread;
use std::time::Duration;

use crate::files;
use crate::store::StoreError;
use crate::store::json::folder::{Folder, LOCK};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(2);
/// Tries before a lock is given up: about five seconds.
const TRIES: u32 = 2_500;

/// Takes the append lock.
pub(super) fn for_appending(folder: &Folder) -> Result<File, StoreError> {
    let path = folder.file(LOCK);
    let failed = |error: io::Error| folder.failed(&error);
    for _ in 0..TRIES {
        files::create_private_folder(folder.path()).map_err(failed)?;
        let options = &mut OpenOptions::new();
        let file = match options.create(true).append(true).mode(0o600).open(&path) {
            // Moved aside since it was made.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                thread::sleep(PAUSE);
                continue;
            }
            file => file.map_err(failed)?,
        };
        patiently(folder, || file.try_lock())?;
        // Whoever held it may have moved the folder aside, and the lock in it.
        let held = file.metadata().map_err(failed)?;
        if fs::metadata(&path).is_ok_and(|now| (now.dev(), now.ino()) == (held.dev(), held.ino())) {
            return Ok(file);
        }
    }
    Err(folder.locked())
}

/// Keeps halves from being erased while they are read. Appending goes on meanwhile.
pub(super) fn against_erasure(folder: &Folder) -> Result<File, StoreError> {
    let file = File::open(folder.path()).map_err(|error| folder.failed(&error))?;
    patiently(folder, || file.try_lock_shared())?;
    Ok(file)
}

/// Waits until nobody reads, and keeps everybody from it.
pub(super) fn for_erasing(folder: &Folder) -> Result<File, StoreError> {
    let file = File::open(folder.path()).map_err(|error| folder.failed(&error))?;
    patiently(folder, || file.try_lock())?;
    Ok(file)
}

fn patiently(
    folder: &Folder,
    mut take: impl FnMut() -> Result<(), TryLockError>,
) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        match take() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(folder.failed(&error)),
        }
    }
    Err(folder.locked())
}
