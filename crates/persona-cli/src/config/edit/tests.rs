//! What a change leaves alone, and what it refuses.

#![expect(clippy::disallowed_methods, reason = "tests write the files they need")]

use tempfile::TempDir;

use super::*;

fn set(path: &Path, name: &str, text: &str) -> Result<(), ConfigError> {
    let key = Key::find(name).unwrap();
    let mut file = ConfigFile::open(path, Audience::Owner)?;
    file.set(key, key.kind.parse(text).unwrap())?;
    file.save()
}

fn changed(before: &str, name: &str, text: &str) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, before).unwrap();
    set(&path, name, text).unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside the file");
    fs::read_to_string(&path).unwrap()
}

#[test]
fn comments_and_order_stay() {
    let before = "# mine\n[audit] # ours\nretention_days = 180 # half a year\n\nenabled = true\n";
    let after = "# mine\n[audit] # ours\nretention_days = 365 # half a year\n\nenabled = true\n";
    assert_eq!(changed(before, "audit.retention_days", "365"), after);
}

#[test]
fn every_notation_of_a_section_is_kept() {
    assert_eq!(
        changed("audit.enabled = true\n", "audit.enabled", "false"),
        "audit.enabled = false\n"
    );
    let inline = changed("audit = { enabled = true }\n", "audit.enabled", "false");
    assert_eq!(inline, "audit = { enabled = false }\n");
}

#[test]
fn a_new_key_goes_into_its_section() {
    assert_eq!(changed("", "defaults.count", "5"), "[defaults]\ncount = 5\n");
    let after = "[audit]\nenabled = true\nretention_days = 90\n\n[data]\n";
    assert_eq!(changed("[audit]\nenabled = true\n\n[data]\n", "audit.retention_days", "90"), after);
    assert_eq!(changed("", "defaults.format", "json"), "[defaults]\nformat = [\"json\"]\n");
}

#[test]
fn unset_removes_known_and_unknown_keys() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, "[audit]\nenabled = true\n[a.b]\nc = 1\n").unwrap();
    let mut file = ConfigFile::open(&path, Audience::Owner).unwrap();
    assert_eq!(file.unset("audit.enabled"), Found::Yes);
    assert_eq!(file.unset("a.b.c"), Found::Yes);
    assert_eq!(file.unset("audit.enabled"), Found::No);
    assert_eq!(file.unset("x.y"), Found::No);
    file.save().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "[audit]\n[a.b]\n");
}

#[test]
fn a_file_that_is_no_toml_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, "[audit\n").unwrap();
    let error = set(&path, "audit.enabled", "false").unwrap_err();
    assert!(error.to_string().contains("config.toml:1: not TOML"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "[audit\n");
}

#[test]
fn a_section_that_is_no_table_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, "audit = 3\n").unwrap();
    assert!(set(&path, "audit.enabled", "false").unwrap_err().to_string().contains("is no table"));
}

#[cfg(unix)]
#[test]
fn the_users_file_is_the_users_alone_and_a_link_stays_a_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("home/config.toml");
    set(&path, "audit.enabled", "false").unwrap();
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    let link = folder.path().join("link.toml");
    symlink(&path, &link).unwrap();
    set(&link, "audit.enabled", "true").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&path).unwrap(), "[audit]\nenabled = true\n");
}

#[cfg(unix)]
#[test]
fn a_projects_file_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("persona.toml");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let key = Key::find("data.licence").unwrap();
    let mut file = ConfigFile::open(&path, Audience::Project).unwrap();
    file.set(key, Value::Text("CC0".to_owned())).unwrap();
    file.save().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
}

#[test]
fn two_changes_at_once_both_stay() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("config.toml");
    let keys =
        ["audit.enabled", "audit.sign_records", "audit.include_prompts", "audit.include_outputs"];
    std::thread::scope(|scope| {
        for key in keys {
            let path = &path;
            scope.spawn(move || set(path, key, "false").unwrap());
        }
    });
    let text = fs::read_to_string(&path).unwrap();
    assert!(keys.iter().all(|key| text.contains(key.trim_start_matches("audit."))), "{text}");
}

#[test]
fn a_key_of_three_parts_finds_or_makes_its_table() {
    let name = "providers.openai.concurrency";
    let cases = [
        ("", "[providers.openai]\nconcurrency = 8\n"),
        (
            "[providers.openai]\nmodel = \"m\"\n",
            "[providers.openai]\nmodel = \"m\"\nconcurrency = 8\n",
        ),
        ("providers.openai.concurrency = 1\n", "providers.openai.concurrency = 8\n"),
        (
            "providers = { openai = { concurrency = 1 } }\n",
            "providers = { openai = { concurrency = 8 } }\n",
        ),
        ("[audit]\n", "[audit]\n\n[providers.openai]\nconcurrency = 8\n"),
    ];
    for (before, after) in cases {
        assert_eq!(changed(before, name, "8"), after, "{before}");
    }
}
