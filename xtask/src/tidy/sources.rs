//! Rules for source files: a first line that says what the file is, a name that says it too, one idea's length.

use super::{TextFile, Tree};

const LONGEST: usize = 500;
const EMPTY_NAMES: [&str; 5] = ["mod", "utils", "helpers", "common", "misc"];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.ending(".rs") {
        findings.extend(head(file));
        findings.extend(name(file));
        findings.extend(length(file));
    }
    // Markdown elsewhere may be expected output, whose bytes are not ours to tidy.
    let is_own = |file: &&TextFile| {
        let markdown = file.path.rsplit('.').next() == Some("md");
        !markdown || !file.path.contains('/') || file.path.starts_with("docs/")
    };
    for file in tree.files.iter().filter(is_own) {
        findings.extend(trailing(file));
    }
    findings
}

fn head(file: &TextFile) -> Option<String> {
    let opens = file.text.starts_with("//! ");
    (!opens).then(|| format!("{}:1: the file does not open with `//! what it is`", file.path))
}

fn name(file: &TextFile) -> Option<String> {
    let stem = file.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    let empty = EMPTY_NAMES.contains(&stem);
    empty.then(|| format!("{}: `{stem}` does not say what is in it", file.path))
}

fn length(file: &TextFile) -> Option<String> {
    let lines = file.text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
    (LONGEST < lines).then(|| {
        format!("{}: {lines} lines before its tests; name the second idea and split", file.path)
    })
}

fn trailing(file: &TextFile) -> Option<String> {
    let line = file.text.lines().position(|line| line.ends_with([' ', '\t']))?;
    Some(format!("{}:{}: trailing whitespace", file.path, line + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let file = TextFile { path: path.to_owned(), text: text.to_owned() };
        check(&Tree { root: "/".into(), files: vec![file] })
    }

    #[test]
    fn a_good_file_passes() {
        assert!(found("crates/a/src/lib.rs", "//! A.\n\nfn a() {}\n").is_empty());
    }

    #[test]
    fn each_rule_names_the_file() {
        assert!(found("a/utils.rs", "//! A.\n")[0].starts_with("a/utils.rs: "));
        assert!(found("a/mod.rs", "//! A.\n")[0].starts_with("a/mod.rs: "));
        assert!(found("a/b.rs", "\n//! A.\n")[0].starts_with("a/b.rs:1: "));
        assert!(found("a/b.rs", "//! A.\nlet a; \n")[0].starts_with("a/b.rs:2: "));
    }

    #[test]
    fn tests_do_not_count_as_length() {
        let body = "//! A.\n".to_owned() + &"a;\n".repeat(499);
        assert!(found("a.rs", &(body.clone() + "#[cfg(test)]\n" + &"b;\n".repeat(999))).is_empty());
        assert_eq!(found("a.rs", &(body + "a;\n")).len(), 1);
    }

    #[test]
    fn markdown_that_is_data_keeps_its_bytes() {
        assert!(found("examples/a/persona-001.md", "two  \n").is_empty());
        assert_eq!(found("docs/a.md", "two  \n").len(), 1);
    }
}
