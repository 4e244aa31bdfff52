//! The audit log as a run would meet it: its end, its keys, what killed runs left, and the clock.

use std::fs;

use persona_audit::{AuditError, AuditTrail, Obstacle, Query, Rights, SignedCheckpoint, Time, Use};

use super::check::Check;
use crate::{
    compose,
    config::Settings,
    context::Context,
    error::{CliError, remedy},
    exit::Exit,
};

/// Looks at log, keys and leftovers.
pub(super) fn look(trail: &AuditTrail, settings: &Settings, context: &Context<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    if !settings.audit.enabled {
        checks.push(
            Check::note("audit", "`audit.enabled` is false: runs are not recorded")
                .hint("`persona config set audit.enabled true` records them"),
        );
    }
    checks.push(hidden_folders(settings));
    match trail.rights() {
        Ok(rights) => checks.extend(rights.as_ref().map(|rights| database(rights, settings))),
        // Whatever else is asked of this server ends in the same way.
        Err(error) => {
            checks.push(failed("store", error));
            return checks;
        }
    }
    checks.push(head(trail));
    checks.push(keys(trail, settings));
    checks.push(unsettled(trail));
    checks.push(clock(trail, compose::ambient(context).now()));
    checks
}

fn failed(name: &'static str, error: AuditError) -> Check {
    Check::failed(name, &CliError::from(error))
}

/// The database that holds the log, and whether a run may be recorded there.
fn database(rights: &Rights, settings: &Settings) -> Check {
    const NAME: &str = "store";
    let tables = match rights.schema {
        Some(schema) => format!("schema {schema}"),
        None => "no tables yet; the first recorded run makes them".to_owned(),
    };
    let at = format!("{}: PostgreSQL {}, {tables}", rights.place, rights.server);
    let user = &rights.user;
    let detail = match rights.may {
        Use::Write => return Check::ok(NAME, format!("{at}; the user {user} may record and read")),
        Use::Read => format!("{at}; the user {user} may read, and not record"),
        Use::Nothing => format!("{at}; the user {user} may not even read"),
    };
    let check = match (rights.may, settings.audit.enabled) {
        (Use::Read, false) => Check::note(NAME, detail),
        _ => Check::problem(NAME, detail, Exit::Audit),
    };
    check.hint(remedy(Obstacle::Rights))
}

/// The newest checkpoint, looked at as before a run: its signature, the tree's end, pin and mark.
fn head(trail: &AuditTrail) -> Check {
    match trail.checkpoint() {
        Ok(Some(note)) => {
            let head = SignedCheckpoint::parse(note.as_bytes());
            let size = head.map_or(0, |head| head.checkpoint().size);
            Check::ok(
                "log",
                format!("{size} entries; its end contradicts nothing this machine knows of it"),
            )
        }
        Ok(None) => Check::ok("log", "no run is on record yet"),
        Err(error) => failed("log", error),
    }
}

fn keys(trail: &AuditTrail, settings: &Settings) -> Check {
    const NAME: &str = "signing keys";
    let keys = match trail.keys() {
        Ok(keys) => keys,
        Err(error) => return failed(NAME, error),
    };
    let has_log = trail.checkpoint().is_ok_and(|head| head.is_some());
    if has_log && keys.len() < 2 {
        return Check::problem(
            NAME,
            "the log has its keys, and they are not all here",
            Exit::Audit,
        )
        .at(&settings.audit.key_path)
        .hint("put back log.pem and attest.pem, or name their folder in `audit.key_path`");
    }
    if let Some(key) = keys.iter().find(|key| key.admitted == Some(false)) {
        let detail = format!("the {} key here is not the log's", key.purpose);
        return Check::problem(NAME, detail, Exit::Audit)
            .at(&settings.audit.key_path)
            .hint("name the folder with the log's keys in `audit.key_path`")
            .hint("to write to the log of another machine, have this one admitted: `persona audit keys admit --trust VKEY` says how");
    }
    match (keys.is_empty(), has_log) {
        (true, _) => Check::ok(NAME, "none yet; the first recorded run makes them"),
        (false, true) => Check::ok(NAME, "both are here, and the log admits them"),
        (false, false) => Check::ok(NAME, "here; no log has them yet"),
    }
}

fn unsettled(trail: &AuditTrail) -> Check {
    const NAME: &str = "open runs";
    match trail.unsettled() {
        Ok(runs) if runs.is_empty() => Check::ok(NAME, "none is left open"),
        Ok(runs) => {
            let detail = format!("{} whose process is gone", runs.len());
            Check::note(NAME, detail)
                .hint("`persona audit repair` closes them, and so does the next recorded run")
        }
        Err(error) => failed(NAME, error),
    }
}

/// Hidden folders of runs that were killed, or still go on.
fn hidden_folders(settings: &Settings) -> Check {
    const NAME: &str = "output";
    let parent = &settings.defaults.output;
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let hidden = entries.filter(|it| it.file_name().to_string_lossy().starts_with(".persona-"));
    let check = match hidden.count() {
        0 if parent.is_dir() => Check::ok(NAME, "no unfinished folder"),
        0 if parent.exists() => Check::problem(NAME, "is no folder", Exit::Failed)
            .hint("name another in `defaults.output`, or with `-o`"),
        0 => Check::ok(NAME, "not there yet; a run makes it"),
        more => Check::note(
            NAME,
            format!("{more} unfinished folders, of runs that go on or were killed"),
        )
        .hint("the next run into this folder removes those of killed runs"),
    };
    check.at(parent)
}

/// A clock that stands before the newest record would give a log that runs backwards.
fn clock(trail: &AuditTrail, now: Time) -> Check {
    const NAME: &str = "clock";
    let newest = trail.list(&Query { limit: Some(1), ..Query::default() }).unwrap_or_default();
    let newest = newest.first().and_then(|run| Time::parse(&run.timestamp));
    if newest.is_some_and(|newest| now.timestamp() < newest.timestamp()) {
        let detail = format!("it is {now}, which is before the newest record");
        return Check::problem(NAME, detail, Exit::Failed).hint("set the clock of this machine");
    }
    Check::ok(NAME, format!("{now}"))
}
