//! Threads of one process that share a recorder, and with it their commits.

use std::collections::BTreeSet;
use std::thread;

use persona_audit::{Query, Receipt, Recorder, Status, StoreKind, Verdict};
use throwaway_postgres::shared;

use crate::support::{Home, assert_verdict, opening, write_output};

const THREADS: usize = 8;
const RUNS: usize = 6;

/// Runs that are completed in turn by clones of one recorder.
fn complete(home: &Home, recorder: &Recorder, thread: usize) -> Vec<Receipt> {
    (0..RUNS)
        .map(|run| {
            let name = format!("{thread}-{run}");
            let open = recorder.start(&opening(&name)).unwrap();
            let folder = home.path("output").join(&name);
            let prepared = open.prepare(&write_output(&folder), &folder).unwrap();
            let envelope = prepared.envelope().unwrap();
            std::fs::write(folder.join("provenance.intoto.json"), envelope).unwrap();
            open.succeed(prepared).unwrap()
        })
        .collect()
}

fn none_is_lost_and_none_is_twice(home: &Home) {
    // Runs that are gone are settled once, whoever comes first.
    for name in ["gone", "gone too"] {
        drop(home.recorder().start(&opening(name)).unwrap());
    }
    let recorder = home.recorder();
    let receipts: Vec<Receipt> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let recorder = recorder.clone();
                scope.spawn(move || complete(home, &recorder, thread))
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let verification = home.verify();
    assert_verdict(&verification, Verdict::Verified);
    assert_eq!(verification.findings, [], "{:#?}", verification.findings);
    let listed = |status| {
        let query = Query { status: Some(status), ..Query::default() };
        home.trail().list(&query).unwrap().into_iter().map(|line| line.audit_id)
    };
    let acknowledged: BTreeSet<_> =
        receipts.iter().map(|receipt| receipt.audit_id.to_string()).collect();
    assert_eq!(acknowledged.len(), THREADS * RUNS);
    assert_eq!(listed(Status::Completed).collect::<BTreeSet<_>>(), acknowledged);
    assert_eq!(listed(Status::Abandoned).count(), 2);
    // `log.opened`, and two entries of each run.
    let checkpoint = home.trail().checkpoint().unwrap().unwrap();
    let size = (1 + 2 * (THREADS * RUNS + 2)).to_string();
    assert_eq!(checkpoint.lines().nth(1), Some(size.as_str()));
}

#[test]
fn threads_share_commits_in_sqlite() {
    none_is_lost_and_none_is_twice(&Home::new());
}

#[test]
fn threads_take_turns_with_json_files() {
    none_is_lost_and_none_is_twice(&Home::of_files());
}

#[test]
fn threads_share_commits_in_postgres() {
    let mut home = Home::new();
    home.config.store = crate::postgres::store(&shared().fresh_database(), "team");
    none_is_lost_and_none_is_twice(&home);
}

#[test]
fn a_copy_of_the_checkpoint_covers_its_own_run() {
    let home = Home::new();
    let recorder = home.recorder();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (home, recorder) = (&home, recorder.clone());
            scope.spawn(move || complete(home, &recorder, thread));
        }
    });
    assert!(matches!(home.config.store, StoreKind::Sqlite));
    let options = persona_audit::VerifyOptions {
        artifacts: Some(home.path(".")),
        ..persona_audit::VerifyOptions::default()
    };
    let verification = home.trail().verify(&[], &options).unwrap();
    assert_verdict(&verification, Verdict::Verified);
    assert_eq!(verification.findings, [], "{:#?}", verification.findings);
}
