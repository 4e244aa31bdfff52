//! The claims of a persona, counted again in the rows.

use crate::input::{ColumnKind, Dataset};
use crate::number::share;
use crate::persona::{Fraction, Persona, Trait};
use crate::profile::{Tally, selectors};
use crate::segment::Segment;

/// Claims the rows bear out over claims that can be checked; 1 when there is none to check.
pub fn consistency(dataset: &Dataset, segment: &Segment, persona: &Persona) -> Fraction {
    let group = &persona.segment;
    let whole = Fraction::new(share(segment.members.len(), dataset.rows()));
    let mut claims = vec![group.size == segment.members.len(), group.share == whole];
    claims.extend(group.traits.iter().map(|found| holds(dataset, segment, found)));
    for (field, portions) in &persona.demographics {
        let counted = |value: &str, n: usize| count(dataset, segment, field, value) == Some(n);
        claims.extend(portions.iter().map(|portion| counted(&portion.value, portion.n)));
    }
    let evidence = persona.statements().flat_map(|(_, statement)| &statement.evidence);
    claims.extend(evidence.map(|place| {
        let row = dataset.row_at(&place.source, place.record);
        row.is_some_and(|row| segment.members.contains(row))
    }));
    let true_ones = claims.iter().filter(|claim| **claim).count();
    Fraction::new(share(true_ones, claims.len()))
}

/// Counts a trait again, from the cells.
fn holds(dataset: &Dataset, segment: &Segment, claimed: &Trait) -> bool {
    let all = selectors(dataset);
    let selector = all.iter().find(|selector| {
        let column = dataset.columns.get(selector.column);
        selector.value == claimed.value && column.is_some_and(|column| column.name == claimed.field)
    });
    let Some((selector, column)) = selector.zip(dataset.column(&claimed.field)) else {
        return false;
    };
    let Tally { answered, holding: n } = selector.tally(column, &segment.members);
    let all = selector.tally_all(column);
    let (base_n, base_answered) = (all.holding, all.answered);
    let (own, base) = (share(n, answered), share(base_n, base_answered));
    column.kind != ColumnKind::LooksPersonal
        && claimed.n == n
        && claimed.share == Fraction::new(own)
        && claimed.base_share == Fraction::new(base)
        && claimed.lift == Fraction::new(own / base)
        && own > base
}

fn count(dataset: &Dataset, segment: &Segment, field: &str, value: &str) -> Option<usize> {
    let column = dataset.column(field)?;
    let level = column.labels().iter().position(|label| label == value)?;
    Some(segment.members.iter().filter(|row| column.level(*row) == Some(level)).count())
}
