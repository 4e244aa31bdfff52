//! Verifying and exporting a log of many records, and verifying one record of more.

use std::path::Path;

use persona_audit::{AuditConfig, AuditTrail, Digest, Verdict, VerifyOptions};
use rusqlite::types::ValueRef;

use crate::bench::Bench;
use crate::figure::{Aim, Figure, Unit};
use crate::logs::SeededLog;
use crate::measure::{Outcome, Series, Spread, timed};
use crate::raw;

const SCAN: &str = "a scan that hashes all bodies";
/// Megabytes that an export may use, whatever the log.
const MEMORY: f64 = 64.0;

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let log = SeededLog::sqlite(bench, 100_000)?;
    let trail = AuditTrail::new(AuditConfig::in_folder(&log.home));
    let export = ["audit", "export", "--format", "jsonl"].map(AsRef::as_ref);
    let (mut verified, mut exported, mut scanned) =
        (Series::default(), Series::default(), Series::default());
    for _ in 0..bench.rounds(3).min(3) {
        let (verification, taken) = timed(|| Ok(trail.verify(&[], &VerifyOptions::default())?))?;
        if verification.verdict != Verdict::Verified {
            return Err(format!("the log is {:?}", verification.findings).into());
        }
        verified.push(taken);
        scanned.push(scan(&log.home)?);
        exported.push(bench.persona(&log.home, &export)?);
    }
    let memory = Spread::one(bench.most_memory(&log.home, &export)?);
    let size = log.size();
    let mut figures = vec![
        Figure::milliseconds(
            format!("{size} records verified: all signatures and columns"),
            &verified,
        )
        .beside(SCAN, &scanned)
        .aiming(Aim::AtMost(3_000.0)),
        Figure::milliseconds(format!("{size} records exported as JSON lines"), &exported)
            .beside(SCAN, &scanned)
            .aiming(Aim::AtMost(2_500.0)),
        Figure::new("the most memory it used", Unit::Megabytes, memory).aiming(Aim::AtMost(MEMORY)),
    ];
    figures.extend(one(bench)?);
    Ok(figures)
}

/// One record of the largest log, as a whole process.
fn one(bench: &Bench) -> Outcome<Option<Figure>> {
    let Some(log) = SeededLog::largest(bench)? else { return Ok(None) };
    let sql = "SELECT audit_id FROM record WHERE opened >= \
               (SELECT size / 3 FROM log) ORDER BY time LIMIT 1";
    let id: String = raw::onlooker(&log.home)?.query_row(sql, [], |row| row.get(0))?;
    let (mut verified, mut started) = (Series::default(), Series::default());
    for _ in 0..bench.rounds(20) {
        verified.push(bench.persona(&log.home, &["audit", "verify", &id].map(AsRef::as_ref))?);
        started.push(bench.persona(&log.home, &["--version".as_ref()])?);
    }
    let what = format!("one record of {} verified", log.size());
    let figure = Figure::milliseconds(what, &verified).beside("`persona --version`", &started);
    Ok(Some(figure.aiming(Aim::AtMost(50.0))))
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
