//! The form an answer must have, and how one becomes a draft.

use jsonschema::Validator;
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};

use super::LlmError;
use crate::digest::sha256_named;
use crate::draft::{Brief, Draft};
use crate::persona::{Evidence, Statement, Support};
use crate::provider::AnswerSchema;

/// The schema, as sent and as checked here.
const SCHEMA: &str = include_str!("answer.schema.json");
/// The longest answer that is read.
const LONGEST: usize = 256 * 1024;
/// What of an unfit answer is shown to the model again, in bytes.
const SHOWN: usize = 8 * 1024;
/// Problems that are named.
const NAMED: usize = 8;
/// The longest description of one problem, in characters.
const PROBLEM: usize = 200;

/// The form an answer must have.
#[derive(Debug)]
pub(super) struct AnswerForm {
    schema: AnswerSchema,
    validator: Validator,
    hash: String,
}

/// What is wrong with an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// Whether it is JSON at all.
    pub(super) is_json: bool,
    /// What is wrong, in words a model understands too.
    pub(super) problems: Vec<String>,
}

/// An answer of the right form; what it says is not believed yet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonaAnswer {
    title: String,
    summary: String,
    goals: Vec<Claim>,
    pain_points: Vec<Claim>,
    behaviours: Vec<Claim>,
    motivations: Vec<Claim>,
    quotes: Vec<Quoted>,
}

/// A statement and the words it claims to rest on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    text: String,
    #[serde(deserialize_with = "row")]
    row: u64,
    quote: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Quoted {
    #[serde(deserialize_with = "row")]
    row: u64,
    quote: String,
}

impl AnswerForm {
    pub(super) fn new() -> Result<Self, LlmError> {
        let refused = |reason: String| LlmError::Schema { reason };
        let schema: Value =
            serde_json::from_str(SCHEMA).map_err(|error| refused(error.to_string()))?;
        let validator =
            jsonschema::validator_for(&schema).map_err(|error| refused(error.to_string()))?;
        let hash = sha256_named(SCHEMA.as_bytes());
        Ok(Self { schema: AnswerSchema { name: "persona", schema }, validator, hash })
    }

    pub(super) fn schema(&self) -> &AnswerSchema {
        &self.schema
    }

    /// `sha256:HEX` of the schema's file.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// Reads an answer; a fence around it is forgiven, nothing else.
    pub(super) fn read(&self, text: &str) -> Result<PersonaAnswer, Misfit> {
        if text.len() > LONGEST {
            let problem =
                format!("the answer has {} bytes; at most {LONGEST} are read", text.len());
            return Err(Misfit { is_json: false, problems: vec![problem] });
        }
        let value: Value = serde_json::from_str(unfenced(text)).map_err(|error| Misfit {
            is_json: false,
            problems: vec![format!("the answer is not JSON: {error}")],
        })?;
        let problems: Vec<String> =
            self.validator.iter_errors(&value).take(NAMED).map(|error| problem(&error)).collect();
        if !problems.is_empty() {
            return Err(Misfit { is_json: true, problems });
        }
        serde_json::from_value(value)
            .map_err(|error| Misfit { is_json: true, problems: vec![error.to_string()] })
    }
}

impl PersonaAnswer {
    /// The answer as a draft: each row number becomes a place in the data, each support only a claim.
    pub(super) fn into_draft(self, brief: &Brief<'_>, model: &str) -> Draft {
        let claims = |claims: Vec<Claim>| {
            let claims = claims.into_iter();
            claims.map(|claim| statement(brief, &claim.text, claim.row, claim.quote)).collect()
        };
        Draft {
            name: format!("Persona {}", brief.index + 1),
            title: one_line(&self.title),
            summary: one_line(&self.summary),
            goals: claims(self.goals),
            pain_points: claims(self.pain_points),
            behaviours: claims(self.behaviours),
            motivations: claims(self.motivations),
            quotes: self
                .quotes
                .into_iter()
                .map(|quoted| statement(brief, &quoted.quote.clone(), quoted.row, quoted.quote))
                .collect(),
            caveats: vec![format!(
                "Title, summary and the wording of statements are the model's ({model}); counts and quotes were \
                 checked against the rows, title and summary were not."
            )],
        }
    }
}

/// A claim about the row that the prompt called `row`; a number that is no row names no source.
fn statement(brief: &Brief<'_>, text: &str, row: u64, quote: String) -> Statement {
    let place = usize::try_from(row).ok().and_then(|row| row.checked_sub(1));
    let place = place.and_then(|row| brief.dataset.place(row));
    let (source, record) =
        place.map_or((String::new(), row), |(source, record)| (source.to_owned(), record));
    let evidence = Evidence { source, record, field: String::new(), quote, span: [0, 0] };
    Statement { text: one_line(text), evidence: vec![evidence], support: Support::Unsupported }
}

/// JSON Schema takes `3.0` for an integer; a number too large for a row is no row.
fn row<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let written = number.as_u64().or_else(|| number.to_string().strip_suffix(".0")?.parse().ok());
    Ok(written.unwrap_or(0))
}

/// What stands inside ```` ```json … ``` ````, or the text itself.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    inner.map_or(text, |inner| inner.trim_start_matches("json").trim())
}

/// The beginning of an answer, for the model to see again.
pub(super) fn shortened(text: &str) -> String {
    let mut end = text.len().min(SHOWN);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

fn problem(error: &jsonschema::ValidationError<'_>) -> String {
    let place = error.instance_path().to_string();
    let place = if place.is_empty() { "the answer".to_owned() } else { place };
    format!("{place}: {error}").chars().take(PROBLEM).collect()
}

/// Words in one line, without control characters.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
