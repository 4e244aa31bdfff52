//! Taking over a log from elsewhere: byte for byte, invisible before it is whole.

use crate::checkpoint::SignedCheckpoint;
use crate::error::AuditError;
use crate::merkle::{Frontier, leaf_hash};
use crate::store::memory::MemoryStore;
use crate::store::{Head, Importer, Part, StoreError};
use crate::testing::{Author, Bed, Contents, started};

/// A log elsewhere, in parts of three entries.
fn elsewhere(author: &mut Author, runs: u64) -> (Contents, Vec<Part>) {
    let mut store = MemoryStore::new("/nowhere".into());
    author.write_log(&mut store, runs);
    let contents = Contents::of(&mut store);
    let mut frontier = Frontier::default();
    let mut parts = Vec::new();
    for entries in contents.entries.chunks(3) {
        let mut part = Part { entries: entries.to_vec(), ..Part::default() };
        for entry in entries {
            part.nodes.extend(frontier.append(leaf_hash(&entry.header)));
            part.frontiers.push(frontier.subtrees().to_vec());
            let over = |size: i64| size == entry.index + 1;
            part.kept.extend(contents.kept.iter().filter(|kept| over(kept.size)).cloned());
            let rows = contents.rows.iter().filter(|row| row.opened == entry.index);
            part.rows.extend(rows.cloned());
        }
        parts.push(part);
    }
    (contents, parts)
}

fn head(contents: &Contents) -> &Head {
    contents.head.as_ref().unwrap()
}

fn assert_nothing_is_there(bed: &Bed) {
    assert_eq!(Contents::of(&mut *bed.store()), Contents::default(), "it shows before it is whole");
}

pub(super) fn a_log_that_is_taken_over_appears_whole_and_equal(bed: &Bed) {
    let (contents, parts) = elsewhere(&mut Author::new(), 20);
    let mut store = bed.store();
    let mut importer = store.import(&head(&contents).origin).unwrap();
    for part in &parts {
        importer.add(part).unwrap();
    }
    assert_eq!(importer.staged().unwrap(), 41);
    assert_nothing_is_there(bed);
    importer.finish(head(&contents)).unwrap();
    assert_eq!(Contents::of(&mut *bed.store()), contents);
}

pub(super) fn a_takeover_that_was_cut_short_goes_on_where_it_was(bed: &Bed) {
    let (contents, parts) = elsewhere(&mut Author::new(), 5);
    let name = &head(&contents).origin;
    for part in &parts {
        let mut store = bed.store();
        let mut importer = store.import(name).unwrap();
        let staged = importer.staged().unwrap();
        assert_eq!(i64::try_from(staged).unwrap(), part.entries[0].index, "where it was");
        importer.add(part).unwrap();
        drop(importer);
        assert_nothing_is_there(bed);
    }
    let mut store = bed.store();
    store.import(name).unwrap().finish(head(&contents)).unwrap();
    assert_eq!(Contents::of(&mut *bed.store()), contents);
}

pub(super) fn leftovers_of_another_log_are_no_beginning(bed: &Bed) {
    let (other, parts) = elsewhere(&mut Author::of("persona/other"), 5);
    let mut store = bed.store();
    store.import(&head(&other).origin).unwrap().add(&parts[0]).unwrap();
    let (contents, parts) = elsewhere(&mut Author::new(), 3);
    let mut store = bed.store();
    let mut importer: Box<dyn Importer + '_> = store.import(&head(&contents).origin).unwrap();
    assert_eq!(importer.staged().unwrap(), 0);
    for part in &parts {
        importer.add(part).unwrap();
    }
    importer.finish(head(&contents)).unwrap();
    assert_eq!(Contents::of(&mut *bed.store()), contents);
}

pub(super) fn a_place_with_a_log_takes_over_nothing(bed: &Bed) {
    Author::new().write_log(&mut *bed.store(), 1);
    let before = Contents::of(&mut *bed.store());
    let refused = bed.store().import("persona/other").map(drop);
    assert!(matches!(refused, Err(StoreError::Occupied { .. })), "{refused:?}");
    assert_eq!(Contents::of(&mut *bed.store()), before);
}

pub(super) fn a_log_that_was_taken_over_is_appended_to(bed: &Bed) {
    let mut author = Author::new();
    let (contents, parts) = elsewhere(&mut author, 6);
    let mut store = bed.store();
    let mut importer = store.import(&head(&contents).origin).unwrap();
    for part in &parts {
        importer.add(part).unwrap();
    }
    importer.finish(head(&contents)).unwrap();
    let note: Result<SignedCheckpoint, AuditError> =
        author.append(&mut *bed.store(), &[started(8), started(9)]);
    assert_eq!(note.unwrap().checkpoint().size, 15);
    assert_eq!(Contents::of(&mut *bed.store()).rows.len(), 8);
}
