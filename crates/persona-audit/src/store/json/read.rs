//! Reading the JSON store: the entries as they lie there, and what follows from them as far as its files
//! have it; the rest is computed from the entries.

use std::cell::OnceCell;
use std::collections::BTreeSet;
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
    Depth, Head, KeptCheckpoint, Oddity, Reader, Row, RowChange, RowFilter, RowTexts, StoreError,
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
    /// The places of the lines that read, by run and then by index.
    by_run: Vec<usize>,
    /// The runs, newest first.
    rows: Vec<RunLines>,
    /// What an erasure that was cut short has yet to take from the rows.
    erased: Vec<RowChange>,
}

/// The places of the lines that a row comes from.
#[derive(Clone, Copy, Debug)]
struct RunLines {
    opening: usize,
    status: usize,
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
        let erased = self.note.erasing().map_or_else(Vec::new, Erasing::rows);
        let filing = Filing { beyond, ..Filing::of(lines, stored, erased) };
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
        let runs: BTreeSet<&str> = lines.filter_map(|line| line.audit_id).collect();
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
        let filing = self.filing()?;
        let rows = filing.rows().filter(|row| filter.fits_texts(row));
        Ok(rows.take(filter.limit.unwrap_or(usize::MAX)).map(RowTexts::to_row).collect())
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
    fn of(lines: Lines, stored: (i64, u64), erased: Vec<RowChange>) -> Self {
        let by_run = by_run(&lines);
        let rows = newest_first(&lines, &by_run);
        Self { lines, stored, beyond: false, by_run, rows, erased }
    }

    /// Returns the indexes that are filed under a run, or under none.
    fn indexes_of(&self, audit_id: Option<&str>) -> Vec<i64> {
        let run = |place: usize| self.lines.get(place).and_then(|line| line.audit_id);
        let start = self.by_run.partition_point(|place| run(*place) < audit_id);
        let of_run = self.by_run.get(start..).unwrap_or_default().iter().copied();
        let of_run = of_run.take_while(|place| run(*place) == audit_id);
        of_run.filter_map(|place| i64::try_from(place).ok()).collect()
    }

    /// Returns the rows, newest first.
    fn rows(&self) -> impl Iterator<Item = RowTexts<'_>> {
        self.rows.iter().filter_map(|row| {
            let opening = self.lines.get(row.opening)?;
            let mut texts = RowTexts {
                audit_id: opening.audit_id?,
                opened: opening.index,
                time: opening.time?,
                status: self.lines.get(row.status)?.status?,
                model: opening.model,
                provider: opening.provider,
                data_hash: opening.data_hash,
                data_path: opening.data_path,
                user: opening.user,
            };
            self.erased.iter().for_each(|change| texts.erase(change));
            Some(texts)
        })
    }
}

/// Returns the number of entries, as the highest index has it.
fn size(listing: &Listing) -> i64 {
    listing.indexes.last().map_or(0, |last| last.saturating_add(1))
}

/// Sorts the places of the lines that read by run; within a run they stay in order.
fn by_run(lines: &Lines) -> Vec<usize> {
    let read = lines.iter().enumerate().filter_map(|(place, line)| Some((line?.audit_id, place)));
    let mut places: Vec<(Option<&str>, usize)> = read.collect();
    places.sort_unstable();
    places.into_iter().map(|(_, place)| place).collect()
}

/// Finds the line that opens each run and the one that has its status, the newest run first.
fn newest_first(lines: &Lines, by_run: &[usize]) -> Vec<RunLines> {
    let mut runs: Vec<((&str, i64), RunLines)> = Vec::with_capacity(by_run.len() / 2 + 1);
    let mut last = None;
    let mut is_opened = false;
    for place in by_run {
        let Some(line) = lines.get(*place) else { continue };
        let (Some(run), Some(_)) = (line.audit_id, line.status) else { continue };
        is_opened &= last == Some(run);
        last = Some(run);
        let found = RunLines { opening: *place, status: *place };
        match (line.time, runs.last_mut().filter(|_| is_opened)) {
            // What opens a run a second time takes the place of what did before.
            (Some(time), Some(opened)) => *opened = ((time, line.index), found),
            (Some(time), None) => runs.push(((time, line.index), found)),
            (None, Some((_, opened))) => opened.status = *place,
            (None, None) => continue,
        }
        is_opened = true;
    }
    runs.sort_by(|(a, _), (b, _)| b.cmp(a));
    runs.into_iter().map(|(_, run)| run).collect()
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
