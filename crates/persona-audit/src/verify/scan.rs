//! The whole log, entry by entry, in one pass.

use crate::abreast::Crew;
use crate::check::{Checked, check};
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::columns;
use crate::digest::Digest;
use crate::error::AuditError;
use crate::event::{Event, Kind};
use crate::finding::{Code, Finding, Severity};
use crate::merkle::leaf_hash;
use crate::record::Status;
use crate::standing::{Standing, standing};
use crate::store::StoredEntry;
use crate::time::Time;
use crate::trust::{Anchor, Trust, Writers};
use crate::verify::judge::{Attesters, Ended, Judged, judge_many};
use crate::verify::run::{Runs, unknown_kind};
use crate::verify::state::States;
use crate::verify::tree::Tree;
use crate::verify::{Examination, Subject};

/// Entries read at a time.
const PAGE: usize = 128;
/// Runs judged at a time.
const RUNS: usize = 64;
/// A clock may be this much behind the entry before.
const CLOCK_TOLERANCE_SECONDS: i64 = 5 * 60;

impl Examination<'_> {
    /// Examines every entry, subtree, row and signature.
    ///
    /// Attestations are checked on the way, with the key that the log's events about itself name, looked
    /// up first. Should it turn out in the end that another key counts, the way is gone once more.
    pub(super) fn examine_log(
        &mut self,
        subject: &Subject<'_>,
        anchor: &Anchor,
    ) -> Result<(), AuditError> {
        let before = (self.findings.clone(), self.checked);
        let supposed = supposed_writers(subject, anchor)?;
        self.pass(subject, anchor, supposed.as_ref())?;
        let found = self.trust.as_ref().map(|trust| trust.writers.clone());
        if found != supposed {
            (self.findings, self.checked) = before;
            self.pass(subject, anchor, found.as_ref())?;
        }
        Ok(())
    }

    /// Goes through the whole log: entries and runs are judged beside the reading of the next ones.
    fn pass(
        &mut self,
        subject: &Subject<'_>,
        anchor: &Anchor,
        writers: Option<&Writers>,
    ) -> Result<(), AuditError> {
        let attesters = writers.map(Attesters::new);
        let (origin, attesters) = (subject.origin, attesters.as_ref());
        let mut pass = Pass {
            subject,
            size: subject.note.map(|note| signed(note.checkpoint().size)),
            expected: 0,
            tree: Tree::new(subject.reader),
            states: States::default(),
            runs: Runs::default(),
            about_the_log: Vec::new(),
            before: None,
        };
        std::thread::scope(|scope| {
            let checks = Crew::start(scope, |page: Vec<StoredEntry>| Looked::at_each(page, origin));
            let judges = Crew::start(scope, |runs: Vec<Ended>| {
                let judged = judge_many(&runs, attesters);
                runs.iter().map(|ended| ended.run).zip(judged).collect::<Vec<_>>()
            });
            pass.go(checks, judges, self)
        })?;
        pass.tail(self)?;
        pass.tree.finish(subject.note.map(SignedCheckpoint::checkpoint), &mut self.findings)?;
        let events = std::mem::take(&mut pass.about_the_log);
        self.judge_keys(subject, anchor, &events)?;
        let trust = self.trust.clone();
        if let Some(trust) = &trust {
            self.checked.signatures += pass.states.judge(trust, subject.note, &mut self.findings);
        }
        let subject = Subject { trust: trust.as_ref(), ..*subject };
        pass.runs.finish(&subject, self)
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

/// Who writes by the log's events about itself, as they are filed.
fn supposed_writers(subject: &Subject<'_>, anchor: &Anchor) -> Result<Option<Writers>, AuditError> {
    let entries = subject.reader.entries_of(None)?;
    let events: Vec<(i64, Event)> = entries
        .iter()
        .filter_map(|stored| Some((stored.index, check(stored, subject.origin).event()?)))
        .collect();
    let kept = subject.reader.kept_checkpoints()?;
    let trust = Trust::judge(subject.origin, &events, &kept, anchor, &mut |_| Ok(true))?;
    Ok(trust.map(|trust| trust.writers))
}

/// An entry that was looked at by itself.
#[derive(Debug)]
struct Looked {
    stored: StoredEntry,
    /// The hash of the header, where the entry reads.
    leaf: Option<Digest>,
    checked: Checked,
    /// The digest of the row that an opening gives.
    row: Option<Digest>,
}

impl Looked {
    fn at_each(page: Vec<StoredEntry>, origin: &str) -> Vec<Self> {
        page.into_iter().map(|stored| Self::at(stored, origin)).collect()
    }

    fn at(stored: StoredEntry, origin: &str) -> Self {
        let checked = check(&stored, origin);
        let opening =
            checked.halves.as_ref().filter(|halves| halves.kind == Kind::GenerationStarted);
        let row = |opening| {
            let index = u64::try_from(stored.index).unwrap_or(u64::MAX);
            columns::digest(&columns::row(opening, index, Status::Started))
        };
        let leaf = stored.fault.is_none().then(|| leaf_hash(&stored.header));
        Self { leaf, row: opening.map(row), checked, stored }
    }
}

type Checks = Crew<Vec<StoredEntry>, Vec<Looked>>;
type Judges = Crew<Vec<Ended>, Vec<(u128, Judged)>>;

struct Pass<'pass> {
    subject: &'pass Subject<'pass>,
    /// The signed size, where there is one to believe.
    size: Option<i64>,
    expected: i64,
    tree: Tree<'pass>,
    states: States,
    runs: Runs,
    about_the_log: Vec<(i64, Event)>,
    /// The time of the entry before.
    before: Option<Time>,
}

impl Pass<'_> {
    fn go(
        &mut self,
        mut checks: Checks,
        mut judges: Judges,
        examination: &mut Examination<'_>,
    ) -> Result<(), AuditError> {
        let mut from = i64::MIN;
        loop {
            let page = self.subject.reader.entries(from, PAGE)?;
            let Some(last) = page.last().map(|last| last.index) else { break };
            from = last.saturating_add(1);
            if let Some(looked) = checks.give(page) {
                self.page(looked, &mut judges, examination)?;
            }
            if last == i64::MAX {
                break;
            }
        }
        while let Some(looked) = checks.take() {
            self.page(looked, &mut judges, examination)?;
        }
        let left = self.runs.ended(0).and_then(|ended| judges.give(ended));
        self.judged(left);
        while let Some(judged) = judges.take() {
            self.judged(Some(judged));
        }
        Ok(())
    }

    fn page(
        &mut self,
        page: Vec<Looked>,
        judges: &mut Judges,
        examination: &mut Examination<'_>,
    ) -> Result<(), AuditError> {
        for looked in page {
            self.entry(looked, examination)?;
        }
        let judged = self.runs.ended(RUNS).and_then(|ended| judges.give(ended));
        self.judged(judged);
        Ok(())
    }

    fn judged(&mut self, judged: Option<Vec<(u128, Judged)>>) {
        for (run, judged) in judged.into_iter().flatten() {
            self.runs.judged(run, judged);
        }
    }

    fn entry(
        &mut self,
        looked: Looked,
        examination: &mut Examination<'_>,
    ) -> Result<(), AuditError> {
        let index = looked.stored.index;
        let filed_under = looked.stored.audit_id.as_deref();
        if index < self.expected {
            let detail = format!("an entry stands at {index}, where none belongs");
            examination.findings.push(Finding::error(Code::EntryInserted, detail).at(index));
            return Ok(());
        }
        if self.size.is_some_and(|size| index >= size) {
            let detail = format!("entry {index} stands beyond the checkpoint's size");
            let finding = Finding::error(Code::EntryBeyondCheckpoint, detail).at(index);
            examination.findings.push(finding.of_run(filed_under));
            return Ok(());
        }
        self.gap(index, Code::EntryMissing, examination)?;
        self.tree.add(index, looked.leaf)?;
        let checked = looked.checked;
        self.states.add(&looked.stored, checked.header.as_ref(), &mut examination.findings);
        self.expected = index.saturating_add(1);
        examination.checked.entries += 1;
        examination.checked.bodies += checked.bodies;
        let event = if checked.header.as_ref().is_some_and(|header| header.audit_id.is_none()) {
            checked.event()
        } else {
            None
        };
        examination.findings.extend(checked.findings);
        let Some(header) = checked.header else {
            if let Some(run) = filed_under {
                self.runs.broken(run);
            }
            return Ok(());
        };
        self.clock(index, header.time, examination);
        match (header.audit_id, checked.halves) {
            (Some(run), None) => self.runs.broken(run.as_str()),
            (Some(run), Some(halves)) => {
                examination.findings.extend(unknown_kind(index, &run, &halves.kind));
                self.runs.add(index, halves, looked.row, self.subject)?;
            }
            (None, _) => self.about_the_log.extend(event.map(|event| (index, event))),
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

    /// Says where the clock stepped back: at one entry, not at all that follow.
    fn clock(&mut self, index: i64, time: Time, examination: &mut Examination<'_>) {
        if let Some(before) = self.before {
            let behind = before.timestamp().as_second() - time.timestamp().as_second();
            if behind > CLOCK_TOLERANCE_SECONDS {
                let detail =
                    format!("entry {index} is dated {behind} s before the entry before it");
                let finding = Finding::new(Code::ClockSteppedBack, Severity::Info, detail);
                examination.findings.push(finding.at(index));
            }
        }
        self.before = Some(time);
    }
}

fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
