//! Drafts of all groups, so many at once as the drafter allows, in the order of the groups.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::draft::{Brief, Draft, DraftError, Drafting};
use crate::output::{Event, Experiment};
use crate::pipeline::{GenerationError, Run, Stage, Transcript};
use crate::profile::Profile;
use crate::provider::ProviderError;
use crate::segment::Segmentation;

impl Run<'_> {
    /// One draft, or the reason why there is none, for every group.
    ///
    /// # Errors
    /// [`GenerationError::Cancelled`], and [`GenerationError::Draft`] when no group has a draft.
    pub(super) fn ask(
        &self,
        segmentation: &Segmentation,
        profiles: &[Profile],
        transcript: &mut Transcript,
        experiment: &mut Experiment,
    ) -> Result<Vec<Result<Draft, DraftError>>, GenerationError> {
        let briefs: Vec<Brief<'_>> = profiles
            .iter()
            .enumerate()
            .map(|(index, profile)| Brief { dataset: self.dataset, segmentation, index, profile })
            .collect();
        let mut drafts = Vec::with_capacity(briefs.len());
        for drafting in self.draftings(&briefs) {
            for call in &drafting.calls {
                self.note(experiment, Event::called(call));
            }
            drafts.push(transcript.take(drafting));
        }
        self.check_cancelled(Stage::Draft)?;
        if drafts.iter().any(Result::is_ok) {
            return Ok(drafts);
        }
        match drafts.into_iter().find_map(Result::err) {
            Some(
                DraftError::Cancelled(_)
                | DraftError::Provider { source: ProviderError::Cancelled, .. },
            ) => Err(GenerationError::Cancelled { stage: Stage::Draft }),
            Some(error) => Err(error.into()),
            None => Ok(Vec::new()),
        }
    }

    fn draftings(&self, briefs: &[Brief<'_>]) -> Vec<Drafting> {
        let hands = self.pipeline.drafter.concurrency().get().min(briefs.len());
        let queue = Queue { next: AtomicUsize::new(0), stopped: AtomicBool::new(false) };
        let mut done: Vec<Option<Drafting>> = briefs.iter().map(|_| None).collect();
        self.observer.progress(Stage::Draft, 0, briefs.len());
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..hands {
                let (sender, queue) = (sender.clone(), &queue);
                // Whoever receives is gone only when the whole run is.
                scope.spawn(move || {
                    self.work(briefs, queue, |at, drafting| drop(sender.send((at, drafting))));
                });
            }
            drop(sender);
            for (count, (at, drafting)) in receiver.into_iter().enumerate() {
                if let Some(place) = done.get_mut(at) {
                    *place = Some(drafting);
                }
                self.observer.progress(Stage::Draft, count + 1, briefs.len());
            }
        });
        let not_asked = |index| Drafting::without_calls(Err(DraftError::NotAsked { index }));
        done.into_iter()
            .enumerate()
            .map(|(at, drafting)| drafting.unwrap_or_else(|| not_asked(at)))
            .collect()
    }

    /// Drafts one group after the other until there is none left, or no sense in going on.
    fn work(&self, briefs: &[Brief<'_>], queue: &Queue, finished: impl Fn(usize, Drafting)) {
        let cancelled = || self.observer.cancelled();
        while !cancelled() && !queue.stopped.load(Ordering::Relaxed) {
            let at = queue.next.fetch_add(1, Ordering::Relaxed);
            let Some(brief) = briefs.get(at) else { return };
            let drafting = self.pipeline.drafter.draft(brief, &cancelled);
            if drafting.draft.as_ref().is_err_and(DraftError::concerns_every_group) {
                queue.stopped.store(true, Ordering::Relaxed);
            }
            finished(at, drafting);
        }
    }
}

/// Which group is next, and whether any is.
struct Queue {
    next: AtomicUsize,
    stopped: AtomicBool,
}
