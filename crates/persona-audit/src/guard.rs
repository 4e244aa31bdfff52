//! What a writer looks at before it signs, under the append lock.
//!
//! The stored checkpoint is validly signed by an admitted key, size − 1 is the highest index, the
//! stored frontier hashes to its root, it is consistent with the mark, the schema is the migration's.
//! If any of that fails, nothing is appended and the mark stays.

use crate::check::check;
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::error::AuditError;
use crate::finding::{Code, Finding, Severity};
use crate::id::Origin;
use crate::key::PublicKey;
use crate::merkle::{Frontier, frontier_nodes, leaf_hash};
use crate::standing::{Standing, included, standing};
use crate::state::StateFolder;
use crate::store::{Depth, Head, Reader};
use crate::trust::{Anchor, Trust};

/// A log that may be appended to.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) origin: Origin,
    pub(crate) frontier: Frontier,
    pub(crate) head: SignedCheckpoint,
    pub(crate) trust: Trust,
    /// The mark, where the log does not agree with it.
    pub(crate) lost: Option<SignedCheckpoint>,
}

impl Ground {
    /// Refuses a log that does not agree with its mark.
    pub(crate) fn agreeing(self) -> Result<Self, AuditError> {
        let Some(mark) = &self.lost else { return Ok(self) };
        Err(contradiction(mark_fault(mark.checkpoint(), self.head.checkpoint())))
    }
}

/// Returns the finding of a log that contradicts its mark.
pub(crate) fn mark_fault(mark: &Checkpoint, head: &Checkpoint) -> Finding {
    if head.size < mark.size {
        let detail = format!(
            "the log has {} entries, this machine has seen {}: entries {}..{} are gone",
            head.size, mark.size, head.size, mark.size
        );
        let first_lost = i64::try_from(head.size).unwrap_or(i64::MAX);
        return Finding::error(Code::LogRolledBack, detail).at(first_lost);
    }
    let detail =
        format!("the log's first {} entries are not those this machine has seen", mark.size);
    Finding::error(Code::LogForked, detail)
}

/// Looks at the log; only its standing to the mark is left to the caller.
pub(crate) fn inspect(
    reader: &dyn Reader,
    head: &Head,
    known: Option<&Origin>,
    state: &StateFolder,
    own: Option<PublicKey>,
) -> Result<Ground, AuditError> {
    if let Some(fault) = reader.layout_faults(Depth::Schema)?.into_iter().next() {
        return Err(contradiction(Finding::error(Code::SchemaMismatch, fault)));
    }
    let note = read_head(head, known).map_err(contradiction)?;
    let checkpoint = note.checkpoint();
    let frontier = read_frontier(reader, checkpoint)?;
    let origin = checkpoint.origin.clone();
    let anchor = Anchor { pin: state.pin(&origin)?, own, given: Vec::new() };
    let trust = read_trust(reader, &note, &anchor)?;
    if let Some(finding) = trust.findings.iter().find(|f| f.severity == Severity::Error) {
        return Err(contradiction(finding.clone()));
    }
    if !trust.anchored {
        return Err(AuditError::Untrusted);
    }
    let lost = match state.mark(&origin)? {
        Some(mark) if standing(reader, checkpoint, mark.checkpoint())? != Standing::Agrees => {
            Some(mark)
        }
        _ => None,
    };
    Ok(Ground { origin, frontier, head: note, trust, lost })
}

/// Reads the head, or says what is wrong with it.
pub(crate) fn read_head(head: &Head, known: Option<&Origin>) -> Result<SignedCheckpoint, Finding> {
    if let Some(known) = known.filter(|known| known.as_str() != head.origin) {
        let detail = format!("the log `{}` lies where this machine knows `{known}`", head.origin);
        return Err(Finding::error(Code::LogReplaced, detail));
    }
    let Ok(note) = SignedCheckpoint::parse(&head.checkpoint) else {
        let detail = "the newest checkpoint does not read";
        return Err(Finding::error(Code::CheckpointBadSignature, detail));
    };
    let checkpoint = note.checkpoint();
    let fits = checkpoint.origin.as_str() == head.origin
        && i64::try_from(checkpoint.size).ok() == Some(head.size)
        && head.heads == 1;
    if !fits {
        let detail = "the head's columns are not those of its checkpoint";
        return Err(Finding::error(Code::ColumnMismatch, detail));
    }
    Ok(note)
}

/// Reads the log's events about itself, proves each in the tree, and judges the keys.
pub(crate) fn read_trust(
    reader: &dyn Reader,
    note: &SignedCheckpoint,
    anchor: &Anchor,
) -> Result<Trust, AuditError> {
    let head = note.checkpoint();
    let mut events = Vec::new();
    for stored in reader.entries_of(None)? {
        let checked = check(&stored, head.origin.as_str());
        if let Some(finding) = checked.findings.into_iter().next() {
            return Err(contradiction(finding));
        }
        let index = u64::try_from(stored.index).unwrap_or(u64::MAX);
        if !included(reader, head, index, leaf_hash(&stored.header))? {
            let detail = format!("entry {} is not in the tree", stored.index);
            return Err(contradiction(
                Finding::error(Code::HeaderModified, detail).at(stored.index),
            ));
        }
        events.extend(checked.event.map(|event| (stored.index, event)));
    }
    let kept = reader.kept_checkpoints()?;
    let judged = Trust::judge(head.origin.as_str(), &events, &kept, anchor, &mut |kept| {
        Ok(standing(reader, head, kept)? == Standing::Agrees)
    })?;
    let Some(mut trust) = judged else {
        let detail = "the log does not begin with `log.opened`";
        return Err(contradiction(Finding::error(Code::EntryMissing, detail).at(0)));
    };
    trust.check_head(note);
    Ok(trust)
}

fn read_frontier(reader: &dyn Reader, checkpoint: &Checkpoint) -> Result<Frontier, AuditError> {
    let size = checkpoint.size;
    let last = i64::try_from(size).unwrap_or(i64::MAX) - 1;
    let highest: Vec<i64> = reader.entries(last, 2)?.iter().map(|entry| entry.index).collect();
    match highest.as_slice() {
        [index] if *index == last => {}
        [] | [_] => {
            let detail = format!("the log should end with entry {last}, which is not there");
            return Err(contradiction(Finding::error(Code::LogTruncated, detail).at(last)));
        }
        _ => {
            let detail = format!("there are entries beyond the checkpoint's size of {size}");
            let finding = Finding::error(Code::EntryBeyondCheckpoint, detail);
            return Err(contradiction(finding.at(last + 1)));
        }
    }
    let mut subtrees = Vec::new();
    for node in frontier_nodes(size) {
        subtrees.extend(reader.node(node)?);
    }
    match Frontier::new(size, subtrees) {
        Some(frontier) if frontier.root() == checkpoint.root => Ok(frontier),
        _ => {
            let detail = "the stored subtrees do not hash to the checkpoint's root";
            Err(contradiction(Finding::error(Code::NodeModified, detail).at(last)))
        }
    }
}

fn contradiction(finding: Finding) -> AuditError {
    AuditError::Contradiction(Box::new(finding))
}
