//! Ctrl-C and termination at each stage of a run, once and twice.

use std::fs::File;
use std::io::Write as _;
use std::process::Stdio;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, Signal, kill_process};

use super::{
    assert_closed, assert_nothing_generated, assert_verifies, expect, expect_text, run_with,
};
use crate::support::{Done, Machine};

const GENERATE: [&str; 2] = ["generate", "small.csv"];

fn machine() -> Machine {
    let machine = Machine::new();
    machine.small_survey();
    machine
}

/// Sends signals while a run waits for rows that come through a pipe, then sends rows.
fn while_reading(machine: &Machine, words: &[&str], signals: &[Signal]) -> Done {
    let pipe = machine.work().join("pipe.csv");
    let _made_before = mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0);
    let mut command = machine.command(words);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Opening waits until the run has opened the other end, and by then it listens to signals.
    let mut rows = File::options().write(true).open(&pipe).unwrap();
    for signal in signals {
        kill_process(Pid::from_child(&child), *signal).unwrap();
    }
    // A run that has gone reads nothing.
    drop(rows.write_all(b"a,b\n1,2\n3,4\n"));
    drop(rows);
    Done::of(&child.wait_with_output().unwrap())
}

#[test]
fn ctrl_c_while_reading() {
    let machine = machine();
    expect("signals::ctrl_c_while_reading", |more| {
        while_reading(&machine, &[&["generate", "pipe.csv"], more].concat(), &[Signal::INT])
    });
    assert_nothing_generated(&machine);
}

#[test]
fn ctrl_c_twice_while_reading() {
    let machine = machine();
    // The same signal twice can arrive as one.
    let signals = [Signal::INT, Signal::TERM];
    let done = while_reading(&machine, &["generate", "pipe.csv"], &signals);
    expect_text("signals::ctrl_c_twice_while_reading", &done);
    assert_nothing_generated(&machine);
}

/// A run that is asked to end at a point, and the stage in which it finds out.
fn cancelled(test: &str, point: &str, stage: &str) {
    let machine = machine();
    for signal in ["INT", "TERM"] {
        let fault = format!("{point}={signal}");
        expect(test, |more| {
            let done = run_with(&machine, &[("FAULT", &fault)], &[&GENERATE, more].concat());
            assert_closed(&machine, "cancelled", stage, "cancelled");
            done
        });
    }
    machine.generate(&machine.work().join("small.csv"), &[]);
    assert_verifies(&machine);
}

#[test]
fn ctrl_c_while_recording() {
    for point in ["pinned", "record", "run-locked", "opened", "opening-marked"] {
        cancelled_while_recording(point);
    }
}

fn cancelled_while_recording(point: &str) {
    let machine = machine();
    let fault = format!("{point}=INT");
    let done = run_with(&machine, &[("FAULT", &fault)], &GENERATE);
    assert_closed(&machine, "cancelled", "segment", "cancelled");
    let machine = self::machine();
    let json = run_with(&machine, &[("FAULT", &fault)], &[&GENERATE[..], &["--json"]].concat());
    super::page::expect_both("signals::ctrl_c_while_recording", &done, &json);
}

#[test]
fn ctrl_c_while_grouping() {
    cancelled("signals::ctrl_c_while_grouping", "segment", "draft");
}

#[test]
fn ctrl_c_while_drafting() {
    cancelled("signals::ctrl_c_while_drafting", "draft", "write");
}

#[test]
fn ctrl_c_while_writing() {
    cancelled("signals::ctrl_c_while_writing", "write", "write");
}

#[test]
fn ctrl_c_twice_in_an_open_run() {
    let machine = machine();
    let fault = [("FAULT", "segment=INT,segment=TERM")];
    expect_text("signals::ctrl_c_twice_in_an_open_run", &run_with(&machine, &fault, &GENERATE));
    assert_eq!(machine.visible_outputs().len(), 0);
    // The next run says what became of it, and takes away what it left.
    machine.generate(&machine.work().join("small.csv"), &[]);
    let words = ["audit", "list", "--status", "abandoned", "--json"];
    assert_eq!(machine.run(&words).exits(0).json().as_array().unwrap().len(), 1);
    assert_eq!(machine.all_outputs().len(), 1);
    assert_verifies(&machine);
}
