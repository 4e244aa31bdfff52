//! People into groups, before a word is written about any of them.
//!
//! Weighted Gower dissimilarities over the columns that can tell people apart (`segment/weights.rs`,
//! `segment/distance.rs`), Ward linkage as a start and relational k-means on the same dissimilarities
//! (`segment/partition.rs`); the medoid of a group is a real respondent. Above 2,000 rows a seeded
//! sample of 2,000 is grouped and every other row goes to the nearest medoid. Whether there is anything
//! to find is tested (`segment/structure.rs`) and said. Free text would join here, as one more
//! dissimilarity; in this version it does not.

mod distance;
mod partition;
mod random;
mod structure;
mod variables;
mod weights;

pub use structure::Structure;

use crate::input::Dataset;
use crate::issue::{Issue, IssueCode, Severity};
use distance::{Distances, between};
use partition::{Sums, Tree, medoids, refine};
use random::Random;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use variables::{Variable, distinct_profiles, variables};
use weights::weights;

/// Rows that are grouped directly.
const SAMPLE: usize = 2000;
/// Rows the structure test looks at.
const TEST_ROWS: usize = 400;
/// Most groups `auto` looks for.
const MOST_GROUPS: usize = 8;
/// Fewer people than this are called few.
const FEW_ROWS: usize = 30;
/// A smaller group is called small.
const FEW_MEMBERS: usize = 10;

/// How many personas are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// As many as the data show; one if they show no groups.
    Auto,
    /// So many, whatever the data show.
    Exactly(NonZeroUsize),
}

/// The groups of a dataset and what is known about them.
#[derive(Clone, Debug)]
pub struct Segmentation {
    /// Largest first; of equal ones, the one with the earlier first member.
    pub segments: Vec<Segment>,
    /// Dissimilarity of each row to the medoid of its group, in 0..=1.
    pub distances: Vec<f64>,
    /// Mean silhouette of the grouping (of the sample, above 2,000 rows); 0 for one group.
    pub silhouette: f64,
    /// The structure test; none when there was nothing to test.
    pub structure: Option<Structure>,
    /// What has to be said: `no-structure`, `small-sample`.
    pub issues: Vec<Issue>,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its rows, ascending.
    pub members: Vec<usize>,
    /// The row nearest to all others.
    pub medoid: usize,
}

impl Segmentation {
    /// Whether the test found groups beyond chance.
    pub fn has_structure(&self) -> bool {
        self.structure.is_some_and(|structure| structure.is_claimed())
    }
}

/// Why no groups could be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SegmentError {
    /// More groups than people.
    #[error("{asked} personas were asked for and the data have {rows} rows")]
    MoreGroupsThanRows {
        /// Groups asked for.
        asked: usize,
        /// Rows there are.
        rows: usize,
    },
    /// Nothing to group.
    #[error("the data have no rows")]
    NoRows,
}

/// Groups the rows of a dataset; the same data, count and seed give the same groups everywhere.
///
/// # Errors
/// [`SegmentError::MoreGroupsThanRows`] when more groups than rows are asked for.
pub fn segment(dataset: &Dataset, count: Count, seed: u64) -> Result<Segmentation, SegmentError> {
    let rows = dataset.rows();
    if rows == 0 {
        return Err(SegmentError::NoRows);
    }
    if let Count::Exactly(asked) = count
        && asked.get() > rows
    {
        return Err(SegmentError::MoreGroupsThanRows { asked: asked.get(), rows });
    }
    let space = Space::new(dataset, seed);
    let structure = space.test(dataset, seed);
    let (groups, capped) = match count {
        Count::Auto if structure.is_some_and(|test| test.is_claimed()) => (space.best(), None),
        Count::Auto => (1, None),
        Count::Exactly(asked) => space.capped(asked.get()),
    };
    let grouping = space.group(groups);
    let mut segmentation = space.spread(dataset, &grouping);
    segmentation.structure = structure;
    segmentation.issues.extend(capped);
    segmentation.issues.extend(remarks(&segmentation, count, rows));
    Ok(segmentation)
}

/// The rows that are grouped directly, and how far apart they are.
struct Space {
    rows: Vec<usize>,
    variables: Vec<Variable>,
    weights: Vec<f64>,
    distances: Distances,
    tree: Tree,
}

struct Grouping {
    labels: Vec<usize>,
    medoids: Vec<usize>,
    silhouette: f64,
}

impl Space {
    fn new(dataset: &Dataset, seed: u64) -> Self {
        let rows = Random::new(seed).sample(dataset.rows(), SAMPLE);
        let variables = variables(dataset, &rows);
        let weights = weights(&variables, rows.len());
        let distances = Distances::new(&variables, &weights, rows.len());
        let tree = Tree::grow(&distances);
        Self { rows, variables, weights, distances, tree }
    }

    /// 2..=min(8, n/10), and at least 2.
    fn candidates(&self) -> RangeInclusive<usize> {
        2..=MOST_GROUPS.min(self.rows.len() / 10).max(2)
    }

    fn test(&self, dataset: &Dataset, seed: u64) -> Option<Structure> {
        let rows = self.rows.len();
        if self.variables.is_empty() || rows < 4 {
            return None;
        }
        if rows <= TEST_ROWS {
            return Some(structure::test(&self.variables, rows, &self.candidates(), seed));
        }
        let places = Random::stream(seed, 0).sample(rows, TEST_ROWS);
        let picked: Vec<usize> =
            places.iter().filter_map(|&place| self.rows.get(place).copied()).collect();
        let variables = variables(dataset, &picked);
        Some(structure::test(&variables, picked.len(), &self.candidates(), seed))
    }

    /// The number of groups with the best silhouette; a grouping with a group of under 3 rows or 3 %
    /// describes outliers and is taken only if all do.
    fn best(&self) -> usize {
        let rated = self.candidates().map(|groups| {
            let grouping = self.group(groups);
            let size = |label| grouping.labels.iter().filter(|&&own| own == label).count();
            let smallest = (0..groups).map(size).min().unwrap_or(0);
            let fair = smallest >= 3 && smallest * 100 >= self.rows.len() * 3;
            (fair, grouping.silhouette, groups)
        });
        let better = |a: (bool, f64, usize), b: (bool, f64, usize)| {
            if (b.0, b.1) > (a.0, a.1) { b } else { a }
        };
        rated.reduce(better).map_or(1, |(_, _, groups)| groups)
    }

    fn capped(&self, asked: usize) -> (usize, Option<Issue>) {
        let profiles = distinct_profiles(&self.variables, self.rows.len()).max(1);
        if asked <= profiles {
            return (asked, None);
        }
        let message = format!(
            "{asked} personas were asked for, but the columns that can tell people apart hold only \
             {profiles} different {}; {profiles} made",
            if profiles == 1 { "answer" } else { "combinations of answers" }
        );
        (profiles, Some(Issue::new(IssueCode::SmallSample, Severity::Warning, message)))
    }

    fn group(&self, groups: usize) -> Grouping {
        let start = self.tree.cut(self.rows.len(), groups);
        let labels = refine(&self.distances, start, groups);
        let sums = Sums::new(&self.distances, &labels, groups);
        let silhouette = if groups > 1 { sums.silhouette(&labels) } else { 0.0 };
        Grouping { medoids: medoids(&sums, &labels), labels, silhouette }
    }

    /// Gives every row of the dataset to its group.
    fn spread(&self, dataset: &Dataset, grouping: &Grouping) -> Segmentation {
        let row_of = |place: &usize| self.rows.get(*place).copied().unwrap_or_default();
        let mut segments: Vec<Segment> = grouping
            .medoids
            .iter()
            .map(|place| Segment { members: Vec::new(), medoid: row_of(place) })
            .collect();
        let assigned = self.assign(dataset, grouping);
        for (row, (label, _)) in assigned.iter().enumerate() {
            if let Some(segment) = segments.get_mut(*label) {
                segment.members.push(row);
            }
        }
        segments.sort_by(|a, b| {
            b.members.len().cmp(&a.members.len()).then(a.members.first().cmp(&b.members.first()))
        });
        Segmentation {
            segments,
            distances: assigned.into_iter().map(|(_, distance)| distance).collect(),
            silhouette: grouping.silhouette,
            structure: None,
            issues: Vec::new(),
        }
    }

    /// Label and distance of every row: the sample keeps its labels, others go to the nearest medoid.
    fn assign(&self, dataset: &Dataset, grouping: &Grouping) -> Vec<(usize, f64)> {
        let all: Vec<usize> = (0..dataset.rows()).collect();
        let variables = variables(dataset, &all);
        let exemplars: Vec<usize> =
            grouping.medoids.iter().filter_map(|&place| self.rows.get(place).copied()).collect();
        let to = |row: usize, exemplar: usize| {
            if row == exemplar { 0.0 } else { between(&variables, &self.weights, row, exemplar) }
        };
        let nearest = |row: usize| {
            let mut best = (0, f64::INFINITY);
            for (label, &exemplar) in exemplars.iter().enumerate() {
                let here = to(row, exemplar);
                if here < best.1 {
                    best = (label, here);
                }
            }
            best
        };
        let own = |row: usize| {
            let place = self.rows.binary_search(&row).ok()?;
            let label = *grouping.labels.get(place)?;
            Some((label, to(row, *exemplars.get(label)?)))
        };
        all.iter().map(|&row| own(row).unwrap_or_else(|| nearest(row))).collect()
    }
}

/// What has to be said about the groups.
fn remarks(segmentation: &Segmentation, count: Count, rows: usize) -> Vec<Issue> {
    let mut issues = Vec::new();
    let wanted_groups = count == Count::Auto || segmentation.segments.len() > 1;
    if wanted_groups && !segmentation.has_structure() {
        let severity = if count == Count::Auto { Severity::Info } else { Severity::Warning };
        issues.push(Issue::new(IssueCode::NoStructure, severity, no_structure(segmentation)));
    }
    let small = segmentation.segments.iter().filter(|s| s.members.len() < FEW_MEMBERS).count();
    let groups = segmentation.segments.len();
    if rows < FEW_ROWS {
        let message = format!("{rows} rows are few: shares and differences can easily be chance");
        issues.push(Issue::new(IssueCode::SmallSample, Severity::Warning, message));
    } else if small > 0 {
        let message = format!(
            "{small} of {groups} groups have fewer than {FEW_MEMBERS} people: read their numbers as \
             counts, not as shares of a population"
        );
        issues.push(Issue::new(IssueCode::SmallSample, Severity::Warning, message));
    }
    issues
}

fn no_structure(segmentation: &Segmentation) -> String {
    let shown = if segmentation.segments.len() == 1 {
        "one overall persona was made"
    } else {
        "the groups made are a reading aid, not types of people"
    };
    match segmentation.structure {
        Some(test) => format!(
            "the data show no groups beyond chance (best silhouette {:.2}, p = {:.3} from {} column \
             shuffles); {shown}",
            test.statistic, test.p_value, test.permutations
        ),
        None => format!("the data have too little to tell groups apart by; {shown}"),
    }
}

#[cfg(test)]
mod tests;
