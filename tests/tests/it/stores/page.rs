//! `docs/audit-stores.md` names a test for each clause and fault, and every clause of the suite.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::shipped;

/// The names in backquotes in the last column of the page's tables.
fn named() -> BTreeSet<String> {
    let page = fs::read_to_string(shipped("docs/audit-stores.md")).unwrap();
    let (_, page) = page.split_once("## The contract").unwrap();
    let rows =
        page.lines().filter(|line| line.starts_with('|') || line.starts_with("Every stored"));
    let words = rows.flat_map(|row| row.split('`').skip(1).step_by(2).map(ToOwned::to_owned));
    // A name of a test has words; what else stands in backquotes is a command or a code.
    words.filter(|word| word.matches('_').count() > 1 && !word.contains(' ')).collect()
}

/// The clauses of the suite, by the list that runs them.
fn clauses() -> BTreeSet<String> {
    let suite = fs::read_to_string(shipped("crates/persona-audit/src/testing.rs")).unwrap();
    let (_, list) = suite.split_once("@each $bed;").unwrap();
    let (list, _) = list.split_once('}').unwrap();
    let clauses = list.lines().filter_map(|line| line.trim().strip_suffix(';')?.split_once(": "));
    clauses.map(|(_, clause)| clause.to_owned()).collect()
}

fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn the_page_names_every_clause() {
    let (named, clauses) = (named(), clauses());
    assert!(clauses.len() > 25, "the list reads otherwise now");
    let missing: Vec<_> = clauses.difference(&named).collect();
    assert!(missing.is_empty(), "not on the page: {missing:?}");
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let mut text = String::new();
    for folder in ["crates/persona-audit/src", "crates/persona-audit/tests", "tests/tests"] {
        sources(&shipped(folder), &mut text);
    }
    let missing: Vec<_> =
        named().into_iter().filter(|name| !text.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "no test of these names: {missing:?}");
}
