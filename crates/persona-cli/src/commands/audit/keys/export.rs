//! `persona audit keys export`: one public key, as other programs read it.

use clap::{Args, ValueEnum};
use persona_audit::{KeyInfo, KeyName};

use crate::commands::audit::checkpoint;
use crate::{compose, context::Context, error::CliError, exit::Exit};

/// Print a public key of this machine for other programs
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The key that signs checkpoints, or the one that signs attestations
    #[arg(long, value_enum, default_value_t)]
    key: KeyRole,
    /// PEM for OpenSSL, or the line that `audit verify --key` takes
    #[arg(long, value_enum, default_value_t)]
    format: KeyFormat,
}

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum KeyRole {
    /// Checkpoints
    #[default]
    Log,
    /// Attestations of output folders
    Attest,
}

/// How a public key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum KeyFormat {
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

pub(crate) fn run(context: &mut Context<'_>, arguments: &ExportArgs) -> Result<Exit, CliError> {
    let keys = compose::trail(context)?.keys()?;
    let exported = exported(&keys, arguments.key, arguments.format)?;
    let written = context.ui.stdout().write_all(exported.as_bytes());
    written.map_err(|error| CliError::output(&error))?;
    Ok(Exit::Done)
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
}
