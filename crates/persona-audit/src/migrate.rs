//! Moving a log to another store: copied while runs go on, finished under the append lock.
//!
//! The order of the durable steps is that of [`Step::OF_A_MOVE`]. Up to [`Step::MovedAway`] the old place is
//! the log's, from then on the new one is; in the end what lies at the old place gets another name: a process that is killed at any moment leaves one log that can
//! be appended to, and a second `migrate_to` ends what the first began.

use crate::ambient::{Ambient, Step};
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::config::AuditConfig;
use crate::digest::Digest;
use crate::error::AuditError;
use crate::finding::{Code, Finding};
use crate::guard::{self, Ground, contradiction};
use crate::id::Origin;
use crate::known::Known;
use crate::log::{Log, adopt};
use crate::record::Status;
use crate::standing::{Standing, standing};
use crate::state::{Location, StateFolder, Whereabouts};
use crate::store::{Head, Reader, RowFilter, Store, StoreError, Writer};
use crate::transfer::{Progress, Transfer, Watch};

/// What a log that was moved has to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The place it was moved from.
    pub from: String,
    /// The name that what lies there has now, by which nobody appends to it.
    pub aside: String,
    /// The place it lies at.
    pub to: String,
    /// The newest checkpoint at both places, as a signed note.
    pub checkpoint: String,
    /// The number of entries.
    pub size: u64,
    /// The root of the old place's checkpoint, recomputed from its headers.
    pub root_before: Digest,
    /// The root that the subtrees read at the new place hash to.
    pub root_after: Digest,
}

/// A log and the place it is to be moved to.
pub(crate) struct Mover<'log> {
    log: &'log mut Log,
    target: Box<dyn Store>,
    from: String,
    to: String,
}

impl<'log> Mover<'log> {
    pub(crate) fn new(log: &'log mut Log, target: &AuditConfig) -> Result<Self, AuditError> {
        let target = target.store()?;
        let (from, to) = (log.store.place(), target.place());
        Ok(Self { log, target, from, to })
    }

    /// Moves the log.
    pub(crate) fn migrate(mut self, watch: Watch<'_>) -> Result<Migration, AuditError> {
        if self.was_not_retired()? {
            return self.retire_leftover();
        }
        let known = self.log.known_or_gone()?;
        if self.from == self.to {
            if !self.log.store.exists() {
                return Err(AuditError::NoLog);
            }
            return Err(StoreError::Occupied { place: self.to }.into());
        }
        let seen = self.look(&known)?;
        let arrived = self.clear_target(&seen)?;
        if arrived {
            return self.move_under_lock(None, watch);
        }
        self.announce(&seen)?;
        let transfer = self.carry(&seen.origin, watch)?;
        self.move_under_lock(Some(transfer), watch)
    }

    /// Whether an earlier move to this very place ended before the old one was set aside.
    fn was_not_retired(&self) -> Result<bool, AuditError> {
        let location = self.log.state.location(&self.from)?;
        let moved = location.is_some_and(
            |location| matches!(location.whereabouts, Whereabouts::MovedTo(to) if to == self.to),
        );
        Ok(moved && self.log.store.exists())
    }

    /// Sets aside what was left at the old place, when all of it is at the new one.
    fn retire_leftover(self) -> Result<Migration, AuditError> {
        let Self { log, mut target, from, to } = self;
        let Log { store, state, ambient, .. } = log;
        let writer = store.write()?;
        let left = writer.head()?.ok_or(AuditError::NoLog)?;
        let left = guard::read_head(&left, None).map_err(contradiction)?;
        let reader = target.read()?;
        let head = reader.head()?.ok_or(AuditError::NoLog)?;
        let head =
            guard::read_head(&head, Some(&left.checkpoint().origin)).map_err(contradiction)?;
        if standing(&*reader, head.checkpoint(), left.checkpoint())? != Standing::Agrees {
            let detail = format!("what was appended at `{from}` since the move is not at `{to}`");
            return Err(contradiction(Finding::error(Code::LogForked, detail)));
        }
        state.write_location(&to, &left.checkpoint().origin)?;
        let aside = retire(writer, (&from, &to), ambient)?;
        let Checkpoint { size, root, .. } = *left.checkpoint();
        let checkpoint = left.to_text();
        Ok(Migration { from, aside, to, checkpoint, size, root_before: root, root_after: root })
    }

    /// Looks at the log as a writer would, before anything is written.
    fn look(&mut self, known: &Known) -> Result<Ground, AuditError> {
        let Log { store, state, .. } = &mut *self.log;
        let reader = match store.read() {
            Err(StoreError::Missing { .. }) => return Err(AuditError::NoLog),
            reader => reader?,
        };
        let (_, ground) = sound(&*reader, known)?;
        check_settled(&*reader, state, &ground.origin)?;
        Ok(ground)
    }

    /// Makes room at the new place, and returns whether the whole log arrived there before.
    fn clear_target(&mut self, ground: &Ground) -> Result<bool, AuditError> {
        let state = &self.log.state;
        let was = state
            .location(&self.to)?
            .map(|Location { origin, whereabouts }| (origin == ground.origin, whereabouts));
        match was {
            Some((true, Whereabouts::ArrivingFrom(_))) => {
                if head(&mut *self.target)?.is_some_and(|head| is(&head, &ground.head)) {
                    return Ok(true);
                }
                self.set_target_aside()?;
            }
            Some((true, Whereabouts::MovedTo(_))) => self.set_target_aside()?,
            Some((false, Whereabouts::Here | Whereabouts::ArrivingFrom(_))) => {
                let known = Known::read(&mut *self.target, state, &self.log.keys)?;
                if let Some(finding) = known.gone().filter(|_| !self.target.exists()) {
                    return Err(contradiction(finding));
                }
            }
            Some((true, Whereabouts::Here) | (false, Whereabouts::MovedTo(_))) | None => {}
        }
        Ok(false)
    }

    /// Moves aside what an earlier move left at the new place.
    fn set_target_aside(&mut self) -> Result<(), AuditError> {
        if self.target.exists() {
            self.target.set_aside(&moved_aside(&self.log.ambient))?;
        }
        Ok(())
    }

    /// Says that the log is on its way: from now on nobody opens another one at the new place.
    fn announce(&self, ground: &Ground) -> Result<(), AuditError> {
        let state = &self.log.state;
        adopt(state, &self.from, ground)?;
        release(state, &self.to)?;
        let arriving = Whereabouts::ArrivingFrom(self.from.clone());
        state.write_whereabouts(&self.to, &ground.origin, &arriving)?;
        self.log.ambient.after(Step::Arriving);
        Ok(())
    }

    /// Copies what is there now; runs go on meanwhile.
    fn carry(&mut self, origin: &Origin, watch: Watch<'_>) -> Result<Transfer, AuditError> {
        let reader = self.log.store.read()?;
        let head = reader.head()?.ok_or(AuditError::NoLog)?;
        let note = guard::read_head(&head, Some(origin)).map_err(contradiction)?;
        let mut importer = self.target.import(origin.as_str())?;
        let mut transfer = Transfer::default();
        let ambient = &self.log.ambient;
        transfer.run(&*reader, note.checkpoint(), Some(&mut *importer), &mut |progress| {
            ambient.after(Step::Staged);
            watch(progress)
        })?;
        // Here, since it takes long: under the lock nobody could append meanwhile. What comes until then
        // is computed as well.
        transfer.check_rows(&*reader)?;
        Ok(transfer)
    }

    /// Takes the append lock, copies what came since, and says where the log is now. Without a transfer
    /// the whole log is at the new place already.
    fn move_under_lock(
        self,
        transfer: Option<Transfer>,
        watch: Watch<'_>,
    ) -> Result<Migration, AuditError> {
        let Self { log, mut target, from, to } = self;
        let known = log.known_or_gone()?;
        let Log { store, state, ambient, .. } = log;
        let writer = store.write()?;
        state.origin_at(&from)?;
        let (head, ground) = sound(&*writer, &known)?;
        check_settled(&*writer, state, &ground.origin)?;
        if let Some(mut transfer) = transfer {
            let mut importer = target.import(ground.origin.as_str())?;
            let checkpoint = ground.head.checkpoint();
            transfer.run(&*writer, checkpoint, Some(&mut *importer), watch)?;
            transfer.carry_rest(&mut *importer)?;
            importer.finish(&head)?;
            ambient.after(Step::Imported);
        }
        let root_after = arrived(&mut *target, &known, &ground.head)?;
        let origin = &ground.origin;
        state.write_whereabouts(&from, origin, &Whereabouts::MovedTo(to.clone()))?;
        ambient.after(Step::MovedAway);
        state.write_location(&to, origin)?;
        ambient.after(Step::Arrived);
        let aside = retire(writer, (&from, &to), ambient)?;
        let checkpoint = ground.head.checkpoint();
        Ok(Migration {
            from,
            aside,
            to,
            checkpoint: ground.head.to_text(),
            size: checkpoint.size,
            root_before: checkpoint.root,
            root_after,
        })
    }
}

/// Gives what lies at the old place another name: machines that do not know of the move find no log there,
/// and nobody's runs get lost in a copy.
fn retire(
    writer: Box<dyn Writer + '_>,
    (from, to): (&str, &str),
    ambient: &Ambient,
) -> Result<String, AuditError> {
    let aside = writer.retire(&moved_aside(ambient)).map_err(|source| AuditError::NotRetired {
        from: from.to_owned(),
        to: to.to_owned(),
        source,
    })?;
    ambient.after(Step::Retired);
    Ok(aside)
}

fn moved_aside(ambient: &Ambient) -> String {
    format!("moved-{}", ambient.now().to_string().replace(':', ""))
}

/// Returns the head and what a writer sees of a log that it would append to.
fn sound(reader: &dyn Reader, known: &Known) -> Result<(Head, Ground), AuditError> {
    let head = reader.head()?.ok_or(AuditError::NoLog)?;
    let ground = guard::inspect(reader, &head, known, None)?.agreeing()?;
    Ok((head, ground))
}

/// Refuses a log with runs that have no end in it: theirs would be appended to the old place.
fn check_settled(
    reader: &dyn Reader,
    state: &StateFolder,
    origin: &Origin,
) -> Result<(), AuditError> {
    let statuses = vec![Status::Started.as_str().to_owned()];
    let open = reader.rows(&RowFilter { statuses, ..RowFilter::default() })?;
    let mut runs: Vec<String> = open.into_iter().map(|row| row.audit_id).collect();
    for id in state.pending_ids()? {
        let of_another = state.pending(&id).is_some_and(|(pending, _)| pending.origin != *origin);
        if !of_another {
            runs.push(id.to_string());
        }
    }
    runs.sort();
    runs.dedup();
    if runs.is_empty() { Ok(()) } else { Err(AuditError::RunsOpen { runs: runs.len() }) }
}

/// What is known of a place is about to be replaced: a log that was moved away from it no longer needs
/// its word for lying where it lies.
fn release(state: &StateFolder, place: &str) -> Result<(), AuditError> {
    let Some(Location { origin, whereabouts: Whereabouts::MovedTo(to) }) = state.location(place)?
    else {
        return Ok(());
    };
    let arriving = Whereabouts::ArrivingFrom(place.to_owned());
    if state.location(&to)?.is_some_and(|location| location.whereabouts == arriving) {
        state.write_location(&to, &origin)?;
    }
    Ok(())
}

/// Reads the new place anew, and returns the root that its subtrees give; it must be the log's.
fn arrived(
    target: &mut dyn Store,
    known: &Known,
    wanted: &SignedCheckpoint,
) -> Result<Digest, AuditError> {
    let reader = target.read()?;
    let (head, ground) = sound(&*reader, known)?;
    if !is(&head, wanted) {
        let detail = "what arrived at the new place is not the log that was moved";
        return Err(contradiction(Finding::error(Code::LogForked, detail)));
    }
    Ok(ground.frontier.root())
}

fn head(store: &mut dyn Store) -> Result<Option<Head>, StoreError> {
    match store.read() {
        Err(StoreError::Missing { .. }) => Ok(None),
        reader => reader?.head(),
    }
}

fn is(head: &Head, note: &SignedCheckpoint) -> bool {
    head.checkpoint == note.to_text().as_bytes()
}

impl Log {
    /// Moves the log to the place that `target` names.
    pub(crate) fn migrate(
        &mut self,
        target: &AuditConfig,
        watch: &mut dyn FnMut(Progress) -> std::ops::ControlFlow<()>,
    ) -> Result<Migration, AuditError> {
        Mover::new(self, target)?.migrate(watch)
    }
}
