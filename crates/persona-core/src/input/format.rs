//! Which reader a file gets. First bytes decide over the extension, the extension over what text
//! looks like; without a known extension, as on standard input, the text alone decides.

use super::foreign::{self, Foreign};
use super::sniff;

/// How much of a file is looked at.
pub(super) const HEAD: usize = 64 * 1024;

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// CSV, TSV and their like.
    Delimited,
    Json,
    JsonLines,
    Yaml,
    /// A ZIP archive, to be opened before one knows that it is a workbook.
    Workbook,
    Text,
    Markdown,
    Vtt,
    Srt,
}

impl Format {
    /// What a format is called that is read as a whole; the others are read piece by piece.
    pub(super) fn whole(self) -> Option<&'static str> {
        match self {
            Self::Delimited | Self::JsonLines => None,
            Self::Json => Some("JSON"),
            Self::Yaml => Some("YAML"),
            Self::Workbook => Some("a workbook"),
            Self::Text | Self::Markdown => Some("plain text"),
            Self::Vtt | Self::Srt => Some("a transcript"),
        }
    }
}

/// What stands in the way of every reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    Empty,
    Html,
    Foreign(Foreign),
}

/// Extensions of files that a folder's reading takes up.
const EXTENSIONS: [(&str, Format); 16] = [
    ("csv", Format::Delimited),
    ("tsv", Format::Delimited),
    ("tab", Format::Delimited),
    ("psv", Format::Delimited),
    ("json", Format::Json),
    ("jsonl", Format::JsonLines),
    ("ndjson", Format::JsonLines),
    ("yaml", Format::Yaml),
    ("yml", Format::Yaml),
    ("xlsx", Format::Workbook),
    ("xlsm", Format::Workbook),
    ("txt", Format::Text),
    ("md", Format::Markdown),
    ("markdown", Format::Markdown),
    ("vtt", Format::Vtt),
    ("srt", Format::Srt),
];

/// The first bytes of a file, raw and as text.
pub(super) struct Head<'a> {
    pub(super) raw: &'a [u8],
    pub(super) text: &'a str,
}

impl Head<'_> {
    /// Whether these are all the bytes there are.
    pub(super) fn whole(&self) -> bool {
        self.raw.len() < HEAD
    }

    /// Whether the lack of text is a lack of bytes, not of an encoding.
    fn readable(&self) -> bool {
        let marks = [0xEF, 0xBB, 0xBF, 0xFE, 0xFF, 0];
        self.raw.iter().all(|byte| byte.is_ascii_whitespace() || marks.contains(byte))
    }
}

/// The format that an extension stands for.
pub(super) fn of_extension(extension: &str) -> Option<Format> {
    let extension = extension.to_ascii_lowercase();
    EXTENSIONS.iter().find(|(known, _)| *known == extension).map(|(_, format)| *format)
}

/// The format of a file.
pub(super) fn of(extension: Option<&str>, head: &Head<'_>) -> Result<Format, Unfit> {
    if let Some(foreign) = foreign::foreign(head.raw) {
        return Err(Unfit::Foreign(foreign));
    }
    if head.raw.starts_with(foreign::ZIP) {
        return Ok(Format::Workbook);
    }
    check_text(head)?;
    let start = head.text.trim_start_matches('\u{feff}').trim_start();
    let looks = looks_like(start);
    let named = extension.and_then(of_extension);
    Ok(match (named, looks) {
        (Some(Format::Json | Format::JsonLines), Some(Format::Json | Format::JsonLines)) => {
            json(start, named == Some(Format::JsonLines))
        }
        // Nobody's header begins like JSON or a transcript.
        (Some(Format::Delimited | Format::Workbook) | None, Some(Format::Json)) => {
            json(start, false)
        }
        (Some(Format::Workbook) | None, Some(looks)) => looks,
        (Some(Format::Delimited | Format::Vtt | Format::Srt | Format::Text), Some(looks))
            if matches!(looks, Format::Vtt | Format::Srt) =>
        {
            looks
        }
        // Excel's "Unicode text".
        (Some(Format::Text), _) if sniff::is_table(head.text.as_bytes(), head.whole(), b'\t') => {
            Format::Delimited
        }
        (Some(Format::Workbook) | None, None) => prose_or_table(head),
        (Some(named), _) => named,
    })
}

/// Refuses what is no text.
fn check_text(head: &Head<'_>) -> Result<(), Unfit> {
    let start = head.text.trim_start_matches('\u{feff}').trim_start();
    let begins =
        |tag: &str| start.get(..tag.len()).is_some_and(|text| text.eq_ignore_ascii_case(tag));
    if begins("<!doctype html") || begins("<html") {
        return Err(Unfit::Html);
    }
    if begins("<?xml") {
        return Err(Unfit::Foreign(Foreign::new("XML", foreign::Family::Document)));
    }
    if head.text.contains('\0') {
        return Err(Unfit::Foreign(foreign::NUL));
    }
    if start.is_empty() && head.whole() && head.readable() {
        return Err(Unfit::Empty);
    }
    let odd = head.text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count();
    if odd * 20 > head.text.len() {
        let controls =
            Foreign::new("control characters, as programs write them", foreign::Family::Binary);
        return Err(Unfit::Foreign(controls));
    }
    Ok(())
}

/// Formats whose first characters are theirs alone.
fn looks_like(start: &str) -> Option<Format> {
    let first = start.lines().next().unwrap_or_default();
    let second = start.lines().nth(1).unwrap_or_default();
    let rest = |mark: char| start.strip_prefix(mark).map(str::trim_start).unwrap_or_default();
    let list = rest('[').starts_with(['{', ']', '"', '[']);
    let object = rest('{').starts_with(['"', '}']);
    if start.starts_with("WEBVTT") {
        Some(Format::Vtt)
    } else if first.trim().parse::<u32>().is_ok() && second.contains(" --> ") {
        Some(Format::Srt)
    } else if list || object {
        Some(Format::Json)
    } else if first.trim_end() == "---" || is_yaml_entry(first) {
        Some(Format::Yaml)
    } else {
        None
    }
}

/// `- key: value`
fn is_yaml_entry(line: &str) -> bool {
    let entry = line.strip_prefix("- ").and_then(|entry| entry.split_once(':'));
    entry.is_some_and(|(key, value)| {
        !key.contains(' ') && (value.is_empty() || value.starts_with(' '))
    })
}

/// One object a line, or one document.
fn json(start: &str, lines_expected: bool) -> Format {
    let mut lines = start.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let complete =
        first.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(first).is_ok();
    let follows = lines.next().is_some_and(|line| line.starts_with('{'));
    if (complete && follows) || (lines_expected && start.starts_with('{')) {
        Format::JsonLines
    } else {
        Format::Json
    }
}

/// Lines that no delimiter splits alike, with blank ones between, are somebody's words.
fn prose_or_table(head: &Head<'_>) -> Format {
    let text = head.text.as_bytes();
    let delimiter = sniff::delimiter(text, head.whole(), false);
    if sniff::is_table(text, head.whole(), delimiter) {
        return Format::Delimited;
    }
    let trimmed = head.text.trim();
    let apart = trimmed.contains("\n\n") || trimmed.contains("\r\n\r\n");
    let heading =
        trimmed.starts_with("# ") || trimmed.contains("\n# ") || trimmed.contains("\n## ");
    match (apart, heading) {
        (true, true) => Format::Markdown,
        (true, false) => Format::Text,
        (false, _) => Format::Delimited,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(extension: Option<&str>, text: &str) -> Result<Format, Unfit> {
        of(extension, &Head { raw: text.as_bytes(), text })
    }

    #[test]
    fn first_bytes_beat_the_extension() {
        assert_eq!(found(Some("csv"), "PK\u{3}\u{4}xl/"), Ok(Format::Workbook));
        assert_eq!(found(Some("csv"), "[{\"a\": 1}]"), Ok(Format::Json));
        assert_eq!(found(Some("json"), "{\"a\": 1}\n{\"a\": 2}\n"), Ok(Format::JsonLines));
        assert_eq!(found(Some("jsonl"), "[\n{\"a\": 1}]"), Ok(Format::Json));
        assert_eq!(found(Some("txt"), "WEBVTT\n\n"), Ok(Format::Vtt));
        assert_eq!(found(Some("txt"), "a\tb\n1\t2\n"), Ok(Format::Delimited));
        assert_eq!(found(Some("csv"), " <HTML>"), Err(Unfit::Html));
        assert_eq!(found(Some("csv"), "\u{feff}\n \n"), Err(Unfit::Empty));
        assert_eq!(found(Some("csv"), "a\0b"), Err(Unfit::Foreign(foreign::NUL)));
    }

    #[test]
    fn without_an_extension_the_text_decides() {
        let cases = [
            ("a,b\n1,2\n", Format::Delimited),
            ("answer\nYes\nNo\n", Format::Delimited),
            ("{\"a\":1}\n{\"a\":2}", Format::JsonLines),
            ("{\"data\": [\n{\"a\":1}]}", Format::Json),
            ("- age: 3\n  role: x\n", Format::Yaml),
            ("---\nage: 3\n", Format::Yaml),
            ("1\n00:00:01,000 --> 00:00:02,000\nHi\n", Format::Srt),
            ("We sat down, late.\n\nP1: I lose my notes.\n\nP2: Me too.", Format::Text),
            ("# Visit\n\nWe sat down, late.\n\nP1: I lose my notes.", Format::Markdown),
        ];
        for (text, format) in cases {
            assert_eq!(found(None, text), Ok(format), "{text}");
            assert_eq!(found(Some("dat"), text), Ok(format), "{text}");
        }
    }
}
