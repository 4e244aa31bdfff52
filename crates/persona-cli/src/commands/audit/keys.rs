//! `persona audit keys`: the public halves only; nothing prints a secret.

use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};
use persona_audit::{AuditTrail, KeyInfo, KeyName};
use serde_json::{Value, json};

use super::checkpoint;
use crate::{compose, context::Context, error::CliError, exit::Exit, ui::Sheet};

/// Show and export the public keys of the log
#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Show the keys, their fingerprints and where they lie
    Show {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print a public key for other programs
    Export {
        /// The key that signs checkpoints, or the one that signs attestations
        #[arg(long, value_enum, default_value_t)]
        key: KeyRole,
        /// PEM for OpenSSL, or the line that `audit verify --key` takes
        #[arg(long, value_enum, default_value_t)]
        format: KeyFormat,
    },
}

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum KeyRole {
    /// Checkpoints
    #[default]
    Log,
    /// Attestations of output folders
    Attest,
}

/// How a public key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum KeyFormat {
    /// `SubjectPublicKeyInfo` in PEM
    #[default]
    Pem,
    /// A verifier key of a signed note, with the log's name
    Vkey,
}

impl KeyRole {
    fn name(self) -> &'static str {
        match self {
            Self::Log => KeyName::Log.as_str(),
            Self::Attest => KeyName::Attest.as_str(),
        }
    }
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &KeysArgs) -> Result<Exit, CliError> {
    let configuration = context.configuration(&[])?;
    let config = compose::audit_config(&configuration.settings().audit, &context.paths()?)?;
    let folder = config.key_path.clone();
    let keys = AuditTrail::with_ambient(config, compose::ambient(context)).keys()?;
    match &arguments.command {
        KeysCommand::Show { json } => show(context, &keys, &folder, *json)?,
        KeysCommand::Export { key, format } => {
            let exported = exported(&keys, *key, *format)?;
            let written = context.ui.stdout().write_all(exported.as_bytes());
            written.map_err(|error| CliError::output(&error))?;
        }
    }
    Ok(Exit::Done)
}

fn show(
    context: &mut Context<'_>,
    keys: &[KeyInfo],
    folder: &Path,
    json: bool,
) -> Result<(), CliError> {
    if json {
        let keys: Vec<_> = keys.iter().map(|key| document(key, folder)).collect();
        return context.ui.json(&keys);
    }
    if keys.is_empty() {
        context.ui.note(&format!(
            "no keys in {} yet; the first recorded `persona generate` makes them",
            folder.display()
        ));
        return Ok(());
    }
    context.ui.result(&sheet(keys, folder).to_string())
}

fn sheet(keys: &[KeyInfo], folder: &Path) -> Sheet {
    let mut sheet = Sheet::default();
    for key in keys {
        let signs =
            if key.purpose == KeyRole::Attest.name() { "attestations" } else { "checkpoints" };
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
                Some(false) => "no: this log was opened with another key",
                None => "(there is no log yet)",
            }],
        );
        sheet.field("file", [file(key, folder)]);
    }
    sheet
}

fn document(key: &KeyInfo, folder: &Path) -> Value {
    json!({
        "purpose": key.purpose,
        "keyid": key.keyid,
        "vkey": key.vkey,
        "pem": key.pem,
        "admitted": key.admitted,
        "file": file(key, folder),
    })
}

fn file(key: &KeyInfo, folder: &Path) -> String {
    folder.join(format!("{}.pem", key.purpose)).display().to_string()
}

fn exported(keys: &[KeyInfo], role: KeyRole, format: KeyFormat) -> Result<String, CliError> {
    let Some(key) = keys.iter().find(|key| key.purpose == role.name()) else {
        let message = format!("there is no `{}` key yet", role.name());
        return Err(CliError::new(Exit::Failed, "no-key", message).hint(
            "the first recorded `persona generate` makes it; `audit.key_path` names its folder",
        ));
    };
    match format {
        KeyFormat::Pem => Ok(key.pem.clone()),
        // The name in a verifier key is that of the log, drawn when it is opened.
        KeyFormat::Vkey => match &key.vkey {
            Some(vkey) => Ok(format!("{vkey}\n")),
            None => Err(checkpoint::no_log()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(vkey: Option<&str>) -> KeyInfo {
        KeyInfo {
            purpose: "log".into(),
            keyid: "ab".into(),
            vkey: vkey.map(ToOwned::to_owned),
            pem: "PEM\n".into(),
            admitted: vkey.map(|_| true),
        }
    }

    #[test]
    fn only_the_key_asked_for_is_printed() {
        let keys = [key(Some("o+1+k"))];
        assert_eq!(exported(&keys, KeyRole::Log, KeyFormat::Pem).unwrap(), "PEM\n");
        assert_eq!(exported(&keys, KeyRole::Log, KeyFormat::Vkey).unwrap(), "o+1+k\n");
        let missing = exported(&keys, KeyRole::Attest, KeyFormat::Pem).unwrap_err();
        assert_eq!((missing.exit, missing.code), (Exit::Failed, "no-key"));
        let unnamed = exported(&[key(None)], KeyRole::Log, KeyFormat::Vkey).unwrap_err();
        assert_eq!((unnamed.exit, unnamed.code), (Exit::Failed, "no-log"));
    }

    #[test]
    fn a_key_is_shown_with_its_file() {
        let text = sheet(&[key(Some("o+1+k"))], Path::new("/k")).to_string();
        assert!(
            text.contains("fingerprint   ab\n") && text.ends_with("file          /k/log.pem"),
            "{text}"
        );
    }
}
