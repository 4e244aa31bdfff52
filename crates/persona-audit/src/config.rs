//! What the caller decides about the audit trail.

use std::path::PathBuf;

use crate::database_url::DatabaseUrl;
use crate::id::Origin;
use crate::store::json::JsonStore;
use crate::store::memory::MemoryStore;
use crate::store::{Store, StoreError};
use crate::time::SixMonths;

/// Where the log is kept.
#[derive(Clone, Debug, Default)]
pub enum StoreKind {
    /// One SQLite file (feature `sqlite`).
    #[default]
    Sqlite,
    /// A folder with one JSON file an entry.
    Json,
    /// One of the logs in a PostgreSQL database (feature `postgres`).
    Postgres(PostgresLog),
    /// Nowhere: gone with the last clone of this log. For tests.
    Memory(MemoryLog),
}

/// Which log of which database.
#[derive(Clone, Debug)]
pub struct PostgresLog {
    /// The database.
    pub url: DatabaseUrl,
    /// The name of the log in it.
    pub log: String,
}

/// A log in memory that clones share.
#[derive(Clone, Debug)]
pub struct MemoryLog(MemoryStore);

impl MemoryLog {
    /// Makes an empty log whose liveness locks lie in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self(MemoryStore::new(folder))
    }
}

/// The settings `audit.*`.
#[expect(clippy::struct_excessive_bools, reason = "settings that users know by these names")]
#[derive(Clone, Debug)]
pub struct AuditConfig {
    /// Whether runs are recorded at all.
    pub enabled: bool,
    /// The kind of store.
    pub store: StoreKind,
    /// The folder with the store.
    pub store_path: PathBuf,
    /// The folder with the private keys.
    pub key_path: PathBuf,
    /// The folder with pins, marks and pending closings. Not below `store_path`: who can change the
    /// store must not thereby change what it is held against.
    pub state_path: PathBuf,
    /// For how many days records are kept; 0 keeps them for ever.
    pub retention_days: u32,
    /// Whether six calendar months are a floor under the days.
    pub retention_floor: SixMonths,
    /// Whether prompts are kept, once a drafter has any.
    pub include_prompts: bool,
    /// Whether outputs are kept beside their hashes.
    pub include_outputs: bool,
    /// Whether checkpoints and attestations are signed; a log that is not as set is changed by the
    /// next run, which says so in it.
    pub sign_records: bool,
    /// The origin of a new log, instead of a random one.
    pub origin: Option<Origin>,
    /// Whether attestations repeat who ran the tool where.
    pub attest_identity: bool,
}

impl AuditConfig {
    /// Returns the defaults with everything below one folder: `audit/`, `keys/` and `state/`.
    pub fn in_folder(home: impl Into<PathBuf>) -> Self {
        let home = home.into();
        Self {
            enabled: true,
            store: StoreKind::default(),
            store_path: home.join("audit"),
            key_path: home.join("keys"),
            state_path: home.join("state"),
            retention_days: 180,
            retention_floor: SixMonths::AtLeast,
            include_prompts: true,
            include_outputs: false,
            sign_records: true,
            origin: None,
            attest_identity: false,
        }
    }

    /// Names the store that these settings mean; nothing is opened.
    pub(crate) fn store(&self) -> Result<Box<dyn Store>, StoreError> {
        match &self.store {
            StoreKind::Memory(MemoryLog(store)) => Ok(Box::new(store.clone())),
            #[cfg(feature = "sqlite")]
            StoreKind::Sqlite => {
                Ok(Box::new(crate::store::sqlite::SqliteStore::new(self.store_path.clone())))
            }
            #[cfg(not(feature = "sqlite"))]
            StoreKind::Sqlite => {
                Err(StoreError::NotCompiled { store: "sqlite", feature: "sqlite" })
            }
            StoreKind::Json => Ok(Box::new(JsonStore::new(self.store_path.clone()))),
            #[cfg(feature = "postgres")]
            StoreKind::Postgres(log) => {
                Ok(Box::new(crate::store::postgres::PostgresStore::new(log.clone())?))
            }
            #[cfg(not(feature = "postgres"))]
            StoreKind::Postgres(_) => {
                Err(StoreError::NotCompiled { store: "postgres", feature: "postgres" })
            }
        }
    }
}
