//! Appending to the SQLite store: one transaction, one sync.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use rusqlite::{Transaction, params};

use crate::digest::Digest;
use crate::entry::Entry;
use crate::id::AuditId;
use crate::merkle::NodeId;
use crate::store::sqlite::read::View;
use crate::store::sqlite::{FILE, leave_journal, rename, settle_journal, translate, unusable};
use crate::store::{
    Batch, Erasure, HalfName, Keep, Reader as _, Row, RowChange, StoreError, StoredEntry, Writer,
};

impl Writer for View<'_> {
    fn commit(self: Box<Self>, batch: &Batch) -> Result<(), StoreError> {
        let found = self.head()?.map_or(0, |head| head.size);
        if u64::try_from(found).ok() != Some(batch.expected_size) {
            return Err(StoreError::Moved { expected: batch.expected_size, found });
        }
        let Self { transaction, place } = *self;
        write(&transaction, batch, found)
            .and_then(|()| transaction.commit())
            .map_err(|error| translate(&error, &place))
    }

    fn retire(self: Box<Self>, suffix: &str) -> Result<String, StoreError> {
        let Self { transaction, place } = *self;
        let nameless = || unusable(&place, &io::Error::other("the database has no name"));
        let file = transaction.path().map(PathBuf::from).ok_or_else(nameless)?;
        settle_journal(&file).map_err(|error| translate(&error, &place))?;
        rename(&file, suffix).map_err(|error| unusable(&place, &error))?;
        leave_journal(&transaction).map_err(|error| translate(&error, &place))?;
        Ok(format!("{FILE}.{suffix}"))
    }

    fn erase(self: Box<Self>, erasure: &Erasure) -> Result<(), StoreError> {
        for (index, half) in &erasure.halves {
            let index = i64::try_from(*index).unwrap_or(i64::MAX);
            for mut entry in self.entries(index, 1)?.into_iter().filter(|e| e.index == index) {
                entry.erase(*half);
                self.done(update_halves(&self.transaction, &entry))?;
            }
        }
        let Self { transaction, place } = *self;
        let rows = &mut erasure.rows.iter();
        rows.try_for_each(|change| change_row(&transaction, change))
            .and_then(|()| transaction.commit())
            .map_err(|error| translate(&error, &place))
    }
}

fn write(log: &Transaction<'_>, batch: &Batch, size: i64) -> Result<(), rusqlite::Error> {
    insert_entries(log, batch.entries.iter().map(|appended| &appended.entry))?;
    insert_nodes(log, batch.entries.iter().flat_map(|appended| &appended.nodes))?;
    let (added, changed) = settled(batch.entries.iter().filter_map(|entry| entry.row.as_ref()));
    insert_rows(log, &added)?;
    changed.iter().try_for_each(|change| change_row(log, change))?;
    let size = size.saturating_add(i64::try_from(batch.entries.len()).unwrap_or(i64::MAX));
    let note = batch.checkpoint.as_bytes();
    if batch.keep == Keep::ForEver {
        log.prepare_cached("INSERT INTO kept_checkpoint (size, note) VALUES (?1, ?2)")?
            .execute(params![size, note])?;
    }
    log.prepare_cached(
        "INSERT INTO log (id, origin, size, checkpoint) VALUES (1, ?1, ?2, ?3) \
         ON CONFLICT (id) DO UPDATE SET size = excluded.size, checkpoint = excluded.checkpoint",
    )?
    .execute(params![batch.origin, size, note])?;
    Ok(())
}

fn insert_entries<'a>(
    log: &Transaction<'_>,
    entries: impl Iterator<Item = &'a Entry>,
) -> Result<(), rusqlite::Error> {
    let mut insert = log.prepare_cached(
        "INSERT INTO entry (idx, audit_id, header, public, public_nonce, private, private_nonce) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for entry in entries {
        insert.execute(params![
            i64::try_from(entry.header.index).unwrap_or(i64::MAX),
            entry.header.audit_id.as_ref().map(AuditId::as_str),
            entry.header_bytes,
            entry.public.body,
            entry.public.nonce,
            entry.private.body,
            entry.private.nonce,
        ])?;
    }
    Ok(())
}

pub(super) fn insert_nodes<'a>(
    log: &Transaction<'_>,
    nodes: impl Iterator<Item = &'a (NodeId, Digest)>,
) -> Result<(), rusqlite::Error> {
    let mut insert =
        log.prepare_cached("INSERT INTO node (entry, level, hash) VALUES (?1, ?2, ?3)")?;
    for (node, hash) in nodes {
        let entry = i64::try_from(node.completed_by()).unwrap_or(i64::MAX);
        insert.execute(params![entry, node.level, hash.as_bytes()])?;
    }
    Ok(())
}

/// Sorts out what the entries of one commit do to the rows: a run that they both open and close gets its row
/// as it is then, which spares the indexes a change. What is left is about rows from before.
fn settled<'a>(
    changes: impl Iterator<Item = &'a RowChange>,
) -> (Vec<Cow<'a, Row>>, Vec<&'a RowChange>) {
    let (mut added, mut changed) = (Vec::new(), Vec::new());
    let mut places = BTreeMap::new();
    for change in changes {
        if let RowChange::Add(row) = change {
            places.insert(&*row.audit_id, added.len());
            added.push(Cow::Borrowed(row));
            continue;
        }
        match places.get(change.audit_id()).and_then(|place| added.get_mut(*place)) {
            Some(row) => row.to_mut().apply(change),
            None => changed.push(change),
        }
    }
    (added, changed)
}

fn insert_rows(log: &Transaction<'_>, rows: &[Cow<'_, Row>]) -> Result<(), rusqlite::Error> {
    let mut insert = log.prepare_cached(
        "INSERT INTO record (audit_id, opened, time, status, model, provider, data_hash, \
         data_path, user) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for row in rows {
        insert.execute(params![
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
    }
    Ok(())
}

fn change_row(log: &Transaction<'_>, change: &RowChange) -> Result<(), rusqlite::Error> {
    match change {
        RowChange::Add(row) => return insert_rows(log, &[Cow::Borrowed(row)]),
        RowChange::Status { audit_id, status } => log
            .prepare_cached("UPDATE record SET status = ?2 WHERE audit_id = ?1")?
            .execute(params![audit_id, status])?,
        RowChange::Erase { audit_id, half: HalfName::Public } => log
            .prepare_cached(
                "UPDATE record SET model = NULL, provider = NULL, data_hash = NULL \
                 WHERE audit_id = ?1",
            )?
            .execute(params![audit_id])?,
        RowChange::Erase { audit_id, half: HalfName::Private } => log
            .prepare_cached("UPDATE record SET data_path = NULL, user = NULL WHERE audit_id = ?1")?
            .execute(params![audit_id])?,
    };
    Ok(())
}

fn update_halves(log: &Transaction<'_>, entry: &StoredEntry) -> Result<(), rusqlite::Error> {
    let (public, private) = (&entry.public, &entry.private);
    log.prepare_cached(
        "UPDATE entry SET public = ?2, public_nonce = ?3, public_commitment = ?4, private = ?5, \
         private_nonce = ?6, private_commitment = ?7 WHERE idx = ?1",
    )?
    .execute(params![
        entry.index,
        public.body,
        public.nonce,
        public.commitment,
        private.body,
        private.nonce,
        private.commitment,
    ])?;
    Ok(())
}
