//! Where rows stand, as runs: rows that follow each other in one source cost one entry.

use crate::number::{code, index, long};

/// Where a row stands: index into the sources and 1-based number of the data record there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Index of the source.
    pub source: u32,
    /// 1-based number of the data record in its source.
    pub record: u64,
}

/// The origins of all rows, in order.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    runs: Vec<Run>,
    rows: usize,
}

/// Rows from `row` on, whose records count up from the first.
#[derive(Clone, Copy, Debug)]
struct Run {
    row: u32,
    first: Origin,
}

impl Origins {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Where a row stands.
    pub fn get(&self, row: usize) -> Option<Origin> {
        if row >= self.rows {
            return None;
        }
        let run = self.runs.get(self.runs.partition_point(|run| index(run.row) <= row) - 1)?;
        let record = run.first.record + long(row - index(run.row));
        Some(Origin { record, ..run.first })
    }

    /// The row that stands there.
    pub fn find(&self, origin: Origin) -> Option<usize> {
        let at = self.runs.partition_point(|run| run.first <= origin).checked_sub(1)?;
        let run = self.runs.get(at)?;
        let end = self.runs.get(at + 1).map_or(self.rows, |next| index(next.row));
        let offset = usize::try_from(origin.record.checked_sub(run.first.record)?).ok()?;
        let row = index(run.row).checked_add(offset)?;
        (run.first.source == origin.source && row < end).then_some(row)
    }

    /// The origins of all rows.
    pub fn iter(&self) -> impl Iterator<Item = Origin> + '_ {
        let ends = self.runs.iter().skip(1).map(|run| index(run.row)).chain([self.rows]);
        self.runs.iter().zip(ends).flat_map(|(run, end)| {
            let records = (0..end - index(run.row)).map(|offset| run.first.record + long(offset));
            records.map(|record| Origin { record, ..run.first })
        })
    }

    pub(super) fn push(&mut self, origin: Origin) {
        let last = self.rows.checked_sub(1).and_then(|row| self.get(row));
        let follows = last.is_some_and(|last| {
            last.source == origin.source && last.record.checked_add(1) == Some(origin.record)
        });
        if !follows {
            self.runs.push(Run { row: code(self.rows), first: origin });
        }
        self.rows += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_say_what_a_list_says(steps in proptest::collection::vec((0_u32..2, 1_u64..3), 0..60)) {
            let (mut origins, mut list) = (Origins::default(), Vec::new());
            let (mut source, mut record) = (0, 0);
            for (jump, step) in steps {
                record = if jump == 0 { record + step } else { step };
                source += jump;
                let origin = Origin { source, record };
                origins.push(origin);
                list.push(origin);
            }
            prop_assert_eq!(origins.len(), list.len());
            for (row, origin) in list.iter().enumerate() {
                prop_assert_eq!(origins.get(row), Some(*origin));
            }
            for source in 0..4 {
                for record in 0..70 {
                    let wanted = Origin { source, record };
                    prop_assert_eq!(origins.find(wanted), list.binary_search(&wanted).ok());
                }
            }
            prop_assert_eq!(origins.get(list.len()), None);
            prop_assert_eq!(origins.iter().collect::<Vec<_>>(), list);
        }
    }
}
