//! Rows as they are collected: every column a dictionary of its distinct texts plus a code a cell, as
//! long as that fits (`input/sampling.rs`).

use super::collected::Collected;
use super::dataset::{Dataset, Source};
use super::origins::{Origin, Origins};
use super::preview::Preview;
use super::reservoir::Reservoir;
use super::sampling::{Limits, Sampling};
use crate::issue::{Issue, IssueCode, Severity};
use crate::number::long;
use csv::StringRecord;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

/// Bad rows reported one by one; the rest of a source is reported as a number.
const REPORTED: u64 = 20;

/// The table under construction.
pub(crate) struct Table {
    columns: Vec<Collected>,
    origins: Origins,
    sources: u32,
    preview: Preview,
    issues: Vec<Issue>,
    reported: u64,
    seed: u64,
    limits: Limits,
    reservoir: Reservoir,
    passed: Rc<Cell<u64>>,
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
    pub(super) fn new(seed: u64, limits: Limits) -> Self {
        Self {
            columns: Vec::new(),
            origins: Origins::default(),
            sources: 0,
            preview: Preview::default(),
            issues: Vec::new(),
            reported: 0,
            seed,
            limits,
            reservoir: Reservoir::new(seed, limits.rows),
            passed: Rc::default(),
        }
    }

    /// Bytes of the fields so far, one added for what separates each: about how far in the file this is.
    pub(super) fn passed(&self) -> Rc<Cell<u64>> {
        self.passed.clone()
    }

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
        let place = self.reservoir.offer(rows);
        for (field, &at) in fields.iter().zip(&placement.columns) {
            self.put(at, field, place);
        }
        for column in self.columns.iter_mut().filter(|column| column.rows() == rows) {
            column.push("", place);
        }
        let columns = &self.columns;
        let cells = fields
            .iter()
            .zip(&placement.columns)
            .filter_map(|(field, &at)| columns.get(at).map(|column| (column.name.as_str(), field)));
        self.preview.push(cells);
        self.origins.push(Origin { source: self.sources, record });
        self.passed.set(self.passed.get() + long(fields.as_slice().len() + fields.len()));
        self.make_room();
    }

    pub(super) fn finish(self, sources: Vec<Source>, data_hash: String) -> Dataset {
        let (rows, places): (Vec<u32>, Vec<usize>) = self.reservoir.rows().into_iter().unzip();
        let rows: Arc<[u32]> = rows.into();
        let finish = |column: Collected| column.finish(&rows, &places);
        let columns: Vec<_> = self.columns.into_iter().map(finish).collect();
        let mut sampling = Sampling::new(rows.len(), self.origins.len(), self.seed);
        for column in columns.iter().filter(|column| column.is_sampled()) {
            sampling.add(column);
        }
        let sampling = (!sampling.columns.is_empty()).then_some(sampling);
        Dataset {
            sources,
            columns,
            origins: self.origins,
            data_hash,
            data_preview_hash: self.preview.finish(),
            skipped: self.issues,
            sampling,
        }
    }

    fn put(&mut self, at: usize, field: &str, place: Option<usize>) {
        let many = self.origins.len() >= self.limits.rows;
        let Some(column) = self.columns.get_mut(at) else { return };
        if many && column.outgrows(field, self.limits.texts) {
            column.overflow(&self.reservoir.rows());
        }
        column.push(field, place);
    }

    /// Keeps all texts together within their limit: first the largest columns stop keeping every cell,
    /// then fewer rows keep their text.
    fn make_room(&mut self) {
        let coded = |column: &&Collected| column.is_coded();
        while self.columns.iter().filter(coded).map(|column| column.bytes).sum::<usize>()
            > self.limits.bytes
        {
            let coded = self.columns.iter_mut().filter(|column| column.is_coded());
            let Some(largest) = coded.max_by_key(|column| column.bytes) else { return };
            largest.overflow(&self.reservoir.rows());
        }
        let sampled = |column: &&Collected| !column.is_coded();
        while self.columns.iter().filter(sampled).map(|column| column.bytes).sum::<usize>()
            > self.limits.bytes
        {
            let Some(place) = self.reservoir.shrink() else { return };
            for column in &mut self.columns {
                column.forget(place);
            }
        }
    }

    fn column(&mut self, name: &str) -> usize {
        if let Some(at) = self.columns.iter().position(|column| column.name == name) {
            return at;
        }
        let mut column = Collected::new(name);
        for _ in 0..self.origins.len() {
            column.push("", None);
        }
        self.columns.push(column);
        self.columns.len() - 1
    }
}
