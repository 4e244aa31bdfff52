//! Appending an event of a run in one commit with those that other threads of the process, whose recorders
//! are clones of this one's, want to append meanwhile.
//!
//! One lock, one look, one signature and one sync for all of them; each is told of the checkpoint that covers
//! its own event. What goes wrong with one of them goes wrong for that one alone.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::checkpoint::SignedCheckpoint;
use crate::config::StoreKind;
use crate::error::AuditError;
use crate::event::Event;
use crate::guard::Judged;
use crate::id::AuditId;
use crate::log::Log;
use crate::settle::{Settlement, Settler};
use crate::store::StoreError;
use crate::together::{Party, Together};

/// What is told to those whose leader was cut short.
const CUT: &str =
    "the thread that appended for this one panicked; whether the entry was stored is not known";

/// What the clones of a recorder have in common.
#[derive(Debug, Default)]
pub(crate) struct Joint {
    appends: Together<Arc<Wish>, Answer>,
    /// What was found out about the keys at the newest append.
    judged: Mutex<Option<Arc<Judged>>>,
}

impl Joint {
    pub(crate) fn judged(&self) -> Option<Arc<Judged>> {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn remember(&self, judged: Judged) {
        *self.judged.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(judged));
    }
}

/// What a run wants to have appended.
#[derive(Debug)]
pub(crate) enum Wish {
    /// Its opening, after the closings of runs that are gone.
    Open(Event),
    /// Its closing.
    Close(Event),
}

impl Wish {
    fn event(&self) -> &Event {
        match self {
            Self::Open(event) | Self::Close(event) => event,
        }
    }

    /// Returns the run that this closes.
    fn closed(&self) -> Option<&AuditId> {
        match self {
            Self::Open(_) => None,
            Self::Close(event) => event.audit_id.as_ref(),
        }
    }
}

/// What became of a wish.
#[derive(Debug)]
enum Answer {
    Appended(Stored),
    Failed(AuditError),
    /// Nothing was committed, and not the store was to blame: perhaps one of the others.
    Alone,
}

/// A commit that was acknowledged.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) checkpoint: SignedCheckpoint,
    /// The runs that were settled in it, for one of those who opened a run to tidy up after; the others get
    /// an empty one.
    pub(crate) settlement: Settlement,
}

impl Log {
    /// Appends what is wished for, alone or together with the wishes of other threads.
    pub(crate) fn grant(&mut self, wish: Wish) -> Result<Stored, AuditError> {
        let wish = Arc::new(wish);
        if matches!(self.config.store, StoreKind::Json) {
            // One file after the other: of a commit that fails a part may be stored.
            return self.append_wishes(&mut || vec![Arc::clone(&wish)]);
        }
        let joint = Arc::clone(&self.joint);
        match joint.appends.join(Arc::clone(&wish), |party| self.lead(party)) {
            Some(Answer::Appended(stored)) => Ok(stored),
            Some(Answer::Failed(error)) => Err(error),
            Some(Answer::Alone) => self.append_wishes(&mut || vec![Arc::clone(&wish)]),
            None => {
                Err(StoreError::Unusable { place: self.store.place(), reason: CUT.into() }.into())
            }
        }
    }

    /// Appends what everybody in the party wishes for, and who comes until the log is locked.
    fn lead(&mut self, party: &mut Party<'_, Arc<Wish>, Answer>) {
        let stored = self.append_wishes(&mut || {
            party.gather();
            party.wishes().cloned().collect()
        });
        let alone = party.wishes().count() == 1;
        match stored {
            Ok(Stored { checkpoint, settlement }) => {
                let mut settlement = Some(settlement);
                party.answer(|wish| {
                    let settles = matches!(**wish, Wish::Open(_));
                    let settlement = settlement.take_if(|_| settles).unwrap_or_default();
                    Answer::Appended(Stored { checkpoint: checkpoint.clone(), settlement })
                });
            }
            Err(AuditError::Store(error)) => {
                party.answer(|_| Answer::Failed(error.clone().into()));
            }
            Err(error) if alone => {
                let mut error = Some(error);
                party.answer(|_| error.take().map_or(Answer::Alone, Answer::Failed));
            }
            Err(_) => party.answer(|_| Answer::Alone),
        }
    }

    /// Appends what `wishes` returns under the lock, after the closings of runs that are gone where a run is
    /// opened.
    fn append_wishes(
        &mut self,
        wishes: &mut dyn FnMut() -> Vec<Arc<Wish>>,
    ) -> Result<Stored, AuditError> {
        let settler = Settler::of(self);
        let mut settlement = Settlement::default();
        let checkpoint = self.append(&mut |reader, ground| {
            let wishes = wishes();
            let closed: BTreeSet<&AuditId> =
                wishes.iter().filter_map(|wish| wish.closed()).collect();
            if closed.len() < wishes.len() {
                settlement = settler.plan(reader, ground, &closed)?;
            }
            let wished = wishes.iter().map(|wish| wish.event());
            Ok(settlement.events.iter().chain(wished).cloned().collect())
        })?;
        Ok(Stored { checkpoint, settlement })
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use serde_json::{Map, json};
    use tempfile::TempDir;

    use super::*;
    use crate::ambient::{Ambient, Clock, Entropy, EntropyError, Step, Witness};
    use crate::config::{AuditConfig, MemoryLog};
    use crate::event::Kind;
    use crate::recorder::Recorder;
    use crate::time::Time;

    /// The machine's randomness, but for the moment when it brings down who asks for it.
    #[derive(Debug, Default)]
    struct Bomb(AtomicBool);

    impl Entropy for Bomb {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            assert!(!self.0.swap(false, Ordering::Relaxed), "brought down");
            getrandom::fill(bytes).map_err(|error| EntropyError { reason: error.to_string() })
        }
    }

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Time {
            Time::parse("2025-12-15T10:00:00.123456Z").unwrap()
        }
    }

    impl Witness for Still {
        fn after(&self, _: Step) {}
    }

    /// A recorder of a log in memory that was opened.
    fn opened(bomb: Arc<Bomb>) -> (TempDir, Recorder) {
        let home = tempfile::tempdir().unwrap();
        let store = StoreKind::Memory(MemoryLog::new(home.path().join("audit")));
        let config = AuditConfig { store, ..AuditConfig::in_folder(home.path()) };
        let recorder = Recorder::new(config, Ambient::new(Arc::new(Still), bomb, Arc::new(Still)));
        grant(&recorder, 0).unwrap();
        (home, recorder)
    }

    /// Appends a closing that says `number`; numbers beyond 2^53 cannot be sealed.
    fn grant(recorder: &Recorder, number: u64) -> Result<Stored, AuditError> {
        let mut log = recorder.log()?;
        let time = log.ambient.now();
        let audit_id = Some(AuditId::new(time, drawn()));
        let members = Map::from_iter([("number".to_owned(), json!(number))]);
        let stored = log.grant(Wish::Close(Event {
            kind: Kind::GenerationFailed,
            audit_id,
            time,
            members,
        }))?;
        log.state.raise_mark(&stored.checkpoint)?;
        Ok(stored)
    }

    fn drawn() -> [u8; 10] {
        let mut bytes = [0; 10];
        getrandom::fill(&mut bytes).unwrap();
        bytes
    }

    /// Has one thread lead and wait for the log's lock until all the others wait for that thread; `None` for a
    /// thread that panicked.
    fn all_at_once(
        recorder: &Recorder,
        numbers: &[u64],
    ) -> Vec<Option<Result<Stored, AuditError>>> {
        let log = recorder.log().unwrap();
        let mut held = recorder.config().store().unwrap();
        let lock = held.write().unwrap();
        thread::scope(|scope| {
            let threads: Vec<_> = numbers
                .iter()
                .map(|number| {
                    let unwinding = move || grant(recorder, *number);
                    scope.spawn(move || catch_unwind(AssertUnwindSafe(unwinding)).ok())
                })
                .collect();
            while log.joint.appends.waiting() + 1 < numbers.len() {
                thread::yield_now();
            }
            drop(lock);
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }

    fn size(recorder: &Recorder) -> u64 {
        recorder.log().unwrap().sound_head().unwrap().unwrap().checkpoint().size
    }

    #[test]
    fn all_who_wait_are_in_one_commit() {
        let (_home, recorder) = opened(Arc::default());
        let stored = all_at_once(&recorder, &[1, 2, 3, 4, 5, 6]);
        for stored in stored {
            assert_eq!(stored.unwrap().unwrap().checkpoint.checkpoint().size, 8);
        }
        assert_eq!(size(&recorder), 8);
    }

    #[test]
    fn an_event_that_cannot_be_sealed_fails_alone() {
        let (_home, recorder) = opened(Arc::default());
        let stored = all_at_once(&recorder, &[1, u64::MAX, 3, 4]);
        for (at, stored) in stored.into_iter().enumerate() {
            let stored = stored.unwrap();
            match at {
                1 => assert!(matches!(stored, Err(AuditError::Event(_))), "{stored:?}"),
                _ => assert!(stored.unwrap().checkpoint.checkpoint().size <= 5),
            }
        }
        assert_eq!(size(&recorder), 5);
    }

    #[test]
    fn a_panic_of_the_one_who_appends_leaves_nobody_waiting() {
        let bomb = Arc::new(Bomb::default());
        let (_home, recorder) = opened(Arc::clone(&bomb));
        bomb.0.store(true, Ordering::Relaxed);
        let stored = all_at_once(&recorder, &[1, 2, 3, 4]);
        assert_eq!(stored.iter().filter(|stored| stored.is_none()).count(), 1);
        for stored in stored.into_iter().flatten() {
            let error = stored.unwrap_err();
            assert!(matches!(error, AuditError::Store(StoreError::Unusable { .. })), "{error:?}");
        }
        assert_eq!(size(&recorder), 2);
        assert_eq!(grant(&recorder, 5).unwrap().checkpoint.checkpoint().size, 3);
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_store_that_cannot_be_used_is_named_to_everybody() {
        let (home, recorder) = opened(Arc::default());
        let file = home.path().join("file");
        std::fs::File::create(&file).unwrap();
        let store_path = file.join("audit");
        let config =
            AuditConfig { store: StoreKind::Sqlite, store_path, ..recorder.config().clone() };
        let recorder = Recorder::new(config, recorder.ambient().clone());
        thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|number| {
                    scope.spawn({
                        let recorder = &recorder;
                        move || grant(recorder, number)
                    })
                })
                .collect();
            for thread in threads {
                let error = thread.join().unwrap().unwrap_err();
                assert!(matches!(error, AuditError::Store(_)), "{error:?}");
            }
        });
        assert_eq!(recorder.log().unwrap().joint.appends.waiting(), 0);
    }
}
