//! A record: the join of a run's opening and the closing that counts, which is what users see.

use serde_json::{Map, Value, json};

use crate::event::{Event, Kind};
use crate::id::AuditId;
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

/// The events of one run, sorted out: which opening and closing count, and which should not be.
#[derive(Debug, Default)]
pub(crate) struct RunEvents {
    pub(crate) opening: Option<(u64, Event)>,
    pub(crate) closing: Option<(u64, Event)>,
    /// Second openings and closings: indexes of entries that no honest writer adds.
    pub(crate) surplus: Vec<u64>,
}

impl RunEvents {
    /// Adds the run's next event, in log order. A run that was only asleep may close itself once
    /// after having been called abandoned; its own closing then counts.
    pub(crate) fn add(&mut self, index: u64, event: Event) {
        if event.kind == Kind::GenerationStarted {
            match self.opening {
                None => self.opening = Some((index, event)),
                Some(_) => self.surplus.push(index),
            }
        } else if event.kind.is_closing() {
            let abandoned_before = matches!(&self.closing, Some((_, closing)) if closing.kind == Kind::GenerationAbandoned);
            let allowed = match self.closing {
                None => true,
                Some(_) => abandoned_before && event.kind != Kind::GenerationAbandoned,
            };
            if allowed && self.opening.is_some() {
                self.closing = Some((index, event));
            } else {
                self.surplus.push(index);
            }
        }
    }

    /// Returns the status that the events alone show; `Started` may turn out to be abandoned.
    pub(crate) fn status(&self) -> Status {
        match self.closing.as_ref().map(|(_, event)| &event.kind) {
            Some(Kind::GenerationCompleted) => Status::Completed,
            Some(Kind::GenerationFailed) => Status::Failed,
            Some(Kind::GenerationAbandoned) => Status::Abandoned,
            _ => Status::Started,
        }
    }
}

/// A record as JSON, in the shape of docs/audit-format.md.
#[derive(Clone, Debug, PartialEq)]
pub struct Record(Value);

impl Record {
    pub(crate) fn new(
        events: &RunEvents,
        status: Status,
        signature: &Value,
        state: &str,
    ) -> Option<Self> {
        let (_, opening) = events.opening.as_ref()?;
        let mut body = skeleton();
        let closing = events.closing.as_ref().map(|(_, event)| event);
        let joined = join(opening.members.clone(), closing.map(|event| event.members.clone()));
        overlay(&mut body, Value::Object(joined));
        let id = opening.audit_id.as_ref().map(AuditId::as_str);
        let computed = json!({
            "audit_id": id,
            "timestamp": opening.time.to_string(),
            "status": status.as_str(),
            "review": [],
            "retention": {"hold": false, "state": state},
            "signature": signature,
        });
        overlay(&mut body, computed);
        Some(Self(body))
    }

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

/// Returns the pointers of members that two bodies set to different values.
pub(crate) fn conflicts(one: &Map<String, Value>, other: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in other {
        match (one.get(name), value) {
            (Some(Value::Object(inner)), Value::Object(value)) => {
                let below = conflicts(inner, value);
                found.extend(below.into_iter().map(|pointer| format!("/{name}{pointer}")));
            }
            (Some(present), value) if present != value => found.push(format!("/{name}")),
            (Some(_) | None, _) => {}
        }
    }
    found
}

/// Sets every member of `from` in `into`, descending into objects.
fn overlay(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                overlay(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

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
    fn members_join_and_conflicts_are_named() {
        let opening = object(&json!({"generation": {"model": "m", "persona_count": 3}}));
        let closing =
            object(&json!({"generation": {"model": "n", "prompt_hash": "h"}, "output": 1}));
        let conflicts = conflicts(&opening, &closing);
        let joined = join(opening, Some(closing));
        let expected = json!({"generation": {"model": "m", "persona_count": 3, "prompt_hash": "h"}, "output": 1});
        assert_eq!(Value::Object(joined), expected);
        assert_eq!(conflicts, ["/generation/model"]);
    }

    #[test]
    fn only_an_abandoned_run_may_close_itself_later() {
        let event = |kind| Event {
            kind,
            audit_id: AuditId::parse("0190f5a0-0000-7000-8000-000000000001"),
            time: Time::parse("2025-12-15T10:30:01.123456Z").unwrap(),
            members: Map::new(),
        };
        let run = |kinds: &[Kind]| {
            let mut run = RunEvents::default();
            for (index, kind) in (0..).zip(kinds) {
                run.add(index, event(kind.clone()));
            }
            (run.status(), run.surplus)
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
