//! Appends in batches beside raw rows in batches.

use persona_audit::{Ambient, AuditConfig, PastRun, Recorder};

use crate::bench::Bench;
use crate::figure::{Aim, Figure, Unit};
use crate::measure::{Outcome, Series, timed};
use crate::raw::{self, RawTable};
use crate::seed::History;

/// Runs of one commit.
const BATCH: usize = 1_000;
const ROUNDS: usize = 15;

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let home = bench.folder().join("batch");
    let recorder = Recorder::new(AuditConfig::in_folder(&home), Ambient::system());
    let rounds = bench.rounds(ROUNDS);
    let mut history = History::new(1, u64::try_from(BATCH * (rounds + 1))?);
    let mut next = || -> Vec<PastRun> { history.by_ref().take(BATCH).collect() };
    recorder.backfill(&next())?;
    let onlooker = raw::onlooker(&home)?;
    let table = RawTable::new(&home.join("raw.db"))?;
    let (mut appended, mut inserted) = (Series::default(), Series::default());
    for _ in 0..rounds {
        let before = raw::entries(&onlooker)?;
        let runs = next();
        let (_, taken) = timed(|| Ok(recorder.backfill(&runs)?))?;
        let rows = raw::entry_rows_from(&onlooker, before)?;
        let rate = |taken: f64| {
            Ok::<_, Box<dyn std::error::Error>>(
                f64::from(u32::try_from(rows.len())?) / taken * 1000.0,
            )
        };
        appended.push(rate(taken)?);
        inserted.push(rate(table.commit_all(&rows)?)?);
    }
    let what = format!("events appended in batches of {BATCH} runs, SQLite");
    Ok(vec![
        Figure::new(what, Unit::PerSecond, appended.spread())
            .beside("raw rows of the same bytes in such batches", &inserted)
            .aiming(Aim::AtLeast(15_000.0)),
    ])
}
