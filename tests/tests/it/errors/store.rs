//! Audit stores that cannot be written, read, believed or waited for: nothing is generated.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::Connection;

use super::output::on_full_disk;
use super::page::expect_both;
use super::{
    UNWRITABLE, assert_nothing_generated, assert_verifies, expect, expect_refused, expect_text,
    run_with,
};
use crate::support::{Kept, Machine};

const GENERATE: [&str; 2] = ["generate", "small.csv"];
const STORE_PATH: &str = "PERSONA_AUDIT__STORE_PATH";

fn machine() -> Machine {
    let machine = Machine::new();
    machine.small_survey();
    machine
}

/// A machine with one run on record.
fn recorded() -> Machine {
    let machine = machine();
    machine.generate(&machine.work().join("small.csv"), &[]);
    machine
}

fn database(machine: &Machine) -> Connection {
    Connection::open(machine.store().join("audit.db")).unwrap()
}

fn expect_with_store(test: &str, machine: &Machine, store: &Path, words: &[&str]) {
    let store = store.to_str().unwrap();
    expect(test, |more| run_with(machine, &[(STORE_PATH, store)], &[words, more].concat()));
}

#[test]
fn a_store_below_a_file() {
    let machine = machine();
    let before = machine.snapshot();
    let store = machine.work().join("small.csv/store");
    expect_with_store("store::a_store_below_a_file", &machine, &store, &GENERATE);
    assert_eq!(machine.snapshot(), before);
}

#[test]
fn a_store_below_a_file_is_read() {
    let machine = machine();
    let store = machine.work().join("small.csv/store");
    let test = "store::a_store_below_a_file_is_read";
    for words in [&["audit", "list"][..], &["audit", "show", "@last"], &["audit", "repair"]] {
        expect_with_store(test, &machine, &store, words);
    }
}

#[test]
fn a_store_that_cannot_be_made() {
    let machine = machine();
    let before = machine.snapshot();
    let store = Path::new(UNWRITABLE).join("store");
    expect_with_store("store::a_store_that_cannot_be_made", &machine, &store, &GENERATE);
    assert_eq!(machine.snapshot(), before);
}

#[test]
fn a_store_without_a_place_for_locks() {
    let machine = recorded();
    fs::remove_dir(machine.store().join("runs")).unwrap();
    File::create(machine.store().join("runs")).unwrap();
    expect_refused("store::a_store_without_a_place_for_locks", &machine, &GENERATE);
    assert_verifies(&machine);
}

#[test]
fn a_disk_that_is_full_when_the_log_is_opened() {
    let machine = machine();
    expect("store::a_disk_that_is_full_when_the_log_is_opened", |more| {
        on_full_disk(&machine, 8, &[&GENERATE, more].concat())
    });
    assert_nothing_generated(&machine);
    machine.generate(&machine.work().join("small.csv"), &[]);
    assert_verifies(&machine);
}

#[test]
fn a_disk_that_is_full_when_a_run_is_opened() {
    let machine = recorded();
    let before = machine.snapshot();
    expect("store::a_disk_that_is_full_when_a_run_is_opened", |more| {
        on_full_disk(&machine, 8, &[&GENERATE, more].concat())
    });
    assert_eq!(machine.snapshot(), before);
    assert_verifies(&machine);
    machine.generate(&machine.work().join("small.csv"), &[]);
}

/// Puts a file in the store's place and expects that a command refuses it and leaves it as it is.
fn refused_store(test: &str, machine: &Machine, change: impl Fn(&Path), words: &[&str]) {
    let file = machine.store().join("audit.db");
    fs::create_dir_all(machine.store()).unwrap();
    change(&file);
    let (bytes, outputs) = (fs::read(&file).unwrap(), machine.all_outputs());
    expect(test, |more| machine.run(&[words, more].concat()));
    assert!(fs::read(&file).unwrap() == bytes, "{test}: the file was changed");
    assert_eq!(machine.all_outputs(), outputs);
}

const LIST: [&str; 2] = ["audit", "list"];
const SHOW: [&str; 3] = ["audit", "show", "@last"];

fn notes(file: &Path) {
    fs::write(file, "somebody else's notes\n").unwrap();
}

fn bees(file: &Path) {
    Connection::open(file).unwrap().execute_batch("CREATE TABLE bees (name TEXT)").unwrap();
}

fn damage(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    bytes[4096..12288].fill(0xff);
    fs::write(file, bytes).unwrap();
}

fn cut(file: &Path) {
    File::options().write(true).open(file).unwrap().set_len(5000).unwrap();
}

#[test]
fn a_store_that_is_no_database() {
    refused_store("store::a_store_that_is_no_database", &machine(), notes, &GENERATE);
}

#[test]
fn a_store_that_is_no_database_is_read() {
    refused_store("store::a_store_that_is_no_database_is_read", &machine(), notes, &LIST);
}

#[test]
fn a_store_that_is_somebody_elses_database() {
    refused_store("store::a_store_that_is_somebody_elses_database", &machine(), bees, &GENERATE);
}

#[test]
fn a_store_that_is_somebody_elses_database_is_read() {
    let test = "store::a_store_that_is_somebody_elses_database_is_read";
    refused_store(test, &machine(), bees, &LIST);
    refused_store(test, &machine(), bees, &SHOW);
}

#[test]
fn a_store_with_damaged_pages() {
    refused_store("store::a_store_with_damaged_pages", &recorded(), damage, &GENERATE);
}

#[test]
fn a_store_with_damaged_pages_is_read() {
    refused_store("store::a_store_with_damaged_pages_is_read", &recorded(), damage, &SHOW);
}

#[test]
fn a_store_cut_short() {
    refused_store("store::a_store_cut_short", &recorded(), cut, &GENERATE);
}

#[test]
fn a_store_cut_short_is_read() {
    refused_store("store::a_store_cut_short_is_read", &recorded(), cut, &LIST);
}

#[test]
fn a_store_of_a_later_version() {
    let machine = recorded();
    database(&machine).pragma_update(None, "user_version", 9).unwrap();
    expect_refused("store::a_store_of_a_later_version", &machine, &GENERATE);
    for words in [&["audit", "verify", "--json"][..], &["audit", "verify", "@last", "--json"]] {
        let verified = machine.run(words).exits(8).json();
        assert_eq!(verified["verdict"], "unverifiable");
        assert_eq!(verified["findings"][0]["code"], "unreadable");
    }
}

#[test]
fn a_store_that_another_process_holds() {
    let machine = recorded();
    let before = machine.snapshot();
    let blocker = database(&machine);
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let json = [&GENERATE[..], &["--json"]].concat();
    let (text, json) = std::thread::scope(|scope| {
        let text = scope.spawn(|| machine.run(&GENERATE));
        let json = scope.spawn(|| machine.run(&json));
        (text.join().unwrap(), json.join().unwrap())
    });
    drop(blocker);
    expect_both("store::a_store_that_another_process_holds", &text, &json);
    assert_eq!(machine.snapshot(), before);
    assert_verifies(&machine);
}

#[test]
fn a_log_of_another_machine() {
    let (machine, other) = (machine(), recorded());
    let store = other.store();
    let before = (machine.snapshot(), fs::read(store.join("audit.db")).unwrap());
    expect_with_store("store::a_log_of_another_machine", &machine, &store, &GENERATE);
    assert_eq!((machine.snapshot(), fs::read(store.join("audit.db")).unwrap()), before);
    assert_verifies(&other);
}

#[test]
fn a_log_that_is_gone() {
    let machine = recorded();
    fs::remove_file(machine.store().join("audit.db")).unwrap();
    expect_refused("store::a_log_that_is_gone", &machine, &GENERATE);
}

#[test]
fn an_older_copy_of_the_log() {
    let machine = recorded();
    let (file, copy) = (machine.store().join("audit.db"), machine.work().join("copy.db"));
    fs::copy(&file, &copy).unwrap();
    machine.generate(&machine.work().join("small.csv"), &[]);
    fs::copy(&copy, &file).unwrap();
    expect_refused("store::an_older_copy_of_the_log", &machine, &GENERATE);
}

#[test]
fn a_record_that_was_changed() {
    let machine = recorded();
    let change = "UPDATE entry SET public = \
        CAST(replace(CAST(public AS TEXT), 'embedded', 'imbedded') AS BLOB)";
    database(&machine).execute_batch(change).unwrap();
    expect_refused("store::a_record_that_was_changed", &machine, &["audit", "show", "@last"]);
}

/// A machine with three runs on record, the oldest of which was changed.
fn changed_at_its_beginning() -> Machine {
    let machine = recorded();
    machine.generate(&machine.work().join("small.csv"), &[]);
    machine.generate(&machine.work().join("small.csv"), &[]);
    let change = "UPDATE entry SET private = zeroblob(9) WHERE idx = 1";
    database(&machine).execute_batch(change).unwrap();
    machine
}

#[test]
fn a_list_with_a_record_that_was_changed() {
    let machine = changed_at_its_beginning();
    for format in ["table", "json", "jsonl", "csv"] {
        let done = machine.run(&["audit", "list", "--format", format]);
        assert_eq!(done.stdout, "", "{format}");
        expect_text("store::a_list_with_a_record_that_was_changed", &done);
    }
}

#[test]
fn an_export_with_a_record_that_was_changed() {
    let test = "store::an_export_with_a_record_that_was_changed";
    let machine = changed_at_its_beginning();
    let before = machine.snapshot();
    for format in ["json", "jsonl", "csv"] {
        let words = ["audit", "export", "--format", format];
        expect_text(test, &machine.run(&[&words[..], &["-o", "out"]].concat()));
        let mut streamed = machine.run(&words);
        // What stands in the log before the damage was printed already.
        assert_ne!(std::mem::take(&mut streamed.stdout), "", "{format}");
        expect_text(test, &streamed);
    }
    assert_eq!(machine.snapshot(), before);
}

/// Expects that the run, named or among others, is refused as its row says.
fn expect_shown_nowhere(test: &str, machine: &Machine) {
    expect_refused(test, machine, &["audit", "show", "@last"]);
    expect_refused(test, machine, &["audit", "list"]);
}

fn after(change: &str) -> Machine {
    let machine = recorded();
    database(&machine).execute_batch(change).unwrap();
    machine
}

#[test]
fn a_newest_entry_that_is_cut_short() {
    let machine = Machine::keeping(Kept::Json);
    let data = machine.small_survey();
    machine.generate(&data, &[]);
    let entry = machine.store().join("json/0000000000000002.json");
    File::options().write(true).open(entry).unwrap().set_len(300).unwrap();
    expect_shown_nowhere("store::a_newest_entry_that_is_cut_short", &machine);
}

#[test]
fn a_record_without_its_opening() {
    let machine = after("DELETE FROM entry WHERE idx = 1");
    expect_shown_nowhere("store::a_record_without_its_opening", &machine);
}

#[test]
fn a_record_without_its_closing() {
    let machine = after("UPDATE entry SET audit_id = 'nobody' WHERE idx = 2");
    expect_shown_nowhere("store::a_record_without_its_closing", &machine);
}

#[test]
fn a_record_without_entries() {
    let machine = after(
        "DELETE FROM entry WHERE idx = 1; UPDATE entry SET audit_id = 'nobody' WHERE idx = 2",
    );
    expect_shown_nowhere("store::a_record_without_entries", &machine);
}

#[test]
fn a_record_that_is_not_listed() {
    let test = "store::a_record_that_is_not_listed";
    let machine = recorded();
    let listed = machine.run(&["audit", "list", "--json"]).exits(0).json();
    let id = listed[0]["audit_id"].as_str().unwrap();
    database(&machine).execute_batch("DELETE FROM record").unwrap();
    let shown = machine.run(&["audit", "show", &id.to_uppercase(), "--json"]).exits(0).json();
    assert_eq!(shown["audit_id"], id);
    expect_refused(test, &machine, &["audit", "list", "--cursor", id]);
    for format in ["json", "jsonl", "csv"] {
        expect_text(test, &machine.run(&["audit", "export", "--format", format, "--id", id]));
    }
    let counted = machine.run(&["audit", "stats"]).exits(0);
    assert!(counted.stderr.contains("0 runs are listed, and 1 have entries"), "{}", counted.stderr);
}
