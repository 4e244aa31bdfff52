//! A process that keeps writing to a log and says on its output what was acknowledged, so that a test
//! can kill it at any moment and know what must be there: `records` closes runs as fast as it can,
//! `generations N` runs the whole pipeline N times.
//!
//! `writer-under-test STORE HOME NAME records|generations [N]`, where STORE is `sqlite`, `json` or
//! `ADDRESS LOG` of a database, and NAME is written into every record.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use persona_audit::{
    Ambient, AuditConfig, DatabaseUrl, Failure, Generation, Input, Opening, PostgresLog, Recorder,
    Requested, Session, StoreKind,
};
use persona_core::{GenerationPipeline, Request};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [store, home, name, "records"] => records(&config(store, home), name),
        [store, home, name, "generations", number] => match number.parse() {
            Ok(number) => generations(&config(store, home), home, name, number),
            Err(error) => Err(error.into()),
        },
        _ => Err("usage: STORE HOME NAME records|generations N".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let causes = std::iter::successors(Some(&*error), |error| error.source());
            let causes: Vec<String> = causes.map(ToString::to_string).collect();
            drop(writeln!(io::stderr(), "{}", causes.join(": ")));
            ExitCode::FAILURE
        }
    }
}

fn config(store: &str, home: &str) -> AuditConfig {
    let store = match store {
        "sqlite" => StoreKind::Sqlite,
        "json" => StoreKind::Json,
        place => {
            let (url, log) = place.split_once(' ').unwrap_or((place, "default"));
            StoreKind::Postgres(PostgresLog { url: DatabaseUrl::new(url), log: log.to_owned() })
        }
    };
    AuditConfig { store, ..AuditConfig::in_folder(home) }
}

/// Opens and closes runs until it is killed.
fn records(config: &AuditConfig, name: &str) -> Outcome {
    let recorder = Recorder::new(config.clone(), Ambient::system());
    loop {
        let run = recorder.start(&opening(name))?;
        let id = run.audit_id().clone();
        say("opened", id.as_str())?;
        let failure = Failure {
            code: "cancelled".to_owned(),
            message: "the test wants no more".to_owned(),
            stage: "draft".to_owned(),
            reproducibility: None,
        };
        run.fail(&failure)?;
        say("closed", id.as_str())?;
    }
}

/// One line, out at once: what is said was acknowledged before.
fn say(what: &str, id: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what} {id}")?;
    out.flush()
}

fn opening(name: &str) -> Opening {
    Opening {
        tool_version: "0.0.0".to_owned(),
        session: Session { user: Some(name.to_owned()), ..Session::default() },
        input: Input { data_path: format!("{name}.csv"), ..Input::default() },
        generation: Generation { model: "extractive-1".to_owned(), ..Generation::default() },
        reproducibility: Requested { seed: 0 },
    }
}

/// Makes personas `number` times, each in a folder of its own.
fn generations(config: &AuditConfig, home: &str, name: &str, number: usize) -> Outcome {
    let home = Path::new(home);
    for _ in 0..number {
        let output = home.join("output").join(name);
        let request = Request { output, ..Request::new(home.join("small.csv")) };
        let result = GenerationPipeline::new(config.clone()).generate(&request)?;
        say("closed", result.audit_id.as_deref().unwrap_or_default())?;
    }
    Ok(())
}
