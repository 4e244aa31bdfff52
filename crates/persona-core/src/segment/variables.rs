//! The columns that may tell groups apart, as plain arrays over the rows looked at.

use crate::input::{Column, Dataset, Levels};
use crate::number::code;

/// Stands for "no answer" in coded cells.
pub(super) const MISSING: u32 = u32::MAX;

/// Options beyond these do not fit the mask; the rarest are left out.
const OPTIONS: usize = 64;

/// Categories of a discretised column; the rest share the last one.
const FACET_LEVELS: u32 = 8;

/// One column over the rows looked at.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) cells: Cells,
    /// The same, discretised, for mutual information; one per option for multi-select.
    pub(super) facets: Vec<Facet>,
    pub(super) has_missing: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Cells {
    /// Scaled to 0..=1 over all rows; NaN for none.
    Number(Vec<f64>),
    /// Category; [`MISSING`] for none.
    Category(Vec<u32>),
    /// One bit an option; 0 for none.
    Options(Vec<u64>),
}

/// A discretised column: categories below `levels`, or [`MISSING`].
#[derive(Clone, Debug)]
pub(super) struct Facet {
    pub(super) codes: Vec<u32>,
    pub(super) levels: u32,
}

/// How the cells of a column are compared.
pub(super) enum Scale {
    /// By their difference, over the range of all rows: lowest, width.
    Range { low: f64, width: f64 },
    /// By being the same or not.
    Match,
    /// By the options they share.
    Shared,
}

/// The columns that tell groups apart; number ranges are those of all rows.
pub(super) fn scales(dataset: &Dataset) -> Vec<(&Column, Scale)> {
    dataset.columns.iter().filter_map(|column| Some((column, scale(column)?))).collect()
}

fn scale(column: &Column) -> Option<Scale> {
    Some(match &column.levels {
        Levels::None => return None,
        Levels::Numbers(numbers) => Scale::range(numbers.iter().copied().flatten()),
        Levels::Amounts(numbers) => Scale::range(numbers.iter().flatten()),
        Levels::Single { positions, .. } if positions.is_empty() => Scale::Match,
        Levels::Single { positions, of, .. } => {
            Scale::range(of.iter().filter_map(|level| positions.get((*level)?).copied()))
        }
        Levels::Many { .. } => Scale::Shared,
    })
}

impl Scale {
    fn range(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        Self::Range { low, width: if high > low { high - low } else { 1.0 } }
    }

    /// A number in 0..=1.
    pub(super) fn of(&self, number: f64) -> f64 {
        match self {
            Self::Range { low, width } => (number - low) / width,
            Self::Match | Self::Shared => number,
        }
    }

    /// Gower's dissimilarity of two codes of a column; none when either is no answer.
    pub(super) fn between(&self, column: &Column, left: usize, right: usize) -> Option<f64> {
        match self {
            Self::Range { .. } => {
                let scaled = |code| position(column, code).map(|value| self.of(value));
                Some((scaled(left)? - scaled(right)?).abs())
            }
            Self::Match => {
                let (left, right) = (column.level_of(left)?, column.level_of(right)?);
                Some(f64::from(u8::from(left != right)))
            }
            Self::Shared => jaccard(mask(column.options_of(left)), mask(column.options_of(right))),
        }
    }
}

/// Where a code stands on its column's scale.
fn position(column: &Column, code: usize) -> Option<f64> {
    match &column.levels {
        Levels::Single { positions, .. } => positions.get(column.level_of(code)?).copied(),
        Levels::None | Levels::Numbers(_) | Levels::Amounts(_) | Levels::Many { .. } => {
            column.number_of(code)
        }
    }
}

/// The variables of the dataset on `rows`.
pub(super) fn variables(dataset: &Dataset, rows: &[usize]) -> Vec<Variable> {
    scales(dataset).iter().map(|(column, scale)| variable(column, scale, rows)).collect()
}

fn variable(column: &Column, scale: &Scale, rows: &[usize]) -> Variable {
    let place = |&row: &usize| match column.codes() {
        Some(codes) => position(column, codes.get(row)?),
        None => column.number(row),
    };
    let level = |&row: &usize| column.level(row).map_or(MISSING, code);
    let levels = || rows.iter().map(level).collect::<Vec<u32>>();
    let (cells, facets) = match scale {
        Scale::Range { .. } => {
            let scaled = |row| place(row).map_or(f64::NAN, |value| scale.of(value));
            let cells: Vec<f64> = rows.iter().map(scaled).collect();
            let few = (1..=5).contains(&column.labels().len());
            let facet = if few { Facet::common(&levels()) } else { bins(&cells) };
            (Cells::Number(cells), vec![facet])
        }
        Scale::Match => {
            let codes = levels();
            let facet = Facet::common(&codes);
            (Cells::Category(codes), vec![facet])
        }
        Scale::Shared => {
            let masks: Vec<u64> = rows.iter().map(|&row| mask(column.options(row))).collect();
            let facets =
                (0..column.labels().len().min(OPTIONS)).map(|bit| Facet::option(&masks, bit));
            let facets = facets.collect();
            (Cells::Options(masks), facets)
        }
    };
    let has_missing = cells.has_missing();
    Variable { cells, facets, has_missing }
}

/// At most five classes of about equal size; equal values stay together.
fn bins(cells: &[f64]) -> Facet {
    const CLASSES: usize = 5;
    let mut sorted: Vec<f64> = cells.iter().copied().filter(|cell| !cell.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let cut = |class: usize| sorted.get(sorted.len() * class / CLASSES).copied();
    let mut cuts: Vec<f64> = (1..CLASSES).filter_map(cut).collect();
    cuts.dedup();
    let class = |cell: &f64| {
        if cell.is_nan() { MISSING } else { code(cuts.partition_point(|cut| cut <= cell)) }
    };
    Facet { codes: cells.iter().map(class).collect(), levels: code(cuts.len() + 1) }
}

fn mask(options: &[usize]) -> u64 {
    options.iter().filter(|&&option| option < OPTIONS).fold(0, |mask, option| mask | (1 << option))
}

impl Facet {
    /// The most frequent categories keep their own number, the others share one.
    fn common(codes: &[u32]) -> Self {
        let top = codes.iter().copied().filter(|code| *code != MISSING).max().unwrap_or(0);
        if top < FACET_LEVELS {
            return Self { codes: codes.to_vec(), levels: top + 1 };
        }
        let count = |wanted: u32| codes.iter().filter(|&&code| code == wanted).count();
        let mut order: Vec<(usize, u32)> = (0..=top).map(|code| (count(code), code)).collect();
        order.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        order.truncate(crate::number::index(FACET_LEVELS - 1));
        let renumber = |wanted: u32| {
            let place = order.iter().position(|(_, code)| *code == wanted);
            if wanted == MISSING { MISSING } else { place.map_or(FACET_LEVELS - 1, code) }
        };
        Self { codes: codes.iter().map(|&code| renumber(code)).collect(), levels: FACET_LEVELS }
    }

    fn option(masks: &[u64], bit: usize) -> Self {
        let has = |mask: &u64| if *mask == 0 { MISSING } else { u32::from(mask & (1 << bit) != 0) };
        Self { codes: masks.iter().map(has).collect(), levels: 2 }
    }
}

impl Cells {
    fn has_missing(&self) -> bool {
        match self {
            Self::Number(cells) => cells.iter().any(|cell| cell.is_nan()),
            Self::Category(cells) => cells.contains(&MISSING),
            Self::Options(cells) => cells.contains(&0),
        }
    }

    /// Gower's dissimilarity of two cells: range-scaled difference, simple matching, Jaccard;
    /// none when either has no answer.
    pub(super) fn between(&self, left: usize, right: usize) -> Option<f64> {
        match self {
            Self::Number(cells) => {
                let difference = (cells.get(left)? - cells.get(right)?).abs();
                (!difference.is_nan()).then_some(difference)
            }
            Self::Category(cells) => {
                let (left, right) = (*cells.get(left)?, *cells.get(right)?);
                let known = left != MISSING && right != MISSING;
                known.then(|| f64::from(u8::from(left != right)))
            }
            Self::Options(cells) => jaccard(*cells.get(left)?, *cells.get(right)?),
        }
    }
}

/// Share of the options of either that are not options of both.
pub(super) fn jaccard(left: u64, right: u64) -> Option<f64> {
    let both = (left & right).count_ones();
    let either = (left | right).count_ones();
    (left != 0 && right != 0).then(|| 1.0 - f64::from(both) / f64::from(either))
}

impl Variable {
    /// The same variable with its rows in another order.
    pub(super) fn permuted(&self, order: &[usize]) -> Self {
        let cells = match &self.cells {
            Cells::Number(cells) => Cells::Number(reordered(cells, order)),
            Cells::Category(cells) => Cells::Category(reordered(cells, order)),
            Cells::Options(cells) => Cells::Options(reordered(cells, order)),
        };
        let facets = self
            .facets
            .iter()
            .map(|facet| Facet { codes: reordered(&facet.codes, order), levels: facet.levels });
        Self { cells, facets: facets.collect(), has_missing: self.has_missing }
    }
}

fn reordered<T: Copy>(cells: &[T], order: &[usize]) -> Vec<T> {
    order.iter().filter_map(|&row| cells.get(row).copied()).collect()
}

/// The number of different profiles among the rows.
pub(super) fn distinct_profiles(variables: &[Variable], rows: usize) -> usize {
    let profile = |row: usize| -> Vec<u64> {
        let bits = |variable: &Variable| match &variable.cells {
            Cells::Number(cells) => cells.get(row).map(|cell| cell.to_bits()),
            Cells::Category(cells) => cells.get(row).copied().map(u64::from),
            Cells::Options(cells) => cells.get(row).copied(),
        };
        variables.iter().filter_map(bits).collect()
    };
    let profiles: std::collections::BTreeSet<Vec<u64>> = (0..rows).map(profile).collect();
    profiles.len()
}
