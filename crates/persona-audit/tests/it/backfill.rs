//! Runs that took place elsewhere.

use persona_audit::{
    AuditError, AuditId, Code, Ending, Failure, PastRun, Query, Status, Time, Verdict,
    VerifyOptions,
};

use crate::support::{Home, assert_verdict, opening, write_output};

fn past(name: &str, day: u8, ending: Ending) -> PastRun {
    let time = |minute| Time::parse(&format!("2024-03-{day:02}T08:{minute}:00.000000Z"));
    PastRun {
        audit_id: None,
        opened_at: time("10"),
        opening: opening(name),
        ended_at: time("11"),
        ending,
    }
}

/// One of each ending.
fn four(home: &Home) -> Vec<PastRun> {
    let failure = Failure {
        code: "output".to_owned(),
        message: "no space left".to_owned(),
        stage: "write".to_owned(),
        reproducibility: None,
    };
    let completion = Box::new(write_output(&home.path("elsewhere")));
    vec![
        past("one", 1, Ending::Completed(completion)),
        past("two", 2, Ending::Failed(failure)),
        past("three", 3, Ending::Abandoned),
        past("four", 4, Ending::Unknown),
    ]
}

#[test]
fn a_clock_that_stepped_back_is_named_once_not_at_every_entry_that_follows() {
    let home = Home::new();
    home.complete("before");
    home.recorder().backfill(&four(&home)).unwrap();
    let verified = home.trail().verify(&[], &VerifyOptions::default()).unwrap();
    assert_verdict(&verified, Verdict::Verified);
    let steps: Vec<_> =
        verified.findings.iter().filter(|found| found.code == Code::ClockSteppedBack).collect();
    assert_eq!(steps.len(), 1, "{steps:?}");
    // `log.opened` and two entries of the run before.
    assert_eq!(steps[0].index, Some(3));
}

#[test]
fn past_runs_are_on_record_with_their_own_times_and_verify() {
    let home = Home::new();
    home.complete("before");
    let ids = home.recorder().backfill(&four(&home)).unwrap();
    home.trail().verify(&[ids[0].as_str()], &VerifyOptions::default()).unwrap();
    let shown = |id: &AuditId| {
        let record = home.trail().get(id.as_str()).unwrap();
        (record.status(), record.text("/timestamp").unwrap().to_owned())
    };
    let shown: Vec<_> = ids.iter().map(shown).collect();
    let day = |day| format!("2024-03-{day:02}T08:10:00.000000Z");
    assert_eq!(
        shown,
        [
            (Status::Completed, day(1)),
            (Status::Failed, day(2)),
            (Status::Abandoned, day(3)),
            (Status::Abandoned, day(4)),
        ]
    );
    let completed = home.trail().get(ids[0].as_str()).unwrap();
    assert_eq!(completed.text("/output/completed_at"), Some("2024-03-01T08:11:00.000000Z"));
    assert_eq!(completed.text("/retention/not_before"), Some("2024-09-01T08:10:00.000000Z"));
    assert!(completed.text("/attestation/sig").is_some());
    let verification = home.verify();
    assert_verdict(&verification, Verdict::Verified);
    assert_eq!(verification.checked.entries, 1 + 2 + 3 * 2 + 1);
    assert_eq!(home.trail().query(&Query::default()).unwrap().len(), 5);
}

#[test]
fn a_run_is_not_taken_over_twice() {
    let home = Home::new();
    let mut runs = four(&home);
    let ids = home.recorder().backfill(&runs).unwrap();
    let entries = home.verify().checked.entries;
    runs[3].audit_id = Some(ids[3].clone());
    let refused = home.recorder().backfill(&runs).unwrap_err();
    assert!(matches!(refused, AuditError::OnRecord { id } if id == ids[3]));
    for run in &mut runs {
        run.audit_id = AuditId::parse("0190f5a0-0000-7000-8000-000000000001");
    }
    assert!(matches!(home.recorder().backfill(&runs), Err(AuditError::OnRecord { .. })));
    assert_eq!(home.verify().checked.entries, entries);
}

#[test]
fn nothing_to_take_over_opens_no_log() {
    let home = Home::new();
    assert_eq!(home.recorder().backfill(&[]).unwrap(), []);
    assert!(!home.config.store_path.exists() && !home.config.key_path.exists());
}
