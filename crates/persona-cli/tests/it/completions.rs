//! What a shell is answered, asked as its script asks. Nothing is written by asking, and nothing said when it fails.

#![expect(clippy::unwrap_used, reason = "a test that cannot look at its files has failed")]
#![expect(clippy::disallowed_methods, reason = "tests write the files they need")]

use std::{collections::BTreeMap, fs, path::Path, process::Command, time::Instant};

use crate::process::{Ended, World};

/// Asks as the script of a shell does; the last word is the one at the cursor.
fn ask(world: &World, shell: &str, words: &[&str]) -> Ended {
    let mut command = world.persona(&["--", "persona"]);
    command.args(words).env("PERSONA_COMPLETE", shell).env("_CLAP_IFS", "\n");
    command.env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    Ended::from(command.output().unwrap())
}

fn answers(world: &World, words: &[&str]) -> Vec<String> {
    let ended = ask(world, "bash", words);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    ended.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn runs_are_offered_newest_first_with_what_they_were() {
    let world = World::new();
    let first = world.complete("one").audit_id.to_string();
    let second = world.fail("two").audit_id.to_string();
    let all = ["@last".to_owned(), second.clone(), first.clone()];
    for words in [
        &["audit", "show", ""][..],
        &["audit", "verify", ""],
        &["audit", "verify", "@last", ""],
        &["audit", "export", "--format", "json", "--id", ""],
        &["audit", "repair", ""],
    ] {
        let offered = answers(&world, words);
        assert!(all.iter().all(|id| offered.contains(id)), "{words:?} {offered:?}");
    }
    assert_eq!(answers(&world, &["audit", "show", &first]), std::slice::from_ref(&first));
    let told = ask(&world, "fish", &["audit", "show", &second]).stdout;
    assert!(told.contains(&second) && told.contains(" failed "), "{told}");
}

#[test]
fn asking_changes_nothing_and_closes_no_run() {
    let world = World::new();
    assert_eq!(answers(&world, &["audit", "show", "0"]), Vec::<String>::new());
    assert_eq!(fs::read_dir(world.folder()).unwrap().count(), 0);
    let id = world.cut_off("gone");
    let before = files(world.folder());
    assert!(answers(&world, &["audit", "repair", ""]).contains(&id));
    assert_eq!(files(world.folder()), before);
}

/// Every file but those SQLite puts beside a store that is read.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if path.is_dir() {
            found.insert(name, Vec::new());
            found.extend(files(&path));
        } else if !name.ends_with("-shm") && !name.ends_with("-wal") {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn what_cannot_be_read_offers_nothing_and_says_nothing() {
    let corrupt = World::new();
    corrupt.complete("one");
    fs::write(corrupt.home("audit").join("audit.db"), "no database").unwrap();
    let misconfigured = World::new();
    misconfigured.complete("one");
    fs::write(misconfigured.home("config.toml"), "[audit\n").unwrap();
    for world in [corrupt, misconfigured] {
        assert_eq!(answers(&world, &["audit", "show", "0"]), Vec::<String>::new());
        assert!(answers(&world, &["config", "get", "audit.e"]).contains(&"audit.enabled".into()));
    }
}

#[test]
fn a_locked_store_keeps_no_shell_waiting() {
    let world = World::new();
    world.complete("one");
    let store = rusqlite::Connection::open(world.home("audit").join("audit.db")).unwrap();
    store.pragma_update(None, "locking_mode", "EXCLUSIVE").unwrap();
    store.execute_batch("PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE").unwrap();
    let began = Instant::now();
    assert_eq!(answers(&world, &["audit", "show", "0"]), Vec::<String>::new());
    assert!(began.elapsed().as_secs() < 4, "less than the five seconds a reader waits");
}

#[test]
fn a_variable_alone_completes_nothing() {
    let world = World::new();
    let mut command = world.persona(&["config", "get", "defaults.count"]);
    let ended = Ended::from(command.env("PERSONA_COMPLETE", "bash").output().unwrap());
    assert_eq!(ended.stdout, "auto\n");
    let strange = ask(&world, "tcsh", &["config", ""]);
    assert_eq!((strange.code, strange.stdout.as_str(), strange.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn the_script_of_bash_works_in_bash() {
    let world = World::new();
    let id = world.complete("one").audit_id.to_string();
    let script = world.folder().join("script");
    fs::write(&script, world.run(&["completions", "bash"]).stdout).unwrap();
    let ask = "source \"$1\"; shift; COMP_TYPE=9; COMP_CWORD=$(($# - 1)); COMP_WORDS=(\"$@\"); \
               _clap_complete_persona persona \"${COMP_WORDS[COMP_CWORD]}\"; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", ask, "bash"]).arg(script).args(["persona", "audit", "show", "0"]);
    bash.env("PERSONA_HOME", world.folder().join("home")).current_dir(world.folder());
    let ended = Ended::from(bash.output().unwrap());
    assert_eq!(ended.stdout, format!("{id}\n"), "{}", ended.stderr);
}
