//! Runs with and without a record, in turns.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::bench::Bench;
use crate::measure::{Outcome, Series};

/// Makes runs of one file, each in a new output folder.
#[derive(Debug)]
pub(crate) struct Runs<'bench> {
    pub(crate) bench: &'bench Bench,
    pub(crate) data: PathBuf,
    /// Holds homes and outputs.
    pub(crate) folder: PathBuf,
    made: usize,
}

/// Whether a run leaves a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audit {
    Recorded,
    Off,
}

/// Runs next to each other in time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    pub(crate) recorded: Series,
    pub(crate) off: Series,
}

impl<'bench> Runs<'bench> {
    pub(crate) fn new(bench: &'bench Bench, data: PathBuf, name: &str) -> Self {
        Self { bench, data, folder: bench.folder().join(name), made: 0 }
    }

    /// Returns the home of the log that stays.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// Returns the folder that the newest run put its own into.
    pub(crate) fn output(&self) -> PathBuf {
        self.folder.join(format!("output-{}", self.made))
    }

    pub(crate) fn run(&mut self, home: &Path, audit: Audit) -> Outcome<f64> {
        self.made += 1;
        let output = self.output();
        let mut arguments: Vec<&OsStr> = vec!["generate".as_ref(), self.data.as_ref()];
        arguments.extend([OsStr::new("--output"), output.as_ref()]);
        if audit == Audit::Off {
            arguments.push("--no-audit".as_ref());
        }
        self.bench.persona(home, &arguments)
    }

    /// Takes a pair on the log that stays; which of the two is first changes every time.
    pub(crate) fn pair(&mut self, pairs: &mut Pairs) -> Outcome<()> {
        let home = self.home();
        let recorded_first = self.made % 4 < 2;
        if recorded_first {
            pairs.recorded.push(self.run(&home, Audit::Recorded)?);
        }
        pairs.off.push(self.run(&home, Audit::Off)?);
        if !recorded_first {
            pairs.recorded.push(self.run(&home, Audit::Recorded)?);
        }
        Ok(())
    }
}

impl Pairs {
    /// What the record adds to each run.
    pub(crate) fn added(&self) -> Series {
        self.recorded.with(&self.off, |recorded, off| recorded - off)
    }

    /// The same in percent of the run without it.
    pub(crate) fn share(&self) -> Series {
        self.added().with(&self.off, |added, off| added / off * 100.0)
    }
}
