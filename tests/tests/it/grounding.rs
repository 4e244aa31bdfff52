//! Every quote of every persona, looked up in the file by somebody who knows only the file and the span.

use std::path::Path;

use serde_json::Value;

use crate::support::{Machine, assert_fits_schema, shipped, survey};

/// The fields of a CSV file by the rules of RFC 4180, read without the tool's own reader.
pub(crate) fn parse(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(c) = chars.next() {
        let field = rows.last_mut().unwrap().last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => rows.last_mut().unwrap().push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            c => field.push(c),
        }
    }
    rows.retain(|row| row.len() > 1);
    rows
}

fn evidence<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(members) => {
            if members.contains_key("span") {
                found.push(value);
            }
            members.values().for_each(|member| evidence(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| evidence(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Looks every piece of evidence up in a CSV file, and says how many there are.
pub(crate) fn assert_quotes_are_slices(personas: &Value, data: &Path) -> usize {
    let rows = parse(&std::fs::read_to_string(data).unwrap());
    let mut all = Vec::new();
    evidence(&personas["personas"], &mut all);
    for piece in &all {
        let column = rows[0].iter().position(|name| *name == piece["field"].as_str().unwrap());
        let record = usize::try_from(piece["record"].as_u64().unwrap()).unwrap();
        let field = &rows[record][column.unwrap()];
        let bound = |at: usize| usize::try_from(piece["span"][at].as_u64().unwrap()).unwrap();
        assert_eq!(field.get(bound(0)..bound(1)), piece["quote"].as_str(), "{piece}");
        assert_eq!(piece["source"], data.file_name().unwrap().to_str().unwrap());
    }
    all.len()
}

#[test]
fn every_quote_is_a_slice_of_the_field_it_names() {
    for (data, count) in [(survey(), "3"), (shipped("examples/interviews.csv"), "auto")] {
        let machine = Machine::new();
        let (_, folder) = machine.generate(&data, &["-n", count]);
        let personas = std::fs::read_to_string(folder.join("personas.json")).unwrap();
        let personas: Value = serde_json::from_str(&personas).unwrap();
        assert_eq!(personas["schema"], "persona/1");
        assert_eq!(personas["ai_generated"], true);
        assert_fits_schema(&personas);
        assert!(assert_quotes_are_slices(&personas, &data) > 10);
    }
}

#[test]
fn every_accepted_row_belongs_to_one_persona() {
    let machine = Machine::new();
    let (_, folder) = machine.generate(&survey(), &["-n", "3"]);
    let assignments = std::fs::read_to_string(folder.join("assignments.csv")).unwrap();
    let mut lines = assignments.lines();
    assert_eq!(lines.next(), Some("source,record,persona,distance"));
    let mut records: Vec<u32> =
        lines.map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
    records.sort_unstable();
    assert_eq!(records, (1..=50).collect::<Vec<_>>());
}
