//! A copy of a log as one SQLite file, taken while runs go on, and read back before it gets its name.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::ambient::Ambient;
use crate::checkpoint::SignedCheckpoint;
use crate::digest::Digest;
use crate::error::AuditError;
use crate::files;
use crate::finding::{Code, Finding};
use crate::guard::{self, contradiction};
use crate::log::Log;
use crate::store::sqlite::SqliteStore;
use crate::store::{Depth, Importer, Oddity, Reader, Store as _, StoreError};
use crate::trail::AuditTrail;
use crate::transfer::{Progress, Transfer, Watch};

/// What a backup has to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// The file.
    pub path: PathBuf,
    /// The place of the log.
    pub place: String,
    /// The log's name.
    pub origin: String,
    /// The entries in it.
    pub size: u64,
    /// The root that they hash to, computed from the file's own headers.
    pub root: String,
    /// The checkpoint that it was taken at, as a signed note.
    pub checkpoint: String,
}

impl AuditTrail {
    /// Copies the log to `path`, where no file is, as an SQLite store: entries, nonces, commitments and kept
    /// checkpoints byte for byte. What is not as it was sealed is not copied. `watch` is told how far it is,
    /// twice over: for the copy, and for reading it back.
    ///
    /// # Errors
    /// [`AuditError::Backup`], [`AuditError::NoLog`], [`AuditError::Stopped`], a log that contradicts its
    /// head, and a store that cannot be read; then there is no file.
    pub fn backup(
        &self,
        path: &Path,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Backup, AuditError> {
        let unwritable = |source| AuditError::Backup { path: path.to_owned(), source };
        if path.symlink_metadata().is_ok() {
            return Err(unwritable(io::ErrorKind::AlreadyExists.into()));
        }
        let mut log = self.log()?;
        let ambient = log.ambient.clone();
        let staging = Staging::beside(path, &ambient)?;
        let mut copy = SqliteStore::new(staging.0.clone());
        let place = copy.place();
        let of_copy = |error| of_copy(error, &place, path);
        let checkpoint = copy_to(&mut log, &mut copy, watch).map_err(of_copy)?;
        let root = read_back(&mut copy, &checkpoint, watch).map_err(of_copy)?;
        let file = copy.into_file().map_err(|error| of_copy(error.into()))?;
        files::publish(&file, path).map_err(unwritable)?;
        let head = checkpoint.checkpoint();
        Ok(Backup {
            path: path.to_owned(),
            place: log.store.place(),
            origin: head.origin.to_string(),
            size: head.size,
            root: root.to_string(),
            checkpoint: checkpoint.to_text(),
        })
    }
}

/// A folder beside the file to be, gone when this is dropped.
struct Staging(PathBuf);

impl Staging {
    fn beside(path: &Path, ambient: &Ambient) -> Result<Self, AuditError> {
        let unwritable = |source| AuditError::Backup { path: path.to_owned(), source };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or_else(|| Path::new("."));
        if !parent.is_dir() {
            return Err(unwritable(io::ErrorKind::NotFound.into()));
        }
        let random = Digest::of(&ambient.random::<32>()?).to_hex();
        let name = random.get(..16).unwrap_or_default();
        let folder = parent.join(format!(".persona-backup-{name}"));
        files::create_private_folder(&folder).map_err(unwritable)?;
        Ok(Self(folder))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed is a hidden folder with half a copy in it.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A copy that cannot be written is named by the file it was to be.
fn of_copy(error: AuditError, copy: &str, path: &Path) -> AuditError {
    if let AuditError::Store(StoreError::Unusable { place, reason }) = &error
        && place == copy
    {
        let source = io::Error::other(reason.clone());
        return AuditError::Backup { path: path.to_owned(), source };
    }
    error
}

/// Copies what a consistent view of the log shows, and returns its checkpoint.
fn copy_to(
    log: &mut Log,
    copy: &mut SqliteStore,
    watch: Watch<'_>,
) -> Result<SignedCheckpoint, AuditError> {
    let known = log.known_or_gone()?;
    let reader = match log.store.read() {
        Err(StoreError::Missing { .. }) => return Err(AuditError::NoLog),
        reader => reader?,
    };
    let head = reader.head()?.ok_or(AuditError::NoLog)?;
    let ground = guard::inspect(&*reader, &head, &known, None)?.agreeing()?;
    let mut importer = copy.import(ground.origin.as_str())?;
    let transfer = walk(&*reader, &ground.head, Some(&mut *importer), watch)?;
    transfer.carry_rest(&mut *importer)?;
    importer.finish(&head)?;
    Ok(ground.head)
}

/// Reads the copy as one reads a log that nobody vouches for, and returns its root.
fn read_back(
    copy: &mut SqliteStore,
    wanted: &SignedCheckpoint,
    watch: Watch<'_>,
) -> Result<Digest, AuditError> {
    let reader = copy.read()?;
    let amiss = |detail: &str| contradiction(Finding::error(Code::LogForked, detail));
    let head = reader.head()?.ok_or_else(|| amiss("the copy is empty"))?;
    if head.checkpoint != wanted.to_text().as_bytes() {
        return Err(amiss("the copy has another checkpoint than the log"));
    }
    if let Some(Oddity::Fault(fault) | Oddity::Beyond(fault) | Oddity::Stray(fault)) =
        reader.oddities(Depth::Indexes)?.into_iter().next()
    {
        return Err(amiss(&fault));
    }
    Ok(walk(&*reader, wanted, None, watch)?.root())
}

fn walk(
    reader: &dyn Reader,
    head: &SignedCheckpoint,
    importer: Option<&mut dyn Importer>,
    watch: Watch<'_>,
) -> Result<Transfer, AuditError> {
    let mut transfer = Transfer::default();
    transfer.run(reader, head.checkpoint(), importer, watch)?;
    transfer.check_rows(reader)?;
    Ok(transfer)
}
