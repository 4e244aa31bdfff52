//! `persona-bench seed`: a log of any size with realistic records, through the public API.
//!
//! Ids, times, keys and nonces follow from the seed, so the same call fills every store with the same
//! entries and ends with the same root. For the same reason its keys are no secrets.

mod bodies;
mod history;
mod plain;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use persona_audit::{
    Ambient, AuditConfig, AuditTrail, DatabaseUrl, PostgresLog, Recorder, StoreKind,
};

use crate::measure::Outcome;
use crate::say;
use history::History;
use plain::{Drawn, Standing, Unwatched};

/// Records of one commit.
const BATCH: usize = 1_000;

/// Where the address of a PostgreSQL server is found: it may hold a password, so it is no argument.
const SERVER: &str = "PERSONA_TEST_POSTGRES_URL";

/// Fills the log that the arguments name.
pub(crate) fn run(arguments: &[String]) -> Outcome<()> {
    let (store, home, records, seed) = match arguments {
        [store, home, records] => (store, home, records, 0),
        [store, home, records, seed] => (store, home, records, seed.parse()?),
        _ => return Err("usage: persona-bench seed STORE FOLDER RECORDS [SEED]".into()),
    };
    let store = match store.as_str() {
        "sqlite" => StoreKind::Sqlite,
        "json" => StoreKind::Json,
        "postgres" => {
            let url = server().ok_or("no address of a PostgreSQL server was given")?;
            StoreKind::Postgres(PostgresLog { url, log: "default".to_owned() })
        }
        other => return Err(format!("`{other}` is none of sqlite, json, postgres").into()),
    };
    let home = PathBuf::from(home);
    let rate = Seeding { store, home, records: records.parse()?, seed }.fill()?;
    io::stdout().write_all(format!("{rate:.0} records/s\n").as_bytes())?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "an address with a password is no argument")]
pub(crate) fn server() -> Option<DatabaseUrl> {
    std::env::var(SERVER).ok().map(DatabaseUrl::new)
}

/// What is to be filled.
#[derive(Clone, Debug)]
pub(crate) struct Seeding {
    pub(crate) store: StoreKind,
    /// The folder for store, keys and state, laid out as `PERSONA_HOME` is.
    pub(crate) home: PathBuf,
    pub(crate) records: u64,
    pub(crate) seed: u64,
}

impl Seeding {
    /// Returns the settings of the log that is filled.
    pub(crate) fn config(&self) -> AuditConfig {
        AuditConfig { store: self.store.clone(), ..AuditConfig::in_folder(&self.home) }
    }

    /// Fills the log and says how fast that was, in records a second.
    pub(crate) fn fill(&self) -> Outcome<f64> {
        refuse_remains(&self.home)?;
        let recorder = Recorder::new(self.config(), drawn(self.seed));
        let (batches, made) = mpsc::sync_channel(2);
        let mut history = History::new(self.seed, self.records);
        let maker = std::thread::spawn(move || {
            loop {
                let batch: Vec<_> = history.by_ref().take(BATCH).collect();
                if batch.is_empty() || batches.send(batch).is_err() {
                    return;
                }
            }
        });
        let mut progress = Progress::new(self.records);
        for batch in made {
            recorder.backfill(&batch)?;
            progress.add(u64::try_from(batch.len())?);
        }
        if maker.join().is_err() {
            return Err("making the records failed".into());
        }
        progress.say();
        if let Some(checkpoint) = AuditTrail::new(self.config()).checkpoint()? {
            say(checkpoint.trim_end());
        }
        Ok(progress.rate())
    }
}

/// A log that is there already would get every record a second time, which it refuses.
fn refuse_remains(home: &Path) -> Outcome<()> {
    fs::create_dir_all(home)?;
    match fs::read_dir(home)?.next() {
        Some(_) => Err(format!("`{}` is not empty", home.display()).into()),
        None => Ok(()),
    }
}

/// Time and randomness that follow from a seed.
fn drawn(seed: u64) -> Ambient {
    Ambient::new(
        Arc::new(Standing),
        Arc::new(Drawn(AtomicU64::new(seed.wrapping_mul(0x0001_0000_0001)))),
        Arc::new(Unwatched),
    )
}

/// What is said while a log is filled.
struct Progress {
    began: Instant,
    said: Instant,
    done: u64,
    of: u64,
}

impl Progress {
    fn new(of: u64) -> Self {
        let now = Instant::now();
        Self { began: now, said: now, done: 0, of }
    }

    fn add(&mut self, records: u64) {
        self.done += records;
        if self.said.elapsed() >= Duration::from_secs(5) {
            self.say();
            self.said = Instant::now();
        }
    }

    fn rate(&self) -> f64 {
        let done = f64::from(u32::try_from(self.done).unwrap_or(u32::MAX));
        done / self.began.elapsed().as_secs_f64()
    }

    fn say(&self) {
        let seconds = self.began.elapsed().as_secs();
        let (done, of, rate) = (self.done, self.of, self.rate());
        say(&format!("{done} of {of} records after {seconds} s: {rate:.0} records/s"));
    }
}
