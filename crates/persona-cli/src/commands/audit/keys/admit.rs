//! `persona audit keys admit`: further machines on one log.

use clap::{Args, builder::NonEmptyStringValueParser};
use persona_audit::{
    Admission, AdmissionError, KeyInfo, KeyTextError, Origin, PublicKey, SignedCheckpoint,
};
use serde_json::json;

use crate::{compose, context::Context, error::CliError, exit::Exit, shell::word};

/// Where a verifier key comes from.
const EXPORT: &str = "`persona audit keys export --key log --format vkey` prints it on the machine that opened the log";

/// Let another machine write to this log; or, on that machine, trust the log
///
/// On the new machine `--trust` pins the log by the first machine's key, which must come from there and not from the
/// log, and prints the command to run on a machine that writes to the log already. That command admits the new
/// machine's keys from the next entry on.
#[derive(Debug, Args)]
pub(crate) struct AdmitArgs {
    /// The new machine's log key
    #[arg(value_name = "LOG_VKEY", required_unless_present = "trust", requires = "attest_key")]
    log_key: Option<String>,
    /// The new machine's attestation key
    #[arg(value_name = "ATTEST_VKEY")]
    attest_key: Option<String>,
    /// What to call the machine, for the record
    #[arg(long, requires = "log_key", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// Trust the log that the machine with this key opened, and print what to run there; nothing is appended
    #[arg(long, value_name = "VKEY", conflicts_with_all = ["log_key", "attest_key", "name"])]
    trust: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &AdmitArgs) -> Result<Exit, CliError> {
    match (&arguments.trust, &arguments.log_key, &arguments.attest_key) {
        (Some(vkey), ..) => trust(context, vkey, arguments.json)?,
        (None, Some(log), Some(attest)) => {
            let admission = Admission::from_vkeys(log, attest, arguments.name.as_deref());
            let admission = admission.map_err(|error| no_admission(&error))?;
            admit(context, &admission, arguments.json)?;
        }
        // The arguments' own rules leave nothing else.
        (None, ..) => {}
    }
    Ok(Exit::Done)
}

fn trust(context: &mut Context<'_>, vkey: &str, json: bool) -> Result<(), CliError> {
    let (origin, first) = first_key(vkey)?;
    let keys = compose::trail(context)?.trust(&origin, &first)?;
    let admitted = !keys.is_empty() && keys.iter().all(|key| key.admitted == Some(true));
    let command = command(&keys);
    if json {
        let document = json!({
            "origin": origin.as_str(),
            "first_key": first.keyid().as_str(),
            "admitted": admitted,
            "keys": keys,
            "command": command,
        });
        return context.ui.json(&document);
    }
    context.ui.note(&format!("the log `{origin}` is trusted by its first key {}", first.keyid()));
    if admitted {
        context.ui.note("this machine is admitted to it: it can write");
        return Ok(());
    }
    context.ui.note("before this machine can write, run this on one that writes already:");
    let words: Vec<_> = command.iter().map(|text| word(text)).collect();
    context.ui.result(&words.join(" "))
}

fn first_key(vkey: &str) -> Result<(Origin, PublicKey), CliError> {
    let read = PublicKey::from_vkey(vkey).and_then(|(name, key)| {
        let origin = Origin::parse(&name).ok_or(KeyTextError::VerifierKey)?;
        Ok((origin, key))
    });
    read.map_err(|error| {
        let message = format!("invalid value '{vkey}' for '--trust': {error}");
        CliError::new(Exit::Usage, "usage", message).hint(EXPORT)
    })
}

/// What admits this machine, to be run on another one.
fn command(keys: &[KeyInfo]) -> Vec<String> {
    let vkeys = keys.iter().filter_map(|key| key.vkey.clone());
    ["persona", "audit", "keys", "admit"].map(ToOwned::to_owned).into_iter().chain(vkeys).collect()
}

fn admit(context: &mut Context<'_>, admission: &Admission, json: bool) -> Result<(), CliError> {
    let note = compose::trail(context)?.admit(admission)?;
    let checkpoint = SignedCheckpoint::parse(note.as_bytes()).ok();
    let from = checkpoint.map(|note| note.checkpoint().size);
    let [log, attest] = admission.keyids();
    if json {
        let document = json!({
            "name": admission.name(),
            "log_key": log.as_str(),
            "attest_key": attest.as_str(),
            "from": from,
            "checkpoint": note,
        });
        return context.ui.json(&document);
    }
    let from = from.map_or_else(String::new, |from| format!(" from entry {from} on"));
    context.ui.result(&format!(
        "admitted{from}\n  log key          {log}\n  attestation key  {attest}"
    ))?;
    context.ui.note(
        "compare these fingerprints with what `persona audit keys show` says on that machine",
    );
    Ok(())
}

fn no_admission(error: &AdmissionError) -> CliError {
    CliError::new(Exit::Usage, "usage", format!("no machine can be admitted by these: {error}"))
        .hint("`persona audit keys admit --trust VKEY` on the new machine prints the whole command")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_both_keys() {
        let key = |purpose: &str| KeyInfo {
            purpose: purpose.into(),
            keyid: "ab".into(),
            vkey: Some(format!("my'log+{purpose}")),
            pem: String::new(),
            admitted: Some(false),
        };
        let words: Vec<_> =
            command(&[key("log"), key("attest")]).iter().map(|it| word(it)).collect();
        let wanted = r"persona audit keys admit 'my'\''log+log' 'my'\''log+attest'";
        assert_eq!(words.join(" "), wanted);
    }

    #[test]
    fn keys_that_admit_nobody_are_usage_errors() {
        let error = Admission::from_vkeys("zork", "zork", None).unwrap_err();
        let error = no_admission(&error);
        assert_eq!((error.exit, error.code), (Exit::Usage, "usage"));
        assert!(
            error.message.ends_with("not a verifier key of the form `NAME+KEYID+BASE64`"),
            "{}",
            error.message
        );
    }
}
