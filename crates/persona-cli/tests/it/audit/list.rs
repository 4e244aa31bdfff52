//! `persona audit list`: shapes, filters, order, and nothing where nothing is.

#![expect(clippy::unwrap_used, reason = "a result of another shape has failed the test")]

use serde_json::{Value, json};

use crate::process::World;

const KEYS: [&str; 12] = [
    "audit_id",
    "timestamp",
    "status",
    "provider",
    "model",
    "data_path",
    "data_hash",
    "record_count",
    "persona_count",
    "generation_time_ms",
    "user",
    "state",
];

fn json(world: &World, arguments: &[&str]) -> Vec<Value> {
    let ended = world.run(&[&["audit", "list", "--json"], arguments].concat());
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&ended.stdout).unwrap()
}

fn paths(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["data_path"].as_str().unwrap()).collect()
}

#[test]
fn without_a_log_there_is_nothing_and_that_is_no_error() {
    let world = World::new();
    let table = world.run(&["audit", "list"]);
    assert_eq!((table.code, table.stdout.as_str()), (Some(0), ""));
    assert_eq!(table.stderr, "no run on record fits\n");
    assert_eq!(world.run(&["audit", "list", "--json"]).stdout, "[]\n");
    assert_eq!(world.run(&["audit", "list", "--format", "jsonl"]).stdout, "");
    let csv = world.run(&["audit", "list", "--format", "csv"]);
    assert_eq!(csv.stdout, format!("{}\n", KEYS.join(",")));
    assert!(!world.folder().join("home").exists(), "reading made something");
}

#[test]
fn every_form_has_the_same_keys() {
    let world = World::new();
    let id = world.complete("one").audit_id.to_string();
    let lines = json(&world, &[]);
    let line = &lines[0];
    let mut keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    let mut wanted = KEYS;
    keys.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(keys, wanted);
    assert_eq!(line["audit_id"], json!(id));
    assert_eq!((&line["status"], &line["user"]), (&json!("completed"), &json!("ada")));
    assert_eq!((&line["record_count"], &line["persona_count"]), (&json!(50), &json!(3)));
    let jsonl = world.run(&["audit", "list", "--format", "jsonl"]).stdout;
    assert_eq!(jsonl.lines().count(), 1);
    assert_eq!(serde_json::from_str::<Value>(&jsonl).unwrap(), *line);
    let csv = world.run(&["audit", "list", "--format", "csv"]).stdout;
    assert!(csv.starts_with(&format!("{}\n{id},", KEYS.join(","))), "{csv}");
    let table = world.run(&["audit", "list"]).stdout;
    assert!(table.contains(&id) && table.contains("one.csv") && !table.contains('\x1b'), "{table}");
}

#[test]
fn lists_are_newest_first_and_go_on_after_a_cursor() {
    let world = World::new();
    for name in ["one", "two", "three"] {
        world.complete(name);
    }
    let all = json(&world, &[]);
    assert_eq!(paths(&all), ["three.csv", "two.csv", "one.csv"]);
    assert_eq!(json(&world, &["--limit", "2"]), all[..2]);
    let cursor = all[0]["audit_id"].as_str().unwrap();
    assert_eq!(json(&world, &["--cursor", cursor]), all[1..]);
    let table = world.run(&["audit", "list", "--limit", "1"]);
    assert!(table.stderr.contains(&format!("--cursor {cursor}")), "{}", table.stderr);
    let unknown = world.run(&["audit", "list", "--cursor", "ffff"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(1), ""));
}

#[test]
fn filters_find_what_they_should() {
    let world = World::new();
    world.complete("one");
    world.fail("two");
    let count = |arguments: &[&str]| json(&world, arguments).len();
    assert_eq!(paths(&json(&world, &["--status", "failed"])), ["two.csv"]);
    assert_eq!(count(&["--model", "extractive-1"]), 2);
    assert_eq!(count(&["--provider", "other"]), 0);
    assert_eq!(count(&["--user", "ada", "--status", "completed"]), 1);
    assert_eq!(count(&["--since", "1d"]), 2);
    assert_eq!(count(&["--since", "2020-01-01", "--until", "2020-12-31"]), 0);
    assert_eq!(count(&["--until", "0h"]), 2);
}

#[test]
fn data_is_found_by_content_then_by_path_then_by_hash() {
    let world = World::new();
    world.complete("one");
    world.complete("two");
    std::fs::rename(world.folder().join("one.csv"), world.folder().join("moved.csv")).unwrap();
    assert_eq!(paths(&json(&world, &["--data", "moved.csv"])), ["one.csv"]);
    assert_eq!(paths(&json(&world, &["--data", "one.csv"])), ["one.csv"]);
    let all = json(&world, &[]);
    let hash = all[0]["data_hash"].as_str().unwrap();
    assert_eq!(paths(&json(&world, &["--data", hash])), ["two.csv"]);
    let folder = world.run(&["audit", "list", "--data", "output"]);
    assert_eq!(folder.code, Some(2));
    assert!(folder.stderr.starts_with("Error: `output` is a folder"), "{}", folder.stderr);
}

#[test]
fn a_lost_log_is_no_empty_list() {
    let world = World::new();
    world.complete("one");
    std::fs::remove_dir_all(world.home("audit")).unwrap();
    for arguments in [&["audit", "list"][..], &["audit", "export", "--format", "json"]] {
        let ended = world.run(arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(5), ""));
        assert!(ended.stderr.contains("persona audit verify"), "{}", ended.stderr);
        assert!(ended.stderr.contains("--new-log --reason"), "{}", ended.stderr);
    }
    let json = world.run(&["audit", "list", "--json"]);
    let error: Value = serde_json::from_str(&json.stderr).unwrap();
    assert_eq!(error["error"]["code"], "log-rolled-back");
}

#[test]
fn a_record_that_was_changed_is_not_listed() {
    let world = World::new();
    world.complete("one");
    world.tamper("UPDATE entry SET public = CAST(replace(CAST(public AS TEXT), 'extractive', 'exquisites') AS BLOB)");
    let ended = world.run(&["audit", "list"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(5), ""));
    assert!(ended.stderr.contains("not as it was sealed"), "{}", ended.stderr);
}
