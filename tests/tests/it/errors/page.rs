//! The rows of `docs/errors.md`, and how what a process printed is held against one.

use std::fs;

use serde_json::Value;

use crate::support::{Done, shipped};

/// One situation and what it gets.
pub(super) struct Row {
    pub(super) code: String,
    exit: i32,
    said: String,
    hint: String,
    pub(super) test: String,
}

/// Reads every row of every table with the columns of an error.
pub(super) fn rows() -> Vec<Row> {
    let page = fs::read_to_string(shipped("docs/errors.md")).unwrap();
    page.lines().filter(|line| line.starts_with('|')).filter_map(row).collect()
}

fn row(line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    let [_situation, code, exit, said, hint, test] = cells.try_into().ok()?;
    let bare = |cell: &str| cell.trim_matches('`').to_owned();
    // A bar in a cell is written `\\|`.
    let unbarred = |cell: &str| cell.replace("\\|", "|");
    let exit = exit.parse().ok()?;
    let (said, hint) = (unbarred(said), unbarred(hint));
    Some(Row { code: bare(code), exit, said, hint, test: bare(test) })
}

/// Provokes a situation twice, and expects the text for people and the line for programs of its row.
pub(super) fn expect(test: &str, provoke: impl Fn(&[&str]) -> Done) {
    expect_both(test, &provoke(&[]), &provoke(&["--json"]));
}

/// The same, where both forms are at hand.
pub(super) fn expect_both(test: &str, text: &Done, json: &Done) {
    let row = the_row(test, json);
    row.check_text(text);
    row.check_json(json);
}

/// Expects the text for people alone, of a command that knows no `--json`.
pub(super) fn expect_text(test: &str, done: &Done) {
    the_row(test, done).check_text(done);
}

fn the_row(test: &str, done: &Done) -> Row {
    let row = rows().into_iter().find(|row| row.test == test);
    let said = format!("exit {:?}: {}{}", done.code, done.stdout, done.stderr);
    row.unwrap_or_else(|| panic!("docs/errors.md has no row for `{test}`; {said}"))
}

impl Row {
    fn check_text(&self, done: &Done) {
        self.check_exit(done);
        if self.said == "nothing" {
            assert_eq!(done.stderr, "", "{}", self.test);
            return;
        }
        let parts = parts(&done.stderr);
        let joined = |labels: &[&str], with: &str| {
            let wanted = parts.iter().filter(|(label, _)| labels.contains(&label.as_str()));
            wanted.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(with)
        };
        self.check_words(&joined(&["Error", "Caused by"], ": "), &joined(&["Hint"], "<br>"));
        let errors = parts.iter().filter(|(label, _)| label == "Error").count();
        assert_eq!(errors, 1, "{}: one error: {}", self.test, done.stderr);
    }

    fn check_json(&self, done: &Done) {
        self.check_exit(done);
        if self.said == "nothing" {
            assert_eq!(done.stderr, "", "{}", self.test);
            return;
        }
        assert_eq!(done.stderr.lines().count(), 1, "{}: {}", self.test, done.stderr);
        let document: Value = serde_json::from_str(&done.stderr).unwrap();
        let text = |name: &str| document["error"][name].as_str().unwrap_or_default().to_owned();
        assert_eq!(text("code"), self.code, "{}", self.test);
        self.check_words(&text("message"), &text("hint").replace('\n', "<br>"));
    }

    fn check_exit(&self, done: &Done) {
        assert_eq!(done.code, Some(self.exit), "{}: {}{}", self.test, done.stdout, done.stderr);
        assert_eq!(done.stdout, "", "{}: no result stands beside an error", self.test);
    }

    fn check_words(&self, said: &str, hint: &str) {
        for (pattern, text) in [(&self.said, said), (&self.hint, hint)] {
            assert!(
                fits(pattern, text),
                "{}: the page says\n{pattern}\nand persona\n{text}",
                self.test
            );
        }
    }
}

/// What was printed, as labels and texts; a line without a label goes on with the one before.
fn parts(printed: &str) -> Vec<(String, String)> {
    let mut parts: Vec<(String, String)> = Vec::new();
    for line in printed.lines() {
        let labels = ["Error", "Caused by", "Hint", "Note", "Warning"];
        let labelled = labels.iter().find_map(|label| {
            Some(((*label).to_owned(), line.strip_prefix(label)?.strip_prefix(": ")?.to_owned()))
        });
        match (labelled, parts.last_mut()) {
            (Some(part), _) => parts.push(part),
            (None, Some((_, text))) => text.extend(["\n", line]),
            (None, None) => {}
        }
    }
    parts
}

/// Whether a text is as the page has it; `…` stands for what differs from case to case.
fn fits(pattern: &str, text: &str) -> bool {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (pattern, text) = (one_line(pattern), one_line(text));
    let mut pieces = pattern.split('…');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut ended = rest.is_empty();
    for piece in pieces {
        let Some(at) = (if piece.is_empty() { Some(rest.len()) } else { rest.find(piece) }) else {
            return false;
        };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
        ended = rest.is_empty();
    }
    ended
}

#[test]
fn dots_stand_for_what_differs() {
    assert!(fits("a … c", "a b c") && fits("…", "x") && fits("… b …", "a b c") && fits("a", "a"));
    assert!(!fits("a", "a b") && !fits("a …c", "a b") && !fits("a", "b") && !fits("… b", "a b c"));
    assert!(fits("a b", "a\n  b"));
}

#[test]
fn printed_lines_are_told_by_their_labels() {
    let printed = "Note: n\nError: e\n  more\nCaused by: c\nHint: h\n";
    let wanted = [("Note", "n"), ("Error", "e\n  more"), ("Caused by", "c"), ("Hint", "h")];
    let wanted = wanted.map(|(label, text)| (label.to_owned(), text.to_owned()));
    assert_eq!(parts(printed), wanted);
}
