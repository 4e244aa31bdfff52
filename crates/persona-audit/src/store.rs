//! What a store is: dumb, small, atomic. All policy is in the recorder and the verifier above it.
//!
//! Reading gives back what lies there, however wrong it is; judging it is the verifier's work.

use std::fmt;
use std::sync::Arc;

use crate::digest::Digest;
use crate::liveness::Liveness;
use crate::merkle::NodeId;

mod change;
mod disk;
mod error;
pub(crate) mod json;
pub(crate) mod memory;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
mod rights;
mod row;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
mod stored;

pub(crate) use change::{Appended, Batch, Erasure, HalfName, Keep, Part};
pub use error::{Obstacle, StoreError};
pub use rights::{Rights, Use};
pub(crate) use row::{Row, RowChange, RowFilter, RowTexts};
pub(crate) use stored::{Head, KeptCheckpoint, StoredEntry, StoredHalf, StoredNode, StoredState};

/// A store of one log. Object-safe, synchronous; docs/audit-stores.md states the contract clause by
/// clause, and [`testing`](crate::testing) has a test of each.
pub(crate) trait Store: fmt::Debug + Send {
    /// Returns where the store is, as one stable line of text without secrets.
    fn place(&self) -> String;

    /// Returns the locks by which this log's runs show that they are alive.
    fn liveness(&self) -> Arc<dyn Liveness>;

    /// Whether something lies at the place; an empty file is nothing.
    fn exists(&self) -> bool;

    /// Whether whoever only takes the append lock and lets it go leaves nothing behind, so that it need not
    /// be asked beforehand whether something is there.
    fn leaves_no_trace(&self) -> bool {
        false
    }

    /// Moves what lies at the place aside, under a name that ends with `suffix`; nothing is lost.
    ///
    /// # Errors
    /// What keeps it from being moved.
    fn set_aside(&mut self, suffix: &str) -> Result<(), StoreError>;

    /// Returns how many bytes the store takes, where it can tell.
    ///
    /// # Errors
    /// What keeps it from being looked at.
    fn bytes(&mut self) -> Result<Option<u64>, StoreError> {
        Ok(None)
    }

    /// Returns what this user may do there, where somebody else decides that: a database.
    ///
    /// # Errors
    /// What keeps it from being asked.
    fn rights(&mut self) -> Result<Option<Rights>, StoreError> {
        Ok(None)
    }

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

    /// Begins to take over the log `origin` from elsewhere, or goes on where that was cut short. Nobody
    /// sees any of it before [`Importer::finish`].
    ///
    /// # Errors
    /// [`StoreError::Occupied`] where a log is, and what keeps it from being written.
    fn import(&mut self, origin: &str) -> Result<Box<dyn Importer + '_>, StoreError>;
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

    /// Counts the runs that entries are filed under.
    ///
    /// # Errors
    /// What keeps them from being counted.
    fn runs(&self) -> Result<u64, StoreError>;

    /// Returns the hashes of complete subtrees, each where it is asked for.
    ///
    /// # Errors
    /// What keeps them from being read.
    fn subtrees(&self, nodes: &[NodeId]) -> Result<Vec<Option<Digest>>, StoreError>;

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
    fn oddities(&self, depth: Depth) -> Result<Vec<Oddity>, StoreError>;
}

/// How closely a store looks at its own layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The schema alone: what a writer affords before every append.
    Schema,
    /// Every index against its table as well.
    Indexes,
}

/// Something in a store that this version did not lay out so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Oddity {
    /// It may stand between what is stored and what is read: nothing is appended.
    Fault(String),
    /// A file that follows from the entries goes beyond the last one: entries are gone. It is believed up to
    /// there, and cut by whoever appends.
    Beyond(String),
    /// A file that is part of nothing; the next writer removes it if a writer left it.
    Stray(String),
}

/// How much of a batch appears in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grain {
    /// All of it.
    Batch,
    /// One entry after the other, each with the state of the log after it.
    Entry,
}

/// The append lock: a view that nobody else can change until it is dropped or committed.
pub(crate) trait Writer: Reader {
    /// Returns how much of a batch appears in one step.
    fn grain(&self) -> Grain {
        Grain::Batch
    }

    /// Appends, durably, when the log still has `batch.expected_size` entries.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when it has not, and what kept it from being written; then nothing was
    /// ([`Grain::Entry`]: then what was appended is a beginning of it, and whole).
    fn commit(self: Box<Self>, batch: &Batch) -> Result<(), StoreError>;

    /// Erases halves with their nonces, and changes rows, durably: headers and subtrees stay, and the
    /// commitment of an erased half for as long as the other half does. What is erased already stays so.
    ///
    /// # Errors
    /// What kept it from being written.
    #[cfg_attr(not(test), expect(dead_code, reason = "retention will purge through it"))]
    fn erase(self: Box<Self>, erasure: &Erasure) -> Result<(), StoreError>;

    /// Gives what lies here another name, which ends with `.suffix`, and returns that name. Whoever waits
    /// for the lock finds no log then.
    ///
    /// # Errors
    /// What kept it from being renamed; then it was not.
    fn retire(self: Box<Self>, suffix: &str) -> Result<String, StoreError>;
}

/// A log that is being taken over from elsewhere, byte for byte.
pub(crate) trait Importer {
    /// Returns how many entries are here already.
    ///
    /// # Errors
    /// What keeps them from being counted.
    fn staged(&self) -> Result<u64, StoreError>;

    /// Adds the next entries, durably. A row that is there already is replaced.
    ///
    /// # Errors
    /// What kept them from being written.
    fn add(&mut self, part: &Part) -> Result<(), StoreError>;

    /// Makes the log appear, in one step, with this head.
    ///
    /// # Errors
    /// What keeps it from appearing; then it has not.
    fn finish(self: Box<Self>, head: &Head) -> Result<(), StoreError>;
}
