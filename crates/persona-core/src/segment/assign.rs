//! Every row to its group, from codes and numbers alone.
//!
//! What a cell differs from an exemplar's depends on its code, so it is computed once a code; a row then
//! adds up one line of each table. Sums run over the variables in order, as in `segment/distance.rs`, so
//! a row of the sample and its twin outside it get the same distance to the last bit.

use super::partition::Grouping;
use super::row_distances::RowDistances;
use super::variables::{Scale, scales};
use super::{Segment, Space};
use crate::cancel::{Cancelled, check};
use crate::input::{Codes, Dataset, Decimals};
use crate::number::float;

/// Rows between two looks at whether to go on.
const CHUNK: usize = 1 << 16;

/// Groups with all their members, and the distance of each row.
pub(super) fn assign(
    space: &Space,
    dataset: &Dataset,
    grouping: &Grouping,
    cancelled: &dyn Fn() -> bool,
) -> Result<(Vec<Segment>, RowDistances), Cancelled> {
    let exemplars: Vec<usize> =
        grouping.medoids.iter().filter_map(|&place| space.rows.get(place).copied()).collect();
    let segment = |&medoid: &usize| Segment { members: super::Members::default(), medoid };
    let mut segments: Vec<Segment> = exemplars.iter().map(segment).collect();
    let mut distances = RowDistances::default();
    let mut near = Nearness::new(dataset, &space.weights, &exemplars);
    let mut sampled = space.rows.iter().copied().zip(grouping.labels.iter().copied()).peekable();
    for row in 0..dataset.rows() {
        if row.is_multiple_of(CHUNK) {
            check(cancelled)?;
        }
        let own = sampled.next_if(|(next, _)| *next == row).map(|(_, label)| label);
        let to = near.of(row);
        let label = own.unwrap_or_else(|| nearest(to));
        distances.push(to.get(label).copied().unwrap_or(1.0));
        if let Some(segment) = segments.get_mut(label) {
            segment.members.push(row);
        }
    }
    Ok((segments, distances))
}

/// The nearest of all; the first of equals.
fn nearest(distances: &[f64]) -> usize {
    let mut best = (0, f64::INFINITY);
    for (label, &here) in distances.iter().enumerate() {
        if here < best.1 {
            best = (label, here);
        }
    }
    best.0
}

/// Distances of one row after the other to the exemplars.
struct Nearness<'data> {
    measures: Vec<Measure<'data>>,
    exemplars: Vec<usize>,
    sums: Vec<Sum>,
    distances: Vec<f64>,
}

/// One variable beside its exemplars.
struct Measure<'data> {
    weight: f64,
    cells: Cells<'data>,
}

enum Cells<'data> {
    /// A line of differences a code, one an exemplar; not-a-number where either has no answer.
    Coded { codes: &'data Codes, lines: Vec<f64> },
    /// The scaled numbers of the exemplars.
    Numbers { numbers: &'data Decimals, scale: Scale, exemplars: Vec<f64> },
}

#[derive(Clone, Copy, Default)]
struct Sum {
    weighted: f64,
    known: f64,
    unweighted: f64,
    shared: usize,
}

impl<'data> Nearness<'data> {
    fn new(dataset: &'data Dataset, weights: &[f64], exemplars: &[usize]) -> Self {
        let parts = scales(dataset).into_iter().zip(weights);
        let measures = parts.filter_map(|((column, scale), &weight)| {
            let cells = match (column.codes(), column.numbers_by_row()) {
                (Some(codes), _) => {
                    let places: Vec<Option<usize>> =
                        exemplars.iter().map(|&row| codes.get(row)).collect();
                    let line = |code: usize| {
                        let differ = |place: &Option<usize>| {
                            place.and_then(|place| scale.between(column, code, place))
                        };
                        places
                            .iter()
                            .map(move |place| differ(place).unwrap_or(f64::NAN))
                            .collect::<Vec<f64>>()
                    };
                    Cells::Coded {
                        codes,
                        lines: (0..column.counts().len()).flat_map(line).collect(),
                    }
                }
                (None, Some(numbers)) => {
                    let scaled =
                        |&row: &usize| numbers.get(row).map_or(f64::NAN, |number| scale.of(number));
                    let exemplars = exemplars.iter().map(scaled).collect();
                    Cells::Numbers { numbers, scale, exemplars }
                }
                (None, None) => return None,
            };
            Some(Measure { weight, cells })
        });
        Self {
            measures: measures.collect(),
            exemplars: exemplars.to_vec(),
            sums: vec![Sum::default(); exemplars.len()],
            distances: vec![0.0; exemplars.len()],
        }
    }

    fn of(&mut self, row: usize) -> &[f64] {
        self.sums.fill(Sum::default());
        for measure in &self.measures {
            measure.add(row, &mut self.sums);
        }
        let places = self.distances.iter_mut().zip(&self.sums).zip(&self.exemplars);
        for ((distance, sum), &exemplar) in places {
            *distance = if row == exemplar { 0.0 } else { sum.mean() };
        }
        &self.distances
    }
}

impl Measure<'_> {
    fn add(&self, row: usize, sums: &mut [Sum]) {
        match &self.cells {
            Cells::Coded { codes, lines } => {
                let start = codes.get(row).unwrap_or_default() * sums.len();
                let line = lines.get(start..start + sums.len()).unwrap_or_default();
                for (sum, &difference) in sums.iter_mut().zip(line) {
                    sum.add(difference, self.weight);
                }
            }
            Cells::Numbers { numbers, scale, exemplars } => {
                let Some(own) = numbers.get(row).map(|number| scale.of(number)) else { return };
                for (sum, exemplar) in sums.iter_mut().zip(exemplars) {
                    sum.add((own - exemplar).abs(), self.weight);
                }
            }
        }
    }
}

impl Sum {
    fn add(&mut self, difference: f64, weight: f64) {
        if !difference.is_nan() {
            self.weighted += weight * difference;
            self.known += weight;
            self.unweighted += difference;
            self.shared += 1;
        }
    }

    /// As `segment/distance.rs` has it.
    fn mean(self) -> f64 {
        if self.known > 0.0 {
            self.weighted / self.known
        } else if self.shared > 0 {
            self.unweighted / float(self.shared)
        } else {
            1.0
        }
    }
}
