//! The configuration with its types, as the commands use it.

use std::{collections::BTreeMap, num::NonZeroU32, path::PathBuf, time::Duration};

use clap::ValueEnum;
use persona_audit::DatabaseUrl;
use serde::{Deserialize, Deserializer};

use super::base_url::BaseUrl;

/// Every setting, by section.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Settings {
    pub(crate) audit: AuditSettings,
    /// Nothing of it is set unless the user sets it.
    #[serde(default)]
    pub(crate) data: DataSettings,
    pub(crate) defaults: DefaultSettings,
    providers: BTreeMap<String, ProviderSettings>,
    /// The model to ask the provider for, whichever layer or key names it.
    #[serde(skip)]
    pub(crate) model: Option<String>,
    /// The file and line of the project that chose the provider, where a project did.
    #[serde(skip)]
    pub(crate) provider_from_project: Option<String>,
}

impl Settings {
    /// Returns the settings of a provider; the embedded one has none.
    pub(crate) fn provider(&self, name: &str) -> Option<&ProviderSettings> {
        self.providers.get(name)
    }
}

/// What the audit log does.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "one member for each documented key")]
pub(crate) struct AuditSettings {
    pub(crate) enabled: bool,
    pub(crate) store: StoreName,
    pub(crate) store_path: PathBuf,
    #[serde(default, deserialize_with = "database_url")]
    pub(crate) database_url: Option<DatabaseUrl>,
    pub(crate) log: String,
    pub(crate) retention_days: u32,
    pub(crate) retention_floor: RetentionFloor,
    pub(crate) include_prompts: bool,
    pub(crate) include_outputs: bool,
    pub(crate) user: String,
    pub(crate) key_path: PathBuf,
    pub(crate) sign_records: bool,
    pub(crate) origin: Option<String>,
    pub(crate) attest_identity: bool,
}

/// The stores of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StoreName {
    /// One SQLite file
    Sqlite,
    /// A folder of JSON files
    Json,
    /// A PostgreSQL database
    Postgres,
}

impl StoreName {
    /// Returns the name as the configuration spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Json => "json",
            Self::Postgres => "postgres",
        }
    }
}

/// What keeps a record beyond its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RetentionFloor {
    /// Six calendar months.
    Calendar,
    /// Nothing.
    None,
}

/// What is known about the data.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct DataSettings {
    pub(crate) licence: Option<String>,
    pub(crate) source: Option<String>,
}

/// What `generate` does when it is not told.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct DefaultSettings {
    pub(crate) provider: String,
    pub(crate) count: Count,
    pub(crate) format: Vec<OutputFormat>,
    /// Relative to the current folder.
    pub(crate) output: PathBuf,
}

/// How many personas to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Count {
    /// As many as the data shows.
    Auto,
    Exactly(NonZeroU32),
}

impl TryFrom<String> for Count {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::Exactly) }
    }
}

/// A form each persona can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OutputFormat {
    Json,
    Md,
}

/// How a provider is asked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct ProviderSettings {
    pub(crate) base_url: BaseUrl,
    /// The provider's own model; [`Settings::model`] is the one that is asked for.
    pub(crate) model: Option<String>,
    pub(crate) structured_output: StructuredOutput,
    /// How many the model takes at once, or a budget that any takes where nobody said.
    #[serde(default = "context_tokens")]
    pub(crate) context_tokens: u32,
    #[serde(rename = "request_timeout_seconds", deserialize_with = "seconds")]
    pub(crate) request_timeout: Duration,
    #[serde(rename = "retry_budget_seconds", deserialize_with = "seconds")]
    pub(crate) retry_budget: Duration,
    pub(crate) concurrency: NonZeroU32,
}

impl Settings {
    /// Returns what must be known before the provider of this run is asked for the first time.
    pub(crate) fn provider_warnings(&self) -> Vec<String> {
        let name = &self.defaults.provider;
        let Some(provider) = self.provider(name) else { return Vec::new() };
        let chosen = self.provider_from_project.as_ref().map(|place| {
            let address = provider.base_url.as_str();
            format!("{place} chooses the provider `{name}`: the data goes to {address}")
        });
        chosen.into_iter().chain(provider.base_url.warning()).collect()
    }
}

/// How the form of an answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StructuredOutput {
    /// `json_schema`, and less where that is refused.
    Auto,
    JsonSchema,
    JsonObject,
    None,
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

fn database_url<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DatabaseUrl>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(DatabaseUrl::new))
}

fn context_tokens() -> u32 {
    8192
}
