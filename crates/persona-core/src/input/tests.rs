//! Files as they come, usable and not.

use super::ColumnKind::{FreeText, Id, Nominal, Ordinal};
use super::*;
use crate::IssueCode;
use crate::digest::sha256_hex;
use crate::testing::gazpacho;
use std::fs;

pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::File::create(&path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, bytes))
            .unwrap();
        path
    }

    pub(super) fn read(&self, name: &str, bytes: &[u8]) -> Result<Dataset, InputError> {
        read(&[self.file(name, bytes)], &|| false)
    }

    fn error(&self, name: &str, bytes: &[u8]) -> String {
        let message = self.read(name, bytes).unwrap_err().to_string();
        message.replace(&format!("{}/", self.0.path().display()), "")
    }
}

#[test]
fn the_survey_is_read_as_it_is() {
    let data = gazpacho();
    assert_eq!((data.rows(), data.columns.len(), data.skipped.len()), (50, 7, 0));
    let source = &data.sources[0];
    assert_eq!((source.format, source.delimiter, source.records), ("csv", Some(','), 50));
    let bytes =
        fs::read(crate::testing::repository("tests/data/bottled-gazpacho-survey.csv")).unwrap();
    assert_eq!(data.data_hash, format!("sha256:{}", sha256_hex(&bytes)));
    let kinds: Vec<ColumnKind> = data.columns.iter().map(|column| column.kind).collect();
    assert_eq!(kinds, [Id, Ordinal, FreeText, Ordinal, Nominal, Nominal, Nominal]);
    assert_eq!(
        data.column("Explanation").unwrap().text(1),
        "I HATE soup.  Cold soup would be worse."
    );
    assert_eq!(data.place(49), Some(("bottled-gazpacho-survey.csv", 50)));
    assert_eq!(data.row_at("bottled-gazpacho-survey.csv", 50), Some(49));
}

#[test]
fn every_unusable_file_gets_its_own_sentence() {
    let folder = Folder::new();
    let ragged = b"a,b\n1\n2\n3,4\n";
    let long = [b"a\n\"".as_slice(), &vec![b'x'; 1 << 20], b"y\"\n"].concat();
    let wide = [b"a,b".as_slice(), &b",c".repeat(10_000), b"\n1\n"].concat();
    let cases: &[(&str, &[u8], &str)] = &[
        ("e.csv", b"", "e.csv is empty"),
        ("e.json", b"\n \n", "e.json is empty"),
        ("h.csv", b"a,b\n", "h.csv has a header and no data records"),
        ("p.csv", b"%PDF-1.4", "p.csv is no data that can be read: it holds a PDF document"),
        (
            "g.jsonl",
            b"\x1F\x8B\x08",
            "g.jsonl is no data that can be read: it holds a gzip archive",
        ),
        ("q.parquet", b"PAR1", "q.parquet is no data that can be read: it holds a Parquet file"),
        ("i.csv", b"\x89PNG\r\n", "i.csv is no data that can be read: it holds a PNG image"),
        ("n.csv", b"a,b\n1,\0\n", "n.csv is no data that can be read: it holds NUL bytes"),
        (
            "c.bin",
            b"\x01\x02\x03\x04\x05abc",
            "c.bin is no data that can be read: it holds control characters, as programs write them",
        ),
        ("x.csv", b"<?xml version='1.0'?>", "x.csv is no data that can be read: it holds XML"),
        ("w.csv", b"<!doctype html><p>", "w.csv is an HTML page, not data"),
        (
            "b.xlsx",
            b"PK\x03\x04rest",
            "b.xlsx is a workbook that cannot be read: it is damaged or cut short",
        ),
        (
            "r.csv",
            ragged,
            "r.csv: 2 of 3 rows do not have the header's 2 columns (first at line 2)",
        ),
        ("d.csv", b"a,b,a\n1,2,3\n", "d.csv has two columns named \"a\""),
        ("b.csv", b",\n1,2\n", "b.csv has no columns: its header is blank"),
        ("f.csv", &long, "f.csv has a field over 1 MiB, which begins at line 2"),
        ("t.csv", b"a,b\n1,\"cut", "t.csv ends inside a quoted field that begins at line 2"),
        ("m.csv", &wide, "m.csv has 10002 columns or more; at most 10000 are read"),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(folder.error(name, bytes), *expected);
    }
}

#[test]
fn documents_without_a_list_of_records_say_what_they_hold() {
    let folder = Folder::new();
    let cases: &[(&str, &[u8], &str)] = &[
        ("j.json", b"[]", "j.json holds no data records"),
        (
            "j.json",
            b"[1, 2]",
            "j.json holds a list of something else than objects; one list of records is needed",
        ),
        ("j.json", b"{\"a\": 1}", "j.json holds no list of objects; one list of records is needed"),
        (
            "j.json",
            b"{\"a\":[{\"x\":1}],\"b\":[{\"x\":1}]}",
            "j.json holds several lists of objects; one list of records is needed",
        ),
        (
            "j.json",
            b"[{\"a\":\n1},{\"a\"",
            "j.json is not valid JSON: it ends inside an object (line 2)",
        ),
        (
            "l.jsonl",
            b"{\"a\":1}\n{\"a\":\nnope\n",
            "l.jsonl: 2 of 3 records cannot be used (the first, at line 2, is not valid JSON: it ends inside a value)",
        ),
        ("v.vtt", b"Hello\n", "v.vtt is not valid WebVTT: its first line is not WEBVTT (line 1)"),
        ("m.md", b"# Title\n\n---\n", "m.md holds no data records"),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(folder.error(name, bytes), *expected);
    }
}

#[test]
fn paths_are_checked_before_anything_is_read() {
    let folder = Folder::new();
    let good = folder.file("good.csv", b"a,b\n1,2\n");
    let fails = |paths: &[PathBuf]| read(paths, &|| false).unwrap_err();
    assert!(matches!(fails(&[]), InputError::NoPaths));
    assert!(matches!(fails(&["-".into()]), InputError::NoStandardInput));
    assert!(matches!(fails(&[folder.0.path().join("no.csv")]), InputError::Missing { .. }));
    assert!(matches!(fails(&["/dev/null".into()]), InputError::NotAFile { .. }));
    assert!(matches!(fails(&[good.clone(), good.clone()]), InputError::RepeatedPath { .. }));
    assert!(matches!(fails(&[good, folder.0.path().into()]), InputError::RepeatedPath { .. }));
}

#[test]
fn reading_ends_at_a_limit_or_a_wish() {
    let folder = Folder::new();
    let fails = |path: PathBuf| read(&[path], &|| false).unwrap_err();
    let large = folder.file("large.yaml", &b"- a: 1\n".repeat(10_000));
    fs::OpenOptions::new().append(true).open(&large).unwrap().set_len(2 << 30).unwrap();
    assert!(matches!(fails(large), InputError::TooLarge { .. }));
    let many = folder.file("many.csv", &b"a,b\n".repeat(2000));
    assert!(matches!(read(&[many], &|| true).unwrap_err(), InputError::Cancelled));
}

#[test]
fn reading_tells_how_far_it_is() {
    let folder = Folder::new();
    let many = folder.file("many.csv", &[b"a,b\n".as_slice(), &b"1,22\n".repeat(3000)].concat());
    let told = std::cell::RefCell::new(Vec::new());
    let tell = |done, all| told.borrow_mut().push((done, all));
    let stdin = StandardInput::none();
    let options = ReadOptions { progress: &tell, ..ReadOptions::new(&stdin, &|| false) };
    read_with(&[many], &options).unwrap();
    assert_eq!(*told.borrow(), [(4995, 15_004), (9995, 15_004), (14_995, 15_004)]);
}

#[test]
fn bad_rows_are_left_out_reported_and_counted() {
    let data = Folder::new().read("x.csv", b"a,b\n1,2\n3\n,\n5,6\n7,8\n").unwrap();
    assert_eq!((data.rows(), data.sources[0].records, data.sources[0].skipped), (3, 3, 2));
    assert_eq!(data.place(1), Some(("x.csv", 4)));
    let [ragged, blank] = data.skipped.as_slice() else { panic!("{:?}", data.skipped) };
    assert_eq!((ragged.code, ragged.record), (IssueCode::RowSkipped, Some(2)));
    assert_eq!(
        ragged.message,
        "row 2 of x.csv (line 3) has 1 fields where the header has 2; it was left out"
    );
    assert!(blank.message.contains("blank in every column"));
}

#[test]
fn a_byte_order_mark_tabs_and_quoting_are_understood() {
    let data = Folder::new().read("x.tsv", b"\xEF\xBB\xBFa\tb\n\"1\n2\"\t\"x\"\"y\"\n").unwrap();
    assert_eq!((data.columns[0].name.as_str(), data.sources[0].format), ("a", "tsv"));
    assert_eq!((data.columns[0].text(0), data.columns[1].text(0)), ("1\n2", "x\"y"));
    let expected = "{\"a\":\"1\\n2\",\"b\":\"x\\\"y\"}\n";
    assert_eq!(data.data_preview_hash, sha256_named(expected.as_bytes()));
}

#[test]
fn several_files_join_by_column_and_hash_by_line() {
    let folder = Folder::new();
    let second = folder.file("b/x.csv", b"a,c\n3,4\n");
    let first = folder.file("a/x.csv", b"a,b\n1,2\n");
    let data = read(&[second.clone(), first.clone()], &|| false).unwrap();
    let names: Vec<&str> = data.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!((data.place(0), data.place(1)), (Some(("a/x.csv", 1)), Some(("b/x.csv", 1))));
    assert!(data.columns[2].is_missing(0) && data.columns[1].is_missing(1));
    let line =
        |path: &PathBuf| format!("{}  {}\n", sha256_hex(&fs::read(path).unwrap()), path.display());
    assert_eq!(data.data_hash, sha256_named((line(&first) + &line(&second)).as_bytes()));
}

#[test]
fn standard_input_is_spooled_and_told_by_its_text() {
    let bytes = b"{\"a\":1}\n{\"a\":2}\n";
    let stdin = StandardInput::from_reader(|| Box::new(bytes.as_slice()));
    let data = read_with(&["-".into()], &ReadOptions::new(&stdin, &|| false)).unwrap();
    let source = &data.sources[0];
    assert_eq!((source.path.as_str(), source.name.as_str(), source.format), ("-", "-", "jsonl"));
    assert_eq!((data.data_hash, data.origins.len()), (sha256_named(bytes), 2));
    let waiting = StandardInput::from_reader(|| Box::new(Waiting));
    assert!(matches!(
        read_with(&["-".into()], &ReadOptions::new(&waiting, &|| true)),
        Err(InputError::Cancelled)
    ));
}

/// A terminal at which nobody types.
struct Waiting;

impl std::io::Read for Waiting {
    fn read(&mut self, _buffer: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::WouldBlock.into())
    }
}

#[test]
fn a_folder_is_hashed_by_paths_relative_to_it() {
    let folder = Folder::new();
    folder.file("study/b.csv", b"a\n1\n2\n");
    folder.file("study/a/x.jsonl", b"{\"a\":3}\n{\"b\":4}\n");
    folder.file("study/notes.docx", b"");
    let data = read(&[folder.0.path().join("study")], &|| false).unwrap();
    let hex = |name: &str| sha256_hex(&fs::read(folder.0.path().join("study").join(name)).unwrap());
    let lines = format!("{}  a/x.jsonl\n{}  b.csv\n", hex("a/x.jsonl"), hex("b.csv"));
    assert_eq!(data.data_hash, sha256_named(lines.as_bytes()));
    assert_eq!((data.place(0), data.place(3)), (Some(("a/x.jsonl", 1)), Some(("b.csv", 2))));
    assert_eq!(data.skipped[0].code, IssueCode::FileSkipped);
}

#[test]
fn whoever_asks_is_left_out_and_names_are_not_shown() {
    let text =
        b"Interviewer: Why?\n\nMaria: I lose my notes.\n\nP2: Paper is slow.\n\nMaria: Always.\n";
    let data = Folder::new().read("x.txt", text).unwrap();
    let speaker = data.column("speaker").unwrap();
    let shown: Vec<&str> = (0..data.rows()).map(|row| speaker.text(row)).collect();
    assert_eq!(shown, ["speaker 1", "P2", "speaker 1"]);
    assert_eq!(data.place(0), Some(("x.txt", 2)));
    assert_eq!((data.sources[0].records, data.sources[0].skipped), (3, 0));
    assert!(data.skipped[0].message.starts_with("1 passage of x.txt is not a participant's"));
}

#[test]
fn line_ends_of_all_kinds_separate_rows() {
    for text in ["a,b\r1,2\r3,4\r", "a,b\r\n1,2\n3,4", "a,b\n1,2\r\n3,4\r\n"] {
        let data = Folder::new().read("x.csv", text.as_bytes()).unwrap();
        assert_eq!((data.rows(), data.columns[1].text(1)), (2, "4"), "{text:?}");
    }
}

/// The same rows, in every format that has rows.
fn spellings(header: &[String], rows: &[Vec<String>]) -> Vec<(&'static str, Vec<u8>)> {
    let all: Vec<Vec<String>> = std::iter::once(header.to_vec()).chain(rows.to_vec()).collect();
    let mut csv = csv::WriterBuilder::new().from_writer(Vec::new());
    for row in &all {
        csv.write_record(row).unwrap();
    }
    let object = |row: &Vec<String>| {
        let members = header.iter().zip(row);
        let members = members.map(|(name, text)| format!("{}: {}", quoted(name), quoted(text)));
        format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
    };
    let objects: Vec<String> = rows.iter().map(object).collect();
    let utf16 = String::from_utf8(csv.into_inner().unwrap()).unwrap();
    let marked = format!("\u{feff}{utf16}");
    vec![
        ("x.csv", utf16.into_bytes()),
        ("u.csv", marked.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("x.json", format!("[{}]", objects.join(",\n")).into_bytes()),
        ("x.jsonl", objects.join("\n").into_bytes()),
        ("x.yaml", format!("- {}\n", objects.join("\n- ")).into_bytes()),
        ("x.xlsx", workbook::tests::sheet(&all)),
    ]
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    #[test]
    fn the_same_rows_read_the_same_in_every_format(
        rows in proptest::collection::vec(proptest::collection::vec("[a-zA-Zäöß€ ;,'\"<&0-9\n-]{0,12}", 2), 1..8)
    ) {
        let header = ["first".to_owned(), "the second".to_owned()];
        let rows: Vec<Vec<String>> = rows
            .into_iter()
            .map(|row| row.iter().map(|text| format!("x{text}y")).collect())
            .collect();
        let mut seen: Option<(Vec<Vec<String>>, String)> = None;
        for (name, bytes) in spellings(&header, &rows) {
            let data = Folder::new().read(name, &bytes).unwrap();
            let texts: Vec<Vec<String>> = (0..data.rows())
                .map(|row| data.columns.iter().map(|column| column.text(row).to_owned()).collect())
                .collect();
            proptest::prop_assert_eq!(&texts, &rows, "{}", name);
            let found = (texts, data.data_preview_hash);
            proptest::prop_assert_eq!(seen.get_or_insert_with(|| found.clone()), &found);
        }
    }
}
