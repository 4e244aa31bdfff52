//! Random operations on a store do what they do to the store in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::ambient::{Ambient, Clock, Entropy, EntropyError};
use crate::digest::Digest;
use crate::event::{Event, Kind};
use crate::store::memory::MemoryStore;
use crate::store::{Erasure, HalfName, RowChange, RowFilter, Store};
use crate::testing::{Author, Bed, Contents, about_the_log, at, closed, id, opened, started};
use crate::time::Time;

/// What may be done to a log.
#[derive(Clone, Debug)]
enum Operation {
    /// These runs are opened (even) or closed (odd) in one commit.
    Append(Vec<(u64, bool)>),
    /// An event that changes trust ends a commit.
    Trust(u64),
    /// An append of somebody who looked too long ago.
    Late,
    /// The lock is taken and given back.
    Look,
    /// Halves of entries are erased, with the row of a run.
    Erase(Vec<(u64, bool)>, u64),
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let run = (0..24_u64, any::<bool>());
    let operation = prop_oneof![
        6 => prop::collection::vec(run.clone(), 1..5).prop_map(Operation::Append),
        1 => (0..9_u64).prop_map(Operation::Trust),
        1 => Just(Operation::Late),
        1 => Just(Operation::Look),
        2 => (prop::collection::vec(run, 1..4), 0..24_u64).prop_map(|(h, r)| Operation::Erase(h, r)),
    ];
    prop::collection::vec(operation, 1..14)
}

pub(super) fn random_operations_do_what_they_do_to_the_model(bed: &Bed) {
    let config = Config { cases: 16, failure_persistence: None, ..Config::default() };
    let case = AtomicU64::new(0);
    let run = |operations: Vec<Operation>| {
        // Each case begins with a new log at the same place.
        let mut store = bed.store();
        if store.exists() {
            let suffix = format!("replaced-{}", case.fetch_add(1, Ordering::Relaxed));
            store.set_aside(&suffix).unwrap();
        }
        let mut model = MemoryStore::new("/nowhere".into());
        let mut authors = [Author::new(), Author::new()];
        let [author, shadow] = &mut authors;
        author.append(&mut *store, &[opened()]).unwrap();
        shadow.append(&mut model, &[opened()]).unwrap();
        let mut opened = std::collections::BTreeSet::new();
        for operation in operations {
            let events = events(&operation, &mut opened);
            perform(&operation, &events, &mut *store, author);
            if matches!(operation, Operation::Look) {
                // Another process goes on.
                store = bed.store();
            }
            perform(&operation, &events, &mut model, shadow);
            compare(&mut *store, &mut model)?;
        }
        Ok(())
    };
    TestRunner::new(config).run(&operations(), run).unwrap();
}

/// The events of an operation; a run is opened once and closed after that.
fn events(operation: &Operation, opened: &mut std::collections::BTreeSet<u64>) -> Vec<Event> {
    match operation {
        Operation::Append(runs) => {
            let event = |(run, fails): &(u64, bool)| {
                if opened.insert(*run) {
                    return started(*run);
                }
                let kind = if *fails { Kind::GenerationFailed } else { Kind::GenerationCompleted };
                closed(*run, kind)
            };
            runs.iter().map(event).collect()
        }
        Operation::Trust(number) => vec![about_the_log(Kind::SigningChanged, *number)],
        Operation::Late | Operation::Look | Operation::Erase(..) => Vec::new(),
    }
}

fn perform(operation: &Operation, events: &[Event], store: &mut dyn Store, author: &mut Author) {
    match operation {
        Operation::Append(_) | Operation::Trust(_) => drop(author.append(store, events).unwrap()),
        Operation::Late => drop(Author::new().append(store, &[opened()]).unwrap_err()),
        Operation::Look => drop(store.write().unwrap()),
        Operation::Erase(halves, run) => {
            let name = |public: bool| if public { HalfName::Public } else { HalfName::Private };
            let size = author.frontier.size();
            let halves = halves.iter().filter(|(entry, _)| *entry < size);
            let half = HalfName::Private;
            let erasure = Erasure {
                halves: halves.map(|(entry, public)| (*entry, name(*public))).collect(),
                rows: vec![RowChange::Erase { audit_id: id(*run).to_string(), half }],
            };
            store.write().unwrap().erase(&erasure).unwrap();
        }
    }
}

fn compare(store: &mut dyn Store, model: &mut MemoryStore) -> Result<(), TestCaseError> {
    let (found, wanted) = (Contents::of(store), Contents::of(model));
    prop_assert_eq!(&found.rows, &wanted.rows);
    let differs = found.entries.iter().zip(&wanted.entries).find(|(found, wanted)| found != wanted);
    prop_assert!(differs.is_none(), "an entry differs: {:?}", differs);
    prop_assert!(found == wanted, "head, checkpoints or subtrees differ");
    let (reader, model) = (store.read().unwrap(), model.read().unwrap());
    for run in 0..24 {
        let id = id(run);
        let of = |entries: Vec<crate::store::StoredEntry>| -> Vec<i64> {
            entries.iter().map(|entry| entry.index).collect()
        };
        let found = of(reader.entries_of(Some(id.as_str())).unwrap());
        prop_assert_eq!(found, of(model.entries_of(Some(id.as_str())).unwrap()));
    }
    for (user, since) in
        [(None, Some(at(3))), (Some("user-1"), None), (Some("user-0"), Some(at(1)))]
    {
        let filter = RowFilter {
            user: user.map(ToOwned::to_owned),
            since: since.map(|time| time.to_string()),
            limit: Some(5),
            ..RowFilter::default()
        };
        prop_assert_eq!(reader.rows(&filter).unwrap(), model.rows(&filter).unwrap());
    }
    Ok(())
}

/// Randomness that is the same for the same calls, and a clock that stands.
pub(crate) fn counting() -> Ambient {
    Ambient::new(Arc::new(Standing), Arc::new(Counting(AtomicU64::new(0))), Arc::new(Unwatched))
}

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Time {
        at(0)
    }
}

struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in bytes.chunks_mut(32) {
            let digest = Digest::of(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            chunk.copy_from_slice(&digest.as_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

struct Unwatched;

impl crate::ambient::Witness for Unwatched {
    fn after(&self, _step: crate::ambient::Step) {}
}
