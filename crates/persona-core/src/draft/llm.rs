//! The drafter that asks a language model: one question a group, with that group's own evidence.
//!
//! ```text
//! brief ─▶ evidence pack ─▶ prompt (template) ─▶ provider ─▶ answer, held against its schema ─▶ draft
//!                                                  ▲                    │ does not fit
//!                                                  └──── one repair ◀───┘
//! ```
//! Every question is on record, whatever became of it; a truncated or declined answer is never a short
//! persona. The draft is not trusted: names of rows and quotes in it are claims until they are looked up.

mod answer;
mod evidence;
mod figures;
mod prompt;

use std::num::NonZeroUsize;

use serde_json::{Value, json};

use super::{Brief, Call, CallOutcome, Draft, DraftError, Drafter, Drafting, Purpose, Wanted};
use crate::persona::DigitalSourceType;
use crate::provider::{Message, Provider, ProviderError, Question, Role, Sampling};
use answer::{AnswerForm, Misfit};
pub use evidence::{EvidencePack, EvidenceRow};
pub use prompt::{Prompt, Prompts};

/// Asks a model.
#[derive(Debug)]
pub struct Llm {
    provider: Box<dyn Provider>,
    prompts: Prompts,
    form: AnswerForm,
}

/// What shapes a question beside the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LlmSettings {
    /// How to sample.
    pub sampling: Sampling,
    /// Tokens that question and answer may have together, as estimated; bounds the evidence pack.
    pub context_tokens: u64,
}

impl LlmSettings {
    /// What fits a small model on the user's own machine: a larger context has to be asked for.
    pub const CONTEXT_TOKENS: u64 = 8192;
}

impl Default for LlmSettings {
    fn default() -> Self {
        Self { sampling: Sampling::default(), context_tokens: Self::CONTEXT_TOKENS }
    }
}

/// Why a drafter that asks a model cannot be made, or cannot put a question.
#[derive(Debug, thiserror::Error)]
pub enum LlmError {
    /// A template that does not render.
    #[error("the template `{name}` does not render")]
    Template {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: minijinja::Error,
    },
    /// The built-in schema is not a schema.
    #[error("the schema of answers is none: {reason}")]
    Schema {
        /// Why.
        reason: String,
    },
    /// The prompt has no canonical form.
    #[error("the prompt cannot be hashed")]
    Unserializable(#[source] serde_json::Error),
}

impl Llm {
    /// Asks `provider`, by the built-in template `default_persona`.
    ///
    /// # Errors
    /// [`LlmError`], which no release of this crate causes.
    pub fn new(provider: Box<dyn Provider>, settings: LlmSettings) -> Result<Self, LlmError> {
        Ok(Self { provider, prompts: Prompts::new(settings)?, form: AnswerForm::new()? })
    }
}

impl Drafter for Llm {
    fn provider(&self) -> &str {
        self.provider.name()
    }

    fn model(&self) -> &str {
        self.provider.model()
    }

    fn settings(&self) -> Value {
        let sampling = self.prompts.settings.sampling;
        json!({
            "context_tokens": self.prompts.settings.context_tokens,
            "max_tokens": sampling.max_tokens,
            "prompt_template": self.prompts.template.name(),
            "prompt_template_hash": self.prompts.template.hash(),
            "provider": self.provider.settings(),
            "sampling_seed": sampling.seed,
            "schema_hash": self.form.hash(),
            "temperature": sampling.temperature,
        })
    }

    fn wanted(&self) -> Wanted {
        let sampling = self.prompts.settings.sampling;
        let settings = self.provider.settings();
        let mut parameters = settings.as_object().cloned().unwrap_or_default();
        parameters.insert("base_url".to_owned(), self.provider.address().into());
        parameters.insert("context_tokens".to_owned(), self.prompts.settings.context_tokens.into());
        parameters.insert("sampling_seed".to_owned(), sampling.seed.into());
        parameters.insert("schema_hash".to_owned(), self.form.hash().into());
        Wanted {
            temperature: sampling.temperature,
            max_tokens: sampling.max_tokens,
            template: Some(self.prompts.template.name().to_owned()),
            template_hash: Some(self.prompts.template.hash().to_owned()),
            parameters,
        }
    }

    fn digital_source_type(&self) -> DigitalSourceType {
        DigitalSourceType::TrainedAlgorithmic
    }

    fn concurrency(&self) -> NonZeroUsize {
        self.provider.concurrency()
    }

    fn draft(&self, brief: &Brief<'_>, cancelled: &(dyn Fn() -> bool + Sync)) -> Drafting {
        let prompt = match self.prompts.prompt(brief) {
            Ok(prompt) => prompt,
            Err(error) => return Drafting::without_calls(Err(error)),
        };
        let messages = prompt.messages.clone();
        let mut talk = Conversation {
            llm: self,
            brief,
            prompt: &prompt,
            cancelled,
            messages,
            calls: Vec::new(),
        };
        let draft = talk.hold();
        let calls = talk.calls;
        Drafting { draft, prompt: Some(prompt.canonical), calls }
    }
}

/// The questions about one group.
struct Conversation<'a> {
    llm: &'a Llm,
    brief: &'a Brief<'a>,
    prompt: &'a Prompt,
    cancelled: &'a (dyn Fn() -> bool + Sync),
    messages: Vec<Message>,
    calls: Vec<Call>,
}

impl Conversation<'_> {
    fn hold(&mut self) -> Result<Draft, DraftError> {
        let text = self.ask(Purpose::Draft)?;
        let misfit = match self.read(&text) {
            Ok(draft) => return Ok(draft),
            Err(misfit) => misfit,
        };
        self.messages.push(Message { role: Role::Assistant, content: answer::shortened(&text) });
        self.messages.push(Message { role: Role::User, content: prompt::repair(&misfit) });
        let text = self.ask(Purpose::Repair)?;
        let index = self.brief.index;
        self.read(&text).map_err(|misfit| DraftError::Unusable { index, problems: misfit.problems })
    }

    fn ask(&mut self, purpose: Purpose) -> Result<String, DraftError> {
        let index = self.brief.index;
        if (self.cancelled)() {
            return Err(DraftError::Provider { index, source: ProviderError::Cancelled });
        }
        let question = Question {
            messages: &self.messages,
            schema: self.llm.form.schema(),
            sampling: self.llm.prompts.settings.sampling,
        };
        let exchange = self.llm.provider.ask(&question, self.cancelled);
        let mut call = Call::of(index, purpose, &exchange);
        (call.rows_shown, call.rows_left_out) =
            (self.prompt.pack.rows.len(), self.prompt.pack.left_out);
        self.calls.push(call);
        let answer = exchange.answer.map_err(|source| DraftError::Provider { index, source })?;
        Ok(answer.text)
    }

    /// Reads an answer, and notes on its call what is wrong with it.
    fn read(&mut self, text: &str) -> Result<Draft, Misfit> {
        let read = self.llm.form.read(text);
        if let (Err(misfit), Some(call)) = (&read, self.calls.last_mut()) {
            call.outcome = if misfit.is_json {
                CallOutcome::SchemaViolation
            } else {
                CallOutcome::InvalidJson
            };
        }
        let mut draft = read?.into_draft(self.brief, self.llm.provider.model());
        let unshown = figures::unshown(&own_words(&draft), self.prompt);
        if !unshown.is_empty() {
            draft.caveats.push(format!(
                "The model names figures that it was not shown: {}.",
                unshown.join(", ")
            ));
        }
        Ok(draft)
    }
}

/// Everything in a draft that the model put into words of its own.
fn own_words(draft: &Draft) -> String {
    let lists = [&draft.goals, &draft.pain_points, &draft.behaviours, &draft.motivations];
    let statements = lists.into_iter().flatten().map(|statement| statement.text.as_str());
    [draft.title.as_str(), &draft.summary]
        .into_iter()
        .chain(statements)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests;
