//! `persona config set` and `unset`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{JsonArgs, known_key};
use crate::{
    config::{
        Audience, ConfigError, ConfigFile, Found, Key, Place, Value, new_project_file, project_file,
    },
    context::Context,
    error::CliError,
    exit::Exit,
};

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// The key, such as `audit.retention_days`
    key: String,
    /// The value; lists take commas
    #[arg(allow_hyphen_values = true)]
    value: String,
    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Args)]
pub(super) struct UnsetArgs {
    /// The key, such as `audit.retention_days`
    key: String,
    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Args)]
struct TargetArgs {
    /// Change the nearest persona.toml instead (a new one here, if there is none)
    #[arg(long)]
    project: bool,
    #[command(flatten)]
    output: JsonArgs,
}

pub(super) fn set(context: &mut Context<'_>, arguments: &SetArgs) -> Result<(), CliError> {
    let key = known_key(&arguments.key)?;
    let (place, name) = (Place::Argument, key.name);
    if arguments.target.project && !key.is_for_projects() {
        return Err(ConfigError::NotForProject { place, key: name }.into());
    }
    let value = key.kind.parse(&arguments.value).map_err(|refusal| ConfigError::InvalidValue {
        place,
        key: name,
        reason: refusal.0,
    })?;
    let mut file = arguments.target.open(context)?;
    let path = file.path().to_owned();
    file.set(key, value.clone())?;
    file.save()?;
    let shown = key.shown(&value);
    if arguments.target.output.json {
        let document = json!({ "key": name, "value": shown, "path": path.to_string_lossy() });
        context.ui.json(&document)?;
    } else {
        context.ui.note(&format!("{name} = {shown} in {}", path.display()));
    }
    if let Some(warning) = key.kind.warning(&value) {
        context.ui.warn(&warning);
    }
    say_when_overridden(context, key, &path.display().to_string());
    Ok(())
}

pub(super) fn unset(context: &mut Context<'_>, arguments: &UnsetArgs) -> Result<(), CliError> {
    let mut file = arguments.target.open(context)?;
    let path = file.path().to_owned();
    let name = &arguments.key;
    match file.unset(name) {
        Found::Yes => file.save()?,
        Found::No => {
            let key = known_key(name)?;
            let message = format!("`{}` is not set in {}", key.name, path.display());
            return Err(CliError::new(Exit::Failed, "not-set", message)
                .hint("`persona config list` shows where each value comes from"));
        }
    }
    if arguments.target.output.json {
        return context.ui.json(&json!({ "key": name, "path": path.to_string_lossy() }));
    }
    context.ui.note(&format!("removed {name} from {}", path.display()));
    Ok(())
}

impl TargetArgs {
    fn open(&self, context: &Context<'_>) -> Result<ConfigFile, CliError> {
        if self.project {
            let path = project_file(context.environment);
            let path: PathBuf = path.unwrap_or_else(|| new_project_file(context.environment));
            return Ok(ConfigFile::open(&path, Audience::Project)?);
        }
        Ok(ConfigFile::open(&context.paths()?.user_configuration(), Audience::Owner)?)
    }
}

/// Says when a higher layer wins. The files may hold other errors, which the next run will name.
fn say_when_overridden(context: &mut Context<'_>, key: &'static Key, path: &str) {
    let Ok(configuration) = context.configuration(&[]) else { return };
    let resolved: Option<(&Value, &str)> =
        configuration.resolved(key).map(|it| (&it.value, it.origin.as_str()));
    if let Some((value, origin)) = resolved.filter(|(_, origin)| !origin.starts_with(path)) {
        let value = key.shown(value);
        context.ui.note(&format!("a run still uses {value}, from {origin}"));
    }
}
