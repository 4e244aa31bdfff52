//! What a run says of itself: the typed bodies of its opening and closing events.
//!
//! Members are named as the record names them (docs/audit-format.md); providers and models are
//! strings here, this crate knows nothing of either.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::canonical::tame;

pub(crate) mod events;

/// Everything known when a run is opened: its input, and what was asked for.
#[derive(Clone, Debug, Serialize)]
pub struct Opening {
    /// The version of the tool.
    pub tool_version: String,
    /// Who ran it, where.
    pub session: Session,
    /// What was read.
    pub input: Input,
    /// What was asked for.
    pub generation: Generation,
    /// The seed of every random choice.
    pub reproducibility: Requested,
}

/// Who ran the tool, where. All but `environment`, `runtime` and `python_version` identify.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Session {
    /// `audit.user`, `$PERSONA_USER` or the login name.
    pub user: Option<String>,
    /// Operating system and processor, as in `linux-x86_64`.
    pub environment: String,
    /// The language runtime.
    pub runtime: String,
    /// Null until a Python binding fills it.
    pub python_version: Option<String>,
    /// The machine's name.
    pub host: Option<String>,
    /// The command line.
    pub command: Vec<String>,
    /// The folder that relative paths of this record start from.
    pub directory: Option<String>,
}

/// What was read.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Input {
    /// `sha256:HEX` of the file, or of the `HEX  PATH` lines of several.
    pub data_hash: String,
    /// The path as given; several are joined by `, `.
    pub data_path: String,
    /// The number of accepted data records.
    pub record_count: u64,
    /// `sha256:HEX` of the first ten accepted records.
    pub data_preview_hash: String,
    /// `csv`, `tsv`, …
    pub format: String,
    /// The bytes read.
    pub bytes: u64,
    /// The columns' names.
    pub columns: Vec<String>,
    /// Each file read.
    pub sources: Vec<Source>,
    /// How much text was kept of an input too big to keep all; null when all was.
    pub sampling: Option<Sampling>,
    /// The licence of the data, as the user named it.
    pub licence: Option<String>,
    /// Where the data came from, as the user named it.
    pub source: Option<String>,
}

/// One file read.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// The path as given.
    pub path: String,
    /// The hex SHA-256 of its bytes.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// The data records accepted from it.
    pub records: u64,
}

/// How much of the data's text was kept. Columns are named by their position in `columns`, from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sampling {
    /// The rows whose text was kept.
    pub text_rows: u64,
    /// The rows in all.
    pub of: u64,
    /// The seed that drew them.
    pub seed: u64,
    /// The columns whose text was kept of these rows only.
    pub columns: Vec<u64>,
    /// Those of them whose numbers were kept of every row.
    pub numbers: Vec<u64>,
    /// Those of them whose numbers were rounded to single precision.
    pub rounded: Vec<u64>,
}

/// What was asked for.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Generation {
    /// The provider's name.
    pub provider: String,
    /// The model's name.
    pub model: String,
    /// The sampling temperature, where the drafter has one.
    pub temperature: Option<f64>,
    /// The most tokens an answer may have, where the drafter has such a limit.
    pub max_tokens: Option<u64>,
    /// The prompt template's name.
    pub prompt_template: Option<String>,
    /// `sha256:HEX` of the template.
    pub prompt_template_hash: Option<String>,
    /// The number of personas asked for; null for `auto`.
    pub persona_count: Option<u64>,
    /// How people are grouped before drafting.
    pub strategy: String,
    /// Further settings.
    pub parameters: Map<String, Value>,
}

/// What was asked for that decides whether a run can be repeated.
#[derive(Clone, Debug, Serialize)]
pub struct Requested {
    /// The seed, 0…2^53−1.
    pub seed: u64,
}

/// Everything known when a run has ended well.
#[derive(Clone, Debug, Serialize)]
pub struct Completion {
    /// What was really used.
    pub generation: Used,
    /// What was written.
    pub output: Output,
    /// How good it is.
    pub quality: Quality,
    /// Whether and how it can be repeated.
    pub reproducibility: Reproducibility,
}

/// What was really used.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Used {
    /// The model as it named itself.
    pub model_version: Option<String>,
    /// `sha256:HEX` of the prompt, or of the embedded drafter's canonical settings.
    pub prompt_hash: String,
}

/// What was written.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Output {
    /// `sha256:HEX` of `personas.json`.
    pub personas_hash: String,
    /// The output folder, as given.
    pub output_path: String,
    /// From reading the input to the finished folder.
    pub generation_time_ms: u64,
    /// The number of personas made.
    pub persona_count: u64,
    /// Every file of the folder that the attestation covers, in bytewise path order.
    pub files: Vec<OutputFile>,
    /// Tokens, where a model counted them.
    pub tokens: Tokens,
    /// When the folder was finished.
    pub completed_at: String,
}

/// One file of the output folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutputFile {
    /// The path inside the folder.
    pub path: String,
    /// The hex SHA-256 of its bytes.
    pub sha256: String,
}

/// Tokens, where a model counted them.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Tokens {
    /// Tokens sent.
    pub input: u64,
    /// Tokens received.
    pub output: u64,
}

/// How good the personas are, as computed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Quality {
    /// Whether every check held.
    pub validation_passed: bool,
    /// Scores in [0, 1] by name.
    pub quality_scores: BTreeMap<String, f64>,
    /// What a reader should know, as JSON objects `{code, severity, message, …}`.
    pub issues: Vec<Value>,
}

/// Whether and how a run can be repeated.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Reproducibility {
    /// Whether the same input and settings give the same bytes.
    pub deterministic: bool,
    /// The ids that the provider gave its answers.
    pub api_call_ids: Vec<String>,
    /// Each call, as a JSON object.
    pub calls: Vec<Value>,
}

/// How a run ended badly.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// A stable word: `cancelled`, `output`, …
    pub code: String,
    /// What a person reads.
    pub message: String,
    /// Where in the pipeline.
    pub stage: String,
    /// What was asked of models until then; a member of its own in the record.
    #[serde(skip)]
    pub reproducibility: Option<Reproducibility>,
}

/// Returns the members of a body as JSON that can be stored whatever its values are.
pub(crate) fn members(body: &impl Serialize) -> Result<Map<String, Value>, serde_json::Error> {
    let body = tame(serde_json::to_value(body)?);
    Ok(if let Value::Object(members) = body { members } else { Map::new() })
}
