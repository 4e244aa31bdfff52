//! What wrong input gets. Each row of `docs/errors.md` names a test, and the tests in here take what they
//! expect from their row: page and behaviour cannot drift apart.

use serde_json::Value;

use crate::support::{Done, Machine};

mod complete;
mod configuration;
mod database;
mod ids;
mod input;
mod keys;
mod machines;
mod moves;
mod output;
mod page;
mod provider;
mod signals;
mod state;
mod store;

use page::{expect, expect_text};

/// Expects that a command is refused as its row says, for people and for programs, and that nothing at
/// all was made, changed or recorded.
fn expect_refused(test: &str, machine: &Machine, words: &[&str]) {
    let before = machine.snapshot();
    expect(test, |more| machine.run(&[words, more].concat()));
    assert_eq!(machine.snapshot(), before, "{test}: something was made or changed");
}

/// Expects that a run without an opening left no output, hidden or not, and no record.
fn assert_nothing_generated(machine: &Machine) {
    assert_eq!(machine.all_outputs(), Vec::<std::path::PathBuf>::new());
    assert_eq!(machine.run(&["audit", "list", "--json"]).exits(0).json(), serde_json::json!([]));
}

/// Expects that the newest run is closed as failed, saying where and why, that nothing of its output is
/// left, and that the log verifies.
fn assert_closed(machine: &Machine, code: &str, stage: &str, said: &str) {
    let record = machine.run(&["audit", "show", "@last", "--json"]).exits(0).json();
    assert_eq!(record["status"], "failed", "{record:#}");
    assert_eq!(
        (&record["error"]["code"], &record["error"]["stage"]),
        (&code.into(), &stage.into())
    );
    let message = record["error"]["message"].as_str().unwrap();
    assert!(message.contains(said), "{message}");
    assert_eq!(machine.all_outputs(), Vec::<std::path::PathBuf>::new());
    assert_verifies(machine);
}

fn assert_verifies(machine: &Machine) {
    let verified = machine.run(&["audit", "verify", "--json"]).exits(0).json();
    assert_eq!(verified["findings"], Value::Array(Vec::new()));
}

/// Runs with variables beside the machine's own.
fn run_with(machine: &Machine, variables: &[(&str, &str)], words: &[&str]) -> Done {
    let mut command = machine.command(words);
    command.envs(variables.iter().copied());
    Done::of(&command.output().unwrap())
}

/// A folder of the kernel in which nobody can make anything, whoever runs the tests.
const UNWRITABLE: &str = "/sys/kernel";
