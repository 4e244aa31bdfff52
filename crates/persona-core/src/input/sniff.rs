//! What a file is, from its first bytes: text or not, and which delimiter.

use csv::{ByteRecord, ReaderBuilder};

/// How much of a file is looked at.
pub(super) const HEAD: usize = 64 * 1024;

/// How many records the delimiter is judged by.
const RECORDS: usize = 100;

/// What the first bytes give away.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Nature {
    Text,
    Html,
    Binary(&'static str),
    Utf16,
}

/// Magic numbers, saved web pages and UTF-16 marks.
pub(super) fn nature(head: &[u8]) -> Nature {
    const MAGIC: [(&[u8], &str); 7] = [
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive (an Excel workbook is one)"),
        (b"\xD0\xCF\x11\xE0", "an old Excel or Word document"),
        (b"\x89PNG", "a PNG image"),
        (b"\xFF\xD8\xFF", "a JPEG image"),
        (b"\x1F\x8B", "a gzip archive"),
        (b"SQLite format 3", "a SQLite database"),
    ];
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Nature::Binary(name);
    }
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
        return Nature::Utf16;
    }
    let start = without_bom(head).trim_ascii_start();
    let begins =
        |tag: &[u8]| start.get(..tag.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(tag));
    if begins(b"<!doctype html") || begins(b"<html") { Nature::Html } else { Nature::Text }
}

/// The bytes without the UTF-8 byte order mark.
pub(super) fn without_bom(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head)
}

/// The delimiter under which most records have the width of the header.
///
/// A delimiter that splits the header beats one that does not; then the share of fitting records
/// decides, then the width, then the order comma, semicolon, tab, bar (tab first for `.tsv`).
pub(super) fn delimiter(head: &[u8], whole: bool, tabs_expected: bool) -> u8 {
    let order = if tabs_expected { b"\t,;|" } else { b",;\t|" };
    let mut best = (b',', Fit::default());
    for &candidate in order {
        let fit = fit(head, whole, candidate);
        if best.1 == Fit::default() || fit > best.1 {
            best = (candidate, fit);
        }
    }
    best.0
}

/// Compared field by field, from the top.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    splits: bool,
    fitting_permille: usize,
    width: usize,
}

fn fit(head: &[u8], whole: bool, delimiter: u8) -> Fit {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(head);
    let mut records: Vec<ByteRecord> = reader.byte_records().take(RECORDS).flatten().collect();
    if !whole && records.len() > 1 && records.len() < RECORDS {
        records.pop(); // the head ends somewhere inside it
    }
    let width = records.first().map_or(0, ByteRecord::len);
    let fitting = records.iter().filter(|record| record.len() == width).count();
    Fit { splits: width > 1, fitting_permille: fitting * 1000 / records.len().max(1), width }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_delimiter_although_prose_holds_others() {
        for delimiter_byte in [b',', b';', b'\t', b'|'] {
            let text = "id;note\n1;\"well, yes; and | no\"\n2;fine\n"
                .replace("id;", "id#")
                .replace("1;", "1#")
                .replace("2;", "2#")
                .replace('#', &char::from(delimiter_byte).to_string());
            assert_eq!(delimiter(text.as_bytes(), true, false), delimiter_byte, "{text}");
        }
        assert_eq!(delimiter(b"answer\nYes, and no\nNo\n", true, false), b';');
        assert_eq!(delimiter(b"a\n1\n", true, true), b'\t');
    }

    #[test]
    fn knows_what_is_not_a_table() {
        assert_eq!(nature(b"%PDF-1.7"), Nature::Binary("a PDF document"));
        assert_eq!(nature(b"\xEF\xBB\xBF \n<!DOCTYPE HTML><p>"), Nature::Html);
        assert_eq!(nature(b"\xFF\xFEa\0"), Nature::Utf16);
        assert_eq!(nature(b"<5,a\n"), Nature::Text);
    }
}
