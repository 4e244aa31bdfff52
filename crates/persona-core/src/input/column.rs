//! One column: its kind, and of every cell a code, a number or, in a sample of the rows, the text.

use super::codes::Codes;
use super::decimals::Decimals;
use super::personal::{holds_email, holds_phone};
use crate::number::{code, index};
use crate::segment::Members;
use crate::statistics::quartiles_of;
use serde::Serialize;
use std::sync::{Arc, OnceLock};

/// A column of the table.
#[derive(Clone, Debug)]
pub struct Column {
    /// The header as read, trimmed; `column N` when it is blank.
    pub name: String,
    /// What its cells are.
    pub kind: ColumnKind,
    /// The cells as later steps compare them.
    pub levels: Levels,
    pub(super) answered: usize,
    pub(super) median: OnceLock<Option<f64>>,
    pub(super) cells: Cells,
}

#[derive(Clone, Debug)]
pub(super) enum Cells {
    /// Different texts, and which of them each cell is.
    Coded {
        texts: Vec<Box<str>>,
        missing: Vec<bool>,
        /// How many cells are each.
        counts: Vec<usize>,
        codes: Codes,
    },
    /// The texts of a sample of the rows, which stand in `rows` in ascending order.
    Sampled { rows: Arc<[u32]>, texts: Vec<Box<str>>, missing: Vec<bool> },
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
    /// A number for each different text, or none.
    Numbers(Vec<Option<f64>>),
    /// A number for each row, or none: of a column with too many texts to keep.
    Amounts(Decimals),
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

impl ColumnKind {
    /// Whether a model may be sent its cells: neither what looks personal nor what only numbers rows.
    pub fn may_be_sent(self) -> bool {
        !matches!(self, Self::LooksPersonal | Self::Id)
    }

    /// Whether its cells say something beyond their counts.
    pub(super) fn is_told_by_words(self) -> bool {
        matches!(self, Self::FreeText | Self::MultiSelect)
    }
}

impl Column {
    /// The cell as read; empty when its text was not kept.
    pub fn text(&self, row: usize) -> &str {
        let (Cells::Coded { texts, .. } | Cells::Sampled { texts, .. }) = &self.cells;
        self.place(row).and_then(|place| texts.get(place)).map_or("", |text| text)
    }

    /// Whether there is nothing to read in the cell: no answer (blank, `NA`, `n/a`, `null` …), or a text
    /// that was not kept.
    pub fn is_missing(&self, row: usize) -> bool {
        if self.numbers_by_row().is_some_and(|numbers| numbers.get(row).is_some()) {
            return false;
        }
        let (Cells::Coded { missing, .. } | Cells::Sampled { missing, .. }) = &self.cells;
        self.place(row).and_then(|place| missing.get(place)).copied().unwrap_or(true)
    }

    /// The number in the cell, for a numeric column.
    pub fn number(&self, row: usize) -> Option<f64> {
        match &self.levels {
            Levels::Numbers(_) => self.number_of(self.code(row)?),
            Levels::Amounts(numbers) => numbers.get(row),
            Levels::None | Levels::Single { .. } | Levels::Many { .. } => None,
        }
    }

    /// The category of the cell, for an ordinal, nominal or boolean column.
    pub fn level(&self, row: usize) -> Option<usize> {
        self.level_of(self.code(row)?)
    }

    /// The options of the cell, for a multi-select column.
    pub fn options(&self, row: usize) -> &[usize] {
        self.code(row).map_or(&[], |code| self.options_of(code))
    }

    /// The categories or options, if the column has any.
    pub fn labels(&self) -> &[String] {
        match &self.levels {
            Levels::Single { labels, .. } | Levels::Many { labels, .. } => labels,
            Levels::None | Levels::Numbers(_) | Levels::Amounts(_) => &[],
        }
    }

    /// Whether the column may tell groups apart.
    pub fn drives_segments(&self) -> bool {
        self.levels != Levels::None
    }

    /// Number of rows with an answer, whether its text was kept or not.
    pub fn answered(&self) -> usize {
        self.answered
    }

    /// The different answers whose text was kept, in order of first appearance; of a coded column all there are.
    pub fn answers(&self) -> impl Iterator<Item = &str> {
        let (Cells::Coded { texts, missing, .. } | Cells::Sampled { texts, missing, .. }) =
            &self.cells;
        texts.iter().zip(missing).filter(|(_, missing)| !**missing).map(|(text, _)| &**text)
    }

    /// How many of them hold what looks like an e-mail address or a telephone number.
    pub fn answers_with_contacts(&self) -> usize {
        self.answers().filter(|text| holds_email(text) || holds_phone(text)).count()
    }

    /// Whether text was kept of a sample of the rows only.
    pub fn is_sampled(&self) -> bool {
        matches!(self.cells, Cells::Sampled { .. })
    }

    /// The rows among `members` (ascending) that may have text, in order.
    pub(crate) fn readable<'a>(
        &'a self,
        members: &'a Members,
    ) -> Box<dyn Iterator<Item = usize> + 'a> {
        let has_text = |row: &usize| !self.is_missing(*row);
        match &self.cells {
            Cells::Coded { .. } => Box::new(members.iter().filter(has_text)),
            Cells::Sampled { rows, .. } => {
                let kept = rows.iter().copied().map(index);
                Box::new(kept.filter(|row| members.contains(*row)).filter(has_text))
            }
        }
    }

    /// The code of every row, below the length of [`Column::counts`]; none where there are none.
    pub(crate) fn codes(&self) -> Option<&Codes> {
        match &self.cells {
            Cells::Coded { codes, .. } => Some(codes),
            Cells::Sampled { .. } => None,
        }
    }

    /// How many rows have each code.
    pub(crate) fn counts(&self) -> &[usize] {
        match &self.cells {
            Cells::Coded { counts, .. } => counts,
            Cells::Sampled { .. } => &[],
        }
    }

    /// The number that a code stands for.
    pub(crate) fn number_of(&self, code: usize) -> Option<f64> {
        match &self.levels {
            Levels::Numbers(numbers) => *numbers.get(code)?,
            Levels::None | Levels::Amounts(_) | Levels::Single { .. } | Levels::Many { .. } => None,
        }
    }

    /// The category that a code stands for.
    pub(crate) fn level_of(&self, code: usize) -> Option<usize> {
        match &self.levels {
            Levels::Single { of, .. } => *of.get(code)?,
            Levels::None | Levels::Numbers(_) | Levels::Amounts(_) | Levels::Many { .. } => None,
        }
    }

    /// The options that a code stands for.
    pub(crate) fn options_of(&self, code: usize) -> &[usize] {
        match &self.levels {
            Levels::Many { of, .. } => of.get(code).map_or(&[], Vec::as_slice),
            Levels::None | Levels::Numbers(_) | Levels::Amounts(_) | Levels::Single { .. } => &[],
        }
    }

    /// The median of the column's numbers.
    pub(crate) fn median(&self) -> Option<f64> {
        *self.median.get_or_init(|| median(&self.levels, self.counts()))
    }

    /// The numbers of all rows, where they are kept by row.
    pub(crate) fn numbers_by_row(&self) -> Option<&Decimals> {
        match &self.levels {
            Levels::Amounts(numbers) => Some(numbers),
            Levels::None | Levels::Numbers(_) | Levels::Single { .. } | Levels::Many { .. } => None,
        }
    }

    fn code(&self, row: usize) -> Option<usize> {
        self.codes()?.get(row)
    }

    /// Where the text of a row is.
    fn place(&self, row: usize) -> Option<usize> {
        match &self.cells {
            Cells::Coded { codes, .. } => codes.get(row),
            Cells::Sampled { rows, .. } => rows.binary_search(&code(row)).ok(),
        }
    }
}

fn median(levels: &Levels, counts: &[usize]) -> Option<f64> {
    let found = match levels {
        Levels::Numbers(numbers) => {
            let counted = numbers.iter().zip(counts);
            let mut sorted: Vec<(f64, usize)> =
                counted.filter_map(|(number, count)| Some(((*number)?, *count))).collect();
            sorted.sort_by(|left, right| left.0.total_cmp(&right.0));
            quartiles_of(|| sorted.iter().copied())
        }
        Levels::Amounts(numbers) => {
            let mut ranks: Vec<u32> =
                (0..numbers.len()).filter_map(|row| numbers.rank(row)).collect();
            ranks.sort_unstable();
            quartiles_of(|| ranks.iter().filter_map(|rank| Some((numbers.ranked(*rank)?, 1))))
        }
        Levels::None | Levels::Single { .. } | Levels::Many { .. } => None,
    };
    found.map(|found| found.median)
}
