//! `persona audit verify`: three answers, their exit codes, and what they rest on.

#![expect(clippy::unwrap_used, reason = "a result of another shape has failed the test")]
#![expect(clippy::disallowed_methods, reason = "tests write the files they need")]

use serde_json::{Value, json};

use crate::process::World;

fn document(world: &World, arguments: &[&str]) -> (Option<i32>, Value) {
    let ended = world.run(&[&["audit", "verify", "--json"], arguments].concat());
    assert_eq!(ended.stderr, "");
    (ended.code, serde_json::from_str(&ended.stdout).unwrap())
}

fn codes(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

#[test]
fn a_whole_log_is_verified_and_says_what_that_rests_on() {
    let world = World::new();
    world.complete("one");
    let text = world.run(&["audit", "verify"]);
    assert_eq!((text.code, text.stderr.as_str()), (Some(0), ""));
    assert!(
        text.stdout.starts_with("Verified: the log is whole and unchanged\n"),
        "{}",
        text.stdout
    );
    assert!(text.stdout.contains("persona audit checkpoint > FILE"), "{}", text.stdout);
    let (code, document) = document(&world, &[]);
    assert_eq!(code, Some(0));
    assert_eq!(document["verdict"], "verified");
    assert_eq!(document["rests_on"], json!(["self-attested", "local-mark"]));
    assert_eq!(document["scope"], "log");
    assert_eq!(
        (&document["checked"]["entries"], &document["checked"]["records"]),
        (&json!(3), &json!(1))
    );
    assert_eq!((&document["checkpoint"]["size"], &document["findings"]), (&json!(3), &json!([])));
    let origin = document["checkpoint"]["origin"].as_str().unwrap();
    assert!(text.stdout.contains(origin), "{}", text.stdout);
    for key in document["keys"].as_array().unwrap() {
        assert!(text.stdout.contains(key.as_str().unwrap()), "{}", text.stdout);
    }
}

#[test]
fn one_record_says_that_others_may_be_missing() {
    let world = World::new();
    world.complete("one");
    world.complete("two");
    let (code, record) = document(&world, &["@last"]);
    assert_eq!((code, &record["scope"]), (Some(0), &json!("record")));
    let (code, twice) = document(&world, &["@last", "@last"]);
    assert_eq!((code, &twice["checked"]), (Some(0), &record["checked"]));
    let text = world.run(&["audit", "verify", "@last"]).stdout;
    assert!(text.contains("does not show that no other run is missing"), "{text}");
    assert_eq!(world.run(&["audit", "verify", "ffff"]).code, Some(1));
}

#[test]
fn what_was_changed_is_named() {
    let world = World::new();
    let id = world.complete("one").audit_id.to_string();
    world.tamper(
        "UPDATE entry SET private = CAST(replace(CAST(private AS TEXT), 'ada', 'eve') AS BLOB)",
    );
    let (code, whole) = document(&world, &[]);
    assert_eq!((code, &whole["verdict"]), (Some(7), &json!("tampered")));
    let finding = &whole["findings"][0];
    assert_eq!(
        (&finding["code"], &finding["severity"]),
        (&json!("body-modified"), &json!("error"))
    );
    assert_eq!((&finding["index"], &finding["audit_id"]), (&json!(1), &json!(id)));
    let text = world.run(&["audit", "verify", &id]);
    assert_eq!(text.code, Some(7));
    assert!(text.stdout.starts_with("Tampered: "), "{}", text.stdout);
    assert!(
        text.stdout.contains(&format!("at entry 1, in the run {id}\n"))
            || text.stdout.ends_with(&format!("at entry 1, in the run {id}\n")),
        "{}",
        text.stdout
    );
}

#[test]
fn where_nothing_ever_was_nothing_can_be_decided() {
    let world = World::new();
    let (code, document) = document(&world, &[]);
    assert_eq!((code, codes(&document)), (Some(8), vec!["no-log"]));
    assert_eq!(world.run(&["audit", "verify", "@last"]).code, Some(8));
    assert!(!world.folder().join("home").exists(), "reading made something");
}

#[test]
fn a_lost_log_is_tampered_with_even_for_one_record() {
    let world = World::new();
    let id = world.complete("one").audit_id.to_string();
    std::fs::remove_dir_all(world.home("audit")).unwrap();
    let (code, whole) = document(&world, &[]);
    assert_eq!((code, codes(&whole)), (Some(7), vec!["log-rolled-back"]));
    assert_eq!(world.run(&["audit", "verify", &id]).code, Some(7));
}

#[test]
fn a_file_that_is_no_store_leaves_the_question_open() {
    let world = World::new();
    std::fs::create_dir_all(world.home("audit")).unwrap();
    std::fs::write(world.home("audit/audit.db"), "no database, and long enough to look at")
        .unwrap();
    let (code, document) = document(&world, &[]);
    assert_eq!((code, codes(&document)), (Some(8), vec!["unreadable"]));
    assert_eq!(world.run(&["audit", "list"]).code, Some(5));
}

#[test]
fn a_checkpoint_kept_elsewhere_shows_a_rewritten_past() {
    let world = World::new();
    world.complete("one");
    let early = world.keep_store();
    world.complete("two");
    let note = world.run(&["audit", "checkpoint"]).stdout;
    std::fs::write(world.folder().join("elsewhere"), note).unwrap();
    world.complete("three");
    let (code, good) = document(&world, &["--against", "elsewhere"]);
    assert_eq!((code, &good["rests_on"]), (Some(0), &json!(["local-mark", "given-checkpoint"])));
    // Whoever restores store and state together is seen only by what lies elsewhere.
    world.restore_store(&early);
    std::fs::remove_dir_all(world.home("state")).unwrap();
    assert_eq!(world.run(&["audit", "verify"]).code, Some(0));
    let (code, bad) = document(&world, &["--against", "elsewhere"]);
    assert_eq!((code, codes(&bad)), (Some(7), vec!["log-rolled-back"]));
}

#[test]
fn what_is_no_checkpoint_or_no_key_is_wrong_usage() {
    let world = World::new();
    world.complete("one");
    for arguments in [
        &["audit", "verify", "--against", "one.csv"][..],
        &["audit", "verify", "--against", "gone"],
        &["audit", "verify", "--key", "nonsense"],
    ] {
        let ended = world.run(arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ended.stderr.contains("\nHint: "), "{}", ended.stderr);
    }
}

#[test]
fn a_log_from_elsewhere_needs_a_key_that_is_trusted() {
    let world = World::new();
    world.complete("one");
    let key = world.run(&["audit", "keys", "export", "--format", "vkey"]).stdout;
    std::fs::remove_dir_all(world.home("state")).unwrap();
    std::fs::remove_dir_all(world.home("keys")).unwrap();
    let (code, stranger) = document(&world, &[]);
    assert_eq!((code, codes(&stranger)), (Some(8), vec!["key-unknown"]));
    assert_eq!(document(&world, &["--key", key.trim()]).0, Some(0));
}

#[test]
fn artifacts_are_warnings_that_strict_makes_count() {
    let world = World::new();
    world.complete("one");
    assert_eq!(document(&world, &["--artifacts", "--strict"]).0, Some(0));
    std::fs::write(world.folder().join("output/one/personas.json"), "forged").unwrap();
    assert_eq!(document(&world, &["--strict"]).0, Some(0));
    let (code, document) = document(&world, &["--artifacts"]);
    assert_eq!((code, codes(&document)), (Some(0), vec!["artifact-changed"]));
    let strict = world.run(&["audit", "verify", "--artifacts", "--strict"]);
    assert_eq!(strict.code, Some(6));
    assert!(strict.stdout.contains("\nWarnings\n  artifact-changed "), "{}", strict.stdout);
}
