//! A command that runs while this task keeps something for it, and that a signal to this task ends.

use std::{
    process::{Child, Command, ExitStatus},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::run::{Failure, say, shown};

/// What a process gets to end by itself after a signal.
pub(crate) const GRACE: Duration = Duration::from_secs(5);
pub(crate) const TURN: Duration = Duration::from_millis(100);

/// Runs the command to its end and says how it ended; after a signal it gets a moment, then no more.
pub(crate) fn until_ended(command: &mut Command, stop: &Stop) -> Result<ExitStatus, Failure> {
    let shown = shown(command);
    say(&format!("$ {shown}"));
    let failed = |error| Failure::new(format!("`{shown}`: {error}"));
    let mut child = command.spawn().map_err(failed)?;
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(status);
        }
        if stop.was_asked_for() {
            end(&mut child, kill_process);
            return Err(Failure::new("a signal came"));
        }
        thread::sleep(TURN);
    }
}

/// Asks a process, or its group, to end, and ends it when it does not.
pub(crate) fn end(child: &mut Child, send: impl Fn(Pid, Signal) -> rustix::io::Result<()>) {
    let pid = Pid::from_child(child);
    let _gone = send(pid, Signal::TERM);
    let begun = Instant::now();
    while begun.elapsed() < GRACE && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(TURN);
    }
    // A group may outlive its first process.
    let _gone = send(pid, Signal::KILL);
    let _reaped = child.wait();
}

/// Whether a signal asked this task to stop.
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(crate) fn on_signals() -> Result<Self, Failure> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&flag))
                .map_err(|error| Failure::new(format!("signals: {error}")))?;
        }
        Ok(Self(flag))
    }

    pub(crate) fn was_asked_for(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
