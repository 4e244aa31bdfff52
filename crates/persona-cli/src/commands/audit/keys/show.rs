//! `persona audit keys show`: this machine's keys, and everybody who writes to the log.

use std::path::Path;

use clap::Args;
use persona_audit::{KeyInfo, WriterInfo};
use serde_json::{Value, json};

use crate::{
    compose,
    context::Context,
    error::CliError,
    exit::Exit,
    ui::{Sheet, Table},
};

/// Show the keys of this machine, and of every machine that writes to the log
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &ShowArgs) -> Result<Exit, CliError> {
    let configuration = context.configuration(&[])?;
    let folder = configuration.settings().audit.key_path.clone();
    let trail = compose::trail(context)?;
    let (keys, writers) = (trail.keys()?, trail.writers()?);
    if arguments.json {
        context.ui.json(&documents(&keys, &writers, &folder))?;
        return Ok(Exit::Done);
    }
    if keys.is_empty() {
        context.ui.note(&format!(
            "no keys in {} yet; the first recorded `persona generate` makes them",
            folder.display()
        ));
    }
    let sheet = sheet(&keys, &folder).to_string();
    let table = if writers.is_empty() { String::new() } else { table(&writers).to_string() };
    let parts: Vec<_> = [sheet, table].into_iter().filter(|part| !part.is_empty()).collect();
    if !parts.is_empty() {
        context.ui.result(&parts.join("\n\n"))?;
    }
    Ok(Exit::Done)
}

fn sheet(keys: &[KeyInfo], folder: &Path) -> Sheet {
    let mut sheet = Sheet::default();
    for key in keys {
        let signs = if key.purpose == "attest" { "attestations" } else { "checkpoints" };
        sheet.section(&format!("Key `{}`, signs {signs}", key.purpose));
        sheet.field("fingerprint", [&key.keyid]);
        sheet.field(
            "verifier key",
            [key.vkey.as_deref().unwrap_or("(there is no log to name it yet)")],
        );
        sheet.field(
            "admitted",
            [match key.admitted {
                Some(true) => "yes",
                Some(false) => "no: other keys write to this log",
                None => "(there is no log yet)",
            }],
        );
        sheet.field("file", [file(key, folder)]);
    }
    sheet
}

/// One line for each machine that writes.
fn table(writers: &[WriterInfo]) -> Table {
    let mut table =
        Table::new(&["WRITES FROM", "NAME", "THIS MACHINE", "LOG KEY", "ATTESTATION KEY"]);
    for writer in writers {
        let [log, attest] = &writer.keys;
        table.row([
            writer.from.to_string(),
            writer.name.clone().unwrap_or_else(|| "-".to_owned()),
            if writer.own { "yes" } else { "no" }.to_owned(),
            log.keyid.clone(),
            attest.keyid.clone(),
        ]);
    }
    table
}

/// This machine's keys first, then those of the others.
fn documents(keys: &[KeyInfo], writers: &[WriterInfo], folder: &Path) -> Vec<Value> {
    let has = |writer: &&WriterInfo, key: &KeyInfo| {
        writer.keys.iter().any(|other| (&other.purpose, &other.keyid) == (&key.purpose, &key.keyid))
    };
    let own = keys.iter().map(|key| {
        let writer = writers.iter().find(|writer| has(writer, key));
        document(key, writer, Some(&file(key, folder)))
    });
    let others = writers.iter().flat_map(|writer| {
        let others = writer.keys.iter().filter(|key| !keys.contains(key));
        others.map(move |key| document(key, Some(writer), None))
    });
    own.chain(others).collect()
}

fn document(key: &KeyInfo, writer: Option<&WriterInfo>, file: Option<&str>) -> Value {
    json!({
        "purpose": key.purpose,
        "keyid": key.keyid,
        "vkey": key.vkey,
        "pem": key.pem,
        "admitted": key.admitted,
        "from": writer.map(|writer| writer.from),
        "name": writer.and_then(|writer| writer.name.as_deref()),
        "own": file.is_some(),
        "file": file,
    })
}

fn file(key: &KeyInfo, folder: &Path) -> String {
    folder.join(format!("{}.pem", key.purpose)).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(purpose: &str, keyid: &str, admitted: bool) -> KeyInfo {
        KeyInfo {
            purpose: purpose.into(),
            keyid: keyid.into(),
            vkey: Some(format!("o+{keyid}+k")),
            pem: "PEM\n".into(),
            admitted: Some(admitted),
        }
    }

    fn writer(from: u64, name: Option<&str>, keyids: [&str; 2], own: bool) -> WriterInfo {
        let [log, attest] = keyids;
        let keys = [key("log", log, true), key("attest", attest, true)];
        WriterInfo { name: name.map(ToOwned::to_owned), from, own, keys }
    }

    #[test]
    fn a_key_is_shown_with_its_file() {
        let text = sheet(&[key("log", "ab", true)], Path::new("/k")).to_string();
        assert!(
            text.contains("fingerprint   ab\n") && text.ends_with("file          /k/log.pem"),
            "{text}"
        );
    }

    #[test]
    fn everybody_who_writes_has_a_line() {
        let writers = [
            writer(0, None, ["a1", "a2"], false),
            writer(4, Some("lab\u{1b}"), ["b1", "b2"], true),
        ];
        let wanted = "\
WRITES FROM  NAME       THIS MACHINE  LOG KEY  ATTESTATION KEY
0            -          no            a1       a2
4            lab\\u{1b}  yes           b1       b2";
        assert_eq!(table(&writers).to_string(), wanted);
    }

    #[test]
    fn programs_get_this_machines_keys_first() {
        let writers =
            [writer(0, None, ["a1", "a2"], false), writer(4, Some("lab"), ["b1", "b2"], true)];
        let keys = [key("log", "b1", true), key("attest", "b2", true)];
        let shown = documents(&keys, &writers, Path::new("/k"));
        let ids: Vec<_> =
            shown.iter().map(|key| key["keyid"].as_str().unwrap_or_default()).collect();
        assert_eq!(ids, ["b1", "b2", "a1", "a2"]);
        assert_eq!((&shown[0]["from"], &shown[0]["name"]), (&json!(4), &json!("lab")));
        assert_eq!((&shown[0]["own"], &shown[0]["file"]), (&json!(true), &json!("/k/log.pem")));
        assert_eq!((&shown[3]["own"], &shown[3]["file"]), (&json!(false), &json!(null)));
        // A key that is not admitted yet has no span.
        let shown = documents(&[key("log", "c1", false)], &writers, Path::new("/k"));
        assert_eq!((&shown[0]["from"], shown.len()), (&json!(null), 5));
    }
}
