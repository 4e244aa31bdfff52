//! A clock that stands still, randomness that repeats, a witness that looks away.

use std::sync::atomic::{AtomicU64, Ordering};

use persona_audit::{Clock, Entropy, EntropyError, Step, Time, Witness};

use crate::rows::Random;
use crate::seed::history;

/// Stands where the history ends.
#[derive(Debug)]
pub(super) struct Standing;

impl Clock for Standing {
    fn now(&self) -> Time {
        history::end()
    }
}

/// Counts up from a seed; each number begins other bytes.
#[derive(Debug)]
pub(super) struct Drawn(pub(super) AtomicU64);

impl Entropy for Drawn {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        let mut random = Random::new(self.0.fetch_add(1, Ordering::Relaxed) << 8);
        for chunk in bytes.chunks_mut(8) {
            let drawn = random.below(u64::MAX).to_be_bytes();
            chunk.iter_mut().zip(drawn).for_each(|(byte, drawn)| *byte = drawn);
        }
        Ok(())
    }
}

#[derive(Debug)]
pub(super) struct Unwatched;

impl Witness for Unwatched {
    fn after(&self, _step: Step) {}
}
