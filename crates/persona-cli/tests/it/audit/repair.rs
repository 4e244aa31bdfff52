//! `persona audit repair`.

use serde_json::{Value, json};

use crate::process::World;

#[test]
fn a_finished_run_that_lost_its_end_is_completed() {
    let world = World::new();
    let id = world.cut_off("one");
    let repaired = world.run(&["audit", "repair", &id]);
    assert_eq!((repaired.code, repaired.stderr.as_str()), (Some(0), ""));
    assert_eq!(repaired.stdout, format!("1 run was closed\nthe run {id} is completed\n"));
    assert_eq!(world.run(&["audit", "repair"]).stdout, "no run was left without an end\n");
    assert_eq!(world.run(&["audit", "verify"]).code, Some(0));
}

#[test]
fn programs_get_the_number_and_the_run() {
    let world = World::new();
    drop(world.open("one"));
    let id = world.cut_off("two");
    let ended = world.run(&["audit", "repair", "@last", "--json"]);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    // The opening of the second run closed the first one.
    assert_eq!(document, json!({"closed": 1, "run": {"audit_id": id, "status": "completed"}}));
}

#[test]
fn an_unknown_run_is_said_and_nothing_is_an_answer() {
    let world = World::new();
    let nothing = world.run(&["audit", "repair"]);
    assert_eq!(
        (nothing.code, nothing.stdout.as_str()),
        (Some(0), "no run was left without an end\n")
    );
    assert_eq!(world.run(&["audit", "repair", "ffff"]).code, Some(1));
    assert!(!world.folder().join("home").exists(), "a repair of nothing made something");
}
