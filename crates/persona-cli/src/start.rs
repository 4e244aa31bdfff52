//! From a command line to an exit code.

use std::{ffi::OsStr, process::ExitCode};

use clap::{CommandFactory as _, FromArgMatches as _, error::ErrorKind};

use crate::{
    app::{App, command},
    commands::completions,
    context::Context,
    environment::Environment,
    error::CliError,
    exit::Exit,
    hooks::Hooks,
    ui::{ColorChoice, ErrorForm, Ui, Verbosity},
};

/// Runs the `persona` command in the world of this process.
pub fn main() -> ExitCode {
    run(&Environment::capture(), &Hooks::default()).into()
}

/// Runs the command line of `environment`, printing to the streams of this process, and returns how it ended.
pub fn run(environment: &Environment, hooks: &Hooks) -> Exit {
    if let Some(shell) = completions::question(environment) {
        return completions::answer(environment, hooks, shell);
    }
    let form = error_form(environment);
    let app = match parse(environment) {
        Ok(app) => app,
        Err(error) => {
            return usage(
                &error,
                form,
                &mut Ui::new(environment, early_color(environment), Verbosity::Normal),
            );
        }
    };
    let mut ui = Ui::new(environment, app.global.color, app.global.verbosity());
    let outcome = command(&mut Context { environment, hooks, ui: &mut ui }, &app.command);
    end(outcome, form, &mut ui)
}

fn parse(environment: &Environment) -> Result<App, clap::Error> {
    let matches = App::command().try_get_matches_from(&environment.arguments)?;
    App::from_arg_matches(&matches)
}

fn end(outcome: Result<Exit, CliError>, form: ErrorForm, ui: &mut Ui) -> Exit {
    // An unflushed result is no result.
    let outcome = outcome.and_then(|exit| ui.finish().map(|()| exit));
    match outcome {
        Ok(exit) => exit,
        Err(error) => {
            ui.error(&error, form);
            error.exit
        }
    }
}

/// Answers what clap did not take for a command: a request for help or the version, or wrong usage.
fn usage(error: &clap::Error, form: ErrorForm, ui: &mut Ui) -> Exit {
    let rendered = error.render().ansi().to_string();
    let kind = error.kind();
    if matches!(kind, ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return end(ui.result(rendered.trim_end()).map(|()| Exit::Done), form, ui);
    }
    let bare = kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if bare && form == ErrorForm::Text {
        ui.note(rendered.trim_end());
        return Exit::Usage;
    }
    ui.error(&usage_error(&error.render().to_string()), form);
    Exit::Usage
}

/// Gives clap's text the form of our errors: what is wrong first, tips and usage as hints.
fn usage_error(rendered: &str) -> CliError {
    let mut parts = rendered.trim().split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    let message = parts.next().unwrap_or("the command line was not understood");
    let message = message.strip_prefix("error: ").unwrap_or(message);
    parts.fold(CliError::new(Exit::Usage, "usage", message), |error, part| {
        error.hint(part.strip_prefix("tip: ").unwrap_or(part))
    })
}

/// Returns how errors are said, decided before the command line is known to be right.
fn error_form(environment: &Environment) -> ErrorForm {
    let mut words = words(environment);
    if words.any(|word| word == "--json") { ErrorForm::Json } else { ErrorForm::Text }
}

fn early_color(environment: &Environment) -> ColorChoice {
    let choices = [("always", ColorChoice::Always), ("never", ColorChoice::Never)];
    let words: Vec<_> = words(environment).collect();
    let chosen = choices.into_iter().find(|(name, _)| {
        let joined = format!("--color={name}");
        let apart = words.windows(2).any(|pair| pair == ["--color", name]);
        apart || words.iter().any(|word| **word == *joined)
    });
    chosen.map_or(ColorChoice::Auto, |(_, choice)| choice)
}

/// The arguments before `--`.
fn words(environment: &Environment) -> impl Iterator<Item = &OsStr> {
    let arguments = environment.arguments.iter().map(std::ffi::OsString::as_os_str);
    arguments.take_while(|word| *word != "--")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(arguments: &[&str]) -> Environment {
        Environment {
            arguments: arguments.iter().map(Into::into).collect(),
            ..Environment::default()
        }
    }

    fn parsed_error(arguments: &[&str]) -> CliError {
        usage_error(&parse(&environment(arguments)).unwrap_err().render().to_string())
    }

    #[test]
    fn the_definitions_fit_together() {
        App::command().debug_assert();
    }

    #[test]
    fn wrong_usage_reads_like_our_errors() {
        let error = parsed_error(&["persona", "generate", "a.csv", "--sed", "3"]);
        assert_eq!(error.message, "unexpected argument '--sed' found");
        assert_eq!(error.exit, Exit::Usage);
        assert!(error.hints[0].contains("--seed"), "{:?}", error.hints);
        assert!(error.hints[1].starts_with("Usage: "), "{:?}", error.hints);
    }

    #[test]
    fn json_before_two_dashes_makes_errors_json() {
        let form = |arguments: &[&str]| error_form(&environment(arguments));
        assert_eq!(form(&["persona", "config", "list", "--json"]), ErrorForm::Json);
        assert_eq!(form(&["persona", "generate", "--", "--json"]), ErrorForm::Text);
    }

    #[test]
    fn colour_is_known_even_when_the_rest_is_wrong() {
        let color = |arguments: &[&str]| early_color(&environment(arguments));
        assert_eq!(color(&["persona", "--color", "always", "x"]), ColorChoice::Always);
        assert_eq!(color(&["persona", "x", "--color=never"]), ColorChoice::Never);
        assert_eq!(color(&["persona", "x"]), ColorChoice::Auto);
    }
}
