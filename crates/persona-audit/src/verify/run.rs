//! Runs: openings and closings that belong together, their attestations, rows and output folders.

use std::collections::BTreeMap;

use crate::attest::{self, Attested};
use crate::columns;
use crate::error::AuditError;
use crate::event::{Event, Kind};
use crate::finding::{Code, Finding, Severity};
use crate::id::AuditId;
use crate::record::{RunEvents, conflicts, join};
use crate::store::Row;
use crate::verify::{Examination, Subject, artifacts};

/// Every run met so far.
#[derive(Debug, Default)]
pub(super) struct Runs {
    runs: BTreeMap<String, Run>,
    /// Whether entries are missing, so that rows may have lost their events.
    incomplete: bool,
}

#[derive(Debug, Default)]
struct Run {
    events: RunEvents,
    /// An entry of the run does not read, so what the rest adds up to is unknown.
    broken: bool,
}

impl Runs {
    /// Notes that an entry of a run does not read.
    pub(super) fn broken(&mut self, run: &str) {
        self.runs.entry(run.to_owned()).or_default().broken = true;
    }

    /// Notes that entries are missing.
    pub(super) fn incomplete(&mut self) {
        self.incomplete = true;
    }

    /// Adds an event about a run.
    pub(super) fn add(&mut self, index: i64, event: Event, examination: &mut Examination<'_>) {
        let Some(id) = event.audit_id.as_ref().map(ToString::to_string) else { return };
        if let Kind::Other(kind) = &event.kind {
            let detail = format!("entry {index} is `{kind}`, which this version has no rules for");
            let finding = Finding::new(Code::KindUnknown, Severity::Info, detail);
            examination.findings.push(finding.at(index).of_run(Some(&id)));
        }
        let run = self.runs.entry(id).or_default();
        run.events.add(u64::try_from(index).unwrap_or(u64::MAX), event);
    }

    /// Judges every run and compares the rows with what the events say.
    pub(super) fn finish(
        self,
        subject: &Subject<'_>,
        rows: Vec<Row>,
        examination: &mut Examination<'_>,
    ) -> Result<(), AuditError> {
        let mut rows: BTreeMap<String, Vec<Row>> =
            rows.into_iter().fold(BTreeMap::new(), |mut map, row| {
                map.entry(row.audit_id.clone()).or_insert_with(Vec::new).push(row);
                map
            });
        for (id, run) in self.runs {
            let found = rows.remove(&id).unwrap_or_default();
            let whole = !run.broken && !self.incomplete;
            if whole || run.events.opening.is_some() {
                judge(&id, &run.events, whole, subject, examination)?;
            }
            if whole {
                compare(&id, &run.events, &found, examination);
            }
        }
        if !self.incomplete {
            for row in rows.into_values().flatten() {
                let detail = format!("there is a row for `{}` and no event", row.audit_id);
                let finding = Finding::error(Code::ColumnMismatch, detail).at(row.opened);
                examination.findings.push(finding.of_run(Some(&row.audit_id)));
            }
        }
        Ok(())
    }
}

/// Judges one run: its closings, its join, its attestation, and its output folder when asked.
pub(super) fn judge(
    id: &str,
    events: &RunEvents,
    whole: bool,
    subject: &Subject<'_>,
    examination: &mut Examination<'_>,
) -> Result<(), AuditError> {
    examination.checked.records += 1;
    if whole {
        for index in &events.surplus {
            let detail =
                format!("entry {index} opens or closes a run that is opened or closed already");
            let finding = Finding::error(Code::SecondClosing, detail);
            let finding = finding.at(i64::try_from(*index).unwrap_or(i64::MAX));
            examination.findings.push(finding.of_run(Some(id)));
        }
    }
    let Some((opened, opening)) = &events.opening else { return Ok(()) };
    let Some((closed, closing)) = &events.closing else {
        let alive = AuditId::parse(id).is_some_and(|id| subject.runs.is_alive(&id));
        let state = if alive { "is still going on" } else { "was abandoned: its process is gone" };
        let finding =
            Finding::new(Code::RunOpen, Severity::Info, format!("the run `{id}` {state}"));
        let opened = i64::try_from(*opened).unwrap_or(i64::MAX);
        if whole {
            examination.findings.push(finding.at(opened).of_run(Some(id)));
        }
        return Ok(());
    };
    let at = i64::try_from(*closed).unwrap_or(i64::MAX);
    for pointer in conflicts(&opening.members, &closing.members) {
        let detail = format!("opening and closing set `{pointer}` to different values");
        let finding = Finding::error(Code::MemberConflict, detail).at(at).of_run(Some(id));
        examination.findings.push(finding);
    }
    let Some(trust) = subject.trust else { return Ok(()) };
    let key_of = |keyid: &str| trust.writers.attester(keyid, *closed);
    let evidence = match attest::check(opening, closing, key_of) {
        Attested::Absent => None,
        Attested::Good(evidence) => {
            examination.checked.signatures += 1;
            Some(evidence)
        }
        Attested::Bad => {
            let detail = format!("the attestation of `{id}` is not what the log's key signed");
            let finding = Finding::error(Code::AttestationBad, detail).at(at).of_run(Some(id));
            examination.findings.push(finding);
            None
        }
    };
    if let Some(base) = &examination.options.artifacts
        && closing.kind == Kind::GenerationCompleted
    {
        let joined = join(opening.members.clone(), Some(closing.members.clone()));
        let envelope = evidence.and_then(|evidence| evidence.envelope().ok());
        let findings = artifacts::check(&joined, base, envelope.as_deref(), subject)?;
        let of_run = |finding: Finding| finding.at(at).of_run(Some(id));
        examination.findings.extend(findings.into_iter().map(of_run));
    }
    Ok(())
}

/// Compares the rows filed under a run with the one that its events give.
pub(super) fn compare(
    id: &str,
    events: &RunEvents,
    found: &[Row],
    examination: &mut Examination<'_>,
) {
    let Some((index, opening)) = &events.opening else { return };
    let at = i64::try_from(*index).unwrap_or(i64::MAX);
    let mut say = |detail: String| {
        let finding = Finding::error(Code::ColumnMismatch, detail).at(at).of_run(Some(id));
        examination.findings.push(finding);
    };
    let wanted = columns::row(opening, *index, events.status());
    let [row] = found else {
        say(format!("the run `{id}` has {} rows instead of one", found.len()));
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
