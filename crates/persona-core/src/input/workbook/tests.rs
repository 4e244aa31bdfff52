//! Workbooks as Excel writes them, and archives that only look like one.

use crate::input::tests::Folder;
use crate::input::{Dataset, InputError};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use std::io::Write as _;
use zip::write::{SimpleFileOptions, ZipWriter};

fn read(bytes: &[u8]) -> Result<Dataset, InputError> {
    Folder::new().read("x.xlsx", bytes)
}

/// A workbook of texts.
pub(in crate::input) fn sheet(rows: &[Vec<String>]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(rows) {
        for (column, text) in (0..).zip(cells) {
            sheet.write_string(row, column, text).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn survey() -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Cover").unwrap();
    book.add_worksheet().set_hidden(true).write(0, 0, "secret").unwrap();
    let sheet = book.add_worksheet().set_name("Answers").unwrap();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    for (column, name) in (2..).zip(["age", "", "seen", "pays", "says"]) {
        sheet.write(3, column, name).unwrap();
    }
    sheet.write(4, 2, 41).unwrap().write(4, 3, 0.1 + 0.2).unwrap();
    let day = ExcelDateTime::from_ymd(2025, 1, 31).unwrap();
    sheet.write_datetime_with_format(4, 4, &day, &date).unwrap();
    sheet.write(4, 5, true).unwrap().write(4, 6, "I lose <notes> & more").unwrap();
    sheet.write(6, 2, 7).unwrap();
    sheet.write(7, 8, "beside").unwrap();
    sheet.write(8, 2, 8).unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn the_first_visible_sheet_with_anything_in_it_is_read() {
    let data = read(&survey()).unwrap();
    assert_eq!(data.sources[0].sheet.as_deref(), Some("Answers"));
    assert_eq!((data.sources[0].format, data.sources[0].encoding), ("xlsx", None));
    let row: Vec<(&str, &str)> =
        data.columns.iter().map(|column| (column.name.as_str(), column.text(0))).collect();
    let expected = [
        ("age", "41"),
        ("column 2", "0.3"),
        ("seen", "2025-01-31"),
        ("pays", "true"),
        ("says", "I lose <notes> & more"),
    ];
    assert_eq!(row, expected);
    assert_eq!((data.rows(), data.place(2)), (3, Some(("x.xlsx", 4))));
    assert_eq!(
        data.skipped[0].message,
        "row 3 of x.xlsx (line 8) has a value in a column without a header; it was left out"
    );
}

#[test]
fn the_last_corner_of_a_sheet_costs_nothing() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "a").unwrap().write(1_048_575, 0, "x").unwrap();
    assert_eq!(read(&book.save_to_buffer().unwrap()).unwrap().rows(), 1);
    sheet_in_corner();
}

fn sheet_in_corner() {
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 16_383, "x").unwrap();
    let error = read(&book.save_to_buffer().unwrap());
    assert!(matches!(error, Err(InputError::TooManyColumns { .. })));
}

#[test]
fn other_archives_get_their_own_sentence() {
    let said = |files: &[(&str, &[u8])]| match read(&archive(files)) {
        Err(InputError::Foreign { looks_like, .. }) => looks_like.name,
        other => panic!("{other:?}"),
    };
    assert_eq!(said(&[("word/document.xml", b"")]), "a Word document");
    assert_eq!(said(&[("content.xml", b"")]), "a LibreOffice document or workbook");
    assert_eq!(said(&[("x.csv", b"a\n1")]), "a ZIP archive");
    let empty = read(&sheet(&[]));
    assert!(matches!(empty, Err(InputError::Empty { .. })));
    let broken = read(&archive(&[("xl/workbook.xml", b"<workbook")]));
    assert!(matches!(broken, Err(InputError::Workbook { .. })), "{broken:?}");
    let cut = survey();
    assert!(matches!(read(&cut[..cut.len() / 2]), Err(InputError::Workbook { .. })));
    let named = Folder::new().read("x.csv", &survey()).unwrap();
    assert_eq!(named.sources[0].format, "xlsx");
}

#[test]
fn an_archive_that_unpacks_without_end_is_refused() {
    let zeros = vec![0; 64 << 20];
    let files: Vec<String> = (0..9).map(|at| format!("xl/media/{at}")).collect();
    let mut parts: Vec<(&str, &[u8])> = vec![("xl/workbook.xml", b"")];
    parts.extend(files.iter().map(|name| (name.as_str(), zeros.as_slice())));
    let bomb = archive(&parts);
    assert!(bomb.len() < 1 << 20);
    assert!(matches!(read(&bomb), Err(InputError::Bomb { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_changed_workbook_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)
    ) {
        let mut bytes = survey();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _either = read(&bytes);
    }

    #[test]
    fn changed_xml_in_a_sound_archive_is_read_or_refused(
        file in 0_usize..8, at in any::<prop::sample::Index>(), byte in any::<u8>(), length in 0_usize..20
    ) {
        let survey = survey();
        let mut known = zip::ZipArchive::new(std::io::Cursor::new(&survey)).unwrap();
        let names: Vec<String> = known.file_names().map(|name| name.unwrap().into_owned()).collect();
        let mut parts: Vec<(String, Vec<u8>)> = names
            .into_iter()
            .map(|name| {
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut known.by_name(&name).unwrap(), &mut bytes).unwrap();
                (name, bytes)
            })
            .collect();
        let count = parts.len();
        let bytes = &mut parts[file % count].1;
        if !bytes.is_empty() {
            let start = at.index(bytes.len());
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, [byte]);
        }
        let parts: Vec<(&str, &[u8])> =
            parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let _either = read(&archive(&parts));
    }
}
