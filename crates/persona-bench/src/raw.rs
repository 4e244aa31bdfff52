//! The raw limits: the least process, a durable file, a durable row.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::bench::Bench;
use crate::measure::{Outcome, timed};

/// Starts a program that does nothing.
pub(crate) fn least_process(bench: &Bench) -> Outcome<f64> {
    bench.process(Command::new("true").env_clear().env("PATH", "/usr/bin:/bin"))
}

/// Writes new files, each synced.
#[derive(Debug)]
pub(crate) struct DurableFiles {
    folder: PathBuf,
    bytes: Vec<u8>,
    written: usize,
}

impl DurableFiles {
    pub(crate) fn new(folder: PathBuf, length: u64) -> Outcome<Self> {
        fs::create_dir(&folder)?;
        Ok(Self { folder, bytes: vec![b'x'; usize::try_from(length)?], written: 0 })
    }

    pub(crate) fn write(&mut self) -> Outcome<f64> {
        self.written += 1;
        let path = self.folder.join(self.written.to_string());
        let ((), taken) = timed(|| {
            let mut file = File::create_new(path)?;
            file.write_all(&self.bytes)?;
            Ok(file.sync_all()?)
        })?;
        Ok(taken)
    }
}

/// The columns of a stored entry after its index, byte for byte.
#[derive(Clone, Debug)]
pub(crate) struct EntryRow(Vec<Value>);

/// Columns of `entry`, whose index the raw table counts itself.
const COLUMNS: [&str; 8] = [
    "audit_id",
    "header",
    "public",
    "public_nonce",
    "public_commitment",
    "private",
    "private_nonce",
    "private_commitment",
];

impl EntryRow {
    /// Returns the bytes that the row holds.
    pub(crate) fn length(&self) -> usize {
        let length = |value: &Value| match value {
            Value::Blob(bytes) => bytes.len(),
            Value::Text(text) => text.len(),
            Value::Null | Value::Integer(_) | Value::Real(_) => 0,
        };
        self.0.iter().map(length).sum()
    }
}

/// Opens a log's database to look at it; while it is open, no writer is the last to leave.
pub(crate) fn onlooker(home: &Path) -> Outcome<Connection> {
    let path = home.join("audit/audit.db");
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.query_row("SELECT size FROM log", [], |_| Ok(()))?;
    Ok(connection)
}

/// Reads the first entries of a log, in order.
pub(crate) fn entry_rows(log: &Connection, most: i64) -> Outcome<Vec<EntryRow>> {
    rows_between(log, 0, most)
}

/// Reads the entries of a log from an index on.
pub(crate) fn entry_rows_from(log: &Connection, first: i64) -> Outcome<Vec<EntryRow>> {
    rows_between(log, first, i64::MAX)
}

/// Counts the entries of a log.
pub(crate) fn entries(log: &Connection) -> Outcome<i64> {
    Ok(log.query_row("SELECT size FROM log", [], |row| row.get(0))?)
}

fn rows_between(log: &Connection, first: i64, end: i64) -> Outcome<Vec<EntryRow>> {
    let columns = COLUMNS.join(", ");
    let sql = format!("SELECT {columns} FROM entry WHERE idx >= ?1 AND idx < ?2 ORDER BY idx");
    let mut statement = log.prepare(&sql)?;
    let rows = statement.query_map([first, end], |row| {
        (0..COLUMNS.len()).map(|column| row.get(column)).collect::<Result<_, _>>().map(EntryRow)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A table without index, signature or tree: what SQLite needs for one durable row.
#[derive(Debug)]
pub(crate) struct RawTable(Connection);

impl RawTable {
    pub(crate) fn new(file: &Path) -> Outcome<Self> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let columns = COLUMNS.map(|name| format!("{name} ANY")).join(", ");
        connection.execute_batch(&format!(
            "CREATE TABLE entry (idx INTEGER PRIMARY KEY, {columns}) STRICT"
        ))?;
        Ok(Self(connection))
    }

    /// Inserts a row in a commit of its own.
    pub(crate) fn commit(&self, row: &EntryRow) -> Outcome<f64> {
        let ((), taken) = timed(|| insert(&self.0, row))?;
        Ok(taken)
    }

    /// Inserts rows in one commit.
    pub(crate) fn commit_all(&self, rows: &[EntryRow]) -> Outcome<f64> {
        let ((), taken) = timed(|| {
            let transaction = self.0.unchecked_transaction()?;
            rows.iter().try_for_each(|row| insert(&transaction, row))?;
            Ok(transaction.commit()?)
        })?;
        Ok(taken)
    }
}

fn insert(connection: &Connection, row: &EntryRow) -> Outcome<()> {
    let sql = "INSERT INTO entry VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)";
    connection.prepare_cached(sql)?.execute(params_from_iter(&row.0))?;
    Ok(())
}
