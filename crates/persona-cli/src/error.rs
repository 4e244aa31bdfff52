//! The one place where an error becomes text, a hint and an exit code. Libraries report situations; here each is given
//! its code, by one `From` per library error.

mod audit;
mod generation;
mod input;

pub(crate) use audit::remedy;

use std::{error::Error, io};

use crate::{config::ConfigError, exit::Exit, paths::PathsError};

/// An error as the user meets it.
#[derive(Debug)]
pub(crate) struct CliError {
    /// The exit code of the process.
    pub(crate) exit: Exit,
    /// A stable word for scripts, in `--json`.
    pub(crate) code: &'static str,
    /// What failed, without `Error:` and without its causes.
    pub(crate) message: String,
    /// Why, the nearest cause first.
    pub(crate) causes: Vec<String>,
    /// What to do about it.
    pub(crate) hints: Vec<String>,
}

impl CliError {
    /// The code of an error that is none: the reader of our output has gone.
    const CLOSED_PIPE: &'static str = "closed-pipe";

    pub(crate) fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self { exit, code, message: message.into(), causes: Vec::new(), hints: Vec::new() }
    }

    /// Takes the message from a library's error and the causes from its sources, but for those that the text
    /// before them says already.
    pub(crate) fn from_error(exit: Exit, code: &'static str, error: &dyn Error) -> Self {
        let mut cli_error = Self::new(exit, code, error.to_string());
        let mut source = error.source();
        while let Some(cause) = source {
            cli_error.causes.push(cause.to_string());
            source = cause.source();
        }
        cli_error
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Returns what a failed write to standard output means: an error, unless the reader has just gone.
    pub(crate) fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Done, Self::CLOSED_PIPE, "the reader of the output has gone");
        }
        let mut failed = Self::new(Exit::Failed, "output-unwritable", "standard output failed");
        failed.causes.push(error.to_string());
        failed
            .hint("see that the place it goes to has room; what was recorded before stays recorded")
    }

    /// Returns whether the process ends without a word.
    pub(crate) fn is_silent(&self) -> bool {
        self.code == Self::CLOSED_PIPE
    }

    /// Returns message and causes in one line.
    pub(crate) fn one_line(&self) -> String {
        let parts = std::iter::once(&self.message).chain(&self.causes);
        parts.map(String::as_str).collect::<Vec<_>>().join(": ")
    }
}

impl From<PathsError> for CliError {
    fn from(error: PathsError) -> Self {
        match error {
            PathsError::NoHome => Self::from_error(Exit::Usage, "no-home", &error)
                .hint("name a folder in the variable PERSONA_HOME"),
        }
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        let (exit, code) = match &error {
            ConfigError::UnknownKey { .. } | ConfigError::Misspelt { .. } => {
                (Exit::Usage, "unknown-key")
            }
            ConfigError::InvalidValue { .. }
            | ConfigError::NotUnicode { .. }
            | ConfigError::NotOfProvider { .. } => (Exit::Usage, "invalid-value"),
            ConfigError::Secret { .. } => (Exit::Usage, "secret-in-configuration"),
            ConfigError::NotForProject { .. } => (Exit::Usage, "not-for-project"),
            ConfigError::Syntax { .. }
            | ConfigError::Unreadable { .. }
            | ConfigError::Layers(_) => (Exit::Usage, "config-unreadable"),
            ConfigError::Unwritable { .. } => (Exit::Failed, "config-unwritable"),
        };
        let cli_error = Self::from_error(exit, code, &error);
        match error.hint() {
            Some(hint) => cli_error.hint(hint),
            None => cli_error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("failed to save")]
    struct Outer(#[source] io::Error);

    #[test]
    fn the_chain_of_sources_becomes_the_causes() {
        let error = Outer(io::Error::other("disk full"));
        let error = CliError::from_error(Exit::Failed, "save", &error);
        assert_eq!(error.message, "failed to save");
        assert_eq!(error.causes, ["disk full"]);
        assert_eq!(error.one_line(), "failed to save: disk full");
    }

    #[test]
    fn a_closed_pipe_is_silent_and_no_failure() {
        let closed = CliError::output(&io::ErrorKind::BrokenPipe.into());
        assert!(closed.is_silent());
        assert_eq!(closed.exit, Exit::Done);
        let full = CliError::output(&io::ErrorKind::StorageFull.into());
        assert!(!full.is_silent());
        assert_eq!(full.exit, Exit::Failed);
    }
}
