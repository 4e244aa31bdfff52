//! `persona doctor`: what a run would meet on this machine.

mod check;
mod folders;
mod log;
mod providers;
mod surroundings;

use clap::{Args, builder::styling::AnsiColor};
use serde_json::json;

use crate::{compose, context::Context, error::CliError, exit::Exit};
use check::{Check, State};

/// Check folders, configuration, audit log, keys and providers
///
/// Looks at everything a run would use and names what stands in its way, each with a remedy. Nothing is written, created
/// or sent, and no key of a provider is shown. The newest entries of the log are checked as before a run;
/// `persona audit verify` checks all of it. Without problems it ends with exit code 0, else with the code that a run
/// would end with for the first of them: 2 for the configuration, 4 for the provider, 5 for the audit log, else 1.
///
/// With --json: `checks`, a list of `name`, `state` (ok, note or problem), `detail`, `path` and `hints`, and `problems`,
/// their number.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &DoctorArgs) -> Result<Exit, CliError> {
    let checks = examine(context)?;
    let problems: Vec<&Check> = checks.iter().filter(|it| it.state == State::Problem).collect();
    let exit = problems.first().map_or(Exit::Done, |problem| problem.exit);
    if arguments.json {
        context.ui.json(&json!({ "checks": checks, "problems": problems.len() }))?;
        return Ok(exit);
    }
    for check in &checks {
        context.ui.result(&line(check))?;
        for hint in &check.hints {
            context.ui.result(&format!("{:9}Hint: {hint}", ""))?;
        }
    }
    context.ui.result("")?;
    context.ui.result(&match problems.len() {
        0 => "No problems.".to_owned(),
        1 => "1 problem.".to_owned(),
        more => format!("{more} problems."),
    })?;
    Ok(exit)
}

fn examine(context: &Context<'_>) -> Result<Vec<Check>, CliError> {
    let paths = context.paths()?;
    let mut checks = surroundings::program(context);
    checks.extend(folders::of_user(context, &paths));
    let configuration = match context.configuration(&[]) {
        Ok(configuration) => configuration,
        Err(error) => {
            checks.push(Check::failed("configuration", &error));
            return Ok(checks);
        }
    };
    let settings = configuration.settings();
    checks.push(Check::ok("configuration", "every layer can be read"));
    checks.extend(folders::of_settings(settings, &paths));
    match compose::trail(context) {
        Ok(trail) => checks.extend(log::look(&trail, settings, context)),
        Err(error) => checks.push(Check::failed("log", &error)),
    }
    checks.extend(surroundings::disks(settings));
    checks.extend(providers::look(settings, context.environment));
    Ok(checks)
}

fn line(check: &Check) -> String {
    let color = match check.state {
        State::Ok => AnsiColor::Green,
        State::Note => AnsiColor::Yellow,
        State::Problem => AnsiColor::Red,
    };
    let style = color.on_default();
    let path = check.path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default();
    let word = check.state.word();
    format!("{style}{word:7}{style:#}  {}: {path}{}", check.name, check.detail)
}
