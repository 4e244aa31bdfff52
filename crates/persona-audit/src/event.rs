//! Events: what happened, and how its body splits into a public and a private half.

use std::fmt;

use serde_json::{Map, Value};

use crate::assembled::Assembled;
use crate::canonical::{CanonicalError, assembled_to_canonical, parse_canonical};
use crate::id::AuditId;
use crate::identifying;
use crate::time::Time;

/// What an event is about. A kind of a later version is kept by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A run was opened: nothing has been drafted or sent yet.
    GenerationStarted,
    /// A run ended with personas.
    GenerationCompleted,
    /// A run ended with an error.
    GenerationFailed,
    /// A run's process is gone without a closing; said by a later writer.
    GenerationAbandoned,
    /// Entry 0: the log's first keys, and whether it is signed.
    LogOpened,
    /// A further machine may write.
    KeyAdded,
    /// Signing was turned on or off.
    SigningChanged,
    /// The log went on although a newer state of it had been seen.
    RollbackAccepted,
    /// A kind this version has no rules for.
    Other(String),
}

impl Kind {
    const NAMES: [(Self, &'static str); 8] = [
        (Self::GenerationStarted, "generation.started"),
        (Self::GenerationCompleted, "generation.completed"),
        (Self::GenerationFailed, "generation.failed"),
        (Self::GenerationAbandoned, "generation.abandoned"),
        (Self::LogOpened, "log.opened"),
        (Self::KeyAdded, "key.added"),
        (Self::SigningChanged, "signing.changed"),
        (Self::RollbackAccepted, "rollback.accepted"),
    ];

    /// Reads a kind: lower-case words joined by `.` and `_`.
    pub fn parse(text: &str) -> Option<Self> {
        let known = Self::NAMES.into_iter().find(|(_, name)| *name == text).map(|(kind, _)| kind);
        let well_formed = !text.is_empty()
            && text.len() <= 64
            && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_');
        known.or_else(|| well_formed.then(|| Self::Other(text.to_owned())))
    }

    /// Returns the kind as headers spell it.
    pub fn as_str(&self) -> &str {
        if let Self::Other(name) = self {
            return name;
        }
        Self::NAMES.iter().find(|(kind, _)| kind == self).map_or("", |(_, name)| name)
    }

    /// Whether this kind closes a run.
    pub fn is_closing(&self) -> bool {
        matches!(
            self,
            Self::GenerationCompleted | Self::GenerationFailed | Self::GenerationAbandoned
        )
    }

    /// Whether the event changes who may sign, so that its own checkpoint must be kept and judged
    /// by what held before it.
    pub fn changes_trust(&self) -> bool {
        match self {
            Self::LogOpened | Self::KeyAdded | Self::SigningChanged => true,
            Self::Other(name) => name.starts_with("key."),
            Self::GenerationStarted
            | Self::GenerationCompleted
            | Self::GenerationFailed
            | Self::GenerationAbandoned
            | Self::RollbackAccepted => false,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An event with its whole body.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// The run, or `None` for an event about the log.
    pub audit_id: Option<AuditId>,
    /// When.
    pub time: Time,
    /// Everything else, by name.
    pub members: Map<String, Value>,
}

/// Why halves are no event, or an event has none.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// A half is not canonical JSON.
    #[error("a half is not canonical JSON")]
    Canonical(#[from] CanonicalError),
    /// The public half lacks `audit_id`, `kind` or `time`, or they are not of their type.
    #[error("the public half names no kind, run and time")]
    Members,
    /// The private half names a place that the public half does not have.
    #[error("the private half names `{0}`, which the public half has no place for")]
    Pointer(String),
}

impl Event {
    /// Returns the canonical bytes of the public and the private half.
    ///
    /// # Errors
    /// A body without canonical form.
    pub fn halves(&self) -> Result<(Vec<u8>, Vec<u8>), EventError> {
        let mut public = Assembled::of_members(&self.members);
        public.set("audit_id", self.audit_id.as_ref().map(AuditId::as_str));
        public.set("kind", self.kind.as_str());
        public.set("time", self.time.to_string());
        let private = identifying::take(&mut public);
        Ok((assembled_to_canonical(&public)?, assembled_to_canonical(&private)?))
    }

    /// Returns the whole body as one JSON object.
    pub fn to_value(&self) -> Value {
        let mut body = self.members.clone();
        let audit_id = self.audit_id.as_ref().map(|id| Value::from(id.as_str()));
        body.insert("audit_id".to_owned(), audit_id.unwrap_or(Value::Null));
        body.insert("kind".to_owned(), self.kind.as_str().into());
        body.insert("time".to_owned(), self.time.to_string().into());
        Value::Object(body)
    }

    /// Reads a whole body.
    ///
    /// # Errors
    /// [`EventError::Members`].
    pub fn from_value(body: Value) -> Result<Self, EventError> {
        let Value::Object(mut members) = body else { return Err(EventError::Members) };
        let audit_id = match members.remove("audit_id") {
            Some(Value::Null) => None,
            Some(Value::String(id)) => Some(AuditId::parse(&id).ok_or(EventError::Members)?),
            _ => return Err(EventError::Members),
        };
        let mut text = |name: &str| match members.remove(name) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(EventError::Members),
        };
        let kind = Kind::parse(&text("kind")?).ok_or(EventError::Members)?;
        let time = Time::parse(&text("time")?).ok_or(EventError::Members)?;
        Ok(Self { kind, audit_id, time, members })
    }

    /// Joins the halves; without the private one its members are simply not there.
    ///
    /// # Errors
    /// [`EventError`].
    pub fn from_halves(public: &[u8], private: Option<&[u8]>) -> Result<Self, EventError> {
        let mut body = parse_canonical(public)?;
        if let Some(private) = private {
            let Value::Object(private) = parse_canonical(private)? else {
                return Err(EventError::Members);
            };
            identifying::put(&mut body, private).map_err(EventError::Pointer)?;
        }
        Self::from_value(body)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_reads_back() {
        for name in ["generation.started", "log.opened", "key.rotated", "export.created"] {
            assert_eq!(Kind::parse(name).unwrap().as_str(), name);
        }
        for name in ["", "Log.Opened", "log opened", "log.opened\n"] {
            assert_eq!(Kind::parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn the_halves_of_an_event_join_to_the_same_event() {
        let body = json!({
            "audit_id": "0190f5a0-0000-7000-8000-000000000001",
            "kind": "generation.started",
            "time": "2025-12-15T10:30:01.123456Z",
            "session": {"user": "researcher@example.com", "runtime": "rust"},
            "input": {"sources": [{"path": "a.csv", "bytes": 3}, {"path": "b.csv", "bytes": 4}]},
        });
        let event = Event::from_value(body).unwrap();
        let (public, private) = event.halves().unwrap();
        assert_eq!(Event::from_halves(&public, Some(&private)).unwrap(), event);
        let text = String::from_utf8(public.clone()).unwrap();
        assert!(!text.contains("researcher") && !text.contains("a.csv"), "{text}");
        let without = Event::from_halves(&public, None).unwrap();
        assert_eq!(without.members["input"]["sources"][1], json!({"bytes": 4}));
    }

    #[test]
    fn a_private_half_must_fit_its_public_half() {
        let public =
            br#"{"audit_id":null,"kind":"log.opened","time":"2025-12-15T10:30:00.123456Z"}"#;
        let private = br#"{"/session/user":"x"}"#;
        assert!(matches!(Event::from_halves(public, Some(private)), Err(EventError::Pointer(_))));
    }
}
