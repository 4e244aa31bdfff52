//! From dissimilarities to groups: Ward linkage as a start, relational k-means as refinement.
//!
//! Gower's dissimilarity is taken as a squared distance: Ward sees its root, and k-means works on the
//! mean dissimilarity to a group less half the mean within it, which is the squared distance to the
//! group's centre where the dissimilarity is Euclidean (Hathaway & Bezdek 1994).

#![expect(
    clippy::indexing_slicing,
    reason = "labels are below the number of groups, rows below the number of rows: both are made here"
)]

use super::distance::Distances;
use crate::number::float;
use kodama::{Dendrogram, Method, linkage};

/// Passes of k-means at most; it settles after a handful.
const PASSES: usize = 30;

/// The Ward tree, from which every number of groups can be cut.
pub(super) struct Tree(Option<Dendrogram<f64>>);

impl Tree {
    pub(super) fn grow(distances: &Distances) -> Self {
        if distances.rows < 2 {
            return Self(None);
        }
        let mut roots: Vec<f64> = distances.values.iter().map(|value| value.sqrt()).collect();
        Self(Some(linkage(&mut roots, distances.rows, Method::Ward)))
    }

    /// One label a row, numbered by first appearance.
    pub(super) fn cut(&self, rows: usize, groups: usize) -> Vec<usize> {
        let mut parents: Vec<usize> = (0..rows * 2).collect();
        if let Some(tree) = &self.0 {
            for (at, step) in tree.steps().iter().take(rows.saturating_sub(groups)).enumerate() {
                parents[step.cluster1] = rows + at;
                parents[step.cluster2] = rows + at;
            }
        }
        let root = |row: usize| {
            let mut node = row;
            while parents[node] != node {
                node = parents[node];
            }
            node
        };
        numbered((0..rows).map(root))
    }
}

fn numbered(roots: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut seen = Vec::new();
    roots
        .map(|root| {
            seen.iter().position(|known| *known == root).unwrap_or_else(|| {
                seen.push(root);
                seen.len() - 1
            })
        })
        .collect()
}

/// A grouping of the rows looked at.
pub(super) struct Grouping {
    /// The group of each.
    pub(super) labels: Vec<usize>,
    /// The row of each group that is nearest to all others.
    pub(super) medoids: Vec<usize>,
    pub(super) silhouette: f64,
}

/// The sum of dissimilarities of every row to every group, and the sizes of the groups.
#[derive(Clone)]
pub(super) struct Sums {
    pub(super) groups: usize,
    pub(super) sizes: Vec<usize>,
    to: Vec<f64>,
}

impl Sums {
    pub(super) fn new(distances: &Distances, labels: &[usize], groups: usize) -> Self {
        let mut to = vec![0.0; labels.len() * groups];
        let mut sizes = vec![0; groups];
        for &label in labels {
            sizes[label] += 1;
        }
        for (row, line) in distances.lines() {
            for (offset, value) in line.iter().enumerate() {
                let other = row + 1 + offset;
                to[row * groups + labels[other]] += value;
                to[other * groups + labels[row]] += value;
            }
        }
        Self { groups, sizes, to }
    }

    pub(super) fn of(&self, row: usize) -> &[f64] {
        &self.to[row * self.groups..(row + 1) * self.groups]
    }

    /// The sums after two groups became one: `target[g]` is the new number of group `g`.
    pub(super) fn merged(&self, target: &[usize], groups: usize) -> Self {
        let rows = self.to.len() / self.groups.max(1);
        let (mut to, mut sizes) = (vec![0.0; rows * groups], vec![0; groups]);
        for (group, &new) in target.iter().enumerate() {
            sizes[new] += self.sizes[group];
        }
        for row in 0..rows {
            for (&new, sum) in target.iter().zip(self.of(row)) {
                to[row * groups + new] += sum;
            }
        }
        Self { groups, sizes, to }
    }

    /// The mean silhouette (Rousseeuw 1987); a row alone in its group counts 0.
    pub(super) fn silhouette(&self, labels: &[usize]) -> f64 {
        let widths = labels.iter().enumerate().map(|(row, &own)| self.width(row, own));
        widths.sum::<f64>() / float(labels.len().max(1))
    }

    fn width(&self, row: usize, own: usize) -> f64 {
        if self.sizes[own] < 2 {
            return 0.0;
        }
        let (mut inside, mut nearest) = (0.0, f64::INFINITY);
        for (group, (sum, &size)) in self.of(row).iter().zip(&self.sizes).enumerate() {
            if group == own {
                inside = sum / float(size - 1);
            } else if size > 0 {
                nearest = nearest.min(sum / float(size));
            }
        }
        let larger = f64::max(inside, nearest);
        if larger > 0.0 && larger.is_finite() { (nearest - inside) / larger } else { 0.0 }
    }
}

/// Relational k-means from a start; no group is ever emptied.
pub(super) fn refine(distances: &Distances, mut labels: Vec<usize>, groups: usize) -> Vec<usize> {
    for _ in 0..PASSES {
        let mut sums = Sums::new(distances, &labels, groups);
        let within = within(&sums, &labels);
        let mut moved = false;
        for (row, label) in labels.iter_mut().enumerate() {
            let own = *label;
            let best = nearest(&sums, &within, row, own);
            if best != own && sums.sizes[own] > 1 {
                // Sizes guard against emptying; sums and centres stay those of the pass.
                sums.sizes[own] -= 1;
                *label = best;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    labels
}

/// Half the mean dissimilarity within each group, and its size at the start of the pass.
fn within(sums: &Sums, labels: &[usize]) -> Vec<(f64, f64)> {
    let mut totals = vec![0.0; sums.groups];
    for (row, &own) in labels.iter().enumerate() {
        totals[own] += sums.of(row)[own];
    }
    let half = |(total, &size): (f64, &usize)| {
        let size = float(size);
        (total / (2.0 * size * size), size)
    };
    totals.into_iter().zip(&sums.sizes).map(half).collect()
}

/// The nearest centre; the own group wins ties, then the lower number.
fn nearest(sums: &Sums, within: &[(f64, f64)], row: usize, own: usize) -> usize {
    let distance = |group: usize| {
        let (inside, size) = within[group];
        sums.of(row)[group] / size - inside
    };
    let mut best = (own, distance(own));
    for group in 0..sums.groups {
        let here = distance(group);
        if here < best.1 - 1e-12 {
            best = (group, here);
        }
    }
    best.0
}

/// The row of each group with the smallest sum of dissimilarities to it; the first of equals.
pub(super) fn medoids(sums: &Sums, labels: &[usize]) -> Vec<usize> {
    let mut best = vec![(f64::INFINITY, 0); sums.groups];
    for (row, &own) in labels.iter().enumerate() {
        let sum = sums.of(row)[own];
        if sum < best[own].0 {
            best[own] = (sum, row);
        }
    }
    best.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points 0, 1, 10, 11 on a line; squared distances over 121.
    fn line() -> Distances {
        let values = [1.0, 100.0, 121.0, 81.0, 100.0, 1.0].map(|square| square / 121.0);
        Distances { rows: 4, values: values.to_vec() }
    }

    #[test]
    fn ward_cuts_the_line_where_it_gapes() {
        let tree = Tree::grow(&line());
        assert_eq!(tree.cut(4, 2), [0, 0, 1, 1]);
        assert_eq!(tree.cut(4, 1), [0, 0, 0, 0]);
        assert_eq!(tree.cut(4, 4), [0, 1, 2, 3]);
    }

    #[test]
    fn k_means_mends_a_bad_start_and_keeps_every_group() {
        assert_eq!(refine(&line(), vec![0, 1, 1, 1], 2), [0, 0, 1, 1]);
        assert_eq!(refine(&line(), vec![0, 1, 2, 3], 4), [0, 1, 2, 3]);
    }

    #[test]
    fn silhouette_and_medoids_by_hand() {
        let labels = [0, 0, 1, 1];
        let sums = Sums::new(&line(), &labels, 2);
        // Row 0: inside 1, nearest (100+121)/2; row 1: inside 1, nearest (81+100)/2; mirrored.
        let expected = f64::midpoint(1.0 - 1.0 / 110.5, 1.0 - 1.0 / 90.5);
        assert!((sums.silhouette(&labels) - expected).abs() < 1e-12);
        assert_eq!(medoids(&sums, &labels), [0, 2]);
        let whole = sums.merged(&[0, 0], 1);
        assert!((whole.of(0)[0] - 222.0 / 121.0).abs() < 1e-12);
    }
}
