//! The configuration with its types, as the commands use it.

use std::{num::NonZeroU32, path::PathBuf};

use serde::Deserialize;

/// Every setting, by section.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Settings {
    pub(crate) audit: AuditSettings,
    /// Nothing of it is set unless the user sets it.
    #[serde(default)]
    pub(crate) data: DataSettings,
    pub(crate) defaults: DefaultSettings,
}

/// What the audit log does.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "one member for each documented key")]
pub(crate) struct AuditSettings {
    pub(crate) enabled: bool,
    pub(crate) store: StoreName,
    pub(crate) store_path: PathBuf,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StoreName {
    Sqlite,
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
    pub(crate) model: Option<String>,
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
