//! The story of `story.rs` on each store, with the same commands: nothing but the setting differs.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Kept, Machine, survey};

#[test]
fn the_story_on_sqlite() {
    the_story(Kept::Sqlite);
}

#[test]
fn the_story_on_json_files() {
    the_story(Kept::Json);
}

#[test]
fn the_story_on_postgres() {
    the_story(Kept::Postgres);
}

/// Generate, list, show, verify, export; tampered with; told, and nothing added.
fn the_story(kept: Kept) {
    let machine = Machine::keeping(kept);
    machine.run(&["audit", "verify"]).exits(8);
    assert_eq!(machine.run(&["audit", "list", "--json"]).exits(0).json(), json!([]));
    let (first, _) = machine.generate(&survey(), &["-n", "3"]);
    let (second, _) = machine.generate(&machine.small_survey(), &[]);
    let id = |document: &Value| document["audit_id"].as_str().unwrap().to_owned();

    let list = machine.run(&["audit", "list", "--json"]).exits(0).json();
    let listed: Vec<_> = list.as_array().unwrap().iter().map(id).collect();
    assert_eq!(listed, [id(&second), id(&first)], "newest first");
    let some = machine.run(&["audit", "list", "--data", "small.csv", "--json"]).exits(0).json();
    assert_eq!(some.as_array().map(Vec::len), Some(1));
    let record = machine.run(&["audit", "show", &id(&first), "--json"]).exits(0).json();
    assert_eq!(record["output"]["persona_count"], 3);

    let words = ["audit", "verify", "--artifacts", "--strict", "--json"];
    let verified = machine.run(&words).exits(0).json();
    assert_eq!(verified["checked"]["entries"], 5);
    assert_eq!(verified["rests_on"], json!(["self-attested", "local-mark"]));
    machine.run(&["audit", "export", "--format", "jsonl", "--output", "export.jsonl"]).exits(0);
    let export = fs::read_to_string(machine.work().join("export.jsonl")).unwrap();
    assert_eq!(export.lines().count(), 2);
    assert_eq!(serde_json::from_str::<Value>(export.lines().last().unwrap()).unwrap(), record);

    tamper(kept, &machine);
    let found = machine.run(&["audit", "verify", "--json"]).exits(7).json();
    let named = |finding: &Value| finding["index"] == 2 && finding["code"] == "body-modified";
    assert!(found["findings"].as_array().unwrap().iter().any(named), "{found:#}");
    machine.run(&["audit", "show", &id(&first)]).exits(5);
    machine.run(&["audit", "show", &id(&second)]).exits(0);
}

/// Gives the first run another number of personas, where the store keeps its closing.
fn tamper(kept: Kept, machine: &Machine) {
    let (from, to) = (r#""persona_count":3"#, r#""persona_count":4"#);
    match kept {
        Kept::Sqlite => {
            let database = rusqlite::Connection::open(machine.store().join("audit.db")).unwrap();
            let sql = "UPDATE entry SET public = CAST(replace(CAST(public AS TEXT), ?1, ?2) AS BLOB) \
                       WHERE idx = 2";
            assert_eq!(database.execute(sql, [from, to]).unwrap(), 1);
        }
        Kept::Json => {
            let files = fs::read_dir(machine.store().join("json")).unwrap();
            let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
            paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
            paths.sort();
            let text = fs::read_to_string(&paths[2]).unwrap();
            assert!(text.contains(from), "{text}");
            fs::write(&paths[2], text.replace(from, to)).unwrap();
        }
        Kept::Postgres => {
            let url = machine.setting("PERSONA_AUDIT__DATABASE_URL");
            let database = throwaway_postgres::shared().database(url);
            let log = machine.setting("PERSONA_AUDIT__LOG");
            let sql = format!(
                "UPDATE persona_audit.entry SET public = convert_to(replace(convert_from(public, 'UTF8'), \
                 '{from}', '{to}'), 'UTF8') WHERE idx = 2 AND log = \
                 (SELECT log FROM persona_audit.log WHERE name = '{log}') RETURNING idx"
            );
            let done = database.run(&sql).unwrap();
            assert_eq!(done, "2");
        }
    }
}
