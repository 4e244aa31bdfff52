//! Prompts: a group's evidence in the words of a template, MiniJinja with two blocks, `system` and `user`.

use std::sync::Arc;

use minijinja::{Environment, UndefinedBehavior, context, syntax::SyntaxConfig};

use super::answer::Misfit;
use super::evidence::{BYTES_A_TOKEN, EvidencePack, EvidenceRow};
use super::{LlmError, LlmSettings};
use crate::digest::sha256_named;
use crate::draft::{Brief, DraftError};
use crate::provider::{Message, Role};

/// The built-in template.
const DEFAULT: (&str, &str) = ("default_persona", include_str!("default_persona.j2"));

/// Puts prompts together; asks nobody.
#[derive(Clone, Debug)]
pub struct Prompts {
    pub(super) settings: LlmSettings,
    pub(super) template: Template,
}

/// The first question about one group.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What would be sent.
    pub messages: Vec<Message>,
    /// What of the group it shows.
    pub pack: EvidencePack,
    /// The messages as canonical JSON (RFC 8785), which is what `prompt_hash` hashes.
    pub canonical: Vec<u8>,
}

impl Prompts {
    /// Prompts by the built-in template `default_persona`.
    ///
    /// # Errors
    /// [`LlmError`], which no release of this crate causes.
    pub fn new(settings: LlmSettings) -> Result<Self, LlmError> {
        Ok(Self { settings, template: Template::built_in()? })
    }

    /// The question about one group.
    ///
    /// # Errors
    /// [`DraftError`] when the brief names no group, or the template does not render.
    pub fn prompt(&self, brief: &Brief<'_>) -> Result<Prompt, DraftError> {
        let pack = EvidencePack::new(brief, self.evidence_bytes())?;
        let refused = |source| DraftError::Prompt { index: brief.index, source };
        let messages = self.template.render(brief, &pack).map_err(refused)?;
        let canonical = serde_json_canonicalizer::to_vec(&messages)
            .map_err(|error| refused(LlmError::Unserializable(error)))?;
        Ok(Prompt { messages, pack, canonical })
    }

    /// Room for rows: the context without what the answer, the instructions and the counts need.
    pub(super) fn evidence_bytes(&self) -> usize {
        const INSTRUCTIONS: u64 = 1500;
        const ANSWER: u64 = 2000;
        let answer = self.settings.sampling.max_tokens.unwrap_or(ANSWER);
        let tokens = self.settings.context_tokens.saturating_sub(INSTRUCTIONS + answer);
        usize::try_from(tokens).unwrap_or(usize::MAX).saturating_mul(BYTES_A_TOKEN)
    }
}

impl Prompt {
    /// Bytes of its words.
    pub fn bytes(&self) -> usize {
        self.messages.iter().map(|message| message.content.len()).sum()
    }

    /// Tokens at most, for most texts: no tokenizer is asked.
    pub fn estimated_tokens(&self) -> usize {
        self.bytes().div_ceil(BYTES_A_TOKEN)
    }
}

/// A template that was parsed.
#[derive(Clone, Debug)]
pub(super) struct Template {
    name: &'static str,
    hash: String,
    environment: Arc<Environment<'static>>,
}

impl Template {
    pub(super) fn built_in() -> Result<Self, LlmError> {
        let (name, text) = DEFAULT;
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(whole_lines()?);
        environment.add_template(name, text).map_err(|source| refused(name, source))?;
        let hash = sha256_named(text.as_bytes());
        Ok(Self { name, hash, environment: Arc::new(environment) })
    }

    pub(super) fn name(&self) -> &str {
        self.name
    }

    /// `sha256:HEX` of the template's bytes.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// The two messages about one group.
    pub(super) fn render(
        &self,
        brief: &Brief<'_>,
        pack: &EvidencePack,
    ) -> Result<Vec<Message>, LlmError> {
        let refused = |source| refused(self.name, source);
        let lines: Vec<String> = pack.rows.iter().map(EvidenceRow::line).collect();
        let variables = context! {
            group => brief.index + 1,
            groups => brief.segmentation.segments.len(),
            size => brief.profile.size,
            everybody => brief.profile.rows,
            facts => &pack.facts,
            rows => lines,
            left_out => pack.left_out,
        };
        let template = self.environment.get_template(self.name).map_err(refused)?;
        let mut rendered = template.render_captured(variables).map_err(refused)?;
        let mut message = |role, block| {
            let content = rendered.with_state_mut(|state| state.render_block(block));
            Ok(Message { role, content: content.map_err(refused)?.trim().to_owned() })
        };
        Ok(vec![message(Role::System, "system")?, message(Role::User, "user")?])
    }
}

/// Lines that hold only a tag leave no blank line.
fn whole_lines() -> Result<SyntaxConfig, LlmError> {
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    syntax.map_err(|source| refused(DEFAULT.0, source))
}

fn refused(name: &str, source: minijinja::Error) -> LlmError {
    LlmError::Template { name: name.to_owned(), source }
}

/// What a model is told about an answer that does not fit.
pub(super) fn repair(misfit: &Misfit) -> String {
    let problems: Vec<String> =
        misfit.problems.iter().map(|problem| format!("- {problem}")).collect();
    format!(
        "That answer cannot be used:\n{}\nAnswer again with one JSON object that fits the schema, and nothing else.",
        problems.join("\n")
    )
}
