//! Output folders against the record: every file by its digest, the envelope byte for byte, and the
//! folder's copy of the checkpoint, which is a witness of the log outside its store.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::attest;
use crate::checkpoint::SignedCheckpoint;
use crate::error::AuditError;
use crate::files;
use crate::finding::{Code, Finding, Severity};
use crate::halves::Halves;
use crate::record::join;
use crate::settle::digest_file;
use crate::standing::{Standing, standing};
use crate::trust::Trust;
use crate::verify::Subject;

/// An envelope or checkpoint is never larger.
const MAX_SIDE_FILE: u64 = 64 * 1024 * 1024;

/// Checks the output folder that a completed run names.
pub(super) fn check(
    (opening, (closed_at, closing)): (&Halves, (u64, &Halves)),
    base: &Path,
    trust: &Trust,
    subject: &Subject<'_>,
) -> Result<Vec<Finding>, AuditError> {
    let (Ok(opened), Ok(closed)) = (opening.to_event(), closing.to_event()) else {
        return Ok(Vec::new());
    };
    let record = &join(opened.members, Some(closed.members));
    let envelope =
        attest::envelope(opening, closing, |keyid| trust.writers.attester(keyid, closed_at));
    let envelope = envelope.as_deref();
    let member = |group: &str, name: &str| record.get(group).and_then(|group| group.get(name));
    let mut findings = Vec::new();
    let Some(path) = member("output", "output_path").and_then(Value::as_str) else {
        return Ok(findings);
    };
    let directory = member("session", "directory").and_then(Value::as_str);
    let folder = directory.map_or_else(|| base.to_owned(), PathBuf::from).join(path);
    if !folder.is_dir() {
        let detail = format!("the output folder `{}` is not there", folder.display());
        findings.push(Finding::new(Code::ArtifactMissing, Severity::Warning, detail));
        return Ok(findings);
    }
    let listed = member("output", "files").and_then(Value::as_array);
    for file in listed.into_iter().flatten() {
        let text = |name: &str| file.get(name).and_then(Value::as_str).unwrap_or_default();
        let digest = digest_file(&folder.join(text("path"))).ok().map(|digest| digest.to_hex());
        let same = digest.as_deref().map(|digest| digest == text("sha256"));
        findings.extend(fault(&folder.join(text("path")), same));
    }
    if let Some(envelope) = envelope {
        let path = folder.join("provenance.intoto.json");
        let found = files::read(&path, MAX_SIDE_FILE).ok().flatten();
        findings.extend(fault(&path, found.map(|found| found == envelope)));
    }
    findings.extend(checkpoint(&folder.join("checkpoint"), subject)?);
    Ok(findings)
}

/// The folder's checkpoint: missing and unreadable ones are warnings; one of this log that the log
/// contradicts shows that the log was changed.
fn checkpoint(path: &Path, subject: &Subject<'_>) -> Result<Option<Finding>, AuditError> {
    let Some(bytes) = files::read(path, MAX_SIDE_FILE).ok().flatten() else {
        return Ok(fault(path, None));
    };
    let (Ok(copy), Some(head)) = (SignedCheckpoint::parse(&bytes), subject.note) else {
        return Ok(fault(path, Some(false)));
    };
    // In a log that is signed, only what its key signed says anything about it.
    let signed = |trust: &Trust| !trust.signing || trust.signature_fault(&copy, "").is_none();
    if !subject.trust.is_some_and(signed) {
        return Ok(fault(path, Some(false)));
    }
    let (copy, head) = (copy.checkpoint(), head.checkpoint());
    Ok(match standing(subject.reader, head, copy)? {
        Standing::Agrees => None,
        Standing::OtherLog => fault(path, Some(false)),
        Standing::Behind | Standing::Forked => {
            let detail = format!("the log contradicts the checkpoint in `{}`", path.display());
            Some(Finding::error(Code::LogForked, detail))
        }
    })
}

fn fault(path: &Path, same: Option<bool>) -> Option<Finding> {
    let (code, what) = match same {
        Some(true) => return None,
        Some(false) => (Code::ArtifactChanged, "is not the one on record"),
        None => (Code::ArtifactMissing, "is not there"),
    };
    Some(Finding::new(code, Severity::Warning, format!("`{}` {what}", path.display())))
}
