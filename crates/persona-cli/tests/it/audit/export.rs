//! `persona audit export`: to standard output, to files, and to readers that leave.

use serde_json::Value;

use crate::process::World;

#[test]
fn a_document_holds_the_log_its_keys_and_the_records() {
    let world = World::new();
    world.complete("one");
    let id = world.fail("two").audit_id.to_string();
    let ended = world.run(&["audit", "export", "--format", "json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), "2 records exported\n"));
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(document["schema"], "persona.export/1");
    assert_eq!((&document["log"]["size"], &document["compliance"]), (&5.into(), &Value::Null));
    assert_eq!(document["records"].as_array().unwrap().len(), 2);
    let one = world.run(&["audit", "export", "--format", "jsonl", "--id", &id]);
    assert_eq!(one.stderr, "1 record exported\n");
    let record: Value = serde_json::from_str(&one.stdout).unwrap();
    assert_eq!(record["audit_id"], Value::from(id));
    let csv = world.run(&["audit", "export", "--format", "csv", "--status", "completed"]).stdout;
    assert_eq!(csv.lines().count(), 2);
}

#[test]
fn without_a_log_the_document_is_empty_but_an_id_is_missing() {
    let world = World::new();
    let ended = world.run(&["audit", "export", "--format", "json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), "0 records exported\n"));
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&document["log"], &document["records"]), (&Value::Null, &Value::Array(vec![])));
    let missing = world.run(&["audit", "export", "--format", "json", "--id", "@last"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(1), ""));
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let world = World::new();
    world.complete("one");
    let path = world.folder().join("out.jsonl");
    let ended = world.run(&["audit", "export", "--format", "jsonl", "-o", "out.jsonl"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    assert!(ended.stderr.starts_with("1 record exported to "), "{}", ended.stderr);
    let whole = std::fs::read_to_string(&path).unwrap();
    assert_eq!(whole.lines().count(), 1);
    world.complete("two");
    world.tamper("UPDATE entry SET public = x'00' WHERE idx = 1");
    let failed = world.run(&["audit", "export", "--format", "jsonl", "-o", "out.jsonl"]);
    assert_eq!(failed.code, Some(5));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
    let names = std::fs::read_dir(world.folder()).unwrap();
    let left = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(".tmp");
    assert!(!names.into_iter().any(|entry| left(&entry.unwrap().file_name())));
}

#[test]
fn places_that_cannot_be_written_are_named() {
    let world = World::new();
    world.complete("one");
    for (place, cause) in
        [("gone/out.json", "No such file or directory (os error 2)"), ("output", "is a directory")]
    {
        let ended = world.run(&["audit", "export", "--format", "json", "-o", place]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
        assert!(ended.stderr.starts_with("Error: failed to write "), "{}", ended.stderr);
        assert!(ended.stderr.contains(&format!("Caused by: {cause}\nHint: ")), "{}", ended.stderr);
    }
    let dash = world.run(&["audit", "export", "--format", "jsonl", "-o", "-"]);
    assert_eq!(dash.stdout.lines().count(), 1);
}

#[test]
fn a_reader_that_has_left_ends_every_form_quietly() {
    let world = World::new();
    world.complete("one");
    for arguments in [
        &["audit", "export", "--format", "json"][..],
        &["audit", "export", "--format", "jsonl"],
        &["audit", "export", "--format", "csv"],
        &["audit", "list"],
        &["audit", "list", "--format", "csv"],
        &["audit", "show", "@last"],
        &["audit", "verify"],
        &["audit", "checkpoint"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = world.persona(arguments).stdout(writer).output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8(ended.stderr).unwrap(), "", "{arguments:?}");
    }
}
