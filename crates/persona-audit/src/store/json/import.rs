//! Taking over a log: its entries are staged in a folder beside, which then gets the store's name.

use std::fs;
use std::io;
use std::path::Path;

use crate::digest::Digest;
use crate::files;
use crate::store::json::folder::{Folder, LOCK, TILES};
use crate::store::json::read::View;
use crate::store::json::{FOLDER, entry, lock};
use crate::store::{Head, Importer, Part, StoreError, StoredEntry, StoredState, disk};

/// A log that is being taken over.
#[derive(Debug)]
pub(super) struct Takeover {
    staging: Folder,
    target: Folder,
    staged: i64,
    _hold: fs::File,
}

impl Takeover {
    /// Goes on with what is staged for this log already.
    pub(super) fn begin(parent: &Path, target: Folder, origin: &str) -> Result<Self, StoreError> {
        let name: String = Digest::of(origin.as_bytes()).to_hex().chars().take(32).collect();
        let path = parent.join(format!("{FOLDER}.importing-{name}"));
        let staging = Folder::new(path, format!("{} (importing)", target.path().display()));
        files::create_private_folder(staging.path()).map_err(|error| staging.failed(&error))?;
        disk::check_local(staging.path(), &target.path().display().to_string())?;
        let hold = lock::for_appending(&staging)?;
        staging.sweep()?;
        let mut takeover = Self { staging, target, staged: 0, _hold: hold };
        takeover.staged = takeover.view()?.size();
        Ok(takeover)
    }

    fn view(&self) -> Result<View, StoreError> {
        View::open(self.staging.clone(), lock::against_erasure(&self.staging)?)
    }

    fn stage(&self, entry: &StoredEntry) -> Result<(), StoreError> {
        let index = entry.index;
        let no_file = || self.staging.unreadable(&format!("entry {index} has no file"));
        let bytes = entry::encode(entry).ok_or_else(no_file)?;
        // A step that was cut short is done again.
        if self.staging.link(index, &bytes)? {
            return Ok(());
        }
        Err(self.staging.unreadable(&format!("entry {index} is there already")))
    }

    /// Makes room where an append was begun and none was made.
    fn clear_target(&self) -> io::Result<()> {
        if self.target.is_used()? {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a log lies there already"));
        }
        let gone = |result: io::Result<()>| match result {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        gone(fs::remove_file(self.target.file(LOCK)))?;
        gone(fs::remove_dir_all(self.target.file(TILES)))?;
        gone(fs::remove_dir(self.target.path()))
    }
}

impl Importer for Takeover {
    fn staged(&self) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.staged).unwrap_or(0))
    }

    fn add(&mut self, part: &Part) -> Result<(), StoreError> {
        for (entry, frontier) in part.entries.iter().zip(&part.frontiers) {
            let kept = part.kept.iter().find(|kept| Some(kept.size) == entry.index.checked_add(1));
            let frontier = frontier.iter().map(|hash| hash.as_bytes().to_vec()).collect();
            let checkpoint = kept.map(|kept| kept.note.clone());
            let state = Some(StoredState { frontier, checkpoint });
            self.stage(&StoredEntry { state, ..entry.clone() })?;
            self.staged = entry.index.saturating_add(1);
        }
        Ok(())
    }

    fn finish(self: Box<Self>, head: &Head) -> Result<(), StoreError> {
        if head.size != self.staged {
            let (staged, size) = (self.staged, head.size);
            let reason = format!("{staged} of {size} entries were taken over");
            return Err(self.staging.unreadable(&reason));
        }
        let view = self.view()?;
        let last = self.staged.saturating_sub(1);
        if let Some(mut entry) = view.stored(last)?
            && let Some(state) = &mut entry.state
        {
            state.checkpoint = Some(head.checkpoint.clone());
            let no_file = || self.staging.unreadable("the head has no file");
            let bytes = entry::encode(&entry).ok_or_else(no_file)?;
            self.staging.replace(&crate::store::json::folder::entry_name(last), &bytes)?;
        }
        view.catch_up()?;
        drop(view);
        let failed = |error: io::Error| self.target.failed(&error);
        self.clear_target().map_err(failed)?;
        fs::rename(self.staging.path(), self.target.path()).map_err(failed)?;
        let parent = self.target.path().parent().unwrap_or_else(|| Path::new("."));
        fs::File::open(parent).and_then(|parent| parent.sync_all()).map_err(failed)
    }
}
