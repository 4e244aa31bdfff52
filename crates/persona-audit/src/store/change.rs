//! What a store is asked to do: append, erase, take over.

use crate::digest::Digest;
use crate::entry::Entry;
use crate::merkle::NodeId;
use crate::store::{KeptCheckpoint, Row, RowChange, StoredEntry, StoredState};

/// One append: entries, what they do to the tree and the rows, and the checkpoint over all.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// The log's name.
    pub origin: String,
    /// The size that the append was made for.
    pub expected_size: u64,
    /// The entries, in order.
    pub entries: Vec<Appended>,
    /// The checkpoint over the new size, as a note.
    pub checkpoint: String,
    /// Whether the checkpoint is kept for ever.
    pub keep: Keep,
}

/// An entry of a batch, and what goes with it.
#[derive(Clone, Debug)]
pub(crate) struct Appended {
    /// The entry.
    pub entry: Entry,
    /// The subtrees it completes.
    pub nodes: Vec<(NodeId, Digest)>,
    /// What it does to the rows.
    pub row: Option<RowChange>,
    /// The frontier and the checkpoint after it, for a store of [`Grain::Entry`].
    pub state: Option<(Vec<Digest>, String)>,
}

impl Appended {
    /// Returns the entry as a store holds it.
    pub(crate) fn stored(&self) -> StoredEntry {
        let Entry { header, header_bytes, public, private } = &self.entry;
        StoredEntry {
            index: i64::try_from(header.index).unwrap_or(i64::MAX),
            audit_id: header.audit_id.as_ref().map(ToString::to_string),
            header: header_bytes.clone(),
            public: public.into(),
            private: private.into(),
            state: self.state.as_ref().map(|(frontier, checkpoint)| StoredState {
                frontier: frontier.iter().map(|hash| hash.as_bytes().to_vec()).collect(),
                checkpoint: Some(checkpoint.clone().into_bytes()),
            }),
            fault: None,
        }
    }
}

/// Whether a checkpoint is kept for ever or replaced by the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// It is about a key or signing event.
    ForEver,
    /// The next one says more.
    UntilTheNext,
}

/// The next entries of a log that is taken over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    /// The entries, in order, as they were stored.
    pub entries: Vec<StoredEntry>,
    /// The subtrees they complete.
    pub nodes: Vec<(NodeId, Digest)>,
    /// The frontier after each entry.
    pub frontiers: Vec<Vec<Digest>>,
    /// The checkpoints over these entries that are kept for ever.
    pub kept: Vec<KeptCheckpoint>,
    /// The rows of the runs that were opened by these entries, as they stand now.
    pub rows: Vec<Row>,
}

/// What is to be erased.
#[derive(Clone, Debug, Default)]
pub(crate) struct Erasure {
    /// Which halves of which entries.
    pub halves: Vec<(u64, HalfName)>,
    /// What that does to the rows.
    pub rows: Vec<RowChange>,
}

/// Which of the two halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HalfName {
    /// What happened.
    Public,
    /// What identifies people or places.
    Private,
}
