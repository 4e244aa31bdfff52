//! Wrong usage, unknown keys, values that do not fit, files that cannot be used.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use super::{UNWRITABLE, expect, expect_refused, expect_text, run_with};
use crate::support::{Done, Machine};

const GENERATE: [&str; 2] = ["generate", "small.csv"];

fn machine() -> Machine {
    let machine = Machine::new();
    machine.small_survey();
    machine
}

/// A run with a file of the user's own.
fn refused_with_own_file(test: &str, bytes: &[u8]) {
    let machine = machine();
    fs::create_dir(machine.home().join(".persona")).unwrap();
    fs::write(machine.home().join(".persona/config.toml"), bytes).unwrap();
    expect_refused(test, &machine, &GENERATE);
}

/// A run in a project.
fn refused_in_project(test: &str, text: &str) {
    let machine = machine();
    machine.file("persona.toml", text.as_bytes());
    expect_refused(test, &machine, &GENERATE);
}

fn refused_with_variable(test: &str, name: &str, value: &OsStr) {
    let machine = machine();
    let before = machine.snapshot();
    expect(test, |more| {
        let words = [&GENERATE, more].concat();
        Done::of(&machine.command(&words).env(name, value).output().unwrap())
    });
    assert_eq!(machine.snapshot(), before);
}

#[test]
fn an_option_that_does_not_exist() {
    let words = ["generate", "small.csv", "--sed", "3"];
    expect_refused("configuration::an_option_that_does_not_exist", &machine(), &words);
}

#[test]
fn an_argument_left_out() {
    expect_refused("configuration::an_argument_left_out", &machine(), &["audit", "show"]);
}

#[test]
fn a_date_that_is_none() {
    let words = ["audit", "list", "--since", "tomorrow"];
    expect_refused("configuration::a_date_that_is_none", &machine(), &words);
}

#[test]
fn a_key_misspelt() {
    let words = ["config", "set", "audit.retenton_days", "90"];
    expect_refused("configuration::a_key_misspelt", &machine(), &words);
}

#[test]
fn a_key_that_is_like_no_other() {
    let words = ["config", "get", "zork"];
    expect_refused("configuration::a_key_that_is_like_no_other", &machine(), &words);
}

#[test]
fn a_value_that_does_not_fit() {
    let words = ["config", "set", "audit.retention_days", "ninety"];
    expect_refused("configuration::a_value_that_does_not_fit", &machine(), &words);
}

#[test]
fn a_flag_that_does_not_fit() {
    let words = ["generate", "small.csv", "-n", "0"];
    expect_refused("configuration::a_flag_that_does_not_fit", &machine(), &words);
}

#[test]
fn a_provider_nobody_knows() {
    let words = ["generate", "small.csv", "-p", "zork"];
    expect_refused("configuration::a_provider_nobody_knows", &machine(), &words);
}

#[test]
fn a_key_in_the_configuration() {
    let words = ["config", "set", "providers.openai.api_key", "sk-planted"];
    let test = "configuration::a_key_in_the_configuration";
    expect_refused(test, &Machine::new(), &words);
    assert!(!Machine::new().run(&words).stderr.contains("sk-planted"));
}

#[test]
fn a_manual_of_no_command() {
    let machine = Machine::new();
    expect_text("configuration::a_manual_of_no_command", &machine.run(&["man", "zork"]));
}

#[test]
fn a_model_the_embedded_drafter_has_not() {
    let words = ["generate", "small.csv", "-m", "gpt-9"];
    expect_refused("configuration::a_model_the_embedded_drafter_has_not", &machine(), &words);
}

#[test]
fn an_unknown_key_in_a_file() {
    let text = b"[audit]\nenabled = true\nretention = 3\n";
    refused_with_own_file("configuration::an_unknown_key_in_a_file", text);
}

#[test]
fn a_wrong_value_in_a_file() {
    let text = b"[audit]\nenabled = \"yes\"\n";
    refused_with_own_file("configuration::a_wrong_value_in_a_file", text);
}

#[test]
fn a_file_that_is_not_toml() {
    refused_with_own_file("configuration::a_file_that_is_not_toml", b"[audit\nenabled = true\n");
}

#[test]
fn a_file_that_is_not_text() {
    refused_with_own_file("configuration::a_file_that_is_not_text", b"\xff\xfe\0");
}

#[test]
fn a_folder_where_the_file_should_be() {
    let machine = machine();
    fs::create_dir_all(machine.home().join(".persona/config.toml")).unwrap();
    expect_refused("configuration::a_folder_where_the_file_should_be", &machine, &GENERATE);
}

#[test]
fn a_project_that_silences_the_audit() {
    let test = "configuration::a_project_that_silences_the_audit";
    refused_in_project(test, "[audit]\nenabled = false\n");
}

#[test]
fn an_unknown_key_in_a_project() {
    refused_in_project("configuration::an_unknown_key_in_a_project", "[defaults]\ncuont = 3\n");
}

#[test]
fn a_variable_misspelt() {
    let name = "PERSONA_AUDIT__RETENTON_DAYS";
    refused_with_variable("configuration::a_variable_misspelt", name, OsStr::new("90"));
}

#[test]
fn a_variable_that_does_not_fit() {
    let name = "PERSONA_AUDIT__RETENTION_DAYS";
    refused_with_variable(
        "configuration::a_variable_that_does_not_fit",
        name,
        OsStr::new("ninety"),
    );
}

#[test]
fn a_variable_that_is_not_text() {
    let value = OsStr::from_bytes(b"\xff");
    refused_with_variable(
        "configuration::a_variable_that_is_not_text",
        "PERSONA_AUDIT__USER",
        value,
    );
}

#[test]
fn a_store_that_holds_the_state() {
    let name = "PERSONA_AUDIT__STORE_PATH";
    refused_with_variable("configuration::a_store_that_holds_the_state", name, OsStr::new("/"));
}

#[test]
fn a_value_that_is_not_set() {
    let machine = machine();
    machine.run(&["config", "set", "defaults.format", "json"]).exits(0);
    let words = ["config", "unset", "defaults.count"];
    expect_refused("configuration::a_value_that_is_not_set", &machine, &words);
}

#[test]
fn a_configuration_that_cannot_be_written() {
    let machine = machine();
    let words = ["config", "set", "defaults.count", "3"];
    let home = [("PERSONA_HOME", UNWRITABLE)];
    expect("configuration::a_configuration_that_cannot_be_written", |more| {
        run_with(&machine, &home, &[&words, more].concat())
    });
}
