//! Backups: taken of any store while runs go on, restored, verified, and gone on with.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Done, Kept, Machine};

fn backed_up(machine: &Machine, name: &str) -> (Value, PathBuf) {
    let document = machine.run(&["audit", "backup", name, "--json"]).exits(0).json();
    (document, machine.work().join(name))
}

/// Puts a backup where a store is looked for.
fn restored(machine: &Machine, backup: &Path) -> PathBuf {
    let folder = machine.work().join("restored");
    fs::create_dir(&folder).unwrap();
    fs::copy(backup, folder.join("audit.db")).unwrap();
    folder
}

/// Runs with the log at a restored backup.
fn at(machine: &Machine, store: &Path, words: &[&str]) -> Done {
    let mut command = machine.command(words);
    command.env("PERSONA_AUDIT__STORE", "sqlite").env("PERSONA_AUDIT__STORE_PATH", store);
    Done::of(&command.output().unwrap())
}

fn a_backup_holds_the_log(kept: Kept) {
    let machine = Machine::keeping(kept);
    let data = machine.small_survey();
    machine.generate(&data, &[]);
    machine.generate(&data, &[]);
    let (document, file) = backed_up(&machine, "kept.db");
    let checkpoint = machine.run(&["audit", "checkpoint", "--json"]).exits(0).json();
    for (of_backup, of_log) in [("root", "root"), ("size", "size"), ("checkpoint", "checkpoint")] {
        assert_eq!(document[of_backup], checkpoint[of_log]);
    }
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let hidden = fs::read_dir(machine.work()).unwrap().map(|entry| entry.unwrap().file_name());
    let hidden = hidden.filter(|name| name.to_string_lossy().starts_with(".persona-backup"));
    assert_eq!(hidden.count(), 0);
    let store = restored(&machine, &file);
    let verified = at(&machine, &store, &["audit", "verify", "--json"]).exits(0).json();
    assert_eq!(verified["findings"], Value::Array(Vec::new()));
    assert_eq!(verified["checkpoint"]["root"], document["root"]);
    let export = ["audit", "export", "--format", "jsonl"];
    let (ours, theirs) = (machine.run(&export).exits(0), at(&machine, &store, &export).exits(0));
    assert_eq!(ours.stdout, theirs.stdout);
}

#[test]
fn a_backup_of_sqlite_holds_the_log() {
    a_backup_holds_the_log(Kept::Sqlite);
}

#[test]
fn a_backup_of_json_files_holds_the_log() {
    a_backup_holds_the_log(Kept::Json);
}

#[test]
fn going_back_to_a_backup_is_a_rollback_that_has_to_be_accepted() {
    let machine = Machine::new();
    let data = machine.small_survey();
    machine.generate(&data, &[]);
    let (_, file) = backed_up(&machine, "kept.db");
    machine.generate(&data, &[]);
    let store = restored(&machine, &file);
    let verified = at(&machine, &store, &["audit", "verify", "--json"]).exits(7).json();
    assert_eq!(verified["findings"][0]["code"], "log-rolled-back");
    let generate = ["generate", data.to_str().unwrap()];
    at(&machine, &store, &generate).exits(5);
    let accept = ["audit", "checkpoint", "--accept-rollback", "--reason", "the disk was lost"];
    at(&machine, &store, &accept).exits(0);
    at(&machine, &store, &generate).exits(0);
    at(&machine, &store, &["audit", "verify"]).exits(0);
}

#[test]
fn a_backup_taken_while_runs_go_on_is_whole() {
    let machine = Machine::new();
    let data = machine.small_survey();
    machine.generate(&data, &[]);
    let mut store = None;
    for round in 0..5 {
        let generate = ["generate", data.to_str().unwrap()];
        let mut command = machine.command(&generate);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (_, file) = backed_up(&machine, &format!("kept-{round}.db"));
        assert!(child.wait().unwrap().success());
        store = Some(file);
    }
    // A run that was open then is open in the backup.
    let store = restored(&machine, &store.unwrap());
    let list = at(&machine, &store, &["audit", "verify", "--json"]);
    assert!([Some(0), Some(7)].contains(&list.code), "{}", list.stderr);
    let findings = list.json()["findings"].clone();
    let codes = findings.as_array().unwrap().iter().map(|finding| finding["code"].clone());
    assert!(
        codes.clone().all(|code| code == "run-open" || code == "log-rolled-back"),
        "{findings}"
    );
}

#[test]
fn a_backup_of_postgres_holds_the_log() {
    a_backup_holds_the_log(Kept::Postgres);
}
