//! Data that no run can do anything with: refused before anything is made or recorded.

use std::fs::File;

use super::expect_refused;
use crate::support::Machine;

const TEN_MEGABYTES: usize = 10 << 20;

fn refused(test: &str, bytes: &[u8]) {
    let machine = Machine::new();
    machine.file("survey.csv", bytes);
    expect_refused(test, &machine, &["generate", "survey.csv"]);
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
