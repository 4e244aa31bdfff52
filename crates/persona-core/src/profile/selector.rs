//! One answer that can be counted: a level, two neighbours on a scale, an option, an amount.

use super::census::Tally;
use crate::input::{Column, ColumnKind, Dataset, Decimals, Levels};
use crate::number::plain;
use crate::segment::Members;

/// An answer of a column, with the words for it and the test.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Selector {
    pub(crate) column: usize,
    pub(crate) value: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Levels(Vec<usize>),
    Option(usize),
    Above(f64),
    UpTo(f64),
}

/// Every answer worth counting.
pub(crate) fn selectors(dataset: &Dataset) -> Vec<Selector> {
    let columns = dataset.columns.iter().enumerate();
    columns.flat_map(|(at, column)| of_column(at, column)).collect()
}

fn of_column(at: usize, column: &Column) -> Vec<Selector> {
    let selector = |value: String, test| Selector { column: at, value, test };
    match &column.levels {
        Levels::None => Vec::new(),
        Levels::Numbers(_) | Levels::Amounts(_) => {
            column.median().map_or_else(Vec::new, |median| {
                vec![
                    selector(format!("above {}", plain(median)), Test::Above(median)),
                    selector(format!("up to {}", plain(median)), Test::UpTo(median)),
                ]
            })
        }
        Levels::Many { labels, .. } => labels
            .iter()
            .enumerate()
            .map(|(option, label)| selector(label.clone(), Test::Option(option)))
            .collect(),
        Levels::Single { labels, .. } => {
            let single = labels.iter().enumerate();
            let mut found: Vec<Selector> = single
                .map(|(level, label)| selector(label.clone(), Test::Levels(vec![level])))
                .collect();
            if column.kind == ColumnKind::Ordinal && labels.len() >= 4 {
                for (level, pair) in labels.windows(2).enumerate() {
                    let value = pair.join(" or ");
                    found.push(selector(value, Test::Levels(vec![level, level + 1])));
                }
            }
            found
        }
    }
}

impl Selector {
    /// Whether the code stands for this answer; none when it stands for no answer.
    pub(super) fn holds_code(&self, column: &Column, code: usize) -> Option<bool> {
        match &self.test {
            Test::Levels(levels) => column.level_of(code).map(|level| levels.contains(&level)),
            Test::Option(option) => {
                let options = column.options_of(code);
                (!options.is_empty()).then(|| options.contains(option))
            }
            Test::Above(_) | Test::UpTo(_) => self.holds_number(column.number_of(code)),
        }
    }

    /// How many of some rows hold the answer, from the cells.
    pub(crate) fn tally(&self, column: &Column, members: &Members) -> Tally {
        let mut tally = Tally::default();
        if let Some(codes) = column.codes() {
            let codes_held = 0..column.counts().len();
            let holds: Vec<_> = codes_held.map(|code| self.holds_code(column, code)).collect();
            for code in members.iter().filter_map(|row| codes.get(row)) {
                tally.add(holds.get(code).copied().flatten(), 1);
            }
        } else {
            for row in members.iter() {
                tally.add(self.holds_number(column.number(row)), 1);
            }
        }
        tally
    }

    /// How many of all rows hold the answer.
    pub(crate) fn tally_all(&self, column: &Column) -> Tally {
        let mut tally = Tally::default();
        for (code, count) in column.counts().iter().enumerate() {
            tally.add(self.holds_code(column, code), *count);
        }
        for number in column.numbers_by_row().into_iter().flat_map(Decimals::iter) {
            tally.add(self.holds_number(number), 1);
        }
        tally
    }

    fn holds_number(&self, number: Option<f64>) -> Option<bool> {
        match &self.test {
            Test::Above(limit) => number.map(|number| number > *limit),
            Test::UpTo(limit) => number.map(|number| number <= *limit),
            Test::Levels(_) | Test::Option(_) => None,
        }
    }
}
