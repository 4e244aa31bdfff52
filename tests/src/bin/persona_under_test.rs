//! The `persona` command with one thing added: `FAULT=STEP=SIGNAL` in its environment makes it send
//! itself a signal right after a durable step of a run, so that a test can see what is found afterwards.

use std::process::ExitCode;
use std::sync::Arc;

use persona_audit::{Ambient, Step, Witness};
use persona_cli::{Environment, Hooks, run};
use rustix::process::{Signal, getpid, kill_process};

struct Fault {
    step: String,
    signal: Signal,
}

impl Witness for Fault {
    fn after(&self, step: Step) {
        if step.as_str() == self.step && kill_process(getpid(), self.signal).is_err() {
            std::process::abort();
        }
    }
}

fn fault(environment: &Environment) -> Option<Fault> {
    let text = environment.variables.get("FAULT")?.to_str()?;
    let (step, signal) = text.split_once('=')?;
    let signals = [("KILL", Signal::KILL), ("INT", Signal::INT), ("STOP", Signal::STOP)];
    let (_, signal) = signals.into_iter().find(|(name, _)| *name == signal)?;
    Some(Fault { step: step.to_owned(), signal })
}

fn main() -> ExitCode {
    let environment = Environment::capture();
    let hooks = match fault(&environment) {
        Some(fault) => Hooks { ambient: Ambient::system().witnessed_by(Arc::new(fault)) },
        None => Hooks::default(),
    };
    run(&environment, &hooks).into()
}
