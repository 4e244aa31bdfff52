//! The example of the README, from start to end of the process.

use std::fs;
use std::path::{Path, PathBuf};

use crate::audit_cost::{Audit, Pairs, Runs};
use crate::bench::Bench;
use crate::figure::{Aim, Figure};
use crate::measure::{Outcome, Series};
use crate::raw::{self, DurableFiles, RawTable};

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/interviews.csv");
    let mut runs = Runs::new(bench, data.canonicalize()?, "example");
    runs.run(&runs.home(), Audit::Recorded)?;
    let length = bytes_below(&runs.output())?;
    let mut files = DurableFiles::new(runs.folder.join("durable"), length)?;

    let (mut first, mut first_limit) = (Series::default(), Series::default());
    for round in 0..bench.rounds(20) {
        let home = runs.folder.join(format!("home-{round}"));
        first.push(runs.run(&home, Audit::Recorded)?);
        first_limit.push(raw::least_process(bench)? + files.write()?);
    }

    let log = raw::onlooker(&runs.home())?;
    let rows = raw::entry_rows(&log, 3)?;
    drop(log);
    let [_opened, opening, closing] = rows.as_slice() else {
        return Err("a run left other entries than its two".into());
    };
    let table = RawTable::new(&runs.folder.join("raw.db"))?;
    let (mut pairs, mut limit, mut commits) =
        (Pairs::default(), Series::default(), Series::default());
    for _ in 0..bench.rounds(100) {
        runs.pair(&mut pairs)?;
        limit.push(raw::least_process(bench)? + files.write()?);
        commits.push(table.commit(opening)? + table.commit(closing)?);
    }
    let durable = "`true`, and one synced file of the output's bytes";
    Ok(vec![
        Figure::milliseconds("the example, on an existing log", &pairs.recorded)
            .beside(durable, &limit)
            .aiming(Aim::AtMost(150.0)),
        Figure::milliseconds("the example with `--no-audit`", &pairs.off).beside(durable, &limit),
        Figure::milliseconds("the first run ever: keys, pin and log are made", &first)
            .beside(durable, &first_limit),
        Figure::milliseconds("what the record adds to the example", &pairs.added())
            .beside("two raw commits of the same rows", &commits)
            .aiming(Aim::AtMost(5.0)),
    ])
}

fn bytes_below(folder: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { bytes_below(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}
