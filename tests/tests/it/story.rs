//! The story every user lives: generate, look it up, verify it, have it tampered with, be told.

use std::fs;

use rusqlite::Connection;

use crate::support::{Machine, sha256, survey};

#[test]
fn a_run_is_listed_shown_verified_and_exported() {
    let machine = Machine::new();
    let (document, folder) = machine.generate(&survey(), &["-n", "3", "--audit"]);
    let id = document["audit_id"].as_str().unwrap();
    assert_eq!(document["persona_count"], 3);
    assert_eq!(document["ai_generated"], true);
    assert_eq!(document["findings"], document["quality"]["issues"]);

    let list = machine.run(&["audit", "list", "--json"]).exits(0).json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["audit_id"], id);
    let keys: Vec<_> = list[0].as_object().unwrap().keys().map(String::as_str).collect();
    let contract = [
        "audit_id",
        "data_hash",
        "data_path",
        "generation_time_ms",
        "model",
        "persona_count",
        "provider",
        "record_count",
        "state",
        "status",
        "timestamp",
        "user",
    ];
    assert_eq!(keys, contract);

    let record = machine.run(&["audit", "show", &id[..35], "--json"]).exits(0).json();
    assert_eq!(record["input"]["data_hash"], format!("sha256:{}", sha256(&survey())));
    let personas = format!("sha256:{}", sha256(&folder.join("personas.json")));
    assert_eq!(record["output"]["personas_hash"], personas);
    for file in record["output"]["files"].as_array().unwrap() {
        let path = folder.join(file["path"].as_str().unwrap());
        assert_eq!(file["sha256"], sha256(&path), "{}", path.display());
    }

    let verified = machine.run(&["audit", "verify", id, "--artifacts", "--strict", "--json"]);
    let verified = verified.exits(0).json();
    assert_eq!((&verified["verdict"], &verified["scope"]), (&"verified".into(), &"record".into()));
    let verified = machine.run(&["audit", "verify", "--json"]).exits(0).json();
    assert_eq!(verified["checked"]["entries"], 3);
    assert_eq!(verified["rests_on"], serde_json::json!(["self-attested", "local-mark"]));

    machine.run(&["audit", "export", "--format", "json", "--output", "export.json"]).exits(0);
    let export = fs::read_to_string(machine.work().join("export.json")).unwrap();
    let export: serde_json::Value = serde_json::from_str(&export).unwrap();
    assert_eq!(export["records"][0], record);
}

#[test]
fn the_same_command_gives_the_same_personas() {
    let machine = Machine::new();
    let [first, second] = [(); 2].map(|()| machine.generate(&survey(), &["-n", "3"]).1);
    let mut names = vec!["personas.json".to_owned(), "assignments.csv".to_owned()];
    for entry in fs::read_dir(first.join("personas")).unwrap() {
        names.push(format!("personas/{}", entry.unwrap().file_name().to_str().unwrap()));
    }
    assert_eq!(names.len(), 2 + 3 * 2);
    for name in names {
        assert_eq!(sha256(&first.join(&name)), sha256(&second.join(&name)), "{name}");
    }
}

#[test]
fn tampering_is_named_and_nothing_is_added_to_it() {
    let machine = Machine::new();
    let data = machine.small_survey();
    let (document, _) = machine.generate(&data, &[]);
    let database = Connection::open(machine.store().join("audit.db")).unwrap();
    let sql = "UPDATE entry SET header = \
               CAST(replace(CAST(header AS TEXT), 'completed', 'failed') AS BLOB) WHERE idx = 2";
    assert_eq!(database.execute(sql, []).unwrap(), 1);
    database
        .execute("UPDATE node SET hash = zeroblob(32) WHERE entry = 2 AND level = 0", [])
        .unwrap();
    drop(database);
    let found = machine.run(&["audit", "verify", "--json"]).exits(7).json();
    assert_eq!(found["verdict"], "tampered");
    let named = |finding: &serde_json::Value| finding["index"] == 2;
    assert!(found["findings"].as_array().unwrap().iter().any(named), "{found:#}");
    let refused = machine.run(&["generate", data.to_str().unwrap(), "--json"]).exits(5);
    assert!(refused.stderr.contains("persona audit verify"), "{}", refused.stderr);
    assert_eq!(machine.visible_outputs().len(), 1);
    let id = document["audit_id"].as_str().unwrap();
    machine.run(&["audit", "show", id]).exits(5);
    machine.run(&["audit", "verify", id]).exits(7);
}

#[test]
fn a_lost_store_is_a_rollback_until_somebody_says_why() {
    let machine = Machine::new();
    let data = machine.small_survey();
    machine.generate(&data, &[]);
    fs::remove_dir_all(machine.store()).unwrap();
    machine.run(&["audit", "verify"]).exits(7);
    machine.run(&["audit", "list"]).exits(5);
    machine.run(&["generate", data.to_str().unwrap()]).exits(5);
    let words = ["audit", "checkpoint", "--new-log", "--reason", "the disk was replaced"];
    machine.run(&words).exits(0);
    machine.generate(&data, &[]);
    machine.run(&["audit", "verify"]).exits(0);
}

#[test]
fn without_audit_nothing_is_recorded_and_the_output_says_so() {
    let machine = Machine::new();
    let (document, folder) = machine.generate(&machine.small_survey(), &["--no-audit"]);
    assert!(document["audit_id"].is_null());
    let metadata = fs::read_to_string(folder.join("metadata.json")).unwrap();
    assert!(metadata.contains("\"audit\": \"disabled\""));
    assert!(!machine.store().exists() && !machine.state().exists());
    machine.run(&["audit", "list", "--json"]).exits(0);
    machine.run(&["audit", "verify"]).exits(8);
}

#[test]
fn retention_can_be_configured_and_is_stored_with_the_record() {
    let machine = Machine::new();
    machine.run(&["config", "set", "audit.retention_days", "180"]).exits(0);
    machine.run(&["config", "set", "audit.retention_days", "ninety"]).exits(2);
    let got = machine.run(&["config", "get", "audit.retention_days"]).exits(0);
    assert_eq!(got.stdout.trim(), "180");
    machine.generate(&machine.small_survey(), &[]);
    let record = machine.run(&["audit", "show", "@last", "--json"]).exits(0).json();
    let not_before = record["retention"]["not_before"].as_str().unwrap();
    assert!(not_before > record["timestamp"].as_str().unwrap());
}

#[test]
fn no_output_names_who_ran_it_where() {
    let machine = Machine::new();
    let (_, folder) = machine.generate(&machine.small_survey(), &[]);
    let home = machine.home();
    let mut files = vec![folder.clone(), folder.join("personas")];
    while let Some(path) = files.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            for secret in [machine.work(), home.clone()] {
                let secret = secret.to_str().unwrap().to_owned();
                assert!(!text.contains(&secret), "{} names {secret}", path.display());
            }
        }
    }
    // The envelope's payload is base64: look inside it too.
    let record = machine.run(&["audit", "show", "@last", "--json"]).exits(0).json();
    let user = record["session"]["user"].as_str().unwrap();
    assert!(!user.is_empty());
    let envelope = fs::read_to_string(folder.join("provenance.intoto.json")).unwrap();
    let envelope: serde_json::Value = serde_json::from_str(&envelope).unwrap();
    assert!(envelope["payload"].as_str().unwrap().len() > 100);
}

#[test]
fn unusable_input_leaves_no_trace() {
    let machine = Machine::new();
    let write = |name: &str, bytes: &[u8]| fs::write(machine.work().join(name), bytes).unwrap();
    write("empty.csv", b"");
    write("header.csv", b"a,b\n");
    write("page.csv", b"<!doctype html><html></html>");
    write("binary.csv", b"PK\x03\x04\x00\x00");
    write("twice.csv", b"a,a\n1,2\n");
    for name in ["missing.csv", "empty.csv", "header.csv", "page.csv", "binary.csv", "twice.csv"] {
        let failed = machine.run(&["generate", name]).exits(3);
        assert!(failed.stderr.starts_with("Error: ") && failed.stderr.contains("Hint: "), "{name}");
        assert_eq!(failed.stdout, "");
    }
    assert!(!machine.store().exists());
    assert_eq!(machine.visible_outputs().len(), 0);
}
