//! What an error of the audit log means: exit code, stable word, and the fitting remedy.

use std::io;

use persona_audit::{AuditError, Code, Finding, KeyError, Obstacle, StateError, StoreError};

use super::CliError;
use crate::{exit::Exit, shell::word};

/// The remedy when a log cannot be gone on with.
const NEW_LOG: &str = "where nothing else helps, `persona audit checkpoint --new-log --reason TEXT` opens a new log; \
                       what lies there is moved aside, and the new log names the old one";
/// Where the details are.
const VERIFY: &str = "`persona audit verify` says what differs";
/// The remedy when the system gives no random bytes.
const RANDOMNESS: &str =
    "keys and ids need the system's random numbers: try again, or on another machine";
/// What is left to do where a log was moved and its old place kept its name.
const NOT_RETIRED: &str = "other machines may still append to the old place: give persona the right to rename it there, \
                           and give the same command again";
/// How a move is ended.
const ARRIVING: &str = "set `audit.store` and `audit.store_path`, or `audit.database_url` and `audit.log`, back to the old place; \
                        `persona audit migrate` goes on from there";
/// The way to ids.
const LIST: &str = "`persona audit list` prints every id in full";

impl From<AuditError> for CliError {
    fn from(error: AuditError) -> Self {
        match &error {
            AuditError::Store(inner) => store(inner, &error),
            AuditError::Key(inner) => key(inner, &error),
            AuditError::State(inner) => state(inner, &error),
            AuditError::Contradiction(finding) => contradiction(finding, &error),
            AuditError::Export(inner) => Self::output(inner),
            AuditError::Untrusted => audit("log-untrusted", &error)
                .hint("put the key files that opened the log into `audit.key_path`, or name the folder of another log in `audit.store_path`")
                .hint("to write to the log of another machine: `persona audit keys admit --trust VKEY`, with what `persona audit keys export --key log --format vkey` prints on the one that opened it")
                .hint("`persona audit verify --key VKEY` checks a log of another machine against a key you trust"),
            AuditError::PinNotOwn => audit("pin-not-own", &error)
                .hint("where the keys here are new, or the state folder came from elsewhere, trust the log again: `persona audit keys admit --trust VKEY`, with what `persona audit keys export --key log --format vkey` prints on the machine that opened it"),
            AuditError::NotFirstKey { .. } => audit("not-the-first-key", &error)
                .hint("`persona audit keys export --key log --format vkey` prints the key on the machine that opened the log")
                .hint("where that is the key you gave, this is not that machine's log: see what `audit.store_path` names"),
            AuditError::NothingSigned { .. } => audit("nothing-signed", &error)
                .hint("set `audit.sign_records` on a machine that writes to the log, and generate there once"),
            AuditError::KeyOfAnotherLog { .. } => {
                Self::from_error(Exit::Failed, "key-of-another-log", &error)
                    .hint("see that `audit.store_path` names the same store on both machines, and that both look at one log")
            }
            AuditError::AlreadyAdmitted { .. } => {
                Self::from_error(Exit::Failed, "already-admitted", &error)
                    .hint("`persona audit keys show` lists the keys of all who write to the log")
            }
            AuditError::RunLock { .. } => audit("run-lock", &error)
                .hint("see that the folder `audit.store_path` can be written and lies on a disk of this machine"),
            AuditError::Event(_) => audit("event-unstorable", &error).hint(VERIFY),
            AuditError::Body(_) => audit("event-unstorable", &error)
                .hint("this is a fault of persona itself: please report it with the command that was run"),
            AuditError::Entropy(_) => audit("no-randomness", &error).hint(RANDOMNESS),
            AuditError::NotAsSealed { .. } => audit("record-modified", &error)
                .hint("`persona audit verify` says what was changed; nothing of the record is shown as it stands now"),
            AuditError::UnknownId { id } => unknown_id(id, &error),
            AuditError::AmbiguousId { .. } => Self::from_error(Exit::Failed, "ambiguous-id", &error)
                .hint(format!("give more of the id; {LIST}")),
            AuditError::Moved { .. } => moved(&error),
            AuditError::NotRetired { .. } => audit("not-set-aside", &error).hint(NOT_RETIRED),
            AuditError::Arriving { .. } => audit("log-arriving", &error).hint(ARRIVING),
            AuditError::RunsOpen { .. } => Self::from_error(Exit::Failed, "runs-open", &error)
                .hint("`persona audit repair` closes those whose process is gone; wait for the others"),
            AuditError::Backup { source, .. } => {
                Self::from_error(Exit::Failed, "output-unwritable", &error).hint(unwritable(source))
            }
            AuditError::Stopped => Self::from_error(Exit::Cancelled, "cancelled", &error)
                .hint("nothing has changed; `persona audit migrate` goes on with what was copied, `persona audit backup` begins anew"),
            AuditError::OnRecord { .. } => Self::from_error(Exit::Failed, "on-record", &error)
                .hint("nothing was added; leave out the runs that are on record"),
            AuditError::NoLog => Self::from_error(Exit::Failed, "no-log", &error)
                .hint("the first run that is recorded opens it"),
            AuditError::NothingLost => Self::from_error(Exit::Failed, "nothing-lost", &error)
                .hint("nothing needs to be accepted or replaced; `persona audit checkpoint` prints the newest checkpoint"),
            AuditError::Retention { .. } => Self::from_error(Exit::Usage, "invalid-value", &error)
                .hint("`audit.retention_days` takes fewer days, or 0 to keep records for ever"),
        }
    }
}

fn unwritable(error: &io::Error) -> &'static str {
    let kind = error.kind();
    if kind == io::ErrorKind::AlreadyExists {
        return "a backup replaces nothing: name another file";
    }
    if kind == io::ErrorKind::NotFound {
        return "make its folder first";
    }
    "name another file, or see that its folder can be written and has room"
}

fn audit(code: &'static str, error: &AuditError) -> CliError {
    CliError::from_error(Exit::Audit, code, error)
}

fn moved(error: &AuditError) -> CliError {
    audit("log-moved", error)
        .hint("set `audit.store` and `audit.store_path`, or `audit.database_url` and `audit.log`, to where it is now")
        .hint("what lay at the old place is set aside there, under a name that ends with `.moved-` and a time")
}

fn unknown_id(id: &str, error: &AuditError) -> CliError {
    let error = CliError::from_error(Exit::Failed, "unknown-id", error);
    match id {
        "@last" => error.hint("no run is listed; if one was recorded here, `persona audit verify` says whether the log lost it"),
        _ => error.hint(format!("{LIST}; if this one was printed by a run, `persona audit verify` says whether the log lost it")),
    }
}

fn store(error: &StoreError, whole: &AuditError) -> CliError {
    match error {
        StoreError::Missing { .. } => audit("store-missing", whole).hint(VERIFY),
        StoreError::Unusable { .. } => audit("store-unusable", whole)
            .hint("see that the folder `audit.store_path` can be read and written and its disk has room"),
        StoreError::Database { obstacle, .. } => audit("store-unusable", whole).hint(remedy(*obstacle)),
        StoreError::Locked { .. } => audit("store-locked", whole)
            .hint("another process is writing; try again when it is done"),
        StoreError::Network { .. } => audit("store-on-network", whole)
            .hint("name a folder on a disk of this machine in `audit.store_path`; a log for several machines takes `audit.store = \"postgres\"`"),
        StoreError::Unreadable { .. } => audit("store-unreadable", whole)
            .hint("put the store back from a backup; `persona audit verify` then says whether it is whole")
            .hint(NEW_LOG),
        StoreError::Newer { .. } => audit("store-newer", whole)
            .hint("use the version of persona that wrote it last, or a later one"),
        StoreError::Moved { .. } => audit("store-moved", whole).hint("try again"),
        StoreError::Occupied { .. } => audit("store-occupied", whole)
            .hint("a log is taken over to an empty place only; name another one"),
        StoreError::NotCompiled { feature, .. } => {
            CliError::from_error(Exit::Usage, "store-not-built", whole)
                .hint(format!("set `audit.store` to another store, or build persona with the feature `{feature}`"))
        }
    }
}

/// What to do about a database that cannot be used.
pub(crate) fn remedy(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Address => {
            "`audit.database_url` takes a URL such as postgresql://user@host/database; docs/postgres.md has its parts"
        }
        Obstacle::LogName => {
            "`audit.log` takes a name of at most 200 bytes without control characters"
        }
        Obstacle::Unanswered => {
            "see that the server that `audit.database_url` names runs, and that this machine reaches it"
        }
        Obstacle::Encryption => {
            "see that the server offers TLS, and that `sslrootcert` in `audit.database_url` names the certificates that vouch for it; docs/postgres.md has every `sslmode`"
        }
        Obstacle::NoPassword => {
            "put the password into the variable PGPASSWORD, or into `audit.database_url`; ~/.pgpass is not read"
        }
        Obstacle::Login => {
            "see that the user in `audit.database_url` and the password there or in PGPASSWORD are right, and that the server lets them into this database"
        }
        Obstacle::NoDatabase => {
            "make the database with `createdb`, or name another in `audit.database_url`"
        }
        Obstacle::Encoding => {
            "make a database with `createdb --encoding=UTF8 --template=template0`, and name it in `audit.database_url`"
        }
        Obstacle::NoTables => {
            "have an administrator run docs/postgres-roles.sql once in this database, or name a user who may make a schema"
        }
        Obstacle::Rights => {
            "have an administrator grant this user a role of docs/postgres-roles.sql: persona_writer records, persona_reader reads"
        }
        Obstacle::Server => "the server's own log says more; it is for whoever runs the server",
    }
}

fn key(error: &KeyError, whole: &AuditError) -> CliError {
    match error {
        KeyError::TooOpen { path, .. } => audit("key-too-open", whole).hint(format!(
            "`chmod 600 '{}'`; if others may have copied it, open a new log with a new key: move the key away, then \
             `persona audit checkpoint --new-log --reason TEXT`",
            path.display()
        )),
        KeyError::Missing { .. } => audit("key-missing", whole)
            .hint("put the key back from a backup: only it can sign what comes next in this log")
            .hint(NEW_LOG),
        KeyError::NotAdmitted { vkeys: [log, attest], .. } => audit("key-not-admitted", whole)
            .hint("put back the key that the log admits; `audit.key_path` names its folder")
            .hint(format!("or have this machine admitted, on one that writes already: `persona audit keys admit {} {}`", word(log), word(attest)))
            .hint("where the log's keys are lost for good, move these away, then `persona audit checkpoint --new-log --reason TEXT` opens a new log"),
        KeyError::NotAKey { .. } => audit("key-malformed", whole)
            .hint("put the key back from a backup; `audit.key_path` names its folder"),
        KeyError::Unusable { .. } => audit("key-unusable", whole)
            .hint("see that the folder `audit.key_path` can be read and written by you"),
        KeyError::Entropy(_) => audit("no-randomness", whole).hint(RANDOMNESS),
    }
}

fn state(error: &StateError, whole: &AuditError) -> CliError {
    match error {
        StateError::Unusable { .. } => audit("state-unusable", whole)
            .hint("see that the file and its folder can be read and written by you and their disk has room"),
        StateError::Malformed { .. } => audit("state-malformed", whole).hint(
            "put the state folder back from a backup: it says what the log is held against, so do not just remove it",
        ),
    }
}

/// A contradiction's stable word is that of its finding; a lost log and an older one have remedies of their own.
fn contradiction(finding: &Finding, whole: &AuditError) -> CliError {
    let error = audit(finding.code.as_str(), whole).hint(VERIFY);
    // A log that is gone was rolled back to nothing: the finding stands at entry 0.
    match (finding.code, finding.index) {
        (Code::LogRolledBack, Some(0)) => error
            .hint("put the store back where it was, or set `audit.store_path` to where it is now")
            .hint("where it is lost, `persona audit checkpoint --new-log --reason TEXT` opens a new log that names the lost one"),
        (Code::LogRolledBack | Code::LogForked, _) => error
            .hint("put the newest copy of the store back; where there is none, `persona audit checkpoint --accept-rollback \
                   --reason TEXT` goes on from here, and what was lost stays named in the log"),
        (Code::LogReplaced, _) => error
            .hint("where another machine opened a new log here, trust that: `persona audit keys admit --trust VKEY`, with what `persona audit keys export --key log --format vkey` prints there")
            .hint("where nobody did, put the log back that was here, or set `audit.store_path` to where it is now")
            .hint(NEW_LOG),
        (Code::HeaderModified, _) => error
            .hint("put the store back from a backup; `persona audit verify` then says whether it is whole")
            .hint(NEW_LOG),
        _ => error.hint(NEW_LOG),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(code: Code, index: Option<i64>) -> AuditError {
        let severity = persona_audit::Severity::Error;
        let detail = "entries 3..5 are gone".to_owned();
        AuditError::Contradiction(Box::new(Finding {
            code,
            severity,
            index,
            audit_id: None,
            detail,
        }))
    }

    fn mapped(error: impl Into<AuditError>) -> (u8, &'static str, String) {
        let error = CliError::from(error.into());
        (error.exit.code(), error.code, error.hints.join("\n"))
    }

    #[test]
    fn ids_that_name_no_run_are_failures() {
        let (exit, code, hint) = mapped(AuditError::UnknownId { id: "0190".into() });
        assert_eq!((exit, code), (1, "unknown-id"));
        assert!(hint.contains("persona audit list") && hint.contains("persona audit verify"));
        let last = mapped(AuditError::UnknownId { id: "@last".into() });
        assert_eq!((last.0, last.1), (1, "unknown-id"));
        assert!(last.2.starts_with("no run is listed;") && last.2.contains("persona audit verify"));
        let (exit, code, hint) = mapped(AuditError::AmbiguousId { prefix: "01".into(), count: 3 });
        assert_eq!((exit, code), (1, "ambiguous-id"));
        assert!(hint.starts_with("give more of the id"));
        assert_eq!(mapped(AuditError::NothingLost).0, 1);
        let id = persona_audit::AuditId::parse("0190f5a0-0000-7000-8000-000000000001").unwrap();
        assert_eq!(mapped(AuditError::OnRecord { id }).0, 1);
    }

    #[test]
    fn a_lost_log_and_an_older_one_have_their_own_remedies() {
        let (exit, code, hint) = mapped(finding(Code::LogRolledBack, Some(0)));
        assert_eq!((exit, code), (5, "log-rolled-back"));
        assert!(hint.contains("persona audit verify") && hint.contains("--new-log"), "{hint}");
        let (exit, code, hint) = mapped(finding(Code::LogRolledBack, Some(3)));
        assert_eq!((exit, code), (5, "log-rolled-back"));
        assert!(hint.contains("--accept-rollback") && !hint.contains("--new-log"), "{hint}");
        let (exit, code, hint) = mapped(finding(Code::NodeModified, Some(3)));
        assert_eq!((exit, code), (5, "node-modified"));
        assert!(hint.contains("persona audit verify"), "{hint}");
    }

    #[test]
    fn an_open_key_is_closed_by_chmod() {
        let error = KeyError::TooOpen { path: "/k/log.pem".into(), mode: 0o644 };
        let (exit, code, hint) = mapped(error);
        assert_eq!((exit, code), (5, "key-too-open"));
        assert!(hint.starts_with("`chmod 600 '/k/log.pem'`"), "{hint}");
    }

    #[test]
    fn stores_keys_and_state_end_with_five() {
        let place = || "sqlite:/a".to_owned();
        assert_eq!(mapped(StoreError::Locked { place: place() }).0, 5);
        assert_eq!(mapped(StoreError::Newer { place: place(), found: 2, known: 1 }).0, 5);
        assert_eq!(mapped(KeyError::Missing { path: "/k".into() }).0, 5);
        assert_eq!(mapped(StateError::Malformed { path: "/s".into() }).0, 5);
        assert_eq!(mapped(AuditError::Untrusted).0, 5);
        assert_eq!(mapped(AuditError::Retention { days: 9 }).0, 2);
    }

    #[test]
    fn what_no_test_can_bring_about_has_its_code_and_its_hint() {
        let place = || "sqlite:/a".to_owned();
        let entropy = || persona_audit::EntropyError { reason: "none".into() };
        let said = [
            mapped(StoreError::Missing { place: place() }),
            mapped(StoreError::Network { place: place(), name: "NFS" }),
            mapped(StoreError::Moved { expected: 1, found: 2 }),
            mapped(StoreError::NotCompiled { store: "sqlite", feature: "sqlite" }),
            mapped(AuditError::Entropy(entropy())),
            mapped(KeyError::Entropy(entropy())),
            mapped(AuditError::Body(serde_json::Error::io(io::ErrorKind::Other.into()))),
        ];
        let wanted = [
            (5, "store-missing"),
            (5, "store-on-network"),
            (5, "store-moved"),
            (2, "store-not-built"),
            (5, "no-randomness"),
            (5, "no-randomness"),
            (5, "event-unstorable"),
        ];
        assert_eq!(said.clone().map(|(exit, code, _)| (exit, code)), wanted);
        assert!(said.iter().all(|(.., hint)| !hint.is_empty()), "{said:?}");
    }

    #[test]
    fn a_message_and_its_cause_are_each_said_once() {
        let source = io::Error::from(io::ErrorKind::PermissionDenied);
        let error =
            CliError::from(AuditError::from(StateError::Unusable { path: "/s".into(), source }));
        assert_eq!(error.message, "the state file `/s` cannot be used");
        assert_eq!(error.causes, ["permission denied"]);
    }

    #[test]
    fn a_reader_that_left_an_export_is_no_failure() {
        let error = CliError::from(AuditError::Export(io::ErrorKind::BrokenPipe.into()));
        assert!(error.is_silent());
    }
}
