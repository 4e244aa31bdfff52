//! The options that say how a model is asked.

use clap::Args;
use persona_core::provider::Sampling;

use crate::{
    config::{Configuration, Flag, Key},
    context::Context,
    error::CliError,
    exit::Exit,
};

/// Greatest temperature any vendor takes.
const HOTTEST: f64 = 2.0;

/// How a model is asked.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Asking a model")]
pub(crate) struct Asking {
    /// Where the provider answers [default: `providers.NAME.base_url`]
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// How freely the model chooses its words, 0 to 2; not sent unless given
    #[arg(long, value_name = "T", value_parser = temperature)]
    temperature: Option<f64>,
    /// The most tokens an answer may have; not sent unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    max_tokens: Option<u64>,
    /// How many groups are asked about at once [default: providers.NAME.concurrency]
    #[arg(long, value_name = "N")]
    concurrency: Option<String>,
}

impl Asking {
    /// Joins the options of whichever provider `flags` and files choose into the configuration.
    pub(crate) fn configuration(
        &self,
        context: &Context<'_>,
        flags: &[Flag<'_>],
    ) -> Result<Configuration, CliError> {
        let configuration = context.configuration(flags)?;
        let provider = &configuration.settings().defaults.provider;
        let own = [
            ("--base-url", "base_url", self.base_url.as_deref()),
            ("--concurrency", "concurrency", self.concurrency.as_deref()),
        ];
        let mut flags = flags.to_vec();
        for (name, setting, text) in own {
            let Some(text) = text else { continue };
            let Some(key) = Key::find(&format!("providers.{provider}.{setting}")) else {
                return Err(not_asked(name, provider));
            };
            flags.push(Flag { name, key: key.name, text });
        }
        context.configuration(&flags)
    }

    /// Returns what shapes an answer.
    pub(crate) fn sampling(&self, seed: Option<u64>) -> Sampling {
        Sampling { temperature: self.temperature, max_tokens: self.max_tokens, seed }
    }
}

fn temperature(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=HOTTEST).contains(&number) => Ok(number),
        Ok(_) | Err(_) => Err(format!("not a number from 0 to {HOTTEST}")),
    }
}

fn not_asked(flag: &str, provider: &str) -> CliError {
    let message = format!("`{flag}` is for models; the provider `{provider}` asks none");
    CliError::new(Exit::Usage, "no-model-to-ask", message)
        .hint("name a provider: `-p openai -m MODEL`")
}
