//! `persona audit show`.

use serde_json::Value;

use crate::process::World;

#[test]
fn the_record_is_shown_in_sections() {
    let world = World::new();
    let id = world.complete("one").audit_id.to_string();
    let shown = world.run(&["audit", "show", "@last"]);
    assert_eq!((shown.code, shown.stderr.as_str()), (Some(0), ""));
    for line in [
        &format!("  id                  {id}\n")[..],
        "  status              completed\n",
        "\nInput\n",
        "\nModel\n",
        "  model               extractive-1\n",
        "  personas asked for  auto\n",
        "\nOutput\n",
        "  folder              output/one\n",
        "\nQuality\n",
        "  issues              small-sample: 50 people\n",
        "\nReproducibility\n",
        "  seed                42\n",
        "\nSignature\n  log key             ",
    ] {
        assert!(shown.stdout.contains(line), "{line:?} is not in\n{}", shown.stdout);
    }
    assert!(!shown.stdout.contains('\x1b'));
}

#[test]
fn json_is_the_record_and_events_come_beside_it() {
    let world = World::new();
    let id = world.fail("one").audit_id.to_string();
    let record: Value =
        serde_json::from_str(&world.run(&["audit", "show", &id, "--json"]).stdout).unwrap();
    assert_eq!(record["schema"], "persona.audit/1");
    assert_eq!(
        (&record["audit_id"], &record["status"]),
        (&Value::from(id.as_str()), &"failed".into())
    );
    assert_eq!(record["error"]["stage"], "write");
    let both = world.run(&["audit", "show", &id, "--json", "--events"]).stdout;
    let both: Value = serde_json::from_str(&both).unwrap();
    assert_eq!(both["record"], record);
    assert_eq!(both["events"][0]["header"]["kind"], "generation.started");
    assert_eq!(both["events"][1]["body"]["kind"], "generation.failed");
    let text = world.run(&["audit", "show", &id, "--events"]).stdout;
    assert!(text.contains("\nEntry 2: generation.failed\n"), "{text}");
}

#[test]
fn any_beginning_that_names_one_run_is_an_id() {
    let world = World::new();
    world.complete("one");
    let none = world.run(&["audit", "show", "ffff"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(1), ""));
    assert!(
        none.stderr.starts_with("Error: no record has the id `ffff`\nHint: "),
        "{}",
        none.stderr
    );
    assert_eq!(world.run(&["audit", "show", "0"]).code, Some(0));
    world.complete("two");
    let several = world.run(&["audit", "show", "0"]);
    assert_eq!(several.code, Some(1));
    assert!(several.stderr.contains("`0` begins the ids of 2 records"), "{}", several.stderr);
    let empty = World::new().run(&["audit", "show", "@last"]);
    assert_eq!(empty.code, Some(1));
    assert!(empty.stderr.contains("Hint: no run is listed;"), "{}", empty.stderr);
}

#[test]
fn a_run_in_progress_and_one_left_open_are_told_apart() {
    let world = World::new();
    let run = world.open("slow");
    let status = || world.run(&["audit", "show", "@last"]).stdout;
    assert!(status().contains("status              started\n"));
    drop(run);
    assert!(status().contains("status              abandoned\n"));
}
