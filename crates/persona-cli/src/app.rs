//! The command line's shape: global options, the commands, and which function runs each.

use clap::{ArgAction, Args, Parser, Subcommand};

use crate::{
    commands::{
        audit::{self, AuditArgs},
        completions::{self, CompletionsArgs},
        config::{self, ConfigArgs},
        doctor::{self, DoctorArgs},
        generate::{self, GenerateArgs},
        inspect::{self, InspectArgs},
        man::{self, ManArgs},
    },
    context::Context,
    error::CliError,
    exit::Exit,
    ui::{ColorChoice, Verbosity},
};

/// User personas from research data, with an audit trail that shows tampering
///
/// Results go to standard output, everything else to standard error.
#[derive(Debug, Parser)]
#[command(name = "persona", version, max_term_width = 100)]
pub(crate) struct App {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
    /// Say nothing but errors and the result
    #[arg(short, long, global = true, action = ArgAction::SetTrue, conflicts_with = "verbose")]
    quiet: bool,
    /// Say every finding of a run, however many there are
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    verbose: bool,
}

impl GlobalArgs {
    pub(crate) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Generate(Box<GenerateArgs>),
    Inspect(InspectArgs),
    Audit(AuditArgs),
    Config(ConfigArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
    Doctor(DoctorArgs),
}

/// Runs one command.
pub(crate) fn command(context: &mut Context<'_>, command: &Command) -> Result<Exit, CliError> {
    match command {
        Command::Generate(arguments) => generate::run(context, arguments),
        Command::Inspect(arguments) => inspect::run(context, arguments),
        Command::Audit(arguments) => audit::run(context, arguments),
        Command::Config(arguments) => config::run(context, arguments),
        Command::Completions(arguments) => completions::run(context, arguments),
        Command::Man(arguments) => man::run(context, arguments),
        Command::Doctor(arguments) => doctor::run(context, arguments),
    }
}
