//! The whole tool on a log of JSON files whose disk takes nothing more, or nothing at all: it says so, nothing
//! is generated, and the log still verifies.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Done, Kept, Machine};

/// A machine with one run on record.
fn recorded() -> Machine {
    let machine = Machine::keeping(Kept::Json);
    let survey = machine.small_survey();
    machine.generate(&survey, &[]);
    machine
}

/// Runs the command inside a shell of its own.
pub(crate) fn inside(machine: &Machine, shell: &[&str], before: &str, words: &[&str]) -> Done {
    let plain = machine.command(words);
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(format!("{before}; exec \"$0\" \"$@\""));
    command.arg(plain.get_program()).args(plain.get_args()).current_dir(machine.work());
    command.env("LLVM_PROFILE_FILE", "/dev/null");
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Done::of(&command.output().unwrap())
}

pub(crate) fn assert_verifies(machine: &Machine) {
    let verified = machine.run(&["audit", "verify", "--json"]).exits(0).json();
    assert_eq!(verified["findings"], json!([]));
}

pub(crate) fn runs(machine: &Machine) -> Vec<Value> {
    machine.run(&["audit", "list", "--json"]).exits(0).json().as_array().unwrap().clone()
}

#[test]
fn a_disk_that_is_full_when_a_run_is_opened() {
    let machine = recorded();
    let before = (machine.snapshot(), runs(&machine));
    let full = "trap '' XFSZ; ulimit -f 1";
    let done = inside(&machine, &["bash", "-c"], full, &["generate", "small.csv"]).exits(5);
    assert!(done.stderr.contains("File too large"), "{}", done.stderr);
    assert_eq!((machine.snapshot(), runs(&machine)), before, "a file was left behind");
    assert_verifies(&machine);
    machine.generate(&machine.work().join("small.csv"), &[]);
    assert_eq!(runs(&machine).len(), 2);
    assert_verifies(&machine);
}

#[test]
fn derived_files_that_find_no_room_hinder_no_run() {
    let machine = recorded();
    // Entries are smaller than the limit, and the columns beyond it.
    let columns = machine.store().join("json/columns.jsonl");
    for _ in 0..40 {
        machine.generate(&machine.work().join("small.csv"), &[]);
    }
    let length = fs::metadata(&columns).unwrap().len();
    assert!(length > 15 * 1024, "{length}");
    let full = "trap '' XFSZ; ulimit -f 15";
    inside(&machine, &["bash", "-c"], full, &["generate", "small.csv"]).exits(0);
    assert_eq!(fs::metadata(&columns).unwrap().len(), length, "it found no room");
    assert_eq!(runs(&machine).len(), 42);
    assert_verifies(&machine);
    machine.generate(&machine.work().join("small.csv"), &[]);
    assert_eq!(fs::read_to_string(&columns).unwrap().lines().count(), 87);
    assert_verifies(&machine);
}

#[test]
fn a_folder_that_is_mounted_read_only_is_read() {
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
