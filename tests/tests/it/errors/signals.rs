//! Ctrl-C and termination at each stage of a run, once and twice.

use std::process::Stdio;

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

/// A run that gets signals when it begins to read, from a pipe through which nothing ever comes.
fn while_reading(machine: &Machine, more: &[&str], fault: &str) -> Done {
    let mut command = machine.command(&[&["generate", "-"], more].concat());
    command.env("FAULT", fault).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let held_open = child.stdin.take();
    let done = Done::of(&child.wait_with_output().unwrap());
    drop(held_open);
    done
}

#[test]
fn ctrl_c_while_reading() {
    let machine = machine();
    for fault in ["read=INT", "read=TERM"] {
        expect("signals::ctrl_c_while_reading", |more| while_reading(&machine, more, fault));
    }
    assert_nothing_generated(&machine);
}

#[test]
fn ctrl_c_twice_while_reading() {
    let machine = machine();
    // The same signal twice can arrive as one.
    let done = while_reading(&machine, &[], "read=INT,read=TERM");
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
    cancelled("signals::ctrl_c_while_grouping", "segment", "segment");
}

#[test]
fn ctrl_c_while_drafting() {
    cancelled("signals::ctrl_c_while_drafting", "draft", "draft");
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
