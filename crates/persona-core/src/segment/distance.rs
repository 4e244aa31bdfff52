//! Weighted Gower dissimilarities (Gower 1971) of all pairs, in one condensed triangle.

use super::variables::{Cells, Variable, jaccard};
use crate::number::float;

/// The upper triangle row by row: (0,1), (0,2), … (1,2), …
#[derive(Clone, Debug)]
pub(super) struct Distances {
    pub(super) rows: usize,
    pub(super) values: Vec<f64>,
}

impl Distances {
    pub(super) fn new(variables: &[Variable], weights: &[f64], rows: usize) -> Self {
        let mut values = vec![0.0; rows * rows.saturating_sub(1) / 2];
        let missing = variables.iter().any(|variable| variable.has_missing);
        let mut rest = values.as_mut_slice();
        for row in 0..rows {
            let Some((line, later)) = rest.split_at_mut_checked(rows - row - 1) else { break };
            rest = later;
            if missing {
                careful_line(variables, weights, row, line);
            } else {
                for (variable, &weight) in variables.iter().zip(weights) {
                    plain_line(&variable.cells, weight, row, line);
                }
            }
        }
        Self { rows, values }
    }

    /// The lines of the triangle: the distances of each row to all later rows.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &[f64])> {
        let mut rest = self.values.as_slice();
        (0..self.rows).map_while(move |row| {
            let (line, later) = rest.split_at_checked(self.rows - row - 1)?;
            rest = later;
            Some((row, line))
        })
    }
}

fn plain_line(cells: &Cells, weight: f64, row: usize, line: &mut [f64]) {
    match cells {
        Cells::Number(cells) => {
            let Some((own, later)) = cells.get(row).zip(cells.get(row + 1..)) else { return };
            for (sum, other) in line.iter_mut().zip(later) {
                *sum += weight * (own - other).abs();
            }
        }
        Cells::Category(cells) => {
            let Some((own, later)) = cells.get(row).zip(cells.get(row + 1..)) else { return };
            for (sum, other) in line.iter_mut().zip(later) {
                *sum += if own == other { 0.0 } else { weight };
            }
        }
        Cells::Options(cells) => {
            let Some((own, later)) = cells.get(row).zip(cells.get(row + 1..)) else { return };
            for (sum, other) in line.iter_mut().zip(later) {
                *sum += weight * jaccard(*own, *other).unwrap_or(0.0);
            }
        }
    }
}

/// With missing answers: the weights of the variables both rows answered.
fn careful_line(variables: &[Variable], weights: &[f64], row: usize, line: &mut [f64]) {
    for (offset, value) in line.iter_mut().enumerate() {
        *value = between(variables, weights, row, row + 1 + offset);
    }
}

/// The dissimilarity of two rows, in 0..=1; 1 when they answered nothing in common.
pub(super) fn between(variables: &[Variable], weights: &[f64], left: usize, right: usize) -> f64 {
    let (mut sum, mut known, mut unweighted, mut shared) = (0.0, 0.0, 0.0, 0_usize);
    for (variable, &weight) in variables.iter().zip(weights) {
        if let Some(difference) = variable.cells.between(left, right) {
            sum += weight * difference;
            known += weight;
            unweighted += difference;
            shared += 1;
        }
    }
    if known > 0.0 {
        sum / known
    } else if shared > 0 {
        unweighted / float(shared)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::variables::MISSING;
    use super::*;

    fn variable(cells: Cells) -> Variable {
        let has_missing = (0..3).any(|row| cells.between(row, row).is_none());
        Variable { cells, facets: Vec::new(), has_missing }
    }

    #[test]
    fn the_triangle_is_gowers_by_hand() {
        let plain = [
            variable(Cells::Number(vec![0.0, 0.5, 1.0])),
            variable(Cells::Category(vec![0, 0, 1])),
            variable(Cells::Options(vec![0b11, 0b01, 0b10])),
        ];
        // (0,1): ½·0.5 + ¼·0 + ¼·½; (0,2): ½·1 + ¼·1 + ¼·½; (1,2): ½·0.5 + ¼·1 + ¼·1
        let distances = Distances::new(&plain, &[0.5, 0.25, 0.25], 3);
        assert_eq!(distances.values, [0.375, 0.875, 0.75]);
    }

    #[test]
    fn missing_answers_leave_the_pair_to_the_other_variables() {
        let gaps = [
            variable(Cells::Number(vec![0.0, f64::NAN, 1.0])),
            variable(Cells::Category(vec![0, MISSING, 1])),
        ];
        let distances = Distances::new(&gaps, &[0.5, 0.5], 3);
        assert_eq!(distances.values, [1.0, 1.0, 1.0]);
        let half = [
            variable(Cells::Number(vec![0.0, f64::NAN, 0.5])),
            variable(Cells::Category(vec![0, 0, 0])),
        ];
        assert_eq!(Distances::new(&half, &[0.5, 0.5], 3).values, [0.0, 0.25, 0.0]);
    }
}
