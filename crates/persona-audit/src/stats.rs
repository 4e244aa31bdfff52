//! How much a log holds: counted from the columns, which a full verification compares with the events.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::AuditError;
use crate::query::{Opened, Query};
use crate::record::Status;
use crate::run::Tokens;
use crate::store::Row;
use crate::trail::AuditTrail;

/// How much a log holds.
#[derive(Clone, Debug, Serialize)]
pub struct Stats {
    /// The kind of store.
    pub store: String,
    /// Where it is, without secrets.
    pub place: String,
    /// The log's name.
    pub origin: String,
    /// The entries under the newest checkpoint.
    pub entries: u64,
    /// The checkpoint's root.
    pub root: String,
    /// The runs, as they are listed.
    pub records: u64,
    /// The runs that have entries: as many, unless somebody changed the one or the other.
    pub records_with_entries: u64,
    /// When the first run was opened.
    pub first: Option<String>,
    /// When the last run was opened.
    pub last: Option<String>,
    /// Runs by how they stand, in the order of [`Status::ALL`].
    pub by_status: Vec<Share>,
    /// Runs by provider, most first.
    pub by_provider: Vec<Share>,
    /// Runs by model, most first.
    pub by_model: Vec<Share>,
    /// Runs by user, most first.
    pub by_user: Vec<Share>,
    /// Runs by the month (`2025-12`, UTC) they were opened in, first month first.
    pub by_month: Vec<Share>,
    /// Personas and tokens, where bodies were read for them.
    pub made: Option<Made>,
    /// The bytes that the store takes on its disk, where it can tell.
    pub bytes: Option<u64>,
    /// Those by the runs.
    pub bytes_per_record: Option<u64>,
}

/// How many runs have something in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// What; null where that was erased or never there.
    pub name: Option<String>,
    /// How many.
    pub records: u64,
}

/// What runs made and took, as their bodies say.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Made {
    /// The personas made.
    pub personas: u64,
    /// The tokens that models counted.
    pub tokens: Tokens,
}

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The columns alone.
    Columns,
    /// Every body as well, each checked against its seal.
    Bodies,
}

impl AuditTrail {
    /// Counts what the log holds, or returns `None` where there is none.
    ///
    /// # Errors
    /// As [`AuditTrail::query`].
    pub fn stats(&self, reading: Reading) -> Result<Option<Stats>, AuditError> {
        let mut log = self.log()?;
        let (place, bytes) = (log.store.place(), log.store.bytes()?);
        let Some(opened) = Opened::open(&mut log)? else { return Ok(None) };
        let mut counts = Counts::default();
        opened.each_row(&mut |row| counts.add(row))?;
        let made = match reading {
            Reading::Columns => None,
            Reading::Bodies => Some(made(&opened)?),
        };
        let head = opened.head().checkpoint();
        Ok(Some(Stats {
            store: place.split(':').next().unwrap_or_default().to_owned(),
            place,
            origin: head.origin.to_string(),
            entries: head.size,
            root: head.root.to_string(),
            records: counts.records,
            records_with_entries: opened.runs_on_record()?,
            by_status: Status::ALL.iter().map(|status| counts.of(*status)).collect(),
            by_provider: most_first(counts.providers),
            by_model: most_first(counts.models),
            by_user: most_first(counts.users),
            by_month: shares(counts.months),
            first: counts.first,
            last: counts.last,
            made,
            bytes,
            bytes_per_record: bytes.and_then(|bytes| bytes.checked_div(counts.records)),
        }))
    }
}

type Counted = BTreeMap<Option<String>, u64>;

#[derive(Debug, Default)]
struct Counts {
    records: u64,
    statuses: BTreeMap<String, u64>,
    providers: Counted,
    models: Counted,
    users: Counted,
    months: Counted,
    first: Option<String>,
    last: Option<String>,
}

impl Counts {
    /// Adds a row; they come newest first.
    fn add(&mut self, row: &Row) {
        self.records += 1;
        *self.statuses.entry(row.status.clone()).or_default() += 1;
        let month = row.time.get(..7).map(str::to_owned);
        count(&mut self.providers, row.provider.as_ref());
        count(&mut self.models, row.model.as_ref());
        count(&mut self.users, row.user.as_ref());
        count(&mut self.months, month.as_ref());
        self.last.get_or_insert_with(|| row.time.clone());
        self.first = Some(row.time.clone());
    }

    fn of(&self, status: Status) -> Share {
        let records = self.statuses.get(status.as_str()).copied().unwrap_or(0);
        Share { name: Some(status.as_str().to_owned()), records }
    }
}

fn count(counted: &mut Counted, name: Option<&String>) {
    *counted.entry(name.cloned()).or_default() += 1;
}

fn shares(counted: Counted) -> Vec<Share> {
    counted.into_iter().map(|(name, records)| Share { name, records }).collect()
}

fn most_first(counted: Counted) -> Vec<Share> {
    let mut shares = shares(counted);
    shares.sort_by_key(|share| Reverse(share.records));
    shares
}

fn made(opened: &Opened<'_>) -> Result<Made, AuditError> {
    let mut made = Made::default();
    opened.each(&Query::default(), &mut |record| {
        let number = |pointer: &str| record.number(pointer).unwrap_or(0);
        made.personas += number("/output/persona_count");
        made.tokens.input += number("/output/tokens/input");
        made.tokens.output += number("/output/tokens/output");
        Ok(())
    })?;
    Ok(made)
}
