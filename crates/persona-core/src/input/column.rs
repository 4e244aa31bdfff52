//! One column: its kind, its distinct texts and a code of four bytes a cell.

use crate::number::index;
use serde::Serialize;

/// A column of the table.
#[derive(Clone, Debug)]
pub struct Column {
    /// The header as read, trimmed; `column N` when it is blank.
    pub name: String,
    /// What its cells are.
    pub kind: ColumnKind,
    /// The cells as later steps compare them.
    pub levels: Levels,
    pub(super) texts: Vec<Box<str>>,
    pub(super) missing: Vec<bool>,
    pub(super) codes: Vec<u32>,
}

/// What the cells of a column are; the rules stand in `input/infer.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnKind {
    /// Tells rows apart and says nothing about people.
    Id,
    /// Amounts.
    Numeric,
    /// Categories in an order: scales, ranges, Likert words.
    Ordinal,
    /// Categories without an order.
    Nominal,
    /// Yes or no.
    Boolean,
    /// Several options in one cell.
    MultiSelect,
    /// Days or moments.
    Date,
    /// Answers in people's own words.
    FreeText,
    /// One value or none.
    Constant,
    /// Names, addresses, telephone numbers: never used, never shown.
    LooksPersonal,
}

/// The cells of a column by distinct text.
#[derive(Clone, Debug, PartialEq)]
pub enum Levels {
    /// Not compared.
    None,
    /// A number each, or none.
    Numbers(Vec<Option<f64>>),
    /// One category each, or none.
    Single {
        /// The categories; in their order when the column is ordinal.
        labels: Vec<String>,
        /// Where each category stands between its neighbours; empty when there is no order.
        positions: Vec<f64>,
        /// Index into `labels`.
        of: Vec<Option<usize>>,
    },
    /// Any number of options each.
    Many {
        /// The options.
        labels: Vec<String>,
        /// Indices into `labels`; none when the cell is blank.
        of: Vec<Vec<usize>>,
    },
}

impl Column {
    /// The cell as read.
    pub fn text(&self, row: usize) -> &str {
        self.code(row).and_then(|code| self.texts.get(code)).map_or("", |text| text)
    }

    /// Whether the cell holds no answer (blank, `NA`, `n/a`, `null` …).
    pub fn is_missing(&self, row: usize) -> bool {
        self.code(row).and_then(|code| self.missing.get(code)).copied().unwrap_or(true)
    }

    /// The number in the cell, for a numeric column.
    pub fn number(&self, row: usize) -> Option<f64> {
        match &self.levels {
            Levels::Numbers(numbers) => *numbers.get(self.code(row)?)?,
            Levels::None | Levels::Single { .. } | Levels::Many { .. } => None,
        }
    }

    /// The category of the cell, for an ordinal, nominal or boolean column.
    pub fn level(&self, row: usize) -> Option<usize> {
        match &self.levels {
            Levels::Single { of, .. } => *of.get(self.code(row)?)?,
            Levels::None | Levels::Numbers(_) | Levels::Many { .. } => None,
        }
    }

    /// The options of the cell, for a multi-select column.
    pub fn options(&self, row: usize) -> &[usize] {
        match &self.levels {
            Levels::Many { of, .. } => {
                self.code(row).and_then(|code| of.get(code)).map_or(&[], Vec::as_slice)
            }
            Levels::None | Levels::Numbers(_) | Levels::Single { .. } => &[],
        }
    }

    /// The categories or options, if the column has any.
    pub fn labels(&self) -> &[String] {
        match &self.levels {
            Levels::Single { labels, .. } | Levels::Many { labels, .. } => labels,
            Levels::None | Levels::Numbers(_) => &[],
        }
    }

    /// Whether the column may tell groups apart.
    pub fn drives_segments(&self) -> bool {
        self.levels != Levels::None
    }

    /// Number of rows with an answer.
    pub fn answered(&self) -> usize {
        (0..self.codes.len()).filter(|&row| !self.is_missing(row)).count()
    }

    fn code(&self, row: usize) -> Option<usize> {
        self.codes.get(row).copied().map(index)
    }
}
