//! `persona doctor`: what stands in the way of a run is named, with a remedy, and nothing is touched.

#![expect(clippy::unwrap_used, reason = "a test that cannot look at its files has failed")]
#![expect(clippy::disallowed_methods, reason = "tests write the files they need")]

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::Value;

use crate::process::{Ended, World};

impl World {
    fn doctor(&self, variables: &[(&str, &str)]) -> Ended {
        let mut command = self.persona(&["doctor", "--json"]);
        command.env_remove("OPENAI_API_KEY").envs(variables.iter().copied());
        Ended::from(command.output().unwrap())
    }

    /// The state of a check, its text, and the exit code.
    fn finds(&self, variables: &[(&str, &str)], name: &str) -> (String, String, Option<i32>) {
        let ended = self.doctor(variables);
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        let mut checks = document.get("checks").and_then(Value::as_array).unwrap().iter();
        let text = |check: &Value, member| check.get(member)?.as_str().map(str::to_owned);
        let check = checks.find(|check| text(check, "name").as_deref() == Some(name)).unwrap();
        (text(check, "state").unwrap(), check.to_string(), ended.code)
    }

    fn is_problem(&self, variables: &[(&str, &str)], name: &str, code: i32) -> String {
        let (state, text, exit) = self.finds(variables, name);
        assert_eq!((state.as_str(), exit), ("problem", Some(code)), "{text}");
        assert!(!text.contains("\"hints\":[]"), "{text}");
        text
    }
}

#[test]
fn a_fresh_machine_has_no_problems_and_stays_fresh() {
    let world = World::new();
    let ended = world.run(&["doctor"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    assert!(ended.stdout.ends_with("\nNo problems.\n"), "{}", ended.stdout);
    assert_eq!(fs::read_dir(world.folder()).unwrap().count(), 0);
}

#[test]
fn a_sound_log_is_ok_and_stays_as_it_is() {
    let world = World::new();
    world.complete("one");
    let before = fs::read(world.home("audit/audit.db")).unwrap();
    let ended = world.doctor(&[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    let (state, text, _) = world.finds(&[], "log");
    assert_eq!(state, "ok");
    assert!(text.contains("3 entries"), "{text}");
    assert!(world.finds(&[], "signing keys").1.contains("the log admits them"));
    assert_eq!(fs::read(world.home("audit/audit.db")).unwrap(), before);
}

#[test]
fn what_is_wrong_with_the_log_is_said_as_a_run_would_say_it() {
    let world = World::new();
    world.complete("one");
    let copy = world.keep_store();
    world.complete("two");
    world.restore_store(&copy);
    assert!(world.is_problem(&[], "log", 5).contains("entries"), "older than its mark");
    fs::write(world.home("audit/audit.db"), "no database").unwrap();
    world.is_problem(&[], "log", 5);
}

#[test]
fn keys_that_others_may_read_or_that_are_gone_are_problems() {
    let world = World::new();
    world.complete("one");
    let key = world.home("keys/log.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(world.is_problem(&[], "signing keys", 5).contains("may be read by others"));
    fs::remove_file(&key).unwrap();
    world.is_problem(&[], "signing keys", 5);
    assert!(!key.exists());
}

#[test]
fn folders_that_others_may_change_are_problems() {
    let world = World::new();
    world.complete("one");
    fs::set_permissions(world.home("audit"), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(world.is_problem(&[], "store", 5).contains("mode 777"));
}

#[test]
fn a_file_with_a_password_that_others_may_read_is_a_problem() {
    let world = World::new();
    let file = world.home("config.toml");
    let url = "postgresql://ada:open-sesame@db.example/lab";
    let set = ["config", "set", "audit.database_url", url];
    assert_eq!(world.run(&set).code, Some(0));
    assert_eq!(world.finds(&[], "user file").0, "ok");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let text = world.is_problem(&[], "user file", 2);
    assert!(text.contains("mode 644") && !text.contains("sesame"), "{text}");
    fs::write(&file, "[audit]\ndatabase_url = \"postgresql://ada@db.example/lab\"\n").unwrap();
    assert_eq!(world.finds(&[], "user file").0, "ok");
}

#[test]
fn open_runs_are_noted_and_not_closed() {
    let world = World::new();
    world.cut_off("gone");
    for _ in 0..2 {
        let (state, text, code) = world.finds(&[], "open runs");
        assert_eq!((state.as_str(), code), ("note", Some(0)), "{text}");
        assert!(text.contains("1 whose process is gone"), "{text}");
    }
}

#[test]
fn a_configuration_that_cannot_be_read_is_a_problem_with_its_line() {
    let world = World::new();
    fs::write(world.folder().join("persona.toml"), "\n[audit]\nenabled = false\n").unwrap();
    assert!(world.is_problem(&[], "configuration", 2).contains("persona.toml:3"));
}

#[test]
fn the_key_of_a_provider_is_looked_for_and_never_shown() {
    let world = World::new();
    let openai = ("PERSONA_DEFAULTS__PROVIDER", "openai");
    let model = ("PERSONA_PROVIDERS__OPENAI__MODEL", "m");
    assert!(world.is_problem(&[openai, model], "openai", 4).contains("is not set"));
    world.is_problem(&[openai], "provider", 2);
    let own = ("PERSONA_PROVIDERS__OPENAI__BASE_URL", "http://localhost:8080/v1");
    assert_eq!(world.doctor(&[openai, model, own]).code, Some(0), "a server of one's own");
    let set = world.doctor(&[openai, model, ("OPENAI_API_KEY", "sk-secret")]);
    assert_eq!(set.code, Some(0));
    assert!(set.stdout.contains("OPENAI_API_KEY is set") && !set.stdout.contains("sk-secret"));
}
