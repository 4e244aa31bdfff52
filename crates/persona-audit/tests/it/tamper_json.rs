//! Every member of every file of the JSON store, changed one at a time; files removed, added, swapped, renamed
//! and cut; things that are no files. Each is found, named, and never laundered by the appends that come after.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use persona_audit::{Code, Severity, Verdict, Verification};
use serde_json::{Value, json};

use crate::support::{Home, assert_verdict, copy, grave, opening};

/// A log with every kind of event this version writes, and a pristine copy of it.
struct Bench {
    home: Home,
    pristine: tempfile::TempDir,
    size: i64,
}

impl Bench {
    fn new() -> Self {
        let mut home = Home::of_files();
        home.complete("one");
        home.config.sign_records = false;
        drop(home.recorder().start(&opening("left open")).unwrap());
        home.config.sign_records = true;
        home.fail("two");
        let verification = home.verify();
        assert_verdict(&verification, Verdict::Verified);
        let size = i64::try_from(verification.checked.entries).unwrap();
        let pristine = tempfile::tempdir().unwrap();
        copy(home.folder.path(), pristine.path());
        Self { home, pristine, size }
    }

    /// Puts store and state back as they were.
    fn restore(&self) {
        for name in ["audit", "state"] {
            fs::remove_dir_all(self.home.path(name)).unwrap();
            copy(&self.pristine.path().join(name), &self.home.path(name));
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path("audit/json").join(name)
    }

    fn entry(&self, index: i64) -> PathBuf {
        self.file(&format!("{index:016}.json"))
    }

    fn value(&self, index: i64) -> Value {
        serde_json::from_slice(&fs::read(self.entry(index)).unwrap()).unwrap()
    }

    /// Puts a value in an entry's file, spelled as persona spells it.
    fn set(&self, index: i64, value: &Value) {
        fs::write(self.entry(index), format!("{value}\n")).unwrap();
    }

    /// Asserts that the change is found; returns what was found.
    fn assert_noticed(&self, what: &str) -> Verification {
        let before = self.home.verify();
        assert_eq!(before.verdict, Verdict::Tampered, "{what}: {:#?}", before.findings);
        let placed = before.findings.iter().any(|finding| {
            finding.severity == Severity::Error
                && (finding.index.is_some() || finding.code == Code::SchemaMismatch)
        });
        assert!(placed, "{what} names no entry: {:#?}", before.findings);
        before
    }

    /// Asserts that the change is found, whatever the next run does; returns what was found.
    fn assert_found(&self, what: &str) -> Verification {
        let before = self.assert_noticed(what);
        // A refusal is right; so is an append that launders nothing.
        let _refused = self.home.recorder().start(&opening("next")).map(drop);
        let after = self.home.verify();
        assert_eq!(after.verdict, Verdict::Tampered, "{what} was laundered");
        let kept: BTreeSet<_> = grave(&after).into_iter().collect();
        for code in grave(&before) {
            assert!(kept.contains(code), "{what}: {code} was laundered: {:#?}", after.findings);
        }
        before
    }

    /// Makes a change to the pristine store, and asserts that it is found.
    fn try_out(&self, what: &str, change: impl FnOnce()) -> Verification {
        self.restore();
        change();
        self.assert_found(what)
    }

    fn assert_refused(&self, what: &str) {
        let refused = self.home.recorder().start(&opening("next")).map(drop);
        assert!(refused.is_err(), "{what}: a writer appended to it");
    }
}

/// Every place in `value` that holds no object, as a JSON Pointer.
fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
    let Some(members) = value.as_object().filter(|members| !members.is_empty()) else {
        found.push(pointer.to_owned());
        return;
    };
    for (name, member) in members {
        let name = name.replace('~', "~0").replace('/', "~1");
        places(member, &format!("{pointer}/{name}"), found);
    }
}

fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) => {
            let flipped = text.replacen(['A', '1', 'e'], "2", 1);
            vec![json!(flipped), json!(format!("{text}x")), Value::Null]
        }
        Value::Number(number) => vec![json!(number.as_i64().unwrap_or(0) + 1), json!("1")],
        Value::Null => vec![json!("x"), json!({})],
        Value::Bool(truth) => vec![json!(!truth), Value::Null],
        Value::Array(items) => {
            let fewer = items.get(1..).unwrap_or_default().to_vec();
            let more = [&items[..], &[json!("AAAA")]].concat();
            let mut turned = items.clone();
            turned.reverse();
            vec![json!(fewer), json!(more), json!(turned), Value::Null]
        }
        Value::Object(_) => vec![json!({"x": 1}), Value::Null],
    }
}

/// The members whose every change is tried: of the bodies, which one hash covers, the first and the last.
fn chosen(value: &Value) -> Vec<String> {
    let mut all = Vec::new();
    places(value, "", &mut all);
    let (bodies, mut chosen): (Vec<String>, Vec<String>) =
        all.into_iter().partition(|place| place.contains("/body/"));
    for half in ["/public/", "/private/"] {
        let mut body = bodies.iter().filter(|place| place.starts_with(half));
        chosen.extend(body.next().cloned());
        chosen.extend(body.next_back().cloned());
    }
    chosen.extend(["/public", "/private", "/public/body", "/private/body"].map(ToOwned::to_owned));
    chosen
}

#[test]
fn every_member_of_every_entry_is_covered() {
    let bench = Bench::new();
    let mut changed = 0;
    for index in 0..bench.size {
        bench.restore();
        let value = bench.value(index);
        for place in chosen(&value) {
            let Some(old) = value.pointer(&place) else { continue };
            for (position, other) in others(old).into_iter().enumerate() {
                // The first run's opening looks as if it was taken over from another store: then it has no
                // checkpoint of its own.
                if other == *old || (place == "/checkpoint" && other.is_null() && index == 1) {
                    continue;
                }
                let mut new = value.clone();
                *new.pointer_mut(&place).unwrap() = other;
                changed += 1;
                let what = format!("entry {index}: {place} = {}", new.pointer(&place).unwrap());
                bench.restore();
                bench.set(index, &new);
                // One change of each member goes on to the next append.
                if position == 0 {
                    bench.assert_found(&what);
                } else {
                    bench.assert_noticed(&what);
                }
            }
        }
    }
    assert!(changed > 250, "only {changed} members were changed");
}

#[test]
fn every_other_spelling_of_a_file_is_found() {
    let bench = Bench::new();
    let (first, last) = (0, bench.size - 1);
    for index in [first, 2, last] {
        let good = fs::read_to_string(bench.entry(index)).unwrap();
        let hash = good.find("\"frontier\":[\"").unwrap() + 13;
        let spellings: [Vec<u8>; 10] = [
            Vec::new(),
            good.trim_end().into(),
            format!("{good}\n").into(),
            format!(" {good}").into(),
            good.replacen(',', ", ", 1).into(),
            good.replacen("{\"checkpoint\"", "{\"also\":1,\"checkpoint\"", 1).into(),
            good.replacen("\"header\":{", "\"header\":{ ", 1).into(),
            format!("{}={}", &good[..hash], &good[hash + 1..]).into(),
            good.as_bytes()[..good.len() / 2].into(),
            [&good.as_bytes()[..40], &[0xff, 0xfe], &good.as_bytes()[40..]].concat(),
        ];
        for spelling in spellings {
            let what = format!("entry {index}: {}", String::from_utf8_lossy(&spelling));
            bench.try_out(&what, || fs::write(bench.entry(index), &spelling).unwrap());
        }
    }
}

#[test]
fn files_removed_swapped_renamed_and_added_are_found() {
    let bench = Bench::new();
    let entry = |index| bench.entry(index);
    for index in 0..bench.size {
        bench.try_out(&format!("{index} removed"), || fs::remove_file(entry(index)).unwrap());
        let found = bench.try_out(&format!("{index} moved to 900"), || {
            fs::rename(entry(index), entry(900)).unwrap();
        });
        assert!(grave(&found).contains(&"entry-reordered"), "{:#?}", found.findings);
        bench.try_out(&format!("{index} twice"), || {
            fs::copy(entry(index), entry(bench.size)).unwrap();
        });
        if index > 0 {
            let what = format!("{index} and the one before it");
            let found = bench.try_out(&what, || {
                fs::rename(entry(index), bench.home.path("aside")).unwrap();
                fs::rename(entry(index - 1), entry(index)).unwrap();
                fs::rename(bench.home.path("aside"), entry(index - 1)).unwrap();
            });
            assert!(grave(&found).contains(&"entry-reordered"), "{:#?}", found.findings);
        }
        for name in [format!("{index}.json"), format!("{index:08}.json"), format!("x{index}.json")]
        {
            let found = bench.try_out(&name, || {
                fs::copy(entry(index), bench.file(&name)).unwrap();
            });
            assert_eq!(grave(&found), ["schema-mismatch"], "{:#?}", found.findings);
            bench.assert_refused(&name);
        }
    }
    bench.try_out("the newest two", || {
        fs::remove_file(entry(bench.size - 1)).unwrap();
        fs::remove_file(entry(bench.size - 2)).unwrap();
    });
    bench.assert_refused("the newest two");
    bench.try_out("an index beyond all", || {
        fs::copy(entry(1), bench.file("9999999999999999.json")).unwrap();
    });
}

#[test]
fn what_is_no_file_is_no_entry() {
    let bench = Bench::new();
    let aside = bench.home.path("aside");
    let middle = bench.entry(2);
    bench.try_out("a link to the very entry", || {
        fs::rename(&middle, &aside).unwrap();
        symlink(&aside, &middle).unwrap();
    });
    bench.try_out("a pipe", || {
        fs::remove_file(&middle).unwrap();
        assert!(Command::new("mkfifo").arg(&middle).status().unwrap().success());
    });
    bench.try_out("a folder", || {
        fs::remove_file(&middle).unwrap();
        fs::create_dir(&middle).unwrap();
    });
    bench.try_out("a file beyond all bounds", || {
        File::options().write(true).open(&middle).unwrap().set_len(1 << 40).unwrap();
    });
    bench.try_out("a deep file", || {
        fs::write(&middle, "[".repeat(1_000_000)).unwrap();
    });
    for name in ["columns.jsonl", "tiles/hashes"] {
        let file = bench.file(name);
        bench.restore();
        fs::rename(&file, &aside).unwrap();
        symlink(&aside, &file).unwrap();
        bench.assert_found(&format!("a link at {name}"));
        bench.assert_refused(name);
        assert!(file.is_symlink(), "nobody writes through a link");
    }
    bench.try_out("a note of an erasure that does not read", || {
        fs::write(bench.file("erasing"), "{}").unwrap();
    });
    bench.assert_refused("a note of an erasure that does not read");
}

#[test]
fn every_line_of_the_columns_is_covered() {
    let bench = Bench::new();
    let file = bench.file("columns.jsonl");
    let good = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    assert_eq!(i64::try_from(lines.len()).unwrap(), bench.size);
    let with = |position: usize, line: &str| {
        let mut changed: Vec<&str> = lines.clone();
        changed[position] = line;
        fs::write(&file, changed.join("\n") + "\n").unwrap();
    };
    for (position, line) in lines.iter().enumerate() {
        let value: Value = serde_json::from_str(line).unwrap();
        for (name, old) in value.as_object().unwrap() {
            for other in others(old).into_iter().filter(|other| other != old) {
                let mut new = value.clone();
                new[name] = other;
                bench.restore();
                with(position, &new.to_string());
                let found = bench.assert_noticed(&format!("line {position}: {new}"));
                assert!(grave(&found).contains(&"column-mismatch"), "{:#?}", found.findings);
            }
            let mut fewer = value.clone();
            fewer.as_object_mut().unwrap().remove(name);
            let what = format!("line {position}: {fewer}");
            bench.try_out(&what, || with(position, &fewer.to_string()));
        }
        let mut more = value.clone();
        more["status"] = json!("cancelled");
        let what = format!("line {position}: {more}");
        bench.try_out(&what, || with(position, &more.to_string()));
        for other in ["", "{}", "null", "[1]", &line.replacen(':', ": ", 1)] {
            bench.restore();
            with(position, other);
            bench.assert_noticed(&format!("line {position}: {other}"));
        }
        if position > 0 {
            bench.try_out(&format!("lines {position} and before"), || {
                let mut changed = lines.clone();
                changed.swap(position, position - 1);
                fs::write(&file, changed.join("\n") + "\n").unwrap();
            });
            bench.try_out(&format!("line {} removed", position - 1), || {
                let mut changed = lines.clone();
                changed.remove(position - 1);
                fs::write(&file, changed.join("\n") + "\n").unwrap();
            });
        }
    }
    for more in ["x", "{\"audit_id\":null,\"index\":99}\n", "\n", "\0"] {
        let found = bench.try_out(more, || fs::write(&file, format!("{good}{more}")).unwrap());
        assert!(grave(&found).contains(&"schema-mismatch"), "{:#?}", found.findings);
        bench.assert_refused("a line too many");
    }
}

#[test]
fn every_subtree_is_covered() {
    let bench = Bench::new();
    let file = bench.file("tiles/hashes");
    let good = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    assert!(lines.iter().all(|line| line.len() == 44));
    for position in 0..lines.len() {
        let start = position * 45;
        for (at, byte) in [(0, b'-'), (20, b'A'), (44, b'x')] {
            let mut bytes = good.clone().into_bytes();
            bytes[start + at] = if bytes[start + at] == byte { b'B' } else { byte };
            let what = format!("byte {at} of line {position}");
            bench.restore();
            fs::write(&file, &bytes).unwrap();
            let found = bench.assert_noticed(&what);
            assert!(grave(&found).contains(&"node-modified"), "{what}: {:#?}", found.findings);
        }
        if position > 0 {
            let mut changed = lines.clone();
            changed.swap(position, position - 1);
            let what = format!("lines {position} and before");
            bench.try_out(&what, || fs::write(&file, changed.join("\n") + "\n").unwrap());
        }
    }
    for more in ["x", "AAAA\n", &format!("{}\n", lines[0])] {
        let found = bench.try_out(more, || fs::write(&file, format!("{good}{more}")).unwrap());
        assert!(grave(&found).contains(&"schema-mismatch"), "{:#?}", found.findings);
        bench.assert_refused("a subtree too many");
    }
}

#[test]
fn files_that_are_nobodys_are_told_and_left_alone() {
    let bench = Bench::new();
    for name in ["notes.txt", ".0000000000000001.json.swp", "tiles/x"] {
        fs::write(bench.file(name), "x").unwrap();
    }
    let found = bench.home.verify();
    assert_verdict(&found, Verdict::Verified);
    let strays = found.findings.iter().filter(|finding| finding.code == Code::StrayFile);
    assert_eq!(strays.count(), 3, "{:#?}", found.findings);
    bench.home.complete("next");
    assert!(bench.file("notes.txt").exists());
}

#[test]
fn an_older_copy_or_a_lost_folder_is_a_rollback() {
    let bench = Bench::new();
    bench.home.complete("later");
    fs::remove_dir_all(bench.home.path("audit")).unwrap();
    copy(&bench.pristine.path().join("audit"), &bench.home.path("audit"));
    assert_eq!(grave(&bench.assert_found("an older copy")), ["log-rolled-back"]);
    bench.assert_refused("an older copy");
    fs::remove_dir_all(bench.file("")).unwrap();
    assert_eq!(grave(&bench.assert_found("no folder")), ["log-rolled-back"]);
    bench.assert_refused("no folder");
    assert!(!bench.file("").exists(), "nobody makes a new log where one is lost");
    fs::create_dir(bench.file("")).unwrap();
    assert_eq!(grave(&bench.assert_found("an empty folder")), ["log-rolled-back"]);
    bench.assert_refused("an empty folder");
}

#[test]
fn what_does_not_read_is_named_and_nothing_else() {
    let bench = Bench::new();
    let last = bench.size - 1;
    let cut = |index: i64| {
        let file = File::options().write(true).open(bench.entry(index)).unwrap();
        file.set_len(300).unwrap();
    };
    let without = |index: i64| fs::remove_file(bench.entry(index)).unwrap();
    let changes: [(&str, &dyn Fn(i64)); 5] = [
        ("is cut short", &cut),
        ("is empty", &|index| fs::write(bench.entry(index), "").unwrap()),
        ("is not a regular file", &|index| {
            without(index);
            fs::create_dir(bench.entry(index)).unwrap();
        }),
        ("is not a regular file", &|index| {
            without(index);
            symlink("/dev/null", bench.entry(index)).unwrap();
        }),
        ("is not a regular file", &|index| {
            without(index);
            assert!(Command::new("mkfifo").arg(bench.entry(index)).status().unwrap().success());
        }),
    ];
    for index in [2, last] {
        for (what, change) in changes {
            bench.restore();
            change(index);
            let found = bench.assert_noticed(what);
            let told: Vec<_> =
                found.findings.iter().map(|it| (it.index, it.detail.clone())).collect();
            assert_eq!(told, [(Some(index), format!("entry {index} {what}"))]);
            assert_eq!(found.findings[0].code, Code::HeaderModified);
            if index == last {
                bench.assert_refused(what);
            }
            let listed = bench.home.trail().list(&persona_audit::Query::default()).unwrap_err();
            assert!(listed.to_string().contains(&format!("entry {index} {what}")), "{listed}");
        }
    }
}

#[test]
fn findings_name_runs_and_nothing_else() {
    let bench = Bench::new();
    let found = bench.try_out("1 copied over 3", || {
        fs::copy(bench.entry(1), bench.entry(3)).unwrap();
    });
    let named = found.findings.iter().filter_map(|finding| finding.audit_id.as_deref());
    for name in named {
        assert!(persona_audit::AuditId::parse(name).is_some(), "{name}");
    }
}

#[test]
fn entries_cut_off_the_end_are_a_rollback_that_can_be_accepted() {
    let bench = Bench::new();
    for lost in [1, 2] {
        bench.restore();
        for index in bench.size - lost..bench.size {
            fs::remove_file(bench.entry(index)).unwrap();
        }
        let found = bench.assert_found("the end cut off");
        assert!(grave(&found).contains(&"log-rolled-back"), "{:#?}", found.findings);
        bench.assert_refused("the end cut off");
        bench.home.trail().accept_rollback("the disk lost it").unwrap();
        let after = bench.home.verify();
        assert_verdict(&after, Verdict::Verified);
        assert!(after.findings.iter().any(|finding| finding.code == Code::RollbackAccepted));
        bench.home.complete("next");
        assert_verdict(&bench.home.verify(), Verdict::Verified);
    }
}
