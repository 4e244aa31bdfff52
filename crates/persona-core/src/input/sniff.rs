//! The delimiter of a table, from its first bytes.

use csv::{ByteRecord, ReaderBuilder};

/// How many records the delimiter is judged by.
const RECORDS: usize = 100;

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

/// Whether the text is a table under `delimiter`: two columns or more, and nine records of ten fit.
pub(super) fn is_table(head: &[u8], whole: bool, delimiter: u8) -> bool {
    let fit = fit(head, whole, delimiter);
    fit.splits && fit.fitting_permille >= 900 && fit.records > 1
}

/// Compared field by field, from the top.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    splits: bool,
    fitting_permille: usize,
    width: usize,
    records: usize,
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
    let fitting_permille = fitting * 1000 / records.len().max(1);
    Fit { splits: width > 1, fitting_permille, width, records: records.len() }
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
    fn a_table_has_columns_that_hold() {
        assert!(is_table(b"a\tb\n1\t2\n", true, b'\t'));
        assert!(!is_table(b"a\tb\n", true, b'\t') && !is_table(b"Well.\nYes.\n", true, b'\t'));
    }
}
