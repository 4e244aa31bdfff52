//! The one place where the pipeline's words become the audit log's words.

use std::collections::BTreeMap;
use std::path::PathBuf;

use persona_audit::{
    Completion, Failure, Generation, Input, Opening, Output, OutputFile, Quality, Reproducibility,
    Requested, Session, Source, Tokens, Used,
};
use serde_json::{Map, Value};

use crate::draft::Drafter;
use crate::input::{Dataset, Sampling, path_text};
use crate::output::Staging;
use crate::persona::DigitalSourceType;
use crate::pipeline::{
    Drafted, GenerationError, GenerationResult, Request, Transcript, asked, whole_message,
};

/// The version that records name.
pub(crate) const TOOL_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns what can be said of a session without asking who runs it, where.
pub fn session() -> Session {
    Session {
        environment: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
        runtime: format!("rust {}", env!("CARGO_PKG_RUST_VERSION")),
        ..Session::default()
    }
}

/// Says what was read and asked for.
pub(crate) fn opening(
    request: &Request,
    dataset: &Dataset,
    drafter: &dyn Drafter,
    session: &Session,
) -> Opening {
    let wanted = drafter.wanted();
    Opening {
        tool_version: TOOL_VERSION.to_owned(),
        session: session.clone(),
        input: input(request, dataset),
        generation: Generation {
            provider: drafter.provider().to_owned(),
            model: drafter.model().to_owned(),
            temperature: wanted.temperature,
            max_tokens: wanted.max_tokens,
            prompt_template: wanted.template,
            prompt_template_hash: wanted.template_hash,
            persona_count: asked(request.count).map(whole),
            strategy: "segmented".to_owned(),
            parameters: wanted.parameters,
        },
        reproducibility: Requested { seed: request.seed },
    }
}

fn input(request: &Request, dataset: &Dataset) -> Input {
    let sources = dataset.sources.iter().map(|source| Source {
        path: source.path.clone(),
        sha256: source.sha256.clone(),
        bytes: source.bytes,
        records: source.records,
    });
    let sources: Vec<Source> = sources.collect();
    let mut given: Vec<&PathBuf> = request.data.iter().collect();
    given.sort_by_key(|path| path.as_os_str().as_encoded_bytes());
    let paths: Vec<String> = given.into_iter().map(|path| path_text(path)).collect();
    let mut formats: Vec<&str> = dataset.sources.iter().map(|source| source.format).collect();
    formats.sort_unstable();
    formats.dedup();
    Input {
        data_hash: dataset.data_hash.clone(),
        data_path: paths.join(", "),
        record_count: whole(dataset.rows()),
        data_preview_hash: dataset.data_preview_hash.clone(),
        format: formats.join(", "),
        bytes: sources.iter().map(|source| source.bytes).sum(),
        columns: dataset.columns.iter().map(|column| column.name.clone()).collect(),
        sampling: dataset.sampling.as_ref().map(|sampling| kept(sampling, dataset)),
        licence: request.licence.clone(),
        source: request.source.clone(),
        sources,
    }
}

/// Says how much text was kept, with columns by their position.
fn kept(sampling: &Sampling, dataset: &Dataset) -> persona_audit::Sampling {
    let place = |name: &String| dataset.columns.iter().position(|column| column.name == *name);
    let places = |names: &[String]| names.iter().filter_map(place).map(whole).collect();
    persona_audit::Sampling {
        text_rows: sampling.text_rows,
        of: sampling.of,
        seed: sampling.seed,
        columns: places(&sampling.columns),
        numbers: places(&sampling.numbers),
        rounded: places(&sampling.rounded),
    }
}

/// Says what was made, from the files as they stand in the staging folder.
pub(crate) fn completion(
    staging: &Staging,
    drafted: &Drafted,
    result: &GenerationResult,
    transcript: &Transcript,
) -> Completion {
    let files: Vec<OutputFile> =
        staging.files().into_iter().map(|(path, sha256)| OutputFile { path, sha256 }).collect();
    let personas = files.iter().find(|file| file.path == "personas.json");
    let personas_hash = personas.map(|file| format!("sha256:{}", file.sha256));
    let issues = drafted.issues.iter().filter_map(|issue| serde_json::to_value(issue).ok());
    Completion {
        generation: Used {
            model_version: transcript.model_version(),
            prompt_hash: drafted.prompt_hash.clone(),
        },
        output: Output {
            personas_hash: personas_hash.unwrap_or_default(),
            output_path: format!("{}/", path_text(&result.output_path)),
            generation_time_ms: result.generation_time_ms,
            persona_count: whole(result.personas.len()),
            files,
            tokens: tokens(transcript),
            completed_at: String::new(),
        },
        quality: Quality {
            validation_passed: drafted.quality.validation_passed,
            quality_scores: scores(drafted),
            issues: issues.collect(),
        },
        reproducibility: Reproducibility {
            deterministic: drafted.set.digital_source_type == DigitalSourceType::Algorithmic,
            ..calls(transcript)
        },
    }
}

/// Says how a run ended badly, with every cause and every call made until then.
pub(crate) fn failure(error: &GenerationError, transcript: &Transcript) -> Failure {
    let asked = !transcript.calls.is_empty();
    Failure {
        code: error.code().to_owned(),
        message: whole_message(error),
        stage: error.stage().as_str().to_owned(),
        reproducibility: asked.then(|| calls(transcript)),
    }
}

fn calls(transcript: &Transcript) -> Reproducibility {
    let calls = &transcript.calls;
    Reproducibility {
        deterministic: false,
        api_call_ids: calls.iter().filter_map(|call| call.id.clone()).collect(),
        calls: calls.iter().filter_map(|call| serde_json::to_value(call).ok()).collect(),
    }
}

fn tokens(transcript: &Transcript) -> Tokens {
    let tokens = transcript.tokens();
    Tokens { input: tokens.input, output: tokens.output }
}

fn scores(drafted: &Drafted) -> BTreeMap<String, f64> {
    let scores = serde_json::to_value(drafted.quality.quality_scores).unwrap_or(Value::Null);
    let scores = scores.as_object().cloned().unwrap_or_else(Map::new);
    scores.into_iter().filter_map(|(name, score)| Some((name, score.as_f64()?))).collect()
}

fn whole(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
