//! People into groups, before a word is written about any of them.
//!
//! Weighted Gower dissimilarities over the columns that can tell people apart (`segment/weights.rs`,
//! `segment/distance.rs`), Ward linkage as a start and relational k-means on the same dissimilarities
//! (`segment/partition.rs`); the medoid of a group is a real respondent. Above 2,000 rows a seeded
//! sample of 2,000 is grouped and every other row goes to the nearest medoid. Whether there is anything
//! to find is tested (`segment/structure.rs`) and said. Free text would join here, as one more
//! dissimilarity; in this version it does not.

mod assign;
mod distance;
mod members;
mod partition;
mod row_distances;
mod structure;
mod variables;
mod weights;

pub use members::Members;
pub use row_distances::RowDistances;
pub use structure::Structure;

use crate::cancel::{Cancelled, check};
use crate::input::Dataset;
use crate::issue::{Issue, IssueCode, Severity};
use crate::random::Random;
use assign::assign;
use distance::Distances;
use partition::{Grouping, Sums, Tree, medoids, refine};
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
    pub distances: RowDistances,
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
    pub members: Members,
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
    /// The work was called off.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Groups the rows of a dataset; the same data, count and seed give the same groups everywhere.
///
/// # Errors
/// [`SegmentError::MoreGroupsThanRows`] when more groups than rows are asked for.
pub fn segment(dataset: &Dataset, count: Count, seed: u64) -> Result<Segmentation, SegmentError> {
    segment_watched(dataset, count, seed, &|| false)
}

/// The same; ends when `cancelled`, which is asked often, says so.
///
/// # Errors
/// As [`segment`], and [`SegmentError::Cancelled`].
pub fn segment_watched(
    dataset: &Dataset,
    count: Count,
    seed: u64,
    cancelled: &dyn Fn() -> bool,
) -> Result<Segmentation, SegmentError> {
    let rows = dataset.rows();
    if rows == 0 {
        return Err(SegmentError::NoRows);
    }
    if let Count::Exactly(asked) = count
        && asked.get() > rows
    {
        return Err(SegmentError::MoreGroupsThanRows { asked: asked.get(), rows });
    }
    let space = Space::new(dataset, seed, cancelled)?;
    let structure = space.test(dataset, seed, cancelled)?;
    let (groups, capped) = match count {
        Count::Auto if structure.is_some_and(|test| test.is_claimed()) => {
            (space.best(cancelled)?, None)
        }
        Count::Auto => (1, None),
        Count::Exactly(asked) => space.capped(asked.get()),
    };
    let grouping = space.group(groups);
    let (mut segments, distances) = assign(&space, dataset, &grouping, cancelled)?;
    segments.sort_by(|a, b| {
        b.members.len().cmp(&a.members.len()).then(a.members.first().cmp(&b.members.first()))
    });
    let silhouette = grouping.silhouette;
    let issues = Vec::from_iter(capped);
    let mut segmentation = Segmentation { segments, distances, silhouette, structure, issues };
    let remarks = remarks(&segmentation, count, rows);
    segmentation.issues.extend(remarks);
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

impl Space {
    fn new(dataset: &Dataset, seed: u64, cancelled: &dyn Fn() -> bool) -> Result<Self, Cancelled> {
        let rows = Random::new(seed).sample(dataset.rows(), SAMPLE);
        let variables = variables(dataset, &rows);
        let weights = weights(&variables, rows.len());
        check(cancelled)?;
        let distances = Distances::new(&variables, &weights, rows.len());
        check(cancelled)?;
        let tree = Tree::grow(&distances);
        Ok(Self { rows, variables, weights, distances, tree })
    }

    /// 2..=min(8, n/10), and at least 2.
    fn candidates(&self) -> RangeInclusive<usize> {
        2..=MOST_GROUPS.min(self.rows.len() / 10).max(2)
    }

    fn test(
        &self,
        dataset: &Dataset,
        seed: u64,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Option<Structure>, Cancelled> {
        let rows = self.rows.len();
        if self.variables.is_empty() || rows < 4 {
            return Ok(None);
        }
        let groups = self.candidates();
        if rows <= TEST_ROWS {
            let sample = structure::Sample { variables: &self.variables, rows, groups, seed };
            return structure::test(&sample, cancelled).map(Some);
        }
        let places = Random::stream(seed, 0).sample(rows, TEST_ROWS);
        let picked: Vec<usize> =
            places.iter().filter_map(|&place| self.rows.get(place).copied()).collect();
        let variables = variables(dataset, &picked);
        let sample = structure::Sample { variables: &variables, rows: picked.len(), groups, seed };
        structure::test(&sample, cancelled).map(Some)
    }

    /// The number of groups with the best silhouette; a grouping with a group of under 3 rows or 3 %
    /// describes outliers and is taken only if all do.
    fn best(&self, cancelled: &dyn Fn() -> bool) -> Result<usize, Cancelled> {
        let rate = |groups| {
            check(cancelled)?;
            let grouping = self.group(groups);
            let size = |label| grouping.labels.iter().filter(|&&own| own == label).count();
            let smallest = (0..groups).map(size).min().unwrap_or(0);
            let fair = smallest >= 3 && smallest * 100 >= self.rows.len() * 3;
            Ok((fair, grouping.silhouette, groups))
        };
        let rated: Vec<_> = self.candidates().map(rate).collect::<Result<_, Cancelled>>()?;
        let better = |a: (bool, f64, usize), b: (bool, f64, usize)| {
            if (b.0, b.1) > (a.0, a.1) { b } else { a }
        };
        Ok(rated.into_iter().reduce(better).map_or(1, |(_, _, groups)| groups))
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
