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

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use clap::{CommandFactory as _, error::ErrorKind};

    use super::App;

    /// Every command that a page names in back-quotes or on a line of a code block, up to what a shell makes of it.
    fn commands(page: &str) -> Vec<Vec<String>> {
        let spans = page.split('`').chain(page.lines());
        let commands =
            spans.filter(|text| text.starts_with("persona ") && !text.contains(['\n', '\\']));
        commands.map(words).collect()
    }

    /// Words as a shell splits them; what is in quotes is one.
    fn words(command: &str) -> Vec<String> {
        let parts = command.split(['"', '\'']).enumerate().flat_map(|(position, part)| {
            if position % 2 == 1 { vec![part] } else { part.split_whitespace().collect() }
        });
        let is_ours = |word: &&str| !["|", ">", ">>", "&&", "#", ";"].contains(word);
        parts.take_while(is_ours).map(str::to_owned).collect()
    }

    #[test]
    fn the_pages_name_commands_and_options_that_there_are() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut pages: Vec<_> = fs::read_dir(root.join("docs")).unwrap().collect();
        pages.retain(|page| page.as_ref().unwrap().path().extension().is_some_and(|it| it == "md"));
        let mut pages: Vec<_> = pages.into_iter().map(|page| page.unwrap().path()).collect();
        pages.push(root.join("README.md"));
        // Sentences begin with the name, too.
        let app = App::command();
        let is_command = |words: &Vec<String>| {
            let word = words.get(1).map(String::as_str).unwrap_or_default();
            word.starts_with('-') || app.find_subcommand(word).is_some()
        };
        let mut looked_at = 0;
        for page in pages {
            let page_text = fs::read_to_string(&page).unwrap();
            for words in commands(&page_text).into_iter().filter(is_command) {
                looked_at += 1;
                let Err(error) = App::command().try_get_matches_from(&words) else { continue };
                let unknown = [ErrorKind::UnknownArgument, ErrorKind::InvalidSubcommand];
                assert!(!unknown.contains(&error.kind()), "{}: {words:?}", page.display());
            }
        }
        assert!(looked_at > 100, "only {looked_at} commands were found");
    }
}
