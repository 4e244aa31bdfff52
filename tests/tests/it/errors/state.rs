//! The state folder, which says what the log is held against: unusable, damaged, or lost under a run.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::{
    UNWRITABLE, assert_closed, assert_verifies, expect, expect_refused, expect_text, run_with,
};
use crate::support::{Done, Machine};

const GENERATE: [&str; 2] = ["generate", "small.csv"];

fn recorded() -> Machine {
    let machine = Machine::new();
    let data = machine.small_survey();
    machine.generate(&data, &[]);
    machine
}

/// The only folder or file in a folder of the state.
fn only(machine: &Machine, folder: &str) -> PathBuf {
    let mut entries = fs::read_dir(machine.state().join(folder)).unwrap();
    entries.next().unwrap().unwrap().path()
}

/// Sends a run to sleep where `fault` says, changes something, and lets it go on.
fn meanwhile(machine: &Machine, fault: &str, words: &[&str], change: impl Fn()) -> Done {
    let mut command = machine.command(words);
    command.env("FAULT", fault).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let pid = Pid::from_child(&child);
    let stopped = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap();
    assert!(stopped.1.stopped(), "the run came to `{fault}`");
    change();
    kill_process(pid, Signal::CONT).unwrap();
    Done::of(&child.wait_with_output().unwrap())
}

#[test]
fn a_state_folder_that_is_a_file() {
    let machine = recorded();
    fs::remove_dir_all(machine.state()).unwrap();
    File::create(machine.state()).unwrap();
    expect_refused("state::a_state_folder_that_is_a_file", &machine, &GENERATE);
}

#[test]
fn a_state_folder_that_cannot_be_made() {
    let machine = Machine::new();
    machine.small_survey();
    let state = [("XDG_STATE_HOME", UNWRITABLE)];
    expect("state::a_state_folder_that_cannot_be_made", |more| {
        run_with(&machine, &state, &[&GENERATE, more].concat())
    });
    assert_eq!(machine.all_outputs(), Vec::<PathBuf>::new());
    // With a state folder the same store is opened as if nothing had been.
    machine.generate(&machine.work().join("small.csv"), &[]);
    assert_verifies(&machine);
}

#[test]
fn a_state_file_that_holds_something_else() {
    let machine = recorded();
    let log = only(&machine, "logs");
    for file in [log.join("mark"), log.join("pin.json"), only(&machine, "locations")] {
        let kept = fs::read(&file).unwrap();
        fs::write(&file, "zork\n").unwrap();
        expect_refused("state::a_state_file_that_holds_something_else", &machine, &GENERATE);
        fs::write(&file, kept).unwrap();
    }
    assert_verifies(&machine);
}

#[test]
fn a_mark_that_cannot_be_raised() {
    let machine = recorded();
    fs::remove_dir_all(machine.work().join("output")).unwrap();
    let blocked = only(&machine, "logs").join(".mark.tmp");
    expect("state::a_mark_that_cannot_be_raised", |more| {
        fs::create_dir(&blocked).unwrap();
        let done = machine.run(&[&GENERATE, more].concat());
        fs::remove_dir(&blocked).unwrap();
        assert_closed(&machine, "audit", "record", "mark");
        done
    });
}

#[test]
fn a_closing_that_cannot_be_put_aside() {
    let machine = recorded();
    fs::remove_dir_all(machine.work().join("output")).unwrap();
    let pending = machine.state().join("pending");
    expect("state::a_closing_that_cannot_be_put_aside", |more| {
        let words = [&GENERATE, more].concat();
        let done = meanwhile(&machine, "write=STOP", &words, || {
            fs::remove_dir(&pending).unwrap();
            File::create(&pending).unwrap();
        });
        fs::remove_file(&pending).unwrap();
        fs::create_dir(&pending).unwrap();
        assert_closed(&machine, "audit", "write", "the record could not be prepared");
        done
    });
    machine.generate(&machine.work().join("small.csv"), &[]);
    assert_verifies(&machine);
}

#[test]
fn an_output_folder_lost_under_a_run() {
    let machine = recorded();
    let output = machine.work().join("output");
    expect("state::an_output_folder_lost_under_a_run", |more| {
        let words = [&GENERATE, more].concat();
        let done =
            meanwhile(&machine, "draft=STOP", &words, || fs::remove_dir_all(&output).unwrap());
        assert_closed(&machine, "output", "write", "cannot be written");
        done
    });
}

#[test]
fn a_failure_that_cannot_be_recorded() {
    let machine = recorded();
    fs::remove_dir_all(machine.work().join("output")).unwrap();
    let blocker = rusqlite::Connection::open(machine.store().join("audit.db")).unwrap();
    let block = || blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let done = meanwhile(&machine, "draft=INT,draft=STOP", &GENERATE, block);
    drop(blocker);
    expect_text("state::a_failure_that_cannot_be_recorded", &done);
    assert_eq!(machine.all_outputs(), Vec::<PathBuf>::new());
    machine.generate(&machine.work().join("small.csv"), &[]);
    let words = ["audit", "list", "--status", "abandoned", "--json"];
    assert_eq!(machine.run(&words).exits(0).json().as_array().unwrap().len(), 1);
    assert_verifies(&machine);
}
