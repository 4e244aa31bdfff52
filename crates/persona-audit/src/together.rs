//! One of several threads does for all of them what each would have to wait for: whoever comes first leads,
//! those who come meanwhile are taken along or wait for the next leader, and each gets an answer of its own.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A meeting point of threads that wish for `W` and are answered with `R`.
#[derive(Debug)]
pub(crate) struct Together<W, R> {
    line: Mutex<Line<W, R>>,
    moved: Condvar,
}

#[derive(Debug)]
struct Line<W, R> {
    next: u64,
    /// In the order in which they came.
    waiting: Vec<(u64, W)>,
    /// `None` where whoever led went away without one.
    answers: BTreeMap<u64, Option<R>>,
    led: bool,
}

impl<W, R> Together<W, R> {
    /// Waits until `wish` is answered. Where nobody leads, this thread does: `lead` is called with everybody
    /// who waits, this thread's wish among them.
    ///
    /// Returns `None` where the thread that led panicked, or gave no answer.
    pub(crate) fn join(&self, wish: W, lead: impl FnOnce(&mut Party<'_, W, R>)) -> Option<R> {
        let mut line = self.line();
        let ticket = line.next;
        line.next = ticket.wrapping_add(1);
        line.waiting.push((ticket, wish));
        let still = |line: &mut Line<W, R>| line.led && !line.answers.contains_key(&ticket);
        line = self.moved.wait_while(line, still).unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = line.answers.remove(&ticket) {
            return answer;
        }
        line.led = true;
        let members = mem::take(&mut line.waiting);
        drop(line);
        lead(&mut Party { together: self, members, answers: Vec::new() });
        self.line().answers.remove(&ticket).flatten()
    }

    /// Returns how many wait for the next who leads.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.line().waiting.len()
    }

    fn line(&self) -> MutexGuard<'_, Line<W, R>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W, R> Default for Together<W, R> {
    fn default() -> Self {
        let (waiting, answers) = Default::default();
        let line = Line { next: 0, waiting, answers, led: false };
        Self { line: Mutex::new(line), moved: Condvar::new() }
    }
}

/// Those whom one thread leads. When it is dropped, by a panic too, all of them go on and somebody else may
/// lead.
#[derive(Debug)]
pub(crate) struct Party<'line, W, R> {
    together: &'line Together<W, R>,
    members: Vec<(u64, W)>,
    answers: Vec<R>,
}

impl<W, R> Party<'_, W, R> {
    /// Takes along who came since.
    pub(crate) fn gather(&mut self) {
        self.members.append(&mut self.together.line().waiting);
    }

    /// Returns what they wish for, in the order in which they came.
    pub(crate) fn wishes(&self) -> impl Iterator<Item = &W> {
        self.members.iter().map(|(_, wish)| wish)
    }

    /// Gives each an answer.
    pub(crate) fn answer(&mut self, answer: impl FnMut(&W) -> R) {
        self.answers = self.members.iter().map(|(_, wish)| wish).map(answer).collect();
    }
}

impl<W, R> Drop for Party<'_, W, R> {
    fn drop(&mut self) {
        let mut answers = mem::take(&mut self.answers).into_iter();
        let mut line = self.together.line();
        for (ticket, _) in &self.members {
            line.answers.insert(*ticket, answers.next());
        }
        line.led = false;
        drop(line);
        self.together.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn who_is_alone_leads_itself() {
        let together = Together::default();
        for wish in [3, 4] {
            let answer = together.join(wish, |party| {
                assert_eq!(party.wishes().collect::<Vec<_>>(), [&wish]);
                party.answer(|wish| wish * 2);
            });
            assert_eq!(answer, Some(wish * 2));
        }
    }

    #[test]
    fn every_wish_is_led_once_and_answered_with_its_own() {
        let together = Together::default();
        let led = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for thread in 0..8_u32 {
                let (together, led) = (&together, &led);
                scope.spawn(move || {
                    for round in 0..200 {
                        let wish = thread * 1000 + round;
                        let answer = together.join(wish, |party| {
                            party.gather();
                            led.lock().unwrap().extend(party.wishes().copied());
                            party.answer(|wish| wish + 1);
                        });
                        assert_eq!(answer, Some(wish + 1));
                    }
                });
            }
        });
        let mut led = led.into_inner().unwrap();
        led.sort_unstable();
        let all: Vec<u32> =
            (0..8).flat_map(|thread| (0..200).map(move |r| thread * 1000 + r)).collect();
        assert_eq!(led, all);
    }

    /// Has one thread lead and do `work` when `others` more wait in line.
    fn led_with(
        together: &Together<u32, u32>,
        others: u32,
        work: impl FnOnce(&mut Party<'_, u32, u32>) + Send,
    ) -> (thread::Result<Option<u32>>, Vec<Option<u32>>) {
        let leads = Barrier::new(usize::try_from(others).unwrap() + 1);
        thread::scope(|scope| {
            let leads = &leads;
            let leader = scope.spawn(move || {
                let lead = |party: &mut Party<'_, u32, u32>| {
                    leads.wait();
                    while u32::try_from(party.members.len()).unwrap() <= others {
                        party.gather();
                        thread::yield_now();
                    }
                    work(party);
                };
                catch_unwind(AssertUnwindSafe(|| together.join(0, lead)))
            });
            let others: Vec<_> = (1..=others)
                .map(|wish| {
                    scope.spawn(move || {
                        leads.wait();
                        together.join(wish, |_| panic!("somebody else leads"))
                    })
                })
                .collect();
            let answers = others.into_iter().map(|other| other.join().unwrap()).collect();
            (leader.join().unwrap(), answers)
        })
    }

    #[test]
    fn those_who_came_meanwhile_are_taken_along() {
        let together = Together::default();
        let (leader, others) = led_with(&together, 5, |party| party.answer(|wish| wish * 10));
        assert_eq!(leader.unwrap(), Some(0));
        assert_eq!(others, [10, 20, 30, 40, 50].map(Some));
    }

    #[test]
    fn a_panic_of_who_leads_leaves_nobody_waiting() {
        let together = Together::default();
        let (leader, others) = led_with(&together, 3, |_| panic!("cut short"));
        assert!(leader.is_err());
        assert_eq!(others, [None; 3]);
        // Who comes later leads anew.
        assert_eq!(together.join(7, |party| party.answer(|wish| *wish)), Some(7));
    }
}
