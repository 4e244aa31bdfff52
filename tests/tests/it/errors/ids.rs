//! Ids that name no run or several, and other things asked for that are not there.

use super::{expect, expect_refused, expect_text};
use crate::support::Machine;

/// A machine with two runs on record.
fn machine() -> Machine {
    let machine = Machine::new();
    let data = machine.small_survey();
    machine.generate(&data, &[]);
    machine.generate(&data, &[]);
    machine
}

#[test]
fn an_id_nobody_has() {
    expect_refused("ids::an_id_nobody_has", &machine(), &["audit", "show", "ffff"]);
}

#[test]
fn the_last_run_where_none_is() {
    let machine = Machine::new();
    expect_refused("ids::the_last_run_where_none_is", &machine, &["audit", "show", "@last"]);
}

#[test]
fn a_beginning_of_several_ids() {
    expect_refused("ids::a_beginning_of_several_ids", &machine(), &["audit", "show", "0"]);
}

#[test]
fn an_id_to_verify_that_nobody_has() {
    expect_refused(
        "ids::an_id_to_verify_that_nobody_has",
        &machine(),
        &["audit", "verify", "ffff"],
    );
}

#[test]
fn an_export_of_an_id_nobody_has() {
    let machine = machine();
    let before = machine.snapshot();
    for format in ["json", "jsonl", "csv"] {
        let words = ["audit", "export", "--format", format, "--id", "ffff"];
        expect_text("ids::an_export_of_an_id_nobody_has", &machine.run(&words));
        let words = [&words[..], &["-o", "out"]].concat();
        expect_text("ids::an_export_of_an_id_nobody_has", &machine.run(&words));
    }
    assert_eq!(machine.snapshot(), before);
}

#[test]
fn a_list_after_an_id_nobody_has() {
    let words = ["audit", "list", "--cursor", "ffff"];
    expect_refused("ids::a_list_after_an_id_nobody_has", &machine(), &words);
}

#[test]
fn a_checkpoint_where_no_log_is() {
    let machine = Machine::new();
    expect_refused("ids::a_checkpoint_where_no_log_is", &machine, &["audit", "checkpoint"]);
}

#[test]
fn a_rollback_to_accept_where_no_log_is() {
    let machine = Machine::new();
    let words = ["audit", "checkpoint", "--accept-rollback", "--reason", "none"];
    expect("ids::a_rollback_to_accept_where_no_log_is", |more| {
        machine.run(&[&words, more].concat())
    });
}

#[test]
fn a_rollback_to_accept_where_none_was() {
    let words = ["audit", "checkpoint", "--accept-rollback", "--reason", "none"];
    expect_refused("ids::a_rollback_to_accept_where_none_was", &machine(), &words);
}

#[test]
fn a_key_before_there_is_one() {
    let words = ["audit", "keys", "export", "--key", "log", "--format", "vkey"];
    expect_text("ids::a_key_before_there_is_one", &Machine::new().run(&words));
}

#[test]
fn a_verifier_key_that_is_none() {
    let words = ["audit", "verify", "--key", "zork"];
    expect_refused("ids::a_verifier_key_that_is_none", &machine(), &words);
}

#[test]
fn a_checkpoint_that_is_none() {
    let machine = machine();
    let words = ["audit", "verify", "--against", "small.csv"];
    expect_refused("ids::a_checkpoint_that_is_none", &machine, &words);
}

#[test]
fn a_folder_as_the_data_of_runs() {
    let words = ["audit", "list", "--data", "output"];
    expect_refused("ids::a_folder_as_the_data_of_runs", &machine(), &words);
}

#[test]
fn data_of_runs_that_cannot_be_read() {
    let words = ["audit", "list", "--data", "/proc/self/mem"];
    expect_refused("ids::data_of_runs_that_cannot_be_read", &machine(), &words);
}

#[test]
fn a_backup_to_standard_output() {
    expect_refused("ids::a_backup_to_standard_output", &machine(), &["audit", "backup", "-"]);
}
