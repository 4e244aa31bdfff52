//! Templates: MiniJinja with two blocks, `system` and `user`.

use std::sync::Arc;

use minijinja::{Environment, UndefinedBehavior, context, syntax::SyntaxConfig};

use super::LlmError;
use super::answer::Misfit;
use super::evidence::{EvidencePack, EvidenceRow};
use crate::digest::sha256_named;
use crate::draft::Brief;
use crate::provider::{Message, Role};

/// The built-in template.
const DEFAULT: (&str, &str) = ("default_persona", include_str!("default_persona.j2"));

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
