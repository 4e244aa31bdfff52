//! How often each answer of a column occurs in each group: one pass over the rows serves every question.

use super::Selector;
use crate::input::Column;
use crate::segment::{Members, Segment};

/// The codes of a column by group; nothing for a column without codes.
pub(super) struct Census<'data> {
    column: &'data Column,
    segments: &'data [Segment],
    /// For each group the codes that occur and how often, in order of the codes.
    groups: Vec<Vec<(usize, usize)>>,
}

/// Rows with an answer, and rows that give a certain one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) answered: usize,
    pub(crate) holding: usize,
}

impl<'data> Census<'data> {
    pub(super) fn new(column: &'data Column, segments: &'data [Segment]) -> Self {
        let mut counts = vec![0; column.counts().len()];
        let count = |segment: &Segment| occurrences(column, &segment.members, &mut counts);
        let groups = segments.iter().map(count).collect();
        Self { column, segments, groups }
    }

    /// The codes of a group and how often each occurs.
    pub(super) fn codes(&self, group: usize) -> &[(usize, usize)] {
        self.groups.get(group).map_or(&[], Vec::as_slice)
    }

    /// How many in each group hold the answer.
    pub(super) fn tallies(&self, selector: &Selector) -> Vec<Tally> {
        if self.column.codes().is_none() {
            let tally = |segment: &Segment| selector.tally(self.column, &segment.members);
            return self.segments.iter().map(tally).collect();
        }
        let holds: Vec<Option<bool>> = (0..self.column.counts().len())
            .map(|code| selector.holds_code(self.column, code))
            .collect();
        let tally = |codes: &Vec<(usize, usize)>| {
            let mut tally = Tally::default();
            for &(code, count) in codes {
                tally.add(holds.get(code).copied().flatten(), count);
            }
            tally
        };
        self.groups.iter().map(tally).collect()
    }
}

/// Counts the codes of some rows; `counts` is all zeros before and after.
fn occurrences(column: &Column, members: &Members, counts: &mut [usize]) -> Vec<(usize, usize)> {
    let Some(codes) = column.codes() else { return Vec::new() };
    let mut seen = Vec::new();
    for code in members.iter().filter_map(|row| codes.get(row)) {
        if let Some(count) = counts.get_mut(code) {
            if *count == 0 {
                seen.push(code);
            }
            *count += 1;
        }
    }
    seen.sort_unstable();
    let take = |code: usize| (code, counts.get_mut(code).map_or(0, std::mem::take));
    seen.into_iter().map(take).collect()
}

impl Tally {
    /// Adds rows of which it is known whether they hold, or that they did not answer.
    pub(crate) fn add(&mut self, holds: Option<bool>, rows: usize) {
        if let Some(holds) = holds {
            self.answered += rows;
            self.holding += usize::from(holds) * rows;
        }
    }
}
