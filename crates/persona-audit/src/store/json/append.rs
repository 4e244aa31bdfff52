//! Appending to the JSON store: each entry by itself, synced, under a name that nothing has.

use std::io;

use crate::store::json::aside;
use crate::store::json::columns::Line;
use crate::store::json::entry;
use crate::store::json::erase::Erasing;
use crate::store::json::folder::{COLUMNS, Folder};
use crate::store::json::read::View;
use crate::store::json::tiles;
use crate::store::{Appended, Batch, Erasure, Grain, StoreError, Writer};

impl Writer for View {
    fn grain(&self) -> Grain {
        Grain::Entry
    }

    fn commit(self: Box<Self>, batch: &Batch) -> Result<(), StoreError> {
        let found = self.size();
        if u64::try_from(found).ok() != Some(batch.expected_size) {
            return Err(StoreError::Moved { expected: batch.expected_size, found });
        }
        let view = self.without_leftovers()?;
        let mut end = view.catch_up()?;
        for appended in &batch.entries {
            end = append(&view.folder, appended, end)?;
        }
        Ok(())
    }

    fn retire(self: Box<Self>, suffix: &str) -> Result<String, StoreError> {
        let name = aside(suffix);
        self.folder.rename(&name).map_err(|error| self.folder.failed(&error))?;
        Ok(name)
    }

    fn erase(self: Box<Self>, erasure: &Erasure) -> Result<(), StoreError> {
        let view = self.without_leftovers()?;
        view.catch_up()?;
        Erasing::of(erasure).perform(&view.folder)
    }
}

impl View {
    /// Adds to `tiles/hashes` and `columns.jsonl` what they lack, and returns where the latter ends then.
    pub(super) fn catch_up(&self) -> Result<u64, StoreError> {
        let nodes = self.missing_nodes()?.iter().flatten();
        let written = tiles::append(&self.folder.hashes(), self.covered(), nodes);
        behind(written);
        let filing = self.filing()?;
        let (_, stored) = filing.stored;
        let lines = filing.lines.bytes_from(stored);
        behind(tiles::write_at(&self.folder.file(COLUMNS), stored, lines));
        Ok(filing.lines.end())
    }
}

/// Appends one entry; `end` is where its line of columns belongs, and the next one's is returned.
fn append(folder: &Folder, appended: &Appended, end: u64) -> Result<u64, StoreError> {
    let stored = appended.stored();
    let no_state = || folder.unreadable("an entry came without the state of the log after it");
    let bytes = stored.state.as_ref().and_then(|_| entry::encode(&stored)).ok_or_else(no_state)?;
    if !folder.link(stored.index, &bytes)? {
        let expected = appended.entry.header.index;
        return Err(StoreError::Moved { expected, found: stored.index.saturating_add(1) });
    }
    let nodes = appended.nodes.iter().map(|(_, hash)| hash);
    behind(tiles::append(&folder.hashes(), stored.index, nodes));
    let line = Line::new(stored.index, stored.audit_id.as_deref(), appended.row.as_ref()).encode();
    behind(tiles::write_at(&folder.file(COLUMNS), end, &line));
    Ok(end.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX)))
}

/// The entry stands, and is acknowledged: what follows from it may be behind, as after a kill, and is
/// caught up by the next writer.
fn behind(written: io::Result<()>) {
    drop(written);
}
