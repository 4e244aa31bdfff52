//! What a reply says, read from its status and its bytes alone.

use persona_core::provider::{Answer, ProviderError, TokenCount};
use serde_json::Value;

use super::NAME;
use crate::http::{Reading, Reply, Standing, Trouble, Words, redirected};

/// What a reply says.
#[derive(Debug)]
pub(super) enum Said {
    Answer(Answer),
    Truncated(Answer),
    Refused {
        reason: String,
        reply: Answer,
    },
    Unintelligible(String),
    KeyRefused(String),
    /// An error that names the form of structured output.
    FormRefused(String),
    Rejected(String),
    RateLimited(String),
    Failed(String),
}

impl Said {
    pub(super) fn into_reading(self, status: u16) -> Reading {
        let provider = NAME.to_owned();
        Reading::Final(match self {
            Self::Answer(answer) => return Reading::Answer(answer),
            Self::RateLimited(message) => return Reading::Later(Trouble::RateLimited(message)),
            Self::Failed(message) => {
                return Reading::Later(Trouble::ServerFailed { status, message });
            }
            Self::Truncated(part) => ProviderError::Truncated { part: Box::new(part) },
            Self::Refused { reason, reply } => {
                ProviderError::Refused { reason, reply: Box::new(reply) }
            }
            Self::Unintelligible(reason) => ProviderError::Unintelligible { provider, reason },
            Self::KeyRefused(message) => ProviderError::KeyRefused { provider, status, message },
            Self::FormRefused(message) | Self::Rejected(message) => {
                ProviderError::Rejected { provider, status, message }
            }
        })
    }
}

/// Reads a whole reply, or the part that came of an error.
pub(super) fn from_response(reply: &Reply, words: Words<'_>) -> Said {
    match Standing::of(reply.status) {
        Standing::Success => answer(&reply.body, words).unwrap_or_else(Said::Unintelligible),
        Standing::Redirect => Said::Rejected(words.short(&redirected(reply))),
        standing @ (Standing::KeyRefused
        | Standing::RateLimited
        | Standing::Failed
        | Standing::Rejected) => error(standing, &reply.body, words),
    }
}

fn error(standing: Standing, body: &[u8], words: Words<'_>) -> Said {
    let text = String::from_utf8_lossy(body);
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let json = json.as_ref();
    let about = Error { fields: json.and_then(|json| json.get("error")), text: &text };
    let message = about.message(words);
    match standing {
        Standing::KeyRefused => Said::KeyRefused(message),
        Standing::RateLimited if about.is("insufficient_quota") => Said::Rejected(message),
        Standing::RateLimited => Said::RateLimited(message),
        _ if about.names_form() => Said::FormRefused(message),
        Standing::Failed => Said::Failed(message),
        Standing::Success | Standing::Redirect | Standing::Rejected => Said::Rejected(message),
    }
}

/// An error as this API writes it, or any other text in its place.
struct Error<'a> {
    fields: Option<&'a Value>,
    text: &'a str,
}

impl Error<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields?.get(name)?.as_str()
    }

    fn message(&self, words: Words<'_>) -> String {
        let plain = self.fields.and_then(Value::as_str);
        let message = words.short(self.field("message").or(plain).unwrap_or(self.text));
        if message.is_empty() { "it gives no reason".to_owned() } else { message }
    }

    /// Whether its kind or its code is this word.
    fn is(&self, word: &str) -> bool {
        ["type", "code"].iter().any(|name| self.field(name) == Some(word))
    }

    /// Whether it is about the form of structured output. Servers of another make have no fields.
    fn names_form(&self) -> bool {
        let fields = ["message", "param", "code"].map(|name| self.field(name).unwrap_or_default());
        let names = |text: &str| text.contains("response_format") || text.contains("json_schema");
        match self.fields {
            Some(Value::Object(_)) => fields.into_iter().any(names),
            _ => names(self.text),
        }
    }
}

/// The error is what is wrong with the body.
fn answer(body: &[u8], words: Words<'_>) -> Result<Said, String> {
    let text = str::from_utf8(body).map_err(|_invalid| "it is not UTF-8".to_owned())?;
    if text.trim_start().starts_with('<') {
        return Err(format!("a page instead of JSON: {}", words.short(text)));
    }
    let json: Value = serde_json::from_str(text)
        .map_err(|error| format!("no JSON ({error}): {}", words.short(text)))?;
    let about = json.get("error").filter(|error| !error.is_null());
    if let Some(fields) = about {
        let message = Error { fields: Some(fields), text }.message(words);
        return Err(format!("an error in the place of an answer: {message}"));
    }
    let choice = json.pointer("/choices/0").ok_or("there is no choices[0] in it")?;
    said(choice, from(&json, choice, words), words)
}

fn said(choice: &Value, answer: Answer, words: Words<'_>) -> Result<Said, String> {
    let message = choice.get("message").ok_or("there is no choices[0].message in it")?;
    if let Some(refusal) = string(message, "refusal").filter(|refusal| !refusal.is_empty()) {
        return Ok(Said::Refused { reason: words.short(refusal), reply: answer });
    }
    match answer.finish_reason.as_deref() {
        Some("content_filter") => {
            let reason = "the provider's content filter stopped it".to_owned();
            return Ok(Said::Refused { reason, reply: answer });
        }
        Some("length") => return Ok(Said::Truncated(answer)),
        _ => {}
    }
    let calls = message.get("tool_calls").and_then(Value::as_array);
    if calls.is_some_and(|calls| !calls.is_empty()) {
        return Err("it calls a tool, and none was offered".to_owned());
    }
    let text = string(message, "content").ok_or("there is no text in choices[0].message")?;
    if text.trim().is_empty() {
        return Err("its text is empty".to_owned());
    }
    Ok(Said::Answer(Answer { text: words.answer(text.to_owned()), ..answer }))
}

/// All but the text.
fn from(json: &Value, choice: &Value, words: Words<'_>) -> Answer {
    let short = |value: Option<&str>| value.map(|text| words.short(text));
    let tokens = |name: &str| {
        let count = json.get("usage").and_then(|usage| usage.get(name));
        count.and_then(Value::as_u64).unwrap_or_default()
    };
    Answer {
        text: String::new(),
        id: short(string(json, "id")),
        model: short(string(json, "model")),
        fingerprint: short(string(json, "system_fingerprint")),
        finish_reason: short(string(choice, "finish_reason")),
        tokens: TokenCount { input: tokens("prompt_tokens"), output: tokens("completion_tokens") },
    }
}

fn string<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}
