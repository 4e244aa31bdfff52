//! `persona audit migrate`.

#![expect(clippy::unwrap_used, reason = "a test whose document does not read has failed")]

use serde_json::Value;

use crate::process::World;

fn checkpoint(world: &World) -> Value {
    serde_json::from_str(&world.run(&["audit", "checkpoint", "--json"]).stdout).unwrap()
}

#[test]
fn it_says_both_roots_and_how_the_next_run_finds_it() {
    let world = World::new();
    world.complete("one");
    let root = checkpoint(&world)["root"].as_str().unwrap().to_owned();
    let words = ["audit", "migrate", "--to", "sqlite", "--store-path", "there"];
    let ended = world.run(&words);
    let folder = world.folder().canonicalize().unwrap();
    let folder = folder.display();
    let said = format!(
        "moved 3 entries to sqlite:{folder}/there/audit.db\n  root before  {root}\n  root after   {root}\n"
    );
    assert_eq!((ended.code, ended.stdout), (Some(0), said));
    let advice = format!(
        "the next run finds it there with:\n  persona config set audit.store_path '{}/there'\n\
         what lay at sqlite:{folder}/home/audit/audit.db is set aside there as audit.db.moved-",
        world.folder().display()
    );
    assert!(ended.stderr.starts_with(&advice), "{}", ended.stderr);
    let told = "other machines that write to this log must be given its new place\n";
    assert!(ended.stderr.ends_with(told), "{}", ended.stderr);
    let there = format!("{}/there", world.folder().display());
    assert_eq!(world.run(&["audit", "list"]).code, Some(5));
    assert_eq!(world.run(&["config", "set", "audit.store_path", &there]).code, Some(0));
    assert_eq!(checkpoint(&world)["root"], root);
    assert_eq!(world.run(&["audit", "verify"]).code, Some(0));
}

#[test]
fn programs_get_places_roots_and_settings() {
    let world = World::new();
    world.complete("one");
    let before = checkpoint(&world);
    let ended = world.run(&["audit", "migrate", "--to", "json", "--json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(document["settings"], serde_json::json!({"audit.store": "json"}));
    assert_eq!(
        (&document["root_before"], &document["root_after"]),
        (&before["root"], &before["root"])
    );
    assert_eq!((&document["size"], &document["checkpoint"]), (&3.into(), &before["checkpoint"]));
    assert!(document["from"].as_str().unwrap().starts_with("sqlite:"));
    assert!(document["to"].as_str().unwrap().starts_with("json:"));
}
