//! Verification: three answers, never a bool, and findings that name the entry.
//!
//! Marks and pins are read first, the store's snapshot afterwards, so a log that grows meanwhile is
//! never mistaken for one that shrank. Nothing here writes.

use std::collections::BTreeSet;

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::error::AuditError;
use crate::finding::{Code, Finding, Severity};
use crate::guard::{mark_fault, read_head};
use crate::known::Known;
use crate::liveness::Liveness;
use crate::log::Log;
use crate::query;
use crate::standing::{Standing, standing};
use crate::store::{Depth, Head, Oddity, Reader, StoreError};
use crate::trust::Trust;

mod artifacts;
mod judge;
mod report;
mod rows;
mod run;
mod scan;
mod single;
mod state;
mod tree;

pub use report::{Amounts, RestsOn, Scope, State, Verdict, Verification, VerifyOptions};

/// A verification under way.
#[derive(Debug)]
struct Examination<'log> {
    options: &'log VerifyOptions,
    scope: Scope,
    findings: Vec<Finding>,
    checked: Amounts,
    rests_on: Vec<RestsOn>,
    checkpoint: Option<Checkpoint>,
    trust: Option<Trust>,
}

/// Verifies the whole log, or with `ids` the entries of those runs alone.
pub(crate) fn verify(
    log: &mut Log,
    ids: &[String],
    options: &VerifyOptions,
) -> Result<Verification, AuditError> {
    let scope = if ids.is_empty() { Scope::Log } else { Scope::Record };
    let mut examination = Examination {
        options,
        scope,
        findings: Vec::new(),
        checked: Amounts::default(),
        rests_on: Vec::new(),
        checkpoint: None,
        trust: None,
    };
    match examination.examine(log, ids) {
        Ok(()) => {}
        Err(AuditError::Store(
            error @ (StoreError::Missing { .. }
            | StoreError::Unreadable { .. }
            | StoreError::Newer { .. }
            | StoreError::Unusable { .. }
            | StoreError::Database { .. }),
        )) => {
            let finding = Finding::new(Code::Unreadable, Severity::Unknown, error.to_string());
            examination.findings.push(finding);
        }
        Err(AuditError::State(error)) => {
            let finding = Finding::new(Code::Unreadable, Severity::Unknown, error.to_string());
            examination.findings.push(finding);
        }
        Err(AuditError::Contradiction(finding)) => examination.findings.push(*finding),
        Err(error) => return Err(error),
    }
    Ok(examination.finish())
}

impl Examination<'_> {
    fn examine(&mut self, log: &mut Log, ids: &[String]) -> Result<(), AuditError> {
        let known = Known::read(&mut *log.store, &log.state, &log.keys)?;
        let runs = log.store.liveness();
        let reader = match log.store.read() {
            Err(StoreError::Missing { .. }) => {
                self.missing(&known);
                return Ok(());
            }
            reader => reader?,
        };
        let depth = if self.scope == Scope::Log { Depth::Indexes } else { Depth::Schema };
        self.findings.extend(reader.oddities(depth)?.into_iter().map(|oddity| match oddity {
            Oddity::Fault(fault) | Oddity::Beyond(fault) => {
                Finding::error(Code::SchemaMismatch, fault)
            }
            Oddity::Stray(stray) => Finding::new(Code::StrayFile, Severity::Info, stray),
        }));
        let Some(head) = reader.head()? else {
            self.missing(&known);
            return Ok(());
        };
        let note = self.head(&head, &known);
        let name = note.as_ref().map_or(head.origin.clone(), |n| n.checkpoint().origin.to_string());
        let anchor = known.anchor(&self.options.keys);
        let subject = Subject {
            reader: &*reader,
            origin: &name,
            note: note.as_ref(),
            runs: &*runs,
            trust: None,
        };
        if ids.is_empty() {
            self.examine_log(&subject, &anchor)?;
        } else {
            self.examine_records(&subject, &anchor, ids)?;
        }
        self.compare(&*reader, note.as_ref(), known.mark.as_ref())
    }

    /// Judges the head; one that cannot be used leaves the entries to be judged by themselves.
    fn head(&mut self, head: &Head, known: &Known) -> Option<SignedCheckpoint> {
        match read_head(head, known.origin.as_ref()) {
            Ok(note) => {
                self.checkpoint = Some(note.checkpoint().clone());
                Some(note)
            }
            // A log that is read whole comes to its newest entry, and says then what is wrong with it.
            Err(_) if head.fault.is_some() && self.scope == Scope::Log => None,
            Err(finding) => {
                self.findings.push(finding.at(head.size.saturating_sub(1)));
                None
            }
        }
    }

    fn missing(&mut self, known: &Known) {
        self.findings.push(known.gone().unwrap_or_else(|| {
            let detail = format!("there is no log at `{}`, and none was seen there", known.place);
            Finding::new(Code::NoLog, Severity::Unknown, detail)
        }));
    }

    /// Holds the log against the mark and the caller's checkpoints.
    fn compare(
        &mut self,
        reader: &dyn Reader,
        note: Option<&SignedCheckpoint>,
        mark: Option<&SignedCheckpoint>,
    ) -> Result<(), AuditError> {
        let Some(head) = note.map(SignedCheckpoint::checkpoint) else { return Ok(()) };
        let damaged = self.findings.iter().any(|finding| finding.code == Code::NodeModified);
        // Which log it is and how long are told without subtrees.
        let told =
            |other: &Checkpoint| !damaged || other.origin != head.origin || head.size < other.size;
        let mark = mark.filter(|mark| told(mark.checkpoint()));
        if let Some(mark) = mark.map(SignedCheckpoint::checkpoint).filter(|mark| mark.size > 0) {
            match standing(reader, head, mark)? {
                Standing::Agrees => self.rests_on.push(RestsOn::LocalMark),
                Standing::OtherLog => {}
                Standing::Behind | Standing::Forked => self.findings.push(mark_fault(mark, head)),
            }
        }
        for given in &self.options.against {
            let given = given.checkpoint();
            if !told(given) {
                continue;
            }
            let finding = match standing(reader, head, given)? {
                Standing::Agrees => {
                    if !self.rests_on.contains(&RestsOn::GivenCheckpoint) {
                        self.rests_on.push(RestsOn::GivenCheckpoint);
                    }
                    continue;
                }
                Standing::OtherLog => {
                    let detail = format!("the checkpoint given is of the log `{}`", given.origin);
                    Finding::error(Code::LogReplaced, detail)
                }
                Standing::Behind => {
                    let detail = format!(
                        "the log has {} entries, the checkpoint given {}: entries {}..{} are gone",
                        head.size, given.size, head.size, given.size
                    );
                    let lost = i64::try_from(head.size).unwrap_or(i64::MAX);
                    Finding::error(Code::LogRolledBack, detail).at(lost)
                }
                Standing::Forked => {
                    let detail = format!(
                        "the log's first {} entries are not those of the checkpoint given",
                        given.size
                    );
                    Finding::error(Code::LogForked, detail)
                }
            };
            self.findings.push(finding);
        }
        Ok(())
    }

    fn finish(mut self) -> Verification {
        self.judge_trust();
        let mut said = BTreeSet::new();
        let mut findings = self.findings;
        findings.retain(|finding| said.insert(finding.clone()));
        let worst = findings.iter().map(|finding| finding.severity).min();
        let verdict = match worst {
            Some(Severity::Error) => Verdict::Tampered,
            Some(Severity::Unknown) => Verdict::Unverifiable,
            Some(Severity::Warning | Severity::Info) | None => Verdict::Verified,
        };
        if !self.rests_on.contains(&RestsOn::GivenCheckpoint) {
            self.rests_on.insert(0, RestsOn::SelfAttested);
        }
        let writers = self.trust.iter().flat_map(|trust| trust.writers.iter());
        let keys = writers.flat_map(|writer| [&writer.log_key, &writer.attest_key]);
        Verification {
            verdict,
            rests_on: self.rests_on,
            scope: self.scope,
            checked: self.checked,
            keys: keys.map(|key| key.keyid().to_string()).collect(),
            checkpoint: self.checkpoint.as_ref().map(State::of),
            findings,
        }
    }

    /// Adds what the keys' judgement means for the verdict.
    fn judge_trust(&mut self) {
        let Some(trust) = &mut self.trust else { return };
        self.checked.signatures += trust.signatures;
        self.findings.append(&mut trust.findings);
        if !trust.anchored {
            let detail = if self.options.keys.is_empty() {
                "nothing outside the log vouches for its first keys: this machine has neither \
                 pinned them nor their key files"
            } else {
                "none of the keys given is the log's"
            };
            self.findings.push(Finding::new(Code::KeyUnknown, Severity::Unknown, detail));
        }
        if !trust.signing && self.rests_on.is_empty() {
            let detail = "the log is not signed, and no checkpoint of it was kept elsewhere";
            self.findings.push(Finding::new(Code::Unsigned, Severity::Unknown, detail));
        }
    }
}

/// The log under examination.
#[derive(Clone, Copy)]
struct Subject<'log> {
    reader: &'log dyn Reader,
    origin: &'log str,
    note: Option<&'log SignedCheckpoint>,
    runs: &'log dyn Liveness,
    /// The log's keys, once they are judged.
    trust: Option<&'log Trust>,
}

/// Returns the id that `text` names.
pub(crate) fn resolve(log: &mut Log, text: &str) -> Result<String, AuditError> {
    match log.store.read() {
        Ok(reader) => query::resolve(&*reader, text),
        // What became of the log is the answer then.
        Err(
            StoreError::Missing { .. } | StoreError::Unreadable { .. } | StoreError::Newer { .. },
        ) => Ok(text.to_owned()),
        Err(error) => Err(error.into()),
    }
}
