//! `persona config`, from the command line to the file and back.

use serde_json::{Value, json};

use crate::process::World;

#[test]
fn what_is_set_is_got_and_listed_with_its_line() {
    let world = World::new();
    let set = world.run(&["config", "set", "audit.retention_days", "365"]);
    assert_eq!((set.code, set.stdout.as_str()), (Some(0), ""));
    assert!(set.stderr.starts_with("audit.retention_days = 365 in "), "{}", set.stderr);
    assert_eq!(world.run(&["config", "get", "audit.retention_days"]).stdout, "365\n");
    let all: Value =
        serde_json::from_str(&world.run(&["config", "list", "--json"]).stdout).unwrap();
    let entry = all.as_array().unwrap().iter().find(|it| it["key"] == "audit.retention_days");
    let entry = entry.unwrap();
    assert_eq!(entry["value"], json!(365));
    assert!(entry["origin"].as_str().unwrap().ends_with("config.toml:2"), "{entry}");
    let table = world.run(&["config", "list"]).stdout;
    assert!(table.starts_with("KEY "), "{table}");
    let licence = table.lines().find(|line| line.starts_with("data.licence ")).unwrap();
    assert!(licence.contains(" (not set) "), "{table}");
}

#[test]
fn unset_brings_back_the_default() {
    let world = World::new();
    world.run(&["config", "set", "defaults.count", "5"]);
    assert_eq!(world.run(&["config", "unset", "defaults.count", "--json"]).code, Some(0));
    assert_eq!(world.run(&["config", "get", "defaults.count"]).stdout, "auto\n");
    let again = world.run(&["config", "unset", "defaults.count"]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.starts_with("Error: `defaults.count` is not set in "), "{}", again.stderr);
}

#[test]
fn a_project_file_is_written_where_none_is_and_found_by_path() {
    let world = World::new();
    let set = world.run(&["config", "set", "data.licence", "CC0", "--project", "--json"]);
    let written: Value = serde_json::from_str(&set.stdout).unwrap();
    assert_eq!(written["value"], "CC0");
    assert!(world.folder().join("persona.toml").is_file());
    let path = world.run(&["config", "path"]).stdout;
    assert!(path.contains("(not written yet)\nproject  "), "{path}");
    let path: Value =
        serde_json::from_str(&world.run(&["config", "path", "--json"]).stdout).unwrap();
    assert_eq!(
        (&path["user"]["exists"], &path["project"]["exists"]),
        (&json!(false), &json!(true))
    );
}

#[test]
fn what_is_refused_is_not_written_and_says_why() {
    let world = World::new();
    for arguments in [
        &["config", "set", "audit.retention_days", "ninety"][..],
        &["config", "set", "audit.retenton_days", "90"],
        &["config", "set", "audit.enabled", "false", "--project"],
        &["config", "set", "audit.retention_days", "-5"],
    ] {
        let refused = world.run(arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(refused.stderr.contains("\nHint: "), "{}", refused.stderr);
    }
    assert_eq!(std::fs::read_dir(world.folder()).unwrap().count(), 0);
}

#[test]
fn a_higher_layer_is_named_when_it_hides_what_was_set() {
    let world = World::new();
    let mut set = world.persona(&["config", "set", "audit.retention_days", "365"]);
    let set = set.env("PERSONA_AUDIT__RETENTION_DAYS", "7").output().unwrap();
    let said = String::from_utf8(set.stderr).unwrap();
    assert!(
        said.ends_with("a run still uses 7, from env PERSONA_AUDIT__RETENTION_DAYS\n"),
        "{said}"
    );
}
