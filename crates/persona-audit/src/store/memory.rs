//! The store that forgets: the model that the others are compared with, and a log for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::digest::Digest;
use crate::liveness::{Liveness, LockFolder};
use crate::merkle::NodeId;
use crate::store::{
    Appended, Batch, Depth, Erasure, Head, Importer, Keep, KeptCheckpoint, Oddity, Part, Reader,
    Row, RowChange, RowFilter, Store, StoreError, StoredEntry, StoredNode, Writer,
};

/// A log in memory. Clones share it, as processes share a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryStore {
    log: Arc<Mutex<Log>>,
    /// A log that is being taken over, under its name.
    staged: Arc<Mutex<Option<(String, Log)>>>,
    folder: PathBuf,
}

#[derive(Debug, Default)]
struct Log {
    head: Option<Head>,
    entries: BTreeMap<i64, StoredEntry>,
    nodes: BTreeMap<(i64, i64), Digest>,
    kept: Vec<KeptCheckpoint>,
    rows: BTreeMap<String, Row>,
}

impl MemoryStore {
    /// Makes an empty log whose liveness locks lie in `folder`.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, ..Self::default() }
    }

    fn view(&self) -> View<'_> {
        View(self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store for MemoryStore {
    fn place(&self) -> String {
        format!("memory:{}", self.folder.display())
    }

    fn liveness(&self) -> Arc<dyn Liveness> {
        Arc::new(LockFolder::new(self.folder.join("runs")))
    }

    fn exists(&self) -> bool {
        self.view().0.head.is_some()
    }

    fn set_aside(&mut self, _suffix: &str) -> Result<(), StoreError> {
        *self.view().0 = Log::default();
        Ok(())
    }

    fn read(&mut self) -> Result<Box<dyn Reader + '_>, StoreError> {
        let view = self.view();
        if view.0.head.is_none() {
            return Err(StoreError::Missing { place: self.place() });
        }
        Ok(Box::new(view))
    }

    fn write(&mut self) -> Result<Box<dyn Writer + '_>, StoreError> {
        Ok(Box::new(self.view()))
    }

    fn import(&mut self, origin: &str) -> Result<Box<dyn Importer + '_>, StoreError> {
        if self.exists() {
            return Err(StoreError::Occupied { place: self.place() });
        }
        let mut staged = self.staged.lock().unwrap_or_else(PoisonError::into_inner);
        if staged.as_ref().is_none_or(|(name, _)| name != origin) {
            *staged = Some((origin.to_owned(), Log::default()));
        }
        Ok(Box::new(Takeover { store: self, staged }))
    }
}

struct View<'log>(MutexGuard<'log, Log>);

impl Reader for View<'_> {
    fn head(&self) -> Result<Option<Head>, StoreError> {
        Ok(self.0.head.clone())
    }

    fn entries(&self, from: i64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        Ok(self.0.entries.range(from..).take(limit).map(|(_, entry)| entry.clone()).collect())
    }

    fn entries_of(&self, audit_id: Option<&str>) -> Result<Vec<StoredEntry>, StoreError> {
        let of = |entry: &&StoredEntry| entry.audit_id.as_deref() == audit_id;
        Ok(self.0.entries.values().filter(of).cloned().collect())
    }

    fn runs(&self) -> Result<u64, StoreError> {
        let runs: BTreeSet<&String> =
            self.0.entries.values().filter_map(|entry| entry.audit_id.as_ref()).collect();
        Ok(u64::try_from(runs.len()).unwrap_or(u64::MAX))
    }

    fn subtrees(&self, nodes: &[NodeId]) -> Result<Vec<Option<Digest>>, StoreError> {
        Ok(nodes.iter().map(|node| self.0.nodes.get(&key(*node)).copied()).collect())
    }

    fn nodes(&self, after: (i64, i64), limit: usize) -> Result<Vec<StoredNode>, StoreError> {
        let next = (after.0, after.1.saturating_add(1));
        let nodes = self.0.nodes.range(next..).take(limit);
        Ok(nodes
            .map(|(&(entry, level), hash)| StoredNode {
                entry,
                level,
                hash: hash.as_bytes().to_vec(),
            })
            .collect())
    }

    fn kept_checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        Ok(self.0.kept.clone())
    }

    fn rows(&self, filter: &RowFilter) -> Result<Vec<Row>, StoreError> {
        let mut rows: Vec<Row> =
            self.0.rows.values().filter(|row| filter.fits(row)).cloned().collect();
        rows.sort_by(|a, b| (&b.time, b.opened).cmp(&(&a.time, a.opened)));
        rows.truncate(filter.limit.unwrap_or(usize::MAX));
        Ok(rows)
    }

    fn oddities(&self, _depth: Depth) -> Result<Vec<Oddity>, StoreError> {
        Ok(Vec::new())
    }
}

impl Writer for View<'_> {
    fn commit(mut self: Box<Self>, batch: &Batch) -> Result<(), StoreError> {
        let log = &mut *self.0;
        let found = log.head.as_ref().map_or(0, |head| head.size);
        if u64::try_from(found).ok() != Some(batch.expected_size) {
            return Err(StoreError::Moved { expected: batch.expected_size, found });
        }
        for appended in &batch.entries {
            log.append(appended);
        }
        let size = found + i64::try_from(batch.entries.len()).unwrap_or(i64::MAX);
        let note = batch.checkpoint.clone().into_bytes();
        if batch.keep == Keep::ForEver {
            log.kept.push(KeptCheckpoint { size, note: note.clone() });
        }
        let origin = batch.origin.clone();
        log.head = Some(Head { origin, size, checkpoint: note, heads: 1, fault: None });
        Ok(())
    }

    fn retire(self: Box<Self>, suffix: &str) -> Result<String, StoreError> {
        let mut this = *self;
        *this.0 = Log::default();
        Ok(format!("memory.{suffix}"))
    }

    fn erase(mut self: Box<Self>, erasure: &Erasure) -> Result<(), StoreError> {
        let log = &mut *self.0;
        for (index, half) in &erasure.halves {
            let index = i64::try_from(*index).unwrap_or(i64::MAX);
            if let Some(entry) = log.entries.get_mut(&index) {
                entry.erase(*half);
            }
        }
        for change in &erasure.rows {
            log.change(change);
        }
        Ok(())
    }
}

impl Log {
    fn append(&mut self, appended: &Appended) {
        let stored = appended.stored();
        self.entries.insert(stored.index, stored);
        self.nodes.extend(appended.nodes.iter().map(|(node, hash)| (key(*node), *hash)));
        if let Some(change) = &appended.row {
            self.change(change);
        }
    }

    fn change(&mut self, change: &RowChange) {
        if let RowChange::Add(row) = change {
            self.rows.insert(row.audit_id.clone(), row.clone());
        } else if let Some(row) = self.rows.get_mut(change.audit_id()) {
            row.apply(change);
        }
    }
}

struct Takeover<'store> {
    store: &'store MemoryStore,
    staged: MutexGuard<'store, Option<(String, Log)>>,
}

impl Importer for Takeover<'_> {
    fn staged(&self) -> Result<u64, StoreError> {
        let entries = self.staged.as_ref().map_or(0, |(_, log)| log.entries.len());
        Ok(u64::try_from(entries).unwrap_or(u64::MAX))
    }

    fn add(&mut self, part: &Part) -> Result<(), StoreError> {
        let Some((_, log)) = self.staged.as_mut() else { return Ok(()) };
        let entries = part.entries.iter().cloned();
        // The state after each entry is the tree's to say here.
        let entries = entries.map(|entry| StoredEntry { state: None, ..entry });
        log.entries.extend(entries.map(|entry| (entry.index, entry)));
        log.nodes.extend(part.nodes.iter().map(|(node, hash)| (key(*node), *hash)));
        log.kept.extend(part.kept.iter().cloned());
        log.rows.extend(part.rows.iter().map(|row| (row.audit_id.clone(), row.clone())));
        Ok(())
    }

    fn finish(mut self: Box<Self>, head: &Head) -> Result<(), StoreError> {
        let Some((_, log)) = self.staged.take() else { return Ok(()) };
        *self.store.view().0 = Log { head: Some(head.clone()), ..log };
        Ok(())
    }
}

/// Subtrees in the order in which they came to be.
fn key(node: NodeId) -> (i64, i64) {
    (i64::try_from(node.completed_by()).unwrap_or(i64::MAX), i64::from(node.level))
}
