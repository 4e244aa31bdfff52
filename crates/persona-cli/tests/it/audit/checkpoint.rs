//! `persona audit checkpoint`: the note, and going on after a loss.

use serde_json::Value;

use crate::process::World;

#[test]
fn the_newest_note_is_printed_as_it_is() {
    let world = World::new();
    let none = world.run(&["audit", "checkpoint"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(1), ""));
    assert!(none.stderr.starts_with("Error: there is no audit log yet\nHint: "), "{}", none.stderr);
    let receipt = world.complete("one");
    let note = world.run(&["audit", "checkpoint"]);
    assert_eq!((note.code, note.stdout), (Some(0), receipt.checkpoint.clone()));
    let json = world.run(&["audit", "checkpoint", "--json"]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["size"], &json["checkpoint"]), (&3.into(), &receipt.checkpoint.into()));
}

#[test]
fn nothing_is_accepted_where_nothing_was_lost() {
    let world = World::new();
    for act in ["--accept-rollback", "--new-log"] {
        let none = world.run(&["audit", "checkpoint", act, "--reason", "x"]);
        assert_eq!(none.code, Some(1), "{act}");
        assert!(none.stderr.starts_with("Error: there is no audit log yet"), "{}", none.stderr);
    }
    assert!(!world.folder().join("home").exists(), "a refused act made something");
    world.complete("one");
    for act in ["--accept-rollback", "--new-log"] {
        let sound = world.run(&["audit", "checkpoint", act, "--reason", "x"]);
        assert_eq!((sound.code, sound.stdout.as_str()), (Some(1), ""), "{act}");
        assert!(
            sound.stderr.contains("agrees with what this machine has seen"),
            "{}",
            sound.stderr
        );
    }
}

#[test]
fn an_act_needs_its_reason_and_a_reason_its_act() {
    let world = World::new();
    for arguments in [
        &["audit", "checkpoint", "--new-log"][..],
        &["audit", "checkpoint", "--accept-rollback"],
        &["audit", "checkpoint", "--accept-rollback", "--reason", ""],
        &["audit", "checkpoint", "--reason", "x"],
        &["audit", "checkpoint", "--accept-rollback", "--new-log", "--reason", "x"],
    ] {
        assert_eq!(world.run(arguments).code, Some(2), "{arguments:?}");
    }
}

#[test]
fn an_older_log_goes_on_when_that_is_accepted() {
    let world = World::new();
    world.complete("one");
    let early = world.keep_store();
    world.complete("two");
    world.restore_store(&early);
    let refused = world.run(&["audit", "list"]);
    assert_eq!(refused.code, Some(5));
    assert!(refused.stderr.contains("--accept-rollback"), "{}", refused.stderr);
    assert_eq!(world.run(&["audit", "verify"]).code, Some(7));
    let accepted =
        world.run(&["audit", "checkpoint", "--accept-rollback", "--reason", "restored a backup"]);
    assert_eq!(accepted.code, Some(0));
    assert_eq!(accepted.stdout, world.run(&["audit", "checkpoint"]).stdout);
    let verified = world.run(&["audit", "verify"]);
    assert_eq!(verified.code, Some(0));
    assert!(verified.stdout.contains("\nGood to know\n  rollback-accepted"), "{}", verified.stdout);
}

#[test]
fn a_lost_log_gets_a_successor() {
    let world = World::new();
    world.complete("one");
    std::fs::remove_dir_all(world.home("audit")).unwrap();
    let opened = world.run(&["audit", "checkpoint", "--new-log", "--reason", "the disk died"]);
    assert_eq!(opened.code, Some(0));
    assert!(opened.stderr.contains("names the old one"), "{}", opened.stderr);
    assert_eq!(world.run(&["audit", "verify"]).code, Some(0));
    world.complete("two");
    assert_eq!(world.run(&["audit", "list", "--format", "jsonl"]).stdout.lines().count(), 1);
}
