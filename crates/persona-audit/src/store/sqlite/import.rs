//! Taking a log over into an SQLite file: staged in a file beside, which nobody reads, and renamed when
//! it is whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, params};

use crate::files;
use crate::store::sqlite::append::insert_nodes;
use crate::store::sqlite::{
    JOURNALS, SCHEMA, SqliteStore, make_private_file, translate, unusable, wait_patiently,
};
use crate::store::{
    Head, Importer, KeptCheckpoint, Part, Row, Store as _, StoreError, StoredEntry, disk,
};

/// What the staged file's name ends with.
const STAGED: &str = "importing";
/// What the leftovers of a log that is gone are called when another one takes its place.
const LEFTOVER: &str = "leftover";
/// Random places of eight indexes are written: a bigger cache, in KiB, spares the disk.
const CACHE: i64 = -64 * 1024;

/// A log that is being taken over.
pub(super) struct Takeover<'store> {
    store: &'store mut SqliteStore,
    /// Holds the staged file's lock: one takes over at a time.
    connection: Connection,
    staged: PathBuf,
}

impl<'store> Takeover<'store> {
    /// Goes on with what is staged of the log `origin`; what is staged of another one is discarded.
    pub(super) fn begin(store: &'store mut SqliteStore, origin: &str) -> Result<Self, StoreError> {
        let place = store.place();
        if store.exists() {
            return Err(StoreError::Occupied { place });
        }
        files::create_private_folder(&store.folder).map_err(|error| unusable(&place, &error))?;
        disk::check_local(&store.folder, &place)?;
        let staged = store.beside(&format!(".{STAGED}"));
        let connection = match resume(&staged, origin, &place)? {
            Some(connection) => connection,
            None => stage(&staged, origin, &place)?,
        };
        Ok(Self { store, connection, staged })
    }

    fn change(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> Result<(), rusqlite::Error>,
    ) -> Result<(), StoreError> {
        let place = self.store.place();
        let changed = || {
            let transaction = self.connection.transaction()?;
            change(&transaction)?;
            transaction.commit()
        };
        changed().map_err(|error| translate(&error, &place))
    }
}

impl Importer for Takeover<'_> {
    fn staged(&self) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(max(idx), -1) + 1 FROM entry";
        let staged = self.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let staged = staged.map_err(|error| translate(&error, &self.store.place()))?;
        Ok(u64::try_from(staged).unwrap_or(0))
    }

    fn add(&mut self, part: &Part) -> Result<(), StoreError> {
        self.change(|log| {
            part.entries.iter().try_for_each(|entry| insert_entry(log, entry))?;
            insert_nodes(log, part.nodes.iter())?;
            part.kept.iter().try_for_each(|kept| insert_kept(log, kept))?;
            part.rows.iter().try_for_each(|row| insert_row(log, row))
        })
    }

    fn finish(mut self: Box<Self>, head: &Head) -> Result<(), StoreError> {
        self.change(|log| set_head(log, &head.origin, head.size, &head.checkpoint))?;
        let Self { store, connection, staged } = *self;
        let place = store.place();
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(|error| translate(&error, &place))?;
        connection.close().map_err(|(_, error)| translate(&error, &place))?;
        if store.exists() {
            return Err(StoreError::Occupied { place });
        }
        // The journal of a log that is gone would be taken for this one's.
        store.set_aside(LEFTOVER)?;
        let file = store.file();
        fs::rename(&staged, &file)
            .and_then(|()| files::sync_folder(&file))
            .map_err(|error| unusable(&place, &error))
    }
}

/// Opens what is staged of this log, or returns `None` where that is nothing.
fn resume(staged: &Path, origin: &str, place: &str) -> Result<Option<Connection>, StoreError> {
    if !staged.exists() {
        return Ok(None);
    }
    let look = || {
        let connection = open(staged)?;
        let sql = "SELECT origin FROM log WHERE id = 1";
        let named: Option<String> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
        let own = named.as_deref() == Some(origin) && SCHEMA.faults(&connection)?.is_empty();
        Ok(own.then_some(connection))
    };
    match look() {
        Ok(resumed) => Ok(resumed),
        Err(error) => {
            let error = translate(&error, place);
            // Whatever else it is, it is no half of this log.
            if matches!(error, StoreError::Locked { .. }) { Err(error) } else { Ok(None) }
        }
    }
}

/// Begins a new staged file in the place of any other.
fn stage(staged: &Path, origin: &str, place: &str) -> Result<Connection, StoreError> {
    let made = JOURNALS.iter().try_for_each(|journal| {
        let mut path = staged.as_os_str().to_owned();
        path.push(journal);
        files::remove(Path::new(&path))
    });
    let made: io::Result<()> = made.and_then(|()| make_private_file(staged));
    made.map_err(|error| unusable(place, &error))?;
    let begin = || {
        let mut connection = open(staged)?;
        let transaction = connection.transaction()?;
        SCHEMA.create_if_empty(&transaction)?;
        set_head(&transaction, origin, 0, b"")?;
        transaction.commit()?;
        Ok(connection)
    };
    begin().map_err(|error| translate(&error, place))
}

/// Opens the staged file for this process alone. One journal that is gone after each commit, no WAL: what
/// is renamed is one file.
fn open(staged: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(staged, flags)?;
    wait_patiently(&mut connection)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", CACHE)?;
    connection.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
    Ok(connection)
}

fn insert_entry(log: &Transaction<'_>, entry: &StoredEntry) -> Result<(), rusqlite::Error> {
    let StoredEntry { index, audit_id, header, public, private, .. } = entry;
    log.prepare_cached("INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?.execute(
        params![
            index,
            audit_id,
            header,
            public.body,
            public.nonce,
            public.commitment,
            private.body,
            private.nonce,
            private.commitment,
        ],
    )?;
    Ok(())
}

fn insert_kept(log: &Transaction<'_>, kept: &KeptCheckpoint) -> Result<(), rusqlite::Error> {
    log.prepare_cached("INSERT INTO kept_checkpoint (size, note) VALUES (?1, ?2)")?
        .execute(params![kept.size, kept.note])?;
    Ok(())
}

/// A run's row may come again, when the run was closed by a later part.
fn insert_row(log: &Transaction<'_>, row: &Row) -> Result<(), rusqlite::Error> {
    log.prepare_cached(
        "INSERT OR REPLACE INTO record (audit_id, opened, time, status, model, provider, \
         data_hash, data_path, user) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        row.audit_id,
        row.opened,
        row.time,
        row.status,
        row.model,
        row.provider,
        row.data_hash,
        row.data_path,
        row.user,
    ])?;
    Ok(())
}

fn set_head(
    log: &Transaction<'_>,
    origin: &str,
    size: i64,
    note: &[u8],
) -> Result<(), rusqlite::Error> {
    log.execute("INSERT OR REPLACE INTO log VALUES (1, ?1, ?2, ?3)", params![origin, size, note])?;
    Ok(())
}
