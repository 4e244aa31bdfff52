//! Logs that are moved, were moved, or cannot be.

use std::fs;

use super::output::on_full_disk;
use super::page::expect_both;
use super::{assert_verifies, expect, expect_refused, run_with};
use crate::support::{Done, Machine};

const MOVE: [&str; 4] = ["audit", "migrate", "--to", "json"];
const LIST: [&str; 2] = ["audit", "list"];
const JSON: [(&str, &str); 1] = [("PERSONA_AUDIT__STORE", "json")];

/// A machine with one run on record.
fn recorded() -> Machine {
    let machine = Machine::new();
    let data = machine.small_survey();
    machine.generate(&data, &[]);
    machine
}

#[test]
fn a_log_that_was_moved() {
    let machine = recorded();
    machine.run(&MOVE).exits(0);
    for words in [&LIST[..], &["audit", "verify"], &["audit", "repair"], &MOVE] {
        expect_refused("moves::a_log_that_was_moved", &machine, words);
    }
}

#[test]
fn a_run_where_the_log_was() {
    let machine = recorded();
    machine.run(&MOVE).exits(0);
    expect_refused("moves::a_run_where_the_log_was", &machine, &["generate", "small.csv"]);
}

#[test]
fn a_log_that_has_not_arrived() {
    let machine = recorded();
    machine.run_with_fault("staged=KILL", &MOVE);
    expect("moves::a_log_that_has_not_arrived", |more| {
        run_with(&machine, &JSON, &[&LIST, more].concat())
    });
    assert_verifies(&machine);
}

#[test]
fn a_log_with_a_run_without_an_end() {
    let machine = recorded();
    machine.run_with_fault("opened=KILL", &["generate", "small.csv"]);
    expect_refused("moves::a_log_with_a_run_without_an_end", &machine, &MOVE);
    machine.run(&["audit", "repair"]).exits(0);
    machine.run(&MOVE).exits(0);
}

#[test]
fn a_move_onto_itself() {
    let words = ["audit", "migrate", "--to", "sqlite"];
    expect_refused("moves::a_move_onto_itself", &recorded(), &words);
}

#[test]
fn a_move_onto_itself_where_no_log_is() {
    let words = ["audit", "migrate", "--to", "sqlite"];
    expect_refused("moves::a_move_onto_itself_where_no_log_is", &Machine::new(), &words);
}

#[test]
fn a_move_where_no_log_is() {
    expect_refused("moves::a_move_where_no_log_is", &Machine::new(), &MOVE);
}

#[test]
fn ctrl_c_while_a_log_is_copied() {
    let machine = recorded();
    let stopped = |more: &[&str]| machine.run_with_fault("staged=INT", &[&MOVE, more].concat());
    expect_both("moves::ctrl_c_while_a_log_is_copied", &stopped(&[]), &stopped(&["--json"]));
    assert_verifies(&machine);
    machine.run(&MOVE).exits(0);
}

const BACKUP: [&str; 3] = ["audit", "backup", "kept.db"];

#[test]
fn a_backup_onto_a_file() {
    let machine = recorded();
    machine.file("kept.db", b"somebody's");
    expect_refused("moves::a_backup_onto_a_file", &machine, &BACKUP);
}

#[test]
fn a_backup_into_a_folder_that_is_not_there() {
    let words = ["audit", "backup", "no/kept.db"];
    expect_refused("moves::a_backup_into_a_folder_that_is_not_there", &recorded(), &words);
}

#[test]
fn a_backup_that_finds_the_disk_full() {
    let machine = recorded();
    let before = machine.snapshot();
    expect("moves::a_backup_that_finds_the_disk_full", |more| {
        on_full_disk(&machine, 40, &[&BACKUP, more].concat())
    });
    assert_eq!(machine.snapshot(), before);
}

#[test]
fn a_backup_of_a_changed_record() {
    let machine = recorded();
    let change = "UPDATE entry SET public = \
        CAST(replace(CAST(public AS TEXT), 'embedded', 'imbedded') AS BLOB)";
    let database = rusqlite::Connection::open(machine.store().join("audit.db")).unwrap();
    database.execute_batch(change).unwrap();
    drop(database);
    expect_refused("moves::a_backup_of_a_changed_record", &machine, &BACKUP);
}

#[test]
fn a_move_with_an_option_of_another_store() {
    let words = ["audit", "migrate", "--to", "json", "--log", "zork"];
    expect_refused("moves::a_move_with_an_option_of_another_store", &recorded(), &words);
    let machine = recorded();
    for words in [
        ["--to", "sqlite", "--database-url", "postgresql://u@h/d"],
        ["--to", "postgres", "--store-path", "elsewhere"],
    ] {
        machine.run(&[&["audit", "migrate"][..], &words].concat()).exits(2);
    }
}

#[test]
fn a_database_that_is_not_named() {
    let machine = recorded();
    let words = ["audit", "migrate", "--to", "postgres"];
    expect_refused("moves::a_database_that_is_not_named", &machine, &words);
}

#[test]
fn a_database_address_that_is_none() {
    let machine = recorded();
    let secret = "mysql://ada:open-sesame@db.example.org/lab";
    let set = ["config", "set", "audit.database_url", secret];
    expect("moves::a_database_address_that_is_none", |more| {
        let done = machine.run(&[&set, more].concat());
        assert!(!done.stderr.contains("sesame"), "{}", done.stderr);
        done
    });
    assert_eq!(machine.files_holding("sesame"), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_database_address_that_does_not_read() {
    let machine = recorded();
    let test = "moves::a_database_address_that_does_not_read";
    for url in [
        "postgresql://ada:open-sesame@db:99999/lab",
        "postgresql://ada:p@open-sesame@db/lab",
        "postgresql://ada:open-sesame@db/lab?zork=1",
    ] {
        let file = format!("[audit]\ndatabase_url = \"{url}\"\n");
        let home = machine.home().join(".persona");
        let set = ["config", "set", "audit.database_url", url];
        let to = ["audit", "migrate", "--to", "postgres", "--database-url", url];
        let variable = [("PERSONA_AUDIT__DATABASE_URL", url)];
        let masked = |done: Done| {
            assert!(!done.stderr.contains("sesame"), "{}", done.stderr);
            done
        };
        expect(test, |more| masked(machine.run(&[&set, more].concat())));
        expect(test, |more| masked(machine.run(&[&to[..], more].concat())));
        expect(test, |more| masked(run_with(&machine, &variable, &[&LIST, more].concat())));
        fs::write(home.join("config.toml"), file).unwrap();
        expect(test, |more| masked(machine.run(&[&LIST, more].concat())));
        fs::remove_file(home.join("config.toml")).unwrap();
    }
}

#[test]
fn a_project_that_names_a_database() {
    let machine = recorded();
    machine.file("persona.toml", b"[audit]\ndatabase_url = \"postgresql://u:open-sesame@h/d\"\n");
    expect("moves::a_project_that_names_a_database", |more| {
        let done = machine.run(&[&LIST, more].concat());
        assert!(!done.stderr.contains("sesame"), "{}", done.stderr);
        done
    });
}

#[test]
fn a_password_is_shown_nowhere() {
    let machine = recorded();
    let url = "postgresql://ada:open-sesame@127.0.0.1:1/lab";
    let said = machine.run(&["config", "set", "audit.database_url", url, "--json"]).exits(0);
    let config = machine.home().join(".persona/config.toml");
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&config).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(machine.files_holding("sesame"), [config]);
    let postgres = [("PERSONA_AUDIT__STORE", "postgres")];
    let words: [&[&str]; 8] = [
        &["config", "get", "audit.database_url"],
        &["config", "get", "audit.database_url", "--json"],
        &["config", "list"],
        &["config", "list", "--json"],
        &["config", "set", "audit.database_url", url],
        &["doctor", "--json"],
        &["generate", "small.csv", "-v"],
        &["audit", "list", "-v"],
    ];
    let mut printed = vec![said];
    printed.extend(words.iter().map(|words| machine.run(words)));
    printed.extend(words.iter().map(|words| run_with(&machine, &postgres, words)));
    printed.push(machine.run(&["audit", "migrate", "--to", "postgres", "--database-url", url]));
    for done in printed {
        let text = done.stdout + &done.stderr;
        assert!(!text.contains("sesame"), "{text}");
    }
    assert_eq!(machine.files_holding("sesame").len(), 1, "it is in no record");
}
