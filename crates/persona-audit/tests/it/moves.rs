//! Moving a log from store to store: nothing is lost, changed or doubled, whatever is killed when.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use persona_audit::{
    AuditConfig, AuditError, AuditTrail, Code, DatabaseUrl, MemoryLog, Migration, PostgresLog,
    Query, Recorder, Step, StoreError, StoreKind, Verdict, VerifyOptions, Witness,
};

use crate::support::{Home, assert_verdict, opening};

/// The settings of the same home for another place.
fn elsewhere(home: &Home, name: &str) -> AuditConfig {
    AuditConfig { store_path: home.path(name), ..home.config.clone() }
}

fn in_memory(home: &Home) -> AuditConfig {
    let store = StoreKind::Memory(MemoryLog::new(home.path("memory")));
    AuditConfig { store, ..home.config.clone() }
}

fn as_json(home: &Home, name: &str) -> AuditConfig {
    AuditConfig { store: StoreKind::Json, ..elsewhere(home, name) }
}

/// A log of its own in a database of a server that ends with the tests.
fn in_postgres(home: &Home, name: &str) -> AuditConfig {
    let url = DatabaseUrl::new(throwaway_postgres::shared().fresh_database());
    let store = StoreKind::Postgres(PostgresLog { url, log: name.to_owned() });
    AuditConfig { store, ..home.config.clone() }
}

fn trail(home: &Home, config: &AuditConfig) -> AuditTrail {
    AuditTrail::with_ambient(config.clone(), home.ambient.clone())
}

fn migrate(home: &Home, from: &AuditConfig, to: &AuditConfig) -> Result<Migration, AuditError> {
    trail(home, from).migrate_to(to, &mut |_| ControlFlow::Continue(()))
}

/// A home with completed and failed runs, and one that was called abandoned and closed itself then.
fn lived_in() -> Home {
    let home = Home::new();
    home.complete("one");
    let asleep = home.recorder().start(&opening("asleep")).unwrap();
    std::fs::remove_dir_all(home.path("audit/runs")).unwrap();
    home.fail("two");
    let failure = persona_audit::Failure {
        code: "cancelled".to_owned(),
        message: "asked to".to_owned(),
        stage: "draft".to_owned(),
        reproducibility: None,
    };
    asleep.fail(&failure).unwrap();
    drop(home.recorder().start(&opening("killed")).unwrap());
    home.complete("three");
    home
}

/// Everything that can be read of a log.
fn contents(home: &Home, config: &AuditConfig) -> (Option<String>, Vec<serde_json::Value>) {
    let trail = trail(home, config);
    let records = trail.query(&Query::default()).unwrap();
    let mut all: Vec<_> = records.iter().map(|record| record.as_value().clone()).collect();
    for record in &records {
        all.extend(trail.events(record.audit_id()).unwrap());
    }
    (trail.checkpoint().unwrap(), all)
}

fn assert_verified(home: &Home, config: &AuditConfig) {
    let verification = trail(home, config).verify(&[], &VerifyOptions::default()).unwrap();
    assert_verdict(&verification, Verdict::Verified);
    assert_eq!(verification.findings, []);
}

/// Whether a run can be opened and closed at a place.
fn appends(home: &Home, config: &AuditConfig) -> bool {
    let recorder = Recorder::new(config.clone(), home.ambient.clone());
    match recorder.start(&opening("later")) {
        Ok(open) => {
            let failure = persona_audit::Failure {
                code: "output".to_owned(),
                message: String::new(),
                stage: "write".to_owned(),
                reproducibility: None,
            };
            open.fail(&failure).unwrap();
            true
        }
        Err(AuditError::Moved { .. } | AuditError::Arriving { .. }) => false,
        Err(error) => {
            assert_eq!(error.to_string(), "");
            false
        }
    }
}

#[test]
fn a_log_moves_there_and_back_with_every_byte() {
    let home = lived_in();
    let (here, there, memory) = (home.config.clone(), elsewhere(&home, "there"), in_memory(&home));
    let before = contents(&home, &here);
    for (from, to) in [(&here, &there), (&there, &memory), (&memory, &here)] {
        let moved = migrate(&home, from, to).unwrap();
        assert_eq!(moved.root_before, moved.root_after);
        assert_eq!(moved.size, 12);
        assert_eq!(Some(&moved.checkpoint), before.0.as_ref());
        assert_eq!(contents(&home, to), before);
        assert_verified(&home, to);
        let refused = trail(&home, from).query(&Query::default());
        assert!(matches!(refused, Err(AuditError::Moved { to, .. }) if to == moved.to));
        assert!(!appends(&home, from));
    }
    assert!(appends(&home, &here));
    assert_verified(&home, &here);
}

#[test]
fn a_moved_log_is_nowhere_taken_for_a_rollback() {
    let home = lived_in();
    let there = elsewhere(&home, "there");
    migrate(&home, &home.config, &there).unwrap();
    assert!(appends(&home, &there));
    let old = home.trail();
    let refusals = [
        old.verify(&[], &VerifyOptions::default()).map(drop),
        old.checkpoint().map(drop),
        old.keys().map(drop),
        old.unsettled().map(drop),
        old.repair().map(drop),
        old.accept_rollback("why").map(drop),
        old.open_successor("why").map(drop),
    ];
    for refused in refusals {
        let place = "there/audit.db";
        assert!(matches!(refused, Err(AuditError::Moved { to, .. }) if to.ends_with(place)));
    }
}

#[test]
fn a_log_with_an_open_run_stays() {
    let home = lived_in();
    let there = elsewhere(&home, "there");
    let open = home.recorder().start(&opening("open")).unwrap();
    let refused = migrate(&home, &home.config, &there);
    assert!(matches!(refused, Err(AuditError::RunsOpen { runs: 1 })), "{refused:?}");
    drop(open);
    let refused = migrate(&home, &home.config, &there);
    assert!(matches!(refused, Err(AuditError::RunsOpen { runs: 1 })), "{refused:?}");
    assert!(!home.path("there").exists());
    assert_eq!(home.trail().repair().unwrap(), 1);
    migrate(&home, &home.config, &there).unwrap();
}

#[test]
fn no_log_and_an_occupied_place_are_refused() {
    let (home, other) = (Home::new(), lived_in());
    let there = elsewhere(&home, "there");
    assert!(matches!(migrate(&home, &home.config, &there), Err(AuditError::NoLog)));
    home.complete("one");
    let occupied = AuditConfig { store_path: other.config.store_path.clone(), ..there.clone() };
    for to in [&occupied, &home.config] {
        let refused = migrate(&home, &home.config, to);
        assert!(matches!(refused, Err(AuditError::Store(StoreError::Occupied { .. }))));
    }
    assert_verified(&other, &other.config);
    // A place that has lost its log is not papered over with another one.
    let mut lost = Home::new();
    lost.config.state_path = home.config.state_path.clone();
    lost.complete("one");
    std::fs::remove_file(lost.path("audit/audit.db")).unwrap();
    let to = AuditConfig { store_path: lost.config.store_path.clone(), ..there };
    let refused = migrate(&home, &home.config, &to);
    assert!(
        matches!(&refused, Err(AuditError::Contradiction(f)) if f.code == Code::LogRolledBack),
        "{refused:?}"
    );
    assert_verified(&home, &home.config);
}

#[test]
fn what_is_copied_is_kept_when_somebody_stops_it() {
    let home = lived_in();
    let there = elsewhere(&home, "there");
    let stopped = home.trail().migrate_to(&there, &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(AuditError::Stopped)));
    assert!(home.path("there/audit.db.importing").exists());
    assert!(!home.path("there/audit.db").exists());
    home.complete("meanwhile");
    let before = contents(&home, &home.config);
    migrate(&home, &home.config, &there).unwrap();
    assert_eq!(contents(&home, &there), before);
    assert_verified(&home, &there);
    assert!(!home.path("there/audit.db.importing").exists());
}

#[test]
fn what_another_log_left_staged_is_discarded() {
    let (one, two) = (lived_in(), lived_in());
    let stopped =
        two.trail().migrate_to(&elsewhere(&two, "there"), &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(AuditError::Stopped)));
    std::fs::create_dir(one.path("there")).unwrap();
    let staged = "there/audit.db.importing";
    std::fs::copy(two.path(staged), one.path(staged)).unwrap();
    let there = elsewhere(&one, "there");
    migrate(&one, &one.config, &there).unwrap();
    assert_verified(&one, &there);
}

#[test]
fn a_log_that_contradicts_its_head_is_moved_nowhere() {
    let changes = [
        "UPDATE entry SET public = CAST(replace(CAST(public AS TEXT), 'embedded', 'imbedded') AS BLOB)",
        "UPDATE entry SET header = CAST(replace(CAST(header AS TEXT), 'failed', 'filled') AS BLOB)",
        "DELETE FROM entry WHERE idx = 3",
        "UPDATE node SET hash = zeroblob(32) WHERE entry = 3 AND level = 1",
        "UPDATE record SET model = 'another'",
        "DELETE FROM record WHERE opened = 1",
        "UPDATE record SET status = 'completed'",
    ];
    for change in changes {
        let home = lived_in();
        let there = elsewhere(&home, "there");
        let database = rusqlite::Connection::open(home.path("audit/audit.db")).unwrap();
        database.execute_batch(change).unwrap();
        let refused = migrate(&home, &home.config, &there);
        assert!(matches!(refused, Err(AuditError::Contradiction(_))), "{change}: {refused:?}");
        assert!(!home.path("there/audit.db").exists(), "{change}");
    }
}

/// Ends the move, as a kill would, once a step was taken.
struct Killer(Step);

impl Witness for Killer {
    fn after(&self, step: Step) {
        assert_ne!(step, self.0, "killed");
    }
}

fn kill_after(step: Step, home: &Home, from: &AuditConfig, to: &AuditConfig) {
    let killer = home.ambient.clone().witnessed_by(Arc::new(Killer(step)));
    let mover = AuditTrail::with_ambient(from.clone(), killer);
    let killed =
        catch_unwind(AssertUnwindSafe(|| mover.migrate_to(to, &mut |_| ControlFlow::Continue(()))));
    assert!(killed.is_err(), "{step:?} was reached");
}

#[test]
fn a_move_that_is_killed_leaves_one_log_and_is_ended_by_the_next() {
    killed_at_every_step(elsewhere);
}

#[test]
fn a_move_to_json_files_that_is_killed_leaves_one_log_and_is_ended_by_the_next() {
    killed_at_every_step(as_json);
}

#[test]
fn a_move_to_postgres_that_is_killed_leaves_one_log_and_is_ended_by_the_next() {
    killed_at_every_step(in_postgres);
}

fn killed_at_every_step(place: fn(&Home, &str) -> AuditConfig) {
    for step in Step::OF_A_MOVE {
        for back in [false, true] {
            let home = lived_in();
            let (mut from, mut to) = (home.config.clone(), place(&home, "there"));
            if back {
                migrate(&home, &from, &to).unwrap();
                (from, to) = (to, from);
            }
            kill_after(step, &home, &from, &to);
            let moved = matches!(step, Step::MovedAway | Step::Arrived | Step::Retired);
            assert_eq!((appends(&home, &from), appends(&home, &to)), (!moved, moved), "{step:?}");
            let before = contents(&home, if moved { &to } else { &from });
            if step != Step::Retired {
                migrate(&home, &from, &to).unwrap();
            }
            assert!(matches!(migrate(&home, &from, &to), Err(AuditError::Moved { .. })));
            assert!(!stranger_sees_a_log(&home, &from), "{step:?}");
            assert_eq!(contents(&home, &to), before, "{step:?}");
            assert_verified(&home, &to);
            migrate(&home, &to, &from).unwrap();
            assert_eq!(contents(&home, &from), before, "{step:?}");
        }
    }
}

/// Whether a machine that knows nothing of the move finds a log at a place.
fn stranger_sees_a_log(home: &Home, config: &AuditConfig) -> bool {
    let state_path = home.path("of-another-machine");
    let config = AuditConfig { state_path, ..config.clone() };
    trail(home, &config).checkpoint().is_ok_and(|checkpoint| checkpoint.is_some())
}

#[test]
fn what_was_appended_to_a_leftover_is_not_set_aside_unseen() {
    let home = lived_in();
    let there = elsewhere(&home, "there");
    kill_after(Step::Arrived, &home, &home.config, &there);
    // Another machine with the same key, which does not know of the move, appends to what was left.
    let state = home.path("state");
    let known = home.path("known");
    std::fs::rename(&state, &known).unwrap();
    home.complete("lost");
    std::fs::remove_dir_all(&state).unwrap();
    std::fs::rename(&known, &state).unwrap();
    let refused = migrate(&home, &home.config, &there);
    assert!(
        matches!(&refused, Err(AuditError::Contradiction(f)) if f.code == Code::LogForked),
        "{refused:?}"
    );
    assert!(home.path("audit/audit.db").exists());
}

#[test]
fn a_log_that_arrived_and_did_not_change_is_not_copied_again() {
    let home = lived_in();
    let there = elsewhere(&home, "there");
    kill_after(Step::Imported, &home, &home.config, &there);
    home.trail().migrate_to(&there, &mut |_| panic!("copied again")).unwrap();
    assert_verified(&home, &there);
}

#[test]
fn another_process_that_waits_for_the_lock_finds_the_log_gone() {
    let home = lived_in();
    let there = elsewhere(&home, "there");
    let opened = std::sync::Mutex::new(None);
    // Opens a run after most was copied, which the move then refuses under the lock.
    let mut open = |_| {
        let mut opened = opened.lock().unwrap();
        opened.get_or_insert_with(|| home.recorder().start(&opening("meanwhile")).unwrap());
        ControlFlow::Continue(())
    };
    let refused = home.trail().migrate_to(&there, &mut open);
    assert!(matches!(refused, Err(AuditError::RunsOpen { runs: 1 })));
    drop(opened.into_inner().unwrap());
    assert_eq!(home.trail().repair().unwrap(), 1);
    migrate(&home, &home.config, &there).unwrap();
    assert_verified(&home, &there);
}
