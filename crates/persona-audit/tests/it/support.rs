//! A log in a temporary home, with a clock that ticks and randomness that repeats.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use persona_audit::{
    Ambient, AuditConfig, AuditTrail, Clock, Completion, Digest, Entropy, EntropyError, Failure,
    Input, Opening, Output, OutputFile, Quality, Receipt, Recorder, Requested, Session, Source,
    Step, StoreKind, Time, Used, Verdict, Verification, VerifyOptions, Witness,
};
use tempfile::TempDir;

/// A clock that advances by a second at every look.
#[derive(Debug)]
pub(crate) struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> Time {
        let second = self.0.fetch_add(1, Ordering::Relaxed);
        let (minute, second) = (second / 60 % 60, second % 60);
        Time::parse(&format!("2025-12-15T10:{minute:02}:{second:02}.123456Z")).unwrap()
    }
}

/// Randomness that is the same in every test.
#[derive(Debug)]
pub(crate) struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in bytes.chunks_mut(32) {
            let number = self.0.fetch_add(1, Ordering::Relaxed);
            let digest = Digest::of(&number.to_be_bytes());
            chunk.copy_from_slice(&digest.as_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

struct Silent;

impl Witness for Silent {
    fn after(&self, _step: Step) {}
}

/// Each home of a test draws other random numbers, and each test the same.
static HOMES: AtomicU64 = AtomicU64::new(0);

/// A temporary home with everything of one machine in it.
pub(crate) struct Home {
    pub(crate) folder: TempDir,
    pub(crate) config: AuditConfig,
    pub(crate) ambient: Ambient,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self::drawing_from(HOMES.fetch_add(1 << 32, Ordering::Relaxed))
    }

    /// A home whose random numbers begin at `seed`: two of one seed do the same.
    pub(crate) fn drawing_from(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = AuditConfig::in_folder(folder.path());
        let ambient = Ambient::new(
            Arc::new(Ticking(AtomicU64::new(0))),
            Arc::new(Counting(AtomicU64::new(seed))),
            Arc::new(Silent),
        );
        Self { folder, config, ambient }
    }

    /// A home whose log is a folder of JSON files.
    pub(crate) fn of_files() -> Self {
        let mut home = Self::new();
        home.config.store = StoreKind::Json;
        home
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn recorder(&self) -> Recorder {
        Recorder::new(self.config.clone(), self.ambient.clone())
    }

    pub(crate) fn trail(&self) -> AuditTrail {
        AuditTrail::with_ambient(self.config.clone(), self.ambient.clone())
    }

    pub(crate) fn verify(&self) -> Verification {
        self.trail().verify(&[], &VerifyOptions::default()).unwrap()
    }

    /// Runs to a completed record, with a real output folder.
    pub(crate) fn complete(&self, name: &str) -> Receipt {
        let open = self.recorder().start(&opening(name)).unwrap();
        let folder = self.path("output").join(name);
        let completion = write_output(&folder);
        let prepared = open.prepare(&completion, &folder).unwrap();
        std::fs::write(folder.join("provenance.intoto.json"), prepared.envelope().unwrap_or(b""))
            .unwrap();
        open.succeed(prepared).unwrap()
    }

    pub(crate) fn fail(&self, name: &str) -> Receipt {
        let open = self.recorder().start(&opening(name)).unwrap();
        let failure = Failure {
            code: "output".to_owned(),
            message: format!("`{name}` cannot be written"),
            stage: "write".to_owned(),
            reproducibility: None,
        };
        open.fail(&failure).unwrap()
    }
}

pub(crate) fn opening(name: &str) -> Opening {
    Opening {
        tool_version: "0.0.0".to_owned(),
        session: Session {
            user: Some("researcher@example.com".to_owned()),
            host: Some("desk".to_owned()),
            command: vec!["persona".to_owned(), "generate".to_owned()],
            ..Session::default()
        },
        input: Input {
            data_path: format!("{name}.csv"),
            data_hash: Digest::of(name.as_bytes()).to_string(),
            record_count: 50,
            sources: vec![Source {
                path: format!("{name}.csv"),
                sha256: Digest::of(name.as_bytes()).to_hex(),
                bytes: 9,
                records: 50,
            }],
            ..Input::default()
        },
        generation: persona_audit::Generation {
            provider: "embedded".to_owned(),
            model: "extractive-1".to_owned(),
            persona_count: Some(3),
            ..persona_audit::Generation::default()
        },
        reproducibility: Requested { seed: 42 },
    }
}

/// Writes a small output folder and says what is in it.
pub(crate) fn write_output(folder: &Path) -> Completion {
    let personas = br#"{"personas":[]}"#;
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("personas.json"), personas).unwrap();
    let digest = Digest::of(personas);
    Completion {
        generation: Used { prompt_hash: digest.to_string(), ..Used::default() },
        output: Output {
            personas_hash: digest.to_string(),
            output_path: folder.display().to_string(),
            persona_count: 3,
            files: vec![OutputFile { path: "personas.json".to_owned(), sha256: digest.to_hex() }],
            ..Output::default()
        },
        quality: Quality {
            validation_passed: true,
            quality_scores: [("completeness".to_owned(), 0.92)].into_iter().collect(),
            issues: vec![serde_json::json!({"code": "small-sample", "message": "50 people"})],
        },
        reproducibility: persona_audit::Reproducibility::default(),
    }
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The codes of the findings that make a verdict worse.
pub(crate) fn grave(verification: &Verification) -> Vec<&'static str> {
    let grave =
        |finding: &&persona_audit::Finding| finding.severity <= persona_audit::Severity::Unknown;
    verification.findings.iter().filter(grave).map(|finding| finding.code.as_str()).collect()
}

/// Asserts the verdict, printing what was found.
pub(crate) fn assert_verdict(verification: &Verification, verdict: Verdict) {
    assert_eq!(verification.verdict, verdict, "{:#?}", verification.findings);
}
