//! Runs over a small survey, with a real log in a temporary home.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use persona_audit::{AuditTrail, Query, Status, Verdict, VerifyOptions};

use super::*;
use crate::issue::IssueCode;
use crate::provider::ProviderError;
use crate::testing::{Scripted, answer};

const SURVEY: &str = "age,use,comment\n\
    18-24,daily,I want to keep every note in one place because I forget things.\n\
    18-24,daily,It is frustrating that notes do not sync between my phone and laptop.\n\
    25-34,daily,I always write lists before I go shopping for the whole week.\n\
    25-34,daily,I hope to find old notes quickly when I need them again.\n\
    65+,never,I do not need an app because paper works well for me.\n\
    65+,never,I usually write on paper and put it on the fridge door.\n";

struct Lab {
    home: tempfile::TempDir,
    audit: AuditConfig,
}

impl Lab {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        #[expect(clippy::disallowed_methods, reason = "the data of a test are nobody's secret")]
        fs::write(home.path().join("survey.csv"), SURVEY).unwrap();
        let audit = AuditConfig::in_folder(home.path().join("home"));
        Self { home, audit }
    }

    fn request(&self) -> Request {
        Request {
            count: Count::Exactly(NonZeroUsize::new(2).unwrap()),
            output: self.home.path().join("output"),
            ..Request::new(self.home.path().join("survey.csv"))
        }
    }

    fn pipeline(&self) -> GenerationPipeline {
        GenerationPipeline::new(self.audit.clone())
    }

    fn statuses(&self) -> Vec<Status> {
        let records = AuditTrail::new(self.audit.clone()).query(&Query::default()).unwrap();
        records.iter().map(persona_audit::Record::status).collect()
    }

    fn assert_verified(&self) {
        let options =
            VerifyOptions { artifacts: Some(self.home.path().into()), ..VerifyOptions::default() };
        let found = AuditTrail::new(self.audit.clone()).verify(&[], &options).unwrap();
        assert_eq!((found.verdict, found.findings), (Verdict::Verified, vec![]));
    }

    fn outputs(&self) -> usize {
        fs::read_dir(self.home.path().join("output")).map_or(0, Iterator::count)
    }
}

/// Calls a run off when it reaches a stage.
struct CallsOff {
    at: Stage,
    reached: AtomicBool,
}

impl Observer for CallsOff {
    fn progress(&self, stage: Stage, _done: usize, _total: usize) {
        self.reached.fetch_or(stage == self.at, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }
}

#[test]
fn the_record_says_what_the_files_say() {
    let lab = Lab::new();
    let result = lab.pipeline().generate(&lab.request()).unwrap();
    let record = AuditTrail::new(lab.audit.clone()).get(&result.audit_id.unwrap()).unwrap();
    assert_eq!(record.status(), Status::Completed);
    let digest = |path: &Path| crate::sha256_named(&fs::read(path).unwrap());
    let personas = digest(&result.output_path.join("personas.json"));
    assert_eq!(record.text("/output/personas_hash"), Some(&*personas));
    let data = digest(&lab.home.path().join("survey.csv"));
    assert_eq!(record.text("/input/data_hash"), Some(&*data));
    assert_eq!(record.number("/input/record_count"), Some(6));
    assert_eq!(record.number("/output/persona_count"), Some(2));
    assert_eq!(record.text("/generation/model"), Some("extractive-1"));
    let names: Vec<_> = fs::read_dir(&result.output_path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in ["checkpoint", "provenance.intoto.json", "metadata.json", "experiment.jsonl"] {
        assert!(names.iter().any(|found| found == name), "{name} in {names:?}");
    }
    let checkpoint = fs::read_to_string(result.output_path.join("checkpoint")).unwrap();
    assert_eq!(Some(checkpoint), result.checkpoint);
    lab.assert_verified();
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let lab = Lab::new();
    let [first, second] = [(); 2].map(|()| lab.pipeline().generate(&lab.request()).unwrap());
    assert_ne!(first.output_path, second.output_path);
    for name in ["personas.json", "assignments.csv", "personas/persona-001.md"] {
        let read = |result: &GenerationResult| fs::read(result.output_path.join(name)).unwrap();
        assert_eq!(read(&first), read(&second), "{name}");
    }
}

#[test]
fn without_audit_the_output_says_so_and_nothing_is_recorded() {
    let mut lab = Lab::new();
    lab.audit.enabled = false;
    let result = lab.pipeline().generate(&lab.request()).unwrap();
    assert_eq!(result.audit_id, None);
    let metadata = fs::read_to_string(result.output_path.join("metadata.json")).unwrap();
    assert!(metadata.contains("\"audit\": \"disabled\""), "{metadata}");
    assert!(!lab.home.path().join("home").exists());
    assert!(!result.output_path.join("provenance.intoto.json").exists());
}

#[test]
fn a_run_called_off_before_its_record_leaves_nothing() {
    let lab = Lab::new();
    let observer = CallsOff { at: Stage::Read, reached: AtomicBool::new(false) };
    let error = lab.pipeline().generate_observed(&lab.request(), &observer).unwrap_err();
    assert!(matches!(error, GenerationError::Cancelled { stage: Stage::Read }), "{error:?}");
    assert!(!lab.home.path().join("home").exists());
    assert_eq!(lab.outputs(), 0);
}

#[test]
fn a_run_called_off_later_is_closed_as_cancelled() {
    for at in [Stage::Segment, Stage::Draft, Stage::Write] {
        let lab = Lab::new();
        let observer = CallsOff { at, reached: AtomicBool::new(false) };
        let error = lab.pipeline().generate_observed(&lab.request(), &observer).unwrap_err();
        assert_eq!(error.code(), "cancelled");
        assert_eq!(lab.statuses(), [Status::Failed]);
        let record = AuditTrail::new(lab.audit.clone()).get("@last").unwrap();
        assert_eq!(record.text("/error/code"), Some("cancelled"));
        assert_eq!(lab.outputs(), 0, "nothing half-written");
        lab.assert_verified();
    }
}

#[test]
fn what_cannot_be_used_leaves_no_event() {
    let lab = Lab::new();
    let missing = Request { data: vec!["nowhere.csv".into()], ..lab.request() };
    assert!(matches!(lab.pipeline().generate(&missing), Err(GenerationError::Input(_))));
    let many = Count::Exactly(NonZeroUsize::new(7).unwrap());
    let many = Request { count: many, ..lab.request() };
    assert!(matches!(lab.pipeline().generate(&many), Err(GenerationError::Segment(_))));
    let below_a_file = lab.home.path().join("survey.csv/output");
    let unwritable = Request { output: below_a_file, ..lab.request() };
    assert!(matches!(lab.pipeline().generate(&unwritable), Err(GenerationError::Output(_))));
    assert!(!lab.home.path().join("home").exists());
}

#[test]
fn nothing_is_generated_unrecorded() {
    let mut lab = Lab::new();
    lab.audit.store_path = lab.home.path().join("survey.csv/audit");
    let error = lab.pipeline().generate(&lab.request()).unwrap_err();
    assert!(matches!(error, GenerationError::Unrecorded { .. }), "{error:?}");
    assert_eq!(lab.outputs(), 0);
}

fn asking(lab: &Lab, provider: Scripted) -> GenerationPipeline {
    lab.pipeline().with_drafter(Box::new(provider.drafter()))
}

const UNUSABLE: &str = "I would rather talk about soup.";

#[test]
fn every_call_to_a_model_is_on_record() {
    let lab = Lab::new();
    let quote = "I want to keep every note in one place";
    let provider = Scripted::new([
        Ok(UNUSABLE.to_owned()),
        Ok(answer(1, quote)),
        Ok(answer(5, "no such words here")),
    ]);
    let result = asking(&lab, provider).generate(&lab.request()).unwrap();
    assert_eq!((result.provider.as_str(), result.model.as_str()), ("scripted", "script-1"));
    let record = AuditTrail::new(lab.audit.clone()).get("@last").unwrap();
    assert_eq!(record.text("/generation/prompt_template"), Some("default_persona"));
    assert_eq!(record.text("/generation/model_version"), Some("script-1-0815"));
    assert_eq!(record.text("/generation/parameters/base_url"), Some("http://127.0.0.1:1/v1"));
    let outcomes = |at: usize, name: &str| {
        record.text(&format!("/reproducibility/calls/{at}/{name}")).unwrap().to_owned()
    };
    assert_eq!(
        (outcomes(0, "purpose"), outcomes(0, "outcome")),
        ("draft".into(), "invalid-json".into())
    );
    assert_eq!(
        (outcomes(1, "purpose"), outcomes(1, "outcome")),
        ("repair".into(), "completed".into())
    );
    assert_eq!(outcomes(2, "purpose"), "draft");
    assert_eq!(record.number("/output/tokens/input"), Some(21));
    let files = ["personas.json", "metadata.json", "provenance.intoto.json"];
    for name in files {
        let text = fs::read_to_string(result.output_path.join(name)).unwrap();
        assert!(!text.contains("127.0.0.1"), "{name} names no address");
        assert!(name != "personas.json" || text.contains("trainedAlgorithmicMedia"));
    }
    let found: Vec<_> = result.issues.iter().map(|issue| issue.code).collect();
    assert!(found.contains(&IssueCode::QuoteNotInData), "{found:?}");
    assert_eq!(result.personas[1].quotes, []);
    lab.assert_verified();
}

#[test]
fn a_group_without_a_persona_is_said_and_the_others_are_kept() {
    for concurrency in [1, 2] {
        let lab = Lab::new();
        let declined = ProviderError::Refused {
            reason: "I cannot help with that".into(),
            reply: Box::default(),
        };
        let quote = "I want to keep every note in one place";
        let answers = [Err(declined), Ok(answer(1, quote))];
        let provider = Scripted { concurrency, ..Scripted::new(answers) };
        let result = asking(&lab, provider).generate(&lab.request()).unwrap();
        assert_eq!(result.personas.len(), 1);
        let failed = result.issues.iter().find(|issue| issue.code == IssueCode::SegmentFailed);
        assert!(failed.unwrap().message.contains("declined"), "{failed:?}");
        assert!(!result.quality.validation_passed);
        assert_eq!(lab.statuses(), [Status::Completed]);
        lab.assert_verified();
    }
}

#[test]
fn a_run_without_any_persona_fails_and_its_calls_stay_on_record() {
    let refused = || ProviderError::KeyRefused {
        provider: "scripted".into(),
        status: 401,
        message: "no".into(),
    };
    let declined = || ProviderError::Refused { reason: "no".into(), reply: Box::default() };
    let scripts = [
        (vec![Err(refused())], 1, "refused the key"),
        (vec![Err(declined()), Err(declined())], 2, "declined"),
        (
            vec![
                Ok(UNUSABLE.to_owned()),
                Ok(UNUSABLE.to_owned()),
                Ok(UNUSABLE.to_owned()),
                Ok(UNUSABLE.to_owned()),
            ],
            4,
            "does not have the form",
        ),
    ];
    for (answers, calls, words) in scripts {
        let lab = Lab::new();
        let error = asking(&lab, Scripted::new(answers)).generate(&lab.request()).unwrap_err();
        assert!(matches!(error, GenerationError::Draft(_)), "{error:?}");
        let record = AuditTrail::new(lab.audit.clone()).get("@last").unwrap();
        assert_eq!(record.status(), Status::Failed);
        assert!(record.text("/error/message").unwrap().contains(words), "{words}");
        let last =
            |at: usize| record.text(&format!("/reproducibility/calls/{at}/outcome")).is_some();
        assert!(last(calls - 1) && !last(calls), "{words}");
        assert_eq!(lab.outputs(), 0);
        lab.assert_verified();
    }
}
