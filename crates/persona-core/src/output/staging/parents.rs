//! The folders above an output folder, made where they are missing and taken away again when nothing
//! came to lie in them.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

/// Folders that this run made, innermost first; the empty ones go when this is dropped.
#[derive(Debug)]
pub(super) struct Parents(Vec<PathBuf>);

impl Parents {
    /// Makes `parent` and what is missing above it.
    pub(super) fn make(parent: &Path) -> io::Result<Self> {
        let missing = |folder: &&Path| {
            let found = fs::symlink_metadata(folder);
            found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
        };
        let named = parent.ancestors().filter(|folder| !folder.as_os_str().is_empty());
        let made = Self(named.take_while(missing).map(Path::to_path_buf).collect());
        DirBuilder::new().recursive(true).create(parent)?;
        Ok(made)
    }
}

impl Drop for Parents {
    fn drop(&mut self) {
        // The first one that holds something ends it: those above hold that one.
        let _kept = self.0.iter().try_for_each(fs::remove_dir);
    }
}
