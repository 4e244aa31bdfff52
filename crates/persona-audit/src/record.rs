//! A record: the join of a run's opening and the closing that counts, which is what users see.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::canonical::to_canonical;
use crate::document::Document;
use crate::event::Kind;
use crate::halves::Halves;
use crate::id::AuditId;
use crate::joined::{Joined, Stands};
use crate::time::Time;

/// The schema that a record's `schema` member names.
pub const RECORD_SCHEMA: &str = "persona.audit/1";

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Opened, not closed, its process alive.
    Started,
    /// Closed with personas.
    Completed,
    /// Closed with an error.
    Failed,
    /// Not closed, its process gone.
    Abandoned,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Started, Self::Completed, Self::Failed, Self::Abandoned];

    /// Returns the status as records spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }

    /// Reads a status.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// The entries of one run, sorted out: which opening and closing count, and which should not be.
#[derive(Debug)]
pub(crate) struct Outline {
    /// The index of the opening.
    pub(crate) opened: Option<u64>,
    /// The index of the closing that counts.
    pub(crate) closed: Option<u64>,
    /// The status that the events alone show; `Started` may turn out to be abandoned.
    pub(crate) status: Status,
    /// Second openings and closings: indexes of entries that no honest writer adds.
    pub(crate) surplus: Vec<u64>,
}

/// What an entry is to its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The opening.
    Opening,
    /// The closing that counts, until another one does.
    Closing,
    /// Neither.
    Elsewhere,
}

impl Default for Outline {
    fn default() -> Self {
        Self { opened: None, closed: None, status: Status::Started, surplus: Vec::new() }
    }
}

impl Outline {
    /// Adds the run's next event, in log order. A run that was only asleep may close itself once
    /// after having been called abandoned; its own closing then counts.
    pub(crate) fn add(&mut self, index: u64, kind: &Kind) -> Place {
        let status = match kind {
            Kind::GenerationStarted if self.opened.is_none() => {
                self.opened = Some(index);
                return Place::Opening;
            }
            Kind::GenerationStarted => {
                self.surplus.push(index);
                return Place::Elsewhere;
            }
            Kind::GenerationCompleted => Status::Completed,
            Kind::GenerationFailed => Status::Failed,
            Kind::GenerationAbandoned => Status::Abandoned,
            Kind::LogOpened
            | Kind::KeyAdded
            | Kind::SigningChanged
            | Kind::RollbackAccepted
            | Kind::Other(_) => return Place::Elsewhere,
        };
        let allowed = match self.status {
            Status::Started => true,
            Status::Abandoned => status != Status::Abandoned,
            Status::Completed | Status::Failed => false,
        };
        if allowed && self.opened.is_some() {
            (self.closed, self.status) = (Some(index), status);
            return Place::Closing;
        }
        self.surplus.push(index);
        Place::Elsewhere
    }
}

/// The events of one run that count.
#[derive(Debug, Default)]
pub(crate) struct RunEvents {
    pub(crate) outline: Outline,
    pub(crate) opening: Option<Halves>,
    pub(crate) closing: Option<Halves>,
}

impl RunEvents {
    /// Adds the run's next event, in log order.
    pub(crate) fn add(&mut self, index: u64, halves: Halves) {
        match self.outline.add(index, &halves.kind) {
            Place::Opening => self.opening = Some(halves),
            Place::Closing => self.closing = Some(halves),
            Place::Elsewhere => {}
        }
    }

    /// Returns the status that the events alone show; `Started` may turn out to be abandoned.
    pub(crate) fn status(&self) -> Status {
        self.outline.status
    }
}

/// A record as JSON, in the shape of docs/audit-format.md.
#[derive(Clone, Debug, PartialEq)]
pub struct Record(Value);

/// A record as canonical JSON.
#[derive(Clone, Debug)]
pub(crate) struct RecordText {
    pub(crate) status: Status,
    pub(crate) text: String,
}

impl RecordText {
    /// Joins a run's events; `signature` is the canonical text of that member.
    pub(crate) fn new(
        events: &RunEvents,
        status: Status,
        signature: &str,
        state: &str,
    ) -> Option<Self> {
        let opening = events.opening.as_ref()?;
        let id = opening
            .audit_id
            .as_ref()
            .map(AuditId::as_str)
            .map_or_else(|| "null".to_owned(), |id| format!("\"{id}\""));
        let (status_word, time) = (status.as_str(), opening.time);
        let computed = format!(
            "{{\"audit_id\":{id},\"retention\":{{\"hold\":false,\"state\":\"{state}\"}},\"review\":[],\
             \"signature\":{signature},\"status\":\"{status_word}\",\"timestamp\":\"{time}\"}}"
        );
        let computed = Document::read(computed.into_bytes())?;
        let mut joined = opening.members()?;
        if let Some(closing) = &events.closing {
            joined.join(closing.members()?, Stands::First);
        }
        let mut record = Joined::As(SKELETON.as_ref()?.root());
        record.join(joined, Stands::Last);
        record.join(Joined::As(computed.root()), Stands::Last);
        let mut text = String::with_capacity(8 * 1024);
        record.write(&mut text);
        Some(Self { status, text })
    }

    /// Reads the record.
    ///
    /// # Errors
    /// None: the text is JSON.
    pub(crate) fn to_record(&self) -> Result<Record, serde_json::Error> {
        serde_json::from_str(&self.text).map(Record)
    }
}

impl Record {
    /// Returns the whole record.
    pub fn as_value(&self) -> &Value {
        &self.0
    }

    /// Returns the member that a JSON Pointer names, as text.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer).and_then(Value::as_str)
    }

    /// Returns the member that a JSON Pointer names, as a whole number.
    pub fn number(&self, pointer: &str) -> Option<u64> {
        self.0.pointer(pointer).and_then(Value::as_u64)
    }

    /// Returns the run's id.
    pub fn audit_id(&self) -> &str {
        self.text("/audit_id").unwrap_or_default()
    }

    /// Returns the status.
    pub fn status(&self) -> Status {
        self.text("/status").and_then(Status::parse).unwrap_or(Status::Started)
    }

    /// Returns when the run was opened.
    pub fn time(&self) -> Option<Time> {
        self.text("/timestamp").and_then(Time::parse)
    }
}

/// Joins two bodies member by member; what the first sets, stands.
pub(crate) fn join(
    opening: Map<String, Value>,
    closing: Option<Map<String, Value>>,
) -> Map<String, Value> {
    let mut joined = opening;
    if let Some(closing) = closing {
        join_into(&mut joined, closing);
    }
    joined
}

fn join_into(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Value::Object(inner)), Value::Object(value)) => join_into(inner, value),
            (Some(_), _) => {}
            (None, value) => {
                into.insert(name, value);
            }
        }
    }
}

/// [`skeleton`], ready to be joined.
static SKELETON: LazyLock<Option<Document>> =
    LazyLock::new(|| to_canonical(&skeleton()).ok().and_then(Document::read));

/// Every key a record has, each without a value.
fn skeleton() -> Value {
    json!({
        "schema": RECORD_SCHEMA, "audit_id": null, "timestamp": null, "status": null,
        "tool_version": null,
        "session": {"user": null, "environment": null, "runtime": null, "python_version": null,
            "host": null, "command": null, "directory": null},
        "input": {"data_hash": null, "data_path": null, "record_count": null,
            "data_preview_hash": null, "format": null, "bytes": null, "columns": null,
            "sources": [], "sampling": null, "licence": null, "source": null},
        "generation": {"provider": null, "model": null, "model_version": null, "temperature": null,
            "max_tokens": null, "prompt_template": null, "prompt_template_hash": null,
            "prompt_hash": null, "persona_count": null, "strategy": null, "parameters": {}},
        "output": {"personas_hash": null, "output_path": null, "generation_time_ms": null,
            "persona_count": null, "files": [], "tokens": {"input": null, "output": null},
            "completed_at": null},
        "quality": {"validation_passed": null, "quality_scores": {}, "issues": []},
        "reproducibility": {"seed": null, "deterministic": null, "api_call_ids": [], "calls": []},
        "attestation": null, "error": null, "review": [],
        "retention": {"not_before": null, "hold": false, "state": "present"}, "signature": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Kind::{
        GenerationAbandoned as Abandoned, GenerationCompleted as Completed,
        GenerationFailed as Failed, GenerationStarted as Started,
    };

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn members_join_and_what_the_first_sets_stands() {
        let opening = object(&json!({"generation": {"model": "m", "persona_count": 3}}));
        let closing =
            object(&json!({"generation": {"model": "n", "prompt_hash": "h"}, "output": 1}));
        let joined = join(opening, Some(closing));
        let expected = json!({"generation": {"model": "m", "persona_count": 3, "prompt_hash": "h"}, "output": 1});
        assert_eq!(Value::Object(joined), expected);
    }

    #[test]
    fn only_an_abandoned_run_may_close_itself_later() {
        let run = |kinds: &[Kind]| {
            let mut run = Outline::default();
            for (index, kind) in (0..).zip(kinds) {
                run.add(index, kind);
            }
            (run.status, run.surplus)
        };
        assert_eq!(run(&[Started, Completed]), (Status::Completed, vec![]));
        assert_eq!(run(&[Started, Abandoned, Completed]), (Status::Completed, vec![]));
        assert_eq!(run(&[Started, Abandoned, Abandoned]), (Status::Abandoned, vec![2]));
        assert_eq!(run(&[Started, Completed, Failed]), (Status::Completed, vec![2]));
        assert_eq!(run(&[Started, Completed, Abandoned]), (Status::Completed, vec![2]));
        assert_eq!(run(&[Completed, Started]), (Status::Started, vec![0]));
        assert_eq!(run(&[Started, Started]), (Status::Started, vec![1]));
    }
}
