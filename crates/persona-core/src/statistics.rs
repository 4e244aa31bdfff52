//! The tests behind every "more often than others": exact and asymptotic p-values, their correction
//! for many looks, and quantiles.

use crate::number::float;

/// Two-sided p-value of Fisher's exact test for the table `[[a, b], [c, d]]`: the sum of all tables
/// with the same margins that are no more probable (the rule of R's `fisher.test`).
///
/// ```
/// // Fisher's tea tasting lady: 3 of 4 cups right.
/// assert!((persona_core::statistics::fisher_exact([3, 1, 1, 3]) - 34.0 / 70.0).abs() < 1e-9);
/// ```
pub fn fisher_exact([a, b, c, d]: [usize; 4]) -> f64 {
    let (row, column, all) = (a + b, a + c, a + b + c + d);
    let least = (row + column).saturating_sub(all);
    let most = row.min(column);
    let log =
        |x: usize| log_choose(column, x) + log_choose(all - column, row - x) - log_choose(all, row);
    let observed = log(a);
    let sum: f64 =
        (least..=most).map(log).filter(|&other| other <= observed + 1e-7).map(libm::exp).sum();
    sum.min(1.0)
}

fn log_choose(n: usize, k: usize) -> f64 {
    log_factorial(n) - log_factorial(k) - log_factorial(n - k)
}

fn log_factorial(n: usize) -> f64 {
    libm::lgamma(float(n) + 1.0)
}

/// Upper tail of the chi² distribution: the p-value of a statistic.
pub fn chi_square_tail(statistic: f64, freedom: f64) -> f64 {
    if statistic <= 0.0 {
        return 1.0;
    }
    let (shape, x) = (freedom / 2.0, statistic / 2.0);
    let tail =
        if x < shape + 1.0 { 1.0 - gamma_series(shape, x) } else { gamma_fraction(shape, x) };
    tail.clamp(0.0, 1.0)
}

/// Pearson's statistic of the table `[[a, b], [c, d]]`, without continuity correction.
pub fn chi_square([a, b, c, d]: [usize; 4]) -> f64 {
    let margins = float(a + b) * float(c + d) * float(a + c) * float(b + d);
    let cross = float(a) * float(d) - float(b) * float(c);
    if margins > 0.0 { float(a + b + c + d) * cross * cross / margins } else { 0.0 }
}

/// p-value of a 2×2 table: exact, and by chi² from 1,000 on where every expected count is 5 or more.
pub fn association([a, b, c, d]: [usize; 4]) -> f64 {
    let all = a + b + c + d;
    let smallest = (a + b).min(c + d) * (a + c).min(b + d);
    if all >= 1000 && smallest >= 5 * all {
        chi_square_tail(chi_square([a, b, c, d]), 1.0)
    } else {
        fisher_exact([a, b, c, d])
    }
}

/// Lower regularised incomplete gamma function by its series (DLMF 8.11.4).
fn gamma_series(shape: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut at) = (1.0 / shape, 1.0 / shape, shape);
    for _ in 0..1000 {
        at += 1.0;
        term *= x / at;
        sum += term;
        if term < sum * 1e-16 {
            break;
        }
    }
    sum * libm::exp(shape * libm::log(x) - x - libm::lgamma(shape))
}

/// Upper regularised incomplete gamma function by its continued fraction (DLMF 8.9.2, Lentz).
fn gamma_fraction(shape: f64, x: f64) -> f64 {
    let mut denominator = x + 1.0 - shape;
    let (mut above, mut below) = (1e300, 1.0 / denominator);
    let mut fraction = below;
    for step in 1..1000 {
        let numerator = -float(step) * (float(step) - shape);
        denominator += 2.0;
        below = 1.0 / nonzero(numerator * below + denominator);
        above = nonzero(denominator + numerator / above);
        fraction *= below * above;
        if (below * above - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction * libm::exp(shape * libm::log(x) - x - libm::lgamma(shape))
}

fn nonzero(value: f64) -> f64 {
    if value.abs() < 1e-300 { 1e-300 } else { value }
}

/// How often a number occurs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// The number.
    pub value: f64,
    /// Times in the group.
    pub own: usize,
    /// Times in all.
    pub all: usize,
}

/// Two-sided p-value of the Mann–Whitney test by the normal approximation, corrected for ties and
/// continuity (R's `wilcox.test(exact = FALSE)`); 1 when either side is empty.
pub fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> =
        one.iter().map(|x| (*x, true)).chain(other.iter().map(|x| (*x, false))).collect();
    all.sort_by(|left, right| left.0.total_cmp(&right.0));
    let mut equal = all.chunk_by(|left, right| left.0.total_cmp(&right.0).is_eq()).map(|equal| {
        let own = equal.iter().filter(|(_, own)| *own).count();
        Standing { value: equal.first().map_or(0.0, |first| first.0), own, all: equal.len() }
    });
    mann_whitney_of(&mut equal)
}

/// The same of numbers that are counted already, in ascending order: the group against the rest of all.
pub fn mann_whitney_of(numbers: &mut dyn Iterator<Item = Standing>) -> f64 {
    let (mut ranks, mut ties, mut below, mut members) = (0.0, 0.0, 0, 0);
    for Standing { own, all, .. } in numbers {
        let size = float(all);
        let rank = float(below) + f64::midpoint(1.0, size);
        ranks += rank * float(own);
        ties += size * size * size - size;
        below += all;
        members += own;
    }
    let (m, n) = (float(members), float(below - members));
    let total = m + n;
    let difference = ranks - m * (m + 1.0) / 2.0 - m * n / 2.0;
    let variance = m * n / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
    if variance.is_nan() || variance <= 0.0 {
        return 1.0;
    }
    let z = ((difference.abs() - 0.5).max(0.0)) / variance.sqrt();
    libm::erfc(z / std::f64::consts::SQRT_2).min(1.0)
}

/// Benjamini–Hochberg: the smallest false discovery rate at which each p-value counts, in input order.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = p_values.iter().copied().enumerate().collect();
    order.sort_by(|left, right| left.1.total_cmp(&right.1).then(left.0.cmp(&right.0)));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least: f64 = 1.0;
    for (rank, &(at, p)) in order.iter().enumerate().rev() {
        least = least.min(p * float(p_values.len()) / float(rank + 1));
        if let Some(place) = adjusted.get_mut(at) {
            *place = least;
        }
    }
    adjusted
}

/// Lower quartile, median and upper quartile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quartiles {
    /// A quarter lies below.
    pub lower: f64,
    /// Half lies below.
    pub median: f64,
    /// Three quarters lie below.
    pub upper: f64,
}

/// Quartiles by linear interpolation (Hyndman & Fan's type 7, R's default); none of no values.
pub fn quartiles(values: &[f64]) -> Option<Quartiles> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    quartiles_of(|| sorted.iter().map(|value| (*value, 1)))
}

/// The same of numbers that are counted already, in ascending order; `numbers` gives them twice.
pub fn quartiles_of<Numbers>(numbers: impl Fn() -> Numbers) -> Option<Quartiles>
where
    Numbers: Iterator<Item = (f64, usize)>,
{
    let total: usize = numbers().map(|(_, count)| count).sum();
    let steps = [1, 2, 3].map(|quarters| total.saturating_sub(1) * quarters);
    let (mut lows, mut highs) = ([None; 3], [None; 3]);
    let mut before = 0;
    for (value, count) in numbers().filter(|(_, count)| *count > 0) {
        let here = before..before + count;
        for ((step, low), high) in steps.iter().zip(&mut lows).zip(&mut highs) {
            if here.contains(&(step / 4)) {
                *low = Some(value);
            }
            if here.contains(&(step / 4 + 1)) {
                *high = Some(value);
            }
        }
        before = here.end;
    }
    let mut quarters = steps.iter().zip(lows).zip(highs).map(|((step, low), high)| {
        let low = low?;
        Some(low + (high.unwrap_or(low) - low) * (float(step % 4) / 4.0))
    });
    let mut next = || quarters.next().flatten();
    Some(Quartiles { lower: next()?, median: next()?, upper: next()? })
}

#[cfg(test)]
mod tests;
