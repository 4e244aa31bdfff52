//! Processes killed at every durable step and at random moments; what is found afterwards.

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use persona_audit::Step;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use serde_json::Value;

use crate::support::{Kept, Machine, sha256};

/// Asserts what must hold whenever anybody looks: each visible folder is whole, the log verifies.
fn assert_whole(machine: &Machine) {
    for folder in machine.visible_outputs() {
        let read = |name: &str| {
            let text = fs::read_to_string(folder.join(name));
            let text = text.unwrap_or_else(|_| panic!("{} lacks {name}", folder.display()));
            serde_json::from_str::<Value>(&text).unwrap()
        };
        let personas = read("personas.json")["personas"].as_array().unwrap().len();
        assert!(personas > 0 && read("provenance.intoto.json")["payload"].is_string());
        let metadata = read("metadata.json");
        for (name, digest) in metadata["checksums"].as_object().unwrap() {
            assert_eq!(*digest, sha256(&folder.join(name)), "{name}");
        }
    }
    let verified = machine.run(&["audit", "verify", "--json"]);
    let verdict = verified.json();
    let nothing_yet = verdict["findings"][0]["code"] == "no-log";
    assert!(verified.code == Some(0) || nothing_yet, "{verdict:#}");
}

fn records(machine: &Machine, status: &str) -> Vec<Value> {
    let list = machine.run(&["audit", "list", "--status", status, "--json"]).exits(0).json();
    list.as_array().unwrap().clone()
}

/// Asserts that the next run settles everything: each folder's record is completed, with its copy of
/// the checkpoint, and every other interrupted run is called abandoned.
fn assert_settles(machine: &Machine) {
    let data = machine.small_survey();
    machine.generate(&data, &[]);
    machine.run(&["audit", "repair"]).exits(0);
    let folders = machine.visible_outputs();
    assert_eq!(records(machine, "completed").len(), folders.len());
    assert_eq!(records(machine, "started").len(), 0);
    let all = machine.run(&["audit", "list", "--json"]).exits(0).json();
    let closed = records(machine, "abandoned").len() + records(machine, "failed").len();
    assert_eq!(all.as_array().unwrap().len(), folders.len() + closed);
    let words = ["audit", "verify", "--artifacts", "--strict", "--json"];
    let verified = machine.run(&words).exits(0).json();
    assert_eq!(verified["findings"], serde_json::json!([]));
    for name in ["pending", "runs"] {
        for folder in [machine.state().join(name), machine.store().join(name)] {
            assert_eq!(fs::read_dir(folder).map_or(0, Iterator::count), 0, "{name} left behind");
        }
    }
    let hidden = fs::read_dir(machine.work().join("output")).unwrap().count() - folders.len();
    assert_eq!(hidden, 0, "a killed run's folder is left behind");
}

#[test]
fn killed_after_every_step_on_sqlite() {
    killed_after_every_step_of_a_first_and_of_a_later_run(Kept::Sqlite);
}

#[test]
fn killed_after_every_step_on_json_files() {
    killed_after_every_step_of_a_first_and_of_a_later_run(Kept::Json);
}

#[test]
fn killed_after_every_step_on_postgres() {
    killed_after_every_step_of_a_first_and_of_a_later_run(Kept::Postgres);
}

fn killed_after_every_step_of_a_first_and_of_a_later_run(kept: Kept) {
    for first in [true, false] {
        for step in Step::ALL {
            let only_first = [Step::KeyCreated, Step::Pinned, Step::LogOpened].contains(&step);
            if only_first && !first {
                continue;
            }
            let machine = Machine::keeping(kept);
            let data = machine.small_survey();
            if !first {
                machine.generate(&data, &[]);
            }
            let fault = format!("{}=KILL", step.as_str());
            let killed = machine.run_with_fault(&fault, &["generate", data.to_str().unwrap()]);
            assert_eq!(killed.code, None, "{step:?} was reached: {}", killed.stderr);
            assert_whole(&machine);
            let before = usize::from(!first);
            let finished = machine.visible_outputs().len() - before;
            let reached = |other: Step| {
                let at = |wanted: Step| Step::ALL.iter().position(|step| *step == wanted);
                at(step) >= at(other)
            };
            assert_eq!(finished, usize::from(reached(Step::Published)), "{step:?}");
            let open = usize::from(reached(Step::Opened) && !reached(Step::Closed));
            assert_eq!(records(&machine, "abandoned").len(), open, "{step:?}");
            assert_settles(&machine);
            let lost = usize::from(reached(Step::Opened) && !reached(Step::Published));
            assert_eq!(records(&machine, "abandoned").len(), lost, "{step:?}");
        }
    }
}

#[test]
fn killed_at_a_hundred_random_moments() {
    let machine = Machine::new();
    let data = machine.small_survey();
    let mut moments = 0x9e37_79b9_7f4a_7c15_u64;
    let mut killed = 0;
    for round in 0..100 {
        // A fixed sequence; what it hits depends on the machine, which is what is wanted.
        moments = moments.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let delay = Duration::from_micros(moments >> 32 & 0xffff);
        let mut command = machine.command(&["generate", data.to_str().unwrap()]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(delay);
        child.kill().unwrap();
        killed += usize::from(child.wait().unwrap().code().is_none());
        if round % 10 == 9 {
            assert_whole(&machine);
        }
    }
    assert!(killed > 20, "only {killed} of 100 were still running when killed");
    assert_settles(&machine);
}

#[test]
fn ctrl_c_ends_a_run_with_a_closing_that_says_so() {
    for step in ["opened", "opening-marked"] {
        let machine = Machine::new();
        let data = machine.small_survey();
        let words = ["generate", data.to_str().unwrap()];
        machine.run_with_fault(&format!("{step}=INT"), &words).exits(130);
        assert_eq!(machine.visible_outputs().len(), 0);
        let record = machine.run(&["audit", "show", "@last", "--json"]).exits(0).json();
        assert_eq!(record["status"], "failed");
        assert_eq!(record["error"]["code"], "cancelled");
        assert_settles(&machine);
    }
}

#[test]
fn ctrl_c_after_the_folder_stands_loses_nothing() {
    let machine = Machine::new();
    let data = machine.small_survey();
    let words = ["generate", data.to_str().unwrap()];
    machine.run_with_fault("published=INT", &words).exits(0);
    assert_eq!(records(&machine, "completed").len(), 1);
    assert_settles(&machine);
}

#[test]
fn a_closing_that_cannot_be_stored_leaves_the_personas_and_is_repaired() {
    let machine = Machine::new();
    let data = machine.small_survey();
    machine.generate(&data, &[]);
    let mut command = machine.command(&["generate", data.to_str().unwrap(), "--json"]);
    command.env("FAULT", "published=STOP").stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let pid = Pid::from_child(&child);
    let stopped = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap();
    assert!(stopped.1.stopped(), "the run waits with its folder in place");
    // Somebody else holds the append lock for longer than the run waits.
    let blocker = rusqlite::Connection::open(machine.store().join("audit.db")).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    kill_process(pid, Signal::CONT).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("persona audit repair"), "{said}");
    assert_eq!(machine.visible_outputs().len(), 2, "the personas are kept");
    drop(blocker);
    assert_eq!(records(&machine, "abandoned").len(), 1);
    machine.run(&["audit", "repair"]).exits(0);
    assert_eq!(records(&machine, "completed").len(), 2);
    assert_settles(&machine);
}

#[test]
fn many_at_once_share_a_log_and_lose_nothing() {
    let machine = Machine::new();
    let data = machine.small_survey();
    let start = || {
        let mut command = machine.command(&["generate", data.to_str().unwrap(), "--json"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..8).map(|_| start()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
    assert_eq!(machine.visible_outputs().len(), 8);
    assert_settles(&machine);
    assert_eq!(records(&machine, "completed").len(), 9);
}
