//! Output folders, exports and standard output that take nothing, or nothing more.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::{UNWRITABLE, assert_closed, assert_verifies, expect, expect_text};
use crate::support::{Done, Machine};

fn machine() -> Machine {
    let machine = Machine::new();
    machine.small_survey();
    machine
}

/// The command in a shell that lets no file grow beyond `kibibytes`, as a full disk would not.
pub(super) fn on_full_disk(machine: &Machine, kibibytes: u32, words: &[&str]) -> Done {
    let plain = machine.command(words);
    let limit = format!("trap '' XFSZ; ulimit -f {kibibytes}; exec \"$0\" \"$@\"");
    let mut command = Command::new("bash");
    command.args(["-c", &limit]).arg(plain.get_program()).args(plain.get_args());
    command.current_dir(machine.work()).env("HOME", machine.home());
    // Where coverage is counted, its file would be the one that finds no room.
    command.env("LLVM_PROFILE_FILE", "/dev/null");
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Done::of(&command.output().unwrap())
}

/// A run into a folder that takes nothing: refused before it is opened.
fn refused_into(test: &str, folder: &str) {
    let machine = machine();
    let before = machine.snapshot();
    let words = ["generate", "small.csv", "-o", folder];
    expect(test, |more| machine.run(&[&words, more].concat()));
    assert_eq!(machine.snapshot(), before);
}

#[test]
fn an_output_folder_below_a_file() {
    refused_into("output::an_output_folder_below_a_file", "small.csv/output");
}

#[test]
fn an_output_folder_that_is_a_file() {
    refused_into("output::an_output_folder_that_is_a_file", "small.csv");
}

#[test]
fn an_output_folder_that_cannot_be_made() {
    let folder = format!("{UNWRITABLE}/personas");
    refused_into("output::an_output_folder_that_cannot_be_made", &folder);
}

#[test]
fn an_output_folder_that_cannot_be_written() {
    refused_into("output::an_output_folder_that_cannot_be_written", UNWRITABLE);
}

#[test]
fn a_disk_that_is_full_before_the_folder_stands() {
    let machine = machine();
    let rows = "1\n2\n3\n4\n5\n".repeat(4000);
    machine.file("large.csv", format!("answer\n{rows}").as_bytes());
    expect("output::a_disk_that_is_full_before_the_folder_stands", |more| {
        let words = ["generate", "large.csv", "-n", "1"];
        let done = on_full_disk(&machine, 400, &[&words, more].concat());
        assert_closed(&machine, "output", "write", "cannot be written");
        done
    });
    machine.generate(&machine.work().join("small.csv"), &[]);
    assert_verifies(&machine);
}

/// Runs with a device for standard output that is always full.
fn into_full_device(machine: &Machine, words: &[&str]) -> Done {
    let full = File::options().write(true).open("/dev/full").unwrap();
    Done::of(&machine.command(words).stdout(full).output().unwrap())
}

#[test]
fn standard_output_is_full_after_a_run() {
    let machine = machine();
    expect("output::standard_output_is_full_after_a_run", |more| {
        into_full_device(&machine, &[&["generate", "small.csv"], more].concat())
    });
    assert_eq!(machine.visible_outputs().len(), 2, "both runs are finished and kept");
    assert_verifies(&machine);
}

#[test]
fn standard_output_is_full() {
    let machine = machine();
    machine.generate(&machine.work().join("small.csv"), &[]);
    for words in [&["audit", "list"][..], &["audit", "show", "@last"], &["config", "list"]] {
        expect("output::standard_output_is_full", |more| {
            into_full_device(&machine, &[words, more].concat())
        });
    }
    for words in [&["completions", "bash"][..], &["audit", "export", "--format", "json"]] {
        expect_text("output::standard_output_is_full", &into_full_device(&machine, words));
    }
}

#[test]
fn a_reader_that_leaves() {
    let machine = machine();
    machine.generate(&machine.work().join("small.csv"), &[]);
    let commands: [&[&str]; 7] = [
        &["audit", "list"],
        &["audit", "list", "--json"],
        &["audit", "show", "@last"],
        &["audit", "export", "--format", "json"],
        &["completions", "bash"],
        &["config", "list", "--json"],
        &["generate", "small.csv", "--json"],
    ];
    for words in commands {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let done = Done::of(&machine.command(words).stdout(writer).output().unwrap());
        expect_text("output::a_reader_that_leaves", &done);
    }
    assert_eq!(machine.visible_outputs().len(), 2);
    assert_verifies(&machine);
}

#[test]
fn a_reader_that_takes_one_line() {
    let machine = machine();
    let mut command = machine.command(&["completions", "bash"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    expect_text(
        "output::a_reader_that_takes_one_line",
        &Done::of(&child.wait_with_output().unwrap()),
    );
}

/// An export to a file: the words but for the path are always the same.
fn refused_export(test: &str, path: &str) {
    let machine = machine();
    machine.generate(&machine.work().join("small.csv"), &[]);
    let before = machine.snapshot();
    expect_text(test, &machine.run(&["audit", "export", "--format", "json", "-o", path]));
    assert_eq!(machine.snapshot(), before);
}

#[test]
fn an_export_into_a_folder_that_is_not_there() {
    refused_export("output::an_export_into_a_folder_that_is_not_there", "no/export.json");
}

#[test]
fn an_export_below_a_file() {
    refused_export("output::an_export_below_a_file", "small.csv/export.json");
}

#[test]
fn an_export_onto_a_folder() {
    refused_export("output::an_export_onto_a_folder", "output");
}

#[test]
fn an_export_that_finds_the_disk_full() {
    let machine = machine();
    // Names of columns are recorded: these make a record of some 200 kB.
    let header: Vec<String> = (0..200).map(|n| format!("{n}{}", "x".repeat(1000))).collect();
    let row = vec!["1"; header.len()].join(",");
    let wide = format!("{}\n{row}\n{row}\n", header.join(","));
    machine.generate(&machine.file("wide.csv", wide.as_bytes()), &["-n", "1"]);
    let before = machine.snapshot();
    let words = ["audit", "export", "--format", "json", "-o", "export.json"];
    let test = "output::an_export_that_finds_the_disk_full";
    expect_text(test, &on_full_disk(&machine, 64, &words));
    assert_eq!(machine.snapshot(), before);
}
