//! What goes where: results, errors, colour, and readers that leave.

use serde_json::Value;

use crate::process::World;

#[test]
fn help_and_version_are_results() {
    let world = World::new();
    let version = world.run(&["--version"]);
    assert_eq!((version.code, version.stderr.as_str()), (Some(0), ""));
    assert_eq!(version.stdout, concat!("persona ", env!("CARGO_PKG_VERSION"), "\n"));
    assert!(world.run(&["generate", "--help"]).stdout.contains("--seed"));
    assert!(world.run(&["completions", "bash"]).stdout.contains("_persona"));
}

#[test]
fn nothing_at_all_is_answered_with_help_and_a_usage_error() {
    let bare = World::new().run(&[]);
    assert_eq!((bare.code, bare.stdout.as_str()), (Some(2), ""));
    assert!(bare.stderr.contains("Usage: persona"), "{}", bare.stderr);
}

#[test]
fn wrong_usage_is_told_to_people_and_to_programs() {
    let world = World::new();
    let text = world.run(&["audit", "list", "--since", "tomorrow"]);
    assert_eq!(text.code, Some(2));
    assert!(text.stderr.starts_with("Error: invalid value 'tomorrow'"), "{}", text.stderr);
    let json = world.run(&["audit", "list", "--json", "--since", "tomorrow"]);
    assert_eq!((json.code, json.stderr.lines().count()), (Some(2), 1));
    let error: Value = serde_json::from_str(&json.stderr).unwrap();
    assert_eq!(error["error"]["code"], "usage");
}

#[test]
fn colour_comes_only_when_asked_for_without_a_terminal() {
    let world = World::new();
    assert!(!world.run(&["config", "get", "nope"]).stderr.contains('\x1b'));
    let colored = world.run(&["--color", "always", "config", "get", "nope"]);
    assert!(colored.stderr.contains("\x1b["), "{}", colored.stderr);
    assert!(world.run(&["--color=always", "--help"]).stdout.contains("\x1b["));
}

#[test]
fn quiet_leaves_the_result_and_the_errors() {
    let world = World::new();
    assert_eq!(world.run(&["-q", "config", "set", "audit.enabled", "false"]).stderr, "");
    assert_eq!(world.run(&["-q", "config", "get", "audit.enabled"]).stdout, "false\n");
    assert!(world.run(&["-q", "config", "get", "nope"]).stderr.starts_with("Error: "));
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_ends_the_command_quietly() {
    let world = World::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ended = world.persona(&["config", "list"]).stdout(writer).output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let world = World::new();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let ended = world.persona(&["config", "list"]).stdout(full).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.starts_with("Error: standard output failed\nCaused by: No space left"), "{said}");
}
