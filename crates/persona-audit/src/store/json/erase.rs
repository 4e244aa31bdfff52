//! Erasing in the JSON store: what is to go is noted first, so that an erasure that was cut short is
//! finished by the next writer, and readers see it as finished.

use std::io::{self, Read as _};

use serde_json::{Value, json};

use crate::canonical::{parse_canonical, to_canonical};
use crate::store::json::columns::Columns;
use crate::store::json::folder::{COLUMNS, ERASING, Folder, Found, entry_name};
use crate::store::json::lock;
use crate::store::json::{entry, folder};
use crate::store::{Erasure, HalfName, RowChange, StoreError, StoredEntry};

/// The note is never larger: an erasure names a thousand records at the most.
const MAX_NOTE: u64 = 16 * 1024 * 1024;

/// What is to be erased; it holds indexes and ids, and nothing of what is erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Erasing {
    halves: Vec<(i64, HalfName)>,
    rows: Vec<(String, HalfName)>,
}

/// What lies where such a note would.
#[derive(Debug)]
pub(super) enum Note {
    None,
    Of(Erasing),
    /// Something that this version did not write: nothing is erased for it.
    Spoilt,
}

impl Note {
    pub(super) fn erasing(&self) -> Option<&Erasing> {
        match self {
            Self::Of(erasing) => Some(erasing),
            Self::None | Self::Spoilt => None,
        }
    }
}

impl Erasing {
    pub(super) fn of(erasure: &Erasure) -> Self {
        let halves = erasure.halves.iter();
        let halves = halves.filter_map(|(index, half)| Some((i64::try_from(*index).ok()?, *half)));
        let rows = erasure.rows.iter().filter_map(|change| match change {
            RowChange::Erase { audit_id, half } => Some((audit_id.clone(), *half)),
            // What else a row says follows from entries that stay.
            RowChange::Add(_) | RowChange::Status { .. } => None,
        });
        Self { halves: halves.collect(), rows: rows.collect() }
    }

    /// Reads the note of an erasure that was cut short: what reads as one, or that it does not.
    pub(super) fn read(folder: &Folder) -> Result<Note, StoreError> {
        let file = match folder::open(&folder.file(ERASING)) {
            Ok(Some(file)) => file,
            // Something else in its place is told by the listing.
            Ok(None) => return Ok(Note::None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Note::None),
            Err(error) => return Err(folder.failed(&error)),
        };
        let mut bytes = Vec::new();
        file.take(MAX_NOTE).read_to_end(&mut bytes).map_err(|error| folder.failed(&error))?;
        let read = parse_canonical(&bytes).ok().and_then(|value| Self::from_value(&value));
        Ok(read.map_or(Note::Spoilt, Note::Of))
    }

    /// Does it all; what is done already stays so. The append lock is held.
    pub(super) fn perform(&self, folder: &Folder) -> Result<(), StoreError> {
        let note = to_canonical(&self.to_value());
        let note = note.map_err(|_error| folder.unreadable("an erasure names no index"))?;
        let _readers = lock::for_erasing(folder)?;
        folder.replace(ERASING, &note)?;
        let size = i64::MAX;
        let columns = Columns::open(&folder.file(COLUMNS)).and_then(|columns| columns.read(size));
        let columns = columns.map_err(|error| folder.failed(&error))?;
        if let Some(bytes) = columns.without(&self.rows()) {
            folder.replace(COLUMNS, &bytes)?;
        }
        for (index, _) in &self.halves {
            self.rewrite(folder, *index)?;
        }
        folder.remove(ERASING)
    }

    /// Does to an entry that was read what is yet to be done to its file.
    pub(super) fn finish_entry(&self, entry: &mut StoredEntry) {
        let index = entry.index;
        for (_, half) in self.halves.iter().filter(|(of, _)| *of == index) {
            entry.erase(*half);
        }
    }

    pub(super) fn rows(&self) -> Vec<RowChange> {
        let rows = self.rows.iter().cloned();
        rows.map(|(audit_id, half)| RowChange::Erase { audit_id, half }).collect()
    }

    fn rewrite(&self, folder: &Folder, index: i64) -> Result<(), StoreError> {
        let Found::Bytes(bytes) = folder.read(index)? else { return Ok(()) };
        let mut stored = entry::decode(index, &bytes);
        if let Some(fault) = stored.fault {
            return Err(folder.unreadable(&format!("entry {index} {fault}")));
        }
        self.finish_entry(&mut stored);
        match entry::encode(&stored) {
            Some(rewritten) if rewritten != bytes => folder.replace(&entry_name(index), &rewritten),
            _ => Ok(()),
        }
    }

    fn to_value(&self) -> Value {
        let halves = self.halves.iter().map(|(index, half)| json!([index, half_name(*half)]));
        let rows = self.rows.iter().map(|(audit_id, half)| json!([audit_id, half_name(*half)]));
        json!({"halves": halves.collect::<Vec<_>>(), "rows": rows.collect::<Vec<_>>()})
    }

    fn from_value(value: &Value) -> Option<Self> {
        let pairs = |name: &str| value.get(name)?.as_array();
        let pair = |value: &Value| Some((value.get(0)?.clone(), half_of(value.get(1)?.as_str()?)?));
        let half = |value| pair(value).and_then(|(index, half)| Some((index.as_i64()?, half)));
        let row = |value| pair(value).and_then(|(id, half)| Some((id.as_str()?.to_owned(), half)));
        let read = Self {
            halves: pairs("halves")?.iter().map(half).collect::<Option<_>>()?,
            rows: pairs("rows")?.iter().map(row).collect::<Option<_>>()?,
        };
        (read.to_value() == *value).then_some(read)
    }
}

fn half_name(half: HalfName) -> &'static str {
    match half {
        HalfName::Public => "public",
        HalfName::Private => "private",
    }
}

fn half_of(name: &str) -> Option<HalfName> {
    [HalfName::Public, HalfName::Private].into_iter().find(|half| half_name(*half) == name)
}

#[cfg(test)]
mod tests;
