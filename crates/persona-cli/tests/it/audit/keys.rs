//! `persona audit keys`: public halves only.

use serde_json::{Value, json};

use crate::process::World;

#[test]
fn keys_are_shown_with_fingerprint_and_file() {
    let world = World::new();
    world.complete("one");
    let keys = world.run(&["audit", "keys", "show", "--json"]).stdout;
    let keys: Value = serde_json::from_str(&keys).unwrap();
    assert_eq!((&keys[0]["purpose"], &keys[1]["purpose"]), (&json!("log"), &json!("attest")));
    let text = world.run(&["audit", "keys", "show"]).stdout;
    for key in keys.as_array().unwrap() {
        assert_eq!(key["admitted"], true);
        for member in ["keyid", "vkey", "file"] {
            let value = key[member].as_str().unwrap();
            assert!(text.contains(value), "{member} {value} is not in\n{text}");
        }
    }
    assert!(!text.contains("PRIVATE"));
}

#[test]
fn an_export_is_the_key_and_nothing_else() {
    let world = World::new();
    world.complete("one");
    let pem = world.run(&["audit", "keys", "export"]);
    assert_eq!((pem.code, pem.stderr.as_str()), (Some(0), ""));
    assert!(pem.stdout.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{}", pem.stdout);
    assert!(pem.stdout.ends_with("-----END PUBLIC KEY-----\n"), "{}", pem.stdout);
    let vkey = world.run(&["audit", "keys", "export", "--key", "attest", "--format", "vkey"]);
    assert_eq!(vkey.stdout.lines().count(), 1);
    assert!(vkey.stdout.starts_with("persona/"), "{}", vkey.stdout);
}

#[test]
fn before_the_first_run_there_are_none() {
    let world = World::new();
    let shown = world.run(&["audit", "keys", "show"]);
    assert_eq!((shown.code, shown.stdout.as_str()), (Some(0), ""));
    assert!(shown.stderr.starts_with("no keys in "), "{}", shown.stderr);
    assert_eq!(world.run(&["audit", "keys", "show", "--json"]).stdout, "[]\n");
    assert_eq!(world.run(&["audit", "keys", "export"]).code, Some(1));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_refused_with_the_command_that_helps() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.complete("one");
    let file = world.home("keys/log.pem");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = world.run(&["audit", "keys", "show"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(5), ""));
    let hint = format!("Hint: `chmod 600 '{}'`", file.display());
    assert!(refused.stderr.contains(&hint), "{}", refused.stderr);
}
