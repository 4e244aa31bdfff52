//! `columns.jsonl`: one line an entry, with what it does to the rows, so that records are found without a
//! walk over all entries. Line and entry have the same number, from 0.
//!
//! The file is not synced. After a power cut its end may be missing or be zeros; it is believed up to there.

use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::columns;
use crate::entry::Header;
use crate::event::{Event, Kind};
use crate::id::AuditId;
use crate::store::json::folder;
use crate::store::json::glance::{self, Span};
use crate::store::{HalfName, RowChange, StoredEntry};

/// No file is larger than this and so much an entry.
const MAX_BASE: u64 = 64 * 1024 * 1024;
const MAX_LINE: u64 = 64 * 1024;
/// An opening and a closing together take twice as much or more.
const SHORT: usize = 150;

/// What an entry does to the rows: an opening has all members, a closing those three, anything else two.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<T = String> {
    pub(super) audit_id: Option<T>,
    pub(super) data_hash: Option<T>,
    pub(super) data_path: Option<T>,
    pub(super) index: i64,
    pub(super) model: Option<T>,
    pub(super) provider: Option<T>,
    pub(super) status: Option<T>,
    pub(super) time: Option<T>,
    pub(super) user: Option<T>,
}

impl Line {
    pub(super) fn new(index: i64, audit_id: Option<&str>, change: Option<&RowChange>) -> Self {
        let line = Self { audit_id: audit_id.map(ToOwned::to_owned), ..Self::bare(index) };
        match change.cloned() {
            Some(RowChange::Add(row)) => Self {
                audit_id: Some(row.audit_id),
                data_hash: row.data_hash,
                data_path: row.data_path,
                index,
                model: row.model,
                provider: row.provider,
                status: Some(row.status),
                time: Some(row.time),
                user: row.user,
            },
            Some(RowChange::Status { status, .. }) => Self { status: Some(status), ..line },
            Some(RowChange::Erase { .. }) | None => line,
        }
    }

    /// Returns the line that goes with an entry as it is stored now.
    pub(super) fn of(entry: &StoredEntry) -> Self {
        let Ok(header) = Header::parse(&entry.header) else {
            return Self::new(entry.index, None, None);
        };
        let audit_id = header.audit_id.as_ref().map(AuditId::as_str);
        Self::new(entry.index, audit_id, change(&header, entry).as_ref())
    }
}

impl<T> Line<T> {
    /// The line of an entry that has nothing to do with a run.
    pub(super) fn bare(index: i64) -> Self {
        Self {
            audit_id: None,
            data_hash: None,
            data_path: None,
            index,
            model: None,
            provider: None,
            status: None,
            time: None,
            user: None,
        }
    }

    /// Returns the same line with its texts as `text` has them.
    fn with<'a, U>(&'a self, text: impl Fn(&'a T) -> Option<U>) -> Line<U> {
        let each = |member: &'a Option<T>| member.as_ref().and_then(&text);
        Line {
            audit_id: each(&self.audit_id),
            data_hash: each(&self.data_hash),
            data_path: each(&self.data_path),
            index: self.index,
            model: each(&self.model),
            provider: each(&self.provider),
            status: each(&self.status),
            time: each(&self.time),
            user: each(&self.user),
        }
    }
}

impl Line<Span> {
    /// Returns the line with its texts, which stand in `bytes`.
    pub(super) fn texts<'a>(&'a self, bytes: &'a [u8]) -> Line<&'a str> {
        self.with(|span| span.text(bytes))
    }
}

impl Line<&str> {
    /// Whether this is the line of an entry with this header; its columns are compared elsewhere.
    fn fits(&self, index: i64, header: &Header) -> bool {
        let opening = header.kind == Kind::GenerationStarted;
        let status = columns::change(&bare(header), header.index);
        let wanted = Line::new(
            index,
            header.audit_id.as_ref().map(AuditId::as_str),
            status.as_ref().filter(|_| !opening),
        );
        if opening {
            return (self.audit_id, self.index) == (wanted.audit_id.as_deref(), wanted.index)
                && self.status == Some("started")
                && self.time == Some(&*header.time.to_string());
        }
        *self == wanted.with(|text| Some(text.as_str()))
    }

    /// Takes the columns of a half away, where this is the opening of that run.
    fn erase(&mut self, change: &RowChange) -> bool {
        let RowChange::Erase { audit_id, half } = change else { return false };
        if self.time.is_none() || self.audit_id != Some(audit_id) {
            return false;
        }
        match half {
            HalfName::Public => (self.model, self.provider, self.data_hash) = (None, None, None),
            HalfName::Private => (self.data_path, self.user) = (None, None),
        }
        true
    }
}

impl<T: Serialize> Line<T> {
    pub(super) fn encode(&self) -> Vec<u8> {
        let value = match (&self.status, &self.time) {
            (_, Some(_)) => json!({
                "audit_id": self.audit_id, "data_hash": self.data_hash, "data_path": self.data_path,
                "index": self.index, "model": self.model, "provider": self.provider,
                "status": self.status, "time": self.time, "user": self.user,
            }),
            (Some(status), None) => {
                json!({"audit_id": self.audit_id, "index": self.index, "status": status})
            }
            (None, None) => json!({"audit_id": self.audit_id, "index": self.index}),
        };
        format!("{value}\n").into_bytes()
    }
}

/// The file as it was at one moment; nothing of it is read yet.
#[derive(Debug, Default)]
pub(super) struct Columns {
    file: Option<File>,
    length: u64,
}

/// The lines of the file, as far as it is whole.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    places: Vec<(Range<usize>, Read)>,
    /// Whether there is more in the file.
    pub(super) ragged: bool,
}

/// What a line was read as.
#[derive(Debug)]
enum Read {
    /// A line without escapes: its texts stay where they are.
    Plain(Line<Span>),
    /// Any other.
    Parsed(Box<Line>),
    /// No line of columns.
    Nothing,
}

impl Columns {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        match folder::open(path) {
            Ok(Some(file)) => {
                let length = file.metadata()?.len();
                Ok(Self { file: Some(file), length })
            }
            Ok(None) => Ok(Self::default()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Reads the lines of a log of `size` entries.
    pub(super) fn read(&self, size: i64) -> io::Result<Lines> {
        let limit = u64::try_from(size).unwrap_or(0).saturating_mul(MAX_LINE);
        if self.length > limit.saturating_add(MAX_BASE) {
            return Err(io::Error::other(
                "`columns.jsonl` is larger than its entries could make it",
            ));
        }
        let room = usize::try_from(self.length).map_err(io::Error::other)?;
        let mut bytes = Vec::with_capacity(room.saturating_add(1));
        if let Some(file) = &self.file {
            file.take(self.length).read_to_end(&mut bytes)?;
        }
        Ok(Lines::of(bytes))
    }
}

impl Lines {
    fn of(mut bytes: Vec<u8>) -> Self {
        let length = bytes.len();
        // Whether there is one is known far sooner than where.
        if bytes.contains(&0) {
            bytes.truncate(bytes.iter().position(|byte| *byte == 0).unwrap_or(length));
        }
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        bytes.truncate(end);
        let places = places(&bytes);
        Self { ragged: end != length, bytes, places }
    }

    /// Returns how many entries have their line.
    pub(super) fn entries(&self) -> i64 {
        i64::try_from(self.places.len()).unwrap_or(i64::MAX)
    }

    /// Returns where the next line belongs.
    pub(super) fn end(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }

    /// Returns the lines, `None` for what is none.
    pub(super) fn iter(&self) -> impl Iterator<Item = Option<Line<&str>>> {
        self.places.iter().map(|(_, read)| self.line(read))
    }

    pub(super) fn get(&self, place: usize) -> Option<Line<&str>> {
        self.places.get(place).and_then(|(_, read)| self.line(read))
    }

    fn line<'a>(&'a self, read: &'a Read) -> Option<Line<&'a str>> {
        match read {
            Read::Plain(line) => Some(line.texts(&self.bytes)),
            Read::Parsed(line) => Some(line.with(|text| Some(text.as_str()))),
            Read::Nothing => None,
        }
    }

    /// Forgets what does not belong to a log of `size` entries; whether there was any of it.
    pub(super) fn cut(&mut self, size: i64) -> bool {
        let beyond = self.entries() > size || (self.entries() == size && self.ragged);
        let number = usize::try_from(size).unwrap_or(0);
        if let Some((range, _)) = self.places.get(number) {
            self.bytes.truncate(range.start);
        }
        self.places.truncate(number);
        beyond
    }

    /// Adds the line of an entry that had none.
    pub(super) fn push(&mut self, line: Line) {
        let start = self.bytes.len();
        self.bytes.extend(line.encode());
        self.places.push((start..self.bytes.len(), Read::Parsed(Box::new(line))));
    }

    /// Returns the bytes behind the first `end` ones.
    pub(super) fn bytes_from(&self, end: u64) -> &[u8] {
        usize::try_from(end).ok().and_then(|end| self.bytes.get(end..)).unwrap_or_default()
    }

    /// Returns the run that an entry is filed under. A line that is not this entry's comes back in a
    /// spelling that no honest line has.
    pub(super) fn filing(&self, entry: &StoredEntry) -> Option<String> {
        let place = usize::try_from(entry.index).ok().and_then(|index| self.places.get(index));
        let (range, read) = place?;
        let bytes = self.bytes.get(range.clone()).unwrap_or_default();
        let Some(line) = self.line(read).filter(|line| line.encode() == bytes) else {
            return Some("\0not a line of columns".to_owned());
        };
        match Header::parse(&entry.header) {
            Ok(header) if !line.fits(entry.index, &header) => {
                Some(format!("\0another line: {}", String::from_utf8_lossy(bytes)))
            }
            _ => line.audit_id.map(ToOwned::to_owned),
        }
    }

    /// Returns the whole file without the columns that are erased, or `None` where it holds none of them.
    pub(super) fn without(&self, changes: &[RowChange]) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut changed = false;
        for (range, read) in &self.places {
            let old = self.bytes.get(range.clone()).unwrap_or_default();
            let mut new = self.line(read);
            let mut erased = false;
            if let Some(line) = &mut new {
                for change in changes {
                    erased |= line.erase(change);
                }
            }
            changed |= erased;
            match new.filter(|_| erased) {
                Some(line) => bytes.extend(line.encode()),
                None => bytes.extend(old),
            }
        }
        changed.then_some(bytes)
    }
}

/// Reads whole lines.
fn places(bytes: &[u8]) -> Vec<(Range<usize>, Read)> {
    let is_text = std::str::from_utf8(bytes).is_ok();
    let mut places = Vec::with_capacity(bytes.len() / SHORT);
    let mut start = 0;
    while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
        let plain = if is_text { glance::plain(bytes, start) } else { None };
        let (read, end) = plain.map_or_else(
            || {
                let newline = rest.iter().position(|byte| *byte == b'\n');
                let line = newline.and_then(|newline| rest.get(..=newline)).unwrap_or(rest);
                let parsed = serde_json::from_slice(line).ok();
                (parsed.map_or(Read::Nothing, Read::Parsed), start + line.len())
            },
            |(line, end)| (Read::Plain(line), end),
        );
        places.push((start..end, read));
        start = end;
    }
    places
}

/// Returns what an entry does to the rows, by what is left of it.
fn change(header: &Header, entry: &StoredEntry) -> Option<RowChange> {
    let public = entry.public.body.as_deref();
    let private = entry.private.body.as_deref();
    let whole = public.and_then(|public| Event::from_halves(public, private).ok());
    let opening = header.kind == Kind::GenerationStarted;
    let event = whole.filter(|_| opening).unwrap_or_else(|| bare(header));
    let mut change = columns::change(&event, header.index)?;
    if let RowChange::Add(row) = &mut change
        && public.is_none()
    {
        let private: Map<String, Value> =
            private.and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
        let text = |pointer: &str| private.get(pointer)?.as_str().map(ToOwned::to_owned);
        (row.data_path, row.user) = (text("/input/data_path"), text("/session/user"));
    }
    Some(change)
}

/// The event as far as its header tells.
fn bare(header: &Header) -> Event {
    Event {
        kind: header.kind.clone(),
        audit_id: header.audit_id.clone(),
        time: header.time,
        members: Map::new(),
    }
}
