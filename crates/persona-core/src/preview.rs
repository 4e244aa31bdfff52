//! What a run would send to a model: every first question, and nobody is asked.

use crate::draft::{Brief, DraftError, Prompt, Prompts};
use crate::input::Dataset;
use crate::pipeline::GenerationError;
use crate::profile::profiles;
use crate::segment::{Count, Segmentation, segment};

/// The groups of a run and the question about each.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The groups.
    pub segmentation: Segmentation,
    /// One question a group, in order.
    pub prompts: Vec<Prompt>,
}

/// Groups the data as a run would and puts its questions together.
///
/// # Errors
/// When the groups cannot be made, or a template does not render.
pub fn preview(
    dataset: &Dataset,
    count: Count,
    seed: u64,
    prompts: &Prompts,
) -> Result<Preview, GenerationError> {
    let segmentation = segment(dataset, count, seed)?;
    let profiles = profiles(dataset, &segmentation);
    let prompts: Result<Vec<Prompt>, DraftError> = profiles
        .iter()
        .enumerate()
        .map(|(index, profile)| {
            prompts.prompt(&Brief { dataset, segmentation: &segmentation, index, profile })
        })
        .collect();
    let prompts = prompts?;
    Ok(Preview { segmentation, prompts })
}
