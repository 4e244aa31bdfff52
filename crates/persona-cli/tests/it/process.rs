//! Starting `persona` in a world of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot start its process has failed")]

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// A current folder with a home in it, gone at the end of the test.
pub(crate) struct World {
    folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The rest of the environment stays: coverage tells its children by a variable where to write.
    pub(crate) fn persona(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_persona"));
        command.args(arguments).current_dir(self.folder()).stdin(Stdio::null());
        for name in ["PERSONA_USER", "XDG_STATE_HOME", "NO_COLOR"] {
            command.env_remove(name);
        }
        command.env("PERSONA_HOME", self.folder().join("home"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.persona(arguments).output().unwrap().into()
    }
}

/// What a process left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
