//! Files as they come, usable and not.

use super::ColumnKind::{FreeText, Id, Nominal, Ordinal};
use super::*;
use crate::IssueCode;
use crate::digest::sha256_hex;
use crate::testing::gazpacho;
use std::fs;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
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

    fn read(&self, name: &str, bytes: &[u8]) -> Result<Dataset, InputError> {
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
    assert_eq!((source.format, source.delimiter, source.records), ("csv", ',', 50));
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
    let latin = b"a,b\n1,caf\xE9\n";
    let ragged = b"a,b\n1\n2\n3,4\n";
    let long = [b"a\n\"".as_slice(), &vec![b'x'; 1 << 20], b"y\"\n"].concat();
    let cases: [(&str, &[u8], &str); 17] = [
        ("e.csv", b"", "e.csv is empty"),
        ("e.csv", b"\n \n", "e.csv is empty"),
        ("h.csv", b"a,b\n", "h.csv has a header and no data records"),
        ("p.csv", b"%PDF-1.4", "p.csv is not text: it holds a PDF document"),
        (
            "z.csv",
            b"PK\x03\x04",
            "z.csv is not text: it holds a ZIP archive (an Excel workbook is one)",
        ),
        ("n.csv", b"a,b\n1,\0\n", "n.csv is not text: it holds NUL bytes"),
        ("w.csv", b"<!doctype html><p>", "w.csv is an HTML page, not data"),
        ("u.csv", b"\xFF\xFEa\0", "u.csv is not UTF-8 (line 1; it looks like UTF-16)"),
        ("l.csv", latin, "l.csv is not UTF-8 (line 2; it looks like Latin-1 or Windows-1252)"),
        (
            "r.csv",
            ragged,
            "r.csv: 2 of 3 rows do not have the header's 2 columns (first at line 2)",
        ),
        ("d.csv", b"a,b,a\n1,2,3\n", "d.csv has two columns named \"a\""),
        ("b.csv", b",\n1,2\n", "b.csv has no columns: its header is blank"),
        ("f.csv", &long, "f.csv has a field over 1 MiB, which begins at line 2"),
        ("t.csv", b"a,b\n1,\"cut", "t.csv ends inside a quoted field that begins at line 2"),
        ("x.xlsx", b"PK", "x.xlsx is an Excel workbook, which is not in this version"),
        ("j.json", b"[]", "j.json is JSON, which is not in this version"),
        ("i.txt", b"Hello", "i.txt is plain text or Markdown, which is not in this version"),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(folder.error(name, bytes), expected);
    }
}

#[test]
fn paths_are_checked_before_anything_is_read() {
    let folder = Folder::new();
    let good = folder.file("good.csv", b"a,b\n1,2\n");
    let fails = |paths: &[PathBuf]| read(paths, &|| false).unwrap_err();
    assert!(matches!(fails(&[]), InputError::NoPaths));
    assert!(matches!(fails(&["-".into()]), InputError::StandardInput));
    assert!(matches!(fails(&[folder.0.path().join("no.csv")]), InputError::Missing { .. }));
    assert!(matches!(fails(&[folder.0.path().into()]), InputError::IsDirectory { .. }));
    assert!(matches!(fails(&[good.clone(), good]), InputError::RepeatedPath { .. }));
    let many = folder.file("many.csv", &b"a,b\n".repeat(2000));
    assert!(matches!(read(&[many], &|| true).unwrap_err(), InputError::Cancelled));
}

#[test]
fn reading_tells_how_far_it_is() {
    let folder = Folder::new();
    let many = folder.file("many.csv", &[b"a,b\n".as_slice(), &b"1,22\n".repeat(3000)].concat());
    let told = std::cell::RefCell::new(Vec::new());
    let tell = |done, all| told.borrow_mut().push((done, all));
    read_watched(&[many], 0, &|| false, &tell).unwrap();
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
