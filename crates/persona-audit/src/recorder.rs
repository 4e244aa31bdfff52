//! The one façade a pipeline sees: open a run, then close it, exactly once.
//!
//! ```text
//! Recorder::start ─▶ OpenRecord ─ prepare ─▶ Prepared        (closing body on disk as pending)
//!                         │                      │
//!                         ├──── fail             └─ (output folder renamed) ─▶ OpenRecord::succeed
//! ```
//! The opening is durable before anything is drafted or sent; if it cannot be stored the run must
//! stop. After that, whatever happens to the process, the log says that the run took place.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::ambient::{Ambient, Step};
use crate::checkpoint::SignedCheckpoint;
use crate::config::AuditConfig;
use crate::error::AuditError;
use crate::event::{Event, EventError};
use crate::id::{AuditId, Origin};
use crate::joint::{Joint, Stored, Wish};
use crate::key::PrivateKey;
use crate::liveness::RunLock;
use crate::log::Log;
use crate::run::{Completion, Failure, Opening, events};
use crate::settle::{Settlement, Settler, copy_checkpoint};
use crate::state::Pending;

/// Opens runs in the log that a configuration names. What threads append at the same time through clones of
/// one recorder goes into one commit, where the store can do that.
#[derive(Clone, Debug)]
pub struct Recorder {
    config: AuditConfig,
    ambient: Ambient,
    joint: Arc<Joint>,
}

impl Recorder {
    /// Takes the settings; nothing is opened yet.
    pub fn new(config: AuditConfig, ambient: Ambient) -> Self {
        Self { config, ambient, joint: Arc::default() }
    }

    pub(crate) fn log(&self) -> Result<Log, AuditError> {
        let log = Log::new(self.config.clone(), self.ambient.clone())?;
        Ok(Log { joint: Arc::clone(&self.joint), ..log })
    }

    pub(crate) fn config(&self) -> &AuditConfig {
        &self.config
    }

    pub(crate) fn ambient(&self) -> &Ambient {
        &self.ambient
    }

    /// Opens a run: when this returns, `generation.started` is durable. Runs whose processes are
    /// gone are settled in the same commit.
    ///
    /// # Errors
    /// Whatever keeps the opening from being stored; then nothing may be generated.
    pub fn start(&self, opening: &Opening) -> Result<OpenRecord, AuditError> {
        let mut log = self.log()?;
        let id = self.ambient.new_id()?;
        let event = events::opened(&id, self.ambient.now(), opening, &self.config)?;
        log.known_before_writing()?;
        let lock = log.store.liveness().take(&id)?;
        self.ambient.after(Step::RunLocked);
        let Stored { checkpoint, settlement } = log.grant(Wish::Open(event.clone()))?;
        Settler::of(&log).tidy(&settlement, &checkpoint)?;
        self.ambient.after(Step::Opened);
        let origin = checkpoint.checkpoint().origin.clone();
        let record = OpenRecord { log, origin, id, opening: event, lock };
        if let Err(error) = record.log.state.raise_mark(&checkpoint) {
            return Err(record.never_began(error.into()));
        }
        self.ambient.after(Step::OpeningMarked);
        Ok(record)
    }

    /// Settles runs whose processes are gone: completes pending closings whose output stands, calls
    /// the others abandoned. Returns how many closings were appended.
    ///
    /// # Errors
    /// Whatever keeps them from being stored.
    pub fn repair(&self) -> Result<usize, AuditError> {
        let mut log = self.log()?;
        if log.known_or_gone()?.origin.is_none() && !log.store.exists() {
            return Ok(0);
        }
        let mut closed = 0;
        loop {
            let before = closed;
            let settler = Settler::of(&log);
            let mut settlement = Settlement::default();
            let checkpoint = log.append(&mut |reader, ground| {
                settlement = settler.plan(reader, ground, &BTreeSet::new())?;
                closed = before + settlement.events.len();
                Ok(settlement.events.clone())
            })?;
            log.state.raise_mark(&checkpoint)?;
            settler.tidy(&settlement, &checkpoint)?;
            if closed == before {
                return Ok(closed);
            }
        }
    }
}

/// A run that is open. It must be closed by [`OpenRecord::succeed`] or [`OpenRecord::fail`]; one that
/// is dropped is found abandoned later.
#[derive(Debug)]
#[must_use = "a run that is opened must be closed"]
pub struct OpenRecord {
    log: Log,
    origin: Origin,
    id: AuditId,
    opening: Event,
    lock: Box<dyn RunLock>,
}

/// A finished closing that is on disk but not in the log yet.
#[derive(Debug)]
pub struct Prepared {
    event: Event,
    folder: PathBuf,
    envelope: Option<Vec<u8>>,
}

impl Prepared {
    /// Returns the bytes of `provenance.intoto.json`, or `None` where records are not signed.
    pub fn envelope(&self) -> Option<&[u8]> {
        self.envelope.as_deref()
    }
}

/// What a closed run can show for itself.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The run's id.
    pub audit_id: AuditId,
    /// The checkpoint over the log that holds the closing, as a signed note.
    pub checkpoint: String,
    /// Whether the output folder has its copy of the checkpoint; where it could not be written,
    /// `audit repair` tries again.
    pub copied: bool,
}

impl OpenRecord {
    /// Returns the run's id.
    pub fn audit_id(&self) -> &AuditId {
        &self.id
    }

    /// Returns the run's time as the record will show it.
    pub fn timestamp(&self) -> String {
        self.opening.time.to_string()
    }

    /// Signs the attestation and puts the finished closing on disk, before `folder` (its final name)
    /// appears. May be called again, when another folder is to be used instead.
    ///
    /// # Errors
    /// Whatever keeps the closing from being signed or written.
    pub fn prepare(&self, completion: &Completion, folder: &Path) -> Result<Prepared, AuditError> {
        let mut event = events::completed(&self.id, self.log.ambient.now(), completion)?;
        let envelope = self.attest(&mut event)?;
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let pending = Pending { origin: self.origin.clone(), folder, event };
        let signer = self.signer()?;
        self.log.state.write_pending(&self.id, &pending, signer.as_deref())?;
        self.log.ambient.after(Step::Pending);
        Ok(Prepared { event: pending.event, folder: pending.folder, envelope })
    }

    /// Closes the run as completed, after the output folder stands, and adds its copy of the
    /// checkpoint to it.
    ///
    /// # Errors
    /// Whatever keeps the closing from being stored; the outputs stay, and `audit repair` or the next
    /// run completes the record.
    pub fn succeed(mut self, prepared: Prepared) -> Result<Receipt, AuditError> {
        self.log.ambient.after(Step::Published);
        let Prepared { event, folder, envelope: _ } = prepared;
        let checkpoint = self.close(event)?;
        self.log.ambient.after(Step::ClosingMarked);
        let copied = copy_checkpoint(&folder, &checkpoint).is_ok();
        self.log.ambient.after(Step::CheckpointCopied);
        if copied {
            self.log.state.remove_pending(&self.id)?;
            self.log.ambient.after(Step::PendingRemoved);
        }
        drop(self.lock);
        self.log.ambient.after(Step::RunUnlocked);
        Ok(Receipt { audit_id: self.id, checkpoint: checkpoint.to_text(), copied })
    }

    /// Closes the run as failed.
    ///
    /// # Errors
    /// Whatever keeps the closing from being stored; the run is found abandoned later.
    pub fn fail(mut self, failure: &Failure) -> Result<Receipt, AuditError> {
        let event = events::failed(&self.id, self.log.ambient.now(), failure)?;
        let checkpoint = self.close(event)?;
        // The closing stands: a pending one that cannot be removed is seen to be settled by the next append.
        drop(self.log.state.remove_pending(&self.id));
        Ok(Receipt { audit_id: self.id, checkpoint: checkpoint.to_text(), copied: false })
    }

    /// Says in the log that the run ended before it began, and returns why.
    fn never_began(self, error: AuditError) -> AuditError {
        let failure = Failure {
            code: "audit".to_owned(),
            message: error.to_string(),
            stage: "record".to_owned(),
            reproducibility: None,
        };
        // Where even that cannot be stored the run is found abandoned.
        drop(self.fail(&failure));
        error
    }

    fn close(&mut self, event: Event) -> Result<SignedCheckpoint, AuditError> {
        let Stored { checkpoint, .. } = self.log.grant(Wish::Close(event))?;
        self.log.ambient.after(Step::Closed);
        self.log.state.raise_mark(&checkpoint)?;
        Ok(checkpoint)
    }

    /// Returns the key that signs attestations, where records are signed.
    fn signer(&self) -> Result<Option<Arc<PrivateKey>>, AuditError> {
        let signs = self.log.config.sign_records;
        Ok(if signs { Some(self.log.keys.load()?.attest) } else { None })
    }

    /// Adds `attestation` to a closing and returns the envelope.
    fn attest(&self, closing: &mut Event) -> Result<Option<Vec<u8>>, AuditError> {
        let signer = self.signer()?;
        let config = &self.log.config;
        let attested = events::attest(&self.opening, closing, signer.as_deref(), config)?;
        let envelope = attested.map(|(statement, keyid, sig)| statement.envelope(&keyid, &sig));
        Ok(envelope.transpose().map_err(EventError::from)?)
    }
}
