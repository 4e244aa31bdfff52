//! Key files that are missing, wrong, or open to others: nothing is generated, and the log stays readable.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{assert_verifies, expect_refused};
use crate::support::Machine;

/// Changes the log's key after a run, and expects that the next run is refused and the log still verifies.
fn refused(test: &str, change: impl Fn(&Path)) {
    let machine = Machine::new();
    let data = machine.small_survey();
    machine.generate(&data, &[]);
    change(&machine.home().join(".persona/keys/log.pem"));
    expect_refused(test, &machine, &["generate", "small.csv"]);
    assert_verifies(&machine);
}

#[test]
fn a_key_that_others_may_read() {
    refused("keys::a_key_that_others_may_read", |key| {
        fs::set_permissions(key, Permissions::from_mode(0o644)).unwrap();
    });
}

#[test]
fn a_key_that_is_missing() {
    refused("keys::a_key_that_is_missing", |key| fs::remove_file(key).unwrap());
}

#[test]
fn a_key_of_another_log() {
    refused("keys::a_key_of_another_log", |key| {
        fs::copy(key.with_file_name("attest.pem"), key).unwrap();
    });
}

#[test]
fn a_key_file_that_holds_something_else() {
    refused("keys::a_key_file_that_holds_something_else", |key| fs::write(key, "zork\n").unwrap());
}

#[test]
fn a_key_file_that_cannot_be_read() {
    refused("keys::a_key_file_that_cannot_be_read", |key| {
        fs::remove_file(key).unwrap();
        fs::create_dir(key).unwrap();
    });
}

#[test]
fn a_key_folder_that_is_a_file() {
    refused("keys::a_key_folder_that_is_a_file", |key| {
        let folder = key.parent().unwrap();
        fs::remove_dir_all(folder).unwrap();
        fs::write(folder, "").unwrap();
    });
}
