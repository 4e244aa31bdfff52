//! Amounts that differ between a group and the rest, from the numbers in ascending order.

use super::census::Census;
use super::{Amount, LEVEL};
use crate::cancel::{Cancelled, check};
use crate::input::{Column, ColumnKind, Dataset, Decimals};
use crate::number::code;
use crate::segment::Segment;
use crate::statistics::{Standing, benjamini_hochberg, mann_whitney_of, quartiles_of};

/// The amounts of every group that stand out.
pub(super) fn amounts(
    dataset: &Dataset,
    segments: &[Segment],
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<Vec<Amount>>, Cancelled> {
    let numeric = dataset.columns.iter().filter(|column| column.kind == ColumnKind::Numeric);
    let mut found = Vec::new();
    let mut p_values = Vec::new();
    for column in numeric {
        check(cancelled)?;
        let ladder = Ladder::new(column, segments);
        for at in 0..segments.len() {
            check(cancelled)?;
            let own = ladder.counts(at);
            let steps = || ladder.climb(at, &own);
            let own = quartiles_of(|| steps().map(|step| (step.value, step.own)));
            let all = quartiles_of(|| steps().map(|step| (step.value, step.all)));
            let Some((own, all)) = own.zip(all) else { continue };
            p_values.push(mann_whitney_of(&mut steps()));
            let field = column.name.clone();
            found.push((at, Amount { field, own, all, q: 1.0 }));
        }
    }
    let mut lists = vec![Vec::new(); segments.len()];
    for ((at, amount), q) in found.into_iter().zip(benjamini_hochberg(&p_values)) {
        if let Some(list) = lists.get_mut(at).filter(|_| q <= LEVEL) {
            list.push(Amount { q, ..amount });
        }
    }
    Ok(lists)
}

/// The numbers of a column in ascending order.
enum Ladder<'data> {
    /// Number and code; and the codes' counts in each group.
    Coded { sorted: Vec<(f64, usize)>, column: &'data Column, census: Census<'data> },
    /// Rank of the number among all numbers of the column in the high half, group in the low half.
    Rows { sorted: Vec<u64>, numbers: &'data Decimals },
}

impl<'data> Ladder<'data> {
    fn new(column: &'data Column, segments: &'data [Segment]) -> Self {
        if let Some(numbers) = column.numbers_by_row() {
            let mut sorted = Vec::with_capacity(numbers.len());
            for (at, segment) in segments.iter().enumerate() {
                let ranks = segment.members.iter().filter_map(|row| numbers.rank(row));
                sorted.extend(ranks.map(|rank| u64::from(rank) << 32 | u64::from(code(at))));
            }
            sorted.sort_unstable();
            return Self::Rows { sorted, numbers };
        }
        let codes = 0..column.counts().len();
        let mut sorted: Vec<(f64, usize)> =
            codes.filter_map(|code| Some((column.number_of(code)?, code))).collect();
        sorted.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
        Self::Coded { sorted, column, census: Census::new(column, segments) }
    }

    /// The counts of a group, by code.
    fn counts(&self, at: usize) -> Vec<usize> {
        let Self::Coded { column, census, .. } = self else { return Vec::new() };
        let mut counts = vec![0; column.counts().len()];
        for &(code, count) in census.codes(at) {
            if let Some(place) = counts.get_mut(code) {
                *place = count;
            }
        }
        counts
    }

    /// The different numbers and how often each occurs, in the group and in all.
    fn climb<'own>(
        &'own self,
        at: usize,
        own: &'own [usize],
    ) -> Box<dyn Iterator<Item = Standing> + 'own> {
        match self {
            Self::Coded { sorted, column, .. } => {
                let equal = sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq());
                Box::new(equal.filter_map(move |equal| {
                    let sum = |counts: &[usize]| {
                        equal.iter().filter_map(|(_, code)| counts.get(*code)).sum()
                    };
                    let value = equal.first()?.0;
                    Some(Standing { value, own: sum(own), all: sum(column.counts()) })
                }))
            }
            Self::Rows { sorted, numbers } => {
                let group = u64::from(code(at));
                let equal = sorted.chunk_by(|a, b| a >> 32 == b >> 32);
                Box::new(equal.filter_map(move |equal| {
                    let value = numbers.ranked(u32::try_from(equal.first()? >> 32).ok()?)?;
                    let own = |entry: &&u64| **entry & u64::from(u32::MAX) == group;
                    let own = equal.iter().filter(own).count();
                    Some(Standing { value, own, all: equal.len() })
                }))
            }
        }
    }
}
