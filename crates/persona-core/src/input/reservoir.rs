//! Which rows keep their text: those with the smallest of numbers drawn by seed and row.
//!
//! A row's draw depends on the seed and the row alone, so the rows kept are a uniform sample whatever the
//! order of the rest, and when kept text outgrows its limit the sample shrinks and stays uniform: the
//! greatest draws go, and later rows compete for what is left.

use crate::number::{code, index, long};
use crate::random::Random;
use std::collections::BinaryHeap;

/// Keeps the draws for text apart from those for groups.
const TEXT: u64 = 0x7465_7874;

/// The rows that are kept, each at a place of its own.
#[derive(Debug)]
pub(super) struct Reservoir {
    seed: u64,
    most: usize,
    /// Draw, row, place; the greatest draw on top.
    kept: BinaryHeap<(u64, u32, u32)>,
}

impl Reservoir {
    pub(super) fn new(seed: u64, most: usize) -> Self {
        Self { seed: seed ^ TEXT, most: most.max(1), kept: BinaryHeap::new() }
    }

    /// Where the row is kept, if it is; it may take the place of another.
    pub(super) fn offer(&mut self, row: usize) -> Option<usize> {
        let draw = Random::stream(self.seed, long(row)).next();
        if self.kept.len() < self.most {
            let place = self.kept.len();
            self.kept.push((draw, code(row), code(place)));
            return Some(place);
        }
        let mut top = self.kept.peek_mut()?;
        let (greatest, kept, place) = *top;
        if (draw, code(row)) >= (greatest, kept) {
            return None;
        }
        *top = (draw, code(row), place);
        Some(index(place))
    }

    /// Gives up the row with the greatest draw and its place for good; the last row stays.
    pub(super) fn shrink(&mut self) -> Option<usize> {
        if self.kept.len() < 2 {
            return None;
        }
        let (_, _, place) = self.kept.pop()?;
        self.most = self.kept.len();
        Some(index(place))
    }

    /// Row and place of all that is kept, by row.
    pub(super) fn rows(&self) -> Vec<(u32, usize)> {
        let mut rows: Vec<(u32, usize)> =
            self.kept.iter().map(|&(_, row, place)| (row, index(place))).collect();
        rows.sort_unstable();
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(seed: u64, rows: usize, shrinks: usize) -> Vec<u32> {
        let mut reservoir = Reservoir::new(seed, 50);
        for row in 0..rows {
            reservoir.offer(row);
            if row < shrinks {
                reservoir.shrink();
            }
        }
        reservoir.rows().into_iter().map(|(row, _)| row).collect()
    }

    #[test]
    fn few_rows_are_all_kept_and_many_by_seed() {
        assert_eq!(sample(1, 50, 0), (0..50).collect::<Vec<_>>());
        let kept = sample(1, 5000, 0);
        assert_eq!((kept.len(), &kept), (50, &sample(1, 5000, 0)));
        assert_ne!(kept, sample(2, 5000, 0));
        let late = kept.iter().filter(|row| **row >= 2500).count();
        assert!((12..=38).contains(&late), "{late} of 50 from the second half");
    }

    #[test]
    fn places_stay_apart_when_the_sample_shrinks() {
        let mut reservoir = Reservoir::new(7, 50);
        for row in 0..900 {
            reservoir.offer(row);
            if row % 100 == 99 {
                reservoir.shrink();
            }
        }
        let rows = reservoir.rows();
        let mut places: Vec<usize> = rows.iter().map(|(_, place)| *place).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!((rows.len(), places.len()), (41, 41));
    }
}
