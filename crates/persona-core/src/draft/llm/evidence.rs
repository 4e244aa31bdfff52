//! What a model is shown of a group: its counts, and as many of its rows as fit.
//!
//! Rows are taken evenly from the group's centre to its rim (by dissimilarity to the exemplar), so that a
//! pack that cannot hold all of them still shows the whole group. Columns that look personal or only number
//! rows are never shown.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::draft::{Brief, DraftError};
use crate::input::{ColumnKind, Dataset};

/// Bytes of text that are counted as one token: fewer than most texts need, so that a pack rather leaves a
/// row out than overflows a context.
pub(super) const BYTES_A_TOKEN: usize = 3;
/// The longest answer shown of one cell, in bytes; what is cut off can still be found by its beginning.
const CELL: usize = 2000;

/// Rows and counts of one group, as they are shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvidencePack {
    /// Counts, as sentences.
    pub facts: Vec<String>,
    /// The rows shown, in the order of the data.
    pub rows: Vec<EvidenceRow>,
    /// Rows of the group that found no room.
    pub left_out: usize,
    /// Columns that are never shown, by name.
    pub withheld: Vec<String>,
}

/// One row, as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvidenceRow {
    /// 1-based number of the row among all rows read.
    pub row: usize,
    /// Answers by column; missing ones are left out.
    pub answers: Map<String, Value>,
}

impl EvidencePack {
    /// Packs at most `bytes` of rows, as JSON.
    pub(super) fn new(brief: &Brief<'_>, bytes: usize) -> Result<Self, DraftError> {
        let dataset = brief.dataset;
        let members = from_centre(brief)?;
        let rows = fitting(dataset, &members, bytes);
        let withheld = dataset.columns.iter().filter(|column| !column.kind.may_be_sent());
        Ok(Self {
            facts: brief.profile.facts(),
            left_out: brief.segment()?.members.len() - rows.len(),
            rows,
            withheld: withheld.map(|column| column.name.clone()).collect(),
        })
    }
}

impl EvidenceRow {
    fn new(dataset: &Dataset, row: usize) -> Self {
        let cells = dataset.columns.iter().filter(|column| column.kind.may_be_sent());
        let answers = cells
            .filter(|column| !column.is_missing(row))
            .map(|column| (column.name.clone(), Value::from(shortened(column.text(row)))));
        Self { row: row + 1, answers: answers.collect() }
    }

    /// The row as one line of JSON.
    pub(super) fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The members, nearest to the exemplar first; of equally near ones, in row order. Where the text of a sample
/// of rows alone was kept, only those.
fn from_centre(brief: &Brief<'_>) -> Result<Vec<usize>, DraftError> {
    let distance = |row: usize| brief.segmentation.distances.get(row).unwrap_or(1.0);
    let segment = brief.segment()?;
    let mut texts =
        brief.dataset.columns.iter().filter(|column| column.kind == ColumnKind::FreeText);
    let mut members: Vec<usize> = match (&brief.dataset.sampling, texts.next()) {
        (Some(_), Some(text)) => text.readable(&segment.members).collect(),
        (None, _) | (_, None) => segment.members.iter().collect(),
    };
    members.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)).then(a.cmp(&b)));
    Ok(members)
}

/// As many rows as fit, spread evenly over `members`, in row order.
fn fitting(dataset: &Dataset, members: &[usize], bytes: usize) -> Vec<EvidenceRow> {
    let mut wanted = members.len().min(bytes / 16 + 1); // no row is shorter than its number and its braces
    loop {
        let rows: Vec<EvidenceRow> = (0..wanted)
            .filter_map(|at| members.get(at * members.len() / wanted))
            .map(|&row| EvidenceRow::new(dataset, row))
            .collect();
        let size: usize = rows.iter().map(|row| row.line().len() + 1).sum();
        if size <= bytes || wanted <= 1 {
            let mut rows = rows;
            rows.sort_by_key(|row| row.row);
            return rows;
        }
        // Proportional, and at least one fewer, so that this ends.
        wanted = (wanted * bytes / size).min(wanted - 1).max(1);
    }
}

fn shortened(text: &str) -> &str {
    let mut end = text.len().min(CELL);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
