//! Words for a group. A drafter is not trusted: what it claims is looked up afterwards.

mod extractive;

pub use extractive::Extractive;

use crate::cancel::{Asking, Cancelled};
use crate::input::Dataset;
use crate::persona::{DigitalSourceType, Statement};
use crate::profile::Profile;
use crate::segment::{Segment, Segmentation};
use serde_json::Value;
use std::fmt::Debug;

/// Who writes the words: the embedded rules or a language model.
pub trait Drafter: Debug {
    /// The provider's name in the record, such as `embedded`.
    fn provider(&self) -> &str;

    /// The model's name in the record, such as `extractive-1`.
    fn model(&self) -> &str;

    /// Everything that shapes the words beside the data; for the embedded drafter `prompt_hash` is the
    /// digest of its canonical JSON.
    fn settings(&self) -> Value;

    /// How the words come about.
    fn digital_source_type(&self) -> DigitalSourceType;

    /// Writes about one group.
    ///
    /// # Errors
    /// [`DraftError`] when no draft could be made; the other groups are not concerned.
    fn draft(&self, brief: &Brief<'_>) -> Result<Draft, DraftError>;
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
    /// Who says whether to go on; drafters ask often.
    pub asking: Asking<'a>,
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
    #[error("there is no segment {index}")]
    NoSuchSegment {
        /// 0-based.
        index: usize,
    },
    /// The work was called off.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The provider gave none.
    #[error("{provider} gave no draft for segment {index}")]
    Provider {
        /// Its name.
        provider: String,
        /// 0-based number of the segment.
        index: usize,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
