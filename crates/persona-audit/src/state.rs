//! The state folder: what this machine knows of its logs, kept outside their stores.
//!
//! `logs/<name>/pin.json` is what the log's first keys must be, `logs/<name>/mark` the newest
//! checkpoint seen, `locations/<name>.json` which log lies at which place, `pending/<audit_id>` the
//! closing of a run whose append is not acknowledged yet. Names are hashes, contents speak.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::canonical::{CanonicalError, parse_canonical, to_canonical};
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::digest::Digest;
use crate::dsse::Payload;
use crate::event::Event;
use crate::files::{self, Durable};
use crate::id::{AuditId, Origin};
use crate::key::{PrivateKey, PublicKey};
use crate::merkle::empty_root;

mod location;

pub(crate) use location::{Location, Whereabouts};

/// A pin, mark or location is never larger.
const MAX_SMALL: u64 = 64 * 1024;
/// A closing body is never larger.
const MAX_PENDING: u64 = 64 * 1024 * 1024;

/// The type of what a pin's signature covers.
const PIN_TYPE: &str = "application/vnd.persona.pin+json";
/// The type of a pending closing's envelope.
const PENDING_TYPE: &str = "application/vnd.persona.pending+json";

/// Why the state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file cannot be read or written.
    #[error("the state file `{path}` cannot be used")]
    Unusable {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("the state file `{path}` does not hold what it should")]
    Malformed {
        /// Where it is.
        path: PathBuf,
    },
}

/// What this machine trusts a log's first keys to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    pub(crate) origin: Origin,
    pub(crate) log_key: PublicKey,
    pub(crate) attest_key: PublicKey,
    pub(crate) signing: bool,
}

impl Pin {
    fn payload(&self) -> Result<Payload, CanonicalError> {
        let name = self.origin.as_str();
        let value = json!({
            "v": 1,
            "origin": name,
            "log_key": self.log_key.to_vkey(name),
            "attest_key": self.attest_key.to_vkey(name),
            "signing": self.signing,
        });
        Ok(Payload::new(PIN_TYPE, to_canonical(&value)?))
    }
}

/// A pin with the signature that came with it.
#[derive(Clone, Debug)]
pub(crate) struct SignedPin {
    pub(crate) pin: Pin,
    sig: Option<String>,
}

impl SignedPin {
    /// Whether the key's holder wrote it, and not somebody who has the state folder alone.
    pub(crate) fn by(&self, key: &PublicKey) -> bool {
        let payload = self.pin.payload().ok();
        let sig = self.sig.as_ref();
        payload.zip(sig).is_some_and(|(payload, sig)| payload.verifies(key, sig))
    }
}

/// A run's finished closing, waiting to be appended.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) origin: Origin,
    pub(crate) folder: PathBuf,
    pub(crate) event: Event,
}

/// A pending closing's bytes and the signature that came with them.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    payload: Payload,
    sig: Option<String>,
}

impl Signed {
    /// Whether the signature is the key's.
    pub(crate) fn by(&self, key: &PublicKey) -> bool {
        self.sig.as_ref().is_some_and(|sig| self.payload.verifies(key, sig))
    }
}

/// The state folder.
#[derive(Clone, Debug)]
pub(crate) struct StateFolder(PathBuf);

impl StateFolder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(crate) fn pin(&self, origin: &Origin) -> Result<Option<SignedPin>, StateError> {
        let path = self.log_file(origin, "pin.json");
        let Some(value) = read_json(&path, MAX_SMALL)? else { return Ok(None) };
        let key = |name: &str| {
            let (vkey_origin, key) = PublicKey::from_vkey(value.get(name)?.as_str()?).ok()?;
            (vkey_origin == origin.as_str()).then_some(key)
        };
        let pin = (|| {
            Some(Pin {
                origin: Origin::parse(value.get("origin")?.as_str()?)?,
                log_key: key("log_key")?,
                attest_key: key("attest_key")?,
                signing: value.get("signing")?.as_bool()?,
            })
        })();
        let sig = value.get("sig").and_then(Value::as_str).map(ToOwned::to_owned);
        let pin = pin.filter(|pin| pin.origin == *origin).map(|pin| SignedPin { pin, sig });
        pin.map(Some).ok_or(StateError::Malformed { path })
    }

    /// Writes a pin, signed with this machine's log key.
    pub(crate) fn write_pin(&self, pin: &Pin, signer: &PrivateKey) -> Result<(), StateError> {
        let path = self.log_file(&pin.origin, "pin.json");
        let value = pin.payload().ok().and_then(|payload| {
            let mut value: Value = serde_json::from_slice(payload.bytes()).ok()?;
            let members = value.as_object_mut()?;
            members.insert("sig".to_owned(), payload.sign(signer).into());
            Some(value)
        });
        let Some(value) = value else { return Err(StateError::Malformed { path }) };
        write_json(&path, &value, Durable::Yes)
    }

    /// Returns the newest checkpoint of the log that this machine has seen; size 0 stands for a log
    /// that was pinned and not opened yet.
    pub(crate) fn mark(&self, origin: &Origin) -> Result<Option<SignedCheckpoint>, StateError> {
        let path = self.log_file(origin, "mark");
        let Some(bytes) = read_bytes(&path, MAX_SMALL)? else { return Ok(None) };
        match SignedCheckpoint::parse(&bytes) {
            Ok(mark) if mark.checkpoint().origin == *origin => Ok(Some(mark)),
            _ => Err(StateError::Malformed { path }),
        }
    }

    /// Writes the mark of size 0 that goes with a fresh pin.
    pub(crate) fn write_empty_mark(&self, origin: &Origin) -> Result<(), StateError> {
        let empty = Checkpoint { origin: origin.clone(), size: 0, root: empty_root() };
        self.replace_mark(&empty.unsigned())
    }

    /// Replaces the mark when `checkpoint`, known to be consistent with it, is larger.
    pub(crate) fn raise_mark(&self, checkpoint: &SignedCheckpoint) -> Result<(), StateError> {
        let _lock = self.lock_mark(&checkpoint.checkpoint().origin)?;
        let marked = self.mark(&checkpoint.checkpoint().origin)?;
        let marked = marked.map_or(0, |mark| mark.checkpoint().size);
        if marked < checkpoint.checkpoint().size {
            self.write_mark(checkpoint, Durable::No)?;
        }
        Ok(())
    }

    /// Replaces the mark, whatever it was.
    pub(crate) fn replace_mark(&self, checkpoint: &SignedCheckpoint) -> Result<(), StateError> {
        let _lock = self.lock_mark(&checkpoint.checkpoint().origin)?;
        self.write_mark(checkpoint, Durable::Yes)
    }

    fn write_mark(&self, mark: &SignedCheckpoint, durable: Durable) -> Result<(), StateError> {
        let path = self.log_file(&mark.checkpoint().origin, "mark");
        let written = files::replace(&path, mark.to_text().as_bytes(), durable);
        written.map_err(|source| StateError::Unusable { path, source })
    }

    fn lock_mark(&self, origin: &Origin) -> Result<File, StateError> {
        let path = self.log_file(origin, "lock");
        files::lock(&path).map_err(|source| StateError::Unusable { path, source })
    }

    /// Puts a finished closing on disk, signed where records are.
    pub(crate) fn write_pending(
        &self,
        id: &AuditId,
        pending: &Pending,
        signer: Option<&PrivateKey>,
    ) -> Result<(), StateError> {
        let path = self.pending_file(id);
        let body = json!({
            "v": 1,
            "origin": pending.origin.as_str(),
            "folder": pending.folder.to_string_lossy(),
            "event": pending.event.to_value(),
        });
        let envelope = to_canonical(&body).and_then(|bytes| {
            let payload = Payload::new(PENDING_TYPE, bytes);
            let signature = signer.map(|key| (key.public().keyid(), payload.sign(key)));
            payload.envelope(signature.as_ref().map(|(keyid, sig)| (keyid.as_str(), sig.as_str())))
        });
        let Ok(bytes) = envelope else { return Err(StateError::Malformed { path }) };
        let written = files::replace(&path, &bytes, Durable::Yes);
        written.map_err(|source| StateError::Unusable { path, source })
    }

    /// Returns the pending closing of a run, and the signature over it to be judged; one that cannot be
    /// read counts as none.
    pub(crate) fn pending(&self, id: &AuditId) -> Option<(Pending, Signed)> {
        let envelope = read_json(&self.pending_file(id), MAX_PENDING).ok()??;
        let (payload, sig) = Payload::open(PENDING_TYPE, &envelope)?;
        let value = parse_canonical(payload.bytes()).ok()?;
        let pending = Pending {
            origin: Origin::parse(value.get("origin")?.as_str()?)?,
            folder: PathBuf::from(value.get("folder")?.as_str()?),
            event: Event::from_value(value.get("event")?.clone()).ok()?,
        };
        let own = pending.event.audit_id.as_ref() == Some(id);
        own.then_some((pending, Signed { payload, sig }))
    }

    pub(crate) fn remove_pending(&self, id: &AuditId) -> Result<(), StateError> {
        let path = self.pending_file(id);
        for path in [files::beside(&path), path] {
            files::remove(&path).map_err(|source| StateError::Unusable { path, source })?;
        }
        Ok(())
    }

    /// Returns the runs that have a pending closing, finished or cut short, oldest first.
    pub(crate) fn pending_ids(&self) -> Result<Vec<AuditId>, StateError> {
        let path = self.0.join("pending");
        let unusable = |source| StateError::Unusable { path: path.clone(), source };
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unusable(error)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unusable)?;
            if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                continue;
            }
            let name = entry.file_name();
            let name = name.to_str().unwrap_or_default();
            let id = name.strip_prefix('.').and_then(|rest| rest.strip_suffix(".tmp"));
            ids.extend(AuditId::parse(id.unwrap_or(name)));
        }
        ids.sort();
        ids.dedup();
        Ok(ids)
    }

    fn log_file(&self, origin: &Origin, name: &str) -> PathBuf {
        self.0.join("logs").join(hashed(origin.as_str())).join(name)
    }

    fn pending_file(&self, id: &AuditId) -> PathBuf {
        self.0.join("pending").join(id.as_str())
    }
}

fn hashed(name: &str) -> String {
    Digest::of(name.as_bytes()).to_hex().chars().take(32).collect()
}

fn read_bytes(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, StateError> {
    files::read(path, limit)
        .map_err(|source| StateError::Unusable { path: path.to_owned(), source })
}

fn read_json(path: &Path, limit: u64) -> Result<Option<Value>, StateError> {
    let Some(bytes) = read_bytes(path, limit)? else { return Ok(None) };
    match serde_json::from_slice(&bytes) {
        Ok(value) => Ok(Some(value)),
        Err(_) => Err(StateError::Malformed { path: path.to_owned() }),
    }
}

fn write_json(path: &Path, value: &Value, durable: Durable) -> Result<(), StateError> {
    let Ok(bytes) = to_canonical(value) else {
        return Err(StateError::Malformed { path: path.to_owned() });
    };
    files::replace(path, &bytes, durable)
        .map_err(|source| StateError::Unusable { path: path.to_owned(), source })
}
