//! The answer of `audit verify` in words: the verdict, what it rests on, what was checked, what was found.

use clap::builder::styling::{AnsiColor, Style};
use persona_audit::{Code, Finding, RestsOn, Scope, Severity, Verdict, Verification};

use crate::ui::Sheet;

/// Returns the report, the verdict in its first line.
pub(super) fn text(verification: &Verification) -> String {
    let (word, rest, color) = verdict(verification);
    let style = Style::new().fg_color(Some(color.into())).bold();
    let mut sheet = Sheet::default();
    log(&mut sheet, verification);
    checked(&mut sheet, verification);
    if verification.verdict == Verdict::Verified {
        rests_on(&mut sheet, verification);
    }
    findings(&mut sheet, verification);
    format!("{style}{word}{style:#}: {rest}\n\n{sheet}")
}

/// Returns what to do next where the verdict is not good, as far as the findings tell.
pub(super) fn next_step(verification: &Verification) -> Option<&'static str> {
    let found = |code, severity| {
        verification.findings.iter().any(|it| it.code == code && it.severity == severity)
    };
    match verification.verdict {
        Verdict::Tampered => Some(
            "keep store, state and keys as they are before anything else is tried, and compare them with a copy from \
             elsewhere; `persona audit checkpoint --help` says how a log goes on after a loss",
        ),
        Verdict::Unverifiable if found(Code::KeyUnknown, Severity::Unknown) => Some(
            "`persona audit verify --key VKEY` takes a key that you trust from elsewhere; `persona audit keys export \
             --format vkey` prints it where the log was made",
        ),
        Verdict::Unverifiable if found(Code::Unsigned, Severity::Unknown) => {
            Some("`persona audit verify --against FILE` takes a checkpoint that was kept elsewhere")
        }
        Verdict::Unverifiable if found(Code::NoLog, Severity::Unknown) => {
            Some("the first recorded `persona generate` opens a log; `persona doctor` says where")
        }
        Verdict::Unverifiable if found(Code::Unreadable, Severity::Unknown) => Some(
            "see that store and state folder can be read, or put them back from a backup; `persona doctor` says where \
             they are, and what stands in the way; one of a later version is read by the persona that wrote it",
        ),
        Verdict::Verified | Verdict::Unverifiable => None,
    }
}

fn verdict(verification: &Verification) -> (&'static str, &'static str, AnsiColor) {
    match (verification.verdict, verification.scope) {
        (Verdict::Verified, Scope::Log) => {
            ("Verified", "the log is whole and unchanged", AnsiColor::Green)
        }
        (Verdict::Verified, Scope::Record) => {
            ("Verified", "the runs named are as they were recorded", AnsiColor::Green)
        }
        (Verdict::Unverifiable, _) => {
            ("Unverifiable", "it cannot be decided whether the log was changed", AnsiColor::Yellow)
        }
        (Verdict::Tampered, _) => ("Tampered", "the log is not as it was written", AnsiColor::Red),
    }
}

/// Origin and fingerprints are always printed: a verdict about another log than the one meant is worth nothing.
fn log(sheet: &mut Sheet, verification: &Verification) {
    let state = verification.checkpoint.as_ref();
    let known = |text: Option<String>| [text.unwrap_or_else(|| "(not known)".to_owned())];
    // A log key and an attestation key of each machine that writes, in turn.
    let keys = |first: usize| {
        let keys: Vec<_> = verification.keys.iter().skip(first).step_by(2).cloned().collect();
        if keys.is_empty() { known(None).to_vec() } else { keys }
    };
    sheet.section("Log");
    sheet.field("origin", known(state.map(|state| state.origin.clone())));
    sheet.field("entries", known(state.map(|state| state.size.to_string())));
    sheet.field("root", known(state.map(|state| state.root.clone())));
    sheet.field("log key", keys(0));
    sheet.field("attestation key", keys(1));
}

fn checked(sheet: &mut Sheet, verification: &Verification) {
    let checked = &verification.checked;
    sheet.section("Checked");
    sheet.field(
        "scope",
        match verification.scope {
            Scope::Log => &["the whole log"][..],
            Scope::Record => &["the runs named; this does not show that no other run is missing"],
        },
    );
    for (label, amount) in [
        ("entries", checked.entries),
        ("records", checked.records),
        ("sealed halves", checked.bodies),
        ("signatures", checked.signatures),
    ] {
        sheet.field(label, [amount.to_string()]);
    }
}

fn rests_on(sheet: &mut Sheet, verification: &Verification) {
    sheet.section("Rests on");
    for rests_on in &verification.rests_on {
        let (label, words) = match rests_on {
            RestsOn::SelfAttested => (
                "self-attested",
                &[
                    "who holds this disk and its keys could have rewritten it; keep a checkpoint elsewhere:",
                    "`persona audit checkpoint > FILE`, then `persona audit verify --against FILE`",
                ][..],
            ),
            RestsOn::LocalMark => {
                ("local-mark", &["it agrees with the newest checkpoint this machine has seen"][..])
            }
            RestsOn::GivenCheckpoint => (
                "given-checkpoint",
                &["it agrees with the checkpoint given: what that covers was not rewritten since"]
                    [..],
            ),
        };
        sheet.field(label, words);
    }
}

fn findings(sheet: &mut Sheet, verification: &Verification) {
    let groups = [
        (Severity::Error, "Errors"),
        (Severity::Unknown, "Undecided"),
        (Severity::Warning, "Warnings"),
        (Severity::Info, "Good to know"),
    ];
    for (severity, heading) in groups {
        sheet.section(heading);
        for finding in verification.findings.iter().filter(|it| it.severity == severity) {
            sheet.field(
                finding.code.as_str(),
                std::iter::once(finding.detail.clone()).chain(place(finding)),
            );
        }
    }
}

/// Names the entry and the run.
fn place(finding: &Finding) -> Option<String> {
    match (finding.index, &finding.audit_id) {
        (None, None) => None,
        (Some(index), None) => Some(format!("at entry {index}")),
        (None, Some(run)) => Some(format!("in the run {run}")),
        (Some(index), Some(run)) => Some(format!("at entry {index}, in the run {run}")),
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use persona_audit::{Amounts, State};

    use super::*;

    fn finding(code: Code, severity: Severity, index: Option<i64>, run: Option<&str>) -> Finding {
        let detail = "in words".to_owned();
        Finding { code, severity, index, audit_id: run.map(ToOwned::to_owned), detail }
    }

    fn verification(verdict: Verdict, scope: Scope, rests_on: Vec<RestsOn>) -> Verification {
        Verification {
            verdict,
            rests_on,
            scope,
            checked: Amounts { entries: 5, records: 2, bodies: 10, signatures: 3 },
            checkpoint: Some(State {
                origin: "persona/x".into(),
                size: 5,
                root: "sha256:r".into(),
            }),
            keys: vec!["aa".into(), "bb".into()],
            findings: Vec::new(),
        }
    }

    fn plain_text(verification: &Verification) -> String {
        strip_str(&text(verification)).to_string()
    }

    #[test]
    fn a_good_answer_says_what_it_rests_on() {
        let rests_on = vec![RestsOn::SelfAttested, RestsOn::LocalMark];
        let wanted = "\
Verified: the log is whole and unchanged

Log
  origin           persona/x
  entries          5
  root             sha256:r
  log key          aa
  attestation key  bb

Checked
  scope            the whole log
  entries          5
  records          2
  sealed halves    10
  signatures       3

Rests on
  self-attested    who holds this disk and its keys could have rewritten it; keep a checkpoint elsewhere:
                   `persona audit checkpoint > FILE`, then `persona audit verify --against FILE`
  local-mark       it agrees with the newest checkpoint this machine has seen";
        assert_eq!(plain_text(&verification(Verdict::Verified, Scope::Log, rests_on)), wanted);
    }

    #[test]
    fn findings_stand_by_severity_and_name_their_place() {
        let mut tampered = verification(Verdict::Tampered, Scope::Record, Vec::new());
        tampered.findings = vec![
            finding(Code::RunOpen, Severity::Info, None, Some("0190")),
            finding(Code::BodyModified, Severity::Error, Some(3), Some("0190")),
            finding(Code::NodeModified, Severity::Error, Some(4), None),
        ];
        let text = plain_text(&tampered);
        assert!(text.starts_with("Tampered: the log is not as it was written\n"), "{text}");
        assert!(text.contains("this does not show that no other run is missing"), "{text}");
        let wanted = "\
Errors
  body-modified    in words
                   at entry 3, in the run 0190
  node-modified    in words
                   at entry 4

Good to know
  run-open         in words
                   in the run 0190";
        assert!(text.ends_with(wanted), "{text}");
    }

    #[test]
    fn what_is_not_known_is_said() {
        let mut none = verification(Verdict::Unverifiable, Scope::Log, Vec::new());
        (none.checkpoint, none.keys) = (None, Vec::new());
        assert_eq!(next_step(&none), None);
        none.findings.push(finding(Code::KeyUnknown, Severity::Unknown, None, None));
        assert!(next_step(&none).unwrap().contains("--key VKEY"));
        let text = plain_text(&none);
        assert!(!text.contains("Rests on"), "{text}");
        assert!(text.starts_with("Unverifiable: "), "{text}");
        assert!(text.contains("origin           (not known)"), "{text}");
        assert!(text.contains("log key          (not known)"), "{text}");
    }
}
