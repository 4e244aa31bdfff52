//! Reading: in order, by run, by subtree, by column; page by page.

use crate::event::Kind;
use crate::merkle::NodeId;
use crate::store::memory::MemoryStore;
use crate::store::{Row, RowFilter, Store};
use crate::testing::{Author, Bed, Contents, closed, id, opened, started};

pub(super) fn entries_come_in_order_from_any_index(bed: &Bed) {
    let mut store = bed.store();
    Author::new().write_log(&mut *store, 4);
    let reader = store.read().unwrap();
    let from = |from: i64, limit: usize| -> Vec<i64> {
        reader.entries(from, limit).unwrap().iter().map(|entry| entry.index).collect()
    };
    assert_eq!(from(i64::MIN, 2), [0, 1]);
    assert_eq!(from(3, 3), [3, 4, 5]);
    assert_eq!(from(8, 100), [8]);
    assert!(from(9, 100).is_empty());
    assert!(from(i64::MAX, 1).is_empty());
    assert_eq!(from(0, usize::MAX), (0..9).collect::<Vec<_>>());
    assert_eq!(from(2, 1), [2], "going back is no mistake");
}

pub(super) fn the_events_of_a_run_and_those_of_none_are_found(bed: &Bed) {
    let mut store = bed.store();
    Author::new().write_log(&mut *store, 3);
    let reader = store.read().unwrap();
    let of = |id: Option<&str>| -> Vec<i64> {
        reader.entries_of(id).unwrap().iter().map(|entry| entry.index).collect()
    };
    assert_eq!(of(Some(id(1).as_str())), [3, 4]);
    assert_eq!(of(None), [0]);
    assert!(of(Some("")).is_empty());
    assert!(of(Some("no such run")).is_empty());
    assert_eq!(reader.runs().unwrap(), 3);
}

pub(super) fn subtrees_come_back_where_they_are_asked_for(bed: &Bed) {
    let mut store = bed.store();
    Author::new().write_log(&mut *store, 3);
    let reader = store.read().unwrap();
    let node = |level, index| NodeId { level, index };
    let asked = [node(0, 6), node(2, 0), node(0, 7), node(1, 2), node(40, 0), node(1, 2)];
    let found = reader.subtrees(&asked).unwrap();
    assert_eq!(found.len(), asked.len());
    let there: Vec<bool> = found.iter().map(Option::is_some).collect();
    assert_eq!(there, [true, true, false, true, false, true]);
    assert_eq!(found[3], found[5]);
    let leaf = crate::merkle::leaf_hash(&reader.entries(6, 1).unwrap()[0].header);
    assert_eq!(found[0], Some(leaf));
    assert!(reader.subtrees(&[]).unwrap().is_empty());
}

pub(super) fn nodes_come_in_the_order_in_which_they_came_to_be(bed: &Bed) {
    let mut store = bed.store();
    Author::new().write_log(&mut *store, 150);
    let nodes = Contents::of(&mut *store).nodes;
    let mut model = MemoryStore::new("/nowhere".into());
    Author::new().write_log(&mut model, 150);
    assert_eq!(nodes, Contents::of(&mut model).nodes);
    assert!(nodes.is_sorted_by_key(|node| (node.entry, node.level)));
    assert_eq!(nodes.len(), 301 + 150 + 75 + 37 + 18 + 9 + 4 + 2 + 1);
}

pub(super) fn rows_come_newest_first_with_ties_by_index(bed: &Bed) {
    let mut store = bed.store();
    Author::new().write_log(&mut *store, 7);
    let rows = store.read().unwrap().rows(&RowFilter::default()).unwrap();
    let opened: Vec<i64> = rows.iter().map(|row| row.opened).collect();
    assert_eq!(opened, [13, 11, 9, 7, 5, 3, 1]);
    let row = &rows[1];
    assert_eq!(row.audit_id, id(5).as_str());
    assert_eq!(row.time, "2025-12-15T00:01:00.000000Z");
    assert_eq!((row.model.as_deref(), row.provider.as_deref()), (Some("gpt-5"), Some("openai")));
    assert_eq!(row.data_path.as_deref(), Some("folder/0.csv"));
    assert_eq!(row.user.as_deref(), Some("user-1"));
    assert_eq!(rows[0].user, None);
}

/// A log whose runs stand as runs can stand, in the store and in the model.
fn varied(bed: &Bed) -> (Box<dyn Store>, MemoryStore) {
    let mut model = MemoryStore::new("/nowhere".into());
    let mut store = bed.store();
    let targets: [&mut dyn Store; 2] = [&mut *store, &mut model];
    for target in targets {
        let mut author = Author::new();
        author.append(target, &[opened()]).unwrap();
        let kinds = [Kind::GenerationCompleted, Kind::GenerationFailed, Kind::GenerationAbandoned];
        let mut events = Vec::new();
        for run in 0..40 {
            events.push(started(run));
            events.extend(
                kinds.get(usize::try_from(run % 4).unwrap()).map(|k| closed(run, k.clone())),
            );
        }
        author.append(target, &events).unwrap();
    }
    (store, model)
}

pub(super) fn every_filter_finds_what_the_model_finds(bed: &Bed) {
    let (mut store, mut model) = varied(bed);
    let (reader, model) = (store.read().unwrap(), model.read().unwrap());
    let some = |text: &str| Some(text.to_owned());
    let base = RowFilter::default;
    let filters = [
        RowFilter { since: some("2025-12-15T00:05:00.000000Z"), ..base() },
        RowFilter { before: some("2025-12-15T00:05:00.000000Z"), ..base() },
        RowFilter { model: some("gpt-5"), ..base() },
        RowFilter { model: some("gpt"), ..base() },
        RowFilter { provider: some("openai"), ..base() },
        RowFilter { data_hash: some(&format!("sha256:{:064x}", 2)), ..base() },
        RowFilter { data_path: some("folder/3.csv"), ..base() },
        RowFilter { data_path: some("folder/%.csv"), ..base() },
        RowFilter { user: some("user-1"), ..base() },
        RowFilter { statuses: vec!["failed".to_owned()], ..base() },
        RowFilter { statuses: vec!["started".to_owned(), "abandoned".to_owned()], ..base() },
        RowFilter { id_prefix: some("0190f5a3"), ..base() },
        RowFilter { id_prefix: some(id(3).as_str()), ..base() },
        RowFilter { id_prefix: some("0190f5a_"), ..base() },
        RowFilter { limit: Some(0), ..base() },
        RowFilter { limit: Some(3), user: some("user-0"), ..base() },
        RowFilter {
            since: some("2025-12-15T00:02:00.000000Z"),
            before: some("2025-12-15T00:09:00.000000Z"),
            model: some("mistral"),
            provider: some("openai"),
            user: some("user-1"),
            statuses: vec!["started".to_owned()],
            limit: Some(2),
            ..base()
        },
    ];
    for filter in filters {
        assert_eq!(reader.rows(&filter).unwrap(), model.rows(&filter).unwrap(), "{filter:?}");
    }
}

pub(super) fn pages_by_key_neither_skip_nor_repeat(bed: &Bed) {
    let (mut store, _) = varied(bed);
    let reader = store.read().unwrap();
    for statuses in [vec![], vec!["failed".to_owned()]] {
        let all = reader.rows(&RowFilter { statuses, ..RowFilter::default() }).unwrap();
        for limit in [1, 2, 3, 7] {
            let mut paged: Vec<Row> = Vec::new();
            let mut filter = RowFilter { limit: Some(limit), ..RowFilter::default() };
            filter.statuses = all.first().map_or_else(Vec::new, |_| match all.len() {
                40 => vec![],
                _ => vec!["failed".to_owned()],
            });
            loop {
                filter.after = paged.last().map(|row| (row.time.clone(), row.opened));
                let page = reader.rows(&filter).unwrap();
                if page.is_empty() {
                    break;
                }
                assert!(page.len() <= limit);
                paged.extend(page);
            }
            assert_eq!(paged, all, "pages of {limit}");
        }
    }
}

pub(super) fn a_closing_changes_the_status_of_its_row_alone(bed: &Bed) {
    let mut store = bed.store();
    let mut author = Author::new();
    author.append(&mut *store, &[opened(), started(1), started(2)]).unwrap();
    let before = Contents::of(&mut *store).rows;
    author.append(&mut *store, &[closed(1, Kind::GenerationAbandoned)]).unwrap();
    author.append(&mut *store, &[closed(1, Kind::GenerationCompleted)]).unwrap();
    let after = Contents::of(&mut *store).rows;
    assert_eq!(after[0], before[0]);
    assert_eq!(after[1], Row { status: "completed".to_owned(), ..before[1].clone() });
}
