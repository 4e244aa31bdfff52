//! Runs on record, made through the library, in the home of a [`World`].

#![expect(clippy::unwrap_used, reason = "a test that cannot record its runs has failed")]
#![expect(clippy::disallowed_methods, reason = "tests write the files they need")]

use std::{fs, path::PathBuf};

use persona_audit::{
    Ambient, AuditConfig, Completion, Digest, Failure, Generation, Input, OpenRecord, Opening,
    Output, OutputFile, Quality, Receipt, Recorder, Reproducibility, Requested, Session, Source,
    Used,
};
use rusqlite::Connection;

use crate::process::World;

const PERSONAS: &[u8] = br#"{"personas":[]}"#;

impl World {
    pub(crate) fn home(&self, name: &str) -> PathBuf {
        self.folder().join("home").join(name)
    }

    pub(crate) fn recorder(&self) -> Recorder {
        let home = self.folder().join("home");
        Recorder::new(AuditConfig::in_folder(home), Ambient::system())
    }

    /// Opens a run on `NAME.csv`, which exists.
    pub(crate) fn open(&self, name: &str) -> OpenRecord {
        fs::write(self.folder().join(format!("{name}.csv")), name).unwrap();
        self.recorder().start(&self.opening(name)).unwrap()
    }

    /// Records a run with an output folder `output/NAME`.
    pub(crate) fn complete(&self, name: &str) -> Receipt {
        let run = self.open(name);
        let folder = self.folder().join("output").join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("personas.json"), PERSONAS).unwrap();
        let prepared = run.prepare(&completion(name), &folder).unwrap();
        let envelope = prepared.envelope().unwrap_or_default();
        fs::write(folder.join("provenance.intoto.json"), envelope).unwrap();
        let receipt = run.succeed(prepared).unwrap();
        fs::write(folder.join("checkpoint"), &receipt.checkpoint).unwrap();
        receipt
    }

    pub(crate) fn fail(&self, name: &str) -> Receipt {
        let failure = Failure {
            code: "output".to_owned(),
            message: format!("`{name}` cannot be written"),
            stage: "write".to_owned(),
            reproducibility: None,
        };
        self.open(name).fail(&failure).unwrap()
    }

    /// Opens a run whose process then is gone after its output stood.
    pub(crate) fn cut_off(&self, name: &str) -> String {
        let run = self.open(name);
        let id = run.audit_id().to_string();
        let folder = self.folder().join("output").join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("personas.json"), PERSONAS).unwrap();
        drop(run.prepare(&completion(name), &folder).unwrap());
        id
    }

    /// Runs SQL on the store behind persona's back.
    pub(crate) fn tamper(&self, sql: &str) {
        let database = Connection::open(self.home("audit/audit.db")).unwrap();
        database.execute_batch(sql).unwrap();
    }

    /// Copies the whole store.
    pub(crate) fn keep_store(&self) -> PathBuf {
        let database = Connection::open(self.home("audit/audit.db")).unwrap();
        database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        let copy = self.folder().join("kept.db");
        fs::copy(self.home("audit/audit.db"), &copy).unwrap();
        copy
    }

    /// Puts a copy back, as a restored backup does.
    pub(crate) fn restore_store(&self, copy: &std::path::Path) {
        fs::remove_dir_all(self.home("audit")).unwrap();
        fs::create_dir_all(self.home("audit")).unwrap();
        fs::copy(copy, self.home("audit/audit.db")).unwrap();
    }

    fn opening(&self, name: &str) -> Opening {
        Opening {
            tool_version: "0.0.0".to_owned(),
            session: Session {
                user: Some("ada".to_owned()),
                host: Some("engine".to_owned()),
                command: ["persona", "generate"].map(str::to_owned).to_vec(),
                directory: Some(self.folder().display().to_string()),
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
            generation: Generation {
                provider: "embedded".to_owned(),
                model: "extractive-1".to_owned(),
                ..Generation::default()
            },
            reproducibility: Requested { seed: 42 },
        }
    }
}

fn completion(name: &str) -> Completion {
    let digest = Digest::of(PERSONAS);
    Completion {
        generation: Used { prompt_hash: digest.to_string(), ..Used::default() },
        output: Output {
            personas_hash: digest.to_string(),
            output_path: format!("output/{name}"),
            generation_time_ms: 7,
            persona_count: 3,
            files: vec![OutputFile { path: "personas.json".to_owned(), sha256: digest.to_hex() }],
            ..Output::default()
        },
        quality: Quality {
            validation_passed: true,
            quality_scores: [("completeness".to_owned(), 0.92)].into_iter().collect(),
            issues: vec![serde_json::json!({"code": "small-sample", "message": "50 people"})],
        },
        reproducibility: Reproducibility::default(),
    }
}
