//! The whole log, entry by entry, in one pass.

use crate::check::check;
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::error::AuditError;
use crate::event::Event;
use crate::finding::{Code, Finding, Severity};
use crate::merkle::leaf_hash;
use crate::standing::{Standing, standing};
use crate::store::{RowFilter, StoredEntry};
use crate::time::Time;
use crate::trust::{Anchor, Trust};
use crate::verify::run::Runs;
use crate::verify::state::States;
use crate::verify::tree::Tree;
use crate::verify::{Examination, Subject};

/// Entries read at a time.
const PAGE: usize = 256;
/// A clock may be this much behind the entry before.
const CLOCK_TOLERANCE_SECONDS: i64 = 5 * 60;

impl Examination<'_> {
    /// Examines every entry, subtree, row and signature.
    pub(super) fn examine_log(
        &mut self,
        subject: &Subject<'_>,
        anchor: &Anchor,
    ) -> Result<(), AuditError> {
        let mut pass = Pass {
            subject,
            size: subject.note.map(|note| signed(note.checkpoint().size)),
            expected: 0,
            tree: Tree::new(subject.reader),
            states: States::default(),
            runs: Runs::default(),
            about_the_log: Vec::new(),
            latest: None,
        };
        let mut from = i64::MIN;
        loop {
            let page = subject.reader.entries(from, PAGE)?;
            let Some(last) = page.last() else { break };
            from = last.index.saturating_add(1);
            let done = last.index == i64::MAX;
            for stored in page {
                pass.entry(&stored, self)?;
            }
            if done {
                break;
            }
        }
        pass.tail(self)?;
        pass.tree.finish(subject.note.map(SignedCheckpoint::checkpoint), &mut self.findings)?;
        let events = std::mem::take(&mut pass.about_the_log);
        self.judge_keys(subject, anchor, &events)?;
        let trust = self.trust.clone();
        if let Some(trust) = &trust {
            self.checked.signatures += pass.states.judge(trust, subject.note, &mut self.findings);
        }
        let rows = subject.reader.rows(&RowFilter::default())?;
        let subject = Subject { trust: trust.as_ref(), ..*subject };
        pass.runs.finish(&subject, rows, self)
    }

    /// Judges who may sign; a log that does not begin with `log.opened` has nothing to judge.
    pub(super) fn judge_keys(
        &mut self,
        subject: &Subject<'_>,
        anchor: &Anchor,
        events: &[(i64, Event)],
    ) -> Result<(), AuditError> {
        let kept = subject.reader.kept_checkpoints()?;
        let damaged = self.findings.iter().any(|finding| finding.code == Code::NodeModified);
        let head = subject.note.map(SignedCheckpoint::checkpoint);
        let mut agrees = |kept: &Checkpoint| match head {
            Some(head) if !damaged => Ok(standing(subject.reader, head, kept)? == Standing::Agrees),
            _ => Ok(true),
        };
        self.trust = Trust::judge(subject.origin, events, &kept, anchor, &mut agrees)?;
        match (&mut self.trust, subject.note) {
            (Some(trust), Some(note)) => trust.check_head(note),
            (Some(_), None) => {}
            (None, _) => {
                let detail = "the log does not begin with a readable `log.opened`";
                self.findings.push(Finding::error(Code::EntryMissing, detail).at(0));
            }
        }
        Ok(())
    }
}

struct Pass<'pass> {
    subject: &'pass Subject<'pass>,
    /// The signed size, where there is one to believe.
    size: Option<i64>,
    expected: i64,
    tree: Tree<'pass>,
    states: States,
    runs: Runs,
    about_the_log: Vec<(i64, Event)>,
    latest: Option<Time>,
}

impl Pass<'_> {
    fn entry(
        &mut self,
        stored: &StoredEntry,
        examination: &mut Examination<'_>,
    ) -> Result<(), AuditError> {
        let index = stored.index;
        if index < self.expected {
            let detail = format!("an entry stands at {index}, where none belongs");
            examination.findings.push(Finding::error(Code::EntryInserted, detail).at(index));
            return Ok(());
        }
        if self.size.is_some_and(|size| index >= size) {
            let detail = format!("entry {index} stands beyond the checkpoint's size");
            let finding = Finding::error(Code::EntryBeyondCheckpoint, detail).at(index);
            examination.findings.push(finding.of_run(stored.audit_id.as_deref()));
            return Ok(());
        }
        self.gap(index, Code::EntryMissing, examination)?;
        let checked = check(stored, self.subject.origin);
        self.tree.add(index, Some(leaf_hash(&stored.header)))?;
        self.states.add(stored, checked.header.as_ref(), &mut examination.findings);
        self.expected = index.saturating_add(1);
        examination.checked.entries += 1;
        examination.checked.bodies += checked.bodies;
        examination.findings.extend(checked.findings);
        let Some(header) = checked.header else {
            if let Some(run) = &stored.audit_id {
                self.runs.broken(run);
            }
            return Ok(());
        };
        self.clock(index, header.time, examination);
        match (header.audit_id, checked.event) {
            (Some(run), None) => self.runs.broken(run.as_str()),
            (Some(_), Some(event)) => self.runs.add(index, event, examination),
            (None, Some(event)) => self.about_the_log.push((index, event)),
            (None, None) => {}
        }
        Ok(())
    }

    /// Says which entries are missing before `index`, standing in their stored leaves.
    fn gap(
        &mut self,
        index: i64,
        code: Code,
        examination: &mut Examination<'_>,
    ) -> Result<(), AuditError> {
        if self.expected >= index {
            return Ok(());
        }
        let detail = match index - self.expected {
            1 => format!("entry {} is missing", self.expected),
            _ => format!("entries {}..{index} are missing", self.expected),
        };
        examination.findings.push(Finding::error(code, detail).at(self.expected));
        self.runs.incomplete();
        // A forged head or name may give any index: what no entry and no subtree speaks for is not walked.
        if index - self.expected > 1_000_000 {
            self.expected = index;
            return Ok(());
        }
        while self.expected < index {
            self.tree.add(self.expected, None)?;
            self.expected += 1;
        }
        Ok(())
    }

    fn tail(&mut self, examination: &mut Examination<'_>) -> Result<(), AuditError> {
        match self.size {
            Some(size) => self.gap(size, Code::LogTruncated, examination),
            None => Ok(()),
        }
    }

    fn clock(&mut self, index: i64, time: Time, examination: &mut Examination<'_>) {
        if let Some(latest) = self.latest {
            let behind = latest.timestamp().as_second() - time.timestamp().as_second();
            if behind > CLOCK_TOLERANCE_SECONDS {
                let detail = format!("entry {index} is dated {behind} s before an earlier entry");
                let finding = Finding::new(Code::ClockSteppedBack, Severity::Info, detail);
                examination.findings.push(finding.at(index));
            }
        }
        self.latest = self.latest.max(Some(time));
    }
}

fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
