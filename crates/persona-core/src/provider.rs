//! A language model behind an API, as drafting sees it: one question, one answer, every try on record.
//!
//! persona-providers speaks to vendors; nothing here knows HTTP. What comes back is not trusted: the
//! drafter validates the text, and every claim in it is looked up in the rows.

use std::fmt::Debug;
use std::num::NonZeroUsize;

use serde::Serialize;
use serde_json::Value;

/// A language model that answers questions. Calls may come from several threads at once.
pub trait Provider: Debug + Send + Sync {
    /// The provider's name in the record, such as `openai`.
    fn name(&self) -> &str;

    /// The model that is asked for, such as `gpt-5.2`.
    fn model(&self) -> &str;

    /// Where questions go, without any secret; the record keeps it in its private half.
    fn address(&self) -> &str;

    /// What shapes a question beside its text, for the record: no secret, no address.
    fn settings(&self) -> Value;

    /// How many questions may be open at once.
    fn concurrency(&self) -> NonZeroUsize;

    /// Asks until there is an answer, a final refusal, or no time left; `cancelled` is asked often.
    ///
    /// An exchange that was cancelled still holds the tries made so far.
    fn ask(&self, question: &Question<'_>, cancelled: &(dyn Fn() -> bool + Sync)) -> Exchange;
}

/// What a model is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The conversation so far, the question last.
    pub messages: &'a [Message],
    /// What the answer must look like.
    pub schema: &'a AnswerSchema,
    /// How to sample; what is `None` is not sent.
    pub sampling: Sampling,
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The words.
    pub content: String,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions.
    System,
    /// The question.
    User,
    /// An earlier answer of the model.
    Assistant,
}

/// A JSON Schema with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerSchema {
    /// Letters, digits and `_`: some vendors want a name.
    pub name: &'static str,
    /// The schema (draft 2020-12), whole; a client leaves out keywords its vendor does not take.
    pub schema: Value,
}

/// Options of sampling. What is not set is not sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sampling {
    /// Usually 0 to 2.
    pub temperature: Option<f64>,
    /// The most tokens an answer may have.
    pub max_tokens: Option<u64>,
    /// For providers that promise to try to repeat themselves.
    pub seed: Option<u64>,
}

/// One question with all its tries and how it ended.
#[derive(Debug)]
pub struct Exchange {
    /// Every request that was sent or attempted, in order.
    pub tries: Vec<Try>,
    /// The answer, or why there is none.
    pub answer: Result<Answer, ProviderError>,
}

/// What a model answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The text, not trusted.
    pub text: String,
    /// The id the provider gave its answer, such as `chatcmpl-…`.
    pub id: Option<String>,
    /// The model as it names itself.
    pub model: Option<String>,
    /// The vendor's word for the state of its system, where it gives one.
    pub fingerprint: Option<String>,
    /// Why the answer ended, in the vendor's word.
    pub finish_reason: Option<String>,
    /// Tokens as the provider counted them.
    pub tokens: TokenCount,
}

/// Tokens as a provider counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TokenCount {
    /// Sent.
    pub input: u64,
    /// Received.
    pub output: u64,
}

/// One request and what came of it, for the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Try {
    /// `sha256:HEX` of the exact bytes of the request's body.
    pub request_hash: String,
    /// `sha256:HEX` of the exact bytes received as the response's body, also of a part of one; none
    /// when nothing came.
    pub response_hash: Option<String>,
    /// HTTP status.
    pub status: Option<u16>,
    /// The vendor's id of the request, from the response's headers.
    pub request_id: Option<String>,
    /// Which form of structured output was asked for: `json_schema`, `json_object` or `none`.
    pub structured_output: &'static str,
    /// What came of it.
    pub outcome: TryOutcome,
    /// From sending to the last byte.
    pub latency_ms: u64,
    /// How long to wait before the next try, where there was one.
    pub waited_ms: Option<u64>,
}

/// What came of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TryOutcome {
    /// A whole answer.
    Answered,
    /// The answer was cut off at the most tokens allowed.
    Truncated,
    /// The model declined.
    Refused,
    /// The server does not take this form of structured output; another is tried.
    StructuredOutputRefused,
    /// Too many requests.
    RateLimited,
    /// The key was refused.
    KeyRefused,
    /// The request was refused.
    Rejected,
    /// The server failed.
    ServerFailed,
    /// No connection could be made.
    Unreachable,
    /// The connection broke.
    Cut,
    /// Nothing came in time.
    TimedOut,
    /// What came is no answer of this API.
    Unintelligible,
    /// The run was called off.
    Cancelled,
}

/// Why a question has no answer. No variant holds a key; vendors' words are shortened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// No connection could be made, after every retry.
    #[error("{provider} cannot be reached at {address}: {reason}")]
    Unreachable {
        /// Name of the provider.
        provider: String,
        /// Where it was looked for.
        address: String,
        /// What the connection said.
        reason: String,
    },
    /// The connection broke in every try.
    #[error("the connection to {provider} broke: {reason}")]
    Cut {
        /// Name of the provider.
        provider: String,
        /// What the connection said.
        reason: String,
    },
    /// Nothing came in time.
    #[error("{provider} did not answer within {seconds} s")]
    TimedOut {
        /// Name of the provider.
        provider: String,
        /// The limit.
        seconds: u64,
    },
    /// The key was refused; trying again is of no use.
    #[error("{provider} refused the key (HTTP {status}): {message}")]
    KeyRefused {
        /// Name of the provider.
        provider: String,
        /// HTTP status.
        status: u16,
        /// The vendor's words.
        message: String,
    },
    /// Too many requests, until the time for retries was over.
    #[error("{provider} answered \"too many requests\" {}: {message}", how_often(*tries, *seconds))]
    RateLimited {
        /// Name of the provider.
        provider: String,
        /// Requests sent.
        tries: usize,
        /// Time spent.
        seconds: u64,
        /// The vendor's words.
        message: String,
    },
    /// The request was refused; trying again is of no use.
    #[error("{provider} refused the request (HTTP {status}): {message}")]
    Rejected {
        /// Name of the provider.
        provider: String,
        /// HTTP status.
        status: u16,
        /// The vendor's words.
        message: String,
    },
    /// The server failed in every try.
    #[error("{provider} failed {} (HTTP {status}): {message}", times(*tries))]
    ServerFailed {
        /// Name of the provider.
        provider: String,
        /// Requests sent.
        tries: usize,
        /// HTTP status of the last.
        status: u16,
        /// The vendor's words.
        message: String,
    },
    /// What came is no answer of this API.
    #[error("the answer of {provider} cannot be understood: {reason}")]
    Unintelligible {
        /// Name of the provider.
        provider: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The answer was cut off: half a persona is none.
    #[error("the model's answer was cut off{}", after(part.tokens.output))]
    Truncated {
        /// What came, without its text.
        part: Box<Answer>,
    },
    /// The model declined.
    #[error("the model declined to answer: {reason}")]
    Refused {
        /// Its words, or the vendor's.
        reason: String,
        /// What came, without its text.
        reply: Box<Answer>,
    },
    /// The run was called off.
    #[error("the question was called off")]
    Cancelled,
}

impl ProviderError {
    /// Whether asking about another group would end the same way.
    pub fn concerns_every_question(&self) -> bool {
        match self {
            Self::KeyRefused { .. } | Self::Unreachable { .. } | Self::Cancelled => true,
            Self::Cut { .. }
            | Self::TimedOut { .. }
            | Self::RateLimited { .. }
            | Self::Rejected { .. }
            | Self::ServerFailed { .. }
            | Self::Unintelligible { .. }
            | Self::Truncated { .. }
            | Self::Refused { .. } => false,
        }
    }
}

fn times(tries: usize) -> String {
    if tries == 1 { "once".to_owned() } else { format!("{tries} times") }
}

fn how_often(tries: usize, seconds: u64) -> String {
    if tries == 1 || seconds == 0 {
        times(tries)
    } else {
        format!("{} in {seconds} s", times(tries))
    }
}

/// Some servers count no tokens.
fn after(tokens: u64) -> String {
    if tokens == 0 { String::new() } else { format!(" after {tokens} tokens") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        let (provider, message) = (|| "openai".to_owned(), || "later".to_owned());
        let failed = |tries| ProviderError::ServerFailed {
            provider: provider(),
            tries,
            status: 503,
            message: message(),
        };
        assert_eq!(failed(1).to_string(), "openai failed once (HTTP 503): later");
        assert_eq!(failed(3).to_string(), "openai failed 3 times (HTTP 503): later");
        let limited = |tries| ProviderError::RateLimited {
            provider: provider(),
            tries,
            seconds: 7,
            message: message(),
        };
        assert_eq!(limited(1).to_string(), "openai answered \"too many requests\" once: later");
        let said = "openai answered \"too many requests\" 2 times in 7 s: later";
        assert_eq!(limited(2).to_string(), said);
        let cut = |output| ProviderError::Truncated {
            part: Box::new(Answer { tokens: TokenCount { input: 9, output }, ..Answer::default() }),
        };
        assert_eq!(cut(0).to_string(), "the model's answer was cut off");
        assert_eq!(cut(16).to_string(), "the model's answer was cut off after 16 tokens");
    }
}
