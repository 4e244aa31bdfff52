//! What a model answers, in the words of Chat Completions.

use serde_json::{Value, json};

use super::server::Answer;

/// A persona as a model writes it: every statement is held against the schema, none is true of any row.
pub(crate) fn persona(title: &str) -> Value {
    let claim = json!({"text": "They keep notes.", "row": 1, "quote": "I want to keep every note in one place"});
    json!({
        "title": title,
        "summary": "People who keep their notes in one place, or would like to.",
        "goals": [claim],
        "pain_points": [],
        "behaviours": [],
        "motivations": [],
        "quotes": [{"row": 1, "quote": "I want to keep every note in one place"}],
    })
}

/// A good answer.
pub(crate) fn good(title: &str) -> Answer {
    saying(&persona(title).to_string())
}

/// A whole answer with any text.
pub(crate) fn saying(content: &str) -> Answer {
    choosing(&json!({"role": "assistant", "content": content}), "stop")
}

/// An answer with a message of any shape, and the reason why it ended.
pub(crate) fn choosing(message: &Value, finish_reason: &str) -> Answer {
    let body = json!({
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "model": "scripted-1",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 16, "total_tokens": 116},
    });
    Answer::json(200, &body.to_string())
}

/// An error in the vendor's words.
pub(crate) fn error(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"error": {"message": message}}).to_string())
}
