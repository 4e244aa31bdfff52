//! `persona audit backup`.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;

use crate::{cancel::Cancel, compose, context::Context, error::CliError, exit::Exit};

/// Copy the log, of whichever store, to one file, while runs go on
///
/// The file is an SQLite store that is read back before it gets its name. It replaces no other.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The file to make
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &BackupArgs) -> Result<Exit, CliError> {
    if arguments.file.as_os_str() == "-" {
        let message = "a backup is a file, and does not go to standard output";
        return Err(CliError::new(Exit::Usage, "usage", message)
            .hint("name a file; one that is called `-` is `./-`"));
    }
    let trail = compose::trail(context)?;
    let cancel = Cancel::watch();
    let bar = context.ui.progress("copying", 1);
    let (mut label, mut before) = ("copying", 0);
    let file = context.environment.current_directory.join(&arguments.file);
    let made = trail.backup(&file, &mut |progress| {
        let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        // It is gone through twice.
        if progress.entries <= before {
            label = "reading back";
        }
        before = progress.entries;
        bar.stage(label, whole(progress.entries), whole(progress.of));
        if cancel.was_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    drop(bar);
    let made = made?;
    if arguments.json {
        context.ui.json(&made)?;
    } else {
        let file = made.path.display();
        context
            .ui
            .result(&format!("{file}\n  entries  {}\n  root     {}", made.size, made.root))?;
    }
    Ok(Exit::Done)
}
