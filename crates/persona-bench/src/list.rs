//! `persona audit list --limit 20` on logs of many records, as whole processes: what the slowest takes.

use crate::bench::Bench;
use crate::figure::{Aim, Figure};
use crate::logs::SeededLog;
use crate::measure::{Outcome, Series};

const RANGE: [&str; 4] = ["--since", "2026-03-01", "--until", "2026-04-30"];
/// Each filter by a value that many records have, and by one that few or none have.
const SINGLE: [&[&str]; 12] = [
    &[],
    &["--model", "extractive-1"],
    &["--model", "llama3.2:1b"],
    &["--provider", "openai"],
    &["--user", "chen.wei@example.org"],
    &["--user", "visitor@example.net"],
    &["--data", "studies/search/wave-07/interviews.csv"],
    &["--data", "sha256:0000000000000000000000000000000000000000000000000000000000000000"],
    &["--status", "completed"],
    &["--status", "failed"],
    &["--status", "abandoned"],
    &["--status", "started"],
];
/// Large sets that have nothing in common, and small ones beside large ones.
const COMBINED: [&[&str]; 5] = [
    &["--provider", "anthropic", "--model", "extractive-1"],
    &["--provider", "anthropic", "--model", "extractive-1", "--status", "completed"],
    &["--provider", "anthropic", "--model", "extractive-1", "--status", "abandoned"],
    &["--user", "visitor@example.net", "--status", "completed"],
    &["--model", "llama3.2:1b", "--user", "chen.wei@example.org"],
];

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let mut figures = Vec::new();
    let hundred_thousand = Some((SeededLog::sqlite(bench, 100_000)?, 15.0));
    let largest = SeededLog::largest(bench)?.map(|log| (log, 25.0));
    for (log, aim) in hundred_thousand.into_iter().chain(largest) {
        let lists = Lists::new(bench, &log);
        let singles = SINGLE.iter().map(|words| words.to_vec());
        let ranges = SINGLE.iter().map(|words| [words, &RANGE[..]].concat());
        figures.push(lists.slowest(
            "one filter, alone or with dates",
            singles.chain(ranges),
            aim,
        )?);
        let combined = COMBINED.iter().map(|words| words.to_vec());
        figures.push(lists.slowest("several filters", combined, 250.0)?);
    }
    let log = SeededLog::json(bench, 10_000)?;
    let all = SINGLE.iter().chain(&COMBINED).map(|words| words.to_vec());
    figures.push(Lists::new(bench, &log).slowest("JSON files, any filters", all, 50.0)?);
    Ok(figures)
}

struct Lists<'bench> {
    bench: &'bench Bench,
    log: &'bench SeededLog,
}

impl<'bench> Lists<'bench> {
    fn new(bench: &'bench Bench, log: &'bench SeededLog) -> Self {
        Self { bench, log }
    }

    /// Measures each in turns with a start of the program and returns the slowest.
    fn slowest<'words>(
        &self,
        what: &str,
        cases: impl Iterator<Item = Vec<&'words str>>,
        aim: f64,
    ) -> Outcome<Figure> {
        let mut slowest: Option<(String, Series)> = None;
        let mut started = Series::default();
        for words in cases {
            let mut taken = Series::default();
            for _ in 0..self.bench.rounds(9) {
                let arguments = ["audit", "list", "--limit", "20"].into_iter().chain(words.clone());
                let arguments: Vec<_> = arguments.map(AsRef::as_ref).collect();
                taken.push(self.bench.persona(&self.log.home, &arguments)?);
                started.push(self.bench.persona(&self.log.home, &["--version".as_ref()])?);
            }
            let median = taken.spread().median;
            if slowest.as_ref().is_none_or(|(_, most)| most.spread().median < median) {
                slowest = Some((words.join(" "), taken));
            }
        }
        let (words, taken) = slowest.ok_or("nothing was measured")?;
        let what =
            format!("`list --limit 20` of {}, {what}; the slowest: `{words}`", self.log.size());
        Ok(Figure::milliseconds(what, &taken)
            .beside("`persona --version`", &started)
            .aiming(Aim::AtMost(aim)))
    }
}
