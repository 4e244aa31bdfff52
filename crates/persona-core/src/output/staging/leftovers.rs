//! What killed runs leave behind, and its removal.

use super::{FILES, LOCK, PREFIX};
use std::fs::{self, File};
use std::path::Path;

/// Removes every hidden folder of the parent whose lock is free. What cannot be removed stays: it
/// hinders nobody, and the next run tries again.
pub(super) fn remove(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_ours && is_folder {
            remove_if_free(&entry.path());
        }
    }
}

/// The lock is held while removing, so that no new run takes the folder for its own. A folder without
/// a lock goes only if it is empty.
fn remove_if_free(hidden: &Path) {
    let path = hidden.join(LOCK);
    // A pipe put there by somebody would keep whoever opens it waiting.
    let is_other = fs::symlink_metadata(&path).is_ok_and(|lock| !lock.is_file());
    if is_other {
        return;
    }
    match File::open(path) {
        Ok(lock) => {
            if lock.try_lock().is_ok() {
                discard(hidden);
            }
        }
        Err(_missing) => {
            let _kept_if_filled = fs::remove_dir(hidden);
        }
    }
}

/// Removes the files, then the lock, then the folder: a removal that is cut short is still recognisable.
pub(super) fn discard(hidden: &Path) {
    let _files_may_be_published = fs::remove_dir_all(hidden.join(FILES));
    let _lock_may_be_gone = fs::remove_file(hidden.join(LOCK));
    let _kept_if_filled = fs::remove_dir(hidden);
}
