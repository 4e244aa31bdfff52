//! The one place that prints. Results go to standard output, everything else to standard error.

mod progress;
mod sheet;
mod table;

use std::{
    fmt,
    io::{self, BufWriter, Write},
};

use anstream::adapter::strip_str;
use clap::{
    ValueEnum,
    builder::styling::{AnsiColor, Style},
};
use serde::Serialize;

use crate::{environment::Environment, error::CliError};
pub(crate) use progress::Progress;
pub(crate) use sheet::Sheet;
pub(crate) use table::Table;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Also into files and pipes
    Always,
    /// Not at all
    Never,
}

/// How much to say beside the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Verbosity {
    /// Only errors.
    Quiet,
    /// Notes and warnings.
    #[default]
    Normal,
    /// Details too.
    Verbose,
}

/// Where a command's words go.
pub(crate) struct Ui {
    stdout: Stream,
    stderr: Stream,
    verbosity: Verbosity,
    shows_progress: bool,
}

impl Ui {
    /// Prints to the streams of the process.
    pub(crate) fn new(environment: &Environment, color: ColorChoice, verbosity: Verbosity) -> Self {
        let colored = |terminal| match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let dumb = environment.variable("TERM").is_some_and(|term| term == "dumb");
                terminal && !dumb && environment.variable("NO_COLOR").is_none()
            }
        };
        Self {
            stdout: Stream {
                writer: Box::new(BufWriter::new(io::stdout())),
                colored: colored(environment.stdout_is_terminal),
            },
            stderr: Stream {
                writer: Box::new(io::stderr()),
                colored: colored(environment.stderr_is_terminal),
            },
            verbosity,
            shows_progress: environment.stderr_is_terminal && verbosity != Verbosity::Quiet,
        }
    }

    /// Prints a result and ends the line.
    pub(crate) fn result(&mut self, text: &str) -> Result<(), CliError> {
        self.stdout.line(text).map_err(|error| CliError::output(&error))
    }

    /// Prints a result as one JSON document.
    pub(crate) fn json(&mut self, document: &impl Serialize) -> Result<(), CliError> {
        let written = serde_json::to_writer_pretty(&mut self.stdout.writer, document);
        let written = written.map_err(io::Error::from).and_then(|()| self.stdout.line(""));
        written.map_err(|error| CliError::output(&error))
    }

    /// Prints a result as one line of JSON.
    pub(crate) fn json_line(&mut self, document: &impl Serialize) -> Result<(), CliError> {
        let written = serde_json::to_writer(&mut self.stdout.writer, document);
        let written = written.map_err(io::Error::from).and_then(|()| self.stdout.line(""));
        written.map_err(|error| CliError::output(&error))
    }

    /// Returns standard output itself, buffered, for results that are too long to hold.
    pub(crate) fn stdout(&mut self) -> &mut (dyn Write + Send) {
        &mut *self.stdout.writer
    }

    /// Says something worth knowing.
    pub(crate) fn note(&mut self, text: &str) {
        self.say(Verbosity::Normal, text);
    }

    /// Says that something may be wrong.
    pub(crate) fn warn(&mut self, text: &str) {
        let label = AnsiColor::Yellow.on_default().bold();
        self.say(Verbosity::Normal, &format!("{label}Warning:{label:#} {text}"));
    }

    /// Says something for those who asked for details.
    pub(crate) fn detail(&mut self, text: &str) {
        self.say(Verbosity::Verbose, text);
    }

    /// Says what failed, why, and what to do.
    pub(crate) fn error(&mut self, error: &CliError, form: ErrorForm) {
        if error.is_silent() {
            return;
        }
        // What was printed before the error should be seen before it.
        let _lost = self.stdout.writer.flush();
        let text = match form {
            ErrorForm::Text => error_text(error),
            ErrorForm::Json => error_json(error),
        };
        let _lost = self.stderr.line(&text);
    }

    /// Begins a bar that is only seen on a terminal.
    pub(crate) fn progress(&self, label: &'static str, steps: u64) -> Progress {
        if self.shows_progress { Progress::shown(label, steps) } else { Progress::hidden() }
    }

    /// Sends what is still buffered.
    pub(crate) fn finish(&mut self) -> Result<(), CliError> {
        self.stdout.writer.flush().map_err(|error| CliError::output(&error))
    }

    fn say(&mut self, least: Verbosity, text: &str) {
        if least <= self.verbosity {
            // Nobody is left to tell when standard error fails.
            let _lost = self.stderr.line(text);
        }
    }
}

impl fmt::Debug for Ui {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Ui").field("verbosity", &self.verbosity).finish_non_exhaustive()
    }
}

/// How errors are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorForm {
    /// For people.
    Text,
    /// One line of JSON, for programs.
    Json,
}

struct Stream {
    writer: Box<dyn Write + Send>,
    colored: bool,
}

impl Stream {
    fn line(&mut self, text: &str) -> io::Result<()> {
        if self.colored {
            writeln!(self.writer, "{text}")
        } else {
            writeln!(self.writer, "{}", strip_str(text))
        }
    }
}

/// Spells out what would steer a terminal or turn the reading direction: recorded texts come from anywhere.
pub(crate) fn plain(text: &str) -> String {
    let steers =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

fn error_text(error: &CliError) -> String {
    let red = AnsiColor::Red.on_default().bold();
    let cyan = AnsiColor::Cyan.on_default().bold();
    let bold = Style::new().bold();
    let mut lines = vec![format!("{red}Error:{red:#} {}", error.message)];
    lines.extend(error.causes.iter().map(|cause| format!("{bold}Caused by:{bold:#} {cause}")));
    lines.extend(error.hints.iter().map(|hint| format!("{cyan}Hint:{cyan:#} {hint}")));
    lines.join("\n")
}

fn error_json(error: &CliError) -> String {
    let hint = (!error.hints.is_empty()).then(|| error.hints.join("\n"));
    serde_json::json!({
        "error": { "code": error.code, "message": error.one_line(), "hint": hint }
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn error() -> CliError {
        let mut error =
            CliError::new(Exit::Failed, "save", "failed to save").hint("free some space");
        error.causes.push("disk full".to_owned());
        error
    }

    #[test]
    fn people_read_error_cause_and_hint() {
        let text = strip_str(&error_text(&error())).to_string();
        assert_eq!(text, "Error: failed to save\nCaused by: disk full\nHint: free some space");
    }

    #[test]
    fn programs_read_one_line() {
        let text = error_json(&error());
        let wanted = r#"{"error":{"code":"save","hint":"free some space","message":"failed to save: disk full"}}"#;
        assert_eq!(text, wanted);
        let text = error_json(&CliError::new(Exit::Failed, "save", "a\nb"));
        assert_eq!(text, r#"{"error":{"code":"save","hint":null,"message":"a\nb"}}"#);
    }

    #[test]
    fn colour_follows_the_choice_the_terminal_and_no_color() {
        let colors = |color, terminal, variable: &str| {
            let mut environment =
                Environment { stderr_is_terminal: terminal, ..Environment::default() };
            environment.variables.insert(variable.into(), "1".into());
            Ui::new(&environment, color, Verbosity::Normal).stderr.colored
        };
        assert!(colors(ColorChoice::Auto, true, "X"));
        assert!(!colors(ColorChoice::Auto, false, "X"));
        assert!(!colors(ColorChoice::Auto, true, "NO_COLOR"));
        assert!(colors(ColorChoice::Always, false, "NO_COLOR"));
        assert!(!colors(ColorChoice::Never, true, "X"));
    }
}
