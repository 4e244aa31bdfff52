//! A copy of a log as one SQLite file, taken while runs go on, and read back before it gets its name.

use std::fs::{self, File};
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
        let mut copy = SqliteStore::new(staging.folder.clone());
        let place = copy.place();
        let of_copy = |error| of_copy(error, &place, path);
        let checkpoint = copy_to(&mut log, &mut copy, watch).map_err(of_copy)?;
        let root = read_back(&mut copy, &checkpoint, watch).map_err(of_copy)?;
        let file = copy.into_file().map_err(|error| of_copy(error.into()))?;
        files::publish(&file, path).map_err(unwritable)?;
        drop(staging);
        sweep(folder_of(path));
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

/// What the name of a folder with a copy that is not whole yet begins with; 16 hex digits follow.
const STAGING: &str = ".persona-backup-";
/// The file in it that whoever makes the copy holds locked.
const LOCK: &str = "lock";
/// New names tried where somebody else swept the folder up before it was locked.
const TRIES: usize = 8;

/// A folder beside the file to be, gone when this is dropped.
struct Staging {
    folder: PathBuf,
    /// Held for as long as the folder is in use; none on a file system without locks, where nobody can take
    /// one to sweep it up either.
    lock: Option<File>,
}

impl Staging {
    fn beside(path: &Path, ambient: &Ambient) -> Result<Self, AuditError> {
        let unwritable = |source| AuditError::Backup { path: path.to_owned(), source };
        let parent = folder_of(path);
        if !parent.is_dir() {
            return Err(unwritable(io::ErrorKind::NotFound.into()));
        }
        for _ in 0..TRIES {
            let random = Digest::of(&ambient.random::<32>()?).to_hex();
            let name = random.get(..16).unwrap_or_default();
            let folder = parent.join(format!("{STAGING}{name}"));
            files::create_private_folder(&folder).map_err(unwritable)?;
            let staging = Self { lock: files::lock(&folder.join(LOCK)).ok(), folder };
            if staging.lock.is_none() || staging.folder.join(LOCK).exists() {
                return Ok(staging);
            }
        }
        Err(unwritable(io::ErrorKind::ResourceBusy.into()))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed is a hidden folder with half a copy in it.
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn folder_of(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or_else(|| Path::new("."))
}

/// Removes the copies in `parent` whose makers were killed: nobody holds their lock. What cannot be looked at
/// or removed stays: the backup itself is made.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let is_copy = entry.file_name().to_str().is_some_and(is_staging);
        if !is_copy || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        match files::open_regular(&entry.path().join(LOCK)) {
            Ok(lock) if lock.try_lock().is_ok() => drop(fs::remove_dir_all(entry.path())),
            // Killed before it had its lock: then nothing is in it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                drop(fs::remove_dir(entry.path()));
            }
            _ => {}
        }
    }
}

fn is_staging(name: &str) -> bool {
    let digits = name.strip_prefix(STAGING).unwrap_or_default();
    digits.len() == 16 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_killed_processes_are_swept_up_and_no_others() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("kept.db");
        let (gone, empty) =
            (".persona-backup-00000000000000aa", ".persona-backup-00000000000000bb");
        let others = [".persona-backup-mine", ".persona-backup-00000000000000AA"];
        for name in [gone, others[0], others[1]] {
            drop(files::lock(&parent.path().join(name).join(LOCK)).unwrap());
            files::create(&parent.path().join(name).join("audit.db"), b"half").unwrap();
        }
        files::create_private_folder(&parent.path().join(empty)).unwrap();
        let alive = Staging::beside(&path, &Ambient::system()).unwrap();
        sweep(folder_of(&path));
        assert!(!parent.path().join(gone).exists() && !parent.path().join(empty).exists());
        assert!(alive.folder.join(LOCK).exists());
        assert!(others.iter().all(|name| parent.path().join(name).join("audit.db").exists()));
        drop(alive);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 2);
    }
}
