//! Data of every kind, as the command line takes it.

#![expect(clippy::unwrap_used, reason = "a test that cannot start its process has failed")]

use std::{fs::File, path::Path, process::Stdio};

use serde_json::Value;

use crate::process::{Ended, World};

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    path.canonicalize().unwrap().display().to_string()
}

/// Every quote of the personas that a run printed.
fn quotes(ended: &Ended) -> String {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let folder = document.get("output_path").and_then(Value::as_str).unwrap();
    std::fs::read_to_string(Path::new(folder).join("personas.json")).unwrap()
}

#[test]
fn interviews_and_transcripts_are_quoted_without_those_who_ask() {
    let world = World::new();
    let output = world.folder().display().to_string();
    let run =
        |name: &str| quotes(&world.run(&["generate", &example(name), "--json", "-o", &output]));
    let interview = run("interview.md");
    assert!(interview.contains("I usually send a summary to the team the same day."));
    assert!(
        !interview.contains("Do you share what you write")
            && !interview.contains("half an hour each")
    );
    let group = run("focus-group.vtt");
    assert!(group.contains("I am offline on every train") && !group.contains("annoys you most"));
}

#[test]
fn standard_input_gives_the_personas_of_the_file() {
    let world = World::new();
    let file = example("feedback.jsonl");
    let from_file = world.run(&["generate", &file, "--json", "-o", "out"]);
    let mut command = world.persona(&["generate", "-", "--json", "-o", "out"]);
    let from_pipe = command.stdin(Stdio::from(File::open(&file).unwrap())).output().unwrap().into();
    let in_world = |ended: &Ended| {
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        let folder = world.folder().join(document["output_path"].as_str().unwrap());
        std::fs::read_to_string(folder.join("personas.json")).unwrap()
    };
    let named = in_world(&from_file).replace("\"feedback.jsonl\"", "\"-\"");
    assert_eq!(in_world(&from_pipe), named);
    let listed = world.run(&["audit", "list", "--json"]).stdout;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["data_path"], "-");
    assert_eq!(listed[0]["data_hash"], listed[1]["data_hash"]);
}

#[test]
fn what_is_no_data_ends_with_3_and_a_hint_of_its_own() {
    let world = World::new();
    let file = |name: &str, bytes: &[u8]| {
        let path = world.folder().join(name);
        File::create(&path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, bytes))
            .unwrap();
    };
    file("page.csv", b"<!doctype html><p>Sign in");
    file("paper.csv", b"%PDF-1.7");
    file("old.csv", b"a,b\n1,\xCF\xF0\xE8\xE2\xE5\xF2, \xEA\xE0\xEA \xE4\xE5\xEB\xE0\n");
    file("cut.json", b"[{\"a\": 1},");
    let cases = [
        ("page.csv", "is an HTML page", "login page"),
        ("paper.csv", "a PDF document", "save its text"),
        ("old.csv", "in no encoding we know", "iconv"),
        ("cut.json", "not valid JSON", "export it once more"),
        (".", "", ""),
        ("/dev/null", "is no regular file", "persona generate -"),
        ("-", "standard input is empty", "names the columns"),
    ];
    for (name, sentence, hint) in cases {
        let ended = world.run(&["generate", name]);
        assert_eq!(ended.code, Some(3), "{name}: {}", ended.stderr);
        assert!(ended.stderr.contains(sentence) && ended.stderr.contains(hint), "{}", ended.stderr);
    }
    assert!(!world.folder().join("output").exists());
}
