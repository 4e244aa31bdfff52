//! `metadata.json`: how the run was set up, where it ran, how long it took. No user, host, command line
//! or absolute path stands in it.

use super::staging::OutputError;
use crate::issue::Issue;
use crate::persona::DigitalSourceType;
use crate::provider::TokenCount;
use crate::quality::Quality;
use crate::segment::Structure;
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything in `metadata.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Metadata {
    /// `persona.metadata/1`.
    pub schema: &'static str,
    /// Always true.
    pub ai_generated: bool,
    /// How the words came about.
    pub digital_source_type: DigitalSourceType,
    /// Version of persona.
    pub tool_version: String,
    /// `recorded`, or `disabled` for a run that leaves no record.
    pub audit: &'static str,
    /// The audit record, when there is one.
    pub audit_id: Option<String>,
    /// Settings of the run.
    pub configuration: Configuration,
    /// Where it ran.
    pub environment: Environment,
    /// How long it took.
    pub timing: Timing,
    /// Tokens as the provider counted them; zero for the embedded drafter.
    pub tokens: TokenCount,
    /// The structure test; none when there was nothing to test.
    pub structure: Option<Structure>,
    /// Scores and verdict.
    pub quality: Quality,
    /// Remarks.
    pub issues: Vec<Issue>,
    /// SHA-256 of the files written before this one, by path.
    pub checksums: BTreeMap<String, String>,
}

/// Settings of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Configuration {
    /// `embedded`, or a vendor.
    pub provider: String,
    /// Its model.
    pub model: String,
    /// Number of personas asked for; none for `auto`.
    pub count: Option<usize>,
    /// Seed of samples and shuffles.
    pub seed: u64,
    /// `sha256:HEX` of the data.
    pub data_hash: String,
    /// Names of the sources, never paths.
    pub sources: Vec<String>,
    /// Column names and kinds.
    pub columns: Vec<(String, crate::input::ColumnKind)>,
    /// How much text was kept of a big input; none when all was.
    pub sampling: Option<crate::input::Sampling>,
    /// Settings of the drafter.
    pub drafter: serde_json::Value,
}

/// Where a run took place.
#[derive(Clone, Debug, Serialize)]
pub struct Environment {
    /// Such as `linux-x86_64`.
    pub platform: String,
    /// Such as `rust 1.95.0`.
    pub runtime: String,
}

/// When and how long.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339.
    pub completed_at: String,
    /// From start to here.
    pub generation_time_ms: u64,
}

impl Metadata {
    /// The schema this version writes.
    pub const SCHEMA: &'static str = "persona.metadata/1";

    /// The file.
    ///
    /// # Errors
    /// [`OutputError::Unserializable`], which no metadata causes.
    pub fn to_json(&self) -> Result<Vec<u8>, OutputError> {
        super::pretty(self, "metadata.json")
    }
}
