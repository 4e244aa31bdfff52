//! The log as a writer has it, and the one way to append to it.
//!
//! Append lock → look ([`guard`]) → plan events → seal, sign, commit ([`Tip`]) → raise the mark.
//! Everything that ever adds an entry goes through here.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::ambient::Ambient;
use crate::append::Tip;
use crate::checkpoint::SignedCheckpoint;
use crate::config::AuditConfig;
use crate::error::AuditError;
use crate::event::{Event, Kind};
use crate::finding::{Code, Finding};
use crate::guard::{self, Ground, Judged, contradiction};
use crate::id::Origin;
use crate::joint::Joint;
use crate::keyfolder::{KeyError, KeyFolder, KeyName, KeyPair};
use crate::known::Known;
use crate::opener::{Opener, Succession};
use crate::state::StateFolder;
use crate::store::{Keep, Reader, Store, StoreError};

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
    /// What it has in common with the logs of the same recorder and its clones.
    pub(crate) joint: Arc<Joint>,
}

/// Decides, under the append lock, which events come next.
pub(crate) type Plan<'plan> =
    &'plan mut dyn FnMut(&dyn Reader, &Ground) -> Result<Vec<Event>, AuditError>;

impl Log {
    pub(crate) fn new(config: AuditConfig, ambient: Ambient) -> Result<Self, AuditError> {
        let store = config.store()?;
        let state = StateFolder::new(config.state_path.clone());
        let keys = KeyFolder::new(config.key_path.clone());
        Ok(Self { config, ambient, store, state, keys, joint: Arc::default() })
    }

    /// Appends the events that `plan` returns in one commit, opening the log where there is none.
    /// The mark is the caller's to raise, once it has said what it did.
    pub(crate) fn append(&mut self, plan: Plan<'_>) -> Result<SignedCheckpoint, AuditError> {
        for _ in 0..PREPARATIONS {
            let known = self.known_before_writing()?;
            let writer = self.store.write()?;
            // Somebody may have moved the log while this waited for the lock.
            self.state.origin_at(&known.place)?;
            let Some(head) = writer.head()? else {
                Opener {
                    config: &self.config,
                    ambient: &self.ambient,
                    state: &self.state,
                    keys: &self.keys,
                }
                .open(writer, &known, None)?;
                continue;
            };
            let mut known = known;
            if known.origin.is_none() {
                // Whoever opened the log meanwhile has pinned its keys, which are this machine's.
                let named = Origin::parse(&head.origin);
                known = Known::under_lock(known.place, named, &self.state, &self.keys)?;
            }
            let trusted = self.joint.judged();
            let ground = guard::inspect(&*writer, &head, &known, trusted.as_deref())?.agreeing()?;
            let keys = admitted(&self.keys, &known, &ground)?;
            if known.origin.is_none() {
                adopt(&self.state, &known.place, &ground)?;
            }
            let tip = Tip {
                origin: &ground.origin,
                frontier: &ground.frontier,
                signer: ground.trust.signing.then_some(&*keys.log),
                ambient: &self.ambient,
            };
            if ground.trust.signing != self.config.sign_records {
                let event = signing_changed(self.config.sign_records, &self.ambient);
                let tip = Tip { signer: Some(&keys.log), ..tip };
                self.state.raise_mark(&tip.commit(writer, &[event], Keep::ForEver)?)?;
                continue;
            }
            let events = plan(&*writer, &ground)?;
            if events.is_empty() {
                return Ok(ground.head);
            }
            let checkpoint = tip.commit(writer, events, Keep::UntilTheNext)?;
            self.joint.remember(Judged::new(ground, &known));
            return Ok(checkpoint);
        }
        let detail = "whether the log is signed changes with every look";
        Err(contradiction(Finding::error(Code::Unsigned, detail)))
    }

    /// Goes on with a log that is older than what this machine has seen, and says so in it.
    pub(crate) fn accept_rollback(&mut self, reason: &str) -> Result<SignedCheckpoint, AuditError> {
        let known = self.known_or_gone()?;
        if !self.store.exists() {
            return Err(AuditError::NoLog);
        }
        let writer = self.store.write()?;
        self.state.origin_at(&known.place)?;
        let Some(head) = writer.head()? else { return Err(AuditError::NoLog) };
        let ground = guard::inspect(&*writer, &head, &known, None)?;
        let Some(lost) = &ground.lost else { return Err(AuditError::NothingLost) };
        let keys = admitted(&self.keys, &known, &ground)?;
        let event = Event {
            kind: Kind::RollbackAccepted,
            audit_id: None,
            time: self.ambient.now(),
            members: rollback_members(lost, reason),
        };
        let tip = Tip {
            origin: &ground.origin,
            frontier: &ground.frontier,
            signer: ground.trust.signing.then_some(&*keys.log),
            ambient: &self.ambient,
        };
        let checkpoint = tip.commit(writer, &[event], Keep::UntilTheNext)?;
        self.state.replace_mark(&checkpoint)?;
        Ok(checkpoint)
    }

    /// Opens a successor of a log that is lost or cannot be gone on with; what lies there is moved
    /// aside.
    pub(crate) fn open_successor(&mut self, reason: &str) -> Result<SignedCheckpoint, AuditError> {
        let known = Known::read(&mut *self.store, &self.state, &self.keys)?;
        if self.is_sound(&known) {
            return Err(AuditError::NothingLost);
        }
        let suffix = format!("replaced-{}", self.ambient.now().to_string().replace(':', ""));
        self.store.set_aside(&suffix)?;
        let writer = self.store.write()?;
        self.state.origin_at(&known.place)?;
        let seen = known.mark.clone();
        let succession = Succession { predecessor: known.origin.clone(), seen, reason };
        Opener {
            config: &self.config,
            ambient: &self.ambient,
            state: &self.state,
            keys: &self.keys,
        }
        .open(writer, &known, Some(&succession))
    }

    /// Whether the log here could be appended to as it is.
    fn is_sound(&mut self, known: &Known) -> bool {
        match self.sound_head() {
            Ok(Some(_)) => self.keys.load().is_ok(),
            Ok(None) => known.origin.is_none(),
            Err(_) => false,
        }
    }

    /// Returns the newest checkpoint of a log that a writer would append to, or `None` where there is
    /// no log. Nobody should keep a checkpoint that was not looked at like this.
    pub(crate) fn sound_head(&mut self) -> Result<Option<SignedCheckpoint>, AuditError> {
        let known = self.known_or_gone()?;
        let reader = match self.store.read() {
            Err(StoreError::Missing { .. }) => return Ok(None),
            reader => reader?,
        };
        match reader.head()? {
            Some(head) => Ok(Some(guard::inspect(&*reader, &head, &known, None)?.agreeing()?.head)),
            None => known.gone().map_or(Ok(None), |finding| Err(contradiction(finding))),
        }
    }

    /// Returns what this machine knows of the log here, for whoever takes the append lock next; there
    /// [`Opener`] refuses to open a log again that was seen and is gone. A store where taking the lock leaves
    /// something behind is looked at first.
    pub(crate) fn known_before_writing(&mut self) -> Result<Known, AuditError> {
        if self.store.leaves_no_trace() {
            return Known::read(&mut *self.store, &self.state, &self.keys);
        }
        self.known_or_gone()
    }

    /// Returns what this machine knows of the log here; one that was seen and is gone is a rollback.
    pub(crate) fn known_or_gone(&mut self) -> Result<Known, AuditError> {
        let known = Known::read(&mut *self.store, &self.state, &self.keys)?;
        match known.gone() {
            Some(finding) if !self.store.exists() => Err(contradiction(finding)),
            _ => Ok(known),
        }
    }
}

/// Returns this machine's keys, which the log must admit. Where others opened it, they must have pinned
/// it: a stranger's log may admit them too, under a pin that the stranger planted.
pub(crate) fn admitted(
    keys: &KeyFolder,
    known: &Known,
    ground: &Ground,
) -> Result<KeyPair, AuditError> {
    let pair = keys.load()?;
    let (log_key, attest_key) = (pair.log.public(), pair.attest.public());
    let writers = &ground.trust.writers;
    let name = match writers.iter().find(|writer| writer.log_key == log_key) {
        Some(writer) if writer.attest_key == attest_key => {
            let vouched = writer == writers.first() || known.pinned_by(&log_key);
            return if vouched { Ok(pair) } else { Err(AuditError::PinNotOwn) };
        }
        Some(_) => KeyName::Attest,
        None => KeyName::Log,
    };
    let origin = ground.origin.as_str();
    let vkeys = [log_key.to_vkey(origin), attest_key.to_vkey(origin)];
    Err(KeyError::NotAdmitted { path: keys.path(name), vkeys }.into())
}

/// Remembers a log that this machine trusts at a place where it knew none.
pub(crate) fn adopt(state: &StateFolder, place: &str, ground: &Ground) -> Result<(), AuditError> {
    if state.mark(&ground.origin)?.is_none() {
        state.write_empty_mark(&ground.origin)?;
    }
    state.raise_mark(&ground.head)?;
    Ok(state.write_location(place, &ground.origin)?)
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
