//! A durable append beside a raw commit of the same bytes.
//!
//! A run that fails is two appends. What is timed of `Recorder::start` and `OpenRecord::fail` is the
//! append itself, from where the one before it ends to the commit, and both calls whole.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use persona_audit::{Ambient, AuditConfig, Recorder, Step};

use crate::bench::Bench;
use crate::figure::{Aim, Figure};
use crate::measure::{Outcome, Series, milliseconds};
use crate::raw::{self, EntryRow, RawTable};
use crate::steps::{Watch, failure, opening};

const AIM: Aim = Aim::Times(2.5);

/// What a run of two appends took.
#[derive(Debug, Default)]
struct Times {
    opening: Series,
    closing: Series,
    whole: Series,
    raw_opening: Series,
    raw_closing: Series,
}

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let home = bench.folder().join("append");
    let watch = Arc::new(Watch::default());
    let ambient = Ambient::system().witnessed_by(watch.clone());
    let recorder = Recorder::new(AuditConfig::in_folder(&home), ambient);
    let _receipt = recorder.start(&opening("append"))?.fail(&failure())?;
    let table = RawTable::new(&home.join("raw.db"))?;
    let rounds = bench.rounds(300);
    let measuring = Measuring { recorder, watch, table, rows: rows(&home)? };

    let onlooker = raw::onlooker(&home)?;
    let held = measuring.take(rounds)?;
    drop(onlooker);
    let alone = measuring.take(rounds)?;
    Ok(figures(&held, &alone, &measuring.rows))
}

/// The rows of the run that was just recorded: opening, closing.
fn rows(home: &Path) -> Outcome<[EntryRow; 2]> {
    match raw::entry_rows(&raw::onlooker(home)?, 3)?.as_slice() {
        [_log_opened, opening, closing] => Ok([opening.clone(), closing.clone()]),
        _ => Err("a run left other entries than its two".into()),
    }
}

struct Measuring {
    recorder: Recorder,
    watch: Arc<Watch>,
    table: RawTable,
    rows: [EntryRow; 2],
}

impl Measuring {
    fn take(&self, rounds: usize) -> Outcome<Times> {
        let mut times = Times::default();
        let [opening_row, closing_row] = &self.rows;
        for _ in 0..rounds {
            let began = Instant::now();
            let open = self.recorder.start(&opening("append"))?;
            let started = Instant::now();
            let _receipt = open.fail(&failure())?;
            let ended = Instant::now();
            let (locked, opened) = (self.watch.at(Step::RunLocked)?, self.watch.at(Step::Opened)?);
            times.opening.push(milliseconds(locked, opened));
            times.closing.push(milliseconds(started, self.watch.at(Step::Closed)?));
            times.whole.push(milliseconds(began, ended));
            times.raw_opening.push(self.table.commit(opening_row)?);
            times.raw_closing.push(self.table.commit(closing_row)?);
        }
        Ok(times)
    }
}

fn figures(held: &Times, alone: &Times, rows: &[EntryRow; 2]) -> Vec<Figure> {
    let both = |times: &Times| times.raw_opening.with(&times.raw_closing, |one, two| one + two);
    let [opening, closing] = rows.each_ref().map(EntryRow::length);
    let raw = "a raw commit of the same row";
    let raws = "two raw commits of the same rows";
    vec![
        Figure::milliseconds(format!("append of a closing of {closing} bytes"), &held.closing)
            .beside(raw, &held.raw_closing)
            .aiming(AIM),
        Figure::milliseconds(
            format!("append of an opening of {opening} bytes, database opened first"),
            &held.opening,
        )
        .beside(raw, &held.raw_opening)
        .aiming(AIM),
        Figure::milliseconds(
            "`start` and `fail` whole, while another has the log open",
            &held.whole,
        )
        .beside(raws, &both(held))
        .aiming(AIM),
        Figure::milliseconds(
            "`start` and `fail` whole, alone: opens and closes the log",
            &alone.whole,
        )
        .beside(raws, &both(alone))
        .aiming(AIM),
    ]
}
