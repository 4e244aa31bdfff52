//! What this machine knows of a log before it looks at its store.
//!
//! Marks only grow, and only after the store did: a mark read before the store's snapshot can be
//! older than what is found there, never newer. The other way round, a log that grows meanwhile would
//! look rolled back.

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::error::AuditError;
use crate::finding::{Code, Finding};
use crate::id::Origin;
use crate::key::PublicKey;
use crate::keyfolder::{KeyFolder, KeyName};
use crate::state::{SignedPin, StateFolder};
use crate::store::{Store, StoreError};
use crate::trust::Anchor;

/// What this machine knows of the log at a place.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) place: String,
    /// The log that was seen at this place.
    pub(crate) origin: Option<Origin>,
    /// Its newest checkpoint seen; at a place that is new, that of the log whose name stands there.
    pub(crate) mark: Option<SignedCheckpoint>,
    pin: Option<SignedPin>,
    own: Option<PublicKey>,
    /// A first key that somebody vouches for, before it is pinned.
    given: Option<PublicKey>,
}

impl Known {
    /// Reads location, mark, pin and key file.
    ///
    /// # Errors
    /// A state or key file that cannot be used.
    pub(crate) fn read(
        store: &mut dyn Store,
        state: &StateFolder,
        keys: &KeyFolder,
    ) -> Result<Self, AuditError> {
        let place = store.place();
        let origin = state.origin_at(&place)?;
        let named = if origin.is_some() { None } else { peek(store)? };
        Self::of(place, origin, named, state, keys)
    }

    /// The same under the append lock, where the store cannot grow: `named` is the log found there.
    ///
    /// # Errors
    /// A state or key file that cannot be used.
    pub(crate) fn under_lock(
        place: String,
        named: Option<Origin>,
        state: &StateFolder,
        keys: &KeyFolder,
    ) -> Result<Self, AuditError> {
        let origin = state.origin_at(&place)?;
        Self::of(place, origin, named, state, keys)
    }

    fn of(
        place: String,
        origin: Option<Origin>,
        named: Option<Origin>,
        state: &StateFolder,
        keys: &KeyFolder,
    ) -> Result<Self, AuditError> {
        let named = origin.clone().or(named);
        let (mark, pin) = match &named {
            Some(origin) => (state.mark(origin)?, state.pin(origin)?),
            None => (None, None),
        };
        // A pin says it all: the key file need not be there to read a log.
        let own = if pin.is_none() { keys.public(KeyName::Log)? } else { None };
        Ok(Self { place, origin, mark, pin, own, given: None })
    }

    /// Takes the caller's word for which log lies at a place, whatever lay there before, and for its
    /// first key; what is known of that very log still counts.
    ///
    /// # Errors
    /// A state or key file that cannot be used.
    pub(crate) fn given(
        place: String,
        (origin, first): (Origin, &PublicKey),
        state: &StateFolder,
        keys: &KeyFolder,
    ) -> Result<Self, AuditError> {
        let known = Self::of(place, None, Some(origin), state, keys)?;
        Ok(Self { given: Some(first.clone()), ..known })
    }

    /// Whether the holder of `own` pinned the log.
    pub(crate) fn pinned_by(&self, own: &PublicKey) -> bool {
        self.pin.as_ref().is_some_and(|pin| pin.by(own))
    }

    /// Returns what vouches for the log's keys, with those that the caller vouches for.
    pub(crate) fn anchor(&self, given: &[PublicKey]) -> Anchor {
        let given = self.given.iter().chain(given).cloned().collect();
        let pin = self.pin.as_ref().map(|signed| signed.pin.clone());
        Anchor { pin, own: self.own.clone(), given }
    }

    /// Returns the mark, where it is of a log that was opened.
    pub(crate) fn marked(&self) -> Option<&Checkpoint> {
        self.mark.as_ref().map(SignedCheckpoint::checkpoint).filter(|mark| mark.size > 0)
    }

    /// Returns the finding of a log that was seen here, when nothing is here now. A log that is known
    /// and has lost its mark as well was seen too: it is never opened a second time.
    pub(crate) fn gone(&self) -> Option<Finding> {
        let origin = self.origin.as_ref()?;
        let detail = match (&self.mark, self.marked()) {
            (Some(_), None) => return None,
            (_, Some(mark)) => format!(
                "the log `{origin}` of {} entries was seen at `{}`, and nothing is there",
                mark.size, self.place
            ),
            (None, None) => format!(
                "the log `{origin}` was seen at `{}`; both it and its mark are gone",
                self.place
            ),
        };
        Some(Finding::error(Code::LogRolledBack, detail).at(0))
    }
}

/// The origin that the store itself names, where nothing is known of the place.
fn peek(store: &mut dyn Store) -> Result<Option<Origin>, StoreError> {
    if !store.exists() {
        return Ok(None);
    }
    match store.read() {
        Ok(reader) => Ok(reader.head()?.and_then(|head| Origin::parse(&head.origin))),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
