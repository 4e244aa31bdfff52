//! `persona config`: what a run would use, and changing it.

mod change;
mod show;

use clap::{Args, Subcommand};

use crate::{
    config::{ConfigError, Key, Place, Role},
    context::Context,
    error::CliError,
    exit::Exit,
};

/// Show and change the configuration
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the value a run would use
    Get(KeyArgs),
    /// Set a key in your configuration file; comments and order stay
    Set(change::SetArgs),
    /// Remove a key from your configuration file
    Unset(change::UnsetArgs),
    /// List every key with its value and where that comes from
    List(JsonArgs),
    /// Print the configuration files that are read
    Path(JsonArgs),
    /// Print the JSON Schema of a configuration file, for editors
    Schema(SchemaArgs),
    /// Print the reference page of all keys
    #[command(hide = true)]
    Reference,
}

#[derive(Debug, Args)]
struct KeyArgs {
    /// The key, such as `audit.retention_days`
    key: String,
    #[command(flatten)]
    output: JsonArgs,
}

#[derive(Debug, Args)]
struct SchemaArgs {
    /// The schema of a project's persona.toml instead
    #[arg(long)]
    project: bool,
}

#[derive(Debug, Args)]
struct JsonArgs {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &ConfigArgs) -> Result<Exit, CliError> {
    match &arguments.command {
        ConfigCommand::Get(arguments) => show::get(context, arguments),
        ConfigCommand::Set(arguments) => change::set(context, arguments),
        ConfigCommand::Unset(arguments) => change::unset(context, arguments),
        ConfigCommand::List(arguments) => show::list(context, arguments),
        ConfigCommand::Path(arguments) => show::path(context, arguments),
        ConfigCommand::Schema(arguments) => {
            let role = if arguments.project { Role::Project } else { Role::User };
            context.ui.json(&crate::config::schema(role))
        }
        ConfigCommand::Reference => context.ui.result(crate::config::reference().trim_end()),
    }?;
    Ok(Exit::Done)
}

fn known_key(name: &str) -> Result<&'static Key, CliError> {
    Key::find(name).ok_or_else(|| ConfigError::unknown(Place::Argument, name).into())
}
