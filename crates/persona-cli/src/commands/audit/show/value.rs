//! How the members of a record are spelt for people. A member without a value has no lines.

use serde_json::Value;

/// One value as it is; text without quotes.
pub(super) fn scalar(value: &Value) -> Vec<String> {
    text(value).into_iter().collect()
}

/// `yes` or `no`.
pub(super) fn yes_or_no(value: &Value) -> Vec<String> {
    let word = value.as_bool().map(|yes| if yes { "yes" } else { "no" });
    word.map(str::to_owned).into_iter().collect()
}

/// The number of personas asked for; none is a choice too.
pub(super) fn count_asked(value: &Value) -> Vec<String> {
    vec![text(value).unwrap_or_else(|| "auto".to_owned())]
}

/// Milliseconds, with their unit.
pub(super) fn milliseconds(value: &Value) -> Vec<String> {
    text(value).map(|number| format!("{number} ms")).into_iter().collect()
}

/// One line for each element.
pub(super) fn list(value: &Value, line: fn(&Value) -> String) -> Vec<String> {
    value.as_array().into_iter().flatten().map(line).collect()
}

/// One line for each element, as it is.
pub(super) fn plain(value: &Value) -> Vec<String> {
    list(value, |element| text(element).unwrap_or_default())
}

/// One line for each member that has a value.
pub(super) fn pairs(value: &Value) -> Vec<String> {
    let members = value.as_object().into_iter().flatten();
    members.filter_map(|(name, value)| Some(format!("{name} {}", text(value)?))).collect()
}

/// A command line that a shell would take.
pub(super) fn command(value: &Value) -> Vec<String> {
    let words: Vec<_> = plain(value).iter().map(|word| quoted(word)).collect();
    if words.is_empty() { Vec::new() } else { vec![words.join(" ")] }
}

/// A file read.
pub(super) fn source(value: &Value) -> String {
    let (bytes, records) = (member(value, "bytes"), member(value, "records"));
    format!("{}, {records} records", format_args!("{}  {bytes} bytes", file(value)))
}

/// A file with its digest.
pub(super) fn file(value: &Value) -> String {
    format!("{}  sha256:{}", member(value, "path"), member(value, "sha256"))
}

/// An issue: its code, its words, and whatever else it holds.
pub(super) fn issue(value: &Value) -> String {
    let Some(members) = value.as_object() else { return text(value).unwrap_or_default() };
    let head = [member(value, "code"), member(value, "message")];
    let mut line = head.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
    for (name, value) in members {
        if !matches!(name.as_str(), "code" | "message")
            && let Some(text) = text(value)
        {
            line.push_str("; ");
            line.push_str(name);
            line.push(' ');
            line.push_str(&text);
        }
    }
    line
}

/// A call or review, member by member.
pub(super) fn call(value: &Value) -> String {
    if value.is_object() { pairs(value).join(", ") } else { text(value).unwrap_or_default() }
}

/// The fingerprint of the key that signed the log.
pub(super) fn key_of(value: &Value) -> Vec<String> {
    vec![keyid(value).unwrap_or_else(|| "(the log is not signed)".to_owned())]
}

/// The fingerprint of the key that signed the output's attestation; only completed runs have one.
pub(super) fn attested_by(value: &Value) -> Vec<String> {
    vec![keyid(value).unwrap_or_else(|| "(no attestation)".to_owned())]
}

/// The log that a checkpoint is of, and its size: the note's first two lines.
pub(super) fn log_of(value: &Value) -> Vec<String> {
    let mut lines = value.as_str().unwrap_or_default().lines();
    match (lines.next(), lines.next()) {
        (Some(origin), Some(size)) => vec![format!("{origin} at {size} entries")],
        _ => Vec::new(),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(value.to_string())
        }
    }
}

fn member(value: &Value, name: &str) -> String {
    value.get(name).and_then(text).unwrap_or_default()
}

fn keyid(value: &Value) -> Option<String> {
    value.get("keyid").and_then(text)
}

fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "-_./:=,@%+~".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_has_no_lines() {
        let forms = [scalar, yes_or_no, milliseconds, plain, pairs, command, log_of];
        for form in forms {
            assert_eq!(form(&Value::Null), [""; 0]);
        }
    }

    #[test]
    fn lists_and_members_have_a_line_each() {
        assert_eq!(plain(&json!(["a", 1])), ["a", "1"]);
        assert_eq!(pairs(&json!({"a": 0.92, "b": null})), ["a 0.92"]);
        assert_eq!(call(&json!({"id": "x", "latency_ms": 8})), "id x, latency_ms 8");
        let issue_value = json!({"code": "small-sample", "message": "50 people", "segment": 2});
        assert_eq!(issue(&issue_value), "small-sample: 50 people; segment 2");
        assert_eq!(issue(&json!("just words")), "just words");
    }

    #[test]
    fn a_command_line_can_be_typed_again() {
        let words = json!(["persona", "generate", "it's.csv", "--licence", ""]);
        assert_eq!(command(&words), [r"persona generate 'it'\''s.csv' --licence ''"]);
    }
}
