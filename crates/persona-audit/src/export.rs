//! Exporting records, as a stream: memory does not grow with the log.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::error::AuditError;
use crate::keyfolder::KeyName;
use crate::query::{DataFilter, Opened, Query, Summary};
use crate::time::Time;

/// The schema that an export's `schema` member names.
pub const EXPORT_SCHEMA: &str = "persona.export/1";

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON document: the log's state and keys, then the records.
    Json,
    /// One record a line.
    Jsonl,
    /// One line of a list a line, with a header.
    Csv,
}

/// Writes the records that fit; `opened` is `None` where there is no log, which exports nothing.
pub(crate) fn export(
    opened: Option<&Opened<'_>>,
    query: &Query,
    format: ExportFormat,
    now: Time,
    out: &mut dyn Write,
) -> Result<u64, AuditError> {
    match format {
        ExportFormat::Json => json_document(opened, query, now, out),
        ExportFormat::Jsonl => each(opened, query, &mut |record, _| {
            out.write_all(record.as_bytes())?;
            out.write_all(b"\n")
        }),
        ExportFormat::Csv => {
            let mut rows = csv::Writer::from_writer(out);
            if opened.is_none() {
                rows.write_record(COLUMNS).map_err(csv_error)?;
            }
            let mut lines = 0;
            if let Some(opened) = opened {
                opened.each(query, &mut |record| {
                    lines += 1;
                    rows.serialize(Summary::of(&record)).map_err(csv_error)
                })?;
                if lines == 0 {
                    rows.write_record(COLUMNS).map_err(csv_error)?;
                }
            }
            rows.flush().map_err(AuditError::Export)?;
            Ok(lines)
        }
    }
}

/// The columns of a list, for an export without records.
const COLUMNS: [&str; 12] = [
    "audit_id",
    "timestamp",
    "status",
    "provider",
    "model",
    "data_path",
    "data_hash",
    "record_count",
    "persona_count",
    "generation_time_ms",
    "user",
    "state",
];

fn json_document(
    opened: Option<&Opened<'_>>,
    query: &Query,
    now: Time,
    out: &mut dyn Write,
) -> Result<u64, AuditError> {
    let head = json!({
        "schema": EXPORT_SCHEMA,
        "exported_at": now.to_string(),
        "filter": describe(query),
        "log": opened.map_or(Value::Null, log_state),
        "compliance": null,
    });
    let text = serde_json::to_string_pretty(&head).map_err(|e| AuditError::Export(e.into()))?;
    let text = text.strip_suffix("\n}").unwrap_or(&text);
    write!(out, "{text},\n  \"records\": [").map_err(AuditError::Export)?;
    let written = each(opened, query, &mut |record, number| {
        out.write_all(if number == 0 { b"\n    " } else { b",\n    " })?;
        out.write_all(record.as_bytes())
    })?;
    let end: &[u8] = if written == 0 { b"]\n}\n" } else { b"\n  ]\n}\n" };
    out.write_all(end).map_err(AuditError::Export)?;
    Ok(written)
}

fn each(
    opened: Option<&Opened<'_>>,
    query: &Query,
    write: &mut dyn FnMut(&str, u64) -> io::Result<()>,
) -> Result<u64, AuditError> {
    let mut written = 0;
    if let Some(opened) = opened {
        opened.each_text(query, &mut |record| {
            write(&record.text, written).map_err(AuditError::Export)?;
            written += 1;
            Ok(())
        })?;
    }
    Ok(written)
}

fn log_state(opened: &Opened<'_>) -> Value {
    let checkpoint = opened.head().checkpoint();
    let name = checkpoint.origin.as_str();
    let keys = opened.writers().iter().flat_map(|writer| {
        [KeyName::Log, KeyName::Attest].map(|purpose| {
            let key = writer.key(purpose);
            json!({
                "purpose": purpose.as_str(),
                "keyid": key.keyid().as_str(),
                "vkey": key.to_vkey(name),
                "pem": key.to_pem(),
                "from": writer.from,
            })
        })
    });
    let keys: Vec<Value> = keys.collect();
    json!({
        "origin": name,
        "size": checkpoint.size,
        "root": checkpoint.root.to_string(),
        "checkpoint": opened.head().to_text(),
        "public_keys": keys,
    })
}

/// The conditions that were set.
fn describe(query: &Query) -> Value {
    let mut filter = Map::new();
    let mut set = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            filter.insert(name.to_owned(), value.into());
        }
    };
    set("since", query.since.map(|time| time.to_string()));
    set("before", query.before.map(|time| time.to_string()));
    set("model", query.model.clone());
    set("provider", query.provider.clone());
    set("status", query.status.map(|status| status.as_str().to_owned()));
    set("user", query.user.clone());
    match &query.data {
        Some(DataFilter::Hash(hash)) => set("data_hash", Some(hash.clone())),
        Some(DataFilter::Path(path)) => set("data_path", Some(path.clone())),
        None => {}
    }
    if !query.ids.is_empty() {
        filter.insert("ids".to_owned(), query.ids.clone().into());
    }
    Value::Object(filter)
}

fn csv_error(error: csv::Error) -> AuditError {
    AuditError::Export(error.into())
}
