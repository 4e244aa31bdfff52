//! What a shell is answered. Its script sets a variable and calls `persona -- WORDS`; whatever goes wrong, the answer
//! is that nothing fits.

use std::{ffi::OsStr, sync::Arc};

use clap::CommandFactory as _;
use clap_complete::env::{EnvCompleter, Shells};

use super::words::{World, with_words};
use crate::{
    app::App,
    environment::Environment,
    exit::Exit,
    hooks::Hooks,
    ui::{ColorChoice, Ui, Verbosity},
};

/// Names the shell that asks.
pub(super) const VARIABLE: &str = "PERSONA_COMPLETE";

/// Returns the shell that asks, where one does.
pub(crate) fn question(environment: &Environment) -> Option<&OsStr> {
    let is_asked = environment.arguments.get(1).is_some_and(|word| word == "--");
    environment.variable(VARIABLE).filter(|_| is_asked)
}

/// Prints what fits at the cursor.
pub(crate) fn answer(environment: &Environment, hooks: &Hooks, shell: &OsStr) -> Exit {
    let shells = Shells::builtins();
    let Some(shell) = shell.to_str().and_then(|name| shells.completer(name)) else {
        return Exit::Done;
    };
    let fitting = fitting(environment, hooks, shell);
    let mut ui = Ui::new(environment, ColorChoice::Never, Verbosity::Quiet);
    // A shell that has gone needs no answer.
    drop(ui.stdout().write_all(&fitting));
    drop(ui.finish());
    Exit::Done
}

fn fitting(environment: &Environment, hooks: &Hooks, shell: &dyn EnvCompleter) -> Vec<u8> {
    let words: Vec<_> = environment.arguments.iter().skip(2).cloned().collect();
    let world =
        World { words: words.clone(), environment: environment.clone(), hooks: hooks.clone() };
    let mut command = with_words(App::command(), &Arc::new(world));
    let mut answer = Vec::new();
    let folder = Some(environment.current_directory.as_path());
    match shell.write_complete(&mut command, words, folder, &mut answer) {
        Ok(()) => answer,
        Err(_) => Vec::new(),
    }
}
