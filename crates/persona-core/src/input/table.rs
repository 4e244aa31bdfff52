//! Rows as they are collected: every column a dictionary of its distinct texts plus a code a cell.

use super::column::Column;
use super::dataset::{Dataset, Origin, Source};
use super::infer;
use super::preview::Preview;
use crate::issue::{Issue, IssueCode, Severity};
use crate::number::{code, index};
use csv::StringRecord;
use std::collections::BTreeMap;

/// Bad rows reported one by one; the rest of a source is reported as a number.
const REPORTED: u64 = 20;

/// The table under construction.
#[derive(Default)]
pub(super) struct Table {
    columns: Vec<Collected>,
    origins: Vec<Origin>,
    sources: u32,
    preview: Preview,
    issues: Vec<Issue>,
    reported: u64,
}

#[derive(Default)]
struct Collected {
    name: String,
    dictionary: BTreeMap<Box<str>, u32>,
    codes: Vec<u32>,
}

/// Which column of the table each field of a source goes to.
pub(super) struct Placement {
    columns: Vec<usize>,
}

impl Placement {
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }
}

impl Table {
    /// Finds or adds the columns of a source; a blank name becomes `column N`.
    pub(super) fn begin_source(&mut self, header: &StringRecord) -> Placement {
        self.reported = 0;
        let columns = header
            .iter()
            .enumerate()
            .map(|(at, name)| match name.trim() {
                "" => self.column(&format!("column {}", at + 1)),
                name => self.column(name),
            })
            .collect();
        Placement { columns }
    }

    /// Adds a column to a source that has begun: JSON names its columns as it goes.
    pub(super) fn add_column(&mut self, placement: &mut Placement, name: &str) {
        let at = self.column(name);
        placement.columns.push(at);
    }

    pub(super) fn end_source(&mut self, name: &str, skipped: u64) {
        self.sources += 1;
        if skipped > self.reported {
            let more = skipped - self.reported;
            let message = format!("{more} more rows of {name} were left out ({skipped} in all)");
            let mut issue = Issue::new(IssueCode::RowSkipped, Severity::Warning, message);
            issue.source = Some(name.to_owned());
            self.issues.push(issue);
        }
    }

    pub(super) fn skip(&mut self, source: &str, record: u64, line: u64, why: &str) {
        if self.reported < REPORTED {
            self.reported += 1;
            let message = format!("row {record} of {source} (line {line}) {why}; it was left out");
            let issue = Issue::new(IssueCode::RowSkipped, Severity::Warning, message);
            self.issues.push(issue.at(source, record));
        }
    }

    pub(super) fn push(&mut self, placement: &Placement, record: u64, fields: &StringRecord) {
        let rows = self.origins.len();
        for (field, &at) in fields.iter().zip(&placement.columns) {
            if let Some(column) = self.columns.get_mut(at) {
                column.push(field);
            }
        }
        for column in self.columns.iter_mut().filter(|column| column.codes.len() == rows) {
            column.push("");
        }
        let columns = &self.columns;
        let cells = fields
            .iter()
            .zip(&placement.columns)
            .filter_map(|(field, &at)| columns.get(at).map(|column| (column.name.as_str(), field)));
        self.preview.push(cells);
        self.origins.push(Origin { source: self.sources, record });
    }

    pub(super) fn finish(self, sources: Vec<Source>, data_hash: String) -> Dataset {
        Dataset {
            sources,
            columns: self.columns.into_iter().map(Collected::finish).collect(),
            origins: self.origins,
            data_hash,
            data_preview_hash: self.preview.finish(),
            skipped: self.issues,
        }
    }

    fn column(&mut self, name: &str) -> usize {
        if let Some(at) = self.columns.iter().position(|column| column.name == name) {
            return at;
        }
        let mut column = Collected { name: name.to_owned(), ..Collected::default() };
        for _ in &self.origins {
            column.push("");
        }
        self.columns.push(column);
        self.columns.len() - 1
    }
}

impl Collected {
    fn push(&mut self, text: &str) {
        let known = self.dictionary.get(text).copied();
        let number = known.unwrap_or_else(|| {
            let next = code(self.dictionary.len());
            self.dictionary.insert(text.into(), next);
            next
        });
        self.codes.push(number);
    }

    fn finish(self) -> Column {
        let mut texts = vec![Box::default(); self.dictionary.len()];
        for (text, number) in self.dictionary {
            if let Some(place) = texts.get_mut(index(number)) {
                *place = text;
            }
        }
        infer::column(self.name, texts, self.codes)
    }
}
