//! Writes the folder, prepares its record, and moves it into place.

use persona_audit::{Completion, OpenRecord, Prepared};

use crate::observe;
use crate::output::{
    Configuration, Environment, Event, Metadata, OutputError, Staging, Timing, persona_json,
    persona_markdown, personas_json, write_assignments,
};
use crate::pipeline::{
    Drafted, GenerationError, GenerationResult, Markdown, Published, Run, Stage, Transcript, asked,
};

/// The envelope's name in the folder.
const PROVENANCE: &str = "provenance.intoto.json";
/// How often another folder name is tried when somebody takes the chosen one.
const NAMES: usize = 1000;

impl Run<'_> {
    /// Writes every file that the attestation covers.
    pub(super) fn write(
        &self,
        staging: &mut Staging,
        audit_id: Option<&str>,
        transcript: &Transcript,
        drafted: &mut Drafted,
    ) -> Result<(), OutputError> {
        let set = &drafted.set;
        let mut files = vec![("personas.json".to_owned(), personas_json(set)?)];
        for persona in &set.personas {
            files.push((format!("personas/{}.json", persona.id), persona_json(set, persona)?));
            if self.request.markdown == Markdown::Written {
                let text = persona_markdown(persona);
                files.push((format!("personas/{}.md", persona.id), text.into_bytes()));
            }
        }
        for (path, bytes) in files {
            let sha256 = staging.write(&path, &bytes)?;
            self.note(&mut drafted.experiment, Event::OutputWritten { path, sha256 });
        }
        let made: Vec<&str> = set.personas.iter().map(|persona| &*persona.id).collect();
        let path = "assignments.csv".to_owned();
        let sha256 = staging.write_by(&path, |to| {
            write_assignments(self.dataset, &drafted.segmentation, &made, to)
        })?;
        self.note(&mut drafted.experiment, Event::OutputWritten { path, sha256 });
        staging.write("experiment.jsonl", &drafted.experiment.to_jsonl()?)?;
        let metadata = self.metadata(staging, audit_id, transcript, drafted);
        staging.write("metadata.json", &metadata.to_json()?)?;
        Ok(())
    }

    /// Prepares the record and gives the folder its final name.
    pub(super) fn publish(
        &self,
        staging: Staging,
        record: Option<&OpenRecord>,
        drafted: &Drafted,
        transcript: &Transcript,
    ) -> Result<Published, GenerationError> {
        self.check_cancelled(Stage::Write)?;
        let mut staging = staging;
        let mut tries = 0;
        loop {
            let mut result = self.result(&staging, record, drafted);
            let prepared = match record {
                None => None,
                Some(record) => {
                    let completion = observe::completion(&staging, drafted, &result, transcript);
                    Some(prepare(&mut staging, record, &completion)?)
                }
            };
            match staging.publish() {
                Ok(path) => {
                    result.output_path = path;
                    return Ok(Published { result, prepared });
                }
                Err(unpublished) => {
                    tries += 1;
                    let taken = matches!(unpublished.source, OutputError::NameTaken { .. });
                    if !taken || tries == NAMES {
                        return Err(unpublished.source.into());
                    }
                    staging = *unpublished.staging;
                    staging.discard(PROVENANCE)?;
                    staging.rename()?;
                }
            }
        }
    }

    fn result(
        &self,
        staging: &Staging,
        record: Option<&OpenRecord>,
        drafted: &Drafted,
    ) -> GenerationResult {
        GenerationResult {
            audit_id: record.map(|record| record.audit_id().to_string()),
            records: self.dataset.rows(),
            personas: drafted.set.personas.clone(),
            output_path: staging.final_path(),
            quality: drafted.quality.clone(),
            issues: drafted.issues.clone(),
            provider: self.pipeline.drafter.provider().to_owned(),
            model: self.pipeline.drafter.model().to_owned(),
            generation_time_ms: self.elapsed(),
            checkpoint: None,
            copied: false,
        }
    }

    fn metadata(
        &self,
        staging: &Staging,
        audit_id: Option<&str>,
        transcript: &Transcript,
        drafted: &Drafted,
    ) -> Metadata {
        let session = &self.pipeline.session;
        let columns = self.dataset.columns.iter().map(|c| (c.name.clone(), c.kind)).collect();
        Metadata {
            schema: Metadata::SCHEMA,
            ai_generated: true,
            digital_source_type: drafted.set.digital_source_type,
            tool_version: observe::TOOL_VERSION.to_owned(),
            audit: if audit_id.is_some() { "recorded" } else { "disabled" },
            audit_id: audit_id.map(ToOwned::to_owned),
            configuration: Configuration {
                provider: self.pipeline.drafter.provider().to_owned(),
                model: self.pipeline.drafter.model().to_owned(),
                count: asked(self.request.count),
                seed: self.request.seed,
                data_hash: self.dataset.data_hash.clone(),
                sources: self.dataset.sources.iter().map(|source| source.name.clone()).collect(),
                columns,
                sampling: self.dataset.sampling.clone(),
                drafter: drafted.settings.clone(),
            },
            environment: Environment {
                platform: session.environment.clone(),
                runtime: session.runtime.clone(),
            },
            timing: Timing {
                started_at: self.started.to_string(),
                completed_at: self.pipeline.ambient.now().to_string(),
                generation_time_ms: self.elapsed(),
            },
            tokens: transcript.tokens(),
            structure: drafted.segmentation.structure,
            quality: drafted.quality.clone(),
            issues: drafted.issues.clone(),
            checksums: staging.files().into_iter().collect(),
        }
    }

    fn elapsed(&self) -> u64 {
        let (start, now) = (self.started.timestamp(), self.pipeline.ambient.now().timestamp());
        u64::try_from(now.as_millisecond() - start.as_millisecond()).unwrap_or(0)
    }
}

/// Prepares the record of the folder as it stands, and puts its envelope in.
fn prepare(
    staging: &mut Staging,
    record: &OpenRecord,
    completion: &Completion,
) -> Result<Prepared, GenerationError> {
    let prepared = record.prepare(completion, &staging.final_path());
    let prepared = prepared.map_err(|source| GenerationError::Unprepared { source })?;
    if let Some(envelope) = prepared.envelope() {
        staging.write(PROVENANCE, envelope)?;
    }
    Ok(prepared)
}
