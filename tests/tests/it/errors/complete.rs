//! The page has a test for every row, and a row for every code word of the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::page::rows;
use crate::support::shipped;

/// Code words that no command of this version can be brought to say.
const UNREACHED: [&str; 5] = [
    // The embedded drafter has something to say of every group, and the built-in template renders.
    "draft",
    "prompt",
    // The library records past runs; no command does.
    "on-record",
    // No thread, or no HTTP client for lack of memory.
    "provider-setup",
    // `defaults.provider` takes the providers that there are; the check behind it stays for safety.
    "unknown-provider",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The words in `text` that stand in quotes right after `opening`.
fn words_after(text: &str, opening: &str) -> Vec<String> {
    let quoted = text.split(opening).skip(1).filter_map(|rest| rest.split_once('"'));
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    quoted.map(|(word, _)| word.to_owned()).filter(|word| is_word(word)).collect()
}

/// The code words of persona-cli: those beside an exit code, and those of the audit's shorthand.
fn code_words() -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for path in sources(&shipped("crates/persona-cli/src")) {
        let text = fs::read_to_string(path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let text: String = text.split_whitespace().collect();
        let exits = ["Done", "Failed", "Usage", "Input", "Provider", "Audit", "Cancelled"];
        for exit in exits {
            words.extend(words_after(&text, &format!("Exit::{exit},\"")));
        }
        words.extend(words_after(&text, "audit(\""));
    }
    words
}

#[test]
fn every_row_names_a_test_that_exists() {
    let mut all = sources(&shipped("tests/tests/it"));
    all.extend(sources(&shipped("crates")));
    let text: String = all.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let rows = rows();
    assert!(rows.len() > 50, "only {} rows were read", rows.len());
    for row in &rows {
        let name = row.test.rsplit("::").next().unwrap_or_default();
        assert!(text.contains(&format!("fn {name}(")), "no test is called `{}`", row.test);
    }
}

#[test]
fn every_code_word_has_a_row() {
    let words = code_words();
    assert!(words.len() > 40, "only {} words were found: {words:?}", words.len());
    let rows = rows();
    let missing: Vec<&String> = words
        .iter()
        .filter(|word| !UNREACHED.contains(&word.as_str()))
        .filter(|word| !rows.iter().any(|row| row.code == **word))
        .collect();
    assert!(missing.is_empty(), "docs/errors.md has no row with the code {missing:?}");
}
