//! Groups, words, grounds and scores: everything between the opening and the folder.

use std::num::NonZeroUsize;

use serde_json::Value;

use crate::author::{self, persona_id};
use crate::cancel::{Asking, Cancelled};
use crate::digest::sha256_named;
use crate::draft::{Brief, DraftError};
use crate::issue::Issue;
use crate::output::{Event, Experiment, OutputError, Staging};
use crate::persona::PersonaSet;
use crate::pipeline::{GenerationError, Run, Stage};
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
    /// `sha256:HEX` of the drafter's canonical settings.
    pub(crate) prompt_hash: String,
    pub(crate) settings: Value,
}

impl Run<'_> {
    /// Makes the personas and writes every file of the folder that the attestation covers.
    pub(super) fn draft(
        &self,
        staging: &mut Staging,
        audit_id: Option<&str>,
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
        let drafter = &*self.pipeline.drafter;
        self.note(&mut experiment, self.begun());
        let mut personas = Vec::new();
        let mut issues = self.dataset.issues();
        issues.extend(segmentation.issues.iter().cloned());
        let profiles = profiles_watched(self.dataset, &segmentation, &cancelled)
            .map_err(|Cancelled| GenerationError::Cancelled { stage: Stage::Draft })?;
        let total = segmentation.segments.len();
        for (index, (group, profile)) in segmentation.segments.iter().zip(&profiles).enumerate() {
            self.check_cancelled(Stage::Draft)?;
            self.observer.progress(Stage::Draft, index, total);
            let brief = Brief {
                dataset: self.dataset,
                segmentation: &segmentation,
                index,
                profile,
                asking: Asking::new(&cancelled),
            };
            let draft = drafter.draft(&brief).map_err(|error| match error {
                DraftError::Cancelled(_) => GenerationError::Cancelled { stage: Stage::Draft },
                DraftError::NoSuchSegment { .. } | DraftError::Provider { .. } => error.into(),
            })?;
            let authored = author::compose(self.dataset, group, profile, index, draft);
            let (persona, size) = (persona_id(index), group.members.len());
            let title = authored.persona.title.clone();
            self.note(&mut experiment, Event::PersonaCreated { persona, title, size });
            issues.extend(authored.issues);
            personas.push(authored.persona);
        }
        self.check_cancelled(Stage::Write)?;
        self.observer.progress(Stage::Write, 0, 1);
        let quality = assess(&personas, &issues);
        let set = PersonaSet::new(drafter.digital_source_type(), personas);
        let settings = drafter.settings();
        let prompt_hash = prompt_hash(&settings)?;
        let mut drafted =
            Drafted { set, quality, issues, segmentation, experiment, prompt_hash, settings };
        self.write(staging, audit_id, &mut drafted)?;
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

fn prompt_hash(settings: &Value) -> Result<String, OutputError> {
    let bytes = serde_json_canonicalizer::to_vec(settings)
        .map_err(|source| OutputError::Unserializable { name: "settings".to_owned(), source })?;
    Ok(sha256_named(&bytes))
}
