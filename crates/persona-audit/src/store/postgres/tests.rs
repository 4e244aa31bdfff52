//! What only the store itself can show: patience, cursors, and connections cut at one certain moment.

use deadpool_postgres::Object;
use throwaway_postgres::shared;

use super::*;
use crate::ambient::Ambient;
use crate::append::Tip;
use crate::database_url::DatabaseUrl;
use crate::digest::Digest;
use crate::merkle::NodeId;
use crate::store::{Keep, Part, RowFilter};
use crate::testing::{Author, opened};

const CUT: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE application_name = 'persona' AND datname = current_database() \
                   AND pid <> pg_backend_pid()";

fn store(url: &str) -> PostgresStore {
    PostgresStore::new(PostgresLog { url: DatabaseUrl::new(url), log: "team".to_owned() }).unwrap()
}

/// Runs SQL on a connection of its own.
fn by_hand(store: &PostgresStore, sql: &str) -> Object {
    let database = store.database().unwrap();
    database
        .wait(async {
            let client = database.connect().await?;
            client.batch_execute(sql).await?;
            Ok(client)
        })
        .unwrap()
}

#[test]
fn a_writer_that_waits_too_long_says_that_the_log_is_locked() {
    let url = shared().fresh_database();
    let mut author = Author::new();
    author.append(&mut store(&url), &[opened()]).unwrap();
    let other = store(&url);
    let held = by_hand(&other, "BEGIN; SELECT FROM persona_audit.log FOR UPDATE");
    let refused = store(&url).with_patience(50).write().map(drop);
    assert!(matches!(refused, Err(StoreError::Locked { .. })), "{refused:?}");
    assert!(store(&url).read().is_ok(), "readers do not wait");
    let database = other.database().unwrap();
    database.wait(async { Ok(held.batch_execute("ROLLBACK").await?) }).unwrap();
    assert!(store(&url).with_patience(50).write().is_ok());
}

#[test]
fn two_who_make_the_same_log_make_one() {
    let url = shared().fresh_database();
    let mut first = store(&url);
    let writer = first.write().unwrap();
    assert!(writer.head().unwrap().is_none());
    let refused = store(&url).with_patience(50).write().map(drop);
    assert!(matches!(refused, Err(StoreError::Locked { .. })), "{refused:?}");
    drop(writer);
    assert!(!store(&url).exists(), "nothing was appended");
    assert!(matches!(first.read().map(drop), Err(StoreError::Missing { .. })));
}

#[test]
fn a_connection_cut_under_the_lock_appends_nothing() {
    let url = shared().fresh_database();
    let mut author = Author::new();
    let mut writing = store(&url);
    author.append(&mut writing, &[opened()]).unwrap();
    let ambient = Ambient::system();
    let tip =
        Tip { origin: &author.origin, frontier: &author.frontier, signer: None, ambient: &ambient };
    let writer = writing.write().unwrap();
    drop(by_hand(&store(&url), CUT));
    let refused = tip.commit(writer, &[opened()], Keep::UntilTheNext).unwrap_err();
    assert!(refused.to_string().contains("nothing was appended"), "{refused}");
    let size = |store: &mut PostgresStore| store.read().unwrap().head().unwrap().unwrap().size;
    assert_eq!(size(&mut writing), 1);
    // The same store goes on, with connections of its own.
    tip.commit(writing.write().unwrap(), &[opened()], Keep::UntilTheNext).unwrap();
    assert_eq!(size(&mut store(&url)), 2);
}

#[test]
fn pages_are_read_through_one_cursor_and_from_anywhere() {
    let url = shared().fresh_database();
    let mut author = Author::new();
    let mut filled = store(&url);
    author.append(&mut filled, &vec![opened(); 300]).unwrap();
    let reader = filled.read().unwrap();
    let mut from = i64::MIN;
    let mut seen = Vec::new();
    loop {
        let page = reader.entries(from, 64).unwrap();
        let Some(last) = page.last() else { break };
        from = last.index + 1;
        seen.extend(page.iter().map(|entry| entry.index));
    }
    assert_eq!(seen, (0..300).collect::<Vec<i64>>());
    assert_eq!(reader.entries(10, 100).unwrap()[0].index, 10, "back again");
    assert_eq!(reader.entries(110, 100).unwrap()[0].index, 110, "and on");
    let (mut after, mut nodes) = ((i64::MIN, 0), 0);
    loop {
        let page = reader.nodes(after, 100).unwrap();
        let Some(last) = page.last() else { break };
        after = (last.entry, last.level);
        nodes += page.len();
    }
    let expected: u64 = (0..9).map(|level| 300 >> level).sum();
    assert_eq!(u64::try_from(nodes).unwrap(), expected);
    // Subtrees that are fetched together are those that are fetched one by one.
    let all: Vec<NodeId> = (0..300).map(|index| NodeId { level: 0, index }).collect();
    let together = reader.subtrees(&all).unwrap();
    let alone: Vec<Option<Digest>> =
        all.iter().map(|node| reader.subtrees(&[*node]).unwrap()[0]).collect();
    assert_eq!(together, alone);
    assert!(together.iter().all(Option::is_some));
}

#[test]
fn what_is_only_partly_taken_over_is_seen_by_nobody() {
    let url = shared().fresh_database();
    let mut taking = store(&url);
    let mut importer = taking.import("persona/1").unwrap();
    importer.add(&Part::default()).unwrap();
    drop(importer);
    assert!(!store(&url).exists());
    assert!(matches!(store(&url).read().map(drop), Err(StoreError::Missing { .. })));
    // Nor does it keep anybody from opening a log there, which then stands in the way.
    Author::new().append(&mut store(&url), &[opened()]).unwrap();
    assert!(matches!(taking.import("persona/1").map(drop), Err(StoreError::Occupied { .. })));
    let reading =
        store(&url).read().map(|reader| reader.rows(&RowFilter::default()).unwrap().len());
    assert_eq!(reading.unwrap(), 0);
}

#[test]
fn a_thread_that_drives_a_runtime_of_its_own_may_use_the_store() {
    let url = shared().fresh_database();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut inside = store(&url);
        Author::new().append(&mut inside, &[opened()]).unwrap();
        assert!(inside.exists());
    });
}

#[test]
fn names_that_cannot_be_told_apart_are_refused() {
    for log in ["", "a\nb", &"x".repeat(201)] {
        let url = DatabaseUrl::new("postgres://ann@localhost/a");
        let refused = PostgresStore::new(PostgresLog { url, log: log.to_owned() });
        assert!(matches!(refused, Err(StoreError::Database { .. })), "{log:?}");
    }
}

#[test]
fn a_place_names_servers_database_and_log_and_nobody() {
    for (url, place) in [
        ("postgres://ann:secret@DB.example/a?sslmode=require", "postgres://db.example:5432/a/team"),
        ("postgres://bob@db.example:5432/a", "postgres://db.example:5432/a/team"),
        ("host=one,two port=1,2 user=ann", "postgres://one:1,two:2/ann/team"),
        ("postgres://ann@%2Frun%2Fpostgresql/a", "postgres://%2Frun%2Fpostgresql:5432/a/team"),
    ] {
        assert_eq!(store(url).place(), place);
    }
}
