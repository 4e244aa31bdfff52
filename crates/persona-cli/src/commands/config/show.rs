//! `persona config get`, `list` and `path`.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::{JsonArgs, KeyArgs, known_key};
use crate::{
    config::{Configuration, KEYS, Key, project_file},
    context::Context,
    error::CliError,
    ui::Table,
};

pub(super) fn get(context: &mut Context<'_>, arguments: &KeyArgs) -> Result<(), CliError> {
    let key = known_key(&arguments.key)?;
    let configuration = context.configuration(&[])?;
    if arguments.output.json {
        return context.ui.json(&document(&configuration, key));
    }
    let resolved = configuration.resolved(key);
    context.ui.result(&resolved.map(|it| key.shown(&it.value).to_string()).unwrap_or_default())
}

pub(super) fn list(context: &mut Context<'_>, arguments: &JsonArgs) -> Result<(), CliError> {
    let configuration = context.configuration(&[])?;
    if arguments.json {
        let all: Vec<_> = KEYS.iter().map(|key| document(&configuration, key)).collect();
        return context.ui.json(&all);
    }
    let mut table = Table::new(&["KEY", "VALUE", "FROM"]);
    for key in KEYS.iter() {
        match configuration.resolved(key) {
            Some(it) => table.row([key.name, &key.shown(&it.value).to_string(), &it.origin]),
            None => table.row([key.name, "(not set)", "default"]),
        }
    }
    context.ui.result(&table.to_string())
}

pub(super) fn path(context: &mut Context<'_>, arguments: &JsonArgs) -> Result<(), CliError> {
    let user = context.paths()?.user_configuration();
    let project = project_file(context.environment);
    if arguments.json {
        let shown =
            |path: &Path| json!({ "path": path.to_string_lossy(), "exists": path.exists() });
        let project = project.as_deref().map(shown);
        return context.ui.json(&json!({ "user": shown(&user), "project": project }));
    }
    let state = if user.exists() { "" } else { " (not written yet)" };
    context.ui.result(&format!("user     {}{state}", user.display()))?;
    match project {
        Some(path) => context.ui.result(&format!("project  {}", path.display())),
        None => context.ui.result("project  (no persona.toml from here upwards)"),
    }
}

fn document(configuration: &Configuration, key: &Key) -> Json {
    let resolved = configuration.resolved(key);
    json!({
        "key": key.name,
        "value": resolved.map(|it| key.shown(&it.value)),
        "origin": resolved.map_or("default", |it| it.origin.as_str()),
    })
}
