//! `persona completions`: the words a shell can complete.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::{app::App, context::Context, error::CliError, exit::Exit};

/// Print the completion script of a shell
///
/// For bash: `persona completions bash > ~/.local/share/bash-completion/completions/persona`
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell to print for
    shell: Shell,
}

pub(crate) fn run(
    context: &mut Context<'_>,
    arguments: &CompletionsArgs,
) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut App::command(), "persona", &mut script);
    context.ui.result(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Done)
}
