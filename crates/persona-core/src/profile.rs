//! The numbers of each group: counts, shares, differences from the whole. They come from the rows,
//! never from a drafter.

mod amounts;
mod census;
mod selector;
mod terms;
mod wording;

pub(crate) use census::Tally;
pub(crate) use selector::{Selector, selectors};
pub(crate) use terms::{is_stop_word, stem, words};
pub(crate) use wording::{capitalised, is_demographic, label, shown};

use crate::cancel::{Cancelled, check};
use crate::input::{Column, ColumnKind, Dataset};
use crate::number::{code, float, share};
use crate::persona::{Fraction, Portion, Trait};
use crate::segment::{Segment, Segmentation};
use crate::statistics::{Quartiles, association, benjamini_hochberg};
use census::Census;
use std::collections::BTreeMap;

/// Corrected p-value up to which a difference is called one.
const LEVEL: f64 = 0.05;
/// Traits a persona shows.
const TRAITS: usize = 8;

/// What is counted about one group.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Members.
    pub size: usize,
    /// Rows in all.
    pub rows: usize,
    /// Answers that set the group apart, the clearest first, one a column.
    pub traits: Vec<Finding>,
    /// Answers more common here by a difference that is common by chance.
    pub leanings: Vec<Finding>,
    /// Amounts that differ from the rest.
    pub amounts: Vec<Amount>,
    /// Words that set the group apart.
    pub terms: Vec<Term>,
    /// How the group spreads over demographic columns.
    pub demographics: BTreeMap<String, Vec<Portion>>,
}

/// A trait with the counts behind its shares, and how to say it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// As the persona file shows it.
    pub shown: Trait,
    /// Kind of its column.
    pub kind: ColumnKind,
    /// Members who answered.
    pub answered: usize,
    /// All rows with this answer.
    pub base_n: usize,
    /// All rows with an answer.
    pub base_answered: usize,
    /// The answer as a phrase that needs no column name beside it.
    pub phrase: String,
    p: f64,
}

/// An amount in the group and in the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    /// Column.
    pub field: String,
    /// Members.
    pub own: Quartiles,
    /// Everybody.
    pub all: Quartiles,
    /// Corrected p-value of the group against the rest (Mann–Whitney).
    pub q: f64,
}

/// A word used by more members than others.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Column it is used in.
    pub field: String,
    /// The word, in the form used most.
    pub word: String,
    /// Members who use it.
    pub n: usize,
    /// Members who answered.
    pub answered: usize,
    /// All who use it.
    pub base_n: usize,
    /// All who answered.
    pub base_answered: usize,
    /// Corrected p-value of the group against the rest.
    pub q: f64,
}

/// One profile a segment, in order; corrections run over all answers of all segments.
pub fn profiles(dataset: &Dataset, segmentation: &Segmentation) -> Vec<Profile> {
    profiles_watched(dataset, segmentation, &|| false).unwrap_or_default()
}

/// The same; ends when `cancelled`, which is asked often, says so.
///
/// # Errors
/// [`Cancelled`].
pub fn profiles_watched(
    dataset: &Dataset,
    segmentation: &Segmentation,
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<Profile>, Cancelled> {
    let findings = findings(dataset, &segmentation.segments, cancelled)?;
    let amounts = amounts::amounts(dataset, &segmentation.segments, cancelled)?;
    let terms = terms::terms(dataset, &segmentation.segments, cancelled)?;
    let parts = findings.into_iter().zip(amounts).zip(terms);
    segmentation
        .segments
        .iter()
        .zip(parts)
        .map(|(segment, ((findings, amounts), terms))| {
            check(cancelled)?;
            let (traits, leanings) = sorted_out(findings);
            Ok(Profile {
                size: segment.members.len(),
                rows: dataset.rows(),
                traits,
                leanings,
                amounts,
                terms,
                demographics: demographics(dataset, segment),
            })
        })
        .collect()
}

/// Which group each row is in, as a code; `u32::MAX` for none.
pub(crate) fn membership(segments: &[Segment], rows: usize) -> Vec<u32> {
    let mut group = vec![u32::MAX; rows];
    for (at, segment) in segments.iter().enumerate() {
        for row in segment.members.iter() {
            if let Some(place) = group.get_mut(row) {
                *place = code(at);
            }
        }
    }
    group
}

fn findings(
    dataset: &Dataset,
    segments: &[Segment],
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<Vec<Finding>>, Cancelled> {
    let mut found: Vec<(usize, Finding)> = Vec::new();
    let all = selectors(dataset);
    for selectors in all.chunk_by(|one, next| one.column == next.column) {
        check(cancelled)?;
        let column = selectors.first().and_then(|first| dataset.columns.get(first.column));
        let Some(column) = column else { continue };
        let census = Census::new(column, segments);
        for selector in selectors {
            let tallies = census.tallies(selector);
            let finding = |at| finding(&tallies, at, column, selector);
            found.extend((0..segments.len()).filter_map(|at| Some((at, finding(at)?))));
        }
    }
    let q = benjamini_hochberg(&found.iter().map(|(_, finding)| finding.p).collect::<Vec<_>>());
    let mut lists = vec![Vec::new(); segments.len()];
    for ((at, mut finding), q) in found.into_iter().zip(q) {
        finding.shown.q = Fraction::new(q);
        if let Some(list) = lists.get_mut(at) {
            list.push(finding);
        }
    }
    Ok(lists)
}

/// One test; also for answers that are rarer here, since looking at them was a look as well.
fn finding(tallies: &[Tally], at: usize, column: &Column, selector: &Selector) -> Option<Finding> {
    let Tally { answered, holding: n } = *tallies.get(at)?;
    let base_n: usize = tallies.iter().map(|tally| tally.holding).sum();
    let base_answered: usize = tallies.iter().map(|tally| tally.answered).sum();
    if base_n == 0 || base_n == base_answered || answered == 0 || answered == base_answered {
        return None;
    }
    let others = base_answered - answered - (base_n - n);
    let p = association([n, answered - n, base_n - n, others]);
    let (own, base) = (share(n, answered), share(base_n, base_answered));
    let shown = Trait {
        field: column.name.clone(),
        value: selector.value.clone(),
        n,
        share: Fraction::new(own),
        base_share: Fraction::new(base),
        lift: Fraction::new(own / base),
        q: Fraction::new(1.0),
    };
    let phrase = wording::phrase(column, &selector.value);
    Some(Finding { shown, kind: column.kind, answered, base_n, base_answered, phrase, p })
}

/// The clearest over-represented answer a column, split by significance.
fn sorted_out(mut findings: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
    findings.retain(|finding| finding.shown.lift.value() >= 1.1 && finding.shown.n >= 2);
    findings.sort_by(|a, b| {
        a.p.total_cmp(&b.p)
            .then(b.shown.lift.value().total_cmp(&a.shown.lift.value()))
            .then_with(|| a.shown.field.cmp(&b.shown.field))
            .then_with(|| a.shown.value.cmp(&b.shown.value))
    });
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let multi = finding.kind == ColumnKind::MultiSelect;
        let same = kept.iter().filter(|known| known.shown.field == finding.shown.field).count();
        if same == 0 || (multi && same < 3) {
            kept.push(finding);
        }
    }
    let (mut traits, mut leanings): (Vec<_>, Vec<_>) =
        kept.into_iter().partition(|finding| finding.shown.q.value() <= LEVEL);
    leanings.retain(|finding| {
        finding.shown.share.value() >= 0.4
            && traits.iter().all(|known| known.shown.field != finding.shown.field)
    });
    traits.truncate(TRAITS);
    leanings.truncate(2);
    (traits, leanings)
}

fn demographics(dataset: &Dataset, segment: &Segment) -> BTreeMap<String, Vec<Portion>> {
    let columns = dataset.columns.iter().filter(|column| {
        is_demographic(&column.name)
            && !column.labels().is_empty()
            && column.kind != ColumnKind::MultiSelect
    });
    columns.map(|column| (column.name.clone(), portions(column, segment))).collect()
}

/// The answers the members gave, in the order of the scale, or the most common first.
fn portions(column: &Column, segment: &Segment) -> Vec<Portion> {
    let mut counts = vec![0; column.labels().len()];
    for level in segment.members.iter().filter_map(|row| column.level(row)) {
        if let Some(count) = counts.get_mut(level) {
            *count += 1;
        }
    }
    let answered: usize = counts.iter().sum();
    let mut portions: Vec<Portion> = column
        .labels()
        .iter()
        .zip(counts)
        .filter(|(_, n)| *n > 0)
        .map(|(value, n)| Portion {
            value: value.clone(),
            n,
            share: Fraction::new(share(n, answered)),
        })
        .collect();
    if column.kind != ColumnKind::Ordinal {
        portions.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.value.cmp(&b.value)));
    }
    portions
}

impl Profile {
    /// The counts of the profile as sentences; the only statements that may call themselves statistics.
    ///
    /// An amount stands for the traits of its column.
    pub fn facts(&self) -> Vec<String> {
        let told = |finding: &&Finding| {
            let field = &finding.shown.field;
            self.amounts.iter().all(|amount| amount.field != *field)
                && self.traits.iter().find(|other| other.shown.field == *field) == Some(*finding)
        };
        let first = self.traits.iter().filter(told);
        let traits = first.map(|finding| wording::trait_fact(&self.same_column(finding)));
        traits.chain(self.amounts.iter().map(wording::amount_fact)).collect()
    }

    /// The traits of a column, which are several for a multi-select one.
    fn same_column(&self, first: &Finding) -> Vec<&Finding> {
        self.traits.iter().filter(|finding| finding.shown.field == first.shown.field).collect()
    }

    /// `13 of 50 answers (26 %)`.
    pub fn base(&self) -> String {
        let percent = libm::round(100.0 * float(self.size) / float(self.rows.max(1)));
        format!("{} of {} answers ({percent} %)", self.size, self.rows)
    }
}

#[cfg(test)]
mod tests;
