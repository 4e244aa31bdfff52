//! A year of a research group: who generated personas from which data with which model, and how it
//! ended.
//!
//! A third of the runs is the embedded drafter's and nearly a third each goes to two providers, so that
//! `--provider` and `--model` name large sets with nothing in common. Some users and models are rare.

use jiff::{SignedDuration, Timestamp};
use persona_audit::{AuditId, Ending, PastRun, Time};

use crate::rows::Random;
use crate::seed::bodies::{self, Study};

/// 2026-11-01T00:00:00Z.
const END: i64 = 1_793_491_200;
/// 365 days.
const LENGTH: u64 = 31_536_000;
/// How many runs nobody closed, at most.
const OPEN: u64 = 12;

/// Past runs, in order of time.
#[derive(Debug)]
pub(super) struct History {
    random: Random,
    made: u64,
    records: u64,
}

impl History {
    pub(super) fn new(seed: u64, records: u64) -> Self {
        Self { random: Random::new(seed), made: 0, records }
    }

    /// When the next run begins: evenly over the year, each somewhere in its share of it.
    fn next_time(&mut self) -> Time {
        let share = LENGTH * 1_000_000 / self.records.max(1);
        let micros = self.made * share + self.random.below(share.max(1));
        after(Time::from_timestamp(start()), micros)
    }

    fn ending(&mut self, study: &Study) -> Ending {
        let every = (self.records / OPEN).max(20);
        if self.made % every == every - 1 {
            return Ending::Unknown;
        }
        match self.random.below(100) {
            0..=91 => Ending::Completed(Box::new(bodies::completion(&mut self.random, study))),
            92..=96 => Ending::Failed(bodies::failure(&mut self.random, study)),
            _ => Ending::Abandoned,
        }
    }
}

impl Iterator for History {
    type Item = PastRun;

    fn next(&mut self) -> Option<PastRun> {
        if self.made == self.records {
            return None;
        }
        let opened = self.next_time();
        let mut tail = [0; 10];
        for byte in &mut tail {
            *byte = u8::try_from(self.random.below(256)).unwrap_or(0);
        }
        let study = Study::draw(&mut self.random);
        let opening = bodies::opening(&mut self.random, &study);
        let ending = self.ending(&study);
        let run = PastRun {
            audit_id: Some(AuditId::new(opened, tail)),
            opened_at: Some(opened),
            opening,
            ended_at: Some(after(opened, study.micros)),
            ending,
        };
        self.made += 1;
        Some(run)
    }
}

/// When the history ends.
pub(super) fn end() -> Time {
    after(Time::from_timestamp(start()), LENGTH * 1_000_000)
}

fn start() -> Timestamp {
    let length = i64::try_from(LENGTH).unwrap_or(0);
    Timestamp::from_second(END - length).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn after(time: Time, micros: u64) -> Time {
    let later = SignedDuration::from_micros(i64::try_from(micros).unwrap_or(0));
    Time::from_timestamp(time.timestamp().checked_add(later).unwrap_or(Timestamp::MAX))
}
