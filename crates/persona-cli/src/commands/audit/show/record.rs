//! A record for people: which members are shown, under which words, in which order.

use serde_json::Value;

use super::value::{
    attested_by, call, command, count_asked, file, issue, key_of, list, log_of, milliseconds,
    pairs, plain, scalar, source, yes_or_no,
};
use crate::ui::Sheet;

/// A label, the JSON Pointer of a member, and how its value is spelt: no lines where there is nothing to say.
type Field = (&'static str, &'static str, fn(&Value) -> Vec<String>);

const SECTIONS: &[(&str, &[Field])] = &[
    (
        "Run",
        &[
            ("id", "/audit_id", scalar),
            ("status", "/status", scalar),
            ("time", "/timestamp", scalar),
            ("user", "/session/user", scalar),
            ("host", "/session/host", scalar),
            ("command", "/session/command", command),
            ("folder", "/session/directory", scalar),
            ("tool", "/tool_version", scalar),
            ("runtime", "/session/runtime", scalar),
            ("environment", "/session/environment", scalar),
        ],
    ),
    (
        "Error",
        &[
            ("code", "/error/code", scalar),
            ("stage", "/error/stage", scalar),
            ("message", "/error/message", scalar),
        ],
    ),
    (
        "Input",
        &[
            ("data", "/input/data_path", scalar),
            ("hash", "/input/data_hash", scalar),
            ("format", "/input/format", scalar),
            ("records", "/input/record_count", scalar),
            ("bytes", "/input/bytes", scalar),
            ("preview hash", "/input/data_preview_hash", scalar),
            ("columns", "/input/columns", plain),
            ("files", "/input/sources", |value| list(value, source)),
            ("text of rows", "/input/sampling/text_rows", scalar),
            ("licence", "/input/licence", scalar),
            ("source", "/input/source", scalar),
        ],
    ),
    (
        "Model",
        &[
            ("provider", "/generation/provider", scalar),
            ("model", "/generation/model", scalar),
            ("version", "/generation/model_version", scalar),
            ("temperature", "/generation/temperature", scalar),
            ("most tokens", "/generation/max_tokens", scalar),
            ("template", "/generation/prompt_template", scalar),
            ("template hash", "/generation/prompt_template_hash", scalar),
            ("prompt hash", "/generation/prompt_hash", scalar),
            ("personas asked for", "/generation/persona_count", count_asked),
            ("strategy", "/generation/strategy", scalar),
            ("parameters", "/generation/parameters", pairs),
        ],
    ),
    (
        "Output",
        &[
            ("folder", "/output/output_path", scalar),
            ("personas made", "/output/persona_count", scalar),
            ("personas hash", "/output/personas_hash", scalar),
            ("files", "/output/files", |value| list(value, file)),
            ("time taken", "/output/generation_time_ms", milliseconds),
            ("completed", "/output/completed_at", scalar),
            ("tokens", "/output/tokens", pairs),
        ],
    ),
    (
        "Quality",
        &[
            ("all checks held", "/quality/validation_passed", yes_or_no),
            ("scores", "/quality/quality_scores", pairs),
            ("issues", "/quality/issues", |value| list(value, issue)),
        ],
    ),
    (
        "Reproducibility",
        &[
            ("seed", "/reproducibility/seed", scalar),
            ("same bytes again", "/reproducibility/deterministic", yes_or_no),
            ("call ids", "/reproducibility/api_call_ids", plain),
            ("calls", "/reproducibility/calls", |value| list(value, call)),
        ],
    ),
    (
        "Retention",
        &[
            ("kept until", "/retention/not_before", scalar),
            ("on hold", "/retention/hold", yes_or_no),
            ("state", "/retention/state", scalar),
        ],
    ),
    ("Reviews", &[("reviews", "/review", |value| list(value, call))]),
    (
        "Signature",
        &[
            ("log key", "/signature", key_of),
            ("log", "/signature/checkpoint", log_of),
            ("attestation key", "/attestation", attested_by),
        ],
    ),
];

/// Returns the record as sections.
pub(super) fn sheet(record: &Value) -> Sheet {
    let mut sheet = Sheet::default();
    for (heading, fields) in SECTIONS {
        sheet.section(heading);
        for (label, pointer, form) in *fields {
            sheet.field(label, form(record.pointer(pointer).unwrap_or(&Value::Null)));
        }
    }
    sheet
}

/// Returns an entry of the log as one section.
pub(super) fn event_sheet(event: &Value) -> Sheet {
    let mut sheet = Sheet::default();
    let member = |pointer: &str| scalar(event.pointer(pointer).unwrap_or(&Value::Null)).join("");
    sheet.section(&format!("Entry {}: {}", member("/header/index"), member("/header/kind")));
    sheet.field("time", [member("/header/time")]);
    sheet.field("log", [member("/header/log")]);
    sheet.field("seal", [member("/header/seal")]);
    let body = event.get("body").map(|body| format!("{body:#}")).unwrap_or_default();
    sheet.field("body", body.lines());
    sheet
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_reads_from_top_to_bottom() {
        let record = json!({
            "audit_id": "0190", "status": "failed", "timestamp": "2025-12-15T10:30:01.123456Z",
            "session": {"command": ["persona", "generate", "my data.csv"], "user": null},
            "error": {"code": "output", "stage": "write", "message": "disk full"},
            "input": {"data_path": "my data.csv", "record_count": 50, "columns": ["age", "city"],
                "sources": [{"path": "my data.csv", "sha256": "ab", "bytes": 9, "records": 50}]},
            "generation": {"model": "extractive-1", "persona_count": null, "parameters": {}},
            "quality": {"validation_passed": null, "quality_scores": {}, "issues": []},
            "reproducibility": {"seed": 0, "deterministic": true, "calls": []},
            "retention": {"hold": false, "state": "present"}, "review": [],
            "signature": {"keyid": "cd", "checkpoint": "persona/x\n3\nroot=\n\n— persona/x sig\n"},
            "attestation": null,
        });
        let wanted = "\
Run
  id                  0190
  status              failed
  time                2025-12-15T10:30:01.123456Z
  command             persona generate 'my data.csv'

Error
  code                output
  stage               write
  message             disk full

Input
  data                my data.csv
  records             50
  columns             age
                      city
  files               my data.csv  sha256:ab  9 bytes, 50 records

Model
  model               extractive-1
  personas asked for  auto

Reproducibility
  seed                0
  same bytes again    yes

Retention
  on hold             no
  state               present

Signature
  log key             cd
  log                 persona/x at 3 entries
  attestation key     (no attestation)";
        assert_eq!(strip_str(&sheet(&record).to_string()).to_string(), wanted);
    }

    #[test]
    fn an_entry_shows_its_header_and_whole_body() {
        let event = json!({
            "header": {"index": 4, "kind": "generation.failed", "time": "T", "log": "L", "seal": "S"},
            "body": {"error": {"code": "output"}},
        });
        let text = strip_str(&event_sheet(&event).to_string()).to_string();
        assert!(text.starts_with("Entry 4: generation.failed\n  time  T\n"), "{text}");
        assert!(text.ends_with("body  {\n          \"error\": {\n            \"code\": \"output\"\n          }\n        }"), "{text}");
    }
}
