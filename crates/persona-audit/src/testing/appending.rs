//! Appending: atomic, compared with the size, durable when acknowledged, one writer at a time.

use std::sync::mpsc;
use std::thread;

use serde_json::json;

use crate::checkpoint::SignedCheckpoint;
use crate::error::AuditError;
use crate::event::Kind;
use crate::store::{Depth, StoreError};
use crate::testing::{Author, Bed, Contents, about_the_log, closed, opened, started};

pub(super) fn nothing_is_there_before_the_first_append(bed: &Bed) {
    let mut store = bed.store();
    assert!(!store.exists(), "naming a store makes nothing");
    assert!(matches!(store.read().map(drop), Err(StoreError::Missing { .. })));
    drop(store.write().unwrap());
    assert_eq!(Contents::of(&mut *bed.store()), Contents::default(), "nor does a look");
}

pub(super) fn a_place_is_named_alike_by_every_handle(bed: &Bed) {
    let before = bed.store().place();
    Author::new().write_log(&mut *bed.store(), 1);
    assert_eq!(bed.store().place(), before);
    assert!(!before.contains('\n'), "{before}");
}

pub(super) fn an_acknowledged_append_is_read_back_byte_for_byte(bed: &Bed) {
    let mut author = Author::new();
    let note = author.append(&mut *bed.store(), &[opened()]).unwrap();
    let event = started(1);
    let second = author.append(&mut *bed.store(), std::slice::from_ref(&event)).unwrap();
    let contents = Contents::of(&mut *bed.store());
    let head = contents.head.unwrap();
    assert_eq!(head.origin, author.origin.as_str());
    assert_eq!((head.size, head.heads), (2, 1));
    assert_eq!(head.checkpoint, second.to_text().into_bytes());
    assert_eq!(contents.kept.len(), 1);
    assert_eq!(contents.kept[0].note, note.to_text().into_bytes());
    let [_, entry] = &contents.entries[..] else { panic!("{:?}", contents.entries) };
    let (public, private) = event.halves().unwrap();
    assert_eq!((entry.index, entry.audit_id.as_deref()), (1, Some(event_id(&event))));
    assert_eq!(entry.public.body.as_deref(), Some(&public[..]));
    assert_eq!(entry.private.body.as_deref(), Some(&private[..]));
    assert_eq!(entry.public.nonce.as_ref().map(Vec::len), Some(32));
    assert_eq!(entry.public.commitment, None);
}

fn event_id(event: &crate::event::Event) -> &str {
    event.audit_id.as_ref().unwrap().as_str()
}

pub(super) fn a_commit_of_several_events_ends_with_its_last_checkpoint(bed: &Bed) {
    let mut author = Author::new();
    author.append(&mut *bed.store(), &[opened()]).unwrap();
    let events = [started(1), closed(1, Kind::GenerationFailed), started(2)];
    let note = author.append(&mut *bed.store(), &events).unwrap();
    let contents = Contents::of(&mut *bed.store());
    assert_eq!(contents.entries.len(), 4);
    assert_eq!(contents.head.unwrap().checkpoint, note.to_text().into_bytes());
    let statuses: Vec<&str> = contents.rows.iter().map(|row| row.status.as_str()).collect();
    assert_eq!(statuses, ["started", "failed"]);
}

pub(super) fn an_append_made_for_another_size_is_refused_and_changes_nothing(bed: &Bed) {
    let mut author = Author::new();
    author.write_log(&mut *bed.store(), 1);
    let before = Contents::of(&mut *bed.store());
    let mut late = Author::new();
    let refused = late.append(&mut *bed.store(), &[opened()]).unwrap_err();
    let AuditError::Store(StoreError::Moved { expected: 0, found: 3 }) = refused else {
        panic!("{refused}")
    };
    assert_eq!(Contents::of(&mut *bed.store()), before);
}

pub(super) fn a_writer_that_is_dropped_changes_nothing(bed: &Bed) {
    let mut author = Author::new();
    author.write_log(&mut *bed.store(), 1);
    let before = Contents::of(&mut *bed.store());
    drop(bed.store().write().unwrap());
    assert_eq!(Contents::of(&mut *bed.store()), before);
    author.append(&mut *bed.store(), &[started(5)]).unwrap();
}

pub(super) fn one_writer_holds_the_lock_and_the_next_sees_its_work(bed: &Bed) {
    let mut author = Author::new();
    author.append(&mut *bed.store(), &[opened()]).unwrap();
    let (mut first, mut second) = (bed.store(), bed.store());
    let (told, tell) = mpsc::channel();
    let writer = first.write().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let writer = second.write().unwrap();
            told.send(writer.head().unwrap().unwrap().size).unwrap();
        });
        // The second cannot have the lock while the first holds it, however long that is.
        assert!(tell.recv_timeout(std::time::Duration::from_millis(150)).is_err());
        let tip = crate::append::Tip {
            origin: &author.origin,
            frontier: &author.frontier,
            signer: None,
            ambient: &crate::testing::model::counting(),
        };
        tip.commit(writer, &[started(1)], crate::store::Keep::UntilTheNext).unwrap();
        assert_eq!(tell.recv().unwrap(), 2);
    });
}

pub(super) fn a_reader_sees_one_state_whatever_is_appended_meanwhile(bed: &Bed) {
    let mut author = Author::new();
    author.write_log(&mut *bed.store(), 2);
    let mut reading = bed.store();
    let reader = reading.read().unwrap();
    let before = reader.head().unwrap();
    thread::scope(|scope| {
        let (told, tell) = mpsc::channel();
        let author = &mut author;
        scope.spawn(move || {
            author.append(&mut *bed.store(), &[started(9)]).unwrap();
            told.send(()).unwrap_or_default();
        });
        // A store whose readers keep writers waiting is consistent too.
        let _either = tell.recv_timeout(std::time::Duration::from_millis(150));
        let seen = Contents::seen_by(&*reader);
        assert_eq!(seen.head, before);
        assert_eq!((seen.entries.len(), seen.rows.len()), (5, 2));
        assert!(seen.nodes.iter().all(|node| node.entry < 5));
        drop(reader);
    });
    assert_eq!(Contents::of(&mut *bed.store()).entries.len(), 6);
}

pub(super) fn writers_on_many_threads_neither_fork_nor_lose(bed: &Bed) {
    const THREADS: u64 = 4;
    const APPENDS: u64 = 8;
    Author::new().append(&mut *bed.store(), &[opened()]).unwrap();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                let mut store = bed.store();
                let mut author = Author::new();
                for append in 0..APPENDS {
                    let event = started(thread * APPENDS + append);
                    // Another was first: look again.
                    loop {
                        author.catch_up(&mut *store);
                        match author.append(&mut *store, std::slice::from_ref(&event)) {
                            Ok(_) => break,
                            Err(AuditError::Store(StoreError::Moved { .. })) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            });
        }
    });
    let contents = Contents::of(&mut *bed.store());
    assert_eq!(contents.head.unwrap().size, i64::try_from(THREADS * APPENDS + 1).unwrap());
    let indexes: Vec<i64> = contents.entries.iter().map(|entry| entry.index).collect();
    assert_eq!(indexes, (0..33).collect::<Vec<_>>());
    assert_eq!(contents.rows.len(), 32);
}

pub(super) fn checkpoints_of_key_and_signing_events_are_kept_and_no_others(bed: &Bed) {
    let mut author = Author::new();
    author.write_log(&mut *bed.store(), 2);
    let note = author
        .append(&mut *bed.store(), &[started(3), about_the_log(Kind::SigningChanged, 4)])
        .unwrap();
    author.append(&mut *bed.store(), &[about_the_log(Kind::RollbackAccepted, 5)]).unwrap();
    author.append(&mut *bed.store(), &[started(4)]).unwrap();
    let kept = Contents::of(&mut *bed.store()).kept;
    assert_eq!(kept.iter().map(|kept| kept.size).collect::<Vec<_>>(), [1, 7]);
    assert_eq!(kept[1].note, note.to_text().into_bytes());
    for kept in kept {
        let note = SignedCheckpoint::parse(&kept.note).unwrap();
        assert_eq!(i64::try_from(note.checkpoint().size).unwrap(), kept.size);
    }
}

pub(super) fn large_and_foreign_text_is_kept_as_it_is(bed: &Bed) {
    let mut author = Author::new();
    author.append(&mut *bed.store(), &[opened()]).unwrap();
    let mut event = started(1);
    let text = "\u{0}\u{1}'\"\\\u{202e}é😀\u{10ffff}\n".repeat(100_000);
    event.members.insert("issue".to_owned(), json!(text));
    event.members.insert("generation".to_owned(), json!({"model": "m\u{0}'; --😀"}));
    author.append(&mut *bed.store(), std::slice::from_ref(&event)).unwrap();
    let contents = Contents::of(&mut *bed.store());
    let (public, _) = event.halves().unwrap();
    assert!(contents.entries[1].public.body.as_deref() == Some(&public[..]), "the bytes differ");
    assert_eq!(contents.rows[0].model.as_deref(), Some("m\u{fffd}'; --😀"), "NUL has no column");
}

pub(super) fn what_is_set_aside_makes_room_for_a_new_log(bed: &Bed) {
    let mut store = bed.store();
    Author::new().write_log(&mut *store, 2);
    store.set_aside("replaced-2025").unwrap();
    assert!(!bed.store().exists());
    assert!(matches!(bed.store().read().map(drop), Err(StoreError::Missing { .. })));
    let mut successor = Author::of("persona/successor");
    successor.write_log(&mut *store, 1);
    let contents = Contents::of(&mut *bed.store());
    assert_eq!(contents.head.unwrap().origin, "persona/successor");
    assert_eq!((contents.entries.len(), contents.rows.len()), (3, 1));
}

pub(super) fn what_is_retired_is_gone_for_whoever_waits_for_the_lock(bed: &Bed) {
    Author::new().write_log(&mut *bed.store(), 2);
    let mut holder = bed.store();
    let writer = holder.write().unwrap();
    let (waits, waiting) = mpsc::channel();
    thread::scope(|scope| {
        let waiter = scope.spawn(move || {
            let mut store = bed.store();
            waits.send(()).unwrap();
            // Either is right: no log, or a place that is empty.
            match store.write() {
                Ok(writer) => assert_eq!(writer.head().unwrap(), None),
                Err(error) => assert!(matches!(error, StoreError::Missing { .. }), "{error:?}"),
            }
        });
        waiting.recv().unwrap();
        let name = writer.retire("moved-2025").unwrap();
        assert!(name.ends_with(".moved-2025"), "{name}");
        waiter.join().unwrap();
    });
    drop(holder);
    assert_eq!(Contents::of(&mut *bed.store()), Contents::default());
    let mut successor = Author::of("persona/successor");
    successor.write_log(&mut *bed.store(), 1);
    assert_eq!(Contents::of(&mut *bed.store()).head.unwrap().origin, "persona/successor");
}

pub(super) fn a_sound_store_has_no_oddities(bed: &Bed) {
    Author::new().write_log(&mut *bed.store(), 3);
    for depth in [Depth::Schema, Depth::Indexes] {
        assert_eq!(bed.store().read().unwrap().oddities(depth).unwrap(), []);
        assert_eq!(bed.store().write().unwrap().oddities(depth).unwrap(), []);
    }
}
