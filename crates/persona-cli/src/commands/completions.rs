//! `persona completions`: the script that makes a shell ask `persona` itself what fits.

mod answer;
mod words;

use std::path::Path;

use clap::Args;
use clap_complete::{Shell, env::Shells};

use crate::{context::Context, error::CliError, exit::Exit};

pub(crate) use answer::{answer, question};

/// Print the completion script of a shell
///
/// The script asks this program what fits at the cursor: commands and options, ids of recorded runs, keys of the
/// configuration and their values. Nothing is written by asking, and nothing is said when there is no answer.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  bash  persona completions bash > ~/.local/share/bash-completion/completions/persona
  zsh   persona completions zsh > ~/.zfunc/_persona, with ~/.zfunc in fpath before compinit
  fish  persona completions fish > ~/.config/fish/completions/persona.fish
Print the script anew after an update.")]
pub(crate) struct CompletionsArgs {
    /// The shell to print for
    shell: Shell,
}

pub(crate) fn run(
    context: &mut Context<'_>,
    arguments: &CompletionsArgs,
) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    let shell = arguments.shell.to_string();
    if let Some(shell) = Shells::builtins().completer(&shell) {
        let program = program(context);
        let written =
            shell.write_registration(answer::VARIABLE, "persona", "persona", &program, &mut script);
        written.map_err(|error| CliError::output(&error))?;
    }
    context.ui.result(String::from_utf8_lossy(&script).trim())?;
    Ok(Exit::Done)
}

/// How the script calls us: by name, unless we were called by a path.
fn program(context: &Context<'_>) -> String {
    let environment = context.environment;
    let named = environment.arguments.first().map(Path::new);
    let by_path = named.filter(|path| 1 < path.components().count());
    let path = by_path.map(|path| environment.current_directory.join(path));
    path.map_or_else(|| "persona".to_owned(), |path| path.to_string_lossy().into_owned())
}
