//! The events that a run's bodies become, whoever adds them: the run itself, a later one that finds it
//! gone, or somebody who records what took place elsewhere.

use serde_json::{Value, json};

use crate::attest::{Identity, Statement};
use crate::config::AuditConfig;
use crate::error::AuditError;
use crate::event::{Event, EventError, Kind};
use crate::id::AuditId;
use crate::key::PrivateKey;
use crate::record::RECORD_SCHEMA;
use crate::run::{Completion, Failure, Opening, members};
use crate::time::Time;

/// Returns `generation.started`, with the date until which the settings keep it.
pub(crate) fn opened(
    id: &AuditId,
    time: Time,
    opening: &Opening,
    config: &AuditConfig,
) -> Result<Event, AuditError> {
    let mut members = members(opening).map_err(AuditError::Body)?;
    let days = config.retention_days;
    let not_before = match days {
        0 => None,
        _ => match time.retained_until(days, config.retention_floor) {
            Some(until) => Some(until.to_string()),
            None => return Err(AuditError::Retention { days }),
        },
    };
    members.insert("schema".to_owned(), RECORD_SCHEMA.into());
    members.insert("retention".to_owned(), json!({"not_before": not_before}));
    Ok(Event { kind: Kind::GenerationStarted, audit_id: Some(id.clone()), time, members })
}

/// Returns `generation.completed`, not attested yet.
pub(crate) fn completed(
    id: &AuditId,
    time: Time,
    completion: &Completion,
) -> Result<Event, AuditError> {
    let mut members = members(completion).map_err(AuditError::Body)?;
    if let Some(output) = members.get_mut("output").and_then(Value::as_object_mut) {
        output.insert("completed_at".to_owned(), time.to_string().into());
    }
    Ok(Event { kind: Kind::GenerationCompleted, audit_id: Some(id.clone()), time, members })
}

/// Returns `generation.failed`.
pub(crate) fn failed(id: &AuditId, time: Time, failure: &Failure) -> Result<Event, AuditError> {
    let mut said = members(&json!({ "error": failure })).map_err(AuditError::Body)?;
    if let Some(calls) = &failure.reproducibility {
        let calls = members(&json!({ "reproducibility": calls }));
        said.extend(calls.map_err(AuditError::Body)?);
    }
    let audit_id = Some(id.clone());
    Ok(Event { kind: Kind::GenerationFailed, audit_id, time, members: said })
}

/// Returns `generation.abandoned`.
pub(crate) fn abandoned(id: &AuditId, time: Time) -> Event {
    let error = json!({
        "code": "abandoned",
        "message": "the process was gone before it closed the run",
        "stage": null,
    });
    Event {
        kind: Kind::GenerationAbandoned,
        audit_id: Some(id.clone()),
        time,
        members: [("error".to_owned(), error)].into_iter().collect(),
    }
}

/// Adds `attestation` to a completed run's closing; returns the Statement with what is in that member,
/// or `None` where records are not signed.
pub(crate) fn attest(
    opening: &Event,
    closing: &mut Event,
    signer: Option<&PrivateKey>,
    config: &AuditConfig,
) -> Result<Option<(Statement, String, String)>, EventError> {
    let Some(key) = signer else {
        closing.members.insert("attestation".to_owned(), Value::Null);
        return Ok(None);
    };
    let identity = if config.attest_identity { Identity::Attested } else { Identity::Withheld };
    let statement = Statement::new(opening, closing, identity)?;
    let (keyid, sig) = (key.public().keyid().as_str().to_owned(), statement.sign(key));
    let member = json!({"keyid": keyid, "sig": sig});
    closing.members.insert("attestation".to_owned(), member);
    Ok(Some((statement, keyid, sig)))
}
