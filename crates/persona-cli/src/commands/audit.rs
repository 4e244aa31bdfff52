//! `persona audit`: what is on record, whether it is intact, and taking it elsewhere.

mod backup;
mod checkpoint;
mod data;
mod export;
mod filter;
mod keys;
mod list;
mod migrate;
mod repair;
mod show;
mod stats;
mod verify;

use clap::{Args, Subcommand};

use crate::{context::Context, error::CliError, exit::Exit};

/// Read, check and export the audit log
///
/// Runs are named by their id, by any beginning of it that names one run only, or by `@last`.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Verify(verify::VerifyArgs),
    Export(export::ExportArgs),
    Checkpoint(checkpoint::CheckpointArgs),
    Keys(keys::KeysArgs),
    Repair(repair::RepairArgs),
    Stats(stats::StatsArgs),
    Backup(backup::BackupArgs),
    Migrate(migrate::MigrateArgs),
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &AuditArgs) -> Result<Exit, CliError> {
    match &arguments.command {
        AuditCommand::List(arguments) => list::run(context, arguments),
        AuditCommand::Show(arguments) => show::run(context, arguments),
        AuditCommand::Verify(arguments) => verify::run(context, arguments),
        AuditCommand::Export(arguments) => export::run(context, arguments),
        AuditCommand::Checkpoint(arguments) => checkpoint::run(context, arguments),
        AuditCommand::Keys(arguments) => keys::run(context, arguments),
        AuditCommand::Repair(arguments) => repair::run(context, arguments),
        AuditCommand::Stats(arguments) => stats::run(context, arguments),
        AuditCommand::Backup(arguments) => backup::run(context, arguments),
        AuditCommand::Migrate(arguments) => migrate::run(context, arguments),
    }
}
