//! Nothing that was erased stays, and an erasure that was cut short is finished.
#![expect(clippy::disallowed_methods, reason = "tests write files as they like")]

use std::fs;
use std::path::Path;

use super::*;
use crate::store::Store as _;
use crate::store::json::JsonStore;
use crate::testing::{Author, Contents, id, started};

fn private_half() -> Erasure {
    let audit_id = id(1).to_string();
    let half = HalfName::Private;
    Erasure { halves: vec![(3, half)], rows: vec![RowChange::Erase { audit_id, half }] }
}

fn store(home: &Path) -> JsonStore {
    let mut store = JsonStore::new(home.to_owned());
    Author::new().write_log(&mut store, 3);
    store
}

/// Every file below a folder, as one text.
fn all(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &all(&path);
        } else {
            text += &String::from_utf8_lossy(&fs::read(path).unwrap());
        }
    }
    text
}

#[test]
fn no_file_holds_what_was_erased() {
    let home = tempfile::tempdir().unwrap();
    let mut store = store(home.path());
    let entry = store.read().unwrap().entries(3, 1).unwrap().remove(0);
    let nonce = crate::base64::encode(&entry.private.nonce.unwrap());
    // What a killed writer left holds it too.
    let folder = home.path().join("json");
    fs::copy(folder.join(entry_name(3)), folder.join(".tmp-left")).unwrap();
    assert!(all(home.path()).contains("folder/1.csv") && all(home.path()).contains(&nonce));
    store.write().unwrap().erase(&private_half()).unwrap();
    let left = all(home.path());
    assert!(!left.contains("folder/1.csv") && !left.contains(&nonce), "{left}");
    assert!(left.contains("folder/2.csv"), "and no more than that");
    assert!(!folder.join(ERASING).exists());
}

#[test]
fn an_erasure_that_was_cut_short_is_seen_as_done_and_finished_by_the_next_writer() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("json");
    let mut store = store(home.path());
    let before = Contents::of(&mut store);
    let name = entry_name(3);
    let whole: Vec<Vec<u8>> =
        [COLUMNS, &name].iter().map(|name| fs::read(folder.join(name)).unwrap()).collect();
    store.write().unwrap().erase(&private_half()).unwrap();
    let after = Contents::of(&mut store);
    assert_ne!(before, after);
    let note = to_canonical(&Erasing::of(&private_half()).to_value()).unwrap();
    // Killed before the columns were rewritten, and before the entry was.
    for restored in [&[COLUMNS, name.as_str()][..], &[&name]] {
        fs::write(folder.join(ERASING), &note).unwrap();
        for (name, bytes) in [COLUMNS, &name].iter().zip(&whole) {
            if restored.contains(name) {
                fs::write(folder.join(name), bytes).unwrap();
            }
        }
        assert_eq!(Contents::of(&mut store), after, "a reader sees it as done");
        assert!(all(home.path()).contains("folder/1.csv"), "and does not do it");
        store.write().unwrap().erase(&Erasure::default()).unwrap();
        assert!(!all(home.path()).contains("folder/1.csv"));
        assert_eq!(Contents::of(&mut store), after);
    }
    fs::write(folder.join(ERASING), &note).unwrap();
    for (name, bytes) in [COLUMNS, &name].iter().zip(&whole) {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let mut author = Author::new();
    author.catch_up(&mut store);
    author.append(&mut store, &[started(7)]).unwrap();
    assert!(!all(home.path()).contains("folder/1.csv"), "an append finishes it first");
    let columns = fs::read_to_string(folder.join(COLUMNS)).unwrap();
    assert_eq!(columns.lines().count(), 8);
    assert!(columns.lines().all(|line| line.starts_with("{\"audit_id\"")), "{columns}");
}

#[test]
fn what_a_takeover_has_staged_of_erased_halves_stays_erased() {
    let home = tempfile::tempdir().unwrap();
    let mut source = store(&home.path().join("here"));
    source.write().unwrap().erase(&private_half()).unwrap();
    let contents = Contents::of(&mut source);
    let mut part = crate::store::Part { entries: contents.entries.clone(), ..Default::default() };
    part.kept.clone_from(&contents.kept);
    let mut frontier = crate::merkle::Frontier::default();
    for entry in &contents.entries {
        frontier.append(crate::merkle::leaf_hash(&entry.header));
        part.frontiers.push(frontier.subtrees().to_vec());
    }
    let head = contents.head.clone().unwrap();
    let mut target = JsonStore::new(home.path().join("there"));
    let mut importer = target.import(&head.origin).unwrap();
    importer.add(&part).unwrap();
    importer.finish(&head).unwrap();
    assert_eq!(Contents::of(&mut target), contents);
}
