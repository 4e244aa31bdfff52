//! Who may sign: the log's keys as its own events tell them, held against what is known outside.
//!
//! A key named only by the log under test proves nothing. Events about keys and signing take effect
//! only through a kept checkpoint signed by a key admitted before them.

mod admission;
mod writers;

use serde_json::Value;

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::event::{Event, Kind};
use crate::finding::{Code, Finding, Severity};
use crate::key::PublicKey;
use crate::state::Pin;
use crate::store::{KeptCheckpoint, StoreError};

pub use admission::{Admission, AdmissionError};
pub(crate) use writers::{LogWriter, Signature, Writers};

/// What is known outside the log about its first keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// What this machine pinned.
    pub(crate) pin: Option<Pin>,
    /// This machine's own key for logs.
    pub(crate) own: Option<PublicKey>,
    /// Keys that the caller vouches for.
    pub(crate) given: Vec<PublicKey>,
}

/// The log's keys, judged.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    pub(crate) writers: Writers,
    /// Whether checkpoints are signed now.
    pub(crate) signing: bool,
    /// Whether something outside the log vouches for its first key.
    pub(crate) anchored: bool,
    pub(crate) findings: Vec<Finding>,
    /// How many signatures were checked.
    pub(crate) signatures: u64,
    /// From which index on checkpoints are signed, or not.
    changes: Vec<(i64, bool)>,
    /// The events about keys and signing: their checkpoints are signed whatever holds there.
    turns: Vec<i64>,
}

/// A checkpoint that is kept for ever.
#[derive(Debug)]
struct Kept {
    /// The last entry below it, as it is filed.
    last: i64,
    /// What it says, where that is of this log.
    note: Option<SignedCheckpoint>,
}

impl Trust {
    /// Judges the log's events about itself, given in order, and its kept checkpoints; `agrees` says
    /// whether the tree has the root that a checkpoint names. `None` when there is no `log.opened`
    /// to start from.
    pub(crate) fn judge(
        origin: &str,
        events: &[(i64, Event)],
        kept: &[KeptCheckpoint],
        anchor: &Anchor,
        agrees: &mut dyn FnMut(&Checkpoint) -> Result<bool, StoreError>,
    ) -> Result<Option<Self>, StoreError> {
        let mut events = events.iter();
        let first =
            events.next().filter(|(index, event)| (*index, &event.kind) == (0, &Kind::LogOpened));
        let Some(mut trust) = first.and_then(|(_, opened)| Self::from_opening(origin, opened))
        else {
            return Ok(None);
        };
        trust.hold_against(anchor);
        let kept = trust.read_kept(kept, agrees)?;
        trust.check_presence(0, &kept);
        for (index, event) in events {
            trust.follow(*index, event);
            if event.kind.changes_trust() {
                trust.turns.push(*index);
                trust.check_presence(*index, &kept);
                // Only keys admitted before the event are known yet, so one of those must have signed.
                if kept.iter().any(|kept| kept.last == *index && trust.counts(kept)) {
                    trust.take_effect(origin, *index, event);
                }
            }
        }
        trust.check_signatures(&kept);
        Ok(Some(trust))
    }

    /// Whether checkpoints were signed when the log was opened.
    pub(crate) fn began_signed(&self) -> bool {
        self.changes.first().is_some_and(|(_, signing)| *signing)
    }

    /// Judges the signature of the newest checkpoint.
    pub(crate) fn check_head(&mut self, head: &SignedCheckpoint) {
        if self.signing {
            self.signatures += 1;
            self.findings.extend(self.signature_fault(head, "the newest checkpoint"));
        }
    }

    /// Returns what is wrong with a note that a key of the log should have signed.
    pub(crate) fn signature_fault(&self, note: &SignedCheckpoint, name: &str) -> Option<Finding> {
        let (code, what) = match self.writers.judge(note) {
            Signature::Good(_) => return None,
            Signature::Bad => (Code::CheckpointBadSignature, "is not what the log's key signed"),
            Signature::Absent => (Code::Unsigned, "has no signature"),
            Signature::Unknown => (Code::KeyUnknown, "is signed by a key the log never admitted"),
            Signature::OutOfSpan => {
                (Code::KeyOutOfSpan, "is signed by a key that was admitted for later entries only")
            }
        };
        Some(Finding::error(code, format!("{name} {what}")))
    }

    /// Returns what is wrong with the checkpoint after entry `index`: signed where signing was on then, and
    /// by nobody where it was off.
    pub(crate) fn state_fault(
        &self,
        index: i64,
        note: &SignedCheckpoint,
        name: &str,
    ) -> Option<Finding> {
        if self.must_sign(index) {
            return self.signature_fault(note, name);
        }
        let detail = format!("{name} is signed, though signing was off");
        (!note.is_unsigned()).then(|| Finding::error(Code::CheckpointBadSignature, detail))
    }

    fn from_opening(origin: &str, opened: &Event) -> Option<Self> {
        let key = |name: &str| {
            let vkey = opened.members.get(name)?.as_str()?;
            let (name, key) = PublicKey::from_vkey(vkey).ok()?;
            (name == origin).then_some(key)
        };
        let signing = opened.members.get("signing")?.as_bool()?;
        Some(Self {
            writers: Writers::opened_by(key("log_key")?, key("attest_key")?),
            signing,
            anchored: false,
            findings: Vec::new(),
            signatures: 0,
            changes: vec![(0, signing)],
            turns: Vec::new(),
        })
    }

    fn hold_against(&mut self, anchor: &Anchor) {
        let first = self.writers.first();
        let own = anchor.own.as_ref().is_some_and(|key| *key == first.log_key);
        let given = anchor.given.contains(&first.log_key);
        // Who names keys wants those and no others, whatever else this machine trusts.
        self.anchored = if anchor.given.is_empty() { own || anchor.pin.is_some() } else { given };
        let Some(pin) = &anchor.pin else { return };
        let pinned = (&pin.log_key, &pin.attest_key, pin.signing);
        if pinned != (&first.log_key, &first.attest_key, self.signing) {
            let detail = "the log's first keys are not those this machine pinned";
            self.findings.push(Finding::error(Code::LogReplaced, detail).at(0));
        }
    }

    /// Says what every reader of the log should know.
    fn follow(&mut self, index: i64, event: &Event) {
        let (code, detail) = match &event.kind {
            Kind::RollbackAccepted => {
                let size = event.members.get("lost_size").and_then(Value::as_u64).unwrap_or(0);
                let detail = format!(
                    "a rollback was accepted at entry {index}: a state of {size} entries was given up"
                );
                (Code::RollbackAccepted, detail)
            }
            Kind::Other(kind) => {
                let detail =
                    format!("entry {index} is `{kind}`, which this version has no rules for");
                (Code::KindUnknown, detail)
            }
            Kind::LogOpened
            | Kind::KeyAdded
            | Kind::SigningChanged
            | Kind::GenerationStarted
            | Kind::GenerationCompleted
            | Kind::GenerationFailed
            | Kind::GenerationAbandoned => return,
        };
        self.findings.push(Finding::new(code, Severity::Info, detail).at(index));
    }

    /// Sorts out which kept checkpoints read and are of this tree.
    fn read_kept(
        &mut self,
        kept: &[KeptCheckpoint],
        agrees: &mut dyn FnMut(&Checkpoint) -> Result<bool, StoreError>,
    ) -> Result<Vec<Kept>, StoreError> {
        let mut read = Vec::new();
        for kept in kept {
            let last = kept.size.saturating_sub(1);
            let note = SignedCheckpoint::parse(&kept.note).ok();
            let fault = match &note {
                None => Some((Code::CheckpointBadSignature, "does not read")),
                Some(note) => {
                    let filed = u64::try_from(kept.size).ok() == Some(note.checkpoint().size);
                    let ours = filed && agrees(note.checkpoint())?;
                    (!ours).then_some((Code::LogForked, "is of another tree"))
                }
            };
            read.push(Kept { last, note: note.filter(|_| fault.is_none()) });
            if let Some((code, what)) = fault {
                let detail = format!("the checkpoint kept for size {} {what}", kept.size);
                self.findings.push(Finding::error(code, detail).at(last));
            }
        }
        Ok(read)
    }

    /// Demands the checkpoint that is kept for the event at `index`.
    fn check_presence(&mut self, index: i64, kept: &[Kept]) {
        if kept.iter().all(|kept| kept.last != index) {
            let detail = format!("the checkpoint kept for entry {index} is missing");
            self.findings.push(Finding::error(Code::CheckpointMissing, detail).at(index));
        }
    }

    fn counts(&self, kept: &Kept) -> bool {
        let worth = kept.note.as_ref().map(|note| self.writers.judge(note));
        matches!(worth, Some(Signature::Good(_)))
    }

    /// Lets an event change who signs; its checkpoint is one that counts.
    fn take_effect(&mut self, origin: &str, index: i64, event: &Event) {
        if event.kind == Kind::SigningChanged
            && let Some(signing) = event.members.get("signing").and_then(Value::as_bool)
        {
            self.signing = signing;
            self.changes.push((index, signing));
        }
        if event.kind == Kind::KeyAdded {
            let (code, detail) = match Admission::from_event(origin, event) {
                None => (Code::KeyUnknown, "names no two keys of this log"),
                Some(admission) => {
                    let at = u64::try_from(index).unwrap_or(u64::MAX);
                    if self.writers.admit(at, admission) {
                        return;
                    }
                    (Code::KeyOutOfSpan, "gives a second span to a key that has one")
                }
            };
            let detail = format!("entry {index} {detail}");
            self.findings.push(Finding::error(code, detail).at(index));
        }
    }

    /// Whether the checkpoint whose last entry is `at` must be signed.
    fn must_sign(&self, at: i64) -> bool {
        let before = self.changes.iter().rev().find(|(index, _)| *index <= at);
        self.turns.contains(&at) || before.is_some_and(|(_, signing)| *signing)
    }

    /// Judges the signatures of kept checkpoints, once every writer is known.
    fn check_signatures(&mut self, kept: &[Kept]) {
        for kept in kept {
            let Some(note) = kept.note.as_ref().filter(|_| self.must_sign(kept.last)) else {
                continue;
            };
            self.signatures += 1;
            let name = format!("the checkpoint kept for size {}", note.checkpoint().size);
            let fault = self.signature_fault(note, &name);
            self.findings.extend(fault.map(|finding| finding.at(kept.last)));
        }
    }
}
