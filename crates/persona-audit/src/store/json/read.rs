//! Reading the JSON store: the entries as they lie there, and what follows from them as far as its files
//! have it; the rest is computed from the entries.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;

use crate::digest::Digest;
use crate::entry::Header;
use crate::merkle::{Frontier, NodeId, frontier_nodes, leaf_hash};
use crate::store::json::columns::{Columns, Line, Lines};
use crate::store::json::entry;
use crate::store::json::erase::{Erasing, Note};
use crate::store::json::folder::{COLUMNS, ERASING, Folder, Found};
use crate::store::json::listing::Listing;
use crate::store::json::tiles::{self, Tiles};
use crate::store::{
    Depth, Head, KeptCheckpoint, Oddity, Reader, Row, RowChange, RowFilter, StoreError,
    StoredEntry, StoredNode,
};

/// The folder as it was when it was listed.
#[derive(Debug)]
pub(super) struct View {
    pub(super) folder: Folder,
    listing: Listing,
    tiles: Tiles,
    columns: Columns,
    /// What an erasure that was cut short has yet to do.
    note: Note,
    missing_nodes: OnceCell<Vec<Vec<Digest>>>,
    filing: OnceCell<Filing>,
    /// The lock under which this is seen.
    hold: File,
}

/// What `columns.jsonl` says, with the lines it lacks.
#[derive(Debug)]
pub(super) struct Filing {
    pub(super) lines: Lines,
    /// How many entries have their line in the file, and where it ends.
    pub(super) stored: (i64, u64),
    /// Whether the file goes beyond the last entry.
    beyond: bool,
    /// The lines that read, by run and then by index.
    by_run: OnceCell<Vec<(usize, i64)>>,
    rows: Vec<Row>,
}

impl View {
    pub(super) fn open(folder: Folder, hold: File) -> Result<Self, StoreError> {
        let failed = |error: io::Error| folder.failed(&error);
        // Before the listing: what they hold of an entry was written after it.
        let columns = Columns::open(&folder.file(COLUMNS)).map_err(failed)?;
        let tiles = Tiles::open(&folder.hashes()).map_err(failed)?;
        let listing = Listing::of(&folder)?;
        let tiles = tiles.up_to(size(&listing));
        let note = Erasing::read(&folder)?;
        Ok(Self {
            folder,
            listing,
            tiles,
            columns,
            note,
            missing_nodes: OnceCell::new(),
            filing: OnceCell::new(),
            hold,
        })
    }

    /// Looks again under the same lock, once an erasure that was cut short is finished.
    pub(super) fn without_leftovers(self) -> Result<Self, StoreError> {
        if self.listing.littered {
            self.folder.sweep()?;
        }
        match self.note.erasing() {
            Some(erasing) => erasing.perform(&self.folder)?,
            None => return Ok(self),
        }
        Self::open(self.folder, self.hold)
    }

    /// Returns the number of entries, as the highest index has it.
    pub(super) fn size(&self) -> i64 {
        size(&self.listing)
    }

    /// Returns an entry with what it is filed under.
    fn entry(&self, index: i64) -> Result<Option<StoredEntry>, StoreError> {
        let Some(mut entry) = self.stored(index)? else { return Ok(None) };
        entry.audit_id = self.filing()?.lines.filing(&entry);
        Ok(Some(entry))
    }

    /// Returns an entry as its file has it.
    pub(super) fn stored(&self, index: i64) -> Result<Option<StoredEntry>, StoreError> {
        let mut stored = match self.folder.read(index)? {
            Found::Bytes(bytes) => entry::decode(index, &bytes),
            Found::Other(fault) => entry::unread(index, fault),
            Found::Nothing => return Ok(None),
        };
        if let Some(erasing) = self.note.erasing() {
            erasing.finish_entry(&mut stored);
        }
        Ok(Some(stored))
    }

    pub(super) fn filing(&self) -> Result<&Filing, StoreError> {
        if let Some(filing) = self.filing.get() {
            return Ok(filing);
        }
        let lines = self.columns.read(self.size());
        let mut lines = lines.map_err(|error| self.folder.failed(&error))?;
        let beyond = lines.cut(self.size());
        let stored = (lines.entries(), lines.end());
        for index in self.following(lines.entries()) {
            let Some(entry) = self.stored(index)? else { break };
            lines.push(Line::of(&entry));
        }
        let changes = self.note.erasing().map_or_else(Vec::new, Erasing::rows);
        let filing = Filing { beyond, ..Filing::of(lines, stored, &changes) };
        Ok(self.filing.get_or_init(|| filing))
    }

    /// Returns the subtrees, by entry, that `tiles/hashes` lacks.
    pub(super) fn missing_nodes(&self) -> Result<&[Vec<Digest>], StoreError> {
        if let Some(nodes) = self.missing_nodes.get() {
            return Ok(nodes);
        }
        let nodes = self.compute_nodes()?;
        Ok(self.missing_nodes.get_or_init(|| nodes))
    }

    fn compute_nodes(&self) -> Result<Vec<Vec<Digest>>, StoreError> {
        let covered = self.tiles.entries;
        let mut computed = Vec::new();
        if covered >= self.size() {
            return Ok(computed);
        }
        let size = u64::try_from(covered).unwrap_or(0);
        let mut edge = Vec::new();
        for node in frontier_nodes(size) {
            let last = i64::try_from(node.completed_by()).unwrap_or(i64::MAX);
            edge.extend(self.done(self.tiles.subtree(last, node.level))?);
        }
        let Some(mut frontier) = Frontier::new(size, edge) else { return Ok(computed) };
        for index in self.following(covered) {
            let Some(entry) = self.stored(index)? else { break };
            let nodes = frontier.append(leaf_hash(&entry.header));
            computed.push(nodes.into_iter().map(|(_, hash)| hash).collect());
        }
        Ok(computed)
    }

    pub(super) fn covered(&self) -> i64 {
        self.tiles.entries
    }

    /// Returns the indexes from `from` on, up to the first gap.
    fn following(&self, from: i64) -> impl Iterator<Item = i64> {
        let start = self.listing.indexes.partition_point(|index| *index < from);
        let indexes = self.listing.indexes.get(start..).unwrap_or_default();
        indexes
            .iter()
            .copied()
            .zip(from..)
            .take_while(|(index, wanted)| index == wanted)
            .map(|i| i.0)
    }

    fn of_indexes(&self, indexes: &[i64]) -> Result<Vec<StoredEntry>, StoreError> {
        let entries = indexes.iter().map(|index| self.entry(*index).transpose());
        entries.flatten().collect()
    }

    fn done<T>(&self, result: io::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| self.folder.failed(&error))
    }
}

impl Reader for View {
    fn head(&self) -> Result<Option<Head>, StoreError> {
        let Some(last) = self.listing.indexes.last() else { return Ok(None) };
        let stored = self.stored(*last)?;
        let note = stored.as_ref().and_then(|entry| entry.state.clone()?.checkpoint);
        let checkpoint = note.unwrap_or_default();
        let fault = stored.as_ref().and_then(|entry| entry.fault);
        let fault = fault.map(|fault| format!("entry {last} {fault}"));
        let log = |entry: &StoredEntry| Some(Header::parse(&entry.header).ok()?.log.to_string());
        // Where the newest entry does not say which log this is, the oldest one does.
        let mut origin = stored.as_ref().and_then(log);
        if origin.is_none()
            && let Some(first) = self.listing.indexes.first()
        {
            origin = self.stored(*first)?.as_ref().and_then(log);
        }
        let origin = origin.unwrap_or_default();
        Ok(Some(Head { origin, size: self.size(), checkpoint, heads: 1, fault }))
    }

    fn entries(&self, from: i64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        let start = self.listing.indexes.partition_point(|index| *index < from);
        let indexes = self.listing.indexes.get(start..).unwrap_or_default();
        self.of_indexes(indexes.get(..limit.min(indexes.len())).unwrap_or_default())
    }

    fn entries_of(&self, audit_id: Option<&str>) -> Result<Vec<StoredEntry>, StoreError> {
        self.of_indexes(&self.filing()?.indexes_of(audit_id))
    }

    fn runs(&self) -> Result<u64, StoreError> {
        let lines = self.filing()?.lines.iter().flatten();
        let runs: BTreeSet<&String> = lines.filter_map(|line| line.audit_id.as_ref()).collect();
        Ok(u64::try_from(runs.len()).unwrap_or(u64::MAX))
    }

    fn subtrees(&self, nodes: &[NodeId]) -> Result<Vec<Option<Digest>>, StoreError> {
        let subtree = |node: &NodeId| {
            let entry = i64::try_from(node.completed_by()).unwrap_or(i64::MAX);
            if entry < self.tiles.entries {
                return self.done(self.tiles.subtree(entry, node.level));
            }
            let missing = usize::try_from(entry - self.tiles.entries).unwrap_or(usize::MAX);
            let level = usize::try_from(node.level).unwrap_or(usize::MAX);
            Ok(self.missing_nodes()?.get(missing).and_then(|nodes| nodes.get(level)).copied())
        };
        nodes.iter().map(subtree).collect()
    }

    fn nodes(&self, after: (i64, i64), limit: usize) -> Result<Vec<StoredNode>, StoreError> {
        let (mut entry, mut level) = next_node(after);
        let line = tiles::position(entry).saturating_add(u64::try_from(level).unwrap_or(0));
        let lines = if entry < self.tiles.entries {
            self.done(self.tiles.lines(line, limit))?
        } else {
            Vec::new()
        };
        let mut found = Vec::new();
        for line in lines {
            let hash = tiles::decode(&line).map_or(line, |hash| hash.as_bytes().to_vec());
            found.push(StoredNode { entry, level, hash });
            (entry, level) = next_node((entry, level));
        }
        let missing = self.missing_nodes()?;
        while found.len() < limit && entry >= self.tiles.entries {
            let nodes =
                usize::try_from(entry - self.tiles.entries).ok().and_then(|at| missing.get(at));
            let hash = nodes.and_then(|nodes| nodes.get(usize::try_from(level).ok()?));
            let Some(hash) = hash else { break };
            found.push(StoredNode { entry, level, hash: hash.as_bytes().to_vec() });
            (entry, level) = next_node((entry, level));
        }
        Ok(found)
    }

    fn kept_checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        let about_the_log = self.entries_of(None)?.into_iter();
        Ok(about_the_log
            .filter_map(|entry| {
                let header = Header::parse(&entry.header).ok()?;
                let note = entry.state.filter(|_| header.kind.changes_trust())?.checkpoint?;
                Some(KeptCheckpoint { size: entry.index.saturating_add(1), note })
            })
            .collect())
    }

    fn rows(&self, filter: &RowFilter) -> Result<Vec<Row>, StoreError> {
        // They lie there newest first.
        let rows = self.filing()?.rows.iter().filter(|row| filter.fits(row));
        Ok(rows.take(filter.limit.unwrap_or(usize::MAX)).cloned().collect())
    }

    fn oddities(&self, _depth: Depth) -> Result<Vec<Oddity>, StoreError> {
        let mut oddities = self.listing.oddities();
        if matches!(self.note, Note::Spoilt) {
            let fault = format!("`{ERASING}` is not as persona writes it");
            oddities.push(Oddity::Fault(fault));
        }
        let beyond = [("tiles/hashes", self.tiles.beyond), (COLUMNS, self.filing()?.beyond)];
        oddities.extend(
            beyond
                .into_iter()
                .filter(|(_, beyond)| *beyond)
                .map(|(name, _)| Oddity::Beyond(format!("`{name}` goes beyond the last entry"))),
        );
        Ok(oddities)
    }
}

impl Filing {
    fn of(lines: Lines, stored: (i64, u64), changes: &[RowChange]) -> Self {
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        for change in lines.iter().flatten().filter_map(Line::change) {
            apply(&mut rows, change);
        }
        for change in changes {
            apply(&mut rows, change.clone());
        }
        let mut rows: Vec<Row> = rows.into_values().collect();
        rows.sort_by(|a, b| (&b.time, b.opened).cmp(&(&a.time, a.opened)));
        Self { lines, stored, beyond: false, by_run: OnceCell::new(), rows }
    }

    /// Returns the indexes that are filed under a run, or under none.
    fn indexes_of(&self, audit_id: Option<&str>) -> Vec<i64> {
        let run = |place: usize| self.lines.get(place).and_then(|line| line.audit_id.as_deref());
        let by_run = self.by_run.get_or_init(|| {
            let read = self.lines.iter().enumerate().zip(0..);
            let mut places: Vec<(usize, i64)> =
                read.filter_map(|((place, line), index)| line.map(|_| (place, index))).collect();
            // Stable: within a run they stay in order.
            places.sort_by(|a, b| run(a.0).cmp(&run(b.0)));
            places
        });
        let start = by_run.partition_point(|(place, _)| run(*place) < audit_id);
        let of_run = by_run.get(start..).unwrap_or_default().iter();
        of_run.take_while(|(place, _)| run(*place) == audit_id).map(|(_, index)| *index).collect()
    }
}

/// Returns the number of entries, as the highest index has it.
fn size(listing: &Listing) -> i64 {
    listing.indexes.last().map_or(0, |last| last.saturating_add(1))
}

fn apply(rows: &mut BTreeMap<String, Row>, change: RowChange) {
    if let RowChange::Add(row) = change {
        rows.insert(row.audit_id.clone(), row);
    } else if let Some(row) = rows.get_mut(change.audit_id()) {
        row.apply(&change);
    }
}

/// Returns the entry and level of the subtree that came to be after this one.
fn next_node((entry, level): (i64, i64)) -> (i64, i64) {
    if entry < 0 {
        return (0, 0);
    }
    if level < 0 {
        return (entry, 0);
    }
    if level < i64::from(entry.trailing_ones()) {
        return (entry, level + 1);
    }
    (entry.saturating_add(1), 0)
}
