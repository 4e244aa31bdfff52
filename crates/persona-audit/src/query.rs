//! Finding records and reading them, newest first. What is returned was checked against its seal.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use crate::abreast::Crew;
use crate::canonical::to_canonical;
use crate::checkpoint::SignedCheckpoint;
use crate::error::AuditError;
use crate::event::EventError;
use crate::finding::{Code, Finding};
use crate::guard::{About, contradiction, lost_mark, mark_fault, read_head, read_tree};
use crate::id::AuditId;
use crate::liveness::Liveness;
use crate::log::Log;
use crate::opener::check_empty;
use crate::proven::Proven;
use crate::record::{Record, RecordText, Status};
use crate::store::{Reader, Row, RowFilter, StoreError};
use crate::time::Time;
use crate::trust::{Signature, Trust, Writers};

mod joining;

use joining::{Filed, FiledEntry, Joining};

/// Rows read at a time.
const PAGE: usize = 500;
/// Runs joined at a time.
const SHARE: usize = 16;

/// Which records to return; every condition that is set must hold.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Opened at or after this moment.
    pub since: Option<Time>,
    /// Opened before this moment.
    pub before: Option<Time>,
    /// By this model.
    pub model: Option<String>,
    /// By this provider.
    pub provider: Option<String>,
    /// From this data.
    pub data: Option<DataFilter>,
    /// Of this status.
    pub status: Option<Status>,
    /// Run by this user.
    pub user: Option<String>,
    /// These ids and no others, unless empty.
    pub ids: Vec<String>,
    /// Only what comes after the record of this id in the order of lists.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// How data is named in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataFilter {
    /// By content: `sha256:HEX`.
    Hash(String),
    /// By the path as it was given.
    Path(String),
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The run's id.
    pub audit_id: String,
    /// When it was opened.
    pub timestamp: String,
    /// How it stands.
    pub status: String,
    /// The provider.
    pub provider: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The path of the data.
    pub data_path: Option<String>,
    /// The hash of the data.
    pub data_hash: Option<String>,
    /// The number of data records read.
    pub record_count: Option<u64>,
    /// The number of personas made.
    pub persona_count: Option<u64>,
    /// How long it took.
    pub generation_time_ms: Option<u64>,
    /// Who ran it.
    pub user: Option<String>,
    /// `present`, or what of it was erased.
    pub state: String,
}

impl Summary {
    /// Returns the line of a record.
    pub fn of(record: &Record) -> Self {
        let text = |pointer: &str| record.text(pointer).map(ToOwned::to_owned);
        Self {
            audit_id: text("/audit_id").unwrap_or_default(),
            timestamp: text("/timestamp").unwrap_or_default(),
            status: text("/status").unwrap_or_default(),
            provider: text("/generation/provider"),
            model: text("/generation/model"),
            data_path: text("/input/data_path"),
            data_hash: text("/input/data_hash"),
            record_count: record.number("/input/record_count"),
            persona_count: record.number("/output/persona_count"),
            generation_time_ms: record.number("/output/generation_time_ms"),
            user: text("/session/user"),
            state: text("/retention/state").unwrap_or_default(),
        }
    }
}

/// A log that is open for reading: its head is signed as it should be, agrees with what this machine
/// has seen, and every record given out stands in its tree.
pub(crate) struct Opened<'log> {
    reader: Box<dyn Reader + 'log>,
    runs: Arc<dyn Liveness>,
    head: SignedCheckpoint,
    proven: Proven,
    trust: Trust,
    /// The canonical text of what every record says of the newest checkpoint.
    signature: String,
}

impl<'log> Opened<'log> {
    /// Opens the log, or returns `None` where there is none and none was seen.
    pub(crate) fn open(log: &'log mut Log) -> Result<Option<Self>, AuditError> {
        let known = log.known_or_gone()?;
        let runs = log.store.liveness();
        let reader = match log.store.read() {
            Err(StoreError::Missing { .. }) => return Ok(None),
            reader => reader?,
        };
        let Some(head) = reader.head()? else {
            if let Some(finding) = known.gone() {
                return Err(contradiction(finding));
            }
            // Somebody else's database is not a log without runs.
            check_empty(&*reader, &known.place)?;
            return Ok(None);
        };
        let head = read_head(&head, known.origin.as_ref()).map_err(contradiction)?;
        if let Some(mark) = lost_mark(&*reader, head.checkpoint(), &known)? {
            return Err(contradiction(mark_fault(mark.checkpoint(), head.checkpoint())));
        }
        let (proven, _) = read_tree(&*reader, head.checkpoint())?;
        let anchor = known.anchor(&[]);
        let trust = About::read(&*reader)?.judge(&*reader, &head, &proven, &anchor)?;
        let signature = signature(&trust, &head)?;
        Ok(Some(Self { reader, runs, head, proven, trust, signature }))
    }

    /// Returns the newest checkpoint.
    pub(crate) fn head(&self) -> &SignedCheckpoint {
        &self.head
    }

    /// Returns who writes to the log.
    pub(crate) fn writers(&self) -> &Writers {
        &self.trust.writers
    }

    /// Returns the id that `text` names: in full, by an unambiguous beginning, or `@last`.
    pub(crate) fn resolve(&self, text: &str) -> Result<String, AuditError> {
        resolve(&*self.reader, text)
    }

    /// Refuses a query that names records which are not there.
    pub(crate) fn check_names(&self, query: &Query) -> Result<(), AuditError> {
        query.ids.iter().chain(&query.cursor).try_for_each(|id| self.listed(id).map(drop))
    }

    /// Calls `visit` with each record that fits, newest first.
    pub(crate) fn each(
        &self,
        query: &Query,
        visit: &mut dyn FnMut(Record) -> Result<(), AuditError>,
    ) -> Result<(), AuditError> {
        self.each_text(query, &mut |text| visit(text.to_record().map_err(AuditError::Body)?))
    }

    /// The same with the records as canonical JSON.
    pub(crate) fn each_text(
        &self,
        query: &Query,
        visit: &mut dyn FnMut(RecordText) -> Result<(), AuditError>,
    ) -> Result<(), AuditError> {
        let mut filter = filter(query);
        if let Some(cursor) = &query.cursor {
            let row = self.listed(cursor)?;
            filter.after = Some((row.time, row.opened));
        }
        let mut ids = Vec::new();
        for id in &query.ids {
            ids.push(self.listed(id)?.audit_id);
        }
        let joining = self.joining();
        std::thread::scope(|scope| {
            let crew = Crew::start(scope, |runs: Vec<Filed>| {
                runs.into_iter().map(|filed| joining.text(filed)).collect::<Vec<_>>()
            });
            let left = query.limit.unwrap_or(usize::MAX);
            let delivery = Delivery { crew, status: query.status, left, visit };
            self.deliver(filter, &ids, delivery)
        })
    }

    /// Reads the runs that fit, while the ones before them are checked and joined beside.
    fn deliver(
        &self,
        mut filter: RowFilter,
        ids: &[String],
        mut delivery: Delivery<'_>,
    ) -> Result<(), AuditError> {
        let is_limited = delivery.left < usize::MAX;
        while delivery.left > 0 {
            filter.limit = Some(PAGE.min(delivery.left));
            let mut rows = self.reader.rows(&filter)?;
            let Some(last) = rows.last() else { break };
            filter.after = Some((last.time.clone(), last.opened));
            rows.retain(|row| ids.is_empty() || ids.contains(&row.audit_id));
            for share in rows.chunks(SHARE) {
                let filed = share.iter().map(|row| self.filed(&row.audit_id, Some(row.clone())));
                delivery.give(filed.collect::<Result<_, _>>()?)?;
            }
            // How many more a limit wants is known when those are back that were given out.
            if is_limited {
                delivery.finish()?;
            }
        }
        delivery.finish()
    }

    /// Calls `visit` with each row, newest first; a run that its process left open stands as abandoned.
    pub(crate) fn each_row(&self, visit: &mut dyn FnMut(&Row)) -> Result<(), AuditError> {
        let mut filter = RowFilter { limit: Some(PAGE), ..RowFilter::default() };
        loop {
            let mut rows = self.reader.rows(&filter)?;
            let Some(last) = rows.last() else { return Ok(()) };
            filter.after = Some((last.time.clone(), last.opened));
            for row in &mut rows {
                let open = row.status == Status::Started.as_str();
                if open && !AuditId::parse(&row.audit_id).is_some_and(|id| self.runs.is_alive(&id))
                {
                    Status::Abandoned.as_str().clone_into(&mut row.status);
                }
                visit(row);
            }
        }
    }

    /// Returns the record of a run.
    pub(crate) fn record(&self, id: &str) -> Result<Record, AuditError> {
        let text = self.record_text(id)?;
        text.to_record().map_err(AuditError::Body)
    }

    fn record_text(&self, id: &str) -> Result<RecordText, AuditError> {
        self.joining().text(self.filed(id, row_of(&*self.reader, id)?)?)
    }

    /// Returns the run's events as they are stored: header and whole body.
    pub(crate) fn events(&self, id: &str) -> Result<Vec<Value>, AuditError> {
        let mut events = Vec::new();
        for (stored, halves) in self.joining().checked(self.filed(id, None)?)? {
            let header: Value = serde_json::from_slice(&stored.header).unwrap_or(Value::Null);
            let event = halves.to_event().ok();
            events.extend(event.map(|event| json!({"header": header, "body": event.to_value()})));
        }
        Ok(events)
    }

    fn joining(&self) -> Joining<'_> {
        let origin = self.head.checkpoint().origin.as_str();
        Joining { origin, runs: &*self.runs, signature: &self.signature }
    }

    /// Reads what is filed under a run, and whether it stands in the tree.
    fn filed(&self, id: &str, row: Option<Row>) -> Result<Filed, AuditError> {
        let mut entries = Vec::new();
        for stored in self.reader.entries_of(Some(id))? {
            let in_tree = self.proven.holds(&*self.reader, stored.index, &stored.header)?;
            entries.push(FiledEntry { stored, in_tree });
        }
        Ok(Filed { audit_id: id.to_owned(), row, entries })
    }

    /// Returns the row by which lists find the run that `text` names.
    fn listed(&self, text: &str) -> Result<Row, AuditError> {
        let audit_id = self.resolve(text)?;
        if let Some(row) = row_of(&*self.reader, &audit_id)? {
            return Ok(row);
        }
        let detail = "its entries are there, and the row that lists find it by is not";
        let finding = Box::new(Finding::error(Code::ColumnMismatch, detail));
        Err(AuditError::NotAsSealed { audit_id, finding })
    }

    /// Returns how many runs the entries are filed under, whatever the rows say.
    pub(crate) fn runs_on_record(&self) -> Result<u64, AuditError> {
        Ok(self.reader.runs()?)
    }
}

/// Records on their way to who asked for them, in order.
struct Delivery<'visit> {
    crew: Crew<Vec<Filed>, Vec<Result<RecordText, AuditError>>>,
    status: Option<Status>,
    /// How many more are wanted.
    left: usize,
    visit: &'visit mut dyn FnMut(RecordText) -> Result<(), AuditError>,
}

impl Delivery<'_> {
    fn give(&mut self, runs: Vec<Filed>) -> Result<(), AuditError> {
        let joined = self.crew.give(runs);
        self.hand_over(joined.unwrap_or_default())
    }

    /// Hands over what is still under way.
    fn finish(&mut self) -> Result<(), AuditError> {
        while let Some(joined) = self.crew.take() {
            self.hand_over(joined)?;
        }
        Ok(())
    }

    fn hand_over(
        &mut self,
        records: Vec<Result<RecordText, AuditError>>,
    ) -> Result<(), AuditError> {
        for record in records {
            let record = record?;
            if self.status.is_none_or(|status| record.status == status) {
                self.left = self.left.saturating_sub(1);
                (self.visit)(record)?;
            }
        }
        Ok(())
    }
}

/// Returns what every record says of the newest checkpoint, judged once for all of them.
fn signature(trust: &Trust, head: &SignedCheckpoint) -> Result<String, AuditError> {
    let signature = match trust.writers.judge(head) {
        Signature::Good(writer) => {
            json!({"keyid": writer.log_key.keyid().as_str(), "checkpoint": head.to_text()})
        }
        Signature::Bad | Signature::OutOfSpan | Signature::Unknown | Signature::Absent => {
            Value::Null
        }
    };
    let bytes = to_canonical(&signature).map_err(EventError::from)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn filter(query: &Query) -> RowFilter {
    let (data_hash, data_path) = match &query.data {
        Some(DataFilter::Hash(hash)) => (Some(hash.clone()), None),
        Some(DataFilter::Path(path)) => (None, Some(path.clone())),
        None => (None, None),
    };
    // A run that its process left open is shown as abandoned before anybody has said so in the log.
    let statuses = match query.status {
        None => Vec::new(),
        Some(Status::Abandoned) => vec![Status::Started, Status::Abandoned],
        Some(status) => vec![status],
    };
    RowFilter {
        since: query.since.map(|time| time.to_string()),
        before: query.before.map(|time| time.to_string()),
        model: query.model.clone(),
        provider: query.provider.clone(),
        data_hash,
        data_path,
        statuses: statuses.into_iter().map(|status| status.as_str().to_owned()).collect(),
        user: query.user.clone(),
        ..RowFilter::default()
    }
}

/// Returns the id that `text` names: in full, by an unambiguous beginning, or `@last`. An id in full needs no
/// row, only entries.
pub(crate) fn resolve(reader: &dyn Reader, text: &str) -> Result<String, AuditError> {
    let unknown = || AuditError::UnknownId { id: text.to_owned() };
    // Ids are lower case; a program between may have spelled one otherwise.
    let id = text.to_ascii_lowercase();
    let filter = match text {
        "" => return Err(unknown()),
        "@last" => RowFilter { limit: Some(1), ..RowFilter::default() },
        _ => RowFilter { id_prefix: Some(id.clone()), ..RowFilter::default() },
    };
    let rows = reader.rows(&filter)?;
    if AuditId::parse(&id).is_some()
        && !rows.iter().any(|row| row.audit_id == id)
        && !reader.entries_of(Some(&id))?.is_empty()
    {
        return Ok(id);
    }
    match rows.as_slice() {
        [row] => Ok(row.audit_id.clone()),
        [] => Err(unknown()),
        [..] => Err(AuditError::AmbiguousId { prefix: text.to_owned(), count: rows.len() }),
    }
}

fn row_of(reader: &dyn Reader, id: &str) -> Result<Option<Row>, StoreError> {
    let filter = RowFilter { id_prefix: Some(id.to_owned()), ..RowFilter::default() };
    Ok(reader.rows(&filter)?.into_iter().find(|row| row.audit_id == id))
}
