//! One answer that can be counted: a level, two neighbours on a scale, an option, an amount.

use crate::input::{Column, ColumnKind, Dataset, Levels};
use crate::number::plain;
use crate::statistics::quartiles;

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
    columns.flat_map(|(at, column)| of_column(at, column, dataset.rows())).collect()
}

fn of_column(at: usize, column: &Column, rows: usize) -> Vec<Selector> {
    let selector = |value: String, test| Selector { column: at, value, test };
    match &column.levels {
        Levels::None => Vec::new(),
        Levels::Numbers(_) => {
            let values: Vec<f64> = (0..rows).filter_map(|row| column.number(row)).collect();
            quartiles(&values).map_or_else(Vec::new, |found| {
                let median = found.median;
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
    /// Whether the row gave this answer; none when it gave no answer.
    pub(crate) fn holds(&self, column: &Column, row: usize) -> Option<bool> {
        match &self.test {
            Test::Levels(levels) => column.level(row).map(|level| levels.contains(&level)),
            Test::Option(option) => {
                let options = column.options(row);
                (!options.is_empty()).then(|| options.contains(option))
            }
            Test::Above(limit) => column.number(row).map(|number| number > *limit),
            Test::UpTo(limit) => column.number(row).map(|number| number <= *limit),
        }
    }
}
