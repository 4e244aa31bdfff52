//! The query columns of a record, computed from its events and from nothing else.

use serde_json::Value;

use crate::event::{Event, Kind};
use crate::id::AuditId;
use crate::record::Status;
use crate::store::{Row, RowChange};

/// Returns the row of a run whose opening stands at `index`.
pub(crate) fn row(opening: &Event, index: u64, status: Status) -> Row {
    let member = |group: &str, name: &str| {
        let value = opening.members.get(group).and_then(|group| group.get(name));
        // No database holds NUL in a text, so no column does.
        value.and_then(Value::as_str).map(|text| text.replace('\0', "\u{fffd}"))
    };
    Row {
        audit_id: opening.audit_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        opened: i64::try_from(index).unwrap_or(i64::MAX),
        time: opening.time.to_string(),
        status: status.as_str().to_owned(),
        model: member("generation", "model"),
        provider: member("generation", "provider"),
        data_hash: member("input", "data_hash"),
        data_path: member("input", "data_path"),
        user: member("session", "user"),
    }
}

/// Returns what appending `event` at `index` does to the rows.
pub(crate) fn change(event: &Event, index: u64) -> Option<RowChange> {
    let status = match &event.kind {
        Kind::GenerationStarted => {
            return Some(RowChange::Add(row(event, index, Status::Started)));
        }
        Kind::GenerationCompleted => Status::Completed,
        Kind::GenerationFailed => Status::Failed,
        Kind::GenerationAbandoned => Status::Abandoned,
        Kind::LogOpened
        | Kind::KeyAdded
        | Kind::SigningChanged
        | Kind::RollbackAccepted
        | Kind::Other(_) => return None,
    };
    let audit_id = event.audit_id.as_ref().map(AuditId::as_str)?.to_owned();
    Some(RowChange::Status { audit_id, status: status.as_str().to_owned() })
}
