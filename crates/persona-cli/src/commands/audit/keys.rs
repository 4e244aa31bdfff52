//! `persona audit keys`: the public halves only; nothing prints a secret.

mod admit;
mod export;
mod show;

use clap::{Args, Subcommand};

use crate::{context::Context, error::CliError, exit::Exit};

/// Show, export and admit the keys that sign the log
#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    Show(show::ShowArgs),
    Export(export::ExportArgs),
    Admit(admit::AdmitArgs),
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &KeysArgs) -> Result<Exit, CliError> {
    match &arguments.command {
        KeysCommand::Show(arguments) => show::run(context, arguments),
        KeysCommand::Export(arguments) => export::run(context, arguments),
        KeysCommand::Admit(arguments) => admit::run(context, arguments),
    }
}
