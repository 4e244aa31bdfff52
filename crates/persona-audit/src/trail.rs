//! What the log says: query, show, export, verify, and the few acts that mend it.

use std::io::Write;
use std::ops::ControlFlow;

use serde::Serialize;
use serde_json::Value;

use crate::ambient::Ambient;
use crate::config::AuditConfig;
use crate::error::AuditError;
use crate::export::{self, ExportFormat};
use crate::id::{AuditId, Origin};
use crate::key::PublicKey;
use crate::keyfolder::KeyName;
use crate::log::Log;
use crate::migrate::Migration;
use crate::query::{Opened, Query, Summary};
use crate::record::{Record, Status};
use crate::recorder::Recorder;
use crate::store::{Rights, RowFilter, StoreError};
use crate::transfer::Progress;
use crate::trust::{Admission, LogWriter};
use crate::verify::{self, Verification, VerifyOptions};

/// The audit trail that a configuration names. Only [`AuditTrail::repair`], [`AuditTrail::trust`],
/// [`AuditTrail::admit`] and the acts about the checkpoint ever write.
#[derive(Clone, Debug)]
pub struct AuditTrail {
    config: AuditConfig,
    ambient: Ambient,
}

/// A public key of this machine, ready to be handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyInfo {
    /// `log` or `attest`.
    pub purpose: String,
    /// The fingerprint.
    pub keyid: String,
    /// The C2SP verifier key, once there is a log to name it.
    pub vkey: Option<String>,
    /// The `SubjectPublicKeyInfo` in PEM.
    pub pem: String,
    /// Whether the log admits it; null where there is no log.
    pub admitted: Option<bool>,
}

/// One machine that writes to the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WriterInfo {
    /// What it was called when it was admitted.
    pub name: Option<String>,
    /// The first index that it signs for; its span has no end.
    pub from: u64,
    /// Whether it is this machine.
    pub own: bool,
    /// Its log key and its attestation key.
    pub keys: [KeyInfo; 2],
}

impl KeyInfo {
    fn of(name: KeyName, key: &PublicKey, log: Option<&Origin>, admitted: Option<bool>) -> Self {
        Self {
            purpose: name.as_str().to_owned(),
            keyid: key.keyid().to_string(),
            vkey: log.map(|origin| key.to_vkey(origin.as_str())),
            pem: key.to_pem(),
            admitted,
        }
    }
}

impl AuditTrail {
    /// Takes the settings; nothing is opened yet.
    pub fn new(config: AuditConfig) -> Self {
        Self::with_ambient(config, Ambient::system())
    }

    /// The same with time and randomness as given.
    pub fn with_ambient(config: AuditConfig, ambient: Ambient) -> Self {
        Self { config, ambient }
    }

    /// Returns the records that fit, newest first.
    ///
    /// # Errors
    /// A store that cannot be read or contradicts its mark, a record that is not as it was sealed.
    pub fn query(&self, query: &Query) -> Result<Vec<Record>, AuditError> {
        let mut records = Vec::new();
        self.each(query, &mut |record| {
            records.push(record);
            Ok(())
        })?;
        Ok(records)
    }

    /// Returns the lines of a list, newest first.
    ///
    /// # Errors
    /// As [`AuditTrail::query`].
    pub fn list(&self, query: &Query) -> Result<Vec<Summary>, AuditError> {
        let mut lines = Vec::new();
        self.each(query, &mut |record| {
            lines.push(Summary::of(&record));
            Ok(())
        })?;
        Ok(lines)
    }

    /// Calls `visit` with each record that fits, newest first.
    ///
    /// # Errors
    /// As [`AuditTrail::query`], and those of `visit`.
    pub fn each(
        &self,
        query: &Query,
        visit: &mut dyn FnMut(Record) -> Result<(), AuditError>,
    ) -> Result<(), AuditError> {
        let mut log = self.log()?;
        match Opened::open(&mut log)? {
            Some(opened) => opened.each(query, visit),
            None => names_nothing(query),
        }
    }

    /// Returns the record that `id` names: in full, by an unambiguous beginning, or `@last`.
    ///
    /// # Errors
    /// As [`AuditTrail::query`], and an id that names none or several.
    pub fn get(&self, id: &str) -> Result<Record, AuditError> {
        self.with_opened(id, |opened| opened.record(&opened.resolve(id)?))
    }

    /// Returns the events of the record that `id` names, each with header and whole body.
    ///
    /// # Errors
    /// As [`AuditTrail::get`].
    pub fn events(&self, id: &str) -> Result<Vec<Value>, AuditError> {
        self.with_opened(id, |opened| opened.events(&opened.resolve(id)?))
    }

    /// Writes the records that fit and returns how many.
    ///
    /// # Errors
    /// As [`AuditTrail::query`], and a writer that fails.
    pub fn export(
        &self,
        query: &Query,
        format: ExportFormat,
        out: &mut dyn Write,
    ) -> Result<u64, AuditError> {
        let mut log = self.log()?;
        let opened = Opened::open(&mut log)?;
        // Before the first byte is out: half a document is no answer.
        match &opened {
            Some(opened) => opened.check_names(query)?,
            None => names_nothing(query)?,
        }
        export::export(opened.as_ref(), query, format, self.ambient.now(), out)
    }

    /// Verifies the whole log, or the records that `ids` name.
    ///
    /// # Errors
    /// Only what keeps the question from being asked: an id that names none or several, a store this
    /// build does not know, or that is locked. All else is the answer.
    pub fn verify(
        &self,
        ids: &[&str],
        options: &VerifyOptions,
    ) -> Result<Verification, AuditError> {
        let mut log = self.log()?;
        let mut resolved = Vec::new();
        for id in ids {
            let id = verify::resolve(&mut log, id)?;
            if !resolved.contains(&id) {
                resolved.push(id);
            }
        }
        verify::verify(&mut log, &resolved, options)
    }

    /// Returns the newest checkpoint as a signed note, or `None` where there is no log. It was looked
    /// at as a writer looks before it signs, so it is fit to be kept elsewhere.
    ///
    /// # Errors
    /// As [`AuditTrail::query`], and a log that a writer would refuse.
    pub fn checkpoint(&self) -> Result<Option<String>, AuditError> {
        Ok(self.log()?.sound_head()?.map(|head| head.to_text()))
    }

    /// Goes on with a log that is older than what this machine has seen of it, and returns the new
    /// checkpoint. What was given up stays named in the log.
    ///
    /// # Errors
    /// [`AuditError::NothingLost`] where the log agrees with its mark, and what keeps the event from
    /// being stored.
    pub fn accept_rollback(&self, reason: &str) -> Result<String, AuditError> {
        Ok(self.log()?.accept_rollback(reason)?.to_text())
    }

    /// Opens a new log where one is lost or cannot be gone on with, and returns its checkpoint. It
    /// names the old one; what lies there is moved aside.
    ///
    /// # Errors
    /// [`AuditError::NothingLost`] where the log is sound, and what keeps the new one from opening.
    pub fn open_successor(&self, reason: &str) -> Result<String, AuditError> {
        Ok(self.log()?.open_successor(reason)?.to_text())
    }

    /// Closes runs whose processes are gone and returns how many.
    ///
    /// # Errors
    /// What keeps the closings from being stored.
    pub fn repair(&self) -> Result<usize, AuditError> {
        Recorder::new(self.config.clone(), self.ambient.clone()).repair()
    }

    /// Moves the log to the store that `target` names, with the state folder of this configuration, and
    /// returns what both places have to show. Entries, nonces, commitments and kept checkpoints are copied
    /// byte for byte and nothing is appended; subtrees and rows are computed anew and must be those stored.
    /// Runs go on while most of it is copied; a second call goes on where a first one was cut short.
    /// `watch` is told how far it is, and stops it.
    ///
    /// # Errors
    /// [`AuditError::RunsOpen`], [`AuditError::Stopped`], [`StoreError::Occupied`], a log that contradicts
    /// its head, and what keeps a store from being used; then the log lies where it lay.
    pub fn migrate_to(
        &self,
        target: &AuditConfig,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Migration, AuditError> {
        self.log()?.migrate(target, watch)
    }

    /// Returns the runs that the next append, or [`AuditTrail::repair`], closes: their processes are
    /// gone. The log is not judged for this.
    ///
    /// # Errors
    /// A store or a state folder that cannot be read.
    pub fn unsettled(&self) -> Result<Vec<AuditId>, AuditError> {
        let mut log = self.log()?;
        log.state.origin_at(&log.store.place())?;
        let runs = log.store.liveness();
        let mut unsettled = log.state.pending_ids()?;
        match log.store.read() {
            Err(StoreError::Missing { .. }) => {}
            reader => {
                let statuses = vec![Status::Started.as_str().to_owned()];
                let rows = reader?.rows(&RowFilter { statuses, ..RowFilter::default() })?;
                unsettled.extend(rows.iter().filter_map(|row| AuditId::parse(&row.audit_id)));
            }
        }
        unsettled.sort();
        unsettled.dedup();
        Ok(runs.gone(unsettled))
    }

    /// Asks a database what this user may do there; `None` where the log lies in no database.
    ///
    /// # Errors
    /// What keeps the server from being asked.
    pub fn rights(&self) -> Result<Option<Rights>, AuditError> {
        Ok(self.log()?.store.rights()?)
    }

    /// Returns the public halves of this machine's keys.
    ///
    /// # Errors
    /// A key file or a log that cannot be read.
    pub fn keys(&self) -> Result<Vec<KeyInfo>, AuditError> {
        let mut log = self.log()?;
        let mine = [
            (KeyName::Log, log.keys.public(KeyName::Log)?),
            (KeyName::Attest, log.keys.public(KeyName::Attest)?),
        ];
        let opened = Opened::open(&mut log)?;
        let origin = opened.as_ref().map(|opened| &opened.head().checkpoint().origin);
        let info = |(name, key): (KeyName, Option<PublicKey>)| {
            let key = key?;
            let admits = |opened: &Opened<'_>| {
                opened.writers().iter().any(|writer| *writer.key(name) == key)
            };
            let admitted = opened.as_ref().map(admits);
            Some(KeyInfo::of(name, &key, origin, admitted))
        };
        Ok(mine.into_iter().filter_map(info).collect())
    }

    /// Returns the machines that write to the log, who opened it first; none where there is no log.
    ///
    /// # Errors
    /// A key file or a log that cannot be read.
    pub fn writers(&self) -> Result<Vec<WriterInfo>, AuditError> {
        let mut log = self.log()?;
        let mine = [log.keys.public(KeyName::Log)?, log.keys.public(KeyName::Attest)?];
        let Some(opened) = Opened::open(&mut log)? else { return Ok(Vec::new()) };
        let origin = &opened.head().checkpoint().origin;
        let info = |writer: &LogWriter| {
            let names = [KeyName::Log, KeyName::Attest];
            WriterInfo {
                name: writer.name.clone(),
                from: writer.from,
                own: names.map(|name| Some(writer.key(name).clone())) == mine,
                keys: names
                    .map(|name| KeyInfo::of(name, writer.key(name), Some(origin), Some(true))),
            }
        };
        Ok(opened.writers().iter().map(info).collect())
    }

    /// Trusts the log at the configured place, which another machine opened: pins its first keys, and
    /// marks the state it has now. `first` is its first log key, named for `origin`, and must have been
    /// learnt by another way than the log; another log that was known there is forgotten at that place. Makes this machine's own keys where they are missing, and
    /// returns them for [`AuditTrail::admit`] on a machine that writes already; nothing is appended.
    ///
    /// # Errors
    /// A log that is missing, that another key opened, that nothing signed, or that a writer would
    /// refuse; keys or state that cannot be written.
    pub fn trust(&self, origin: &Origin, first: &PublicKey) -> Result<Vec<KeyInfo>, AuditError> {
        self.log()?.trust(origin.clone(), first)?;
        self.keys()
    }

    /// Admits a further machine, from the next entry on, and returns the checkpoint that says so.
    ///
    /// # Errors
    /// [`AuditError::AlreadyAdmitted`], [`AuditError::KeyOfAnotherLog`], and what keeps the event from
    /// being stored.
    pub fn admit(&self, admission: &Admission) -> Result<String, AuditError> {
        Ok(self.log()?.admit(admission)?.to_text())
    }

    fn with_opened<T>(
        &self,
        id: &str,
        read: impl FnOnce(&Opened<'_>) -> Result<T, AuditError>,
    ) -> Result<T, AuditError> {
        let mut log = self.log()?;
        match Opened::open(&mut log)? {
            Some(opened) => read(&opened),
            None => Err(AuditError::UnknownId { id: id.to_owned() }),
        }
    }

    pub(crate) fn log(&self) -> Result<Log, AuditError> {
        Log::new(self.config.clone(), self.ambient.clone())
    }
}

/// Refuses a query for particular records where there is no log.
fn names_nothing(query: &Query) -> Result<(), AuditError> {
    match query.ids.iter().chain(&query.cursor).next() {
        Some(id) => Err(AuditError::UnknownId { id: id.clone() }),
        None => Ok(()),
    }
}
