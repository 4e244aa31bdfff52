//! The store for few records and curious readers: a folder with one JSON file an entry.
//!
//! The entry files are the log. `tiles/hashes` and `columns.jsonl` follow from them: they may be behind, are
//! caught up by the next append, and are never believed without being compared.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::files;
use crate::liveness::{Liveness, LockFolder};
use crate::store::{Importer, Reader, Store, StoreError, Writer, disk};

mod append;
mod columns;
mod entry;
mod erase;
mod folder;
mod glance;
mod import;
mod listing;
mod lock;
mod read;
mod tiles;

use folder::Folder;
use import::Takeover;
use read::View;

/// The name of the folder inside `audit.store_path`.
const FOLDER: &str = "json";

/// The folder's name once it is set aside.
fn aside(suffix: &str) -> String {
    format!("{FOLDER}.{suffix}")
}

/// A log as a folder of JSON files.
#[derive(Debug)]
pub(crate) struct JsonStore {
    path: PathBuf,
}

impl JsonStore {
    /// Names the store in the folder `path`; nothing is opened or made yet.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn folder(&self) -> Folder {
        Folder::new(self.path.join(FOLDER), self.place())
    }
}

impl Store for JsonStore {
    fn place(&self) -> String {
        format!("json:{}", disk::resolved(&self.path.join(FOLDER)).display())
    }

    fn liveness(&self) -> Arc<dyn Liveness> {
        Arc::new(LockFolder::new(self.path.join("runs")))
    }

    fn exists(&self) -> bool {
        // What cannot be looked at may well be there: opening it says what is wrong.
        self.folder().is_used().unwrap_or(true)
    }

    fn set_aside(&mut self, suffix: &str) -> Result<(), StoreError> {
        let folder = self.folder();
        match folder.rename(&aside(suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(folder.failed(&error)),
            _ => Ok(()),
        }
    }

    fn bytes(&mut self) -> Result<Option<u64>, StoreError> {
        let folder = self.folder();
        folder.bytes().map(Some).map_err(|error| folder.failed(&error))
    }

    fn read(&mut self) -> Result<Box<dyn Reader + '_>, StoreError> {
        let folder = self.folder();
        match folder.is_used() {
            Ok(true) => {}
            Ok(false) => return Err(StoreError::Missing { place: self.place() }),
            Err(error)
                if error.kind() == io::ErrorKind::NotADirectory && folder.path().exists() =>
            {
                return Err(folder.unreadable("it is not a folder"));
            }
            Err(error) => return Err(folder.failed(&error)),
        }
        let hold = lock::against_erasure(&folder)?;
        Ok(Box::new(View::open(folder, hold)?))
    }

    fn write(&mut self) -> Result<Box<dyn Writer + '_>, StoreError> {
        let folder = self.folder();
        files::create_private_folder(folder.path()).map_err(|error| folder.failed(&error))?;
        disk::check_local(folder.path(), &self.place())?;
        let hold = lock::for_appending(&folder)?;
        Ok(Box::new(View::open(folder, hold)?))
    }

    fn import(&mut self, origin: &str) -> Result<Box<dyn Importer + '_>, StoreError> {
        if self.exists() {
            return Err(StoreError::Occupied { place: self.place() });
        }
        Ok(Box::new(Takeover::begin(&self.path, self.folder(), origin)?))
    }
}
