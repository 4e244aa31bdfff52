//! The JSON store after kills and power cuts: what was acknowledged is there, what follows from it is caught
//! up, and no verdict changes.

use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::PathBuf;

use persona_audit::{AuditConfig, Code, Query, StoreKind, Verdict};

use crate::support::{Home, assert_verdict, copy, opening};

fn home() -> Home {
    let home = Home::of_files();
    home.complete("one");
    drop(home.recorder().start(&opening("left open")).unwrap());
    home.fail("two");
    home
}

fn file(home: &Home, name: &str) -> PathBuf {
    home.path("audit/json").join(name)
}

fn entry(home: &Home, index: usize) -> PathBuf {
    file(home, &format!("{index:016}.json"))
}

/// The states in which a kill or a power cut may leave a file that is not synced.
fn torn(good: &[u8]) -> Vec<Vec<u8>> {
    let lines = good.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let mut torn: Vec<Vec<u8>> = Vec::new();
    for end in lines {
        torn.push(good[..end].to_vec());
        torn.push(good[..end - 10].to_vec());
        // The length was written, and of the bytes only some.
        let mut zeros = good.to_vec();
        zeros[end - 10..].fill(0);
        torn.push(zeros);
        let mut hole = good.to_vec();
        hole[end - 10..end].fill(0);
        torn.push(hole);
    }
    torn
}

#[test]
fn derived_files_that_are_behind_are_caught_up_and_change_no_verdict() {
    let home = home();
    let records = home.trail().list(&Query::default()).unwrap();
    let pristine = tempfile::tempdir().unwrap();
    copy(home.folder.path(), pristine.path());
    for name in ["columns.jsonl", "tiles/hashes"] {
        let path = file(&home, name);
        let good = fs::read(&path).unwrap();
        for (number, bytes) in torn(&good).into_iter().enumerate() {
            fs::write(&path, &bytes).unwrap();
            let what = format!("{name}, state {number}");
            let verification = home.verify();
            assert_eq!(verification.verdict, Verdict::Verified, "{what}: {verification:#?}");
            assert_eq!(home.trail().list(&Query::default()).unwrap(), records, "{what}");
            assert_eq!(fs::read(&path).unwrap(), bytes, "readers write nothing");
            // Not every state is carried on: an append is many syncs.
            if number % 5 == 0 {
                home.fail("next");
                assert!(fs::read(&path).unwrap().starts_with(&good), "{what} was not caught up");
                assert_verdict(&home.verify(), Verdict::Verified);
                for folder in ["audit", "state"] {
                    fs::remove_dir_all(home.path(folder)).unwrap();
                    copy(&pristine.path().join(folder), &home.path(folder));
                }
            }
        }
    }
    fs::remove_file(file(&home, "columns.jsonl")).unwrap();
    fs::remove_dir_all(file(&home, "tiles")).unwrap();
    assert_verdict(&home.verify(), Verdict::Verified);
    home.fail("next");
    assert_verdict(&home.verify(), Verdict::Verified);
    let size = home.verify().checked.entries;
    let columns = fs::read_to_string(file(&home, "columns.jsonl")).unwrap();
    assert_eq!(u64::try_from(columns.lines().count()).unwrap(), size);
}

#[test]
fn what_a_killed_writer_leaves_is_named_and_removed_by_the_next() {
    let home = home();
    let next = usize::try_from(home.verify().checked.entries).unwrap();
    let newest = fs::read(entry(&home, next - 1)).unwrap();
    // Killed while it wrote; killed between the two names of an entry.
    fs::write(file(&home, ".tmp-0000000000000099.json"), &newest[..70]).unwrap();
    let linked = file(&home, &format!(".tmp-{:016}.json", next - 1));
    fs::hard_link(entry(&home, next - 1), &linked).unwrap();
    let found = home.verify();
    assert_verdict(&found, Verdict::Verified);
    let strays = found.findings.iter().filter(|finding| finding.code == Code::StrayFile);
    assert_eq!(strays.count(), 2, "{:#?}", found.findings);
    home.fail("next");
    assert!(!linked.exists() && !file(&home, ".tmp-0000000000000099.json").exists());
    assert_eq!(fs::read(entry(&home, next - 1)).unwrap(), newest);
    let after = home.verify();
    assert_verdict(&after, Verdict::Verified);
    assert!(after.findings.iter().all(|finding| finding.code != Code::StrayFile));
}

#[test]
fn a_writer_killed_after_an_entry_had_its_name_is_gone_on_from() {
    let home = home();
    let size = home.verify().checked.entries;
    let before: Vec<Vec<u8>> =
        ["columns.jsonl", "tiles/hashes"].map(|name| fs::read(file(&home, name)).unwrap()).into();
    home.complete("acknowledged");
    // As if it had been killed before the derived files were written, and the mark with them.
    for (name, bytes) in ["columns.jsonl", "tiles/hashes"].iter().zip(&before) {
        fs::write(file(&home, name), bytes).unwrap();
    }
    assert_verdict(&home.verify(), Verdict::Verified);
    assert_eq!(home.verify().checked.entries, size + 2);
    home.complete("next");
    assert_verdict(&home.verify(), Verdict::Verified);
    assert_eq!(home.verify().checked.entries, size + 4);
    assert_eq!(home.trail().list(&Query::default()).unwrap().len(), 5);
}

#[test]
fn files_are_private_and_readers_make_none() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::of_files();
    assert_verdict(&home.verify(), Verdict::Unverifiable);
    assert!(!home.path("audit").exists(), "reading makes nothing");
    home.complete("one");
    for name in ["", "tiles", "lock", "columns.jsonl", "tiles/hashes", "0000000000000000.json"] {
        let metadata = fs::metadata(file(&home, name)).unwrap();
        let wanted = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(metadata.permissions().mode() & 0o777, wanted, "{name}");
    }
    let listed = |path: PathBuf| {
        let mut names: Vec<_> =
            fs::read_dir(path).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = listed(file(&home, ""));
    home.verify();
    home.trail().list(&Query::default()).unwrap();
    assert_eq!(listed(file(&home, "")), before);
}

#[test]
fn a_log_that_was_taken_over_verifies_and_goes_on() {
    let home = Home::new();
    home.complete("one");
    home.fail("two");
    let old = home.trail().checkpoint().unwrap();
    let store = StoreKind::Json;
    let config = AuditConfig { store, store_path: home.path("files"), ..home.config.clone() };
    home.trail().migrate_to(&config, &mut |_| ControlFlow::Continue(())).unwrap();
    let moved = Home { config, ..home };
    assert_verdict(&moved.verify(), Verdict::Verified);
    assert_eq!(moved.trail().checkpoint().unwrap(), old);
    let checkpoint = |index: usize| {
        let path = moved.path(&format!("files/json/{index:016}.json"));
        let value: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        value["checkpoint"].as_str().map(ToOwned::to_owned)
    };
    let kept: Vec<bool> = (0..5).map(|index| checkpoint(index).is_some()).collect();
    assert_eq!(kept, [true, false, false, false, true], "those kept for ever, and the head's");
    moved.complete("three");
    assert_verdict(&moved.verify(), Verdict::Verified);
    assert!(checkpoint(5).is_some() && checkpoint(6).is_some());
}

#[test]
fn an_entry_as_large_as_files_may_be_is_refused_as_a_whole() {
    let home = home();
    let path = entry(&home, 2);
    let good = fs::read(&path).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(65 * 1024 * 1024).unwrap();
    assert_verdict(&home.verify(), Verdict::Tampered);
    fs::write(&path, good).unwrap();
    assert_verdict(&home.verify(), Verdict::Verified);
}
