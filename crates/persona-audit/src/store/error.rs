//! Why a store did not do what it was asked.

/// What stands between a log and its database, by what has to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The address does not read.
    Address,
    /// No log can have this name.
    LogName,
    /// Nobody answers at the address, or the connection was cut.
    Unanswered,
    /// Server and client find no encryption that both trust.
    Encryption,
    /// The server asks for a password, and there is none.
    NoPassword,
    /// The server does not let this user in.
    Login,
    /// The server has no such database.
    NoDatabase,
    /// The database is not in UTF-8.
    Encoding,
    /// The tables are not there, and this user may not make them.
    NoTables,
    /// This user may not do this.
    Rights,
    /// Something that is between the server and who runs it.
    Server,
}

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no store at this place.
    #[error("there is no audit store at `{place}`")]
    Missing {
        /// Where it should be.
        place: String,
    },
    /// The store's files cannot be used: permissions, a path below a file, a full disk.
    #[error("the audit store at `{place}` cannot be used: {reason}")]
    Unusable {
        /// Where it is.
        place: String,
        /// What the system said.
        reason: String,
    },
    /// A database cannot be used: nobody answers, or who answers refuses.
    #[error("the audit store at `{place}` cannot be used: {reason}")]
    Database {
        /// Where it is.
        place: String,
        /// What the server said, or the client.
        reason: String,
        /// What somebody has to see to.
        obstacle: Obstacle,
    },
    /// Another process held the append lock for too long.
    #[error("the audit store at `{place}` is locked by another process")]
    Locked {
        /// Where it is.
        place: String,
    },
    /// The store would lie on a network file system, whose locks and syncs cannot be relied on.
    #[error("the audit store at `{place}` lies on a network file system ({name})")]
    Network {
        /// Where it is.
        place: String,
        /// The file system.
        name: &'static str,
    },
    /// What lies there is no audit store, or cannot be read as one.
    #[error("what lies at `{place}` cannot be read as an audit store: {reason}")]
    Unreadable {
        /// Where it is.
        place: String,
        /// What was wrong.
        reason: String,
    },
    /// The store was made by a later version.
    #[error(
        "the audit store at `{place}` has schema {found}; this version of persona knows {known}"
    )]
    Newer {
        /// Where it is.
        place: String,
        /// The version found.
        found: i64,
        /// The version known.
        known: i64,
    },
    /// The log grew between the look and the append.
    #[error("the log's size moved from {expected} to {found}")]
    Moved {
        /// The size the append was made for.
        expected: u64,
        /// The size found.
        found: i64,
    },
    /// A log was to be taken over to a place that holds one.
    #[error("there is a log at `{place}` already")]
    Occupied {
        /// Where it is.
        place: String,
    },
    /// This build has no such store.
    #[error("this build has no `{store}` store")]
    NotCompiled {
        /// The store asked for.
        store: &'static str,
        /// The cargo feature that brings it.
        feature: &'static str,
    },
}
