//! Which entries lie in the folder, and what else does.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use crate::store::json::folder::{
    COLUMNS, ERASING, Folder, HASHES, LOCK, TEMPORARY, TILES, entry_index,
};
use crate::store::{Oddity, StoreError};

/// Names of one sort that are told one by one; of more, how many there are.
const NAMED: usize = 10;

/// The folder as it is at one moment.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// The indexes that have a file, in order.
    pub(super) indexes: Vec<i64>,
    faults: Names,
    strays: Names,
    temporary: Names,
    /// Whether a writer has something to sweep up.
    pub(super) littered: bool,
}

#[derive(Debug, Default)]
struct Names {
    first: Vec<String>,
    number: usize,
}

impl Listing {
    /// Lists the folder. Entries that appear meanwhile are beyond this moment, unless all before them
    /// are in it.
    pub(super) fn of(folder: &Folder) -> Result<Self, StoreError> {
        let read = |listing: &mut Self| listing.read(folder).map_err(|error| folder.failed(&error));
        let mut listing = Self::default();
        read(&mut listing)?;
        if !listing.is_dense() {
            // A folder that grows while it is read may show a later name and not an earlier one. Whatever
            // was there before a name that was seen is seen by a second look.
            let mut second = Self::default();
            read(&mut second)?;
            let last = listing.indexes.last().copied();
            let all: BTreeSet<i64> =
                listing.indexes.iter().chain(&second.indexes).copied().collect();
            listing.indexes = all.into_iter().filter(|index| Some(*index) <= last).collect();
        }
        listing.littered = listing.temporary.number > 0;
        if listing.littered && is_held(&folder.file(LOCK)) {
            // They are a living writer's.
            listing.temporary = Names::default();
        }
        Ok(listing)
    }

    /// Returns what is not as this version lays it out.
    pub(super) fn oddities(&self) -> Vec<Oddity> {
        let faults = self.faults.tell("lies where only persona's files belong");
        let strays = self.strays.tell("is none of persona's files");
        let temporary = self.temporary.tell("was left behind by a writer that was cut short");
        let faults = faults.into_iter().map(Oddity::Fault);
        faults.chain(strays.into_iter().chain(temporary).map(Oddity::Stray)).collect()
    }

    fn read(&mut self, folder: &Folder) -> io::Result<()> {
        for entry in fs::read_dir(folder.path())? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if let Some(index) = entry_index(&name) {
                self.indexes.push(index);
                continue;
            }
            let kind = entry.file_type()?;
            match &*name {
                LOCK | COLUMNS | ERASING if kind.is_file() => {}
                TILES if kind.is_dir() => {}
                LOCK | COLUMNS | ERASING | TILES => self.faults.add(&name),
                _ if name.starts_with(TEMPORARY) && !kind.is_dir() => self.temporary.add(&name),
                // Whoever reads the folder with other tools takes these for entries.
                _ if name.ends_with(".json") => self.faults.add(&name),
                _ => self.strays.add(&name),
            }
        }
        self.indexes.sort_unstable();
        self.read_tiles(&folder.file(TILES))
    }

    fn read_tiles(&mut self, path: &Path) -> io::Result<()> {
        if !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
            return Ok(());
        }
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name();
            let named = format!("{TILES}/{}", name.to_string_lossy());
            match (name.to_str(), entry.file_type()?.is_file()) {
                (Some(HASHES), true) => {}
                (Some(HASHES), false) => self.faults.add(&named),
                _ => self.strays.add(&named),
            }
        }
        Ok(())
    }

    /// Whether every index up to the last has a file.
    fn is_dense(&self) -> bool {
        let last = self.indexes.last().copied().unwrap_or(-1);
        i64::try_from(self.indexes.len()).is_ok_and(|number| number == last.saturating_add(1))
    }
}

impl Names {
    fn add(&mut self, name: &str) {
        if self.first.len() < NAMED {
            self.first.push(name.escape_debug().to_string());
        }
        self.number += 1;
    }

    fn tell(&self, what: &str) -> Vec<String> {
        let mut first = self.first.clone();
        first.sort();
        let mut told: Vec<String> = first.iter().map(|name| format!("`{name}` {what}")).collect();
        let more = self.number - self.first.len();
        if more > 0 {
            told.push(format!("{more} more of these {what}"));
        }
        told
    }
}

/// Whether somebody holds the lock at this moment.
fn is_held(path: &Path) -> bool {
    let held = |file: File| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
    File::open(path).is_ok_and(held)
}
