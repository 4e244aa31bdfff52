//! What is kept of big inputs.
//!
//! Up to 20,000 rows and 96 MiB of different texts everything is kept. Beyond, a column that meets its
//! 65,537th different text, or is the largest when all different texts together outgrow 96 MiB, stops
//! keeping texts by cell: where 95 % of its answers so far are numbers it keeps a number a row
//! (`input/decimals.rs`), else nothing but counts. Of such columns the texts are kept for 20,000 rows
//! drawn by the seed (`input/reservoir.rs`), the same rows for every column; fewer when these texts
//! outgrow 96 MiB. Every column that tells people apart therefore has a code or a number of every row, and
//! the other rows are assigned in a second pass over those codes: the file is read once.

use super::column::Column;
use crate::issue::{Issue, IssueCode, Severity};
use crate::number::long;
use serde::Serialize;

/// When text is sampled; a parameter so that small tests can see it happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Rows that keep their text.
    pub(crate) rows: usize,
    /// Different texts of a column of more rows than that.
    pub(crate) texts: usize,
    /// Bytes of different texts of all columns, sixteen added for each; and of kept texts again.
    pub(crate) bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 20_000, texts: 65_536, bytes: 96 << 20 }
    }
}

/// How much of the data's text was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sampling {
    /// Rows whose text was kept.
    pub text_rows: u64,
    /// Rows in all.
    pub of: u64,
    /// The seed that drew them.
    pub seed: u64,
    /// The columns whose text was kept of these rows only.
    pub columns: Vec<String>,
    /// Those of them whose numbers were kept of every row.
    pub numbers: Vec<String>,
    /// Those of them whose numbers were rounded to single precision.
    pub rounded: Vec<String>,
}

impl Sampling {
    pub(super) fn new(text_rows: usize, of: usize, seed: u64) -> Self {
        let (text_rows, of) = (long(text_rows), long(of));
        Self { text_rows, of, seed, columns: Vec::new(), numbers: Vec::new(), rounded: Vec::new() }
    }

    pub(super) fn add(&mut self, column: &Column) {
        let name = || column.name.clone();
        self.columns.push(name());
        if let Some(numbers) = column.numbers_by_row() {
            self.numbers.push(name());
            if numbers.is_rounded() {
                self.rounded.push(name());
            }
        }
    }

    /// What people should know of it: that words come from a part of the rows.
    pub(super) fn remark(&self, columns: &[Column]) -> Option<Issue> {
        let told = |column: &&Column| column.is_sampled() && column.kind.is_told_by_words();
        let names: Vec<&str> =
            columns.iter().filter(told).map(|column| column.name.as_str()).collect();
        let Self { text_rows, of, seed, .. } = self;
        let message = format!(
            "the words of {} were kept of {text_rows} of {of} rows, drawn with seed {seed}: quotes come \
             from these; counts, groups and assignments are of all rows",
            names.join(", ")
        );
        let issue = Issue::new(IssueCode::TextSampled, Severity::Info, message);
        (!names.is_empty()).then_some(issue)
    }
}

#[cfg(test)]
mod tests;
