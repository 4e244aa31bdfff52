//! The contract of stores as tests: one function a clause, run on every store.
//!
//! `docs/audit-stores.md` states each clause in words under the name of its function here.

use std::any::Any;
use std::fmt;

use serde_json::{Map, json};

use crate::ambient::Ambient;
use crate::append::Tip;
use crate::checkpoint::SignedCheckpoint;
use crate::error::AuditError;
use crate::event::{Event, Kind};
use crate::id::{AuditId, Origin};
use crate::key::PrivateKey;
use crate::merkle::Frontier;
use crate::proven::Proven;
use crate::store::{
    Head, Keep, KeptCheckpoint, Reader, Row, RowFilter, Store, StoreError, StoredEntry, StoredNode,
};
use crate::time::Time;

mod appending;
mod erasing;
mod living;
mod model;
mod reading;
mod stores;
mod takeover;

/// Instantiates every clause for a store: `conformance!(name, || bed)`.
macro_rules! conformance {
    ($store:ident, $bed:expr) => {
        mod $store {
            crate::testing::conformance! { @each $bed;
                appending: nothing_is_there_before_the_first_append;
                appending: a_place_is_named_alike_by_every_handle;
                appending: an_acknowledged_append_is_read_back_byte_for_byte;
                appending: a_commit_of_several_events_ends_with_its_last_checkpoint;
                appending: an_append_made_for_another_size_is_refused_and_changes_nothing;
                appending: a_writer_that_is_dropped_changes_nothing;
                appending: one_writer_holds_the_lock_and_the_next_sees_its_work;
                appending: a_reader_sees_one_state_whatever_is_appended_meanwhile;
                appending: writers_on_many_threads_neither_fork_nor_lose;
                appending: checkpoints_of_key_and_signing_events_are_kept_and_no_others;
                appending: large_and_foreign_text_is_kept_as_it_is;
                appending: what_is_set_aside_makes_room_for_a_new_log;
                appending: what_is_retired_is_gone_for_whoever_waits_for_the_lock;
                appending: a_sound_store_has_no_oddities;
                reading: entries_come_in_order_from_any_index;
                reading: the_events_of_a_run_and_those_of_none_are_found;
                reading: subtrees_come_back_where_they_are_asked_for;
                reading: nodes_come_in_the_order_in_which_they_came_to_be;
                reading: rows_come_newest_first_with_ties_by_index;
                reading: every_filter_finds_what_the_model_finds;
                reading: pages_by_key_neither_skip_nor_repeat;
                reading: a_closing_changes_the_status_of_its_row_alone;
                erasing: a_half_goes_with_its_nonce_and_columns_and_the_header_and_nodes_stay;
                erasing: when_both_halves_are_gone_no_commitment_is_left;
                erasing: what_is_erased_stays_so;
                takeover: a_log_that_is_taken_over_appears_whole_and_equal;
                takeover: a_takeover_that_was_cut_short_goes_on_where_it_was;
                takeover: leftovers_of_another_log_are_no_beginning;
                takeover: a_place_with_a_log_takes_over_nothing;
                takeover: a_log_that_was_taken_over_is_appended_to;
                living: a_run_is_alive_while_its_lock_is_held_and_an_id_is_taken_once;
                model: random_operations_do_what_they_do_to_the_model;
            }
        }
    };
    (@each $bed:expr; $($module:ident: $clause:ident;)*) => {
        $(#[test]
        fn $clause() {
            crate::testing::$module::$clause(&$bed());
        })*
    };
}
pub(crate) use conformance;

/// A place for a log in a test: every handle stands for another process.
pub(crate) struct Bed {
    handle: Box<dyn Fn() -> Box<dyn Store> + Sync>,
    _kept: Box<dyn Any + Send + Sync>,
}

impl fmt::Debug for Bed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bed")
    }
}

impl Bed {
    /// Takes how a handle on the store is made, and what must be kept for as long.
    pub(crate) fn new(
        kept: impl Any + Send + Sync,
        handle: impl Fn() -> Box<dyn Store> + Sync + 'static,
    ) -> Self {
        Self { handle: Box::new(handle), _kept: Box::new(kept) }
    }

    pub(crate) fn store(&self) -> Box<dyn Store> {
        (self.handle)()
    }
}

/// Writes logs that are the same for the same calls.
pub(crate) struct Author {
    pub(crate) origin: Origin,
    pub(crate) frontier: Frontier,
    key: PrivateKey,
    ambient: Ambient,
}

impl Author {
    pub(crate) fn new() -> Self {
        Self::of("persona/000102030405060708090a0b0c0d0e0f")
    }

    pub(crate) fn of(origin: &str) -> Self {
        Self {
            origin: Origin::parse(origin).unwrap(),
            frontier: Frontier::default(),
            key: PrivateKey::from_seed(&[7; 32]),
            ambient: model::counting(),
        }
    }

    /// Appends as the log does, and learns where the store stands then.
    pub(crate) fn append(
        &mut self,
        store: &mut dyn Store,
        events: &[Event],
    ) -> Result<SignedCheckpoint, AuditError> {
        let writer = store.write()?;
        let keep = events.last().is_some_and(|event| event.kind.changes_trust());
        let keep = if keep { Keep::ForEver } else { Keep::UntilTheNext };
        let tip = Tip {
            origin: &self.origin,
            frontier: &self.frontier,
            signer: Some(&self.key),
            ambient: &self.ambient,
        };
        let note = tip.commit(writer, events, keep)?;
        self.catch_up(store);
        // Others may have appended meanwhile.
        if self.frontier.size() == note.checkpoint().size {
            assert_eq!(self.frontier.root(), note.checkpoint().root, "the stored subtrees");
        }
        Ok(note)
    }

    /// Learns where the store stands; its subtrees must hash to its root.
    pub(crate) fn catch_up(&mut self, store: &mut dyn Store) {
        let reader = store.read().unwrap();
        let head = SignedCheckpoint::parse(&reader.head().unwrap().unwrap().checkpoint).unwrap();
        let (_, frontier) = Proven::new(&*reader, head.checkpoint()).unwrap().unwrap();
        self.frontier = frontier;
    }

    /// Opens the log and appends `runs` runs, each opened and closed.
    pub(crate) fn write_log(&mut self, store: &mut dyn Store, runs: u64) {
        self.append(store, &[opened()]).unwrap();
        for run in 0..runs {
            self.append(store, &[started(run)]).unwrap();
            self.append(store, &[closed(run, Kind::GenerationCompleted)]).unwrap();
        }
    }
}

/// The first event of a log.
pub(crate) fn opened() -> Event {
    about_the_log(Kind::LogOpened, 0)
}

pub(crate) fn about_the_log(kind: Kind, number: u64) -> Event {
    let members = json!({"signing": true, "number": number});
    Event { kind, audit_id: None, time: at(number), members: object(&members) }
}

/// A run's opening; its columns differ from run to run, and some are empty.
pub(crate) fn started(run: u64) -> Event {
    let models = ["extractive-1", "gpt-5", "llama", "mistral"];
    let members = json!({
        "session": {"user": (!run.is_multiple_of(3)).then(|| format!("user-{}", run % 2)), "host": "desk"},
        "input": {"data_path": format!("folder/{}.csv", run % 5),
            "data_hash": format!("sha256:{:064x}", run % 4)},
        "generation": {"model": models[usize::try_from(run % 4).unwrap()],
            "provider": if run.is_multiple_of(2) { "embedded" } else { "openai" }},
    });
    // Three runs share each moment: then the index decides the order.
    let time = at(run / 3);
    Event {
        kind: Kind::GenerationStarted,
        audit_id: Some(id(run)),
        time,
        members: object(&members),
    }
}

pub(crate) fn closed(run: u64, kind: Kind) -> Event {
    let members = json!({"output": {"output_path": format!("output/{run}"), "persona_count": 3}});
    Event { kind, audit_id: Some(id(run)), time: at(run / 3), members: object(&members) }
}

pub(crate) fn id(run: u64) -> AuditId {
    // The last digits differ, and the first ones too: prefixes of ids are asked for.
    AuditId::parse(&format!("0190f5a{:x}-0000-7000-8000-{run:012x}", run % 16)).unwrap()
}

pub(crate) fn at(minute: u64) -> Time {
    Time::parse(&format!("2025-12-15T{:02}:{:02}:00.000000Z", minute / 60 % 24, minute % 60))
        .unwrap()
}

fn object(value: &serde_json::Value) -> Map<String, serde_json::Value> {
    value.as_object().unwrap().clone()
}

/// Everything in a store that all stores hold alike.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) head: Option<Head>,
    pub(crate) entries: Vec<StoredEntry>,
    pub(crate) nodes: Vec<StoredNode>,
    pub(crate) kept: Vec<KeptCheckpoint>,
    pub(crate) rows: Vec<Row>,
}

impl Contents {
    /// Reads a store; one without anything in it is empty.
    pub(crate) fn of(store: &mut dyn Store) -> Self {
        match store.read() {
            Ok(reader) => Self::seen_by(&*reader),
            Err(StoreError::Missing { .. }) => Self::default(),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn seen_by(reader: &dyn Reader) -> Self {
        let head = reader.head().unwrap();
        let Some(head) = head else { return Self::default() };
        // Pages of an odd length, so that they end anywhere.
        let mut entries: Vec<StoredEntry> = Vec::new();
        loop {
            let from = entries.last().map_or(i64::MIN, |entry| entry.index + 1);
            let page = reader.entries(from, 7).unwrap();
            if page.is_empty() {
                break;
            }
            entries.extend(page.into_iter().map(|entry| StoredEntry { state: None, ..entry }));
        }
        let mut nodes: Vec<StoredNode> = Vec::new();
        loop {
            let after = nodes.last().map_or((i64::MIN, i64::MIN), |node| (node.entry, node.level));
            let page = reader.nodes(after, 5).unwrap();
            if page.is_empty() {
                break;
            }
            nodes.extend(page);
        }
        let kept = reader.kept_checkpoints().unwrap();
        let rows = reader.rows(&RowFilter::default()).unwrap();
        Self { head: Some(head), entries, nodes, kept, rows }
    }
}
