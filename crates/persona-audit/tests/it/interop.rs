//! The format through tools that persona did not write: `openssl`, coreutils, Python's standard
//! library, securesystemslib. The commands are those of docs/audit-format.md, taken from the page and
//! run; the lists of both pages are held against the code.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use persona_audit::{
    Admission, IDENTIFYING, Kind, PAYLOAD_TYPE, PREDICATE_TYPE, PrivateKey, StoreKind,
};
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Home, assert_verdict, copy, opening};

const FORMAT: &str = include_str!("../../../../docs/audit-format.md");
const THREATS: &str = include_str!("../../../../docs/threat-model.md");
const VECTORS: &str = include_str!("../vectors/log-v1.json");

/// Verifies an envelope with one key; exit code 3 says that it does not verify.
const SECURESYSTEMSLIB: &str = r#"
import json, sys
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey
with open("attest-public.pem", "rb") as pem, open("provenance.intoto.json") as envelope:
    key = SSlibKey.from_crypto(load_pem_public_key(pem.read()), sys.argv[1])
    envelope = Envelope.from_dict(json.load(envelope))
try:
    print(sorted(envelope.verify([key], 1)), envelope.payload_type)
except VerificationError:
    sys.exit(3)
"#;

/// Returns the fenced block of the page with this info string.
fn block(info: &str) -> &'static str {
    let found =
        FORMAT.split_once(&format!("```{info}\n")).and_then(|(_, rest)| rest.split_once("```\n"));
    assert!(found.is_some(), "docs/audit-format.md has no block `{info}`");
    found.unwrap().0
}

/// Returns the page's text from a heading to the next one of its level or above.
fn section(heading: &str) -> &'static str {
    let found = FORMAT.split_once(&format!("\n{heading}\n"));
    assert!(found.is_some(), "docs/audit-format.md has no heading `{heading}`");
    let (_, rest) = found.unwrap();
    let level = heading.bytes().take_while(|byte| *byte == b'#').count();
    let ends = (2..=level).filter_map(|level| rest.find(&format!("\n{} ", "#".repeat(level))));
    &rest[..ends.min().unwrap_or(rest.len())]
}

/// Returns the first column of the tables in `text`: the names between backticks.
fn first_column(text: &str) -> Vec<&str> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split_once('`').map(|(name, _)| name)).collect()
}

/// Returns every name between backticks.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .flat_map(|words| words.split(['{', '}', '"', ',', ' ']))
        .collect()
}

/// The Python that `cargo xtask ci` names, or the one it made before.
fn python() -> PathBuf {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/venv/bin/python");
    let path = std::env::var_os("PERSONA_TEST_PYTHON").map_or(made, PathBuf::from);
    assert!(path.exists(), "run cargo xtask ci, or set PERSONA_TEST_PYTHON=$(cargo xtask python)");
    path
}

/// A folder in which the page's commands run.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// What an auditor gets of the newest run in `home`: checkpoint, public keys, output folder, store.
    fn of(home: &Home, run: &str) -> Self {
        let desk = Self::new();
        desk.write("checkpoint", home.trail().checkpoint().unwrap().unwrap());
        for key in home.trail().keys().unwrap() {
            desk.write(&format!("{}-public.pem", key.purpose), key.pem);
        }
        for name in ["personas.json", "provenance.intoto.json"] {
            desk.write(name, fs::read(home.path("output").join(run).join(name)).unwrap());
        }
        if matches!(home.config.store, StoreKind::Json) {
            copy(&home.path("audit/json"), &desk.0.path().join("json"));
        } else {
            desk.write("audit.db", fs::read(home.path("audit/audit.db")).unwrap());
        }
        desk
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn database(&self) -> Connection {
        Connection::open(self.0.path().join("audit.db")).unwrap()
    }

    /// Runs the page's commands `name`, with the Python of the tests as `python3` where they need one.
    fn run(&self, name: &str) -> Output {
        let commands = block(&format!("sh {name}"));
        let mut path = OsString::new();
        if commands.contains("python3") {
            let programs = self.0.path().join("programs");
            fs::create_dir_all(&programs).unwrap();
            drop(symlink(python(), programs.join("python3")));
            path.push(programs);
            path.push(":");
        }
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell.args(["-eu", "-c", commands]).current_dir(self.0.path()).env("PATH", path);
        shell.output().unwrap()
    }

    /// Runs commands that must succeed and returns what they print.
    fn passes(&self, name: &str) -> String {
        let output = self.run(name);
        assert!(output.status.success(), "{name}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn fails(&self, name: &str, why: &str) {
        let output = self.run(name);
        assert!(!output.status.success(), "{name} passes with {why}: {output:?}");
    }

    /// Runs commands that must fail on each changed content of `file`.
    fn fails_with(&self, name: &str, file: &str, changes: &[String]) {
        let good = self.read(file);
        for changed in changes {
            assert_ne!(*changed, good, "nothing was changed");
            self.write(file, changed);
            self.fails(name, changed);
        }
        self.write(file, good);
        self.passes(name);
    }

    fn securesystemslib(&self, keyid: &str) -> Output {
        let mut program = Command::new(python());
        program.args(["-c", SECURESYSTEMSLIB, keyid]).current_dir(self.0.path());
        program.output().unwrap()
    }
}

/// Returns `text` with the character at `at` replaced by another letter.
fn flipped(text: &str, at: usize) -> String {
    let other = if &text[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

fn home() -> Home {
    lived_in(Home::new())
}

fn lived_in(home: Home) -> Home {
    home.complete("one");
    home.fail("two");
    home.complete("three");
    home
}

#[test]
fn the_worked_example_recomputes() {
    let desk = Desk::new();
    for name in ["seal", "leaf", "root", "key-added"] {
        assert_eq!(desk.passes(name), block(&format!("text {name}-output")), "{name}");
    }
    desk.passes("example-files");
    desk.passes("verify-checkpoint");
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(Some(desk.passes("vkey").trim_end()), vectors["vkey"].as_str());
    // The bytes on the page are those of the vectors.
    let entries = vectors["entries"].as_array().unwrap();
    let mut bytes: Vec<&Value> = vec![&entries[0]["header_jcs"], &entries[0]["leaf"]];
    bytes.extend(entries[1].as_object().unwrap().iter().filter_map(|(name, value)| {
        ["frontier_after", "root_after"].iter().all(|other| other != name).then_some(value)
    }));
    for value in bytes {
        assert!(FORMAT.contains(value.as_str().unwrap()), "not on the page: {value}");
    }
}

#[test]
fn keys_have_the_fingerprints_and_names_that_openssl_computes() {
    let home = home();
    let desk = Desk::of(&home, "three");
    let key = home.trail().keys().unwrap().remove(0);
    assert_eq!(key.purpose, "log");
    assert_eq!(desk.passes("keyid").trim_end(), key.keyid);
    assert_eq!(desk.passes("vkey").trim_end(), key.vkey.unwrap());
    assert!(home.path("state/logs").join(desk.passes("state-name")).is_dir());
}

#[test]
fn the_checkpoint_verifies_with_openssl() {
    let desk = Desk::of(&home(), "three");
    desk.passes("verify-checkpoint");
    let note = desk.read("checkpoint");
    let (body, _) = note.split_once("\n\n").unwrap();
    let root = body.rfind('\n').unwrap() + 1;
    let changes = [
        flipped(&note, "persona/".len()),
        note.replacen("\n7\n", "\n8\n", 1),
        note.replacen("\n7\n", "\n6\n", 1),
        flipped(&note, root),
        flipped(&note, note.len() - 10),
    ];
    desk.fails_with("verify-checkpoint", "checkpoint", &changes);
    let other = Desk::of(&home(), "three");
    desk.fails_with("verify-checkpoint", "log-public.pem", &[other.read("log-public.pem")]);
}

#[test]
fn the_attestation_verifies_with_openssl() {
    let desk = Desk::of(&home(), "three");
    desk.passes("verify-attestation");
    assert_eq!(desk.passes("verify-files"), "personas.json: OK\n");
    let statement: Value = serde_json::from_str(&desk.read("payload.json")).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], PREDICATE_TYPE);
    let envelope = desk.read("provenance.intoto.json");
    let changes = [
        flipped(&envelope, envelope.len() / 4),
        flipped(&envelope, envelope.find("\"sig\":\"").unwrap() + 20),
        envelope.replace(PAYLOAD_TYPE, "application/json"),
    ];
    desk.fails_with("verify-attestation", "provenance.intoto.json", &changes);
    desk.fails_with("verify-attestation", "attest-public.pem", &[desk.read("log-public.pem")]);
    desk.write("personas.json", "forged");
    desk.fails("verify-files", "a forged file");
}

#[test]
fn the_attestation_verifies_with_securesystemslib() {
    let mut home = home();
    for attest_identity in [false, true] {
        home.config.attest_identity = attest_identity;
        home.complete("four");
        assert_verdict(&home.verify(), persona_audit::Verdict::Verified);
        let desk = Desk::of(&home, "four");
        let [log, attest] = home.trail().keys().unwrap().try_into().unwrap();
        let good = desk.securesystemslib(&attest.keyid);
        assert!(good.status.success(), "{good:?}");
        let printed = String::from_utf8(good.stdout).unwrap();
        assert_eq!(printed, format!("['{}'] {PAYLOAD_TYPE}\n", attest.keyid));
        assert_eq!(desk.securesystemslib(&log.keyid).status.code(), Some(3), "another key's id");
        let envelope = desk.read("provenance.intoto.json");
        for at in [envelope.len() / 4, envelope.find("\"sig\":\"").unwrap() + 20] {
            desk.write("provenance.intoto.json", flipped(&envelope, at));
            let refused = desk.securesystemslib(&attest.keyid);
            assert_eq!(refused.status.code(), Some(3), "{refused:?}");
        }
        desk.write("provenance.intoto.json", &envelope);
        desk.passes("verify-attestation");
        let named = desk.read("payload.json").contains("researcher@example.com");
        assert_eq!(named, attest_identity, "who ran it stands in the Statement");
    }
}

#[test]
fn one_entry_recomputes_from_the_store() {
    let desk = Desk::of(&home(), "three");
    desk.passes("extract-entry");
    desk.passes("verify-entry");
    let stored = "SELECT hex(hash) FROM node WHERE entry = 2 AND level = 0";
    let leaf: String = desk.database().query_row(stored, [], |row| row.get(0)).unwrap();
    assert_eq!(desk.read("leaf").trim_end(), leaf.to_lowercase());
    for file in ["public.json", "private.json"] {
        let half = desk.read(file);
        desk.fails_with("verify-entry", file, &[flipped(&half, half.len() / 2)]);
    }
}

#[test]
fn the_whole_log_recomputes_with_python() {
    let home = home();
    let older = home.trail().checkpoint().unwrap().unwrap();
    home.complete("four");
    let desk = Desk::of(&home, "four");
    assert!(desk.passes("verify-root").starts_with("9 entries hash to "));
    desk.write("checkpoint", older);
    assert!(desk.passes("verify-root").starts_with("7 entries hash to "), "an older checkpoint");
    let note = desk.read("checkpoint");
    let root = note.split_once("\n\n").unwrap().0.rfind('\n').unwrap() + 1;
    let changes = [note.replacen("\n7\n", "\n8\n", 1), flipped(&note, root)];
    desk.fails_with("verify-root", "checkpoint", &changes);
    for change in [
        "UPDATE entry SET public_nonce = zeroblob(32) WHERE idx = 1",
        "UPDATE entry SET header = CAST(replace(header, 'T10:', 'T11:') AS BLOB) WHERE idx = 1",
        "DELETE FROM entry WHERE idx = 3",
    ] {
        let desk = Desk::of(&home, "four");
        assert_eq!(desk.database().execute(change, []).unwrap(), 1);
        desk.fails("verify-root", change);
    }
}

#[test]
fn a_json_store_recomputes_with_python() {
    let mut home = lived_in(Home::of_files());
    home.config.sign_records = false;
    home.complete("four");
    let desk = Desk::of(&home, "four");
    let newest = home.trail().checkpoint().unwrap().unwrap();
    let root = newest.lines().nth(2).unwrap();
    assert_eq!(desk.passes("verify-json"), format!("10 entries hash to {root}\n"));
    desk.passes("extract-entry-json");
    desk.passes("verify-entry");
    let leaves = desk.read("json/tiles/hashes");
    let leaf = data_encoding::BASE64.decode(leaves.lines().nth(3).unwrap().as_bytes()).unwrap();
    assert_eq!(desk.read("leaf").trim_end(), data_encoding::HEXLOWER.encode(&leaf));
    for name in ["0000000000000004.json", "columns.jsonl", "tiles/hashes"] {
        let file = format!("json/{name}");
        let good = desk.read(&file);
        let index = good.find("\"index\":4").map_or(9, |at| at + 8);
        desk.fails_with("verify-json", &file, &[flipped(&good, index), format!("{good}\n{{}}")]);
    }
}

#[test]
fn the_page_lists_the_identifying_members() {
    assert_eq!(block("text identifying").lines().collect::<Vec<_>>(), IDENTIFYING);
}

#[test]
fn the_page_lists_every_code() {
    let source = include_str!("../../src/finding.rs");
    let (_, codes) = source.split_once("\ncodes! {").unwrap();
    let (codes, _) = codes.split_once("\n}").unwrap();
    let codes: Vec<&str> = codes.lines().filter_map(|line| line.split('"').nth(1)).collect();
    assert!(codes.len() > 20, "the macro reads otherwise now");
    assert_eq!(first_column(section("### Codes")), codes);
}

#[test]
fn the_page_shows_the_schema() {
    assert_eq!(block("sql"), include_str!("../../migrations/sqlite/0001-log.sql"));
}

#[test]
fn the_page_shows_the_tables_in_postgres() {
    assert_eq!(block("sql postgres"), include_str!("../../migrations/postgres/0001-log.sql"));
}

#[test]
fn the_page_names_the_types() {
    let attestation = section("## Attestation");
    assert!(attestation.contains(&format!("### Predicate type `{PREDICATE_TYPE}`")));
    assert!(attestation.contains(&format!("`DSSEv1 {} {PAYLOAD_TYPE} ", PAYLOAD_TYPE.len())));
}

#[test]
fn the_page_lists_the_members_of_a_record() {
    let home = home();
    let record = home.trail().get("@last").unwrap();
    let mut pointers = BTreeSet::new();
    for (name, member) in record.as_value().as_object().unwrap() {
        let whole = ["attestation", "signature"].contains(&name.as_str());
        if let Some(group) = member.as_object().filter(|_| !whole) {
            pointers.extend(group.keys().map(|inner| format!("/{name}/{inner}")));
        } else {
            pointers.insert(format!("/{name}"));
        }
    }
    let listed = first_column(section("## Record"));
    assert_eq!(
        listed.iter().map(|pointer| (*pointer).to_owned()).collect::<BTreeSet<_>>(),
        pointers
    );
    assert_eq!(listed.len(), pointers.len(), "a member stands twice");
}

#[test]
fn the_page_lists_every_kind_and_its_members() {
    let source = include_str!("../../src/event.rs");
    let names = source.lines().filter(|line| line.trim().starts_with("(Self::"));
    let known: BTreeSet<&str> = names.filter_map(|line| line.split('"').nth(1)).collect();
    let headings = section("## Events").lines().filter_map(|line| line.strip_prefix("### `"));
    let listed: BTreeSet<&str> = headings.filter_map(|line| line.strip_suffix('`')).collect();
    assert_eq!(listed, known);
    assert!(listed.iter().all(|kind| !matches!(Kind::parse(kind), Some(Kind::Other(_)))));
    let mut met = BTreeSet::new();
    for (public, private) in one_event_of_every_kind() {
        let kind = public["kind"].as_str().unwrap();
        let section = section(&format!("### `{kind}`"));
        let (rows, words) = (first_column(section).join("`, `"), quoted(section));
        for (name, member) in public.as_object().unwrap() {
            if ["audit_id", "kind", "time"].contains(&name.as_str()) {
                continue;
            }
            assert!(
                rows.contains(name.as_str()) || words.contains(name.as_str()),
                "{kind}: {name}"
            );
            for inner in member.as_object().into_iter().flat_map(serde_json::Map::keys) {
                assert!(words.contains(inner.as_str()), "{kind}: {name}.{inner}");
            }
        }
        for pointer in private.as_object().unwrap().keys() {
            let mut names = pointer.split('/').skip(1).take(2);
            assert!(names.all(|name| words.contains(name)), "{kind}: {pointer}");
        }
        met.insert(kind.to_owned());
    }
    assert_eq!(met.len(), known.len(), "not every kind was written: {met:?}");
}

/// Returns the halves of all entries of two logs: one that saw everything, and its successor.
fn one_event_of_every_kind() -> Vec<(Value, Value)> {
    let mut home = home();
    drop(home.recorder().start(&opening("left open")).unwrap());
    let origin = home.verify().checkpoint.unwrap().origin;
    let [log, attest] = [66, 67].map(|seed| PrivateKey::from_seed(&[seed; 32]).public());
    let (log, attest) = (log.to_vkey(&origin), attest.to_vkey(&origin));
    home.trail().admit(&Admission::from_vkeys(&log, &attest, Some("lab 2")).unwrap()).unwrap();
    home.config.sign_records = false;
    home.complete("four");
    let store = home.path("audit/audit.db");
    let backup = fs::read(&store).unwrap();
    home.complete("five");
    fs::write(&store, backup).unwrap();
    home.trail().accept_rollback("restored on purpose").unwrap();
    let mut events = halves(&store);
    fs::remove_file(&store).unwrap();
    home.trail().open_successor("the disk was lost").unwrap();
    events.extend(halves(&store));
    events
}

fn halves(store: &Path) -> Vec<(Value, Value)> {
    let database = Connection::open(store).unwrap();
    let mut statement = database.prepare("SELECT public, private FROM entry ORDER BY idx").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let parse = |bytes: Vec<u8>| serde_json::from_slice(&bytes).unwrap();
    rows.map(|row| row.map(|(public, private)| (parse(public), parse(private))).unwrap()).collect()
}

#[test]
fn the_threat_model_names_tests_that_exist_and_every_attacker() {
    let files = [
        ("attackers", include_str!("attackers.rs")),
        ("tamper", include_str!("tamper.rs")),
        ("intruders", include_str!("intruders.rs")),
        ("writers", include_str!("writers.rs")),
        ("interop", include_str!("interop.rs")),
    ];
    let words = quoted(THREATS);
    let mut named = 0;
    for (file, name) in words.iter().filter_map(|word| word.split_once("::")) {
        let source = files.iter().find(|(known, _)| *known == file);
        assert!(source.is_some(), "no such file: {file}::{name}");
        let test = format!("#[test]\nfn {name}() {{");
        assert!(source.unwrap().1.contains(&test), "no such test: {file}::{name}");
        named += 1;
    }
    assert!(named > 20, "only {named} tests are named");
    for (file, source) in
        files.iter().filter(|(file, _)| ["attackers", "intruders", "writers"].contains(file))
    {
        for attack in source.split("#[test]\nfn ").skip(1) {
            let (name, _) = attack.split_once('(').unwrap();
            let test = format!("{file}::{name}");
            assert!(words.contains(test.as_str()), "docs/threat-model.md does not name {test}");
        }
    }
}
