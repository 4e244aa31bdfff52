//! Several machines on one log, and what keeps one of them out: nothing is appended.

use super::{assert_verifies, expect, expect_refused};
use crate::machines::{Sharing, first, first_key};
use crate::support::Machine;

const GENERATE: [&str; 2] = ["generate", "small.csv"];
const ADMIT: [&str; 3] = ["audit", "keys", "admit"];

/// Expects that a machine beside `first` is refused, and that neither it nor the store was changed.
fn refused_beside(test: &str, first: &Machine, words: &[&str]) {
    let second = Sharing::with(first);
    let before = first.snapshot();
    expect(test, |more| second.run(&[words, more].concat()));
    assert_eq!(first.snapshot(), before, "{test}: the store was changed");
    assert!(!second.has_made_anything(), "{test}: something was made");
}

#[test]
fn a_machine_that_is_not_admitted_yet() {
    let first = first();
    let second = Sharing::with(&first);
    second.trusts();
    expect("machines::a_machine_that_is_not_admitted_yet", |more| {
        second.run(&[&GENERATE, more].concat())
    });
    assert_verifies(&first);
}

#[test]
fn a_pin_that_this_machine_did_not_write() {
    let first = first();
    let (second, third) = (Sharing::with(&first), Sharing::with(&first));
    for machine in [&second, &third] {
        let command = machine.trusts();
        first.run(&[&ADMIT[..], &[&command[4], &command[5]]].concat()).exits(0);
    }
    second.take_state_of(&third);
    expect("machines::a_pin_that_this_machine_did_not_write", |more| {
        second.run(&[&GENERATE, more].concat())
    });
    second.trusts();
    second.run(&GENERATE).exits(0);
    assert_verifies(&first);
}

#[test]
fn a_key_that_did_not_open_the_log() {
    let first = first();
    let words = ["audit", "keys", "export", "--key", "attest", "--format", "vkey"];
    let attest = first.run(&words).exits(0).stdout.trim_end().to_owned();
    let words = [&ADMIT[..], &["--trust", &attest]].concat();
    refused_beside("machines::a_key_that_did_not_open_the_log", &first, &words);
}

#[test]
fn a_key_of_another_log_to_trust() {
    let vkey = first_key(&first());
    let words = [&ADMIT[..], &["--trust", &vkey]].concat();
    refused_beside("machines::a_key_of_another_log_to_trust", &first(), &words);
}

#[test]
fn a_key_of_another_log_to_admit() {
    let other = first();
    let command = Sharing::with(&other).trusts();
    let words = [&ADMIT[..], &[&command[4], &command[5]]].concat();
    expect_refused("machines::a_key_of_another_log_to_admit", &first(), &words);
}

#[test]
fn a_log_to_trust_that_nothing_signed() {
    let first = Machine::new();
    first.small_survey();
    first.run(&["config", "set", "audit.sign_records", "false"]).exits(0);
    first.run(&GENERATE).exits(0);
    let vkey = first_key(&first);
    let words = [&ADMIT[..], &["--trust", &vkey]].concat();
    refused_beside("machines::a_log_to_trust_that_nothing_signed", &first, &words);
}

#[test]
fn a_log_to_trust_where_none_is() {
    let vkey = first_key(&first());
    let words = [&ADMIT[..], &["--trust", &vkey]].concat();
    refused_beside("machines::a_log_to_trust_where_none_is", &Machine::new(), &words);
}

#[test]
fn a_key_to_trust_that_is_none() {
    let words = [&ADMIT[..], &["--trust", "zork"]].concat();
    refused_beside("machines::a_key_to_trust_that_is_none", &first(), &words);
}

#[test]
fn keys_to_admit_that_are_none() {
    let words = [&ADMIT[..], &["zork", "zork"]].concat();
    expect_refused("machines::keys_to_admit_that_are_none", &first(), &words);
}

#[test]
fn one_key_to_admit_given_twice() {
    let first = first();
    let command = Sharing::with(&first).trusts();
    let words = [&ADMIT[..], &[&command[4], &command[4]]].concat();
    expect_refused("machines::one_key_to_admit_given_twice", &first, &words);
}

#[test]
fn a_name_that_fits_no_line() {
    let first = first();
    let command = Sharing::with(&first).trusts();
    let words = [&ADMIT[..], &[&command[4], &command[5], "--name", "a\nb"]].concat();
    expect_refused("machines::a_name_that_fits_no_line", &first, &words);
}

#[test]
fn a_machine_to_admit_twice() {
    let first = first();
    let command = Sharing::with(&first).trusts();
    let words = [&ADMIT[..], &[&command[4], &command[5]]].concat();
    first.run(&words).exits(0);
    expect_refused("machines::a_machine_to_admit_twice", &first, &words);
}
