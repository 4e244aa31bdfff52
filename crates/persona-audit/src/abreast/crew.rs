//! Work done beside the reading of a store: jobs go out in order, and their results come back in it.

use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::Scope;

use crate::abreast::threads;

/// Workers, each with its own queue; job n is always that of worker n modulo their number, so results
/// need no sorting.
#[derive(Debug)]
pub(crate) struct Crew<Job, Result> {
    workers: Vec<(SyncSender<Job>, Receiver<Result>)>,
    given: usize,
    taken: usize,
}

impl<'scope, Job: Send + 'scope, Result: Send + 'scope> Crew<Job, Result> {
    /// Starts as many workers as there are processors.
    pub(crate) fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        work: impl Fn(Job) -> Result + Copy + Send + 'scope,
    ) -> Self {
        let workers = (0..threads()).map(|_| {
            let (jobs, queue) = sync_channel::<Job>(2);
            let (done, results) = channel();
            scope.spawn(move || {
                for job in queue {
                    if done.send(work(job)).is_err() {
                        return;
                    }
                }
            });
            (jobs, results)
        });
        Self { workers: workers.collect(), given: 0, taken: 0 }
    }

    /// Hands out a job, and returns the oldest result when enough are under way.
    pub(crate) fn give(&mut self, job: Job) -> Option<Result> {
        let result =
            if self.given - self.taken >= 2 * self.workers.len() { self.take() } else { None };
        if let Some((jobs, _)) = self.workers.get(self.given % self.workers.len()) {
            // A worker that is gone has panicked, which the scope passes on.
            drop(jobs.send(job));
        }
        self.given += 1;
        result
    }

    /// Waits for the oldest result; none is left when every job's was taken.
    pub(crate) fn take(&mut self) -> Option<Result> {
        if self.taken == self.given {
            return None;
        }
        let (_, results) = self.workers.get(self.taken % self.workers.len())?;
        self.taken += 1;
        results.recv().ok()
    }
}
