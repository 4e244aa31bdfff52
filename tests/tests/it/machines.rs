//! Several machines on one log: each a home of its own, all of them on one store.

use std::fs;
use std::thread;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Done, Kept, Machine};

const GENERATE: [&str; 3] = ["generate", "small.csv", "--json"];
const VERIFY: [&str; 3] = ["audit", "verify", "--json"];
const EXPORT: [&str; 7] = ["audit", "keys", "export", "--key", "log", "--format", "vkey"];

/// A machine whose store is the first one's.
pub(crate) struct Sharing<'first> {
    first: &'first Machine,
    machine: Machine,
}

impl<'first> Sharing<'first> {
    pub(crate) fn with(first: &'first Machine) -> Self {
        let machine = first.beside();
        machine.small_survey();
        Self { first, machine }
    }

    pub(crate) fn run(&self, words: &[&str]) -> Done {
        let mut command = self.machine.command(words);
        command.env("PERSONA_HOME", self.machine.home().join("persona"));
        command.env("PERSONA_AUDIT__STORE_PATH", self.first.store());
        Done::of(&command.output().unwrap())
    }

    /// Whether it has a home of its own, keys, state or output.
    pub(crate) fn has_made_anything(&self) -> bool {
        self.machine.home().join("persona").exists() || !self.machine.all_outputs().is_empty()
    }

    pub(crate) fn take_state_of(&self, other: &Self) {
        let state = |sharing: &Self| sharing.machine.home().join("persona/state");
        fs::remove_dir_all(state(self)).unwrap();
        fs::rename(state(other), state(self)).unwrap();
    }

    /// Trusts the log by the first machine's key, and returns what is to be run there.
    pub(crate) fn trusts(&self) -> Vec<String> {
        let vkey = first_key(self.first);
        let trusted = self.run(&["audit", "keys", "admit", "--trust", &vkey, "--json"]).exits(0);
        let command = trusted.json()["command"].clone();
        serde_json::from_value(command).unwrap()
    }
}

/// A machine with one run on record.
pub(crate) fn first() -> Machine {
    first_keeping(Kept::Sqlite)
}

fn first_keeping(kept: Kept) -> Machine {
    let machine = Machine::keeping(kept);
    machine.small_survey();
    machine.run(&GENERATE).exits(0);
    machine
}

pub(crate) fn first_key(machine: &Machine) -> String {
    machine.run(&EXPORT).exits(0).stdout.trim_end().to_owned()
}

/// Runs what the other machine printed, without the tool's name.
fn obey(machine: &Machine, command: &[String], more: &[&str]) -> Done {
    assert_eq!(command[0], "persona");
    let words: Vec<&str> =
        command[1..].iter().map(String::as_str).chain(more.iter().copied()).collect();
    machine.run(&words)
}

fn verdict(done: Done, code: i32) -> (String, Value) {
    let document = done.exits(code).json();
    (document["verdict"].as_str().unwrap().to_owned(), document["findings"].clone())
}

fn error(done: Done) -> String {
    let document: Value = serde_json::from_str(&done.exits(5).stderr).unwrap();
    document["error"]["code"].as_str().unwrap().to_owned()
}

#[test]
fn two_machines_write_to_one_log_on_sqlite_and_a_third_does_not() {
    two_machines_write_to_one_log_and_a_third_does_not(Kept::Sqlite);
}

#[test]
fn two_machines_write_to_one_log_on_json_files_and_a_third_does_not() {
    two_machines_write_to_one_log_and_a_third_does_not(Kept::Json);
}

#[test]
fn two_machines_write_to_one_log_on_postgres_and_a_third_does_not() {
    two_machines_write_to_one_log_and_a_third_does_not(Kept::Postgres);
}

fn two_machines_write_to_one_log_and_a_third_does_not(kept: Kept) {
    let first = first_keeping(kept);
    let second = Sharing::with(&first);
    assert_eq!(error(second.run(&GENERATE)), "log-untrusted");
    let printed = second.run(&["audit", "keys", "admit", "--trust", &first_key(&first)]).exits(0);
    let command = second.trusts();
    assert_eq!(printed.stdout.trim_end(), command.join(" "));
    assert_eq!(error(second.run(&GENERATE)), "key-not-admitted");
    let admitted = obey(&first, &command, &["--name", "lab 2", "--json"]).exits(0).json();
    assert_eq!((&admitted["from"], &admitted["name"]), (&json!(4), &json!("lab 2")));

    second.run(&GENERATE).exits(0);
    first.run(&GENERATE).exits(0);
    second.run(&GENERATE).exits(0);
    thread::scope(|scope| {
        let both = [scope.spawn(|| first.run(&GENERATE)), scope.spawn(|| second.run(&GENERATE))];
        for run in both {
            run.join().unwrap().exits(0);
        }
    });
    for done in [first.run(&VERIFY), second.run(&VERIFY)] {
        assert_eq!(verdict(done, 0), ("verified".to_owned(), json!([])));
    }
    let artifacts = second.run(&[&VERIFY[..], &["--artifacts"]].concat());
    assert_eq!(verdict(artifacts, 0).1, json!([]));
    let runs = second.run(&["audit", "list", "--json"]).exits(0).json();
    assert_eq!(runs.as_array().unwrap().len(), 6);

    let third = Sharing::with(&first);
    assert_eq!(error(third.run(&GENERATE)), "log-untrusted");
    assert_eq!(verdict(third.run(&VERIFY), 8).0, "unverifiable");
    let given = third.run(&[&VERIFY[..], &["--key", &first_key(&first)]].concat());
    assert_eq!(verdict(given, 0).0, "verified");
    assert_eq!(verdict(first.run(&VERIFY), 0).0, "verified");
}

#[test]
fn every_machine_shows_who_writes() {
    let first = first();
    let second = Sharing::with(&first);
    let command = second.trusts();
    obey(&first, &command, &["--name", "lab 2"]).exits(0);
    let shown = second.run(&["audit", "keys", "show", "--json"]).exits(0).json();
    let keys: Vec<_> = shown.as_array().unwrap().iter().collect();
    let spans: Vec<_> = keys.iter().map(|key| (&key["own"], &key["from"], &key["name"])).collect();
    let (own, other) =
        ((&json!(true), &json!(4), &json!("lab 2")), (&json!(false), &json!(0), &json!(null)));
    assert_eq!(spans, [own, own, other, other]);
    assert_eq!(
        (keys[0]["vkey"].as_str(), keys[1]["vkey"].as_str()),
        (Some(&*command[4]), Some(&*command[5]))
    );
    assert_eq!(keys[2]["vkey"], first_key(&first));
    let text = first.run(&["audit", "keys", "show"]).exits(0).stdout;
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with(['0', '4'])).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(
        lines[0].contains(" yes ") && lines[1].contains("lab 2") && lines[1].contains(" no "),
        "{text}"
    );
    // The exports of both name all keys, whoever signed last.
    let exported = first.run(&["audit", "export", "--format", "json"]).exits(0).json();
    let keyids: Vec<_> = exported["log"]["public_keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| &key["keyid"])
        .collect();
    assert_eq!(
        keyids,
        [&keys[2]["keyid"], &keys[3]["keyid"], &keys[0]["keyid"], &keys[1]["keyid"]]
    );
    assert_eq!(first.run(&VERIFY).exits(0).json()["keys"], json!(keyids));
}

#[test]
fn an_admission_that_was_tampered_with_is_found_by_all() {
    for change in [
        "UPDATE entry SET public = CAST(replace(CAST(public AS TEXT), 'key.added', 'key.adder') AS BLOB) WHERE idx = 3",
        "UPDATE entry SET private = CAST('{\"/name\":\"lab 3\"}' AS BLOB) WHERE idx = 3",
        "DELETE FROM kept_checkpoint WHERE size = 4",
        "UPDATE kept_checkpoint SET note = (SELECT checkpoint FROM log) WHERE size = 4",
        "DELETE FROM entry WHERE idx = 3",
    ] {
        let first = first();
        let second = Sharing::with(&first);
        obey(&first, &second.trusts(), &["--name", "lab 2"]).exits(0);
        second.run(&GENERATE).exits(0);
        let database = Connection::open(first.store().join("audit.db")).unwrap();
        assert_eq!(database.execute(change, []).unwrap(), 1, "{change}");
        drop(database);
        for done in [first.run(&VERIFY), second.run(&VERIFY)] {
            assert_eq!(verdict(done, 7).0, "tampered", "{change}");
        }
        for done in [first.run(&GENERATE), second.run(&GENERATE)] {
            error(done);
        }
    }
}

#[test]
fn a_machine_that_was_cut_off_is_settled_by_another() {
    let first = first();
    let second = Sharing::with(&first);
    obey(&first, &second.trusts(), &[]).exits(0);
    let mut command = second.machine.command(&GENERATE);
    command.env("PERSONA_HOME", second.machine.home().join("persona"));
    command.env("PERSONA_AUDIT__STORE_PATH", first.store());
    let cut = Done::of(&command.env("FAULT", "published=KILL").output().unwrap());
    assert_eq!(cut.code, None, "{}", cut.stderr);
    first.run(&GENERATE).exits(0);
    let statuses = |done: Done| {
        let runs = done.exits(0).json();
        let runs =
            runs.as_array().unwrap().iter().map(|run| run["status"].as_str().unwrap().to_owned());
        runs.collect::<Vec<_>>()
    };
    // What it had finished lies in its own state folder: only it can say so.
    assert_eq!(
        statuses(first.run(&["audit", "list", "--json"])),
        ["completed", "abandoned", "completed"]
    );
    second.run(&["audit", "repair"]).exits(0);
    assert_eq!(statuses(first.run(&["audit", "list", "--json"])), ["completed"; 3]);
    assert_eq!(verdict(first.run(&VERIFY), 0).1, json!([]));
}
