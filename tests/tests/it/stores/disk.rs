//! SQLite on a disk that takes nothing, and without the journal that a killed writer left.

use std::fs;

use rusqlite::Connection;
use serde_json::json;

use crate::json_store::{assert_verifies, inside, runs};
use crate::support::{Kept, Machine};

fn recorded() -> Machine {
    let machine = Machine::keeping(Kept::Sqlite);
    let survey = machine.small_survey();
    machine.generate(&survey, &[]);
    machine
}

#[test]
fn a_folder_that_is_mounted_read_only_is_read_on_sqlite() {
    let machine = recorded();
    let before = runs(&machine);
    let store = machine.store();
    let store = store.display();
    let mount = format!("mount --bind '{store}' '{store}' && mount -o remount,ro,bind '{store}'");
    let shell = ["unshare", "--mount", "--map-root-user", "bash", "-c"];
    let refused = inside(&machine, &shell, &mount, &["generate", "small.csv"]).exits(5);
    assert!(refused.stderr.contains("Read-only file system"), "{}", refused.stderr);
    let verified = inside(&machine, &shell, &mount, &["audit", "verify", "--json"]).exits(0);
    assert_eq!(verified.json()["findings"], json!([]));
    let listed = inside(&machine, &shell, &mount, &["audit", "list", "--json"]).exits(0);
    assert_eq!(listed.json().as_array().unwrap(), &before);
    assert_eq!(runs(&machine), before);
    assert_verifies(&machine);
}

/// Whoever is killed leaves a journal with what it had acknowledged. Where that is lost, the log is older than
/// what this machine has seen, and says so.
#[test]
fn a_journal_that_is_lost_is_a_rollback_on_sqlite() {
    let machine = recorded();
    let words = ["generate", "small.csv"];
    let killed = machine.run_with_fault("closing-marked=KILL", &words);
    assert_eq!(killed.code, None);
    let journal = machine.store().join("audit.db-wal");
    assert!(fs::metadata(&journal).unwrap().len() > 0);
    fs::remove_file(&journal).unwrap();
    let found = machine.run(&["audit", "verify", "--json"]).exits(7).json();
    let codes: Vec<_> =
        found["findings"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert!(codes.contains(&&json!("log-rolled-back")), "{found:#}");
    machine.run(&words).exits(5);
    machine.run(&["audit", "list"]).exits(5);
}

/// The journal of a killed writer is taken in by the next process, whatever that does.
#[test]
fn a_journal_that_was_left_is_taken_in_on_sqlite() {
    let machine = recorded();
    let killed = machine.run_with_fault("closing-marked=KILL", &["generate", "small.csv"]);
    assert_eq!(killed.code, None);
    assert!(machine.store().join("audit.db-wal").exists());
    assert_verifies(&machine);
    assert_eq!(runs(&machine).len(), 2);
    // A torn end of the journal holds nothing that was acknowledged.
    let journal = machine.store().join("audit.db-wal");
    let mut bytes = fs::read(&journal).unwrap();
    bytes.extend([0x5a; 777]);
    fs::write(&journal, bytes).unwrap();
    assert_verifies(&machine);
    machine.run(&["audit", "repair"]).exits(0);
    assert_verifies(&machine);
    let database = Connection::open(machine.store().join("audit.db")).unwrap();
    let entries: i64 =
        database.query_row("SELECT count(*) FROM entry", [], |row| row.get(0)).unwrap();
    assert_eq!(entries, 5);
}
