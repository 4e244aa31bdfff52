//! Logs of many records, made once and kept beside the program for the next run.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use persona_audit::StoreKind;

use crate::bench::Bench;
use crate::measure::Outcome;
use crate::raw;
use crate::say;
use crate::seed::Seeding;

/// Another number makes all of them anew.
const EDITION: u32 = 1;
/// Records of the largest log.
const LARGEST: u64 = 1_000_000;

/// A log that is there whole.
#[derive(Debug)]
pub(crate) struct SeededLog {
    pub(crate) home: PathBuf,
    pub(crate) records: u64,
}

impl SeededLog {
    /// Returns the log of so many records; with `--quick`, of a fiftieth.
    pub(crate) fn sqlite(bench: &Bench, records: u64) -> Outcome<Self> {
        Self::find(bench, "sqlite", StoreKind::Sqlite, records)
    }

    /// Returns the log of a million records where it is there whole: making it takes longer than all other
    /// measurements. With `--quick` it is a fiftieth of that, and made.
    pub(crate) fn largest(bench: &Bench) -> Outcome<Option<Self>> {
        if bench.is_quick() {
            return Self::sqlite(bench, LARGEST).map(Some);
        }
        let home = bench.kept().join(format!("sqlite-{LARGEST}"));
        if count(&home).is_ok_and(|found| found == LARGEST) {
            return Ok(Some(Self { home, records: LARGEST }));
        }
        say(&format!(
            "left out: there is no log of {LARGEST} records; make it by `cargo xtask seed --store sqlite \
             --path {} --records {LARGEST}`",
            home.display()
        ));
        Ok(None)
    }

    /// The log of so many records as JSON files.
    pub(crate) fn json(bench: &Bench, records: u64) -> Outcome<Self> {
        Self::find(bench, "json", StoreKind::Json, records)
    }

    fn find(bench: &Bench, name: &str, store: StoreKind, records: u64) -> Outcome<Self> {
        let records = if bench.is_quick() { records / 50 } else { records };
        let home = bench.kept().join(format!("{name}-{records}"));
        let seal = home.join("whole");
        let whole = format!("edition {EDITION}\n");
        if fs::read_to_string(&seal).is_ok_and(|found| found == whole) {
            return Ok(Self { home, records });
        }
        say(&format!("making a log of {records} records …"));
        remove(&home)?;
        fs::create_dir_all(bench.kept())?;
        Seeding { store, home: home.clone(), records, seed: 0 }.fill()?;
        let config = format!("[audit]\nstore = \"{name}\"\n");
        File::create_new(home.join("config.toml"))?.write_all(config.as_bytes())?;
        File::create_new(seal)?.write_all(whole.as_bytes())?;
        Ok(Self { home, records })
    }

    /// The number of records with a mark between thousands.
    pub(crate) fn size(&self) -> String {
        match (self.records / 1000, self.records % 1000) {
            (0, rest) => rest.to_string(),
            (1.., rest) => format!("{},{rest:03}", self.records / 1000),
        }
    }
}

fn count(home: &Path) -> Outcome<u64> {
    let sql = "SELECT count(*) FROM record";
    let found: i64 = raw::onlooker(home)?.query_row(sql, [], |row| row.get(0))?;
    Ok(found.try_into()?)
}

fn remove(home: &Path) -> Outcome<()> {
    if home.exists() {
        fs::remove_dir_all(home)?;
    }
    Ok(())
}
