//! The paragraphs of a text, with the heading above them; Markdown's marks are taken off.

use crate::input::format::Format;

/// Lines that stand together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Paragraph {
    /// 1-based line of the first of them.
    pub(super) line: u64,
    /// The heading above.
    pub(super) section: Option<String>,
    pub(super) lines: Vec<String>,
}

/// What one line is.
enum Line {
    Blank,
    Heading(String),
    /// The paragraph above it is a heading.
    Underline,
    Item(String),
    Words(String),
}

/// Splits a text whose lines end in line feeds.
pub(super) fn paragraphs(text: &str, format: Format) -> Vec<Paragraph> {
    let mut splitting = Splitting::default();
    let is_markdown = format == Format::Markdown;
    let skipped = if is_markdown { front_matter(text) } else { 0 };
    for (line, number) in text.split('\n').zip(1_u64..).skip(skipped) {
        let found = if is_markdown { markdown(line) } else { plain(line) };
        splitting.take(found, number);
    }
    splitting.close();
    splitting.paragraphs
}

#[derive(Default)]
struct Splitting {
    paragraphs: Vec<Paragraph>,
    open: Paragraph,
    section: Option<String>,
}

impl Splitting {
    fn take(&mut self, line: Line, number: u64) {
        match line {
            Line::Blank => self.close(),
            Line::Heading(text) => {
                self.close();
                self.section = Some(text).filter(|text| !text.is_empty());
            }
            Line::Underline => {
                let heading = std::mem::take(&mut self.open).lines.pop();
                self.section = heading.or_else(|| self.section.take());
            }
            Line::Item(text) => {
                self.close();
                self.push(text, number);
            }
            Line::Words(text) => self.push(text, number),
        }
    }

    fn push(&mut self, text: String, number: u64) {
        if self.open.lines.is_empty() {
            self.open.line = number;
            self.open.section.clone_from(&self.section);
        }
        self.open.lines.push(text);
    }

    fn close(&mut self) {
        let done = std::mem::take(&mut self.open);
        if !done.lines.is_empty() {
            self.paragraphs.push(done);
        }
    }
}

fn plain(line: &str) -> Line {
    let trimmed = line.trim();
    if trimmed.chars().all(|c| !c.is_alphanumeric()) {
        return Line::Blank;
    }
    item(trimmed)
        .map_or_else(|| Line::Words(trimmed.to_owned()), |text| Line::Item(text.to_owned()))
}

fn markdown(line: &str) -> Line {
    let trimmed = line.trim();
    let inner = trimmed.trim_start_matches(['>', ' ']);
    let only = |mark: char| !inner.is_empty() && inner.chars().all(|c| c == mark);
    if only('=') || (only('-') && inner.len() > 1 && !trimmed.starts_with('>')) {
        return Line::Underline;
    }
    let no_words = inner.chars().all(|c| !c.is_alphanumeric());
    let fence = inner.starts_with("```") || inner.starts_with("~~~");
    let comment = inner.starts_with("<!--") && inner.ends_with("-->");
    if no_words || fence || comment {
        return Line::Blank;
    }
    let hashes = inner.chars().take_while(|c| *c == '#').count();
    if (1..=6).contains(&hashes) && inner.chars().nth(hashes).is_some_and(char::is_whitespace) {
        return Line::Heading(unmarked(inner.trim_matches('#').trim()));
    }
    item(inner).map_or_else(|| Line::Words(unmarked(inner)), |text| Line::Item(unmarked(text)))
}

/// The text of a list's item: `- text`, `• text`, `3. text`.
fn item(line: &str) -> Option<&str> {
    let bullet = ["- ", "* ", "+ ", "• ", "– "].iter().find_map(|mark| line.strip_prefix(mark));
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let numbered = || {
        let rest = line.get(digits..).filter(|_| (1..=3).contains(&digits))?;
        rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))
    };
    bullet.or_else(numbered).map(str::trim)
}

/// Without the marks of bold text, which are no words.
fn unmarked(text: &str) -> String {
    text.replace("**", "").replace("__", "")
}

/// Lines of the settings between `---` at the very beginning.
fn front_matter(text: &str) -> usize {
    let mut lines = text.split('\n').map(str::trim_end);
    if lines.next() != Some("---") {
        return 0;
    }
    let end = lines.position(|line| line == "---" || line == "...");
    end.map_or(0, |end| end + 2)
}
