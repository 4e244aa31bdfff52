//! Going through a log from its first entry to its head, and carrying what is passed to another store.
//!
//! Entries and kept checkpoints are carried byte for byte. Subtrees and rows are computed anew and must be
//! those stored: a copy of either would carry a contradiction along, and computing alone would heal it
//! unseen. What contradicts the head is carried nowhere.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::check::{Checked, check};
use crate::checkpoint::Checkpoint;
use crate::columns;
use crate::digest::Digest;
use crate::error::AuditError;
use crate::event::Kind;
use crate::finding::{Code, Finding};
use crate::guard::contradiction;
use crate::merkle::{Frontier, NodeId, leaf_hash};
use crate::record::Status;
use crate::store::{Importer, Part, Reader, Row, RowFilter, StoredEntry, StoredNode};

/// Entries carried at a time.
const PAGE: usize = 500;

/// How far a log has come on its way to another store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The entries passed.
    pub entries: u64,
    /// The entries in all, as far as is known now.
    pub of: u64,
}

/// Is told how far things are, and says whether to go on.
pub(crate) type Watch<'caller> = &'caller mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Where the way through a log has come to.
#[derive(Debug, Default)]
pub(crate) struct Transfer {
    frontier: Frontier,
    /// The rows of runs that may still be closed: open ones, and those called abandoned.
    unfinished: BTreeMap<String, Row>,
    /// Over the rows of all others.
    finished: RowSum,
}

impl Transfer {
    /// Goes on to the end of `head`; the first entries that `importer` has already are only looked at.
    ///
    /// # Errors
    /// What in the log contradicts `head`; [`AuditError::Stopped`]; what keeps a store from being used.
    pub(crate) fn run(
        &mut self,
        reader: &dyn Reader,
        head: &Checkpoint,
        mut importer: Option<&mut dyn Importer>,
        watch: Watch<'_>,
    ) -> Result<(), AuditError> {
        let staged = match &importer {
            Some(importer) => importer.staged()?,
            None => 0,
        };
        let kept = reader.kept_checkpoints()?;
        while self.frontier.size() < head.size {
            let first = self.frontier.size();
            let mut part = self.pass(reader, head)?;
            let place = |size: i64| u64::try_from(size).unwrap_or(0);
            let here = |size: i64| first < place(size) && place(size) <= self.frontier.size();
            part.kept.extend(kept.iter().filter(|kept| here(kept.size)).cloned());
            if let Some(importer) = &mut importer {
                let had = usize::try_from(staged.saturating_sub(first)).unwrap_or(usize::MAX);
                if had < part.entries.len() {
                    importer.add(&without(part, first, had))?;
                }
            }
            let progress = Progress { entries: self.frontier.size(), of: head.size };
            if watch(progress).is_break() {
                return Err(AuditError::Stopped);
            }
        }
        if self.frontier.root() == head.root {
            return Ok(());
        }
        let detail = format!("entries 0..{} do not hash to the root of the checkpoint", head.size);
        Err(contradiction(Finding::error(Code::LogForked, detail).at(0)))
    }

    /// Returns the root over what was passed.
    #[cfg(feature = "sqlite")]
    pub(crate) fn root(&self) -> Digest {
        self.frontier.root()
    }

    /// Compares the rows of the log with those that the entries passed give.
    ///
    /// # Errors
    /// Rows that are not those of the events; what keeps the store from being read.
    pub(crate) fn check_rows(&self, reader: &dyn Reader) -> Result<(), AuditError> {
        let mut computed = self.finished;
        for row in self.unfinished.values() {
            computed.add(row);
        }
        if computed == stored_rows(reader)? {
            return Ok(());
        }
        let detail = "the rows are not those that the log's events give";
        Err(contradiction(Finding::error(Code::ColumnMismatch, detail)))
    }

    /// Carries the rows of runs that may still be closed, when all entries are passed.
    ///
    /// # Errors
    /// What keeps the store from being written.
    pub(crate) fn carry_rest(&self, importer: &mut dyn Importer) -> Result<(), AuditError> {
        let rows = self.unfinished.values().cloned().collect();
        Ok(importer.add(&Part { rows, ..Part::default() })?)
    }

    /// Reads and checks the next entries.
    fn pass(&mut self, reader: &dyn Reader, head: &Checkpoint) -> Result<Part, AuditError> {
        let first = signed(self.frontier.size());
        let mut part = Part::default();
        for stored in reader.entries(first, PAGE)? {
            let index = signed(self.frontier.size());
            if stored.index != index || self.frontier.size() == head.size {
                break;
            }
            let checked = whole(&stored, head)?;
            part.nodes.extend(self.frontier.append(leaf_hash(&stored.header)));
            part.frontiers.push(self.frontier.subtrees().to_vec());
            part.rows.extend(self.row(reader, &stored, &checked)?);
            part.entries.push(stored);
        }
        if part.entries.is_empty() {
            let detail = format!("entry {first} is missing");
            return Err(contradiction(Finding::error(Code::EntryMissing, detail).at(first)));
        }
        check_nodes(reader, first, &part.nodes)?;
        Ok(part)
    }

    /// Returns the row that an entry finishes.
    fn row(
        &mut self,
        reader: &dyn Reader,
        stored: &StoredEntry,
        checked: &Checked,
    ) -> Result<Option<Row>, AuditError> {
        let (Some(id), Some(header)) = (&stored.audit_id, &checked.header) else { return Ok(None) };
        let status = match header.kind {
            Kind::GenerationStarted => {
                let row = match &checked.halves {
                    Some(opening) => Some(columns::row(opening, header.index, Status::Started)),
                    None => erased_row(reader, id, header.index)?,
                };
                self.unfinished.extend(row.map(|row| (id.clone(), row)));
                return Ok(None);
            }
            Kind::GenerationCompleted => Status::Completed,
            Kind::GenerationFailed => Status::Failed,
            Kind::GenerationAbandoned => Status::Abandoned,
            Kind::LogOpened
            | Kind::KeyAdded
            | Kind::SigningChanged
            | Kind::RollbackAccepted
            | Kind::Other(_) => return Ok(None),
        };
        let Some(row) = self.unfinished.get_mut(id) else { return Ok(None) };
        status.as_str().clone_into(&mut row.status);
        // Only a run that was called abandoned may still close itself.
        if status == Status::Abandoned {
            return Ok(None);
        }
        let row = self.unfinished.remove(id);
        if let Some(row) = &row {
            self.finished.add(row);
        }
        Ok(row)
    }
}

/// A sum over rows that does not depend on their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct RowSum([u64; 4]);

impl RowSum {
    fn add(&mut self, row: &Row) {
        let digest = Digest::of(format!("{row:?}").as_bytes());
        let (parts, _) = digest.as_bytes().as_chunks::<8>();
        for (sum, part) in self.0.iter_mut().zip(parts) {
            *sum = sum.wrapping_add(u64::from_be_bytes(*part));
        }
    }
}

fn stored_rows(reader: &dyn Reader) -> Result<RowSum, AuditError> {
    let mut sum = RowSum::default();
    let mut filter = RowFilter { limit: Some(PAGE), ..RowFilter::default() };
    loop {
        let rows = reader.rows(&filter)?;
        let Some(last) = rows.last() else { return Ok(sum) };
        filter.after = Some((last.time.clone(), last.opened));
        for row in &rows {
            sum.add(row);
        }
    }
}

/// Checks header and halves of an entry; a half that was erased is carried as it is.
fn whole(stored: &StoredEntry, head: &Checkpoint) -> Result<Checked, AuditError> {
    let checked = check(stored, head.origin.as_str());
    let fault = checked.findings.iter().find(|finding| finding.code != Code::PurgeUnexplained);
    match fault {
        Some(fault) => Err(contradiction(fault.clone())),
        None => Ok(checked),
    }
}

/// The subtrees stored must be those that the headers give.
fn check_nodes(
    reader: &dyn Reader,
    first: i64,
    nodes: &[(NodeId, Digest)],
) -> Result<(), AuditError> {
    let stored = reader.nodes((first - 1, i64::MAX), nodes.len())?;
    let same = |(node, hash): &(NodeId, Digest), stored: &StoredNode| {
        signed(node.completed_by()) == stored.entry
            && i64::from(node.level) == stored.level
            && hash.as_bytes().as_slice() == stored.hash
    };
    if stored.len() == nodes.len()
        && nodes.iter().zip(&stored).all(|(node, found)| same(node, found))
    {
        return Ok(());
    }
    let detail = format!("a subtree from entry {first} on is not what the headers give");
    Err(contradiction(Finding::error(Code::NodeModified, detail).at(first)))
}

/// The row of a run whose opening has no public half any more: what is left stands in the row alone.
fn erased_row(reader: &dyn Reader, id: &str, index: u64) -> Result<Option<Row>, AuditError> {
    let filter = RowFilter { id_prefix: Some(id.to_owned()), ..RowFilter::default() };
    let row = reader.rows(&filter)?.into_iter().find(|row| row.opened == signed(index));
    Ok(row.map(|row| Row { status: Status::Started.as_str().to_owned(), ..row }))
}

/// Leaves out the first entries of a part, with what belongs to them. Rows come again as they were.
fn without(mut part: Part, first: u64, had: usize) -> Part {
    let from = first.saturating_add(u64::try_from(had).unwrap_or(u64::MAX));
    part.entries.drain(..had);
    part.frontiers.drain(..had);
    part.nodes.retain(|(node, _)| from <= node.completed_by());
    part.kept.retain(|kept| signed(from) < kept.size);
    part
}

fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
