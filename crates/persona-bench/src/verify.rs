//! Verifying and listing a log of some thousand records.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use persona_audit::{Ambient, AuditConfig, AuditTrail, Digest, Recorder, Verdict, VerifyOptions};
use rusqlite::types::ValueRef;

use crate::bench::Bench;
use crate::figure::{Aim, Figure, Unit};
use crate::measure::{Outcome, Series, timed};
use crate::raw;
use crate::steps::{completion, opening};

/// Records in the log, unless making them takes too long.
const RECORDS: u32 = 5_000;
const PATIENCE: Duration = Duration::from_secs(25);

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let home = bench.folder().join("verify");
    let records = record(&home, if bench.rounds(5) == 5 { RECORDS } else { 100 })?;
    let trail = AuditTrail::new(AuditConfig::in_folder(&home));
    let (mut verified, mut scanned) = (Series::default(), Series::default());
    for _ in 0..bench.rounds(5) {
        let (verification, taken) = timed(|| Ok(trail.verify(&[], &VerifyOptions::default())?))?;
        if verification.verdict != Verdict::Verified {
            return Err(format!("the log is {:?}", verification.findings).into());
        }
        verified.push(taken);
        scanned.push(scan(&home)?);
    }
    let (mut listed, mut started) = (Series::default(), Series::default());
    for _ in 0..bench.rounds(60) {
        let list = ["audit", "list", "--limit", "20"].map(AsRef::as_ref);
        listed.push(bench.persona(&home, &list)?);
        started.push(bench.persona(&home, &["--version".as_ref()])?);
    }
    let rate = |series: &Series| series.map(|taken| f64::from(records) / taken * 1000.0);
    let what = format!("records verified, of {records} completed: all signatures and columns");
    Ok(vec![
        Figure::new(what, Unit::PerSecond, rate(&verified).spread())
            .beside("a scan that hashes all bodies", &rate(&scanned))
            .aiming(Aim::AtLeast(33_333.0)),
        Figure::milliseconds(format!("`persona audit list --limit 20` of {records}"), &listed)
            .beside("`persona --version`", &started)
            .aiming(Aim::AtMost(15.0)),
    ])
}

/// Fills a log with completed runs and returns how many.
fn record(home: &Path, most: u32) -> Outcome<u32> {
    let output = home.join("output");
    fs::create_dir_all(&output)?;
    let recorder = Recorder::new(AuditConfig::in_folder(home), Ambient::system());
    let began = Instant::now();
    let mut records = 0;
    let mut onlooker = None;
    while records < most && began.elapsed() < PATIENCE {
        let open = recorder.start(&opening(&format!("study-{records}")))?;
        let prepared = open.prepare(&completion(), &output)?;
        open.succeed(prepared)?;
        records += 1;
        if onlooker.is_none() {
            // Else every run is the last to leave, and closes the journal.
            onlooker = Some(raw::onlooker(home)?);
        }
    }
    Ok(records)
}

/// Reads every entry and hashes each of its values.
fn scan(home: &Path) -> Outcome<f64> {
    let log = raw::onlooker(home)?;
    let ((), taken) = timed(|| {
        let mut statement =
            log.prepare("SELECT header, public, private FROM entry ORDER BY idx")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..3 {
                if let ValueRef::Blob(bytes) = row.get_ref(column)? {
                    std::hint::black_box(Digest::of(bytes));
                }
            }
        }
        Ok(())
    })?;
    Ok(taken)
}
