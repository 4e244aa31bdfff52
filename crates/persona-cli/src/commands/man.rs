//! `persona man`: the manual pages, made from the same words as `--help`.

mod page;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, CommandFactory as _, ValueHint};

use crate::{app::App, context::Context, error::CliError, exit::Exit};
use page::Page;

/// Print a manual page, or write all of them
///
/// Without words it is the page of `persona` itself; `persona man audit show | man -l -` shows that of a command.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command the page is about
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write all pages into this folder instead, which is made if need be
    #[arg(long, value_name = "DIR", conflicts_with = "command", value_hint = ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &ManArgs) -> Result<Exit, CliError> {
    if let Some(folder) = &arguments.dir {
        write_all(context, folder)?;
    } else {
        let page = Page::of(&App::command(), &arguments.command)
            .ok_or_else(|| unknown(&arguments.command))?;
        context.ui.result(page.text().trim_end())?;
    }
    Ok(Exit::Done)
}

fn write_all(context: &mut Context<'_>, folder: &Path) -> Result<(), CliError> {
    let folder = context.environment.current_directory.join(folder);
    let unwritable = |error: std::io::Error| {
        let message = format!("failed to write manual pages into {}", folder.display());
        let mut failed = CliError::new(Exit::Failed, "output-unwritable", message);
        failed.causes.push(error.to_string());
        failed.hint("name a folder you may write to")
    };
    fs::create_dir_all(&folder).map_err(unwritable)?;
    let pages = Page::all(&App::command());
    for page in &pages {
        let mut file = fs::File::create(folder.join(page.file_name())).map_err(unwritable)?;
        std::io::Write::write_all(&mut file, page.text().as_bytes()).map_err(unwritable)?;
    }
    context.ui.note(&format!("wrote {} pages into {}", pages.len(), folder.display()));
    Ok(())
}

fn unknown(command: &[String]) -> CliError {
    let message = format!("there is no command `{}`", command.join(" "));
    CliError::new(Exit::Usage, "unknown-command", message)
        .hint("`persona --help` lists the commands")
}
