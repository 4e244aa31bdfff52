//! The log as a writer has it, and the one way to append to it.
//!
//! Append lock → look ([`guard`]) → plan events → seal, sign, commit ([`Tip`]) → raise the mark.
//! Everything that ever adds an entry goes through here.

use serde_json::{Map, Value, json};

use crate::ambient::{Ambient, Step};
use crate::append::Tip;
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::config::AuditConfig;
use crate::entry::FORMAT_VERSION;
use crate::error::AuditError;
use crate::event::{Event, Kind};
use crate::files::Durable;
use crate::finding::{Code, Finding};
use crate::guard::{self, Ground};
use crate::id::Origin;
use crate::keyfolder::{KeyError, KeyFolder, KeyName, KeyPair};
use crate::merkle::Frontier;
use crate::state::{Pin, StateFolder};
use crate::store::{Depth, Keep, Reader, Store, StoreError, Writer};

/// An append opens the log first, or changes its signing first; then nothing is left to do first.
const PREPARATIONS: usize = 3;

/// A log, ready to be appended to.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) config: AuditConfig,
    pub(crate) ambient: Ambient,
    pub(crate) store: Box<dyn Store>,
    pub(crate) state: StateFolder,
    pub(crate) keys: KeyFolder,
}

/// Decides, under the append lock, which events come next.
pub(crate) type Plan<'plan> =
    &'plan mut dyn FnMut(&dyn Reader, &Origin) -> Result<Vec<Event>, AuditError>;

impl Log {
    pub(crate) fn new(config: AuditConfig, ambient: Ambient) -> Result<Self, AuditError> {
        let store = config.store()?;
        let state = StateFolder::new(config.state_path.clone());
        let keys = KeyFolder::new(config.key_path.clone());
        Ok(Self { config, ambient, store, state, keys })
    }

    /// Appends the events that `plan` returns in one commit, opening the log where there is none.
    /// The mark is the caller's to raise, once it has said what it did.
    pub(crate) fn append(&mut self, plan: Plan<'_>) -> Result<SignedCheckpoint, AuditError> {
        let place = self.store.place();
        for _ in 0..PREPARATIONS {
            let known = self.known_log(&place)?;
            let writer = self.store.write()?;
            let Some(head) = writer.head()? else {
                Opener {
                    config: &self.config,
                    ambient: &self.ambient,
                    state: &self.state,
                    keys: &self.keys,
                }
                .open(writer, &place, known, None)?;
                continue;
            };
            let own = self.keys.public(KeyName::Log)?;
            let ground = guard::inspect(&*writer, &head, known.as_ref(), &self.state, own)?;
            let ground = ground.agreeing()?;
            let keys = admitted(&self.keys, &ground)?;
            if known.is_none() {
                adopt(&self.state, &place, &ground)?;
            }
            let tip = Tip {
                origin: &ground.origin,
                frontier: &ground.frontier,
                signer: Some(&keys.log).filter(|_| ground.trust.signing),
                ambient: &self.ambient,
            };
            if ground.trust.signing != self.config.sign_records {
                let event = signing_changed(self.config.sign_records, &self.ambient);
                let tip = Tip { signer: Some(&keys.log), ..tip };
                self.state.raise_mark(&tip.commit(writer, &[event], Keep::ForEver)?)?;
                continue;
            }
            let events = plan(&*writer, &ground.origin)?;
            if events.is_empty() {
                return Ok(ground.head);
            }
            return tip.commit(writer, &events, Keep::UntilTheNext);
        }
        let detail = "whether the log is signed changes with every look";
        Err(AuditError::Contradiction(Box::new(Finding::error(Code::Unsigned, detail))))
    }

    /// Goes on with a log that is older than what this machine has seen, and says so in it.
    pub(crate) fn accept_rollback(&mut self, reason: &str) -> Result<SignedCheckpoint, AuditError> {
        let known = self.known_log(&self.store.place())?;
        let writer = self.store.write()?;
        let Some(head) = writer.head()? else { return Err(AuditError::NothingLost) };
        let own = self.keys.public(KeyName::Log)?;
        let ground = guard::inspect(&*writer, &head, known.as_ref(), &self.state, own)?;
        let Some(lost) = &ground.lost else { return Err(AuditError::NothingLost) };
        let keys = admitted(&self.keys, &ground)?;
        let event = Event {
            kind: Kind::RollbackAccepted,
            audit_id: None,
            time: self.ambient.now(),
            members: rollback_members(lost, reason),
        };
        let tip = Tip {
            origin: &ground.origin,
            frontier: &ground.frontier,
            signer: Some(&keys.log).filter(|_| ground.trust.signing),
            ambient: &self.ambient,
        };
        let checkpoint = tip.commit(writer, &[event], Keep::UntilTheNext)?;
        self.state.replace_mark(&checkpoint, Durable::Yes)?;
        Ok(checkpoint)
    }

    /// Opens a successor of a log that is lost or cannot be gone on with; what lies there is moved
    /// aside.
    pub(crate) fn open_successor(&mut self, reason: &str) -> Result<SignedCheckpoint, AuditError> {
        let place = self.store.place();
        let known = self.state.location(&place)?;
        if self.is_sound(known.as_ref()) {
            return Err(AuditError::NothingLost);
        }
        let seen = match &known {
            Some(origin) => self.state.mark(origin)?,
            None => None,
        };
        let suffix = format!("replaced-{}", self.ambient.now().to_string().replace(':', ""));
        self.store.set_aside(&suffix)?;
        let writer = self.store.write()?;
        let succession = Succession { predecessor: known, seen, reason };
        Opener {
            config: &self.config,
            ambient: &self.ambient,
            state: &self.state,
            keys: &self.keys,
        }
        .open(writer, &place, None, Some(&succession))
    }

    /// Whether the log here could be appended to as it is.
    fn is_sound(&mut self, known: Option<&Origin>) -> bool {
        if !self.store.exists() {
            return known.is_none();
        }
        let Ok(reader) = self.store.read() else { return false };
        let Ok(Some(head)) = reader.head() else { return false };
        let own = self.keys.public(KeyName::Log).ok().flatten();
        let ground = guard::inspect(&*reader, &head, known, &self.state, own);
        ground.and_then(Ground::agreeing).is_ok_and(|ground| admitted(&self.keys, &ground).is_ok())
    }

    /// Returns the log known to lie here; one that was seen and is gone is a rollback.
    pub(crate) fn known_or_gone(&self) -> Result<Option<Origin>, AuditError> {
        self.known_log(&self.store.place())
    }

    /// Returns the log known to lie at `place`; one that was seen and is gone is a rollback.
    fn known_log(&self, place: &str) -> Result<Option<Origin>, AuditError> {
        let known = self.state.location(place)?;
        if let Some(origin) = &known
            && !self.store.exists()
            && let Some(mark) = self.state.mark(origin)?
            && mark.checkpoint().size > 0
        {
            return Err(AuditError::Contradiction(Box::new(gone(place, mark.checkpoint()))));
        }
        Ok(known)
    }
}

/// Returns the finding of a log that was seen at `place` and is not there.
pub(crate) fn gone(place: &str, mark: &Checkpoint) -> Finding {
    let detail = format!(
        "the log `{}` of {} entries was seen at `{place}`, and nothing is there",
        mark.origin, mark.size
    );
    Finding::error(Code::LogRolledBack, detail).at(0)
}

/// What an opened successor says of the log before it.
struct Succession<'a> {
    predecessor: Option<Origin>,
    seen: Option<SignedCheckpoint>,
    reason: &'a str,
}

/// Opens a log: keys, then pin and empty mark, then `log.opened`.
struct Opener<'log> {
    config: &'log AuditConfig,
    ambient: &'log Ambient,
    state: &'log StateFolder,
    keys: &'log KeyFolder,
}

impl Opener<'_> {
    fn open(
        &self,
        writer: Box<dyn Writer + '_>,
        place: &str,
        known: Option<Origin>,
        succession: Option<&Succession<'_>>,
    ) -> Result<SignedCheckpoint, AuditError> {
        check_empty(&*writer, place)?;
        if let Some(origin) = &known
            && let Some(mark) = self.state.mark(origin)?
            && mark.checkpoint().size > 0
        {
            return Err(AuditError::Contradiction(Box::new(gone(place, mark.checkpoint()))));
        }
        let keys = self.keys.load_or_create(self.ambient)?;
        let origin = match (known, &self.config.origin) {
            (Some(origin), _) => origin,
            (None, Some(origin)) if succession.is_none() => origin.clone(),
            (None, _) => Origin::random(self.ambient.random()?),
        };
        let pin = Pin {
            origin: origin.clone(),
            log_key: keys.log.public(),
            attest_key: keys.attest.public(),
            signing: self.config.sign_records,
        };
        self.state.write_pin(&pin)?;
        self.state.write_empty_mark(&origin)?;
        self.state.write_location(place, &origin)?;
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
            signer: Some(&keys.log).filter(|_| pin.signing),
            ambient: self.ambient,
        };
        let checkpoint = tip.commit(writer, &[event], Keep::ForEver)?;
        self.ambient.after(Step::LogOpened);
        self.state.raise_mark(&checkpoint)?;
        Ok(checkpoint)
    }
}

/// Refuses a file that holds something else than an empty audit store.
fn check_empty(writer: &dyn Writer, place: &str) -> Result<(), StoreError> {
    match writer.layout_faults(Depth::Schema)?.into_iter().next() {
        Some(reason) => Err(StoreError::Unreadable { place: place.to_owned(), reason }),
        None => Ok(()),
    }
}

/// Returns this machine's keys, which the log must admit.
fn admitted(keys: &KeyFolder, ground: &Ground) -> Result<KeyPair, KeyError> {
    let pair = keys.load()?;
    let not_admitted = |name| Err(KeyError::NotAdmitted { path: keys.path(name) });
    if pair.log.public() != ground.trust.log_key {
        return not_admitted(KeyName::Log);
    }
    if pair.attest.public() != ground.trust.attest_key {
        return not_admitted(KeyName::Attest);
    }
    Ok(pair)
}

/// Remembers a log that this machine's own keys opened at a place it did not know.
fn adopt(state: &StateFolder, place: &str, ground: &Ground) -> Result<(), AuditError> {
    if state.mark(&ground.origin)?.is_none() {
        state.write_empty_mark(&ground.origin)?;
    }
    state.raise_mark(&ground.head)?;
    Ok(state.write_location(place, &ground.origin)?)
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

fn rollback_members(lost: &SignedCheckpoint, reason: &str) -> Map<String, Value> {
    let checkpoint = lost.checkpoint();
    Map::from_iter([
        ("lost_size".to_owned(), checkpoint.size.into()),
        ("lost_root".to_owned(), checkpoint.root.to_string().into()),
        ("lost_checkpoint".to_owned(), lost.to_text().into()),
        ("reason".to_owned(), reason.into()),
    ])
}

fn signing_changed(signing: bool, ambient: &Ambient) -> Event {
    Event {
        kind: Kind::SigningChanged,
        audit_id: None,
        time: ambient.now(),
        members: Map::from_iter([("signing".to_owned(), signing.into())]),
    }
}
