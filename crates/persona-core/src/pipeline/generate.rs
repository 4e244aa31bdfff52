//! Groups, words, grounds and scores: everything between the opening and the folder.

use std::num::NonZeroUsize;

use serde_json::Value;

use crate::author::{self, persona_id};
use crate::cancel::Cancelled;
use crate::issue::{Issue, IssueCode, Severity};
use crate::output::{Event, Experiment, Staging};
use crate::persona::{Persona, PersonaSet};
use crate::pipeline::{GenerationError, Run, Stage, Transcript, whole_message};
use crate::profile::profiles_watched;
use crate::quality::{Quality, assess};
use crate::segment::{Count, SegmentError, Segmentation, segment_watched};

/// Personas that stand in the staging folder, ready to be published.
pub(crate) struct Drafted {
    pub(crate) set: PersonaSet,
    pub(crate) quality: Quality,
    pub(crate) issues: Vec<Issue>,
    pub(crate) segmentation: Segmentation,
    pub(crate) experiment: Experiment,
    /// `sha256:HEX` of the prompts, or of the embedded drafter's canonical settings.
    pub(crate) prompt_hash: String,
    pub(crate) settings: Value,
}

impl Run<'_> {
    /// Makes the personas and writes every file of the folder that the attestation covers.
    pub(super) fn draft(
        &self,
        staging: &mut Staging,
        audit_id: Option<&str>,
        transcript: &mut Transcript,
    ) -> Result<Drafted, GenerationError> {
        let mut experiment = Experiment::default();
        self.note(&mut experiment, self.loaded());
        self.check_cancelled(Stage::Segment)?;
        self.observer.progress(Stage::Segment, 0, 1);
        let cancelled = || self.observer.cancelled();
        let segmentation =
            segment_watched(self.dataset, self.request.count, self.request.seed, &cancelled)
                .map_err(|error| called_off(error, Stage::Segment))?;
        self.note(&mut experiment, found(&segmentation));
        self.note(&mut experiment, self.begun());
        let profiles = profiles_watched(self.dataset, &segmentation, &cancelled)
            .map_err(|Cancelled| GenerationError::Cancelled { stage: Stage::Draft })?;
        let drafts = self.ask(&segmentation, &profiles, transcript, &mut experiment)?;
        let mut issues = self.dataset.issues();
        issues.extend(segmentation.issues.iter().cloned());
        let mut personas = Vec::new();
        let groups = segmentation.segments.iter().zip(&profiles).zip(drafts);
        for (index, ((group, profile), draft)) in groups.enumerate() {
            let event = match draft {
                Ok(draft) => {
                    let authored = author::compose(self.dataset, group, profile, index, draft);
                    issues.extend(authored.issues);
                    let event = created(&authored.persona);
                    personas.push(authored.persona);
                    event
                }
                Err(error) => {
                    let message = whole_message(&error);
                    issues.push(segment_failed(index, &message));
                    Event::SegmentFailed { segment: index, message }
                }
            };
            self.note(&mut experiment, event);
        }
        self.check_cancelled(Stage::Write)?;
        self.observer.progress(Stage::Write, 0, 1);
        let quality = assess(&personas, &issues);
        let drafter = &*self.pipeline.drafter;
        let set = PersonaSet::new(drafter.digital_source_type(), personas);
        let settings = drafter.settings();
        let prompt_hash = transcript.prompt_hash(&settings)?;
        let mut drafted =
            Drafted { set, quality, issues, segmentation, experiment, prompt_hash, settings };
        self.write(staging, audit_id, transcript, &mut drafted)?;
        Ok(drafted)
    }

    pub(super) fn note(&self, experiment: &mut Experiment, event: Event) {
        experiment.push(self.pipeline.ambient.now().to_string(), event);
    }

    fn loaded(&self) -> Event {
        Event::DataLoaded {
            data_hash: self.dataset.data_hash.clone(),
            records: self.dataset.sources.iter().map(|source| source.records).sum(),
            skipped: self.dataset.sources.iter().map(|source| source.skipped).sum(),
            columns: self.dataset.columns.len(),
        }
    }

    fn begun(&self) -> Event {
        Event::GenerationStarted {
            provider: self.pipeline.drafter.provider().to_owned(),
            model: self.pipeline.drafter.model().to_owned(),
            count: asked(self.request.count),
            seed: self.request.seed,
        }
    }
}

fn called_off(error: SegmentError, stage: Stage) -> GenerationError {
    match error {
        SegmentError::Cancelled(_) => GenerationError::Cancelled { stage },
        SegmentError::MoreGroupsThanRows { .. } | SegmentError::NoRows => error.into(),
    }
}

/// The number of personas asked for; none for `auto`.
pub(crate) fn asked(count: Count) -> Option<usize> {
    match count {
        Count::Auto => None,
        Count::Exactly(number) => Some(NonZeroUsize::get(number)),
    }
}

fn found(segmentation: &Segmentation) -> Event {
    Event::SegmentsFound {
        segments: segmentation.segments.len(),
        silhouette: segmentation.silhouette,
        p_value: segmentation.structure.map(|structure| structure.p_value),
    }
}

fn created(persona: &Persona) -> Event {
    Event::PersonaCreated {
        persona: persona.id.clone(),
        title: persona.title.clone(),
        size: persona.segment.size,
    }
}

fn segment_failed(index: usize, message: &str) -> Issue {
    Issue::new(IssueCode::SegmentFailed, Severity::Error, message).about(&persona_id(index))
}
