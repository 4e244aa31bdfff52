//! `persona audit migrate`.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;
use persona_audit::{DatabaseUrl, Migration};
use serde_json::{Map, Value, json};

use crate::{
    cancel::Cancel,
    compose,
    config::{AuditSettings, Flag, StoreName},
    context::Context,
    error::CliError,
    exit::Exit,
};

/// Move the log to another store, with every byte that was signed
///
/// Runs may go on while it is copied. Nothing is appended; in the end what lies at the old place is set aside there,
/// under another name. A move that is cut short goes on where it was with the same command. Other machines that
/// write to this log must be given its new place.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// The kind of store to move it to
    #[arg(long, value_name = "STORE")]
    pub(crate) to: StoreName,
    /// The folder of the new store, instead of `audit.store_path`
    #[arg(long, value_name = "FOLDER")]
    pub(crate) store_path: Option<PathBuf>,
    /// The database of the new store; other users can see it in the list of processes, which they cannot in
    /// the variable `PERSONA_AUDIT__DATABASE_URL`
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// The name of the log in the database, instead of `audit.log`
    #[arg(long, value_name = "NAME")]
    pub(crate) log: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &MigrateArgs) -> Result<Exit, CliError> {
    arguments.check()?;
    let configuration = context.configuration(&arguments.flags())?;
    let new = configuration.settings().audit.clone();
    let target = compose::audit_config(&new, &context.paths()?)?;
    let old = context.configuration(&[])?.settings().audit.clone();
    let trail = compose::trail(context)?;
    let cancel = Cancel::watch();
    let bar = context.ui.progress("copying", 1);
    let moved = trail.migrate_to(&target, &mut |progress| {
        let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        bar.stage("copying", whole(progress.entries), whole(progress.of));
        if cancel.was_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    drop(bar);
    let moved = moved?;
    let settings = changed(&old, &new);
    if arguments.json {
        context.ui.json(&document(&moved, &settings))?;
    } else {
        context.ui.result(&said(&moved))?;
        context.ui.note(&advice(&moved, &settings));
    }
    Ok(Exit::Done)
}

impl MigrateArgs {
    /// Refuses options of another kind of store: they would lead nowhere.
    fn check(&self) -> Result<(), CliError> {
        let (pointless, hint) = match self.to {
            StoreName::Postgres => (
                vec![("--store-path", self.store_path.is_some())],
                "the new place is named by `--database-url` and `--log`",
            ),
            StoreName::Sqlite | StoreName::Json => (
                vec![
                    ("--database-url", self.database_url.is_some()),
                    ("--log", self.log.is_some()),
                ],
                "the new place is named by `--store-path`",
            ),
        };
        match pointless.into_iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) => {
                let message = format!("`{flag}` is nothing that `--to {}` takes", self.to.as_str());
                Err(CliError::new(Exit::Usage, "usage", message).hint(hint))
            }
            None => Ok(()),
        }
    }

    /// Returns the settings of the new place.
    fn flags(&self) -> Vec<Flag<'_>> {
        let folder = self.store_path.as_deref().and_then(Path::to_str);
        let flags = [
            ("--to", "audit.store", Some(self.to.as_str())),
            ("--store-path", "audit.store_path", folder),
            ("--database-url", "audit.database_url", self.database_url.as_deref()),
            ("--log", "audit.log", self.log.as_deref()),
        ];
        let given = flags.into_iter();
        given.filter_map(|(name, key, text)| text.map(|text| Flag { name, key, text })).collect()
    }
}

/// The settings that lead to the new place and not to the old one; passwords are left out.
fn changed(old: &AuditSettings, new: &AuditSettings) -> Vec<(&'static str, String)> {
    let of = |settings: &AuditSettings| {
        [
            ("audit.store", Some(settings.store.as_str().to_owned())),
            ("audit.store_path", Some(settings.store_path.display().to_string())),
            ("audit.database_url", settings.database_url.as_ref().map(DatabaseUrl::to_string)),
            ("audit.log", Some(settings.log.clone())),
        ]
    };
    let pairs = of(old).into_iter().zip(of(new));
    let new = pairs.filter(|(old, new)| old != new).map(|(_, (key, value))| (key, value));
    new.filter_map(|(key, value)| value.map(|value| (key, value))).collect()
}

fn said(moved: &Migration) -> String {
    format!(
        "moved {} entries to {}\n  root before  {}\n  root after   {}",
        moved.size, moved.to, moved.root_before, moved.root_after
    )
}

fn advice(moved: &Migration, settings: &[(&str, String)]) -> String {
    let mut lines = vec!["the next run finds it there with:".to_owned()];
    let commands = settings.iter().map(|(key, value)| {
        // The database is shown without its password, which cannot be set.
        let value = if *key == "audit.database_url" { "URL" } else { value };
        format!("  persona config set {key} '{value}'")
    });
    lines.extend(commands);
    lines.push(format!("what lay at {} is set aside there as {}", moved.from, moved.aside));
    lines.push("other machines that write to this log must be given its new place".to_owned());
    lines.join("\n")
}

fn document(moved: &Migration, settings: &[(&str, String)]) -> Value {
    let settings: Map<String, Value> =
        settings.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    json!({
        "from": moved.from,
        "aside": moved.aside,
        "to": moved.to,
        "size": moved.size,
        "root_before": moved.root_before.to_string(),
        "root_after": moved.root_after.to_string(),
        "checkpoint": moved.checkpoint,
        "settings": settings,
    })
}
