//! How far each row is from its exemplar, as the files print it: in ten-thousandths, two bytes a row.

use crate::number::ten_thousandths;

/// One distance a row, in 0..=1, rounded to four decimals as printing rounds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowDistances(Vec<u16>);

impl RowDistances {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The distance of a row.
    pub fn get(&self, row: usize) -> Option<f64> {
        self.0.get(row).map(|parts| f64::from(*parts) / 10_000.0)
    }

    /// The distances of all rows, in ten-thousandths.
    pub(crate) fn parts(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().copied()
    }

    pub(super) fn push(&mut self, distance: f64) {
        self.0.push(ten_thousandths(distance));
    }
}

impl FromIterator<f64> for RowDistances {
    fn from_iter<Distances: IntoIterator<Item = f64>>(distances: Distances) -> Self {
        Self(distances.into_iter().map(ten_thousandths).collect())
    }
}
