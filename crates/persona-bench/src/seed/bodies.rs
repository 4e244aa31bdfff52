//! What such runs say when they begin and end, as long as a real one's: 1.4 KB and 2 to 4 KB.

use persona_audit::{
    Completion, Failure, Generation, Input, Opening, Output, OutputFile, Quality, Reproducibility,
    Requested, Session, Source, Tokens, Used,
};
use serde_json::{Value, json};

use crate::rows::{Random, pick};

const USERS: [&str; 12] = [
    "amara.okafor@example.org",
    "b.lindqvist@example.org",
    "chen.wei@example.org",
    "d.moreau@example.org",
    "elif.kaya@example.org",
    "f.rossi@example.org",
    "g.novak@example.org",
    "h.tanaka@example.org",
    "i.silva@example.org",
    "j.murphy@example.org",
    "k.petrova@example.org",
    "l.haddad@example.org",
];
const RARE_USER: &str = "visitor@example.net";
const TOPICS: [&str; 10] = [
    "onboarding",
    "billing",
    "search",
    "notes",
    "field-work",
    "library",
    "telehealth",
    "transport",
    "banking",
    "school",
];
const FORMATS: [(&str, &str); 4] =
    [("csv", "csv"), ("xlsx", "xlsx"), ("jsonl", "jsonl"), ("txt", "text")];
const COLUMNS: [&str; 14] = [
    "participant",
    "role",
    "years_of_experience",
    "main_device",
    "features_used",
    "satisfaction",
    "would_pay",
    "comment",
    "age_group",
    "region",
    "team_size",
    "frequency",
    "goal",
    "frustration",
];
const FILES: [&str; 4] = ["assignments.csv", "experiment.jsonl", "metadata.json", "personas.json"];

/// Data, model and scale of one run.
#[derive(Clone, Debug)]
pub(super) struct Study {
    number: u64,
    provider: &'static str,
    model: &'static str,
    user: &'static str,
    personas: u64,
    /// How long the run took.
    pub(super) micros: u64,
}

impl Study {
    pub(super) fn draw(random: &mut Random) -> Self {
        let (provider, model) = match random.below(10_000) {
            0 => ("ollama", "llama3.2:1b"),
            1..=400 => ("ollama", "qwen2.5:7b-instruct"),
            401..=3600 => ("openai", "gpt-4o-2024-11-20"),
            3601..=6800 => ("anthropic", "claude-sonnet-4-20250514"),
            _ => ("embedded", "extractive-1"),
        };
        let user = match random.below(20_000) {
            0 => RARE_USER,
            _ => pick(&USERS, random.below(12)),
        };
        let personas = 2 + random.below(3);
        let each = if provider == "embedded" { 9_000 } else { 2_400_000 };
        // Few files are read often, most of them now and then.
        let most = 1 + random.below(600);
        let number = random.below(most);
        let micros = 20_000 + personas * (each + random.below(each));
        Self { number, provider, model, user, personas, micros }
    }

    /// Numbers that follow from the data alone.
    fn data(&self) -> Random {
        Random::new(self.number.wrapping_mul(0x5851_f42d_4c95_7f2d))
    }

    fn is_embedded(&self) -> bool {
        self.provider == "embedded"
    }
}

pub(super) fn opening(random: &mut Random, study: &Study) -> Opening {
    let mut data = study.data();
    let (suffix, format) =
        FORMATS.get(usize::from(data.below(8) == 0)).copied().unwrap_or_default();
    let topic = pick(&TOPICS, data.below(10));
    let path = format!("studies/{topic}/wave-{:02}/interviews.{suffix}", study.number % 60);
    let (hash, preview) = (hex(&mut data), hex(&mut data));
    let (records, bytes) = (30 + data.below(900), 7_000 + data.below(400_000));
    let columns = 6 + usize::try_from(data.below(8)).unwrap_or(0);
    let host = pick(&["desk", "lab-1", "lab-2", "ci-runner"], random.below(4)).to_owned();
    Opening {
        tool_version: pick(&["0.1.0", "0.1.1", "0.2.0"], random.below(3)).to_owned(),
        session: Session {
            user: Some(study.user.to_owned()),
            environment: "linux-x86_64".to_owned(),
            runtime: "rust 1.95".to_owned(),
            python_version: None,
            command: command(study, &path),
            directory: Some(format!("/home/{host}/research")),
            host: Some(host),
        },
        input: Input {
            data_hash: format!("sha256:{hash}"),
            data_path: path.clone(),
            record_count: records,
            data_preview_hash: format!("sha256:{preview}"),
            format: format.to_owned(),
            bytes,
            columns: COLUMNS.iter().take(columns).map(|&name| name.to_owned()).collect(),
            sources: vec![Source { path, sha256: hash, bytes, records }],
            licence: (data.below(3) == 0).then(|| "CC-BY-4.0".to_owned()),
            ..Input::default()
        },
        generation: generation(random, study),
        reproducibility: Requested { seed: random.below(100) },
    }
}

fn command(study: &Study, path: &str) -> Vec<String> {
    let mut words = vec!["/usr/local/bin/persona", "generate", path, "--output", "output"];
    if !study.is_embedded() {
        words.extend(["--provider", study.provider, "--model", study.model]);
    }
    words.into_iter().map(str::to_owned).collect()
}

fn generation(random: &mut Random, study: &Study) -> Generation {
    let plain = Generation {
        provider: study.provider.to_owned(),
        model: study.model.to_owned(),
        persona_count: (random.below(2) == 0).then_some(study.personas),
        strategy: "segmented".to_owned(),
        ..Generation::default()
    };
    if study.is_embedded() {
        return plain;
    }
    Generation {
        temperature: Some(0.7),
        max_tokens: Some(4096),
        prompt_template: Some("default_persona".to_owned()),
        prompt_template_hash: Some(format!("sha256:{}", hex(&mut Random::new(7)))),
        ..plain
    }
}

pub(super) fn completion(random: &mut Random, study: &Study) -> Completion {
    let personas_hash = hex(random);
    let mut files: Vec<OutputFile> =
        FILES.iter().map(|name| file(random, (*name).to_owned())).collect();
    for number in 1..=study.personas {
        for suffix in ["json", "md"] {
            files.push(file(random, format!("personas/persona-{number:03}.{suffix}")));
        }
    }
    if let Some(personas) = files.iter_mut().find(|file| file.path == "personas.json") {
        personas.sha256.clone_from(&personas_hash);
    }
    let calls = calls(random, study, study.personas);
    let ids = calls.iter().filter_map(|call| call.get("id")?.as_str().map(str::to_owned));
    Completion {
        generation: Used {
            model_version: (!study.is_embedded()).then(|| study.model.to_owned()),
            prompt_hash: format!("sha256:{}", hex(random)),
        },
        output: Output {
            personas_hash: format!("sha256:{personas_hash}"),
            output_path: format!("output/2026-01-01_{:06}/", random.below(240_000)),
            generation_time_ms: study.micros / 1000,
            persona_count: study.personas,
            files,
            tokens: tokens(random, study),
            ..Output::default()
        },
        quality: quality(random),
        reproducibility: Reproducibility {
            deterministic: study.is_embedded(),
            api_call_ids: ids.collect(),
            calls,
        },
    }
}

fn quality(random: &mut Random) -> Quality {
    let small = json!({
        "code": "small-sample", "severity": "warning", "persona": null, "record": null, "source": null,
        "message": "1 of 4 groups have fewer than 10 people: read their numbers as counts, not as shares of a population",
    });
    let score = |random: &mut Random| {
        f64::from(u32::try_from(70 + random.below(31)).unwrap_or(100)) / 100.0
    };
    let names = ["completeness", "consistency", "grounding"];
    Quality {
        validation_passed: random.below(20) != 0,
        quality_scores: names.map(|name| (name.to_owned(), score(random))).into_iter().collect(),
        issues: if random.below(2) == 0 { vec![small] } else { Vec::new() },
    }
}

fn tokens(random: &mut Random, study: &Study) -> Tokens {
    if study.is_embedded() {
        return Tokens::default();
    }
    Tokens {
        input: study.personas * (900 + random.below(500)),
        output: study.personas * (300 + random.below(400)),
    }
}

/// The calls of a run that asked a model; the drafter inside asks none.
fn calls(random: &mut Random, study: &Study, segments: u64) -> Vec<Value> {
    let asked = if study.is_embedded() { 0 } else { segments };
    let call = |segment| {
        json!({
            "segment": segment,
            "request_hash": format!("sha256:{}", hex(random)),
            "response_hash": format!("sha256:{}", hex(random)),
            "id": format!("msg_{:016x}", random.below(u64::MAX)),
            "model": study.model,
            "fingerprint": null,
            "finish_reason": "stop",
            "attempts": 1 + random.below(12) / 11,
            "latency_ms": 600 + random.below(2_400),
            "tokens": {"input": 900 + random.below(500), "output": 300 + random.below(400)},
        })
    };
    (0..asked).map(call).collect()
}

pub(super) fn failure(random: &mut Random, study: &Study) -> Failure {
    let (code, message, stage) = match random.below(3) {
        0 => ("cancelled", "cancelled with Ctrl-C", "draft"),
        1 => ("output", "the output folder `output` cannot be written: no space left", "write"),
        _ => ("provider", "the provider gave no usable answer after 4 attempts", "draft"),
    };
    let calls = calls(random, study, 1);
    let asked = !calls.is_empty();
    Failure {
        code: code.to_owned(),
        message: message.to_owned(),
        stage: stage.to_owned(),
        reproducibility: asked.then(|| Reproducibility { calls, ..Reproducibility::default() }),
    }
}

fn file(random: &mut Random, path: String) -> OutputFile {
    OutputFile { path, sha256: hex(random) }
}

/// The digits of a digest of nothing in particular.
fn hex(random: &mut Random) -> String {
    let [a, b, c, d] = [(); 4].map(|()| random.below(u64::MAX));
    format!("{a:016x}{b:016x}{c:016x}{d:016x}")
}
