//! `persona generate`: data in, personas out.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::Args;
use persona_core::{
    Count, GenerationResult, Issue, IssueCode, Markdown, Observer, Request, Severity, Stage,
};

use crate::{
    cancel::Cancel,
    compose,
    config::{self, Flag, OutputFormat, RetentionFloor, Settings},
    context::Context,
    error::CliError,
    exit::Exit,
    ui::Progress,
};

mod asking;
mod plan;
mod report;

pub(crate) use asking::Asking;

/// Greatest seed: the greatest integer that every JSON reader keeps exact, 2^53 − 1.
const GREATEST_SEED: u64 = (1 << 53) - 1;

/// Make personas from research data
///
/// The run is recorded in the audit log before any persona exists. Without options the embedded drafter works from the
/// data alone: no key, no network, the same personas, byte for byte, every time.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  persona generate survey.csv\n  persona generate survey.xlsx interviews/ -n 5 --json\n  \
                  curl -s https://example.org/answers.jsonl | persona generate -\n  \
                  persona generate survey.csv -p openai -m MODEL\n  \
                  persona generate survey.csv -p openai -m MODEL --base-url http://127.0.0.1:8081/v1"
)]
pub(crate) struct GenerateArgs {
    /// Research data: files, folders, or `-` for standard input
    ///
    /// Tables (CSV, TSV, XLSX, JSON, JSON lines, YAML) with one row a person or an answer; interviews (TXT, Markdown);
    /// transcripts (VTT, SRT). Folders are read with all folders in them.
    #[arg(required = true, value_name = "DATA")]
    pub(crate) data: Vec<PathBuf>,
    /// How many personas; `auto` lets the data decide [default: defaults.count, auto]
    #[arg(short = 'n', long, value_name = "N|auto", allow_hyphen_values = true)]
    count: Option<String>,
    /// Who writes the personas [default: defaults.provider, embedded]
    #[arg(short, long)]
    provider: Option<String>,
    /// The model the provider is asked for [default: providers.NAME.model, defaults.model]
    #[arg(short, long)]
    model: Option<String>,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    audit: AuditSwitch,
    /// The folder that gets a new folder for this run [default: defaults.output, output]
    #[arg(short, long, value_name = "PARENT")]
    output: Option<String>,
    /// The forms each persona is written in, of json,md; personas.json is always written [default: defaults.format]
    #[arg(long, value_name = "FORMATS")]
    format: Option<String>,
    /// Seeds every random choice, and is sent to a model when given [default: 0]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=GREATEST_SEED))]
    pub(crate) seed: Option<u64>,
    /// The licence or consent the data is used under, for the record [default: data.licence]
    #[arg(long, value_name = "TEXT")]
    licence: Option<String>,
    /// End with exit code 6 when there are findings
    #[arg(long)]
    pub(crate) strict: bool,
    /// Read the data and say what would be done; write nothing, record nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
struct AuditSwitch {
    /// Record this run, whatever audit.enabled says; the last of --audit and --no-audit wins
    #[arg(long = "audit", overrides_with = "off")]
    on: bool,
    /// Do not record this run; its output says so
    #[arg(long = "no-audit", overrides_with = "on")]
    off: bool,
}

impl GenerateArgs {
    /// Returns the flags that stand above the configuration for this run.
    pub(crate) fn flags(&self) -> Vec<Flag<'_>> {
        let flags = [
            ("--count", "defaults.count", self.count.as_deref()),
            ("--provider", "defaults.provider", self.provider.as_deref()),
            ("--model", "defaults.model", self.model.as_deref()),
            ("--output", "defaults.output", self.output.as_deref()),
            ("--format", "defaults.format", self.format.as_deref()),
            ("--licence", "data.licence", self.licence.as_deref()),
            ("--audit", "audit.enabled", self.audit.on.then_some("true")),
            ("--no-audit", "audit.enabled", self.audit.off.then_some("false")),
        ];
        let given = flags
            .into_iter()
            .filter_map(|(name, key, text)| text.map(|text| Flag { name, key, text }));
        given.collect()
    }
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &GenerateArgs) -> Result<Exit, CliError> {
    let configuration = arguments.asking.configuration(context, &arguments.flags())?;
    let settings = configuration.settings();
    let sampling = arguments.asking.sampling(arguments.seed);
    let drafter = compose::drafter(context, settings, sampling)?;
    for warning in settings.provider_warnings() {
        context.ui.warn(&warning);
    }
    let request = request(arguments, settings);
    if arguments.dry_run {
        return plan::run(context, &request, settings, arguments.json);
    }
    if let Some(warning) = below_the_law(settings) {
        context.ui.warn(warning);
    }
    let pipeline = compose::pipeline(context, settings, drafter)?;
    let cancel = Cancel::watch();
    let bar = context.ui.progress("reading", 1);
    let watch = Watch { cancel: &cancel, bar: &bar, stages: &*context.hooks.stages };
    let result = pipeline.generate_observed(&request, &watch);
    drop(bar);
    let result = result?;
    let printed = if arguments.json {
        context.ui.json(&report::json(&result))
    } else {
        report::words(context.ui, &result)
    };
    // Who is not told where the personas are has lost them.
    printed.and_then(|()| context.ui.finish()).map_err(|error| {
        error.hint(format!("the run is finished: its personas are in {}", report::folder(&result)))
    })?;
    Ok(exit(&result, arguments.strict))
}

fn exit(result: &GenerationResult, strict: bool) -> Exit {
    let has = |wanted: &dyn Fn(&Issue) -> bool| result.issues.iter().any(wanted);
    if has(&|issue| issue.code == IssueCode::SegmentFailed) {
        return Exit::Provider;
    }
    let findings = has(&|issue| issue.severity != Severity::Info);
    if strict && findings { Exit::Findings } else { Exit::Done }
}

/// Says when records may go sooner than the law lets the logs of a high-risk system go.
fn below_the_law(settings: &Settings) -> Option<&'static str> {
    let audit = &settings.audit;
    // Six calendar months are at most 184 days.
    let short = (1..184).contains(&audit.retention_days);
    (audit.enabled && audit.retention_floor == RetentionFloor::None && short).then_some(
        "`audit.retention_floor` is `none`: records may go before six months are over, which \
         Art. 19 and 26(6) of the EU AI Act ask for where a system is high-risk",
    )
}

/// What this run is asked, flags and configuration joined.
fn request(arguments: &GenerateArgs, settings: &Settings) -> Request {
    let markdown = settings.defaults.format.contains(&OutputFormat::Md);
    Request {
        data: arguments.data.clone(),
        stdin: crate::stdin::standard_input(),
        count: match settings.defaults.count {
            config::Count::Auto => Count::Auto,
            config::Count::Exactly(number) => {
                NonZeroUsize::try_from(number).map_or(Count::Auto, Count::Exactly)
            }
        },
        seed: arguments.seed.unwrap_or(0),
        output: settings.defaults.output.clone(),
        markdown: if markdown { Markdown::Written } else { Markdown::LeftOut },
        licence: settings.data.licence.clone(),
        source: settings.data.source.clone(),
    }
}

/// Shows where the run is, and asks whether Ctrl-C was pressed.
struct Watch<'run> {
    cancel: &'run Cancel,
    bar: &'run Progress,
    stages: &'run (dyn Fn(Stage) + Sync),
}

impl Observer for Watch<'_> {
    fn progress(&self, stage: Stage, done: usize, total: usize) {
        let label = match stage {
            Stage::Read => "reading",
            Stage::Record => "recording",
            Stage::Segment => "grouping",
            Stage::Draft => "drafting",
            Stage::Write => "writing",
        };
        self.bar.stage(label, done, total);
        (self.stages)(stage);
    }

    fn cancelled(&self) -> bool {
        self.cancel.was_asked()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::app::{App, Command};

    fn parsed(arguments: &[&str]) -> Result<Box<GenerateArgs>, clap::Error> {
        let words = ["persona", "generate"].iter().chain(arguments);
        let command = App::try_parse_from(words)?.command;
        let Command::Generate(arguments) = command else {
            panic!("{arguments:?} is another command")
        };
        Ok(arguments)
    }

    fn audit_flag(arguments: &[&str]) -> Option<&'static str> {
        let parsed = parsed(arguments).unwrap();
        let flags = parsed.flags();
        assert!(flags.len() < 2);
        flags.first().map(|flag| flag.name)
    }

    #[test]
    fn the_last_audit_switch_wins() {
        assert_eq!(audit_flag(&["a.csv"]), None);
        assert_eq!(audit_flag(&["a.csv", "--no-audit", "--audit"]), Some("--audit"));
        assert_eq!(audit_flag(&["a.csv", "--audit", "--no-audit"]), Some("--no-audit"));
    }

    #[test]
    fn seeds_beyond_what_json_keeps_exact_are_refused() {
        assert_eq!(
            parsed(&["a.csv", "--seed", "9007199254740991"]).unwrap().seed,
            Some(GREATEST_SEED)
        );
        assert!(parsed(&["a.csv", "--seed", "9007199254740992"]).is_err());
        assert!(parsed(&["a.csv", "--seed", "-1"]).is_err());
    }

    #[test]
    fn flags_name_known_keys() {
        let all =
            ["a", "-n", "-3", "-p", "x", "-m", "x", "-o", "x", "--format", "x", "--licence", "x"];
        let parsed = parsed(&all).unwrap();
        let flags = parsed.flags();
        assert_eq!(flags.len(), 6);
        assert!(flags.iter().all(|flag| config::Key::find(flag.key).is_some()));
    }
}
