//! `SplitMix64` (Steele, Lea & Flood 2014): sixty-four bits of state, the same numbers everywhere.

use crate::number::{code, index};

/// A small seeded generator; for shuffles and samples, never for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator for one of many independent jobs.
    pub(crate) fn stream(seed: u64, job: u64) -> Self {
        let mut mixed = Self(seed ^ job.wrapping_mul(0xD1B5_4A32_D192_ED03));
        Self(mixed.next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound` (Lemire 2019, without the rejection step: its bias is below 2^-32 here).
    fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next()) * u128::try_from(bound).unwrap_or(0);
        usize::try_from(wide >> 64).unwrap_or(0)
    }

    /// Fisher–Yates.
    pub(crate) fn shuffle(&mut self, items: &mut [usize]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// `size` of the numbers below `all`, in ascending order.
    pub(crate) fn sample(&mut self, all: usize, size: usize) -> Vec<usize> {
        let mut items: Vec<u32> = (0..code(all)).collect();
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
        items.truncate(size);
        items.sort_unstable();
        items.into_iter().map(index).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_numbers() {
        // The reference implementation seeded with 1234567.
        let mut random = Random::new(1_234_567);
        let first = [random.next(), random.next(), random.next()];
        let expected =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(first, expected);
    }

    #[test]
    fn samples_without_repeating() {
        let sample = Random::new(7).sample(10, 4);
        assert_eq!(sample.len(), 4);
        assert!(sample.windows(2).all(|pair| pair[0] < pair[1]) && sample[3] < 10);
        assert_eq!(Random::new(7).sample(3, 9), [0, 1, 2]);
    }
}
