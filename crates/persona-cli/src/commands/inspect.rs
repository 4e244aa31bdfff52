//! `persona inspect`: what is in the data, what looks personal, and what a model would be sent.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::Args;
use persona_core::{
    Count, ReadOptions,
    draft::{LlmSettings, Prompts},
    input,
    preview::preview,
};

use crate::{cancel::Cancel, compose, context::Context, error::CliError, exit::Exit};

mod column;
mod report;

/// Look at research data without making anything of it
///
/// Shows the kind of each column, missing values and examples, what looks personal and is never used, how people
/// would be grouped, and what a model would be sent, and how much. Nothing is sent, written or recorded.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  persona inspect survey.csv\n  persona inspect survey.csv -n 3 --prompts"
)]
pub(crate) struct InspectArgs {
    /// Research data, as `persona generate` takes it
    #[arg(required = true, value_name = "DATA")]
    data: Vec<PathBuf>,
    /// How many groups; `auto` lets the data decide
    #[arg(short = 'n', long, value_name = "N|auto", default_value = "auto", value_parser = count)]
    count: Count,
    /// Show every word that a model would be sent
    #[arg(long)]
    prompts: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(context: &mut Context<'_>, arguments: &InspectArgs) -> Result<Exit, CliError> {
    let prompts = prompts(context)?;
    let cancel = Cancel::watch();
    let stdin = crate::stdin::standard_input();
    let cancelled = || cancel.was_asked();
    let dataset = input::read_with(&arguments.data, &ReadOptions::new(&stdin, &cancelled))?;
    let preview = preview(&dataset, arguments.count, 0, &prompts)?;
    let columns: Vec<_> =
        dataset.columns.iter().map(|one| column::Summary::of(&dataset, one)).collect();
    let report = report::Report {
        dataset: &dataset,
        columns: &columns,
        preview: &preview,
        prompts: arguments.prompts,
    };
    if arguments.json {
        context.ui.json(&report.json())?;
    } else {
        report.print(context.ui)?;
    }
    Ok(Exit::Done)
}

/// Prompts as the configured provider would be sent them; where that is none, as any would.
fn prompts(context: &Context<'_>) -> Result<Prompts, CliError> {
    let configuration = context.configuration(&[])?;
    let settings = configuration.settings();
    let own = settings.provider(&settings.defaults.provider);
    let llm = own.map_or_else(LlmSettings::default, |own| {
        compose::llm_settings(own, persona_core::provider::Sampling::default())
    });
    Prompts::new(llm).map_err(|error| CliError::from_error(Exit::Failed, "prompt", &error))
}

fn count(text: &str) -> Result<Count, String> {
    if text == "auto" {
        return Ok(Count::Auto);
    }
    let number = text.parse::<NonZeroUsize>();
    number
        .map(Count::Exactly)
        .map_err(|_reason| "neither `auto` nor a whole number above 0".to_owned())
}
