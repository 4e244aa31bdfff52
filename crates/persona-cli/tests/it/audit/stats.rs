//! `persona audit stats`.

#![expect(clippy::unwrap_used, reason = "a test whose document does not read has failed")]

use serde_json::{Value, json};

use crate::process::World;

fn counted(world: &World, more: &[&str]) -> Value {
    let ended = world.run(&[&["audit", "stats", "--json"], more].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

#[test]
fn runs_are_counted_by_what_they_have_in_common() {
    let world = World::new();
    world.complete("one");
    world.complete("two");
    world.fail("three");
    let open = world.open("four");
    let stats = counted(&world, &[]);
    assert_eq!((&stats["records"], &stats["entries"]), (&4.into(), &8.into()));
    let by_status = json!([
        {"name": "started", "records": 1},
        {"name": "completed", "records": 2},
        {"name": "failed", "records": 1},
        {"name": "abandoned", "records": 0},
    ]);
    assert_eq!(stats["by_status"], by_status);
    assert_eq!(stats["by_month"].as_array().unwrap().len(), 1);
    assert_eq!(stats["by_provider"][0]["records"], 4);
    assert_eq!(stats["made"], Value::Null);
    assert_eq!(stats["store"], "sqlite");
    let checkpoint = world.run(&["audit", "checkpoint", "--json"]).stdout;
    let checkpoint: Value = serde_json::from_str(&checkpoint).unwrap();
    assert_eq!((&stats["root"], &stats["origin"]), (&checkpoint["root"], &checkpoint["origin"]));
    let on_disk = stats["bytes"].as_u64().unwrap();
    assert!(on_disk > 4096 && stats["bytes_per_record"] == on_disk / 4, "{stats}");
    drop(open);
    assert_eq!(counted(&world, &[])["by_status"][3]["records"], 1);
    let made = &counted(&world, &["--bodies"])["made"];
    assert!(made["personas"].as_u64().unwrap() > 0, "{made}");
}

#[test]
fn people_get_a_sheet_and_tables() {
    let world = World::new();
    world.complete("one");
    let ended = world.run(&["audit", "stats"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    for said in
        ["Log\n", "Records\n", "completed", "PROVIDER", "MODEL", "USER", "MONTH", "a record"]
    {
        assert!(ended.stdout.contains(said), "{said}: {}", ended.stdout);
    }
    assert!(!ended.stdout.contains("personas"), "{}", ended.stdout);
}

#[test]
fn no_log_is_no_number() {
    let ended = World::new().run(&["audit", "stats"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("there is no audit log yet"), "{}", ended.stderr);
}
