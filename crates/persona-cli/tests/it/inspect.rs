//! `persona inspect`: everything is said, nothing is done.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that finds other than it expects has failed"
)]

use std::fs;

use serde_json::Value;

use crate::process::World;

fn people(world: &World) {
    let mut text = "Name,Age,Comment\n".to_owned();
    for at in 0..12 {
        let age = ["18-24", "25-34", "35-44"][at % 3];
        let contact = if at == 4 { " Write to me at ann@example.org." } else { "" };
        text =
            format!("{text}Ann Lee{at},{age},\"List number {at} hangs on the fridge.{contact}\"\n");
    }
    fs::write(world.folder().join("people.csv"), text).unwrap();
}

#[test]
fn columns_privacy_and_sizes_are_shown_and_nothing_is_written() {
    let world = World::new();
    people(&world);
    let ended = world.run(&["inspect", "people.csv", "-n", "2"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for line in [
        "people.csv  csv, UTF-8, ",
        "Name     looks personal  0        12         (not shown)",
        "Looks personal    Name",
        "Never sent        Name",
        "Comment: answers with what looks like an e-mail address or telephone number: 1",
        "A model would be asked 2 questions: ",
    ] {
        assert!(ended.stdout.contains(line), "{line}\n{}", ended.stdout);
    }
    assert!(!ended.stdout.contains("Ann Lee") && ended.stdout.ends_with("Nothing was sent.\n"));
    let left: Vec<_> = fs::read_dir(world.folder()).unwrap().map(|entry| entry.unwrap()).collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn every_word_that_would_be_sent_is_shown_on_request() {
    let world = World::new();
    people(&world);
    let shown = world.run(&["inspect", "people.csv", "-n", "2", "--prompts", "--json"]);
    let document: Value = serde_json::from_str(&shown.stdout).unwrap();
    let sent = &document["would_be_sent"];
    assert_eq!(
        (sent["questions"].as_u64(), document["record_count"].as_u64()),
        (Some(2), Some(12))
    );
    let words = sent["groups"][0]["messages"][1]["content"].as_str().unwrap();
    assert!(words.contains("hangs on the fridge") && !words.contains("Ann Lee"), "{words}");
    let bytes: u64 = sent["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["bytes"].as_u64().unwrap())
        .sum();
    assert_eq!(sent["bytes"].as_u64(), Some(bytes));
    let without = world.run(&["inspect", "people.csv", "--json"]);
    let document: Value = serde_json::from_str(&without.stdout).unwrap();
    assert_eq!(document["would_be_sent"]["groups"][0]["messages"], Value::Null);
}
