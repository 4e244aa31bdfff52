//! What a store is: dumb, small, atomic. All policy is in the recorder and the verifier above it.
//!
//! Reading gives back what lies there, however wrong it is; judging it is the verifier's work.

use std::fmt;
use std::path::PathBuf;

use crate::digest::Digest;
use crate::entry::Entry;
use crate::merkle::NodeId;

#[cfg(feature = "sqlite")]
mod disk;
pub(crate) mod memory;
mod row;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

pub(crate) use row::{Row, RowChange, RowFilter};

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
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
    /// This build has no such store.
    #[error("this build has no `{store}` store")]
    NotCompiled {
        /// The store asked for.
        store: &'static str,
        /// The cargo feature that brings it.
        feature: &'static str,
    },
}

/// A store of one log. Object-safe, synchronous; `memory`, `sqlite` and later others.
///
/// An append is one atomic step: entries, subtrees, rows and checkpoint appear together or not at
/// all, and an acknowledged append survives `kill -9` and a full disk.
pub(crate) trait Store: fmt::Debug + Send {
    /// Returns where the store is, as one stable line of text.
    fn place(&self) -> String;

    /// Returns the folder beside which liveness locks lie.
    fn runs_folder(&self) -> PathBuf;

    /// Whether something lies at the place; an empty file is nothing.
    fn exists(&self) -> bool;

    /// Moves what lies at the place aside, under a name that ends with `suffix`; nothing is lost.
    ///
    /// # Errors
    /// What keeps it from being moved.
    fn set_aside(&mut self, suffix: &str) -> Result<(), StoreError>;

    /// Opens a consistent view of what is there now.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is nothing, and what keeps it from being read.
    fn read(&mut self) -> Result<Box<dyn Reader + '_>, StoreError>;

    /// Takes the append lock, making an empty store where there is none.
    ///
    /// # Errors
    /// [`StoreError::Locked`] after five seconds, and what keeps it from being written.
    fn write(&mut self) -> Result<Box<dyn Writer + '_>, StoreError>;
}

/// A consistent view of a store.
pub(crate) trait Reader {
    /// Returns the log's head, or `None` in an empty store.
    ///
    /// # Errors
    /// What keeps it from being read.
    fn head(&self) -> Result<Option<Head>, StoreError>;

    /// Returns up to `limit` entries from index `from` on, in the order of their place.
    ///
    /// # Errors
    /// What keeps them from being read.
    fn entries(&self, from: i64, limit: usize) -> Result<Vec<StoredEntry>, StoreError>;

    /// Returns the entries that the store files under a run, or under none, in order.
    ///
    /// # Errors
    /// What keeps them from being read.
    fn entries_of(&self, audit_id: Option<&str>) -> Result<Vec<StoredEntry>, StoreError>;

    /// Returns a complete subtree's hash.
    ///
    /// # Errors
    /// What keeps it from being read.
    fn node(&self, node: NodeId) -> Result<Option<Digest>, StoreError>;

    /// Returns up to `limit` subtrees completed after (entry, level), in that order.
    ///
    /// # Errors
    /// What keeps them from being read.
    fn nodes(&self, after: (i64, i64), limit: usize) -> Result<Vec<StoredNode>, StoreError>;

    /// Returns the checkpoints that are kept for ever, by size.
    ///
    /// # Errors
    /// What keeps them from being read.
    fn kept_checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError>;

    /// Returns the rows that fit `filter`, newest first (time, then index).
    ///
    /// # Errors
    /// What keeps them from being read.
    fn rows(&self, filter: &RowFilter) -> Result<Vec<Row>, StoreError>;

    /// Returns what about the store's own layout is not as this version lays it out. With
    /// [`Depth::Indexes`] the store walks its indexes too.
    ///
    /// # Errors
    /// What keeps it from being looked at.
    fn layout_faults(&self, depth: Depth) -> Result<Vec<String>, StoreError>;
}

/// How closely a store looks at its own layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The schema alone: what a writer affords before every append.
    Schema,
    /// Every index against its table as well.
    Indexes,
}

/// The append lock: a view that nobody else can change until it is dropped or committed.
pub(crate) trait Writer: Reader {
    /// Appends, durably and in one step, when the log still has `batch.expected_size` entries.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when it has not, and what kept it from being written; then nothing was.
    fn commit(self: Box<Self>, batch: &Batch) -> Result<(), StoreError>;
}

/// The newest state of a log, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The log's name.
    pub origin: String,
    /// The number of entries.
    pub size: i64,
    /// The signed note.
    pub checkpoint: Vec<u8>,
    /// How many heads lie there; one is right.
    pub heads: usize,
}

/// One half of an entry, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoredHalf {
    /// The canonical bytes, unless erased.
    pub body: Option<Vec<u8>>,
    /// The nonce, unless erased.
    pub nonce: Option<Vec<u8>>,
    /// The commitment, where the half was erased and the other still stands.
    pub commitment: Option<Vec<u8>>,
}

impl StoredHalf {
    /// Returns the commitment, computed or kept, or `None` when neither can be had.
    pub(crate) fn commitment(&self) -> Option<Digest> {
        match (&self.body, &self.nonce, &self.commitment) {
            (Some(body), Some(nonce), None) if nonce.len() == 32 => {
                Some(Digest::of_parts(&[nonce, body]))
            }
            (None, None, Some(commitment)) => Digest::from_slice(commitment),
            _ => None,
        }
    }

    /// Whether body and nonce are gone.
    pub(crate) fn is_erased(&self) -> bool {
        self.body.is_none() && self.nonce.is_none()
    }
}

/// An entry, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredEntry {
    /// The place it lies at.
    pub index: i64,
    /// The run it is filed under.
    pub audit_id: Option<String>,
    /// The header's bytes.
    pub header: Vec<u8>,
    /// The public half.
    pub public: StoredHalf,
    /// The private half.
    pub private: StoredHalf,
}

/// A complete subtree, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredNode {
    /// The entry that completed it.
    pub entry: i64,
    /// The height above the leaves.
    pub level: i64,
    /// The hash.
    pub hash: Vec<u8>,
}

/// A checkpoint that is kept for ever, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptCheckpoint {
    /// The size it is filed under.
    pub size: i64,
    /// The signed note.
    pub note: Vec<u8>,
}

/// One append: entries, what they do to the tree and the rows, and the checkpoint over all.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// The log's name.
    pub origin: String,
    /// The size that the append was made for.
    pub expected_size: u64,
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// The subtrees they complete.
    pub nodes: Vec<(NodeId, Digest)>,
    /// The changes of rows.
    pub rows: Vec<RowChange>,
    /// The checkpoint over the new size, as a note.
    pub checkpoint: String,
    /// Whether the checkpoint is kept for ever.
    pub keep: Keep,
}

/// Whether a checkpoint is kept for ever or replaced by the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// It is about a key or signing event.
    ForEver,
    /// The next one says more.
    UntilTheNext,
}
