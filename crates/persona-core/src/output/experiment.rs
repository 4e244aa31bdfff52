//! `experiment.jsonl`: what happened during a run, one event a line, in the order it happened.

use super::staging::OutputError;
use crate::draft::{Call, CallOutcome, Purpose};
use crate::provider::TokenCount;
use serde::Serialize;

/// Collects events; times come in as RFC 3339 text.
#[derive(Clone, Debug, Default)]
pub struct Experiment {
    lines: Vec<Line>,
}

#[derive(Clone, Debug, Serialize)]
struct Line {
    time: String,
    #[serde(flatten)]
    event: Event,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The data were read.
    DataLoaded {
        /// `sha256:HEX`.
        data_hash: String,
        /// Accepted rows.
        records: u64,
        /// Rows left out.
        skipped: u64,
        /// Columns.
        columns: usize,
    },
    /// Rows were grouped.
    SegmentsFound {
        /// Groups.
        segments: usize,
        /// Mean silhouette.
        silhouette: f64,
        /// Of the structure test; none when there was nothing to test.
        p_value: Option<f64>,
    },
    /// Writing began.
    GenerationStarted {
        /// Who writes.
        provider: String,
        /// With which model.
        model: String,
        /// Number asked for; none for `auto`.
        count: Option<usize>,
        /// Seed of samples and shuffles.
        seed: u64,
    },
    /// A model was asked.
    ProviderCall {
        /// 0-based number of the group.
        segment: usize,
        /// Why.
        purpose: Purpose,
        /// How it ended.
        outcome: CallOutcome,
        /// Requests sent.
        attempts: usize,
        /// Without the waits between requests.
        latency_ms: u64,
        /// As the provider counted them.
        tokens: TokenCount,
    },
    /// A persona was made.
    PersonaCreated {
        /// `persona-001` …
        persona: String,
        /// Its title.
        title: String,
        /// Rows behind it.
        size: usize,
    },
    /// A segment gave no persona.
    SegmentFailed {
        /// 0-based.
        segment: usize,
        /// Why.
        message: String,
    },
    /// A file was written.
    OutputWritten {
        /// Relative to the output folder.
        path: String,
        /// Hexadecimal.
        sha256: String,
    },
}

impl Event {
    /// What is noted of a call.
    pub fn called(call: &Call) -> Self {
        Self::ProviderCall {
            segment: call.segment,
            purpose: call.purpose,
            outcome: call.outcome,
            attempts: call.attempts,
            latency_ms: call.latency_ms,
            tokens: call.tokens,
        }
    }
}

impl Experiment {
    /// Notes an event.
    pub fn push(&mut self, time: impl Into<String>, event: Event) {
        self.lines.push(Line { time: time.into(), event });
    }

    /// The file.
    ///
    /// # Errors
    /// [`OutputError::Unserializable`], which no event causes.
    pub fn to_jsonl(&self) -> Result<Vec<u8>, OutputError> {
        let mut bytes = Vec::new();
        for line in &self.lines {
            serde_json::to_writer(&mut bytes, line).map_err(|source| {
                OutputError::Unserializable { name: "experiment.jsonl".to_owned(), source }
            })?;
            bytes.push(b'\n');
        }
        Ok(bytes)
    }
}
