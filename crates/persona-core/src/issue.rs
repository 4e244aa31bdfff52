//! What a run has to say about its data and its personas, in one list.

use serde::{Deserialize, Serialize};

/// One remark of a run; the list is the record's `quality.issues` and `generate --json`'s `findings`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// What kind of remark this is.
    pub code: IssueCode,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence for people.
    pub message: String,
    /// Id of the persona it is about.
    pub persona: Option<String>,
    /// Name of the source it is about.
    pub source: Option<String>,
    /// 1-based number of the data record it is about.
    pub record: Option<u64>,
}

/// The kinds of remark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssueCode {
    /// The data show no groups beyond chance.
    NoStructure,
    /// Too few people to say much.
    SmallSample,
    /// A bad row was left out.
    RowSkipped,
    /// A file of a folder was left out.
    FileSkipped,
    /// The input is so big that words were kept of a sample of its rows.
    TextSampled,
    /// A quote stands in no row and was removed.
    QuoteNotInData,
    /// A quote differs from its row and is shown as a paraphrase.
    QuoteParaphrased,
    /// A statement names no evidence that holds.
    StatementUnsupported,
    /// No persona could be made of a segment.
    SegmentFailed,
}

/// How much a remark matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Changes how far the result can be trusted.
    Warning,
    /// Something is wrong or missing.
    Error,
}

impl Issue {
    /// A remark about the run as a whole.
    pub fn new(code: IssueCode, severity: Severity, message: impl Into<String>) -> Self {
        Self { code, severity, message: message.into(), persona: None, source: None, record: None }
    }

    /// The same remark, about one persona.
    #[must_use]
    pub fn about(self, persona: &str) -> Self {
        Self { persona: Some(persona.to_owned()), ..self }
    }

    /// The same remark, pointing at a data record.
    #[must_use]
    pub fn at(self, source: &str, record: u64) -> Self {
        Self { source: Some(source.to_owned()), record: Some(record), ..self }
    }
}
