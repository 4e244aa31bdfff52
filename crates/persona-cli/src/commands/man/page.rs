//! One manual page: what clap knows of a command, and what every command has in common.

use std::io;

use clap::Command;
use clap_mangen::Man;

use crate::exit::Exit;

/// The page of one command.
#[derive(Debug)]
pub(super) struct Page {
    name: String,
    text: String,
}

impl Page {
    /// Returns the page of the command that these words name, if they name one.
    pub(super) fn of(app: &Command, words: &[String]) -> Option<Self> {
        let app = built(app);
        let command = words.iter().try_fold(&app, |command, word| {
            command.find_subcommand(word).filter(|found| has_page(found))
        })?;
        Self::render(command).ok()
    }

    /// Returns the pages of all commands.
    pub(super) fn all(app: &Command) -> Vec<Self> {
        let app = built(app);
        let mut commands = vec![&app];
        let mut pages = Vec::new();
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands().filter(|inner| has_page(inner)));
            pages.extend(Self::render(command));
        }
        pages
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn file_name(&self) -> String {
        format!("{}.1", self.name)
    }

    fn render(command: &Command) -> io::Result<Self> {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        let man = Man::new(command.clone());
        let mut page = Vec::new();
        man.render_name_section(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        man.render_description_section(&mut page)?;
        if command.get_arguments().any(|argument| !argument.is_hide_set()) {
            man.render_options_section(&mut page)?;
        }
        if command.get_subcommands().any(has_page) {
            man.render_subcommands_section(&mut page)?;
        }
        if command.get_after_help().is_some() {
            man.render_extra_section(&mut page)?;
        }
        let mut text = title(&name);
        // The breaks beside a skipped line change nothing and are warned of.
        let page = String::from_utf8_lossy(&page).replace(".br\n\n.br\n", ".sp\n");
        // A blank line between the paragraphs of one option.
        text.push_str(&page.replace("\n\n", "\n.sp\n"));
        text.push_str(&exit_status());
        text.push_str(&environment());
        Ok(Self { name, text })
    }
}

fn built(app: &Command) -> Command {
    let mut app = app.clone().disable_help_subcommand(true);
    app.build();
    app
}

fn has_page(command: &Command) -> bool {
    !command.is_hide_set()
}

/// A page without a date is the same whenever it is printed.
fn title(name: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(".TH {name} 1 \"\" \"persona {version}\" \"persona manual\"\n")
}

fn exit_status() -> String {
    let rows =
        Exit::ALL.map(|exit| format!(".TP\n\\fB{}\\fR\n{}\n", exit.code(), roff(exit.meaning())));
    format!(".SH \"EXIT STATUS\"\n{}", rows.concat())
}

fn environment() -> String {
    let variables = [
        (
            "PERSONA_HOME",
            "The folder of configuration, log and keys; ~/.persona when it is not set.",
        ),
        (
            "PERSONA_SECTION__NAME",
            "Sets the configuration key section.name; see persona config list.",
        ),
        ("OPENAI_API_KEY", "The key of the provider openai. Keys are read from variables only."),
        ("NO_COLOR", "Turns colour off."),
    ];
    let rows =
        variables.map(|(name, text)| format!(".TP\n\\fB{}\\fR\n{}\n", roff(name), roff(text)));
    format!(".SH ENVIRONMENT\n{}", rows.concat())
}

/// Keeps text from being taken for requests of the typesetter.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('~', "\\(ti");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::app::App;

    /// The requests that clap's pages and ours are made of.
    const REQUESTS: &[&str] = &[
        ".ie", ".el", ".TH", ".SH", ".SS", ".TP", ".RE", ".RS", ".PP", ".br", ".nf", ".fi", ".IP",
        ".sp",
    ];

    #[test]
    fn every_command_has_a_page_of_requests_and_text() {
        let pages = Page::all(&App::command());
        assert!(10 < pages.len());
        for page in &pages {
            let name = &page.name;
            for section in [
                ".SH NAME",
                ".SH SYNOPSIS",
                ".SH DESCRIPTION",
                ".SH OPTIONS",
                ".SH \"EXIT STATUS\"",
            ] {
                assert_eq!(page.text.matches(section).count(), 1, "{name} {section}");
            }
            for line in page.text.lines() {
                let request = line.split(' ').next().unwrap_or_default();
                assert!(
                    !line.starts_with(['.', '\'']) || REQUESTS.contains(&request),
                    "{name}: {line}"
                );
                assert!(!line.is_empty() && !line.contains(char::is_control), "{name}: {line:?}");
            }
        }
        let names: Vec<&str> = pages.iter().map(|page| page.name.as_str()).collect();
        for name in ["persona", "persona-generate", "persona-audit-show", "persona-config-set"] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert!(!names.iter().any(|name| name.contains("reference") || name.contains("help")));
    }

    #[test]
    fn words_name_a_page_or_none() {
        let page = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            Page::of(&App::command(), &words).map(|page| page.file_name())
        };
        assert_eq!(page(&[]).as_deref(), Some("persona.1"));
        assert_eq!(page(&["audit", "show"]).as_deref(), Some("persona-audit-show.1"));
        assert_eq!(page(&["config", "reference"]), None);
        assert_eq!(page(&["audit", "nothing"]), None);
    }
}
