//! Reading the SQLite store: whatever lies in a column comes back as bytes, to be judged above.

use data_encoding::HEXLOWER;
use rusqlite::types::{ToSql, ValueRef};
use rusqlite::{OptionalExtension as _, Row as SqlRow, Transaction, params};

use crate::digest::Digest;
use crate::merkle::NodeId;
use crate::store::sqlite::{find, schema, translate};
use crate::store::{
    Depth, Head, KeptCheckpoint, Oddity, Reader, Row, RowFilter, StoreError, StoredEntry,
    StoredHalf, StoredNode,
};

const ENTRY: &str = "SELECT idx, audit_id, header, public, public_nonce, public_commitment, \
                     private, private_nonce, private_commitment FROM entry";

/// A transaction as a consistent view.
pub(super) struct View<'connection> {
    pub(super) transaction: Transaction<'connection>,
    pub(super) place: String,
}

impl View<'_> {
    fn all<T>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        read: impl FnMut(&SqlRow<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Vec<T>, StoreError> {
        self.done((|| {
            let mut statement = self.transaction.prepare_cached(sql)?;
            statement.query_map(parameters, read)?.collect()
        })())
    }

    pub(super) fn done<T>(&self, result: Result<T, rusqlite::Error>) -> Result<T, StoreError> {
        result.map_err(|error| translate(&error, &self.place))
    }
}

impl Reader for View<'_> {
    fn head(&self) -> Result<Option<Head>, StoreError> {
        if !self.done(schema::is_laid_out(&self.transaction))? {
            return Ok(None);
        }
        let sql = "SELECT origin, size, checkpoint FROM log ORDER BY id LIMIT 2";
        let mut heads = self.all(sql, &[], |row| {
            let checkpoint = bytes(row, 2)?.unwrap_or_default();
            let (origin, size) = (text(row, 0)?, whole(row, 1)?);
            Ok(Head { origin, size, checkpoint, heads: 1, fault: None })
        })?;
        let number = heads.len();
        Ok(heads.pop().map(|head| Head { heads: number, ..head }))
    }

    fn entries(&self, from: i64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        let sql = format!("{ENTRY} WHERE idx >= ?1 ORDER BY idx LIMIT ?2");
        self.all(&sql, params![from, bounded(limit)], entry)
    }

    fn entries_of(&self, audit_id: Option<&str>) -> Result<Vec<StoredEntry>, StoreError> {
        let sql = format!("{ENTRY} WHERE audit_id IS ?1 ORDER BY idx");
        self.all(&sql, params![audit_id], entry)
    }

    fn runs(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(DISTINCT audit_id) FROM entry";
        let counted = self.all(sql, &[], |row| whole(row, 0))?;
        Ok(counted.first().and_then(|runs| u64::try_from(*runs).ok()).unwrap_or(0))
    }

    fn subtrees(&self, nodes: &[NodeId]) -> Result<Vec<Option<Digest>>, StoreError> {
        self.done((|| {
            let sql = "SELECT hash FROM node WHERE entry = ?1 AND level = ?2";
            let mut statement = self.transaction.prepare_cached(sql)?;
            let mut subtree = |node: &NodeId| {
                let entry = i64::try_from(node.completed_by()).unwrap_or(i64::MAX);
                let hash =
                    statement.query_row(params![entry, node.level], |row| bytes(row, 0)).optional();
                Ok(hash?.flatten().and_then(|hash| Digest::from_slice(&hash)))
            };
            nodes.iter().map(&mut subtree).collect()
        })())
    }

    fn nodes(&self, after: (i64, i64), limit: usize) -> Result<Vec<StoredNode>, StoreError> {
        let sql = "SELECT entry, level, hash FROM node WHERE (entry, level) > (?1, ?2) \
                   ORDER BY entry, level LIMIT ?3";
        self.all(sql, params![after.0, after.1, bounded(limit)], |row| {
            let hash = bytes(row, 2)?.unwrap_or_default();
            Ok(StoredNode { entry: whole(row, 0)?, level: whole(row, 1)?, hash })
        })
    }

    fn kept_checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        self.all("SELECT size, note FROM kept_checkpoint ORDER BY size", &[], |row| {
            let note = bytes(row, 1)?.unwrap_or_default();
            Ok(KeptCheckpoint { size: whole(row, 0)?, note })
        })
    }

    fn rows(&self, filter: &RowFilter) -> Result<Vec<Row>, StoreError> {
        self.done(find::rows(&self.transaction, filter, row))
    }

    fn oddities(&self, depth: Depth) -> Result<Vec<Oddity>, StoreError> {
        let mut faults = self.done(schema::SCHEMA.faults(&self.transaction))?;
        if depth == Depth::Indexes {
            faults.extend(self.done(schema::index_faults(&self.transaction))?);
        }
        Ok(faults.into_iter().map(Oddity::Fault).collect())
    }
}

fn row(row: &SqlRow<'_>) -> Result<Row, rusqlite::Error> {
    Ok(Row {
        audit_id: text(row, 0)?,
        opened: whole(row, 1)?,
        time: text(row, 2)?,
        status: text(row, 3)?,
        model: optional_text(row, 4)?,
        provider: optional_text(row, 5)?,
        data_hash: optional_text(row, 6)?,
        data_path: optional_text(row, 7)?,
        user: optional_text(row, 8)?,
    })
}

fn entry(row: &SqlRow<'_>) -> Result<StoredEntry, rusqlite::Error> {
    let half = |column: usize| {
        let (body, nonce) = (bytes(row, column)?, bytes(row, column + 1)?);
        Ok::<_, rusqlite::Error>(StoredHalf { body, nonce, commitment: bytes(row, column + 2)? })
    };
    Ok(StoredEntry {
        index: whole(row, 0)?,
        audit_id: optional_text(row, 1)?,
        header: bytes(row, 2)?.unwrap_or_default(),
        public: half(3)?,
        private: half(6)?,
        state: None,
        fault: None,
    })
}

/// A value as bytes; one of another type comes back as text that no hash fits.
fn bytes(row: &SqlRow<'_>, column: usize) -> Result<Option<Vec<u8>>, rusqlite::Error> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Blob(bytes) | ValueRef::Text(bytes) => Some(bytes.to_vec()),
        ValueRef::Integer(number) => Some(number.to_string().into_bytes()),
        ValueRef::Real(number) => Some(number.to_string().into_bytes()),
    })
}

/// A value as text; bytes that are none come back in a spelling that no honest row holds.
fn optional_text(row: &SqlRow<'_>, column: usize) -> Result<Option<String>, rusqlite::Error> {
    Ok(bytes(row, column)?.map(|bytes| match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => format!("\0{}", HEXLOWER.encode(error.as_bytes())),
    }))
}

fn text(row: &SqlRow<'_>, column: usize) -> Result<String, rusqlite::Error> {
    Ok(optional_text(row, column)?.unwrap_or_default())
}

/// A value as a whole number; what is none becomes the least, which no honest row holds.
fn whole(row: &SqlRow<'_>, column: usize) -> Result<i64, rusqlite::Error> {
    Ok(row.get_ref(column)?.as_i64().unwrap_or(i64::MIN))
}

fn bounded(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
