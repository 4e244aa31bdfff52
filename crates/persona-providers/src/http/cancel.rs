//! Waiting that can be called off.

use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;

use super::Transport;

/// How often to ask whether the run was called off.
const OFTEN: Duration = Duration::from_millis(50);

impl Transport {
    /// Waits for `work` on the calling thread; none when it was called off, and `work` is dropped.
    pub(super) fn wait<F: Future>(
        &self,
        work: F,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Option<F::Output> {
        self.runtime.as_ref()?.block_on(unless(cancelled, work))
    }
}

async fn unless<F: Future>(cancelled: &(dyn Fn() -> bool + Sync), work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    loop {
        if cancelled() {
            return None;
        }
        if let Ok(done) = timeout(OFTEN, &mut work).await {
            return Some(done);
        }
    }
}
