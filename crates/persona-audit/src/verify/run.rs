//! Runs: what is left of each while the log is read, and what is said of it at the end.
//!
//! Bodies are judged as soon as a run has ended and then let go; what is kept of a run does not grow with
//! what it says.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::check;
use crate::columns;
use crate::digest::Digest;
use crate::error::AuditError;
use crate::event::Kind;
use crate::finding::{Code, Finding, Severity};
use crate::halves::Halves;
use crate::id::AuditId;
use crate::record::{Outline, Place, Status};
use crate::store::{Row, StoreError};
use crate::verify::judge::{Attestation, Ended, Judged};
use crate::verify::{Examination, Subject, artifacts, rows};

/// Openings kept for their closings; the others are read again.
const WAITING: usize = 4_096;

/// Every run met so far.
#[derive(Debug, Default)]
pub(super) struct Runs {
    by_number: BTreeMap<u128, Run>,
    /// What unreadable entries are filed under, where that is no id.
    no_ids: BTreeSet<String>,
    /// Openings whose closings have not been met.
    waiting: BTreeMap<u128, Halves>,
    /// Runs to be judged.
    ended: Vec<Ended>,
    /// Whether entries are missing, so that rows may have lost their events.
    incomplete: bool,
}

/// What is kept of a run.
#[derive(Debug, Default)]
struct Run {
    outline: Outline,
    /// An entry of the run does not read, so what the rest adds up to is unknown.
    broken: bool,
    attestation: Attestation,
    /// The digest of the row that the opening gives.
    row: Option<Digest>,
    /// How many rows are filed under the run.
    rows: u32,
    rare: Option<Box<Rare>>,
}

/// What hardly any run has.
#[derive(Debug, Default)]
struct Rare {
    conflicts: Vec<String>,
    /// A row that is not what the opening gives.
    other_row: Option<Row>,
}

impl Runs {
    /// Notes that an entry of a run does not read.
    pub(super) fn broken(&mut self, run: &str) {
        match AuditId::parse(run) {
            Some(id) => self.by_number.entry(id.to_number()).or_default().broken = true,
            None => drop(self.no_ids.insert(run.to_owned())),
        }
    }

    /// Notes that entries are missing.
    pub(super) fn incomplete(&mut self) {
        self.incomplete = true;
    }

    /// Adds an event about a run; `row` is the digest of the row that an opening gives.
    pub(super) fn add(
        &mut self,
        index: i64,
        halves: Halves,
        row: Option<Digest>,
        subject: &Subject<'_>,
    ) -> Result<(), StoreError> {
        let Some(number) = halves.audit_id.as_ref().map(AuditId::to_number) else { return Ok(()) };
        let run = self.by_number.entry(number).or_default();
        match run.outline.add(u64::try_from(index).unwrap_or(u64::MAX), &halves.kind) {
            Place::Opening => {
                run.row = row;
                self.waiting.insert(number, halves);
                if self.waiting.len() > WAITING {
                    drop(self.waiting.pop_first());
                }
            }
            Place::Closing => {
                let opening = match self.waiting.remove(&number) {
                    Some(opening) => Some(opening),
                    None => read_again(run.outline.opened, subject)?,
                };
                let closed = run.outline.closed.unwrap_or(u64::MAX);
                let ended = |opening| Ended { run: number, opening, closed, closing: halves };
                let ended = opening.map(ended);
                self.ended.extend(ended);
            }
            Place::Elsewhere => {}
        }
        Ok(())
    }

    /// Returns the runs that have ended since it was asked last, when they are `enough`.
    pub(super) fn ended(&mut self, enough: usize) -> Option<Vec<Ended>> {
        (self.ended.len() >= enough).then(|| std::mem::take(&mut self.ended))
    }

    /// Takes what was found about a run. A closing that follows an abandonment is judged anew.
    pub(super) fn judged(&mut self, number: u128, judged: Judged) {
        let run = self.by_number.entry(number).or_default();
        run.attestation = judged.attestation;
        if run.rare.is_some() || !judged.conflicts.is_empty() {
            run.rare.get_or_insert_default().conflicts = judged.conflicts;
        }
    }

    /// Says what was found about every run, and compares the rows with what the events say.
    pub(super) fn finish(
        mut self,
        subject: &Subject<'_>,
        examination: &mut Examination<'_>,
    ) -> Result<(), AuditError> {
        let strays = self.compare_rows(subject)?;
        for (number, mut run) in self.by_number {
            let id = AuditId::of_number(number);
            let whole = !run.broken && !self.incomplete;
            let rare = run.rare.take().unwrap_or_default();
            if whole || run.outline.opened.is_some() {
                let judged = Judged { conflicts: rare.conflicts, attestation: run.attestation };
                let told = Told { id: id.as_str(), outline: &run.outline, whole };
                told.tell(&judged, subject, examination);
                let artifacts = told.artifacts(subject, examination)?;
                examination.findings.extend(artifacts);
            }
            if whole && (run.rows != 1 || rare.other_row.is_some()) {
                let opening = read_again(run.outline.opened, subject)?;
                let found: Vec<Row> = rare.other_row.into_iter().collect();
                let rows = usize::try_from(run.rows).unwrap_or(usize::MAX);
                let at = (run.outline.opened, run.outline.status);
                if let Some(opening) = opening {
                    compare(id.as_str(), (&opening, at), (rows, found.first()), examination);
                }
            }
        }
        if !self.incomplete {
            for row in strays {
                let detail = format!("there is a row for `{}` and no event", row.audit_id);
                let finding = Finding::error(Code::ColumnMismatch, detail).at(row.opened);
                examination.findings.push(finding.of_run(Some(&row.audit_id)));
            }
        }
        Ok(())
    }

    /// Counts and compares the rows of each run, and returns those of none.
    fn compare_rows(&mut self, subject: &Subject<'_>) -> Result<Vec<Row>, StoreError> {
        let mut strays = Vec::new();
        rows::each(subject.reader, &mut |row| {
            let id = AuditId::parse(&row.audit_id);
            match id.and_then(|id| self.by_number.get_mut(&id.to_number())) {
                Some(run) => {
                    run.rows = run.rows.saturating_add(1);
                    let status = run.outline.status.as_str() == row.status;
                    if !status || run.row != Some(columns::digest(&row)) {
                        run.rare.get_or_insert_default().other_row = Some(row);
                    }
                }
                None if self.no_ids.contains(&row.audit_id) => {}
                None => strays.push(row),
            }
        })?;
        strays.sort_by(|a, b| a.audit_id.cmp(&b.audit_id));
        Ok(strays)
    }
}

/// A run of which it is told what was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'run> {
    pub(super) id: &'run str,
    pub(super) outline: &'run Outline,
    /// Whether all entries of the run read.
    pub(super) whole: bool,
}

impl Told<'_> {
    /// Says what is wrong with the run's closings, its join and its attestation.
    pub(super) fn tell(
        &self,
        judged: &Judged,
        subject: &Subject<'_>,
        examination: &mut Examination<'_>,
    ) {
        examination.checked.records += 1;
        if self.whole {
            for index in &self.outline.surplus {
                let detail =
                    format!("entry {index} opens or closes a run that is opened or closed already");
                let finding = Finding::error(Code::SecondClosing, detail);
                examination.findings.push(self.at(*index, finding));
            }
        }
        let Some(opened) = self.outline.opened else { return };
        let Some(closed) = self.outline.closed else {
            if self.whole {
                examination.findings.push(self.at(opened, self.still_open(subject)));
            }
            return;
        };
        for pointer in &judged.conflicts {
            let detail = format!("opening and closing set `{pointer}` to different values");
            let finding = Finding::error(Code::MemberConflict, detail);
            examination.findings.push(self.at(closed, finding));
        }
        match judged.attestation {
            Attestation::Absent => {}
            Attestation::Good => examination.checked.signatures += 1,
            Attestation::Bad => {
                let detail =
                    format!("the attestation of `{}` is not what the log's key signed", self.id);
                let finding = Finding::error(Code::AttestationBad, detail);
                examination.findings.push(self.at(closed, finding));
            }
        }
    }

    /// Looks at the output folder, when asked to.
    pub(super) fn artifacts(
        &self,
        subject: &Subject<'_>,
        examination: &Examination<'_>,
    ) -> Result<Vec<Finding>, AuditError> {
        let outline = self.outline;
        let (Some(base), Some(trust), Status::Completed) =
            (&examination.options.artifacts, subject.trust, outline.status)
        else {
            return Ok(Vec::new());
        };
        let read = read_again(outline.opened, subject)?.zip(read_again(outline.closed, subject)?);
        let Some((opening, closing)) = read else { return Ok(Vec::new()) };
        let closed = outline.closed.unwrap_or(u64::MAX);
        let found = artifacts::check((&opening, (closed, &closing)), base, trust, subject)?;
        Ok(found.into_iter().map(|finding| self.at(closed, finding)).collect())
    }

    fn still_open(&self, subject: &Subject<'_>) -> Finding {
        let id = self.id;
        let alive = AuditId::parse(id).is_some_and(|id| subject.runs.is_alive(&id));
        let state = if alive { "is still going on" } else { "was abandoned: its process is gone" };
        Finding::new(Code::RunOpen, Severity::Info, format!("the run `{id}` {state}"))
    }

    fn at(&self, index: u64, finding: Finding) -> Finding {
        finding.at(i64::try_from(index).unwrap_or(i64::MAX)).of_run(Some(self.id))
    }
}

/// Compares the rows filed under a run with the one that its events give.
pub(super) fn compare(
    id: &str,
    (opening, (opened, status)): (&Halves, (Option<u64>, Status)),
    (rows, found): (usize, Option<&Row>),
    examination: &mut Examination<'_>,
) {
    let index = opened.unwrap_or(u64::MAX);
    let at = i64::try_from(index).unwrap_or(i64::MAX);
    let mut say = |detail: String| {
        let finding = Finding::error(Code::ColumnMismatch, detail).at(at).of_run(Some(id));
        examination.findings.push(finding);
    };
    let wanted = columns::row(opening, index, status);
    let (1, Some(row)) = (rows, found) else {
        say(format!("the run `{id}` has {rows} rows instead of one"));
        return;
    };
    let pairs = [
        ("opened", row.opened == wanted.opened),
        ("time", row.time == wanted.time),
        ("status", row.status == wanted.status),
        ("model", row.model == wanted.model),
        ("provider", row.provider == wanted.provider),
        ("data_hash", row.data_hash == wanted.data_hash),
        ("data_path", row.data_path == wanted.data_path),
        ("user", row.user == wanted.user),
    ];
    for (column, _) in pairs.into_iter().filter(|(_, equal)| !equal) {
        say(format!("the column `{column}` of the run `{id}` is not what its events say"));
    }
}

/// Returns the event at `index`, which was found as it was sealed before.
fn read_again(index: Option<u64>, subject: &Subject<'_>) -> Result<Option<Halves>, StoreError> {
    let Some(index) = index.and_then(|index| i64::try_from(index).ok()) else { return Ok(None) };
    let stored = subject.reader.entries(index, 1)?.pop().filter(|stored| stored.index == index);
    Ok(stored.and_then(|stored| check(&stored, subject.origin).halves))
}

/// Says that an event is of a kind of a later version.
pub(super) fn unknown_kind(index: i64, id: &AuditId, kind: &Kind) -> Option<Finding> {
    let Kind::Other(kind) = kind else { return None };
    let detail = format!("entry {index} is `{kind}`, which this version has no rules for");
    let finding = Finding::new(Code::KindUnknown, Severity::Info, detail);
    Some(finding.at(index).of_run(Some(id.as_str())))
}
