//! What a caller may choose of a server.

use std::path::PathBuf;

use crate::programs::Programs;

/// What a server is to be like; the default listens on a Unix socket only.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(crate) programs: Option<Programs>,
    pub(crate) below: Option<PathBuf>,
    pub(crate) network: Network,
    pub(crate) settings: Vec<(String, String)>,
}

/// How a server is reached besides its socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Network {
    #[default]
    SocketOnly,
    Tcp,
    Tls,
}

impl Options {
    /// Also listens on 127.0.0.1, on a free port, for who has the password.
    #[must_use]
    pub fn tcp(self) -> Self {
        Self { network: Network::Tcp, ..self }
    }

    /// As [`Options::tcp`], and refuses connections that are not encrypted.
    #[must_use]
    pub fn tls(self) -> Self {
        Self { network: Network::Tls, ..self }
    }

    /// Puts the data below this folder, such as one on the disk to measure, not below the system's temporary folder.
    /// Its path must be short, and all users must be able to walk to it when the caller is root.
    #[must_use]
    pub fn below(self, folder: impl Into<PathBuf>) -> Self {
        Self { below: Some(folder.into()), ..self }
    }

    /// Takes these programs, not the first that are found.
    #[must_use]
    pub fn programs(self, programs: Programs) -> Self {
        Self { programs: Some(programs), ..self }
    }

    /// Sets a server parameter, such as `idle_in_transaction_session_timeout`; it wins over ours.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }
}
