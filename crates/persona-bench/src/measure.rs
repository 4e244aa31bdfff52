//! Repeated measurements and what is said of them: the median, the least and the most.

use std::error::Error;
use std::time::Instant;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// What repetitions of one operation took, or differences of such, in one unit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series(Vec<f64>);

/// What is reported of a series.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Series {
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Takes the values two by two.
    pub(crate) fn with(&self, other: &Self, combine: impl Fn(f64, f64) -> f64) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, two)| combine(*one, *two)).collect())
    }

    /// Returns the spread; of no values at all, not-a-number.
    pub(crate) fn spread(&self) -> Spread {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let end = |value: Option<&f64>| value.copied().unwrap_or(f64::NAN);
        let (upper, lower) = (sorted.len() / 2, sorted.len().saturating_sub(1) / 2);
        Spread {
            median: end(sorted.get(lower)).midpoint(end(sorted.get(upper))),
            least: end(sorted.first()),
            most: end(sorted.last()),
        }
    }
}

impl Spread {
    pub(crate) fn one(value: f64) -> Self {
        Self { median: value, least: value, most: value }
    }
}

/// Returns what `operation` gave and its milliseconds.
pub(crate) fn timed<T>(operation: impl FnOnce() -> Outcome<T>) -> Outcome<(T, f64)> {
    let start = Instant::now();
    let given = operation()?;
    Ok((given, milliseconds(start, Instant::now())))
}

pub(crate) fn milliseconds(start: Instant, end: Instant) -> f64 {
    end.saturating_duration_since(start).as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_in_it() {
        let of = |values: &[f64]| Series(values.to_vec()).spread().median;
        assert!((of(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((of(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!(of(&[]).is_nan());
    }
}
