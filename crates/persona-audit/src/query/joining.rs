//! From the stored entries of a run to its record: work that needs no store, so that a [`Crew`] does it.
//!
//! [`Crew`]: crate::abreast::Crew

use crate::check::check;
use crate::error::AuditError;
use crate::finding::{Code, Finding};
use crate::guard::not_in_tree;
use crate::halves::Halves;
use crate::id::AuditId;
use crate::liveness::Liveness;
use crate::record::{RecordText, RunEvents, Status};
use crate::store::{Row, StoredEntry};

/// What is filed under a run.
#[derive(Debug)]
pub(super) struct Filed {
    pub(super) audit_id: String,
    /// The row that it was found by.
    pub(super) row: Option<Row>,
    pub(super) entries: Vec<FiledEntry>,
}

/// An entry, and whether its header stands in the tree.
#[derive(Debug)]
pub(super) struct FiledEntry {
    pub(super) stored: StoredEntry,
    pub(super) in_tree: bool,
}

/// What records of one log have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joining<'log> {
    pub(super) origin: &'log str,
    pub(super) runs: &'log dyn Liveness,
    /// The canonical text of what every record says of the newest checkpoint.
    pub(super) signature: &'log str,
}

impl Joining<'_> {
    /// Returns the record of a run.
    pub(super) fn text(&self, filed: Filed) -> Result<RecordText, AuditError> {
        let (id, row) = (filed.audit_id.clone(), filed.row.clone());
        let mut events = RunEvents::default();
        for (stored, halves) in self.checked(filed)? {
            events.add(u64::try_from(stored.index).unwrap_or(u64::MAX), halves);
        }
        if let Some(finding) = missing(&events, row.as_ref()) {
            return Err(AuditError::NotAsSealed { audit_id: id, finding: Box::new(finding) });
        }
        let alive = || AuditId::parse(&id).is_some_and(|id| self.runs.is_alive(&id));
        let status = match events.status() {
            Status::Started if !alive() => Status::Abandoned,
            status @ (Status::Started | Status::Completed | Status::Failed | Status::Abandoned) => {
                status
            }
        };
        let unknown = || AuditError::UnknownId { id: id.clone() };
        RecordText::new(&events, status, self.signature, "present").ok_or_else(unknown)
    }

    /// Returns the entries that were sealed with the run's events.
    pub(super) fn checked(&self, filed: Filed) -> Result<Vec<(StoredEntry, Halves)>, AuditError> {
        let Filed { audit_id, row, entries } = filed;
        let mut events = Vec::with_capacity(entries.len());
        for FiledEntry { stored, in_tree } in entries {
            let checked = check(&stored, self.origin);
            let mut findings = checked.findings;
            if !in_tree {
                findings.push(not_in_tree(stored.index));
            }
            if let Some(finding) = findings.into_iter().next() {
                return Err(AuditError::NotAsSealed { audit_id, finding: Box::new(finding) });
            }
            events.extend(checked.halves.map(|halves| (stored, halves)));
        }
        if events.is_empty() {
            let at = row.map_or_else(String::new, |row| {
                format!(", which names entry {} as the opening,", row.opened)
            });
            let detail = format!("there is a row for `{audit_id}`{at} and no event");
            let finding = Box::new(Finding::error(Code::ColumnMismatch, detail));
            return Err(AuditError::NotAsSealed { audit_id, finding });
        }
        Ok(events)
    }
}

/// Says which entry of a run is missing: without its opening there is no record, and what its row says of its
/// end must stand in an entry.
fn missing(events: &RunEvents, row: Option<&Row>) -> Option<Finding> {
    if events.opening.is_none() {
        return Some(match row {
            Some(Row { opened, .. }) => {
                let detail = format!("entry {opened}, its opening, is missing");
                Finding::error(Code::EntryMissing, detail).at(*opened)
            }
            None => Finding::error(Code::EntryMissing, "its opening is missing"),
        });
    }
    let status = Status::parse(&row?.status)?;
    let ended = matches!(status, Status::Completed | Status::Failed);
    let detail =
        format!("it is listed as {}, and the entry that says so is missing", status.as_str());
    (ended && events.closing.is_none()).then(|| Finding::error(Code::EntryMissing, detail))
}
