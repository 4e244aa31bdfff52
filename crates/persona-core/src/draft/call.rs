//! A call as the record keeps it: one question to a model with all its tries, and no word of what was said.

use serde::Serialize;

use crate::provider::{Answer, Exchange, ProviderError, TokenCount, Try};

/// One question to a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// 0-based number of the group it is about.
    pub segment: usize,
    /// Why it was asked.
    pub purpose: Purpose,
    /// How it ended.
    pub outcome: CallOutcome,
    /// `sha256:HEX` of the body of the last request.
    pub request_hash: Option<String>,
    /// `sha256:HEX` of the body of the last response.
    pub response_hash: Option<String>,
    /// The id that the provider gave its answer.
    pub id: Option<String>,
    /// The model as it named itself.
    pub model: Option<String>,
    /// The vendor's word for the state of its system.
    pub fingerprint: Option<String>,
    /// Why the answer ended, in the vendor's word.
    pub finish_reason: Option<String>,
    /// Requests sent.
    pub attempts: usize,
    /// From the first request to the last byte, without the waits between.
    pub latency_ms: u64,
    /// Tokens, as the provider counted them.
    pub tokens: TokenCount,
    /// Rows of the group that the prompt shows.
    pub rows_shown: usize,
    /// Rows of the group that were left out for want of room.
    pub rows_left_out: usize,
    /// Every request.
    pub tries: Vec<Try>,
}

/// Why a question was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To get a draft.
    Draft,
    /// To mend an answer that did not have the form asked for.
    Repair,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallOutcome {
    /// With an answer of the form asked for.
    Completed,
    /// With an answer that is not JSON.
    InvalidJson,
    /// With JSON that does not fit the schema.
    SchemaViolation,
    /// With an answer that was cut off.
    Truncated,
    /// The model declined.
    Refused,
    /// The provider gave no answer.
    Failed,
    /// The run was called off.
    Cancelled,
}

impl Call {
    /// What an exchange leaves on record.
    pub(super) fn of(segment: usize, purpose: Purpose, exchange: &Exchange) -> Self {
        let last = exchange.tries.last();
        let nothing = Answer::default();
        let answer = match &exchange.answer {
            Ok(answer) => answer,
            Err(ProviderError::Truncated { part }) => part,
            Err(ProviderError::Refused { reply, .. }) => reply,
            Err(_no_answer) => &nothing,
        };
        Self {
            segment,
            purpose,
            outcome: outcome(exchange),
            request_hash: last.map(|last| last.request_hash.clone()),
            response_hash: last.and_then(|last| last.response_hash.clone()),
            id: answer.id.clone(),
            model: answer.model.clone(),
            fingerprint: answer.fingerprint.clone(),
            finish_reason: answer.finish_reason.clone(),
            attempts: exchange.tries.len(),
            latency_ms: exchange.tries.iter().map(|one| one.latency_ms).sum(),
            tokens: answer.tokens,
            rows_shown: 0,
            rows_left_out: 0,
            tries: exchange.tries.clone(),
        }
    }
}

fn outcome(exchange: &Exchange) -> CallOutcome {
    match &exchange.answer {
        Ok(_) => CallOutcome::Completed,
        Err(ProviderError::Truncated { .. }) => CallOutcome::Truncated,
        Err(ProviderError::Refused { .. }) => CallOutcome::Refused,
        Err(ProviderError::Cancelled) => CallOutcome::Cancelled,
        Err(
            ProviderError::Unreachable { .. }
            | ProviderError::Cut { .. }
            | ProviderError::TimedOut { .. }
            | ProviderError::KeyRefused { .. }
            | ProviderError::RateLimited { .. }
            | ProviderError::Rejected { .. }
            | ProviderError::ServerFailed { .. }
            | ProviderError::Unintelligible { .. },
        ) => CallOutcome::Failed,
    }
}
