//! Words for a group. A drafter is not trusted: what it claims is looked up afterwards.

mod call;
mod extractive;
mod llm;

pub use call::{Call, CallOutcome, Purpose};
pub use extractive::Extractive;
pub use llm::{EvidencePack, EvidenceRow, Llm, LlmError, LlmSettings, Prompt, Prompts};

use crate::cancel::Cancelled;
use crate::input::Dataset;
use crate::persona::{DigitalSourceType, Statement};
use crate::profile::Profile;
use crate::provider::ProviderError;
use crate::segment::{Segment, Segmentation};
use serde_json::{Map, Value};
use std::fmt::Debug;
use std::num::NonZeroUsize;

/// Who writes the words: the embedded rules or a language model. Groups may be written about from several
/// threads at once.
pub trait Drafter: Debug + Send + Sync {
    /// The provider's name in the record, such as `embedded`.
    fn provider(&self) -> &str;

    /// The model's name in the record, such as `extractive-1`.
    fn model(&self) -> &str;

    /// Everything that shapes the words beside the data; for the embedded drafter `prompt_hash` is the
    /// digest of its canonical JSON.
    fn settings(&self) -> Value;

    /// What a model is asked for, as the opening of the record says it; nothing where there is no model.
    fn wanted(&self) -> Wanted {
        Wanted::default()
    }

    /// How the words come about.
    fn digital_source_type(&self) -> DigitalSourceType;

    /// How many groups may be written about at once.
    fn concurrency(&self) -> NonZeroUsize {
        NonZeroUsize::MIN
    }

    /// Writes about one group; `cancelled` is asked often while anything is waited for.
    fn draft(&self, brief: &Brief<'_>, cancelled: &(dyn Fn() -> bool + Sync)) -> Drafting;
}

/// What a model is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// The sampling temperature, where one is set.
    pub temperature: Option<f64>,
    /// The most tokens an answer may have, where that is set.
    pub max_tokens: Option<u64>,
    /// Name of the prompt's template.
    pub template: Option<String>,
    /// `sha256:HEX` of the template.
    pub template_hash: Option<String>,
    /// Further settings.
    pub parameters: Map<String, Value>,
}

/// What came of writing about one group.
#[derive(Debug)]
pub struct Drafting {
    /// The draft, or why there is none; the other groups are not concerned.
    pub draft: Result<Draft, DraftError>,
    /// The prompt, as hashed: canonical JSON of the messages of the first question. None where no model is asked.
    pub prompt: Option<Vec<u8>>,
    /// Every call made, in order.
    pub calls: Vec<Call>,
}

impl Drafting {
    /// A draft, or none, without any call.
    pub fn without_calls(draft: Result<Draft, DraftError>) -> Self {
        Self { draft, prompt: None, calls: Vec::new() }
    }
}

/// What a drafter is given.
#[derive(Clone, Copy, Debug)]
pub struct Brief<'a> {
    /// The data.
    pub dataset: &'a Dataset,
    /// All groups.
    pub segmentation: &'a Segmentation,
    /// The group to write about: index into the segments.
    pub index: usize,
    /// Its numbers.
    pub profile: &'a Profile,
}

impl<'a> Brief<'a> {
    /// The group to write about.
    ///
    /// # Errors
    /// [`DraftError::NoSuchSegment`] when the index names none.
    pub fn segment(&self) -> Result<&'a Segment, DraftError> {
        let segment = self.segmentation.segments.get(self.index);
        segment.ok_or(DraftError::NoSuchSegment { index: self.index })
    }
}

/// What a drafter gives back; `support` of its statements is only a claim.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// A synthetic label.
    pub name: String,
    /// What sets the group apart.
    pub title: String,
    /// The group in some sentences.
    pub summary: String,
    /// What they want.
    pub goals: Vec<Statement>,
    /// What holds them back.
    pub pain_points: Vec<Statement>,
    /// What they do.
    pub behaviours: Vec<Statement>,
    /// Why they do it.
    pub motivations: Vec<Statement>,
    /// Words typical of the group.
    pub quotes: Vec<Statement>,
    /// Doubts in words.
    pub caveats: Vec<String>,
}

/// Why there is no draft.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The brief names a group that does not exist.
    #[error("there is no group {}", index + 1)]
    NoSuchSegment {
        /// 0-based.
        index: usize,
    },
    /// The work was called off.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The prompt could not be put together.
    #[error("no persona was made of group {}: its prompt could not be put together", index + 1)]
    Prompt {
        /// 0-based number of the group.
        index: usize,
        /// Why.
        #[source]
        source: LlmError,
    },
    /// The provider gave no answer.
    #[error("no persona was made of group {}", index + 1)]
    Provider {
        /// 0-based number of the group.
        index: usize,
        /// What happened.
        #[source]
        source: ProviderError,
    },
    /// The model's answer is not what was asked for, and neither was the repair.
    #[error("no persona was made of group {}: {}: {}", index + 1, Self::UNUSABLE, problems.join("; "))]
    Unusable {
        /// 0-based number of the group.
        index: usize,
        /// What is wrong with the last answer.
        problems: Vec<String>,
    },
    /// An earlier question showed that this one need not be asked.
    #[error("no persona was made of group {}: the model was not asked again, since it would have been in vain", index + 1)]
    NotAsked {
        /// 0-based number of the group.
        index: usize,
    },
}

impl DraftError {
    /// What is said of answers that cannot be used.
    pub const UNUSABLE: &str =
        "the model's answer does not have the form asked for, not even after a repair";

    /// Whether every other group would fail the same way.
    pub(crate) fn concerns_every_group(&self) -> bool {
        match self {
            Self::Provider { source, .. } => source.concerns_every_question(),
            Self::Cancelled(_) => true,
            Self::NoSuchSegment { .. }
            | Self::Prompt { .. }
            | Self::Unusable { .. }
            | Self::NotAsked { .. } => false,
        }
    }
}
