//! The default store: one SQLite file, WAL, every commit synced, erased bytes overwritten.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::files;
use crate::liveness::{Liveness, LockFolder};
use crate::store::{Importer, Reader, Store, StoreError, Writer, disk};

mod append;
mod find;
mod import;
mod read;
mod schema;

use import::Takeover;
use read::View;
use schema::SCHEMA;

/// The name of the file inside `audit.store_path`.
const FILE: &str = "audit.db";
/// KiB that a writer keeps of the file, so that the many leaves of the indexes which a batch changes are not
/// written and read again meanwhile; taken only as they are used.
const WRITER_CACHE: i64 = 32 * 1024;
/// The same for a reader, which has a leaf of each index for each value under way.
const READER_CACHE: i64 = 16 * 1024;
/// How long a writer waits for another one: so many looks, each a millisecond after the last. SQLite's own
/// waiting looks ever less often, and who waits longest then waits on.
const LOOKS: i32 = 5_000;
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);
/// What SQLite adds to the name of a file for what goes with it, and nothing for the file itself, in the order in
/// which they are renamed: a journal whose file is gone would be taken for that of the next one.
const JOURNALS: [&str; 4] = ["-wal", "", "-shm", "-journal"];

/// A log in an SQLite file.
#[derive(Debug)]
pub(crate) struct SqliteStore {
    folder: PathBuf,
    opened: Option<Opened>,
}

#[derive(Debug)]
struct Opened {
    connection: Connection,
    access: Access,
    /// Which file that is, whatever its name.
    inode: Option<Inode>,
}

/// Device and number.
type Inode = (u64, u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

impl SqliteStore {
    /// Names the store in `folder`; nothing is opened or made yet.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, opened: None }
    }

    fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// The path of the file with `ending` added to its name.
    fn beside(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{FILE}{ending}"))
    }

    /// Makes one file of the store, which is in nobody's use, that a disk without writing shows too.
    pub(crate) fn into_file(self) -> Result<PathBuf, StoreError> {
        let (file, place) = (self.file(), self.place());
        // A reader would keep the journal in use.
        drop(self.opened);
        let single = || {
            let connection = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.pragma_update(None, "journal_mode", "DELETE")?;
            connection.close().map_err(|(_, error)| error)
        };
        single().map_err(|error| translate(&error, &place))?;
        Ok(file)
    }

    fn connect(&mut self, access: Access) -> Result<&mut Opened, StoreError> {
        let place = self.place();
        let here = inode(&self.file());
        let usable = |held: &Opened| {
            (held.access == Access::Write || access == Access::Read) && held.inode == here
        };
        let opened = match self.opened.take().filter(usable) {
            Some(opened) => opened,
            None => self.open(access)?,
        };
        let opened = self.opened.insert(opened);
        SCHEMA.check_version(&opened.connection, &place)?;
        Ok(opened)
    }

    fn open(&self, access: Access) -> Result<Opened, StoreError> {
        let file = self.file();
        let place = self.place();
        let unusable = |error: io::Error| unusable(&place, &error);
        let flags = match access {
            Access::Write => {
                files::create_private_folder(&self.folder).map_err(unusable)?;
                disk::check_local(&self.folder, &place)?;
                make_private_file(&file).map_err(unusable)?;
                OpenFlags::SQLITE_OPEN_READ_WRITE
            }
            Access::Read => {
                let length = match fs::metadata(&file) {
                    Ok(metadata) => metadata.len(),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
                    Err(error) => return Err(unusable(error)),
                };
                if length == 0 {
                    return Err(StoreError::Missing { place });
                }
                OpenFlags::SQLITE_OPEN_READ_ONLY
            }
        };
        // Before it is opened: it may have another name a moment later.
        let inode = inode(&file);
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&file, flags).and_then(|mut connection| {
            configure(&mut connection, access)?;
            Ok(Opened { connection, access, inode })
        });
        opened.map_err(|error| fault(&error, &place, (&file, inode)))
    }
}

impl Store for SqliteStore {
    fn place(&self) -> String {
        format!("sqlite:{}", disk::resolved(&self.file()).display())
    }

    fn liveness(&self) -> Arc<dyn Liveness> {
        Arc::new(LockFolder::new(self.folder.join("runs")))
    }

    fn exists(&self) -> bool {
        match fs::metadata(self.file()) {
            Ok(metadata) => metadata.len() > 0,
            // What cannot be looked at may well be there: opening it says what is wrong.
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }

    fn set_aside(&mut self, suffix: &str) -> Result<(), StoreError> {
        self.opened = None;
        rename(&self.file(), suffix).map_err(|error| unusable(&self.place(), &error))
    }

    fn bytes(&mut self) -> Result<Option<u64>, StoreError> {
        let paths = JOURNALS.iter().map(|journal| self.beside(journal));
        let lengths = paths.filter_map(|path| fs::metadata(path).ok());
        Ok(Some(lengths.map(|metadata| metadata.len()).sum()))
    }

    fn read(&mut self) -> Result<Box<dyn Reader + '_>, StoreError> {
        let place = self.place();
        let connection = &mut self.connect(Access::Read)?.connection;
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .map_err(|error| translate(&error, &place))?;
        Ok(Box::new(View { transaction, place }))
    }

    fn write(&mut self) -> Result<Box<dyn Writer + '_>, StoreError> {
        let (place, file) = (self.place(), self.file());
        let Opened { connection, inode: opened, .. } = self.connect(Access::Write)?;
        let failed = |error| fault(&error, &place, (&file, *opened));
        SCHEMA.upgrade(connection).map_err(failed)?;
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        if opened.is_none() || inode(&file) != *opened {
            // Whoever held the lock gave the file another name.
            leave_journal(&transaction).map_err(failed)?;
            return Err(StoreError::Missing { place });
        }
        SCHEMA.create_if_empty(&transaction).map_err(failed)?;
        Ok(Box::new(View { transaction, place }))
    }

    fn import(&mut self, origin: &str) -> Result<Box<dyn Importer + '_>, StoreError> {
        self.opened = None;
        Ok(Box::new(Takeover::begin(self, origin)?))
    }
}

fn configure(connection: &mut Connection, access: Access) -> Result<(), rusqlite::Error> {
    wait_patiently(connection)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE)?;
    // Plans do not hang on what is bound: a kept statement is not planned again for other values.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Somebody else's database stays as it is, down to its journal: who writes will refuse it.
    if access == Access::Write && schema::may_be_ours(connection)? {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "cache_size", -WRITER_CACHE)?;
    }
    Ok(())
}

/// Has the connection wait for others as long as a writer waits.
fn wait_patiently(connection: &mut Connection) -> Result<(), rusqlite::Error> {
    connection.busy_handler(Some(|looks| {
        std::thread::sleep(BETWEEN_LOOKS);
        looks < LOOKS
    }))
}

fn inode(file: &Path) -> Option<Inode> {
    fs::metadata(file).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// Gives the file and its journals names that end with `.suffix`.
fn rename(file: &Path, suffix: &str) -> io::Result<()> {
    for journal in JOURNALS {
        let name = |ending: &str| {
            let mut name = file.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        match fs::rename(name(journal), name(&format!(".{suffix}{journal}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Brings what is in the journal of a file into it, as far as no reader needs it there.
fn settle_journal(file: &Path) -> Result<(), rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// Lets the journal of a renamed file be: SQLite would take that of whatever has its name now.
fn leave_journal(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(drop)
}

/// Makes the file (0600) before SQLite would with wider rights; SQLite gives its journal files the
/// rights of the file. One that is there is not opened: closing it would end the locks (`fcntl`) that other
/// connections of this process hold on it, and another process would then remove the journal they write to.
fn make_private_file(file: &Path) -> io::Result<()> {
    match fs::OpenOptions::new().create_new(true).append(true).mode(0o600).open(file) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

fn unusable(place: &str, error: &io::Error) -> StoreError {
    StoreError::Unusable { place: place.to_owned(), reason: error.to_string() }
}

/// The same of a file that had this inode when it was opened: of one that was renamed since, whatever SQLite says
/// means that it is gone.
fn fault(
    error: &rusqlite::Error,
    place: &str,
    (file, opened): (&Path, Option<Inode>),
) -> StoreError {
    if inode(file) == opened {
        return translate(error, place);
    }
    StoreError::Missing { place: place.to_owned() }
}

/// Turns what SQLite says into what it means for the log.
fn translate(error: &rusqlite::Error, place: &str) -> StoreError {
    let place = place.to_owned();
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked { place },
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            StoreError::Unreadable { place, reason }
        }
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::DiskFull
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::SystemIoFailure,
        ) => StoreError::Unusable { place, reason },
        _ => StoreError::Unreadable { place, reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether this process holds a lock on a file, as the kernel tells.
    #[cfg(target_os = "linux")]
    fn is_locked(file: &Path) -> bool {
        let (process, inode) = (std::process::id().to_string(), fs::metadata(file).unwrap().ino());
        let locks = fs::read_to_string("/proc/locks").unwrap();
        locks.lines().any(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.contains(&"POSIX")
                && words.contains(&process.as_str())
                && words.iter().any(|word| word.ends_with(&format!(":{inode}")))
        })
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_second_writer_of_this_process_leaves_the_locks_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let (mut first, mut second) =
            (SqliteStore::new(folder.path().into()), SqliteStore::new(folder.path().into()));
        drop(first.write().unwrap());
        let file = first.file();
        assert!(is_locked(&file), "an open connection keeps the journal");
        drop(second.write().unwrap());
        assert!(is_locked(&file));
        drop(second);
        assert!(is_locked(&file));
        drop(first);
        assert!(!is_locked(&file));
    }
}
