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
use crate::known::Known;
use crate::merkle::Frontier;
use crate::proven::Proven;
use crate::standing::{Standing, standing};
use crate::store::{Depth, Head, KeptCheckpoint, Oddity, Reader, StoreError, StoredEntry};
use crate::trust::{Anchor, Trust};

/// A log that may be appended to.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) origin: Origin,
    pub(crate) frontier: Frontier,
    pub(crate) head: SignedCheckpoint,
    about: About,
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

/// Looks at the log; only its standing to the mark is left to the caller. Keys are judged once a process,
/// for as long as the log says the same about itself.
pub(crate) fn inspect(
    reader: &dyn Reader,
    head: &Head,
    known: &Known,
    committed: Option<&Judged>,
) -> Result<Ground, AuditError> {
    let oddities = reader.oddities(Depth::Schema)?;
    if let Some(fault) = { oddities.iter() }.find_map(fault) {
        return Err(contradiction(Finding::error(Code::SchemaMismatch, fault)));
    }
    let note = read_head(head, known.origin.as_ref()).map_err(contradiction)?;
    check_end(reader, note.checkpoint())?;
    let (proven, frontier) = read_tree(reader, note.checkpoint())?;
    let about = About::read(reader)?;
    let lost = lost_mark(reader, note.checkpoint(), known)?;
    // With a mark that is ahead it is a rollback, which may be accepted.
    if let (Some(Oddity::Beyond(fault)), None) =
        ({ oddities.iter() }.find(|oddity| matches!(oddity, Oddity::Beyond(_))), &lost)
    {
        return Err(contradiction(Finding::error(Code::SchemaMismatch, fault.clone())));
    }
    let held = committed.filter(|judged| judged.still_holds(&about, known, lost.as_ref()));
    let trust = match held {
        Some(judged) => checked(judged.trust.clone(), &note)?,
        None => about.judge(reader, &note, &proven, &known.anchor(&[]))?,
    };
    if !trust.anchored {
        return Err(AuditError::Untrusted);
    }
    let origin = note.checkpoint().origin.clone();
    Ok(Ground { origin, frontier, head: note, about, trust, lost })
}

/// Returns what about the store's layout may come between what is stored and what is read.
pub(crate) fn layout_fault(reader: &dyn Reader) -> Result<Option<String>, StoreError> {
    Ok(reader.oddities(Depth::Schema)?.iter().find_map(fault))
}

fn fault(oddity: &Oddity) -> Option<String> {
    match oddity {
        Oddity::Fault(fault) => Some(fault.clone()),
        Oddity::Beyond(_) | Oddity::Stray(_) => None,
    }
}

/// Returns the mark that the log does not agree with.
pub(crate) fn lost_mark(
    reader: &dyn Reader,
    head: &Checkpoint,
    known: &Known,
) -> Result<Option<SignedCheckpoint>, AuditError> {
    match &known.mark {
        Some(mark) if standing(reader, head, mark.checkpoint())? != Standing::Agrees => {
            Ok(Some(mark.clone()))
        }
        _ => Ok(None),
    }
}

/// Reads the head, or says what is wrong with it.
pub(crate) fn read_head(head: &Head, known: Option<&Origin>) -> Result<SignedCheckpoint, Finding> {
    if let Some(fault) = &head.fault {
        let last = head.size.saturating_sub(1);
        return Err(Finding::error(Code::HeaderModified, fault.clone()).at(last));
    }
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

/// What a log says about itself, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    entries: Vec<StoredEntry>,
    kept: Vec<KeptCheckpoint>,
}

impl About {
    pub(crate) fn read(reader: &dyn Reader) -> Result<Self, StoreError> {
        Ok(Self { entries: reader.entries_of(None)?, kept: reader.kept_checkpoints()? })
    }

    /// Proves each event in the tree and judges the keys; what the judgement holds against the log is
    /// an error.
    pub(crate) fn judge(
        &self,
        reader: &dyn Reader,
        note: &SignedCheckpoint,
        proven: &Proven,
        anchor: &Anchor,
    ) -> Result<Trust, AuditError> {
        let head = note.checkpoint();
        let mut events = Vec::new();
        for stored in &self.entries {
            let checked = check(stored, head.origin.as_str());
            let event = checked.event();
            if let Some(finding) = checked.findings.into_iter().next() {
                return Err(contradiction(finding));
            }
            if !proven.holds(reader, stored.index, &stored.header)? {
                return Err(contradiction(not_in_tree(stored.index)));
            }
            events.extend(event.map(|event| (stored.index, event)));
        }
        let origin = head.origin.as_str();
        let judged = Trust::judge(origin, &events, &self.kept, anchor, &mut |kept| {
            Ok(standing(reader, head, kept)? == Standing::Agrees)
        })?;
        let Some(trust) = judged else {
            let detail = "the log does not begin with `log.opened`";
            return Err(contradiction(Finding::error(Code::EntryMissing, detail).at(0)));
        };
        checked(trust, note)
    }
}

/// What was found out about the keys when this process appended last.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    head: SignedCheckpoint,
    about: About,
    anchor: Anchor,
    trust: Trust,
}

impl Judged {
    /// Remembers what the ground of an append rested on.
    pub(crate) fn new(ground: Ground, known: &Known) -> Self {
        let Ground { head, about, trust, .. } = ground;
        Self { head, about, anchor: known.anchor(&[]), trust }
    }

    /// Whether it holds for the log as it is now: the same vouches for its keys, it says the same about itself,
    /// to the byte, and has grown from the state that was judged, since it agrees with a mark that has.
    fn still_holds(&self, about: &About, known: &Known, lost: Option<&SignedCheckpoint>) -> bool {
        let judged = self.head.checkpoint().size;
        let marked = known.marked().is_some_and(|mark| judged <= mark.size);
        let vouched = self.anchor == known.anchor(&[]);
        lost.is_none() && marked && vouched && self.about == *about
    }
}

/// Judges the newest checkpoint with the log's keys; what is held against the log is an error.
fn checked(mut trust: Trust, note: &SignedCheckpoint) -> Result<Trust, AuditError> {
    trust.check_head(note);
    match trust.findings.iter().find(|finding| finding.severity == Severity::Error) {
        Some(finding) => Err(contradiction(finding.clone())),
        None => Ok(trust),
    }
}

/// Reads the largest complete subtrees, which must hash to the checkpoint's root.
pub(crate) fn read_tree(
    reader: &dyn Reader,
    checkpoint: &Checkpoint,
) -> Result<(Proven, Frontier), AuditError> {
    Proven::new(reader, checkpoint)?.ok_or_else(|| {
        let detail = "the stored subtrees do not hash to the checkpoint's root";
        let last = i64::try_from(checkpoint.size).unwrap_or(i64::MAX) - 1;
        contradiction(Finding::error(Code::NodeModified, detail).at(last))
    })
}

/// Returns the finding of an entry whose header is not the one in the tree.
pub(crate) fn not_in_tree(index: i64) -> Finding {
    let detail = format!("entry {index} is not the one in the tree");
    Finding::error(Code::HeaderModified, detail).at(index)
}

/// Size − 1 must be the highest index.
fn check_end(reader: &dyn Reader, checkpoint: &Checkpoint) -> Result<(), AuditError> {
    let size = checkpoint.size;
    let last = i64::try_from(size).unwrap_or(i64::MAX) - 1;
    let highest: Vec<i64> = reader.entries(last, 2)?.iter().map(|entry| entry.index).collect();
    match highest.as_slice() {
        [index] if *index == last => Ok(()),
        [] | [_] => {
            let detail = format!("the log should end with entry {last}, which is not there");
            Err(contradiction(Finding::error(Code::LogTruncated, detail).at(last)))
        }
        _ => {
            let detail = format!("there are entries beyond the checkpoint's size of {size}");
            let finding = Finding::error(Code::EntryBeyondCheckpoint, detail);
            Err(contradiction(finding.at(last + 1)))
        }
    }
}

pub(crate) fn contradiction(finding: Finding) -> AuditError {
    AuditError::Contradiction(Box::new(finding))
}
