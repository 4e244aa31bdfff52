//! Which log lies at which place, and where a log has gone that was moved.
//!
//! A move is one replaced file: the old place's, once it says where the log went. Until then the new
//! place, which says from where the log comes, holds no log that anybody appends to.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::error::AuditError;
use crate::files::Durable;
use crate::id::Origin;
use crate::state::{MAX_SMALL, StateError, StateFolder, hashed, read_json, write_json};

/// What this machine knows of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    /// The log that was seen there.
    pub(crate) origin: Origin,
    /// Whether it still lies there.
    pub(crate) whereabouts: Whereabouts,
}

/// Whether a log lies at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// It does.
    Here,
    /// It was moved to the place named.
    MovedTo(String),
    /// It is being moved from the place named; it lies here once that place says so.
    ArrivingFrom(String),
}

impl StateFolder {
    /// Returns which log this machine knows to lie at `place`.
    ///
    /// # Errors
    /// [`AuditError::Moved`] and [`AuditError::Arriving`] where it lies elsewhere, and a state file that
    /// cannot be used.
    pub(crate) fn origin_at(&self, place: &str) -> Result<Option<Origin>, AuditError> {
        let Some(Location { origin, whereabouts }) = self.location(place)? else { return Ok(None) };
        let place = || place.to_owned();
        match whereabouts {
            Whereabouts::Here => Ok(Some(origin)),
            Whereabouts::MovedTo(to) => Err(AuditError::Moved { place: place(), to }),
            Whereabouts::ArrivingFrom(from) if self.has_moved(&from, &place())? => Ok(Some(origin)),
            Whereabouts::ArrivingFrom(from) => Err(AuditError::Arriving { place: place(), from }),
        }
    }

    /// Returns what is known of a place, as it is written.
    pub(crate) fn location(&self, place: &str) -> Result<Option<Location>, StateError> {
        let path = self.location_file(place);
        let Some(value) = read_json(&path, MAX_SMALL)? else { return Ok(None) };
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let whereabouts = match (text("moved_to"), text("arriving_from")) {
            (Some(to), _) => Whereabouts::MovedTo(to),
            (None, Some(from)) => Whereabouts::ArrivingFrom(from),
            (None, None) => Whereabouts::Here,
        };
        match (text("place"), text("origin").as_deref().and_then(Origin::parse)) {
            (Some(named), Some(origin)) if named == place => {
                Ok(Some(Location { origin, whereabouts }))
            }
            _ => Err(StateError::Malformed { path }),
        }
    }

    /// Says that the log `origin` lies at `place`.
    pub(crate) fn write_location(&self, place: &str, origin: &Origin) -> Result<(), StateError> {
        self.write_whereabouts(place, origin, &Whereabouts::Here)
    }

    /// Replaces what is known of a place, durably.
    pub(crate) fn write_whereabouts(
        &self,
        place: &str,
        origin: &Origin,
        whereabouts: &Whereabouts,
    ) -> Result<(), StateError> {
        let mut value = json!({"v": 1, "place": place, "origin": origin.as_str()});
        let (name, other) = match whereabouts {
            Whereabouts::Here => ("", None),
            Whereabouts::MovedTo(to) => ("moved_to", Some(to)),
            Whereabouts::ArrivingFrom(from) => ("arriving_from", Some(from)),
        };
        if let (Some(members), Some(other)) = (value.as_object_mut(), other) {
            members.insert(name.to_owned(), other.as_str().into());
        }
        write_json(&self.location_file(place), &value, Durable::Yes)
    }

    /// Whether the log of `from` was moved to `to`.
    fn has_moved(&self, from: &str, to: &str) -> Result<bool, StateError> {
        let location = self.location(from)?;
        Ok(location.is_some_and(
            |location| matches!(location.whereabouts, Whereabouts::MovedTo(place) if place == to),
        ))
    }

    fn location_file(&self, place: &str) -> PathBuf {
        self.0.join("locations").join(format!("{}.json", hashed(place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_at_one_place_at_every_moment_of_a_move() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path().to_owned());
        let origin = Origin::parse("persona/x").unwrap();
        let at = |place: &str| state.origin_at(place);
        state.write_location("old", &origin).unwrap();
        let arriving = Whereabouts::ArrivingFrom("old".to_owned());
        state.write_whereabouts("new", &origin, &arriving).unwrap();
        assert_eq!(at("old").unwrap(), Some(origin.clone()));
        assert!(matches!(at("new"), Err(AuditError::Arriving { from, .. }) if from == "old"));
        let moved = Whereabouts::MovedTo("new".to_owned());
        state.write_whereabouts("old", &origin, &moved).unwrap();
        assert!(matches!(at("old"), Err(AuditError::Moved { to, .. }) if to == "new"));
        assert_eq!(at("new").unwrap(), Some(origin.clone()));
        state.write_location("new", &origin).unwrap();
        assert_eq!(at("new").unwrap(), Some(origin));
        assert_eq!(at("elsewhere").unwrap(), None);
    }
}
