//! How much each variable counts: by what it shares with the others.
//!
//! The shared part of two variables is their mutual information less what chance gives,
//! (R−1)(C−1)/2n (Miller 1955), over the mean of their entropies less the same: about 0 for independent
//! variables, 1 for copies. The weight of a variable is the square root of its mean shared part plus
//! the standard error of that mean under independence, √(2(R−1)(C−1))/2n for a pair. So a variable that
//! shares nothing weighs nearly nothing in many rows, and no variable is dropped, nor any pair
//! crowned, on what a few rows show by accident.

#![expect(
    clippy::indexing_slicing,
    reason = "codes are below their facet's levels, counts at most the number of rows"
)]

use super::variables::{Facet, MISSING, Variable};
use crate::number::{float, index};

/// One weight a variable; the weights sum to 1.
pub(super) fn weights(variables: &[Variable], rows: usize) -> Vec<f64> {
    let logs = Logs::new(rows);
    let mut shared = vec![(0.0, 0.0); variables.len()];
    for (left, one) in variables.iter().enumerate() {
        for (right, other) in variables.iter().enumerate().skip(left + 1) {
            let (part, variance) = pair(one, other, &logs);
            for at in [left, right] {
                shared[at].0 += part;
                shared[at].1 += variance;
            }
        }
    }
    let others = float(variables.len().saturating_sub(1).max(1));
    let root = |&(sum, variance): &(f64, f64)| {
        (f64::max(sum / others, 0.0) + variance.sqrt() / others).sqrt()
    };
    let roots: Vec<f64> = shared.iter().map(root).collect();
    let total: f64 = roots.iter().sum();
    if total > 0.0 {
        roots.iter().map(|root| root / total).collect()
    } else {
        vec![1.0 / float(variables.len().max(1)); variables.len()]
    }
}

/// n·ln n for every count that can occur; the sums below need no other logarithm.
struct Logs(Vec<f64>);

impl Logs {
    fn new(rows: usize) -> Self {
        let entry =
            |count: usize| if count == 0 { 0.0 } else { float(count) * libm::log(float(count)) };
        Self((0..=rows).map(entry).collect())
    }

    fn of(&self, count: u32) -> f64 {
        self.0[index(count)]
    }
}

/// Sums over the pairs of facets of two variables.
#[derive(Default)]
struct Sums {
    information: f64,
    chance: f64,
    entropy: f64,
    variance: f64,
}

/// The shared part of two variables, and its variance if they were independent.
fn pair(one: &Variable, other: &Variable, logs: &Logs) -> (f64, f64) {
    let mut sums = Sums::default();
    for left in &one.facets {
        for right in &other.facets {
            sums.add(left, right, logs);
        }
    }
    let most = sums.entropy - sums.chance;
    if most <= 0.0 {
        return (0.0, 0.0);
    }
    let part = ((sums.information - sums.chance) / most).min(1.0);
    (part, sums.variance / (most * most))
}

impl Sums {
    fn add(&mut self, left: &Facet, right: &Facet, logs: &Logs) {
        let (height, width) = (index(left.levels), index(right.levels));
        let mut cells = vec![0_u32; height * width];
        let mut known = 0_u32;
        for (&row, &column) in left.codes.iter().zip(&right.codes) {
            if row != MISSING && column != MISSING {
                cells[index(row) * width + index(column)] += 1;
                known += 1;
            }
        }
        if known == 0 {
            return;
        }
        let rows: Vec<u32> = cells.chunks(width).map(|line| line.iter().sum()).collect();
        let columns: Vec<u32> =
            (0..width).map(|at| cells.iter().skip(at).step_by(width).sum()).collect();
        let sum = |counts: &[u32]| counts.iter().map(|&count| logs.of(count)).sum::<f64>();
        let used = |counts: &[u32]| float(counts.iter().filter(|&&count| count > 0).count());
        let (all, n) = (logs.of(known), f64::from(known));
        let (in_rows, in_columns) = (sum(&rows), sum(&columns));
        let information = ((sum(&cells) + all - in_rows - in_columns) / n).max(0.0);
        let freedom = (used(&rows) - 1.0) * (used(&columns) - 1.0);
        self.information += information;
        self.chance += freedom / (2.0 * n);
        self.entropy += (all - in_rows + all - in_columns) / (2.0 * n);
        self.variance += 2.0 * freedom / (4.0 * n * n);
    }
}

#[cfg(test)]
mod tests {
    use super::super::variables::Cells;
    use super::*;

    fn variable(codes: Vec<u32>, levels: u32) -> Variable {
        let facets = vec![Facet { codes: codes.clone(), levels }];
        Variable { cells: Cells::Category(codes), facets, has_missing: false }
    }

    #[test]
    fn a_variable_that_shares_nothing_weighs_little_and_less_with_more_rows() {
        let weight = |rows: u32| {
            let one: Vec<u32> = (0..rows).map(|row| row % 2).collect();
            let apart: Vec<u32> = (0..rows).map(|row| (row / 2) % 2).collect();
            let all = [variable(one.clone(), 2), variable(one, 2), variable(apart, 2)];
            weights(&all, index(rows))[2]
        };
        assert!(
            weight(80) < 0.07 && weight(8000) < weight(80) / 5.0,
            "{} {}",
            weight(80),
            weight(8000)
        );
    }

    #[test]
    fn copies_share_everything_and_independent_ones_weigh_the_same() {
        let one: Vec<u32> = (0..80).map(|row| row % 4).collect();
        let logs = Logs::new(80);
        let (whole, _) = pair(&variable(one.clone(), 4), &variable(one.clone(), 4), &logs);
        assert!((whole - 1.0).abs() < 1e-9, "{whole}");
        let apart: Vec<u32> = (0..80).map(|row| (row / 4) % 4).collect();
        assert_eq!(weights(&[variable(one, 4), variable(apart, 4)], 80), [0.5, 0.5]);
    }

    #[test]
    fn the_shared_part_by_hand() {
        // [[30, 10], [10, 30]]: MI = ln 2 − H(1/4) = 0.130812; chance 1/160; entropies ln 2 each.
        let cells = [(30, 0, 0), (10, 0, 1), (10, 1, 0), (30, 1, 1)];
        let side = |pick: fn(&(usize, u32, u32)) -> u32| -> Vec<u32> {
            cells.iter().flat_map(|cell| std::iter::repeat_n(pick(cell), cell.0)).collect()
        };
        let (left, right) = (side(|cell| cell.1), side(|cell| cell.2));
        let (part, variance) = pair(&variable(left, 2), &variable(right, 2), &Logs::new(80));
        let most = std::f64::consts::LN_2 - 1.0 / 160.0;
        assert!((part - (0.130_812 - 1.0 / 160.0) / most).abs() < 1e-5, "{part}");
        assert!((variance - 2.0 / 25_600.0 / (most * most)).abs() < 1e-12);
    }
}
