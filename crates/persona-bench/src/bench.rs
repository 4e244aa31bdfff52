//! What all measurements share: the program, a folder on the disk at hand, and how often.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::measure::{Outcome, timed};

/// How often each operation is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounds {
    /// Enough for a median.
    Enough,
    /// Enough to see that the measurement works.
    Few,
}

/// The program under measurement and its place.
#[derive(Debug)]
pub(crate) struct Bench {
    program: PathBuf,
    rounds: Rounds,
    /// Megabytes of a big input.
    big: u64,
    folder: TempDir,
}

impl Bench {
    /// Works beside the program, since temporary folders are often no disk.
    pub(crate) fn new(program: &Path, rounds: Rounds, big: u64) -> Outcome<Self> {
        let program = program.canonicalize()?;
        let beside = program.parent().ok_or("the program lies in no folder")?;
        let folder = tempfile::Builder::new().prefix("persona-bench-").tempdir_in(beside)?;
        Ok(Self { program, rounds, big, folder })
    }

    /// Returns the folder that everything is written in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// Returns the folder for what the next run may use again.
    pub(crate) fn kept(&self) -> PathBuf {
        let beside = self.program.parent().unwrap_or(Path::new("."));
        beside.join("persona-bench-logs")
    }

    pub(crate) fn is_quick(&self) -> bool {
        self.rounds == Rounds::Few
    }

    pub(crate) fn big(&self) -> u64 {
        self.big
    }

    pub(crate) fn rounds(&self, enough: usize) -> usize {
        match self.rounds {
            Rounds::Enough => enough,
            Rounds::Few => enough.min(4),
        }
    }

    /// Runs `persona` to its end with `home` as `PERSONA_HOME`; returns the milliseconds from start to
    /// end of the process.
    pub(crate) fn persona(&self, home: &Path, arguments: &[&OsStr]) -> Outcome<f64> {
        let mut command = Command::new(&self.program);
        command.args(arguments).env_clear().env("PERSONA_HOME", home);
        self.process(&mut command)
    }

    /// Runs `persona` once more and returns the most memory it had in use, in megabytes, as GNU `time` sees
    /// it; not-a-number without it.
    pub(crate) fn most_memory(&self, home: &Path, arguments: &[&OsStr]) -> Outcome<f64> {
        let mut command = Command::new("/usr/bin/time");
        command.args(["-f", "%M"]).arg(&self.program).args(arguments);
        command.env_clear().env("PERSONA_HOME", home).current_dir(self.folder());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let Ok(ended) = command.spawn().and_then(Child::wait_with_output) else {
            return Ok(f64::NAN);
        };
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        let kibibytes = told.lines().last().and_then(|line| line.trim().parse::<f64>().ok());
        kibibytes.map(|size| size * 1024.0 / 1e6).ok_or_else(|| told.into())
    }

    /// Runs any program to its end.
    pub(crate) fn process(&self, command: &mut Command) -> Outcome<f64> {
        command.current_dir(self.folder());
        let told = self.folder().join("stderr");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&told)?);
        let (status, taken) = timed(|| Ok(command.status()?))?;
        if status.success() {
            return Ok(taken);
        }
        let told = fs::read_to_string(told)?;
        Err(format!("{command:?} ended with {status}: {}", told.trim()).into())
    }
}
