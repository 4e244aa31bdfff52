//! Runs whose process is gone: a pending closing is completed where its output stands, any other
//! such run is called abandoned. Only a process about to append does this.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::ambient::Ambient;
use crate::check::check;
use crate::checkpoint::SignedCheckpoint;
use crate::digest::Digest;
use crate::error::AuditError;
use crate::event::{Event, Kind};
use crate::files::{self, Durable};
use crate::guard::Ground;
use crate::id::{AuditId, Origin};
use crate::liveness::Liveness;
use crate::log::Log;
use crate::record::{RunEvents, Status};
use crate::run::events;
use crate::state::{Pending, Signed, StateFolder};
use crate::store::{Reader, RowFilter};

/// No append settles more runs than this; the next one goes on.
const MAX_SETTLED: usize = 100;

/// Finds runs to settle and remembers what to tidy up once that is stored.
#[derive(Debug)]
pub(crate) struct Settler {
    pub(crate) state: StateFolder,
    pub(crate) runs: Arc<dyn Liveness>,
    pub(crate) ambient: Ambient,
}

/// Closings for runs that are gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settlement {
    /// The closings to append.
    pub(crate) events: Vec<Event>,
    /// Runs that are closed, or will be by these events, and left something behind.
    settled: Vec<AuditId>,
    /// Their output folders, where those stand.
    folders: Vec<PathBuf>,
}

impl Settler {
    pub(crate) fn of(log: &Log) -> Self {
        let (state, ambient) = (log.state.clone(), log.ambient.clone());
        Self { state, runs: log.store.liveness(), ambient }
    }

    /// Looks for runs that are gone, under the append lock; those in `closed` are being closed by their own
    /// threads.
    pub(crate) fn plan(
        &self,
        reader: &dyn Reader,
        ground: &Ground,
        closed: &BTreeSet<&AuditId>,
    ) -> Result<Settlement, AuditError> {
        let mut look = Look { reader, ground, settlement: Settlement::default() };
        let mut pending = self.state.pending_ids()?;
        pending.retain(|id| !closed.contains(id));
        for id in self.runs.gone(pending) {
            match self.state.pending(&id) {
                Some((pending, _)) if pending.origin != ground.origin => {}
                Some((pending, signed)) if is_own(ground, &signed) => {
                    look.settle(&id, Some(pending), &self.ambient)?;
                }
                Some(_) | None => look.settle(&id, None, &self.ambient)?,
            }
        }
        let open = RowFilter {
            statuses: vec![Status::Started.as_str().to_owned()],
            limit: Some(MAX_SETTLED),
            ..RowFilter::default()
        };
        let rows = reader.rows(&open)?;
        let mut open: Vec<_> =
            rows.iter().filter_map(|row| AuditId::parse(&row.audit_id)).collect();
        open.retain(|id| !look.settlement.settled.contains(id) && !closed.contains(id));
        for id in self.runs.gone(open) {
            look.settle(&id, None, &self.ambient)?;
        }
        Ok(look.settlement)
    }

    /// Removes what settled runs left behind, after their closings are stored.
    pub(crate) fn tidy(
        &self,
        settlement: &Settlement,
        checkpoint: &SignedCheckpoint,
    ) -> Result<(), AuditError> {
        for folder in &settlement.folders {
            // A folder that cannot be written stands without its copy; the record is whole.
            drop(copy_checkpoint(folder, checkpoint));
        }
        for id in &settlement.settled {
            self.state.remove_pending(id)?;
        }
        self.runs.clear();
        Ok(())
    }
}

/// The log under the append lock, and what was decided so far.
struct Look<'lock> {
    reader: &'lock dyn Reader,
    ground: &'lock Ground,
    settlement: Settlement,
}

impl Look<'_> {
    /// Decides on one run by its events; columns are never believed.
    fn settle(
        &mut self,
        id: &AuditId,
        pending: Option<Pending>,
        ambient: &Ambient,
    ) -> Result<(), AuditError> {
        if self.settlement.settled.len() >= MAX_SETTLED {
            return Ok(());
        }
        let run = run_events(self.reader, &self.ground.origin, id)?;
        let finished = pending.filter(stands).map(|pending| {
            self.settlement.folders.push(pending.folder);
            pending.event
        });
        match (run.opening.is_some(), run.status(), finished) {
            (true, Status::Started | Status::Abandoned, Some(closing)) => {
                self.settlement.events.push(closing);
            }
            (true, Status::Started, None) => {
                self.settlement.events.push(events::abandoned(id, ambient.now()));
            }
            (..) => {}
        }
        self.settlement.settled.push(id.clone());
        Ok(())
    }
}

/// Whether a pending closing is one that a writer's key signed: whoever can write to the state folder
/// alone cannot have a closing of theirs signed into the log.
fn is_own(ground: &Ground, signed: &Signed) -> bool {
    let mut attesters = ground.trust.writers.attesters(ground.frontier.size());
    !ground.trust.signing || attesters.any(|key| signed.by(key))
}

/// Returns the run's events that are as they were sealed.
fn run_events(reader: &dyn Reader, origin: &Origin, id: &AuditId) -> Result<RunEvents, AuditError> {
    let mut run = RunEvents::default();
    for stored in reader.entries_of(Some(id.as_str()))? {
        let index = u64::try_from(stored.index).unwrap_or(u64::MAX);
        let checked = check(&stored, origin.as_str());
        if let Some(halves) = checked.halves.filter(|halves| halves.audit_id.as_ref() == Some(id)) {
            run.add(index, halves);
        }
    }
    Ok(run)
}

/// Whether the output folder stands with the digests that the closing names; no file is no folder.
fn stands(pending: &Pending) -> bool {
    let files = pending.event.members.get("output").and_then(|output| output.get("files"));
    let Some(files) = files.and_then(Value::as_array) else { return false };
    pending.event.kind == Kind::GenerationCompleted
        && !files.is_empty()
        && files.iter().all(|file| {
            let text = |name: &str| file.get(name).and_then(Value::as_str).unwrap_or_default();
            let path = pending.folder.join(text("path"));
            digest_file(&path).is_ok_and(|digest| digest.to_hex() == text("sha256"))
        })
}

/// Adds the copy of the checkpoint to a finished output folder, unless it is there.
pub(crate) fn copy_checkpoint(folder: &Path, checkpoint: &SignedCheckpoint) -> io::Result<()> {
    let path = folder.join("checkpoint");
    if path.exists() {
        return Ok(());
    }
    // Not synced: after a power cut it may be missing, and the log itself is the truth.
    files::replace(&path, checkpoint.to_text().as_bytes(), Durable::No)
}

/// Returns the digest of a file's bytes, read as a stream.
pub(crate) fn digest_file(path: &Path) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    io::copy(&mut files::open_regular(path)?, &mut Hashing(&mut hasher))?;
    Digest::from_slice(&hasher.finalize()).ok_or_else(|| io::Error::other("no digest"))
}

struct Hashing<'hasher>(&'hasher mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
