//! Where a recorded run's audit time goes: the durable steps, as the recorder's witness sees them.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use persona_audit::{
    Ambient, AuditConfig, Completion, Digest, Failure, Generation, Input, Opening, Output,
    OutputFile, Quality, Recorder, Reproducibility, Requested, Session, Source, Step, Used,
    Witness,
};

use crate::bench::Bench;
use crate::measure::{Outcome, Series, Spread, milliseconds};

/// Remembers when each step was taken.
#[derive(Debug, Default)]
pub(crate) struct Watch(Mutex<Vec<(Step, Instant)>>);

impl Watch {
    /// Returns when `step` was last taken.
    pub(crate) fn at(&self, step: Step) -> Outcome<Instant> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = seen.iter().rev().find(|(taken, _)| *taken == step);
        found.map(|(_, at)| *at).ok_or_else(|| format!("`{}` was not taken", step.as_str()).into())
    }
}

impl Witness for Watch {
    fn after(&self, step: Step) {
        let at = Instant::now();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((step, at));
    }
}

/// One step's time, and how often it waits for the disk.
#[derive(Debug)]
pub(crate) struct StepTime {
    pub(crate) what: &'static str,
    pub(crate) syncs: u8,
    pub(crate) taken: Spread,
}

const NAMES: [(&str, u8); 10] = [
    ("state and keys read, the run's lock made", 0),
    ("database opened, log looked at, opening committed", 3),
    ("mark raised", 0),
    ("attestation signed, closing kept as pending", 2),
    ("log looked at, closing committed", 1),
    ("mark raised", 0),
    ("checkpoint copied into the output folder", 2),
    ("pending removed", 0),
    ("lock removed", 0),
    ("database closed: its journal goes into it", 2),
];

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<StepTime>> {
    let home = bench.folder().join("steps");
    let watch = Arc::new(Watch::default());
    let ambient = Ambient::system().witnessed_by(watch.clone());
    let recorder = Recorder::new(AuditConfig::in_folder(&home), ambient);
    let mut series = NAMES.map(|_| Series::default());
    for round in 0..=bench.rounds(60) {
        let folder = home.join(format!("output-{round}"));
        fs::create_dir_all(&folder)?;
        let began = Instant::now();
        let open = recorder.start(&opening("steps"))?;
        let started = Instant::now();
        let prepared = open.prepare(&completion(), &folder)?;
        let waited = Instant::now();
        open.succeed(prepared)?;
        let ended = Instant::now();
        let at = |step| watch.at(step);
        let spans = [
            (began, at(Step::RunLocked)?),
            (at(Step::RunLocked)?, at(Step::Opened)?),
            (at(Step::Opened)?, at(Step::OpeningMarked)?),
            (started, at(Step::Pending)?),
            (waited, at(Step::Closed)?),
            (at(Step::Closed)?, at(Step::ClosingMarked)?),
            (at(Step::ClosingMarked)?, at(Step::CheckpointCopied)?),
            (at(Step::CheckpointCopied)?, at(Step::PendingRemoved)?),
            (at(Step::PendingRemoved)?, at(Step::RunUnlocked)?),
            (at(Step::RunUnlocked)?, ended),
        ];
        // The first run makes the log, which is no step of the others.
        if round > 0 {
            for (series, (from, to)) in series.iter_mut().zip(spans) {
                series.push(milliseconds(from, to));
            }
        }
    }
    let named = NAMES.iter().zip(&series);
    Ok(named
        .map(|((what, syncs), s)| StepTime { what, syncs: *syncs, taken: s.spread() })
        .collect())
}

/// What a small run says when it begins.
pub(crate) fn opening(name: &str) -> Opening {
    let digest = Digest::of(name.as_bytes());
    Opening {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        session: Session {
            user: Some("researcher@example.com".to_owned()),
            environment: "linux-x86_64".to_owned(),
            runtime: "rust".to_owned(),
            host: Some("desk".to_owned()),
            command: ["persona", "generate", "interviews.csv"].map(str::to_owned).to_vec(),
            directory: Some("/home/researcher/study".to_owned()),
            ..Session::default()
        },
        input: Input {
            data_path: format!("{name}.csv"),
            data_hash: digest.to_string(),
            record_count: 40,
            data_preview_hash: digest.to_string(),
            format: "csv".to_owned(),
            bytes: 7282,
            columns: ["participant", "role", "years", "device", "comment"]
                .map(str::to_owned)
                .to_vec(),
            sources: vec![Source {
                path: format!("{name}.csv"),
                sha256: digest.to_hex(),
                bytes: 7282,
                records: 40,
            }],
            ..Input::default()
        },
        generation: Generation {
            provider: "embedded".to_owned(),
            model: "extractive-1".to_owned(),
            persona_count: Some(4),
            strategy: "ward".to_owned(),
            ..Generation::default()
        },
        reproducibility: Requested { seed: 0 },
    }
}

/// What it says when it ends well: twelve files, as the example has.
pub(crate) fn completion() -> Completion {
    let digest = Digest::of(b"output");
    let file = |number: u8| OutputFile {
        path: format!("personas/persona-{number:03}.json"),
        sha256: digest.to_hex(),
    };
    Completion {
        generation: Used { prompt_hash: digest.to_string(), ..Used::default() },
        output: Output {
            personas_hash: digest.to_string(),
            output_path: "output".to_owned(),
            generation_time_ms: 30,
            persona_count: 4,
            files: (1..=12).map(file).collect(),
            ..Output::default()
        },
        quality: Quality {
            validation_passed: true,
            quality_scores: [("completeness".to_owned(), 1.0)].into_iter().collect(),
            issues: Vec::new(),
        },
        reproducibility: Reproducibility { deterministic: true, ..Reproducibility::default() },
    }
}

/// What it says when it ends badly.
pub(crate) fn failure() -> Failure {
    Failure {
        code: "output".to_owned(),
        message: "the output folder cannot be written".to_owned(),
        stage: "write".to_owned(),
        reproducibility: None,
    }
}
