//! Is there anything to find? A permutation test of the best silhouette.
//!
//! Shuffling every column on its own keeps each column as it is and destroys what the columns have
//! to do with each other. If the best Ward silhouette over the numbers of groups looked at is not
//! beaten by chance, the data show groups. Weights are computed anew for every shuffle, so that the
//! choice of weights is part of what is tested. What is refused is that the columns are independent: two
//! columns that say the same thing (an age and its age group) count as structure as well.

use super::distance::Distances;
use super::partition::{Sums, Tree};
use super::variables::Variable;
use super::weights::weights;
use crate::cancel::Cancelled;
use crate::number::{float, long};
use crate::random::Random;
use serde::Serialize;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Shuffles a test makes.
const SHUFFLES: usize = 199;

/// Structure is claimed below this probability.
const LEVEL: f64 = 0.01;

/// The result of the test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Structure {
    /// The best mean silhouette over the numbers of groups looked at.
    pub statistic: f64,
    /// Probability of one at least as good in data without structure: (1 + better) / (1 + shuffles).
    pub p_value: f64,
    /// Number of shuffles.
    pub permutations: usize,
    /// Number of rows looked at.
    pub rows: usize,
}

impl Structure {
    /// Whether groups may be claimed (p < 0.01).
    pub fn is_claimed(&self) -> bool {
        self.p_value < LEVEL
    }
}

/// What the test looks at.
pub(super) struct Sample<'data> {
    pub(super) variables: &'data [Variable],
    pub(super) rows: usize,
    /// Numbers of groups to look for.
    pub(super) groups: RangeInclusive<usize>,
    pub(super) seed: u64,
}

/// Runs the test; the shuffles run on all cores and each depends on its number alone.
pub(super) fn test(
    sample: &Sample<'_>,
    cancelled: &dyn Fn() -> bool,
) -> Result<Structure, Cancelled> {
    let Sample { variables, rows, groups, seed } = sample;
    let statistic = best_silhouette(variables, *rows, groups);
    let workers = thread::available_parallelism().map_or(1, usize::from).min(8);
    let called_off = AtomicBool::new(false);
    let is_better = |job: usize| {
        best_silhouette(&shuffled(variables, *rows, *seed, job), *rows, groups) >= statistic
    };
    let better = |worker: usize| {
        let jobs = (worker..SHUFFLES).step_by(workers);
        jobs.take_while(|_| !called_off.load(Ordering::Relaxed))
            .filter(|&job| is_better(job))
            .count()
    };
    let count: usize = thread::scope(|scope| {
        let better = &better;
        let handles: Vec<_> =
            (1..workers).map(|worker| scope.spawn(move || better(worker))).collect();
        // Only the caller's thread may ask; it asks once a shuffle and tells the others.
        let own = (0..SHUFFLES).step_by(workers).filter(|&job| {
            let ended = called_off.load(Ordering::Relaxed) || cancelled();
            called_off.store(ended, Ordering::Relaxed);
            !ended && is_better(job)
        });
        let own = own.count();
        // A worker that panicked counts as all better: no structure is claimed by accident.
        own + handles.into_iter().map(|handle| handle.join().unwrap_or(SHUFFLES)).sum::<usize>()
    });
    if called_off.into_inner() {
        return Err(Cancelled);
    }
    let p_value = float(1 + count.min(SHUFFLES)) / float(1 + SHUFFLES);
    Ok(Structure { statistic, p_value, permutations: SHUFFLES, rows: *rows })
}

fn shuffled(variables: &[Variable], rows: usize, seed: u64, job: usize) -> Vec<Variable> {
    let mut random = Random::stream(seed, long(job) + 1);
    let mut order: Vec<usize> = (0..rows).collect();
    variables
        .iter()
        .map(|variable| {
            random.shuffle(&mut order);
            variable.permuted(&order)
        })
        .collect()
}

/// The best mean silhouette of the Ward cuts; the cuts nest, so one pass over the pairs serves all.
fn best_silhouette(variables: &[Variable], rows: usize, groups: &RangeInclusive<usize>) -> f64 {
    let weights = weights(variables, rows);
    let distances = Distances::new(variables, &weights, rows);
    let tree = Tree::grow(&distances);
    let most = (*groups.end()).min(rows);
    let mut labels = tree.cut(rows, most);
    let mut sums = Sums::new(&distances, &labels, most);
    let mut best = sums.silhouette(&labels);
    for count in (*groups.start()..most).rev() {
        let coarser = tree.cut(rows, count);
        let mut target = vec![0; sums.groups];
        for (old, new) in labels.iter().zip(&coarser) {
            if let Some(place) = target.get_mut(*old) {
                *place = *new;
            }
        }
        sums = sums.merged(&target, count);
        labels = coarser;
        best = best.max(sums.silhouette(&labels));
    }
    best
}
