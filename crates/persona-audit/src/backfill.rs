//! Recording runs that took place elsewhere and are over: an archive taken over from another tool, a
//! log to try things on. A run of this process is opened before it drafts, by [`Recorder::start`].

use std::collections::BTreeSet;

use crate::ambient::Ambient;
use crate::config::AuditConfig;
use crate::error::AuditError;
use crate::event::Event;
use crate::id::AuditId;
use crate::key::PrivateKey;
use crate::log::Log;
use crate::recorder::Recorder;
use crate::run::{Completion, Failure, Opening, events};
use crate::store::Reader;
use crate::time::Time;

/// A run that took place elsewhere and is over.
#[derive(Clone, Debug)]
pub struct PastRun {
    /// Its id; one is drawn for the time of its opening where it has none.
    pub audit_id: Option<AuditId>,
    /// When it began; now, where nobody knows.
    pub opened_at: Option<Time>,
    /// What it said when it began.
    pub opening: Opening,
    /// When it ended; where nobody knows, the moment it began.
    pub ended_at: Option<Time>,
    /// How it ended.
    pub ending: Ending,
}

/// How a past run ended.
#[derive(Clone, Debug)]
pub enum Ending {
    /// With personas. Where the log is signed the closing is attested with this machine's key: who took
    /// the run over vouches for it.
    Completed(Box<Completion>),
    /// With an error.
    Failed(Failure),
    /// Its process was gone before it closed the run, which the log then says.
    Abandoned,
    /// Nobody knows, and the log says nothing of it: readers show the run as abandoned, and the next run
    /// or `audit repair` closes it so.
    Unknown,
}

impl Recorder {
    /// Appends the openings and closings of runs that are over, all in one commit (in a store that knows
    /// only single entries, one after the other), and returns their ids in the same order. What a run's
    /// closing names is believed: no output folder is looked at, none gets a checkpoint.
    ///
    /// # Errors
    /// [`AuditError::OnRecord`] for an id that is in the log or given twice, and whatever keeps the
    /// runs from being stored.
    pub fn backfill(&self, runs: &[PastRun]) -> Result<Vec<AuditId>, AuditError> {
        let mut log = Log::new(self.config().clone(), self.ambient().clone())?;
        log.known_or_gone()?;
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let (config, keys) = (log.config.clone(), log.keys.clone());
        let dated = date(runs, self.ambient())?;
        let checkpoint = log.append(&mut |reader, ground| {
            check_new(reader, &dated)?;
            let signer = if ground.trust.signing { Some(keys.load()?.attest) } else { None };
            let mut events = Vec::with_capacity(2 * dated.len());
            for run in &dated {
                run.tell(signer.as_deref(), &config, &mut events)?;
            }
            Ok(events)
        })?;
        log.state.raise_mark(&checkpoint)?;
        Ok(dated.into_iter().map(|run| run.id).collect())
    }
}

/// A past run that has its id and its times.
struct Dated<'run> {
    id: AuditId,
    opened: Time,
    ended: Time,
    run: &'run PastRun,
}

impl Dated<'_> {
    /// Adds the run's opening, and its closing where it has one.
    fn tell(
        &self,
        signer: Option<&PrivateKey>,
        config: &AuditConfig,
        events: &mut Vec<Event>,
    ) -> Result<(), AuditError> {
        let opening = events::opened(&self.id, self.opened, &self.run.opening, config)?;
        let closing = match &self.run.ending {
            Ending::Completed(completion) => {
                let mut closing = events::completed(&self.id, self.ended, completion)?;
                events::attest(&opening, &mut closing, signer, config)?;
                Some(closing)
            }
            Ending::Failed(failure) => Some(events::failed(&self.id, self.ended, failure)?),
            Ending::Abandoned => Some(events::abandoned(&self.id, self.ended)),
            Ending::Unknown => None,
        };
        events.push(opening);
        events.extend(closing);
        Ok(())
    }
}

fn date<'run>(runs: &'run [PastRun], ambient: &Ambient) -> Result<Vec<Dated<'run>>, AuditError> {
    let mut ids = BTreeSet::new();
    let mut dated = Vec::with_capacity(runs.len());
    for run in runs {
        let opened = run.opened_at.unwrap_or_else(|| ambient.now());
        let id = match &run.audit_id {
            Some(id) => id.clone(),
            None => AuditId::new(opened, ambient.random()?),
        };
        if !ids.insert(id.clone()) {
            return Err(AuditError::OnRecord { id });
        }
        dated.push(Dated { id, opened, ended: run.ended_at.unwrap_or(opened), run });
    }
    Ok(dated)
}

/// Refuses a run that the log has already: a second opening would be taken for a forgery.
fn check_new(reader: &dyn Reader, runs: &[Dated<'_>]) -> Result<(), AuditError> {
    for run in runs.iter().filter(|run| run.run.audit_id.is_some()) {
        if !reader.entries_of(Some(run.id.as_str()))?.is_empty() {
            return Err(AuditError::OnRecord { id: run.id.clone() });
        }
    }
    Ok(())
}
