//! The words that fit an argument and are not known before somebody asks: runs, keys, values, providers.

use std::{
    ffi::{OsStr, OsString},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use clap::{Command, ValueHint};
use clap_complete::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, engine::ValueCompleter as _,
};
use persona_audit::{AuditTrail, Query, Summary};

use crate::{
    compose,
    config::{Configuration, EMBEDDED, KEYS, Key, Kind, PROVIDERS},
    environment::Environment,
    hooks::Hooks,
    paths::Paths,
};

/// Everything an answer may depend on.
#[derive(Debug)]
pub(super) struct World {
    /// The command line as the shell has it.
    pub(super) words: Vec<OsString>,
    pub(super) environment: Environment,
    pub(super) hooks: Hooks,
}

/// What fits an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fitting {
    Runs,
    Keys,
    /// The values of the key that stands before.
    Values,
    Providers,
    Paths,
    Folders,
}

/// Which argument of which command takes what.
const ARGUMENTS: &[(&[&str], &str, Fitting)] = &[
    (&["generate"], "data", Fitting::Paths),
    (&["generate"], "provider", Fitting::Providers),
    (&["generate"], "output", Fitting::Folders),
    (&["audit", "list"], "provider", Fitting::Providers),
    (&["audit", "list"], "data", Fitting::Paths),
    (&["audit", "list"], "cursor", Fitting::Runs),
    (&["audit", "show"], "id", Fitting::Runs),
    (&["audit", "verify"], "ids", Fitting::Runs),
    (&["audit", "verify"], "against", Fitting::Paths),
    (&["audit", "verify"], "keys", Fitting::Paths),
    (&["audit", "export"], "ids", Fitting::Runs),
    (&["audit", "export"], "cursor", Fitting::Runs),
    (&["audit", "export"], "provider", Fitting::Providers),
    (&["audit", "export"], "data", Fitting::Paths),
    (&["audit", "export"], "output", Fitting::Paths),
    (&["audit", "repair"], "id", Fitting::Runs),
    (&["config", "get"], "key", Fitting::Keys),
    (&["config", "set"], "key", Fitting::Keys),
    (&["config", "set"], "value", Fitting::Values),
    (&["config", "unset"], "key", Fitting::Keys),
];

/// How many runs are offered, the newest.
const MOST_RUNS: usize = 100;

/// How long a shell is kept waiting for a store.
const PATIENCE: Duration = Duration::from_millis(500);

/// Adds to the commands what fits their arguments.
pub(super) fn with_words(command: Command, world: &Arc<World>) -> Command {
    ARGUMENTS.iter().fold(command, |command, (path, name, fitting)| {
        at(command, path, &|command| {
            let world = Arc::clone(world);
            command.mut_arg(name, |argument| match fitting {
                Fitting::Paths => argument.value_hint(ValueHint::AnyPath),
                Fitting::Folders => argument.value_hint(ValueHint::DirPath),
                Fitting::Runs | Fitting::Keys | Fitting::Values | Fitting::Providers => {
                    let fitting = *fitting;
                    let completer = move |current: &OsStr| world.fitting(fitting, current);
                    argument.add(ArgValueCompleter::new(completer))
                }
            })
        })
    })
}

fn at(command: Command, path: &[&str], change: &dyn Fn(Command) -> Command) -> Command {
    match path {
        [] => change(command),
        [first, rest @ ..] => command.mut_subcommand(first, |inner| at(inner, rest, change)),
    }
}

impl World {
    fn fitting(&self, fitting: Fitting, current: &OsStr) -> Vec<CompletionCandidate> {
        let all = match fitting {
            Fitting::Runs => self.runs(),
            Fitting::Keys => self.keys(),
            Fitting::Values => return self.values(current),
            Fitting::Providers => providers(),
            Fitting::Paths | Fitting::Folders => Vec::new(),
        };
        beginning_with(current, all)
    }

    /// Lists the newest runs. A store that lets us wait is left alone: the process ends without it.
    fn runs(&self) -> Vec<CompletionCandidate> {
        let Some(trail) = self.trail() else { return Vec::new() };
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let query = Query { limit: Some(MOST_RUNS), ..Query::default() };
            // Nobody listens any more when we were too slow.
            drop(sender.send(trail.list(&query)));
        });
        let Ok(Ok(runs)) = receiver.recv_timeout(PATIENCE) else { return Vec::new() };
        let last = runs.first().map(|run| candidate("@last", &describe(run)));
        last.into_iter()
            .chain(runs.iter().map(|run| candidate(&run.audit_id, &describe(run))))
            .collect()
    }

    fn trail(&self) -> Option<AuditTrail> {
        let paths = Paths::find(&self.environment).ok()?;
        let configuration = Configuration::load(&self.environment, &paths, &[]).ok()?;
        let config = compose::audit_config(&configuration.settings().audit, &paths).ok()?;
        Some(AuditTrail::with_ambient(config, self.hooks.ambient.clone()))
    }

    fn keys(&self) -> Vec<CompletionCandidate> {
        let for_project = self.words.iter().any(|word| word == "--project");
        let keys = KEYS.iter().filter(|key| !for_project || key.is_for_projects());
        keys.map(|key| candidate(key.name, key.about)).collect()
    }

    fn values(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        let Some(key) = self.words.iter().find_map(|word| Key::find(word.to_str()?)) else {
            return Vec::new();
        };
        let values: Vec<&str> = match key.kind {
            Kind::Boolean => vec!["true", "false"],
            Kind::Choice { now, .. } => now.to_vec(),
            Kind::Words(words) => words.to_vec(),
            Kind::Count => vec!["auto"],
            Kind::Folder(_) => return PathCompleter::dir().complete(current),
            Kind::Integer { .. }
            | Kind::Text
            | Kind::LogName
            | Kind::BaseUrl
            | Kind::DatabaseUrl => Vec::new(),
        };
        beginning_with(current, values.into_iter().map(|value| candidate(value, "")).collect())
    }
}

fn providers() -> Vec<CompletionCandidate> {
    let embedded = candidate(EMBEDDED, "no key, no network");
    let others = PROVIDERS.iter().map(|provider| candidate(provider.name, provider.base_url));
    std::iter::once(embedded).chain(others).collect()
}

/// When the run began, how it ended, and by which model.
fn describe(run: &Summary) -> String {
    let time = run.timestamp.get(..16).unwrap_or(&run.timestamp).replace('T', " ");
    let model = run.model.as_deref().unwrap_or("no model");
    format!("{time} {} {model}", run.status)
}

/// What is said of a word ends up on a terminal: one short line without control characters.
fn candidate(value: &str, help: &str) -> CompletionCandidate {
    let help: String = help.chars().filter(|c| !c.is_control()).take(100).collect();
    CompletionCandidate::new(value).help((!help.is_empty()).then(|| help.into()))
}

fn beginning_with(current: &OsStr, all: Vec<CompletionCandidate>) -> Vec<CompletionCandidate> {
    let beginning = current.as_encoded_bytes();
    let fits = |it: &CompletionCandidate| it.get_value().as_encoded_bytes().starts_with(beginning);
    all.into_iter().filter(fits).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::app::App;

    #[test]
    fn every_argument_that_takes_words_is_one() {
        for (path, name, _) in ARGUMENTS {
            let app = App::command();
            let command = path.iter().fold(&app, |command, part| {
                command.find_subcommand(part).unwrap_or_else(|| panic!("{path:?}"))
            });
            assert!(command.get_arguments().any(|it| it.get_id() == name), "{path:?} {name}");
        }
    }

    fn world(words: &[&str]) -> Arc<World> {
        Arc::new(World {
            words: words.iter().map(Into::into).collect(),
            environment: Environment::default(),
            hooks: Hooks::default(),
        })
    }

    fn fitting(words: &[&str]) -> Vec<String> {
        let mut command = with_words(App::command(), &world(words));
        let arguments = words.iter().map(Into::into).collect();
        let found = clap_complete::engine::complete(&mut command, arguments, words.len() - 1, None);
        found.unwrap().iter().map(|it| it.get_value().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn keys_values_and_providers_are_offered() {
        let keys = fitting(&["persona", "config", "get", "audit.ret"]);
        assert_eq!(keys, ["audit.retention_days", "audit.retention_floor"]);
        let values = fitting(&["persona", "config", "set", "audit.enabled", "t"]);
        assert_eq!(values, ["true"]);
        let values =
            fitting(&["persona", "config", "set", "providers.openai.structured_output", "json"]);
        assert_eq!(values, ["json_schema", "json_object"]);
        let keys = fitting(&["persona", "config", "set", "--project", "providers."]);
        assert_eq!(keys, ["providers.openai.model"]);
        assert_eq!(fitting(&["persona", "generate", "-p", ""]), ["embedded", "openai"]);
        assert_eq!(fitting(&["persona", "config", "set", "audit.user", "x"]), Vec::<String>::new());
    }

    #[test]
    fn without_a_home_or_a_store_no_run_is_offered() {
        assert_eq!(fitting(&["persona", "audit", "repair", "0"]), Vec::<String>::new());
    }

    #[test]
    fn what_is_said_of_a_word_cannot_move_the_cursor() {
        let candidate = candidate("x", "a\u{1b}[2Jb\nc");
        assert_eq!(candidate.get_help().unwrap().to_string(), "a[2Jbc");
    }
}
