//! Records out of JSON, and what keeps them from being records.

use crate::input::tests::Folder;
use crate::input::{Dataset, InputError};
use proptest::prelude::*;

fn json(text: &str) -> Result<Dataset, InputError> {
    Folder::new().read("x.json", text.as_bytes())
}

fn row(data: &Dataset, row: usize) -> Vec<(&str, &str)> {
    data.columns.iter().map(|column| (column.name.as_str(), column.text(row))).collect()
}

#[test]
fn a_list_is_found_where_it_stands_and_numbers_stay_as_written() {
    let list = "[{\"b\": 1.50, \"a\": {\"c\": true, \"d\": null}}, {\"e\": [\"x\", 12345678901234567890123]}]";
    for text in
        [list.to_owned(), format!("{{\"meta\": {{\"n\": [1]}}, \"x\": {{\"data\": {list}}}}}")]
    {
        let data = json(&text).unwrap();
        assert_eq!(row(&data, 0), [("b", "1.50"), ("a.c", "true"), ("a.d", ""), ("e", "")]);
        assert_eq!(row(&data, 1)[3], ("e", "x; 12345678901234567890123"));
    }
}

#[test]
fn bad_records_are_named_by_their_line() {
    let deep = format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40));
    let text = format!(
        "[\n{{\"a\":1}},\n{{\"a\":1,\n\"a\":2}},\n3,\n{{\"a\":\"\\ud800\"}},\n{deep},\n{{\"a.b\":1,\"a\":{{\"b\":2}}}},\n\
         {{\"a\":2}},{{\"a\":3}},{{\"a\":4}},{{\"a\":5}},{{}}]"
    );
    let data = json(&text).unwrap();
    let said: Vec<&str> = data.skipped.iter().map(|issue| issue.message.as_str()).collect();
    let expected = [
        "row 2 of x.json (line 3) has two values named \"a\"; it was left out",
        "row 3 of x.json (line 5) is no object; it was left out",
        "row 4 of x.json (line 6) holds half a character (a lone surrogate); it was left out",
        "row 5 of x.json (line 7) nests deeper than 32 levels; it was left out",
        "row 6 of x.json (line 8) has two values named \"a.b\"; it was left out",
        "row 11 of x.json (line 9) is blank in every column; it was left out",
    ];
    assert_eq!(said, expected);
    assert_eq!((data.rows(), data.sources[0].skipped, data.place(1)), (5, 6, Some(("x.json", 7))));
}

#[test]
fn depth_and_fields_are_bounded() {
    let endless = "[".repeat(1_000_000);
    assert!(matches!(json(&endless), Err(InputError::Malformed { .. })));
    let closed = format!("[{{\"a\":{}{}}}]", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(json(&closed), Err(InputError::MostlyBad { .. })));
    let long = format!("[{{\"a\":1}},\n{{\"a\":\"{}\"}}]", "x".repeat(1024 * 1024 + 1));
    assert!(matches!(json(&long), Err(InputError::FieldTooLong { line: 2, .. })));
    let members: Vec<String> = (0..10_001).map(|at| format!("\"c{at}\":1")).collect();
    let wide = format!("[{{{}}}]", members.join(","));
    assert!(matches!(json(&wide), Err(InputError::TooManyColumns { .. })));
}

#[test]
fn lines_are_records_and_late_keys_are_columns() {
    let text = b"\xEF\xBB\xBF{\"a\":1}\r\n\r\n{\"a\":2,\"b\":\"x\"}\n[1]\n{\"a\":3}";
    let data = Folder::new().read("x.ndjson", text).unwrap();
    assert_eq!(row(&data, 0), [("a", "1"), ("b", "")]);
    assert_eq!((data.rows(), data.place(2)), (3, Some(("x.ndjson", 4))));
    assert_eq!(data.skipped[0].message, "row 3 of x.ndjson (line 4) is no object; it was left out");
    assert_eq!(data.sources[0].format, "jsonl");
    let endless = [b"{\"a\":1}\n{\"a\":2}\n{\"".as_slice(), &vec![b'x'; 17 << 20]].concat();
    let error = Folder::new().read("x.jsonl", &endless);
    assert!(matches!(error, Err(InputError::LineTooLong { line: 3, .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_breaks_the_readers(text in "[\\[\\]{}\":, a1\\\\u\n-]{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for name in ["x.json", "x.jsonl", "x.yaml", "x.csv", "x.md", "x.vtt", "x.srt", "x.txt", "x.xlsx", "x"] {
            for content in [text.as_bytes(), &bytes, &[b"PK\x03\x04", bytes.as_slice()].concat(), &[b"WEBVTT\n\n", text.as_bytes()].concat()] {
                let read = Folder::new().read(name, content);
                if let Ok(data) = read {
                    prop_assert!(data.rows() > 0);
                }
            }
        }
    }
}
