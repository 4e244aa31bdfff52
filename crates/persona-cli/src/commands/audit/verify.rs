//! `persona audit verify`.

mod report;

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use clap::Args;
use persona_audit::{
    AuditError, AuditTrail, PublicKey, Severity, SignedCheckpoint, Verdict, Verification,
    VerifyOptions,
};

use crate::{compose, context::Context, error::CliError, exit::Exit};

/// A checkpoint is a few lines; what is longer is none.
const MOST_OF_A_CHECKPOINT: u64 = 64 * 1024;

/// Check that the log is whole and unchanged
///
/// Answers verified (exit 0), tampered (7), or undecided (8), says what the answer rests on, and names each finding.
/// With ids only these runs are checked; that does not show that no other run is missing.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Runs to check: ids, beginnings of ids, or @last [default: the whole log]
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// Trust this key, as printed by `audit keys export --format vkey`; may be given more than once
    #[arg(long = "key", value_name = "VKEY")]
    pub(crate) keys: Vec<String>,
    /// Compare with a checkpoint kept elsewhere; may be given more than once
    #[arg(long, value_name = "CHECKPOINT")]
    pub(crate) against: Vec<PathBuf>,
    /// Compare the files of the output folders with what was recorded, too
    #[arg(long)]
    pub(crate) artifacts: bool,
    /// End with exit code 6 when there are warnings
    #[arg(long)]
    pub(crate) strict: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &VerifyArgs) -> Result<Exit, CliError> {
    let folder = context.environment.current_directory.clone();
    let keys = arguments.keys.iter().map(|text| key(text)).collect::<Result<Vec<_>, _>>()?;
    let against = arguments.against.iter().map(|path| checkpoint(&folder, path));
    let options = VerifyOptions {
        keys: keys.iter().map(|(_, key)| key.clone()).collect(),
        against: against.collect::<Result<_, _>>()?,
        artifacts: arguments.artifacts.then_some(folder),
    };
    let trail = compose::trail(context)?;
    let verification = verify(&trail, &arguments.ids, &options).map_err(undecided)?;
    let log = verification.checkpoint.as_ref().map(|state| state.origin.as_str());
    for (name, _) in keys.iter().filter(|(name, _)| log.is_some_and(|log| log != name)) {
        context.ui.warn(&format!("the key given is for the log `{name}`, not this one"));
    }
    if arguments.json {
        context.ui.json(&verification)?;
    } else {
        context.ui.result(&report::text(&verification))?;
        if let Some(hint) = report::next_step(&verification) {
            // The report should be read first.
            context.ui.finish()?;
            context.ui.note(&format!("Hint: {hint}"));
        }
    }
    Ok(exit(&verification, arguments.strict))
}

/// Verifies what was asked for. An id that a damaged or missing log does not know says nothing about that log, so
/// then the whole of it is verified.
fn verify(
    trail: &AuditTrail,
    ids: &[String],
    options: &VerifyOptions,
) -> Result<Verification, AuditError> {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    match trail.verify(&ids, options) {
        Err(AuditError::UnknownId { .. }) if !matches!(trail.checkpoint(), Ok(Some(_))) => {
            trail.verify(&[], options)
        }
        answer => answer,
    }
}

/// A store that cannot be asked leaves the question undecided; only here is that no failure of the store.
fn undecided(error: AuditError) -> CliError {
    let cannot_be_asked = matches!(error, AuditError::Store(_));
    let error = CliError::from(error);
    if cannot_be_asked { CliError { exit: Exit::Undecided, ..error } } else { error }
}

fn exit(verification: &Verification, strict: bool) -> Exit {
    let notable = |severity| severity < Severity::Info;
    match verification.verdict {
        Verdict::Tampered => Exit::Tampered,
        Verdict::Unverifiable => Exit::Undecided,
        Verdict::Verified
            if strict && verification.findings.iter().any(|it| notable(it.severity)) =>
        {
            Exit::Findings
        }
        Verdict::Verified => Exit::Done,
    }
}

fn key(text: &str) -> Result<(String, PublicKey), CliError> {
    PublicKey::from_vkey(text).map_err(|error| {
        CliError::new(Exit::Usage, "usage", format!("invalid value '{text}' for '--key': {error}"))
            .hint("`persona audit keys export --key log --format vkey` prints it where the log was made")
    })
}

fn checkpoint(folder: &Path, path: &Path) -> Result<SignedCheckpoint, CliError> {
    let failed = |cause: &dyn std::fmt::Display| {
        let message = format!("failed to read the checkpoint {}", path.display());
        let mut error = CliError::new(Exit::Usage, "checkpoint-unreadable", message);
        error.causes.push(cause.to_string());
        error.hint("name a file that `persona audit checkpoint > FILE` wrote, or the `checkpoint` in an output folder")
    };
    let bytes = read(&folder.join(path)).map_err(|error| failed(&error))?;
    SignedCheckpoint::parse(&bytes).map_err(|error| failed(&error))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_OF_A_CHECKPOINT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use persona_audit::{Amounts, Code, Finding, Scope};

    use super::*;

    fn verification(verdict: Verdict, severity: Severity) -> Verification {
        let finding = Finding {
            code: Code::ArtifactChanged,
            severity,
            index: None,
            audit_id: None,
            detail: String::new(),
        };
        Verification {
            verdict,
            rests_on: Vec::new(),
            scope: Scope::Log,
            checked: Amounts::default(),
            checkpoint: None,
            keys: Vec::new(),
            findings: vec![finding],
        }
    }

    #[test]
    fn the_verdict_decides_and_strict_only_sharpens_a_good_one() {
        let code =
            |verdict, severity, strict| exit(&verification(verdict, severity), strict).code();
        assert_eq!(code(Verdict::Verified, Severity::Warning, false), 0);
        assert_eq!(code(Verdict::Verified, Severity::Warning, true), 6);
        assert_eq!(code(Verdict::Verified, Severity::Info, true), 0);
        assert_eq!(code(Verdict::Tampered, Severity::Error, true), 7);
        assert_eq!(code(Verdict::Unverifiable, Severity::Unknown, true), 8);
    }

    #[test]
    fn what_is_no_key_and_no_checkpoint_is_wrong_usage() {
        let error = key("nonsense").unwrap_err();
        assert_eq!((error.exit, error.code), (Exit::Usage, "usage"));
        assert!(error.hints[0].contains("keys export"), "{:?}", error.hints);
        let error = checkpoint(Path::new("/"), Path::new("dev/null")).unwrap_err();
        assert_eq!((error.exit, error.code), (Exit::Usage, "checkpoint-unreadable"));
        assert!(error.causes[0].starts_with("not a checkpoint"), "{:?}", error.causes);
        let error = checkpoint(Path::new("/nowhere"), Path::new("x")).unwrap_err();
        assert!(error.causes[0].starts_with("No such file"), "{:?}", error.causes);
    }

    #[test]
    fn a_store_that_cannot_be_asked_leaves_the_question_open() {
        let error = persona_audit::StoreError::Locked { place: "sqlite:/a".into() };
        assert_eq!(undecided(error.into()).exit, Exit::Undecided);
        assert_eq!(undecided(AuditError::UnknownId { id: "x".into() }).exit, Exit::Failed);
    }
}
