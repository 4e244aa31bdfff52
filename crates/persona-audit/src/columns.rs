//! The query columns of a record, computed from its events and from nothing else.

use serde_json::Value;

use crate::digest::Digest;
use crate::event::{Event, Kind};
use crate::halves::Halves;
use crate::id::AuditId;
use crate::record::Status;
use crate::store::{Row, RowChange};
use crate::time::Time;

/// Returns the row of a run whose opening stands at `index`.
pub(crate) fn row(opening: &Halves, index: u64, status: Status) -> Row {
    let at = (index, status);
    filled(opening.audit_id.as_ref(), opening.time, at, &mut |group, name| {
        opening.text(group, name)
    })
}

/// Returns the row of a run that `event` opens at `index`.
fn opened(event: &Event, index: u64) -> Row {
    let at = (index, Status::Started);
    filled(event.audit_id.as_ref(), event.time, at, &mut |group, name| {
        let member = event.members.get(group).and_then(|group| group.get(name));
        member.and_then(Value::as_str).map(ToOwned::to_owned)
    })
}

/// Returns a digest of all of a row but its status.
pub(crate) fn digest(row: &Row) -> Digest {
    let optional = [&row.model, &row.provider, &row.data_hash, &row.data_path, &row.user];
    let given = [Some(&row.audit_id), Some(&row.time)].into_iter();
    let mut bytes = row.opened.to_be_bytes().to_vec();
    for text in given.chain(optional.into_iter().map(Option::as_ref)) {
        bytes.push(u8::from(text.is_some()));
        let text = text.map(String::as_bytes).unwrap_or_default();
        bytes.extend(text.len().to_be_bytes());
        bytes.extend(text);
    }
    Digest::of(&bytes)
}

fn filled(
    audit_id: Option<&AuditId>,
    time: Time,
    (index, status): (u64, Status),
    member: &mut dyn FnMut(&str, &str) -> Option<String>,
) -> Row {
    // No database holds NUL in a text, so no column does.
    let mut column =
        |group: &str, name: &str| member(group, name).map(|text| text.replace('\0', "\u{fffd}"));
    Row {
        audit_id: audit_id.map(ToString::to_string).unwrap_or_default(),
        opened: i64::try_from(index).unwrap_or(i64::MAX),
        time: time.to_string(),
        status: status.as_str().to_owned(),
        model: column("generation", "model"),
        provider: column("generation", "provider"),
        data_hash: column("input", "data_hash"),
        data_path: column("input", "data_path"),
        user: column("session", "user"),
    }
}

/// Returns what appending `event` at `index` does to the rows.
pub(crate) fn change(event: &Event, index: u64) -> Option<RowChange> {
    let status = match &event.kind {
        Kind::GenerationStarted => {
            return Some(RowChange::Add(opened(event, index)));
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
