//! What lies in a store, as it lies there: however wrong it is, it can be said in these types.

use crate::digest::Digest;
use crate::seal::Half;
use crate::store::HalfName;

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
    /// What is wrong with the newest entry, in a store that keeps the note in it, where it does not read.
    pub fault: Option<String>,
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

    /// Erases the half; its commitment stays.
    pub(crate) fn erase(&mut self) {
        if !self.is_erased() {
            let commitment = self.commitment().map(|digest| digest.as_bytes().to_vec());
            *self = Self { commitment, ..Self::default() };
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
    /// The state of the log after this entry, in a store of [`Grain::Entry`].
    pub state: Option<StoredState>,
    /// Why what lies at the place reads as no entry, in words that follow its number.
    /// Then the header is none, and the rest is empty.
    pub fault: Option<&'static str>,
}

impl StoredEntry {
    /// Erases one half; no commitment is left when both are gone.
    pub(crate) fn erase(&mut self, half: HalfName) {
        match half {
            HalfName::Public => self.public.erase(),
            HalfName::Private => self.private.erase(),
        }
        if self.public.is_erased() && self.private.is_erased() {
            (self.public.commitment, self.private.commitment) = (None, None);
        }
    }
}

/// The state of a log after one entry, as stored beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoredState {
    /// The largest complete subtrees, largest first.
    pub frontier: Vec<Vec<u8>>,
    /// The signed note, where one was kept.
    pub checkpoint: Option<Vec<u8>>,
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

impl From<&Half> for StoredHalf {
    fn from(half: &Half) -> Self {
        Self { body: Some(half.body.clone()), nonce: Some(half.nonce.to_vec()), commitment: None }
    }
}
