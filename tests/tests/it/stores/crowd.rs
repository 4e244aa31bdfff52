//! Eight processes, fifty generations each, one log: no fork, no loss, no deadlock.

use std::collections::BTreeSet;

use persona_audit::{Query, Status};

use super::Place;
use crate::support::Kept;

const PROCESSES: usize = 8;
const GENERATIONS: usize = 50;

#[test]
fn four_hundred_generations_share_a_log_on_sqlite() {
    four_hundred_generations_share_a_log(Kept::Sqlite);
}

#[test]
fn four_hundred_generations_share_a_log_on_json_files() {
    four_hundred_generations_share_a_log(Kept::Json);
}

#[test]
fn four_hundred_generations_share_a_log_on_postgres() {
    four_hundred_generations_share_a_log(Kept::Postgres);
}

fn four_hundred_generations_share_a_log(kept: Kept) {
    let place = Place::new(kept);
    let rows = "age,use,comment\n\
        18-24,daily,I want to keep every note in one place because I forget things.\n\
        65+,never,I do not need an app because paper works well for me.\n";
    std::fs::write(place.file("small.csv"), rows).unwrap();
    let number = GENERATIONS.to_string();
    let start = |process: usize| place.writer(&process.to_string(), &["generations", &number]);
    let writers: Vec<_> = (0..PROCESSES).map(start).collect();
    let mut acknowledged = BTreeSet::new();
    for writer in writers {
        let output = writer.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).unwrap();
        acknowledged
            .extend(said.lines().filter_map(|l| l.strip_prefix("closed ")).map(String::from));
    }
    assert_eq!(acknowledged.len(), PROCESSES * GENERATIONS);
    place.assert_verified();
    let completed = Query { status: Some(Status::Completed), ..Query::default() };
    let lines = place.trail().list(&completed).unwrap();
    let found: BTreeSet<String> = lines.into_iter().map(|line| line.audit_id).collect();
    assert_eq!(found, acknowledged);
    let checkpoint = place.trail().checkpoint().unwrap().unwrap();
    let size = 1 + 2 * PROCESSES * GENERATIONS;
    assert_eq!(checkpoint.lines().nth(1), Some(size.to_string().as_str()));
}
