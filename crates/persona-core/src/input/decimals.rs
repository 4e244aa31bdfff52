//! Numbers of a column whose texts are not kept: four bytes a row.
//!
//! As long as every number of the column is a whole multiple of one power of ten that fits 32 bits (up
//! to ±2,147,483.647 with three decimals, say), nothing is lost: multiple over power is the number the
//! text stands for, bit for bit. A column with a number beyond that is kept in single precision: about
//! seven digits, a relative error of at most 2^-24; `is_rounded` says so. What the text looked like
//! (`1,250`, `€ 5`) is lost either way.

use super::range;
use crate::number::{float_of, single};

/// Powers of ten a fixed column may divide by.
const POWERS: [f64; 10] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
/// Stands for "no number" in fixed cells.
const NONE: i32 = i32::MIN;
const SIGN: u32 = 1 << 31;

/// A number as read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Decimal {
    value: f64,
    /// The number is `.0` over ten to the `.1`, in the smallest such form.
    exact: Option<(i64, usize)>,
}

/// One number a row, or none.
#[derive(Clone, Debug, PartialEq)]
pub struct Decimals(Store);

#[derive(Clone, Debug, PartialEq)]
enum Store {
    Fixed { decimals: usize, cells: Vec<i32> },
    Rounded(Vec<f32>),
}

/// The number a text stands for; the same ones as `range::number` knows.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    plain(text).or_else(|| {
        let value = range::number(text)?;
        // The shortest digits that read back as the number.
        let exact = plain(&format!("{value}")).and_then(|decimal| decimal.exact);
        Some(Decimal { value, exact })
    })
}

/// Digits with at most a minus before and a point between them, fifteen at most.
fn plain(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + part.len() > 15 || !are_digits(whole) || !are_digits(part) {
        return None;
    }
    let part = part.trim_end_matches('0');
    let digits = whole.bytes().chain(part.bytes());
    let sum = digits.fold(0_i64, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let sum = if text.starts_with('-') { -sum } else { sum };
    let value = match POWERS.get(part.len()) {
        Some(power) => float_of(sum) / power,
        None => text.parse().ok()?,
    };
    Some(Decimal { value, exact: Some((sum, part.len())) })
}

impl Default for Decimals {
    fn default() -> Self {
        Self(Store::Fixed { decimals: 0, cells: Vec::new() })
    }
}

impl Decimals {
    pub(super) fn push(&mut self, number: Option<Decimal>) {
        match number {
            Some(number) => self.push_number(number),
            None => match &mut self.0 {
                Store::Fixed { cells, .. } => cells.push(NONE),
                Store::Rounded(cells) => cells.push(f32::NAN),
            },
        }
    }

    /// The number of a row.
    pub fn get(&self, row: usize) -> Option<f64> {
        match &self.0 {
            Store::Fixed { decimals, cells } => {
                let cell = cells.get(row).filter(|cell| **cell != NONE)?;
                Some(f64::from(*cell) / POWERS.get(*decimals)?)
            }
            Store::Rounded(cells) => {
                cells.get(row).filter(|cell| !cell.is_nan()).copied().map(f64::from)
            }
        }
    }

    /// The numbers in order of the rows.
    pub fn iter(&self) -> impl Iterator<Item = Option<f64>> + '_ {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            Store::Fixed { cells, .. } => cells.len(),
            Store::Rounded(cells) => cells.len(),
        }
    }

    /// A number that orders as the row's number does among those of the column.
    pub(crate) fn rank(&self, row: usize) -> Option<u32> {
        match &self.0 {
            Store::Fixed { cells, .. } => {
                let cell = cells.get(row).filter(|cell| **cell != NONE)?;
                Some(cell.cast_unsigned() ^ SIGN)
            }
            Store::Rounded(cells) => {
                let bits = cells.get(row).filter(|cell| !cell.is_nan())?.to_bits();
                Some(if bits & SIGN == 0 { bits ^ SIGN } else { !bits })
            }
        }
    }

    /// The number of a rank.
    pub(crate) fn ranked(&self, rank: u32) -> Option<f64> {
        match &self.0 {
            Store::Fixed { decimals, .. } => {
                Some(f64::from((rank ^ SIGN).cast_signed()) / POWERS.get(*decimals)?)
            }
            Store::Rounded(_) => {
                let bits = if rank & SIGN == 0 { !rank } else { rank ^ SIGN };
                Some(f64::from(f32::from_bits(bits)))
            }
        }
    }

    /// Whether numbers lost digits.
    pub fn is_rounded(&self) -> bool {
        matches!(self.0, Store::Rounded(_))
    }

    fn push_number(&mut self, number: Decimal) {
        if let (Store::Fixed { decimals, cells }, Some(exact)) = (&mut self.0, number.exact) {
            let more = exact.1.saturating_sub(*decimals);
            if more > 0 && exact.1 < POWERS.len() && widen(cells, more) {
                *decimals = exact.1;
            }
            if let Some(cell) = at_scale(exact, *decimals) {
                return cells.push(cell);
            }
        }
        self.round();
        if let Store::Rounded(cells) = &mut self.0 {
            cells.push(single(number.value));
        }
    }

    fn round(&mut self) {
        if let Store::Fixed { cells, .. } = &self.0 {
            let rows = 0..cells.len();
            let rounded = rows.map(|row| self.get(row).map_or(f32::NAN, single)).collect();
            self.0 = Store::Rounded(rounded);
        }
    }
}

fn at_scale((sum, decimals): (i64, usize), wanted: usize) -> Option<i32> {
    let steps = u32::try_from(wanted.checked_sub(decimals)?).ok()?;
    let sum = sum.checked_mul(10_i64.checked_pow(steps)?)?;
    i32::try_from(sum).ok().filter(|sum| *sum != NONE)
}

/// Multiplies all cells by ten so many times, if all of them still fit.
fn widen(cells: &mut [i32], steps: usize) -> bool {
    let wider = |cell: i32| at_scale((i64::from(cell), 0), steps);
    let fits = cells.iter().all(|cell| *cell == NONE || wider(*cell).is_some());
    if fits {
        for cell in cells.iter_mut().filter(|cell| **cell != NONE) {
            *cell = wider(*cell).unwrap_or(*cell);
        }
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(texts: &[&str]) -> Decimals {
        let mut decimals = Decimals::default();
        for text in texts {
            decimals.push(decimal(text));
        }
        decimals
    }

    #[test]
    fn what_fits_is_kept_and_the_rest_is_rounded() {
        let texts = ["1,250", "€ 12.50", "", "-3.125", "1e3", "n/a", "0.10"];
        let column = kept(&texts);
        assert!(!column.is_rounded());
        let read: Vec<Option<f64>> = (0..7).map(|row| column.get(row)).collect();
        assert_eq!(read, texts.map(range::number));
        for beyond in ["3000000000", "0.12345678901", "1e300"] {
            let column = kept(&["1.5", "", beyond]);
            assert!(column.is_rounded(), "{beyond}");
            assert_eq!((column.get(0), column.get(1)), (Some(1.5), None));
            assert!(column.get(2).unwrap().is_finite());
        }
    }

    #[test]
    fn ranks_order_as_numbers_do() {
        for texts in [["-2.5", "-1", "0", "0.25", "7"], ["-3e9", "-1", "0", "0.25", "1e30"]] {
            let column = kept(&texts);
            let ranks: Vec<u32> = (0..5).filter_map(|row| column.rank(row)).collect();
            assert!(ranks.is_sorted_by(|a, b| a < b));
            for (row, rank) in ranks.into_iter().enumerate() {
                assert_eq!(column.ranked(rank), column.get(row));
            }
        }
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_the_text(numbers in proptest::collection::vec((-200_000_i32..200_000, 0_usize..5), 0..40)) {
            let texts: Vec<String> = numbers.iter().map(|(number, places)| format!("{:.places$}", f64::from(*number) / POWERS[*places])).collect();
            let column = kept(&texts.iter().map(String::as_str).collect::<Vec<_>>());
            for (row, text) in texts.iter().enumerate() {
                let value = range::number(text).unwrap();
                prop_assert_eq!(decimal(text).map(|decimal| decimal.value), Some(value));
                prop_assert!(column.is_rounded() || column.get(row) == Some(value));
            }
        }
    }
}
