//! What was asked of models during a run: kept whether the run ends well or not.

use serde_json::Value;

use crate::digest::sha256_named;
use crate::draft::{Call, Draft, DraftError, Drafting};
use crate::output::OutputError;
use crate::provider::TokenCount;

/// What separates prompts where several are hashed: the ASCII record separator.
const SEPARATOR: &[u8] = &[0x1E];

/// Prompts and calls, in the order of the groups.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    prompts: Vec<Vec<u8>>,
    pub(crate) calls: Vec<Call>,
}

impl Transcript {
    /// Keeps what is for the record and hands on the draft.
    pub(super) fn take(&mut self, drafting: Drafting) -> Result<Draft, DraftError> {
        self.prompts.extend(drafting.prompt);
        self.calls.extend(drafting.calls);
        drafting.draft
    }

    /// `sha256:HEX` of the prompts; where no model was asked, of the drafter's canonical settings.
    pub(crate) fn prompt_hash(&self, settings: &Value) -> Result<String, OutputError> {
        if !self.prompts.is_empty() {
            return Ok(sha256_named(&self.prompts.join(SEPARATOR)));
        }
        let bytes = serde_json_canonicalizer::to_vec(settings).map_err(|source| {
            OutputError::Unserializable { name: "settings".to_owned(), source }
        })?;
        Ok(sha256_named(&bytes))
    }

    /// Tokens of all calls.
    pub(crate) fn tokens(&self) -> TokenCount {
        let sum = |of: fn(&TokenCount) -> u64| self.calls.iter().map(|call| of(&call.tokens)).sum();
        TokenCount { input: sum(|tokens| tokens.input), output: sum(|tokens| tokens.output) }
    }

    /// The models that answered, as they named themselves, each once.
    pub(crate) fn model_version(&self) -> Option<String> {
        let mut models: Vec<&str> =
            self.calls.iter().filter_map(|call| call.model.as_deref()).collect();
        models.sort_unstable();
        models.dedup();
        (!models.is_empty()).then(|| models.join(", "))
    }
}
