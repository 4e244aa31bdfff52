//! Opening a log: keys, then pin and empty mark, then `log.opened` as entry 0.
//!
//! The pin is on disk before the first signature is in the store, so a log that was opened here can
//! always be told from another one.

use serde_json::{Map, Value, json};

use crate::ambient::{Ambient, Step};
use crate::append::Tip;
use crate::checkpoint::SignedCheckpoint;
use crate::config::AuditConfig;
use crate::entry::FORMAT_VERSION;
use crate::error::AuditError;
use crate::event::{Event, Kind};
use crate::guard::{contradiction, layout_fault};
use crate::id::Origin;
use crate::keyfolder::KeyFolder;
use crate::known::Known;
use crate::merkle::Frontier;
use crate::state::{Pin, StateFolder};
use crate::store::{Keep, Reader, StoreError, Writer};

/// What an opened successor says of the log before it.
pub(crate) struct Succession<'a> {
    pub(crate) predecessor: Option<Origin>,
    pub(crate) seen: Option<SignedCheckpoint>,
    pub(crate) reason: &'a str,
}

/// Opens a log: keys, then pin and empty mark, then `log.opened`.
pub(crate) struct Opener<'log> {
    pub(crate) config: &'log AuditConfig,
    pub(crate) ambient: &'log Ambient,
    pub(crate) state: &'log StateFolder,
    pub(crate) keys: &'log KeyFolder,
}

impl Opener<'_> {
    pub(crate) fn open(
        &self,
        writer: Box<dyn Writer + '_>,
        known: &Known,
        succession: Option<&Succession<'_>>,
    ) -> Result<SignedCheckpoint, AuditError> {
        check_empty(&*writer, &known.place)?;
        if succession.is_none()
            && let Some(finding) = known.gone()
        {
            return Err(contradiction(finding));
        }
        let keys = self.keys.load_or_create(self.ambient)?;
        let origin = match (succession, &known.origin, &self.config.origin) {
            // Pinned by a first run that was cut short before it opened the log.
            (None, Some(origin), _) | (None, None, Some(origin)) => origin.clone(),
            (Some(_), ..) | (None, None, None) => Origin::random(self.ambient.random()?),
        };
        let pin = Pin {
            origin: origin.clone(),
            log_key: keys.log.public(),
            attest_key: keys.attest.public(),
            signing: self.config.sign_records,
        };
        self.state.write_pin(&pin, &keys.log)?;
        self.state.write_empty_mark(&origin)?;
        self.state.write_location(&known.place, &origin)?;
        self.ambient.after(Step::Pinned);
        let event = Event {
            kind: Kind::LogOpened,
            audit_id: None,
            time: self.ambient.now(),
            members: opening_members(&pin, succession),
        };
        let tip = Tip {
            origin: &origin,
            frontier: &Frontier::default(),
            signer: pin.signing.then_some(&*keys.log),
            ambient: self.ambient,
        };
        let checkpoint = tip.commit(writer, &[event], Keep::ForEver)?;
        self.ambient.after(Step::LogOpened);
        self.state.raise_mark(&checkpoint)?;
        Ok(checkpoint)
    }
}

/// Refuses a file that holds something else than an empty audit store.
pub(crate) fn check_empty(reader: &dyn Reader, place: &str) -> Result<(), StoreError> {
    match layout_fault(reader)? {
        Some(reason) => Err(StoreError::Unreadable { place: place.to_owned(), reason }),
        None => Ok(()),
    }
}

fn opening_members(pin: &Pin, succession: Option<&Succession<'_>>) -> Map<String, Value> {
    let name = pin.origin.as_str();
    let mut members = Map::from_iter([
        ("format".to_owned(), FORMAT_VERSION.into()),
        ("signing".to_owned(), pin.signing.into()),
        ("log_key".to_owned(), pin.log_key.to_vkey(name).into()),
        ("attest_key".to_owned(), pin.attest_key.to_vkey(name).into()),
    ]);
    if let Some(succession) = succession {
        let predecessor = json!({
            "origin": succession.predecessor.as_ref().map(Origin::as_str),
            "checkpoint": succession.seen.as_ref().map(SignedCheckpoint::to_text),
        });
        members.insert("predecessor".to_owned(), predecessor);
        members.insert("reason".to_owned(), succession.reason.into());
    }
    members
}
