//! Data that no run can do anything with: refused before anything is made or recorded.

use std::fs::{self, File};
use std::io::{Cursor, Write as _};
use std::process::Stdio;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{expect, expect_refused};
use crate::support::{Done, Machine};

const TEN_MEGABYTES: usize = 10 << 20;

fn refused(test: &str, bytes: &[u8]) {
    refused_as(test, "survey.csv", bytes);
}

fn refused_as(test: &str, name: &str, bytes: &[u8]) {
    let machine = Machine::new();
    machine.file(name, bytes);
    expect_refused(test, &machine, &["generate", name]);
}

/// A ZIP archive of empty files.
fn packed(names: impl Iterator<Item = String>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for name in names {
        archive.start_file(name, stored).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_file_that_is_not_there() {
    let machine = Machine::new();
    expect_refused("input::a_file_that_is_not_there", &machine, &["generate", "survey.csv"]);
}

#[test]
fn a_path_below_a_file() {
    let machine = Machine::new();
    machine.small_survey();
    expect_refused("input::a_path_below_a_file", &machine, &["generate", "small.csv/survey.csv"]);
}

#[test]
fn a_file_named_twice() {
    let machine = Machine::new();
    machine.small_survey();
    let words = ["generate", "small.csv", "small.csv"];
    expect_refused("input::a_file_named_twice", &machine, &words);
}

#[test]
fn an_empty_file() {
    refused("input::an_empty_file", b"");
}

#[test]
fn nothing_but_blank_lines() {
    refused("input::nothing_but_blank_lines", b"\n \r\n\n");
}

#[test]
fn a_header_and_nothing_else() {
    refused("input::a_header_and_nothing_else", b"age,use\n");
}

#[test]
fn a_header_without_a_name() {
    refused("input::a_header_without_a_name", b",,\n1,2,3\n");
}

#[test]
fn two_columns_of_one_name() {
    refused("input::two_columns_of_one_name", b"age,use,age\n1,2,3\n");
}

#[test]
fn rows_that_do_not_fit_the_header() {
    refused("input::rows_that_do_not_fit_the_header", b"a,b\n1,2\n1\n2\n3,4,5\n");
}

#[test]
fn binary_data() {
    let bytes: Vec<u8> =
        (0..5000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    refused("input::binary_data", &bytes);
}

#[test]
fn binary_data_behind_good_rows() {
    let good = "a,b\n1,2\n".to_owned() + &"3,4\n".repeat(50_000);
    refused("input::binary_data_behind_good_rows", &[good.as_bytes(), b"5,\0\0\0\n"].concat());
}

#[test]
fn an_encoding_nobody_knows() {
    refused("input::an_encoding_nobody_knows", b"age,use\n1,\x81\x8d\x8f\x90\x9d\n");
}

#[test]
fn a_web_page() {
    refused("input::a_web_page", b"<!DOCTYPE html>\n<html><title>Sign in</title></html>\n");
}

#[test]
fn a_pdf() {
    refused("input::a_pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n");
}

#[test]
fn one_field_of_ten_megabytes() {
    let field = "x".repeat(TEN_MEGABYTES);
    refused("input::one_field_of_ten_megabytes", format!("a,b\n1,\"{field}\"\n").as_bytes());
}

#[test]
fn a_file_that_is_one_field_of_ten_megabytes() {
    let field = "x".repeat(TEN_MEGABYTES);
    refused("input::a_file_that_is_one_field_of_ten_megabytes", field.as_bytes());
}

#[test]
fn two_gigabytes_of_nothing() {
    let machine = Machine::new();
    let file = File::create(machine.work().join("survey.csv")).unwrap();
    file.set_len(2 << 30).unwrap();
    expect_refused("input::two_gigabytes_of_nothing", &machine, &["generate", "survey.csv"]);
}

#[test]
fn a_quote_that_is_never_closed() {
    refused("input::a_quote_that_is_never_closed", b"a,b\n1,\"two\n3,4\n");
}

#[test]
fn more_personas_than_rows() {
    let machine = Machine::new();
    machine.small_survey();
    let words = ["generate", "small.csv", "-n", "7"];
    expect_refused("input::more_personas_than_rows", &machine, &words);
}

#[test]
fn a_dry_run_refuses_the_same() {
    let machine = Machine::new();
    machine.file("survey.csv", b"age,use\n");
    let words = ["generate", "survey.csv", "--dry-run"];
    expect_refused("input::a_dry_run_refuses_the_same", &machine, &words);
}

#[test]
fn json_that_breaks_off() {
    refused_as("input::json_that_breaks_off", "survey.json", b"[{\"age\": 34},\n{\"age\": ");
}

#[test]
fn json_without_a_list() {
    refused_as("input::json_without_a_list", "survey.json", b"{\"age\": 34}");
}

#[test]
fn json_with_two_lists() {
    refused_as(
        "input::json_with_two_lists",
        "survey.json",
        b"{\"a\": [{\"b\": 1}], \"c\": [{\"b\": 1}]}",
    );
}

#[test]
fn a_list_of_numbers() {
    refused_as("input::a_list_of_numbers", "survey.json", b"[1, 2, 3]");
}

#[test]
fn an_empty_list() {
    refused_as("input::an_empty_list", "survey.json", b"[]\n");
}

#[test]
fn json_lines_that_are_none() {
    refused_as("input::json_lines_that_are_none", "survey.jsonl", b"{\"a\": 1}\nsome\nprose\n");
}

#[test]
fn yaml_that_breaks_its_rules() {
    refused_as("input::yaml_that_breaks_its_rules", "survey.yaml", b"- age: 34\n- age: [1, 2\n");
}

#[test]
fn a_picture() {
    refused_as("input::a_picture", "survey.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
}

#[test]
fn a_workbook_that_is_damaged() {
    refused_as("input::a_workbook_that_is_damaged", "survey.xlsx", b"PK\x03\x04 and nothing else");
}

#[test]
fn a_transcript_without_a_word() {
    refused_as("input::a_transcript_without_a_word", "talk.vtt", b"WEBVTT\n\n");
}

#[test]
fn a_byte_that_its_encoding_does_not_have() {
    refused_as(
        "input::a_byte_that_its_encoding_does_not_have",
        "survey.csv",
        b"\xef\xbb\xbfage,use\n1,\xff\xff\n",
    );
}

#[test]
fn yaml_that_multiplies_itself() {
    use std::fmt::Write as _;
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        let list = below.trim_end_matches(", ");
        writeln!(text, "a{level}: &a{level} [{list}]").unwrap();
    }
    refused_as("input::yaml_that_multiplies_itself", "survey.yaml", text.as_bytes());
}

#[test]
fn a_word_document() {
    let bytes = packed(["word/document.xml".to_owned()].into_iter());
    refused_as("input::a_word_document", "survey.docx", &bytes);
}

#[test]
fn a_workbook_of_too_many_files() {
    let sheets = (0..10_001).map(|number| format!("xl/{number}"));
    let bytes = packed(["xl/workbook.xml".to_owned()].into_iter().chain(sheets));
    refused_as("input::a_workbook_of_too_many_files", "survey.xlsx", &bytes);
}

#[test]
fn too_many_columns() {
    let header: Vec<String> = (0..10_001).map(|number| format!("c{number}")).collect();
    let text = format!("{}\n{}\n", header.join(","), vec!["1"; 10_001].join(","));
    refused("input::too_many_columns", text.as_bytes());
}

#[test]
fn a_line_of_json_without_end() {
    let line = format!("{{\"a\": 1}}\n{{\"a\": \"{}\"}}\n", "x".repeat(17 << 20));
    refused_as("input::a_line_of_json_without_end", "survey.jsonl", line.as_bytes());
}

#[test]
fn more_json_than_is_read_at_once() {
    let machine = Machine::new();
    let mut file = File::create(machine.work().join("survey.json")).unwrap();
    file.write_all(format!("[{{\"a\": 1}},{}", " ".repeat(64 << 10)).as_bytes()).unwrap();
    file.set_len((256 << 20) + 1).unwrap();
    let words = ["generate", "survey.json"];
    expect_refused("input::more_json_than_is_read_at_once", &machine, &words);
}

#[test]
fn two_gigabytes_of_nothing_called_json() {
    let machine = Machine::new();
    let file = File::create(machine.work().join("survey.json")).unwrap();
    file.set_len(2 << 30).unwrap();
    let words = ["generate", "survey.json"];
    expect_refused("input::two_gigabytes_of_nothing_called_json", &machine, &words);
}

#[test]
fn a_folder_without_data() {
    let machine = Machine::new();
    fs::create_dir(machine.work().join("data")).unwrap();
    machine.file("data/notes.docx", b"x");
    expect_refused("input::a_folder_without_data", &machine, &["generate", "data"]);
}

#[test]
fn a_folder_that_goes_too_deep() {
    let machine = Machine::new();
    let deep = ["data"].into_iter().chain(std::iter::repeat_n("d", 33));
    fs::create_dir_all(deep.fold(machine.work(), |path, part| path.join(part))).unwrap();
    expect_refused("input::a_folder_that_goes_too_deep", &machine, &["generate", "data"]);
}

#[test]
fn a_pipe_by_name() {
    let machine = Machine::new();
    let pipe = machine.work().join("pipe.csv");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    expect_refused("input::a_pipe_by_name", &machine, &["generate", "pipe.csv"]);
}

#[test]
fn a_device() {
    expect_refused("input::a_device", &Machine::new(), &["generate", "/dev/zero"]);
}

#[test]
fn standard_input_without_data() {
    let machine = Machine::new();
    let before = machine.snapshot();
    expect("input::standard_input_without_data", |more| {
        let mut command = machine.command(&[&["generate", "-"], more].concat());
        Done::of(&command.stdin(Stdio::null()).output().unwrap())
    });
    assert_eq!(machine.snapshot(), before);
}

#[test]
fn standard_input_named_twice() {
    let words = ["generate", "-", "-"];
    expect_refused("input::standard_input_named_twice", &Machine::new(), &words);
}
