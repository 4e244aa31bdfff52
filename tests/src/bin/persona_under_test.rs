//! The `persona` command with one thing added: `FAULT=WHEN=SIGNAL` in its environment makes it send
//! itself a signal right after a durable step of a run or at the beginning of a stage, so that a test
//! can see what is found afterwards. Several are separated by commas; each happens once.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use persona_audit::{Ambient, Step, Witness};
use persona_cli::{Environment, Hooks, run};
use rustix::process::{Signal, getpid, kill_process};

#[derive(Clone)]
struct Fault {
    when: String,
    signal: Signal,
    happened: Arc<AtomicBool>,
}

/// The faults of one process.
#[derive(Clone)]
struct Faults(Vec<Fault>);

impl Faults {
    fn reached(&self, point: &str) {
        for fault in self.0.iter().filter(|fault| fault.when == point) {
            let again = fault.happened.swap(true, Ordering::SeqCst);
            if !again && kill_process(getpid(), fault.signal).is_err() {
                std::process::abort();
            }
        }
    }
}

impl Witness for Faults {
    fn after(&self, step: Step) {
        self.reached(step.as_str());
    }
}

fn fault(text: &str) -> Option<Fault> {
    let (when, signal) = text.split_once('=')?;
    let signals = [
        ("KILL", Signal::KILL),
        ("INT", Signal::INT),
        ("TERM", Signal::TERM),
        ("STOP", Signal::STOP),
    ];
    let (_, signal) = signals.into_iter().find(|(name, _)| *name == signal)?;
    Some(Fault { when: when.to_owned(), signal, happened: Arc::default() })
}

fn main() -> ExitCode {
    let environment = Environment::capture();
    let text = environment.variables.get("FAULT").and_then(|text| text.to_str());
    let hooks = match text {
        Some(text) => {
            let faults = Faults(text.split(',').filter_map(fault).collect());
            let stages = faults.clone();
            Hooks {
                ambient: Ambient::system().witnessed_by(Arc::new(faults)),
                stages: Arc::new(move |stage| stages.reached(stage.as_str())),
            }
        }
        None => Hooks::default(),
    };
    run(&environment, &hooks).into()
}
