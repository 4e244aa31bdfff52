//! Who may sign: the log's keys as its own events tell them, held against what is known outside.
//!
//! A key named only by the log under test proves nothing. Events about keys and signing take effect
//! only through a kept checkpoint signed by a key admitted before them.

use serde_json::Value;

use crate::checkpoint::{Checkpoint, SignatureStatus, SignedCheckpoint};
use crate::event::{Event, Kind};
use crate::finding::{Code, Finding, Severity};
use crate::key::PublicKey;
use crate::state::Pin;
use crate::store::{KeptCheckpoint, StoreError};

/// What is known outside the log about its first keys.
#[derive(Clone, Debug, Default)]
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
    pub(crate) log_key: PublicKey,
    pub(crate) attest_key: PublicKey,
    /// Whether checkpoints are signed now.
    pub(crate) signing: bool,
    /// Whether something outside the log vouches for its first key.
    pub(crate) anchored: bool,
    pub(crate) findings: Vec<Finding>,
    /// How many signatures were checked.
    pub(crate) signatures: u64,
    /// From which index on checkpoints are signed, or not.
    changes: Vec<(i64, bool)>,
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
        let first =
            events.first().filter(|(index, event)| *index == 0 && event.kind == Kind::LogOpened);
        let Some(mut trust) = first.and_then(|(_, opened)| Self::from_opening(origin, opened))
        else {
            return Ok(None);
        };
        trust.hold_against(anchor);
        for (index, event) in events {
            trust.follow(*index, event, kept);
        }
        trust.check_kept(kept, agrees)?;
        Ok(Some(trust))
    }

    /// Judges the signature of the newest checkpoint.
    pub(crate) fn check_head(&mut self, head: &SignedCheckpoint) {
        if self.signing {
            self.signatures += 1;
            self.findings.extend(self.signature_fault(head, "the newest checkpoint"));
        }
    }

    /// Returns what is wrong with a note that the log key should have signed.
    pub(crate) fn signature_fault(&self, note: &SignedCheckpoint, name: &str) -> Option<Finding> {
        let (code, what) = match note.signed_by(&self.log_key) {
            SignatureStatus::Good => return None,
            SignatureStatus::Bad => {
                (Code::CheckpointBadSignature, "is not what the log's key signed")
            }
            SignatureStatus::Absent if note.is_unsigned() => (Code::Unsigned, "has no signature"),
            SignatureStatus::Absent => {
                (Code::KeyUnknown, "is signed by a key the log never admitted")
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
        let signing = self.changes.iter().rev().find(|(from, _)| *from <= index);
        if signing.is_some_and(|(_, signing)| *signing) {
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
        Some(Self {
            log_key: key("log_key")?,
            attest_key: key("attest_key")?,
            signing: opened.members.get("signing")?.as_bool()?,
            anchored: false,
            findings: Vec::new(),
            signatures: 0,
            changes: vec![(0, opened.members.get("signing")?.as_bool()?)],
        })
    }

    fn hold_against(&mut self, anchor: &Anchor) {
        let own = anchor.own.as_ref().is_some_and(|key| *key == self.log_key);
        let given = anchor.given.contains(&self.log_key);
        // Who names keys wants those and no others, whatever else this machine trusts.
        self.anchored = if anchor.given.is_empty() { own || anchor.pin.is_some() } else { given };
        let Some(pin) = &anchor.pin else { return };
        let pinned = (&pin.log_key, &pin.attest_key, pin.signing);
        if pinned != (&self.log_key, &self.attest_key, self.signing) {
            let detail = "the log's first keys are not those this machine pinned";
            self.findings.push(Finding::error(Code::LogReplaced, detail).at(0));
        }
    }

    fn follow(&mut self, index: i64, event: &Event, kept: &[KeptCheckpoint]) {
        match &event.kind {
            Kind::SigningChanged => {
                if let Some(signing) = event.members.get("signing").and_then(Value::as_bool) {
                    self.signing = signing;
                    self.changes.push((index, signing));
                }
            }
            Kind::RollbackAccepted => {
                let size = event.members.get("lost_size").and_then(Value::as_u64).unwrap_or(0);
                let detail = format!(
                    "a rollback was accepted at entry {index}: a state of {size} entries was given up"
                );
                let finding = Finding::new(Code::RollbackAccepted, Severity::Info, detail);
                self.findings.push(finding.at(index));
            }
            Kind::Other(kind) => {
                let detail =
                    format!("entry {index} is `{kind}`, which this version has no rules for");
                self.findings
                    .push(Finding::new(Code::KindUnknown, Severity::Info, detail).at(index));
            }
            Kind::LogOpened
            | Kind::GenerationStarted
            | Kind::GenerationCompleted
            | Kind::GenerationFailed
            | Kind::GenerationAbandoned => {}
        }
        if event.kind.changes_trust() {
            let name = format!("the checkpoint kept for entry {index}");
            let note = kept.iter().find(|kept| Some(kept.size) == index.checked_add(1));
            match note.and_then(|kept| SignedCheckpoint::parse(&kept.note).ok()) {
                None => {
                    let finding =
                        Finding::error(Code::CheckpointMissing, format!("{name} is missing"));
                    self.findings.push(finding.at(index));
                }
                // The very first checkpoint of a log that never signed.
                Some(_) if event.kind == Kind::LogOpened && !self.signing => {}
                Some(note) => {
                    self.signatures += 1;
                    let fault = self.signature_fault(&note, &name);
                    self.findings.extend(fault.map(|finding| finding.at(index)));
                }
            }
        }
    }

    fn check_kept(
        &mut self,
        kept: &[KeptCheckpoint],
        agrees: &mut dyn FnMut(&Checkpoint) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        for kept in kept {
            let at = kept.size.saturating_sub(1);
            let Ok(note) = SignedCheckpoint::parse(&kept.note) else {
                let detail = format!("the checkpoint kept for size {} does not read", kept.size);
                self.findings.push(Finding::error(Code::CheckpointBadSignature, detail).at(at));
                continue;
            };
            let filed = u64::try_from(kept.size).ok() == Some(note.checkpoint().size);
            if !filed || !agrees(note.checkpoint())? {
                let detail =
                    format!("the checkpoint kept for size {} is of another tree", kept.size);
                self.findings.push(Finding::error(Code::LogForked, detail).at(at));
                continue;
            }
            let before = self.changes.iter().rev().find(|(index, _)| *index <= at);
            if before.is_some_and(|(_, signing)| *signing) {
                let name = format!("the checkpoint kept for size {}", kept.size);
                let fault = self.signature_fault(&note, &name);
                self.findings.extend(fault.map(|finding| finding.at(at)));
            }
        }
        Ok(())
    }
}
