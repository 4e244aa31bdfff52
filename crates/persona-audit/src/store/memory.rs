//! The store that forgets: the model that the others are compared with, and a log for tests.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::digest::Digest;
use crate::merkle::NodeId;
use crate::store::{
    Batch, Depth, Head, Keep, KeptCheckpoint, Reader, Row, RowChange, RowFilter, Store, StoreError,
    StoredEntry, StoredHalf, StoredNode, Writer,
};

/// A log in memory. Clones share it, as processes share a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryStore {
    log: Arc<Mutex<Log>>,
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
        Self { log: Arc::default(), folder }
    }

    fn view(&self) -> View<'_> {
        View(self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store for MemoryStore {
    fn place(&self) -> String {
        format!("memory:{}", self.folder.display())
    }

    fn runs_folder(&self) -> PathBuf {
        self.folder.join("runs")
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

    fn node(&self, node: NodeId) -> Result<Option<Digest>, StoreError> {
        Ok(self.0.nodes.get(&key(node)).copied())
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

    fn layout_faults(&self, _depth: Depth) -> Result<Vec<String>, StoreError> {
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
        for entry in &batch.entries {
            let half = |half: &crate::seal::Half| StoredHalf {
                body: Some(half.body.clone()),
                nonce: Some(half.nonce.to_vec()),
                commitment: None,
            };
            let stored = StoredEntry {
                index: signed(entry.header.index),
                audit_id: entry.header.audit_id.as_ref().map(ToString::to_string),
                header: entry.header_bytes.clone(),
                public: half(&entry.public),
                private: half(&entry.private),
            };
            log.entries.insert(stored.index, stored);
        }
        log.nodes.extend(batch.nodes.iter().map(|(node, hash)| (key(*node), *hash)));
        for change in &batch.rows {
            apply(&mut log.rows, change);
        }
        let size = found + i64::try_from(batch.entries.len()).unwrap_or(i64::MAX);
        let note = batch.checkpoint.clone().into_bytes();
        if batch.keep == Keep::ForEver {
            log.kept.push(KeptCheckpoint { size, note: note.clone() });
        }
        log.head = Some(Head { origin: batch.origin.clone(), size, checkpoint: note, heads: 1 });
        Ok(())
    }
}

fn apply(rows: &mut BTreeMap<String, Row>, change: &RowChange) {
    match change {
        RowChange::Add(row) => {
            rows.insert(row.audit_id.clone(), row.clone());
        }
        RowChange::Status { audit_id, status } => {
            if let Some(row) = rows.get_mut(audit_id) {
                row.status.clone_from(status);
            }
        }
    }
}

fn key(node: NodeId) -> (i64, i64) {
    (signed(node.completed_by()), i64::from(node.level))
}

fn signed(index: u64) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}
