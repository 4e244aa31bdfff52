//! Folders that appear whole or not at all, also with many at once.

use super::*;
use crate::digest::sha256_hex;
use proptest::prelude::*;
use rustix::fs::{FileType, Mode, mknodat};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<String> =
        entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn appears_whole_with_private_modes_and_digests() {
    let home = tempfile::tempdir().unwrap();
    let parent = home.path().join("made/on the way");
    let mut staging = Staging::create(&parent, "run").unwrap();
    staging.write("personas.json", b"{}").unwrap();
    let digest = staging.write("personas/persona-001.md", b"abc").unwrap();
    assert!(!staging.final_path().exists());
    let expected = [("personas.json", sha256_hex(b"{}")), ("personas/persona-001.md", digest)];
    assert_eq!(staging.files(), expected.map(|(path, hex)| (path.to_owned(), hex)));
    let path = staging.publish().unwrap();
    assert_eq!(
        (path.as_path(), names(&parent)),
        (parent.join("run").as_path(), vec!["run".to_owned()])
    );
    assert_eq!(names(&path), ["personas", "personas.json"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join("personas.json"))), (0o700, 0o600));
    }
}

#[test]
fn parents_made_for_nothing_go_and_others_stay() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("there")).unwrap();
    let parent = home.path().join("there/made/for it");
    drop(Staging::create(&parent, "run").unwrap());
    assert_eq!(
        (names(home.path()), names(&home.path().join("there")).len()),
        (vec!["there".to_owned()], 0)
    );
    let failing = Staging::create(&parent, "one").unwrap();
    let mut other = Staging::create(&parent, "two").unwrap();
    other.write("a", b"1").unwrap();
    drop(failing);
    other.publish().unwrap();
    assert_eq!(names(&parent), ["two"]);
}

#[test]
fn runs_that_fail_beside_one_that_starts_do_not_take_its_parent() {
    let home = tempfile::tempdir().unwrap();
    let parent = home.path().join("made");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    drop(Staging::create(&parent, "run").unwrap());
                }
            });
        }
    });
    // Who made the folder may have gone before the others: then it stays, empty.
    assert!(!parent.exists() || names(&parent).is_empty());
}

#[test]
fn a_taken_name_gets_a_number() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("run")).unwrap();
    let second = Staging::create(home.path(), "run").unwrap();
    assert_eq!(second.final_path(), home.path().join("run-2"));
    drop(second);
    assert_eq!(names(home.path()), ["run"]);
}

#[test]
fn a_name_taken_meanwhile_is_never_replaced_not_even_when_empty() {
    let home = tempfile::tempdir().unwrap();
    let mut staging = Staging::create(home.path(), "run").unwrap();
    staging.write("a", b"1").unwrap();
    fs::create_dir(home.path().join("run")).unwrap();
    let mut failed = staging.publish().unwrap_err();
    assert!(matches!(failed.source, OutputError::NameTaken { .. }));
    assert!(names(&home.path().join("run")).is_empty());
    assert_eq!(failed.staging.rename().unwrap(), home.path().join("run-2"));
    let path = failed.staging.publish().unwrap();
    assert_eq!(names(&path), ["a"]);
    assert_eq!(names(home.path()), ["run", "run-2"]);
}

#[test]
fn more_files_than_are_kept_open_arrive_and_nothing_stays_unsynced() {
    let home = tempfile::tempdir().unwrap();
    let mut staging = Staging::create(home.path(), "run").unwrap();
    for number in 0..=OPEN {
        staging.write(&format!("personas/{number:03}"), number.to_string().as_bytes()).unwrap();
        assert!(staging.unsynced.len() < OPEN);
    }
    assert_eq!(staging.unsynced.len(), 1);
    let path = staging.publish().unwrap().join("personas");
    assert_eq!(names(&path).len(), OPEN + 1);
    assert_eq!(fs::read_to_string(path.join("064")).unwrap(), "64");
}

#[test]
fn what_was_lost_is_not_published_by_trying_again() {
    let home = tempfile::tempdir().unwrap();
    let mut staging = Staging::create(home.path(), "run").unwrap();
    staging.write("a", b"1").unwrap();
    // A socket pair is a file that no disk holds: its sync fails.
    let (unsyncable, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    let file = File::from(std::os::fd::OwnedFd::from(unsyncable));
    staging.unsynced.push(("a".into(), file));
    let failed = staging.publish().unwrap_err();
    assert!(matches!(failed.source, OutputError::Io { .. }));
    let mut staging = failed.staging;
    staging.unsynced.clear();
    assert!(matches!(staging.publish().unwrap_err().source, OutputError::Io { .. }));
    assert!(names(home.path()).is_empty());
}

#[test]
fn leftovers_of_killed_runs_go_and_those_of_running_ones_stay() {
    let home = tempfile::tempdir().unwrap();
    let killed = home.path().join(".persona-killed");
    fs::create_dir_all(killed.join(FILES).join("personas")).unwrap();
    File::create(killed.join(LOCK)).unwrap();
    fs::create_dir(home.path().join(".persona-cut short")).unwrap();
    fs::create_dir_all(home.path().join(".persona-not ours/data")).unwrap();
    let piped = home.path().join(".persona-piped");
    fs::create_dir(&piped).unwrap();
    mknodat(CWD, piped.join(LOCK), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let running = Staging::create(home.path(), "one").unwrap();
    let next = Staging::create(home.path(), "two").unwrap();
    assert!(running.folder().exists() && next.folder().exists());
    assert_eq!(names(home.path()).len(), 4);
    drop((running, next));
    assert_eq!(names(home.path()), [".persona-not ours", ".persona-piped"]);
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut staging = Staging::create(home.path(), "run").unwrap();
    for name in ["../x", "/x", "a/b/c", "", ".", ".hidden", "a/", "a//b", "a/../b", "./a"] {
        assert!(matches!(staging.write(name, b""), Err(OutputError::BadName { .. })), "{name}");
    }
    assert!(matches!(Staging::create(home.path(), "a/b"), Err(OutputError::BadName { .. })));
    staging.write("a", b"").unwrap();
    assert!(staging.write("a", b"").is_err(), "a file is written once");
}

#[test]
fn many_at_once_never_share_a_name() {
    let home = tempfile::tempdir().unwrap();
    let publish = |number: usize| {
        let mut staging = Staging::create(home.path(), "run").unwrap();
        staging.write("who", number.to_string().as_bytes()).unwrap();
        loop {
            match staging.publish() {
                Ok(path) => return path,
                Err(Unpublished { staging: back, source }) => {
                    assert!(matches!(source, OutputError::NameTaken { .. }), "{source:?}");
                    staging = *back;
                    staging.rename().unwrap();
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let handles: Vec<_> =
            (0..16).map(|number| scope.spawn(move || (number, publish(number)))).collect();
        for handle in handles {
            let (number, path) = handle.join().unwrap();
            assert_eq!(fs::read_to_string(path.join("who")).unwrap(), number.to_string());
        }
    });
    assert_eq!(names(home.path()).len(), 16);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn publishing_never_changes_what_was_there(taken in proptest::collection::btree_set(1_usize..6, 0..5)) {
        let home = tempfile::tempdir().unwrap();
        for number in &taken {
            let name = if *number == 1 { "run".to_owned() } else { format!("run-{number}") };
            fs::create_dir(home.path().join(name)).unwrap();
        }
        let before = names(home.path());
        let mut staging = Staging::create(home.path(), "run").unwrap();
        staging.write("a", b"").unwrap();
        let path = staging.publish().unwrap();
        let first_free = (1..9).find(|number| !taken.contains(number)).unwrap();
        let expected = if first_free == 1 { "run".to_owned() } else { format!("run-{first_free}") };
        prop_assert_eq!(path, home.path().join(expected));
        for name in before {
            prop_assert!(names(&home.path().join(name)).is_empty());
        }
    }
}
