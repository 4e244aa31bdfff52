//! Data for tests of this crate.

use crate::draft::{Llm, LlmSettings};
use crate::input::{Dataset, read};
use crate::provider::{
    Answer, Exchange, Message, Provider, ProviderError, Question, TokenCount, Try, TryOutcome,
};
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// A dataset from delimited text.
pub(crate) fn dataset(text: &str) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    std::fs::File::create(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
        .unwrap();
    read(&[path], &|| false).unwrap()
}

/// A file of the repository's test data.
pub(crate) fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The survey every claim about honesty is tried on.
pub(crate) fn gazpacho() -> Dataset {
    read(&[repository("tests/data/bottled-gazpacho-survey.csv")], &|| false).unwrap()
}

/// A provider that gives what it was told to, in order, and keeps what it was asked.
#[derive(Debug, Default)]
pub(crate) struct Scripted {
    pub(crate) answers: Mutex<VecDeque<Result<String, ProviderError>>>,
    pub(crate) asked: Arc<Mutex<Vec<Vec<Message>>>>,
    pub(crate) concurrency: usize,
}

impl Scripted {
    pub(crate) fn new(answers: impl IntoIterator<Item = Result<String, ProviderError>>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().collect()), ..Self::default() }
    }

    pub(crate) fn drafter(self) -> Llm {
        Llm::new(Box::new(self), LlmSettings::default()).unwrap()
    }
}

impl Provider for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn model(&self) -> &'static str {
        "script-1"
    }

    fn address(&self) -> &'static str {
        "http://127.0.0.1:1/v1"
    }

    fn settings(&self) -> serde_json::Value {
        serde_json::json!({"structured_output": "auto"})
    }

    fn concurrency(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.concurrency).unwrap_or(NonZeroUsize::MIN)
    }

    fn ask(&self, question: &Question<'_>, _cancelled: &(dyn Fn() -> bool + Sync)) -> Exchange {
        self.asked.lock().unwrap().push(question.messages.to_vec());
        let answer =
            self.answers.lock().unwrap().pop_front().expect("an answer for every question");
        let tried = Try {
            request_hash: crate::sha256_named(&serde_json::to_vec(question.messages).unwrap()),
            response_hash: None,
            status: Some(200),
            request_id: None,
            structured_output: "none",
            outcome: TryOutcome::Answered,
            latency_ms: 3,
            waited_ms: None,
        };
        let told = |text| Answer {
            text,
            id: Some("answer-1".to_owned()),
            model: Some("script-1-0815".to_owned()),
            tokens: TokenCount { input: 7, output: 5 },
            ..Answer::default()
        };
        Exchange { tries: vec![tried], answer: answer.map(told) }
    }
}

/// An answer of the right form with one goal, one pain point and one quote.
pub(crate) fn answer(row: usize, quote: &str) -> String {
    serde_json::json!({
        "title": "People with lists",
        "summary": "They keep lists and want them at hand.",
        "goals": [{"text": "Keep everything in one place", "row": row, "quote": quote}],
        "pain_points": [], "behaviours": [], "motivations": [],
        "quotes": [{"row": row, "quote": quote}],
    })
    .to_string()
}
